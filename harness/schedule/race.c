/* SPDX-License-Identifier: MIT */
/*
 * What could have been the other way round.
 *
 * A step that could have come before an earlier one is asked for at that one's place, with what it needs: rules 1 and 2 of
 * dpor.c. What a step needs is the same in all orders but for two. That time goes on needs all that had to happen before, and
 * so whatever came of something that could have waited; but had that waited, none of it would have been there. A step needs
 * that what was in its way is gone, a signal forged in front of it or time that its actor took; before that was put there it
 * did not. Both are asked for without what came of that. What the first will find then is not known, so that it is a hint at
 * the end of a plan.
 */
#include "harness/schedule/dpor.h"

#include <string.h>

/* ---- bits ---- */

static bool has_bits(const uint64_t *bits, uint32_t from, uint32_t end)
{
    for (uint32_t word = from / 64; from < end && word <= (end - 1) / 64; word++) {
        uint64_t low = word == from / 64 ? ~UINT64_C(0) << (from % 64) : ~UINT64_C(0);
        uint64_t high =
            word == (end - 1) / 64 ? ~UINT64_C(0) >> (63 - (end - 1) % 64) : ~UINT64_C(0);
        if ((bits[word] & low & high) != 0) {
            return true;
        }
    }
    return false;
}

/* Room for bits of the steps of the run, none of them set, twice; NULL: it has failed. */
static uint64_t *no_bits(struct dpor *dpor)
{
    uint32_t words = 2 * (dpor->depth / 64 + 1);
    if (!dpor_reserve(dpor, &dpor->bits, &dpor->bit_words, words, sizeof(uint64_t))) {
        return NULL;
    }
    memset(dpor->bits, 0, words * sizeof(uint64_t));
    return dpor->bits;
}

/* ---- asking ---- */

static bool is_possible(const struct dpor *dpor, uint32_t position, uint64_t id)
{
    return tree_candidate(&dpor->places[position], id)->id == id;
}

/* The step at `later`, and what it needs of what is behind `position`, could come before the one there: see that one of those
 * that would be first is explored there. The end comes by itself. */
static bool ask_for(struct dpor *dpor, uint32_t position, uint32_t later, const uint64_t *needs)
{
    const struct step *last = dpor->steps[later];
    uint32_t end = last->id == 0 ? later : later + 1;
    uint32_t count = 0;
    uint32_t draw_count = 0;
    for (uint32_t i = position + 1; i < end; i++) {
        const struct step *step = dpor->steps[i];
        if (i < later && !has_bit(needs, i)) {
            continue;
        }
        bool is_first = i < later ? !has_bits(step->before, position + 1, i) : count == 0;
        if (is_first && tree_is_known(dpor, position, step->id, &step->draws)) {
            return true;
        }
        count++;
        draw_count += step->draws.count;
    }
    if (count == 0 ||
        (last->ends_instant && count == 1 && !is_possible(dpor, position, last->id))) {
        return true; /* time goes on later without it: see what `instead` is */
    }
    struct plan *plan = tree_create_plan(dpor, count, draw_count);
    if (plan == NULL) {
        return false;
    }
    for (uint32_t i = position + 1; i < end; i++) {
        if (i == later || has_bit(needs, i)) {
            tree_add_wish(plan, count, dpor->steps[i]->id, &dpor->steps[i]->draws);
        }
    }
    plan->needed = !last->ends_instant || count == 1 ? count : count - 1;
    return tree_put(dpor, position, plan);
}

/* ---- time going on ---- */

/* Is the step at `position` something that could have waited until time went on, but for what came of it? */
static bool could_wait(const struct dpor *dpor, const struct step *step, uint32_t position)
{
    return step->ends_instant && has_bit(step->before, position) &&
           !has_bit(step->races, position) && !has_bit(step->makers, position) &&
           footprints_depend(&dpor->steps[position]->footprint, &step->footprint);
}

/* Ask for a step without the one at `position`, and without what came of that. */
static bool ask_without(struct dpor *dpor, uint32_t position, uint32_t later)
{
    uint64_t *needs = no_bits(dpor);
    for (uint32_t i = position + 1; i < later && needs != NULL; i++) {
        if (has_bit(dpor->steps[later]->before, i) && !has_bit(dpor->steps[i]->before, position)) {
            set_bit(needs, i);
        }
    }
    return needs != NULL && ask_for(dpor, position, later, needs);
}

static bool note_waits(struct dpor *dpor, const struct step *step)
{
    for (uint32_t i = 0; i < step->index; i++) {
        if (could_wait(dpor, step, i) && !ask_without(dpor, i, step->index)) {
            return false;
        }
    }
    return true;
}

/* ---- what was in the way ---- */

/* A step that came behind what was in its way could have come before that was put there: if it would have been there. */
static bool note_hindered(struct dpor *dpor, const struct step *step)
{
    if (step->hindrance.by == 0) {
        return true;
    }
    uint32_t position = step->hindrance.by - 1;
    for (uint32_t i = position; i < step->index; i++) {
        bool comes_of = i == position || has_bit(dpor->steps[i]->before, position);
        if (comes_of && i + 1 != step->hindrance.passed && has_bit(step->makers, i)) {
            return true;
        }
    }
    return ask_without(dpor, position, step->index);
}

/* ---- what is asleep ---- */

/* Does a step depend on what was explored, and nothing that it needs behind the position does? */
static bool wakes(const struct dpor *dpor, const struct explored *what, uint32_t position,
                  const struct step *step)
{
    if (!footprints_depend(&what->footprint, &step->footprint)) {
        return false;
    }
    for (uint32_t i = position + 1; i < step->index; i++) {
        if (has_bit(step->before, i) &&
            footprints_depend(&what->footprint, &dpor->steps[i]->footprint)) {
            return false;
        }
    }
    return true;
}

static bool wakes_any(const struct dpor *dpor, uint32_t position, const struct step *step)
{
    const struct place *place = &dpor->places[position];
    for (uint32_t i = 0; i < place->asleep_count; i++) {
        if (wakes(dpor, place->asleep[i].what, position, step)) {
            return true;
        }
    }
    return false;
}

static bool note_wakers(struct dpor *dpor, uint32_t position, uint32_t fresh)
{
    uint32_t from = fresh > position ? fresh : position + 1;
    for (uint32_t i = from; i < dpor->depth; i++) {
        const struct step *step = dpor->steps[i];
        if (!has_bit(step->before, position)) {
            if (wakes_any(dpor, position, step) && !ask_for(dpor, position, i, step->before)) {
                return false;
            }
        } else if (could_wait(dpor, step, position) && wakes_any(dpor, position, step) &&
                   !ask_without(dpor, position, i)) {
            return false;
        }
    }
    return true;
}

/* ---- all of it ---- */

static bool note_races(struct dpor *dpor, const struct step *step)
{
    for (uint32_t word = 0; word <= step->index / 64; word++) {
        uint32_t position = word * 64;
        for (uint64_t bits = step->races[word]; bits != 0; bits >>= 1, position++) {
            if ((bits & 1U) != 0 && dpor->steps[position]->id != 0 &&
                !ask_for(dpor, position, step->index, step->before)) {
                return false;
            }
        }
    }
    return (!step->ends_instant || note_waits(dpor, step)) && note_hindered(dpor, step);
}

bool race_note_all(struct dpor *dpor, uint32_t fresh)
{
    for (uint32_t i = fresh; i < dpor->depth; i++) {
        if (!note_races(dpor, dpor->steps[i])) {
            return false;
        }
    }
    for (uint32_t i = 0; i < dpor->depth; i++) {
        if (dpor->places[i].asleep_count > 0 && !note_wakers(dpor, i, fresh)) {
            return false;
        }
    }
    return true;
}
