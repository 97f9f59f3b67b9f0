/* SPDX-License-Identifier: MIT */
#include "harness/cli/cli.h"

#include <stdlib.h>
#include <string.h>

struct rh_scenario *cli_load(const struct cli *cli, const char *path)
{
    struct rh_scenario *scenario = NULL;
    enum rh_status status = rh_scenario_load(NULL, path, cli->program, &scenario);
    if (scenario == NULL) {
        (void)cli_complain(cli, CLI_EXIT_INTERNAL, "%s: %s", path, rh_status_sentence(status));
    }
    return scenario;
}

char *cli_diagnostics(const struct cli *cli, const struct rh_scenario *scenario)
{
    size_t length = rh_scenario_diagnostics(scenario, cli->with_colour, NULL, 0);
    char *text = length == 0 ? NULL : malloc(length + 1);
    if (text != NULL) {
        (void)rh_scenario_diagnostics(scenario, cli->with_colour, text, length + 1);
    }
    return text;
}

bool cli_is_selected(const struct cli *cli, const struct rh_scenario *scenario)
{
    const char *filter = cli_text(cli, CLI_OPTION_FILTER);
    const char *path = rh_scenario_path(scenario);
    const char *title = rh_scenario_title(scenario);
    return filter == NULL || (path != NULL && strstr(path, filter) != NULL) ||
           (title != NULL && strstr(title, filter) != NULL);
}
