/* SPDX-License-Identifier: MIT */
/*
 * `selfcheck`: what the tool counts and draws, against arithmetic and against a machine of its own that counts in another way.
 * A table on stdout; a program that shows a difference is printed behind its row, as a scenario file.
 */
#include "harness/cli/cli.h"

#include "harness/selfcheck/selfcheck.h"

#include <inttypes.h>
#include <string.h>

#define PROGRAMS 1000u
#define PROGRAMS_LONG 100000u
#define CLASSES_MAX 50000u
#define DRAWS 20000u
#define DRAWS_LONG 1000000u
#define NAME_WIDTH 40
#define NUMBER_WIDTH 24

struct table {
    struct cli *cli;
    struct cli_progress progress;
    uint64_t row_began;
    bool is_quiet;
};

static bool go_on(void *self, const char *name, uint64_t runs)
{
    struct table *table = self;
    table->progress.what = name;
    cli_progress_tell(&table->progress, runs);
    return cli_interrupt_signal() == 0;
}

static void put_row(void *self, const struct selfcheck_row *row)
{
    struct table *table = self;
    char blocked[24] = "";
    uint64_t now = cli_clock();
    cli_progress_end(&table->progress);
    if (row->has_blocked) {
        (void)snprintf(blocked, sizeof blocked, "%" PRIu64, row->blocked);
    }
    if (!table->is_quiet || row->is_wrong) {
        (void)printf("%-4s  %-6s  %-*s  %-*s  %-*s  %7s  %6.2f s\n", row->is_wrong ? "FAIL" : "ok",
                     row->part, NAME_WIDTH, row->name, NUMBER_WIDTH, row->expected, NUMBER_WIDTH,
                     row->found, blocked, (double)(now - table->row_began) / 1e9);
    }
    if (row->detail != NULL) {
        (void)printf("\n%s\n", row->detail);
    }
    (void)fflush(stdout);
    cli_progress_start(&table->progress, "");
    table->row_began = cli_clock();
}

int cli_selfcheck(struct cli *cli)
{
    bool is_long = cli_has(cli, CLI_OPTION_LONG);
    const struct cli_value *values = cli->arguments.values;
    struct table table = {.cli = cli, .is_quiet = cli_has(cli, CLI_OPTION_QUIET)};
    const struct selfcheck_options options = {
        .classes_max = is_long ? UINT64_MAX : CLASSES_MAX,
        .programs = values[CLI_OPTION_RUNS].is_set ? values[CLI_OPTION_RUNS].number
                    : is_long                      ? PROGRAMS_LONG
                                                   : PROGRAMS,
        .seed = values[CLI_OPTION_SEED].is_set ? values[CLI_OPTION_SEED].number : 1,
        .draws = is_long ? DRAWS_LONG : DRAWS,
        .row = put_row,
        .go_on = go_on,
        .self = &table,
    };
    struct selfcheck_result result;
    if (cli->arguments.operand_count > 0) {
        return cli_complain(cli, CLI_EXIT_USAGE, "'selfcheck' takes no files");
    }
    cli_interrupt_watch();
    if (!table.is_quiet) {
        (void)printf("%-4s  %-6s  %-*s  %-*s  %-*s  %7s  %8s\n", "", "part", NAME_WIDTH, "program",
                     NUMBER_WIDTH, "expected", NUMBER_WIDTH, "found", "blocked", "time");
    }
    cli_progress_start(&table.progress, "");
    table.row_began = cli_clock();
    uint64_t began = cli_clock();
    enum rh_status status = selfcheck_run(&options, &result);
    cli_progress_end(&table.progress);
    cli_interrupt_done();
    (void)printf("%" PRIu64 " checked, %" PRIu64 " wrong, %.1f s\n", result.rows, result.wrong,
                 (double)(cli_clock() - began) / 1e9);
    if (cli_interrupt_signal() != 0) {
        (void)cli_complain(cli, CLI_EXIT_INTERRUPTED, "interrupted");
        return 128 + cli_interrupt_signal();
    }
    if (status != RH_OK) {
        return cli_complain(cli, CLI_EXIT_INTERNAL, "%s", rh_status_sentence(status));
    }
    return result.wrong > 0 ? CLI_EXIT_FAILED : CLI_EXIT_HELD;
}
