/* SPDX-License-Identifier: MIT */
/** @file
 *  What `run` and the commands about failures share. */
#ifndef HARNESS_CLI_SHRINK_H
#define HARNESS_CLI_SHRINK_H

#include "harness/cli/cli.h"

/** What the block of a failure says of what was shrunk, and what is written of it. */
struct cli_shrunk_texts {
    char path[CLI_PATH_BYTES]; /**< of the scenario */
    char *text;                /**< the scenario */
    char size[160];
    char nearest[640];
    struct rh_bytes_owned trace; /**< of its run, or of that which stands beside the nearest */
    struct rh_bytes_owned nearest_trace; /**< size 0: there is none */
    struct rh_bytes_owned replay_trace;  /**< of the scenario; size 0: it is `trace` */
};

/** Shrink what failed in a run and write it next to its trace. False: it is not wanted, or not to be had. */
bool cli_shrink_result(const struct cli *cli, const struct rh_result *result, const char *trace,
                       struct cli_shrunk_texts *ret_texts);
/** Free the traces; accepts what a failed call has left, and a zeroed one. */
void cli_shrunk_texts_deinit(struct cli_shrunk_texts *texts);

/** Write what came with a failure, shrunk, next to where its trace is now. False: there is nothing, or a complaint was
 *  written. */
bool cli_write_shrunk_entry(const struct cli *cli, const struct rh_report_entry *entry,
                            const char *trace, char *path, size_t capacity);

#endif
