/* SPDX-License-Identifier: MIT */
/* Many actors that live for one message, on either side: no table keeps any of them. Argument: how many. */
#include "core/actor/tests/stage.h"
#include "core/remote/tests/net.h"

#include <stdlib.h>

static struct net net;
static struct purse purse;
static unsigned long rounds = 2000;
static struct rh_pid target;

static enum rh_status say_and_go(struct rh_context *ctx, void *state, const struct rh_delivery *in)
{
    (void)state;
    (void)in;
    assert_int_equal(RH_SEND(ctx, target, "tag", 1), RH_OK);
    return RH_DONE;
}

static const struct rh_behaviour brief = {.name = "brief", .init = say_and_go};

static void churn(uint32_t from, unsigned long count)
{
    for (unsigned long i = 0; i < count; i++) {
        struct rh_pid pid;
        assert_int_equal(rh_node_spawn(net.nodes[from - 1], net.now, &brief, NULL, &pid), RH_OK);
        if (i % 64 == 63) {
            net_settle(&net);
        }
    }
    net_settle(&net);
}

static void expect_empty(void)
{
    for (uint32_t node = 1; node <= 2; node++) {
        struct rh_connection_view view = net_connection(&net, node);
        assert_int_equal(view.proxy_count, 0);
        assert_int_equal(view.export_count, 0);
        assert_int_equal(view.lane_bytes, 0);
        struct rh_node_stats stats;
        rh_node_stats(net.nodes[node - 1], &stats);
        assert_int_equal(stats.proxies, 0);
        assert_int_equal(stats.exports, 0);
        assert_int_equal(stats.signals_waiting, 0);
    }
}

static void churn_towards(uint32_t node)
{
    struct rh_limits limits = rh_limits_default();
    limits.lane_controls_max = 4096; /* in no build may the lane be what ends it */
    limits.held_signals_max = 4096;
    limits.proxies_max = 4096;
    struct rh_allocator allocator = purse_allocator(&purse);
    net_open_in(&net, 2, &limits, &allocator);
    target = net_actor(&net, node, "target");
    churn(3 - node, 500);
    (void)net_heard(&net, "target");
    expect_empty();
    size_t bytes = purse.bytes;
    size_t blocks = purse.blocks;
    churn(3 - node, rounds);
    expect_empty();
    assert_int_equal(purse.bytes, bytes);
    assert_int_equal(purse.blocks, blocks);
    net_close(&net);
    assert_int_equal(purse.blocks, 0);
}

/* Covers: TH-S4 TH-S2 TH-S3 */
static void short_lived_senders_leave_nothing(void **state)
{
    (void)state;
    churn_towards(2);
}

/* Covers: TH-S15 */
static void short_lived_remote_senders_leave_nothing(void **state)
{
    (void)state;
    churn_towards(1);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_lived_senders_leave_nothing),
        cmocka_unit_test(short_lived_remote_senders_leave_nothing),
    };
    rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : rounds;
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
