/* SPDX-License-Identifier: MIT */
#include "core/message/tests/support.h"

static const struct rh_pid pid = {1, 2, 300, 4};

static void binds_what_it_names(void **state)
{
    (void)state;
    struct rh_ref ref = {pid, 9};
    struct rh_bytes raw = {(const uint8_t *)"\x01\x02", 2};
    struct rh_message message =
        RH_ARRAY(NULL, "all", -7, UINT64_MAX, RH_TRUE, "text", raw, pid, ref, RH_ARRAY(NULL, 1, 2));
    int64_t n = 0;
    uint64_t u = 0;
    bool b = false;
    struct rh_text text;
    struct rh_bytes bytes;
    struct rh_pid found_pid;
    struct rh_ref found_ref;
    struct rh_item item;
    assert_true(
        RH_MATCH(&message, "all", &n, &u, &b, &text, &bytes, &found_pid, &found_ref, &item));
    assert_int_equal(n, -7);
    assert_true(u == UINT64_MAX);
    assert_true(b);
    assert_int_equal(text.size, 4);
    assert_memory_equal(text.bytes, "text", 4);
    assert_int_equal(bytes.size, 2);
    assert_memory_equal(bytes.bytes, "\x01\x02", 2);
    assert_true(rh_pid_equal(found_pid, pid));
    assert_true(rh_ref_equal(found_ref, ref));
    assert_int_equal(item.size, 3);
    assert_memory_equal(item.bytes, "\x82\x01\x02", 3);
    rh_message_unref(message);
}

static void compares_values_of_every_type(void **state)
{
    (void)state;
    struct rh_ref ref = {pid, 9};
    struct rh_ref other_ref = {pid, 10};
    struct rh_pid other_pid = {1, 2, 300, 5};
    struct rh_text text = {"text", 4};
    struct rh_text other_text = {"tex", 3};
    struct rh_bytes raw = {(const uint8_t *)"\x01\x02", 2};
    struct rh_bytes other_raw = {(const uint8_t *)"\x01\x03", 2};
    struct rh_message seven = RH_ITEM(NULL, 7);
    struct rh_message eight = RH_ITEM(NULL, 8);
    struct rh_item item = rh_message_item(&seven);
    char buffer[8] = "text";
    struct rh_message message = RH_ARRAY(NULL, text, raw, pid, ref, RH_NULL, RH_FALSE, 7);
    assert_true(RH_MATCH(&message, "text", raw, pid, ref, RH_NULL, RH_FALSE, 7));
    assert_true(RH_MATCH(&message, buffer, RH_ANY, RH_ANY, ref, RH_ANY, RH_ANY, seven));
    assert_true(RH_MATCH(&message, text, raw, pid, ref, RH_NULL, RH_FALSE, item));
    assert_false(RH_MATCH(&message, other_text, raw, pid, ref, RH_NULL, RH_FALSE, 7));
    assert_false(RH_MATCH(&message, text, other_raw, pid, ref, RH_NULL, RH_FALSE, 7));
    assert_false(RH_MATCH(&message, text, raw, other_pid, ref, RH_NULL, RH_FALSE, 7));
    assert_false(RH_MATCH(&message, text, raw, pid, other_ref, RH_NULL, RH_FALSE, 7));
    assert_false(RH_MATCH(&message, text, raw, pid, ref, RH_FALSE, RH_FALSE, 7));
    assert_false(RH_MATCH(&message, text, raw, pid, ref, RH_NULL, RH_TRUE, 7));
    assert_false(RH_MATCH(&message, text, raw, pid, ref, RH_NULL, RH_NULL, 7));
    assert_false(RH_MATCH(&message, text, raw, pid, ref, RH_NULL, RH_FALSE, 8));
    assert_false(RH_MATCH(&message, text, raw, pid, ref, RH_NULL, RH_FALSE, 8u));
    assert_false(RH_MATCH(&message, text, raw, pid, ref, RH_NULL, RH_FALSE, eight));
    assert_true(RH_MATCH(&message, text, raw, pid, ref, RH_NULL, RH_FALSE, 7u));
    rh_message_unref(message);
}

static void compares_integers_by_value_not_by_type(void **state)
{
    (void)state;
    const int64_t values[] = {0,         23, 24,  255, 256,  65535, 65536,  UINT32_MAX,
                              INT64_MAX, -1, -24, -25, -256, -257,  -65537, INT64_MIN};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct rh_message message = RH_ARRAY(NULL, values[i]);
        int64_t found = 0;
        uint64_t found_unsigned = 0;
        assert_true(RH_MATCH(&message, &found));
        assert_true(found == values[i]);
        for (size_t j = 0; j < sizeof values / sizeof *values; j++) {
            assert_int_equal(RH_MATCH(&message, values[j]), i == j);
            assert_int_equal(RH_MATCH(&message, (uint64_t)values[j]), i == j && values[i] >= 0);
        }
        assert_int_equal(RH_MATCH(&message, &found_unsigned), values[i] >= 0);
        assert_true(values[i] < 0 || found_unsigned == (uint64_t)values[i]);
    }
}

static void binds_only_integers_that_fit(void **state)
{
    (void)state;
    struct rh_message big = RH_ARRAY(NULL, UINT64_MAX);
    struct rh_message wide = RH_ARRAY(NULL, 4294967296);
    struct rh_message medium = RH_ARRAY(NULL, 65536);
    struct rh_message negative = RH_ARRAY(NULL, -32769);
    int64_t i64 = 1;
    int i = 1;
    unsigned u = 1;
    short s = 1;
    unsigned short us = 1;
    long l = 1;
    unsigned long ul = 1;
    long long ll = 1;
    unsigned long long ull = 1;
    assert_false(RH_MATCH(&big, &i64));
    assert_true(RH_MATCH(&big, &ull));
    assert_true(ull == UINT64_MAX);
    assert_false(RH_MATCH(&wide, &i));
    assert_false(RH_MATCH(&wide, &u));
    assert_true(RH_MATCH(&wide, &ll));
    assert_int_equal(ll, 4294967296);
    assert_false(RH_MATCH(&medium, &us));
    assert_false(RH_MATCH(&medium, &s));
    assert_true(RH_MATCH(&medium, &u));
    assert_int_equal(u, 65536);
    assert_true(RH_MATCH(&medium, &l));
    assert_int_equal(l, 65536);
    assert_true(RH_MATCH(&medium, &ul));
    assert_int_equal(ul, 65536);
    assert_false(RH_MATCH(&negative, &s));
    assert_true(RH_MATCH(&negative, &i));
    assert_int_equal(i, -32769);
}

static void wants_exactly_these_items(void **state)
{
    (void)state;
    struct rh_message empty = rh_message_none();
    struct rh_message failed = rh_message_failed(RH_NO_MEMORY);
    struct rh_message scalar = RH_ITEM(NULL, "ping");
    struct rh_message nothing = RH_ARRAY(NULL);
    struct rh_message ping = RH_ARRAY(NULL, "ping", 1);
    int64_t n = 0;
    assert_true(RH_MATCH(&nothing));
    assert_false(RH_MATCH(&empty));
    assert_false(RH_MATCH(&failed));
    assert_false(RH_MATCH(&scalar, "ping"));
    assert_false(RH_MATCH(&scalar));
    assert_false(RH_MATCH(&ping));
    assert_false(RH_MATCH(&ping, "ping"));
    assert_false(RH_MATCH(&ping, "ping", &n, &n));
    assert_false(RH_MATCH(&ping, "pong", &n));
    assert_false(RH_MATCH(&ping, "pin", &n));
    assert_false(RH_MATCH(&ping, "pingg", &n));
    assert_false(RH_MATCH(&ping, &n, 1));
    assert_false(RH_MATCH(&ping, (const char *)NULL, 1));
    assert_false(RH_MATCH(&ping, "ping", "1"));
    assert_true(RH_MATCH(&ping, "ping", &n));
}

static void matches_long_words(void **state)
{
    (void)state;
    const char *word = "a word of more than twenty-three bytes";
    struct rh_message message = RH_ARRAY(NULL, word);
    assert_true(RH_MATCH(&message, "a word of more than twenty-three bytes"));
    assert_true(RH_MATCH(&message, word));
    assert_false(RH_MATCH(&message, "a word of more than twenty-three bytez"));
    assert_false(RH_MATCH(&message, "a word of more than twenty-three byte"));
    rh_message_unref(message);
}

static void reads_in_order_and_sticks_after_a_failure(void **state)
{
    (void)state;
    struct rh_message message = from_bytes("83 01 a1 6161 f6 d85d 02");
    struct rh_reader reader;
    size_t count = 0;
    int64_t n = 0;
    uint64_t tag = 0;
    struct rh_text text;
    rh_reader_message(&reader, &message);
    assert_int_equal(rh_read_kind(&reader), RH_KIND_ARRAY);
    assert_true(rh_read_array(&reader, &count));
    assert_int_equal(count, 3);
    assert_true(rh_read_int(&reader, &n));
    assert_int_equal(rh_read_kind(&reader), RH_KIND_MAP);
    assert_true(rh_read_map(&reader, &count));
    assert_int_equal(count, 1);
    assert_true(rh_read_text(&reader, &text));
    assert_int_equal(rh_read_kind(&reader), RH_KIND_NULL);
    assert_true(rh_read_null(&reader));
    assert_int_equal(rh_read_kind(&reader), RH_KIND_VARIABLE);
    assert_true(rh_read_tag(&reader, &tag));
    assert_int_equal(tag, RH_TAG_VARIABLE);
    assert_false(rh_read_end(&reader));
    assert_true(rh_read_int(&reader, &n));
    assert_true(rh_read_end(&reader));
    assert_int_equal(rh_read_kind(&reader), RH_KIND_NONE);
    rh_reader_message(&reader, &message);
    assert_false(rh_read_int(&reader, &n));
    assert_false(rh_read_array(&reader, &count));
    assert_int_equal(rh_read_kind(&reader), RH_KIND_NONE);
    assert_false(rh_read_end(&reader));
}

static void stays_within_the_bytes_whatever_they_are(void **state)
{
    (void)state;
    uint64_t seed = 11;
    for (int round = 0; round < 200000; round++) {
        uint8_t bytes[24];
        size_t size = (size_t)(next_random(&seed) % sizeof bytes);
        uint8_t *exact = malloc(size + 1);
        assert_non_null(exact);
        for (size_t i = 0; i < size; i++) {
            exact[i] = (uint8_t)(next_random(&seed) >> 40);
        }
        struct rh_reader reader;
        struct rh_item item = {NULL, 0};
        rh_reader_init(&reader, exact, size);
        bool found = rh_read_item(&reader, &item);
        size_t length = 0;
        if (rh_item_length(exact, size, &length) == RH_OK) {
            assert_true(found);
            assert_int_equal(item.size, length);
        }
        char text[32];
        (void)rh_item_print((struct rh_item){exact, size}, NULL, text, sizeof text);
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(binds_what_it_names),
        cmocka_unit_test(compares_values_of_every_type),
        cmocka_unit_test(compares_integers_by_value_not_by_type),
        cmocka_unit_test(binds_only_integers_that_fit),
        cmocka_unit_test(wants_exactly_these_items),
        cmocka_unit_test(matches_long_words),
        cmocka_unit_test(reads_in_order_and_sticks_after_a_failure),
        cmocka_unit_test(stays_within_the_bytes_whatever_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
