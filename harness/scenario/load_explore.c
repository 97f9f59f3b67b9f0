/* SPDX-License-Identifier: MIT */
/* How a scenario is explored: strategies, seeds, budget. */
#include "harness/scenario/loader.h"

#include <string.h>

#define FORM(fields) fields, FIELD_COUNT(fields)
#define DEFAULT_RUNS 100
#define DEFAULT_SEED 1
#define DEFAULT_DEPTH 100000
#define DEFAULT_PCT_DEPTH 3
#define PCT_DEPTH_MAX 64

#define STRATEGY(member) offsetof(struct rh_plan_strategy, member)
#define RUNS_FIELD                                                                                 \
    {                                                                                              \
        .name = "runs", .kind = FIELD_U64, .offset = STRATEGY(runs), .least = 1,                   \
        .most = UINT32_MAX, .about = "how many runs"                                               \
    }
#define SEED_FIELD                                                                                 \
    {                                                                                              \
        .name = "seed", .kind = FIELD_U64, .offset = STRATEGY(seed), .most = UINT64_MAX,           \
        .about = "seed of the first run; run i has seed + i"                                       \
    }
static const struct field random_fields[] = {RUNS_FIELD, SEED_FIELD};
static const struct form random_form = {FORM(random_fields), 0, false};

static const struct field pct_fields[] = {
    RUNS_FIELD,
    SEED_FIELD,
    {.name = "depth",
     .kind = FIELD_U64,
     .offset = STRATEGY(depth),
     .least = 1,
     .most = PCT_DEPTH_MAX,
     .about = "of the bugs that are sought: how many events must come in one order; 3 without it"},
};
static const struct form pct_form = {FORM(pct_fields), 0, false};

#define BOUND(member)                                                                              \
    .kind = FIELD_U64, .offset = offsetof(struct rh_bounds, member), .most = UINT32_MAX
static const struct field bound_fields[] = {
    {.name = "choices",
     BOUND(choices),
     .about = "decisions of one run that are tried in every way; after them the oldest event"},
    {.name = "preemptions",
     BOUND(preemptions),
     .about = "turns that are taken from an actor that could go on"},
    {.name = "delays",
     BOUND(delays),
     .about = "how many older events are overtaken, summed over a run"},
    {.name = "faults", BOUND(faults), .about = "how many faults strike in one run"},
};
const struct form rh_form_bound = {FORM(bound_fields), 0, false};

static bool read_bound(struct loader *loader, const struct rh_document_node *node, void *target)
{
    return rh_load_form(loader, node, &rh_form_bound, target);
}

static const struct field exhaustive_fields[] = {
    {.name = "depth",
     .kind = FIELD_U64,
     .offset = STRATEGY(depth),
     .least = 1,
     .most = 10000000,
     .about = "decisions of one run; a longer run is not complete"},
    {.name = "bound",
     .kind = FIELD_CUSTOM,
     .read = read_bound,
     .offset = STRATEGY(bounds),
     .shape = "bound",
     .about = "what is left out; what is proved is proved within it"},
};
static const struct form exhaustive_form = {FORM(exhaustive_fields), 0, false};

static const struct field dpor_fields[] = {
    {.name = "depth",
     .kind = FIELD_U64,
     .offset = STRATEGY(depth),
     .least = 1,
     .most = 10000000,
     .about = "steps of one run; a longer run is not complete"},
};
static const struct form dpor_form = {FORM(dpor_fields), 0, false};

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

static bool read_budget(struct loader *loader, const struct rh_document_node *node, void *target)
{
    return rh_load_form(loader, node, &rh_form_budget, target);
}

#define EXPLORE(member) offsetof(struct explore_read, member)
static const struct field explore_fields[] = {
    {.name = "strategy",
     .kind = FIELD_KEPT,
     .offset = EXPLORE(strategy),
     .shape = "strategies",
     .about = "one strategy or more; fifo and random without it, or with a schedule pinned"},
    {.name = "runs",
     .kind = FIELD_U64,
     .offset = EXPLORE(runs),
     .least = 1,
     .most = UINT32_MAX,
     .about = "runs of each strategy that draws them; 100 without it"},
    {.name = "seed",
     .kind = FIELD_U64,
     .offset = EXPLORE(seed),
     .most = UINT64_MAX,
     .about = "seed of those runs; 1 without it"},
    {.name = "budget",
     .kind = FIELD_CUSTOM,
     .read = read_budget,
     .offset = EXPLORE(explore),
     .shape = "budget",
     .about = "what the whole exploration may cost"},
};
const struct form rh_form_explore = {FORM(explore_fields), 0, false};

const struct form *rh_form_of_strategy(unsigned kind)
{
    switch (kind) {
    case RH_PLAN_STRATEGY_FIFO:
    case RH_PLAN_STRATEGY_PINNED:
        return NULL;
    case RH_PLAN_STRATEGY_EXHAUSTIVE:
        return &exhaustive_form;
    case RH_PLAN_STRATEGY_DPOR:
        return &dpor_form;
    case RH_PLAN_STRATEGY_PCT:
        return &pct_form;
    default:
        return &random_form;
    }
}

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
        .at = word->span,
        .runs = read->runs,
        .seed = read->seed,
        .depth = DEFAULT_DEPTH,
        .bounds = {RH_UNBOUNDED, RH_UNBOUNDED, RH_UNBOUNDED, RH_UNBOUNDED}};
    while (kind < RH_PLAN_STRATEGY_COUNT && !rh_node_is_text(word, rh_plan_strategy_words[kind])) {
        kind++;
    }
    if (kind == RH_PLAN_STRATEGY_COUNT) {
        return rh_cursor_unknown(&loader->cursor, word, "strategy", rh_plan_strategy_words,
                                 RH_PLAN_STRATEGY_COUNT);
    }
    strategy->kind = (enum rh_plan_strategy_kind)kind;
    if (strategy->kind == RH_PLAN_STRATEGY_PCT) {
        strategy->depth = DEFAULT_PCT_DEPTH;
    }
    if (value == NULL) {
        return true;
    }
    if (strategy->kind == RH_PLAN_STRATEGY_FIFO || strategy->kind == RH_PLAN_STRATEGY_PINNED) {
        rh_load_error(loader, value->span, "'%s' has no settings", word->text);
        return false;
    }
    return rh_load_form(loader, value, rh_form_of_strategy((unsigned)kind), strategy);
}

static bool load_default(struct loader *loader, const struct explore_read *read)
{
    struct rh_plan_strategy *at = rh_loader_allocate(loader, 2, sizeof *at);
    if (at == NULL) {
        return false;
    }
    at[0].kind = RH_PLAN_STRATEGY_FIFO;
    if (loader->plan->has_schedule) {
        at[0] = (struct rh_plan_strategy){.kind = RH_PLAN_STRATEGY_PINNED, .seed = read->seed};
        loader->plan->explore.strategies = at;
        loader->plan->explore.strategy_count = 1;
        return true;
    }
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
    if (!ok && node->kind == RH_NODE_SCALAR && node->count > 0) {
        rh_load_hint(loader, "write {strategy: %.40s}", node->text);
    }
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
