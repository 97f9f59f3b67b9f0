/* SPDX-License-Identifier: MIT */
/*
 * What is to be thought of an exploration.
 *
 * The verdict is the weakest that is true. A violation is `failed`; a bound that was reached is `unknown`, whatever else
 * held; armed faults that never struck and properties that were never evaluated are `vacuous`; `proved` takes an
 * exhaustive strategy that has seen everything. A scenario that is to fail passes when it fails as it says.
 */
#include "harness/play/exploration.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static uint64_t counted(const struct exploration *it, enum rh_claim kind)
{
    return kind == RH_CLAIM_RUNS      ? it->exhaustive_runs
           : kind == RH_CLAIM_CLASSES ? it->result->classes
                                      : it->outcomes.count;
}

static bool is_count(enum rh_claim kind)
{
    return kind == RH_CLAIM_RUNS || kind == RH_CLAIM_OUTCOMES || kind == RH_CLAIM_CLASSES;
}

static void note_judged(struct exploration *it, enum rh_claim kind)
{
    char invariant[64];
    (void)snprintf(invariant, sizeof invariant, "expect/%s", rh_claim_words[kind]);
    if (it->options->with_coverage &&
        rh_coverage_add(&it->result->coverage, RH_COVERAGE_INVARIANT, invariant, 1, 1) != RH_OK) {
        it->result->coverage.is_cut = true; /* no memory for one more */
    }
}

/* `runs:`, `classes:` and `outcomes:` speak of the exploration; they mean something only when it is complete. */
static void judge_counts(struct exploration *it)
{
    const struct rh_plan *plan = &it->scenario->plan;
    for (uint32_t i = 0; i < plan->expect_count && it->proved && !it->result->has_violation; i++) {
        const struct rh_plan_claim *claim = &plan->expect[i];
        if (!is_count(claim->kind) || (claim->kind == RH_CLAIM_RUNS && it->exhaustive_runs == 0) ||
            (claim->kind == RH_CLAIM_CLASSES && !it->has_classes)) {
            continue;
        }
        note_judged(it, claim->kind);
        uint64_t found = counted(it, claim->kind);
        if (found >= claim->least && found <= claim->most) {
            continue;
        }
        it->result->is_of_no_run = true;
        bool runs = claim->kind == RH_CLAIM_RUNS;
        bool classes = claim->kind == RH_CLAIM_CLASSES;
        struct rh_violation violation = {
            .invariant = runs      ? "expect/runs"
                         : classes ? "expect/classes"
                                   : "expect/outcomes",
            .line = claim->at.start.line,
            .column = claim->at.start.column,
        };
        const char *what = runs ? "interleavings" : classes ? "classes" : "distinct outcomes";
        (void)snprintf(violation.expected, sizeof(violation.expected),
                       "%" PRIu64 " to %" PRIu64 " %s", claim->least, claim->most, what);
        if (claim->least == claim->most) {
            (void)snprintf(violation.expected, sizeof(violation.expected), "%" PRIu64 " %s",
                           claim->least, what);
        }
        (void)snprintf(violation.observed, sizeof(violation.observed), "%" PRIu64 " %s", found,
                       what);
        exploration_fail(it, &violation);
    }
}

static bool has_counts(const struct rh_plan *plan)
{
    for (uint32_t i = 0; i < plan->expect_count; i++) {
        if (is_count(plan->expect[i].kind)) {
            return true;
        }
    }
    return false;
}

static bool counts_outcomes(const struct rh_plan *plan)
{
    for (uint32_t i = 0; i < plan->expect_count; i++) {
        if (plan->expect[i].kind == RH_CLAIM_OUTCOMES) {
            return true;
        }
    }
    return false;
}

static void count_faults(struct exploration *it)
{
    const struct rh_plan *plan = &it->scenario->plan;
    struct rh_result *result = it->result;
    result->fault_budget = plan->fault_budget;
    for (uint32_t i = 0; i < plan->fault_count; i++) {
        const struct rh_fault_tally *tally = rh_play_fault_tally(it->player.play, i);
        result->faults.armed++;
        result->faults.fired += tally->strikes > 0;
        result->faults.spent += tally->strikes;
        if (i < RH_FAULT_TALLIES_MAX) {
            result->tallies[result->tally_count++] = *tally;
        }
    }
}

/* Of faults that a swarm has drawn not all need to find somebody. */
static bool has_struck(struct exploration *it)
{
    for (uint32_t i = 0; i < it->scenario->plan.fault_count; i++) {
        if (rh_play_fault_tally(it->player.play, i)->strikes > 0) {
            return true;
        }
    }
    return false;
}

static bool is_vacuous(struct exploration *it)
{
    const struct rh_plan *plan = &it->scenario->plan;
    char *why = it->result->why;
    size_t capacity = sizeof(it->result->why);
    if (plan->has_drawn_faults && !has_struck(it)) {
        (void)snprintf(why, capacity, "none of the faults that were drawn ever struck");
        return true;
    }
    for (uint32_t i = 0; i < plan->fault_count && !plan->has_drawn_faults; i++) {
        if (rh_play_fault_tally(it->player.play, i)->strikes == 0) {
            (void)snprintf(why, capacity, "the fault at line %u never struck",
                           plan->faults[i].at.start.line);
            return true;
        }
    }
    if (!it->proved && has_counts(plan)) {
        (void)snprintf(why, capacity,
                       "runs and outcomes are counted by a complete exhaustive exploration only");
        return true;
    }
    return rh_play_is_vacuous(it->player.play, why, capacity);
}

static bool fails_as_expected(const struct rh_result *result, const char *expected)
{
    size_t length = strlen(expected);
    const char *invariant = result->violation.invariant;
    return result->has_violation && strncmp(invariant, expected, length) == 0 &&
           (invariant[length] == '\0' || invariant[length] == '/');
}

static void judge_expected_failure(struct exploration *it, const char *expected)
{
    struct rh_result *result = it->result;
    if (fails_as_expected(result, expected)) {
        result->verdict = RH_VERDICT_PASSED;
        (void)snprintf(result->why, sizeof(result->why), "violates %s, as it should",
                       result->violation.invariant);
        return;
    }
    result->is_of_no_run = !result->has_violation;
    struct rh_violation violation = {
        .invariant = "expect_failure",
        .line = it->scenario->plan.expect_failure_at.start.line,
        .column = it->scenario->plan.expect_failure_at.start.column,
    };
    (void)snprintf(violation.expected, sizeof(violation.expected), "a violation of %s", expected);
    (void)snprintf(violation.observed, sizeof(violation.observed), "%s%s",
                   result->has_violation ? "a violation of " : "none in any run",
                   result->has_violation ? result->violation.invariant : "");
    exploration_fail(it, &violation);
}

void exploration_judge(struct exploration *it)
{
    const struct rh_plan *plan = &it->scenario->plan;
    struct rh_result *result = it->result;
    if (it->outcomes.has_more && counts_outcomes(plan)) {
        exploration_bound(it, "more than %" PRIu64 " distinct outcome%s: they are not counted",
                          it->outcomes.count);
        it->proved = false;
    }
    judge_counts(it);
    count_faults(it);
    result->outcomes = it->outcomes.count;
    result->has_more_outcomes = it->outcomes.has_more;
    if (plan->expect_failure != NULL && !it->interrupted) {
        judge_expected_failure(it, plan->expect_failure);
    } else if (result->has_violation) {
        result->verdict = RH_VERDICT_FAILED;
    } else if (it->bounded) {
        result->verdict = RH_VERDICT_UNKNOWN;
    } else if (plan->allow_vacuous == NULL && is_vacuous(it)) {
        result->verdict = RH_VERDICT_VACUOUS;
    } else {
        result->verdict = it->proved ? RH_VERDICT_PROVED : RH_VERDICT_PASSED;
        (void)snprintf(result->why, sizeof(result->why), "%s", it->note);
    }
    if ((result->has_violation && !result->is_of_no_run) || it->options->keep_trace) {
        result->trace = it->trace;
        it->trace = (struct rh_bytes_owned){0};
    }
}
