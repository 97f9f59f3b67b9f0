/* SPDX-License-Identifier: MIT */
/* What an actor asks of a pipe or a child and nobody hears: a pause, a resume, a shutdown, a signal that a fault takes away. */
#include "harness/world/tests/talk.h"

static struct rh_fault_spec lost;

/* A world in which the first such effect of an actor of the node is lost. */
static void set_up_losing(struct stage *stage, uint32_t node, const char *effect)
{
    set_up(stage, fifo(), NULL);
    lost = (struct rh_fault_spec){
        .kind = RH_FAULT_REFUSE_IO, .node = node, .effect = effect, .is_pinned = true};
    assert_int_equal(rh_world_arm(stage->world, &lost, 1), RH_OK);
}

static void tear_down_lost(struct stage *stage)
{
    assert_int_equal(rh_world_fault_fired(stage->world, 0), 1);
    tear_down_all(stage);
}

static void a_lost_pause_stops_no_bytes(void **state)
{
    struct stage stage;
    (void)state;
    set_up_losing(&stage, 1, "pause");
    connect_them(&stage);
    act(&stage, 1, do_pause, NULL);
    act(&stage, 0, do_write, "heard");
    run(&stage);
    both_heard("written ", "bytes:heard ");
    act(&stage, 1, do_resume, NULL); /* of what was never paused */
    act(&stage, 1, do_pause, NULL);
    act(&stage, 0, do_write, "held");
    run(&stage);
    both_heard("written written ", "bytes:heard ");
    tear_down_lost(&stage);
}

static void a_lost_resume_goes_on_only_when_asked_again(void **state)
{
    struct stage stage;
    (void)state;
    set_up_losing(&stage, 1, "resume");
    connect_them(&stage);
    act(&stage, 1, do_pause, NULL);
    act(&stage, 0, do_write, "held");
    run(&stage);
    act(&stage, 1, do_resume, NULL);
    run(&stage);
    both_heard("written ", "");
    act(&stage, 1, do_resume, NULL);
    run(&stage);
    both_heard("written ", "bytes:held ");
    tear_down_lost(&stage);
}

static void a_lost_shutdown_is_told_to_nobody(void **state)
{
    struct stage stage;
    (void)state;
    set_up_losing(&stage, 0, "shutdown");
    connect_them(&stage);
    act(&stage, 0, do_write, "last");
    act(&stage, 0, do_shutdown, NULL);
    run(&stage);
    both_heard("written ", "bytes:last ");
    act(&stage, 1, do_write, "answer");
    run(&stage);
    both_heard("written bytes:answer ", "bytes:last written ");
    act(&stage, 0, do_close, NULL);
    run(&stage);
    both_heard("written bytes:answer closed:requested ", "bytes:last written eof ");
    tear_down_lost(&stage);
}

static void a_lost_signal_ends_no_child(void **state)
{
    const struct rh_world_program echo = {.name = "echo", .boot = boot_child};
    struct stage stage;
    (void)state;
    set_up_losing(&stage, 0, "kill");
    assert_int_equal(rh_world_add_program(stage.world, &echo), RH_OK);
    act(&stage, 0, do_start, "echo");
    run(&stage);
    act(&stage, 0, do_kill, NULL);
    run(&stage);
    both_heard("started:3 ", "");
    assert_true(rh_world_node_is_up(stage.world, 2));
    act(&stage, 0, do_kill, NULL);
    run(&stage);
    assert_non_null(strstr(heard[0].text, "exited:0/15 "));
    assert_false(rh_world_node_is_up(stage.world, 2));
    tear_down_lost(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lost_pause_stops_no_bytes),
        cmocka_unit_test(a_lost_resume_goes_on_only_when_asked_again),
        cmocka_unit_test(a_lost_shutdown_is_told_to_nobody),
        cmocka_unit_test(a_lost_signal_ends_no_child),
    };
    return cmocka_run_group_tests_name("harness.world.lost", tests, NULL, NULL) != 0 ? 1 : 0;
}
