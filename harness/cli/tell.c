/* SPDX-License-Identifier: MIT */
/* The code of the whole is that of the worst: a bug of ours, then a file that is no scenario, a run that is not deterministic,
 * a failure, and last what could not be decided. */
#include "harness/cli/tell.h"

#include <string.h>

#define PATH_WIDTH_MAX 56U

static unsigned widest(const struct rh_results_run *run)
{
    size_t width = 0;
    for (size_t i = 0; i < run->play_count; i++) {
        size_t length = strlen(run->plays[i].path);
        width = length > width ? length : width;
    }
    return (unsigned)(width < PATH_WIDTH_MAX ? width : PATH_WIDTH_MAX);
}

void cli_teller_init(struct cli_teller *teller, struct cli *cli, const struct rh_results_run *run)
{
    *teller = (struct cli_teller){.cli = cli,
                                  .without_times = run->without_times,
                                  .report = {.out = stdout,
                                             .with_colour = cli->with_colour,
                                             .is_quiet = cli_has(cli, CLI_OPTION_QUIET),
                                             .is_verbose = cli_has(cli, CLI_OPTION_VERBOSE),
                                             .width = cli->width,
                                             .fits_width = cli->is_terminal,
                                             .path_width = widest(run),
                                             .command = run->command,
                                             .options = run->options}};
    teller->report.failures = &teller->failures;
}

bool cli_teller_open(struct cli_teller *teller, const struct rh_results_run *run,
                     const struct rh_results *merged)
{
    return cli_reports_open(teller->cli, run, merged, &teller->reports);
}

/* What a swarm has drawn, and what it was good for. */
static void tell_plan(const struct cli_teller *teller, const struct rh_report_entry *entry)
{
    bool fails = strcmp(rh_verdict_tally(entry->result->verdict), "failed") == 0;
    if (entry->plan != NULL &&
        ((fails && !entry->is_again) || cli_has(teller->cli, CLI_OPTION_VERBOSE))) {
        (void)fputs(entry->plan, stdout);
    }
    if (entry->plan_path != NULL && !entry->is_again) {
        (void)printf("  scenario  %s\n\n", entry->plan_path);
    }
}

void cli_tell_result(struct cli_teller *teller, size_t play, const struct rh_report_entry *entry)
{
    const struct rh_result *result = entry->result;
    teller->played++;
    teller->has_divergence = teller->has_divergence || entry->has_diverged;
    teller->has_internal =
        teller->has_internal || (result->verdict == RH_VERDICT_ERROR && !entry->has_diverged);
    teller->has_violation = teller->has_violation || result->verdict == RH_VERDICT_FAILED ||
                            result->verdict == RH_VERDICT_VACUOUS;
    teller->has_unknown = teller->has_unknown || result->verdict == RH_VERDICT_UNKNOWN;
    struct rh_report_entry told = *entry;
    told.is_again = rh_report_failures_find(&teller->failures, entry, &told.first);
    struct rh_report_entry shown = told;
    shown.elapsed = teller->without_times ? 0 : entry->elapsed;
    rh_report_result(&teller->report, &shown);
    cli_reports_result(&teller->reports, play, &told);
    if (cli_has(teller->cli, CLI_OPTION_DIGESTS)) {
        (void)printf("digest %016llx%016llx  %s\n", (unsigned long long)result->digest[0],
                     (unsigned long long)result->digest[1],
                     result->path == NULL ? "-" : result->path);
    }
    tell_plan(teller, &told);
    (void)fflush(stdout);
}

void cli_tell_bad(struct cli_teller *teller, size_t play, const struct rh_results_play *what,
                  const char *diagnostics, const char *shown)
{
    teller->has_bad_file = true;
    rh_report_bad_file(&teller->report, what->path, shown == NULL ? diagnostics : shown);
    cli_reports_bad(&teller->reports, play, what, diagnostics);
}

void cli_tell_nothing(struct cli_teller *teller, size_t play)
{
    cli_reports_nothing(&teller->reports, play);
}

int cli_teller_close(struct cli_teller *teller)
{
    teller->has_internal = !cli_reports_close(&teller->reports) || teller->has_internal;
    const struct rh_report *report = &teller->report;
    bool has_told = report->passed + report->failed + report->skipped > 0;
    if (has_told ||
        !(teller->has_bad_file || teller->has_internal)) { /* what was refused counts as nothing */
        rh_report_summary(report);
    }
    rh_report_failures_deinit(&teller->failures);
    if (teller->has_internal) {
        return CLI_EXIT_INTERNAL;
    }
    if (teller->has_bad_file) {
        return CLI_EXIT_USAGE;
    }
    if (teller->has_divergence) {
        return CLI_EXIT_DIVERGED;
    }
    if (teller->has_violation) {
        return CLI_EXIT_FAILED;
    }
    if (teller->has_unknown || teller->is_incomplete) {
        return CLI_EXIT_INCONCLUSIVE;
    }
    if (teller->played == 0) {
        return CLI_EXIT_NOTHING;
    }
    bool was_skipped = teller->report.skipped > 0 && teller->report.passed == 0;
    return was_skipped ? (int)teller->cli->arguments.values[CLI_OPTION_SKIP_CODE].number
                       : CLI_EXIT_HELD;
}
