/* SPDX-License-Identifier: MIT */
/* A stage for the tests of this folder: a node with an allocator that can fail, puppets that do what the test says and
 * write down what happens to them, and a client that calls. */
#ifndef CORE_SUPERVISION_TESTS_PLAY_H
#define CORE_SUPERVISION_TESTS_PLAY_H

#include <rehearse/inspect.h>
#include <rehearse/server.h>
#include <rehearse/supervisor.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PLAY_LOG_BYTES 4096

struct play_actor {
    char name[24]; /**< "c1#1", "sup" */
    struct rh_pid pid;
};

struct play {
    struct rh_node *node;
    rh_instant now;
    struct rh_allocator allocator;
    size_t blocks;            /**< not released yet */
    size_t attempts;          /**< allocations asked for */
    size_t fail_at;           /**< this attempt fails, counted from 1; 0: none */
    char log[PLAY_LOG_BYTES]; /**< "+c1#1 -c1#1:foo ", in order of start and exit */
    bool refuse;              /**< play_child starts nothing */
    unsigned fail_inits;      /**< so many next children end in init with reason bad */
    struct play_actor actors[64];
    size_t actor_count;
    struct rh_pid parent;
    struct rh_pid supervisor;
    struct rh_call call;
    char outcome[256];    /**< of the parent's last call: "reply ok", "down noproc", "timeout" */
    char parent_saw[256]; /**< the reason of the last EXIT that the parent was handed */
};

/** Create the node; counts the exits of children and supervisor into the log. */
void play_begin(struct play *play);
/** Destroy it; every block must be released. */
void play_end(struct play *play);
/** Handle everything that can be handled now. */
void play_settle(struct play *play);
/** Let time pass, timer by timer. */
void play_wait(struct play *play, rh_duration duration);
void play_clear_log(struct play *play);

/** The start function of all children: `config` is the play. An id that begins with 't' traps exits. */
enum rh_status play_child(struct rh_context *ctx, const struct rh_child_start *child,
                          struct rh_pid *ret_child);
/** Return the pid of an incarnation, none if there never was one. */
struct rh_pid play_pid(const struct play *play, const char *id, uint64_t incarnation);
bool play_is_alive(const struct play *play, const char *id, uint64_t incarnation);

/** Spawn a trapping parent (play->parent) that spawns the supervisor (play->supervisor) with a link. */
void play_supervise(struct play *play, const struct rh_behaviour *behaviour);
/** Make an actor exit with a reason, as by itself. Then settle. */
void play_exit(struct play *play, struct rh_pid actor, struct rh_message reason);
/** Make `from` send an exit signal. Then settle. */
void play_signal(struct play *play, struct rh_pid from, struct rh_pid to, struct rh_message reason);
/** As play_signal, without settling. */
void play_signal_only(struct play *play, struct rh_pid from, struct rh_pid to,
                      struct rh_message reason);
/** Let the parent call the supervisor, with a time-out of a minute. */
void play_call_only(struct play *play, struct rh_message request);
/** The same, then settle; returns play->outcome. */
const char *play_call(struct play *play, struct rh_message request);

#endif
