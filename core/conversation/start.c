/* SPDX-License-Identifier: MIT */
/* START's argument: a map with one row per key. Unknown keys and values of another kind are RH_INVALID. */
#include "core/conversation/internal.h"

#define GRACE_DEFAULT (5 * RH_SECOND)
#define RESTARTS_DEFAULT 3
#define WITHIN_DEFAULT (5 * RH_SECOND)

/* Read an array of pids; `flags` is what each of them becomes besides a participant. */
static enum rh_status read_participants(struct conversation *conv, struct rh_reader *reader,
                                        unsigned flags)
{
    size_t count = 0;
    if (!rh_read_array(reader, &count)) {
        return RH_INVALID;
    }
    for (size_t i = 0; i < count; i++) {
        struct rh_pid pid;
        if (!rh_read_pid(reader, &pid) || rh_pid_is_none(pid) || rh_pid_equal(pid, conv->keeper)) {
            return RH_INVALID;
        }
        struct participant *participant;
        enum rh_status status = participant_add(conv, pid, &participant);
        if (status != RH_OK) {
            return status;
        }
        participant->is_owned = participant->is_owned || (flags & RH_PARTICIPANT_OWNED) != 0;
        participant->is_inert = participant->is_inert || (flags & RH_PARTICIPANT_INERT) != 0;
    }
    return RH_OK;
}

static enum rh_status read_listed(struct conversation *conv, struct rh_reader *reader)
{
    return read_participants(conv, reader, 0);
}

static enum rh_status read_owned(struct conversation *conv, struct rh_reader *reader)
{
    return read_participants(conv, reader, RH_PARTICIPANT_OWNED);
}

static enum rh_status read_inert(struct conversation *conv, struct rh_reader *reader)
{
    return read_participants(conv, reader, RH_PARTICIPANT_INERT);
}

static enum rh_status read_policy(struct conversation *conv, struct rh_reader *reader)
{
    struct rh_text word = {NULL, 0};
    if (!rh_read_text(reader, &word)) {
        return RH_INVALID;
    }
    for (unsigned i = 0; i < RH_CRASH_POLICY_COUNT; i++) {
        const char *known = rh_crash_policy_word((enum rh_crash_policy)i);
        if (strlen(known) == word.size && memcmp(known, word.bytes, word.size) == 0) {
            conv->policy = (enum rh_crash_policy)i;
            return RH_OK;
        }
    }
    return RH_INVALID;
}

static enum rh_status read_time(struct rh_reader *reader, rh_duration *ret_time)
{
    return rh_read_uint(reader, ret_time) ? RH_OK : RH_INVALID;
}

/* A length until it is added to the start. */
static enum rh_status read_deadline(struct conversation *conv, struct rh_reader *reader)
{
    rh_duration after = 0;
    enum rh_status status = read_time(reader, &after);
    conv->deadline = after == 0 ? RH_NEVER : after;
    return status;
}

static enum rh_status read_grace(struct conversation *conv, struct rh_reader *reader)
{
    return read_time(reader, &conv->grace);
}

static enum rh_status read_restarts(struct conversation *conv, struct rh_reader *reader)
{
    return read_time(reader, &conv->restarts_max);
}

static enum rh_status read_within(struct conversation *conv, struct rh_reader *reader)
{
    return read_time(reader, &conv->within);
}

static const struct key {
    const char *word;
    enum rh_status (*read)(struct conversation *conv, struct rh_reader *reader);
} keys[] = {
    {"participants", read_listed}, {"owned", read_owned},       {"inert", read_inert},
    {"policy", read_policy},       {"deadline", read_deadline}, {"grace", read_grace},
    {"restarts", read_restarts},   {"within", read_within},
};
#define KEY_COUNT (sizeof keys / sizeof keys[0])
#define KEY_OWNED 1

static size_t key_find(struct rh_text word)
{
    size_t i = 0;
    while (i < KEY_COUNT && (strlen(keys[i].word) != word.size ||
                             memcmp(keys[i].word, word.bytes, word.size) != 0)) {
        i++;
    }
    return i;
}

/* Maps come sorted by key; the order of the participants must not depend on that, so values are found first. */
static enum rh_status read_pairs(struct rh_reader *reader, size_t pairs, struct rh_item *values)
{
    for (size_t i = 0; i < pairs; i++) {
        struct rh_text word;
        struct rh_item value;
        if (!rh_read_text(reader, &word) || !rh_read_item(reader, &value)) {
            return RH_INVALID;
        }
        size_t key = key_find(word);
        if (key == KEY_COUNT) {
            return RH_INVALID;
        }
        values[key] = value;
    }
    return RH_OK;
}

/* The values in the order of the keys. */
static enum rh_status start_values(const struct rh_delivery *start, struct rh_item *values)
{
    struct rh_reader reader;
    size_t pairs = 0;
    if (rh_message_size(&start->message) == 0) {
        return RH_OK;
    }
    rh_reader_message(&reader, &start->message);
    return rh_read_map(&reader, &pairs) ? read_pairs(&reader, pairs, values) : RH_INVALID;
}

void start_kill_owned(struct rh_context *ctx, const struct rh_delivery *start)
{
    struct rh_reader reader;
    struct rh_item values[KEY_COUNT] = {{NULL, 0}};
    size_t count = 0;
    struct rh_pid pid;
    (void)start_values(start, values);
    rh_reader_item(&reader, values[KEY_OWNED]);
    (void)rh_read_array(&reader, &count);
    for (size_t i = 0; i < count && rh_read_pid(&reader, &pid); i++) {
        if (rh_exit_signal(ctx, pid, rh_reason(RH_REASON_KILL)) == RH_EXITED) {
            return;
        }
    }
}

enum rh_status start_read(struct conversation *conv, const struct rh_delivery *start,
                          rh_instant now)
{
    conv->deadline = RH_NEVER;
    conv->grace = GRACE_DEFAULT;
    conv->restarts_max = RESTARTS_DEFAULT;
    conv->within = WITHIN_DEFAULT;
    struct rh_reader reader;
    struct rh_item values[KEY_COUNT] = {{NULL, 0}};
    enum rh_status status = start_values(start, values);
    for (size_t i = 0; i < KEY_COUNT && status == RH_OK; i++) {
        if (values[i].size > 0) {
            rh_reader_item(&reader, values[i]);
            status = keys[i].read(conv, &reader);
        }
    }
    if (conv->deadline != RH_NEVER) {
        conv->deadline = conv->deadline < RH_NEVER - now ? conv->deadline + now : RH_NEVER;
    }
    return status;
}
