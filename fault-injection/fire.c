/* SPDX-License-Identifier: MIT */
/* Fire: the actor's clock runs ahead of everybody's messages, so that its time-out wins the race. */
#include "fault-injection/menu.h"

static bool possible(const struct rh_fault_host *host, const struct armed *armed,
                     struct rh_pid actor)
{
    (void)armed;
    return host->has_timer(host->self, actor);
}

static void strike(const struct rh_fault_host *host, const struct armed *armed, struct rh_pid actor,
                   rh_instant now)
{
    (void)armed;
    (void)now;
    host->fire(host->self, actor);
}

const struct fault_family fault_fire = {.possible = possible, .strike = strike};
