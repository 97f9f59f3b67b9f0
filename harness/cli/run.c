/* SPDX-License-Identifier: MIT */
/*
 * `run`: play scenarios, several at a time if that is wanted, report each in its turn as soon as it is known, keep the traces
 * of those that failed.
 *
 * The code of the whole is that of the worst: a bug of ours, then a file that is no scenario, a run that is not
 * deterministic, a failure, and last what could not be decided.
 */
#include "harness/cli/cli.h"

#include "harness/scenario/words.h"
#include "harness/trace/show.h"
#include "harness/trace/trace.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define JOBS_MAX 256u
#define PATH_WIDTH_MAX 56U
#define TRACE_PATH_BYTES 1024

struct suite {
    struct cli *cli;
    struct rh_report report;
    struct play *plays; /**< one a file */
    struct cli_pool *pool;
    uint32_t jobs;
    atomic_bool has_enough; /**< what is still played does not matter any more */
    size_t played;
    bool has_bad_file;
    bool has_internal;
    bool has_divergence;
    bool has_violation;
    bool has_unknown;
    bool is_stuck; /**< somebody is in a turn that does not end */
};

/* A file, and the exploration of its scenario, by any thread until it is told of. */
struct play {
    struct suite *suite;
    const char *path;
    struct rh_scenario *scenario; /**< NULL: not selected, or out of memory */
    enum {
        PLAY_FAILS,
        PLAY_IS_BAD,
        PLAY_IS_NOT_SELECTED,
        PLAY_IS_DONE
    } end;
    enum rh_status status;
    struct rh_result result;
    struct rh_result again; /**< what came of it the second time, if that was something else */
    bool has_diverged;
    uint64_t elapsed;
    struct cli_progress progress;
    struct rh_trace_file *file; /**< where its trace goes while it grows; NULL: nowhere */
};

static bool go_on(void *self, uint64_t runs)
{
    struct play *play = self;
    if (play->suite->jobs == 1) {
        cli_progress_tell(&play->progress, runs);
    }
    return cli_interrupt_signal() == 0 && !atomic_load(&play->suite->has_enough);
}

static bool hire(void *self)
{
    return cli_pool_hire(((struct play *)self)->suite->pool);
}

static void release(void *self)
{
    cli_pool_release(((struct play *)self)->suite->pool);
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
        .jobs = suite->jobs,
        .hire = hire,
        .release = release,
        .go_on = go_on,
        .trace = play->file == NULL ? NULL : write_trace,
        .self = play,
    };
    return rh_scenario_explore(scenario, &options, result);
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
static void check_determinism(struct play *play)
{
    const struct rh_result *again = &play->again;
    struct rh_result *result = &play->result;
    play->file = NULL;
    enum rh_status status = explore(play, play->scenario, &play->again);
    bool same = status == RH_OK &&
                memcmp(again->digest, result->digest, sizeof again->digest) == 0 &&
                again->runs == result->runs && again->events == result->events &&
                again->verdict == result->verdict;
    if (same || cli_interrupt_signal() != 0) {
        return;
    }
    play->has_diverged = true;
    result->verdict = RH_VERDICT_ERROR;
    result->has_violation = false;
    (void)snprintf(result->why, sizeof result->why,
                   "not deterministic: digest %016llx%016llx, the second time %016llx%016llx",
                   (unsigned long long)result->digest[0], (unsigned long long)result->digest[1],
                   (unsigned long long)again->digest[0], (unsigned long long)again->digest[1]);
}

/* ---- traces ---- */

/* scenarios/links/exit.yaml with seed 42 -> FOLDER/links.exit.0x2a.trace */
static void name_trace(const struct suite *suite, const struct rh_result *result, char *path,
                       size_t capacity)
{
    const char *folder = value_of(suite, CLI_OPTION_TRACE_DIR)->text;
    const char *name = result->path == NULL ? "run" : result->path;
    name += strspn(name, "./"); /* no hidden file, no other folder */
    name += strncmp(name, "scenarios/", 10) == 0 ? 10 : 0;
    size_t length = strlen(name);
    if (length > 5 && strcmp(name + length - 5, ".yaml") == 0) {
        length -= 5;
    }
    size_t at =
        (size_t)snprintf(path, capacity, "%s/", folder == NULL ? ".rehearse/traces" : folder);
    for (size_t i = 0; i < length && at + 32 < capacity; i++) {
        path[at++] = name[i] == '/' ? '.' : name[i];
    }
    (void)snprintf(path + at, capacity - at, ".0x%llx.trace", (unsigned long long)result->seed);
}

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
    name_trace(suite, result, path, capacity);
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
        play->status = RH_NO_MEMORY; /* out of room, rather */
        (void)cli_complain(play->suite->cli, CLI_EXIT_INTERNAL, "%s: %s", path,
                           strerror(file->os_error));
    }
}

/* On any thread. */
static void play_scenario(struct play *play)
{
    struct suite *suite = play->suite;
    struct rh_trace_file file = {.descriptor = -1};
    play->end = PLAY_FAILS;
    if (!open_trace(play, &file)) {
        return;
    }
    cli_progress_start(&play->progress, play->path);
    play->status = explore(play, play->scenario, &play->result);
    if (play->status == RH_OK && value_of(suite, CLI_OPTION_CHECK_DETERMINISM)->is_set &&
        cli_interrupt_signal() == 0) {
        check_determinism(play);
    }
    cli_progress_end(&play->progress);
    close_trace(play, &file);
    if (cli_interrupt_signal() != 0 && play->result.verdict == RH_VERDICT_UNKNOWN) {
        play->result.verdict = RH_VERDICT_SKIPPED;
    }
    play->elapsed = cli_clock() - play->progress.started;
    play->end = PLAY_IS_DONE;
}

static void play_file(void *self, size_t index)
{
    struct suite *suite = self;
    struct play *play = &suite->plays[index];
    play->scenario = cli_load(suite->cli, play->path);
    if (play->scenario == NULL) {
        play->end = PLAY_FAILS;
    } else if (!cli_is_selected(suite->cli, play->scenario)) {
        play->end = PLAY_IS_NOT_SELECTED;
    } else if (rh_scenario_error_count(play->scenario) > 0) {
        play->end = PLAY_IS_BAD;
    } else {
        play_scenario(play);
    }
}

/* A turn that never ends is left behind as it is, whoever is in it. */
static void play_for_a_while(struct suite *suite, size_t index)
{
    struct play *play = &suite->plays[index];
    if (sigsetjmp(*cli_interrupt_point(), 1) != 0) {
        play->end = PLAY_IS_DONE;
        play->status = RH_OK;
        play->result =
            (struct rh_result){.path = play->path, .verdict = RH_VERDICT_SKIPPED, .strategy = ""};
        (void)snprintf(play->result.why, sizeof play->result.why,
                       "interrupted in a turn that does not end");
        suite->is_stuck = true;
        return;
    }
    cli_interrupt_arm();
    cli_pool_finish(suite->pool, index);
    cli_interrupt_disarm();
}

/* ---- telling ---- */

static void tell_result(struct suite *suite, struct play *play)
{
    struct rh_result *result = &play->result;
    char path[TRACE_PATH_BYTES];
    if (play->has_diverged) {
        suite->has_divergence = true;
        print_difference(result, &play->again);
    }
    if (play->status == RH_NO_MEMORY ||
        (result->verdict == RH_VERDICT_ERROR && !play->has_diverged)) {
        suite->has_internal = true;
    }
    struct rh_report_entry entry = {.result = result,
                                    .trace_path = keep_trace(suite, result, path, sizeof path),
                                    .elapsed = play->elapsed};
    count(suite, result);
    rh_report_result(&suite->report, &entry);
    if (value_of(suite, CLI_OPTION_DIGESTS)->is_set) {
        (void)printf("digest %016llx%016llx  %s\n", (unsigned long long)result->digest[0],
                     (unsigned long long)result->digest[1], result->path);
    }
    (void)fflush(stdout);
}

static void tell(struct suite *suite, struct play *play)
{
    if (play->end == PLAY_FAILS) {
        suite->has_internal = true;
    } else if (play->end == PLAY_IS_DONE) {
        tell_result(suite, play);
    } else if (play->end == PLAY_IS_BAD) {
        char *text = cli_diagnostics(suite->cli, play->scenario);
        suite->has_bad_file = true;
        rh_report_bad_file(&suite->report, play->path, text == NULL ? "" : text);
        free(text);
    }
}

static void forget(struct play *play)
{
    rh_result_deinit(&play->again);
    rh_result_deinit(&play->result);
    rh_scenario_destroy(play->scenario);
    play->again = (struct rh_result){0};
    play->result = (struct rh_result){0};
    play->scenario = NULL;
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

static bool start(struct suite *suite, const struct cli_files *files)
{
    suite->plays = calloc(files->count + 1, sizeof *suite->plays);
    if (suite->plays == NULL) {
        return false;
    }
    for (size_t i = 0; i < files->count; i++) {
        suite->plays[i] = (struct play){.suite = suite, .path = files->paths[i]};
    }
    suite->pool =
        cli_pool_start(play_file, suite, files->count, suite->jobs, (size_t)suite->jobs * 4);
    if (suite->pool == NULL) {
        free(suite->plays);
    }
    return suite->pool != NULL;
}

/* Where somebody is stuck everything stays until the process ends. */
static void end(struct suite *suite, const struct cli_files *files)
{
    atomic_store(&suite->has_enough, true);
    if (!suite->is_stuck) {
        cli_pool_stop(suite->pool);
        for (size_t i = 0; i < files->count; i++) {
            forget(&suite->plays[i]);
        }
        free(suite->plays);
    }
}

static int play_all(struct cli *cli, const struct cli_files *files, uint32_t jobs)
{
    char options[160]; /* the strategy is a known word */
    struct suite suite = {
        .cli = cli,
        .jobs = jobs,
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
    if (!start(&suite, files)) {
        return cli_complain(cli, CLI_EXIT_INTERNAL, "out of memory");
    }
    bool fails_fast = cli_has(cli, CLI_OPTION_FAIL_FAST);
    for (size_t i = 0; i < files->count && cli_interrupt_signal() == 0; i++) {
        play_for_a_while(&suite, i);
        tell(&suite, &suite.plays[i]);
        forget(&suite.plays[i]);
        if (fails_fast && suite.report.failed > 0) {
            break;
        }
    }
    end(&suite, files);
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

/* --jobs */
static bool read_jobs(const struct cli *cli, uint32_t *ret_jobs)
{
    const char *text = cli_text(cli, CLI_OPTION_JOBS);
    uint64_t jobs = 1;
    if (text != NULL && strcmp(text, "auto") != 0 &&
        (!cli_number(text, &jobs) || jobs > JOBS_MAX)) {
        (void)cli_complain(cli, CLI_EXIT_USAGE,
                           "'--jobs' takes a number up to %u, or auto, not '%s'", JOBS_MAX, text);
        return false;
    }
    if (text != NULL && (jobs == 0 || strcmp(text, "auto") == 0)) {
        long cores = sysconf(_SC_NPROCESSORS_ONLN);
        jobs = cores < 1 ? 1 : cores > (long)JOBS_MAX ? JOBS_MAX : (uint64_t)cores;
    }
    *ret_jobs = (uint32_t)jobs;
    return true;
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
    uint32_t jobs = 1;
    if (!read_jobs(cli, &jobs)) {
        return CLI_EXIT_USAGE;
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
        code = play_all(cli, &files, jobs);
    }
    cli_files_deinit(&files);
    return code;
}
