/* SPDX-License-Identifier: MIT */
/* The head of a proc: what it starts, what it is asked, how it ends. */
#include "core/host/tests/play.h"

static void assert_starts(const char *text, const char *start)
{
    if (strncmp(text, start, strlen(start)) != 0) {
        fail_msg("\"%s\" does not begin with \"%s\"", text, start);
    }
}

static struct rh_pid ready(const char *program)
{
    play_ask(1, RH_ARRAY(NULL, "spawn", program, "p"));
    play_settle();
    assert_starts(play.clients[1].outcome, "reply [ok, ");
    return play_proc("p")->agent;
}

static struct rh_message start(const char *behaviour, const char *name)
{
    return RH_ARRAY(NULL, "start", behaviour, name);
}

static const char *status_of(const char *name)
{
    return play_call(RH_ARRAY(NULL, "status", name));
}

static void starts_actors_by_the_names_of_behaviours(void **state)
{
    (void)state;
    play_begin();
    struct rh_pid agent = ready("plain");
    size_t living = play_living();
    assert_starts(play_call_to(agent, start("worker", "v")), "reply [ok, <");
    assert_int_equal(play_living(), living + 1);
    assert_starts(play_call_to(agent, RH_ARRAY(NULL, "list")), "reply [ok, [[w, <");
    assert_non_null(strstr(play.clients[0].outcome, "], [v, <"));
    assert_string_equal(play_call_to(agent, RH_ARRAY(NULL, "status")),
                        "reply [ok, {state: running, actors: 2, failed: 0}]");
    play_route(2, "p/v", RH_ITEM(NULL, "hello"));
    assert_string_equal(play.clients[2].heard, "[got, \"p/v\", hello] ");
    play_end();
}

static void says_why_it_starts_nothing(void **state)
{
    (void)state;
    play_begin();
    struct rh_pid agent = ready("plain");
    assert_string_equal(play_call_to(agent, start("worker", "w")),
                        "reply [error, actor_exists, \"actor 'w' already exists\"]");
    assert_string_equal(play_call_to(agent, start("wizard", "v")),
                        "reply [error, unknown_behaviour, \"there is no behaviour 'wizard'\"]");
    assert_starts(play_call_to(agent, start("worker", "")), "reply [error, bad_name");
    assert_starts(play_call_to(agent, start("worker", "a/b")), "reply [error, bad_name");
    assert_starts(play_call_to(agent, RH_ARRAY(NULL, "start", "worker")), "reply [error, invalid");
    assert_starts(play_call_to(agent, RH_ARRAY(NULL, "start", 1, 2)), "reply [error, invalid");
    assert_starts(play_call_to(agent, RH_ITEM(NULL, 7)), "reply [error, invalid");
    play_end();
}

/* Covers: HY-S34 HY-B57 */
static void starts_nothing_once_it_is_to_end(void **state)
{
    (void)state;
    play_begin();
    struct rh_pid agent = ready("slow");
    assert_string_equal(play_call_to(agent, RH_ARRAY(NULL, "drain")), "reply ok");
    assert_string_equal(play_call_to(agent, start("worker", "v")),
                        "reply [error, shutting_down, \"'v': everything is being stopped\"]");
    assert_string_equal(play_call_to(agent, RH_ARRAY(NULL, "status")),
                        "reply [ok, {state: draining, actors: 1, failed: 0}]");
    play_route(2, "p/s", RH_ITEM(NULL, "hello"));
    assert_starts(play.clients[2].heard, "[\"$undeliverable\", \"p/s\", unroutable");
    assert_string_equal(play_call_to(agent, RH_ARRAY(NULL, "stop", "tests")), "reply ok");
    assert_string_equal(status_of("p"), "reply [ok, [stopped, 1]]");
    play_end();
}

/* Covers: HY-B58 HY-B81 HY-B84 */
static void drains_the_youngest_first(void **state)
{
    (void)state;
    play_begin();
    struct rh_pid agent = ready("three");
    assert_string_equal(play_call_to(agent, RH_ARRAY(NULL, "drain")), "reply ok");
    const char *a = strstr(play.marks, "agent.actor [ended, a");
    const char *b = strstr(play.marks, "agent.actor [ended, b");
    const char *c = strstr(play.marks, "agent.actor [ended, c");
    assert_true(a != NULL && b != NULL && c != NULL && c < b && b < a);
    assert_string_equal(status_of("p"), "reply [ok, [stopped, 0]]");
    play_end();
}

static void what_was_routed_is_handled_before_the_drain(void **state)
{
    (void)state;
    play_begin();
    struct rh_pid agent = ready("plain");
    for (size_t i = 0; i < 3; i++) {
        play_send(2, agent, RH_ARRAY(NULL, "$route", "p/w", (int)i));
    }
    (void)play_call_to(agent, RH_ARRAY(NULL, "drain"));
    assert_string_equal(play.clients[2].heard,
                        "[got, \"p/w\", 0] [got, \"p/w\", 1] [got, \"p/w\", 2] ");
    play_end();
}

/* Covers: HY-B56 HY-I29 */
static void its_code_tells_whether_an_actor_failed(void **state)
{
    (void)state;
    static const char *const words[] = {"end", "fail"};
    for (size_t i = 0; i < 2; i++) {
        play_begin();
        struct rh_pid agent = ready("three");
        play_send(2, play.actors[1], RH_ARRAY(NULL, words[i]));
        char expected[80];
        (void)snprintf(expected, sizeof expected,
                       "reply [ok, {state: running, actors: 2, failed: %zu}]", i);
        assert_string_equal(play_call_to(agent, RH_ARRAY(NULL, "status")), expected);
        (void)play_call_to(agent, RH_ARRAY(NULL, "drain"));
        (void)snprintf(expected, sizeof expected, "reply [ok, [stopped, %zu]]", i);
        assert_string_equal(status_of("p"), expected);
        play_end();
    }
}

/* Covers: HY-S59 */
static void an_actor_that_dies_while_another_is_drained_is_counted(void **state)
{
    (void)state;
    play_begin();
    struct rh_pid agent = ready("plain");
    (void)play_call_to(agent, start("stubborn", "s"));
    (void)play_call_to(agent, RH_ARRAY(NULL, "drain")); /* waits for s */
    play_send(2, play.actors[0], RH_ARRAY(NULL, "fail"));
    assert_string_equal(play_call_to(agent, RH_ARRAY(NULL, "status")),
                        "reply [ok, {state: draining, actors: 1, failed: 1}]");
    assert_int_equal(rh_node_crash(play.node, play.now, play.actors[1], RH_ITEM(NULL, "normal")),
                     RH_OK);
    play_settle();
    assert_string_equal(status_of("p"), "reply [ok, [stopped, 1]]");
    play_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_actors_by_the_names_of_behaviours),
        cmocka_unit_test(says_why_it_starts_nothing),
        cmocka_unit_test(starts_nothing_once_it_is_to_end),
        cmocka_unit_test(drains_the_youngest_first),
        cmocka_unit_test(what_was_routed_is_handled_before_the_drain),
        cmocka_unit_test(its_code_tells_whether_an_actor_failed),
        cmocka_unit_test(an_actor_that_dies_while_another_is_drained_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
