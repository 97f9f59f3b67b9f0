/* SPDX-License-Identifier: MIT */
/* Outcomes are told apart in bounded memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/play/outcomes.h"

static size_t bytes;
static size_t bytes_most;

static void *count_allocate(void *self, size_t size)
{
    (void)self;
    bytes += size;
    bytes_most = bytes > bytes_most ? bytes : bytes_most;
    return rh_allocator_default()->allocate(NULL, size);
}

static void count_release(void *self, void *block, size_t size)
{
    (void)self;
    bytes -= size;
    rh_allocator_default()->release(NULL, block, size);
}

static const struct rh_allocator counting = {.allocate = count_allocate, .release = count_release};

/* Distinct numbers that look like digests. */
static void digest_of(uint64_t number, uint64_t ret_digest[2])
{
    ret_digest[0] = (number + 1) * UINT64_C(0x9e3779b97f4a7c15);
    ret_digest[1] = number;
}

static void add(struct outcomes *outcomes, uint64_t number)
{
    uint64_t digest[2];
    digest_of(number, digest);
    assert_int_equal(outcomes_add(outcomes, digest), RH_OK);
}

static void counts_each_once(void **state)
{
    struct outcomes outcomes;
    uint64_t none[2] = {0, 0};
    (void)state;
    outcomes_init(&outcomes, &counting);
    for (uint64_t i = 0; i < 3000; i++) {
        add(&outcomes, i % 1000);
    }
    assert_int_equal(outcomes.count, 1000);
    assert_int_equal(outcomes_add(&outcomes, none), RH_OK);
    assert_int_equal(outcomes_add(&outcomes, none), RH_OK);
    assert_int_equal(outcomes.count, 1001);
    size_t at = 0;
    size_t visited = 0;
    while (outcomes_next(&outcomes, &at, none)) {
        visited++;
    }
    assert_int_equal(visited, 1001);
    assert_false(outcomes.has_more);
    outcomes_deinit(&outcomes);
    assert_int_equal(bytes, 0);
}

static void takes_no_more_memory_behind_the_bound(void **state)
{
    struct outcomes outcomes;
    (void)state;
    outcomes_init(&outcomes, &counting);
    bytes_most = 0;
    for (uint64_t i = 0; i < OUTCOMES_MAX; i++) {
        add(&outcomes, i);
    }
    assert_int_equal(outcomes.count, OUTCOMES_MAX);
    add(&outcomes, 7);
    assert_false(outcomes.has_more);
    size_t most = bytes_most;
    for (uint64_t i = 0; i < 1000; i++) {
        add(&outcomes, OUTCOMES_MAX + i);
    }
    assert_true(outcomes.has_more);
    assert_int_equal(outcomes.count, OUTCOMES_MAX);
    assert_int_equal(bytes_most, most);
    assert_true(most < (size_t)64 << 20);
    outcomes_deinit(&outcomes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_each_once),
        cmocka_unit_test(takes_no_more_memory_behind_the_bound),
    };
    return cmocka_run_group_tests_name("play.outcomes", tests, NULL, NULL) ? 1 : 0;
}
