/* SPDX-License-Identifier: MIT */
/* Every file of scenarios/ is explored, and what comes out is compared with the .expected beside it: the verdict, the
 * counts, the violation. With the argument "write" the expectations are written instead: review the diff. Every file is
 * explored twice, and the digests must be the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <rehearse/scenario.h>

#include "harness/scenario/tests/golden.h"

#define FOLDER "harness/play/tests/scenarios"

static size_t print_result(const struct rh_result *result, char *text, size_t capacity)
{
    size_t length = (size_t)snprintf(
        text, capacity, "%s: %s\nstrategy %s, %llu runs%s, %llu outcomes, %llu of %llu faults\n",
        rh_verdict_word(result->verdict), result->why, result->strategy,
        (unsigned long long)result->runs, result->complete ? ", complete" : "",
        (unsigned long long)result->outcomes, (unsigned long long)result->faults.fired,
        (unsigned long long)result->faults.armed);
    if (result->has_violation) {
        const struct rh_violation *violation = &result->violation;
        length += (size_t)snprintf(text + length, capacity - length,
                                   "%u:%u: %s\nexpected: %s\nobserved: %s\n", violation->line,
                                   violation->column, violation->invariant, violation->expected,
                                   violation->observed);
    }
    return length;
}

static size_t say(const char *path, char *text, size_t capacity)
{
    struct rh_scenario *scenario = NULL;
    struct rh_result result;
    struct rh_result again;
    const struct rh_explore_options options = {0};
    enum rh_status status = rh_scenario_load(NULL, path, NULL, &scenario);
    assert_non_null(scenario);
    if (status != RH_OK) {
        size_t length = rh_scenario_diagnostics(scenario, false, text, capacity);
        rh_scenario_destroy(scenario);
        return length;
    }
    assert_int_equal(rh_scenario_explore(scenario, &options, &result), RH_OK);
    assert_int_equal(rh_scenario_explore(scenario, &options, &again), RH_OK);
    assert_int_equal(result.digest[0], again.digest[0]);
    assert_int_equal(result.digest[1], again.digest[1]);
    assert_int_equal(result.has_violation && !result.is_of_no_run, result.trace.size > 0);
    size_t length = print_result(&result, text, capacity);
    rh_result_deinit(&result);
    rh_result_deinit(&again);
    rh_scenario_destroy(scenario);
    return length;
}

static bool is_writing;

static void finds_what_it_found_in_every_file(void **state)
{
    (void)state;
    assert_int_equal(golden_folder(FOLDER, is_writing, say), 0);
}

int main(int argc, char **argv)
{
    is_writing = argc > 1 && strcmp(argv[1], "write") == 0;
    const struct CMUnitTest tests[] = {cmocka_unit_test(finds_what_it_found_in_every_file)};
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
