/* SPDX-License-Identifier: MIT */
/* Nodes that share a loop, work that does not end, and a driver without memory. */
#include <rehearse/remote.h>
#include <rehearse/uv.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <uv.h>

static uv_loop_t loop;
static bool late;
static uv_timer_t patience;

static void on_late(uv_timer_t *timer)
{
    (void)timer;
    late = true;
}

static void open_loop(void)
{
    late = false;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(uv_timer_init(&loop, &patience), 0);
    assert_int_equal(uv_timer_start(&patience, on_late, 30000, 0), 0);
    uv_unref((uv_handle_t *)&patience);
}

static void close_loop(void)
{
    assert_false(late);
    uv_close((uv_handle_t *)&patience, NULL);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void on_closed(void *self)
{
    *(bool *)self = true;
}

static void close_driver(struct rh_uv *uv, struct rh_node *node)
{
    bool closed = false;
    rh_uv_close(uv, on_closed, &closed);
    while (!closed) {
        (void)uv_run(&loop, UV_RUN_ONCE);
    }
    rh_node_destroy(node);
}

/* ---- two nodes on one loop ---- */

static char address[64];

static enum rh_status host_init(struct rh_context *ctx, void *state, const struct rh_delivery *in)
{
    struct rh_pid listener;
    (void)state;
    (void)in;
    (void)rh_trap(ctx, true);
    enum rh_status status = rh_register(ctx, "host", rh_self(ctx));
    return status == RH_OK ? rh_listener_spawn(ctx, address, NULL, &listener) : status;
}

static enum rh_status host_receive(struct rh_context *ctx, void *state,
                                   const struct rh_delivery *in)
{
    (void)state;
    return in->kind == RH_DELIVERY_MESSAGE ? rh_send(ctx, in->from, rh_message_ref(in->message))
                                           : RH_OK;
}

static int64_t answers;

static enum rh_status guest_init(struct rh_context *ctx, void *state, const struct rh_delivery *in)
{
    (void)state;
    (void)in;
    return rh_send_name_at(ctx, "host", 1, RH_ITEM(NULL, 1));
}

static enum rh_status guest_receive(struct rh_context *ctx, void *state,
                                    const struct rh_delivery *in)
{
    (void)state;
    struct rh_message expected = RH_ITEM(NULL, answers + 1);
    assert_int_equal(in->kind, RH_DELIVERY_MESSAGE);
    assert_true(rh_message_equal(&in->message, &expected));
    answers++;
    return rh_send(ctx, in->from, RH_ITEM(NULL, answers + 1));
}

static const struct rh_behaviour host = {
    .name = "host", .init = host_init, .receive = host_receive};
static const struct rh_behaviour guest = {
    .name = "guest", .init = guest_init, .receive = guest_receive};

static void nodes_may_share_a_loop(void **state)
{
    (void)state;
    static const struct rh_behaviour *const behaviours[2] = {&host, &guest};
    struct rh_node *nodes[2];
    struct rh_uv *drivers[2];
    struct rh_pid pid;
    (void)snprintf(address, sizeof(address), "unix:/tmp/rh-loop-%ld", (long)getpid());
    answers = 0;
    open_loop();
    for (uint32_t i = 0; i < 2; i++) {
        struct rh_node_options options = {.node = i + 1};
        struct rh_endpoint_options other = {.node = 2 - i, .address = address};
        assert_int_equal(rh_node_create(&options, &nodes[i]), RH_OK);
        assert_int_equal(rh_uv_create(&loop, nodes[i], NULL, &drivers[i]), RH_OK);
        if (i == 1) {
            assert_int_equal(rh_node_know(nodes[i], &other), RH_OK);
        }
        assert_int_equal(rh_node_spawn(nodes[i], rh_uv_now(drivers[i]), behaviours[i], NULL, &pid),
                         RH_OK);
        rh_uv_wake(drivers[i]);
        (void)uv_run(&loop, UV_RUN_NOWAIT); /* the host listens before the guest asks */
        (void)uv_run(&loop, UV_RUN_NOWAIT);
    }
    while (answers < 1000 && !late) {
        (void)uv_run(&loop, UV_RUN_ONCE);
    }
    assert_int_equal(answers >= 1000, true);
    close_driver(drivers[1], nodes[1]);
    close_driver(drivers[0], nodes[0]);
    close_loop();
}

/* ---- work that does not end ---- */

static int64_t rounds;
static size_t heard;
static bool stopped;

static enum rh_status busy_receive(struct rh_context *ctx, void *state,
                                   const struct rh_delivery *in)
{
    (void)state;
    if (in->kind == RH_DELIVERY_IO && rh_delivery_io(ctx)->kind == RH_IO_BYTES) {
        heard += rh_delivery_io(ctx)->size;
    }
    if (in->kind == RH_DELIVERY_MESSAGE && !stopped) {
        rounds++;
        return rh_send(ctx, rh_self(ctx), RH_ITEM(NULL, 1));
    }
    return RH_OK;
}

static void a_busy_actor_does_not_starve_its_pipes(void **state)
{
    (void)state;
    static const struct rh_behaviour busy = {.name = "busy", .receive = busy_receive};
    struct rh_node *node;
    struct rh_uv *uv;
    struct rh_pid pid;
    struct rh_ref handle;
    int sockets[2];
    open_loop();
    rounds = 0;
    heard = 0;
    stopped = false;
    struct rh_node_options options = {0};
    assert_int_equal(rh_node_create(&options, &node), RH_OK);
    assert_int_equal(rh_uv_create(&loop, node, NULL, &uv), RH_OK);
    assert_int_equal(rh_node_spawn(node, rh_uv_now(uv), &busy, NULL, &pid), RH_OK);
    assert_int_equal(rh_node_send(node, rh_uv_now(uv), pid, RH_ITEM(NULL, 1)), RH_OK);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
    assert_int_equal(rh_node_adopt(node, rh_uv_now(uv), pid, &handle), RH_OK);
    assert_int_equal(rh_uv_adopt(uv, handle, sockets[0], sockets[0]), RH_OK);
    for (size_t i = 1; i <= 100; i++) {
        int64_t before = rounds;
        assert_int_equal(write(sockets[1], "x", 1), 1);
        while (heard < i && !late) {
            (void)uv_run(&loop, UV_RUN_NOWAIT);
        }
        assert_true(rounds - before <= 2 * 1024); /* two slices at most before it was heard */
    }
    assert_true(rounds > 1000);
    stopped = true;
    (void)close(sockets[1]);
    close_driver(uv, node);
    close_loop();
}

/* ---- no memory ---- */

static size_t allocations_left;

static void *allocate(void *self, size_t bytes)
{
    (void)self;
    if (allocations_left == 0) {
        return NULL;
    }
    allocations_left--;
    return malloc(bytes);
}

static void *resize(void *self, void *block, size_t before, size_t bytes)
{
    (void)self;
    (void)before;
    return realloc(block, bytes);
}

static void release(void *self, void *block, size_t bytes)
{
    (void)self;
    (void)bytes;
    free(block);
}

static size_t closed_count;

static enum rh_status poor_init(struct rh_context *ctx, void *state, const struct rh_delivery *in)
{
    struct rh_ref unused;
    struct rh_command command = {.program = "true"};
    (void)state;
    (void)in;
    enum rh_status status = rh_connect(ctx, "tcp:127.0.0.1:1", &unused);
    status = status == RH_OK ? rh_listen(ctx, "tcp:127.0.0.1:0", &unused) : status;
    return status == RH_OK ? rh_start(ctx, &command, &unused) : status;
}

static enum rh_status poor_receive(struct rh_context *ctx, void *state,
                                   const struct rh_delivery *in)
{
    const struct rh_io *io = rh_delivery_io(ctx);
    (void)state;
    (void)in;
    if (io->kind == RH_IO_CLOSED) {
        closed_count += io->why == RH_CLOSE_NO_MEMORY;
    }
    return RH_OK;
}

static void a_driver_without_memory_closes(void **state)
{
    (void)state;
    static const struct rh_behaviour poor = {
        .name = "poor", .init = poor_init, .receive = poor_receive};
    struct rh_allocator allocator = {
        .self = NULL, .allocate = allocate, .resize = resize, .release = release};
    struct rh_uv_options options = {.allocator = &allocator};
    for (size_t enough = 0; enough <= 5; enough++) {
        struct rh_node_options plain = {0};
        struct rh_node *node;
        struct rh_uv *uv;
        struct rh_pid pid;
        open_loop();
        closed_count = 0;
        allocations_left = enough;
        assert_int_equal(rh_node_create(&plain, &node), RH_OK);
        enum rh_status status = rh_uv_create(&loop, node, &options, &uv);
        assert_int_equal(status, enough == 0 ? RH_NO_MEMORY : RH_OK);
        if (status == RH_OK) {
            assert_int_equal(rh_node_spawn(node, rh_uv_now(uv), &poor, NULL, &pid), RH_OK);
            rh_uv_wake(uv);
            for (int i = 0; i < 10; i++) {
                (void)uv_run(&loop, UV_RUN_NOWAIT);
            }
            /* One for the driver, three for channels, one for the child's lists. */
            static const size_t refused[] = {0, 3, 2, 1, 1, 0};
            assert_int_equal(closed_count, refused[enough]);
            close_driver(uv, node);
        } else {
            rh_node_destroy(node);
        }
        close_loop();
    }
}

static bool has_ended;

/* Tries in vain, and has something left to do when it hears so. */
static enum rh_status stubborn_receive(struct rh_context *ctx, void *state,
                                       const struct rh_delivery *in)
{
    struct rh_ref unused;
    (void)state;
    if (in->kind == RH_DELIVERY_IO) {
        return rh_send(ctx, rh_self(ctx), RH_ITEM(NULL, "end"));
    }
    struct rh_message end = RH_ITEM(NULL, "end");
    has_ended = rh_message_equal(&in->message, &end);
    return has_ended ? RH_DONE : rh_connect(ctx, "tcp:127.0.0.1:1", &unused);
}

/* The one answer that is given while effects are applied: what it leads to is done all the same. */
static void a_driver_without_memory_works_on(void **state)
{
    (void)state;
    static const struct rh_behaviour stubborn = {.name = "stubborn", .receive = stubborn_receive};
    struct rh_allocator allocator = {
        .self = NULL, .allocate = allocate, .resize = resize, .release = release};
    struct rh_uv_options options = {.allocator = &allocator};
    struct rh_node_options plain = {0};
    struct rh_node *node;
    struct rh_uv *uv;
    struct rh_pid pid;
    open_loop();
    has_ended = false;
    allocations_left = 1;
    assert_int_equal(rh_node_create(&plain, &node), RH_OK);
    assert_int_equal(rh_uv_create(&loop, node, &options, &uv), RH_OK);
    assert_int_equal(rh_node_spawn(node, rh_uv_now(uv), &stubborn, NULL, &pid), RH_OK);
    assert_int_equal(rh_node_send(node, rh_uv_now(uv), pid, RH_ITEM(NULL, "begin")), RH_OK);
    rh_uv_wake(uv);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    assert_true(has_ended);
    close_driver(uv, node);
    close_loop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_may_share_a_loop),
        cmocka_unit_test(a_busy_actor_does_not_starve_its_pipes),
        cmocka_unit_test(a_driver_without_memory_closes),
        cmocka_unit_test(a_driver_without_memory_works_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
