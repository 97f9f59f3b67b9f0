/* SPDX-License-Identifier: MIT */
/* Whatever anybody sends, a host and its agents live, answer calls, and do for others what they did before. */
#include "core/host/tests/play.h"

static uint64_t seed;

/* One step of a 64-bit linear congruential generator; the test's own, so that a seed means the same everywhere. */
static size_t below(size_t bound)
{
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    return (size_t)(seed >> 33) % bound;
}

static const char *const words[] = {"spawn",     "ready",        "wait",       "status",
                                    "info",      "list",         "kill",       "terminate",
                                    "bind",      "unbind",       "bind_exact", "unbind_exact",
                                    "local",     "request_stop", "$route",     "$call",
                                    "$callback", "$accepted",    "$cast",      "terminate_all",
                                    "$start",    "$proc",        "$script",    "p",
                                    "q",         "host/p#2",     "plain",      "silent",
                                    "orphan",    "ready",        "stopping",   "",
                                    "a/b/c",     "local/x",      "service",    "drain",
                                    "start",     "worker",       "\xc3\xa9",   "\x01\x7f",
                                    "stop",      "exit"};

static struct rh_pid any_pid(void)
{
    switch (below(4)) {
    case 0:
        return play.host;
    case 1:
        return play.clients[below(PLAY_CLIENTS)].pid;
    case 2:
        return (struct rh_pid){1, 1, (uint32_t)below(100), 1 + (uint32_t)below(3)};
    default:
        return (struct rh_pid){2, 1, 3, 4};
    }
}

static void build_any_item(struct rh_builder *builder, unsigned depth);

static void build_array_of(struct rh_builder *builder, size_t count, unsigned depth)
{
    rh_build_array(builder, count);
    for (size_t i = 0; i < count; i++) {
        build_any_item(builder, depth + 1);
    }
}

static void build_any_item(struct rh_builder *builder, unsigned depth)
{
    static const uint64_t numbers[] = {0, 1, 2, 1000, RH_SECOND, UINT64_MAX, UINT64_MAX - 1};
    switch (below(depth > 3 ? 6 : 9)) {
    case 0:
        rh_build_uint(builder, numbers[below(7)]);
        return;
    case 1:
        rh_build_null(builder);
        return;
    case 2:
        rh_build_int(builder, -(int64_t)below(5) - 1);
        return;
    case 3:
        rh_build_pid(builder, any_pid());
        return;
    case 4:
        rh_build_ref(builder, (struct rh_ref){any_pid(), below(50)});
        return;
    case 6:
        build_array_of(builder, below(5), depth);
        return;
    default:
        break;
    }
    const char *word = words[below(sizeof words / sizeof words[0])];
    rh_build_text(builder, word, strlen(word));
}

/* A request of a host or an agent with arguments that may be anything; sometimes anything at all. */
static struct rh_message draw(void)
{
    struct rh_builder builder;
    rh_builder_init(&builder, &play.allocator, 4096);
    if (below(5) == 0) {
        build_any_item(&builder, 0);
        return rh_build_finish(&builder);
    }
    size_t count = 1 + below(4);
    const char *word = words[below(sizeof words / sizeof words[0])];
    rh_build_array(&builder, count);
    rh_build_text(&builder, word, strlen(word));
    for (size_t i = 1; i < count; i++) {
        build_any_item(&builder, 1);
    }
    return rh_build_finish(&builder);
}

static void send_one(void)
{
    const struct proc *proc = play_proc("p");
    bool is_agents = proc != NULL && !rh_pid_is_none(proc->agent) && below(4) == 0;
    struct rh_pid to = is_agents ? proc->agent : play.host;
    struct rh_message message = draw();
    switch (below(3)) {
    case 0:
        play_send(2 + below(3), to, message);
        return;
    case 1:
        (void)play_call_to(to, message);
        return;
    default:
        play_ask(2 + below(3), message);
        play_settle();
        return;
    }
}

static void drop_marks(void)
{
    play.marks[0] = '\0';
}

/* Covers: HY-I16 HY-I20 */
static void lives_through_anything_that_is_sent(void **state)
{
    (void)state;
    for (uint64_t run = 1; run <= 20; run++) {
        seed = run;
        play_begin();
        (void)play_call(RH_ARRAY(NULL, "spawn", "plain", "p"));
        for (size_t i = 0; i < 500; i++) {
            send_one();
            drop_marks();
            if (i % 50 == 49) {
                play_wait(RH_SECOND);
            }
        }
        assert_true(play_is_alive(play.host));
        (void)play_call(RH_ARRAY(NULL, "spawn", "plain", "good"));
        assert_int_equal(strncmp(play.clients[0].outcome, "reply [ok, ", 11), 0);
        play.clients[5].heard[0] = '\0';
        play_route(5, "good/w", RH_ITEM(NULL, "hello"));
        assert_string_equal(play.clients[5].heard, "[got, \"good/w\", hello] ");
        play_end();
    }
}

/* A bare word is a request; so is an array of it; nothing else about a request is forgiven. */
static void every_verb_is_held_to_its_shape(void **state)
{
    (void)state;
    static const char *const verbs[] = {"spawn",        "ready",     "wait",          "status",
                                        "info",         "terminate", "kill",          "bind",
                                        "request_stop", "shutdown",  "terminate_all", "unbind"};
    play_begin();
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        static const char *const invalid =
            "reply [error, invalid, \"the request is not understood\"]";
        assert_string_equal(play_call(RH_ITEM(NULL, verbs[i])), invalid);
        assert_string_equal(play_call(RH_ARRAY(NULL, verbs[i], RH_NULL)), invalid);
        assert_string_equal(play_call(RH_ARRAY(NULL, verbs[i], "p", 1, 2, 3, 4, 5)), invalid);
    }
    assert_string_equal(play_call(RH_ITEM(NULL, "list")), "reply [ok, []]");
    assert_string_equal(play_call(RH_ARRAY(NULL, "list", 1)),
                        "reply [error, invalid, \"the request is not understood\"]");
    play_end();
}

/* Only the proc itself can say that it is ready, or that it is not. Covers: HY-I16 */
static void a_callback_by_somebody_else_changes_nothing(void **state)
{
    (void)state;
    play_begin();
    play_ask(1, RH_ARRAY(NULL, "spawn", "silent", "p"));
    play_settle();
    const char *id = play_proc("p")->id;
    play_send(2, play.host, RH_ARRAY(&play.allocator, "$callback", id, "x", play.clients[2].pid));
    play_send(2, play.host, RH_ARRAY(&play.allocator, "$callback", id));
    play_send(2, play.host, RH_ARRAY(&play.allocator, "$callback", id, RH_NULL, RH_NULL));
    play_send(2, play.host, RH_ARRAY(NULL, "$callback"));
    play_send(2, play.host, RH_ARRAY(NULL, "$callback", 7, "x", 7));
    play_send(2, play.host, RH_ARRAY(NULL, "$callback", "host/q#9", "x", 7));
    assert_int_equal(play_proc("p")->status, RH_PROC_STARTING);
    assert_string_equal(play.clients[1].outcome, "open");
    play_end();
}

/* A client whose request names nobody as its address is nobody's loss. */
static void an_answer_to_nobody_is_dropped(void **state)
{
    (void)state;
    play_begin();
    struct rh_ref nobody = {.ordinal = 3};
    struct rh_ref itself = {.owner = play.host, .ordinal = 3};
    struct rh_ref far = {.owner = {7, 1, 1, 1}, .ordinal = 3};
    const struct rh_ref refs[] = {nobody, itself, far};
    for (size_t i = 0; i < 3; i++) {
        struct rh_message list = RH_ARRAY(NULL, "list");
        struct rh_message wait = RH_ARRAY(NULL, "wait", "p");
        play_send(2, play.host, RH_ARRAY(&play.allocator, "$call", refs[i], list));
        play_send(2, play.host, RH_ARRAY(&play.allocator, "$call", refs[i], wait));
    }
    assert_true(play_is_alive(play.host));
    assert_string_equal(play_call(RH_ITEM(NULL, "list")), "reply [ok, []]");
    play_end();
}

static enum rh_status exit_by_hand(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    return rh_exit_signal(ctx, *(const struct rh_pid *)argument, RH_ITEM(NULL, "bug"));
}

/* An agent that says so is not dead yet. */
static void an_exit_signal_sent_by_hand_is_no_end(void **state)
{
    (void)state;
    play_begin();
    (void)play_call(RH_ARRAY(NULL, "spawn", "plain", "p"));
    struct rh_pid agent = play_proc("p")->agent;
    assert_int_equal(rh_node_turn(play.node, play.now, agent, exit_by_hand, &play.host), RH_OK);
    play_settle();
    assert_string_equal(play_call(RH_ARRAY(NULL, "status", "p")), "reply [ok, ready]");
    assert_string_equal(play_call(RH_ARRAY(NULL, "kill", "p")), "reply [ok, [killed, 9]]");
    assert_false(play_is_alive(agent));
    play_end();
}

/* Nor is an actor that says so to its agent. */
static void an_agent_looks_after_who_says_that_it_ends(void **state)
{
    (void)state;
    play_begin();
    (void)play_call(RH_ARRAY(NULL, "spawn", "plain", "p"));
    struct rh_pid agent = play_proc("p")->agent;
    struct rh_pid actor = play.actors[0];
    assert_int_equal(rh_node_turn(play.node, play.now, actor, exit_by_hand, &agent), RH_OK);
    play_settle();
    assert_string_equal(play_call_to(agent, RH_ARRAY(NULL, "status")),
                        "reply [ok, {state: running, actors: 1, failed: 0}]");
    assert_string_equal(play_call(RH_ARRAY(NULL, "terminate", "p", RH_SECOND, "enough")),
                        "reply [ok, [stopped, 0]]");
    assert_false(play_is_alive(actor));
    play_end();
}

static enum rh_status ask_out(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    (void)argument;
    return rh_route_send(ctx, rh_parent(ctx), "away", RH_ITEM(NULL, "secret"));
}

/* What a proc sends out goes to its own host, whoever else says that he accepts the proc. */
static void nobody_else_is_taken_for_the_host(void **state)
{
    (void)state;
    play_begin();
    play_ask(1, RH_ARRAY(NULL, "spawn", "plain", "p"));
    for (size_t i = 0; i < 40 && play.actor_count == 0; i++) {
        (void)rh_node_run(play.node, play.now, 1);
    }
    const struct proc *proc = play_proc("p");
    struct rh_message accepted = RH_ARRAY(&play.allocator, "$accepted", proc->id);
    play_send(2, proc->local.agent, accepted); /* about when the host says it */
    assert_int_equal(rh_node_turn(play.node, play.now, play.actors[0], ask_out, NULL), RH_OK);
    play_settle();
    assert_string_equal(play.clients[2].heard, "");
    assert_int_equal(play_count_marks("host.undeliverable [away, unroutable"), 1);
    play_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lives_through_anything_that_is_sent),
        cmocka_unit_test(every_verb_is_held_to_its_shape),
        cmocka_unit_test(a_callback_by_somebody_else_changes_nothing),
        cmocka_unit_test(an_answer_to_nobody_is_dropped),
        cmocka_unit_test(an_exit_signal_sent_by_hand_is_no_end),
        cmocka_unit_test(an_agent_looks_after_who_says_that_it_ends),
        cmocka_unit_test(nobody_else_is_taken_for_the_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
