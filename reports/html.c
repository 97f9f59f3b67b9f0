/* SPDX-License-Identifier: MIT */
/*
 * One page that opens from a disk, years later, with no network: data blocks of JSON, one a scenario and one a recorded run,
 * then the script that shows them. A browser reads a run only when somebody opens it.
 *
 * Its policy lets exactly the script and the style run that the library was built with, by their hashes: whatever a scenario
 * or a payload contains is data. In a data block a `<` is written as an escape, so nothing ends the block but its own end.
 */
#include "reports/commands.h"
#include "reports/escape.h"
#include "reports/file.h"
#include "reports/html_coverage.h"
#include "reports/html_page.h"
#include "reports/html_run.h"

#include "harness/trace/print.h"

#include <rehearse/fault.h>
#include <rehearse/version.h>

#include <stdlib.h>
#include <string.h>

#define EXACT_MAX (UINT64_C(1) << 53)

/* Of one run, and of the whole page. */
#define RUN_EVENTS_MAX UINT64_C(200000)
#define PAGE_EVENTS_MAX UINT64_C(1000000)

/* ---- JSON ---- */

static void put_text(FILE *out, const char *name, const char *text)
{
    (void)fprintf(out, ",\"%s\":", name);
    escape_script(out, text);
}

static void put_number(FILE *out, const char *name, uint64_t number)
{
    const char *quote = number > EXACT_MAX ? "\"" : "";
    (void)fprintf(out, ",\"%s\":%s%llu%s", name, quote, (unsigned long long)number, quote);
}

static void put_bool(FILE *out, const char *name, bool value)
{
    (void)fprintf(out, ",\"%s\":%s", name, value ? "true" : "false");
}

/* ---- a scenario ---- */

static void put_violation(FILE *out, const struct rh_result *result)
{
    const struct rh_violation *violation = &result->violation;
    (void)fputs(",\"violation\":{\"invariant\":", out);
    escape_script(out, violation->invariant);
    put_text(out, "expected", violation->expected);
    put_text(out, "observed", violation->observed);
    put_number(out, "step", violation->step);
    put_number(out, "line", violation->line);
    put_number(out, "column", violation->column);
    put_bool(out, "of_all_runs", result->is_of_no_run);
    (void)fputc('}', out);
}

static void put_tallies(FILE *out, const struct rh_result *result)
{
    (void)fputs(",\"faults\":[", out);
    for (uint32_t i = 0; i < result->tally_count; i++) {
        const struct rh_fault_tally *tally = &result->tallies[i];
        (void)fprintf(out, "%s{\"kind\":", i == 0 ? "" : ",");
        escape_script(out, tally->word);
        put_number(out, "line", tally->line);
        put_bool(out, "pinned", tally->is_pinned);
        put_number(out, "strikes", tally->strikes);
        put_number(out, "fired_in", tally->fired_in);
        put_number(out, "spent_in", tally->spent_in);
        (void)fputc('}', out);
    }
    (void)fputc(']', out);
}

static void put_commands(const struct rh_report_file *file, const struct rh_report_entry *entry)
{
    const struct rh_report how = {.command = file->options.command,
                                  .options = file->options.options};
    const char *between = "";
    (void)fputs(",\"commands\":[", file->out);
    for (unsigned i = 0; i < REPORT_COMMAND_COUNT; i++) {
        char *text = NULL;
        size_t size = 0;
        FILE *memory = open_memstream(&text, &size);
        bool is_there =
            memory != NULL && report_command(memory, &how, entry, (enum report_command)i);
        if (memory != NULL && fclose(memory) == 0 && is_there) {
            (void)fprintf(file->out, "%s{\"purpose\":\"%s\"", between,
                          report_command_purpose((enum report_command)i));
            put_text(file->out, "text", text);
            (void)fputc('}', file->out);
            between = ",";
        }
        free(text);
    }
    (void)fputc(']', file->out);
}

static void put_shrunk(FILE *out, const struct rh_report_entry *entry)
{
    if (entry->shrunk_path != NULL) {
        put_text(out, "shrunk", entry->shrunk_path);
        put_text(out, "shrunk_size", entry->shrunk_size != NULL ? entry->shrunk_size : "");
        put_text(out, "nearest", entry->nearest != NULL ? entry->nearest : "");
    }
}

static void put_result(const struct rh_report_file *file, const struct rh_report_entry *entry)
{
    FILE *out = file->out;
    const struct rh_result *result = entry->result;
    put_text(out, "strategy", result->strategy != NULL ? result->strategy : "");
    (void)fprintf(out, ",\"seed\":\"0x%llx\"", (unsigned long long)result->seed);
    put_number(out, "runs", result->runs);
    put_number(out, "events", result->events);
    put_number(out, "outcomes", result->outcomes);
    put_bool(out, "more_outcomes", result->has_more_outcomes);
    put_number(out, "classes", result->classes);
    put_number(out, "blocked", result->blocked);
    put_bool(out, "complete", result->complete);
    put_number(out, "faults_armed", result->faults.armed);
    put_number(out, "faults_fired", result->faults.fired);
    put_number(out, "faults_spent", result->faults.spent);
    put_number(out, "fault_budget", result->fault_budget);
    (void)fprintf(out, ",\"digest\":\"%016llx%016llx\"", (unsigned long long)result->digest[0],
                  (unsigned long long)result->digest[1]);
    if (!file->options.without_times) {
        (void)fputs(",\"seconds\":", out);
        report_seconds(out, entry->elapsed);
    }
    put_tallies(out, result);
    if (result->has_violation) {
        put_violation(out, result);
        put_commands(file, entry);
        put_shrunk(out, entry);
    }
}

/* A run that has no room left on the page is not there, and `trace show` still tells it. */
static void put_run(struct rh_report_file *file, const char *role, struct rh_report_trace trace)
{
    uint64_t left = PAGE_EVENTS_MAX - file->html.events;
    struct html_run run = {.scenario = file->html.scenarios,
                           .role = role,
                           .room = left < RUN_EVENTS_MAX ? left : RUN_EVENTS_MAX};
    bool no_memory = false;
    file->html.events += html_run_put(file->out, &run, trace, &no_memory);
    file->is_out_of_memory = file->is_out_of_memory || no_memory;
}

static void put_runs(struct rh_report_file *file, const struct rh_report_entry *entry)
{
    const struct rh_result *result = entry->result;
    const struct rh_report_trace trace = {result->trace.bytes, result->trace.size};
    if (!result->is_of_no_run && !entry->is_again) {
        put_run(file, result->has_violation ? "failing" : "last", trace);
        put_run(file, "smallest", entry->shrunk_trace);
        put_run(file, "nearest", entry->nearest_trace);
    }
}

static void add_coverage(struct rh_report_file *file, const struct rh_coverage *coverage)
{
    file->is_out_of_memory =
        rh_coverage_merge(&file->html.coverage, coverage) != RH_OK || file->is_out_of_memory;
}

static void each(struct rh_report_file *file, const struct report_case *one)
{
    FILE *out = file->out;
    (void)fprintf(out, "<script type=\"application/json\" class=\"scenario\">\n{\"number\":%lu",
                  (unsigned long)file->html.scenarios);
    put_text(out, "path", one->path);
    put_number(out, "before", one->number);
    put_text(out, "title", one->title);
    put_text(out, "tally", one->tally);
    put_text(out, "verdict", one->verdict);
    put_text(out, "details", one->details);
    if (one->entry != NULL) {
        put_result(file, one->entry);
    }
    if (*one->block != '\0') {
        put_text(out, "block", one->block);
    }
    if (one->trace != NULL) {
        put_text(out, "trace", one->trace);
    }
    (void)fputs("}\n</script>\n", out);
    if (one->entry != NULL) {
        put_runs(file, one->entry);
        add_coverage(file, &one->entry->result->coverage);
    }
    file->html.scenarios++;
}

/* ---- the page ---- */

static void begin(struct rh_report_file *file)
{
    (void)fprintf(file->out,
                  "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                  "script-src '%s'; style-src '%s'; img-src data:; base-uri 'none'; "
                  "form-action 'none'\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                  "<meta name=\"color-scheme\" content=\"light dark\">\n"
                  "<title>Rehearse</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>",
                  html_script_hash, html_style_hash);
    (void)fwrite(html_style, 1, html_style_size, file->out);
    (void)fputs("</style>\n</head>\n<body>\n<noscript>This report is shown by a script, which is "
                "part of this file: please allow it to run.</noscript>\n",
                file->out);
}

#define PUT_WORD(word)                                                                             \
    (void)fputs(between, out);                                                                     \
    escape_script(out, word);                                                                      \
    between = ",";

#define PUT_FAULT(word, family, may, promised)                                                     \
    (void)fprintf(out, "%s[\"%s\",\"%s\",\"%s\",\"%s\"]", between, word, family, may, promised);   \
    between = ",\n";

/* The tables that columns of numbers refer to, and what the words mean. */
static void put_tables(FILE *out)
{
    const char *between = "";
    (void)fputs(",\n\"kinds\":[", out);
#define X(identifier, word, signal, sentence) PUT_WORD(word)
    RH_EVENT_MAP(X)
#undef X
    between = "";
    (void)fputs("],\n\"signals\":[", out);
#define X(identifier, word, sentence) PUT_WORD(word)
    RH_SIGNAL_MAP(X)
#undef X
    between = "";
    (void)fputs("],\n\"whys\":[", out);
#define X(identifier, word, sentence) PUT_WORD(word)
    RH_WHY_MAP(X)
#undef X
    between = "";
    (void)fputs("],\n\"verdicts\":{", out);
#define X(identifier, word, tally, sentence) PUT_WORD(word)(void) fputs(":\"" sentence "\"", out);
    RH_VERDICT_MAP(X)
#undef X
    between = "";
    (void)fputs("},\n\"catalogue\":[", out);
#define X(identifier, word, family, may, may_never, promised)                                      \
    PUT_FAULT(word, #family, may, promised)
    RH_FAULT_MAP(X)
#undef X
    (void)fputs("]", out);
}

static void end(struct rh_report_file *file)
{
    FILE *out = file->out;
    (void)fputs("<script type=\"application/json\" id=\"report\">\n{\"version\":", out);
    escape_script(out, rh_version());
    put_text(out, "options", file->options.options != NULL ? file->options.options : "");
    put_number(out, "passed", file->passed);
    put_number(out, "failed", file->failed);
    put_number(out, "skipped", file->skipped);
    if (!file->options.without_times) {
        (void)fputs(",\"seconds\":", out);
        report_seconds(out, file->elapsed);
    }
    put_tables(out);
    (void)fputs(",\n\"coverage\":", out);
    html_coverage_put(out, &file->html.coverage);
    put_bool(out, "coverage_is_partial",
             file->html.coverage.is_partial || file->html.coverage.is_cut);
    rh_coverage_deinit(&file->html.coverage);
    (void)fputs("}\n</script>\n<script>", out);
    (void)fwrite(html_script, 1, html_script_size, out);
    (void)fputs("</script>\n</body>\n</html>\n", out);
}

const struct report_format_functions report_html = {.begin = begin, .each = each, .end = end};
