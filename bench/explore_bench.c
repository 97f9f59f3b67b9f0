/* SPDX-License-Identifier: MIT */
/* Eight senders, one receiver, a message each, in every order: 8! runs of 8 events, which are classes as well. Each is
 * checked and digested. Rows:
 *
 *      fifo            the floor: as many runs in sending order, set up each, with the same checks and footprints
 *      dpor            each class once
 *      exhaustive      every order
 *      exhaustive_2    the same, with two workers
 *
 *  An operation is an event that was executed, prefixes that were played again included. */
#include "bench/measure.h"

#include <rehearse/scenario.h>

#include "harness/play/play.h"

#include <string.h>

#define SENDERS 8u

static const char text[] = "scenario: eight senders\n"
                           "actors:\n"
                           "  receiver: sink\n"
                           "  s1: {behaviour: sender, with: {to: <receiver>}}\n"
                           "  s2: {behaviour: sender, with: {to: <receiver>}}\n"
                           "  s3: {behaviour: sender, with: {to: <receiver>}}\n"
                           "  s4: {behaviour: sender, with: {to: <receiver>}}\n"
                           "  s5: {behaviour: sender, with: {to: <receiver>}}\n"
                           "  s6: {behaviour: sender, with: {to: <receiver>}}\n"
                           "  s7: {behaviour: sender, with: {to: <receiver>}}\n"
                           "  s8: {behaviour: sender, with: {to: <receiver>}}\n";

static const char *row;

static struct rh_scenario *load(void)
{
    struct rh_scenario *scenario = NULL;
    enum rh_status status =
        rh_scenario_parse(NULL, "explore.yaml", text, sizeof text - 1, NULL, &scenario);
    measure_require(status == RH_OK, "no scenario");
    return scenario;
}

/* ---- the floor: the oldest first, by a strategy that is told of every step as dpor is ---- */

static uint32_t oldest(struct rh_strategy *self, enum rh_site site, uint32_t count,
                       const struct rh_candidate *candidates)
{
    (void)self;
    (void)site;
    (void)count;
    (void)candidates;
    return 0;
}

static void ignore(struct rh_strategy *self, const struct rh_followed *deed)
{
    (void)self;
    (void)deed;
}

static bool end(struct rh_strategy *self)
{
    (void)self;
    return true;
}

static uint64_t run_fifo(uint64_t runs)
{
    static const struct rh_strategy_functions functions = {
        .name = "fifo", .below = oldest, .did = ignore, .end = end};
    const struct rh_judge_options options = {.only = NULL};
    struct rh_strategy strategy = {.functions = &functions};
    struct rh_scenario *scenario = load();
    struct rh_play *play = NULL;
    struct rh_judge *judge = NULL;
    struct rh_trace_writer *writer = NULL;
    bool good = rh_play_create(scenario, rh_allocator_default(), &play) == RH_OK &&
                rh_judge_create(&options, &judge) == RH_OK && rh_play_judge(play, judge) == RH_OK &&
                rh_trace_writer_create(NULL, &writer) == RH_OK;
    measure_require(good, "no play");
    uint64_t begin = measure_now_ns();
    for (uint64_t i = 0; i < runs; i++) {
        const struct rh_play_run run = {
            .strategy = &strategy, .seed = 1, .run = i, .judge = judge, .writer = writer};
        struct rh_play_report report;
        good = rh_play_run(play, &run, &report) == RH_OK && report.events == SENDERS;
        measure_require(good && rh_judge_violation(judge) == NULL, "a run that went wrong");
    }
    uint64_t elapsed = measure_now_ns() - begin;
    rh_trace_writer_destroy(writer);
    rh_judge_destroy(judge);
    rh_play_destroy(play);
    rh_scenario_destroy(scenario);
    return elapsed;
}

/* ---- explorations ---- */

static uint64_t run_explore(uint64_t runs)
{
    bool is_dpor = strcmp(row, "dpor") == 0;
    const struct rh_scenario_strategy strategy = {.name = is_dpor ? "dpor" : "exhaustive"};
    const struct rh_explore_options options = {.strategies = &strategy,
                                               .strategy_count = 1,
                                               .runs_max = runs,
                                               .jobs = strcmp(row, "exhaustive_2") == 0 ? 2 : 1};
    struct rh_scenario *scenario = load();
    struct rh_result result;
    uint64_t begin = measure_now_ns();
    enum rh_status status = rh_scenario_explore(scenario, &options, &result);
    uint64_t elapsed = measure_now_ns() - begin;
    bool good = status == RH_OK && !result.has_violation && result.runs == runs &&
                result.events == runs * SENDERS && result.blocked == 0;
    measure_require(good, "an exploration that went wrong");
    rh_result_deinit(&result);
    rh_scenario_destroy(scenario);
    return elapsed;
}

int main(int argc, char **argv)
{
    measure_require(argc == 4, "explore_bench ROW explore RUNS");
    row = argv[1];
    bool is_floor = strcmp(row, "fifo") == 0;
    const struct measure_entry entries[] = {{"explore", is_floor ? run_fifo : run_explore, SENDERS},
                                            {NULL, NULL, 0}};
    return measure_main(is_floor ? "floor" : "rehearse", row, entries, argv[2], argv[3]);
}
