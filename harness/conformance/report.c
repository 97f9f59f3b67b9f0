/* SPDX-License-Identifier: MIT */
/* A line for each failure, a line for each thing that was only sampled, the skips by name, and the tally last. */
#include "harness/conformance/report.h"

#include <inttypes.h>

void rh_beam_report_init(struct rh_beam_report *report, FILE *out, FILE *errors, bool verbose)
{
    *report = (struct rh_beam_report){.out = out, .errors = errors, .verbose = verbose};
    report->skips.arena = &report->arena;
}

void rh_beam_report_deinit(struct rh_beam_report *report)
{
    rh_beam_arena_deinit(&report->arena);
}

void rh_beam_report_flaw(struct rh_beam_report *report, const struct rh_beam_flaw *flaw)
{
    fflush(report->out);
    fprintf(report->errors, "%s:%u:%u: error: %s\n", flaw->file, flaw->line, flaw->column,
            flaw->text);
    fflush(report->errors);
    report->failed++;
    report->bad_lines++;
}

void rh_beam_report_skip(struct rh_beam_report *report, const char *id, const char *why)
{
    const char *line = rh_beam_join(&report->arena, "skipped ", id, ": ", why, "\n", (char *)NULL);
    rh_beam_put_word(&report->skips, line);
    report->skipped++;
}

static void print_extent(const struct rh_beam_report *report,
                         const struct rh_beam_findings *findings)
{
    const char *one = findings->runs == 1 ? "" : "s";
    if (findings->complete) {
        fprintf(report->out, "%" PRIu64 " order%s", findings->runs, one);
    } else {
        fprintf(report->out, "sampled, %" PRIu64 " run%s", findings->runs, one);
    }
}

void rh_beam_report_pass(struct rh_beam_report *report, const char *id,
                         const struct rh_beam_findings *findings)
{
    report->passed++;
    if (report->verbose || !findings->complete) {
        fprintf(report->out, "ok %s (", id);
        print_extent(report, findings);
        fprintf(report->out, ", %zu outcome%s)\n", findings->count,
                findings->count == 1 ? "" : "s");
    }
}

void rh_beam_report_fail(struct rh_beam_report *report, const char *id,
                         const struct rh_beam_findings *findings, const char *what,
                         const char *expected, const char *observed)
{
    report->failed++;
    fprintf(report->out, "FAIL %s (", id);
    print_extent(report, findings);
    fprintf(report->out, "): %s: expected %s observed %s\n", what, expected, observed);
}

int rh_beam_report_end(struct rh_beam_report *report)
{
    fputs(rh_beam_text_end(&report->skips), report->out);
    fprintf(report->out, "%" PRIu64 " passed, %" PRIu64 " failed, %" PRIu64 " skipped\n",
            report->passed, report->failed, report->skipped);
    fflush(report->out);
    if (report->bad_lines > 0) {
        return 2;
    }
    if (report->failed > 0) {
        return 1;
    }
    return report->passed + report->skipped == 0 ? 4 : 0;
}
