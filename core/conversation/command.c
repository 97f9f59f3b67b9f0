/* SPDX-License-Identifier: MIT */
/*
 * Requests in, answers out. A command is `current` from when it is begun until it has been answered or waits in a list,
 * so that whatever ends the turn in between, somebody knows whom to answer.
 */
#include "core/conversation/internal.h"

static const struct {
    const char *word;
    size_t items_min;
    size_t items_max;
    bool is_idempotent;
} commands[] = {
#define X(identifier, word, items_min, items_max, is_idempotent)                                   \
    {word, items_min, items_max, is_idempotent},
    CONVERSATION_COMMAND_MAP(X)
#undef X
};

/* ---- in ---- */

static bool read_timeout(struct rh_reader *reader, rh_duration *ret_timeout)
{
    if (rh_read_kind(reader) == RH_KIND_NULL) {
        return rh_read_null(reader);
    }
    return rh_read_uint(reader, ret_timeout);
}

/* Read what follows the verb; `items` more are there. */
static bool read_arguments(struct rh_reader *reader, size_t items, struct command *command)
{
    switch (command->verb) {
    case VERB_SEND:
        return rh_read_item(reader, &command->payload) &&
               (items < 2 || rh_read_pid(reader, &command->actor));
    case VERB_RECEIVE:
        return items < 1 || read_timeout(reader, &command->timeout);
    case VERB_RECEIVE_OF:
        return rh_read_uint(reader, &command->id) &&
               (items < 2 || read_timeout(reader, &command->timeout));
    case VERB_ASK:
        return rh_read_item(reader, &command->payload) &&
               (items < 2 || read_timeout(reader, &command->timeout)) &&
               (items < 3 || rh_read_pid(reader, &command->actor));
    case VERB_AWAIT_EXIT:
        return rh_read_pid(reader, &command->actor);
    case VERB_COMPENSATE:
        return rh_read_pid(reader, &command->actor) && !rh_pid_is_none(command->actor) &&
               rh_read_item(reader, &command->payload);
    default:
        return true;
    }
}

bool command_read(struct rh_ref call, struct rh_item request, struct command *command)
{
    struct rh_reader reader;
    size_t items = 1;
    struct rh_text word = {NULL, 0};
    *command = (struct command){.call = call, .verb = VERB_COUNT, .timeout = RH_NEVER};
    rh_reader_item(&reader, request);
    if (rh_read_kind(&reader) == RH_KIND_ARRAY) {
        (void)rh_read_array(&reader, &items);
    }
    if (!rh_read_text(&reader, &word)) {
        return false;
    }
    for (unsigned i = 0; i < VERB_COUNT; i++) {
        if (strlen(commands[i].word) == word.size &&
            memcmp(commands[i].word, word.bytes, word.size) == 0 &&
            items >= commands[i].items_min && items <= commands[i].items_max) {
            command->verb = (enum verb)i;
            break;
        }
    }
    if (command->verb != VERB_COUNT && !read_arguments(&reader, items - 1, command)) {
        command->verb = VERB_COUNT;
    }
    return command->verb != VERB_COUNT;
}

bool command_is_idempotent(const struct command *command)
{
    return command->verb < VERB_COUNT && commands[command->verb].is_idempotent;
}

/* ---- out ---- */

enum rh_status command_answer(struct rh_context *ctx, struct conversation *conv, struct rh_ref call,
                              const char *word, struct rh_message reply)
{
    enum rh_status status = rh_message_status(reply);
    if (rh_pid_is_none(call.owner)) {
        rh_message_unref(reply); /* the keeper's own: nobody listens */
        status = RH_OK;
    } else if (status == RH_OK) {
        status = rh_reply(ctx, call, reply);
    }
    if (status == RH_LIMIT) {
        word = rh_conversation_error_word(RH_CONVERSATION_ERROR_LIMIT);
        status = rh_reply(ctx, call, RH_ARRAY(NULL, "error", "limit"));
    }
    if (status != RH_OK && status != RH_FULL) {
        return status;
    }
    if (conv->has_current && rh_ref_equal(conv->current.call, call)) {
        conv->has_current = false;
    }
    if (!rh_pid_is_none(call.owner)) {
        mark_answer(ctx, conv, call, word);
    }
    return RH_OK;
}

enum rh_status command_refuse(struct rh_context *ctx, struct conversation *conv, struct rh_ref call,
                              enum rh_conversation_error error)
{
    const char *word = rh_conversation_error_word(error);
    return command_answer(ctx, conv, call, word, RH_ARRAY(conv->allocator, "error", word));
}

enum rh_status command_refuse_phase(struct rh_context *ctx, struct conversation *conv,
                                    struct rh_ref call)
{
    if (conv->phase == RH_CONVERSATION_COMPLETING) {
        return command_refuse(ctx, conv, call, RH_CONVERSATION_ERROR_CLOSING);
    }
    if (conv->phase != RH_CONVERSATION_FAILED) {
        return command_refuse(ctx, conv, call, RH_CONVERSATION_ERROR_CLOSED);
    }
    return command_answer(ctx, conv, call, "failed",
                          RH_ARRAY(conv->allocator, "error", "failed", conv->cause));
}

enum rh_status command_refuse_status(struct rh_context *ctx, struct conversation *conv,
                                     struct rh_ref call, enum rh_status status)
{
    if (status == RH_EXITED) {
        return status;
    }
    const char *word = rh_status_word(status);
    return command_answer(ctx, conv, call, word, RH_ARRAY(conv->allocator, "error", word));
}

/* ---- carrying out ---- */

bool conversation_is_open(const struct conversation *conv)
{
    return conv->phase == RH_CONVERSATION_CREATED || conv->phase == RH_CONVERSATION_ACTIVE;
}

/* Whoever closes waits with the others until it is closed. */
static enum rh_status command_close(struct rh_context *ctx, struct conversation *conv,
                                    const struct command *command)
{
    enum outcome outcome = conversation_event(ctx, conv, EVENT_CLOSE);
    if (outcome == OUTCOME_AGREE) {
        return command_answer(ctx, conv, command->call, "ok", RH_ITEM(conv->allocator, "ok"));
    }
    struct waiter *waiter;
    enum rh_status status = command_park(ctx, conv, command, &waiter);
    if (status != RH_OK || waiter == NULL || outcome == OUTCOME_JOIN) {
        return status;
    }
    if (outcome == OUTCOME_WIND_DOWN) {
        return conversation_wind_down(ctx, conv);
    }
    become_phase(ctx, conv, RH_CONVERSATION_COMPLETING, rh_message_none());
    return RH_DONE;
}

enum rh_status command_handle(struct rh_context *ctx, struct conversation *conv,
                              const struct command *command)
{
    conv->has_current = true;
    conv->current = *command;
    switch (command->verb) {
    case VERB_SEND:
    case VERB_ASK:
        return command_send(ctx, conv, command);
    case VERB_RECEIVE:
    case VERB_RECEIVE_OF:
        return command_receive(ctx, conv, command);
    case VERB_AWAIT_EXIT:
        return command_await_exit(ctx, conv, command);
    case VERB_COMPENSATE:
        return command_compensate(ctx, conv, command);
    case VERB_CLOSE:
        return command_close(ctx, conv, command);
    case VERB_QUERY:
        return command_query(ctx, conv, command);
    default:
        return command_refuse(ctx, conv, command->call, RH_CONVERSATION_ERROR_INVALID);
    }
}
