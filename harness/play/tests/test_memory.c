/* SPDX-License-Identifier: MIT */
/* Loading and playing with an allocator that refuses the n-th request, for every n: a clean status or an actor's exit, and
 * nothing is left behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <rehearse/scenario.h>

#include "harness/document/tests/failing_allocator.h"

/* Everything that a scenario can be made of, small enough for a sweep. */
static char text[1 << 14];
static size_t text_length;

static bool read_text(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return false;
    }
    text_length = fread(text, 1, sizeof text, file);
    return fclose(file) == 0 && text_length > 0 && text_length < sizeof text;
}

/* One scenario from its text to its verdict; false when nothing was refused any more. */
static bool plays_without(uint64_t refused, enum rh_verdict *ret_verdict,
                          enum rh_status *ret_status)
{
    struct failing_allocator failing;
    struct rh_scenario *scenario = NULL;
    struct rh_result result;
    failing_allocator_init(&failing, refused);
    *ret_verdict = RH_VERDICT_ERROR;
    *ret_status =
        rh_scenario_parse(&failing.allocator, "memory.yaml", text, text_length, NULL, &scenario);
    if (*ret_status == RH_OK) {
        const struct rh_explore_options options = {.begins_anew = true};
        *ret_status = rh_scenario_explore(scenario, &options, &result);
        *ret_verdict = result.verdict;
        rh_result_deinit(&result);
    } else {
        assert_int_equal(*ret_status, RH_NO_MEMORY);
    }
    rh_scenario_destroy(scenario);
    assert_int_equal(failing.bytes, 0);
    assert_false(failing.has_lost_size);
    return failing.requests >= refused;
}

static void survives_every_refused_allocation(void **state)
{
    enum rh_verdict verdict;
    enum rh_status status;
    uint64_t errors = 0;
    uint64_t failed = 0;
    (void)state;
    assert_true(read_text(RH_SOURCE_DIR "/harness/play/tests/memory.yaml"));
    (void)plays_without(0, &verdict, &status);
    assert_int_equal(status, RH_OK);
    assert_string_equal(rh_verdict_word(verdict), "passed");
    uint64_t n = 1;
    for (; plays_without(n, &verdict, &status); n++) {
        assert_true(status == RH_OK || status == RH_NO_MEMORY);
        errors += verdict == RH_VERDICT_ERROR ? 1 : 0;
        failed += verdict == RH_VERDICT_FAILED ? 1 : 0;
    }
    (void)printf("%llu allocations: %llu errors, %llu failed expectations\n",
                 (unsigned long long)(n - 1), (unsigned long long)errors,
                 (unsigned long long)failed);
    assert_true(n > 300);
    assert_true(errors > 100); /* the loader and the harness say so */
    assert_true(failed > 10);  /* an actor has ended instead */
}

/* ---- a tree that is given away in parts, written down and gone on with ---- */

static const char orders[] = "scenario: orders\ntime: free\nactors:\n  all: sink\n"
                             "  a: {behaviour: sender, with: {to: <all>, count: 2}}\n"
                             "  b: {behaviour: sender, with: {to: <all>}}\n"
                             "faults: [{crash: all}]\nexpect: {alive: [a]}\n"
                             "explore: {strategy: dpor}\n";

#define SAVED_AT 5u

static uint8_t saved[1 << 16];
static size_t saved_size;
static unsigned saves;

static bool always(void *self)
{
    (void)self;
    return true;
}

static enum rh_status save(void *self, const uint8_t *bytes, size_t size)
{
    (void)self;
    if (++saves == SAVED_AT && size <= sizeof saved) {
        memcpy(saved, bytes, size);
        saved_size = size;
    }
    return RH_OK;
}

/* `resumed` NULL: from the beginning. False when nothing was refused any more. */
static bool explores_without(uint64_t refused, const uint8_t *resumed, size_t size,
                             uint64_t *errors)
{
    struct failing_allocator failing;
    struct rh_scenario *scenario = NULL;
    struct rh_result result;
    assert_int_equal(
        rh_scenario_parse(NULL, "memory.yaml", orders, sizeof orders - 1, NULL, &scenario), RH_OK);
    failing_allocator_init(&failing, refused);
    const struct rh_explore_options options = {.allocator = &failing.allocator,
                                               .begins_anew = true,
                                               .part_runs = 2,
                                               .wants_checkpoint = always,
                                               .checkpoint = save,
                                               .resume = resumed,
                                               .resume_size = size};
    enum rh_status status = rh_scenario_explore(scenario, &options, &result);
    assert_true(status == RH_OK || status == RH_NO_MEMORY);
    *errors += status == RH_NO_MEMORY;
    assert_true(status != RH_OK || result.runs > 0);
    rh_result_deinit(&result);
    rh_scenario_destroy(scenario);
    assert_int_equal(failing.bytes, 0);
    assert_false(failing.has_lost_size);
    return failing.requests >= refused;
}

static void explores_in_parts_or_says_that_memory_is_gone(void **state)
{
    uint64_t errors = 0;
    uint64_t n = 1;
    (void)state;
    while (explores_without(n, NULL, 0, &errors)) {
        n += 1 + n / 500;
    }
    assert_true(errors > 100);
    saves = 0;
    (void)explores_without(0, NULL, 0, &errors);
    assert_true(saves > SAVED_AT && saved_size > 0);
    errors = 0;
    for (n = 1; explores_without(n, saved, saved_size, &errors);) {
        n += 1 + n / 500;
    }
    assert_true(errors > 100);
}

static void loads_every_form_or_says_that_memory_is_gone(void **state)
{
    struct failing_allocator failing;
    enum rh_status status = RH_NO_MEMORY;
    uint64_t n = 1;
    (void)state;
    assert_true(read_text(RH_SOURCE_DIR "/harness/scenario/tests/golden/good-everything.yaml"));
    for (; status != RH_OK; n++) {
        struct rh_scenario *scenario = NULL;
        failing_allocator_init(&failing, n);
        status = rh_scenario_parse(&failing.allocator, "memory.yaml", text, text_length, NULL,
                                   &scenario);
        assert_true(status == RH_OK || status == RH_NO_MEMORY);
        assert_true((scenario != NULL) == (status == RH_OK));
        rh_scenario_destroy(scenario);
        assert_int_equal(failing.bytes, 0);
        assert_false(failing.has_lost_size);
    }
    assert_true(n > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(survives_every_refused_allocation),
        cmocka_unit_test(explores_in_parts_or_says_that_memory_is_gone),
        cmocka_unit_test(loads_every_form_or_says_that_memory_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
