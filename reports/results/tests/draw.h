/* SPDX-License-Identifier: MIT */
/** @file
 *  Result files of runs that were never made: everything in them is drawn. */
#ifndef REPORTS_RESULTS_TESTS_DRAW_H
#define REPORTS_RESULTS_TESTS_DRAW_H

#include <rehearse/results.h>

#define DRAW_PLAYS_MAX 12

struct draw {
    uint64_t seed;
    uint64_t count;
};

struct drawn_file {
    uint8_t *bytes;
    size_t size;
};

/** A selection, and into how many shards it is split. */
struct drawn_run {
    struct rh_results_run run;
    struct rh_results_play plays[DRAW_PLAYS_MAX];
};

uint64_t draw_below(struct draw *draw, uint64_t bound);
void draw_run(struct draw *draw, struct drawn_run *ret_run);
/** Write the file of a shard: sometimes interrupted, sometimes with results that another attempt would not have. */
struct drawn_file draw_shard(struct draw *draw, const struct drawn_run *run, uint32_t shard);

#endif
