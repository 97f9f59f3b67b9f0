/* SPDX-License-Identifier: MIT */
/* Two and more nodes: the same meaning as on one. */
#include "core/remote/tests/net.h"

#include <string.h>

static struct net net;

static struct rh_message hello(void)
{
    return RH_ITEM(NULL, "hello");
}

static void messages_cross_and_carry_who_sent_them(void **state)
{
    (void)state;
    net_open(&net, 2);
    struct rh_pid a = net_actor(&net, 1, "a");
    struct rh_pid b = net_actor(&net, 2, "b");
    net_send(&net, "a", b, hello());
    net_settle(&net);
    assert_string_equal(net_heard(&net, "b"), "message a hello; ");
    net_send(&net, "b", a, RH_ARRAY(NULL, 1, b));
    net_settle(&net);
    assert_string_equal(net_heard(&net, "a"), "message b [1, <b>]; ");
    net_close(&net);
}

static void every_chunk_size_carries_the_same(void **state)
{
    (void)state;
    for (size_t chunk = 1; chunk < 40; chunk++) {
        net_open(&net, 2);
        net.chunk = chunk;
        (void)net_actor(&net, 1, "a");
        struct rh_pid b = net_actor(&net, 2, "b");
        for (int i = 0; i < 3; i++) {
            net_send(&net, "a", b, RH_ARRAY(NULL, i));
        }
        net_settle(&net);
        assert_string_equal(net_heard(&net, "b"), "message a [0]; message a [1]; message a [2]; ");
        net_close(&net);
    }
}

static void links_and_monitors_hear_one_exit_behind_all_messages(void **state)
{
    (void)state;
    net_open(&net, 2);
    struct rh_pid a = net_actor(&net, 1, "a");
    struct rh_pid b = net_actor(&net, 2, "b");
    net_link(&net, "a", b);
    (void)net_monitor(&net, "a", b);
    net_settle(&net);
    net_send(&net, "b", a, hello());
    net_exit(&net, "b", "boom");
    net_settle(&net);
    assert_string_equal(net_heard(&net, "a"), "message b hello; exit b boom; down b boom; ");
    assert_int_equal(net_connection(&net, 1).proxy_count, 0);
    assert_int_equal(net_connection(&net, 1).monitor_count, 0);
    assert_int_equal(net_connection(&net, 2).export_count, 0);
    net_exit(&net, "a", "done");
    net_settle(&net);
    assert_int_equal(net_connection(&net, 2).proxy_count, 0);
    assert_int_equal(net_connection(&net, 1).export_count, 0);
    net_close(&net);
}

/* Covers: TH-S13 */
static void a_watcher_that_exits_leaves_nothing(void **state)
{
    (void)state;
    net_open(&net, 2);
    (void)net_actor(&net, 1, "a");
    struct rh_pid b = net_actor(&net, 2, "b");
    (void)net_monitor(&net, "a", b);
    net_settle(&net);
    net_exit(&net, "a", "done"); /* its DEMONITOR goes behind the word of its exit */
    net_settle(&net);
    assert_int_equal(net_connection(&net, 1).export_count, 0);
    assert_int_equal(net_connection(&net, 1).monitor_count, 0);
    assert_int_equal(net_connection(&net, 2).proxy_count, 0);
    net_exit(&net, "b", "done");
    net_settle(&net);
    net_close(&net);
}

static void a_remote_link_kills_who_does_not_trap(void **state)
{
    (void)state;
    net_open(&net, 2);
    struct rh_spawn_options plain = {0};
    (void)net_actor_with(&net, 1, "a", &plain);
    struct rh_pid b = net_actor(&net, 2, "b");
    (void)net_actor(&net, 1, "w");
    (void)net_monitor(&net, "w", net_pid(&net, "a"));
    net_link(&net, "a", b);
    net_settle(&net);
    net_exit(&net, "b", "boom");
    net_settle(&net);
    assert_false(net_alive(&net, "a"));
    assert_string_equal(net_heard(&net, "w"), "down a boom; ");
    net_close(&net);
}

static void the_dead_and_strangers_answer_noproc(void **state)
{
    (void)state;
    net_open(&net, 2);
    (void)net_actor(&net, 1, "a");
    struct rh_pid b = net_actor(&net, 2, "b");
    net_exit(&net, "b", "boom");
    net_settle(&net);
    net_link(&net, "a", b);
    (void)net_monitor(&net, "a", b);
    net_settle(&net);
    assert_string_equal(net_heard(&net, "a"), "exit b noproc; down b noproc; ");
    assert_int_equal(net_connection(&net, 1).proxy_count, 0);
    struct rh_pid older = b;
    older.incarnation = 99;
    net_link(&net, "a", older);
    struct rh_pid nowhere = b;
    nowhere.node = 77;
    (void)net_monitor(&net, "a", nowhere);
    net_settle(&net);
    assert_string_equal(net_heard(&net, "a"), "exit ?2 noproc; down ?77 noconnection; ");
    net_close(&net);
}

static void unlink_is_a_barrier_and_leaves_nothing(void **state)
{
    (void)state;
    net_open(&net, 2);
    (void)net_actor(&net, 1, "a");
    struct rh_pid b = net_actor(&net, 2, "b");
    net_link(&net, "a", b);
    net_settle(&net);
    net_unlink(&net, "a", b);
    net_exit(&net, "b", "boom"); /* they cross */
    net_settle(&net);
    assert_string_equal(net_heard(&net, "a"), "");
    assert_int_equal(net_connection(&net, 1).unlink_count, 0);
    net_close(&net);
}

static void crossing_link_and_unlink_leave_both_sides_agreeing(void **state)
{
    (void)state;
    net_open(&net, 2);
    struct rh_pid a = net_actor(&net, 1, "a");
    struct rh_pid b = net_actor(&net, 2, "b");
    net_send(&net, "a", b, hello());
    net_send(&net, "b", a, hello());
    net_settle(&net);
    (void)net_heard(&net, "a");
    (void)net_heard(&net, "b");
    net_link(&net, "a", b);
    net_unlink(&net, "a", b);
    net_link(&net, "b", a);
    net_settle(&net);
    net_exit(&net, "b", "boom");
    net_settle(&net);
    bool a_heard = net_heard(&net, "a")[0] != '\0';
    struct rh_actor_view view;
    assert_true(rh_inspect_actor(net.nodes[0], a, &view));
    assert_int_equal(view.link_count, 0);
    assert_false(a_heard); /* the unlink took the link that it crossed along, on both sides */
    net_close(&net);
}

static size_t waiting_for(const char *name)
{
    struct rh_actor_view view;
    struct rh_pid pid = net_pid(&net, name);
    assert_true(rh_inspect_actor(net.nodes[pid.node - 1], pid, &view));
    return view.inbox_length;
}

/* b's link and its loss wait for a, which links itself: the EXIT ends both links, or the nodes would disagree from then on. */
static void a_link_that_a_loss_overtakes_is_taken_back(void **state)
{
    (void)state;
    net_open(&net, 2);
    struct rh_pid a = net_actor(&net, 1, "a");
    struct rh_pid b = net_actor(&net, 2, "b");
    net_send(&net, "b", a, hello());
    net_settle(&net);
    (void)net_heard(&net, "a");
    net_link(&net, "b", a);
    while (waiting_for("a") == 0) {
        assert_true(net_round(&net));
    }
    net_cut(&net, 1, 2);
    net_link(&net, "a", b);
    net_settle(&net);
    assert_string_equal(net_heard(&net, "a"), "exit b noconnection; ");
    (void)net_heard(&net, "b");
    net_exit(&net, "a", "boom");
    net_settle(&net);
    assert_string_equal(net_heard(&net, "b"), "");
    net_close(&net);
}

/* a's DOWN waits on its node until the next connection is up: it says nothing about b's next monitor.
 * Covers: BM-S7 */
static void a_down_of_before_the_loss_ends_no_later_monitor(void **state)
{
    (void)state;
    net_open(&net, 2);
    struct rh_pid a = net_actor(&net, 1, "a");
    (void)net_actor(&net, 2, "b");
    struct rh_pid c = net_actor(&net, 1, "c");
    (void)net_monitor(&net, "b", a);
    net_settle(&net);
    for (int i = 0; i < 60; i++) { /* one event a round: all of this comes first */
        net_send(&net, "c", c, hello());
    }
    net_exit(&net, "a", "boom");
    net_cut(&net, 1, 2);
    (void)net_monitor(&net, "b", c);
    net_settle(&net);
    net_exit(&net, "c", "bang");
    net_settle(&net);
    assert_string_equal(net_heard(&net, "b"), "down a noconnection; down c bang; ");
    net_close(&net);
}

/* A link that meets the dead hears of it behind all that the dead has sent, as on one node. Covers: TH-S14 */
static void nobody_speaks_after_noproc(void **state)
{
    (void)state;
    net_open(&net, 2);
    struct rh_pid a = net_actor(&net, 1, "a");
    struct rh_pid b = net_actor(&net, 2, "b");
    net_send(&net, "b", a, hello());
    net_settle(&net);
    (void)net_heard(&net, "a");
    net_link(&net, "b", a);
    (void)net_monitor(&net, "b", a);
    for (int i = 0; i < 6; i++) {
        net_send(&net, "a", b, RH_ARRAY(NULL, i));
    }
    net_exit(&net, "a", "boom");
    net_settle(&net);
    const char *heard = net_heard(&net, "b");
    const char *ends = strstr(heard, "exit a");
    assert_non_null(ends);
    assert_null(strstr(ends, "message"));
    assert_non_null(strstr(heard, "down a"));
    assert_null(strstr(strstr(heard, "down a"), "message"));
    net_close(&net);
}

static void a_lost_connection_ends_everything_once(void **state)
{
    (void)state;
    net_open(&net, 2);
    struct rh_pid a = net_actor(&net, 1, "a");
    struct rh_pid b = net_actor(&net, 2, "b");
    net_link(&net, "a", b);
    (void)net_monitor(&net, "a", b);
    (void)net_monitor(&net, "b", a);
    net_settle(&net);
    net_cut(&net, 1, 2);
    net_settle(&net);
    assert_string_equal(net_heard(&net, "a"), "exit b noconnection; down b noconnection; ");
    assert_string_equal(net_heard(&net, "b"), "exit a noconnection; down a noconnection; ");
    net_send(&net, "a", b, hello()); /* dials anew */
    net_link(&net, "a", b);
    net_settle(&net);
    assert_string_equal(net_heard(&net, "b"), "message a hello; ");
    assert_int_equal(net_connection(&net, 1).generation, 2);
    net_exit(&net, "b", "boom");
    net_settle(&net);
    assert_string_equal(net_heard(&net, "a"), "exit b boom; ");
    net_close(&net);
}

static void a_killed_node_is_noconnection(void **state)
{
    (void)state;
    net_open(&net, 2);
    (void)net_actor(&net, 1, "a");
    struct rh_pid b = net_actor(&net, 2, "b");
    net_link(&net, "a", b);
    net_settle(&net);
    net_kill(&net, 2);
    net_settle(&net);
    (void)net_monitor(&net, "a", b);
    net_settle(&net);
    assert_string_equal(net_heard(&net, "a"), "exit b noconnection; down b noconnection; ");
    net_close(&net);
}

struct named {
    const char *name;
    uint32_t node;
    struct rh_ref ref;
    enum rh_status status;
    size_t waiting;
};

static enum rh_status register_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    return rh_register(ctx, ((const struct named *)argument)->name, rh_self(ctx));
}

static enum rh_status send_named_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    const struct named *named = argument;
    return rh_send_name_at(ctx, named->name, named->node, hello());
}

static enum rh_status monitor_named_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct named *named = argument;
    return rh_monitor_name_at(ctx, named->name, named->node, RH_ALIAS_NONE, &named->ref);
}

static void names_are_resolved_where_they_live(void **state)
{
    (void)state;
    net_open(&net, 2);
    (void)net_actor(&net, 1, "a");
    (void)net_actor(&net, 2, "b");
    struct named service = {.name = "service", .node = 2};
    net_act(&net, "a", send_named_turn, &service); /* nobody: ignored */
    net_act(&net, "a", monitor_named_turn, &service);
    net_settle(&net);
    assert_string_equal(net_heard(&net, "a"), "down n2 noproc name=service; ");
    net_act(&net, "b", register_turn, &service);
    net_act(&net, "a", send_named_turn, &service);
    net_act(&net, "a", monitor_named_turn, &service);
    net_settle(&net);
    assert_string_equal(net_heard(&net, "b"), "message a hello name=service; ");
    net_exit(&net, "b", "boom");
    net_settle(&net);
    assert_string_equal(net_heard(&net, "a"), "down n2 boom name=service; ");
    net_close(&net);
}

static enum rh_status spawn_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct named *named = argument;
    struct rh_spawn_options options = {.link = true, .monitor = true};
    return rh_spawn_at(ctx, named->node, named->name, &options, &named->ref);
}

static enum rh_status kill_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    return rh_exit_signal(ctx, *(const struct rh_pid *)argument, RH_ITEM(NULL, "kill"));
}

static void a_remote_spawn_links_and_monitors(void **state)
{
    (void)state;
    net_open(&net, 2);
    (void)net_actor(&net, 1, "a");
    struct named recorder = {.name = "recorder", .node = 2};
    struct named nothing = {.name = "nothing", .node = 2};
    struct named nowhere = {.name = "recorder", .node = 9};
    net_act(&net, "a", spawn_turn, &recorder);
    net_act(&net, "a", spawn_turn, &nothing);
    net_act(&net, "a", spawn_turn, &nowhere);
    net_settle(&net);
    assert_string_equal(net_heard(&net, "a"), "spawn_reply -; spawn_reply ?2; spawn_reply -; ");
    struct rh_pid child = {2, 1, 0, 0};
    size_t found = 0;
    for (uint32_t slot = 0; slot < 16; slot++) {
        for (uint32_t generation = 1; generation < 4; generation++) {
            struct rh_actor_view view;
            struct rh_pid pid = {2, 1, slot, generation};
            if (rh_inspect_actor(net.nodes[1], pid, &view) && view.parent.node == 1) {
                child = pid;
                found++;
            }
        }
    }
    assert_int_equal(found, 1);
    net_act(&net, "a", kill_turn, &child);
    net_settle(&net);
    assert_string_equal(net_heard(&net, "a"), "exit ?2 killed; down ?2 killed; ");
    net_close(&net);
}

static enum rh_status watch_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct named *named = argument;
    return named->node == 0 ? rh_monitor_nodes(ctx, &named->ref)
                            : rh_monitor_node(ctx, named->node, &named->ref);
}

static void nodes_can_be_watched(void **state)
{
    (void)state;
    net_open(&net, 2);
    (void)net_actor(&net, 1, "a");
    struct named all = {.node = 0};
    struct named two = {.node = 2};
    struct named nine = {.node = 9};
    net_act(&net, "a", watch_turn, &all);
    net_act(&net, "a", watch_turn, &two);
    net_act(&net, "a", watch_turn, &nine);
    net_settle(&net);
    assert_string_equal(net_heard(&net, "a"), "node_down n9 noconnection; node_up n2; ");
    net_cut(&net, 1, 2);
    net_settle(&net);
    assert_string_equal(net_heard(&net, "a"), "node_down n2 transport_closed; "
                                              "node_down n2 transport_closed; ");
    net_close(&net);
}

static enum rh_status watch_and_give_up_turn(struct rh_context *ctx, void *state, void *argument)
{
    struct named *named = argument;
    enum rh_status status = watch_turn(ctx, state, argument);
    assert_int_equal(status, RH_OK);
    assert_int_equal(rh_demonitor(ctx, named->ref, 0), RH_OK); /* its notice waits already */
    assert_int_equal(rh_demonitor(ctx, named->ref, 0), RH_NOT_FOUND);
    return RH_OK;
}

static enum rh_status give_up_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct named *named = argument;
    named->status = rh_demonitor(ctx, named->ref, 0);
    return RH_OK;
}

static uint64_t stale_notices(void)
{
    struct rh_node_stats stats;
    rh_node_stats(net.nodes[0], &stats);
    return stats.stale_downs;
}

static bool is_notice(void *self, const struct rh_pending *pending)
{
    bool *found = self;
    *found =
        *found || pending->signal == RH_SIGNAL_NODE_UP || pending->signal == RH_SIGNAL_NODE_DOWN;
    return true;
}

/* Until a notice waits to be handled on the first node. */
static void until_notice(void)
{
    bool found = false;
    rh_node_each_pending(net.nodes[0], 0, is_notice, &found);
    while (!found) {
        assert_true(net_round(&net));
        rh_node_each_pending(net.nodes[0], 0, is_notice, &found);
    }
}

static void no_notice_comes_behind_the_end_of_a_watch(void **state)
{
    (void)state;
    net_open(&net, 2);
    (void)net_actor(&net, 1, "a");
    struct named all = {.node = 0};
    struct named two = {.node = 2};
    struct named nine = {.node = 9};
    net_act(&net, "a", watch_and_give_up_turn, &nine);
    net_settle(&net);
    assert_string_equal(net_heard(&net, "a"), "");
    assert_int_equal(stale_notices(), 1);
    net_act(&net, "a", watch_turn, &all);
    net_act(&net, "a", watch_turn, &two);
    until_notice();
    net_act(&net, "a", give_up_turn, &all);
    net_settle(&net);
    assert_int_equal(all.status, RH_OK);
    assert_string_equal(net_heard(&net, "a"), ""); /* no node_up */
    assert_int_equal(stale_notices(), 2);
    net_cut(&net, 1, 2);
    until_notice();
    net_act(&net, "a", give_up_turn, &two);
    net_settle(&net);
    assert_int_equal(two.status, RH_OK);
    assert_string_equal(net_heard(&net, "a"), "");
    net_act(&net, "a", watch_turn, &nine);
    net_settle(&net);
    assert_string_equal(net_heard(&net, "a"), "node_down n9 noconnection; ");
    net_act(&net, "a", give_up_turn, &nine);
    assert_int_equal(nine.status, RH_NOT_FOUND); /* it ended with its notice */
    net_close(&net);
}

static enum rh_status flush_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct named *named = argument;
    size_t before = rh_mailbox_length(ctx);
    named->status = rh_demonitor(ctx, named->ref, RH_FLUSH);
    named->waiting = rh_mailbox_length(ctx);
    return before == 1 ? RH_OK : RH_INVALID;
}

static void a_notice_can_be_flushed(void **state)
{
    (void)state;
    net_open(&net, 2);
    struct rh_spawn_options options = {.mailbox = true};
    (void)net_actor_with(&net, 1, "a", &options);
    struct named nine = {.node = 9};
    struct named other = {.node = 9};
    net_act(&net, "a", watch_turn, &nine);
    net_settle(&net);
    net_act(&net, "a", flush_turn, &nine);
    assert_true(net_alive(&net, "a"));
    assert_int_equal(nine.status, RH_NOT_FOUND);
    assert_int_equal(nine.waiting, 0);
    net_act(&net, "a", watch_turn, &other);
    net_settle(&net);
    net_act(&net, "a", flush_turn, &nine); /* not that one's */
    assert_int_equal(nine.waiting, 1);
    net_close(&net);
}

static enum rh_status join_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    return rh_group_join(ctx, argument, rh_self(ctx));
}

static size_t member_count;
static enum rh_status members_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct rh_pid members[4];
    member_count = rh_group_members(ctx, argument, members, 4);
    return RH_OK;
}

static void groups_span_nodes_and_forget_the_lost(void **state)
{
    (void)state;
    net_open(&net, 2);
    (void)net_actor(&net, 1, "a");
    struct rh_pid b = net_actor(&net, 2, "b");
    net_act(&net, "b", join_turn, (void *)(uintptr_t) "g");
    net_send(&net, "a", b, hello());
    net_settle(&net);
    net_act(&net, "a", members_turn, (void *)(uintptr_t) "g");
    assert_int_equal(member_count, 1);
    net_act(&net, "b", join_turn, (void *)(uintptr_t) "g");
    net_settle(&net);
    net_act(&net, "a", members_turn, (void *)(uintptr_t) "g");
    assert_int_equal(member_count, 2);
    net_cut(&net, 1, 2);
    net_settle(&net);
    net_act(&net, "a", members_turn, (void *)(uintptr_t) "g");
    assert_int_equal(member_count, 0);
    net_close(&net);
}

static void one_connection_ends_nothing_of_another(void **state)
{
    (void)state;
    net_open(&net, 3);
    struct rh_pid a = net_actor(&net, 1, "a");
    struct rh_pid b = net_actor(&net, 2, "b");
    struct rh_pid c = net_actor(&net, 3, "c");
    net_send(&net, "a", b, hello());
    net_send(&net, "c", b, hello());
    net_link(&net, "b", a);
    net_link(&net, "b", c);
    net_settle(&net);
    assert_string_equal(net_heard(&net, "b"), "message a hello; message c hello; ");
    net_exit(&net, "c", "crash");
    net_cut(&net, 2, 3);
    net_settle(&net);
    assert_string_equal(net_heard(&net, "b"),
                        "exit c noconnection; "); /* the crash was not said yet */
    net_exit(&net, "a", "bang");
    net_settle(&net);
    assert_string_equal(net_heard(&net, "b"), "exit a bang; ");
    net_close(&net);
}

static void both_may_dial_at_once(void **state)
{
    (void)state;
    net_open(&net, 2);
    struct rh_pid a = net_actor(&net, 1, "a");
    struct rh_pid b = net_actor(&net, 2, "b");
    net_send(&net, "a", b, RH_ITEM(NULL, 1));
    net_send(&net, "b", a, RH_ITEM(NULL, 2));
    net_settle(&net);
    assert_string_equal(net_heard(&net, "a"), "message b 2; ");
    assert_string_equal(net_heard(&net, "b"), "message a 1; ");
    assert_true(net_connection(&net, 1).up);
    assert_true(net_connection(&net, 2).up);
    net_close(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_cross_and_carry_who_sent_them),
        cmocka_unit_test(every_chunk_size_carries_the_same),
        cmocka_unit_test(links_and_monitors_hear_one_exit_behind_all_messages),
        cmocka_unit_test(a_watcher_that_exits_leaves_nothing),
        cmocka_unit_test(a_remote_link_kills_who_does_not_trap),
        cmocka_unit_test(the_dead_and_strangers_answer_noproc),
        cmocka_unit_test(unlink_is_a_barrier_and_leaves_nothing),
        cmocka_unit_test(crossing_link_and_unlink_leave_both_sides_agreeing),
        cmocka_unit_test(a_link_that_a_loss_overtakes_is_taken_back),
        cmocka_unit_test(a_down_of_before_the_loss_ends_no_later_monitor),
        cmocka_unit_test(nobody_speaks_after_noproc),
        cmocka_unit_test(a_lost_connection_ends_everything_once),
        cmocka_unit_test(a_killed_node_is_noconnection),
        cmocka_unit_test(names_are_resolved_where_they_live),
        cmocka_unit_test(a_remote_spawn_links_and_monitors),
        cmocka_unit_test(nodes_can_be_watched),
        cmocka_unit_test(a_notice_can_be_flushed),
        cmocka_unit_test(no_notice_comes_behind_the_end_of_a_watch),
        cmocka_unit_test(groups_span_nodes_and_forget_the_lost),
        cmocka_unit_test(one_connection_ends_nothing_of_another),
        cmocka_unit_test(both_may_dial_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
