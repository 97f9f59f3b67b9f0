/* SPDX-License-Identifier: MIT */
/** @file
 *  Playing a scenario: one run after the other, each in a world of its own.
 *
 *      create -> judge -> run* -> destroy */
#ifndef HARNESS_PLAY_PLAY_H
#define HARNESS_PLAY_PLAY_H

#include <rehearse/scenario.h>

#include "harness/check/judge.h"
#include "harness/coverage/observer.h"
#include "harness/trace/trace.h"

/** A scenario made ready for running: what runs share. */
struct rh_play;

RH_MUST_USE enum rh_status rh_play_create(const struct rh_scenario *scenario,
                                          const struct rh_allocator *allocator,
                                          struct rh_play **ret_play);
/** Accepts NULL. Not before the judge that has its properties. */
void rh_play_destroy(struct rh_play *play);

/** Add the scenario's own properties (`expect`, `always`, `never`, `eventually`) to a judge. */
RH_MUST_USE enum rh_status rh_play_judge(struct rh_play *play, struct rh_judge *judge);

/** One run. */
struct rh_play_run {
    struct rh_strategy *strategy; /**< begun; the caller ends it */
    uint64_t seed;                /**< of the actors' streams */
    uint64_t run;                 /**< its number in the exploration, from 0 */
    bool time_free;               /**< as the scenario's `time: free`, whatever it says */
    bool
        as_processes; /**< with time_free: timers drift, and pipes connect early, as in struct rh_world_options */
    bool clock_is_told; /**< with time_free: by the strategy, as in struct rh_world_options */
    bool by_instants;   /**< a run of a strategy that follows is played again, which minded time */
    struct rh_judge *judge;
    struct rh_coverage_observer
        *observer; /**< NULL: nobody counts; the caller keeps the run, or drops it */
    struct rh_trace_writer *writer;   /**< NULL: no trace, no digest */
    const struct rh_trace_sink *sink; /**< NULL: only a digest */
    bool wants_failures_only;         /**< the sink need not see runs that violate nothing */
    bool flushes;                     /**< the sink gets what there is every few events */
    bool (*go_on)(void *self);        /**< asked every few events and loops; NULL: always */
    /** Hears of the run's world before anybody is spawned; NULL: nobody. */
    enum rh_status (*begun)(void *self, struct rh_world *world);
    void *self;
    /** As that of struct rh_world_options. */
    void (*before_event)(void *self, struct rh_world *world);
    void *before_event_self;
};

/** What came of it. The violation, if any, is the judge's. */
struct rh_play_report {
    enum rh_end end;
    bool is_interrupted; /**< `go_on` said no: nothing of this run says anything */
    uint64_t events;
    uint64_t outcome[2]; /**< digest of the outcome's normal form */
    uint64_t digest[2];  /**< of the trace */
};

/** Set up, play the steps and scripts with faults, heal, converge, judge. RH_NO_MEMORY, or what the sink said. */
RH_MUST_USE enum rh_status rh_play_run(struct rh_play *play, const struct rh_play_run *run,
                                       struct rh_play_report *ret_report);

/* The same in three acts. Between the first and the second nothing has happened that a strategy chooses: whoever has put
 * everything back to there (play, judge and writer lie in its memory) goes on from there as another run. */
/** Set up. What goes wrong is told by the next. */
void rh_play_set(struct rh_play *play, const struct rh_play_run *run);
/** Is everything that the run has touched so far in the memory of play, judge and writer, and does none of it depend on which
 *  run it is, or on its seed? */
bool rh_play_can_repeat(const struct rh_play *play);
/** Everything was put back to where it could be repeated: it is `run` that goes on. */
void rh_play_repeat(struct rh_play *play, const struct rh_play_run *run);
/** Play and judge it. As rh_play_run. */
RH_MUST_USE enum rh_status rh_play_act(struct rh_play *play, struct rh_play_report *ret_report);
/** Let go of the run, played or not. */
void rh_play_clear(struct rh_play *play);

/** What the i-th fault of the scenario has done in all runs so far. */
const struct rh_fault_tally *rh_play_fault_tally(const struct rh_play *play, size_t index);

/** What is counted over all runs, as numbers: how often each fault has struck and each property was judged. `tally` has
 *  rh_play_tally_count of them. Take them away, leaving none; or add them to what there is. */
size_t rh_play_tally_count(const struct rh_play *play);
void rh_play_tally_take(struct rh_play *play, uint64_t *ret_tally);
void rh_play_tally_add(struct rh_play *play, uint64_t *tally);

/** Tell how often each property of the scenario was judged in all runs so far, and what kind of claim it is:
 *  "expect/received", "never/exit". In a fixed order. */
void rh_play_each_property(const struct rh_play *play,
                           void (*visit)(void *self, const char *kind, uint64_t judged),
                           void *self);

/** Tell whether a property of the scenario was evaluated in no run so far, and which: a sentence. */
bool rh_play_is_vacuous(const struct rh_play *play, char *text, size_t capacity);

#endif
