/* SPDX-License-Identifier: MIT */
/* How a scenario is explored: strategies, seeds, budget. */
#include "harness/scenario/loader.h"

#include <string.h>

#define FORM(fields) fields, FIELD_COUNT(fields)
#define DEFAULT_RUNS 100
#define DEFAULT_SEED 1
#define DEFAULT_DEPTH 100000

#define STRATEGY(member) offsetof(struct rh_plan_strategy, member)
static const struct field random_fields[] = {
    {.name = "runs",
     .kind = FIELD_U64,
     .offset = STRATEGY(runs),
     .least = 1,
     .most = UINT32_MAX,
     .about = "how many runs"},
    {.name = "seed",
     .kind = FIELD_U64,
     .offset = STRATEGY(seed),
     .most = UINT64_MAX,
     .about = "seed of the first run; run i has seed + i"},
};
const struct form rh_form_strategy_random = {FORM(random_fields), 0, false};

static const struct field exhaustive_fields[] = {
    {.name = "depth",
     .kind = FIELD_U64,
     .offset = STRATEGY(depth),
     .least = 1,
     .most = 10000000,
     .about = "decisions of one run; a longer run is not complete"},
};
const struct form rh_form_strategy_exhaustive = {FORM(exhaustive_fields), 0, false};

static const struct field budget_fields[] = {
    {.name = "runs",
     .kind = FIELD_U64,
     .offset = offsetof(struct rh_plan_explore, runs_max),
     .least = 1,
     .most = UINT64_MAX,
     .about = "runs in all; an exploration that needs more is unknown"},
    {.name = "events",
     .kind = FIELD_U64,
     .offset = offsetof(struct rh_plan_explore, events_max),
     .least = 1,
     .most = UINT64_MAX,
     .about = "events in all"},
};
const struct form rh_form_budget = {FORM(budget_fields), 0, false};

struct explore_read {
    struct rh_plan_explore explore;
    const struct rh_document_node *strategy;
    uint64_t runs;
    uint64_t seed;
};

static bool keep_strategy(struct loader *loader, const struct rh_document_node *node, void *target)
{
    (void)loader;
    ((struct explore_read *)target)->strategy = node;
    return true;
}

static bool read_budget(struct loader *loader, const struct rh_document_node *node, void *target)
{
    return rh_load_form(loader, node, &rh_form_budget, target);
}

#define EXPLORE(member) offsetof(struct explore_read, member)
static const struct field explore_fields[] = {
    {.name = "strategy",
     .kind = FIELD_CUSTOM,
     .read = keep_strategy,
     .shape = "strategies",
     .about = "one or more of fifo, random, exhaustive, dpor; fifo and random without it"},
    {.name = "runs",
     .kind = FIELD_U64,
     .offset = EXPLORE(runs),
     .least = 1,
     .most = UINT32_MAX,
     .about = "runs of random; 100 without it"},
    {.name = "seed",
     .kind = FIELD_U64,
     .offset = EXPLORE(seed),
     .most = UINT64_MAX,
     .about = "seed of random; 1 without it"},
    {.name = "budget",
     .kind = FIELD_CUSTOM,
     .read = read_budget,
     .offset = EXPLORE(explore),
     .shape = "budget",
     .about = "what the whole exploration may cost"},
};
const struct form rh_form_explore = {FORM(explore_fields), 0, false};

static bool load_strategy(struct loader *loader, const struct rh_document_node *node,
                          const struct explore_read *read, struct rh_plan_strategy *strategy)
{
    const struct rh_document_node *word = node;
    const struct rh_document_node *value = NULL;
    if (node->kind != RH_NODE_SCALAR) {
        const struct rh_pair *pair = rh_load_single(loader, node, "a strategy");
        if (pair == NULL) {
            return false;
        }
        word = pair->key;
        value = pair->value;
    }
    size_t kind = 0;
    *strategy = (struct rh_plan_strategy){
        .at = word->span, .runs = read->runs, .seed = read->seed, .depth = DEFAULT_DEPTH};
    while (kind < RH_PLAN_STRATEGY_COUNT && !rh_node_is_text(word, rh_plan_strategy_words[kind])) {
        kind++;
    }
    if (kind == RH_PLAN_STRATEGY_COUNT) {
        return rh_cursor_unknown(&loader->cursor, word, "strategy", rh_plan_strategy_words,
                                 RH_PLAN_STRATEGY_COUNT);
    }
    strategy->kind = (enum rh_plan_strategy_kind)kind;
    if (value == NULL) {
        return true;
    }
    if (strategy->kind == RH_PLAN_STRATEGY_FIFO) {
        rh_load_error(loader, value->span, "'fifo' has no settings");
        return false;
    }
    return rh_load_form(loader, value,
                        strategy->kind == RH_PLAN_STRATEGY_RANDOM ? &rh_form_strategy_random
                                                                  : &rh_form_strategy_exhaustive,
                        strategy);
}

static bool load_default(struct loader *loader, const struct explore_read *read)
{
    struct rh_plan_strategy *at = rh_loader_allocate(loader, 2, sizeof *at);
    if (at == NULL) {
        return false;
    }
    at[0].kind = RH_PLAN_STRATEGY_FIFO;
    at[1] = (struct rh_plan_strategy){
        .kind = RH_PLAN_STRATEGY_RANDOM, .runs = read->runs, .seed = read->seed};
    loader->plan->explore.strategies = at;
    loader->plan->explore.strategy_count = 2;
    return true;
}

bool rh_load_explore(struct loader *loader, const struct rh_document_node *node)
{
    struct explore_read read = {.runs = DEFAULT_RUNS, .seed = DEFAULT_SEED};
    bool ok = node == NULL || rh_load_form(loader, node, &rh_form_explore, &read);
    loader->plan->explore = read.explore;
    if (read.strategy == NULL) {
        return load_default(loader, &read) && ok;
    }
    bool is_list = read.strategy->kind == RH_NODE_SEQUENCE;
    uint32_t count = is_list ? read.strategy->count : 1;
    if (is_list && !rh_cursor_sequence(&loader->cursor, read.strategy, false)) {
        return false;
    }
    struct rh_plan_strategy *at = rh_loader_allocate(loader, count, sizeof *at);
    if (at == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct rh_document_node *entry = is_list ? read.strategy->items[i] : read.strategy;
        ok = load_strategy(loader, entry, &read, &at[i]) && ok;
    }
    loader->plan->explore.strategies = at;
    loader->plan->explore.strategy_count = count;
    return ok;
}
