/* SPDX-License-Identifier: MIT */
/* The comparison with the step is made in C, where it costs nothing; a conditional breakpoint would cost a stop for each
 * step. A file of its own, compiled for debuggers, so that the call stays and its arguments are there. */
#include "harness/debug/stop.h"

void rh_debug_stop(struct rh_world *world, uint64_t *at)
{
    (void)world;
    (void)at;
}
