/* SPDX-License-Identifier: MIT */
/* A stage for the tests of this folder: a node with an allocator that can fail, a host, clients that call it, in-process procs
 * of every temper, and procs of a manager that does what the test says. */
#ifndef CORE_HOST_TESTS_PLAY_H
#define CORE_HOST_TESTS_PLAY_H

#include "core/host/internal.h"

#include <rehearse/inspect.h>
#include <rehearse/server.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PLAY_CLIENTS 8
#define PLAY_MARK_BYTES 262144

struct play_client {
    struct rh_pid pid;
    struct rh_call call;
    char outcome[512]; /**< "open", "reply [ok, ...]", "down noproc", "timeout" */
    size_t answers;    /**< to its last call */
    char heard[512];   /**< the messages that were no answers, one after the other */
    char exit_seen[64];
};

struct play {
    struct rh_node *node;
    rh_instant now;
    struct rh_allocator allocator;
    size_t blocks;   /**< not released yet */
    size_t attempts; /**< allocations asked for */
    size_t fail_at;  /**< this attempt fails, counted from 1; 0: none */
    bool is_quiet;   /**< no observer: marks are not built */
    uint32_t procs_max;
    uint32_t waiters_max;
    uint32_t routes_max;
    uint32_t message_bytes_max;
    char marks[PLAY_MARK_BYTES]; /**< "host.status [p, 2, starting, callback, ready]\n" and so on */
    struct rh_pid host;
    struct play_client clients[PLAY_CLIENTS];
    struct rh_pid actors[64]; /**< actors of procs, in the order in which they started */
    size_t actor_count;
    size_t bad_cells; /**< changes of status that are not in the table */
    bool cells[PROC_EVENT_COUNT][RH_PROC_STATUS_COUNT];
};

/** The one play of a test. */
extern struct play play;

/** Create the node, the host (of the programs below) and the clients. After play_begin_with, `fail_at` and the limits that
 *  are set in `play` before count. */
void play_begin(void);
/** Destroy it; every block must be released. */
void play_end(void);
/** Handle everything that can be handled now. */
void play_settle(void);
/** Let time pass, timer by timer. */
void play_wait(rh_duration duration);

/** Let a client call the host (request taken), with a time-out of an hour. */
void play_ask(size_t client, struct rh_message request);
/** The same, then settle; returns the outcome. */
const char *play_call(struct rh_message request);
/** Ask another actor. */
const char *play_call_to(struct rh_pid actor, struct rh_message request);
/** Let a client send to any actor. Then settle. */
void play_send(size_t client, struct rh_pid to, struct rh_message message);
/** Let a client send through the host. Then settle. */
void play_route(size_t client, const char *destination, struct rh_message payload);

/** What the host keeps. */
const struct host *play_host(void);
struct proc *play_proc(const char *name);
/** How many routes are bound. */
size_t play_routes(void);
size_t play_count_marks(const char *part);
/** Read the numbers of a line of marks that begins with `start`: as many as there are, parted by ", ". */
size_t play_numbers(const char *line, const char *start, unsigned long long *numbers,
                    size_t capacity);
/** Live actors on the node. */
size_t play_living(void);
bool play_is_alive(struct rh_pid pid);

/* ---- procs of the scripted manager: program "scripted" ---- */

/** What it does by itself. */
struct script {
    enum rh_status start;           /**< what start answers */
    enum rh_status attach;          /**< what attach answers */
    bool launches;                  /**< says LAUNCHED at once */
    bool calls_back;                /**< and calls back */
    bool obeys[PROC_STAGE_COUNT];   /**< ends with code 0 (kill: signal 9) at this stage */
    bool crashes[PROC_STAGE_COUNT]; /**< ends with signal 11 at this stage */
};
extern struct script script;
/** What its managed procs were told, "p:drain p:kill ". */
extern char script_log[1024];
/** Say something about a proc of any manager, as its manager would. */
void play_say(const char *name, enum proc_event_kind kind, int64_t number);
/** The same, then settle. */
void play_happen(const char *name, enum proc_event_kind kind, int64_t number);
/** Call back for a scripted proc, from client 7 as its agent. Then settle. */
void play_callback(const char *name, bool with_address, bool with_agent);

#endif
