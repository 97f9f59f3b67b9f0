/* SPDX-License-Identifier: MIT */
/** @file
 *  The lines that beam_conformance prints, and the tally that they add up to. */
#ifndef HARNESS_CONFORMANCE_REPORT_H
#define HARNESS_CONFORMANCE_REPORT_H

#include "harness/conformance/explore.h"

#include <stdio.h>

struct rh_beam_report {
    FILE *out;
    FILE *errors;
    bool verbose;
    uint64_t passed;
    uint64_t failed;
    uint64_t skipped;
    uint64_t bad_lines;
    struct rh_beam_arena arena;
    struct rh_beam_text skips; /**< the list of skips, printed at the end */
};

void rh_beam_report_init(struct rh_beam_report *report, FILE *out, FILE *errors, bool verbose);
void rh_beam_report_deinit(struct rh_beam_report *report);
/** A line of the input that cannot be read: `file:line:column: error: text`. It counts as failed. */
void rh_beam_report_flaw(struct rh_beam_report *report, const struct rh_beam_flaw *flaw);
void rh_beam_report_skip(struct rh_beam_report *report, const char *id, const char *why);
void rh_beam_report_pass(struct rh_beam_report *report, const char *id,
                         const struct rh_beam_findings *findings);
/** One line: what was expected, what was observed (both may be long, neither holds a newline). */
void rh_beam_report_fail(struct rh_beam_report *report, const char *id,
                         const struct rh_beam_findings *findings, const char *what,
                         const char *expected, const char *observed);
/** Print skips and tally; return the exit code: 0, 1, 2 after bad input, 4 when there was nothing to play. */
int rh_beam_report_end(struct rh_beam_report *report);

#endif
