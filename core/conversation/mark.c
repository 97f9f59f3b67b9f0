/* SPDX-License-Identifier: MIT */
/* What observers are told, in the shapes that <rehearse/conversation.h> promises. Nothing is built when nobody observes. */
#include "core/base/assert.h"
#include "core/conversation/internal.h"

enum outcome conversation_event(struct rh_context *ctx, const struct conversation *conv,
                                enum event event)
{
    enum outcome outcome = table_outcome(conv->phase, event);
    if (rh_is_observed(ctx)) {
        rh_mark(ctx, "conversation.event",
                RH_ARRAY(rh_mark_allocator(ctx), conv->keeper,
                         rh_conversation_phase_word(conv->phase), event_word(event),
                         outcome_word(outcome)));
    }
    RH_ASSERT(outcome != OUTCOME_NEVER);
    return outcome;
}

void become_active(struct rh_context *ctx, struct conversation *conv)
{
    if (conv->phase == RH_CONVERSATION_CREATED) {
        become_phase(ctx, conv, RH_CONVERSATION_ACTIVE, rh_message_none());
    }
}

void become_phase(struct rh_context *ctx, struct conversation *conv,
                  enum rh_conversation_phase phase, struct rh_message cause)
{
    enum rh_conversation_phase from = conv->phase;
    conv->phase = phase;
    enum rh_status failure = rh_message_status(cause);
    rh_message_unref(conv->cause);
    conv->cause = failure == RH_OK ? cause : RH_ITEM(NULL, rh_status_word(failure));
    if (!rh_is_observed(ctx)) {
        return;
    }
    const struct rh_allocator *allocator = rh_mark_allocator(ctx);
    struct rh_message null = RH_ITEM(allocator, RH_NULL);
    rh_mark(ctx, "conversation.phase",
            RH_ARRAY(allocator, conv->keeper, rh_conversation_phase_word(from),
                     rh_conversation_phase_word(phase),
                     phase == RH_CONVERSATION_FAILED ? conv->cause : null));
}

void mark_incarnation(struct rh_context *ctx, const struct conversation *conv, struct rh_pid actor)
{
    if (!rh_is_observed(ctx)) {
        return;
    }
    const struct rh_allocator *allocator = rh_mark_allocator(ctx);
    struct rh_message who =
        rh_pid_is_none(actor) ? RH_ITEM(allocator, RH_NULL) : RH_ITEM(allocator, actor);
    rh_mark(ctx, "conversation.incarnation",
            RH_ARRAY(allocator, conv->keeper, conv->incarnation, who));
    rh_message_unref(who);
}

static const char *verb_word(enum verb verb)
{
#define X(identifier, word, items_min, items_max, is_idempotent) word,
    static const char *const words[] = {CONVERSATION_COMMAND_MAP(X) "invalid"};
#undef X
    return words[verb];
}

void mark_command(struct rh_context *ctx, const struct conversation *conv,
                  const struct command *command)
{
    if (rh_is_observed(ctx) && !rh_pid_is_none(command->call.owner)) {
        rh_mark(ctx, "conversation.command",
                RH_ARRAY(rh_mark_allocator(ctx), conv->keeper, command->call,
                         verb_word(command->verb)));
    }
}

void mark_wait(struct rh_context *ctx, const struct conversation *conv, const struct waiter *waiter)
{
    if (rh_is_observed(ctx) && !rh_pid_is_none(waiter->call.owner)) {
        rh_mark(
            ctx, "conversation.wait",
            RH_ARRAY(rh_mark_allocator(ctx), conv->keeper, waiter->call, verb_word(waiter->verb)));
    }
}

void mark_answer(struct rh_context *ctx, const struct conversation *conv, struct rh_ref call,
                 const char *word)
{
    if (rh_is_observed(ctx)) {
        rh_mark(ctx, "conversation.answer",
                RH_ARRAY(rh_mark_allocator(ctx), conv->keeper, call, word));
    }
}

void mark_request(struct rh_context *ctx, const struct conversation *conv, uint64_t id,
                  const char *word, const char *why)
{
    if (rh_is_observed(ctx)) {
        rh_mark(ctx, "conversation.request",
                RH_ARRAY(rh_mark_allocator(ctx), conv->keeper, id, word, why));
    }
}

void mark_request_at(struct rh_context *ctx, const struct conversation *conv, uint64_t id,
                     const char *word, size_t participant)
{
    if (!rh_is_observed(ctx)) {
        return;
    }
    const struct rh_allocator *allocator = rh_mark_allocator(ctx);
    struct rh_message who = participant == NOBODY
                                ? RH_ITEM(allocator, RH_NULL)
                                : RH_ITEM(allocator, conv->participants[participant].pid);
    rh_mark(ctx, "conversation.request", RH_ARRAY(allocator, conv->keeper, id, word, who));
    rh_message_unref(who);
}

void mark_received(struct rh_context *ctx, const struct conversation *conv, uint64_t id,
                   struct rh_ref call)
{
    if (rh_is_observed(ctx)) {
        rh_mark(ctx, "conversation.request",
                RH_ARRAY(rh_mark_allocator(ctx), conv->keeper, id, "received", call));
    }
}

void mark_participant(struct rh_context *ctx, const struct conversation *conv,
                      const struct participant *participant)
{
    static const char *const words[] = {"alive", "left", "crashed"};
    if (!rh_is_observed(ctx)) {
        return;
    }
    const struct rh_allocator *allocator = rh_mark_allocator(ctx);
    struct rh_message null = RH_ITEM(allocator, RH_NULL);
    rh_mark(ctx, "conversation.participant",
            RH_ARRAY(allocator, conv->keeper, participant->pid, words[participant->health],
                     participant->health == HEALTH_ALIVE ? null : participant->reason));
}

void mark_notifier(struct rh_context *ctx, const struct conversation *conv,
                   const struct waiter *waiter, const char *word)
{
    if (rh_is_observed(ctx)) {
        rh_mark(ctx, "conversation.notifier",
                RH_ARRAY(rh_mark_allocator(ctx), conv->keeper, waiter->call,
                         conv->participants[waiter->participant].pid, word));
    }
}

void mark_compensator(struct rh_context *ctx, const struct conversation *conv, struct rh_pid target,
                      const char *word)
{
    if (rh_is_observed(ctx)) {
        rh_mark(ctx, "conversation.compensator",
                RH_ARRAY(rh_mark_allocator(ctx), conv->keeper, target, word));
    }
}
