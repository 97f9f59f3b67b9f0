/* SPDX-License-Identifier: MIT */
/* A few nodes joined by pipes in memory, for tests: a driver that does one thing at a time and in a fixed order. */
#ifndef CORE_REMOTE_TESTS_NET_H
#define CORE_REMOTE_TESTS_NET_H

#include <rehearse/inspect.h>
#include <rehearse/remote.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define NET_NODES 4
#define NET_ACTORS 16
#define NET_PIPES 32

struct net_end {
    uint32_t node; /**< index; UINT32_MAX: nobody, the test itself */
    struct rh_ref handle;
    bool open;
    bool eof;
    uint8_t *bytes; /**< on their way to this end */
    size_t size;
};

struct net_pipe {
    bool used;
    struct net_end end[2];
};

struct net_actor {
    const char *name;
    uint32_t node;
    struct rh_pid pid;
    char heard[2048];
};

struct net {
    struct rh_node *nodes[NET_NODES];
    uint32_t incarnation[NET_NODES];
    struct rh_ref listeners[NET_NODES];
    size_t count;
    rh_instant now;
    size_t chunk; /**< bytes per read; 0: all that is there */
    bool frozen[NET_NODES];
    bool idle;    /**< no node handles a signal; pipes go on */
    bool stalled; /**< the test's own ends are not read */
    const struct rh_allocator *allocator;
    uint32_t first_generation;
    bool relay; /**< what node 1 accepts relays */
    struct net_pipe pipes[NET_PIPES];
    struct net_actor actors[NET_ACTORS];
    size_t actor_count;
    struct rh_limits limits;
    uint64_t frames; /**< bytes that crossed a pipe */
    char log[8192];  /**< events of kinds, word and names */
    uint64_t kinds;
};

/** One node, whose connections relay. */
void net_open_relay(struct net *net);
/** Nodes 1 to `count` that know each other and listen. */
void net_open(struct net *net, size_t count);
/** As net_open, with limits. */
void net_open_with(struct net *net, size_t count, const struct rh_limits *limits);
/** The same, with memory from somewhere. */
void net_open_in(struct net *net, size_t count, const struct rh_limits *limits,
                 const struct rh_allocator *allocator);
/** The same, with ids that are nearly used up. */
void net_open_late(struct net *net, size_t count, uint32_t first_generation);
/** Start a node again that was killed: its next incarnation. */
void net_restart(struct net *net, uint32_t node);
/** Destroy; every validator must have nothing to say. */
void net_close(struct net *net);
/** Let each node handle one event, and each pipe deliver once; false: there was nothing. */
bool net_round(struct net *net);
/** Run until nothing happens any more. */
void net_settle(struct net *net);
/** Spawn a trapping actor that writes down what it hears; node from 1. */
struct rh_pid net_actor(struct net *net, uint32_t node, const char *name);
struct rh_pid net_actor_with(struct net *net, uint32_t node, const char *name,
                             const struct rh_spawn_options *options);
/** What it has heard since the last call: "message b [1]; exit b boom; ". */
const char *net_heard(struct net *net, const char *name);
struct rh_pid net_pid(const struct net *net, const char *name);
bool net_alive(const struct net *net, const char *name);
/** Run one turn of an actor. */
void net_act(struct net *net, const char *name,
             enum rh_status (*body)(struct rh_context *, void *, void *), void *argument);
/** Lose every pipe between two nodes, as a broken cable does: both ends are reset. */
void net_cut(struct net *net, uint32_t a, uint32_t b);
/** Kill a node; the others see its pipes end. */
void net_kill(struct net *net, uint32_t node);
/** Open a pipe into a node, whose other end is the test's; returns its index. */
size_t net_dial(struct net *net, uint32_t node);
void net_write(struct net *net, size_t pipe, const void *bytes, size_t size);
/** Take what the node wrote to the test's end. */
size_t net_read(struct net *net, size_t pipe, uint8_t *buffer, size_t capacity);
/** The one connection of a node; fails the test when there is another number of them. */
struct rh_connection_view net_connection(const struct net *net, uint32_t node);

/* Turns in one line. */
void net_send(struct net *net, const char *from, struct rh_pid to, struct rh_message message);
void net_link(struct net *net, const char *from, struct rh_pid to);
void net_unlink(struct net *net, const char *from, struct rh_pid to);
struct rh_ref net_monitor(struct net *net, const char *from, struct rh_pid to);
void net_exit(struct net *net, const char *name, const char *reason);

#endif
