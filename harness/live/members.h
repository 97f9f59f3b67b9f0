/* SPDX-License-Identifier: MIT */
/** @file
 *  All outcomes that a scenario can have: explored with `time: free` and every placement of its faults. Private to
 *  harness/live. */
#ifndef HARNESS_LIVE_MEMBERS_H
#define HARNESS_LIVE_MEMBERS_H

#include "harness/live/live.h"
#include "harness/play/outcomes.h"
#include "harness/play/play.h"

struct live_members {
    struct outcomes all;
    struct outcomes seen; /**< of them, in live runs */
    bool is_complete;
    uint64_t runs;
    char why[128]; /**< it is not */
};

/** Explore: with dpor, and where that cannot see everything, exhaustively; `all_orders`: only so. `play` is not in a run,
 *  `seed` that of the actors. RH_NO_MEMORY. */
RH_MUST_USE enum rh_status live_members_find(struct live_members *members, struct rh_play *play,
                                             uint64_t seed, bool all_orders,
                                             const struct rh_live_options *options);
void live_members_free(struct live_members *members);
/** Is it one of them? Notes that it was seen. RH_NO_MEMORY. */
RH_MUST_USE enum rh_status live_members_look_up(struct live_members *members,
                                                const uint64_t outcome[2], bool *ret_is_member);

#endif
