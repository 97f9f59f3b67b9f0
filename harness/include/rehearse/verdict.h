/* SPDX-License-Identifier: MIT */
/** @file
 *  Verdicts and results: what a scenario's exploration found. Reports read these and traces, never the runtime. */
#ifndef REHEARSE_VERDICT_H
#define REHEARSE_VERDICT_H

#include <rehearse/check.h>
#include <rehearse/coverage.h>

RH_PUBLIC_BEGIN

/** One row per verdict: identifier, word, how it is tallied, sentence. */
#define RH_VERDICT_MAP(X)                                                                          \
    X(PROVED, "proved", "passed",                                                                  \
      "every order and fault placement within the bounds was explored")                            \
    X(PASSED, "passed", "passed", "no violation in the runs that were made")                       \
    X(FAILED, "failed", "failed", "an invariant or expectation was violated")                      \
    X(VACUOUS, "vacuous", "failed", "no fault fired, or a property was never evaluated")           \
    X(UNKNOWN, "unknown", "failed", "a bound was reached first: not everything was covered")       \
    X(ERROR, "error", "failed", "the run could not be carried out")                                \
    X(SKIPPED, "skipped", "skipped", "not run, for the reason given")
enum rh_verdict {
#define X(identifier, word, tally, sentence) RH_VERDICT_##identifier,
    RH_VERDICT_MAP(X)
#undef X
    RH_VERDICT_COUNT
};
const char *rh_verdict_word(enum rh_verdict verdict);
/** "passed", "failed" or "skipped". */
const char *rh_verdict_tally(enum rh_verdict verdict);

/** Faults of a whole exploration: in the plan, fired at least once, fired in all. */
struct rh_fault_count {
    uint64_t armed;
    uint64_t fired;
    uint64_t spent;
};

/** One fault of the plan, over all runs. */
struct rh_fault_tally {
    const char *word;  /**< of its kind; static */
    uint32_t line;     /**< of the scenario, from 1 */
    bool is_pinned;    /**< to a message or a time; otherwise it may strike or not */
    uint64_t strikes;  /**< in all */
    uint64_t fired_in; /**< runs in which it struck */
    uint64_t spent_in; /**< runs in which it struck as often as it may */
};
#define RH_FAULT_TALLIES_MAX 24

/** A growing run of bytes that its holder owns. */
struct rh_bytes_owned {
    uint8_t *bytes;
    size_t size;
    size_t capacity;
    const struct rh_allocator *allocator;
};

/** What an exploration of one scenario found. Texts are borrowed from the scenario. */
struct rh_result {
    const char *path; /**< file of the scenario, or NULL */
    const char *title;
    enum rh_verdict verdict;
    char why[256]; /**< vacuous, unknown, error, skipped: a sentence; also what was not covered */
    const char *strategy;
    uint64_t seed; /**< of the failing run, or the first */
    uint64_t runs;
    uint64_t events;        /**< over all runs */
    uint64_t outcomes;      /**< distinct */
    bool has_more_outcomes; /**< there were more, which were not counted */
    bool complete;          /**< everything within the bounds was explored */
    uint64_t classes;       /**< dpor, once complete: runs none of which is equivalent to another */
    uint64_t blocked;       /**< dpor: runs that were cut because others cover them */
    struct rh_fault_count faults;
    uint64_t fault_budget; /**< drawn faults in a run; 0: no bound */
    uint32_t tally_count;  /**< the first so many faults of the plan, in its order */
    struct rh_fault_tally tallies[RH_FAULT_TALLIES_MAX];
    bool has_violation;
    struct rh_violation violation;
    bool is_of_no_run; /**< the violation is one of the exploration: no run by itself shows it */
    struct rh_bytes_owned
        trace;          /**< of the failing run, or of the last one when asked for; may be empty */
    uint64_t digest[2]; /**< over the traces of all runs, in order */
    struct rh_coverage coverage; /**< of all runs that count; empty unless it was asked for */
};

/** Free what the result owns. */
void rh_result_deinit(struct rh_result *result);

RH_PUBLIC_END
#endif
