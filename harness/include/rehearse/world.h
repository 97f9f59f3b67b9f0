/* SPDX-License-Identifier: MIT */
/** @file
 *  The world: virtual nodes and time under one strategy. It executes one event at a time and tells every listener.
 *
 *      create -> add_node* -> spawn* -> (listen | add_source)* -> run -> (heal -> run)* -> destroy
 *
 *  Every pending event has a window [earliest, latest], and is not before its actor's own clock. It may run only if its
 *  earliest is not after the smallest latest of all, and happens then, or now if that is later: time never goes back. Local
 *  delivery is [sent, sent + stall_max], a timer is exact. `time_free` opens all; timers of one target keep due order. */
#ifndef REHEARSE_WORLD_H
#define REHEARSE_WORLD_H

#include <rehearse/choice.h>
#include <rehearse/fault.h>
#include <rehearse/inspect.h>

RH_PUBLIC_BEGIN

struct rh_world;

/** One row per kind of record: identifier, word, what happened in the world around the nodes' own events. */
#define RH_RECORD_MAP(X)                                                                           \
    X(EVENT, "event", "a node's event")                                                            \
    X(STEP, "step", "the event that was chosen: event holds its signal, actor, peer, ordinal")     \
    X(FAULT, "fault", "a fault fired: event holds its name, actor and message")                    \
    X(PHASE, "phase",                                                                              \
      "the run's phase has changed: event's name is converge, or the scenario's word for it")      \
    X(PIPE, "pipe",                                                                                \
      "news of a pipe: event holds actor, name (the pipe's), ordinal (enum rh_io_kind), number")

enum rh_record_kind {
#define X(identifier, word, sentence) RH_RECORD_##identifier,
    RH_RECORD_MAP(X)
#undef X
    RH_RECORD_COUNT
};
const char *rh_record_kind_word(enum rh_record_kind kind);

/** The name of the phase in which no fault strikes any more. */
#define RH_PHASE_CONVERGE "converge"

/** What listeners hear. Borrowed for the call. */
struct rh_record {
    enum rh_record_kind kind;
    uint64_t step; /**< number of the world's event, from 1; 0 while the world is set up */
    uint32_t node; /**< index of the node */
    const struct rh_event *event;
};

/** Who hears which events. `kinds` has bit `1 << enum rh_event_kind` set for each wanted kind, and RH_LISTEN_RECORD(STEP) for
 *  the STEPs that are an event of a node; other records are always told. Must not change the world. */
struct rh_listener {
    uint64_t kinds;
    void (*record)(void *self, const struct rh_record *record);
    void *self;
};
#define RH_LISTEN(kind) (UINT64_C(1) << RH_EVENT_##kind)
/** Bits for STEP, FAULT, PHASE and PIPE. */
#define RH_LISTEN_RECORD(kind) (UINT64_C(1) << (59 + RH_RECORD_##kind))
#define RH_LISTEN_ALL UINT64_MAX

/** An event that does not come from a node: a step of a scenario, a fault of its menu. */
struct rh_source_event {
    uint64_t id; /**< the source's own */
    rh_instant earliest;
    rh_instant latest; /**< RH_NEVER: it waits for others */
    bool optional;     /**< the run may end without it */
    uint32_t weight;   /**< for random strategies; 0 means 1 */
    const struct rh_fault_prey
        *prey;           /**< it is an alternative to handling this; NULL: to nothing */
    struct rh_pid actor; /**< whose turn it is, or none */
    bool is_turn;        /**< the actor itself acts: it does not while it is stalled */
    /* For strategies that ask which steps commute. */
    uint64_t
        group; /**< of its source's events: in the order of their rounds; 0: of the same id only */
    uint64_t round; /**< those of one round are in no order, unless they are of the same id */
    uint64_t
        behind; /**< rh_world_moves when the last step that it waited for was over: a barrier; 0: none */
    bool is_odd;           /**< commutes with nothing */
    struct rh_bound bound; /**< of a fault */
};
/** Where such events come from. `each` tells what is pending in a fixed order, `execute` does one. */
struct rh_source {
    void (*each)(void *self, struct rh_world *world,
                 bool (*visit)(void *visitor, const struct rh_source_event *event), void *visitor);
    void (*execute)(void *self, struct rh_world *world, uint64_t id, rh_instant now);
    /** Nothing else can happen at any time: the source may release what it held back (a barrier). Returns whether it
     *  did. May be NULL. */
    bool (*quiescent)(void *self, struct rh_world *world);
    void *self;
    /** Write what an event is called in a `schedule`: "a does: send". As snprintf. NULL: the world makes something up. */
    size_t (*line)(void *self, struct rh_world *world, uint64_t id, char *buffer, size_t capacity);
    /** Will it wait until no signal and no byte is under way any more (a barrier)? Timers may be. NULL: never. */
    bool (*settles)(void *self);
    /** A step has been done that a strategy follows: rh_world_pass_over() for whom it leads past. NULL: it leads nowhere. */
    void (*done)(void *self, struct rh_world *world);
};

struct rh_world_options {
    const struct rh_allocator *allocator; /**< NULL: the C library's */
    const struct rh_limits *limits;       /**< of every node; NULL: default */
    struct rh_strategy *strategy;         /**< borrowed; begun and ended by the caller */
    uint64_t seed;                        /**< of the nodes' random streams */
    bool time_free;
    /** With time_free: timers of one target keep due order only if they were set in that order. Of two others nobody knows
     *  how much time went by between the two settings. */
    bool timers_drift;
    /** As a system with a queue for connections: whoever connects may hear that it is open, write and hang up before whoever
     *  listens has accepted. */
    bool connects_early;
    /** With time_free: the strategy is asked what the clock shows at each event, RH_SITE_CLOCK; it happens then, whatever its
     *  window was. */
    bool clock_is_told;
    /** Something may happen at any time of a window: that time goes on is a step of its own, and what could have happened
     *  before may come before or behind it, unless the strategy is first_only. */
    bool has_windows;
    /** The same where all windows are points, for runs of a strategy that follows that are played again; a fault may come
     *  before or behind it. */
    bool by_instants;
    rh_duration stall_max;
    uint64_t events_max; /**< per run; 0: 1,000,000 */
    /** At one instant; more is a livelock. 0: 100,000, and 16 more for each actor of the time when most were alive: a crowd
     *  that starts or ends together is none. */
    uint64_t instant_events_max;
    bool is_scarce; /**< allocations of nodes can be made to fail: RH_FAULT_FAIL_ALLOCATION */
    bool (*go_on)(
        void *
            self); /**< asked every few events; false: the run is to end, as by rh_world_stop; NULL: always */
    void *go_on_self;
    /** Called before each event, for debuggers; it must not change the world. NULL: nobody. */
    void (*before_event)(void *self, struct rh_world *world);
    void *before_event_self;
    /** Bring a node up again after rh_world_restart_node: spawn its actors. NULL: it stays empty. */
    enum rh_status (*boot)(void *self, struct rh_world *world, uint32_t node);
    /** What other nodes may spawn by name, as struct rh_node_options; its self is boot_self. NULL: nothing. */
    const struct rh_behaviour *(*find_behaviour)(void *self, const char *name);
    /** Does the order of this message make no difference to its receiver, against others of which the same is said? As claimed:
     *  strategies that follow try one order of any two of them. `self` is `boot_self`. NULL: of none. */
    bool (*commutes)(void *self, struct rh_pid actor, const struct rh_message *message);
    void *boot_self; /**< of the two above */
};

/** How a run ended. */
#define RH_END_MAP(X)                                                                              \
    X(QUIESCENT, "quiescent", "nothing can happen any more")                                       \
    X(EVENTS, "events_max", "the bound on events was reached")                                     \
    X(LIVELOCK, "livelock", "too many events at one instant")                                      \
    X(STOPPED, "stopped", "a listener or the caller asked to stop")                                \
    X(NO_MEMORY, "no_memory", "the world itself ran out of memory")
enum rh_end {
#define X(identifier, word, sentence) RH_END_##identifier,
    RH_END_MAP(X)
#undef X
    RH_END_COUNT
};
const char *rh_end_word(enum rh_end end);

RH_MUST_USE enum rh_status rh_world_create(const struct rh_world_options *options,
                                           struct rh_world **ret_world);
void rh_world_destroy(struct rh_world *world);

/** Add a node; its number is index + 1. Names are borrowed. */
RH_MUST_USE enum rh_status rh_world_add_node(struct rh_world *world, const char *name,
                                             uint32_t *ret_index);
uint32_t rh_world_node_count(const struct rh_world *world);
struct rh_node *rh_world_node(const struct rh_world *world, uint32_t index);
/** While a world is set up: do what a node has just told as pending, as no step of the run. */
void rh_world_set_up(struct rh_world *world, uint32_t index, rh_instant now,
                     const struct rh_pending *pending);
/** For a source, within a step of its own: it is there because this actor is dead. */
void rh_world_touch_life(struct rh_world *world, struct rh_pid pid);
/** The same: it uses, or sets, what events of sources share and call by this number. */
void rh_world_touch_shared(struct rh_world *world, uint64_t number, bool sets);
/** For a listener, while a step is told: it is of what somebody waits for with this number, or opens that wait. */
void rh_world_touch_promise(struct rh_world *world, uint32_t number, bool opens);
/** Behind any step: this actor would come next, and is passed over since it is dead. */
void rh_world_pass_over(struct rh_world *world, struct rh_pid pid);
/** Return the node of a pid, NULL for none. */
struct rh_node *rh_world_node_of(const struct rh_world *world, struct rh_pid pid);
/** Spawn a root actor under a name of the scenario (borrowed). */
RH_MUST_USE enum rh_status rh_world_spawn(struct rh_world *world, uint32_t node, const char *name,
                                          const struct rh_behaviour *behaviour,
                                          const struct rh_spawn_options *options,
                                          struct rh_pid *ret_actor);
/** Call an actor `name` (borrowed) from now on, also one that is yet to be spawned: messages may mention it before.
 *  RH_NO_MEMORY. */
RH_MUST_USE enum rh_status rh_world_name_actor(struct rh_world *world, struct rh_pid pid,
                                               const char *name);

RH_MUST_USE enum rh_status rh_world_listen(struct rh_world *world,
                                           const struct rh_listener *listener);
/** Say whether the listener of this `self` is to hear of nodes' STEPs from now on. */
void rh_world_listen_steps(struct rh_world *world, const void *self, bool wants);
RH_MUST_USE enum rh_status rh_world_add_source(struct rh_world *world,
                                               const struct rh_source *source);

/** Arm faults (borrowed): optional events, events pinned to a time, and the filter of every node. After all nodes. */
RH_MUST_USE enum rh_status rh_world_arm(struct rh_world *world, const struct rh_fault_spec *specs,
                                        size_t count);
/** Let at most so many of them strike that are drawn, neither pinned to a message nor to a time; 0: any number. */
void rh_world_bound_faults(struct rh_world *world, uint64_t budget);
/** Begin a phase of the run, for faults that strike in it; its name is borrowed. Tells PHASE. */
void rh_world_enter_phase(struct rh_world *world, const char *phase);
/** How often the i-th armed fault has struck. */
uint32_t rh_world_fault_fired(const struct rh_world *world, size_t index);

/** For a driver with a loop of its own: what the world does for a node (spawn, join, dial, strike) happens at `now`. */
void rh_world_set_now(struct rh_world *world, rh_instant now);
/** Tell the listeners what has happened to a node that runs elsewhere, as if it were the one of this index; the actor of a
 *  SPAWN has a name from then on. Returns RH_NO_MEMORY, or RH_OK. */
RH_MUST_USE enum rh_status rh_world_relate(struct rh_world *world, uint32_t node,
                                           const struct rh_event *event);

/** What an armed fault is about to strike. */
struct rh_strike {
    uint64_t event;                /**< as the fault's event is called in the simulator */
    const struct rh_pending *prey; /**< the message; NULL: it is no fault of messages */
};
/** Let the i-th armed fault strike at `now`, for a driver with a loop of its own: `draw` says which of those that it can
 *  strike, `about` hears of it before anything happens. False: it cannot, now. The world has `time_free`. */
bool rh_world_strike_armed(struct rh_world *world, uint32_t index, uint64_t draw, rh_instant now,
                           void (*about)(void *self, const struct rh_strike *struck), void *self);

/** Execute events until one of the ends. */
enum rh_end rh_world_run(struct rh_world *world);
/** Execute one event; false when the run has ended, with how in *ret_end. */
bool rh_world_step(struct rh_world *world, enum rh_end *ret_end);
/** Ask the run to end after this event. */
void rh_world_stop(struct rh_world *world);
/** Enter the second phase: no further faults, stalled actors go on. Tells PHASE. */
void rh_world_heal(struct rh_world *world);
bool rh_world_is_healing(const struct rh_world *world);

/** Return whether nothing can run at this instant: no signal waits anywhere. Timers may. */
bool rh_world_is_settled(const struct rh_world *world);
uint64_t rh_world_steps(const struct rh_world *world);
/** The same with how often time went on by itself: what struct rh_source_event counts by. */
uint64_t rh_world_moves(const struct rh_world *world);
rh_instant rh_world_now(const struct rh_world *world);
/** What the clock of a node shows now: a fault may have let it jump ahead. */
rh_instant rh_world_clock(const struct rh_world *world, uint32_t node);
/** What it shows at `now`. */
rh_instant rh_world_clock_at(const struct rh_world *world, uint32_t node, rh_instant now);
/** Let the strategy choose a number below `below`, within the step under way or before the first one. */
uint32_t rh_world_draw(struct rh_world *world, uint32_t below);
/** How often a fault has made an allocation of a node fail. */
uint64_t rh_world_refusals(const struct rh_world *world);
/** Has an actor drawn from its stream? */
bool rh_world_has_drawn(const struct rh_world *world);
/** Give the actors' streams another seed, before anybody has drawn. */
void rh_world_reseed(struct rh_world *world, uint64_t seed);
/** Go on with another strategy, which follows if and only if the one before it did. */
void rh_world_set_strategy(struct rh_world *world, struct rh_strategy *strategy);

/** Stall an actor (no event of its own is pending) until `until`; RH_NEVER: until healed. */
RH_MUST_USE enum rh_status rh_world_stall(struct rh_world *world, struct rh_pid actor,
                                          rh_instant until);
/** Write the name of an actor, dead or alive: its scenario name, or parent/ordinal, or `#key` far down the family tree; "-" for
 *  none, "?" for a stranger. As snprintf: returns the length needed, always terminates. The same in every run for the same
 *  actor. */
size_t rh_world_actor_name(const struct rh_world *world, struct rh_pid pid, char *buffer,
                           size_t capacity);
/** Find a live or dead actor by that name. */
bool rh_world_find(const struct rh_world *world, const char *name, struct rh_pid *ret_pid);
/** The naming callback for rh_message_print; its `self` is the world. */
size_t rh_world_print_name(void *world, struct rh_pid pid, char *buffer, size_t capacity);

RH_PUBLIC_END
#endif
