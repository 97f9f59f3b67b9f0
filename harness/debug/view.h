/* SPDX-License-Identifier: MIT */
/** @file
 *  The state of a world in words. Reads through <rehearse/inspect.h>, changes nothing, allocates nothing. */
#ifndef HARNESS_DEBUG_VIEW_H
#define HARNESS_DEBUG_VIEW_H

#include <rehearse/world.h>

#include <stdio.h>

/** Write everything: each actor with its mailbox, links and monitors, and what may happen next. */
void rh_debug_view(struct rh_world *world, FILE *out);
/** Write one actor, by the name that traces use; false: there is none alive. */
bool rh_debug_view_actor(struct rh_world *world, const char *name, FILE *out);
/** Write which signals and timers wait, in the order in which they were sent. */
void rh_debug_view_pending(struct rh_world *world, FILE *out);

/** The same for debuggers, to stdout, which is flushed. */
void rh_debug_world(struct rh_world *world);
void rh_debug_actor(struct rh_world *world, const char *name);
void rh_debug_pending(struct rh_world *world);

#endif
