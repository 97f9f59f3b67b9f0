/* SPDX-License-Identifier: MIT */
/* Making one proc end: stages, grace, joining, refusal. */
#include "core/host/tests/play.h"

static void assert_starts(const char *text, const char *start)
{
    if (strncmp(text, start, strlen(start)) != 0) {
        fail_msg("\"%s\" does not begin with \"%s\"", text, start);
    }
}

/* Spawn a proc that is ready. */
static void ready(const char *program, const char *name)
{
    bool is_scripted = strcmp(program, "scripted") == 0 || strcmp(program, "patient") == 0;
    play_ask(1, RH_ARRAY(NULL, "spawn", program, name));
    play_settle();
    if (is_scripted) {
        play_callback(name, true, true);
    }
    assert_starts(play.clients[1].outcome, "reply [ok, ");
}

static struct rh_message terminate(const char *name, rh_duration grace)
{
    return RH_ARRAY(NULL, "terminate", name, grace, "tests");
}

static void assert_status(const char *name, const char *status)
{
    char expected[128];
    (void)snprintf(expected, sizeof expected, "reply [ok, %s]", status);
    assert_string_equal(play_call(RH_ARRAY(NULL, "status", name)), expected);
}

/* Covers: HY-B17 */
static void drains_what_obeys(void **state)
{
    (void)state;
    play_begin();
    size_t living = play_living();
    ready("three", "p");
    assert_string_equal(play_call(terminate("p", 4 * RH_SECOND)), "reply [ok, [stopped, 0]]");
    assert_int_equal(play_count_marks("host.stage [p, 2, "), 1);
    assert_int_equal(play_living(), living);
    assert_int_equal(play_routes(), 0);
    assert_status("p", "[stopped, 0]");
    play_end();
}

static void stops_after_half_of_the_grace(void **state)
{
    (void)state;
    play_begin();
    ready("slow", "p");
    play_ask(1, terminate("p", 4 * RH_SECOND));
    play_wait(2 * RH_SECOND - 1);
    assert_string_equal(play.clients[1].outcome, "open");
    play_wait(1);
    assert_string_equal(play.clients[1].outcome, "reply [ok, [stopped, 1]]"); /* one was killed */
    play_end();
}

static void kills_after_all_of_the_grace(void **state)
{
    (void)state;
    play_begin();
    ready("ignores", "p");
    play_ask(1, terminate("p", 3 * RH_SECOND + 1));
    play_wait(3 * RH_SECOND);
    assert_string_equal(play.clients[1].outcome, "open");
    play_wait(1);
    assert_string_equal(play.clients[1].outcome, "reply [ok, [killed, 9]]");
    assert_int_equal(play_count_marks("host.stage [p, 2, drain]"), 1);
    assert_int_equal(play_count_marks("host.stage [p, 2, stop]"), 1);
    assert_int_equal(play_count_marks("host.stage [p, 2, kill]"), 1);
    play_end();
}

static void no_grace_is_a_kill(void **state)
{
    (void)state;
    play_begin();
    ready("plain", "p");
    assert_string_equal(play_call(terminate("p", 0)), "reply [ok, [killed, 9]]");
    ready("plain", "p");
    assert_string_equal(play_call(RH_ARRAY(NULL, "kill", "p")), "reply [ok, [killed, 9]]");
    play_end();
}

static void one_that_crashes_while_it_stops_ends_with_1(void **state)
{
    (void)state;
    play_begin();
    ready("dies", "p");
    assert_string_equal(play_call(terminate("p", RH_SECOND)), "reply [ok, [stopped, 1]]");
    ready("crashing", "q");
    assert_string_equal(play_call(terminate("q", RH_SECOND)), "reply [ok, [stopped, 1]]");
    play_end();
}

/* Covers: HY-S10 HY-I10 HY-B26c */
static void one_that_has_ended_says_so(void **state)
{
    (void)state;
    play_begin();
    ready("plain", "p");
    (void)play_call(terminate("p", RH_SECOND));
    static const char *const expected =
        "reply [error, already_terminated, \"proc 'p' already terminated (status: "
        "Stopped(exit=0))\", [stopped, 0]]";
    assert_string_equal(play_call(terminate("p", RH_SECOND)), expected);
    assert_string_equal(play_call(RH_ARRAY(NULL, "kill", "p")), expected);
    assert_string_equal(play_call(RH_ARRAY(NULL, "request_stop", "p")), "reply ok");
    assert_string_equal(play_call(RH_ARRAY(NULL, "wait", "p")), "reply [ok, [stopped, 0]]");
    play_end();
}

static void nothing_stops_what_is_reserved_or_unknown(void **state)
{
    (void)state;
    play_begin();
    assert_starts(play_call(terminate("service", RH_SECOND)), "reply [error, reserved");
    assert_starts(play_call(RH_ARRAY(NULL, "kill", "local")), "reply [error, reserved");
    assert_starts(play_call(RH_ARRAY(NULL, "request_stop", "local")), "reply [error, reserved");
    assert_starts(play_call(terminate("p", RH_SECOND)), "reply [error, not_found");
    assert_starts(play_call(RH_ARRAY(NULL, "request_stop", "p")), "reply [error, not_found");
    play_end();
}

/* Covers: P31c HY-S19c HY-I36 */
static void three_who_terminate_and_three_who_wait_hear_the_same(void **state)
{
    (void)state;
    play_begin();
    script = (struct script){.obeys = {false, false, true, true}};
    ready("patient", "p");
    for (size_t i = 1; i <= 3; i++) {
        play_ask(i, terminate("p", 2 * i * RH_SECOND));
        play_ask(i + 3, RH_ARRAY(NULL, "wait", "p"));
    }
    play_wait(RH_SECOND);
    for (size_t i = 1; i <= 6; i++) {
        assert_string_equal(play.clients[i].outcome, "reply [ok, [stopped, 0]]");
        assert_int_equal(play.clients[i].answers, 1);
    }
    assert_string_equal(script_log, "p:drain p:stop "); /* one series of stages */
    play_end();
}

static void a_kill_jumps_ahead(void **state)
{
    (void)state;
    play_begin();
    script = (struct script){.obeys = {false, false, false, true}};
    ready("patient", "p");
    play_ask(1, terminate("p", 100 * RH_SECOND));
    play_settle();
    play_ask(2, RH_ARRAY(NULL, "kill", "p"));
    play_settle();
    assert_string_equal(play.clients[1].outcome, "reply [ok, [killed, 9]]");
    assert_string_equal(play.clients[2].outcome, "reply [ok, [killed, 9]]");
    assert_string_equal(script_log, "p:drain p:kill ");
    play_end();
}

/* Covers: HY-S3 */
static void one_that_survives_the_kill_stays_listed(void **state)
{
    (void)state;
    play_begin();
    ready("patient", "p");
    play_ask(1, terminate("p", 2 * RH_SECOND));
    play_ask(2, RH_ARRAY(NULL, "wait", "p"));
    play_wait(4 * RH_SECOND);
    assert_string_equal(
        play.clients[1].outcome,
        "reply [error, still_running, \"proc 'p' did not end, not even when it was killed\"]");
    assert_string_equal(play.clients[2].outcome, "open");
    assert_string_equal(script_log, "p:drain p:stop p:kill ");
    assert_status("p", "stopping");
    assert_int_equal(play_routes(), 1); /* it may still have something to say */
    script.obeys[PROC_STAGE_DRAIN] = true;
    play_ask(1, terminate("p", 2 * RH_SECOND)); /* and may be told again */
    play_settle();
    assert_string_equal(play.clients[1].outcome, "reply [ok, [stopped, 0]]");
    assert_string_equal(play.clients[2].outcome, "reply [ok, [stopped, 0]]");
    assert_string_equal(script_log, "p:drain p:stop p:kill p:drain ");
    play_end();
}

static void a_stop_is_asked_for_without_waiting(void **state)
{
    (void)state;
    play_begin();
    ready("slow", "p");
    assert_string_equal(play_call(RH_ARRAY(NULL, "request_stop", "p")), "reply ok");
    assert_status("p", "stopping");
    assert_string_equal(play_call(RH_ARRAY(NULL, "request_stop", "p", RH_SECOND, "again")),
                        "reply ok"); /* one is under way */
    play_wait(2 * RH_SECOND);        /* half of the host's grace */
    assert_status("p", "[stopped, 1]");
    play_end();
}

static void a_proc_that_lost_its_agent_may_end_by_itself(void **state)
{
    (void)state;
    play_begin();
    ready("patient", "p");
    play_happen("p", PROC_EVENT_LOST, 0);
    assert_status("p", "stopping");
    assert_string_equal(script_log, "");
    play_happen("p", PROC_EVENT_EXITED, 0);
    assert_status("p", "[stopped, 0]");
    ready("patient", "q");
    play_happen("q", PROC_EVENT_LOST, 0);
    play_wait(4 * RH_SECOND);
    assert_string_equal(script_log, "q:stop q:kill ");
    play_end();
}

/* Covers: HY-I8 HY-S7 */
static void nothing_of_a_killed_proc_is_left(void **state)
{
    (void)state;
    play_begin();
    size_t living = play_living();
    ready("slow", "p"); /* its actor traps, and ignores the exit of its agent */
    assert_string_equal(play_call(RH_ARRAY(NULL, "kill", "p")), "reply [ok, [killed, 9]]");
    assert_int_equal(play_living(), living);
    ready("three", "p");
    play_send(2, play.actors[1], RH_ARRAY(NULL, "fail"));
    assert_status("p", "ready"); /* an actor has failed, the proc goes on */
    assert_string_equal(play_call(terminate("p", RH_SECOND)), "reply [ok, [stopped, 1]]");
    assert_int_equal(play_living(), living);
    play_end();
}

static enum rh_status crash(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    (void)argument;
    return rh_exit(ctx, RH_ITEM(NULL, "bug"));
}

static void an_agent_that_crashes_takes_its_actors_along(void **state)
{
    (void)state;
    play_begin();
    size_t living = play_living();
    ready("slow", "p");
    assert_int_equal(rh_node_turn(play.node, play.now, play_proc("p")->local.agent, crash, NULL),
                     RH_OK);
    play_settle();
    assert_status("p", "[stopped, 1]");
    assert_int_equal(play_living(), living);
    assert_int_equal(play_routes(), 0);
    assert_true(rh_node_next_due(play.node) == RH_NEVER);
    play_end();
}

/* Whatever a proc was given is given back: the hundredth costs no more than the tenth. */
static void procs_that_come_and_go_leave_no_memory_behind(void **state)
{
    (void)state;
    size_t blocks = 0;
    play.is_quiet = true;
    play_begin();
    for (size_t i = 0; i < 100; i++) {
        ready(i % 2 == 0 ? "slow" : "three", "p");
        play_route(2, "p/a", RH_ITEM(NULL, "hello"));
        play.clients[2].heard[0] = '\0';
        assert_string_equal(play_call(RH_ARRAY(NULL, "kill", "p")), "reply [ok, [killed, 9]]");
        blocks = i == 9 ? play.blocks : blocks;
    }
    assert_int_equal(play.blocks, blocks);
    play_end();
    play.is_quiet = false;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drains_what_obeys),
        cmocka_unit_test(stops_after_half_of_the_grace),
        cmocka_unit_test(kills_after_all_of_the_grace),
        cmocka_unit_test(no_grace_is_a_kill),
        cmocka_unit_test(one_that_crashes_while_it_stops_ends_with_1),
        cmocka_unit_test(one_that_has_ended_says_so),
        cmocka_unit_test(nothing_stops_what_is_reserved_or_unknown),
        cmocka_unit_test(three_who_terminate_and_three_who_wait_hear_the_same),
        cmocka_unit_test(a_kill_jumps_ahead),
        cmocka_unit_test(one_that_survives_the_kill_stays_listed),
        cmocka_unit_test(a_stop_is_asked_for_without_waiting),
        cmocka_unit_test(a_proc_that_lost_its_agent_may_end_by_itself),
        cmocka_unit_test(nothing_of_a_killed_proc_is_left),
        cmocka_unit_test(an_agent_that_crashes_takes_its_actors_along),
        cmocka_unit_test(procs_that_come_and_go_leave_no_memory_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
