/* SPDX-License-Identifier: MIT */
/** @file
 *  The report files of `run`: those that --report asks for, and what GitHub wants where it says that it is there. */
#ifndef HARNESS_CLI_REPORTS_H
#define HARNESS_CLI_REPORTS_H

#include "harness/cli/cli.h"

#include <rehearse/report_file.h>

struct cli_reports {
    struct cli *cli;
    struct {
        struct rh_report_file *file;
        FILE *out;
        const char *path; /**< where it goes; NULL: stdout, or behind what is there already */
        char *part;       /**< where it is written until it is whole */
    } reports[CLI_REPEATED_MAX + 2];
    size_t count;
};

/** Open all of them. False: a complaint was written; to be closed all the same. `options` is as that of struct rh_report. */
bool cli_reports_open(struct cli *cli, const char *options, struct cli_reports *reports);
void cli_reports_result(struct cli_reports *reports, const struct rh_report_entry *entry);
void cli_reports_bad_file(struct cli_reports *reports, const char *path, const char *diagnostics);
/** Write what is left; a file appears under its name when it is whole. False: a complaint was written. */
bool cli_reports_close(struct cli_reports *reports);

#endif
