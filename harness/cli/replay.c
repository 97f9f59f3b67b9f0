/* SPDX-License-Identifier: MIT */
/*
 * `replay`: the run of a trace once more, from the scenario that the trace carries and the decisions that it recorded, with
 * every item that is written compared with the recorded one. The first difference ends it.
 *
 * A recorded failure that comes back is what was asked for, and is still a failure: the block is printed again and the
 * code is 1.
 */
#include "harness/cli/cli.h"
#include "harness/cli/step.h"

#include "harness/live/live.h"
#include "harness/play/play.h"
#include "harness/scenario/scenario.h"
#include "harness/schedule/pinned.h"
#include "harness/trace/compare.h"

#include <rehearse/version.h>

#include <stdlib.h>
#include <string.h>

#define TRACE_BYTES_MAX ((size_t)1 << 30)

struct replay {
    struct cli *cli;
    const char *path;
    uint8_t *bytes;
    size_t size;
    struct rh_trace_reader reader;
    struct rh_decision *decisions;
    size_t decision_count;
    struct rh_scenario *scenario;
    struct rh_strategy *strategy;
    struct rh_play *play;
    struct rh_judge *judge;
    struct rh_trace_writer *writer;
    struct rh_trace_compare compare;
    struct rh_result result;
    struct cli_stepper *stepper; /**< NULL: nobody looks */
};

static bool is_word(struct rh_text text, const char *word)
{
    return text.size == strlen(word) &&
           (text.size == 0 || memcmp(text.bytes, word, text.size) == 0);
}

static bool open_recording(struct replay *replay)
{
    const struct rh_trace_info *info = &replay->reader.info;
    struct cli *cli = replay->cli;
    const char *name = cli->program == NULL ? "" : cli->program->name;
    if (!cli_read_file(cli, replay->path, TRACE_BYTES_MAX, &replay->bytes, &replay->size)) {
        return false;
    }
    if (rh_trace_open(&replay->reader, NULL, replay->bytes, replay->size) != RH_OK) {
        size_t length = strlen(replay->path);
        bool is_yaml = length > 5 && strcmp(replay->path + length - 5, ".yaml") == 0;
        (void)cli_complain(cli, CLI_EXIT_USAGE, "%s: %s%s", replay->path, replay->reader.flaw,
                           is_yaml ? "; 'run' plays scenarios" : "");
        return false;
    }
    if (!info->has_scenario) {
        (void)cli_complain(cli, CLI_EXIT_USAGE, "%s: carries no scenario", replay->path);
        return false;
    }
    if (!is_word(info->program, name)) {
        (void)cli_complain(cli, CLI_EXIT_USAGE, "%s: was recorded by '%.*s', whose actors it needs",
                           replay->path, info->program.size == 0 ? 8 : (int)info->program.size,
                           info->program.size == 0 ? "rehearse" : info->program.bytes);
        return false;
    }
    if (!is_word(info->version, rh_version())) {
        (void)cli_complain(cli, CLI_EXIT_USAGE, "%s: note: was recorded by release %.*s",
                           replay->path, (int)info->version.size, info->version.bytes);
    }
    if (!info->header_fits) {
        (void)cli_complain(cli, CLI_EXIT_USAGE,
                           "%s: note: its scenario or settings were changed after the run",
                           replay->path);
    }
    return true;
}

/* Two passes: count, then keep. A recording that cannot be read to its end is followed as far as it can. */
static bool collect_decisions(struct replay *replay)
{
    struct rh_trace_item item;
    for (int pass = 0; pass < 2; pass++) {
        size_t count = 0;
        rh_trace_rewind(&replay->reader);
        while (rh_trace_next(&replay->reader, &item) == RH_OK) {
            if (item.code == RH_TRACE_DECISION && pass == 1) {
                replay->decisions[count] = item.decision;
            }
            count += item.code == RH_TRACE_DECISION;
        }
        replay->decision_count = count;
        if (pass == 0) {
            replay->decisions = malloc((count + 1) * sizeof *replay->decisions);
        }
        if (replay->decisions == NULL) {
            (void)cli_complain(replay->cli, CLI_EXIT_INTERNAL, "out of memory");
            return false;
        }
    }
    return true;
}

static bool load_scenario(struct replay *replay)
{
    const struct rh_trace_info *info = &replay->reader.info;
    char name[1024];
    (void)snprintf(name, sizeof name, "%.*s", (int)info->path.size, info->path.bytes);
    enum rh_status status = rh_scenario_parse(NULL, name, info->scenario.bytes, info->scenario.size,
                                              replay->cli->program, &replay->scenario);
    if (status == RH_OK) {
        return true;
    }
    (void)cli_complain(replay->cli, CLI_EXIT_USAGE,
                       "%s: the scenario that it carries is not one:", replay->path);
    char *text = replay->scenario == NULL ? NULL : cli_diagnostics(replay->cli, replay->scenario);
    if (text != NULL) {
        (void)fputs(text, stderr);
    }
    free(text);
    return false;
}

static bool make_strategy(struct replay *replay)
{
    const struct rh_plan_texts *lines = &replay->scenario->plan.schedule;
    const struct rh_pinned_options pinned = {.lines = lines->at, .count = lines->count};
    /* Whether the lines were followed is part of the run. Fifo decides nothing, and so has recorded nothing that another
     * strategy could follow. */
    enum rh_status status = is_word(replay->reader.info.strategy, "fifo")
                                ? rh_strategy_fifo(NULL, &replay->strategy)
                            : is_word(replay->reader.info.strategy, "pinned")
                                ? rh_strategy_pinned(NULL, &pinned, &replay->strategy)
                                : rh_strategy_replay(NULL, replay->decisions,
                                                     replay->decision_count, &replay->strategy);
    if (status != RH_OK) {
        (void)cli_complain(replay->cli, CLI_EXIT_INTERNAL, "out of memory");
    }
    return status == RH_OK;
}

static int tell_same(struct replay *replay)
{
    if (!replay->reader.info.header_fits || replay->reader.is_edited) {
        (void)printf("%s: the same events, but the %s is not the one that was recorded\n",
                     replay->path,
                     replay->reader.info.header_fits ? "recording" : "scenario or its settings");
        return CLI_EXIT_DIVERGED;
    }
    const struct rh_result *result = &replay->result;
    struct rh_report report = {.out = stdout,
                               .with_colour = replay->cli->with_colour,
                               .width = replay->cli->width,
                               .command = replay->cli->command};
    struct rh_report_entry entry = {.result = result, .trace_path = replay->path};
    /* Who asks for one state is not told everything behind it. */
    if (result->has_violation && !cli_has(replay->cli, CLI_OPTION_AT)) {
        rh_report_failure(&report, &entry);
    }
    (void)printf("%s: the same run: %llu steps, %llu events compared, %s\n", replay->path,
                 (unsigned long long)replay->reader.step, (unsigned long long)replay->compare.items,
                 rh_verdict_word(result->verdict));
    const struct cli_value *at = &replay->cli->arguments.values[CLI_OPTION_AT];
    if (at->is_set && at->number > replay->reader.step) {
        return cli_complain(replay->cli, CLI_EXIT_USAGE, "--at %s: there is no such step",
                            at->text);
    }
    return result->has_violation ? CLI_EXIT_FAILED : CLI_EXIT_HELD;
}

static int tell(struct replay *replay)
{
    const struct rh_trace_compare *compare = &replay->compare;
    switch (compare->follow) {
    case RH_FOLLOW_SAME:
        return tell_same(replay);
    case RH_FOLLOW_LEFT:
        (void)printf("%s: left behind step %llu; the same run up to there: %llu events compared\n",
                     replay->path, (unsigned long long)compare->step,
                     (unsigned long long)compare->items);
        return CLI_EXIT_INCONCLUSIVE;
    case RH_FOLLOW_ENDED:
        (void)printf("%s: cut at byte %zu; the same run up to there: %llu steps, %llu events "
                     "compared\n",
                     replay->path, replay->reader.flaw_offset,
                     (unsigned long long)replay->reader.step, (unsigned long long)compare->items);
        return CLI_EXIT_INCONCLUSIVE;
    case RH_FOLLOW_UNREADABLE:
        (void)printf("%s: byte %zu: %s; the same run up to there: %llu steps\n", replay->path,
                     replay->reader.flaw_offset, replay->reader.flaw,
                     (unsigned long long)replay->reader.step);
        return CLI_EXIT_DIVERGED;
    default:
        (void)printf("%s: diverged at step %llu, after %llu events that were the same\n",
                     replay->path, (unsigned long long)compare->step,
                     (unsigned long long)compare->items);
        rh_trace_compare_print(compare, stdout);
        return CLI_EXIT_DIVERGED;
    }
}

static enum rh_status set_up(struct replay *replay)
{
    bool is_live = is_word(replay->reader.info.strategy, "live");
    struct rh_judge_options options = {
        .checkers = replay->cli->program == NULL ? NULL : replay->cli->program->checkers,
        .except = is_live ? rh_live_unasked(replay->scenario) : NULL};
    enum rh_status status = rh_play_create(replay->scenario, NULL, &replay->play);
    if (status == RH_OK) {
        status = rh_judge_create(&options, &replay->judge);
    }
    if (status == RH_OK) {
        bool judges = !is_live || !rh_live_minds_time(replay->scenario);
        status = judges ? rh_play_judge(replay->play, replay->judge) : RH_OK;
    }
    return status == RH_OK ? rh_trace_writer_create(NULL, &replay->writer) : status;
}

static void before_event(void *self, struct rh_world *world)
{
    struct replay *replay = self;
    cli_step_before(replay->stepper, world);
    if (cli_step_has_left(replay->stepper)) {
        rh_trace_compare_leave(&replay->compare);
    }
}

static enum rh_status play(struct replay *replay)
{
    enum rh_status status = set_up(replay);
    if (status != RH_OK) {
        return status;
    }
    rh_trace_compare_init(&replay->compare, &replay->reader);
    struct rh_trace_sink sink = rh_trace_compare_sink(&replay->compare);
    struct rh_play_run run = {
        .strategy = replay->strategy,
        .seed = replay->reader.info.seed,
        .run = replay->reader.info.run,
        .time_free = replay->reader.info.time_free,
        .as_processes = is_word(replay->reader.info.strategy, "live"),
        .clock_is_told = is_word(replay->reader.info.strategy, "live"),
        .by_instants = is_word(replay->reader.info.strategy, "dpor"),
        .judge = replay->judge,
        .writer = replay->writer,
        .sink = &sink,
    };
    if (replay->stepper != NULL) {
        run.before_event = before_event;
        run.before_event_self = replay;
    }
    struct rh_play_report report;
    rh_strategy_begin(replay->strategy);
    status = rh_play_run(replay->play, &run, &report);
    (void)rh_strategy_end(replay->strategy);
    rh_trace_compare_end(&replay->compare);
    return status == RH_OK ? rh_judge_status(replay->judge) : status;
}

/* The result of this one run, for the report; its trace is the recording, which is the same. */
static void take_result(struct replay *replay)
{
    struct rh_result *result = &replay->result;
    const struct rh_violation *violation = rh_judge_violation(replay->judge);
    const char *strategy = rh_scenario_path(replay->scenario) == NULL ? NULL : "random";
    result->path = rh_scenario_path(replay->scenario);
    result->title = rh_scenario_title(replay->scenario);
    result->seed = replay->reader.info.seed;
    result->strategy = is_word(replay->reader.info.strategy, "random") ? strategy : NULL;
    result->verdict = violation == NULL ? RH_VERDICT_PASSED : RH_VERDICT_FAILED;
    result->has_violation = violation != NULL;
    if (violation != NULL) {
        result->violation = *violation;
    }
    result->trace.bytes = replay->bytes;
    result->trace.size = replay->size;
}

static int replay_one(struct cli *cli, const char *path)
{
    struct replay *replay = calloc(1, sizeof *replay);
    int code = CLI_EXIT_USAGE;
    if (replay == NULL) {
        return cli_complain(cli, CLI_EXIT_INTERNAL, "out of memory");
    }
    replay->cli = cli;
    replay->path = path;
    if (open_recording(replay) && collect_decisions(replay) && load_scenario(replay) &&
        make_strategy(replay)) {
        enum rh_status status = cli_step_open(cli, replay->bytes, replay->size, &replay->stepper);
        status = status == RH_OK ? play(replay) : status;
        if (status == RH_OK) {
            take_result(replay);
            code = tell(replay);
        } else {
            code = cli_complain(cli, CLI_EXIT_INTERNAL, "%s: %s", path, rh_status_sentence(status));
        }
    }
    cli_step_close(replay->stepper);
    rh_trace_writer_destroy(replay->writer);
    rh_judge_destroy(replay->judge);
    rh_play_destroy(replay->play);
    rh_strategy_destroy(replay->strategy);
    rh_scenario_destroy(replay->scenario);
    rh_trace_close(&replay->reader);
    free(replay->decisions);
    free(replay->bytes);
    free(replay);
    return code;
}

int cli_replay(struct cli *cli)
{
    int worst = CLI_EXIT_HELD;
    if (cli->arguments.operand_count == 0) {
        return cli_complain(cli, CLI_EXIT_USAGE, "'replay' needs a trace");
    }
    if (cli_has(cli, CLI_OPTION_AT) && cli->arguments.values[CLI_OPTION_AT].number == 0) {
        return cli_complain(cli, CLI_EXIT_USAGE, "'--at' takes a step, from 1 up");
    }
    for (size_t i = 0; i < cli->arguments.operand_count; i++) {
        int code = replay_one(cli, cli->arguments.operands[i]);
        worst = code > worst ? code : worst;
    }
    return worst;
}
