/* SPDX-License-Identifier: MIT */
/** @file
 *  The plan: a scenario as the loader leaves it. Checked, without a word of YAML, immutable while runs play it, every part
 *  with its place in the file. All storage is the plan's arena, except the messages' own blocks.
 *
 *  A message of the plan is named by its index (0: none). Actors stand in it as pids that no node ever gives out:
 *  {RH_PLAN_NODE, 1, index into `names`, 1}. Variables are slots of a scope: one scope per scripted behaviour, one per
 *  actor's script, one for the steps. Whoever plays the plan makes copies with real pids in them. */
#ifndef HARNESS_SCENARIO_PLAN_H
#define HARNESS_SCENARIO_PLAN_H

#include <rehearse/choice.h>
#include <rehearse/fault.h>
#include <rehearse/limits.h>
#include <rehearse/program.h>

#include "harness/document/arena.h"
#include "harness/document/source.h"
#include "harness/scenario/words.h"

#ifdef __cplusplus
extern "C" {
#endif

#define RH_PLAN_NODE UINT32_MAX

/** A slot of a scope, or none. */
#define RH_NO_SLOT ((uint8_t)0xff)

/** Patterns, and tags, of one selective receive. */
#define RH_RECEIVE_MAX 32

struct rh_plan_message {
    struct rh_message value; /**< owned by the plan */
    struct rh_span at;
    bool has_actors;    /**< names actors of `actors`: the same in every run */
    bool has_children;  /**< names actors such as a/1 that exist only later */
    bool has_variables; /**< a template that must be filled, or a pattern that binds */
};

/** What a variable is. */
enum rh_variable_kind {
    RH_VARIABLE_STATE,  /**< declared, with an initial value */
    RH_VARIABLE_RESULT, /**< set by an operation (`as`, `set`): kept until it is set again */
    RH_VARIABLE_LOCAL,  /**< bound by a pattern, for one turn */
    RH_VARIABLE_SELF,   /**< <self>, <sender>, <parent> */
    RH_VARIABLE_SENDER,
    RH_VARIABLE_PARENT,
};

struct rh_plan_variable {
    const char *name;
    enum rh_variable_kind kind;
    uint32_t initial; /**< message, STATE only */
    struct rh_span at;
    bool is_read;
};

struct rh_plan_scope {
    struct rh_plan_variable variables[RH_VARIABLES];
    uint8_t count;
};

/** Numbers: of messages, of names. */
struct rh_plan_ids {
    const uint32_t *at;
    uint32_t count;
};

struct rh_plan_texts {
    const char *const *at;
    uint32_t count;
};

struct rh_plan_ops {
    const struct rh_plan_op *at;
    uint32_t count;
};

/** `$count: 3`, `$count: {lt: 5}`. */
struct rh_plan_condition {
    uint8_t slot;
    enum rh_compare compare;
    uint32_t value; /**< template */
};

struct rh_plan_conditions {
    const struct rh_plan_condition *at;
    uint32_t count;
};

/** `$x: value` of set and add. */
struct rh_plan_assignment {
    uint8_t slot;
    uint32_t value; /**< template */
};

/** A selective receive. */
struct rh_plan_receive {
    struct rh_span at; /**< line 0: there is none */
    struct rh_plan_ids patterns;
    struct rh_plan_ids tags;
    rh_duration timeout; /**< RH_NEVER: none */
};

/** Which actor runs what, and how it is spawned. */
struct rh_plan_spawn {
    uint32_t role; /**< index into `roles` */
    uint32_t with; /**< message: the argument; in a spawn operation a template */
    bool link;
    bool trap;
    bool mailbox;
    bool has_tag;
    int64_t tag;
    uint32_t cap;
    enum rh_overflow overflow;
};

enum rh_op_flag {
    RH_OP_FLUSH = 1,
    RH_OP_RETURN = 2,
    RH_OP_TRUE = 4, /**< trap: true */
    RH_OP_HAS_TAG = 8,
};

/** One operation of an actor. Which fields mean something depends on `kind`: see the field tables of load_ops.c. */
struct rh_plan_op {
    enum rh_op kind;
    struct rh_span at;
    uint32_t target;  /**< template of a pid or reference */
    uint32_t message; /**< template */
    uint32_t flags;
    const char *name; /**< registered name, group or node */
    uint32_t node;
    rh_duration time;
    uint64_t number;
    int64_t tag;
    uint8_t as;      /**< slot that gets the result */
    uint8_t as_also; /**< spawn: slot that gets the monitor's reference */
    uint8_t status;  /**< slot that gets the status's word; then a failure ends nothing */
    enum rh_alias_mode alias;
    enum rh_status fail_with;
    const struct rh_plan_spawn *spawn;
    const struct rh_plan_assignment *assignments;
    uint32_t assignment_count;
    struct rh_plan_conditions conditions;
    struct rh_plan_ops body;
    struct rh_plan_ops otherwise;
    const struct rh_plan_receive *receive;
    uint32_t reads; /**< slots whose values it may use, by bits; with all that is below it */
    uint32_t sets;  /**< slots that it may set */
};

/** What a row can be about besides a kind of delivery. */
enum rh_plan_occasion {
    RH_OCCASION_CALL = RH_DELIVERY_COUNT, /**< a message that is the request of somebody who asks */
    RH_OCCASION_ANSWER,                   /**< what came of an own ask */
    RH_OCCASION_ASK_DOWN,
    RH_OCCASION_ASK_TIMEOUT,
};

/** One row of `on`. */
struct rh_plan_row {
    struct rh_span at;
    uint32_t kind;      /**< enum rh_delivery_kind or rh_plan_occasion */
    uint32_t message;   /**< pattern; 0: anything. Of a call: of the request */
    uint32_t from;      /**< pattern of a pid */
    uint32_t reference; /**< pattern of a reference */
    uint32_t name;      /**< pattern of the delivery's name, a text */
    uint32_t tag;       /**< pattern of the link's tag */
    uint32_t truth;     /**< pattern of the liveness answer */
    uint32_t status;    /**< pattern of the status's word */
    struct rh_plan_conditions conditions;
    struct rh_plan_ops ops;
};

/** A scripted behaviour. */
struct rh_plan_behaviour {
    const char *name;
    struct rh_span at;
    struct rh_plan_scope scope;
    struct rh_plan_ops init;
    const struct rh_plan_row *rows;
    uint32_t row_count;
    struct rh_plan_receive receive;
    bool is_used;
};

struct rh_plan_child {
    const char *id;
    struct rh_span at;
    struct rh_plan_spawn spawn;
    uint32_t restart;   /**< index into rh_restart_words */
    uint32_t readiness; /**< index into rh_readiness_words */
    bool is_supervisor;
    rh_duration shutdown;
    bool is_brutal;
};

struct rh_plan_children {
    const struct rh_plan_child *at;
    uint32_t count;
};

struct rh_plan_supervisor {
    const char *name;
    struct rh_span at;
    uint32_t strategy; /**< index into rh_supervision_words */
    uint64_t intensity;
    rh_duration period;
    struct rh_plan_children children;
    struct rh_plan_children templates;
};

/** An actor of a proc, or (`name` NULL) a behaviour that its agent can start. */
struct rh_plan_member {
    const char *name;
    const char *behaviour;
    uint32_t role;
};

struct rh_plan_members {
    const struct rh_plan_member *at;
    uint32_t count;
};

/** That a proc is a process: a node of its own, which a START begins. */
struct rh_plan_process {
    struct rh_span at; /**< line 0: it is none */
    rh_duration start_min;
    rh_duration start_max;
    bool refuses; /**< it cannot be started */
};

/** What a proc can be. */
struct rh_plan_proc {
    const char *name; /**< NULL: one of the reserved procs */
    struct rh_span at;
    bool has_agent;
    uint32_t agent;                /**< role, with has_agent */
    struct rh_plan_members actors; /**< without has_agent */
    struct rh_plan_members behaviours;
    rh_duration ready_timeout; /**< 0: none */
    struct rh_plan_process process;
};

struct rh_plan_procs {
    const struct rh_plan_proc *at;
    uint32_t count;
};

struct rh_plan_host {
    const char *name;
    struct rh_span at;
    struct rh_plan_procs programs;
    struct rh_plan_proc service;
    struct rh_plan_proc local;
    rh_duration grace;        /**< 0: the host's default */
    rh_duration kill_timeout; /**< 0: the host's default */
};

/** What an actor plays: exactly one of the four is set. */
struct rh_plan_role {
    const struct rh_plan_behaviour *scripted;
    const struct rh_program_behaviour *program;
    const struct rh_plan_supervisor *supervisor;
    const struct rh_plan_host *host;
};

struct rh_plan_actor {
    const char *name;
    struct rh_span at;
    struct rh_plan_spawn spawn;
    uint32_t node;               /**< index */
    const char *registered_name; /**< NULL: none */
    struct rh_plan_ids links;    /**< indices into `names` */
    struct rh_plan_ids monitors;
    struct rh_plan_ids commutes; /**< patterns of messages whose order is all the same to it */
    struct rh_plan_scope scope;  /**< of the script */
    struct rh_plan_ops script;
};

/** What a step or a fault does to nodes and pipes. */
struct rh_plan_deed {
    enum rh_deed kind;
    uint32_t node;    /**< index */
    uint32_t other;   /**< pipes: index */
    uint64_t bytes;   /**< cut, narrow, flip, lose */
    uint64_t up_to;   /**< those of faults: or any number up to this one; 0: just `bytes` */
    uint64_t nodes;   /**< partition: bit of each node of one side */
    rh_duration span; /**< freeze, part; RH_NEVER: until the run heals; skew */
};

/** How bytes travel between two nodes. */
struct rh_plan_pipe {
    struct rh_span at;
    uint32_t from; /**< index */
    uint32_t to;
    bool is_both;
    bool has_from;
    bool has_to;
    rh_duration latency_min;
    rh_duration latency_max;
    uint32_t capacity;
    uint32_t chunk;
    bool is_chunk_any;
    bool is_connected;
};

enum rh_step_kind {
    RH_STEP_ACT,
    RH_STEP_INPUT,
    RH_STEP_DEED,
    RH_STEP_SETTLE,
    RH_STEP_WAIT,
    RH_STEP_RACE,
    RH_STEP_PHASE,
};

/** One step of the driver. ACT is one event per operation. */
struct rh_plan_step {
    enum rh_step_kind kind;
    struct rh_span at;
    uint32_t actor; /**< ACT, INPUT: index into `names` */
    uint32_t message;
    struct rh_plan_ops ops;
    rh_duration time;
    struct rh_plan_deed deed;
    const char *phase;                  /**< PHASE */
    const struct rh_plan_step *entries; /**< RACE */
    uint32_t entry_count;
};

/** A pattern of events: what `never`, `eventually` and `count` speak of. */
struct rh_plan_event {
    struct rh_span at;
    enum rh_occurrence kind;
    uint32_t actor; /**< pattern of a pid; 0: any */
    uint32_t peer;
    uint32_t message;
    uint32_t name; /**< pattern of a text */
    uint32_t word; /**< pattern of the word for why, status or fault */
};

/** `a: [patterns]`, also any_of and in_any_order. */
struct rh_plan_sequence {
    struct rh_span at;
    struct rh_plan_ids patterns;
};

struct rh_plan_observation {
    struct rh_span at;
    uint32_t actor; /**< index into `names` */
    bool in_any_order;
    const struct rh_plan_sequence *alternatives;
    uint32_t alternative_count;
};

/** `dead: {b: boom}`, `state: {a: {$n: 3}}`, `names: {svc: a}`. */
struct rh_plan_property {
    struct rh_span at;
    uint32_t actor;   /**< index into `names`; UINT32_MAX: none (a name that must be free) */
    uint32_t pattern; /**< dead: of the reason; 0: any */
    const char *name; /**< names */
    struct rh_plan_ids others; /**< links, monitors: indices into `names` */
    struct rh_plan_conditions conditions;
};

/** A statement about the state of a run. */
struct rh_plan_claim {
    struct rh_span at;
    enum rh_claim kind;
    const struct rh_plan_property *properties;
    uint32_t property_count;
    const struct rh_plan_observation *observations;
    uint32_t observation_count;
    struct rh_plan_event event; /**< count */
    uint64_t least;             /**< count, outcomes, runs */
    uint64_t most;
};

/** `eventually`. */
struct rh_plan_promise {
    struct rh_span at;
    struct rh_plan_event event;
    bool has_after;
    struct rh_plan_event after; /**< each such event must be followed by `event` */
    rh_duration within;         /**< RH_NEVER: by the end of the run */
};

struct rh_plan_fault {
    struct rh_span at;
    enum rh_fault_kind kind;
    struct rh_plan_ids actors;  /**< names: one of them; of messages and forgeries the receiver */
    struct rh_plan_ids senders; /**< names: one of them */
    uint32_t on_node;           /**< messages: 1 + the node of the receiver; 0: any */
    uint32_t message;           /**< messages, replay: pattern; 0: any */
    uint32_t payload;           /**< message: replace, forge */
    uint32_t signal;            /**< forge: enum rh_signal_kind; 0: a message */
    uint32_t reason;            /**< message */
    bool is_pinned;             /**< messages: to `times` and `every`, or to `time` */
    uint32_t when;              /**< pattern */
    uint64_t times;
    uint64_t every; /**< 0: only the n-th */
    uint64_t after_operations;
    bool has_at;
    rh_duration time;
    rh_duration since; /**< drawn */
    rh_duration until; /**< drawn; 0: at any time */
    uint64_t weight;
    uint64_t max; /**< 0: any number of times */
    rh_duration span;
    struct rh_plan_deed deed; /**< of nodes and pipes */
    const char *program;      /**< processes */
    const char *effect;       /**< refuse_io; NULL: any */
    uint64_t nth;             /**< fail_allocation */
    uint64_t left;            /**< exhaust */
    const char *phase;        /**< NULL: any */
    bool at_phase;            /**< as it begins */
};

/** What is to be drawn instead of listed. */
struct rh_plan_swarm {
    bool is_on;
    struct rh_span at;
    uint64_t seed;
    uint64_t kinds; /**< bit of each that may be drawn; 0: what the scenario can stand */
};

struct rh_plan_strategy {
    struct rh_span at;
    enum rh_plan_strategy_kind kind;
    uint64_t runs;
    uint64_t seed;
    uint64_t depth;          /**< exhaustive, dpor: of a run; pct: of the bugs that are sought */
    struct rh_bounds bounds; /**< exhaustive */
};

struct rh_plan_explore {
    const struct rh_plan_strategy *strategies; /**< at least one */
    uint32_t strategy_count;
    uint64_t runs_max;   /**< over all strategies; 0: no bound */
    uint64_t events_max; /**< over all runs; 0: no bound */
};

struct rh_plan {
    struct rh_arena arena;
    const struct rh_allocator *allocator;

    const char *title;
    const char *about; /**< NULL: none */
    struct rh_plan_texts covers;
    const char *allow_vacuous;  /**< why, or NULL */
    const char *skip;           /**< why, or NULL */
    const char *expect_failure; /**< invariant that must be violated, or NULL */
    struct rh_span expect_failure_at;

    struct rh_plan_texts nodes;
    const struct rh_plan_pipe *pipes;
    uint32_t pipe_count;
    const uint32_t *reach; /**< pairs of nodes that can dial each other; NULL: all can */
    uint32_t reach_count;
    rh_duration heartbeat; /**< of connections; 0: none */
    rh_duration deadline;
    bool time_free;
    rh_duration stall;
    bool starts_vary; /**< some process begins between two bounds of time */
    struct rh_limits limits;
    uint64_t events_max;         /**< per run; 0: the world's default */
    uint64_t instant_events_max; /**< 0: the world's default */

    struct rh_plan_message *messages; /**< grown by the loader; [0] is empty */
    uint32_t message_count;
    uint32_t message_capacity;

    const char **names; /**< the actors of `actors`, in order, then children that the file names */
    uint32_t name_count;
    uint32_t name_capacity;

    struct rh_plan_texts processes; /**< programs that are processes, of all hosts */

    struct rh_plan_role *roles;
    uint32_t role_count;
    uint32_t role_capacity;

    struct rh_plan_behaviour *behaviours;
    uint32_t behaviour_count;
    const struct rh_plan_actor *actors;
    uint32_t actor_count;
    bool commutes;                    /**< some actor has such messages */
    const struct rh_plan_step *given; /**< ACT and INPUT only */
    uint32_t given_count;
    bool has_given; /**< also when it is empty: everything comes to rest before the run */
    const struct rh_plan_step *steps;
    uint32_t step_count;
    struct rh_plan_scope step_scope;
    const struct rh_plan_fault *faults;
    uint32_t fault_count;
    uint64_t fault_budget; /**< drawn faults in a run; 0: no bound */
    struct rh_plan_swarm swarm;
    bool has_drawn_faults; /**< by a swarm: it is enough that one of them strikes */
    uint64_t drawn_by;     /**< its seed */
    const struct rh_plan_claim *expect;
    uint32_t expect_count;
    const struct rh_plan_claim *always;
    uint32_t always_count;
    const struct rh_plan_event *never;
    uint32_t never_count;
    const struct rh_plan_promise *eventually;
    uint32_t eventually_count;
    struct rh_plan_texts schedule; /**< the lines that the strategy `pinned` follows */
    const struct rh_span *schedule_at;
    bool has_schedule;
    struct rh_plan_explore explore;
    bool asks; /**< somebody does `ask` */
};

/** Begin with nothing in it. */
void rh_plan_init(struct rh_plan *plan, const struct rh_allocator *allocator);
/** Can something happen at any time of a window, rather than at an instant? Nothing minds that with `time: free`. */
bool rh_plan_has_windows(const struct rh_plan *plan);
/** Release everything. Accepts NULL; harmless on a zeroed plan. */
void rh_plan_deinit(struct rh_plan *plan);

#ifdef __cplusplus
}
#endif
#endif
