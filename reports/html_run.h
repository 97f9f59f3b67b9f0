/* SPDX-License-Identifier: MIT */
/** @file
 *  A recorded run as JSON, for the page's diagram. Private to reports; reports/html/run.js reads it. */
#ifndef REPORTS_HTML_RUN_H
#define REPORTS_HTML_RUN_H

#include <rehearse/report.h>

/** What is written of one run. */
struct html_run {
    uint32_t scenario; /**< number of the scenario in the report */
    const char *role;  /**< "failing", "last", "smallest", "nearest" */
    uint64_t room;     /**< how many events may be written; of a longer run the last ones */
};

/** Write a trace as a data block of the page; nothing if it cannot be read at all. Returns how many events that were, and sets
 *  `*ret_no_memory` if memory ran out: then the block is not complete. */
uint64_t html_run_put(FILE *out, const struct html_run *run, struct rh_report_trace trace,
                      bool *ret_no_memory);

#endif
