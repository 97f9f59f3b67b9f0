/* SPDX-License-Identifier: MIT */
/** @file
 *  Following a recording: a sink that compares what a run writes with what was written, item by item, and stops the run at
 *  the first difference.
 *
 *      init -> sink -> [the run] -> has_diverged, print -> deinit */
#ifndef HARNESS_TRACE_COMPARE_H
#define HARNESS_TRACE_COMPARE_H

#include "harness/trace/reader.h"
#include "harness/trace/trace.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RH_TRACE_GOT_BYTES 4096
#define RH_TRACE_GOT_NAMES 4

/** How far a run has followed. */
enum rh_follow {
    RH_FOLLOW_SAME,      /**< every item so far was the recorded one */
    RH_FOLLOW_DIFFERS,   /**< it differs; what is needed to say so is still being collected */
    RH_FOLLOW_DIVERGED,  /**< it differs */
    RH_FOLLOW_LEFT,      /**< nothing differs as far as it was wanted */
    RH_FOLLOW_ENDED,     /**< the recording was cut and ends here; nothing differs up to there */
    RH_FOLLOW_UNREADABLE /**< the recording cannot be read any further: its reader's flaw says why */
};

struct rh_trace_compare {
    struct rh_trace_reader *recording; /**< borrowed, rewound */
    enum rh_follow follow;
    uint64_t items; /**< that were the same */
    uint64_t step;  /**< where the first difference is */
    rh_instant now;
    bool has_expected; /**< false: the recording holds nothing there */
    struct rh_trace_item expected;
    struct rh_trace_item got; /**< its bytes are in got_bytes; those of a large one are cut */
    uint8_t got_bytes[RH_TRACE_GOT_BYTES];
    bool is_got_cut;
    struct {
        uint32_t index;
        char text[128];
    } names[RH_TRACE_GOT_NAMES]; /**< of actors that the recording does not know there */
    uint32_t name_count;
};

/** Start at the beginning of a recording that was opened. */
void rh_trace_compare_init(struct rh_trace_compare *compare, struct rh_trace_reader *recording);
/** Return the sink for the run. */
struct rh_trace_sink rh_trace_compare_sink(struct rh_trace_compare *compare);
/** No more is wanted: the run stops as soon as it writes something. */
void rh_trace_compare_leave(struct rh_trace_compare *compare);
/** The run is over: a recording of the same run has nothing left, not even behind its footer. */
void rh_trace_compare_end(struct rh_trace_compare *compare);
/** Say what differs: the step, what was recorded there, and what happened instead. Nothing unless diverged. */
void rh_trace_compare_print(const struct rh_trace_compare *compare, FILE *out);

#ifdef __cplusplus
}
#endif
#endif
