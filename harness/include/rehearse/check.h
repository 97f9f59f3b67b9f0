/* SPDX-License-Identifier: MIT */
/** @file
 *  Checkers: invariants as observers of the event stream. The built-in families and those of a C program are one kind.
 *
 *      create -> (begin -> event* -> finish)* -> destroy      begin and finish once per run
 */
#ifndef REHEARSE_CHECK_H
#define REHEARSE_CHECK_H

#include <rehearse/world.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RH_VIOLATION_TEXT_BYTES 512

/** What went wrong. Texts are for people; actors are named through the world. */
struct rh_violation {
    const char *invariant;   /**< static: "links/one-notice" */
    uint64_t step;           /**< where it was noticed */
    struct rh_pid actors[2]; /**< whom it concerns; none allowed */
    char expected[RH_VIOLATION_TEXT_BYTES];
    char observed[RH_VIOLATION_TEXT_BYTES];
    uint32_t line; /**< of the scenario, 1-based; 0: none */
    uint32_t column;
};

/** Collects the verdict of one run: the first violation, and how often each property was really evaluated. */
struct rh_judge;

/** Report a violation. Only the first of a run is kept; the world is asked to stop. */
void rh_judge_fail(struct rh_judge *judge, const struct rh_violation *violation);
/** Build and report in one call; texts are printf formats, %s only of NUL-terminated text. */
#if defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
void rh_judge_failf(struct rh_judge *judge, const char *invariant, struct rh_pid actor, const char *format, ...);
/** Count one real evaluation of the checker that is running: without any it is vacuous. */
void rh_judge_evaluated(struct rh_judge *judge);
/** The world of the current run, for names and inspection. */
const struct rh_world *rh_judge_world(const struct rh_judge *judge);
/** Return whether the run has failed already. */
bool rh_judge_has_failed(const struct rh_judge *judge);

/** One family of invariants. */
struct rh_checker {
    const char *name;   /**< "links" */
    const char *covers; /**< ids of the behaviour catalogue, separated by spaces */
    const char *claim;  /**< one sentence */
    uint64_t kinds;     /**< RH_LISTEN(…) of the events it wants */
    bool live;          /**< holds on real processes, where order between nodes is partial */
    RH_MUST_USE enum rh_status (*create)(const struct rh_allocator *allocator,
                                         struct rh_judge *judge, void **ret_self);
    void (*begin)(void *self);
    void (*record)(void *self, const struct rh_record *record);
    void (*finish)(void *self, enum rh_end end);
    void (*destroy)(void *self);
};

/** Return the built-in families, ended by NULL. Static storage. */
const struct rh_checker *const *rh_checkers(void);

#ifdef __cplusplus
}
#endif
#endif
