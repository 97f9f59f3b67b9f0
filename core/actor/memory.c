/* SPDX-License-Identifier: MIT */
/* Where a node's memory comes from. Every failure is counted and told here, once. */
#include "core/actor/internal.h"

#include <string.h>

void *node_allocate(struct rh_node *node, size_t bytes)
{
    void *block = node->allocator.allocate(node->allocator.self, bytes);
    if (block == NULL) {
        node->stats.allocation_failures++;
        EMIT(node, .kind = RH_EVENT_LIMIT, .status = RH_NO_MEMORY, .name = "memory");
    }
    return block;
}

void node_release(struct rh_node *node, void *block, size_t bytes)
{
    node->allocator.release(node->allocator.self, block, bytes);
}

bool node_grow(struct rh_node *node, void **array, uint32_t *capacity, size_t element_bytes)
{
    uint32_t before = *capacity;
    uint32_t after = before < 8 ? 8 : before * 2;
    if (after <= before) {
        return false;
    }
    void *block = node->allocator.resize(node->allocator.self, *array, before * element_bytes,
                                         after * element_bytes);
    if (block == NULL) {
        node->stats.allocation_failures++;
        EMIT(node, .kind = RH_EVENT_LIMIT, .status = RH_NO_MEMORY, .name = "memory");
        return false;
    }
    *array = block;
    *capacity = after;
    return true;
}

struct signal *signal_refused(struct rh_node *node, enum rh_status status)
{
    if (status == RH_LIMIT) {
        emit_limit(node, rh_pid_none(), RH_LIMIT, "signals_max");
    } else {
        node->stats.allocation_failures++;
        EMIT(node, .kind = RH_EVENT_LIMIT, .status = RH_NO_MEMORY, .name = "memory");
    }
    return NULL;
}
