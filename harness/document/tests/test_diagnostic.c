/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/document/diagnostic.h"
#include "harness/document/tests/failing_allocator.h"

struct fixture {
    struct rh_document_source source;
    struct rh_diagnostics diagnostics;
    struct rh_text_buffer out;
};

static int prepare(void **state)
{
    static const char text[] = "name: a\nseed: 1\ndepth: 2\n";
    struct fixture *fixture = calloc(1, sizeof *fixture);
    if (fixture == NULL) {
        return 1;
    }
    rh_diagnostics_init(&fixture->diagnostics, NULL);
    rh_text_buffer_init(&fixture->out, NULL, 1 << 16);
    *state = fixture;
    return rh_source_copy(&fixture->source, NULL, "t.yaml", text, sizeof text - 1,
                          &fixture->diagnostics) == RH_OK
               ? 0
               : 1;
}

static int clean_up(void **state)
{
    struct fixture *fixture = *state;
    rh_text_buffer_deinit(&fixture->out);
    rh_diagnostics_deinit(&fixture->diagnostics);
    rh_source_deinit(&fixture->source);
    free(fixture);
    return 0;
}

static const char *rendered(struct fixture *fixture, bool with_colour)
{
    assert_int_equal(rh_diagnostics_render(&fixture->diagnostics, with_colour, &fixture->out),
                     RH_OK);
    return rh_text_buffer_text(&fixture->out);
}

static struct rh_span span(const struct fixture *fixture, size_t begin, size_t end)
{
    return rh_source_span(&fixture->source, begin, end);
}

static void prints_nothing_when_there_is_nothing(void **state)
{
    struct fixture *fixture = *state;
    assert_string_equal(rendered(fixture, false), "");
}

static void prints_in_the_order_of_the_source(void **state)
{
    struct fixture *fixture = *state;
    rh_diagnostics_error(&fixture->diagnostics, &fixture->source, span(fixture, 16, 21), "third");
    rh_diagnostics_hint(&fixture->diagnostics, "replaced");
    rh_diagnostics_hint(&fixture->diagnostics, "a hint for the %s", "third");
    rh_diagnostics_warning(&fixture->diagnostics, &fixture->source, span(fixture, 6, 7), "first");
    rh_diagnostics_error(&fixture->diagnostics, &fixture->source, span(fixture, 8, 12), "second");
    rh_diagnostics_note(&fixture->diagnostics, span(fixture, 0, 4), "see also");
    assert_string_equal(rendered(fixture, false), "t.yaml:1:7: warning: first\n"
                                                  "    1 | name: a\n"
                                                  "      |       ^\n"
                                                  "t.yaml:2:1: error: second\n"
                                                  "    2 | seed: 1\n"
                                                  "      | ^~~~\n"
                                                  "t.yaml:1:1: note: see also\n"
                                                  "    1 | name: a\n"
                                                  "      | ^~~~\n"
                                                  "t.yaml:3:1: error: third\n"
                                                  "    3 | depth: 2\n"
                                                  "      | ^~~~~\n"
                                                  "      hint: a hint for the third\n");
    assert_int_equal(fixture->diagnostics.error_count, 2);
    assert_int_equal(fixture->diagnostics.warning_count, 1);
}

static void underlines_to_the_end_of_the_first_line(void **state)
{
    struct fixture *fixture = *state;
    rh_diagnostics_error(&fixture->diagnostics, &fixture->source, span(fixture, 6, 20), "long");
    rh_diagnostics_error(&fixture->diagnostics, &fixture->source, span(fixture, 15, 15), "end");
    rh_diagnostics_error(&fixture->diagnostics, &fixture->source, span(fixture, 25, 25), "after");
    assert_string_equal(rendered(fixture, false), "t.yaml:1:7: error: long\n"
                                                  "    1 | name: a\n"
                                                  "      |       ^\n"
                                                  "t.yaml:2:8: error: end\n"
                                                  "    2 | seed: 1\n"
                                                  "      |        ^\n"
                                                  "t.yaml:4:1: error: after\n"
                                                  "    4 |\n"
                                                  "      | ^\n");
}

static void colours_only_when_asked(void **state)
{
    struct fixture *fixture = *state;
    rh_diagnostics_error(&fixture->diagnostics, &fixture->source, span(fixture, 0, 4), "bad");
    rh_diagnostics_hint(&fixture->diagnostics, "good");
    assert_string_equal(rendered(fixture, true),
                        "\x1b[1mt.yaml:1:1:\x1b[0m \x1b[1;31merror:\x1b[0m \x1b[1mbad\x1b[0m\n"
                        "    1 | name: a\n"
                        "      | \x1b[1;32m^~~~\x1b[0m\n"
                        "      \x1b[1;36mhint:\x1b[0m good\n");
    rh_text_buffer_deinit(&fixture->out);
    assert_null(strchr(rendered(fixture, false), '\x1b'));
}

static void keeps_the_first_and_counts_the_rest(void **state)
{
    struct fixture *fixture = *state;
    for (int i = 0; i < 1000; i++) {
        rh_diagnostics_error(&fixture->diagnostics, &fixture->source, span(fixture, 0, 4), "e%d",
                             i);
        rh_diagnostics_hint(&fixture->diagnostics, "h%d", i);
    }
    assert_int_equal(fixture->diagnostics.error_count, 1000);
    assert_int_equal(fixture->diagnostics.kept_count, RH_DIAGNOSTICS_MAX);
    const char *text = rendered(fixture, false);
    assert_non_null(strstr(text, "error: e19\n"));
    assert_non_null(strstr(text, "hint: h19\n"));
    assert_null(strstr(text, "e20"));
    assert_null(strstr(text, "h20"));
    assert_non_null(strstr(text, "\nand 980 more\n"));
}

static void counts_what_it_has_no_memory_for(void **state)
{
    struct fixture *fixture = *state;
    struct failing_allocator failing;
    struct rh_diagnostics diagnostics;
    failing_allocator_init(&failing, 1);
    rh_diagnostics_init(&diagnostics, &failing.allocator);
    rh_diagnostics_error(&diagnostics, &fixture->source, span(fixture, 0, 4), "lost");
    rh_diagnostics_hint(&diagnostics, "lost as well");
    assert_int_equal(diagnostics.status, RH_NO_MEMORY);
    assert_int_equal(diagnostics.error_count, 1);
    assert_int_equal(diagnostics.kept_count, 0);
    assert_int_equal(rh_diagnostics_render(&diagnostics, false, &fixture->out), RH_OK);
    assert_string_equal(rh_text_buffer_text(&fixture->out), "and 1 more\n");
    rh_diagnostics_deinit(&diagnostics);
    assert_int_equal(failing.bytes, 0);
}

static void shows_names_of_files_safely(void **state)
{
    struct fixture *fixture = *state;
    rh_diagnostics_file_error(&fixture->diagnostics, "a\x1b[2J\xff.yaml", "cannot open");
    assert_string_equal(rendered(fixture, false), "a<U+001B>[2J<ff>.yaml: error: cannot open\n");
}

static void quotes_what_users_wrote(void **state)
{
    char wide[3 * 80 + 1];
    char marks[2 * 200 + 2] = "e";
    (void)state;
    assert_string_equal(rh_quote("plain", 5).text, "'plain'");
    assert_string_equal(rh_quote("", 0).text, "''");
    assert_string_equal(rh_quote("a\0b\n\t\xff", 6).text, "'a\\x00b\\n\\t\\xff'");
    assert_string_equal(rh_quote("\xe2\x80\xae", 3).text, "'\\u202e'");
    memset(wide, 'x', 61);
    assert_int_equal(strlen(rh_quote(wide, 60).text), 62);
    assert_string_equal(rh_quote(wide, 61).text + 61, "\xe2\x80\xa6'");
    for (size_t i = 0; i < 80; i++) {
        memcpy(wide + 3 * i, "\xe6\xbc\xa2", 3);
    }
    assert_int_equal(strlen(rh_quote(wide, 3 * 80).text), 1 + 3 * 30 + 4);
    for (size_t i = 0; i < 200; i++) {
        memcpy(marks + 1 + 2 * i, "\xcc\x81", 2);
    }
    struct rh_quoted quoted = rh_quote(marks, 401);
    assert_true(strlen(quoted.text) < sizeof quoted.text);
    assert_string_equal(quoted.text + strlen(quoted.text) - 4, "\xe2\x80\xa6'");
}

static void suggests_what_is_near(void **state)
{
    static const char *const words[] = {"faults",     "name",      "seed", "schedule", "timeout",
                                        "invariants", "max_steps", "if",   "steps"};
    static const struct {
        const char *word, *near;
    } rows[] = {
        {"fault", "faults"},
        {"nmae", "name"},
        {"Seed", "seed"},
        {"SCHEDULE", "schedule"},
        {"max-steps", "max_steps"},
        {"maxsteps", "max_steps"},
        {"invarients", "invariants"},
        {"time", "timeout"},
        {"timeou", "timeout"},
        {"sched", "schedule"},
        {"of", "if"},
        {"x", NULL},
        {"", NULL},
        {"abc", NULL},
        {"completely", NULL},
        {"st", NULL},
        {"step", "steps"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *near = rh_suggest(rows[i].word, words, sizeof words / sizeof words[0]);
        if (rows[i].near == NULL) {
            assert_null(near);
        } else {
            assert_non_null(near);
            assert_string_equal(near, rows[i].near);
        }
    }
}

static void suggests_the_earlier_of_two_as_near(void **state)
{
    static const char *const forwards[] = {"cart", "care"};
    static const char *const backwards[] = {"care", "cart"};
    static const char *const completions[] = {"latency_min", "latency_max"};
    char endless[200];
    (void)state;
    assert_string_equal(rh_suggest("carx", forwards, 2), "cart");
    assert_string_equal(rh_suggest("carx", backwards, 2), "care");
    assert_null(rh_suggest("late", completions, 2));
    assert_null(rh_suggest("care", NULL, 0));
    memset(endless, 'a', sizeof endless);
    endless[sizeof endless - 1] = '\0';
    const char *const endless_words[] = {endless};
    assert_null(rh_suggest(endless, forwards, 2));
    assert_null(rh_suggest("aaaa", endless_words, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(prints_nothing_when_there_is_nothing, prepare, clean_up),
        cmocka_unit_test_setup_teardown(prints_in_the_order_of_the_source, prepare, clean_up),
        cmocka_unit_test_setup_teardown(underlines_to_the_end_of_the_first_line, prepare, clean_up),
        cmocka_unit_test_setup_teardown(colours_only_when_asked, prepare, clean_up),
        cmocka_unit_test_setup_teardown(keeps_the_first_and_counts_the_rest, prepare, clean_up),
        cmocka_unit_test_setup_teardown(counts_what_it_has_no_memory_for, prepare, clean_up),
        cmocka_unit_test_setup_teardown(shows_names_of_files_safely, prepare, clean_up),
        cmocka_unit_test(quotes_what_users_wrote),
        cmocka_unit_test(suggests_what_is_near),
        cmocka_unit_test(suggests_the_earlier_of_two_as_near),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
