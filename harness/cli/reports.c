/* SPDX-License-Identifier: MIT */
/* Report files appear whole or not at all: who reads them never sees half of one. But for result files, which are made to be
 * read however much of them there is: what is done when a machine goes down is not lost. */
#include "harness/cli/reports.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool is_github(void)
{
    const char *actions = getenv("GITHUB_ACTIONS");
    return actions != NULL && strcmp(actions, "true") == 0;
}

/* Everything it takes is in `reports` when it returns, good or bad. */
static bool add(struct cli_reports *reports, enum rh_report_format format, FILE *out,
                const char *path)
{
    struct cli *cli = reports->cli;
    struct rh_report_file_options how = {
        .format = format,
        .out = out,
        .command = reports->run->command,
        .options = reports->run->options,
        .without_times = reports->run->without_times,
        .run = reports->run,
    };
    size_t index = reports->count++;
    reports->with_coverage = reports->with_coverage || rh_report_format_wants_coverage(format);
    reports->reports[index].out = out;
    reports->reports[index].path = path;
    reports->reports[index].file = rh_report_file_open(&how);
    if (reports->reports[index].file == NULL) {
        (void)cli_complain(cli, CLI_EXIT_INTERNAL, "out of memory");
        return false;
    }
    return true;
}

static bool add_file(struct cli_reports *reports, enum rh_report_format format, const char *path)
{
    if (rh_report_format_is_streamed(format)) {
        FILE *out = cli_create_file(reports->cli, path);
        return out != NULL && add(reports, format, out, path);
    }
    size_t size = strlen(path) + sizeof ".part";
    char *part = malloc(size);
    if (part == NULL) {
        (void)cli_complain(reports->cli, CLI_EXIT_INTERNAL, "out of memory");
        return false;
    }
    (void)snprintf(part, size, "%s.part", path);
    FILE *out = cli_create_file(reports->cli, part);
    if (out == NULL) {
        free(part);
        return false;
    }
    reports->reports[reports->count].part = part;
    return add(reports, format, out, path);
}

bool cli_write_merged(const struct cli *cli, const struct rh_results *merged, const char *path)
{
    FILE *out = cli_create_file(cli, path);
    bool good = out != NULL && rh_results_write(merged, out);
    if (out != NULL) {
        good = fclose(out) == 0 && good;
    }
    if (out != NULL && !good) {
        (void)cli_complain(cli, CLI_EXIT_INTERNAL, "%s: %s", path, strerror(errno));
    }
    return good;
}

/* FORMAT=FILE; the file `-` is stdout. */
static bool add_wanted(struct cli_reports *reports, const char *wanted)
{
    const char *equals = strchr(wanted, '=');
    char word[32] = "";
    enum rh_report_format format;
    if (equals != NULL && (size_t)(equals - wanted) < sizeof word) {
        memcpy(word, wanted, (size_t)(equals - wanted));
    }
    if (equals == NULL || equals[1] == '\0' || !rh_report_format_find(word, &format)) {
        char all[160] = "";
        size_t at = 0;
        for (unsigned i = 0; i < RH_REPORT_FORMAT_COUNT; i++) {
            at += (size_t)snprintf(all + at, sizeof all - at, "%s%s", i == 0 ? "" : ", ",
                                   rh_report_format_word((enum rh_report_format)i));
        }
        (void)cli_complain(reports->cli, CLI_EXIT_USAGE,
                           "'--report' takes FORMAT=FILE, not '%s'; formats: %s", wanted, all);
        return false;
    }
    if (rh_report_format_is_streamed(format) && strcmp(equals + 1, "-") == 0) {
        (void)cli_complain(reports->cli, CLI_EXIT_USAGE, "'--report %s': %s need a file", wanted,
                           word);
        return false;
    }
    if (format == RH_REPORT_FORMAT_RESULTS && reports->merged != NULL) {
        return cli_write_merged(reports->cli, reports->merged, equals + 1);
    }
    return strcmp(equals + 1, "-") == 0 ? add(reports, format, stdout, NULL)
                                        : add_file(reports, format, equals + 1);
}

/* Marks go into the log, the summary behind what other steps have said. */
static bool add_githubs(struct cli_reports *reports)
{
    const char *summary = getenv("GITHUB_STEP_SUMMARY");
    if (!add(reports, RH_REPORT_FORMAT_ANNOTATIONS, stdout, NULL)) {
        return false;
    }
    if (summary == NULL || *summary == '\0') {
        return true;
    }
    FILE *out = fopen(summary, "ab");
    if (out == NULL) {
        (void)cli_complain(reports->cli, CLI_EXIT_USAGE, "GITHUB_STEP_SUMMARY: %s: %s", summary,
                           strerror(errno));
        return false;
    }
    return add(reports, RH_REPORT_FORMAT_MARKDOWN, out, NULL);
}

/* Where Bazel looks for what a test has to say, and what other programs that honour it have taken over. */
static bool add_bazels(struct cli_reports *reports)
{
    const char *path = getenv("XML_OUTPUT_FILE");
    return path == NULL || *path == '\0' || add_file(reports, RH_REPORT_FORMAT_JUNIT, path);
}

bool cli_reports_open(struct cli *cli, const struct rh_results_run *run,
                      const struct rh_results *merged, struct cli_reports *reports)
{
    const struct cli_value *wanted = &cli->arguments.values[CLI_OPTION_REPORT];
    *reports = (struct cli_reports){.cli = cli, .run = run, .merged = merged};
    for (size_t i = 0; i < wanted->count; i++) {
        if (!add_wanted(reports, wanted->repeated[i])) {
            return false;
        }
    }
    return add_bazels(reports) && (!is_github() || add_githubs(reports));
}

void cli_reports_result(struct cli_reports *reports, size_t play,
                        const struct rh_report_entry *entry)
{
    for (size_t i = 0; i < reports->count; i++) {
        rh_report_file_at(reports->reports[i].file, play);
        rh_report_file_result(reports->reports[i].file, entry);
    }
}

void cli_reports_bad(struct cli_reports *reports, size_t play, const struct rh_results_play *what,
                     const char *diagnostics)
{
    for (size_t i = 0; i < reports->count; i++) {
        rh_report_file_at(reports->reports[i].file, play);
        rh_report_file_bad(reports->reports[i].file, what->path, what->number, diagnostics);
    }
}

void cli_reports_nothing(struct cli_reports *reports, size_t play)
{
    for (size_t i = 0; i < reports->count; i++) {
        rh_report_file_at(reports->reports[i].file, play);
        rh_report_file_nothing(reports->reports[i].file);
    }
}

bool cli_reports_close(struct cli_reports *reports)
{
    bool all = true;
    for (size_t i = 0; i < reports->count; i++) {
        FILE *out = reports->reports[i].out;
        const char *path = reports->reports[i].path;
        bool good = rh_report_file_close(reports->reports[i].file);
        good = (out == stdout || fclose(out) == 0) && good;
        if (good && reports->reports[i].part != NULL) {
            good = rename(reports->reports[i].part, path) == 0;
        }
        if (!good) {
            (void)cli_complain(reports->cli, CLI_EXIT_INTERNAL, "%s: %s",
                               path == NULL ? "a report" : path, strerror(errno));
        }
        if (good && path != NULL && !cli_has(reports->cli, CLI_OPTION_QUIET)) {
            (void)fprintf(stderr, "%s: report in %s\n", reports->cli->name, path);
        }
        free(reports->reports[i].part);
        all = all && good;
    }
    reports->count = 0;
    return all;
}
