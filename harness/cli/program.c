/* SPDX-License-Identifier: MIT */
/* The whole command line as one call, for the program `rehearse` and for every program that brings actors of its own. */
#include "harness/cli/cli.h"

#include "harness/document/diagnostic.h"
#include "harness/live/live.h"

#include <rehearse/rehearse.h>
#include <rehearse/version.h>

#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool cli_has(const struct cli *cli, enum cli_option option)
{
    return cli->arguments.values[option].is_set;
}

const char *cli_text(const struct cli *cli, enum cli_option option)
{
    return cli->arguments.values[option].text;
}

int cli_complain(const struct cli *cli, enum cli_exit code, const char *format, ...)
{
    va_list list;
    (void)fflush(stdout);
    (void)fprintf(stderr, "%s: ", cli->name);
    va_start(list, format);
    (void)vfprintf(stderr, format, list);
    va_end(list);
    (void)fputc('\n', stderr);
    return (int)code;
}

static int help_faults(const struct cli *cli, const char *only)
{
    if (cli_help_faults(stdout, only, cli->with_colour)) {
        return CLI_EXIT_HELD;
    }
    const char *words[RH_FAULT_COUNT];
    for (size_t i = 0; i < RH_FAULT_COUNT; i++) {
        words[i] = rh_fault_kind_word((enum rh_fault_kind)i);
    }
    const char *near = rh_suggest(only, words, RH_FAULT_COUNT);
    const struct rh_quoted quoted = rh_quote(only, strlen(only));
    return near == NULL
               ? cli_complain(cli, CLI_EXIT_USAGE,
                              "there is no fault %s; '%s help faults' has them all", quoted.text,
                              cli->command)
               : cli_complain(cli, CLI_EXIT_USAGE, "there is no fault %s; did you mean '%s'?",
                              quoted.text, near);
}

static int help(struct cli *cli)
{
    enum cli_command command;
    size_t count = cli->arguments.operand_count;
    if (count == 0) {
        cli_help(stdout, cli->name, cli->command, cli->with_colour);
        return CLI_EXIT_HELD;
    }
    if (count == 1 && strcmp(cli->arguments.operands[0], "trace") == 0) {
        cli_help_command(stdout, cli->command, CLI_TRACE_SHOW, cli->with_colour);
        (void)fputc('\n', stdout);
        cli_help_command(stdout, cli->command, CLI_TRACE_DIFF, cli->with_colour);
        (void)fputc('\n', stdout);
        cli_help_command(stdout, cli->command, CLI_TRACE_EXPORT, cli->with_colour);
        return CLI_EXIT_HELD;
    }
    if (count <= 2 && strcmp(cli->arguments.operands[0], "faults") == 0) {
        return help_faults(cli, count == 2 ? cli->arguments.operands[1] : NULL);
    }
    if (count == 1 && strcmp(cli->arguments.operands[0], "invariants") == 0) {
        cli_help_invariants(stdout, cli->program == NULL ? NULL : cli->program->checkers,
                            cli->with_colour);
        return CLI_EXIT_HELD;
    }
    if (cli_command_find(cli->arguments.operands, count, &command) != count) {
        return cli_complain(cli, CLI_EXIT_USAGE, "there is no command '%s%s%s'\n%s: try '%s help'",
                            cli->arguments.operands[0], count > 1 ? " " : "",
                            count > 1 ? cli->arguments.operands[1] : "", cli->name, cli->command);
    }
    cli_help_command(stdout, cli->command, command, cli->with_colour);
    return CLI_EXIT_HELD;
}

static int version(struct cli *cli)
{
    if (cli->program != NULL && cli->program->name != NULL) {
        (void)printf("%s %s, ", cli->program->name,
                     cli->program->version == NULL ? "" : cli->program->version);
    }
    (void)printf("rehearse %s\n", rh_version());
    return CLI_EXIT_HELD;
}

static int dispatch(struct cli *cli)
{
    static int (*const commands[])(struct cli * cli) = {
        [CLI_RUN] = cli_run,
        [CLI_REPLAY] = cli_replay,
        [CLI_SHRINK] = cli_shrink,
        [CLI_EXPLAIN] = cli_explain,
        [CLI_SAVE] = cli_save,
        [CLI_MERGE] = cli_merge,
        [CLI_LIST] = cli_list,
        [CLI_CHECK] = cli_check,
        [CLI_TRACE_SHOW] = cli_trace_show,
        [CLI_TRACE_DIFF] = cli_trace_diff,
        [CLI_TRACE_EXPORT] = cli_trace_export,
        [CLI_NODE] = cli_node,
        [CLI_PROC] = cli_proc,
        [CLI_SCHEMA] = cli_schema,
        [CLI_COMPLETION] = cli_completion,
        [CLI_SELFCHECK] = cli_selfcheck,
        [CLI_HELP] = help,
        [CLI_VERSION] = version,
    };
    if (cli_has(cli, CLI_OPTION_HELP_FLAG)) {
        cli_help_command(stdout, cli->command, cli->arguments.command, cli->with_colour);
        return CLI_EXIT_HELD;
    }
    if (cli_has(cli, CLI_OPTION_VERSION_FLAG)) {
        return version(cli);
    }
    if (cli_takes_nothing(cli->arguments.command) && cli->arguments.operand_count > 0) {
        const char *operand = cli->arguments.operands[0];
        return cli_complain(cli, CLI_EXIT_USAGE, "'%s' takes options only, not %s",
                            cli_command_words(cli->arguments.command),
                            rh_quote(operand, strlen(operand)).text);
    }
    return commands[cli->arguments.command](cli);
}

/* Where one of the three that every process has is closed, the next file that is opened would be it, and have in it what is
 * said to people. What takes its place cannot be used, as a closed one. */
static void fill_closed(void)
{
    static const int uses[] = {
        [STDIN_FILENO] = O_WRONLY, [STDOUT_FILENO] = O_RDONLY, [STDERR_FILENO] = O_RDONLY};
    for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++) {
        if (fcntl(i, F_GETFD) < 0) {
            int opened = open("/dev/null", uses[i]); /* the lowest that is free, which this is */
            (void)opened;
        }
    }
}

int rh_main(int argc, char **argv, const struct rh_program *program)
{
    char complaint[512];
    const char *name = program != NULL && program->name != NULL ? program->name : "rehearse";
    const char **words = malloc(((size_t)(argc > 0 ? argc : 0) + 1) * sizeof *words);
    struct cli cli = {.program = program,
                      .name = name,
                      .command = argc > 0 && argv[0][0] != '\0' ? argv[0] : name};
    fill_closed();
    if (argc == 2 && strcmp(argv[1], "live-node") == 0) { /* not for people: run --live starts it */
        free(words);
        return rh_live_node(program);
    }
    if (words == NULL) {
        return cli_complain(&cli, CLI_EXIT_INTERNAL, "out of memory");
    }
    for (int i = 0; i < argc; i++) {
        words[i] = argv[i];
    }
    cli_panic_watch(name);
    int code = CLI_EXIT_USAGE;
    if (cli_parse(argc, words, &cli.arguments, complaint, sizeof complaint)) {
        cli_look_at_terminal(&cli);
        code = dispatch(&cli);
    } else {
        bool has_command = cli.arguments.command != CLI_HELP;
        (void)cli_complain(&cli, CLI_EXIT_USAGE, "%s\n%s: try '%s help%s%s'", complaint, name,
                           cli.command, has_command ? " " : "",
                           has_command ? cli_command_words(cli.arguments.command) : "");
    }
    free(words);
    bool was_written = ferror(stdout) == 0;
    was_written = fflush(stdout) == 0 && was_written;
    if (cli_interrupt_is_pipe()) {
        return 128 + cli_interrupt_signal();
    }
    if (!was_written) {
        int worst = cli_complain(&cli, CLI_EXIT_INTERNAL, "standard output cannot be written");
        code = code == CLI_EXIT_HELD ? worst : code;
    }
    return code;
}
