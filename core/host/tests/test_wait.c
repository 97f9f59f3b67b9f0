/* SPDX-License-Identifier: MIT */
/* Who waits is answered exactly once, with what the proc was. */
#include "core/host/tests/play.h"

static void assert_starts(const char *text, const char *start)
{
    if (strncmp(text, start, strlen(start)) != 0) {
        fail_msg("\"%s\" does not begin with \"%s\"", text, start);
    }
}

static void spawn(const char *program, const char *name)
{
    play_ask(1, RH_ARRAY(NULL, "spawn", program, name));
    play_settle();
}

static void ask_wait(size_t client, const char *name)
{
    play_ask(client, RH_ARRAY(NULL, "wait", name));
    play_settle();
}

/* Covers: HY-B16 HY-I11 HY-S11 */
static void all_who_wait_hear_the_same_once(void **state)
{
    (void)state;
    play_begin();
    spawn("plain", "p");
    for (size_t i = 2; i < 7; i++) {
        ask_wait(i, "p");
        assert_string_equal(play.clients[i].outcome, "open"); /* it runs: nothing is made up */
    }
    (void)play_call(RH_ARRAY(NULL, "terminate", "p", RH_SECOND, "tests"));
    for (size_t i = 2; i < 7; i++) {
        assert_string_equal(play.clients[i].outcome, "reply [ok, [stopped, 0]]");
        assert_int_equal(play.clients[i].answers, 1);
    }
    ask_wait(2, "p");
    assert_string_equal(play.clients[2].outcome, "reply [ok, [stopped, 0]]");
    assert_int_equal(play_count_marks("host.waiter [asked, "),
                     play_count_marks("host.waiter [answered, "));
    play_end();
}

/* Covers: P29 HY-S21 */
static void who_came_before_a_spawn_that_fails_hears_of_it(void **state)
{
    (void)state;
    play_begin();
    ask_wait(2, "p");
    play_ask(3, RH_ARRAY(NULL, "ready", "p"));
    spawn("crash", "p");
    assert_string_equal(play.clients[2].outcome, "reply [ok, [stopped, 1]]");
    assert_string_equal(play.clients[3].outcome,
                        "reply [error, terminated, \"proc 'p' has ended (status: Stopped(exit=1, "
                        "bad))\", [stopped, 1]]");
    assert_null(play_host()->waiters);
    play_end();
}

/* Covers: HY-S33 HY-B50 */
static void who_came_before_a_spawn_waits_for_that_proc(void **state)
{
    (void)state;
    play_begin();
    ask_wait(2, "p");
    play_ask(3, RH_ARRAY(NULL, "ready", "p"));
    play_ask(4, RH_ARRAY(NULL, "wait", "p", "stopping"));
    play_settle();
    assert_string_equal(play.clients[3].outcome, "open");
    spawn("plain", "p");
    assert_starts(play.clients[3].outcome, "reply [ok, <");
    assert_non_null(strstr(play.clients[3].outcome, ", local]"));
    assert_string_equal(play.clients[4].outcome, "open");
    (void)play_call(RH_ARRAY(NULL, "terminate", "p", RH_SECOND, "tests"));
    assert_string_equal(play.clients[2].outcome, "reply [ok, [stopped, 0]]");
    assert_string_equal(play.clients[4].outcome, "reply [ok, stopping]");
    play_end();
}

/* Covers: HY-I15 HY-S25 */
static void an_answer_is_never_less_than_what_was_waited_for(void **state)
{
    (void)state;
    for (unsigned least = 0; least < RH_PROC_STATUS_COUNT; least++) {
        const char *word = rh_proc_status_word((enum rh_proc_status)least);
        static const char *const answers[] = {
            "reply [ok, starting]",     "reply [ok, running]",      "reply [ok, ready]",
            "reply [ok, stopping]",     "reply [ok, [killed, 11]]", "reply [ok, [killed, 11]]",
            "reply [ok, [killed, 11]]",
        };
        play_begin();
        play_ask(2, RH_ARRAY(NULL, "wait", "p", word)); /* before */
        spawn("patient", "p");
        assert_string_equal(play.clients[2].outcome, least == 0 ? answers[0] : "open");
        play_ask(3, RH_ARRAY(NULL, "wait", "p", word)); /* in time */
        play_settle();
        play_happen("p", PROC_EVENT_LAUNCHED, 0);
        play_callback("p", true, true);
        (void)play_call(RH_ARRAY(NULL, "request_stop", "p"));
        play_happen("p", PROC_EVENT_SIGNALLED, 11);
        assert_string_equal(play.clients[2].outcome, answers[least]);
        assert_string_equal(play.clients[3].outcome, answers[least]);
        play_ask(4, RH_ARRAY(NULL, "wait", "p", word)); /* too late */
        play_settle();
        assert_string_equal(play.clients[4].outcome, "reply [ok, [killed, 11]]");
        play_end();
    }
    play_begin();
    assert_starts(play_call(RH_ARRAY(NULL, "wait", "p", "unknown")), "reply [error, invalid");
    play_end();
}

static void nobody_waits_for_what_can_never_be(void **state)
{
    (void)state;
    struct rh_text with_end = {"p\0q", 3};
    play_begin();
    spawn("plain", "p");
    assert_starts(play_call(RH_ARRAY(NULL, "wait", "a/b")), "reply [error, bad_name");
    assert_starts(play_call(RH_ARRAY(NULL, "ready", "")), "reply [error, bad_name");
    assert_starts(play_call(RH_ARRAY(NULL, "ready", with_end)), "reply [error, bad_name");
    assert_starts(play_call(RH_ARRAY(NULL, "status", with_end)), "reply [error, not_found");
    assert_null(play_host()->waiters);
    play_end();
}

/* Covers: P30 HY-S24 */
static void nobody_misses_an_end_at_the_moment_of_asking(void **state)
{
    (void)state;
    for (unsigned order = 0; order < 2; order++) {
        play_begin();
        spawn("plain", "p");
        if (order == 0) {
            play_ask(2, RH_ARRAY(NULL, "wait", "p"));
        }
        play_ask(3, RH_ARRAY(NULL, "kill", "p"));
        if (order == 1) {
            play_ask(2, RH_ARRAY(NULL, "wait", "p"));
        }
        play_settle();
        assert_string_equal(play.clients[2].outcome, "reply [ok, [killed, 9]]");
        assert_int_equal(play.clients[2].answers, 1);
        play_end();
    }
}

static void a_time_that_is_over_is_an_answer(void **state)
{
    (void)state;
    play_begin();
    spawn("plain", "p");
    play_ask(2, RH_ARRAY(NULL, "wait", "p", "stopped", RH_SECOND));
    play_ask(3, RH_ARRAY(NULL, "wait", "nobody", "ready", 2 * RH_SECOND));
    play_wait(RH_SECOND - 1);
    assert_string_equal(play.clients[2].outcome, "open");
    play_wait(1);
    assert_string_equal(play.clients[2].outcome,
                        "reply [error, timeout, \"waited for proc 'p' in vain\"]");
    play_wait(RH_SECOND);
    assert_starts(play.clients[3].outcome, "reply [error, timeout");
    assert_null(play_host()->waiters);
    play_end();
}

static enum rh_status leave(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    (void)argument;
    return rh_exit(ctx, RH_ITEM(NULL, "bug"));
}

/* Covers: HY-I18 */
static void who_has_ended_is_waited_for_no_more(void **state)
{
    (void)state;
    play_begin();
    ask_wait(2, "p");
    ask_wait(3, "p");
    assert_int_equal(play_host()->waiter_count, 2);
    assert_int_equal(rh_node_turn(play.node, play.now, play.clients[2].pid, leave, NULL), RH_OK);
    play_settle();
    assert_int_equal(play_host()->waiter_count, 1);
    assert_int_equal(play_count_marks("host.waiter [gone, "), 1);
    play_end();
}

static void there_is_a_limit_to_waiting(void **state)
{
    (void)state;
    play.waiters_max = 2;
    play_begin();
    ask_wait(2, "p");
    ask_wait(3, "p");
    ask_wait(4, "p");
    assert_starts(play.clients[4].outcome, "reply [error, limit");
    assert_starts(play_call(RH_ARRAY(NULL, "spawn", "plain", "q")), "reply [error, limit");
    assert_null(play_proc("q"));
    play_end();
    play.waiters_max = 0;
}

/* Covers: HY-S20 HY-S23 */
static void a_name_that_is_used_again_is_waited_for_again(void **state)
{
    (void)state;
    play_begin();
    for (size_t i = 0; i < 3; i++) {
        spawn("plain", "p");
        assert_starts(play.clients[1].outcome, "reply [ok");
        ask_wait(2, "p");
        assert_string_equal(play.clients[2].outcome, "open");
        (void)play_call(RH_ARRAY(NULL, "terminate_all", 1, RH_SECOND, "tests"));
        assert_string_equal(play.clients[2].outcome, "reply [ok, [stopped, 0]]");
    }
    play_end();
}

/* Covers: HY-S22 HY-I14 */
static void a_shutdown_answers_all_who_wait(void **state)
{
    (void)state;
    play_begin();
    spawn("slow", "p");
    ask_wait(2, "p");
    ask_wait(3, "never");
    play_ask(4, RH_ARRAY(NULL, "ready", "never"));
    play_ask(5, RH_ARRAY(NULL, "shutdown", 1, RH_SECOND, "tests"));
    play_wait(RH_SECOND);
    assert_string_equal(play.clients[2].outcome, "reply [ok, [stopped, 1]]");
    assert_starts(play.clients[3].outcome, "reply [error, shutting_down");
    assert_starts(play.clients[4].outcome, "reply [error, shutting_down");
    assert_starts(play.clients[5].outcome, "reply [ok");
    play_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_who_wait_hear_the_same_once),
        cmocka_unit_test(who_came_before_a_spawn_that_fails_hears_of_it),
        cmocka_unit_test(who_came_before_a_spawn_waits_for_that_proc),
        cmocka_unit_test(an_answer_is_never_less_than_what_was_waited_for),
        cmocka_unit_test(nobody_waits_for_what_can_never_be),
        cmocka_unit_test(nobody_misses_an_end_at_the_moment_of_asking),
        cmocka_unit_test(a_time_that_is_over_is_an_answer),
        cmocka_unit_test(who_has_ended_is_waited_for_no_more),
        cmocka_unit_test(there_is_a_limit_to_waiting),
        cmocka_unit_test(a_name_that_is_used_again_is_waited_for_again),
        cmocka_unit_test(a_shutdown_answers_all_who_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
