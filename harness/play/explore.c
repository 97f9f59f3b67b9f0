/* SPDX-License-Identifier: MIT */
/* Exploring a scenario: its strategies one after the other, run after run, until one run is violated or all is done. */
#include "harness/play/exploration.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void exploration_bound(struct exploration *it, const char *format, uint64_t number)
{
    if (!it->bounded) {
        it->bounded = true;
        (void)snprintf(it->result->why, sizeof(it->result->why), format, number,
                       number == 1 ? "" : "s");
    }
}

void exploration_fail(struct exploration *it, const struct rh_violation *violation)
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
        exploration_bound(it, "a run was cut at %" PRIu64 " event%s", report->events);
    }
}

static void interrupt(struct exploration *it)
{
    exploration_bound(it, "interrupted after %" PRIu64 " run%s", it->result->runs);
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
    uint64_t seed = rh_strategy_seed(strategy, approach->seed);
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
        exploration_fail(it, violation);
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
        exploration_bound(it,
                          "the budget of %" PRIu64 " run%s was spent before everything was covered",
                          it->runs_max);
    } else if (budget->events_max > 0 && it->result->events >= budget->events_max) {
        exploration_bound(
            it, "the budget of %" PRIu64 " event%s was spent before everything was covered",
            budget->events_max);
    } else if (options->go_on != NULL && !options->go_on(options->self, it->result->runs)) {
        interrupt(it);
    } else {
        return true;
    }
    return false;
}

/* What the runs of a strategy show is told if nothing else has to be. What was proved outdoes what was drawn, and what was
 * proved without a bound what was proved within one. */
static void note(struct exploration *it, const struct rh_strategy *strategy, bool proves)
{
    char said[200] = "";
    if (strategy->functions->tell != NULL) {
        strategy->functions->tell(strategy, said, sizeof(said));
    }
    size_t at = proves ? 0 : strlen(it->note);
    if (proves ? !it->proved || said[0] == '\0' : !it->proved && said[0] != '\0') {
        (void)snprintf(it->note + at, sizeof(it->note) - at, "%s%s", at > 0 ? "; " : "", said);
    }
}

static void end_strategy(struct exploration *it, const struct rh_strategy *strategy,
                         const struct approach *approach, bool more)
{
    note(it, strategy, !more && strategy->complete);
    if (strategy->status == RH_LIMIT) {
        bool is_dpor = approach->kind == RH_PLAN_STRATEGY_DPOR;
        exploration_bound(it,
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
            exploration_bound(it, "some orders could not be followed, after %" PRIu64 " classes",
                              strategy->classes);
        }
    }
}

static enum rh_status run_approach(struct exploration *it, const struct approach *approach)
{
    struct rh_strategy *strategy = NULL;
    if (approach_is_beyond(it, approach)) {
        exploration_bound(it, "dpor of several nodes, or with a stall, needs 'time: free'", 0);
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

static enum rh_status run_all(struct exploration *it)
{
    struct approach approach;
    enum rh_status status = approach_get(it, 0, &approach);
    for (size_t i = 1; status == RH_OK; i++) {
        status = run_approach(it, &approach);
        if (status == RH_OK) {
            status = it->stop ? RH_NOT_FOUND : approach_get(it, i, &approach);
        }
    }
    return status == RH_NOT_FOUND ? RH_OK : status;
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
        exploration_judge(&it);
    } else {
        ret_result->verdict = RH_VERDICT_ERROR;
        (void)snprintf(ret_result->why, sizeof(ret_result->why), "%s", rh_status_sentence(status));
    }
    clean_up(&it);
    bool trace_is_missing = status == RH_OK && ret_result->has_violation &&
                            !ret_result->is_of_no_run && options->without_digest;
    return trace_is_missing ? again_with_trace(scenario, options, ret_result) : status;
}
