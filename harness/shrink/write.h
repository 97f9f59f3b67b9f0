/* SPDX-License-Identifier: MIT */
/** @file
 *  The file that is left. */
#ifndef HARNESS_SHRINK_WRITE_H
#define HARNESS_SHRINK_WRITE_H

#include "harness/document/text_buffer.h"
#include "harness/shrink/stage.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rh_write {
    const char *body; /**< the scenario without its exploration */
    const char *path; /**< where it comes from */
    const struct rh_fingerprint *failure;
    const struct rh_lines *schedule;
    const char *strategy; /**< of a schedule without lines: "fifo" or "pinned" */
    uint64_t seed;        /**< of its actors; 1 is not written */
};

/** Write the scenario with its schedule, below a line that says what it is. */
void rh_write_shrunk(const struct rh_write *what, struct rh_text_buffer *out);

/** Write it as a regression: it is to pass, along its schedule and in other orders. `strategy`: which; "dpor" or "random". */
void rh_write_regression(const struct rh_write *what, const char *strategy,
                         struct rh_text_buffer *out);

/** Write a line of a schedule as an entry of a list. */
void rh_write_line(const char *line, struct rh_text_buffer *out);

#ifdef __cplusplus
}
#endif
#endif
