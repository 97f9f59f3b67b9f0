/* SPDX-License-Identifier: MIT */
/** @file
 *  Scenario files: load one, look at it, explore it.
 *
 *      load | parse -> diagnostics -> (explore)* -> destroy
 *
 *  A scenario is immutable once it is loaded; explorations of it share nothing but it. */
#ifndef REHEARSE_SCENARIO_H
#define REHEARSE_SCENARIO_H

#include <rehearse/program.h>
#include <rehearse/verdict.h>

RH_PUBLIC_BEGIN

struct rh_scenario;

/** Load a scenario file. `*ret_scenario` is set in every case but RH_NO_MEMORY, so that its diagnostics can be printed;
 *  it can be explored after RH_OK only. RH_IO, RH_LIMIT, RH_MALFORMED: reported. `allocator` and `program` may be NULL
 *  and are borrowed for the scenario's life. */
RH_MUST_USE enum rh_status rh_scenario_load(const struct rh_allocator *allocator, const char *path,
                                            const struct rh_program *program,
                                            struct rh_scenario **ret_scenario);
/** As rh_scenario_load, from memory; `name` is what messages call it. Both are copied. */
RH_MUST_USE enum rh_status rh_scenario_parse(const struct rh_allocator *allocator, const char *name,
                                             const char *text, size_t length,
                                             const struct rh_program *program,
                                             struct rh_scenario **ret_scenario);
/** Draw faults for a scenario by a seed: which kinds, at whom, how often, how likely. What is drawn is a scenario of its
 *  own, whose text can be saved: the given one with these faults, so many random runs, and without what it expects.
 *  RH_INVALID: it has errors or no actors or is to fail, or its sections are not keys at the margin (then `*ret_drawn` may be
 *  set, for its diagnostics). RH_NO_MEMORY. */
RH_MUST_USE enum rh_status rh_scenario_swarm(const struct rh_scenario *scenario, uint64_t seed,
                                             uint64_t runs, struct rh_scenario **ret_drawn);
/** Draw the faults of a file that says `faults: {swarm: …}` anew, by this seed instead of its own. Loading has drawn them
 *  already: what is explored, and what rh_scenario_text gives, is the file with faults in the place of `swarm`. RH_NOT_FOUND:
 *  it does not say so. RH_INVALID as above, RH_NO_MEMORY: `*scenario` is as it was, or has diagnostics. */
RH_MUST_USE enum rh_status rh_scenario_redraw(struct rh_scenario **scenario, uint64_t seed);
/** Accepts NULL. */
void rh_scenario_destroy(struct rh_scenario *scenario);

/** Write errors and warnings with their lines, carets and hints. As snprintf: returns the length needed; terminates
 *  unless `capacity` is 0. */
size_t rh_scenario_diagnostics(const struct rh_scenario *scenario, bool with_colour, char *buffer,
                               size_t capacity);
uint32_t rh_scenario_error_count(const struct rh_scenario *scenario);
uint32_t rh_scenario_warning_count(const struct rh_scenario *scenario);

const char *rh_scenario_path(const struct rh_scenario *scenario);
/** NULL for a scenario with errors, as `about`, `skip`. */
const char *rh_scenario_title(const struct rh_scenario *scenario);
const char *rh_scenario_about(const struct rh_scenario *scenario);
/** Why it is not to be run; NULL: it is. */
const char *rh_scenario_skip(const struct rh_scenario *scenario);
/** Return the n-th id of `covers`, NULL behind the last. */
const char *rh_scenario_covers(const struct rh_scenario *scenario, size_t index);
/** Return the text of the file; never NULL. */
const char *rh_scenario_text(const struct rh_scenario *scenario, size_t *ret_length);
/** A strategy instead of those that the scenario asks for. */
struct rh_scenario_strategy {
    const char *name; /**< "fifo", "random", "pct", "exhaustive" …; NULL: the scenario's own */
    uint64_t depth;   /**< pct: 1 to 64; 0: 3 */
    bool has_runs;    /**< of those that draw runs */
    uint64_t runs;
    bool has_seed; /**< of the first run that is drawn; otherwise of the actors' streams */
    uint64_t seed;
};

/** How far an exploration has come. */
struct rh_progress {
    uint64_t runs;
    uint64_t events;
    double
        share; /**< of the strategy under way, by its own estimate, above 0 and at most 1; 0: not known */
};

/** How to explore. Zeroed is what the scenario asks for. Everything is borrowed. */
struct rh_explore_options {
    const struct rh_allocator *allocator; /**< NULL: the scenario's */
    const struct rh_scenario_strategy *strategies;
    size_t strategy_count; /**< 0: those of the scenario */
    uint64_t runs_max;     /**< over all strategies; 0: the scenario's budget */
    /** Threads that play, 0: one. What is found does not depend on it. More than one take an allocator that is safe from any
     *  thread, and behaviours and checkers that share nothing; with `trace` there is one. */
    uint32_t jobs;
    /** Runs of a part, as it is given to a thread and as checkpoints stand between them; 0: as many as are worth it. The
     *  same classes are found with any. Few of them share small explorations, too, and UINT64_MAX shares none. */
    uint64_t part_runs;
    /** Asked before each thread but the caller's own begins, which is let go with `release`. NULL: always. */
    bool (*hire)(void *self);
    void (*release)(void *self);
    bool keep_trace;     /**< also keep the trace of the last run when nothing fails */
    bool without_checks; /**< only the scenario's own properties are judged */
    bool without_digest; /**< for speed: no digest over the traces */
    bool
        with_coverage; /**< fill the result's coverage; what a checkpoint had explored is not in it */
    /** Set the stage for every run, with blocks straight from the allocator, which then sees each request. Otherwise what runs
     *  begin with alike is played once and put back; nothing else differs. */
    bool begins_anew;
    /** Told now and then. NULL: not. */
    void (*progress)(void *self, const struct rh_progress *progress);
    /** Asked when it can be written down how far it has come, whether that is to be done. NULL: never. */
    bool (*wants_checkpoint)(void *self);
    /** Gets what was written down, also when `go_on` has ended it; if that was before anything came back, whoever resumes
     *  begins anew. What it returns ends the exploration unless it is RH_OK. */
    enum rh_status (*checkpoint)(void *self, const uint8_t *bytes, size_t size);
    const uint8_t *resume; /**< a checkpoint to go on from; NULL: from the beginning */
    size_t resume_size;
    /** Asked before each run and now and then within one; false ends the exploration, whose verdict is `unknown` then unless a
     *  violation has been found. NULL: always. */
    bool (*go_on)(void *self, uint64_t runs);
    /** Gets the trace of each run while it grows: no bytes first, for a new run, then piece by piece. What it returns ends the
     *  exploration unless it is RH_OK. NULL: nobody. */
    enum rh_status (*trace)(void *self, const uint8_t *bytes, size_t size);
    void *self;
};

/** Explore: run the strategies one after the other until one finds a violation, whose run is kept as a trace. The result,
 *  `*ret_result`, is always valid and to be deinit'ed. RH_NO_MEMORY (verdict error); RH_INVALID: the scenario has errors or
 *  there is no such strategy; RH_MALFORMED: `resume` is no checkpoint of this exploration, and `why` says what is wrong. */
RH_MUST_USE enum rh_status rh_scenario_explore(const struct rh_scenario *scenario,
                                               const struct rh_explore_options *options,
                                               struct rh_result *ret_result);

/** Write the JSON Schema of scenario files, for editors. As snprintf. */
size_t rh_scenario_schema(char *buffer, size_t capacity);

RH_PUBLIC_END
#endif
