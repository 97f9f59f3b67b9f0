/* SPDX-License-Identifier: MIT */
/** @file
 *  Private to this folder: what a play is made of. A play belongs to one thread. It keeps what all runs share: messages with
 *  pids in them, behaviours, faults. Pids are the same in every run, because a fresh world gives them out in the same
 *  order; creating the play spawns the cast once to learn them. */
#ifndef HARNESS_PLAY_INTERNAL_H
#define HARNESS_PLAY_INTERNAL_H

#include <rehearse/server.h>

#include "harness/check/judge.h"
#include "harness/play/ledger.h"
#include "harness/play/play.h"
#include "harness/play/real.h"
#include "harness/scenario/scenario.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a role of the plan is at run time: a behaviour that can be spawned. */
struct role {
    struct rh_behaviour behaviour;
    struct rh_play *play;
    const struct rh_plan_behaviour *scripted; /**< or NULL */
    void *owned;                              /**< supervisor: its specs; host: its programs */
    size_t owned_bytes;
};

/** An actor of the file: its role, with an init that first sets up links, monitors and names. */
struct cast {
    struct rh_behaviour behaviour;
    struct rh_play *play;
    const struct rh_plan_actor *actor;
    const struct rh_behaviour *real;
};

/** The values of the variables of a scope. */
struct values {
    struct rh_message at[RH_VARIABLES];
};

/** Something that acts in its own order, side by side with others: an actor's script, the steps, an entry of a race. */
struct lane {
    const struct rh_plan_step *step; /**< what is under way; NULL: nothing */
    uint32_t op;                     /**< next operation of an ACT */
    rh_instant ready;                /**< since when it may go on */
    bool is_script;                  /**< an actor's own, no part of the steps */
};

/** A call that an actor of the play has open. */
struct ask {
    struct rh_pid owner;
    struct rh_call call;
};

struct properties;

struct rh_play {
    const struct rh_scenario *scenario;
    const struct rh_plan *plan;
    const struct rh_allocator *allocator;

    struct rh_message *bound; /**< messages of the plan with pids in them */
    struct rh_pid *pids; /**< by name; children: of this run, none as long as nobody is called so */
    struct role *roles;
    struct cast *casts;
    struct rh_fault_spec *faults;
    const char **fault_names; /**< of their groups, one after the other */
    size_t fault_name_count;
    struct rh_fault_tally *fault_tallies;

    struct properties *properties;
    struct ledger ledger;

    /* ---- of the run ---- */
    const struct rh_play_run *run;
    enum rh_status set; /**< what came of setting the stage */
    uint64_t asked;     /**< what the strategy had been asked before */
    struct rh_judge *judge;
    struct rh_world *world;
    bool is_interrupted;
    enum rh_status status;             /**< what went wrong in the harness itself */
    uint32_t script_count;             /**< actors that have one */
    struct values *script_values;      /**< one per script, as the next two */
    struct rh_plan_step *script_steps; /**< a script as a step */
    struct lane *script_lanes;
    struct values step_values;
    struct ask *asks; /**< in no order */
    uint32_t ask_count;
    uint32_t ask_capacity;
    struct lane *race_lanes;
    uint32_t race_lane_count; /**< the widest race */
    uint32_t step;            /**< which of the plan's steps is under way */
    uint64_t settled_at;      /**< moves of the world when the last barrier was passed */
    struct lane step_lane;
    uint32_t *
        missed_in; /**< by name: number of the first step in which it was to act, but was dead; 0: none */
    uint32_t given;         /**< which of the plan's `given` comes next */
    struct lane given_lane; /**< one that is under way */
};

/* ---- storage ---- */

void *play_allocate(struct rh_play *play, size_t count, size_t bytes);
void play_release(struct rh_play *play, void *storage, size_t count, size_t bytes);
/** Note that the harness has failed, and stop the run; the first status is kept. */
void play_fail(struct rh_play *play, enum rh_status status);
/** Ask whether the run is to go on; if not it is stopped. */
bool play_goes_on(struct rh_play *play);
/** Note that the file asks for what cannot be: a violation of "scenario/setup" at a place of the file. */
void play_refuse(struct rh_play *play, struct rh_span at, const char *format, ...)
    RH_PRINTF_LIKE(3, 4);

/* ---- messages (bind.c) ---- */

/** Return a message of the plan as this run knows it: with pids. Valid until the next call with the same index. */
const struct rh_message *play_message(struct rh_play *play, uint32_t index);
/** Return the pid of a name, none if nobody is called so (yet). */
struct rh_pid play_pid(struct rh_play *play, uint32_t name);
RH_MUST_USE enum rh_status play_bind_all(struct rh_play *play);
void play_unbind_all(struct rh_play *play);
/** Copy a message with the variables that are bound replaced and the others left. */
RH_MUST_USE enum rh_status play_fill_bound(const struct rh_allocator *allocator,
                                           const struct rh_message *pattern,
                                           const struct rh_bindings *bindings,
                                           struct rh_message *ret_message);

/* ---- the cast (stage.c) ---- */

RH_MUST_USE enum rh_status stage_create(struct rh_play *play);
void stage_destroy(struct rh_play *play);
RH_MUST_USE enum rh_status stage_add_nodes(struct rh_play *play, struct rh_world *world);
/** What there is to be set up: for rh_node_each_pending. */
struct stage_search {
    struct rh_pending found;
    bool is_found;
};
/** First turns, and what installs the other half of something; whatever is next. */
bool stage_find_setup(void *search, const struct rh_pending *pending);
bool stage_find_first(void *search, const struct rh_pending *pending);
/** Spawn the actors and bring them to where the run begins. */
RH_MUST_USE enum rh_status stage_set(struct rh_play *play);

/* ---- nodes and pipes (network.c) ---- */

/** Set the rules of the pipes; after all nodes. */
RH_MUST_USE enum rh_status network_rules(struct rh_play *play, struct rh_world *world);
/** Let all nodes listen, those that are to be connected dial. Nothing with one node. */
RH_MUST_USE enum rh_status network_join(struct rh_play *play);
/** The same for one node. */
RH_MUST_USE enum rh_status network_join_one(struct rh_play *play, struct rh_world *world,
                                            uint32_t node);
/** Do what a step does to nodes and pipes. */
/** Let an actor spawn an endpoint of its own, which dials node `number`. As rh_endpoint_spawn; RH_INVALID: it cannot dial
 *  that one. */
RH_MUST_USE enum rh_status network_connect(struct rh_play *play, struct rh_context *ctx,
                                           uint32_t number);
void network_do(struct rh_play *play, const struct rh_plan_deed *deed);
/** The faults of the scenario, in its order. RH_NO_MEMORY. */
enum rh_status play_faults_create(struct rh_play *play);
void play_faults_destroy(struct rh_play *play);
/** A run is over: count what has struck in it. */
void play_faults_count(struct rh_play *play);
struct rh_fault_spec network_fault(enum rh_fault_kind kind, const struct rh_plan_deed *deed);
/** Bring a node up again: the boot function of the world. */
RH_MUST_USE enum rh_status network_boot(void *play, struct rh_world *world, uint32_t node);
/** Spawn an actor of the file, as stage_set does. */
RH_MUST_USE enum rh_status stage_spawn(struct rh_play *play, uint32_t actor,
                                       struct rh_pid *ret_pid);
/** Find a role of the file by the name of its behaviour, for spawns from other nodes. */
const struct rh_behaviour *network_find_behaviour(void *play, const char *name);

/* ---- roles ---- */

struct rh_behaviour scripted_behaviour(const struct role *role);
RH_MUST_USE enum rh_status supervisor_role(struct rh_play *play,
                                           const struct rh_plan_supervisor *supervisor,
                                           struct role *role);

RH_MUST_USE enum rh_status host_role(struct rh_play *play, const struct rh_plan_host *host,
                                     struct role *role);
/** Tell the world which programs its hosts can start. */
RH_MUST_USE enum rh_status host_add_processes(struct rh_play *play);

/* ---- steps and scripts (lanes.c) ---- */

RH_MUST_USE enum rh_status lanes_create(struct rh_play *play);
void lanes_destroy(struct rh_play *play);
void lanes_begin(struct rh_play *play);
/** Carry out one operation of `given`; false: there is none after it. */
bool lanes_give(struct rh_play *play);
void lanes_end(struct rh_play *play);
/** Carry out one operation of a step, of one of its entries or of a script, at `now`. */
enum rh_play_performed lanes_perform(struct rh_play *play, const struct rh_play_part *part,
                                     rh_instant now);
struct rh_source lanes_source(struct rh_play *play);

/* ---- asks (asks.c) ---- */

/** As rh_call to `to`, or as rh_call_name if the operation has a name; `request` is taken. `ret_ask` is the reference that
 *  the answer will come through. */
RH_MUST_USE enum rh_status asks_open(struct rh_play *play, struct rh_context *ctx,
                                     const struct rh_plan_op *op, struct rh_pid to,
                                     struct rh_message request, struct rh_ref *ret_ask);
/** As rh_call_result, for whichever ask of the actor it is. */
bool asks_result(struct rh_play *play, struct rh_context *ctx, const struct rh_delivery *in,
                 struct rh_outcome *ret_outcome, struct rh_ref *ret_ask);
/** Harmless when it is not open. */
void asks_cancel(struct rh_play *play, struct rh_context *ctx, struct rh_ref ask);
/** The run is over, or the play. */
void asks_forget(struct rh_play *play);
void asks_destroy(struct rh_play *play);

/* ---- properties (properties.c) ---- */

RH_MUST_USE enum rh_status properties_create(struct rh_play *play);
void properties_destroy(struct rh_play *play);

#ifdef __cplusplus
}
#endif
#endif
