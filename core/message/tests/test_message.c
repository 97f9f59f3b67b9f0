/* SPDX-License-Identifier: MIT */
#include "core/message/tests/support.h"

#include <limits.h>

static const struct rh_pid pid = {1, 2, 300, 4};

static void is_24_bytes(void **state)
{
    (void)state;
    assert_int_equal(sizeof(struct rh_message), 24);
}

static void zeroed_handle_is_empty_and_fine(void **state)
{
    (void)state;
    struct rh_message message = {0};
    assert_int_equal(rh_message_size(&message), 0);
    assert_int_equal(rh_message_status(message), RH_OK);
    rh_message_unref(rh_message_ref(message));
}

static void failed_handle_carries_its_status_and_no_item(void **state)
{
    (void)state;
    struct rh_message message = rh_message_failed(RH_NO_MEMORY);
    struct rh_message empty = rh_message_none();
    assert_int_equal(rh_message_status(message), RH_NO_MEMORY);
    assert_int_equal(rh_message_size(&message), 0);
    assert_true(rh_message_equal(&message, &empty));
    rh_message_unref(rh_message_ref(message));
}

static void encodes_integers_in_their_shortest_form(void **state)
{
    (void)state;
    expect_item(RH_ITEM(NULL, 0), "00");
    expect_item(RH_ITEM(NULL, 23), "17");
    expect_item(RH_ITEM(NULL, 24), "18 18");
    expect_item(RH_ITEM(NULL, 255), "18 ff");
    expect_item(RH_ITEM(NULL, 256), "19 01 00");
    expect_item(RH_ITEM(NULL, 65535), "19 ff ff");
    expect_item(RH_ITEM(NULL, 65536), "1a 00 01 00 00");
    expect_item(RH_ITEM(NULL, 4294967295u), "1a ff ff ff ff");
    expect_item(RH_ITEM(NULL, 4294967296), "1b 00 00 00 01 00 00 00 00");
    expect_item(RH_ITEM(NULL, UINT64_MAX), "1b ff ff ff ff ff ff ff ff");
    expect_item(RH_ITEM(NULL, -1), "20");
    expect_item(RH_ITEM(NULL, -24), "37");
    expect_item(RH_ITEM(NULL, -25), "38 18");
    expect_item(RH_ITEM(NULL, -256), "38 ff");
    expect_item(RH_ITEM(NULL, -257), "39 01 00");
    expect_item(RH_ITEM(NULL, -65537), "3a 00 01 00 00");
    expect_item(RH_ITEM(NULL, INT64_MIN), "3b 7f ff ff ff ff ff ff ff");
}

static void accepts_integers_of_every_type(void **state)
{
    (void)state;
    char c = 1;
    signed char sc = -2;
    unsigned char uc = 200;
    short s = -300;
    unsigned short us = 60000;
    long l = -4;
    unsigned long ul = 5;
    long long ll = -6;
    unsigned long long ull = 7;
    const int ci = 8;
    expect_item(RH_ARRAY(NULL, c, sc, uc, s, us, l, ul, ll, ull, ci),
                "8a 01 21 18c8 39012b 19ea60 23 05 25 07 08");
}

static void encodes_every_other_type(void **state)
{
    (void)state;
    const uint8_t raw[] = {0, 255};
    struct rh_text text = {"abc", 2};
    struct rh_bytes bytes = {raw, sizeof raw};
    struct rh_ref ref = {pid, 70000};
    struct rh_message nested = RH_ARRAY(NULL, "x");
    expect_item(RH_ARRAY(NULL, "ping", text, bytes, RH_TRUE, RH_FALSE, RH_NULL),
                "86 64 70696e67 62 6162 42 00ff f5 f4 f6");
    expect_item(RH_ITEM(NULL, pid), "d85a 84 01 02 19012c 04");
    expect_item(RH_ITEM(NULL, ref), "d85b 85 01 02 19012c 04 1a00011170");
    expect_item(RH_ARRAY(NULL, nested, rh_message_item(&nested)), "82 8161 78 8161 78");
    expect_item(RH_ARRAY(NULL, RH_ANY, RH_VARIABLE(15), RH_ANY_OF(RH_KIND_INT)),
                "83 d85cf6 d85d0f d85e63 696e74");
    expect_item(RH_ARRAY(NULL), "80");
    expect_item(RH_ARRAY(NULL, RH_ARRAY(NULL), RH_ARRAY(NULL, 1, RH_ARRAY(NULL, 2))),
                "82 80 82 01 81 02");
}

static void encodes_twelve_arguments(void **state)
{
    (void)state;
    struct rh_message message = RH_ARRAY(NULL, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
    int a[12] = {0};
    expect_hex(&message, "8c 01 02 03 04 05 06 07 08 09 0a 0b 0c");
    assert_true(RH_MATCH(&message, &a[0], &a[1], &a[2], &a[3], &a[4], &a[5], &a[6], &a[7], &a[8],
                         &a[9], &a[10], &a[11]));
    for (int i = 0; i < 12; i++) {
        assert_int_equal(a[i], i + 1);
    }
}

static void allocates_nothing_up_to_23_bytes(void **state)
{
    (void)state;
    struct strict_allocator strict;
    struct rh_pid largest = {UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX};
    strict_init(&strict);
    struct rh_message message = RH_ITEM(&strict.allocator, largest);
    assert_int_equal(rh_message_size(&message), 23);
    rh_message_unref(message);
    message = RH_ITEM(&strict.allocator, "abcdefghijklmnopqrstuv");
    assert_int_equal(rh_message_size(&message), 23);
    rh_message_unref(message);
    assert_int_equal(strict.calls, 0);
    message = RH_ITEM(&strict.allocator, "abcdefghijklmnopqrstuvw");
    assert_int_equal(rh_message_size(&message), 24);
    assert_int_equal(strict.calls, 1);
    rh_message_unref(message);
    assert_int_equal(strict.blocks, 0);
}

static void fills_the_handle_to_the_last_byte_from_every_side(void **state)
{
    (void)state;
    struct strict_allocator strict;
    strict_init(&strict);
    expect_item(RH_ARRAY(&strict.allocator, "abcdefghijklmnop", 1, 2, 3, 4, 5),
                "86 70 6162636465666768696a6b6c6d6e6f70 01 02 03 04 05");
    expect_item(RH_ARRAY(&strict.allocator, "abcdefghijklmnop", 256, 24),
                "83 70 6162636465666768696a6b6c6d6e6f70 190100 1818");
    expect_item(RH_ARRAY(&strict.allocator, "abcdefghijklmnop", 1, "abc"),
                "83 70 6162636465666768696a6b6c6d6e6f70 01 63 616263");
    assert_int_equal(strict.calls, 0);
    expect_item(RH_ARRAY(&strict.allocator, "abcdefghijklmnop", 1, 2, 3, 4, 24),
                "86 70 6162636465666768696a6b6c6d6e6f70 01 02 03 04 1818");
    expect_item(RH_ARRAY(&strict.allocator, "abcdefghijklmnop", 256, 256),
                "83 70 6162636465666768696a6b6c6d6e6f70 190100 190100");
    expect_item(RH_ARRAY(&strict.allocator, "abcdefghijklmnop", 1, "abcd"),
                "83 70 6162636465666768696a6b6c6d6e6f70 01 64 61626364");
    assert_int_equal(strict.calls, 3);
    assert_int_equal(strict.blocks, 0);
}

static void goes_on_in_a_block_where_the_handle_ends(void **state)
{
    (void)state;
    struct strict_allocator strict;
    strict_init(&strict);
    const char *text = "0123456789";
    expect_item(RH_ARRAY(&strict.allocator, text, "constant", 100000, text, "constant", -1, text,
                         "constant", RH_NULL, text, 24, 25),
                "8c 6a30313233343536373839 68636f6e7374616e74 1a000186a0"
                "6a30313233343536373839 68636f6e7374616e74 20"
                "6a30313233343536373839 68636f6e7374616e74 f6"
                "6a30313233343536373839 1818 1819");
    assert_int_equal(strict.blocks, 0);
}

static void references_share_one_block(void **state)
{
    (void)state;
    struct strict_allocator strict;
    strict_init(&strict);
    struct rh_message a = RH_ITEM(&strict.allocator, "a text that is too long to be inline");
    struct rh_message b = rh_message_ref(a);
    size_t size;
    assert_ptr_equal(rh_message_bytes(&a, &size), rh_message_bytes(&b, &size));
    assert_int_equal(strict.blocks, 1);
    rh_message_unref(a);
    assert_int_equal(strict.blocks, 1);
    assert_int_equal(rh_message_size(&b), 38);
    rh_message_unref(b);
    assert_int_equal(strict.blocks, 0);
}

static void refuses_what_is_not_a_value(void **state)
{
    (void)state;
    const char *none = NULL;
    const char *latin = "caf\xe9";
    struct rh_message failed = rh_message_failed(RH_LIMIT);
    struct rh_text text = {NULL, 3};
    assert_int_equal(rh_message_status(RH_ARRAY(NULL, 1, none, 2)), RH_INVALID);
    assert_int_equal(rh_message_status(RH_ARRAY(NULL, latin)), RH_INVALID);
    assert_int_equal(rh_message_status(RH_ARRAY(NULL, "caf\xe9")), RH_INVALID);
    assert_int_equal(rh_message_status(RH_ARRAY(NULL, text)), RH_INVALID);
    assert_int_equal(rh_message_status(RH_ARRAY(NULL, rh_message_none())), RH_INVALID);
    assert_int_equal(rh_message_status(RH_ARRAY(NULL, failed, none)), RH_LIMIT);
    assert_int_equal(rh_message_status(RH_ARRAY(NULL, RH_VARIABLE(16))), RH_INVALID);
    assert_int_equal(rh_message_status(RH_ARRAY(NULL, RH_ANY_OF(RH_KIND_ANY))), RH_INVALID);
    assert_int_equal(rh_message_status(RH_ARRAY(NULL, RH_ANY_OF(RH_KIND_NONE))), RH_INVALID);
    expect_item(RH_ARRAY(NULL, "caf\xc3\xa9"), "81 65 636166c3a9");
}

static void drops_its_block_when_a_later_argument_fails(void **state)
{
    (void)state;
    struct strict_allocator strict;
    const char *none = NULL;
    strict_init(&strict);
    struct rh_message message =
        RH_ARRAY(&strict.allocator, "a text that is too long to be inline", none, "more", 1);
    assert_int_equal(rh_message_status(message), RH_INVALID);
    assert_int_equal(strict.calls, 1);
    assert_int_equal(strict.blocks, 0);
}

static void sorts_the_keys_of_a_map_bytewise(void **state)
{
    (void)state;
    expect_item(RH_MAP(NULL), "a0");
    expect_item(RH_MAP(NULL, "b", 1, "a", 2), "a2 6161 02 6162 01");
    expect_item(RH_MAP(NULL, "aa", 1, "b", 2, 100, 3, -1, 4, 2, 5),
                "a5 02 05 1864 03 20 04 6162 02 626161 01");
    expect_item(RH_MAP(NULL, 8, "h", 7, "gg", 6, "f", 5, RH_NULL, 4, "d", 3, "c", 2,
                       RH_ARRAY(NULL, 9), 1, "a"),
                "a8 01 6161 02 8109 03 6163 04 6164 05 f6 06 6166 07 626767 08 6168");
    expect_item(RH_MAP(NULL, "a longer key", "a longer value", "another", 2),
                "a2 67616e6f74686572 02 6c61206c6f6e676572206b6579 6e61206c6f6e6765722076616c7565");
}

static void refuses_maps_with_equal_or_composite_keys(void **state)
{
    (void)state;
    struct strict_allocator strict;
    strict_init(&strict);
    const struct rh_allocator *allocator = &strict.allocator;
    assert_int_equal(rh_message_status(RH_MAP(allocator, "a", 1, "a", 1)), RH_INVALID);
    assert_int_equal(rh_message_status(RH_MAP(allocator, "a", 1, "c", 1, "b", 1, "a", 2)),
                     RH_INVALID);
    assert_int_equal(rh_message_status(RH_MAP(allocator, "c", 1, "a", 1, "b", 1, "b", 2)),
                     RH_INVALID);
    assert_int_equal(rh_message_status(RH_MAP(allocator, RH_ARRAY(allocator, 1), 1)), RH_INVALID);
    assert_int_equal(rh_message_status(RH_MAP(allocator, RH_NULL, 1)), RH_INVALID);
    assert_int_equal(rh_message_status(RH_MAP(allocator, RH_ANY, 1)), RH_INVALID);
    assert_int_equal(rh_message_status(RH_MAP(allocator, "a key that is too long to be inline", 1,
                                              "a key that is too long to be inline", 2)),
                     RH_INVALID);
    assert_int_equal(strict.blocks, 0);
}

static void evaluates_each_argument_once(void **state)
{
    (void)state;
    int n = 0;
    struct rh_message message = RH_ARRAY(NULL, n++, "x");
    assert_int_equal(n, 1);
    expect_hex(&message, "82 00 61 78");
    int bound[2] = {7, 7};
    int *at = bound;
    assert_true(RH_MATCH(&message, at++, "x"));
    assert_ptr_equal(at, bound + 1);
    assert_int_equal(bound[0], 0);
}

static void copies_bytes_of_any_size(void **state)
{
    (void)state;
    struct strict_allocator strict;
    struct rh_message message;
    uint8_t bytes[100];
    strict_init(&strict);
    memset(bytes, 0, sizeof bytes);
    bytes[0] = 0x58;
    bytes[1] = 98;
    assert_int_equal(rh_message_copy(&strict.allocator, bytes, sizeof bytes, &message), RH_OK);
    assert_int_equal(rh_message_size(&message), 100);
    rh_message_unref(message);
    assert_int_equal(rh_message_copy(&strict.allocator, NULL, 0, &message), RH_OK);
    assert_int_equal(rh_message_size(&message), 0);
    assert_int_equal(rh_message_copy(&strict.allocator, bytes, (size_t)1 << 31, &message),
                     RH_LIMIT);
    assert_int_equal(strict.blocks, 0);
}

static void compares_across_representations(void **state)
{
    (void)state;
    struct rh_message a = RH_ITEM(NULL, "a text that is too long to be inline");
    struct rh_message b = RH_ITEM(NULL, "a text that is too long to be inline");
    struct rh_message c = RH_ITEM(NULL, "a text that is too long to be inlinf");
    struct rh_message d = RH_ITEM(NULL, "short");
    assert_true(rh_message_equal(&a, &b));
    assert_false(rh_message_equal(&a, &c));
    assert_false(rh_message_equal(&a, &d));
    assert_true(rh_item_equal(rh_message_item(&a), rh_message_item(&b)));
    assert_false(rh_item_equal(rh_message_item(&a), rh_message_item(&d)));
    rh_message_unref(a);
    rh_message_unref(b);
    rh_message_unref(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_24_bytes),
        cmocka_unit_test(zeroed_handle_is_empty_and_fine),
        cmocka_unit_test(failed_handle_carries_its_status_and_no_item),
        cmocka_unit_test(encodes_integers_in_their_shortest_form),
        cmocka_unit_test(accepts_integers_of_every_type),
        cmocka_unit_test(encodes_every_other_type),
        cmocka_unit_test(encodes_twelve_arguments),
        cmocka_unit_test(allocates_nothing_up_to_23_bytes),
        cmocka_unit_test(fills_the_handle_to_the_last_byte_from_every_side),
        cmocka_unit_test(goes_on_in_a_block_where_the_handle_ends),
        cmocka_unit_test(references_share_one_block),
        cmocka_unit_test(refuses_what_is_not_a_value),
        cmocka_unit_test(drops_its_block_when_a_later_argument_fails),
        cmocka_unit_test(sorts_the_keys_of_a_map_bytewise),
        cmocka_unit_test(refuses_maps_with_equal_or_composite_keys),
        cmocka_unit_test(evaluates_each_argument_once),
        cmocka_unit_test(copies_bytes_of_any_size),
        cmocka_unit_test(compares_across_representations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
