/* SPDX-License-Identifier: MIT */
/* Timers: at most once, never early, in one order, and for one tenant of a slot only. */
#include "core/actor/tests/stage.h"

#include <string.h>

OPERATION(do_start, rh_timer_start(ctx, op->delay, op->to, word(op->text), &op->ref))
OPERATION(do_after, rh_send_after(ctx, op->delay, op->to, word(op->text), &op->ref))
OPERATION(do_start_name, rh_timer_start_name(ctx, op->delay, op->name, word(op->text), &op->ref))
OPERATION(do_after_name, rh_send_after_name(ctx, op->delay, op->name, word(op->text), &op->ref))
OPERATION(do_cancel, rh_timer_cancel(ctx, op->ref, &op->delay))
OPERATION(do_cancel_blindly, rh_timer_cancel(ctx, op->ref, NULL))
OPERATION(do_read, rh_timer_read(ctx, op->ref, &op->delay))
OPERATION(do_start_failed,
          rh_timer_start(ctx, 1, op->to, rh_message_failed(RH_MALFORMED), &op->ref))

static struct rh_ref start(struct stage *s, struct rh_pid actor, rh_duration delay,
                           struct rh_pid to, const char *text)
{
    struct operation op = {.delay = delay, .to = to, .text = text};
    op = perform(s, actor, op, do_start);
    assert_status(op.status, RH_OK);
    return op.ref;
}

static struct operation timer(struct stage *s, struct rh_pid actor, struct rh_ref ref,
                              enum rh_status (*body)(struct rh_context *, void *, void *))
{
    return perform(s, actor, (struct operation){.ref = ref}, body);
}

static void fires_once_and_never_early(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    s.now = 100;
    (void)start(&s, a, 10, b, "t");
    assert_int_equal(rh_node_next_due(s.node), 110);
    wait_for(&s, 9);
    assert_string_equal(heard(&s, b), "");
    wait_for(&s, 1);
    assert_string_equal(heard(&s, b), "timeout a t; ");
    assert_true(rh_node_next_due(s.node) == RH_NEVER);
    wait_for(&s, 100);
    assert_string_equal(heard(&s, b), "");
    stage_close(&s);
}

static void a_timer_without_delay_needs_an_event_of_its_own(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    (void)start(&s, a, 0, a, "t");
    assert_string_equal(heard(&s, a), "");
    settle(&s);
    assert_string_equal(heard(&s, a), "timeout a t; ");
    stage_close(&s);
}

static void due_timers_fire_by_due_time_creator_and_ordinal(void **state)
{
    struct stage s;
    char first[64];
    (void)state;
    for (int swap = 0; swap < 2; swap++) {
        stage_open(&s);
        struct rh_pid a = enter_plain(&s, "a");
        struct rh_pid b = enter_plain(&s, "b");
        struct rh_pid c = enter_plain(&s, "c");
        (void)start(&s, swap ? b : a, 5, c, "x");
        (void)start(&s, swap ? a : b, 5, c, "x");
        (void)start(&s, a, 5, c, "y");
        (void)start(&s, b, 4, c, "w");
        s.now = 7; /* late: the order is not by chance */
        settle(&s);
        const char *order = heard(&s, c);
        assert_memory_equal(order, "timeout b w; ", 13);
        assert_true(strstr(order, "timeout a x; ") < strstr(order, "timeout a y; "));
        if (swap) {
            assert_string_equal(order, first); /* whoever started first */
        }
        memcpy(first, order, sizeof(first));
        stage_close(&s);
    }
}

/* Against a model: the heap in all its shapes, with cancelling in the middle. */
static void many_timers_fire_in_order(void **state)
{
    struct stage s;
    uint64_t random = 88172645463325252u;
    (void)state;
    for (int round = 0; round < 30; round++) {
        struct rh_ref refs[60];
        rh_duration delays[60];
        bool gone[60] = {false};
        stage_open(&s);
        struct rh_pid a = enter_plain(&s, "a");
        for (size_t i = 0; i < 60; i++) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            delays[i] = random % 20;
            refs[i] = start(&s, a, delays[i], a, "t");
        }
        for (size_t i = 0; i < 60; i += 1 + random % 5) {
            struct operation done = timer(&s, a, refs[i], do_cancel);
            assert_status(done.status, RH_OK);
            assert_int_equal(done.delay, delays[i]);
            gone[i] = true;
            stage_audit(&s);
        }
        for (rh_instant now = 0; now < 20; now++) {
            size_t wanted = 0;
            for (size_t i = 0; i < 60; i++) {
                wanted += !gone[i] && delays[i] == now;
            }
            s.now = now;
            uint64_t turns = stats(&s).turns;
            settle(&s);
            assert_int_equal(stats(&s).turns - turns, wanted);
            (void)heard(&s, a);
            stage_audit(&s);
        }
        assert_int_equal(stats(&s).timers, 0);
        stage_close(&s);
    }
}

static void a_cancelled_timer_never_fires(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    struct rh_ref one = start(&s, a, 10, a, "one");
    struct rh_ref two = start(&s, a, 10, a, "two");
    struct rh_ref three = start(&s, a, 4, a, "three");
    wait_for(&s, 3);
    assert_int_equal(timer(&s, a, one, do_read).delay, 7);
    struct operation done = timer(&s, b, one, do_cancel); /* whoever has the reference */
    assert_status(done.status, RH_OK);
    assert_int_equal(done.delay, 7);
    assert_status(timer(&s, a, one, do_cancel).status, RH_NOT_FOUND);
    assert_status(timer(&s, a, one, do_read).status, RH_NOT_FOUND);
    assert_status(timer(&s, a, two, do_cancel_blindly).status, RH_OK);
    s.now = 9; /* overdue, not fired */
    assert_int_equal(timer(&s, a, three, do_read).delay, 0);
    assert_int_equal(timer(&s, a, three, do_cancel).delay, 0);
    wait_for(&s, 100);
    assert_string_equal(heard(&s, a), "");
    struct rh_ref four = start(&s, a, 1, a, "four");
    wait_for(&s, 1);
    assert_status(timer(&s, a, four, do_cancel).status, RH_NOT_FOUND); /* it has fired */
    stage_close(&s);
}

static void a_send_after_is_an_ordinary_message(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_selective(&s, "b");
    struct operation op = {.delay = 5, .to = b, .text = "hi"};
    assert_status(perform(&s, a, op, do_after).status, RH_OK);
    (void)start(&s, a, 5, b, "t");
    wait_for(&s, 5);
    struct rh_message any = RH_ITEM(NULL, RH_ANY);
    struct rh_receive want = {.patterns = &any, .pattern_count = 1, .timeout = 0};
    for (int i = 0; i < 2; i++) { /* patterns want messages, and a time-out is none */
        assert_status(act_receive(&s, b, &want), RH_OK);
        settle(&s);
    }
    assert_string_equal(heard(&s, b), "message a hi; receive_timeout b; ");
    assert_int_equal(look(&s, b).mailbox_length, 1);
    stage_close(&s);
}

static void a_timer_ends_with_its_target(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    struct rh_ref ref = start(&s, a, 5, b, "t");
    assert_int_equal(look(&s, b).timer_count, 1);
    act_exit(&s, b, "boom");
    assert_int_equal(stats(&s).timers, 0);
    assert_status(timer(&s, a, ref, do_read).status, RH_NOT_FOUND);
    struct rh_pid c = act_spawn(&s, a, "c", NULL, NULL); /* the next tenant */
    assert_int_equal(c.slot, b.slot);
    wait_for(&s, 10);
    assert_string_equal(heard(&s, c), "");
    stage_close(&s);
}

static void a_timer_outlives_its_creator(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    (void)start(&s, a, 5, b, "t");
    struct operation op = {.delay = 5, .to = b, .text = "m"};
    (void)perform(&s, a, op, do_after);
    act_exit(&s, a, "boom");
    wait_for(&s, 5);
    assert_string_equal(heard(&s, b), "timeout a t; message a m; ");
    stage_close(&s);
}

static void a_name_is_resolved_at_expiry(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    struct operation op = {.delay = 5, .name = "svc", .text = "t"};
    assert_status(perform(&s, a, op, do_start_name).status, RH_OK);
    assert_status(act_register(&s, a, "svc", a), RH_OK);
    act_exit(&s, a, "boom");
    assert_status(act_register(&s, b, "svc", b), RH_OK);
    op.text = "m";
    op.delay = 6;
    assert_status(perform(&s, b, op, do_after_name).status, RH_OK);
    wait_for(&s, 6);
    assert_string_equal(heard(&s, b), "timeout a t name=svc; message b m name=svc; ");
    op.name = "free";
    assert_status(perform(&s, b, op, do_start_name).status, RH_OK);
    stage_log(&s, STAGE_BIT(DROP));
    wait_for(&s, 6);
    assert_string_equal(logged(&s), "drop:noname TIMER ->b free; ");
    assert_int_equal(stats(&s).dead_letters, 1);
    op.name = "";
    assert_status(perform(&s, b, op, do_start_name).status, RH_INVALID);
    stage_close(&s);
}

static void a_timer_for_the_dead_is_gone_already(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    act_exit(&s, b, "boom");
    struct rh_ref ref = start(&s, a, 5, b, "t");
    assert_true(rh_pid_equal(ref.owner, a));
    assert_int_equal(stats(&s).timers, 0);
    assert_status(timer(&s, a, ref, do_cancel).status, RH_NOT_FOUND);
    assert_true(start(&s, a, 5, a, "u").ordinal > ref.ordinal);
    assert_status(perform(&s, a, (struct operation){.to = a}, do_start_failed).status,
                  RH_MALFORMED);
    stage_close(&s);
}

static void a_timer_for_another_node_finds_no_connection(void **state)
{
    struct stage s;
    struct rh_pid far = {.node = 9, .incarnation = 1, .slot = 0, .generation = 1};
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    (void)start(&s, a, 5, far, "t");
    stage_log(&s, STAGE_BIT(DROP));
    wait_for(&s, 5);
    assert_string_equal(logged(&s), "drop:noconnection TIMER ?>a; ");
    stage_close(&s);
}

/* A child that has not started can be a target; what is due waits for its START, and stays in order. */
static void a_timer_due_before_its_target_starts_waits_for_it(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = act_spawn(&s, a, "b", NULL, NULL);
    (void)start(&s, a, 0, b, "t");
    struct operation op = {.to = b, .text = "m", .name = "svc"};
    assert_status(perform(&s, a, op, do_after).status, RH_OK);
    assert_status(act_register(&s, a, "svc", b), RH_OK);
    op.text = "n";
    assert_status(perform(&s, a, op, do_start_name).status, RH_OK);
    (void)act_send(&s, a, a, "other");
    assert_int_equal(rh_node_run(s.node, s.now, 1), 1);
    assert_string_equal(heard(&s, b), "");
    assert_true(look(&s, b).started);
    settle(&s);
    assert_string_equal(heard(&s, b), "timeout a t; message a m; timeout a n name=svc; ");
    struct rh_pid c = act_spawn(&s, a, "c", NULL, NULL);
    (void)start(&s, a, 0, c, "t");
    assert_status(rh_node_crash(s.node, s.now, c, word("boom")), RH_OK);
    settle(&s); /* its START is a dead letter, its timer gone */
    assert_int_equal(stats(&s).dead_letters, 1);
    assert_int_equal(stats(&s).timers, 0);
    stage_close(&s);
}

static void an_endless_delay_never_ends(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    s.now = 1000;
    struct rh_ref ref = start(&s, a, RH_NEVER, a, "never");
    struct rh_ref huge = start(&s, a, RH_NEVER - 10, a, "huge");
    assert_true(rh_node_next_due(s.node) == RH_NEVER);
    settle(&s);
    assert_int_equal(stats(&s).timers, 2);
    assert_true(timer(&s, a, ref, do_read).delay == RH_NEVER - 1000);
    assert_status(timer(&s, a, huge, do_cancel).status, RH_OK);
    assert_string_equal(heard(&s, a), "");
    stage_close(&s);
}

static void the_time_out_of_a_receive_is_no_timer_of_anybody(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_selective(&s, "a");
    struct rh_receive want = {.timeout = 5};
    assert_status(act_receive(&s, a, &want), RH_OK);
    struct rh_ref guess = {a, 1}; /* its ordinal */
    assert_int_equal(stats(&s).timers, 1);
    assert_status(timer(&s, a, guess, do_read).status, RH_NOT_FOUND);
    assert_status(timer(&s, a, guess, do_cancel).status, RH_NOT_FOUND);
    wait_for(&s, 5);
    assert_string_equal(heard(&s, a), "receive_timeout a; ");
    stage_close(&s);
}

static void a_timer_carries_no_more_than_a_message_may(void **state)
{
    struct stage s;
    struct rh_limits limits = rh_limits_default();
    struct rh_node_options options = {.limits = &limits};
    char text[80];
    (void)state;
    limits.message_bytes_max = 64;
    memset(text, 'x', sizeof(text));
    text[70] = '\0';
    stage_open_with(&s, &options);
    struct rh_pid a = enter_plain(&s, "a");
    struct operation op = {.delay = 1, .to = a, .name = "svc", .text = text};
    assert_status(perform(&s, a, op, do_start).status, RH_LIMIT);
    assert_status(perform(&s, a, op, do_after).status, RH_LIMIT);
    assert_status(perform(&s, a, op, do_start_name).status, RH_LIMIT);
    assert_status(perform(&s, a, op, do_after_name).status, RH_LIMIT);
    assert_int_equal(stats(&s).timers, 0);
    stage_close(&s);
}

/* Signals get their turn however many timers are due, and timers however many signals wait. */
struct two_timers {
    struct rh_pending first;
    struct rh_pending second;
    unsigned count;
};

static bool note_timer(void *self, const struct rh_pending *pending)
{
    struct two_timers *two = self;
    if (pending->kind == RH_PENDING_TIMER) {
        *(two->count++ == 0 ? &two->first : &two->second) = *pending;
    }
    return true;
}

static void which_of_two_timers_was_set_first_can_be_asked(void **state)
{
    (void)state;
    for (rh_duration other = 4; other <= 6; other += 2) {
        struct stage s;
        struct two_timers two = {.count = 0};
        stage_open(&s);
        struct rh_pid a = enter_plain(&s, "a");
        struct rh_pid b = enter_plain(&s, "b");
        (void)start(&s, a, 5, b, "t");
        (void)start(&s, b, other, b, "u");
        rh_node_each_pending(s.node, RH_NEVER, note_timer, &two);
        assert_int_equal(two.count, 2);
        assert_int_equal(rh_node_set_before(s.node, &two.first, &two.second), other == 6);
        stage_close(&s);
    }
}

static void neither_timers_nor_signals_starve(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    for (int i = 0; i < 3; i++) {
        (void)start(&s, a, 0, a, "t");
        (void)act_send(&s, a, b, "m");
    }
    assert_int_equal(rh_node_run(s.node, s.now, 4), 4);
    assert_string_equal(heard(&s, a), "timeout a t; timeout a t; ");
    assert_string_equal(heard(&s, b), "message a m; message a m; ");
    settle(&s);
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fires_once_and_never_early),
        cmocka_unit_test(a_timer_without_delay_needs_an_event_of_its_own),
        cmocka_unit_test(due_timers_fire_by_due_time_creator_and_ordinal),
        cmocka_unit_test(many_timers_fire_in_order),
        cmocka_unit_test(a_cancelled_timer_never_fires),
        cmocka_unit_test(a_send_after_is_an_ordinary_message),
        cmocka_unit_test(a_timer_ends_with_its_target),
        cmocka_unit_test(a_timer_outlives_its_creator),
        cmocka_unit_test(a_name_is_resolved_at_expiry),
        cmocka_unit_test(a_timer_for_the_dead_is_gone_already),
        cmocka_unit_test(a_timer_for_another_node_finds_no_connection),
        cmocka_unit_test(a_timer_due_before_its_target_starts_waits_for_it),
        cmocka_unit_test(an_endless_delay_never_ends),
        cmocka_unit_test(the_time_out_of_a_receive_is_no_timer_of_anybody),
        cmocka_unit_test(a_timer_carries_no_more_than_a_message_may),
        cmocka_unit_test(which_of_two_timers_was_set_first_can_be_asked),
        cmocka_unit_test(neither_timers_nor_signals_starve),
    };
    return cmocka_run_group_tests_name("core.timer", tests, NULL, NULL) ? 1 : 0;
}
