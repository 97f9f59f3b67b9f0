/* SPDX-License-Identifier: MIT */
/* A supervisor under thousands of orders of events, with children that die and requests that arrive at any moment. */
#include "core/supervision/tests/play.h"

#include "core/actor/tests/draw.h"

static struct play play;
static struct play *const current = &play;
static uint64_t seed;

static size_t below(size_t bound)
{
    return draw_below(&seed, bound);
}

static bool step(void)
{
    return draw_step(&seed, play.node, play.now);
}

/* ---- what can go wrong ---- */

static const char *const ids[] = {"a", "t", "c"};

static struct rh_pid any_child(void)
{
    const struct play_actor *actor = &play.actors[below(play.actor_count)];
    return rh_pid_equal(actor->pid, play.supervisor) ? rh_pid_none() : actor->pid;
}

static enum rh_status die(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    (void)argument;
    static const char *const reasons[] = {"foo", "normal", "shutdown"};
    return rh_exit(ctx, RH_ITEM(NULL, reasons[below(3)]));
}

static void disturb(void)
{
    struct rh_pid child = any_child();
    const char *id = ids[below(3)];
    switch (below(6)) {
    case 0:
        if (!rh_pid_is_none(child) && rh_inspect_is_alive(play.node, child)) {
            enum rh_status status = rh_node_turn(play.node, play.now, child, die, NULL);
            assert_true(status == RH_OK || status == RH_NOPROC); /* it has not started */
        }
        break;
    case 1:
        if (!rh_pid_is_none(child)) {
            play_signal_only(&play, play.parent, child,
                             RH_ITEM(NULL, below(2) == 0 ? "kill" : "bad"));
        }
        break;
    case 2:
        play_call_only(&play, RH_ARRAY(NULL, "terminate_child", id));
        break;
    case 3:
        play_call_only(&play, RH_ARRAY(NULL, "restart_child", id));
        break;
    case 4:
        play.fail_inits = 1;
        break;
    default:
        play.now += below(2) == 0 ? RH_SECOND / 4 : 0;
        break;
    }
}

/* No child has two actors at a time. */
static void check_one_incarnation(void)
{
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        int living = 0;
        for (uint64_t k = 1; !rh_pid_is_none(play_pid(&play, ids[i], k)); k++) {
            living += play_is_alive(&play, ids[i], k) ? 1 : 0;
        }
        assert_true(living <= 1);
    }
}

/* Everything calms down: who is alive does what it is for. */
static void check_calm(void)
{
    play.fail_inits = 0;
    play_wait(&play, 61 * RH_SECOND);
    assert_string_not_equal(play.outcome, "open");
    check_one_incarnation();
    if (!rh_inspect_is_alive(play.node, play.supervisor)) {
        assert_string_equal(play.parent_saw, "shutdown");
        for (size_t i = 0; i < play.actor_count; i++) {
            assert_false(rh_inspect_is_alive(play.node, play.actors[i].pid));
        }
        return;
    }
    size_t living = 0;
    for (size_t i = 0; i < play.actor_count; i++) {
        living += rh_inspect_is_alive(play.node, play.actors[i].pid) ? 1 : 0;
    }
    char expected[100];
    (void)snprintf(expected, sizeof expected,
                   "reply {specs: 3, active: %zu, workers: 3, supervisors: 0}", living - 1);
    assert_string_equal(play_call(&play, RH_ARRAY(NULL, "count_children")), expected);
    assert_null(strstr(play_call(&play, RH_ARRAY(NULL, "which_children")), "restarting"));
}

static bool one_run(enum rh_restart_strategy strategy, enum rh_readiness readiness)
{
    struct rh_child_spec children[3];
    for (size_t i = 0; i < 3; i++) {
        children[i] = (struct rh_child_spec){.id = ids[i],
                                             .start = play_child,
                                             .config = &current,
                                             .readiness = readiness,
                                             .shutdown = RH_SECOND / 2};
    }
    const struct rh_supervisor config = {.strategy = strategy,
                                         .intensity = 3,
                                         .period = RH_SECOND,
                                         .children = children,
                                         .child_count = 3};
    const struct rh_behaviour behaviour = rh_supervisor_behaviour(&config);
    play.fail_at = 0;
    play_begin(&play);
    play_supervise(&play, &behaviour);
    for (size_t i = 0; i < 60 && play.actor_count < 50; i++) {
        if (!step() || below(6) == 0) {
            disturb();
        }
        check_one_incarnation();
    }
    check_calm();
    bool survived = rh_inspect_is_alive(play.node, play.supervisor);
    play_end(&play);
    return survived;
}

static void runs(enum rh_restart_strategy strategy)
{
    size_t survived = 0;
    const size_t count = 1000;
    for (size_t i = 0; i < count; i++) {
        seed = i;
        enum rh_readiness readiness = i % 2 == 0 ? RH_READY_INIT : RH_READY_AT_ONCE;
        survived += one_run(strategy, readiness) ? 1 : 0;
    }
    assert_in_range(survived, 1, count - 1); /* both ends were seen */
}

static void keeps_order_one_for_one(void **state)
{
    (void)state;
    runs(RH_ONE_FOR_ONE);
}

static void keeps_order_one_for_all(void **state)
{
    (void)state;
    runs(RH_ONE_FOR_ALL);
}

static void keeps_order_rest_for_one(void **state)
{
    (void)state;
    runs(RH_REST_FOR_ONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_order_one_for_one),
        cmocka_unit_test(keeps_order_one_for_all),
        cmocka_unit_test(keeps_order_rest_for_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
