/* SPDX-License-Identifier: MIT */
/** @file
 *  A part of an exploration, and who plays it. Runs of one part are played one after the other by one player; players share
 *  nothing, so that each may be a thread's. Private to the rooms of an exploration. */
#ifndef HARNESS_PLAY_PART_H
#define HARNESS_PLAY_PART_H

#include "harness/play/play.h"
#include "harness/play/store.h"

#include <rehearse/choice.h>

/** What one thread plays with. It must not move. */
struct player {
    const struct rh_scenario *scenario;
    struct rh_scenario *
        own; /**< the same once more: messages of a plan are counted by one thread; NULL: it is the caller's */
    const struct rh_explore_options *options;
    const struct rh_allocator *allocator;
    bool stores; /**< the next three lie in the store */
    struct store store;
    struct rh_play *play;
    struct rh_judge *judge;
    struct rh_trace_writer *writer;
    struct rh_coverage_observer *observer; /**< NULL: coverage is not asked for */
    uint64_t *judged; /**< by each checker and of each property, before the run */
    size_t judged_count;
    bool
        follows; /**< of the run that the store's mark is in: its strategy, which the world knows */
    bool streams;                             /**< traces go to the caller while they grow */
    bool (*go_on)(void *self, uint64_t runs); /**< runs of the part under way; NULL: always */
    void *self;
};

/** Make ready to play. What has been made so far is to be deinit'ed in every case. */
RH_MUST_USE enum rh_status player_init(struct player *player, const struct rh_scenario *scenario,
                                       const struct rh_explore_options *options,
                                       const struct rh_allocator *allocator, bool with_own);
void player_deinit(struct player *player);
/** Let go of the run that the next ones were to begin with. */
void player_settle(struct player *player);

/** A run that counts. */
struct part_run {
    uint64_t outcome[2];
    uint64_t digest[2];
};

struct part {
    /* ---- what is to be done ---- */
    struct rh_strategy *strategy;
    uint64_t seed;       /**< of the approach, for a strategy without seeds */
    uint64_t first;      /**< number of its first run */
    uint64_t runs_max;   /**< runs to be played */
    uint64_t events_max; /**< no further run after so many events */

    /* ---- what came of it ---- */
    enum rh_status status;
    bool more;           /**< the strategy wants more runs */
    bool is_interrupted; /**< in the run behind the last one that counts, or before it */
    uint64_t played;     /**< runs, also those that do not count */
    uint64_t events;
    struct part_run *runs; /**< those that count */
    size_t run_count;
    size_t run_capacity;
    uint64_t first_seed; /**< of the first run that counts */
    uint64_t last_seed;  /**< of the last */
    uint64_t cut_events; /**< of the first run that its bound has cut; 0: none */
    bool has_violation;  /**< in the last run that counts */
    struct rh_violation violation;
    struct rh_bytes_owned trace;   /**< of the last run that counts */
    struct rh_bytes_owned growing; /**< of the run under way, or that led nowhere */
    bool is_last_void;             /**< the last run led nowhere, or cannot happen */
    struct rh_coverage coverage;   /**< of the runs that count */
    uint64_t *tally;               /**< as rh_play_tally_take; then as much room again */
    size_t tally_count;

    /* ---- the crew's ---- */
    struct part *next;
    enum {
        PART_WAITS,
        PART_IS_PLAYED,
        PART_IS_DONE
    } state;
};

/** Play, and see in `status` what went wrong. It ends behind a violation. */
void part_play(struct part *part, struct player *player);
/** Free what has come of it, not the strategy. `allocator` is the players'. */
void part_deinit(struct part *part, const struct rh_allocator *allocator);

#endif
