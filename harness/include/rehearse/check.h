/* SPDX-License-Identifier: MIT */
/** @file
 *  Checkers: invariants as observers of the event stream. The built-in families and those of a C program are one kind.
 *
 *      create -> (begin -> event* -> finish)* -> destroy      begin and finish once per run
 */
#ifndef REHEARSE_CHECK_H
#define REHEARSE_CHECK_H

#include <rehearse/world.h>

RH_PUBLIC_BEGIN

#define RH_VIOLATION_TEXT_BYTES 512

/** Bits of rh_checker's `signals`. */
#define RH_LISTEN_SIGNAL(kind) (UINT32_C(1) << RH_SIGNAL_##kind)

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
/** The checker itself cannot go on (out of memory): the run is an error, never a verdict. The first status is kept, and
 *  the world is asked to stop. */
void rh_judge_error(struct rh_judge *judge, enum rh_status status);
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
    uint64_t kinds; /**< RH_LISTEN(…) of the events, RH_LISTEN_RECORD(…) of the other records */
    uint32_t signals; /**< RH_LISTEN_SIGNAL(…): of SEND to RETURN, only these; 0: all */
    bool live;        /**< holds on real processes, where order between nodes is partial */
    /** `allocator` and `judge` outlive the checker. */
    RH_MUST_USE enum rh_status (*create)(const struct rh_allocator *allocator,
                                         struct rh_judge *judge, void **ret_self);
    void (*begin)(void *self);
    void (*record)(void *self, const struct rh_record *record);
    /** The run is over, the world still there; also called after a violation. */
    void (*finish)(void *self, enum rh_end end);
    void (*destroy)(void *self);
};

/** Return the built-in families, ended by NULL. Static storage. */
const struct rh_checker *const *rh_checkers(void);

RH_PUBLIC_END
#endif
