/* SPDX-License-Identifier: MIT */
/* The manager of processes from the callback on: a host and one child, a node each, which this test drives by hand. The
 * child is what it is in a process of its own: the root that reads its environment, and its agent. */
#include <rehearse/host.h>
#include <rehearse/inspect.h>
#include <rehearse/proc.h>
#include <rehearse/server.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define HOST_NODE 7
#define WORDS 4

/* ---- the host's allocator, which can fail ---- */

static size_t attempts;
static size_t fail_at;
static size_t blocks;

static bool fails(void)
{
    attempts++;
    return fail_at != 0 && attempts == fail_at;
}

static void *allocate(void *self, size_t bytes)
{
    void *block = fails() ? NULL : rh_allocator_default()->allocate(NULL, bytes);
    (void)self;
    blocks += block != NULL ? 1 : 0;
    return block;
}

static void *resize(void *self, void *block, size_t before, size_t bytes)
{
    (void)self;
    void *grown = fails() ? NULL : rh_allocator_default()->resize(NULL, block, before, bytes);
    blocks += grown != NULL && block == NULL ? 1 : 0;
    return grown;
}

static void release(void *self, void *block, size_t bytes)
{
    (void)self;
    blocks -= block != NULL ? 1 : 0;
    rh_allocator_default()->release(NULL, block, bytes);
}

static const struct rh_allocator allocator = {allocate, resize, release, NULL};

/* ---- the stage ---- */

/** One pipe; an end that is closed has the ordinal 0. */
struct ends {
    struct rh_ref host;
    struct rh_ref child;
};

struct stage {
    struct rh_node *node;
    struct rh_pid host;
    struct rh_pid client;
    struct rh_ref listener;
    rh_instant now;
    struct rh_node *child;
    struct rh_proc proc;
    struct rh_ref handle; /* of the child */
    struct rh_ref stdio;
    struct ends pipe;
    bool is_lying; /* the child does not have the number that it was told to have */
    unsigned starts;
    struct rh_call calls[WORDS];
    char replies[WORDS][256];
    size_t call_count;
    char heard[64];
};

static struct stage stage;
static struct rh_behaviour host_behaviour;
static struct rh_behaviour agent;

static bool is_open(struct rh_ref ref)
{
    return ref.ordinal != 0;
}

static void feed(struct rh_node *node, struct rh_ref handle, struct rh_io io)
{
    io.handle = handle;
    enum rh_status status = rh_node_feed(node, stage.now, &io, NULL);
    (void)status; /* perhaps nobody wants to know */
}

static void pipe_close(void)
{
    struct ends pipe = stage.pipe;
    stage.pipe = (struct ends){.host = {.ordinal = 0}};
    if (is_open(pipe.host)) {
        feed(stage.node, pipe.host, (struct rh_io){.kind = RH_IO_CLOSED, .why = RH_CLOSE_EOF});
    }
    if (is_open(pipe.child) && stage.child != NULL) {
        feed(stage.child, pipe.child, (struct rh_io){.kind = RH_IO_CLOSED, .why = RH_CLOSE_EOF});
    }
}

static void child_end(int code, int signal)
{
    struct rh_ref handle = stage.handle;
    rh_node_destroy(stage.child);
    rh_proc_deinit(&stage.proc);
    stage.child = NULL;
    pipe_close();
    feed(stage.node, handle,
         (struct rh_io){.kind = RH_IO_EXITED, .number = code, .signal = signal});
    feed(stage.node, handle, (struct rh_io){.kind = RH_IO_CLOSED, .why = RH_CLOSE_EOF});
}

static const char *look_up(void *self, const char *name)
{
    const struct rh_command *command = self;
    size_t size = strlen(name);
    for (size_t i = 0; command->environment[i] != NULL; i++) {
        const char *entry = command->environment[i];
        if (strncmp(entry, name, size) == 0 && entry[size] == '=') {
            return entry + size + 1;
        }
    }
    return NULL;
}

static void child_start(const struct rh_effect *effect)
{
    struct rh_proc_environment environment = {
        .look_up = look_up, .self = (struct rh_command *)(uintptr_t)effect->command};
    struct rh_proc_identity identity;
    const struct rh_proc_options how = {.agent = &agent};
    struct rh_pid root;
    stage.starts++;
    stage.handle = effect->handle;
    assert_int_equal(rh_proc_read(&environment, &identity), RH_OK);
    struct rh_node_options options = {.node = identity.node + (stage.is_lying ? 1 : 0),
                                      .incarnation = identity.incarnation};
    assert_int_equal(rh_node_create(&options, &stage.child), RH_OK);
    rh_proc_init(&stage.proc, &identity, &how);
    assert_int_equal(rh_proc_start(&stage.proc, stage.child, stage.now, &root, &stage.stdio),
                     RH_OK);
    feed(stage.node, stage.handle, (struct rh_io){.kind = RH_IO_STARTED, .number = 4711});
}

/* ---- effects ---- */

static void host_effect(const struct rh_effect *effect)
{
    bool is_pipe = is_open(stage.pipe.host) && rh_ref_equal(effect->handle, stage.pipe.host);
    switch (effect->kind) {
    case RH_EFFECT_LISTEN:
        stage.listener = effect->handle;
        feed(stage.node, effect->handle, (struct rh_io){.kind = RH_IO_OPENED});
        break;
    case RH_EFFECT_START:
        child_start(effect);
        break;
    case RH_EFFECT_KILL:
        if (stage.child != NULL && rh_ref_equal(effect->handle, stage.handle)) {
            child_end(0, effect->number);
        }
        break;
    case RH_EFFECT_WRITE:
        if (is_pipe) {
            feed(stage.child, stage.pipe.child,
                 (struct rh_io){.kind = RH_IO_BYTES, .bytes = effect->bytes, .size = effect->size});
        }
        feed(stage.node, effect->handle, (struct rh_io){.kind = RH_IO_WRITTEN});
        break;
    case RH_EFFECT_CLOSE:
        feed(stage.node, effect->handle, (struct rh_io){.kind = RH_IO_CLOSED});
        if (is_pipe) {
            stage.pipe.host.ordinal = 0;
            pipe_close();
        }
        break;
    default:
        break;
    }
}

static void child_connects(struct rh_ref handle)
{
    struct rh_io knock = {.kind = RH_IO_ACCEPTED, .handle = stage.listener};
    struct rh_ref accepted;
    if (!is_open(stage.listener) ||
        rh_node_feed(stage.node, stage.now, &knock, &accepted) != RH_OK) {
        feed(stage.child, handle, (struct rh_io){.kind = RH_IO_CLOSED, .why = RH_CLOSE_REFUSED});
        return;
    }
    stage.pipe = (struct ends){accepted, handle};
    feed(stage.child, handle, (struct rh_io){.kind = RH_IO_OPENED});
}

static void child_effect(const struct rh_effect *effect)
{
    struct rh_proc_exit last;
    switch (effect->kind) {
    case RH_EFFECT_USER:
        assert_true(rh_proc_is_exit(&effect->message, &last));
        int code = (int)last.code;
        int signal = last.signal;
        rh_message_unref(effect->message);
        child_end(code, signal);
        break;
    case RH_EFFECT_CONNECT:
        child_connects(effect->handle);
        break;
    case RH_EFFECT_WRITE:
        if (is_open(stage.pipe.host)) {
            feed(stage.node, stage.pipe.host,
                 (struct rh_io){.kind = RH_IO_BYTES, .bytes = effect->bytes, .size = effect->size});
        }
        feed(stage.child, effect->handle, (struct rh_io){.kind = RH_IO_WRITTEN});
        break;
    case RH_EFFECT_CLOSE:
        feed(stage.child, effect->handle, (struct rh_io){.kind = RH_IO_CLOSED});
        if (is_open(stage.pipe.child) && rh_ref_equal(effect->handle, stage.pipe.child)) {
            stage.pipe.child.ordinal = 0;
            pipe_close();
        }
        break;
    default:
        break;
    }
}

static void settle(void)
{
    struct rh_effect effect;
    bool is_busy = true;
    while (is_busy) {
        is_busy = rh_node_run(stage.node, stage.now, 1) > 0;
        while (rh_node_take_effect(stage.node, &effect)) {
            host_effect(&effect);
            is_busy = true;
        }
        is_busy = (stage.child != NULL && rh_node_run(stage.child, stage.now, 1) > 0) || is_busy;
        while (stage.child != NULL && rh_node_take_effect(stage.child, &effect)) {
            child_effect(&effect);
            is_busy = true;
        }
    }
}

static void pass(rh_duration duration)
{
    stage.now += duration;
    settle();
}

/* ---- who takes part ---- */

static enum rh_status client_receive(struct rh_context *ctx, void *state,
                                     const struct rh_delivery *in)
{
    struct rh_outcome outcome;
    (void)state;
    for (size_t i = 0; i < stage.call_count; i++) {
        if (rh_call_result(ctx, in, &stage.calls[i], &outcome)) {
            char *reply = stage.replies[i];
            (void)snprintf(reply, sizeof(stage.replies[i]), "down");
            if (outcome.kind == RH_OUTCOME_REPLY) {
                (void)rh_message_print(outcome.message, NULL, reply, sizeof(stage.replies[i]));
            }
            return RH_OK;
        }
    }
    if (in->kind == RH_DELIVERY_MESSAGE) {
        (void)rh_message_print(&in->message, NULL, stage.heard, sizeof(stage.heard));
    }
    return RH_OK;
}

static enum rh_status worker_receive(struct rh_context *ctx, void *state,
                                     const struct rh_delivery *in)
{
    struct rh_text destination;
    struct rh_item payload;
    struct rh_pid sender;
    (void)state;
    if (in->kind != RH_DELIVERY_MESSAGE || !rh_is_routed(in, &destination, &payload, &sender)) {
        return RH_OK;
    }
    return rh_send(ctx, sender, RH_ARRAY(rh_allocator_of(ctx), "echo", payload));
}

static const struct rh_behaviour client_behaviour = {.name = "client", .receive = client_receive};
static const struct rh_behaviour worker = {.name = "worker", .receive = worker_receive};

static const struct rh_behaviour *find_behaviour(void *self, const char *name)
{
    (void)self;
    return strcmp(name, "worker") == 0 ? &worker : NULL;
}

static const char *const actors[] = {"worker", "w", NULL};
static const struct rh_agent agent_config = {.find_behaviour = find_behaviour, .actors = actors};
static const struct rh_command command = {.program = "child"};
static const struct rh_proc_program programs[] = {
    {.name = "p", .command = &command, .ready_timeout = RH_SECOND}};
static const struct rh_host config = {.name = "h",
                                      .programs = programs,
                                      .program_count = 1,
                                      .backend = "unix:/x",
                                      .first_node = 100,
                                      .grace = RH_SECOND,
                                      .kill_timeout = RH_SECOND};

static enum rh_status open_stage(bool is_lying)
{
    struct rh_limits limits = rh_limits_default();
    limits.pool_objects_per_chunk = 1;
    struct rh_node_options options = {
        .node = HOST_NODE, .allocator = &allocator, .limits = &limits};
    stage = (struct stage){.is_lying = is_lying};
    attempts = 0;
    host_behaviour = rh_host_behaviour(&config);
    agent = rh_agent_behaviour(&agent_config);
    enum rh_status status = rh_node_create(&options, &stage.node);
    if (status == RH_OK) {
        status = rh_node_spawn(stage.node, 0, &host_behaviour, NULL, &stage.host);
    }
    if (status == RH_OK) {
        status = rh_node_spawn(stage.node, 0, &client_behaviour, NULL, &stage.client);
    }
    if (status == RH_OK) {
        settle();
    }
    return status;
}

static void close_stage(void)
{
    if (stage.child != NULL) {
        rh_node_destroy(stage.child);
        rh_proc_deinit(&stage.proc);
    }
    rh_node_destroy(stage.node);
    assert_int_equal(blocks, 0);
}

static enum rh_status do_call(struct rh_context *ctx, void *state, void *argument)
{
    struct rh_call *call = &stage.calls[stage.call_count];
    (void)state;
    enum rh_status status =
        rh_call(ctx, stage.host, *(struct rh_message *)argument, RH_NEVER, call);
    (void)snprintf(stage.replies[stage.call_count++], sizeof(stage.replies[0]), "%s",
                   status == RH_OK ? "open" : "refused");
    return RH_OK;
}

static const char *ask(struct rh_message request)
{
    if (rh_node_turn(stage.node, stage.now, stage.client, do_call, &request) != RH_OK) {
        rh_message_unref(request);
        return "no client";
    }
    settle();
    return stage.replies[stage.call_count - 1];
}

#define ASK(...) ask(RH_ARRAY(rh_allocator_default(), __VA_ARGS__))

static enum rh_status do_route(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    (void)argument;
    enum rh_status status = rh_route_send(ctx, stage.host, "a/w", RH_ITEM(NULL, "hello"));
    (void)status; /* for want of memory */
    return RH_OK;
}

/* ---- cases ---- */

static void a_child_calls_back_and_is_terminated(void **state)
{
    (void)state;
    assert_int_equal(open_stage(false), RH_OK);
    const char *reply = ASK("spawn", "p", "a");
    assert_int_equal(strncmp(reply, "[ok, <", 6), 0);
    assert_int_equal(rh_node_turn(stage.node, stage.now, stage.client, do_route, NULL), RH_OK);
    settle();
    assert_string_equal(stage.heard, "[echo, hello]");
    assert_string_equal(ASK("terminate", "a", RH_SECOND, "enough"), "[ok, [stopped, 0]]");
    assert_null(stage.child);
    close_stage();
}

/* Who is not the node that the child was told to be does not speak for it. */
static void a_callback_of_another_node_is_not_believed(void **state)
{
    (void)state;
    assert_int_equal(open_stage(true), RH_OK);
    assert_string_equal(ASK("spawn", "p", "a"), "open");
    assert_string_equal(ASK("status", "a"), "[ok, running]");
    pass(RH_SECOND);
    assert_non_null(strstr(stage.replies[0], "it was not ready in time"));
    assert_null(stage.child);
    close_stage();
}

/* An agent that passes itself off as somebody who is not of its node: the host. */
static enum rh_status pose(struct rh_context *ctx, void *state, const struct rh_delivery *start)
{
    struct rh_text id;
    struct rh_text address;
    (void)state;
    assert_true(RH_MATCH(&start->message, "$proc", &id, &address, RH_ANY, RH_ANY));
    return rh_send_name_at(ctx, config.name, HOST_NODE,
                           RH_ARRAY(rh_allocator_of(ctx), "$callback", id, address, stage.host));
}

static void an_agent_of_another_node_is_not_believed(void **state)
{
    (void)state;
    assert_int_equal(open_stage(false), RH_OK);
    agent = (struct rh_behaviour){.name = "poser", .init = pose, .receive = worker_receive};
    assert_string_equal(ASK("spawn", "p", "a"), "open");
    assert_string_equal(ASK("status", "a"), "[ok, running]");
    pass(RH_SECOND);
    assert_non_null(strstr(stage.replies[0], "it was not ready in time"));
    assert_true(rh_inspect_is_alive(stage.node, stage.host));
    close_stage();
}

static bool is_alive(struct rh_pid pid)
{
    return rh_inspect_is_alive(stage.node, pid);
}

/* A life with everything in it; whatever of it can be had, for want of memory, in order. */
static void live(void)
{
    (void)ASK("spawn", "p", "a");
    enum rh_status status = rh_node_turn(stage.node, stage.now, stage.client, do_route, NULL);
    assert_true(status == RH_OK || !is_alive(stage.client));
    settle();
    pass(RH_SECOND);
    bool is_spawned = strncmp(stage.replies[0], "[ok", 3) == 0;
    assert_true(!is_alive(stage.host) || is_spawned || stage.child == NULL);
    (void)ASK("terminate", "a", RH_SECOND, "a reason that is no inline message");
    pass(RH_SECOND);
    pass(RH_SECOND);
    for (size_t i = 0; i < stage.call_count && is_alive(stage.client); i++) {
        assert_string_not_equal(stage.replies[i], "open");
    }
    /* Either it was told to end and has, or the host could not even hear of that. */
    bool was_told = stage.call_count > 1 && strncmp(stage.replies[1], "[ok", 3) == 0;
    assert_true(stage.child == NULL || (is_alive(stage.host) && !was_told));
}

static void runs_out_of_memory_in_order(void **state)
{
    (void)state;
    bool is_through = false;
    unsigned with_child = 0;
    for (size_t failing = 1; !is_through; failing++) {
        fail_at = failing;
        assert_true(failing < 2000);
        if (open_stage(false) == RH_OK) {
            live();
        }
        with_child += stage.starts;
        is_through = attempts < failing;
        fail_at = 0;
        close_stage();
    }
    assert_true(with_child > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_calls_back_and_is_terminated),
        cmocka_unit_test(a_callback_of_another_node_is_not_believed),
        cmocka_unit_test(an_agent_of_another_node_is_not_believed),
        cmocka_unit_test(runs_out_of_memory_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
