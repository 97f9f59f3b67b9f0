/* SPDX-License-Identifier: MIT */
/** @file
 *  Striking out of a draft whatever the failure does without. */
#ifndef HARNESS_SHRINK_REDUCE_H
#define HARNESS_SHRINK_REDUCE_H

#include "harness/shrink/draft.h"
#include "harness/shrink/slice.h"
#include "harness/shrink/trial.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rh_reduction {
    struct rh_draft *draft;
    struct rh_trial *trial;
    uint64_t kept; /**< changes that still fail in the same way, so far */
};

/** Write the draft as it is now and try it. Whoever changed it for that takes the change back if it does not fail. */
RH_MUST_USE enum rh_status rh_reduce_try(struct rh_reduction *reduction, bool *ret_fails);

/** Freeze what a failure is about: the property at this place, and what it holds. */
void rh_reduce_freeze(struct rh_draft *draft, uint32_t line, uint32_t column);
/** Return whether an entry may be struck out at all. */
bool rh_reduce_may(const struct rh_draft_node *node);

/** Strike out, all at once, the actors that are not in a slice, with what mentions them. */
RH_MUST_USE enum rh_status rh_reduce_to_slice(struct rh_reduction *reduction,
                                              const struct rh_slice *slice);

/** Strike out until no single entry is left that the failure does without: lists in halves first, actors with all that
 *  mentions them, then entry by entry. RH_LIMIT: the purse was empty first; what was struck out so far still fails. */
RH_MUST_USE enum rh_status rh_reduce(struct rh_reduction *reduction);

/** Take the edge off what is left: lesser faults, smaller numbers, shorter times. As rh_reduce. */
RH_MUST_USE enum rh_status rh_weaken(struct rh_reduction *reduction);

#ifdef __cplusplus
}
#endif
#endif
