/* SPDX-License-Identifier: MIT */
/* Random programs over two to four nodes: after each step the tables of each node agree, when all is quiet the nodes agree
 * with each other, and when everybody has gone nothing is left. */
#include "core/remote/tests/swarm.h"

#include <stdio.h>
#include <stdlib.h>

static uint64_t succeeded[SWARM_OPERATIONS_MAX];
static struct swarm swarm;

static uint64_t seed_of(uint64_t seed)
{
    const char *only = getenv("SEED");
    return only == NULL ? seed : strtoull(only, NULL, 10);
}

static void play(uint64_t first, int count, const struct swarm *as, int steps, bool leave_early)
{
    for (int i = 0; i < count; i++) {
        uint64_t seed = seed_of(first + (uint64_t)i);
        swarm = *as;
        if (getenv("VERBOSE") != NULL) {
            (void)fprintf(stderr, "seed %llu\n", (unsigned long long)seed);
        }
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

/* One program, as often as it allocates, each time without another of its blocks. */
static void any_allocation_may_fail(void **state)
{
    (void)state;
    for (uint64_t seed = 60000; seed < 60002; seed++) {
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_agree_when_nothing_breaks),
        cmocka_unit_test(nodes_agree_whatever_breaks),
        cmocka_unit_test(nodes_can_go_at_any_moment),
        cmocka_unit_test(hostile_limits_change_nothing),
        cmocka_unit_test(any_allocation_may_fail),
        cmocka_unit_test(memory_may_be_gone_for_good),
        cmocka_unit_test(every_id_may_be_used_up),
        cmocka_unit_test(every_operation_was_of_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
