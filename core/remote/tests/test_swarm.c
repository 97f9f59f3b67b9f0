/* SPDX-License-Identifier: MIT */
/* Random programs over two to four nodes: after each step the tables of each node agree, when all is quiet the nodes agree
 * with each other, and when everybody has gone nothing is left. */
#include "core/remote/tests/swarm.h"

#include <stdlib.h>

static uint64_t succeeded[SWARM_OPERATIONS_MAX];
static struct swarm swarm;
static int times = 1; /**< how many of each kind: the argument */

static uint64_t only_seed; /**< 0: all; else this one alone: the second argument */
static uint64_t playing_seed;

static uint64_t seed_of(uint64_t seed)
{
    playing_seed = only_seed == 0 ? seed : only_seed;
    return playing_seed;
}

static int tell_seed(void **state)
{
    (void)state;
    if (playing_seed != 0) {
        print_error("the seed was %llu\n", (unsigned long long)playing_seed);
    }
    playing_seed = 0;
    return 0;
}

static void play(uint64_t first, int count, const struct swarm *as, int steps, bool leave_early)
{
    for (int i = 0; i < count * times; i++) {
        uint64_t seed = seed_of(first + (uint64_t)i);
        swarm = *as;
        swarm_open(&swarm, seed, (uint32_t)(2 + seed % 3));
        for (int step = 0; step < steps; step++) {
            swarm_step(&swarm);
        }
        if (!leave_early) {
            swarm_finish(&swarm);
        }
        swarm_close(&swarm);
        for (unsigned op = 0; op < swarm_operation_count(); op++) {
            succeeded[op] += swarm.succeeded[op];
        }
    }
    playing_seed = 0;
}

static void nodes_agree_when_nothing_breaks(void **state)
{
    (void)state;
    play(1000, 150, &(struct swarm){.calm = true}, 800, false);
    play(2000, 150, &(struct swarm){.calm = true, .any_order = true}, 800, false);
}

static void nodes_agree_whatever_breaks(void **state)
{
    (void)state;
    play(10000, 200, &(struct swarm){0}, 800, false);
    play(20000, 200, &(struct swarm){.any_order = true}, 800, false);
}

static void nodes_can_go_at_any_moment(void **state)
{
    (void)state;
    play(30000, 100, &(struct swarm){.any_order = true}, 400, true);
}

static void hostile_limits_change_nothing(void **state)
{
    (void)state;
    struct swarm as = {.limits = rh_limits_hostile()};
    play(40000, 150, &as, 800, false);
    as.any_order = true;
    play(50000, 150, &as, 800, false);
}

/* So tight that a program of this size meets each of them. */
static void tight_limits_change_nothing(void **state)
{
    (void)state;
    struct swarm as = {.limits = rh_limits_hostile()};
    as.limits.held_signals_max = 3;
    as.limits.lane_bytes_max = 300;
    as.limits.lane_controls_max = 12;
    as.limits.connections_max = 3;
    as.limits.proxies_max = 4;
    as.limits.frame_bytes_max = 200;
    as.limits.message_bytes_max = 200;
    play(80000, 150, &as, 800, false);
    as.any_order = true;
    play(90000, 150, &as, 800, false);
}

/* One program, as often as it allocates, each time without another of its blocks. */
static void any_allocation_may_fail(void **state)
{
    (void)state;
    for (uint64_t seed = 60000; seed < 60002 + (uint64_t)times - 1; seed++) {
        bool refused = true;
        for (size_t at = 1; refused; at++) {
            swarm = (struct swarm){.any_order = true, .poor = true, .purse.refuse_at = at};
            swarm.limits = rh_limits_default();
            swarm.limits.pool_objects_per_chunk = 1;
            swarm_open(&swarm, seed, 2 + (uint32_t)(seed % 2));
            for (int step = 0; step < 400; step++) {
                swarm_step(&swarm);
            }
            swarm_finish(&swarm);
            refused = swarm.purse.allocations >= at;
            swarm_close(&swarm);
        }
    }
}

static void memory_may_be_gone_for_good(void **state)
{
    (void)state;
    for (size_t at = 1; at < 600; at++) {
        swarm = (struct swarm){.poor = true, .purse.refuse_at = at, .purse.refuse_after = true};
        swarm.limits = rh_limits_default();
        swarm.limits.pool_objects_per_chunk = 1;
        swarm_open(&swarm, 61000 + at, 2);
        for (int step = 0; step < 300; step++) {
            swarm_step(&swarm);
        }
        swarm_finish(&swarm);
        swarm_close(&swarm);
    }
}

/* Ids begin a few before their ends: generations, references of actors and of connections. */
static void every_id_may_be_used_up(void **state)
{
    (void)state;
    struct swarm as = {.exhausted = true};
    for (uint32_t left = 0; left < 12; left++) {
        as.first_generation = UINT32_MAX - left;
        play(70000 + left * 10, 10, &as, 600, false);
    }
}

static void every_operation_was_of_use(void **state)
{
    (void)state;
    for (unsigned op = 0; op < swarm_operation_count(); op++) {
        if (succeeded[op] < 20) {
            fail_msg("%s succeeded %u times", swarm_operation_name(op), (unsigned)succeeded[op]);
        }
    }
}

int main(int argc, char **argv)
{
    times = argc > 1 ? (int)strtol(argv[1], NULL, 10) : times;
    only_seed = argc > 2 ? strtoull(argv[2], NULL, 10) : only_seed;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(nodes_agree_when_nothing_breaks, tell_seed),
        cmocka_unit_test_teardown(nodes_agree_whatever_breaks, tell_seed),
        cmocka_unit_test_teardown(nodes_can_go_at_any_moment, tell_seed),
        cmocka_unit_test_teardown(hostile_limits_change_nothing, tell_seed),
        cmocka_unit_test_teardown(tight_limits_change_nothing, tell_seed),
        cmocka_unit_test(any_allocation_may_fail),
        cmocka_unit_test(memory_may_be_gone_for_good),
        cmocka_unit_test_teardown(every_id_may_be_used_up, tell_seed),
        cmocka_unit_test(every_operation_was_of_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
