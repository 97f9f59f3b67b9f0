/* SPDX-License-Identifier: MIT */
/*
 * `shrink`, `explain`, `save`: from a failing run to the smallest scenario that fails in the same way, its story, and a file
 * that keeps it from coming back.
 *
 * All three take a trace or a scenario. A scenario is explored first, as `run` would; what fails in it is what is meant. A
 * file that was shrunk already is told as it is.
 */
#include "harness/cli/shrink.h"

#include "harness/cli/against.h"
#include "harness/cli/output.h"
#include "harness/shrink/tell.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TRACE_BYTES_MAX ((size_t)1 << 30)
/* Behind a run, which is to be reported soon. */
#define RUNS_BEHIND_A_RUN 2000
#define EVENTS_BEHIND_A_RUN 500000

/* ---- where it comes from ---- */

struct origin {
    const struct cli *cli;
    const char *path;
    uint8_t *bytes; /* of the trace */
    size_t size;
    bool is_trace;
    uint64_t seed;     /* of the run that failed */
    uint64_t deadline; /* of the clock; 0: none */
    uint64_t asked;
    struct cli_progress progress;
};

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text);
    size_t end_length = strlen(end);
    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

static bool go_on(void *self)
{
    struct origin *origin = self;
    cli_progress_tell(&origin->progress, ++origin->asked);
    return cli_interrupt_signal() == 0 && (origin->deadline == 0 || cli_clock() < origin->deadline);
}

static void set_deadline(struct origin *origin)
{
    const struct cli_value *time = &origin->cli->arguments.values[CLI_OPTION_SHRINK_TIME];
    origin->deadline = time->is_set ? cli_clock_after(time->number, 1000000000) : 0;
}

static bool goes_on(void *self, uint64_t runs)
{
    struct origin *origin = self;
    cli_progress_tell(&origin->progress, runs);
    return cli_interrupt_signal() == 0;
}

/* Explore a scenario until it fails. */
static int find_failure(struct origin *origin, const struct rh_scenario *scenario)
{
    struct rh_result result;
    const struct rh_explore_options options = {.go_on = goes_on, .self = origin};
    enum rh_status status = rh_scenario_explore(scenario, &options, &result);
    int code = CLI_EXIT_HELD;
    if (status != RH_OK) {
        code = cli_complain(origin->cli, CLI_EXIT_INTERNAL, "%s: %s", origin->path,
                            rh_status_sentence(status));
    } else if (!result.has_violation || result.is_of_no_run || result.trace.size == 0) {
        (void)printf("%s: %s in %llu run%s: there is nothing to %s\n", origin->path,
                     result.has_violation ? "no single run fails" : "nothing failed",
                     (unsigned long long)result.runs, result.runs == 1 ? "" : "s",
                     cli_command_words(origin->cli->arguments.command));
        code = CLI_EXIT_NOTHING;
    } else {
        origin->bytes = malloc(result.trace.size);
        origin->size = result.trace.size;
        origin->seed = result.seed;
        if (origin->bytes == NULL) {
            code = cli_complain(origin->cli, CLI_EXIT_INTERNAL, "out of memory");
        } else {
            memcpy(origin->bytes, result.trace.bytes, result.trace.size);
        }
    }
    rh_result_deinit(&result);
    return code;
}

static int open_scenario(struct origin *origin)
{
    struct rh_scenario *scenario = cli_load(origin->cli, origin->path);
    int code = CLI_EXIT_INTERNAL;
    if (scenario != NULL && rh_scenario_error_count(scenario) > 0) {
        char *text = cli_diagnostics(origin->cli, scenario);
        (void)fputs(text == NULL ? "" : text, stderr);
        free(text);
        code = CLI_EXIT_USAGE;
    } else if (scenario != NULL) {
        code = find_failure(origin, scenario);
    }
    rh_scenario_destroy(scenario);
    return code;
}

static int open_origin(struct origin *origin)
{
    const struct cli *cli = origin->cli;
    if (cli->arguments.operand_count != 1) {
        return cli_complain(cli, CLI_EXIT_USAGE, "'%s' needs one trace or scenario",
                            cli_command_words(cli->arguments.command));
    }
    origin->path = cli->arguments.operands[0];
    const char *output = cli_text(cli, CLI_OPTION_OUTPUT);
    if (output != NULL && cli_is_same_file(output, origin->path)) {
        return cli_complain(cli, CLI_EXIT_USAGE, "%s is what is read: give another name", output);
    }
    cli_progress_start(&origin->progress, origin->path);
    cli_interrupt_watch();
    origin->is_trace = !ends_with(origin->path, ".yaml") && !ends_with(origin->path, ".yml");
    if (!origin->is_trace) {
        return open_scenario(origin);
    }
    return cli_read_file(cli, origin->path, TRACE_BYTES_MAX, &origin->bytes, &origin->size)
               ? CLI_EXIT_HELD
               : CLI_EXIT_USAGE;
}

/* ---- files ---- */

/* Of a trace "a.trace", with ".shrunk.yaml", it is "a.shrunk.yaml"; of what is shrunk already as well. */
static void shrunk_path(const char *trace, const char *ending, char *path, size_t capacity)
{
    size_t length = strlen(trace);
    static const char *const endings[] = {".trace", ".yaml", ".yml", ".shrunk"};
    size_t count = strncmp(ending, ".shrunk", 7) == 0 ? 4 : 3;
    for (size_t i = 0; i < count; i++) {
        size_t end = strlen(endings[i]);
        if (length > end && memcmp(trace + length - end, endings[i], end) == 0) {
            length -= end;
        }
    }
    (void)snprintf(path, capacity, "%.*s%s", (int)length, trace, ending);
}

/* Write the scenario, and its trace beside it. */
static bool write_both(const struct cli *cli, const char *path, struct rh_text text,
                       struct rh_report_trace trace)
{
    char beside[CLI_PATH_BYTES];
    shrunk_path(path, ".trace", beside, sizeof beside);
    return cli_write_file(cli, path, (const uint8_t *)text.bytes, text.size) &&
           (trace.size == 0 || cli_write_file(cli, beside, trace.bytes, trace.size));
}

static bool write_shrunk(const struct cli *cli, const struct rh_shrunk *shrunk, const char *path)
{
    return write_both(cli, path, (struct rh_text){shrunk->text, shrunk->length},
                      (struct rh_report_trace){shrunk->trace.bytes, shrunk->trace.size});
}

bool cli_write_shrunk_entry(const struct cli *cli, const struct rh_report_entry *entry,
                            const char *trace, char *path, size_t capacity)
{
    const char *text = entry->shrunk_text;
    bool has_own = entry->replay_trace.size > 0;
    shrunk_path(trace, ".shrunk.yaml", path, capacity);
    return text != NULL && write_both(cli, path, (struct rh_text){text, strlen(text)},
                                      has_own ? entry->replay_trace : entry->shrunk_trace);
}

/* Where the scenario goes: where the user wants it, or beside the trace of the failing run. */
static void place_of(const struct origin *origin, char *path, size_t capacity)
{
    const char *output = cli_text(origin->cli, CLI_OPTION_OUTPUT);
    char trace[CLI_PATH_BYTES];
    if (output != NULL) {
        (void)snprintf(path, capacity, "%s", output);
    } else if (origin->is_trace) {
        shrunk_path(origin->path, ".shrunk.yaml", path, capacity);
    } else {
        const struct rh_results_play play = {.path = origin->path};
        cli_trace_path(origin->cli, NULL, &play, origin->seed, ".trace", trace);
        shrunk_path(trace, ".shrunk.yaml", path, capacity);
    }
}

static int shrink_origin(struct origin *origin, bool only_tells, struct rh_shrunk *shrunk)
{
    const struct cli *cli = origin->cli;
    char path[CLI_PATH_BYTES];
    struct cli_against against;
    place_of(origin, path, sizeof path);
    if (!cli_against_open(&against, cli)) {
        return CLI_EXIT_INTERNAL;
    }
    const struct rh_shrink_options options = {
        .program = cli->program,
        .path = only_tells ? NULL : path,
        .runs = cli->arguments.values[CLI_OPTION_SHRINK_RUNS].number,
        .only_tells = only_tells,
        .holds = against.program == NULL ? NULL : cli_against_holds,
        .holds_self = &against,
        .go_on = go_on,
        .self = origin,
    };
    set_deadline(origin);
    enum rh_status status = rh_shrink(&options, origin->bytes, origin->size, shrunk);
    cli_progress_end(&origin->progress);
    cli_against_close(&against);
    if (against.is_out_of_order) {
        return CLI_EXIT_USAGE;
    }
    switch (status) {
    case RH_OK:
        return CLI_EXIT_HELD;
    case RH_NOT_FOUND:
        (void)printf("%s: nothing failed in this run: there is nothing to %s\n", origin->path,
                     cli_command_words(cli->arguments.command));
        return CLI_EXIT_NOTHING;
    case RH_TAKEN:
        return cli_complain(cli, CLI_EXIT_USAGE, "%s: does not hold in %s either", origin->path,
                            against.program);
    case RH_DIVERGED:
        return cli_complain(cli, CLI_EXIT_DIVERGED,
                            "%s: the failure does not come again, neither as recorded nor in other "
                            "orders",
                            origin->path);
    case RH_LIMIT:
        return cli_complain(cli, CLI_EXIT_INCONCLUSIVE,
                            "%s: the run is too long to be made small within the budget; "
                            "--shrink-runs gives it more",
                            origin->path);
    case RH_INVALID:
        return cli_complain(cli, CLI_EXIT_USAGE,
                            "%s: carries no scenario, or one that this program cannot play",
                            origin->path);
    case RH_NO_MEMORY:
        return cli_complain(cli, CLI_EXIT_INTERNAL, "out of memory");
    default:
        return cli_complain(cli, CLI_EXIT_USAGE, "%s: not a trace that can be read", origin->path);
    }
}

static void close_origin(struct origin *origin)
{
    cli_interrupt_done();
    free(origin->bytes);
}

/* ---- what is said ---- */

static struct rh_tell tell_of(const struct cli *cli)
{
    return (struct rh_tell){.out = stdout, .width = cli->width, .with_colour = cli->with_colour};
}

static void put_command(const struct cli *cli, const char *title, const char *verb,
                        const char *operand)
{
    (void)printf("  %s%-9s%s ", cli->with_colour ? "\x1b[1m" : "", title,
                 cli->with_colour ? "\x1b[0m" : "");
    rh_report_quoted(stdout, cli->command);
    (void)printf(" %s ", verb);
    rh_report_quoted(stdout, operand);
    (void)putchar('\n');
}

static void print_sizes(const struct rh_shrunk *shrunk, char *buffer, size_t capacity)
{
    const struct rh_shrink_size *before = &shrunk->before;
    const struct rh_shrink_size *after = &shrunk->after;
    char faults[64] = "";
    if (before->faults > 0) {
        (void)snprintf(faults, sizeof faults, "%lu of %lu fault%s, ", (unsigned long)after->faults,
                       (unsigned long)before->faults, before->faults == 1 ? "" : "s");
    }
    char schedule[48] = "first in, first out";
    if (shrunk->schedule.count > 0) {
        (void)snprintf(schedule, sizeof schedule, "%zu line%s of schedule", shrunk->schedule.count,
                       shrunk->schedule.count == 1 ? "" : "s");
    }
    (void)snprintf(buffer, capacity, "%llu of %llu steps, %lu of %lu actors, %s%s",
                   (unsigned long long)after->steps, (unsigned long long)before->steps,
                   (unsigned long)after->actors, (unsigned long)before->actors, faults, schedule);
}

static void put_text(const struct rh_shrunk *shrunk)
{
    const char *at = shrunk->text;
    while (*at != '\0') {
        size_t length = strcspn(at, "\n");
        (void)printf("%s%.*s\n", length == 0 ? "" : "    ", (int)length, at);
        at += length + (at[length] == '\n');
    }
}

static void tell_shrunk(const struct cli *cli, const struct rh_shrunk *shrunk, const char *path)
{
    const struct rh_tell tell = tell_of(cli);
    const char *bold = cli->with_colour ? "\x1b[1m" : "";
    const char *off = cli->with_colour ? "\x1b[0m" : "";
    char trace[CLI_PATH_BYTES];
    char sizes[160];
    shrunk_path(path, ".trace", trace, sizeof trace);
    print_sizes(shrunk, sizes, sizeof sizes);
    (void)printf("%s%s%s: '%s' in %s\n%s\n", bold, path, off, shrunk->failure.invariant, sizes,
                 shrunk->is_whole ? "Nothing single can be left out."
                                  : "Cut short: it could be smaller; --shrink-runs gives it more.");
    rh_tell_failure(&tell, shrunk);
    (void)putchar('\n');
    put_text(shrunk);
    (void)putchar('\n');
    rh_tell_diagram(&tell, shrunk);
    rh_tell_neighbour(&tell, shrunk);
    (void)putchar('\n');
    put_command(cli, "explain", "explain", path);
    put_command(cli, "keep it", "save", path);
    put_command(cli, "replay", "replay", trace);
}

int cli_shrink(struct cli *cli)
{
    struct origin origin = {.cli = cli};
    struct rh_shrunk shrunk = {0};
    int code = open_origin(&origin);
    if (code == CLI_EXIT_HELD) {
        code = shrink_origin(&origin, false, &shrunk);
    }
    if (code == CLI_EXIT_HELD) {
        char path[CLI_PATH_BYTES];
        place_of(&origin, path, sizeof path);
        if (write_shrunk(cli, &shrunk, path)) {
            tell_shrunk(cli, &shrunk, path);
        } else {
            code = CLI_EXIT_INTERNAL;
        }
    }
    rh_shrunk_deinit(&shrunk);
    close_origin(&origin);
    return code;
}

int cli_explain(struct cli *cli)
{
    struct origin origin = {.cli = cli};
    struct rh_shrunk shrunk = {0};
    const struct rh_tell tell = tell_of(cli);
    int code = open_origin(&origin);
    if (code == CLI_EXIT_HELD) {
        code = shrink_origin(&origin, true, &shrunk);
    }
    if (code == CLI_EXIT_HELD) {
        (void)printf("%s%s%s: %s\n", cli->with_colour ? "\x1b[1m" : "", origin.path,
                     cli->with_colour ? "\x1b[0m" : "", rh_scenario_title(shrunk.scenario));
        (void)printf("'%s' is violated.\n", shrunk.failure.invariant);
        rh_tell_failure(&tell, &shrunk);
        rh_tell_steps(&tell, &shrunk);
        rh_tell_neighbour(&tell, &shrunk);
    }
    rh_shrunk_deinit(&shrunk);
    close_origin(&origin);
    return code;
}

/* ---- save ---- */

/* "scenarios/links/exit.yaml" -> "links-exit"; ".rehearse/traces/links.exit.0x2a.shrunk.yaml" as well. */
static void name_regression(const char *path, char *name, size_t capacity)
{
    static const char *const beginnings[] = {"./", "scenarios/", ".rehearse/traces/"};
    size_t at = 0;
    for (size_t i = 0; i < sizeof beginnings / sizeof beginnings[0]; i++) {
        size_t length = strlen(beginnings[i]);
        path += strncmp(path, beginnings[i], length) == 0 ? length : 0;
    }
    for (; *path != '\0' && at + 1 < capacity; path++) {
        if (strcmp(path, ".yaml") == 0 || strcmp(path, ".yml") == 0 ||
            strncmp(path, ".0x", 3) == 0) {
            break;
        }
        bool is_odd = strchr("/.~ ", *path) != NULL;
        name[at++] = is_odd ? '-' : *path;
    }
    name[at] = '\0';
}

static int write_regression(struct cli *cli, const struct rh_shrunk *shrunk)
{
    char name[256] = "";
    char path[CLI_PATH_BYTES];
    const char *output = cli_text(cli, CLI_OPTION_OUTPUT);
    name_regression(rh_scenario_path(shrunk->scenario), name, sizeof name);
    (void)snprintf(path, sizeof path, "scenarios/regressions/%s.yaml", name);
    output = output == NULL ? path : output;
    if (access(output, F_OK) == 0) {
        return cli_complain(cli, CLI_EXIT_USAGE,
                            "%s is there already; give another name with --output", output);
    }
    if (!cli_write_file(cli, output, (const uint8_t *)shrunk->regression,
                        shrunk->regression_length)) {
        return CLI_EXIT_INTERNAL;
    }
    (void)printf("%s: fails with '%s' until the bug is mended, and passes from then on\n", output,
                 shrunk->failure.invariant);
    return CLI_EXIT_HELD;
}

int cli_save(struct cli *cli)
{
    struct origin origin = {.cli = cli};
    struct rh_shrunk shrunk = {0};
    int code = open_origin(&origin);
    if (code == CLI_EXIT_HELD) {
        code = shrink_origin(&origin, false, &shrunk);
    }
    if (code == CLI_EXIT_HELD) {
        code = write_regression(cli, &shrunk);
    }
    rh_shrunk_deinit(&shrunk);
    close_origin(&origin);
    return code;
}

/* ---- behind a run ---- */

static void take_trace(struct rh_bytes_owned *from, struct rh_bytes_owned *to)
{
    *to = *from;
    *from = (struct rh_bytes_owned){0};
}

static void drop_trace(struct rh_bytes_owned *trace)
{
    if (trace->bytes != NULL) {
        trace->allocator->release(trace->allocator->self, trace->bytes, trace->capacity);
    }
    *trace = (struct rh_bytes_owned){0};
}

void cli_shrunk_texts_deinit(struct cli_shrunk_texts *texts)
{
    free(texts->text);
    texts->text = NULL;
    drop_trace(&texts->trace);
    drop_trace(&texts->nearest_trace);
    drop_trace(&texts->replay_trace);
}

bool cli_shrink_result(const struct cli *cli, const struct rh_result *result, const char *trace,
                       struct cli_shrunk_texts *ret_texts)
{
    struct origin origin = {.cli = cli, .path = trace};
    struct rh_shrunk shrunk = {0};
    const struct cli_value *runs = &cli->arguments.values[CLI_OPTION_SHRINK_RUNS];
    *ret_texts = (struct cli_shrunk_texts){.text = NULL};
    shrunk_path(trace, ".shrunk.yaml", ret_texts->path, sizeof ret_texts->path);
    const struct rh_shrink_options options = {
        .program = cli->program,
        .path = ret_texts->path,
        .runs = runs->is_set ? runs->number : RUNS_BEHIND_A_RUN,
        .events = runs->is_set ? 0 : EVENTS_BEHIND_A_RUN,
        .go_on = go_on,
        .self = &origin,
    };
    bool is_shrunk = result->path != NULL && ends_with(result->path, ".shrunk.yaml");
    if (cli_has(cli, CLI_OPTION_NO_SHRINK) || cli_interrupt_signal() != 0 || is_shrunk) {
        return false;
    }
    set_deadline(&origin);
    cli_progress_start(&origin.progress, "making it small");
    enum rh_status status = rh_shrink(&options, result->trace.bytes, result->trace.size, &shrunk);
    cli_progress_end(&origin.progress);
    bool is_had = status == RH_OK && write_shrunk(cli, &shrunk, ret_texts->path);
    if (is_had) {
        print_sizes(&shrunk, ret_texts->size, sizeof ret_texts->size);
        rh_tell_nearest(&shrunk, true, ret_texts->nearest, sizeof ret_texts->nearest);
        if (shrunk.beside_trace.size > 0) {
            take_trace(&shrunk.beside_trace, &ret_texts->trace);
            take_trace(&shrunk.trace, &ret_texts->replay_trace);
        } else {
            take_trace(&shrunk.trace, &ret_texts->trace);
        }
        ret_texts->text = strndup(shrunk.text, shrunk.length);
        take_trace(&shrunk.nearest_trace, &ret_texts->nearest_trace);
    }
    rh_shrunk_deinit(&shrunk);
    return is_had;
}
