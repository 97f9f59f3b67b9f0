/* SPDX-License-Identifier: MIT */
/*
 * What hangs from a node. Private to core/actor.
 *
 * One object, `struct signal`, is everything that travels or waits: a queued signal, a half of a link, a half of a
 * monitor, an alias, a timer. A LINK that is handled *becomes* the partner's half; a half whose owner exits *becomes* the
 * EXIT; a watcher's half becomes the DEMONITOR, a target's half the DOWN. So making a link or monitor may fail for want
 * of memory, and ending an actor never does.
 *
 *      queue of the node        struct signal -> struct signal -> ...            sending order, next and prev
 *      lists of an actor        links, monitors, watchers, timers, owned         insertion order, circular
 *      index of an actor        (role, partner | ordinal) -> entry               once it has many, through hash_next
 *      heap of the node         (due, creator's key, ordinal) -> timer
 *
 * An inbox is the part of the queue that is for one actor. Nothing moves when an actor exits: its signals are still in
 * the queue, their generation no longer fits, and each becomes a dead letter when its turn comes.
 */
#ifndef CORE_ACTOR_INTERNAL_H
#define CORE_ACTOR_INTERNAL_H

#include "core/base/assert.h"
#include "core/base/pool.h"

#include <rehearse/inspect.h>
#include <rehearse/node.h>

/** What a struct signal is at the moment. */
enum role {
    ROLE_QUEUED,  /**< in the queue, or in nobody's hands for the length of a step */
    ROLE_LINK,    /**< to = owner, from = partner, id.pair */
    ROLE_MONITOR, /**< to = watcher, from = target, id.ordinal, detail = name */
    ROLE_WATCH,   /**< to = target, from = watcher, id.ordinal */
    ROLE_ALIAS,   /**< to = owner, id.ordinal, detail = enum rh_alias_mode */
    ROLE_TIMER,   /**< to = target, from = creator, id.ordinal, detail = name */
    ROLE_MAIL,    /**< in a mailbox */
    ROLE_EXPORT, /**< to = owner, from.node = a node that it has sent something: becomes the GONE */
    ROLE_RECORD, /**< in a table of core/remote, complete with kind, ends and id */
};

enum signal_flag {
    SIGNAL_RETURN = 1,     /**< RH_RETURN */
    SIGNAL_BY_NAME = 2,    /**< detail is the name it is for; `to` is none */
    SIGNAL_HAS_TAG = 4,    /**< link entries and their EXIT */
    SIGNAL_AS_MESSAGE = 8, /**< a timer that arrives as a MESSAGE */
    SIGNAL_COUNTED = 16,   /**< counted in the receiver's `waiting` */
    SIGNAL_BORROWED = 32,  /**< storage is not the pool's: the TAKE of a mailbox */
    SIGNAL_REPLACED = 64,  /**< a fault has replaced the payload */
    SIGNAL_OF_FAULT = 128, /**< a fault has made it, a copy or a forgery, or holds it */
};

struct signal {
    struct signal *next;
    struct signal *prev;
    uint8_t kind; /**< enum rh_signal_kind */
    uint8_t role; /**< enum role */
    union {
        uint32_t heap_index; /**< timers */
        uint32_t hop; /**< of a queued signal to another node: the node that it goes to next */
    };
    struct rh_pid to;
    struct rh_delivery body;
    union {
        struct signal *hash_next; /**< of an entry */
        rh_instant sent;          /**< of a queued signal */
    };
};

enum phase {
    PHASE_FREE,
    PHASE_EMBRYO,
    PHASE_ALIVE,
    PHASE_EXITING,
    PHASE_RETIRED
};

/** What an actor record stands for. */
enum form {
    FORM_ACTOR,
    FORM_ENDPOINT, /**< an actor that owns a connection to another node */
    FORM_PROXY, /**< an actor of another node, as a connection knows it: it takes no turns and has no slot */
};

struct handle;
struct mailbox;
struct name;
struct foreign;
struct remote;
struct lanes;

/** Buckets of entries that are chained through hash_next; a power of two, or none. */
struct index {
    struct signal **buckets;
    size_t bucket_count;
};

struct actor {
    const struct rh_behaviour *behaviour;
    void *state;
    struct rh_pid pid;
    uint8_t phase; /**< enum phase */
    uint8_t form;  /**< enum form */
    bool trap;
    bool start_linked; /**< by the spawn, to its parent */
    uint8_t overflow;  /**< enum rh_overflow */
    uint32_t children; /**< ordinal of the last spawn */
    uint32_t link_generation;
    uint32_t cap;
    uint32_t waiting; /**< messages in inbox and mailbox, of capped actors */
    uint32_t next_free;
    uint64_t key;
    uint64_t draws;
    uint64_t references; /**< ordinal of the last reference */
    struct rh_pid parent;
    struct signal *links;
    struct signal *monitors;
    struct signal *watchers;
    struct signal *timers; /**< aimed at it */
    struct signal *aliases;
    struct signal
        *exports;       /**< one for each other node that it has sent something; and link_promise */
    struct index index; /**< over the four lists but timers, once they are long */
    uint32_t entry_count;
    struct membership *memberships;
    uint32_t subscriptions; /**< group monitors */
    struct name *name;
    struct mailbox *mailbox;
    struct handle *handles; /**< pipes and children that it owns, circular */
};

#define ACTORS_PER_CHUNK 64u
#define SLOT_NONE UINT32_MAX

struct queue {
    struct signal *head;
    struct signal *tail;
    size_t length;
};

struct timer_slot {
    rh_instant due;
    uint64_t creator_key;
    struct signal *timer;
};

struct name_slot {
    struct name *name;  /**< NULL: free */
    uint32_t next_free; /**< + 1 */
};

/** One wait for the driver. Told by `handle`: NULL, and it is a struct user_effect. */
struct effect {
    struct effect *next;
    struct effect *prev;
    struct handle *handle;
    enum rh_effect_kind kind;
    bool queued;
};

/** What an actor said to the world. */
struct user_effect {
    struct effect effect;
    struct rh_pid actor;
    struct rh_message message;
};

struct rh_node {
    struct rh_observer observer;
    struct rh_filter filter;
    struct rh_witness witness;
    struct rh_allocator allocator;
    struct rh_allocator marks;
    struct rh_limits limits;
    uint32_t id;
    uint32_t incarnation;
    uint64_t seed;
    bool has_drawn; /* somebody, from a stream of the seed */
    uint32_t first_generation;
    rh_instant now;
    bool in_turn;
    bool timer_went_last;
    uint32_t crash_operations; /**< of the next turn; 0: none */
    struct rh_message crash_reason;

    struct queue queue;
    struct pool pool;

    struct actor **chunks;
    uint32_t chunk_count;
    uint32_t chunk_capacity;
    uint32_t slot_count;
    uint32_t first_free;
    uint32_t roots;  /**< ordinal of the last root actor */
    uint32_t capped; /**< live actors with a cap */

    struct index timers; /**< by creator and ordinal */
    size_t entry_count;  /**< of all actors, timers not counted */

    struct timer_slot *heap;
    struct timer_slot *due_now; /**< scratch of the same capacity, for listing in order */
    uint32_t heap_count;
    uint32_t heap_capacity;
    uint32_t due_capacity;

    struct name_slot *names;  /**< by index */
    uint32_t first_free_name; /**< + 1; 0: none */
    uint32_t name_count;      /**< indexes in use or free */
    uint32_t name_capacity;
    uint32_t interned;
    uint32_t registered;
    uint32_t groups;
    struct name **name_buckets;
    uint32_t name_bucket_count;

    struct signal **channels; /**< scratch of rh_node_each_pending: a table of channels seen */
    size_t channel_capacity;
    struct lanes *lanes; /**< of the queue; NULL: it is walked */
    size_t blocked;      /**< signals that the last walk met in vain */

    struct effect *effects_head;
    struct effect *effects_tail;

    struct handle **handle_buckets; /**< by reference; stats.handles of them */
    size_t handle_bucket_count;
    const struct rh_io *io; /**< what the turn that is running is about, or NULL */

    const struct foreign *foreign; /**< what knows other nodes; NULL: nothing does */
    struct remote *remote;         /**< its state */
    size_t relayed;                /**< actors that it reaches, or did, by a node between */
    bool relays;                   /**< a connection of its own may introduce actors of others */
    const char *name;
    const struct rh_behaviour *(*find_behaviour)(void *self, const char *name);
    void *behaviours;

    struct rh_node_stats stats;
};

/** The turn that is running. `ended` makes every later operation return RH_EXITED. What it ends with is written when it
 *  ends, and not before: this struct is set up for every turn. */
struct rh_context {
    struct rh_node *node;
    struct actor *actor;
    struct rh_pid self;
    bool ended;
    bool counted; /**< an injected crash counts operations; its reason is the node's crash_reason */
    uint32_t operations_left;
    enum rh_why why;
    struct rh_pid cause;
    struct rh_message reason;
};
/** Mark the turn as ended; takes `reason`. */
static inline void turn_end_with(struct rh_context *ctx, struct rh_message reason,
                                 struct rh_pid cause, enum rh_why why)
{
    ctx->ended = true;
    ctx->reason = reason;
    ctx->cause = cause;
    ctx->why = why;
}

/* ---- events ---- */

void node_emit(struct rh_node *node, struct rh_event *event);
/** Tell the observer, if any. The event is not even built without one. */
#define EMIT(node, ...)                                                                            \
    do {                                                                                           \
        if ((node)->observer.event != NULL) {                                                      \
            node_emit((node), &(struct rh_event){__VA_ARGS__});                                    \
        }                                                                                          \
    } while (0)
void signal_tell(struct rh_node *node, enum rh_event_kind kind, const struct signal *signal,
                 enum rh_why why);
static inline void emit_signal(struct rh_node *node, enum rh_event_kind kind,
                               const struct signal *signal, enum rh_why why)
{
    if (node->observer.event != NULL) {
        signal_tell(node, kind, signal, why);
    }
}
void emit_limit(struct rh_node *node, struct rh_pid actor, enum rh_status status,
                const char *limit);
/** Tell the witness, if any, what a step leans on. */
static inline void touch(const struct rh_node *node, enum rh_touch_kind kind, struct rh_pid actor,
                         uint64_t ordinal, const char *name)
{
    if (node->witness.touch != NULL) {
        node->witness.touch(node->witness.self, kind, actor, ordinal, name);
    }
}

/* ---- memory: memory.c ---- */

void *node_allocate(struct rh_node *node, size_t bytes);
void node_release(struct rh_node *node, void *block, size_t bytes);
/** Grow an array to hold at least one more than `*capacity` elements. */
bool node_grow(struct rh_node *node, void **array, uint32_t *capacity, size_t element_bytes);

/* ---- slots: slots.c ---- */

static inline struct rh_pid actor_pid(const struct rh_node *node, const struct actor *actor)
{
    (void)node;
    return actor->pid;
}

static inline struct actor *actor_at(const struct rh_node *node, uint32_t slot)
{
    return &node->chunks[slot / ACTORS_PER_CHUNK][slot % ACTORS_PER_CHUNK];
}

/** Return the live actor (embryos included) that `pid` names on this node, or NULL. */
static inline struct actor *actor_find(const struct rh_node *node, struct rh_pid pid)
{
    if (pid.node != node->id || pid.slot >= node->slot_count) {
        return NULL;
    }
    struct actor *actor = actor_at(node, pid.slot);
    bool live = actor->phase == PHASE_ALIVE || actor->phase == PHASE_EMBRYO;
    return live && actor->pid.generation == pid.generation && pid.incarnation == node->incarnation
               ? actor
               : NULL;
}

enum rh_status actor_create(struct rh_node *node, struct actor **ret_actor);
void actor_free(struct rh_node *node, struct actor *actor);
static inline bool pid_is_local(const struct rh_node *node, struct rh_pid pid)
{
    return pid.node == node->id || pid.node == 0;
}

/** By way of which node a queued signal leaves; 0: its target is of this one, or nobody. */
static inline uint32_t signal_hop(const struct rh_node *node, const struct signal *signal)
{
    return pid_is_local(node, signal->to) ? 0 : signal->hop;
}

/* ---- the queue: queue.c; lanes.c for a node that has lanes ---- */

void queue_push_front(struct rh_node *node, struct signal *signal);
/** The signal has been put at an end of the queue, or is out of it. */
void lanes_push(struct rh_node *node, struct signal *signal);
void lanes_push_front(struct rh_node *node, struct signal *signal);
void lanes_remove(struct rh_node *node, const struct signal *signal);

/* ---- entries: entries.c ---- */

void list_append(struct signal **list, struct signal *entry);
void list_remove(struct signal **list, struct signal *entry);

/** Chain an entry, growing for `count` entries; false only where there are no buckets at all. */
bool index_insert(struct rh_node *node, struct index *index, struct signal *entry, size_t count);
void index_remove(struct index *index, struct signal *entry);
struct signal *index_find(const struct index *index, enum role role, struct rh_pid other,
                          uint64_t ordinal);
/** Forget the index as a whole; the entries stay in their lists. */
void index_free(struct rh_node *node, struct index *index);

/** Put an entry, complete with its key, into one of its owner's lists. */
void entry_add(struct rh_node *node, struct actor *owner, struct signal **list,
               struct signal *entry, enum role role);
/** Take it out again; it is in the caller's hands. */
void entry_take(struct rh_node *node, struct actor *owner, struct signal **list,
                struct signal *entry);
/** Find an entry in `list`: a link by `other`, a watch by `other` and `ordinal`, a monitor or alias by `ordinal`. */
struct signal *entry_find(const struct actor *owner, struct signal *list, enum role role,
                          struct rh_pid other, uint64_t ordinal);

/** NULL, or what is wrong with an actor's tables; adds its entries. */
const char *actor_validate(const struct rh_node *node, const struct actor *actor, size_t *entries);

/* ---- other nodes: core/remote fills this in ---- */

/** How the runtime of one node reaches what knows other nodes. */
struct foreign {
    /** Handle a signal to an actor or name of another node; takes it. */
    void (*handle)(struct rh_node *node, struct signal *signal);
    /** Return the node to which a signal to `to`, of another node, goes next. */
    uint32_t (*hop)(const struct rh_node *node, struct rh_pid to);
    /** The owner of a connection runs its exit step: end everything that came through the connection. */
    void (*endpoint_exit)(struct rh_node *node, struct actor *endpoint,
                          const struct rh_message *reason);
    /** A proxy has run its exit step: free it. */
    void (*proxy_exit)(struct rh_node *node, struct actor *proxy);
    /** A local actor has joined or left a group because it was asked to. */
    void (*member)(struct rh_node *node, struct actor *actor, const struct name *group,
                   bool joined);
    /** An actor that watched nodes exits, or gives up one such watch (ordinal not 0): whether there was one. */
    bool (*unwatch)(struct rh_node *node, struct actor *watcher, uint64_t ordinal);
    /** Is the watch still there that this NODE_UP or NODE_DOWN is of? */
    bool (*watched)(const struct rh_node *node, const struct signal *notice);
    /** Such a notice is being handled: a watch of one node ends with it. */
    void (*heard)(struct rh_node *node, struct actor *watcher, uint64_t ordinal);
    /** The driver is about to take effects. */
    void (*flush)(struct rh_node *node);
    void (*destroy)(struct rh_node *node);
    /** As rh_inspect_validate, for connections; adds the entries of proxies; NULL: nothing is wrong. */
    const char *(*validate)(const struct rh_node *node, size_t *entries);
};

static inline uint32_t node_hop(const struct rh_node *node, struct rh_pid to)
{
    if (node->relays && to.node != node->id) {
        touch(node, RH_TOUCH_SEES_NET, (struct rh_pid){.node = node->id}, 0, NULL);
    }
    return node->relayed == 0 ? to.node : node->foreign->hop(node, to);
}

/** Before an actor sends anything that goes to the node `hop`: make sure that the node will be told of its exit.
 *  RH_NO_MEMORY or RH_LIMIT. */
enum rh_status export_prepare_slow(struct rh_node *node, struct actor *actor, uint32_t hop);
/** Before an actor sends anything to an actor or name: the same for wherever that goes; RH_OK on the own node. */
static inline enum rh_status export_prepare(struct rh_node *node, struct actor *actor,
                                            struct rh_pid to)
{
    return pid_is_local(node, to) ? RH_OK : export_prepare_slow(node, actor, node_hop(node, to));
}
void exports_exit(struct rh_node *node, struct actor *actor, const struct rh_message *reason);

/** What the ways to send a message share, besides its target. */
struct envelope {
    struct actor *actor; /**< who sends; NULL for the driver and for other nodes */
    struct rh_pid from;
    uint64_t alias;
    struct name *name;
    uint16_t hops;
    uint8_t flags;
};

/* ---- steps ---- */

/** An event is over. The hostile build holds all tables against each other here: after each event of a small node, now and
 *  then on a large one. */
static inline void event_end(struct rh_node *node)
{
#ifdef RH_HOSTILE
    const char *what = NULL;
    if (node->stats.actors < 64 || node->stats.events % 256 == 0) {
        RH_ASSERT(rh_inspect_validate(node, &what));
    }
#endif
    (void)node;
}

/** Handle one signal that has left the queue; takes it. */
void signal_handle(struct rh_node *node, struct signal *signal);
/** Hand a delivery to its actor: a turn, or the mailbox. Takes the signal, whose body is complete. */
void actor_deliver(struct rh_node *node, struct actor *actor, struct signal *signal,
                   enum rh_delivery_kind kind);
/** Ask the filter about `signal` for `actor`; false when the fault has already dealt with it (it is taken then). */
bool filter_asks(struct rh_node *node, struct actor *actor, struct signal *signal);
static inline bool filter_passes(struct rh_node *node, struct actor *actor, struct signal *signal)
{
    return node->filter.ask == NULL || filter_asks(node, actor, signal);
}
/** Take name, payload and flags from a signal that becomes an answer; kind, ends and id stay. */
void signal_strip(struct rh_node *node, struct signal *signal);
/** Answer a SPAWN_REQUEST with no; takes it. */
void spawn_refused(struct rh_node *node, struct signal *signal, enum rh_status status);
/** What a dead, unknown or unreachable target makes of a signal; takes it. */
void dead_letter(struct rh_node *node, struct signal *signal, enum rh_why why);
/** Give an actor's state back, and its behaviour to whoever made that. */
void state_free(struct rh_node *node, struct actor *actor, bool started);
/** The one exit routine; takes `reason`. Allocates nothing. */
void actor_exit(struct rh_node *node, struct actor *actor, struct rh_message reason,
                struct rh_pid cause, enum rh_why why);

enum rh_status turn_run(struct rh_node *node, struct actor *actor, const struct rh_delivery *in);
enum rh_status turn_run_body(struct rh_node *node, struct actor *actor,
                             enum rh_status (*body)(struct rh_context *, void *, void *),
                             void *argument);
bool turn_count_operation(struct rh_context *ctx);
/** Begin one operation of a turn: false when the turn has ended. */
static inline bool turn_operation(struct rh_context *ctx)
{
    return !ctx->ended && (!ctx->counted || turn_count_operation(ctx));
}
/** Arrange that the next turn ends after `operations` with `reason` (taken). */
void turn_arm_crash(struct rh_node *node, uint32_t operations, struct rh_message reason);

/** Make the next reference of an actor; false when its ordinals are used up. */
bool actor_next_reference(struct actor *actor, uint64_t *ret_ordinal);

/** As rh_spawn for a parent that may be a proxy, NULL for a root; consumes the argument. */
enum rh_status actor_spawn(struct rh_node *node, struct actor *parent,
                           const struct rh_behaviour *behaviour,
                           const struct rh_spawn_options *options, bool reply,
                           struct rh_pid *ret_child, uint64_t *ret_ordinal);

/* ---- links, monitors, aliases ---- */

/** As rh_link and rh_unlink, for an actor that may be a proxy. */
enum rh_status link_request(struct rh_node *node, struct actor *self, struct rh_pid to,
                            const int64_t *tag);
bool unlink_request(struct rh_node *node, struct actor *self, struct rh_pid to);
bool link_is(const struct actor *actor, struct rh_pid partner);
/** An EXIT has reached a proxy: the half goes, nothing else happens. Takes the signal. */
void exit_forget(struct rh_node *node, struct actor *proxy, struct signal *signal);
/** Queue an exit signal; reason taken. */
enum rh_status exit_signal_post(struct rh_node *node, struct rh_pid from, struct rh_pid to,
                                struct rh_message reason);
void link_handle(struct rh_node *node, struct actor *actor, struct signal *signal);
void unlink_handle(struct rh_node *node, struct actor *actor, struct signal *signal);
void exit_handle(struct rh_node *node, struct actor *actor, struct signal *signal);
/** Is this EXIT of a link that the actor still has? */
bool exit_is_current(const struct actor *actor, const struct signal *signal);
void exit_signal_handle(struct rh_node *node, struct actor *actor, struct signal *signal);
/** Install both halves in one step, for spawn. Takes both signals. */
void link_install(struct rh_node *node, struct actor *parent, struct actor *child,
                  struct signal *parent_half, struct signal *child_half,
                  const struct rh_spawn_options *options);
/** Keep a link, its generation and its tag, for a child that another node may spawn: in `entry`, among the exports, till it is
 *  taken or the actor exits. */
void link_promise(struct actor *actor, struct signal *entry, uint64_t ordinal,
                  const struct rh_spawn_options *options);
struct signal *link_promise_take(struct actor *actor, uint64_t ordinal);
/** The child is there: a promise becomes the actor's half, `half` the partner's. */
void link_keep(struct rh_node *node, struct actor *actor, struct actor *partner,
               struct signal *promise, struct signal *half);
void links_exit(struct rh_node *node, struct actor *actor, const struct rh_message *reason);

/** See rh_monitor_name_at. */
enum rh_status monitor_name_at(struct rh_context *ctx, const char *text, uint32_t at,
                               enum rh_alias_mode alias, struct rh_ref *ret_monitor);
void monitor_handle(struct rh_node *node, struct actor *actor, struct signal *signal);
void demonitor_handle(struct rh_node *node, struct actor *actor, struct signal *signal);
void down_handle(struct rh_node *node, struct actor *actor, struct signal *signal);
void monitor_install(struct rh_node *node, struct actor *watcher, struct actor *target,
                     struct signal *watcher_half, struct signal *target_half, uint64_t ordinal);
struct signal *monitor_find(const struct actor *watcher, uint64_t ordinal);
/** Watch on behalf of a proxy, under the reference that its own node gave. */
enum rh_status monitor_request(struct rh_node *node, struct actor *proxy, struct rh_pid target,
                               uint64_t ordinal);
/** A DOWN has reached a proxy: the half goes; false when there is none. The signal stays the caller's. */
bool monitor_forget(struct rh_node *node, struct actor *proxy, const struct signal *signal);
/** Install the watcher's half alone; `half` is taken, `name` may be NULL. */
void monitor_half_install(struct rh_node *node, struct actor *watcher, struct signal *half,
                          struct rh_pid target, struct name *name, uint64_t ordinal);
/** Withdraw the watcher's half: it becomes the DEMONITOR. */
void monitor_withdraw(struct rh_node *node, struct actor *watcher, struct signal *entry,
                      enum rh_why why);
void monitors_exit(struct rh_node *node, struct actor *actor, const struct rh_message *reason);

void alias_add(struct rh_node *node, struct actor *owner, struct signal *entry, uint64_t ordinal,
               enum rh_alias_mode mode);
void alias_remove(struct rh_node *node, struct actor *owner, struct signal *entry, enum rh_why why);
/** Is there an alias of this ordinal? 0 is the inbox itself and always open. */
bool alias_is_open(const struct actor *owner, uint64_t ordinal);
/** A message came through an alias: false when it is closed. */
bool alias_pass(struct rh_node *node, struct actor *owner, uint64_t ordinal);
/** The monitor of this reference has ended: end the alias that goes with it. */
void alias_monitor_ended(struct rh_node *node, struct actor *owner, uint64_t ordinal);

/* ---- names and groups ---- */

/** An interned name: an owner, a group, or both, and how often entries and signals refer to it. */
struct name {
    uint32_t index;
    uint32_t references;
    struct rh_pid owner;
    struct name *hash_next;
    struct group *group;
    uint32_t length;
    char text[];
};

struct name *name_find(const struct rh_node *node, const char *text);
/** Find or create; the caller holds one reference. */
enum rh_status name_intern(struct rh_node *node, const char *text, struct name **ret_name);
void name_ref(struct name *name);
void name_unref(struct rh_node *node, struct name *name);
void name_release(struct rh_node *node, struct actor *owner, enum rh_why why);
/** The name that `detail` of an entry or signal refers to; 0 is none. */
struct name *name_of_detail(const struct rh_node *node, uint32_t detail);
uint32_t name_detail(const struct name *name);
void names_destroy(struct rh_node *node);

/** Join or leave, for an actor that may be a proxy. */
enum rh_status group_join(struct rh_node *node, struct actor *actor, const char *text);
enum rh_status group_leave(struct rh_node *node, struct actor *actor, const char *text);
void groups_each_membership(const struct actor *actor,
                            void (*visit)(void *self, const struct name *group), void *self);
void groups_exit(struct rh_node *node, struct actor *actor);
/** Is the subscription of this GROUP_JOIN or GROUP_LEAVE still there? */
/** Is the watch of a NODE_UP or NODE_DOWN still there? */
static inline bool node_notice_is_current(const struct rh_node *node, const struct signal *signal)
{
    return node->foreign->watched(node, signal);
}
bool group_notice_is_current(const struct rh_node *node, const struct signal *signal);
void group_notice_handle(struct rh_node *node, struct actor *actor, struct signal *signal,
                         enum rh_delivery_kind kind);
void group_destroy(struct rh_node *node, struct name *name);

/* ---- timers ---- */

void timers_exit(struct rh_node *node, struct actor *actor);
/** Fire the earliest timer; it must be due. */
void timer_fire(struct rh_node *node, struct signal *timer);
/** Take a timer out of heap, table and list without freeing it. */
void timer_detach(struct rh_node *node, struct signal *timer);
/** Put a timer into heap, table and its target's list. `timer` is complete but for the due time. */
enum rh_status timer_attach(struct rh_node *node, struct signal *timer, rh_instant due,
                            uint64_t creator_key);
/** Give a timer another due time. */
void timer_move(struct rh_node *node, struct signal *timer, rh_instant due);
rh_instant timer_due(const struct rh_node *node, const struct signal *timer);
bool timer_before(const struct timer_slot *a, const struct timer_slot *b);

/* ---- effects: effect.c, and what core/io adds to them ---- */

void effect_queue(struct rh_node *node, struct effect *effect);
void effect_unqueue(struct rh_node *node, struct effect *effect);
/** Queue a USER effect; takes `message` unless it returns false: no memory. */
/** What the filter has made of an effect. */
struct effect_fate {
    enum rh_filter_action action;
    enum rh_status
        status; /**< RH_INVALID: it asked for what the effect cannot suffer, which passes */
    struct rh_message replacement; /**< of REPLACE */
};
/** Complete the question, which has `actions` but PASS, and ask it. */
struct effect_fate effect_ask_filter(struct rh_node *node, struct rh_filter_question *question);
bool effect_say(struct rh_node *node, struct rh_pid actor, struct rh_message message);

/** Write down what a handle asks; false: it asks once more. */
bool handle_effect(struct effect *effect, struct rh_effect *ret_effect);
/** What the event of an input tells as its number. */
uint64_t io_number(const struct rh_io *io);
/** Close what the actor owns, kill its children. */
void handles_exit(struct rh_node *node, struct actor *actor);
void handles_destroy(struct rh_node *node);
/** Return what is wrong with the handles, or NULL. */
const char *handles_check(const struct rh_node *node);

/* ---- mailboxes ---- */

/** See rh_delivery_ref. */
struct rh_ref delivery_ref(struct rh_pid receiver, const struct rh_delivery *in);

enum rh_status mailbox_create(struct rh_node *node, struct actor *actor);
void mailbox_destroy(struct rh_node *node, struct actor *actor);
/** Free everything without telling anybody: the node is going. */
void mailbox_abandon(struct rh_node *node, struct actor *actor);
/** Free what hangs from an actor without telling anybody: the node is going. */
void actor_abandon(struct rh_node *node, struct actor *actor);
void memberships_abandon(struct rh_node *node, struct actor *actor);
void mailbox_put(struct rh_node *node, struct actor *actor, struct signal *signal);
/** The TAKE event. */
void mailbox_take(struct rh_node *node, struct actor *actor);
/** The wait's timer is due. */
void mailbox_timeout(struct rh_node *node, struct actor *actor, struct signal *timer);
/** Remove the first mail of `kind` for which `matches` says so. */
bool mailbox_flush(struct rh_node *node, struct actor *actor, enum rh_delivery_kind kind,
                   struct rh_pid from, uint64_t ordinal);
bool mailbox_drop_oldest(struct rh_node *node, struct actor *actor);
/** A message to a name has found its actor: false when the cap leaves no room in its mailbox. */
bool message_fits(struct rh_node *node, struct actor *actor, struct signal *signal);
/** Queue a message whose signal has target and payload: to a pid, through an alias, or to a name (the target is then none).
 *  Takes the signal. As rh_node_send. */
enum rh_status message_post(struct rh_node *node, const struct envelope *envelope,
                            struct signal *signal);
/** Count and tell of a message for which there is no room; takes it. */
void message_refuse(struct rh_node *node, struct rh_pid from, struct rh_pid to,
                    struct rh_message message, enum rh_status status);
/** Give a message back to its sender; takes the signal. */
void message_return(struct rh_node *node, struct signal *signal, enum rh_why why,
                    enum rh_status status);
/** Judge a message before anything is done with it: its status, or RH_LIMIT when it is too large. */
enum rh_status message_judge(const struct rh_node *node, const struct rh_message *message);
void mailbox_view(const struct actor *actor, struct rh_actor_view *view);
struct signal *mailbox_first(const struct actor *actor);

/** The message leaves the receiver's care: it no longer counts against the cap. */
void waiting_ends(struct actor *actor, struct signal *signal);

#include "core/actor/signal.h"

#endif
