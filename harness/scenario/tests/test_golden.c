/* SPDX-License-Identifier: MIT */
/* Every file of golden/ is loaded, and what is said about it is compared with the .expected beside it, to the byte. With
 * the argument "write" the expectations are written instead: review the diff. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <rehearse/scenario.h>

#include "harness/scenario/tests/golden.h"

#define FOLDER "harness/scenario/tests/golden"

/* The diagnostics, and whether it can be played. */
static size_t say(const char *path, char *text, size_t capacity)
{
    struct rh_scenario *scenario = NULL;
    enum rh_status status = rh_scenario_load(NULL, path, NULL, &scenario);
    assert_non_null(scenario);
    size_t length = rh_scenario_diagnostics(scenario, false, text, capacity);
    assert_true(length < capacity);
    length += (size_t)snprintf(text + length, capacity - length, "-> %s, %u errors, %u warnings\n",
                               rh_status_word(status), rh_scenario_error_count(scenario),
                               rh_scenario_warning_count(scenario));
    assert_int_equal(status == RH_OK, rh_scenario_error_count(scenario) == 0);
    bool is_bad = strncmp(path + strlen(FOLDER) + 1, "bad-", 4) == 0;
    assert_int_equal(status == RH_OK, !is_bad);
    rh_scenario_destroy(scenario);
    return length;
}

static bool is_writing;

static void says_what_it_said_about_every_file(void **state)
{
    (void)state;
    assert_int_equal(golden_folder(FOLDER, is_writing, say), 0);
}

int main(int argc, char **argv)
{
    is_writing = argc > 1 && strcmp(argv[1], "write") == 0;
    const struct CMUnitTest tests[] = {cmocka_unit_test(says_what_it_said_about_every_file)};
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
