/* SPDX-License-Identifier: MIT */
/* Several threads explore what one does: not one bit of a result says how many there were. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include <rehearse/scenario.h>

#include "harness/play/crew.h"

/* 7!/(2!2!3!) = 210 orders at `all`, where it is bad if all three of c come first. */
#define HEAD                                                                                       \
    "scenario: crowd\n"                                                                            \
    "time: free\n"                                                                                 \
    "behaviours:\n"                                                                                \
    "  count:\n"                                                                                   \
    "    state: {first: 0, bad: no}\n"                                                             \
    "    on:\n"                                                                                    \
    "      - {message: c, if: {$bad: no}, do: {add: {$first: 1}}}\n"                               \
    "      - {message: _, if: {$first: 3}, do: {set: {$bad: yes}}}\n"                              \
    "      - {message: _, do: {set: {$first: 9}}}\n"                                               \
    "actors:\n"                                                                                    \
    "  all: count\n"                                                                               \
    "  a: {behaviour: sender, with: {to: <all>, count: 2, message: a}}\n"                          \
    "  b: {behaviour: sender, with: {to: <all>, count: 2, message: b}}\n"                          \
    "  c: {behaviour: sender, with: {to: <all>, count: 3, message: c}}\n"
#define ALIVE "expect: {alive: all}\n"
#define NEVER "expect: [{state: {all: {$bad: no}}}]\n"

struct kind {
    const char *name;
    const char *text;
    const char *verdict;
    uint64_t runs; /**< at least */
};

static const struct kind kinds[] = {
    {"exhaustive", HEAD ALIVE "explore: {strategy: exhaustive}\n", "proved", 210},
    {"dpor", HEAD ALIVE "explore: {strategy: dpor}\n", "proved", 210},
    {"random", HEAD ALIVE "explore: {strategy: random, runs: 333, seed: 7}\n", "passed", 333},
    {"uniform", HEAD ALIVE "explore: {strategy: uniform, runs: 333, seed: 7}\n", "passed", 334},
    {"pct", HEAD ALIVE "explore: {strategy: {pct: {depth: 2}}, runs: 333, seed: 7}\n", "passed",
     334},
    {"pos", HEAD ALIVE "explore: {strategy: pos, runs: 333, seed: 7}\n", "passed", 333},
    {"fair", HEAD ALIVE "explore: {strategy: fair, runs: 333, seed: 7}\n", "passed", 333},
    {"portfolio", HEAD ALIVE "explore: {strategy: portfolio, runs: 333, seed: 7}\n", "passed", 334},
    {"few choices", HEAD ALIVE "explore: {strategy: {exhaustive: {bound: {choices: 5}}}}\n",
     "proved", 99},
    {"few preemptions",
     HEAD "  z: sink\n  y: {behaviour: sender, with: {to: <z>, count: 2}}\n" ALIVE
          "explore: {strategy: {exhaustive: {bound: {preemptions: 1}}}}\n",
     "proved", 210},
    {"few delays", HEAD ALIVE "explore: {strategy: {exhaustive: {bound: {delays: 7}}}}\n", "proved",
     99},
    {"few faults",
     HEAD "faults: [{crash: all}, {crash: a}]\nexpect: {alive: [b]}\n"
          "explore: {strategy: {exhaustive: {bound: {faults: 1}}}}\n",
     "proved", 210},
    {"a bound that cuts nothing",
     HEAD ALIVE "explore: {strategy: {exhaustive: {bound: {delays: 99}}}}\n", "proved", 210},
    {"a bound and runs spent",
     HEAD ALIVE "explore: {strategy: {exhaustive: {bound: {delays: 7}}}, budget: {runs: 90}}\n",
     "unknown", 90},
    {"a bound and too deep",
     HEAD ALIVE "explore: {strategy: {exhaustive: {depth: 3, bound: {delays: 7}}}}\n", "unknown",
     1},
    {"all of them", HEAD ALIVE "explore: {strategy: [fifo, random, exhaustive, dpor]}\n", "proved",
     400},
    {"a failure", HEAD NEVER "explore: {strategy: random, seed: 2, runs: 999}\n", "failed", 60},
    {"another", HEAD NEVER "explore: {strategy: exhaustive}\n", "failed", 200},
    {"a failure within a bound",
     HEAD NEVER "explore: {strategy: {exhaustive: {bound: {delays: 12}}}}\n", "failed", 50},
    {"a failure in turn", HEAD NEVER "explore: {strategy: portfolio, seed: 2, runs: 999}\n",
     "failed", 2},
    {"and another", HEAD NEVER "explore: {strategy: dpor}\n", "failed", 2},
    {"faults",
     HEAD "faults: [{crash: all}]\nexpect: {alive: [a]}\n"
          "explore: {strategy: [exhaustive, random], runs: 200}\n",
     "proved", 100},
    {"runs spent", HEAD ALIVE "explore: {strategy: exhaustive, budget: {runs: 170}}\n", "unknown",
     170},
    {"events spent", HEAD ALIVE "explore: {strategy: exhaustive, budget: {events: 777}}\n",
     "unknown", 10},
    {"too deep", HEAD ALIVE "explore: {strategy: {exhaustive: {depth: 3}}}\n", "unknown", 1},
};

static struct rh_scenario *parse(const char *text)
{
    struct rh_scenario *scenario = NULL;
    char said[2048];
    if (rh_scenario_parse(NULL, "crowd.yaml", text, strlen(text), NULL, &scenario) != RH_OK) {
        (void)rh_scenario_diagnostics(scenario, false, said, sizeof said);
        fail_msg("%s", said);
    }
    return scenario;
}

static void assert_same(const struct rh_result *one, const struct rh_result *other)
{
    assert_int_equal(one->verdict, other->verdict);
    assert_string_equal(one->why, other->why);
    assert_string_equal(one->strategy, other->strategy);
    assert_int_equal(one->seed, other->seed);
    assert_int_equal(one->runs, other->runs);
    assert_int_equal(one->events, other->events);
    assert_int_equal(one->outcomes, other->outcomes);
    assert_int_equal(one->classes, other->classes);
    assert_int_equal(one->blocked, other->blocked);
    assert_int_equal(one->complete, other->complete);
    assert_memory_equal(&one->faults, &other->faults, sizeof one->faults);
    assert_memory_equal(one->digest, other->digest, sizeof one->digest);
    assert_int_equal(one->has_violation, other->has_violation);
    assert_string_equal(one->violation.observed, other->violation.observed);
    assert_int_equal(one->trace.size, other->trace.size);
    assert_memory_equal(one->trace.bytes, other->trace.bytes, one->trace.size);
}

static void finds_the_same_with_any_number_of_threads(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct rh_scenario *scenario = parse(kinds[i].text);
        struct rh_result one;
        const struct rh_explore_options alone = {.keep_trace = true};
        (void)printf("%s: ", kinds[i].name);
        assert_int_equal(rh_scenario_explore(scenario, &alone, &one), RH_OK);
        (void)printf("%s, %llu runs, %llu outcomes\n", rh_verdict_word(one.verdict),
                     (unsigned long long)one.runs, (unsigned long long)one.outcomes);
        assert_true(one.runs >= kinds[i].runs);
        if (kinds[i].verdict != NULL) {
            assert_string_equal(rh_verdict_word(one.verdict), kinds[i].verdict);
        }
        for (uint32_t jobs = 2; jobs <= 5; jobs++) {
            struct rh_result many;
            const struct rh_explore_options options = {.keep_trace = true, .jobs = jobs};
            assert_int_equal(rh_scenario_explore(scenario, &options, &many), RH_OK);
            assert_same(&one, &many);
            rh_result_deinit(&many);
        }
        rh_result_deinit(&one);
        rh_scenario_destroy(scenario);
    }
}

/* ---- dpor, in small parts ---- */

#define CHAIN                                                                                      \
    "scenario: chain\ntime: free\nbehaviours: {node: {on: [{message: never, do: []}]}}\n"          \
    "actors:\n  a: node\n  b: {behaviour: node, link: [a]}\n  c: {behaviour: node, link: [b]}\n"   \
    "  d: {behaviour: node, link: [c]}\n  e: {behaviour: node, link: [d]}\n  z: node\n"
#define NOW                                                                                        \
    "scenario: now\nbehaviours:\n  late:\n    state: {n: 0}\n"                                     \
    "    init: [{timer: {after: 3ms, message: tick}}, {timer: {after: 5ms, message: tock}}]\n"     \
    "    on:\n      - {timeout: tick, do: [{add: {$n: 10}}]}\n"                                    \
    "      - {timeout: tock, do: [{add: {$n: 100}}]}\n"                                            \
    "      - {message: _, do: [{add: {$n: 1}}, {timer: {after: 2ms, message: tick}}]}\n"           \
    "actors:\n  all: late\n  a: {behaviour: sender, with: {to: <all>, count: 2}}\n"                \
    "  b: {behaviour: sender, with: {to: <all>, count: 1}}\n"

static const struct kind in_parts[] = {
    {"a crowd", HEAD ALIVE "explore: {strategy: dpor}\n", "proved", 210},
    {"a crowd with a crash",
     HEAD "faults: [{crash: all}]\nexpect: {alive: [a]}\nexplore: {strategy: dpor}\n", "proved",
     400},
    {"crashes within a budget",
     "scenario: few\ntime: free\nactors:\n  all: sink\n"
     "  a: {behaviour: sender, with: {to: <all>, count: 2}}\n"
     "  b: {behaviour: sender, with: {to: <all>, count: 2}}\n"
     "faults:\n  budget: 2\n  of: [{crash: all}, {crash: a}, {drop: all, max: 1}]\n"
     "expect: {alive: [b]}\nexplore: {strategy: dpor}\n",
     NULL, 100},
    {"a chain",
     CHAIN
     "faults: [{crash: a}, {crash: c}, {crash: e}]\nexpect: {alive: [z]}\nexplore: {strategy: dpor}\n",
     NULL, 10},
    {"timers", NOW "faults: [{crash: all}]\nexpect: {alive: [b]}\nexplore: {strategy: dpor}\n",
     NULL, 10},
    {"a failure", HEAD NEVER "explore: {strategy: dpor}\n", "failed", 2},
    {"runs spent", HEAD ALIVE "explore: {strategy: dpor, budget: {runs: 170}}\n", "unknown", 170},
    {"events spent", HEAD ALIVE "explore: {strategy: dpor, budget: {events: 777}}\n", "unknown",
     10},
    {"too deep", HEAD ALIVE "explore: {strategy: {dpor: {depth: 3}}}\n", "unknown", 0},
};

/* What each class shows, whatever the order. */
static void assert_same_classes(const struct rh_result *whole, const struct rh_result *parts)
{
    assert_int_equal(whole->verdict, parts->verdict);
    if (whole->complete) {
        assert_true(parts->complete);
        assert_int_equal(whole->runs, parts->runs);
        assert_int_equal(whole->classes, parts->classes);
        assert_int_equal(whole->outcomes, parts->outcomes);
    }
}

static void finds_the_same_classes_in_parts_of_any_size(void **state)
{
    static const uint64_t sizes[] = {1, 3, 16};
    (void)state;
    for (size_t i = 0; i < sizeof in_parts / sizeof in_parts[0]; i++) {
        struct rh_scenario *scenario = parse(in_parts[i].text);
        struct rh_result whole;
        const struct rh_explore_options as_one = {.part_runs = UINT64_MAX};
        assert_int_equal(rh_scenario_explore(scenario, &as_one, &whole), RH_OK);
        (void)printf("%s: %s %s, %llu runs; blocked in parts:", in_parts[i].name,
                     rh_verdict_word(whole.verdict), whole.why, (unsigned long long)whole.runs);
        assert_true(whole.runs >= in_parts[i].runs);
        for (size_t j = 0; j < sizeof sizes / sizeof sizes[0]; j++) {
            struct rh_result one;
            struct rh_explore_options options = {.keep_trace = true, .part_runs = sizes[j]};
            assert_int_equal(rh_scenario_explore(scenario, &options, &one), RH_OK);
            (void)printf(" %llu", (unsigned long long)one.blocked);
            assert_same_classes(&whole, &one);
            struct rh_result many;
            options.jobs = 2 + (uint32_t)j % 2;
            assert_int_equal(rh_scenario_explore(scenario, &options, &many), RH_OK);
            assert_same(&one, &many);
            rh_result_deinit(&many);
            rh_result_deinit(&one);
        }
        (void)printf("\n");
        rh_result_deinit(&whole);
        rh_scenario_destroy(scenario);
    }
}

/* Those that need what parts know of each other, and of budgets that were spent when something was seen. */
static void begins_no_run_that_others_cover(void **state)
{
    static const char *const paths[] = {
        "scenarios/exploration/link-chain-4-at-most-3.yaml",
        "scenarios/remote/dead-subscribers-of-a-hub.yaml",
        "scenarios/remote/kill-crosses-as-killed.yaml",
        "harness/play/tests/all-to-all.yaml",
    };
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        static char text[8192];
        struct rh_scenario *scenario = NULL;
        struct rh_result result;
        const struct rh_scenario_strategy dpor = {.name = "dpor"};
        const struct rh_explore_options options = {
            .strategies = &dpor, .strategy_count = 1, .runs_max = 32000};
        FILE *file = fopen(paths[i], "rb");
        assert_non_null(file);
        size_t length = fread(text, 1, sizeof text, file);
        assert_int_equal(fclose(file), 0);
        assert_int_equal(rh_scenario_parse(NULL, paths[i], text, length, NULL, &scenario), RH_OK);
        assert_int_equal(rh_scenario_explore(scenario, &options, &result), RH_OK);
        (void)printf("%s: %llu classes, %llu blocked\n", paths[i],
                     (unsigned long long)result.classes, (unsigned long long)result.blocked);
        assert_true(result.classes > 1);
        assert_int_equal(result.blocked, 0);
        rh_result_deinit(&result);
        rh_scenario_destroy(scenario);
    }
}

static bool until_fifty(void *self, uint64_t runs)
{
    (void)self;
    return runs < 50;
}

static void ends_when_it_is_to_end(void **state)
{
    struct rh_scenario *scenario = parse(kinds[0].text);
    (void)state;
    for (uint32_t jobs = 1; jobs <= 4; jobs++) {
        struct rh_result result;
        const struct rh_explore_options options = {.go_on = until_fifty, .jobs = jobs};
        assert_int_equal(rh_scenario_explore(scenario, &options, &result), RH_OK);
        assert_string_equal(rh_verdict_word(result.verdict), "unknown");
        assert_non_null(strstr(result.why, "interrupted after"));
        rh_result_deinit(&result);
    }
    rh_scenario_destroy(scenario);
}

static bool never_goes_on(void *self, uint64_t runs)
{
    (void)self;
    (void)runs;
    return false;
}

static void offer_one_run(struct crew *crew, struct part *part)
{
    *part = (struct part){.runs_max = 1, .events_max = UINT64_MAX};
    assert_int_equal(rh_strategy_fifo(NULL, &part->strategy), RH_OK);
    crew_offer(crew, part);
}

/* Nor would an interrupt be heard where threads are faster than who takes what they have played. */
static void asks_whether_to_go_on_where_a_part_has_been_played_ahead(void **state)
{
    (void)state;
    const struct rh_explore_options options = {.jobs = 1};
    struct rh_scenario *scenario = parse(kinds[0].text);
    struct player player;
    struct crew *crew = NULL;
    struct part parts[2];
    assert_int_equal(player_init(&player, scenario, &options, rh_allocator_default(), false),
                     RH_OK);
    assert_int_equal(crew_create(&player, 1, &crew), RH_OK);
    offer_one_run(crew, &parts[0]);
    offer_one_run(crew, &parts[1]);
    assert_true(crew_finish(crew, &parts[1]));
    assert_int_equal(parts[0].state, PART_IS_DONE);
    player.go_on = never_goes_on;
    assert_false(crew_finish(crew, &parts[0]));
    crew_destroy(crew);
    for (size_t i = 0; i < 2; i++) {
        rh_strategy_destroy(parts[i].strategy);
        part_deinit(&parts[i], rh_allocator_default());
    }
    player_deinit(&player);
    rh_scenario_destroy(scenario);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_same_with_any_number_of_threads),
        cmocka_unit_test(finds_the_same_classes_in_parts_of_any_size),
        cmocka_unit_test(begins_no_run_that_others_cover),
        cmocka_unit_test(ends_when_it_is_to_end),
        cmocka_unit_test(asks_whether_to_go_on_where_a_part_has_been_played_ahead),
    };
    return cmocka_run_group_tests_name("play.jobs", tests, NULL, NULL) ? 1 : 0;
}
