/* SPDX-License-Identifier: MIT */
/* Every scenario shows the same whether its stage is set for each run or put back. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <rehearse/scenario.h>

#include "harness/play/tests/every_scenario.h"

#define RUNS_MAX 24u

static unsigned long long sum_of(const struct rh_bytes_owned *bytes)
{
    unsigned long long sum = 14695981039346656037u;
    for (size_t i = 0; i < bytes->size; i++) {
        sum = (sum ^ bytes->bytes[i]) * 1099511628211u;
    }
    return sum;
}

/* All that a result says, as text. */
static void say(const struct rh_result *result, char *text, size_t capacity)
{
    int at = snprintf(
        text, capacity,
        "%s; %s; runs %llu, events %llu, outcomes %llu, classes %llu, blocked %llu, seed %llu, "
        "digest %016llx%016llx, %s %s %s, fired %llu, spent %llu, trace of %zu bytes %016llx",
        rh_verdict_word(result->verdict), result->why, (unsigned long long)result->runs,
        (unsigned long long)result->events, (unsigned long long)result->outcomes,
        (unsigned long long)result->classes, (unsigned long long)result->blocked,
        (unsigned long long)result->seed, (unsigned long long)result->digest[0],
        (unsigned long long)result->digest[1],
        result->has_violation ? result->violation.invariant : "",
        result->has_violation ? result->violation.expected : "",
        result->has_violation ? result->violation.observed : "",
        (unsigned long long)result->faults.fired, (unsigned long long)result->faults.spent,
        result->trace.size, sum_of(&result->trace));
    assert_true(at > 0 && (size_t)at < capacity);
}

struct tally {
    unsigned scenarios;
    unsigned with_more_runs;
};

/* Runs that lead nowhere are not counted by any budget. */
static bool go_on(void *self, uint64_t runs)
{
    uint32_t *asked = self;
    (void)runs;
    return ++*asked < 4 * RUNS_MAX;
}

/* By its own strategies, or by others one after the other. */
static void compare(const char *path, bool with_others, struct tally *tally)
{
    const struct rh_scenario_strategy others[] = {{.name = "exhaustive"}, {.name = "random"}};
    struct rh_explore_options options = {.strategies = others,
                                         .strategy_count = with_others ? 2 : 0,
                                         .runs_max = RUNS_MAX,
                                         .keep_trace = true};
    char texts[2][2048];
    uint64_t runs = 0;
    for (unsigned i = 0; i < 2; i++) {
        struct rh_scenario *scenario = NULL;
        struct rh_result result;
        if (rh_scenario_load(NULL, path, NULL, &scenario) != RH_OK) {
            rh_scenario_destroy(scenario);
            return;
        }
        uint32_t asked = 0;
        options.begins_anew = i == 0;
        options.go_on = go_on;
        options.self = &asked;
        assert_int_equal(rh_scenario_explore(scenario, &options, &result), RH_OK);
        say(&result, texts[i], sizeof texts[i]);
        runs = result.runs;
        rh_result_deinit(&result);
        rh_scenario_destroy(scenario);
    }
    if (strcmp(texts[0], texts[1]) != 0) {
        fail_msg("%s:\n%s\n%s", path, texts[0], texts[1]);
    }
    tally->scenarios++;
    tally->with_more_runs += runs > 1;
}

static void compare_both(const char *path, void *self)
{
    compare(path, false, self);
    compare(path, true, self);
}

static void shows_the_same_as_when_the_stage_is_set_anew(void **state)
{
    struct tally tally = {0};
    (void)state;
    every_scenario("scenarios", compare_both, &tally);
    print_message("%u compared, %u of more than one run\n", tally.scenarios, tally.with_more_runs);
    assert_true(tally.scenarios > 700 && tally.with_more_runs > 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_the_same_as_when_the_stage_is_set_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) == 0 ? 0 : 1;
}
