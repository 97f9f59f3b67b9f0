/* SPDX-License-Identifier: MIT */
/* Every file of golden/ is explored, and what a terminal would show of it is compared with the .expected beside it, to the
 * byte: plain in 100 columns, in 80 and in 40, with colour and all details, and with little. With the argument "write" the
 * expectations are written instead: review the diff. */
#include "harness/scenario/tests/golden.h"
#include "reports/tests/page.h"

#include <rehearse/scenario.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define FOLDER "reports/tests/golden"

/* Explorations are the same everywhere, but for limits that a hostile build shrinks: nothing here comes near them. */
static enum rh_status explore(const char *path, struct rh_scenario **ret_scenario,
                              struct rh_result *result)
{
    const struct rh_explore_options options = {0};
    enum rh_status status = rh_scenario_load(NULL, path, NULL, ret_scenario);
    assert_non_null(*ret_scenario);
    if (status == RH_OK) {
        assert_int_equal(rh_scenario_explore(*ret_scenario, &options, result), RH_OK);
    }
    return status;
}

static void put_report(struct page *page, const char *path, const struct rh_result *result,
                       const char *diagnostics)
{
    struct rh_report *report = &page->report;
    report->path_width = 24;
    report->passed = report->failed = report->skipped = 0;
    if (diagnostics != NULL) {
        rh_report_bad_file(report, path, diagnostics);
    } else {
        const struct rh_report_entry entry = {
            .result = result,
            .trace_path = result->has_violation ? "traces/it's here.trace" : NULL,
            .elapsed = 12345678,
        };
        rh_report_result(report, &entry);
    }
    rh_report_summary(report);
}

static void put_all(struct page *page, const char *path, const struct rh_result *result,
                    const char *diagnostics)
{
    struct rh_report *report = &page->report;
    put_report(page, path, result, diagnostics);
    (void)fprintf(report->out, "\n== 80 columns, verbose, another command\n");
    report->width = 80;
    report->is_verbose = true;
    report->command = "./my tests";
    put_report(page, path, result, diagnostics);
    (void)fprintf(report->out, "\n== 40 columns, quiet\n");
    report->width = 40;
    report->is_verbose = false;
    report->is_quiet = true;
    report->command = NULL;
    put_report(page, path, result, diagnostics);
    (void)fprintf(report->out, "\n== colour, verbose\n");
    report->width = 0;
    report->is_verbose = true;
    report->is_quiet = false;
    report->with_colour = true;
    put_report(page, path, result, diagnostics);
}

/* The path in the result is only the file's name. */
static size_t say(const char *path, char *text, size_t capacity)
{
    struct page page;
    struct rh_scenario *scenario = NULL;
    struct rh_result result = {0};
    char diagnostics[4096];
    const char *name = strrchr(path, '/') + 1;
    page_open(&page);
    bool is_bad = explore(path, &scenario, &result) != RH_OK;
    if (is_bad) {
        assert_true(rh_scenario_diagnostics(scenario, false, diagnostics, sizeof diagnostics) <
                    sizeof diagnostics);
    }
    result.path = name;
    put_all(&page, name, &result, is_bad ? diagnostics : NULL);
    rh_result_deinit(&result);
    rh_scenario_destroy(scenario);
    size_t length = (size_t)snprintf(text, capacity, "%s", page_close(&page));
    page_free(&page);
    return length;
}

static bool is_writing;

static void tells_every_file_as_it_was_told(void **state)
{
    (void)state;
    assert_int_equal(golden_folder(FOLDER, is_writing, say), 0);
}

int main(int argc, char **argv)
{
    is_writing = argc > 1 && strcmp(argv[1], "write") == 0;
    const struct CMUnitTest tests[] = {cmocka_unit_test(tells_every_file_as_it_was_told)};
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
