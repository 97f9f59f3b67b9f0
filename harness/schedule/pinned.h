/* SPDX-License-Identifier: MIT */
/** @file
 *  Schedules in lines that a person reads: following them, and writing them down.
 *
 *  A line happens as soon as it can, once those before it have; wherever no line can, what is oldest happens, and no optional
 *  fault. So a schedule says only where a run leaves first in, first out. */
#ifndef HARNESS_SCHEDULE_PINNED_H
#define HARNESS_SCHEDULE_PINNED_H

#include <rehearse/choice.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rh_pinned_options {
    const char *const *lines; /**< see "harness/schedule/line.h"; borrowed */
    size_t count;
    /** A line that cannot happen while a later one can is left out: something was taken away from the program. */
    bool is_lenient;
    /** Behind the last line this strategy answers, which is begun and ended with it; NULL: the oldest. Borrowed. */
    struct rh_strategy *then;
};

/** One run; more only if `then` wants them. */
RH_MUST_USE enum rh_status rh_strategy_pinned(const struct rh_allocator *allocator,
                                              const struct rh_pinned_options *options,
                                              struct rh_strategy **ret_strategy);
/** Return which line comes next, the number of lines if all have happened; SIZE_MAX: it is another strategy. */
size_t rh_strategy_pinned_next(const struct rh_strategy *strategy);

/** Let `inner` (borrowed, begun and ended with it) answer, and write down what happens. Not for one that is first_only. */
RH_MUST_USE enum rh_status rh_strategy_transcript(const struct rh_allocator *allocator,
                                                  struct rh_strategy *inner,
                                                  struct rh_strategy **ret_strategy);
/** Return the lines of the run so far, one for each event and answer; valid until the next begin. */
const char *const *rh_strategy_transcript_lines(struct rh_strategy *transcript, size_t *ret_count);

#ifdef __cplusplus
}
#endif
#endif
