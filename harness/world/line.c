/* SPDX-License-Identifier: MIT */
/*
 * What may happen next, as a line that a person reads and writes: "a -> b: [ping, 1]", "down a -> b: boom", "timer b: tick",
 * "crash hand". The line of an event is the same in every run in which it comes up, so that a schedule of lines can be
 * followed where numbers of candidates would mean something else; and it is what a scenario's `schedule` holds.
 *
 * A payload that would make the line long is a `_`, which fits any.
 */
#include "harness/world/internal.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define PAYLOAD_BYTES 160u

struct line {
    char *buffer;
    size_t capacity;
    size_t length;
};

static void put(struct line *line, const char *text)
{
    bool has_room = line->length < line->capacity;
    line->length += (size_t)snprintf(has_room ? line->buffer + line->length : NULL,
                                     has_room ? line->capacity - line->length : 0, "%s", text);
}

static void put_actor(struct line *line, const struct rh_world *world, struct rh_pid pid)
{
    char name[128];
    rh_world_actor_name(world, pid, name, sizeof(name));
    put(line, name);
}

/* "exit", "ask_alive"; nothing for a message. */
static void put_word(struct line *line, const struct rh_pending *pending)
{
    char word[32];
    size_t length = 0;
    if (pending->kind == RH_PENDING_SIGNAL && pending->signal == RH_SIGNAL_MESSAGE) {
        return;
    }
    const char *of_signal = pending->signal == RH_SIGNAL_EXIT_SIGNAL
                                ? "exit_signal"
                                : rh_signal_kind_word(pending->signal);
    for (; of_signal[length] != '\0' && length + 1 < sizeof(word); length++) {
        word[length] = (char)tolower((unsigned char)of_signal[length]);
    }
    word[length] = '\0';
    put(line, word);
    put(line, " ");
}

static void put_payload(struct line *line, struct rh_world *world, const struct rh_message *message)
{
    char text[PAYLOAD_BYTES + 1];
    const struct rh_print_names names = {rh_world_print_name, world};
    if (message == NULL || rh_message_print(message, &names, NULL, 0) == 0) {
        return;
    }
    put(line, ": ");
    put(line, rh_message_print(message, &names, text, sizeof(text)) < sizeof(text) ? text : "_");
}

static void put_pending(struct line *line, struct rh_world *world, const struct rh_pending *pending)
{
    bool is_own = rh_pid_is_none(pending->from) || rh_pid_equal(pending->from, pending->actor) ||
                  pending->signal == RH_SIGNAL_START;
    put_word(line, pending);
    if (!is_own || pending->signal == RH_SIGNAL_MESSAGE) {
        put_actor(line, world, pending->from);
        put(line, " -> ");
    }
    if (rh_pid_is_none(pending->actor) && pending->name != NULL) {
        put(line, pending->name);
    } else {
        put_actor(line, world, pending->actor);
    }
    put_payload(line, world, pending->message);
}

/* Where nothing else must happen it is understood that time goes on, and where all windows are points. */
static size_t line_of_time(struct line *line, const struct rh_world *world)
{
    bool is_choice = false;
    for (uint32_t i = 0; i < world->row_count && world->has_windows; i++) {
        is_choice = is_choice ||
                    (!world->rows[i].optional && world->candidates[i].source != SOURCE_OF_TIME);
    }
    if (is_choice) {
        put(line, "time goes on");
    }
    return line->length;
}

size_t world_line(void *self, uint32_t row, char *buffer, size_t capacity)
{
    struct rh_world *world = self;
    struct line line = {buffer, capacity, 0};
    const struct rh_candidate *candidate = &world->candidates[row];
    if (capacity > 0) {
        buffer[0] = '\0';
    }
    if (candidate->source == SOURCE_OF_TIME) {
        return line_of_time(&line, world);
    }
    if (candidate->source == SOURCE_OF_STAGE) {
        return 0; /* what is drawn in it is told as it is drawn */
    }
    if (candidate->source == SOURCE_OF_END) {
        put(&line, "end");
    } else if (world->rows[row].pipe_event != 0) {
        return world_pipe_line(world, world->rows[row].pipe_event, buffer, capacity);
    } else if (candidate->source < world->node_count) {
        put_pending(&line, world, &world->rows[row].pending);
    } else {
        const struct rh_source *source = &world->sources[candidate->source - world->node_count];
        uint64_t id = world->rows[row].source_event;
        char text[64];
        (void)snprintf(text, sizeof(text), "event %llu", (unsigned long long)id);
        if (source->line != NULL && !world->rows[row].strikes) {
            return source->line(source->self, world, id, buffer, capacity);
        }
        if (source->line != NULL) {
            source->line(source->self, world, id, text, sizeof(text));
        }
        put(&line, text);
        if (world->rows[row].strikes) { /* "drop a -> b: [ping, 1]" */
            put(&line, " ");
            put_pending(&line, world, &world->rows[row].pending);
        }
    }
    return line.length;
}
