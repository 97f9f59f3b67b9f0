/* SPDX-License-Identifier: MIT */
/*
 * How a virtual pipe works. Each end has a queue of what travels towards it; only the first item may arrive, so that a
 * direction keeps its order, requests and ends included. A write goes into the queue as far as the capacity allows; its
 * rest waits at the writer until the reader has made room. An end that leaves loses what was under way to it; the other one
 * hears everything that was sent before, then EOF, and CLOSED reset if something of its own was lost.
 *
 * Who writes to an end that has left does not know so before the news of it is there, which travels as long as anything else.
 * The write goes well and is lost. From when the news may be there CLOSED reset may come, before or behind what was sent
 * before: a system may throw away what has not been read when it hears that the other side is gone, or hand it over first.
 */
#include "harness/world/internal.h"

#include <stdio.h>
#include <string.h>

#define CAPACITY UINT32_C(65536)

static const struct rh_pipe_rules rules_at_once = {0};

const char *rh_harm_word(enum rh_harm harm)
{
#define X(identifier, word, sentence) word,
    static const char *const words[] = {RH_HARM_MAP(X)};
#undef X
    return (unsigned)harm < RH_HARM_COUNT ? words[harm] : "?";
}

static void *allocate(struct rh_world *world, size_t bytes)
{
    void *storage = world->allocator->allocate(world->allocator->self, bytes);
    if (storage == NULL) {
        world->no_memory = true;
    }
    return storage;
}

static void release(struct rh_world *world, void *storage, size_t bytes)
{
    if (storage != NULL) {
        world->allocator->release(world->allocator->self, storage, bytes);
    }
}

/* ---- ways ---- */

struct way *way_find(struct pipes *pipes, uint32_t from, uint32_t to)
{
    for (uint32_t i = 0; i < pipes->way_count; i++) {
        if (pipes->ways[i].from == from && pipes->ways[i].to == to) {
            return &pipes->ways[i];
        }
    }
    return NULL;
}

struct way *way_get(struct rh_world *world, uint32_t from, uint32_t to)
{
    struct pipes *pipes = &world->pipes;
    struct way *way = way_find(pipes, from, to);
    if (way != NULL) {
        return way;
    }
    size_t bytes = pipes->way_count * sizeof(*way);
    struct way *ways =
        world->allocator->resize(world->allocator->self, pipes->ways, bytes, bytes + sizeof(*way));
    if (ways == NULL) {
        world->no_memory = true;
        return NULL;
    }
    pipes->ways = ways;
    way = &ways[pipes->way_count++];
    *way = (struct way){.from = from, .to = to};
    return way;
}

static const struct rh_pipe_rules *rules_to(struct rh_world *world, struct pipe *pipe,
                                            const struct end *to)
{
    const struct way *way = way_find(&world->pipes, other_end(pipe, to)->node, to->node);
    return way == NULL ? &rules_at_once : &way->rules;
}

enum rh_status rh_world_set_rules(struct rh_world *world, uint32_t from, uint32_t to,
                                  const struct rh_pipe_rules *rules)
{
    if (from >= world->node_count || to >= world->node_count ||
        rules->latency_min > rules->latency_max) {
        return RH_INVALID;
    }
    struct way *way = way_get(world, from, to);
    if (way == NULL) {
        return RH_NO_MEMORY;
    }
    way->rules = *rules;
    if (rules->latency_min != rules->latency_max) {
        world->clocks_matter =
            true; /* what happens at a node is not in the order of time any more */
    }
    return RH_OK;
}

/* ---- making and finding ---- */

struct pipe *pipe_create(struct rh_world *world, uint32_t from, uint32_t to, const char *to_name)
{
    struct pipes *pipes = &world->pipes;
    struct way *way = way_get(world, from, to);
    struct pipe *pipe = way == NULL ? NULL : allocate(world, sizeof(*pipe));
    if (pipe == NULL) {
        return NULL;
    }
    *pipe = (struct pipe){.serial = ++pipes->serial};
    const struct end fresh = {.taken_by = FOLLOW_NO_DEED,
                              .asked_by = FOLLOW_NO_DEED,
                              .answered = FOLLOW_NO_DEED,
                              .heard = FOLLOW_NO_DEED};
    pipe->ends[0] = fresh;
    pipe->ends[1] = fresh;
    pipe->ends[0].node = from;
    pipe->ends[1].node = to;
    const char *name = world->nodes[from]->name;
    unsigned count = ++way->opened;
    pipe->number = count;
    (void)snprintf(pipe->names[0], sizeof(pipe->names[0]), "%.16s<%.16s#%u", name, to_name, count);
    (void)snprintf(pipe->names[1], sizeof(pipe->names[1]), "%.16s>%.16s#%u", name, to_name, count);
    if (pipes->last == NULL) {
        pipes->first = pipe;
    } else {
        pipes->last->next = pipe;
    }
    pipes->last = pipe;
    return pipe;
}

struct pipe *pipe_find(struct rh_world *world, uint64_t serial)
{
    struct pipe *pipe = world->pipes.first;
    while (pipe != NULL && pipe->serial != serial) {
        pipe = pipe->next;
    }
    return pipe;
}

struct end *end_find(struct rh_world *world, uint32_t node, struct rh_ref handle,
                     struct pipe **ret_pipe)
{
    for (struct pipe *pipe = world->pipes.first; pipe != NULL; pipe = pipe->next) {
        for (unsigned i = 0; i < 2; i++) {
            struct end *end = &pipe->ends[i];
            if (end->is_known && end->node == node && rh_ref_equal(end->handle, handle)) {
                *ret_pipe = pipe;
                return end;
            }
        }
    }
    return NULL;
}

/* ---- items ---- */

static struct item *item_create(struct rh_world *world, struct pipe *pipe, struct end *to,
                                enum item_kind kind, size_t size)
{
    const struct rh_pipe_rules *rules = rules_to(world, pipe, to);
    struct item *item = allocate(world, sizeof(*item) + size);
    if (item == NULL) {
        return NULL;
    }
    *item = (struct item){.kind = kind,
                          .size = size,
                          .deed = follow_deed(world->follow),
                          .needs = {FOLLOW_NO_DEED, FOLLOW_NO_DEED},
                          .earliest = world->now + rules->latency_min,
                          .latest = world->now + rules->latency_max};
    if (to->last == NULL) {
        to->first = item;
    } else {
        to->last->next = item;
    }
    to->last = item;
    return item;
}

void item_push(struct rh_world *world, struct pipe *pipe, struct end *to, enum item_kind kind,
               enum rh_close_why why)
{
    struct item *item = item_create(world, pipe, to, kind, 0);
    if (item != NULL) {
        item->why = why;
    }
}

void item_pop(struct rh_world *world, struct end *end)
{
    struct item *item = end->first;
    end->first = item->next;
    if (end->first == NULL) {
        end->last = NULL;
    }
    release(world, item, sizeof(*item) + item->size);
}

void items_drop(struct rh_world *world, struct end *end)
{
    while (end->first != NULL) {
        item_pop(world, end);
    }
    end->under_way = 0;
}

/* ---- writing ---- */

static void shut_now(struct rh_world *world, struct pipe *pipe, struct end *end)
{
    end->will_shut = false;
    if (!end->is_shut) {
        end->is_shut = true;
        item_push(world, pipe, other_end(pipe, end), ITEM_EOF, RH_CLOSE_EOF);
    }
    if (end->has_heard_eof && !end->is_ending) {
        end_finish(world, pipe, end, RH_CLOSE_EOF);
    }
}

static uint32_t capacity_of(const struct way *way)
{
    uint32_t capacity = way->narrow > 0 ? way->narrow : way->rules.capacity;
    return capacity == 0 ? CAPACITY : capacity;
}

uint32_t end_capacity(struct rh_world *world, struct pipe *pipe, const struct end *end)
{
    const struct way *way = way_find(&world->pipes, end->node, other_end(pipe, end)->node);
    return way == NULL ? CAPACITY : capacity_of(way);
}

uint32_t world_least_capacity(const struct rh_world *world)
{
    uint32_t least = CAPACITY;
    for (uint32_t i = 0; i < world->pipes.way_count; i++) {
        uint32_t capacity = capacity_of(&world->pipes.ways[i]);
        least = capacity < least ? capacity : least;
    }
    return least;
}

void end_pump(struct rh_world *world, struct pipe *pipe, struct end *end)
{
    struct end *to = other_end(pipe, end);
    if (end->bytes == NULL || end->taken == end->size) {
        return;
    }
    uint32_t capacity = end_capacity(world, pipe, end);
    size_t room = to->under_way < capacity ? capacity - to->under_way : 0;
    size_t left = end->size - end->taken;
    bool is_lost = end->is_muted || end->is_broken;
    size_t count = is_lost || left < room ? left : room;
    if (!is_lost && count > 0) {
        struct item *item = item_create(world, pipe, to, ITEM_BYTES, count);
        if (item == NULL) {
            return;
        }
        memcpy(item->bytes, end->bytes + end->taken, count);
        item->needs[0] = end->asked_by;
        item->needs[1] = end->answered;
        to->under_way += count;
    }
    end->taken += count;
    end->taken_at = world->now;
    end->taken_by = follow_deed(world->follow);
    if (end->taken == end->size && end->will_shut) {
        shut_now(world, pipe, end);
    }
}

void end_write(struct rh_world *world, struct pipe *pipe, struct end *end, const uint8_t *bytes,
               size_t size)
{
    if (end->is_ending) {
        return; /* CLOSED answers it */
    }
    if (end->is_broken && !end->has_lost) {
        end->has_lost = true;
        end->lost_at = world->now;
    }
    end->bytes = bytes;
    end->size = size;
    end->taken = 0;
    end->taken_at = world->now;
    end->taken_by = follow_deed(world->follow);
    end->written += size;
    end_pump(world, pipe, end);
}

void end_shut(struct rh_world *world, struct pipe *pipe, struct end *end)
{
    if (end->bytes != NULL && end->taken < end->size) {
        end->will_shut = true;
    } else {
        shut_now(world, pipe, end);
    }
}

/* ---- ends ---- */

void end_finish(struct rh_world *world, struct pipe *pipe, struct end *end, enum rh_close_why why)
{
    (void)pipe;
    if (end->is_known && !end->is_ending) {
        end->is_ending = true;
        end->why = why;
        end->ending_at = world->now;
        end->bytes = NULL;
        items_drop(world, end);
    }
}

void end_leave(struct rh_world *world, struct pipe *pipe, struct end *end)
{
    struct end *other = other_end(pipe, end);
    bool lost = end->under_way > 0 || (other->bytes != NULL && other->taken < other->size);
    items_drop(world, end);
    end->bytes = NULL;
    bool is_queued = world->connects_early && !world->is_being_set_up && other->first != NULL &&
                     other->first->kind == ITEM_REQUEST;
    if (!other->is_known && !is_queued) {
        items_drop(world, other); /* a request that nobody will answer */
        return;
    }
    pipe->was_opened = pipe->was_opened || is_queued;
    if (!end->is_shut) {
        end->is_shut = true;
        item_push(world, pipe, other, ITEM_EOF, RH_CLOSE_EOF);
    }
    if (lost && !other->is_broken && !other->is_ending) {
        item_push(world, pipe, other, ITEM_CLOSED, RH_CLOSE_RESET);
    }
    other->is_broken = true;
}

void pipe_reset(struct rh_world *world, struct pipe *pipe)
{
    pipe->was_reset = true;
    for (unsigned i = 0; i < 2; i++) {
        items_drop(world, &pipe->ends[i]);
        pipe->ends[i].is_shut = true;
        pipe->ends[i].is_broken = true;
        end_finish(world, pipe, &pipe->ends[i], RH_CLOSE_RESET);
    }
}

static bool is_over(const struct pipe *pipe)
{
    const struct child *child = pipe->child;
    return !pipe->ends[0].is_known && !pipe->ends[1].is_known && pipe->ends[1].first == NULL &&
           (child == NULL || (!child->is_running && !child->has_ended));
}

static void pipe_destroy(struct rh_world *world, struct pipe *pipe)
{
    items_drop(world, &pipe->ends[0]);
    items_drop(world, &pipe->ends[1]);
    child_destroy(world, pipe->child);
    release(world, pipe->address, pipe->address == NULL ? 0 : strlen(pipe->address) + 1);
    release(world, pipe, sizeof(*pipe));
}

void pipes_sweep(struct rh_world *world)
{
    struct pipes *pipes = &world->pipes;
    struct pipe *before = NULL;
    struct pipe **at = &pipes->first;
    while (*at != NULL) {
        struct pipe *pipe = *at;
        if (is_over(pipe)) {
            *at = pipe->next;
            pipe_destroy(world, pipe);
        } else {
            before = pipe;
            at = &pipe->next;
        }
    }
    pipes->last = before;
}

void listening_remove(struct rh_world *world, struct listening *before, struct listening *listening)
{
    struct pipes *pipes = &world->pipes;
    if (before == NULL) {
        pipes->listening = listening->next;
    } else {
        before->next = listening->next;
    }
    if (pipes->listening_last == listening) {
        pipes->listening_last = before;
    }
    release(world, listening->address, strlen(listening->address) + 1);
    release(world, listening, sizeof(*listening));
}

void pipes_deinit(struct rh_world *world)
{
    struct pipes *pipes = &world->pipes;
    while (pipes->first != NULL) {
        struct pipe *pipe = pipes->first;
        pipes->first = pipe->next;
        pipe_destroy(world, pipe);
    }
    while (pipes->listening != NULL) {
        listening_remove(world, NULL, pipes->listening);
    }
    while (pipes->names != NULL) {
        struct child *name = pipes->names;
        pipes->names = name->next_name;
        child_destroy(world, name);
    }
    release(world, pipes->ways, pipes->way_count * sizeof(*pipes->ways));
    release(world, pipes->programs, pipes->program_count * sizeof(*pipes->programs));
    release(world, pipes->started, pipes->program_count * sizeof(*pipes->started));
    *pipes = (struct pipes){0};
}

/* ---- from outside ---- */

bool pipe_is_between(const struct pipe *pipe, uint32_t a, uint32_t b)
{
    return (pipe->ends[0].node == a && pipe->ends[1].node == b) ||
           (pipe->ends[0].node == b && pipe->ends[1].node == a);
}

bool pipe_is_whole(const struct pipe *pipe)
{
    return pipe->ends[0].is_known && pipe->ends[1].is_known;
}

static void mute(struct rh_world *world, struct pipe *pipe, struct end *end)
{
    end->is_muted = true;
    end_pump(world, pipe, end); /* what waited for room vanishes too */
}

static void half_close(struct rh_world *world, struct pipe *pipe, struct end *end)
{
    mute(world, pipe, end);
    shut_now(world, pipe, end);
}

static void cut(struct rh_world *world, struct pipe *pipe, struct end *to, uint64_t bytes)
{
    to->is_cut = true;
    to->cut_at = bytes;
    if (to->arrived >= bytes) {
        pipe_reset(world, pipe);
    }
}

static void harm_pipe(struct rh_world *world, struct pipe *pipe, uint32_t from, enum rh_harm harm,
                      uint64_t bytes)
{
    struct end *writer = &pipe->ends[pipe->ends[0].node == from ? 0 : 1];
    struct end *reader = other_end(pipe, writer);
    switch (harm) {
    case RH_HARM_CLOSE:
        half_close(world, pipe, writer);
        half_close(world, pipe, reader);
        break;
    case RH_HARM_HALF_CLOSE:
        half_close(world, pipe, writer);
        break;
    case RH_HARM_BLACK_HOLE:
        mute(world, pipe, writer);
        items_drop(world, reader);
        break;
    case RH_HARM_CUT:
        cut(world, pipe, reader, bytes);
        break;
    default:
        pipe_reset(world, pipe);
        break;
    }
}

uint32_t rh_world_harm(struct rh_world *world, uint32_t from, uint32_t to, enum rh_harm harm,
                       uint64_t bytes)
{
    uint32_t count = 0;
    for (struct pipe *pipe = world->pipes.first; pipe != NULL; pipe = pipe->next) {
        if (pipe_is_between(pipe, from, to) && pipe_is_whole(pipe)) {
            harm_pipe(world, pipe, from, harm, bytes);
            count++;
        }
    }
    return count;
}

enum rh_status rh_world_part(struct rh_world *world, uint32_t from, uint32_t to, rh_instant until)
{
    if (from >= world->node_count || to >= world->node_count) {
        return RH_INVALID;
    }
    struct way *way = way_get(world, from, to);
    if (way == NULL) {
        return RH_NO_MEMORY;
    }
    way->parted_until = until > world->horizon ? until : world->horizon;
    world->clocks_matter = true;
    return RH_OK;
}

uint32_t rh_world_pipes(const struct rh_world *world, uint32_t a, uint32_t b)
{
    uint32_t count = 0;
    for (const struct pipe *pipe = world->pipes.first; pipe != NULL; pipe = pipe->next) {
        count += pipe_is_between(pipe, a, b) ? 1 : 0;
    }
    return count;
}

size_t rh_world_bytes(const struct rh_world *world)
{
    size_t bytes = 0;
    for (const struct pipe *pipe = world->pipes.first; pipe != NULL; pipe = pipe->next) {
        bytes += pipe->ends[0].under_way + pipe->ends[1].under_way;
    }
    return bytes;
}
