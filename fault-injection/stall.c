/* SPDX-License-Identifier: MIT */
/* Stall: the actor does not run for a while; what is for it waits. */
#include "fault-injection/menu.h"

static void strike(const struct rh_fault_host *host, const struct armed *armed, struct rh_pid actor,
                   rh_instant now)
{
    host->stall(host->self, actor, fault_end(armed->spec, now));
}

const struct fault_family fault_stall = {.strike = strike};
