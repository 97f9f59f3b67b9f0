/* SPDX-License-Identifier: MIT */
/* The life of a signal, from storage to queue and back: inline, because every message goes this way. */
#ifndef CORE_ACTOR_SIGNAL_H
#define CORE_ACTOR_SIGNAL_H

#include "core/actor/internal.h"

#include <string.h>

/** Count and tell why there is no signal; returns NULL. */
struct signal *signal_refused(struct rh_node *node, enum rh_status status);

/** Return a zeroed signal, or NULL with *ret_status RH_NO_MEMORY or RH_LIMIT. */
static inline struct signal *signal_create(struct rh_node *node, enum rh_status *ret_status)
{
    if (node->pool.used >= node->limits.signals_max) {
        *ret_status = RH_LIMIT;
        return signal_refused(node, RH_LIMIT);
    }
    struct signal *signal = pool_take(&node->pool);
    if (signal == NULL) {
        *ret_status = RH_NO_MEMORY;
        return signal_refused(node, RH_NO_MEMORY);
    }
    /* Field by field: clearing it as a block costs more than a third of a message. The links of queue and table are set
     * where it is put. */
    signal->kind = 0;
    signal->role = ROLE_QUEUED;
    signal->heap_index = 0;
    signal->to = rh_pid_none();
    signal->body.kind = 0;
    signal->body.flags = 0;
    signal->body.hops = 0;
    signal->body.detail = 0;
    signal->body.from = rh_pid_none();
    signal->body.id.ordinal = 0;
    signal->body.message.small.size = 0;
    signal->next = NULL;
    return signal;
}

static inline void signal_destroy(struct rh_node *node, struct signal *signal)
{
    rh_message_unref(signal->body.message);
    if ((signal->body.flags & (SIGNAL_BY_NAME | SIGNAL_BORROWED)) != 0) {
        if ((signal->body.flags & SIGNAL_BY_NAME) != 0) {
            name_unref(node, name_of_detail(node, signal->body.detail));
        }
        if ((signal->body.flags & SIGNAL_BORROWED) != 0) {
            return;
        }
    }
#ifdef RH_HOSTILE
    memset(signal, 0xdb, sizeof(*signal));
#endif
    pool_give(&node->pool, signal);
}

/** Put a signal at the end of the queue. */
static inline void queue_push(struct rh_node *node, struct signal *signal)
{
    struct queue *queue = &node->queue;
    signal->role = ROLE_QUEUED;
    signal->sent = node->now;
    signal->next = NULL;
    signal->prev = queue->tail;
    if (queue->tail != NULL) {
        queue->tail->next = signal;
    } else {
        queue->head = signal;
    }
    queue->tail = signal;
    queue->length++;
    if (node->lanes != NULL) {
        lanes_push(node, signal);
    }
}

static inline void queue_remove(struct rh_node *node, struct signal *signal)
{
    struct queue *queue = &node->queue;
    if (signal->prev != NULL) {
        signal->prev->next = signal->next;
    } else {
        queue->head = signal->next;
    }
    if (signal->next != NULL) {
        signal->next->prev = signal->prev;
    } else {
        queue->tail = signal->prev;
    }
    signal->next = NULL;
    signal->prev = NULL;
    queue->length--;
    if (node->lanes != NULL) {
        lanes_remove(node, signal);
    }
}

/** Send a signal that knows its target: set kind and sender, count, queue, tell. Takes the signal. */
static inline void signal_post_from(struct rh_node *node, struct signal *signal,
                                    enum rh_signal_kind kind, struct rh_pid from)
{
    signal->kind = (uint8_t)kind;
    signal->body.from = from;
    if (signal->to.node != node->id) {
        signal->hop = node_hop(node, signal->to);
    }
    if (kind == RH_SIGNAL_MESSAGE) {
        node->stats.messages_sent++;
        node->stats.messages_bytes += rh_message_size(&signal->body.message);
    } else {
        node->stats.signals_sent++;
    }
    queue_push(node, signal);
    emit_signal(node, RH_EVENT_SEND, signal, RH_WHY_NONE);
}

/** Send: the same with its target. */
static inline void signal_post(struct rh_node *node, struct signal *signal,
                               enum rh_signal_kind kind, struct rh_pid from, struct rh_pid to)
{
    signal->to = to;
    signal_post_from(node, signal, kind, from);
}

#endif
