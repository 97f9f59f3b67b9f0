/* SPDX-License-Identifier: MIT */
/* A run, from an empty world to its end: set the stage, play until nothing can happen, heal, play on, judge. */
#include "harness/play/play.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "harness/play/internal.h"
#include "harness/schedule/pinned.h"

void *play_allocate(struct rh_play *play, size_t count, size_t bytes)
{
    size_t total = count * bytes > 0 ? count * bytes : 1;
    void *storage = play->allocator->allocate(play->allocator->self, total);
    if (storage != NULL) {
        memset(storage, 0, total);
    }
    return storage;
}

void play_release(struct rh_play *play, void *storage, size_t count, size_t bytes)
{
    size_t total = count * bytes > 0 ? count * bytes : 1;
    play->allocator->release(play->allocator->self, storage, total);
}

void play_fail(struct rh_play *play, enum rh_status status)
{
    if (play->status == RH_OK) {
        play->status = status;
    }
    if (play->world != NULL) {
        rh_world_stop(play->world);
    }
}

bool play_goes_on(struct rh_play *play)
{
    const struct rh_play_run *run = play->run;
    if (run->flushes && run->writer != NULL) {
        rh_trace_flush(run->writer);
    }
    if (run->go_on != NULL && !run->go_on(run->self)) {
        play->is_interrupted = true;
        rh_world_stop(play->world);
    }
    return !play->is_interrupted;
}

static bool goes_on(void *self)
{
    return play_goes_on(self);
}

void play_refuse(struct rh_play *play, struct rh_span at, const char *format, ...)
{
    struct rh_violation violation = {
        .invariant = "scenario/setup", .line = at.start.line, .column = at.start.column};
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(violation.observed, sizeof violation.observed, format, arguments);
    va_end(arguments);
    (void)snprintf(violation.expected, sizeof violation.expected,
                   "every actor as the scenario describes it");
    rh_judge_fail(play->judge, &violation);
}

/* ---- life ---- */

enum rh_status rh_play_create(const struct rh_scenario *scenario,
                              const struct rh_allocator *allocator, struct rh_play **ret_play)
{
    *ret_play = NULL;
    if (scenario->status != RH_OK) {
        return RH_INVALID;
    }
    allocator = allocator != NULL ? allocator : scenario->allocator;
    struct rh_play *play = allocator->allocate(allocator->self, sizeof *play);
    if (play == NULL) {
        return RH_NO_MEMORY;
    }
    *play = (struct rh_play){.scenario = scenario, .plan = &scenario->plan, .allocator = allocator};
    ledger_init(&play->ledger, allocator);
    enum rh_status status = stage_create(play);
    status = status == RH_OK ? lanes_create(play) : status;
    status = status == RH_OK ? properties_create(play) : status;
    if (status != RH_OK) {
        rh_play_destroy(play);
        return status;
    }
    *ret_play = play;
    return RH_OK;
}

void rh_play_destroy(struct rh_play *play)
{
    if (play == NULL) {
        return;
    }
    properties_destroy(play);
    lanes_destroy(play);
    asks_destroy(play);
    stage_destroy(play);
    ledger_deinit(&play->ledger);
    play->allocator->release(play->allocator->self, play, sizeof *play);
}

/* ---- one run ---- */

static enum rh_status begin_trace(const struct rh_play *play, const struct rh_play_run *run,
                                  struct rh_world_options *world)
{
    const struct rh_program *program = play->scenario->program;
    struct rh_trace_header header = {
        .program = program == NULL ? NULL : program->name,
        .path = rh_scenario_path(play->scenario),
        .run = run->run,
        .world = world,
    };
    header.text = rh_scenario_text(play->scenario, &header.text_bytes);
    enum rh_status status = rh_trace_begin(run->writer, &header, run->sink);
    world->strategy = rh_trace_strategy(run->writer, run->strategy);
    return status;
}

static bool is_scarce(const struct rh_plan *plan)
{
    bool found = false;
    for (uint32_t i = 0; i < plan->fault_count; i++) {
        found = found || plan->faults[i].kind == RH_FAULT_FAIL_ALLOCATION;
    }
    return found;
}

static bool is_observed(struct rh_play *play, const struct rh_plan_claim *claim,
                        struct rh_pid actor)
{
    bool found = false;
    for (uint32_t i = 0; i < claim->observation_count && !found; i++) {
        found = !claim->observations[i].in_any_order &&
                rh_pid_equal(play_pid(play, claim->observations[i].actor), actor);
    }
    return found;
}

/* Does the scenario itself look at the order of what an actor handles, or at the states in between? */
static bool is_order_claimed(struct rh_play *play, struct rh_pid actor)
{
    const struct rh_plan *plan = play->plan;
    bool found = false;
    for (uint32_t i = 0; i < plan->expect_count && !found; i++) {
        found = is_observed(play, &plan->expect[i], actor);
    }
    for (uint32_t i = 0; i < plan->always_count && !found; i++) {
        const struct rh_plan_claim *claim = &plan->always[i];
        for (uint32_t j = 0; j < claim->property_count && claim->kind == RH_CLAIM_STATE; j++) {
            found = found || rh_pid_equal(play_pid(play, claim->properties[j].actor), actor);
        }
    }
    return found;
}

static bool commutes(void *self, struct rh_pid actor, const struct rh_message *message)
{
    struct rh_play *play = self;
    const struct rh_plan *plan = play->plan;
    bool found = false;
    for (uint32_t i = 0; i < plan->actor_count && !found; i++) {
        const struct rh_plan_ids *patterns = &plan->actors[i].commutes;
        for (uint32_t j = 0; j < patterns->count && rh_pid_equal(play->pids[i], actor); j++) {
            found = found || rh_pattern_match(play_message(play, patterns->at[j]), message, NULL);
        }
    }
    return found && !is_order_claimed(play, actor);
}

static enum rh_status create_world(struct rh_play *play, const struct rh_play_run *run)
{
    const struct rh_plan *plan = play->plan;
    bool minds_time = !plan->time_free && !run->time_free;
    struct rh_world_options world = {
        .allocator = play->allocator,
        .limits = &plan->limits,
        .strategy = run->strategy,
        .seed = run->seed,
        .time_free = !minds_time,
        .timers_drift = run->as_processes,
        .connects_early = run->as_processes,
        .clock_is_told = run->clock_is_told,
        .has_windows = rh_plan_has_windows(plan),
        .by_instants = run->by_instants,
        .stall_max = plan->stall,
        .events_max = plan->events_max,
        .instant_events_max = plan->instant_events_max,
        .boot = network_boot,
        .boot_self = play,
        .find_behaviour = network_find_behaviour,
        .commutes = plan->commutes ? commutes : NULL,
        .is_scarce = is_scarce(plan),
        .go_on = goes_on,
        .go_on_self = play,
        .before_event = run->before_event,
        .before_event_self = run->before_event_self,
    };
    enum rh_status status = run->writer == NULL ? RH_OK : begin_trace(play, run, &world);
    return status == RH_OK ? rh_world_create(&world, &play->world) : status;
}

/* The trace hears of an event before anybody judges it; the ledger knows of it before the properties ask. */
static enum rh_status listen(struct rh_play *play, const struct rh_play_run *run)
{
    enum rh_status status = RH_OK;
    if (run->writer != NULL) {
        status = rh_trace_attach(run->writer, play->world);
    }
    status = status == RH_OK ? ledger_begin(&play->ledger, play->world) : status;
    status = status == RH_OK ? rh_judge_begin(run->judge, play->world) : status;
    if (status == RH_OK && run->observer != NULL) {
        status = rh_coverage_observer_begin(run->observer, play->world);
    }
    if (status == RH_OK) {
        const struct rh_source source = lanes_source(play);
        status = rh_world_add_source(play->world, &source);
    }
    if (status == RH_OK && run->begun != NULL) {
        status = run->begun(run->self, play->world);
    }
    return status;
}

/* Time must go on. A violation of the run itself, so that it is in its trace and comes back in a replay. */
static void judge_end(struct rh_play *play, enum rh_end end)
{
    if (end != RH_END_LIVELOCK) {
        return;
    }
    struct rh_violation violation = {.invariant = "world/livelock"};
    (void)snprintf(violation.expected, sizeof violation.expected, "time goes on");
    (void)snprintf(violation.observed, sizeof violation.observed,
                   "more events at one instant than bounds.instant_events allows");
    rh_judge_fail(play->judge, &violation);
}

/* What was not followed to its end is not what was asked for, unless the file says that this may be. */
static void judge_schedule(struct rh_play *play, enum rh_end end)
{
    const struct rh_plan *plan = play->plan;
    size_t next = rh_strategy_pinned_next(play->run->strategy);
    if (next >= plan->schedule.count || end != RH_END_QUIESCENT || plan->allow_vacuous != NULL) {
        return;
    }
    struct rh_violation violation = {
        .invariant = "schedule/line",
        .step = rh_world_steps(play->world),
        .line = plan->schedule_at[next].start.line,
        .column = plan->schedule_at[next].start.column,
    };
    (void)snprintf(violation.expected, sizeof violation.expected, "%s%s%s", plan->schedule.at[next],
                   next == 0 ? "" : ", behind ", next == 0 ? "" : plan->schedule.at[next - 1]);
    (void)snprintf(violation.observed, sizeof violation.observed,
                   "nothing of that name could happen until the run ended");
    rh_judge_fail(play->judge, &violation);
}

static enum rh_end act(struct rh_play *play)
{
    if (rh_judge_has_failed(play->judge)) {
        return RH_END_STOPPED; /* on an empty stage */
    }
    enum rh_end end = rh_world_run(play->world);
    if (end == RH_END_QUIESCENT && !rh_judge_has_failed(play->judge) && play->status == RH_OK) {
        rh_world_heal(play->world);
        end = rh_world_run(play->world);
    }
    judge_end(play, end);
    return end;
}

static void count(struct rh_play *play, struct rh_play_report *report)
{
    report->events = rh_world_steps(play->world);
    ledger_outcome(&play->ledger, report->outcome);
    play_faults_count(play);
    if (play->ledger.is_out_of_memory || report->end == RH_END_NO_MEMORY) {
        play_fail(play, RH_NO_MEMORY);
    }
}

static enum rh_status end_trace(const struct rh_play *play, const struct rh_play_run *run,
                                struct rh_play_report *report)
{
    const struct rh_violation *violation = rh_judge_violation(run->judge);
    const struct rh_trace_footer footer = {
        .end = report->end,
        .verdict = play->status != RH_OK ? RH_VERDICT_ERROR
                   : violation != NULL   ? RH_VERDICT_FAILED
                                         : RH_VERDICT_PASSED,
        .violation = violation,
        .is_unwanted = violation == NULL && run->wants_failures_only,
    };
    return rh_trace_end(run->writer, &footer, report->digest);
}

void rh_play_set(struct rh_play *play, const struct rh_play_run *run)
{
    play->status = RH_OK;
    play->run = run;
    play->judge = run->judge;
    play->asked = run->strategy->asked;
    play->is_interrupted = false;
    play->set = create_world(play, run);
    if (play->set == RH_OK) {
        play->set = listen(play, run);
    }
    if (play->set == RH_OK) {
        lanes_begin(play);
        play->set = stage_set(play);
    }
}

/* Whatever comes with Rehearse keeps to its context; what others write may keep files open, or count in static storage. */
static bool is_self_contained(const struct rh_play *play)
{
    const struct rh_plan *plan = play->plan;
    const struct rh_program *known = rh_program_builtin();
    const struct rh_program *program = play->scenario->program;
    bool found = program != NULL && program->checkers != NULL;
    for (uint32_t i = 0; i < plan->role_count && !found; i++) {
        const struct rh_program_behaviour *row = plan->roles[i].program;
        found = row != NULL &&
                (row < known->behaviours || row >= known->behaviours + known->behaviour_count);
    }
    return !found;
}

bool rh_play_can_repeat(const struct rh_play *play)
{
    const struct rh_play_run *run = play->run;
    bool is_seen = run->begun != NULL || run->before_event != NULL || run->flushes ||
                   run->observer != NULL ||
                   (run->writer != NULL && rh_trace_has_begun(run->writer));
    return play->set == RH_OK && play->status == RH_OK && !is_seen && !play->is_interrupted &&
           !rh_judge_has_failed(play->judge) && run->strategy->asked == play->asked &&
           !rh_world_has_drawn(play->world) && is_self_contained(play);
}

void rh_play_repeat(struct rh_play *play, const struct rh_play_run *run)
{
    struct rh_strategy *strategy = run->strategy;
    play->run = run;
    if (run->writer != NULL) {
        rh_trace_go_on(run->writer, run->run, run->seed, strategy, run->sink);
        strategy = rh_trace_strategy(run->writer, strategy);
    }
    rh_world_reseed(play->world, run->seed);
    rh_world_set_strategy(play->world, strategy);
}

/* The judge lets go of what it holds of the run's messages when it finishes, so it always does. */
enum rh_status rh_play_act(struct rh_play *play, struct rh_play_report *ret_report)
{
    const struct rh_play_run *run = play->run;
    enum rh_status status = play->set;
    *ret_report = (struct rh_play_report){.end = RH_END_STOPPED};
    if (play->world == NULL) {
        return status;
    }
    if (status == RH_OK) {
        ret_report->end = act(play);
    }
    rh_judge_finish(run->judge, status == RH_OK ? ret_report->end : RH_END_STOPPED);
    if (run->observer != NULL) {
        rh_coverage_observer_end(run->observer);
    }
    if (status == RH_OK) {
        judge_schedule(play, ret_report->end);
        count(play, ret_report);
        status = play->status;
    }
    if (run->writer != NULL) {
        enum rh_status traced = end_trace(play, run, ret_report);
        status = status == RH_OK ? traced : status;
    }
    ret_report->is_interrupted = play->is_interrupted;
    return status;
}

void rh_play_clear(struct rh_play *play)
{
    asks_forget(play);
    lanes_end(play); /* what the run has built hangs from its nodes */
    ledger_end(&play->ledger);
    rh_world_destroy(play->world);
    play->world = NULL;
    play->run = NULL;
}

enum rh_status rh_play_run(struct rh_play *play, const struct rh_play_run *run,
                           struct rh_play_report *ret_report)
{
    rh_play_set(play, run);
    enum rh_status status = rh_play_act(play, ret_report);
    rh_play_clear(play);
    return status;
}
