/* SPDX-License-Identifier: MIT */
/** @file
 *  Hosts: an actor that starts, watches and stops procs, and routes messages between them. A *proc* is a container of actors
 *  with an *agent* at its head: actors of this node (in-process), or an OS process with a node of its own.
 *
 *      starting -> running -> ready -> stopping -> stopped(code) | killed(signal) | failed(why)
 *
 *  A proc may skip states (one in-process is never just running), never go back; the last three absorb. All procs of a host
 *  are reached through one address, the name that the host registers (its frontend): messages ["$route", destination, payload]
 *  to it. Procs send theirs to the same actor (their backend). Requests are calls (see <rehearse/server.h>):
 *
 *      ["spawn", program, name]             ["ok", agent]; the proc is ready
 *      ["spawn", program, name, argument]   the argument is the agent's
 *      ["ready", name]                      ["ok", agent, address] once it is ready
 *      ["wait", name]                       ["ok", status] once it has ended
 *      ["wait", name, least]                ["ok", status] once it is `least` (a word such as "stopping") or further
 *      ["wait", name, least, timeout]       the same, given up after so many nanoseconds
 *      ["status", name]                     ["ok", status]
 *      ["info", name]                       ["ok", {"name": …, "id": …, "program": …, "manager": …, "status": …, "since": …,
 *                                           "illegal": …}], and "agent", "address", "process" (its id), "core" ("unknown", of a
 *                                           killed process: libuv does not say), "reason" (of an agent that has failed)
 *                                           and "stderr" (the end of it) where there are any; illegal counts what its
 *                                           status has refused
 *      ["list"]                             ["ok", [[name, status], ...]], the eldest first
 *      ["terminate", name, grace, reason]   ["ok", status] once it has ended: drained, told to stop after half of the
 *                                           grace, killed after all of it
 *      ["kill", name]                       ["ok", status] once it has ended: killed at once
 *      ["request_stop", name]               "ok" at once, also of one that has ended; as terminate with the host's own grace
 *      ["request_stop", name, grace, reason]
 *      ["terminate_all", most, grace, reason]   ["ok", attempted, ok, failed]; at most max(1, most) at a time
 *      ["shutdown", most, grace, reason]    as terminate_all, and then the host ends; ["error", "still_running", …] if a proc
 *                                           has not: then everything goes on
 *      ["bind", prefix, pid]                "ok"; the empty prefix is the default
 *      ["bind_exact", destination, pid]     "ok"; wins over every prefix
 *      ["unbind", prefix], ["unbind_exact", destination]      "ok"
 *      ["local"]                            ["ok", agent] of the reserved proc `local`, which is made when first asked for
 *
 *  or ["error", kind, text], kind as below; a fourth item is the proc's status for `terminated` and `already_terminated`, and
 *  attempted, ok and failed follow `still_running` of a shutdown. Durations are nanoseconds. A status is "starting",
 *  "running", "ready", "stopping", ["stopped", code], ["killed", signal] or ["failed", text].
 *
 *  - A name belongs to one proc that has not ended; `service` and `local` are reserved. spawn is a transaction: on any failure
 *    neither name nor route nor process nor registration is left when the answer comes.
 *  - ready and wait may come before the spawn. All who wait get the same answer, each once. What has ended is remembered until
 *    its name is taken again or procs_max needs the room. A host forgets a waiter whose actor has ended, not one whose call has
 *    timed out: give the time-out to the host.
 *  - terminate, kill and request_stop of one proc join. One that survives the kill for kill_timeout stays listed, `stopping`,
 *    may be terminated again, and is the answer ["error", "still_running", text]. */
#ifndef REHEARSE_HOST_H
#define REHEARSE_HOST_H

#include <rehearse/actor.h>
#include <rehearse/io.h>

RH_PUBLIC_BEGIN

/** One row per status of a proc, in the order in which they may follow each other: identifier, word. */
#define RH_PROC_STATUS_MAP(X)                                                                      \
    X(STARTING, "starting") /* asked for */                                                        \
    X(RUNNING, "running")   /* it runs */                                                          \
    X(READY, "ready")       /* it has called back: agent and address are known */                  \
    X(STOPPING, "stopping") /* told to end */                                                      \
    X(STOPPED, "stopped")   /* ended with a code: 0, or 1 if agent or actors failed */             \
    X(KILLED, "killed")     /* ended by a signal */                                                \
    X(FAILED, "failed")     /* never was, as its spawn failed */

enum rh_proc_status {
#define X(identifier, word) RH_PROC_##identifier,
    RH_PROC_STATUS_MAP(X)
#undef X
    RH_PROC_STATUS_COUNT
};
const char *rh_proc_status_word(enum rh_proc_status status);
/** Return the status that a word names, RH_PROC_STATUS_COUNT if there is none. */
enum rh_proc_status rh_proc_status_find(struct rh_text word);

/** One row per kind of error in a reply: identifier, word, what its text says; % is the name that was asked for. */
#define RH_HOST_ERROR_MAP(X)                                                                       \
    X(INVALID, "invalid", "the request is not understood")                                         \
    X(BAD_NAME, "bad_name", "'%' cannot be the name of a proc or route")                           \
    X(EXISTS, "exists", "proc '%' already exists")                                                 \
    X(RESERVED, "reserved", "proc name '%' is reserved")                                           \
    X(UNKNOWN_PROGRAM, "unknown_program", "there is no program '%'")                               \
    X(UNKNOWN_BEHAVIOUR, "unknown_behaviour", "there is no behaviour '%'")                         \
    X(ACTOR_EXISTS, "actor_exists", "actor '%' already exists")                                    \
    X(NOT_FOUND, "not_found", "'%' does not exist")                                                \
    X(SPAWN, "spawn_failed", "proc '%' failed to spawn")                                           \
    X(CONFIGURATION, "configuration_failed", "proc '%' failed to configure")                       \
    X(TERMINATED, "terminated", "proc '%' has ended")                                              \
    X(ALREADY_TERMINATED, "already_terminated", "proc '%' already terminated")                     \
    X(STILL_RUNNING, "still_running", "proc '%' did not end, not even when it was killed")         \
    X(TIMEOUT, "timeout", "waited for proc '%' in vain")                                           \
    X(SHUTTING_DOWN, "shutting_down", "'%': everything is being stopped")                          \
    X(LIMIT, "limit", "the host has reached a limit")                                              \
    X(NO_MEMORY, "no_memory", "the host is out of memory")

enum rh_host_error {
#define X(identifier, word, sentence) RH_HOST_ERROR_##identifier,
    RH_HOST_ERROR_MAP(X)
#undef X
    RH_HOST_ERROR_COUNT
};
const char *rh_host_error_word(enum rh_host_error error);

struct rh_manager;

/** What a proc can be. Nothing executable travels in messages: a spawn names one of these. Exactly one of `agent` and
 *  `command`.
 *
 *  An in-process proc is its agent, an actor linked with the host, and the actors that it has joined to the group `id`. The
 *  agent's START is ["$proc", id, address, host, argument]. It calls back with ["$callback", id, address, agent] to `host`
 *  (a pid, or [name, node]); its exit is the proc's end, for in-process procs and processes alike: ["exit", code] is stopped
 *  with that code (its lowest eight bits), normal and shutdown with 0, killed is killed by signal 9, everything else is stopped
 *  with 1 and the "reason" of info; of a process that is known unless the connection to it was lost first. */
struct rh_proc_program {
    const char *name;
    const struct rh_behaviour *agent; /**< in-process: rh_agent_behaviour, or one's own */
    const struct rh_command *command; /**< an OS process that boots with rh_proc_boot */
    rh_duration ready_timeout;        /**< from spawn to callback; 0: none */
    const struct rh_manager *manager; /**< private; NULL */
};

/** As first_node: a callback is believed of whatever node it comes from, instead of only the one that was told to be it. */
#define RH_HOST_ANY_NODE UINT32_MAX

/** A host. Borrowed, with all that it points to, for as long as one runs it. Zeroed but for `name` is an empty host. */
struct rh_host {
    const char *name; /**< what it registers, its frontend; part of every proc's id */
    const struct rh_proc_program *programs;
    size_t program_count;
    const struct rh_behaviour
        *service; /**< the agent of `service`; NULL: an agent without behaviours */
    const struct rh_behaviour
        *local;             /**< the agent of `local`; NULL: an agent without behaviours */
    const char *backend;    /**< the address that processes connect to; NULL: there are none */
    bool backend_is_served; /**< somebody else accepts connections there; otherwise the host does */
    uint32_t first_node;    /**< of procs_max numbers for the nodes of processes, which nobody else
                                 may have; 0: 65536 times the own number, plus 1;
                                 RH_HOST_ANY_NODE: the driver numbers them (the simulator does) */
    rh_duration heartbeat;  /**< of connections that the host accepts; 0: none */
    rh_duration deadline;   /**< of connections that the host accepts; 0: none */
    rh_duration grace;      /**< of request_stop; 0: 10 s */
    rh_duration
        kill_timeout; /**< from the kill until a proc counts as one that does not end; 0: 5 s */
};

/** Return the behaviour that runs `host`. Both are borrowed by every actor that runs them. It exits "invalid" if a program is
 *  not acceptable (no name, two of one name, not exactly one of agent and command), with the status of rh_register if its name
 *  is taken, and "no_memory" where it could not keep a promise; its links then take the procs down. */
struct rh_behaviour rh_host_behaviour(const struct rh_host *host);

/* ---- routing ---- */

/** Send `payload` (taken) through a host: ["$route", destination, payload]. A destination is "proc/actor/…". What is bound to
 *  the destination itself, else to the longest prefix of whole segments, else to "", gets ["$route", destination, payload,
 *  sender]; the agent of a proc passes it on to its actor. If nobody can have it the sender gets, once, ["$undeliverable",
 *  destination, why, payload], why being unroutable, hops, noproc or the word of a status; if the host itself is dead, the
 *  message comes back as an UNDELIVERABLE. An actor of a proc may send to its agent instead, its parent. As rh_send. */
RH_MUST_USE enum rh_status rh_route_send(struct rh_context *ctx, struct rh_pid host,
                                         const char *destination, struct rh_message payload);
/** Recognise a message that came through a host. `ret_sender` (may be NULL) is none if nobody wants to hear of it. Views into
 *  the delivery. */
bool rh_is_routed(const struct rh_delivery *in, struct rh_text *ret_destination,
                  struct rh_item *ret_payload, struct rh_pid *ret_sender);

/* ---- agents ---- */

/** An agent that starts actors by the names of behaviours, and ends with all of them. Requests are calls or casts:
 *
 *      ["start", behaviour, name]             ["ok", pid] | ["error", kind, text]
 *      ["start", behaviour, name, argument]
 *      ["list"]                               ["ok", [[name, pid, behaviour], ...]], the eldest first
 *      ["status"]                             ["ok", {"state": "running" | "draining" | "stopping", "actors": n, "failed": n}]
 *      ["drain"(, reason)]                    "ok"; actors get the exit signal shutdown, the youngest first, one at a time,
 *                                             behind all that was routed to them; it waits for each
 *      ["stop"(, reason)]                     "ok"; actors are killed at once
 *
 *  After drain and stop nothing starts and nothing is routed any more; it exits ["exit", 1] if any of its actors has ended
 *  with another reason than normal or shutdown, else ["exit", 0]. A routed message goes to the actor that the destination's
 *  second segment names; a destination of one segment is the agent's own, and is returned. */
struct rh_agent {
    /** Find a behaviour by name; NULL: there is none. As struct rh_node_options. */
    const struct rh_behaviour *(*find_behaviour)(void *self, const char *name);
    void *behaviours; /**< self of find_behaviour */
    /** Hear that an actor of it has ended, for another reason than normal or shutdown; may be NULL. Borrowed; may not call
     *  the node. `self` is `behaviours`. */
    void (*actor_failed)(void *self, const char *name, const struct rh_message *reason);
    const char *const *
        actors; /**< behaviour and name of what it starts before it calls back, pairwise, then NULL; may be NULL */
};
struct rh_behaviour rh_agent_behaviour(const struct rh_agent *agent);

RH_PUBLIC_END
#endif
