/* SPDX-License-Identifier: MIT */
/* The judge's n-th allocation fails, for every n: an error, never a verdict, and no leak. */
#include "harness/check/judge.h"
#include "harness/check/tests/dice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

struct purse {
    uint64_t allocations;
    uint64_t refused_from; /* 0: never */
    int64_t bytes;
};

static bool spends(struct purse *purse)
{
    purse->allocations++;
    return purse->refused_from == 0 || purse->allocations < purse->refused_from;
}

static void *purse_allocate(void *self, size_t bytes)
{
    struct purse *purse = self;
    void *block = spends(purse) ? malloc(bytes > 0 ? bytes : 1) : NULL;
    purse->bytes += block == NULL ? 0 : (int64_t)bytes;
    return block;
}

static void *purse_resize(void *self, void *block, size_t before, size_t bytes)
{
    struct purse *purse = self;
    void *grown = spends(purse) ? realloc(block, bytes > 0 ? bytes : 1) : NULL;
    purse->bytes += grown == NULL ? 0 : (int64_t)bytes - (int64_t)before;
    return grown;
}

static void purse_release(void *self, void *block, size_t bytes)
{
    struct purse *purse = self;
    purse->bytes -= block == NULL ? 0 : (int64_t)bytes;
    free(block);
}

static const char *const no_deadlock[] = {"deadlock", NULL};

/* One run, judged with this purse. Returns what the judge said of itself. */
static enum rh_status run(struct purse *purse)
{
    struct rh_judge *judge = NULL;
    const struct rh_allocator allocator = {purse_allocate, purse_resize, purse_release, purse};
    const struct rh_judge_options options = {.allocator = &allocator, .except = no_deadlock};
    enum rh_status status = rh_judge_create(&options, &judge);
    if (status != RH_OK) {
        return status;
    }
    struct dice dice;
    struct rh_world *world = NULL;
    struct rh_strategy *strategy = NULL;
    uint32_t node = 0;
    assert_int_equal(rh_strategy_random(NULL, 5, 1, &strategy), RH_OK);
    const struct rh_world_options world_options = {
        .strategy = strategy, .seed = 5, .events_max = 5000};
    assert_int_equal(rh_world_create(&world_options, &world), RH_OK);
    assert_int_equal(rh_world_add_node(world, "n1", &node), RH_OK);
    assert_int_equal(rh_judge_begin(judge, world), RH_OK);
    assert_int_equal(dice_cast(&dice, world, 6, 300), RH_OK);
    rh_judge_finish(judge, rh_world_run(world));
    assert_null(rh_judge_violation(judge));
    status = rh_judge_status(judge);
    rh_world_destroy(world);
    rh_strategy_destroy(strategy);
    rh_judge_destroy(judge);
    return status;
}

static void every_refused_allocation_is_an_error(void **state)
{
    (void)state;
    struct purse rich = {0};
    assert_int_equal(run(&rich), RH_OK);
    assert_int_equal(rich.bytes, 0);
    assert_true(rich.allocations > 20);
    for (uint64_t n = 1; n <= rich.allocations; n++) {
        struct purse purse = {.refused_from = n};
        assert_int_equal(run(&purse), RH_NO_MEMORY);
        assert_int_equal(purse.bytes, 0);
    }
}

static void a_second_run_of_the_same_size_allocates_nothing(void **state)
{
    (void)state;
    struct purse purse = {0};
    struct rh_judge *judge = NULL;
    const struct rh_allocator allocator = {purse_allocate, purse_resize, purse_release, &purse};
    const struct rh_judge_options options = {.allocator = &allocator, .except = no_deadlock};
    assert_int_equal(rh_judge_create(&options, &judge), RH_OK);
    uint64_t after_first = 0;
    for (int i = 0; i < 3; i++) {
        struct dice dice;
        struct rh_world *world = NULL;
        struct rh_strategy *strategy = NULL;
        uint32_t node = 0;
        assert_int_equal(rh_strategy_fifo(NULL, &strategy), RH_OK);
        const struct rh_world_options world_options = {.strategy = strategy, .events_max = 5000};
        assert_int_equal(rh_world_create(&world_options, &world), RH_OK);
        assert_int_equal(rh_world_add_node(world, "n1", &node), RH_OK);
        assert_int_equal(rh_judge_begin(judge, world), RH_OK);
        assert_int_equal(dice_cast(&dice, world, 6, 300), RH_OK);
        rh_judge_finish(judge, rh_world_run(world));
        assert_null(rh_judge_violation(judge));
        rh_world_destroy(world);
        rh_strategy_destroy(strategy);
        after_first = i == 0 ? purse.allocations : after_first;
    }
    assert_int_equal(purse.allocations, after_first);
    rh_judge_destroy(judge);
    assert_int_equal(purse.bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_refused_allocation_is_an_error),
        cmocka_unit_test(a_second_run_of_the_same_size_allocates_nothing),
    };
    return cmocka_run_group_tests_name("harness.check.oom", tests, NULL, NULL) ? 1 : 0;
}
