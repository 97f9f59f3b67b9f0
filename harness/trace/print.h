/* SPDX-License-Identifier: MIT */
/** @file
 *  The one formatter: every item of a trace in words. Everything that shows events shows what is written here.
 *
 *  Printers into a buffer keep snprintf's contract: the length needed is returned, the terminator is always written. `names`
 *  is asked for pids [0, 0, number, 1]; that of a reader is rh_trace_print_name. A trace may come from anywhere: control
 *  characters of its names are written as dots. */
#ifndef HARNESS_TRACE_PRINT_H
#define HARNESS_TRACE_PRINT_H

#include "harness/trace/reader.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Write what happens, without who does it: "-> worker [ping, 1]", "<- client [ping, 1]", "exits: boom". */
size_t rh_trace_print(const struct rh_trace_item *item, const struct rh_print_names *names,
                      char *buffer, size_t capacity);

/** Write the whole: "step 12, 5ms, worker: -> client [pong, 1]". */
size_t rh_trace_print_line(const struct rh_trace_item *item, const struct rh_print_names *names,
                           char *buffer, size_t capacity);

/** Write a length of time with the largest unit that keeps it short: "80ns", "1.5ms", "2s"; "never". */
size_t rh_trace_print_time(rh_duration time, char *buffer, size_t capacity);

/** Write text that may come from anywhere, with a dot for each control character. */
void rh_trace_put_text(FILE *out, struct rh_text text);

/** Return in whose column an item stands, 0 for none. */
uint32_t rh_trace_column(const struct rh_trace_item *item);

/** Return whether an item says anything that its neighbours do not: false for the sending of START, the halves of links and
 *  monitors that a signal installs or removes, the end of an exit step, and names and digests of the trace. */
bool rh_trace_matters(const struct rh_trace_item *item);

#ifdef __cplusplus
}
#endif
#endif
