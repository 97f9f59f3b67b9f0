/* SPDX-License-Identifier: MIT */
/* What is legal and surely not meant. Warnings, except where a claim could never be judged. */
#include "harness/scenario/loader.h"

#include <string.h>

static void lint_behaviours(struct loader *loader)
{
    const struct rh_plan *plan = loader->plan;
    for (uint32_t i = 0; i < plan->behaviour_count; i++) {
        const struct rh_plan_behaviour *behaviour = &plan->behaviours[i];
        if (!behaviour->is_used) {
            rh_load_warning(loader, behaviour->at, "behaviour '%s' is never used", behaviour->name);
        }
        for (uint32_t v = 0; v < behaviour->scope.count; v++) {
            const struct rh_plan_variable *variable = &behaviour->scope.variables[v];
            if (variable->kind == RH_VARIABLE_STATE && !variable->is_read) {
                rh_load_warning(loader, variable->at, "state variable '$%s' is never read",
                                variable->name);
            }
        }
    }
}

static bool same_pattern(const struct rh_plan *plan, uint32_t a, uint32_t b)
{
    return a == b || (a != 0 && b != 0 &&
                      rh_message_equal(&plan->messages[a].value, &plan->messages[b].value));
}

/* Does this pattern match whatever comes? A variable does if nothing else gives it a value. */
static bool is_anything(const struct rh_plan *plan, const struct rh_plan_behaviour *behaviour,
                        uint32_t pattern)
{
    struct rh_reader reader;
    uint32_t slot = 0;
    if (pattern == 0) {
        return true;
    }
    rh_reader_message(&reader, &plan->messages[pattern].value);
    if (rh_read_kind(&reader) == RH_KIND_ANY) {
        return true;
    }
    return rh_read_kind(&reader) == RH_KIND_VARIABLE && rh_read_variable(&reader, &slot) &&
           behaviour->scope.variables[slot].kind == RH_VARIABLE_LOCAL;
}

/* A call and an answer are messages, too; other patterns speak of the request, so only one that takes anything counts. */
static bool same_occasion(const struct rh_plan *plan, const struct rh_plan_behaviour *behaviour,
                          const struct rh_plan_row *early, const struct rh_plan_row *late)
{
    bool is_message = late->kind == RH_OCCASION_CALL || late->kind == RH_OCCASION_ANSWER;
    return early->kind == late->kind || (is_message && early->kind == RH_DELIVERY_MESSAGE &&
                                         is_anything(plan, behaviour, early->message));
}

/* Does everything that fits the later row fit the earlier one? Only the plain cases are seen. */
static bool covers(const struct rh_plan *plan, const struct rh_plan_behaviour *behaviour,
                   const struct rh_plan_row *early, const struct rh_plan_row *late)
{
    const uint32_t patterns[][2] = {{early->message, late->message},
                                    {early->from, late->from},
                                    {early->reference, late->reference},
                                    {early->name, late->name},
                                    {early->tag, late->tag},
                                    {early->truth, late->truth},
                                    {early->status, late->status}};
    if (!same_occasion(plan, behaviour, early, late) || early->conditions.count != 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        if (!is_anything(plan, behaviour, patterns[i][0]) &&
            !same_pattern(plan, patterns[i][0], patterns[i][1])) {
            return false;
        }
    }
    return true;
}

static void lint_rows(struct loader *loader)
{
    const struct rh_plan *plan = loader->plan;
    for (uint32_t i = 0; i < plan->behaviour_count; i++) {
        const struct rh_plan_behaviour *behaviour = &plan->behaviours[i];
        for (uint32_t late = 1; late < behaviour->row_count && late < 200; late++) {
            for (uint32_t early = 0; early < late; early++) {
                if (covers(plan, behaviour, &behaviour->rows[early], &behaviour->rows[late])) {
                    rh_load_warning(loader, behaviour->rows[late].at, "this row is never reached");
                    rh_diagnostics_note(loader->cursor.diagnostics, behaviour->rows[early].at,
                                        "this one takes everything that it would");
                    break;
                }
            }
        }
    }
}

static void lint_totals(struct loader *loader)
{
    const struct rh_plan *plan = loader->plan;
    bool exhaustive = false;
    bool dpor = false;
    for (uint32_t i = 0; i < plan->explore.strategy_count; i++) {
        exhaustive = exhaustive || plan->explore.strategies[i].kind == RH_PLAN_STRATEGY_EXHAUSTIVE;
        dpor = dpor || plan->explore.strategies[i].kind == RH_PLAN_STRATEGY_DPOR;
    }
    for (uint32_t i = 0; i < plan->expect_count; i++) {
        enum rh_claim kind = plan->expect[i].kind;
        bool lacks = (kind == RH_CLAIM_OUTCOMES && !exhaustive && !dpor) ||
                     (kind == RH_CLAIM_RUNS && !exhaustive);
        if (lacks) {
            rh_load_error(loader, plan->expect[i].at, "'%s' needs the exhaustive strategy",
                          rh_claim_words[kind]);
            rh_load_hint(loader, "add 'explore: {strategy: exhaustive}'");
        } else if (kind == RH_CLAIM_CLASSES && !dpor) {
            rh_load_error(loader, plan->expect[i].at, "'%s' needs the strategy dpor",
                          rh_claim_words[kind]);
            rh_load_hint(loader, "add 'explore: {strategy: dpor}'");
        }
    }
}

static void lint_faults(struct loader *loader)
{
    const struct rh_plan *plan = loader->plan;
    bool only_fifo = true;
    for (uint32_t i = 0; i < plan->explore.strategy_count; i++) {
        only_fifo = only_fifo && plan->explore.strategies[i].kind == RH_PLAN_STRATEGY_FIFO;
    }
    for (uint32_t i = 0; i < plan->fault_count && only_fifo; i++) {
        const struct rh_plan_fault *fault = &plan->faults[i];
        if (fault->when == 0 && !fault->has_at && !fault->at_phase && !fault->is_pinned) {
            rh_load_warning(loader, fault->at, "fifo never lets an optional fault strike");
            rh_load_hint(loader,
                         "pin it with 'when' or 'at', or explore with random or exhaustive");
        }
    }
    if (plan->time_free && plan->stall != 0) {
        rh_load_warning(loader, (struct rh_span){{0, 0, 0}, {0, 0, 0}},
                        "'stall' means nothing with 'time: free'");
    }
}

static const struct rh_plan_step *find_kill(const struct rh_plan *plan, uint32_t before,
                                            uint32_t node)
{
    for (uint32_t i = 0; i < before; i++) {
        const struct rh_plan_step *step = &plan->steps[i];
        if (step->kind == RH_STEP_DEED && step->deed.kind == RH_DEED_KILL_NODE &&
            step->deed.node == node) {
            return step;
        }
    }
    return NULL;
}

/* A name in the file is the actor of the first run of its node, and what is started anew is another one. */
static void lint_dead_step(struct loader *loader, const struct rh_plan_step *step, uint32_t place)
{
    const struct rh_plan *plan = loader->plan;
    bool acts = step->kind == RH_STEP_ACT || step->kind == RH_STEP_INPUT;
    if (!acts || step->actor >= plan->actor_count) {
        return;
    }
    const struct rh_plan_actor *actor = &plan->actors[step->actor];
    const struct rh_plan_step *kill = find_kill(plan, place, actor->node);
    if (kill != NULL) {
        rh_load_warning(loader, step->at, "this step does nothing: '%s' has ended with its node",
                        actor->name);
        rh_load_hint(loader, "what 'restart_node' starts are other actors; reach them by names "
                             "that they register");
        rh_diagnostics_note(loader->cursor.diagnostics, kill->at, "the node is killed here");
    }
}

static void lint_steps(struct loader *loader)
{
    const struct rh_plan *plan = loader->plan;
    for (uint32_t i = 1; i < plan->step_count && i < 200; i++) {
        const struct rh_plan_step *step = &plan->steps[i];
        lint_dead_step(loader, step, i);
        for (uint32_t entry = 0; step->kind == RH_STEP_RACE && entry < step->entry_count; entry++) {
            lint_dead_step(loader, &step->entries[entry], i);
        }
    }
}

static void lint_expectations(struct loader *loader)
{
    const struct rh_plan *plan = loader->plan;
    uint32_t properties =
        plan->expect_count + plan->always_count + plan->never_count + plan->eventually_count;
    if (properties == 0 && plan->expect_failure == NULL && plan->skip == NULL) {
        rh_load_warning(loader, (struct rh_span){{0, 0, 0}, {0, 0, 0}},
                        "this scenario expects nothing; only the built-in invariants are checked");
        rh_load_hint(loader, "add 'expect', 'always', 'never' or 'eventually'");
    }
}

void rh_lint_plan(struct loader *loader)
{
    lint_behaviours(loader);
    lint_rows(loader);
    lint_totals(loader);
    lint_faults(loader);
    lint_steps(loader);
    lint_expectations(loader);
}
