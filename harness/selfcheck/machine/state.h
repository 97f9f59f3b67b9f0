/* SPDX-License-Identifier: MIT */
/** @file
 *  The state of a program under way, and what it has touched so far. Private to this folder. */
#ifndef HARNESS_SELFCHECK_MACHINE_STATE_H
#define HARNESS_SELFCHECK_MACHINE_STATE_H

#include "harness/selfcheck/machine/program.h"

/* Actors of the program, then two children for each. */
#define CHILDREN_MAX 2u
#define ACTORS (PROGRAM_ACTORS_MAX * (1u + CHILDREN_MAX))
#define SIGNALS_MAX 40u
#define ENTRIES_MAX 10u
#define NO_NAME UINT8_MAX

enum signal_kind {
    SIGNAL_START,
    SIGNAL_MESSAGE,
    SIGNAL_LINK,
    SIGNAL_UNLINK,
    SIGNAL_EXIT,
    SIGNAL_EXIT_SIGNAL,
    SIGNAL_MONITOR,
    SIGNAL_DEMONITOR,
    SIGNAL_DOWN
};

struct signal {
    uint8_t kind;
    uint8_t from;
    uint8_t to;
    uint8_t what; /* message or reason */
    uint8_t own;  /* generations of a link; `own` also the number of a monitor */
    uint8_t peer;
};

struct half {
    bool is_there;
    uint8_t own;
    uint8_t peer;
};

struct entry {
    uint8_t partner;
    uint8_t number;
};

struct entries {
    uint8_t count;
    struct entry at[ENTRIES_MAX];
};

struct actor {
    bool is_born;
    bool is_alive;
    bool traps;
    bool timer_is_set;
    uint8_t script_at;
    uint8_t name;
    uint8_t children;
    uint8_t generation;
    uint8_t monitor;
    uint8_t reason;
    struct half halves[ACTORS];
    struct entries watchers; /* of it */
    struct entries monitors; /* by it */
    uint64_t received;
};

/* How a step touches an object; two steps commute unless they share one, other than both reading or both adding. */
enum mode {
    MODE_NONE,
    MODE_READ,
    MODE_ADD,
    MODE_WRITE
};

/* What steps share. */
enum {
    OBJECT_STATE = 0,
    OBJECT_LIFE = ACTORS,
    OBJECT_LINKS = 2 * ACTORS,
    OBJECT_NAMES_OF = 3 * ACTORS, /* the names of an actor */
    OBJECT_NAME = 4 * ACTORS,
    OBJECT_CHANNEL = 4 * ACTORS + PROGRAM_NAMES,
    OBJECTS = 4 * ACTORS + PROGRAM_NAMES + ACTORS * ACTORS
};

/* In which order an object was touched; reads among reads and adds among adds have none. */
struct chain {
    uint64_t closed;
    uint64_t group;
    uint8_t mode;
};

struct state {
    const struct program *program;
    struct actor actors[ACTORS];
    uint8_t names[PROGRAM_NAMES];
    uint8_t signal_count;
    struct signal signals[SIGNALS_MAX];
    uint8_t handled[ACTORS][ACTORS]; /* of each channel */
    bool has_crashed;
    bool is_too_large;
    struct chain chains[OBJECTS];
    uint8_t touched[OBJECTS]; /* by the step under way */
};

enum event_kind {
    EVENT_SIGNAL = 1,
    EVENT_SCRIPT,
    EVENT_TIMER,
    EVENT_CRASH
};
struct event {
    uint8_t kind;
    uint8_t actor;
    uint8_t index; /* of a signal */
};
#define EVENTS_MAX (SIGNALS_MAX + 3 * ACTORS)

/** Before anything has happened. */
void state_begin(struct state *state, const struct program *program);
/** What can happen, into an array of EVENTS_MAX; `*ret_must` without the crash, which comes last. */
uint32_t state_events(const struct state *state, struct event *events, uint32_t *ret_must);
void state_step(struct state *state, const struct event *event);
/** The class of what has happened so far. */
uint64_t state_class(const struct state *state);
/** Everything that the future depends on, in a normal form. */
uint64_t state_digest(const struct state *state);
uint64_t state_outcome(const struct state *state);
uint64_t state_mix(uint64_t key, uint64_t number);

#endif
