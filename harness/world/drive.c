/* SPDX-License-Identifier: MIT */
/*
 * The world as the driver of its nodes: takes their effects, and turns what pipes, children and listeners have to tell into
 * events that a strategy chooses among. An effect never has a consequence in the event that asked for it.
 *
 * What cannot happen is not pending: a node that is down or frozen, a way that is parted, an end that is paused, a write
 * without room. A frozen node or parted way with an end shifts what waits for it to that moment.
 */
#include "harness/world/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rh_pid end_owner(const struct rh_world *world, const struct end *end)
{
    struct rh_pid owner;
    bool known = end->is_known &&
                 rh_inspect_handle_owner(world->nodes[end->node]->node, end->handle, &owner);
    return known ? owner : end->owner;
}

static uint64_t event_id(uint64_t serial, unsigned end, enum pipe_event event)
{
    return serial << (PIPE_EVENT_BITS + 1) | (uint64_t)end << PIPE_EVENT_BITS | (uint64_t)event;
}

static rh_instant later(rh_instant a, rh_instant b)
{
    return a > b ? a : b;
}

void pipe_tell(struct rh_world *world, const struct pipe *pipe, const struct end *to,
               enum rh_io_kind kind, uint64_t number)
{
    struct rh_event event = {
        .kind = RH_EVENT_INPUT,
        .signal = RH_SIGNAL_IO,
        .now = world->now,
        .actor = end_owner(world, to),
        .ordinal = (uint64_t)kind,
        .number = number,
        .name = pipe->names[to == &pipe->ends[0] ? 0 : 1],
    };
    struct rh_record record = {RH_RECORD_PIPE, world->steps, to->node, &event};
    world_tell(world, &record);
}

/* ---- effects ---- */

static char *copy_text(struct rh_world *world, const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *copy = world->allocator->allocate(world->allocator->self, bytes);
    if (copy == NULL) {
        world->no_memory = true;
        return NULL;
    }
    memcpy(copy, text, bytes);
    return copy;
}

/* "node:NUMBER" of a node of this world. */
static bool node_of_address(const struct rh_world *world, const char *address, uint32_t *ret_node)
{
    static const char head[] = "node:";
    if (strncmp(address, head, sizeof(head) - 1) != 0) {
        return false;
    }
    char *end = NULL;
    unsigned long long number = strtoull(address + sizeof(head) - 1, &end, 10);
    if (*end != '\0' || number < 1 || number > world->node_count) {
        return false;
    }
    *ret_node = (uint32_t)number - 1;
    return true;
}

static struct listening *listening_at(struct rh_world *world, const char *address)
{
    struct listening *listening = world->pipes.listening;
    while (listening != NULL && (!listening->is_open || listening->is_ending ||
                                 strcmp(listening->address, address) != 0)) {
        listening = listening->next;
    }
    return listening;
}

static void apply_connect(struct rh_world *world, uint32_t node, const struct rh_effect *effect)
{
    uint32_t to = node;
    bool is_node = node_of_address(world, effect->address, &to);
    const struct listening *listening = listening_at(world, effect->address);
    if (!is_node) {
        pipe_touch_address(world, effect->address, RH_MODE_READ);
        to = listening == NULL ? to : listening->node;
    }
    struct pipe *pipe = pipe_create(world, node, to, world->nodes[to]->name);
    if (pipe == NULL) {
        return;
    }
    way_touch(world, node, to);
    pipe->address = copy_text(world, effect->address);
    pipe->ends[0].owner = effect->actor;
    pipe->ends[0].handle = effect->handle;
    pipe->ends[0].is_known = true;
    if (pipe->address != NULL) {
        item_push(world, pipe, &pipe->ends[1], ITEM_REQUEST, RH_CLOSE_REFUSED);
    }
}

static bool is_taken(const struct rh_world *world, const char *address)
{
    const struct listening *listening = world->pipes.listening;
    while (listening != NULL &&
           (listening->is_ending || strcmp(listening->address, address) != 0)) {
        listening = listening->next;
    }
    return listening != NULL;
}

static void add_listening(struct rh_world *world, uint32_t node, const struct rh_effect *effect,
                          bool refused, enum rh_close_why why)
{
    struct pipes *pipes = &world->pipes;
    struct listening *listening =
        world->allocator->allocate(world->allocator->self, sizeof(*listening));
    char *address = listening == NULL ? NULL : copy_text(world, effect->address);
    if (address == NULL) {
        world->allocator->release(world->allocator->self, listening,
                                  listening == NULL ? 0 : sizeof(*listening));
        world->no_memory = true;
        return;
    }
    *listening = (struct listening){.serial = ++pipes->serial,
                                    .node = node,
                                    .owner = effect->actor,
                                    .handle = effect->handle,
                                    .address = address,
                                    .is_ending = refused,
                                    .why = why,
                                    .at = world->now};
    if (pipes->listening_last == NULL) {
        pipes->listening = listening;
    } else {
        pipes->listening_last->next = listening;
    }
    pipes->listening_last = listening;
}

static void apply_listen(struct rh_world *world, uint32_t node, const struct rh_effect *effect)
{
    uint32_t whose = node;
    bool is_node = node_of_address(world, effect->address, &whose);
    pipe_touch_address(world, effect->address, RH_MODE_WRITE);
    bool refused = is_taken(world, effect->address) || (is_node && whose != node) ||
                   (!is_node && strncmp(effect->address, "node:", 5) == 0);
    add_listening(world, node, effect, refused, RH_CLOSE_REFUSED);
}

static struct listening *listening_of(struct rh_world *world, uint32_t node, struct rh_ref handle)
{
    struct listening *listening = world->pipes.listening;
    while (listening != NULL &&
           (listening->node != node || !rh_ref_equal(listening->handle, handle))) {
        listening = listening->next;
    }
    return listening;
}

static void apply_close(struct rh_world *world, uint32_t node, const struct rh_effect *effect)
{
    struct pipe *pipe = NULL;
    struct end *end = end_find(world, node, effect->handle, &pipe);
    struct listening *listening = end == NULL ? listening_of(world, node, effect->handle) : NULL;
    if (listening != NULL) {
        pipe_touch_address(world, listening->address, RH_MODE_WRITE);
        listening->is_ending = true;
        listening->why = RH_CLOSE_REQUESTED;
        listening->at = world->now;
    } else if (end != NULL) {
        pipe_touch(world, pipe);
        if (!end->is_ending) {
            end_leave(world, pipe, end);
            end_finish(world, pipe, end, RH_CLOSE_REQUESTED);
        } else {
            end->why = RH_CLOSE_REQUESTED;
        }
    }
}

static void apply_to_end(struct rh_world *world, uint32_t node, const struct rh_effect *effect)
{
    struct pipe *pipe = NULL;
    struct end *end = end_find(world, node, effect->handle, &pipe);
    if (end == NULL) {
        return; /* CLOSED is the answer, and under way or told */
    }
    switch (effect->kind) {
    case RH_EFFECT_WRITE:
        pipe_touch_by_write(world, pipe, end, effect->size);
        end->asked_by = follow_write(world->follow, end_owner(world, end));
        end_write(world, pipe, end, effect->bytes, effect->size);
        break;
    case RH_EFFECT_PAUSE:
        pipe_touch(world, pipe);
        end->is_paused = true;
        break;
    case RH_EFFECT_RESUME:
        pipe_touch(world, pipe);
        end->is_paused = false;
        end->clock = later(end->clock, world->now);
        break;
    case RH_EFFECT_SHUTDOWN:
        pipe_touch(world, pipe);
        end_shut(world, pipe, end);
        break;
    default:
        break;
    }
}

/* What never opened is a listener that all it does is end. A pipe that cannot be written to is dropped. */
static void apply_refuse(struct rh_world *world, uint32_t node, const struct rh_effect *effect)
{
    struct pipe *pipe = NULL;
    struct end *end = end_find(world, node, effect->handle, &pipe);
    if (effect->size == 0) {
        add_listening(world, node, effect, true, RH_CLOSE_FAULT);
    } else if (end != NULL && !end->is_ending) {
        pipe_touch(world, pipe);
        end_leave(world, pipe, end);
        end_finish(world, pipe, end, RH_CLOSE_FAULT);
    }
}

static void apply(struct rh_world *world, uint32_t node, const struct rh_effect *effect)
{
    switch (effect->kind) {
    case RH_EFFECT_USER:
        child_says(world, node, effect);
        rh_message_unref(effect->message); /* heard as an event */
        break;
    case RH_EFFECT_CONNECT:
        apply_connect(world, node, effect);
        break;
    case RH_EFFECT_LISTEN:
        apply_listen(world, node, effect);
        break;
    case RH_EFFECT_START:
        child_start(world, node, effect);
        break;
    case RH_EFFECT_KILL:
        child_signal(world, node, effect);
        break;
    case RH_EFFECT_CLOSE:
        apply_close(world, node, effect);
        break;
    case RH_EFFECT_REFUSE:
        apply_refuse(world, node, effect);
        break;
    default:
        apply_to_end(world, node, effect);
        break;
    }
}

static bool take_effects(struct rh_world *world)
{
    bool any = false;
    struct rh_effect effect;
    for (uint32_t i = 0; i < world->node_count; i++) {
        while (rh_node_take_effect(world->nodes[i]->node, &effect)) {
            apply(world, i, &effect);
            any = true;
        }
    }
    return any;
}

void world_apply_effects(struct rh_world *world)
{
    if (take_effects(world) && world->pipes.first != NULL) {
        children_sweep(world);
        pipes_sweep(world);
    }
}

/* ---- what may happen ---- */

/* Is the way to an end free, and from when? */
static bool way_is_free(struct rh_world *world, struct pipe *pipe, const struct end *to,
                        rh_instant *from_when)
{
    const struct way *way = way_find(&world->pipes, other_end(pipe, to)->node, to->node);
    if (way == NULL) {
        return true;
    }
    *from_when = later(*from_when, way->parted_until);
    return way->parted_until != RH_NEVER;
}

static void add_now(struct rh_world *world, uint64_t id, uint32_t node, struct rh_pid owner,
                    rh_instant at)
{
    world_add_pipe_row(world, id, node, owner, at, at);
}

static void add_arrival(struct rh_world *world, struct pipe *pipe, unsigned index)
{
    struct end *end = &pipe->ends[index];
    const struct item *item = end->first;
    rh_instant from = end->clock;
    if (item->kind == ITEM_REQUEST) { /* it has no owner yet whose clock would tell */
        from = later(from, world->nodes[end->node]->frozen_until);
    }
    bool is_held = end->is_paused && (item->kind == ITEM_BYTES || item->kind == ITEM_EOF);
    bool is_inside = item->kind == ITEM_START || item->kind == ITEM_REQUEST || end->is_known;
    if (is_held || !is_inside || from == RH_NEVER || !way_is_free(world, pipe, end, &from)) {
        return;
    }
    world_add_pipe_row(world, event_id(pipe->serial, index, PIPE_ARRIVES), end->node,
                       end_owner(world, end), later(item->earliest, from),
                       later(item->latest, from));
}

/* It wrote to an end that had left. What that sent last is the news of it. */
static void add_loss(struct rh_world *world, struct pipe *pipe, unsigned index)
{
    struct end *end = &pipe->ends[index];
    const struct item *news = end->last;
    rh_instant from = end->lost_at;
    if (way_is_free(world, pipe, end, &from)) {
        world_add_pipe_row(world, event_id(pipe->serial, index, PIPE_ENDS), end->node,
                           end_owner(world, end), news == NULL ? from : later(news->earliest, from),
                           news == NULL ? from : later(news->latest, from));
    }
}

/* A request that whoever listens has not accepted yet may be by the system; and is forgotten once nobody wants it any more. */
static void add_queued(struct rh_world *world, struct pipe *pipe)
{
    struct end *from = &pipe->ends[0];
    const struct end *to = &pipe->ends[1];
    const struct item *request = to->first;
    const struct listening *listening =
        pipe->address == NULL ? NULL : listening_at(world, pipe->address);
    rh_instant when = to->clock;
    if (request == NULL || request->kind != ITEM_REQUEST || !way_is_free(world, pipe, to, &when)) {
        return;
    }
    if (!from->is_known) {
        world_add_pipe_row(world, event_id(pipe->serial, 1, PIPE_LAPSES), to->node, rh_pid_none(),
                           later(request->earliest, when), later(request->latest, when));
    } else if (!pipe->was_opened && !from->is_ending && listening != NULL &&
               listening->node == to->node && way_is_free(world, pipe, from, &when)) {
        world_add_pipe_row(world, event_id(pipe->serial, 0, PIPE_OPENS), from->node,
                           end_owner(world, from), later(request->earliest, when),
                           later(request->latest, when));
    }
}

static void add_end(struct rh_world *world, struct pipe *pipe, unsigned index)
{
    struct end *end = &pipe->ends[index];
    if (end->is_known && end->is_ending) {
        add_now(world, event_id(pipe->serial, index, PIPE_ENDS), end->node, end_owner(world, end),
                end->ending_at);
        return;
    }
    if (end->is_known && end->has_lost) {
        add_loss(world, pipe, index);
    }
    if (end->is_known && end->bytes != NULL && end->taken == end->size) {
        add_now(world, event_id(pipe->serial, index, PIPE_WRITTEN), end->node,
                end_owner(world, end), end->taken_at);
    }
    if (end->first != NULL) {
        add_arrival(world, pipe, index);
    }
}

static void add_child(struct rh_world *world, struct pipe *pipe)
{
    const struct child *child = pipe->child;
    const struct end *parent = &pipe->ends[0];
    struct rh_pid hears;
    if (child_is_struck(world, pipe, &hears)) {
        add_now(world, event_id(pipe->serial, 1, PIPE_SIGNAL), pipe->ends[1].node, hears,
                child->at);
    }
    if (child->has_ended) {
        add_now(world, event_id(pipe->serial, 0, PIPE_EXITED), parent->node,
                end_owner(world, parent), child->at);
    }
}

void world_gather_pipes(struct rh_world *world)
{
    for (const struct listening *listening = world->pipes.listening; listening != NULL;
         listening = listening->next) {
        if (!listening->is_open || listening->is_ending) {
            add_now(world, event_id(listening->serial, 0, LISTENING_SAYS), listening->node,
                    listening->owner, listening->at);
        }
    }
    for (struct pipe *pipe = world->pipes.first; pipe != NULL; pipe = pipe->next) {
        add_end(world, pipe, 0);
        add_end(world, pipe, 1);
        if (pipe->child != NULL) {
            add_child(world, pipe);
        } else if (world->connects_early && !world->is_being_set_up) {
            add_queued(world, pipe);
        }
    }
}

static bool end_is_settled(struct rh_world *world, struct pipe *pipe, const struct end *end)
{
    rh_instant from = 0;
    bool is_refused =
        world->nodes[end->node]->is_down && end->first != NULL && end->first->kind == ITEM_REQUEST;
    if (!world_node_runs(world, end->node) && !is_refused) {
        return true;
    }
    if (end->is_known && (end->is_ending || (end->bytes != NULL && end->taken == end->size))) {
        return false;
    }
    bool has_news = end->is_known && end->has_lost;
    return !(has_news || (end->first != NULL && !end->is_paused)) ||
           !way_is_free(world, pipe, end, &from);
}

bool pipes_are_settled(const struct rh_world *constant)
{
    struct rh_world *world = (struct rh_world *)(uintptr_t)constant; /* looked at, not changed */
    for (const struct listening *listening = world->pipes.listening; listening != NULL;
         listening = listening->next) {
        if ((!listening->is_open || listening->is_ending) &&
            world_node_runs(world, listening->node)) {
            return false;
        }
    }
    for (struct pipe *pipe = world->pipes.first; pipe != NULL; pipe = pipe->next) {
        const struct child *child = pipe->child;
        struct rh_pid unused;
        if (!end_is_settled(world, pipe, &pipe->ends[0]) ||
            !end_is_settled(world, pipe, &pipe->ends[1]) ||
            (child != NULL && (child->has_ended || child_is_struck(world, pipe, &unused)))) {
            return false;
        }
    }
    return true;
}

/* ---- doing it ---- */

static enum rh_status feed(struct rh_world *world, const struct end *end, const struct rh_io *io,
                           struct rh_ref *ret_accepted)
{
    return rh_node_feed(world->nodes[end->node]->node, rh_world_clock(world, end->node), io,
                        ret_accepted);
}

/* The same where it makes no difference whether somebody is left who wants to know. */
static void say(struct rh_world *world, const struct end *end, const struct rh_io *io)
{
    enum rh_status status = feed(world, end, io, NULL);
    (void)status;
}

/* The last word about an end. */
static void tell_closed(struct rh_world *world, struct pipe *pipe, struct end *end,
                        enum rh_close_why why)
{
    struct rh_io io = {.kind = RH_IO_CLOSED, .handle = end->handle, .why = why};
    end->owner = end_owner(world, end);
    end->is_known = false;
    end->is_ending = false;
    end->bytes = NULL;
    items_drop(world, end);
    pipe_tell(world, pipe, end, RH_IO_CLOSED, (uint64_t)why);
    say(world, end, &io);
}

static void tell_written(struct rh_world *world, struct pipe *pipe, struct end *end)
{
    struct rh_io io = {.kind = RH_IO_WRITTEN, .handle = end->handle};
    size_t size = end->size;
    end->bytes = NULL;
    pipe_tell(world, pipe, end, RH_IO_WRITTEN, size);
    say(world, end, &io);
}

/* Somebody connects: the listener gets a pipe of its own, and the other side hears so later. */
static void accept_request(struct rh_world *world, struct pipe *pipe)
{
    struct end *end = &pipe->ends[1];
    pipe_touch_address(world, pipe->address, RH_MODE_READ);
    const struct listening *listening = listening_at(world, pipe->address);
    struct rh_ref accepted;
    enum rh_status status = RH_NOT_FOUND;
    item_pop(world, end);
    if (listening != NULL && listening->node == end->node) {
        struct rh_io io = {.kind = RH_IO_ACCEPTED, .handle = listening->handle};
        end->owner = listening->owner;
        pipe_tell(world, pipe, end, RH_IO_ACCEPTED, 0);
        status = feed(world, end, &io, &accepted);
    }
    if (status == RH_OK) {
        end->is_known = true;
        end->handle = accepted;
        if (!pipe->was_opened) {
            item_push(world, pipe, &pipe->ends[0], ITEM_OPENED, RH_CLOSE_REQUESTED);
        }
        return;
    }
    items_drop(world, end);
    item_push(world, pipe, &pipe->ends[0], ITEM_CLOSED,
              pipe->was_opened ? RH_CLOSE_RESET : RH_CLOSE_REFUSED);
}

static void open_early(struct rh_world *world, struct pipe *pipe, struct end *end)
{
    struct rh_io io = {.handle = end->handle, .kind = RH_IO_OPENED};
    pipe->was_opened = true;
    pipe_tell(world, pipe, end, io.kind, 0);
    say(world, end, &io);
}

/* How many of the bytes that are there arrive now. */
static size_t bytes_to_take(struct rh_world *world, struct pipe *pipe, const struct end *end)
{
    const struct way *way = way_find(&world->pipes, other_end(pipe, end)->node, end->node);
    uint32_t chunk = way == NULL || world->is_being_set_up ? 0 : way->rules.chunk;
    size_t first = end->first->size - end->first->taken;
    uint64_t limit = end->is_cut ? end->cut_at - end->arrived : UINT64_MAX;
    size_t count = chunk == 0 || chunk > first ? first : chunk;
    if (chunk == RH_CHUNK_ANY) {
        size_t there = 0;
        for (const struct item *item = end->first;
             item != NULL && item->kind == ITEM_BYTES &&
             (item->earliest <= world->now || world->time_free);
             item = item->next) {
            there += item->size - item->taken;
        }
        there = there < first ? first : there < UINT32_MAX ? there : UINT32_MAX;
        uint32_t drawn = rh_choice_below(world->strategy, RH_SITE_CUT, (uint32_t)there, NULL);
        count = drawn == 0 ? first : drawn < first ? drawn : drawn + (size_t)1;
    }
    return count < limit ? count : (size_t)limit;
}

/* Take the bytes out of their items; several are joined. NULL: out of memory, noted. */
static uint8_t *take_bytes(struct rh_world *world, struct end *end, size_t count)
{
    uint8_t *bytes = world->allocator->allocate(world->allocator->self, count);
    if (bytes == NULL) {
        world->no_memory = true;
        return NULL;
    }
    size_t at = 0;
    while (at < count) {
        struct item *item = end->first;
        size_t part = item->size - item->taken;
        part = part < count - at ? part : count - at;
        memcpy(bytes + at, item->bytes + item->taken, part);
        at += part;
        item->taken += part;
        if (item->taken == item->size) {
            item_pop(world, end);
        }
    }
    end->under_way -= count;
    end->arrived += count;
    return bytes;
}

static void bytes_arrive(struct rh_world *world, struct pipe *pipe, struct end *end)
{
    size_t count = bytes_to_take(world, pipe, end);
    uint8_t *bytes = take_bytes(world, end, count);
    if (bytes == NULL) {
        return;
    }
    struct rh_io io = {.kind = RH_IO_BYTES, .handle = end->handle, .bytes = bytes, .size = count};
    pipe_tell(world, pipe, end, RH_IO_BYTES, count);
    say(world, end, &io);
    world->allocator->release(world->allocator->self, bytes, count);
    (void)take_effects(world); /* an owner that has exited takes its bytes along */
    end_pump(world, pipe, other_end(pipe, end));
    if (end->is_cut && end->arrived >= end->cut_at) {
        pipe_reset(world, pipe);
    }
}

static void word_arrives(struct rh_world *world, struct pipe *pipe, struct end *end)
{
    const struct item item = *end->first;
    struct rh_io io = {.handle = end->handle,
                       .kind = item.kind == ITEM_EOF ? RH_IO_EOF : RH_IO_OPENED};
    if (item.kind == ITEM_CLOSED) {
        tell_closed(world, pipe, end, item.why);
        return;
    }
    item_pop(world, end);
    pipe_tell(world, pipe, end, io.kind, 0);
    say(world, end, &io);
    if (item.kind == ITEM_EOF) {
        end->has_heard_eof = true;
        if (end->is_shut) {
            end_finish(world, pipe, end, RH_CLOSE_EOF);
        }
    }
}

static void arrive(struct rh_world *world, struct pipe *pipe, struct end *end)
{
    end->clock = world->now;
    end->heard = follow_deed(world->follow);
    pipe_touch_by_arrival(world, pipe, end);
    switch (end->first->kind) {
    case ITEM_REQUEST:
        accept_request(world, pipe);
        break;
    case ITEM_START:
        item_pop(world, end);
        child_boot(world, pipe);
        break;
    case ITEM_BYTES:
        bytes_arrive(world, pipe, end);
        break;
    default:
        word_arrives(world, pipe, end);
        break;
    }
}

static void tell_exited(struct rh_world *world, struct pipe *pipe)
{
    struct child *child = pipe->child;
    struct end *parent = &pipe->ends[0];
    struct rh_io io = {.kind = RH_IO_EXITED,
                       .handle = parent->handle,
                       .number = child->signal == 0 ? child->code : 0,
                       .signal = child->signal};
    child->has_ended = false;
    pipe_tell(world, pipe, parent, RH_IO_EXITED,
              child->signal != 0 ? (uint64_t)child->signal : (uint64_t)child->code);
    say(world, parent, &io);
}

static void listening_says(struct rh_world *world, uint64_t serial)
{
    struct listening *before = NULL;
    struct listening *listening = world->pipes.listening;
    while (listening->serial != serial) {
        before = listening;
        listening = listening->next;
    }
    bool ends = listening->is_ending;
    pipe_touch_address(world, listening->address, RH_MODE_WRITE);
    struct rh_io io = {.kind = ends ? RH_IO_CLOSED : RH_IO_OPENED,
                       .handle = listening->handle,
                       .why = listening->why};
    struct rh_event event = {.kind = RH_EVENT_INPUT,
                             .signal = RH_SIGNAL_IO,
                             .now = world->now,
                             .actor = listening->owner,
                             .ordinal = (uint64_t)io.kind,
                             .number = ends ? (uint64_t)io.why : 0,
                             .name = listening->address};
    struct rh_record record = {RH_RECORD_PIPE, world->steps, listening->node, &event};
    world_tell(world, &record);
    listening->is_open = true;
    struct rh_node *node = world->nodes[listening->node]->node;
    rh_instant now = rh_world_clock(world, listening->node);
    if (ends) {
        listening_remove(world, before, listening);
    }
    enum rh_status status = rh_node_feed(node, now, &io, NULL);
    (void)status; /* its owner has gone */
}

void world_execute_pipe(struct rh_world *world, uint64_t id, rh_instant earliest)
{
    enum pipe_event what = (enum pipe_event)(id & ((1U << PIPE_EVENT_BITS) - 1));
    uint64_t serial = id >> (PIPE_EVENT_BITS + 1);
    struct pipe *pipe = what == LISTENING_SAYS ? NULL : pipe_find(world, serial);
    struct end *end = pipe == NULL ? NULL : &pipe->ends[id >> PIPE_EVENT_BITS & 1];
    struct rh_pid hears;
    bool is_turn =
        what != PIPE_SIGNAL || (child_is_struck(world, pipe, &hears) && !rh_pid_is_none(hears));
    world_begin_pipe_step(world, earliest, end == NULL ? rh_pid_none() : end_owner(world, end),
                          is_turn);
    switch (what) {
    case PIPE_ARRIVES:
        arrive(world, pipe, end);
        break;
    case PIPE_WRITTEN:
        pipe_touch_tail(world, pipe, end, RH_MODE_ADD);
        end->answered = follow_deed(world->follow);
        tell_written(world, pipe, end);
        break;
    case PIPE_ENDS:
        pipe_touch(world, pipe);
        tell_closed(world, pipe, end, end->is_ending ? end->why : RH_CLOSE_RESET);
        break;
    case PIPE_SIGNAL:
        pipe_touch(world, pipe);
        child_struck(world, pipe);
        break;
    case PIPE_EXITED:
        follow_touch_pipe(world->follow, pipe->names[1], FOLLOW_REST, RH_MODE_WRITE);
        tell_exited(world, pipe);
        break;
    case LISTENING_SAYS:
        listening_says(world, serial);
        break;
    case PIPE_OPENS:
        pipe_touch(world, pipe);
        open_early(world, pipe, end);
        break;
    case PIPE_LAPSES:
        pipe_touch(world, pipe);
        items_drop(world, end);
        break;
    }
    world_apply_effects(world);
    children_sweep(world);
    pipes_sweep(world);
}
