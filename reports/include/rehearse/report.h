/* SPDX-License-Identifier: MIT */
/** @file
 *  Reports for people: a line for each scenario, a block for each failure, a line at the end.
 *
 *      zeroed with `out` set -> result* -> summary
 *
 *  A report reads results and traces, never the runtime; it is text, so that a terminal, a log and a file get the same. */
#ifndef REHEARSE_REPORT_H
#define REHEARSE_REPORT_H

#include <rehearse/verdict.h>

#include <stdio.h>

RH_PUBLIC_BEGIN

/** What has failed, kept for the end; zeroed at first. */
struct rh_report_failures {
    struct rh_report_failure_line *lines;
    size_t count;
    size_t capacity;
};
void rh_report_failures_deinit(struct rh_report_failures *failures);
struct rh_report_entry;
/** Return whether a play of the same path has failed in the same way, and the number of the first; nothing is added. */
bool rh_report_failures_find(const struct rh_report_failures *failures,
                             const struct rh_report_entry *entry, uint64_t *ret_first);

struct rh_report {
    FILE *out;
    bool with_colour;
    bool is_quiet;   /**< no line for what passed or was skipped */
    bool is_verbose; /**< also titles and times */
    unsigned width;  /**< of a line; 0: 100 */
    bool fits_width; /**< the line of a scenario is cut to it: for a terminal, never for a file */
    unsigned path_width; /**< paths are filled up to it, so that what follows is a column */
    const char *
        command; /**< how this program was started, for the commands that are printed; NULL: rehearse */
    const char *options; /**< with which all runs come again, as a shell reads them; NULL: none */
    struct rh_report_failures *failures; /**< the summary repeats them; NULL: it does not */
    bool is_after_block;                 /**< an empty line has been written; zeroed at first */
    uint64_t passed;
    uint64_t failed;
    uint64_t skipped;
};

/** A trace in memory, borrowed; size 0: there is none. */
struct rh_report_trace {
    const uint8_t *bytes;
    size_t size;
};

/** One scenario's result with what only the program knows. */
struct rh_report_entry {
    const struct rh_result *result;
    const char *trace_path;  /**< where its trace was written; NULL: nowhere */
    const char *shrunk_path; /**< of the smallest scenario that fails alike; NULL: there is none */
    const char *shrunk_size; /**< "3 of 6 steps ..." */
    const char *nearest;     /**< in what the nearest run differs that holds, a sentence */
    const char *shrunk_text; /**< that scenario itself; NULL: who reads this finds it there */
    struct rh_report_trace shrunk_trace;  /**< of the smallest run that fails alike */
    struct rh_report_trace nearest_trace; /**< of the run next to it that holds */
    struct rh_report_trace replay_trace;  /**< of shrunk_text; size 0: it is shrunk_trace */
    const char *plan; /**< faults that a swarm has drawn, as a scenario says them; NULL: none */
    const char *plan_path; /**< where the scenario with them was written; NULL: nowhere */
    rh_duration elapsed;   /**< of the wall clock; printed if verbose */
    uint64_t number;       /**< how often its path came before in the same run */
    bool is_again;  /**< a play of the same path has failed in the same way: it is told in short */
    uint64_t first; /**< the number of that play */
    bool is_interrupted; /**< a signal ended it */
    bool has_diverged;   /**< it is an error because two equal runs differ */
    /** What a trace says of a failure, for whoever has none; NULL: it is made from the trace. */
    const char *block;           /**< the block in plain text */
    const char *diagram;         /**< of Mermaid */
    const char *fingerprint;     /**< what makes failures the same, in words */
    const char *fingerprint_key; /**< the same as a digest */
};

/** Write the line of a scenario and, if it has failed, the block; count it. */
void rh_report_result(struct rh_report *report, const struct rh_report_entry *entry);

/** Count and write a scenario that could not be loaded; `diagnostics` is written as it is. */
void rh_report_bad_file(struct rh_report *report, const char *path, const char *diagnostics);

/** Write only the block of a failure: the result has a violation. */
void rh_report_failure(const struct rh_report *report, const struct rh_report_entry *entry);

/** Write what has failed once more, a line for each failure that is another, if there was more than one scenario; then
 *  "N passed, N failed, N skipped". */
void rh_report_summary(const struct rh_report *report);

/** Write a word so that a shell reads it back: quoted if it needs to be. */
void rh_report_quoted(FILE *out, const char *word);

RH_PUBLIC_END
#endif
