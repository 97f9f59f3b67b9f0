/* SPDX-License-Identifier: MIT */
/* A host whose procs are virtual processes: the manager, the root and the agent that run in real ones. */
#include <rehearse/cluster.h>
#include <rehearse/host.h>
#include <rehearse/inspect.h>
#include <rehearse/server.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* ---- what runs in the children ---- */

static char told[256]; /* what the actors of procs were told, and when they ended */

static void note(const char *what)
{
    size_t used = strlen(told);
    (void)snprintf(told + used, sizeof(told) - used, "%s ", what);
}

static enum rh_status worker_receive(struct rh_context *ctx, void *state,
                                     const struct rh_delivery *in)
{
    struct rh_text destination;
    struct rh_item payload;
    struct rh_pid sender;
    char text[64];
    (void)state;
    if (rh_is_routed(in, &destination, &payload, &sender)) {
        (void)rh_item_print(payload, NULL, text, sizeof(text));
        note(text);
        return rh_send(ctx, sender, RH_ARRAY(rh_allocator_of(ctx), "echo", payload));
    }
    return RH_OK;
}

static enum rh_status deaf_init(struct rh_context *ctx, void *state,
                                const struct rh_delivery *start)
{
    (void)state;
    (void)start;
    (void)rh_trap(ctx, true);
    return RH_OK;
}

static const struct rh_behaviour worker = {.name = "worker", .receive = worker_receive};
static const struct rh_behaviour deaf = {
    .name = "deaf", .init = deaf_init, .receive = worker_receive};

static const struct rh_behaviour *find_behaviour(void *self, const char *name)
{
    (void)self;
    return strcmp(name, "worker") == 0 ? &worker : strcmp(name, "deaf") == 0 ? &deaf : NULL;
}

static const char *const good_actors[] = {"worker", "w", NULL};
static const char *const deaf_actors[] = {"deaf", "w", NULL};
static const struct rh_agent good_agent = {.find_behaviour = find_behaviour, .actors = good_actors};
static const struct rh_agent deaf_agent = {.find_behaviour = find_behaviour, .actors = deaf_actors};

/* Agents of other tempers. */
static enum rh_status silent_init(struct rh_context *ctx, void *state,
                                  const struct rh_delivery *start)
{
    (void)state;
    (void)start;
    (void)rh_trap(ctx, true);
    return RH_OK;
}

static enum rh_status ignore(struct rh_context *ctx, void *state, const struct rh_delivery *in)
{
    (void)ctx;
    (void)state;
    (void)in;
    return RH_OK;
}

static enum rh_status call_back(struct rh_context *ctx, const struct rh_delivery *start,
                                struct rh_item *ret_argument)
{
    struct rh_text id;
    struct rh_text address;
    struct rh_item host;
    assert_true(RH_MATCH(&start->message, "$proc", &id, &address, &host, ret_argument));
    return rh_send_name_at(ctx, "h", 1,
                           RH_ARRAY(rh_allocator_of(ctx), "$callback", id, address, rh_self(ctx)));
}

static enum rh_status hasty_init(struct rh_context *ctx, void *state,
                                 const struct rh_delivery *start)
{
    (void)state;
    (void)start;
    return rh_exit(ctx, RH_ARRAY(NULL, "exit", 5));
}

static enum rh_status stubborn_init(struct rh_context *ctx, void *state,
                                    const struct rh_delivery *start)
{
    struct rh_item argument;
    char text[64];
    (void)state;
    (void)rh_trap(ctx, true);
    enum rh_status status = call_back(ctx, start, &argument);
    (void)rh_item_print(argument, NULL, text, sizeof(text));
    note(text);
    return status;
}

static const struct rh_behaviour silent = {
    .name = "silent", .init = silent_init, .receive = ignore};
static const struct rh_behaviour hasty = {.name = "hasty", .init = hasty_init, .receive = ignore};
static const struct rh_behaviour stubborn = {
    .name = "stubborn", .init = stubborn_init, .receive = ignore};

/* ---- the host ---- */

#define PROGRAM(word)                                                                              \
    {                                                                                              \
        .name = word, .command = &(const struct rh_command){.program = word},                      \
        .ready_timeout = RH_SECOND                                                                 \
    }

static const struct rh_proc_program programs[] = {
    PROGRAM("good"),   PROGRAM("deaf"),     PROGRAM("silent"),  PROGRAM("hasty"),
    PROGRAM("broken"), PROGRAM("stubborn"), PROGRAM("nowhere"),
};
static const struct rh_host config = {.name = "h",
                                      .programs = programs,
                                      .program_count = sizeof(programs) / sizeof(programs[0]),
                                      .backend = "node:1",
                                      .first_node = RH_HOST_ANY_NODE,
                                      .grace = 2 * RH_SECOND,
                                      .kill_timeout = RH_SECOND};

/* ---- a client ---- */

#define CALLS_MAX 64

struct client {
    struct rh_call calls[CALLS_MAX];
    char replies[CALLS_MAX][320];
    unsigned answers[CALLS_MAX];
    unsigned count;
    char heard[128];
};

static struct client client;

static enum rh_status client_receive(struct rh_context *ctx, void *state,
                                     const struct rh_delivery *in)
{
    struct rh_outcome outcome;
    (void)state;
    for (unsigned i = 0; i < client.count; i++) {
        if (rh_call_result(ctx, in, &client.calls[i], &outcome)) {
            client.answers[i]++;
            (void)snprintf(client.replies[i], sizeof(client.replies[i]), "down");
            if (outcome.kind == RH_OUTCOME_REPLY) {
                (void)rh_message_print(outcome.message, NULL, client.replies[i],
                                       sizeof(client.replies[i]));
            }
            return RH_OK;
        }
    }
    if (in->kind == RH_DELIVERY_MESSAGE) {
        (void)rh_message_print(&in->message, NULL, client.heard, sizeof(client.heard));
    }
    return RH_OK;
}

static const struct rh_behaviour client_behaviour = {.name = "client", .receive = client_receive};

/* ---- the stage ---- */

static struct rh_world *world;
static struct rh_strategy *strategy;
static struct rh_behaviour host_behaviour;
static struct rh_behaviour agents[2];
static struct rh_world_proc children[6];
static struct rh_pid host;
static struct rh_pid asking;

static void add(size_t index, const char *name, const struct rh_behaviour *agent)
{
    children[index] = (struct rh_world_proc){
        .options = {.agent = agent},
        .program = {.start_min = RH_MILLISECOND, .start_max = 5 * RH_MILLISECOND}};
    assert_int_equal(rh_world_add_proc(world, name, &children[index]), RH_OK);
}

static void set_up_with(struct rh_strategy *with)
{
    told[0] = '\0';
    memset(&client, 0, sizeof(client));
    strategy = with;
    host_behaviour = rh_host_behaviour(&config);
    agents[0] = rh_agent_behaviour(&good_agent);
    agents[1] = rh_agent_behaviour(&deaf_agent);
    const struct rh_world_options options = {.strategy = strategy, .seed = 1};
    uint32_t node = 0;
    assert_int_equal(rh_world_create(&options, &world), RH_OK);
    assert_int_equal(rh_world_add_node(world, "n1", &node), RH_OK);
    add(0, "good", &agents[0]);
    add(1, "deaf", &agents[1]);
    add(2, "silent", &silent);
    add(3, "hasty", &hasty);
    add(4, "broken", &silent);
    add(5, "stubborn", &stubborn);
    children[4].program.refuses = true;
    assert_int_equal(rh_world_spawn(world, 0, "h", &host_behaviour, NULL, &host), RH_OK);
    assert_int_equal(rh_world_spawn(world, 0, "c", &client_behaviour, NULL, &asking), RH_OK);
    (void)rh_node_run(rh_world_node(world, 0), 0, 100);
    while (rh_world_set_up_pipes(world, 0)) {
    }
    rh_strategy_begin(strategy);
}

static void set_up(void)
{
    struct rh_strategy *fifo = NULL;
    assert_int_equal(rh_strategy_fifo(rh_allocator_default(), &fifo), RH_OK);
    set_up_with(fifo);
}

static void run(void)
{
    assert_int_equal(rh_world_run(world), RH_END_QUIESCENT);
}

static uint32_t children_up(void)
{
    uint32_t count = 0;
    for (uint32_t i = 1; i < rh_world_node_count(world); i++) {
        count += rh_world_node_is_up(world, i) ? 1 : 0;
    }
    return count;
}

static uint64_t handles(void)
{
    struct rh_node_stats stats;
    rh_node_stats(rh_world_node(world, 0), &stats);
    return stats.handles;
}

static void tear_down(void)
{
    (void)rh_strategy_end(strategy);
    rh_world_destroy(world);
    rh_strategy_destroy(strategy);
}

static enum rh_status do_call(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    assert_true(client.count < CALLS_MAX);
    return rh_call(ctx, host, *(struct rh_message *)argument, RH_NEVER,
                   &client.calls[client.count++]);
}

/* Ask (request taken); returns which call it is. */
static unsigned ask(struct rh_message request)
{
    assert_int_equal(rh_message_status(request), RH_OK);
    assert_int_equal(
        rh_node_turn(rh_world_node(world, 0), rh_world_now(world), asking, do_call, &request),
        RH_OK);
    return client.count - 1;
}

static const char *answer(struct rh_message request)
{
    unsigned call = ask(request);
    run();
    return client.replies[call];
}

#define ASK(...) ask(RH_ARRAY(rh_allocator_default(), __VA_ARGS__))
#define ANSWER(...) answer(RH_ARRAY(rh_allocator_default(), __VA_ARGS__))

static void assert_starts(const char *text, const char *beginning)
{
    if (strncmp(text, beginning, strlen(beginning)) != 0) {
        fail_msg("'%s' does not begin with '%s'", text, beginning);
    }
}

/* ---- cases ---- */

static void a_proc_lives_and_is_terminated(void **state)
{
    (void)state;
    set_up();
    for (int i = 0; i < 3; i++) { /* its name can be used again */
        assert_starts(ANSWER("spawn", "good", "a"), "[ok, <");
        assert_int_equal(children_up(), 1);
        assert_string_equal(ANSWER("status", "a"), "[ok, ready]");
        assert_non_null(strstr(ANSWER("info", "a"), "manager: process"));
        assert_string_equal(ANSWER("terminate", "a", 2 * RH_SECOND, "enough"),
                            "[ok, [stopped, 0]]");
        assert_int_equal(children_up(), 0);
        assert_starts(ANSWER("terminate", "a", 2 * RH_SECOND, "enough"),
                      "[error, already_terminated, ");
        assert_string_equal(ANSWER("wait", "a"), "[ok, [stopped, 0]]");
    }
    assert_int_equal(handles(), 1); /* the listener's */
    tear_down();
}

static enum rh_status do_route(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    (void)argument;
    return rh_route_send(ctx, host, "a/w", RH_ITEM(NULL, "hello"));
}

static void messages_are_routed_to_its_actors(void **state)
{
    (void)state;
    set_up();
    assert_starts(ANSWER("spawn", "good", "a"), "[ok, <");
    assert_int_equal(
        rh_node_turn(rh_world_node(world, 0), rh_world_now(world), asking, do_route, NULL), RH_OK);
    run();
    assert_string_equal(told, "hello ");
    assert_string_equal(client.heard, "[echo, hello]");
    tear_down();
}

static void the_argument_of_a_spawn_reaches_the_agent(void **state)
{
    (void)state;
    set_up();
    struct rh_message argument = RH_ARRAY(rh_allocator_default(), "some", -1, "thing of length");
    assert_starts(ANSWER("spawn", "stubborn", "a", argument), "[ok, <");
    rh_message_unref(argument);
    assert_starts(ANSWER("spawn", "stubborn", "b"), "[ok, <");
    assert_string_equal(told, "[some, -1, \"thing of length\"] null ");
    tear_down();
}

static void a_spawn_that_fails_leaves_nothing(void **state)
{
    static const struct {
        const char *program;
        const char *beginning;
        const char *within;
    } cases[] = {
        {"nowhere", "[error, spawn_failed, ", "there is no such program or path"},
        {"broken", "[error, spawn_failed, ", "the operating system failed"},
        {"hasty", "[error, configuration_failed, ", "Stopped(exit=5)"},
        {"silent", "[error, configuration_failed, ", "it was not ready in time"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        set_up();
        const char *reply = ANSWER("spawn", cases[i].program, "a");
        assert_starts(reply, cases[i].beginning);
        assert_non_null(strstr(reply, cases[i].within));
        assert_string_equal(ANSWER("list"), "[ok, []]");
        assert_int_equal(children_up(), 0);
        assert_int_equal(handles(), 1);
        assert_starts(ANSWER("spawn", "good", "a"), "[ok, <");
        tear_down();
    }
}

static void a_proc_that_refuses_is_killed_when_its_grace_is_over(void **state)
{
    (void)state;
    set_up();
    assert_starts(ANSWER("spawn", "stubborn", "a"), "[ok, <");
    rh_instant before = rh_world_now(world);
    assert_string_equal(ANSWER("terminate", "a", 2 * RH_SECOND, "enough"), "[ok, [killed, 9]]");
    assert_true(rh_world_now(world) - before >= 2 * RH_SECOND);
    assert_int_equal(children_up(), 0);
    assert_starts(ANSWER("spawn", "deaf", "b"), "[ok, <"); /* whose actor ignores the drain */
    before = rh_world_now(world);
    assert_string_equal(ANSWER("terminate", "b", 2 * RH_SECOND, "enough"), "[ok, [stopped, 1]]");
    assert_true(rh_world_now(world) - before >= RH_SECOND);
    assert_starts(ANSWER("spawn", "stubborn", "c"), "[ok, <");
    before = rh_world_now(world);
    assert_string_equal(ANSWER("kill", "c"), "[ok, [killed, 9]]");
    assert_true(rh_world_now(world) - before < RH_SECOND);
    tear_down();
}

static void a_stop_without_a_reason_drains_too(void **state)
{
    (void)state;
    set_up();
    assert_starts(ANSWER("spawn", "good", "a"), "[ok, <");
    rh_instant before = rh_world_now(world);
    unsigned wait = ASK("wait", "a");
    assert_string_equal(ANSWER("request_stop", "a"), "ok");
    assert_string_equal(client.replies[wait], "[ok, [stopped, 0]]");
    assert_true(rh_world_now(world) - before < RH_SECOND); /* half of the grace */
    tear_down();
}

static void a_proc_that_dies_is_heard_of(void **state)
{
    (void)state;
    set_up();
    assert_starts(ANSWER("spawn", "good", "a"), "[ok, <");
    unsigned waits[3] = {ASK("wait", "a"), ASK("wait", "a"), ASK("wait", "a")};
    rh_world_kill_node(world, 1, 11, 0);
    run();
    for (int i = 0; i < 3; i++) {
        assert_string_equal(client.replies[waits[i]], "[ok, [killed, 11]]");
    }
    tear_down();
}

static void a_lost_connection_is_its_end(void **state)
{
    (void)state;
    set_up();
    assert_starts(ANSWER("spawn", "good", "a"), "[ok, <");
    unsigned wait = ASK("wait", "a");
    (void)rh_world_harm(world, 0, 1, RH_HARM_RESET, 0);
    run();
    assert_string_equal(client.replies[wait], "[ok, [stopped, 3]]");
    assert_int_equal(children_up(), 0);
    tear_down();
}

static void a_shutdown_ends_all_and_then_the_host(void **state)
{
    static const char *const names[] = {"a", "b", "c", "d", "e", "f"};
    static const char *const what[] = {"good", "deaf", "stubborn"};
    (void)state;
    for (int most = 1; most <= 4; most *= 2) {
        set_up();
        for (int i = 0; i < 6; i++) {
            assert_starts(ANSWER("spawn", what[i % 3], names[i]), "[ok, <");
        }
        assert_int_equal(children_up(), 6);
        assert_string_equal(ANSWER("shutdown", most, 2 * RH_SECOND, "done"), "[ok, 6, 6, 0]");
        assert_int_equal(children_up(), 0);
        assert_false(rh_inspect_is_alive(rh_world_node(world, 0), host));
        assert_int_equal(handles(), 0);
        tear_down();
    }
}

static void no_child_outlives_its_host(void **state)
{
    (void)state;
    for (int how = 0; how < 2; how++) {
        set_up();
        assert_starts(ANSWER("spawn", "good", "a"), "[ok, <");
        assert_starts(ANSWER("spawn", "stubborn", "b"), "[ok, <");
        (void)ASK("spawn", "silent", "c");
        for (int i = 0; i < 3; i++) {
            enum rh_end end;
            (void)rh_world_step(world, &end);
        }
        if (how == 0) {
            rh_world_kill_node(world, 0, 9, 0);
        } else {
            assert_int_equal(rh_node_crash(rh_world_node(world, 0), rh_world_now(world), host,
                                           rh_reason(RH_REASON_ERROR)),
                             RH_OK);
        }
        run();
        assert_int_equal(children_up(), 0);
        tear_down();
    }
}

/* Whatever happens in whatever order: everybody is answered once, and nothing is left. */
static void storms_leave_nothing(void **state)
{
    static const char *const names[] = {"a", "b", "c"};
    static const char *const what[] = {"good", "deaf", "silent", "hasty", "broken", "stubborn"};
    (void)state;
    for (uint64_t seed = 0; seed < 150; seed++) {
        struct rh_strategy *dice = NULL;
        uint64_t draw = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
        assert_int_equal(rh_strategy_random(rh_allocator_default(), seed, 1, &dice), RH_OK);
        set_up_with(dice);
        for (int i = 0; i < 40; i++) {
            draw = draw * UINT64_C(6364136223846793005) + 1442695040888963407;
            const char *name = names[(draw >> 33) % 3];
            switch ((draw >> 40) % 6) {
            case 0:
            case 1:
                (void)ASK("spawn", what[(draw >> 45) % 6], name);
                break;
            case 2:
                (void)ASK("terminate", name, RH_SECOND, "enough");
                break;
            case 3:
                (void)ASK("kill", name);
                break;
            case 4:
                (void)ASK("wait", name, "stopping", RH_SECOND);
                break;
            default:
                if (rh_world_node_count(world) > 1) {
                    rh_world_kill_node(
                        world, 1 + (uint32_t)((draw >> 45) % (rh_world_node_count(world) - 1)), 9,
                        0);
                }
                break;
            }
            for (uint64_t steps = (draw >> 50) % 30; steps > 0; steps--) {
                enum rh_end end;
                (void)rh_world_step(world, &end);
            }
        }
        run();
        unsigned last = ASK("shutdown", 2, RH_SECOND, "done");
        run();
        assert_starts(client.replies[last], "[ok, ");
        for (unsigned i = 0; i < client.count; i++) {
            assert_int_equal(client.answers[i], 1);
        }
        assert_int_equal(children_up(), 0);
        assert_int_equal(handles(), 0);
        tear_down();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_proc_lives_and_is_terminated),
        cmocka_unit_test(messages_are_routed_to_its_actors),
        cmocka_unit_test(the_argument_of_a_spawn_reaches_the_agent),
        cmocka_unit_test(a_spawn_that_fails_leaves_nothing),
        cmocka_unit_test(a_proc_that_refuses_is_killed_when_its_grace_is_over),
        cmocka_unit_test(a_stop_without_a_reason_drains_too),
        cmocka_unit_test(a_proc_that_dies_is_heard_of),
        cmocka_unit_test(a_lost_connection_is_its_end),
        cmocka_unit_test(a_shutdown_ends_all_and_then_the_host),
        cmocka_unit_test(no_child_outlives_its_host),
        cmocka_unit_test(storms_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0 ? 1 : 0;
}
