/* SPDX-License-Identifier: MIT */
/** @file
 *  The libuv driver: runs a node on a loop, with real pipes, sockets, child processes and the monotonic clock.
 *
 *      rh_node_create -> rh_uv_create -> (rh_uv_spawn, send, rh_uv_wake | uv_run)* -> rh_uv_close -> uv_run -> rh_node_destroy
 *
 *  Addresses: "unix:PATH" and "tcp:HOST:PORT" ("tcp:[::1]:80" for IPv6). Several nodes may share a loop. Nothing here blocks;
 *  between two slices of the node's work the loop sees to everything else. */
#ifndef REHEARSE_UV_H
#define REHEARSE_UV_H

#include <rehearse/node.h>

RH_PUBLIC_BEGIN

struct uv_loop_s;
struct rh_uv;

/** How to drive. Zeroed is usable. */
struct rh_uv_options {
    const struct rh_allocator *allocator; /**< copied; NULL: the default */
    size_t budget; /**< events of the node between two looks at the loop; 0: 1024 */
    /** Handle up to `budget` events of the node, as rh_node_run, which it replaces unless it is NULL: for who chooses what
     *  comes next. Fewer than `budget`: there is nothing to do until the node is fed or woken, or a timer is due. */
    size_t (*run)(void *self, struct rh_node *node, rh_instant now, size_t budget);
    /** Say where an address that is connected to or listened at really is: another address, which is read before the next call,
     *  or the same. NULL: addresses mean what they say. */
    const char *(*locate)(void *self, const char *address);
    /** Hear what an actor said with rh_output; `message` is borrowed. May call neither the node nor the driver. */
    void (*output)(void *self, struct rh_pid actor, const struct rh_message *message);
    /** Hear what a child wrote to stderr, besides its owner; borrowed. May call neither the node nor the driver. */
    void (*child_said)(void *self, struct rh_ref child, const uint8_t *bytes, size_t size);
    /** Hear how an actor of rh_uv_spawn has ended, behind all that it said; borrowed. May call neither the node nor the driver.
     *  NULL: an end for another reason than normal or shutdown is a line on stderr. */
    void (*root_ended)(void *self, struct rh_pid root, const char *behaviour,
                       const struct rh_message *reason);
    /** Tell the time, instead of the loop's clock: monotonic nanoseconds that begin where the caller likes. NULL: the
     *  clock's. */
    rh_instant (*clock)(void *self);
    void *self;
};

/** Drive `node` on `loop`; both are borrowed until the driver is closed. Ignores SIGPIPE in this process. `options` may be
 *  NULL. RH_NO_MEMORY. */
RH_MUST_USE enum rh_status rh_uv_create(struct uv_loop_s *loop, struct rh_node *node,
                                        const struct rh_uv_options *options, struct rh_uv **ret_uv);

/** Return what is wrong with the form of an address, for people, or NULL: it may be tried. Static storage. */
const char *rh_uv_address_flaw(const char *address);

/** Return the time to give to functions of the node: that of the clock, or what `clock` says. */
rh_instant rh_uv_now(const struct rh_uv *uv);

/** Spawn an actor for the life of a program, whose end is told: see root_ended. Its parent is an actor of the driver. Nobody is
 *  told when the driver is closed. As rh_node_spawn. Not from within the driver's callbacks. */
RH_MUST_USE enum rh_status rh_uv_spawn(struct rh_uv *uv, const struct rh_behaviour *behaviour,
                                       const struct rh_spawn_options *options,
                                       struct rh_pid *ret_root);

/** Say that the caller has called the node (a spawn, a message): its effects are applied now, its work goes on with the
 *  loop. Not from within the driver's callbacks. */
void rh_uv_wake(struct rh_uv *uv);

/** Bind a handle of rh_node_adopt or rh_node_endpoint to open descriptors, which are the driver's from now on (closed on
 *  failure, too): a pair of pipes, or twice the same socket. RH_IO: not something that can be waited for, such as a file. The
 *  node hears of that failure as of any: CLOSED. RH_NO_MEMORY. */
RH_MUST_USE enum rh_status rh_uv_adopt(struct rh_uv *uv, struct rh_ref handle, int in, int out);

/** Let go of the node, close everything, kill the children with their groups and wait until they are reaped; `closed` (may be
 *  NULL) is called once, from the loop, when nothing is left. The node hears nothing any more, the driver is freed. Not from
 *  within the driver's callbacks. */
void rh_uv_close(struct rh_uv *uv, void (*closed)(void *self), void *self);

RH_PUBLIC_END
#endif
