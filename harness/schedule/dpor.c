/* SPDX-License-Identifier: MIT */
/*
 * One run of each class: a reverse search over classes, for events whose dependence is known when they have happened, and
 * that can take each other away. (In the line of Optimal DPOR, Abdulla et al. 2014, and TruSt, Kokologiannakis et al. 2022;
 * like the latter, and unlike wakeup trees, it takes polynomial space.)
 *
 * By default a run takes the first event that must happen. Every other class differs from the default somewhere for the
 * first time: at some prefix the default event p does not happen, because something that it depends on comes before it, or
 * something else instead of it. That is what makes the classes a tree. Where p is the default, a class goes on
 *
 *   - with p, if p has nothing but the prefix before it;
 *   - otherwise with the least of the events e that p depends on: what e needs, e, and then p again, with what is next of
 *     those e.
 *
 * Both are told from the class alone, so that each class has one way from the root, and one run from which it is reached:
 * the one that has p first and then the default, except as far as e and what it needs ask otherwise. tree.c enumerates,
 * given a run that was played, which classes are reached from it: it reverses a race of p and e only if no step in between
 * that would be lost is anything but default. What is played next is the shared prefix, what e needs, e and p; all of these
 * except e (and p) have nothing before them that they did not have before, and must touch what they touched before. If one
 * does not, the table of dependence.c is wrong, and nothing is proved.
 *
 * Nothing is stored but the runs on the way from the root, each with steps that are not those of the run below. Each run on
 * that way has more steps that are not default than the one below, or as many and a shorter prefix; there are at most as
 * many as the square of a run's length.
 *
 * Faults are optional events. The end of the run is an event that must happen when nothing else must, and that takes them
 * away: a fault happens instead of the end, and is then reversed with what came before it like everything else. The default
 * never is a fault, so that the run from which a class is reached has no fault that the class has not.
 *
 * What an event has taken away could have happened before it, and a number that was drawn could have been another: these
 * others of a step are explored first, in their order, and what each touches is kept. An other that would still be the
 * same behind what was put in front of the step is not tried again there.
 *
 * Whether something else takes p away, or makes it touch less than it did, is known only when it has happened. Then p's
 * obstacles may be in wrong order, and the run, which others cover, is cut and counted as blocked.
 */
#include "harness/schedule/dpor.h"

#include "harness/schedule/dependence.h"
#include "harness/schedule/strategy.h"

#include <string.h>

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

/* The first event that must happen, or the earliest if times matter, so that what comes by default can always happen; the end
 * is one, and comes where nothing else must. */
static uint32_t choose_default(struct dpor *dpor, uint32_t count,
                               const struct rh_candidate *candidates)
{
    uint32_t chosen = count;
    for (uint32_t i = 0; i < count && (dpor->is_timed || chosen == count); i++) {
        if (!candidates[i].optional &&
            (chosen == count || candidates[i].earliest < candidates[chosen].earliest)) {
            chosen = i;
        }
    }
    chosen = chosen == count ? 0 : chosen;
    dpor->order = (struct order){.id = candidates[chosen].id, .role = ROLE_DEFAULT};
    if (dpor->order.id == 0) {
        dpor->order.chain = tree_end_chain(dpor, dpor->depth);
    }
    return chosen;
}

/* What was put off by a step that comes somewhere else now. */
static const struct sticky *move_sticky(struct dpor *dpor, const struct sticky *sticky)
{
    if (sticky == NULL) {
        return NULL;
    }
    struct obstacle *obstacle = take(dpor, sizeof(*obstacle));
    struct sticky *moved = take(dpor, sizeof(*moved));
    if (obstacle == NULL || moved == NULL) {
        return NULL;
    }
    *obstacle = *sticky->chain;
    obstacle->position = dpor->depth;
    *moved = (struct sticky){sticky->step, obstacle};
    return moved;
}

/* What has been put off comes as soon as it can. */
static uint32_t choose_sticky(struct dpor *dpor, uint32_t count,
                              const struct rh_candidate *candidates)
{
    const struct sticky *sticky = dpor->sticky;
    dpor->sticky = NULL;
    uint32_t chosen = sticky == NULL ? count : find(count, candidates, sticky->step->id);
    if (chosen == count) {
        return choose_default(dpor, count, candidates);
    }
    const struct step *step = sticky->step;
    dpor->order = (struct order){.id = step->id, .role = ROLE_DEFAULT, .chain = sticky->chain};
    if (step->role != ROLE_DEFAULT) {
        dpor->order.role = step->role;
        dpor->order.draws = (struct draws){step->drawn, step->draws_given};
        dpor->order.base = step->base;
        dpor->order.origin = step->origin;
        dpor->order.sticky = move_sticky(dpor, step->sticky);
        dpor->sticky = dpor->order.sticky;
    }
    return chosen;
}

static uint32_t choose(struct dpor *dpor, uint32_t count, const struct rh_candidate *candidates)
{
    uint32_t at = dpor->depth - dpor->shared;
    if (at >= dpor->order_count) {
        return choose_sticky(dpor, count, candidates);
    }
    dpor->order = dpor->orders[at];
    uint32_t chosen = find(count, candidates, dpor->order.id);
    if (chosen == count) {
        return lose(dpor);
    }
    if (at + 1 == dpor->order_count) {
        dpor->sticky = dpor->order.sticky;
    }
    return chosen;
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

/* ---- what could have happened instead ---- */

/* Has a fault gone because another one has happened, and no budget is left? That is a bound, and no dependence. A fault of a
 * message takes away what else could happen to it, one of an actor what could happen to that. */
static bool is_spent(const struct step *last, const struct candidate *gone)
{
    if (!last->optional || !gone->optional) {
        return false;
    }
    if (last->strikes != 0) {
        return gone->strikes != last->strikes;
    }
    return last->whose != 0 && gone->whose != 0 && last->whose != gone->whose;
}

/* May something that the last step took away be tried instead of it? What is put in front of a step is tried with what it
 * took away from where it was; only what it strikes itself is new. */
static bool is_option(const struct step *last, const struct candidate *gone)
{
    bool strikes = gone->strikes != 0 && gone->strikes == last->id;
    switch (last->role) {
    case ROLE_DEFAULT:
    case ROLE_OTHER:
        return !is_spent(last, gone);
    case ROLE_FINAL:
        return strikes; /* and the run that it comes from had it not */
    case ROLE_INNER:
        break;
    }
    return false;
}

static bool is_still_there(const struct candidate *candidate, uint32_t hint, uint32_t count,
                           const struct rh_candidate *candidates)
{
    if (hint < count && candidates[hint].id == candidate->id) {
        return true;
    }
    if (hint > 0 && hint - 1 < count && candidates[hint - 1].id == candidate->id) {
        return true;
    }
    return find(count, candidates, candidate->id) < count;
}

static void note_numbers(struct dpor *dpor, struct step *last)
{
    for (uint32_t i = last->draws_given; i < last->draw_count && last->role != ROLE_INNER; i++) {
        for (uint32_t number = 1; number < last->draw_counts[i]; number++) {
            uint32_t *given = take(dpor, (i + (size_t)1) * sizeof(*given));
            if (given == NULL) {
                return;
            }
            memcpy(given, last->drawn, i * sizeof(*given));
            given[i] = number;
            last->others[last->other_count++] = (struct other){.id = last->id,
                                                               .draws = {given, i + 1},
                                                               .whose = last->whose,
                                                               .later = NONE,
                                                               .signal = last->signal,
                                                               .window_end = RH_NEVER,
                                                               .is_option = true};
        }
    }
}

/* Note what the last step has taken away, and what other numbers it could have drawn. */
static void note_others(struct dpor *dpor, struct step *last, uint32_t count,
                        const struct rh_candidate *candidates)
{
    uint32_t most = 0;
    bool ends = last->id == 0;
    if (last->role == ROLE_INNER && !dpor->is_timed) {
        return;
    }
    for (uint32_t i = last->draws_given; i < last->draw_count; i++) {
        most += last->draw_counts[i] - 1;
    }
    uint32_t others = 0;
    for (uint32_t i = 0; i < dpor->enabled_count; i++) {
        struct candidate *candidate = &dpor->enabled[i];
        bool gone = candidate->id != last->id && candidate->id != 0 &&
                    (ends ? candidate->optional : !is_still_there(candidate, i, count, candidates));
        bool matters = gone && (is_option(last, candidate) || candidate->window_end != RH_NEVER);
        candidate->id = matters ? candidate->id : 0;
        others += matters;
    }
    if (others + most == 0) {
        return;
    }
    last->others = take(dpor, (others + most) * sizeof(struct other));
    if (last->others == NULL) {
        return;
    }
    for (uint32_t i = 0; i < dpor->enabled_count; i++) {
        const struct candidate *candidate = &dpor->enabled[i];
        if (candidate->id != 0) {
            last->others[last->other_count++] = (struct other){
                .id = candidate->id,
                .strikes = candidate->strikes,
                .base = candidate->base,
                .window_end = candidate->window_end,
                .whose = candidate->whose,
                .later = NONE,
                .optional = candidate->optional,
                .signal = candidate->signal,
                .is_option = is_option(last, candidate),
            };
        }
    }
    note_numbers(dpor, last);
}

static bool note_enabled(struct dpor *dpor, uint32_t count, const struct rh_candidate *candidates)
{
    if (!dpor_reserve(dpor, &dpor->enabled, &dpor->enabled_capacity, count,
                      sizeof(struct candidate))) {
        return false;
    }
    dpor->enabled_count = count;
    for (uint32_t i = 0; i < count; i++) {
        dpor->enabled[i] = (struct candidate){.id = candidates[i].id,
                                              .strikes = candidates[i].strikes,
                                              .whose = candidates[i].whose,
                                              .base = candidates[i].base,
                                              .window_end = candidates[i].window_end,
                                              .optional = candidates[i].optional,
                                              .signal = candidates[i].signal};
    }
    return true;
}

/* The last step is over, and what is enabled behind it is known. */
static void look_back(struct dpor *dpor, uint32_t count, const struct rh_candidate *candidates)
{
    struct step *last = dpor->steps[dpor->depth - 1];
    note_others(dpor, last, count, candidates);
    const struct sticky *sticky = last->sticky;
    bool gone = sticky != NULL && sticky == dpor->sticky && sticky->step->id != 0 &&
                find(count, candidates, sticky->step->id) == count;
    dpor->is_covered = dpor->is_covered || (gone && tree_covers_without(last, sticky));
    dpor->is_cut = dpor->is_cut || dpor->is_covered || dpor->is_infeasible;
}

static uint32_t dpor_next(struct dpor *dpor, uint32_t count, const struct rh_candidate *candidates)
{
    dpor->draw_count = 0;
    if (dpor->depth < dpor->shared) {
        return play_again(dpor, count, candidates);
    }
    if (dpor->depth >= dpor->depth_max) {
        rh_strategy_fail(&dpor->head, RH_LIMIT);
        return 0;
    }
    if (dpor->depth > dpor->shared) {
        look_back(dpor, count, candidates);
    }
    if (dpor->is_cut || dpor->head.failed || !note_enabled(dpor, count, candidates)) {
        return 0;
    }
    return choose(dpor, count, candidates);
}

/* Numbers are drawn within the step under way: what is given, otherwise 0. */
static uint32_t dpor_draw(struct dpor *dpor, uint32_t count)
{
    uint32_t at = dpor->draw_count++;
    if (dpor->depth < dpor->shared) {
        const struct step *step = dpor->steps[dpor->depth];
        return at < step->draw_count && step->drawn[at] < count ? step->drawn[at] : 0;
    }
    if (!dpor_reserve(dpor, &dpor->draws, &dpor->draw_capacity, at + 1, sizeof(struct draw))) {
        return 0;
    }
    const struct draws *given = &dpor->order.draws;
    uint32_t number = at < given->count ? given->at[at] : 0;
    if (number >= count) {
        dpor->has_lost = true; /* it is not the event that it was */
        number = 0;
    }
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
    if (step == NULL || bits == NULL || (dpor->draw_count > 0 && drawn == NULL)) {
        return NULL;
    }
    for (uint32_t i = 0; i < dpor->draw_count; i++) {
        drawn[i] = dpor->draws[i].number;
        drawn[dpor->draw_count + i] = dpor->draws[i].count;
    }
    uint32_t given = dpor->order.draws.count;
    if (dpor->order.role == ROLE_INNER) {
        given = dpor->draw_count;
    }
    *step = (struct step){
        .id = deed->id,
        .footprint = footprint_create(&dpor->arena, deed->touches, deed->touch_count),
        .role = dpor->order.role,
        .index = dpor->depth,
        .before = bits,
        .races = bits + words,
        .makers = bits + (size_t)2 * words,
        .drawn = drawn,
        .draw_counts = drawn == NULL ? NULL : drawn + dpor->draw_count,
        .draw_count = dpor->draw_count,
        .draws_given = given < dpor->draw_count ? given : dpor->draw_count,
        .base = dpor->order.base,
        .origin = dpor->order.origin,
        .chain = dpor->order.chain,
        .sticky = dpor->order.sticky,
        .behind = deed->behind,
        .window_base = deed->base,
        .window_begin = deed->window_begin,
        .window_end = deed->window_end,
    };
    if (!step->footprint.is_known) {
        dpor_fail(dpor);
        return NULL;
    }
    return step;
}

static uint64_t mix(uint64_t a, uint64_t b)
{
    uint64_t x = (a + UINT64_C(0x9e3779b97f4a7c15)) ^ b * UINT64_C(0xd6e8feb86659fd93);
    x = (x ^ (x >> 32)) * UINT64_C(0xd6e8feb86659fd93);
    return x ^ (x >> 32);
}

static void digest_step(const struct dpor *dpor, struct step *step)
{
    uint64_t sum = 0;
    for (uint32_t word = 0; word <= step->index / 64; word++) {
        for (uint64_t bits = step->before[word], i = (uint64_t)word * 64; bits != 0;
             bits >>= 1, i++) {
            sum += (bits & 1U) != 0 ? dpor->steps[i]->digest : 0;
        }
    }
    uint64_t digest = mix(step->id, sum);
    for (uint32_t i = 0; i < step->draw_count; i++) {
        digest = mix(digest, step->drawn[i]);
    }
    step->digest = digest;
}

static const struct candidate *candidate_of(const struct dpor *dpor, uint64_t id)
{
    uint32_t at = 0;
    while (at + 1 < dpor->enabled_count && dpor->enabled[at].id != id) {
        at++;
    }
    return &dpor->enabled[at];
}

static void dpor_did(struct rh_strategy *self, const struct rh_followed *deed)
{
    struct dpor *dpor = (struct dpor *)self;
    if (self->failed || dpor->is_cut) {
        return;
    }
    dpor->has_lost = dpor->has_lost || deed->is_unsure;
    dpor->is_timed = dpor->is_timed || deed->window_end != RH_NEVER;
    if (dpor->depth < dpor->shared) {
        dpor->depth++;
        return;
    }
    struct step *step = create_step(dpor, deed);
    if (step == NULL || !dpor_reserve(dpor, &dpor->steps, &dpor->step_capacity, dpor->depth + 1,
                                      sizeof(struct step *))) {
        return;
    }
    const struct candidate *candidate = candidate_of(dpor, step->id);
    step->whose = candidate->whose;
    step->optional = candidate->optional && step->id != 0;
    step->signal = candidate->signal;
    step->strikes = candidate->strikes;
    if (step->role == ROLE_INNER && !footprints_equal(&step->footprint, &step->origin->footprint)) {
        dpor->has_lost = true;
    }
    put_in_order(dpor, step, deed);
    digest_step(dpor, step);
    dpor->steps[dpor->depth++] = step;
    dpor->is_covered = tree_covers(dpor, step);
    bool is_new = step->role == ROLE_FINAL || step->role == ROLE_OTHER || step->chain != NULL;
    dpor->is_infeasible = !dpor->is_covered && is_new && !dpor_is_feasible(dpor);
}

/* ---- from run to run ---- */

/* The run that was played is kept until all that comes of it is explored. */
static bool keep_run(struct dpor *dpor)
{
    struct frame *frame = &dpor->frames[dpor->frame_count - 1];
    frame->length = dpor->depth;
    frame->was_cut = dpor->is_cut;
    frame->is_barren = dpor->is_cut && !dpor->is_covered;
    frame->steps = take(dpor, (dpor->depth + (size_t)1) * sizeof(struct step *));
    if (frame->steps == NULL) {
        return false;
    }
    if (dpor->depth > 0) {
        memcpy(frame->steps, dpor->steps, dpor->depth * sizeof(struct step *));
    }
    return true;
}

/* What a run began with is known now to the run that it comes from. */
static void forget_run(struct dpor *dpor)
{
    struct frame *frame = &dpor->frames[--dpor->frame_count];
    struct footprint footprint = {0};
    if (frame->other_position != NONE && frame->fresh < frame->length) {
        footprint = frame->steps[frame->fresh]->footprint;
    }
    arena_return(&dpor->arena, frame->mark);
    if (dpor->frame_count == 0 || !footprint.is_known) {
        return;
    }
    const struct frame *below = &dpor->frames[dpor->frame_count - 1];
    struct step *step = below->steps[frame->other_position];
    step->others[frame->other_index].footprint =
        footprint_create(&dpor->arena, footprint.touches, footprint.count);
    if (!step->others[frame->other_index].footprint.is_known) {
        dpor_fail(dpor);
    }
}

/* Plan the next run; false: there is none. */
static bool advance(struct dpor *dpor)
{
    while (dpor->frame_count > 0 && !dpor->head.failed) {
        if (tree_next(dpor, &dpor->frames[dpor->frame_count - 1])) {
            return !dpor->head.failed;
        }
        if (!dpor->head.failed) {
            forget_run(dpor);
        }
    }
    dpor->head.complete = !dpor->head.failed && !dpor->has_lost;
    return false;
}

static void dpor_begin(struct rh_strategy *self)
{
    struct dpor *dpor = (struct dpor *)self;
    dpor->depth = 0;
    dpor->is_cut = false;
    dpor->is_covered = false;
    dpor->is_infeasible = false;
    dpor->sticky = NULL;
    dpor->enabled_count = 0;
    if (dpor->frame_count == 0 &&
        dpor_reserve(dpor, &dpor->frames, &dpor->frame_capacity, 1, sizeof(struct frame))) {
        dpor->frames[dpor->frame_count++] =
            (struct frame){.other_position = NONE, .mark = arena_mark(&dpor->arena)};
    }
}

static bool dpor_cuts(const struct rh_strategy *self)
{
    const struct dpor *dpor = (const struct dpor *)self;
    return self->failed || dpor->is_cut || dpor->is_covered || dpor->is_infeasible;
}

static bool dpor_allows(struct rh_strategy *self)
{
    struct dpor *dpor = (struct dpor *)self;
    return dpor_cuts(self) || dpor_is_feasible(dpor);
}

static bool dpor_end(struct rh_strategy *self)
{
    struct dpor *dpor = (struct dpor *)self;
    if (self->failed) {
        return false;
    }
    bool leads_nowhere = dpor->is_cut || dpor->is_covered || dpor->is_infeasible;
    dpor->is_infeasible = dpor->is_infeasible || (!leads_nowhere && !dpor_is_feasible(dpor));
    self->blocked += dpor->is_covered ? 1 : 0;
    self->infeasible += dpor->is_infeasible ? 1 : 0;
    self->classes += leads_nowhere || dpor->is_infeasible ? 0 : 1;
    if (!dpor->is_cut && dpor->depth > dpor->shared) {
        note_others(dpor, dpor->steps[dpor->depth - 1], 0, NULL);
    }
    dpor->is_cut = leads_nowhere;
    return !self->failed && keep_run(dpor) && advance(dpor);
}

static void dpor_destroy(struct rh_strategy *self)
{
    struct dpor *dpor = (struct dpor *)self;
    struct rh_allocator allocator = dpor->arena.allocator;
    void *owner = allocator.self;
    arena_deinit(&dpor->arena);
    allocator.release(owner, dpor->frames, dpor->frame_capacity * sizeof(struct frame));
    allocator.release(owner, dpor->steps, dpor->step_capacity * sizeof(struct step *));
    allocator.release(owner, dpor->orders, dpor->order_capacity * sizeof(struct order));
    allocator.release(owner, dpor->enabled, dpor->enabled_capacity * sizeof(struct candidate));
    allocator.release(owner, dpor->draws, dpor->draw_capacity * sizeof(struct draw));
    allocator.release(owner, dpor->bits, dpor->bit_capacity * sizeof(uint64_t));
    allocator.release(owner, dpor, sizeof *dpor);
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
        .arena = {.allocator = *with, .max = memory_max},
        .depth_max = depth_max,
    };
    *ret_strategy = &dpor->head;
    return RH_OK;
}
