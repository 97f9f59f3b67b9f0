/* SPDX-License-Identifier: MIT */
/** @file
 *  Shared by the files of this folder: what kinds of steps there are, and how keys are spelled. */
#ifndef HARNESS_COVERAGE_INTERNAL_H
#define HARNESS_COVERAGE_INTERNAL_H

#include "harness/coverage/observer.h"
#include "harness/coverage/tally.h"

#include <stdio.h>

/* ---- steps, as their actor sees them (steps.c) ---- */

/** A step of an actor is what it handled, by the kind of signal; or one of these. */
enum {
    STEP_ACT = RH_SIGNAL_COUNT, /**< somebody made it act: a step of the scenario, the driver */
    STEP_STRUCK,                /**< a fault, as an event of its own */
    STEP_EXITS,                 /**< whatever it was, the actor ended in it */
    STEP_KINDS
};
/** "MESSAGE", "act", "struck", "exits". */
const char *step_word(unsigned kind);
/** Do two steps of one actor depend on each other by their kinds? */
bool steps_depend(unsigned a, unsigned b);

/** What happens to what nodes know of each other, to a name, to a group. Word of the object, of each access. */
#define ACCESS_MAP(X)                                                                              \
    X(NET, DEPART, "net", "depart")                                                                \
    X(NET, ARRIVE, "net", "arrive")                                                                \
    X(NET, LOSE, "net", "lose")                                                                    \
    X(NET, UP, "net", "connection_up")                                                             \
    X(NET, DOWN, "net", "connection_down")                                                         \
    X(NET, BAD, "net", "frame_bad")                                                                \
    X(NAME, ADD, "name", "add")                                                                    \
    X(NAME, REMOVE, "name", "remove")                                                              \
    X(NAME, SEND, "name", "send")                                                                  \
    X(GROUP, ADD, "group", "join")                                                                 \
    X(GROUP, REMOVE, "group", "leave")
enum access {
#define X(object, identifier, object_word, word) ACCESS_##object##_##identifier,
    ACCESS_MAP(X)
#undef X
    ACCESS_COUNT
};
const char *access_object(enum access access);
const char *access_word(enum access access);

/** Room for every key that is made here. */
#define KEY_BYTES 256

/** What an event does to one of them; ACCESS_COUNT: nothing. */
enum access access_of(const struct rh_event *event);
/** Does each name have an object of its own? Otherwise each node has one. */
bool access_is_named(enum access access);

/** Is it the word about a signal that was chosen to be handled; is it something that only an actor's turn does? */
bool event_is_handling(enum rh_event_kind kind);
bool event_is_acting(enum rh_event_kind kind);
/** Is a pair of kinds of steps (a <= b) among those that are looked for? */
bool pair_is_told(unsigned a, unsigned b);
/** As strcmp. */
int pid_order(struct rh_pid a, struct rh_pid b);

/** "actor: EXIT | MESSAGE", the lower kind first. */
void step_pair_key(char key[KEY_BYTES], unsigned a, unsigned b);
void access_pair_key(char key[KEY_BYTES], enum access a, enum access b);

/* ---- transitions (transitions.c, marks.c) ---- */

/** Write what an event says has become of something, by kind, signal and why; false: it says nothing of that sort. */
bool transition_key(char key[KEY_BYTES], enum rh_event_kind kind, enum rh_signal_kind signal,
                    enum rh_why why);
/** Return whether what has become of it also depends on the event's name or number, and write that. */
bool transition_detail(char key[KEY_BYTES], const struct rh_event *event);
/** Write what a mark says has become of a conversation, a proc or what belongs to them; false: nothing of that sort. */
bool mark_key(char key[KEY_BYTES], const struct rh_event *event);

/* ---- messages (messages.c) ---- */

/** Return the word that a message begins with, that of what is asked for behind `$call` and `$cast`; size 0: none. */
struct rh_text message_tag(const struct rh_message *message);
/** "client: DOWN", "server: [ping]". */
void message_key(char key[KEY_BYTES], const char *behaviour, enum rh_signal_kind signal,
                 struct rh_text tag);

/* ---- faults (strikes.c) ---- */

/** Find a kind by the word that FAULT carries; RH_FAULT_COUNT: a program's own, or none. */
enum rh_fault_kind strike_kind(const char *word);
/** Return the state of what a fault is about to strike: of an actor, or what the world says of nodes, pipes and processes. */
const char *strike_state(const struct rh_world *world, enum rh_fault_kind kind,
                         struct rh_pid actor);
/** The state of an actor whose turn the fault ends, and whether a kind of fault, by its word, does that. */
extern const char strike_in_a_turn[];
bool strike_is_of_turns(const char *fault);

/** Calls `visit` for each item of a family: transitions, faults, messages. */
typedef bool (*universe_visit)(void *self, const char *key, const char *why);
bool each_transition(universe_visit visit, void *self);
bool each_pair(universe_visit visit, void *self);
bool each_fault(universe_visit visit, void *self);
bool each_message(universe_visit visit, void *self);
bool each_invariant(universe_visit visit, void *self);

#endif
