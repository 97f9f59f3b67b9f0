/* SPDX-License-Identifier: MIT */
/* What a host asks of whoever runs its procs. A manager starts procs, makes them end, and translates what its actor (the
 * host) hears into events of procs; it decides nothing. Statuses, time-outs, names, routes, waiters, the grace, summaries are
 * the host's and the same for all managers.
 *
 *      start -> (attach)? -> stop* -> (EXITED | SIGNALLED | BROKEN) -> release
 *
 * Managers keep what they need in struct proc, in the part that is theirs. */
#ifndef CORE_HOST_MANAGER_H
#define CORE_HOST_MANAGER_H

#include "core/host/status.h"

struct host;
struct proc;

/** How a proc is made to end, in rising order. A stop begins anywhere and only rises. */
#define PROC_STAGE_MAP(X)                                                                          \
    X(NONE, "none")                                                                                \
    X(DRAIN, "drain") /* finish what there is: asks the agent, where it is known */                \
    X(STOP, "stop")   /* end now: tells agent or process */                                        \
    X(KILL, "kill")   /* whatever it takes */

enum proc_stage {
#define X(identifier, word) PROC_STAGE_##identifier,
    PROC_STAGE_MAP(X)
#undef X
    PROC_STAGE_COUNT
};

/** Something has happened to a proc. */
struct proc_event {
    struct proc *proc;
    enum proc_event_kind kind;
    int64_t number;           /**< EXITED: the code; SIGNALLED: the signal */
    struct rh_message reason; /**< BROKEN and EXITED: why, borrowed for the turn; may be empty */
    const char *why;          /**< BROKEN and LOST: why, static; used where `reason` is empty */
};

/** All functions but `start`, `stop` and `receive` may be NULL. */
struct rh_manager {
    const char *word;

    /** Run once, in the host's first turn, if any of its programs is this manager's. A failure ends the host. */
    enum rh_status (*open)(struct rh_context *ctx, struct host *host);

    /** Begin to run `proc`. RH_OK: LAUNCHED may follow, and exactly one of EXITED, SIGNALLED and BROKEN does, in later turns;
     *  the proc tells its agent and address to the host by itself. Any other status: nothing was started and nothing
     *  remains, except for `release`. */
    enum rh_status (*start)(struct rh_context *ctx, struct host *host, struct proc *proc);

    /** The proc has called back, from `from`, with this agent (none: it forgot to name one): judge whether that can be true
     *  (RH_INVALID: it is ignored), and watch the agent from now on: LOST. Any other failure ends the spawn. */
    enum rh_status (*attach)(struct rh_context *ctx, struct host *host, struct proc *proc,
                             struct rh_pid from, struct rh_pid agent);

    /** Make the proc end: once per stage, in rising order, perhaps before LAUNCHED. A stage that cannot be carried out (no
     *  agent yet, …) is the next one. */
    enum rh_status (*stop)(struct rh_context *ctx, struct host *host, struct proc *proc,
                           enum proc_stage stage);

    /** The proc has ended or was never started: give up monitors, handles, subscriptions. What still arrives about it is
     *  not to be taken for another proc's. */
    void (*release)(struct rh_context *ctx, struct host *host, struct proc *proc);

    /** Translate what the host has received (EXIT, DOWN, IO, GROUP_*, NODE_*, TIMEOUT of a timer of the manager's). False: not
     *  the manager's. True with ret_event->proc NULL: the manager's, and nothing to say. Zeroed on entry. */
    bool (*receive)(struct rh_context *ctx, struct host *host, const struct rh_delivery *in,
                    struct proc_event *ret_event);
};

/** Actors of this node. */
extern const struct rh_manager manager_local;
/** Children of this process. */
extern const struct rh_manager manager_process;

#endif
