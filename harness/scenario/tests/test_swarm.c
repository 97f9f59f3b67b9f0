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
     OF(SLOW) | OF(FAIL_ALLOCATION))
#define REMOTE                                                                                     \
    (OF(KILL_NODE) | OF(FREEZE_NODE) | OF(CLOSE_PIPE) | OF(RESET_PIPE) | OF(HALF_CLOSE_PIPE) |     \
     OF(BLACK_HOLE) | OF(CUT_PIPE) | OF(PART) | OF(STALL_PIPE) | OF(NARROW_PIPE) | OF(BLIP) |      \
     OF(PARTITION) | OF(RESTART_NODE) | OF(REFUSE_IO))
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_what_can_befall_actors),
        cmocka_unit_test(draws_what_can_befall_nodes_and_pipes),
        cmocka_unit_test(draws_what_can_befall_processes),
        cmocka_unit_test(draws_what_the_scenario_has_itself),
        cmocka_unit_test(the_same_seed_draws_the_same),
    };
    return cmocka_run_group_tests_name("harness.scenario.swarm", tests, NULL, NULL) ? 1 : 0;
}
