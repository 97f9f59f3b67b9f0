/* SPDX-License-Identifier: MIT */
/*
 * The block that explains a failure. First what an editor understands (file:line:column), then what was promised and what
 * was seen, then only those events that the violation depends on, then commands that can be copied.
 *
 * Everything but the invariant's own words comes from the trace, so that the same block can be printed from a file that
 * somebody downloaded.
 */
#include "reports/internal.h"

#include "harness/trace/columns.h"
#include "harness/trace/history.h"
#include "harness/trace/print.h"
#include "reports/commands.h"

#include <stdlib.h>
#include <string.h>

#define MOMENTS_MAX 36U
#define FAULTS_MAX 8U

struct block {
    const struct rh_report *report;
    const struct rh_report_entry *entry;
    const struct report_paint *paint;
    struct rh_history history;
    bool has_history;
    uint64_t step;
    uint32_t actors[2]; /**< whom the violation concerns, as numbers of the trace */
};

static FILE *out_of(const struct block *block)
{
    return block->report->out;
}

/* ---- what and where ---- */

static void put_head(const struct block *block)
{
    const struct rh_violation *violation = &block->entry->result->violation;
    const char *path = block->entry->result->path;
    const struct report_paint *paint = block->paint;
    (void)fprintf(out_of(block), "%s", paint->strong);
    report_text(out_of(block), path != NULL ? path : "-");
    if (violation->line != 0) {
        (void)fprintf(out_of(block), ":%lu:%lu", (unsigned long)violation->line,
                      (unsigned long)violation->column);
    }
    (void)fprintf(out_of(block), ":%s %serror:%s invariant '", paint->off, paint->bad, paint->off);
    report_text(out_of(block), violation->invariant);
    (void)fputs("' violated", out_of(block));
    if (block->entry->result->is_of_no_run) {
        (void)fprintf(out_of(block), " by all runs together");
    } else {
        (void)fprintf(out_of(block), " at step %llu", (unsigned long long)block->step);
    }
    if (block->has_history) {
        (void)fprintf(out_of(block), " of %llu", (unsigned long long)block->history.reader.step);
    }
    (void)fputc('\n', out_of(block));
    if (block->has_history && block->history.reader.info.has_scenario) {
        report_excerpt(block->report, block->history.reader.info.scenario, violation->line,
                       violation->column);
    }
}

/* A text of several lines is indented as one. */
static void put_field(const struct block *block, const char *title, const char *text)
{
    if (*text == '\0') {
        return;
    }
    (void)fprintf(out_of(block), "  %s%-9s%s ", block->paint->strong, title, block->paint->off);
    for (;;) {
        size_t length = strcspn(text, "\n");
        rh_trace_put_text(out_of(block), (struct rh_text){text, length});
        if (text[length] == '\0') {
            break;
        }
        (void)fprintf(out_of(block), "\n%12s", "");
        text += length + 1;
    }
    (void)fputc('\n', out_of(block));
}

static void put_faults(struct block *block)
{
    const struct rh_history *history = &block->history;
    struct rh_print_names names = {rh_trace_print_name, &block->history.reader};
    unsigned count = 0;
    for (uint32_t i = 0; i < history->count; i++) {
        if (history->moments[i].kind != UINT8_MAX || history->moments[i].step > block->step) {
            continue;
        }
        if (++count > FAULTS_MAX) {
            continue;
        }
        struct rh_trace_item item;
        char text[160];
        char actor[80];
        char line[320];
        rh_history_item(history, i, &item);
        struct rh_pid pid = {0, 0, item.actor, item.actor == 0 ? 0 : 1};
        rh_trace_print_name(names.self, pid, actor, sizeof actor);
        rh_trace_print(&item, &names, text, sizeof text);
        (void)snprintf(line, sizeof line, "step %llu, %s %s", (unsigned long long)item.step, actor,
                       text);
        put_field(block, count == 1 ? "faults" : "", line);
    }
    if (count > FAULTS_MAX) {
        (void)fprintf(out_of(block), "%12sand %u more\n", "", count - FAULTS_MAX);
    }
}

/* ---- the slice ---- */

static bool add_actor(uint32_t *actors, size_t *count, size_t max, uint32_t actor)
{
    size_t at = 0;
    while (at < *count && actors[at] < actor) {
        at++;
    }
    if (actor == 0 || (at < *count && actors[at] == actor)) {
        return true;
    }
    if (*count == max) {
        return false;
    }
    memmove(&actors[at + 1], &actors[at], (*count - at) * sizeof *actors);
    actors[at] = actor;
    (*count)++;
    return true;
}

static void put_slice(struct block *block)
{
    uint32_t chosen[MOMENTS_MAX];
    uint32_t actors[RH_COLUMNS_MAX + 1];
    uint32_t past = 0;
    size_t actor_count = 0;
    bool with_time = false;
    struct rh_columns columns;
    struct rh_print_names names = {rh_trace_print_name, &block->history.reader};
    uint32_t count =
        rh_history_slice(&block->history, block->step, block->actors, chosen, MOMENTS_MAX, &past);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t actor = block->history.moments[chosen[i]].actor;
        with_time = with_time || block->history.moments[chosen[i]].now != 0;
        if (actor_count <= RH_COLUMNS_MAX &&
            !add_actor(actors, &actor_count, RH_COLUMNS_MAX, actor)) {
            actor_count = RH_COLUMNS_MAX + 1; /* too many for columns */
        }
    }
    rh_columns_init(&columns, out_of(block), &names, report_width(block->report), with_time);
    rh_columns_split(&columns, actors, actor_count);
    columns.with_colour = block->report->with_colour;
    (void)fputc('\n', out_of(block));
    rh_columns_head(&columns);
    for (uint32_t i = 0; i < count; i++) {
        struct rh_trace_item item;
        rh_history_item(&block->history, chosen[i], &item);
        rh_columns_row(&columns, &item, ' ');
    }
    char note[RH_VIOLATION_TEXT_BYTES];
    (void)snprintf(note, sizeof note, "'%s' is violated",
                   block->entry->result->violation.invariant);
    rh_columns_note(&columns, block->step, note);
    (void)fprintf(out_of(block), "  %s(%lu of %lu events; %s)%s\n", block->paint->faint,
                  (unsigned long)count, (unsigned long)block->history.count,
                  count < past ? "the nearest of those that led there" : "those that led there",
                  block->paint->off);
}

/* ---- commands ---- */

static bool put_command(const struct block *block, const char *title, enum report_command which)
{
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    bool is_there = memory != NULL && report_command(memory, block->report, block->entry, which);
    if (memory != NULL && fclose(memory) == 0 && is_there) {
        (void)fprintf(out_of(block), "  %s%-9s%s %s\n", block->paint->strong, title,
                      block->paint->off, text);
    }
    free(text);
    return is_there;
}

/* A sentence, in as many lines as the width asks for. */
static void put_sentence(const struct block *block, const char *title, const char *sentence)
{
    char text[1024];
    size_t room = report_width(block->report) - 12;
    size_t begin = 0;
    (void)snprintf(text, sizeof text, "%s", sentence);
    while (strlen(text + begin) > room) {
        size_t cut = room;
        while (cut > 0 && text[begin + cut] != ' ') {
            cut--;
        }
        if (cut == 0) {
            break;
        }
        text[begin + cut] = '\n';
        begin += cut + 1;
    }
    put_field(block, title, text);
}

static void put_shrunk(const struct block *block)
{
    const struct rh_report_entry *entry = block->entry;
    if (entry->shrunk_path == NULL) {
        return;
    }
    (void)fputc('\n', out_of(block));
    put_field(block, "shrunk", entry->shrunk_path);
    put_sentence(block, "", entry->shrunk_size);
    put_sentence(block, "nearest", entry->nearest);
    (void)put_command(block, "explain", REPORT_COMMAND_EXPLAIN);
}

static void put_commands(const struct block *block)
{
    const struct rh_result *result = block->entry->result;
    bool has_trace = block->entry->trace_path != NULL && !result->is_of_no_run;
    bool has_run = result->path != NULL && result->strategy != NULL;
    if (!result->is_of_no_run && (has_trace || has_run)) {
        (void)fputc('\n', out_of(block));
    }
    (void)put_command(block, "replay", REPORT_COMMAND_REPLAY);
    (void)put_command(block, has_trace ? "or" : "run again", REPORT_COMMAND_RUN);
    (void)put_command(block, "all of it", REPORT_COMMAND_SHOW);
}

/* What has been told of another play is not told again. */
static void put_again(struct block *block)
{
    const struct rh_report_entry *entry = block->entry;
    char text[RH_VIOLATION_TEXT_BYTES];
    char number[32] = "";
    if (entry->first > 0) {
        (void)snprintf(number, sizeof number, " #%llu", (unsigned long long)entry->first + 1);
    }
    (void)snprintf(text, sizeof text, "fails in the same way as %.400s%s",
                   report_name(entry->result), number);
    put_field(block, "again", text);
    (void)put_command(block, "replay", REPORT_COMMAND_REPLAY);
    (void)fputc('\n', out_of(block));
}

/* The block that somebody else has made, who had the trace. */
static void put_ready(const struct block *block)
{
    const char *text = block->entry->block;
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        rh_trace_put_text(out_of(block), (struct rh_text){text, length});
        (void)fputc('\n', out_of(block));
        text += length + (text[length] == '\n');
    }
}

void rh_report_failure(const struct rh_report *report, const struct rh_report_entry *entry)
{
    const struct rh_result *result = entry->result;
    struct block block = {.report = report,
                          .entry = entry,
                          .paint = report_paint(report),
                          .step = result->violation.step};
    if (entry->is_again) {
        put_again(&block);
        return;
    }
    if (result->trace.size > 0 && !result->is_of_no_run) {
        block.has_history =
            rh_history_load(&block.history, NULL, result->trace.bytes, result->trace.size) == RH_OK;
    }
    if (result->trace.size == 0 && !result->is_of_no_run && entry->block != NULL) {
        put_ready(&block);
        return;
    }
    if (block.has_history && block.history.has_footer && block.history.result.has_violation) {
        memcpy(block.actors, block.history.result.actors, sizeof block.actors);
    }
    put_head(&block);
    put_field(&block, "expected", result->violation.expected);
    put_field(&block, "observed", result->violation.observed);
    if (block.has_history) {
        put_faults(&block);
        put_slice(&block);
    }
    put_shrunk(&block);
    put_commands(&block);
    (void)fputc('\n', report->out);
    rh_history_deinit(&block.history);
}
