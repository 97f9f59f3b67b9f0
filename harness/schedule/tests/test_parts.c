/* SPDX-License-Identifier: MIT */
/* Strategies that are played in parts: together they are what the whole is, in whatever sizes they are given away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <rehearse/choice.h>

#define RUNS_MAX 8192u
#define AWAY_MAX 16u

/* What was seen: runs by their digits. */
struct seen {
    uint64_t runs[RUNS_MAX];
    size_t count;
};

/* A tree whose shape depends on the answers: after the answer 0 there is one level less. */
static uint64_t play(struct rh_strategy *strategy, uint32_t depth)
{
    uint64_t digits = 1;
    for (uint32_t left = depth; left > 0; left--) {
        uint32_t count = 2 + left % 3;
        uint32_t chosen = rh_choice_below(strategy, RH_SITE_NEXT, count, NULL);
        digits = digits * 8 + chosen + 1;
        left -= chosen == 0 && left > 1 ? 1 : 0;
    }
    return digits;
}

static void play_part(struct rh_strategy *part, uint64_t runs, uint32_t depth, struct seen *seen)
{
    bool more = true;
    for (uint64_t i = 0; i < runs && more; i++) {
        rh_strategy_begin(part);
        assert_true(seen->count < RUNS_MAX);
        seen->runs[seen->count++] = play(part, depth);
        more = rh_strategy_end(part);
    }
}

/* Parts of `runs` runs, `away_max` of them away at a time. */
static void play_parts(struct rh_strategy *whole, uint64_t runs, size_t away_max, uint32_t depth,
                       struct seen *seen)
{
    struct rh_strategy *away[AWAY_MAX];
    size_t count = 0;
    seen->count = 0;
    for (;;) {
        while (count < away_max) {
            assert_int_equal(rh_strategy_split(whole, runs, &away[count]), RH_OK);
            if (away[count] == NULL) {
                break;
            }
            count++;
        }
        if (count == 0) {
            return;
        }
        play_part(away[0], runs, depth, seen);
        assert_int_equal(rh_strategy_join(whole, away[0]), RH_OK);
        count--;
        memmove(away, away + 1, count * sizeof away[0]);
    }
}

static int compare(const void *a, const void *b)
{
    uint64_t one = *(const uint64_t *)a;
    uint64_t two = *(const uint64_t *)b;
    return (one > two) - (one < two);
}

static void sort(struct seen *seen)
{
    qsort(seen->runs, seen->count, sizeof seen->runs[0], compare);
}

static void parts_of_a_tree_are_the_tree(void **state)
{
    static struct seen whole_seen;
    static struct seen parts_seen;
    const uint64_t sizes[] = {1, 2, 3, 7, 64, 10000};
    (void)state;
    for (uint32_t depth = 0; depth < 8; depth++) {
        struct rh_strategy *whole = NULL;
        assert_int_equal(rh_strategy_exhaustive(NULL, 100, &whole), RH_OK);
        whole_seen.count = 0;
        play_part(whole, UINT64_MAX, depth, &whole_seen);
        rh_strategy_destroy(whole);
        sort(&whole_seen);
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            for (size_t away = 1; away <= AWAY_MAX; away += 5) {
                struct rh_strategy *trunk = NULL;
                assert_int_equal(rh_strategy_exhaustive(NULL, 100, &trunk), RH_OK);
                play_parts(trunk, sizes[i], away, depth, &parts_seen);
                assert_true(trunk->complete);
                assert_int_equal(trunk->runs, whole_seen.count);
                sort(&parts_seen);
                assert_int_equal(parts_seen.count, whole_seen.count);
                assert_memory_equal(parts_seen.runs, whole_seen.runs,
                                    whole_seen.count * sizeof whole_seen.runs[0]);
                rh_strategy_destroy(trunk);
            }
        }
    }
    assert_true(whole_seen.count > 100);
}

static void one_part_at_a_time_goes_in_lexicographic_order(void **state)
{
    static struct seen whole_seen;
    static struct seen parts_seen;
    struct rh_strategy *whole = NULL;
    struct rh_strategy *trunk = NULL;
    (void)state;
    assert_int_equal(rh_strategy_exhaustive(NULL, 100, &whole), RH_OK);
    assert_int_equal(rh_strategy_exhaustive(NULL, 100, &trunk), RH_OK);
    whole_seen.count = 0;
    play_part(whole, UINT64_MAX, 6, &whole_seen);
    play_parts(trunk, 5, 1, 6, &parts_seen);
    assert_int_equal(parts_seen.count, whole_seen.count);
    assert_memory_equal(parts_seen.runs, whole_seen.runs,
                        whole_seen.count * sizeof whole_seen.runs[0]);
    rh_strategy_destroy(whole);
    rh_strategy_destroy(trunk);
}

static void parts_of_random_are_its_runs_in_order(void **state)
{
    static struct seen whole_seen;
    static struct seen parts_seen;
    struct rh_strategy *whole = NULL;
    struct rh_strategy *trunk = NULL;
    (void)state;
    assert_int_equal(rh_strategy_random(NULL, 77, 100, &whole), RH_OK);
    assert_int_equal(rh_strategy_random(NULL, 77, 100, &trunk), RH_OK);
    whole_seen.count = 0;
    play_part(whole, UINT64_MAX, 7, &whole_seen);
    play_parts(trunk, 16, 4, 7, &parts_seen);
    assert_int_equal(trunk->runs, 100);
    assert_int_equal(parts_seen.count, 100);
    assert_memory_equal(parts_seen.runs, whole_seen.runs, 100 * sizeof whole_seen.runs[0]);
    rh_strategy_destroy(whole);
    rh_strategy_destroy(trunk);
}

static void a_part_that_fails_fails_the_whole(void **state)
{
    static struct seen seen;
    struct rh_strategy *trunk = NULL;
    (void)state;
    assert_int_equal(rh_strategy_exhaustive(NULL, 3, &trunk), RH_OK);
    play_parts(trunk, 64, 4, 7, &seen);
    assert_true(trunk->failed);
    assert_int_equal(trunk->status, RH_LIMIT);
    assert_false(trunk->complete);
    rh_strategy_destroy(trunk);
}

static void what_is_away_or_open_is_freed_with_the_whole(void **state)
{
    static struct seen seen;
    struct rh_strategy *trunk = NULL;
    struct rh_strategy *part = NULL;
    (void)state;
    assert_int_equal(rh_strategy_exhaustive(NULL, 100, &trunk), RH_OK);
    assert_int_equal(rh_strategy_split(trunk, 5, &part), RH_OK);
    seen.count = 0;
    play_part(part, 5, 7, &seen);
    assert_int_equal(rh_strategy_join(trunk, part), RH_OK);
    assert_int_equal(rh_strategy_split(trunk, 5, &part), RH_OK);
    rh_strategy_destroy(part);
    assert_false(trunk->complete);
    rh_strategy_destroy(trunk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_of_a_tree_are_the_tree),
        cmocka_unit_test(one_part_at_a_time_goes_in_lexicographic_order),
        cmocka_unit_test(parts_of_random_are_its_runs_in_order),
        cmocka_unit_test(a_part_that_fails_fails_the_whole),
        cmocka_unit_test(what_is_away_or_open_is_freed_with_the_whole),
    };
    return cmocka_run_group_tests_name("schedule.parts", tests, NULL, NULL) ? 1 : 0;
}
