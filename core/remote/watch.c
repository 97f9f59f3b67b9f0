/* SPDX-License-Identifier: MIT */
/*
 * Watching nodes. A notice counts only while its watch is there, so that giving up the watch is a barrier. A watch of one
 * node holds its one notice. A watch of every node holds, for each connection that is up, the NODE_DOWN that it will be;
 * taken before a connection goes up, so that its end allocates nothing.
 */
#include "core/remote/internal.h"

static void touch_watches(const struct rh_node *node, enum rh_touch_kind kind)
{
    touch(node, kind, rh_pid_none(), 0, "watches");
}

static void watch_free(struct rh_node *node, struct node_watch *watch)
{
    while (watch->notice != NULL) {
        struct signal *signal = watch->notice;
        watch->notice = signal->next;
        signal_destroy(node, signal);
    }
    node_release(node, watch, sizeof(*watch));
}

/* Have `count` notices in reserve; what there is already counts. */
static bool watch_reserve(struct rh_node *node, struct node_watch *watch, size_t count)
{
    while (watch->reserved < count) {
        enum rh_status status = RH_OK;
        struct signal *signal = signal_create(node, &status);
        if (signal == NULL) {
            return false;
        }
        signal->next = watch->notice;
        watch->notice = signal;
        watch->reserved++;
    }
    return true;
}

static void watch_tell(struct rh_node *node, struct node_watch *watch, enum rh_signal_kind kind,
                       struct rh_pid who, const struct rh_message *reason)
{
    struct signal *signal = watch->notice;
    watch->notice = signal->next;
    watch->reserved--;
    signal->next = NULL;
    signal->body.id.ordinal = watch->ordinal;
    if (reason != NULL) {
        signal->body.message = rh_message_ref(*reason);
    }
    signal_post(node, signal, kind, who, watch->watcher);
}

static size_t connections_up(const struct remote *remote)
{
    size_t count = 0;
    for (const struct connection *at = remote->first; at != NULL; at = at->next) {
        count += at->state == CONNECTION_UP;
    }
    return count;
}

/* The UP now and the DOWN one day, for whoever watches every node; and the DOWNs of those that are up. */
enum rh_status watches_reserve(struct rh_node *node)
{
    size_t count = connections_up(node->remote) + 2;
    touch_watches(node, RH_TOUCH_WATCHES);
    for (struct node_watch *at = node->remote->watches; at != NULL; at = at->next) {
        if (at->node == 0 && !watch_reserve(node, at, count)) {
            return RH_NO_MEMORY;
        }
    }
    return RH_OK;
}

void watches_up(struct rh_node *node, const struct connection *connection)
{
    struct rh_pid who = {.node = connection->node, .incarnation = connection->incarnation};
    touch_watches(node, RH_TOUCH_WATCHES);
    for (struct node_watch *at = node->remote->watches; at != NULL; at = at->next) {
        if (at->node == 0) {
            watch_tell(node, at, RH_SIGNAL_NODE_UP, who, NULL);
        }
    }
}

void watches_down(struct rh_node *node, uint32_t number, uint32_t incarnation,
                  const struct rh_message *reason, bool was_up)
{
    struct rh_pid who = {.node = number, .incarnation = incarnation};
    touch_watches(node, RH_TOUCH_WATCHES);
    for (struct node_watch *watch = node->remote->watches; watch != NULL; watch = watch->next) {
        if (watch->node == 0 && was_up) {
            watch_tell(node, watch, RH_SIGNAL_NODE_DOWN, who, reason);
        }
        if (watch->node == number && !watch->told) {
            watch->told = true;
            watch_tell(node, watch, RH_SIGNAL_NODE_DOWN, who, reason);
        }
    }
}

static struct node_watch *watch_find(const struct rh_node *node, struct rh_pid watcher,
                                     uint64_t ordinal)
{
    struct node_watch *watch = node->remote->watches;
    while (watch != NULL && !(watch->ordinal == ordinal && rh_pid_equal(watch->watcher, watcher))) {
        watch = watch->next;
    }
    return watch;
}

bool watches_have(const struct rh_node *node, const struct signal *notice)
{
    return watch_find(node, notice->to, notice->body.id.ordinal) != NULL;
}

void watches_heard(struct rh_node *node, struct actor *watcher, uint64_t ordinal)
{
    if (watch_find(node, watcher->pid, ordinal)->node != 0) {
        (void)watches_remove(node, watcher, ordinal);
    }
}

bool watches_remove(struct rh_node *node, struct actor *watcher, uint64_t ordinal)
{
    bool removed = false;
    touch_watches(node, RH_TOUCH_WATCH);
    struct node_watch **at = &node->remote->watches;
    while (*at != NULL) {
        struct node_watch *watch = *at;
        if (rh_pid_equal(watch->watcher, watcher->pid) &&
            (ordinal == 0 || watch->ordinal == ordinal)) {
            *at = watch->next;
            watcher->subscriptions--;
            watch_free(node, watch);
            removed = true;
        } else {
            at = &watch->next;
        }
    }
    return removed;
}

void watches_free(struct rh_node *node)
{
    while (node->remote->watches != NULL) {
        struct node_watch *watch = node->remote->watches;
        node->remote->watches = watch->next;
        watch_free(node, watch);
    }
}

static enum rh_status watch_add(struct rh_context *ctx, uint32_t number, struct rh_ref *ret_monitor)
{
    struct rh_node *node = ctx->node;
    struct remote *remote = remote_open(node);
    struct node_watch *watch = remote == NULL ? NULL : node_allocate(node, sizeof(*watch));
    if (watch == NULL) {
        return RH_NO_MEMORY;
    }
    touch_net(node, RH_TOUCH_SEES_NET);
    touch_watches(node, RH_TOUCH_WATCH);
    *watch = (struct node_watch){.watcher = ctx->self, .node = number};
    enum rh_status status =
        watch_reserve(node, watch, number != 0 ? 1 : connections_up(remote)) ? RH_OK : RH_NO_MEMORY;
    if (status == RH_OK && !actor_next_reference(ctx->actor, &watch->ordinal)) {
        status = RH_EXHAUSTED;
    }
    if (status != RH_OK) {
        watch_free(node, watch);
        return status;
    }
    struct node_watch **last = &remote->watches;
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = watch;
    ctx->actor->subscriptions++;
    *ret_monitor = (struct rh_ref){ctx->self, watch->ordinal};
    return RH_OK;
}

enum rh_status rh_monitor_node(struct rh_context *ctx, uint32_t number, struct rh_ref *ret_monitor)
{
    if (!turn_operation(ctx)) {
        return RH_EXITED;
    }
    if (number == 0 || number == ctx->node->id) {
        return RH_INVALID;
    }
    enum rh_status status = watch_add(ctx, number, ret_monitor);
    if (status == RH_OK && connection_dial(ctx->node, number) == NULL) {
        struct rh_message reason = rh_reason(RH_REASON_NOCONNECTION);
        watches_down(ctx->node, number, 0, &reason, false);
    }
    return status;
}

enum rh_status rh_monitor_nodes(struct rh_context *ctx, struct rh_ref *ret_monitor)
{
    return turn_operation(ctx) ? watch_add(ctx, 0, ret_monitor) : RH_EXITED;
}
