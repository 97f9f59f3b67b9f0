/* SPDX-License-Identifier: MIT */
/*
 * Spawning on another node. The request waits in its asker's channel like a signal; the child's node installs its halves of
 * link and monitor with the spawn, the asker's node installs the others with the reply. If the asker exits in between, the
 * child hears of it as any linked actor of a remote one does.
 */
#include "core/remote/internal.h"

enum rh_status rh_spawn_at(struct rh_context *ctx, uint32_t at, const char *behaviour,
                           const struct rh_spawn_options *options, struct rh_ref *ret_request)
{
    static const struct rh_spawn_options plain = {0};
    options = options == NULL ? &plain : options;
    struct rh_node *node = ctx->node;
    struct rh_pid to = {.node = at};
    struct name *name = NULL;
    struct signal *signal = NULL;
    struct signal *promise = NULL;
    enum rh_status status = turn_operation(ctx) ? RH_OK : RH_EXITED;
    if (status == RH_OK) {
        status = at == 0 || at == node->id ? RH_INVALID : message_judge(node, &options->argument);
    }
    if (status == RH_OK && options->link && ctx->actor->link_generation == UINT32_MAX) {
        status = RH_EXHAUSTED;
    }
    status = status == RH_OK ? name_intern(node, behaviour, &name) : status;
    status = status == RH_OK ? export_prepare(node, ctx->actor, to) : status;
    if (status == RH_OK) {
        signal = signal_create(node, &status);
    }
    if (status == RH_OK && options->link) {
        promise = signal_create(node, &status);
    }
    if (status == RH_OK && !actor_next_reference(ctx->actor, &signal->body.id.ordinal)) {
        status = RH_EXHAUSTED;
    }
    if (status != RH_OK) {
        struct spawn_parts parts = {.link = signal, .monitor = {promise, NULL}};
        spawn_parts_free(node, &parts);
        if (name != NULL) {
            name_unref(node, name);
        }
        rh_message_unref(options->argument);
        return status;
    }
    signal->body.message = options->argument;
    signal->body.flags = SIGNAL_BY_NAME;
    signal->body.detail = name_detail(name);
    signal->body.hops =
        (uint16_t)((options->link ? SPAWN_LINK : 0) | (options->monitor ? SPAWN_MONITOR : 0));
    if (promise != NULL) {
        link_promise(ctx->actor, promise, signal->body.id.ordinal, options);
    }
    *ret_request = (struct rh_ref){ctx->self, signal->body.id.ordinal};
    signal_post(node, signal, RH_SIGNAL_SPAWN_REQUEST, ctx->self, to);
    return RH_OK;
}

void spawn_parts_free(struct rh_node *node, struct spawn_parts *parts)
{
    struct signal *signals[] = {parts->link, parts->monitor[0], parts->monitor[1]};
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        if (signals[i] != NULL) {
            signal_destroy(node, signals[i]);
        }
    }
    *parts = (struct spawn_parts){0};
}

static enum rh_status parts_make(struct rh_node *node, unsigned flags, struct spawn_parts *parts)
{
    struct {
        struct signal **place;
        unsigned flag;
    } wanted[] = {{&parts->link, SPAWN_LINK},
                  {&parts->monitor[0], SPAWN_MONITOR},
                  {&parts->monitor[1], SPAWN_MONITOR}};
    enum rh_status status = RH_OK;
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]) && status == RH_OK; i++) {
        if ((flags & wanted[i].flag) != 0) {
            *wanted[i].place = signal_create(node, &status);
        }
    }
    return status;
}

void spawn_depart(struct connection *connection, struct signal *signal)
{
    struct rh_node *node = connection->home;
    const struct name *name = name_of_detail(node, signal->body.detail);
    struct request plan = {
        .kind = REQUEST_SPAWN,
        .asker = signal->body.from,
        .ordinal = signal->body.id.ordinal,
        .target = signal->to,
        .notice = signal,
    };
    struct request *request = NULL;
    enum rh_status status = connection->plain ? RH_NOT_FOUND : RH_OK;
    if (status == RH_OK) {
        status = parts_make(node, signal->body.hops, &plan.spawn);
    }
    if (status == RH_OK) {
        status = request_make(node, &connection->requests, &plan, &request);
    }
    if (status == RH_OK) {
        struct wire_message frame = {
            .verb = WIRE_SPAWN,
            .from = export_number(connection, plan.asker),
            .reference = request->reference,
            .name = {(const uint8_t *)name->text, name->length},
            .numbers = {signal->body.hops},
            .item = rh_message_item(&signal->body.message),
        };
        status = connection_put(connection, LANE_DATA, &frame);
        if (status != RH_OK) {
            request_remove(node, &connection->requests, request);
        }
    }
    if (status != RH_OK) {
        spawn_parts_free(node, &plan.spawn);
        spawn_refused(node, signal, status);
        return;
    }
    emit_signal(node, RH_EVENT_DEPART, signal, RH_WHY_NONE);
}

/* ---- on the child's node ---- */

void spawn_arrive(struct connection *connection, struct proxy *proxy,
                  const struct wire_message *frame, const char *name)
{
    struct rh_node *node = connection->home;
    const struct rh_behaviour *behaviour =
        node->find_behaviour == NULL ? NULL : node->find_behaviour(node->behaviours, name);
    struct rh_pid child = rh_pid_none();
    enum rh_status status = behaviour == NULL ? RH_NOT_FOUND : RH_OK;
    if (frame->reference == 0 || monitor_find(&proxy->actor, frame->reference) != NULL) {
        status = RH_INVALID; /* a reference that names something else */
    }
    struct rh_spawn_options options = {.link = (frame->numbers[0] & SPAWN_LINK) != 0,
                                       .monitor = (frame->numbers[0] & SPAWN_MONITOR) != 0};
    if (status == RH_OK) {
        status = rh_message_copy(&node->allocator, frame->item.bytes, frame->item.size,
                                 &options.argument);
    }
    if (status == RH_OK) {
        uint64_t unused = 0;
        proxy->actor.references = frame->reference - 1; /* the monitor has the asker's reference */
        status = actor_spawn(node, &proxy->actor, behaviour, &options, false, &child, &unused);
    }
    if (status == RH_OK) {
        status = export_prepare_slow(node, actor_find(node, child), connection->node);
        if (status != RH_OK) {
            connection_fail(connection, "no_memory");
        }
    }
    struct rh_message word = RH_ITEM(&node->allocator, rh_status_word(status));
    connection_say(connection, &(struct wire_message){
                                   .verb = WIRE_SPAWN_REPLY,
                                   .from = export_number(connection, child),
                                   .to = frame->from,
                                   .reference = frame->reference,
                                   .reason = rh_message_item(&word),
                               });
    rh_message_unref(word);
}

/* ---- on the asker's node ---- */

static void reply(struct rh_node *node, struct request *request, struct rh_pid child,
                  enum rh_status status)
{
    struct actor *asker = actor_find(node, request->asker);
    struct signal *promise = asker == NULL ? NULL : link_promise_take(asker, request->ordinal);
    if (promise != NULL) { /* there is nobody to keep it with */
        signal_destroy(node, promise);
    }
    struct signal *signal = request->notice;
    request->notice = NULL;
    signal_strip(node, signal);
    signal->body.detail = status;
    signal_post(node, signal, RH_SIGNAL_SPAWN_REPLY, child, request->asker);
}

/* Both halves on this node; the other node has had its own since the spawn. */
static void install(struct rh_node *node, struct actor *asker, struct proxy *child,
                    struct request *request)
{
    struct spawn_parts *parts = &request->spawn;
    if (parts->link != NULL && !link_is(asker, child->id.pid) &&
        !link_is(&child->actor, asker->pid)) {
        struct signal *promise = link_promise_take(asker, request->ordinal);
        link_keep(node, asker, &child->actor, promise, parts->link);
    } else if (parts->link != NULL) {
        signal_destroy(node, parts->link); /* only a liar names a partner as the child */
    }
    parts->link = NULL;
    if (parts->monitor[0] != NULL) {
        monitor_half_install(node, asker, parts->monitor[0], child->id.pid, NULL, request->ordinal);
        parts->monitor[0] = NULL;
    }
}

void spawn_replied(struct connection *connection, struct request *request,
                   const struct wire_message *frame)
{
    struct rh_node *node = connection->home;
    struct numbered *id = directory_find(&connection->proxies, frame->from);
    struct actor *asker = actor_find(node, request->asker);
    touch(node, RH_TOUCH_LIFE, request->asker, 0, NULL);
    if (id == NULL || asker == NULL) {
        enum rh_status status = status_of_item(frame->reason, RH_NOPROC);
        status = status == RH_OK ? RH_NOPROC : status;
        reply(node, request, rh_pid_none(), status);
        spawn_parts_free(node, &request->spawn);
        request_remove(node, &connection->requests, request);
        return;
    }
    install(node, asker, proxy_of(id), request);
    reply(node, request, id->pid, RH_OK);
    if (request->spawn.monitor[1] == NULL) {
        request_remove(node, &connection->requests, request);
        return;
    }
    request->kind = REQUEST_MONITOR; /* under the same reference, which the child's node has */
    request->target = id->pid;
    request->notice = request->spawn.monitor[1];
    request->spawn.monitor[1] = NULL;
}

void spawn_lost(struct connection *connection, struct request *request)
{
    reply(connection->home, request, rh_pid_none(), RH_NOCONNECTION);
    spawn_parts_free(connection->home, &request->spawn);
}
