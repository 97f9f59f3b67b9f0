/* SPDX-License-Identifier: MIT */
/* Which strategies an exploration runs, in which order: the scenario's own, or what the caller wants instead. */
#include "harness/play/exploration.h"

#include "harness/schedule/pinned.h"

#include <string.h>

/* What an exploration may keep of what is still to be tried. */
#define DPOR_BYTES_MAX ((size_t)512 << 20)
/* And how long its runs may be: what it does for each grows with the square. */
#define DPOR_DEPTH_MAX 10000u
/* Where neither the scenario nor the caller says anything. */
#define DEPTH_MAX 100000u
#define PCT_DEPTH 3u

const char *approach_name(const struct approach *approach)
{
    return rh_plan_strategy_words[approach->kind];
}

static uint32_t dpor_depth(const struct approach *approach)
{
    return approach->depth < DPOR_DEPTH_MAX ? (uint32_t)approach->depth : DPOR_DEPTH_MAX;
}

static const struct rh_bounds no_bounds = {RH_UNBOUNDED, RH_UNBOUNDED, RH_UNBOUNDED, RH_UNBOUNDED};

static bool is_bounded(const struct rh_bounds *bounds)
{
    return bounds->choices != RH_UNBOUNDED || bounds->preemptions != RH_UNBOUNDED ||
           bounds->delays != RH_UNBOUNDED || bounds->faults != RH_UNBOUNDED;
}

enum rh_status approach_strategy(const struct exploration *it, const struct approach *approach,
                                 struct rh_strategy **ret_strategy)
{
    switch (approach->kind) {
    case RH_PLAN_STRATEGY_RANDOM:
        return rh_strategy_random(it->allocator, approach->seed, approach->runs, ret_strategy);
    case RH_PLAN_STRATEGY_UNIFORM:
        return rh_strategy_uniform(it->allocator, approach->seed, approach->runs, ret_strategy);
    case RH_PLAN_STRATEGY_PCT:
        return rh_strategy_pct(it->allocator, approach->seed, approach->runs,
                               (uint32_t)approach->depth, ret_strategy);
    case RH_PLAN_STRATEGY_POS:
        return rh_strategy_pos(it->allocator, approach->seed, approach->runs, ret_strategy);
    case RH_PLAN_STRATEGY_FAIR:
        return rh_strategy_fair(it->allocator, approach->seed, approach->runs, ret_strategy);
    case RH_PLAN_STRATEGY_PORTFOLIO:
        return rh_strategy_portfolio(it->allocator, approach->seed, approach->runs, ret_strategy);
    case RH_PLAN_STRATEGY_EXHAUSTIVE:
        if (is_bounded(&approach->bounds)) {
            return rh_strategy_bounded(it->allocator, (uint32_t)approach->depth, &approach->bounds,
                                       ret_strategy);
        }
        return rh_strategy_exhaustive(it->allocator, (uint32_t)approach->depth, ret_strategy);
    case RH_PLAN_STRATEGY_DPOR:
        return rh_strategy_dpor(it->allocator, dpor_depth(approach), DPOR_BYTES_MAX, ret_strategy);
    case RH_PLAN_STRATEGY_PINNED: {
        const struct rh_plan_texts *lines = &it->scenario->plan.schedule;
        const struct rh_pinned_options options = {.lines = lines->at, .count = lines->count};
        return rh_strategy_pinned(it->allocator, &options, ret_strategy);
    }
    case RH_PLAN_STRATEGY_FIFO:
    case RH_PLAN_STRATEGY_COUNT:
        break;
    }
    return rh_strategy_fifo(it->allocator, ret_strategy);
}

/* What the caller wants otherwise. */
static void override(struct approach *approach, const struct rh_scenario_strategy *wanted)
{
    approach->runs = wanted->has_runs ? wanted->runs : approach->runs;
    approach->seed = wanted->has_seed ? wanted->seed : approach->seed;
}

/* What the scenario says of a strategy of this kind; otherwise runs and seed of its first. */
static struct approach approach_of(const struct rh_plan *plan, enum rh_plan_strategy_kind kind)
{
    const struct rh_plan_strategy *first = &plan->explore.strategies[0];
    for (uint32_t i = 0; i < plan->explore.strategy_count; i++) {
        const struct rh_plan_strategy *strategy = &plan->explore.strategies[i];
        if (strategy->kind == kind) {
            return (struct approach){kind, strategy->runs, strategy->seed, strategy->depth,
                                     strategy->bounds};
        }
    }
    return (struct approach){.kind = kind,
                             .runs = first->runs > 0 ? first->runs : 100,
                             .seed = first->seed,
                             .depth = kind == RH_PLAN_STRATEGY_PCT ? PCT_DEPTH : DEPTH_MAX,
                             .bounds = no_bounds};
}

static bool approach_named(const struct rh_scenario_strategy *wanted, const struct rh_plan *plan,
                           struct approach *ret_approach)
{
    for (size_t i = 0; i < RH_PLAN_STRATEGY_COUNT; i++) {
        if (strcmp(rh_plan_strategy_words[i], wanted->name) == 0) {
            *ret_approach = approach_of(plan, (enum rh_plan_strategy_kind)i);
            if (wanted->depth > 0) {
                ret_approach->depth = wanted->depth;
            }
            override(ret_approach, wanted);
            return true;
        }
    }
    return false;
}

static void own(const struct exploration *it, const struct rh_scenario_strategy *wanted,
                size_t index, struct approach *ret_approach)
{
    const struct rh_plan_strategy *strategy = &it->scenario->plan.explore.strategies[index];
    *ret_approach = (struct approach){strategy->kind, strategy->runs, strategy->seed,
                                      strategy->depth, strategy->bounds};
    if (wanted != NULL) {
        override(ret_approach, wanted);
    }
}

enum rh_status approach_get(const struct exploration *it, size_t index,
                            struct approach *ret_approach)
{
    const struct rh_plan *plan = &it->scenario->plan;
    const struct rh_explore_options *options = it->options;
    size_t own_count = plan->explore.strategy_count;
    if (options->strategy_count == 0 && index < own_count) {
        own(it, NULL, index, ret_approach);
        return RH_OK;
    }
    for (size_t i = 0; i < options->strategy_count; i++) {
        const struct rh_scenario_strategy *wanted = &options->strategies[i];
        size_t count = wanted->name == NULL ? own_count : 1;
        if (index >= count) {
            index -= count; /* of a later one */
        } else if (wanted->name == NULL) {
            own(it, wanted, index, ret_approach);
            return RH_OK;
        } else {
            return approach_named(wanted, plan, ret_approach) ? RH_OK : RH_INVALID;
        }
    }
    return RH_NOT_FOUND;
}
