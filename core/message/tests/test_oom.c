/* SPDX-License-Identifier: MIT */
/* Every allocation of every way to make a message is refused once; the answer is RH_NO_MEMORY and
 * nothing stays behind. */
#include "core/message/tests/support.h"

#define LONG_TEXT "a text that is too long to be inline, and of some length itself"

static struct rh_message make_array(const struct rh_allocator *allocator)
{
    return RH_ARRAY(allocator, 1, LONG_TEXT, 100000, LONG_TEXT, RH_TRUE, LONG_TEXT);
}

static struct rh_message make_array_head_last(const struct rh_allocator *allocator)
{
    return RH_ARRAY(allocator, "abcdefghijklmnop", "abcd", 1, 2);
}

static struct rh_message make_map(const struct rh_allocator *allocator)
{
    return RH_MAP(allocator, "z", LONG_TEXT, "y", LONG_TEXT, "x", rh_pid_none());
}

static struct rh_message make_item(const struct rh_allocator *allocator)
{
    struct rh_ref ref = {{UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX}, UINT64_MAX};
    return RH_ITEM(allocator, ref);
}

static struct rh_message make_nested(const struct rh_allocator *allocator)
{
    struct rh_message inner = make_array(allocator);
    struct rh_message outer = RH_ARRAY(allocator, "outer", inner, inner);
    rh_message_unref(inner);
    return outer;
}

static struct rh_message make_built(const struct rh_allocator *allocator)
{
    struct rh_builder builder;
    rh_builder_init(&builder, allocator, 4096);
    rh_build_array(&builder, 200);
    for (int i = 0; i < 199; i++) {
        rh_build_int(&builder, i * 100);
    }
    rh_build_map(&builder, 2);
    rh_build_int(&builder, 2);
    rh_build_text(&builder, LONG_TEXT, strlen(LONG_TEXT));
    rh_build_int(&builder, 1);
    rh_build_null(&builder);
    return rh_build_finish(&builder);
}

static struct rh_message of_status(enum rh_status status, struct rh_message message)
{
    if (status == RH_OK) {
        return message;
    }
    assert_int_equal(rh_message_size(&message), 0);
    return rh_message_failed(status);
}

static struct rh_message make_copy(const struct rh_allocator *allocator)
{
    struct rh_message source = make_map(NULL);
    struct rh_message copy;
    struct rh_item item = rh_message_item(&source);
    enum rh_status status = rh_message_copy(allocator, item.bytes, item.size, &copy);
    rh_message_unref(source);
    return of_status(status, copy);
}

static struct rh_message make_decoded(const struct rh_allocator *allocator)
{
    struct rh_message source = make_map(NULL);
    struct rh_message copy;
    struct rh_item item = rh_message_item(&source);
    enum rh_status status = rh_message_decode(allocator, NULL, item.bytes, item.size, &copy);
    rh_message_unref(source);
    return of_status(status, copy);
}

static struct rh_message make_filled(const struct rh_allocator *allocator)
{
    struct rh_message value = RH_ITEM(NULL, LONG_TEXT);
    struct rh_message form = RH_ARRAY(NULL, RH_VARIABLE(0), RH_VARIABLE(0), RH_VARIABLE(0));
    struct rh_message filled;
    struct rh_bindings bindings;
    rh_bindings_init(&bindings);
    rh_bindings_set(&bindings, 0, rh_message_item(&value));
    enum rh_status status = rh_template_fill(allocator, NULL, &form, &bindings, &filled);
    rh_message_unref(value);
    return of_status(status, filled);
}

static void refuse_each_allocation(struct rh_message (*make)(const struct rh_allocator *allocator))
{
    struct strict_allocator strict;
    strict_init(&strict);
    rh_message_unref(make(&strict.allocator));
    size_t calls = strict.calls;
    assert_true(calls > 0);
    assert_int_equal(strict.blocks, 0);
    for (size_t at = 1; at <= calls; at++) {
        strict_init(&strict);
        strict.refuse_at = at;
        struct rh_message message = make(&strict.allocator);
        assert_int_equal(rh_message_status(message), RH_NO_MEMORY);
        rh_message_unref(message);
        assert_int_equal(strict.blocks, 0);
    }
}

static void macros_report_every_refusal(void **state)
{
    (void)state;
    refuse_each_allocation(make_array);
    refuse_each_allocation(make_array_head_last);
    refuse_each_allocation(make_map);
    refuse_each_allocation(make_item);
    refuse_each_allocation(make_nested);
}

static void builder_reports_every_refusal(void **state)
{
    (void)state;
    refuse_each_allocation(make_built);
}

static void copies_report_every_refusal(void **state)
{
    (void)state;
    refuse_each_allocation(make_copy);
    refuse_each_allocation(make_decoded);
    refuse_each_allocation(make_filled);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(macros_report_every_refusal),
        cmocka_unit_test(builder_reports_every_refusal),
        cmocka_unit_test(copies_report_every_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
