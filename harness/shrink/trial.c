/* SPDX-License-Identifier: MIT */
/*
 * A version is played first as the last failing run went, leniently: what is not there any more is passed over. If that
 * does not fail, other orders are tried: some at random, then some classes of dpor. A failure that is not the wanted one is
 * a run like any other.
 *
 * The same invariant is not enough. "All three answers arrive" also fails when somebody takes away who sends one, and such a
 * version would always be smaller. So a version must pass where the original passes: first in, first out, or at least
 * without faults. Of what fails in any case, what was seen must stay the same. A version in which an actor panics fails in
 * another way, whatever else it does.
 *
 * Who has a build without the bug knows better: a version that fails here and holds there has the bug, and no other question is
 * needed. It is asked last, because that takes a process.
 */
#include "harness/shrink/trial.h"

#include "harness/scenario/scenario.h"
#include "harness/shrink/write.h"

#include <string.h>
#include <xxhash.h>

#define RANDOM_RUNS 24u
#define SHORTER_RUNS 100u
#define OVERTAKEN_MOST 2u
#define DPOR_RUNS 96u
#define DPOR_BYTES_MAX ((size_t)64 << 20)
#define DPOR_DEPTH 200u

void rh_trial_init(struct rh_trial *trial, const struct rh_stage_options *stage)
{
    *trial = (struct rh_trial){.stage = *stage, .is_thorough = true};
    if (trial->stage.allocator == NULL) {
        trial->stage.allocator = rh_allocator_default();
    }
    trial->run.allocator = trial->stage.allocator;
    trial->passing.allocator = trial->stage.allocator;
    trial->candidate.allocator = trial->stage.allocator;
    trial->anchors.allocator = trial->stage.allocator;
}

void rh_trial_deinit(struct rh_trial *trial)
{
    const struct rh_allocator *with = trial->stage.allocator;
    rh_lines_deinit(&trial->run);
    rh_lines_deinit(&trial->passing);
    rh_lines_deinit(&trial->candidate);
    rh_lines_deinit(&trial->anchors);
    if (trial->known != NULL) {
        with->release(with->self, trial->known, trial->known_capacity * sizeof *trial->known);
    }
    trial->known = NULL;
}

bool rh_trial_is_wanted(const struct rh_trial *trial, const struct rh_outcome_of_run *outcome)
{
    return outcome->counts && outcome->failure.invariant[0] != '\0' &&
           rh_fingerprint_same(&outcome->failure, &trial->wanted) &&
           (trial->guard != RH_GUARD_OBSERVED || trial->wanted.line == 0 ||
            strcmp(outcome->failure.observed, trial->wanted.observed) == 0);
}

static bool passes(const struct rh_outcome_of_run *outcome)
{
    return outcome->counts && outcome->failure.invariant[0] == '\0' &&
           outcome->end == RH_END_QUIESCENT;
}

/* ---- what was tried ---- */

static uint64_t *place_of(uint64_t *table, uint32_t capacity, uint64_t hash)
{
    uint32_t at = (uint32_t)hash & (capacity - 1);
    while (table[at] != 0 && table[at] != hash) {
        at = (at + 1) & (capacity - 1);
    }
    return &table[at];
}

/* A version that is tried leniently may be tried again thoroughly. */
static uint64_t hash_of(const struct rh_trial *trial, const char *text, size_t length)
{
    uint64_t hash = XXH3_64bits_withSeed(text, length, trial->is_thorough);
    return hash == 0 ? 1 : hash;
}

static bool is_known(const struct rh_trial *trial, uint64_t hash)
{
    return trial->known_count > 0 && *place_of(trial->known, trial->known_capacity, hash) != 0;
}

static enum rh_status remember(struct rh_trial *trial, uint64_t hash)
{
    const struct rh_allocator *with = trial->stage.allocator;
    if (2 * trial->known_count >= trial->known_capacity) {
        uint32_t capacity = trial->known_capacity == 0 ? 256 : 2 * trial->known_capacity;
        uint64_t *known = with->allocate(with->self, capacity * sizeof *known);
        if (known == NULL) {
            return RH_NO_MEMORY;
        }
        memset(known, 0, capacity * sizeof *known);
        for (uint32_t i = 0; i < trial->known_capacity; i++) {
            if (trial->known[i] != 0) {
                *place_of(known, capacity, trial->known[i]) = trial->known[i];
            }
        }
        with->release(with->self, trial->known, trial->known_capacity * sizeof *known);
        trial->known = known;
        trial->known_capacity = capacity;
    }
    *place_of(trial->known, trial->known_capacity, hash) = hash;
    trial->known_count++;
    return RH_OK;
}

/* ---- runs ---- */

/* A search through the runs of one version, for one that fails as wanted or for one that passes. */
struct attempt {
    struct rh_trial *trial;
    struct rh_stage *stage;
    bool is_for_pass;
    bool is_done;
    bool has_panicked; /* that is another failure, and such a version is not tried further */
};

static bool suits(const struct attempt *attempt, const struct rh_outcome_of_run *outcome)
{
    return attempt->is_for_pass ? passes(outcome)
                                : rh_trial_is_wanted(attempt->trial, outcome) &&
                                      outcome->steps <= attempt->trial->steps;
}

/* Do all anchors happen in a run, each as often as it is one? */
static bool holds(const struct rh_lines *anchors, const struct rh_lines *run)
{
    size_t at = 0;
    for (size_t i = 0; i < anchors->count;
         i++) { /* they keep their order, or it is another story */
        while (at < run->count && strcmp(run->at[at], anchors->at[i]) != 0) {
            at++;
        }
        if (at == run->count) {
            return false;
        }
        at++;
    }
    return true;
}

static void keep(struct attempt *attempt, const struct rh_outcome_of_run *outcome,
                 struct rh_lines *run)
{
    struct rh_trial *trial = attempt->trial;
    struct rh_lines *kept = attempt->is_for_pass ? &trial->candidate : &trial->run;
    if (!suits(attempt, outcome) || (!attempt->is_for_pass && !holds(&trial->anchors, run))) {
        rh_lines_deinit(run);
        return;
    }
    attempt->is_done = true;
    if (!attempt->is_for_pass) {
        trial->last = outcome->failure;
        trial->steps = outcome->steps;
    }
    rh_lines_deinit(kept);
    *kept = *run;
}

static enum rh_status try_last(struct attempt *attempt)
{
    const struct rh_trial *trial = attempt->trial;
    const struct rh_lines *last = attempt->is_for_pass ? &trial->passing : &trial->run;
    struct rh_outcome_of_run outcome = {.end = RH_END_STOPPED};
    struct rh_lines run = {.allocator = trial->stage.allocator};
    enum rh_status status = rh_stage_follow(attempt->stage, (const char *const *)last->at,
                                            last->count, true, &outcome, &run);
    attempt->has_panicked = outcome.panicked;
    if (status == RH_OK) {
        keep(attempt, &outcome, &run);
    }
    return status;
}

/* A schedule is followed event by event: what cannot be had so is no use. */
static enum rh_status try_again(struct attempt *attempt, const char *const *lines, size_t count)
{
    struct rh_outcome_of_run outcome;
    struct rh_lines copied = {.allocator = attempt->trial->stage.allocator};
    struct rh_lines run = copied;
    enum rh_status status = rh_lines_copy(copied.allocator, lines, count, &copied);
    if (status == RH_OK) {
        status = rh_stage_follow(attempt->stage, (const char *const *)copied.at, copied.count,
                                 false, &outcome, &run);
    }
    if (status == RH_OK) {
        keep(attempt, &outcome, &run);
    }
    rh_lines_deinit(&copied);
    return status;
}

/* Play until a run is what is looked for, or `runs` have been played. Consumes the strategy. */
static enum rh_status try_strategy(struct attempt *attempt, struct rh_strategy *inner,
                                   uint64_t runs)
{
    struct rh_strategy *transcript = NULL;
    const struct rh_allocator *allocator = attempt->trial->stage.allocator;
    enum rh_status status = rh_strategy_transcript(allocator, inner, &transcript);
    bool more = status == RH_OK;
    for (uint64_t i = 0; more && i < runs && status == RH_OK && !attempt->is_done; i++) {
        struct rh_outcome_of_run outcome;
        size_t count = 0;
        rh_strategy_begin(transcript);
        status = rh_stage_play(attempt->stage, transcript, &outcome);
        if (status == RH_OK && suits(attempt, &outcome)) {
            const char *const *lines = rh_strategy_transcript_lines(transcript, &count);
            status = try_again(attempt, lines, count);
        }
        attempt->has_panicked = outcome.panicked;
        more = !outcome.panicked && rh_strategy_end(transcript);
    }
    rh_strategy_destroy(transcript);
    rh_strategy_destroy(inner);
    return status;
}

static enum rh_status search(struct attempt *attempt)
{
    struct rh_strategy *strategy = NULL;
    const struct rh_allocator *allocator = attempt->trial->stage.allocator;
    enum rh_status status = rh_strategy_random(allocator, 1, RANDOM_RUNS, &strategy);
    status = status == RH_OK ? try_strategy(attempt, strategy, RANDOM_RUNS) : status;
    if (status != RH_OK || attempt->is_done || attempt->has_panicked) {
        return status;
    }
    status = rh_strategy_dpor(allocator, DPOR_DEPTH, DPOR_BYTES_MAX, &strategy);
    return status == RH_OK ? try_strategy(attempt, strategy, DPOR_RUNS) : status;
}

/* As the last one went, or in another order. */
static enum rh_status look(struct attempt *attempt, bool is_thorough)
{
    enum rh_status status = try_last(attempt);
    bool goes_on = status == RH_OK && !attempt->is_done && !attempt->has_panicked;
    return goes_on && is_thorough ? search(attempt) : status;
}

/* The run that passes belongs to the version that was tried: it stays if that one does. */
static void take_passing(struct rh_trial *trial, bool is_kept)
{
    if (is_kept && trial->candidate.count > 0) {
        rh_lines_deinit(&trial->passing);
        trial->passing = trial->candidate;
        trial->candidate = (struct rh_lines){.allocator = trial->stage.allocator};
    }
    rh_lines_deinit(&trial->candidate);
}

/* ---- guards ---- */

/* Does it pass, first in, first out? */
static enum rh_status passes_plainly(struct rh_stage *stage, bool *ret_passes)
{
    struct rh_outcome_of_run outcome;
    enum rh_status status = rh_stage_follow(stage, NULL, 0, false, &outcome, NULL);
    *ret_passes = status == RH_OK && passes(&outcome);
    return status;
}

static enum rh_status passes_bare(const struct rh_trial *trial, const char *text, size_t length,
                                  bool *ret_passes)
{
    struct rh_stage stage;
    enum rh_status status = rh_stage_open(&stage, &trial->stage, text, length, RH_STAGE_ALL);
    status = status == RH_OK ? passes_plainly(&stage, ret_passes) : status;
    rh_stage_close(&stage);
    return status;
}

static enum rh_status passes_somehow(struct rh_trial *trial, struct rh_stage *stage,
                                     bool *ret_passes)
{
    struct attempt attempt = {.trial = trial, .stage = stage, .is_for_pass = true};
    enum rh_status status = look(&attempt, true);
    *ret_passes = attempt.is_done;
    return status;
}

static enum rh_status is_guarded(struct rh_trial *trial, struct rh_stage *stage, const char *text,
                                 size_t length, bool *ret_is)
{
    *ret_is = true;
    switch (trial->guard) {
    case RH_GUARD_PLAIN:
        return passes_plainly(stage, ret_is);
    case RH_GUARD_BARE:
        return passes_bare(trial, text, length, ret_is);
    case RH_GUARD_SOME:
        return passes_somehow(trial, stage, ret_is);
    case RH_GUARD_OBSERVED:
    case RH_GUARD_ELSEWHERE:
        break;
    }
    return RH_OK;
}

/* ---- elsewhere ---- */

#define ELSEWHERE "fifo, {random: {runs: 20}}"

/* Along the run that fails here, and along some more. */
enum rh_status rh_trial_ask(const struct rh_trial *trial, const char *text, bool *ret_holds)
{
    struct rh_text_buffer out;
    const struct rh_write what = {
        .body = text,
        .path = trial->stage.path,
        .failure = &trial->wanted,
        .schedule = &trial->run,
        .seed = trial->stage.seed,
    };
    rh_text_buffer_init(&out, trial->stage.allocator, RH_SOURCE_BYTES_MAX);
    rh_write_regression(&what, ELSEWHERE, &out);
    enum rh_status status = out.status;
    *ret_holds =
        status == RH_OK && trial->holds(trial->holds_self, rh_text_buffer_text(&out), out.length);
    rh_text_buffer_deinit(&out);
    return status;
}

/* ---- the original ---- */

static bool mentions(const char *line, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = strstr(line, name); length > 0 && at != NULL; at = strstr(at + 1, name)) {
        bool begins = at == line || strchr(" <[", at[-1]) != NULL;
        if (begins && (at[length] == '\0' || strchr(" :>/@#,]", at[length]) != NULL)) {
            return true;
        }
    }
    return false;
}

static bool is_about(const struct rh_trial *trial, const char *line)
{
    return mentions(line, trial->wanted.actors[0]) || mentions(line, trial->wanted.actors[1]);
}

/* Take the n-th word of a line that can be a name, without what is behind ": "; false: there are no more. */
static bool name_at(const char *line, size_t n, char *name, size_t capacity)
{
    size_t end = strcspn(line, ":");
    size_t at = 0;
    for (;;) {
        at += strspn(line + at, " ->");
        size_t length = strcspn(line + at, " :/@");
        if (at >= end || length == 0) {
            return false;
        }
        if (n-- == 0) {
            length = length < capacity ? length : capacity - 1;
            memcpy(name, line + at, length);
            name[length] = '\0';
            return true;
        }
        at += strcspn(line + at, " :");
    }
}

static bool shares_name(const char *line, const char *other)
{
    static const char *const no_names[] = {"does", "step", "input"};
    char name[RH_FINGERPRINT_NAME_BYTES];
    for (size_t i = 0; name_at(line, i, name, sizeof name); i++) {
        bool is_name = true;
        for (size_t j = 0; j < sizeof no_names / sizeof no_names[0]; j++) {
            is_name = is_name && strcmp(name, no_names[j]) != 0;
        }
        if (is_name && mentions(other, name)) {
            return true;
        }
    }
    return false;
}

/* Choose the lines of whom the failure is about, of those they have to do with, and so on; and what is about no actor. */
static void choose_near(const struct rh_trial *trial, bool *chosen)
{
    const struct rh_lines *run = &trial->run;
    bool is_of_nobody = trial->wanted.actors[0][0] == '\0';
    bool more = true;
    for (size_t i = 0; i < run->count; i++) {
        const char *line = run->at[i];
        bool has_actor = strstr(line, " -> ") != NULL || strstr(line, " does") != NULL ||
                         strncmp(line, "timer ", 6) == 0;
        chosen[i] = is_of_nobody || !has_actor || is_about(trial, line);
    }
    while (more) {
        more = false;
        for (size_t i = 0; i < run->count; i++) {
            for (size_t j = 0; j < run->count && !chosen[i]; j++) {
                chosen[i] = chosen[j] && shares_name(run->at[j], run->at[i]);
                more = more || chosen[i];
            }
        }
    }
}

/* What did not happen cannot be seen in a run. If nothing tells why, everything that was near is kept. */
static enum rh_status anchor(struct rh_trial *trial)
{
    const struct rh_allocator *with = trial->stage.allocator;
    const char *invariant = trial->wanted.invariant;
    bool is_absence =
        strncmp(invariant, "expect", 6) == 0 || strncmp(invariant, "eventually", 10) == 0;
    size_t count = trial->run.count;
    if (trial->guard != RH_GUARD_OBSERVED || trial->wanted.line == 0 || !is_absence) {
        return RH_OK;
    }
    trial->keeps_details = true;
    const char **lines = with->allocate(with->self, (count + 1) * sizeof *lines);
    bool *chosen = with->allocate(with->self, (count + 1) * sizeof *chosen);
    enum rh_status status = lines == NULL || chosen == NULL ? RH_NO_MEMORY : RH_OK;
    if (status == RH_OK) {
        size_t left = 0;
        choose_near(trial, chosen);
        for (size_t i = 0; i < count; i++) {
            if (chosen[i] && strcmp(trial->run.at[i], "end") != 0) {
                lines[left++] = trial->run.at[i];
            }
        }
        rh_lines_deinit(&trial->anchors);
        status = rh_lines_copy(with, lines, left, &trial->anchors);
    }
    with->release(with->self, lines, (count + 1) * sizeof *lines);
    with->release(with->self, chosen, (count + 1) * sizeof *chosen);
    return status;
}

static enum rh_status choose_guard(struct rh_trial *trial, struct rh_stage *stage, const char *text,
                                   size_t length)
{
    bool is = false;
    enum rh_status status = RH_OK;
    if (trial->holds != NULL) {
        trial->guard = RH_GUARD_ELSEWHERE;
        return RH_OK;
    }
    for (int guard = RH_GUARD_PLAIN; status == RH_OK && !is; guard++) {
        trial->guard = (enum rh_guard)guard;
        bool has_faults = stage->scenario->plan.fault_count > 0;
        if (guard != RH_GUARD_BARE || has_faults) {
            status = is_guarded(trial, stage, text, length, &is);
        }
    }
    take_passing(trial, true);
    return status;
}

enum rh_status rh_trial_begin(struct rh_trial *trial, const char *text, size_t length,
                              const char *const *lines, size_t count)
{
    struct rh_stage stage;
    struct rh_outcome_of_run outcome = {.end = RH_END_STOPPED};
    struct rh_lines run = {.allocator = trial->stage.allocator};
    enum rh_status status = rh_stage_open(&stage, &trial->stage, text, length, RH_STAGE_NONE);
    if (status == RH_OK) {
        status = rh_stage_follow(&stage, lines, count, false, &outcome, &run);
    }
    if (status == RH_OK && outcome.failure.invariant[0] == '\0') {
        status = RH_NOT_FOUND;
    }
    if (status == RH_OK) {
        trial->wanted = outcome.failure;
        trial->last = outcome.failure;
        trial->steps = outcome.steps;
        rh_lines_deinit(&trial->run);
        trial->run = run;
        run = (struct rh_lines){.allocator = trial->stage.allocator};
        status = choose_guard(trial, &stage, text, length);
        status = status == RH_OK ? anchor(trial) : status;
    }
    rh_lines_deinit(&run);
    rh_stage_close(&stage);
    return status;
}

enum rh_status rh_trial_look_for(struct rh_trial *trial, const char *text, size_t length,
                                 const struct rh_fingerprint *failure, uint64_t steps)
{
    struct rh_stage stage;
    enum rh_trial_answer answer = RH_TRIAL_HOLDS;
    rh_lines_deinit(&trial->run);
    trial->wanted = *failure;
    trial->steps = 2 * steps + 16;
    enum rh_status status = rh_stage_open(&stage, &trial->stage, text, length, RH_STAGE_NONE);
    status = status == RH_OK ? choose_guard(trial, &stage, text, length) : status;
    rh_stage_close(&stage);
    status = status == RH_OK ? rh_trial_try(trial, text, length, &answer) : status;
    return status == RH_OK && answer != RH_TRIAL_FAILS ? RH_DIVERGED : status;
}

/* ---- the same in fewer steps ---- */

/* Orders near the oldest first are the ones to be had with few lines, and most of those that are short. */
static enum rh_status search_nearby(struct attempt *attempt)
{
    const struct rh_allocator *with = attempt->trial->stage.allocator;
    struct rh_bounds bounds = {
        .choices = RH_UNBOUNDED, .preemptions = RH_UNBOUNDED, .faults = RH_UNBOUNDED};
    enum rh_status status = RH_OK;
    for (uint64_t delays = 0;
         delays <= OVERTAKEN_MOST && status == RH_OK && !attempt->is_done && !attempt->has_panicked;
         delays++) {
        struct rh_strategy *strategy = NULL;
        bounds.delays = delays;
        status = rh_strategy_bounded(with, DPOR_DEPTH, &bounds, &strategy);
        status = status == RH_OK ? try_strategy(attempt, strategy, SHORTER_RUNS) : status;
    }
    return status == RH_OK && !attempt->is_done && !attempt->has_panicked ? search(attempt)
                                                                          : status;
}

static enum rh_status shorten_once(struct rh_trial *trial, const char *text, size_t length,
                                   bool *ret_is_shorter)
{
    struct rh_stage stage;
    struct attempt attempt = {.trial = trial, .stage = &stage};
    struct rh_stage_options options = trial->stage;
    const uint64_t before = trial->steps;
    trial->steps = options.events_max = before - 1;
    enum rh_status status = rh_stage_open(&stage, &options, text, length, RH_STAGE_NONE);
    status = status == RH_OK ? search_nearby(&attempt) : status;
    rh_stage_close(&stage);
    *ret_is_shorter = attempt.is_done;
    trial->steps = attempt.is_done ? trial->steps : before;
    return status;
}

enum rh_status rh_trial_shorten(struct rh_trial *trial, const char *text, size_t length,
                                bool *ret_is_shorter)
{
    bool more = true;
    enum rh_status status = RH_OK;
    *ret_is_shorter = false;
    while (more && status == RH_OK && trial->steps > 1) {
        status = shorten_once(trial, text, length, &more);
        *ret_is_shorter = *ret_is_shorter || more;
    }
    return status;
}

/* ---- a version ---- */

static enum rh_status try_all(struct attempt *attempt, const char *text, size_t length)
{
    bool is_guarded_by_itself = false;
    enum rh_status status =
        is_guarded(attempt->trial, attempt->stage, text, length, &is_guarded_by_itself);
    return status == RH_OK && is_guarded_by_itself ? look(attempt, attempt->trial->is_thorough)
                                                   : status;
}

/* What fails here must hold there, or it was as if nothing had failed. */
static enum rh_status try_here_and_there(struct attempt *attempt, const char *text, size_t length)
{
    struct rh_trial *trial = attempt->trial;
    const struct rh_fingerprint last = trial->last;
    const uint64_t steps = trial->steps;
    struct rh_lines before;
    enum rh_status status = rh_lines_copy(
        trial->stage.allocator, (const char *const *)trial->run.at, trial->run.count, &before);
    status = status == RH_OK ? try_all(attempt, text, length) : status;
    if (status == RH_OK && attempt->is_done) {
        status = rh_trial_ask(trial, text, &attempt->is_done);
        if (!attempt->is_done) {
            rh_lines_deinit(&trial->run);
            trial->run = before;
            trial->last = last;
            trial->steps = steps;
            return status;
        }
    }
    rh_lines_deinit(&before);
    return status;
}

enum rh_status rh_trial_try(struct rh_trial *trial, const char *text, size_t length,
                            enum rh_trial_answer *ret_answer)
{
    struct rh_stage stage;
    struct attempt attempt = {.trial = trial, .stage = &stage};
    uint64_t hash = hash_of(trial, text, length);
    *ret_answer = RH_TRIAL_HOLDS;
    if (is_known(trial, hash)) {
        return RH_OK;
    }
    if (rh_purse_is_empty(trial->stage.purse)) {
        return RH_LIMIT;
    }
    enum rh_status status = rh_stage_open(&stage, &trial->stage, text, length, RH_STAGE_NONE);
    if (status == RH_MALFORMED) {
        *ret_answer = RH_TRIAL_BROKEN;
        status = RH_OK;
    } else if (status == RH_OK) {
        trial->tries++;
        status = trial->guard == RH_GUARD_ELSEWHERE ? try_here_and_there(&attempt, text, length)
                                                    : try_all(&attempt, text, length);
        *ret_answer = attempt.is_done ? RH_TRIAL_FAILS : RH_TRIAL_HOLDS;
        take_passing(trial, attempt.is_done);
    }
    rh_stage_close(&stage);
    return status == RH_OK && !attempt.is_done ? remember(trial, hash) : status;
}
