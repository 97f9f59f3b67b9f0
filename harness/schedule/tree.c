/* SPDX-License-Identifier: MIT */
/*
 * The places of a run: what is asleep there, what was explored from there, and what is still to be played. See dpor.c for why
 * this is enough.
 *
 * A place lives as long as it is on the way to what is being played, and so does all that hangs from it: what is asleep there
 * was explored at one of the places before. Plans and explored steps come and go while deeper places have memory of the
 * arena, so they have memory of their own.
 */
#include "harness/schedule/dpor.h"

#include "harness/schedule/dependence.h"

#include <string.h>

/* ---- memory ---- */

static void *allocate(struct dpor *dpor, size_t bytes)
{
    struct arena *arena = &dpor->arena;
    if (bytes > arena->max - arena->taken) {
        arena->is_exhausted = true;
        dpor_fail(dpor);
        return NULL;
    }
    void *at = arena->allocator.allocate(arena->allocator.self, bytes);
    if (at == NULL) {
        dpor_fail(dpor);
        return NULL;
    }
    arena->taken += bytes;
    return at;
}

static void release(struct dpor *dpor, void *at, size_t bytes)
{
    dpor->arena.taken -= bytes;
    dpor->arena.allocator.release(dpor->arena.allocator.self, at, bytes);
}

void tree_free_plan(struct dpor *dpor, struct plan *plan)
{
    if (plan != NULL) {
        release(dpor, plan, plan->bytes);
    }
}

void *tree_allocate(struct dpor *dpor, size_t bytes)
{
    return allocate(dpor, bytes);
}

void tree_release(struct dpor *dpor, void *at, size_t bytes)
{
    release(dpor, at, bytes);
}

void tree_free_explored(struct dpor *dpor, struct explored *explored)
{
    while (explored != NULL) {
        struct explored *next = explored->next;
        release(dpor, explored, explored->bytes);
        explored = next;
    }
}

void tree_free_plans(struct dpor *dpor, struct plan *plan)
{
    while (plan != NULL) {
        struct plan *next = plan->next;
        release(dpor, plan, plan->bytes);
        plan = next;
    }
}

static void leave(struct dpor *dpor, struct place *place)
{
    tree_free_explored(dpor, place->explored);
    tree_free_plans(dpor, place->plans);
    arena_return(&dpor->arena, place->before);
}

void tree_forget(struct dpor *dpor, uint32_t count)
{
    while (dpor->place_count > count) {
        leave(dpor, &dpor->places[--dpor->place_count]);
    }
}

/* ---- small questions ---- */

static bool draws_equal(const struct draws *a, const struct draws *b)
{
    return a->count == b->count &&
           (a->count == 0 || memcmp(a->at, b->at, a->count * sizeof(a->at[0])) == 0);
}

/* Does one begin with the numbers of the other, whichever has fewer? */
static bool draws_agree(const struct draws *a, const struct draws *b)
{
    uint32_t count = a->count < b->count ? a->count : b->count;
    return count == 0 || memcmp(a->at, b->at, count * sizeof(a->at[0])) == 0;
}

/* ---- what is asleep ---- */

bool tree_is_asleep(const struct dpor *dpor, uint64_t id)
{
    const struct place *place = &dpor->places[dpor->depth];
    for (uint32_t i = 0; i < place->asleep_count; i++) {
        if (place->asleep[i].what->id == id) {
            return !place->asleep[i].is_alone;
        }
    }
    return false;
}

bool tree_has_slept(const struct dpor *dpor)
{
    const struct step *last = dpor->steps[dpor->depth - 1];
    const struct place *place = &dpor->places[last->index];
    for (uint32_t i = 0; i < place->asleep_count; i++) {
        const struct explored *what = place->asleep[i].what;
        if (what->id == last->id && draws_equal(&what->draws, &last->draws)) {
            return true;
        }
    }
    return false;
}

static bool is_there(uint64_t id, uint32_t count, const struct rh_candidate *candidates)
{
    for (uint32_t i = 0; i < count; i++) {
        if (candidates[i].id == id) {
            return true;
        }
    }
    return false;
}

static void wake_one_of(struct place *place, uint64_t id)
{
    for (uint32_t i = 0; i < place->asleep_count; i++) {
        place->asleep[i].is_alone = place->asleep[i].is_alone || place->asleep[i].what->id == id;
    }
}

/* Has a barrier been passed by the last step? */
static bool is_behind_barrier(uint32_t count, const struct rh_candidate *candidates)
{
    bool found = false;
    for (uint32_t i = 0; i < count && !found; i++) {
        found = (candidates[i].held_by & RH_HOLD_BARRIER) != 0;
    }
    return found;
}

/* What slept before the last step, or was explored instead of it, sleeps on unless it depends on it. What need not be over for
 * a barrier to be passed is another one behind that: what comes of it is not waited for. */
static bool fall_asleep(struct dpor *dpor, struct place *place, uint32_t count,
                        const struct rh_candidate *candidates)
{
    const struct place *from = &dpor->places[dpor->depth - 1];
    const struct step *last = dpor->steps[dpor->depth - 1];
    uint32_t most = from->asleep_count;
    for (const struct explored *it = from->explored; it != NULL; it = it->next) {
        most++;
    }
    if (most == 0) {
        return true;
    }
    place->asleep = arena_take(&dpor->arena, most * sizeof(struct asleep));
    if (place->asleep == NULL) {
        dpor_fail(dpor);
        return false;
    }
    bool is_passed = is_behind_barrier(count, candidates);
    const struct explored *next = from->explored;
    for (uint32_t i = 0; i < most; i++) {
        struct asleep it = {next, false};
        if (i < from->asleep_count) {
            it = from->asleep[i];
        } else {
            next = next->next;
        }
        if (is_passed && (footprint_waits(&it.what->footprint) & RH_HOLD_BARRIER) != 0) {
            continue;
        }
        if (it.what->id != last->id && is_there(it.what->id, count, candidates) &&
            !footprints_depend(&it.what->footprint, &last->footprint)) {
            place->asleep[place->asleep_count++] = it;
        }
    }
    next = from->explored;
    for (uint32_t i = 0; i < most; i++) {
        const struct explored *what = i < from->asleep_count ? from->asleep[i].what : next;
        next = i < from->asleep_count ? next : next->next;
        if (what->draws.count > 0 && footprints_depend(&what->footprint, &last->footprint)) {
            wake_one_of(place, what->id);
        }
    }
    return true;
}

static bool note_enabled(struct dpor *dpor, struct place *place, uint32_t count,
                         const struct rh_candidate *candidates)
{
    place->enabled = arena_take(&dpor->arena, count * sizeof(struct candidate));
    if (place->enabled == NULL) {
        dpor_fail(dpor);
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        place->enabled[i] = (struct candidate){.id = candidates[i].id,
                                               .strikes = candidates[i].strikes,
                                               .whose = candidates[i].whose,
                                               .bound = candidates[i].bound,
                                               .optional = candidates[i].optional,
                                               .holds = candidates[i].holds,
                                               .held_by = candidates[i].held_by};
    }
    place->enabled_count = count;
    return true;
}

const struct candidate *tree_candidate(const struct place *place, uint64_t id)
{
    uint32_t at = 0;
    while (at + 1 < place->enabled_count && place->enabled[at].id != id) {
        at++;
    }
    return &place->enabled[at];
}

bool tree_enter(struct dpor *dpor, uint32_t count, const struct rh_candidate *candidates)
{
    if (!dpor_reserve(dpor, &dpor->places, &dpor->place_capacity, dpor->place_count + 1,
                      sizeof(struct place))) {
        return false;
    }
    struct place *place = &dpor->places[dpor->place_count++];
    *place = (struct place){.before = arena_mark(&dpor->arena)};
    bool entered = note_enabled(dpor, place, count, candidates) &&
                   (dpor->depth == 0 || fall_asleep(dpor, place, count, candidates));
    place->mark = arena_mark(&dpor->arena);
    way_enter(dpor, place);
    return entered;
}

/* ---- planning ---- */

/* Is it certain that this, numbers included, is explored from a place or need not be? Where one number of an event is
 * explored all of them are. */
bool tree_is_known(const struct dpor *dpor, uint32_t position, uint64_t id,
                   const struct draws *draws)
{
    const struct place *place = &dpor->places[position];
    if (dpor->steps[position]->id == id) {
        return true;
    }
    for (uint32_t i = 0; i < place->asleep_count; i++) {
        const struct asleep *it = &place->asleep[i];
        if (it->what->id == id &&
            (!it->is_alone || (draws != NULL && draws_equal(&it->what->draws, draws)))) {
            return true;
        }
    }
    for (const struct explored *it = place->explored; it != NULL; it = it->next) {
        if (it->id == id) {
            return true;
        }
    }
    for (const struct plan *it = place->plans; it != NULL; it = it->next) {
        if (it->wishes[0].id == id) {
            return true;
        }
    }
    return false;
}

struct plan *tree_create_plan(struct dpor *dpor, uint32_t count, uint32_t draw_count)
{
    size_t bytes =
        sizeof(struct plan) + count * sizeof(struct wish) + draw_count * sizeof(uint32_t);
    struct plan *plan = allocate(dpor, bytes);
    if (plan != NULL) {
        *plan = (struct plan){.bytes = bytes, .wishes = (struct wish *)(void *)(plan + 1)};
    }
    return plan;
}

void tree_add_wish(struct plan *plan, uint32_t most, uint64_t id, const struct draws *draws)
{
    uint32_t *numbers = (uint32_t *)(void *)(plan->wishes + most);
    for (uint32_t i = 0; i < plan->count; i++) {
        numbers += plan->wishes[i].draws.count;
    }
    if (draws->count > 0) {
        memcpy(numbers, draws->at, draws->count * sizeof(uint32_t));
    }
    plan->wishes[plan->count++] = (struct wish){id, {numbers, draws->count}};
}

static void put_last(struct place *place, struct plan *plan)
{
    struct plan **at = &place->plans;
    while (*at != NULL) {
        at = &(*at)->next;
    }
    *at = plan;
}

bool tree_put(struct dpor *dpor, uint32_t position, struct plan *plan)
{
    if (position < dpor->way.floor) {
        return way_ask(dpor, position, plan);
    }
    put_last(&dpor->places[position], plan);
    return true;
}

struct plan *tree_copy_plan(struct dpor *dpor, const struct plan *plan, uint32_t count)
{
    uint32_t draw_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        draw_count += plan->wishes[i].draws.count;
    }
    struct plan *copy = tree_create_plan(dpor, count, draw_count);
    for (uint32_t i = 0; i < count && copy != NULL; i++) {
        tree_add_wish(copy, count, plan->wishes[i].id, &plan->wishes[i].draws);
        copy->needed = plan->needed < count ? plan->needed : count;
    }
    return copy;
}

bool tree_hint(struct dpor *dpor, uint64_t next)
{
    const struct draws none = {0};
    uint32_t count = dpor->depth - dpor->shared;
    uint32_t draw_count = 0;
    if (count + (next != 0) <= dpor->plan->count) {
        return true;
    }
    for (uint32_t i = dpor->shared; i < dpor->depth; i++) {
        draw_count += dpor->steps[i]->draws.count;
    }
    struct plan *plan = tree_create_plan(dpor, count + 1, draw_count);
    if (plan == NULL) {
        return false;
    }
    for (uint32_t i = dpor->shared; i < dpor->depth; i++) {
        tree_add_wish(plan, count + 1, dpor->steps[i]->id, &dpor->steps[i]->draws);
    }
    if (next != 0) {
        tree_add_wish(plan, count + 1, next, &none);
    }
    plan->needed = dpor->plan->needed;
    tree_free_plan(dpor, dpor->plan);
    dpor->plan = plan;
    return true;
}

static bool plan_one(struct dpor *dpor, uint32_t position, uint64_t id)
{
    const struct draws none = {0};
    struct plan *plan = tree_create_plan(dpor, 1, 0);
    if (plan == NULL) {
        return false;
    }
    tree_add_wish(plan, 1, id, &none);
    plan->needed = 1;
    return tree_put(dpor, position, plan);
}

uint32_t tree_wake_by_fault(struct dpor *dpor, uint32_t count,
                            const struct rh_candidate *candidates)
{
    uint32_t first = count;
    for (uint32_t i = 0; i < count; i++) {
        if (!candidates[i].optional || tree_is_asleep(dpor, candidates[i].id)) {
            continue;
        }
        if (first == count) {
            first = i;
        } else if (!plan_one(dpor, dpor->depth, candidates[i].id)) {
            return count;
        }
    }
    return first;
}

/* ---- what could have been instead ---- */

/* A budget is a bound on the run, and no dependence. */
bool tree_is_spent(const struct dpor *dpor, const struct candidate *fault)
{
    uint64_t all = 0;
    uint64_t own = 0;
    for (uint32_t i = 0; i < dpor->depth && fault->bound.line != 0; i++) {
        const struct step *step = dpor->steps[i];
        all += step->optional;
        own += step->bound.line == fault->bound.line;
    }
    return fault->bound.line != 0 && (own >= fault->bound.line_max ||
                                      (fault->bound.all_max > 0 && all >= fault->bound.all_max));
}

static bool are_numbers_known(const struct dpor *dpor, const struct place *place, uint64_t id,
                              const struct draws *draws)
{
    const struct step *last = dpor->steps[dpor->depth - 1];
    if (draws_agree(&last->draws, draws)) {
        return true;
    }
    for (uint32_t i = 0; i < place->asleep_count; i++) {
        const struct explored *what = place->asleep[i].what;
        if (what->id == id && draws_equal(&what->draws, draws)) {
            return true;
        }
    }
    for (const struct explored *it = place->explored; it != NULL; it = it->next) {
        if (it->id == id && draws_agree(&it->draws, draws)) {
            return true;
        }
    }
    for (const struct plan *it = place->plans; it != NULL; it = it->next) {
        if (it->wishes[0].id == id && it->wishes[0].draws.count >= draws->count &&
            draws_agree(&it->wishes[0].draws, draws)) {
            return true;
        }
    }
    return false;
}

/* Other numbers come right behind, so that all of them are explored before anything else is. */
static bool ask_for_numbers(struct dpor *dpor, const struct step *last)
{
    struct place *place = &dpor->places[last->index];
    for (uint32_t i = 0; i < last->draws.count; i++) {
        for (uint32_t number = 0; number < last->draw_counts[i]; number++) {
            struct plan *plan = tree_create_plan(dpor, 1, i + 1);
            if (plan == NULL) {
                return false;
            }
            const struct draws draws = {last->draws.at, i + 1};
            tree_add_wish(plan, 1, last->id, &draws);
            plan->needed = 1;
            uint32_t *numbers = (uint32_t *)(void *)(plan->wishes + 1);
            numbers[i] = number;
            if (are_numbers_known(dpor, place, last->id, &plan->wishes[0].draws)) {
                tree_free_plan(dpor, plan);
                continue;
            }
            plan->next = place->plans;
            place->plans = plan;
        }
    }
    return true;
}

static bool is_gone(const struct candidate *candidate, const struct step *last, uint32_t hint,
                    uint32_t count, const struct rh_candidate *candidates)
{
    if (candidate->id == last->id) {
        return false;
    }
    if (candidate->id == 0) {
        return !last->optional; /* where upkeep leads on the run could have ended, too */
    }
    if (last->id == 0) {
        return candidate->optional;
    }
    if ((hint < count && candidates[hint].id == candidate->id) ||
        (hint > 0 && hint - 1 < count && candidates[hint - 1].id == candidate->id)) {
        return false;
    }
    return !is_there(candidate->id, count, candidates);
}

bool tree_note_others(struct dpor *dpor, uint32_t count, const struct rh_candidate *candidates)
{
    struct step *last = dpor->steps[dpor->depth - 1];
    const struct place *place = &dpor->places[last->index];
    bool is_planned = last->index < dpor->way.steps; /* when it was taken for the first time */
    bool is_alone = last->optional && place->explored == NULL;
    for (uint32_t i = 0; i < place->enabled_count; i++) {
        const struct candidate *candidate = &place->enabled[i];
        if (!is_gone(candidate, last, i, count, candidates)) {
            continue;
        }
        if (!is_planned && (is_alone || !tree_is_spent(dpor, candidate)) &&
            !tree_is_known(dpor, last->index, candidate->id, NULL) &&
            !plan_one(dpor, last->index, candidate->id)) {
            return false;
        }
    }
    if (!is_planned && last->instead != 0 &&
        !tree_is_known(dpor, last->index, last->instead, NULL) &&
        !plan_one(dpor, last->index, last->instead)) {
        return false;
    }
    memo_note(dpor, last, count, candidates);
    return is_planned || ask_for_numbers(dpor, last);
}

/* ---- from run to run ---- */

struct explored *tree_copy_explored(struct dpor *dpor, const struct explored *explored)
{
    size_t touches = explored->footprint.count * sizeof(struct rh_touch);
    size_t numbers = explored->draws.count * sizeof(uint32_t);
    size_t bytes = sizeof(struct explored) + touches + numbers;
    struct explored *copy = allocate(dpor, bytes);
    if (copy == NULL) {
        return NULL;
    }
    struct rh_touch *at = (struct rh_touch *)(void *)(copy + 1);
    uint32_t *drawn = (uint32_t *)(void *)(at + explored->footprint.count);
    if (touches > 0) {
        memcpy(at, explored->footprint.touches, touches);
    }
    if (numbers > 0) {
        memcpy(drawn, explored->draws.at, numbers);
    }
    *copy = *explored;
    copy->next = NULL;
    copy->bytes = bytes;
    copy->draws.at = drawn;
    copy->footprint.touches = at;
    return copy;
}

/* All that can come after a step has been explored. */
static bool note_explored(struct dpor *dpor, struct place *place, const struct step *step)
{
    const struct explored it = {.id = step->id, .draws = step->draws, .footprint = step->footprint};
    struct explored *explored = tree_copy_explored(dpor, &it);
    if (explored == NULL) {
        return false;
    }
    struct explored **end = &place->explored;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = explored;
    return true;
}

bool tree_go_back(struct dpor *dpor)
{
    tree_forget(dpor, dpor->depth);
    while (dpor->depth > dpor->way.floor) {
        uint32_t position = --dpor->depth;
        struct place *place = &dpor->places[position];
        struct plan *plan = place->plans;
        bool is_kept = plan != NULL || way_ends_at(dpor, position);
        if (is_kept && !note_explored(dpor, place, dpor->steps[position])) {
            return false;
        }
        if (plan != NULL) {
            arena_return(&dpor->arena, place->mark);
            place->plans = plan->next;
            dpor->plan = plan;
            dpor->shared = position;
            return true;
        }
        way_leave(dpor, place);
        tree_forget(dpor, position);
    }
    return false;
}
