/* SPDX-License-Identifier: MIT */
/** @file
 *  Several streams into one order. Private to harness/live. */
#ifndef HARNESS_LIVE_MERGE_H
#define HARNESS_LIVE_MERGE_H

#include "harness/live/director.h"

/** A record of a node, or a deed (node == the number of nodes). */
struct live_place {
    uint32_t stream;
    uint32_t index;
};
struct live_order {
    struct live_place *places;
    size_t count;
    uint32_t
        *clocks;     /**< of each place: how many records of each stream come before it or are it */
    bool was_forced; /**< the clocks contradict each other: some places are guesses */
};
/** Order what a run has told: causes before effects, and of what is independent the deeds first, then the lower node.
 *  RH_NO_MEMORY. */
RH_MUST_USE enum rh_status live_merge(const struct director *run, struct live_order *ret_order);
void live_order_free(struct live_order *order);

#endif
