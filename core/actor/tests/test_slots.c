/* SPDX-License-Identifier: MIT */
/* Identities: a late use of an old one is detected, and an id space that is used up says so instead of wrapping. */
#include "core/actor/internal.h"
#include "core/actor/tests/stage.h"

OPERATION(do_spawn, rh_spawn(ctx, op->behaviour, op->options, &op->pids[0], &op->ref))
OPERATION(do_ask, rh_ask_alive(ctx, op->to, &op->ref))
OPERATION(do_open, rh_alias_open(ctx, RH_ALIAS_EXPLICIT, &op->ref))
OPERATION(do_monitor, rh_monitor(ctx, op->to, RH_ALIAS_EXPLICIT, &op->ref))
OPERATION(do_timer, rh_timer_start(ctx, 5, op->to, word("t"), &op->ref))
OPERATION(do_timer_name, rh_timer_start_name(ctx, 5, "svc", word("t"), &op->ref))
OPERATION(do_group_monitor, rh_group_monitor(ctx, "team", &op->ref))

static void a_slot_has_one_tenant_at_a_time_and_never_the_same_twice(void **state)
{
    struct stage s;
    struct rh_pid before = rh_pid_none();
    (void)state;
    stage_open(&s);
    for (uint32_t generation = 1; generation < 20; generation++) {
        struct rh_pid pid;
        assert_status(rh_node_spawn(s.node, 0, stage_member(), NULL, &pid), RH_OK);
        assert_int_equal(pid.slot, 0);
        assert_int_equal(pid.generation, generation);
        assert_false(is_alive(&s, before));
        assert_status(rh_node_crash(s.node, 0, before, word("x")), RH_NOPROC);
        assert_status(rh_node_crash(s.node, 0, pid, word("x")), RH_OK);
        before = pid;
    }
    settle(&s);
    stage_close(&s);
}

static void pids_of_other_nodes_incarnations_and_futures_are_nobody_here(void **state)
{
    struct stage s;
    struct rh_node_options options = {.node = 3, .incarnation = 4};
    (void)state;
    stage_open_with(&s, &options);
    struct rh_pid a = enter_plain(&s, "a");
    assert_int_equal(a.node, 3);
    assert_int_equal(a.incarnation, 4);
    struct rh_pid wrong[4] = {a, a, a, a};
    wrong[0].node = 2;
    wrong[1].incarnation = 3;
    wrong[2].generation = 2;
    wrong[3].slot = 77;
    for (size_t i = 0; i < 4; i++) {
        assert_false(is_alive(&s, wrong[i]));
        assert_status(act_send(&s, a, wrong[i], "x"), RH_OK);
        struct rh_actor_view view;
        assert_false(rh_inspect_actor(s.node, wrong[i], &view));
    }
    settle(&s);
    assert_int_equal(stats(&s).dead_letters, 4);
    assert_int_equal(stats(&s).stale_pids, 0); /* none of them had a successor */
    assert_string_equal(heard(&s, a), "");
    stage_close(&s);
}

static void a_late_use_of_an_old_pid_is_counted_and_harmless(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_trapping(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    act_exit(&s, b, "boom");
    (void)act_send(&s, a, b, "no tenant yet");
    settle(&s);
    assert_int_equal(stats(&s).stale_pids, 0);
    struct rh_pid c = act_spawn(&s, a, "c", NULL, NULL);
    settle(&s);
    assert_int_equal(c.slot, b.slot);
    (void)act_send(&s, a, b, "x");
    (void)act_link(&s, a, b);
    (void)act_monitor(&s, a, b, RH_ALIAS_NONE);
    (void)act_exit_signal(&s, a, b, "kill");
    (void)perform(&s, a, (struct operation){.to = b}, do_ask);
    settle(&s);
    assert_int_equal(stats(&s).stale_pids, 5);
    assert_true(is_alive(&s, c));
    assert_string_equal(heard(&s, c), "");
    assert_string_equal(heard(&s, a), "exit b noproc; down b noproc; liveness b dead; ");
    stage_close(&s);
}

static void a_slot_whose_generations_are_used_up_is_retired(void **state)
{
    struct stage s;
    struct rh_node_options options = {.first_generation = UINT32_MAX - 1};
    (void)state;
    stage_open_with(&s, &options);
    for (uint32_t i = 0; i < 6; i++) {
        struct rh_pid pid;
        assert_status(rh_node_spawn(s.node, 0, stage_member(), NULL, &pid), RH_OK);
        assert_int_equal(pid.slot, i / 2); /* two tenants each */
        assert_int_equal(pid.generation, i % 2 == 0 ? UINT32_MAX - 1 : UINT32_MAX);
        settle(&s);
        assert_status(rh_node_crash(s.node, 0, pid, word("x")), RH_OK);
        assert_false(is_alive(&s, pid));
        stage_audit(&s);
    }
    stage_close_empty(&s);
}

static void more_actors_than_a_chunk_have_their_places(void **state)
{
    struct stage s;
    static struct rh_pid pids[700];
    (void)state;
    stage_open(&s);
    for (size_t i = 0; i < 700; i++) {
        assert_status(rh_node_spawn(s.node, 0, stage_member(), NULL, &pids[i]), RH_OK);
    }
    settle(&s);
    for (size_t i = 0; i < 700; i++) {
        assert_true(rh_pid_equal(look(&s, pids[i]).pid, pids[i]));
        assert_int_equal(pids[i].slot, i);
    }
    for (size_t i = 0; i < 700; i++) {
        assert_status(rh_node_crash(s.node, 0, pids[(i * 13) % 700], word("x")), RH_OK);
    }
    stage_close_empty(&s);
}

/* ---- used up ---- */

/* The id spaces of an actor begin where its slots' generations do, so that few are left. */
static void references_that_are_used_up_refuse(void **state)
{
    struct stage s;
    struct purse purse = {0};
    struct rh_allocator allocator = purse_allocator(&purse);
    struct rh_node_options options = {.first_generation = UINT32_MAX, .allocator = &allocator};
    (void)state;
    stage_open_with(&s, &options);
    struct rh_pid a = enter_selective(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    struct operation op = {.to = b, .behaviour = stage_member()};
    struct rh_spawn_options watch = {.monitor = true, .alias = RH_ALIAS_EXPLICIT};
    op.options = &watch;
    assert_status(perform(&s, a, op, do_monitor).status, RH_OK); /* the last one */
    settle(&s);
    uint64_t entries = stats(&s).entries;
    size_t blocks = purse.blocks;
    assert_status(perform(&s, a, op, do_monitor).status, RH_EXHAUSTED);
    assert_status(perform(&s, a, op, do_spawn).status, RH_EXHAUSTED);
    assert_status(perform(&s, a, op, do_ask).status, RH_EXHAUSTED);
    assert_status(perform(&s, a, op, do_open).status, RH_EXHAUSTED);
    assert_status(perform(&s, a, op, do_timer).status, RH_EXHAUSTED);
    assert_status(perform(&s, a, op, do_timer_name).status, RH_EXHAUSTED);
    assert_status(perform(&s, a, op, do_group_monitor).status, RH_EXHAUSTED);
    op.to.slot = 99; /* nobody */
    assert_status(perform(&s, a, op, do_timer).status, RH_EXHAUSTED);
    struct rh_receive want = {.timeout = 5};
    assert_status(act_receive(&s, a, &want), RH_EXHAUSTED);
    want.timeout = RH_NEVER;
    assert_status(act_receive(&s, a, &want), RH_OK);
    assert_int_equal(stats(&s).entries, entries);
    assert_int_equal(stats(&s).signals_waiting, 0);
    assert_in_range(purse.blocks, blocks, blocks + 8); /* tables may have grown, nothing else */
    stage_close(&s);
    assert_int_equal(purse.blocks, 0);
}

static void link_generations_that_are_used_up_refuse(void **state)
{
    struct stage s;
    struct rh_node_options options = {.first_generation = UINT32_MAX};
    struct rh_spawn_options tied = {.link = true};
    (void)state;
    stage_open_with(&s, &options);
    struct rh_pid a = enter_trapping(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    assert_status(act_link(&s, a, b), RH_OK);
    assert_status(act_unlink(&s, a, b, 0), RH_OK);
    assert_status(act_link(&s, a, b), RH_EXHAUSTED);
    struct operation op = {.behaviour = stage_member(), .options = &tied};
    assert_status(perform(&s, a, op, do_spawn).status, RH_EXHAUSTED);
    assert_int_equal(stats(&s).spawned, 2);
    assert_status(act_link(&s, b, a), RH_OK); /* b has its own */
    settle(&s);
    assert_int_equal(look(&s, a).link_count, 1);
    act_exit(&s, b, "boom");
    settle(&s);
    assert_string_equal(heard(&s, a), "exit b boom; ");
    stage_close(&s);
}

static void ordinals_of_children_that_are_used_up_refuse(void **state)
{
    struct stage s;
    struct operation op = {.behaviour = stage_member()};
    struct rh_pid root;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    actor_find(s.node, a)->children = UINT32_MAX - 1;
    assert_status(perform(&s, a, op, do_spawn).status, RH_OK);
    assert_status(perform(&s, a, op, do_spawn).status, RH_EXHAUSTED);
    s.node->roots = UINT32_MAX;
    assert_status(rh_node_spawn(s.node, 0, stage_member(), NULL, &root), RH_EXHAUSTED);
    settle(&s);
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slot_has_one_tenant_at_a_time_and_never_the_same_twice),
        cmocka_unit_test(pids_of_other_nodes_incarnations_and_futures_are_nobody_here),
        cmocka_unit_test(a_late_use_of_an_old_pid_is_counted_and_harmless),
        cmocka_unit_test(a_slot_whose_generations_are_used_up_is_retired),
        cmocka_unit_test(more_actors_than_a_chunk_have_their_places),
        cmocka_unit_test(references_that_are_used_up_refuse),
        cmocka_unit_test(link_generations_that_are_used_up_refuse),
        cmocka_unit_test(ordinals_of_children_that_are_used_up_refuse),
    };
    return cmocka_run_group_tests_name("core.slots", tests, NULL, NULL) ? 1 : 0;
}
