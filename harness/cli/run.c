/* SPDX-License-Identifier: MIT */
/*
 * `run`: play scenarios, several at a time if that is wanted, report each in its turn as soon as it is known, keep the traces
 * of those that failed.
 *
 * The code of the whole is that of the worst: a bug of ours, then a file that is no scenario, a run that is not
 * deterministic, a failure, and last what could not be decided.
 */
#include "harness/cli/play.h"
#include "harness/cli/reports.h"
#include "harness/cli/shrink.h"

#include "harness/scenario/words.h"
#include "harness/trace/show.h"
#include "harness/trace/trace.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define JOBS_MAX 256u
#define RESUME_BYTES_MAX ((size_t)1 << 30)
#define PATH_WIDTH_MAX 56U
#define TRACE_PATH_BYTES 1024

struct suite {
    size_t plans; /**< of each file: with --swarm as many as it says */
    struct cli *cli;
    struct rh_report report;
    struct cli_playing all;
    struct cli_play *plays; /**< one a file */
    struct cli_reports reports;
    size_t played;
    bool has_bad_file;
    bool has_internal;
    bool has_divergence;
    bool has_violation;
    bool has_unknown;
    bool is_stuck; /**< somebody is in a turn that does not end */
};

static const struct cli_value *value_of(const struct suite *suite, enum cli_option option)
{
    return &suite->cli->arguments.values[option];
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

static void play_file(void *self, size_t index)
{
    cli_play(&((struct suite *)self)->plays[index]);
}

/* A turn that never ends is left behind as it is, whoever is in it. */
static void play_for_a_while(struct suite *suite, size_t index)
{
    struct cli_play *play = &suite->plays[index];
    if (sigsetjmp(*cli_interrupt_point(), 1) != 0) {
        play->end = CLI_PLAY_IS_DONE;
        play->status = RH_OK;
        play->result = (struct rh_result){
            .path = play->path,
            .title = play->scenario == NULL ? NULL : rh_scenario_title(play->scenario),
            .verdict = RH_VERDICT_SKIPPED,
            .strategy = ""};
        (void)snprintf(play->result.why, sizeof play->result.why,
                       "interrupted in a turn that does not end");
        suite->is_stuck = true;
        return;
    }
    atomic_store(&suite->all.asked, index);
    cli_interrupt_arm();
    cli_pool_finish(suite->all.pool, index);
    cli_interrupt_disarm();
}

/* ---- telling ---- */

static void tell_result(struct suite *suite, struct cli_play *play)
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
    struct cli_shrunk_texts shrunk = {0};
    count(suite, result);
    if (entry.trace_path != NULL && result->has_violation && !result->is_of_no_run &&
        cli_shrink_result(suite->cli, result, entry.trace_path, &shrunk)) {
        entry.shrunk_path = shrunk.path;
        entry.shrunk_size = shrunk.size;
        entry.nearest = shrunk.nearest;
        entry.shrunk_trace = (struct rh_report_trace){shrunk.trace.bytes, shrunk.trace.size};
        entry.nearest_trace =
            (struct rh_report_trace){shrunk.nearest_trace.bytes, shrunk.nearest_trace.size};
    }
    rh_report_result(&suite->report, &entry);
    cli_reports_result(&suite->reports, &entry);
    cli_shrunk_texts_deinit(&shrunk);
    if (value_of(suite, CLI_OPTION_DIGESTS)->is_set) {
        (void)printf("digest %016llx%016llx  %s\n", (unsigned long long)result->digest[0],
                     (unsigned long long)result->digest[1], result->path);
    }
    (void)fflush(stdout);
}

static void tell(struct suite *suite, struct cli_play *play)
{
    if (play->end == CLI_PLAY_FAILS) {
        suite->has_internal = true;
    } else if (play->end == CLI_PLAY_IS_DONE && play->status == RH_MALFORMED) {
        suite->has_bad_file = true;
        (void)cli_complain(suite->cli, CLI_EXIT_USAGE, "%s: cannot be resumed: %s",
                           value_of(suite, CLI_OPTION_RESUME)->text, play->result.why);
    } else if (play->end == CLI_PLAY_IS_DONE) {
        tell_result(suite, play);
    } else if (play->end == CLI_PLAY_IS_BAD) {
        char *text = cli_diagnostics(suite->cli, play->scenario);
        suite->has_bad_file = true;
        rh_report_bad_file(&suite->report, play->path, text == NULL ? "" : text);
        cli_reports_bad_file(&suite->reports, play->path, text == NULL ? "" : text);
        free(text);
    }
}

/* The plan that found something goes where its trace is. */
static void keep_plan(struct suite *suite, const struct cli_play *play)
{
    const struct cli_value *seed = value_of(suite, CLI_OPTION_SEED);
    char path[TRACE_PATH_BYTES];
    size_t length;
    const char *text = rh_scenario_text(play->scenario, &length);
    cli_trace_path(suite->cli, play->path, (seed->is_set ? seed->number : 1) + play->plan, path,
                   sizeof path - sizeof ".yaml");
    memcpy(strrchr(path, '.'), ".yaml", sizeof ".yaml");
    if (cli_write_file(suite->cli, path, (const uint8_t *)text, length)) {
        (void)printf("  scenario  %s\n\n", path);
    } else {
        suite->has_internal = true;
    }
}

/* What a swarm has drawn, and what it was good for. */
static void tell_plan(struct suite *suite, const struct cli_play *play)
{
    bool fails = play->end == CLI_PLAY_IS_DONE &&
                 strcmp(rh_verdict_tally(play->result.verdict), "failed") == 0;
    size_t length;
    const char *text = play->scenario == NULL ? "" : rh_scenario_text(play->scenario, &length);
    const char *plan = strstr(text, "\nfaults: # drawn");
    if (plan != NULL && (fails || cli_has(suite->cli, CLI_OPTION_VERBOSE))) {
        (void)fputs(plan + 1, stdout);
    }
    if (plan != NULL && fails) {
        keep_plan(suite, play);
    }
}

static void forget(struct cli_play *play)
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
    if (suite->has_unknown) {
        return CLI_EXIT_INCONCLUSIVE;
    }
    bool was_skipped = suite->report.skipped > 0 && suite->report.passed == 0;
    return was_skipped ? (int)suite->cli->arguments.values[CLI_OPTION_SKIP_CODE].number
                       : CLI_EXIT_HELD;
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
    size_t plays = files->count * suite->plans;
    suite->plays = calloc(plays + 1, sizeof *suite->plays);
    if (suite->plays == NULL) {
        return false;
    }
    for (size_t i = 0; i < plays; i++) {
        suite->plays[i] = (struct cli_play){.all = &suite->all,
                                            .index = i,
                                            .path = files->paths[i / suite->plans],
                                            .plan = i % suite->plans};
    }
    uint32_t jobs = suite->all.jobs;
    suite->all.pool = cli_pool_start(play_file, suite, plays, jobs, (size_t)jobs * 4);
    if (suite->all.pool == NULL) {
        free(suite->plays);
    }
    return suite->all.pool != NULL;
}

/* Where somebody is stuck everything stays until the process ends. */
static void end(struct suite *suite, const struct cli_files *files)
{
    atomic_store(&suite->all.has_enough, true);
    if (!suite->is_stuck) {
        cli_pool_stop(suite->all.pool);
        for (size_t i = 0; i < files->count * suite->plans; i++) {
            forget(&suite->plays[i]);
        }
        free(suite->plays);
    }
}

static int play_all(struct cli *cli, const struct cli_files *files, const struct cli_playing *all)
{
    char options[160]; /* the strategy is a known word */
    const struct cli_value *swarm = &cli->arguments.values[CLI_OPTION_SWARM];
    struct suite suite = {
        .cli = cli,
        .plans = swarm->is_set && swarm->number > 0 ? (size_t)swarm->number : 1,
        .all = {.cli = cli,
                .jobs = all->jobs,
                .ends_at = all->ends_at,
                .resume = all->resume,
                .resume_size = all->resume_size},
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
    if (!cli_reports_open(cli, suite.report.options, &suite.reports)) {
        (void)cli_reports_close(&suite.reports);
        return CLI_EXIT_USAGE;
    }
    if (!start(&suite, files)) {
        (void)cli_reports_close(&suite.reports);
        return cli_complain(cli, CLI_EXIT_INTERNAL, "out of memory");
    }
    bool fails_fast = cli_has(cli, CLI_OPTION_FAIL_FAST);
    const size_t plays = files->count * suite.plans;
    for (size_t i = 0; i < plays && cli_interrupt_signal() == 0; i++) {
        play_for_a_while(&suite, i);
        tell(&suite, &suite.plays[i]);
        tell_plan(&suite, &suite.plays[i]);
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
    suite.has_internal = !cli_reports_close(&suite.reports) || suite.has_internal;
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
    *ret_jobs =
        cli_has(cli, CLI_OPTION_LIVE) ? 1 : (uint32_t)jobs; /* its nodes share the processors */
    return true;
}

static bool knows_strategy(const struct cli *cli, const char *strategy)
{
    uint64_t depth;
    size_t length = strategy == NULL ? 0 : cli_split_strategy(strategy, &depth);
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

/* --budget-time: "90s", "5m", "500ms" */
static bool read_time(const struct cli *cli, uint64_t *ret_ends_at)
{
    static const struct {
        const char *unit;
        uint64_t ns;
    } units[] = {{"ms", 1000000}, {"s", 1000000000}, {"m", 60000000000}, {"h", 3600000000000}};
    const char *text = cli_text(cli, CLI_OPTION_BUDGET_TIME);
    if (text == NULL) {
        return true;
    }
    char digits[8] = "";
    size_t length = strspn(text, "0123456789");
    for (size_t i = 0; i < sizeof units / sizeof units[0] && length < sizeof digits; i++) {
        uint64_t number = 0;
        memcpy(digits, text, length);
        if (strcmp(text + length, units[i].unit) == 0 && cli_number(digits, &number) &&
            number > 0) {
            *ret_ends_at = cli_clock() + number * units[i].ns;
            return true;
        }
    }
    (void)cli_complain(cli, CLI_EXIT_USAGE,
                       "'--budget-time' takes a time such as 90s, 5m or 500ms, not '%s'", text);
    return false;
}

/* What stands in one file can be of one scenario. */
static bool is_for_one(const struct cli *cli, const struct cli_files *files)
{
    static const struct {
        enum cli_option option;
        const char *name;
    } all[] = {{CLI_OPTION_TRACE, "trace"},
               {CLI_OPTION_CHECKPOINT, "checkpoint"},
               {CLI_OPTION_RESUME, "resume"}};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (cli_has(cli, all[i].option) && files->count != 1) {
            (void)cli_complain(cli, CLI_EXIT_USAGE, "'--%s' is for one scenario, not %zu",
                               all[i].name, files->count);
            return false;
        }
        if (i > 0 && cli_has(cli, all[i].option) && cli_has(cli, CLI_OPTION_CHECK_DETERMINISM)) {
            (void)cli_complain(cli, CLI_EXIT_USAGE,
                               "'--%s' and '--check-determinism' do not go together", all[i].name);
            return false;
        }
    }
    return true;
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
    if (cli->arguments.values[CLI_OPTION_SKIP_CODE].number > 255) {
        return cli_complain(cli, CLI_EXIT_USAGE, "'--skip-code' takes a number up to 255");
    }
    struct cli_playing all = {.cli = cli, .jobs = 1};
    if (!read_jobs(cli, &all.jobs) || !read_time(cli, &all.ends_at)) {
        return CLI_EXIT_USAGE;
    }
    if (!cli_files_find(cli, "scenarios", &files)) {
        cli_files_deinit(&files);
        return CLI_EXIT_USAGE;
    }
    int code = CLI_EXIT_USAGE;
    const char *resume = cli_text(cli, CLI_OPTION_RESUME);
    if (is_for_one(cli, &files) &&
        (resume == NULL ||
         cli_read_file(cli, resume, RESUME_BYTES_MAX, &all.resume, &all.resume_size))) {
        cli_interrupt_watch();
        code = play_all(cli, &files, &all);
    }
    free(all.resume);
    cli_files_deinit(&files);
    return code;
}
