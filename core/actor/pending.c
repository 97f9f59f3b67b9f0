/* SPDX-License-Identifier: MIT */
/*
 * What could happen next, for a scheduler that chooses. The queue is in sending order, so the first signal of each
 * (sender, receiver) met on a walk is the channel's oldest. A small table remembers the channels seen; it is cleared for
 * each walk and holds pointers, which decide nothing. A walk that has met many signals in vain is the last one for a while:
 * lanes know then what is deliverable (lanes.c).
 */
#include "core/actor/internal.h"
#include "core/actor/lanes.h"

#include <string.h>

/* Return the size of the table for this walk, a power of two; 0 without memory. */
static size_t channels_prepare(struct rh_node *node)
{
    size_t wanted = 16;
    while (wanted < node->queue.length * 2) {
        wanted *= 2;
    }
    if (node->channel_capacity < wanted) {
        struct signal **channels =
            node->allocator.allocate(node->allocator.self, wanted * sizeof(*channels));
        if (channels == NULL) {
            node->stats.allocation_failures++;
            return 0;
        }
        node_release(node, node->channels, node->channel_capacity * sizeof(*channels));
        node->channels = channels;
        node->channel_capacity = wanted;
    }
    memset(node->channels, 0, wanted * sizeof(*node->channels));
    return wanted;
}

/* The channels seen on one walk: `size` buckets, 0 for want of memory. Most walks of a fifo driver see one signal, so the
 * table is made when the second one is looked at. */
struct walk {
    bool ready;
    size_t size;
};

/* So many signals that wait behind others are met in vain before lanes are worth it. */
#ifdef RH_HOSTILE
#define BLOCKED_MAX 2u
#else
#define BLOCKED_MAX 64u
#endif

static bool channel_insert(struct rh_node *node, size_t size, struct signal *signal)
{
    size_t at = channel_hash(node, signal) & (size - 1);
    while (node->channels[at] != NULL) {
        if (same_channel(node, node->channels[at], signal)) {
            return false;
        }
        at = (at + 1) & (size - 1);
    }
    node->channels[at] = signal;
    return true;
}

/* Is this the first signal of its channel on this walk? */
static bool channel_is_new(struct rh_node *node, struct walk *walk, struct signal *signal)
{
    /* What its sender guessed the actor's pid for, and sent before, waits for the START; the rest waits behind it. */
    bool start = signal->kind == RH_SIGNAL_START;
    if (signal->prev == NULL) {
        return true;
    }
    if (!walk->ready) {
        walk->ready = true;
        walk->size = channels_prepare(node);
        if (walk->size > 0 && node->queue.head->kind != RH_SIGNAL_TAKE) {
            (void)channel_insert(node, walk->size, node->queue.head);
        }
    }
    if (walk->size == 0) { /* no memory for the table: look back instead */
        for (struct signal *earlier = signal->prev; earlier != NULL; earlier = earlier->prev) {
            if (earlier->kind != RH_SIGNAL_TAKE && same_channel(node, earlier, signal)) {
                return start;
            }
        }
        return true;
    }
    return channel_insert(node, walk->size, signal) || start;
}

/* The name that is resolved when this happens. */
static struct name *name_of(const struct rh_node *node, const struct signal *signal)
{
    bool named = (signal->body.flags & SIGNAL_BY_NAME) != 0 &&
                 (signal->kind == RH_SIGNAL_MESSAGE || signal->role == ROLE_TIMER);
    return named ? name_of_detail(node, signal->body.detail) : NULL;
}

static struct rh_pending describe(const struct rh_node *node, struct signal *signal,
                                  enum rh_pending_kind kind)
{
    const struct name *name = name_of(node, signal);
    bool here = name != NULL && pid_is_local(node, signal->to);
    const struct rh_pid *actor = here ? &name->owner : &signal->to;
    return (struct rh_pending){
        .kind = kind,
        .signal = (enum rh_signal_kind)signal->kind,
        .actor = *actor,
        .from = signal->body.from,
        .ordinal = signal->kind == RH_SIGNAL_EXIT ? 0 : signal->body.id.ordinal,
        .due = kind == RH_PENDING_TIMER ? timer_due(node, signal) : signal->sent,
        .message = &signal->body.message,
        .name = name == NULL ? NULL : name->text,
        .hop = kind == RH_PENDING_SIGNAL ? signal_hop(node, signal) : 0,
        .is_of_fault = (signal->body.flags & SIGNAL_OF_FAULT) != 0,
        .handle = signal,
    };
}

static bool has_started(const struct rh_node *node, const struct rh_pending *pending)
{
    const struct actor *actor = actor_find(node, pending->actor);
    return actor == NULL || actor->phase != PHASE_EMBRYO || pending->signal == RH_SIGNAL_START;
}

/* Collect the timers that are due by `due_max`, a subtree at a time. Never is not a time, whatever `due_max` is. */
static uint32_t collect_timers(struct rh_node *node, uint32_t index, rh_instant due_max,
                               uint32_t count)
{
    if (index >= node->heap_count || node->heap[index].due > due_max ||
        node->heap[index].due == RH_NEVER) {
        return count;
    }
    node->due_now[count] = node->heap[index];
    count = collect_timers(node, 2 * index + 1, due_max, count + 1);
    return collect_timers(node, 2 * index + 2, due_max, count);
}

static void sift_down(struct timer_slot *slots, uint32_t at, uint32_t count)
{
    struct timer_slot slot = slots[at];
    for (uint32_t child = 2 * at + 1; child < count; child = 2 * at + 1) {
        child += child + 1 < count && timer_before(&slots[child], &slots[child + 1]) ? 1 : 0;
        if (!timer_before(&slot, &slots[child])) {
            break;
        }
        slots[at] = slots[child];
        at = child;
    }
    slots[at] = slot;
}

/* In due order. No two are equal, so that there is one such order. */
static void sort_timers(struct timer_slot *slots, uint32_t count)
{
    for (uint32_t at = count / 2; at > 0; at--) {
        sift_down(slots, at - 1, count);
    }
    for (uint32_t left = count; left > 1; left--) {
        struct timer_slot last = slots[0];
        slots[0] = slots[left - 1];
        slots[left - 1] = last;
        sift_down(slots, 0, left - 1);
    }
}

static struct rh_pending describe_queued(const struct rh_node *node, struct signal *signal)
{
    bool take = signal->kind == RH_SIGNAL_TAKE;
    return describe(node, signal, take ? RH_PENDING_TAKE : RH_PENDING_SIGNAL);
}

/* For rh_node_each_pending. */
struct visit {
    bool (*visit)(void *self, const struct rh_pending *pending);
    void *self;
};

static bool walk_lanes(const struct rh_node *node, const struct visit *visit)
{
    struct signal *signal = NULL;
    for (uint32_t place = lanes_first(node); place != 0;) {
        place = lanes_next(node, place, &signal);
        struct rh_pending pending = describe_queued(node, signal);
        if (has_started(node, &pending) && !visit->visit(visit->self, &pending)) {
            return false;
        }
    }
    return true;
}

static bool walk_queue(struct rh_node *node, const struct visit *visit)
{
    struct walk walk = {0};
    node->blocked = 0;
    for (struct signal *signal = node->queue.head; signal != NULL; signal = signal->next) {
        struct rh_pending pending = describe_queued(node, signal);
        if (!has_started(node, &pending)) {
            continue;
        }
        if (pending.kind != RH_PENDING_TAKE && !channel_is_new(node, &walk, signal)) {
            node->blocked++;
        } else if (!visit->visit(visit->self, &pending)) {
            return false;
        }
    }
    return true;
}

void rh_node_each_pending(struct rh_node *node, rh_instant due_max,
                          bool (*visit)(void *self, const struct rh_pending *pending), void *self)
{
    const struct visit each = {visit, self};
    if (node->lanes == NULL && node->blocked >= BLOCKED_MAX && node->queue.length > 0) {
        node->blocked = 0;
        (void)lanes_build(node);
    }
    if (!(node->lanes != NULL ? walk_lanes(node, &each) : walk_queue(node, &each))) {
        return;
    }
    uint32_t count = collect_timers(node, 0, due_max, 0);
    sort_timers(node->due_now, count);
    for (uint32_t i = 0; i < count; i++) {
        struct rh_pending pending = describe(node, node->due_now[i].timer, RH_PENDING_TIMER);
        if (has_started(node, &pending) && !visit(self, &pending)) {
            return;
        }
    }
}

bool rh_node_set_before(const struct rh_node *node, const struct rh_pending *first,
                        const struct rh_pending *second)
{
    const struct actor *actor = actor_find(node, first->actor);
    if (actor == NULL || actor->timers == NULL || first->name != NULL || second->name != NULL) {
        return true;
    }
    const struct signal *timer = actor->timers; /* in the order in which they were set */
    while (timer != first->handle && timer != second->handle && timer->next != actor->timers) {
        timer = timer->next;
    }
    return timer != second->handle;
}

bool rh_node_oldest(const struct rh_node *node, struct rh_pending *ret_pending)
{
    struct signal *signal = node->queue.head;
    if (signal == NULL) {
        return false;
    }
    *ret_pending = describe_queued(node, signal);
    /* Only a message to a name may be older than its target's START. */
    return ret_pending->name == NULL || has_started(node, ret_pending);
}

void rh_node_execute(struct rh_node *node, rh_instant now, const struct rh_pending *pending)
{
    node->now = now; /* the clock of the actor whose event it is */
    struct signal *signal = pending->handle;
    if (pending->kind == RH_PENDING_TIMER) {
        RH_ASSERT(signal->role == ROLE_TIMER);
        timer_fire(node, signal);
        event_end(node);
        return;
    }
    RH_ASSERT(signal->role == ROLE_QUEUED);
    queue_remove(node, signal);
    signal_handle(node, signal);
    event_end(node);
}

bool rh_node_is_plain(const struct rh_node *node, rh_instant *ret_sent)
{
    const struct signal *signal = node->queue.head;
    if (signal == NULL || node->effects_head != NULL || node->foreign != NULL ||
        (signal->body.flags & SIGNAL_BY_NAME) != 0) {
        return false;
    }
    *ret_sent = signal->sent;
    return true;
}

void rh_node_execute_oldest(struct rh_node *node, rh_instant now)
{
    struct signal *signal = node->queue.head;
    node->now = now;
    RH_ASSERT(signal != NULL && signal->role == ROLE_QUEUED);
    queue_remove(node, signal);
    signal_handle(node, signal);
    event_end(node);
}

/* A due timer goes before the oldest signal, but never twice in a row while signals wait, and not before its target has
 * started: the START is one of them. */
static bool timer_goes(struct rh_node *node)
{
    if (node->heap_count == 0 || node->heap[0].due > node->now) {
        return false;
    }
    if (node->queue.head == NULL) {
        return true;
    }
    struct rh_pending first = describe(node, node->heap[0].timer, RH_PENDING_TIMER);
    return !node->timer_went_last && has_started(node, &first);
}

/* The oldest signal that can be handled. A message to a name may be older than the START of whoever has the name by now;
 * then that START goes first. */
static struct signal *next_signal(const struct rh_node *node)
{
    struct signal *signal = node->queue.head;
    if (signal == NULL || (signal->body.flags & SIGNAL_BY_NAME) == 0) {
        return signal;
    }
    struct rh_pending oldest = describe(node, signal, RH_PENDING_SIGNAL);
    if (!has_started(node, &oldest)) {
        while (signal->kind != RH_SIGNAL_START || !rh_pid_equal(signal->to, oldest.actor)) {
            signal = signal->next;
        }
    }
    return signal;
}

size_t rh_node_run(struct rh_node *node, rh_instant now, size_t budget)
{
    RH_ASSERT(now >= node->now);
    node->now = now;
    size_t handled = 0;
    while (handled < budget) {
        struct signal *signal = NULL;
        if (timer_goes(node)) {
            node->timer_went_last = true;
            timer_fire(node, node->heap[0].timer);
        } else if ((signal = next_signal(node)) != NULL) {
            node->timer_went_last = false;
            queue_remove(node, signal);
            signal_handle(node, signal);
        } else {
            break;
        }
        handled++;
        event_end(node);
    }
    return handled;
}
