/* SPDX-License-Identifier: MIT */
/* Messages between two nodes: a source sends ["ping", n] in batches to a sink on another node, four batches ahead of the
 * sink's acknowledgements. Rows: `memory`, the bytes of one node are fed to the other as they are; `socket`, both nodes run
 * on one libuv loop under the real driver, the first has dialled the second at a unix socket's address. Floor: the bytes of
 * `memory`, in writes as large, through a pair of unix sockets and nothing else. */
#define _POSIX_C_SOURCE 200809L
#include "bench/measure.h"

#include <rehearse/remote.h>
#include <rehearse/uv.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <uv.h>

#define WINDOW 4u
#define READ_BYTES 65536u

/* ---- source and sink ---- */

static struct rh_pid sink;
static unsigned batch; /* messages in one turn of the source */
static uint64_t goal;
static uint64_t sent;
static uint64_t received;

static enum rh_status send_batch(struct rh_context *ctx)
{
    for (unsigned i = 0; i < batch; i++) {
        enum rh_status status = RH_SEND(ctx, sink, "ping", sent++);
        if (status != RH_OK) {
            return status;
        }
    }
    return RH_OK;
}

static enum rh_status source_receive(struct rh_context *ctx, void *state,
                                     const struct rh_delivery *in)
{
    (void)state;
    (void)in;
    return sent < goal ? send_batch(ctx) : RH_OK;
}

static enum rh_status source_init(struct rh_context *ctx, void *state,
                                  const struct rh_delivery *start)
{
    enum rh_status status = RH_OK;
    for (unsigned i = 0; i < WINDOW && status == RH_OK; i++) {
        status = source_receive(ctx, state, start);
    }
    return status;
}

static enum rh_status sink_receive(struct rh_context *ctx, void *state,
                                   const struct rh_delivery *in)
{
    (void)state;
    uint64_t number = 0;
    measure_require(RH_MATCH(&in->message, "ping", &number) && number == received,
                    "a message was lost or overtaken");
    received++;
    return received % batch == 0 ? RH_SEND(ctx, in->from, "more") : RH_OK;
}

static const struct rh_behaviour source_behaviour = {
    .name = "source", .init = source_init, .receive = source_receive};
static const struct rh_behaviour sink_behaviour = {.name = "sink", .receive = sink_receive};

static struct rh_node *make_node(uint32_t number)
{
    struct rh_node *node;
    struct rh_node_options options = {.node = number};
    measure_require(rh_node_create(&options, &node) == RH_OK, "out of memory");
    return node;
}

static struct rh_pid spawn(struct rh_node *node, rh_instant now,
                           const struct rh_behaviour *behaviour)
{
    struct rh_pid pid;
    measure_require(rh_node_spawn(node, now, behaviour, NULL, &pid) == RH_OK, "no actor");
    return pid;
}

static void begin(uint64_t size)
{
    goal = size;
    sent = 0;
    received = 0;
}

/* ---- through memory ---- */

struct side {
    struct rh_node *node;
    struct rh_ref handle;
};

static struct side sides[2];
static uint64_t crossed; /* bytes, both ways */
static uint64_t writes;

static void feed(struct side *side, const struct rh_io *io)
{
    measure_require(rh_node_feed(side->node, 1, io, NULL) == RH_OK, "a node refused an input");
}

static void carry(struct side *from, struct side *to, const struct rh_effect *effect)
{
    crossed += effect->size;
    writes++;
    feed(to, &(struct rh_io){.kind = RH_IO_BYTES,
                             .handle = to->handle,
                             .bytes = effect->bytes,
                             .size = effect->size});
    feed(from, &(struct rh_io){.kind = RH_IO_WRITTEN, .handle = from->handle});
}

static bool apply(size_t index)
{
    bool any = false;
    struct rh_effect effect;
    while (rh_node_take_effect(sides[index].node, &effect)) {
        any = true;
        if (effect.kind == RH_EFFECT_WRITE) {
            carry(&sides[index], &sides[1 - index], &effect);
        }
    }
    return any;
}

static void settle(void)
{
    bool busy = true;
    while (busy) {
        busy = false;
        for (size_t i = 0; i < 2; i++) {
            busy = rh_node_run(sides[i].node, 1, 1000) > 0 || busy;
            busy = apply(i) || busy;
        }
    }
}

static uint64_t stream_memory(uint64_t size)
{
    begin(size);
    crossed = 0;
    writes = 0;
    for (uint32_t i = 0; i < 2; i++) {
        struct rh_endpoint_options how = {.greets = i == 0};
        struct rh_pid endpoint;
        sides[i].node = make_node(i + 1);
        measure_require(rh_node_endpoint(sides[i].node, 1, &how, &endpoint, &sides[i].handle) ==
                            RH_OK,
                        "no endpoint");
    }
    sink = spawn(sides[1].node, 1, &sink_behaviour);
    settle();
    uint64_t start_ns = measure_now_ns();
    (void)spawn(sides[0].node, 1, &source_behaviour);
    settle();
    uint64_t ns = measure_now_ns() - start_ns;
    measure_require(received >= size, "not everything arrived");
    for (size_t i = 0; i < 2; i++) {
        rh_node_destroy(sides[i].node);
    }
    return ns;
}

/* ---- through a unix socket, by the driver ---- */

static uv_loop_t loop;
static char address[64];
static bool is_met; /* the first message has come, so the nodes are connected */

static enum rh_status host_init(struct rh_context *ctx, void *state, const struct rh_delivery *in)
{
    struct rh_pid listener;
    (void)state;
    (void)in;
    enum rh_status status = rh_register(ctx, "host", rh_self(ctx));
    return status == RH_OK ? rh_listener_spawn(ctx, address, NULL, &listener) : status;
}

static enum rh_status host_receive(struct rh_context *ctx, void *state,
                                   const struct rh_delivery *in)
{
    (void)ctx;
    (void)state;
    (void)in;
    is_met = true;
    return RH_OK;
}

static enum rh_status guest_init(struct rh_context *ctx, void *state, const struct rh_delivery *in)
{
    (void)state;
    (void)in;
    return rh_send_name_at(ctx, "host", 2, RH_ITEM(NULL, "hello"));
}

static const struct rh_behaviour host_behaviour = {
    .name = "host", .init = host_init, .receive = host_receive};
static const struct rh_behaviour guest_behaviour = {.name = "guest", .init = guest_init};

static void run_loop_while(bool (*waits)(void))
{
    while (waits()) {
        (void)uv_run(&loop, UV_RUN_ONCE);
    }
}

static bool waits_for_host(void)
{
    return access(address + strlen("unix:"), F_OK) != 0;
}

static bool waits_for_guest(void)
{
    return !is_met;
}

static bool waits_for_all(void)
{
    return received < goal;
}

static bool waits_for_end(void)
{
    return uv_loop_alive(&loop) != 0;
}

static uint64_t stream_socket(uint64_t size)
{
    struct rh_node *nodes[2];
    struct rh_uv *drivers[2];
    struct rh_endpoint_options host = {.node = 2, .address = address};
    begin(size);
    is_met = false;
    (void)snprintf(address, sizeof(address), "unix:/tmp/rehearse-bench-%ld", (long)getpid());
    measure_require(uv_loop_init(&loop) == 0, "no loop");
    for (uint32_t i = 0; i < 2; i++) {
        nodes[i] = make_node(i + 1);
        measure_require(rh_uv_create(&loop, nodes[i], NULL, &drivers[i]) == RH_OK, "no driver");
    }
    measure_require(rh_node_know(nodes[0], &host) == RH_OK, "out of memory");
    sink = spawn(nodes[1], rh_uv_now(drivers[1]), &sink_behaviour);
    (void)spawn(nodes[1], rh_uv_now(drivers[1]), &host_behaviour);
    rh_uv_wake(drivers[1]);
    run_loop_while(waits_for_host);
    (void)spawn(nodes[0], rh_uv_now(drivers[0]), &guest_behaviour);
    rh_uv_wake(drivers[0]);
    run_loop_while(waits_for_guest);
    uint64_t start_ns = measure_now_ns();
    (void)spawn(nodes[0], rh_uv_now(drivers[0]), &source_behaviour);
    rh_uv_wake(drivers[0]);
    run_loop_while(waits_for_all);
    uint64_t ns = measure_now_ns() - start_ns;
    for (size_t i = 0; i < 2; i++) {
        rh_uv_close(drivers[i], NULL, NULL);
    }
    run_loop_while(waits_for_end);
    for (size_t i = 0; i < 2; i++) {
        rh_node_destroy(nodes[i]);
    }
    measure_require(uv_loop_close(&loop) == 0, "the loop is not empty");
    return ns;
}

/* ---- the floor ---- */

static uint64_t stream_floor(uint64_t size)
{
    static uint8_t bytes[READ_BYTES];
    (void)stream_memory(size);
    uint64_t left = crossed;
    size_t each = (size_t)(crossed / writes);
    int fds[2];
    measure_require(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0, "no socket pair");
    measure_require(each > 0 && each <= sizeof(bytes), "the writes are too large");
    uint64_t start_ns = measure_now_ns();
    while (left > 0) {
        size_t now = left < each ? (size_t)left : each;
        measure_require(write(fds[0], bytes, now) == (ssize_t)now, "the socket took less");
        size_t got = 0;
        while (got < now) {
            ssize_t part = read(fds[1], bytes, sizeof(bytes));
            measure_require(part > 0, "the socket gave nothing");
            got += (size_t)part;
        }
        left -= now;
    }
    uint64_t ns = measure_now_ns() - start_ns;
    (void)close(fds[0]);
    (void)close(fds[1]);
    return ns;
}

int main(int argc, char **argv)
{
    measure_require(argc == 4, "usage: nodes_bench ROW WORKLOAD SIZE");
    bool floor = strcmp(argv[1], "bytes_only") == 0;
    bool memory = strcmp(argv[1], "memory") == 0;
    measure_require(floor || memory || strcmp(argv[1], "socket") == 0,
                    "the rows are memory, socket, bytes_only");
    measure_workload *run = stream_socket;
    if (floor || memory) {
        run = floor ? stream_floor : stream_memory;
    }
    const struct measure_entry entries[] = {
        {"nodes_stream_1", run, 1},
        {"nodes_stream_10", run, 1},
        {"nodes_stream_100", run, 1},
        {NULL, NULL, 0},
    };
    batch = (unsigned)strtoul(argv[2] + strcspn(argv[2], "0123456789"), NULL, 10);
    measure_require(batch > 0, "the workload's name says how many messages a batch has");
    return measure_main(floor ? "floor" : "rehearse", argv[1], entries, argv[2], argv[3]);
}
