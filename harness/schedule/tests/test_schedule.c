/* SPDX-License-Identifier: MIT */
/* Strategies, each against a small machine whose choices are known in advance. */
#include <rehearse/choice.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DECISIONS_MAX 16

struct record {
    struct rh_decision decisions[DECISIONS_MAX];
    size_t length;
};

static uint32_t draw(struct rh_strategy *strategy, struct record *record, enum rh_site site,
                     uint32_t count)
{
    uint32_t chosen = rh_choice_below(strategy, site, count, NULL);
    if (count > 1 && record->length < DECISIONS_MAX) {
        record->decisions[record->length++] = (struct rh_decision){site, count, chosen};
    }
    return chosen;
}

/** Interleave two lists of two and one events: 3 orders; forced choices are drawn, too. */
static void interleave(struct rh_strategy *strategy, struct record *record, char *ret_order)
{
    uint32_t left = 2;
    uint32_t right = 1;
    size_t length = 0;
    record->length = 0;
    while (left + right > 0) {
        uint32_t ways = (left > 0) + (uint32_t)(right > 0);
        uint32_t chosen = draw(strategy, record, RH_SITE_NEXT, ways);
        bool from_left = left > 0 && chosen == 0;
        left -= from_left ? 1 : 0;
        right -= from_left ? 0 : 1;
        ret_order[length++] = from_left ? 'l' : 'r';
    }
    ret_order[length] = '\0';
}

static void fifo_answers_zero_and_wants_one_run(void **state)
{
    (void)state;
    struct rh_strategy *fifo = NULL;
    assert_int_equal(rh_strategy_fifo(NULL, &fifo), RH_OK);
    rh_strategy_begin(fifo);
    for (uint32_t count = 2; count < 50; count++) {
        assert_int_equal(rh_choice_below(fifo, RH_SITE_FAULT, count, NULL), 0);
    }
    assert_false(rh_strategy_end(fifo));
    assert_int_equal(fifo->runs, 1);
    rh_strategy_destroy(fifo);
}

static void exhaustive_visits_every_order_once_in_lexicographic_order(void **state)
{
    (void)state;
    struct rh_strategy *tree = NULL;
    assert_int_equal(rh_strategy_exhaustive(NULL, 100, &tree), RH_OK);
    const char *expected[] = {"llr", "lrl", "rll"};
    size_t found = 0;
    bool more = true;
    while (more) {
        char order[8];
        struct record record;
        rh_strategy_begin(tree);
        interleave(tree, &record, order);
        assert_true(found < 3);
        assert_string_equal(order, expected[found++]);
        more = rh_strategy_end(tree);
    }
    assert_int_equal(found, 3);
    assert_int_equal(tree->runs, 3);
    assert_true(tree->complete);
    assert_false(tree->failed);
    rh_strategy_destroy(tree);
}

/** Permutations of `n` by choosing the next element: n! runs, deeper than the first allocation when asked. */
static uint64_t count_runs(struct rh_strategy *tree, uint32_t n, uint32_t padding)
{
    bool more = true;
    while (more) {
        rh_strategy_begin(tree);
        for (uint32_t left = n; left > 0; left--) {
            (void)rh_choice_below(tree, RH_SITE_NEXT, left, NULL);
        }
        for (uint32_t i = 0; i < padding; i++) {
            (void)rh_choice_below(tree, RH_SITE_DRAW, 1, NULL);
        }
        more = rh_strategy_end(tree);
    }
    return tree->runs;
}

static void exhaustive_counts_factorials(void **state)
{
    (void)state;
    const uint64_t factorials[] = {1, 1, 2, 6, 24, 120, 720, 5040};
    for (uint32_t n = 0; n < 8; n++) {
        struct rh_strategy *tree = NULL;
        assert_int_equal(rh_strategy_exhaustive(NULL, 100, &tree), RH_OK);
        assert_int_equal(count_runs(tree, n, 3), factorials[n]);
        assert_true(tree->complete);
        rh_strategy_destroy(tree);
    }
}

static void exhaustive_that_reaches_its_depth_is_never_complete(void **state)
{
    (void)state;
    struct rh_strategy *tree = NULL;
    assert_int_equal(rh_strategy_exhaustive(NULL, 2, &tree), RH_OK);
    assert_int_equal(count_runs(tree, 5, 0), 1);
    assert_false(tree->complete);
    assert_true(tree->failed);
    assert_int_equal(tree->status, RH_LIMIT);
    rh_strategy_destroy(tree);
}

static void exhaustive_notices_a_machine_that_is_not_deterministic(void **state)
{
    (void)state;
    struct rh_strategy *tree = NULL;
    assert_int_equal(rh_strategy_exhaustive(NULL, 10, &tree), RH_OK);
    rh_strategy_begin(tree);
    (void)rh_choice_below(tree, RH_SITE_NEXT, 2, NULL);
    (void)rh_choice_below(tree, RH_SITE_NEXT, 3, NULL);
    assert_true(rh_strategy_end(tree));
    rh_strategy_begin(tree);
    (void)rh_choice_below(tree, RH_SITE_NEXT, 2, NULL);
    assert_int_equal(rh_choice_below(tree, RH_SITE_NEXT, 4, NULL), 0);
    assert_false(rh_strategy_end(tree));
    assert_int_equal(tree->status, RH_DIVERGED);
    assert_int_equal(tree->diverged_at, 1);
    assert_false(tree->complete);
    rh_strategy_destroy(tree);
}

static void exhaustive_notices_a_run_that_ends_early(void **state)
{
    (void)state;
    struct rh_strategy *tree = NULL;
    assert_int_equal(rh_strategy_exhaustive(NULL, 10, &tree), RH_OK);
    rh_strategy_begin(tree);
    (void)rh_choice_below(tree, RH_SITE_NEXT, 2, NULL);
    (void)rh_choice_below(tree, RH_SITE_NEXT, 2, NULL);
    assert_true(rh_strategy_end(tree));
    rh_strategy_begin(tree);
    assert_false(rh_strategy_end(tree));
    assert_int_equal(tree->status, RH_DIVERGED);
    assert_int_equal(tree->diverged_at, 0);
    rh_strategy_destroy(tree);
}

static void exhaustive_goes_deeper_than_its_first_allocation(void **state)
{
    (void)state;
    struct rh_strategy *tree = NULL;
    assert_int_equal(rh_strategy_exhaustive(NULL, 1000, &tree), RH_OK);
    for (int run = 0; run < 3; run++) {
        rh_strategy_begin(tree);
        for (int i = 0; i < 300; i++) {
            (void)rh_choice_below(tree, RH_SITE_NEXT, 2, NULL);
        }
        assert_true(rh_strategy_end(tree));
    }
    assert_int_equal(tree->runs, 3);
    rh_strategy_destroy(tree);
}

static void random_is_a_function_of_the_seed(void **state)
{
    (void)state;
    uint32_t first[20];
    for (int repetition = 0; repetition < 2; repetition++) {
        struct rh_strategy *random = NULL;
        assert_int_equal(rh_strategy_random(NULL, 42, 1, &random), RH_OK);
        rh_strategy_begin(random);
        for (size_t i = 0; i < 20; i++) {
            uint32_t answer = rh_choice_below(random, RH_SITE_NEXT, 1000, NULL);
            if (repetition == 0) {
                first[i] = answer;
            }
            assert_int_equal(answer, first[i]);
        }
        assert_false(rh_strategy_end(random));
        rh_strategy_destroy(random);
    }
}

static void random_run_i_is_had_alone_by_seed_plus_i(void **state)
{
    (void)state;
    struct rh_strategy *many = NULL;
    assert_int_equal(rh_strategy_random(NULL, 7, 5, &many), RH_OK);
    for (uint64_t run = 0; run < 5; run++) {
        struct rh_strategy *alone = NULL;
        assert_int_equal(rh_strategy_random(NULL, 7 + run, 1, &alone), RH_OK);
        rh_strategy_begin(many);
        rh_strategy_begin(alone);
        for (int i = 0; i < 10; i++) {
            assert_int_equal(rh_choice_below(many, RH_SITE_NEXT, 1u << 30, NULL),
                             rh_choice_below(alone, RH_SITE_NEXT, 1u << 30, NULL));
        }
        assert_int_equal(rh_strategy_end(many), run < 4);
        assert_false(rh_strategy_end(alone));
        rh_strategy_destroy(alone);
    }
    assert_int_equal(many->runs, 5);
    assert_false(many->complete);
    rh_strategy_destroy(many);
}

static void random_sites_do_not_disturb_each_other(void **state)
{
    (void)state;
    struct rh_strategy *plain = NULL;
    struct rh_strategy *mixed = NULL;
    assert_int_equal(rh_strategy_random(NULL, 3, 1, &plain), RH_OK);
    assert_int_equal(rh_strategy_random(NULL, 3, 1, &mixed), RH_OK);
    rh_strategy_begin(plain);
    rh_strategy_begin(mixed);
    for (uint32_t i = 0; i < 10; i++) {
        (void)rh_choice_below(mixed, RH_SITE_FAULT, 2 + i, NULL);
        assert_int_equal(rh_choice_below(plain, RH_SITE_NEXT, 1u << 31, NULL),
                         rh_choice_below(mixed, RH_SITE_NEXT, 1u << 31, NULL));
    }
    rh_strategy_destroy(plain);
    rh_strategy_destroy(mixed);
}

static void random_is_uniform_within_five_sigma(void **state)
{
    (void)state;
    struct rh_strategy *random = NULL;
    assert_int_equal(rh_strategy_random(NULL, 1, 1, &random), RH_OK);
    enum {
        SIDES = 6,
        THROWS = 60000
    };
    long seen[SIDES] = {0};
    rh_strategy_begin(random);
    for (int i = 0; i < THROWS; i++) {
        seen[rh_choice_below(random, RH_SITE_DRAW, SIDES, NULL)]++;
    }
    for (int side = 0; side < SIDES; side++) {
        /* sigma = sqrt(60000 * 1/6 * 5/6) = 91.3 */
        assert_true(labs(seen[side] - THROWS / SIDES) < 457);
    }
    rh_strategy_destroy(random);
}

static void replay_gives_the_recorded_run_again(void **state)
{
    (void)state;
    struct rh_strategy *random = NULL;
    assert_int_equal(rh_strategy_random(NULL, 0, 20, &random), RH_OK);
    bool more = true;
    while (more) {
        char recorded[8];
        char replayed[8];
        struct record record;
        struct record again;
        rh_strategy_begin(random);
        interleave(random, &record, recorded);
        more = rh_strategy_end(random);
        struct rh_strategy *replay = NULL;
        assert_int_equal(rh_strategy_replay(NULL, record.decisions, record.length, &replay), RH_OK);
        rh_strategy_begin(replay);
        interleave(replay, &again, replayed);
        assert_false(rh_strategy_end(replay));
        assert_false(replay->failed);
        assert_string_equal(recorded, replayed);
        rh_strategy_destroy(replay);
    }
    rh_strategy_destroy(random);
}

static void replay_reports_the_first_decision_that_does_not_fit(void **state)
{
    (void)state;
    const struct rh_decision recording[] = {
        {RH_SITE_NEXT, 3, 2}, {RH_SITE_NEXT, 2, 1}, {RH_SITE_FAULT, 2, 1}};
    struct rh_strategy *replay = NULL;
    assert_int_equal(rh_strategy_replay(NULL, recording, 3, &replay), RH_OK);
    rh_strategy_begin(replay);
    assert_int_equal(rh_choice_below(replay, RH_SITE_NEXT, 3, NULL), 2);
    assert_int_equal(rh_choice_below(replay, RH_SITE_NEXT, 4, NULL), 0);
    assert_int_equal(rh_choice_below(replay, RH_SITE_FAULT, 2, NULL), 0);
    assert_false(rh_strategy_end(replay));
    assert_int_equal(replay->status, RH_DIVERGED);
    assert_int_equal(replay->diverged_at, 1);
    rh_strategy_destroy(replay);
}

static void replay_notices_another_site(void **state)
{
    (void)state;
    const struct rh_decision recording[] = {{RH_SITE_NEXT, 3, 2}};
    struct rh_strategy *replay = NULL;
    assert_int_equal(rh_strategy_replay(NULL, recording, 1, &replay), RH_OK);
    rh_strategy_begin(replay);
    assert_int_equal(rh_choice_below(replay, RH_SITE_DRAW, 3, NULL), 0);
    assert_int_equal(replay->status, RH_DIVERGED);
    rh_strategy_destroy(replay);
}

static void replay_notices_a_run_longer_or_shorter_than_its_recording(void **state)
{
    (void)state;
    const struct rh_decision recording[] = {{RH_SITE_NEXT, 3, 2}, {RH_SITE_NEXT, 2, 0}};
    for (int drawn = 1; drawn <= 3; drawn++) {
        struct rh_strategy *replay = NULL;
        assert_int_equal(rh_strategy_replay(NULL, recording, 2, &replay), RH_OK);
        rh_strategy_begin(replay);
        for (int i = 0; i < drawn; i++) {
            (void)rh_choice_below(replay, RH_SITE_NEXT, i == 0 ? 3 : 2, NULL);
        }
        assert_false(rh_strategy_end(replay));
        assert_int_equal(replay->failed, drawn != 2);
        if (drawn != 2) {
            assert_int_equal(replay->diverged_at, drawn == 1 ? 1 : 2);
        }
        rh_strategy_destroy(replay);
    }
}

static void replay_refuses_an_answer_out_of_range(void **state)
{
    (void)state;
    const struct rh_decision forged[] = {{RH_SITE_NEXT, 2, 2}};
    struct rh_strategy *replay = NULL;
    assert_int_equal(rh_strategy_replay(NULL, forged, 1, &replay), RH_OK);
    rh_strategy_begin(replay);
    assert_int_equal(rh_choice_below(replay, RH_SITE_NEXT, 2, NULL), 0);
    assert_int_equal(replay->status, RH_DIVERGED);
    rh_strategy_destroy(replay);
}

struct counted {
    int left;
    size_t bytes;
};

static void *counted_allocate(void *self, size_t bytes)
{
    struct counted *counted = self;
    if (counted->left-- <= 0) {
        return NULL;
    }
    counted->bytes += bytes;
    return malloc(bytes);
}

static void *counted_resize(void *self, void *block, size_t before, size_t bytes)
{
    struct counted *counted = self;
    if (counted->left-- <= 0) {
        return NULL;
    }
    counted->bytes += bytes - before;
    return realloc(block, bytes);
}

static void counted_release(void *self, void *block, size_t bytes)
{
    struct counted *counted = self;
    counted->bytes -= block == NULL ? 0 : bytes;
    free(block);
}

static void running_out_of_memory_is_a_status(void **state)
{
    (void)state;
    struct counted counted = {0, 0};
    struct rh_allocator allocator = {counted_allocate, counted_resize, counted_release, &counted};
    struct rh_strategy *strategy = NULL;
    assert_int_equal(rh_strategy_fifo(&allocator, &strategy), RH_NO_MEMORY);
    assert_int_equal(rh_strategy_random(&allocator, 1, 1, &strategy), RH_NO_MEMORY);
    assert_int_equal(rh_strategy_exhaustive(&allocator, 9, &strategy), RH_NO_MEMORY);
    assert_int_equal(rh_strategy_replay(&allocator, NULL, 0, &strategy), RH_NO_MEMORY);
    assert_null(strategy);
    counted.left = 1;
    assert_int_equal(rh_strategy_exhaustive(&allocator, 9, &strategy), RH_OK);
    rh_strategy_begin(strategy);
    assert_int_equal(rh_choice_below(strategy, RH_SITE_NEXT, 2, NULL), 0);
    assert_false(rh_strategy_end(strategy));
    assert_int_equal(strategy->status, RH_NO_MEMORY);
    assert_false(strategy->complete);
    rh_strategy_destroy(strategy);
    assert_int_equal(counted.bytes, 0);
}

static void sites_have_words(void **state)
{
    (void)state;
    assert_string_equal(rh_site_word(RH_SITE_NEXT), "next");
    assert_string_equal(rh_site_word(RH_SITE_DRAW), "draw");
    rh_strategy_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fifo_answers_zero_and_wants_one_run),
        cmocka_unit_test(exhaustive_visits_every_order_once_in_lexicographic_order),
        cmocka_unit_test(exhaustive_counts_factorials),
        cmocka_unit_test(exhaustive_that_reaches_its_depth_is_never_complete),
        cmocka_unit_test(exhaustive_notices_a_machine_that_is_not_deterministic),
        cmocka_unit_test(exhaustive_notices_a_run_that_ends_early),
        cmocka_unit_test(exhaustive_goes_deeper_than_its_first_allocation),
        cmocka_unit_test(random_is_a_function_of_the_seed),
        cmocka_unit_test(random_run_i_is_had_alone_by_seed_plus_i),
        cmocka_unit_test(random_sites_do_not_disturb_each_other),
        cmocka_unit_test(random_is_uniform_within_five_sigma),
        cmocka_unit_test(replay_gives_the_recorded_run_again),
        cmocka_unit_test(replay_reports_the_first_decision_that_does_not_fit),
        cmocka_unit_test(replay_notices_another_site),
        cmocka_unit_test(replay_notices_a_run_longer_or_shorter_than_its_recording),
        cmocka_unit_test(replay_refuses_an_answer_out_of_range),
        cmocka_unit_test(running_out_of_memory_is_a_status),
        cmocka_unit_test(sites_have_words),
    };
    return cmocka_run_group_tests_name("harness.schedule", tests, NULL, NULL) ? 1 : 0;
}
