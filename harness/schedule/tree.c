/* SPDX-License-Identifier: MIT */
/*
 * Which runs come of a run. See dpor.c for what makes classes a tree.
 *
 * The positions of a run are gone through from the front. At each, first what could happen instead of its step, then
 * what comes later and could come before it; what that would touch there is known when the next is tried, and everything
 * that keeps the step where it is comes after that. So the order of two obstacles of a step that commute can be told
 * without trying, unless both were found only in runs that come of others.
 */
#include "harness/schedule/dpor.h"

#include "harness/schedule/dependence.h"

#include <string.h>

/* ---- small questions ---- */

static bool is_jump(const struct step *step)
{
    return step->role == ROLE_FINAL || step->role == ROLE_OTHER;
}

static bool draws_equal(const struct draws *a, const struct draws *b)
{
    return a->count == b->count &&
           (a->count == 0 || memcmp(a->at, b->at, a->count * sizeof(a->at[0])) == 0);
}

static struct draws given_to(const struct step *step)
{
    return (struct draws){step->drawn, step->role == ROLE_OTHER ? step->draws_given : 0};
}

static const struct other *other_of(const struct step *step, uint64_t id, const struct draws *draws,
                                    uint64_t needs, uint32_t rank_max)
{
    for (uint32_t i = 0; i < step->other_count && i < rank_max; i++) {
        const struct other *other = &step->others[i];
        if (other->is_option && other->id == id && draws_equal(&other->draws, draws) &&
            (other->later == NONE || other->needs == needs)) {
            return other;
        }
    }
    return NULL;
}

static uint32_t rank_of(const struct step *step, uint64_t id, const struct draws *draws,
                        uint64_t needs)
{
    const struct other *other = other_of(step, id, draws, needs, RANK_NONE);
    return other == NULL ? RANK_NONE : (uint32_t)(other - step->others);
}

/* The steps from `from` on that come before one, as a digest. */
static uint64_t needs_of(const struct dpor *dpor, const uint64_t *before, uint32_t from,
                         uint32_t end)
{
    uint64_t sum = 0;
    for (uint32_t i = from; i < end; i++) {
        sum += has_bit(before, i) ? dpor->steps[i]->digest : 0;
    }
    return sum;
}

const struct obstacle *tree_end_chain(const struct dpor *dpor, uint32_t count)
{
    for (uint32_t i = count; i > 0; i--) {
        const struct step *step = dpor->steps[i - 1];
        if (step->role == ROLE_OTHER && step->base->id == 0) {
            return step->sticky->chain;
        }
    }
    return NULL;
}

/* Is there something among the steps in these bits that a step, where it was passed, depends on? It is in front then. */
static bool is_led(const struct dpor *dpor, const uint64_t *before, uint32_t end,
                   const struct step *passed)
{
    for (uint32_t i = passed->index; i < end; i++) {
        if (has_bit(before, i) && dpor->steps[i] != passed &&
            footprints_depend(&dpor->steps[i]->footprint, &passed->footprint)) {
            return true;
        }
    }
    return false;
}

/* ---- runs that others cover ---- */

/* Does a step, as it was when it was passed, keep something in its place or is taken away by it? */
static bool minds(const struct step *passed, uint64_t id, const struct footprint *footprint)
{
    if (footprints_depend(footprint, &passed->footprint)) {
        return true;
    }
    for (uint32_t i = 0; i < passed->other_count; i++) {
        const struct other *other = &passed->others[i];
        if (other->is_option && other->later == NONE && other->id == id) {
            return true;
        }
    }
    return false;
}

/* Was `step`, which was put in front of the same as `obstacle` later on, to be put there first? Not if what was passed does
 * not mind it any more, `after` the obstacle: then it need not be put there. */
static bool is_before(const struct dpor *dpor, const struct step *step,
                      const struct obstacle *obstacle, const struct step *after)
{
    const struct step *passed = obstacle->passed;
    struct draws draws = given_to(step);
    if (has_bit(step->before, obstacle->position) || !minds(after, step->id, &step->footprint) ||
        is_led(dpor, step->before, step->index, passed)) {
        return false;
    }
    uint64_t needs = needs_of(dpor, step->before, passed->index, step->index);
    uint32_t rank = rank_of(passed, step->id, &draws, needs);
    if (rank != RANK_NONE || obstacle->rank != RANK_NONE) {
        return rank < obstacle->rank;
    }
    return step->id < obstacle->id && footprints_depend(&step->footprint, &passed->footprint);
}

static bool covers_obstacles(const struct dpor *dpor, const struct step *last,
                             const struct obstacle *earlier, const struct step *after)
{
    for (; earlier != NULL; after = earlier->passed, earlier = earlier->before) {
        if (is_before(dpor, last, earlier, after)) {
            return true;
        }
        for (uint32_t i = last->index; i > 0 && dpor->steps[i - 1]->role == ROLE_INNER; i--) {
            const struct step *inner = dpor->steps[i - 1];
            if (footprints_depend(&inner->footprint, &earlier->passed->footprint) &&
                is_before(dpor, inner, earlier, after)) {
                return true;
            }
        }
    }
    return false;
}

/* Where a step was put in front of another, or instead of it, on condition that it has nothing to do with some, they are
 * found one after the other, from `at`, which is NULL first; NULL: no more. */
struct guards {
    const struct step *of;
    bool was_passed;
};
static const struct step *next_guard(struct guards *at)
{
    const struct step *of = at->of;
    if (of->role == ROLE_OTHER) {
        at->of = of->base;
        return of->base;
    }
    if (of->role != ROLE_FINAL) {
        return NULL;
    }
    at->was_passed = !at->was_passed;
    if (at->was_passed) {
        return of->origin;
    }
    at->of = of->sticky->chain->passed;
    return at->of;
}

static bool depends_on_guards(const struct footprint *footprint, const struct step *step)
{
    struct guards at = {step, false};
    for (const struct step *guard = next_guard(&at); guard != NULL; guard = next_guard(&at)) {
        if (footprints_depend(footprint, &guard->footprint)) {
            return true;
        }
    }
    return false;
}

/* Does it not need all that was put in front for its sake? */
static bool is_alone(const struct dpor *dpor, const struct step *last)
{
    for (uint32_t i = last->index; i > 0 && dpor->steps[i - 1]->role == ROLE_INNER; i--) {
        if (i - 1 >= dpor->shared && !has_bit(last->before, i - 1)) {
            return true;
        }
    }
    return false;
}

static bool covers_place(const struct dpor *dpor, const struct step *last)
{
    const struct step *first = last;
    while (first->role == ROLE_OTHER && first->base->id == first->id) {
        first = first->base;
    }
    if (first->role == ROLE_FINAL) {
        const struct step *passed = last->sticky->chain->passed;
        return (first != last && !footprints_depend(&last->footprint, &passed->footprint)) ||
               is_alone(dpor, last) || depends_on_guards(&last->footprint, passed);
    }
    return first->role == ROLE_OTHER && depends_on_guards(&last->footprint, first->base);
}

bool tree_covers(const struct dpor *dpor, const struct step *last)
{
    for (const struct obstacle *it = last->chain; it != NULL; it = it->before) {
        if (!has_bit(last->before, it->position)) {
            return true;
        }
    }
    if (!is_jump(last)) {
        return false;
    }
    const struct obstacle *own = last->sticky == NULL ? NULL : last->sticky->chain;
    if (covers_place(dpor, last) ||
        (own != NULL && covers_obstacles(dpor, last, own->before, own->passed))) {
        return true;
    }
    /* Faults are what is put in front of the end, wherever they happen. */
    const struct obstacle *end = last->optional ? tree_end_chain(dpor, last->index) : NULL;
    return end != NULL && covers_obstacles(dpor, last, end, end->passed);
}

bool tree_covers_without(const struct step *last, const struct sticky *gone)
{
    const struct obstacle *it = gone->chain == NULL ? NULL : gone->chain->before;
    for (; it != NULL; it = it->before) {
        if (!has_bit(last->before, it->position)) {
            return true;
        }
    }
    return false;
}

/* ---- what would be covered ---- */

static void add_past(struct dpor *dpor, uint32_t position, uint32_t from)
{
    const struct step *step = dpor->steps[position];
    for (uint32_t word = from / 64; word <= position / 64; word++) {
        dpor->bits[word] |= step->before[word];
    }
    set_bit(dpor->bits, position);
}

/* Would an other of the step that was passed come behind the obstacle, at `position`, too? In bits: what it comes behind. */
static void find_past(struct dpor *dpor, const struct other *other, uint32_t from,
                      uint32_t position, const struct step *later)
{
    memset(dpor->bits, 0, (dpor->depth / 64 + (size_t)1) * sizeof(uint64_t));
    for (uint32_t i = later == NULL ? 0 : later->index; i > position + 1; i--) {
        if (has_bit(later->before, i - 1)) {
            add_past(dpor, i - 1, from);
        }
    }
    for (uint32_t i = position; i > from; i--) {
        if (!has_bit(dpor->bits, i - 1) &&
            ((later != NULL && has_bit(later->makers, i - 1)) ||
             footprints_depend(&other->footprint, &dpor->steps[i - 1]->footprint))) {
            add_past(dpor, i - 1, from);
        }
    }
}

/* Is it known that what is to be put in front of the step at `position` was to be put before one of these obstacles? */
static bool is_behind(struct dpor *dpor, uint32_t position, uint64_t id, const struct draws *draws,
                      const struct step *later, const struct obstacle *it)
{
    const struct step *after = NULL;
    for (; it != NULL; after = it->passed, it = it->before) {
        const struct step *passed = it->passed;
        for (uint32_t i = 0; i < passed->other_count && i < it->rank; i++) {
            const struct other *other = &passed->others[i];
            if (!other->is_option || other->id != id || !draws_equal(&other->draws, draws) ||
                !other->footprint.is_known ||
                (after != NULL && !minds(after, id, &other->footprint))) {
                continue;
            }
            find_past(dpor, other, passed->index, position, later);
            uint64_t needs = needs_of(dpor, dpor->bits, passed->index, dpor->depth) -
                             (has_bit(dpor->bits, position) ? dpor->steps[position]->digest : 0);
            if (!has_bit(dpor->bits, it->position) && needs == other->needs) {
                return true;
            }
        }
    }
    return false;
}

static bool is_asleep(struct dpor *dpor, uint32_t position, uint64_t id, const struct draws *draws,
                      const struct step *later, bool optional)
{
    const struct step *step = dpor->steps[position];
    return is_behind(dpor, position, id, draws, later, step->chain) ||
           (optional && step->id != 0 &&
            is_behind(dpor, position, id, draws, later, tree_end_chain(dpor, position)));
}

/* Is it known that it would not need all of what it needs where it is? */
static bool is_known_alone(struct dpor *dpor, uint32_t position, uint32_t later)
{
    const struct step *step = dpor->steps[position];
    const struct step *last = dpor->steps[later];
    for (uint32_t i = 0; i < step->other_count; i++) {
        const struct other *other = &step->others[i];
        if (other->later == NONE || other->id != last->id || !other->footprint.is_known) {
            continue;
        }
        memset(dpor->bits, 0, (dpor->depth / 64 + (size_t)1) * sizeof(uint64_t));
        bool all = true;
        for (uint32_t j = later; j > position + 1; j--) {
            if (!has_bit(last->before, j - 1) || has_bit(dpor->bits, j - 1)) {
                continue;
            }
            if (has_bit(last->makers, j - 1) ||
                footprints_depend(&other->footprint, &dpor->steps[j - 1]->footprint)) {
                add_past(dpor, j - 1, position + 1);
            } else {
                all = false;
            }
        }
        if (!all && needs_of(dpor, dpor->bits, position + 1, later) == other->needs) {
            return true;
        }
    }
    return false;
}

static bool has_mode_against(const struct step *step, uint64_t whose, enum rh_object_kind kind,
                             signed char mode)
{
    for (uint32_t i = 0; i < step->footprint.count && mode >= 0; i++) {
        const struct rh_touch *touch = &step->footprint.touches[i];
        if (touch->kind == kind && touch->owner == whose &&
            (touch->mode == RH_MODE_WRITE || touch->mode != (enum rh_mode)mode)) {
            return true;
        }
    }
    return false;
}

/* An event of an actor that lives: does it depend on the step, whatever else it does? A fault, or an exit signal, may be none
 * of the actor's turns; `seen` is what it touched somewhere else, or NULL. */
static bool surely_depends(const struct step *step, uint64_t whose, enum rh_signal_kind signal,
                           bool optional, const struct footprint *seen)
{
    struct rh_handling handling = rh_handling_of(signal);
    if (whose == 0) {
        return false;
    }
    if (optional || signal == RH_SIGNAL_EXIT) {
        handling.state = -1;
    }
    for (uint32_t i = 0; seen != NULL && i < seen->count; i++) {
        const struct rh_touch *touch = &seen->touches[i];
        if (touch->kind == RH_OBJECT_STATE && touch->owner == whose) {
            handling.state = RH_MODE_READ;
        }
    }
    return has_mode_against(step, whose, RH_OBJECT_STATE, handling.state) ||
           has_mode_against(step, whose, RH_OBJECT_LIFE, handling.life) ||
           has_mode_against(step, whose, RH_OBJECT_LINKS, handling.links);
}

/* Does it only change what the other has read? Then it touches the same without the other. */
static bool is_unaffected(const struct step *step, const struct step *by)
{
    const struct footprint *a = &step->footprint;
    const struct footprint *b = &by->footprint;
    if (a->summary == UINT64_MAX || b->summary == UINT64_MAX) {
        return false;
    }
    for (uint32_t i = 0, j = 0; i < a->count && j < b->count;) {
        if (a->touches[i].object == b->touches[j].object && b->touches[j].mode != RH_MODE_READ) {
            return false;
        }
        if (a->touches[i].object < b->touches[j].object) {
            i++;
        } else {
            j++;
        }
    }
    return true;
}

/* Is it certain that `last`, put in front of `step`, and what it needs, have something to do with what must not be? */
static bool is_guarded(const struct dpor *dpor, const struct step *step, const struct step *last)
{
    struct guards at = {step, false};
    for (uint32_t i = step->index + 1; i < last->index; i++) {
        if (has_bit(last->before, i) && depends_on_guards(&dpor->steps[i]->footprint, step)) {
            return true;
        }
    }
    if (is_unaffected(last, step)) {
        return depends_on_guards(&last->footprint, step);
    }
    for (const struct step *guard = next_guard(&at); guard != NULL; guard = next_guard(&at)) {
        if (surely_depends(guard, last->whose, last->signal, last->optional, &last->footprint)) {
            return true;
        }
    }
    return false;
}

/* ---- planning ---- */

static struct order *add_order(struct dpor *dpor)
{
    if (!dpor_reserve(dpor, &dpor->orders, &dpor->order_capacity, dpor->order_count + 1,
                      sizeof(struct order))) {
        return NULL;
    }
    struct order *order = &dpor->orders[dpor->order_count++];
    *order = (struct order){0};
    return order;
}

static bool begin_frame(struct dpor *dpor, uint32_t shared)
{
    if (!dpor_reserve(dpor, &dpor->frames, &dpor->frame_capacity, dpor->frame_count + 1,
                      sizeof(struct frame))) {
        return false;
    }
    dpor->frames[dpor->frame_count++] = (struct frame){.shared = shared,
                                                       .fresh = shared,
                                                       .other_position = NONE,
                                                       .mark = arena_mark(&dpor->arena)};
    dpor->shared = shared;
    dpor->order_count = 0;
    return true;
}

static void *keep(struct dpor *dpor, const void *what, size_t bytes)
{
    void *at = arena_take(&dpor->arena, bytes);
    if (at == NULL) {
        dpor_fail(dpor);
        return NULL;
    }
    memcpy(at, what, bytes);
    return at;
}

/* `step` is passed by what is called `id` at `position`. */
static const struct sticky *put_off(struct dpor *dpor, const struct step *step, uint64_t id,
                                    uint32_t position, uint32_t rank)
{
    const struct obstacle obstacle = {
        .before = step->chain, .passed = step, .id = id, .position = position, .rank = rank};
    struct sticky sticky = {
        .step = step,
        .chain = keep(dpor, &obstacle, sizeof(obstacle)),
    };
    return sticky.chain == NULL ? NULL : keep(dpor, &sticky, sizeof(sticky));
}

/* Something else happens instead of a step. */
static bool plan_other(struct dpor *dpor, uint32_t position, uint32_t index)
{
    struct step *step = dpor->steps[position];
    const struct other *other = &step->others[index];
    if (!begin_frame(dpor, position)) {
        return false;
    }
    struct order *order = add_order(dpor);
    if (order == NULL) {
        return false;
    }
    *order =
        (struct order){.id = other->id, .draws = other->draws, .role = ROLE_OTHER, .base = step};
    if (step->role == ROLE_FINAL || other->id == step->id) {
        order->sticky = step->sticky;
        order->chain = other->id == step->id ? step->chain : NULL;
    } else {
        order->sticky = put_off(dpor, step, other->id, position, index);
    }
    struct frame *frame = &dpor->frames[dpor->frame_count - 1];
    frame->other_position = position;
    frame->other_index = index;
    return !dpor->head.failed;
}

/* A later step comes before a step. */
static bool plan_race(struct dpor *dpor, uint32_t position, uint32_t later, uint32_t rank)
{
    const struct step *step = dpor->steps[position];
    const struct step *last = dpor->steps[later];
    if (!begin_frame(dpor, position)) {
        return false;
    }
    for (uint32_t i = position + 1; i <= later; i++) {
        const struct step *other = dpor->steps[i];
        if (i < later && !has_bit(last->before, i)) {
            continue;
        }
        struct order *order = add_order(dpor);
        if (order == NULL) {
            return false;
        }
        *order = (struct order){
            .id = other->id,
            .draws = {other->drawn, other->draw_count},
            .role = ROLE_INNER,
            .origin = other,
        };
    }
    struct order *order = &dpor->orders[dpor->order_count - 1];
    uint32_t final = position + dpor->order_count - 1;
    order->role = ROLE_FINAL;
    order->draws.count = last->role == ROLE_OTHER ? last->draws_given : 0;
    order->sticky = put_off(dpor, step, last->id, final, rank);
    struct frame *frame = &dpor->frames[dpor->frame_count - 1];
    frame->fresh = final;
    if (rank != RANK_NONE) {
        frame->other_position = position;
        frame->other_index = rank;
    }
    return !dpor->head.failed;
}

/* ---- what comes of a run ---- */

/* Could the step at `later` be put in front of the one at `position`, and is this the run to do it from? */
static bool is_reversible(const struct dpor *dpor, uint32_t position, uint32_t later)
{
    const struct step *step = dpor->steps[position];
    const struct step *last = dpor->steps[later];
    if (!has_bit(last->races, position) || last->role == ROLE_INNER || step->role == ROLE_INNER ||
        step->id == 0) {
        return false;
    }
    if (is_jump(last) && last->sticky != NULL && last->sticky->step->role != ROLE_DEFAULT) {
        return false; /* there for the sake of something else that was put in front */
    }
    for (uint32_t i = position + 1; i < later; i++) {
        if (is_jump(dpor->steps[i]) && !has_bit(last->before, i)) {
            return false;
        }
    }
    struct draws draws = given_to(last);
    for (uint32_t i = 0; i < step->other_count; i++) {
        const struct other *other = &step->others[i];
        if (other->is_option && other->later == NONE && other->id == last->id &&
            draws_equal(&other->draws, &draws)) {
            return false;
        }
    }
    /* Other numbers are tried where the first ones are put there. */
    const struct step *first = last;
    while (first->role == ROLE_OTHER && first->base->id == first->id) {
        first = first->base;
    }
    if (first != last && footprints_depend(&first->footprint, &step->footprint)) {
        return false;
    }
    return !is_guarded(dpor, step, last);
}

static uint32_t later_begin(const struct frame *frame, uint32_t position)
{
    return position == 0 ? 0 : frame->later_ends[position - 1];
}

/* Add what comes later to the others of a step that is new in this run. */
static bool add_later(struct dpor *dpor, const struct frame *frame, uint32_t position)
{
    struct step *step = dpor->steps[position];
    uint32_t begin = later_begin(frame, position);
    uint32_t count = frame->later_ends[position] - begin;
    if (count == 0) {
        return true;
    }
    struct other *others =
        arena_take(&dpor->arena, (step->other_count + (size_t)count) * sizeof(struct other));
    if (others == NULL) {
        dpor_fail(dpor);
        return false;
    }
    if (step->other_count > 0) {
        memcpy(others, step->others, step->other_count * sizeof(struct other));
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = frame->later[begin + i];
        const struct step *later = dpor->steps[at];
        others[step->other_count + i] = (struct other){
            .id = later->id,
            .whose = later->whose,
            .draws = given_to(later),
            .needs = needs_of(dpor, later->before, position + 1, at),
            .later = at,
            .optional = later->optional,
            .signal = later->signal,
            .window_end = RH_NEVER,
            .is_option = true,
        };
    }
    step->others = others;
    step->other_count += count;
    return true;
}

/* Go through all races of what is new: what is found for a position is put where `ends` says, or only counted. */
static void each_reversible(const struct dpor *dpor, const struct frame *frame, uint32_t *ends,
                            uint32_t *later)
{
    for (uint32_t j = frame->fresh; j < frame->length; j++) {
        const uint64_t *races = dpor->steps[j]->races;
        for (uint32_t word = 0; word <= j / 64; word++) {
            uint32_t i = word * 64;
            for (uint64_t bits = races[word]; bits != 0; bits >>= 1, i++) {
                if ((bits & 1U) == 0 || !is_reversible(dpor, i, j)) {
                    continue;
                }
                if (later != NULL) {
                    later[ends[i]] = j;
                }
                ends[i]++;
            }
        }
    }
}

static bool find_later(struct dpor *dpor, struct frame *frame)
{
    size_t bytes = (frame->length + (size_t)1) * sizeof(uint32_t);
    uint32_t *ends = arena_take(&dpor->arena, bytes);
    if (ends == NULL) {
        dpor_fail(dpor);
        return false;
    }
    memset(ends, 0, bytes);
    each_reversible(dpor, frame, ends, NULL);
    uint32_t count = 0;
    for (uint32_t i = 0; i < frame->length; i++) {
        uint32_t own = ends[i];
        ends[i] = count; /* where its part begins, until it has been filled */
        count += own;
    }
    frame->later = arena_take(&dpor->arena, (count + (size_t)1) * sizeof(uint32_t));
    if (frame->later == NULL) {
        dpor_fail(dpor);
        return false;
    }
    each_reversible(dpor, frame, ends, frame->later);
    frame->later_ends = ends;
    return true;
}

/* All of the run is known: once, before anything comes of it. */
static bool prepare(struct dpor *dpor, struct frame *frame)
{
    frame->is_prepared = true;
    if (frame->was_cut) {
        bool is_last_new = frame->fresh < frame->length && !frame->is_barren;
        frame->position = is_last_new ? frame->length - 1 : frame->length;
        return true;
    }
    if (!find_later(dpor, frame)) {
        return false;
    }
    for (uint32_t i = frame->fresh; i < frame->length; i++) {
        if (!add_later(dpor, frame, i)) {
            return false;
        }
    }
    return true;
}

/* May this happen instead of a step, as far as one can tell? */
static bool is_worth(struct dpor *dpor, const struct frame *frame, uint32_t position,
                     const struct other *other)
{
    const struct step *step = dpor->steps[position];
    bool numbers = other->id == step->id;
    bool strikes = other->strikes != 0 && other->strikes == step->id;
    if (!other->is_option || (frame->was_cut && !numbers && !strikes)) {
        return false;
    }
    if (other->later != NONE) {
        return !is_known_alone(dpor, position, other->later) &&
               !is_asleep(dpor, position, other->id, &other->draws, dpor->steps[other->later],
                          other->optional);
    }
    if (step->role == ROLE_FINAL) {
        /* Tried by itself where the run that this comes from had it. */
        const struct other *before = other_of(step->origin, other->id, &other->draws, 0, RANK_NONE);
        const struct footprint *passed = &step->sticky->chain->passed->footprint;
        return before == NULL || before->later != NONE ||
               (numbers &&
                (!before->footprint.is_known || footprints_depend(&before->footprint, passed)));
    }
    for (const struct step *it = step; !numbers && it->role == ROLE_OTHER; it = it->base) {
        if (other_of(it->base, other->id, &other->draws, 0, RANK_NONE) != NULL ||
            surely_depends(it->base, other->whose, other->signal, other->optional, NULL)) {
            return false;
        }
    }
    return !is_asleep(dpor, position, other->id, &other->draws, NULL, other->optional);
}

static bool next_other(struct dpor *dpor, struct frame *frame)
{
    const struct step *step = dpor->steps[frame->position];
    while (step->role != ROLE_INNER && frame->index < step->other_count) {
        uint32_t index = frame->index++;
        uint32_t later = step->others[index].later;
        if (is_worth(dpor, frame, frame->position, &step->others[index])) {
            return later == NONE ? plan_other(dpor, frame->position, index)
                                 : plan_race(dpor, frame->position, later, index);
        }
    }
    return false;
}

/* What is new in this run, before what is not. */
static bool next_race(struct dpor *dpor, struct frame *frame)
{
    uint32_t position = frame->position;
    uint32_t begin = later_begin(frame, position);
    while (begin + frame->index < frame->later_ends[position]) {
        uint32_t later = frame->later[begin + frame->index++];
        const struct step *last = dpor->steps[later];
        struct draws draws = given_to(last);
        if (!is_known_alone(dpor, position, later) &&
            !is_asleep(dpor, position, last->id, &draws, last, last->optional)) {
            return plan_race(dpor, position, later, RANK_NONE);
        }
    }
    return false;
}

static bool restore(struct dpor *dpor, const struct frame *frame)
{
    if (!dpor_reserve(dpor, &dpor->bits, &dpor->bit_capacity, frame->length / 64 + 1,
                      sizeof(uint64_t))) {
        return false;
    }
    if (frame->length > 0) {
        memcpy(dpor->steps, frame->steps, frame->length * sizeof(struct step *));
    }
    dpor->depth = frame->length;
    return true;
}

bool tree_next(struct dpor *dpor, struct frame *frame)
{
    if (!restore(dpor, frame) || (!frame->is_prepared && !prepare(dpor, frame))) {
        return false;
    }
    while (frame->position < frame->length) {
        bool is_new = frame->position >= frame->fresh;
        if (is_new ? next_other(dpor, frame) : next_race(dpor, frame)) {
            return true;
        }
        if (dpor->head.failed) {
            return false;
        }
        frame->position++;
        frame->index = 0;
    }
    return false;
}
