/* SPDX-License-Identifier: MIT */
/** @file
 *  For whoever runs checkers: a judge holds a set of them and gives the verdict of run after run.
 *
 *      create -> add* -> (begin -> [the world runs] -> finish -> ask)* -> destroy
 *
 *  `begin` comes before the first actor of the world is spawned and `finish` before the world is destroyed. */
#ifndef HARNESS_CHECK_JUDGE_H
#define HARNESS_CHECK_JUDGE_H

#include <rehearse/check.h>

/** Which checkers. Zeroed: the built-in ones. All borrowed for the call, the checkers for the judge's life. */
struct rh_judge_options {
    const struct rh_allocator *allocator;     /**< NULL: the C library's */
    const struct rh_allocator *fixed;         /**< of what no run changes; NULL: as `allocator` */
    const struct rh_checker *const *checkers; /**< a program's own, ended by NULL; or NULL */
    const char *const *only;                  /**< names, ended by NULL; NULL: all */
    const char *const *except;                /**< names, ended by NULL; or NULL */
};

/** RH_NOT_FOUND: a name that no checker has; RH_TAKEN: two checkers of one name; RH_NO_MEMORY; what a checker's create
 *  returns. */
RH_MUST_USE enum rh_status rh_judge_create(const struct rh_judge_options *options,
                                           struct rh_judge **ret_judge);
/** Accepts NULL. */
void rh_judge_destroy(struct rh_judge *judge);
/** Add an instance that the caller has made and destroys, after the judge. */
RH_MUST_USE enum rh_status rh_judge_add(struct rh_judge *judge, const struct rh_checker *checker,
                                        void *self);

/** Forget the last run and listen to `world`. */
RH_MUST_USE enum rh_status rh_judge_begin(struct rh_judge *judge, struct rh_world *world);
/** The run has ended: what holds only then is evaluated, unless it has failed already. */
void rh_judge_finish(struct rh_judge *judge, enum rh_end end);

/** Return the first violation of the run, or NULL. Valid until the next begin. */
const struct rh_violation *rh_judge_violation(const struct rh_judge *judge);
/** Return RH_OK, or why the run could not be judged. */
enum rh_status rh_judge_status(const struct rh_judge *judge);

/** The checkers, in the order in which they are asked, and how often each evaluated something since create: 0 is
 *  vacuous. */
size_t rh_judge_count(const struct rh_judge *judge);
const struct rh_checker *rh_judge_checker(const struct rh_judge *judge, size_t index);
uint64_t rh_judge_evaluations(const struct rh_judge *judge, size_t index);

/** Begin without listening: whoever has the records hands them over. `world` may be NULL: nothing is compared with a
 *  node, and actors are named by their identity. */
void rh_judge_reset(struct rh_judge *judge, struct rh_world *world);
void rh_judge_record(struct rh_judge *judge, const struct rh_record *record);

#endif
