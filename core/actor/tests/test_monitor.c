/* SPDX-License-Identifier: MIT */
#include "core/actor/tests/stage.h"

/* Covers: LU-I2 LU-S7 BM-I1 */
static void each_monitor_gives_one_down(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    struct rh_ref first = act_monitor(&s, a, b, RH_ALIAS_NONE);
    struct rh_ref second = act_monitor(&s, a, b, RH_ALIAS_NONE);
    assert_false(rh_ref_equal(first, second));
    settle(&s);
    assert_status(act_demonitor(&s, a, first, 0), RH_OK);
    settle(&s);
    act_exit(&s, b, "boom");
    settle(&s);
    assert_string_equal(heard(&s, a), "down b boom; ");
    assert_int_equal(stats(&s).monitors, 0);
    assert_int_equal(stats(&s).entries, 0);
    stage_close(&s);
}

/* Covers: LU-S3 BM-S4 BM-S41 */
static void a_dead_target_gives_noproc(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    act_exit(&s, b, "boom");
    (void)act_monitor(&s, a, b, RH_ALIAS_NONE);
    settle(&s);
    assert_string_equal(heard(&s, a), "down b noproc; ");
    stage_close(&s);
}

/* Covers: P2 BM-I7 BM-S11 */
static void demonitor_silences_a_down_in_flight(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    struct rh_ref ref = act_monitor(&s, a, b, RH_ALIAS_NONE);
    settle(&s);
    act_exit(&s, b, "boom");
    assert_status(act_demonitor(&s, a, ref, 0), RH_OK);
    settle(&s);
    assert_string_equal(heard(&s, a), "");
    assert_int_equal(stats(&s).stale_downs, 1);
    stage_close(&s);
}

/* Covers: P2 BM-I7 */
static void demonitor_flush_empties_the_mailbox_of_its_down(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_selective(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    struct rh_ref first = act_monitor(&s, a, b, RH_ALIAS_NONE);
    struct rh_ref second = act_monitor(&s, a, b, RH_ALIAS_NONE);
    settle(&s);
    act_exit(&s, b, "boom");
    settle(&s);
    assert_int_equal(look(&s, a).mailbox_length, 2);
    assert_status(act_demonitor(&s, a, first, RH_FLUSH), RH_NOT_FOUND);
    assert_int_equal(look(&s, a).mailbox_length, 1);
    assert_status(act_demonitor(&s, a, second, 0), RH_NOT_FOUND);
    assert_int_equal(look(&s, a).mailbox_length, 1);
    stage_close(&s);
}

/* Covers: BM-I3 */
static void only_the_owner_can_demonitor(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    struct rh_pid c = enter_plain(&s, "c");
    struct rh_ref ref = act_monitor(&s, a, b, RH_ALIAS_NONE);
    assert_status(act_demonitor(&s, c, ref, RH_FLUSH), RH_NOT_FOUND);
    assert_int_equal(stats(&s).foreign_refs, 1);
    settle(&s);
    act_exit(&s, b, "boom");
    settle(&s);
    assert_string_equal(heard(&s, a), "down b boom; ");
    stage_close(&s);
}

/* Covers: BM-S42 */
static void a_watcher_that_dies_leaves_nothing_behind(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    (void)act_monitor(&s, a, b, RH_ALIAS_EXPLICIT);
    settle(&s);
    assert_int_equal(look(&s, b).watcher_count, 1);
    act_exit(&s, a, "boom");
    settle(&s);
    assert_int_equal(look(&s, b).watcher_count, 0);
    assert_int_equal(stats(&s).entries, 0);
    stage_close(&s);
}

static void monitoring_oneself_is_a_reference_and_nothing_else(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_ref ref = act_monitor(&s, a, a, RH_ALIAS_NONE);
    assert_true(rh_pid_equal(ref.owner, a));
    settle(&s);
    assert_int_equal(look(&s, a).monitor_count, 0);
    stage_close(&s);
}

struct by_name {
    const char *name;
    struct rh_ref ref;
};

static enum rh_status do_monitor_name(struct rh_context *ctx, void *state, void *argument)
{
    struct by_name *want = argument;
    (void)state;
    assert_status(rh_monitor_name(ctx, want->name, RH_ALIAS_NONE, &want->ref), RH_OK);
    return RH_OK;
}

static void a_monitor_by_name_follows_the_actor_and_tells_the_name(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    struct rh_pid c = enter_plain(&s, "c");
    assert_status(act_register(&s, a, "svc", b), RH_OK);
    struct by_name want = {.name = "svc"};
    (void)act(&s, a, do_monitor_name, &want);
    struct by_name nobody = {.name = "free"};
    (void)act(&s, a, do_monitor_name, &nobody);
    settle(&s);
    assert_string_equal(heard(&s, a), "down - noproc name=free; ");
    act_exit(&s, b, "boom");
    assert_status(act_register(&s, a, "svc", c), RH_OK); /* the name is free already */
    settle(&s);
    assert_string_equal(heard(&s, a), "down b boom name=svc; ");
    stage_close(&s);
}

/* ---- aliases ---- */

struct through {
    struct rh_ref alias;
    const char *text;
};

static enum rh_status do_send_alias(struct rh_context *ctx, void *state, void *argument)
{
    struct through *want = argument;
    (void)state;
    assert_status(rh_send_alias(ctx, want->alias, word(want->text)), RH_OK);
    return RH_OK;
}

static void send_through(struct stage *s, struct rh_pid actor, struct rh_ref alias,
                         const char *text)
{
    struct through want = {alias, text};
    assert_status(act(s, actor, do_send_alias, &want), RH_OK);
}

static enum rh_status do_open_once(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    return rh_alias_open(ctx, RH_ALIAS_REPLY, argument);
}

static enum rh_status do_close(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    assert_status(rh_alias_close(ctx, *(struct rh_ref *)argument), RH_OK);
    assert_status(rh_alias_close(ctx, *(struct rh_ref *)argument), RH_NOT_FOUND);
    return RH_OK;
}

/* Covers: HY-I32 */
static void a_once_port_takes_one_message(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    struct rh_ref port;
    (void)act(&s, a, do_open_once, &port);
    send_through(&s, b, port, "one");
    send_through(&s, b, port, "two");
    settle(&s);
    assert_string_equal(heard(&s, a), "message b one; ");
    assert_int_equal(stats(&s).alias_closed, 1);
    stage_close(&s);
}

static void an_explicit_alias_survives_the_down_until_it_is_closed(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    struct rh_pid c = enter_plain(&s, "c");
    struct rh_ref ref = act_monitor(&s, a, b, RH_ALIAS_EXPLICIT);
    settle(&s);
    act_exit(&s, b, "boom");
    settle(&s);
    send_through(&s, c, ref, "late");
    settle(&s);
    assert_string_equal(heard(&s, a), "down b boom; message c late; ");
    (void)act(&s, a, do_close, &ref);
    send_through(&s, c, ref, "later");
    settle(&s);
    assert_string_equal(heard(&s, a), "");
    stage_close(&s);
}

static void a_reply_ends_alias_and_monitor_together(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    struct rh_ref ref = act_monitor(&s, a, b, RH_ALIAS_REPLY_DEMONITOR);
    settle(&s);
    send_through(&s, b, ref, "reply");
    act_exit(&s, b, "boom");
    settle(&s);
    assert_string_equal(heard(&s, a), "message b reply; ");
    assert_int_equal(stats(&s).entries, 0);
    stage_close(&s);
}

static void the_down_ends_a_demonitor_alias(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    struct rh_pid c = enter_plain(&s, "c");
    struct rh_ref ref = act_monitor(&s, a, b, RH_ALIAS_DEMONITOR);
    settle(&s);
    act_exit(&s, b, "boom");
    settle(&s);
    send_through(&s, c, ref, "late");
    settle(&s);
    assert_string_equal(heard(&s, a), "down b boom; ");
    stage_close(&s);
}

static enum rh_status do_ask(struct rh_context *ctx, void *state, void *argument)
{
    struct rh_ref question;
    (void)state;
    return rh_ask_alive(ctx, *(struct rh_pid *)argument, &question);
}

/* Covers: LU-I5 */
static void asking_is_answered_behind_what_was_sent_before(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    (void)act(&s, a, do_ask, &b);
    (void)act_exit_signal(&s, a, b, "kill");
    (void)act(&s, a, do_ask, &b);
    settle(&s);
    assert_string_equal(heard(&s, a), "liveness b alive; liveness b dead; ");
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_monitor_gives_one_down),
        cmocka_unit_test(a_dead_target_gives_noproc),
        cmocka_unit_test(demonitor_silences_a_down_in_flight),
        cmocka_unit_test(demonitor_flush_empties_the_mailbox_of_its_down),
        cmocka_unit_test(only_the_owner_can_demonitor),
        cmocka_unit_test(a_watcher_that_dies_leaves_nothing_behind),
        cmocka_unit_test(monitoring_oneself_is_a_reference_and_nothing_else),
        cmocka_unit_test(a_monitor_by_name_follows_the_actor_and_tells_the_name),
        cmocka_unit_test(a_once_port_takes_one_message),
        cmocka_unit_test(an_explicit_alias_survives_the_down_until_it_is_closed),
        cmocka_unit_test(a_reply_ends_alias_and_monitor_together),
        cmocka_unit_test(the_down_ends_a_demonitor_alias),
        cmocka_unit_test(asking_is_answered_behind_what_was_sent_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) == 0 ? 0 : 1;
}
