/* SPDX-License-Identifier: MIT */
/* `schema`: for an editor's YAML mode. */
#include "harness/cli/cli.h"

#include <stdlib.h>

int cli_schema(struct cli *cli)
{
    size_t length = rh_scenario_schema(NULL, 0);
    char *text = malloc(length + 1);
    if (text == NULL) {
        return cli_complain(cli, CLI_EXIT_INTERNAL, "out of memory");
    }
    (void)rh_scenario_schema(text, length + 1);
    (void)fputs(text, stdout);
    free(text);
    return CLI_EXIT_HELD;
}
