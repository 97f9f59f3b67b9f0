/* SPDX-License-Identifier: MIT */
#include "core/message/tests/support.h"

#include <rehearse/reason.h>

static enum rh_reason_class class_of(struct rh_message reason)
{
    enum rh_reason_class answer = rh_reason_class(&reason);
    rh_message_unref(reason);
    return answer;
}

static void every_class_has_a_reason_of_its_own(void **state)
{
    (void)state;
    for (unsigned i = 0; i < RH_REASON_COUNT; i++) {
        struct rh_message reason = rh_reason((enum rh_reason_class)i);
        assert_true(reason.small.size <= RH_MESSAGE_INLINE_BYTES);
        assert_int_equal(rh_reason_class(&reason), i);
        expect_print(reason, rh_reason_word((enum rh_reason_class)i));
    }
}

static void classifies_by_text_and_shutdown_also_by_pair(void **state)
{
    (void)state;
    assert_int_equal(class_of(RH_ITEM(NULL, "noproc")), RH_REASON_NOPROC);
    assert_int_equal(class_of(RH_ITEM(NULL, "kill")), RH_REASON_KILL);
    assert_int_equal(class_of(RH_ITEM(NULL, "killed")), RH_REASON_KILLED);
    assert_int_equal(class_of(RH_ARRAY(NULL, "shutdown", RH_ARRAY(NULL, 1))), RH_REASON_SHUTDOWN);
    assert_int_equal(class_of(RH_ARRAY(NULL, "shutdown")), RH_REASON_ERROR);
    assert_int_equal(class_of(RH_ARRAY(NULL, "shutdown", 1, 2)), RH_REASON_ERROR);
    assert_int_equal(class_of(RH_ARRAY(NULL, "normal", 1)), RH_REASON_ERROR);
    assert_int_equal(class_of(RH_ITEM(NULL, "norma")), RH_REASON_ERROR);
    assert_int_equal(class_of(RH_ITEM(NULL, "normally")), RH_REASON_ERROR);
    assert_int_equal(class_of(RH_ITEM(NULL, 1)), RH_REASON_ERROR);
    assert_int_equal(class_of(rh_message_none()), RH_REASON_ERROR);
    assert_int_equal(class_of(rh_message_failed(RH_LIMIT)), RH_REASON_ERROR);
}

static void truncates_visibly_and_keeps_the_class(void **state)
{
    (void)state;
    struct strict_allocator strict;
    strict_init(&strict);
    const char *detail = "a detail that nobody was prepared to carry";
    struct rh_message big = RH_ARRAY(&strict.allocator, "shutdown", detail);
    size_t size = rh_message_size(&big);
    big = rh_reason_limit(big, (uint32_t)size);
    assert_int_equal(rh_message_size(&big), size);
    struct rh_message cut = rh_reason_limit(big, (uint32_t)size - 1);
    assert_int_equal(strict.blocks, 0);
    assert_int_equal(rh_reason_class(&cut), RH_REASON_SHUTDOWN);
    expect_print(cut, "[shutdown, truncated]");
    expect_print(rh_reason_limit(RH_ITEM(&strict.allocator, detail), 20), "[error, truncated]");
    assert_int_equal(strict.blocks, 0);
}

static void never_truncates_the_text_of_a_class(void **state)
{
    (void)state;
    for (unsigned i = 0; i < RH_REASON_COUNT; i++) {
        expect_print(rh_reason_limit(rh_reason((enum rh_reason_class)i), 0),
                     rh_reason_word((enum rh_reason_class)i));
    }
}

static void makes_a_reason_of_every_handle(void **state)
{
    (void)state;
    expect_print(rh_reason_limit(rh_message_none(), 255), "[error, invalid]");
    for (unsigned i = RH_OK + 1; i < RH_STATUS_COUNT; i++) {
        struct rh_message reason = rh_reason_limit(rh_message_failed((enum rh_status)i), 255);
        assert_int_equal(rh_message_status(reason), RH_OK);
        assert_true(reason.small.size > 0 && reason.small.size <= RH_MESSAGE_INLINE_BYTES);
    }
    expect_print(rh_reason_limit(rh_message_failed(RH_NO_MEMORY), 255), "[error, no_memory]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_class_has_a_reason_of_its_own),
        cmocka_unit_test(classifies_by_text_and_shutdown_also_by_pair),
        cmocka_unit_test(truncates_visibly_and_keeps_the_class),
        cmocka_unit_test(never_truncates_the_text_of_a_class),
        cmocka_unit_test(makes_a_reason_of_every_handle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
