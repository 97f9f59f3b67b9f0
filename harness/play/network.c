/* SPDX-License-Identifier: MIT */
/* Several nodes in a play: the rules of their pipes, how they come to know each other, and what steps do to them. */
#include <rehearse/cluster.h>
#include <rehearse/remote.h>

#include <string.h>

#include "core/base/assert.h"
#include "harness/play/internal.h"

static enum rh_status set_rules(struct rh_world *world, const struct rh_plan_pipe *pipe,
                                uint32_t from, uint32_t to)
{
    const struct rh_pipe_rules rules = {
        .latency_min = pipe->latency_min,
        .latency_max = pipe->latency_max,
        .capacity = pipe->capacity,
        .chunk = pipe->is_chunk_any ? RH_CHUNK_ANY : pipe->chunk,
    };
    return rh_world_set_rules(world, from, to, &rules);
}

enum rh_status network_rules(struct rh_play *play, struct rh_world *world)
{
    enum rh_status status = RH_OK;
    for (uint32_t i = 0; i < play->plan->pipe_count && status == RH_OK; i++) {
        const struct rh_plan_pipe *pipe = &play->plan->pipes[i];
        status = set_rules(world, pipe, pipe->from, pipe->to);
        if (status == RH_OK && pipe->is_both) {
            status = set_rules(world, pipe, pipe->to, pipe->from);
        }
    }
    return status;
}

static struct rh_world_network network_of(const struct rh_play *play)
{
    return (struct rh_world_network){.reach = play->plan->reach,
                                     .reach_count = play->plan->reach_count,
                                     .heartbeat = play->plan->heartbeat,
                                     .deadline = play->plan->deadline};
}

enum rh_status network_join_one(struct rh_play *play, struct rh_world *world, uint32_t node)
{
    const struct rh_world_network network = network_of(play);
    return rh_world_join(world, node, rh_world_clock(world, node), &network);
}

enum rh_status network_connect(struct rh_play *play, struct rh_context *ctx, uint32_t number)
{
    const struct rh_world_network network = network_of(play);
    char address[RH_WORLD_ADDRESS_BYTES];
    struct rh_endpoint_options way;
    struct rh_pid endpoint;
    uint32_t here = rh_self(ctx).node - 1;
    if (!rh_world_way(&network, here, number - 1, address, &way)) {
        return RH_INVALID;
    }
    return rh_endpoint_spawn(ctx, &way, &endpoint);
}

enum rh_status network_join(struct rh_play *play)
{
    enum rh_status status = RH_OK;
    uint32_t count = play->plan->nodes.count;
    for (uint32_t i = 0; count > 1 && i < count && status == RH_OK; i++) {
        status = network_join_one(play, play->world, i);
    }
    return status;
}

enum rh_status network_boot(void *self, struct rh_world *world, uint32_t node)
{
    struct rh_play *play = self;
    enum rh_status status = network_join_one(play, world, node);
    for (uint32_t i = 0; i < play->plan->actor_count && status == RH_OK; i++) {
        struct rh_pid pid;
        if (play->plan->actors[i].node == node) {
            status = stage_spawn(play, i, &pid);
        }
    }
    return status;
}

const struct rh_behaviour *network_find_behaviour(void *self, const char *name)
{
    const struct rh_play *play = self;
    for (uint32_t i = 0; i < play->plan->role_count; i++) {
        if (play->roles[i].scripted != NULL && strcmp(play->roles[i].scripted->name, name) == 0) {
            return &play->roles[i].behaviour;
        }
    }
    return NULL;
}

struct rh_fault_spec network_fault(enum rh_fault_kind kind, const struct rh_plan_deed *deed)
{
    return (struct rh_fault_spec){
        .kind = kind,
        .node = deed->node,
        .other = deed->other,
        .bytes = deed->bytes,
        .bytes_most = deed->up_to,
        .span = deed->span,
        .nodes = deed->nodes,
    };
}

static void rejoin(struct rh_play *play, const struct rh_plan_deed *deed)
{
    enum rh_status status = rh_world_part(play->world, deed->node, deed->other, 0);
    if (status == RH_OK) {
        status = rh_world_part(play->world, deed->other, deed->node, 0);
    }
    if (status != RH_OK) {
        play_fail(play, status);
    }
}

/* A deed that is a fault too has its word. */
static enum rh_fault_kind fault_of(enum rh_deed deed)
{
    uint32_t kind = 0;
    while (kind < RH_FAULT_COUNT &&
           strcmp(rh_fault_kind_word((enum rh_fault_kind)kind), rh_deed_words[deed]) != 0) {
        kind++;
    }
    RH_ASSERT(kind < RH_FAULT_COUNT);
    return (enum rh_fault_kind)kind;
}

void network_do(struct rh_play *play, const struct rh_plan_deed *deed)
{
    enum rh_status status = RH_OK;
    struct rh_fault_spec spec;
    switch (deed->kind) {
    case RH_DEED_THAW_NODE:
        rh_world_freeze_node(play->world, deed->node, 0);
        break;
    case RH_DEED_RESTART_NODE:
        status = rh_world_restart_node(play->world, deed->node);
        break;
    case RH_DEED_REJOIN:
        rejoin(play, deed);
        break;
    default:
        spec = network_fault(fault_of(deed->kind), deed);
        rh_world_strike(play->world, &spec);
        break;
    }
    if (status != RH_OK && status != RH_ALREADY) {
        play_fail(play, status);
    }
}
