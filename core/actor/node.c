/* SPDX-License-Identifier: MIT */
/* A node's life, and what a driver may do to it besides running it. */
#include "core/actor/internal.h"

#include <string.h>

static struct rh_allocator allocator_of(const struct rh_node_options *options)
{
    return options->allocator == NULL ? *rh_allocator_default() : *options->allocator;
}

enum rh_status rh_node_create(const struct rh_node_options *options, struct rh_node **ret_node)
{
    struct rh_allocator allocator = allocator_of(options);
    struct rh_node *node = allocator.allocate(allocator.self, sizeof(*node));
    if (node == NULL) {
        return RH_NO_MEMORY;
    }
    memset(node, 0, sizeof(*node));
    node->allocator = allocator;
    node->marks = options->marks == NULL ? allocator : *options->marks;
    node->limits = options->limits == NULL ? rh_limits_default() : *options->limits;
    node->id = options->node == 0 ? 1 : options->node;
    node->incarnation = options->incarnation == 0 ? 1 : options->incarnation;
    node->seed = options->seed;
    node->first_generation = options->first_generation == 0 ? 1 : options->first_generation;
    node->first_free = SLOT_NONE;
    node->name = options->name == NULL ? "" : options->name;
    node->find_behaviour = options->find_behaviour;
    node->behaviours = options->behaviours;
    rh_node_observe(node, options->observer);
    rh_node_set_filter(node, options->filter);
    pool_init(&node->pool, &node->allocator, sizeof(struct signal),
              node->limits.pool_objects_per_chunk);
    *ret_node = node;
    return RH_OK;
}

void rh_node_observe(struct rh_node *node, const struct rh_observer *observer)
{
    node->observer = observer == NULL ? (struct rh_observer){0} : *observer;
}

void rh_node_set_witness(struct rh_node *node, const struct rh_witness *witness)
{
    node->witness = witness == NULL ? (struct rh_witness){NULL, NULL} : *witness;
}

bool rh_node_has_drawn(const struct rh_node *node)
{
    return node->has_drawn;
}

void rh_node_reseed(struct rh_node *node, uint64_t seed)
{
    RH_ASSERT(!node->has_drawn);
    node->seed = seed;
}

void rh_node_set_filter(struct rh_node *node, const struct rh_filter *filter)
{
    node->filter = filter == NULL ? (struct rh_filter){0} : *filter;
}

/* Signals and entries are freed one by one because their messages may be large. */
static void signals_destroy(struct rh_node *node)
{
    while (node->queue.head != NULL) {
        struct signal *signal = node->queue.head;
        queue_remove(node, signal);
        if (signal->kind != RH_SIGNAL_TAKE) {
            signal_destroy(node, signal);
        }
    }
    for (uint32_t i = 0; i < node->heap_count; i++) {
        signal_destroy(node, node->heap[i].timer);
    }
}

static void list_destroy(struct rh_node *node, struct signal **list)
{
    while (*list != NULL) {
        struct signal *entry = *list;
        list_remove(list, entry);
        signal_destroy(node, entry);
    }
}

static void actor_destroy(struct rh_node *node, struct actor *actor)
{
    bool started = actor->phase == PHASE_ALIVE;
    EMIT(node, .kind = RH_EVENT_EXIT, .actor = actor_pid(node, actor), .why = RH_WHY_NODE);
    state_free(node, actor, started);
    actor_abandon(node, actor);
    actor->phase = PHASE_FREE;
}

void actor_abandon(struct rh_node *node, struct actor *actor)
{
    index_free(node, &actor->index);
    list_destroy(node, &actor->links);
    list_destroy(node, &actor->monitors);
    list_destroy(node, &actor->watchers);
    list_destroy(node, &actor->aliases);
    list_destroy(node, &actor->exports);
    mailbox_abandon(node, actor);
    memberships_abandon(node, actor);
}

void rh_node_destroy(struct rh_node *node)
{
    if (node == NULL) {
        return;
    }
    RH_ASSERT(!node->in_turn);
    if (node->foreign != NULL) {
        node->foreign->destroy(node);
    }
    for (uint32_t slot = 0; slot < node->slot_count; slot++) {
        struct actor *actor = actor_at(node, slot);
        if (actor->phase == PHASE_ALIVE || actor->phase == PHASE_EMBRYO) {
            actor_destroy(node, actor);
        }
    }
    signals_destroy(node);
    names_destroy(node);
    handles_destroy(node);
    struct rh_effect effect;
    while (rh_node_take_effect(node, &effect)) {
        rh_message_unref(effect.message);
    }
    rh_message_unref(node->crash_reason);
    pool_deinit(&node->pool);
    for (uint32_t i = 0; i < node->chunk_count; i++) {
        node_release(node, node->chunks[i], ACTORS_PER_CHUNK * sizeof(struct actor));
    }
    node_release(node, node->chunks, node->chunk_capacity * sizeof(*node->chunks));
    index_free(node, &node->timers);
    node_release(node, node->heap, node->heap_capacity * sizeof(*node->heap));
    node_release(node, node->due_now, node->due_capacity * sizeof(*node->due_now));
    node_release(node, node->channels, node->channel_capacity * sizeof(*node->channels));
    struct rh_allocator allocator = node->allocator;
    allocator.release(allocator.self, node, sizeof(*node));
}

static struct actor *started(struct rh_node *node, struct rh_pid pid)
{
    struct actor *actor = actor_find(node, pid);
    return actor != NULL && actor->phase == PHASE_ALIVE ? actor : NULL;
}

enum rh_status rh_node_input(struct rh_node *node, rh_instant now, struct rh_pid to,
                             struct rh_message message)
{
    node->now = now;
    struct actor *actor = started(node, to);
    enum rh_status status = actor == NULL ? RH_NOPROC : message_judge(node, &message);
    struct signal *signal = status == RH_OK ? signal_create(node, &status) : NULL;
    if (signal == NULL) {
        rh_message_unref(message);
        return status;
    }
    node->stats.events++;
    signal->kind = RH_SIGNAL_USER;
    signal->to = to;
    signal->body.message = message;
    EMIT(node, .kind = RH_EVENT_INPUT, .actor = to, .message = &message);
    if (filter_passes(node, actor, signal)) {
        actor_deliver(node, actor, signal, RH_DELIVERY_USER);
    }
    return RH_OK;
}

enum rh_status rh_node_turn(struct rh_node *node, rh_instant now, struct rh_pid to,
                            enum rh_status (*body)(struct rh_context *ctx, void *state,
                                                   void *argument),
                            void *argument)
{
    node->now = now;
    struct actor *actor = started(node, to);
    if (actor == NULL) {
        return RH_NOPROC;
    }
    node->stats.events++;
    EMIT(node, .kind = RH_EVENT_INPUT, .actor = to);
    (void)turn_run_body(node, actor, body, argument);
    event_end(node);
    return RH_OK;
}

enum rh_status rh_node_crash(struct rh_node *node, rh_instant now, struct rh_pid pid,
                             struct rh_message reason)
{
    node->now = now;
    struct actor *actor = actor_find(node, pid);
    if (actor == NULL) {
        rh_message_unref(reason);
        return RH_NOPROC;
    }
    node->stats.events++;
    actor_exit(node, actor, reason, rh_pid_none(), RH_WHY_FAULT);
    event_end(node);
    return RH_OK;
}

rh_instant rh_node_next_due(const struct rh_node *node)
{
    return node->heap_count == 0 ? RH_NEVER : node->heap[0].due;
}

void rh_node_stats(const struct rh_node *node, struct rh_node_stats *ret_stats)
{
    *ret_stats = node->stats;
    ret_stats->signals_waiting = node->queue.length;
    ret_stats->entries = node->entry_count + node->heap_count;
}
