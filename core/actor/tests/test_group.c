/* SPDX-License-Identifier: MIT */
/* Process groups: membership as often as one joined, in joining order, and notices of every change. */
#include "core/actor/tests/stage.h"

OPERATION(do_join, rh_group_join(ctx, op->text, op->to))
OPERATION(do_leave, rh_group_leave(ctx, op->text, op->to))
OPERATION(do_members, (op->count = rh_group_members(ctx, op->text, op->pids, 4), RH_OK))
OPERATION(do_monitor, rh_group_monitor(ctx, op->text, &op->ref))
OPERATION(do_demonitor, rh_group_demonitor(ctx, op->ref, op->flags))

static enum rh_status join(struct stage *s, struct rh_pid actor, const char *group,
                           struct rh_pid member)
{
    return perform(s, actor, (struct operation){.text = group, .to = member}, do_join).status;
}

static enum rh_status leave(struct stage *s, struct rh_pid actor, const char *group,
                            struct rh_pid member)
{
    return perform(s, actor, (struct operation){.text = group, .to = member}, do_leave).status;
}

static struct operation members(struct stage *s, struct rh_pid actor, const char *group)
{
    return perform(s, actor, (struct operation){.text = group}, do_members);
}

static struct rh_ref monitor(struct stage *s, struct rh_pid actor, const char *group)
{
    struct operation done = perform(s, actor, (struct operation){.text = group}, do_monitor);
    assert_status(done.status, RH_OK);
    return done.ref;
}

static enum rh_status demonitor(struct stage *s, struct rh_pid actor, struct rh_ref ref,
                                unsigned flags)
{
    return perform(s, actor, (struct operation){.ref = ref, .flags = flags}, do_demonitor).status;
}

static void members_come_in_joining_order_as_often_as_they_joined(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    assert_int_equal(members(&s, a, "team").count, 0);
    assert_status(join(&s, a, "team", b), RH_OK); /* anybody may bring anybody */
    assert_status(join(&s, a, "team", a), RH_OK);
    assert_status(join(&s, b, "team", b), RH_OK);
    struct operation found = members(&s, a, "team");
    assert_int_equal(found.count, 3);
    assert_true(rh_pid_equal(found.pids[0], b));
    assert_true(rh_pid_equal(found.pids[1], a));
    assert_true(rh_pid_equal(found.pids[2], b));
    assert_status(leave(&s, a, "team", b), RH_OK);
    found = members(&s, a, "team");
    assert_int_equal(found.count, 2);
    assert_true(rh_pid_equal(found.pids[0], a));
    assert_status(leave(&s, a, "team", b), RH_OK);
    assert_status(leave(&s, a, "team", b), RH_NOT_FOUND);
    assert_status(leave(&s, a, "team", a), RH_OK);
    assert_int_equal(members(&s, a, "team").count, 0);
    assert_int_equal(stats(&s).entries, 0);
    stage_close(&s);
}

static void more_members_than_room_are_counted(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    for (int i = 0; i < 20; i++) {
        assert_status(join(&s, a, "team", a), RH_OK);
    }
    struct operation found = members(&s, a, "team");
    assert_int_equal(found.count, 20);
    assert_true(rh_pid_equal(found.pids[3], a));
    act_exit(&s, a, "boom");
    stage_close_empty(&s);
}

static enum rh_status ignore(struct rh_context *ctx, void *state, const struct rh_delivery *in)
{
    (void)ctx;
    (void)state;
    (void)in;
    return RH_OK;
}

static const struct rh_behaviour bystander = {.name = "bystander", .receive = ignore};

/* Each membership is looked at once, however many there are: so the loss of a node with many members is linear. */
static void the_end_of_many_members_costs_each_of_them_once(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    static struct rh_pid crowd[500];
    struct rh_pid a = enter_plain(&s, "a");
    for (size_t i = 0; i < 500; i++) {
        assert_status(rh_node_spawn(s.node, 0, &bystander, NULL, &crowd[i]), RH_OK);
        (void)rh_node_run(s.node, 0, 1);
        assert_status(join(&s, a, "team", crowd[i]), RH_OK);
        assert_status(join(&s, a, "other", crowd[i]), RH_OK);
    }
    for (size_t i = 500; i-- > 250;) {
        assert_status(leave(&s, a, "other", crowd[i]), RH_OK);
    }
    assert_int_equal(stats(&s).memberships_passed, 500); /* both of each */
    for (size_t i = 500; i-- > 0;) {
        assert_status(rh_node_crash(s.node, 0, crowd[i], RH_ITEM(NULL, "boom")), RH_OK);
    }
    assert_int_equal(stats(&s).memberships_passed, 500 + 750);
    assert_int_equal(members(&s, a, "team").count, 0);
    stage_close(&s);
}

static void only_live_local_actors_are_members(void **state)
{
    struct stage s;
    struct rh_pid far = {.node = 9, .incarnation = 1, .slot = 0, .generation = 1};
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    act_exit(&s, b, "boom");
    assert_status(join(&s, a, "team", b), RH_NOPROC);
    assert_status(join(&s, a, "team", far), RH_NOPROC);
    assert_status(join(&s, a, "", a), RH_INVALID);
    assert_status(leave(&s, a, "team", b), RH_NOT_FOUND);
    assert_status(leave(&s, a, "team", a), RH_NOT_FOUND);
    assert_status(join(&s, a, "team", a), RH_OK);
    assert_status(leave(&s, a, "other", a), RH_NOT_FOUND);
    stage_close(&s);
}

static void a_name_and_a_group_may_share_a_word(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    assert_status(act_register(&s, a, "word", a), RH_OK);
    assert_int_equal(members(&s, a, "word").count, 0);
    assert_status(join(&s, a, "word", a), RH_OK);
    act_exit(&s, a, "boom");
    stage_close_empty(&s);
}

static void watchers_of_a_group_hear_of_every_join_and_leave(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    struct rh_pid c = enter_plain(&s, "c");
    assert_status(join(&s, b, "team", b), RH_OK);
    (void)monitor(&s, a, "team");
    (void)monitor(&s, a, "team"); /* two subscriptions, two notices */
    (void)monitor(&s, c, "team");
    assert_status(join(&s, b, "team", b), RH_OK);
    settle(&s);
    assert_string_equal(heard(&s, a), "group_join b name=team; group_join b name=team; ");
    assert_status(leave(&s, b, "team", b), RH_OK);
    settle(&s);
    assert_string_equal(heard(&s, a), "group_leave b name=team; group_leave b name=team; ");
    act_exit(&s, b, "boom");
    settle(&s);
    assert_string_equal(heard(&s, a), "group_leave b name=team; group_leave b name=team; ");
    assert_string_equal(heard(&s, c), "group_join b name=team; group_leave b name=team; "
                                      "group_leave b name=team; ");
    assert_status(join(&s, c, "team", c), RH_OK); /* of oneself, too */
    settle(&s);
    assert_string_equal(heard(&s, c), "group_join c name=team; ");
    stage_close(&s);
}

/* Every join and leave is heard, whatever joined before the subscription or after it. */
static void a_subscription_covers_what_was_there_and_what_comes(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    struct rh_pid c = enter_plain(&s, "c");
    for (int i = 0; i < 3; i++) {
        assert_status(join(&s, b, "team", b), RH_OK);
    }
    (void)monitor(&s, a, "team");
    assert_status(join(&s, c, "team", c), RH_OK);
    act_exit(&s, b, "boom");
    act_exit(&s, c, "boom");
    settle(&s);
    assert_string_equal(heard(&s, a),
                        "group_join c name=team; group_leave b name=team; group_leave b name=team; "
                        "group_leave b name=team; group_leave c name=team; ");

    act_exit(&s, a, "boom");
    stage_close_empty(&s);
}

static void after_demonitor_no_notice_arrives(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    struct rh_ref ref = monitor(&s, a, "team");
    struct rh_ref other = monitor(&s, a, "team");
    assert_status(join(&s, b, "team", b), RH_OK); /* two notices are under way */
    assert_status(demonitor(&s, a, ref, 0), RH_OK);
    assert_status(demonitor(&s, a, ref, 0), RH_NOT_FOUND);
    settle(&s);
    assert_string_equal(heard(&s, a), "group_join b name=team; ");
    assert_int_equal(stats(&s).stale_group_notices, 1);
    assert_status(demonitor(&s, a, other, 0), RH_OK);
    assert_status(leave(&s, b, "team", b), RH_OK);
    settle(&s);
    assert_string_equal(heard(&s, a), "");
    assert_int_equal(stats(&s).entries, 0);
    stage_close(&s);
}

static void demonitor_flush_empties_the_mailbox_of_its_notices(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_selective(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    struct rh_ref ref = monitor(&s, a, "team");
    struct rh_ref other = monitor(&s, a, "team");
    for (int i = 0; i < 3; i++) {
        assert_status(join(&s, b, "team", b), RH_OK);
        assert_status(leave(&s, b, "team", b), RH_OK);
    }
    settle(&s);
    assert_int_equal(look(&s, a).mailbox_length, 12);
    assert_status(demonitor(&s, a, ref, 0), RH_OK);
    assert_int_equal(look(&s, a).mailbox_length, 12);
    assert_status(demonitor(&s, a, ref, RH_FLUSH), RH_NOT_FOUND);
    assert_int_equal(look(&s, a).mailbox_length, 6);
    assert_status(demonitor(&s, a, other, RH_FLUSH), RH_OK);
    assert_int_equal(look(&s, a).mailbox_length, 0);
    stage_close(&s);
}

static void only_its_owner_ends_a_subscription(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    struct rh_ref ref = monitor(&s, a, "team");
    assert_status(demonitor(&s, b, ref, RH_FLUSH), RH_NOT_FOUND);
    assert_int_equal(stats(&s).foreign_refs, 1);
    struct rh_ref none = {a, 0}; /* what a spawn without monitor leaves: not "all of them" */
    assert_status(demonitor(&s, a, none, RH_FLUSH), RH_NOT_FOUND);
    assert_status(join(&s, b, "team", b), RH_OK);
    settle(&s);
    assert_string_equal(heard(&s, a), "group_join b name=team; ");
    stage_close(&s);
}

static void a_member_that_watches_hears_nothing_of_its_own_exit(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    (void)monitor(&s, a, "team");
    (void)monitor(&s, a, "other");
    assert_status(join(&s, a, "team", a), RH_OK);
    settle(&s);
    stage_log(&s, STAGE_BIT(SEND) | STAGE_BIT(GROUP_REMOVE));
    act_exit(&s, a, "boom");
    assert_string_equal(logged(&s), "group_remove:exit a team; ");
    stage_close_empty(&s);
}

static void a_notice_carries_its_reference_past_the_end_of_the_group(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_selective(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    struct rh_ref ref = monitor(&s, a, "team");
    assert_status(join(&s, b, "team", b), RH_OK);
    settle(&s);
    act_exit(&s, b, "boom");
    settle(&s);
    assert_status(demonitor(&s, a, ref, 0), RH_OK); /* the group is gone, its word is still known */
    struct rh_receive want = {.refs = &ref, .ref_count = 1, .timeout = RH_NEVER};
    assert_status(act_receive(&s, a, &want), RH_OK);
    settle(&s);
    assert_status(act_receive(&s, a, &want), RH_OK);
    settle(&s);
    assert_string_equal(heard(&s, a), "group_join b name=team; group_leave b name=team; ");
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_come_in_joining_order_as_often_as_they_joined),
        cmocka_unit_test(more_members_than_room_are_counted),
        cmocka_unit_test(the_end_of_many_members_costs_each_of_them_once),
        cmocka_unit_test(only_live_local_actors_are_members),
        cmocka_unit_test(a_name_and_a_group_may_share_a_word),
        cmocka_unit_test(watchers_of_a_group_hear_of_every_join_and_leave),
        cmocka_unit_test(a_subscription_covers_what_was_there_and_what_comes),
        cmocka_unit_test(after_demonitor_no_notice_arrives),
        cmocka_unit_test(demonitor_flush_empties_the_mailbox_of_its_notices),
        cmocka_unit_test(only_its_owner_ends_a_subscription),
        cmocka_unit_test(a_member_that_watches_hears_nothing_of_its_own_exit),
        cmocka_unit_test(a_notice_carries_its_reference_past_the_end_of_the_group),
    };
    return cmocka_run_group_tests_name("core.group", tests, NULL, NULL) ? 1 : 0;
}
