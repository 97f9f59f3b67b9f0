/* SPDX-License-Identifier: MIT */
/* A host as such: what it refuses to be, what it answers when answers are long, and who may spawn its parts by hand. */
#include "core/host/tests/play.h"

static void assert_starts(const char *text, const char *start)
{
    if (strncmp(text, start, strlen(start)) != 0) {
        fail_msg("\"%s\" does not begin with \"%s\"", text, start);
    }
}

/* ---- a second host ---- */

struct birth {
    const struct rh_behaviour *behaviour;
    struct rh_message argument;
    struct rh_pid pid;
};

static enum rh_status give_birth(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct birth *birth = argument;
    struct rh_spawn_options options = {.link = true, .argument = birth->argument};
    return rh_spawn(ctx, birth->behaviour, &options, &birth->pid, NULL);
}

/* Let client 6 spawn something; it sees how that ends. */
static struct rh_pid spawn_by_hand(const struct rh_behaviour *behaviour, struct rh_message argument)
{
    struct birth birth = {behaviour, argument, rh_pid_none()};
    assert_int_equal(rh_node_turn(play.node, play.now, play.clients[6].pid, give_birth, &birth),
                     RH_OK);
    play_settle();
    return birth.pid;
}

static const struct rh_behaviour any = {.name = "any"};
static const struct rh_command command = {.program = "true"};

static const struct rh_proc_program nameless[] = {{.agent = &any}};
static const struct rh_proc_program twins[] = {{.name = "a", .agent = &any},
                                               {.name = "a", .agent = &any}};
static const struct rh_proc_program bodiless[] = {{.name = "a"}};
static const struct rh_proc_program both[] = {{.name = "a", .agent = &any, .command = &command}};

static void refuses_to_be_what_it_cannot_be(void **state)
{
    (void)state;
    static const struct rh_host hosts[] = {
        {.name = NULL},
        {.name = "x", .programs = nameless, .program_count = 1},
        {.name = "x", .programs = twins, .program_count = 2},
        {.name = "x", .programs = bodiless, .program_count = 1},
        {.name = "x", .programs = both, .program_count = 1},
    };
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        struct rh_behaviour behaviour = rh_host_behaviour(&hosts[i]);
        play_begin();
        (void)spawn_by_hand(&behaviour, rh_message_none());
        assert_string_equal(play.clients[6].exit_seen, "invalid");
        play_end();
    }
}

static void ends_if_its_name_is_taken(void **state)
{
    (void)state;
    static const struct rh_host same = {.name = "host"};
    struct rh_behaviour behaviour = rh_host_behaviour(&same);
    play_begin();
    (void)spawn_by_hand(&behaviour, rh_message_none());
    assert_string_equal(play.clients[6].exit_seen, "taken");
    assert_true(play_is_alive(play.host));
    play_end();
}

static enum rh_status find_by_name(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    return rh_whereis(ctx, "host", argument);
}

static void is_found_by_its_name_and_says_that_it_is_up(void **state)
{
    (void)state;
    play_begin();
    struct rh_pid found;
    assert_int_equal(rh_node_turn(play.node, play.now, play.clients[6].pid, find_by_name, &found),
                     RH_OK);
    assert_true(rh_pid_equal(found, play.host));
    struct rh_ref somebody = {.owner = play.clients[6].pid, .ordinal = 999};
    play_send(2, play.host, RH_ARRAY(&play.allocator, "$start", somebody));
    struct rh_node_stats stats;
    rh_node_stats(play.node, &stats);
    assert_int_equal(stats.alias_closed, 1); /* the answer, to an alias that nobody has opened */
    play_end();
}

/* ---- long words ---- */

static void a_list_that_does_not_fit_is_a_limit(void **state)
{
    (void)state;
    char name[16];
    play.message_bytes_max = 256;
    play_begin();
    for (unsigned i = 0; i < 16; i++) {
        (void)snprintf(name, sizeof name, "proc-number-%u", i);
        assert_starts(play_call(RH_ARRAY(NULL, "spawn", "plain", (const char *)name)),
                      "reply [ok, ");
    }
    assert_starts(play_call(RH_ITEM(NULL, "list")), "reply [error, limit");
    assert_string_equal(play_call(RH_ARRAY(NULL, "status", (const char *)name)),
                        "reply [ok, ready]");
    play_end();
    play.message_bytes_max = 0;
}

static enum rh_status exit_with(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    return rh_exit(ctx, *(const struct rh_message *)argument);
}

/* Let the agent of a fresh proc p exit with a reason (taken); returns the status. */
static const char *status_after(struct rh_message reason)
{
    (void)play_call(RH_ARRAY(NULL, "spawn", "plain", "p"));
    assert_int_equal(rh_node_turn(play.node, play.now, play_proc("p")->agent, exit_with, &reason),
                     RH_OK);
    play_settle();
    return play_call(RH_ARRAY(NULL, "status", "p"));
}

static void assert_reason(const char *expected)
{
    assert_non_null(strstr(play_call(RH_ARRAY(NULL, "info", "p")), expected));
}

static void the_reason_of_an_end_becomes_a_status(void **state)
{
    (void)state;
    char letters[240];
    play_begin();
    assert_string_equal(status_after(RH_ITEM(NULL, "normal")), "reply [ok, [stopped, 0]]");
    assert_string_equal(status_after(RH_ITEM(NULL, "shutdown")), "reply [ok, [stopped, 0]]");
    assert_string_equal(status_after(RH_ARRAY(NULL, "exit", 7)), "reply [ok, [stopped, 7]]");
    assert_string_equal(status_after(RH_ARRAY(NULL, "exit", -7)), "reply [ok, [stopped, 249]]");
    assert_string_equal(play_call(RH_ARRAY(NULL, "kill", "p")),
                        "reply [error, already_terminated, \"proc 'p' already terminated (status: "
                        "Stopped(exit=249))\", [stopped, 249]]");
    assert_string_equal(status_after(RH_ITEM(NULL, "killed")), "reply [ok, [killed, 9]]");
    assert_string_equal(status_after(RH_ARRAY(NULL, "bad", 1)), "reply [ok, [stopped, 1]]");
    assert_reason("reason: \"[bad, 1]\"");
    assert_string_equal(status_after(RH_ITEM(NULL, "normal")), "reply [ok, [stopped, 0]]");
    assert_null(strstr(play_call(RH_ARRAY(NULL, "info", "p")), "reason"));
    for (size_t i = 0; i < sizeof letters; i++) {
        letters[i] = i % 2 == 0 ? '\xc3' : '\xa9';
    }
    struct rh_text text = {letters, 201 - 1};
    assert_string_equal(status_after(RH_ITEM(&play.allocator, text)), "reply [ok, [stopped, 1]]");
    assert_reason("reason: ");
    text.size = 180;
    (void)status_after(RH_ARRAY(&play.allocator, "x", text));
    assert_reason("reason: ");
    (void)status_after(RH_ARRAY(&play.allocator, "xy", text));
    assert_reason("reason: ");
    assert_starts(play_call(RH_ARRAY(NULL, "kill", "p")), "reply [error, already_terminated, ");
    play_end();
}

static void a_long_address_is_kept(void **state)
{
    (void)state;
    static const char address[] = "tcp:an.address.that.does.not.fit.into.a.handle:12345";
    play_begin();
    play_ask(1, RH_ARRAY(NULL, "spawn", "patient", "p"));
    play_settle();
    play_send(
        7, play.host,
        RH_ARRAY(&play.allocator, "$callback", play_proc("p")->id, address, play.clients[7].pid));
    assert_starts(play.clients[1].outcome, "reply [ok, ");
    assert_starts(play_call(RH_ARRAY(NULL, "ready", "p")), "reply [ok, <");
    assert_non_null(strstr(play.clients[0].outcome, "an.address.that.does.not.fit"));
    play_end();
}

/* ---- agents by hand ---- */

static const struct rh_agent nothing = {.find_behaviour = NULL};

static void an_agent_calls_back_to_a_pid_or_a_name(void **state)
{
    (void)state;
    struct rh_behaviour behaviour = rh_agent_behaviour(&nothing);
    play_begin();
    struct rh_pid agent = spawn_by_hand(&behaviour, RH_ARRAY(&play.allocator, "$proc", "h/p#1",
                                                             "here", play.clients[2].pid, RH_NULL));
    assert_starts(play.clients[2].heard, "[\"$callback\", \"h/p#1\", here, <");
    assert_true(play_is_alive(agent));
    struct rh_message name = RH_ARRAY(NULL, "host", 1);
    agent = spawn_by_hand(&behaviour,
                          RH_ARRAY(&play.allocator, "$proc", "host/p#99", "here", name, RH_NULL));
    assert_true(play_is_alive(agent)); /* its host does not know it, and does not mind */
    assert_string_equal(play_call(RH_ITEM(NULL, "list")), "reply [ok, []]");
    play_end();
}

static void an_agent_without_a_host_is_none(void **state)
{
    (void)state;
    struct rh_behaviour behaviour = rh_agent_behaviour(&nothing);
    play_begin();
    (void)spawn_by_hand(&behaviour, RH_ITEM(NULL, "hello"));
    assert_string_equal(play.clients[6].exit_seen, "invalid");
    play.clients[6].exit_seen[0] = '\0';
    (void)spawn_by_hand(&behaviour,
                        RH_ARRAY(&play.allocator, "$proc", "h/p#1", "here", "nobody", RH_NULL));
    assert_string_equal(play.clients[6].exit_seen, "invalid");
    play_end();
}

static void what_an_actor_cannot_take_any_more_comes_back(void **state)
{
    (void)state;
    play_begin();
    (void)play_call(RH_ARRAY(NULL, "spawn", "plain", "p"));
    assert_int_equal(rh_node_crash(play.node, play.now, play.actors[0], RH_ITEM(NULL, "bug")),
                     RH_OK);
    struct rh_delivery none = {.kind = RH_DELIVERY_USER};
    assert_false(envelope_read(&none, &(struct envelope){.is_fresh = false}));
    play_route(2, "p/w", RH_ITEM(NULL, "late")); /* the agent may not have heard of the crash */
    assert_starts(play.clients[2].heard, "[\"$undeliverable\", \"p/w\", ");
    assert_int_equal(play_count_marks("host.undeliverable"), 1);
    play_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_to_be_what_it_cannot_be),
        cmocka_unit_test(ends_if_its_name_is_taken),
        cmocka_unit_test(is_found_by_its_name_and_says_that_it_is_up),
        cmocka_unit_test(a_list_that_does_not_fit_is_a_limit),
        cmocka_unit_test(the_reason_of_an_end_becomes_a_status),
        cmocka_unit_test(a_long_address_is_kept),
        cmocka_unit_test(an_agent_calls_back_to_a_pid_or_a_name),
        cmocka_unit_test(an_agent_without_a_host_is_none),
        cmocka_unit_test(what_an_actor_cannot_take_any_more_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
