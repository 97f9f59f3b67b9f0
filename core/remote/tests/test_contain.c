/* SPDX-License-Identifier: MIT */
/* Containment: what goes wrong ends no more than it has to, and says nothing that is not so. */
#include "core/actor/tests/stage.h"
#include "core/remote/tests/peer.h"

#include <string.h>

static struct net net;
static struct peer_side peer;

static const struct rh_pid x = {7, 1, 5, 1}; /* an actor of the peer, node 7 */

static struct rh_message hello(void)
{
    return RH_ITEM(NULL, "hello");
}

static size_t count_of(const char *text, const char *word)
{
    size_t count = 0;
    for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word)) {
        count++;
    }
    return count;
}

static enum rh_status give_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct rh_pid endpoint;
    struct rh_endpoint_options options = {.handle = *(const struct rh_ref *)argument};
    assert_int_equal(rh_endpoint_spawn(ctx, &options, &endpoint), RH_NOT_FOUND);
    return RH_OK;
}

static void a_handle_of_somebody_else_ends_nobody(void **state)
{
    (void)state;
    net_open(&net, 1);
    struct rh_spawn_options plain = {0};
    struct rh_pid a = net_actor_with(&net, 1, "a", &plain);
    net_act(&net, "a", give_turn, &net.listeners[0]);
    net_act(&net, "a", give_turn, &(struct rh_ref){a, 5});
    net_settle(&net);
    assert_true(net_alive(&net, "a"));
    struct rh_node_stats stats;
    rh_node_stats(net.nodes[0], &stats);
    assert_int_equal(stats.dead_letters, 0); /* nothing was spawned in vain */
    net_close(&net);
}

/* Without memory for the question there is no answer, rather than a wrong one. */
static void without_memory_nobody_is_called_dead(void **state)
{
    (void)state;
    struct purse purse = {0};
    struct rh_allocator allocator = purse_allocator(&purse);
    struct rh_limits limits = rh_limits_default();
    limits.pool_objects_per_chunk = 1;
    net_open_in(&net, 1, &limits, &allocator);
    struct rh_pid a = net_actor(&net, 1, "a");
    peer_hello(&peer, &net, 7, 1);
    peer_export(&peer, 1, x);
    SAY(&peer, .verb = WIRE_ASK_ALIVE, .from = 1, .to = wire_by_pid(a), .reference = 8);
    assert_non_null(strstr(peer_heard(&peer), "liveness"));
    purse.refuse_at = purse.allocations + 1;
    SAY(&peer, .verb = WIRE_ASK_ALIVE, .from = 1, .to = wire_by_pid(a), .reference = 9);
    assert_string_equal(peer_heard(&peer), "");
    assert_true(net_alive(&net, "a"));
    net_close(&net);
    assert_int_equal(purse.blocks, 0);
}

static enum rh_status timer_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct rh_ref timer;
    assert_int_equal(rh_timer_start(ctx, 5, *(const struct rh_pid *)argument, hello(), &timer),
                     RH_OK);
    return RH_OK;
}

static void a_timer_of_somebody_else_ends_no_connection(void **state)
{
    (void)state;
    net_open(&net, 2);
    (void)net_actor(&net, 1, "a");
    (void)net_actor(&net, 2, "b");
    net_send(&net, "a", net_pid(&net, "b"), hello());
    net_settle(&net);
    struct rh_pid endpoint = net_connection(&net, 1).endpoint;
    net_act(&net, "a", timer_turn, &endpoint);
    net.now += 10;
    net_settle(&net);
    assert_true(net_connection(&net, 1).up);
    net_close(&net);
}

static enum rh_status watch_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct rh_ref *monitor = argument;
    assert_int_equal(rh_monitor_node(ctx, 2, monitor), RH_OK);
    return RH_OK;
}

static enum rh_status demonitor_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    const struct rh_ref *monitor = argument;
    assert_int_equal(rh_demonitor(ctx, *monitor, 0), RH_NOT_FOUND);
    return RH_OK;
}

static void a_reference_of_nothing_ends_no_watch_of_a_node(void **state)
{
    (void)state;
    net_open(&net, 2);
    struct rh_pid a = net_actor(&net, 1, "a");
    struct rh_ref monitor;
    net_act(&net, "a", watch_turn, &monitor);
    net_settle(&net);
    net_act(&net, "a", demonitor_turn, &(struct rh_ref){a, 0});
    net_cut(&net, 1, 2);
    net_settle(&net);
    assert_string_equal(net_heard(&net, "a"), "node_down n2 transport_closed; ");
    net_close(&net);
}

static enum rh_status join_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        assert_int_equal(rh_group_join(ctx, argument, rh_self(ctx)), RH_OK);
    }
    return RH_OK;
}

static size_t member_count;
static enum rh_status members_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct rh_pid members[1];
    member_count = rh_group_members(ctx, argument, members, 1);
    return RH_OK;
}

/* More members and more held signals than control frames may wait: a connection that goes up says them all the same. */
static void what_was_there_before_a_connection_does_not_prevent_it(void **state)
{
    (void)state;
    struct rh_limits limits = rh_limits_default();
    limits.lane_controls_max = 64;
    net_open_with(&net, 2, &limits);
    (void)net_actor(&net, 1, "a");
    (void)net_actor(&net, 2, "b");
    net_act(&net, "b", join_turn, (void *)(uintptr_t) "g");
    for (uint32_t i = 0; i < 100; i++) {
        (void)net_monitor(&net, "a", (struct rh_pid){2, 1, 1000 + i, 1});
    }
    net_settle(&net);
    assert_true(net_connection(&net, 1).up);
    assert_int_equal(count_of(net_heard(&net, "a"), "noproc; "), 100);
    net_act(&net, "a", members_turn, (void *)(uintptr_t) "g");
    assert_int_equal(member_count, 100);
    net_close(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_handle_of_somebody_else_ends_nobody),
        cmocka_unit_test(without_memory_nobody_is_called_dead),
        cmocka_unit_test(a_timer_of_somebody_else_ends_no_connection),
        cmocka_unit_test(a_reference_of_nothing_ends_no_watch_of_a_node),
        cmocka_unit_test(what_was_there_before_a_connection_does_not_prevent_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
