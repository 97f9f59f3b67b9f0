/* SPDX-License-Identifier: MIT */
/** @file
 *  What the merged stream itself shows: its outcome, and what the checkers that hold live say about it. Private to
 *  harness/live. */
#ifndef HARNESS_LIVE_SHADOW_H
#define HARNESS_LIVE_SHADOW_H

#include "harness/live/merge.h"

struct live_shadow {
    uint64_t outcome[2];
    uint64_t events;
    bool has_violation;
    struct rh_violation violation;
};
/** Tell a world without life what has happened, in order. RH_NO_MEMORY. */
RH_MUST_USE enum rh_status live_shadow(const struct director *run, const struct live_order *order,
                                       struct live_shadow *ret_shadow);

#endif
