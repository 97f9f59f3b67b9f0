/* SPDX-License-Identifier: MIT */
/** @file
 *  A net below whoever plays what nobody has written: a version of a scenario may lead an actor to where its author says that
 *  it never comes, and its panic is to end that version, not the program.
 *
 *      init -> (catch | forget)* -> deinit
 *
 *  What the caught one has allocated through the net can be let go as a whole; what it took elsewhere is lost. */
#ifndef HARNESS_SHRINK_NET_H
#define HARNESS_SHRINK_NET_H

#include <rehearse/allocator.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rh_net_block;

struct rh_net {
    struct rh_allocator allocator; /**< what is to be let go with the net is taken from here */
    const struct rh_allocator *below;
    struct rh_net_block *first;
};

/** The net must stay where it is. */
void rh_net_init(struct rh_net *net, const struct rh_allocator *below);
/** Let go of everything that is still allocated. */
void rh_net_forget(struct rh_net *net);

/** Call `act`, and return whether it came back: false, if this thread panicked in it. Other threads panic as they would
 *  without; nets of several threads at once need no order. Must not be nested. */
bool rh_net_catch(void (*act)(void *self), void *self);

#ifdef __cplusplus
}
#endif
#endif
