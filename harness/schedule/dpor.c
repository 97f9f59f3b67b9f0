/* SPDX-License-Identifier: MIT */
/*
 * One run of each class: optimal dynamic partial order reduction with source sets and wakeup trees (Abdulla, Aronis,
 * Jonsson, Sagonas, POPL 2014), for events whose dependence is known when they have happened and that can take each other
 * away.
 *
 * The stack holds the run under way: of each place the event, what was enabled, what sleeps, and the sequences that are still
 * to be tried there. When a run has ended, each pair of steps of which the later one could have come first makes a sequence
 * for the place of the earlier one: what happened in between without it, and then the later. Faults are optional events:
 * the end of the run is an event that depends on them, so a fault can happen instead of the end, and the end instead of
 * a fault. An event that another one has taken away, and a number that could have been drawn differently, make sequences of
 * the same kind. A sequence is tried unless something explored, or something to be tried, covers it (wakeup.c). Each class is
 * visited once; a run that turns out to be covered is cut and counted as blocked.
 *
 * What a turn does may depend on what it is reversed with. Certainty about what it touches comes from what any turn of this
 * program was ever seen to touch of others, its reach; when that grows, everything decided on less is explored again.
 *
 * Memory is what is still to be tried at the places of one run, never what has been, and is bounded by the caller.
 */
#include "harness/schedule/dpor.h"
#include "harness/schedule/dependence.h"
#include "harness/schedule/strategy.h"
#include "harness/schedule/wakeup.h"

#include <string.h>

static void fail(struct dpor *dpor)
{
    rh_strategy_fail(&dpor->head, dpor->store.is_exhausted ? RH_LIMIT : RH_NO_MEMORY);
}

static void *grown(struct dpor *dpor, void *array, uint32_t *capacity, uint32_t wanted,
                   size_t bytes)
{
    if (wanted <= *capacity) {
        return array;
    }
    uint32_t larger = *capacity == 0 ? 16 : *capacity;
    while (larger < wanted) {
        larger *= 2;
    }
    void *block = store_take(&dpor->store, larger * bytes);
    if (block == NULL) {
        fail(dpor);
        return NULL;
    }
    memset(block, 0, larger * bytes);
    if (*capacity > 0) {
        memcpy(block, array, *capacity * bytes);
    }
    store_give(&dpor->store, array, *capacity * bytes);
    *capacity = larger;
    return block;
}

/* ---- bits ---- */

static void set_bit(uint64_t *bits, uint32_t index)
{
    bits[index / 64] |= UINT64_C(1) << (index % 64);
}

/* ---- places ---- */

static struct place *place_at(struct dpor *dpor, uint32_t index)
{
    if (index >= dpor->depth_max) {
        rh_strategy_fail(&dpor->head, RH_LIMIT);
        return NULL;
    }
    struct place *places =
        grown(dpor, dpor->places, &dpor->capacity, index + 1, sizeof(struct place));
    if (places == NULL) {
        return NULL;
    }
    dpor->places = places;
    return &places[index];
}

static void forget_sleepers(struct dpor *dpor, struct place *place)
{
    for (uint32_t i = 0; i < place->sleeper_count; i++) {
        event_drop(&dpor->store, &place->sleepers[i]);
    }
    place->sleeper_count = 0;
}

static void forget_event(struct dpor *dpor, struct place *place)
{
    if (place->has_event) {
        event_drop(&dpor->store, &place->event);
        place->has_event = false;
    }
}

static void forget_place(struct dpor *dpor, struct place *place)
{
    forget_event(dpor, place);
    forget_sleepers(dpor, place);
    branches_free(&dpor->store, place->branches);
    place->branches = NULL;
    place->enabled_count = 0;
}

static void free_place(struct dpor *dpor, struct place *place)
{
    forget_place(dpor, place);
    store_give(&dpor->store, place->before, place->words * sizeof(uint64_t));
    store_give(&dpor->store, place->races, place->words * sizeof(uint64_t));
    store_give(&dpor->store, place->makers, place->words * sizeof(uint64_t));
    store_give(&dpor->store, place->sleepers, place->sleeper_capacity * sizeof(struct event));
    store_give(&dpor->store, place->enabled, place->enabled_capacity * sizeof(struct event));
}

static bool add_sleeper(struct dpor *dpor, struct place *place, const struct event *event)
{
    struct event *sleepers = grown(dpor, place->sleepers, &place->sleeper_capacity,
                                   place->sleeper_count + 1, sizeof(struct event));
    if (sleepers == NULL) {
        return false;
    }
    place->sleepers = sleepers;
    sleepers[place->sleeper_count++] = event_keep(event);
    return true;
}

/* ---- choosing ---- */

static bool note_enabled(struct dpor *dpor, struct place *place, uint32_t count,
                         const struct rh_candidate *candidates)
{
    struct event *enabled =
        grown(dpor, place->enabled, &place->enabled_capacity, count, sizeof(struct event));
    if (enabled == NULL) {
        return false;
    }
    place->enabled = enabled;
    place->enabled_count = count;
    for (uint32_t i = 0; i < count; i++) {
        enabled[i] = (struct event){.id = candidates[i].id,
                                    .whose = candidates[i].whose,
                                    .signal = candidates[i].signal,
                                    .optional = candidates[i].optional,
                                    .base = candidates[i].base,
                                    .window_end = candidates[i].window_end};
    }
    return true;
}

/* What slept and commutes with what has happened sleeps on. */
static bool begin_place(struct dpor *dpor, struct place *place)
{
    forget_place(dpor, place);
    place->branches = dpor->promised;
    dpor->promised = NULL;
    if (dpor->depth == 0) {
        return true;
    }
    const struct place *last = &dpor->places[dpor->depth - 1];
    for (uint32_t i = 0; i < last->sleeper_count; i++) {
        const struct event *sleeper = &last->sleepers[i];
        if (sleeper->id != 0 && last->event.id != 0 && sleeper->id != last->event.id &&
            !rh_touches_depend(sleeper->label->touches, sleeper->label->count,
                               last->event.label->touches, last->event.label->count) &&
            !add_sleeper(dpor, place, sleeper)) {
            return false;
        }
    }
    return true;
}

static bool is_asleep(const struct place *place, const struct event *event)
{
    for (uint32_t i = 0; i < place->sleeper_count; i++) {
        if (event_equal(&place->sleepers[i], event)) {
            return true;
        }
    }
    return false;
}

/* The first that nothing explored covers. */
static uint32_t choose_freely(const struct place *place)
{
    uint32_t at = 0;
    while (at < place->enabled_count && is_asleep(place, &place->enabled[at])) {
        at++;
    }
    return at;
}

static void cut(struct dpor *dpor)
{
    dpor->is_cut = true;
    dpor->head.blocked++;
}

/* An event that was to happen is not there: what would follow is not known, and nothing is proved any more. */
static void lose(struct dpor *dpor)
{
    dpor->has_lost = true;
    cut(dpor);
}

/* What was to be tried here and has been covered by now is not tried. */
static void drop_sleeping_branches(struct dpor *dpor, struct place *place)
{
    while (place->branches != NULL && is_asleep(place, &place->branches->event)) {
        struct branch *branch = place->branches;
        place->branches = branch->next;
        branch->next = NULL;
        branches_free(&dpor->store, branch);
    }
}

static uint32_t choose(struct dpor *dpor, struct place *place)
{
    drop_sleeping_branches(dpor, place);
    struct branch *branch = place->branches;
    if (branch == NULL) {
        uint32_t chosen = choose_freely(place);
        if (chosen == place->enabled_count) {
            cut(dpor);
            return 0;
        }
        place->event = place->enabled[chosen];
        return chosen;
    }
    place->branches = branch->next;
    dpor->promised = branch->children;
    place->event = branch->event;
    place->event.is_exact = false;
    event_drop(&dpor->store, &branch->event);
    place->event.label = NULL;
    store_give(&dpor->store, branch, sizeof(*branch));
    uint32_t chosen = find_enabled(place, place->event.id);
    if (chosen == place->enabled_count) {
        lose(dpor);
        return 0;
    }
    return chosen;
}

static uint32_t dpor_next(struct dpor *dpor, uint32_t count, const struct rh_candidate *candidates)
{
    dpor->drawn = 0;
    struct place *place = place_at(dpor, dpor->depth);
    if (place == NULL) {
        return 0;
    }
    if (dpor->depth < dpor->replayed) {
        for (uint32_t i = 0; i < count; i++) {
            if (candidates[i].id == place->event.id) {
                return i;
            }
        }
        dpor->head.diverged_at = dpor->depth;
        rh_strategy_fail(&dpor->head, RH_DIVERGED);
        return 0;
    }
    if (dpor->depth > dpor->replayed || dpor->length == dpor->depth) {
        if (!begin_place(dpor, place)) {
            return 0;
        }
        dpor->length = dpor->depth + 1;
    }
    return note_enabled(dpor, place, count, candidates) ? choose(dpor, place) : 0;
}

/* Numbers are drawn within the event of the place under way: first 0, or what is to be tried. */
static uint32_t dpor_draw(struct dpor *dpor, uint32_t count)
{
    if (dpor->depth >= dpor->length || dpor->drawn == DRAWS_MAX) {
        rh_strategy_fail(&dpor->head, RH_LIMIT);
        return 0;
    }
    struct place *place = &dpor->places[dpor->depth];
    struct draws *draws = &place->event.draws;
    uint32_t at = dpor->drawn++;
    place->draw_counts[at] = count;
    if (at >= draws->count) {
        draws->count = at + 1;
        draws->chosen[at] = 0;
    }
    if (draws->chosen[at] >= count) {
        dpor->has_lost = true; /* it is not the event that it was */
        draws->chosen[at] = 0;
    }
    return draws->chosen[at];
}

static uint32_t dpor_below(struct rh_strategy *self, enum rh_site site, uint32_t count,
                           const struct rh_candidate *candidates)
{
    struct dpor *dpor = (struct dpor *)self;
    if (dpor->is_cut) {
        return 0;
    }
    return site == RH_SITE_NEXT ? dpor_next(dpor, count, candidates) : dpor_draw(dpor, count);
}

/* ---- what happened ---- */

static bool reserve_bits(struct dpor *dpor, struct place *place)
{
    uint32_t words = dpor->depth / 64 + 1;
    if (words > place->words) {
        store_give(&dpor->store, place->before, place->words * sizeof(uint64_t));
        store_give(&dpor->store, place->races, place->words * sizeof(uint64_t));
        store_give(&dpor->store, place->makers, place->words * sizeof(uint64_t));
        place->before = store_take(&dpor->store, words * sizeof(uint64_t));
        place->races = store_take(&dpor->store, words * sizeof(uint64_t));
        place->makers = store_take(&dpor->store, words * sizeof(uint64_t));
        place->words = words;
        if (place->before == NULL || place->races == NULL || place->makers == NULL) {
            fail(dpor);
            return false;
        }
    }
    memset(place->before, 0, place->words * sizeof(uint64_t));
    memset(place->races, 0, place->words * sizeof(uint64_t));
    memset(place->makers, 0, place->words * sizeof(uint64_t));
    return true;
}

static void come_behind(const struct dpor *dpor, struct place *place, uint32_t earlier)
{
    const struct place *other = &dpor->places[earlier];
    for (uint32_t i = 0; i <= earlier / 64; i++) {
        place->before[i] |= other->before[i];
    }
    set_bit(place->before, earlier);
}

/* What it needs comes before it in any order. Whatever else it depends on, and not by way of something later, could have
 * been the other way round. */
static void order(const struct dpor *dpor, struct place *place, const struct rh_followed *deed)
{
    for (uint32_t i = 0; i < deed->behind && i < dpor->depth; i++) {
        set_bit(place->before, i);
    }
    for (uint32_t i = 0; i < deed->maker_count; i++) {
        come_behind(dpor, place, deed->makers[i]);
        set_bit(place->makers, deed->makers[i]);
    }
    for (uint32_t i = dpor->depth; i > 0; i--) {
        const struct place *other = &dpor->places[i - 1];
        if (!has_bit(place->before, i - 1) &&
            rh_touches_depend(other->event.label->touches, other->event.label->count, deed->touches,
                              deed->touch_count)) {
            come_behind(dpor, place, i - 1);
            set_bit(place->races, i - 1);
        }
    }
}

static void dpor_did(struct rh_strategy *self, const struct rh_followed *deed)
{
    struct dpor *dpor = (struct dpor *)self;
    if (self->failed || dpor->is_cut) {
        return;
    }
    dpor->has_lost = dpor->has_lost || deed->is_unsure;
    struct place *place = &dpor->places[dpor->depth];
    if (dpor->depth >= dpor->replayed) {
        place->event.label = label_create(&dpor->store, deed->touches, deed->touch_count);
        if (place->event.label == NULL || !reserve_bits(dpor, place)) {
            fail(dpor);
            return;
        }
        place->event.is_exact = true;
        place->event.draws.count = dpor->drawn;
        place->behind = deed->behind;
        place->base = deed->base;
        place->window_begin = deed->window_begin;
        place->window_end = deed->window_end;
        dpor->is_timed = dpor->is_timed || deed->window_end != RH_NEVER;
        place->has_event = true;
        dpor->reach |= label_reach(&place->event);
        order(dpor, place, deed);
    }
    dpor->depth++;
}

/* ---- reversing ---- */

static bool reserve_scratch(struct dpor *dpor)
{
    uint32_t capacity = dpor->scratch_capacity;
    struct event *scratch =
        grown(dpor, dpor->scratch, &dpor->scratch_capacity, dpor->depth + 1, sizeof(struct event));
    if (scratch == NULL) {
        return false;
    }
    dpor->scratch = scratch;
    if (dpor->scratch_capacity != capacity) {
        store_give(&dpor->store, dpor->dropped, capacity * sizeof(bool));
        dpor->dropped = store_take(&dpor->store, dpor->scratch_capacity * sizeof(bool));
        if (dpor->dropped == NULL) {
            fail(dpor);
            return false;
        }
    }
    return true;
}

/* Is it explored already, and could it come first of all? */
static bool sleeps_first(const struct dpor *dpor, const struct place *at, uint32_t index,
                         const struct sequence *before)
{
    const struct event *event = &dpor->places[index].event;
    if (!is_asleep(at, event)) {
        return false;
    }
    for (uint32_t i = 0; i < before->count; i++) {
        if (!surely_commute(&before->at[i], event, dpor->reach)) {
            return false;
        }
    }
    return true;
}

/* Try, at the place of `earlier`, everything that happened behind it without it, and then `last`, which has its place in the
 * run at `later`, or `depth` if it has none. What sleeps there and might depend on `last` goes behind it. */
static void reverse(struct dpor *dpor, uint32_t earlier, uint32_t later, const struct event *last)
{
    struct place *at = &dpor->places[earlier];
    struct sequence sequence = {dpor->scratch, 0};
    for (uint32_t i = earlier + 1; i < dpor->depth; i++) {
        const struct place *place = &dpor->places[i];
        bool needed =
            last->id == 0 || (later < dpor->depth && has_bit(dpor->places[later].before, i));
        dpor->dropped[i] = i == later || has_bit(place->before, earlier);
        for (uint32_t j = earlier + 1; j < i && !needed && !dpor->dropped[i]; j++) {
            dpor->dropped[i] = dpor->dropped[j] && has_bit(place->before, j);
        }
        if (!dpor->dropped[i] && !needed && !surely_commute(&place->event, last, dpor->reach) &&
            sleeps_first(dpor, at, i, &sequence)) {
            dpor->dropped[i] = true;
        }
        if (!dpor->dropped[i]) {
            sequence.at[sequence.count++] = place->event;
        }
    }
    sequence.at[sequence.count] = *last;
    sequence.at[sequence.count++].is_exact = false;
    bool doubt = false;
    if (!sequence_is_asleep(&sequence, at->sleepers, at->sleeper_count, dpor->reach, &doubt) &&
        !branches_insert(&dpor->store, &at->branches, &sequence, dpor->reach, doubt)) {
        fail(dpor);
    }
}

static void reverse_races(struct dpor *dpor, uint32_t later)
{
    const struct place *place = &dpor->places[later];
    for (uint32_t i = 0; i < later && !dpor->head.failed; i++) {
        if (has_bit(place->races, i)) {
            reverse(dpor, i, later, &place->event);
        }
    }
}

/* Other numbers could have been drawn, behind whatever does not depend on it. */
static void reverse_draws(struct dpor *dpor, uint32_t index)
{
    for (uint32_t i = 0; i < dpor->places[index].event.draws.count; i++) {
        for (uint32_t number = 0; number < dpor->places[index].draw_counts[i]; number++) {
            struct event other = dpor->places[index].event;
            if (number != other.draws.chosen[i] && !dpor->head.failed) {
                other.draws.chosen[i] = number;
                other.draws.count = i + 1;
                reverse(dpor, index, dpor->depth, &other);
            }
        }
    }
}

/* What an event has taken away could have happened before it, behind whatever happened without it. */
static void reverse_taken(struct dpor *dpor, uint32_t index)
{
    const struct place *place = &dpor->places[index];
    const struct place *next = index + 1 < dpor->depth ? &dpor->places[index + 1] : NULL;
    for (uint32_t i = 0; i < place->enabled_count && !dpor->head.failed; i++) {
        const struct event event = place->enabled[i];
        bool stays = event.id == place->event.id || event.id == 0 ||
                     (next != NULL && find_enabled(next, event.id) < next->enabled_count);
        if (!stays) {
            reverse(dpor, index, dpor->depth, &event);
        }
    }
}

/* Would an event that was first seen enabled at `born` be there without the fault at `index`? */
static bool is_made_by(const struct dpor *dpor, uint32_t maker, uint32_t index)
{
    return maker == index || (maker > index && has_bit(dpor->places[maker].before, index));
}

static bool exists_without(const struct dpor *dpor, uint32_t event, uint32_t index)
{
    for (uint32_t i = index; i < event; i++) {
        if (has_bit(dpor->places[event].makers, i) && is_made_by(dpor, i, index)) {
            return false;
        }
    }
    return true;
}

/* Has the event at `at` taken away something that must happen and would be there without the fault at `index`? */
static bool takes_away(const struct dpor *dpor, uint32_t at, uint32_t index)
{
    const struct place *place = &dpor->places[at];
    for (uint32_t i = 0; i < place->enabled_count; i++) {
        uint64_t id = place->enabled[i].id;
        if (place->enabled[i].optional || id == place->event.id ||
            find_enabled(place + 1, id) < place[1].enabled_count) {
            continue;
        }
        uint32_t born = at;
        while (born > 0 &&
               find_enabled(&dpor->places[born - 1], id) < dpor->places[born - 1].enabled_count) {
            born--;
        }
        if (born == 0 || !is_made_by(dpor, born - 1, index)) {
            return true;
        }
    }
    return false;
}

/* Would the run be at its end without the fault at `index` and all that came of it? */
static bool ends_without(const struct dpor *dpor, uint32_t index, uint32_t end)
{
    for (uint32_t i = index; i < end; i++) {
        bool gone = is_made_by(dpor, i, index);
        if (gone && (takes_away(dpor, i, index) || (i > index && !dpor->places[i].event.optional &&
                                                    exists_without(dpor, i, index)))) {
            return false;
        }
    }
    return true;
}

static void reverse_end(struct dpor *dpor, uint32_t end)
{
    for (uint32_t i = 0; i < end && !dpor->head.failed; i++) {
        if (dpor->places[i].event.optional && ends_without(dpor, i, end)) {
            reverse(dpor, i, end, &dpor->places[end].event);
        }
    }
}

static void reverse_all(struct dpor *dpor)
{
    if (!reserve_scratch(dpor)) {
        return;
    }
    for (uint32_t i = 0; i < dpor->depth && !dpor->head.failed; i++) {
        if (i >= dpor->replayed) {
            reverse_races(dpor, i);
        }
        reverse_taken(dpor, i);
        reverse_draws(dpor, i);
        if (dpor->places[i].event.id == 0) {
            reverse_end(dpor, i);
        }
    }
}

/* ---- from run to run ---- */

static void start_over(struct dpor *dpor)
{
    for (uint32_t i = 0; i < dpor->length; i++) {
        forget_place(dpor, &dpor->places[i]);
    }
    branches_free(&dpor->store, dpor->promised);
    dpor->promised = NULL;
    dpor->length = 0;
    dpor->replayed = 0;
    dpor->head.classes = 0;
    dpor->head.blocked = 0;
    dpor->head.infeasible = 0;
    dpor->has_decided = false;
}

/* Put what was explored to sleep, and take the next branch; false: there is none. */
static bool backtrack(struct dpor *dpor)
{
    while (dpor->length > 0) {
        struct place *place = &dpor->places[dpor->length - 1];
        if (place->has_event) {
            if (!add_sleeper(dpor, place, &place->event)) {
                return false;
            }
            forget_event(dpor, place);
        }
        drop_sleeping_branches(dpor, place);
        if (place->branches != NULL) {
            dpor->replayed = dpor->length - 1;
            return true;
        }
        forget_place(dpor, place);
        dpor->length--;
    }
    dpor->head.complete = !dpor->has_lost;
    return false;
}

static bool dpor_allows(struct rh_strategy *self)
{
    struct dpor *dpor = (struct dpor *)self;
    bool feasible = dpor_is_feasible(dpor);
    if (dpor->store.is_exhausted) {
        fail(dpor);
    }
    return feasible;
}

static void dpor_begin(struct rh_strategy *self)
{
    struct dpor *dpor = (struct dpor *)self;
    dpor->depth = 0;
    dpor->is_cut = false;
}

static bool dpor_end(struct rh_strategy *self)
{
    struct dpor *dpor = (struct dpor *)self;
    if (self->failed) {
        return false;
    }
    bool allowed = dpor->is_cut || dpor_is_feasible(dpor);
    self->classes += dpor->is_cut || !allowed ? 0 : 1;
    self->infeasible += allowed ? 0 : 1;
    if (dpor->has_decided && dpor->reach != dpor->reach_decided) {
        start_over(dpor);
        return true;
    }
    dpor->has_decided = true;
    dpor->reach_decided = dpor->reach;
    reverse_all(dpor);
    branches_free(&dpor->store, dpor->promised);
    dpor->promised = NULL;
    return !self->failed && backtrack(dpor);
}

static bool dpor_cuts(const struct rh_strategy *self)
{
    return self->failed || ((const struct dpor *)self)->is_cut;
}

static void dpor_destroy(struct rh_strategy *self)
{
    struct dpor *dpor = (struct dpor *)self;
    for (uint32_t i = 0; i < dpor->capacity; i++) {
        free_place(dpor, &dpor->places[i]);
    }
    branches_free(&dpor->store, dpor->promised);
    store_give(&dpor->store, dpor->places, dpor->capacity * sizeof(struct place));
    store_give(&dpor->store, dpor->scratch, dpor->scratch_capacity * sizeof(struct event));
    store_give(&dpor->store, dpor->dropped, dpor->scratch_capacity * sizeof(bool));
    struct rh_allocator allocator = dpor->store.allocator;
    allocator.release(allocator.self, dpor, sizeof *dpor);
}

static const struct rh_strategy_functions dpor_functions = {
    .name = "dpor",
    .begin = dpor_begin,
    .below = dpor_below,
    .did = dpor_did,
    .cuts = dpor_cuts,
    .allows = dpor_allows,
    .end = dpor_end,
    .destroy = dpor_destroy,
};

enum rh_status rh_strategy_dpor(const struct rh_allocator *allocator, uint32_t depth_max,
                                size_t memory_max, struct rh_strategy **ret_strategy)
{
    const struct rh_allocator *with = allocator != NULL ? allocator : rh_allocator_default();
    struct dpor *dpor = with->allocate(with->self, sizeof *dpor);
    if (dpor == NULL) {
        return RH_NO_MEMORY;
    }
    *dpor = (struct dpor){
        .head = {.functions = &dpor_functions},
        .store = {.allocator = *with, .max = memory_max},
        .depth_max = depth_max,
    };
    *ret_strategy = &dpor->head;
    return RH_OK;
}
