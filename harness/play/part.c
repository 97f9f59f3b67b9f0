/* SPDX-License-Identifier: MIT */
/*
 * Playing a part: run after run, as its strategy wants them, with everything that is to be known of them written down in order,
 * so that whoever puts parts together finds what one long exploration would have found. Nothing here depends on which thread
 * it is or what the others do.
 */
#include "harness/play/part.h"

#include <string.h>

#include "harness/play/counts.h"
#include "harness/scenario/scenario.h"

#define RUNS_AT_FIRST 16u

/* ---- players ---- */

static enum rh_status read_again(struct player *player, const struct rh_scenario *scenario)
{
    size_t length = 0;
    const char *text = rh_scenario_text(scenario, &length);
    enum rh_status status = rh_scenario_parse(player->allocator, rh_scenario_path(scenario), text,
                                              length, scenario->program, &player->own);
    player->scenario = player->own;
    return status;
}

static bool stores(const struct rh_explore_options *options)
{
#ifdef RH_WATCHES_BLOCKS
    (void)options;
    return false;
#else
    return !options->begins_anew;
#endif
}

enum rh_status player_init(struct player *player, const struct rh_scenario *scenario,
                           const struct rh_explore_options *options,
                           const struct rh_allocator *allocator, bool with_own)
{
    static const char *const none[] = {NULL};
    *player = (struct player){.scenario = scenario, .options = options, .allocator = allocator};
    store_init(&player->store, allocator);
    player->stores = stores(options);
    const struct rh_allocator *stored = player->stores ? &player->store.allocator : allocator;
    enum rh_status status = with_own ? read_again(player, scenario) : RH_OK;
    struct rh_judge_options judge_options = {
        .allocator = stored,
        .fixed = allocator,
        .checkers = scenario->program == NULL ? NULL : scenario->program->checkers,
        .only = options->without_checks ? none : NULL,
    };
    if (status == RH_OK) {
        status = rh_play_create(player->scenario, stored, &player->play);
    }
    if (status == RH_OK) {
        status = rh_judge_create(&judge_options, &player->judge);
    }
    if (status == RH_OK) {
        status = rh_play_judge(player->play, player->judge);
    }
    if (status == RH_OK && !options->without_digest) {
        status = rh_trace_writer_create(stored, &player->writer);
    }
    return status == RH_OK && options->with_coverage ? rh_counts_init(player) : status;
}

/* The run is played to nobody: whatever it holds is given back. */
void player_settle(struct player *player)
{
    if (player->store.is_marked) {
        store_rewind(&player->store);
        store_unmark(&player->store);
        rh_judge_finish(player->judge, RH_END_STOPPED);
        rh_play_clear(player->play);
    }
}

void player_deinit(struct player *player)
{
    rh_counts_deinit(player);
    player_settle(player);
    rh_trace_writer_destroy(player->writer);
    rh_judge_destroy(player->judge);
    rh_play_destroy(player->play);
    store_deinit(&player->store);
    rh_scenario_destroy(player->own);
}

/* ---- traces ---- */

struct both {
    struct part *part;
    const struct rh_explore_options *options;
};

/* The run so far goes to the caller as it grows, and stays in memory for the result. */
static enum rh_status write_both(void *self, const uint8_t *bytes, size_t size)
{
    const struct both *both = self;
    struct rh_trace_sink memory = rh_trace_sink_memory(&both->part->growing);
    enum rh_status status = both->options->trace(both->options->self, bytes, size);
    return status == RH_OK ? memory.write(memory.self, bytes, size) : status;
}

static enum rh_status begin_trace(struct both *both, bool streams, struct rh_trace_sink *sink)
{
    both->part->growing.size = 0;
    *sink = rh_trace_sink_memory(&both->part->growing);
    if (!streams) {
        sink->is_patient = true;
        return RH_OK;
    }
    *sink = (struct rh_trace_sink){.write = write_both, .self = both};
    return both->options->trace(both->options->self, NULL, 0);
}

/* The run under way counts: its trace is the last one. */
static void keep_trace(struct part *part)
{
    const struct rh_bytes_owned before = part->trace;
    part->trace = part->growing;
    part->growing = before;
}

/* The caller's last trace is of a run that counts, too. */
static enum rh_status give_trace_again(const struct part *part, const struct player *player)
{
    const struct rh_explore_options *options = player->options;
    if (!player->streams || !part->is_last_void || part->trace.size == 0) {
        return RH_OK;
    }
    enum rh_status status = options->trace(options->self, NULL, 0);
    return status == RH_OK ? options->trace(options->self, part->trace.bytes, part->trace.size)
                           : status;
}

/* ---- one run ---- */

struct playing {
    struct part *part;
    struct player *player;
};

static bool go_on(void *self)
{
    const struct playing *playing = self;
    return playing->player->go_on(playing->player->self, playing->part->run_count);
}

static struct part_run *add_run(struct part *part, const struct rh_allocator *allocator)
{
    if (part->run_count == part->run_capacity) {
        size_t capacity = part->run_capacity == 0 ? RUNS_AT_FIRST : part->run_capacity * 2;
        struct part_run *runs =
            allocator->resize(allocator->self, part->runs, part->run_capacity * sizeof(*runs),
                              capacity * sizeof(*runs));
        if (runs == NULL) {
            return NULL;
        }
        part->runs = runs;
        part->run_capacity = capacity;
    }
    return &part->runs[part->run_count++];
}

/* A run that counts. */
static enum rh_status write_down(struct part *part, const struct player *player,
                                 const struct rh_play_report *report, uint64_t seed)
{
    enum rh_status status = rh_judge_status(player->judge);
    if (status == RH_OK && report->end == RH_END_NO_MEMORY) {
        status = RH_NO_MEMORY;
    }
    struct part_run *run = status == RH_OK ? add_run(part, player->allocator) : NULL;
    if (run == NULL) {
        return status == RH_OK ? RH_NO_MEMORY : status;
    }
    memcpy(run->outcome, report->outcome, sizeof run->outcome);
    memcpy(run->digest, report->digest, sizeof run->digest);
    const struct rh_violation *violation = rh_judge_violation(player->judge);
    if (violation != NULL) {
        part->has_violation = true;
        part->violation = *violation;
    }
    if (report->end == RH_END_EVENTS && part->cut_events == 0) {
        part->cut_events = report->events;
    }
    part->first_seed = part->run_count == 1 ? seed : part->first_seed;
    part->last_seed = seed;
    return RH_OK;
}

/* A larger one takes longer to put back than a stage to set. */
#define STORE_BYTES_MAX ((size_t)1024 * 1024)

/* Bring the stage to where a run begins: as it was at the mark, or set anew, with a mark if the next one begins so, too. */
static void set_stage(struct player *player, const struct rh_play_run *run)
{
    bool follows = rh_strategy_follows(run->strategy);
    if (player->store.is_marked && player->follows == follows) {
        store_rewind(&player->store);
        rh_play_repeat(player->play, run);
        return;
    }
    player_settle(player);
    rh_play_set(player->play, run);
    bool comes_again = player->stores && !run->strategy->functions->first_only;
    if (comes_again && rh_play_can_repeat(player->play) &&
        store_size(&player->store) <= STORE_BYTES_MAX && store_mark(&player->store)) {
        player->follows = follows;
    }
}

static void add_tally(struct part *part, const struct player *player)
{
    uint64_t *run = part->tally + part->tally_count;
    rh_play_tally_take(player->play, run);
    for (size_t i = 0; i < part->tally_count; i++) {
        part->tally[i] += run[i];
    }
}

/* Play a run, and leave what its judge found and its strategy wants until the next. */
static enum rh_status play_run(struct player *player, const struct rh_play_run *run,
                               struct rh_play_report *report)
{
    set_stage(player, run);
    enum rh_status status = rh_play_act(player->play, report);
    if (!player->store.is_marked) {
        rh_play_clear(player->play);
    }
    return status;
}

static enum rh_status play_once(struct part *part, struct player *player)
{
    struct rh_trace_sink sink;
    struct both both = {part, player->options};
    struct playing playing = {part, player};
    enum rh_status status = begin_trace(&both, player->streams, &sink);
    if (status != RH_OK) {
        return status;
    }
    struct rh_play_run run = {
        .strategy = part->strategy,
        .seed = rh_strategy_seed(part->strategy, part->seed),
        .run = part->first + part->played,
        .judge = player->judge,
        .observer = player->observer,
        .writer = player->writer,
        .sink = player->writer == NULL ? NULL : &sink,
        .wants_failures_only = !player->streams && !player->options->keep_trace,
        .flushes = player->streams,
        .go_on = player->go_on == NULL ? NULL : go_on,
        .self = &playing,
    };
    struct rh_play_report report = {.end = RH_END_STOPPED};
    rh_strategy_begin(part->strategy);
    rh_counts_begin(player);
    status = play_run(player, &run, &report);
    if (status != RH_OK) {
        return status;
    }
    if (report.is_interrupted) {
        part->is_interrupted = true;
        return RH_OK;
    }
    part->events += report.events;
    bool leads_nowhere = rh_strategy_cuts(part->strategy) && !rh_judge_has_failed(player->judge);
    part->is_last_void = leads_nowhere;
    if (part->is_last_void) {
        return RH_OK; /* others cover it, or it cannot happen */
    }
    keep_trace(part);
    rh_counts_keep(player);
    return write_down(part, player, &report, run.seed);
}

static size_t tally_bytes(const struct part *part)
{
    return (2 * part->tally_count + 1) * sizeof(uint64_t);
}

static enum rh_status begin_tally(struct part *part, const struct player *player)
{
    part->tally_count = rh_play_tally_count(player->play);
    part->tally = player->allocator->allocate(player->allocator->self, tally_bytes(part));
    if (part->tally == NULL) {
        return RH_NO_MEMORY;
    }
    memset(part->tally, 0, tally_bytes(part));
    return RH_OK;
}

void part_play(struct part *part, struct player *player)
{
    part->trace.allocator = player->allocator;
    part->growing.allocator = player->allocator;
    part->coverage.allocator = player->allocator;
    part->more = true;
    part->status = begin_tally(part, player);
    while (part->more && part->played < part->runs_max && part->events < part->events_max &&
           !part->has_violation && part->status == RH_OK) {
        if (player->go_on != NULL && !player->go_on(player->self, part->run_count)) {
            part->is_interrupted = true;
            break;
        }
        part->status = play_once(part, player);
        add_tally(part, player);
        if (part->is_interrupted) {
            break;
        }
        part->played++;
        part->more = rh_strategy_end(part->strategy);
        if (part->status == RH_OK && part->strategy->status == RH_NO_MEMORY) {
            part->status = RH_NO_MEMORY;
        }
    }
    if (part->status == RH_OK && player->observer != NULL) {
        part->status = rh_coverage_observer_take(player->observer, &part->coverage);
    }
    if (part->status == RH_OK && !part->is_interrupted) {
        part->status = give_trace_again(part, player);
    }
}

void part_deinit(struct part *part, const struct rh_allocator *allocator)
{
    allocator->release(allocator->self, part->runs, part->run_capacity * sizeof(*part->runs));
    if (part->trace.bytes != NULL) {
        allocator->release(allocator->self, part->trace.bytes, part->trace.capacity);
    }
    if (part->growing.bytes != NULL) {
        allocator->release(allocator->self, part->growing.bytes, part->growing.capacity);
    }
    rh_coverage_deinit(&part->coverage);
    if (part->tally != NULL) {
        allocator->release(allocator->self, part->tally, tally_bytes(part));
    }
}
