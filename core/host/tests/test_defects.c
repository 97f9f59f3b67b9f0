/* SPDX-License-Identifier: MIT */
/* Defects of hosts that other systems have had, one test for each that no other test of this folder is about. */
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

static const char *status_of(const char *name)
{
    return play_call(RH_ARRAY(NULL, "status", name));
}

/* Two stops at once: no query in between sees the proc less far than it was. Covers: HY-S6 HY-I2 */
static void a_status_never_goes_back_while_two_stop(void **state)
{
    (void)state;
    play_begin();
    spawn("slow", "p");
    play_ask(2, RH_ARRAY(NULL, "request_stop", "p"));
    play_ask(3, RH_ARRAY(NULL, "status", "p"));
    play_ask(4, RH_ARRAY(NULL, "request_stop", "p"));
    play_ask(5, RH_ARRAY(NULL, "status", "p"));
    play_settle();
    assert_string_equal(play.clients[3].outcome, "reply [ok, stopping]");
    assert_string_equal(play.clients[5].outcome, "reply [ok, stopping]");
    play_end();
}

/* A new proc of a name has nothing of the old one, and can be stopped. Covers: HY-S8 P27 */
static void a_new_proc_of_a_name_is_not_taken_for_the_old(void **state)
{
    (void)state;
    play_begin();
    spawn("plain", "p");
    struct rh_pid before = play_proc("p")->agent;
    char id[64];
    (void)snprintf(id, sizeof id, "%s", play_proc("p")->id);
    (void)play_call(RH_ARRAY(NULL, "request_stop", "p"));
    assert_string_equal(status_of("p"), "reply [ok, [stopped, 0]]");
    (void)play_call(RH_ARRAY(NULL, "terminate_all", 1, RH_SECOND, "tests"));
    spawn("plain", "p");
    assert_string_equal(status_of("p"), "reply [ok, ready]");
    play_send(2, play.host, RH_ARRAY(&play.allocator, "$callback", id, "there", before));
    assert_string_equal(status_of("p"), "reply [ok, ready]");
    assert_false(rh_pid_equal(play_proc("p")->agent, before));
    (void)play_call(RH_ARRAY(NULL, "request_stop", "p"));
    assert_string_equal(status_of("p"), "reply [ok, [stopped, 0]]");
    play_end();
}

/* A route that failed before is tried again. Covers: HY-S12 HY-I12 */
static void a_failure_to_route_is_not_remembered(void **state)
{
    (void)state;
    play_begin();
    play_route(2, "p/w", RH_ITEM(NULL, 1));
    spawn("plain", "p");
    play_route(2, "p/w", RH_ITEM(NULL, 2));
    assert_string_equal(play.clients[2].heard,
                        "[\"$undeliverable\", \"p/w\", unroutable, 1] [got, \"p/w\", 2] ");
    play_end();
}

/* A host that crashes leaves no proc behind, not even what traps. Covers: HY-S13 */
static void a_host_that_crashes_takes_its_procs_along(void **state)
{
    (void)state;
    play_begin();
    spawn("plain", "p");
    spawn("slow", "q");
    play_ask(2, RH_ARRAY(NULL, "wait", "p"));
    play_settle();
    assert_int_equal(rh_node_crash(play.node, play.now, play.host, RH_ITEM(NULL, "bug")), RH_OK);
    play_settle();
    assert_int_equal(play_living(), PLAY_CLIENTS);
    assert_string_equal(play.clients[2].outcome, "down bug");
    play_end();
}

/* What has ended is not said to run. Covers: HY-S18 */
static void a_proc_that_was_terminated_does_not_run(void **state)
{
    (void)state;
    play_begin();
    spawn("plain", "p");
    spawn("plain", "q");
    (void)play_call(RH_ARRAY(NULL, "terminate", "p", RH_SECOND, "tests"));
    (void)play_call(RH_ARRAY(NULL, "terminate_all", 2, RH_SECOND, "tests"));
    assert_string_equal(status_of("p"), "reply [ok, [stopped, 0]]");
    assert_string_equal(status_of("q"), "reply [ok, [stopped, 0]]");
    play_end();
}

/* Covers: HY-S26 */
static void a_spawn_that_failed_can_be_tried_again(void **state)
{
    (void)state;
    play_begin();
    script = (struct script){.start = RH_LIMIT};
    spawn("patient", "p");
    assert_starts(play.clients[1].outcome, "reply [error, spawn_failed");
    script = (struct script){.calls_back = true};
    spawn("patient", "p");
    assert_starts(play.clients[1].outcome, "reply [ok, ");
    play_end();
}

/* Asking a host that is gone is an answer, not a failure of who asks. Covers: HY-S29 */
static void whoever_asks_a_dead_host_lives_on(void **state)
{
    (void)state;
    play_begin();
    assert_int_equal(rh_node_crash(play.node, play.now, play.host, RH_ITEM(NULL, "bug")), RH_OK);
    play_settle();
    assert_string_equal(status_of("p"), "down noproc");
    play_route(2, "p/w", RH_ITEM(NULL, 1)); /* comes back as an undeliverable of the node */
    assert_true(play_is_alive(play.clients[2].pid));
    play_end();
}

/* Covers: HY-S30 HY-I19 */
static void an_end_is_told_once(void **state)
{
    (void)state;
    play_begin();
    spawn("patient", "p");
    play_callback("p", true, true);
    play_ask(2, RH_ARRAY(NULL, "wait", "p"));
    play_settle();
    play_happen("p", PROC_EVENT_BROKEN, 0);
    play_happen("p", PROC_EVENT_EXITED, 0); /* told again, otherwise */
    play_wait(100 * RH_SECOND);
    assert_int_equal(play.clients[2].answers, 1);
    assert_string_equal(play.clients[2].heard, "");
    assert_string_equal(status_of("p"), "reply [ok, [failed, broken]]");
    play_end();
}

/* Covers: HY-S31 */
static void a_failure_while_it_stops_is_not_lost(void **state)
{
    (void)state;
    play_begin();
    spawn("dies", "p");
    (void)play_call(RH_ARRAY(NULL, "request_stop", "p"));
    assert_string_equal(status_of("p"), "reply [ok, [stopped, 1]]");
    assert_non_null(strstr(play_call(RH_ARRAY(NULL, "info", "p")), "reason: crash"));
    play_end();
}

/* Covers: HY-S32 HY-B49 */
static void what_does_not_exist_is_an_answer(void **state)
{
    (void)state;
    static const char *const verbs[] = {"status", "info", "kill", "request_stop", "unbind"};
    play_begin();
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        assert_string_equal(play_call(RH_ARRAY(NULL, verbs[i], "p")),
                            "reply [error, not_found, \"'p' does not exist\"]");
    }
    play_end();
}

/* Covers: HY-S35 */
static void a_stop_is_announced_at_once(void **state)
{
    (void)state;
    play_begin();
    spawn("slow", "p");
    play_ask(2, RH_ARRAY(NULL, "wait", "p", "stopping"));
    play_settle();
    (void)play_call(RH_ARRAY(NULL, "request_stop", "p"));
    assert_string_equal(play.clients[2].outcome, "reply [ok, stopping]");
    play_end();
}

/* Covers: HY-S36 */
static void who_asks_twice_is_answered_once_each(void **state)
{
    (void)state;
    play_begin();
    spawn("plain", "p");
    play_ask(2, RH_ARRAY(NULL, "wait", "p"));
    play_ask(2, RH_ARRAY(NULL, "wait", "p")); /* gives the first one up */
    (void)play_call(RH_ARRAY(NULL, "kill", "p"));
    assert_int_equal(play.clients[2].answers, 1);
    assert_string_equal(play.clients[2].heard, ""); /* the other one is dropped on arrival */
    assert_int_equal(play_count_marks("host.waiter [answered, 2, wait, p"), 1);
    assert_int_equal(play_count_marks("host.waiter [answered, 3, wait, p"), 1);
    play_end();
}

/* The answer comes behind the end of every actor. Covers: HY-S37 HY-S58 HY-I30 */
static void a_stop_is_answered_after_the_actors_have_ended(void **state)
{
    (void)state;
    play_begin();
    spawn("three", "p");
    (void)play_call(RH_ARRAY(NULL, "terminate", "p", RH_SECOND, "tests"));
    const char *answered = strstr(play.marks, "host.waiter [answered, 2, stop, p");
    assert_non_null(answered);
    assert_int_equal(play_count_marks("agent.actor [ended, "), 3);
    assert_null(strstr(answered, "agent.actor"));
    play_end();
}

/* A handler may change the routes that it was reached by. Covers: HY-S44 */
static void routes_may_change_while_messages_are_under_way(void **state)
{
    (void)state;
    play_begin();
    spawn("plain", "p");
    for (size_t i = 0; i < 40; i++) {
        const char *verb = i % 2 == 0 ? "bind" : "unbind";
        struct rh_message request =
            i % 2 == 0 ? RH_ARRAY(&play.allocator, verb, "p/w/x", play.clients[3].pid)
                       : RH_ARRAY(NULL, verb, "p/w/x");
        play_ask(4, request);
        play_route(2, "p/w/x", RH_ITEM(NULL, (int)i));
    }
    size_t heard = 0;
    for (const char *at = strstr(play.clients[2].heard, "got"); at != NULL;
         at = strstr(at + 1, "got")) {
        heard++;
    }
    assert_int_equal(play_count_marks("host.undeliverable"), 0);
    assert_true(heard > 0);
    play_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_status_never_goes_back_while_two_stop),
        cmocka_unit_test(a_new_proc_of_a_name_is_not_taken_for_the_old),
        cmocka_unit_test(a_failure_to_route_is_not_remembered),
        cmocka_unit_test(a_host_that_crashes_takes_its_procs_along),
        cmocka_unit_test(a_proc_that_was_terminated_does_not_run),
        cmocka_unit_test(a_spawn_that_failed_can_be_tried_again),
        cmocka_unit_test(whoever_asks_a_dead_host_lives_on),
        cmocka_unit_test(an_end_is_told_once),
        cmocka_unit_test(a_failure_while_it_stops_is_not_lost),
        cmocka_unit_test(what_does_not_exist_is_an_answer),
        cmocka_unit_test(a_stop_is_announced_at_once),
        cmocka_unit_test(who_asks_twice_is_answered_once_each),
        cmocka_unit_test(a_stop_is_answered_after_the_actors_have_ended),
        cmocka_unit_test(routes_may_change_while_messages_are_under_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
