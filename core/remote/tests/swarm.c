/* SPDX-License-Identifier: MIT */
/* The world of a swarm: pipes that carry bytes in pieces, and break; nodes that die, and come back. */
#include "core/remote/tests/swarm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- pipes ---- */

static void feed(struct swarm *s, uint32_t node, const struct rh_io *io)
{
    enum rh_status status = rh_node_feed(s->nodes[node], s->now, io, NULL);
    assert_true(status == RH_OK || status == RH_NOPROC);
}

static void end_drop_bytes(struct swarm_end *end)
{
    free(end->bytes);
    end->bytes = NULL;
    end->size = 0;
}

static void pipe_rest(struct swarm_pipe *pipe)
{
    if (!pipe->end[0].known && !pipe->end[1].known && !pipe->knocking) {
        end_drop_bytes(&pipe->end[0]);
        end_drop_bytes(&pipe->end[1]);
        pipe->used = false;
    }
}

static struct swarm_pipe *pipe_of(struct swarm *s, uint32_t node, struct rh_ref handle,
                                  struct swarm_end **ret_end)
{
    for (size_t i = 0; i < SWARM_PIPES; i++) {
        for (size_t e = 0; s->pipes[i].used && e < 2; e++) {
            struct swarm_end *end = &s->pipes[i].end[e];
            if (end->known && end->node == node && rh_ref_equal(end->handle, handle)) {
                *ret_end = end;
                return &s->pipes[i];
            }
        }
    }
    return NULL;
}

static struct swarm_end *other(struct swarm_pipe *pipe, const struct swarm_end *end)
{
    return end == &pipe->end[0] ? &pipe->end[1] : &pipe->end[0];
}

static void end_close(struct swarm_pipe *pipe, struct swarm_end *end)
{
    end->known = false;
    end_drop_bytes(end);
    other(pipe, end)->eof = true;
    pipe->knocking = false;
    pipe_rest(pipe);
}

static void connect_effect(struct swarm *s, uint32_t node, const struct rh_effect *effect)
{
    struct swarm_pipe *pipe = NULL;
    for (size_t i = 0; i < SWARM_PIPES && pipe == NULL; i++) {
        pipe = s->pipes[i].used ? NULL : &s->pipes[i];
    }
    assert_non_null(pipe);
    uint32_t to = (uint32_t)strtoul(effect->address + 5, NULL, 10) - 1;
    *pipe = (struct swarm_pipe){.used = true, .knocking = true};
    pipe->end[0] = (struct swarm_end){.node = node, .handle = effect->handle, .known = true};
    pipe->end[1] = (struct swarm_end){.node = to};
}

static void knock(struct swarm *s, struct swarm_pipe *pipe)
{
    struct swarm_end *far = &pipe->end[1];
    enum rh_status status = RH_NOPROC;
    pipe->knocking = false;
    if (s->nodes[far->node] != NULL && s->listeners[far->node].ordinal != 0) {
        struct rh_io io = {.kind = RH_IO_ACCEPTED, .handle = s->listeners[far->node]};
        far->known = true;
        status = rh_node_feed(s->nodes[far->node], s->now, &io, &far->handle);
        far->known = status == RH_OK;
    }
    if (status == RH_OK) {
        pipe->end[0].opened_due = true;
        return;
    }
    struct rh_io io = {
        .kind = RH_IO_CLOSED, .handle = pipe->end[0].handle, .why = RH_CLOSE_REFUSED};
    pipe->end[0].known = false;
    feed(s, pipe->end[0].node, &io);
    pipe_rest(pipe);
}

static void write_effect(struct swarm *s, uint32_t node, const struct rh_effect *effect)
{
    struct swarm_end *end = NULL;
    struct swarm_pipe *pipe = pipe_of(s, node, effect->handle, &end);
    if (pipe == NULL) {
        return;
    }
    struct swarm_end *far = other(pipe, end);
    if (far->known && !end->reset_due && !far->reset_due) {
        far->bytes = realloc(far->bytes, far->size + effect->size);
        assert_non_null(far->bytes);
        memcpy(far->bytes + far->size, effect->bytes, effect->size);
        far->size += effect->size;
        s->bytes_crossed += effect->size;
    }
    end->written_due = true;
}

bool swarm_apply(struct swarm *s, uint32_t node)
{
    struct rh_effect effect;
    struct swarm_end *end = NULL;
    struct swarm_pipe *pipe;
    if (!rh_node_take_effect(s->nodes[node], &effect)) {
        return false;
    }
    switch (effect.kind) {
    case RH_EFFECT_CONNECT:
        connect_effect(s, node, &effect);
        break;
    case RH_EFFECT_LISTEN:
        s->listeners[node] = effect.handle;
        feed(s, node, &(struct rh_io){.kind = RH_IO_OPENED, .handle = effect.handle});
        break;
    case RH_EFFECT_WRITE:
        write_effect(s, node, &effect);
        break;
    case RH_EFFECT_CLOSE:
        pipe = pipe_of(s, node, effect.handle, &end);
        if (pipe != NULL) {
            end_close(pipe, end);
        } else if (rh_ref_equal(effect.handle, s->listeners[node])) {
            s->listeners[node] = (struct rh_ref){.ordinal = 0};
        }
        feed(s, node, &(struct rh_io){.kind = RH_IO_CLOSED, .handle = effect.handle});
        break;
    default:
        rh_message_unref(effect.message);
        break;
    }
    return true;
}

static void tell_end(struct swarm *s, struct swarm_end *end, enum rh_io_kind kind,
                     enum rh_close_why why)
{
    if (kind == RH_IO_CLOSED) {
        end->known = false;
    }
    feed(s, end->node, &(struct rh_io){.kind = kind, .handle = end->handle, .why = why});
}

static void deliver_bytes(struct swarm *s, struct swarm_end *end)
{
    size_t size = swarm_once_in(s, 3) ? end->size
                                      : 1 + (size_t)swarm_below(s, end->size < 40 ? end->size : 40);
    uint8_t *piece = malloc(size);
    assert_non_null(piece);
    memcpy(piece, end->bytes, size);
    memmove(end->bytes, end->bytes + size, end->size - size);
    end->size -= size;
    struct rh_io io = {.kind = RH_IO_BYTES, .handle = end->handle, .bytes = piece, .size = size};
    feed(s, end->node, &io);
    free(piece);
}

/* Whatever the driver owes this end, the oldest first. */
static bool serve_end(struct swarm *s, struct swarm_pipe *pipe, struct swarm_end *end)
{
    if (!end->known || s->nodes[end->node] == NULL) {
        return false;
    }
    if (end->reset_due) {
        end_drop_bytes(end);
        tell_end(s, end, RH_IO_CLOSED, RH_CLOSE_RESET);
    } else if (end->opened_due) {
        end->opened_due = false;
        tell_end(s, end, RH_IO_OPENED, RH_CLOSE_REQUESTED);
    } else if (end->written_due && swarm_once_in(s, 2)) {
        end->written_due = false;
        tell_end(s, end, RH_IO_WRITTEN, RH_CLOSE_REQUESTED);
    } else if (end->size > 0) {
        deliver_bytes(s, end);
    } else if (end->eof) {
        tell_end(s, end, RH_IO_CLOSED, RH_CLOSE_EOF);
    } else if (end->written_due) {
        end->written_due = false;
        tell_end(s, end, RH_IO_WRITTEN, RH_CLOSE_REQUESTED);
    } else {
        return false;
    }
    pipe_rest(pipe);
    return true;
}

bool swarm_serve(struct swarm *s, struct swarm_pipe *pipe)
{
    if (!pipe->used) {
        return false;
    }
    if (pipe->knocking) {
        knock(s, pipe);
        return true;
    }
    size_t first = (size_t)swarm_below(s, 2);
    return serve_end(s, pipe, &pipe->end[first]) ||
           (pipe->used && serve_end(s, pipe, &pipe->end[1 - first]));
}

static bool break_pipe(struct swarm *s, struct swarm_pipe *pipe)
{
    if (!pipe->used || pipe->knocking) {
        return false;
    }
    for (size_t e = 0; e < 2; e++) {
        pipe->end[e].reset_due = true;
        if (swarm_once_in(s, 2)) {
            end_drop_bytes(&pipe->end[e]);
        }
    }
    return true;
}

/* ---- nodes ---- */

static enum rh_status listen_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    (void)argument;
    struct rh_pid listener;
    char address[32];
    (void)snprintf(address, sizeof(address), "node:%u", rh_self(ctx).node);
    (void)!rh_listener_spawn(ctx, address, NULL, &listener);
    return RH_OK;
}

static enum rh_status keep(struct rh_context *ctx, void *state, const struct rh_delivery *in)
{
    (void)ctx;
    (void)state;
    (void)in;
    return RH_OK;
}

static const struct rh_behaviour keeper = {.name = "keeper", .receive = keep};

static void enter_somebody(struct swarm *s, uint32_t node)
{
    struct rh_spawn_options options = {.trap = !swarm_once_in(s, 3)};
    struct rh_pid pid;
    if (rh_node_spawn(s->nodes[node], s->now, &swarm_anybody, &options, &pid) == RH_OK) {
        s->pids[swarm_below(s, SWARM_PIDS)] = pid;
    }
}

static void node_open(struct swarm *s, uint32_t index)
{
    struct rh_node_options options = {
        .node = index + 1,
        .incarnation = ++s->incarnation[index],
        .limits = &s->limits,
        .allocator = &s->allocator,
        .find_behaviour = swarm_find_behaviour,
        .first_generation = s->first_generation,
    };
    if (rh_node_create(&options, &s->nodes[index]) != RH_OK) {
        assert_true(s->poor);
        s->nodes[index] = NULL;
        return;
    }
    for (uint32_t peer = 1; peer <= s->count; peer++) {
        char address[32];
        (void)snprintf(address, sizeof(address), "node:%u", peer);
        struct rh_endpoint_options know = {.address = address, .node = peer};
        enum rh_status status = rh_node_know(s->nodes[index], &know);
        assert_true(peer == index + 1 ? status == RH_INVALID : status == RH_OK || s->poor);
    }
    struct rh_pid root;
    struct rh_spawn_options trap = {.trap = true};
    if (rh_node_spawn(s->nodes[index], s->now, &keeper, &trap, &root) == RH_OK) {
        (void)rh_node_run(s->nodes[index], s->now, 1);
        (void)!rh_node_turn(s->nodes[index], s->now, root, listen_turn, NULL);
    }
    for (int i = 0; i < 4; i++) {
        enter_somebody(s, index);
    }
}

static void node_kill(struct swarm *s, uint32_t node)
{
    rh_node_destroy(s->nodes[node]);
    s->nodes[node] = NULL;
    s->listeners[node] = (struct rh_ref){.ordinal = 0};
    for (size_t i = 0; i < SWARM_PIPES; i++) {
        for (size_t e = 0; e < 2 && s->pipes[i].used; e++) {
            if (s->pipes[i].end[e].known && s->pipes[i].end[e].node == node) {
                end_close(&s->pipes[i], &s->pipes[i].end[e]);
            }
        }
    }
}

void swarm_open(struct swarm *s, uint64_t seed, uint32_t count)
{
    if (s->limits.actors_max == 0) {
        s->limits = rh_limits_default();
    }
    s->count = count;
    s->allocator = purse_allocator(&s->purse);
    s->random = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
    s->budget = 150;
    swarm_playing = s;
    for (uint32_t i = 0; i < count; i++) {
        node_open(s, i);
    }
}

void swarm_validate(struct swarm *s)
{
    for (uint32_t i = 0; i < s->count; i++) {
        const char *what = NULL;
        if (s->nodes[i] != NULL && !rh_inspect_validate(s->nodes[i], &what)) {
            fail_msg("node %u: %s", i + 1, what);
        }
    }
}

struct pick {
    size_t wanted;
    size_t seen;
    struct rh_pending pending;
};

static bool pick_one(void *self, const struct rh_pending *pending)
{
    struct pick *pick = self;
    if (pick->seen++ == pick->wanted) {
        pick->pending = *pending;
        return false;
    }
    return true;
}

bool swarm_happen(struct swarm *s, uint32_t index)
{
    struct rh_node *node = s->nodes[index];
    if (node == NULL) {
        return false;
    }
    if (!s->any_order) {
        return rh_node_run(node, s->now, 1) > 0;
    }
    struct pick count = {.wanted = SIZE_MAX};
    rh_node_each_pending(node, s->now, pick_one, &count);
    if (count.seen == 0) {
        return false;
    }
    struct pick pick = {.wanted = swarm_below(s, count.seen)};
    rh_node_each_pending(node, s->now, pick_one, &pick);
    rh_node_execute(node, s->now, &pick.pending);
    return true;
}

static void let_act(struct swarm *s)
{
    struct rh_pid actor = s->pids[swarm_below(s, SWARM_PIDS)];
    if (actor.node == 0 || s->nodes[actor.node - 1] == NULL) {
        return;
    }
    enum rh_status status = rh_node_turn(s->nodes[actor.node - 1], s->now, actor, swarm_operate, s);
    assert_true(status == RH_OK || status == RH_NOPROC);
}

static void meddle(struct swarm *s)
{
    uint32_t node = (uint32_t)swarm_below(s, s->count);
    if (s->nodes[node] == NULL) {
        node_open(s, node);
    } else if (swarm_once_in(s, 2)) {
        enter_somebody(s, node);
    } else if (!s->calm && swarm_once_in(s, 3)) {
        (void)break_pipe(s, &s->pipes[swarm_below(s, SWARM_PIPES)]);
    } else if (!s->calm && swarm_once_in(s, 12)) {
        node_kill(s, node);
    }
}

void swarm_step(struct swarm *s)
{
    uint32_t node = (uint32_t)swarm_below(s, s->count);
    switch (swarm_below(s, 20)) {
    case 0:
    case 1:
    case 2:
        let_act(s);
        break;
    case 3:
        meddle(s);
        break;
    case 4:
    case 5:
    case 6:
    case 7:
    case 8:
        (void)(s->nodes[node] != NULL && swarm_apply(s, node));
        break;
    case 9:
    case 10:
    case 11:
    case 12:
        for (size_t i = 0, at = (size_t)swarm_below(s, SWARM_PIPES);
             i < SWARM_PIPES && !swarm_serve(s, &s->pipes[(at + i) % SWARM_PIPES]); i++) {
        }
        break;
    default:
        (void)swarm_happen(s, node);
        break;
    }
    swarm_validate(s);
}

void swarm_close(struct swarm *s)
{
    for (uint32_t i = 0; i < s->count; i++) {
        if (s->nodes[i] != NULL) {
            node_kill(s, i);
        }
    }
    for (size_t i = 0; i < SWARM_PIPES; i++) {
        end_drop_bytes(&s->pipes[i].end[0]);
        end_drop_bytes(&s->pipes[i].end[1]);
    }
    assert_int_equal(s->purse.blocks, 0);
    assert_int_equal(s->purse.bytes, 0);
}
