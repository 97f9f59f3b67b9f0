/* SPDX-License-Identifier: MIT */
/*
 * What one node knows of others. Private to core/remote.
 *
 *      remote ── peers, by node number ── connection ── proxies    their actors: number <-> pid
 *                                            │       ── exports    our actors:   number <-> pid
 *                                            │       ── requests   what we asked and they owe us an answer for
 *                                            └── endpoint, lane, cutter
 *
 * A signal for another node goes relay.c -> depart.c -> lane.c; a frame comes endpoint.c -> arrive.c. All changes of life
 * are in connection.c (a connection's) and proxy.c (a proxy's).
 */
#ifndef CORE_REMOTE_INTERNAL_H
#define CORE_REMOTE_INTERNAL_H

#include "core/actor/internal.h"
#include "core/wire/frame.h"
#include "core/wire/wire.h"

#include <rehearse/remote.h>

/** References of requests begin here, as beamr's: no actor's own reference gets so far. */
#define REFERENCE_FIRST (UINT64_C(1) << 56)
#define REFERENCE_LAST ((UINT64_C(1) << 59) - 1)

/* ---- numbers: directory.c ---- */

/** An actor under a number of one connection; 0: it has none yet. */
struct numbered {
    uint64_t number;
    struct rh_pid pid;
    struct numbered *number_next;
    struct numbered *pid_next;
    struct numbered *next; /**< by number; those without one behind them */
    struct numbered *prev;
    bool
        is_lost; /**< an export of a node beyond that is out of reach: the word of it is on the way */
};

/** Numbered actors, found by either. The two are inverse at every step, because a record is in both or in none. */
struct directory {
    struct numbered **by_number;
    struct numbered **by_pid;
    size_t bucket_count;
    size_t count;
    struct numbered *first;
    struct numbered *last;
    struct numbered *last_number; /**< the last that has one */
    struct numbered *recent;      /**< who was found last: mostly he is wanted again */
};

/** Make room for one more record; false without memory. */
bool directory_reserve(struct rh_node *node, struct directory *directory);
/** Add a record; room is reserved. Its number is new, or 0. */
void directory_add(struct directory *directory, struct numbered *record);
void directory_remove(struct directory *directory, struct numbered *record);
/** Give a record its number. */
void directory_number(struct directory *directory, struct numbered *record, uint64_t number);
struct numbered *directory_seek(const struct directory *directory, uint64_t number);
struct numbered *directory_seek_pid(const struct directory *directory, struct rh_pid pid);

/** Find the actor of a number that is not 0; NULL: nobody's. */
static inline struct numbered *directory_find(struct directory *directory, uint64_t number)
{
    struct numbered *recent = directory->recent;
    if (recent == NULL || recent->number != number || number == 0) {
        directory->recent = directory_seek(directory, number);
    }
    return directory->recent;
}

static inline struct numbered *directory_find_pid(struct directory *directory, struct rh_pid pid)
{
    struct numbered *recent = directory->recent;
    if (recent == NULL || !rh_pid_equal(recent->pid, pid)) {
        directory->recent = directory_seek_pid(directory, pid);
    }
    return directory->recent;
}

void directory_free(struct rh_node *node, struct directory *directory);
/** NULL, or what is wrong. */
const char *directory_validate(const struct directory *directory);

/* ---- proxies: proxy.c ---- */

struct proxy {
    struct numbered id;
    struct connection *connection;
    bool is_way;        /**< of a node beyond: its signals go by this connection */
    struct actor actor; /**< the record of links, monitors and groups; it has no slot */
};

/* ---- requests: request.c ---- */

enum request_kind {
    REQUEST_MONITOR,
    REQUEST_ALIVE,
    REQUEST_SPAWN,
    REQUEST_UNLINK,
};

/** Signals that a spawn may need when its answer comes; see spawn.c. */
struct spawn_parts {
    struct signal *link;       /**< the child's half; the asker's is a promise */
    struct signal *monitor[2]; /**< the asker's half, and the notice of the later MONITOR_EXIT */
};

/** What an own actor has asked of the other node. It ends with the answer or with the connection, whichever takes it. */
struct request {
    uint64_t reference;
    enum request_kind kind;
    struct rh_pid asker;
    uint64_t ordinal;      /**< the asker's own reference */
    struct rh_pid target;  /**< generation 0: by name */
    struct signal *notice; /**< storage of the answer */
    struct spawn_parts spawn;
    struct request *reference_next;
    struct request *asker_next;
    struct request *next;
    struct request *prev;
};

struct requests {
    struct request **by_reference;
    struct request **by_asker;
    size_t bucket_count;
    size_t count;
    struct request *first; /**< by reference */
    struct request *last;
    uint64_t next_reference;
};

/** Make a request under the next reference; `notice` is taken if it returns RH_OK. RH_NO_MEMORY, RH_EXHAUSTED. */
enum rh_status request_make(struct rh_node *node, struct requests *requests,
                            const struct request *plan, struct request **ret_request);
struct request *request_find(const struct requests *requests, uint64_t reference);
struct request *request_find_asker(const struct requests *requests, enum request_kind kind,
                                   struct rh_pid asker, uint64_t ordinal, struct rh_pid target);
/** Take it out and free it; what it stored is the caller's. */
void request_remove(struct rh_node *node, struct requests *requests, struct request *request);
void requests_free(struct rh_node *node, struct requests *requests);

/* ---- the lane: lane.c ---- */

/** Frames on their way out: those that wait, and those that the driver is writing. */
struct lane {
    uint8_t *bytes;
    size_t used;
    size_t capacity;
    size_t data_bytes;
    uint32_t controls;
    bool
        opening; /**< what there was before the connection is being said: as much control as there is of it */
    uint8_t *flying;
    size_t flying_size;
    size_t flying_capacity;
};

enum lane_class {
    LANE_DATA, /**< refused when the lane is full: somebody hears of it */
    LANE_CONTROL, /**< admitted where data no longer is; when even that is too much, the connection ends */
};

/** Append a frame. RH_LIMIT: larger than a frame may be; RH_FULL: the lane is full; RH_NO_MEMORY. */
enum rh_status lane_put(struct rh_node *node, struct lane *lane, enum lane_class lane_class,
                        const struct wire_message *message);
void lane_free(struct rh_node *node, struct lane *lane);

/* ---- options.c ---- */

/** Options with strings of their own. */
struct options {
    struct rh_endpoint_options set;
    uint8_t *block;
    size_t block_bytes;
};

bool endpoint_options_copy(struct rh_node *node, const struct rh_endpoint_options *from,
                           struct options *to);
void endpoint_options_free(struct rh_node *node, struct options *options);

/* ---- connections: connection.c ---- */

enum connection_state {
    CONNECTION_OPENING, /**< the pipe is not open yet */
    CONNECTION_HELLO,   /**< open; the other side has not said hello */
    CONNECTION_UP,
};

struct connection {
    struct connection *next; /**< in the order in which they were made */
    struct rh_node *home;
    struct actor *endpoint;
    enum connection_state state;
    bool outgoing; /**< we say hello first */
    bool plain;
    bool in_turn;  /**< the endpoint's own turn is running: it ends itself */
    uint32_t node; /**< 0: not known yet */
    uint32_t incarnation;
    uint32_t
        parked;    /**< it said hello as this node while we were dialling that one; 0: it did not */
    bool is_asked; /**< parked, and asked whether it is still wanted */
    bool is_wanted; /**< it said so */
    uint64_t generation;
    uint64_t made; /**< how many connections had gone up before this one was made */
    uint64_t up;   /**< which of all that went up it was, from 1; 0: it did not */
    struct rh_ref handle;
    bool has_handle;
    const char *failed; /**< why it ends; NULL: it lives */
    rh_instant heard;
    rh_instant said;
    bool open;           /**< the pipe is */
    const char *closing; /**< why it ends when what was said is written; NULL: it does not */
    struct options options;
    struct directory proxies;
    struct directory exports;
    uint64_t last_number;    /**< the last that we gave */
    uint64_t highest_number; /**< the highest that the other side gave */
    struct requests requests;
    uint32_t link_generation; /**< of its proxies, before their first link */
    struct lane lane;
    struct frame_cutter cutter;
    uint8_t *cutter_buffer;
    struct signal *held; /**< signals that wait for the connection */
    size_t held_count;
};

/** A node by its number, and how to reach it. */
struct peer {
    uint32_t node;
    uint64_t generation;
    struct connection *connection; /**< the one that is up or being opened */
    struct options options;        /**< how to dial it; without a block: not known */
};

struct node_watch {
    struct node_watch *next;
    struct rh_pid watcher;
    uint64_t ordinal;
    uint32_t node; /**< 0: every node, for ever */
    bool told;     /**< one node: its notice is on its way, and ends the watch when it is handled */
    size_t reserved; /**< notices */
    struct signal *
        notice; /**< one node: its notice; every node: chained, one NODE_DOWN for each connection that is up */
};

struct remote {
    struct peer *peers; /**< by node number */
    uint32_t peer_count;
    uint32_t peer_capacity;
    uint64_t
        forgotten_generation; /**< the highest of nodes that were forgotten: what comes later is later */
    struct connection *first;
    struct connection *last;
    uint32_t connection_count;
    uint64_t up_count; /**< connections that ever went up */
    struct node_watch *watches;
    /* Where the next connection begins: a signal that waited for the last one means nothing in it, nor may seem to. */
    uint64_t next_reference;
    uint32_t link_generation;
};

/** Return the node's remote half, made at the first use; NULL without memory. */
struct remote *remote_open(struct rh_node *node);
struct peer *peer_find(const struct remote *remote, uint32_t node);
/** Find or make; NULL without memory. */
struct peer *peer_open(struct rh_node *node, uint32_t number);
/** Forget a node that is neither connected nor known how to reach: whoever says hello may call itself anything. */
void peer_forget(struct remote *remote, uint32_t number);

enum rh_status connection_spawn(struct rh_node *node, struct actor *spawner,
                                const struct rh_endpoint_options *options,
                                struct connection **ret_connection);
/** It can be used from now on. */
void connection_ready(struct connection *connection);
/** The one that there was is gone: accept who is parked for that node. */
void connection_unpark(struct rh_node *node, uint32_t number);
void connection_hello(struct connection *connection);
/** Say why it ends, and end it when that is written. */
void connection_refuse(struct connection *connection, const char *why);
/** It has to end; `why` is static storage. It does in connection_settle, or with its endpoint's turn. */
void connection_fail(struct connection *connection, const char *why);
/** End a connection that has failed, unless its endpoint's turn is running. It may be freed. */
void connection_settle(struct connection *connection);
/** What the endpoint of a failed connection exits with. */
struct rh_message connection_reason(const struct connection *connection);
/** The endpoint's exit step. */
void connection_lost(struct rh_node *node, struct actor *endpoint, const struct rh_message *reason);
struct connection *connection_of(const struct rh_node *node, struct rh_pid endpoint);
/** Go on with a hello: claim, answer, go up; or refuse. */
void connection_greet(struct connection *connection, uint32_t number, uint32_t incarnation);
/** A heartbeat before the connection is up: a question, or the answer to one. */
void connection_heartbeat(struct connection *connection);
/** Tell the witness what a step has to do with: which nodes there are and how they are reached; a connection, on which what
 *  it knows of actors and what waits to be written are two things. */
static inline void touch_net(const struct rh_node *node, enum rh_touch_kind kind)
{
    touch(node, kind, (struct rh_pid){.node = node->id}, 0, NULL);
}
static inline void touch_connection(const struct connection *connection)
{
    const struct rh_node *node = connection->home;
    touch(node, RH_TOUCH_CONNECTION, actor_pid(node, connection->endpoint), 0, NULL);
}
static inline void touch_lane(const struct connection *connection, enum rh_touch_kind kind,
                              size_t bytes)
{
    const struct rh_node *node = connection->home;
    touch(node, kind, actor_pid(node, connection->endpoint), kind == RH_TOUCH_LANE ? 1 : bytes,
          NULL);
}
/** As lane_put, in the lane of a connection. */
enum rh_status connection_put(struct connection *connection, enum lane_class lane_class,
                              const struct wire_message *message);
/** Put a frame of the runtime's own; on failure the connection ends. */
void connection_say(struct connection *connection, const struct wire_message *message);
void connection_flush(struct connection *connection);

/* ---- the rest ---- */

extern const struct rh_behaviour endpoint_behaviour;
/** The endpoint's state. */
struct endpoint {
    struct connection *connection;
};

struct proxy *proxy_of(struct numbered *id);
struct proxy *proxy_of_actor(struct actor *actor);
struct proxy *proxy_find(struct connection *connection, struct rh_pid pid);
/** Find or make the proxy of a pid. RH_LIMIT, RH_NO_MEMORY. */
enum rh_status proxy_open(struct connection *connection, struct rh_pid pid, uint64_t number,
                          struct proxy **ret_proxy);
/** End it through the one exit routine; reason taken. */
void proxy_end(struct proxy *proxy, struct rh_message reason);
void proxy_freed(struct rh_node *node, struct actor *actor);

/** Return the number under which the other side knows an actor of ours, telling it when it does not yet; 0: nobody, or
 *  the connection has failed. */
uint64_t export_number(struct connection *connection, struct rh_pid pid);
/** Export who is dead under a new number, and say that it has exited behind all that it may still have to say. */
void export_dead(struct connection *connection, struct rh_pid pid);
void export_remove(struct connection *connection, struct numbered *record);

/** The connection by which signals reach an actor of a node beyond a peer; NULL: the direct one, if any. */
struct connection *relay_of(const struct rh_node *node, struct rh_pid to);
/** The way to an actor that `only` stands for, or (NULL) to all of a connection, is lost, and all that waits for it. */
void way_lost(struct connection *connection, const struct proxy *only);
/** See struct foreign: hop. */
uint32_t relay_hop(const struct rh_node *node, struct rh_pid to);
/** Introduce everybody whose pid or reference is in a message, as far as this node can speak for him. */
void introduce_all(struct connection *connection, const struct rh_message *message);

/** See struct foreign: handle. */
void route(struct rh_node *node, struct signal *signal);
/** Put a signal into a frame, or let the proxy have it; takes it. The connection is up. */
void depart(struct connection *connection, struct signal *signal);
/** Act on a frame in the endpoint's turn. */
void arrive(struct connection *connection, const struct wire_message *message);
/** Answers of requests when nobody can answer any more; takes the request. */
void request_lost(struct connection *connection, struct request *request);
/** An actor beyond the peer is out of its reach: the same for who watches it. The peer's own answer, if it has one, would be
 *  that it knows nobody. */
void requests_beyond_lost(struct connection *connection, struct rh_pid target);
void spawn_replied(struct connection *connection, struct request *request,
                   const struct wire_message *message);
void spawn_lost(struct connection *connection, struct request *request);
void spawn_parts_free(struct rh_node *node, struct spawn_parts *parts);
void spawn_arrive(struct connection *connection, struct proxy *proxy,
                  const struct wire_message *message, const char *name);
void spawn_depart(struct connection *connection, struct signal *signal);
/** Bits in a SPAWN_REQUEST's hops and in the frame. */
enum spawn_flag {
    SPAWN_LINK = 1,
    SPAWN_MONITOR = 2,
};

/** Deliver what a request was made for. The request is the caller's to remove. */
void monitor_fire(struct rh_node *node, struct request *request, struct rh_message reason);
void liveness_fire(struct rh_node *node, struct request *request, bool alive);
/** Read the word of a status in a frame. */
enum rh_status status_of_item(struct rh_item item, enum rh_status otherwise);
/** Count and tell of a frame that may not say what it says. */
void arrive_forged(struct connection *connection, const char *what);
/** Return the connection to a known node, dialling if there is none; NULL: it cannot be reached. */
struct connection *connection_dial(struct rh_node *node, uint32_t number);

/** Tell those who watch. Reserving may fail, telling may not. */
enum rh_status watches_reserve(struct rh_node *node);
void watches_up(struct rh_node *node, const struct connection *connection);
void watches_down(struct rh_node *node, uint32_t number, uint32_t incarnation,
                  const struct rh_message *reason, bool was_up);
/** See struct foreign: watched, heard. */
bool watches_have(const struct rh_node *node, const struct signal *notice);
void watches_heard(struct rh_node *node, struct actor *watcher, uint64_t ordinal);
bool watches_remove(struct rh_node *node, struct actor *watcher, uint64_t ordinal);
void watches_free(struct rh_node *node);

void members_say(struct connection *connection);
void member_say(struct rh_node *node, struct actor *actor, const struct name *group, bool joined);

const char *remote_validate(const struct rh_node *node, size_t *entries);

#endif
