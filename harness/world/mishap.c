/* SPDX-License-Identifier: MIT */
/*
 * What befalls bytes under way, sets of nodes, and children. Each is one event: what follows from it, such as the end of a
 * connection or the exit of a process, comes in later ones.
 */
#include "harness/world/internal.h"

#include <string.h>

#define KILL 9

static rh_instant end_of(const struct rh_world *world, rh_duration span)
{
    return span > RH_NEVER - world->now ? RH_NEVER : world->now + span;
}

/* ---- bytes ---- */

/* The first pipe on which so many bytes, and one more, are under way; *ret_to is where to. */
static struct pipe *find_bytes(const struct rh_world *world, const struct rh_fault_spec *spec,
                               uint64_t bytes, struct end **ret_to)
{
    for (struct pipe *pipe = world->pipes.first; pipe != NULL; pipe = pipe->next) {
        struct end *to = &pipe->ends[pipe->ends[0].node == spec->node ? 1 : 0];
        if (pipe_is_between(pipe, spec->node, spec->other) && pipe_is_whole(pipe) &&
            to->under_way > bytes && to->first != NULL && to->first->kind == ITEM_BYTES) {
            *ret_to = to;
            return pipe;
        }
    }
    return NULL;
}

static void flip(struct end *to, uint64_t which)
{
    struct item *item = to->first;
    while (item != NULL && item->size - item->taken <= which) {
        which -= item->size - item->taken;
        item = item->next;
    }
    if (item != NULL && item->kind == ITEM_BYTES) {
        item->bytes[item->taken + which] ^= 1;
    }
}

/* Never more than the first write has. */
static void lose(struct rh_world *world, struct end *to, uint64_t count)
{
    struct item *item = to->first;
    size_t left = item->size - item->taken;
    size_t lost = count == 0 ? 1 : count < left ? (size_t)count : left;
    item->taken += lost;
    to->under_way -= lost;
    if (item->taken == item->size) {
        item_pop(world, to);
    }
}

/* ---- nodes ---- */

static bool is_in(uint64_t nodes, uint32_t node)
{
    return node < 64 && (nodes >> node & 1U) != 0;
}

static void partition(struct rh_world *world, const struct rh_fault_spec *spec)
{
    rh_instant until = end_of(world, spec->span);
    for (uint32_t a = 0; a < world->node_count; a++) {
        for (uint32_t b = 0; b < world->node_count; b++) {
            if (is_in(spec->nodes, a) != is_in(spec->nodes, b) &&
                rh_world_part(world, a, b, until) != RH_OK) {
                world->no_memory = true;
            }
        }
    }
}

static void stall(struct rh_world *world, const struct rh_fault_spec *spec)
{
    if (rh_world_part(world, spec->node, spec->other, end_of(world, spec->span)) != RH_OK) {
        world->no_memory = true;
    }
}

static void narrow(struct rh_world *world, const struct rh_fault_spec *spec)
{
    struct way *way = way_get(world, spec->node, spec->other);
    if (way != NULL) {
        way->narrow = spec->bytes == 0           ? 1
                      : spec->bytes < UINT32_MAX ? (uint32_t)spec->bytes
                                                 : UINT32_MAX;
    }
}

static void blip(struct rh_world *world, const struct rh_fault_spec *spec)
{
    (void)rh_world_harm(world, spec->node, spec->other, RH_HARM_RESET, 0);
    enum rh_status status = rh_world_dial(world, spec->node, spec->other);
    world->no_memory = world->no_memory || status == RH_NO_MEMORY;
}

/* What travels keeps the world's time: only what a node reads off its own clock changes. */
static void skew(struct rh_world *world, const struct rh_fault_spec *spec)
{
    struct world_node *node = world->nodes[spec->node];
    rh_duration most = RH_NEVER / 4; /* so that what is due on it stays far from RH_NEVER */
    rh_duration by = spec->span < most ? spec->span : most;
    node->ahead = node->ahead < most - by ? node->ahead + by : most;
    node->ahead_since = world->now;
    world->clocks_matter = true;
}

/* ---- children ---- */

static bool is_of(const struct child *child, const char *program)
{
    return child != NULL && child->program != NULL && strcmp(child->program->name, program) == 0;
}

static bool is_starting(const struct pipe *pipe)
{
    const struct end *parent = &pipe->ends[0];
    return parent->first != NULL && parent->first->kind == ITEM_START && !parent->is_ending;
}

/* The eldest child of a program that a fault can strike. */
static struct pipe *find_child(const struct rh_world *world, const struct rh_fault_spec *spec)
{
    for (struct pipe *pipe = world->pipes.first; pipe != NULL; pipe = pipe->next) {
        if (!is_of(pipe->child, spec->program)) {
            continue;
        }
        bool can = spec->kind == RH_FAULT_KILL_PROCESS
                       ? pipe->child->is_running
                       : is_starting(pipe) && !pipe->child->is_stillborn;
        if (can) {
            return pipe;
        }
    }
    return NULL;
}

const struct pipe *world_child_struck(const struct rh_world *world,
                                      const struct rh_fault_spec *spec)
{
    return find_child(world, spec);
}

static void befall_child(struct rh_world *world, const struct rh_fault_spec *spec)
{
    struct pipe *pipe = find_child(world, spec);
    if (pipe == NULL) {
        return; /* pinned to a time at which there is none */
    }
    struct end *parent = &pipe->ends[0];
    struct item *start = parent->first;
    switch (spec->kind) {
    case RH_FAULT_REFUSE_START:
        end_finish(world, pipe, parent, RH_CLOSE_IO);
        break;
    case RH_FAULT_DELAY_START:
        world->clocks_matter = true;
        start->earliest =
            start->earliest > RH_NEVER - spec->span ? RH_NEVER - 1 : start->earliest + spec->span;
        start->latest =
            start->latest > RH_NEVER - spec->span ? RH_NEVER - 1 : start->latest + spec->span;
        break;
    case RH_FAULT_FAIL_LAUNCH:
        pipe->child->is_stillborn = true;
        break;
    default:
        rh_world_kill_node(world, pipe->ends[1].node, KILL, 0);
        break;
    }
}

bool world_is_of_program(const struct rh_world *world, const char *program, struct rh_pid actor)
{
    size_t length = strlen(program);
    if (actor.node == 0 || actor.node > world->node_count) {
        return false;
    }
    const char *name = world->nodes[actor.node - 1]->name;
    return strncmp(name, program, length) == 0 && name[length] == '#';
}

/* ---- all ---- */

bool world_can_befall(const struct rh_world *world, const struct rh_fault_spec *spec)
{
    struct end *to = NULL;
    switch (spec->kind) {
    case RH_FAULT_FLIP_BYTES:
        return find_bytes(world, spec, spec->bytes, &to) != NULL;
    case RH_FAULT_LOSE_BYTES:
        return find_bytes(world, spec, 0, &to) != NULL;
    case RH_FAULT_BLIP:
        return rh_world_pipes(world, spec->node, spec->other) > 0 &&
               rh_world_node_is_up(world, spec->node);
    case RH_FAULT_RESTART_NODE:
        return !rh_world_node_is_up(world, spec->node);
    case RH_FAULT_SKEW_CLOCK:
        return rh_world_node_is_up(world, spec->node);
    case RH_FAULT_REFUSE_START:
    case RH_FAULT_DELAY_START:
    case RH_FAULT_FAIL_LAUNCH:
    case RH_FAULT_KILL_PROCESS:
        return find_child(world, spec) != NULL;
    default:
        return true;
    }
}

void world_befall(struct rh_world *world, const struct rh_fault_spec *spec)
{
    struct end *to = NULL;
    switch (spec->kind) {
    case RH_FAULT_FLIP_BYTES:
        if (find_bytes(world, spec, spec->bytes, &to) != NULL) {
            flip(to, spec->bytes);
        }
        break;
    case RH_FAULT_LOSE_BYTES:
        if (find_bytes(world, spec, 0, &to) != NULL) {
            lose(world, to, spec->bytes);
        }
        break;
    case RH_FAULT_STALL_PIPE:
        stall(world, spec);
        break;
    case RH_FAULT_NARROW_PIPE:
        narrow(world, spec);
        break;
    case RH_FAULT_BLIP:
        blip(world, spec);
        break;
    case RH_FAULT_PARTITION:
        partition(world, spec);
        break;
    case RH_FAULT_RESTART_NODE:
        if (rh_world_restart_node(world, spec->node) == RH_NO_MEMORY) {
            world->no_memory = true;
        }
        break;
    case RH_FAULT_SKEW_CLOCK:
        skew(world, spec);
        break;
    case RH_FAULT_REFUSE_IO:
        break; /* the filter does it */
    default:
        befall_child(world, spec);
        break;
    }
}
