/* SPDX-License-Identifier: MIT */
/* The reader of JSON lines: what it accepts, what it refuses and where it says so. */
#include "harness/conformance/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct rh_beam_arena arena;

static struct rh_beam_json *read_text(const char *text, struct rh_beam_flaw *flaw)
{
    return rh_beam_json_read(&arena, "f", 7, text, strlen(text), flaw);
}

static int reset(void **state)
{
    (void)state;
    rh_beam_arena_deinit(&arena);
    return 0;
}

static void prints_what_it_read_in_canonical_form(void **state)
{
    static const struct {
        const char *text;
        const char *canonical;
    } rows[] = {
        {"null", "null"},
        {" [ true , false ] ", "[true,false]"},
        {"{\"b\":1,\"a\":{}}", "{\"a\":{},\"b\":1}"},
        {"{\"\\u0062\":1,\"a\":[]}", "{\"a\":[],\"b\":1}"},
        {"-9223372036854775808", "-9223372036854775808"},
        {"9223372036854775807", "9223372036854775807"},
        {"[-0,0]", "[0,0]"},
        {"\"\\u00e9\\ud83d\\ude00\\n\\/\"", "\"\xc3\xa9\xf0\x9f\x98\x80\\n/\""},
        {"\"\\\"\\\\\\b\\f\\r\\t\\u0001\\u007f\"", "\"\\\"\\\\\\b\\f\\r\\t\\u0001\\u007f\""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rh_beam_flaw flaw;
        struct rh_beam_json *value = read_text(rows[i].text, &flaw);
        assert_non_null(value);
        assert_string_equal(rh_beam_json_text(&arena, value), rows[i].canonical);
    }
}

static void refuses_what_is_not_strict_json_and_says_where(void **state)
{
    static const struct {
        const char *text;
        unsigned column;
    } rows[] = {
        {"", 1},
        {"tru", 1},
        {"[1,]", 4},
        {"[1 2]", 4},
        {"{\"a\"}", 5},
        {"{a:1}", 2},
        {"{\"a\":1,}", 8},
        {"{\"a\":1 \"b\"", 8},
        {"01", 1},
        {"-", 2},
        {"1.5", 2},
        {"1e3", 2},
        {"+1", 1},
        {"\"a", 3},
        {"\"\x01\"", 2},
        {"\"\\x\"", 4},
        {"\"\\ud800\"", 8},
        {"\"\\udc00\"", 8},
        {"\"\\u12\"", 6},
        {"\"\xc0\xaf\"", 2},
        {"\"\xed\xa0\x80\"", 2},
        {"\"\xf5\x80\x80\x80\"", 2},
        {"1 2", 3},
        {"[", 2},
        {"{\"a\":1,\"a\":2}", 8},
        {"9223372036854775808", 19},
        {"-9223372036854775809", 20},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rh_beam_flaw flaw = {0};
        assert_null(read_text(rows[i].text, &flaw));
        assert_string_equal(flaw.file, "f");
        assert_int_equal(flaw.line, 7);
        assert_int_equal(flaw.column, rows[i].column);
        assert_true(flaw.text[0] != '\0');
    }
}

static void bounds_the_depth(void **state)
{
    char text[RH_BEAM_JSON_DEPTH_MAX * 2 + 4];
    struct rh_beam_flaw flaw;
    (void)state;
    for (size_t depth = RH_BEAM_JSON_DEPTH_MAX; depth <= RH_BEAM_JSON_DEPTH_MAX + 1; depth++) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        text[2 * depth] = '\0';
        bool accepted = read_text(text, &flaw) != NULL;
        assert_int_equal(accepted, depth == RH_BEAM_JSON_DEPTH_MAX);
    }
}

static void refuses_lines_that_are_too_long_without_reading_them(void **state)
{
    struct rh_beam_flaw flaw;
    (void)state;
    assert_null(rh_beam_json_read(&arena, "f", 1, "1", RH_BEAM_JSON_BYTES_MAX + 1, &flaw));
    assert_int_equal(flaw.column, 1);
}

static void a_string_with_a_terminator_inside_is_no_word(void **state)
{
    struct rh_beam_flaw flaw;
    (void)state;
    struct rh_beam_json *value = read_text("\"a\\u0000b\"", &flaw);
    assert_non_null(value);
    assert_int_equal(value->size, 3);
    assert_true(value->has_nul);
    assert_false(rh_beam_json_is_word(value, "a"));
}

static void values_know_where_they_stand(void **state)
{
    struct rh_beam_flaw flaw;
    (void)state;
    struct rh_beam_json *value = read_text("{\"a\": [1, \"x\"]}", &flaw);
    assert_int_equal(rh_beam_json_get(value, "a")->column, 7);
    assert_int_equal(rh_beam_json_get(value, "a")->items[1]->column, 11);
    assert_null(rh_beam_json_get(value, "b"));
}

static void orders_values_element_by_element(void **state)
{
    static const char *const rising[] = {"null",
                                         "false",
                                         "true",
                                         "-1",
                                         "2",
                                         "\"\"",
                                         "\"DOWN\"",
                                         "\"EXIT\"",
                                         "\"EXITS\"",
                                         "[]",
                                         "[\"DOWN\",\"m1\"]",
                                         "[\"DOWN\",\"m1\",0]",
                                         "[\"DOWN\",\"m10\"]",
                                         "[\"EXIT\"]",
                                         "{\"a\":1}",
                                         "{\"a\":2}"};
    const size_t count = sizeof rising / sizeof *rising;
    (void)state;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            struct rh_beam_flaw flaw;
            int order =
                rh_beam_json_compare(read_text(rising[i], &flaw), read_text(rising[j], &flaw));
            assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
        }
    }
}

static void an_arena_gives_zeroed_storage_again_after_a_reset(void **state)
{
    (void)state;
    for (int round = 0; round < 3; round++) {
        for (size_t size = 1; size < 200000; size *= 3) {
            unsigned char *block = rh_beam_take(&arena, size);
            for (size_t i = 0; i<size; i += size> 64 ? size / 64 : 1) {
                assert_int_equal(block[i], 0);
            }
            memset(block, 0xff, size);
        }
        rh_beam_arena_reset(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(prints_what_it_read_in_canonical_form, reset),
        cmocka_unit_test_teardown(refuses_what_is_not_strict_json_and_says_where, reset),
        cmocka_unit_test_teardown(bounds_the_depth, reset),
        cmocka_unit_test_teardown(refuses_lines_that_are_too_long_without_reading_them, reset),
        cmocka_unit_test_teardown(a_string_with_a_terminator_inside_is_no_word, reset),
        cmocka_unit_test_teardown(values_know_where_they_stand, reset),
        cmocka_unit_test_teardown(orders_values_element_by_element, reset),
        cmocka_unit_test_teardown(an_arena_gives_zeroed_storage_again_after_a_reset, reset),
    };
    return cmocka_run_group_tests_name("harness.conformance.json", tests, NULL, NULL) ? 1 : 0;
}
