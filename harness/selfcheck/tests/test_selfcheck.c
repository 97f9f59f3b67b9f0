/* SPDX-License-Identifier: MIT */
/* The whole of a selfcheck, and that it can fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <rehearse/scenario.h>

#include "harness/selfcheck/selfcheck.h"

struct heard {
    uint64_t counted;
    uint64_t drawn;
    uint64_t chance;
    uint64_t wrong;
    uint64_t blocked; /* of what is counted */
    uint64_t asked;
    uint64_t patience;
    char detail[4096];
};

static void hear(void *self, const struct selfcheck_row *row)
{
    struct heard *heard = self;
    heard->counted += strcmp(row->part, "count") == 0;
    heard->drawn += strcmp(row->part, "draw") == 0;
    heard->chance += strcmp(row->part, "chance") == 0;
    heard->blocked += strcmp(row->part, "count") == 0 ? row->blocked : 0;
    heard->wrong += row->is_wrong;
    if (row->is_wrong) {
        print_message("%s %s: expected %s, found %s, blocked %llu\n", row->part, row->name,
                      row->expected, row->found, (unsigned long long)row->blocked);
    }
    if (row->detail != NULL) {
        assert_true(row->is_wrong);
        int length = snprintf(heard->detail, sizeof heard->detail, "%s", row->detail);
        assert_in_range(length, 1, sizeof heard->detail - 1);
    }
}

static bool go_on(void *self, const char *name, uint64_t runs)
{
    struct heard *heard = self;
    (void)runs;
    assert_non_null(name);
    return ++heard->asked < heard->patience || heard->patience == 0;
}

static void everything_is_as_it_should_be(void **state)
{
    struct heard heard = {0};
    struct selfcheck_result result;
    const struct selfcheck_options options = {.classes_max = 2000,
                                              .programs = 60,
                                              .seed = 1,
                                              .draws = 1000,
                                              .row = hear,
                                              .go_on = go_on,
                                              .self = &heard};
    (void)state;
    assert_int_equal(selfcheck_run(&options, &result), RH_OK);
    assert_int_equal(result.wrong, 0);
    assert_int_equal(result.rows, heard.counted + heard.drawn + heard.chance);
    assert_false(result.is_interrupted);
    assert_true(heard.counted > 80);
    assert_int_equal(heard.blocked, 0);
    assert_int_equal(heard.drawn, 14);
    assert_int_equal(heard.chance, 1);
}

/* What is told of a difference fails by itself, and is small. */
static void a_difference_is_told_as_a_scenario(void **state)
{
    struct heard heard = {0};
    struct selfcheck_result result;
    struct rh_scenario *scenario = NULL;
    struct rh_result found;
    const struct selfcheck_options options = {
        .programs = 1, .seed = 4, .spoil = 1, .row = hear, .self = &heard};
    (void)state;
    assert_int_equal(selfcheck_run(&options, &result), RH_OK);
    assert_int_equal(result.wrong, 2); /* the program, and the row that it belongs to */
    assert_int_equal(
        rh_scenario_parse(NULL, "told.yaml", heard.detail, strlen(heard.detail), NULL, &scenario),
        RH_OK);
    assert_int_equal(rh_scenario_explore(scenario, NULL, &found), RH_OK);
    assert_int_equal(found.verdict, RH_VERDICT_FAILED);
    assert_string_equal(found.violation.invariant, "expect/classes");
    assert_int_equal(found.classes, 1); /* nothing that makes a difference is left in it */
    rh_result_deinit(&found);
    rh_scenario_destroy(scenario);
}

/* Each of these has been counted wrongly, as a rule by one class too few, with a verdict of proved. */
static void counts_what_was_counted_wrongly(void **state)
{
    static const uint64_t seeds[] = {4205,  7092,  7415,  9065,  9845,  10417, 10461, 12564,
                                     13911, 14871, 15555, 15995, 16074, 16609, 16892, 17131,
                                     17717, 17989, 19075, 19260, 19278, 19691, 20406};
    (void)state;
    for (size_t i = 0; i < sizeof seeds / sizeof seeds[0]; i++) {
        struct heard heard = {0};
        struct selfcheck_result result;
        const struct selfcheck_options options = {
            .programs = 1, .seed = seeds[i], .row = hear, .self = &heard};
        assert_int_equal(selfcheck_run(&options, &result), RH_OK);
        assert_int_equal(result.wrong, 0);
    }
}

static void stops_when_it_is_asked_to(void **state)
{
    (void)state;
    for (uint64_t patience = 1; patience < 500; patience *= 5) {
        struct heard heard = {.patience = patience};
        struct selfcheck_result result;
        const struct selfcheck_options options = {.classes_max = 2000,
                                                  .programs = 5,
                                                  .seed = 1,
                                                  .draws = 100,
                                                  .row = hear,
                                                  .go_on = go_on,
                                                  .self = &heard};
        assert_int_equal(selfcheck_run(&options, &result), RH_OK);
        assert_true(result.is_interrupted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_as_it_should_be),
        cmocka_unit_test(a_difference_is_told_as_a_scenario),
        cmocka_unit_test(counts_what_was_counted_wrongly),
        cmocka_unit_test(stops_when_it_is_asked_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) == 0 ? 0 : 1;
}
