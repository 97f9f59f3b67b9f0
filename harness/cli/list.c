/* SPDX-License-Identifier: MIT */
/* `list`: which scenarios there are, one a line: the path, and what it is about. */
#include "harness/cli/selection.h"

#include "harness/live/live.h"

#include <stdlib.h>
#include <string.h>

static void print_more(const struct rh_scenario *scenario)
{
    if (rh_scenario_about(scenario) != NULL) {
        (void)printf("    %s\n", rh_scenario_about(scenario));
    }
    for (size_t i = 0; rh_scenario_covers(scenario, i) != NULL; i++) {
        (void)printf("%s%s", i == 0 ? "    covers " : " ", rh_scenario_covers(scenario, i));
    }
    if (rh_scenario_covers(scenario, 0) != NULL) {
        (void)printf("\n");
    }
    if (rh_scenario_skip(scenario) != NULL) {
        (void)printf("    skipped: %s\n", rh_scenario_skip(scenario));
    }
}

/* Those that can be played by processes; verbose, also why others cannot. */
static int list_live(const struct cli *cli, const struct rh_scenario *scenario, const char *path)
{
    char text[256];
    const char *obstacle = rh_live_obstacle(scenario, text, sizeof text);
    if (obstacle == NULL) {
        (void)printf("%s\n", path);
    } else if (cli_has(cli, CLI_OPTION_VERBOSE)) {
        (void)printf("%s: not live: %s\n", path, obstacle);
    }
    return obstacle == NULL ? 1 : 0;
}

/* Returns 0 if it was not selected, 1 if it was printed, -1 if it is no scenario. */
static int list_one(const struct cli *cli, const char *path, size_t path_width)
{
    struct rh_scenario *scenario = cli_load(cli, path);
    int answer = 0;
    if (scenario == NULL || rh_scenario_error_count(scenario) > 0) {
        (void)cli_complain(cli, CLI_EXIT_USAGE, "%s: has errors, see '%s check %s'", path,
                           cli->command, path);
        answer = -1;
    } else if (cli_has(cli, CLI_OPTION_LIVE)) {
        answer = cli_is_selected(cli, scenario) ? list_live(cli, scenario, path) : 0;
    } else if (cli_is_selected(cli, scenario)) {
        (void)printf("%-*s  %s\n", (int)path_width, path, rh_scenario_title(scenario));
        if (cli_has(cli, CLI_OPTION_VERBOSE)) {
            print_more(scenario);
        }
        answer = 1;
    }
    rh_scenario_destroy(scenario);
    return answer;
}

int cli_list(struct cli *cli)
{
    struct cli_files files = {0};
    struct cli_selection selection = {0};
    struct cli_shard shard;
    bool ok = cli_shard_read(cli, &shard) && cli_files_find(cli, "scenarios", &files) &&
              cli_selection_make(cli, &files, 1, &selection);
    size_t width = 0;
    size_t listed = 0;
    for (size_t i = 0; i < files.count; i++) {
        width = strlen(files.paths[i]) > width ? strlen(files.paths[i]) : width;
    }
    width = width < 60 ? width : 60;
    for (size_t i = 0; ok && i < selection.count; i++) {
        int answer = cli_shard_has(&shard, i) ? list_one(cli, selection.plays[i].path, width) : 0;
        listed += answer > 0;
        ok = answer >= 0;
    }
    ok = ok && !files.has_flaw;
    bool is_empty_shard = shard.is_wanted && selection.count > 0;
    cli_selection_deinit(&selection);
    cli_files_deinit(&files);
    if (ok && listed == 0 && !is_empty_shard) {
        return cli_complain(cli, CLI_EXIT_NOTHING, "no scenario was selected");
    }
    return ok ? CLI_EXIT_HELD : CLI_EXIT_USAGE;
}
