/* SPDX-License-Identifier: MIT */
/*
 * Run after run: play it with processes, merge what they said, judge that, look its outcome up in the set of all that can
 * happen, and let the simulator go the same way. The last is what leaves a trace: a run of the simulator with the same
 * events, so that everything that reads traces reads it.
 *
 * Either check alone would be weaker. The outcome is computed from what the processes said, so it does not lean on the
 * simulator having followed; and the simulator compares every event, which two runs with one outcome need not share.
 */
#include "harness/live/folder.h"
#include "harness/live/guide.h"
#include "harness/live/members.h"
#include "harness/live/shadow.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct live {
    const struct rh_scenario *scenario;
    const struct rh_live_options *options;
    struct rh_result *result;
    struct rh_live_figures *figures;
    struct rh_play *play;
    struct rh_judge *judge;
    struct rh_trace_writer *writer;
    struct live_members members;
    struct rh_bytes_owned trace;
    bool is_over;
};

const char *rh_live_flaw_word(enum rh_live_flaw flaw)
{
#define X(identifier, word, sentence) word,
    static const char *const words[] = {RH_LIVE_FLAW_MAP(X)};
#undef X
    return (unsigned)flaw < RH_LIVE_FLAW_COUNT ? words[flaw] : "?";
}

static void fail(struct live *it, const struct rh_violation *violation)
{
    it->result->has_violation = true;
    it->result->violation = *violation;
    it->result->verdict = RH_VERDICT_FAILED;
    it->is_over = true;
}

static void fail_with(struct live *it, const char *invariant, const char *expected,
                      const char *observed)
{
    struct rh_violation violation = {.invariant = invariant};
    (void)snprintf(violation.expected, sizeof(violation.expected), "%s", expected);
    (void)snprintf(violation.observed, sizeof(violation.observed), "%s", observed);
    fail(it, &violation);
}

/* ---- one run ---- */

/* The simulator goes the same way. */
static enum rh_status follow(struct live *it, const struct director *run,
                             const struct live_order *order, const struct live_shadow *shadow)
{
    struct guide *guide = NULL;
    enum rh_status status = guide_create(run, order, &guide);
    if (status != RH_OK) {
        return status;
    }
    it->trace.size = 0;
    const struct rh_trace_sink sink = rh_trace_sink_memory(&it->trace);
    const struct rh_play_run how = {
        .strategy = guide_strategy(guide),
        .seed = live_actors_seed(run->plan),
        .run = it->result->runs,
        .time_free = true,
        .as_processes = true,
        .clock_is_told = true,
        .judge = it->judge,
        .writer = it->writer,
        .sink = &sink,
        .begun = guide_begun,
        .self = guide,
    };
    struct rh_play_report report;
    status = rh_play_run(it->play, &how, &report);
    if (status == RH_OK) {
        status = guide_strategy(guide)->status;
    }
    const struct rh_violation *violation = rh_judge_violation(it->judge);
    const char *difference = guide_difference(guide);
    if (status == RH_OK && difference != NULL && violation == NULL) {
        fail_with(it, "live/order", "a run that the simulator can go along with", difference);
    } else if (status == RH_OK && violation != NULL) {
        fail(it, violation);
    } else if (status == RH_OK &&
               memcmp(report.outcome, shadow->outcome, sizeof(report.outcome)) != 0) {
        fail_with(it, "live/outcome", "the outcome that the simulator has after the same events",
                  "another one");
    } else if (status == RH_OK) {
        it->figures->followed++;
        rh_trace_digest_add(it->result->digest, report.digest);
    }
    guide_destroy(guide);
    return status;
}

static enum rh_status judge_run(struct live *it, const struct director *run)
{
    struct live_order order;
    struct live_shadow shadow;
    bool is_member = false;
    enum rh_status status = live_merge(run, &order);
    if (status != RH_OK) {
        return status;
    }
    status = live_shadow(run, &order, &shadow);
    if (status == RH_OK) {
        it->result->events += shadow.events;
        status = live_members_look_up(&it->members, shadow.outcome, &is_member);
    }
    if (status == RH_OK) {
        it->figures->members += is_member;
        status = follow(it, run, &order, &shadow);
    }
    /* What the processes themselves have shown goes before what the simulator says of it; where both say the same, the
     * simulator knows names, and the steps of the trace. */
    bool is_said = it->result->has_violation && shadow.has_violation &&
                   strcmp(it->result->violation.invariant, shadow.violation.invariant) == 0;
    if (status == RH_OK && shadow.has_violation && !is_said) {
        fail(it, &shadow.violation);
    } else if (status == RH_OK && !is_member && it->members.is_complete) {
        char difference[RH_VIOLATION_TEXT_BYTES] = "an outcome that none of them has";
        if (it->result->has_violation) {
            (void)snprintf(difference, sizeof(difference),
                           "an outcome that none of them has; %.400s",
                           it->result->violation.observed);
        }
        fail_with(it, "live/member", "one of the outcomes that the simulator can have", difference);
    }
    live_order_free(&order);
    return status;
}

static enum rh_status play_once(struct live *it, uint64_t number)
{
    struct director run = {
        .scenario = it->scenario,
        .plan = &it->scenario->plan,
        .play = it->play,
        .options = it->options,
        .seed = it->options->seed + number,
    };
    run.shuffle = number % 2 == 0 ? 0 : (run.seed + 1) * UINT64_C(0x9e3779b97f4a7c15);
    enum director_end end = director_play(&run);
    enum rh_status status = RH_OK;
    switch (end) {
    case DIRECTOR_RESTED:
        it->result->runs++;
        status = judge_run(it, &run);
        break;
    case DIRECTOR_BUSY:
        it->result->runs++;
        fail_with(it, "live/rest", "that the processes come to rest", "they do not, in 20s");
        break;
    case DIRECTOR_FAILED:
        it->result->verdict = RH_VERDICT_ERROR;
        (void)snprintf(it->result->why, sizeof(it->result->why), "%.200s", run.why);
        it->is_over = true;
        break;
    case DIRECTOR_STOPPED:
        it->is_over = true;
        break;
    }
    if (it->is_over && it->result->seed == 0) {
        it->result->seed = run.seed;
    }
    director_deinit(&run);
    return status;
}

/* ---- all of them ---- */

static enum rh_status prepare(struct live *it)
{
    const struct rh_program *program = it->scenario->program;
    const struct rh_judge_options judge = {.checkers = program == NULL ? NULL : program->checkers,
                                           .except = rh_live_unasked(it->scenario)};
    enum rh_status status = rh_play_create(it->scenario, NULL, &it->play);
    if (status == RH_OK) {
        status = live_members_find(&it->members, it->play, live_actors_seed(&it->scenario->plan),
                                   rh_live_needs_all_orders(it->scenario), it->options);
    }
    status = status == RH_OK ? rh_judge_create(&judge, &it->judge) : status;
    if (status == RH_OK && !rh_live_minds_time(it->scenario)) {
        status = rh_play_judge(it->play, it->judge);
    }
    return status == RH_OK ? rh_trace_writer_create(NULL, &it->writer) : status;
}

static void give_verdict(struct live *it, bool was_stopped)
{
    struct rh_result *result = it->result;
    result->outcomes = it->members.seen.count;
    it->figures->simulated = it->members.all.count;
    it->figures->is_complete = it->members.is_complete;
    it->figures->seen = it->members.seen.count;
    if (result->has_violation ||
        (it->is_over && result->verdict == RH_VERDICT_ERROR && result->why[0] != '\0')) {
        return;
    }
    if (was_stopped) {
        result->verdict = RH_VERDICT_SKIPPED;
        (void)snprintf(result->why, sizeof(result->why), "interrupted after %" PRIu64 " runs",
                       result->runs);
    } else if (!it->members.is_complete) {
        result->verdict = RH_VERDICT_UNKNOWN;
        (void)snprintf(result->why, sizeof(result->why),
                       "%s; the simulator went along with %" PRIu64 " of %" PRIu64 " runs",
                       it->members.why[0] == '\0' ? "not every simulated outcome is known"
                                                  : it->members.why,
                       it->figures->followed, result->runs);
    } else {
        result->verdict = RH_VERDICT_PASSED;
        (void)snprintf(
            result->why, sizeof(result->why),
            "%" PRIu64 " of %" PRIu64 " simulated outcomes were seen live, %" PRIu64 " never",
            it->figures->seen, it->figures->simulated, it->figures->simulated - it->figures->seen);
    }
}

static enum rh_status play_all(struct live *it)
{
    uint64_t runs = it->options->runs == 0 ? 1 : it->options->runs;
    const struct rh_live_options *options = it->options;
    enum rh_status status = prepare(it);
    bool was_stopped = false;
    folders_clean();
    for (uint64_t i = 0; i < runs && status == RH_OK && !it->is_over; i++) {
        was_stopped = options->go_on != NULL && !options->go_on(options->self, i);
        if (was_stopped) {
            break;
        }
        status = play_once(it, i);
    }
    was_stopped = was_stopped || (options->go_on != NULL && !options->go_on(options->self, runs));
    if (status == RH_OK) {
        give_verdict(it, was_stopped);
    }
    return status;
}

enum rh_status rh_live_run(const struct rh_scenario *scenario,
                           const struct rh_live_options *options, struct rh_result *ret_result,
                           struct rh_live_figures *ret_figures)
{
    char buffer[sizeof(ret_result->why)];
    const char *obstacle = rh_live_obstacle(scenario, buffer, sizeof(buffer));
    *ret_figures = (struct rh_live_figures){.seen = 0};
    *ret_result = (struct rh_result){
        .path = rh_scenario_path(scenario),
        .title = rh_scenario_title(scenario),
        .verdict = RH_VERDICT_ERROR,
        .strategy = NULL,
    };
    if (obstacle != NULL) {
        ret_result->verdict = RH_VERDICT_SKIPPED;
        (void)snprintf(ret_result->why, sizeof(ret_result->why), "%s", obstacle);
        return RH_OK;
    }
    struct live it = {
        .scenario = scenario, .options = options, .result = ret_result, .figures = ret_figures};
    it.trace.allocator = rh_allocator_default();
    enum rh_status status = play_all(&it);
    if (status != RH_OK) {
        ret_result->verdict = RH_VERDICT_ERROR;
        (void)snprintf(ret_result->why, sizeof(ret_result->why), "%s", rh_status_sentence(status));
    }
    if (ret_result->has_violation || options->keep_trace) {
        ret_result->trace = it.trace;
        it.trace = (struct rh_bytes_owned){0};
    }
    if (it.trace.bytes != NULL) {
        it.trace.allocator->release(it.trace.allocator->self, it.trace.bytes, it.trace.capacity);
    }
    rh_trace_writer_destroy(it.writer);
    rh_judge_destroy(it.judge);
    live_members_free(&it.members);
    rh_play_destroy(it.play);
    return status;
}
