/* SPDX-License-Identifier: MIT */
/** @file
 *  An exploration under way, and what the rooms of it ask each other: explore.c has parts of it played and puts them
 *  together, approach.c says which strategies, checkpoint.c writes down how far it has come, verdict.c says what is to be
 *  thought of it. Private to them. */
#ifndef HARNESS_PLAY_EXPLORATION_H
#define HARNESS_PLAY_EXPLORATION_H

#include "harness/play/outcomes.h"
#include "harness/play/part.h"
#include "harness/scenario/scenario.h"

struct exploration {
    const struct rh_scenario *scenario;
    const struct rh_explore_options *options;
    const struct rh_allocator *allocator;
    struct rh_result *result;
    struct player player; /**< the caller's own */
    struct crew *crew;
    struct outcomes outcomes;
    uint64_t *tally; /**< as rh_play_tally_take, of all parts that are back */
    size_t tally_count;
    struct rh_bytes_owned trace; /**< of the last run */
    uint64_t runs_max;
    size_t approach; /**< index of the strategy under way */
    uint64_t given;  /**< runs of its parts that are back: the number of the next one's first */
    struct rh_numbers open;      /**< resumed: what is open of it */
    struct rh_bytes_owned saved; /**< what was written down last */
    const char *flaw;            /**< of what is resumed */
    uint64_t exhaustive_runs;    /**< of the exhaustive strategy that was complete */
    bool bounded;                /**< something was cut short: result->why says what */
    bool is_short;               /**< budgets or the caller ended it before its strategy did */
    bool interrupted;            /**< by the caller: what has not happened yet says nothing */
    bool proved;
    bool has_classes; /**< dpor was complete */
    bool stop;
    char note[256]; /**< what the runs show, as the strategies say */
};

/** One strategy to run: the scenario's or the caller's. */
struct approach {
    enum rh_plan_strategy_kind kind;
    uint64_t runs;
    uint64_t seed;
    uint64_t depth;
    struct rh_bounds bounds;
};

/** Something was cut short; the first time is what is told. `format` takes a number, and the ending of what is counted. */
void exploration_bound(struct exploration *it, const char *format, uint64_t number);
/** A violation ends the exploration. */
void exploration_fail(struct exploration *it, const struct rh_violation *violation);

/** Find the index-th strategy to run. RH_NOT_FOUND: there are no more; RH_INVALID: there is none of the name that the caller
 *  wants. */
enum rh_status approach_get(const struct exploration *it, size_t index,
                            struct approach *ret_approach);
const char *approach_name(const struct approach *approach);
enum rh_status approach_strategy(const struct exploration *it, const struct approach *approach,
                                 struct rh_strategy **ret_strategy);

/** Write down how far it has come, into `saved`. `strategy` NULL: the strategy under way begins anew. RH_NO_MEMORY. */
enum rh_status exploration_save(struct exploration *it, const struct rh_strategy *strategy);
/** Go on where an exploration of the same was. RH_MALFORMED: `flaw` says what is wrong with it. RH_NO_MEMORY. */
enum rh_status exploration_resume(struct exploration *it, const uint8_t *bytes, size_t size);

/** All has been played: say what is to be thought of it. */
void exploration_judge(struct exploration *it);

#endif
