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

struct signal *signal_create(struct rh_node *node, enum rh_status *ret_status)
{
    if (node->pool.used >= node->limits.signals_max) {
        emit_limit(node, rh_pid_none(), RH_LIMIT, "signals_max");
        *ret_status = RH_LIMIT;
        return NULL;
    }
    struct signal *signal = pool_take(&node->pool);
    if (signal == NULL) {
        node->stats.allocation_failures++;
        EMIT(node, .kind = RH_EVENT_LIMIT, .status = RH_NO_MEMORY, .name = "memory");
        *ret_status = RH_NO_MEMORY;
        return NULL;
    }
    memset(signal, 0, sizeof(*signal));
    return signal;
}

void signal_destroy(struct rh_node *node, struct signal *signal)
{
    rh_message_unref(signal->body.message);
    if ((signal->body.flags & SIGNAL_BY_NAME) != 0) {
        name_unref(node, name_of_detail(node, signal->body.detail));
    }
    if ((signal->body.flags & SIGNAL_BORROWED) == 0) {
#ifdef RH_HOSTILE
        memset(signal, 0xdb, sizeof(*signal));
#endif
        pool_give(&node->pool, signal);
    }
}
