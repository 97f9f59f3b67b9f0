/* SPDX-License-Identifier: MIT */
#include "harness/scenario/plan.h"

#include <string.h>

/* A file has at most 1 MiB, and nothing in it makes more than some hundred bytes of a byte. */
#define ARENA_BYTES_MAX ((size_t)256 << 20)

#define SIGNALS_MAX 1048576u

void rh_plan_init(struct rh_plan *plan, const struct rh_allocator *allocator)
{
    memset(plan, 0, sizeof *plan);
    plan->allocator = allocator != NULL ? allocator : rh_allocator_default();
    plan->limits = rh_limits_default();
    /* One turn may send without end; a scenario finds its limit before the machine does. */
    if (plan->limits.signals_max > SIGNALS_MAX) {
        plan->limits.signals_max = SIGNALS_MAX;
    }
    rh_arena_init(&plan->arena, plan->allocator, ARENA_BYTES_MAX);
}

bool rh_plan_has_windows(const struct rh_plan *plan)
{
    bool has = plan->stall > 0 || plan->starts_vary;
    for (uint32_t i = 0; i < plan->pipe_count; i++) {
        has = has || plan->pipes[i].latency_min != plan->pipes[i].latency_max;
    }
    for (uint32_t i = 0; i < plan->fault_count; i++) {
        has = has || plan->faults[i].kind == RH_FAULT_LATE;
    }
    return has && !plan->time_free;
}

void rh_plan_deinit(struct rh_plan *plan)
{
    if (plan == NULL || plan->allocator == NULL) {
        return;
    }
    const struct rh_allocator *allocator = plan->allocator;
    for (uint32_t i = 0; i < plan->message_count; i++) {
        rh_message_unref(plan->messages[i].value);
    }
    allocator->release(allocator->self, plan->messages,
                       plan->message_capacity * sizeof *plan->messages);
    allocator->release(allocator->self, plan->names, plan->name_capacity * sizeof *plan->names);
    allocator->release(allocator->self, plan->roles, plan->role_capacity * sizeof *plan->roles);
    rh_arena_deinit(&plan->arena);
    memset(plan, 0, sizeof *plan);
}
