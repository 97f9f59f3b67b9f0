/* SPDX-License-Identifier: MIT */
/* Results that no scenario of golden/ has, or that are half there: no path, no trace, a trace that was cut. */
#include "reports/internal.h"
#include "reports/tests/page.h"

#include <rehearse/report_file.h>
#include <rehearse/scenario.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *tell(struct page *page, const struct rh_result *result)
{
    const struct rh_report_entry entry = {.result = result};
    rh_report_result(&page->report, &entry);
    return page_close(page);
}

static void a_result_without_names_is_told(void **state)
{
    (void)state;
    struct page page;
    const struct rh_result nameless = {.verdict = RH_VERDICT_PROVED, .runs = 1, .outcomes = 1};
    page_open(&page);
    assert_string_equal(tell(&page, &nameless), "PASS  -  proved, 1 run, 1 outcome\n");
    assert_int_equal(page.report.passed, 1);
    page_free(&page);

    const struct rh_result titled = {
        .verdict = RH_VERDICT_PASSED, .title = "a title", .runs = 2, .why = "not all of it"};
    page_open(&page);
    page.report.is_verbose = true;
    assert_string_equal(tell(&page, &titled), "PASS  a title  passed, 2 runs: not all of it\n");
    page_free(&page);
}

static void orders_that_are_no_runs_are_told_on_demand(void **state)
{
    (void)state;
    struct page page;
    const struct rh_result result = {
        .verdict = RH_VERDICT_PROVED, .path = "a", .runs = 3, .blocked = 1};
    page_open(&page);
    assert_string_equal(tell(&page, &result), "PASS  a  proved, 3 runs\n");
    page_free(&page);
    page_open(&page);
    page.report.is_verbose = true;
    assert_string_equal(tell(&page, &result), "PASS  a  proved, 3 runs\n"
                                              "      1 order begun that others cover\n");
    page_free(&page);
}

static void an_error_says_why_and_nothing_else(void **state)
{
    (void)state;
    struct page page;
    const struct rh_result result = {
        .verdict = RH_VERDICT_ERROR, .path = "a.yaml", .runs = 7, .why = "not enough memory"};
    page_open(&page);
    assert_string_equal(tell(&page, &result), "FAIL  a.yaml  error: not enough memory\n");
    assert_int_equal(page.report.failed, 1);
    page_free(&page);
}

static void quiet_tells_failures_only(void **state)
{
    (void)state;
    struct page page;
    const struct rh_result passed = {.verdict = RH_VERDICT_PASSED, .path = "a.yaml"};
    const struct rh_result skipped = {
        .verdict = RH_VERDICT_SKIPPED, .path = "b.yaml", .why = "later"};
    const struct rh_result failed = {.verdict = RH_VERDICT_VACUOUS, .path = "c.yaml"};
    page_open(&page);
    page.report.is_quiet = true;
    const struct rh_report_entry entries[] = {
        {.result = &passed}, {.result = &skipped}, {.result = &failed}};
    for (size_t i = 0; i < 3; i++) {
        rh_report_result(&page.report, &entries[i]);
    }
    rh_report_summary(&page.report);
    assert_string_equal(page_close(&page),
                        "FAIL  c.yaml  vacuous, 0 runs\n1 passed, 1 failed, 1 skipped\n");
    page_free(&page);
}

static void a_summary_of_nothing_is_green(void **state)
{
    (void)state;
    struct page page;
    page_open(&page);
    page.report.with_colour = true;
    rh_report_summary(&page.report);
    page.report.failed = 2;
    rh_report_summary(&page.report);
    assert_string_equal(page_close(&page), "\x1b[32m0 passed, 0 failed, 0 skipped\x1b[0m\n"
                                           "\x1b[1;31m0 passed, 2 failed, 0 skipped\x1b[0m\n");
    page_free(&page);
}

static void times_are_rounded_for_people(void **state)
{
    (void)state;
    static const struct {
        rh_duration elapsed;
        const char *text;
    } cases[] = {{999, "PASS  a  passed, 0 runs, 0\n"},
                 {1999, "PASS  a  passed, 0 runs, 1us\n"},
                 {RH_MILLISECOND + 999, "PASS  a  passed, 0 runs, 1ms\n"},
                 {1500 * RH_MILLISECOND, "PASS  a  passed, 0 runs, 1.5s\n"},
                 {0, "PASS  a  passed, 0 runs\n"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct page page;
        const struct rh_result result = {.verdict = RH_VERDICT_PASSED, .path = "a"};
        const struct rh_report_entry entry = {.result = &result, .elapsed = cases[i].elapsed};
        page_open(&page);
        page.report.is_verbose = true;
        rh_report_result(&page.report, &entry);
        assert_string_equal(page_close(&page), cases[i].text);
        page_free(&page);
    }
}

static void names_are_columns_in_characters(void **state)
{
    (void)state;
    struct page page;
    static const char *const paths[] = {"a", "äöü", "文字文字文字文字"};
    page_open(&page);
    page.report.path_width = 6;
    for (size_t i = 0; i < 3; i++) {
        const struct rh_result result = {.verdict = RH_VERDICT_PROVED, .path = paths[i]};
        const struct rh_report_entry entry = {.result = &result};
        rh_report_result(&page.report, &entry);
    }
    assert_string_equal(page_close(&page), "PASS  a       proved, 0 runs\n"
                                           "PASS  äöü     proved, 0 runs\n"
                                           "PASS  文字文字文字文字  proved, 0 runs\n");
    page_free(&page);
}

static void what_comes_from_outside_cannot_paint(void **state)
{
    (void)state;
    struct page page;
    struct rh_result result = {.verdict = RH_VERDICT_FAILED,
                               .path = "a\x1b[2J.yaml",
                               .title = "t\x07\xc2\x9b",
                               .has_violation = true};
    result.violation.invariant = "own/one";
    (void)snprintf(result.violation.expected, sizeof result.violation.expected, "x\x7f");
    (void)snprintf(result.violation.observed, sizeof result.violation.observed,
                   "first\nsecond\x1b\n\nlast");
    page_open(&page);
    page.report.is_verbose = true;
    const char *text = tell(&page, &result);
    assert_null(strchr(text, '\x1b'));
    assert_null(strchr(text, '\x07'));
    assert_string_equal(text, "FAIL  a.[2J.yaml  failed, 0 runs, seed 0x0\n      t...\n"
                              "a.[2J.yaml: error: invariant 'own/one' violated at step 0\n"
                              "  expected  x.\n"
                              "  observed  first\n            second.\n            \n"
                              "            last\n\n");
    page_free(&page);
}

/* ---- blocks without everything ---- */

static struct rh_result violated(void)
{
    struct rh_result result = {
        .verdict = RH_VERDICT_FAILED, .seed = 0xabc, .runs = 3, .has_violation = true};
    result.violation.step = 4;
    result.violation.invariant = "own/two";
    return result;
}

static void a_block_without_anything_names_the_invariant(void **state)
{
    (void)state;
    struct page page;
    struct rh_result result = violated();
    page_open(&page);
    assert_string_equal(tell(&page, &result),
                        "FAIL  -  failed, 3 runs, seed 0xabc\n"
                        "-: error: invariant 'own/two' violated at step 4\n\n");
    page_free(&page);
}

static void without_a_trace_it_can_be_run_again(void **state)
{
    (void)state;
    struct page page;
    struct rh_result result = violated();
    result.path = "what a name.yaml";
    result.strategy = "random";
    result.violation.line = 3;
    result.violation.column = 1;
    page_open(&page);
    const char *text = tell(&page, &result);
    assert_non_null(strstr(text, "\nwhat a name.yaml:3:1: error: invariant 'own/two'"));
    assert_non_null(strstr(text,
                           "\n\n  run again rehearse run 'what a name.yaml' --strategy random "
                           "--seed 0xabc --runs 1\n\n"));
    assert_null(strstr(text, "replay"));
    page_free(&page);
}

static void assert_run_again(const char *options, const char *strategy, const char *path,
                             const char *command)
{
    struct page page;
    struct rh_result result = violated();
    result.path = path;
    result.strategy = strategy;
    page_open(&page);
    page.report.options = options;
    const char *text = tell(&page, &result);
    assert_non_null(strstr(text, command));
    page_free(&page);
}

static void a_run_comes_again_as_it_was_asked_for(void **state)
{
    (void)state;
    static const char *const drawn[] = {"random", "uniform", "pct", "pos", "fair", "portfolio"};
    for (size_t i = 0; i < sizeof drawn / sizeof *drawn; i++) {
        char command[80];
        (void)snprintf(command, sizeof command, " run a --strategy %s --seed 0xabc --runs 1\n",
                       drawn[i]);
        assert_run_again("--seed 0x7", drawn[i], "a", command);
    }
    assert_run_again("--strategy pct:5 --seed 0x7 --runs 50", "pct", "a",
                     " run a --strategy pct:5 --seed 0xabc --runs 1\n");
    assert_run_again("--runs 50", "exhaustive", "a", " run a --strategy exhaustive\n");
    assert_run_again("--seed 0xabc", "dpor", "a", " run a --strategy dpor --seed 0xabc\n");
    assert_run_again("--seed 0x7 --swarm 6", "random", "a", " run a --seed 0x7 --swarm 6\n");
    assert_run_again(NULL, "fifo", "-x", " run ./-x --strategy fifo\n");
}

static void bytes_that_are_no_trace_are_left_alone(void **state)
{
    (void)state;
    struct page page;
    uint8_t bytes[] = "no trace at all, but more than a few bytes";
    struct rh_result result = violated();
    result.trace = (struct rh_bytes_owned){.bytes = bytes, .size = sizeof bytes};
    page_open(&page);
    assert_string_equal(tell(&page, &result),
                        "FAIL  -  failed, 3 runs, seed 0xabc\n"
                        "-: error: invariant 'own/two' violated at step 4\n\n");
    page_free(&page);
}

static const char play[] = "scenario: one is left\n"
                           "actors:\n"
                           "  a: {behaviour: sink, script: [{exit: boom}]}\n"
                           "expect: [{alive: a}]\n"
                           "explore: {strategy: fifo}\n";

/* A trace that ends early has no footer, so nobody is known to be concerned: the last that happened is shown. */
static void a_trace_that_was_cut_shows_its_end(void **state)
{
    (void)state;
    struct page page;
    struct rh_scenario *scenario = NULL;
    struct rh_result result;
    const struct rh_explore_options options = {0};
    assert_int_equal(rh_scenario_parse(NULL, "one.yaml", play, sizeof play - 1, NULL, &scenario),
                     RH_OK);
    assert_int_equal(rh_scenario_explore(scenario, &options, &result), RH_OK);
    assert_true(result.has_violation);
    size_t whole = result.trace.size;
    result.trace.size = whole - 10;
    page_open(&page);
    const char *text = tell(&page, &result);
    assert_non_null(strstr(text, "one.yaml:4:18: error: invariant 'expect/alive'"));
    assert_non_null(strstr(text, "    4 | expect: [{alive: a}]\n      |                  ^\n"));
    assert_non_null(strstr(text, "exits: boom\n"));
    assert_non_null(strstr(text, "'expect/alive' is violated\n"));
    page_free(&page);
    result.trace.size = whole;
    rh_result_deinit(&result);
    rh_scenario_destroy(scenario);
}

/* ---- excerpts ---- */

static void excerpt(struct page *page, unsigned width, const char *text, uint32_t line,
                    uint32_t column)
{
    page_open(page);
    page->report.width = width;
    report_excerpt(&page->report, (struct rh_text){text, strlen(text)}, line, column);
}

static void a_line_that_is_not_there_is_not_shown(void **state)
{
    (void)state;
    struct page page;
    static const uint32_t lines[] = {0, 3, 4, 9};
    for (size_t i = 0; i < 4; i++) {
        excerpt(&page, 0, "one\ntwo\n\n", lines[i], 1);
        assert_string_equal(page_close(&page), "");
        page_free(&page);
    }
}

static void a_line_may_have_no_column(void **state)
{
    (void)state;
    struct page page;
    excerpt(&page, 0, "one\n\ttwo", 2, 0);
    assert_string_equal(page_close(&page), "    2 | .two\n");
    page_free(&page);
    excerpt(&page, 0, "one", 1, 4); /* behind the last character */
    assert_string_equal(page_close(&page), "    1 | one\n      |    ^\n");
    page_free(&page);
    excerpt(&page, 0, "one", 1, 5);
    assert_string_equal(page_close(&page), "    1 | one\n");
    page_free(&page);
}

static void a_long_line_is_shown_around_its_column(void **state)
{
    (void)state;
    struct page page;
    static const char line[] = "äbcdefghij klmnopqrst uvwxyzäbcd EFGHIJ klmnopqrst";
    excerpt(&page, 30, line, 1, 1);
    assert_string_equal(page_close(&page), "    1 | äbcdefghij klmnopqrs..\n      | ^~~~~~~~~~\n");
    page_free(&page);
    excerpt(&page, 30, line, 1, 23);
    assert_string_equal(page_close(&page),
                        "    1 | ..mnopqrst uvwxyzäbc..\n      |            ^~~~~~~~~~\n");
    page_free(&page);
    excerpt(&page, 30, line, 1, 41);
    assert_string_equal(page_close(&page),
                        "    1 | ..cd EFGHIJ klmnopqrst\n      |             ^~~~~~~~~~\n");
    page_free(&page);
}

static void no_width_is_too_small(void **state)
{
    (void)state;
    struct page page;
    for (unsigned width = 1; width < 32; width++) {
        excerpt(&page, width, "0123456789 0123456789 0123456789 0123456789", 1, 23);
        const char *text = page_close(&page);
        size_t length = strcspn(text, "\n");
        assert_true(length <= (width < 28 ? 28 : width));
        assert_int_equal(text[length + strcspn(text + length, "^") - length - 1], '0');
        page_free(&page);
    }
}

/* ---- words for a shell ---- */

static void words_are_quoted_if_they_need_to_be(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"a/b-c_d.yaml", "a/b-c_d.yaml"},
                                           {"", "''"},
                                           {"two words", "'two words'"},
                                           {"it's", "'it'\\''s'"},
                                           {"$HOME;`ls`", "'$HOME;`ls`'"},
                                           {"a\n\x1b'\\b", "$'a\\012\\033\\'\\\\b'"},
                                           {"~", "'~'"},
                                           {"ä", "'ä'"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct page page;
        page_open(&page);
        rh_report_quoted(page.report.out, cases[i][0]);
        assert_string_equal(page_close(&page), cases[i][1]);
        page_free(&page);
    }
}

/* ---- coverage ---- */

static void tell_coverage(enum rh_report_format format, char **ret_text)
{
    size_t size = 0;
    FILE *out = open_memstream(ret_text, &size);
    const struct rh_report_file_options options = {.format = format, .out = out};
    struct rh_report_file *file = rh_report_file_open(&options);
    struct rh_result first = {.verdict = RH_VERDICT_PASSED, .path = "a.yaml", .runs = 2};
    struct rh_result second = {.verdict = RH_VERDICT_PASSED, .path = "b.yaml", .runs = 3};
    assert_int_equal(rh_coverage_add(&first.coverage, RH_COVERAGE_FAULT, "crash: busy", 4, 0),
                     RH_OK);
    assert_int_equal(rh_coverage_add(&second.coverage, RH_COVERAGE_FAULT, "crash: busy", 5, 0),
                     RH_OK);
    assert_int_equal(rh_coverage_add(&second.coverage, RH_COVERAGE_FAULT, "crash: away", 1, 0),
                     RH_OK);
    assert_int_equal(
        rh_coverage_add(&second.coverage, RH_COVERAGE_PAIR, "actor: MESSAGE | DOWN", 6, 0), RH_OK);
    assert_int_equal(
        rh_coverage_add(&second.coverage, RH_COVERAGE_FAULT, "restart_node: alone", 1, 0), RH_OK);
    second.coverage.is_partial = true;
    rh_report_file_result(file, &(struct rh_report_entry){.result = &first});
    rh_report_file_result(file, &(struct rh_report_entry){.result = &second});
    assert_true(rh_report_file_close(file));
    assert_int_equal(fclose(out), 0);
    rh_result_deinit(&first);
    rh_result_deinit(&second);
}

static void coverage_tells_what_was_seen_and_what_was_not(void **state)
{
    char *text = NULL;
    (void)state;
    tell_coverage(RH_REPORT_FORMAT_COVERAGE, &text);
    assert_non_null(strstr(text, "2 scenarios, 5 runs.\n"));
    assert_non_null(strstr(text, "\nAn exploration was resumed"));
    assert_non_null(strstr(text, "\n- `crash: busy`: 9 strikes; 2 scenarios, first a.yaml\n"));
    assert_non_null(strstr(text, "\n- `crash: away`: 1 strikes; 1 scenario, first b.yaml\n"));
    assert_non_null(strstr(text, "\n- `crash: idle`\n"));
    assert_non_null(strstr(text, "\n- `actor: MESSAGE | DOWN`, half of it: 6 times the first came "
                                 "first, 0 times the second did\n"));
    assert_non_null(strstr(text, "\n- `restart_node: alone`: the catalogue offers it in no other "
                                 "state; **and yet it has**\n"));
    assert_null(strstr(text, "There was more"));
    free(text);
}

static void coverage_is_json_too(void **state)
{
    char *text = NULL;
    (void)state;
    tell_coverage(RH_REPORT_FORMAT_COVERAGE_JSON, &text);
    assert_non_null(strstr(text, "{\"scenarios\":2,\"runs\":5,\"cut\":false,\"partial\":true,"));
    assert_non_null(strstr(text, "\n\"fault\":{\"covered\":1,"));
    assert_non_null(
        strstr(text, ",\"others\":1,\"absurd\":1,\"missing\":[\"crash: new\",\"crash: idle\""));
    assert_non_null(strstr(text, "{\"key\":\"crash: busy\",\"covered\":true,\"counts\":[9,0],"
                                 "\"scenarios\":2,\"first\":\"a.yaml\"}"));
    free(text);
}

static void only_formats_of_coverage_want_it(void **state)
{
    (void)state;
    assert_true(rh_report_format_wants_coverage(RH_REPORT_FORMAT_COVERAGE));
    assert_true(rh_report_format_wants_coverage(RH_REPORT_FORMAT_COVERAGE_JSON));
    assert_true(rh_report_format_wants_coverage(RH_REPORT_FORMAT_HTML));
    assert_true(rh_report_format_wants_coverage(RH_REPORT_FORMAT_RESULTS));
    assert_false(rh_report_format_wants_coverage(RH_REPORT_FORMAT_JUNIT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(coverage_tells_what_was_seen_and_what_was_not),
        cmocka_unit_test(coverage_is_json_too),
        cmocka_unit_test(only_formats_of_coverage_want_it),
        cmocka_unit_test(a_result_without_names_is_told),
        cmocka_unit_test(orders_that_are_no_runs_are_told_on_demand),
        cmocka_unit_test(an_error_says_why_and_nothing_else),
        cmocka_unit_test(quiet_tells_failures_only),
        cmocka_unit_test(a_summary_of_nothing_is_green),
        cmocka_unit_test(times_are_rounded_for_people),
        cmocka_unit_test(names_are_columns_in_characters),
        cmocka_unit_test(what_comes_from_outside_cannot_paint),
        cmocka_unit_test(a_block_without_anything_names_the_invariant),
        cmocka_unit_test(without_a_trace_it_can_be_run_again),
        cmocka_unit_test(a_run_comes_again_as_it_was_asked_for),
        cmocka_unit_test(bytes_that_are_no_trace_are_left_alone),
        cmocka_unit_test(a_trace_that_was_cut_shows_its_end),
        cmocka_unit_test(a_line_that_is_not_there_is_not_shown),
        cmocka_unit_test(a_line_may_have_no_column),
        cmocka_unit_test(a_long_line_is_shown_around_its_column),
        cmocka_unit_test(no_width_is_too_small),
        cmocka_unit_test(words_are_quoted_if_they_need_to_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
