/* SPDX-License-Identifier: MIT */
/* The state of what a fault strikes, for who counts which faults have struck what. */
#include "harness/world/internal.h"

const char *rh_struck_word(enum rh_struck state)
{
#define X(identifier, word, sentence) word,
    static const char *const words[] = {RH_STRUCK_MAP(X)};
#undef X
    return (unsigned)state < RH_STRUCK_COUNT ? words[state] : NULL;
}

/* The kinds of states of a pipe stand in rising order. */
static enum rh_struck state_of_pipe(const struct pipe *pipe)
{
    const struct end *ends = pipe->ends;
    if (!pipe_is_whole(pipe)) {
        return RH_STRUCK_OPENING;
    }
    if ((ends[0].bytes != NULL && ends[0].taken < ends[0].size) ||
        (ends[1].bytes != NULL && ends[1].taken < ends[1].size)) {
        return RH_STRUCK_BLOCKED;
    }
    if (ends[0].under_way + ends[1].under_way > 0) {
        return RH_STRUCK_BUSY;
    }
    bool is_half = ends[0].is_shut || ends[1].is_shut || ends[0].is_muted || ends[1].is_muted;
    return is_half ? RH_STRUCK_HALF : RH_STRUCK_STILL;
}

static enum rh_struck busier(enum rh_struck one, enum rh_struck other)
{
    return one > other ? one : other;
}

static enum rh_struck state_between(const struct rh_world *world, uint32_t a, uint32_t b)
{
    enum rh_struck state = RH_STRUCK_NOTHING;
    for (const struct pipe *pipe = world->pipes.first; pipe != NULL; pipe = pipe->next) {
        state = pipe_is_between(pipe, a, b) ? busier(state, state_of_pipe(pipe)) : state;
    }
    return state;
}

static bool is_in(uint64_t nodes, uint32_t node)
{
    return node < 64 && (nodes >> node & 1U) != 0;
}

static enum rh_struck state_across(const struct rh_world *world, uint64_t nodes)
{
    enum rh_struck state = RH_STRUCK_NOTHING;
    for (const struct pipe *pipe = world->pipes.first; pipe != NULL; pipe = pipe->next) {
        bool is_across = is_in(nodes, pipe->ends[0].node) != is_in(nodes, pipe->ends[1].node);
        state = is_across ? busier(state, state_of_pipe(pipe)) : state;
    }
    return state;
}

static enum rh_struck state_of_node(const struct rh_world *world, uint32_t node)
{
    const struct world_node *it = world->nodes[node];
    if (it->is_down) {
        return RH_STRUCK_DOWN;
    }
    if (it->frozen_until > world->now) {
        return RH_STRUCK_FROZEN;
    }
    for (const struct pipe *pipe = world->pipes.first; pipe != NULL; pipe = pipe->next) {
        bool is_here = pipe->ends[0].node == node || pipe->ends[1].node == node;
        if (is_here && pipe_is_whole(pipe)) {
            return RH_STRUCK_CONNECTED;
        }
    }
    return RH_STRUCK_ALONE;
}

/* Has anything come from a node, through any of its pipes? */
static bool is_heard_of(const struct rh_world *world, uint32_t node)
{
    bool is_heard = false;
    for (const struct pipe *pipe = world->pipes.first; pipe != NULL; pipe = pipe->next) {
        const struct end *ends = pipe->ends;
        is_heard = is_heard || (ends[0].node == node && ends[1].arrived > 0) ||
                   (ends[1].node == node && ends[0].arrived > 0);
    }
    return is_heard;
}

static enum rh_struck state_of_child(const struct rh_world *world, const struct pipe *pipe)
{
    if (pipe == NULL) {
        return RH_STRUCK_NOTHING;
    }
    const struct child *child = pipe->child;
    if (!child->is_running) {
        return RH_STRUCK_STARTING;
    }
    if (child->is_leaving || child->signals != 0) {
        return RH_STRUCK_LEAVING;
    }
    return is_heard_of(world, pipe->ends[1].node) ? RH_STRUCK_HEARD : RH_STRUCK_UNHEARD;
}

enum rh_struck rh_world_struck(const struct rh_world *world)
{
    const struct rh_fault_spec *spec = world->striking;
    if (spec == NULL) {
        return RH_STRUCK_NOTHING;
    }
    switch (rh_fault_kind_family(spec->kind)) {
    case RH_FAULT_FAMILY_PROCESS:
        return state_of_child(world, world_child_struck(world, spec));
    case RH_FAULT_FAMILY_PIPE:
        return state_between(world, spec->node, spec->other);
    default:
        break;
    }
    if (spec->kind == RH_FAULT_PART) {
        return state_between(world, spec->node, spec->other);
    }
    return spec->kind == RH_FAULT_PARTITION ? state_across(world, spec->nodes)
                                            : state_of_node(world, spec->node);
}
