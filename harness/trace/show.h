/* SPDX-License-Identifier: MIT */
/** @file
 *  Showing a whole trace, and the first difference between two. */
#ifndef HARNESS_TRACE_SHOW_H
#define HARNESS_TRACE_SHOW_H

#include "harness/trace/reader.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What to show of a trace. Zeroed is everything that matters, in a list. */
struct rh_show_options {
    unsigned width; /**< of a line; 0: 100 */
    bool with_colour;
    bool with_everything;      /**< also what rh_trace_matters says no to, decisions and digests */
    bool as_list;              /**< no columns, even if they fit */
    uint64_t from_step;        /**< the first */
    uint64_t to_step;          /**< the last; 0: all */
    const char *const *actors; /**< only what happens to one of these; NULL: everybody */
    size_t actor_count;
};

/** Show the head of a trace: what was run, how, and how it ended. Reads it to its end. Returns how that went: RH_DONE, or
 *  RH_TRUNCATED, RH_MALFORMED with the reader's flaw. */
enum rh_status rh_trace_show_head(struct rh_trace_reader *reader, FILE *out);

/** Show the events. Returns as rh_trace_show_head. */
enum rh_status rh_trace_show(struct rh_trace_reader *reader, const struct rh_show_options *options,
                             FILE *out);

/** Compare two opened traces and write where they first differ, with some lines of what they have in common before.
 *  Returns whether they are the same run: the same items, whatever their headers say. */
bool rh_trace_diff(struct rh_trace_reader *a, const char *a_name, struct rh_trace_reader *b,
                   const char *b_name, FILE *out);

#ifdef __cplusplus
}
#endif
#endif
