/* SPDX-License-Identifier: MIT */
/* The node's one queue: every signal that has been sent and not handled, in sending order. */
#include "core/actor/internal.h"

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
