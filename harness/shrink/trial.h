/* SPDX-License-Identifier: MIT */
/** @file
 *  Asking of a version of a scenario whether it still fails in the same way, within a small budget.
 *
 *      init -> begin -> (try)* -> deinit */
#ifndef HARNESS_SHRINK_TRIAL_H
#define HARNESS_SHRINK_TRIAL_H

#include "harness/shrink/stage.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a version must do besides failing in the same way, so that it tells the same story. */
enum rh_guard {
    RH_GUARD_PLAIN, /**< first in, first out, it passes */
    RH_GUARD_BARE,  /**< without faults it passes, first in, first out */
    RH_GUARD_SOME,  /**< some run passes */
    RH_GUARD_OBSERVED, /**< none is known to: what is seen is the same to the letter, and who is meant still does all that
                            it did, as do those that it has to do with */
    RH_GUARD_ELSEWHERE /**< where the bug is not, it holds */
};

struct rh_trial {
    struct rh_stage_options stage; /**< options of every stage */
    struct rh_fingerprint wanted;
    enum rh_guard guard;
    bool (*holds)(void *self, const char *text,
                  size_t length); /**< ELSEWHERE; NULL: cannot be asked */
    void *holds_self;
    bool is_thorough;          /**< also other orders than the last one that failed are tried */
    struct rh_lines run;       /**< the last run that failed as wanted */
    struct rh_lines passing;   /**< SOME: a run that passes, of the last version that failed */
    struct rh_lines candidate; /**< the same of the version that is tried */
    struct rh_lines anchors;   /**< OBSERVED: what must happen in every run that counts */
    bool
        keeps_details; /**< the same: what stands by itself may go, but not how something is done */
    struct rh_fingerprint last; /**< how it failed: the same, but for what is not compared */
    uint64_t steps;             /**< of it */
    uint64_t tries;             /**< versions that were played */
    uint64_t *known;            /**< hashes of versions that did not fail so */
    uint32_t known_count;
    uint32_t known_capacity; /**< a power of two, or 0 */
};

enum rh_trial_answer {
    RH_TRIAL_FAILS,  /**< in the same way, and `run` is how */
    RH_TRIAL_HOLDS,  /**< no run that was tried did */
    RH_TRIAL_BROKEN, /**< it is no scenario */
};

void rh_trial_init(struct rh_trial *trial, const struct rh_stage_options *stage);
void rh_trial_deinit(struct rh_trial *trial);

/** Play the original as `lines` say, and remember how it fails: that is what is wanted. RH_NOT_FOUND: it does not.
 *  RH_TAKEN: it does not hold elsewhere, either. */
RH_MUST_USE enum rh_status rh_trial_begin(struct rh_trial *trial, const char *text, size_t length,
                                          const char *const *lines, size_t count);

/** The same for a failure that is known and a run that is not: it is looked for. RH_DIVERGED: it is not found. */
RH_MUST_USE enum rh_status rh_trial_look_for(struct rh_trial *trial, const char *text,
                                             size_t length, const struct rh_fingerprint *failure,
                                             uint64_t steps);

/** Try a version. RH_LIMIT: the purse is empty. */
RH_MUST_USE enum rh_status rh_trial_try(struct rh_trial *trial, const char *text, size_t length,
                                        enum rh_trial_answer *ret_answer);

/** Look for a run of the version that failed last that fails as wanted in fewer steps, until none is found. */
RH_MUST_USE enum rh_status rh_trial_shorten(struct rh_trial *trial, const char *text, size_t length,
                                            bool *ret_is_shorter);

/** Ask elsewhere whether a version holds, along the last run that failed and along some more. It ends with a zero. */
RH_MUST_USE enum rh_status rh_trial_ask(const struct rh_trial *trial, const char *text,
                                        bool *ret_holds);

/** Return whether a run failed as wanted; the guard is another matter. */
bool rh_trial_is_wanted(const struct rh_trial *trial, const struct rh_outcome_of_run *outcome);

#ifdef __cplusplus
}
#endif
#endif
