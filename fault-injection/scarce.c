/* SPDX-License-Identifier: MIT */
/* What an actor has less of than it would like: time for its turns, punctual time-outs, memory, identities. */
#include "fault-injection/menu.h"

static void slow(const struct rh_fault_host *host, const struct armed *armed, struct rh_pid actor,
                 rh_instant now)
{
    (void)now;
    host->slow(host->self, actor, armed->spec->span);
}

static void late(const struct rh_fault_host *host, const struct armed *armed, struct rh_pid actor,
                 rh_instant now)
{
    (void)now;
    host->late(host->self, actor, armed->spec->span);
}

static void starve(const struct rh_fault_host *host, const struct armed *armed, struct rh_pid actor,
                   rh_instant now)
{
    (void)now;
    host->starve(host->self, actor, armed->spec->nth == 0 ? 1 : armed->spec->nth);
}

static void exhaust(const struct rh_fault_host *host, const struct armed *armed,
                    struct rh_pid actor, rh_instant now)
{
    (void)now;
    enum rh_status status =
        rh_node_exhaust(host->node(host->self, actor), actor, armed->spec->left);
    (void)status; /* the actor was alive when the fault was offered */
}

const struct fault_family fault_slow = {.strike = slow};
const struct fault_family fault_late = {.strike = late};
const struct fault_family fault_starve = {.strike = starve};
const struct fault_family fault_exhaust = {.strike = exhaust};
