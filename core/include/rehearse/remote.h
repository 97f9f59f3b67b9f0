/* SPDX-License-Identifier: MIT */
/** @file
 *  Other nodes: links, monitors, sends and spawns mean the same across nodes as on one. A connection to another node is an
 *  actor, its *endpoint*; what other nodes' actors are to this one is in its records, the *proxies*.
 *
 *      known -> (first use: dialled) -> up, generation g -> down -> (next use: dialled) -> up, generation g + 1
 *
 *  What is sent to a known node that is not connected waits for one attempt to connect; if that fails, links, monitors and
 *  spawns answer noconnection. When a connection is lost, names and groups of that node go first, then every proxy exits with
 *  noconnection through the one exit routine, then monitors fire, then node monitors. Nothing is sent again later. */
#ifndef REHEARSE_REMOTE_H
#define REHEARSE_REMOTE_H

#include <rehearse/node.h>

RH_PUBLIC_BEGIN

/** How to reach another node. Zeroed but for one of the three ways: `address`, `handle` or `command`.
 *
 *  With `relay` whoever's pid is in what is said is introduced to the other node before, and can be reached through here as
 *  if he were ours: actors of this node, and those of third nodes that were introduced to this one. Both sides of every
 *  connection on the way should have it. Names and groups are not passed on.
 *
 *  `plain` is for peers that know thespian's five verbs only: nobody says hello, and `node` is what we call them. */
struct rh_endpoint_options {
    const char *address;              /**< connect to it */
    struct rh_ref handle;             /**< speak over a pipe that is open; it changes owners */
    const struct rh_command *command; /**< speak over stdin and stdout of a child */
    uint32_t node;                    /**< the number that it must have; 0: whatever it says */
    bool greets;                      /**< of an open pipe: say hello first, as one side must */
    bool plain;                       /**< see above */
    bool relay;            /**< the other node does not reach everybody that we do: see below */
    rh_duration heartbeat; /**< say something at least so often; 0: never */
    rh_duration deadline;  /**< end after so long a silence; 0: never */
};

/** Spawn an endpoint, linked to the caller: the caller's exit always ends it, its end is an exit signal to the caller. It
 *  ends only because the pipe was closed, the peer said transport_error, broke the framing, or its spawner exited. As
 *  rh_spawn. */
RH_MUST_USE enum rh_status rh_endpoint_spawn(struct rh_context *ctx,
                                             const struct rh_endpoint_options *options,
                                             struct rh_pid *ret_endpoint);
/** Spawn an actor that accepts connections at an address and spawns an endpoint, linked to itself, for each. `options` is for
 *  those: heartbeat, deadline, plain, relay. It exits if the address is refused. */
RH_MUST_USE enum rh_status rh_listener_spawn(struct rh_context *ctx, const char *address,
                                             const struct rh_endpoint_options *options,
                                             struct rh_pid *ret_listener);
/** As rh_endpoint_spawn, by the driver, without spawner: over a pipe that the driver has open; told by *ret_handle, what
 *  rh_node_feed calls it. `options` may be NULL. */
RH_MUST_USE enum rh_status rh_node_endpoint(struct rh_node *node, rh_instant now,
                                            const struct rh_endpoint_options *options,
                                            struct rh_pid *ret_endpoint, struct rh_ref *ret_handle);
/** Know how to reach node `options->node`: copied. Another one for the same node replaces it. RH_INVALID: the own number, 0,
 *  or neither address nor command. */
RH_MUST_USE enum rh_status rh_node_know(struct rh_node *node,
                                        const struct rh_endpoint_options *options);

/** Close the connection to a node, if there is one: NODE_DOWN says normal here, transport_closed there. RH_NOT_FOUND. */
enum rh_status rh_disconnect(struct rh_context *ctx, uint32_t node);
/** Write the numbers of the connected nodes in increasing order; returns how many there are. */
size_t rh_nodes(const struct rh_context *ctx, uint32_t *nodes, size_t capacity);

/** Be told once when the connection to `node` is lost (NODE_DOWN): one notice for each call. If it cannot be reached now, the
 *  notice comes after one attempt. Ends with the notice or rh_demonitor, behind which none comes; with RH_FLUSH none that
 *  is in the mailbox either. */
RH_MUST_USE enum rh_status rh_monitor_node(struct rh_context *ctx, uint32_t node,
                                           struct rh_ref *ret_monitor);
/** Be told of every NODE_UP and NODE_DOWN from now on, until rh_demonitor. */
RH_MUST_USE enum rh_status rh_monitor_nodes(struct rh_context *ctx, struct rh_ref *ret_monitor);
/** Watch whoever has `name` on `node` when the request arrives there; as rh_monitor_name. DOWN is from {node, 0, 0, 0} and
 *  carries the name: rh_delivery_name. */
RH_MUST_USE enum rh_status rh_monitor_name_at(struct rh_context *ctx, const char *name,
                                              uint32_t node, enum rh_alias_mode alias,
                                              struct rh_ref *ret_monitor);
/** Spawn a behaviour that `node` knows under a name (struct rh_node_options: find_behaviour). Of `options`, argument, link, its
 *  tag, and monitor count. Answered by SPAWN_REPLY with RH_OK, RH_NOT_FOUND (no such behaviour), RH_NOCONNECTION, or what
 *  the spawn there said. Link and monitor are in place on both nodes with the reply. */
RH_MUST_USE enum rh_status rh_spawn_at(struct rh_context *ctx, uint32_t node, const char *behaviour,
                                       const struct rh_spawn_options *options,
                                       struct rh_ref *ret_request);

/** One connection, for checks and reports. */
struct rh_connection_view {
    struct rh_pid endpoint;
    uint32_t node; /**< 0: it has not said hello yet */
    uint32_t incarnation;
    uint64_t generation;
    bool up;
    bool plain;
    size_t proxy_count;
    size_t export_count;
    size_t monitor_count; /**< of own actors, on the other node */
    size_t unlink_count;  /**< not acknowledged yet */
    size_t held_count;    /**< signals that wait for the connection */
    size_t lane_bytes;    /**< frames that wait to be written */
    size_t kept_bytes;    /**< of a frame that is not complete */
};
/** Visit the connections in the order in which they were made; stops when visit returns false. */
void rh_inspect_each_connection(const struct rh_node *node,
                                bool (*visit)(void *self, const struct rh_connection_view *view),
                                void *self);
/** Visit the proxies of a connection by increasing number, those without one last: their remote pid and number. */
void rh_inspect_each_proxy(const struct rh_node *node, struct rh_pid endpoint,
                           bool (*visit)(void *self, struct rh_pid actor, uint64_t number),
                           void *self);
/** Visit the actors whose number the peer knows, in increasing order. */
void rh_inspect_each_export(const struct rh_node *node, struct rh_pid endpoint,
                            bool (*visit)(void *self, struct rh_pid actor, uint64_t number),
                            void *self);

RH_PUBLIC_END
#endif
