/* SPDX-License-Identifier: MIT */
/* Children: how they begin and end, and when they get what is sent to them. */
#include "harness/world/tests/talk.h"

/* ---- how they begin and end ---- */

static enum rh_status boot(void *self, struct rh_world *in, uint32_t node,
                           const struct rh_command *command, struct rh_ref *ret_stdio)
{
    assert_string_equal(command->program, "echo");
    assert_string_equal(command->arguments[0], "--loud");
    assert_null(command->arguments[1]);
    heard[1].closes_at_eof = true;
    return boot_child(self, in, node, command, ret_stdio);
}

static void a_child_lives_and_ends(void **state)
{
    const struct rh_world_program echo = {
        .name = "echo", .start_min = RH_SECOND, .start_max = RH_SECOND, .boot = boot};
    const struct rh_world_program broken = {.name = "broken", .refuses = true, .boot = boot};
    struct stage stage;
    (void)state;
    set_up(&stage, fifo(), NULL);
    assert_int_equal(rh_world_add_program(stage.world, &echo), RH_OK);
    assert_int_equal(rh_world_add_program(stage.world, &broken), RH_OK);
    act(&stage, 0, do_start, "nothing");
    run(&stage);
    act(&stage, 0, do_start, "broken");
    run(&stage);
    assert_string_equal(heard[0].text, "closed:not_found closed:io ");
    heard[0].text[0] = '\0';
    heard[0].says = "hello";
    act(&stage, 0, do_start, "echo");
    run(&stage);
    assert_int_equal(rh_world_now(stage.world), RH_SECOND);
    both_heard("started:3 written ", "bytes:hello ");
    assert_string_equal(rh_world_node_name(stage.world, 2), "echo#1");
    act(&stage, 0, do_shutdown, NULL); /* the end of its input is the end of it */
    run(&stage);
    assert_string_equal(heard[1].text, "bytes:hello eof closed:requested ");
    assert_non_null(strstr(heard[0].text, "exited:0/0 "));
    assert_non_null(strstr(heard[0].text, "eof closed:eof "));
    assert_false(rh_world_node_is_up(stage.world, 2));
    heard[0].text[0] = '\0';
    act(&stage, 0, do_start, "echo");
    run(&stage);
    assert_string_equal(rh_world_node_name(stage.world, 3), "echo#2");
    act(&stage, 0, do_kill, NULL);
    run(&stage);
    assert_non_null(strstr(heard[0].text, "exited:0/15 "));
    assert_non_null(strstr(heard[0].text, "closed:eof "));
    assert_int_equal(rh_world_pipes(stage.world, 0, 3), 0);
    tear_down_all(&stage);
}

/* ---- when ---- */

static struct rh_world *world;
static uint32_t seen; /* events that had a window */
static rh_instant latest;

/* What begins first happens first. Nothing that must happen is late: it would come before what is due now, always. */
static uint32_t below(struct rh_strategy *self, enum rh_site site, uint32_t count,
                      const struct rh_candidate *candidates)
{
    uint32_t first = 0;
    (void)self;
    for (uint32_t i = 0; site == RH_SITE_NEXT && i < count; i++) {
        assert_true(candidates[i].optional || candidates[i].latest >= rh_world_now(world));
        first = candidates[i].earliest < candidates[first].earliest ? i : first;
        latest =
            candidates[i].optional || candidates[i].latest < latest ? latest : candidates[i].latest;
        seen++;
    }
    return first;
}

static bool end(struct rh_strategy *self)
{
    (void)self;
    return false;
}

static const struct rh_strategy_functions functions = {
    .name = "windows", .sees_forced = true, .below = below, .end = end};

static void set_up_program(struct stage *stage, struct rh_strategy *strategy,
                           const struct rh_world_program *program)
{
    seen = 0;
    latest = 0;
    set_up(stage, strategy, NULL);
    world = stage->world;
    assert_int_equal(rh_world_add_program(world, program), RH_OK);
    act(stage, 0, do_start, program->name);
}

static void gets_what_came_before_it_ran_when_it_runs(void **state)
{
    const struct rh_world_program slow = {.name = "slow",
                                          .start_min = 5 * RH_MILLISECOND,
                                          .start_max = 5 * RH_MILLISECOND,
                                          .boot = boot_child};
    struct rh_strategy windows = {.functions = &functions};
    struct stage stage;
    (void)state;
    set_up_program(&stage, &windows, &slow);
    act(&stage, 0, do_kill, NULL);
    run(&stage);
    assert_true(seen > 0);
    assert_int_equal(rh_world_now(world), 5 * RH_MILLISECOND);
    assert_non_null(strstr(heard[0].text, "exited:0/15 "));
    (void)tear_down(&stage);
}

/* Its root is stalled, which keeps signals waiting, but for 9. */
static void gets_a_kill_when_that_was_sent(void **state)
{
    static const int kill = 9;
    const struct rh_world_program deaf = {
        .name = "deaf", .hears_signals = true, .boot = boot_child};
    struct rh_strategy windows = {.functions = &functions};
    struct stage stage;
    struct rh_pid child;
    (void)state;
    set_up_program(&stage, &windows, &deaf);
    run(&stage);
    assert_true(rh_world_find(world, "child", &child));
    assert_int_equal(rh_world_stall(world, child, 5 * RH_MILLISECOND), RH_OK);
    assert_int_equal(rh_world_stall(world, stage.actors[1], 3 * RH_MILLISECOND), RH_OK);
    act(&stage, 0, do_kill, NULL);
    act(&stage, 1, do_listen, "node:2"); /* which it hears as soon as it is not stalled */
    enum rh_end how;
    while (rh_world_now(world) < 3 * RH_MILLISECOND) {
        assert_true(rh_world_step(world, &how));
    }
    act(&stage, 0, do_kill, &kill);
    run(&stage);
    assert_int_equal(rh_world_now(world), 3 * RH_MILLISECOND);
    assert_non_null(strstr(heard[0].text, "exited:0/9 "));
    (void)tear_down(&stage);
}

static void starts_as_much_later_as_a_fault_says(void **state)
{
    const struct rh_fault_spec delay = {.kind = RH_FAULT_DELAY_START,
                                        .program = "slow",
                                        .has_at = true,
                                        .span = 10 * RH_MILLISECOND};
    const struct rh_world_program slow = {.name = "slow",
                                          .start_min = RH_MILLISECOND,
                                          .start_max = 3 * RH_MILLISECOND,
                                          .boot = boot_child};
    struct rh_strategy windows = {.functions = &functions};
    struct stage stage;
    (void)state;
    set_up_program(&stage, &windows, &slow);
    assert_int_equal(rh_world_arm(world, &delay, 1), RH_OK);
    run(&stage);
    assert_int_equal(rh_world_fault_fired(world, 0), 1);
    assert_int_equal(rh_world_now(world), 11 * RH_MILLISECOND);
    assert_int_equal(latest, 13 * RH_MILLISECOND);
    (void)tear_down(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_lives_and_ends),
        cmocka_unit_test(gets_what_came_before_it_ran_when_it_runs),
        cmocka_unit_test(gets_a_kill_when_that_was_sent),
        cmocka_unit_test(starts_as_much_later_as_a_fault_says),
    };
    return cmocka_run_group_tests_name("harness.world.child", tests, NULL, NULL) != 0 ? 1 : 0;
}
