/* SPDX-License-Identifier: MIT */
/** @file
 *  What the formats share. Private to reports. */
#ifndef REPORTS_FILE_H
#define REPORTS_FILE_H

#include <rehearse/report_file.h>

/** One scenario as every format sees it. Texts are borrowed, and never NULL but for `trace`. */
struct report_case {
    const char *path;
    const char *title;
    const char *tally;                   /**< "passed", "failed", "skipped" */
    const char *verdict;                 /**< word; "bad" for what is no scenario */
    const char *details;                 /**< of the line in a terminal: "proved, 24 runs" */
    const char *block;                   /**< what explains a failure, of several lines */
    const char *trace;                   /**< its file, or NULL */
    const char *diagram;                 /**< of Mermaid, of a failure; "" for none */
    const struct rh_report_entry *entry; /**< NULL: it is no scenario */
    uint64_t number;                     /**< as that of the entry */
};

struct report_format_functions {
    void (*begin)(struct rh_report_file *file);
    void (*each)(struct rh_report_file *file, const struct report_case *one);
    void (*end)(struct rh_report_file *file);
    void (*nothing)(struct rh_report_file *file); /**< NULL: there is nothing to say of nothing */
    bool is_streamed;                             /**< it writes to where the report goes */
};

struct rh_report_file {
    struct rh_report_file_options options;
    const struct report_format_functions *functions;
    FILE *out;  /**< where the format writes: the file itself, or memory until the sums are known */
    char *body; /**< that memory */
    size_t body_size;
    size_t play; /**< of the run, which comes next */
    uint64_t passed;
    uint64_t failed;
    uint64_t again; /**< of those that failed: in the same way as a play before */
    uint64_t skipped;
    rh_duration elapsed; /**< of all */
    bool is_out_of_memory;
    /** Of the page that is written. */
    struct {
        uint32_t scenarios;
        uint64_t events;             /**< of all runs on it */
        struct rh_coverage coverage; /**< of all scenarios */
    } html;
    struct report_coverage *coverage; /**< of a report of it */
    /** Of the suite under way, which is a folder. */
    struct {
        char *name;
        char *cases;
        size_t cases_size;
        FILE *memory;
        char *properties; /**< of its cases */
        size_t properties_size;
        FILE *more; /**< where those are written */
        uint64_t tests;
        uint64_t failures;
        uint64_t errors;
        uint64_t skipped;
        rh_duration elapsed;
    } suite;
};

extern const struct report_format_functions report_junit;
extern const struct report_format_functions report_tap;
extern const struct report_format_functions report_jsonl;
extern const struct report_format_functions report_annotations;
extern const struct report_format_functions report_markdown;
extern const struct report_format_functions report_html;
extern const struct report_format_functions report_results;
extern const struct report_format_functions report_coverage;
extern const struct report_format_functions report_coverage_json;

/** Write a length of time in seconds, in plain decimals. */
void report_seconds(FILE *out, rh_duration elapsed);
/** Write the command that replays a failure; nothing if there is no trace. */
void report_replay(const struct rh_report_file *file, FILE *out, const struct report_case *one);

#endif
