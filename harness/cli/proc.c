/* SPDX-License-Identifier: MIT */
/* `proc`: a process that a host can start. Its agent starts actors by name: those that come with Rehearse, and the program's
 * own. */
#include "harness/cli/cli.h"

#include <rehearse/host.h>
#include <rehearse/uv_proc.h>

static void say(void *self, const char *text)
{
    (void)cli_complain(self, CLI_EXIT_HELD, "%s", text);
}

static void say_failed(void *self, const char *name, const struct rh_message *reason)
{
    char text[512];
    (void)rh_message_print(reason, NULL, text, sizeof(text));
    (void)cli_complain(self, CLI_EXIT_HELD, "actor '%s' has ended: %s", name, text);
}

int cli_proc(struct cli *cli)
{
    const struct cli_value *values = cli->arguments.values;
    const struct cli_value *spawns = &values[CLI_OPTION_SPAWN];
    char names[CLI_REPEATED_MAX][256];
    const char *actors[2 * CLI_REPEATED_MAX + 1] = {NULL};
    if (cli->arguments.operand_count > 0) {
        return cli_complain(cli, CLI_EXIT_USAGE, "'proc' takes options only");
    }
    for (size_t i = 0; i < spawns->count; i++) {
        if (!cli_split_spawn(cli, spawns->repeated[i], names[i], sizeof(names[i]),
                             &actors[2 * i])) {
            return CLI_EXIT_USAGE;
        }
        actors[2 * i + 1] = names[i];
    }
    const struct rh_agent common = {.find_behaviour = cli_find_behaviour,
                                    .behaviours = cli,
                                    .actor_failed = say_failed,
                                    .actors = actors};
    const struct rh_behaviour agent = rh_agent_behaviour(&common);
    const struct rh_uv_proc_options options = {
        .proc = {.agent = &agent,
                 .heartbeat = values[CLI_OPTION_HEARTBEAT].number * RH_MILLISECOND,
                 .deadline = values[CLI_OPTION_DEADLINE].number * RH_MILLISECOND},
        .find_behaviour = cli_find_behaviour,
        .complain = say,
        .self = cli,
    };
    int code = rh_uv_proc_main(&options);
    if (code == RH_PROC_CODE_USAGE) {
        say(cli,
            "'proc' is for a host to start, with these in its environment; by hand, start 'node'");
    }
    return code;
}
