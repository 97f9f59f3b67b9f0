/* SPDX-License-Identifier: MIT */
/** @file
 *  A small play for the tests of traces: a server, clients that link, monitor, set timers, register and exit, so that a trace
 *  of it has most kinds of events. */
#ifndef HARNESS_TRACE_TESTS_STAGE_H
#define HARNESS_TRACE_TESTS_STAGE_H

#include "harness/trace/reader.h"
#include "harness/trace/trace.h"

#define STAGE_SCENARIO "scenario: a small play\n# with a comment \xc3\xa4\n"

struct stage_options {
    const struct rh_allocator *allocator;
    uint32_t clients; /**< 0: 2 */
    uint32_t rounds;  /**< pings of each; 0: 3 */
    uint64_t seed;
    struct rh_strategy *strategy; /**< NULL: random with the seed */
    const struct rh_violation *violation;
    bool with_fault; /**< the first client is crashed at a pinned message */
    bool heals;      /**< the run has a second phase */
    uint32_t cap;    /**< of the server */
    uint32_t word;   /**< an integer in every ping: makes runs differ */
};

/** Play once, with the trace to `sink`. Everything is checked with status codes, so that it can run out of memory. */
enum rh_status stage_play(const struct stage_options *options, const struct rh_trace_sink *sink,
                          uint64_t ret_digest[2]);

/** Play once into memory; fails the test if it cannot. */
struct rh_bytes_owned stage_record(const struct stage_options *options, uint64_t ret_digest[2]);
void stage_free(struct rh_bytes_owned *bytes);

#endif
