/* SPDX-License-Identifier: MIT */
/** @file
 *  One run: a node, the actors that a case or program names, their scripts, and the choices between everything that can
 *  happen. A run is a function of its steps and of the answers of a strategy.
 *
 *      init -> (load* -> settle | wait)* -> look at actors and results -> deinit */
#ifndef HARNESS_CONFORMANCE_STAGE_H
#define HARNESS_CONFORMANCE_STAGE_H

#include "harness/conformance/case.h"

#include <rehearse/choice.h>
#include <rehearse/cluster.h>
#include <rehearse/inspect.h>
#include <rehearse/server.h>
#include <rehearse/supervisor.h>

/** What an actor's current operation waits for. */
enum rh_beam_wait {
    RH_BEAM_WAIT_NOTHING,
    RH_BEAM_WAIT_TIME,     /**< `alarm` */
    RH_BEAM_WAIT_MAIL,     /**< recv */
    RH_BEAM_WAIT_NUMBERS,  /**< recv_fifo */
    RH_BEAM_WAIT_LIVENESS, /**< alive, info */
    RH_BEAM_WAIT_CALL,     /**< call, and whatever else is a request */
    RH_BEAM_WAIT_START,    /**< gs_start, sup_start */
    RH_BEAM_WAIT_SPAWN,    /**< spawn on another node */
    RH_BEAM_WAIT_FOR_EVER
};

/** One message in a mailbox, as outcomes show it. */
struct rh_beam_mail {
    const char *text; /**< JSON */
    struct rh_pid from;
    uint64_t ordinal;
    enum rh_signal_kind signal;
    unsigned step; /**< in which it arrived */
};

struct rh_beam_mails {
    struct rh_beam_mail *items;
    size_t count;
    size_t capacity;
};

enum rh_beam_role {
    RH_BEAM_PUPPET,
    RH_BEAM_SERVER,
    RH_BEAM_SUPERVISOR
};

struct rh_beam_actor {
    const char *name;
    enum rh_beam_role role;
    struct rh_pid pid;
    bool ghost;
    bool spawned;
    bool started;
    bool dead;
    bool graceful;
    bool traps_at_birth;  /**< asked for on another node */
    bool simple;          /**< a simple_one_for_one supervisor */
    const char *child_id; /**< of supervised puppets: what the supervisor calls it */
    const char *reason;   /**< of the dead: JSON */
    unsigned dead_step;
    struct rh_beam_mails mails;

    const struct rh_beam_op **script;
    size_t script_length;
    size_t script_capacity;
    size_t script_at;
    const struct rh_beam_op *op; /**< the current operation; its result is recorded under it */
    enum rh_beam_wait wait;
    rh_instant alarm;
    struct rh_ref question; /**< alive, info */
    const char *item;       /**< info: what was asked */
    const char *answer;     /**< info: as seen when the question arrived */
    struct rh_call call;
    const char *forward_to;
    bool forwarding;   /**< the wait of a forwarder is armed */
    const char *taken; /**< JSON of what was taken last */
    struct rh_message graceful_reason;
    bool must_stop; /**< graceful, and an EXIT has come */
    int64_t progress;
};

struct rh_beam_binding {
    const char *name;
    struct rh_ref ref;
    const char *by_name;            /**< a monitor by name: the name */
    const char *by_node;            /**< and the node */
    const struct rh_beam_json *tag; /**< a monitor's tag */
    const char *monitor_name;       /**< of a spawn request: what its monitor is called */
};

struct rh_beam_result {
    const struct rh_beam_op *op;
    const char *text; /**< JSON */
};

struct rh_beam_choice {
    enum {
        RH_BEAM_CHOOSE_EVENT,
        RH_BEAM_CHOOSE_ALARM,
        RH_BEAM_CHOOSE_SCRIPT
    } kind;
    struct rh_pending pending;
    struct rh_node *node; /**< of the event */
    size_t actor;
};

#define RH_BEAM_NODES_MAX 8

/** A request of monitor_node or monitor_nodes. */
struct rh_beam_node_watch {
    const char *actor;
    uint32_t node; /**< number; 0: all */
    struct rh_ref ref;
};

struct rh_beam_stage {
    struct rh_beam_arena arena; /**< everything of this run */
    struct rh_node *node;       /**< n0 */
    struct rh_world *world;     /**< with several nodes; NULL: n0 is alone */
    const char *node_names[RH_BEAM_NODES_MAX];
    uint32_t node_count;
    bool ticks; /**< connections have heartbeats: a node will freeze */
    bool is_frozen[RH_BEAM_NODES_MAX];
    bool is_started[RH_BEAM_NODES_MAX];
    uint32_t halting;         /**< number of the node that is to halt; 0: none */
    struct rh_node *gathered; /**< whose events are being gathered */
    struct rh_beam_node_watch *watches;
    size_t watch_count;
    size_t watch_capacity;
    struct rh_strategy *strategy;
    rh_instant now;
    unsigned step;         /**< number of the current step, from 1 */
    bool plain_name;       /**< programs: the object of a DOWN by name is the bare name */
    bool in_arrival_order; /**< an actor handles its signals in sending order, whoever sent them */
    uint64_t events;
    double ways; /**< product of the alternatives of this run: an estimate of the number of runs */
    const char *broken; /**< why this run says nothing, or NULL */

    struct rh_beam_actor **actors; /**< 0 is the harness */
    size_t actor_count;
    size_t actor_capacity;
    struct rh_beam_binding *bindings;
    size_t binding_count;
    size_t binding_capacity;
    struct rh_beam_result *results;
    size_t result_count;
    size_t result_capacity;
    struct rh_beam_choice *choices;
    size_t choice_count;
    size_t choice_capacity;
    struct rh_candidate *candidates;
    size_t candidate_capacity;

    const struct rh_beam_json **late_children; /**< specs of all start_child in the case */
    size_t late_child_count;

    int64_t instances;   /**< of simple_one_for_one children, so far */
    const char **scopes; /**< of pg, that have been started */
    size_t scope_count;
    size_t scope_capacity;
    const char **group_names; /**< scope/group, ever joined */
    size_t group_count;
    size_t group_capacity;

    struct rh_observer observer;
    struct rh_behaviour puppet;
    struct rh_behaviour undefined; /**< what an undefined function does */
    struct rh_beam_stage *self;    /**< what behaviours find as their config */
};

/** Prepare a run. The stage's arena keeps its storage between runs. */
void rh_beam_stage_init(struct rh_beam_stage *stage, struct rh_strategy *strategy);
/** End a run; the arena stays. */
void rh_beam_stage_end(struct rh_beam_stage *stage);
void rh_beam_stage_deinit(struct rh_beam_stage *stage);

/** Queue an operation for whoever acts in it; a `seq` or `race` is taken apart. */
void rh_beam_stage_load(struct rh_beam_stage *stage, const struct rh_beam_op *op);
/** Run until nothing can run any more; time passes only while somebody is in the middle of an operation. */
void rh_beam_stage_settle(struct rh_beam_stage *stage);
/** Play one step of a case with the barrier behind it. */
void rh_beam_stage_step(struct rh_beam_stage *stage, const struct rh_beam_op *op);

/** The first reason counts. */
void rh_beam_stage_break(struct rh_beam_stage *stage, const char *why);

/** Return the actor of a name, made anew (not spawned) when there is none. */
struct rh_beam_actor *rh_beam_actor_get(struct rh_beam_stage *stage, const char *name);
struct rh_beam_actor *rh_beam_actor_find(const struct rh_beam_stage *stage, const char *name);
struct rh_beam_actor *rh_beam_actor_of(const struct rh_beam_stage *stage, struct rh_pid pid);
size_t rh_beam_actor_index(const struct rh_beam_stage *stage, const struct rh_beam_actor *actor);
/** A rh_beam_name_of over a stage. */
const char *rh_beam_stage_name(const void *stage, struct rh_pid pid);
/** Bind an actor to its pid at birth. */
void rh_beam_actor_born(struct rh_beam_actor *actor, struct rh_pid pid, enum rh_beam_role role);

struct rh_beam_binding *rh_beam_bind(struct rh_beam_stage *stage, const char *name,
                                     struct rh_ref ref);
const struct rh_beam_binding *rh_beam_binding_of(const struct rh_beam_stage *stage,
                                                 struct rh_ref ref);
/** Return the reference that a name stands for now; a reference nobody knows if it stands for none. */
struct rh_ref rh_beam_ref(const struct rh_beam_stage *stage, const char *name);

/** Record the result of an actor's current operation; the operation is over. `json` may be NULL: it has none. */
void rh_beam_finish(struct rh_beam_stage *stage, struct rh_beam_actor *actor, const char *json);
const char *rh_beam_result(const struct rh_beam_stage *stage, const struct rh_beam_op *op);

/** The observer of a run. */
void rh_beam_stage_observe(void *stage, const struct rh_event *event);
/** JSON of what stands in an actor's entry of process_info. */
const char *rh_beam_info(struct rh_beam_stage *stage, struct rh_pid pid, const char *item);

struct rh_beam_turn;

/* ---- several nodes (cluster.c) ---- */

/** Give a case the nodes that it names, connected to nobody. */
void rh_beam_cluster_init(struct rh_beam_stage *stage, const struct rh_beam_case *subject);
/** Return the node where an actor lives or lived. */
struct rh_node *rh_beam_node_of(const struct rh_beam_stage *stage, struct rh_pid pid);
/** Return the number of a node by its name; 0, and the run broken: there is none. */
uint32_t rh_beam_node_number(struct rh_beam_stage *stage, const char *name);
const char *rh_beam_node_name(const struct rh_beam_stage *stage, uint32_t number);
/** Return the i-th node if it is up and not frozen, NULL if not or if there is none. */
struct rh_node *rh_beam_running_node(const struct rh_beam_stage *stage, uint32_t index);
/** Do what happens between nodes and needs no choice: bytes arrive, frames are cut, signals depart. */
void rh_beam_cluster_settle(struct rh_beam_stage *stage);
enum rh_status rh_beam_do_node(struct rh_beam_turn *turn, const struct rh_beam_op *op);
/** Spawn on another node, and wait for the answer. */
enum rh_status rh_beam_spawn_at(struct rh_beam_turn *turn, const struct rh_beam_op *op,
                                struct rh_beam_actor *child, const struct rh_spawn_options *options,
                                const char *behaviour);
enum rh_status rh_beam_spawn_answered(struct rh_beam_turn *turn, const struct rh_delivery *in);

/* ---- puppets ---- */

/** A turn's operation: what handlers work with. */
struct rh_beam_turn {
    struct rh_beam_stage *stage;
    struct rh_context *ctx;
    struct rh_beam_actor *self;
};

enum rh_status rh_beam_puppet_init(struct rh_context *ctx, void *state,
                                   const struct rh_delivery *start);
enum rh_status rh_beam_puppet_receive(struct rh_context *ctx, void *state,
                                      const struct rh_delivery *in);
enum rh_status rh_beam_undefined_init(struct rh_context *ctx, void *state,
                                      const struct rh_delivery *start);
/** Let the actor do what is next in its script, or stop gracefully. One event. */
void rh_beam_puppet_act(struct rh_beam_stage *stage, struct rh_beam_actor *actor);
/** The actor's alarm goes off. One event. */
void rh_beam_puppet_wake(struct rh_beam_stage *stage, struct rh_beam_actor *actor);

/** Carry out one operation. */
enum rh_status rh_beam_do(struct rh_beam_turn *turn, const struct rh_beam_op *op);
/** End the operation with a value. */
enum rh_status rh_beam_give(struct rh_beam_turn *turn, const char *json);
enum rh_status rh_beam_give_bool(struct rh_beam_turn *turn, bool value);
enum rh_status rh_beam_give_word(struct rh_beam_turn *turn, const char *word);
/** End the operation with an exception of class "error", "exit" or "throw"; `what` is bare. Uncaught it ends the actor. */
enum rh_status rh_beam_raise(struct rh_beam_turn *turn, const char *class_word, const char *what);
/** An operation of the runtime was refused for a reason that has no counterpart: the run is broken. */
enum rh_status rh_beam_refused(struct rh_beam_turn *turn, enum rh_status status);
/** Return the pid of a named actor; none, and the run broken, if it was never spawned. */
struct rh_pid rh_beam_pid(struct rh_beam_turn *turn, const char *name);
/** Return [sender, payload], the form of every message between puppets. */
struct rh_message rh_beam_letter(const struct rh_beam_actor *sender,
                                 const struct rh_beam_json *payload);

/* One handler per file of operations; they return RH_NOT_FOUND for a code that is not theirs. */
enum rh_status rh_beam_do_life(struct rh_beam_turn *turn, const struct rh_beam_op *op);
enum rh_status rh_beam_do_spawn(struct rh_beam_turn *turn, const struct rh_beam_op *op);
enum rh_status rh_beam_do_link(struct rh_beam_turn *turn, const struct rh_beam_op *op);
enum rh_status rh_beam_do_message(struct rh_beam_turn *turn, const struct rh_beam_op *op);
enum rh_status rh_beam_do_name(struct rh_beam_turn *turn, const struct rh_beam_op *op);
enum rh_status rh_beam_do_timer(struct rh_beam_turn *turn, const struct rh_beam_op *op);
enum rh_status rh_beam_do_otp(struct rh_beam_turn *turn, const struct rh_beam_op *op);
enum rh_status rh_beam_do_bif(struct rh_beam_turn *turn, const struct rh_beam_op *op);
enum rh_status rh_beam_do_pg(struct rh_beam_turn *turn, const struct rh_beam_op *op);
/** Are these a module and a function that rh_beam_do_bif or rh_beam_do_pg knows? */
bool rh_beam_is_function(const char *module, const char *function);
/** Is this a request that servers (or, for sup_op, supervisors) understand? */
bool rh_beam_is_request(const struct rh_beam_json *request);
bool rh_beam_is_sup_function(const char *function);

/* ---- servers, supervisors and their clients ---- */

enum rh_status rh_beam_gs_start(struct rh_beam_turn *turn, const struct rh_beam_op *op);
enum rh_status rh_beam_sup_start(struct rh_beam_turn *turn, const struct rh_beam_op *op);
/** Ask a supervisor for one of its functions. */
enum rh_status rh_beam_sup_call(struct rh_beam_turn *turn, const struct rh_beam_op *op,
                                const char *function);
/** Spawn and wait until it is up. */
enum rh_status rh_beam_start(struct rh_beam_turn *turn, const struct rh_beam_op *op,
                             const struct rh_behaviour *behaviour,
                             const struct rh_spawn_options *options, enum rh_beam_role role);
/** Wait for the outcome of the call that was just made with `status`. */
enum rh_status rh_beam_call_opened(struct rh_beam_turn *turn, enum rh_status status);
const char *rh_beam_item_json(struct rh_beam_turn *turn, struct rh_item item);
/** Replies of supervisors as OTP shows them: [[id, actor], ...] sorted, since the order has no meaning; a property list. */
const char *rh_beam_which_json(struct rh_beam_turn *turn, const struct rh_message *reply);
const char *rh_beam_counts_json(struct rh_beam_turn *turn, const struct rh_message *reply);

/** WAIT_CALL and WAIT_START: a delivery that may be the outcome. */
enum rh_status rh_beam_otp_receive(struct rh_beam_turn *turn, const struct rh_delivery *in);

#endif
