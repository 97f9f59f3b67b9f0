/* SPDX-License-Identifier: MIT */
/*
 * What a host is made of. Private to core/host; built on the public actor interface only.
 *
 * A host is one state machine: its turns are atomic, so that what a spawn, a stop or a waiter sees of procs, names and routes
 * is never half done. Everything in it hangs from three lists: procs, waiters, bulks.
 *
 *      host.c       deliveries in
 *      requests.c   one row per verb, and the queries
 *      spawn.c      spawn as a transaction, callbacks
 *      stop.c       one proc: stages, grace, refusal
 *      bulk.c       many procs: terminate_all, shutdown
 *      wait.c       who waits for what, and the answers
 *      procs.c      the table of procs: find, make, move, forget
 *      route.c      envelopes; router.c  where they go
 *      answer.c     replies, texts for people
 *      local.c      the manager of in-process procs
 *      agent.c      the head of a proc
 *
 * All functions return RH_OK to go on; anything else ends the host and is passed up at once.
 */
#ifndef CORE_HOST_INTERNAL_H
#define CORE_HOST_INTERNAL_H

#include "core/host/manager.h"
#include "core/host/router.h"

#include <rehearse/server.h>

#define PROC_WHY_BYTES 128

/** What the in-process manager knows of a proc. */
struct proc_local {
    struct rh_pid agent; /**< none: it has ended */
    struct rh_ref group; /**< the subscription to the joins and leaves of its actors */
    bool has_ended;      /**< the agent has; the proc does when its last actor has */
    int64_t number;
    enum proc_event_kind end; /**< what to say then */
};

/** One incarnation of a proc. */
struct proc {
    struct proc *next; /**< in the order of spawning */
    const struct rh_program *program;
    const struct rh_manager *manager;
    uint64_t serial; /**< n-th proc of this host */
    enum rh_proc_status status;
    int64_t number;           /**< STOPPED: code, KILLED: signal */
    char why[PROC_WHY_BYTES]; /**< FAILED: text */
    uint8_t
        doom; /**< enum rh_host_error + 1 of a spawn that has failed: it goes without a trace when it ends */
    bool is_reserved;           /**< service and local */
    rh_instant since;           /**< of this status */
    struct rh_pid agent;        /**< from READY on */
    struct rh_message address;  /**< text, from READY on */
    struct rh_message argument; /**< of the spawn */
    struct rh_message reason;   /**< of the stop */
    enum proc_stage stage;      /**< how far the stop has come */
    rh_duration grace;
    struct rh_ref timer; /**< readiness, then the next stage; none owner: none */
    struct route route;  /**< bound from READY until the end */
    uint8_t *tail; /**< the manager's: what the proc said last on stderr; released with the proc */
    size_t tail_bytes;
    size_t tail_capacity;
    struct proc_local local;
    size_t bytes; /**< of this block, which ends with name and id */
    const char *name;
    const char *id; /**< "host/name#serial", for callbacks, groups and the environment */
};

/** Who is owed an answer about a proc. */
#define WAITER_KIND_MAP(X)                                                                         \
    X(SPAWN, "spawn")                                                                              \
    X(READY, "ready")                                                                              \
    X(WAIT, "wait")                                                                                \
    X(STOP, "stop")

enum waiter_kind {
#define X(identifier, word) WAITER_##identifier,
    WAITER_KIND_MAP(X)
#undef X
    WAITER_KIND_COUNT
};

struct waiter {
    struct waiter *next; /**< in the order of asking */
    uint64_t number;     /**< n-th of this host */
    enum waiter_kind kind;
    enum rh_proc_status least; /**< WAIT */
    uint64_t serial;           /**< of the proc; 0: of the next one of this name */
    struct rh_ref call;
    struct rh_ref timer;
    struct rh_ref watch; /**< of the client */
    size_t bytes;        /**< of this block, which ends with the name */
    const char *name;
};

enum target_state {
    TARGET_WAITING,
    TARGET_STOPPING, /**< by this bulk */
    TARGET_AWAITED,  /**< by somebody else */
    TARGET_DONE,
};

struct target {
    uint64_t serial;
    enum target_state state;
};

/** A terminate_all or shutdown. Only the first in the list is at work. */
struct bulk {
    struct bulk *next;
    uint64_t number;
    struct rh_ref call;
    bool is_shutdown;
    bool has_begun;
    uint64_t most;
    rh_duration grace;
    struct rh_message reason;
    size_t attempted; /**< targets */
    size_t ok;
    size_t failed;
    struct target *targets;
};

struct host {
    const struct rh_allocator *allocator;
    const struct rh_host *config;
    struct proc *procs;
    size_t proc_count;
    uint64_t serials;
    struct waiter *waiters;
    size_t waiter_count;
    uint64_t waiter_numbers;
    struct bulk *bulks;
    size_t bulk_count;
    uint64_t bulk_numbers;
    struct router router;
    struct custom_route *customs; /**< routes that somebody bound */
    size_t custom_count;
    bool is_shutting_down;
    bool ends; /**< a shutdown has been acknowledged */
};

#endif
