/* SPDX-License-Identifier: MIT */
/* The exit step: its order, that it allocates nothing, and what becomes of what was under way. */
#include "core/actor/tests/stage.h"

#include <stdio.h>

OPERATION(do_join, rh_group_join(ctx, op->text, op->to))
OPERATION(do_group_monitor, rh_group_monitor(ctx, op->text, &op->ref))
OPERATION(do_timer, rh_timer_start(ctx, op->delay, op->to, word(op->text), &op->ref))
OPERATION(do_timer_name, rh_timer_start_name(ctx, op->delay, op->name, word(op->text), &op->ref))
OPERATION(do_open, rh_alias_open(ctx, RH_ALIAS_EXPLICIT, &op->ref))
OPERATION(do_send_back, rh_send_with(ctx, op->to, word(op->text), RH_RETURN))
OPERATION(do_ask, rh_ask_alive(ctx, op->to, &op->ref))

static void join(struct stage *s, struct rh_pid actor, const char *group)
{
    assert_status(perform(s, actor, (struct operation){.text = group, .to = actor}, do_join).status,
                  RH_OK);
}

/* An actor with everything that an exit step has to deal with. */
struct full_house {
    struct stage s;
    struct rh_pid a; /* linked and watching */
    struct rh_pid b; /* the one that goes */
    struct rh_pid c; /* watched by b, watches the group */
};

static void furnish(struct full_house *house, const struct rh_node_options *options)
{
    struct stage *s = &house->s;
    stage_open_with(s, options);
    house->a = enter_trapping(s, "a");
    house->b = enter_selective(s, "b");
    house->c = enter_plain(s, "c");
    assert_status(act_register(s, house->b, "svc", house->b), RH_OK);
    join(s, house->b, "team");
    (void)perform(s, house->c, (struct operation){.text = "team"}, do_group_monitor);
    (void)perform(s, house->c, (struct operation){.delay = 5, .to = house->b, .text = "t"},
                  do_timer);
    (void)perform(s, house->b, (struct operation){.delay = 5, .to = house->c, .text = "u"},
                  do_timer);
    (void)act_monitor(s, house->a, house->b, RH_ALIAS_NONE);
    assert_status(act_link(s, house->a, house->b), RH_OK);
    (void)act_monitor(s, house->a, house->b, RH_ALIAS_NONE);
    (void)act_monitor(s, house->b, house->c, RH_ALIAS_NONE);
    (void)perform(s, house->b, (struct operation){0}, do_open);
    (void)act_send(s, house->a, house->b, "mail");
    settle(s);
    struct rh_message never = word("never");
    struct rh_receive want = {.patterns = &never, .pattern_count = 1, .timeout = RH_SECOND};
    assert_status(act_receive(s, house->b, &want), RH_OK);
    (void)act_send(s, house->a, house->b, "late");
}

static void the_step_has_an_order(void **state)
{
    struct full_house house;
    struct stage *s = &house.s;
    struct rh_node_options options = {0};
    (void)state;
    furnish(&house, &options);
    stage_log(s, ~UINT64_C(0));
    act_exit(s, house.b, "boom");
    assert_string_equal(logged(s), "input b; exit:requested b; "
                                   "name_remove:exit b svc; "
                                   "timer_cancel:exit c>b; "
                                   "link_remove:exit b>a; send EXIT b>a; "
                                   "watch_remove:exit b>a; send DOWN b>a; "
                                   "watch_remove:exit b>a; send DOWN b>a; "
                                   "monitor_remove:exit b>c; send DEMONITOR b>c; "
                                   "alias_close:exit b; "
                                   "group_remove:exit b team; send GROUP_LEAVE b>c team; "
                                   "wait_end:exit b; discard:exit MESSAGE b>a; exit_end b; ");
    settle(s);
    assert_string_equal(logged(s), "drop:noproc MESSAGE b>a; "
                                   "link_remove:partner a>b; handle EXIT a>b; "
                                   "monitor_remove:fired a>b; handle DOWN a>b; "
                                   "monitor_remove:fired a>b; handle DOWN a>b; "
                                   "handle DEMONITOR c>b; watch_remove:partner c>b; "
                                   "handle GROUP_LEAVE c>b team; ");
    wait_for(s, 10);
    assert_string_equal(logged(s), "timer_fire b>c; handle TIMER c>b; ");
    stage_close(s);
}

static void the_step_allocates_nothing(void **state)
{
    struct full_house house;
    struct stage *s = &house.s;
    struct purse purse = {0};
    struct rh_allocator allocator = purse_allocator(&purse);
    struct rh_limits limits = rh_limits_default();
    struct rh_node_options options = {.allocator = &allocator, .limits = &limits};
    (void)state;
    for (uint32_t per_chunk = 1; per_chunk <= 64; per_chunk *= 64) {
        limits.pool_objects_per_chunk = per_chunk;
        furnish(&house, &options);
        purse.forbid = true;
        act_exit(s, house.b, "boom");
        settle(s); /* and handling what it sent allocates nothing either */
        purse.forbid = false;
        assert_string_equal(heard(s, house.a), "exit b boom; down b boom; down b boom; ");
        assert_string_equal(heard(s, house.c), "group_leave b name=team; ");
        stage_close(s);
        assert_int_equal(purse.blocks, 0);
        assert_int_equal(purse.bytes, 0);
    }
}

/* Many entries are found through an index; the order for a partner is still theirs. */
static void many_entries_keep_their_order(void **state)
{
    struct stage s;
    struct rh_ref refs[40];
    char wanted[1024] = "";
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_trapping(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    for (size_t i = 0; i < 40; i++) {
        refs[i] = act_monitor(&s, a, b, RH_ALIAS_NONE);
        if (i == 20) {
            assert_status(act_link(&s, a, b), RH_OK);
        }
    }
    settle(&s);
    assert_int_equal(look(&s, b).watcher_count, 40);
    for (size_t i = 0; i < 40; i += 2) {
        assert_status(act_demonitor(&s, a, refs[i], 0), RH_OK);
    }
    settle(&s);
    assert_int_equal(look(&s, b).watcher_count, 20);
    stage_log(&s, STAGE_BIT(SEND));
    act_exit(&s, b, "boom");
    size_t used = 0;
    used += (size_t)snprintf(wanted + used, sizeof(wanted) - used, "send EXIT b>a; ");
    for (size_t i = 0; i < 20; i++) {
        used += (size_t)snprintf(wanted + used, sizeof(wanted) - used, "send DOWN b>a; ");
    }
    assert_string_equal(logged(&s), wanted);
    settle(&s);
    assert_int_equal(stats(&s).entries, 0);
    stage_close(&s);
}

static void what_meets_a_dead_actor_is_an_event_each(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_trapping(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    struct rh_pid c = enter_plain(&s, "c");
    (void)act_send(&s, a, b, "one");
    (void)act_link(&s, a, b);
    (void)act_unlink(&s, a, b, 0);
    (void)act_monitor(&s, a, b, RH_ALIAS_NONE);
    (void)perform(&s, a, (struct operation){.to = b}, do_ask);
    (void)perform(&s, c, (struct operation){.to = b, .text = "back"}, do_send_back);
    (void)act_exit_signal(&s, c, b, "boom");
    assert_status(rh_node_crash(s.node, 0, b, word("first")), RH_OK);
    (void)act_send(&s, c, b, "after"); /* no matter when it was sent */
    stage_log(&s, STAGE_BIT(DROP) | STAGE_BIT(RETURN));
    uint64_t events = stats(&s).events;
    assert_int_equal(rh_node_run(s.node, 0, 3), 3);
    assert_int_equal(stats(&s).dead_letters, 3);
    assert_string_equal(logged(&s), "drop:noproc MESSAGE b>a; drop:noproc LINK b>a; "
                                    "drop:noproc UNLINK b>a; ");
    settle(&s);
    assert_string_equal(logged(&s), "drop:noproc MONITOR b>a; drop:noproc ASK_ALIVE b>a; "
                                    "return:noproc MESSAGE b>c; drop:noproc EXIT2 b>c; "
                                    "drop:noproc MESSAGE b>c; drop:stale EXIT a>b; ");
    assert_int_equal(stats(&s).dead_letters, 8);
    assert_int_equal(stats(&s).events - events, 12);
    assert_string_equal(heard(&s, a), "down b noproc; liveness b dead; ");
    assert_string_equal(heard(&s, c), "undeliverable b back; ");
    stage_close(&s);
}

static void answers_to_the_dead_end_there(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_trapping(&s, "a");
    struct rh_pid b = enter_trapping(&s, "b");
    (void)act_link(&s, a, b);
    (void)act_monitor(&s, a, b, RH_ALIAS_NONE);
    (void)perform(&s, a, (struct operation){.to = b}, do_ask);
    (void)perform(&s, a, (struct operation){.to = b, .text = "back"}, do_send_back);
    act_exit(&s, b, "boom");
    act_exit(&s, a, "boom");
    stage_close_empty(&s);
}

static void timers_and_names_of_the_dead_are_free_in_the_same_event(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    assert_status(act_register(&s, a, "svc", b), RH_OK);
    (void)perform(&s, a, (struct operation){.delay = 5, .to = b, .text = "t"}, do_timer);
    (void)perform(&s, a, (struct operation){.delay = 5, .name = "svc", .text = "n"}, do_timer_name);
    assert_int_equal(stats(&s).timers, 2);
    act_exit(&s, b, "boom");
    assert_int_equal(stats(&s).timers, 1); /* the one to a name waits for its owner of that day */
    assert_status(act_register(&s, a, "svc", a), RH_OK);
    wait_for(&s, 5);
    assert_string_equal(heard(&s, a), "timeout a n name=svc; ");
    stage_close(&s);
}

static void a_slot_is_reused_and_its_past_is_not_met(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_trapping(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    (void)act_send(&s, a, b, "old");
    (void)act_link(&s, a, b);
    act_exit(&s, b, "boom");
    struct rh_pid c = act_spawn(&s, a, "c", NULL, NULL);
    assert_int_equal(c.slot, b.slot);
    assert_false(rh_pid_equal(b, c));
    settle(&s);
    assert_string_equal(heard(&s, c), "");
    assert_int_equal(look(&s, c).link_count, 0);
    assert_int_equal(stats(&s).stale_pids, 2);
    assert_string_equal(heard(&s, a), "exit b noproc; ");
    stage_close(&s);
}

static void a_crash_is_an_exit_like_any_other(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_trapping(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    (void)act_link(&s, a, b);
    settle(&s);
    stage_log(&s, STAGE_BIT(EXIT));
    assert_status(rh_node_crash(s.node, 0, b, rh_message_none()), RH_OK);
    assert_string_equal(logged(&s), "exit:fault b; ");
    settle(&s);
    assert_string_equal(heard(&s, a), "exit b [error, invalid]; ");
    stage_close(&s);
}

static void an_exit_signal_from_nobody_is_one(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_trapping(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    assert_status(rh_node_exit_signal(s.node, 0, a, word("stop")), RH_OK);
    assert_status(rh_node_exit_signal(s.node, 0, b, word("normal")), RH_OK);
    assert_status(rh_node_exit_signal(s.node, 0, b, rh_message_failed(RH_LIMIT)), RH_LIMIT);
    settle(&s);
    assert_string_equal(heard(&s, a), "exit - stop; ");
    assert_true(is_alive(&s, b));
    assert_status(act_exit_signal(&s, a, rh_pid_none(), "stop"), RH_INVALID);
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_step_has_an_order),
        cmocka_unit_test(the_step_allocates_nothing),
        cmocka_unit_test(many_entries_keep_their_order),
        cmocka_unit_test(what_meets_a_dead_actor_is_an_event_each),
        cmocka_unit_test(answers_to_the_dead_end_there),
        cmocka_unit_test(timers_and_names_of_the_dead_are_free_in_the_same_event),
        cmocka_unit_test(a_slot_is_reused_and_its_past_is_not_met),
        cmocka_unit_test(a_crash_is_an_exit_like_any_other),
        cmocka_unit_test(an_exit_signal_from_nobody_is_one),
    };
    return cmocka_run_group_tests_name("core.exit", tests, NULL, NULL) ? 1 : 0;
}
