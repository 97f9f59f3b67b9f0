/* SPDX-License-Identifier: MIT */
/** @file
 *  Supervisors: actors that start others, restart what fails and stop all of it in order (as Erlang/OTP's supervisor).
 *
 *      boot -> (serving | restarting | stopping one)* -> stopping all -> exit
 *
 *  A supervisor is an ordinary actor that traps exits and is linked with its children. It does one thing at a time; what
 *  arrives while it waits for a child to start or stop is handled afterwards, in order. It ends
 *  - with its parent's reason, when its parent's exit reaches it (normal included),
 *  - with "shutdown", when children failed more often than the intensity allows,
 *  - with ["shutdown", ["failed_to_start_child", id, reason]], when a child cannot be started at boot,
 *  each time after it has stopped its children in reverse order; and with the word of a status, at once, when the node
 *  refuses what it needs (memory, a limit): its links then take the children down. Exit signals from anyone but parent
 *  and children are ignored.
 *
 *  Requests are calls (see <rehearse/server.h>); ids and templates are text:
 *
 *      ["start_child", template, id]            ["ok", pid] | ["error", ["already_started", pid]] |
 *      ["start_child", template, id, argument]  ["error", "already_present"] | ["error", reason]
 *      ["terminate_child", id]                  "ok" | ["error", "not_found"]
 *      ["restart_child", id]                    ["ok", pid] | ["error", "running" | "restarting" | "not_found" | reason]
 *      ["delete_child", id]                     "ok" | ["error", "running" | "restarting" | "not_found"]
 *      ["which_children"]                       [[id, pid | "undefined" | "restarting", "worker" | "supervisor"], ...],
 *                                               the youngest first
 *      ["count_children"]                       {"specs": n, "active": n, "supervisors": n, "workers": n}
 *
 *  A reply can also be ["error", "invalid"] for anything else, and ["error", status word]. `active` counts children that
 *  the supervisor has not seen end. "$start" is answered once all children of the boot are up. */
#ifndef REHEARSE_SUPERVISOR_H
#define REHEARSE_SUPERVISOR_H

#include <rehearse/actor.h>

RH_PUBLIC_BEGIN

/** One row per strategy: what restarts when one child fails. */
#define RH_RESTART_STRATEGY_MAP(X)                                                                 \
    X(ONE_FOR_ONE, "one_for_one")   /* the failed child */                                         \
    X(ONE_FOR_ALL, "one_for_all")   /* all children: the others are stopped first */               \
    X(REST_FOR_ONE, "rest_for_one") /* it and those started after it, which are stopped first */

enum rh_restart_strategy {
#define X(identifier, word) RH_##identifier,
    RH_RESTART_STRATEGY_MAP(X)
#undef X
    RH_RESTART_STRATEGY_COUNT
};
const char *rh_restart_strategy_word(enum rh_restart_strategy strategy);

/** One row per restart type: which ends of a child are failures. */
#define RH_RESTART_MAP(X)                                                                          \
    X(PERMANENT, "permanent") /* every end */                                                      \
    X(TRANSIENT, "transient") /* every end but normal, shutdown and [shutdown, _] */               \
    X(TEMPORARY, "temporary") /* none; a temporary child that has ended is forgotten */

enum rh_restart {
#define X(identifier, word) RH_##identifier,
    RH_RESTART_MAP(X)
#undef X
    RH_RESTART_COUNT
};
const char *rh_restart_word(enum rh_restart restart);

enum rh_child_type {
    RH_WORKER,
    RH_SUPERVISOR
};

/** When a child counts as started, so that the next one may start. */
enum rh_readiness {
    RH_READY_DEFAULT, /**< RH_READY_INIT for workers, RH_READY_ANSWER for supervisors */
    RH_READY_INIT, /**< its `init` has run and it is alive; asked with rh_ask_alive, needs nothing of the child */
    RH_READY_ANSWER, /**< it has answered "$start", as servers and supervisors do by themselves */
    RH_READY_AT_ONCE, /**< it is spawned; a failing init is then an ordinary end (as Erlang's spawn_link) */
};

/** What a start function is told. Borrowed for the call. */
struct rh_child_start {
    const char *id;
    uint64_t incarnation; /**< 1 for the first actor of this child, and so on */
    const struct rh_message *argument;
    const void *config; /**< the spec's */
};

/** `shutdown` of a child that is not asked but killed. */
#define RH_BRUTAL_KILL (RH_NEVER - 1)

/** How to run one child. Borrowed, with all that it points to, for as long as the supervisor runs. Zeroed but for
 *  `id` and one of `behaviour` and `start` is a permanent worker. */
struct rh_child_spec {
    const char *id; /**< unique in its supervisor; for a template: the template's name */
    const struct rh_behaviour *behaviour;
    const struct rh_spawn_options
        *options; /**< with `behaviour`; NULL: plain. `argument` stays its owner's, `link` is on */
    /** Make the child instead of `behaviour`: spawn an actor in this turn and return it. Spawn it with `link`; one
     *  without is linked afterwards, and if its init fails the reason may be seen as noproc. Any status but RH_OK
     *  says that the child could not be started, and nothing remains. */
    enum rh_status (*start)(struct rh_context *ctx, const struct rh_child_start *child,
                            struct rh_pid *ret_child);
    const void *config; /**< for `start` */
    enum rh_restart restart;
    enum rh_child_type type;
    enum rh_readiness readiness;
    rh_duration
        shutdown; /**< time from exit signal "shutdown" to kill; 0: 5 s for workers, RH_NEVER for supervisors */
};

/** A supervisor. Borrowed for as long as one runs it. Zeroed has no children and tolerates no failure. */
struct rh_supervisor {
    enum rh_restart_strategy strategy;
    uint32_t intensity; /**< the (intensity + 1)th restart within `period` is one too many */
    rh_duration period; /**< both ends included; 0: 5 s */
    const struct rh_child_spec *children; /**< started in this order */
    size_t child_count;
    const struct rh_child_spec
        *templates; /**< for start_child: the request names one and gives an id of its own */
    size_t template_count;
};

/** Return the behaviour that runs `supervisor`. Both are borrowed by every actor that runs them. An actor with a spec
 *  that is not acceptable (no id, two of one id, not exactly one of behaviour and start) exits "invalid". */
struct rh_behaviour rh_supervisor_behaviour(const struct rh_supervisor *supervisor);

RH_PUBLIC_END
#endif
