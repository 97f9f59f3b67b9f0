/* SPDX-License-Identifier: MIT */
/* Rehearse: the workloads of README.md, driven by rh_node_run as a production driver would. Rows:
 *
 *      built       every message is built as ["ping", n] by its sender and matched by its receiver
 *      reference   one ["ping", n] is built, and passed on by reference without being looked at
 *      checked     as built, in a world under the fifo strategy with all checkers and a trace
 *
 * Workloads that send no payload have only the first row. */
#include "bench/measure.h"

#include "harness/check/judge.h"
#include "harness/trace/trace.h"

#include <rehearse/actor.h>
#include <rehearse/node.h>

#include <stdlib.h>
#include <string.h>

#define BUDGET 1000u

static struct rh_node *node;
static bool by_reference;

/* ---- the stage: a node and its driver ---- */

/* The row `checked` has a world around the node. */
static struct {
    struct rh_world *world;
    struct rh_strategy *strategy;
    struct rh_judge *judge;
    struct rh_trace_writer *writer;
    uint64_t trace_bytes;
} checked;

/* A world has its own time, and nothing here waits. */
static rh_instant now(void)
{
    return checked.world != NULL ? 0 : measure_now_ns();
}

static void world_run(uint64_t events)
{
    enum rh_end end = RH_END_QUIESCENT;
    while (events > 0 && rh_world_step(checked.world, &end)) {
        events--;
    }
    measure_require(events == 0 || end == RH_END_QUIESCENT, "the world stopped");
}

static void node_run(void)
{
    if (checked.world != NULL) {
        world_run(UINT64_MAX);
        return;
    }
    while (rh_node_run(node, now(), BUDGET) == BUDGET) {
    }
}

static void node_run_exactly(uint64_t events)
{
    if (checked.world != NULL) {
        world_run(events);
        return;
    }
    while (events > 0) {
        size_t budget = events < BUDGET ? (size_t)events : BUDGET;
        measure_require(rh_node_run(node, now(), budget) == budget, "the token is lost");
        events -= budget;
    }
}

static struct rh_node_stats stats(void)
{
    struct rh_node_stats result;
    rh_node_stats(node, &result);
    return result;
}

static struct rh_pid spawn(const struct rh_behaviour *behaviour, struct rh_message argument)
{
    struct rh_spawn_options options = {.argument = argument};
    struct rh_pid pid = rh_pid_none();
    measure_require(rh_node_spawn(node, now(), behaviour, &options, &pid) == RH_OK, "cannot spawn");
    return pid;
}

static void stop(struct rh_pid actor)
{
    struct rh_message reason = rh_reason(RH_REASON_NORMAL);
    measure_require(rh_node_crash(node, now(), actor, reason) == RH_OK, "cannot stop");
}

static void send(struct rh_pid to, struct rh_message message)
{
    measure_require(rh_node_send(node, now(), to, message) == RH_OK, "cannot send");
}

/* Runs from `message` to `first` until everybody has left. */
static uint64_t time_storm(struct rh_pid first, struct rh_message message)
{
    uint64_t start_ns = measure_now_ns();
    send(first, message);
    node_run();
    uint64_t ns = measure_now_ns() - start_ns;
    measure_require(stats().actors == 0, "an actor lives");
    return ns;
}

/* ---- ping_pong, ring ---- */

struct relay {
    struct rh_pid next;
};

static enum rh_status relay_init(struct rh_context *ctx, void *state,
                                 const struct rh_delivery *start)
{
    struct relay *relay = state;
    (void)ctx;
    return RH_MATCH(&start->message, "next", &relay->next) ? RH_OK : RH_INVALID;
}

static enum rh_status relay_receive(struct rh_context *ctx, void *state,
                                    const struct rh_delivery *in)
{
    struct relay *relay = state;
    int64_t left = 0;
    if (RH_MATCH(&in->message, "ping", &left)) {
        return left == 0 ? RH_OK : RH_SEND(ctx, relay->next, "ping", left - 1);
    }
    return RH_MATCH(&in->message, "next", &relay->next) ? RH_OK : RH_INVALID;
}

static enum rh_status relay_receive_reference(struct rh_context *ctx, void *state,
                                              const struct rh_delivery *in)
{
    struct relay *relay = state;
    if (rh_pid_is_none(relay->next)) {
        return relay_receive(ctx, state, in);
    }
    return rh_send(ctx, relay->next, rh_message_ref(in->message));
}

static const struct rh_behaviour relay_behaviour = {
    .name = "relay",
    .state_bytes = sizeof(struct relay),
    .init = relay_init,
    .receive = relay_receive,
};

static const struct rh_behaviour relay_reference_behaviour = {
    .name = "relay",
    .state_bytes = sizeof(struct relay),
    .init = relay_init,
    .receive = relay_receive_reference,
};

/* `count` actors in a circle; the token makes `hops` hops. */
static uint64_t circle(int count, uint64_t hops)
{
    const struct rh_behaviour *behaviour =
        by_reference ? &relay_reference_behaviour : &relay_behaviour;
    struct rh_pid relays[1000];
    struct rh_pid next = rh_pid_none();
    for (int i = 0; i < count; i++) {
        relays[i] = spawn(behaviour, RH_ARRAY(NULL, "next", next));
        next = relays[i];
    }
    send(relays[0], RH_ARRAY(NULL, "next", next));
    node_run();
    uint64_t start_ns = measure_now_ns();
    send(next, RH_ARRAY(NULL, "ping", hops));
    node_run_exactly(hops + 1);
    uint64_t ns = measure_now_ns() - start_ns;
    for (int i = 0; i < count; i++) {
        stop(relays[i]);
    }
    node_run();
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

/* ---- fan_in ---- */

static uint64_t collected;

static enum rh_status collect_receive(struct rh_context *ctx, void *state,
                                      const struct rh_delivery *in)
{
    int64_t value = 0;
    (void)ctx;
    (void)state;
    if (!by_reference && !RH_MATCH(&in->message, "ping", &value)) {
        return RH_INVALID;
    }
    collected++;
    return RH_OK;
}

static const struct rh_behaviour collect_behaviour = {.name = "collect",
                                                      .receive = collect_receive};

struct flood {
    struct rh_pid collector;
    int64_t count;
};

static enum rh_status flood_init(struct rh_context *ctx, void *state,
                                 const struct rh_delivery *start)
{
    struct flood *flood = state;
    (void)ctx;
    return RH_MATCH(&start->message, &flood->collector, &flood->count) ? RH_OK : RH_INVALID;
}

static enum rh_status flood_receive(struct rh_context *ctx, void *state,
                                    const struct rh_delivery *in)
{
    const struct flood *flood = state;
    enum rh_status status = RH_OK;
    if (by_reference) {
        for (int64_t i = flood->count; i > 0 && status == RH_OK; i--) {
            status = rh_send(ctx, flood->collector, rh_message_ref(in->message));
        }
    } else {
        for (int64_t i = flood->count; i > 0 && status == RH_OK; i--) {
            status = RH_SEND(ctx, flood->collector, "ping", i);
        }
    }
    return status == RH_OK ? RH_DONE : status;
}

static const struct rh_behaviour flood_behaviour = {
    .name = "flood",
    .state_bytes = sizeof(struct flood),
    .init = flood_init,
    .receive = flood_receive,
};

static uint64_t fan_in(uint64_t size)
{
    struct rh_pid senders[1000];
    struct rh_pid collector = spawn(&collect_behaviour, rh_message_none());
    for (int i = 0; i < 1000; i++) {
        senders[i] = spawn(&flood_behaviour, RH_ARRAY(NULL, collector, size));
    }
    node_run();
    collected = 0;
    uint64_t start_ns = measure_now_ns();
    for (int i = 0; i < 1000; i++) {
        send(senders[i], RH_ARRAY(NULL, "ping", size));
    }
    node_run();
    uint64_t ns = measure_now_ns() - start_ns;
    measure_require(collected == 1000 * size, "a message was lost");
    stop(collector);
    return ns;
}

/* ---- spawn_exit ---- */

static enum rh_status generation_init(struct rh_context *ctx, void *state,
                                      const struct rh_delivery *start);

static const struct rh_behaviour generation_behaviour = {
    .name = "generation",
    .init = generation_init,
};

static enum rh_status generation_init(struct rh_context *ctx, void *state,
                                      const struct rh_delivery *start)
{
    int64_t left = 0;
    (void)state;
    if (!RH_MATCH(&start->message, "generation", &left)) {
        return RH_INVALID;
    }
    if (left > 1) {
        struct rh_pid child;
        struct rh_spawn_options options = {
            .argument = RH_ARRAY(rh_allocator_of(ctx), "generation", left - 1),
        };
        enum rh_status status = rh_spawn(ctx, &generation_behaviour, &options, &child, NULL);
        if (status != RH_OK) {
            return status;
        }
    }
    return RH_DONE;
}

static uint64_t spawn_exit(uint64_t size)
{
    uint64_t before = stats().exited;
    uint64_t start_ns = measure_now_ns();
    spawn(&generation_behaviour, RH_ARRAY(NULL, "generation", size));
    node_run();
    uint64_t ns = measure_now_ns() - start_ns;
    measure_require(stats().exited - before == size, "an actor was not born");
    return ns;
}

/* ---- chain, star ---- */

static enum rh_status linked_receive(struct rh_context *ctx, void *state,
                                     const struct rh_delivery *in)
{
    (void)state;
    if (!RH_MATCH(&in->message, "die")) {
        return RH_INVALID;
    }
    return rh_exit(ctx, rh_reason(RH_REASON_ERROR));
}

static enum rh_status chained_init(struct rh_context *ctx, void *state,
                                   const struct rh_delivery *start);

static const struct rh_behaviour chained_behaviour = {
    .name = "chained",
    .init = chained_init,
    .receive = linked_receive,
};

static const struct rh_behaviour leaf_behaviour = {.name = "leaf", .receive = linked_receive};

static enum rh_status chained_init(struct rh_context *ctx, void *state,
                                   const struct rh_delivery *start)
{
    int64_t left = 0;
    (void)state;
    if (!RH_MATCH(&start->message, "chain", &left)) {
        return RH_INVALID;
    }
    if (left <= 1) {
        return RH_OK;
    }
    struct rh_pid child;
    struct rh_spawn_options options = {
        .argument = RH_ARRAY(rh_allocator_of(ctx), "chain", left - 1),
        .link = true,
    };
    return rh_spawn(ctx, &chained_behaviour, &options, &child, NULL);
}

static uint64_t chain(uint64_t size)
{
    struct rh_pid head = spawn(&chained_behaviour, RH_ARRAY(NULL, "chain", size));
    node_run();
    measure_require(stats().actors == size, "the chain is short");
    return time_storm(head, RH_ARRAY(NULL, "die"));
}

static enum rh_status hub_init(struct rh_context *ctx, void *state, const struct rh_delivery *start)
{
    int64_t leaves = 0;
    enum rh_status status = RH_OK;
    (void)state;
    if (!RH_MATCH(&start->message, "star", &leaves)) {
        return RH_INVALID;
    }
    for (int64_t i = 0; i < leaves && status == RH_OK; i++) {
        struct rh_pid leaf;
        struct rh_spawn_options options = {.link = true};
        status = rh_spawn(ctx, &leaf_behaviour, &options, &leaf, NULL);
    }
    return status;
}

static const struct rh_behaviour hub_behaviour = {
    .name = "hub",
    .init = hub_init,
    .receive = linked_receive,
};

static uint64_t star(uint64_t size)
{
    struct rh_pid hub = spawn(&hub_behaviour, RH_ARRAY(NULL, "star", size - 1));
    node_run();
    measure_require(stats().actors == size, "the star is small");
    return time_storm(hub, RH_ARRAY(NULL, "die"));
}

/* ---- monitors_fire, monitors_watch ---- */

static enum rh_status target_receive(struct rh_context *ctx, void *state,
                                     const struct rh_delivery *in)
{
    (void)ctx;
    (void)state;
    return RH_MATCH(&in->message, "stop") ? RH_DONE : RH_INVALID;
}

static const struct rh_behaviour target_behaviour = {.name = "target", .receive = target_receive};

struct watcher {
    int64_t left;
    struct rh_pid *targets;
};

static enum rh_status watcher_init(struct rh_context *ctx, void *state,
                                   const struct rh_delivery *start)
{
    struct watcher *watcher = state;
    enum rh_status status = RH_OK;
    if (!RH_MATCH(&start->message, "watch", &watcher->left)) {
        return RH_INVALID;
    }
    watcher->targets = malloc((size_t)watcher->left * sizeof *watcher->targets);
    measure_require(watcher->targets != NULL, "out of memory");
    for (int64_t i = 0; i < watcher->left && status == RH_OK; i++) {
        struct rh_spawn_options options = {.monitor = true};
        status = rh_spawn(ctx, &target_behaviour, &options, &watcher->targets[i], NULL);
    }
    return status;
}

static enum rh_status watcher_receive(struct rh_context *ctx, void *state,
                                      const struct rh_delivery *in)
{
    struct watcher *watcher = state;
    if (in->kind == RH_DELIVERY_DOWN) {
        return --watcher->left == 0 ? RH_DONE : RH_OK;
    }
    enum rh_status status = RH_OK;
    for (int64_t i = 0; i < watcher->left && status == RH_OK; i++) {
        status = RH_SEND(ctx, watcher->targets[i], "stop");
    }
    return status;
}

static void watcher_deinit(void *state, const void *config)
{
    struct watcher *watcher = state;
    (void)config;
    free(watcher->targets);
}

static const struct rh_behaviour watcher_behaviour = {
    .name = "watcher",
    .state_bytes = sizeof(struct watcher),
    .init = watcher_init,
    .receive = watcher_receive,
    .deinit = watcher_deinit,
};

static uint64_t monitors_fire(uint64_t size)
{
    struct rh_pid watcher = spawn(&watcher_behaviour, RH_ARRAY(NULL, "watch", size));
    node_run();
    measure_require(stats().actors == size + 1, "a target is missing");
    return time_storm(watcher, RH_ARRAY(NULL, "start"));
}

static enum rh_status one_of_many_init(struct rh_context *ctx, void *state,
                                       const struct rh_delivery *start)
{
    struct rh_pid target;
    struct rh_ref monitor;
    (void)state;
    if (!RH_MATCH(&start->message, &target)) {
        return RH_INVALID;
    }
    return rh_monitor(ctx, target, RH_ALIAS_NONE, &monitor);
}

static enum rh_status one_of_many_receive(struct rh_context *ctx, void *state,
                                          const struct rh_delivery *in)
{
    (void)ctx;
    (void)state;
    return in->kind == RH_DELIVERY_DOWN ? RH_DONE : RH_INVALID;
}

static const struct rh_behaviour one_of_many_behaviour = {
    .name = "one_of_many",
    .init = one_of_many_init,
    .receive = one_of_many_receive,
};

static uint64_t monitors_watch(uint64_t size)
{
    struct rh_pid target = spawn(&target_behaviour, rh_message_none());
    for (uint64_t i = 1; i < size; i++) {
        spawn(&one_of_many_behaviour, RH_ARRAY(NULL, target));
    }
    node_run();
    measure_require(stats().actors == size, "a watcher is missing");
    return time_storm(target, RH_ARRAY(NULL, "stop"));
}

/* ---- idle_memory ---- */

static uint64_t idle_memory(uint64_t size)
{
    struct rh_pid nobody = rh_pid_none();
    uint64_t before = measure_resident_bytes();
    for (uint64_t i = 0; i < size; i++) {
        spawn(&relay_behaviour, RH_ARRAY(NULL, "next", nobody));
        if (i % BUDGET == 0) {
            node_run();
        }
    }
    node_run();
    uint64_t bytes = measure_resident_bytes() - before;
    measure_require(stats().actors == size, "an actor has gone");
    return bytes;
}

/* ---- the world around ---- */

static enum rh_status count_bytes(void *self, const uint8_t *bytes, size_t size)
{
    (void)bytes;
    *(uint64_t *)self += size;
    return RH_OK;
}

static void world_open(void)
{
    uint32_t index = 0;
    measure_require(rh_strategy_fifo(rh_allocator_default(), &checked.strategy) == RH_OK,
                    "no strategy");
    measure_require(rh_trace_writer_create(rh_allocator_default(), &checked.writer) == RH_OK,
                    "no writer");
    struct rh_judge_options judge = {0};
    measure_require(rh_judge_create(&judge, &checked.judge) == RH_OK, "no judge");
    struct rh_world_options options = {
        .strategy = checked.strategy, .events_max = UINT64_MAX, .instant_events_max = UINT64_MAX};
    struct rh_trace_header header = {.world = &options};
    struct rh_trace_sink sink = {.write = count_bytes, .self = &checked.trace_bytes};
    measure_require(rh_trace_begin(checked.writer, &header, &sink) == RH_OK, "no trace");
    options.strategy = rh_trace_strategy(checked.writer, checked.strategy);
    rh_strategy_begin(checked.strategy);
    measure_require(rh_world_create(&options, &checked.world) == RH_OK, "no world");
    measure_require(rh_trace_attach(checked.writer, checked.world) == RH_OK, "cannot listen");
    measure_require(rh_judge_begin(checked.judge, checked.world) == RH_OK, "cannot judge");
    measure_require(rh_world_add_node(checked.world, "n1", &index) == RH_OK, "no node");
    node = rh_world_node(checked.world, index);
}

static void world_close(void)
{
    rh_judge_finish(checked.judge, RH_END_STOPPED);
    measure_require(rh_judge_violation(checked.judge) == NULL, "an invariant is violated");
    measure_require(rh_judge_status(checked.judge) == RH_OK, "no verdict");
    struct rh_trace_footer footer = {.end = RH_END_STOPPED, .verdict = RH_VERDICT_PASSED};
    measure_require(rh_trace_end(checked.writer, &footer, NULL) == RH_OK,
                    "the trace is incomplete");
    measure_require(checked.trace_bytes > 0, "the trace is empty");
    rh_world_destroy(checked.world);
    rh_trace_writer_destroy(checked.writer);
    rh_judge_destroy(checked.judge);
    rh_strategy_destroy(checked.strategy);
}

int main(int argc, char **argv)
{
    static const struct measure_entry entries[] = {
        {"ping_pong", ping_pong, 2},
        {"ring", ring, 1},
        {"fan_in", fan_in, 1000},
        {"spawn_exit", spawn_exit, 1},
        {"chain", chain, 1},
        {"star", star, 1},
        {"monitors_fire", monitors_fire, 1},
        {"monitors_watch", monitors_watch, 1},
        {"idle_memory", idle_memory, 1},
        {NULL, NULL, 0},
    };
    measure_require(argc == 4, "usage: rehearse_bench ROW WORKLOAD SIZE");
    by_reference = strcmp(argv[1], "reference") == 0;
    bool with_checks = strcmp(argv[1], "checked") == 0;
    measure_require(by_reference || with_checks || strcmp(argv[1], "built") == 0,
                    "the rows are built, reference, checked");
    if (with_checks) {
        world_open();
    } else {
        struct rh_node_options options = {.node = 1};
        measure_require(rh_node_create(&options, &node) == RH_OK, "no node");
    }
    int code = measure_main("rehearse", argv[1], entries, argv[2], argv[3]);
    if (with_checks) {
        world_close();
    } else {
        rh_node_destroy(node);
    }
    return code;
}
