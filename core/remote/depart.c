/* SPDX-License-Identifier: MIT */
/*
 * Signals for other nodes: finding the way, and what becomes of them there.
 *
 * What changes a link with a remote actor is for its proxy, with the meaning that it has on one node; the frame only keeps
 * the other side's proxy in step. Everything else goes into a frame as it is and has departed.
 */
#include "core/message/head.h"
#include "core/remote/internal.h"

#include <string.h>

static bool is_foreign_name(const struct signal *signal)
{
    return (signal->body.flags & SIGNAL_BY_NAME) != 0 && signal->to.generation == 0;
}

static struct rh_item name_item(const struct rh_node *node, const struct signal *signal)
{
    const struct name *name = name_of_detail(node, signal->body.detail);
    return (struct rh_item){(const uint8_t *)name->text, name->length};
}

static void departed(struct connection *connection, struct signal *signal)
{
    emit_signal(connection->home, RH_EVENT_DEPART, signal, RH_WHY_NONE);
    signal_destroy(connection->home, signal);
}

/* How the other side knows the target: its number, its pid, or not at all any more. */
static bool target_id(struct connection *connection, struct rh_pid to, uint64_t *ret_id)
{
    const struct numbered *id = directory_find_pid(&connection->proxies, to);
    if (id != NULL && id->number != 0) {
        *ret_id = id->number;
        return true;
    }
    if (connection->plain) {
        *ret_id = to.slot;
        return to.node == connection->node && to.incarnation == connection->incarnation &&
               to.slot > connection->highest_number;
    }
    *ret_id = wire_by_pid(to);
    return to.node == connection->node && wire_pid_fits(to);
}

/* Who answers, told by pid: the dead have no number. 0: it is of another node, or does not fit. */
static uint64_t answerer(const struct rh_node *node, struct rh_pid pid)
{
    return pid.node == node->id && wire_pid_fits(pid) ? wire_by_pid(pid) : 0;
}

/* ---- messages ---- */

static void message_give_up(struct rh_node *node, struct signal *signal, enum rh_status status)
{
    if ((signal->body.flags & SIGNAL_RETURN) != 0 && !rh_pid_is_none(signal->body.from)) {
        message_return(node, signal, RH_WHY_OVERFLOW, status);
        return;
    }
    node->stats.messages_dropped++;
    emit_signal(node, RH_EVENT_DROP, signal, RH_WHY_OVERFLOW);
    signal_destroy(node, signal);
}

static void message_refused(struct connection *connection, struct signal *signal,
                            enum rh_status status)
{
    struct rh_node *node = connection->home;
    bool lane = status == RH_FULL;
    emit_limit(node, signal->body.from, status, lane ? "lane_bytes_max" : "frame_bytes_max");
    message_give_up(node, signal, status);
}

static void depart_message(struct connection *connection, struct signal *signal)
{
    struct rh_node *node = connection->home;
    struct wire_message frame;
    wire_message_init(&frame, WIRE_SEND);
    frame.item = rh_message_item(&signal->body.message);
    if (is_foreign_name(signal)) {
        frame.verb = WIRE_SEND_NAMED;
        frame.name = name_item(node, signal);
    } else if (!target_id(connection, signal->to, &frame.to)) {
        dead_letter(node, signal, RH_WHY_NOPROC);
        return;
    }
    uint64_t flags = (signal->body.flags & SIGNAL_RETURN) != 0 ? RH_RETURN : 0;
    bool plain_send = signal->body.id.ordinal == 0 && flags == 0 && signal->body.hops == 0;
    if (frame.verb == WIRE_SEND && !plain_send && !connection->plain) {
        frame.verb = WIRE_ALIAS_SEND;
        frame.reference = signal->body.id.ordinal;
        frame.numbers[0] = flags;
        frame.numbers[1] = signal->body.hops;
    }
    frame.from = export_number(connection, signal->body.from);
    enum rh_status status = connection_put(connection, LANE_DATA, &frame);
    if (status != RH_OK) {
        message_refused(connection, signal, status);
        return;
    }
    departed(connection, signal);
}

static void depart_undeliverable(struct connection *connection, struct signal *signal)
{
    struct rh_node *node = connection->home;
    struct rh_message why =
        RH_ITEM(&node->allocator, rh_status_word((enum rh_status)signal->body.detail));
    struct numbered *from = directory_find_pid(&connection->exports, signal->body.from);
    struct wire_message frame = {
        .verb = WIRE_UNDELIVERABLE,
        .from = from != NULL ? from->number : answerer(node, signal->body.from),
        .item = rh_message_item(&signal->body.message),
        .reason = rh_message_item(&why),
    };
    signal->body.detail = 0;
    if (connection->plain || !target_id(connection, signal->to, &frame.to) ||
        connection_put(connection, LANE_DATA, &frame) != RH_OK) {
        emit_signal(node, RH_EVENT_DROP, signal, RH_WHY_NOPROC);
        signal_destroy(node, signal);
    } else {
        departed(connection, signal);
    }
    rh_message_unref(why);
}

/* ---- links ---- */

static void depart_link(struct connection *connection, struct signal *signal)
{
    struct rh_node *node = connection->home;
    struct wire_message frame = {.verb = WIRE_LINK};
    struct rh_pid from = signal->body.from;
    struct rh_pid to = signal->to;
    if (!target_id(connection, to, &frame.to)) {
        dead_letter(node, signal, RH_WHY_NOPROC);
        return;
    }
    struct proxy *proxy = NULL;
    enum rh_status status = proxy_open(connection, to, connection->plain ? frame.to : 0, &proxy);
    if (status != RH_OK) {
        dead_letter(node, signal, RH_WHY_NOCONNECTION);
        return;
    }
    bool linked = link_is(&proxy->actor, from);
    link_handle(node, &proxy->actor, signal);
    if (!linked) {
        frame.from = export_number(connection, from);
        connection_say(connection, &frame);
    }
}

static void depart_unlink(struct connection *connection, struct signal *signal)
{
    struct rh_node *node = connection->home;
    struct proxy *proxy = proxy_find(connection, signal->to);
    if (proxy == NULL) {
        dead_letter(node, signal, RH_WHY_NOPROC);
        return;
    }
    struct rh_pid from = signal->body.from;
    struct wire_message frame = {.verb = WIRE_UNLINK};
    bool linked = link_is(&proxy->actor, from);
    unlink_handle(node, &proxy->actor, signal);
    if (!linked || link_is(&proxy->actor, from) || connection->plain ||
        !target_id(connection, proxy->id.pid, &frame.to)) {
        return;
    }
    struct request *request = NULL;
    struct request plan = {.kind = REQUEST_UNLINK, .asker = from, .target = proxy->id.pid};
    enum rh_status status = request_make(node, &connection->requests, &plan, &request);
    if (status != RH_OK) {
        connection_fail(connection, rh_status_word(status));
        return;
    }
    frame.from = export_number(connection, from);
    frame.reference = request->reference;
    connection_say(connection, &frame);
}

static void depart_exit(struct connection *connection, struct signal *signal)
{
    struct proxy *proxy = proxy_find(connection, signal->to);
    if (proxy == NULL) {
        dead_letter(connection->home, signal, RH_WHY_NOPROC);
        return;
    }
    exit_forget(connection->home, &proxy->actor, signal); /* the exit itself goes with the GONE */
}

static void depart_exit_signal(struct connection *connection, struct signal *signal)
{
    struct wire_message frame = {.verb = WIRE_SIGNAL,
                                 .reason = rh_message_item(&signal->body.message)};
    if (connection->plain || !target_id(connection, signal->to, &frame.to)) {
        dead_letter(connection->home, signal, RH_WHY_NOPROC);
        return;
    }
    frame.from = export_number(connection, signal->body.from);
    connection_say(connection, &frame);
    departed(connection, signal);
}

/* ---- monitors and questions ---- */

static void ask(struct connection *connection, struct signal *signal, enum request_kind kind,
                struct wire_message *frame)
{
    struct rh_node *node = connection->home;
    struct request plan = {
        .kind = kind,
        .asker = signal->body.from,
        .ordinal = signal->body.id.ordinal,
        .target = signal->to,
        .notice = signal,
    };
    struct request *request = NULL;
    if (request_make(node, &connection->requests, &plan, &request) != RH_OK) {
        dead_letter(node, signal, RH_WHY_NOCONNECTION);
        return;
    }
    emit_signal(node, RH_EVENT_DEPART, signal, RH_WHY_NONE);
    frame->from = export_number(connection, plan.asker);
    frame->reference = request->reference;
    connection_say(connection, frame);
}

static void depart_monitor(struct connection *connection, struct signal *signal)
{
    struct rh_node *node = connection->home;
    struct wire_message frame = {.verb = WIRE_MONITOR};
    if (connection->plain) { /* it knows no monitors: its exit is all that we can hear */
        struct proxy *proxy = proxy_find(connection, signal->to);
        if (proxy == NULL) {
            dead_letter(node, signal, RH_WHY_NOPROC);
        } else {
            monitor_handle(node, &proxy->actor, signal);
        }
        return;
    }
    if (is_foreign_name(signal)) {
        frame.name = name_item(node, signal);
    } else if (!target_id(connection, signal->to, &frame.to)) {
        dead_letter(node, signal, RH_WHY_NOPROC);
        return;
    }
    ask(connection, signal, REQUEST_MONITOR, &frame);
}

static void depart_demonitor(struct connection *connection, struct signal *signal)
{
    struct rh_node *node = connection->home;
    struct proxy *proxy = connection->plain ? proxy_find(connection, signal->to) : NULL;
    if (proxy != NULL) {
        demonitor_handle(node, &proxy->actor, signal);
        return;
    }
    struct request *request =
        request_find_asker(&connection->requests, REQUEST_MONITOR, signal->body.from,
                           signal->body.id.ordinal, signal->to);
    if (request == NULL) {
        emit_signal(node, RH_EVENT_DROP, signal, RH_WHY_STALE);
        signal_destroy(node, signal);
        return;
    }
    struct wire_message frame = {.verb = WIRE_DEMONITOR, .reference = request->reference};
    if (is_foreign_name(request->notice)) {
        frame.name = name_item(node, request->notice);
    } else {
        (void)target_id(connection, request->target, &frame.to);
    }
    /* Of one that has exited the other side knows already: GONE went first, and ended its monitors. */
    const struct numbered *asker = directory_find_pid(&connection->exports, signal->body.from);
    if (asker != NULL) {
        frame.from = asker->number;
        connection_say(connection, &frame);
    }
    signal_destroy(node, request->notice);
    request_remove(node, &connection->requests, request);
    departed(connection, signal);
}

static void depart_down(struct connection *connection, struct signal *signal)
{
    struct rh_node *node = connection->home;
    struct proxy *proxy = proxy_find(connection, signal->to);
    if (proxy == NULL || !monitor_forget(node, &proxy->actor, signal)) {
        node->stats.stale_downs++;
        emit_signal(node, RH_EVENT_DROP, signal, RH_WHY_STALE);
        signal_destroy(node, signal);
        return;
    }
    connection_say(connection, &(struct wire_message){
                                   .verb = WIRE_MONITOR_EXIT,
                                   .from = answerer(node, signal->body.from),
                                   .to = proxy->id.number,
                                   .reference = signal->body.id.ordinal,
                                   .reason = rh_message_item(&signal->body.message),
                               });
    departed(connection, signal);
}

static void depart_question(struct connection *connection, struct signal *signal)
{
    struct wire_message frame = {.verb = WIRE_ASK_ALIVE};
    if (connection->plain || !target_id(connection, signal->to, &frame.to)) {
        dead_letter(connection->home, signal, RH_WHY_NOPROC);
        return;
    }
    ask(connection, signal, REQUEST_ALIVE, &frame);
}

static void depart_liveness(struct connection *connection, struct signal *signal)
{
    struct wire_message frame = {
        .verb = WIRE_LIVENESS,
        .from = answerer(connection->home, signal->body.from),
        .reference = signal->body.id.ordinal,
        .numbers = {signal->body.detail},
    };
    if (target_id(connection, signal->to, &frame.to)) {
        connection_say(connection, &frame);
    }
    departed(connection, signal);
}

/* ---- the exit of an actor that the other side knows ---- */

/* A plain peer reads reasons as text: where the text would be too long, or there is no memory for it, the class's word. */
static struct rh_message plain_reason(const struct rh_node *node, const struct rh_message *reason)
{
    struct rh_reader reader;
    rh_reader_message(&reader, reason);
    if (rh_read_kind(&reader) == RH_KIND_TEXT) {
        return rh_message_ref(*reason);
    }
    char buffer[256];
    size_t length = rh_message_print(reason, NULL, buffer, sizeof(buffer));
    struct rh_message text = rh_message_none();
    if (length > 0 && length + rh_head_size(length) <= node->limits.reason_bytes_max &&
        length < sizeof(buffer)) {
        text = RH_ITEM(&node->allocator, (const char *)buffer);
    }
    return rh_message_size(&text) > 0 ? text : rh_reason(rh_reason_class(reason));
}

static void depart_gone(struct connection *connection, struct signal *signal)
{
    struct numbered *record = directory_find_pid(&connection->exports, signal->body.from);
    if (record != NULL) {
        struct rh_message reason = connection->plain
                                       ? plain_reason(connection->home, &signal->body.message)
                                       : rh_message_ref(signal->body.message);
        connection_say(connection, &(struct wire_message){.verb = WIRE_EXIT,
                                                          .from = record->number,
                                                          .reason = rh_message_item(&reason)});
        rh_message_unref(reason);
        export_remove(connection, record);
    }
    departed(connection, signal);
}

void depart(struct connection *connection, struct signal *signal)
{
    struct rh_node *node = connection->home;
    bool older = signal->to.generation != 0 && signal->to.node == connection->node &&
                 signal->to.incarnation != connection->incarnation;
    if (older || connection->failed != NULL) {
        dead_letter(node, signal, older ? RH_WHY_NOPROC : RH_WHY_NOCONNECTION);
        return;
    }
    if (connection->options.set.relay && !connection->plain) {
        introduce_all(connection, &signal->body.message);
    }
    switch ((enum rh_signal_kind)signal->kind) {
    case RH_SIGNAL_MESSAGE:
        depart_message(connection, signal);
        return;
    case RH_SIGNAL_UNDELIVERABLE:
        depart_undeliverable(connection, signal);
        return;
    case RH_SIGNAL_LINK:
        depart_link(connection, signal);
        return;
    case RH_SIGNAL_UNLINK:
        depart_unlink(connection, signal);
        return;
    case RH_SIGNAL_EXIT:
        depart_exit(connection, signal);
        return;
    case RH_SIGNAL_EXIT_SIGNAL:
        depart_exit_signal(connection, signal);
        return;
    case RH_SIGNAL_MONITOR:
        depart_monitor(connection, signal);
        return;
    case RH_SIGNAL_DEMONITOR:
        depart_demonitor(connection, signal);
        return;
    case RH_SIGNAL_DOWN:
        depart_down(connection, signal);
        return;
    case RH_SIGNAL_ASK_ALIVE:
        depart_question(connection, signal);
        return;
    case RH_SIGNAL_LIVENESS:
        depart_liveness(connection, signal);
        return;
    case RH_SIGNAL_GONE:
        depart_gone(connection, signal);
        return;
    case RH_SIGNAL_SPAWN_REQUEST:
        spawn_depart(connection, signal);
        return;
    default:
        emit_signal(node, RH_EVENT_DROP, signal, RH_WHY_NOPROC);
        signal_destroy(node, signal);
        return;
    }
}

/* ---- the way ---- */

/* Is this one worth a call? The rest speaks of what ended with the last connection. */
static bool dials(const struct signal *signal)
{
    switch ((enum rh_signal_kind)signal->kind) {
    case RH_SIGNAL_MESSAGE:
    case RH_SIGNAL_LINK:
    case RH_SIGNAL_MONITOR:
    case RH_SIGNAL_EXIT_SIGNAL:
    case RH_SIGNAL_ASK_ALIVE:
    case RH_SIGNAL_SPAWN_REQUEST:
        return true;
    default:
        return false;
    }
}

struct connection *connection_dial(struct rh_node *node, uint32_t number)
{
    struct peer *peer = peer_find(node->remote, number);
    if (peer == NULL) {
        return NULL;
    }
    if (peer->connection == NULL && peer->options.block != NULL) {
        struct connection *connection = NULL;
        if (connection_spawn(node, NULL, &peer->options.set, &connection) != RH_OK) {
            return NULL;
        }
        return connection;
    }
    return peer->connection;
}

/* A signal that begins something can be refused. One that ends something cannot, if what it ends may be held before it. */
static bool is_droppable(const struct connection *connection, const struct signal *signal)
{
    if (dials(signal)) {
        return true;
    }
    const struct signal *first = connection->held;
    for (const struct signal *at = first; at != NULL; at = at->next == first ? NULL : at->next) {
        if (rh_pid_equal(at->body.from, signal->body.from)) {
            return false;
        }
    }
    return true;
}

/* A message is given up alone. Whoever would link or ask hears noconnection, and may not hear it in front of what he has said
 * before and still waits: then all that waits hears it. */
static void refuse_to_hold(struct connection *connection, struct signal *signal)
{
    struct rh_node *node = connection->home;
    emit_limit(node, signal->body.from, RH_LIMIT, "held_signals_max");
    if (signal->kind == RH_SIGNAL_MESSAGE) {
        message_give_up(node, signal, RH_FULL);
        return;
    }
    if (dials(signal)) {
        connection_fail(connection, "held_overflow");
        connection_settle(connection);
    }
    dead_letter(node, signal, RH_WHY_NOCONNECTION);
}

static void hold(struct connection *connection, struct signal *signal)
{
    if (connection->held_count >= connection->home->limits.held_signals_max &&
        is_droppable(connection, signal)) {
        refuse_to_hold(connection, signal);
        return;
    }
    signal->role = ROLE_RECORD;
    list_append(&connection->held, signal);
    connection->held_count++;
}

void route(struct rh_node *node, struct signal *signal)
{
    struct peer *peer = peer_find(node->remote, signal->hop);
    struct connection *connection = peer == NULL ? NULL : peer->connection;
    bool begins = dials(signal);
    touch_net(node, node->relays ? RH_TOUCH_NET : RH_TOUCH_SEES_NET);
    if (signal->hop !=
        signal->to.node) { /* who is not known there any more is out of reach, dead or not */
        bool known = connection != NULL && proxy_find(connection, signal->to) != NULL;
        connection = known || !begins ? connection : NULL;
    } else if (connection == NULL && begins) {
        connection = connection_dial(node, signal->to.node);
    }
    if (connection == NULL) {
        dead_letter(node, signal, RH_WHY_NOCONNECTION);
        return;
    }
    touch_connection(connection);
    if (connection->state != CONNECTION_UP) {
        hold(connection, signal);
        return;
    }
    depart(connection, signal);
    connection_settle(connection);
}
