/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "harness/document/tests/failing_allocator.h"
#include "harness/document/text_buffer.h"

static void is_empty_text_before_the_first_write(void **state)
{
    struct rh_text_buffer buffer;
    (void)state;
    rh_text_buffer_init(&buffer, NULL, 10);
    assert_string_equal(rh_text_buffer_text(&buffer), "");
    assert_int_equal(rh_text_buffer_append(&buffer, "", 0), RH_OK);
    assert_null(buffer.text);
    rh_text_buffer_deinit(&buffer);
    rh_text_buffer_deinit(NULL);
}

static void grows_to_hold_everything_written(void **state)
{
    struct rh_text_buffer buffer;
    char expected[4001];
    (void)state;
    rh_text_buffer_init(&buffer, NULL, 10000);
    for (unsigned i = 0; i < 1000; i++) {
        assert_int_equal(rh_text_buffer_print(&buffer, "%04u", i), RH_OK);
        for (unsigned digit = 0, rest = i; digit < 4; digit++, rest /= 10) {
            expected[4 * i + 3 - digit] = (char)('0' + rest % 10);
        }
    }
    expected[4000] = '\0';
    assert_int_equal(buffer.length, 4000);
    assert_string_equal(rh_text_buffer_text(&buffer), expected);
    rh_text_buffer_deinit(&buffer);
}

static void fills_to_its_cap_exactly(void **state)
{
    struct rh_text_buffer buffer;
    (void)state;
    rh_text_buffer_init(&buffer, NULL, 5);
    assert_int_equal(rh_text_buffer_append(&buffer, "abc", 3), RH_OK);
    assert_int_equal(rh_text_buffer_repeat(&buffer, '-', 2), RH_OK);
    assert_string_equal(rh_text_buffer_text(&buffer), "abc--");
    assert_int_equal(rh_text_buffer_append(&buffer, "x", 1), RH_LIMIT);
    assert_string_equal(rh_text_buffer_text(&buffer), "abc--");
    rh_text_buffer_deinit(&buffer);
}

static void writes_all_or_nothing_and_stays_failed(void **state)
{
    struct rh_text_buffer buffer;
    (void)state;
    rh_text_buffer_init(&buffer, NULL, 5);
    assert_int_equal(rh_text_buffer_print(&buffer, "%s", "abc"), RH_OK);
    assert_int_equal(rh_text_buffer_print(&buffer, "%s", "def"), RH_LIMIT);
    assert_int_equal(rh_text_buffer_print(&buffer, "%s", "d"), RH_LIMIT);
    assert_int_equal(rh_text_buffer_repeat(&buffer, 'x', 1), RH_LIMIT);
    assert_string_equal(rh_text_buffer_text(&buffer), "abc");
    rh_text_buffer_deinit(&buffer);
    assert_int_equal(buffer.status, RH_OK);
}

static void keeps_its_text_when_it_cannot_grow(void **state)
{
    struct rh_text_buffer buffer;
    struct failing_allocator failing;
    (void)state;
    failing_allocator_init(&failing, 2);
    rh_text_buffer_init(&buffer, &failing.allocator, 10000);
    assert_int_equal(rh_text_buffer_append(&buffer, "abc", 3), RH_OK);
    assert_int_equal(rh_text_buffer_repeat(&buffer, 'x', 5000), RH_NO_MEMORY);
    assert_string_equal(rh_text_buffer_text(&buffer), "abc");
    assert_int_equal(buffer.status, RH_NO_MEMORY);
    rh_text_buffer_deinit(&buffer);
    assert_int_equal(failing.bytes, 0);
    assert_false(failing.has_lost_size);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_empty_text_before_the_first_write),
        cmocka_unit_test(grows_to_hold_everything_written),
        cmocka_unit_test(fills_to_its_cap_exactly),
        cmocka_unit_test(writes_all_or_nothing_and_stays_failed),
        cmocka_unit_test(keeps_its_text_when_it_cannot_grow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
