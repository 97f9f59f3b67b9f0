/* SPDX-License-Identifier: MIT */
/* Selective receive by reference: what belongs to a question is taken past everything that waits before it. */
#include <rehearse/inspect.h>
#include <rehearse/node.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct fixture {
    struct rh_node *node;
    struct rh_pid actor;
    struct rh_pid other;
    struct rh_ref ref;
    int kinds[8];
    size_t taken;
};

static enum rh_status take(struct rh_context *ctx, void *state, const struct rh_delivery *in)
{
    (void)state;
    struct fixture *fixture = *(struct fixture *const *)rh_config(ctx);
    assert_true(fixture->taken < 8);
    fixture->kinds[fixture->taken++] = in->kind;
    return RH_OK;
}

static struct fixture *current;
static const struct rh_behaviour taker = {.name = "taker", .receive = take, .config = &current};

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){0};
    current = &fixture;
    const struct rh_node_options options = {.node = 1};
    const struct rh_spawn_options selective = {.mailbox = true};
    assert_int_equal(rh_node_create(&options, &fixture.node), RH_OK);
    assert_int_equal(rh_node_spawn(fixture.node, 0, &taker, &selective, &fixture.actor), RH_OK);
    assert_int_equal(rh_node_spawn(fixture.node, 0, &taker, &selective, &fixture.other), RH_OK);
    (void)rh_node_run(fixture.node, 0, 100);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(rh_node_send(fixture.node, 0, fixture.actor, RH_ITEM(NULL, i)), RH_OK);
    }
    (void)rh_node_run(fixture.node, 0, 100);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    const char *what = NULL;
    bool sound = rh_inspect_validate(fixture->node, &what);
    rh_node_destroy(fixture->node);
    return sound ? 0 : 1;
}

static size_t mail(const struct fixture *fixture)
{
    struct rh_actor_view view;
    assert_true(rh_inspect_actor(fixture->node, fixture->actor, &view));
    return view.mailbox_length;
}

static enum rh_status wait_for(struct rh_context *ctx, struct rh_ref ref, rh_duration timeout)
{
    const struct rh_receive want = {.refs = &ref, .ref_count = 1, .timeout = timeout};
    return rh_receive(ctx, &want);
}

static enum rh_status ask(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct fixture *fixture = argument;
    enum rh_status status = rh_ask_alive(ctx, fixture->other, &fixture->ref);
    return status == RH_OK ? wait_for(ctx, fixture->ref, RH_NEVER) : status;
}

static void takes_the_answer_past_older_messages(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(rh_node_turn(fixture->node, 0, fixture->actor, ask, fixture), RH_OK);
    (void)rh_node_run(fixture->node, 0, 100);
    assert_int_equal(fixture->taken, 1);
    assert_int_equal(fixture->kinds[0], RH_DELIVERY_LIVENESS);
    assert_int_equal(mail(fixture), 3);
}

static enum rh_status watch_the_dead(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct fixture *fixture = argument;
    struct rh_pid nobody = rh_self(ctx);
    nobody.generation += 7;
    struct rh_ref ignored;
    enum rh_status status = rh_monitor(ctx, nobody, RH_ALIAS_NONE, &ignored);
    if (status == RH_OK) {
        status = rh_monitor(ctx, nobody, RH_ALIAS_NONE, &fixture->ref);
    }
    return status == RH_OK ? wait_for(ctx, fixture->ref, RH_NEVER) : status;
}

static void takes_the_notice_of_that_monitor_only(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(rh_node_turn(fixture->node, 0, fixture->actor, watch_the_dead, fixture),
                     RH_OK);
    (void)rh_node_run(fixture->node, 0, 100);
    assert_int_equal(fixture->taken, 1);
    assert_int_equal(fixture->kinds[0], RH_DELIVERY_DOWN);
    assert_int_equal(mail(fixture), 4);
}

static enum rh_status wait_for_nothing(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct fixture *fixture = argument;
    struct rh_ref never = {rh_self(ctx), 999};
    (void)fixture;
    return wait_for(ctx, never, 5);
}

static void a_reference_that_nothing_carries_wants_nothing(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(rh_node_turn(fixture->node, 0, fixture->actor, wait_for_nothing, fixture),
                     RH_OK);
    (void)rh_node_run(fixture->node, 4, 100);
    assert_int_equal(fixture->taken, 0);
    (void)rh_node_run(fixture->node, 5, 100);
    assert_int_equal(fixture->taken, 1);
    assert_int_equal(fixture->kinds[0], RH_DELIVERY_RECEIVE_TIMEOUT);
    assert_int_equal(mail(fixture), 3);
}

static enum rh_status alarm_for_name(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct fixture *fixture = argument;
    assert_int_equal(rh_register(ctx, "taker", rh_self(ctx)), RH_OK);
    enum rh_status status = rh_timer_start_name(ctx, 10, "taker", rh_message_none(), &fixture->ref);
    return status == RH_OK ? wait_for(ctx, fixture->ref, RH_NEVER) : status;
}

static void takes_the_time_out_of_a_timer_to_a_name(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(rh_node_turn(fixture->node, 0, fixture->actor, alarm_for_name, fixture),
                     RH_OK);
    (void)rh_node_run(fixture->node, 10, 100);
    assert_int_equal(fixture->taken, 1);
    assert_int_equal(fixture->kinds[0], RH_DELIVERY_TIMEOUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(takes_the_answer_past_older_messages, set_up, tear_down),
        cmocka_unit_test_setup_teardown(takes_the_notice_of_that_monitor_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_reference_that_nothing_carries_wants_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(takes_the_time_out_of_a_timer_to_a_name, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("core.receive_by_ref", tests, NULL, NULL) ? 1 : 0;
}
