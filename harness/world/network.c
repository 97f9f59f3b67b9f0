/* SPDX-License-Identifier: MIT */
/*
 * How the nodes of a world find each other: each knows the address of every other that it can reach, and an actor of each,
 * which no scenario names, owns the listener at its own. That actor traps and is otherwise idle; it also dials, for a world
 * that is to be connected before its run begins.
 */
#include <rehearse/remote.h>

#include "harness/world/internal.h"

#include <stdio.h>

#define ADDRESS_BYTES RH_WORLD_ADDRESS_BYTES

/* The argument is [address, heartbeat, deadline, relay]. */
static enum rh_status network_init(struct rh_context *ctx, void *state,
                                   const struct rh_delivery *start)
{
    struct rh_text text;
    uint64_t heartbeat = 0;
    uint64_t deadline = 0;
    bool relay = false;
    char address[ADDRESS_BYTES];
    struct rh_pid listener;
    (void)state;
    if (!RH_MATCH(&start->message, &text, &heartbeat, &deadline, &relay)) {
        return RH_INVALID;
    }
    (void)snprintf(address, sizeof(address), "%.*s", (int)text.size, text.bytes);
    const struct rh_endpoint_options options = {
        .relay = relay, .heartbeat = heartbeat, .deadline = deadline};
    return rh_listener_spawn(ctx, address, &options, &listener);
}

static enum rh_status network_receive(struct rh_context *ctx, void *state,
                                      const struct rh_delivery *in)
{
    (void)ctx;
    (void)state;
    (void)in;
    return RH_OK;
}

static const struct rh_behaviour network = {
    .name = "network", .init = network_init, .receive = network_receive};

static bool reaches(const struct rh_world_network *options, uint32_t from, uint32_t to)
{
    bool found = options->reach == NULL;
    for (size_t i = 0; i < options->reach_count; i++) {
        const uint32_t *pair = &options->reach[2 * i];
        found = found || (pair[0] == from && pair[1] == to) || (pair[0] == to && pair[1] == from);
    }
    return found && from != to;
}

bool rh_world_way(const struct rh_world_network *options, uint32_t from, uint32_t to,
                  char address[RH_WORLD_ADDRESS_BYTES], struct rh_endpoint_options *ret_way)
{
    (void)snprintf(address, RH_WORLD_ADDRESS_BYTES, "node:%u", (unsigned)to + 1);
    *ret_way = (struct rh_endpoint_options){.address = address,
                                            .node = to + 1,
                                            .relay = options->reach != NULL,
                                            .heartbeat = options->heartbeat,
                                            .deadline = options->deadline};
    return reaches(options, from, to);
}

enum rh_status rh_world_join(struct rh_world *world, uint32_t index, rh_instant now,
                             const struct rh_world_network *options)
{
    struct world_node *node = world->nodes[index];
    char address[ADDRESS_BYTES];
    enum rh_status status = RH_OK;
    for (uint32_t other = 0; other < world->node_count && status == RH_OK; other++) {
        struct rh_endpoint_options way;
        if (rh_world_way(options, index, other, address, &way)) {
            status = rh_node_know(node->node, &way);
        }
    }
    if (status != RH_OK) {
        return status;
    }
    (void)snprintf(address, sizeof(address), "node:%u", (unsigned)index + 1);
    const bool is_relay = options->reach != NULL;
    const struct rh_spawn_options how = {
        .trap = true,
        .argument = RH_ARRAY(world->allocator, (const char *)address, options->heartbeat,
                             options->deadline, is_relay),
    };
    return rh_node_spawn(node->node, now, &network, &how, &node->network);
}

bool rh_world_is_network(const struct rh_world *world, struct rh_pid pid)
{
    const struct registered *actor = registry_find(&world->registry, pid);
    return actor != NULL && actor->is_network;
}

/* To be told of the end of a connection is to need one. */
static enum rh_status dial(struct rh_context *ctx, void *state, void *argument)
{
    struct rh_ref watch;
    (void)state;
    enum rh_status status = rh_monitor_node(ctx, *(const uint32_t *)argument, &watch);
    return status == RH_OK ? rh_demonitor(ctx, watch, RH_FLUSH) : status;
}

enum rh_status rh_world_dial(struct rh_world *world, uint32_t index, uint32_t to)
{
    struct world_node *node = world->nodes[index];
    uint32_t number = to + 1;
    if (rh_pid_is_none(node->network) || index == to) {
        return RH_INVALID;
    }
    return rh_node_turn(node->node, rh_world_clock(world, index), node->network, dial, &number);
}

static enum rh_status hang_up(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    enum rh_status status = rh_disconnect(ctx, *(const uint32_t *)argument);
    return status == RH_NOT_FOUND ? RH_OK : status;
}

enum rh_status rh_world_hang_up(struct rh_world *world, uint32_t index, uint32_t to)
{
    struct world_node *node = world->nodes[index];
    uint32_t number = to + 1;
    if (rh_pid_is_none(node->network)) {
        return RH_INVALID;
    }
    return rh_node_turn(node->node, rh_world_clock(world, index), node->network, hang_up, &number);
}

bool rh_world_set_up_pipes(struct rh_world *world, rh_instant now)
{
    world->now = now;
    world->horizon = now;
    world->is_being_set_up = true;
    world_apply_effects(world);
    world->row_count = 0;
    world_gather_pipes(world);
    bool any = world->row_count > 0;
    if (any) {
        world_execute_pipe(world, world->rows[0].pipe_event, world->now);
    }
    world->row_count = 0;
    world->is_being_set_up = false;
    return any;
}
