/* SPDX-License-Identifier: MIT */
/*
 * What a child process and its host say to each other, lost or said twice: the callback ["$callback", id, …], and the cast
 * ["$cast", ["drain" | "stop", …]] that asks an agent to end. What happens to the process itself is the world's business.
 */
#include "fault-injection/menu.h"

#include <string.h>

static bool is_word(const struct rh_text *text, const char *word)
{
    return text->size == strlen(word) && memcmp(text->bytes, word, text->size) == 0;
}

static bool reads_word(struct rh_reader *reader, const char *word)
{
    struct rh_text text;
    return rh_read_kind(reader) == RH_KIND_TEXT && rh_read_text(reader, &text) &&
           is_word(&text, word);
}

static bool begins(struct rh_reader *reader, const char *word)
{
    size_t count = 0;
    return rh_read_kind(reader) == RH_KIND_ARRAY && rh_read_array(reader, &count) && count > 0 &&
           reads_word(reader, word);
}

static bool is_stop(const struct rh_message *message)
{
    struct rh_reader drain;
    rh_reader_message(&drain, message);
    if (!begins(&drain, "$cast")) {
        return false;
    }
    struct rh_reader stop = drain;
    return begins(&drain, "drain") || begins(&stop, "stop");
}

bool fault_is_about(enum rh_fault_kind kind, const struct rh_message *message)
{
    struct rh_reader reader;
    switch (kind) {
    case RH_FAULT_LOSE_CALLBACK:
    case RH_FAULT_DOUBLE_CALLBACK:
        rh_reader_message(&reader, message);
        return begins(&reader, "$callback");
    case RH_FAULT_IGNORE_STOP:
        return is_stop(message);
    default:
        return true;
    }
}

static struct rh_filter_answer drop(const struct rh_fault_host *host,
                                    const struct rh_fault_spec *spec,
                                    const struct rh_message *message)
{
    (void)host;
    (void)spec;
    (void)message;
    return (struct rh_filter_answer){.action = RH_FILTER_DROP};
}

static struct rh_filter_answer duplicate(const struct rh_fault_host *host,
                                         const struct rh_fault_spec *spec,
                                         const struct rh_message *message)
{
    (void)host;
    (void)spec;
    (void)message;
    return (struct rh_filter_answer){.action = RH_FILTER_DUPLICATE};
}

const struct fault_family fault_lose_callback = {.answer = drop};
const struct fault_family fault_double_callback = {.answer = duplicate};
const struct fault_family fault_ignore_stop = {.answer = drop};
