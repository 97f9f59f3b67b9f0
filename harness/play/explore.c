/* SPDX-License-Identifier: MIT */
/*
 * Exploring a scenario: its strategies one after the other, part after part, until one run is violated or all is done.
 *
 * A strategy that can be split gives parts away, up to PARTS_AWAY of them at a time, and takes them back in the order in which
 * they went. As soon as one is back the next one goes, so what is explored, in which order, and what is known when
 * something is decided depend on the scenario and on nothing else: how many threads play the parts, and which of them is
 * fast, cannot be seen in any result. The first failure is the first in this order.
 */
#include "harness/play/exploration.h"

#include "harness/play/crew.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Runs of a part: enough of them that giving it away costs nothing, few enough that short explorations can be shared. */
#define PART_RUNS 64u
#define PART_RUNS_DRAWN 16u
/* A dpor remembers within a part what need not be played, so that there are more of them. */
#define PART_RUNS_CLASSES 1024u
#define PART_RUNS_MAX (UINT64_C(1) << 48) /* they are added up */
/* And not so many that nothing is known of them for a long time, where runs are long. */
#define PART_EVENTS (UINT64_C(1) << 18)
/* Parts away at a time: enough for every machine, and a bound on what is played for nothing behind a failure. */
#define PARTS_AWAY 64u

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

static void interrupt(struct exploration *it)
{
    exploration_bound(it, "interrupted after %" PRIu64 " run%s", it->result->runs);
    it->is_short = true;
    it->interrupted = true;
    it->stop = true;
}

/* ---- checkpoints ---- */

/* Hand on what was written down last, if it is wanted. */
static enum rh_status hand_on(struct exploration *it)
{
    const struct rh_explore_options *options = it->options;
    return options->checkpoint == NULL || it->saved.size == 0
               ? RH_OK
               : options->checkpoint(options->self, it->saved.bytes, it->saved.size);
}

static bool wants_checkpoint(const struct exploration *it)
{
    const struct rh_explore_options *options = it->options;
    return options->checkpoint != NULL && options->wants_checkpoint != NULL &&
           options->wants_checkpoint(options->self);
}

/* Between two joins, when something has been explored, or nothing at all: then whoever resumes begins anew. */
static enum rh_status save(struct exploration *it, const struct rh_strategy *strategy)
{
    it->saved.size = 0;
    enum rh_status status = RH_OK;
    bool has_begun = it->result->runs > 0;
    if (it->options->checkpoint != NULL && (has_begun || it->result->events == 0)) {
        status = exploration_save(it, has_begun ? strategy : NULL);
    }
    return status;
}

/* ---- putting together ---- */

static void take_trace(struct exploration *it, struct part *part)
{
    bool wanted = part->has_violation || it->options->keep_trace;
    if (wanted && part->trace.size > 0) {
        const struct rh_bytes_owned before = it->trace;
        it->trace = part->trace;
        part->trace = before;
    }
}

static enum rh_status take_runs(struct exploration *it, const struct part *part)
{
    enum rh_status status = RH_OK;
    for (size_t i = 0; i < part->run_count && status == RH_OK; i++) {
        status = outcomes_add(&it->outcomes, part->runs[i].outcome);
        rh_trace_digest_add(it->result->digest, part->runs[i].digest);
    }
    return status;
}

/* Add what came of a part to what came of those before it. */
static enum rh_status take(struct exploration *it, const struct approach *approach,
                           struct part *part)
{
    struct rh_result *result = it->result;
    result->events += part->events;
    if (part->status != RH_OK) {
        return part->status;
    }
    if (part->run_count > 0 && (result->runs == 0 || part->has_violation)) {
        result->seed = part->has_violation ? part->last_seed : part->first_seed;
        result->strategy = approach_name(approach);
    }
    result->runs += part->run_count;
    for (size_t i = 0; i < it->tally_count; i++) {
        it->tally[i] += part->tally[i];
    }
    enum rh_status status = rh_coverage_merge(&result->coverage, &part->coverage);
    if (status != RH_OK) {
        return status;
    }
    if (part->has_violation) {
        exploration_fail(it, &part->violation);
    }
    if (part->cut_events > 0) {
        exploration_bound(it, "a run was cut at %" PRIu64 " event%s", part->cut_events);
    }
    take_trace(it, part);
    return take_runs(it, part);
}

/* ---- budgets ---- */

static bool is_spent(const struct exploration *it)
{
    uint64_t events_max = it->scenario->plan.explore.events_max;
    return (it->runs_max > 0 && it->result->runs >= it->runs_max) ||
           (events_max > 0 && it->result->events >= events_max);
}

/* Is there still something to be spent? */
static bool may_go_on(struct exploration *it)
{
    const struct rh_plan_explore *budget = &it->scenario->plan.explore;
    if (it->runs_max > 0 && it->result->runs >= it->runs_max) {
        exploration_bound(it,
                          "the budget of %" PRIu64 " run%s was spent before everything was covered",
                          it->runs_max);
    } else if (budget->events_max > 0 && it->result->events >= budget->events_max) {
        exploration_bound(
            it, "the budget of %" PRIu64 " event%s was spent before everything was covered",
            budget->events_max);
    } else {
        return true;
    }
    it->is_short = true;
    return false;
}

/* Say what was not covered, where a budget or the caller said stop. */
static void tell_uncovered(struct exploration *it, const struct rh_strategy *strategy)
{
    char open[120] = "";
    char *why = it->result->why;
    size_t at = strlen(why);
    if (strategy->share > 0.0 && strategy->share < 1.0 && at < sizeof it->result->why) {
        at += (size_t)snprintf(why + at, sizeof it->result->why - at,
                               "; about %.3g %% of an estimated %.3g runs", 100.0 * strategy->share,
                               (double)strategy->runs / strategy->share);
    }
    if (strategy->functions->tell_open != NULL && at < sizeof it->result->why) {
        strategy->functions->tell_open(strategy, open, sizeof open);
        (void)snprintf(why + at, sizeof it->result->why - at, "; %s", open);
    }
}

static void tell_progress(const struct exploration *it, const struct rh_strategy *strategy)
{
    const struct rh_progress progress = {
        .runs = it->result->runs, .events = it->result->events, .share = strategy->share};
    if (it->options->progress != NULL) {
        it->options->progress(it->options->self, &progress);
    }
}

/* What a part may spend, if those that are away spend what they may. */
static uint64_t runs_of_part(const struct exploration *it, const struct rh_strategy *strategy,
                             uint64_t away)
{
    uint64_t runs = strategy->functions->seed != NULL ? PART_RUNS_DRAWN : PART_RUNS;
    if (it->options->part_runs > 0) {
        runs = it->options->part_runs < PART_RUNS_MAX ? it->options->part_runs : PART_RUNS_MAX;
    } else if (rh_strategy_follows(strategy)) {
        runs = PART_RUNS_CLASSES;
    }
    uint64_t spent = it->result->runs + away;
    uint64_t left = it->runs_max == 0 ? runs : it->runs_max > spent ? it->runs_max - spent : 0;
    return runs < left ? runs : left;
}

static void part_init(const struct exploration *it, const struct approach *approach,
                      const struct rh_strategy *strategy, struct part *part, uint64_t first,
                      uint64_t runs)
{
    uint64_t events_max = it->scenario->plan.explore.events_max;
    bool is_tree = strategy->functions->seed == NULL && it->options->part_runs == 0;
    uint64_t events = is_tree && rh_strategy_saves(strategy) ? PART_EVENTS : UINT64_MAX;
    uint64_t left = events_max == 0 ? UINT64_MAX : events_max - it->result->events;
    *part = (struct part){
        .seed = approach->seed,
        .first = first,
        .runs_max = runs,
        .events_max = left < events ? left : events,
    };
}

/* ---- one strategy ---- */

/* Played as one: part after part of the same strategy. */
static enum rh_status run_whole(struct exploration *it, const struct approach *approach,
                                struct rh_strategy *strategy, bool *more)
{
    enum rh_status status = save(it, NULL);
    uint64_t first = 0;
    while (*more && !it->stop && status == RH_OK && may_go_on(it)) {
        struct part part;
        part_init(it, approach, strategy, &part, first, runs_of_part(it, strategy, 0));
        part.strategy = strategy;
        part_play(&part, &it->player);
        tell_progress(it, strategy);
        first += part.played;
        *more = part.more;
        status = take(it, approach, &part);
        if (status == RH_OK && part.is_interrupted) {
            interrupt(it);
        }
        if (status == RH_OK && (part.is_interrupted || wants_checkpoint(it))) {
            status = hand_on(it);
        }
        part_deinit(&part, it->allocator);
    }
    return status;
}

/* The parts that are away, in the order in which they went. */
struct window {
    struct part parts[PARTS_AWAY];
    uint32_t first;
    uint32_t count;
    uint64_t runs;  /**< that they may take */
    uint64_t given; /**< runs of all parts so far */
};

/* Give away what can be given away. */
static enum rh_status fill(struct exploration *it, const struct approach *approach,
                           struct rh_strategy *strategy, struct window *window)
{
    bool has_events_max = it->scenario->plan.explore.events_max > 0;
    uint32_t most = has_events_max ? 1 : PARTS_AWAY; /* events are not known beforehand */
    enum rh_status status = RH_OK;
    while (window->count < most && status == RH_OK) {
        uint64_t runs = runs_of_part(it, strategy, window->runs);
        struct part *part = &window->parts[(window->first + window->count) % PARTS_AWAY];
        part_init(it, approach, strategy, part, window->given, runs);
        if (runs > 0) {
            status = rh_strategy_split(strategy, runs, &part->strategy);
        }
        if (part->strategy == NULL) {
            break;
        }
        window->count++;
        window->runs += runs;
        window->given += runs;
        crew_offer(it->crew, part);
    }
    return status;
}

static enum rh_status join(struct exploration *it, const struct approach *approach,
                           struct rh_strategy *strategy, struct window *window)
{
    struct part *part = &window->parts[window->first];
    bool goes_on = crew_finish(it->crew, part);
    enum rh_status status = RH_OK;
    if (!goes_on || part->is_interrupted) {
        status = rh_strategy_saves(strategy) ? save(it, strategy) : RH_OK;
        status = status == RH_OK ? hand_on(it) : status;
    }
    if (status == RH_OK && part->state == PART_IS_DONE) {
        status = take(it, approach, part);
    }
    if (!goes_on || part->is_interrupted) {
        interrupt(it);
    }
    if (status != RH_OK || it->interrupted) {
        return status;
    }
    it->given += part->runs_max;
    status = rh_strategy_join(strategy, part->strategy);
    part->strategy = NULL;
    part_deinit(part, it->allocator);
    window->first = (window->first + 1) % PARTS_AWAY;
    window->count--;
    window->runs -= part->runs_max;
    return status;
}

static void drop(struct exploration *it, struct window *window)
{
    crew_drop(it->crew);
    for (; window->count > 0; window->count--) {
        struct part *part = &window->parts[window->first];
        rh_strategy_destroy(part->strategy);
        part_deinit(part, it->allocator);
        window->first = (window->first + 1) % PARTS_AWAY;
    }
}

/* Nothing can be given away, and nothing is: has all been explored? */
static enum rh_status is_left(struct rh_strategy *strategy, bool *more)
{
    struct rh_strategy *part = NULL;
    enum rh_status status = rh_strategy_split(strategy, 1, &part);
    *more = part != NULL;
    rh_strategy_destroy(part);
    return status;
}

static enum rh_status run_parts(struct exploration *it, const struct approach *approach,
                                struct rh_strategy *strategy, bool *more)
{
    struct window *window = it->allocator->allocate(it->allocator->self, sizeof *window);
    if (window == NULL) {
        return RH_NO_MEMORY;
    }
    window->first = 0;
    window->count = 0;
    window->runs = 0;
    window->given = it->given;
    enum rh_status status = rh_strategy_saves(strategy) ? RH_OK : save(it, NULL);
    status = status == RH_OK ? fill(it, approach, strategy, window) : status;
    while (window->count > 0 && !it->stop && status == RH_OK && !strategy->failed) {
        status = join(it, approach, strategy, window);
        tell_progress(it, strategy);
        if (status == RH_OK && !it->stop && wants_checkpoint(it)) {
            status = rh_strategy_saves(strategy) ? save(it, strategy) : RH_OK;
            status = status == RH_OK ? hand_on(it) : status;
        }
        if (status == RH_OK && !it->stop && (window->count > 0 || !is_spent(it))) {
            status = fill(it, approach, strategy, window);
        }
    }
    drop(it, window);
    it->allocator->release(it->allocator->self, window, sizeof *window);
    if (status == RH_OK && !it->stop) {
        status = is_left(strategy, more);
        (void)(*more && may_go_on(it));
    }
    return status;
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

/* The end of a run cuts heartbeats off. Where they are due at no time, any of them could have come before whatever was last, or
 * need not have come, and no step says so. */
static bool beats_whenever(const struct exploration *it)
{
    return it->scenario->plan.time_free && it->scenario->plan.heartbeat > 0;
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
    if (strategy->status == RH_DIVERGED) {
        exploration_bound(it, "not deterministic: decision %" PRIu64 " was not as before",
                          strategy->diverged_at);
    }
    if (approach->kind == RH_PLAN_STRATEGY_EXHAUSTIVE && !more && strategy->complete) {
        it->proved = true;
        it->exhaustive_runs = strategy->runs;
        it->result->complete = true;
    } else if (approach->kind == RH_PLAN_STRATEGY_DPOR) {
        it->result->blocked = strategy->blocked;
        it->result->classes = strategy->classes;
        if (!more && strategy->complete && beats_whenever(it)) {
            exploration_bound(
                it,
                "with `time: free` heartbeats may come at any time: what dpor visits, "
                "%" PRIu64 " classes, proves nothing",
                strategy->classes);
        } else if (!more && strategy->complete) {
            it->proved = true;
            it->has_classes = true;
            it->result->complete = true;
        } else if (!more && strategy->status == RH_OK && !it->result->has_violation) {
            exploration_bound(it,
                              "dpor could not play some orders that it asked for, after %" PRIu64
                              " classes: exhaustive has them all",
                              strategy->classes);
        }
    }
}

static enum rh_status run_approach(struct exploration *it, const struct approach *approach)
{
    struct rh_strategy *strategy = NULL;
    enum rh_status status = approach_strategy(it, approach, &strategy);
    if (status != RH_OK) {
        return status;
    }
    if (it->open.count > 0) {
        status = rh_strategy_saves(strategy) ? rh_strategy_load(strategy, &it->open) : RH_MALFORMED;
        it->flaw = status == RH_MALFORMED ? "what it has left to explore is none of this" : NULL;
        rh_numbers_deinit(&it->open);
    }
    if (status != RH_OK) {
        rh_strategy_destroy(strategy);
        return status;
    }
    bool more = true;
    bool was_short = it->is_short || it->bounded;
    status = rh_strategy_splits(strategy) ? run_parts(it, approach, strategy, &more)
                                          : run_whole(it, approach, strategy, &more);
    end_strategy(it, strategy, approach, more);
    if (status == RH_OK && it->is_short && !was_short) {
        tell_uncovered(it, strategy);
    }
    rh_strategy_destroy(strategy);
    return status;
}

static enum rh_status run_all(struct exploration *it)
{
    struct approach approach;
    enum rh_status status = approach_get(it, it->approach, &approach);
    while (status == RH_OK) {
        status = run_approach(it, &approach);
        it->given = 0;
        if (status == RH_OK) {
            status = it->stop ? RH_NOT_FOUND : approach_get(it, ++it->approach, &approach);
        }
    }
    return status == RH_NOT_FOUND ? RH_OK : status;
}

/* ---- setting up ---- */

static bool go_on(void *self, uint64_t runs)
{
    const struct exploration *it = self;
    return it->options->go_on(it->options->self, it->result->runs + runs);
}

static size_t tally_bytes(const struct exploration *it)
{
    return (it->tally_count + 1) * sizeof *it->tally;
}

static enum rh_status prepare(struct exploration *it)
{
    const struct rh_explore_options *options = it->options;
    enum rh_status status = player_init(&it->player, it->scenario, options, it->allocator, false);
    it->player.streams = options->trace != NULL;
    it->player.go_on = options->go_on == NULL ? NULL : go_on;
    it->player.self = it;
    if (status == RH_OK) {
        it->tally_count = rh_play_tally_count(it->player.play);
        it->tally = it->allocator->allocate(it->allocator->self, tally_bytes(it));
        status = it->tally == NULL ? RH_NO_MEMORY : RH_OK;
    }
    if (status == RH_OK) {
        memset(it->tally, 0, tally_bytes(it));
    }
    uint32_t jobs = options->jobs == 0 || options->trace != NULL ? 1 : options->jobs;
    if (status == RH_OK && options->resume != NULL) {
        status = exploration_resume(it, options->resume, options->resume_size);
        it->result->coverage.is_partial = options->with_coverage;
    }
    return status == RH_OK ? crew_create(&it->player, jobs, &it->crew) : status;
}

static void clean_up(struct exploration *it)
{
    crew_destroy(it->crew);
    if (it->trace.bytes != NULL) {
        it->trace.allocator->release(it->trace.allocator->self, it->trace.bytes,
                                     it->trace.capacity);
    }
    if (it->saved.bytes != NULL) {
        it->allocator->release(it->allocator->self, it->saved.bytes, it->saved.capacity);
    }
    if (it->tally != NULL) {
        it->allocator->release(it->allocator->self, it->tally, tally_bytes(it));
    }
    rh_numbers_deinit(&it->open);
    player_deinit(&it->player);
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
    with_trace.resume = NULL;
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
    ret_result->coverage.allocator = it.allocator;
    it.trace.allocator = it.allocator;
    it.open.allocator = it.allocator;
    enum rh_status status = prepare(&it);
    if (status == RH_OK) {
        status = run_all(&it);
    }
    if (status == RH_OK) {
        player_settle(&it.player);
        rh_play_tally_add(it.player.play, it.tally);
        exploration_judge(&it);
    } else {
        ret_result->verdict = RH_VERDICT_ERROR;
        const char *flaw = it.flaw == NULL ? rh_status_sentence(status) : it.flaw;
        (void)snprintf(ret_result->why, sizeof(ret_result->why), "%s", flaw);
    }
    clean_up(&it);
    bool trace_is_missing = status == RH_OK && ret_result->has_violation &&
                            !ret_result->is_of_no_run && options->without_digest;
    return trace_is_missing ? again_with_trace(scenario, options, ret_result) : status;
}
