/* SPDX-License-Identifier: MIT */
/*
 * `run`: play scenarios, several at a time if that is wanted, report each in its turn as soon as it is known, keep the traces
 * of those that failed.
 */
#include "harness/cli/play.h"
#include "harness/cli/run_options.h"
#include "harness/cli/selection.h"
#include "harness/cli/shrink.h"
#include "harness/cli/tell.h"

#include "harness/scenario/words.h"
#include "harness/trace/show.h"
#include "harness/trace/trace.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RESUME_BYTES_MAX ((size_t)1 << 30)

struct suite {
    struct cli *cli;
    struct cli_selection selection;
    struct cli_shard shard;
    struct cli_playing all;
    struct cli_play *plays; /**< those of this shard */
    size_t count;
    struct rh_results_run run;
    struct cli_teller teller;
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
static const char *keep_trace(struct suite *suite, const struct cli_play *play, char *path)
{
    const struct rh_result *result = &play->result;
    const char *wanted = value_of(suite, CLI_OPTION_TRACE)->text;
    if (wanted != NULL) {
        (void)snprintf(path, CLI_PATH_BYTES, "%s", wanted); /* it is there already */
        return path;
    }
    bool fails = strcmp(rh_verdict_tally(result->verdict), "failed") == 0;
    if (result->trace.size == 0 || !result->has_violation || !fails) {
        return NULL; /* what fails as it should leaves nothing behind */
    }
    cli_trace_path(suite->cli, &suite->run, &suite->run.plays[play->place], result->seed, ".trace",
                   path);
    if (!cli_write_file(suite->cli, path, result->trace.bytes, result->trace.size)) {
        suite->teller.has_internal = true;
        return NULL;
    }
    return path;
}

/* What a swarm has drawn stands at the end of the scenario. */
static const char *plan_of(const struct cli_play *play)
{
    size_t length;
    const char *text = play->scenario == NULL ? "" : rh_scenario_text(play->scenario, &length);
    const char *plan = strstr(text, "\nfaults: # drawn");
    return plan == NULL ? NULL : plan + 1;
}

/* The plan that found something goes where its trace is. */
static const char *keep_plan(struct suite *suite, const struct cli_play *play, char *path)
{
    const struct cli_value *seed = value_of(suite, CLI_OPTION_SEED);
    size_t length;
    const char *text = rh_scenario_text(play->scenario, &length);
    cli_trace_path(suite->cli, &suite->run, &suite->run.plays[play->place],
                   (seed->is_set ? seed->number : 1) + play->plan, ".yaml", path);
    if (!cli_write_file(suite->cli, path, (const uint8_t *)text, length)) {
        suite->teller.has_internal = true;
        return NULL;
    }
    return path;
}

/* ---- one scenario ---- */

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
        play->is_interrupted = true;
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
    char path[CLI_PATH_BYTES];
    char plan_path[CLI_PATH_BYTES];
    if (play->has_diverged) {
        print_difference(result, &play->again);
    }
    if (play->status == RH_NO_MEMORY) {
        suite->teller.has_internal = true;
    }
    struct rh_report_entry entry = {.result = result,
                                    .trace_path = keep_trace(suite, play, path),
                                    .plan = plan_of(play),
                                    .elapsed = play->elapsed,
                                    .number = suite->selection.plays[play->place].number,
                                    .is_interrupted = play->is_interrupted,
                                    .has_diverged = play->has_diverged};
    struct cli_shrunk_texts shrunk = {0};
    uint64_t first;
    play->is_again = rh_report_failures_find(&suite->teller.failures, &entry, &first);
    /* What failed in the same way before was made small then. */
    if (!play->is_again && entry.trace_path != NULL && result->has_violation &&
        !result->is_of_no_run && cli_shrink_result(suite->cli, result, entry.trace_path, &shrunk)) {
        entry.shrunk_path = shrunk.path;
        entry.shrunk_size = shrunk.size;
        entry.nearest = shrunk.nearest;
        entry.shrunk_trace = (struct rh_report_trace){shrunk.trace.bytes, shrunk.trace.size};
        entry.nearest_trace =
            (struct rh_report_trace){shrunk.nearest_trace.bytes, shrunk.nearest_trace.size};
        entry.replay_trace =
            (struct rh_report_trace){shrunk.replay_trace.bytes, shrunk.replay_trace.size};
        entry.shrunk_text = shrunk.text;
    }
    if (entry.plan != NULL && !play->is_again &&
        strcmp(rh_verdict_tally(result->verdict), "failed") == 0) {
        entry.plan_path = keep_plan(suite, play, plan_path);
    }
    cli_tell_result(&suite->teller, play->place, &entry);
    cli_shrunk_texts_deinit(&shrunk);
}

static void tell_bad(struct suite *suite, const struct cli_play *play)
{
    struct cli plain = *suite->cli;
    plain.with_colour = false;
    char *shown = cli_diagnostics(suite->cli, play->scenario);
    char *text = cli_diagnostics(&plain, play->scenario);
    cli_tell_bad(&suite->teller, play->place, &suite->selection.plays[play->place],
                 text == NULL ? "" : text, shown == NULL ? "" : shown);
    free(text);
    free(shown);
}

static void tell(struct suite *suite, struct cli_play *play)
{
    if (play->end == CLI_PLAY_FAILS) {
        suite->teller.has_internal = true;
    } else if (play->end == CLI_PLAY_IS_DONE && play->status == RH_MALFORMED) {
        suite->teller.has_bad_file = true;
        (void)cli_complain(suite->cli, CLI_EXIT_USAGE, "%s: cannot be resumed: %s",
                           value_of(suite, CLI_OPTION_RESUME)->text, play->result.why);
    } else if (play->end == CLI_PLAY_IS_DONE) {
        tell_result(suite, play);
    } else if (play->end == CLI_PLAY_IS_BAD) {
        tell_bad(suite, play);
    } else {
        cli_tell_nothing(&suite->teller, play->place);
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
        uint64_t depth;
        const char *name = values[CLI_OPTION_STRATEGY].text;
        size_t length = cli_split_strategy(name, &depth);
        at += (size_t)snprintf(text, capacity, "--strategy %.*s", (int)length, name);
        if (depth > 0) {
            at += (size_t)snprintf(text + at, capacity - at, ":%llu", (unsigned long long)depth);
        }
    }
    if (values[CLI_OPTION_SEED].is_set) {
        at += (size_t)snprintf(text + at, capacity - at, "%s--seed 0x%llx", at > 0 ? " " : "",
                               (unsigned long long)values[CLI_OPTION_SEED].number);
    }
    if (values[CLI_OPTION_RUNS].is_set) {
        at += (size_t)snprintf(text + at, capacity - at, "%s--runs %llu", at > 0 ? " " : "",
                               (unsigned long long)values[CLI_OPTION_RUNS].number);
    }
    if (values[CLI_OPTION_SWARM].is_set) {
        at += (size_t)snprintf(text + at, capacity - at, "%s--swarm %llu", at > 0 ? " " : "",
                               (unsigned long long)values[CLI_OPTION_SWARM].number);
    }
    return at > 0 ? text : NULL;
}

/* Everything else that has a say in what comes out, so that results of other runs are not taken for these. */
static const char *settings_of(const struct cli *cli, const char *options, char *text,
                               size_t capacity)
{
    static const enum cli_option flags[] = {CLI_OPTION_NO_SHRINK, CLI_OPTION_CHECK_DETERMINISM,
                                            CLI_OPTION_LIVE};
    static const char *const names[] = {" --no-shrink", " --check-determinism", " --live"};
    static const enum cli_option numbers[] = {CLI_OPTION_SHRINK_RUNS, CLI_OPTION_SHRINK_TIME};
    static const char *const words[] = {"shrink-runs", "shrink-time"};
    const struct cli_value *values = cli->arguments.values;
    size_t at = (size_t)snprintf(text, capacity, "%s", options == NULL ? "" : options);
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        at += (size_t)snprintf(text + at, capacity - at, "%s",
                               values[flags[i]].is_set ? names[i] : "");
    }
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (values[numbers[i]].is_set) {
            at += (size_t)snprintf(text + at, capacity - at, " --%s %llu", words[i],
                                   (unsigned long long)values[numbers[i]].number);
        }
    }
    if (values[CLI_OPTION_BUDGET_TIME].is_set) {
        (void)snprintf(text + at, capacity - at, " --budget-time %.20s",
                       values[CLI_OPTION_BUDGET_TIME].text);
    }
    return text + (*text == ' ');
}

static const char *program_of(const struct cli *cli, char *text, size_t capacity)
{
    if (cli->program == NULL || cli->program->name == NULL) {
        return NULL;
    }
    (void)snprintf(text, capacity, "%s %s", cli->program->name,
                   cli->program->version == NULL ? "" : cli->program->version);
    return text;
}

static bool start(struct suite *suite)
{
    suite->plays = calloc(suite->selection.count + 1, sizeof *suite->plays);
    if (suite->plays == NULL) {
        return false;
    }
    for (size_t i = 0; i < suite->selection.count; i++) {
        if (cli_shard_has(&suite->shard, i)) {
            suite->plays[suite->count] = (struct cli_play){.all = &suite->all,
                                                           .index = suite->count,
                                                           .place = i,
                                                           .path = suite->selection.plays[i].path,
                                                           .plan = suite->selection.plans[i]};
            suite->count++;
        }
    }
    uint32_t jobs = suite->all.jobs;
    suite->all.count = suite->count;
    atomic_store(&suite->all.silent_since, cli_clock());
    suite->all.pool = cli_pool_start(play_file, suite, suite->count, jobs, (size_t)jobs * 4);
    if (suite->all.pool == NULL) {
        free(suite->plays);
    }
    return suite->all.pool != NULL;
}

/* Where somebody is stuck everything stays until the process ends. */
static void end(struct suite *suite)
{
    atomic_store(&suite->all.has_enough, true);
    if (!suite->is_stuck) {
        cli_pool_stop(suite->all.pool);
        for (size_t i = 0; i < suite->count; i++) {
            forget(&suite->plays[i]);
        }
        free(suite->plays);
    }
}

static void play_all(struct suite *suite)
{
    bool fails_fast = cli_has(suite->cli, CLI_OPTION_FAIL_FAST);
    bool is_quiet = cli_has(suite->cli, CLI_OPTION_QUIET);
    for (size_t i = 0; i < suite->count && cli_interrupt_signal() == 0; i++) {
        play_for_a_while(suite, i);
        tell(suite, &suite->plays[i]);
        if (!is_quiet) {
            atomic_store(&suite->all.silent_since, cli_clock());
        }
        forget(&suite->plays[i]);
        if (fails_fast && suite->teller.report.failed > 0) {
            break;
        }
    }
}

static bool has_nothing(const struct suite *suite)
{
    const struct cli_teller *teller = &suite->teller;
    return teller->played == 0 && !teller->has_bad_file && !teller->has_internal;
}

/* Returns the code of what was played; the results know how it ended before they are closed. */
static int finish(struct suite *suite)
{
    const struct cli *cli = suite->cli;
    struct cli_teller *teller = &suite->teller;
    bool is_empty_shard = suite->shard.is_wanted && suite->selection.count > 0;
    bool nothing = has_nothing(suite);
    if (nothing && suite->count == 0 && is_empty_shard) {
        (void)cli_complain(cli, CLI_EXIT_HELD, "shard %u/%u is empty: there are %zu to play",
                           (unsigned)suite->shard.index, (unsigned)suite->shard.count,
                           suite->selection.count);
    } else if (nothing && cli_interrupt_signal() == 0) {
        (void)cli_complain(cli, CLI_EXIT_NOTHING, "no scenario was selected");
    }
    if (cli_interrupt_signal() != 0) {
        const char *checkpoint = cli_text(cli, CLI_OPTION_CHECKPOINT);
        (void)cli_complain(
            cli, CLI_EXIT_INTERRUPTED, "%s%s%s%s",
            cli_interrupt_is_pipe() ? "nobody reads standard output any more" : "interrupted",
            checkpoint != NULL ? "; the same command with --resume " : "",
            checkpoint != NULL ? checkpoint : "", checkpoint != NULL ? " goes on" : "");
    }
    suite->run.signal = cli_interrupt_signal();
    suite->run.has_flaw = teller->has_bad_file;
    suite->run.has_internal = teller->has_internal;
    int code = cli_teller_close(teller);
    code = code == CLI_EXIT_NOTHING && is_empty_shard ? CLI_EXIT_HELD : code;
    return suite->run.signal == 0 ? code : 128 + suite->run.signal;
}

static int play_selection(struct suite *suite)
{
    struct cli *cli = suite->cli;
    char options[160]; /* the strategy is a known word */
    char settings[400];
    char program[200];
    suite->run = (struct rh_results_run){
        .program = program_of(cli, program, sizeof program),
        .command = cli->command,
        .options = options_of(cli, options, sizeof options),
        .without_times = cli_has(cli, CLI_OPTION_NO_TIMES),
        .shard = suite->shard.index,
        .shard_count = suite->shard.count,
        .plays = suite->selection.plays,
        .play_count = suite->selection.count,
    };
    suite->run.settings = settings_of(cli, suite->run.options, settings, sizeof settings);
    bool has_flaw = suite->teller.has_bad_file;
    cli_teller_init(&suite->teller, cli, &suite->run);
    suite->teller.has_bad_file = has_flaw;
    if (!cli_teller_open(&suite->teller, &suite->run, NULL)) {
        (void)cli_reports_close(&suite->teller.reports);
        return CLI_EXIT_USAGE;
    }
    suite->all.with_coverage = suite->teller.reports.with_coverage;
    if (!start(suite)) {
        (void)cli_reports_close(&suite->teller.reports);
        return cli_complain(cli, CLI_EXIT_INTERNAL, "out of memory");
    }
    play_all(suite);
    end(suite);
    cli_interrupt_done();
    return finish(suite);
}

static bool wants_results(const struct cli *cli)
{
    const struct cli_value *wanted = &cli->arguments.values[CLI_OPTION_REPORT];
    bool wants = false;
    for (size_t i = 0; i < wanted->count; i++) {
        wants = wants || strncmp(wanted->repeated[i], "results=", 8) == 0;
    }
    return wants;
}

static int play_files(struct cli *cli, const struct cli_files *files, const struct cli_playing *all,
                      const struct cli_shard *shard)
{
    const struct cli_value *swarm = &cli->arguments.values[CLI_OPTION_SWARM];
    struct suite suite = {.cli = cli,
                          .shard = *shard,
                          .all = {.cli = cli,
                                  .jobs = all->jobs,
                                  .ends_at = all->ends_at,
                                  .resume = all->resume,
                                  .resume_size = all->resume_size},
                          .teller = {.has_bad_file = files->has_flaw}};
    size_t plans = swarm->is_set ? (size_t)swarm->number : 1;
    int code = CLI_EXIT_INTERNAL;
    if (cli_selection_make(cli, files, plans, &suite.selection)) {
        if (wants_results(cli)) {
            cli_selection_digest(&suite.selection);
        }
        code = play_selection(&suite);
    }
    if (!suite.is_stuck) {
        cli_selection_deinit(&suite.selection);
    }
    return code;
}

int cli_run(struct cli *cli)
{
    struct cli_files files;
    struct cli_playing all = {.cli = cli};
    struct cli_shard shard;
    if (!cli_run_options_read(cli, &all) || !cli_shard_read(cli, &shard)) {
        return CLI_EXIT_USAGE;
    }
    if (!cli_files_find(cli, "scenarios", &files)) {
        cli_files_deinit(&files);
        return CLI_EXIT_USAGE;
    }
    int code = CLI_EXIT_USAGE;
    const char *resume = cli_text(cli, CLI_OPTION_RESUME);
    if (cli_run_options_suit(cli, &files) &&
        (resume == NULL ||
         cli_read_file(cli, resume, RESUME_BYTES_MAX, &all.resume, &all.resume_size))) {
        cli_interrupt_watch();
        cli_interrupt_watch_pipe();
        code = play_files(cli, &files, &all, &shard);
    }
    free(all.resume);
    cli_files_deinit(&files);
    return code;
}
