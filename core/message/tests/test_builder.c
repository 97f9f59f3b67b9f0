/* SPDX-License-Identifier: MIT */
#include "core/message/tests/support.h"

static void builds_what_the_macros_build(void **state)
{
    (void)state;
    struct rh_builder builder;
    struct rh_pid pid = {1, 2, 3, 4};
    struct rh_ref ref = {pid, 5};
    rh_builder_init(&builder, NULL, 1000);
    rh_build_array(&builder, 12);
    rh_build_int(&builder, -5);
    rh_build_uint(&builder, UINT64_MAX);
    rh_build_bool(&builder, true);
    rh_build_null(&builder);
    rh_build_text(&builder, "text", 4);
    rh_build_bytes(&builder, (const uint8_t *)"\x01", 1);
    rh_build_pid(&builder, pid);
    rh_build_ref(&builder, ref);
    rh_build_any(&builder);
    rh_build_variable(&builder, 3);
    rh_build_any_of(&builder, RH_KIND_MAP);
    rh_build_array(&builder, 0);
    struct rh_message built = rh_build_finish(&builder);
    struct rh_bytes one = {(const uint8_t *)"\x01", 1};
    struct rh_message same =
        RH_ARRAY(NULL, -5, UINT64_MAX, RH_TRUE, RH_NULL, "text", one, pid, ref, RH_ANY,
                 RH_VARIABLE(3), RH_ANY_OF(RH_KIND_MAP), RH_ARRAY(NULL));
    assert_int_equal(rh_message_status(built), RH_OK);
    assert_true(rh_message_equal(&built, &same));
    rh_message_unref(built);
    rh_message_unref(same);
}

static void sorts_maps_at_every_depth(void **state)
{
    (void)state;
    struct rh_builder builder;
    rh_builder_init(&builder, NULL, 1000);
    rh_build_map(&builder, 2);
    rh_build_text(&builder, "z", 1);
    rh_build_array(&builder, 1);
    rh_build_map(&builder, 3);
    rh_build_int(&builder, 3);
    rh_build_text(&builder, "three", 5);
    rh_build_bytes(&builder, NULL, 0);
    rh_build_null(&builder);
    rh_build_int(&builder, 1);
    rh_build_int(&builder, 0);
    rh_build_text(&builder, "a", 1);
    rh_build_map(&builder, 0);
    expect_print(rh_build_finish(&builder), "{a: {}, z: [{1: 0, 3: three, h'': null}]}");
}

static void sorts_any_order_alike(void **state)
{
    (void)state;
    uint64_t seed = 5;
    for (int round = 0; round < 200; round++) {
        struct rh_builder builder;
        int64_t keys[20];
        char expected[400] = "{";
        size_t length = 1;
        for (int i = 0; i < 20; i++) {
            keys[i] = i * 9;
            length += (size_t)snprintf(expected + length, sizeof expected - length, "%s%d: %d",
                                       i > 0 ? ", " : "", i * 9, i * 90);
        }
        (void)snprintf(expected + length, sizeof expected - length, "}");
        for (size_t i = 19; i > 0; i--) {
            size_t other = (size_t)(next_random(&seed) % (i + 1));
            int64_t key = keys[i];
            keys[i] = keys[other];
            keys[other] = key;
        }
        rh_builder_init(&builder, NULL, 1000);
        rh_build_map(&builder, 20);
        for (int i = 0; i < 20; i++) {
            rh_build_int(&builder, keys[i]);
            rh_build_int(&builder, keys[i] * 10);
        }
        expect_print(rh_build_finish(&builder), expected);
    }
}

static enum rh_status finish(struct rh_builder *builder)
{
    struct rh_message message = rh_build_finish(builder);
    enum rh_status status = rh_message_status(message);
    rh_message_unref(message);
    return status;
}

static void refuses_counts_that_are_not_kept(void **state)
{
    (void)state;
    struct rh_builder builder;
    rh_builder_init(&builder, NULL, 1000);
    assert_int_equal(finish(&builder), RH_INVALID);
    rh_builder_init(&builder, NULL, 1000);
    rh_build_array(&builder, 2);
    rh_build_int(&builder, 1);
    assert_int_equal(finish(&builder), RH_INVALID);
    rh_builder_init(&builder, NULL, 1000);
    rh_build_array(&builder, 1);
    rh_build_int(&builder, 1);
    rh_build_int(&builder, 2);
    assert_int_equal(rh_builder_status(&builder), RH_INVALID);
    assert_int_equal(finish(&builder), RH_INVALID);
    rh_builder_init(&builder, NULL, 1000);
    rh_build_map(&builder, 1);
    rh_build_int(&builder, 1);
    assert_int_equal(finish(&builder), RH_INVALID);
    rh_builder_init(&builder, NULL, 1000);
    rh_build_tag(&builder, RH_TAG_ANY);
    assert_int_equal(finish(&builder), RH_INVALID);
}

static void refuses_tags_without_their_content(void **state)
{
    (void)state;
    struct rh_builder builder;
    rh_builder_init(&builder, NULL, 1000);
    rh_build_tag(&builder, RH_TAG_VARIABLE);
    rh_build_int(&builder, 15);
    expect_print(rh_build_finish(&builder), "$15");
    rh_builder_init(&builder, NULL, 1000);
    rh_build_tag(&builder, RH_TAG_VARIABLE);
    rh_build_int(&builder, 16);
    assert_int_equal(finish(&builder), RH_INVALID);
    rh_builder_init(&builder, NULL, 1000);
    rh_build_tag(&builder, 1);
    rh_build_int(&builder, 16);
    assert_int_equal(finish(&builder), RH_INVALID);
    rh_builder_init(&builder, NULL, 1000);
    rh_build_array(&builder, 1);
    rh_build_tag(&builder, RH_TAG_PID);
    rh_build_array(&builder, 4);
    for (int i = 0; i < 4; i++) {
        rh_build_uint(&builder, i == 3 ? (uint64_t)UINT32_MAX + 1 : 1);
    }
    assert_int_equal(finish(&builder), RH_INVALID);
}

static void refuses_duplicate_and_composite_keys(void **state)
{
    (void)state;
    for (int composite = 0; composite < 2; composite++) {
        struct rh_builder builder;
        rh_builder_init(&builder, NULL, 1000);
        rh_build_array(&builder, 1);
        rh_build_map(&builder, 2);
        rh_build_int(&builder, 1);
        rh_build_null(&builder);
        if (composite == 1) {
            rh_build_array(&builder, 0);
        } else {
            rh_build_int(&builder, 1);
        }
        rh_build_null(&builder);
        assert_int_equal(finish(&builder), RH_INVALID);
    }
}

static void stops_at_its_limit_exactly(void **state)
{
    (void)state;
    struct strict_allocator strict;
    strict_init(&strict);
    for (size_t most = 0; most < 200; most++) {
        for (size_t size = most > 3 ? most - 3 : 0; size < most + 3; size++) {
            struct rh_builder builder;
            rh_builder_init(&builder, &strict.allocator, most);
            rh_build_array(&builder, size == 0 ? 0 : size - 1);
            for (size_t i = 1; i < size; i++) {
                rh_build_int(&builder, 7);
            }
            size_t head = size < 25 ? 1 : size < 257 ? 2 : 3;
            size_t needed = (size == 0 ? 0 : size - 1) + head;
            assert_int_equal(finish(&builder), needed <= most ? RH_OK : RH_LIMIT);
        }
    }
    assert_int_equal(strict.blocks, 0);
}

static void refuses_absurd_counts_and_sizes_without_allocating(void **state)
{
    (void)state;
    struct strict_allocator strict;
    struct rh_builder builder;
    strict_init(&strict);
    rh_builder_init(&builder, &strict.allocator, 1000);
    rh_build_array(&builder, SIZE_MAX);
    assert_int_equal(finish(&builder), RH_LIMIT);
    rh_builder_init(&builder, &strict.allocator, 1000);
    rh_build_map(&builder, SIZE_MAX / 2);
    assert_int_equal(finish(&builder), RH_LIMIT);
    rh_builder_init(&builder, &strict.allocator, SIZE_MAX);
    rh_build_bytes(&builder, (const uint8_t *)"x", SIZE_MAX);
    assert_int_equal(finish(&builder), RH_LIMIT);
    assert_int_equal(strict.calls, 0);
}

static void does_nothing_after_finish_or_deinit(void **state)
{
    (void)state;
    struct strict_allocator strict;
    struct rh_builder builder;
    strict_init(&strict);
    rh_builder_init(&builder, &strict.allocator, 1000);
    rh_build_text(&builder, "a text that is too long to be inline", 36);
    rh_builder_deinit(&builder);
    assert_int_equal(strict.blocks, 0);
    rh_build_int(&builder, 1);
    assert_int_equal(finish(&builder), RH_INVALID);
    rh_builder_init(&builder, &strict.allocator, 1000);
    rh_build_int(&builder, 1);
    assert_int_equal(finish(&builder), RH_OK);
    rh_build_text(&builder, "a text that is too long to be inline", 36);
    rh_builder_deinit(&builder);
    rh_builder_deinit(NULL);
    assert_int_equal(strict.blocks, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(builds_what_the_macros_build),
        cmocka_unit_test(sorts_maps_at_every_depth),
        cmocka_unit_test(sorts_any_order_alike),
        cmocka_unit_test(refuses_counts_that_are_not_kept),
        cmocka_unit_test(refuses_tags_without_their_content),
        cmocka_unit_test(refuses_duplicate_and_composite_keys),
        cmocka_unit_test(stops_at_its_limit_exactly),
        cmocka_unit_test(refuses_absurd_counts_and_sizes_without_allocating),
        cmocka_unit_test(does_nothing_after_finish_or_deinit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
