/* SPDX-License-Identifier: MIT */
/** @file
 *  A strategy that lets the simulator do what a live run has done. Private to harness/live. */
#ifndef HARNESS_LIVE_GUIDE_H
#define HARNESS_LIVE_GUIDE_H

#include "harness/live/merge.h"

#define GUIDE_TEXT_BYTES 512

struct guide;
/** `run` and `order` are borrowed. RH_NO_MEMORY. */
RH_MUST_USE enum rh_status guide_create(const struct director *run, const struct live_order *order,
                                        struct guide **ret_guide);
/** Accepts NULL. */
void guide_destroy(struct guide *guide);
struct rh_strategy *guide_strategy(struct guide *guide);
/** The world of the run that it guides, before anything is spawned: struct rh_play_run's `begun`. */
RH_MUST_USE enum rh_status guide_begun(void *guide, struct rh_world *world);
/** The run is over: return what the simulator would not do, or did besides; NULL: it was the same run to the end. */
const char *guide_difference(struct guide *guide);

#endif
