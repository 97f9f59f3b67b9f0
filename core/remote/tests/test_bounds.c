/* SPDX-License-Identifier: MIT */
/* What a connection keeps is bounded, and what is over a bound, or does not fit, costs no more than itself. */
#include "core/actor/tests/stage.h"
#include "core/remote/tests/peer.h"

#include <stdio.h>
#include <string.h>

static struct net net;
static struct peer_side peer;

static const struct rh_pid x = {7, 1, 5, 1};

#define MESSAGES 12u

/* Say all of them in one piece, as they would come in one read. */
static void say_all(struct rh_pid to, uint32_t count)
{
    uint8_t bytes[4096];
    size_t size = 0;
    for (uint32_t i = 0; i < count; i++) {
        char text[16];
        (void)snprintf(text, sizeof(text), "m%02u", i);
        struct wire_message message = {
            .verb = WIRE_SEND, .from = 1, .to = wire_by_pid(to), .item = peer_item(text)};
        size += wire_encode(&message, bytes + size, sizeof(bytes) - size);
    }
    net_write(&net, peer.pipe, bytes, size);
}

/* With the n-th allocation refused, is what was heard in order? True: nothing was missing. */
static bool hears_in_order(size_t refused)
{
    struct purse purse = {0};
    struct rh_allocator allocator = purse_allocator(&purse);
    struct rh_limits limits = rh_limits_default();
    limits.pool_objects_per_chunk = 1;
    net_open_in(&net, 1, &limits, &allocator);
    struct rh_pid a = net_actor(&net, 1, "a");
    peer_hello(&peer, &net, 7, 1);
    peer_export(&peer, 1, x);
    purse.refuse_at = purse.allocations + refused;
    say_all(a, MESSAGES);
    purse.refuse_at = 0;
    SAY(&peer, .verb = WIRE_SEND, .from = 1, .to = wire_by_pid(a), .item = peer_item("last"));
    const char *at = net_heard(&net, "a");
    uint32_t heard = 0;
    for (uint32_t i = 0; i < MESSAGES; i++) {
        char text[16];
        (void)snprintf(text, sizeof(text), " m%02u;", i);
        const char *found = strstr(at, text);
        heard += found != NULL;
        at = found == NULL ? at : found;
    }
    struct rh_node_stats stats;
    rh_node_stats(net.nodes[0], &stats);
    assert_int_equal(stats.frames_bad, 0);
    assert_int_equal(stats.connections, 1);
    assert_non_null(strstr(at, " last;"));
    assert_true(heard + 1 >= MESSAGES); /* the one that there was no memory for, and no other */
    net_close(&net);
    assert_int_equal(purse.blocks, 0);
    return heard == MESSAGES;
}

/* Covers: TH-S20 */
static void without_memory_a_message_is_lost_and_no_byte_of_the_next(void **state)
{
    (void)state;
    size_t lossy = 0;
    for (size_t refused = 1; refused <= 2 * MESSAGES; refused++) {
        lossy += !hears_in_order(refused);
    }
    assert_true(lossy > 0);
    assert_true(hears_in_order(10 * MESSAGES));
}

/* A `send` of a byte string, such that its frame is exactly so large. */
static size_t write_send(uint8_t *bytes, size_t frame, struct rh_pid to)
{
    static uint8_t content[2048];
    size_t size = frame - 19;
    const uint8_t head[3] = {0x59, (uint8_t)(size >> 8), (uint8_t)size};
    uint8_t item[sizeof(content) + sizeof(head)];
    memcpy(item, head, sizeof(head));
    memcpy(item + sizeof(head), content, size);
    struct wire_message message = {
        .verb = WIRE_SEND, .from = 1, .to = wire_by_pid(to), .item = {item, size + sizeof(head)}};
    return wire_encode(&message, bytes, frame + FRAME_HEADER_BYTES);
}

/* Covers: TH-I14 */
static void a_connection_keeps_one_frame_at_most(void **state)
{
    (void)state;
    struct rh_limits limits = rh_limits_default();
    limits.frame_bytes_max = 400;
    net_open_with(&net, 1, &limits);
    struct rh_pid a = net_actor(&net, 1, "a");
    peer_hello(&peer, &net, 7, 1);
    peer_export(&peer, 1, x);
    uint8_t bytes[2 * (400 + FRAME_HEADER_BYTES)];
    size_t size = write_send(bytes, 400, a);
    assert_int_equal(size, 400 + FRAME_HEADER_BYTES);
    for (size_t i = 0; i < size; i++) {
        assert_string_equal(net_heard(&net, "a"), "");
        net_write(&net, peer.pipe, bytes + i, 1);
        assert_true(net_connection(&net, 1).kept_bytes <= 400 + FRAME_HEADER_BYTES);
    }
    assert_non_null(strstr(net_heard(&net, "a"), "message ?7 "));
    assert_int_equal(net_connection(&net, 1).kept_bytes, 0);
    net.kinds = UINT64_C(1) << RH_EVENT_FRAME_BAD | UINT64_C(1) << RH_EVENT_CONNECTION_DOWN;
    static const uint8_t larger[FRAME_HEADER_BYTES] = {0x5a, 0, 0, 1, 0x91}; /* 401 */
    net_write(&net, peer.pipe, larger, sizeof(larger));
    assert_non_null(strstr(net.log, "frame_bad"));
    assert_non_null(strstr(net.log, "connection_down"));
    net_close(&net);
}

static enum rh_status name_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    return rh_register(ctx, argument, rh_self(ctx));
}

static enum rh_status send_name_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    return rh_send_name_at(ctx, argument, 2, RH_ITEM(NULL, "by name"));
}

/* The wire tells no generation from 2^31 up. Covers: BM-S34 */
static void a_pid_that_cannot_be_told_costs_the_one_send(void **state)
{
    (void)state;
    net_open_late(&net, 2, UINT32_MAX - 1);
    (void)net_actor(&net, 1, "a");
    struct rh_pid b = net_actor(&net, 2, "b");
    net_act(&net, "b", name_turn, (void *)(uintptr_t) "b");
    net_act(&net, "a", send_name_turn, (void *)(uintptr_t) "b");
    net_settle(&net);
    assert_string_equal(net_heard(&net, "b"), "message a \"by name\" name=b; ");
    net_send(&net, "a", b, RH_ITEM(NULL, "by pid"));
    net_link(&net, "a", b);
    (void)net_monitor(&net, "a", b);
    net_settle(&net);
    assert_string_equal(net_heard(&net, "b"), "");
    assert_string_equal(net_heard(&net, "a"), "exit b noproc; down b noproc; ");
    net_send(&net, "b", net_pid(&net, "a"), RH_ITEM(NULL, "hello")); /* a has a number by now */
    net_send(&net, "a", b, RH_ITEM(NULL, "by number"));
    net_settle(&net);
    assert_string_equal(net_heard(&net, "a"), "message b hello; ");
    net_send(&net, "a", b, RH_ITEM(NULL, "by number"));
    net_settle(&net);
    assert_non_null(strstr(net_heard(&net, "b"), "message a \"by number\"; "));
    assert_true(net_connection(&net, 1).up);
    net_close(&net);
}

static void part_of_a_pid_that_is_too_large_is_one_bad_frame(void **state)
{
    (void)state;
    net_open(&net, 1);
    struct rh_pid a = net_actor(&net, 1, "a");
    peer_hello(&peer, &net, 7, 1);
    static const uint8_t export[] = {0x5a, 0, 0, 0,    21, 0x86, 0x66, 'e', 'x', 'p', 'o', 'r', 't',
                                     1,    7, 1, 0x1b, 0,  0,    0,    1,   0,   0,   0,   0,   1};
    net_write(&net, peer.pipe, export, sizeof(export));
    assert_true(net_connection(&net, 1).up);
    assert_int_equal(net_connection(&net, 1).proxy_count, 0);
    peer_export(&peer, 2, x);
    SAY(&peer, .verb = WIRE_SEND, .from = 2, .to = wire_by_pid(a), .item = peer_item("hi"));
    assert_string_equal(net_heard(&net, "a"), "message ?7 hi; ");
    net_close(&net);
}

#ifdef RH_HOSTILE /* that build looks at everything after each event by itself */
#define WATCHES 2000u
#define PIECE 200u
#else
#define WATCHES 100000u
#define PIECE 10000u
#endif

static void watch(enum wire_verb verb, struct rh_pid to, uint32_t from, bool backwards)
{
    static uint8_t bytes[PIECE * 64];
    size_t size = 0;
    for (uint32_t i = 0; i < PIECE; i++) {
        uint32_t at = backwards ? from + PIECE - 1 - i : from + i;
        struct wire_message message = {
            .verb = verb, .from = 1, .to = wire_by_pid(to), .reference = (UINT64_C(1) << 56) + at};
        size += wire_encode(&message, bytes + size, sizeof(bytes) - size);
    }
    net.idle = true; /* the validator looks at everything after each event */
    net_write(&net, peer.pipe, bytes, size);
    net.idle = false;
    (void)rh_node_run(net.nodes[0], net.now, SIZE_MAX);
}

static size_t watch_count(struct rh_pid pid)
{
    struct rh_actor_view view;
    assert_true(rh_inspect_actor(net.nodes[0], pid, &view));
    return view.watcher_count;
}

/* A walk over all of them for each would take minutes. Covers: BM-S16 */
static void a_hundred_thousand_monitors_come_and_go_one_by_one(void **state)
{
    (void)state;
    struct rh_limits limits = rh_limits_default();
    limits.signals_max = 4 * WATCHES;
    net_open_with(&net, 1, &limits);
    struct rh_pid a = net_actor(&net, 1, "a");
    peer_hello(&peer, &net, 7, 1);
    peer_export(&peer, 1, x);
    for (uint32_t i = 0; i < WATCHES; i += PIECE) {
        watch(WIRE_MONITOR, a, i, false);
    }
    assert_int_equal(watch_count(a), WATCHES);
    for (uint32_t i = WATCHES / 2; i > 0; i -= PIECE) { /* from the middle outwards */
        watch(WIRE_DEMONITOR, a, i - PIECE, true);
        watch(WIRE_DEMONITOR, a, WATCHES - i, false);
    }
    assert_int_equal(watch_count(a), 0);
    assert_true(net_connection(&net, 1).up);
    net_close(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_memory_a_message_is_lost_and_no_byte_of_the_next),
        cmocka_unit_test(a_connection_keeps_one_frame_at_most),
        cmocka_unit_test(a_pid_that_cannot_be_told_costs_the_one_send),
        cmocka_unit_test(part_of_a_pid_that_is_too_large_is_one_bad_frame),
        cmocka_unit_test(a_hundred_thousand_monitors_come_and_go_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
