/* SPDX-License-Identifier: MIT */
/*
 * Random programs in random orders, with crashes and kills: every family looks on, and none objects. `harness.check.random
 * FIRST COUNT` plays other seeds than those of every build.
 */
#include "harness/check/judge.h"
#include "harness/check/tests/dice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define RUNS 400u

static uint64_t first_seed = 1;
static uint64_t runs = RUNS;

static const char *const not_here[] = {
    "deadlock", "connections", "proxies", "frames", "distance",  "conversations", "commands",
    "requests", "procs",       "waiters", "bulks",  "envelopes", "effects",       NULL};

static const struct rh_fault_spec faults[] = {
    {.kind = RH_FAULT_CRASH, .actor = "b", .max = 1},
    {.kind = RH_FAULT_KILL, .actor = "d", .max = 1},
    {.kind = RH_FAULT_FIRE, .actor = "c", .max = 2},
    {.kind = RH_FAULT_STALL, .actor = "a", .max = 1, .span = 3},
};

static const char *const some[] = {"a", "c", "e"};
static const struct rh_fault_spec message_faults[] = {
    {.kind = RH_FAULT_DROP, .max = 3, .weight = 2},
    {.kind = RH_FAULT_DUPLICATE, .max = 3},
    {.kind = RH_FAULT_CORRUPT, .from = {.names = some, .count = 3}, .max = 3},
    {.kind = RH_FAULT_REPLACE, .actor = "b", .max = 2},
    {.kind = RH_FAULT_HOLD, .max = 2, .span = 5},
    {.kind = RH_FAULT_HOLD, .group = {.names = some, .count = 3}, .span = RH_NEVER},
    {.kind = RH_FAULT_REPLAY, .actor = "c", .max = 2},
    {.kind = RH_FAULT_FORGE, .actor = "a", .from = {.names = some, .count = 3}, .max = 2},
    {.kind = RH_FAULT_FORGE, .group = {some, 3, 0}, .signal = RH_SIGNAL_EXIT, .max = 2},
    {.kind = RH_FAULT_FORGE,
     .actor = "b",
     .from = {.names = some, .count = 1},
     .signal = RH_SIGNAL_EXIT,
     .max = 2},
    {.kind = RH_FAULT_FORGE,
     .actor = "a",
     .from = {.names = &some[1], .count = 1},
     .signal = RH_SIGNAL_DOWN,
     .max = 2},
    {.kind = RH_FAULT_FORGE,
     .actor = "c",
     .from = {.names = some, .count = 1},
     .signal = RH_SIGNAL_UNLINK,
     .max = 2},
    {.kind = RH_FAULT_FORGE,
     .actor = "c",
     .from = {.names = &some[2], .count = 1},
     .signal = RH_SIGNAL_DEMONITOR,
     .max = 2},
    {.kind = RH_FAULT_DROP, .is_pinned = true, .times = 5, .every = 7},
    {.kind = RH_FAULT_DUPLICATE, .is_pinned = true, .times = 3, .every = 9},
    {.kind = RH_FAULT_HOLD, .is_pinned = true, .every = 11, .span = 4},
};

#define MESSAGE_FAULTS (sizeof(message_faults) / sizeof(message_faults[0]))
static uint64_t struck[MESSAGE_FAULTS];

struct play {
    uint64_t seed;
    bool fifo;
    bool armed;
    bool strikes_messages;
    bool time_free;
    rh_duration stall_max;
};

static struct rh_strategy *strategy_of(const struct play *play)
{
    struct rh_strategy *strategy = NULL;
    enum rh_status status = play->fifo ? rh_strategy_fifo(NULL, &strategy)
                                       : rh_strategy_random(NULL, play->seed, 1, &strategy);
    assert_int_equal(status, RH_OK);
    return strategy;
}

static void assert_holds(const struct rh_judge *judge, const struct play *play)
{
    const struct rh_violation *found = rh_judge_violation(judge);
    if (found != NULL) {
        fail_msg("seed %llu, step %llu: %s\nexpected: %s\nobserved: %s",
                 (unsigned long long)play->seed, (unsigned long long)found->step, found->invariant,
                 found->expected, found->observed);
    }
    assert_int_equal(rh_judge_status(judge), RH_OK);
}

static enum rh_end run(struct rh_judge *judge, const struct play *play)
{
    struct dice dice;
    struct rh_world *world = NULL;
    struct rh_strategy *strategy = strategy_of(play);
    const struct rh_world_options options = {.strategy = strategy,
                                             .seed = play->seed,
                                             .time_free = play->time_free,
                                             .stall_max = play->stall_max,
                                             .events_max = 20000};
    assert_int_equal(rh_world_create(&options, &world), RH_OK);
    uint32_t node = 0;
    assert_int_equal(rh_world_add_node(world, "n1", &node), RH_OK);
    assert_int_equal(rh_judge_begin(judge, world), RH_OK);
    assert_int_equal(dice_cast(&dice, world, 6, 400), RH_OK);
    if (play->armed) {
        assert_int_equal(rh_world_arm(world, faults, sizeof(faults) / sizeof(faults[0])), RH_OK);
    }
    if (play->strikes_messages) {
        assert_int_equal(rh_world_arm(world, message_faults, MESSAGE_FAULTS), RH_OK);
        rh_world_bound_faults(world, play->seed % 20); /* 0: no bound */
    }
    rh_strategy_begin(strategy);
    enum rh_end end = rh_world_run(world);
    if (end == RH_END_QUIESCENT) {
        rh_world_heal(world);
        end = rh_world_run(world);
    }
    rh_judge_finish(judge, end);
    for (size_t i = 0; play->strikes_messages && i < MESSAGE_FAULTS; i++) {
        struck[i] += rh_world_fault_fired(world, i);
    }
    assert_holds(judge, play);
    (void)rh_strategy_end(strategy);
    rh_strategy_destroy(strategy);
    rh_world_destroy(world);
    return end;
}

static struct rh_judge *judge_of_all(void)
{
    struct rh_judge *judge = NULL;
    const struct rh_judge_options options = {.except = not_here};
    assert_int_equal(rh_judge_create(&options, &judge), RH_OK);
    return judge;
}

static void play_many(struct play play)
{
    struct rh_judge *judge = judge_of_all();
    uint64_t quiescent = 0;
    for (uint64_t i = 0; i < runs; i++) {
        play.seed = first_seed + i;
        quiescent += run(judge, &play) == RH_END_QUIESCENT;
    }
    assert_true(quiescent > runs / 2); /* or what holds at the end was hardly looked at */
    for (size_t i = 0; i < rh_judge_count(judge); i++) {
        if (runs >= RUNS && rh_judge_evaluations(judge, i) == 0) {
            fail_msg("%s is vacuous", rh_judge_checker(judge, i)->name);
        }
    }
    rh_judge_destroy(judge);
}

static void holds_in_sending_order(void **state)
{
    (void)state;
    play_many((struct play){.fifo = true});
}

static void holds_in_random_orders(void **state)
{
    (void)state;
    play_many((struct play){.armed = false});
}

static void holds_under_faults(void **state)
{
    (void)state;
    play_many((struct play){.armed = true, .stall_max = 2});
}

static void holds_when_time_is_free(void **state)
{
    (void)state;
    play_many((struct play){.armed = true, .time_free = true});
}

static void holds_under_faults_of_messages(void **state)
{
    (void)state;
    play_many((struct play){.strikes_messages = true, .stall_max = 2});
    play_many((struct play){.strikes_messages = true, .time_free = true});
    play_many((struct play){.strikes_messages = true, .fifo = true});
    for (size_t i = 0; i < MESSAGE_FAULTS; i++) {
        if (runs >= RUNS && struck[i] == 0) {
            fail_msg("fault %zu, %s, never struck", i, rh_fault_kind_word(message_faults[i].kind));
        }
    }
}

int main(int argc, char **argv)
{
    if (argc == 3) {
        first_seed = strtoull(argv[1], NULL, 10);
        runs = strtoull(argv[2], NULL, 10);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_in_sending_order),
        cmocka_unit_test(holds_in_random_orders),
        cmocka_unit_test(holds_under_faults),
        cmocka_unit_test(holds_when_time_is_free),
        cmocka_unit_test(holds_under_faults_of_messages),
    };
    return cmocka_run_group_tests_name("harness.check.random", tests, NULL, NULL) ? 1 : 0;
}
