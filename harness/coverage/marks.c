/* SPDX-License-Identifier: MIT */
/* What conversations, hosts and agents say of their states: a mark is an array, and some of its texts are the transition. */
#include "harness/coverage/internal.h"

#include <string.h>

#define TEXTS 3
#define NO (-1)

/* In front of each text stands a word of the key. */
static const struct row {
    const char *topic;
    const char *before[TEXTS];
    int at[TEXTS]; /* which item of the mark, or NO */
} rows[] = {
    {"conversation.phase", {"conversation: ", " > ", ""}, {1, 2, NO}},
    {"conversation.event", {"conversation ", ": ", " > "}, {1, 2, 3}},
    {"conversation.answer", {"conversation answers ", "", ""}, {2, NO, NO}},
    {"conversation.request", {"conversation request ", "", ""}, {2, NO, NO}},
    {"conversation.participant", {"conversation participant ", "", ""}, {2, NO, NO}},
    {"conversation.notifier", {"conversation notifier ", "", ""}, {3, NO, NO}},
    {"conversation.compensator", {"conversation compensator ", "", ""}, {2, NO, NO}},
    {"dispatch.answer", {"dispatcher answers ", "", ""}, {2, NO, NO}},
    {"dispatch.reroute", {"dispatcher reroutes", "", ""}, {NO, NO, NO}},
    {"host.status", {"proc: ", " > ", " by "}, {2, 4, 3}},
    {"host.illegal", {"proc ", " ignores ", ""}, {2, 3, NO}},
    {"host.stage", {"proc stage ", "", ""}, {2, NO, NO}},
    {"host.spawn", {"spawn ", "", ""}, {0, NO, NO}},
    {"host.name", {"proc name ", "", ""}, {0, NO, NO}},
    {"host.route", {"route ", "", ""}, {0, NO, NO}},
    {"host.waiter", {"waiter for ", " ", ""}, {2, 0, NO}},
    {"host.bulk", {"bulk ", "", ""}, {0, NO, NO}},
    {"host.shutdown", {"shutdown ", "", ""}, {0, NO, NO}},
    {"host.refused", {"stop refused", "", ""}, {NO, NO, NO}},
    {"host.undeliverable", {"envelope ", "", ""}, {1, NO, NO}},
    {"agent.state", {"agent ", "", ""}, {0, NO, NO}},
    {"agent.actor", {"agent's actor ", "", ""}, {0, NO, NO}},
};

static const struct row *row_of(const char *topic)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(rows[i].topic, topic) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

/* Read the text at an index of the mark. */
static bool read_text(const struct rh_message *mark, int index, struct rh_text *ret_text)
{
    struct rh_reader reader;
    struct rh_item skipped;
    size_t count = 0;
    rh_reader_message(&reader, mark);
    bool ok = rh_read_array(&reader, &count) && (size_t)index < count;
    for (int i = 0; i < index && ok; i++) {
        ok = rh_read_item(&reader, &skipped);
    }
    return ok && rh_read_text(&reader, ret_text);
}

bool mark_key(char key[KEY_BYTES], const struct rh_event *event)
{
    const struct row *row = event->name == NULL ? NULL : row_of(event->name);
    size_t length = 0;
    key[0] = '\0';
    for (size_t i = 0; row != NULL && i < TEXTS && length < KEY_BYTES; i++) {
        struct rh_text text = {"", 0};
        if (row->at[i] != NO && !read_text(event->message, row->at[i], &text)) {
            return false; /* somebody else's mark of that topic */
        }
        length += (size_t)snprintf(key + length, KEY_BYTES - length, "%s%.*s", row->before[i],
                                   (int)text.size, text.bytes);
    }
    return row != NULL;
}
