/* SPDX-License-Identifier: MIT */
/** @file
 *  The items of a result file, as writer and reader share them. Private to reports/results.
 *
 *  A sequence of items of the subset that messages use (rehearse/message.h):
 *
 *      ["rehearse-results", format, key, digest of the key, command, [shard...]]
 *      [NOTHING, play]
 *      [BAD, play, path, diagnostics]
 *      [PLAYED, play, interrupted, diverged, verdict, [flag...], [number...], [text...], [tally...], elapsed, [trace...],
 *       coverage]
 *      [FOOTER, [[shard, signal, flaw, internal]...]]
 *
 *  The key is what files must agree in: [release, program, settings, options, without times, shards, columns, [[path,
 *  number, digest]...]]. The columns say what flags, numbers and texts are. Plays come in ascending order. Text that is not
 *  UTF-8 stands as bytes; what is not there is null. Traces: of the failure, or of the last run where traces are kept; of the
 *  smallest run that fails alike; of the run beside it that holds; of the smallest scenario, if that is another. Coverage:
 *  null, or [cut, partial, [[family, key, first, second]...]]. */
#ifndef REPORTS_RESULTS_FORMAT_H
#define REPORTS_RESULTS_FORMAT_H

#include <rehearse/results.h>

#define RESULTS_MAGIC "rehearse-results"
#define RESULTS_DIGEST_BYTES 16
/** No item is larger: four traces with everything that is said of them, or a selection of some 500,000 plays. */
#define RESULTS_ITEM_BYTES_MAX ((size_t)80 << 20)

enum results_code {
    RESULTS_NOTHING,
    RESULTS_BAD,
    RESULTS_PLAYED,
    RESULTS_FOOTER
};

/** Of struct rh_result, each list. */
#define RESULTS_FLAG_MAP(X) X(has_more_outcomes) X(complete) X(has_violation) X(is_of_no_run)
#define RESULTS_NUMBER_MAP(X)                                                                      \
    X(seed)                                                                                        \
    X(runs)                                                                                        \
    X(events)                                                                                      \
    X(outcomes)                                                                                    \
    X(classes)                                                                                     \
    X(blocked)                                                                                     \
    X(faults.armed)                                                                                \
    X(faults.fired)                                                                                \
    X(faults.spent)                                                                                \
    X(fault_budget)                                                                                \
    X(digest[0])                                                                                   \
    X(digest[1])                                                                                   \
    X(violation.step)
/** Those of 32 bits, which follow the others. */
#define RESULTS_SHORT_MAP(X) X(violation.line) X(violation.column)

/** One row per text of a play: identifier, word. */
#define RESULTS_TEXT_MAP(X)                                                                        \
    X(PATH, "path")                                                                                \
    X(TITLE, "title")                                                                              \
    X(STRATEGY, "strategy")                                                                        \
    X(WHY, "why")                                                                                  \
    X(INVARIANT, "invariant")                                                                      \
    X(EXPECTED, "expected")                                                                        \
    X(OBSERVED, "observed")                                                                        \
    X(FINGERPRINT, "fingerprint")                                                                  \
    X(FINGERPRINT_KEY, "fingerprint_key")                                                          \
    X(TRACE_PATH, "trace_path")                                                                    \
    X(SHRUNK_PATH, "shrunk_path")                                                                  \
    X(SHRUNK_TEXT, "shrunk_text")                                                                  \
    X(SHRUNK_SIZE, "shrunk_size")                                                                  \
    X(NEAREST, "nearest")                                                                          \
    X(PLAN, "plan")                                                                                \
    X(PLAN_PATH, "plan_path")                                                                      \
    X(BLOCK, "block")                                                                              \
    X(DIAGRAM, "diagram")

enum results_text {
#define X(identifier, word) RESULTS_TEXT_##identifier,
    RESULTS_TEXT_MAP(X)
#undef X
    RESULTS_TEXT_COUNT
};

/** All columns, as the header says them. */
#define RESULTS_COLUMNS                                                                            \
    RESULTS_FLAG_MAP(RESULTS_COLUMN)                                                               \
    RESULTS_NUMBER_MAP(RESULTS_COLUMN)                                                             \
    RESULTS_SHORT_MAP(RESULTS_COLUMN) RESULTS_TEXT_MAP(RESULTS_TEXT_COLUMN)
#define RESULTS_COLUMN(field) #field " "
#define RESULTS_TEXT_COLUMN(identifier, word) word " "

#define RESULTS_TRACES 4
/** One fault of a plan, in numbers behind its word. */
#define RESULTS_TALLY_NUMBERS 5

#endif
