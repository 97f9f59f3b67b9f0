/* SPDX-License-Identifier: MIT */
/* A participant an actor, an arrow where something arrives, a note for everything else. Mermaid has no quoting: what means
 * something to it is written as the code of its character, and texts are short, since viewers refuse large diagrams. */
#include "reports/mermaid.h"

#include "harness/trace/print.h"
#include "reports/escape.h"

#define TEXT_BYTES 80
#define MOMENTS_MAX 200U

static void put_text(FILE *out, const char *text)
{
    while (*text != '\0') {
        uint32_t character = escape_next(&text);
        bool is_plain = character >= 0x20 && character < 0x7F && character != '#' &&
                        character != ';' && character != '"' && character != '<' &&
                        character != '>' && character != '&' && character != '`' &&
                        character != '%';
        if (is_plain) {
            (void)fputc((int)character, out);
        } else {
            (void)fprintf(out, "#%lu;", (unsigned long)(character < 0x20 ? '.' : character));
        }
    }
}

static void put_participants(FILE *out, struct rh_history *history, const uint32_t *chosen,
                             uint32_t count)
{
    for (uint32_t name = 1; name <= history->reader.name_count; name++) {
        bool is_there = false;
        for (uint32_t i = 0; i < count && !is_there; i++) {
            const struct rh_moment *moment = &history->moments[chosen[i]];
            is_there = moment->actor == name || moment->peer == name;
        }
        if (is_there) {
            char text[TEXT_BYTES];
            (void)rh_trace_print_name(&history->reader, (struct rh_pid){0, 0, name, 1}, text,
                                      sizeof text);
            (void)fprintf(out, "    participant a%lu as ", (unsigned long)name);
            put_text(out, text);
            (void)fputc('\n', out);
        }
    }
}

static bool is_arrow(const struct rh_moment *moment)
{
    bool arrives = moment->kind == RH_EVENT_HANDLE || moment->kind == RH_EVENT_PUT;
    return arrives && moment->actor != 0 && moment->peer != 0;
}

static bool is_departure(const struct rh_moment *moment)
{
    return moment->kind == RH_EVENT_SEND && moment->peer != 0;
}

static void put_moment(FILE *out, struct rh_history *history, uint32_t index)
{
    const struct rh_moment *moment = &history->moments[index];
    struct rh_print_names names = {rh_trace_print_name, &history->reader};
    struct rh_trace_item item;
    char text[TEXT_BYTES];
    if (moment->actor == 0 || is_departure(moment)) {
        return; /* it shows where it arrives */
    }
    rh_history_item(history, index, &item);
    if (is_arrow(moment) && item.message.size > 0) {
        (void)rh_item_print(item.message, &names, text, sizeof text);
    } else if (is_arrow(moment)) {
        (void)snprintf(text, sizeof text, "%s", rh_signal_kind_word(item.signal));
    } else {
        (void)rh_trace_print(&item, &names, text, sizeof text);
    }
    if (is_arrow(moment)) {
        (void)fprintf(out, "    a%lu->>a%lu: ", (unsigned long)moment->peer,
                      (unsigned long)moment->actor);
    } else {
        (void)fprintf(out, "    Note over a%lu: ", (unsigned long)moment->actor);
    }
    (void)fprintf(out, "%llu ", (unsigned long long)moment->step);
    put_text(out, text);
    (void)fputc('\n', out);
}

void report_mermaid(FILE *out, struct rh_history *history, uint32_t max)
{
    uint32_t chosen[MOMENTS_MAX];
    uint32_t past = 0;
    bool violated = history->has_footer && history->result.has_violation;
    const uint32_t nobody[2] = {0, 0};
    uint64_t step = violated ? history->result.step : history->reader.step;
    uint32_t count = rh_history_slice(history, step, violated ? history->result.actors : nobody,
                                      chosen, max < MOMENTS_MAX ? max : MOMENTS_MAX, &past);
    (void)fputs("sequenceDiagram\n", out);
    put_participants(out, history, chosen, count);
    for (uint32_t i = 0; i < count; i++) {
        put_moment(out, history, chosen[i]);
    }
    if (violated && history->result.actors[0] != 0) {
        char text[TEXT_BYTES];
        (void)snprintf(text, sizeof text, "%.*s is violated", (int)history->result.invariant.size,
                       history->result.invariant.bytes);
        (void)fprintf(out, "    Note over a%lu: ", (unsigned long)history->result.actors[0]);
        put_text(out, text);
        (void)fputc('\n', out);
    }
}
