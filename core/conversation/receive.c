/* SPDX-License-Identifier: MIT */
/*
 * Who waits for a reply. A client that has been given its time-out waits no longer: its waiter goes in the same turn, so
 * that no later reply can be matched with it. No reply is kept while somebody waits whom it would do.
 */
#include "core/conversation/internal.h"

static bool waits_for_reply(const struct waiter *waiter)
{
    return waiter->verb == VERB_RECEIVE || waiter->verb == VERB_RECEIVE_OF ||
           waiter->verb == VERB_ASK;
}

static struct waiter *waiter_of(const struct conversation *conv, uint64_t id)
{
    struct waiter *waiter = conv->waiters;
    while (waiter != NULL &&
           !(waiter->id == id && (waiter->verb == VERB_RECEIVE_OF || waiter->verb == VERB_ASK))) {
        waiter = waiter->next;
    }
    return waiter;
}

struct waiter *waiter_for(const struct conversation *conv, const struct exchange *exchange)
{
    struct waiter *waiter = waiter_of(conv, exchange->id);
    if (waiter != NULL || exchange->is_asked) {
        return waiter;
    }
    waiter = conv->waiters;
    while (waiter != NULL && waiter->verb != VERB_RECEIVE) {
        waiter = waiter->next;
    }
    return waiter;
}

enum rh_status waiter_end(struct rh_context *ctx, struct conversation *conv, struct waiter *waiter)
{
    struct rh_ref timer = waiter->timer;
    struct rh_ref monitor = waiter->monitor;
    enum rh_status status = RH_OK;
    waiter_remove(conv, waiter);
    if (rh_pid_equal(timer.owner, rh_self(ctx))) {
        status = rh_timer_cancel(ctx, timer, NULL);
    }
    if (status != RH_EXITED && rh_pid_equal(monitor.owner, rh_self(ctx))) {
        status = rh_demonitor(ctx, monitor, RH_FLUSH);
    }
    return status == RH_EXITED ? status : RH_OK;
}

/* What lets a client wait no longer: its time-out, its end. */
static enum rh_status waiter_arm(struct rh_context *ctx, struct waiter *waiter, rh_duration timeout)
{
    enum rh_status status = RH_OK;
    if (timeout != RH_NEVER) {
        status = rh_timer_start(ctx, timeout, rh_self(ctx), rh_message_none(), &waiter->timer);
    }
    if (status == RH_OK && waits_for_reply(waiter)) {
        status = rh_monitor(ctx, waiter->call.owner, RH_ALIAS_NONE, &waiter->monitor);
    }
    return status;
}

enum rh_status command_park(struct rh_context *ctx, struct conversation *conv,
                            const struct command *command, struct waiter **ret_waiter)
{
    enum rh_conversation_error error;
    struct waiter *waiter = waiter_add(ctx, conv, &error);
    *ret_waiter = waiter;
    if (waiter == NULL) {
        return command_refuse(ctx, conv, command->call, error);
    }
    waiter->call = command->call;
    waiter->verb = command->verb;
    waiter->id = command->id;
    waiter->participant = command->participant;
    conv->has_current = false;
    enum rh_status status = waiter_arm(ctx, waiter, command->timeout);
    if (status == RH_OK) {
        mark_wait(ctx, conv, waiter);
        return RH_OK;
    }
    status = command_refuse_status(ctx, conv, command->call, status);
    if (status == RH_OK) {
        *ret_waiter = NULL;
        status = waiter_end(ctx, conv, waiter);
    }
    return status;
}

/* ---- receiving ---- */

enum rh_status exchange_give(struct rh_context *ctx, struct conversation *conv, struct rh_ref call,
                             struct exchange *exchange)
{
    const char *word = "ok";
    struct rh_message reply;
    if (exchange->state == EXCHANGE_FAILED) {
        word = rh_conversation_error_word(exchange->error);
        reply = RH_ARRAY(conv->allocator, "error", word, exchange->id);
    } else {
        struct rh_message null = RH_ITEM(NULL, RH_NULL);
        struct rh_message from =
            exchange->participant == NOBODY
                ? null
                : RH_ITEM(conv->allocator, conv->participants[exchange->participant].pid);
        reply = RH_ARRAY(conv->allocator, "ok", exchange->id, from,
                         rh_message_size(&exchange->message) == 0 ? null : exchange->message);
        rh_message_unref(from);
    }
    enum rh_status status = command_answer(ctx, conv, call, word, reply);
    if (status == RH_OK) {
        context_note(ctx, conv, CONTEXT_RECEIVED, exchange->id);
        mark_received(ctx, conv, exchange->id, call);
        exchange_remove(conv, exchange);
    }
    return status;
}

enum rh_conversation_error receivers_without_hope(const struct conversation *conv)
{
    enum rh_conversation_error error = RH_CONVERSATION_ERROR_NONE;
    if (conv->open != NULL || conv->kept != NULL) {
        return error;
    }
    for (size_t i = 0; i < conv->participant_count; i++) {
        const struct participant *participant = &conv->participants[i];
        if (participant->is_inert) {
            continue;
        }
        if (participant->health == HEALTH_ALIVE) {
            return RH_CONVERSATION_ERROR_NONE;
        }
        if (participant->health == HEALTH_CRASHED) {
            error = RH_CONVERSATION_ERROR_PARTICIPANT_CRASHED;
        } else if (error == RH_CONVERSATION_ERROR_NONE) {
            error = RH_CONVERSATION_ERROR_PARTICIPANT_LEFT;
        }
    }
    return error;
}

/* Why a command that finds no reply is not to wait for one. */
static enum rh_conversation_error why_not_wait(const struct conversation *conv,
                                               const struct command *command)
{
    if (command->verb == VERB_RECEIVE) {
        enum rh_conversation_error error = receivers_without_hope(conv);
        if (error != RH_CONVERSATION_ERROR_NONE) {
            return error;
        }
    } else {
        const struct exchange *exchange = exchange_find(conv->open, command->id);
        if (exchange == NULL || exchange->is_asked) {
            return RH_CONVERSATION_ERROR_NOT_FOUND;
        }
        if (waiter_of(conv, command->id) != NULL) {
            return RH_CONVERSATION_ERROR_ALREADY;
        }
    }
    return command->timeout == 0 ? RH_CONVERSATION_ERROR_TIMEOUT : RH_CONVERSATION_ERROR_NONE;
}

enum rh_status command_receive(struct rh_context *ctx, struct conversation *conv,
                               const struct command *command)
{
    struct exchange *exchange =
        command->verb == VERB_RECEIVE ? conv->kept : exchange_find(conv->kept, command->id);
    enum event event = exchange != NULL ? EVENT_RECEIVE_READY : EVENT_RECEIVE_EMPTY;
    enum outcome outcome = conversation_event(ctx, conv, event);
    if (outcome == OUTCOME_REFUSE) {
        return command_refuse_phase(ctx, conv, command->call);
    }
    become_active(ctx, conv);
    if (outcome == OUTCOME_DELIVER) {
        return exchange_give(ctx, conv, command->call, exchange);
    }
    enum rh_conversation_error error = why_not_wait(conv, command);
    if (error != RH_CONVERSATION_ERROR_NONE) {
        return command_refuse(ctx, conv, command->call, error);
    }
    struct waiter *waiter;
    return command_park(ctx, conv, command, &waiter);
}

/* ---- waiting no longer ---- */

/* It waits no longer; an ask wants its reply no more. */
static enum rh_status receiver_forget(struct rh_context *ctx, struct conversation *conv,
                                      struct waiter *waiter, const char *why)
{
    struct exchange *asked = NULL;
    if (waiter->verb == VERB_ASK) {
        asked = exchange_find(conv->open, waiter->id);
        asked = asked != NULL ? asked : exchange_find(conv->kept, waiter->id);
    }
    enum rh_status status = waiter_end(ctx, conv, waiter);
    return status == RH_OK && asked != NULL ? exchange_drop(ctx, conv, asked, why) : status;
}

enum rh_status receive_timed_out(struct rh_context *ctx, struct conversation *conv,
                                 struct rh_ref timer)
{
    struct waiter *waiter = conv->waiters;
    while (waiter != NULL && !rh_ref_equal(waiter->timer, timer)) {
        waiter = waiter->next;
    }
    if (waiter == NULL) {
        return RH_OK;
    }
    (void)conversation_event(ctx, conv, EVENT_RECEIVE_TIMEOUT);
    enum rh_status status = command_refuse(ctx, conv, waiter->call, RH_CONVERSATION_ERROR_TIMEOUT);
    if (status != RH_OK) {
        return status;
    }
    return receiver_forget(ctx, conv, waiter, "expired");
}

static struct waiter *waiter_watched_by(const struct conversation *conv, struct rh_ref monitor)
{
    struct waiter *waiter = conv->waiters;
    while (waiter != NULL && !rh_ref_equal(waiter->monitor, monitor)) {
        waiter = waiter->next;
    }
    return waiter;
}

bool receiver_is_watched_by(const struct conversation *conv, struct rh_ref monitor)
{
    return waiter_watched_by(conv, monitor) != NULL;
}

enum rh_status receiver_ended(struct rh_context *ctx, struct conversation *conv,
                              struct rh_ref monitor)
{
    struct waiter *waiter = waiter_watched_by(conv, monitor);
    mark_answer(ctx, conv, waiter->call, "gone");
    return receiver_forget(ctx, conv, waiter, "expired");
}

enum rh_status receivers_drain(struct rh_context *ctx, struct conversation *conv,
                               enum rh_conversation_error error)
{
    struct waiter *waiter = conv->waiters;
    while (waiter != NULL) {
        struct waiter *next = waiter->next;
        if (waits_for_reply(waiter)) {
            bool by_phase = error == RH_CONVERSATION_ERROR_NONE;
            enum rh_status status = by_phase ? command_refuse_phase(ctx, conv, waiter->call)
                                             : command_refuse(ctx, conv, waiter->call, error);
            if (status == RH_OK) {
                status = receiver_forget(ctx, conv, waiter,
                                         by_phase ? rh_conversation_phase_word(conv->phase)
                                                  : rh_conversation_error_word(error));
            }
            if (status != RH_OK) {
                return status;
            }
        }
        waiter = next;
    }
    return RH_OK;
}

enum rh_status receivers_drain_hopeless(struct rh_context *ctx, struct conversation *conv)
{
    enum rh_conversation_error error = receivers_without_hope(conv);
    return error == RH_CONVERSATION_ERROR_NONE ? RH_OK : receivers_drain(ctx, conv, error);
}
