/* SPDX-License-Identifier: MIT */
/* Peers that lie, stall, repeat themselves and break off: what they say harms no more than the connection, and mostly not
 * even that. */
#include "core/remote/tests/peer.h"

#include <string.h>

static struct net net;
static struct peer_side peer;

static const struct rh_pid x = {7, 1, 5, 1}; /* actors of the peer, node 7 */
static const struct rh_pid y = {7, 1, 6, 1};

static struct rh_message hello(void)
{
    return RH_ITEM(NULL, "hello");
}

/* Node 1 with a trapping actor a, and a peer that is node 7 and has introduced its actors x (1) and y (2). */
static struct rh_pid open_with(const struct rh_limits *limits)
{
    net_open_with(&net, 1, limits);
    struct rh_pid a = net_actor(&net, 1, "a");
    peer_hello(&peer, &net, 7, 1);
    peer_export(&peer, 1, x);
    peer_export(&peer, 2, y);
    assert_true(net_connection(&net, 1).up);
    return a;
}

static struct rh_pid open_peer(void)
{
    struct rh_limits limits = rh_limits_default();
    return open_with(&limits);
}

static struct rh_node_stats stats(void)
{
    struct rh_node_stats now;
    rh_node_stats(net.nodes[0], &now);
    return now;
}

static size_t connections(void);

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

/* Covers: TH-S7 */
static void unknown_numbers_cost_nothing(void **state)
{
    (void)state;
    (void)open_peer();
    uint64_t forged = stats().frames_forged;
    SAY(&peer, .verb = WIRE_SEND, .from = 1, .to = 999, .item = peer_item("x"));
    SAY(&peer, .verb = WIRE_SEND, .from = 99, .to = 1, .item = peer_item("x"));
    SAY(&peer, .verb = WIRE_LINK, .from = 1, .to = 999);
    SAY(&peer, .verb = WIRE_UNLINK, .from = 1, .to = 999, .reference = 5);
    SAY(&peer, .verb = WIRE_MONITOR, .from = 1, .to = 999, .reference = 6);
    SAY(&peer, .verb = WIRE_ASK_ALIVE, .from = 1, .to = 999, .reference = 7);
    SAY(&peer, .verb = WIRE_SIGNAL, .from = 1, .to = 999, .reason = peer_item("kill"));
    SAY(&peer, .verb = WIRE_EXIT, .from = 50, .reason = peer_item("x"));
    assert_string_equal(peer_heard(&peer), "exit 999 noproc; unlink_ack 999>1; "
                                           "monitor_exit 999>1 noproc; liveness 999>1; ");
    assert_in_range(stats().frames_forged, forged + 3, forged + 8);
    assert_true(net_connection(&net, 1).up);
    assert_int_equal(net_connection(&net, 1).proxy_count, 2);
    net_close(&net);
}

/* Covers: TH-S13 */
static void nothing_brings_the_dead_back(void **state)
{
    (void)state;
    struct rh_pid a = open_peer();
    uint64_t by_pid = wire_by_pid(a);
    SAY(&peer, .verb = WIRE_EXIT, .from = 1, .reason = peer_item("gone"));
    assert_int_equal(net_connection(&net, 1).proxy_count, 1);
    SAY(&peer, .verb = WIRE_SEND, .from = 1, .to = by_pid, .item = peer_item("late"));
    SAY(&peer, .verb = WIRE_LINK, .from = 1, .to = by_pid);
    SAY(&peer, .verb = WIRE_MONITOR, .from = 1, .to = by_pid, .reference = 9);
    SAY(&peer, .verb = WIRE_JOIN, .from = 1, .name = peer_text("g"));
    SAY(&peer, .verb = WIRE_SPAWN, .from = 1, .reference = 9, .name = peer_text("recorder"));
    SAY(&peer, .verb = WIRE_SIGNAL, .from = 1, .to = by_pid, .reason = peer_item("kill"));
    SAY(&peer, .verb = WIRE_EXIT, .from = 1, .reason = peer_item("again"));
    peer_export(&peer, 1, x); /* the number is used up */
    assert_string_equal(peer_heard(&peer), "");
    assert_string_equal(net_heard(&net, "a"), "");
    assert_int_equal(net_connection(&net, 1).proxy_count, 1);
    assert_int_equal(stats().frames_stale, 7);
    peer_export(&peer, 3, x); /* under a new one it is somebody again */
    assert_int_equal(net_connection(&net, 1).proxy_count, 2);
    net_close(&net);
}

/* Covers: TH-S12 */
static void a_second_link_or_exit_changes_nothing(void **state)
{
    (void)state;
    struct rh_pid a = open_peer();
    for (int i = 0; i < 3; i++) {
        SAY(&peer, .verb = WIRE_LINK, .from = 1, .to = wire_by_pid(a));
    }
    struct rh_actor_view view;
    assert_true(rh_inspect_actor(net.nodes[0], a, &view));
    assert_int_equal(view.link_count, 1);
    SAY(&peer, .verb = WIRE_EXIT, .from = 1, .reason = peer_item("boom"));
    SAY(&peer, .verb = WIRE_EXIT, .from = 1, .reason = peer_item("boom"));
    assert_string_equal(net_heard(&net, "a"), "exit ?7 boom; ");
    assert_string_equal(peer_heard(&peer), "export 1; ");
    net_close(&net);
}

static void exports_of_others_and_of_our_own_are_refused(void **state)
{
    (void)state;
    struct rh_pid a = open_peer();
    struct rh_pid older = {7, 9, 8, 1};
    struct rh_pid nobody = {7, 1, 8, 0};
    struct rh_pid fresh = {7, 1, 8, 1};
    peer_export(&peer, 3, a);
    peer_export(&peer, 3, older);
    peer_export(&peer, 3, nobody);
    peer_export(&peer, 2, fresh); /* not above all others */
    peer_export(&peer, 3, x);     /* has one */
    peer_export(&peer, 0, fresh);
    assert_int_equal(stats().frames_forged, 6);
    assert_int_equal(net_connection(&net, 1).proxy_count, 2);
    peer_export(&peer, 3, fresh);
    assert_int_equal(net_connection(&net, 1).proxy_count, 3);
    net_close(&net);
}

/* Covers: BM-S9 BM-S10 */
static void a_monitor_ends_by_its_own_target_only(void **state)
{
    (void)state;
    struct rh_pid a = open_peer();
    (void)a;
    (void)net_monitor(&net, "a", x);
    net_settle(&net);
    assert_string_equal(peer_heard(&peer), "export 1; monitor 1>1; ");
    uint64_t reference = UINT64_C(1) << 56;
    SAY(&peer, .verb = WIRE_MONITOR_EXIT, .from = 2, .to = 1, .reference = reference,
        .reason = peer_item("lie"));
    SAY(&peer, .verb = WIRE_MONITOR_EXIT, .from = wire_by_pid(y), .to = 1, .reference = reference,
        .reason = peer_item("lie"));
    SAY(&peer, .verb = WIRE_MONITOR_EXIT, .from = 1, .to = 1, .reference = reference + 1,
        .reason = peer_item("lie"));
    SAY(&peer, .verb = WIRE_LIVENESS, .to = 1, .reference = reference, .numbers = {1});
    SAY(&peer, .verb = WIRE_UNLINK_ACK, .from = 1, .to = 1, .reference = reference);
    SAY(&peer, .verb = WIRE_SPAWN_REPLY, .from = 1, .to = 1, .reference = reference,
        .reason = peer_item("ok"));
    assert_string_equal(net_heard(&net, "a"), "");
    SAY(&peer, .verb = WIRE_MONITOR_EXIT, .from = wire_by_pid(x), .to = 1, .reference = reference,
        .reason = peer_item("truth"));
    SAY(&peer, .verb = WIRE_MONITOR_EXIT, .from = 1, .to = 1, .reference = reference,
        .reason = peer_item("twice"));
    assert_string_equal(net_heard(&net, "a"), "down ?7 truth; ");
    assert_int_equal(net_connection(&net, 1).monitor_count, 0);
    net_close(&net);
}

static void a_monitor_said_twice_is_said_once(void **state)
{
    (void)state;
    struct rh_pid a = open_peer();
    for (int i = 0; i < 2; i++) {
        SAY(&peer, .verb = WIRE_MONITOR, .from = 1, .to = wire_by_pid(a), .reference = 9);
    }
    SAY(&peer, .verb = WIRE_MONITOR, .from = 2, .to = wire_by_pid(a), .reference = 9);
    struct rh_actor_view view;
    assert_true(rh_inspect_actor(net.nodes[0], a, &view));
    assert_int_equal(view.watcher_count, 2);
    net_exit(&net, "a", "boom");
    net_settle(&net);
    assert_string_equal(peer_heard(&peer), "monitor_exit pid>1 boom; monitor_exit pid>2 boom; ");
    net_close(&net);
}

/* Covers: BM-S4 BM-S41 */
static void the_dead_are_noproc_however_they_are_asked_for(void **state)
{
    (void)state;
    struct rh_pid a = open_peer();
    net_exit(&net, "a", "boom");
    net_settle(&net);
    SAY(&peer, .verb = WIRE_MONITOR, .from = 1, .to = wire_by_pid(a), .reference = 9);
    SAY(&peer, .verb = WIRE_MONITOR, .from = 1, .name = peer_text("nobody"), .reference = 10);
    SAY(&peer, .verb = WIRE_LINK, .from = 1, .to = wire_by_pid(a));
    SAY(&peer, .verb = WIRE_ASK_ALIVE, .from = 1, .to = wire_by_pid(a), .reference = 11);
    SAY(&peer, .verb = WIRE_ALIAS_SEND, .from = 1, .to = wire_by_pid(a), .numbers = {RH_RETURN, 0},
        .item = peer_item("back"));
    assert_string_equal(peer_heard(&peer), "monitor_exit pid>1 noproc; monitor_exit>1 noproc; "
                                           "export 1; exit 1 noproc; liveness pid>1; "
                                           "undeliverable pid>1 noproc; ");
    assert_int_equal(net_connection(&net, 1).export_count, 0);
    net_close(&net);
}

/* Covers: TH-S8 TH-S6 */
static void what_nobody_gets_ends_nobody(void **state)
{
    (void)state;
    struct rh_pid a = open_peer();
    net_exit(&net, "a", "boom");
    net_settle(&net);
    for (int i = 0; i < 3; i++) {
        SAY(&peer, .verb = WIRE_SEND_NAMED, .name = peer_text("nobody"), .item = peer_item("x"));
        SAY(&peer, .verb = WIRE_SEND_NAMED, .from = 1, .name = peer_text("nobody"),
            .item = peer_item("x"));
        SAY(&peer, .verb = WIRE_SEND, .from = 1, .to = wire_by_pid(a), .item = peer_item("x"));
    }
    assert_string_equal(peer_heard(&peer), "");
    assert_int_equal(net_connection(&net, 1).proxy_count, 2);
    net_close(&net);
}

/* Covers: TH-S17 */
static void payloads_that_look_like_control_are_payloads(void **state)
{
    static const char *const words[] = {
        "exit",     "proxy_exit",   "endpoint_exit", "deliver_named", "beat",
        "deadline", "stdin_closed", "set_notify",    "normal",        "transport_error"};
    (void)state;
    struct rh_pid a = open_peer();
    (void)a;
    struct rh_pid endpoint = net_connection(&net, 1).endpoint;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        net_send(&net, "a", endpoint, RH_ARRAY(NULL, words[i], 1));
        net_send(&net, "a", endpoint, RH_ITEM(NULL, words[i]));
        net_send(&net, "a", x, RH_ARRAY(NULL, words[i], 1));
        SAY(&peer, .verb = WIRE_SEND, .from = 1, .to = wire_by_pid(endpoint),
            .item = peer_item(words[i]));
    }
    net_settle(&net);
    assert_true(net_connection(&net, 1).up);
    assert_int_equal(net_connection(&net, 1).proxy_count, 2);
    assert_non_null(strstr(peer_heard(&peer), "export 1; send 1>1; send 1>1; "));
    net_close(&net);
}

/* What ends something does so even if its reason cannot be read: wire.md, bad_item. */
static void an_exit_with_a_bad_reason_is_an_exit(void **state)
{
    (void)state;
    struct rh_pid a = open_peer();
    static const uint8_t half[] = {0xf9, 0x3c, 0x00}; /* a float of two bytes is none of ours */
    struct rh_item bad = {half, sizeof(half)};
    SAY(&peer, .verb = WIRE_LINK, .from = 1, .to = wire_by_pid(a));
    (void)net_monitor(&net, "a", x);
    net_settle(&net);
    SAY(&peer, .verb = WIRE_EXIT, .from = 1, .reason = bad);
    SAY(&peer, .verb = WIRE_MONITOR_EXIT, .from = 1, .to = 1, .reference = UINT64_C(1) << 56,
        .reason = bad);
    assert_string_equal(net_heard(&net, "a"),
                        "exit ?7 [error, invalid]; down ?7 [error, invalid]; ");
    assert_int_equal(net_connection(&net, 1).proxy_count, 1);
    assert_int_equal(stats().frames_bad, 2);
    SAY(&peer, .verb = WIRE_SEND, .from = 2, .to = 1, .item = bad);
    assert_string_equal(net_heard(&net, "a"), "");
    SAY(&peer, .verb = WIRE_TRANSPORT_ERROR, .reason = bad);
    assert_int_equal(connections(), 0);
    net_close(&net);
}

static void a_message_that_cannot_be_given_back_is_dropped(void **state)
{
    (void)state;
    struct rh_limits limits = rh_limits_default();
    limits.frame_bytes_max = 270;
    (void)open_with(&limits);
    char text[256];
    memset(text, 'x', sizeof(text));
    for (size_t size = 200; size < 249; size++) { /* fits one way, and not the other */
        uint8_t item[300] = {0x78, (uint8_t)size};
        memcpy(item + 2, text, size);
        SAY(&peer, .verb = WIRE_ALIAS_SEND, .from = 1, .to = 999, .numbers = {RH_RETURN, 0},
            .item = {item, size + 2});
    }
    assert_true(net_connection(&net, 1).up);
    net_close(&net);
}

/* Messages to give back are data: a flood of them is dropped, and ends nothing. */
static void a_flood_of_returns_is_no_flood_of_control(void **state)
{
    (void)state;
    struct rh_limits limits = rh_limits_default();
    limits.lane_controls_max = 8;
    limits.lane_bytes_max = 1000;
    (void)open_with(&limits);
    uint8_t bytes[20000];
    size_t used = 0;
    for (int i = 0; i < 200; i++) {
        struct wire_message frame = {.verb = WIRE_ALIAS_SEND,
                                     .from = 1,
                                     .to = 999,
                                     .numbers = {RH_RETURN, 0},
                                     .item = peer_item("back")};
        used += wire_encode(&frame, bytes + used, sizeof(bytes) - used);
    }
    net_write(&net, peer.pipe, bytes, used);
    assert_true(net_connection(&net, 1).up);
    net_close(&net);
}

/* A spawn's answer may name whom it likes: also somebody the asker is linked to. */
static enum rh_status spawn_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct rh_spawn_options options = {
        .link = true, .monitor = true, .has_link_tag = true, .link_tag = 42};
    return rh_spawn_at(ctx, 7, "worker", &options, argument);
}

static void a_spawn_reply_may_name_a_partner(void **state)
{
    (void)state;
    struct rh_pid a = open_peer();
    struct rh_ref request;
    net_link(&net, "a", x);
    net_act(&net, "a", spawn_turn, &request);
    net_settle(&net);
    SAY(&peer, .verb = WIRE_SPAWN_REPLY, .from = 1, .to = 1, .reference = (UINT64_C(1) << 56),
        .reason = peer_item("ok"));
    struct rh_actor_view view;
    assert_true(rh_inspect_actor(net.nodes[0], a, &view));
    assert_int_equal(view.link_count, 1);
    SAY(&peer, .verb = WIRE_EXIT, .from = 1, .reason = peer_item("boom"));
    assert_string_equal(net_heard(&net, "a"), "spawn_reply ?7; exit ?7 boom; ");
    net_close(&net);
}

static void references_of_spawns_are_judged(void **state)
{
    (void)state;
    struct rh_pid a = open_peer();
    SAY(&peer, .verb = WIRE_MONITOR, .from = 1, .to = wire_by_pid(a), .reference = 9);
    SAY(&peer, .verb = WIRE_SPAWN, .from = 1, .reference = 9, .name = peer_text("recorder"),
        .numbers = {3}, .item = peer_item("x"));
    SAY(&peer, .verb = WIRE_SPAWN, .from = 1, .reference = 0, .name = peer_text("recorder"),
        .numbers = {3}, .item = peer_item("x"));
    SAY(&peer, .verb = WIRE_SPAWN, .from = 1, .reference = 10, .name = peer_text("recorder"),
        .numbers = {3}, .item = peer_item("x"));
    SAY(&peer, .verb = WIRE_SPAWN, .from = 1, .reference = 10, .name = peer_text("recorder"),
        .numbers = {3}, .item = peer_item("x"));
    assert_string_equal(peer_heard(&peer),
                        "spawn_reply>1 invalid; spawn_reply>1 invalid; export 1; "
                        "spawn_reply 1>1 ok; spawn_reply>1 invalid; ");
    net_exit(&net, "a", "boom");
    net_settle(&net);
    assert_string_equal(peer_heard(&peer), "monitor_exit pid>1 boom; ");
    assert_true(net_connection(&net, 1).up);
    net_close(&net);
}

/* ---- hello ---- */

/* Ours is being opened when the peer's hello comes: it has to wait. Meanwhile it is not somebody else. */
static void who_is_parked_is_nobody_else(void **state)
{
    (void)state;
    net_open(&net, 2);
    struct rh_pid a = net_actor(&net, 1, "a");
    struct rh_pid b = net_actor(&net, 2, "b");
    net.frozen[1] = true; /* node 2 says nothing: ours stays on its way */
    net_send(&net, "a", b, hello());
    net_settle(&net);
    peer_dial(&peer, &net);
    SAY(&peer, .verb = WIRE_HELLO, .numbers = {WIRE_VERSION, 2, 1}, .name = peer_text("peer"));
    assert_int_equal(connections(), 2);
    SAY(&peer, .verb = WIRE_SEND, .to = wire_by_pid(a), .item = peer_item("sneaky"));
    SAY(&peer, .verb = WIRE_SEND, .to = 1, .item = peer_item("sneaky"));
    SAY(&peer, .verb = WIRE_HELLO, .numbers = {WIRE_VERSION, 3, 1}, .name = peer_text("peer"));
    net_cut(&net, 1, 2); /* now it may */
    net.frozen[1] = false;
    net_settle(&net);
    assert_string_equal(net_heard(&net, "a"), "");
    assert_int_equal(net_connection(&net, 1).node, 2);
    assert_false(net_connection(&net, 1).plain);
    net_close(&net);
}

static void strange_hellos_are_refused_by_name(void **state)
{
    static const struct {
        uint64_t version;
        uint64_t node;
        const char *why;
    } cases[] = {
        {99, 7, "transport_error version; "},
        {WIRE_VERSION, 1, "transport_error node_number; "},
        {WIRE_VERSION, 0, "transport_error node_number; "},
    };
    (void)state;
    net_open(&net, 1);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        peer_dial(&peer, &net);
        SAY(&peer, .verb = WIRE_HELLO, .numbers = {cases[i].version, cases[i].node, 1},
            .name = peer_text("peer"));
        assert_string_equal(peer_heard(&peer), cases[i].why);
        assert_int_equal(connections(), 0);
    }
    net_close(&net);
}

/* What the decoder refuses is answered, too: nothing else would end the connection, without a deadline. */
static void a_hello_that_cannot_be_read_is_refused_by_name(void **state)
{
    static char long_name[300];
    static const struct {
        struct wire_message hello;
        const char *why;
    } cases[] = {
        {{.numbers = {WIRE_VERSION, UINT64_C(1) << 32, 1}}, "transport_error node_number; "},
        {{.numbers = {WIRE_VERSION, UINT64_MAX, 1}}, "transport_error node_number; "},
        {{.numbers = {WIRE_VERSION, 7, UINT64_C(1) << 32}}, "transport_error bad_field; "},
        {{.numbers = {2, UINT64_C(1) << 32, 1}}, "transport_error version; "},
        {{.numbers = {WIRE_VERSION, 7, 1}, .name = {(const uint8_t *)long_name, 300}},
         "transport_error bad_field; "},
        {{.numbers = {WIRE_VERSION, 7, 1}, .name = {(const uint8_t *)"\xff", 1}},
         "transport_error bad_field; "},
    };
    static const uint8_t short_hello[] = {0x5a, 0, 0, 0, 8, 0x82, 0x65, 'h', 'e', 'l', 'l', 'o', 1};
    (void)state;
    memset(long_name, 'x', sizeof(long_name));
    net_open(&net, 1);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        peer_dial(&peer, &net);
        peer_say(&peer, &cases[i].hello);
        assert_string_equal(peer_heard(&peer), cases[i].why);
        assert_int_equal(connections(), 0);
    }
    peer_dial(&peer, &net);
    net_write(&net, peer.pipe, short_hello, sizeof(short_hello));
    assert_string_equal(peer_heard(&peer), "transport_error bad_field; ");
    assert_int_equal(connections(), 0);
    peer_hello(&peer, &net, 7, 1); /* a second one is ignored and counted, be it as bad as it may */
    peer_say(&peer, &cases[0].hello);
    assert_string_equal(peer_heard(&peer), "");
    assert_int_equal(connections(), 1);
    net_close(&net);
}

/* Covers: BM-S38 BM-S7 BM-S8 BM-S32 BM-S47 */
static void a_new_incarnation_displaces_the_old(void **state)
{
    (void)state;
    struct rh_pid a = open_peer();
    struct peer_side again;
    (void)net_monitor(&net, "a", x);
    net_link(&net, "a", x);
    net_settle(&net);
    peer_hello(&again, &net, 7, 2);
    assert_string_equal(net_heard(&net, "a"), "exit ?7 noconnection; down ?7 noconnection; ");
    assert_int_equal(net_connection(&net, 1).incarnation, 2);
    assert_int_equal(net_connection(&net, 1).generation, 2);
    struct rh_pid newer = {7, 2, 5, 1};
    peer_export(&again, 1, newer);
    SAY(&again, .verb = WIRE_MONITOR, .from = 1, .to = wire_by_pid(a), .reference = 9);
    net_link(&net, "a", x); /* of the first incarnation */
    (void)net_monitor(&net, "a", newer);
    net_settle(&net);
    assert_string_equal(net_heard(&net, "a"), "exit ?7 noproc; ");
    SAY(&again, .verb = WIRE_MONITOR_EXIT, .from = 1, .to = 1, .reference = UINT64_C(1) << 56,
        .reason = peer_item("old"));
    assert_string_equal(net_heard(&net, "a"), "");
    SAY(&again, .verb = WIRE_MONITOR_EXIT, .from = 1, .to = 1, .reference = (UINT64_C(1) << 56) + 1,
        .reason = peer_item("boom"));
    assert_string_equal(net_heard(&net, "a"), "down ?7 boom; ");
    struct rh_actor_view view;
    assert_true(rh_inspect_actor(net.nodes[0], a, &view));
    assert_int_equal(view.watcher_count, 1);
    struct peer_side older;
    peer_hello(&older, &net, 7, 1);
    assert_int_equal(net_connection(&net, 1).incarnation, 2);
    net_close(&net);
}

/* Whoever does not answer: what begins something is refused beyond the limit, what ends something is not. */
static enum rh_status link_and_send_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct rh_pid to = *(const struct rh_pid *)argument;
    for (int i = 0; i < 6; i++) {
        assert_int_equal(rh_send(ctx, to, RH_ITEM(NULL, i)), RH_OK);
    }
    return RH_OK;
}

static void what_ends_something_is_held_beyond_the_limit(void **state)
{
    (void)state;
    struct rh_limits limits = rh_limits_default();
    limits.held_signals_max = 3;
    net_open_with(&net, 2, &limits);
    (void)net_actor(&net, 1, "a");
    (void)net_actor(&net, 1, "c");
    struct rh_pid b = net_actor(&net, 2, "b");
    net.frozen[1] = true;
    net_link(&net, "a", b);
    net_act(&net, "a", link_and_send_turn, &b);
    net_settle(&net);
    assert_int_equal(net_connection(&net, 1).held_count, 3);
    net_exit(&net, "a", "boom");
    net_act(&net, "c", link_and_send_turn, &b); /* all refused: nothing of c need be told */
    net_exit(&net, "c", "boom");
    net_settle(&net);
    assert_int_equal(net_connection(&net, 1).held_count, 5); /* and EXIT and GONE of a */
    net.frozen[1] = false;
    net_settle(&net);
    assert_string_equal(net_heard(&net, "b"), "message a 0; message a 1; exit a boom; ");
    assert_int_equal(net_connection(&net, 1).export_count, 0);
    assert_int_equal(net_connection(&net, 2).proxy_count, 0);
    net_close(&net);
}

/* Covers: TH-S15 */
static void more_actors_than_proxies_end_the_connection_by_name(void **state)
{
    (void)state;
    struct rh_limits limits = rh_limits_default();
    limits.proxies_max = 4;
    struct rh_pid a = open_with(&limits);
    net_link(&net, "a", x);
    net_settle(&net);
    for (uint32_t i = 3; i <= 5 && connections() > 0; i++) {
        struct rh_pid more = {7, 1, 100 + i, 1};
        peer_export(&peer, i, more);
        SAY(&peer, .verb = WIRE_LINK, .from = i, .to = wire_by_pid(a));
    }
    assert_int_equal(connections(), 0); /* rather than half a link */
    const char *heard = net_heard(&net, "a");
    for (int i = 0; i < 3; i++) {
        heard = strstr(heard, "exit ?7 noconnection; ");
        assert_non_null(heard);
        heard++;
    }
    net_close(&net);
}

/* The connection is lost and made anew while a signal for the peer waits: it is none of the new one's. */
static void reconnect(void)
{
    net_cut(&net, 1, 0);
    peer_hello(&peer, &net, 7, 1);
    peer_export(&peer, 1, x);
}

/* Covers: BM-S7 BM-S8 */
static void a_down_of_the_last_connection_ends_no_monitor_of_this(void **state)
{
    (void)state;
    struct rh_pid a = open_peer();
    struct rh_pid b = net_actor(&net, 1, "b");
    SAY(&peer, .verb = WIRE_MONITOR, .from = 1, .to = wire_by_pid(a), .reference = 9);
    net.idle = true;
    net_exit(&net, "a", "boom");
    reconnect();
    SAY(&peer, .verb = WIRE_MONITOR, .from = 1, .to = wire_by_pid(b), .reference = 9);
    net.idle = false;
    net_settle(&net);
    assert_string_equal(peer_heard(&peer), "");
    net_exit(&net, "b", "crash");
    net_settle(&net);
    assert_string_equal(peer_heard(&peer), "monitor_exit pid>1 crash; ");
    net_close(&net);
}

/* Covers: BM-S32 */
static void an_unlink_of_the_last_connection_ends_no_link_of_this(void **state)
{
    (void)state;
    struct rh_pid a = open_peer();
    SAY(&peer, .verb = WIRE_LINK, .from = 1, .to = wire_by_pid(a));
    net.idle = true;
    net_unlink(&net, "a", x);
    reconnect();
    SAY(&peer, .verb = WIRE_LINK, .from = 1, .to = wire_by_pid(a));
    net.idle = false;
    net_settle(&net);
    assert_string_equal(peer_heard(&peer), "export 1; ");
    SAY(&peer, .verb = WIRE_EXIT, .from = 1, .reason = peer_item("boom"));
    assert_string_equal(net_heard(&net, "a"), "exit ?7 boom; ");
    net_close(&net);
}

/* The loss is heard behind a new link, and ends it: then the peer must not keep its half. */
static void a_link_that_a_loss_ends_is_taken_back(void **state)
{
    (void)state;
    struct rh_pid a = open_peer();
    SAY(&peer, .verb = WIRE_LINK, .from = 1, .to = wire_by_pid(a));
    net.idle = true;
    SAY(&peer, .verb = WIRE_UNLINK, .from = 1, .to = wire_by_pid(a), .reference = 9);
    SAY(&peer, .verb = WIRE_LINK, .from = 1, .to = wire_by_pid(a));
    reconnect();
    net_unlink(&net, "a", x);
    net_link(&net, "a", x);
    net.idle = false;
    net_settle(&net);
    assert_string_equal(net_heard(&net, "a"), "exit ?7 noconnection; ");
    assert_string_equal(peer_heard(&peer), "export 1; link 1>1; unlink 1>1; ");
    struct rh_actor_view view;
    assert_true(rh_inspect_actor(net.nodes[0], a, &view));
    assert_int_equal(view.link_count, 0);
    SAY(&peer, .verb = WIRE_EXIT, .from = 1, .reason = peer_item("boom"));
    assert_string_equal(net_heard(&net, "a"), "");
    net_close(&net);
}

/* References go on where the last connection left off, so that a late answer cannot be taken for another. */
static void references_are_not_used_again(void **state)
{
    (void)state;
    (void)open_peer();
    (void)net_monitor(&net, "a", x);
    net_settle(&net);
    reconnect();
    net_settle(&net);
    (void)net_heard(&net, "a");
    (void)net_monitor(&net, "a", x);
    net_settle(&net);
    SAY(&peer, .verb = WIRE_MONITOR_EXIT, .from = 1, .to = 1, .reference = UINT64_C(1) << 56,
        .reason = peer_item("old"));
    assert_string_equal(net_heard(&net, "a"), "");
    SAY(&peer, .verb = WIRE_MONITOR_EXIT, .from = 1, .to = 1, .reference = (UINT64_C(1) << 56) + 1,
        .reason = peer_item("new"));
    assert_string_equal(net_heard(&net, "a"), "down ?7 new; ");
    net_close(&net);
}

/* ---- plain peers ---- */

static void a_plain_peer_needs_no_hello(void **state)
{
    (void)state;
    net_open(&net, 1);
    struct rh_pid a = net_actor(&net, 1, "a");
    peer_dial(&peer, &net);
    SAY(&peer, .verb = WIRE_SEND, .from = 3, .to = 0, .item = peer_item("nobody"));
    struct rh_connection_view view = net_connection(&net, 1);
    assert_true(view.plain);
    assert_int_equal(view.proxy_count, 1);
    struct rh_pid three = {view.node, view.incarnation, 3, 1};
    struct rh_pid ten = {view.node, view.incarnation, 10, 1};
    net_link(&net, "a", ten); /* not heard of yet, and known by its number */
    (void)net_monitor(&net, "a", three);
    net_send(&net, "a", three, hello());
    net_settle(&net);
    assert_string_equal(peer_heard(&peer), "link 1>10; send 1>3; ");
    SAY(&peer, .verb = WIRE_SEND, .from = 5, .to = 1, .item = peer_item("five"));
    SAY(&peer, .verb = WIRE_SEND, .from = 10, .to = 1, .item = peer_item("ten"));
    SAY(&peer, .verb = WIRE_SEND, .from = 12, .to = 1, .item = peer_item("twelve"));
    SAY(&peer, .verb = WIRE_EXIT, .from = 10, .reason = peer_item("boom"));
    SAY(&peer, .verb = WIRE_EXIT, .from = 3, .reason = peer_item("crash"));
    SAY(&peer, .verb = WIRE_SEND, .from = 3, .to = 1, .item = peer_item("late"));
    assert_string_equal(net_heard(&net, "a"), "message ?2147483648 five; message ?2147483648 ten; "
                                              "message ?2147483648 twelve; exit ?2147483648 boom; "
                                              "down ?2147483648 crash; ");
    net_exit(&net, "a", "done");
    net_settle(&net);
    assert_string_equal(peer_heard(&peer), "exit 1 done; ");
    assert_int_equal(net_connection(&net, 1).export_count, 0);
    (void)a;
    net_close(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_numbers_cost_nothing),
        cmocka_unit_test(nothing_brings_the_dead_back),
        cmocka_unit_test(a_second_link_or_exit_changes_nothing),
        cmocka_unit_test(exports_of_others_and_of_our_own_are_refused),
        cmocka_unit_test(a_monitor_ends_by_its_own_target_only),
        cmocka_unit_test(a_monitor_said_twice_is_said_once),
        cmocka_unit_test(the_dead_are_noproc_however_they_are_asked_for),
        cmocka_unit_test(what_nobody_gets_ends_nobody),
        cmocka_unit_test(payloads_that_look_like_control_are_payloads),
        cmocka_unit_test(an_exit_with_a_bad_reason_is_an_exit),
        cmocka_unit_test(a_message_that_cannot_be_given_back_is_dropped),
        cmocka_unit_test(a_flood_of_returns_is_no_flood_of_control),
        cmocka_unit_test(a_spawn_reply_may_name_a_partner),
        cmocka_unit_test(references_of_spawns_are_judged),
        cmocka_unit_test(who_is_parked_is_nobody_else),
        cmocka_unit_test(strange_hellos_are_refused_by_name),
        cmocka_unit_test(a_hello_that_cannot_be_read_is_refused_by_name),
        cmocka_unit_test(a_new_incarnation_displaces_the_old),
        cmocka_unit_test(a_down_of_the_last_connection_ends_no_monitor_of_this),
        cmocka_unit_test(an_unlink_of_the_last_connection_ends_no_link_of_this),
        cmocka_unit_test(a_link_that_a_loss_ends_is_taken_back),
        cmocka_unit_test(references_are_not_used_again),
        cmocka_unit_test(what_ends_something_is_held_beyond_the_limit),
        cmocka_unit_test(more_actors_than_proxies_end_the_connection_by_name),
        cmocka_unit_test(a_plain_peer_needs_no_hello),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
