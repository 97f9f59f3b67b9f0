/* SPDX-License-Identifier: MIT */
/*
 * Frames: what the other node's actors do to ours.
 *
 * A frame becomes the signal that it stands for, from the remote pid, and waits in the queue like any other. One that speaks
 * for nobody, for a third node, or about what is gone changes nothing and is counted: nothing that a peer can write ends more
 * than itself, and only broken framing ends the connection.
 */
#include "core/remote/internal.h"

#include <string.h>

static void stale(struct connection *connection, enum rh_signal_kind kind, struct rh_pid from,
                  struct rh_pid to)
{
    struct rh_node *node = connection->home;
    node->stats.frames_stale++;
    EMIT(node, .kind = RH_EVENT_LOSE, .signal = kind, .actor = from, .peer = to,
         .why = RH_WHY_STALE);
}

void arrive_forged(struct connection *connection, const char *what)
{
    struct rh_node *node = connection->home;
    node->stats.frames_forged++;
    EMIT(node, .kind = RH_EVENT_FRAME_BAD, .actor = actor_pid(node, connection->endpoint),
         .name = what);
}

static void arrived(struct connection *connection, enum rh_signal_kind kind, struct rh_pid from,
                    struct rh_pid to, const struct rh_message *message)
{
    EMIT(connection->home, .kind = RH_EVENT_ARRIVE, .signal = kind, .actor = from, .peer = to,
         .message = message);
}

/* Memory for an answer or a link could not be had: the two sides would disagree from here on. */
static void failed(struct connection *connection, enum rh_status status)
{
    if (status == RH_NO_MEMORY || status == RH_LIMIT || status == RH_EXHAUSTED) {
        connection_fail(connection, status == RH_NO_MEMORY ? "no_memory" : "limit");
    }
}

/* ---- who speaks, and to whom ---- */

/* A plain peer introduces nobody: an id that is new is somebody new. */
static struct proxy *plain_speaker(struct connection *connection, uint64_t number)
{
    if (number <= connection->highest_number || number > UINT32_MAX) {
        return NULL;
    }
    struct rh_pid pid = {connection->node, connection->incarnation, (uint32_t)number, 1};
    struct proxy *proxy = NULL;
    connection->highest_number = number;
    failed(connection, proxy_open(connection, pid, number, &proxy));
    return proxy;
}

/* The proxy of whoever says this; NULL: it has exited, or there was no such number: told and counted. */
static struct proxy *speaker(struct connection *connection, enum rh_signal_kind kind,
                             uint64_t number)
{
    struct numbered *id = directory_find(&connection->proxies, number);
    if (id != NULL) {
        return proxy_of(id);
    }
    struct proxy *proxy = connection->plain ? plain_speaker(connection, number) : NULL;
    if (proxy == NULL && number != 0 && number <= connection->highest_number) {
        stale(connection, kind, rh_pid_none(), rh_pid_none());
    } else if (proxy == NULL) {
        arrive_forged(connection, "unknown_number");
    }
    return proxy;
}

enum target {
    TARGET_FOUND, /**< a pid; the actor may be dead */
    TARGET_GONE,  /**< its exit has been said */
    TARGET_LOST,  /**< of a node beyond; that it is out of reach is about to be said */
    TARGET_NEVER, /**< no such number was ever given */
};

static enum target target_of(struct connection *connection, uint64_t id, struct rh_pid *ret_pid)
{
    *ret_pid = rh_pid_none();
    if (wire_is_by_pid(id) && !connection->plain) {
        *ret_pid = wire_pid(id, connection->home->id, connection->home->incarnation);
        return ret_pid->generation == 0 ? TARGET_NEVER : TARGET_FOUND;
    }
    const struct numbered *record = directory_find(&connection->exports, id);
    if (record != NULL) {
        *ret_pid = record->pid;
        return record->is_lost ? TARGET_LOST : TARGET_FOUND;
    }
    return id != 0 && id <= connection->last_number ? TARGET_GONE : TARGET_NEVER;
}

/* Whoever sends through us to a third node will exit there, too. */
static bool relays(struct connection *connection, struct proxy *proxy, struct rh_pid to)
{
    enum rh_status status = export_prepare(connection->home, &proxy->actor, to);
    failed(connection, status);
    return status == RH_OK;
}

static bool is_alive(const struct connection *connection, struct rh_pid pid)
{
    touch(connection->home, RH_TOUCH_LIFE, pid, 0, NULL);
    return !pid_is_local(connection->home, pid) || actor_find(connection->home, pid) != NULL;
}

/* The name in a frame, terminated; false: too long, or it has a NUL in it, as no name here. */
#define NAME_BYTES 256
static bool read_name(const struct rh_node *node, struct rh_item item, char name[NAME_BYTES])
{
    if (item.size == 0 || item.size >= NAME_BYTES || item.size > node->limits.name_bytes_max ||
        memchr(item.bytes, 0, item.size) != NULL) {
        return false;
    }
    memcpy(name, item.bytes, item.size);
    name[item.size] = '\0';
    return true;
}

/* ---- messages ---- */

static void return_to_sender(struct connection *connection, const struct wire_message *frame,
                             enum rh_status status)
{
    struct rh_node *node = connection->home;
    if ((frame->numbers[0] & RH_RETURN) == 0 || frame->from == 0) {
        return;
    }
    struct rh_message why = RH_ITEM(NULL, rh_status_word(status));
    struct wire_message back = {.verb = WIRE_UNDELIVERABLE,
                                .from = frame->to,
                                .to = frame->from,
                                .item = frame->item,
                                .reason = rh_message_item(&why)};
    status = connection_put(connection, LANE_DATA, &back);
    if (status != RH_OK) { /* the peer's own message: dropped, as any for which there is no room */
        emit_limit(node, rh_pid_none(), status,
                   status == RH_FULL ? "lane_bytes_max" : "frame_bytes_max");
    }
}

static void item_copy(struct connection *connection, struct rh_item item,
                      struct rh_message *ret_message)
{
    enum rh_status status =
        rh_message_copy(&connection->home->allocator, item.bytes, item.size, ret_message);
    if (status != RH_OK) {
        *ret_message = rh_message_failed(status);
    }
}

static struct rh_message item_message(struct connection *connection, struct rh_item item)
{
    struct rh_message message;
    item_copy(connection, item, &message);
    return message;
}

/* The payload is copied once, from the frame to where it waits. */
static void post_message(struct connection *connection, const struct wire_message *frame,
                         const struct envelope *envelope, struct rh_pid to)
{
    struct rh_node *node = connection->home;
    enum rh_status status = RH_OK;
    struct signal *signal = signal_create(node, &status);
    if (signal == NULL) {
        struct rh_message message = item_message(connection, frame->item);
        arrived(connection, RH_SIGNAL_MESSAGE, envelope->from, to, &message);
        message_refuse(node, envelope->from, to, message, status);
    } else {
        signal->to = to;
        item_copy(connection, frame->item, &signal->body.message);
        arrived(connection, RH_SIGNAL_MESSAGE, envelope->from, to, &signal->body.message);
        status = message_post(node, envelope, signal);
    }
    if (status != RH_OK) {
        return_to_sender(connection, frame, status);
    }
}

static void arrive_send(struct connection *connection, const struct wire_message *frame)
{
    struct proxy *proxy = NULL;
    if (frame->from != 0) {
        proxy = speaker(connection, RH_SIGNAL_MESSAGE, frame->from);
        if (proxy == NULL) {
            return;
        }
    }
    struct envelope envelope = {.from = proxy == NULL ? rh_pid_none() : proxy->id.pid,
                                .alias = frame->reference,
                                .flags = (frame->numbers[0] & RH_RETURN) != 0 ? SIGNAL_RETURN : 0};
    struct rh_pid to;
    enum target target = target_of(connection, frame->to, &to);
    if (target != TARGET_FOUND) {
        if (target == TARGET_NEVER) {
            arrive_forged(connection, "unknown_target");
        } else {
            stale(connection, RH_SIGNAL_MESSAGE, envelope.from, rh_pid_none());
        }
        return_to_sender(connection, frame, target == TARGET_LOST ? RH_NOCONNECTION : RH_NOPROC);
        return;
    }
    bool is_relayed = !pid_is_local(connection->home, to);
    uint64_t hops = (uint64_t)frame->numbers[1] + (is_relayed ? 1 : 0);
    if (hops > connection->home->limits.hops_max) {
        emit_limit(connection->home, envelope.from, RH_LIMIT, "hops_max");
        EMIT(connection->home, .kind = RH_EVENT_LOSE, .signal = RH_SIGNAL_MESSAGE,
             .actor = envelope.from, .peer = to, .why = RH_WHY_HOPS);
        return_to_sender(connection, frame, RH_LIMIT);
        return;
    }
    envelope.hops = (uint16_t)hops;
    if (is_relayed && proxy != NULL && !relays(connection, proxy, to)) {
        return;
    }
    post_message(connection, frame, &envelope, to);
}

static void arrive_send_named(struct connection *connection, const struct wire_message *frame)
{
    struct rh_node *node = connection->home;
    struct envelope envelope = {0};
    struct rh_pid to = {.node = node->id};
    if (frame->from != 0) {
        struct proxy *proxy = speaker(connection, RH_SIGNAL_MESSAGE, frame->from);
        if (proxy == NULL) {
            return;
        }
        envelope.from = proxy->id.pid;
    }
    char name[NAME_BYTES];
    if (!read_name(node, frame->name, name) || name_intern(node, name, &envelope.name) != RH_OK) {
        stale(connection, RH_SIGNAL_MESSAGE, envelope.from, to);
        return;
    }
    post_message(connection, frame, &envelope, to);
    name_unref(node, envelope.name);
}

static void arrive_undeliverable(struct connection *connection, const struct wire_message *frame)
{
    struct rh_node *node = connection->home;
    struct rh_pid to;
    struct rh_pid from = wire_pid(frame->from, connection->node, connection->incarnation);
    const struct numbered *id = directory_find(&connection->proxies, frame->from);
    if (!wire_is_by_pid(frame->from)) {
        from = id == NULL ? (struct rh_pid){.node = connection->node} : id->pid;
    }
    if (target_of(connection, frame->to, &to) != TARGET_FOUND) {
        stale(connection, RH_SIGNAL_UNDELIVERABLE, from, rh_pid_none());
        return;
    }
    struct rh_message message = item_message(connection, frame->item);
    enum rh_status status = rh_message_status(message);
    struct signal *signal = status == RH_OK ? signal_create(node, &status) : NULL;
    if (signal == NULL) {
        rh_message_unref(message);
        failed(connection, status);
        return;
    }
    signal->body.detail = (uint32_t)status_of_item(frame->reason, RH_NOPROC);
    signal->body.message = message;
    arrived(connection, RH_SIGNAL_UNDELIVERABLE, from, to, &signal->body.message);
    signal_post(node, signal, RH_SIGNAL_UNDELIVERABLE, from, to);
}

/* ---- introductions and exits ---- */

static void arrive_export(struct connection *connection, const struct wire_message *frame)
{
    struct rh_node *node = connection->home;
    struct rh_pid pid = {(uint32_t)frame->numbers[0], (uint32_t)frame->numbers[1],
                         (uint32_t)frame->numbers[2], (uint32_t)frame->numbers[3]};
    bool fits = true;
    for (size_t i = 0; i < 4; i++) {
        fits = fits && frame->numbers[i] <= UINT32_MAX;
    }
    bool own = pid.node == node->id || pid.node == 0;
    bool older = pid.node == connection->node && pid.incarnation != connection->incarnation;
    if (!fits || own || older || pid.generation == 0 || wire_is_by_pid(frame->from) ||
        frame->from <= connection->highest_number) {
        arrive_forged(connection, "forged_export");
        return;
    }
    const struct proxy *known = proxy_find(connection, pid);
    if (known != NULL && known->id.number != 0) {
        arrive_forged(connection, "forged_export");
        return;
    }
    connection->highest_number = frame->from;
    struct proxy *proxy = NULL; /* one too many: its links and its exit would be lost on us */
    failed(connection, proxy_open(connection, pid, frame->from, &proxy));
}

static void arrive_exit(struct connection *connection, const struct wire_message *frame)
{
    struct numbered *id = directory_find(&connection->proxies, frame->from);
    if (id == NULL) {
        if (connection->plain && frame->from > connection->highest_number) {
            connection->highest_number = frame->from;
        }
        stale(connection, RH_SIGNAL_EXIT, rh_pid_none(), rh_pid_none());
        return;
    }
    struct rh_message reason = rh_reason_limit(item_message(connection, frame->reason),
                                               connection->home->limits.reason_bytes_max);
    arrived(connection, RH_SIGNAL_GONE, id->pid, rh_pid_none(), &reason);
    if (id->pid.node != connection->node && rh_reason_class(&reason) == RH_REASON_NOCONNECTION) {
        requests_beyond_lost(connection, id->pid);
    }
    if (proxy_of(id)->is_way) {
        way_lost(connection, proxy_of(id));
    }
    proxy_end(proxy_of(id), reason);
}

static void arrive_signal(struct connection *connection, const struct wire_message *frame)
{
    struct rh_node *node = connection->home;
    struct proxy *proxy = speaker(connection, RH_SIGNAL_EXIT_SIGNAL, frame->from);
    struct rh_pid to;
    if (proxy == NULL) {
        return;
    }
    if (target_of(connection, frame->to, &to) != TARGET_FOUND || !relays(connection, proxy, to)) {
        stale(connection, RH_SIGNAL_EXIT_SIGNAL, proxy->id.pid, rh_pid_none());
        return;
    }
    struct rh_message reason =
        rh_reason_limit(item_message(connection, frame->reason), node->limits.reason_bytes_max);
    arrived(connection, RH_SIGNAL_EXIT_SIGNAL, proxy->id.pid, to, &reason);
    failed(connection, exit_signal_post(node, proxy->id.pid, to, reason));
}

/* ---- links ---- */

/* An unlink of ours is on its way: the other side's link crossed it and ends when it arrives. */
static bool crosses_unlink(const struct connection *connection, struct rh_pid own,
                           struct rh_pid remote)
{
    return request_find_asker(&connection->requests, REQUEST_UNLINK, own, 0, remote) != NULL;
}

static void arrive_link(struct connection *connection, const struct wire_message *frame)
{
    struct rh_node *node = connection->home;
    struct proxy *proxy = speaker(connection, RH_SIGNAL_LINK, frame->from);
    struct rh_pid to;
    if (proxy == NULL) {
        return;
    }
    enum target target = target_of(connection, frame->to, &to);
    if (target == TARGET_NEVER) {
        struct rh_message noproc = rh_reason(RH_REASON_NOPROC);
        arrive_forged(connection, "unknown_target");
        if (!wire_is_by_pid(frame->to)) { /* a pid of generation 0 is nobody's, and has no exit */
            connection_say(connection, &(struct wire_message){.verb = WIRE_EXIT,
                                                              .from = frame->to,
                                                              .reason = rh_message_item(&noproc)});
        }
        return;
    }
    if (target != TARGET_FOUND) { /* its exit is on the way, and the link ends with it */
        stale(connection, RH_SIGNAL_LINK, proxy->id.pid, to);
        return;
    }
    arrived(connection, RH_SIGNAL_LINK, proxy->id.pid, to, NULL);
    if (wire_is_by_pid(frame->to) && directory_find_pid(&connection->exports, to) == NULL) {
        if (!is_alive(connection, to)) {
            export_dead(connection, to);
            return;
        }
        failed(connection, export_prepare_slow(node, actor_find(node, to), connection->node));
        (void)export_number(connection, to);
    }
    if (link_is(&proxy->actor, to) || crosses_unlink(connection, to, proxy->id.pid)) {
        return;
    }
    failed(connection, link_request(node, &proxy->actor, to, NULL));
}

static void arrive_unlink(struct connection *connection, const struct wire_message *frame)
{
    struct proxy *proxy = speaker(connection, RH_SIGNAL_UNLINK, frame->from);
    struct rh_pid to;
    if (proxy == NULL) {
        return;
    }
    if (target_of(connection, frame->to, &to) == TARGET_FOUND) {
        arrived(connection, RH_SIGNAL_UNLINK, proxy->id.pid, to, NULL);
        (void)unlink_request(connection->home, &proxy->actor, to);
    }
    connection_say(connection,
                   &(struct wire_message){.verb = WIRE_UNLINK_ACK,
                                          .from = wire_is_by_pid(frame->to) ? 0 : frame->to,
                                          .to = frame->from,
                                          .reference = frame->reference});
}

/* To whoever asked; its exit may have been said since. */
static bool is_to_asker(struct connection *connection, const struct request *request,
                        const struct wire_message *frame)
{
    struct rh_pid asker;
    enum target target = target_of(connection, frame->to, &asker);
    return target == TARGET_GONE || (target != TARGET_NEVER && rh_pid_equal(asker, request->asker));
}

/* From whom was asked; its own exit may have come before. 0 speaks for who has neither number nor pid on this connection. */
static bool is_from_asked(struct connection *connection, const struct request *request,
                          const struct wire_message *frame)
{
    if (request->target.generation == 0 || frame->from == 0) {
        return true;
    }
    if (wire_is_by_pid(frame->from)) {
        struct rh_pid pid = wire_pid(frame->from, connection->node, connection->incarnation);
        return rh_pid_equal(pid, request->target);
    }
    const struct numbered *id = directory_find(&connection->proxies, frame->from);
    return id == NULL ? frame->from <= connection->highest_number
                      : rh_pid_equal(id->pid, request->target);
}

/* Find the request of this kind that a frame answers; NULL: told and counted. */
static struct request *answered(struct connection *connection, enum request_kind kind,
                                enum rh_signal_kind signal, const struct wire_message *frame)
{
    struct request *request = request_find(&connection->requests, frame->reference);
    if (request == NULL || request->kind != kind) {
        stale(connection, signal, rh_pid_none(), rh_pid_none());
        return NULL;
    }
    bool child = kind == REQUEST_SPAWN; /* is from somebody new */
    if (!is_to_asker(connection, request, frame) ||
        (!child && !is_from_asked(connection, request, frame))) {
        arrive_forged(connection, "forged_answer");
        return NULL;
    }
    return request;
}

static void arrive_unlink_ack(struct connection *connection, const struct wire_message *frame)
{
    struct request *request = answered(connection, REQUEST_UNLINK, RH_SIGNAL_UNLINK, frame);
    if (request != NULL) {
        request_remove(connection->home, &connection->requests, request);
    }
}

/* ---- monitors ---- */

static void say_monitor_exit(struct connection *connection, const struct wire_message *frame)
{
    struct rh_message noproc = rh_reason(RH_REASON_NOPROC);
    connection_say(connection, &(struct wire_message){.verb = WIRE_MONITOR_EXIT,
                                                      .from = frame->to,
                                                      .name = frame->name,
                                                      .to = frame->from,
                                                      .reference = frame->reference,
                                                      .reason = rh_message_item(&noproc)});
}

static void arrive_monitor(struct connection *connection, const struct wire_message *frame)
{
    struct rh_node *node = connection->home;
    struct proxy *proxy = speaker(connection, RH_SIGNAL_MONITOR, frame->from);
    struct rh_pid to = rh_pid_none();
    if (proxy == NULL) {
        return;
    }
    if (monitor_find(&proxy->actor, frame->reference) != NULL) { /* said twice is said once */
        stale(connection, RH_SIGNAL_MONITOR, proxy->id.pid, rh_pid_none());
        return;
    }
    enum target target = TARGET_NEVER;
    if (frame->name.size > 0) {
        char text[NAME_BYTES];
        bool readable = read_name(node, frame->name, text);
        if (readable) {
            touch(node, RH_TOUCH_NAME, rh_pid_none(), 0, text);
        }
        const struct name *name = readable ? name_find(node, text) : NULL;
        to = name == NULL ? rh_pid_none() : name->owner;
        target = rh_pid_is_none(to) ? TARGET_NEVER : TARGET_FOUND;
    } else {
        target = target_of(connection, frame->to, &to); /* the dead answer in turn */
    }
    if (target == TARGET_LOST) { /* that word ends what is asked, too */
        stale(connection, RH_SIGNAL_MONITOR, proxy->id.pid, to);
        return;
    }
    if (target != TARGET_FOUND) {
        say_monitor_exit(connection, frame);
        return;
    }
    if (!relays(connection, proxy, to)) {
        return;
    }
    arrived(connection, RH_SIGNAL_MONITOR, proxy->id.pid, to, NULL);
    failed(connection, monitor_request(node, &proxy->actor, to, frame->reference));
}

static void arrive_demonitor(struct connection *connection, const struct wire_message *frame)
{
    struct rh_node *node = connection->home;
    struct proxy *proxy = speaker(connection, RH_SIGNAL_DEMONITOR, frame->from);
    struct signal *half = proxy == NULL ? NULL : monitor_find(&proxy->actor, frame->reference);
    if (proxy != NULL && half == NULL) {
        stale(connection, RH_SIGNAL_DEMONITOR, proxy->id.pid, rh_pid_none());
    }
    if (half != NULL) {
        arrived(connection, RH_SIGNAL_DEMONITOR, proxy->id.pid, half->body.from, NULL);
        monitor_withdraw(node, &proxy->actor, half, RH_WHY_REQUESTED);
    }
}

static void arrive_monitor_exit(struct connection *connection, const struct wire_message *frame)
{
    struct rh_node *node = connection->home;
    struct request *request = answered(connection, REQUEST_MONITOR, RH_SIGNAL_DOWN, frame);
    if (request == NULL) {
        return;
    }
    struct rh_message reason =
        rh_reason_limit(item_message(connection, frame->reason), node->limits.reason_bytes_max);
    arrived(connection, RH_SIGNAL_DOWN, request->target, request->asker, &reason);
    monitor_fire(node, request, reason);
    request_remove(node, &connection->requests, request);
}

/* ---- questions ---- */

static void arrive_question(struct connection *connection, const struct wire_message *frame)
{
    struct rh_node *node = connection->home;
    struct proxy *proxy = speaker(connection, RH_SIGNAL_ASK_ALIVE, frame->from);
    struct rh_pid to;
    if (proxy == NULL) {
        return;
    }
    if (target_of(connection, frame->to, &to) != TARGET_FOUND) {
        connection_say(connection, &(struct wire_message){.verb = WIRE_LIVENESS,
                                                          .from = frame->to,
                                                          .to = frame->from,
                                                          .reference = frame->reference});
        return;
    }
    if (!relays(connection, proxy, to)) {
        return;
    }
    enum rh_status status = RH_OK;
    struct signal *signal = signal_create(node, &status);
    if (signal == NULL) {
        failed(connection, status);
        return;
    }
    arrived(connection, RH_SIGNAL_ASK_ALIVE, proxy->id.pid, to, NULL);
    signal->body.id.ordinal = frame->reference;
    signal_post(node, signal, RH_SIGNAL_ASK_ALIVE, proxy->id.pid, to);
}

static void arrive_liveness(struct connection *connection, const struct wire_message *frame)
{
    struct rh_node *node = connection->home;
    struct request *request = answered(connection, REQUEST_ALIVE, RH_SIGNAL_LIVENESS, frame);
    if (request == NULL) {
        return;
    }
    arrived(connection, RH_SIGNAL_LIVENESS, request->target, request->asker, NULL);
    liveness_fire(node, request, frame->numbers[0] != 0);
    request_remove(node, &connection->requests, request);
}

/* ---- the rest ---- */

static void arrive_member(struct connection *connection, const struct wire_message *frame)
{
    struct rh_node *node = connection->home;
    struct proxy *proxy = speaker(connection, RH_SIGNAL_GROUP_JOIN, frame->from);
    char name[NAME_BYTES];
    if (proxy == NULL || !read_name(node, frame->name, name)) {
        return;
    }
    enum rh_status status = frame->verb == WIRE_JOIN ? group_join(node, &proxy->actor, name)
                                                     : group_leave(node, &proxy->actor, name);
    if (status == RH_NO_MEMORY) {
        failed(connection, status);
    }
}

static void arrive_spawn(struct connection *connection, const struct wire_message *frame)
{
    struct proxy *proxy = speaker(connection, RH_SIGNAL_SPAWN_REQUEST, frame->from);
    char name[NAME_BYTES];
    if (proxy != NULL) {
        bool readable = read_name(connection->home, frame->name, name);
        spawn_arrive(connection, proxy, frame, readable ? name : "");
    }
}

static void arrive_spawn_reply(struct connection *connection, const struct wire_message *frame)
{
    struct request *request = answered(connection, REQUEST_SPAWN, RH_SIGNAL_SPAWN_REPLY, frame);
    if (request != NULL) {
        spawn_replied(connection, request, frame);
    }
}

static void arrive_hello(struct connection *connection, const struct wire_message *frame)
{
    (void)frame;
    arrive_forged(connection, "second_hello");
}

static void arrive_heartbeat(struct connection *connection, const struct wire_message *frame)
{
    (void)connection;
    (void)frame;
}

static void arrive_transport_error(struct connection *connection, const struct wire_message *frame)
{
    (void)frame;
    connection_fail(connection, "transport_error");
}

void arrive(struct connection *connection, const struct wire_message *message)
{
    static void (*const arrivals[WIRE_COUNT])(struct connection *, const struct wire_message *) = {
        [WIRE_HELLO] = arrive_hello,
        [WIRE_EXPORT] = arrive_export,
        [WIRE_SEND] = arrive_send,
        [WIRE_SEND_NAMED] = arrive_send_named,
        [WIRE_ALIAS_SEND] = arrive_send,
        [WIRE_LINK] = arrive_link,
        [WIRE_UNLINK] = arrive_unlink,
        [WIRE_UNLINK_ACK] = arrive_unlink_ack,
        [WIRE_EXIT] = arrive_exit,
        [WIRE_SIGNAL] = arrive_signal,
        [WIRE_MONITOR] = arrive_monitor,
        [WIRE_DEMONITOR] = arrive_demonitor,
        [WIRE_MONITOR_EXIT] = arrive_monitor_exit,
        [WIRE_ASK_ALIVE] = arrive_question,
        [WIRE_LIVENESS] = arrive_liveness,
        [WIRE_SPAWN] = arrive_spawn,
        [WIRE_SPAWN_REPLY] = arrive_spawn_reply,
        [WIRE_UNDELIVERABLE] = arrive_undeliverable,
        [WIRE_JOIN] = arrive_member,
        [WIRE_LEAVE] = arrive_member,
        [WIRE_HEARTBEAT] = arrive_heartbeat,
        [WIRE_TRANSPORT_ERROR] = arrive_transport_error,
    };
    arrivals[message->verb](connection, message);
}
