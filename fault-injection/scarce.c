/* SPDX-License-Identifier: MIT */
/* What an actor has less of than it would like: time for its turns, punctual time-outs, memory. */
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

const struct fault_family fault_slow = {.strike = slow};
const struct fault_family fault_late = {.strike = late};
const struct fault_family fault_starve = {.strike = starve};
