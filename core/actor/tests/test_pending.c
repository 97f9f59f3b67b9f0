/* SPDX-License-Identifier: MIT */
/* What a scheduler is told could happen next. */
#include "core/actor/tests/stage.h"

static bool count_one(void *self, const struct rh_pending *pending)
{
    (void)pending;
    ++*(size_t *)self;
    return true;
}

static size_t pending_count(struct stage *stage)
{
    size_t count = 0;
    rh_node_each_pending(stage->node, stage->now, count_one, &count);
    return count;
}

static bool keep_last(void *self, const struct rh_pending *pending)
{
    *(struct rh_pending *)self = *pending;
    return true;
}

static void tells_the_oldest_signal_of_each_channel(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    struct rh_pid c = enter_plain(&s, "c");
    (void)act_send(&s, a, c, "one");
    (void)act_send(&s, a, c, "two");
    (void)act_send(&s, b, c, "three");
    (void)act_send(&s, c, a, "four");
    assert_int_equal(pending_count(&s), 3);
    stage_close(&s);
}

/* The table of channels is as large as the longest queue so far; what an earlier walk left in it must not be seen. */
static void a_queue_that_shrinks_hides_no_channel(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    struct rh_pid c = enter_plain(&s, "c");
    for (int i = 0; i < 100; i++) {
        (void)act_send(&s, a, c, "x");
        (void)act_send(&s, b, c, "y");
    }
    for (size_t left = 200; left > 0; left--) {
        struct rh_pending last;
        size_t expected = left > 100 ? 2 : 1;
        assert_int_equal(pending_count(&s), expected);
        rh_node_each_pending(s.node, s.now, keep_last, &last);
        rh_node_execute(s.node, s.now, &last);
    }
    assert_int_equal(pending_count(&s), 0);
    stage_close(&s);
}

static const struct rh_behaviour idle = {.name = "idle"};

static enum rh_status guess_and_spawn(struct rh_context *ctx, void *state, void *argument)
{
    struct rh_pid guess = rh_self(ctx);
    struct rh_pid child;
    (void)state;
    (void)argument;
    guess.slot++; /* the next one, which nobody has yet */
    assert_status(rh_exit_signal(ctx, guess, rh_reason(RH_REASON_KILL)), RH_OK);
    assert_status(rh_spawn(ctx, &idle, NULL, &child, NULL), RH_OK);
    assert_true(rh_pid_equal(guess, child));
    return RH_OK;
}

/* Whoever guesses the pid of an actor that he spawns later must not keep it from starting. */
static void a_start_waits_for_nothing_that_was_sent_before(void **state)
{
    struct stage s;
    struct rh_pending pending;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    assert_status(rh_node_turn(s.node, s.now, a, guess_and_spawn, NULL), RH_OK);
    assert_int_equal(pending_count(&s), 1);
    rh_node_each_pending(s.node, s.now, keep_last, &pending);
    assert_int_equal(pending.signal, RH_SIGNAL_START);
    rh_node_execute(s.node, s.now, &pending);
    assert_int_equal(pending_count(&s), 1);
    stage_close(&s);
}

OPERATION(do_output, rh_output(ctx, RH_ITEM(NULL, 7)))
OPERATION(do_send_name_at, rh_send_name_at(ctx, op->name, 1, RH_ITEM(NULL, 7)))

static void a_node_is_plain_with_nothing_before_its_oldest_signal(void **state)
{
    struct stage s;
    struct rh_effect effect;
    rh_instant sent = 0;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    assert_false(rh_node_is_plain(s.node, &sent));
    wait_for(&s, 5);
    (void)act_send(&s, a, b, "one");
    (void)act_send(&s, a, b, "two");
    assert_true(rh_node_is_plain(s.node, &sent));
    assert_int_equal(sent, s.now);
    (void)perform(&s, a, (struct operation){0}, do_output);
    assert_false(rh_node_is_plain(s.node, &sent));
    assert_true(rh_node_take_effect(s.node, &effect));
    rh_message_unref(effect.message);
    assert_true(rh_node_is_plain(s.node, &sent));
    rh_node_execute_oldest(s.node, s.now);
    assert_string_equal(heard(&s, b), "message a one; ");
    (void)perform(&s, a, (struct operation){.name = "svc"}, do_send_name_at);
    rh_node_execute_oldest(s.node, s.now);
    assert_string_equal(heard(&s, b), "message a two; ");
    assert_false(rh_node_is_plain(s.node, &sent));
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_the_oldest_signal_of_each_channel),
        cmocka_unit_test(a_node_is_plain_with_nothing_before_its_oldest_signal),
        cmocka_unit_test(a_queue_that_shrinks_hides_no_channel),
        cmocka_unit_test(a_start_waits_for_nothing_that_was_sent_before),
    };
    return cmocka_run_group_tests_name("core.pending", tests, NULL, NULL) ? 1 : 0;
}
