/* SPDX-License-Identifier: MIT */
/*
 * Two runs that differ in one thing, and of which one fails, say more than either: the one thing is what matters. A fault
 * that can be spared comes first, because nothing is easier to understand; then steps that follow each other, the last ones
 * first, because near the end there is less that could follow from the change.
 *
 * If a passing run is further away, the way from the failing run to it is walked in swaps: somewhere on it the failure goes
 * away, and there are two runs that differ in one.
 *
 * The rest of the changed run follows the failing one as far as it can. A swap counts only if both steps were really had the
 * other way round, right there.
 *
 * When it was too late is found by going on in other ways behind the first k steps: if some way passes behind k steps, then
 * some does behind fewer, so k is found by halving.
 */
#include "harness/shrink/neighbour.h"

#include "harness/scenario/scenario.h"

#include <stdio.h>
#include <string.h>

#define WAYS_MAX 200u
#define WAYS_AT_RANDOM 12u
#define WAYS_DEPTH 4000u

static bool passes(const struct rh_outcome_of_run *outcome)
{
    return outcome->counts && outcome->failure.invariant[0] == '\0' &&
           outcome->end == RH_END_QUIESCENT;
}

struct looking {
    const struct rh_trial *trial;
    struct rh_stage *stage;
    const char *text;
    size_t length;
    const struct rh_lines *run;
    const char **changed; /* room for one line more than the run has */
    struct rh_neighbour *found;
};

/* Where the n-th line of this text is; the count if there is none. */
static size_t place_of(const struct rh_lines *lines, const char *text, size_t n)
{
    size_t at = 0;
    while (at < lines->count && (strcmp(lines->at[at], text) != 0 || n-- > 0)) {
        at++;
    }
    return at;
}

/* Does what happens in both runs happen in the same order? Otherwise they differ in more than was changed. */
static bool is_in_order(const struct rh_lines *a, const struct rh_lines *b)
{
    size_t last = 0;
    for (size_t i = 0; i < a->count; i++) {
        size_t before = 0;
        for (size_t j = 0; j < i; j++) {
            before += strcmp(a->at[j], a->at[i]) == 0;
        }
        size_t at = place_of(b, a->at[i], before);
        if (at < b->count && strcmp(a->at[i], "end") != 0) {
            if (at < last) {
                return false;
            }
            last = at;
        }
    }
    return true;
}

static enum rh_status follow(struct looking *looking, struct rh_stage *stage, size_t count,
                             bool is_swap, bool *ret_passes)
{
    struct rh_outcome_of_run outcome;
    struct rh_lines run = {.allocator = stage->options.allocator};
    enum rh_status status = rh_stage_follow(stage, looking->changed, count, true, &outcome, &run);
    *ret_passes =
        status == RH_OK && passes(&outcome) && (is_swap || is_in_order(looking->run, &run));
    looking->found->tried += status == RH_OK && !*ret_passes;
    if (*ret_passes) {
        looking->found->run = run;
    } else {
        rh_lines_deinit(&run);
    }
    return status;
}

static void copy_lines(struct looking *looking)
{
    for (size_t i = 0; i < looking->run->count; i++) {
        looking->changed[i] = looking->run->at[i];
    }
}

/* ---- without a fault ---- */

static enum rh_status spare_line(struct looking *looking, size_t at, bool *ret_passes)
{
    copy_lines(looking);
    memmove(&looking->changed[at], &looking->changed[at + 1],
            (looking->run->count - at - 1) * sizeof *looking->changed);
    return follow(looking, looking->stage, looking->run->count - 1, false, ret_passes);
}

static enum rh_status spare_pinned(struct looking *looking, uint32_t fault, bool *ret_passes)
{
    struct rh_stage stage;
    enum rh_status status =
        rh_stage_open(&stage, &looking->stage->options, looking->text, looking->length, fault);
    if (status == RH_OK) {
        copy_lines(looking);
        status = follow(looking, &stage, looking->run->count, false, ret_passes);
    }
    rh_stage_close(&stage);
    return status;
}

static enum rh_status spare_faults(struct looking *looking)
{
    const struct rh_plan *plan = &looking->stage->scenario->plan;
    struct rh_neighbour *found = looking->found;
    enum rh_status status = RH_OK;
    bool does = false;
    for (size_t i = looking->run->count; i > 0 && status == RH_OK && !does; i--) {
        if (rh_line_is_fault(looking->run->at[i - 1])) {
            status = spare_line(looking, i - 1, &does);
            found->at = i - 1;
        }
    }
    for (uint32_t i = 0; i < plan->fault_count && status == RH_OK && !does; i++) {
        if (plan->faults[i].when != 0 || plan->faults[i].has_at || plan->faults[i].is_pinned) {
            status = spare_pinned(looking, i, &does);
            found->fault = i;
        }
    }
    if (does) {
        found->difference = RH_DIFFERENCE_FAULT;
    } else {
        found->fault = UINT32_MAX;
    }
    return status;
}

/* ---- the other way round ---- */

/* Are two runs the same up to there, and have the next two events the other way round? */
static bool is_swap(const struct rh_lines *a, const struct rh_lines *b, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (i >= a->count || i >= b->count || strcmp(a->at[i], b->at[i]) != 0) {
            return false;
        }
    }
    return at + 1 < a->count && at + 1 < b->count && strcmp(a->at[at], b->at[at + 1]) == 0 &&
           strcmp(a->at[at + 1], b->at[at]) == 0;
}

static enum rh_status swap_steps(struct looking *looking)
{
    const struct rh_lines *run = looking->run;
    struct rh_neighbour *found = looking->found;
    enum rh_status status = RH_OK;
    for (size_t i = run->count; i > 1 && status == RH_OK; i--) {
        size_t at = i - 2;
        bool does = false;
        if (!rh_line_is_event(run->at[at]) || !rh_line_is_event(run->at[at + 1]) ||
            strcmp(run->at[at], run->at[at + 1]) == 0) {
            continue;
        }
        copy_lines(looking);
        looking->changed[at] = run->at[at + 1];
        looking->changed[at + 1] = run->at[at];
        status = follow(looking, looking->stage, run->count, true, &does);
        if (does && is_swap(run, &found->run, at)) {
            found->difference = RH_DIFFERENCE_SWAP;
            found->at = at;
            return status;
        }
        if (does) {
            rh_lines_deinit(&found->run);
        }
    }
    return status;
}

/* ---- another number ---- */

static enum rh_status change_answers(struct looking *looking)
{
    const struct rh_lines *run = looking->run;
    struct rh_neighbour *found = looking->found;
    enum rh_status status = RH_OK;
    for (size_t at = run->count; at > 0 && status == RH_OK; at--) {
        const char *line = run->at[at - 1];
        bool does = false;
        char other[32];
        if (rh_line_is_event(line) || strcmp(line, "end") == 0) {
            continue;
        }
        (void)snprintf(other, sizeof other, "%.*s: %d", (int)strcspn(line, ":"), line,
                       strcmp(line + strcspn(line, ":"), ": 0") == 0 ? 1 : 0);
        copy_lines(looking);
        looking->changed[at - 1] = other;
        status = follow(looking, looking->stage, run->count, false, &does);
        if (does) {
            found->difference = RH_DIFFERENCE_ANSWER;
            found->at = at - 1;
            return status;
        }
    }
    return status;
}

enum rh_status rh_neighbour_find(const struct rh_trial *trial, struct rh_stage *stage,
                                 const char *text, size_t length, const struct rh_lines *run,
                                 struct rh_neighbour *ret_neighbour)
{
    const struct rh_allocator *with = stage->options.allocator;
    size_t bytes = (run->count + 1) * sizeof(char *);
    struct looking looking = {trial, stage, text, length, run, NULL, ret_neighbour};
    *ret_neighbour = (struct rh_neighbour){
        .fault = UINT32_MAX, .run = {.allocator = with}, .failing = {.allocator = with}};
    looking.changed = with->allocate(with->self, bytes);
    if (looking.changed == NULL) {
        return RH_NO_MEMORY;
    }
    enum rh_status status = spare_faults(&looking);
    if (status == RH_OK && ret_neighbour->difference == RH_DIFFERENCE_NONE) {
        status = swap_steps(&looking);
    }
    if (status == RH_OK && ret_neighbour->difference == RH_DIFFERENCE_NONE) {
        status = change_answers(&looking);
    }
    with->release(with->self, looking.changed, bytes);
    return status == RH_LIMIT ? RH_OK : status;
}

void rh_neighbour_deinit(struct rh_neighbour *neighbour)
{
    rh_lines_deinit(&neighbour->run);
    rh_lines_deinit(&neighbour->failing);
}

/* ---- too late ---- */

struct ways {
    bool some_passes;
    bool all_tried;
    bool panicked; /* the last one: what lies behind it is not known */
    uint64_t tried;
    struct rh_lines passing;
};

static enum rh_status try_way(struct rh_stage *stage, struct rh_strategy *transcript,
                              struct ways *ways)
{
    struct rh_outcome_of_run outcome;
    size_t count = 0;
    enum rh_status status = rh_stage_play(stage, transcript, &outcome);
    if (status == RH_OK) {
        ways->tried++;
        ways->some_passes = passes(&outcome);
        ways->panicked = outcome.panicked;
    }
    if (ways->some_passes) {
        const char *const *lines = rh_strategy_transcript_lines(transcript, &count);
        status = rh_lines_copy(stage->options.allocator, lines, count, &ways->passing);
    }
    return status;
}

/* Go on behind the first `count` lines as `then` says, until a run passes. Consumes it. */
static enum rh_status try_strategy(struct rh_stage *stage, const struct rh_lines *run, size_t count,
                                   struct rh_strategy *then, uint64_t runs, struct ways *ways)
{
    const struct rh_allocator *with = stage->options.allocator;
    struct rh_strategy *pinned = NULL;
    struct rh_strategy *transcript = NULL;
    const struct rh_pinned_options options = {
        .lines = (const char *const *)run->at, .count = count, .then = then};
    enum rh_status status = rh_strategy_pinned(with, &options, &pinned);
    status = status == RH_OK ? rh_strategy_transcript(with, pinned, &transcript) : status;
    bool more = status == RH_OK;
    for (uint64_t i = 0; more && status == RH_OK && !ways->some_passes && i < runs; i++) {
        rh_strategy_begin(transcript);
        status = try_way(stage, transcript, ways);
        more = !ways->panicked && rh_strategy_end(transcript);
    }
    ways->all_tried = !more && !ways->panicked && then->complete;
    rh_strategy_destroy(transcript);
    rh_strategy_destroy(pinned);
    rh_strategy_destroy(then);
    return status;
}

/* As the passing run that is known, as far as that goes; at random; and all ways in order. */
static enum rh_status try_ways(struct rh_stage *stage, const struct rh_lines *run, size_t count,
                               const struct rh_lines *known, struct ways *ret_ways)
{
    const struct rh_allocator *with = stage->options.allocator;
    const struct rh_pinned_options as_known = {
        .lines = (const char *const *)known->at, .count = known->count, .is_lenient = true};
    struct rh_strategy *then = NULL;
    *ret_ways = (struct ways){.passing = {.allocator = with}};
    enum rh_status status = rh_strategy_pinned(with, &as_known, &then);
    status = status == RH_OK ? try_strategy(stage, run, count, then, 1, ret_ways) : status;
    if (status == RH_OK && !ret_ways->some_passes) {
        status = rh_strategy_random(with, 1, WAYS_AT_RANDOM, &then);
        status = status == RH_OK ? try_strategy(stage, run, count, then, WAYS_AT_RANDOM, ret_ways)
                                 : status;
    }
    if (status == RH_OK && !ret_ways->some_passes) {
        ret_ways->tried = 0;
        status = rh_strategy_exhaustive(with, WAYS_DEPTH, &then);
        status =
            status == RH_OK ? try_strategy(stage, run, count, then, WAYS_MAX, ret_ways) : status;
    }
    return status;
}

/* Take over what is known behind some step. */
static void learn(struct rh_too_late *too_late, struct ways *ways)
{
    if (ways->some_passes) {
        rh_lines_deinit(&too_late->passing);
        too_late->passing = ways->passing;
    } else {
        rh_lines_deinit(&ways->passing);
        too_late->is_certain = ways->all_tried;
        too_late->tried = ways->tried;
    }
}

enum rh_status rh_too_late_find(struct rh_stage *stage, const struct rh_lines *run,
                                const struct rh_lines *passing, struct rh_too_late *ret_too_late)
{
    struct ways ways;
    size_t passes_behind = 0;
    size_t fails_behind = run->count;
    *ret_too_late = (struct rh_too_late){.is_certain = true,
                                         .passing = {.allocator = stage->options.allocator}};
    enum rh_status status = try_ways(stage, run, 0, passing, &ways);
    bool is_known = ways.some_passes;
    learn(ret_too_late, &ways);
    while (status == RH_OK && is_known && fails_behind - passes_behind > 1) {
        size_t middle = passes_behind + (fails_behind - passes_behind) / 2;
        status = try_ways(stage, run, middle, &ret_too_late->passing, &ways);
        if (ways.some_passes) {
            passes_behind = middle;
        } else {
            fails_behind = middle;
        }
        learn(ret_too_late, &ways);
    }
    ret_too_late->is_known = is_known && status == RH_OK;
    ret_too_late->at = passes_behind;
    return status == RH_LIMIT ? RH_OK : status;
}

void rh_too_late_deinit(struct rh_too_late *too_late)
{
    rh_lines_deinit(&too_late->passing);
}

/* ---- between two runs ---- */

struct bridge {
    const struct rh_trial *trial;
    struct rh_stage *stage;
    const char **at;       /* the run under way, as far as it is chosen */
    struct rh_lines run;   /* the last that failed as wanted */
    struct rh_lines other; /* the last that did not */
    bool does_fail;
    bool does_pass;
    bool is_inserted; /* the last change was no swap */
};

static enum rh_status walk(struct bridge *bridge, size_t count)
{
    struct rh_outcome_of_run outcome;
    struct rh_lines run = {.allocator = bridge->stage->options.allocator};
    enum rh_status status = rh_stage_follow(bridge->stage, bridge->at, count, true, &outcome, &run);
    bridge->does_fail = status == RH_OK && rh_trial_is_wanted(bridge->trial, &outcome);
    bridge->does_pass = status == RH_OK && passes(&outcome);
    struct rh_lines *kept = bridge->does_fail ? &bridge->run : &bridge->other;
    rh_lines_deinit(kept);
    *kept = run;
    return status;
}

/* Move the line at `from` up to `to`, a swap at a time, until the run passes. */
static enum rh_status bubble(struct bridge *bridge, size_t from, size_t to, bool *ret_found,
                             size_t *ret_at)
{
    enum rh_status status = RH_OK;
    *ret_found = false;
    for (size_t at = from; at > to && status == RH_OK; at--) {
        const struct rh_lines *run = &bridge->run;
        for (size_t i = 0; i < run->count; i++) {
            bridge->at[i] = run->at[i];
        }
        if (at >= run->count) {
            return RH_OK;
        }
        const char *line = bridge->at[at];
        bridge->at[at] = bridge->at[at - 1];
        bridge->at[at - 1] = line;
        status = walk(bridge, run->count);
        if (status == RH_OK && bridge->does_pass) {
            *ret_found = true;
            *ret_at = at - 1;
            return RH_OK;
        }
        if (!bridge->does_fail) {
            return status; /* another failure lies between */
        }
    }
    return status;
}

/* Have something happen that the failing run has not. */
static enum rh_status insert(struct bridge *bridge, const char *line, size_t at)
{
    const struct rh_lines *run = &bridge->run;
    for (size_t i = 0; i < run->count; i++) {
        bridge->at[i < at ? i : i + 1] = run->at[i];
    }
    bridge->at[at] = line;
    return walk(bridge, run->count + 1);
}

/* Take over one more line of the passing run at a time, and go on as the failing one did. */
static enum rh_status cross(struct bridge *bridge, const struct rh_lines *passing, bool *ret_found,
                            size_t *ret_at)
{
    enum rh_status status = RH_OK;
    *ret_found = false;
    for (size_t k = 0; k < passing->count && status == RH_OK && !*ret_found; k++) {
        size_t from = k;
        while (from < bridge->run.count && strcmp(bridge->run.at[from], passing->at[k]) != 0) {
            from++;
        }
        if (from == bridge->run.count) {
            status = insert(bridge, passing->at[k], k);
            bridge->is_inserted = status == RH_OK && bridge->does_pass && k < bridge->run.count &&
                                  k < bridge->other.count &&
                                  strcmp(bridge->other.at[k], passing->at[k]) == 0;
            *ret_found = bridge->is_inserted;
            *ret_at = k;
            if (status != RH_OK || !bridge->does_fail) {
                return status;
            }
            continue;
        }
        status = bubble(bridge, from, k, ret_found, ret_at);
        if (status == RH_OK && !*ret_found && !bridge->does_fail && from != k) {
            return RH_OK;
        }
    }
    return status;
}

static bool is_same(const struct rh_lines *a, const struct rh_lines *b)
{
    size_t at = 0;
    while (at < a->count && at < b->count && strcmp(a->at[at], b->at[at]) == 0) {
        at++;
    }
    return at == a->count && at == b->count;
}

enum rh_status rh_neighbour_bridge(const struct rh_trial *trial, struct rh_stage *stage,
                                   const struct rh_lines *run, const struct rh_lines *passing,
                                   struct rh_neighbour *neighbour)
{
    const struct rh_allocator *with = stage->options.allocator;
    size_t bytes = (4 * (run->count + passing->count) + 64) * sizeof(char *);
    struct bridge bridge = {.trial = trial,
                            .stage = stage,
                            .at = with->allocate(with->self, bytes),
                            .run = {.allocator = with},
                            .other = {.allocator = with}};
    bool found = false;
    size_t at = 0;
    enum rh_status status = bridge.at == NULL ? RH_NO_MEMORY : RH_OK;
    if (status == RH_OK) {
        status = rh_lines_copy(with, (const char *const *)run->at, run->count, &bridge.run);
    }
    if (status == RH_OK && run->count > 0) {
        status = cross(&bridge, passing, &found, &at);
    }
    if (status == RH_OK && found &&
        (bridge.is_inserted || is_swap(&bridge.run, &bridge.other, at))) {
        neighbour->difference = bridge.is_inserted ? RH_DIFFERENCE_FIRST : RH_DIFFERENCE_SWAP;
        neighbour->at = at;
        if (!is_same(&bridge.run, run)) {
            neighbour->failing = bridge.run;
            bridge.run = (struct rh_lines){.allocator = with};
        }
        neighbour->run = bridge.other;
        bridge.other = (struct rh_lines){.allocator = with};
    }
    rh_lines_deinit(&bridge.run);
    rh_lines_deinit(&bridge.other);
    if (bridge.at != NULL) {
        with->release(with->self, bridge.at, bytes);
    }
    return status == RH_LIMIT ? RH_OK : status;
}
