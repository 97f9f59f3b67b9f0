/* SPDX-License-Identifier: MIT */
/* Stall: the actor does not run for a while; what is for it waits. */
#include "fault-injection/menu.h"

static void strike(const struct rh_fault_host *host, const struct rh_fault_spec *spec,
                   struct rh_pid actor, rh_instant now)
{
    rh_instant until = spec->span > RH_NEVER - now ? RH_NEVER : now + spec->span;
    host->stall(host->self, actor, until);
}

const struct fault_family fault_stall = {.strike = strike};
