/* SPDX-License-Identifier: MIT */
/** @file
 *  Reading traces: one item at a time, from memory, strictly. What is read is borrowed from the bytes.
 *
 *      open -> next* -> (rewind -> next*)* -> close
 *
 *  Whatever the bytes are, nothing is allocated but one word per actor mentioned. A trace that ends early reads up to the
 *  last whole item and then answers RH_TRUNCATED with the offset of the cut. */
#ifndef HARNESS_TRACE_READER_H
#define HARNESS_TRACE_READER_H

#include "harness/trace/format.h"

#include <rehearse/verdict.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What the header says; texts are views into the trace. */
struct rh_trace_info {
    struct rh_text version; /**< of the tool that wrote it */
    struct rh_text program; /**< size 0: rehearse itself */
    struct rh_text path;    /**< size 0: none */
    bool has_scenario;
    struct rh_text scenario;
    bool
        header_fits; /**< its digest is the recorded one: neither scenario nor settings were edited */
    struct rh_text strategy;
    uint64_t seed;
    uint64_t run;
    bool time_free;
    rh_duration stall_max;
    uint64_t events_max;
    uint64_t instant_events_max;
    struct rh_limits limits; /**< those that are named; the rest is the default */
};

/** What the footer says. */
struct rh_trace_result {
    uint64_t items;
    uint8_t digest[RH_TRACE_DIGEST_BYTES];
    enum rh_end end;
    enum rh_verdict verdict;
    bool has_violation;
    struct rh_text invariant;
    uint64_t step;
    uint32_t actors[2];
    struct rh_text expected;
    struct rh_text observed;
    uint32_t line;
    uint32_t column;
};

/** One item. Actors are numbers of the trace, see rh_trace_name. */
struct rh_trace_item {
    enum rh_trace_code code;
    struct rh_item bytes; /**< the item as it stands in the trace */
    size_t offset;        /**< of it */
    uint64_t step;        /**< in which it happened; a STEP's own */
    rh_instant now;
    uint32_t actor;  /**< EVENT, FAULT, PIPE, NAME (the number that is given), STEP of a source */
    uint32_t peer;   /**< EVENT */
    uint32_t source; /**< STEP: 0 a node's event, else the source's number + 1 */
    uint64_t id;     /**< STEP of a source: the source's own */
    enum rh_event_kind kind;
    enum rh_signal_kind signal;
    enum rh_why why;
    enum rh_status status;
    uint64_t ordinal;
    uint64_t number;
    rh_instant due;
    struct rh_text name;    /**< EVENT, NAME, FAULT (its kind), PHASE, PIPE; bytes NULL: none */
    struct rh_text news;    /**< PIPE: what has happened */
    struct rh_text detail;  /**< PIPE: why it is closed; otherwise `number` says how much */
    struct rh_item message; /**< EVENT, FAULT; size 0: none. Pids in it are [0, 0, number, 1] */
    struct rh_decision decision;
    uint64_t items;                        /**< DIGEST */
    uint8_t digest[RH_TRACE_DIGEST_BYTES]; /**< DIGEST */
    struct rh_trace_result result;         /**< FOOTER */
};

struct rh_trace_reader {
    const struct rh_allocator *allocator;
    const uint8_t *bytes;
    size_t size;
    size_t at;
    size_t body; /**< where the header ends */
    struct rh_trace_info info;
    struct rh_text *names; /**< by number - 1 */
    uint32_t name_count;
    uint32_t name_capacity;
    uint64_t items;
    uint64_t step;
    rh_instant now;
    size_t segment; /**< where what the next digest covers begins */
    uint8_t digest[RH_TRACE_DIGEST_BYTES];
    bool is_ended; /**< the footer has been read */
    /** The first item covered by a digest that does not fit: somebody has edited it, or something behind it up to that
     *  digest. Reading goes on. */
    bool is_edited;
    uint64_t edited_step;
    const char *flaw;   /**< what is wrong, a static sentence; NULL: nothing */
    size_t flaw_offset; /**< where */
};

/** Read the header. `bytes` are borrowed until close. RH_MALFORMED: no trace, or one of another format (flaw says which);
 *  RH_TRUNCATED: it ends within the header; RH_LIMIT. The reader is to be closed in every case. */
RH_MUST_USE enum rh_status rh_trace_open(struct rh_trace_reader *reader,
                                         const struct rh_allocator *allocator, const uint8_t *bytes,
                                         size_t size);
/** Accepts a zeroed reader. */
void rh_trace_close(struct rh_trace_reader *reader);
/** Go back to behind the header. */
void rh_trace_rewind(struct rh_trace_reader *reader);

/** Read one item. RH_OK; RH_DONE: the footer was the last, and nothing follows; RH_TRUNCATED: the bytes end here, before a
 *  footer; RH_MALFORMED, RH_LIMIT, RH_NO_MEMORY. What is not RH_OK stays; flaw and flaw_offset explain it. */
RH_MUST_USE enum rh_status rh_trace_next(struct rh_trace_reader *reader,
                                         struct rh_trace_item *ret_item);

/** Return what an actor is called: "-" for 0, "?" for a number that is not given (yet). */
struct rh_text rh_trace_name(const struct rh_trace_reader *reader, uint32_t index);
/** The naming callback for rh_item_print and the printer below; `self` is the reader. */
size_t rh_trace_print_name(void *reader, struct rh_pid pid, char *buffer, size_t capacity);

/** Take one item apart that is known to be whole; state is that of the reader before it, names are not looked at.
 *  RH_MALFORMED. */
RH_MUST_USE enum rh_status rh_trace_decode(struct rh_item bytes, struct rh_trace_item *ret_item);

#ifdef __cplusplus
}
#endif
#endif
