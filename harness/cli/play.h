/* SPDX-License-Identifier: MIT */
/** @file
 *  Files that `run` plays: what each takes and what came of it. Private to run.c and play.c. */
#ifndef HARNESS_CLI_PLAY_H
#define HARNESS_CLI_PLAY_H

#include "harness/cli/cli.h"

#include <stdatomic.h>

/** What all of them share. */
struct cli_playing {
    struct cli *cli;
    struct cli_pool *pool;
    uint32_t jobs;
    uint64_t ends_at; /**< on cli_clock; 0: never */
    uint8_t *resume;  /**< a checkpoint, NULL: none */
    size_t resume_size;
    bool with_coverage;     /**< a report wants it */
    atomic_bool has_enough; /**< what is still played does not matter any more */
    atomic_size_t asked;    /**< index of the one that is reported next */
    size_t count;           /**< of all */
    atomic_ullong silent_since;
};

/** A file, and the exploration of its scenario: one thread's until it is reported. */
struct cli_play {
    struct cli_playing *all;
    size_t index; /**< of those that are played here */
    size_t place; /**< in the selection */
    const char *path;
    uint64_t plan;                /**< with --swarm: which of its plans */
    struct rh_scenario *scenario; /**< NULL: out of memory */
    enum {
        CLI_PLAY_FAILS, /**< it was complained of */
        CLI_PLAY_IS_BAD,
        CLI_PLAY_IS_NOT_SELECTED,
        CLI_PLAY_IS_DONE
    } end;
    enum rh_status status;
    struct rh_result result;
    struct rh_result again; /**< what came of it the second time, where that was asked for */
    bool has_diverged;
    bool is_out_of_time;
    bool is_again;       /**< a play of the same path has failed in the same way */
    bool is_interrupted; /**< by a signal, before its verdict was known */
    uint64_t elapsed;
    uint64_t next_checkpoint;
    struct cli_progress progress;
    struct rh_trace_file *file; /**< where its trace goes while it grows; NULL: nowhere */
};

/** Load and explore. On any thread. */
void cli_play(struct cli_play *play);

/** Explore with processes instead; `go_on` is asked with the play. */
enum rh_status cli_play_live(struct cli_play *play, bool (*go_on)(void *self, uint64_t runs));

#define CLI_DEPTH_MAX 64u

/** Take "pct:4" apart: the length of the name and the depth, 0 without one. */
size_t cli_split_strategy(const char *text, uint64_t *ret_depth);

#endif
