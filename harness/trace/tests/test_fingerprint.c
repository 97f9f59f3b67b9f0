/* SPDX-License-Identifier: MIT */
/* What makes two failures the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "harness/trace/fingerprint.h"

#define SET(field, text) ((void)snprintf((field), sizeof(field), "%s", (text)))

static struct rh_fingerprint failure(void)
{
    return (struct rh_fingerprint){
        .invariant = "links/one-notice",
        .actors = {"a", "b"},
        .named = "a b ",
        .observed = "a heard twice of b",
        .faults = UINT64_C(1) << RH_FAULT_CRASH | UINT64_C(1) << RH_FAULT_KILL,
        .step = 7,
        .line = 0,
    };
}

static void the_same_failure_may_be_seen_elsewhere(void **state)
{
    struct rh_fingerprint a = failure();
    struct rh_fingerprint b = failure();
    (void)state;
    assert_true(rh_fingerprint_same(&a, &b));
    b.step = 8;
    b.line = 3;
    b.column = 4;
    b.faults = 0;
    SET(b.observed, "a heard 3 times of b");
    assert_true(rh_fingerprint_same(&a, &b));
}

static void another_invariant_actor_or_promise_is_another_failure(void **state)
{
    struct rh_fingerprint a = failure();
    struct rh_fingerprint b = failure();
    (void)state;
    SET(b.invariant, "links/reasons");
    assert_false(rh_fingerprint_same(&a, &b));
    b = failure();
    SET(b.actors[1], "c");
    assert_false(rh_fingerprint_same(&a, &b));
    b = failure();
    SET(b.named, "a ");
    assert_false(rh_fingerprint_same(&a, &b));
    b = failure();
    SET(b.expected, "$n eq 2");
    assert_false(rh_fingerprint_same(&a, &b));
}

static void is_written_as_one_line_for_lists(void **state)
{
    char line[128];
    struct rh_fingerprint a = failure();
    (void)state;
    size_t length = rh_fingerprint_print(&a, line, sizeof line);
    assert_string_equal(line, "links/one-notice a,b crash+kill");
    assert_int_equal(length, strlen(line));
    a.faults = 0;
    a.actors[1][0] = '\0';
    rh_fingerprint_print(&a, line, sizeof line);
    assert_string_equal(line, "links/one-notice a");
}

static void what_is_no_trace_has_none(void **state)
{
    struct rh_fingerprint fingerprint = failure();
    (void)state;
    assert_int_not_equal(rh_fingerprint_read(&fingerprint, NULL, (const uint8_t *)"no trace", 8),
                         RH_OK);
    assert_string_equal(fingerprint.invariant, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_failure_may_be_seen_elsewhere),
        cmocka_unit_test(another_invariant_actor_or_promise_is_another_failure),
        cmocka_unit_test(is_written_as_one_line_for_lists),
        cmocka_unit_test(what_is_no_trace_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
