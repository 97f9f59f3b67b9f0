/* SPDX-License-Identifier: MIT */
/* `trace show` and `trace diff`. */
#include "harness/cli/cli.h"

#include "harness/trace/show.h"

#include <stdlib.h>

#define TRACE_BYTES_MAX ((size_t)1 << 30)

struct opened {
    const char *path;
    uint8_t *bytes;
    size_t size;
    struct rh_trace_reader reader;
};

static bool open_trace(const struct cli *cli, const char *path, struct opened *opened)
{
    *opened = (struct opened){.path = path};
    if (!cli_read_file(cli, path, TRACE_BYTES_MAX, &opened->bytes, &opened->size)) {
        return false;
    }
    if (rh_trace_open(&opened->reader, NULL, opened->bytes, opened->size) != RH_OK) {
        (void)cli_complain(cli, CLI_EXIT_USAGE, "%s: %s", path, opened->reader.flaw);
        return false;
    }
    return true;
}

static void close_trace(struct opened *opened)
{
    if (opened->bytes != NULL) {
        rh_trace_close(&opened->reader);
    }
    free(opened->bytes);
}

/* What a reader should know who looks at this trace. */
static void warn(const struct cli *cli, const struct opened *opened, enum rh_status status)
{
    if (status == RH_TRUNCATED || status == RH_MALFORMED || status == RH_LIMIT) {
        (void)cli_complain(cli, CLI_EXIT_USAGE, "%s: byte %zu: %s", opened->path,
                           opened->reader.flaw_offset, opened->reader.flaw);
    }
    if (opened->reader.is_edited) {
        (void)cli_complain(cli, CLI_EXIT_USAGE,
                           "%s: changed after it was written, at or before step %llu", opened->path,
                           (unsigned long long)opened->reader.edited_step);
    }
    if (opened->reader.info.has_scenario && !opened->reader.info.header_fits) {
        (void)cli_complain(cli, CLI_EXIT_USAGE, "%s: its scenario was changed after the run",
                           opened->path);
    }
}

int cli_trace_show(struct cli *cli)
{
    struct opened opened;
    if (cli->arguments.operand_count != 1) {
        return cli_complain(cli, CLI_EXIT_USAGE, "'trace show' needs one trace");
    }
    enum rh_status status = RH_MALFORMED;
    if (open_trace(cli, cli->arguments.operands[0], &opened)) {
        const struct cli_value *values = cli->arguments.values;
        struct rh_show_options options = {
            .width = cli->width,
            .with_colour = cli->with_colour,
            .with_everything = cli_has(cli, CLI_OPTION_ALL),
            .as_list = cli_has(cli, CLI_OPTION_LINES),
            .from_step = values[CLI_OPTION_FROM].number,
            .to_step = values[CLI_OPTION_TO].number,
            .actors = values[CLI_OPTION_ACTOR].repeated,
            .actor_count = values[CLI_OPTION_ACTOR].count,
        };
        (void)rh_trace_show_head(&opened.reader, stdout);
        (void)putchar('\n');
        status = rh_trace_show(&opened.reader, &options, stdout);
        (void)fflush(stdout);
        warn(cli, &opened, status);
    }
    close_trace(&opened);
    return status == RH_DONE || status == RH_TRUNCATED ? CLI_EXIT_HELD : CLI_EXIT_USAGE;
}

int cli_trace_diff(struct cli *cli)
{
    struct opened a;
    struct opened b = {0};
    if (cli->arguments.operand_count != 2) {
        return cli_complain(cli, CLI_EXIT_USAGE, "'trace diff' needs two traces");
    }
    int code = CLI_EXIT_USAGE;
    if (open_trace(cli, cli->arguments.operands[0], &a) &&
        open_trace(cli, cli->arguments.operands[1], &b)) {
        bool same = rh_trace_diff(&a.reader, a.path, &b.reader, b.path, stdout);
        code = same ? CLI_EXIT_HELD : CLI_EXIT_FAILED;
        (void)fflush(stdout);
        warn(cli, &a, RH_OK);
        warn(cli, &b, RH_OK);
    }
    close_trace(&a);
    close_trace(&b);
    return code;
}
