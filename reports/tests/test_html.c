/* SPDX-License-Identifier: MIT */
/* A run as the page gets it: each text once, every event, and well-formed whatever the trace is. What a browser makes of it is
 * for html/tests to say. */
#include "reports/commands.h"
#include "reports/escape.h"
#include "reports/html_coverage.h"
#include "reports/html_run.h"
#include "reports/html_texts.h"
#include "reports/tests/page.h"

#include <rehearse/scenario.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char scenario[] =
    "scenario: counts one too many\n"
    "actors:\n"
    "  b: sink\n"
    "  a: {behaviour: sender, with: {to: b, message: \"</script><!--\"}}\n"
    "faults: [{crash: b}]\n"
    "expect: [{count: {of: {deliver: {to: b}}, is: 2}}]\n"
    "explore: {strategy: fifo, runs: 1}\n";

static struct rh_result failing_result(void)
{
    struct rh_scenario *loaded = NULL;
    struct rh_result result;
    const struct rh_explore_options options = {0};
    assert_int_equal(rh_scenario_parse(NULL, "a.yaml", scenario, strlen(scenario), NULL, &loaded),
                     RH_OK);
    assert_int_equal(rh_scenario_explore(loaded, &options, &result), RH_OK);
    rh_scenario_destroy(loaded);
    result.path = NULL; /* they were the scenario's */
    result.title = NULL;
    assert_true(result.has_violation);
    return result;
}

/* ---- texts ---- */

static void keeps_each_text_once(void **state)
{
    (void)state;
    struct html_texts texts = {0};
    char text[32];
    for (unsigned round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < 5000; i++) {
            (void)snprintf(text, sizeof text, "text %u", (unsigned)i);
            assert_int_equal(html_texts_add(&texts, text), i);
        }
    }
    assert_int_equal(texts.count, 5000);
    assert_false(texts.is_out_of_memory);
    html_texts_deinit(&texts);
}

static void writes_texts_in_the_order_of_their_numbers(void **state)
{
    (void)state;
    struct html_texts texts = {0};
    struct page page;
    page_open(&page);
    html_texts_put(&texts, page.report.out);
    (void)html_texts_add(&texts, "b");
    (void)html_texts_add(&texts, "");
    (void)html_texts_add(&texts, "</script>");
    html_texts_put(&texts, page.report.out);
    assert_string_equal(page_close(&page), "[][\"b\",\n\"\",\n\"\\u003c/script>\"]");
    page_free(&page);
    html_texts_deinit(&texts);
}

static void nothing_in_a_text_ends_a_script(void **state)
{
    (void)state;
    struct page page;
    page_open(&page);
    escape_script(page.report.out, "<!--</ScRiPt>\x01\xff\"\\\n\xe2\x80\xa8");
    assert_string_equal(page_close(&page),
                        "\"\\u003c!--\\u003c/ScRiPt>\\u0001\xef\xbf\xbd\\\"\\\\\\n\\u2028\"");
    page_free(&page);
}

/* ---- runs ---- */

static uint64_t put(struct page *page, struct rh_report_trace trace, uint64_t room)
{
    const struct html_run run = {.scenario = 7, .role = "failing", .room = room};
    bool no_memory = true;
    page_open(page);
    uint64_t events = html_run_put(page->report.out, &run, trace, &no_memory);
    (void)page_close(page);
    assert_false(no_memory);
    return events;
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (; (text = strstr(text, part)) != NULL; text += strlen(part)) {
        count++;
    }
    return count;
}

static void writes_every_event_of_a_run(void **state)
{
    (void)state;
    struct rh_result result = failing_result();
    struct page page;
    uint64_t events =
        put(&page, (struct rh_report_trace){result.trace.bytes, result.trace.size}, 1000);
    const char *array = strstr(page.text, "\"events\":[");
    assert_non_null(array);
    size_t lines = 0;
    for (const char *at = array; *at != ']'; at++) {
        lines += *at == '\n';
    }
    assert_int_equal(lines, events);
    assert_true(events > 5);
    assert_non_null(strstr(page.text, "data-scenario=\"7\" data-role=\"failing\""));
    assert_non_null(strstr(page.text, "\"left_out\":0,\"is_cut\":false"));
    assert_non_null(strstr(page.text, "\"invariant\":\"expect/count\""));
    assert_non_null(strstr(page.text, "\"actors\":[\"-\","));
    assert_non_null(strstr(page.text, "\"is spawned, sink\""));
    assert_int_equal(count_of(page.text, "</script>"), 1);
    page_free(&page);
    rh_result_deinit(&result);
}

static void of_a_long_run_the_last_events_are_written(void **state)
{
    (void)state;
    struct rh_result result = failing_result();
    const struct rh_report_trace trace = {result.trace.bytes, result.trace.size};
    struct page page;
    uint64_t all = put(&page, trace, 1000);
    page_free(&page);
    assert_int_equal(put(&page, trace, 3), 3);
    char left_out[40];
    (void)snprintf(left_out, sizeof left_out, "\"left_out\":%u,", (unsigned)(all - 3));
    assert_non_null(strstr(page.text, left_out));
    page_free(&page);
    assert_int_equal(put(&page, trace, 0), 0);
    assert_string_equal(page.text, "");
    page_free(&page);
    rh_result_deinit(&result);
}

/* Cut anywhere and changed anywhere: a whole block, or none. */
static void a_broken_trace_gives_a_whole_block_or_none(void **state)
{
    (void)state;
    struct rh_result result = failing_result();
    uint8_t *bytes = malloc(result.trace.size);
    assert_non_null(bytes);
    for (size_t i = 0; i < result.trace.size; i++) {
        for (unsigned how = 0; how < 3; how++) {
            struct page page;
            memcpy(bytes, result.trace.bytes, result.trace.size);
            bytes[i] ^= (uint8_t)(how == 0 ? 0 : how == 1 ? 1 : 0x40);
            uint64_t events =
                put(&page, (struct rh_report_trace){bytes, how == 0 ? i : result.trace.size}, 1000);
            assert_int_equal(count_of(page.text, "<script"), events > 0);
            assert_int_equal(count_of(page.text, "</script>"), events > 0);
            page_free(&page);
        }
    }
    free(bytes);
    rh_result_deinit(&result);
}

/* ---- coverage ---- */

static void writes_nothing_of_a_coverage_that_was_never_collected(void **state)
{
    (void)state;
    struct rh_coverage coverage = {0};
    struct page page;
    page_open(&page);
    html_coverage_put(page.report.out, &coverage);
    assert_string_equal(page_close(&page), "[]");
    page_free(&page);
}

static bool count_key(void *self, const char *key, const char *why)
{
    (void)key;
    (void)why;
    ++*(size_t *)self;
    return true;
}

static void writes_what_could_be_covered_and_what_nobody_foresaw(void **state)
{
    (void)state;
    struct rh_coverage coverage = {0};
    struct page page;
    char foreseen[40];
    size_t possible = 0;
    rh_coverage_universe(RH_COVERAGE_INVARIANT, count_key, &possible);
    assert_int_equal(rh_coverage_add(&coverage, RH_COVERAGE_INVARIANT, "a </b>", 3, UINT64_MAX),
                     RH_OK);
    assert_int_equal(rh_coverage_add(&coverage, RH_COVERAGE_FAULT, "our own", 7, 0), RH_OK);
    page_open(&page);
    html_coverage_put(page.report.out, &coverage);
    (void)page_close(&page);
    assert_int_equal(count_of(page.text, "{\"family\":"), RH_COVERAGE_FAMILY_COUNT);
    (void)snprintf(foreseen, sizeof foreseen, "\"foreseen\":%u}]", (unsigned)possible);
    assert_non_null(strstr(page.text, foreseen));
    assert_non_null(strstr(page.text, "[\"a \\u003c/b>\",3,\"18446744073709551615\"]"));
    assert_int_equal(count_of(page.text, "[\"our own\",7,0]"), 1);
    assert_non_null(
        strstr(page.text, "\"runs judged\",\"runs that it had something to say about\""));
    page_free(&page);
    rh_coverage_deinit(&coverage);
}

/* ---- commands ---- */

static const char *command(struct page *page, const struct rh_report_entry *entry,
                           enum report_command which)
{
    const struct rh_report how = {.command = "my rehearse", .options = "--runs 5"};
    page_free(page);
    page_open(page);
    bool is_there = report_command(page->report.out, &how, entry, which);
    const char *text = page_close(page);
    assert_int_equal(is_there, *text != '\0');
    return text;
}

static void gives_the_commands_that_fit_a_failure(void **state)
{
    (void)state;
    struct page page = {0};
    struct rh_result result = {.path = "a b.yaml", .strategy = "random", .seed = 42};
    struct rh_report_entry entry = {.result = &result, .trace_path = "t.trace"};
    assert_string_equal(command(&page, &entry, REPORT_COMMAND_REPLAY),
                        "'my rehearse' replay t.trace");
    assert_string_equal(command(&page, &entry, REPORT_COMMAND_RUN),
                        "'my rehearse' run 'a b.yaml' --strategy random --seed 0x2a --runs 1");
    assert_string_equal(command(&page, &entry, REPORT_COMMAND_SHOW),
                        "'my rehearse' trace show t.trace");
    assert_string_equal(command(&page, &entry, REPORT_COMMAND_EXPLAIN), "");
    entry.shrunk_path = "s.yaml";
    assert_string_equal(command(&page, &entry, REPORT_COMMAND_EXPLAIN),
                        "'my rehearse' explain s.yaml");
    result.is_of_no_run = true;
    assert_string_equal(command(&page, &entry, REPORT_COMMAND_REPLAY), "");
    assert_string_equal(command(&page, &entry, REPORT_COMMAND_RUN),
                        "'my rehearse' run 'a b.yaml' --runs 5");
    page_free(&page);
    for (unsigned i = 0; i < REPORT_COMMAND_COUNT; i++) {
        assert_true(strlen(report_command_purpose((enum report_command)i)) > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_each_text_once),
        cmocka_unit_test(writes_texts_in_the_order_of_their_numbers),
        cmocka_unit_test(nothing_in_a_text_ends_a_script),
        cmocka_unit_test(writes_every_event_of_a_run),
        cmocka_unit_test(of_a_long_run_the_last_events_are_written),
        cmocka_unit_test(a_broken_trace_gives_a_whole_block_or_none),
        cmocka_unit_test(writes_nothing_of_a_coverage_that_was_never_collected),
        cmocka_unit_test(writes_what_could_be_covered_and_what_nobody_foresaw),
        cmocka_unit_test(gives_the_commands_that_fit_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
