/* SPDX-License-Identifier: MIT */
/* Kill: the one exit signal that cannot be trapped, from nobody. */
#include "fault-injection/menu.h"

static void strike(const struct rh_fault_host *host, const struct armed *armed, struct rh_pid actor,
                   rh_instant now)
{
    (void)armed;
    (void)now;
    enum rh_status status =
        rh_node_exit_signal(host->node(host->self, actor), host->clock(host->self, actor), actor,
                            rh_reason(RH_REASON_KILL));
    (void)
        status; /* refused for want of memory: the fault does not strike, the limit event says so */
}

const struct fault_family fault_kill = {.strike = strike};
