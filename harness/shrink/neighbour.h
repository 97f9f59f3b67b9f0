/* SPDX-License-Identifier: MIT */
/** @file
 *  The nearest run that passes, and the step after which nothing could have helped. */
#ifndef HARNESS_SHRINK_NEIGHBOUR_H
#define HARNESS_SHRINK_NEIGHBOUR_H

#include "harness/shrink/lines.h"

#ifdef __cplusplus
extern "C" {
#endif

/** In what a passing run differs from the failing one. */
enum rh_difference {
    RH_DIFFERENCE_NONE, /**< no run that differs in one thing was found to pass */
    RH_DIFFERENCE_SWAP, /**< two steps that follow each other come the other way round */
    RH_DIFFERENCE_FIRST, /**< what had not happened yet when it failed happens before a step: `run` has it at `at` */
    RH_DIFFERENCE_FAULT, /**< a fault does not strike */
    RH_DIFFERENCE_ANSWER /**< something drawn is another number */
};

struct rh_neighbour {
    enum rh_difference difference;
    size_t at;           /**< index of the line: the first of the two, the fault, the answer */
    uint32_t fault;      /**< FAULT that is pinned: its index in the plan; else UINT32_MAX */
    struct rh_lines run; /**< the whole passing run */
    /** SWAP: the failing run that is meant, if it is another order of the same failure, next to which none passes. */
    struct rh_lines failing;
    uint64_t tried; /**< runs that differ in one thing and fail as well */
};

/** What is known about when it was too late. */
struct rh_too_late {
    bool is_known;           /**< some step was found before which a run could still pass */
    size_t at;               /**< index of the line after which none does */
    bool is_certain;         /**< all ways to go on were tried; otherwise some */
    uint64_t tried;          /**< of them */
    struct rh_lines passing; /**< a run that goes another way at `at`, and passes */
};

/** Look among the neighbours of a failing run: first without one of its faults, then with two steps swapped, the last ones
 *  first. The stage's purse pays; an empty one is no error. `text` is what the stage plays. */
RH_MUST_USE enum rh_status rh_neighbour_find(const struct rh_trial *trial, struct rh_stage *stage,
                                             const char *text, size_t length,
                                             const struct rh_lines *run,
                                             struct rh_neighbour *ret_neighbour);
void rh_neighbour_deinit(struct rh_neighbour *neighbour);

/** Find the last step of a failing run before which it could still have passed. `passing` is a run that does, if one is
 *  known; it may be empty. */
RH_MUST_USE enum rh_status rh_too_late_find(struct rh_stage *stage, const struct rh_lines *run,
                                            const struct rh_lines *passing,
                                            struct rh_too_late *ret_too_late);
void rh_too_late_deinit(struct rh_too_late *too_late);

/** Between a failing and a passing run, find two that differ in one swap only, of which one fails and one passes. */
RH_MUST_USE enum rh_status rh_neighbour_bridge(const struct rh_trial *trial, struct rh_stage *stage,
                                               const struct rh_lines *run,
                                               const struct rh_lines *passing,
                                               struct rh_neighbour *neighbour);

#ifdef __cplusplus
}
#endif
#endif
