/* SPDX-License-Identifier: MIT */
/*
 * The exhaustive strategy within bounds: of the candidates it is shown those that the bounds leave.
 *
 *   - choices: after so many decisions a run takes the oldest and lets no fault strike.
 *   - preemptions: an actor that has just had a turn and could have another is not left for another actor more often than so.
 *     Faults and what belongs to no actor do not count.
 *   - delays: a candidate is behind so many older ones; the sum of that over a run (Emmi and others, 2011, with sending order
 *     as the scheduler that is delayed).
 *   - faults: so many strike.
 *
 * What remains is always at least one: the oldest that is no fault. Whether anything was left out is noted, so that a bound
 * that cut nothing is no bound of what was proved. Bounds other than on faults are not offered for dpor: a class whose
 * representative is beyond a bound may have members within, and sleep sets then hide runs from each other; a bound on faults
 * is the scenario's budget there.
 */
#include "harness/schedule/strategy.h"

#include <inttypes.h>
#include <stdio.h>

#define HEAD "within at most"

struct bounded {
    struct rh_strategy head;
    struct rh_allocator allocator;
    struct rh_strategy *inner;
    struct rh_bounds bounds;
    uint64_t choices; /* of the run under way, as what follows */
    uint64_t preemptions;
    uint64_t delays;
    uint64_t faults;
    struct rh_pid last;
    bool has_cut;
};

static void bounded_begin(struct rh_strategy *self)
{
    struct bounded *bounded = (struct bounded *)self;
    bounded->choices = 0;
    bounded->preemptions = 0;
    bounded->delays = 0;
    bounded->faults = 0;
    bounded->last = rh_pid_none();
    rh_strategy_begin(bounded->inner);
}

static bool is_fault(const struct rh_candidate *candidate)
{
    return candidate->optional && candidate->source != UINT32_MAX;
}

static bool can_go_on(const struct bounded *bounded, uint32_t count,
                      const struct rh_candidate *candidates)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!is_fault(&candidates[i]) && candidates[i].source != UINT32_MAX &&
            rh_pid_equal(candidates[i].actor, bounded->last)) {
            return true;
        }
    }
    return false;
}

/* What a candidate costs. */
struct cost {
    uint64_t preemptions;
    uint64_t delays;
    uint64_t faults;
};

static struct cost cost_of(const struct bounded *bounded, const struct rh_candidate *candidate,
                           bool goes_on, uint64_t older)
{
    struct cost cost = {.faults = is_fault(candidate) ? 1 : 0};
    if (cost.faults > 0 || candidate->source == UINT32_MAX) {
        return cost;
    }
    cost.delays = older;
    cost.preemptions = goes_on && !rh_pid_is_none(candidate->actor) &&
                               !rh_pid_equal(candidate->actor, bounded->last)
                           ? 1
                           : 0;
    return cost;
}

static bool is_within(const struct bounded *bounded, const struct cost *cost)
{
    const struct rh_bounds *bounds = &bounded->bounds;
    return (cost->preemptions == 0 || bounded->preemptions < bounds->preemptions) &&
           (cost->delays == 0 || bounded->delays + cost->delays <= bounds->delays) &&
           (cost->faults == 0 || bounded->faults < bounds->faults);
}

static bool has_decided(const struct bounded *bounded)
{
    return bounded->choices >= bounded->bounds.choices;
}

/* What the rows cost, one after the other. */
struct rows {
    const struct bounded *bounded;
    const struct rh_candidate *candidates;
    uint32_t count;
    uint32_t oldest;
    bool goes_on;
};

static struct rows look(const struct bounded *bounded, uint32_t count,
                        const struct rh_candidate *candidates)
{
    struct rows rows = {bounded, candidates, count, 0, can_go_on(bounded, count, candidates)};
    while (rows.oldest + 1 < count && is_fault(&candidates[rows.oldest])) {
        rows.oldest++;
    }
    return rows;
}

/* Find the wanted one of those within the bounds, or with UINT32_MAX count them. */
static uint32_t find(const struct rows *rows, uint32_t wanted, uint32_t *ret_count,
                     struct cost *ret_cost)
{
    uint64_t older = 0;
    uint32_t found = 0;
    for (uint32_t i = 0; i < rows->count; i++) {
        const struct rh_candidate *candidate = &rows->candidates[i];
        struct cost cost = cost_of(rows->bounded, candidate, rows->goes_on, older);
        bool within = !has_decided(rows->bounded) && is_within(rows->bounded, &cost);
        older += is_fault(candidate) || candidate->source == UINT32_MAX ? 0 : 1;
        if (within && found++ == wanted) {
            *ret_cost = cost;
            return i;
        }
    }
    *ret_count = found;
    return rows->oldest;
}

static uint32_t bounded_next(struct bounded *bounded, uint32_t count,
                             const struct rh_candidate *candidates)
{
    struct rows rows = look(bounded, count, candidates);
    struct cost cost = {0};
    uint32_t within = 0;
    uint32_t chosen = find(&rows, UINT32_MAX, &within, &cost);
    bounded->has_cut = bounded->has_cut || within < count;
    if (within > 0) {
        uint32_t wanted = rh_choice_below(bounded->inner, RH_SITE_NEXT, within, NULL);
        chosen = find(&rows, wanted, &within, &cost);
    }
    bounded->choices += count > 1 ? 1 : 0;
    bounded->preemptions += cost.preemptions;
    bounded->delays += cost.delays;
    bounded->faults += cost.faults;
    bool is_turn = !is_fault(&candidates[chosen]) && !rh_pid_is_none(candidates[chosen].actor);
    bounded->last = is_turn ? candidates[chosen].actor : bounded->last;
    return chosen;
}

static uint32_t bounded_below(struct rh_strategy *self, enum rh_site site, uint32_t count,
                              const struct rh_candidate *candidates)
{
    struct bounded *bounded = (struct bounded *)self;
    uint32_t chosen = 0;
    if (site == RH_SITE_NEXT && candidates != NULL) {
        chosen = bounded_next(bounded, count, candidates);
    } else if (has_decided(bounded) ||
               (site == RH_SITE_FAULT && bounded->faults >= bounded->bounds.faults)) {
        bounded->has_cut = true;
    } else {
        chosen = rh_choice_below(bounded->inner, site, count, NULL);
        bounded->choices++;
        bounded->faults += site == RH_SITE_FAULT && chosen != 0 ? 1 : 0;
    }
    if (bounded->inner->failed && !self->failed) {
        self->diverged_at = bounded->inner->diverged_at;
        rh_strategy_fail(self, bounded->inner->status);
    }
    return chosen;
}

static bool bounded_end(struct rh_strategy *self)
{
    struct bounded *bounded = (struct bounded *)self;
    bool more = rh_strategy_end(bounded->inner);
    self->share = bounded->inner->share;
    self->complete = bounded->inner->complete;
    if (bounded->inner->failed && !self->failed) {
        self->diverged_at = bounded->inner->diverged_at;
        rh_strategy_fail(self, bounded->inner->status);
    }
    return more;
}

static void tell_bound(char *text, size_t capacity, uint64_t number, const char *what)
{
    size_t at = 0;
    while (text[at] != '\0') {
        at++;
    }
    if (number != RH_UNBOUNDED && at < capacity) {
        (void)snprintf(text + at, capacity - at, "%s %" PRIu64 " %s%s",
                       at >= sizeof HEAD ? "," : "", number, what, number == 1 ? "" : "s");
    }
}

static void bounded_tell(const struct rh_strategy *self, char *text, size_t capacity)
{
    const struct bounded *bounded = (const struct bounded *)self;
    const struct rh_bounds *bounds = &bounded->bounds;
    (void)snprintf(text, capacity, "%s", bounded->has_cut ? HEAD : "");
    if (bounded->has_cut) {
        tell_bound(text, capacity, bounds->choices, "choice");
        tell_bound(text, capacity, bounds->preemptions, "preemption");
        tell_bound(text, capacity, bounds->delays, "delay");
        tell_bound(text, capacity, bounds->faults, "fault");
    }
}

/* ---- parts ---- */

static enum rh_status bounded_create(const struct rh_allocator *allocator,
                                     const struct rh_bounds *bounds, struct rh_strategy *inner,
                                     struct rh_strategy **ret_strategy);

static enum rh_status bounded_split(struct rh_strategy *self, uint64_t runs,
                                    struct rh_strategy **ret_part)
{
    struct bounded *bounded = (struct bounded *)self;
    struct rh_strategy *inner = NULL;
    enum rh_status status = rh_strategy_split(bounded->inner, runs, &inner);
    if (status != RH_OK || inner == NULL) {
        return status;
    }
    return bounded_create(&bounded->allocator, &bounded->bounds, inner, ret_part);
}

static enum rh_status bounded_join(struct rh_strategy *self, struct rh_strategy *part)
{
    struct bounded *bounded = (struct bounded *)self;
    struct bounded *back = (struct bounded *)part;
    bounded->has_cut = bounded->has_cut || back->has_cut;
    enum rh_status status = rh_strategy_join(bounded->inner, back->inner);
    back->inner = NULL;
    self->share = bounded->inner->share;
    self->complete = bounded->inner->complete;
    return status;
}

static void bounded_tell_open(const struct rh_strategy *self, char *buffer, size_t capacity)
{
    const struct rh_strategy *inner = ((const struct bounded *)self)->inner;
    inner->functions->tell_open(inner, buffer, capacity);
}

static enum rh_status bounded_save(const struct rh_strategy *self, struct rh_numbers *numbers)
{
    const struct bounded *bounded = (const struct bounded *)self;
    bool ok = rh_numbers_put(numbers, bounded->has_cut ? 1 : 0);
    return ok ? rh_strategy_save(bounded->inner, numbers) : RH_NO_MEMORY;
}

static enum rh_status bounded_load(struct rh_strategy *self, struct rh_numbers *numbers)
{
    struct bounded *bounded = (struct bounded *)self;
    uint64_t has_cut = 0;
    if (!rh_numbers_take_most(numbers, 1, &has_cut)) {
        return RH_MALFORMED;
    }
    bounded->has_cut = has_cut == 1;
    enum rh_status status = rh_strategy_load(bounded->inner, numbers);
    self->complete = bounded->inner->complete;
    return status;
}

static void bounded_destroy(struct rh_strategy *self)
{
    struct bounded *bounded = (struct bounded *)self;
    struct rh_allocator allocator = bounded->allocator;
    rh_strategy_destroy(bounded->inner);
    allocator.release(allocator.self, bounded, sizeof *bounded);
}

static const struct rh_strategy_functions bounded_functions = {
    .name = "exhaustive",
    .sees_forced = true,
    .begin = bounded_begin,
    .below = bounded_below,
    .end = bounded_end,
    .split = bounded_split,
    .join = bounded_join,
    .tell = bounded_tell,
    .tell_open = bounded_tell_open,
    .save = bounded_save,
    .load = bounded_load,
    .destroy = bounded_destroy,
};

/* The strategy within is taken, whatever comes of it. */
static enum rh_status bounded_create(const struct rh_allocator *allocator,
                                     const struct rh_bounds *bounds, struct rh_strategy *inner,
                                     struct rh_strategy **ret_strategy)
{
    struct bounded *bounded = allocator->allocate(allocator->self, sizeof *bounded);
    if (bounded == NULL) {
        rh_strategy_destroy(inner);
        return RH_NO_MEMORY;
    }
    *bounded = (struct bounded){
        .head = {.functions = &bounded_functions},
        .allocator = *allocator,
        .inner = inner,
        .bounds = *bounds,
    };
    *ret_strategy = &bounded->head;
    return RH_OK;
}

enum rh_status rh_strategy_bounded(const struct rh_allocator *allocator, uint32_t depth_max,
                                   const struct rh_bounds *bounds,
                                   struct rh_strategy **ret_strategy)
{
    const struct rh_allocator *with = allocator != NULL ? allocator : rh_allocator_default();
    struct rh_strategy *inner = NULL;
    enum rh_status status = rh_strategy_exhaustive(with, depth_max, &inner);
    return status == RH_OK ? bounded_create(with, bounds, inner, ret_strategy) : status;
}
