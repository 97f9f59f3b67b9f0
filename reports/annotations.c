/* SPDX-License-Identifier: MIT */
/* Commands in the log of a job that make GitHub mark lines. It shows ten of them a step: the first nine failures that are
 * others, and how many more there are. */
#include "reports/escape.h"
#include "reports/file.h"

#include <string.h>

#define SHOWN_MAX 9U

static void begin(struct rh_report_file *file)
{
    (void)file;
}

static void each(struct rh_report_file *file, const struct report_case *one)
{
    bool is_again = one->entry != NULL && one->entry->is_again;
    if (strcmp(one->tally, "failed") != 0 || is_again || file->failed - file->again > SHOWN_MAX) {
        return;
    }
    const struct rh_result *result = one->entry == NULL ? NULL : one->entry->result;
    bool has_violation = result != NULL && result->has_violation;
    (void)fputs("::error file=", file->out);
    escape_command(file->out, one->path, true);
    if (has_violation && result->violation.line != 0) {
        (void)fprintf(file->out, ",line=%lu,col=%lu", (unsigned long)result->violation.line,
                      (unsigned long)result->violation.column);
    }
    (void)fputs(",title=", file->out);
    escape_command(file->out, has_violation ? result->violation.invariant : one->verdict, true);
    (void)fputs("::", file->out);
    escape_command(file->out, *one->block != '\0' ? one->block : one->details, false);
    (void)fputc('\n', file->out);
}

static void end(struct rh_report_file *file)
{
    uint64_t told = file->failed - file->again;
    uint64_t left = file->failed - (told < SHOWN_MAX ? told : SHOWN_MAX);
    if (told > SHOWN_MAX || left > 0) {
        (void)fprintf(file->out, "::error::and %llu more scenarios failed\n",
                      (unsigned long long)left);
    }
}

const struct report_format_functions report_annotations = {
    .begin = begin, .each = each, .end = end};
