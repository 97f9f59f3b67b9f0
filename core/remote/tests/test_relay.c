/* SPDX-License-Identifier: MIT */
/* A node in the middle, between peers made by hand: whom it introduces to whom, and by which way signals go. */
#include "core/remote/tests/peer.h"

#include <string.h>

static struct net net;
static struct peer_side left;  /* node 7 */
static struct peer_side right; /* node 8 */

static const struct rh_pid x = {7, 1, 5, 1};
static const struct rh_pid y = {7, 1, 6, 1};
static const struct rh_pid z = {8, 1, 5, 1};
static const struct rh_pid far = {9, 1, 3, 1};

/* An actor of ours, and both peers have introduced one of theirs. */
static struct rh_pid open_between(void)
{
    net_open_relay(&net);
    struct rh_pid a = net_actor(&net, 1, "a");
    peer_hello(&left, &net, 7, 1);
    peer_hello(&right, &net, 8, 1);
    peer_export(&left, 1, x);
    peer_export(&right, 1, z);
    return a;
}

static const char *says(struct rh_pid to, struct rh_message message)
{
    net_send(&net, "a", to, message);
    net_settle(&net);
    return peer_heard(to.node == 7 ? &left : &right);
}

/* Covers: P46 */
static void who_is_spoken_of_is_introduced_before(void **state)
{
    (void)state;
    struct rh_pid a = open_between();
    (void)net_actor(&net, 1, "b");
    struct rh_pid b = net_pid(&net, "b");
    assert_string_equal(says(z, RH_ARRAY(NULL, "see", x)), "export 1; export 2; send 2>1; ");
    assert_string_equal(says(z, RH_ARRAY(NULL, "again", x)), "send 2>1; ");
    struct rh_ref ref = {b, 5};
    assert_string_equal(says(x, RH_ARRAY(NULL, RH_MAP(NULL, "in", RH_ARRAY(NULL, ref)), a)),
                        "export 1; export 2; send 2>1; ");
    net_exit(&net, "b", "boom");
    net_settle(&net);
    assert_string_equal(peer_heard(&left), "exit 1 boom; ");
    assert_string_equal(peer_heard(&right), "");
    SAY(&left, .verb = WIRE_EXIT, .from = 1, .reason = peer_item("crash"));
    assert_string_equal(peer_heard(&right), "exit 1 crash; ");
    net_close(&net);
}

static void whom_we_cannot_speak_for_is_not_introduced(void **state)
{
    (void)state;
    (void)open_between();
    (void)net_actor(&net, 1, "b");
    struct rh_pid dead = net_pid(&net, "b");
    net_exit(&net, "b", "boom");
    net_settle(&net);
    assert_string_equal(says(z, RH_ARRAY(NULL, y, far, dead, z)), "export 1; send 1>1; ");
    net_close(&net);
}

struct census {
    size_t count;
    struct rh_pid to; /* of the last */
};

static bool count_message(void *self, const struct rh_pending *pending)
{
    struct census *census = self;
    census->count += pending->signal == RH_SIGNAL_MESSAGE;
    census->to = pending->actor;
    return true;
}

static struct census pending_now(void)
{
    struct census census = {0};
    rh_node_each_pending(net.nodes[0], 0, count_message, &census);
    return census;
}

/* What goes to the same node next waits behind one another, whoever it is for: the channel is fixed when a signal is sent. */
static void the_next_node_is_the_channel(void **state)
{
    (void)state;
    (void)open_between();
    peer_export(&right, 2, far);
    net_send(&net, "a", far, RH_ITEM(NULL, 1));
    net_send(&net, "a", z, RH_ITEM(NULL, 2)); /* over the same node, which is its own */
    struct census census = pending_now();
    assert_int_equal(census.count, 1);
    assert_true(rh_pid_equal(census.to, far));
    net_send(&net, "a", x, RH_ITEM(NULL, 3)); /* over the other */
    assert_int_equal(pending_now().count, 2);
    net_settle(&net);
    assert_string_equal(peer_heard(&right), "export 1; send 1>2; send 1>1; ");
    net_close(&net);
}

static void without_relay_nobody_is_introduced(void **state)
{
    (void)state;
    net_open(&net, 1);
    (void)net_actor(&net, 1, "a");
    peer_hello(&left, &net, 7, 1);
    peer_hello(&right, &net, 8, 1);
    peer_export(&left, 1, x);
    peer_export(&right, 1, z);
    assert_string_equal(says(z, RH_ARRAY(NULL, "see", x)), "export 1; send 1>1; ");
    net_close(&net);
}

static void nobody_is_introduced_to_where_he_came_from(void **state)
{
    (void)state;
    (void)open_between();
    peer_export(&left, 2, far);
    assert_string_equal(says(x, RH_ITEM(NULL, far)), "export 1; send 1>1; ");
    assert_string_equal(says(z, RH_ITEM(NULL, far)), "export 1; export 2; send 2>1; ");
    net_close(&net);
}

/* Two have introduced it: the first way that was taken stays, until it is lost. */
static void a_way_that_was_taken_stays(void **state)
{
    (void)state;
    (void)open_between();
    peer_export(&right, 2, far);
    net_send(&net, "a", far, RH_ITEM(NULL, 1));
    net_settle(&net);
    assert_string_equal(peer_heard(&right), "export 1; send 1>2; ");
    peer_export(&left, 2, far);
    net_send(&net, "a", far, RH_ITEM(NULL, 2));
    net_settle(&net);
    assert_string_equal(peer_heard(&left), "");
    assert_string_equal(peer_heard(&right), "send 1>2; ");
    SAY(&right, .verb = WIRE_EXIT, .from = 2, .reason = peer_item("noconnection"));
    net_send(&net, "a", far, RH_ITEM(NULL, 3));
    net_settle(&net);
    assert_string_equal(peer_heard(&right), "");
    assert_string_equal(peer_heard(&left), "export 1; send 1>2; ");
    net_close(&net);
}

/* Its own node connects: what went by the node in the middle goes on to do so, or it would be overtaken. */
static void a_shorter_way_is_not_taken_in_between(void **state)
{
    (void)state;
    (void)open_between();
    peer_export(&left, 2, far);
    net_send(&net, "a", far, RH_ITEM(NULL, 1));
    struct peer_side own;
    peer_hello(&own, &net, 9, 1);
    (void)peer_heard(&left);
    net_send(&net, "a", far, RH_ITEM(NULL, 2));
    net_settle(&net);
    assert_string_equal(peer_heard(&own), "");
    assert_string_equal(peer_heard(&left), "send 1>2; ");
    net_close(&net);
}

/* No way was taken yet: who has connected himself is not reached by others. */
static void who_is_in_reach_is_not_relayed(void **state)
{
    (void)state;
    (void)open_between();
    peer_export(&left, 2, far);
    struct peer_side own;
    peer_hello(&own, &net, 9, 1);
    (void)peer_heard(&own);
    (void)peer_heard(&left);
    net_send(&net, "a", far, RH_ITEM(NULL, 1));
    net_settle(&net);
    assert_string_equal(peer_heard(&left), "");
    assert_non_null(strstr(peer_heard(&own), "send "));
    net_close(&net);
}

/* Who is out of the other side's reach may be alive: its exit answers what was asked, and not the other side. */
static void out_of_reach_is_not_dead(void **state)
{
    (void)state;
    (void)open_between();
    peer_export(&left, 2, far);
    (void)net_monitor(&net, "a", far);
    net_settle(&net);
    SAY(&left, .verb = WIRE_EXIT, .from = 2, .reason = peer_item("noconnection"));
    SAY(&left, .verb = WIRE_MONITOR_EXIT, .from = 0, .to = 1, .reference = UINT64_C(1) << 56,
        .reason = peer_item("noproc"));
    assert_string_equal(net_heard(&net, "a"), "down ?9 noconnection; ");
    (void)net_monitor(&net, "a", far);
    net_settle(&net);
    assert_string_equal(net_heard(&net, "a"), "down ?9 noconnection; ");
    net_close(&net);
}

/* The way to it is lost, and that has not been said yet to whom it was introduced. What comes for it until then is not taken
 * another way: whoever asked will hear noconnection, and would not know of the link that he has there. */
static void what_comes_before_the_word_of_a_loss_goes_nowhere(void **state)
{
    (void)state;
    struct peer_side other;
    (void)open_between();
    peer_export(&right, 2, far);
    assert_string_equal(says(x, RH_ITEM(NULL, far)), "export 1; export 2; send 2>1; ");
    peer_hello(&other, &net, 10, 1);
    peer_export(&other, 1, far);
    net.idle = true; /* the frames of both wait behind one another */
    SAY(&right, .verb = WIRE_EXIT, .from = 2, .reason = peer_item("noconnection"));
    SAY(&left, .verb = WIRE_LINK, .from = 1, .to = 1);
    SAY(&left, .verb = WIRE_MONITOR, .from = 1, .to = 1, .reference = UINT64_C(1) << 56);
    SAY(&left, .verb = WIRE_ALIAS_SEND, .from = 1, .to = 1, .numbers = {RH_RETURN, 0},
        .item = peer_item("back"));
    net.idle = false;
    net_settle(&net);
    assert_string_equal(peer_heard(&other), "");
    assert_string_equal(peer_heard(&left), "undeliverable 1>1 noconnection; exit 1 noconnection; ");
    assert_string_equal(says(x, RH_ITEM(NULL, far)), "export 3; send 2>1; "); /* by the other */
    SAY(&left, .verb = WIRE_LINK, .from = 1, .to = 3);
    assert_string_equal(peer_heard(&other), "export 1; link 1>1; ");
    net_close(&net);
}

/* What came before the loss waits for the way that is lost: it is lost as well, though there is a way again. */
static void what_waits_for_a_way_is_lost_with_it(void **state)
{
    (void)state;
    (void)open_between();
    peer_export(&right, 2, far);
    assert_string_equal(says(x, RH_ITEM(NULL, far)), "export 1; export 2; send 2>1; ");
    net.idle = true;
    SAY(&left, .verb = WIRE_LINK, .from = 1, .to = 1);
    SAY(&left, .verb = WIRE_MONITOR, .from = 1, .to = 1, .reference = UINT64_C(1) << 56);
    SAY(&left, .verb = WIRE_ALIAS_SEND, .from = 1, .to = 1, .numbers = {RH_RETURN, 0},
        .item = peer_item("back"));
    SAY(&right, .verb = WIRE_EXIT, .from = 2, .reason = peer_item("noconnection"));
    peer_export(&right, 3, far);
    net.idle = false;
    net_settle(&net);
    assert_string_equal(peer_heard(&right), "");
    assert_string_equal(
        peer_heard(&left),
        "monitor_exit>1 noconnection; undeliverable 1>1 noconnection; exit 1 noconnection; ");
    assert_string_equal(says(x, RH_ITEM(NULL, far)), "export 3; send 2>1; ");
    SAY(&left, .verb = WIRE_LINK, .from = 1, .to = 3);
    assert_string_equal(peer_heard(&right), "export 1; link 1>3; ");
    net_close(&net);
}

/* The same where its own node is the next one, and has called again. */
static void what_is_passed_on_to_a_lost_node_is_not_kept_for_it(void **state)
{
    (void)state;
    struct peer_side again;
    (void)open_between();
    assert_string_equal(says(x, RH_ITEM(NULL, z)), "export 1; export 2; send 2>1; ");
    net.idle = true;
    SAY(&left, .verb = WIRE_LINK, .from = 1, .to = 1);
    SAY(&right, .verb = WIRE_TRANSPORT_ERROR, .reason = peer_item("over"));
    peer_hello(&again, &net, 8, 1);
    net.idle = false;
    net_settle(&net);
    assert_string_equal(peer_heard(&again), "");
    assert_string_equal(peer_heard(&left), "exit 1 noconnection; ");
    net_close(&net);
}

/* Two ways are lost and found in turn: what was said by the first is not said behind what goes by the second. */
static void what_was_said_before_a_loss_does_not_come_late(void **state)
{
    (void)state;
    (void)open_between();
    peer_export(&right, 2, far);
    net.idle = true;
    net_send(&net, "a", far, RH_ITEM(NULL, 1));
    peer_export(&left, 2, far);
    SAY(&right, .verb = WIRE_EXIT, .from = 2, .reason = peer_item("noconnection"));
    net_send(&net, "a", far, RH_ITEM(NULL, 2));
    peer_export(&right, 3, far);
    net.idle = false;
    net_settle(&net);
    assert_string_equal(peer_heard(&right), "");
    assert_string_equal(peer_heard(&left), "export 1; send 1>2; ");
    net_close(&net);
}

/* Nobody could reach it, and something that was said to it still waits to hear that: until then no way is taken, or what is
 * said next would be first. */
static void what_was_said_without_a_way_is_not_overtaken(void **state)
{
    (void)state;
    (void)open_between();
    net.idle = true;
    net_send(&net, "a", far, RH_ITEM(NULL, 1));
    peer_export(&right, 2, far);
    net_send(&net, "a", far, RH_ITEM(NULL, 2));
    assert_int_equal(pending_now().count, 1);
    net.idle = false;
    net_settle(&net);
    assert_string_equal(peer_heard(&right), "");
    net_send(&net, "a", far, RH_ITEM(NULL, 3));
    net_settle(&net);
    assert_string_equal(peer_heard(&right), "export 1; send 1>2; ");
    net_close(&net);
}

/* An actor of the other side itself may end for that reason: what was asked of it is answered, not lost. */
static void a_reason_is_no_loss(void **state)
{
    (void)state;
    (void)open_between();
    (void)net_monitor(&net, "a", x);
    net_settle(&net);
    SAY(&left, .verb = WIRE_EXIT, .from = 1, .reason = peer_item("noconnection"));
    assert_string_equal(net_heard(&net, "a"), "");
    SAY(&left, .verb = WIRE_MONITOR_EXIT, .from = 0, .to = 1, .reference = UINT64_C(1) << 56,
        .reason = peer_item("noproc"));
    assert_string_equal(net_heard(&net, "a"), "down ?7 noproc; ");
    net_close(&net);
}

/* What we pass on is one hop more; at the limit it goes back. */
static void a_relay_counts_as_a_hop(void **state)
{
    (void)state;
    (void)open_between();
    (void)says(z, RH_ITEM(NULL, x));
    uint32_t max = net.limits.hops_max;
    SAY(&right, .verb = WIRE_ALIAS_SEND, .from = 1, .to = 1, .numbers = {RH_RETURN, max - 1},
        .item = peer_item("one more"));
    assert_string_equal(peer_heard(&left), "export 1; alias_send 1>1; ");
    SAY(&right, .verb = WIRE_ALIAS_SEND, .from = 1, .to = 1, .numbers = {RH_RETURN, max},
        .item = peer_item("one too many"));
    assert_string_equal(peer_heard(&left), "");
    assert_string_equal(peer_heard(&right), "undeliverable 1>1 limit; ");
    net_close(&net);
}

/* Signals of one sender that go to the same node next are one channel: its exit comes behind all of them. */
static void an_exit_comes_behind_what_was_to_be_passed_on(void **state)
{
    (void)state;
    (void)open_between();
    peer_export(&left, 2, far);
    (void)net_actor(&net, 1, "b");
    net_send(&net, "b", far, RH_ITEM(NULL, 1));
    net_send(&net, "b", x, RH_ITEM(NULL, 1));
    net_exit(&net, "b", "boom");
    net_settle(&net);
    assert_string_equal(peer_heard(&left), "export 1; send 1>2; send 1>1; exit 1 boom; ");
    net_close(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_spoken_of_is_introduced_before),
        cmocka_unit_test(whom_we_cannot_speak_for_is_not_introduced),
        cmocka_unit_test(the_next_node_is_the_channel),
        cmocka_unit_test(without_relay_nobody_is_introduced),
        cmocka_unit_test(nobody_is_introduced_to_where_he_came_from),
        cmocka_unit_test(a_way_that_was_taken_stays),
        cmocka_unit_test(a_shorter_way_is_not_taken_in_between),
        cmocka_unit_test(who_is_in_reach_is_not_relayed),
        cmocka_unit_test(out_of_reach_is_not_dead),
        cmocka_unit_test(what_comes_before_the_word_of_a_loss_goes_nowhere),
        cmocka_unit_test(what_waits_for_a_way_is_lost_with_it),
        cmocka_unit_test(what_is_passed_on_to_a_lost_node_is_not_kept_for_it),
        cmocka_unit_test(what_was_said_before_a_loss_does_not_come_late),
        cmocka_unit_test(what_was_said_without_a_way_is_not_overtaken),
        cmocka_unit_test(a_reason_is_no_loss),
        cmocka_unit_test(a_relay_counts_as_a_hop),
        cmocka_unit_test(an_exit_comes_behind_what_was_to_be_passed_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
