/* SPDX-License-Identifier: MIT */
/** @file
 *  Which waiting signals are deliverable, kept up to date instead of looked for.
 *
 *      none -> lanes_build -> (lanes_push | lanes_push_front | lanes_remove)* -> lanes_free
 *
 *  A lane is a channel with something waiting, in sending order. What is deliverable stands in one list in sending order: the
 *  first of each lane, every START and every TAKE. A node has lanes only while many of its signals wait behind others; without
 *  them the queue itself is walked. */
#ifndef CORE_ACTOR_LANES_H
#define CORE_ACTOR_LANES_H

#include "core/actor/internal.h"

/** Are `a` and `b` of one channel? */
bool same_channel(const struct rh_node *node, const struct signal *a, const struct signal *b);
/** The same for all signals of a channel. */
size_t channel_hash(const struct rh_node *node, const struct signal *signal);

/** Make lanes of the queue, outside of turns: no operation of an actor allocates for them. False: no memory, and there are
 *  none. */
bool lanes_build(struct rh_node *node);
/** Accepts a node without lanes. */
void lanes_free(struct rh_node *node);

/** Return what is wrong with the lanes, NULL: nothing, or there are none. */
const char *lanes_validate(const struct rh_node *node);

/** Return a place in the list of what is deliverable, 0 behind its end, and the signal there. */
uint32_t lanes_first(const struct rh_node *node);
uint32_t lanes_next(const struct rh_node *node, uint32_t place, struct signal **ret_signal);

#endif
