/* SPDX-License-Identifier: MIT */
/* Crash: the actor ends through the one exit routine, as if its code had failed. */
#include "fault-injection/menu.h"

struct rh_message fault_reason(const struct rh_fault_spec *spec)
{
    if (rh_message_size(&spec->reason) > 0) {
        return rh_message_ref(spec->reason);
    }
    return RH_ITEM(NULL, "crash"); /* short enough to need no allocator */
}

static void strike(const struct rh_fault_host *host, const struct armed *armed, struct rh_pid actor,
                   rh_instant now)
{
    (void)now;
    enum rh_status status =
        rh_node_crash(host->node(host->self, actor), host->clock(host->self, actor), actor,
                      fault_reason(armed->spec));
    (void)status; /* the actor was alive when the fault was offered */
}

const struct fault_family fault_crash = {.strike = strike};
