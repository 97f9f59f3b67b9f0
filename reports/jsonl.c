/* SPDX-License-Identifier: MIT */
/* JSON Lines: an object a scenario, then one with the sums. Numbers beyond 2^53 are strings, or readers would round them. */
#include "reports/escape.h"
#include "reports/file.h"
#include "reports/fingerprint.h"

#include <string.h>

#define EXACT_MAX (UINT64_C(1) << 53)

static void put_text(FILE *out, const char *name, const char *text)
{
    (void)fprintf(out, ",\"%s\":", name);
    escape_json(out, text);
}

static void put_number(FILE *out, const char *name, uint64_t number)
{
    const char *quote = number > EXACT_MAX ? "\"" : "";
    (void)fprintf(out, ",\"%s\":%s%llu%s", name, quote, (unsigned long long)number, quote);
}

/* Two failures are the same one if their fingerprints are equal, in any file of any machine. */
static void put_violation(FILE *out, const struct rh_report_entry *entry)
{
    const struct rh_violation *violation = &entry->result->violation;
    struct report_fingerprint fingerprint;
    report_fingerprint(entry, &fingerprint);
    (void)fputs(",\"violation\":{\"invariant\":", out);
    escape_json(out, violation->invariant);
    put_text(out, "expected", violation->expected);
    put_text(out, "observed", violation->observed);
    put_number(out, "line", violation->line);
    put_number(out, "column", violation->column);
    put_text(out, "failure", fingerprint.words);
    put_text(out, "fingerprint", fingerprint.key);
    (void)fputc('}', out);
}

static void put_result(const struct rh_report_file *file, const struct report_case *one)
{
    FILE *out = file->out;
    const struct rh_result *result = one->entry->result;
    put_text(out, "strategy", result->strategy != NULL ? result->strategy : "");
    put_number(out, "seed", result->seed);
    put_number(out, "runs", result->runs);
    put_number(out, "events", result->events);
    put_number(out, "outcomes", result->outcomes);
    put_number(out, "classes", result->classes);
    put_number(out, "blocked", result->blocked);
    (void)fprintf(out, ",\"complete\":%s", result->complete ? "true" : "false");
    put_number(out, "faults_armed", result->faults.armed);
    put_number(out, "faults_fired", result->faults.fired);
    put_number(out, "faults_spent", result->faults.spent);
    (void)fprintf(out, ",\"digest\":\"%016llx%016llx\"", (unsigned long long)result->digest[0],
                  (unsigned long long)result->digest[1]);
    if (!file->options.without_times) {
        (void)fputs(",\"seconds\":", out);
        report_seconds(out, one->entry->elapsed);
    }
    if (result->has_violation) {
        put_violation(out, one->entry);
    }
}

static void begin(struct rh_report_file *file)
{
    (void)file;
}

static void each(struct rh_report_file *file, const struct report_case *one)
{
    (void)fputs("{\"path\":", file->out);
    escape_json(file->out, one->path);
    put_text(file->out, "title", one->title);
    put_text(file->out, "tally", one->tally);
    put_text(file->out, "verdict", one->verdict);
    put_text(file->out, "details", one->details);
    if (one->entry != NULL) {
        put_result(file, one);
    }
    if (one->entry != NULL && one->entry->is_again) {
        put_number(file->out, "same_as", one->entry->first);
    }
    if (*one->block != '\0') {
        put_text(file->out, "explanation", one->block);
    }
    if (one->trace != NULL) {
        put_text(file->out, "trace", one->trace);
    }
    (void)fputs("}\n", file->out);
}

static void end(struct rh_report_file *file)
{
    (void)fprintf(file->out,
                  "{\"summary\":true,\"passed\":%llu,\"failed\":%llu,\"skipped\":%llu}\n",
                  (unsigned long long)file->passed, (unsigned long long)file->failed,
                  (unsigned long long)file->skipped);
}

const struct report_format_functions report_jsonl = {.begin = begin, .each = each, .end = end};
