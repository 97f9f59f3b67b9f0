/* SPDX-License-Identifier: MIT */
/* The node's one queue: every signal that has been sent and not handled, in sending order. */
#include "core/actor/internal.h"

void queue_push(struct rh_node *node, struct signal *signal)
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
}

void queue_push_front_of(struct rh_node *node, struct signal *signal, struct signal *successor)
{
    if (successor == NULL) {
        queue_push(node, signal);
        return;
    }
    struct queue *queue = &node->queue;
    signal->role = ROLE_QUEUED;
    signal->sent = node->now;
    signal->next = successor;
    signal->prev = successor->prev;
    if (successor->prev != NULL) {
        successor->prev->next = signal;
    } else {
        queue->head = signal;
    }
    successor->prev = signal;
    queue->length++;
}

void queue_remove(struct rh_node *node, struct signal *signal)
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
}

void signal_post(struct rh_node *node, struct signal *signal, enum rh_signal_kind kind,
                 struct rh_pid from, struct rh_pid to)
{
    signal->kind = (uint8_t)kind;
    signal->body.from = from;
    signal->to = to;
    if (kind == RH_SIGNAL_MESSAGE) {
        node->stats.messages_sent++;
        node->stats.messages_bytes += rh_message_size(&signal->body.message);
    } else {
        node->stats.signals_sent++;
    }
    queue_push(node, signal);
    emit_signal(node, RH_EVENT_SEND, signal, RH_WHY_NONE);
}
