/* SPDX-License-Identifier: MIT */
/** @file
 *  The report files of `run`: those that --report asks for, and what GitHub and Bazel want where they say that they are
 *  there. */
#ifndef HARNESS_CLI_REPORTS_H
#define HARNESS_CLI_REPORTS_H

#include "harness/cli/output.h"

#include <rehearse/report_file.h>

struct cli_reports {
    struct cli *cli;
    const struct rh_results_run *run;
    const struct rh_results *merged;
    struct {
        struct rh_report_file *file;
        FILE *out;
        const char *path; /**< where it goes; NULL: stdout, or behind what is there already */
        struct cli_output output; /**< of what appears when it is whole */
    } reports[CLI_REPEATED_MAX + 3];
    size_t count;
    bool with_coverage; /**< some report wants the coverage of results */
};

/** Open all of them. False: a complaint was written; to be closed all the same. `run` is borrowed until close. Where results
 *  were merged they are written at once; `merged` NULL: they come one by one. */
bool cli_reports_open(struct cli *cli, const struct rh_results_run *run,
                      const struct rh_results *merged, struct cli_reports *reports);
/** What came of a play of the run. */
void cli_reports_result(struct cli_reports *reports, size_t play,
                        const struct rh_report_entry *entry);
void cli_reports_bad(struct cli_reports *reports, size_t play, const struct rh_results_play *what,
                     const char *diagnostics);
void cli_reports_nothing(struct cli_reports *reports, size_t play);
/** Write what is left, and where it is; a file appears under its name when it is whole. False: a complaint was written. */
bool cli_reports_close(struct cli_reports *reports);

/** Write what was merged as a result file. False: a complaint was written. */
bool cli_write_merged(const struct cli *cli, const struct rh_results *merged, const char *path);

#endif
