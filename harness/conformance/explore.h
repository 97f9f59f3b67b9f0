/* SPDX-License-Identifier: MIT */
/** @file
 *  Playing one thing in every order, or in a sample of the orders, and the set of what it came to. */
#ifndef HARNESS_CONFORMANCE_EXPLORE_H
#define HARNESS_CONFORMANCE_EXPLORE_H

#include "harness/conformance/stage.h"

/** How much to play. */
struct rh_beam_budget {
    uint64_t orders_max;  /**< up to so many orders are all played */
    uint64_t random_runs; /**< otherwise so many of them, after fifo */
    uint64_t seed;
    bool
        free_order; /**< signals of different senders have no order; otherwise that of arrival, as on one BEAM node */
};

struct rh_beam_found {
    const char *text;
    uint64_t count; /**< of runs that came to it */
    uint64_t run;   /**< the first of them, from 0 */
};

/** What was found. Texts lie in `arena`. */
struct rh_beam_findings {
    struct rh_beam_arena *arena;
    struct rh_beam_found *items;
    size_t count;
    size_t capacity;
    uint64_t runs;
    bool complete;
    const char *broken; /**< why a run said nothing, or NULL */
};

/** Play once: init has been called. Return what it came to, in `arena`. */
typedef const char *(*rh_beam_play)(void *self, struct rh_beam_stage *stage,
                                    struct rh_beam_arena *arena);

/** Play `self` as the budget says. Stops at the first broken run. */
void rh_beam_explore(const struct rh_beam_budget *budget, rh_beam_play play, void *self,
                     struct rh_beam_findings *findings);

#endif
