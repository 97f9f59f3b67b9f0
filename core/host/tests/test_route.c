/* SPDX-License-Identifier: MIT */
/* Messages on their way: where they go, and what comes back. */
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

/* What client 2 has heard since it was last asked. */
static const char *heard(void)
{
    static char text[512];
    memcpy(text, play.clients[2].heard, sizeof text);
    play.clients[2].heard[0] = '\0';
    return text;
}

static const char *route(const char *destination)
{
    play_route(2, destination, RH_ITEM(NULL, "hello"));
    return heard();
}

static struct rh_message bind(const char *prefix, struct rh_pid pid)
{
    return RH_ARRAY(NULL, "bind", prefix, pid);
}

/* Covers: HY-B1 HY-B3 */
static void reaches_an_actor_of_a_proc(void **state)
{
    (void)state;
    play_begin();
    spawn("three", "p");
    assert_string_equal(route("p/b"), "[got, \"p/b\", hello] ");
    assert_string_equal(route("p/b/any/thing"), "[got, \"p/b/any/thing\", hello] ");
    assert_string_equal(route("p/d"), "[\"$undeliverable\", \"p/d\", unroutable, hello] ");
    assert_string_equal(route("p"), "[\"$undeliverable\", p, unroutable, hello] ");
    play_end();
}

/* Covers: HY-S2 HY-I5 HY-S19b */
static void goes_nowhere_before_and_after_the_proc(void **state)
{
    (void)state;
    play_begin();
    assert_string_equal(route("p/w"), "[\"$undeliverable\", \"p/w\", unroutable, hello] ");
    spawn("patient", "s"); /* it is starting */
    assert_string_equal(route("s/w"), "[\"$undeliverable\", \"s/w\", unroutable, hello] ");
    spawn("slow", "p");
    (void)play_call(RH_ARRAY(NULL, "request_stop", "p"));
    assert_int_equal(play_routes(), 1);
    play_wait(2 * RH_SECOND);
    assert_int_equal(play_routes(), 0);
    assert_string_equal(route("p/s"), "[\"$undeliverable\", \"p/s\", unroutable, hello] ");
    spawn("plain", "p");
    assert_string_equal(route("p/w"), "[got, \"p/w\", hello] ");
    play_end();
}

/* Covers: HY-B2 HY-I34 */
static void local_has_no_actors_until_it_is_asked_for(void **state)
{
    (void)state;
    play_begin();
    size_t living = play_living();
    assert_null(play_proc("local"));
    assert_starts(play_call(RH_ARRAY(NULL, "local")), "reply [ok, <");
    assert_int_equal(play_living(), living + 1);
    char first[512];
    memcpy(first, play.clients[0].outcome, sizeof first);
    assert_string_equal(play_call(RH_ARRAY(NULL, "local")), first); /* the same one */
    assert_int_equal(play_living(), living + 1);
    assert_string_equal(play_call(RH_ARRAY(NULL, "list")), "reply [ok, []]");
    play_end();
    play_begin();
    assert_string_equal(route("local/x"), "[\"$undeliverable\", \"local/x\", unroutable, hello] ");
    assert_non_null(play_proc("local")); /* a message asks for it, too */
    assert_string_equal(route("service"), "[\"$undeliverable\", service, unroutable, hello] ");
    play_end();
}

static void what_is_reserved_comes_again_after_a_crash(void **state)
{
    (void)state;
    play_begin();
    assert_int_equal(
        rh_node_crash(play.node, play.now, play_proc("service")->local.agent, RH_ITEM(NULL, "bug")),
        RH_OK);
    play_settle();
    assert_null(play_proc("service"));
    (void)route("service/x");
    assert_int_equal(play_proc("service")->status, RH_PROC_READY);
    play_end();
}

static void custom_routes_are_bound_and_unbound(void **state)
{
    (void)state;
    play_begin();
    spawn("plain", "p");
    struct rh_pid client = play.clients[2].pid;
    assert_string_equal(play_call(bind("x/y", client)), "reply ok");
    assert_starts(route("x/y/z"), "[\"$route\", \"x/y/z\", hello, <");
    assert_starts(route("x"), "[\"$undeliverable\", x, unroutable");
    assert_string_equal(play_call(bind("p/w/mine", client)), "reply ok");
    assert_starts(route("p/w/mine"), "[\"$route\", \"p/w/mine\"");
    assert_string_equal(route("p/w/other"), "[got, \"p/w/other\", hello] ");
    assert_string_equal(play_call(RH_ARRAY(NULL, "bind_exact", "x/y", play.clients[3].pid)),
                        "reply ok");
    assert_string_equal(route("x/y"), "");
    assert_starts(play.clients[3].heard, "[\"$route\", \"x/y\"");
    assert_string_equal(play_call(bind("", client)), "reply ok");
    assert_starts(route("anything/else"), "[\"$route\", \"anything/else\"");
    assert_string_equal(play_call(RH_ARRAY(NULL, "unbind", "")), "reply ok");
    assert_starts(play_call(RH_ARRAY(NULL, "unbind", "")), "reply [error, not_found");
    assert_string_equal(play_call(RH_ARRAY(NULL, "unbind_exact", "x/y")), "reply ok");
    assert_starts(route("x/y"), "[\"$route\", \"x/y\"");
    assert_starts(route("anything/else"), "[\"$undeliverable\"");
    play_end();
}

/* Covers: HY-S61 */
static void routes_and_procs_do_not_take_each_others_names(void **state)
{
    (void)state;
    play_begin();
    struct rh_pid client = play.clients[2].pid;
    spawn("plain", "p");
    assert_starts(play_call(bind("p", client)), "reply [error, exists");
    assert_starts(play_call(bind("local/x", client)), "reply [error, reserved");
    assert_starts(play_call(RH_ARRAY(NULL, "bind_exact", "service", client)),
                  "reply [error, reserved");
    assert_starts(play_call(RH_ARRAY(NULL, "bind_exact", "", client)), "reply [error, bad_name");
    assert_string_equal(play_call(bind("q", client)), "reply ok");
    assert_starts(play_call(RH_ARRAY(NULL, "spawn", "plain", "q")), "reply [error, exists");
    assert_string_equal(play_call(bind("q", play.clients[3].pid)), "reply ok"); /* moved */
    assert_string_equal(route("q"), "");
    assert_starts(play.clients[3].heard, "[\"$route\", q");
    assert_starts(play_call(RH_ARRAY(NULL, "unbind", "p")), "reply [error, not_found");
    play_end();
}

static void there_is_a_limit_to_routes(void **state)
{
    (void)state;
    play.routes_max = 2;
    play_begin();
    assert_string_equal(play_call(bind("a", play.host)), "reply ok");
    assert_string_equal(play_call(bind("b", play.host)), "reply ok");
    assert_starts(play_call(bind("c", play.host)), "reply [error, limit");
    assert_string_equal(play_call(RH_ARRAY(NULL, "unbind", "a")), "reply ok");
    assert_string_equal(play_call(bind("c", play.host)), "reply ok");
    play_end();
    play.routes_max = 0;
}

/* ---- what comes back ---- */

static enum rh_status spawn_other(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    static const struct rh_host other = {.name = "other"};
    static struct rh_behaviour behaviour;
    behaviour = rh_host_behaviour(&other);
    return rh_spawn(ctx, &behaviour, NULL, argument, NULL);
}

/* Covers: P39 HY-S43 HY-I28 HY-B66 */
static void a_loop_ends_with_one_word_to_the_sender(void **state)
{
    (void)state;
    play_begin();
    struct rh_pid other;
    assert_int_equal(rh_node_turn(play.node, play.now, play.clients[3].pid, spawn_other, &other),
                     RH_OK);
    play_settle();
    assert_string_equal(play_call(bind("", other)), "reply ok");
    assert_string_equal(play_call_to(other, bind("", play.host)), "reply ok");
    assert_string_equal(route("far/away"), "[\"$undeliverable\", \"far/away\", hops, hello] ");
    assert_int_equal(play_count_marks("host.undeliverable"), 1);
    struct rh_node_stats stats;
    rh_node_stats(play.node, &stats);
    assert_true(stats.limits_reached > 0);
    play_end();
}

/* Covers: HY-S42 HY-I22 HY-B68 */
static void an_undeliverable_is_never_itself_returned(void **state)
{
    (void)state;
    play_begin();
    assert_string_equal(play_call(bind("dead", play.clients[4].pid)), "reply ok");
    assert_int_equal(rh_node_crash(play.node, play.now, play.clients[4].pid, RH_ITEM(NULL, "bug")),
                     RH_OK);
    assert_string_equal(route("dead/end"), "[\"$undeliverable\", \"dead/end\", noproc, hello] ");
    play_send(2, play.host,
              RH_ARRAY(&play.allocator, "$route", "dead/end", "hello", play.clients[4].pid));
    play_send(2, play.host, RH_ARRAY(NULL, "$route", "nowhere", "hello", RH_NULL));
    assert_string_equal(heard(), ""); /* the senders they name are dead, and nobody */
    assert_int_equal(play_count_marks("host.undeliverable"), 3);
    play_end();
}

/* Covers: HY-S41 HY-I21 */
static void comes_back_to_its_sender_only(void **state)
{
    (void)state;
    play_begin();
    for (size_t i = 2; i < 6; i++) {
        char destination[16];
        (void)snprintf(destination, sizeof destination, "to/%zu", i);
        play_route(i, destination, RH_ITEM(NULL, (int)i));
    }
    for (size_t i = 2; i < 6; i++) {
        char expected[64];
        (void)snprintf(expected, sizeof expected,
                       "[\"$undeliverable\", \"to/%zu\", unroutable, %zu] ", i, i);
        assert_string_equal(play.clients[i].heard, expected);
    }
    play_end();
}

/* Covers: HY-S45 HY-I23 */
static void what_is_under_way_at_an_unbind_arrives_or_comes_back(void **state)
{
    (void)state;
    play_begin();
    spawn("plain", "p");
    struct rh_pid agent = play_proc("p")->agent;
    for (size_t i = 0; i < 3; i++) { /* read by the agent after its kill, and before */
        play_send(2, play.host, RH_ARRAY(NULL, "$route", "p/w", (int)i));
    }
    assert_string_equal(heard(), "[got, \"p/w\", 0] [got, \"p/w\", 1] [got, \"p/w\", 2] ");
    play_send(2, agent,
              RH_ARRAY(&play.allocator, "$route", "p/gone", "hello", play.clients[2].pid));
    assert_string_equal(heard(), "[\"$undeliverable\", \"p/gone\", unroutable, hello] ");
    assert_int_equal(rh_node_crash(play.node, play.now, agent, RH_ITEM(NULL, "bug")), RH_OK);
    play_route(2, "p/w", RH_ITEM(NULL, "late")); /* the host has not heard of the crash */
    const char *text = heard();
    assert_true(strcmp(text, "[\"$undeliverable\", \"p/w\", noproc, late] ") == 0 ||
                strcmp(text, "[\"$undeliverable\", \"p/w\", unroutable, late] ") == 0);
    play_end();
}

/* ---- out of a proc ---- */

static enum rh_status ask_out(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    const char *destination = argument;
    return rh_route_send(ctx, rh_parent(ctx), destination, RH_ITEM(NULL, "hi"));
}

static void an_actor_reaches_other_procs_through_its_agent(void **state)
{
    (void)state;
    char there[] = "q/w";
    char nowhere[] = "r/w";
    play_begin();
    spawn("plain", "p");
    spawn("plain", "q");
    assert_string_equal(play_call(bind("client", play.clients[2].pid)), "reply ok");
    assert_int_equal(rh_node_turn(play.node, play.now, play.actors[0], ask_out, there), RH_OK);
    play_settle();
    assert_int_equal(play_count_marks("host.undeliverable"), 0);
    char client[] = "client";
    assert_int_equal(rh_node_turn(play.node, play.now, play.actors[0], ask_out, client), RH_OK);
    play_settle();
    assert_starts(heard(), "[\"$route\", client, hi, <");
    assert_int_equal(rh_node_turn(play.node, play.now, play.actors[0], ask_out, nowhere), RH_OK);
    play_settle();
    assert_int_equal(play_count_marks("host.undeliverable [\"r/w\", unroutable, <"), 1);
    play_end();
}

/* Covers: HY-S40 HY-I20 */
static void an_envelope_that_cannot_be_read_harms_only_itself(void **state)
{
    (void)state;
    play_begin();
    spawn("plain", "p");
    play_send(2, play.host, RH_ARRAY(NULL, "$route"));
    play_send(2, play.host, RH_ARRAY(NULL, "$route", "p/w"));
    play_send(2, play.host, RH_ARRAY(NULL, "$route", 7, "hello"));
    play_send(2, play.host, RH_ARRAY(NULL, "$route", "p/w", "hello", "me"));
    play_send(2, play.host, RH_ARRAY(NULL, "$route", "p/w", "hello", RH_NULL, 1));
    assert_string_equal(heard(), "");
    assert_string_equal(route("p/w"), "[got, \"p/w\", hello] ");
    play_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reaches_an_actor_of_a_proc),
        cmocka_unit_test(goes_nowhere_before_and_after_the_proc),
        cmocka_unit_test(local_has_no_actors_until_it_is_asked_for),
        cmocka_unit_test(what_is_reserved_comes_again_after_a_crash),
        cmocka_unit_test(custom_routes_are_bound_and_unbound),
        cmocka_unit_test(routes_and_procs_do_not_take_each_others_names),
        cmocka_unit_test(there_is_a_limit_to_routes),
        cmocka_unit_test(a_loop_ends_with_one_word_to_the_sender),
        cmocka_unit_test(an_undeliverable_is_never_itself_returned),
        cmocka_unit_test(comes_back_to_its_sender_only),
        cmocka_unit_test(what_is_under_way_at_an_unbind_arrives_or_comes_back),
        cmocka_unit_test(an_actor_reaches_other_procs_through_its_agent),
        cmocka_unit_test(an_envelope_that_cannot_be_read_harms_only_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
