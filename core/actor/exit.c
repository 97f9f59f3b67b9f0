/* SPDX-License-Identifier: MIT */
/*
 * The one exit routine, and what the dead still answer.
 *
 * Whatever ends an actor (return, exit call, link, kill, injected crash, failed allocation) comes here, in the event
 * that caused it. The step is atomic, allocates nothing and only sends: names are released, timers aimed at the actor are
 * gone, EXITs go to links, GONEs to the nodes that know it and then DOWNs to watchers, each in the order in which the
 * entries were made; its own monitors are withdrawn; its mailbox is discarded; the slot is free. Its inbox stays in the
 * node's queue, where each signal will meet a dead target and become a dead letter, an event of its own.
 */
#include "core/actor/internal.h"

void state_free(struct rh_node *node, struct actor *actor, bool started)
{
    const struct rh_behaviour *behaviour = actor->behaviour;
    if (started && behaviour->deinit != NULL) {
        behaviour->deinit(actor->state, behaviour->config);
    }
    if (behaviour->state_bytes > 0) {
        node_release(node, actor->state, behaviour->state_bytes);
    }
    if (behaviour->release != NULL) {
        behaviour->release(behaviour->config);
    }
}

static void aliases_exit(struct rh_node *node, struct actor *actor)
{
    while (actor->aliases != NULL) {
        alias_remove(node, actor, actor->aliases, RH_WHY_EXIT);
    }
}

void actor_exit(struct rh_node *node, struct actor *actor, struct rh_message reason,
                struct rh_pid cause, enum rh_why why)
{
    RH_ASSERT(actor->phase == PHASE_ALIVE || actor->phase == PHASE_EMBRYO);
    struct rh_pid self = actor_pid(node, actor);
    bool started = actor->phase == PHASE_ALIVE;
    reason = rh_reason_limit(reason, node->limits.reason_bytes_max);
    actor->phase = PHASE_EXITING;
    bool proxy = actor->form == FORM_PROXY; /* its EXIT is told where it lives */
    if (!proxy) {
        node->stats.exited++;
        EMIT(node, .kind = RH_EVENT_EXIT, .actor = self, .peer = cause, .why = why,
             .message = &reason);
    }
    if (actor->form == FORM_ENDPOINT) {
        node->foreign->endpoint_exit(node, actor, &reason);
    }
    name_release(node, actor, RH_WHY_EXIT);
    /* What few actors have is asked for here: a call for nothing costs as much as freeing one. */
    if (actor->timers != NULL) {
        timers_exit(node, actor);
    }
    index_free(node, &actor->index); /* what is left goes entry by entry, in order */
    links_exit(node, actor, &reason);
    if (actor->exports != NULL) {
        exports_exit(node, actor, &reason);
    }
    monitors_exit(node, actor, &reason);
    aliases_exit(node, actor);
    groups_exit(node, actor);
    if (actor->mailbox != NULL) {
        mailbox_destroy(node, actor);
    }
    if (actor->handles != NULL) {
        handles_exit(node, actor);
    }
    state_free(node, actor, started);
    if (actor->cap > 0) {
        node->capped--;
    }
    if (proxy) {
        node->foreign->proxy_exit(node, actor);
    } else {
        actor_free(node, actor);
        EMIT(node, .kind = RH_EVENT_EXIT_END, .actor = self);
    }
    rh_message_unref(reason);
}

void signal_strip(struct rh_node *node, struct signal *signal)
{
    if ((signal->body.flags & SIGNAL_BY_NAME) != 0) {
        name_unref(node, name_of_detail(node, signal->body.detail));
    }
    rh_message_unref(signal->body.message);
    signal->body.message = rh_message_none();
    signal->body.flags = 0;
    signal->body.hops = 0;
    signal->body.detail = 0;
}

static void answer_noproc(struct rh_node *node, struct signal *signal, enum rh_signal_kind kind,
                          enum rh_why why)
{
    struct rh_pid sender = signal->body.from;
    struct rh_pid target = signal->to;
    emit_signal(node, RH_EVENT_DROP, signal, why);
    if (rh_pid_is_none(sender)) {
        signal_destroy(node, signal);
        return;
    }
    signal_strip(node, signal); /* a name is kept by the watcher's half */
    signal->body.message =
        rh_reason(why == RH_WHY_NOCONNECTION ? RH_REASON_NOCONNECTION : RH_REASON_NOPROC);
    if (kind == RH_SIGNAL_EXIT) {
        signal->body.id.pair.peer = signal->body.id.pair.own;
        signal->body.id.pair.own = 0;
    }
    signal_post(node, signal, kind, target, sender);
}

static void answer_dead(struct rh_node *node, struct signal *signal, enum rh_why why)
{
    struct rh_pid asker = signal->body.from;
    struct rh_pid asked = signal->to;
    emit_signal(node, RH_EVENT_DROP, signal, why);
    signal->body.detail = 0;
    signal_post(node, signal, RH_SIGNAL_LIVENESS, asked, asker);
}

void message_return(struct rh_node *node, struct signal *signal, enum rh_why why,
                    enum rh_status status)
{
    struct rh_pid sender = signal->body.from;
    struct rh_pid target = signal->to;
    node->stats.messages_returned++;
    emit_signal(node, RH_EVENT_RETURN, signal, why);
    if ((signal->body.flags & SIGNAL_BY_NAME) != 0) {
        name_unref(node, name_of_detail(node, signal->body.detail));
    }
    signal->body.flags = 0;
    signal->body.detail = status;
    signal->body.id.ordinal = 0;
    signal_post(node, signal, RH_SIGNAL_UNDELIVERABLE, target, sender);
}

static void promise_break(struct rh_node *node, struct rh_pid asker, uint64_t ordinal)
{
    struct actor *actor = actor_find(node, asker);
    struct signal *promise = actor == NULL ? NULL : link_promise_take(actor, ordinal);
    if (promise != NULL) {
        signal_destroy(node, promise);
    }
}

void spawn_refused(struct rh_node *node, struct signal *signal, enum rh_status status)
{
    struct rh_pid asker = signal->body.from;
    promise_break(node, asker, signal->body.id.ordinal);
    emit_signal(node, RH_EVENT_DROP, signal,
                status == RH_NOCONNECTION ? RH_WHY_NOCONNECTION : RH_WHY_OVERFLOW);
    signal_strip(node, signal);
    signal->body.detail = status;
    signal_post(node, signal, RH_SIGNAL_SPAWN_REPLY, rh_pid_none(), asker);
}

static bool has_later_tenant(const struct rh_node *node, struct rh_pid pid)
{
    return pid.node == node->id && pid.incarnation == node->incarnation &&
           pid.slot < node->slot_count && pid.generation < actor_at(node, pid.slot)->pid.generation;
}

void dead_letter(struct rh_node *node, struct signal *signal, enum rh_why why)
{
    node->stats.dead_letters++;
    if (why == RH_WHY_NOPROC && has_later_tenant(node, signal->to)) {
        node->stats.stale_pids++;
    }
    switch ((enum rh_signal_kind)signal->kind) {
    case RH_SIGNAL_LINK:
        answer_noproc(node, signal, RH_SIGNAL_EXIT, why);
        return;
    case RH_SIGNAL_MONITOR:
        answer_noproc(node, signal, RH_SIGNAL_DOWN, why);
        return;
    case RH_SIGNAL_SPAWN_REQUEST:
        spawn_refused(node, signal, RH_NOCONNECTION);
        return;
    case RH_SIGNAL_ASK_ALIVE:
        answer_dead(node, signal, why);
        return;
    case RH_SIGNAL_MESSAGE:
        if ((signal->body.flags & SIGNAL_RETURN) != 0 && !rh_pid_is_none(signal->body.from)) {
            message_return(node, signal, why,
                           why == RH_WHY_NOCONNECTION ? RH_NOCONNECTION : RH_NOPROC);
            return;
        }
        node->stats.messages_dropped++;
        break;
    default:
        break;
    }
    emit_signal(node, RH_EVENT_DROP, signal, why);
    signal_destroy(node, signal);
}
