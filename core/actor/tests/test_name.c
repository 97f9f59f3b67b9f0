/* SPDX-License-Identifier: MIT */
/* Names: one owner each, one name each, free again with the owner's exit. */
#include "core/actor/tests/stage.h"

#include <stdio.h>
#include <string.h>

OPERATION(do_unregister, rh_unregister(ctx, op->text))
OPERATION(do_whereis, rh_whereis(ctx, op->text, &op->pids[0]))
OPERATION(do_send_name_at, rh_send_name_at(ctx, op->name, 1, word(op->text)))
OPERATION(do_monitor_name, rh_monitor_name(ctx, op->text, op->alias, &op->ref))
OPERATION(do_join, rh_group_join(ctx, op->text, op->to))

static enum rh_status unregister(struct stage *s, struct rh_pid actor, const char *name)
{
    return perform(s, actor, (struct operation){.text = name}, do_unregister).status;
}

static struct rh_pid whereis(struct stage *s, struct rh_pid actor, const char *name)
{
    struct operation done = perform(s, actor, (struct operation){.text = name}, do_whereis);
    struct rh_pid seen = rh_pid_none();
    assert_int_equal(rh_inspect_whereis(s->node, name, &seen), done.status == RH_OK);
    if (done.status == RH_OK) {
        assert_true(rh_pid_equal(seen, done.pids[0]));
    } else {
        assert_status(done.status, RH_NOT_FOUND);
        assert_true(rh_pid_is_none(done.pids[0]));
    }
    return done.pids[0];
}

static void a_name_has_one_owner_and_an_owner_one_name(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    assert_status(act_register(&s, a, "one", b), RH_OK); /* anybody may name anybody */
    assert_status(act_register(&s, b, "one", b), RH_TAKEN);
    assert_status(act_register(&s, a, "one", a), RH_TAKEN);
    assert_status(act_register(&s, a, "two", b), RH_ALREADY);
    assert_true(rh_pid_equal(whereis(&s, a, "one"), b));
    assert_true(rh_pid_is_none(whereis(&s, a, "two")));
    assert_string_equal(look(&s, b).name, "one");
    assert_null(look(&s, a).name);
    stage_close(&s);
}

static void what_is_not_a_name_is_refused(void **state)
{
    struct stage s;
    struct rh_limits limits = rh_limits_default();
    struct rh_node_options options = {.limits = &limits};
    struct rh_pid far = {.node = 9, .incarnation = 1, .slot = 0, .generation = 1};
    (void)state;
    limits.name_bytes_max = 4;
    stage_open_with(&s, &options);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    assert_status(act_register(&s, a, "", a), RH_INVALID);
    assert_status(act_register(&s, a, NULL, a), RH_INVALID);
    assert_status(act_register(&s, a, "12345", a), RH_INVALID);
    assert_status(act_register(&s, a, "1234", a), RH_OK);
    assert_status(act_register(&s, a, "far", far), RH_NOPROC);
    assert_status(act_register(&s, a, "none", rh_pid_none()), RH_NOPROC);
    act_exit(&s, b, "boom");
    assert_status(act_register(&s, a, "dead", b), RH_NOPROC);
    stage_close(&s);
    stage_open(&s);
    a = enter_plain(&s, "a");
    assert_status(act_register(&s, a, "undefined", a), RH_INVALID);
    stage_close(&s);
}

static void a_name_is_free_after_unregister(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    assert_status(unregister(&s, a, "svc"), RH_NOT_FOUND);
    stage_log(&s, STAGE_BIT(NAME_ADD) | STAGE_BIT(NAME_REMOVE));
    assert_status(act_register(&s, a, "svc", b), RH_OK);
    assert_status(unregister(&s, a, "svc"), RH_OK); /* whoever owns it */
    assert_status(unregister(&s, a, "svc"), RH_NOT_FOUND);
    assert_string_equal(logged(&s), "name_add b>a svc; name_remove:requested b svc; ");
    assert_true(rh_pid_is_none(whereis(&s, a, "svc")));
    assert_status(act_register(&s, a, "other", b), RH_OK);
    assert_status(act_register(&s, a, "svc", a), RH_OK);
    stage_close(&s);
}

static void a_name_is_free_with_its_owners_exit(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    assert_status(act_register(&s, a, "svc", b), RH_OK);
    act_exit(&s, b, "boom");
    assert_true(rh_pid_is_none(whereis(&s, a, "svc")));
    assert_status(act_register(&s, a, "svc", a), RH_OK);
    assert_true(rh_pid_equal(whereis(&s, a, "svc"), a));
    stage_close(&s);
}

static void an_actor_may_be_named_before_it_starts(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = act_spawn(&s, a, "b", NULL, NULL);
    assert_status(act_register(&s, a, "svc", b), RH_OK);
    assert_true(rh_pid_equal(whereis(&s, a, "svc"), b));
    settle(&s);
    stage_close(&s);
}

/* A message to a name may be older than the actor that has it by now; that actor starts first all the same. */
static void what_waits_for_a_name_is_handled_behind_its_owners_start(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct operation send = {.name = "svc", .text = "old"};
    assert_status(perform(&s, a, send, do_send_name_at).status, RH_OK);
    (void)act_send(&s, a, a, "other");
    struct rh_pid b = act_spawn(&s, a, "b", NULL, NULL);
    assert_status(act_register(&s, a, "svc", b), RH_OK);
    struct rh_pending oldest;
    assert_false(rh_node_oldest(s.node, &oldest));
    stage_log(&s, STAGE_BIT(HANDLE));
    settle(&s);
    assert_string_equal(logged(&s),
                        "handle START b>a; handle MESSAGE b>a svc; handle MESSAGE a>a; ");
    stage_close(&s);
}

static void names_and_groups_have_limits(void **state)
{
    struct stage s;
    struct rh_limits limits = rh_limits_default();
    struct rh_node_options options = {.limits = &limits};
    (void)state;
    limits.names_max = 2;
    limits.groups_max = 1;
    stage_open_with(&s, &options);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    struct rh_pid c = enter_plain(&s, "c");
    stage_log(&s, STAGE_BIT(LIMIT));
    assert_status(act_register(&s, a, "one", a), RH_OK);
    assert_status(act_register(&s, a, "two", b), RH_OK);
    assert_status(act_register(&s, a, "three", c), RH_LIMIT);
    assert_string_equal(logged(&s), "limit a names_max; ");
    struct operation join = {.text = "team", .to = c};
    assert_status(perform(&s, a, join, do_join).status, RH_OK);
    join.text = "one"; /* a name may be a group, too, but there is no room for one */
    assert_status(perform(&s, a, join, do_join).status, RH_LIMIT);
    assert_string_equal(logged(&s), "limit - groups_max; ");
    join.text = "more"; /* nor for another word */
    assert_status(perform(&s, a, join, do_join).status, RH_LIMIT);
    assert_string_equal(logged(&s), "limit - names_max; ");
    struct operation send = {.name = "more", .text = "x"};
    assert_status(perform(&s, a, send, do_send_name_at).status, RH_LIMIT);
    assert_status(unregister(&s, a, "one"), RH_OK);
    assert_status(perform(&s, a, send, do_send_name_at).status, RH_OK);
    assert_status(act_register(&s, a, "three", c), RH_LIMIT); /* "more" is still in use */
    settle(&s);
    assert_status(act_register(&s, a, "three", c), RH_OK);
    stage_close(&s);
}

/* Names are interned and their places reused: many at a time, in and out in another order. */
static void many_names_come_and_go(void **state)
{
    struct stage s;
    struct rh_pid pids[100];
    char name[16];
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 100; i++) {
            assert_status(rh_node_spawn(s.node, 0, stage_member(), NULL, &pids[i]), RH_OK);
            (void)snprintf(name, sizeof(name), "n%d", i);
            assert_status(act_register(&s, a, name, pids[i]), RH_OK);
        }
        for (int i = 0; i < 100; i++) {
            (void)snprintf(name, sizeof(name), "n%d", i);
            assert_true(rh_pid_equal(whereis(&s, a, name), pids[i]));
        }
        for (int i = 0; i < 100; i++) {
            assert_status(rh_node_crash(s.node, 0, pids[(i * 37) % 100], word("x")), RH_OK);
        }
        for (int i = 0; i < 100; i++) {
            (void)snprintf(name, sizeof(name), "n%d", i);
            assert_true(rh_pid_is_none(whereis(&s, a, name)));
        }
        settle(&s);
    }
    stage_close(&s);
}

static void a_monitor_by_name_keeps_the_word_alive(void **state)
{
    struct stage s;
    struct purse purse = {0};
    struct rh_allocator allocator = purse_allocator(&purse);
    struct rh_node_options options = {.allocator = &allocator};
    (void)state;
    stage_open_with(&s, &options);
    struct rh_pid a = enter_selective(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    assert_status(act_register(&s, a, "svc", b), RH_OK);
    struct operation watch = {.text = "svc"};
    struct rh_ref first = perform(&s, a, watch, do_monitor_name).ref;
    (void)perform(&s, a, watch, do_monitor_name);
    settle(&s);
    assert_status(act_demonitor(&s, a, first, 0), RH_OK);
    assert_status(unregister(&s, a, "svc"), RH_OK);
    act_exit(&s, b, "boom");
    settle(&s);
    struct rh_receive want = {.timeout = RH_NEVER};
    assert_status(act_receive(&s, a, &want), RH_OK);
    settle(&s);
    assert_string_equal(heard(&s, a), "down b boom name=svc; ");
    watch.text = ""; /* no name at all */
    assert_status(perform(&s, a, watch, do_monitor_name).status, RH_INVALID);
    stage_close(&s);
    assert_int_equal(purse.blocks, 0);
}

static void watching_oneself_by_name_is_an_alias_at_most(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    assert_status(act_register(&s, a, "svc", a), RH_OK);
    struct operation watch = {.text = "svc", .alias = RH_ALIAS_EXPLICIT};
    assert_status(perform(&s, a, watch, do_monitor_name).status, RH_OK);
    settle(&s);
    assert_int_equal(look(&s, a).monitor_count, 0);
    assert_int_equal(look(&s, a).alias_count, 1);
    act_exit(&s, a, "boom");
    stage_close_empty(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_has_one_owner_and_an_owner_one_name),
        cmocka_unit_test(what_is_not_a_name_is_refused),
        cmocka_unit_test(a_name_is_free_after_unregister),
        cmocka_unit_test(a_name_is_free_with_its_owners_exit),
        cmocka_unit_test(an_actor_may_be_named_before_it_starts),
        cmocka_unit_test(what_waits_for_a_name_is_handled_behind_its_owners_start),
        cmocka_unit_test(names_and_groups_have_limits),
        cmocka_unit_test(many_names_come_and_go),
        cmocka_unit_test(a_monitor_by_name_keeps_the_word_alive),
        cmocka_unit_test(watching_oneself_by_name_is_an_alias_at_most),
    };
    return cmocka_run_group_tests_name("core.name", tests, NULL, NULL) ? 1 : 0;
}
