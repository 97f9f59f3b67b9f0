/* SPDX-License-Identifier: MIT */
/* What the families of faults share. Private to fault-injection. */
#ifndef FAULT_INJECTION_MENU_H
#define FAULT_INJECTION_MENU_H

#include <rehearse/fault.h>

struct armed {
    const struct rh_fault_spec *spec;
    uint32_t fired;
    uint32_t matches; /**< messages of its pattern that its actor has handled */
};

/** What a family does: is it possible for this actor now, and do it. `possible` may be NULL: always. */
struct fault_family {
    bool (*possible)(const struct rh_fault_host *host, const struct rh_fault_spec *spec,
                     struct rh_pid actor);
    void (*strike)(const struct rh_fault_host *host, const struct rh_fault_spec *spec,
                   struct rh_pid actor, rh_instant now);
};

extern const struct fault_family fault_crash;
extern const struct fault_family fault_kill;
extern const struct fault_family fault_fire;
extern const struct fault_family fault_stall;
/** All from KILL_NODE on. */
extern const struct fault_family fault_network;

/** The reason of a crash; the caller owns it. */
struct rh_message fault_reason(const struct rh_fault_spec *spec);

#endif
