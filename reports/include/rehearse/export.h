/* SPDX-License-Identifier: MIT */
/** @file
 *  Traces for other programs: one recorded run in a format that something else draws or reads. */
#ifndef REHEARSE_EXPORT_H
#define REHEARSE_EXPORT_H

#include <rehearse/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

RH_PUBLIC_BEGIN

/** One row per format: identifier, word, what it is. */
#define RH_EXPORT_FORMAT_MAP(X)                                                                    \
    X(TEXT, "text", "columns, one an actor, as `trace show` prints them")                          \
    X(MERMAID, "mermaid", "a sequence diagram that GitHub and GitLab draw")                        \
    X(PLANTUML, "plantuml", "a sequence diagram for PlantUML")                                     \
    X(SHIVIZ, "shiviz", "a log with vector clocks, for ShiViz")                                    \
    X(PERFETTO, "perfetto", "trace events in JSON, for ui.perfetto.dev or chrome://tracing")       \
    X(DOT, "dot", "who was linked with, monitored or had spawned whom at the end, for Graphviz")   \
    X(JSON, "json", "every event with its fields and causes, for programs")

enum rh_export_format {
#define X(identifier, word, sentence) RH_EXPORT_##identifier,
    RH_EXPORT_FORMAT_MAP(X)
#undef X
    RH_EXPORT_FORMAT_COUNT
};

/** Return the word of a format, such as "shiviz". */
const char *rh_export_format_word(enum rh_export_format format);
/** Find a format by its word; false: there is none. */
bool rh_export_format_find(const char *word, enum rh_export_format *ret_format);

/** What to write of a trace, and where. Zeroed but for `out`: everything that matters, as text. */
struct rh_export_options {
    FILE *out;
    enum rh_export_format format;
    unsigned width;       /**< TEXT: of a line; 0: 100 */
    bool with_everything; /**< also decisions and what merely completes another event */
    bool only_causes;     /**< only what led to the violation, or without one to the end */
    uint64_t last; /**< at most so many events, the last ones; 0: all. Together with only_causes
                                    what explains most, see rh_history_slice */
    uint64_t from_step;        /**< the first */
    uint64_t to_step;          /**< the last; 0: all. DOT shows the state behind it */
    const char *const *actors; /**< only what happens to one of these; NULL: everybody */
    size_t actor_count;
};

/** Return whether a format has a use for `last`, `from_step` and `only_causes`: DOT shows a state, not events. */
bool rh_export_has_events(enum rh_export_format format);

/** Write a trace (any bytes) in a format. What is written is well-formed, whatever comes of it: RH_OK; RH_TRUNCATED or
 *  RH_MALFORMED: up to where the trace ends or goes bad, nothing if that is in its header; RH_LIMIT: SHIVIZ, too many
 *  actors for a clock of each; RH_IO; RH_NO_MEMORY, which may leave half of it. In time proportional to the trace. */
RH_MUST_USE enum rh_status rh_export_trace(const struct rh_export_options *options,
                                           const uint8_t *bytes, size_t size);

RH_PUBLIC_END

#endif
