/* SPDX-License-Identifier: MIT */
/* A host that starts `rehearse proc` as any user's program would. */
#include <rehearse/host.h>
#include <rehearse/server.h>
#include <rehearse/uv.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <uv.h>

static uv_loop_t loop;
static struct rh_node *node;
static struct rh_uv *uv;
static struct rh_pid host;
static struct rh_pid client;
static struct rh_pid agent; /* of the proc that was spawned last */
static struct rh_call call;
static char reply[2048];
static bool has_reply;

static enum rh_status client_receive(struct rh_context *ctx, void *state,
                                     const struct rh_delivery *in)
{
    struct rh_outcome outcome;
    (void)state;
    if (rh_call_result(ctx, in, &call, &outcome)) {
        struct rh_pid found;
        has_reply = true;
        (void)rh_message_print(outcome.message, NULL, reply, sizeof(reply));
        if (RH_MATCH(outcome.message, "ok", &found)) {
            agent = found;
        }
    }
    return RH_OK;
}

static const struct rh_behaviour client_behaviour = {.name = "client", .receive = client_receive};

static void on_late(uv_timer_t *timer)
{
    *(bool *)timer->data = true;
}

static void await_reply(void)
{
    bool late = false;
    uv_timer_t timer;
    assert_int_equal(uv_timer_init(&loop, &timer), 0);
    timer.data = &late;
    assert_int_equal(uv_timer_start(&timer, on_late, 30000, 0), 0);
    while (!has_reply && !late) {
        (void)uv_run(&loop, UV_RUN_ONCE);
    }
    uv_close((uv_handle_t *)&timer, NULL);
    (void)uv_run(&loop, UV_RUN_NOWAIT);
    assert_false(late);
}

static enum rh_status do_call(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    return rh_call(ctx, host, *(struct rh_message *)argument, RH_NEVER, &call);
}

static enum rh_status do_call_agent(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    return rh_call(ctx, agent, *(struct rh_message *)argument, RH_NEVER, &call);
}

static const char *answer_of(enum rh_status (*who)(struct rh_context *, void *, void *),
                             struct rh_message request)
{
    has_reply = false;
    assert_int_equal(rh_node_turn(node, rh_uv_now(uv), client, who, &request), RH_OK);
    rh_uv_wake(uv);
    await_reply();
    return reply;
}

#define ANSWER(...) answer_of(do_call, RH_ARRAY(rh_allocator_default(), __VA_ARGS__))

static void on_closed(void *self)
{
    *(bool *)self = true;
}

static void a_host_starts_the_program_itself(void **state)
{
    (void)state;
    static const char *const good[] = {"proc", "--spawn", "e=echo", NULL};
    static const char *const bad[] = {"proc", "--spawn", "e=no_such_behaviour", NULL};
    static const char *const fails[] = {"proc", "--spawn", "c=client", NULL};
    const struct rh_command commands[] = {{.program = RH_PROGRAM, .arguments = good},
                                          {.program = RH_PROGRAM, .arguments = bad},
                                          {.program = RH_PROGRAM, .arguments = fails}};
    const struct rh_proc_program programs[] = {{.name = "good", .command = &commands[0]},
                                               {.name = "bad", .command = &commands[1]},
                                               {.name = "fails", .command = &commands[2]}};
    char backend[128];
    (void)snprintf(backend, sizeof(backend), "unix:/tmp/rh-test-cli-%ld.sock", (long)getpid());
    const struct rh_host config = {
        .name = "h", .programs = programs, .program_count = 3, .backend = backend};
    const struct rh_behaviour behaviour = rh_host_behaviour(&config);
    struct rh_limits limits = rh_limits_default();
    limits.address_bytes_max = 255; /* the hostile build has fewer */
    limits.command_bytes_max = 4096;
    struct rh_node_options options = {.limits = &limits};
    bool closed = false;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(rh_node_create(&options, &node), RH_OK);
    assert_int_equal(rh_uv_create(&loop, node, NULL, &uv), RH_OK);
    assert_int_equal(rh_node_spawn(node, rh_uv_now(uv), &behaviour, NULL, &host), RH_OK);
    assert_int_equal(rh_node_spawn(node, rh_uv_now(uv), &client_behaviour, NULL, &client), RH_OK);
    (void)rh_node_run(node, rh_uv_now(uv), 100);
    assert_memory_equal(ANSWER("spawn", "good", "a"), "[ok, <", 6);
    assert_string_equal(answer_of(do_call_agent, RH_ARRAY(NULL, "list")),
                        "[ok, [[e, <pid>, echo]]]");
    assert_string_equal(ANSWER("terminate", "a", 20 * RH_SECOND, "enough"), "[ok, [stopped, 0]]");
    assert_non_null(strstr(ANSWER("spawn", "bad", "b"), "Stopped(exit=2)"));
    assert_non_null(strstr(reply, "'--spawn' takes NAME=WHAT"));
    assert_memory_equal(ANSWER("spawn", "fails", "c"), "[ok, <", 6);
    assert_string_equal(ANSWER("terminate", "c", 20 * RH_SECOND, "enough"), "[ok, [stopped, 1]]");
    /* "actor 'c' has ended: invalid" */
    assert_non_null(
        strstr(ANSWER("info", "c"), "6163746f72202763272068617320656e6465643a20696e76616c69640a"));
    rh_uv_close(uv, on_closed, &closed);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_true(closed);
    assert_int_equal(uv_loop_close(&loop), 0);
    rh_node_destroy(node);
    (void)unlink(backend + strlen("unix:"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_host_starts_the_program_itself)};
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
