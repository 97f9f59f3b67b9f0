/* SPDX-License-Identifier: MIT */
/* The world as the host of a fault menu: the menu's offers are a source of events like any other. */
#include "harness/world/internal.h"

static bool find(void *self, const char *name, struct rh_pid *ret_actor)
{
    const struct rh_world *world = self;
    return rh_world_find(world, name, ret_actor) &&
           rh_inspect_is_alive(rh_world_node_of(world, *ret_actor), *ret_actor);
}

static struct rh_node *node_of(void *self, struct rh_pid actor)
{
    return rh_world_node_of(self, actor);
}

static void stall(void *self, struct rh_pid actor, rh_instant until)
{
    enum rh_status status = rh_world_stall(self, actor, until);
    (void)status; /* the actor was found a moment ago */
}

struct timer_search {
    struct rh_pid actor;
    bool found;
    struct rh_pending timer;
};

static bool look_at(void *self, const struct rh_pending *pending)
{
    struct timer_search *search = self;
    if (pending->kind == RH_PENDING_TIMER && rh_pid_equal(pending->actor, search->actor)) {
        search->found = true;
        search->timer = *pending;
    }
    return !search->found;
}

static struct timer_search earliest_timer(struct rh_world *world, struct rh_pid actor)
{
    struct timer_search search = {.actor = actor};
    rh_node_each_pending(rh_world_node_of(world, actor), RH_NEVER, look_at, &search);
    return search;
}

static bool has_timer(void *self, struct rh_pid actor)
{
    return earliest_timer(self, actor).found;
}

static void fire(void *self, struct rh_pid actor)
{
    struct rh_world *world = self;
    struct timer_search search = earliest_timer(world, actor);
    if (search.found) {
        world->clocks_matter = true;
        world_set_time(world, search.timer.due, actor);
        rh_node_execute(rh_world_node_of(world, actor), world->now, &search.timer);
    }
}

static void tell(void *self, enum rh_fault_kind kind, struct rh_pid actor,
                 const struct rh_message *reason)
{
    struct rh_world *world = self;
    struct rh_event event = {.kind = RH_EVENT_INPUT,
                             .now = world->now,
                             .actor = actor,
                             .message = reason,
                             .name = rh_fault_kind_word(kind)};
    struct rh_record record = {RH_RECORD_FAULT, world->steps, actor.node - 1, &event};
    world_tell(world, &record);
}

struct offer_visit {
    struct rh_world *world;
    bool (*visit)(void *visitor, const struct rh_source_event *event);
    void *visitor;
};

static bool on_offer(void *self, const struct rh_fault_offer *offer)
{
    struct offer_visit *visit = self;
    rh_instant earliest = offer->optional ? visit->world->horizon : offer->earliest;
    struct rh_source_event event = {.id = offer->id,
                                    .earliest = earliest,
                                    .latest = offer->optional ? RH_NEVER : earliest,
                                    .optional = offer->optional,
                                    .actor = offer->actor};
    return visit->visit(visit->visitor, &event);
}

static void each(void *self, struct rh_world *world,
                 bool (*visit)(void *visitor, const struct rh_source_event *event), void *visitor)
{
    struct offer_visit offers = {world, visit, visitor};
    rh_fault_menu_each(self, on_offer, &offers);
}

static void execute(void *self, struct rh_world *world, uint64_t id, rh_instant now)
{
    (void)world;
    rh_fault_menu_execute(self, (uint32_t)id, now);
}

enum rh_status rh_world_arm(struct rh_world *world, const struct rh_fault_spec *specs, size_t count)
{
    if (world->menu != NULL) {
        return RH_ALREADY;
    }
    struct rh_fault_host host = {find, node_of, stall, has_timer, fire, tell, world};
    enum rh_status status =
        rh_fault_menu_create(world->allocator, specs, count, &host, &world->menu);
    if (status != RH_OK) {
        return status;
    }
    for (uint32_t i = 0; i < world->node_count; i++) {
        rh_node_set_filter(world->nodes[i]->node, rh_fault_menu_filter(world->menu));
    }
    struct rh_source source = {each, execute, NULL, world->menu};
    return rh_world_add_source(world, &source);
}

uint32_t rh_world_fault_fired(const struct rh_world *world, size_t index)
{
    return rh_fault_menu_fired(world->menu, index);
}
