/* SPDX-License-Identifier: MIT */
/*
 * Exploring a scenario: its strategies one after the other, run after run, until one run is violated or all is done.
 *
 * The verdict is the weakest that is true. A violation is `failed`; a bound that was reached is `unknown`, whatever else
 * held; armed faults that never struck and properties that were never evaluated are `vacuous`; `proved` takes an
 * exhaustive strategy that has seen everything. A scenario that is to fail passes when it fails as it says.
 */
#include "harness/play/outcomes.h"
#include "harness/play/play.h"
#include "harness/scenario/scenario.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What an exploration may keep of what is still to be tried. */
#define DPOR_BYTES_MAX ((size_t)512 << 20)
/* And how long its runs may be: what it does for each grows with the third power. */
#define DPOR_DEPTH_MAX 400u

struct exploration {
    const struct rh_scenario *scenario;
    const struct rh_explore_options *options;
    const struct rh_allocator *allocator;
    struct rh_result *result;
    struct rh_play *play;
    struct rh_judge *judge;
    struct rh_trace_writer *writer;
    struct outcomes outcomes;
    struct rh_bytes_owned trace; /**< of the run under way */
    uint64_t runs_max;
    uint64_t exhaustive_runs; /**< of the exhaustive strategy that was complete */
    bool bounded;             /**< something was cut short: result->why says what */
    bool interrupted;         /**< by the caller: what has not happened yet says nothing */
    bool proved;
    bool has_classes; /**< dpor was complete */
    bool stop;
};

/* One strategy to run: the scenario's or the caller's. */
struct approach {
    enum rh_plan_strategy_kind kind;
    uint64_t runs;
    uint64_t seed;
    uint64_t depth;
};

/* `format` takes a number, and the ending of what is counted. */
static void bounded(struct exploration *it, const char *format, uint64_t number)
{
    if (!it->bounded) {
        it->bounded = true;
        (void)snprintf(it->result->why, sizeof(it->result->why), format, number,
                       number == 1 ? "" : "s");
    }
}

static const char *approach_name(const struct approach *approach)
{
    return rh_plan_strategy_words[approach->kind];
}

static uint32_t dpor_depth(const struct approach *approach)
{
    return approach->depth < DPOR_DEPTH_MAX ? (uint32_t)approach->depth : DPOR_DEPTH_MAX;
}

static enum rh_status approach_strategy(const struct exploration *it,
                                        const struct approach *approach,
                                        struct rh_strategy **ret_strategy)
{
    switch (approach->kind) {
    case RH_PLAN_STRATEGY_RANDOM:
        return rh_strategy_random(it->allocator, approach->seed, approach->runs, ret_strategy);
    case RH_PLAN_STRATEGY_EXHAUSTIVE:
        return rh_strategy_exhaustive(it->allocator, (uint32_t)approach->depth, ret_strategy);
    case RH_PLAN_STRATEGY_DPOR:
        return rh_strategy_dpor(it->allocator, dpor_depth(approach), DPOR_BYTES_MAX, ret_strategy);
    case RH_PLAN_STRATEGY_FIFO:
    case RH_PLAN_STRATEGY_COUNT:
        break;
    }
    return rh_strategy_fifo(it->allocator, ret_strategy);
}

static void take_violation(struct exploration *it, const struct rh_violation *violation)
{
    it->result->has_violation = true;
    it->result->violation = *violation;
    it->result->verdict = RH_VERDICT_FAILED;
    it->stop = true;
}

/* How a run ended may itself be a bound. */
static void judge_end(struct exploration *it, const struct rh_play_report *report)
{
    if (report->end == RH_END_EVENTS) {
        bounded(it, "a run was cut at %" PRIu64 " event%s", report->events);
    }
}

static void interrupt(struct exploration *it)
{
    bounded(it, "interrupted after %" PRIu64 " run%s", it->result->runs);
    it->interrupted = true;
    it->stop = true;
}

static bool go_on(void *self)
{
    const struct exploration *it = self;
    return it->options->go_on(it->options->self, it->result->runs);
}

/* The run so far goes to the caller as it grows, and stays in memory for the result. */
static enum rh_status write_both(void *self, const uint8_t *bytes, size_t size)
{
    struct exploration *it = self;
    struct rh_trace_sink memory = rh_trace_sink_memory(&it->trace);
    enum rh_status status = it->options->trace(it->options->self, bytes, size);
    return status == RH_OK ? memory.write(memory.self, bytes, size) : status;
}

static enum rh_status begin_trace(struct exploration *it, struct rh_trace_sink *sink)
{
    it->trace.size = 0;
    *sink = rh_trace_sink_memory(&it->trace);
    if (it->options->trace == NULL) {
        return RH_OK;
    }
    *sink = (struct rh_trace_sink){.write = write_both, .self = it};
    return it->options->trace(it->options->self, NULL, 0);
}

static enum rh_status play_once(struct exploration *it, struct rh_strategy *strategy,
                                const struct approach *approach, uint64_t run)
{
    struct rh_result *result = it->result;
    uint64_t seed =
        approach->kind == RH_PLAN_STRATEGY_RANDOM ? approach->seed + run : approach->seed;
    struct rh_trace_sink sink;
    enum rh_status status = begin_trace(it, &sink);
    if (status != RH_OK) {
        return status;
    }
    struct rh_play_run play_run = {
        .strategy = strategy,
        .seed = seed,
        .run = run,
        .judge = it->judge,
        .writer = it->writer,
        .sink = it->writer == NULL ? NULL : &sink,
        .flushes = it->options->trace != NULL,
        .go_on = it->options->go_on == NULL ? NULL : go_on,
        .self = it,
    };
    struct rh_play_report report = {.end = RH_END_STOPPED};
    rh_strategy_begin(strategy);
    status = rh_play_run(it->play, &play_run, &report);
    if (status == RH_OK && report.is_interrupted) {
        interrupt(it);
        return RH_OK;
    }
    if (status == RH_OK && rh_strategy_cuts(strategy) && !rh_judge_has_failed(it->judge)) {
        result->events += report.events;
        return RH_OK; /* other runs cover it */
    }
    if (status == RH_OK && !rh_strategy_allows(strategy)) {
        result->events += report.events;
        return RH_OK; /* it cannot happen */
    }
    result->runs++;
    result->events += report.events;
    if (status == RH_OK) {
        status = rh_judge_status(it->judge);
    }
    if (status == RH_OK && report.end == RH_END_NO_MEMORY) {
        status = RH_NO_MEMORY;
    }
    if (status == RH_OK) {
        status = outcomes_add(&it->outcomes, report.outcome);
    }
    if (status != RH_OK) {
        return status;
    }
    rh_trace_digest_add(result->digest, report.digest);
    const struct rh_violation *violation = rh_judge_violation(it->judge);
    if (violation != NULL) {
        take_violation(it, violation);
    }
    judge_end(it, &report);
    if (result->runs == 1 || result->has_violation) {
        result->seed = seed;
        result->strategy = approach_name(approach);
    }
    return RH_OK;
}

static bool may_go_on(struct exploration *it)
{
    const struct rh_explore_options *options = it->options;
    const struct rh_plan_explore *budget = &it->scenario->plan.explore;
    if (it->runs_max > 0 && it->result->runs >= it->runs_max) {
        bounded(it, "the budget of %" PRIu64 " run%s was spent before everything was covered",
                it->runs_max);
    } else if (budget->events_max > 0 && it->result->events >= budget->events_max) {
        bounded(it, "the budget of %" PRIu64 " event%s was spent before everything was covered",
                budget->events_max);
    } else if (options->go_on != NULL && !options->go_on(options->self, it->result->runs)) {
        interrupt(it);
    } else {
        return true;
    }
    return false;
}

static void end_strategy(struct exploration *it, const struct rh_strategy *strategy,
                         const struct approach *approach, bool more)
{
    if (strategy->status == RH_LIMIT) {
        bool is_dpor = approach->kind == RH_PLAN_STRATEGY_DPOR;
        bounded(it,
                is_dpor ? "dpor gave up after %" PRIu64
                          " classes: a run too long, or too much to try"
                        : "a run took more than %" PRIu64 " decisions",
                is_dpor ? strategy->classes : approach->depth);
    }
    if (approach->kind == RH_PLAN_STRATEGY_EXHAUSTIVE && !more && strategy->complete) {
        it->proved = true;
        it->exhaustive_runs = strategy->runs;
        it->result->complete = true;
    } else if (approach->kind == RH_PLAN_STRATEGY_DPOR) {
        it->result->blocked = strategy->blocked;
        it->result->classes = strategy->classes;
        it->result->infeasible = strategy->infeasible;
        if (!more && strategy->complete) {
            it->proved = true;
            it->has_classes = true;
            it->result->complete = true;
        } else if (!more && strategy->status == RH_OK && !it->result->has_violation) {
            bounded(it, "some orders could not be followed, after %" PRIu64 " classes",
                    strategy->classes);
        }
    }
}

/* Times are checked within one node and where nothing stalls; what could happen only at impossible times would be judged
 * otherwise. */
static bool is_beyond(const struct exploration *it, const struct approach *approach)
{
    const struct rh_plan *plan = &it->scenario->plan;
    return approach->kind == RH_PLAN_STRATEGY_DPOR && !plan->time_free &&
           (plan->nodes.count > 1 || plan->stall > 0);
}

static enum rh_status run_approach(struct exploration *it, const struct approach *approach)
{
    struct rh_strategy *strategy = NULL;
    if (is_beyond(it, approach)) {
        bounded(it, "dpor of several nodes, or with a stall, needs 'time: free'", 0);
        return RH_OK;
    }
    enum rh_status status = approach_strategy(it, approach, &strategy);
    if (status != RH_OK) {
        return status;
    }
    bool more = true;
    for (uint64_t run = 0; more && !it->stop && status == RH_OK; run++) {
        if (!may_go_on(it)) {
            break;
        }
        status = play_once(it, strategy, approach, run);
        more = rh_strategy_end(strategy);
        if (status == RH_OK && strategy->status == RH_NO_MEMORY) {
            status = RH_NO_MEMORY;
        }
    }
    end_strategy(it, strategy, approach, more);
    rh_strategy_destroy(strategy);
    return status;
}

/* What the caller wants otherwise. */
static void override(struct approach *approach, const struct rh_scenario_strategy *wanted)
{
    approach->runs = wanted->has_runs ? wanted->runs : approach->runs;
    approach->seed = wanted->has_seed ? wanted->seed : approach->seed;
}

static bool approach_named(const struct rh_scenario_strategy *wanted, const struct rh_plan *plan,
                           struct approach *ret_approach)
{
    const struct rh_plan_strategy *first = &plan->explore.strategies[0];
    for (size_t i = 0; i < RH_PLAN_STRATEGY_COUNT; i++) {
        if (strcmp(rh_plan_strategy_words[i], wanted->name) == 0) {
            *ret_approach = (struct approach){
                .kind = (enum rh_plan_strategy_kind)i,
                .runs = first->runs > 0 ? first->runs : 100,
                .seed = first->seed,
                .depth = first->depth > 0 ? first->depth : 100000,
            };
            override(ret_approach, wanted);
            return true;
        }
    }
    return false;
}

/* The scenario's own strategies, perhaps with another seed or number of runs. */
static enum rh_status run_own(struct exploration *it, const struct rh_scenario_strategy *wanted)
{
    const struct rh_plan_explore *explore = &it->scenario->plan.explore;
    enum rh_status status = RH_OK;
    for (uint32_t i = 0; i < explore->strategy_count && status == RH_OK && !it->stop; i++) {
        const struct rh_plan_strategy *strategy = &explore->strategies[i];
        struct approach approach = {strategy->kind, strategy->runs, strategy->seed,
                                    strategy->depth};
        if (wanted != NULL) {
            override(&approach, wanted);
        }
        status = run_approach(it, &approach);
    }
    return status;
}

static enum rh_status run_all(struct exploration *it)
{
    const struct rh_plan *plan = &it->scenario->plan;
    const struct rh_explore_options *options = it->options;
    if (options->strategy_count == 0) {
        return run_own(it, NULL);
    }
    enum rh_status status = RH_OK;
    for (size_t i = 0; i < options->strategy_count && status == RH_OK && !it->stop; i++) {
        const struct rh_scenario_strategy *wanted = &options->strategies[i];
        struct approach approach;
        if (wanted->name == NULL) {
            status = run_own(it, wanted);
        } else if (approach_named(wanted, plan, &approach)) {
            status = run_approach(it, &approach);
        } else {
            status = RH_INVALID;
        }
    }
    return status;
}

/* ---- the verdict ---- */

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
        take_violation(it, &violation);
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

static void count_faults(struct exploration *it)
{
    const struct rh_plan *plan = &it->scenario->plan;
    for (uint32_t i = 0; i < plan->fault_count; i++) {
        uint64_t fired = rh_play_fault_fired(it->play, i);
        it->result->faults.armed++;
        it->result->faults.fired += fired > 0;
        it->result->faults.spent += fired;
    }
}

static bool is_vacuous(struct exploration *it)
{
    const struct rh_plan *plan = &it->scenario->plan;
    char *why = it->result->why;
    size_t capacity = sizeof(it->result->why);
    for (uint32_t i = 0; i < plan->fault_count; i++) {
        if (rh_play_fault_fired(it->play, i) == 0) {
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
    return rh_play_is_vacuous(it->play, why, capacity);
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
    take_violation(it, &violation);
}

static void give_verdict(struct exploration *it)
{
    const struct rh_plan *plan = &it->scenario->plan;
    struct rh_result *result = it->result;
    judge_counts(it);
    count_faults(it);
    result->outcomes = it->outcomes.count;
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
    }
    if ((result->has_violation && !result->is_of_no_run) || it->options->keep_trace) {
        result->trace = it->trace;
        it->trace = (struct rh_bytes_owned){0};
    }
}

/* ---- setting up ---- */

static enum rh_status prepare(struct exploration *it)
{
    static const char *const none[] = {NULL};
    struct rh_judge_options judge_options = {
        .allocator = it->allocator,
        .checkers = it->scenario->program == NULL ? NULL : it->scenario->program->checkers,
        .only = it->options->without_checks ? none : NULL,
    };
    enum rh_status status = rh_play_create(it->scenario, it->allocator, &it->play);
    if (status == RH_OK) {
        status = rh_judge_create(&judge_options, &it->judge);
    }
    if (status == RH_OK) {
        status = rh_play_judge(it->play, it->judge);
    }
    if (status == RH_OK && !it->options->without_digest) {
        status = rh_trace_writer_create(it->allocator, &it->writer);
    }
    return status;
}

static void clean_up(struct exploration *it)
{
    if (it->trace.bytes != NULL) {
        it->trace.allocator->release(it->trace.allocator->self, it->trace.bytes,
                                     it->trace.capacity);
    }
    rh_trace_writer_destroy(it->writer);
    rh_judge_destroy(it->judge);
    rh_play_destroy(it->play);
    outcomes_deinit(&it->outcomes);
}

static void result_init(struct rh_result *result, const struct rh_scenario *scenario)
{
    *result = (struct rh_result){
        .path = rh_scenario_path(scenario),
        .title = rh_scenario_title(scenario),
        .verdict = RH_VERDICT_ERROR,
        .strategy = "",
    };
}

/* A failure found without traces is found again with them: everything is deterministic. */
static enum rh_status again_with_trace(const struct rh_scenario *scenario,
                                       const struct rh_explore_options *options,
                                       struct rh_result *ret_result)
{
    struct rh_explore_options with_trace = *options;
    with_trace.without_digest = false;
    rh_result_deinit(ret_result);
    return rh_scenario_explore(scenario, &with_trace, ret_result);
}

enum rh_status rh_scenario_explore(const struct rh_scenario *scenario,
                                   const struct rh_explore_options *options,
                                   struct rh_result *ret_result)
{
    static const struct rh_explore_options plain = {0};
    options = options == NULL ? &plain : options;
    result_init(ret_result, scenario);
    if (scenario->status != RH_OK) {
        (void)snprintf(ret_result->why, sizeof(ret_result->why), "the scenario has errors");
        return RH_INVALID;
    }
    if (scenario->plan.skip != NULL) {
        ret_result->verdict = RH_VERDICT_SKIPPED;
        (void)snprintf(ret_result->why, sizeof(ret_result->why), "%s", scenario->plan.skip);
        return RH_OK;
    }
    struct exploration it = {
        .scenario = scenario,
        .options = options,
        .allocator = options->allocator == NULL ? scenario->allocator : options->allocator,
        .result = ret_result,
        .runs_max = options->runs_max > 0 ? options->runs_max : scenario->plan.explore.runs_max,
    };
    outcomes_init(&it.outcomes, it.allocator);
    it.trace.allocator = it.allocator;
    enum rh_status status = prepare(&it);
    if (status == RH_OK) {
        status = run_all(&it);
    }
    if (status == RH_OK) {
        give_verdict(&it);
    } else {
        ret_result->verdict = RH_VERDICT_ERROR;
        (void)snprintf(ret_result->why, sizeof(ret_result->why), "%s", rh_status_sentence(status));
    }
    clean_up(&it);
    bool trace_is_missing = status == RH_OK && ret_result->has_violation &&
                            !ret_result->is_of_no_run && options->without_digest;
    return trace_is_missing ? again_with_trace(scenario, options, ret_result) : status;
}
