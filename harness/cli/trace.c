/* SPDX-License-Identifier: MIT */
/* `trace show`, `trace diff` and `trace export`. */
#include "harness/cli/output.h"

#include "harness/document/diagnostic.h"
#include "harness/trace/show.h"

#include <rehearse/export.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

/* An actor that is asked for has to be there, and steps to choose from. */
static bool can_be_chosen(const struct cli *cli, struct opened *opened)
{
    const struct cli_value *values = cli->arguments.values;
    const struct cli_value *actors = &values[CLI_OPTION_ACTOR];
    const struct cli_value *to = &values[CLI_OPTION_TO];
    struct rh_trace_item item;
    if (to->is_set && to->number < values[CLI_OPTION_FROM].number) {
        (void)cli_complain(cli, CLI_EXIT_USAGE, "there is nothing from step %s to step %s",
                           values[CLI_OPTION_FROM].text, to->text);
        return false;
    }
    while (rh_trace_next(&opened->reader, &item) == RH_OK) {
    }
    for (size_t i = 0; i < actors->count; i++) {
        const char *wanted = actors->repeated[i];
        bool is_there = false;
        for (uint32_t j = 1; j <= opened->reader.name_count && !is_there; j++) {
            struct rh_text name = rh_trace_name(&opened->reader, j);
            is_there = name.size == strlen(wanted) && memcmp(name.bytes, wanted, name.size) == 0;
        }
        if (!is_there) {
            (void)cli_complain(cli, CLI_EXIT_USAGE, "%s: there is no actor %s in this run",
                               opened->path, rh_quote(wanted, strlen(wanted)).text);
            return false;
        }
    }
    return true;
}

int cli_trace_show(struct cli *cli)
{
    struct opened opened;
    if (cli->arguments.operand_count != 1) {
        return cli_complain(cli, CLI_EXIT_USAGE, "'trace show' needs one trace");
    }
    enum rh_status status = RH_MALFORMED;
    if (open_trace(cli, cli->arguments.operands[0], &opened) && can_be_chosen(cli, &opened)) {
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
        rh_trace_rewind(&opened.reader);
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

static bool find_format(const struct cli *cli, enum rh_export_format *ret_format)
{
    const char *word = cli_text(cli, CLI_OPTION_FORMAT);
    char all[160] = "";
    size_t at = 0;
    if (word != NULL && rh_export_format_find(word, ret_format)) {
        return true;
    }
    for (unsigned i = 0; i < RH_EXPORT_FORMAT_COUNT; i++) {
        at += (size_t)snprintf(all + at, sizeof all - at, "%s%s", i == 0 ? "" : ", ",
                               rh_export_format_word((enum rh_export_format)i));
    }
    if (word == NULL) {
        (void)cli_complain(cli, CLI_EXIT_USAGE, "'trace export' needs --format, one of %s", all);
    } else {
        (void)cli_complain(cli, CLI_EXIT_USAGE, "'--format' takes one of %s, not %s", all,
                           rh_quote(word, strlen(word)).text);
    }
    return false;
}

static bool read_export_options(struct cli *cli, struct rh_export_options *options)
{
    const struct cli_value *values = cli->arguments.values;
    *options = (struct rh_export_options){
        .width = cli->width,
        .with_everything = cli_has(cli, CLI_OPTION_ALL),
        .only_causes = cli_has(cli, CLI_OPTION_CAUSES),
        .last = values[CLI_OPTION_LAST].number,
        .from_step = values[CLI_OPTION_FROM].number,
        .to_step = values[CLI_OPTION_TO].number,
        .actors = values[CLI_OPTION_ACTOR].repeated,
        .actor_count = values[CLI_OPTION_ACTOR].count,
    };
    if (cli->arguments.operand_count != 1) {
        (void)cli_complain(cli, CLI_EXIT_USAGE, "'trace export' needs one trace");
        return false;
    }
    if (!find_format(cli, &options->format)) {
        return false;
    }
    bool chooses = options->last != 0 || options->only_causes || options->from_step != 0;
    if (chooses && !rh_export_has_events(options->format)) {
        (void)cli_complain(cli, CLI_EXIT_USAGE,
                           "dot shows a state, not events: '--to STEP' says behind which step; "
                           "'--from', '--last' and '--causes' have no place there");
        return false;
    }
    return true;
}

static enum rh_status export_file(const struct cli *cli, struct rh_export_options *options,
                                  const struct opened *opened, const char *path)
{
    struct cli_output output;
    if (!cli_output_open(cli, path, &output)) {
        return RH_IO;
    }
    options->out = output.file;
    enum rh_status status = rh_export_trace(options, opened->bytes, opened->size);
    bool is_good = status == RH_OK || status == RH_TRUNCATED;
    if (!is_good && status != RH_IO) {
        cli_output_drop(&output);
        return status;
    }
    return cli_output_close(cli, &output, is_good) ? status : RH_IO;
}

static int end_export(const struct cli *cli, const struct opened *opened, const char *path,
                      enum rh_status status)
{
    switch (status) {
    case RH_OK:
    case RH_TRUNCATED:
        return CLI_EXIT_HELD;
    case RH_LIMIT:
        return opened->reader.flaw != NULL
                   ? CLI_EXIT_USAGE
                   : cli_complain(cli, CLI_EXIT_USAGE,
                                  "%s: so many actors that know each other make the clocks too "
                                  "long; try '--last' or '--causes'",
                                  opened->path);
    case RH_IO: /* of a file that was complained about */
        return path != NULL ? CLI_EXIT_INTERNAL
                            : cli_complain(cli, CLI_EXIT_INTERNAL, "standard output: %s",
                                           errno == 0 ? "cannot be written" : strerror(errno));
    case RH_NO_MEMORY:
        return cli_complain(cli, CLI_EXIT_INTERNAL, "out of memory");
    default:
        return CLI_EXIT_USAGE;
    }
}

int cli_trace_export(struct cli *cli)
{
    struct rh_export_options options;
    struct opened opened;
    int code = CLI_EXIT_USAGE;
    const char *path = cli_text(cli, CLI_OPTION_OUTPUT);
    if (!read_export_options(cli, &options)) {
        return CLI_EXIT_USAGE;
    }
    if (path != NULL && cli_is_same_file(path, cli->arguments.operands[0])) {
        return cli_complain(cli, CLI_EXIT_USAGE, "%s is what is read: give another name", path);
    }
    if (open_trace(cli, cli->arguments.operands[0], &opened) && can_be_chosen(cli, &opened)) {
        struct rh_trace_item item;
        enum rh_status status;
        rh_trace_rewind(&opened.reader);
        while ((status = rh_trace_next(&opened.reader, &item)) == RH_OK) {
        }
        errno = 0;
        options.out = stdout;
        enum rh_status done = path == NULL ? rh_export_trace(&options, opened.bytes, opened.size)
                                           : export_file(cli, &options, &opened, path);
        code = end_export(cli, &opened, path, done);
        warn(cli, &opened, status);
    }
    close_trace(&opened);
    return code;
}
