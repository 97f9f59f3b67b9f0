/* SPDX-License-Identifier: MIT */
/** @file
 *  Identities. Small structs, passed by value and compared by function; never an address. */
#ifndef REHEARSE_PID_H
#define REHEARSE_PID_H

#include <rehearse/api.h>

#include <stdbool.h>
#include <stdint.h>

RH_PUBLIC_BEGIN

/** An actor, for ever: a slot of one incarnation of one node, and which of the slot's tenants it is.
 *  Generations start at 1, so the zeroed pid names nobody. Pids outlive their actor and any connection. */
struct rh_pid {
    uint32_t node;
    uint32_t incarnation;
    uint32_t slot;
    uint32_t generation;
};

/** A monitor, timer, alias, port or question: the n-th reference that its owner made, counted from 1. */
struct rh_ref {
    struct rh_pid owner;
    uint64_t ordinal;
};

/** Virtual or monotonic time in nanoseconds. The driver's origin; only differences mean anything. */
typedef uint64_t rh_instant;
/** A length of time in nanoseconds. */
typedef uint64_t rh_duration;
/** The instant that never comes: "no time-out" wherever a due time is meant. */
#define RH_NEVER UINT64_MAX
#define RH_MICROSECOND ((rh_duration)1000)
#define RH_MILLISECOND ((rh_duration)1000000)
#define RH_SECOND ((rh_duration)1000000000)

/** Return the pid of nobody: the sender of what a driver injects, the parent of a root actor. */
static inline struct rh_pid rh_pid_none(void)
{
    struct rh_pid none = {0, 0, 0, 0};
    return none;
}

static inline bool rh_pid_is_none(struct rh_pid pid)
{
    return pid.generation == 0;
}

static inline bool rh_pid_equal(struct rh_pid a, struct rh_pid b)
{
    return a.slot == b.slot && a.generation == b.generation && a.node == b.node &&
           a.incarnation == b.incarnation;
}

static inline bool rh_ref_equal(struct rh_ref a, struct rh_ref b)
{
    return a.ordinal == b.ordinal && rh_pid_equal(a.owner, b.owner);
}

RH_PUBLIC_END
#endif
