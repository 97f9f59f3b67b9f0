/* SPDX-License-Identifier: MIT */
/* Requests to a supervisor and what they answer in every state of a child. */
#include "core/supervision/tests/play.h"

static struct play play;
static struct play *const current = &play;

static struct rh_child_spec worker(const char *id, enum rh_restart restart)
{
    return (struct rh_child_spec){
        .id = id, .start = play_child, .config = &current, .restart = restart};
}

/* A permanent child a, a temporary child b, templates w (temporary), p (permanent) and none. */
static int set_up(void **state)
{
    (void)state;
    static struct rh_child_spec children[2];
    static struct rh_child_spec templates[3];
    static const struct rh_behaviour spent = {.name = "spent"};
    static struct rh_supervisor config;
    children[0] = worker("a", RH_PERMANENT);
    children[1] = worker("b", RH_TEMPORARY);
    templates[0] = worker("w", RH_TEMPORARY);
    templates[1] = worker("p", RH_PERMANENT);
    templates[2] = (struct rh_child_spec){
        .id = "spent", .behaviour = &spent, .type = RH_SUPERVISOR, .readiness = RH_READY_INIT};
    config = (struct rh_supervisor){.intensity = 2,
                                    .children = children,
                                    .child_count = 2,
                                    .templates = templates,
                                    .template_count = 3};
    const struct rh_behaviour behaviour = rh_supervisor_behaviour(&config);
    play.fail_at = 0;
    play_begin(&play);
    play_supervise(&play, &behaviour);
    play_clear_log(&play);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    play_end(&play);
    return 0;
}

#define ASK(...) play_call(&play, RH_ARRAY(NULL, __VA_ARGS__))

static void lists_and_counts_its_children(void **state)
{
    (void)state;
    assert_string_equal(ASK("which_children"), "reply [[b, <b#1>, worker], [a, <a#1>, worker]]");
    assert_string_equal(ASK("count_children"),
                        "reply {specs: 2, active: 2, workers: 2, supervisors: 0}");
    assert_string_equal(play_call(&play, RH_ITEM(NULL, "which_children")),
                        "reply [[b, <b#1>, worker], [a, <a#1>, worker]]");
}

/* Covers: HY-S37 */
static void terminates_restarts_and_deletes_a_permanent_child(void **state)
{
    (void)state;
    assert_string_equal(ASK("restart_child", "a"), "reply [error, running]");
    assert_string_equal(ASK("delete_child", "a"), "reply [error, running]");
    assert_string_equal(ASK("terminate_child", "a"), "reply ok");
    assert_string_equal(ASK("terminate_child", "a"), "reply ok");
    assert_string_equal(ASK("which_children"),
                        "reply [[b, <b#1>, worker], [a, undefined, worker]]");
    assert_string_equal(ASK("restart_child", "a"), "reply [ok, <a#2>]");
    assert_string_equal(ASK("terminate_child", "a"), "reply ok");
    assert_string_equal(ASK("delete_child", "a"), "reply ok");
    assert_string_equal(ASK("delete_child", "a"), "reply [error, not_found]");
    assert_string_equal(ASK("count_children"),
                        "reply {specs: 1, active: 1, workers: 1, supervisors: 0}");
    assert_string_equal(play.log, "-a#1:shutdown +a#2 -a#2:shutdown ");
}

static void forgets_a_temporary_child_that_it_terminates(void **state)
{
    (void)state;
    assert_string_equal(ASK("terminate_child", "b"), "reply ok");
    assert_string_equal(ASK("restart_child", "b"), "reply [error, not_found]");
    assert_string_equal(ASK("terminate_child", "b"), "reply [error, not_found]");
}

static void starts_children_from_templates(void **state)
{
    (void)state;
    assert_string_equal(ASK("start_child", "w", "n1"), "reply [ok, <w#1>]");
    assert_string_equal(ASK("start_child", "p", "n2", "argument"), "reply [ok, <p#1>]");
    assert_string_equal(ASK("which_children"), "reply [[n2, <p#1>, worker], [n1, <w#1>, worker], "
                                               "[b, <b#1>, worker], [a, <a#1>, worker]]");
    play_exit(&play, play_pid(&play, "w", 1), RH_ITEM(NULL, "foo"));
    play_exit(&play, play_pid(&play, "p", 1), RH_ITEM(NULL, "foo"));
    assert_string_equal(ASK("which_children"), "reply [[n2, <p#2>, worker], "
                                               "[b, <b#1>, worker], [a, <a#1>, worker]]");
}

static void refuses_to_start_what_is_there_or_unknown(void **state)
{
    (void)state;
    assert_string_equal(ASK("start_child", "w", "a"), "reply [error, [already_started, <a#1>]]");
    assert_string_equal(ASK("terminate_child", "a"), "reply ok");
    assert_string_equal(ASK("start_child", "w", "a"), "reply [error, already_present]");
    assert_string_equal(ASK("start_child", "a", "n"), "reply [error, not_found]");
    assert_string_equal(ASK("start_child", "w", ""), "reply [error, invalid]");
    assert_string_equal(play.log, "-a#1:shutdown ");
}

static void says_why_a_child_did_not_start(void **state)
{
    (void)state;
    assert_string_equal(ASK("start_child", "spent", "n"), "reply [error, noreceive]");
    play.fail_inits = 1;
    assert_string_equal(ASK("start_child", "w", "n"), "reply [error, bad]");
    play.refuse = true;
    assert_string_equal(ASK("start_child", "w", "n"), "reply [error, limit]");
    assert_string_equal(ASK("terminate_child", "a"), "reply ok");
    assert_string_equal(ASK("restart_child", "a"), "reply [error, limit]");
    play.refuse = false;
    assert_string_equal(ASK("which_children"),
                        "reply [[b, <b#1>, worker], [a, undefined, worker]]");
    assert_string_equal(ASK("restart_child", "a"), "reply [ok, <a#2>]");
}

static enum rh_status call_in_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct rh_ref *ref = argument;
    assert_int_equal(rh_alias_open(ctx, RH_ALIAS_REPLY, ref), RH_OK);
    return rh_send(ctx, play.supervisor, RH_ARRAY(NULL, "$call", *ref, "which_children"));
}

static void refuses_what_is_no_request(void **state)
{
    (void)state;
    const char *const invalid = "reply [error, invalid]";
    assert_string_equal(ASK("dance"), invalid);
    assert_string_equal(ASK("terminate_child"), invalid);
    assert_string_equal(ASK("terminate_child", 1), invalid);
    assert_string_equal(ASK("terminate_child", "a", "b"), invalid);
    assert_string_equal(ASK("which_children", 1), invalid);
    assert_string_equal(ASK("start_child", "w", "n", 1, 2), invalid);
    assert_string_equal(play_call(&play, RH_ARRAY(NULL)), invalid);
    assert_string_equal(play_call(&play, RH_ITEM(NULL, 1)), invalid);
    assert_string_equal(play.log, "");
}

static void ignores_other_messages_and_forged_ones(void **state)
{
    (void)state;
    struct rh_message messages[] = {RH_ITEM(NULL, "hello"), RH_ARRAY(NULL, "$restart", "a"),
                                    RH_ARRAY(NULL, "$call", 1, 2), RH_ARRAY(NULL, "$start", "me"),
                                    rh_message_none()};
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        assert_int_equal(rh_node_send(play.node, play.now, play.supervisor, messages[i]), RH_OK);
    }
    play_settle(&play);
    assert_string_equal(play.log, "");
    assert_string_equal(ASK("count_children"),
                        "reply {specs: 2, active: 2, workers: 2, supervisors: 0}");
}

static void survives_a_client_that_is_gone(void **state)
{
    (void)state;
    struct rh_ref ref;
    assert_int_equal(rh_node_turn(play.node, play.now, play_pid(&play, "b", 1), call_in_turn, &ref),
                     RH_OK);
    play_exit(&play, play_pid(&play, "b", 1), RH_ITEM(NULL, "gone"));
    assert_string_equal(ASK("which_children"), "reply [[a, <a#1>, worker]]");
}

/* ---- while a child cannot be restarted ---- */

/* Handle one signal at a time until a is being restarted. */
static void fail_to_restart_a(void)
{
    play.fail_inits = 1;
    play_signal_only(&play, play.parent, play_pid(&play, "a", 1), RH_ITEM(NULL, "foo"));
    while (strstr(play.log, "-a#2:bad") == NULL) {
        assert_int_equal(rh_node_run(play.node, play.now, 1), 1);
    }
}

static const char *ask_while_restarting(struct rh_message request)
{
    fail_to_restart_a();
    play_call_only(&play, request);
    play_settle(&play);
    return play.outcome;
}

static void answers_restarting_between_two_attempts(void **state)
{
    (void)state;
    assert_string_equal(ask_while_restarting(RH_ARRAY(NULL, "which_children")),
                        "reply [[b, <b#1>, worker], [a, restarting, worker]]");
    assert_true(play_is_alive(&play, "a", 3));
}

static void refuses_to_restart_what_is_restarting(void **state)
{
    (void)state;
    assert_string_equal(ask_while_restarting(RH_ARRAY(NULL, "restart_child", "a")),
                        "reply [error, restarting]");
}

static void refuses_to_delete_what_is_restarting(void **state)
{
    (void)state;
    assert_string_equal(ask_while_restarting(RH_ARRAY(NULL, "delete_child", "a")),
                        "reply [error, restarting]");
}

static void stops_trying_when_the_child_is_terminated(void **state)
{
    (void)state;
    assert_string_equal(ask_while_restarting(RH_ARRAY(NULL, "terminate_child", "a")), "reply ok");
    assert_string_equal(play.log, "-a#1:foo +a#2 -a#2:bad ");
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(lists_and_counts_its_children),
        CASE(terminates_restarts_and_deletes_a_permanent_child),
        CASE(forgets_a_temporary_child_that_it_terminates),
        CASE(starts_children_from_templates),
        CASE(refuses_to_start_what_is_there_or_unknown),
        CASE(says_why_a_child_did_not_start),
        CASE(refuses_what_is_no_request),
        CASE(ignores_other_messages_and_forged_ones),
        CASE(survives_a_client_that_is_gone),
        CASE(answers_restarting_between_two_attempts),
        CASE(refuses_to_restart_what_is_restarting),
        CASE(refuses_to_delete_what_is_restarting),
        CASE(stops_trying_when_the_child_is_terminated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
