/* SPDX-License-Identifier: MIT */
/* A stage for the tests of this folder: a node with an allocator that can fail, participants that do what the test says, a
 * client with many calls, and an observer that writes down which cells of the table were reached and judges what every
 * conversation promises. */
#ifndef CORE_CONVERSATION_TESTS_TALK_H
#define CORE_CONVERSATION_TESTS_TALK_H

#include "core/conversation/table.h"

#include <rehearse/inspect.h>
#include <rehearse/node.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define TALK_CALLS 64
#define TALK_ENTRIES 256 /* limits of a conversation */
#define TALK_CONTEXT 16
#define TALK_ACTORS 128
#define TALK_REQUESTS 64

struct talk_actor {
    char name[16]; /**< "p1", "conv", "conv/1" */
    struct rh_pid pid;
};

/** A call of the client. */
struct talk_call {
    struct rh_call call;
    bool is_used;
    unsigned outcomes;   /**< never more than one */
    char outcome[16384]; /**< "" while it is open; "[ok, 1]", "down normal", "timeout" */
};

/** What a mark said of one command or request. */
struct talk_promise {
    struct rh_ref call; /**< of a command */
    uint64_t id;        /**< of a request */
    unsigned accepted;  /**< or sent */
    unsigned answered;  /**< or received or dropped */
    unsigned notifiers_set;
    unsigned notifiers_ended;
};

struct talk {
    struct rh_node *node;
    rh_instant now;
    struct rh_allocator allocator;
    struct rh_observer observer;
    struct rh_filter filter;
    uint64_t order; /**< not 0: events happen in random orders, drawn from this stream */
    uint64_t draws;
    const char *crash; /**< whom a crash strikes: "actor", "conv" or a participant; NULL: nobody */
    unsigned crash_turn;       /**< in which of its turns from now, from 1 */
    uint32_t crash_operations; /**< after how many operations of it */
    bool has_crashed;
    size_t blocks;   /**< not released yet */
    size_t attempts; /**< allocations asked for */
    size_t fail_at;  /**< this attempt fails, counted from 1; 0: none */
    struct talk_actor actors[TALK_ACTORS];
    size_t actor_count;
    struct rh_pid parent; /**< opens conversations */
    struct rh_pid client;
    struct rh_pid conv;        /**< the last one that was opened */
    struct rh_pid incarnation; /**< its actor; none: it has none */
    uint64_t incarnations;
    enum rh_conversation_phase phase;
    char log[8192]; /**< "phase created active; p1 crashed boom; request 1 sent <p1>; ..." */
    struct talk_call calls[TALK_CALLS];
    size_t call_count;
    struct talk_promise promises[512];
    size_t promise_count;
    unsigned ends
        [TALK_ACTORS]; /**< how often the actor of this index was said to have left or crashed */
    bool
        is_lenient; /**< some allocation fails: do not ask for answers of those that were ended by it */
    struct {
        struct rh_ref call;
        struct rh_pid participant;
        struct rh_message payload;
    } requests[TALK_REQUESTS]; /**< that participants hold, oldest first */
    size_t request_count;
    char got[1024]; /**< plain messages to participants: "p1 undo; " */
};

/** Which cells were reached, by all talks of this program. */
extern unsigned talk_cells[EVENT_COUNT][RH_CONVERSATION_PHASE_COUNT];

/** Create the node, the parent and the client. */
void talk_begin(struct talk *talk);
/** Destroy the node; every block must be released, every promise kept. */
void talk_end(struct talk *talk);
/** Close the conversation, let everybody else end, and ask for the baseline: nothing at all is left. */
void talk_end_empty(struct talk *talk);

/** Handle everything that can be handled now. */
void talk_settle(struct talk *talk);
/** Handle one event; false: there is none. */
bool talk_step(struct talk *talk);
void talk_wait(struct talk *talk, rh_duration duration);
/** Let one turn end early, with reason boom: whoever `crash` names, after so many operations in its n-th turn from now. */
void talk_arm(struct talk *talk, const char *crash, unsigned turn, uint32_t operations);
/** Handle events until the observer has seen this phase. */
void talk_until(struct talk *talk, enum rh_conversation_phase phase);

/** A participant. Its name says what it does: "e..." answers at once with [re, payload], "h..." holds requests until it is
 *  told to answer, "s..." is stubborn: it traps exits and holds, "c..." takes no second message before it has handled one. */
struct rh_pid talk_participant(struct talk *talk, const char *name);
struct rh_pid talk_pid(const struct talk *talk, const char *name);
bool talk_is_alive(const struct talk *talk, struct rh_pid pid);

/** Open a conversation that is linked with the parent. Then settle. */
void talk_open(struct talk *talk, const struct rh_conversation_options *options);
/** As talk_open with these participants ("h1+o" is owned, "h1+i" inert) and policy; 3 restarts, grace a second. */
void talk_open_with(struct talk *talk, enum rh_crash_policy policy, const char *participants);

/** Spawn a conversation of nobody, as a scenario does. Then settle. */
void talk_spawn(struct talk *talk, struct rh_message argument);
/** Let the client send a request (taken); returns its number. */
size_t talk_tell(struct talk *talk, struct rh_message request);
/** The same, then settle; returns the outcome, "" while there is none. */
const char *talk_ask(struct talk *talk, struct rh_message request);
const char *talk_outcome(const struct talk *talk, size_t call);
/** Let a participant answer the n-th request that is held, from 0; it is held no longer. */
void talk_reply(struct talk *talk, size_t request, struct rh_message reply);
/** Make an actor exit with a reason, as by itself; no settling. */
void talk_exit(struct talk *talk, struct rh_pid actor, const char *reason);
/** Let a participant say something to the conversation that nobody asked for. */
void talk_stray(struct talk *talk, struct rh_pid participant);
/** As talk_ask, for long outcomes: whether `text` is in it; NULL: no. */
const char *talk_find(struct talk *talk, struct rh_message request, const char *text);
/** End the client, and give it a successor. */
void talk_end_client(struct talk *talk);
/** Let an actor link itself with the conversation. */
void talk_link(struct talk *talk, struct rh_pid actor);
/** Give a capped participant a message, so that it takes no more. */
void talk_fill(struct talk *talk, struct rh_pid participant);
/** Ask the conversation whether it is up; what it says. */
const char *talk_start(struct talk *talk);
/** Let an actor send an exit signal. */
void talk_signal(struct talk *talk, struct rh_pid from, struct rh_pid to, const char *reason);
struct rh_node_stats talk_stats(const struct talk *talk);

#define TALK(...) talk_ask(&talk, RH_ARRAY(NULL, __VA_ARGS__))
#define TALK_LATER(...) talk_tell(&talk, RH_ARRAY(NULL, __VA_ARGS__))

#endif
