/* SPDX-License-Identifier: MIT */
/* Faults of nodes and of what is between them. What they do is the world's business; here is only when they can. */
#include "fault-injection/menu.h"

static bool possible(const struct rh_fault_host *host, const struct armed *armed,
                     struct rh_pid actor)
{
    (void)actor;
    return host->can_network(host->self, armed->spec);
}

static void strike(const struct rh_fault_host *host, const struct armed *armed, struct rh_pid actor,
                   rh_instant now)
{
    (void)actor;
    host->network(host->self, armed->spec, now);
}

const struct fault_family fault_network = {.possible = possible, .strike = strike};
