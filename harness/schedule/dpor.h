/* SPDX-License-Identifier: MIT */
/** @file
 *  The stack of the explorer. Private to dpor.c and times.c. */
#ifndef HARNESS_SCHEDULE_DPOR_H
#define HARNESS_SCHEDULE_DPOR_H

#include "harness/schedule/wakeup.h"

struct place {
    struct event event; /* what happened here */
    bool has_event;
    uint32_t draw_counts[DRAWS_MAX]; /* of how many the numbers were that its event drew */
    uint64_t *before; /* bits of the places that come before it in every equivalent run */
    uint64_t *races;  /* bits of those it could have come before instead */
    uint64_t *makers; /* bits of those without which it would not be */
    uint32_t words;
    uint32_t behind; /* it comes behind so many places in any order */
    uint32_t base;   /* the place that its window counts from */
    rh_duration window_begin;
    rh_duration window_end;
    struct branch *branches; /* still to be tried */
    struct event *sleepers;
    uint32_t sleeper_count;
    uint32_t sleeper_capacity;
    struct event *enabled; /* without labels */
    uint32_t enabled_count;
    uint32_t enabled_capacity;
};

struct dpor {
    struct rh_strategy head;
    struct store store;
    uint32_t depth_max;
    struct place *places;
    uint32_t capacity;
    uint32_t length;         /* places in use */
    uint32_t depth;          /* of the run under way */
    uint32_t replayed;       /* places that are as in the run before */
    uint32_t drawn;          /* numbers within the event under way */
    struct branch *promised; /* what is to be tried behind the last event */
    bool is_cut;
    bool is_timed; /* some event has a window */
    bool has_lost; /* a sequence could not be followed, or what a step depends on is not known */
    uint32_t reach;
    uint32_t reach_decided; /* what decisions so far are based on */
    bool has_decided;
    struct event *scratch;
    uint32_t scratch_capacity;
    bool *dropped;
};

static inline bool has_bit(const uint64_t *bits, uint32_t index)
{
    return (bits[index / 64] >> (index % 64) & 1U) != 0;
}

static inline uint32_t find_enabled(const struct place *place, uint64_t id)
{
    uint32_t at = 0;
    while (at < place->enabled_count && place->enabled[at].id != id) {
        at++;
    }
    return at;
}

/** Are there times for all events of the run under way that respect windows and orders? */
bool dpor_is_feasible(struct dpor *dpor);

#endif
