/* SPDX-License-Identifier: MIT */
/*
 * One array of numbers holds all events, COLUMNS of them an event; what is a text is its number in a second array. A browser
 * reads that ten times as fast as an object an event, and 50,000 events are 2 MB.
 *
 * What an event says comes from the one formatter, so that the page speaks as the terminal does; the other columns are what
 * the page needs to know who is alive, linked and waited for at each of them.
 */
#include "reports/html_run.h"

#include "harness/trace/history.h"
#include "harness/trace/print.h"
#include "reports/escape.h"
#include "reports/html_texts.h"

#include <stdlib.h>
#include <string.h>

#define PHRASE_BYTES 400
#define PAYLOAD_BYTES 4000
#define SCENARIO_BYTES_MAX ((size_t)1 << 18)

/* What is no event of a node, in the column of kinds. */
#define KIND_FAULT (-1)
#define KIND_PIPE (-2)

struct writing {
    FILE *out;
    struct rh_history history;
    struct html_texts texts;
    uint32_t first; /**< the moment that is written first */
};

/* ---- texts ---- */

/* A character that was cut in two is no character. */
static void trim(char *text)
{
    size_t length = strlen(text);
    size_t at = length;
    while (at > 0 && length - at < 4 && ((unsigned char)text[at - 1] & 0xC0U) == 0x80) {
        at--;
    }
    if (at > 0 && (unsigned char)text[at - 1] >= 0xC0) {
        unsigned char head = (unsigned char)text[at - 1];
        size_t size = head >= 0xF0 ? 4 : head >= 0xE0 ? 3 : 2;
        if (length - (at - 1) < size) {
            text[at - 1] = '\0';
        }
    }
}

/* Mark what a printer with snprintf's contract had no room for. */
static void end_text(char *text, size_t capacity, size_t needed)
{
    if (needed < capacity) {
        return;
    }
    char more[40];
    int length = snprintf(more, sizeof more, " ... %zu bytes in all", needed);
    text[capacity - 1 - (size_t)length] = '\0';
    trim(text);
    memcpy(text + strlen(text), more, (size_t)length + 1);
}

static void put_text(FILE *out, const char *name, struct rh_text text)
{
    size_t size = text.size < SCENARIO_BYTES_MAX ? text.size : SCENARIO_BYTES_MAX;
    char *copy = malloc(size + 1);
    (void)fprintf(out, ",\"%s\":", name);
    if (copy == NULL) {
        (void)fputs("\"\"", out);
        return;
    }
    if (size > 0) {
        memcpy(copy, text.bytes, size);
    }
    copy[size] = '\0';
    for (size_t i = 0; i < size; i++) {
        copy[i] = copy[i] == '\0' ? ' ' : copy[i];
    }
    escape_script(out, copy);
    free(copy);
}

static uint32_t add_text(struct writing *it, struct rh_text text)
{
    char copy[PHRASE_BYTES];
    size_t size = text.size < sizeof copy ? text.size : sizeof copy - 1;
    memcpy(copy, text.bytes, size);
    copy[size] = '\0';
    for (size_t i = 0; i < size; i++) {
        copy[i] = copy[i] == '\0' ? ' ' : copy[i];
    }
    trim(copy);
    return html_texts_add(&it->texts, copy);
}

/* ---- events ---- */

static uint32_t phrase_of(struct writing *it, const struct rh_trace_item *item,
                          const struct rh_print_names *names)
{
    char text[PHRASE_BYTES];
    size_t needed = rh_trace_print(item, names, text, sizeof text);
    end_text(text, sizeof text, needed);
    return html_texts_add(&it->texts, text);
}

static uint32_t payload_of(struct writing *it, const struct rh_trace_item *item,
                           const struct rh_print_names *names)
{
    char text[PAYLOAD_BYTES];
    size_t needed = rh_item_print(item->message, names, text, sizeof text);
    end_text(text, sizeof text, needed);
    return html_texts_add(&it->texts, text);
}

static int kind_of(const struct rh_trace_item *item)
{
    return item->code == RH_TRACE_EVENT   ? (int)item->kind
           : item->code == RH_TRACE_FAULT ? KIND_FAULT
                                          : KIND_PIPE;
}

/* The columns, in the order of COLUMNS in run.js. Where a text may be missing its number is one more, and 0 is none. */
static void put_event(struct writing *it, uint32_t index)
{
    const struct rh_moment *moment = &it->history.moments[index];
    const struct rh_print_names names = {rh_trace_print_name, &it->history.reader};
    char time[40];
    struct rh_trace_item item;
    rh_history_item(&it->history, index, &item);
    (void)rh_trace_print_time(item.now, time, sizeof time);
    bool has_cause = moment->cause != RH_HISTORY_NONE && moment->cause >= it->first;
    bool is_on = item.kind == RH_EVENT_TRAP && item.number != 0;
    uint32_t time_text = html_texts_add(&it->texts, time);
    uint32_t phrase = phrase_of(it, &item, &names);
    uint32_t payload = item.message.size == 0 ? 0 : 1 + payload_of(it, &item, &names);
    uint32_t name = item.name.bytes == NULL ? 0 : 1 + add_text(it, item.name);
    (void)fprintf(
        it->out, "%s\n%llu,%lu,%d,%lu,%lu,%lu,%lu,%lu,%d,%d,%llu,%lu,%d",
        index == it->first ? "" : ",", (unsigned long long)item.step, (unsigned long)time_text,
        kind_of(&item), (unsigned long)moment->actor, (unsigned long)moment->peer,
        (unsigned long)(has_cause ? moment->cause - it->first + 1 : 0), (unsigned long)phrase,
        (unsigned long)payload, (int)item.signal, (int)item.why, (unsigned long long)item.ordinal,
        (unsigned long)name, (moment->matters ? 1 : 0) | (is_on ? 2 : 0));
}

static void put_names(struct writing *it)
{
    const struct rh_trace_reader *reader = &it->history.reader;
    (void)fputs(",\"actors\":[\"-\"", it->out);
    for (uint32_t number = 1; number <= reader->name_count; number++) {
        char text[PHRASE_BYTES];
        size_t needed = rh_trace_print_name(&it->history.reader, (struct rh_pid){0, 0, number, 1},
                                            text, sizeof text);
        end_text(text, sizeof text, needed);
        (void)fputc(',', it->out);
        escape_script(it->out, text);
    }
    (void)fputc(']', it->out);
}

/* Phases are no moments: each stands in front of the moment that came next. */
static void put_phases(struct writing *it)
{
    struct rh_trace_reader *reader = &it->history.reader;
    struct rh_trace_item item;
    uint32_t moment = 0;
    const char *between = "";
    (void)fputs(",\"phases\":[", it->out);
    rh_trace_rewind(reader);
    while (rh_trace_next(reader, &item) == RH_OK) {
        if (item.code == RH_TRACE_PHASE && moment >= it->first) {
            (void)fprintf(it->out, "%s{\"before\":%lu", between,
                          (unsigned long)(moment - it->first));
            put_text(it->out, "phase", item.name);
            (void)fputc('}', it->out);
            between = ",";
        }
        moment += item.code == RH_TRACE_EVENT || item.code == RH_TRACE_FAULT ||
                  item.code == RH_TRACE_PIPE;
    }
    (void)fputc(']', it->out);
}

/* ---- the run ---- */

static void put_result(const struct writing *it)
{
    const struct rh_trace_result *result = &it->history.result;
    FILE *out = it->out;
    if (!it->history.has_footer) {
        return;
    }
    (void)fprintf(out, ",\"end\":\"%s\",\"verdict\":\"%s\"", rh_end_word(result->end),
                  rh_verdict_word(result->verdict));
    if (result->has_violation) {
        (void)fprintf(out,
                      ",\"violation\":{\"step\":%llu,\"actors\":[%lu,%lu],\"line\":%lu,"
                      "\"column\":%lu",
                      (unsigned long long)result->step, (unsigned long)result->actors[0],
                      (unsigned long)result->actors[1], (unsigned long)result->line,
                      (unsigned long)result->column);
        put_text(out, "invariant", result->invariant);
        put_text(out, "expected", result->expected);
        put_text(out, "observed", result->observed);
        (void)fputc('}', out);
    }
}

static void put_head(struct writing *it, const struct html_run *run)
{
    const struct rh_trace_info *info = &it->history.reader.info;
    FILE *out = it->out;
    (void)fprintf(out,
                  "<script type=\"application/json\" class=\"run\" data-scenario=\"%lu\" "
                  "data-role=\"%s\">\n{\"role\":\"%s\",\"seed\":\"0x%llx\",\"run\":\"%llu\"",
                  (unsigned long)run->scenario, run->role, run->role,
                  (unsigned long long)info->seed, (unsigned long long)info->run);
    (void)fprintf(out, ",\"steps\":%llu,\"left_out\":%lu,\"is_cut\":%s",
                  (unsigned long long)it->history.reader.step, (unsigned long)it->first,
                  it->history.status == RH_DONE ? "false" : "true");
    put_text(out, "strategy", info->strategy);
    put_text(out, "scenario", info->has_scenario ? info->scenario : (struct rh_text){"", 0});
    put_result(it);
    put_names(it);
    put_phases(it);
}

uint64_t html_run_put(FILE *out, const struct html_run *run, struct rh_report_trace trace,
                      bool *ret_no_memory)
{
    struct writing it = {.out = out};
    uint64_t written = 0;
    enum rh_status status = trace.size == 0
                                ? RH_MALFORMED
                                : rh_history_load(&it.history, NULL, trace.bytes, trace.size);
    if (status == RH_OK && it.history.count > 0 && run->room > 0) {
        uint32_t count = it.history.count;
        it.first = count > run->room ? count - (uint32_t)run->room : 0;
        put_head(&it, run);
        (void)fputs(",\"events\":[", out);
        for (uint32_t i = it.first; i < count; i++) {
            put_event(&it, i);
        }
        (void)fputs("],\n\"texts\":", out);
        html_texts_put(&it.texts, out);
        (void)fputs("}\n</script>\n", out);
        written = count - it.first;
    }
    *ret_no_memory = status == RH_NO_MEMORY || it.texts.is_out_of_memory;
    html_texts_deinit(&it.texts);
    rh_history_deinit(&it.history);
    return written;
}
