/* SPDX-License-Identifier: MIT */
/* Random programs: actors that do anything to anybody, from one seed, in production's order or in any order. */
#ifndef CORE_ACTOR_TESTS_PROGRAM_H
#define CORE_ACTOR_TESTS_PROGRAM_H

#include "core/actor/tests/stage.h"

#define PROGRAM_PIDS 8
#define PROGRAM_REFS 12
#define PROGRAM_OPERATIONS_MAX 64

/** What a reference was handed out for. */
enum reference {
    REFERENCE_MONITOR,
    REFERENCE_ALIAS,
    REFERENCE_GROUP,
    REFERENCE_TIMER,
    REFERENCE_QUESTION
};

struct program {
    struct stage stage;
    struct purse purse;
    struct rh_allocator allocator;
    struct rh_filter filter;
    uint64_t random;
    bool any_order;  /**< events are picked from what is pending */
    bool faults;     /**< a filter strikes now and then */
    bool in_a_row;   /**< operations come one after the other instead of at random */
    unsigned next;   /**< that of them which is next */
    unsigned budget; /**< operations that behaviours may still do on their own */
    struct rh_pid pids[PROGRAM_PIDS];
    struct rh_ref refs[PROGRAM_REFS];
    enum reference kinds[PROGRAM_REFS]; /**< of `refs` */
    const struct rh_delivery *in;       /**< of the turn that runs; NULL: none */
    unsigned inits;
    unsigned deinits;
    uint64_t succeeded[PROGRAM_OPERATIONS_MAX]; /**< how often each operation returned RH_OK */
};

/** Create the node. `program` is zeroed but for `any_order`, `faults`, `in_a_row` and purse.refuse_at. */
enum rh_status program_open(struct program *program, uint64_t seed, uint32_t objects_per_chunk);
/** Do something: let an actor act, an event happen, time pass, the world meddle. The validator must be content after. */
void program_step(struct program *program);
/** End every actor and let everything that is due happen; then all tables must be empty. */
void program_finish(struct program *program);
/** Destroy the node, at whatever moment; no block may be left. */
void program_close(struct program *program);
/** How many kinds of operation there are, and what one is called. */
unsigned program_operation_count(void);
const char *program_operation_name(unsigned operation);

#endif
