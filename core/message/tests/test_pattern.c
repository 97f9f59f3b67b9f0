/* SPDX-License-Identifier: MIT */
#include "core/message/tests/support.h"

/* Match and give both messages back. */
static bool matches(struct rh_message pattern, struct rh_message message)
{
    bool answer = rh_pattern_match(&pattern, &message, NULL);
    rh_message_unref(pattern);
    rh_message_unref(message);
    return answer;
}

static void matches_equal_values(void **state)
{
    (void)state;
    struct rh_pid pid = {1, 2, 3, 4};
    struct rh_pid other = {1, 2, 3, 5};
    assert_true(matches(RH_ARRAY(NULL, "ping", 1), RH_ARRAY(NULL, "ping", 1)));
    assert_false(matches(RH_ARRAY(NULL, "ping", 1), RH_ARRAY(NULL, "ping", 2)));
    assert_false(matches(RH_ARRAY(NULL, "ping"), RH_ARRAY(NULL, "ping", 1)));
    assert_false(matches(RH_ARRAY(NULL, "ping", 1), RH_ARRAY(NULL, "ping")));
    assert_false(matches(RH_ITEM(NULL, "ping"), RH_ARRAY(NULL, "ping")));
    assert_false(matches(RH_ARRAY(NULL, "ping"), RH_ITEM(NULL, "ping")));
    assert_true(matches(RH_ITEM(NULL, pid), RH_ITEM(NULL, pid)));
    assert_false(matches(RH_ITEM(NULL, pid), RH_ITEM(NULL, other)));
}

static void any_matches_one_item_of_any_kind(void **state)
{
    (void)state;
    assert_true(matches(RH_ITEM(NULL, RH_ANY), RH_ITEM(NULL, 1)));
    assert_true(matches(RH_ARRAY(NULL, RH_ANY, 2), RH_ARRAY(NULL, RH_ARRAY(NULL, 5, 6), 2)));
    assert_false(matches(RH_ARRAY(NULL, RH_ANY), RH_ARRAY(NULL, 1, 2)));
    assert_false(matches(RH_ARRAY(NULL, RH_ANY), RH_ARRAY(NULL)));
    assert_true(matches(RH_MAP(NULL, "k", RH_ANY), RH_MAP(NULL, "k", RH_MAP(NULL, 1, 2))));
    assert_false(matches(RH_MAP(NULL, "k", RH_ANY), RH_MAP(NULL, "l", 1)));
    assert_false(matches(RH_MAP(NULL, "k", RH_ANY), RH_MAP(NULL, "k", 1, "l", 1)));
}

static void kinds_match_their_own(void **state)
{
    (void)state;
    struct rh_pid pid = {1, 2, 3, 4};
    struct rh_ref ref = {pid, 1};
    struct rh_bytes raw = {NULL, 0};
    struct rh_message values[] = {
        RH_ITEM(NULL, -1),      RH_ITEM(NULL, "t"),     RH_ITEM(NULL, raw),
        RH_ITEM(NULL, RH_TRUE), RH_ITEM(NULL, RH_NULL), RH_ARRAY(NULL),
        RH_MAP(NULL),           RH_ITEM(NULL, pid),     RH_ITEM(NULL, ref),
    };
    for (unsigned kind = RH_KIND_INT; kind <= RH_KIND_REF; kind++) {
        for (unsigned i = 0; i < sizeof values / sizeof *values; i++) {
            bool answer = matches(RH_ITEM(NULL, RH_ANY_OF((enum rh_kind)kind)), values[i]);
            assert_int_equal(answer, kind == RH_KIND_INT + i);
        }
    }
}

static void variables_bind_and_then_compare(void **state)
{
    (void)state;
    struct rh_bindings bindings;
    struct rh_message pattern = RH_ARRAY(NULL, RH_VARIABLE(0), RH_VARIABLE(3), RH_VARIABLE(0));
    struct rh_message same = RH_ARRAY(NULL, RH_ARRAY(NULL, 1), 2, RH_ARRAY(NULL, 1));
    struct rh_message different = RH_ARRAY(NULL, RH_ARRAY(NULL, 1), 2, RH_ARRAY(NULL, 2));
    rh_bindings_init(&bindings);
    assert_false(rh_pattern_match(&pattern, &different, &bindings));
    assert_int_equal(bindings.bound, 0);
    assert_false(rh_pattern_match(&pattern, &different, NULL));
    assert_true(rh_pattern_match(&pattern, &same, NULL));
    assert_true(rh_pattern_match(&pattern, &same, &bindings));
    assert_int_equal(bindings.bound, 9);
    assert_int_equal(rh_bindings_get(&bindings, 0).size, 2);
    assert_int_equal(rh_bindings_get(&bindings, 3).size, 1);
    assert_int_equal(rh_bindings_get(&bindings, 1).size, 0);
    assert_int_equal(rh_bindings_get(&bindings, 99).size, 0);
}

static void variables_bound_on_entry_restrict(void **state)
{
    (void)state;
    struct rh_bindings bindings;
    struct rh_message seven = RH_ITEM(NULL, 7);
    struct rh_message pattern = RH_ARRAY(NULL, RH_VARIABLE(1), RH_VARIABLE(2));
    struct rh_message good = RH_ARRAY(NULL, 7, 1);
    struct rh_message bad = RH_ARRAY(NULL, 8, 1);
    rh_bindings_init(&bindings);
    rh_bindings_set(&bindings, 1, rh_message_item(&seven));
    rh_bindings_set(&bindings, 16, rh_message_item(&seven));
    assert_false(rh_pattern_match(&pattern, &bad, &bindings));
    assert_int_equal(bindings.bound, 2);
    assert_true(rh_pattern_match(&pattern, &good, &bindings));
    assert_int_equal(bindings.bound, 6);
}

static void treats_empty_and_failed_alike(void **state)
{
    (void)state;
    assert_true(matches(rh_message_none(), rh_message_none()));
    assert_true(matches(RH_ITEM(NULL, RH_ANY), rh_message_none()));
    assert_true(matches(RH_ITEM(NULL, RH_ANY), rh_message_failed(RH_NO_MEMORY)));
    assert_false(matches(RH_ITEM(NULL, RH_VARIABLE(0)), rh_message_none()));
    assert_false(matches(RH_ITEM(NULL, RH_NULL), rh_message_none()));
    assert_false(matches(rh_message_none(), RH_ITEM(NULL, 1)));
    assert_false(matches(rh_message_failed(RH_LIMIT), RH_ITEM(NULL, 1)));
}

static void fills_templates(void **state)
{
    (void)state;
    struct rh_bindings bindings;
    struct rh_message filled;
    struct rh_message seven = RH_ITEM(NULL, 7);
    struct rh_message list = RH_ARRAY(NULL, "a", "b");
    struct rh_message form =
        RH_ARRAY(NULL, "r", RH_VARIABLE(1), RH_MAP(NULL, "k", RH_VARIABLE(0)), RH_ANY);
    rh_bindings_init(&bindings);
    rh_bindings_set(&bindings, 0, rh_message_item(&seven));
    assert_int_equal(rh_template_fill(NULL, NULL, &form, &bindings, &filled), RH_INVALID);
    assert_int_equal(rh_message_size(&filled), 0);
    assert_int_equal(rh_template_fill(NULL, NULL, &form, NULL, &filled), RH_INVALID);
    rh_bindings_set(&bindings, 1, rh_message_item(&list));
    assert_int_equal(rh_template_fill(NULL, NULL, &form, &bindings, &filled), RH_OK);
    expect_print(filled, "[r, [a, b], {k: 7}, _]");
    struct rh_message none = rh_message_none();
    assert_int_equal(rh_template_fill(NULL, NULL, &none, &bindings, &filled), RH_OK);
    assert_int_equal(rh_message_size(&filled), 0);
    none = rh_message_failed(RH_NO_MEMORY);
    assert_int_equal(rh_template_fill(NULL, NULL, &none, &bindings, &filled), RH_NO_MEMORY);
}

static void filling_respects_size_and_depth(void **state)
{
    (void)state;
    struct strict_allocator strict;
    struct rh_limits limits = rh_limits_hostile();
    struct rh_bindings bindings;
    struct rh_message form = RH_ARRAY(NULL, RH_VARIABLE(0));
    struct rh_message twice = RH_ARRAY(NULL, RH_VARIABLE(0), RH_VARIABLE(0));
    struct rh_message message = RH_ITEM(NULL, "x");
    strict_init(&strict);
    for (uint32_t depth = 1; depth <= limits.nesting_max + 1; depth++) {
        struct rh_message wrapped;
        rh_bindings_init(&bindings);
        rh_bindings_set(&bindings, 0, rh_message_item(&message));
        enum rh_status status =
            rh_template_fill(&strict.allocator, &limits, &form, &bindings, &wrapped);
        assert_int_equal(status, depth <= limits.nesting_max ? RH_OK : RH_LIMIT);
        message = status == RH_OK ? wrapped : rh_message_none();
    }
    limits.nesting_max = 32;
    message = RH_ITEM(&strict.allocator, "x");
    for (uint32_t size = 2; message.small.size != 0; size = 2 * size + 1) {
        struct rh_message doubled;
        rh_bindings_init(&bindings);
        rh_bindings_set(&bindings, 0, rh_message_item(&message));
        enum rh_status status =
            rh_template_fill(&strict.allocator, &limits, &twice, &bindings, &doubled);
        assert_int_equal(status, 2 * size + 1 <= limits.message_bytes_max ? RH_OK : RH_LIMIT);
        rh_message_unref(message);
        message = doubled;
    }
    assert_int_equal(strict.blocks, 0);
}

static void walks_deep_patterns_without_recursion(void **state)
{
    (void)state;
    enum {
        DEPTH = 1000000
    };
    uint8_t *deep = malloc(DEPTH + 3);
    assert_non_null(deep);
    memset(deep, 0x81, DEPTH);
    memcpy(deep + DEPTH, "\xd8\x5c\xf6", 3);
    struct rh_item pattern = {deep, DEPTH + 3};
    assert_true(rh_item_match(pattern, pattern, NULL));
    char text[16];
    assert_true(rh_item_print(pattern, NULL, text, sizeof text) > 256);
    free(deep);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches_equal_values),
        cmocka_unit_test(any_matches_one_item_of_any_kind),
        cmocka_unit_test(kinds_match_their_own),
        cmocka_unit_test(variables_bind_and_then_compare),
        cmocka_unit_test(variables_bound_on_entry_restrict),
        cmocka_unit_test(treats_empty_and_failed_alike),
        cmocka_unit_test(fills_templates),
        cmocka_unit_test(filling_respects_size_and_depth),
        cmocka_unit_test(walks_deep_patterns_without_recursion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
