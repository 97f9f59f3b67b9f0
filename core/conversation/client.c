/* SPDX-License-Identifier: MIT */
/* The client's side in C: START's argument from a struct, and answers taken apart. */
#include <rehearse/conversation.h>

static void put_key(struct rh_builder *builder, const char *key)
{
    rh_build_text(builder, key, strlen(key));
}

/* The pids of those that have all of `flags`, as the value of `key`. */
static void put_pids(struct rh_builder *builder, const char *key,
                     const struct rh_conversation_options *options, unsigned flags)
{
    size_t count = 0;
    for (size_t i = 0; i < options->participant_count; i++) {
        count += (options->participants[i].flags & flags) == flags ? 1 : 0;
    }
    put_key(builder, key);
    rh_build_array(builder, count);
    for (size_t i = 0; i < options->participant_count; i++) {
        if ((options->participants[i].flags & flags) == flags) {
            rh_build_pid(builder, options->participants[i].pid);
        }
    }
}

static void put_number(struct rh_builder *builder, const char *key, uint64_t number)
{
    put_key(builder, key);
    rh_build_uint(builder, number);
}

enum rh_status rh_conversation_open(struct rh_context *ctx,
                                    const struct rh_conversation_options *options,
                                    struct rh_pid *ret_conversation)
{
    struct rh_builder builder;
    rh_builder_init(&builder, rh_allocator_of(ctx), rh_limits_of(ctx)->message_bytes_max);
    rh_build_map(&builder, 8);
    put_pids(&builder, "participants", options, 0);
    put_pids(&builder, "owned", options, RH_PARTICIPANT_OWNED);
    put_pids(&builder, "inert", options, RH_PARTICIPANT_INERT);
    put_key(&builder, "policy");
    put_key(&builder, rh_crash_policy_word(options->policy));
    put_number(&builder, "deadline", options->deadline);
    put_number(&builder, "grace", options->grace);
    put_number(&builder, "restarts", options->restarts);
    put_number(&builder, "within", options->within == 0 ? 5 * RH_SECOND : options->within);
    struct rh_spawn_options spawn = {.argument = rh_build_finish(&builder), .link = true};
    return rh_spawn(ctx, &rh_conversation_behaviour, &spawn, ret_conversation, NULL);
}

enum rh_status rh_conversation_ask(struct rh_context *ctx, struct rh_pid conversation,
                                   struct rh_message payload, rh_duration timeout,
                                   struct rh_call *ret_call)
{
    const struct rh_allocator *allocator = rh_allocator_of(ctx);
    struct rh_message request = timeout == RH_NEVER ? RH_ARRAY(allocator, "ask", payload)
                                                    : RH_ARRAY(allocator, "ask", payload, timeout);
    rh_message_unref(payload);
    return rh_call(ctx, conversation, request, RH_NEVER, ret_call);
}

/* ---- answers ---- */

static enum rh_conversation_error error_find(struct rh_text word)
{
    for (unsigned i = 1; i < RH_CONVERSATION_ERROR_COUNT; i++) {
        const char *known = rh_conversation_error_word((enum rh_conversation_error)i);
        if (strlen(known) == word.size && memcmp(known, word.bytes, word.size) == 0) {
            return (enum rh_conversation_error)i;
        }
    }
    return RH_CONVERSATION_ERROR_INVALID;
}

static void answer_read(const struct rh_message *answer, struct rh_conversation_outcome *outcome)
{
    struct rh_text word;
    struct rh_item participant;
    struct rh_item reason;
    if (RH_MATCH(answer, "error", &word)) {
        outcome->error = error_find(word);
    } else if (RH_MATCH(answer, "error", &word, &outcome->detail)) {
        outcome->error = error_find(word);
    } else if (RH_MATCH(answer, "ok", &outcome->id, &participant, &outcome->reply)) {
        struct rh_reader reader;
        rh_reader_item(&reader, participant);
        (void)rh_read_pid(&reader, &outcome->participant);
    } else if (RH_MATCH(answer, "ok", &reason, &outcome->id)) {
        outcome->id = 0; /* that was the instant */
        outcome->reply = reason;
    } else if (!RH_MATCH(answer, "ok", &outcome->id)) {
        outcome->reply = rh_message_item(answer);
    }
}

static void down_read(const struct rh_message *reason, struct rh_conversation_outcome *outcome)
{
    switch (rh_reason_class(reason)) {
    case RH_REASON_NORMAL:
    case RH_REASON_SHUTDOWN:
    case RH_REASON_NOPROC:
        outcome->error = RH_CONVERSATION_ERROR_CLOSED;
        break;
    default:
        outcome->error = RH_CONVERSATION_ERROR_FAILED;
        outcome->detail = rh_message_item(reason);
    }
}

bool rh_conversation_result(struct rh_context *ctx, const struct rh_delivery *in,
                            struct rh_call *call, struct rh_conversation_outcome *ret_outcome)
{
    struct rh_outcome outcome;
    if (!rh_call_result(ctx, in, call, &outcome)) {
        return false;
    }
    *ret_outcome = (struct rh_conversation_outcome){.error = RH_CONVERSATION_ERROR_NONE};
    switch (outcome.kind) {
    case RH_OUTCOME_REPLY:
        answer_read(outcome.message, ret_outcome);
        break;
    case RH_OUTCOME_DOWN:
        down_read(outcome.message, ret_outcome);
        break;
    case RH_OUTCOME_TIMEOUT:
        ret_outcome->error = RH_CONVERSATION_ERROR_TIMEOUT;
        break;
    }
    return true;
}
