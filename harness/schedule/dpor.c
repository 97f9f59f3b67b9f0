/* SPDX-License-Identifier: MIT */
/*
 * One run of each class: source sets and sleep sets (in the line of Abdulla et al. 2014), for events whose dependence is known
 * when they have happened, that touch something else where something else came before them, and that can take each other away.
 * Space is polynomial: what is kept are the places of one run, and for each what was explored there and what is to be.
 *
 * A place is a prefix of the run. What has been explored from a place sleeps behind what is taken from it next, until a step
 * depends on it, or a barrier is passed that it need not come before: so no class is played twice, but for those in which
 * nothing came of that. Where all that must happen is asleep, others cover the run, and it ends. That nothing is missed follows
 * from four rules. Let K be what is explored at a place, planned there, or asleep there.
 *
 *   1. If a later step t depends on the step s that was taken from a place, and does not need it, then K has one of those that
 *      would be first if what t needs, and t, came before s.
 *   2. If a later step t, in a run in which it does not need s, depends on something that is asleep at the place, then so as
 *      well: what sleeps is passed by, too.
 *   3. What s takes away, and other numbers that it could have drawn, are in K. Where s is a fault, and nothing was explored
 *      there before, so are those that cannot strike any more since their budget is spent.
 *   4. If time could have gone on before s, or a barrier been passed, then K has that, or one of those that must come first for
 *      it (`instead`): such a t may be held up in all runs that begin with s, or not come at all.
 *
 * Proof. Suppose that some run w from a place is missed though it takes nothing that sleeps, and that all from later places
 * are found. No element of K comes first in w. In w let t be the first step that depends on one of K, as it is at the place;
 * what comes before it in w, u, then has nothing to do with any of K. If that is some s that was explored, a run with s, u, t
 * was played, or t was taken away by s: by 1, 3 or 4 K has something of u, which would be first in w, or t; and t, as it is at
 * the place, has nothing to do with u, so that it would be first in w, too. If it is something asleep, then a run with any s
 * of the place, u, t was played, and by 2 it is the same. A fault s with u and t may be one too many for a budget, if w does
 * without s: but then w has another one of that budget, which is in K by 3, or K has what was there before s. Time that goes
 * on, and the end, seem to need what came of s; they are asked for without that: see race.c. Runs that others cover count
 * here: they go on as long as anything is awake, faults included, and are looked through like all others.
 *
 * They need not be played. All that happens in them has happened in a run of those that cover them, so that what comes of
 * it can be told from memory: see memo.c and dream.c. What is counted as blocked is what had to be played, all the same.
 *
 * Subtrees may be played in any order and by anybody: see trunk.c. Each part has memories of its own, so that what others
 * cover is blocked now and then.
 *
 * Faults are optional events. The end of the run is an event that must happen when nothing else must, and that takes them
 * away. A budget is a bound on the run: what is gone since it is spent was not taken away, but for rule 3.
 */
#include "harness/schedule/dpor.h"

#include "harness/schedule/dependence.h"
#include "harness/schedule/strategy.h"

#include <string.h>

/* Of all memory, this part is for what steps were like. */
#define MEMO_SHARE 16u

void dpor_fail(struct dpor *dpor)
{
    rh_strategy_fail(&dpor->head, dpor->arena.is_exhausted ? RH_LIMIT : RH_NO_MEMORY);
}

bool dpor_reserve(struct dpor *dpor, void *array, uint32_t *capacity, uint32_t wanted, size_t bytes)
{
    void *at = NULL;
    if (wanted <= *capacity) {
        return true;
    }
    uint32_t larger = *capacity == 0 ? 32 : *capacity;
    while (larger < wanted) {
        larger *= 2;
    }
    memcpy(&at, array, sizeof(at));
    const struct rh_allocator *allocator = &dpor->arena.allocator;
    at = allocator->resize(allocator->self, at, *capacity * bytes, larger * bytes);
    if (at == NULL) {
        rh_strategy_fail(&dpor->head, RH_NO_MEMORY);
        return false;
    }
    memcpy(array, &at, sizeof(at));
    *capacity = larger;
    return true;
}

static void *take(struct dpor *dpor, size_t bytes)
{
    void *at = arena_take(&dpor->arena, bytes);
    if (at == NULL) {
        dpor_fail(dpor);
        return NULL;
    }
    memset(at, 0, bytes);
    return at;
}

/* ---- choosing ---- */

static uint32_t find(uint32_t count, const struct rh_candidate *candidates, uint64_t id)
{
    uint32_t at = 0;
    while (at < count && candidates[at].id != id) {
        at++;
    }
    return at;
}

/* Something is not where it was: what would follow is not known, and nothing is proved any more. */
static uint32_t lose(struct dpor *dpor)
{
    dpor->has_lost = true;
    dpor->is_cut = true;
    return 0;
}

/* The first event that must happen and is not asleep; the end where nothing else must. */
static uint32_t choose_default(struct dpor *dpor, uint32_t count,
                               const struct rh_candidate *candidates)
{
    uint32_t chosen = count;
    bool must = false;
    for (uint32_t i = 0; i < count && chosen == count; i++) {
        must = must || !candidates[i].optional;
        if (!candidates[i].optional && !tree_is_asleep(dpor, candidates[i].id)) {
            chosen = i;
        }
    }
    if (chosen < count || !must) {
        return chosen == count ? 0 : chosen;
    }
    chosen = tree_wake_by_fault(dpor, count, candidates);
    dpor->is_covered = chosen == count;
    dpor->is_cut = dpor->is_covered;
    return dpor->is_covered ? 0 : chosen;
}

static uint32_t choose(struct dpor *dpor, uint32_t count, const struct rh_candidate *candidates)
{
    dpor->wish = NULL;
    if (dpor->depth < dpor->way.steps) {
        return way_next(dpor, count, candidates);
    }
    if (dpor->plan == NULL || dpor->planned == dpor->plan->count) {
        return choose_default(dpor, count, candidates);
    }
    const struct wish *wish = &dpor->plan->wishes[dpor->planned];
    uint32_t chosen = find(count, candidates, wish->id);
    if ((dpor->planned > 0 && tree_is_asleep(dpor, wish->id)) ||
        (dpor->planned >= dpor->plan->needed && chosen == count)) {
        dpor->planned = dpor->plan->count;
        return choose_default(dpor, count, candidates);
    }
    dpor->planned++;
    dpor->wish = wish;
    return chosen == count ? lose(dpor) : chosen;
}

static uint32_t play_again(struct dpor *dpor, uint32_t count, const struct rh_candidate *candidates)
{
    uint32_t chosen = find(count, candidates, dpor->steps[dpor->depth]->id);
    if (chosen == count) {
        dpor->head.diverged_at = dpor->depth;
        rh_strategy_fail(&dpor->head, RH_DIVERGED);
        return 0;
    }
    return chosen;
}

uint32_t dpor_next(struct dpor *dpor, uint32_t count, const struct rh_candidate *candidates)
{
    dpor->draw_count = 0;
    if (dpor->depth < dpor->shared) {
        return play_again(dpor, count, candidates);
    }
    if (dpor->depth >= dpor->depth_max) {
        rh_strategy_fail(&dpor->head, RH_LIMIT);
        return 0;
    }
    dpor->is_cut = dpor->is_cut || dpor->is_covered;
    if (dpor->is_cut || dpor->head.failed ||
        (dpor->depth > dpor->shared && !tree_note_others(dpor, count, candidates)) ||
        (dpor->depth == dpor->place_count && !tree_enter(dpor, count, candidates))) {
        return 0;
    }
    return choose(dpor, count, candidates);
}

/* Numbers are drawn within the step under way: what is wished for, otherwise 0. */
uint32_t dpor_draw(struct dpor *dpor, uint32_t count)
{
    uint32_t at = dpor->draw_count++;
    if (dpor->depth < dpor->shared) {
        const struct draws *draws = &dpor->steps[dpor->depth]->draws;
        return at < draws->count && draws->at[at] < count ? draws->at[at] : 0;
    }
    if (!dpor_reserve(dpor, &dpor->draws, &dpor->draw_capacity, at + 1, sizeof(struct draw))) {
        return 0;
    }
    const struct wish *wish = dpor->wish;
    uint32_t number = wish != NULL && at < wish->draws.count ? wish->draws.at[at] : 0;
    number = number < count ? number : 0; /* somewhere else it may draw something else */
    dpor->draws[at] = (struct draw){number, count};
    return number;
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

static void come_behind(const struct dpor *dpor, struct step *step, uint32_t earlier)
{
    const struct step *other = dpor->steps[earlier];
    for (uint32_t i = 0; i <= earlier / 64; i++) {
        step->before[i] |= other->before[i];
    }
    set_bit(step->before, earlier);
}

static bool ends(const struct step *step, uint64_t life)
{
    bool found = false;
    for (uint32_t i = 0; i < step->footprint.count && !found; i++) {
        const struct rh_touch *touch = &step->footprint.touches[i];
        found = touch->object == life && touch->mode == RH_MODE_WRITE;
    }
    return found;
}

/* What it leaves out would not be, had it come before the end of a life. */
static void race_with_end(const struct dpor *dpor, struct step *step, uint64_t life)
{
    uint32_t at = ends(step, life) ? 0 : dpor->depth;
    while (at > 0 && !ends(dpor->steps[at - 1], life)) {
        at--;
    }
    if (at > step->behind && !has_bit(step->before, at - 1)) {
        set_bit(step->races, at - 1);
    }
}

/* What it needs comes before it in any order. Whatever else it depends on, and not by way of something later, could have
 * been the other way round. */
static void put_in_order(const struct dpor *dpor, struct step *step, const struct rh_followed *deed)
{
    for (uint32_t i = 0; i < deed->behind && i < dpor->depth; i++) {
        set_bit(step->before, i);
    }
    for (uint32_t i = 0; i < deed->maker_count; i++) {
        come_behind(dpor, step, deed->makers[i]);
        set_bit(step->makers, deed->makers[i]);
    }
    for (uint32_t i = dpor->depth; i > deed->behind; i--) {
        if (!has_bit(step->before, i - 1) &&
            footprints_depend(&dpor->steps[i - 1]->footprint, &step->footprint)) {
            come_behind(dpor, step, i - 1);
            set_bit(step->races, i - 1);
        }
    }
    for (uint32_t i = 0; i < deed->passed_count; i++) {
        race_with_end(dpor, step, deed->passed[i]);
    }
}

static struct step *create_step(struct dpor *dpor, const struct rh_followed *deed)
{
    uint32_t words = dpor->depth / 64 + 1;
    struct step *step = take(dpor, sizeof(*step));
    uint64_t *bits = take(dpor, (size_t)3 * words * sizeof(uint64_t));
    uint32_t *drawn = NULL;
    if (dpor->draw_count > 0) {
        drawn = take(dpor, (size_t)2 * dpor->draw_count * sizeof(uint32_t));
    }
    uint64_t *sent = take(dpor, deed->sent_count * sizeof(uint64_t));
    if (step == NULL || bits == NULL || sent == NULL || (dpor->draw_count > 0 && drawn == NULL)) {
        return NULL;
    }
    for (uint32_t i = 0; i < dpor->draw_count; i++) {
        drawn[i] = dpor->draws[i].number;
        drawn[dpor->draw_count + i] = dpor->draws[i].count;
    }
    if (deed->sent_count > 0) {
        memcpy(sent, deed->sent, deed->sent_count * sizeof(uint64_t));
    }
    *step = (struct step){
        .id = deed->id,
        .sent = sent,
        .sent_count = deed->sent_count,
        .spawns = deed->spawns,
        .passes_over = deed->passed_count > 0,
        .ends_instant = deed->ends_instant,
        .is_slow = deed->takes_time || (dpor->depth > 0 && dpor->steps[dpor->depth - 1]->is_slow),
        .instead = deed->instead,
        .footprint = footprint_create(&dpor->arena, deed->touches, deed->touch_count),
        .index = dpor->depth,
        .before = bits,
        .races = bits + words,
        .makers = bits + (size_t)2 * words,
        .draws = {drawn, dpor->draw_count},
        .draw_counts = drawn == NULL ? NULL : drawn + dpor->draw_count,
        .hindrance = deed->hindrance,
        .behind = deed->behind,
    };
    if (!step->footprint.is_known) {
        dpor_fail(dpor);
        return NULL;
    }
    return step;
}

void dpor_note_step(struct dpor *dpor, const struct rh_followed *deed)
{
    struct step *step = create_step(dpor, deed);
    if (step == NULL || !dpor_reserve(dpor, &dpor->steps, &dpor->step_capacity, dpor->depth + 1,
                                      sizeof(struct step *))) {
        return;
    }
    const struct candidate *chosen = tree_candidate(&dpor->places[dpor->depth], step->id);
    step->optional = step->id != 0 && chosen->optional;
    step->strikes = step->optional && chosen->strikes != 0;
    step->bound = step->optional ? chosen->bound : (struct rh_bound){0};
    put_in_order(dpor, step, deed);
    step->digest = memo_digest(dpor, step);
    step->phase = step->id == 0 ? dpor->depth + 1 : memo_phase(dpor, dpor->depth);
    dpor->steps[dpor->depth++] = step;
    dpor->is_covered = tree_has_slept(dpor);
}

static void dpor_did(struct rh_strategy *self, const struct rh_followed *deed)
{
    struct dpor *dpor = (struct dpor *)self;
    if (self->failed || dpor->is_cut) {
        return;
    }
    if (dpor->depth < dpor->shared) {
        dpor->depth++;
    } else {
        dpor_note_step(dpor, deed);
    }
}

/* ---- from run to run ---- */

void dpor_begin_run(struct dpor *dpor)
{
    dpor->depth = 0;
    dpor->planned = 0;
    dpor->wish = NULL;
    dpor->is_cut = false;
    dpor->is_covered = false;
}

static void dpor_begin(struct rh_strategy *self)
{
    dpor_begin_run((struct dpor *)self);
}

/* Plan what the run that was played or dreamt asks for, and take the next plan; false: there is none. */
static bool advance(struct dpor *dpor)
{
    bool is_first = dpor->way.steps > dpor->shared; /* of a part */
    if (!race_note_all(dpor, is_first ? dpor->way.steps : dpor->shared)) {
        return false;
    }
    dpor->way.steps = 0;
    tree_free_plan(dpor, dpor->plan);
    dpor->plan = NULL;
    return tree_go_back(dpor);
}

static bool dpor_cuts(const struct rh_strategy *self)
{
    const struct dpor *dpor = (const struct dpor *)self;
    return self->failed || dpor->is_cut || dpor->is_covered;
}

static bool dpor_end(struct rh_strategy *self)
{
    struct dpor *dpor = (struct dpor *)self;
    if (self->failed) {
        return false;
    }
    bool leads_nowhere = dpor->is_cut || dpor->is_covered;
    self->blocked += dpor->is_covered ? 1 : 0;
    self->classes += leads_nowhere ? 0 : 1;
    bool is_played = !dpor->is_cut && dpor->depth > dpor->shared;
    if (is_played && !tree_note_others(dpor, 0, NULL)) {
        return false;
    }
    bool more = advance(dpor);
    while (more && !self->failed && dream(dpor)) {
        more = advance(dpor);
    }
    self->complete = !more && !self->failed && !dpor->has_lost;
    return more && !self->failed;
}

static void dpor_destroy(struct rh_strategy *self)
{
    struct dpor *dpor = (struct dpor *)self;
    struct rh_allocator allocator = dpor->arena.allocator;
    void *owner = allocator.self;
    trunk_destroy(dpor);
    tree_free_plan(dpor, dpor->plan);
    tree_forget(dpor, 0);
    way_deinit(dpor);
    memo_deinit(dpor);
    arena_deinit(&dpor->arena);
    allocator.release(owner, dpor->places, dpor->place_capacity * sizeof(struct place));
    allocator.release(owner, dpor->steps, dpor->step_capacity * sizeof(struct step *));
    allocator.release(owner, dpor->bits, dpor->bit_words * sizeof(uint64_t));
    allocator.release(owner, dpor->draws, dpor->draw_capacity * sizeof(struct draw));
    allocator.release(owner, dpor, sizeof *dpor);
}

static const struct rh_strategy_functions dpor_functions = {
    .name = "dpor",
    .begin = dpor_begin,
    .below = dpor_below,
    .did = dpor_did,
    .cuts = dpor_cuts,
    .end = dpor_end,
    .split = trunk_split,
    .join = trunk_join,
    .tell_open = trunk_tell_open,
    .save = trunk_save,
    .load = trunk_load,
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
        .arena = {.allocator = *with, .max = memory_max - memory_max / MEMO_SHARE},
        .memo = {.arena = {.allocator = *with, .max = memory_max / MEMO_SHARE}},
        .depth_max = depth_max,
        .memory_max = memory_max,
    };
    *ret_strategy = &dpor->head;
    return RH_OK;
}
