/* SPDX-License-Identifier: MIT */
/* The floor: what the machine charges for the bare minimum of an actor. A message is 32 bytes in a ring buffer, an
 * actor is a malloc'd struct with a function pointer, and the loop pops a message and calls through the pointer. No
 * reference counts, no identities, no selection, no failure: a runtime can approach this, never beat it.
 *
 * Function pointers pass through a volatile on their way into an actor, so that the compiler can neither inline a
 * behaviour into the loop nor guess which one is called. A freed actor is never sent to: each workload knows its own
 * shape. The queue doubles when it is full; it starts small enough to stay in the first-level cache. */
#include "bench/measure.h"

#include <stddef.h>
#include <stdlib.h>

enum tag {
    TAG_START,
    TAG_PING,
    TAG_EXIT,
    TAG_DOWN
};

struct actor;
struct stage;

struct message {
    struct actor *to;
    struct actor *from;
    uint64_t tag;
    uint64_t value;
};

typedef void receive(struct stage *stage, struct actor *self, const struct message *message);

struct actor {
    receive *receive;
    struct actor *peer;
    uint64_t left;
};

struct stage {
    struct message *ring;
    size_t mask;
    size_t head;
    size_t tail;
    uint64_t alive;
};

static struct stage the_stage;

static void stage_grow(struct stage *stage)
{
    size_t count = stage->tail - stage->head;
    size_t capacity = stage->mask == 0 ? 256 : 2 * (stage->mask + 1);
    struct message *ring = malloc(capacity * sizeof *ring);
    measure_require(ring != NULL, "out of memory");
    for (size_t i = 0; i < count; i++) {
        ring[i] = stage->ring[(stage->head + i) & stage->mask];
    }
    free(stage->ring);
    stage->ring = ring;
    stage->mask = capacity - 1;
    stage->head = 0;
    stage->tail = count;
}

static inline void push(struct stage *stage, struct actor *to, struct actor *from, enum tag tag,
                        uint64_t value)
{
    if (stage->tail - stage->head >= stage->mask) {
        stage_grow(stage);
    }
    stage->ring[stage->tail++ & stage->mask] = (struct message){to, from, tag, value};
}

static uint64_t stage_run(struct stage *stage)
{
    uint64_t start_ns = measure_now_ns();
    while (stage->head != stage->tail) {
        struct message message = stage->ring[stage->head++ & stage->mask];
        message.to->receive(stage, message.to, &message);
    }
    return measure_now_ns() - start_ns;
}

static struct actor *spawn(struct stage *stage, receive *function, struct actor *peer,
                           uint64_t left)
{
    receive *volatile opaque = function;
    struct actor *actor = malloc(sizeof *actor);
    measure_require(actor != NULL, "out of memory");
    *actor = (struct actor){.receive = opaque, .peer = peer, .left = left};
    stage->alive++;
    return actor;
}

static void leave(struct stage *stage, struct actor *self)
{
    stage->alive--;
    free(self);
}

static void on_ping(struct stage *stage, struct actor *self, const struct message *message)
{
    if (message->tag == TAG_PING && message->value > 0) {
        push(stage, self->peer, self, TAG_PING, message->value - 1);
    }
}

/* `count` actors in a circle; the token makes `hops` hops. */
static uint64_t circle(uint64_t count, uint64_t hops)
{
    struct stage *stage = &the_stage;
    struct actor *first = spawn(stage, on_ping, NULL, 0);
    struct actor *last = first;
    for (uint64_t i = 1; i < count; i++) {
        last = spawn(stage, on_ping, last, 0);
    }
    first->peer = last;
    push(stage, first, NULL, TAG_PING, hops);
    size_t before = stage->head;
    uint64_t ns = stage_run(stage);
    measure_require(stage->head - before == hops + 1, "the token made another number of hops");
    for (struct actor *actor = last; actor != first;) {
        struct actor *next = actor->peer;
        leave(stage, actor);
        actor = next;
    }
    leave(stage, first);
    return ns;
}

static uint64_t ping_pong(uint64_t size)
{
    return circle(2, 2 * size);
}

static uint64_t ring(uint64_t size)
{
    return circle(1000, size);
}

static void on_collect(struct stage *stage, struct actor *self, const struct message *message)
{
    (void)stage;
    if (message->tag == TAG_PING) {
        self->left--;
    }
}

static void on_flood(struct stage *stage, struct actor *self, const struct message *message)
{
    if (message->tag == TAG_START) {
        for (uint64_t i = self->left; i > 0; i--) {
            push(stage, self->peer, self, TAG_PING, i);
        }
        leave(stage, self);
    }
}

static uint64_t fan_in(uint64_t size)
{
    struct stage *stage = &the_stage;
    struct actor *collector = spawn(stage, on_collect, NULL, 1000 * size);
    for (int i = 0; i < 1000; i++) {
        push(stage, spawn(stage, on_flood, collector, size), NULL, TAG_START, 0);
    }
    uint64_t ns = stage_run(stage);
    measure_require(collector->left == 0, "a message was lost");
    leave(stage, collector);
    return ns;
}

static void on_generation(struct stage *stage, struct actor *self, const struct message *message)
{
    (void)message;
    if (self->left > 0) {
        struct actor *child = spawn(stage, self->receive, NULL, self->left - 1);
        push(stage, child, self, TAG_START, 0);
    }
    leave(stage, self);
}

static uint64_t spawn_exit(uint64_t size)
{
    struct stage *stage = &the_stage;
    push(stage, spawn(stage, on_generation, NULL, size - 1), NULL, TAG_START, 0);
    uint64_t ns = stage_run(stage);
    measure_require(stage->alive == 0, "an actor lives");
    return ns;
}

static void on_exit_pass_on(struct stage *stage, struct actor *self, const struct message *message)
{
    if (self->peer != NULL) {
        push(stage, self->peer, self, TAG_EXIT, message->value);
    }
    leave(stage, self);
}

static uint64_t chain(uint64_t size)
{
    struct stage *stage = &the_stage;
    struct actor *head = NULL;
    for (uint64_t i = 0; i < size; i++) {
        head = spawn(stage, on_exit_pass_on, head, 0);
    }
    push(stage, head, NULL, TAG_EXIT, 1);
    uint64_t ns = stage_run(stage);
    measure_require(stage->alive == 0, "an actor lives");
    return ns;
}

/* Leaves hang from one another through `peer`, so that the hub can reach them all. */
static void on_exit_tell_all(struct stage *stage, struct actor *self, const struct message *message)
{
    for (struct actor *leaf = self->peer; leaf != NULL; leaf = leaf->peer) {
        push(stage, leaf, self, TAG_EXIT, message->value);
    }
    leave(stage, self);
}

static void on_exit_leave(struct stage *stage, struct actor *self, const struct message *message)
{
    if (message->tag == TAG_EXIT || message->tag == TAG_DOWN) {
        leave(stage, self);
    }
}

static uint64_t star(uint64_t size)
{
    struct stage *stage = &the_stage;
    struct actor *hub = spawn(stage, on_exit_tell_all, NULL, 0);
    for (uint64_t i = 1; i < size; i++) {
        hub->peer = spawn(stage, on_exit_leave, hub->peer, 0);
    }
    push(stage, hub, NULL, TAG_EXIT, 1);
    uint64_t ns = stage_run(stage);
    measure_require(stage->alive == 0, "an actor lives");
    return ns;
}

static void on_watch(struct stage *stage, struct actor *self, const struct message *message)
{
    if (message->tag == TAG_DOWN) {
        self->left--;
        return;
    }
    for (struct actor *target = self->peer; target != NULL;) {
        struct actor *next = target->peer;
        target->peer = self;
        push(stage, target, self, TAG_EXIT, 0);
        target = next;
    }
}

static void on_exit_notify(struct stage *stage, struct actor *self, const struct message *message)
{
    push(stage, self->peer, self, TAG_DOWN, message->value);
    leave(stage, self);
}

static uint64_t monitors_fire(uint64_t size)
{
    struct stage *stage = &the_stage;
    struct actor *watcher = spawn(stage, on_watch, NULL, size);
    for (uint64_t i = 0; i < size; i++) {
        watcher->peer = spawn(stage, on_exit_notify, watcher->peer, 0);
    }
    push(stage, watcher, NULL, TAG_START, 0);
    uint64_t ns = stage_run(stage);
    measure_require(watcher->left == 0, "a notice was lost");
    leave(stage, watcher);
    return ns;
}

static uint64_t idle_memory(uint64_t size)
{
    struct stage *stage = &the_stage;
    uint64_t before = measure_resident_bytes();
    struct actor *last = NULL;
    for (uint64_t i = 0; i < size; i++) {
        last = spawn(stage, on_ping, last, 0);
    }
    return measure_resident_bytes() - before;
}

int main(int argc, char **argv)
{
    static const struct measure_entry entries[] = {
        {"ping_pong", ping_pong, 2},
        {"ask", ping_pong, 1},
        {"ring", ring, 1},
        {"fan_in", fan_in, 1000},
        {"spawn_exit", spawn_exit, 1},
        {"chain", chain, 1},
        {"star", star, 1},
        {"monitors_fire", monitors_fire, 1},
        {"monitors_watch", star, 1},
        {"idle_memory", idle_memory, 1},
        {NULL, NULL, 0},
    };
    measure_require(argc == 3, "usage: floor WORKLOAD SIZE");
    return measure_main("floor", "floor", entries, argv[1], argv[2]);
}
