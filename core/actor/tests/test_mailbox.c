/* SPDX-License-Identifier: MIT */
#include "core/actor/tests/stage.h"

static void receive(struct stage *s, struct rh_pid actor, const char *wanted, rh_duration timeout)
{
    struct rh_message pattern = wanted == NULL ? (struct rh_message){0} : word(wanted);
    struct rh_receive want = {
        .patterns = &pattern, .pattern_count = wanted == NULL ? 0 : 1, .timeout = timeout};
    assert_status(act_receive(s, actor, &want), RH_OK);
}

static void takes_in_order_without_a_pattern(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_selective(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    (void)act_send(&s, b, a, "one");
    (void)act_send(&s, b, a, "two");
    settle(&s);
    assert_string_equal(heard(&s, a), "");
    receive(&s, a, NULL, RH_NEVER);
    settle(&s);
    assert_string_equal(heard(&s, a), "message b one; ");
    assert_int_equal(look(&s, a).mailbox_length, 1);
    stage_close(&s);
}

/* Covers: BM-S40 */
static void leaves_in_place_what_does_not_match(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_selective(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    (void)act_send(&s, b, a, "one");
    (void)act_send(&s, b, a, "two");
    (void)act_send(&s, b, a, "three");
    settle(&s);
    receive(&s, a, "two", RH_NEVER);
    settle(&s);
    receive(&s, a, NULL, RH_NEVER);
    settle(&s);
    receive(&s, a, NULL, RH_NEVER);
    settle(&s);
    assert_string_equal(heard(&s, a), "message b two; message b one; message b three; ");
    stage_close(&s);
}

static void several_wants_take_the_earliest_in_the_queue(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_selective(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    (void)act_send(&s, b, a, "one");
    (void)act_send(&s, b, a, "two");
    (void)act_send(&s, b, a, "three");
    settle(&s);
    struct rh_message tags[] = {word("three"), word("two")};
    struct rh_receive want = {.tags = tags, .tag_count = 2, .timeout = RH_NEVER};
    (void)act_receive(&s, a, &want);
    settle(&s);
    assert_string_equal(heard(&s, a), "message b two; ");
    stage_close(&s);
}

/* Covers: LU-I8 BM-I20 */
static void a_waiting_receive_wakes_for_what_it_wants_only(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_selective(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    receive(&s, a, "five", RH_NEVER);
    (void)act_send(&s, b, a, "other");
    settle(&s);
    assert_string_equal(heard(&s, a), "");
    (void)act_send(&s, b, a, "five");
    settle(&s);
    assert_string_equal(heard(&s, a), "message b five; ");
    stage_close(&s);
}

/* Covers: LU-S11 LU-I7 */
static void a_time_out_leaves_the_queue_as_it_was(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_selective(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    receive(&s, a, "five", 5 * RH_MILLISECOND);
    (void)act_send(&s, b, a, "one");
    wait_for(&s, 10 * RH_MILLISECOND);
    assert_string_equal(heard(&s, a), "receive_timeout a; ");
    (void)act_send(&s, b, a, "five"); /* a stale waiter must not capture it */
    settle(&s);
    receive(&s, a, NULL, RH_NEVER);
    settle(&s);
    assert_string_equal(heard(&s, a), "message b one; ");
    stage_close(&s);
}

static void a_zero_time_out_looks_first(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_selective(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    (void)act_send(&s, b, a, "one");
    settle(&s);
    receive(&s, a, NULL, 0);
    settle(&s);
    receive(&s, a, NULL, 0);
    settle(&s);
    assert_string_equal(heard(&s, a), "message b one; receive_timeout a; ");
    stage_close(&s);
}

/* The TAKE waits behind others, and time passes: no reason to give up. */
/* Covers: LU-I8 BM-I20 */
static void a_slow_actor_does_not_give_up_on_what_is_there(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_selective(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    (void)act_send(&s, b, a, "one");
    settle(&s);
    receive(&s, a, "one", RH_MILLISECOND);
    s.now = RH_SECOND;
    settle(&s);
    assert_string_equal(heard(&s, a), "message b one; ");
    receive(&s, a, "two", RH_MILLISECOND);
    (void)act_send(&s, b, a, "two"); /* arrives late, and before the time-out that is due */
    assert_int_equal(rh_node_run(s.node, s.now, 1), 1);
    s.now += RH_SECOND;
    settle(&s);
    assert_string_equal(heard(&s, a), "message b two; ");
    assert_int_equal(stats(&s).timers, 0);
    stage_close(&s);
}

/* What was found is flushed before it is taken: the wait goes on, and ends in its time. */
static void a_wait_whose_find_is_gone_goes_on(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_selective(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    act_trap(&s, a, true);
    (void)act_link(&s, a, b);
    settle(&s);
    act_exit(&s, b, "boom");
    settle(&s); /* the EXIT is in the mailbox */
    receive(&s, a, NULL, RH_MILLISECOND);
    assert_int_equal(rh_node_next_due(s.node), RH_NEVER);
    (void)act_unlink(&s, a, b, RH_FLUSH);
    assert_int_equal(rh_node_next_due(s.node), RH_MILLISECOND);
    settle(&s);
    assert_string_equal(heard(&s, a), "");
    s.now = RH_MILLISECOND;
    settle(&s);
    assert_string_equal(heard(&s, a), "receive_timeout a; ");
    stage_close(&s);
}

static enum rh_status do_cancel(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    (void)argument;
    rh_receive_cancel(ctx);
    return RH_OK;
}

/* Covers: LU-S11 LU-I7 W11 */
static void cancelling_keeps_order(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_selective(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    receive(&s, a, "one", RH_SECOND);
    (void)act_send(&s, b, a, "one");
    (void)act_send(&s, b, a, "two");
    assert_int_equal(rh_node_run(s.node, 0, 2),
                     2); /* both are in the mailbox, the TAKE is queued */
    (void)act(&s, a, do_cancel, NULL);
    settle(&s);
    assert_string_equal(heard(&s, a), "");
    assert_int_equal(stats(&s).timers, 0);
    receive(&s, a, NULL, RH_NEVER);
    settle(&s);
    assert_string_equal(heard(&s, a), "message b one; ");
    stage_close(&s);
}

static void an_actor_without_a_mailbox_cannot_receive(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_receive want = {.timeout = RH_NEVER};
    assert_status(act_receive(&s, a, &want), RH_INVALID);
    stage_close(&s);
}

static void what_waits_is_discarded_with_its_owner(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_selective(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    receive(&s, a, "never", RH_SECOND);
    (void)act_send(&s, b, a, "one");
    settle(&s);
    act_exit(&s, a, "boom");
    (void)act_send(&s, b, a, "two");
    settle(&s);
    assert_int_equal(stats(&s).messages_dropped, 2);
    assert_int_equal(stats(&s).timers, 0);
    stage_close(&s);
}

/* Results must equal a naive list scan with the same calls, whatever the calls. */
/* Covers: LU-I7 LU-I8 BM-I20 */
static void agrees_with_a_naive_scan(void **state)
{
    (void)state;
    const char *const words[] = {"a", "b", "c"};
    uint64_t random = 88172645463325252u;
    for (int round = 0; round < 300; round++) {
        struct stage s;
        stage_open(&s);
        struct rh_pid a = enter_selective(&s, "a");
        struct rh_pid b = enter_plain(&s, "b");
        int model[64];
        size_t length = 0;
        for (int step = 0; step < 20; step++) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            int choice = (int)(random % 3);
            if (random >> 60 < 9) {
                (void)act_send(&s, b, a, words[choice]);
                settle(&s);
                model[length++] = choice;
                continue;
            }
            receive(&s, a, words[choice], 0);
            settle(&s);
            size_t at = 0;
            while (at < length && model[at] != choice) {
                at++;
            }
            if (at == length) {
                assert_string_equal(heard(&s, a), "receive_timeout a; ");
                continue;
            }
            char wanted[32] = "message b ?; ";
            wanted[10] = words[choice][0];
            assert_string_equal(heard(&s, a), wanted);
            for (size_t i = at; i + 1 < length; i++) {
                model[i] = model[i + 1];
            }
            length--;
        }
        assert_int_equal(look(&s, a).mailbox_length, length);
        stage_close(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_in_order_without_a_pattern),
        cmocka_unit_test(leaves_in_place_what_does_not_match),
        cmocka_unit_test(several_wants_take_the_earliest_in_the_queue),
        cmocka_unit_test(a_waiting_receive_wakes_for_what_it_wants_only),
        cmocka_unit_test(a_time_out_leaves_the_queue_as_it_was),
        cmocka_unit_test(a_zero_time_out_looks_first),
        cmocka_unit_test(a_slow_actor_does_not_give_up_on_what_is_there),
        cmocka_unit_test(a_wait_whose_find_is_gone_goes_on),
        cmocka_unit_test(cancelling_keeps_order),
        cmocka_unit_test(an_actor_without_a_mailbox_cannot_receive),
        cmocka_unit_test(what_waits_is_discarded_with_its_owner),
        cmocka_unit_test(agrees_with_a_naive_scan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) == 0 ? 0 : 1;
}
