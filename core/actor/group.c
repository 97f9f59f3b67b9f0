/* SPDX-License-Identifier: MIT */
/*
 * Process groups: members in joining order, as often as they joined, and subscribers who hear of every join and leave. A
 * membership hangs from its actor and from its group, so that the loss of a node with many members costs each of them once.
 * A leave may be part of an exit step, which allocates nothing: for each (membership, subscription) pair one signal is
 * kept in the subscription's reserve, taken when either is made.
 */
#include "core/actor/internal.h"

struct membership {
    struct membership *next; /**< of the same actor, joined before */
    struct name *name;
    struct rh_pid member;
    struct membership *earlier; /**< of the same group */
    struct membership *later;
};

struct subscription {
    struct subscription *next; /**< of the same group */
    struct rh_pid owner;
    uint64_t ordinal;
    struct signal *reserve; /**< chained through next */
};

struct group {
    struct membership *first;
    struct membership *last;
    uint32_t member_count;
    struct subscription *subscriptions;
};

static void reserve_push(struct subscription *subscription, struct signal *signal)
{
    signal->next = subscription->reserve;
    subscription->reserve = signal;
}

static struct signal *reserve_pop(struct subscription *subscription)
{
    struct signal *signal = subscription->reserve;
    if (signal != NULL) {
        subscription->reserve = signal->next;
        signal->next = NULL;
    }
    return signal;
}

static void subscription_free(struct rh_node *node, struct subscription *subscription)
{
    struct signal *signal;
    while ((signal = reserve_pop(subscription)) != NULL) {
        signal_destroy(node, signal);
    }
    node_release(node, subscription, sizeof(*subscription));
}

static enum rh_status reserve_add(struct rh_node *node, struct subscription *subscription,
                                  size_t count)
{
    for (size_t i = 0; i < count; i++) {
        enum rh_status status = RH_OK;
        struct signal *signal = signal_create(node, &status);
        if (signal == NULL) {
            while (i-- > 0) {
                signal_destroy(node, reserve_pop(subscription));
            }
            return status;
        }
        reserve_push(subscription, signal);
    }
    return RH_OK;
}

/* Find or make the group of a name; holds one reference of the name while the group lives. */
static enum rh_status group_open(struct rh_node *node, const char *text, struct name **ret_name)
{
    struct name *name = NULL;
    enum rh_status status = name_intern(node, text, &name);
    if (status != RH_OK) {
        return status;
    }
    if (name->group == NULL) {
        status = node->groups < node->limits.groups_max ? RH_OK : RH_LIMIT;
        struct group *group = status == RH_OK ? node_allocate(node, sizeof(*group)) : NULL;
        if (group == NULL) {
            name_unref(node, name);
            if (status == RH_LIMIT) {
                emit_limit(node, rh_pid_none(), RH_LIMIT, "groups_max");
            }
            return status == RH_OK ? RH_NO_MEMORY : status;
        }
        *group = (struct group){0};
        name->group = group;
        name_ref(name);
        node->groups++;
    }
    name_unref(node, name);
    *ret_name = name;
    return RH_OK;
}

static void group_close_if_empty(struct rh_node *node, struct name *name)
{
    struct group *group = name->group;
    if (group->member_count > 0 || group->subscriptions != NULL) {
        return;
    }
    name->group = NULL;
    node->groups--;
    node_release(node, group, sizeof(*group));
    name_unref(node, name);
}

void group_destroy(struct rh_node *node, struct name *name)
{
    struct group *group = name->group;
    if (group == NULL) {
        return;
    }
    while (group->subscriptions != NULL) {
        struct subscription *subscription = group->subscriptions;
        group->subscriptions = subscription->next;
        subscription_free(node, subscription);
    }
    node_release(node, group, sizeof(*group));
    name->group = NULL;
}

static void notify(struct rh_node *node, struct name *name, struct rh_pid member,
                   enum rh_signal_kind kind)
{
    struct subscription *subscription = name->group->subscriptions;
    for (; subscription != NULL; subscription = subscription->next) {
        struct signal *signal = reserve_pop(subscription);
        RH_ASSERT(signal != NULL);
        signal->body.id.ordinal = subscription->ordinal;
        signal->body.flags = SIGNAL_BY_NAME;
        signal->body.detail = name_detail(name);
        name_ref(name);
        signal_post(node, signal, kind, member, subscription->owner);
    }
}

/* Two notices per subscription: the join now, the leave one day. */
static enum rh_status reserve_for_join(struct rh_node *node, struct group *group)
{
    struct subscription *done = group->subscriptions;
    enum rh_status status = RH_OK;
    for (; done != NULL && status == RH_OK; done = done->next) {
        status = reserve_add(node, done, 2);
        if (status != RH_OK) {
            break;
        }
    }
    if (status != RH_OK) {
        for (struct subscription *undo = group->subscriptions; undo != done; undo = undo->next) {
            signal_destroy(node, reserve_pop(undo));
            signal_destroy(node, reserve_pop(undo));
        }
    }
    return status;
}

static void group_append(struct group *group, struct membership *membership)
{
    membership->earlier = group->last;
    if (group->last == NULL) {
        group->first = membership;
    } else {
        group->last->later = membership;
    }
    group->last = membership;
    group->member_count++;
}

static void group_take_out(struct group *group, const struct membership *membership)
{
    if (membership->earlier == NULL) {
        group->first = membership->later;
    } else {
        membership->earlier->later = membership->later;
    }
    if (membership->later == NULL) {
        group->last = membership->earlier;
    } else {
        membership->later->earlier = membership->earlier;
    }
    group->member_count--;
}

static enum rh_status member_add(struct rh_node *node, struct name *name, struct actor *actor)
{
    struct group *group = name->group;
    struct membership *membership = node_allocate(node, sizeof(*membership));
    if (membership == NULL) {
        return RH_NO_MEMORY;
    }
    enum rh_status status = reserve_for_join(node, group);
    if (status != RH_OK) {
        node_release(node, membership, sizeof(*membership));
        return status;
    }
    *membership = (struct membership){
        .next = actor->memberships, .name = name, .member = actor_pid(node, actor)};
    actor->memberships = membership;
    group_append(group, membership);
    EMIT(node, .kind = RH_EVENT_GROUP_ADD, .actor = actor_pid(node, actor), .name = name->text);
    notify(node, name, actor_pid(node, actor), RH_SIGNAL_GROUP_JOIN);
    return RH_OK;
}

/* Other nodes hear of it; of an exit they hear anyway. */
static void tell_nodes(struct rh_node *node, struct actor *actor, const struct name *name,
                       bool joined)
{
    if (node->foreign != NULL && actor->form != FORM_PROXY) {
        node->foreign->member(node, actor, name, joined);
    }
}

enum rh_status group_join(struct rh_node *node, struct actor *actor, const char *text)
{
    struct name *name = NULL;
    enum rh_status status = group_open(node, text, &name);
    if (status != RH_OK) {
        return status;
    }
    status = member_add(node, name, actor);
    if (status == RH_OK) {
        tell_nodes(node, actor, name, true);
    }
    group_close_if_empty(node, name);
    return status;
}

enum rh_status rh_group_join(struct rh_context *ctx, const char *text, struct rh_pid member)
{
    if (!turn_operation(ctx)) {
        return RH_EXITED;
    }
    struct rh_node *node = ctx->node;
    touch(node, RH_TOUCH_LIFE, member, 0, NULL);
    struct actor *actor = actor_find(node, member);
    if (actor == NULL) {
        return RH_NOPROC;
    }
    touch(node, RH_TOUCH_GROUP, member, 0, text);
    return group_join(node, actor, text);
}

static void member_remove(struct rh_node *node, struct membership **at, enum rh_why why)
{
    struct membership *membership = *at;
    struct name *name = membership->name;
    struct rh_pid member = membership->member;
    group_take_out(name->group, membership);
    *at = membership->next;
    node_release(node, membership, sizeof(*membership));
    EMIT(node, .kind = RH_EVENT_GROUP_REMOVE, .actor = member, .name = name->text, .why = why);
    notify(node, name, member, RH_SIGNAL_GROUP_LEAVE);
    group_close_if_empty(node, name);
}

enum rh_status group_leave(struct rh_node *node, struct actor *actor, const char *text)
{
    struct name *name = name_find(node, text);
    if (name == NULL) {
        return RH_NOT_FOUND;
    }
    struct membership **at = NULL; /* the first that it joined */
    for (struct membership **own = &actor->memberships; *own != NULL; own = &(*own)->next) {
        node->stats.memberships_passed++;
        at = (*own)->name == name ? own : at;
    }
    if (at == NULL) {
        return RH_NOT_FOUND;
    }
    tell_nodes(node, actor, name, false);
    member_remove(node, at, RH_WHY_REQUESTED);
    return RH_OK;
}

enum rh_status rh_group_leave(struct rh_context *ctx, const char *text, struct rh_pid member)
{
    if (!turn_operation(ctx)) {
        return RH_EXITED;
    }
    touch(ctx->node, RH_TOUCH_LIFE, member, 0, NULL);
    touch(ctx->node, RH_TOUCH_GROUP, member, 0, text);
    struct actor *actor = actor_find(ctx->node, member);
    return actor == NULL ? RH_NOT_FOUND : group_leave(ctx->node, actor, text);
}

void groups_each_membership(const struct actor *actor,
                            void (*visit)(void *self, const struct name *group), void *self)
{
    for (const struct membership *at = actor->memberships; at != NULL; at = at->next) {
        visit(self, at->name);
    }
}

size_t rh_group_members(struct rh_context *ctx, const char *text, struct rh_pid *members,
                        size_t capacity)
{
    struct name *name = turn_operation(ctx) ? name_find(ctx->node, text) : NULL;
    touch(ctx->node, RH_TOUCH_SEES_GROUP, rh_pid_none(), 0, text);
    if (name == NULL || name->group == NULL) {
        return 0;
    }
    size_t count = 0;
    for (const struct membership *at = name->group->first; at != NULL && count < capacity;
         at = at->later) {
        members[count++] = at->member;
    }
    return name->group->member_count;
}

enum rh_status rh_group_monitor(struct rh_context *ctx, const char *text,
                                struct rh_ref *ret_monitor)
{
    if (!turn_operation(ctx)) {
        return RH_EXITED;
    }
    struct rh_node *node = ctx->node;
    touch(node, RH_TOUCH_GROUP, rh_pid_none(), 0, text);
    struct name *name = NULL;
    enum rh_status status = group_open(node, text, &name);
    if (status != RH_OK) {
        return status;
    }
    struct group *group = name->group;
    struct subscription *subscription = node_allocate(node, sizeof(*subscription));
    status = subscription == NULL ? RH_NO_MEMORY : RH_OK;
    if (status == RH_OK) {
        *subscription = (struct subscription){.owner = ctx->self};
        status = reserve_add(node, subscription, group->member_count);
    }
    if (status == RH_OK && !actor_next_reference(ctx->actor, &subscription->ordinal)) {
        status = RH_EXHAUSTED;
    }
    if (status != RH_OK) {
        if (subscription != NULL) {
            subscription_free(node, subscription);
        }
        group_close_if_empty(node, name);
        return status;
    }
    struct subscription **last = &group->subscriptions;
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = subscription;
    ctx->actor->subscriptions++;
    *ret_monitor = (struct rh_ref){ctx->self, subscription->ordinal};
    return RH_OK;
}

/* Remove the subscriptions of `owner` with this ordinal, or all of them for 0; returns how many went. */
static uint32_t unsubscribe(struct rh_node *node, struct rh_pid owner, uint64_t ordinal)
{
    uint32_t removed = 0;
    for (uint32_t i = 0; i < node->name_count; i++) {
        struct name *name = node->names[i].name;
        if (name == NULL || name->group == NULL) {
            continue;
        }
        struct subscription **at = &name->group->subscriptions;
        while (*at != NULL) {
            struct subscription *subscription = *at;
            if (rh_pid_equal(subscription->owner, owner) &&
                (ordinal == 0 || subscription->ordinal == ordinal)) {
                touch(node, RH_TOUCH_GROUP, rh_pid_none(), 0, name->text);
                *at = subscription->next;
                subscription_free(node, subscription);
                removed++;
            } else {
                at = &subscription->next;
            }
        }
        group_close_if_empty(node, name);
    }
    return removed;
}

enum rh_status rh_group_demonitor(struct rh_context *ctx, struct rh_ref monitor, unsigned flags)
{
    if (!turn_operation(ctx)) {
        return RH_EXITED;
    }
    if (!rh_pid_equal(monitor.owner, ctx->self)) {
        ctx->node->stats.foreign_refs++;
        return RH_NOT_FOUND;
    }
    if (monitor.ordinal == 0) { /* of no subscription; below it would be of all */
        return RH_NOT_FOUND;
    }
    uint32_t removed = unsubscribe(ctx->node, ctx->self, monitor.ordinal);
    ctx->actor->subscriptions -= removed;
    if ((flags & RH_FLUSH) != 0) {
        while (mailbox_flush(ctx->node, ctx->actor, RH_DELIVERY_GROUP_JOIN, rh_pid_none(),
                             monitor.ordinal) ||
               mailbox_flush(ctx->node, ctx->actor, RH_DELIVERY_GROUP_LEAVE, rh_pid_none(),
                             monitor.ordinal)) {
        }
    }
    return removed > 0 ? RH_OK : RH_NOT_FOUND;
}

bool group_notice_is_current(const struct rh_node *node, const struct signal *signal)
{
    const struct group *group = name_of_detail(node, signal->body.detail)->group;
    const struct subscription *subscription = group == NULL ? NULL : group->subscriptions;
    while (subscription != NULL && !(subscription->ordinal == signal->body.id.ordinal &&
                                     rh_pid_equal(subscription->owner, signal->to))) {
        subscription = subscription->next;
    }
    return subscription != NULL;
}

void group_notice_handle(struct rh_node *node, struct actor *actor, struct signal *signal,
                         enum rh_delivery_kind kind)
{
    if (!group_notice_is_current(node, signal)) {
        node->stats.stale_group_notices++;
        emit_signal(node, RH_EVENT_DROP, signal, RH_WHY_STALE);
        signal_destroy(node, signal);
        return;
    }
    actor_deliver(node, actor, signal, kind);
}

void groups_exit(struct rh_node *node, struct actor *actor)
{
    if (actor->subscriptions > 0) {
        (void)unsubscribe(node, actor_pid(node, actor), 0);
        if (node->foreign != NULL) {
            (void)node->foreign->unwatch(node, actor, 0);
        }
    }
    while (actor->memberships != NULL) {
        node->stats.memberships_passed++;
        member_remove(node, &actor->memberships, RH_WHY_EXIT);
    }
}

void memberships_abandon(struct rh_node *node, struct actor *actor)
{
    while (actor->memberships != NULL) {
        struct membership *membership = actor->memberships;
        actor->memberships = membership->next;
        node_release(node, membership, sizeof(*membership));
    }
}
