/* SPDX-License-Identifier: MIT */
/* One line a scenario that begins with PASS, FAIL or SKIP, so that grep and the eye find the same; what was covered stands
 * next to it, because "passed" alone says nothing about how much was tried. */
#include "reports/internal.h"

#include "harness/trace/print.h"

#include <stdlib.h>
#include <string.h>

static const struct report_paint plain = {"", "", "", "", ""};
static const struct report_paint coloured = {"\x1b[1m", "\x1b[32m", "\x1b[1;31m", "\x1b[2m",
                                             "\x1b[0m"};

#define WIDTH_DEFAULT 100U
#define DOTS ".."
#define BESIDES 8U /* "PASS  ", and two spaces behind a name */

const struct report_paint *report_paint(const struct rh_report *report)
{
    return report->with_colour ? &coloured : &plain;
}

unsigned report_width(const struct rh_report *report)
{
    return report->width == 0 ? WIDTH_DEFAULT : report->width;
}

void report_text(FILE *out, const char *text)
{
    if (text != NULL) {
        rh_trace_put_text(out, (struct rh_text){text, strlen(text)});
    }
}

size_t report_characters(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++) {
        count += ((unsigned char)*text & 0xC0U) != 0x80;
    }
    return count;
}

void rh_report_quoted(FILE *out, const char *word)
{
    static const char safe[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=@%+,-";
    if (*word != '\0' && word[strspn(word, safe)] == '\0') {
        (void)fputs(word, out);
        return;
    }
    bool is_tame = true;
    for (const char *at = word; *at != '\0'; at++) {
        is_tame = is_tame && (unsigned char)*at >= 0x20 && *at != 0x7F;
    }
    (void)fputs(is_tame ? "'" : "$'", out);
    for (; *word != '\0'; word++) {
        unsigned char byte = (unsigned char)*word;
        if (byte < 0x20 || byte == 0x7F) {
            (void)fprintf(out, "\\%03o", byte);
        } else if (byte == '\'') {
            (void)fputs(is_tame ? "'\\''" : "\\'", out);
        } else {
            (void)fprintf(out, "%s%c", byte == '\\' && !is_tame ? "\\" : "", byte);
        }
    }
    (void)fputc('\'', out);
}

/* "24 runs" */
static void put_count(FILE *out, uint64_t count, const char *one, const char *many)
{
    (void)fprintf(out, ", %llu %s", (unsigned long long)count, count == 1 ? one : many);
}

void report_details(FILE *out, const struct rh_result *result)
{
    (void)fputs(rh_verdict_word(result->verdict), out);
    if (result->verdict == RH_VERDICT_SKIPPED || result->verdict == RH_VERDICT_ERROR) {
        (void)fputs(": ", out);
        report_text(out, result->why);
        return;
    }
    put_count(out, result->runs, "run", "runs");
    if (result->outcomes > 0) {
        put_count(out, result->outcomes, "outcome",
                  result->has_more_outcomes ? "outcomes and more" : "outcomes");
    }
    if (result->faults.armed > 0) {
        (void)fprintf(out, ", %llu of %llu faults fired", (unsigned long long)result->faults.fired,
                      (unsigned long long)result->faults.armed);
    }
    if (result->verdict == RH_VERDICT_FAILED) {
        (void)fprintf(out, ", seed 0x%llx", (unsigned long long)result->seed);
    } else if (result->why[0] != '\0') {
        (void)fputs(": ", out);
        report_text(out, result->why);
    }
}

static void put_elapsed(FILE *out, rh_duration elapsed)
{
    char text[40];
    rh_duration rounded = elapsed < RH_MILLISECOND ? elapsed / RH_MICROSECOND * RH_MICROSECOND
                                                   : elapsed / RH_MILLISECOND * RH_MILLISECOND;
    rh_trace_print_time(rounded, text, sizeof text);
    (void)fprintf(out, ", %s", text);
}

const char *report_name(const struct rh_result *result)
{
    return result->path != NULL ? result->path : result->title != NULL ? result->title : "-";
}

/* The word, and the name filled up to its column. Of one that has more characters than `room` the end is shown: it tells more
 * than its folders. */
static void put_begin(const struct rh_report *report, const char *colour, const char *word,
                      const char *name, size_t room)
{
    size_t width = report->path_width < room ? report->path_width : room;
    size_t took = report_characters(name);
    (void)fprintf(report->out, "%s%s%s  ", colour, word, report_paint(report)->off);
    if (took > room) {
        (void)fputs(DOTS, report->out);
        for (; took > room - strlen(DOTS); took--) {
            do {
                name++;
            } while (((unsigned char)*name & 0xC0U) == 0x80);
        }
        took += strlen(DOTS);
    }
    report_text(report->out, name);
    (void)fprintf(report->out, "%*s  ", took < width ? (int)(width - took) : 0, "");
}

/* How many characters of a name there is room for, in front of so many others: half of the line in any case. */
static size_t name_room(const struct rh_report *report, size_t others)
{
    size_t width = report_width(report);
    if (!report->fits_width) {
        return SIZE_MAX;
    }
    size_t half = (width - BESIDES) / 2;
    return width > others + half + BESIDES ? width - others - BESIDES : half;
}

static void put_times(FILE *out, const char *before, uint64_t count, const char *what)
{
    (void)fprintf(out, "%s %llu %s%s", before, (unsigned long long)count, what,
                  count == 1 ? "" : "s");
}

/* What each fault has done: whether it was there to strike is nothing that a sum tells. */
static void put_faults(FILE *out, const struct rh_result *result, bool is_drawn)
{
    for (uint32_t i = 0; i < result->tally_count; i++) {
        const struct rh_fault_tally *tally = &result->tallies[i];
        if (is_drawn) { /* its lines are in no file */
            (void)fprintf(out, "\n      fault %u, ", (unsigned)i + 1);
        } else {
            (void)fprintf(out, "\n      line %u, ", (unsigned)tally->line);
        }
        report_text(out, tally->word);
        (void)fputs(tally->is_pinned ? ": " : " at any moment: ", out);
        if (tally->strikes == 0) {
            (void)fputs("never struck", out);
            continue;
        }
        put_times(out, "struck", tally->strikes, "time");
        put_times(out, " in", tally->fired_in, "run");
        if (tally->spent_in > 0) {
            put_times(out, ", spent in", tally->spent_in, "run");
        }
    }
    if (result->fault_budget > 0) {
        (void)fprintf(out, "\n      at most %llu of them in a run",
                      (unsigned long long)result->fault_budget);
    }
}

/* Orders that were tried and are no runs. */
static void put_orders(FILE *out, const struct rh_result *result)
{
    if (result->blocked > 0) {
        (void)fprintf(out, "\n      %llu %s begun that others cover",
                      (unsigned long long)result->blocked,
                      result->blocked == 1 ? "order" : "orders");
    }
}

/* Details, of what has passed only as many as there is room for: what has not is told in full. */
static void put_details(const struct rh_report *report, const char *details, size_t room,
                        bool has_passed)
{
    size_t took = report_characters(details);
    if (!report->fits_width || !has_passed || took <= room) {
        (void)fputs(details, report->out);
        return;
    }
    for (size_t shown = 0; shown + strlen(DOTS) < room; shown++) {
        do {
            (void)fputc(*details++, report->out);
        } while (((unsigned char)*details & 0xC0U) == 0x80);
    }
    (void)fputs(DOTS, report->out);
}

static void put_line(const struct rh_report *report, const struct rh_report_entry *entry,
                     const char *word, const char *colour)
{
    const struct rh_result *result = entry->result;
    const struct report_paint *paint = report_paint(report);
    char *details = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&details, &size);
    if (out != NULL) {
        report_details(out, result);
        if (entry->plan != NULL) {
            (void)fputs(", plan ", out);
            report_plan(out, entry->plan);
        }
        if (report->is_verbose && entry->elapsed > 0 && result->verdict != RH_VERDICT_SKIPPED) {
            put_elapsed(out, entry->elapsed);
        }
    }
    if (out == NULL || fclose(out) != 0) {
        free(details);
        details = NULL;
    }
    const char *shown = details == NULL ? "out of memory" : details;
    size_t room = name_room(report, report_characters(shown));
    size_t width = report_width(report) - BESIDES;
    size_t name = report->path_width < room ? report->path_width : room;
    put_begin(report, colour, word, report_name(result), room);
    put_details(report, shown, width > name ? width - name : 0,
                strcmp(rh_verdict_tally(result->verdict), "passed") == 0);
    free(details);
    if (report->is_verbose && result->title != NULL && result->path != NULL) {
        (void)fprintf(report->out, "\n      %s", paint->faint);
        report_text(report->out, result->title);
        (void)fputs(paint->off, report->out);
    }
    if (report->is_verbose) {
        put_faults(report->out, result, entry->plan != NULL);
        put_orders(report->out, result);
    }
    (void)fputc('\n', report->out);
}

void rh_report_result(struct rh_report *report, const struct rh_report_entry *entry)
{
    const char *tally = rh_verdict_tally(entry->result->verdict);
    const struct report_paint *paint = report_paint(report);
    const bool has_block = strcmp(tally, "failed") == 0 && entry->result->has_violation;
    report->is_after_block = has_block || (report->is_after_block && report->is_quiet);
    if (strcmp(tally, "failed") == 0) {
        report->failed++;
        report_failures_add(report->failures, entry);
        put_line(report, entry, "FAIL", paint->bad);
        if (has_block) {
            rh_report_failure(report, entry);
        }
        return;
    }
    bool passed = strcmp(tally, "passed") == 0;
    report->passed += passed;
    report->skipped += !passed;
    if (!report->is_quiet) {
        put_line(report, entry, passed ? "PASS" : "SKIP", passed ? paint->good : paint->faint);
    }
}

void rh_report_bad_file(struct rh_report *report, const char *path, const char *diagnostics)
{
    report->failed++;
    report->is_after_block = false;
    report_failures_add_bad(report->failures, path, "not a scenario");
    put_begin(report, report_paint(report)->bad, "FAIL", path, SIZE_MAX);
    (void)fprintf(report->out, "not a scenario\n%s", diagnostics);
}

void rh_report_summary(const struct rh_report *report)
{
    const struct report_paint *paint = report_paint(report);
    const char *colour = report->failed > 0 ? paint->bad : paint->good;
    if (report->passed + report->failed + report->skipped > 1) {
        report_failures_write(report);
    }
    (void)fprintf(report->out, "%s%llu passed, %llu failed, %llu skipped%s\n", colour,
                  (unsigned long long)report->passed, (unsigned long long)report->failed,
                  (unsigned long long)report->skipped, paint->off);
}
