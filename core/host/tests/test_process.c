/* SPDX-License-Identifier: MIT */
/* The manager of processes up to the callback, with a driver that does what the test says. What comes behind it needs another
 * node: see harness/world and core/uv. */
#include <rehearse/host.h>
#include <rehearse/inspect.h>
#include <rehearse/node.h>
#include <rehearse/server.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHILDREN 8

struct child {
    struct rh_ref handle;
    char environment[5][160];
    size_t variables;
    int killed; /* the last signal */
};

static struct rh_node *node;
static rh_instant now;
static struct rh_pid host;
static struct rh_pid client;
static struct rh_behaviour host_behaviour;
static struct child children[CHILDREN];
static size_t child_count;
static struct rh_ref listener;
static bool has_listener;
static struct rh_call calls[8];
static char replies[8][512];
static size_t call_count;

static size_t attempts;
static size_t fail_at;
static size_t blocks;

/* ---- an allocator that can fail ---- */

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

/* ---- a client and the driver ---- */

static enum rh_status client_receive(struct rh_context *ctx, void *state,
                                     const struct rh_delivery *in)
{
    struct rh_outcome outcome;
    (void)state;
    for (size_t i = 0; i < call_count; i++) {
        if (rh_call_result(ctx, in, &calls[i], &outcome)) {
            (void)snprintf(replies[i], sizeof(replies[i]), "down");
            if (outcome.kind == RH_OUTCOME_REPLY) {
                (void)rh_message_print(outcome.message, NULL, replies[i], sizeof(replies[i]));
            }
        }
    }
    return RH_OK;
}

static const struct rh_behaviour client_behaviour = {.name = "client", .receive = client_receive};

static void note_start(const struct rh_effect *effect)
{
    assert_true(child_count < CHILDREN);
    struct child *child = &children[child_count++];
    *child = (struct child){.handle = effect->handle};
    const char *const *variables = effect->command->environment;
    while (variables[child->variables] != NULL) {
        assert_true(child->variables < 5);
        (void)snprintf(child->environment[child->variables], sizeof(child->environment[0]), "%s",
                       variables[child->variables]);
        child->variables++;
    }
}

static void take_effects(void)
{
    struct rh_effect effect;
    while (rh_node_take_effect(node, &effect)) {
        if (effect.kind == RH_EFFECT_START) {
            note_start(&effect);
        } else if (effect.kind == RH_EFFECT_LISTEN) {
            listener = effect.handle;
            has_listener = true;
        }
        for (size_t i = 0; effect.kind == RH_EFFECT_KILL && i < child_count; i++) {
            if (rh_ref_equal(children[i].handle, effect.handle)) {
                children[i].killed = effect.number;
            }
        }
    }
}

static void settle(void)
{
    while (rh_node_run(node, now, 100) > 0) {
        take_effects();
    }
    take_effects();
}

static void feed(size_t child, struct rh_io io)
{
    io.handle = children[child].handle;
    enum rh_status status = rh_node_feed(node, now, &io, NULL);
    (void)status; /* perhaps nobody wants to know */
    settle();
}

static void started(size_t child)
{
    feed(child, (struct rh_io){.kind = RH_IO_STARTED, .number = 4711});
}

static void exited(size_t child, int code, int signal)
{
    feed(child, (struct rh_io){.kind = RH_IO_EXITED, .number = code, .signal = signal});
}

static void closed(size_t child, enum rh_close_why why)
{
    feed(child, (struct rh_io){.kind = RH_IO_CLOSED, .why = why});
}

static void says(size_t child, const char *text)
{
    feed(child, (struct rh_io){
                    .kind = RH_IO_STDERR, .bytes = (const uint8_t *)text, .size = strlen(text)});
}

/* ---- the stage ---- */

static const char *const own_environment[] = {"OWN=1", NULL};
static const struct rh_command command = {.program = "child", .environment = own_environment};
static const struct rh_proc_program programs[] = {
    {.name = "p", .command = &command, .ready_timeout = RH_SECOND}};
static const struct rh_host config = {.name = "h",
                                      .programs = programs,
                                      .program_count = 1,
                                      .backend = "unix:/x",
                                      .backend_is_served = true,
                                      .first_node = 100};

static enum rh_status open_with(const struct rh_host *with)
{
    struct rh_limits limits = rh_limits_default();
    limits.procs_max = 5; /* two are reserved */
    limits.stderr_bytes_max = 8;
    limits.pool_objects_per_chunk = 1;
    struct rh_node_options options = {.node = 7, .allocator = &allocator, .limits = &limits};
    now = 0;
    attempts = 0;
    child_count = 0;
    call_count = 0;
    has_listener = false;
    host_behaviour = rh_host_behaviour(with);
    enum rh_status status = rh_node_create(&options, &node);
    if (status == RH_OK) {
        status = rh_node_spawn(node, now, &host_behaviour, NULL, &host);
    }
    if (status == RH_OK) {
        status = rh_node_spawn(node, now, &client_behaviour, NULL, &client);
    }
    if (status == RH_OK) {
        settle();
    }
    return status;
}

static void open_stage(void)
{
    assert_int_equal(open_with(&config), RH_OK);
}

static void close_stage(void)
{
    rh_node_destroy(node);
    node = NULL;
    assert_int_equal(blocks, 0);
}

static enum rh_status do_call(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    (void)snprintf(replies[call_count], sizeof(replies[0]), "open");
    enum rh_status status =
        rh_call(ctx, host, *(struct rh_message *)argument, RH_NEVER, &calls[call_count]);
    if (status != RH_OK) {
        (void)snprintf(replies[call_count], sizeof(replies[0]), "refused");
    }
    call_count++;
    return RH_OK;
}

static const char *ask(struct rh_message request)
{
    if (rh_node_turn(node, now, client, do_call, &request) != RH_OK) {
        return "no client";
    }
    settle();
    return replies[call_count - 1];
}

#define ASK(...) ask(RH_ARRAY(rh_allocator_default(), __VA_ARGS__))

static void pass(rh_duration duration)
{
    now += duration;
    settle();
}

/* ---- cases ---- */

static void a_child_is_told_who_it_is(void **state)
{
    (void)state;
    open_stage();
    assert_string_equal(ASK("spawn", "p", "a", "some"), "open");
    assert_int_equal(child_count, 1);
    assert_int_equal(children[0].variables, 5);
    assert_string_equal(children[0].environment[0], "OWN=1");
    /* The reserved proc was the first of this host. */
    assert_string_equal(children[0].environment[1], "REHEARSE_HOST_PROC_ID=101.2/h/a#2");
    assert_string_equal(children[0].environment[2], "REHEARSE_HOST_BACKEND_ADDR=7=unix:/x");
    assert_string_equal(children[0].environment[3], "REHEARSE_HOST_CALLBACK_ADDR=h");
    assert_string_equal(children[0].environment[4], "REHEARSE_HOST_PROC_ARGUMENT=64736f6d65");
    close_stage();
}

static void numbers_are_used_again_by_higher_incarnations(void **state)
{
    (void)state;
    open_stage();
    for (int i = 0; i < 3; i++) {
        (void)ASK("spawn", "p", "a");
        (void)ASK("spawn", "p", "b");
        assert_int_not_equal(
            strncmp(children[2 * i].environment[1], children[2 * i + 1].environment[1], 25), 0);
        call_count = 0;
        for (size_t k = child_count - 2; k < child_count; k++) {
            unsigned number = 0;
            number = (unsigned)strtoul(children[k].environment[1] + 22, NULL, 10);
            assert_true(number >= 100 && number < 105);
            closed(k, RH_CLOSE_NOT_FOUND);
        }
    }
    close_stage();
}

static void its_end_is_complete_when_its_pipes_are_closed(void **state)
{
    (void)state;
    for (int order = 0; order < 3; order++) {
        open_stage();
        assert_string_equal(ASK("spawn", "p", "a"), "open");
        started(0);
        assert_string_equal(ASK("status", "a"), "[ok, running]");
        if (order == 0) {
            exited(0, 3, 0);
            says(0, "why\n");
            assert_string_equal(replies[0], "open");
            closed(0, RH_CLOSE_EOF);
        } else if (order == 1) {
            says(0, "why\n");
            closed(0, RH_CLOSE_EOF);
            assert_string_equal(replies[0], "open");
            exited(0, 3, 0);
        } else { /* somebody else has its pipes */
            says(0, "why\n");
            exited(0, 3, 0);
            pass(99 * RH_MILLISECOND);
            assert_string_equal(replies[0], "open");
            pass(RH_MILLISECOND);
        }
        assert_string_equal(replies[0],
                            "[error, configuration_failed, \"proc 'a' failed to configure: it "
                            "ended before it was ready: Stopped(exit=3); it said: why\"]");
        assert_string_equal(ASK("list"), "[ok, []]");
        closed(0, RH_CLOSE_REQUESTED); /* of a handle that nobody knows any more */
        close_stage();
    }
}

static void what_cannot_be_started_is_a_failed_spawn(void **state)
{
    (void)state;
    open_stage();
    (void)ASK("spawn", "p", "a");
    closed(0, RH_CLOSE_NOT_FOUND);
    assert_string_equal(replies[0], "[error, spawn_failed, \"proc 'a' failed to spawn: there is no "
                                    "such program or path\"]");
    assert_string_equal(ASK("list"), "[ok, []]");
    close_stage();
}

static void what_is_not_ready_in_time_is_killed(void **state)
{
    (void)state;
    open_stage();
    (void)ASK("spawn", "p", "a");
    started(0);
    pass(RH_SECOND);
    assert_int_equal(children[0].killed, 9);
    assert_string_equal(replies[0], "open"); /* until nothing of it is left */
    exited(0, 0, 9);
    closed(0, RH_CLOSE_EOF);
    assert_non_null(strstr(replies[0], "it was not ready in time"));
    close_stage();
}

static void the_end_of_what_it_says_is_kept(void **state)
{
    static const struct {
        const char *parts[3];
        const char *kept; /* in hexadecimal digits */
    } cases[] = {
        {{"abc", NULL, NULL}, "h'616263'"},
        {{"abcdefgh", NULL, NULL}, "h'6162636465666768'"},
        {{"abcdefghi", NULL, NULL}, "h'6263646566676869'"},
        {{"abc", "defgh", NULL}, "h'6162636465666768'"},
        {{"abc", "defghi", NULL}, "h'6263646566676869'"},
        {{"abcdefgh", "i", "jk"}, "h'6465666768696a6b'"},
        {{"a", "bcdefghijklmnopq", "r"}, "h'6b6c6d6e6f707172'"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        open_stage();
        (void)ASK("spawn", "p", "a");
        started(0);
        for (size_t k = 0; k < 3 && cases[i].parts[k] != NULL; k++) {
            says(0, cases[i].parts[k]);
        }
        const char *info = ASK("info", "a");
        assert_non_null(strstr(info, "process: 4711"));
        if (strstr(info, cases[i].kept) == NULL) {
            fail_msg("%s is not in %s", cases[i].kept, info);
        }
        close_stage();
    }
}

static void a_host_that_children_cannot_reach_ends(void **state)
{
    (void)state;
    struct rh_host own = config;
    own.backend_is_served = false;
    assert_int_equal(open_with(&own), RH_OK);
    assert_true(has_listener);
    assert_true(rh_inspect_is_alive(node, host));
    struct rh_io refused = {.kind = RH_IO_CLOSED, .handle = listener, .why = RH_CLOSE_REFUSED};
    assert_int_equal(rh_node_feed(node, now, &refused, NULL), RH_OK);
    settle();
    assert_false(rh_inspect_is_alive(node, host));
    close_stage();
}

static void refuses_what_could_not_work(void **state)
{
    (void)state;
    struct rh_host wrong[4] = {config, config, config, config};
    wrong[0].backend = NULL;
    wrong[1].first_node = 5; /* up to 9: 7 is the host's own */
    wrong[2].first_node = UINT32_MAX - 3;
    char text[600];
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    wrong[3].backend = text;
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(open_with(&wrong[i]), RH_OK);
        assert_false(rh_inspect_is_alive(node, host));
        close_stage();
    }
}

/* Whatever allocation fails: the client is answered, nothing is lost, and no process is forgotten. */
static void runs_out_of_memory_in_order(void **state)
{
    (void)state;
    bool is_through = false;
    for (fail_at = 1; !is_through; fail_at++) {
        size_t failing = fail_at;
        assert_true(failing < 2000);
        node = NULL;
        if (open_with(&config) == RH_OK) {
            const char *reply = ASK("spawn", "p", "a", "an argument that is no inline message");
            bool is_open = strcmp(reply, "open") == 0;
            if (child_count == 1) {
                started(0);
                says(0, "why");
                exited(0, 3, 0);
                closed(0, RH_CLOSE_EOF);
            }
            pass(RH_SECOND);
            if (is_open && rh_inspect_is_alive(node, host) && rh_inspect_is_alive(node, client)) {
                assert_string_not_equal(replies[0], "open");
            }
            struct rh_node_stats stats;
            rh_node_stats(node, &stats);
            assert_int_equal(stats.handles, 0);
        }
        is_through = attempts < failing;
        close_stage();
    }
    assert_true(fail_at > 40);
    fail_at = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_is_told_who_it_is),
        cmocka_unit_test(numbers_are_used_again_by_higher_incarnations),
        cmocka_unit_test(its_end_is_complete_when_its_pipes_are_closed),
        cmocka_unit_test(what_cannot_be_started_is_a_failed_spawn),
        cmocka_unit_test(what_is_not_ready_in_time_is_killed),
        cmocka_unit_test(the_end_of_what_it_says_is_kept),
        cmocka_unit_test(a_host_that_children_cannot_reach_ends),
        cmocka_unit_test(refuses_what_could_not_work),
        cmocka_unit_test(runs_out_of_memory_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
