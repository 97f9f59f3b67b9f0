/* SPDX-License-Identifier: MIT */
/** @file
 *  What a command plays: every file with each of its plans, and which of them are this machine's. */
#ifndef HARNESS_CLI_SELECTION_H
#define HARNESS_CLI_SELECTION_H

#include "harness/cli/cli.h"

#include <rehearse/results.h>

/** One part of as many as there are machines: every so many plays, so that what is next to each other is shared out. */
struct cli_shard {
    bool is_wanted;
    uint32_t index; /**< from 0 */
    uint32_t count; /**< 1: everything */
};

/** Read --shard. False: a complaint was written. */
bool cli_shard_read(const struct cli *cli, struct cli_shard *ret_shard);
static inline bool cli_shard_has(const struct cli_shard *shard, size_t play)
{
    return play % shard->count == shard->index;
}

struct cli_selection {
    struct rh_results_play *plays; /**< of all shards; paths are those of the files */
    uint64_t *plans;               /**< of each, with --swarm; 0 without */
    size_t count;
};

/** Choose, `plans` of each file. Files are only read if --filter asks for their titles. False: a complaint was written. To be
 *  deinit'ed in every case. */
bool cli_selection_make(const struct cli *cli, const struct cli_files *files, size_t plans,
                        struct cli_selection *ret_selection);
/** Read all files for their digests. */
void cli_selection_digest(struct cli_selection *selection);
void cli_selection_deinit(struct cli_selection *selection);

#endif
