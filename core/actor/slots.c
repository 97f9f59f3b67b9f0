/* SPDX-License-Identifier: MIT */
/* The table of actors: chunks whose addresses never move, a free list, a generation per slot. A slot whose generations
 * are used up is retired: it never names anybody again. */
#include "core/actor/internal.h"

#include <string.h>

static enum rh_status add_chunk(struct rh_node *node)
{
    if (node->chunk_count == node->chunk_capacity) {
        void *chunks = node->chunks;
        if (!node_grow(node, &chunks, &node->chunk_capacity, sizeof(*node->chunks))) {
            return RH_NO_MEMORY;
        }
        node->chunks = chunks;
    }
    struct actor *chunk = node_allocate(node, ACTORS_PER_CHUNK * sizeof(*chunk));
    if (chunk == NULL) {
        return RH_NO_MEMORY;
    }
    node->chunks[node->chunk_count++] = chunk;
    return RH_OK;
}

static enum rh_status add_slot(struct rh_node *node)
{
    if (node->slot_count == SLOT_NONE) {
        return RH_EXHAUSTED;
    }
    if (node->slot_count == node->chunk_count * ACTORS_PER_CHUNK) {
        enum rh_status status = add_chunk(node);
        if (status != RH_OK) {
            return status;
        }
    }
    struct actor *actor = actor_at(node, node->slot_count);
    memset(actor, 0, sizeof(*actor));
    actor->pid = (struct rh_pid){node->id, node->incarnation, node->slot_count++,
                                 node->first_generation - 1};
    actor->next_free = node->first_free;
    node->first_free = actor->pid.slot;
    return RH_OK;
}

enum rh_status actor_create(struct rh_node *node, struct actor **ret_actor)
{
    if (node->stats.actors >= node->limits.actors_max) {
        emit_limit(node, rh_pid_none(), RH_LIMIT, "actors_max");
        return RH_LIMIT;
    }
    if (node->first_free == SLOT_NONE) {
        enum rh_status status = add_slot(node);
        if (status != RH_OK) {
            return status;
        }
    }
    struct actor *actor = actor_at(node, node->first_free);
    node->first_free = actor->next_free;
    struct rh_pid pid = actor->pid;
    pid.generation++;
    memset(actor, 0, sizeof(*actor));
    actor->pid = pid;
    actor->phase = PHASE_EMBRYO;
    /* As few link generations and references are left as generations of a new slot. */
    actor->link_generation = node->first_generation - 1;
    if (node->first_generation > 1) {
        actor->references = UINT64_MAX - UINT32_MAX + (node->first_generation - 1);
    }
    node->stats.actors++;
    *ret_actor = actor;
    return RH_OK;
}

void actor_free(struct rh_node *node, struct actor *actor)
{
    RH_ASSERT(actor->phase != PHASE_FREE);
    node->stats.actors--;
    actor->state = NULL;
    if (actor->pid.generation == UINT32_MAX) {
        actor->phase = PHASE_RETIRED;
        return;
    }
    actor->phase = PHASE_FREE;
    actor->next_free = node->first_free;
    node->first_free = actor->pid.slot;
}

bool actor_next_reference(struct actor *actor, uint64_t *ret_ordinal)
{
    if (actor->references == UINT64_MAX) {
        return false;
    }
    *ret_ordinal = ++actor->references;
    return true;
}
