/* SPDX-License-Identifier: MIT */
/*
 * Links: a symmetric set, modulo signals in flight.
 *
 * Each half holds two generations: `own`, of the LINK that its owner sent, and `peer`, of the partner's last LINK that its
 * owner handled (0: none). EXIT and UNLINK carry the sender's pair. They concern the receiver's half iff the sender's
 * `own` is its `peer` or the sender's `peer` is its `own`; anything else speaks of a link that is no more and is dropped,
 * counted. An EXIT ends the half. An UNLINK ends just the LINKs that its sender knew of: if the receiver has sent a LINK
 * that the sender had not handled, that one is younger than the unlink and stands, or the two sides would disagree.
 *
 * The half of `a` is made when `a` calls rh_link, and the storage of the partner's half travels in the LINK.
 */
#include "core/actor/internal.h"

#include <string.h>

static void half_set_tag(struct signal *half, int64_t tag)
{
    half->body.flags |= SIGNAL_HAS_TAG;
    half->body.message.small.size = (uint8_t)sizeof(tag);
    memcpy(half->body.message.small.bytes, &tag, sizeof(tag));
}

static bool half_tag(const struct signal *half, int64_t *ret_tag)
{
    if ((half->body.flags & SIGNAL_HAS_TAG) == 0) {
        return false;
    }
    memcpy(ret_tag, half->body.message.small.bytes, sizeof(*ret_tag));
    return true;
}

static struct signal *half_find(const struct actor *owner, struct rh_pid partner)
{
    return entry_find(owner, owner->links, ROLE_LINK, partner, 0);
}

static void half_add(struct rh_node *node, struct actor *owner, struct signal *half,
                     struct rh_pid partner)
{
    half->to = actor_pid(node, owner);
    half->body.from = partner;
    half->body.kind = 0;
    entry_add(node, owner, &owner->links, half, ROLE_LINK);
    node->stats.links++;
    EMIT(node, .kind = RH_EVENT_LINK_ADD, .actor = half->to, .peer = partner);
}

/* The half leaves tables and lists and is in the caller's hands. */
static void half_remove(struct rh_node *node, struct actor *owner, struct signal *half,
                        enum rh_why why)
{
    EMIT(node, .kind = RH_EVENT_LINK_REMOVE, .actor = half->to, .peer = half->body.from,
         .why = why);
    entry_take(node, owner, &owner->links, half);
    node->stats.links--;
}

void link_install(struct rh_node *node, struct actor *parent, struct actor *child,
                  struct signal *parent_half, struct signal *child_half,
                  const struct rh_spawn_options *options)
{
    uint32_t generation = ++parent->link_generation;
    parent_half->body.id.pair.own = generation;
    child_half->body.id.pair.peer = generation;
    if (options->has_link_tag) {
        half_set_tag(parent_half, options->link_tag);
    }
    half_add(node, parent, parent_half, actor_pid(node, child));
    half_add(node, child, child_half, actor_pid(node, parent));
}

void link_promise(struct actor *actor, struct signal *entry, uint64_t ordinal,
                  const struct rh_spawn_options *options)
{
    entry->role = ROLE_RECORD;
    entry->to = actor->pid;
    entry->body.id.ordinal = ordinal;
    entry->body.detail = ++actor->link_generation;
    if (options->has_link_tag) {
        half_set_tag(entry, options->link_tag);
    }
    list_append(&actor->exports, entry);
}

struct signal *link_promise_take(struct actor *actor, uint64_t ordinal)
{
    struct signal *first = actor->exports;
    for (struct signal *entry = first; entry != NULL;
         entry = entry->next == first ? NULL : entry->next) {
        if (entry->role == ROLE_RECORD && entry->body.id.ordinal == ordinal) {
            list_remove(&actor->exports, entry);
            return entry;
        }
    }
    return NULL;
}

void link_keep(struct rh_node *node, struct actor *actor, struct actor *partner,
               struct signal *promise, struct signal *half)
{
    uint32_t generation = promise->body.detail;
    promise->body.detail = 0;
    promise->body.id.pair.own = generation;
    promise->body.id.pair.peer = 0;
    half->body.id.pair.own = 0;
    half->body.id.pair.peer = generation;
    half_add(node, actor, promise, actor_pid(node, partner));
    half_add(node, partner, half, actor_pid(node, actor));
}

static enum rh_status link_again(const struct signal *half, const int64_t *tag)
{
    int64_t first = 0;
    bool tagged = half_tag(half, &first);
    if (tag != NULL && (!tagged || first != *tag)) {
        return RH_ALREADY;
    }
    return RH_OK;
}

enum rh_status link_request(struct rh_node *node, struct actor *self, struct rh_pid to,
                            const int64_t *tag)
{
    if (self->link_generation == UINT32_MAX) {
        return RH_EXHAUSTED;
    }
    enum rh_status status = export_prepare(node, self, to);
    struct signal *half = status == RH_OK ? signal_create(node, &status) : NULL;
    if (half == NULL) {
        return status;
    }
    struct signal *request = signal_create(node, &status);
    if (request == NULL) {
        signal_destroy(node, half);
        return status;
    }
    half->body.id.pair.own = ++self->link_generation;
    request->body.id.pair.own = self->link_generation;
    if (tag != NULL) {
        half_set_tag(half, *tag);
    }
    half_add(node, self, half, to);
    signal_post(node, request, RH_SIGNAL_LINK, half->to, to);
    return RH_OK;
}

static enum rh_status link_to(struct rh_context *ctx, struct rh_pid to, const int64_t *tag)
{
    if (!turn_operation(ctx)) {
        return RH_EXITED;
    }
    if (rh_pid_is_none(to)) {
        return RH_INVALID;
    }
    if (rh_pid_equal(to, ctx->self)) {
        return RH_OK;
    }
    touch(ctx->node, RH_TOUCH_LINKS, ctx->self, 0, NULL);
    struct signal *half = half_find(ctx->actor, to);
    if (half != NULL) {
        return link_again(half, tag);
    }
    if (!ctx->actor->trap && pid_is_local(ctx->node, to)) {
        touch(ctx->node, RH_TOUCH_LIFE, to, 0, NULL);
        if (actor_find(ctx->node, to) == NULL) {
            return RH_NOPROC;
        }
    }
    return link_request(ctx->node, ctx->actor, to, tag);
}

enum rh_status rh_link(struct rh_context *ctx, struct rh_pid to)
{
    return link_to(ctx, to, NULL);
}

enum rh_status rh_link_tagged(struct rh_context *ctx, struct rh_pid to, int64_t tag)
{
    return link_to(ctx, to, &tag);
}

/* Take back the newest `count` halves. */
static void links_take_back(struct rh_context *ctx, size_t count)
{
    while (count-- > 0) {
        (void)unlink_request(ctx->node, ctx->actor, ctx->actor->links->prev->body.from);
    }
}

enum rh_status rh_link_all(struct rh_context *ctx, const struct rh_pid *partners, size_t count)
{
    if (!turn_operation(ctx)) {
        return RH_EXITED;
    }
    enum rh_status status = RH_OK;
    size_t made = 0;
    touch(ctx->node, RH_TOUCH_LINKS, ctx->self, 0, NULL);
    for (size_t i = 0; i < count && status == RH_OK; i++) {
        status = rh_pid_is_none(partners[i]) ? RH_INVALID : RH_OK;
        bool is_new = status == RH_OK && !rh_pid_equal(partners[i], ctx->self) &&
                      half_find(ctx->actor, partners[i]) == NULL;
        if (is_new) {
            status = link_request(ctx->node, ctx->actor, partners[i], NULL);
            made += status == RH_OK ? 1 : 0;
        }
    }
    if (status != RH_OK) {
        links_take_back(ctx, made);
    }
    return status;
}

bool link_is(const struct actor *actor, struct rh_pid partner)
{
    return half_find(actor, partner) != NULL;
}

bool unlink_request(struct rh_node *node, struct actor *self, struct rh_pid to)
{
    struct signal *half = half_find(self, to);
    if (half == NULL) {
        return false;
    }
    half_remove(node, self, half, RH_WHY_REQUESTED);
    half->body.flags = 0;
    half->body.message = (struct rh_message){0};
    signal_post(node, half, RH_SIGNAL_UNLINK, half->to, to);
    return true;
}

enum rh_status rh_unlink(struct rh_context *ctx, struct rh_pid to, unsigned flags)
{
    if (!turn_operation(ctx)) {
        return RH_EXITED;
    }
    struct rh_node *node = ctx->node;
    touch(node, RH_TOUCH_LINKS, ctx->self, 0, NULL);
    (void)unlink_request(node, ctx->actor, to);
    if ((flags & RH_FLUSH) != 0) {
        bool removed = mailbox_flush(node, ctx->actor, RH_DELIVERY_EXIT, to, 0);
        EMIT(node, .kind = RH_EVENT_FLUSH, .signal = RH_SIGNAL_EXIT, .actor = ctx->self, .peer = to,
             .number = removed);
    }
    return RH_OK;
}

bool rh_is_linked(const struct rh_context *ctx, struct rh_pid partner)
{
    touch(ctx->node, RH_TOUCH_SEES_LINKS, ctx->self, 0, NULL);
    return link_is(ctx->actor, partner);
}

size_t rh_links(const struct rh_context *ctx, struct rh_pid *partners, size_t capacity)
{
    size_t count = 0;
    touch(ctx->node, RH_TOUCH_SEES_LINKS, ctx->self, 0, NULL);
    struct signal *first = ctx->actor->links;
    for (struct signal *half = first; half != NULL;
         half = half->next == first ? NULL : half->next) {
        if (count < capacity) {
            partners[count] = half->body.from;
        }
        count++;
    }
    return count;
}

void link_handle(struct rh_node *node, struct actor *actor, struct signal *signal)
{
    uint32_t generation = signal->body.id.pair.own;
    struct rh_pid partner = signal->body.from;
    emit_signal(node, RH_EVENT_HANDLE, signal, RH_WHY_NONE);
    struct signal *half = half_find(actor, partner);
    if (half != NULL) {
        half->body.id.pair.peer = generation;
        signal_destroy(node, signal);
        return;
    }
    signal->body.id.pair.own = 0;
    signal->body.id.pair.peer = generation;
    half_add(node, actor, signal, partner);
}

static void stale(struct rh_node *node, struct signal *signal)
{
    node->stats.stale_exits++;
    emit_signal(node, RH_EVENT_DROP, signal, RH_WHY_STALE);
    signal_destroy(node, signal);
}

void unlink_handle(struct rh_node *node, struct actor *actor, struct signal *signal)
{
    struct signal *half = half_find(actor, signal->body.from);
    uint32_t own = signal->body.id.pair.own;
    uint32_t peer = signal->body.id.pair.peer;
    bool ends_peer = half != NULL && own != 0 && half->body.id.pair.peer == own;
    bool ends_own = half != NULL && peer != 0 && half->body.id.pair.own == peer;
    if (!ends_peer && !ends_own) {
        stale(node, signal);
        return;
    }
    emit_signal(node, RH_EVENT_HANDLE, signal, RH_WHY_NONE);
    if (ends_peer) {
        half->body.id.pair.peer = 0;
    }
    if (ends_own) {
        half->body.id.pair.own = 0;
    }
    if (half->body.id.pair.own == 0 && half->body.id.pair.peer == 0) {
        half_remove(node, actor, half, RH_WHY_PARTNER);
        signal_destroy(node, half);
    }
    signal_destroy(node, signal);
}

/* An exit signal has reached its target: a message, nothing, or the end. Takes the signal. */
static void exit_take_effect(struct rh_node *node, struct actor *actor, struct signal *signal)
{
    if (actor->trap) {
        actor_deliver(node, actor, signal, RH_DELIVERY_EXIT);
        return;
    }
    struct rh_pid cause = signal->body.from;
    if (rh_reason_class(&signal->body.message) == RH_REASON_NORMAL &&
        !rh_pid_equal(cause, signal->to)) {
        emit_signal(node, RH_EVENT_DROP, signal, RH_WHY_IGNORED);
        signal_destroy(node, signal);
        return;
    }
    emit_signal(node, RH_EVENT_HANDLE, signal, RH_WHY_NONE);
    actor_exit(node, actor, rh_message_ref(signal->body.message), cause, RH_WHY_PARTNER);
    signal_destroy(node, signal);
}

/* The half that an EXIT ends; NULL: it is of a link that is no more. */
static struct signal *half_of_exit(const struct actor *actor, const struct signal *signal)
{
    struct signal *half = half_find(actor, signal->body.from);
    uint32_t own = signal->body.id.pair.own;
    uint32_t peer = signal->body.id.pair.peer;
    bool current = half != NULL && ((own != 0 && half->body.id.pair.peer == own) ||
                                    (peer != 0 && half->body.id.pair.own == peer));
    return current ? half : NULL;
}

bool exit_is_current(const struct actor *actor, const struct signal *signal)
{
    return half_of_exit(actor, signal) != NULL;
}

void exit_forget(struct rh_node *node, struct actor *proxy, struct signal *signal)
{
    struct signal *half = half_of_exit(proxy, signal);
    if (half == NULL) {
        stale(node, signal);
        return;
    }
    emit_signal(node, RH_EVENT_HANDLE, signal, RH_WHY_NONE);
    half_remove(node, proxy, half, RH_WHY_PARTNER);
    signal_destroy(node, half);
    signal_destroy(node, signal);
}

/* An EXIT has ended a half. Who is on this node is dead, and a LINK that is still on its way to it meets nobody; but a remote
 * partner may only have been out of reach, and would handle it: behind that LINK goes an UNLINK. Takes the half. */
static void half_void(struct rh_node *node, const struct actor *owner, struct signal *half,
                      struct rh_pid partner, uint32_t handled)
{
    uint32_t own = half->body.id.pair.own;
    if (own == 0 || own == handled || pid_is_local(node, partner)) {
        signal_destroy(node, half);
        return;
    }
    half->body.flags = 0;
    half->body.message = (struct rh_message){0};
    half->body.id.pair.peer = 0;
    signal_post(node, half, RH_SIGNAL_UNLINK, actor_pid(node, owner), partner);
}

void exit_handle(struct rh_node *node, struct actor *actor, struct signal *signal)
{
    struct signal *half = half_of_exit(actor, signal);
    if (half == NULL) {
        stale(node, signal);
        return;
    }
    struct rh_pid partner = signal->body.from;
    uint32_t handled = signal->body.id.pair.peer;
    half_remove(node, actor, half, RH_WHY_PARTNER);
    signal->body.id.ordinal = 0;
    int64_t tag = 0;
    if (half_tag(half, &tag)) {
        signal->body.flags |= SIGNAL_HAS_TAG;
        signal->body.id.tag = tag;
    }
    half_void(node, actor, half, partner, handled);
    exit_take_effect(node, actor, signal);
}

void exit_signal_handle(struct rh_node *node, struct actor *actor, struct signal *signal)
{
    if (rh_reason_class(&signal->body.message) == RH_REASON_KILL) {
        emit_signal(node, RH_EVENT_HANDLE, signal, RH_WHY_NONE);
        actor_exit(node, actor, rh_reason(RH_REASON_KILLED), signal->body.from, RH_WHY_REQUESTED);
        signal_destroy(node, signal);
        return;
    }
    exit_take_effect(node, actor, signal);
}

/* Would this exit signal to oneself end the actor here and now? */
static bool ends_self(const struct rh_context *ctx, const struct rh_message *reason)
{
    return !ctx->actor->trap || rh_reason_class(reason) == RH_REASON_KILL;
}

enum rh_status exit_signal_post(struct rh_node *node, struct rh_pid from, struct rh_pid to,
                                struct rh_message reason)
{
    enum rh_status status = RH_OK;
    struct signal *signal = signal_create(node, &status);
    if (signal == NULL) {
        rh_message_unref(reason);
        return status;
    }
    signal->body.message = reason;
    signal_post(node, signal, RH_SIGNAL_EXIT_SIGNAL, from, to);
    return RH_OK;
}

enum rh_status rh_exit_signal(struct rh_context *ctx, struct rh_pid to, struct rh_message reason)
{
    if (!turn_operation(ctx)) {
        rh_message_unref(reason);
        return RH_EXITED;
    }
    struct rh_node *node = ctx->node;
    enum rh_status status = rh_pid_is_none(to) ? RH_INVALID : rh_message_status(reason);
    if (status != RH_OK) {
        rh_message_unref(reason);
        return status;
    }
    reason = rh_reason_limit(reason, node->limits.reason_bytes_max);
    status = export_prepare(node, ctx->actor, to);
    if (status != RH_OK) {
        rh_message_unref(reason);
        return status;
    }
    if (rh_pid_equal(to, ctx->self) && ends_self(ctx, &reason)) {
        bool kill = rh_reason_class(&reason) == RH_REASON_KILL;
        turn_end_with(ctx, kill ? rh_reason(RH_REASON_KILLED) : reason, ctx->self,
                      RH_WHY_REQUESTED);
        return RH_EXITED;
    }
    return exit_signal_post(node, ctx->self, to, reason);
}

enum rh_status rh_node_exit_signal(struct rh_node *node, rh_instant now, struct rh_pid to,
                                   struct rh_message reason)
{
    node->now = now;
    if (rh_message_status(reason) != RH_OK) {
        return rh_message_status(reason);
    }
    reason = rh_reason_limit(reason, node->limits.reason_bytes_max);
    return exit_signal_post(node, rh_pid_none(), to, reason);
}

void links_exit(struct rh_node *node, struct actor *actor, const struct rh_message *reason)
{
    while (actor->links != NULL) {
        struct signal *half = actor->links;
        struct rh_pid partner = half->body.from;
        half_remove(node, actor, half, RH_WHY_EXIT);
        half->body.flags = 0;
        half->body.message = rh_message_ref(*reason);
        signal_post(node, half, RH_SIGNAL_EXIT, half->to, partner);
    }
}
