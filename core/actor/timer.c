/* SPDX-License-Identifier: MIT */
/*
 * Timers: a binary heap ordered by (due, creator's key, ordinal), so that equal inputs fire in equal order. Expiry is an
 * event of the target, which a name finds then. A timer hangs from its target's list and goes with it; its creator may
 * be long dead.
 */
#include "core/actor/internal.h"

#include <string.h>

bool timer_before(const struct timer_slot *a, const struct timer_slot *b)
{
    if (a->due != b->due) {
        return a->due < b->due;
    }
    if (a->creator_key != b->creator_key) {
        return a->creator_key < b->creator_key;
    }
    return a->timer->body.id.ordinal < b->timer->body.id.ordinal;
}

static void place(struct rh_node *node, uint32_t index, struct timer_slot slot)
{
    node->heap[index] = slot;
    slot.timer->heap_index = index;
}

static void sift_up(struct rh_node *node, uint32_t index, struct timer_slot slot)
{
    while (index > 0) {
        uint32_t parent = (index - 1) / 2;
        if (!timer_before(&slot, &node->heap[parent])) {
            break;
        }
        place(node, index, node->heap[parent]);
        index = parent;
    }
    place(node, index, slot);
}

static void sift_down(struct rh_node *node, uint32_t index, struct timer_slot slot)
{
    for (;;) {
        uint32_t child = 2 * index + 1;
        if (child >= node->heap_count) {
            break;
        }
        if (child + 1 < node->heap_count &&
            timer_before(&node->heap[child + 1], &node->heap[child])) {
            child++;
        }
        if (!timer_before(&node->heap[child], &slot)) {
            break;
        }
        place(node, index, node->heap[child]);
        index = child;
    }
    place(node, index, slot);
}

static enum rh_status heap_reserve(struct rh_node *node)
{
    if (node->heap_count < node->heap_capacity) {
        return RH_OK;
    }
    uint32_t capacity = node->heap_capacity;
    void *heap = node->heap;
    void *scratch = node->due_now;
    uint32_t scratch_capacity = node->due_capacity;
    if (node->due_capacity == capacity) {
        if (!node_grow(node, &scratch, &scratch_capacity, sizeof(struct timer_slot))) {
            return RH_NO_MEMORY;
        }
        node->due_now = scratch;
        node->due_capacity = scratch_capacity;
    }
    if (!node_grow(node, &heap, &capacity, sizeof(struct timer_slot))) {
        return RH_NO_MEMORY;
    }
    node->heap = heap;
    node->heap_capacity = capacity;
    return RH_OK;
}

rh_instant timer_due(const struct rh_node *node, const struct signal *timer)
{
    return node->heap[timer->heap_index].due;
}

static struct actor *list_owner(const struct rh_node *node, const struct signal *timer)
{
    return (timer->body.flags & SIGNAL_BY_NAME) != 0 ? NULL : actor_find(node, timer->to);
}

enum rh_status timer_attach(struct rh_node *node, struct signal *timer, rh_instant due,
                            uint64_t creator_key)
{
    enum rh_status status = heap_reserve(node);
    if (status != RH_OK) {
        return status;
    }
    timer->role = ROLE_TIMER;
    if (!index_insert(node, &node->timers, timer, node->heap_count + 1)) {
        timer->role = ROLE_QUEUED;
        return RH_NO_MEMORY;
    }
    sift_up(node, node->heap_count++, (struct timer_slot){due, creator_key, timer});
    node->stats.timers++;
    struct actor *target = list_owner(node, timer);
    if (target != NULL) {
        list_append(&target->timers, timer);
    }
    return RH_OK;
}

static void heap_remove(struct rh_node *node, uint32_t index)
{
    struct timer_slot last = node->heap[--node->heap_count];
    if (index == node->heap_count) {
        return;
    }
    if (index > 0 && timer_before(&last, &node->heap[(index - 1) / 2])) {
        sift_up(node, index, last);
    } else {
        sift_down(node, index, last);
    }
}

void timer_detach(struct rh_node *node, struct signal *timer)
{
    heap_remove(node, timer->heap_index);
    index_remove(&node->timers, timer);
    timer->role = ROLE_QUEUED;
    node->stats.timers--;
    struct actor *target = timer->next == NULL ? NULL : actor_at(node, timer->to.slot);
    if (target != NULL) {
        list_remove(&target->timers, timer);
    }
}

void timer_move(struct rh_node *node, struct signal *timer, rh_instant due)
{
    uint32_t index = timer->heap_index;
    struct timer_slot slot = node->heap[index];
    bool later = due > slot.due;
    slot.due = due;
    if (later) {
        sift_down(node, index, slot);
    } else {
        sift_up(node, index, slot);
    }
}

static void emit_timer(struct rh_node *node, enum rh_event_kind kind, const struct signal *timer,
                       rh_instant due, enum rh_why why)
{
    if (node->observer.event == NULL) {
        return;
    }
    struct name *name =
        (timer->body.flags & SIGNAL_BY_NAME) != 0 ? name_of_detail(node, timer->body.detail) : NULL;
    node_emit(node, &(struct rh_event){.kind = kind,
                                       .signal = (enum rh_signal_kind)timer->kind,
                                       .actor = timer->body.from,
                                       .peer = timer->to,
                                       .ordinal = timer->body.id.ordinal,
                                       .message = &timer->body.message,
                                       .due = due,
                                       .why = why,
                                       .name = name == NULL ? NULL : name->text});
}

/* What the four ways to start a timer share. */
struct timer_plan {
    rh_duration delay;
    struct rh_pid to;
    struct name *name;
    uint8_t flags;
};

static enum rh_status start(struct rh_context *ctx, const struct timer_plan *plan,
                            struct rh_message message, struct rh_ref *ret_timer)
{
    struct rh_node *node = ctx->node;
    enum rh_status status = RH_OK;
    struct signal *timer = signal_create(node, &status);
    if (timer == NULL) {
        rh_message_unref(message);
        return status;
    }
    timer->body.message = message;
    timer->kind = RH_SIGNAL_TIMER;
    timer->to = plan->to;
    timer->body.from = ctx->self;
    timer->body.flags = plan->flags;
    if (plan->name != NULL) {
        name_ref(plan->name);
        timer->body.flags |= SIGNAL_BY_NAME;
        timer->body.detail = name_detail(plan->name);
    }
    rh_instant due = plan->delay > RH_NEVER - node->now ? RH_NEVER : node->now + plan->delay;
    status = RH_EXHAUSTED;
    if (actor_next_reference(ctx->actor, &timer->body.id.ordinal)) {
        status = timer_attach(node, timer, due, ctx->actor->key);
    }
    if (status != RH_OK) {
        signal_destroy(node, timer);
        return status;
    }
    *ret_timer = (struct rh_ref){ctx->self, timer->body.id.ordinal};
    emit_timer(node, RH_EVENT_TIMER_SET, timer, due, RH_WHY_NONE);
    return RH_OK;
}

static enum rh_status start_for_pid(struct rh_context *ctx, struct timer_plan plan,
                                    struct rh_message message, struct rh_ref *ret_timer)
{
    enum rh_status status = message_judge(ctx->node, &message);
    if (!turn_operation(ctx)) {
        status = RH_EXITED;
    }
    if (status != RH_OK) {
        rh_message_unref(message);
        return status;
    }
    touch(ctx->node, RH_TOUCH_LIFE, plan.to, 0, NULL);
    if (pid_is_local(ctx->node, plan.to) && actor_find(ctx->node, plan.to) == NULL) {
        /* Aimed at the dead: a reference of a timer that is already gone. */
        rh_message_unref(message);
        *ret_timer = (struct rh_ref){ctx->self, 0};
        return actor_next_reference(ctx->actor, &ret_timer->ordinal) ? RH_OK : RH_EXHAUSTED;
    }
    return start(ctx, &plan, message, ret_timer);
}

enum rh_status rh_timer_start(struct rh_context *ctx, rh_duration delay, struct rh_pid to,
                              struct rh_message message, struct rh_ref *ret_timer)
{
    return start_for_pid(ctx, (struct timer_plan){delay, to, NULL, 0}, message, ret_timer);
}

enum rh_status rh_send_after(struct rh_context *ctx, rh_duration delay, struct rh_pid to,
                             struct rh_message message, struct rh_ref *ret_timer)
{
    return start_for_pid(ctx, (struct timer_plan){delay, to, NULL, SIGNAL_AS_MESSAGE}, message,
                         ret_timer);
}

static enum rh_status start_for_name(struct rh_context *ctx, struct timer_plan plan,
                                     const char *text, struct rh_message message,
                                     struct rh_ref *ret_timer)
{
    enum rh_status status = message_judge(ctx->node, &message);
    if (!turn_operation(ctx)) {
        status = RH_EXITED;
    }
    struct name *name = NULL;
    if (status == RH_OK) {
        status = name_intern(ctx->node, text, &name);
    }
    if (status != RH_OK) {
        rh_message_unref(message);
        return status;
    }
    plan.name = name;
    status = start(ctx, &plan, message, ret_timer);
    name_unref(ctx->node, name);
    return status;
}

enum rh_status rh_timer_start_name(struct rh_context *ctx, rh_duration delay, const char *name,
                                   struct rh_message message, struct rh_ref *ret_timer)
{
    return start_for_name(ctx, (struct timer_plan){delay, rh_pid_none(), NULL, 0}, name, message,
                          ret_timer);
}

enum rh_status rh_send_after_name(struct rh_context *ctx, rh_duration delay, const char *name,
                                  struct rh_message message, struct rh_ref *ret_timer)
{
    return start_for_name(ctx, (struct timer_plan){delay, rh_pid_none(), NULL, SIGNAL_AS_MESSAGE},
                          name, message, ret_timer);
}

static struct signal *timer_find(const struct rh_node *node, struct rh_ref ref)
{
    return node->heap_count == 0 ? NULL
                                 : index_find(&node->timers, ROLE_TIMER, ref.owner, ref.ordinal);
}

enum rh_status rh_timer_cancel(struct rh_context *ctx, struct rh_ref ref, rh_duration *ret_left)
{
    if (!turn_operation(ctx)) {
        return RH_EXITED;
    }
    struct rh_node *node = ctx->node;
    touch(node, RH_TOUCH_TIMER, ref.owner, ref.ordinal, NULL);
    struct signal *timer = timer_find(node, ref);
    if (timer == NULL || timer->kind != RH_SIGNAL_TIMER) {
        return RH_NOT_FOUND;
    }
    rh_instant due = timer_due(node, timer);
    if (ret_left != NULL) {
        *ret_left = due > node->now ? due - node->now : 0;
    }
    emit_timer(node, RH_EVENT_TIMER_CANCEL, timer, due, RH_WHY_REQUESTED);
    timer_detach(node, timer);
    signal_destroy(node, timer);
    return RH_OK;
}

enum rh_status rh_timer_read(struct rh_context *ctx, struct rh_ref ref, rh_duration *ret_left)
{
    if (!turn_operation(ctx)) {
        return RH_EXITED;
    }
    touch(ctx->node, RH_TOUCH_TIMER, ref.owner, ref.ordinal, NULL);
    struct signal *timer = timer_find(ctx->node, ref);
    if (timer == NULL || timer->kind != RH_SIGNAL_TIMER) {
        return RH_NOT_FOUND;
    }
    rh_instant due = timer_due(ctx->node, timer);
    *ret_left = due > ctx->node->now ? due - ctx->node->now : 0;
    return RH_OK;
}

void timers_exit(struct rh_node *node, struct actor *actor)
{
    while (actor->timers != NULL) {
        struct signal *timer = actor->timers;
        if (timer->kind == RH_SIGNAL_TIMER) {
            emit_timer(node, RH_EVENT_TIMER_CANCEL, timer, timer_due(node, timer), RH_WHY_EXIT);
        }
        timer_detach(node, timer);
        signal_destroy(node, timer);
    }
}

void timer_fire(struct rh_node *node, struct signal *timer)
{
    rh_instant due = timer_due(node, timer);
    RH_ASSERT(due <= node->now);
    node->stats.events++;
    timer_detach(node, timer);
    if ((timer->body.flags & SIGNAL_BY_NAME) != 0) {
        struct name *name = name_of_detail(node, timer->body.detail);
        timer->to = name->owner;
    }
    struct actor *target = actor_find(node, timer->to);
    if (target != NULL && timer->kind == RH_SIGNAL_RECEIVE_TIMER) {
        mailbox_timeout(node, target, timer);
        return;
    }
    emit_timer(node, RH_EVENT_TIMER_FIRE, timer, due, RH_WHY_NONE);
    if (target == NULL) {
        node->stats.dead_letters++;
        emit_signal(node, RH_EVENT_DROP, timer,
                    pid_is_local(node, timer->to) ? RH_WHY_NONAME : RH_WHY_NOCONNECTION);
        signal_destroy(node, timer);
        return;
    }
    RH_ASSERT(target->phase == PHASE_ALIVE);
    if (filter_passes(node, target, timer)) {
        bool message = (timer->body.flags & SIGNAL_AS_MESSAGE) != 0;
        if (message) {
            timer->body.id.ordinal = 0;
        }
        actor_deliver(node, target, timer, message ? RH_DELIVERY_MESSAGE : RH_DELIVERY_TIMEOUT);
    }
}
