/* SPDX-License-Identifier: MIT */
/*
 * Monitors: one watcher's half (where the reference lives) and one target's half, which is the storage of the DOWN.
 *
 * The watcher's half goes when the DOWN is handled, not when it is sent; so a DOWN whose half is gone was demonitored in
 * time and is dropped, counted. A half that is withdrawn becomes the DEMONITOR that removes the other one.
 */
#include "core/actor/internal.h"

static void half_set_name(struct signal *half, struct name *name)
{
    if (name != NULL) {
        name_ref(name);
        half->body.flags |= SIGNAL_BY_NAME;
        half->body.detail = name_detail(name);
    }
}

struct signal *monitor_find(const struct actor *watcher, uint64_t ordinal)
{
    return entry_find(watcher, watcher->monitors, ROLE_MONITOR, rh_pid_none(), ordinal);
}

static void watcher_half_add(struct rh_node *node, struct actor *watcher, struct signal *half,
                             struct rh_pid target, uint64_t ordinal)
{
    half->to = actor_pid(node, watcher);
    half->body.from = target;
    half->body.id.ordinal = ordinal;
    entry_add(node, watcher, &watcher->monitors, half, ROLE_MONITOR);
    node->stats.monitors++;
    struct name *name =
        (half->body.flags & SIGNAL_BY_NAME) != 0 ? name_of_detail(node, half->body.detail) : NULL;
    EMIT(node, .kind = RH_EVENT_MONITOR_ADD, .actor = half->to, .peer = target, .ordinal = ordinal,
         .name = name == NULL ? NULL : name->text);
}

static void watcher_half_remove(struct rh_node *node, struct actor *watcher, struct signal *half,
                                enum rh_why why)
{
    EMIT(node, .kind = RH_EVENT_MONITOR_REMOVE, .actor = half->to, .peer = half->body.from,
         .ordinal = half->body.id.ordinal, .why = why);
    entry_take(node, watcher, &watcher->monitors, half);
    node->stats.monitors--;
}

static void target_half_add(struct rh_node *node, struct actor *target, struct signal *half,
                            struct rh_pid watcher, uint64_t ordinal)
{
    half->to = actor_pid(node, target);
    half->body.from = watcher;
    half->body.id.ordinal = ordinal;
    entry_add(node, target, &target->watchers, half, ROLE_WATCH);
    EMIT(node, .kind = RH_EVENT_WATCH_ADD, .actor = half->to, .peer = watcher, .ordinal = ordinal);
}

static void target_half_remove(struct rh_node *node, struct actor *target, struct signal *half,
                               enum rh_why why)
{
    EMIT(node, .kind = RH_EVENT_WATCH_REMOVE, .actor = half->to, .peer = half->body.from,
         .ordinal = half->body.id.ordinal, .why = why);
    entry_take(node, target, &target->watchers, half);
}

void monitor_half_install(struct rh_node *node, struct actor *watcher, struct signal *half,
                          struct rh_pid target, struct name *name, uint64_t ordinal)
{
    half_set_name(half, name);
    watcher_half_add(node, watcher, half, target, ordinal);
}

void monitor_install(struct rh_node *node, struct actor *watcher, struct actor *target,
                     struct signal *watcher_half, struct signal *target_half, uint64_t ordinal)
{
    watcher_half_add(node, watcher, watcher_half, actor_pid(node, target), ordinal);
    target_half_add(node, target, target_half, actor_pid(node, watcher), ordinal);
}

/* Storage for a monitor and its alias, all or nothing. */
struct parts {
    struct signal *half;
    struct signal *request;
    struct signal *alias;
};

static void parts_destroy(struct rh_node *node, struct parts *parts)
{
    if (parts->half != NULL) {
        signal_destroy(node, parts->half);
    }
    if (parts->request != NULL) {
        signal_destroy(node, parts->request);
    }
    if (parts->alias != NULL) {
        signal_destroy(node, parts->alias);
    }
}

static enum rh_status parts_create(struct rh_node *node, bool monitor, bool alias,
                                   struct parts *parts)
{
    enum rh_status status = RH_OK;
    *parts = (struct parts){0};
    if (monitor) {
        parts->half = signal_create(node, &status);
        parts->request = status == RH_OK ? signal_create(node, &status) : NULL;
    }
    if (status == RH_OK && alias) {
        parts->alias = signal_create(node, &status);
    }
    if (status != RH_OK) {
        parts_destroy(node, parts);
    }
    return status;
}

static enum rh_status monitor_target(struct rh_context *ctx, struct rh_pid target,
                                     struct name *name, enum rh_alias_mode alias,
                                     struct rh_ref *ret_monitor)
{
    struct rh_node *node = ctx->node;
    bool oneself = rh_pid_equal(target, ctx->self);
    struct parts parts;
    enum rh_status status = export_prepare(node, ctx->actor, target);
    if (status == RH_OK) {
        status = parts_create(node, !oneself, alias != RH_ALIAS_NONE, &parts);
    }
    if (status != RH_OK) {
        return status;
    }
    uint64_t ordinal = 0;
    if (!actor_next_reference(ctx->actor, &ordinal)) {
        parts_destroy(node, &parts);
        return RH_EXHAUSTED;
    }
    *ret_monitor = (struct rh_ref){ctx->self, ordinal};
    if (parts.alias != NULL) {
        alias_add(node, ctx->actor, parts.alias, ordinal, alias);
    }
    if (!oneself) {
        half_set_name(parts.half, name);
        watcher_half_add(node, ctx->actor, parts.half, target, ordinal);
        parts.request->body.id.ordinal = ordinal;
        if (name != NULL && !pid_is_local(node, target)) {
            half_set_name(parts.request, name); /* it is resolved there */
        }
        signal_post(node, parts.request, RH_SIGNAL_MONITOR, ctx->self, target);
    }
    return RH_OK;
}

enum rh_status monitor_request(struct rh_node *node, struct actor *proxy, struct rh_pid target,
                               uint64_t ordinal)
{
    struct parts parts;
    enum rh_status status = parts_create(node, true, false, &parts);
    if (status != RH_OK) {
        return status;
    }
    watcher_half_add(node, proxy, parts.half, target, ordinal);
    parts.request->body.id.ordinal = ordinal;
    signal_post(node, parts.request, RH_SIGNAL_MONITOR, parts.half->to, target);
    return RH_OK;
}

bool monitor_forget(struct rh_node *node, struct actor *proxy, const struct signal *signal)
{
    struct signal *half = monitor_find(proxy, signal->body.id.ordinal);
    if (half == NULL || !rh_pid_equal(half->body.from, signal->body.from)) {
        return false; /* none, or one of this connection and a DOWN of the last one */
    }
    watcher_half_remove(node, proxy, half, RH_WHY_FIRED);
    signal_destroy(node, half);
    return true;
}

enum rh_status rh_monitor(struct rh_context *ctx, struct rh_pid target, enum rh_alias_mode alias,
                          struct rh_ref *ret_monitor)
{
    if (!turn_operation(ctx)) {
        return RH_EXITED;
    }
    if (rh_pid_is_none(target)) {
        return RH_INVALID;
    }
    return monitor_target(ctx, target, NULL, alias, ret_monitor);
}

enum rh_status monitor_name_at(struct rh_context *ctx, const char *text, uint32_t at,
                               enum rh_alias_mode alias, struct rh_ref *ret_monitor)
{
    struct name *name = NULL;
    enum rh_status status = name_intern(ctx->node, text, &name);
    if (status != RH_OK) {
        return status;
    }
    struct rh_pid target = {.node = at};
    status = monitor_target(ctx, target, name, alias, ret_monitor);
    name_unref(ctx->node, name);
    return status;
}

enum rh_status rh_monitor_name(struct rh_context *ctx, const char *text, enum rh_alias_mode alias,
                               struct rh_ref *ret_monitor)
{
    if (!turn_operation(ctx)) {
        return RH_EXITED;
    }
    struct name *name = NULL;
    enum rh_status status = name_intern(ctx->node, text, &name);
    if (status != RH_OK) {
        return status;
    }
    touch(ctx->node, RH_TOUCH_NAME, rh_pid_none(), 0, text);
    status = monitor_target(ctx, name->owner, name, alias, ret_monitor);
    name_unref(ctx->node, name);
    return status;
}

void monitor_withdraw(struct rh_node *node, struct actor *watcher, struct signal *entry,
                      enum rh_why why)
{
    struct rh_pid self = entry->to;
    struct rh_pid target = entry->body.from;
    watcher_half_remove(node, watcher, entry, why);
    if ((entry->body.flags & SIGNAL_BY_NAME) != 0) {
        name_unref(node, name_of_detail(node, entry->body.detail));
    }
    entry->body.flags = 0;
    entry->body.detail = 0;
    signal_post(node, entry, RH_SIGNAL_DEMONITOR, self, target);
}

enum rh_status rh_demonitor(struct rh_context *ctx, struct rh_ref monitor, unsigned flags)
{
    if (!turn_operation(ctx)) {
        return RH_EXITED;
    }
    struct rh_node *node = ctx->node;
    if (!rh_pid_equal(monitor.owner, ctx->self)) {
        node->stats.foreign_refs++;
        return RH_NOT_FOUND;
    }
    enum rh_status status = RH_NOT_FOUND;
    struct signal *entry = monitor_find(ctx->actor, monitor.ordinal);
    if (entry != NULL) {
        monitor_withdraw(node, ctx->actor, entry, RH_WHY_REQUESTED);
        alias_monitor_ended(node, ctx->actor, monitor.ordinal);
        status = RH_OK;
    } else if (monitor.ordinal != 0 && ctx->actor->subscriptions > 0 && node->foreign != NULL &&
               node->foreign->unwatch(node, ctx->actor, monitor.ordinal)) {
        status = RH_OK;
    }
    if ((flags & RH_FLUSH) != 0) {
        bool removed =
            mailbox_flush(node, ctx->actor, RH_DELIVERY_DOWN, rh_pid_none(), monitor.ordinal);
        while (
            mailbox_flush(node, ctx->actor, RH_DELIVERY_NODE_UP, rh_pid_none(), monitor.ordinal) ||
            mailbox_flush(node, ctx->actor, RH_DELIVERY_NODE_DOWN, rh_pid_none(),
                          monitor.ordinal)) {
        }
        EMIT(node, .kind = RH_EVENT_FLUSH, .signal = RH_SIGNAL_DOWN, .actor = ctx->self,
             .ordinal = monitor.ordinal, .number = removed);
    }
    return status;
}

size_t rh_monitors(const struct rh_context *ctx, struct rh_pid *targets, size_t capacity)
{
    size_t count = 0;
    struct signal *first = ctx->actor->monitors;
    for (struct signal *half = first; half != NULL;
         half = half->next == first ? NULL : half->next) {
        if (count < capacity) {
            targets[count] = half->body.from;
        }
        count++;
    }
    return count;
}

void monitor_handle(struct rh_node *node, struct actor *actor, struct signal *signal)
{
    emit_signal(node, RH_EVENT_HANDLE, signal, RH_WHY_NONE);
    target_half_add(node, actor, signal, signal->body.from, signal->body.id.ordinal);
}

void demonitor_handle(struct rh_node *node, struct actor *actor, struct signal *signal)
{
    struct signal *half =
        entry_find(actor, actor->watchers, ROLE_WATCH, signal->body.from, signal->body.id.ordinal);
    if (half == NULL) {
        emit_signal(node, RH_EVENT_DROP, signal, RH_WHY_STALE);
    } else {
        emit_signal(node, RH_EVENT_HANDLE, signal, RH_WHY_NONE);
        target_half_remove(node, actor, half, RH_WHY_PARTNER);
        signal_destroy(node, half);
    }
    signal_destroy(node, signal);
}

void down_handle(struct rh_node *node, struct actor *actor, struct signal *signal)
{
    uint64_t ordinal = signal->body.id.ordinal;
    struct signal *half = monitor_find(actor, ordinal);
    if (half == NULL) {
        node->stats.stale_downs++;
        emit_signal(node, RH_EVENT_DROP, signal, RH_WHY_STALE);
        signal_destroy(node, signal);
        return;
    }
    watcher_half_remove(node, actor, half, RH_WHY_FIRED);
    if ((half->body.flags & SIGNAL_BY_NAME) != 0) {
        half_set_name(signal, name_of_detail(node, half->body.detail));
    }
    signal_destroy(node, half);
    alias_monitor_ended(node, actor, ordinal);
    actor_deliver(node, actor, signal, RH_DELIVERY_DOWN);
}

void monitors_exit(struct rh_node *node, struct actor *actor, const struct rh_message *reason)
{
    while (actor->watchers != NULL) {
        struct signal *half = actor->watchers;
        struct rh_pid watcher = half->body.from;
        target_half_remove(node, actor, half, RH_WHY_EXIT);
        half->body.message = rh_message_ref(*reason);
        signal_post(node, half, RH_SIGNAL_DOWN, half->to, watcher);
    }
    while (actor->monitors != NULL) {
        monitor_withdraw(node, actor, actor->monitors, RH_WHY_EXIT);
    }
}
