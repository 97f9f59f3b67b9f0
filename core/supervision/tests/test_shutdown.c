/* SPDX-License-Identifier: MIT */
/* How children and supervisors end, and what happens while one of them takes its time. */
#include "core/supervision/tests/play.h"

static struct play *current;

static struct rh_child_spec worker(const char *id)
{
    return (struct rh_child_spec){
        .id = id, .start = play_child, .config = &current, .shutdown = RH_SECOND};
}

static struct rh_message word(const char *text)
{
    return RH_ITEM(NULL, text);
}

/* Up to four children: those whose id begins with 't' trap exits, and so do not stop when asked. */
static void begin(struct play *play, enum rh_restart_strategy strategy, const char *const *ids)
{
    static struct rh_child_spec children[4];
    static struct rh_supervisor config;
    current = play;
    play->fail_at = 0;
    play_begin(play);
    config = (struct rh_supervisor){.strategy = strategy, .intensity = 5, .children = children};
    while (ids[config.child_count] != NULL) {
        children[config.child_count] = worker(ids[config.child_count]);
        config.child_count++;
    }
    const struct rh_behaviour behaviour = rh_supervisor_behaviour(&config);
    play_supervise(play, &behaviour);
    play_clear_log(play);
}

static const char *const two[] = {"a", "b", NULL};
static const char *const stubborn[] = {"a", "t", "c", NULL};

/* ---- the end of a supervisor ---- */

static void ends_with_its_parents_reason_after_its_children(void **state)
{
    (void)state;
    static const char *const reasons[] = {"foo", "normal", "shutdown"};
    for (size_t i = 0; i < 3; i++) {
        static struct play play;
        char expected[100];
        begin(&play, RH_ONE_FOR_ONE, two);
        play_exit(&play, play.parent, word(reasons[i]));
        (void)snprintf(expected, sizeof expected, "-b#1:shutdown -a#1:shutdown -sup:%s ",
                       reasons[i]);
        assert_string_equal(play.log, expected);
        play_end(&play);
    }
}

static void ends_with_the_exit_signal_of_its_parent(void **state)
{
    (void)state;
    static struct play play;
    begin(&play, RH_ONE_FOR_ONE, two);
    play_signal(&play, play.parent, play.supervisor, word("bye"));
    assert_string_equal(play.log, "-b#1:shutdown -a#1:shutdown -sup:bye ");
    assert_string_equal(play.parent_saw, "bye");
    play_end(&play);
}

static void ignores_exit_signals_from_anyone_else(void **state)
{
    (void)state;
    static struct play play;
    struct rh_pid stranger;
    static const struct rh_server server = {.name = "stranger"};
    static struct rh_behaviour stays;
    stays = rh_server_behaviour(&server);
    begin(&play, RH_ONE_FOR_ONE, two);
    assert_int_equal(rh_node_spawn(play.node, play.now, &stays, NULL, &stranger), RH_OK);
    play_settle(&play);
    play_signal(&play, stranger, play.supervisor, word("shutdown"));
    play_signal(&play, stranger, play.supervisor, word("foo"));
    assert_string_equal(play.log, "");
    assert_true(rh_inspect_is_alive(play.node, play.supervisor));
    play_signal(&play, stranger, play.supervisor, word("kill"));
    assert_false(rh_inspect_is_alive(play.node, play.supervisor));
    play_end(&play);
}

static void leaves_trapping_children_behind_when_killed(void **state)
{
    (void)state;
    static struct play play;
    begin(&play, RH_ONE_FOR_ONE, stubborn);
    play_signal(&play, play.parent, play.supervisor, word("kill"));
    assert_string_equal(play.log, "-sup:killed -a#1:killed -c#1:killed ");
    assert_true(play_is_alive(&play, "t", 1));
    play_end(&play);
}

/* ---- stopping a child ---- */

static void kills_a_child_that_does_not_stop_in_time_and_never_earlier(void **state)
{
    (void)state;
    static struct play play;
    begin(&play, RH_ONE_FOR_ONE, stubborn);
    play_signal(&play, play.parent, play.supervisor, word("shutdown"));
    assert_string_equal(play.log, "-c#1:shutdown ");
    play_wait(&play, RH_SECOND - 1);
    assert_string_equal(play.log, "-c#1:shutdown ");
    play_wait(&play, 1);
    assert_string_equal(play.log, "-c#1:shutdown -t#1:killed -a#1:shutdown -sup:shutdown ");
    play_end(&play);
}

static void goes_on_as_soon_as_a_child_has_stopped(void **state)
{
    (void)state;
    static struct play play;
    begin(&play, RH_ONE_FOR_ONE, stubborn);
    play_signal(&play, play.parent, play.supervisor, word("shutdown"));
    play_exit(&play, play_pid(&play, "t", 1), word("normal"));
    assert_string_equal(play.log, "-c#1:shutdown -t#1:normal -a#1:shutdown -sup:shutdown ");
    assert_true(rh_node_next_due(play.node) == RH_NEVER);
    play_end(&play);
}

static void stop_with(rh_duration shutdown, enum rh_child_type type, rh_duration wait,
                      const char *expected)
{
    static struct play play;
    struct rh_child_spec child = worker("t");
    child.shutdown = shutdown;
    child.type = type;
    child.readiness = RH_READY_INIT;
    const struct rh_supervisor config = {.children = &child, .child_count = 1};
    const struct rh_behaviour behaviour = rh_supervisor_behaviour(&config);
    current = &play;
    play.fail_at = 0;
    play_begin(&play);
    play_supervise(&play, &behaviour);
    play_clear_log(&play);
    play_signal(&play, play.parent, play.supervisor, word("shutdown"));
    play_wait(&play, wait);
    assert_string_equal(play.log, expected);
    play_end(&play);
}

static void waits_as_long_as_the_spec_says(void **state)
{
    (void)state;
    const char *const stopped = "-t#1:killed -sup:shutdown ";
    stop_with(RH_BRUTAL_KILL, RH_WORKER, 0, stopped);
    stop_with(RH_MILLISECOND, RH_WORKER, RH_MILLISECOND, stopped);
    stop_with(0, RH_WORKER, 5 * RH_SECOND - 1, "");
    stop_with(0, RH_WORKER, 5 * RH_SECOND, stopped);
    stop_with(0, RH_SUPERVISOR, 1000000 * RH_SECOND, "");
    stop_with(RH_NEVER, RH_WORKER, 1000000 * RH_SECOND, "");
}

/* ---- what happens meanwhile ---- */

static void restarts_afterwards_a_child_that_died_while_another_stopped(void **state)
{
    (void)state;
    static struct play play;
    begin(&play, RH_ONE_FOR_ONE, stubborn);
    play_call_only(&play, RH_ARRAY(NULL, "terminate_child", "t"));
    play_settle(&play);
    play_exit(&play, play_pid(&play, "a", 1), word("foo"));
    play_exit(&play, play_pid(&play, "c", 1), word("bar"));
    assert_string_equal(play.log, "-a#1:foo -c#1:bar ");
    play_wait(&play, RH_SECOND);
    assert_string_equal(play.outcome, "reply ok");
    assert_string_equal(play.log, "-a#1:foo -c#1:bar -t#1:killed +a#2 +c#2 ");
    play_end(&play);
}

static void does_not_restart_twice_what_died_while_it_was_to_be_stopped_anyway(void **state)
{
    (void)state;
    static struct play play;
    begin(&play, RH_ONE_FOR_ALL, stubborn);
    play_exit(&play, play_pid(&play, "c", 1), word("foo")); /* now t is waited for */
    play_exit(&play, play_pid(&play, "a", 1), word("bar"));
    play_wait(&play, RH_SECOND);
    assert_string_equal(play.log, "-c#1:foo -a#1:bar -t#1:killed +a#2 +t#2 +c#2 ");
    play_end(&play);
}

static void restarts_afterwards_a_child_before_the_rest(void **state)
{
    (void)state;
    static struct play play;
    begin(&play, RH_REST_FOR_ONE, (const char *const[]){"a", "b", "t", NULL});
    play_exit(&play, play_pid(&play, "b", 1), word("foo"));
    play_exit(&play, play_pid(&play, "a", 1), word("bar"));
    play_exit(&play, play_pid(&play, "t", 1), word("baz"));
    play_wait(&play, RH_SECOND);
    assert_string_equal(play.log, "-b#1:foo -a#1:bar -t#1:baz +b#2 +t#2 "
                                  "-t#2:killed -b#2:shutdown +a#2 +b#3 +t#3 ");
    play_end(&play);
}

static void ends_with_its_parent_once_the_present_work_is_done(void **state)
{
    (void)state;
    static struct play play;
    begin(&play, RH_ONE_FOR_ALL, stubborn);
    play_exit(&play, play_pid(&play, "c", 1), word("foo"));
    play_exit(&play, play.parent, word("bye"));
    assert_string_equal(play.log, "-c#1:foo ");
    play_wait(&play, 3 * RH_SECOND);
    assert_string_equal(play.log, "-c#1:foo -t#1:killed -a#1:shutdown +a#2 +t#2 +c#2 "
                                  "-c#2:shutdown -t#2:killed -a#2:shutdown -sup:bye ");
    play_end(&play);
}

static void can_be_killed_while_it_stops_a_child(void **state)
{
    (void)state;
    static struct play play;
    begin(&play, RH_ONE_FOR_ONE, stubborn);
    play_call_only(&play, RH_ARRAY(NULL, "terminate_child", "t"));
    play_settle(&play);
    play_signal(&play, play.parent, play.supervisor, word("kill"));
    assert_string_equal(play.log, "-sup:killed -a#1:killed -c#1:killed ");
    assert_string_equal(play.outcome, "down killed");
    play_wait(&play, 2 * RH_SECOND);
    assert_true(play_is_alive(&play, "t", 1));
    play_end(&play);
}

static void takes_exit_signals_of_a_child_for_one_end(void **state)
{
    (void)state;
    static struct play play;
    begin(&play, RH_ONE_FOR_ONE, stubborn);
    play_call_only(&play, RH_ARRAY(NULL, "terminate_child", "t"));
    play_settle(&play);
    struct rh_pid child = play_pid(&play, "a", 1);
    play_signal(&play, child, play.supervisor, word("foo"));
    play_signal(&play, play_pid(&play, "c", 1), play.supervisor, word("foo"));
    play_signal(&play, child, play.supervisor, word("bar"));
    play_exit(&play, child, word("baz"));
    play_wait(&play, RH_SECOND);
    assert_string_equal(play.log, "-a#1:baz -t#1:killed +a#2 +c#2 ");
    assert_string_equal(play_call(&play, RH_ARRAY(NULL, "count_children")),
                        "reply {specs: 3, active: 2, workers: 3, supervisors: 0}");
    play_end(&play);
}

static void leaves_no_timer_behind_when_a_child_stops_in_time(void **state)
{
    (void)state;
    static struct play play;
    begin(&play, RH_ONE_FOR_ONE, two);
    assert_string_equal(play_call(&play, RH_ARRAY(NULL, "terminate_child", "a")), "reply ok");
    assert_true(rh_node_next_due(play.node) == RH_NEVER);
    play_end(&play);
}

static void answers_requests_afterwards_in_order(void **state)
{
    (void)state;
    static struct play play;
    begin(&play, RH_ONE_FOR_ONE, stubborn);
    play_call_only(&play, RH_ARRAY(NULL, "terminate_child", "t"));
    play_settle(&play);
    play_call_only(&play, RH_ARRAY(NULL, "delete_child", "t"));
    play_settle(&play);
    assert_string_equal(play.outcome, "open");
    play_wait(&play, RH_SECOND);
    assert_string_equal(play.outcome, "reply ok");
    assert_string_equal(play_call(&play, RH_ARRAY(NULL, "which_children")),
                        "reply [[c, <c#1>, worker], [a, <a#1>, worker]]");
    play_end(&play);
}

static void tells_callers_of_its_end_instead_of_answering(void **state)
{
    (void)state;
    static struct play play;
    begin(&play, RH_ONE_FOR_ONE, stubborn);
    play_signal(&play, play.parent, play.supervisor, word("shutdown"));
    assert_string_equal(play_call(&play, RH_ARRAY(NULL, "which_children")), "open");
    play_wait(&play, RH_SECOND);
    assert_string_equal(play.outcome, "down shutdown");
    play_end(&play);
}

/* ---- links ---- */

static enum rh_status unlink_body(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    return rh_unlink(ctx, *(struct rh_pid *)argument, 0);
}

static void does_not_supervise_a_child_that_unlinked_itself_but_lists_it(void **state)
{
    (void)state;
    static struct play play;
    begin(&play, RH_ONE_FOR_ONE, two);
    assert_int_equal(
        rh_node_turn(play.node, play.now, play_pid(&play, "a", 1), unlink_body, &play.supervisor),
        RH_OK);
    play_exit(&play, play_pid(&play, "a", 1), word("foo"));
    assert_string_equal(play.log, "-a#1:foo ");
    assert_string_equal(play_call(&play, RH_ARRAY(NULL, "which_children")),
                        "reply [[b, <b#1>, worker], [a, <a#1>, worker]]");
    assert_string_equal(play_call(&play, RH_ARRAY(NULL, "terminate_child", "a")), "reply ok");
    assert_string_equal(play_call(&play, RH_ARRAY(NULL, "restart_child", "a")),
                        "reply [ok, <a#2>]");
    play_end(&play);
}

static void stops_a_child_that_unlinked_itself(void **state)
{
    (void)state;
    static struct play play;
    begin(&play, RH_ONE_FOR_ONE, two);
    assert_int_equal(
        rh_node_turn(play.node, play.now, play_pid(&play, "a", 1), unlink_body, &play.supervisor),
        RH_OK);
    play_signal(&play, play.parent, play.supervisor, word("shutdown"));
    assert_string_equal(play.log, "-b#1:shutdown -a#1:shutdown -sup:shutdown ");
    play_end(&play);
}

/* ---- trees ---- */

static void stops_a_tree_from_its_leaves(void **state)
{
    (void)state;
    static struct play play;
    const struct rh_child_spec leaves[] = {worker("x"), worker("y")};
    const struct rh_supervisor inner = {.intensity = 1, .children = leaves, .child_count = 2};
    const struct rh_behaviour branch = rh_supervisor_behaviour(&inner);
    struct rh_child_spec children[] = {
        worker("a"), {.id = "branch", .behaviour = &branch, .type = RH_SUPERVISOR}, worker("b")};
    const struct rh_supervisor outer = {.intensity = 1, .children = children, .child_count = 3};
    const struct rh_behaviour root = rh_supervisor_behaviour(&outer);
    current = &play;
    play.fail_at = 0;
    play_begin(&play);
    play_supervise(&play, &root);
    assert_string_equal(play.log, "+a#1 +x#1 +y#1 +b#1 ");
    play_clear_log(&play);
    play_exit(&play, play_pid(&play, "x", 1), word("foo"));
    play_exit(&play, play_pid(&play, "x", 2), word("foo"));
    assert_string_equal(play.log, "-x#1:foo +x#2 -x#2:foo -y#1:shutdown +x#1 +y#1 ");
    play_clear_log(&play);
    play_signal(&play, play.parent, play.supervisor, word("shutdown"));
    assert_string_equal(play.log,
                        "-b#1:shutdown -y#1:shutdown -x#1:shutdown -a#1:shutdown -sup:shutdown ");
    play_end(&play);
}

static void fails_to_start_when_a_branch_does(void **state)
{
    (void)state;
    static struct play play;
    static const struct rh_behaviour spent = {.name = "spent"};
    const struct rh_child_spec leaves[] = {worker("x"), {.id = "y", .behaviour = &spent}};
    const struct rh_supervisor inner = {.children = leaves, .child_count = 2};
    const struct rh_behaviour branch = rh_supervisor_behaviour(&inner);
    struct rh_child_spec children[] = {
        worker("a"), {.id = "branch", .behaviour = &branch, .type = RH_SUPERVISOR}, worker("b")};
    const struct rh_supervisor outer = {.children = children, .child_count = 3};
    const struct rh_behaviour root = rh_supervisor_behaviour(&outer);
    current = &play;
    play.fail_at = 0;
    play_begin(&play);
    play_supervise(&play, &root);
    assert_string_equal(play.log, "+a#1 +x#1 -x#1:shutdown -a#1:shutdown "
                                  "-sup:[shutdown, [failed_to_start_child, branch, "
                                  "[shutdown, [failed_to_start_child, y, noreceive]]]] ");
    play_end(&play);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_with_its_parents_reason_after_its_children),
        cmocka_unit_test(ends_with_the_exit_signal_of_its_parent),
        cmocka_unit_test(ignores_exit_signals_from_anyone_else),
        cmocka_unit_test(leaves_trapping_children_behind_when_killed),
        cmocka_unit_test(kills_a_child_that_does_not_stop_in_time_and_never_earlier),
        cmocka_unit_test(goes_on_as_soon_as_a_child_has_stopped),
        cmocka_unit_test(waits_as_long_as_the_spec_says),
        cmocka_unit_test(restarts_afterwards_a_child_that_died_while_another_stopped),
        cmocka_unit_test(does_not_restart_twice_what_died_while_it_was_to_be_stopped_anyway),
        cmocka_unit_test(restarts_afterwards_a_child_before_the_rest),
        cmocka_unit_test(ends_with_its_parent_once_the_present_work_is_done),
        cmocka_unit_test(can_be_killed_while_it_stops_a_child),
        cmocka_unit_test(takes_exit_signals_of_a_child_for_one_end),
        cmocka_unit_test(leaves_no_timer_behind_when_a_child_stops_in_time),
        cmocka_unit_test(answers_requests_afterwards_in_order),
        cmocka_unit_test(tells_callers_of_its_end_instead_of_answering),
        cmocka_unit_test(does_not_supervise_a_child_that_unlinked_itself_but_lists_it),
        cmocka_unit_test(stops_a_child_that_unlinked_itself),
        cmocka_unit_test(stops_a_tree_from_its_leaves),
        cmocka_unit_test(fails_to_start_when_a_branch_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
