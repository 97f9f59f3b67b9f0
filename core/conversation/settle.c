/* SPDX-License-Identifier: MIT */
/*
 * Ends of participants. First the end is written down, once; what it leads to is then read from the record, so that a
 * crash in the middle loses nothing: the next owner of the record finds what is left to do.
 *
 * A notifier is a waiter like any other, but it outlives an incarnation: it fires when its participant is known to
 * have ended, or is cancelled when the conversation is closed.
 */
#include "core/conversation/internal.h"

static struct rh_message cause_of(const struct conversation *conv, const struct participant *who)
{
    struct rh_message cause =
        RH_ARRAY(conv->allocator, "participant_crashed", who->pid, who->reason);
    return rh_message_status(cause) == RH_OK ? cause : RH_ITEM(NULL, "participant_crashed");
}

enum rh_status participant_ended(struct rh_context *ctx, struct conversation *conv, size_t index,
                                 struct rh_message reason, rh_instant at)
{
    struct participant *participant = &conv->participants[index];
    if (participant->health != HEALTH_ALIVE) {
        return RH_OK;
    }
    enum rh_reason_class reason_class = rh_reason_class(&reason);
    bool has_left = reason_class == RH_REASON_NORMAL || reason_class == RH_REASON_SHUTDOWN;
    enum event failure = conv->policy == RH_CRASH_POLICY_FAIL ? EVENT_EXIT_FAIL : EVENT_EXIT_OTHER;
    enum outcome outcome = conversation_event(ctx, conv, has_left ? EVENT_EXIT_NORMAL : failure);
    participant->health = has_left ? HEALTH_LEFT : HEALTH_CRASHED;
    struct rh_message told = participant->reason;
    participant->reason = rh_message_ref(reason);
    participant->ended_at = at;
    rh_message_unref(told);
    context_note(ctx, conv, has_left ? CONTEXT_LEFT : CONTEXT_CRASHED, index);
    mark_participant(ctx, conv, participant);
    if (outcome == OUTCOME_FAIL) {
        become_phase(ctx, conv, RH_CONVERSATION_FAILED, cause_of(conv, participant));
    } else if (outcome == OUTCOME_CARRY_ON && conv->policy == RH_CRASH_POLICY_COMPENSATE) {
        conv->is_compensating = true;
    }
    return RH_OK;
}

/* ---- what was asked of those who have ended ---- */

static struct exchange *exchange_stranded(const struct conversation *conv)
{
    struct exchange *exchange = conv->open;
    while (exchange != NULL && conv->participants[exchange->participant].health == HEALTH_ALIVE) {
        exchange = exchange->next;
    }
    return exchange;
}

/* The alias is still open: a reply of the one that crashed would have come before its end. */
static enum rh_status exchange_reroute(struct rh_context *ctx, struct conversation *conv,
                                       struct exchange *exchange, size_t next)
{
    exchange->participant = next;
    enum rh_status status =
        exchange_dispatch(ctx, conv, exchange, rh_message_item(&exchange->message));
    if (status == RH_OK) {
        context_note(ctx, conv, CONTEXT_RESENT, exchange->id);
        mark_request_at(ctx, conv, exchange->id, "resent", next);
    } else if (status == RH_FULL) {
        return exchange_fail(ctx, conv, exchange, RH_CONVERSATION_ERROR_PARTICIPANT_CRASHED);
    }
    return status;
}

static enum rh_status exchanges_settle(struct rh_context *ctx, struct conversation *conv)
{
    enum rh_status status = RH_OK;
    for (struct exchange *exchange = exchange_stranded(conv); exchange != NULL && status == RH_OK;
         exchange = exchange_stranded(conv)) {
        bool has_left = conv->participants[exchange->participant].health == HEALTH_LEFT;
        size_t next = participant_next(conv, exchange->participant);
        if (!has_left && conv->policy == RH_CRASH_POLICY_ROUTE_TO_NEXT && next != NOBODY) {
            status = exchange_reroute(ctx, conv, exchange, next);
        } else {
            status = exchange_fail(ctx, conv, exchange,
                                   has_left ? RH_CONVERSATION_ERROR_PARTICIPANT_LEFT
                                            : RH_CONVERSATION_ERROR_PARTICIPANT_CRASHED);
        }
    }
    return status;
}

/* ---- notifiers ---- */

static enum rh_status notifier_fire(struct rh_context *ctx, struct conversation *conv,
                                    const struct waiter *waiter)
{
    const struct participant *participant = &conv->participants[waiter->participant];
    enum rh_status status =
        command_answer(ctx, conv, waiter->call, "ok",
                       RH_ARRAY(conv->allocator, "ok", participant->reason, participant->ended_at));
    if (status == RH_OK) {
        mark_notifier(ctx, conv, waiter, "fired");
    }
    return status;
}

static enum rh_status notifiers_fire(struct rh_context *ctx, struct conversation *conv)
{
    struct waiter *waiter = conv->waiters;
    enum rh_status status = RH_OK;
    while (waiter != NULL && status == RH_OK) {
        struct waiter *next = waiter->next;
        if (waiter->verb == VERB_AWAIT_EXIT &&
            conv->participants[waiter->participant].health != HEALTH_ALIVE) {
            status = notifier_fire(ctx, conv, waiter);
            if (status == RH_OK) {
                waiter_remove(conv, waiter);
            }
        }
        waiter = next;
    }
    return status;
}

enum rh_status command_await_exit(struct rh_context *ctx, struct conversation *conv,
                                  const struct command *command)
{
    if (conversation_event(ctx, conv, EVENT_AWAIT_EXIT) == OUTCOME_REFUSE) {
        return command_refuse_phase(ctx, conv, command->call);
    }
    struct command watch = *command;
    watch.participant = participant_find(conv, command->actor);
    if (watch.participant == NOBODY) {
        return command_refuse(ctx, conv, command->call, RH_CONVERSATION_ERROR_NOT_PARTICIPANT);
    }
    struct waiter *waiter;
    enum rh_status status = command_park(ctx, conv, &watch, &waiter);
    if (status == RH_OK && waiter != NULL) {
        mark_notifier(ctx, conv, waiter, "set");
        status = notifiers_fire(ctx, conv);
    }
    return status;
}

enum rh_status notifiers_cancel(struct rh_context *ctx, struct conversation *conv)
{
    struct waiter *waiter = conv->waiters;
    while (waiter != NULL) {
        struct waiter *next = waiter->next;
        if (waiter->verb == VERB_AWAIT_EXIT) {
            enum rh_status status =
                command_refuse(ctx, conv, waiter->call, RH_CONVERSATION_ERROR_CLOSED);
            if (status != RH_OK) {
                return status;
            }
            mark_notifier(ctx, conv, waiter, "cancelled");
            waiter_remove(conv, waiter);
        }
        waiter = next;
    }
    return RH_OK;
}

/* ---- compensators ---- */

enum rh_status command_compensate(struct rh_context *ctx, struct conversation *conv,
                                  const struct command *command)
{
    if (conversation_event(ctx, conv, EVENT_COMPENSATE) == OUTCOME_REFUSE) {
        return command_refuse_phase(ctx, conv, command->call);
    }
    become_active(ctx, conv);
    enum rh_conversation_error error;
    struct rh_message message;
    if (rh_message_copy(conv->allocator, command->payload.bytes, command->payload.size, &message) !=
        RH_OK) {
        return command_refuse(ctx, conv, command->call, RH_CONVERSATION_ERROR_NO_MEMORY);
    }
    struct compensator *compensator = compensator_add(ctx, conv, &error);
    if (compensator == NULL) {
        rh_message_unref(message);
        return command_refuse(ctx, conv, command->call, error);
    }
    compensator->target = command->actor;
    compensator->message = message;
    mark_compensator(ctx, conv, command->actor, "recorded");
    return command_answer(ctx, conv, command->call, "ok", RH_ITEM(conv->allocator, "ok"));
}

static enum rh_status compensators_run(struct rh_context *ctx, struct conversation *conv)
{
    while (conv->is_compensating && conv->compensators != NULL) {
        const struct compensator *last = conv->compensators;
        enum rh_status status = rh_send(ctx, last->target, rh_message_ref(last->message));
        if (status != RH_OK && status != RH_FULL) {
            return status;
        }
        mark_compensator(ctx, conv, last->target, status == RH_OK ? "run" : "dropped");
        compensator_remove(conv);
    }
    conv->is_compensating = false;
    return RH_OK;
}

void compensators_drop(struct rh_context *ctx, struct conversation *conv)
{
    while (conv->compensators != NULL) {
        mark_compensator(ctx, conv, conv->compensators->target, "dropped");
        compensator_remove(conv);
    }
}

/* ---- all of it ---- */

enum rh_status conversation_settle(struct rh_context *ctx, struct conversation *conv)
{
    enum rh_status status = notifiers_fire(ctx, conv);
    if (!conversation_is_open(conv)) {
        return status;
    }
    if (status == RH_OK) {
        status = exchanges_settle(ctx, conv);
    }
    if (status == RH_OK) {
        status = compensators_run(ctx, conv);
    }
    return status == RH_OK ? receivers_drain_hopeless(ctx, conv) : status;
}
