/* SPDX-License-Identifier: MIT */
/* Pipes, nodes and processes in classes: what is drawn at random is of a class that was visited, and ends as that one did. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <rehearse/scenario.h>

#include "harness/play/play.h"
#include "harness/play/tests/brute.h"
#include "harness/scenario/scenario.h"

#define RUNS_MAX 4000u
#define DRAWN 2000u
#define SLOTS 8192u

/* How each class ended. */
struct classes {
    uint64_t class[SLOTS];
    uint64_t outcome[SLOTS];
    uint32_t count;
    bool is_complete;
};
static struct classes visited;

/* Find a class, or where it would be. */
static uint32_t slot_of(const struct classes *classes, uint64_t class)
{
    uint32_t at = (uint32_t)(class >> 13) & (SLOTS - 1);
    while (classes->class[at] != 0 && classes->class[at] != class) {
        at = (at + 1) & (SLOTS - 1);
    }
    return at;
}

/* A class ends in one way; with `known`, it is one of those. */
static void note(const char *text, uint64_t class, uint64_t outcome, bool known)
{
    uint32_t at = slot_of(&visited, class);
    bool is_new = visited.class[at] == 0;
    if ((is_new && known) || (!is_new && visited.outcome[at] != outcome)) {
        print_message("%s%s\n",
                      is_new ? "a class was not visited:\n" : "a class ends in two ways:\n", text);
    }
    assert_false(is_new && known);
    assert_true(is_new || visited.outcome[at] == outcome);
    visited.class[at] = class;
    visited.outcome[at] = outcome;
    visited.count += is_new;
}

static void play(const char *text, struct rh_strategy *strategy, uint32_t runs_max, bool known)
{
    static const char *const none[] = {NULL};
    const struct rh_judge_options options = {.only = none};
    struct rh_scenario *scenario = NULL;
    struct rh_judge *judge = NULL;
    struct rh_play *play = NULL;
    uint32_t runs = 0;
    assert_int_equal(rh_scenario_parse(NULL, "test.yaml", text, strlen(text), NULL, &scenario),
                     RH_OK);
    assert_int_equal(rh_play_create(scenario, rh_allocator_default(), &play), RH_OK);
    assert_int_equal(rh_judge_create(&options, &judge), RH_OK);
    for (bool more = true; more && runs < runs_max; runs++) {
        const struct rh_play_run run = {
            .strategy = strategy, .seed = 1, .run = runs, .judge = judge};
        struct rh_play_report report;
        rh_strategy_begin(strategy);
        assert_int_equal(rh_play_run(play, &run, &report), RH_OK);
        assert_false(strategy->failed); /* too large to be counted */
        if (!rh_strategy_cuts(strategy)) {
            note(text, brute_class(strategy), report.outcome[0] ^ report.outcome[1], known);
        }
        more = rh_strategy_end(strategy);
    }
    visited.is_complete = strategy->complete;
    rh_strategy_destroy(strategy);
    rh_judge_destroy(judge);
    rh_play_destroy(play);
    rh_scenario_destroy(scenario);
}

/* Return how many classes there are. */
static uint32_t compare(const char *text)
{
    struct rh_strategy *strategy = NULL;
    memset(&visited, 0, sizeof visited);
    assert_int_equal(rh_strategy_dpor(NULL, 10000, (size_t)64 << 20, &strategy), RH_OK);
    play(text, brute_watch(strategy), RUNS_MAX, false);
    assert_true(visited.is_complete);
    assert_int_equal(rh_strategy_random(NULL, 1, DRAWN, &strategy), RH_OK);
    play(text, brute_watch(strategy), DRAWN, true);
    return visited.count;
}

#define PAIR "scenario: far\nnodes: [n1, n2]\npipes: [{between: [n1, n2], connected: true}]\n"
#define APART "scenario: far\nnodes: [n1, n2]\n"

/* What crosses between nodes, and how many classes that makes. */
static const struct {
    uint32_t classes;
    const char *text;
} programs[] = {
    {18, PAIR "actors: {a: {behaviour: sender, with: {to: <r>, count: 2}}, "
              "b: {behaviour: sender, with: {to: <r>}}, r: {behaviour: sink, node: n2}}\n"},
    /* both ways at once */
    {287, PAIR "actors: {a: {behaviour: sender, with: {to: <r>, count: 2}}, s: sink, "
               "b: {behaviour: sender, node: n2, with: {to: <s>, count: 2}}, "
               "r: {behaviour: sink, node: n2}}\n"},
    /* writes that do not fit */
    {4,
     "scenario: far\nnodes: [n1, n2]\npipes: [{between: [n1, n2], connected: true, capacity: 24}]\n"
     "actors: {a: {behaviour: sender, with: {to: <r>, count: 2}}, r: {behaviour: sink, node: n2}}\n"},
    {1, "scenario: far\nnodes: [n1, n2]\npipes: [{between: [n1, n2], connected: true, chunk: 20}]\n"
        "actors: {a: {behaviour: sender, with: {to: <r>}}, r: {behaviour: sink, node: n2}}\n"},
    /* links, exits, and those who are gone already */
    {21, PAIR "actors: {a: {behaviour: sink, trap: true, script: [{link: <b>}]}, "
              "b: {behaviour: sink, node: n2, script: [{exit: boom}]}}\n"},
    {60,
     PAIR "actors: {a: {behaviour: sink, script: [{monitor: <b>}, {send: {to: <b>, message: x}}]}, "
          "b: {behaviour: sink, node: n2, script: [{exit: boom}]}}\n"},
    {3, PAIR "actors: {a: {behaviour: sink, script: [{monitor: {name: x, node: n2}}]}, "
             "b: {behaviour: sink, node: n2, script: [{register: {name: x}}]}}\n"},
    /* groups are heard of by all nodes */
    {56, PAIR "actors: {a: {behaviour: sink, script: [{join: g}]}, "
              "b: {behaviour: sink, node: n2, script: [{join: g}, {leave: g}]}}\n"},
    /* three nodes, two ways from the one in the middle */
    {1,
     "scenario: far\nnodes: [n1, n2, n3]\npipes: [{between: [n1, n2], connected: true}, "
     "{between: [n1, n3], connected: true}]\n"
     "actors: {a: {behaviour: sender, with: {to: <r>}}, b: {behaviour: sender, with: {to: <s>}}, "
     "r: {behaviour: sink, node: n2}, s: {behaviour: sink, node: n3}}\n"},
    /* the connection is made, and lost */
    {8,
     APART "actors: {a: {behaviour: sender, with: {to: <r>}}, r: {behaviour: sink, node: n2}}\n"},
    {51, PAIR "actors: {a: {behaviour: sender, with: {to: <r>}}, m: {behaviour: sink, "
              "script: [{monitor_node: n2}]}, r: {behaviour: sink, node: n2}}\n"
              "faults: [{kill_node: n2}]\nallow_vacuous: it is counted\n"},
    {602,
     PAIR "actors: {a: {behaviour: sink, script: [{link: <b>}]}, b: {behaviour: sink, node: n2}}\n"
          "faults: [{reset_pipe: [n1, n2]}]\nallow_vacuous: it is counted\n"},
    /* a process is started, and ends */
    {128,
     "scenario: far\nactors:\n  h: {behaviour: host, with: {programs: [{name: web, process: {}}]}}\n"
     "  t: sink\nsteps:\n  - t: {ask: {to: h, request: [spawn, web, p]}}\n"},
    {2,
     "scenario: far\nactors:\n  h: {behaviour: host, with: {programs: [{name: web, process: {}}]}}\n"
     "  t: sink\nsteps:\n  - t: {ask: {to: h, request: [spawn, missing, p]}}\n"},
};

static void visits_every_class_that_is_drawn(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
        uint32_t count = compare(programs[i].text);
        if (count != programs[i].classes) {
            print_message("%u classes, not %u:\n%s\n", count, programs[i].classes,
                          programs[i].text);
        }
        assert_int_equal(count, programs[i].classes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(visits_every_class_that_is_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) == 0 ? 0 : 1;
}
