/* SPDX-License-Identifier: MIT */
/* The table of what depends on what, held against what happens: all interleavings of one class end alike, and without any
 * one kind of object some that end differently would be of one class. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <rehearse/scenario.h>

#include "harness/play/play.h"
#include "harness/play/tests/brute.h"
#include "harness/scenario/scenario.h"

#define RUNS_MAX 12000u

struct ending {
    uint64_t class;
    uint64_t outcome;
};
static struct ending endings[RUNS_MAX];

/* Play every interleaving, and note of each its class, without objects of `kind`, and its outcome. */
static uint32_t play_all(const char *text, enum rh_object_kind kind)
{
    static const char *const none[] = {NULL};
    const struct rh_judge_options options = {.only = none};
    struct rh_scenario *scenario = NULL;
    struct rh_judge *judge = NULL;
    struct rh_play *play = NULL;
    struct rh_strategy *brute = brute_create();
    uint32_t count = 0;
    assert_int_equal(rh_scenario_parse(NULL, "test.yaml", text, strlen(text), NULL, &scenario),
                     RH_OK);
    assert_int_equal(rh_play_create(scenario, rh_allocator_default(), &play), RH_OK);
    assert_int_equal(rh_judge_create(&options, &judge), RH_OK);
    for (bool more = true; more;) {
        const struct rh_play_run run = {.strategy = brute, .seed = 1, .judge = judge};
        struct rh_play_report report;
        assert_true(count < RUNS_MAX);
        rh_strategy_begin(brute);
        assert_int_equal(rh_play_run(play, &run, &report), RH_OK);
        endings[count].outcome = report.outcome[0] ^ report.outcome[1];
        endings[count++].class =
            kind == RH_OBJECT_COUNT ? brute_class(brute) : brute_class_without(brute, kind);
        more = rh_strategy_end(brute);
    }
    assert_true(brute->complete);
    rh_strategy_destroy(brute);
    rh_judge_destroy(judge);
    rh_play_destroy(play);
    rh_scenario_destroy(scenario);
    return count;
}

static bool classes_end_alike(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t j = 0; j < i; j++) {
            if (endings[i].class == endings[j].class && endings[i].outcome != endings[j].outcome) {
                return false;
            }
        }
    }
    return true;
}

#define HEAD "scenario: what is shared\ntime: free\n"

/* Programs in which two steps share nothing but an object of one kind. */
static const struct {
    enum rh_object_kind kind;
    const char *text;
} programs[] = {
    {RH_OBJECT_STATE,
     HEAD "actors: {r: sink, a: {behaviour: sender, with: {to: <r>}}, "
          "b: {behaviour: sender, with: {to: <r>}}, c: {behaviour: sender, with: {to: <r>}}}\n"},
    {RH_OBJECT_LIFE, HEAD "actors: {t: {behaviour: sink, script: [{exit: boom}]}, "
                          "w: {behaviour: sink, script: [{ask_alive: <t>}]}}\n"},
    {RH_OBJECT_LINKS, HEAD
     "behaviours: {looker: {state: {w: null}, on: [{message: go, do: [{links: $w}, {output: $w}]}]}}\n"
     "actors: {a: {behaviour: looker, trap: true}, s: {behaviour: sender, with: {to: <a>, "
     "message: go}}, b: {behaviour: sink, script: [{link: <a>}]}}\n"},
    {RH_OBJECT_NAME, HEAD
     "behaviours: {looker: {state: {w: null}, on: [{message: go, do: [{whereis: {name: n, as: $w}}, "
     "{output: $w}]}]}}\n"
     "actors: {a: looker, s: {behaviour: sender, with: {to: <a>, message: go}}, "
     "b: {behaviour: sink, script: [{register: {name: n}}]}}\n"},
    {RH_OBJECT_GROUP, HEAD
     "behaviours: {looker: {state: {w: null}, on: [{message: go, do: [{members: {group: g, as: $w}}, "
     "{output: $w}]}]}}\n"
     "actors: {a: looker, s: {behaviour: sender, with: {to: <a>, message: go}}, "
     "b: {behaviour: sink, script: [{join: g}]}}\n"},
    {RH_OBJECT_TIMER,
     HEAD "behaviours: {owner: {state: {t: null, w: null}, init: [{timer: {after: 5ms, to: <d>, "
          "message: tick, as: $t}}], on: [{message: go, do: [{read_timer: {timer: $t, as: $w}}, "
          "{output: $w}]}]}}\n"
          "actors: {c: owner, d: sink, s: {behaviour: sender, with: {to: <c>, message: go}}}\n"},
};

/* Programs whose steps share room in a mailbox, what nodes know of each other, pipes, and time. These are about what there is
 * to be ordered: left out, they would not be missed by how runs end, but by which runs there are, see test_programs.c. */
static const char *const others[] = {
    HEAD "behaviours: {giver: {state: {w: null}, on: [{message: go, do: [{send: {to: <r>, message: "
         "x, status: $w}}, {output: $w}]}]}}\n"
         "actors: {r: {behaviour: sink, cap: 1, overflow: refuse}, a: giver, b: giver, "
         "s: {behaviour: sender, with: {to: <a>, message: go}}, "
         "t: {behaviour: sender, with: {to: <b>, message: go}}}\n",
    "scenario: far\nnodes: [n1, n2]\npipes: [{between: [n1, n2], connected: true}]\n"
    "actors: {a: {behaviour: sink, trap: true, script: [{link: <b>}]}, "
    "b: {behaviour: sink, node: n2, script: [{exit: boom}]}}\n",
    "scenario: far\nnodes: [n1, n2]\npipes: [{between: [n1, n2], connected: true}]\n"
    "actors: {a: {behaviour: sender, with: {to: <r>}}, b: {behaviour: sender, with: {to: <r>}}, "
    "r: {behaviour: sink, node: n2}}\n",
    "scenario: in time\nactors: {a: {behaviour: sink, script: [{timer: {after: 1ms, message: z}}]}, "
    "b: {behaviour: sink, script: [{monitor: <a>}, {timer: {after: 1ms, message: z}}]}}\n"
    "faults: [{crash: a}]\nallow_vacuous: it is counted\n",
};

static void classes_end_as_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
        uint32_t count = play_all(programs[i].text, RH_OBJECT_COUNT);
        assert_true(count > 1);
        assert_true(classes_end_alike(count));
    }
}

static void classes_of_the_others_end_as_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        uint32_t count = play_all(others[i], RH_OBJECT_COUNT);
        assert_true(count > 1);
        assert_true(classes_end_alike(count));
    }
}

static void needs_every_kind_of_object(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
        uint32_t count = play_all(programs[i].text, programs[i].kind);
        if (classes_end_alike(count)) {
            print_message("nothing shows that objects of kind %u are shared:\n%s",
                          (unsigned)programs[i].kind, programs[i].text);
        }
        assert_false(classes_end_alike(count));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_end_as_one),
        cmocka_unit_test(classes_of_the_others_end_as_one),
        cmocka_unit_test(needs_every_kind_of_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) == 0 ? 0 : 1;
}
