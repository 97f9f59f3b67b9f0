/* SPDX-License-Identifier: MIT */
/** @file
 *  Telling results, to people and to report files, and what they add up to: of scenarios that were played here, or elsewhere.
 *
 *      init -> open -> (result | bad | nothing)* -> close */
#ifndef HARNESS_CLI_TELL_H
#define HARNESS_CLI_TELL_H

#include "harness/cli/reports.h"

struct cli_teller {
    struct cli *cli;
    struct rh_report report;
    struct rh_report_failures failures;
    struct cli_reports reports;
    bool without_times;
    size_t played;
    bool has_bad_file;
    bool has_internal;
    bool has_divergence;
    bool has_violation;
    bool has_unknown;
    bool is_incomplete; /**< something is missing that another machine was to play */
};

/** Prepare for a selection. */
void cli_teller_init(struct cli_teller *teller, struct cli *cli, const struct rh_results_run *run);
/** Open the reports that are wanted. False: a complaint was written; to be closed all the same. `merged` as that of
 *  cli_reports_open. */
bool cli_teller_open(struct cli_teller *teller, const struct rh_results_run *run,
                     const struct rh_results *merged);
/** Tell what came of a play of the selection. */
void cli_tell_result(struct cli_teller *teller, size_t play, const struct rh_report_entry *entry);
/** `shown` is for the terminal, with its colours; NULL: as the others. */
void cli_tell_bad(struct cli_teller *teller, size_t play, const struct rh_results_play *what,
                  const char *diagnostics, const char *shown);
void cli_tell_nothing(struct cli_teller *teller, size_t play);
/** Write the reports and the last lines; returns the code of the whole, signals aside: that of the worst. */
int cli_teller_close(struct cli_teller *teller);

#endif
