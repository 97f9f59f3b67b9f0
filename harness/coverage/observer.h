/* SPDX-License-Identifier: MIT */
/** @file
 *  Who fills a coverage: a listener of run after run. What a run shows counts when the run is kept.
 *
 *      create -> (begin -> [the world runs] -> end -> keep | drop)* -> take -> ... -> destroy */
#ifndef HARNESS_COVERAGE_OBSERVER_H
#define HARNESS_COVERAGE_OBSERVER_H

#include <rehearse/coverage.h>
#include <rehearse/world.h>

struct rh_coverage_observer;

/** RH_NO_MEMORY. */
RH_MUST_USE enum rh_status rh_coverage_observer_create(const struct rh_allocator *allocator,
                                                       struct rh_coverage_observer **ret_observer);
/** Accepts NULL. */
void rh_coverage_observer_destroy(struct rh_coverage_observer *observer);
/** Listen to a world in which nobody has been spawned. RH_NO_MEMORY. */
RH_MUST_USE enum rh_status rh_coverage_observer_begin(struct rh_coverage_observer *observer,
                                                      struct rh_world *world);
/** Begin without listening: whoever has the records hands them over. `world` may be NULL; then faults have no state. */
void rh_coverage_observer_reset(struct rh_coverage_observer *observer,
                                const struct rh_world *world);
void rh_coverage_observer_record(struct rh_coverage_observer *observer,
                                 const struct rh_record *record);
/** The run has ended; before its world is destroyed. */
void rh_coverage_observer_end(struct rh_coverage_observer *observer);
/** Count an invariant in the run under way: it was judged, and whether it had something to say about the run. */
void rh_coverage_observer_judged(struct rh_coverage_observer *observer, const char *invariant,
                                 bool evaluated);
/** The run counts, or it does not. */
void rh_coverage_observer_keep(struct rh_coverage_observer *observer);
void rh_coverage_observer_drop(struct rh_coverage_observer *observer);
/** Move what was counted into a coverage. RH_NO_MEMORY, also if memory ran out in a run. */
RH_MUST_USE enum rh_status rh_coverage_observer_take(struct rh_coverage_observer *observer,
                                                     struct rh_coverage *coverage);

#endif
