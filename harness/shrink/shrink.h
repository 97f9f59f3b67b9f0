/* SPDX-License-Identifier: MIT */
/** @file
 *  From a failing run to the smallest scenario that fails in the same way, with the run that passes next to it.
 *
 *      rh_shrink -> look -> deinit
 *
 *  Everything is counted in runs and events, never in time, so that the same trace gives the same scenario everywhere. */
#ifndef HARNESS_SHRINK_SHRINK_H
#define HARNESS_SHRINK_SHRINK_H

#include "harness/shrink/neighbour.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rh_shrink_options {
    const struct rh_allocator *allocator; /**< NULL: the C library's */
    const struct rh_program *program;
    const char *path; /**< where the result will be, for its trace; NULL: where it comes from */
    uint64_t runs;    /**< that shrinking may take; 0: 20,000 */
    uint64_t events;  /**< in all; 0: 5,000,000 */
    bool
        only_tells; /**< leave the scenario and its run as they are, and look for the neighbour only */
    /** Does a scenario hold where the bug is not? Asked of each version that fails as wanted, and then no run of its own needs
     *  to pass. NULL: nobody knows. The scenario does not end with a zero. */
    bool (*holds)(void *self, const char *text, size_t length);
    void *holds_self;
    /** Asked between runs; false ends it with what there is. NULL: always. */
    bool (*go_on)(void *self);
    void *self;
};

/** How large something is. */
struct rh_shrink_size {
    uint64_t steps;  /**< of the failing run */
    uint32_t actors; /**< of the scenario */
    uint32_t faults;
    uint32_t lines; /**< of the text */
};

struct rh_shrunk {
    const struct rh_allocator *allocator;
    struct rh_scenario *scenario;  /**< that was given */
    struct rh_fingerprint failure; /**< as it comes now */
    struct rh_shrink_size before;
    struct rh_shrink_size after;
    char *text; /**< the scenario that is left, with its schedule */
    size_t length;
    char *regression; /**< the same as a scenario that is to pass */
    size_t regression_length;
    struct rh_bytes_owned trace; /**< of its run */
    struct rh_lines run;         /**< the same, whole, in lines */
    struct rh_lines schedule;    /**< what of it the scenario pins */
    struct rh_neighbour neighbour;
    struct rh_too_late too_late;
    /** Of the nearest run that holds, or, if none is near, of one that holds all the same; size 0: none is known. */
    struct rh_bytes_owned nearest_trace;
    /** Of the failing run next to it, if that is another than `trace`; size 0: it is that one. */
    struct rh_bytes_owned beside_trace;
    enum rh_guard guard;
    bool is_whole; /**< false: it was cut short, and could be smaller */
    uint64_t tries;
    uint64_t runs;
    uint64_t events;
};

/** Shrink what a trace recorded. RH_OK; RH_NOT_FOUND: nothing failed in it; RH_DIVERGED: the failure does not come again;
 *  RH_INVALID: it carries no scenario, or one with errors; RH_TAKEN: it does not hold where the bug is not, either;
 *  RH_NO_MEMORY; what rh_trace_open says. To be deinit'ed in every case. */
RH_MUST_USE enum rh_status rh_shrink(const struct rh_shrink_options *options, const uint8_t *trace,
                                     size_t size, struct rh_shrunk *ret_shrunk);
/** Accepts a zeroed one. */
void rh_shrunk_deinit(struct rh_shrunk *shrunk);

#ifdef __cplusplus
}
#endif
#endif
