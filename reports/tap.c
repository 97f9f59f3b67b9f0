/* SPDX-License-Identifier: MIT */
/* TAP 13, which prove takes; the plan stands at the end, where its number is known. What failed explains itself in a YAML
 * block, whose strings are JSON's. */
#include "reports/escape.h"
#include "reports/file.h"

#include <string.h>

static void begin(struct rh_report_file *file)
{
    (void)fputs("TAP version 13\n", file->out);
}

static void put_field(FILE *out, const char *name, const char *text)
{
    (void)fprintf(out, "  %s: ", name);
    escape_json(out, text);
    (void)fputc('\n', out);
}

static void put_block(const struct rh_report_file *file, const struct report_case *one)
{
    FILE *out = file->out;
    const struct rh_result *result = one->entry == NULL ? NULL : one->entry->result;
    (void)fputs("  ---\n", out);
    put_field(out, "message", one->details);
    put_field(out, "severity", "fail");
    put_field(out, "verdict", one->verdict);
    if (result != NULL && result->has_violation) {
        put_field(out, "invariant", result->violation.invariant);
        put_field(out, "expected", result->violation.expected);
        put_field(out, "observed", result->violation.observed);
        (void)fprintf(out, "  seed: %llu\n", (unsigned long long)result->seed);
        (void)fputs("  at:\n    file: ", out);
        escape_json(out, one->path);
        (void)fprintf(out, "\n    line: %lu\n    column: %lu\n",
                      (unsigned long)result->violation.line,
                      (unsigned long)result->violation.column);
    }
    if (*one->block != '\0') {
        put_field(out, "explanation", one->block);
    }
    if (one->trace != NULL) {
        put_field(out, "trace", one->trace);
    }
    (void)fputs("  ...\n", out);
}

static void each(struct rh_report_file *file, const struct report_case *one)
{
    bool failed = strcmp(one->tally, "failed") == 0;
    unsigned long long number = file->passed + file->failed + file->skipped;
    (void)fprintf(file->out, "%sok %llu - ", failed ? "not " : "", number);
    escape_tap(file->out, one->path);
    if (strcmp(one->tally, "skipped") == 0) {
        (void)fputs(" # SKIP ", file->out);
        escape_tap(file->out, one->details);
    }
    (void)fputc('\n', file->out);
    if (failed) {
        put_block(file, one);
    }
}

static void end(struct rh_report_file *file)
{
    (void)fprintf(file->out, "1..%llu\n",
                  (unsigned long long)(file->passed + file->failed + file->skipped));
}

const struct report_format_functions report_tap = {.begin = begin, .each = each, .end = end};
