/* SPDX-License-Identifier: MIT */
/* Heartbeats, deadlines, and the tags of links that other nodes make. */
#include "core/remote/tests/peer.h"

#include <string.h>

static struct net net;
static struct peer_side peer;

static enum rh_status dial_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct rh_pid endpoint;
    assert_int_equal(rh_endpoint_spawn(ctx, argument, &endpoint), RH_OK);
    return RH_OK;
}

/* Node 1 dials node 2 with these options. */
static void open_with(struct rh_endpoint_options options)
{
    options.address = "node:2";
    net_open(&net, 2);
    (void)net_actor(&net, 1, "a");
    (void)net_actor(&net, 2, "b");
    net_act(&net, "a", dial_turn, &options);
    net_settle(&net);
    assert_true(net_connection(&net, 1).up);
}

static uint64_t frames_in(uint32_t node)
{
    struct rh_node_stats stats;
    rh_node_stats(net.nodes[node - 1], &stats);
    return stats.frames_in;
}

static void it_says_something_at_least_so_often(void **state)
{
    (void)state;
    open_with((struct rh_endpoint_options){.heartbeat = 100});
    rh_instant heard = 0;
    uint64_t frames = frames_in(2);
    for (rh_instant now = 1; now <= 2000; now++) {
        net.now = now;
        if (now % 130 == 0 && now < 1500) { /* now and then there is something to say anyway */
            net_send(&net, "a", net_pid(&net, "b"), RH_ITEM(NULL, 1));
        }
        net_settle(&net);
        if (frames_in(2) != frames) {
            frames = frames_in(2);
            heard = now;
        }
        assert_in_range(now - heard, 0, 100);
    }
    assert_in_range(frames, 20, 40); /* and no more often than that */
    net_close(&net);
}

/* Covers: TH-S28 */
static void silence_ends_the_connection_at_the_deadline(void **state)
{
    (void)state;
    open_with((struct rh_endpoint_options){.deadline = 50});
    net_link(&net, "a", net_pid(&net, "b"));
    net_settle(&net);
    net.now = 40;
    net_send(&net, "b", net_pid(&net, "a"), RH_ITEM(NULL, 1));
    net_settle(&net);
    net.now = 89;
    net_settle(&net);
    assert_true(net_connection(&net, 1).up);
    net.now = 90;
    net_settle(&net);
    assert_string_equal(net_heard(&net, "a"),
                        "message b 1; exit b noconnection; exit ?1 heartbeat_timeout; ");
    assert_string_equal(net_heard(&net, "b"), "exit a noconnection; ");
    net_close(&net);
}

static void a_peer_that_never_says_hello_meets_the_deadline(void **state)
{
    (void)state;
    net_open(&net, 2);
    (void)net_actor(&net, 1, "a");
    struct rh_endpoint_options options = {.address = "node:2", .deadline = 50};
    net.frozen[1] = true;
    net_act(&net, "a", dial_turn, &options);
    net_settle(&net);
    net.now = 60;
    net_settle(&net);
    assert_string_equal(net_heard(&net, "a"), "exit ?1 heartbeat_timeout; ");
    net_close(&net);
}

/* ---- tags ---- */

static int64_t tag_heard;
static enum rh_status tagged_receive(struct rh_context *ctx, void *state,
                                     const struct rh_delivery *in)
{
    (void)ctx;
    (void)state;
    if (in->kind == RH_DELIVERY_EXIT && !rh_delivery_link_tag(in, &tag_heard)) {
        tag_heard = -1;
    }
    return RH_OK;
}

static const struct rh_behaviour tagged = {.name = "tagged", .receive = tagged_receive};

static enum rh_status spawn_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct rh_ref request;
    struct rh_spawn_options options = {.link = true, .has_link_tag = true, .link_tag = 42};
    assert_int_equal(rh_spawn_at(ctx, 7, argument, &options, &request), RH_OK);
    return RH_OK;
}

static void a_link_that_a_spawn_makes_has_its_tag(void **state)
{
    (void)state;
    net_open(&net, 1);
    peer_hello(&peer, &net, 7, 1);
    struct rh_spawn_options trap = {.trap = true};
    struct rh_pid asker;
    assert_int_equal(rh_node_spawn(net.nodes[0], 0, &tagged, &trap, &asker), RH_OK);
    net_settle(&net);
    for (int i = 0; i < 3; i++) { /* one that works between two that do not */
        assert_int_equal(
            rh_node_turn(net.nodes[0], 0, asker, spawn_turn, (void *)(uintptr_t) "worker"), RH_OK);
    }
    net_settle(&net);
    uint64_t first = UINT64_C(1) << 56;
    SAY(&peer, .verb = WIRE_SPAWN_REPLY, .to = 1, .reference = first,
        .reason = peer_item("not_found"));
    peer_export(&peer, 1, (struct rh_pid){7, 1, 5, 1});
    SAY(&peer, .verb = WIRE_SPAWN_REPLY, .from = 1, .to = 1, .reference = first + 1,
        .reason = peer_item("ok"));
    SAY(&peer, .verb = WIRE_EXIT, .from = 1, .reason = peer_item("boom"));
    assert_int_equal(tag_heard, 42);
    net_cut(&net, 1, 0); /* the third is lost with the connection */
    net_close(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_says_something_at_least_so_often),
        cmocka_unit_test(silence_ends_the_connection_at_the_deadline),
        cmocka_unit_test(a_peer_that_never_says_hello_meets_the_deadline),
        cmocka_unit_test(a_link_that_a_spawn_makes_has_its_tag),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
