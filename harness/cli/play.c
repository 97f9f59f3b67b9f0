/* SPDX-License-Identifier: MIT */
/*
 * One file on one thread: load it, explore what is in it as the options say, and leave what came of it for whoever reports.
 * Nothing is written to stdout here.
 *
 * A checkpoint appears when it is whole, so that whenever the process is killed the last one is there.
 */
#include "harness/cli/play.h"
#include "harness/cli/output.h"

#include "harness/trace/trace.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHECKPOINT_EVERY_MS 1000u

static const struct cli_value *value_of(const struct cli_play *play, enum cli_option option)
{
    return &play->all->cli->arguments.values[option];
}

static bool go_on(void *self, uint64_t runs)
{
    struct cli_play *play = self;
    struct cli_playing *all = play->all;
    if (atomic_load(&all->asked) == play->index) {
        cli_progress_tell(&play->progress, runs);
    }
    play->is_out_of_time =
        play->is_out_of_time || (all->ends_at > 0 && cli_clock() >= all->ends_at);
    return !play->is_out_of_time && cli_interrupt_signal() == 0 && !atomic_load(&all->has_enough);
}

static void note_progress(void *self, const struct rh_progress *progress)
{
    ((struct cli_play *)self)->progress.share = progress->share;
}

static bool hire(void *self)
{
    return cli_pool_hire(((struct cli_play *)self)->all->pool);
}

static void release(void *self)
{
    cli_pool_release(((struct cli_play *)self)->all->pool);
}

/* A run that is killed leaves what it had done so far. */
static enum rh_status write_trace(void *self, const uint8_t *bytes, size_t size)
{
    struct rh_trace_file *file = ((struct cli_play *)self)->file;
    if (size == 0) {
        return rh_trace_file_rewind(file);
    }
    struct rh_trace_sink sink = rh_trace_sink_file(file);
    return sink.write(sink.self, bytes, size);
}

/* ---- checkpoints ---- */

static bool wants_checkpoint(void *self)
{
    struct cli_play *play = self;
    const struct cli_value *every = value_of(play, CLI_OPTION_CHECKPOINT_EVERY);
    if (cli_clock() < play->next_checkpoint) {
        return false;
    }
    play->next_checkpoint =
        cli_clock_after(every->is_set ? every->number : CHECKPOINT_EVERY_MS, 1000000);
    return true;
}

static enum rh_status write_checkpoint(void *self, const uint8_t *bytes, size_t size)
{
    struct cli_play *play = self;
    const struct cli *cli = play->all->cli;
    struct cli_output output;
    if (!cli_output_open(cli, value_of(play, CLI_OPTION_CHECKPOINT)->text, &output)) {
        return RH_IO;
    }
    bool ok = fwrite(bytes, 1, size, output.file) == size && fflush(output.file) == 0 &&
              (output.part == NULL || fsync(fileno(output.file)) == 0);
    return cli_output_close(cli, &output, ok) ? RH_OK : RH_IO;
}

/* ---- exploring ---- */

/* "pct:4" is pct of depth 4. */
size_t cli_split_strategy(const char *text, uint64_t *ret_depth)
{
    const char *colon = strchr(text, ':');
    *ret_depth = 0;
    bool is_pct = strncmp(text, "pct:", 4) == 0 && cli_number(colon + 1, ret_depth) &&
                  *ret_depth >= 1 && *ret_depth <= CLI_DEPTH_MAX;
    *ret_depth = is_pct ? *ret_depth : 0;
    return is_pct ? 3 : strlen(text);
}

static enum rh_status explore(struct cli_play *play, const struct rh_scenario *scenario,
                              struct rh_result *result)
{
    const struct cli_playing *all = play->all;
    bool has_checkpoint = value_of(play, CLI_OPTION_CHECKPOINT)->is_set;
    const char *name = value_of(play, CLI_OPTION_STRATEGY)->text;
    uint64_t depth = 0;
    bool is_pct = name != NULL && cli_split_strategy(name, &depth) < strlen(name);
    struct rh_scenario_strategy strategy = {
        .name = is_pct ? "pct" : name,
        .depth = depth,
        .has_runs = value_of(play, CLI_OPTION_RUNS)->is_set,
        .runs = value_of(play, CLI_OPTION_RUNS)->number,
        .has_seed = value_of(play, CLI_OPTION_SEED)->is_set,
        .seed = value_of(play, CLI_OPTION_SEED)->number,
    };
    bool is_other = (strategy.name != NULL || strategy.has_runs || strategy.has_seed) &&
                    !value_of(play, CLI_OPTION_SWARM)->is_set; /* the plan says */
    struct rh_explore_options options = {
        .strategies = &strategy,
        .strategy_count = is_other ? 1 : 0,
        .keep_trace = value_of(play, CLI_OPTION_TRACE)->is_set ||
                      value_of(play, CLI_OPTION_CHECK_DETERMINISM)->is_set,
        .with_coverage = all->with_coverage,
        .jobs = all->jobs,
        .hire = hire,
        .release = release,
        .go_on = go_on,
        .progress = note_progress,
        .wants_checkpoint = has_checkpoint ? wants_checkpoint : NULL,
        .checkpoint = has_checkpoint ? write_checkpoint : NULL,
        .resume = all->resume,
        .resume_size = all->resume_size,
        .trace = play->file == NULL ? NULL : write_trace,
        .self = play,
    };
    return rh_scenario_explore(scenario, &options, result);
}

/* Explore again and compare; a difference makes an error of the result. */
static void check_determinism(struct cli_play *play)
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

/* Open what --trace names. */
static bool open_trace(struct cli_play *play, struct rh_trace_file *file)
{
    const char *path = value_of(play, CLI_OPTION_TRACE)->text;
    if (path != NULL && cli_open_trace(play->all->cli, path, file)) {
        play->file = file;
    }
    return path == NULL || play->file != NULL;
}

static void close_trace(struct cli_play *play, struct rh_trace_file *file)
{
    const char *path = value_of(play, CLI_OPTION_TRACE)->text;
    if (file->descriptor >= 0 && rh_trace_file_close(file) != RH_OK) {
        play->status = RH_NO_MEMORY; /* out of room, rather */
        (void)cli_complain(play->all->cli, CLI_EXIT_INTERNAL, "%s: %s", path,
                           strerror(file->os_error));
    }
}

/* "interrupted after 7 runs" -> "out of time after 7 runs" */
static void say_out_of_time(struct rh_result *result)
{
    static const char before[] = "interrupted";
    static const char after[] = "out of time";
    if (strncmp(result->why, before, sizeof before - 1) == 0) {
        memcpy(result->why, after, sizeof after - 1); /* as long */
    }
}

static void play_scenario(struct cli_play *play)
{
    struct rh_trace_file file = {.descriptor = -1};
    play->end = CLI_PLAY_FAILS;
    if (!open_trace(play, &file)) {
        return;
    }
    cli_progress_start(&play->progress, play->path);
    play->progress.number = play->all->count > 1 ? play->index + 1 : 0;
    play->progress.count = play->all->count;
    play->progress.silent_since = &play->all->silent_since;
    play->status = value_of(play, CLI_OPTION_LIVE)->is_set
                       ? cli_play_live(play, go_on)
                       : explore(play, play->scenario, &play->result);
    if (play->status == RH_OK && value_of(play, CLI_OPTION_CHECK_DETERMINISM)->is_set &&
        cli_interrupt_signal() == 0) {
        check_determinism(play);
    }
    cli_progress_end(&play->progress);
    close_trace(play, &file);
    if (play->is_out_of_time) {
        say_out_of_time(&play->result);
    } else if (cli_interrupt_signal() != 0 && play->result.verdict == RH_VERDICT_UNKNOWN) {
        play->result.verdict = RH_VERDICT_SKIPPED;
        play->is_interrupted = true;
    }
    play->elapsed = cli_clock() - play->progress.started;
    play->end = CLI_PLAY_IS_DONE;
}

#define SWARM_RUNS 20u

/* The scenario under a plan of faults takes the place of what was loaded. What cannot be drawn for is not selected. */
static enum rh_status draw_plan(struct cli_play *play)
{
    const struct cli_value *seed = value_of(play, CLI_OPTION_SEED);
    const struct cli_value *runs = value_of(play, CLI_OPTION_RUNS);
    struct rh_scenario *drawn = NULL;
    enum rh_status status =
        rh_scenario_swarm(play->scenario, (seed->is_set ? seed->number : 1) + play->plan,
                          runs->is_set ? runs->number : SWARM_RUNS, &drawn);
    if (drawn != NULL) {
        rh_scenario_destroy(play->scenario);
        play->scenario = drawn;
        status = RH_OK;
    }
    return status;
}

/* A file that says `swarm` has drawn by its own seed. */
static bool draw_again(struct cli_play *play)
{
    const struct cli_value *seed = value_of(play, CLI_OPTION_SEED);
    enum rh_status status = RH_OK;
    if (play->scenario != NULL && seed->is_set) {
        status = rh_scenario_redraw(&play->scenario, seed->number);
    }
    return status == RH_OK || status == RH_NOT_FOUND || status == RH_MALFORMED;
}

void cli_play(struct cli_play *play)
{
    struct cli *cli = play->all->cli;
    play->scenario = cli_load(cli, play->path);
    if (!draw_again(play)) {
        rh_scenario_destroy(play->scenario);
        play->scenario = NULL;
    }
    if (play->scenario == NULL) {
        play->end = CLI_PLAY_FAILS;
    } else if (!cli_is_selected(cli, play->scenario)) {
        play->end = CLI_PLAY_IS_NOT_SELECTED;
    } else if (rh_scenario_error_count(play->scenario) > 0) {
        play->end = CLI_PLAY_IS_BAD;
    } else if (value_of(play, CLI_OPTION_SWARM)->is_set && draw_plan(play) != RH_OK) {
        play->end = CLI_PLAY_IS_NOT_SELECTED; /* nobody whom anything could befall */
    } else if (rh_scenario_error_count(play->scenario) > 0) {
        play->end = CLI_PLAY_IS_BAD;
    } else {
        play_scenario(play);
    }
}
