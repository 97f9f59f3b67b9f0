/* SPDX-License-Identifier: MIT */
/* What an exit does to handles, and who inherits them. */
#include "core/io/tests/driver.h"

#include <stdlib.h>
#include <string.h>

static void an_exit_closes_what_was_owned_and_kills_children(void **state)
{
    (void)state;
    open_node(NULL);
    struct rh_pid a = enter_player();
    struct rh_ref pipe = open_pipe(a);
    struct rh_ref child = open_child(a);
    struct rh_ref closing = open_pipe(a);
    assert_status(status_of(a, closing, do_close), RH_OK);
    assert_string_equal(effects(), "close 2; ");
    leave_now(a);
    assert_string_equal(effects(), "close 0; kill 1 9; close 1; ");
    assert_status(feed_bytes(pipe, RH_IO_BYTES, "late"), RH_OK);
    assert_status(feed_closed(pipe, RH_CLOSE_REQUESTED), RH_OK);
    assert_status(feed_closed(closing, RH_CLOSE_REQUESTED), RH_OK);
    assert_status(feed_closed(child, RH_CLOSE_REQUESTED), RH_OK);
    assert_int_equal(handles_now(), 1);
    assert_status(feed_closed(child, RH_CLOSE_REQUESTED), RH_INVALID);
    assert_status(feed_io((struct rh_io){RH_IO_EXITED, .handle = child, .signal = 9}), RH_OK);
    assert_int_equal(handles_now(), 0);
    assert_string_equal(heard_all(), "");
    close_node();
}

static void an_exit_kills_a_child_whose_pipes_are_closed(void **state)
{
    (void)state;
    open_node(NULL);
    struct rh_pid a = enter_player();
    struct rh_ref child = open_child(a);
    assert_status(feed_closed(child, RH_CLOSE_EOF), RH_OK);
    leave_now(a);
    assert_string_equal(effects(), "kill 0 9; ");
    assert_status(feed(child, RH_IO_EXITED), RH_OK);
    assert_int_equal(handles_now(), 0);
    close_node();
}

static void a_child_that_starts_after_its_owner_has_gone_is_waited_for(void **state)
{
    (void)state;
    open_node(NULL);
    struct rh_pid a = enter_player();
    struct order order = tell(a, (struct order){.command = &cat}, do_start);
    assert_string_equal(effects(), "start 0 cat; ");
    leave_now(a);
    assert_string_equal(effects(), "kill 0 9; close 0; ");
    assert_status(feed(order.ref, RH_IO_STARTED), RH_OK);
    assert_status(feed_closed(order.ref, RH_CLOSE_REQUESTED), RH_OK);
    assert_int_equal(handles_now(), 1);
    assert_status(feed(order.ref, RH_IO_EXITED), RH_OK);
    assert_int_equal(handles_now(), 0);
    close_node();
}

static void an_exit_takes_back_what_the_driver_has_not_taken(void **state)
{
    (void)state;
    open_node(NULL);
    struct rh_pid a = enter_player();
    struct rh_ref pipe = open_pipe(a);
    assert_status(tell(a, (struct order){.ref = pipe}, do_write_own).status, RH_OK);
    assert_status(status_of(a, pipe, do_pause), RH_OK);
    assert_status(status_of(a, pipe, do_shutdown), RH_OK);
    (void)tell(a, (struct order){.text = "unix:never"}, do_connect);
    (void)tell(a, (struct order){.command = &cat}, do_start);
    (void)tell(a, (struct order){0}, do_output);
    assert_int_equal(handles_now(), 3);
    leave_now(a);
    assert_int_equal(handles_now(), 1);
    assert_string_equal(effects(), "user 99; close 0; ");
    assert_status(feed(pipe, RH_IO_WRITTEN), RH_INVALID);
    assert_status(feed_closed(pipe, RH_CLOSE_REQUESTED), RH_OK);
    close_node();
}

static void an_exit_with_a_write_in_flight_hears_no_answer(void **state)
{
    (void)state;
    open_node(NULL);
    struct rh_pid a = enter_player();
    struct rh_ref pipe = open_pipe(a);
    assert_status(tell(a, (struct order){.ref = pipe}, do_write_own).status, RH_OK);
    assert_string_equal(effects(), "write 0 storage; ");
    leave_now(a);
    assert_string_equal(effects(), "close 0; ");
    assert_status(feed(pipe, RH_IO_WRITTEN), RH_OK);
    assert_status(feed_closed(pipe, RH_CLOSE_REQUESTED), RH_OK);
    assert_string_equal(heard_all(), "");
    close_node();
}

static void a_given_handle_is_its_heirs(void **state)
{
    (void)state;
    open_node(NULL);
    struct rh_pid a = enter_player();
    struct rh_pid b = enter_player();
    struct rh_ref pipe = open_pipe(a);
    assert_status(status_of(a, pipe, do_write), RH_OK);
    assert_status(tell(a, (struct order){.ref = pipe, .to = b}, do_give).status, RH_FULL);
    (void)effects();
    assert_status(feed(pipe, RH_IO_WRITTEN), RH_OK);
    assert_status(tell(a, (struct order){.ref = pipe, .to = b}, do_give).status, RH_OK);
    assert_status(tell(a, (struct order){.ref = pipe, .to = b}, do_give).status, RH_NOT_FOUND);
    leave_now(a);
    assert_string_equal(effects(), "");
    assert_status(feed_bytes(pipe, RH_IO_BYTES, "heir"), RH_OK);
    assert_string_equal(heard_all(), "0 written; 0 bytes heir; ");
    assert_status(tell(b, (struct order){.ref = pipe, .to = a}, do_give).status, RH_NOPROC);
    assert_status(tell(b, (struct order){.ref = pipe, .to = b}, do_give).status, RH_OK);
    leave_now(b);
    assert_string_equal(effects(), "close 0; ");
    assert_status(feed_closed(pipe, RH_CLOSE_REQUESTED), RH_OK);
    struct rh_node_stats now;
    rh_node_stats(node, &now);
    assert_int_equal(now.foreign_refs, 1);
    close_node();
}

static enum rh_status do_spawn_heir(struct rh_context *ctx, void *state, void *argument)
{
    struct order *order = argument;
    (void)state;
    assert_status(rh_spawn(ctx, &player_behaviour, NULL, &order->to, NULL), RH_OK);
    order->status = rh_give(ctx, order->ref, order->to);
    return RH_OK;
}

static void an_heir_that_has_not_started_starts_first(void **state)
{
    (void)state;
    open_node(NULL);
    struct rh_pid a = enter_player();
    struct rh_ref pipe = open_pipe(a);
    struct order heir = tell(a, (struct order){.ref = pipe}, do_spawn_heir);
    assert_status(heir.status, RH_OK);
    assert_status(feed_bytes(pipe, RH_IO_BYTES, "early"), RH_OK);
    assert_string_equal(heard_all(), "0 bytes early; ");
    struct rh_actor_view view;
    assert_true(rh_inspect_actor(node, heir.to, &view));
    assert_true(view.started);
    assert_int_equal(rh_node_run(node, 0, 10), 0);
    close_node();
}

static enum rh_status hear_nothing(struct rh_context *ctx, void *state,
                                   const struct rh_delivery *in)
{
    (void)ctx;
    (void)state;
    fail_msg("heard a %s", rh_delivery_kind_word((enum rh_delivery_kind)in->kind));
    return RH_OK;
}

static enum rh_status fail_init(struct rh_context *ctx, void *state, const struct rh_delivery *in)
{
    (void)ctx;
    (void)state;
    (void)in;
    return RH_INVALID;
}

static enum rh_status do_spawn_failing(struct rh_context *ctx, void *state, void *argument)
{
    static const struct rh_behaviour failing = {
        .name = "failing", .init = fail_init, .receive = hear_nothing};
    struct order *order = argument;
    (void)state;
    assert_status(rh_spawn(ctx, &failing, NULL, &order->to, NULL), RH_OK);
    order->status = rh_give(ctx, order->ref, order->to);
    return RH_OK;
}

static void an_heir_whose_start_fails_hears_nothing(void **state)
{
    (void)state;
    open_node(NULL);
    struct rh_pid a = enter_player();
    struct rh_ref pipe = open_pipe(a);
    (void)tell(a, (struct order){.ref = pipe}, do_spawn_failing);
    assert_status(feed_bytes(pipe, RH_IO_BYTES, "early"), RH_OK);
    assert_string_equal(heard_all(), "");
    assert_string_equal(effects(), "close 0; ");
    assert_status(feed_closed(pipe, RH_CLOSE_REQUESTED), RH_OK);
    assert_int_equal(handles_now(), 0);
    close_node();
}

/* ---- memory ---- */

/* Everything that allocates, then everything that may not. */
static void play_all(void)
{
    struct rh_pid a;
    if (rh_node_spawn(node, 0, &player_behaviour, NULL, &a) != RH_OK) {
        return;
    }
    (void)rh_node_run(node, 0, 10);
    struct order listener = tell(a, (struct order){.text = "unix:l"}, do_listen);
    struct order child = tell(a, (struct order){.command = &cat}, do_start);
    (void)effects();
    struct rh_ref pipe;
    if (listener.status == RH_OK) {
        assert_status(feed(listener.ref, RH_IO_OPENED), RH_OK);
        enum rh_status status = feed_accepted(listener.ref, &pipe);
        assert_true(status == RH_OK || status == RH_NO_MEMORY);
    }
    for (int i = 0; i < 20; i++) {
        struct rh_ref adopted;
        enum rh_status status = rh_node_adopt(node, 0, a, &adopted);
        assert_true(status == RH_OK || status == RH_NO_MEMORY);
    }
    if (child.status == RH_OK) {
        assert_status(feed(child.ref, RH_IO_STARTED), RH_OK);
    }
    leave_now(a);
    struct rh_effect effect;
    while (rh_node_take_effect(node, &effect)) {
        if (effect.kind == RH_EFFECT_CLOSE) {
            assert_status(feed_closed(effect.handle, RH_CLOSE_REQUESTED), RH_OK);
        }
    }
    if (child.status == RH_OK) {
        assert_status(feed(child.ref, RH_IO_EXITED), RH_OK);
    }
    assert_int_equal(handles_now(), 0);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    struct rh_limits limits = rh_limits_default();
    limits.pool_objects_per_chunk = 1;
    size_t failures = 0;
    for (size_t at = 1;; at++) {
        open_node(&limits);
        purse.allocations = 0;
        purse.refuse_at = at;
        play_all();
        bool over = purse.allocations < at;
        struct rh_node_stats now;
        rh_node_stats(node, &now);
        failures += now.allocation_failures;
        close_node();
        if (over) {
            break;
        }
    }
    assert_true(failures > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_exit_closes_what_was_owned_and_kills_children),
        cmocka_unit_test(an_exit_kills_a_child_whose_pipes_are_closed),
        cmocka_unit_test(a_child_that_starts_after_its_owner_has_gone_is_waited_for),
        cmocka_unit_test(an_exit_takes_back_what_the_driver_has_not_taken),
        cmocka_unit_test(an_exit_with_a_write_in_flight_hears_no_answer),
        cmocka_unit_test(a_given_handle_is_its_heirs),
        cmocka_unit_test(an_heir_that_has_not_started_starts_first),
        cmocka_unit_test(an_heir_whose_start_fails_hears_nothing),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
