/* SPDX-License-Identifier: MIT */
/* Streams that are cut, close, stall or are no frames: what was complete counts, the rest harms nobody. */
#include "core/remote/tests/peer.h"

#include <stdio.h>
#include <string.h>

static struct net net;
static struct peer_side peer;

static const struct rh_pid x = {7, 1, 5, 1};

static struct rh_pid open_with(const struct rh_limits *limits)
{
    net_open_with(&net, 1, limits);
    struct rh_pid a = net_actor(&net, 1, "a");
    peer_hello(&peer, &net, 7, 1);
    peer_export(&peer, 1, x);
    return a;
}

static struct rh_pid open_peer(void)
{
    struct rh_limits limits = rh_limits_default();
    return open_with(&limits);
}

static bool count_one(void *self, const struct rh_connection_view *view)
{
    (void)view;
    ++*(size_t *)self;
    return true;
}

static size_t connections(void)
{
    size_t count = 0;
    rh_inspect_each_connection(net.nodes[0], count_one, &count);
    return count;
}

struct script {
    uint8_t bytes[512];
    size_t size;
};

static void add(struct script *script, const struct wire_message *message)
{
    script->size +=
        wire_encode(message, script->bytes + script->size, sizeof(script->bytes) - script->size);
}

/* A send, a link and an exit of x. */
static struct script three_frames(struct rh_pid a)
{
    struct script script = {.size = 0};
    add(&script, &(struct wire_message){
                     .verb = WIRE_SEND, .from = 1, .to = wire_by_pid(a), .item = peer_item("one")});
    add(&script, &(struct wire_message){.verb = WIRE_LINK, .from = 1, .to = wire_by_pid(a)});
    add(&script, &(struct wire_message){.verb = WIRE_EXIT, .from = 1, .reason = peer_item("two")});
    return script;
}

/* Covers: TH-S1 */
static void frames_may_be_cut_anywhere(void **state)
{
    (void)state;
    struct script script = three_frames((struct rh_pid){1, 1, 2, 1});
    for (size_t first = 0; first <= script.size; first++) {
        for (size_t second = first; second <= script.size; second += 7) {
            struct rh_pid a = open_peer();
            script = three_frames(a);
            size_t cuts[] = {0, first, second, script.size};
            for (size_t i = 0; i < 3; i++) {
                if (cuts[i + 1] > cuts[i]) {
                    net_write(&net, peer.pipe, script.bytes + cuts[i], cuts[i + 1] - cuts[i]);
                }
            }
            assert_string_equal(net_heard(&net, "a"), "message ?7 one; exit ?7 two; ");
            assert_int_equal(net_connection(&net, 1).kept_bytes, 0);
            net_close(&net);
        }
    }
}

/* Covers: TH-S26 TH-S27 */
static void a_stream_may_end_anywhere(void **state)
{
    (void)state;
    struct script script = three_frames((struct rh_pid){1, 1, 2, 1});
    for (size_t size = 1; size <= script.size; size++) {
        struct rh_pid a = open_peer();
        script = three_frames(a);
        net_link(&net, "a", x);
        net_settle(&net);
        net_write(&net, peer.pipe, script.bytes, size);
        net_cut(&net, 1, 0);
        net_settle(&net);
        const char *heard = net_heard(&net, "a");
        const char *exits = strstr(heard, "exit ?7 "); /* once, with the better reason */
        assert_non_null(exits);
        assert_null(strstr(exits + 1, "exit"));
        assert_true((strstr(heard, "two") != NULL) == (size == script.size));
        assert_int_equal(connections(), 0);
        net_close(&net);
    }
}

/* Covers: TH-S19 BM-S23 TH-S18 */
static void what_is_no_frame_ends_the_connection_by_name(void **state)
{
    static const struct {
        uint8_t bytes[12];
        size_t size;
        const char *why;
    } cases[] = {
        {{0x5b, 0, 0, 0, 1, 0}, 6, "bad_frame_header"},
        {{0x1a, 0, 0, 0, 1, 0}, 6, "bad_frame_header"},
        {{0x5a, 0xff, 0xff, 0xff, 0xff}, 5, "frame_too_large"},
        {{0x5a, 0, 0, 0x80, 1}, 5, "frame_too_large"},
        {{0x5a, 0, 0, 0, 1, 7}, 6, "bad_frame"},
        {{0x5a, 0, 0, 0, 0}, 5, "bad_frame"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void)open_peer();
        net.kinds = UINT64_C(1) << RH_EVENT_CONNECTION_DOWN | UINT64_C(1) << RH_EVENT_FRAME_BAD;
        net_link(&net, "a", net_connection(&net, 1).endpoint);
        net_settle(&net);
        net_write(&net, peer.pipe, cases[i].bytes, cases[i].size);
        assert_int_equal(connections(), 0);
        char wanted[64];
        (void)snprintf(wanted, sizeof(wanted), "exit ?1 %s; ", cases[i].why);
        assert_string_equal(net_heard(&net, "a"), wanted);
        net_close(&net);
    }
}

static enum rh_status flood_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    for (int i = 0; i < 40; i++) {
        assert_int_equal(
            rh_send_with(ctx, *(const struct rh_pid *)argument, RH_ITEM(NULL, i), RH_RETURN),
            RH_OK);
    }
    return RH_OK;
}

static enum rh_status kill_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    for (int i = 0; i < 8; i++) {
        assert_int_equal(rh_exit_signal(ctx, *(const struct rh_pid *)argument, RH_ITEM(NULL, "x")),
                         RH_OK);
    }
    return RH_OK;
}

/* Covers: TH-S28 BM-S22 BM-S6 */
static void a_peer_that_never_reads_costs_what_the_lane_holds(void **state)
{
    (void)state;
    struct rh_limits limits = rh_limits_default();
    limits.lane_bytes_max = 200;
    limits.lane_controls_max = 8;
    (void)open_with(&limits);
    net_link(&net, "a", net_connection(&net, 1).endpoint);
    net.stalled = true;
    struct rh_pid to = x;
    net_act(&net, "a", flood_turn, &to);
    net_settle(&net);
    const char *heard = net_heard(&net, "a");
    assert_non_null(strstr(heard, "undeliverable ?7 39; ")); /* data comes back */
    assert_true(net_connection(&net, 1).up);
    assert_in_range(net_connection(&net, 1).lane_bytes, 1, 1000);
    for (int i = 0; i < 2; i++) {
        net_act(&net, "a", kill_turn, &to);
        net_settle(&net);
    }
    assert_int_equal(connections(), 0); /* control that is lost would be a lie */
    assert_string_equal(net_heard(&net, "a"), "exit ?1 control_overflow; ");
    net_close(&net);
}

static size_t count_of(const char *text, const char *word)
{
    size_t count = 0;
    for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word)) {
        count++;
    }
    return count;
}

/* Whether the lane guesses the size of a frame or measures it: what it admits is what fits. */
static void a_lane_is_full_to_the_byte(void **state)
{
    (void)state;
    const struct wire_message frame = {
        .verb = WIRE_ALIAS_SEND, .from = 1, .to = 1, .item = {(const uint8_t *)"", 1}};
    size_t size = wire_size(&frame);
    for (uint32_t room = 0; room < 3 * size + 2; room++) {
        struct rh_limits limits = rh_limits_default();
        limits.lane_bytes_max = room;
        (void)open_with(&limits);
        net.stalled = true;
        struct rh_pid to = x;
        net_act(&net, "a", flood_turn, &to);
        net_settle(&net);
        size_t fit = room / size;
        size_t flying = fit > 0; /* the first one is being written */
        assert_int_equal(40 - count_of(net_heard(&net, "a"), "undeliverable"), fit + flying);
        net_close(&net);
    }
}

/* Covers: TH-S30 */
static void long_reasons_are_cut_visibly(void **state)
{
    (void)state;
    (void)open_peer();
    net_link(&net, "a", x);
    net_settle(&net);
    char text[600];
    memset(text, 'r', sizeof(text));
    uint8_t item[603] = {0x79, 0x02, 0x58};
    memcpy(item + 3, text, sizeof(text));
    SAY(&peer, .verb = WIRE_EXIT, .from = 1, .reason = {item, sizeof(item)});
    const char *heard = net_heard(&net, "a");
    assert_non_null(strstr(heard, "exit ?7 [error, "));
    assert_true(strlen(heard) < 64);
    assert_true(net_connection(&net, 1).up);
    net_close(&net);
}

/* Covers: BM-S3 */
static void a_watcher_that_exits_leaves_no_request(void **state)
{
    (void)state;
    (void)open_peer();
    for (int i = 0; i < 300; i++) {
        (void)net_monitor(&net, "a", x);
    }
    net_settle(&net);
    assert_int_equal(net_connection(&net, 1).monitor_count, 300);
    net_exit(&net, "a", "boom");
    net_settle(&net);
    assert_int_equal(net_connection(&net, 1).monitor_count, 0);
    assert_int_equal(net_connection(&net, 1).export_count, 0);
    SAY(&peer, .verb = WIRE_MONITOR_EXIT, .from = 1, .to = 1, .reference = UINT64_C(1) << 56,
        .reason = peer_item("late"));
    assert_true(net_connection(&net, 1).up);
    net_close(&net);
}

/* Covers: BM-S13 BM-S12 */
static void a_lost_connection_is_told_in_order(void **state)
{
    (void)state;
    struct rh_pid a = open_peer();
    (void)a;
    for (uint32_t i = 2; i <= 6; i++) {
        peer_export(&peer, i, (struct rh_pid){7, 1, 90 - i, 1});
    }
    net.kinds = UINT64_C(1) << RH_EVENT_PROXY_REMOVE | UINT64_C(1) << RH_EVENT_CONNECTION_DOWN;
    for (uint32_t i = 6; i >= 2; i--) {
        net_link(&net, "a", (struct rh_pid){7, 1, 90 - i, 1});
        (void)net_monitor(&net, "a", (struct rh_pid){7, 1, 90 - i, 1});
    }
    net_settle(&net);
    net_cut(&net, 1, 0);
    net_settle(&net);
    const char *heard = net_heard(&net, "a");
    const char *last_exit = NULL;
    size_t exits = 0;
    size_t downs = 0;
    for (const char *at = heard; (at = strstr(at, "exit ?7 noconnection; ")) != NULL; at++) {
        last_exit = at;
        exits++;
    }
    for (const char *at = heard; (at = strstr(at, "down ?7 noconnection; ")) != NULL; at++) {
        assert_true(at > last_exit);
        downs++;
    }
    assert_int_equal(exits, 5);
    assert_int_equal(downs, 5);
    net_close(&net);
}

/* ---- beyond the peer ---- */

static const struct rh_pid far = {9, 1, 3, 1}; /* an actor of node 9, which only node 7 can reach */

/* Covers: P46 */
static void an_actor_beyond_the_peer_is_itself(void **state)
{
    (void)state;
    struct rh_pid a = open_peer();
    peer_export(&peer, 2, far);
    SAY(&peer, .verb = WIRE_SEND, .from = 2, .to = wire_by_pid(a), .item = peer_item("hi"));
    net_link(&net, "a", far);
    net_send(&net, "a", far, RH_ITEM(NULL, 1));
    net_settle(&net);
    assert_string_equal(peer_heard(&peer), "export 1; link 1>2; send 1>2; ");
    SAY(&peer, .verb = WIRE_EXIT, .from = 2, .reason = peer_item("far_crash"));
    assert_string_equal(net_heard(&net, "a"), "message ?9 hi; exit ?9 far_crash; ");
    net_send(&net, "a", far, RH_ITEM(NULL, 1)); /* nobody knows the way any more */
    net_settle(&net);
    assert_string_equal(peer_heard(&peer), "");
    net_close(&net);
}

/* The peer's actor and one of a second peer, node 8, speak through us. */
static void we_relay_between_two_peers(void **state)
{
    (void)state;
    struct rh_pid a = open_peer();
    struct peer_side second;
    struct rh_pid z = {8, 1, 4, 1};
    (void)a;
    peer_hello(&second, &net, 8, 1);
    peer_export(&second, 1, z);
    SAY(&second, .verb = WIRE_MONITOR, .from = 1, .to = wire_by_pid(a), .reference = 9);
    peer_export(&peer, 2, z); /* the other one knows z, too, and has brought it to us */
    SAY(&second, .verb = WIRE_SEND, .from = 1, .to = wire_by_pid(a), .item = peer_item("hi"));
    assert_string_equal(net_heard(&net, "a"), "message ?8 hi; ");
    net_link(&net, "a", z);
    net_settle(&net);
    SAY(&second, .verb = WIRE_EXIT, .from = 1, .reason = peer_item("first"));
    SAY(&peer, .verb = WIRE_EXIT, .from = 2, .reason = peer_item("second"));
    const char *heard = net_heard(&net, "a");
    const char *exits = strstr(heard, "exit ?8 ");
    assert_non_null(exits); /* by whichever way, and once */
    assert_null(strstr(exits + 1, "exit"));
    net_cut(&net, 1, 0);
    net_settle(&net);
    net_close(&net);
}

/* What goes round in circles does not do so for ever. */
static void the_limit_of_hops_is_heeded(void **state)
{
    (void)state;
    struct rh_pid a = open_peer();
    uint32_t max = net.limits.hops_max;
    SAY(&peer, .verb = WIRE_ALIAS_SEND, .from = 1, .to = wire_by_pid(a),
        .numbers = {RH_RETURN, max + 1}, .item = peer_item("round"));
    assert_string_equal(net_heard(&net, "a"), "");
    assert_string_equal(peer_heard(&peer), "undeliverable pid>1 limit; ");
    SAY(&peer, .verb = WIRE_ALIAS_SEND, .from = 1, .to = wire_by_pid(a),
        .numbers = {RH_RETURN, max}, .item = peer_item("round"));
    assert_string_equal(net_heard(&net, "a"), "message ?7 round; ");
    net_close(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_may_be_cut_anywhere),
        cmocka_unit_test(a_stream_may_end_anywhere),
        cmocka_unit_test(what_is_no_frame_ends_the_connection_by_name),
        cmocka_unit_test(a_peer_that_never_reads_costs_what_the_lane_holds),
        cmocka_unit_test(a_lane_is_full_to_the_byte),
        cmocka_unit_test(long_reasons_are_cut_visibly),
        cmocka_unit_test(a_watcher_that_exits_leaves_no_request),
        cmocka_unit_test(a_lost_connection_is_told_in_order),
        cmocka_unit_test(an_actor_beyond_the_peer_is_itself),
        cmocka_unit_test(we_relay_between_two_peers),
        cmocka_unit_test(the_limit_of_hops_is_heeded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
