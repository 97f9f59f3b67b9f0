/* SPDX-License-Identifier: MIT */
/** @file
 *  The second of the two worlds: a scenario with every node a process of its own, on libuv, over real sockets, with real
 *  faults; and the question whether what came of it could have come of it in the simulator. */
#ifndef HARNESS_LIVE_LIVE_H
#define HARNESS_LIVE_LIVE_H

#include <rehearse/scenario.h>

#include "harness/trace/trace.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Be a node of a scenario: what a parent tells on stdin, until it says that this is the end, or is gone. Returns the
 *  exit code. Owns the process for that time. */
int rh_live_node(const struct rh_program *program);

/** Return why a scenario cannot be played by real processes: a sentence; NULL: it can. `buffer` may hold it. */
const char *rh_live_obstacle(const struct rh_scenario *scenario, char *buffer, size_t capacity);

/** Does it speak of times, and not of `time: free`? What it expects holds in virtual time then and is not judged live, where
 *  two timers may fire the other way round; nor is it when such a run is replayed. */
bool rh_live_minds_time(const struct rh_scenario *scenario);
/** Names of the checkers, ended by NULL, that are not asked of a live run of it or of its trace; NULL: all are. That nobody
 *  waits for ever is, in a scenario that speaks of times, a claim about who is in time. */
const char *const *rh_live_unasked(const struct rh_scenario *scenario);

/** Is every order to be played to know all outcomes? Strategies that reduce see one order of messages that are said to
 *  commute. */
bool rh_live_needs_all_orders(const struct rh_scenario *scenario);

/** What goes wrong on purpose, to see that it is noticed. Identifier, word, what. */
#define RH_LIVE_FLAW_MAP(X)                                                                        \
    X(NONE, "none", "nothing")                                                                     \
    X(MISSING_EOF, "missing-eof", "the relay tells nobody that a side has ended")                  \
    X(RESET_AS_EOF, "reset-as-eof", "the relay ends a connection in order that is to be reset")    \
    X(LOST_FRAME, "lost-frame", "the relay swallows one frame that comes after the hello")         \
    X(TWICE, "twice", "the relay sends one frame that comes after the hello twice")
enum rh_live_flaw {
#define X(identifier, word, sentence) RH_LIVE_FLAW_##identifier,
    RH_LIVE_FLAW_MAP(X)
#undef X
    RH_LIVE_FLAW_COUNT
};
const char *rh_live_flaw_word(enum rh_live_flaw flaw);

/** How to play. */
struct rh_live_options {
    const char *program; /**< what is started as `PROGRAM live-node` for each node */
    uint64_t runs;       /**< 0: one */
    uint64_t
        seed; /**< of the first run: faults, steps and, in every other run, local order are drawn from seed + run */
    enum rh_live_flaw flaw;
    uint64_t
        members_max; /**< runs of the simulator that may be spent on the set of outcomes; 0: 100,000 */
    bool keep_trace; /**< also the trace of the last run when nothing fails */
    bool (*go_on)(void *self, uint64_t runs); /**< as rh_explore_options' */
    void *self;
};

/** What came of it besides the result. */
struct rh_live_figures {
    uint64_t simulated; /**< outcomes of the explored set */
    bool is_complete;   /**< that set is everything that can happen */
    uint64_t seen;      /**< of them, in these runs */
    uint64_t members;   /**< runs whose outcome is in the set */
    uint64_t followed;  /**< runs whose merged order the simulator went along with, to the end */
};

/** Play, merge, judge, compare. The result, always valid, is to be deinit'ed: a run whose outcome no simulated one has fails
 *  live/member, one whose order the simulator cannot follow fails live/order; the trace is that of the run, for `replay`.
 *  Skipped, with the reason, is what cannot be played. RH_NO_MEMORY; RH_IO: no process can be had. */
RH_MUST_USE enum rh_status rh_live_run(const struct rh_scenario *scenario,
                                       const struct rh_live_options *options,
                                       struct rh_result *ret_result,
                                       struct rh_live_figures *ret_figures);

#ifdef __cplusplus
}
#endif
#endif
