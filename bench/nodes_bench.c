/* SPDX-License-Identifier: MIT */
/* Messages between two nodes: a source sends ["ping", n] in batches to a sink on another node, four batches ahead of the
 * sink's acknowledgements. Rows: `memory`, the bytes of one node are fed to the other as they are; `socket`, they go through
 * a unix socket pair. Floor: the same number of bytes, in writes as large, through such a pair and nothing else. */
#define _POSIX_C_SOURCE 200809L
#include "bench/measure.h"

#include <rehearse/remote.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define WINDOW 4u
#define READ_BYTES 65536u

/* ---- two nodes ---- */

struct side {
    struct rh_node *node;
    struct rh_ref handle;
    int fd; /* -1: memory */
};

static struct side sides[2];
static struct rh_pid sink;
static unsigned batch; /* messages in one turn of the source */
static uint64_t goal;
static uint64_t received;
static uint64_t crossed; /* bytes, both ways */
static uint64_t writes;
static uint64_t sent;

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

static void feed(struct side *side, const struct rh_io *io)
{
    measure_require(rh_node_feed(side->node, 1, io, NULL) == RH_OK, "a node refused an input");
}

static void written(struct side *side)
{
    feed(side, &(struct rh_io){.kind = RH_IO_WRITTEN, .handle = side->handle});
}

static void carry(size_t index, const struct rh_effect *effect)
{
    struct side *from = &sides[index];
    struct side *to = &sides[1 - index];
    crossed += effect->size;
    writes++;
    if (from->fd < 0) {
        feed(to, &(struct rh_io){.kind = RH_IO_BYTES,
                                 .handle = to->handle,
                                 .bytes = effect->bytes,
                                 .size = effect->size});
    } else {
        ssize_t put = write(from->fd, effect->bytes, effect->size);
        measure_require(put == (ssize_t)effect->size, "the socket took less than all");
    }
    written(from);
}

static bool apply(size_t index)
{
    bool any = false;
    struct rh_effect effect;
    while (rh_node_take_effect(sides[index].node, &effect)) {
        any = true;
        if (effect.kind == RH_EFFECT_WRITE) {
            carry(index, &effect);
        }
    }
    return any;
}

static bool take(struct side *side)
{
    static uint8_t buffer[READ_BYTES];
    ssize_t got = side->fd < 0 ? -1 : read(side->fd, buffer, sizeof(buffer));
    if (got <= 0) {
        return false;
    }
    feed(side,
         &(struct rh_io){
             .kind = RH_IO_BYTES, .handle = side->handle, .bytes = buffer, .size = (size_t)got});
    return true;
}

static void settle(void)
{
    bool busy = true;
    while (busy) {
        busy = false;
        for (size_t i = 0; i < 2; i++) {
            busy = rh_node_run(sides[i].node, 1, 1000) > 0 || busy;
            busy = apply(i) || busy;
            busy = take(&sides[i]) || busy;
        }
    }
}

static void pair(int fds[2])
{
    int size = 1 << 20;
    measure_require(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0, "no socket pair");
    for (size_t i = 0; i < 2; i++) {
        (void)setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
        measure_require(fcntl(fds[i], F_SETFL, O_NONBLOCK) == 0, "the socket blocks");
    }
}

static void open_nodes(bool socket)
{
    int fds[2] = {-1, -1};
    if (socket) {
        pair(fds);
    }
    for (uint32_t i = 0; i < 2; i++) {
        struct rh_node_options options = {.node = i + 1};
        struct rh_endpoint_options how = {.greets = i == 0};
        struct rh_pid endpoint;
        sides[i] = (struct side){.fd = fds[i]};
        measure_require(rh_node_create(&options, &sides[i].node) == RH_OK, "out of memory");
        measure_require(rh_node_endpoint(sides[i].node, 1, &how, &endpoint, &sides[i].handle) ==
                            RH_OK,
                        "no endpoint");
    }
    measure_require(rh_node_spawn(sides[1].node, 1, &sink_behaviour, NULL, &sink) == RH_OK,
                    "no sink");
    settle();
}

static uint64_t stream(uint64_t size, bool socket)
{
    struct rh_pid source;
    goal = size;
    sent = 0;
    received = 0;
    crossed = 0;
    writes = 0;
    open_nodes(socket);
    uint64_t start_ns = measure_now_ns();
    measure_require(rh_node_spawn(sides[0].node, 1, &source_behaviour, NULL, &source) == RH_OK,
                    "no source");
    settle();
    uint64_t ns = measure_now_ns() - start_ns;
    measure_require(received >= size, "not everything arrived");
    for (size_t i = 0; i < 2; i++) {
        rh_node_destroy(sides[i].node);
        if (sides[i].fd >= 0) {
            (void)close(sides[i].fd);
        }
    }
    return ns;
}

static uint64_t stream_memory(uint64_t size)
{
    return stream(size, false);
}

static uint64_t stream_socket(uint64_t size)
{
    return stream(size, true);
}

/* The bytes of the last `socket` run again, in writes of the same average size. */
static uint64_t stream_floor(uint64_t size)
{
    static uint8_t bytes[READ_BYTES];
    (void)stream(size, true);
    uint64_t left = crossed;
    size_t each = (size_t)(crossed / writes);
    int fds[2];
    pair(fds);
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
