/* SPDX-License-Identifier: MIT */
/* The phases of a run: what a scenario says of them, and the last one, in which no fault strikes and everything heals. */
#include "harness/world/follow.h"
#include "harness/world/internal.h"

static void tell_phase(struct rh_world *world, const char *phase)
{
    struct rh_event event = {.kind = RH_EVENT_INPUT, .now = world->now, .name = phase};
    struct rh_record record = {RH_RECORD_PHASE, world->steps, 0, &event};
    world_tell(world, &record);
}

void rh_world_enter_phase(struct rh_world *world, const char *phase)
{
    if (world->menu != NULL) {
        rh_fault_menu_enter(world->menu, phase, world->now);
    }
    tell_phase(world, phase);
}

void rh_world_heal(struct rh_world *world)
{
    world->healing = true;
    if (world->follow != NULL) {
        follow_barrier(world->follow);
    }
    if (world->menu != NULL) {
        rh_fault_menu_heal(world->menu);
    }
    world_heal_cluster(world);
    for (uint32_t i = 0; i < world->node_count; i++) {
        rh_node_let_go(world->nodes[i]->node, rh_world_clock_at(world, i, world->horizon));
    }
    for (struct registered *actor = world->registry.all; actor != NULL;
         actor = actor->allocated_next) {
        actor->slow = 0;
        actor->late = 0;
        if (actor->frozen) {
            actor->frozen = false;
            actor->clock = world->horizon;
            actor->held = world->horizon;
        }
    }
    tell_phase(world, RH_PHASE_CONVERGE);
}

bool rh_world_is_healing(const struct rh_world *world)
{
    return world->healing;
}
