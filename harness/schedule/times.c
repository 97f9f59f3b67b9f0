/* SPDX-License-Identifier: MIT */
/*
 * Whether an order could have happened: difference constraints. Every event has a window that counts from the event it came
 * from, happens no earlier than what it depends on, and what it takes away has not been too late yet. The earliest times
 * are found from below; each round settles at least one event, so that more rounds than events mean that there are none.
 */
#include "harness/schedule/dpor.h"

#include <string.h>

/* Nothing that counts from `base` happens more than `span` after it: `time` is not too late for that. */
static bool push_base(const struct dpor *dpor, rh_instant *times, uint32_t base, rh_duration span,
                      rh_instant time)
{
    if (base >= dpor->depth || span == RH_NEVER || time <= span || time - span <= times[base]) {
        return false;
    }
    times[base] = time - span;
    return true;
}

/* Has the event of a place taken this one away? */
static bool is_taken(const struct dpor *dpor, uint32_t index, const struct event *event)
{
    const struct place *place = &dpor->places[index];
    const struct place *next = place + 1;
    return event->id != place->event.id &&
           (index + 1 == dpor->depth || find_enabled(next, event->id) == next->enabled_count);
}

/* Make each time at least what the others ask for; false: nothing had to change. */
static bool push_times(const struct dpor *dpor, rh_instant *times)
{
    bool changed = false;
    for (uint32_t i = 0; i < dpor->depth; i++) {
        const struct place *place = &dpor->places[i];
        bool counts = place->base < dpor->depth;
        rh_instant least = (counts ? times[place->base] : 0) + place->window_begin;
        for (uint32_t word = 0; word <= i / 64; word++) {
            uint64_t bits = place->races[word] | place->makers[word];
            for (uint32_t j = word * 64; bits != 0; j++, bits >>= 1) {
                least = (bits & 1U) != 0 && times[j] > least ? times[j] : least;
            }
        }
        for (uint32_t j = 0; j < place->behind && j < i; j++) {
            least = times[j] > least ? times[j] : least;
        }
        if (least > times[i]) {
            times[i] = least;
            changed = true;
        }
        /* Not later than its window: what the window counts from is not earlier. */
        changed = push_base(dpor, times, place->base, place->window_end, times[i]) || changed;
        for (uint32_t j = 0; j < place->enabled_count; j++) {
            const struct event *event = &place->enabled[j];
            if (event->window_end != RH_NEVER && is_taken(dpor, i, event)) {
                changed =
                    push_base(dpor, times, event->base, event->window_end, times[i]) || changed;
            }
        }
    }
    return changed;
}

/* A window that counts from the begin cannot be moved. */
static bool are_in_windows(const struct dpor *dpor, const rh_instant *times)
{
    for (uint32_t i = 0; i < dpor->depth; i++) {
        const struct place *place = &dpor->places[i];
        if (place->base >= dpor->depth && place->window_end != RH_NEVER &&
            times[i] > place->window_end) {
            return false;
        }
        for (uint32_t j = 0; j < place->enabled_count; j++) {
            const struct event *event = &place->enabled[j];
            if (event->base >= dpor->depth && times[i] > event->window_end &&
                is_taken(dpor, i, event)) {
                return false;
            }
        }
    }
    return true;
}

bool dpor_is_feasible(struct dpor *dpor)
{
    if (!dpor->is_timed || dpor->depth == 0 || dpor->head.failed) {
        return true;
    }
    size_t bytes = dpor->depth * sizeof(rh_instant);
    rh_instant *times = store_take(&dpor->store, bytes);
    if (times == NULL) {
        dpor->store.is_exhausted = true;
        return true;
    }
    memset(times, 0, bytes);
    uint32_t rounds = 0;
    while (rounds <= dpor->depth && push_times(dpor, times) && are_in_windows(dpor, times)) {
        rounds++;
    }
    bool allowed = rounds <= dpor->depth && are_in_windows(dpor, times);
    store_give(&dpor->store, times, bytes);
    return allowed;
}
