/* SPDX-License-Identifier: MIT */
/* A file that somebody will read before anything else about the failure: what it is, how to play it, and nothing twice. */
#include "harness/shrink/write.h"

#include "harness/document/utf8.h"
#include "harness/shrink/draft.h"

#include <string.h>

static void put(struct rh_text_buffer *out, const char *text)
{
    (void)rh_text_buffer_append(out, text, strlen(text));
}

/* As it can stand in a comment: a path may have any bytes. */
static void put_path(const char *path, struct rh_text_buffer *out)
{
    for (size_t left = strlen(path); left > 0;) {
        struct rh_code_point point = rh_utf8_next(path, left);
        bool is_odd = point.value == RH_UTF8_BAD || rh_utf8_is_unsafe(point.value) != 0;
        (void)rh_text_buffer_append(out, is_odd ? "?" : path, is_odd ? 1 : point.bytes);
        path += point.bytes;
        left -= point.bytes;
    }
}

/* The head as YAML reads it back; what is behind it is written as messages are, which is YAML. */
void rh_write_line(const char *line, struct rh_text_buffer *out)
{
    const char *colon = strstr(line, ": ");
    char head[512];
    size_t length = colon == NULL ? strlen(line) : (size_t)(colon - line);
    length = length < sizeof head ? length : sizeof head - 1;
    memcpy(head, line, length);
    head[length] = '\0';
    put(out, "  - ");
    rh_draft_put_scalar(out, head, false);
    put(out, colon == NULL ? "" : colon);
    put(out, "\n");
}

static void put_schedule(const struct rh_lines *schedule, struct rh_text_buffer *out)
{
    if (schedule->count == 0) {
        return;
    }
    put(out, "schedule: # each as soon as it can; otherwise the oldest first\n");
    for (size_t i = 0; i < schedule->count; i++) {
        rh_write_line(schedule->at[i], out);
    }
}

static void put_seed(uint64_t seed, const char *before, struct rh_text_buffer *out)
{
    if (seed != 1) {
        (void)rh_text_buffer_print(out, "%sseed: 0x%llx", before, (unsigned long long)seed);
    }
}

void rh_write_shrunk(const struct rh_write *what, struct rh_text_buffer *out)
{
    put(out, "# Shrunk from ");
    put_path(what->path, out);
    (void)rh_text_buffer_print(out, ": '%s' is violated at step %llu.\n", what->failure->invariant,
                               (unsigned long long)what->failure->step);
    put(out, what->body);
    put_schedule(what->schedule, out);
    if (what->schedule->count == 0) {
        (void)rh_text_buffer_print(out, "explore: {strategy: %s", what->strategy);
        put_seed(what->seed, ", ", out);
        put(out, "}\n");
    } else if (what->seed != 1) {
        put(out, "explore: {");
        put_seed(what->seed, "", out);
        put(out, "}\n");
    }
}

void rh_write_regression(const struct rh_write *what, const char *strategy,
                         struct rh_text_buffer *out)
{
    (void)rh_text_buffer_print(out, "# Found as a violation of '%s' in ", what->failure->invariant);
    put_path(what->path, out);
    put(out, ".\n");
    put(out, what->body);
    put(out, "allow_vacuous: once the bug is mended, the run may leave the schedule\n");
    put_schedule(what->schedule, out);
    (void)rh_text_buffer_print(out, "explore: {strategy: [pinned, %s]", strategy);
    put_seed(what->seed, ", ", out);
    put(out, "}\n");
}
