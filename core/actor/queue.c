/* SPDX-License-Identifier: MIT */
/* The node's one queue: every signal that has been sent and not handled, in sending order. */
#include "core/actor/internal.h"

void queue_push_front(struct rh_node *node, struct signal *signal)
{
    struct queue *queue = &node->queue;
    if (queue->head == NULL) {
        queue_push(node, signal);
        return;
    }
    signal->role = ROLE_QUEUED;
    signal->sent = node->now;
    signal->next = queue->head;
    signal->prev = NULL;
    queue->head->prev = signal;
    queue->head = signal;
    queue->length++;
    if (node->lanes != NULL) {
        lanes_push_front(node, signal);
    }
}
