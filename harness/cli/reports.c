/* SPDX-License-Identifier: MIT */
/* Report files appear whole or not at all: who reads them never sees half of one. But for result files, which are made to be
 * read however much of them there is: what is done when a machine goes down is not lost. */
#include "harness/cli/reports.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_github(void)
{
    const char *actions = getenv("GITHUB_ACTIONS");
    return actions != NULL && strcmp(actions, "true") == 0;
}

/* Everything it takes is in `reports` when it returns, good or bad. */
static bool add(struct cli_reports *reports, enum rh_report_format format, FILE *out,
                const char *path, const struct cli_output *output)
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
    reports->reports[index].output = output == NULL ? (struct cli_output){0} : *output;
    reports->reports[index].file = rh_report_file_open(&how);
    if (reports->reports[index].file == NULL) {
        (void)cli_complain(cli, CLI_EXIT_INTERNAL, "out of memory");
        return false;
    }
    return true;
}

/* What grows under its name has one who writes it. */
static FILE *open_stream(const struct cli *cli, const char *path)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    struct stat status;
    cli_make_folders(path);
    FILE *out = fopen(path, "ab");
    bool is_file = out != NULL && fstat(fileno(out), &status) == 0 && S_ISREG(status.st_mode);
    if (is_file && fcntl(fileno(out), F_SETLK, &lock) != 0 &&
        (errno == EAGAIN || errno == EACCES)) {
        (void)cli_complain(cli, CLI_EXIT_USAGE, "%s: another process is writing it", path);
        (void)fclose(out);
        return NULL;
    }
    if (out == NULL || (is_file && ftruncate(fileno(out), 0) != 0)) {
        (void)cli_complain(cli, CLI_EXIT_INTERNAL, "%s: %s", path, strerror(errno));
        if (out != NULL) {
            (void)fclose(out);
        }
        return NULL;
    }
    return out;
}

static bool add_file(struct cli_reports *reports, enum rh_report_format format, const char *path)
{
    struct cli_output output;
    if (rh_report_format_is_streamed(format)) {
        FILE *out = open_stream(reports->cli, path);
        return out != NULL && add(reports, format, out, path, NULL);
    }
    return cli_output_open(reports->cli, path, &output) &&
           add(reports, format, output.file, path, &output);
}

bool cli_write_merged(const struct cli *cli, const struct rh_results *merged, const char *path)
{
    struct cli_output output;
    return cli_output_open(cli, path, &output) &&
           cli_output_close(cli, &output, rh_results_write(merged, output.file));
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
    FILE *stream = cli_stream_of(equals + 1);
    if (rh_report_format_is_streamed(format) && stream != NULL) {
        (void)cli_complain(reports->cli, CLI_EXIT_USAGE, "'--report %s': %s need a file", wanted,
                           word);
        return false;
    }
    if (format == RH_REPORT_FORMAT_RESULTS && reports->merged != NULL) {
        return cli_write_merged(reports->cli, reports->merged, equals + 1);
    }
    return stream != NULL ? add(reports, format, stream, NULL, NULL)
                          : add_file(reports, format, equals + 1);
}

/* Marks go into the log, the summary behind what other steps have said. */
static bool add_githubs(struct cli_reports *reports)
{
    const char *summary = getenv("GITHUB_STEP_SUMMARY");
    if (!add(reports, RH_REPORT_FORMAT_ANNOTATIONS, stdout, NULL, NULL)) {
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
    return add(reports, RH_REPORT_FORMAT_MARKDOWN, out, NULL, NULL);
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

/* Returns whether it is whole where it belongs; if not, that was complained about. */
static bool close_one(const struct cli *cli, FILE *out, const char *path, struct cli_output *output,
                      bool is_good)
{
    if (output->file != NULL) {
        return cli_output_close(cli, output, is_good);
    }
    bool ok = (out == stdout || out == stderr || fclose(out) == 0) && is_good;
    if (!ok) {
        (void)cli_complain(cli, CLI_EXIT_INTERNAL, "%s: %s", path == NULL ? "a report" : path,
                           strerror(errno));
    }
    return ok;
}

bool cli_reports_close(struct cli_reports *reports)
{
    bool all = true;
    for (size_t i = 0; i < reports->count; i++) {
        const char *path = reports->reports[i].path;
        bool good = rh_report_file_close(reports->reports[i].file);
        good = close_one(reports->cli, reports->reports[i].out, path, &reports->reports[i].output,
                         good);
        if (good && path != NULL && !cli_has(reports->cli, CLI_OPTION_QUIET)) {
            (void)fprintf(stderr, "%s: report in %s\n", reports->cli->name, path);
        }
        all = all && good;
    }
    reports->count = 0;
    return all;
}
