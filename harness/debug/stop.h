/* SPDX-License-Identifier: MIT */
/** @file
 *  Where a debugger stops. */
#ifndef HARNESS_DEBUG_STOP_H
#define HARNESS_DEBUG_STOP_H

#include <rehearse/world.h>

/** Called in front of step *at. Does nothing: break here, and look at `world`. A debugger may set *at to a later step, to
 *  be stopped again. */
void rh_debug_stop(struct rh_world *world, uint64_t *at);

#endif
