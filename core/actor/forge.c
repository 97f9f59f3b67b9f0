/* SPDX-License-Identifier: MIT */
/*
 * What faults do to the node itself: a signal that nobody sent, one that waits longer, identities that are used up.
 *
 * A forged signal goes in front of everything, so that it is next in its channel and takes nobody's place. As a control
 * signal it carries a generation and an ordinal that nothing has: what is no longer or never was current has no effect,
 * whoever seems to have sent it. One that is held counts as sent later; the channel waits behind it.
 */
#include "core/actor/internal.h"

#define NOTHING_HAS_IT UINT32_MAX

static bool can_be_forged(enum rh_signal_kind kind)
{
    return kind == RH_SIGNAL_MESSAGE || kind == RH_SIGNAL_EXIT || kind == RH_SIGNAL_UNLINK ||
           kind == RH_SIGNAL_DOWN || kind == RH_SIGNAL_DEMONITOR;
}

enum rh_status rh_node_forge(struct rh_node *node, rh_instant now, enum rh_signal_kind kind,
                             struct rh_pid from, struct rh_pid to, struct rh_message message)
{
    enum rh_status status = rh_message_status(message);
    if (status == RH_OK && (!can_be_forged(kind) || !pid_is_local(node, to))) {
        status = RH_INVALID;
    }
    const struct actor *actor = status == RH_OK ? actor_find(node, to) : NULL;
    if (status == RH_OK && (actor == NULL || actor->phase != PHASE_ALIVE)) {
        status = RH_NOPROC;
    }
    struct signal *forged = status == RH_OK ? signal_create(node, &status) : NULL;
    if (forged == NULL) {
        rh_message_unref(message);
        return status;
    }
    node->now = now;
    forged->kind = (uint8_t)kind;
    forged->to = to;
    forged->body.from = from;
    forged->body.flags = SIGNAL_OF_FAULT;
    forged->body.message = message;
    if (kind == RH_SIGNAL_EXIT || kind == RH_SIGNAL_UNLINK) {
        forged->body.id.pair.own = NOTHING_HAS_IT;
        forged->body.id.pair.peer = NOTHING_HAS_IT;
    } else if (kind != RH_SIGNAL_MESSAGE) {
        forged->body.id.ordinal = NOTHING_HAS_IT;
    }
    queue_push_front(node, forged);
    forged->body.detail = 1; /* for the event alone */
    emit_signal(node, RH_EVENT_SEND, forged, RH_WHY_FAULT);
    forged->body.detail = 0;
    return RH_OK;
}

enum rh_status rh_node_exhaust(struct rh_node *node, struct rh_pid pid, uint32_t left)
{
    struct actor *actor = actor_find(node, pid);
    if (actor == NULL || actor->phase != PHASE_ALIVE) {
        return RH_NOPROC;
    }
    const uint32_t last = UINT32_MAX - left;
    if (actor->references < UINT64_MAX - left) {
        actor->references = UINT64_MAX - left;
    }
    actor->link_generation = actor->link_generation < last ? last : actor->link_generation;
    actor->children = actor->children < last ? last : actor->children;
    return RH_OK;
}

void rh_node_hold(struct rh_node *node, const struct rh_pending *pending, rh_instant until)
{
    struct signal *signal = pending->handle;
    RH_ASSERT(signal->role == ROLE_QUEUED && pending->kind == RH_PENDING_SIGNAL);
    (void)node;
    signal->sent = until;
    signal->body.flags |= SIGNAL_OF_FAULT;
}

void rh_node_let_go(struct rh_node *node, rh_instant now)
{
    for (struct signal *signal = node->queue.head; signal != NULL; signal = signal->next) {
        signal->sent = signal->sent > now ? now : signal->sent;
    }
}
