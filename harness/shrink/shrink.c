/* SPDX-License-Identifier: MIT */
/*
 * The stages, each of which leaves something that fails by itself: the recorded run again, in lines; the document, first
 * with runs that go as the last one did, which is cheap, then with a search for each version; lesser faults and smaller
 * numbers; the schedule; and last, what a person wants to know of the result, its neighbour and the point of no return.
 *
 * Whatever ends it early, an empty purse or somebody who has no time, leaves a scenario that fails, only a larger one.
 */
#include "harness/shrink/shrink.h"

#include "harness/scenario/scenario.h"
#include "harness/shrink/draft.h"
#include "harness/shrink/recording.h"
#include "harness/shrink/reduce.h"
#include "harness/shrink/write.h"

#include <string.h>

#define RUNS 20000u
#define EVENTS UINT64_C(5000000)
/* Of both, what pinning and looking at the result may cost besides. */
#define PART_AFTER 4u
/* A run that cannot be had so often is not to be made small. */
#define TRIES_LEAST 20u

struct shrinking {
    const struct rh_shrink_options *options;
    struct rh_shrunk *shrunk;
    struct rh_purse purse;
    uint64_t runs; /* that the whole may take */
    uint64_t events;
    struct rh_recording recording;
    struct rh_trial trial;
    struct rh_draft draft;
    struct rh_text_buffer body; /* the draft, written */
};

static void measure(const struct rh_scenario *scenario, uint64_t steps, struct rh_shrink_size *size)
{
    size_t length = 0;
    const char *text = rh_scenario_text(scenario, &length);
    *size = (struct rh_shrink_size){
        .steps = steps,
        .actors = scenario->plan.actor_count,
        .faults = scenario->plan.fault_count,
    };
    for (size_t i = 0; i < length; i++) {
        size->lines += text[i] == '\n';
    }
}

/* ---- the document ---- */

/* What a scenario says about its exploration and about itself is not part of the failure. */
static void strike_trimmings(struct rh_draft *draft)
{
    static const char *const keys[] = {"about",         "covers",  "expect_failure", "skip",
                                       "allow_vacuous", "explore", "schedule"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct rh_draft_node *node = rh_draft_find(draft->root, keys[i]);
        if (node != NULL) {
            node->is_gone = true;
        }
    }
}

static enum rh_status write_body(struct shrinking *it)
{
    rh_text_buffer_deinit(&it->body);
    rh_text_buffer_init(&it->body, it->shrunk->allocator, RH_SOURCE_BYTES_MAX);
    rh_draft_write(&it->draft, &it->body);
    return it->body.status;
}

static enum rh_status shorten(struct shrinking *it, bool *ret_is_shorter)
{
    enum rh_status status = write_body(it);
    *ret_is_shorter = false;
    return status == RH_OK ? rh_trial_shorten(&it->trial, rh_text_buffer_text(&it->body),
                                              it->body.length, ret_is_shorter)
                           : status;
}

static enum rh_status reduce(struct shrinking *it)
{
    struct rh_reduction reduction = {&it->draft, &it->trial, 0};
    uint64_t before = 0;
    bool is_shorter = false;
    struct rh_slice slice;
    it->trial.is_thorough = false;
    enum rh_status status = rh_slice_init(&slice, it->shrunk->allocator, it->recording.reader.bytes,
                                          it->recording.reader.size);
    status = status == RH_OK ? rh_reduce_to_slice(&reduction, &slice) : status;
    rh_slice_deinit(&slice);
    status = status == RH_OK ? rh_reduce(&reduction) : status;
    status = status == RH_OK ? rh_weaken(&reduction) : status; /* a thousand turns cost as many */
    it->trial.is_thorough = true;
    do {
        before = reduction.kept;
        status = status == RH_OK ? rh_reduce(&reduction) : status;
        status = status == RH_OK ? rh_weaken(&reduction) : status;
        status = status == RH_OK ? shorten(it, &is_shorter) : status;
    } while (status == RH_OK && (reduction.kept != before || is_shorter));
    return status;
}

static enum rh_status make_draft(struct shrinking *it)
{
    const struct rh_trace_info *info = &it->recording.reader.info;
    enum rh_status status =
        rh_scenario_parse(it->shrunk->allocator, it->recording.path, info->scenario.bytes,
                          info->scenario.size, it->options->program, &it->shrunk->scenario);
    if (status != RH_OK) {
        return status == RH_NO_MEMORY ? status : RH_INVALID;
    }
    return rh_draft_init(&it->draft, it->shrunk->allocator, &it->shrunk->scenario->document);
}

/* Streams of actors that draw nothing are the same for every seed. */
static void drop_seed(struct shrinking *it)
{
    struct rh_trial *trial = &it->trial;
    uint64_t seed = trial->stage.seed;
    enum rh_trial_answer answer = RH_TRIAL_HOLDS;
    bool was_thorough = trial->is_thorough;
    trial->stage.seed = 1;
    trial->is_thorough = false;
    trial->known_count = 0; /* it was never tried with this seed */
    if (trial->known != NULL) {
        memset(trial->known, 0, trial->known_capacity * sizeof *trial->known);
    }
    enum rh_status status =
        seed == 1 ? RH_OK
                  : rh_trial_try(trial, rh_text_buffer_text(&it->body), it->body.length, &answer);
    if (status != RH_OK || (seed != 1 && answer != RH_TRIAL_FAILS)) {
        trial->stage.seed = seed;
    }
    trial->is_thorough = was_thorough;
}

/* ---- the result ---- */

static enum rh_status take_text(const struct shrinking *it, const struct rh_text_buffer *text,
                                char **ret_text, size_t *ret_length)
{
    const struct rh_allocator *with = it->shrunk->allocator;
    if (text->status != RH_OK) {
        return text->status;
    }
    *ret_text = with->allocate(with->self, text->length + 1);
    if (*ret_text == NULL) {
        return RH_NO_MEMORY;
    }
    memcpy(*ret_text, rh_text_buffer_text(text), text->length + 1);
    *ret_length = text->length;
    return RH_OK;
}

/* Play the scenario as anybody would who gets it. RH_DIVERGED: it does not do what it should. */
static enum rh_status play_result(struct shrinking *it)
{
    struct rh_shrunk *shrunk = it->shrunk;
    struct rh_scenario *scenario = NULL;
    struct rh_result result = {0};
    const char *path = it->options->path != NULL ? it->options->path : it->recording.path;
    enum rh_status status = rh_scenario_parse(shrunk->allocator, path, shrunk->text, shrunk->length,
                                              it->options->program, &scenario);
    status = status == RH_OK ? rh_scenario_explore(scenario, NULL, &result) : status;
    if (status == RH_OK && (!result.has_violation || result.trace.size == 0)) {
        status = RH_DIVERGED;
    }
    if (status == RH_OK) {
        status = rh_fingerprint_read(&shrunk->failure, shrunk->allocator, result.trace.bytes,
                                     result.trace.size);
    }
    if (status == RH_OK && !rh_fingerprint_same(&shrunk->failure, &it->trial.wanted)) {
        status = RH_DIVERGED;
    }
    if (status == RH_OK) {
        measure(scenario, result.events, &shrunk->after);
        shrunk->trace = result.trace;
        result.trace = (struct rh_bytes_owned){0};
    }
    rh_result_deinit(&result);
    rh_scenario_destroy(scenario);
    return status == RH_MALFORMED ? RH_DIVERGED : status;
}

static enum rh_status make_result(struct shrinking *it, const struct rh_lines *schedule,
                                  const char *strategy)
{
    struct rh_shrunk *shrunk = it->shrunk;
    struct rh_text_buffer text;
    const struct rh_write what = {
        .body = rh_text_buffer_text(&it->body),
        .path = it->recording.path,
        .failure = &it->trial.last,
        .schedule = schedule,
        .strategy = strategy,
        .seed = it->trial.stage.seed,
    };
    rh_text_buffer_init(&text, shrunk->allocator, RH_SOURCE_BYTES_MAX);
    rh_write_shrunk(&what, &text);
    enum rh_status status = take_text(it, &text, &shrunk->text, &shrunk->length);
    rh_text_buffer_deinit(&text);
    if (status == RH_OK && shrunk->regression == NULL) {
        rh_text_buffer_init(&text, shrunk->allocator, RH_SOURCE_BYTES_MAX);
        rh_write_regression(&what, "dpor", &text);
        status = take_text(it, &text, &shrunk->regression, &shrunk->regression_length);
        rh_text_buffer_deinit(&text);
    }
    return status == RH_OK ? play_result(it) : status;
}

static void drop_trace(struct rh_bytes_owned *trace)
{
    if (trace->bytes != NULL) {
        trace->allocator->release(trace->allocator->self, trace->bytes, trace->capacity);
    }
}

static void drop_text(struct rh_shrunk *shrunk)
{
    const struct rh_allocator *with = shrunk->allocator;
    if (shrunk->text != NULL) {
        with->release(with->self, shrunk->text, shrunk->length + 1);
    }
    if (shrunk->regression != NULL) {
        with->release(with->self, shrunk->regression, shrunk->regression_length + 1);
    }
    shrunk->text = NULL;
    shrunk->regression = NULL;
}

static enum rh_status pin(struct shrinking *it)
{
    struct rh_shrunk *shrunk = it->shrunk;
    struct rh_stage stage;
    const char *body = rh_text_buffer_text(&it->body);
    /* Whatever was spent before: without this there is no result. */
    it->purse.runs = it->purse.runs_spent + it->runs / PART_AFTER + 8;
    it->purse.events = it->purse.events_spent + it->events / PART_AFTER + 8 * it->trial.steps;
    enum rh_status status =
        rh_stage_open(&stage, &it->trial.stage, body, it->body.length, RH_STAGE_NONE);
    if (status == RH_OK) {
        status = rh_lines_minimise(&it->trial, &stage, &shrunk->schedule);
    }
    shrunk->is_whole = shrunk->is_whole && status == RH_OK;
    status = status == RH_LIMIT ? RH_OK : status;
    if (status == RH_OK) {
        status = make_result(it, &shrunk->schedule, "fifo");
    }
    if (status == RH_DIVERGED && shrunk->schedule.count == 0) {
        drop_text(shrunk);
        status = make_result(it, &shrunk->schedule, "pinned"); /* of no lines is nearly that */
    }
    if (status == RH_DIVERGED && shrunk->schedule.count < it->trial.run.count) {
        drop_text(shrunk); /* what is oldest is not what it seemed: pin everything */
        rh_lines_deinit(&shrunk->schedule);
        status = rh_lines_copy(shrunk->allocator, (const char *const *)it->trial.run.at,
                               it->trial.run.count, &shrunk->schedule);
        status = status == RH_OK ? make_result(it, &shrunk->schedule, "pinned") : status;
        shrunk->is_whole = false;
    }
    if (status == RH_OK) {
        status = rh_lines_copy(shrunk->allocator, (const char *const *)it->trial.run.at,
                               it->trial.run.count, &shrunk->run);
    }
    rh_stage_close(&stage);
    return status;
}

/* ---- around the result: nothing here changes it ---- */

/* Play a run again for its trace. What cannot be played is no trace, and no error. */
static enum rh_status record(struct shrinking *it, const struct rh_lines *run, uint32_t without,
                             struct rh_bytes_owned *ret_trace)
{
    struct rh_stage stage;
    struct rh_outcome_of_run outcome;
    struct rh_purse purse = {.runs = 1, .events = UINT64_MAX};
    struct rh_stage_options options = it->trial.stage;
    options.purse = &purse;
    enum rh_status status =
        rh_stage_open(&stage, &options, rh_text_buffer_text(&it->body), it->body.length, without);
    if (status == RH_OK) {
        status =
            rh_stage_follow(&stage, (const char *const *)run->at, run->count, true, &outcome, NULL);
    }
    if (status == RH_OK && outcome.counts) {
        *ret_trace = stage.trace;
        stage.trace = (struct rh_bytes_owned){.allocator = it->shrunk->allocator};
    }
    rh_stage_close(&stage);
    return status == RH_NO_MEMORY ? status : RH_OK;
}

static enum rh_status record_neighbour(struct shrinking *it)
{
    struct rh_shrunk *shrunk = it->shrunk;
    const struct rh_neighbour *neighbour = &shrunk->neighbour;
    bool is_pinned = neighbour->difference == RH_DIFFERENCE_FAULT && neighbour->fault != UINT32_MAX;
    enum rh_status status = RH_OK;
    if (neighbour->difference != RH_DIFFERENCE_NONE) {
        status = record(it, &neighbour->run, is_pinned ? neighbour->fault : RH_STAGE_NONE,
                        &shrunk->nearest_trace);
    } else if (shrunk->too_late.is_known) {
        status = record(it, &shrunk->too_late.passing, RH_STAGE_NONE, &shrunk->nearest_trace);
    }
    if (status == RH_OK && neighbour->failing.count > 0) {
        status = record(it, &neighbour->failing, RH_STAGE_NONE, &shrunk->beside_trace);
    }
    return status;
}

static enum rh_status look_around(struct shrinking *it)
{
    struct rh_shrunk *shrunk = it->shrunk;
    struct rh_stage stage;
    struct rh_purse purse = {.runs = it->runs / PART_AFTER,
                             .events = it->events / PART_AFTER,
                             .go_on = it->options->go_on,
                             .self = it->options->self};
    struct rh_stage_options options = it->trial.stage;
    options.purse = &purse;
    const char *body = rh_text_buffer_text(&it->body);
    enum rh_status status = rh_stage_open(&stage, &options, body, it->body.length, RH_STAGE_NONE);
    if (status == RH_OK) {
        status = rh_neighbour_find(&it->trial, &stage, body, it->body.length, &shrunk->run,
                                   &shrunk->neighbour);
    }
    if (status == RH_OK) {
        status = rh_too_late_find(&stage, &shrunk->run, &it->trial.passing, &shrunk->too_late);
    }
    if (status == RH_OK && shrunk->neighbour.difference == RH_DIFFERENCE_NONE &&
        shrunk->too_late.is_known) {
        status = rh_neighbour_bridge(&it->trial, &stage, &shrunk->run, &shrunk->too_late.passing,
                                     &shrunk->neighbour);
    }
    shrunk->runs = it->purse.runs_spent + purse.runs_spent;
    shrunk->events = it->purse.events_spent + purse.events_spent;
    rh_stage_close(&stage);
    return status == RH_OK ? record_neighbour(it) : status;
}

/* ---- all of it ---- */

static enum rh_status begin(struct shrinking *it, const uint8_t *trace, size_t size)
{
    const struct rh_shrink_options *options = it->options;
    struct rh_shrunk *shrunk = it->shrunk;
    it->runs = options->runs > 0 ? options->runs : RUNS;
    it->events = options->events > 0 ? options->events : it->runs / RUNS * EVENTS;
    it->events = it->events < EVENTS && options->events == 0 ? EVENTS : it->events;
    it->purse = (struct rh_purse){
        .runs = it->runs, .events = it->events, .go_on = options->go_on, .self = options->self};
    enum rh_status status = rh_recording_open(&it->recording, shrunk->allocator, trace, size);
    if (status == RH_OK && it->recording.steps > it->events / TRIES_LEAST) {
        status = RH_LIMIT;
    }
    const struct rh_stage_options stage = {
        .allocator = shrunk->allocator,
        .program = options->program,
        .path = it->recording.path,
        .seed = it->recording.seed,
        .events_max = 4 * it->recording.steps + 1000,
        .purse = &it->purse,
    };
    rh_trial_init(&it->trial, &stage);
    it->trial.holds = options->holds;
    it->trial.holds_self = options->holds_self;
    status = status == RH_OK ? make_draft(it) : status;
    status = status == RH_OK ? rh_recording_begin(&it->recording, &it->trial) : status;
    if (status == RH_OK) {
        measure(shrunk->scenario, it->trial.steps, &shrunk->before);
        shrunk->guard = it->trial.guard;
    }
    return status;
}

/* A build in which nothing holds says nothing about the bug. */
static enum rh_status is_held(const struct shrinking *it)
{
    const struct rh_trace_info *info = &it->recording.reader.info;
    bool holds =
        it->options->holds(it->options->holds_self, info->scenario.bytes, info->scenario.size);
    return holds ? RH_OK : RH_TAKEN;
}

static enum rh_status go(struct shrinking *it)
{
    struct rh_shrunk *shrunk = it->shrunk;
    enum rh_status status = RH_OK;
    shrunk->is_whole = true;
    strike_trimmings(&it->draft);
    rh_reduce_freeze(&it->draft, it->trial.wanted.line, it->trial.wanted.column);
    if (it->options->holds != NULL) {
        status = is_held(it);
    }
    if (status == RH_OK && !it->options->only_tells) {
        status = reduce(it);
        shrunk->is_whole = status == RH_OK;
        status = status == RH_LIMIT ? RH_OK : status;
    }
    status = status == RH_OK ? write_body(it) : status;
    if (status == RH_OK) {
        drop_seed(it);
        status = pin(it);
    }
    shrunk->tries = it->trial.tries;
    return status == RH_OK ? look_around(it) : status;
}

enum rh_status rh_shrink(const struct rh_shrink_options *options, const uint8_t *trace, size_t size,
                         struct rh_shrunk *ret_shrunk)
{
    const struct rh_allocator *with =
        options->allocator != NULL ? options->allocator : rh_allocator_default();
    struct shrinking it = {.options = options, .shrunk = ret_shrunk};
    *ret_shrunk = (struct rh_shrunk){
        .allocator = with,
        .run = {.allocator = with},
        .schedule = {.allocator = with},
        .neighbour = {.run = {.allocator = with}, .failing = {.allocator = with}},
        .too_late = {.passing = {.allocator = with}}};
    rh_text_buffer_init(&it.body, with, RH_SOURCE_BYTES_MAX);
    enum rh_status status = begin(&it, trace, size);
    status = status == RH_OK ? go(&it) : status;
    rh_text_buffer_deinit(&it.body);
    rh_draft_deinit(&it.draft);
    rh_trial_deinit(&it.trial);
    rh_recording_close(&it.recording);
    return status;
}

void rh_shrunk_deinit(struct rh_shrunk *shrunk)
{
    const struct rh_allocator *with = shrunk->allocator;
    if (with == NULL) {
        return;
    }
    rh_scenario_destroy(shrunk->scenario);
    drop_text(shrunk);
    drop_trace(&shrunk->trace);
    drop_trace(&shrunk->nearest_trace);
    drop_trace(&shrunk->beside_trace);
    rh_lines_deinit(&shrunk->run);
    rh_lines_deinit(&shrunk->schedule);
    rh_neighbour_deinit(&shrunk->neighbour);
    rh_too_late_deinit(&shrunk->too_late);
    *shrunk = (struct rh_shrunk){0};
}
