/* SPDX-License-Identifier: MIT */
/* Every run is played with the judge and the trace that `rehearse run` would give it: what fails here fails there. */
#include "harness/shrink/stage.h"

#include "harness/scenario/scenario.h"

#include <string.h>

enum rh_status rh_lines_copy(const struct rh_allocator *allocator, const char *const *at,
                             size_t count, struct rh_lines *ret_lines)
{
    const struct rh_allocator *with = allocator != NULL ? allocator : rh_allocator_default();
    *ret_lines = (struct rh_lines){.allocator = with};
    if (count == 0) {
        return RH_OK;
    }
    ret_lines->at = with->allocate(with->self, count * sizeof *ret_lines->at);
    if (ret_lines->at == NULL) {
        return RH_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        size_t bytes = strlen(at[i]) + 1;
        char *line = with->allocate(with->self, bytes);
        ret_lines->at[i] = line;
        if (line == NULL) {
            for (size_t j = 0; j < i; j++) {
                with->release(with->self, ret_lines->at[j], strlen(ret_lines->at[j]) + 1);
            }
            with->release(with->self, ret_lines->at, count * sizeof *ret_lines->at);
            ret_lines->at = NULL;
            return RH_NO_MEMORY;
        }
        memcpy(line, at[i], bytes);
    }
    ret_lines->count = count;
    return RH_OK;
}

void rh_lines_deinit(struct rh_lines *lines)
{
    const struct rh_allocator *with = lines->allocator;
    for (size_t i = 0; i < lines->count; i++) {
        with->release(with->self, lines->at[i], strlen(lines->at[i]) + 1);
    }
    if (lines->at != NULL) {
        with->release(with->self, lines->at, lines->count * sizeof *lines->at);
    }
    *lines = (struct rh_lines){.allocator = with};
}

bool rh_purse_is_empty(const struct rh_purse *purse)
{
    return purse->runs_spent >= purse->runs || purse->events_spent >= purse->events ||
           (purse->go_on != NULL && !purse->go_on(purse->self));
}

/* ---- opening ---- */

/* Play without a fault, or all. */
static enum rh_status leave_out(struct rh_stage *stage, struct rh_plan *plan, uint32_t without)
{
    const struct rh_allocator *with = &stage->net.allocator;
    if (without == RH_STAGE_ALL) {
        plan->fault_count = 0;
    }
    if (without >= plan->fault_count) {
        return RH_OK;
    }
    stage->fault_count = plan->fault_count;
    stage->faults = with->allocate(with->self, plan->fault_count * sizeof *stage->faults);
    if (stage->faults == NULL) {
        return RH_NO_MEMORY;
    }
    uint32_t left = 0;
    for (uint32_t i = 0; i < plan->fault_count; i++) {
        if (i != without) {
            stage->faults[left++] = plan->faults[i];
        }
    }
    plan->faults = stage->faults;
    plan->fault_count = left;
    return RH_OK;
}

static enum rh_status set_up(struct rh_stage *stage)
{
    const struct rh_stage_options *options = &stage->options;
    const struct rh_allocator *with = &stage->net.allocator;
    struct rh_judge_options judge = {
        .allocator = with,
        .checkers = options->program == NULL ? NULL : options->program->checkers};
    enum rh_status status = rh_scenario_parse(with, options->path, stage->text, stage->length,
                                              options->program, &stage->scenario);
    if (status != RH_OK) {
        return status == RH_NO_MEMORY ? status : RH_MALFORMED;
    }
    struct rh_plan *plan = &stage->scenario->plan;
    if (options->events_max != 0 &&
        (plan->events_max == 0 || plan->events_max > options->events_max)) {
        plan->events_max = options->events_max;
    }
    status = leave_out(stage, plan, stage->without);
    status = status != RH_OK ? status : rh_play_create(stage->scenario, with, &stage->play);
    status = status == RH_OK ? rh_judge_create(&judge, &stage->judge) : status;
    status = status == RH_OK ? rh_play_judge(stage->play, stage->judge) : status;
    return status == RH_OK ? rh_trace_writer_create(with, &stage->writer) : status;
}

enum rh_status rh_stage_open(struct rh_stage *stage, const struct rh_stage_options *options,
                             const char *text, size_t length, uint32_t without)
{
    *stage = (struct rh_stage){.options = *options};
    if (stage->options.allocator == NULL) {
        stage->options.allocator = rh_allocator_default();
    }
    stage->trace.allocator = stage->options.allocator;
    stage->text = text;
    stage->length = length;
    stage->without = without;
    rh_net_init(&stage->net, stage->options.allocator);
    enum rh_status status = set_up(stage);
    return status == RH_OK || status == RH_NO_MEMORY ? status : RH_MALFORMED;
}

static void forget(struct rh_stage *stage)
{
    rh_trace_writer_destroy(stage->writer); /* the thread knows it, too */
    stage->writer = NULL;
    stage->judge = NULL;
    stage->play = NULL;
    stage->scenario = NULL;
    stage->faults = NULL;
    rh_net_forget(&stage->net);
}

void rh_stage_close(struct rh_stage *stage)
{
    if (!stage->is_wrecked) {
        rh_judge_destroy(stage->judge);
        rh_play_destroy(stage->play);
        rh_scenario_destroy(stage->scenario);
    }
    forget(stage);
    if (stage->trace.bytes != NULL) {
        stage->trace.allocator->release(stage->trace.allocator->self, stage->trace.bytes,
                                        stage->trace.capacity);
    }
    *stage = (struct rh_stage){0};
}

/* ---- playing ---- */

struct performance {
    struct rh_stage *stage;
    struct rh_strategy *strategy;
    struct rh_play_report report;
    enum rh_status status;
};

static void perform(void *self)
{
    struct performance *it = self;
    struct rh_stage *stage = it->stage;
    struct rh_trace_sink sink = rh_trace_sink_memory(&stage->trace);
    const struct rh_play_run run = {
        .strategy = it->strategy,
        .seed = stage->options.seed,
        .by_instants = stage->by_instants,
        .judge = stage->judge,
        .writer = stage->writer,
        .sink = &sink,
    };
    it->status = rh_play_run(stage->play, &run, &it->report);
}

/* What came of a run that came to its end. */
static enum rh_status look(struct rh_stage *stage, const struct performance *it,
                           struct rh_outcome_of_run *ret_outcome)
{
    enum rh_status status = it->status == RH_OK ? rh_judge_status(stage->judge) : it->status;
    status = status == RH_OK && it->report.end == RH_END_NO_MEMORY ? RH_NO_MEMORY : status;
    if (status != RH_OK) {
        return status;
    }
    bool is_cut = rh_strategy_cuts(it->strategy) && !rh_judge_has_failed(stage->judge);
    ret_outcome->counts = !is_cut;
    ret_outcome->steps = it->report.events;
    ret_outcome->end = it->report.end;
    if (rh_judge_violation(stage->judge) == NULL) {
        return RH_OK;
    }
    status = rh_fingerprint_read(&ret_outcome->failure, stage->options.allocator,
                                 stage->trace.bytes, stage->trace.size);
    return status == RH_OK || status == RH_NO_MEMORY ? status : RH_DIVERGED; /* not as it was */
}

enum rh_status rh_stage_play(struct rh_stage *stage, struct rh_strategy *strategy,
                             struct rh_outcome_of_run *ret_outcome)
{
    struct rh_purse *purse = stage->options.purse;
    struct performance it = {.stage = stage, .strategy = strategy, .status = RH_OK};
    *ret_outcome = (struct rh_outcome_of_run){.end = RH_END_STOPPED};
    if (rh_purse_is_empty(purse)) {
        return RH_LIMIT;
    }
    if (stage->is_wrecked) {
        forget(stage);
        it.status = set_up(stage);
        stage->is_wrecked = it.status != RH_OK;
    }
    if (it.status != RH_OK) {
        return it.status;
    }
    stage->trace.size = 0;
    purse->runs_spent++;
    if (!rh_net_catch(perform, &it)) {
        ret_outcome->panicked = true;
        stage->is_wrecked = true;
        return RH_OK;
    }
    purse->events_spent += it.report.events;
    return look(stage, &it, ret_outcome);
}

static enum rh_status play_transcribed(struct rh_stage *stage, struct rh_strategy *strategy,
                                       struct rh_outcome_of_run *ret_outcome,
                                       struct rh_lines *ret_lines)
{
    struct rh_strategy *transcript = NULL;
    enum rh_status status = rh_strategy_transcript(stage->options.allocator, strategy, &transcript);
    if (status != RH_OK) {
        return status;
    }
    rh_strategy_begin(transcript);
    status = rh_stage_play(stage, transcript, ret_outcome);
    if (status == RH_OK && transcript->status == RH_NO_MEMORY) {
        status = RH_NO_MEMORY;
    }
    if (status == RH_OK && ret_lines != NULL) {
        size_t count = 0;
        const char *const *lines = rh_strategy_transcript_lines(transcript, &count);
        status = rh_lines_copy(stage->options.allocator, lines, count, ret_lines);
    }
    if (!ret_outcome->panicked) {
        (void)rh_strategy_end(transcript);
    }
    rh_strategy_destroy(transcript);
    return status;
}

enum rh_status rh_stage_follow(struct rh_stage *stage, const char *const *lines, size_t count,
                               bool is_lenient, struct rh_outcome_of_run *ret_outcome,
                               struct rh_lines *ret_lines)
{
    const struct rh_pinned_options options = {
        .lines = lines, .count = count, .is_lenient = is_lenient};
    struct rh_strategy *pinned = NULL;
    enum rh_status status = rh_strategy_pinned(stage->options.allocator, &options, &pinned);
    if (status != RH_OK) {
        return status;
    }
    if (ret_lines != NULL) {
        status = play_transcribed(stage, pinned, ret_outcome, ret_lines);
    } else {
        rh_strategy_begin(pinned);
        status = rh_stage_play(stage, pinned, ret_outcome);
        if (!ret_outcome->panicked) {
            (void)rh_strategy_end(pinned);
        }
    }
    rh_strategy_destroy(pinned);
    return status;
}
