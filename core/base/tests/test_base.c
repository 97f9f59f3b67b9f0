/* SPDX-License-Identifier: MIT */
#include "core/base/assert.h"

#include <rehearse/allocator.h>
#include <rehearse/limits.h>
#include <rehearse/panic.h>
#include <rehearse/status.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static jmp_buf caught;
static const char *caught_file;
static const char *caught_text;
static int caught_line;

static void catch_panic(const char *file, int line, const char *text)
{
    caught_file = file;
    caught_line = line;
    caught_text = text;
    longjmp(caught, 1);
}

static void names_every_status_once(void **state)
{
    (void)state;
    for (int a = 0; a < RH_STATUS_COUNT; a++) {
        const char *word = rh_status_word((enum rh_status)a);
        assert_string_not_equal(word, "unknown_status");
        assert_true(strlen(rh_status_sentence((enum rh_status)a)) > strlen(word));
        for (int b = 0; b < a; b++) {
            assert_string_not_equal(word, rh_status_word((enum rh_status)b));
        }
    }
    assert_string_equal(rh_status_word(RH_OK), "ok");
    assert_string_equal(rh_status_word(RH_NO_MEMORY), "no_memory");
}

static void names_even_what_is_no_status(void **state)
{
    (void)state;
    assert_string_equal(rh_status_word(RH_STATUS_COUNT), "unknown_status");
    assert_string_equal(rh_status_sentence(RH_STATUS_COUNT), "the value is not a status");
}

static void shrinks_every_limit_and_leaves_none_at_zero(void **state)
{
    (void)state;
    struct rh_limits hostile = rh_limits_hostile();
#define X(field, production, hostile_value, sentence)                                              \
    assert_true(hostile.field > 0);                                                                \
    assert_true(hostile.field < (production));
    RH_LIMITS_MAP(X)
#undef X
}

static void hands_out_production_limits_unless_the_build_is_hostile(void **state)
{
    (void)state;
    struct rh_limits limits = rh_limits_default();
#ifdef RH_HOSTILE
    assert_int_equal(limits.message_bytes_max, rh_limits_hostile().message_bytes_max);
#else
    assert_int_equal(limits.message_bytes_max, 32768);
    assert_int_equal(limits.pool_objects_per_chunk, 128);
#endif
}

static void allocates_resizes_and_releases(void **state)
{
    (void)state;
    const struct rh_allocator *a = rh_allocator_default();
    char *block = a->allocate(a->self, 5);
    assert_non_null(block);
    memcpy(block, "actor", 5);
    block = a->resize(a->self, block, 5, 4000);
    assert_non_null(block);
    assert_memory_equal(block, "actor", 5);
    a->release(a->self, block, 4000);
    a->release(a->self, NULL, 0);
}

static void answers_a_request_for_nothing_with_a_block(void **state)
{
    (void)state;
    const struct rh_allocator *a = rh_allocator_default();
    void *block = a->allocate(a->self, 0);
    assert_non_null(block);
    block = a->resize(a->self, block, 0, 0);
    assert_non_null(block);
    a->release(a->self, block, 0);
}

static void panics_with_place_and_condition(void **state)
{
    (void)state;
    volatile int balance = -1;
    rh_panic_hook before = rh_panic_hook_set(catch_panic);
    if (setjmp(caught) == 0) {
        RH_ASSERT(balance >= 0);
        fail_msg("the assertion let %d pass", balance);
    }
    assert_string_equal(caught_text, "balance >= 0");
    assert_non_null(strstr(caught_file, "core/base/tests/test_base.c"));
    assert_true(caught_line > 0);
    assert_null(rh_panic_hook_set(before));
}

static void evaluates_a_condition_exactly_once(void **state)
{
    (void)state;
    int times = 0;
    RH_ASSERT(++times == 1);
    assert_int_equal(times, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_every_status_once),
        cmocka_unit_test(names_even_what_is_no_status),
        cmocka_unit_test(shrinks_every_limit_and_leaves_none_at_zero),
        cmocka_unit_test(hands_out_production_limits_unless_the_build_is_hostile),
        cmocka_unit_test(allocates_resizes_and_releases),
        cmocka_unit_test(answers_a_request_for_nothing_with_a_block),
        cmocka_unit_test(panics_with_place_and_condition),
        cmocka_unit_test(evaluates_a_condition_exactly_once),
    };
    return cmocka_run_group_tests_name("core.base", tests, NULL, NULL) ? 1 : 0;
}
