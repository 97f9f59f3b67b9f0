/* SPDX-License-Identifier: MIT */
#include "core/message/tests/support.h"

static const struct rh_pid worker = {1, 1, 7, 1};

static size_t name_of(void *self, struct rh_pid pid, char *buffer, size_t capacity)
{
    const char *name = self;
    if (pid.slot != worker.slot) {
        return 0;
    }
    (void)snprintf(buffer, capacity, "%s", name);
    return strlen(name);
}

static void prints_scalars(void **state)
{
    (void)state;
    struct rh_bytes raw = {(const uint8_t *)"\x00\xab", 2};
    expect_print(RH_ITEM(NULL, 0), "0");
    expect_print(RH_ITEM(NULL, -1), "-1");
    expect_print(RH_ITEM(NULL, UINT64_MAX), "18446744073709551615");
    expect_print(RH_ITEM(NULL, INT64_MIN), "-9223372036854775808");
    expect_print(RH_ITEM(NULL, RH_TRUE), "true");
    expect_print(RH_ITEM(NULL, RH_FALSE), "false");
    expect_print(RH_ITEM(NULL, RH_NULL), "null");
    expect_print(RH_ITEM(NULL, raw), "h'00ab'");
    expect_print(rh_message_none(), "");
    expect_print(rh_message_failed(RH_NO_MEMORY), "!no_memory");
}

static void prints_text_bare_where_it_cannot_be_mistaken(void **state)
{
    (void)state;
    expect_print(RH_ITEM(NULL, "ping"), "ping");
    expect_print(RH_ITEM(NULL, "_a.b:c#d-9"), "_a.b:c#d-9");
    expect_print(RH_ITEM(NULL, ""), "\"\"");
    expect_print(RH_ITEM(NULL, "true"), "\"true\"");
    expect_print(RH_ITEM(NULL, "false"), "\"false\"");
    expect_print(RH_ITEM(NULL, "null"), "\"null\"");
    expect_print(RH_ITEM(NULL, "_"), "\"_\"");
    expect_print(RH_ITEM(NULL, "two words"), "\"two words\"");
    expect_print(RH_ITEM(NULL, "9a"), "\"9a\"");
    expect_print(RH_ITEM(NULL, "$0"), "\"$0\"");
    expect_print(RH_ITEM(NULL, "caf\xc3\xa9"), "\"caf\xc3\xa9\"");
    expect_print(RH_ITEM(NULL, "a\"b\\c\n\t\x1b\x7f"), "\"a\\\"b\\\\c\\n\\t\\x1b\\x7f\"");
    expect_print(RH_ITEM(NULL, "\xc2\x9b"), "\"\\xc2\\x9b\"");
    struct rh_text nul = {"a\0b", 3};
    expect_print(RH_ITEM(NULL, nul), "\"a\\x00b\"");
}

static void escapes_bytes_that_are_not_utf8(void **state)
{
    (void)state;
    char text[64];
    struct rh_item item = {(const uint8_t *)"\x64\xff\xed\xa0\x80", 5};
    (void)rh_item_print(item, NULL, text, sizeof text);
    assert_string_equal(text, "\"\\xff\\xed\\xa0\\x80\"");
}

static void prints_containers(void **state)
{
    (void)state;
    expect_print(RH_ARRAY(NULL, "ping", 1), "[ping, 1]");
    expect_print(RH_ARRAY(NULL), "[]");
    expect_print(RH_MAP(NULL), "{}");
    expect_print(RH_MAP(NULL, "k", 1, 2, RH_ARRAY(NULL)), "{2: [], k: 1}");
    expect_print(RH_ARRAY(NULL, RH_ARRAY(NULL), RH_ARRAY(NULL, RH_ARRAY(NULL)), 1),
                 "[[], [[]], 1]");
    expect_print(RH_MAP(NULL, 1, RH_MAP(NULL, 2, 3, 4, 5), 6, RH_MAP(NULL)),
                 "{1: {2: 3, 4: 5}, 6: {}}");
    expect_print(RH_ARRAY(NULL, RH_ANY, RH_VARIABLE(12), RH_ANY_OF(RH_KIND_INT)), "[_, $12, $int]");
}

static void prints_names_of_actors(void **state)
{
    (void)state;
    char word[] = "worker";
    struct rh_print_names names = {name_of, word};
    struct rh_ref ref = {worker, 3};
    struct rh_pid stranger = {1, 1, 8, 1};
    struct rh_message message = RH_ARRAY(NULL, worker, ref, stranger, rh_pid_none());
    char text[64];
    assert_int_equal(rh_message_print(&message, &names, text, sizeof text), 37);
    assert_string_equal(text, "[<worker>, <worker#3>, <pid>, <none>]");
    rh_message_unref(message);
    expect_print(RH_ARRAY(NULL, worker, ref), "[<pid>, <pid#3>]");
}

static void keeps_snprintf_contract_at_every_capacity(void **state)
{
    (void)state;
    char word[] = "worker";
    struct rh_print_names names = {name_of, word};
    struct rh_message message = RH_ARRAY(NULL, "a\x1b", worker, RH_MAP(NULL, 1, "two words"));
    char whole[64];
    size_t length = rh_message_print(&message, &names, whole, sizeof whole);
    assert_int_equal(length, strlen(whole));
    assert_int_equal(rh_message_print(&message, &names, NULL, 0), length);
    for (size_t capacity = 1; capacity <= length + 1; capacity++) {
        char *part = malloc(capacity);
        assert_non_null(part);
        assert_int_equal(rh_message_print(&message, &names, part, capacity), length);
        assert_int_equal(strlen(part), capacity - 1);
        assert_memory_equal(part, whole, capacity - 1);
        free(part);
    }
    rh_message_unref(message);
}

static void says_where_bytes_stop_being_an_item(void **state)
{
    (void)state;
    char text[64];
    struct rh_item cut = {(const uint8_t *)"\x82\x01", 2};
    (void)rh_item_print(cut, NULL, text, sizeof text);
    assert_string_equal(text, "!malformed");
    struct rh_item floating = {(const uint8_t *)"\x82\x01\xf9\x00\x00", 5};
    (void)rh_item_print(floating, NULL, text, sizeof text);
    assert_string_equal(text, "[1, !malformed");
    struct rh_item trailing = {(const uint8_t *)"\x01\x02", 2};
    (void)rh_item_print(trailing, NULL, text, sizeof text);
    assert_string_equal(text, "1!malformed");
}

static void cuts_what_is_nested_too_deeply(void **state)
{
    (void)state;
    uint8_t deep[RH_NESTING_CEILING + 2];
    char text[1024];
    memset(deep, 0x81, sizeof deep);
    deep[sizeof deep - 1] = 0;
    (void)rh_item_print((struct rh_item){deep, sizeof deep}, NULL, text, sizeof text);
    assert_non_null(strstr(text, "[[...]]"));
    assert_int_equal(strlen(text), 2 * RH_NESTING_CEILING + 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_scalars),
        cmocka_unit_test(prints_text_bare_where_it_cannot_be_mistaken),
        cmocka_unit_test(escapes_bytes_that_are_not_utf8),
        cmocka_unit_test(prints_containers),
        cmocka_unit_test(prints_names_of_actors),
        cmocka_unit_test(keeps_snprintf_contract_at_every_capacity),
        cmocka_unit_test(says_where_bytes_stop_being_an_item),
        cmocka_unit_test(cuts_what_is_nested_too_deeply),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
