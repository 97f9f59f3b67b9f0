/* SPDX-License-Identifier: MIT */
/** @file
 *  Playing one version of a scenario, run after run, with everything about each run at hand: what failed, as a fingerprint,
 *  the run as lines, and its trace.
 *
 *      open -> (play | follow)* -> close */
#ifndef HARNESS_SHRINK_STAGE_H
#define HARNESS_SHRINK_STAGE_H

#include "harness/play/play.h"
#include "harness/schedule/pinned.h"
#include "harness/shrink/net.h"
#include "harness/trace/fingerprint.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A run in lines. Owned by whoever has it, unless it says otherwise. */
struct rh_lines {
    char **at; /**< each allocated by itself */
    size_t count;
    const struct rh_allocator *allocator;
};

RH_MUST_USE enum rh_status rh_lines_copy(const struct rh_allocator *allocator,
                                         const char *const *at, size_t count,
                                         struct rh_lines *ret_lines);
/** Accepts a zeroed one. */
void rh_lines_deinit(struct rh_lines *lines);

/** What is left to be spent; a run or an event more than there is ends everything in an orderly way. */
struct rh_purse {
    uint64_t runs;
    uint64_t events;
    uint64_t runs_spent;
    uint64_t events_spent;
    /** Asked between runs; NULL: always. */
    bool (*go_on)(void *self);
    void *self;
};
bool rh_purse_is_empty(const struct rh_purse *purse);

struct rh_plan_fault;

struct rh_stage_options {
    const struct rh_allocator *allocator; /**< NULL: the C library's */
    const struct rh_program *program;
    const char *path;    /**< what messages call the scenario */
    uint64_t seed;       /**< of the actors */
    uint64_t events_max; /**< of a run, besides the scenario's own bound; 0: none */
    struct rh_purse *purse;
};

struct rh_stage {
    struct rh_stage_options options;
    struct rh_net net; /**< below everything that a run may leave in the middle of a change */
    const char *text;  /**< borrowed: to set all up once more */
    size_t length;
    uint32_t without;
    bool is_wrecked;  /**< the last run has panicked */
    bool by_instants; /**< as struct rh_play_run's */
    struct rh_scenario *scenario;
    struct rh_play *play;
    struct rh_judge *judge;
    struct rh_trace_writer *writer;
    struct rh_bytes_owned trace;  /**< of the last run */
    struct rh_plan_fault *faults; /**< those that are left; NULL: all */
    uint32_t fault_count;
};

/** What came of a run. */
struct rh_outcome_of_run {
    struct rh_fingerprint failure;
    uint64_t steps;
    enum rh_end end;
    bool counts;   /**< false: it was cut, could not have happened, or was interrupted */
    bool panicked; /**< nothing is known of it, and its strategy must not be asked again */
};

#define RH_STAGE_ALL UINT32_MAX
#define RH_STAGE_NONE (UINT32_MAX - 1)

/** RH_MALFORMED: it is no scenario. RH_NO_MEMORY. To be closed in every case, until when stage and text stay where they are.
 *  `without`: the index of a fault that it is to be
 *  played without, or all or none of them. */
RH_MUST_USE enum rh_status rh_stage_open(struct rh_stage *stage,
                                         const struct rh_stage_options *options, const char *text,
                                         size_t length, uint32_t without);
/** Accepts a zeroed one. */
void rh_stage_close(struct rh_stage *stage);

/** Play one run under a strategy that has been begun. One that panics is a run without an outcome. RH_LIMIT: the purse is
 *  empty. RH_DIVERGED: the run left nothing that can be read. */
RH_MUST_USE enum rh_status rh_stage_play(struct rh_stage *stage, struct rh_strategy *strategy,
                                         struct rh_outcome_of_run *ret_outcome);

/** Play the run that follows lines; `ret_lines`, the whole run in lines, may be NULL. */
RH_MUST_USE enum rh_status rh_stage_follow(struct rh_stage *stage, const char *const *lines,
                                           size_t count, bool is_lenient,
                                           struct rh_outcome_of_run *ret_outcome,
                                           struct rh_lines *ret_lines);

#ifdef __cplusplus
}
#endif
#endif
