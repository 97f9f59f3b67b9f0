/* SPDX-License-Identifier: MIT */
/* Virtual processes that are procs, and a parent that does by hand what a host does. */
#include <rehearse/cluster.h>
#include <rehearse/inspect.h>
#include <rehearse/remote.h>
#include <rehearse/server.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* ---- the agent ---- */

enum mode {
    OBEYS,
    IGNORES,
    FAILS,
    EXITS,
    SILENT,
    TWICE,
    DIES,
    CRASHES,
    LIES,
};

static enum mode mode;

static enum rh_status call_back(struct rh_context *ctx, const struct rh_delivery *start)
{
    struct rh_text id;
    struct rh_text address;
    struct rh_item host;
    struct rh_item argument;
    assert_true(RH_MATCH(&start->message, "$proc", &id, &address, &host, &argument));
    char text[64];
    (void)rh_item_print(host, NULL, text, sizeof(text));
    assert_string_equal(text, "[host, 1]");
    return rh_send_name_at(ctx, "host", 1,
                           RH_ARRAY(rh_allocator_of(ctx), "$callback", id, address, rh_self(ctx)));
}

static enum rh_status agent_init(struct rh_context *ctx, void *state,
                                 const struct rh_delivery *start)
{
    (void)state;
    (void)rh_trap(ctx, true);
    switch (mode) {
    case FAILS:
        return rh_exit(ctx, RH_ITEM(NULL, "no_good"));
    case EXITS:
        return rh_exit(ctx, RH_ARRAY(NULL, "exit", 7));
    case SILENT:
        return RH_OK;
    case TWICE:
        if (call_back(ctx, start) != RH_OK) {
            return RH_NO_MEMORY;
        }
        break;
    default:
        break;
    }
    return call_back(ctx, start);
}

static enum rh_status agent_receive(struct rh_context *ctx, void *state,
                                    const struct rh_delivery *in)
{
    struct rh_item request;
    (void)state;
    if (!rh_is_cast(in, &request) || mode == IGNORES) {
        return RH_OK;
    }
    switch (mode) {
    case DIES:
        return rh_exit_signal(ctx, rh_self(ctx), rh_reason(RH_REASON_KILL));
    case CRASHES:
        return rh_exit(ctx, RH_ITEM(NULL, "crashed"));
    case LIES: /* it says that it has ended */
        return rh_exit_signal(ctx, rh_parent(ctx), RH_ARRAY(NULL, "exit", 0));
    default:
        return rh_exit(ctx, RH_ARRAY(NULL, "exit", 0));
    }
}

static const struct rh_behaviour agent = {
    .name = "agent", .init = agent_init, .receive = agent_receive};

/* ---- the host ---- */

static char heard[2048];
static struct rh_ref child;
static struct rh_pid found;
static unsigned exits;
static unsigned closes;

static void note(const char *format, ...)
{
    size_t length = strlen(heard);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(heard + length, sizeof(heard) - length, format, arguments);
    va_end(arguments);
}

static enum rh_status host_init(struct rh_context *ctx, void *state,
                                const struct rh_delivery *start)
{
    struct rh_pid listener;
    (void)state;
    (void)start;
    (void)rh_trap(ctx, true);
    assert_int_equal(rh_register(ctx, "host", rh_self(ctx)), RH_OK);
    return rh_listener_spawn(ctx, "node:1", NULL, &listener);
}

static void hear_io(const struct rh_io *io)
{
    switch (io->kind) {
    case RH_IO_EXITED:
        note("exited:%lld/%d ", (long long)io->number, io->signal);
        exits++;
        break;
    case RH_IO_CLOSED:
        note("closed:%s ", rh_close_word(io->why));
        closes++;
        break;
    default:
        note("%s ", rh_io_kind_word(io->kind));
        break;
    }
}

static enum rh_status host_receive(struct rh_context *ctx, void *state,
                                   const struct rh_delivery *in)
{
    struct rh_text id;
    struct rh_text address;
    (void)state;
    if (in->kind == RH_DELIVERY_IO) {
        hear_io(rh_delivery_io(ctx));
    } else if (in->kind == RH_DELIVERY_MESSAGE &&
               RH_MATCH(&in->message, "$callback", &id, &address, &found)) {
        note("callback:%.*s:%.*s ", (int)id.size, id.bytes, (int)address.size, address.bytes);
    }
    return RH_OK;
}

static const struct rh_behaviour host = {
    .name = "host", .init = host_init, .receive = host_receive};

/* ---- the stage ---- */

static struct rh_world *world;
static struct rh_strategy *strategy;
static struct rh_world_proc program;
static struct rh_pid parent;

static void set_up_with(struct rh_strategy *with, enum mode how)
{
    mode = how;
    heard[0] = '\0';
    exits = 0;
    closes = 0;
    strategy = with;
    program = (struct rh_world_proc){
        .options = {.agent = &agent},
        .program = {.start_min = RH_MILLISECOND, .start_max = RH_MILLISECOND}};
    const struct rh_world_options options = {.strategy = strategy, .seed = 1};
    uint32_t node = 0;
    assert_int_equal(rh_world_create(&options, &world), RH_OK);
    assert_int_equal(rh_world_add_node(world, "n1", &node), RH_OK);
    assert_int_equal(rh_world_add_proc(world, "worker", &program), RH_OK);
    assert_int_equal(rh_world_spawn(world, 0, "host", &host, NULL, &parent), RH_OK);
    (void)rh_node_run(rh_world_node(world, 0), 0, 10);
    while (rh_world_set_up_pipes(world, 0)) {
    }
    rh_strategy_begin(strategy);
}

static void set_up(enum mode how)
{
    struct rh_strategy *fifo = NULL;
    assert_int_equal(rh_strategy_fifo(rh_allocator_default(), &fifo), RH_OK);
    set_up_with(fifo, how);
}

static void tear_down(void)
{
    (void)rh_strategy_end(strategy);
    rh_world_destroy(world);
    rh_strategy_destroy(strategy);
}

static void run(void)
{
    assert_int_equal(rh_world_run(world), RH_END_QUIESCENT);
}

static enum rh_status do_start(struct rh_context *ctx, void *state, void *argument)
{
    const char *const whole[] = {"REHEARSE_HOST_PROC_ID=2.1/host/worker#1",
                                 "REHEARSE_HOST_BACKEND_ADDR=1=node:1",
                                 "REHEARSE_HOST_CALLBACK_ADDR=host", NULL};
    const char *const broken[] = {"REHEARSE_HOST_PROC_ID=2.1/host/worker#1",
                                  "REHEARSE_HOST_CALLBACK_ADDR=host", NULL};
    const struct rh_command command = {.program = "worker",
                                       .environment = *(bool *)argument ? whole : broken};
    (void)state;
    return rh_start(ctx, &command, &child);
}

static enum rh_status do_kill(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    assert_int_equal(rh_kill(ctx, child, *(int *)argument), RH_OK);
    return RH_OK;
}

static enum rh_status do_close(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    (void)argument;
    return rh_close(ctx, child);
}

static void act(enum rh_status (*body)(struct rh_context *, void *, void *), void *argument)
{
    assert_int_equal(
        rh_node_turn(rh_world_node(world, 0), rh_world_now(world), parent, body, argument), RH_OK);
}

static void start(void)
{
    act(do_start, &(bool){true});
}

static void send_signal(int number)
{
    act(do_kill, &number);
}

/* The child has gone, and nobody has heard of it more than once. */
static void nothing_is_left(void)
{
    assert_false(rh_world_node_is_up(world, 1));
    assert_int_equal(exits, 1);
    assert_int_equal(closes, 1);
    assert_int_equal(rh_world_pipes(world, 0, 1), 0);
}

/* ---- cases ---- */

static void calls_back_and_ends_as_its_agent_does(void **state)
{
    static const struct {
        enum mode mode;
        const char *end;
    } cases[] = {{OBEYS, "exited:0/0 "}, {DIES, "exited:0/9 "}, {CRASHES, "exited:1/0 "}};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        set_up(cases[i].mode);
        start();
        run();
        assert_string_equal(heard, "started callback:host/worker#1:node:2 ");
        assert_int_equal(rh_world_now(world), RH_MILLISECOND);
        assert_string_equal(rh_world_node_name(world, 1), "worker#1");
        struct rh_pid root;
        assert_true(rh_world_find(world, "worker#1", &root));
        send_signal(15); /* which asks the agent to stop */
        run();
        assert_non_null(strstr(heard, cases[i].end));
        nothing_is_left();
        tear_down();
    }
}

static void an_agent_that_ends_first_is_never_heard_of(void **state)
{
    (void)state;
    set_up(FAILS);
    start();
    run();
    assert_non_null(strstr(heard, "exited:1/0 "));
    assert_null(strstr(heard, "callback"));
    nothing_is_left();
    tear_down();
    set_up(EXITS);
    start();
    run();
    assert_non_null(strstr(heard, "exited:7/0 "));
    assert_null(strstr(heard, "callback"));
    nothing_is_left();
    tear_down();
}

static void some_call_back_twice_or_never(void **state)
{
    (void)state;
    set_up(TWICE);
    start();
    run();
    assert_string_equal(heard,
                        "started callback:host/worker#1:node:2 callback:host/worker#1:node:2 ");
    tear_down();
    set_up(SILENT);
    start();
    run();
    assert_string_equal(heard, "started ");
    send_signal(9);
    run();
    assert_non_null(strstr(heard, "exited:0/9 "));
    nothing_is_left();
    tear_down();
}

static void an_agent_may_ignore_a_signal_but_no_second_one(void **state)
{
    (void)state;
    set_up(IGNORES);
    start();
    run();
    send_signal(15);
    run();
    assert_null(strstr(heard, "exited"));
    assert_true(rh_world_node_is_up(world, 1));
    send_signal(2);
    run();
    assert_non_null(strstr(heard, "exited:0/2 "));
    nothing_is_left();
    tear_down();
}

static void an_exit_signal_is_not_the_agents_end(void **state)
{
    (void)state;
    set_up(LIES);
    start();
    run();
    send_signal(15);
    run();
    assert_null(strstr(heard, "exited"));
    assert_true(rh_world_node_is_up(world, 1));
    send_signal(9);
    run();
    nothing_is_left();
    tear_down();
}

static void a_signal_before_it_runs_waits_for_it(void **state)
{
    static const int numbers[] = {9, 15};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        set_up(OBEYS);
        start();
        send_signal(numbers[i]);
        run();
        char end[32];
        (void)snprintf(end, sizeof(end), "exited:0/%d ", numbers[i]);
        assert_non_null(strstr(heard, "started "));
        assert_non_null(strstr(heard, end));
        assert_null(strstr(heard, "callback"));
        nothing_is_left();
        tear_down();
    }
}

static void a_kill_overtakes_what_was_sent_before(void **state)
{
    (void)state;
    set_up(OBEYS);
    start();
    run();
    send_signal(15);
    send_signal(9);
    run();
    assert_non_null(strstr(heard, "exited:0/9 "));
    nothing_is_left();
    tear_down();
}

static void a_child_without_its_environment_exits_with_two(void **state)
{
    (void)state;
    set_up(OBEYS);
    act(do_start, &(bool){false});
    run();
    assert_non_null(strstr(heard, "started "));
    assert_non_null(strstr(heard, "exited:2/0 "));
    nothing_is_left();
    tear_down();
}

static void it_ends_with_its_stdin_its_connection_and_its_host(void **state)
{
    (void)state;
    set_up(OBEYS);
    start();
    run();
    act(do_close, NULL);
    run();
    assert_non_null(strstr(heard, "exited:3/0 "));
    nothing_is_left();
    tear_down();
    set_up(OBEYS);
    start();
    run();
    (void)rh_world_harm(world, 0, 1, RH_HARM_RESET, 0);
    run();
    assert_non_null(strstr(heard, "exited:3/0 "));
    nothing_is_left();
    tear_down();
    set_up(OBEYS);
    start();
    run();
    rh_world_kill_node(world, 0, 9, 0);
    run();
    assert_false(rh_world_node_is_up(world, 1));
    tear_down();
    set_up(OBEYS);
    start(); /* it never runs */
    rh_world_kill_node(world, 0, 9, 0);
    run();
    assert_int_equal(rh_world_node_count(world), 1);
    tear_down();
}

static void a_root_that_crashes_is_a_failure(void **state)
{
    (void)state;
    set_up(OBEYS);
    start();
    run();
    struct rh_pid root;
    assert_true(rh_world_find(world, "worker#1", &root));
    assert_int_equal(rh_node_crash(rh_world_node(world, 1), rh_world_now(world), root,
                                   rh_reason(RH_REASON_ERROR)),
                     RH_OK);
    run();
    assert_non_null(strstr(heard, "exited:1/0 "));
    nothing_is_left();
    tear_down();
}

/* Whatever happens in whatever order, the parent hears of one end. */
static void every_order_has_one_end(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 400; seed++) {
        struct rh_strategy *dice = NULL;
        assert_int_equal(rh_strategy_random(rh_allocator_default(), seed, 1, &dice), RH_OK);
        set_up_with(dice, (enum mode)(seed % 8));
        start();
        for (uint64_t i = 0; i < seed % 23; i++) {
            enum rh_end end;
            (void)rh_world_step(world, &end);
        }
        if (exits == 0) {
            send_signal(seed % 3 == 0 ? 15 : 9);
        }
        run();
        if (exits == 0) {
            send_signal(9);
            run();
        }
        nothing_is_left();
        tear_down();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_back_and_ends_as_its_agent_does),
        cmocka_unit_test(an_agent_that_ends_first_is_never_heard_of),
        cmocka_unit_test(some_call_back_twice_or_never),
        cmocka_unit_test(an_agent_may_ignore_a_signal_but_no_second_one),
        cmocka_unit_test(an_exit_signal_is_not_the_agents_end),
        cmocka_unit_test(a_signal_before_it_runs_waits_for_it),
        cmocka_unit_test(a_kill_overtakes_what_was_sent_before),
        cmocka_unit_test(a_child_without_its_environment_exits_with_two),
        cmocka_unit_test(it_ends_with_its_stdin_its_connection_and_its_host),
        cmocka_unit_test(a_root_that_crashes_is_a_failure),
        cmocka_unit_test(every_order_has_one_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0 ? 1 : 0;
}
