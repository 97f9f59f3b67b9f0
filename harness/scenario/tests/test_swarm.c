/* SPDX-License-Identifier: MIT */
/* What a swarm draws: every kind that the scenario can have, nothing that it does not claim to stand, the same for the same
 * seed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "harness/scenario/scenario.h"

#define SEEDS 400u
#define OF(kind) (UINT64_C(1) << RH_FAULT_##kind)
#define ALL ((UINT64_C(1) << RH_FAULT_COUNT) - 1)
/* Of messages and bytes, and what makes an actor slow or leaves it without memory. */
#define UNCLAIMED                                                                                  \
    (OF(DROP) | OF(DUPLICATE) | OF(CORRUPT) | OF(REPLAY) | OF(FLIP_BYTES) | OF(LOSE_BYTES) |       \
     OF(SLOW) | OF(FAIL_ALLOCATION) | OF(EXHAUST))
#define REMOTE                                                                                     \
    (OF(KILL_NODE) | OF(FREEZE_NODE) | OF(CLOSE_PIPE) | OF(RESET_PIPE) | OF(HALF_CLOSE_PIPE) |     \
     OF(BLACK_HOLE) | OF(CUT_PIPE) | OF(PART) | OF(STALL_PIPE) | OF(NARROW_PIPE) | OF(BLIP) |      \
     OF(PARTITION) | OF(RESTART_NODE) | OF(REFUSE_IO) | OF(SKEW_CLOCK))
#define PROCESS                                                                                    \
    (OF(REFUSE_START) | OF(DELAY_START) | OF(FAIL_LAUNCH) | OF(KILL_PROCESS) | OF(LOSE_CALLBACK) | \
     OF(DOUBLE_CALLBACK) | OF(IGNORE_STOP))

static const char one_node[] = "scenario: alone\n"
                               "actors: {a: sink, b: sink}\n";
static const char far_apart[] = "scenario: far apart\n"
                                "nodes: [n1, n2, n3]\n"
                                "network: {heartbeat: 10ms, deadline: 30ms}\n"
                                "actors: {a: sink, b: {behaviour: sink, node: n2}}\n";
static const char stoic[] = "scenario: stands much\n"
                            "nodes: [n1, n2]\n"
                            "network: {heartbeat: 10ms, deadline: 30ms}\n"
                            "actors: {a: sink, b: {behaviour: sink, node: n2}}\n"
                            "faults:\n"
                            "  - drop: {to: a}\n"
                            "  - slow: a\n"
                            "  - fail_allocation: a\n"
                            "  - exhaust: a\n"
                            "  - flip_bytes: [n1, n2]\n"
                            "  - lose_bytes: [n1, n2]\n";
static const char hosting[] =
    "scenario: with processes\n"
    "behaviours: {quiet: {state: {id: null, address: null, host: null}}}\n"
    "actors:\n"
    "  h: {behaviour: host, with: {programs: [{name: quiet, agent: quiet, process: {}}]}}\n"
    "  a: sink\n";

static struct rh_scenario *parse(const char *text)
{
    struct rh_scenario *scenario = NULL;
    assert_int_equal(rh_scenario_parse(NULL, "test.yaml", text, strlen(text), NULL, &scenario),
                     RH_OK);
    assert_int_equal(rh_scenario_error_count(scenario), 0);
    return scenario;
}

/* The kinds that any of many plans has. */
static uint64_t kinds_of(const char *text)
{
    uint64_t kinds = 0;
    struct rh_scenario *scenario = parse(text);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct rh_scenario *drawn = NULL;
        assert_int_equal(rh_scenario_swarm(scenario, seed, 1, &drawn), RH_OK);
        assert_int_equal(rh_scenario_error_count(drawn), 0);
        assert_true(drawn->plan.fault_count > 0);
        assert_true(drawn->plan.fault_budget > 0);
        for (uint32_t i = 0; i < drawn->plan.fault_count; i++) {
            kinds |= UINT64_C(1) << drawn->plan.faults[i].kind;
        }
        rh_scenario_destroy(drawn);
    }
    rh_scenario_destroy(scenario);
    return kinds;
}

static void draws_what_can_befall_actors(void **state)
{
    (void)state;
    assert_true(kinds_of(one_node) ==
                (OF(CRASH) | OF(KILL) | OF(FIRE) | OF(STALL) | OF(HOLD) | OF(FORGE) | OF(LATE)));
}

static void draws_what_can_befall_nodes_and_pipes(void **state)
{
    (void)state;
    uint64_t local = kinds_of(one_node);
    assert_true(kinds_of(far_apart) == (local | REMOTE));
}

static void draws_what_can_befall_processes(void **state)
{
    (void)state;
    uint64_t local = kinds_of(one_node);
    assert_true(kinds_of(hosting) == (local | PROCESS));
}

static void draws_what_the_scenario_has_itself(void **state)
{
    (void)state;
    assert_int_equal(kinds_of(far_apart) & UNCLAIMED, 0);
    assert_true(kinds_of(stoic) == (ALL & ~(PROCESS | OF(REPLACE))));
}

static void the_same_seed_draws_the_same(void **state)
{
    (void)state;
    struct rh_scenario *scenario = parse(far_apart);
    struct rh_scenario *drawn[3];
    size_t lengths[3];
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(rh_scenario_swarm(scenario, i < 2 ? 7 : 8, 5, &drawn[i]), RH_OK);
    }
    const char *first = rh_scenario_text(drawn[0], &lengths[0]);
    const char *again = rh_scenario_text(drawn[1], &lengths[1]);
    const char *other = rh_scenario_text(drawn[2], &lengths[2]);
    assert_int_equal(lengths[0], lengths[1]);
    assert_memory_equal(first, again, lengths[0]);
    assert_true(lengths[0] != lengths[2] || memcmp(first, other, lengths[0]) != 0);
    for (size_t i = 0; i < 3; i++) {
        rh_scenario_destroy(drawn[i]);
    }
    rh_scenario_destroy(scenario);
}

static const char itself[] = "scenario: draws its own\n"
                             "actors: {a: sink, b: sink}\n"
                             "faults:\n"
                             "  swarm: {seed: 3, kinds: [drop, stall]}\n"
                             "expect: [{alive: [a, b]}]\n";

static void a_file_draws_its_own_and_keeps_the_rest(void **state)
{
    (void)state;
    struct rh_scenario *scenario = parse(itself);
    const struct rh_plan *plan = &scenario->plan;
    assert_true(plan->fault_count > 0 && plan->has_drawn_faults && plan->drawn_by == 3);
    assert_int_equal(plan->expect_count, 1);
    assert_int_equal(plan->expect[0].at.start.line, 5); /* as in the file */
    uint64_t kinds = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        assert_int_equal(rh_scenario_redraw(&scenario, seed), RH_OK);
        assert_true(scenario->plan.drawn_by == seed);
        for (uint32_t i = 0; i < scenario->plan.fault_count; i++) {
            kinds |= UINT64_C(1) << scenario->plan.faults[i].kind;
        }
    }
    assert_true(kinds == (OF(DROP) | OF(STALL)));
    rh_scenario_destroy(scenario);
}

static void what_was_drawn_is_a_file_that_says_the_same(void **state)
{
    (void)state;
    struct rh_scenario *drawn = parse(itself);
    size_t length;
    size_t again;
    const char *text = rh_scenario_text(drawn, &length);
    struct rh_scenario *saved = parse(text);
    assert_string_equal(rh_scenario_text(saved, &again), text);
    assert_int_equal(again, length);
    assert_int_equal(saved->plan.fault_count, drawn->plan.fault_count);
    assert_int_equal(rh_scenario_redraw(&saved, 5), RH_NOT_FOUND); /* it says what, not that */
    rh_scenario_destroy(saved);
    rh_scenario_destroy(drawn);
}

static void says_so_if_nothing_can_be_drawn(void **state)
{
    (void)state;
    static const char text[] = "scenario: alone\n"
                               "actors: {a: sink}\n"
                               "faults: {swarm: {kinds: [kill_node]}}\n";
    char said[512];
    struct rh_scenario *scenario = NULL;
    assert_int_equal(rh_scenario_parse(NULL, "t.yaml", text, strlen(text), NULL, &scenario),
                     RH_MALFORMED);
    (void)rh_scenario_diagnostics(scenario, false, said, sizeof said);
    assert_non_null(strstr(said, "none of these kinds can strike here"));
    rh_scenario_destroy(scenario);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_what_can_befall_actors),
        cmocka_unit_test(draws_what_can_befall_nodes_and_pipes),
        cmocka_unit_test(draws_what_can_befall_processes),
        cmocka_unit_test(draws_what_the_scenario_has_itself),
        cmocka_unit_test(the_same_seed_draws_the_same),
        cmocka_unit_test(a_file_draws_its_own_and_keeps_the_rest),
        cmocka_unit_test(what_was_drawn_is_a_file_that_says_the_same),
        cmocka_unit_test(says_so_if_nothing_can_be_drawn),
    };
    return cmocka_run_group_tests_name("harness.scenario.swarm", tests, NULL, NULL) ? 1 : 0;
}
