/* SPDX-License-Identifier: MIT */
/*
 * Exploration is stateless: each order is a run from the start, and the exhaustive strategy goes through all of them. A
 * few random runs go first, of which each estimates the number of orders (the product of the alternatives that it met is
 * an unbiased estimate); where even their mean is far beyond the budget, nobody waits for a hundred thousand runs to
 * prove it. The estimate only saves time: whatever it says, an exploration counts as complete only if the exhaustive
 * strategy says so.
 */
#include "harness/conformance/explore.h"

#include <string.h>

#define PROBES 32
#define HOPELESS_FACTOR 100.0
#define DEPTH_MAX 1000000u

static void found_add(struct rh_beam_findings *findings, const char *text)
{
    for (size_t i = 0; i < findings->count; i++) {
        if (strcmp(findings->items[i].text, text) == 0) {
            findings->items[i].count++;
            return;
        }
    }
    if (findings->count == findings->capacity) {
        findings->items = rh_beam_grow(findings->arena, findings->items, &findings->capacity,
                                       sizeof *findings->items);
    }
    findings->items[findings->count++] =
        (struct rh_beam_found){.text = rh_beam_copy(findings->arena, text, strlen(text)),
                               .count = 1,
                               .run = findings->runs};
}

struct exploration {
    struct rh_beam_stage stage;
    struct rh_beam_arena scratch;
    rh_beam_play play;
    void *self;
    struct rh_beam_findings *findings;
    bool free_order;
};

/** Play one run of a strategy; returns whether another one is wanted. */
static bool run(struct exploration *exploration, struct rh_strategy *strategy, bool record)
{
    struct rh_beam_stage *stage = &exploration->stage;
    struct rh_beam_findings *findings = exploration->findings;
    rh_beam_arena_reset(&exploration->scratch);
    rh_strategy_begin(strategy);
    rh_beam_stage_init(stage, strategy);
    stage->in_arrival_order = !exploration->free_order;
    const char *text = stage->broken == NULL
                           ? exploration->play(exploration->self, stage, &exploration->scratch)
                           : "";
    rh_beam_stage_end(stage);
    bool more = rh_strategy_end(strategy);
    if (stage->broken != NULL) {
        findings->broken = rh_beam_copy(findings->arena, stage->broken, strlen(stage->broken));
    } else if (record) {
        found_add(findings, text);
        findings->runs++;
    }
    return more && findings->broken == NULL;
}

static double estimate(struct exploration *exploration, uint64_t seed)
{
    struct rh_strategy *random = NULL;
    double sum = 0;
    if (rh_strategy_random(NULL, seed, PROBES, &random) != RH_OK) {
        exploration->findings->broken = "out of memory";
        return 0;
    }
    bool more = true;
    while (more) {
        more = run(exploration, random, false);
        sum += exploration->stage.ways;
    }
    rh_strategy_destroy(random);
    return sum / PROBES;
}

static void explore_all(struct exploration *exploration, uint64_t orders_max)
{
    struct rh_strategy *tree = NULL;
    struct rh_beam_findings *findings = exploration->findings;
    if (rh_strategy_exhaustive(NULL, DEPTH_MAX, &tree) != RH_OK) {
        findings->broken = "out of memory";
        return;
    }
    bool more = true;
    while (more && findings->runs < orders_max) {
        more = run(exploration, tree, true);
    }
    findings->complete = tree->complete;
    if (tree->failed && tree->status != RH_LIMIT && findings->broken == NULL) {
        findings->broken = "two runs of the same choices differed";
    }
    rh_strategy_destroy(tree);
}

static void sample(struct exploration *exploration, const struct rh_beam_budget *budget)
{
    struct rh_strategy *fifo = NULL;
    struct rh_strategy *random = NULL;
    if (rh_strategy_fifo(NULL, &fifo) != RH_OK ||
        rh_strategy_random(NULL, budget->seed, budget->random_runs, &random) != RH_OK) {
        exploration->findings->broken = "out of memory";
    } else if (!run(exploration, fifo, true) && exploration->findings->broken == NULL) {
        bool more = budget->random_runs > 0;
        while (more) {
            more = run(exploration, random, true);
        }
    }
    rh_strategy_destroy(fifo);
    rh_strategy_destroy(random);
}

void rh_beam_explore(const struct rh_beam_budget *budget, rh_beam_play play, void *self,
                     struct rh_beam_findings *findings)
{
    struct exploration exploration = {
        .play = play, .self = self, .findings = findings, .free_order = budget->free_order};
    double orders = estimate(&exploration, budget->seed);
    if (findings->broken == NULL && orders <= HOPELESS_FACTOR * (double)budget->orders_max) {
        explore_all(&exploration, budget->orders_max);
    }
    if (findings->broken == NULL && !findings->complete) {
        sample(&exploration, budget);
    }
    rh_beam_stage_deinit(&exploration.stage);
    rh_beam_arena_deinit(&exploration.scratch);
}
