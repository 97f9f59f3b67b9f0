/* SPDX-License-Identifier: MIT */
#include "core/actor/tests/stage.h"

/* Covers: LU-I1 TH-I1 TH-S12 TH-I2 BM-I9 */
static void an_exit_reaches_a_trapping_partner_once(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_trapping(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    assert_status(act_link(&s, a, b), RH_OK);
    assert_status(act_link(&s, b, a), RH_OK);
    settle(&s);
    act_exit(&s, b, "boom");
    settle(&s);
    assert_string_equal(heard(&s, a), "exit b boom; ");
    assert_int_equal(stats(&s).links, 0);
    stage_close(&s);
}

/* Covers: TH-I18 */
static void an_exit_ends_a_partner_that_does_not_trap(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    struct rh_pid c = enter_trapping(&s, "c");
    (void)act_link(&s, a, b);
    (void)act_link(&s, b, c);
    settle(&s);
    act_exit(&s, a, "boom");
    settle(&s);
    assert_false(is_alive(&s, b));
    assert_string_equal(heard(&s, c), "exit b boom; ");
    stage_close(&s);
}

/* Covers: P9 LU-I14 BM-I13 */
static void a_normal_exit_spares_a_partner_that_does_not_trap(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    (void)act_link(&s, a, b);
    settle(&s);
    act_exit(&s, b, "normal");
    settle(&s);
    assert_true(is_alive(&s, a));
    assert_int_equal(look(&s, a).link_count, 0);
    stage_close(&s);
}

/* Covers: P6 LU-S20 LU-I15 */
static void a_ring_dies_once_around(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid ring[4];
    for (int i = 0; i < 4; i++) {
        ring[i] = enter_plain(&s, "r");
    }
    for (int i = 0; i < 4; i++) {
        (void)act_link(&s, ring[i], ring[(i + 1) % 4]);
    }
    settle(&s);
    act_exit(&s, ring[2], "boom");
    settle(&s);
    assert_int_equal(stats(&s).exited, 4);
    assert_int_equal(stats(&s).actors, 0);
    stage_close(&s);
}

/* Covers: P4 LU-S4 LU-I3 W10 */
static void unlink_is_a_barrier_for_an_exit_in_flight(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    (void)act_link(&s, a, b);
    settle(&s);
    act_exit(&s, b, "boom"); /* the EXIT is on its way */
    (void)act_unlink(&s, a, b, 0);
    settle(&s);
    assert_true(is_alive(&s, a));
    assert_int_equal(stats(&s).stale_exits, 1);
    stage_close(&s);
}

/* Covers: BM-S26 LU-I3 */
static void an_exit_of_an_old_link_does_not_touch_a_new_one(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_trapping(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    (void)act_link(&s, a, b);
    settle(&s);
    act_exit(&s, b, "boom");
    (void)act_unlink(&s, a, b, 0);
    assert_status(act_link(&s, a, b), RH_OK);
    settle(&s);
    assert_string_equal(heard(&s, a), "exit b noproc; ");
    stage_close(&s);
}

/* Covers: LU-I4 */
static void crossing_link_and_unlink_leave_both_sides_agreeing(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    (void)act_link(&s, a, b); /* LINKs cross */
    (void)act_link(&s, b, a);
    (void)act_unlink(&s, a, b, 0); /* and the unlink knows of one of them only */
    settle(&s);
    assert_int_equal(look(&s, a).link_count, look(&s, b).link_count);
    assert_int_equal(look(&s, a).link_count, 1);
    stage_close(&s);
}

/* Covers: P4 */
static void unlink_flush_removes_the_notice_from_the_mailbox(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_selective(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    (void)act_link(&s, a, b);
    settle(&s);
    act_exit(&s, b, "boom");
    settle(&s);
    assert_int_equal(look(&s, a).mailbox_length, 1);
    (void)act_unlink(&s, a, b, 0);
    assert_int_equal(look(&s, a).mailbox_length, 1);
    (void)act_unlink(&s, a, b, RH_FLUSH);
    assert_int_equal(look(&s, a).mailbox_length, 0);
    stage_close(&s);
}

/* Covers: TH-S11 LU-I1 */
static void linking_a_dead_actor_answers_noproc(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid t = enter_trapping(&s, "t");
    struct rh_pid b = enter_plain(&s, "b");
    act_exit(&s, b, "boom");
    settle(&s);
    assert_status(act_link(&s, a, b), RH_NOPROC);
    assert_status(act_link(&s, t, b), RH_OK);
    settle(&s);
    assert_true(is_alive(&s, a));
    assert_string_equal(heard(&s, t), "exit b noproc; ");
    assert_int_equal(stats(&s).links, 0);
    stage_close(&s);
}

static void linking_oneself_is_nothing(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    assert_status(act_link(&s, a, a), RH_OK);
    settle(&s);
    assert_int_equal(look(&s, a).link_count, 0);
    stage_close(&s);
}

/* Covers: LU-S6 */
static void the_first_tag_stays_and_comes_back(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_trapping(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    assert_status(act_link_tagged(&s, a, b, 7), RH_OK);
    assert_status(act_link_tagged(&s, a, b, 8), RH_ALREADY);
    assert_status(act_link_tagged(&s, a, b, 7), RH_OK);
    settle(&s);
    act_exit(&s, b, "boom");
    settle(&s);
    assert_string_equal(heard(&s, a), "exit b boom tag=7; ");
    stage_close(&s);
}

static enum rh_status do_link_all(struct rh_context *ctx, void *state, void *argument)
{
    struct operation *op = argument;
    (void)state;
    op->status = rh_link_all(ctx, op->pids, op->count);
    return RH_OK;
}

static void many_are_linked_with_or_none(void **state)
{
    (void)state;
    bool has_failed = true;
    for (size_t at = 0; has_failed; at++) {
        struct stage s;
        struct purse purse = {.refuse_at = 0};
        struct rh_allocator allocator = purse_allocator(&purse);
        struct rh_limits limits = rh_limits_default();
        limits.pool_objects_per_chunk = 1;
        stage_open_with(&s, &(struct rh_node_options){.allocator = &allocator, .limits = &limits});
        struct rh_pid a = enter_plain(&s, "a");
        struct rh_pid b = enter_trapping(&s, "b");
        struct rh_pid c = enter_trapping(&s, "c");
        struct rh_pid d = enter_trapping(&s, "d");
        assert_status(act_link(&s, a, b), RH_OK);
        settle(&s);
        purse.refuse_at = at == 0 ? 0 : purse.allocations + at;
        struct operation op = {.pids = {c, b, a, d}, .count = 4};
        op = perform(&s, a, op, do_link_all);
        purse.refuse_at = 0;
        has_failed = at == 0 || op.status == RH_NO_MEMORY;
        assert_status(op.status, at > 0 && has_failed ? RH_NO_MEMORY : RH_OK);
        act_exit(&s, a, "boom");
        settle(&s);
        assert_string_equal(heard(&s, b), "exit a boom; ");
        const char *others = op.status == RH_OK ? "exit a boom; " : "";
        assert_string_equal(heard(&s, c), others);
        assert_string_equal(heard(&s, d), others);
        assert_true(has_failed || at > 3);
        stage_close(&s);
    }
}

static void a_dead_one_among_many_answers_noproc(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_trapping(&s, "b");
    struct rh_pid dead = enter_plain(&s, "dead");
    act_exit(&s, dead, "gone");
    settle(&s);
    struct operation op = {.pids = {b, rh_pid_none()}, .count = 2};
    assert_status(perform(&s, a, op, do_link_all).status, RH_INVALID);
    op = (struct operation){.pids = {b, dead}, .count = 2};
    assert_status(perform(&s, a, op, do_link_all).status, RH_OK);
    settle(&s);
    assert_string_equal(heard(&s, b), "exit a noproc; ");
    stage_close(&s);
}

static void a_link_to_another_node_answers_noconnection(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_trapping(&s, "a");
    struct rh_pid far = {.node = 9, .incarnation = 1, .slot = 0, .generation = 1};
    assert_status(act_link(&s, a, far), RH_OK);
    settle(&s);
    assert_string_equal(heard(&s, a), "exit ? noconnection; ");
    stage_close(&s);
}

/* Covers: P7 P8 BM-S28 BM-I12 W14 */
static void kill_cannot_be_trapped_and_is_seen_as_killed(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_trapping(&s, "a");
    struct rh_pid b = enter_trapping(&s, "b");
    (void)act_link(&s, a, b);
    settle(&s);
    assert_status(act_exit_signal(&s, a, b, "kill"), RH_OK);
    settle(&s);
    assert_string_equal(heard(&s, a), "exit b killed; ");
    stage_close(&s);
}

static void an_own_exit_with_reason_kill_is_ordinary(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_trapping(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    (void)act_link(&s, a, b);
    settle(&s);
    act_exit(&s, b, "kill");
    settle(&s);
    assert_string_equal(heard(&s, a), "exit b kill; ");
    stage_close(&s);
}

static void an_exit_signal_to_oneself_is_judged_when_it_is_handled(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_trapping(&s, "a");
    assert_status(act_exit_signal(&s, a, a, "foo"), RH_OK);
    act_trap(&s, a, false);
    settle(&s);
    assert_false(is_alive(&s, a));
    struct rh_pid b = enter_plain(&s, "b");
    assert_status(act_exit_signal(&s, b, b, "normal"), RH_EXITED);
    assert_false(is_alive(&s, b));
    stage_close(&s);
}

/* Covers: TH-S30 */
static void a_reason_that_is_too_large_is_visibly_truncated(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_trapping(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    (void)act_link(&s, a, b);
    settle(&s);
    char long_text[400];
    for (size_t i = 0; i < sizeof(long_text) - 1; i++) {
        long_text[i] = 'x';
    }
    long_text[sizeof(long_text) - 1] = '\0';
    act_exit(&s, b, long_text);
    settle(&s);
    assert_string_equal(heard(&s, a), "exit b [error, truncated]; ");
    stage_close(&s);
}

static enum rh_status spawn_spent(struct rh_context *ctx, void *state, void *argument)
{
    static const struct rh_behaviour spent = {.name = "spent"};
    const struct rh_spawn_options options = {.link = true};
    (void)state;
    return rh_spawn(ctx, &spent, &options, argument, NULL);
}

/* Covers: TH-I22 */
static void an_actor_without_a_receiver_ends_in_its_first_turn(void **state)
{
    struct stage s;
    struct rh_pid spent = rh_pid_none();
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_trapping(&s, "a");
    assert_status(act(&s, a, spawn_spent, &spent), RH_OK);
    assert_true(is_alive(&s, spent));
    settle(&s);
    assert_false(is_alive(&s, spent));
    assert_string_equal(heard(&s, a), "exit ? noreceive; ");
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_exit_reaches_a_trapping_partner_once),
        cmocka_unit_test(an_exit_ends_a_partner_that_does_not_trap),
        cmocka_unit_test(a_normal_exit_spares_a_partner_that_does_not_trap),
        cmocka_unit_test(a_ring_dies_once_around),
        cmocka_unit_test(unlink_is_a_barrier_for_an_exit_in_flight),
        cmocka_unit_test(an_exit_of_an_old_link_does_not_touch_a_new_one),
        cmocka_unit_test(crossing_link_and_unlink_leave_both_sides_agreeing),
        cmocka_unit_test(unlink_flush_removes_the_notice_from_the_mailbox),
        cmocka_unit_test(linking_a_dead_actor_answers_noproc),
        cmocka_unit_test(linking_oneself_is_nothing),
        cmocka_unit_test(the_first_tag_stays_and_comes_back),
        cmocka_unit_test(many_are_linked_with_or_none),
        cmocka_unit_test(a_dead_one_among_many_answers_noproc),
        cmocka_unit_test(a_link_to_another_node_answers_noconnection),
        cmocka_unit_test(kill_cannot_be_trapped_and_is_seen_as_killed),
        cmocka_unit_test(an_own_exit_with_reason_kill_is_ordinary),
        cmocka_unit_test(an_exit_signal_to_oneself_is_judged_when_it_is_handled),
        cmocka_unit_test(a_reason_that_is_too_large_is_visibly_truncated),
        cmocka_unit_test(an_actor_without_a_receiver_ends_in_its_first_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) == 0 ? 0 : 1;
}
