/* SPDX-License-Identifier: MIT */
/** @file
 *  Reading result files: one item at a time, from memory, strictly; nothing is allocated. Private to reports/results.
 *
 *      open -> next* */
#ifndef REPORTS_RESULTS_READER_H
#define REPORTS_RESULTS_READER_H

#include "reports/results/format.h"

#include <rehearse/message.h>

/** What the header says; texts are views into the file. */
struct results_header {
    struct rh_item key; /**< with the fields that follow */
    struct rh_text version;
    struct rh_text program; /**< bytes NULL: rehearse itself */
    struct rh_text settings;
    struct rh_text options; /**< bytes NULL: none */
    bool without_times;
    uint32_t shard_count;
    struct rh_reader plays; /**< of `play_count` */
    size_t play_count;
    struct rh_text command;  /**< bytes NULL: none */
    struct rh_reader shards; /**< numbers, ascending */
    size_t header_shards;
};

/** One item behind the header. */
struct results_item {
    enum results_code code;
    struct rh_item bytes;
    size_t play;
    struct rh_text path;        /**< BAD */
    struct rh_text diagnostics; /**< BAD */
    bool is_interrupted;
    bool has_diverged;
    enum rh_verdict verdict;
    struct rh_reader result; /**< PLAYED: flags, numbers */
    struct rh_text texts[RESULTS_TEXT_COUNT];
    struct rh_reader tallies; /**< of `tally_count` */
    size_t tally_count;
    uint64_t elapsed;
    struct rh_bytes traces[RESULTS_TRACES]; /**< size 0: none */
    bool is_cut;
    bool is_partial;
    struct rh_reader coverage; /**< of `coverage_count` items */
    size_t coverage_count;
    struct rh_reader ends; /**< FOOTER: of `end_count` shards, ascending */
    size_t end_count;
};

struct results_end {
    uint32_t shard;
    uint32_t signal;
    bool has_flaw;
    bool has_internal;
};

struct results_reader {
    const uint8_t *bytes;
    size_t size;
    size_t at;
    struct results_header header;
    size_t plays_read; /**< up to which play: they ascend */
    bool is_ended;
    const char *flaw; /**< what is wrong, a static sentence; NULL: nothing */
};

/** Read the header. RH_MALFORMED: it is no result file, or one of another format or release; RH_TRUNCATED, RH_LIMIT. */
RH_MUST_USE enum rh_status results_open(struct results_reader *reader, const uint8_t *bytes,
                                        size_t size);
/** Read an item. RH_OK; RH_DONE: the footer was the last; RH_TRUNCATED: the file ends before it; RH_MALFORMED, RH_LIMIT. */
RH_MUST_USE enum rh_status results_next(struct results_reader *reader, struct results_item *item);

/** Go on with the plays of a header, the shards of a footer, the tallies, the coverage and the numbers of a result: all
 *  known to be valid. */
void results_read_play(struct rh_reader *plays, struct rh_text *ret_path, uint64_t *ret_number,
                       uint64_t *ret_digest);
void results_read_end(struct rh_reader *ends, struct results_end *ret_end);
void results_read_tally(struct rh_reader *tallies, struct rh_text *ret_word,
                        struct rh_fault_tally *ret_tally);
void results_read_coverage(struct rh_reader *coverage, enum rh_coverage_family *ret_family,
                           struct rh_text *ret_key, uint64_t ret_counts[2]);
void results_read_result(struct rh_reader *reader, struct rh_result *ret_result);

#endif
