/* SPDX-License-Identifier: MIT */
/** @file
 *  A trace in memory, with who happened before whom: where an event's actor was before it, and where its signal was sent.
 *
 *      load -> (slice | read)* -> deinit */
#ifndef HARNESS_TRACE_HISTORY_H
#define HARNESS_TRACE_HISTORY_H

#include "harness/trace/reader.h"

#ifdef __cplusplus
extern "C" {
#endif

#define RH_HISTORY_NONE UINT32_MAX

/** One event or fault. */
struct rh_moment {
    size_t offset; /**< of the item in the trace */
    uint64_t step;
    rh_instant now;
    uint32_t actor; /**< whose it is, 0 for nobody's */
    uint32_t peer;
    uint32_t
        line; /**< in whose order it stands: its actor's, or its endpoint's; RH_HISTORY_NONE: in nobody's */
    uint32_t before; /**< the moment before it in that order, or RH_HISTORY_NONE */
    uint32_t cause;  /**< where what is handled here was sent or set, or RH_HISTORY_NONE */
    uint8_t kind;    /**< enum rh_event_kind; UINT8_MAX: a fault */
    uint8_t signal;
    bool matters; /**< as rh_trace_matters */
    bool is_past; /**< marked by the last slice */
    bool
        is_aside; /**< marked by the last slice: not in the past, but it may be why something is missing there */
};

struct rh_history {
    const struct rh_allocator *allocator;
    struct rh_trace_reader reader; /**< read to its end */
    enum rh_status status; /**< how reading ended: RH_DONE, RH_TRUNCATED, RH_MALFORMED ... */
    struct rh_moment *moments;
    uint32_t count;
    uint32_t capacity;
    bool has_footer;
    struct rh_trace_result result;
};

/** Read a trace (borrowed). RH_OK also for one that is cut or goes bad behind its header: see `status`. Otherwise what
 *  rh_trace_open said, or RH_NO_MEMORY. To be deinit'ed in every case. */
RH_MUST_USE enum rh_status rh_history_load(struct rh_history *history,
                                           const struct rh_allocator *allocator,
                                           const uint8_t *bytes, size_t size);
/** Accepts a zeroed one. */
void rh_history_deinit(struct rh_history *history);

/** Read a moment's item again. */
void rh_history_item(const struct rh_history *history, uint32_t index,
                     struct rh_trace_item *ret_item);

/** Choose what explains the state of `actors` (0: none; both 0: whatever happened last) at the end of `step`: of their
 *  causal past the moments that matter, at most `max`, ascending; faults, exits and what concerns the actors themselves
 *  come before what happened elsewhere, and late before early. What has not happened is in nobody's past: where that leaves
 *  room, faults, exits and lost messages of others follow, each with its own past. Returns how many; `*ret_past` is how
 *  many there were to choose from. RH_HISTORY_NONE never appears in `chosen`. */
uint32_t rh_history_slice(struct rh_history *history, uint64_t step, const uint32_t actors[2],
                          uint32_t *chosen, uint32_t max, uint32_t *ret_past);

#ifdef __cplusplus
}
#endif
#endif
