/* SPDX-License-Identifier: MIT */
/*
 * The actor: the turns of an incarnation, while the conversation is created or active. It watches the participants by
 * monitors, on the channel that their replies come on, so that no reply is overtaken by its sender's end. One that
 * ended while no incarnation looked answers a new monitor with noproc; how it ended only the keeper has been told, which
 * passes that on, before or after: the end counts when both are there. The actor does not trap: the keeper's end is its own.
 */
#include "core/conversation/internal.h"

static struct conversation *conversation_of(const struct rh_context *ctx)
{
    struct conversation *const *self = rh_config(ctx);
    return *self;
}

/* Another phase is the keeper's. */
static enum rh_status actor_conclude(const struct conversation *conv, enum rh_status status)
{
    return status == RH_OK && !conversation_is_open(conv) ? RH_DONE : status;
}

static enum rh_status deadline_arm(struct rh_context *ctx, struct conversation *conv)
{
    rh_instant now = rh_now(ctx);
    if (conv->deadline == RH_NEVER) {
        return RH_OK;
    }
    return rh_timer_start(ctx, conv->deadline > now ? conv->deadline - now : 0, rh_self(ctx),
                          rh_message_none(), &conv->deadline_timer);
}

static enum rh_status actor_init(struct rh_context *ctx, void *state,
                                 const struct rh_delivery *start)
{
    (void)state;
    (void)start;
    struct conversation *conv = conversation_of(ctx);
    enum rh_status status = deadline_arm(ctx, conv);
    for (size_t i = 0; i < conv->participant_count && status == RH_OK; i++) {
        struct rh_ref monitor;
        conv->participants[i].is_down = false;
        if (conv->participants[i].health == HEALTH_ALIVE) {
            status = rh_monitor(ctx, conv->participants[i].pid, RH_ALIAS_NONE, &monitor);
        }
    }
    return status;
}

static enum rh_status exit_settle(struct rh_context *ctx, struct conversation *conv, size_t index,
                                  struct rh_message reason, rh_instant at)
{
    enum rh_status status = participant_ended(ctx, conv, index, reason, at);
    return status == RH_OK ? conversation_settle(ctx, conv) : status;
}

/* The keeper knows how a participant has ended, whose replies may still be under way: its DOWN comes behind them. */
static enum rh_status exit_told(struct rh_context *ctx, struct conversation *conv, size_t index,
                                struct rh_message reason, rh_instant at)
{
    struct participant *participant = &conv->participants[index];
    if (participant->is_down) {
        return exit_settle(ctx, conv, index, reason, at);
    }
    if (participant->health == HEALTH_ALIVE && !participant->is_told) {
        participant->is_told = true;
        participant->reason = rh_message_ref(reason);
        participant->ended_at = at;
    }
    return RH_OK;
}

static enum rh_status exit_seen(struct rh_context *ctx, struct conversation *conv, size_t index,
                                struct rh_message reason)
{
    struct participant *participant = &conv->participants[index];
    if (rh_reason_class(&reason) != RH_REASON_NOPROC) {
        return exit_settle(ctx, conv, index, reason, rh_now(ctx));
    }
    participant->is_down = true;
    return participant->is_told
               ? exit_settle(ctx, conv, index, participant->reason, participant->ended_at)
               : RH_OK;
}

static enum rh_status keepers_word(struct rh_context *ctx, struct conversation *conv,
                                   const struct rh_delivery *in)
{
    struct rh_ref call;
    struct rh_item item;
    size_t index = 0;
    rh_instant at = 0;
    if (rh_is_call(in, &call, &item)) {
        struct command command;
        (void)command_read(call, item, &command);
        return command_handle(ctx, conv, &command);
    }
    if (!RH_MATCH(&in->message, "$exit", &index, &at, &item)) {
        return reply_arrived(ctx, conv, in);
    }
    struct rh_message reason;
    enum rh_status status = rh_message_copy(conv->allocator, item.bytes, item.size, &reason);
    if (status == RH_OK) {
        if (index < conv->participant_count) {
            status = exit_told(ctx, conv, index, reason, at);
        }
        rh_message_unref(reason);
    }
    return status;
}

/* A participant, or a client that waits; one actor can be both. */
static enum rh_status down_arrived(struct rh_context *ctx, struct conversation *conv,
                                   const struct rh_delivery *in)
{
    struct rh_ref monitor = rh_delivery_ref(ctx, in);
    if (receiver_is_watched_by(conv, monitor)) {
        return receiver_ended(ctx, conv, monitor);
    }
    size_t index = participant_find(conv, in->from);
    return index == NOBODY ? RH_OK : exit_seen(ctx, conv, index, in->message);
}

static enum rh_status timer_fired(struct rh_context *ctx, struct conversation *conv,
                                  const struct rh_delivery *in)
{
    struct rh_ref timer = rh_delivery_ref(ctx, in);
    if (!rh_ref_equal(timer, conv->deadline_timer)) {
        return receive_timed_out(ctx, conv, timer);
    }
    (void)conversation_event(ctx, conv, EVENT_DEADLINE);
    become_phase(ctx, conv, RH_CONVERSATION_FAILED, rh_reason(RH_REASON_TIMEOUT));
    return RH_OK;
}

static enum rh_status delivery_arrived(struct rh_context *ctx, struct conversation *conv,
                                       const struct rh_delivery *in)
{
    switch ((enum rh_delivery_kind)in->kind) {
    case RH_DELIVERY_MESSAGE:
        if (rh_pid_is_none(rh_delivery_ref(ctx, in).owner) &&
            rh_pid_equal(in->from, conv->keeper)) {
            return keepers_word(ctx, conv, in);
        }
        return reply_arrived(ctx, conv, in);
    case RH_DELIVERY_DOWN:
        return down_arrived(ctx, conv, in);
    case RH_DELIVERY_TIMEOUT:
        return timer_fired(ctx, conv, in);
    default:
        return RH_OK;
    }
}

static enum rh_status actor_receive(struct rh_context *ctx, void *state,
                                    const struct rh_delivery *in)
{
    (void)state;
    struct conversation *conv = conversation_of(ctx);
    return actor_conclude(conv, delivery_arrived(ctx, conv, in));
}

const struct rh_behaviour conversation_actor = {
    .name = "conversation_actor",
    .init = actor_init,
    .receive = actor_receive,
};
