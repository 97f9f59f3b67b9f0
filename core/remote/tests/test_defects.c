/* SPDX-License-Identifier: MIT */
/* Defects that distributed runtimes have had, one test each: two and more nodes, each a peer that means well. */
#include "core/remote/tests/net.h"

#include <string.h>

static struct net net;

static struct rh_message hello(void)
{
    return RH_ITEM(NULL, "hello");
}

static void open_two(void)
{
    net_open(&net, 2);
    (void)net_actor(&net, 1, "a");
    (void)net_actor(&net, 2, "b");
}

static void connect_two(void)
{
    open_two();
    net_send(&net, "a", net_pid(&net, "b"), hello());
    net_send(&net, "b", net_pid(&net, "a"), hello());
    net_settle(&net);
    (void)net_heard(&net, "a");
    (void)net_heard(&net, "b");
}

/* Run node by node instead of side by side: what one says waits until it is done. */
static void run_alone(uint32_t node)
{
    for (uint32_t i = 0; i < net.count; i++) {
        net.frozen[i] = i != node - 1;
    }
    net_settle(&net);
    memset(net.frozen, 0, sizeof(net.frozen));
}

static uint64_t stat_entries(uint32_t node)
{
    struct rh_node_stats stats;
    rh_node_stats(net.nodes[node - 1], &stats);
    return stats.proxies + stats.exports + stats.monitors + stats.signals_waiting;
}

/* Covers: TH-S14 TH-S5 */
static void a_frame_for_who_is_exiting_ends_no_endpoint(void **state)
{
    (void)state;
    connect_two();
    net_exit(&net, "b", "boom");
    for (int i = 0; i < 3; i++) {
        net_send(&net, "a", net_pid(&net, "b"), hello());
    }
    run_alone(1); /* they cross */
    net_settle(&net);
    assert_true(net_connection(&net, 1).up);
    assert_int_equal(net_connection(&net, 1).proxy_count, 0);
    net_close(&net);
}

/* Covers: TH-S16 */
static void who_never_sent_is_heard_of_when_it_exits(void **state)
{
    (void)state;
    open_two();
    net_link(&net, "a", net_pid(&net, "b"));
    net_settle(&net);
    net_exit(&net, "b", "boom");
    net_settle(&net);
    assert_string_equal(net_heard(&net, "a"), "exit b boom; ");
    net_close(&net);
}

/* Covers: TH-S24 */
static void who_dies_with_something_on_its_way_leaves_nothing(void **state)
{
    (void)state;
    open_two();
    net_send(&net, "a", net_pid(&net, "b"), hello());
    net_link(&net, "a", net_pid(&net, "b"));
    (void)net_monitor(&net, "a", net_pid(&net, "b"));
    net_exit(&net, "a", "boom");
    net_settle(&net);
    assert_string_equal(net_heard(&net, "b"), "message a hello; exit a boom; ");
    net_exit(&net, "b", "done");
    net_settle(&net);
    assert_int_equal(stat_entries(1), 0);
    assert_int_equal(stat_entries(2), 0);
    net_close(&net);
}

static enum rh_status dial_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct rh_endpoint_options options = {.address = "node:2"};
    return rh_endpoint_spawn(ctx, &options, argument);
}

/* Covers: TH-S25 */
static void a_spawner_ends_its_endpoint_even_if_it_sends(void **state)
{
    (void)state;
    struct rh_pid endpoint;
    open_two();
    net_act(&net, "a", dial_turn, &endpoint);
    net_settle(&net);
    net_send(&net, "a", net_pid(&net, "b"), hello());
    (void)net_monitor(&net, "b", net_pid(&net, "a"));
    net_settle(&net);
    net_exit(&net, "a", "boom");
    net_settle(&net);
    assert_false(rh_inspect_is_alive(net.nodes[0], endpoint));
    const char *heard = net_heard(&net, "b");
    assert_ptr_equal(strstr(heard, "message a hello; down a "), heard);
    assert_int_equal(stat_entries(1), 0);
    assert_int_equal(stat_entries(2), 0);
    net_close(&net);
}

struct watch {
    struct rh_pid target;
    struct rh_ref ref;
    enum rh_status status;
};

static enum rh_status demonitor_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct watch *watch = argument;
    watch->status = rh_demonitor(ctx, watch->ref, RH_FLUSH);
    return RH_OK;
}

/* Covers: BM-S11 */
static void a_demonitor_that_crosses_the_exit_is_a_barrier(void **state)
{
    (void)state;
    open_two();
    struct watch watch = {.target = net_pid(&net, "b")};
    watch.ref = net_monitor(&net, "a", watch.target);
    net_settle(&net);
    net_exit(&net, "b", "boom");
    net_act(&net, "a", demonitor_turn, &watch);
    assert_int_equal(watch.status, RH_OK);
    net_settle(&net);
    assert_string_equal(net_heard(&net, "a"), "");
    assert_int_equal(net_connection(&net, 1).monitor_count, 0);
    net_close(&net);
}

/* Covers: BM-S2 */
static void a_demonitor_reaches_the_other_side(void **state)
{
    (void)state;
    open_two();
    struct watch watch = {.target = net_pid(&net, "b")};
    watch.ref = net_monitor(&net, "a", watch.target);
    net_settle(&net);
    struct rh_actor_view view;
    assert_true(rh_inspect_actor(net.nodes[1], watch.target, &view));
    assert_int_equal(view.watcher_count, 1);
    net_act(&net, "a", demonitor_turn, &watch);
    net_settle(&net);
    assert_true(rh_inspect_actor(net.nodes[1], watch.target, &view));
    assert_int_equal(view.watcher_count, 0);
    net_act(&net, "a", demonitor_turn, &watch);
    assert_int_equal(watch.status, RH_NOT_FOUND);
    net_close(&net);
}

/* Covers: BM-S1 BM-S27 */
static void what_waits_for_a_connection_that_fails_is_answered_once(void **state)
{
    (void)state;
    open_two();
    net.frozen[1] = true; /* node 2 accepts, and never says hello */
    (void)net_monitor(&net, "a", net_pid(&net, "b"));
    net_link(&net, "a", net_pid(&net, "b"));
    net_settle(&net);
    assert_string_equal(net_heard(&net, "a"), "");
    net_cut(&net, 1, 2);
    net.frozen[1] = false;
    net_settle(&net);
    assert_string_equal(net_heard(&net, "a"), "down b noconnection; exit b noconnection; ");
    struct rh_actor_view view;
    assert_true(rh_inspect_actor(net.nodes[0], net_pid(&net, "a"), &view));
    assert_int_equal(view.link_count + view.monitor_count, 0);
    net_close(&net);
}

/* Covers: BM-S35 */
static void an_exit_and_a_loss_are_one_exit(void **state)
{
    (void)state;
    open_two();
    net_link(&net, "a", net_pid(&net, "b"));
    (void)net_monitor(&net, "a", net_pid(&net, "b"));
    net_settle(&net);
    net_exit(&net, "b", "boom");
    run_alone(2);
    run_alone(1); /* it has read the exit, and handled it or not */
    net_cut(&net, 1, 2);
    net_settle(&net);
    assert_string_equal(net_heard(&net, "a"), "exit b boom; down b boom; ");
    net_close(&net);
}

static enum rh_status join_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    return rh_group_join(ctx, argument, rh_self(ctx));
}

static size_t members;
static enum rh_status members_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct rh_pid found[4];
    members = rh_group_members(ctx, argument, found, 4);
    return RH_OK;
}

/* Covers: BM-S36 */
static void a_lost_connection_purges_no_later_join(void **state)
{
    (void)state;
    connect_two();
    net_act(&net, "b", join_turn, (void *)(uintptr_t) "g");
    net_settle(&net);
    for (int i = 0; i < 3; i++) {
        net_cut(&net, 1, 2);
        net_send(&net, "a", net_pid(&net, "b"), hello());
        net_settle(&net);
        net_act(&net, "a", members_turn, (void *)(uintptr_t) "g");
        assert_int_equal(members, 1);
    }
    net_close(&net);
}

/* Covers: BM-S43 */
static void all_may_dial_all_at_once(void **state)
{
    static const char *const names[] = {"a", "b", "c", "d"};
    (void)state;
    net_open(&net, 4);
    for (uint32_t i = 0; i < 4; i++) {
        (void)net_actor(&net, i + 1, names[i]);
    }
    for (size_t i = 0; i < 4; i++) {
        for (size_t k = 0; k < 4; k++) {
            if (i != k) {
                net_link(&net, names[i], net_pid(&net, names[k]));
            }
        }
    }
    net_settle(&net);
    for (size_t i = 0; i < 4; i++) {
        struct rh_node_stats stats;
        struct rh_actor_view view;
        rh_node_stats(net.nodes[i], &stats);
        assert_int_equal(stats.connections, 3);
        assert_true(rh_inspect_actor(net.nodes[i], net_pid(&net, names[i]), &view));
        assert_int_equal(view.link_count, 3);
        assert_string_equal(net_heard(&net, names[i]), "");
    }
    net_exit(&net, "c", "boom");
    net_settle(&net);
    assert_string_equal(net_heard(&net, "a"), "exit c boom; ");
    assert_string_equal(net_heard(&net, "d"), "exit c boom; ");
    net_close(&net);
}

/* Covers: BM-S44 */
static void every_link_hears_of_an_exit(void **state)
{
    static const char *const names[] = {"p", "q", "r", "s", "t"};
    (void)state;
    open_two();
    for (size_t i = 0; i < 5; i++) {
        (void)net_actor(&net, 1, names[i]);
        net_link(&net, names[i], net_pid(&net, "b"));
    }
    net_settle(&net);
    net_exit(&net, "b", "boom");
    net_settle(&net);
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(net_heard(&net, names[i]), "exit b boom; ");
    }
    net_close(&net);
}

static enum rh_status kill_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    return rh_exit_signal(ctx, *(const struct rh_pid *)argument, rh_reason(RH_REASON_KILL));
}

/* Covers: BM-S46 */
static void who_is_killed_from_afar_was_killed(void **state)
{
    (void)state;
    open_two();
    (void)net_actor(&net, 2, "c");
    struct rh_pid b = net_pid(&net, "b");
    net_link(&net, "c", b);
    net_link(&net, "a", b);
    (void)net_monitor(&net, "a", b);
    net_settle(&net);
    net_act(&net, "a", kill_turn, &b);
    net_settle(&net);
    assert_string_equal(net_heard(&net, "c"), "exit b killed; ");
    assert_string_equal(net_heard(&net, "a"), "exit b killed; down b killed; ");
    net_close(&net);
}

/* Covers: BM-S38 */
static void a_restarted_node_has_other_actors(void **state)
{
    (void)state;
    connect_two();
    struct rh_pid old = net_pid(&net, "b");
    net_link(&net, "a", old);
    net_settle(&net);
    net_kill(&net, 2);
    net_settle(&net);
    assert_string_equal(net_heard(&net, "a"), "exit b noconnection; ");
    net_restart(&net, 2);
    struct rh_pid fresh = net_actor(&net, 2, "c");
    assert_int_not_equal(fresh.incarnation, old.incarnation);
    net_send(&net, "a", old, hello());
    (void)net_monitor(&net, "a", old);
    net_send(&net, "a", fresh, hello());
    net_settle(&net);
    assert_string_equal(net_heard(&net, "c"), "message a hello; ");
    assert_string_equal(net_heard(&net, "a"), "down b noproc; ");
    net_close(&net);
}

static enum rh_status exhausted_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct rh_ref ref;
    const struct rh_pid *target = argument;
    return rh_monitor_name_at(ctx, "nobody", target->node, RH_ALIAS_NONE, &ref);
}

/* Covers: BM-S15 */
static void references_that_are_used_up_are_noconnection(void **state)
{
    (void)state;
    net_open_late(&net, 2, UINT32_MAX - 1); /* two references are left */
    static const char *const names[] = {"a", "b", "c"};
    struct rh_pid two = {.node = 2};
    for (size_t i = 0; i < 3; i++) {
        (void)net_actor(&net, 1, names[i]);
        net_act(&net, names[i], exhausted_turn, &two);
        net_settle(&net);
        assert_string_equal(net_heard(&net, names[i]), i < 2
                                                           ? "down n2 noproc name=nobody; "
                                                           : "down n2 noconnection name=nobody; ");
    }
    assert_int_equal(net_connection(&net, 1).monitor_count, 0);
    net_close(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_for_who_is_exiting_ends_no_endpoint),
        cmocka_unit_test(who_never_sent_is_heard_of_when_it_exits),
        cmocka_unit_test(who_dies_with_something_on_its_way_leaves_nothing),
        cmocka_unit_test(a_spawner_ends_its_endpoint_even_if_it_sends),
        cmocka_unit_test(a_demonitor_that_crosses_the_exit_is_a_barrier),
        cmocka_unit_test(a_demonitor_reaches_the_other_side),
        cmocka_unit_test(what_waits_for_a_connection_that_fails_is_answered_once),
        cmocka_unit_test(an_exit_and_a_loss_are_one_exit),
        cmocka_unit_test(a_lost_connection_purges_no_later_join),
        cmocka_unit_test(all_may_dial_all_at_once),
        cmocka_unit_test(every_link_hears_of_an_exit),
        cmocka_unit_test(who_is_killed_from_afar_was_killed),
        cmocka_unit_test(a_restarted_node_has_other_actors),
        cmocka_unit_test(references_that_are_used_up_are_noconnection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
