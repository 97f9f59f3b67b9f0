/* SPDX-License-Identifier: MIT */
/* `check`: read scenarios, and say everything that is wrong with them. */
#include "harness/cli/cli.h"

#include <stdlib.h>

struct tally {
    size_t files;
    uint64_t errors;
    uint64_t warnings;
};

static bool check_one(const struct cli *cli, const char *path, struct tally *tally)
{
    struct rh_scenario *scenario = cli_load(cli, path);
    if (scenario == NULL) {
        return false;
    }
    if (cli_is_selected(cli, scenario)) {
        char *text = cli_diagnostics(cli, scenario);
        tally->files++;
        tally->errors += rh_scenario_error_count(scenario);
        tally->warnings += rh_scenario_warning_count(scenario);
        if (text != NULL) {
            (void)fputs(text, stdout);
        }
        free(text);
    }
    rh_scenario_destroy(scenario);
    return true;
}

int cli_check(struct cli *cli)
{
    struct cli_files files;
    struct tally tally = {0};
    if (cli->arguments.operand_count == 0) {
        return cli_complain(cli, CLI_EXIT_USAGE, "'check' needs a file or a folder");
    }
    if (!cli_files_find(cli, "", &files)) {
        cli_files_deinit(&files);
        return CLI_EXIT_USAGE;
    }
    bool ok = true;
    for (size_t i = 0; ok && i < files.count; i++) {
        ok = check_one(cli, files.paths[i], &tally);
    }
    bool has_flaw = files.has_flaw;
    cli_files_deinit(&files);
    (void)printf("%zu scenario%s, %llu error%s, %llu warning%s\n", tally.files,
                 tally.files == 1 ? "" : "s", (unsigned long long)tally.errors,
                 tally.errors == 1 ? "" : "s", (unsigned long long)tally.warnings,
                 tally.warnings == 1 ? "" : "s");
    if (!ok) {
        return CLI_EXIT_INTERNAL;
    }
    if (tally.errors > 0 || has_flaw) {
        return CLI_EXIT_USAGE;
    }
    return tally.files == 0 ? CLI_EXIT_NOTHING : CLI_EXIT_HELD;
}
