/* SPDX-License-Identifier: MIT */
/** @file
 *  A run in columns, one per actor: what `trace show` and the report of a failure print. */
#ifndef HARNESS_TRACE_COLUMNS_H
#define HARNESS_TRACE_COLUMNS_H

#include "harness/trace/reader.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RH_COLUMNS_MAX 8

struct rh_columns {
    FILE *out;
    struct rh_print_names names;
    uint32_t actors[RH_COLUMNS_MAX]; /**< whose columns they are, from the left */
    unsigned count; /**< 0: too many for the width; a line begins with its actor instead */
    unsigned cell;  /**< characters of a column, with the gap to the next */
    unsigned width; /**< of a line */
    bool with_colour;
    bool with_time;
    uint64_t last_step; /**< of the row printed last; a step is numbered once */
    rh_instant last_now;
    bool has_row;
};

/** Start a list. Without `with_time` there is no column for it: nothing that is shown has a time other than 0. */
void rh_columns_init(struct rh_columns *columns, FILE *out, const struct rh_print_names *names,
                     unsigned width, bool with_time);
/** Make it columns, if `count` actors fit into the width. */
void rh_columns_split(struct rh_columns *columns, const uint32_t *actors, size_t count);
/** Write the head: whose column is whose. Nothing for a list. */
void rh_columns_head(struct rh_columns *columns);
/** Write an item in its actor's column; one that is nobody's begins at the first. `mark` is put before the step: ' ', '>'. */
void rh_columns_row(struct rh_columns *columns, const struct rh_trace_item *item, char mark);
/** Write a word across, such as a violation, at a step. */
void rh_columns_note(struct rh_columns *columns, uint64_t step, const char *text);

#ifdef __cplusplus
}
#endif
#endif
