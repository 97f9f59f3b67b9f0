/* SPDX-License-Identifier: MIT */
/* The map of a query, from the record as it is. */
#include "core/conversation/internal.h"

static void put_word(struct rh_builder *builder, const char *word)
{
    rh_build_text(builder, word, strlen(word));
}

static void put_number(struct rh_builder *builder, const char *key, uint64_t number)
{
    put_word(builder, key);
    rh_build_uint(builder, number);
}

static void put_participants(struct rh_builder *builder, const struct conversation *conv)
{
    static const char *const words[] = {"alive", "left", "crashed"};
    put_word(builder, "participants");
    rh_build_array(builder, conv->participant_count);
    for (size_t i = 0; i < conv->participant_count; i++) {
        const struct participant *participant = &conv->participants[i];
        rh_build_array(builder, 4);
        rh_build_pid(builder, participant->pid);
        put_word(builder, words[participant->health]);
        if (participant->health == HEALTH_ALIVE) {
            rh_build_null(builder);
            rh_build_null(builder);
        } else {
            rh_build_message(builder, &participant->reason);
            rh_build_uint(builder, participant->ended_at);
        }
    }
}

static void put_context(struct rh_builder *builder, const struct conversation *conv)
{
#define X(identifier, word) word,
    static const char *const words[] = {CONVERSATION_CONTEXT_MAP(X)};
#undef X
    put_word(builder, "context");
    rh_build_array(builder, conv->context_count);
    for (size_t i = 0; i < conv->context_count; i++) {
        const struct context_entry *entry =
            &conv->context[(conv->context_first + i) % conv->context_capacity];
        rh_build_array(builder, 3);
        put_word(builder, words[entry->kind]);
        rh_build_uint(builder, entry->number);
        rh_build_uint(builder, entry->at);
    }
    put_number(builder, "dropped", conv->context_dropped);
}

static void put_lists(struct rh_builder *builder, const struct conversation *conv)
{
    uint64_t open = 0;
    uint64_t kept = 0;
    uint64_t waiting = 0;
    uint64_t compensators = 0;
    for (const struct exchange *exchange = conv->open; exchange != NULL;
         exchange = exchange->next) {
        open++;
    }
    for (const struct exchange *exchange = conv->kept; exchange != NULL;
         exchange = exchange->next) {
        kept++;
    }
    for (const struct waiter *waiter = conv->waiters; waiter != NULL; waiter = waiter->next) {
        waiting++;
    }
    for (const struct compensator *compensator = conv->compensators; compensator != NULL;
         compensator = compensator->next) {
        compensators++;
    }
    put_number(builder, "outstanding", open);
    put_number(builder, "replies", kept);
    put_number(builder, "waiting", waiting);
    put_number(builder, "compensators", compensators);
}

enum rh_status command_query(struct rh_context *ctx, struct conversation *conv,
                             const struct command *command)
{
    (void)conversation_event(ctx, conv, EVENT_QUERY);
    struct rh_builder builder;
    rh_builder_init(&builder, conv->allocator, rh_limits_of(ctx)->message_bytes_max);
    rh_build_map(&builder, 11);
    put_word(&builder, "phase");
    put_word(&builder, rh_conversation_phase_word(conv->phase));
    put_word(&builder, "cause");
    if (conv->phase == RH_CONVERSATION_FAILED) {
        rh_build_message(&builder, &conv->cause);
    } else {
        rh_build_null(&builder);
    }
    put_word(&builder, "policy");
    put_word(&builder, rh_crash_policy_word(conv->policy));
    put_number(&builder, "incarnation", conv->incarnation);
    put_lists(&builder, conv);
    put_participants(&builder, conv);
    put_context(&builder, conv);
    struct rh_message map = rh_build_finish(&builder);
    if (rh_message_status(map) == RH_NO_MEMORY) {
        return command_refuse(ctx, conv, command->call, RH_CONVERSATION_ERROR_NO_MEMORY);
    }
    return command_answer(ctx, conv, command->call, "ok", map);
}
