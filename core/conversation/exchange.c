/* SPDX-License-Identifier: MIT */
/*
 * An exchange is one request and what became of it. Each has an alias of its own as reply address, open for one reply:
 * whichever participant answers, and however late, the reply is that request's or nobody's.
 *
 *      open -> replied -> received
 *       |  -> failed  -> received       the sender is told by the next receive
 *       +--> dropped                    an ask that was given up, or the end of the conversation
 */
#include "core/conversation/internal.h"

/* ---- sending ---- */

enum rh_status exchange_dispatch(struct rh_context *ctx, const struct conversation *conv,
                                 const struct exchange *exchange, struct rh_item payload)
{
    struct rh_pid to = conv->participants[exchange->participant].pid;
    return rh_send(ctx, to, RH_ARRAY(conv->allocator, "$call", exchange->alias, payload));
}

static enum rh_status alias_give_up(struct rh_context *ctx, struct rh_ref alias)
{
    bool is_own = rh_pid_equal(alias.owner, rh_self(ctx));
    return is_own && rh_alias_close(ctx, alias) == RH_EXITED ? RH_EXITED : RH_OK;
}

/* Take a request back that could not be sent. */
static enum rh_status send_undo(struct rh_context *ctx, struct conversation *conv,
                                struct exchange *exchange, struct waiter *waiter,
                                struct rh_ref call, enum rh_status why)
{
    enum rh_status status = command_refuse_status(ctx, conv, call, why);
    if (status != RH_OK) {
        return status;
    }
    struct rh_ref alias = exchange->alias;
    exchange_remove(conv, exchange);
    if (waiter != NULL) {
        status = waiter_end(ctx, conv, waiter);
    }
    return status == RH_OK ? alias_give_up(ctx, alias) : status;
}

static enum rh_status send_accept(struct rh_context *ctx, struct conversation *conv,
                                  struct rh_ref call, uint64_t id)
{
    return command_answer(ctx, conv, call, "ok", RH_ARRAY(conv->allocator, "ok", id));
}

/* Let whoever asks wait for the reply before anything is sent; *ret_waiter is NULL if that was refused. */
static enum rh_status send_wait(struct rh_context *ctx, struct conversation *conv,
                                const struct command *command, struct exchange *exchange,
                                struct waiter **ret_waiter)
{
    struct command asked = *command;
    asked.id = exchange->id;
    exchange->is_asked = true;
    enum rh_status status = command_park(ctx, conv, &asked, ret_waiter);
    if (status == RH_OK && *ret_waiter == NULL) {
        exchange_remove(conv, exchange);
    }
    return status;
}

static enum rh_status send_to(struct rh_context *ctx, struct conversation *conv,
                              const struct command *command, size_t participant)
{
    enum rh_conversation_error error;
    struct exchange *exchange = exchange_add(ctx, conv, &error);
    if (exchange == NULL) {
        return command_refuse(ctx, conv, command->call, error);
    }
    exchange->participant = participant;
    struct waiter *waiter = NULL;
    enum rh_status status = RH_OK;
    if (command->verb == VERB_ASK) {
        status = send_wait(ctx, conv, command, exchange, &waiter);
        if (status != RH_OK || waiter == NULL) {
            return status;
        }
    }
    status = rh_alias_open(ctx, RH_ALIAS_REPLY, &exchange->alias);
    if (status == RH_OK && conv->policy == RH_CRASH_POLICY_ROUTE_TO_NEXT) {
        status = rh_message_copy(conv->allocator, command->payload.bytes, command->payload.size,
                                 &exchange->message);
    }
    if (status == RH_OK) {
        status = exchange_dispatch(ctx, conv, exchange, command->payload);
    }
    if (status != RH_OK) {
        return send_undo(ctx, conv, exchange, waiter, command->call, status);
    }
    exchange->is_sent = true;
    context_note(ctx, conv, CONTEXT_SENT, exchange->id);
    mark_request_at(ctx, conv, exchange->id, "sent", participant);
    if (waiter == NULL) {
        status = send_accept(ctx, conv, command->call, exchange->id);
    }
    exchange->is_accepted = status == RH_OK;
    return status;
}

/* Nobody answers payloads: what one client sends another receives. */
static enum rh_status send_buffer(struct rh_context *ctx, struct conversation *conv,
                                  const struct command *command)
{
    struct rh_message payload;
    enum rh_conversation_error error;
    if (rh_message_copy(conv->allocator, command->payload.bytes, command->payload.size, &payload) !=
        RH_OK) {
        return command_refuse(ctx, conv, command->call, RH_CONVERSATION_ERROR_NO_MEMORY);
    }
    struct exchange *exchange = exchange_add(ctx, conv, &error);
    if (exchange == NULL) {
        rh_message_unref(payload);
        return command_refuse(ctx, conv, command->call, error);
    }
    exchange->state = EXCHANGE_REPLIED;
    exchange->message = payload;
    exchange->is_sent = true;
    exchange->is_accepted = true;
    uint64_t id = exchange->id;
    exchange_keep(conv, exchange);
    context_note(ctx, conv, CONTEXT_SENT, id);
    mark_request_at(ctx, conv, id, "sent", NOBODY);
    mark_request_at(ctx, conv, id, "replied", NOBODY);
    enum rh_status status = send_accept(ctx, conv, command->call, id);
    return status == RH_OK ? exchange_hand_over(ctx, conv, exchange) : status;
}

static bool is_awaited(const struct conversation *conv)
{
    struct exchange any = {.id = 0};
    return waiter_for(conv, &any) != NULL;
}

/* Choose whom a payload goes to: who is named, or the first that is alive; NOBODY: somebody is named who takes none. */
static enum event send_classify(const struct conversation *conv, const struct command *command,
                                size_t *ret_participant)
{
    if (rh_pid_is_none(command->actor)) {
        *ret_participant = participant_next(conv, NOBODY);
        return *ret_participant == NOBODY ? EVENT_SEND_DEAD : EVENT_SEND_LIVE;
    }
    *ret_participant = participant_find(conv, command->actor);
    bool is_live =
        *ret_participant != NOBODY && conv->participants[*ret_participant].health == HEALTH_ALIVE;
    return is_live ? EVENT_SEND_LIVE : EVENT_SEND_DEAD;
}

static bool is_none_that_takes_payloads(const struct conversation *conv,
                                        const struct command *command)
{
    size_t index = participant_find(conv, command->actor);
    return !rh_pid_is_none(command->actor) &&
           (index == NOBODY || conv->participants[index].is_inert);
}

enum rh_status command_send(struct rh_context *ctx, struct conversation *conv,
                            const struct command *command)
{
    size_t participant = NOBODY;
    bool is_buffer = !has_receivers_of_payloads(conv) && command->verb == VERB_SEND &&
                     rh_pid_is_none(command->actor);
    enum event event = is_buffer ? EVENT_SEND_BUFFER : send_classify(conv, command, &participant);
    if (is_buffer && is_awaited(conv)) {
        event = EVENT_SEND_PARKED;
    }
    enum outcome outcome = conversation_event(ctx, conv, event);
    if (outcome == OUTCOME_REFUSE) {
        return command_refuse_phase(ctx, conv, command->call);
    }
    become_active(ctx, conv);
    if (is_none_that_takes_payloads(conv, command)) {
        return command_refuse(ctx, conv, command->call, RH_CONVERSATION_ERROR_NOT_PARTICIPANT);
    }
    if (is_buffer) {
        return send_buffer(ctx, conv, command);
    }
    if (outcome == OUTCOME_REROUTE) {
        participant = conv->policy == RH_CRASH_POLICY_ROUTE_TO_NEXT
                          ? participant_next(conv, participant)
                          : NOBODY;
    }
    if (participant == NOBODY) {
        return command_refuse(ctx, conv, command->call, RH_CONVERSATION_ERROR_DELIVERY_FAILED);
    }
    return send_to(ctx, conv, command, participant);
}

/* ---- replies ---- */

enum rh_status exchange_hand_over(struct rh_context *ctx, struct conversation *conv,
                                  struct exchange *exchange)
{
    struct waiter *waiter = waiter_for(conv, exchange);
    if (waiter == NULL) {
        return RH_OK;
    }
    enum rh_status status = exchange_give(ctx, conv, waiter->call, exchange);
    return status == RH_OK ? waiter_end(ctx, conv, waiter) : status;
}

static struct exchange *exchange_of_alias(const struct conversation *conv, struct rh_ref alias)
{
    struct exchange *exchange = conv->open;
    while (exchange != NULL && !rh_ref_equal(exchange->alias, alias)) {
        exchange = exchange->next;
    }
    return exchange;
}

enum rh_status reply_arrived(struct rh_context *ctx, struct conversation *conv,
                             const struct rh_delivery *in)
{
    struct rh_ref alias = rh_delivery_ref(ctx, in);
    struct exchange *exchange = rh_pid_is_none(alias.owner) ? NULL : exchange_of_alias(conv, alias);
    if (conversation_event(ctx, conv, EVENT_REPLY) == OUTCOME_DISCARD || exchange == NULL) {
        mark_request(ctx, conv, 0, "dropped", "unsolicited");
        return RH_OK;
    }
    rh_message_unref(exchange->message);
    exchange->message = rh_message_ref(in->message);
    exchange->state = EXCHANGE_REPLIED;
    exchange_keep(conv, exchange);
    context_note(ctx, conv, CONTEXT_REPLIED, exchange->id);
    mark_request_at(ctx, conv, exchange->id, "replied", exchange->participant);
    return exchange_hand_over(ctx, conv, exchange);
}

/* ---- requests that will have no reply ---- */

enum rh_status exchange_fail(struct rh_context *ctx, struct conversation *conv,
                             struct exchange *exchange, enum rh_conversation_error error)
{
    struct rh_ref alias = exchange->alias;
    rh_message_unref(exchange->message);
    exchange->message = rh_message_none();
    exchange->state = EXCHANGE_FAILED;
    exchange->error = error;
    exchange_keep(conv, exchange);
    mark_request(ctx, conv, exchange->id, "failed", rh_conversation_error_word(error));
    enum rh_status status = exchange_hand_over(ctx, conv, exchange);
    return status == RH_OK ? alias_give_up(ctx, alias) : status;
}

enum rh_status exchange_drop(struct rh_context *ctx, struct conversation *conv,
                             struct exchange *exchange, const char *why)
{
    struct rh_ref alias = exchange->alias;
    if (exchange->is_sent) {
        mark_request(ctx, conv, exchange->id, "dropped", why);
    }
    exchange_remove(conv, exchange);
    return alias_give_up(ctx, alias);
}

enum rh_status exchanges_abandon(struct rh_context *ctx, struct conversation *conv,
                                 enum rh_conversation_error error)
{
    enum rh_status status = RH_OK;
    while (conv->open != NULL && status == RH_OK) {
        if (conv->open->is_accepted && !conv->open->is_asked &&
            error == RH_CONVERSATION_ERROR_RESTARTED) {
            status = exchange_fail(ctx, conv, conv->open, error);
        } else {
            status = exchange_drop(ctx, conv, conv->open, rh_conversation_error_word(error));
        }
    }
    return status;
}
