/* SPDX-License-Identifier: MIT */
/*
 * `run`: play scenarios one after the other, report each as soon as it is known, keep the traces of those that failed.
 *
 * The code of the whole is that of the worst: a bug of ours, then a file that is no scenario, a run that is not
 * deterministic, a failure, and last what could not be decided.
 */
#include "harness/cli/shrink.h"

#include "harness/scenario/words.h"
#include "harness/trace/show.h"
#include "harness/trace/trace.h"

#include <stdlib.h>
#include <string.h>

#define PATH_WIDTH_MAX 56U
#define TRACE_PATH_BYTES 1024

struct suite {
    struct cli *cli;
    struct rh_report report;
    size_t played;
    bool has_bad_file;
    bool has_internal;
    bool has_divergence;
    bool has_violation;
    bool has_unknown;
};

/* One exploration under way. */
struct play {
    struct suite *suite;
    struct cli_progress progress;
    struct rh_trace_file *file; /**< where its trace goes while it grows; NULL: nowhere */
};

static bool go_on(void *self, uint64_t runs)
{
    struct play *play = self;
    cli_progress_tell(&play->progress, runs);
    return cli_interrupt_signal() == 0;
}

/* A run that is killed leaves what it had done so far. */
static enum rh_status write_trace(void *self, const uint8_t *bytes, size_t size)
{
    struct rh_trace_file *file = ((struct play *)self)->file;
    if (size == 0) {
        return rh_trace_file_rewind(file);
    }
    struct rh_trace_sink sink = rh_trace_sink_file(file);
    return sink.write(sink.self, bytes, size);
}

static const struct cli_value *value_of(const struct suite *suite, enum cli_option option)
{
    return &suite->cli->arguments.values[option];
}

/* "pct:4" is pct of depth 4. */
static size_t split_strategy(const char *text, uint64_t *ret_depth)
{
    const char *colon = strchr(text, ':');
    *ret_depth = 0;
    bool is_pct = strncmp(text, "pct:", 4) == 0 && cli_number(colon + 1, ret_depth) &&
                  *ret_depth >= 1 && *ret_depth <= 64;
    return is_pct ? 3 : strlen(text);
}

static enum rh_status explore(struct play *play, const struct rh_scenario *scenario,
                              struct rh_result *result)
{
    const struct suite *suite = play->suite;
    const char *name = value_of(suite, CLI_OPTION_STRATEGY)->text;
    uint64_t depth = 0;
    bool is_pct = name != NULL && split_strategy(name, &depth) < strlen(name);
    struct rh_scenario_strategy strategy = {
        .name = is_pct ? "pct" : name,
        .depth = depth,
        .has_runs = value_of(suite, CLI_OPTION_RUNS)->is_set,
        .runs = value_of(suite, CLI_OPTION_RUNS)->number,
        .has_seed = value_of(suite, CLI_OPTION_SEED)->is_set,
        .seed = value_of(suite, CLI_OPTION_SEED)->number,
    };
    bool is_other = strategy.name != NULL || strategy.has_runs || strategy.has_seed;
    struct rh_explore_options options = {
        .strategies = &strategy,
        .strategy_count = is_other ? 1 : 0,
        .keep_trace = value_of(suite, CLI_OPTION_TRACE)->is_set ||
                      value_of(suite, CLI_OPTION_CHECK_DETERMINISM)->is_set,
        .go_on = go_on,
        .trace = play->file == NULL ? NULL : write_trace,
        .self = play,
    };
    return rh_scenario_explore(scenario, &options, result);
}

/* A turn that never ends is left behind as it is. */
static enum rh_status explore_for_a_while(struct play *play, const struct rh_scenario *scenario,
                                          struct rh_result *result)
{
    if (sigsetjmp(*cli_interrupt_point(), 1) != 0) {
        *result = (struct rh_result){.path = rh_scenario_path(scenario),
                                     .title = rh_scenario_title(scenario),
                                     .verdict = RH_VERDICT_SKIPPED,
                                     .strategy = ""};
        (void)snprintf(result->why, sizeof result->why, "interrupted in a turn that does not end");
        return RH_OK;
    }
    cli_interrupt_arm();
    enum rh_status status = explore(play, scenario, result);
    cli_interrupt_disarm();
    if (cli_interrupt_signal() != 0 && result->verdict == RH_VERDICT_UNKNOWN) {
        result->verdict = RH_VERDICT_SKIPPED;
    }
    return status;
}

/* ---- determinism ---- */

static void print_difference(const struct rh_result *one, const struct rh_result *two)
{
    struct rh_trace_reader a;
    struct rh_trace_reader b;
    enum rh_status a_status = rh_trace_open(&a, NULL, one->trace.bytes, one->trace.size);
    enum rh_status b_status = rh_trace_open(&b, NULL, two->trace.bytes, two->trace.size);
    if (a_status == RH_OK && b_status == RH_OK) {
        (void)rh_trace_diff(&a, "first time", &b, "second time", stdout);
    }
    rh_trace_close(&a);
    rh_trace_close(&b);
}

/* Explore again and compare; a difference makes an error of the result. */
static void check_determinism(struct play *play, const struct rh_scenario *scenario,
                              struct rh_result *result)
{
    struct rh_result again;
    play->file = NULL;
    enum rh_status status = explore_for_a_while(play, scenario, &again);
    bool same = status == RH_OK && memcmp(again.digest, result->digest, sizeof again.digest) == 0 &&
                again.runs == result->runs && again.events == result->events &&
                again.verdict == result->verdict;
    if (!same && cli_interrupt_signal() == 0) {
        play->suite->has_divergence = true;
        result->verdict = RH_VERDICT_ERROR;
        result->has_violation = false;
        (void)snprintf(result->why, sizeof result->why,
                       "not deterministic: digest %016llx%016llx, the second time %016llx%016llx",
                       (unsigned long long)result->digest[0], (unsigned long long)result->digest[1],
                       (unsigned long long)again.digest[0], (unsigned long long)again.digest[1]);
        print_difference(result, &again);
    }
    rh_result_deinit(&again);
}

/* ---- traces ---- */

/* Write what is to be kept; returns where the trace of a failure is, NULL for none. */
static const char *keep_trace(struct suite *suite, const struct rh_result *result, char *path,
                              size_t capacity)
{
    const char *wanted = value_of(suite, CLI_OPTION_TRACE)->text;
    if (wanted != NULL) {
        (void)snprintf(path, capacity, "%s", wanted); /* it is there already */
        return path;
    }
    if (result->trace.size == 0 || !result->has_violation) {
        return NULL;
    }
    cli_trace_path(suite->cli, result->path, result->seed, path, capacity);
    if (!cli_write_file(suite->cli, path, result->trace.bytes, result->trace.size)) {
        suite->has_internal = true;
        return NULL;
    }
    return path;
}

/* ---- one scenario ---- */

static void count(struct suite *suite, const struct rh_result *result)
{
    suite->played++;
    suite->has_violation = suite->has_violation || result->verdict == RH_VERDICT_FAILED ||
                           result->verdict == RH_VERDICT_VACUOUS;
    suite->has_unknown = suite->has_unknown || result->verdict == RH_VERDICT_UNKNOWN;
}

/* Open what --trace names. */
static bool open_trace(struct play *play, struct rh_trace_file *file)
{
    const char *path = value_of(play->suite, CLI_OPTION_TRACE)->text;
    if (path != NULL && cli_open_trace(play->suite->cli, path, file)) {
        play->file = file;
    }
    return path == NULL || play->file != NULL;
}

static void close_trace(struct play *play, struct rh_trace_file *file)
{
    const char *path = value_of(play->suite, CLI_OPTION_TRACE)->text;
    if (file->descriptor >= 0 && rh_trace_file_close(file) != RH_OK) {
        play->suite->has_internal = true;
        (void)cli_complain(play->suite->cli, CLI_EXIT_INTERNAL, "%s: %s", path,
                           strerror(file->os_error));
    }
}

static void play_scenario(struct suite *suite, const struct rh_scenario *scenario)
{
    struct play play = {.suite = suite};
    struct rh_trace_file file = {.descriptor = -1};
    struct rh_result result;
    char path[TRACE_PATH_BYTES];
    if (!open_trace(&play, &file)) {
        suite->has_internal = true;
        return;
    }
    cli_progress_start(&play.progress, rh_scenario_path(scenario));
    enum rh_status status = explore_for_a_while(&play, scenario, &result);
    if (status == RH_OK && value_of(suite, CLI_OPTION_CHECK_DETERMINISM)->is_set &&
        cli_interrupt_signal() == 0) {
        check_determinism(&play, scenario, &result);
    }
    cli_progress_end(&play.progress);
    close_trace(&play, &file);
    if (status == RH_NO_MEMORY || (result.verdict == RH_VERDICT_ERROR && !suite->has_divergence)) {
        suite->has_internal = true;
    }
    struct rh_report_entry entry = {.result = &result,
                                    .trace_path = keep_trace(suite, &result, path, sizeof path),
                                    .elapsed = cli_clock() - play.progress.started};
    struct cli_shrunk_texts shrunk;
    count(suite, &result);
    if (entry.trace_path != NULL && result.has_violation && !result.is_of_no_run &&
        cli_shrink_result(suite->cli, &result, entry.trace_path, &shrunk)) {
        entry.shrunk_path = shrunk.path;
        entry.shrunk_size = shrunk.size;
        entry.nearest = shrunk.nearest;
    }
    rh_report_result(&suite->report, &entry);
    if (value_of(suite, CLI_OPTION_DIGESTS)->is_set) {
        (void)printf("digest %016llx%016llx  %s\n", (unsigned long long)result.digest[0],
                     (unsigned long long)result.digest[1], result.path);
    }
    (void)fflush(stdout);
    rh_result_deinit(&result);
}

static void play_file(struct suite *suite, const char *path)
{
    struct rh_scenario *scenario = cli_load(suite->cli, path);
    if (scenario == NULL) {
        suite->has_internal = true;
        return;
    }
    if (cli_is_selected(suite->cli, scenario)) {
        if (rh_scenario_error_count(scenario) == 0) {
            play_scenario(suite, scenario);
        } else {
            char *text = cli_diagnostics(suite->cli, scenario);
            suite->has_bad_file = true;
            rh_report_bad_file(&suite->report, path, text == NULL ? "" : text);
            free(text);
        }
    }
    rh_scenario_destroy(scenario);
}

/* ---- all of them ---- */

/* What makes all runs again what they were. */
static const char *options_of(const struct cli *cli, char *text, size_t capacity)
{
    const struct cli_value *values = cli->arguments.values;
    size_t at = 0;
    text[0] = '\0';
    if (values[CLI_OPTION_STRATEGY].is_set) {
        at += (size_t)snprintf(text, capacity, "--strategy %s", values[CLI_OPTION_STRATEGY].text);
    }
    if (values[CLI_OPTION_SEED].is_set) {
        at += (size_t)snprintf(text + at, capacity - at, "%s--seed 0x%llx", at > 0 ? " " : "",
                               (unsigned long long)values[CLI_OPTION_SEED].number);
    }
    if (values[CLI_OPTION_RUNS].is_set) {
        at += (size_t)snprintf(text + at, capacity - at, "%s--runs %llu", at > 0 ? " " : "",
                               (unsigned long long)values[CLI_OPTION_RUNS].number);
    }
    return at > 0 ? text : NULL;
}

static int code_of(const struct suite *suite)
{
    int signal = cli_interrupt_signal();
    if (signal != 0) {
        return 128 + signal;
    }
    if (suite->has_internal) {
        return CLI_EXIT_INTERNAL;
    }
    if (suite->has_bad_file) {
        return CLI_EXIT_USAGE;
    }
    if (suite->played == 0) {
        return CLI_EXIT_NOTHING;
    }
    if (suite->has_divergence) {
        return CLI_EXIT_DIVERGED;
    }
    if (suite->has_violation) {
        return CLI_EXIT_FAILED;
    }
    return suite->has_unknown ? CLI_EXIT_INCONCLUSIVE : CLI_EXIT_HELD;
}

static unsigned widest(const struct cli_files *files)
{
    size_t width = 0;
    for (size_t i = 0; i < files->count; i++) {
        size_t length = strlen(files->paths[i]);
        width = length > width ? length : width;
    }
    return (unsigned)(width < PATH_WIDTH_MAX ? width : PATH_WIDTH_MAX);
}

static int play_all(struct cli *cli, const struct cli_files *files)
{
    char options[160]; /* the strategy is a known word */
    struct suite suite = {
        .cli = cli,
        .has_bad_file = files->has_flaw,
        .report = {.out = stdout,
                   .with_colour = cli->with_colour,
                   .is_quiet = cli_has(cli, CLI_OPTION_QUIET),
                   .is_verbose = cli_has(cli, CLI_OPTION_VERBOSE),
                   .width = cli->width,
                   .path_width = widest(files),
                   .command = cli->command,
                   .options = options_of(cli, options, sizeof options)},
    };
    bool fails_fast = cli_has(cli, CLI_OPTION_FAIL_FAST);
    for (size_t i = 0; i < files->count && cli_interrupt_signal() == 0; i++) {
        play_file(&suite, files->paths[i]);
        if (fails_fast && suite.report.failed > 0) {
            break;
        }
    }
    cli_interrupt_done();
    if (suite.played == 0 && !suite.has_bad_file && !suite.has_internal) {
        (void)cli_complain(cli, CLI_EXIT_NOTHING, "no scenario was selected");
    }
    if (cli_interrupt_signal() != 0) {
        (void)cli_complain(cli, CLI_EXIT_INTERRUPTED, "interrupted");
    }
    rh_report_summary(&suite.report);
    return code_of(&suite);
}

static bool knows_strategy(const struct cli *cli, const char *strategy)
{
    uint64_t depth;
    size_t length = strategy == NULL ? 0 : split_strategy(strategy, &depth);
    bool known = strategy == NULL;
    for (size_t i = 0; i < RH_PLAN_STRATEGY_COUNT && !known; i++) {
        const char *word = rh_plan_strategy_words[i];
        known = strlen(word) == length && strncmp(word, strategy, length) == 0;
    }
    if (!known) {
        char all[160] = "";
        size_t at = 0;
        for (size_t i = 0; i < RH_PLAN_STRATEGY_COUNT; i++) {
            at += (size_t)snprintf(all + at, sizeof all - at, "%s%s",
                                   i == 0                            ? ""
                                   : i == RH_PLAN_STRATEGY_COUNT - 1 ? " and "
                                                                     : ", ",
                                   rh_plan_strategy_words[i]);
        }
        (void)cli_complain(cli, CLI_EXIT_USAGE, "there is no strategy '%s'; there are %s", strategy,
                           all);
    }
    return known;
}

int cli_run(struct cli *cli)
{
    struct cli_files files;
    if (!knows_strategy(cli, cli_text(cli, CLI_OPTION_STRATEGY))) {
        return CLI_EXIT_USAGE;
    }
    if (cli_has(cli, CLI_OPTION_RUNS) && cli->arguments.values[CLI_OPTION_RUNS].number == 0) {
        return cli_complain(cli, CLI_EXIT_USAGE,
                            "'--runs' takes a number from 1 up: no run shows nothing");
    }
    if (!cli_files_find(cli, "scenarios", &files)) {
        cli_files_deinit(&files);
        return CLI_EXIT_USAGE;
    }
    int code = CLI_EXIT_USAGE;
    if (cli_has(cli, CLI_OPTION_TRACE) && files.count != 1) {
        (void)cli_complain(cli, CLI_EXIT_USAGE, "'--trace' is for one scenario, not %zu",
                           files.count);
    } else {
        cli_interrupt_watch();
        code = play_all(cli, &files);
    }
    cli_files_deinit(&files);
    return code;
}
