/* SPDX-License-Identifier: MIT */
/*
 * Whether an order could have happened: difference constraints. Every event has a window that counts from the event it came
 * from, happens no earlier than what it depends on, and what it takes away has not been too late yet. The earliest times
 * are found from below; each round settles at least one event, so that more rounds than events mean that there are none.
 *
 * A fault takes no time and waits for none: it happens at a time at which something else happens.
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

/* What a step has taken away had not been too late yet. */
static bool push_gone(const struct dpor *dpor, rh_instant *times, const struct step *step)
{
    bool changed = false;
    for (uint32_t i = 0; i < step->gone_count; i++) {
        const struct gone *gone = &step->gone[i];
        changed =
            push_base(dpor, times, gone->base, gone->window_end, times[step->index]) || changed;
    }
    return changed;
}

/* Make each time at least what the others ask for; false: nothing had to change. */
static bool push_times(const struct dpor *dpor, rh_instant *times)
{
    bool changed = false;
    for (uint32_t i = 0; i < dpor->depth; i++) {
        const struct step *step = dpor->steps[i];
        bool counts = step->window_base < dpor->depth;
        rh_instant least = (counts ? times[step->window_base] : 0) + step->window_begin;
        for (uint32_t word = 0; word <= i / 64; word++) {
            uint64_t bits = step->races[word] | step->makers[word];
            for (uint32_t j = word * 64; bits != 0; j++, bits >>= 1) {
                least = (bits & 1U) != 0 && times[j] > least ? times[j] : least;
            }
        }
        for (uint32_t j = 0; j < step->behind && j < i; j++) {
            least = times[j] > least ? times[j] : least;
        }
        if (least > times[i]) {
            times[i] = least;
            changed = true;
        }
        /* Not later than its window: what the window counts from is not earlier. */
        changed = push_base(dpor, times, step->window_base, step->window_end, times[i]) || changed;
        changed = push_gone(dpor, times, step) || changed;
    }
    return changed;
}

/* A window that counts from the begin cannot be moved. */
static bool are_in_windows(const struct dpor *dpor, const rh_instant *times)
{
    for (uint32_t i = 0; i < dpor->depth; i++) {
        const struct step *step = dpor->steps[i];
        if (step->window_base >= dpor->depth && step->window_end != RH_NEVER &&
            times[i] > step->window_end) {
            return false;
        }
        for (uint32_t j = 0; j < step->gone_count; j++) {
            const struct gone *gone = &step->gone[j];
            if (gone->base >= dpor->depth && times[i] > gone->window_end) {
                return false;
            }
        }
    }
    return true;
}

/* Does anything happen at the time of a step, and not because of it? */
static bool is_in_company(const struct dpor *dpor, const rh_instant *times, uint32_t index)
{
    if (times[index] == 0) {
        return true;
    }
    for (uint32_t i = 0; i < dpor->depth; i++) {
        if (i != index && times[i] == times[index] &&
            (i < index || !has_bit(dpor->steps[i]->before, index)) && dpor->steps[i]->id != 0 &&
            !dpor->steps[i]->optional) {
            return true;
        }
    }
    return false;
}

static bool are_faults_in_company(const struct dpor *dpor, const rh_instant *times)
{
    for (uint32_t i = 0; i < dpor->depth; i++) {
        if (dpor->steps[i]->optional && !is_in_company(dpor, times, i)) {
            return false;
        }
    }
    return true;
}

bool dpor_is_feasible(struct dpor *dpor)
{
    if (!dpor->is_timed || dpor->depth == 0 || dpor->head.failed) {
        return true;
    }
    struct mark mark = arena_mark(&dpor->arena);
    rh_instant *times = arena_take(&dpor->arena, dpor->depth * sizeof(rh_instant));
    if (times == NULL) {
        dpor_fail(dpor);
        return true;
    }
    memset(times, 0, dpor->depth * sizeof(rh_instant));
    uint32_t rounds = 0;
    while (rounds <= dpor->depth && push_times(dpor, times) && are_in_windows(dpor, times)) {
        rounds++;
    }
    bool allowed =
        rounds <= dpor->depth && are_in_windows(dpor, times) && are_faults_in_company(dpor, times);
    arena_return(&dpor->arena, mark);
    return allowed;
}
