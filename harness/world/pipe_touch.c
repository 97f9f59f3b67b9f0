/* SPDX-License-Identifier: MIT */
/*
 * What steps share of pipes, for strategies that reduce.
 *
 * A direction is a tail, where things are written, and a head, where they arrive. A write has to do with what arrives only
 * where it might have found no room, had less arrived; or where a fault needs bytes that are under way. What arrives takes the
 * first away: bytes that make room, or that are taken together with what comes behind them, have to do with what is written,
 * and the end of something with everything.
 */
#include "harness/world/internal.h"

void pipe_touch(struct rh_world *world, const struct pipe *pipe)
{
    for (unsigned i = 0; i < 2; i++) {
        follow_touch_pipe(world->follow, pipe->names[i], FOLLOW_TAIL, RH_MODE_WRITE);
        follow_touch_pipe(world->follow, pipe->names[i], FOLLOW_HEAD, RH_MODE_WRITE);
    }
}

void pipe_touch_tail(struct rh_world *world, const struct pipe *pipe, const struct end *writer,
                     enum rh_mode mode)
{
    const char *name = pipe->names[writer == &pipe->ends[0] ? 1 : 0];
    follow_touch_pipe(world->follow, name, FOLLOW_TAIL, mode);
}

static void touch_head(struct rh_world *world, const struct pipe *pipe, const struct end *reader)
{
    const char *name = pipe->names[reader == &pipe->ends[0] ? 0 : 1];
    follow_touch_pipe(world->follow, name, FOLLOW_HEAD, RH_MODE_WRITE);
}

void pipe_touch_by_write(struct rh_world *world, struct pipe *pipe, const struct end *end,
                         size_t size)
{
    if (end->is_ending || end->is_broken || world->minds_bytes) {
        pipe_touch(world, pipe);
        return;
    }
    pipe_touch_tail(world, pipe, end, RH_MODE_ADD);
    if (end->written + size > end_capacity(world, pipe, end)) {
        touch_head(world, pipe, other_end(pipe, end));
    }
}

void pipe_touch_by_arrival(struct rh_world *world, struct pipe *pipe, struct end *end)
{
    struct end *writer = other_end(pipe, end);
    const struct way *way = way_find(&world->pipes, writer->node, end->node);
    bool is_whole = end->first->kind != ITEM_BYTES && end->first->kind != ITEM_OPENED;
    if (is_whole || end->is_cut || world->minds_bytes) {
        pipe_touch(world, pipe);
        return;
    }
    touch_head(world, pipe, end);
    if (writer->bytes != NULL && writer->taken < writer->size) {
        pipe_touch_tail(world, pipe, writer, RH_MODE_ADD);
    }
    if (way != NULL && way->rules.chunk == RH_CHUNK_ANY) {
        pipe_touch_tail(world, pipe, writer, RH_MODE_WRITE);
    }
}

void world_touch_writer(struct rh_world *world, struct rh_pid writer)
{
    for (struct pipe *pipe = world->pipes.first; pipe != NULL; pipe = pipe->next) {
        for (unsigned i = 0; i < 2; i++) {
            const struct end *end = &pipe->ends[i];
            if (end->is_known && rh_pid_equal(end_owner(world, end), writer)) {
                /* What is written behind this touches all of a pipe that is lost, and so does what writes it. */
                bool is_lost = end->is_ending || end->is_broken;
                pipe_touch_tail(world, pipe, end, is_lost ? RH_MODE_WRITE : RH_MODE_ADD);
            }
        }
    }
}

void pipe_touch_address(struct rh_world *world, const char *address, enum rh_mode mode)
{
    follow_touch_pipe(world->follow, address, FOLLOW_REST, mode);
}

void way_touch(struct rh_world *world, uint32_t from, uint32_t to)
{
    follow_touch_pipe(world->follow, world->nodes[from]->name, (uint64_t)FOLLOW_WAYS + to,
                      RH_MODE_WRITE);
}
