/* SPDX-License-Identifier: MIT */
#include "core/base/pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OBJECT_BYTES 104
#define OBJECTS 10000

struct budget {
    size_t blocks_left;
    size_t blocks_out;
};

static void *budget_allocate(void *self, size_t bytes)
{
    struct budget *budget = self;
    if (budget->blocks_left == 0) {
        return NULL;
    }
    budget->blocks_left--;
    budget->blocks_out++;
    return malloc(bytes);
}

static void budget_release(void *self, void *block, size_t bytes)
{
    struct budget *budget = self;
    (void)bytes;
    budget->blocks_out -= block != NULL;
    free(block);
}

static struct rh_allocator budget_allocator(struct budget *budget)
{
    struct rh_allocator allocator = {
        .allocate = budget_allocate,
        .release = budget_release,
        .self = budget,
    };
    return allocator;
}

static unsigned char *objects[OBJECTS];

static void take_all(struct pool *pool)
{
    for (size_t i = 0; i < OBJECTS; i++) {
        objects[i] = pool_take(pool);
        assert_non_null(objects[i]);
        memset(objects[i], (int)(i & 0xff), OBJECT_BYTES);
    }
}

static size_t count_ascents(void)
{
    size_t ascents = 0;
    for (size_t i = 1; i < OBJECTS; i++) {
        ascents += objects[i] == objects[i - 1] + OBJECT_BYTES;
    }
    return ascents;
}

static void hands_out_each_object_once(void **state)
{
    (void)state;
    struct pool pool;
    pool_init(&pool, rh_allocator_default(), OBJECT_BYTES, 128);
    take_all(&pool);
    assert_int_equal(pool.used, OBJECTS);
    for (size_t i = 0; i < OBJECTS; i++) {
        for (size_t byte = 0; byte < OBJECT_BYTES; byte++) {
            assert_int_equal(objects[i][byte], i & 0xff);
        }
    }
    pool_deinit(&pool);
}

static void is_in_order_again_after_a_storm(void **state)
{
    (void)state;
    struct pool pool;
    pool_init(&pool, rh_allocator_default(), OBJECT_BYTES, 128);
    take_all(&pool);
    size_t ascents = count_ascents();
    for (size_t i = 0; i < OBJECTS; i++) {
        pool_give(&pool,
                  objects[i * 7919 % OBJECTS]); /* 7919 is prime: each once, all over the place */
    }
    assert_int_equal(pool.used, 0);
    take_all(&pool);
    assert_true(count_ascents() + pool.objects_per_page >= ascents);
    pool_deinit(&pool);
}

static void reuses_what_came_back_before_it_asks_for_more(void **state)
{
    (void)state;
    struct budget budget = {.blocks_left = 1000};
    struct rh_allocator allocator = budget_allocator(&budget);
    struct pool pool;
    pool_init(&pool, &allocator, OBJECT_BYTES, 128);
    take_all(&pool);
    budget.blocks_left = 0;
    for (size_t round = 0; round < 3; round++) {
        for (size_t i = round; i < OBJECTS; i += 3) {
            pool_give(&pool, objects[i]);
        }
        for (size_t i = round; i < OBJECTS; i += 3) {
            objects[i] = pool_take(&pool);
            assert_non_null(objects[i]);
        }
    }
    pool_deinit(&pool);
    assert_int_equal(budget.blocks_out, 0);
}

static void refuses_when_the_allocator_does(void **state)
{
    (void)state;
    struct budget budget = {.blocks_left = 1};
    struct rh_allocator allocator = budget_allocator(&budget);
    struct pool pool;
    pool_init(&pool, &allocator, OBJECT_BYTES, 128);
    size_t taken = 0;
    void *last = NULL;
    for (void *object = pool_take(&pool); object != NULL; object = pool_take(&pool)) {
        last = object;
        taken++;
    }
    assert_true(taken >= 128);
    assert_int_equal(pool.used, taken);
    pool_give(&pool, last);
    assert_ptr_equal(pool_take(&pool), last);
    pool_deinit(&pool);
    assert_int_equal(budget.blocks_out, 0);
}

static void gives_single_objects_back_at_once(void **state)
{
    (void)state;
    struct budget budget = {.blocks_left = 2};
    struct rh_allocator allocator = budget_allocator(&budget);
    struct pool pool;
    pool_init(&pool, &allocator, OBJECT_BYTES, 1);
    void *object = pool_take(&pool);
    assert_non_null(object);
    assert_int_equal(budget.blocks_out, 1);
    pool_give(&pool, object);
    assert_int_equal(budget.blocks_out, 0);
    pool_deinit(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hands_out_each_object_once),
        cmocka_unit_test(is_in_order_again_after_a_storm),
        cmocka_unit_test(reuses_what_came_back_before_it_asks_for_more),
        cmocka_unit_test(refuses_when_the_allocator_does),
        cmocka_unit_test(gives_single_objects_back_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
