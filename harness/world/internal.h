/* SPDX-License-Identifier: MIT */
/* What hangs from a world. Private to harness/world. */
#ifndef HARNESS_WORLD_INTERNAL_H
#define HARNESS_WORLD_INTERNAL_H

#include <rehearse/world.h>

#include "harness/world/follow.h"
#include "harness/world/pipe.h"

/** An actor as the world knows it, dead or alive; it is never forgotten during a run, because dead actors are still
 *  spoken of. */
struct registered {
    struct rh_pid pid;
    struct registered *parent;
    struct registered *hash_next;
    struct registered *allocated_next;
    struct registered *name_next;
    uint64_t name_hash;              /**< of what registry_name says */
    size_t number;                   /**< how many are older */
    const char *given;               /**< name in the scenario, or NULL: parent/ordinal */
    struct registered *far_children; /**< on other nodes, the youngest first */
    struct registered *far_next;
    uint64_t ordinal;
    uint64_t key;
    uint32_t depth;   /**< generations below its scenario's actors */
    const char *root; /**< what unnamed actors without parent are called after */
    bool is_far;      /**< on another node than its parent: parent@node/ordinal */
    bool is_network;  /**< no actor of the scenario is among its ancestors */
    rh_instant
        held; /**< until when it could not act, whatever it did: a stall, or a turn that took time */
    rh_instant clock; /**< when its last event happened, or until when it is stalled */
    bool frozen;      /**< stalled until healed */
    rh_duration slow; /**< how long each of its turns takes */
    uint32_t
        slowed_by; /**< number, from 1, of the deed whose turn took the time up to its clock; 0: none */
    rh_duration late;     /**< how much too late its time-outs may come */
    uint64_t timer_seen;  /**< the visit in which a timer of its was listed */
    rh_instant timer_due; /**< and when the first of them is due */
};

/** Who is called what, by name_hash: made when somebody asks for a name, and gone on with when somebody asks again. */
struct name_table {
    size_t listed; /**< so many of the oldest */
    struct registered *buckets[];
};

struct registry {
    const struct rh_allocator *allocator;
    struct registered **buckets;
    struct name_table *names; /**< with as many buckets */
    size_t bucket_count;      /**< a power of two */
    size_t count;
    struct registered *all;
};

enum rh_status registry_init(struct registry *registry, const struct rh_allocator *allocator);
void registry_deinit(struct registry *registry);
/** Add an actor; `root` (borrowed) is what it is called after if it has neither a name nor a parent. RH_NO_MEMORY. */
enum rh_status registry_add(struct registry *registry, struct rh_pid pid, struct rh_pid parent,
                            uint64_t ordinal, uint64_t key, const char *root);
/** Give an actor a name (borrowed), also before it is added. RH_NO_MEMORY. */
enum rh_status registry_call(struct registry *registry, struct rh_pid pid, const char *name);
struct registered *registry_find(const struct registry *registry, struct rh_pid pid);
size_t registry_name(const struct registry *registry, struct rh_pid pid, char *buffer,
                     size_t capacity);
/** Find the youngest of this name. */
bool registry_find_name(const struct registry *registry, const char *name, struct rh_pid *ret_pid);

struct world_node {
    struct rh_world *world;
    struct rh_node *node;
    const char *name;
    uint32_t index;
    uint32_t incarnation;
    bool is_down;            /**< killed; `node` is its next incarnation, empty */
    rh_instant frozen_until; /**< 0: it is not */
    rh_duration ahead;       /**< what its clock shows is so much later than now */
    rh_instant ahead_since;
    struct rh_pid network; /**< who listens for it and dials; none: it has not joined */
};

/** A node that was killed. Messages of the run hang from it. */
struct buried {
    struct buried *next;
    struct rh_node *node;
};

/** A proc that a child is. Its root's behaviour hangs from it for as long as nodes do. */
struct world_proc {
    struct world_proc *next;
    struct rh_proc proc;
};

/** Candidates that come from no node and no menu. */
#define SOURCE_OF_END UINT32_MAX
#define SOURCE_OF_TIME (UINT32_MAX - 1)
#define SOURCE_OF_STAGE (UINT32_MAX - 2) /* what draws before the first step */

/** A candidate with what it takes to execute it. */
struct choice_row {
    bool optional;
    uint64_t source_event;
    uint64_t pipe_event; /**< 0: it is none */
    uint64_t group;      /**< of a source, as the next three */
    uint64_t round;
    uint64_t behind;
    bool is_odd;
    bool is_turn;
    bool strikes; /**< an alternative to handling `pending` on node `strikes_on` */
    uint32_t strikes_on;
    rh_instant since; /**< when it could have happened first */
    struct rh_pending pending;
};

struct rh_world {
    const struct rh_allocator *allocator;
    struct rh_limits limits;
    struct rh_strategy *strategy;
    uint64_t seed;
    bool time_free; /**< all windows are open */
    bool
        timers_drift; /**< which of two timers for one target comes first is known only if it was set first, too */
    bool connects_early; /**< a pipe may open before it is accepted */
    bool clock_is_told;  /**< as struct rh_world_options, as the next two */
    bool has_windows;    /**< as struct rh_world_options, as the next one */
    bool by_instants;
    bool stopped;
    bool healing;
    bool no_memory;
    bool is_being_set_up; /**< what happens is no step of the run */
    bool clocks_matter;   /**< stalls are possible: windows and actors' clocks differ from now */
    rh_duration stall_max;
    uint64_t events_max;
    uint64_t instant_events_max;
    uint64_t instant_events_an_actor;
    struct rh_allocator scarce; /**< of nodes, if allocations of theirs can be made to fail */
    bool is_scarce;
    struct rh_pid acting;  /**< whose step it is, as far as is known */
    struct rh_pid starved; /**< whose allocation fails */
    uint32_t starves_in;   /**< so many of its allocations; 0: none */
    uint64_t refusals;     /**< how often one was refused */
    uint64_t alive;        /**< actors now */
    uint64_t alive_max;
    bool (*go_on)(void *self);
    void *go_on_self;
    void (*before_event)(void *self, struct rh_world *world);
    void *before_event_self;

    uint64_t steps;
    uint64_t ticks;          /**< how often time went on by itself */
    uint64_t visits;         /**< of nodes, to see what may happen there */
    uint32_t turn;           /**< steps modulo node_count: whose oldest signal is looked at first */
    rh_instant now;          /**< of the event that is running */
    rh_instant horizon;      /**< the latest now so far */
    uint64_t instant_events; /**< at the horizon */
    rh_instant
        next_instant;      /**< when the next of what must happen can begin, where that is a step */
    rh_instant next_fault; /**< and the next fault that is bound to a time */
    bool
        sources_turn; /**< first_only strategies: this step is for a source that has something that must happen */

    struct world_node **nodes;
    uint32_t node_count;
    struct rh_listener *listeners;
    uint32_t listener_count;
    uint64_t kinds; /**< wanted by any listener */
    struct rh_source *sources;
    uint32_t source_count;

    struct pipes pipes;
    struct buried *buried;
    struct world_proc *procs;
    enum rh_status (*boot)(void *self, struct rh_world *world, uint32_t node);
    const struct rh_behaviour *(*find_behaviour)(void *self, const char *name);
    bool (*commutes)(void *self, struct rh_pid actor, const struct rh_message *message);
    void *boot_self;

    struct registry registry;
    const char *naming; /**< name of the root actor that is being spawned, or NULL */
    struct rh_fault_menu *menu;
    uint64_t fault_budget;             /* 0: none */
    const struct rh_fault_spec *specs; /**< of the menu */
    bool counts_effects;               /**< a fault of it is of the next effect, or the n-th */
    bool faults_end;                   /**< one of it strikes until a time, and no later */
    bool forges;                       /**< a fault of it forges signals */
    bool minds_bytes;                  /**< a fault of it strikes where bytes are under way */
    const struct rh_fault_prey *prey;  /**< of the event that is being executed */
    const struct rh_fault_spec
        *striking;         /**< while it is told of; NULL: none of nodes, pipes, processes */
    struct follow *follow; /**< NULL: the strategy does not */

    struct rh_candidate *candidates;
    struct choice_row *rows;
    uint32_t row_count;
    uint32_t row_capacity;
};

/** The event that is about to run happens at `earliest`, or, if it is a turn of its actor, at that one's clock if that is
 *  later: what befalls an actor does not wait for it. */
void world_set_time(struct rh_world *world, rh_instant earliest, struct rh_pid pid, bool is_turn);
void world_tell(struct rh_world *world, const struct rh_record *record);
/** Begin the step of a pipe's event, which happens at an actor; if it is no turn of that, whether it can act or not. */
void world_begin_pipe_step(struct rh_world *world, rh_instant earliest, struct rh_pid actor,
                           bool is_turn);
/** Add an event of a pipe; of an actor, unless it is none. */
void world_add_pipe_row(struct rh_world *world, uint64_t id, uint32_t node, struct rh_pid owner,
                        rh_instant earliest, rh_instant latest);
/** Is a node neither down nor frozen for good? */
bool world_node_runs(const struct rh_world *world, uint32_t node);
/** Append a node without telling anybody. */
enum rh_status world_node_create(struct rh_world *world, struct world_node *node);
/** Nodes thaw and ways are free. */
void world_heal_cluster(struct rh_world *world);
/** Faults of bytes, of sets of nodes and of processes (mishap.c): is one possible now, and do it. */
bool world_can_befall(const struct rh_world *world, const struct rh_fault_spec *spec);
void world_befall(struct rh_world *world, const struct rh_fault_spec *spec);
/** Return the pipe of the child that such a fault strikes, NULL: there is none. */
const struct pipe *world_child_struck(const struct rh_world *world,
                                      const struct rh_fault_spec *spec);
/** Is an actor on a node that is a child of this program? */
bool world_is_of_program(const struct rh_world *world, const char *program, struct rh_pid actor);
/** Release what procs hang from, behind all nodes. */
void world_free_procs(struct rh_world *world);
/** Bury a node that is down, and put its next incarnation in its place. */
void world_bury(struct rh_world *world, struct world_node *node);
/** What a node's observer hears, for events that the world makes up. */
void world_on_event(void *node, const struct rh_event *event);

/** When in the world's time what a node's clock will show or has shown is or was. */
rh_instant world_time_of(const struct rh_world *world, uint32_t node, rh_instant shown);
/** Until when a timer has fired, by the world's time. */
rh_instant world_latest_of(const struct rh_world *world, const struct rh_pending *timer);
/** Is it a step that time goes on? */
static inline bool world_is_by_instants(const struct rh_world *world)
{
    bool chooses = !world->strategy->functions->first_only;
    return !world->time_free &&
           (world->follow != NULL || world->by_instants || (world->has_windows && chooses));
}
/** Fill candidates and rows with everything that may happen next. */
void world_gather(struct rh_world *world);
/* A fault that is bound to no message strikes when it likes, between two instants as well. */
static inline bool world_strikes_between(const struct choice_row *row)
{
    return row->optional && !row->strikes;
}
/** Nothing may happen but the end: fill in that. False without memory. */
bool world_gather_stage(struct rh_world *world);
bool world_gather_end(struct rh_world *world);
/** Write what a row is called in a schedule: struct rh_strategy's `line`. */
size_t world_line(void *world, uint32_t row, char *buffer, size_t capacity);
/** The same for an event of a pipe. */
size_t world_pipe_line(struct rh_world *world, uint64_t id, char *buffer, size_t capacity);
/** Name what an event of a pipe is about, the same in every run. */
uint64_t world_pipe_key(struct rh_world *world, uint64_t id);
#define WORLD_PIPE_MAKERS_MAX 4
/** How many bytes may be under way by the narrowest way of all. */
uint32_t world_least_capacity(const struct rh_world *world);
/** The step is about to have its pipe written to by an actor, or a later one is. */
void world_touch_writer(struct rh_world *world, struct rh_pid writer);
/** The deeds without which it could not happen, or FOLLOW_NO_DEED; return how many there are. */
uint32_t world_pipe_makers(struct rh_world *world, uint64_t id,
                           uint32_t makers[WORLD_PIPE_MAKERS_MAX]);

#endif
