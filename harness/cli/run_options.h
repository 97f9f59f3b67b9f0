/* SPDX-License-Identifier: MIT */
/** @file
 *  What the options of `run` ask for, and whether it can be had. Private to run.c. */
#ifndef HARNESS_CLI_RUN_OPTIONS_H
#define HARNESS_CLI_RUN_OPTIONS_H

#include "harness/cli/play.h"

/** Read what all plays share. False: a complaint was written. */
bool cli_run_options_read(const struct cli *cli, struct cli_playing *all);
/** Return whether these files can be played so; if not, a complaint was written. */
bool cli_run_options_suit(const struct cli *cli, const struct cli_files *files);

#endif
