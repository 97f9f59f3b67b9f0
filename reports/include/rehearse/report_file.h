/* SPDX-License-Identifier: MIT */
/** @file
 *  Reports for other programs: what CI reads. Any bytes go in, well-formed text comes out.
 *
 *      open* -> (result | bad_file)* -> close
 *
 *  What is written depends on results alone, times aside: the same results give the same bytes, whoever played them. */
#ifndef REHEARSE_REPORT_FILE_H
#define REHEARSE_REPORT_FILE_H

#include <rehearse/results.h>

RH_PUBLIC_BEGIN

/** One row per format: identifier, word, who reads it. */
#define RH_REPORT_FORMAT_MAP(X)                                                                    \
    X(JUNIT, "junit", "JUnit XML: GitLab, Jenkins' JUnit plugin, GitHub actions")                  \
    X(JUNIT_STRICT, "junit-strict", "JUnit XML without what Jenkins' xUnit plugin refuses")        \
    X(TAP, "tap", "TAP 13 with YAML blocks: prove")                                                \
    X(JSONL, "jsonl", "JSON Lines: a line a scenario, for jq and scripts")                         \
    X(ANNOTATIONS, "annotations", "commands that make GitHub mark lines of scenarios")             \
    X(MARKDOWN, "markdown", "each failure with a diagram, and the sums: GitHub's step summary")    \
    X(HTML, "html", "one page for a browser: every scenario, and each failing run as a diagram")   \
    X(RESULTS, "results",                                                                          \
      "everything, for 'rehearse merge' and for making any other format later")                    \
    X(COVERAGE, "coverage", "which behaviour was covered, what is missing: Markdown")              \
    X(COVERAGE_JSON, "coverage-json", "the same, for scripts")

enum rh_report_format {
#define X(identifier, word, sentence) RH_REPORT_FORMAT_##identifier,
    RH_REPORT_FORMAT_MAP(X)
#undef X
    RH_REPORT_FORMAT_COUNT
};
/** Find a format by its word; false: there is none. */
bool rh_report_format_find(const char *word, enum rh_report_format *ret_format);
/** NULL for none. */
const char *rh_report_format_word(enum rh_report_format format);

/** Does a format tell of the coverage of results, so that it should be collected? */
bool rh_report_format_wants_coverage(enum rh_report_format format);

struct rh_report_file;
struct rh_report_file_options {
    enum rh_report_format format;
    FILE *out;           /**< borrowed; not closed */
    const char *command; /**< as that of struct rh_report */
    const char *options; /**< as that of struct rh_report */
    bool without_times;
    const struct rh_results_run *run; /**< borrowed until close; results need it, others do not */
};

/** Return whether a format is written as results come, so that what is there of it can be read whenever it ends. */
bool rh_report_format_is_streamed(enum rh_report_format format);

/** Begin a report. NULL: out of memory. */
struct rh_report_file *rh_report_file_open(const struct rh_report_file_options *options);
/** Say which play of the run comes next; without it, it is the one after the last. */
void rh_report_file_at(struct rh_report_file *file, size_t play);
/** There was nothing to play: only results tell of it. */
void rh_report_file_nothing(struct rh_report_file *file);
void rh_report_file_result(struct rh_report_file *file, const struct rh_report_entry *entry);
/** A scenario that could not be loaded, and what is wrong with it; `number` as that of an entry. */
void rh_report_file_bad(struct rh_report_file *file, const char *path, uint64_t number,
                        const char *diagnostics);
/** Write what is left, and free it. False: not everything could be written, or memory ran out. Accepts NULL. */
bool rh_report_file_close(struct rh_report_file *file);

RH_PUBLIC_END
#endif
