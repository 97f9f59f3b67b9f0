/* SPDX-License-Identifier: MIT */
/* The set that results carry: what it takes, in which order it stands, and that adding up has no order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/random.h"
#include "harness/document/tests/failing_allocator.h"

#include <rehearse/coverage.h>

static void add(struct rh_coverage *coverage, enum rh_coverage_family family, const char *key,
                uint64_t first, uint64_t second)
{
    assert_int_equal(rh_coverage_add(coverage, family, key, first, second), RH_OK);
}

static void assert_same(const struct rh_coverage *one, const struct rh_coverage *other)
{
    assert_int_equal(one->count, other->count);
    assert_int_equal(one->is_cut, other->is_cut);
    assert_int_equal(one->is_partial, other->is_partial);
    for (size_t i = 0; i < one->count; i++) {
        assert_int_equal(one->items[i].family, other->items[i].family);
        assert_string_equal(one->items[i].key, other->items[i].key);
        assert_memory_equal(one->items[i].counts, other->items[i].counts,
                            sizeof one->items[i].counts);
    }
}

static void keeps_items_in_order_each_once(void **state)
{
    struct rh_coverage coverage = {0};
    (void)state;
    add(&coverage, RH_COVERAGE_PAIR, "b", 1, 2);
    add(&coverage, RH_COVERAGE_MESSAGE, "z", 3, 0);
    add(&coverage, RH_COVERAGE_PAIR, "a", 4, 5);
    add(&coverage, RH_COVERAGE_PAIR, "b", 10, 20);
    assert_int_equal(coverage.count, 3);
    assert_string_equal(coverage.items[0].key, "z");
    assert_string_equal(coverage.items[1].key, "a");
    assert_string_equal(coverage.items[2].key, "b");
    assert_int_equal(coverage.items[2].counts[0], 11);
    assert_int_equal(coverage.items[2].counts[1], 22);
    assert_null(rh_coverage_find(&coverage, RH_COVERAGE_MESSAGE, "a"));
    assert_ptr_equal(rh_coverage_find(&coverage, RH_COVERAGE_PAIR, "a"), &coverage.items[1]);
    rh_coverage_deinit(&coverage);
    assert_int_equal(coverage.count, 0);
}

static void counts_stop_at_the_largest_number(void **state)
{
    struct rh_coverage coverage = {0};
    (void)state;
    add(&coverage, RH_COVERAGE_PAIR, "a", UINT64_MAX - 1, 7);
    add(&coverage, RH_COVERAGE_PAIR, "a", 5, UINT64_MAX);
    assert_true(coverage.items[0].counts[0] == UINT64_MAX);
    assert_true(coverage.items[0].counts[1] == UINT64_MAX);
    rh_coverage_deinit(&coverage);
}

static void refuses_what_is_no_item(void **state)
{
    struct rh_coverage coverage = {0};
    char key[RH_COVERAGE_KEY_BYTES_MAX + 2];
    (void)state;
    memset(key, 'k', sizeof key);
    key[RH_COVERAGE_KEY_BYTES_MAX + 1] = '\0';
    assert_int_equal(rh_coverage_add(&coverage, RH_COVERAGE_PAIR, key, 1, 0), RH_INVALID);
    key[RH_COVERAGE_KEY_BYTES_MAX] = '\0';
    assert_int_equal(rh_coverage_add(&coverage, RH_COVERAGE_PAIR, key, 1, 0), RH_OK);
    assert_int_equal(rh_coverage_add(&coverage, RH_COVERAGE_PAIR, "", 1, 0), RH_INVALID);
    assert_int_equal(rh_coverage_add(&coverage, RH_COVERAGE_PAIR, "a\nb", 1, 0), RH_INVALID);
    assert_int_equal(rh_coverage_add(&coverage, RH_COVERAGE_PAIR, "\xc3\xa4", 1, 0), RH_INVALID);
    assert_int_equal(rh_coverage_add(&coverage, RH_COVERAGE_FAMILY_COUNT, "a", 1, 0), RH_INVALID);
    assert_int_equal(rh_coverage_add(&coverage, RH_COVERAGE_FAULT, "a", 1, 1), RH_INVALID);
    assert_int_equal(coverage.count, 1);
    rh_coverage_deinit(&coverage);
}

static void has_an_end_and_says_so(void **state)
{
    struct rh_coverage coverage = {0};
    char key[16];
    (void)state;
    for (unsigned i = 0; i < RH_COVERAGE_ITEMS_MAX; i++) {
        (void)snprintf(key, sizeof key, "%u", i);
        add(&coverage, RH_COVERAGE_MESSAGE, key, 1, 0);
    }
    assert_false(coverage.is_cut);
    add(&coverage, RH_COVERAGE_MESSAGE, "0", 1, 0);
    assert_false(coverage.is_cut);
    add(&coverage, RH_COVERAGE_MESSAGE, "one more", 1, 0);
    assert_true(coverage.is_cut);
    assert_int_equal(coverage.count, RH_COVERAGE_ITEMS_MAX);
    rh_coverage_deinit(&coverage);
}

static void tells_what_is_covered(void **state)
{
    struct rh_coverage coverage = {0};
    (void)state;
    add(&coverage, RH_COVERAGE_PAIR, "half", 1, 0);
    add(&coverage, RH_COVERAGE_PAIR, "whole", 1, 1);
    add(&coverage, RH_COVERAGE_FAULT, "crash: idle", 1, 0);
    add(&coverage, RH_COVERAGE_FAULT, "crash: nowhere", 1, 0);
    add(&coverage, RH_COVERAGE_FAULT, "restart_node: alone", 1, 0);
    add(&coverage, RH_COVERAGE_FAULT, "kill: idle", 0, 0);
    assert_false(rh_coverage_is_covered(NULL));
    assert_false(rh_coverage_is_covered(rh_coverage_find(&coverage, RH_COVERAGE_PAIR, "half")));
    assert_true(rh_coverage_is_covered(rh_coverage_find(&coverage, RH_COVERAGE_PAIR, "whole")));
    struct rh_coverage_sum sum = rh_coverage_sum(&coverage, RH_COVERAGE_FAULT);
    assert_int_equal(sum.covered, 1);
    assert_true(sum.possible > 100);
    assert_int_equal(sum.others, 1);
    assert_int_equal(sum.absurd, 1);
    rh_coverage_deinit(&coverage);
}

static void finds_families_by_their_words(void **state)
{
    (void)state;
    for (unsigned i = 0; i < RH_COVERAGE_FAMILY_COUNT; i++) {
        enum rh_coverage_family family = (enum rh_coverage_family)i;
        enum rh_coverage_family found = RH_COVERAGE_FAMILY_COUNT;
        const char *word = rh_coverage_family_word(family);
        assert_true(rh_coverage_family_find(word, strlen(word), &found));
        assert_int_equal(found, family);
        assert_non_null(rh_coverage_family_sentence(family));
        assert_non_null(rh_coverage_count_word(family, 0));
        assert_null(rh_coverage_count_word(family, 2));
        assert_false(rh_coverage_family_find(word, strlen(word) - 1, &found));
    }
    assert_null(rh_coverage_family_word(RH_COVERAGE_FAMILY_COUNT));
}

/* ---- what could be ---- */

struct census {
    struct rh_coverage told;
    enum rh_coverage_family family;
    uint64_t count;
    uint64_t stops_at;
};

static bool take_down(void *self, const char *key, const char *why)
{
    struct census *census = self;
    assert_null(rh_coverage_find(&census->told, census->family, key));
    add(&census->told, census->family, key, 1, 0);
    assert_true(why == NULL || *why != '\0');
    return ++census->count != census->stops_at;
}

static void tells_each_thing_that_could_be_once(void **state)
{
    (void)state;
    for (unsigned i = 0; i < RH_COVERAGE_FAMILY_COUNT; i++) {
        struct census census = {.family = (enum rh_coverage_family)i};
        rh_coverage_universe(census.family, take_down, &census);
        assert_true(census.count > 80);
        struct census short_one = {.family = census.family, .stops_at = census.count - 1};
        rh_coverage_universe(census.family, take_down, &short_one);
        assert_int_equal(short_one.count, census.count - 1);
        rh_coverage_deinit(&census.told);
        rh_coverage_deinit(&short_one.told);
    }
}

/* ---- adding up ---- */

static void draw(struct rh_coverage *coverage, uint64_t seed)
{
    uint64_t count = random_mix(seed) % 40;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t drawn = random_mix(seed + (i + 1) * RANDOM_STRIDE);
        enum rh_coverage_family family =
            (enum rh_coverage_family)(drawn % RH_COVERAGE_FAMILY_COUNT);
        bool has_second = rh_coverage_count_word(family, 1) != NULL;
        char key[8];
        (void)snprintf(key, sizeof key, "k%u", (unsigned)(drawn >> 8 & 15));
        uint64_t huge = (drawn >> 20 & 31) == 0 ? UINT64_MAX - 3 : 0;
        add(coverage, family, key, (drawn >> 16 & 3) + huge, has_second ? drawn >> 18 & 3 : 0);
    }
    coverage->is_partial = (random_mix(seed + 1) & 7) == 0;
}

static void merge(struct rh_coverage *into, const struct rh_coverage *one)
{
    assert_int_equal(rh_coverage_merge(into, one), RH_OK);
}

static void merging_is_associative_and_commutative(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 2000; seed++) {
        struct rh_coverage a = {0};
        struct rh_coverage b = {0};
        struct rh_coverage c = {0};
        struct rh_coverage left = {0};
        struct rh_coverage right = {0};
        struct rh_coverage bc = {0};
        draw(&a, seed * 3);
        draw(&b, seed * 5 + (UINT64_C(1) << 40));
        draw(&c, seed * 7 + (UINT64_C(1) << 50));
        merge(&left, &a);
        merge(&left, &b);
        merge(&left, &c);
        merge(&bc, &c);
        merge(&bc, &b);
        merge(&right, &bc);
        merge(&right, &a);
        assert_same(&left, &right);
        struct rh_coverage nothing = {0};
        merge(&right, &nothing);
        assert_same(&left, &right);
        struct rh_coverage *all[] = {&a, &b, &c, &left, &right, &bc};
        for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
            rh_coverage_deinit(all[i]);
        }
    }
}

static void says_when_memory_is_gone_and_loses_none(void **state)
{
    enum rh_status status = RH_NO_MEMORY;
    uint64_t n = 1;
    (void)state;
    for (; status == RH_NO_MEMORY; n++) {
        struct failing_allocator failing;
        struct rh_coverage coverage;
        char key[8];
        failing_allocator_init(&failing, n);
        rh_coverage_init(&coverage, &failing.allocator);
        status = RH_OK;
        for (unsigned i = 0; i < 100 && status == RH_OK; i++) {
            (void)snprintf(key, sizeof key, "%u", i);
            status = rh_coverage_add(&coverage, RH_COVERAGE_FAULT, key, 1, 0);
        }
        assert_true(status == RH_OK || status == RH_NO_MEMORY);
        assert_true(status == RH_NO_MEMORY || coverage.count == 100);
        rh_coverage_deinit(&coverage);
        assert_int_equal(failing.bytes, 0);
        assert_false(failing.has_lost_size);
    }
    assert_true(n > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_items_in_order_each_once),
        cmocka_unit_test(counts_stop_at_the_largest_number),
        cmocka_unit_test(refuses_what_is_no_item),
        cmocka_unit_test(has_an_end_and_says_so),
        cmocka_unit_test(tells_what_is_covered),
        cmocka_unit_test(finds_families_by_their_words),
        cmocka_unit_test(tells_each_thing_that_could_be_once),
        cmocka_unit_test(merging_is_associative_and_commutative),
        cmocka_unit_test(says_when_memory_is_gone_and_loses_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0 ? 1 : 0;
}
