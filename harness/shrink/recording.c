/* SPDX-License-Identifier: MIT */
/*
 * A recording holds numbers of candidates, which mean something in that run only. So it is played once more and written down
 * in lines. What fifo did is done by following no lines at all; what dpor found is an order, which is had again by following
 * it, or by looking for it anew.
 */
#include "harness/shrink/recording.h"

#include "harness/scenario/scenario.h"

#include <string.h>

static bool is_word(struct rh_text text, const char *word)
{
    return text.size == strlen(word) && memcmp(text.bytes, word, text.size) == 0;
}

/* Two passes: count, then keep. */
static enum rh_status collect(struct rh_recording *recording)
{
    const struct rh_allocator *with = recording->allocator;
    struct rh_trace_item item;
    for (int pass = 0; pass < 2; pass++) {
        size_t count = 0;
        rh_trace_rewind(&recording->reader);
        while (rh_trace_next(&recording->reader, &item) == RH_OK) {
            if (item.code == RH_TRACE_DECISION && pass == 1) {
                recording->decisions[count] = item.decision;
            }
            count += item.code == RH_TRACE_DECISION;
        }
        if (pass == 0) {
            recording->decision_count = count;
            recording->decisions =
                with->allocate(with->self, (count + 1) * sizeof *recording->decisions);
            if (recording->decisions == NULL) {
                return RH_NO_MEMORY;
            }
        }
    }
    recording->steps = recording->reader.step;
    return RH_OK;
}

static enum rh_status take_path(struct rh_recording *recording)
{
    const struct rh_allocator *with = recording->allocator;
    struct rh_text path = recording->reader.info.path;
    recording->path = with->allocate(with->self, path.size + 1);
    if (recording->path == NULL) {
        return RH_NO_MEMORY;
    }
    if (path.size > 0) {
        memcpy(recording->path, path.bytes, path.size);
    }
    recording->path[path.size] = '\0';
    return RH_OK;
}

enum rh_status rh_recording_open(struct rh_recording *recording,
                                 const struct rh_allocator *allocator, const uint8_t *trace,
                                 size_t size)
{
    *recording =
        (struct rh_recording){.allocator = allocator != NULL ? allocator : rh_allocator_default()};
    enum rh_status status = rh_trace_open(&recording->reader, recording->allocator, trace, size);
    if (status == RH_OK && !recording->reader.info.has_scenario) {
        status = RH_INVALID;
    }
    if (status == RH_OK) {
        recording->seed = recording->reader.info.seed;
        status = rh_fingerprint_read(&recording->failure, recording->allocator, trace, size);
    }
    if (status == RH_OK && recording->failure.invariant[0] == '\0') {
        status = RH_NOT_FOUND;
    }
    status = status == RH_OK ? take_path(recording) : status;
    return status == RH_OK ? collect(recording) : status;
}

void rh_recording_close(struct rh_recording *recording)
{
    const struct rh_allocator *with = recording->allocator;
    if (with == NULL) {
        return;
    }
    rh_trace_close(&recording->reader);
    if (recording->path != NULL) {
        with->release(with->self, recording->path, recording->reader.info.path.size + 1);
    }
    if (recording->decisions != NULL) {
        with->release(with->self, recording->decisions,
                      (recording->decision_count + 1) * sizeof *recording->decisions);
    }
    *recording = (struct rh_recording){0};
}

/* The strategy that does what was done. */
static enum rh_status again(const struct rh_recording *recording, const struct rh_plan *plan,
                            struct rh_strategy **ret_strategy)
{
    struct rh_text word = recording->reader.info.strategy;
    if (is_word(word, "fifo") || is_word(word, "pinned")) {
        bool is_pinned = is_word(word, "pinned");
        const struct rh_pinned_options options = {.lines = is_pinned ? plan->schedule.at : NULL,
                                                  .count = is_pinned ? plan->schedule.count : 0};
        return rh_strategy_pinned(recording->allocator, &options, ret_strategy);
    }
    return rh_strategy_replay(recording->allocator, recording->decisions, recording->decision_count,
                              ret_strategy);
}

static enum rh_status play_again(const struct rh_recording *recording, struct rh_trial *trial,
                                 struct rh_stage *stage, bool *ret_fails)
{
    struct rh_strategy *inner = NULL;
    struct rh_strategy *transcript = NULL;
    struct rh_outcome_of_run outcome = {.end = RH_END_STOPPED};
    const struct rh_allocator *with = recording->allocator;
    *ret_fails = false;
    enum rh_status status = again(recording, &stage->scenario->plan, &inner);
    status = status == RH_OK ? rh_strategy_transcript(with, inner, &transcript) : status;
    if (status == RH_OK) {
        size_t count = 0;
        stage->by_instants = is_word(recording->reader.info.strategy, "dpor");
        rh_strategy_begin(transcript);
        status = rh_stage_play(stage, transcript, &outcome);
        const char *const *lines = rh_strategy_transcript_lines(transcript, &count);
        *ret_fails = status == RH_OK && rh_fingerprint_same(&outcome.failure, &recording->failure);
        if (*ret_fails) {
            rh_lines_deinit(&trial->run);
            status = rh_lines_copy(with, lines, count, &trial->run);
        }
        (void)rh_strategy_end(transcript);
    }
    rh_strategy_destroy(transcript);
    rh_strategy_destroy(inner);
    return status;
}

enum rh_status rh_recording_begin(const struct rh_recording *recording, struct rh_trial *trial)
{
    const struct rh_trace_info *info = &recording->reader.info;
    const char *text = info->scenario.bytes;
    size_t length = info->scenario.size;
    struct rh_stage stage;
    bool fails = false;
    enum rh_status status = rh_stage_open(&stage, &trial->stage, text, length, RH_STAGE_NONE);
    if (status == RH_OK) {
        status = play_again(recording, trial, &stage, &fails);
    }
    rh_stage_close(&stage);
    if (status == RH_OK && fails) {
        status = rh_trial_begin(trial, text, length, (const char *const *)trial->run.at,
                                trial->run.count);
        fails = status == RH_OK && rh_fingerprint_same(&trial->wanted, &recording->failure);
    }
    if ((status == RH_OK || status == RH_NOT_FOUND) && !fails) {
        status = rh_trial_look_for(trial, text, length, &recording->failure, recording->steps);
    }
    return status == RH_MALFORMED ? RH_INVALID : status;
}
