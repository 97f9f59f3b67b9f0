/* SPDX-License-Identifier: MIT */
/* Processes, one after the other, from the wish to the moment at which they can be talked to: `host`, a spawn of a host until
 * its answer; floor `uv_spawn`, a bare one until the child's first byte. Both start this program. Their ends are not timed. */
#define _POSIX_C_SOURCE 200809L
#include "bench/measure.h"

#include <rehearse/host.h>
#include <rehearse/server.h>
#include <rehearse/uv_proc.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <uv.h>

static const char *program;

/* ---- the children ---- */

static int be_floor(void)
{
    char byte = '!';
    if (write(STDOUT_FILENO, &byte, 1) == 1) {
        (void)read(STDIN_FILENO, &byte, 1);
    }
    return 0;
}

static int be_proc(void)
{
    const struct rh_agent common = {.find_behaviour = NULL};
    const struct rh_behaviour agent = rh_agent_behaviour(&common);
    const struct rh_uv_proc_options options = {.proc = {.agent = &agent}};
    return rh_uv_proc_main(&options);
}

/* ---- a bare one ---- */

struct bare {
    uv_process_t process;
    uv_pipe_t in;
    uv_pipe_t out;
    char byte;
    bool is_ready;
    bool has_exited;
};

static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct bare *bare = handle->data;
    (void)suggested;
    *buffer = uv_buf_init(&bare->byte, 1);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct bare *bare = stream->data;
    (void)buffer;
    bare->is_ready = size == 1;
    (void)uv_read_stop(stream);
}

static void on_exit(uv_process_t *process, int64_t code, int number)
{
    struct bare *bare = process->data;
    (void)code;
    (void)number;
    bare->has_exited = true;
}

static uint64_t start_bare(uv_loop_t *loop)
{
    struct bare bare = {.is_ready = false};
    char *arguments[] = {(char *)(uintptr_t)program, (char *)(uintptr_t) "child", NULL};
    uv_stdio_container_t stdio[3] = {
        {.flags = UV_CREATE_PIPE | UV_READABLE_PIPE, .data.stream = (uv_stream_t *)&bare.in},
        {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&bare.out},
        {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO}};
    uv_process_options_t options = {
        .exit_cb = on_exit, .file = program, .args = arguments, .stdio_count = 3, .stdio = stdio};
    uint64_t before = measure_now_ns();
    measure_require(uv_pipe_init(loop, &bare.in, 0) == 0 && uv_pipe_init(loop, &bare.out, 0) == 0,
                    "no pipes");
    bare.process.data = &bare;
    bare.out.data = &bare;
    measure_require(uv_spawn(loop, &bare.process, &options) == 0, "no process");
    measure_require(uv_read_start((uv_stream_t *)&bare.out, on_allocate, on_read) == 0, "no pipe");
    while (!bare.is_ready) {
        (void)uv_run(loop, UV_RUN_ONCE);
    }
    uint64_t spent = measure_now_ns() - before;
    uv_close((uv_handle_t *)&bare.in, NULL); /* which is its end */
    uv_close((uv_handle_t *)&bare.out, NULL);
    while (!bare.has_exited) {
        (void)uv_run(loop, UV_RUN_ONCE);
    }
    uv_close((uv_handle_t *)&bare.process, NULL);
    (void)uv_run(loop, UV_RUN_DEFAULT);
    return spent;
}

static uint64_t run_bare(uint64_t size)
{
    uv_loop_t loop;
    uint64_t spent = 0;
    measure_require(uv_loop_init(&loop) == 0, "no loop");
    for (uint64_t i = 0; i < size; i++) {
        spent += start_bare(&loop);
    }
    measure_require(uv_loop_close(&loop) == 0, "something is left");
    return spent;
}

/* ---- those of a host ---- */

static struct rh_pid host;
static struct rh_call call;
static bool has_answer;
static bool is_good;

static enum rh_status client_receive(struct rh_context *ctx, void *state,
                                     const struct rh_delivery *in)
{
    struct rh_outcome outcome;
    struct rh_item what;
    (void)state;
    if (rh_call_result(ctx, in, &call, &outcome)) {
        has_answer = true;
        is_good = outcome.kind == RH_OUTCOME_REPLY && RH_MATCH(outcome.message, "ok", &what);
    }
    return RH_OK;
}

static const struct rh_behaviour client_behaviour = {.name = "client", .receive = client_receive};

struct stage {
    uv_loop_t loop;
    struct rh_node *node;
    struct rh_uv *uv;
    struct rh_pid client;
};

static enum rh_status do_call(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    return rh_call(ctx, host, *(struct rh_message *)argument, RH_NEVER, &call);
}

static void ask(struct stage *stage, struct rh_message request)
{
    has_answer = false;
    measure_require(
        rh_node_turn(stage->node, rh_uv_now(stage->uv), stage->client, do_call, &request) == RH_OK,
        "no client");
    rh_uv_wake(stage->uv);
    while (!has_answer) {
        (void)uv_run(&stage->loop, UV_RUN_ONCE);
    }
    measure_require(is_good, "the host said no");
}

static void on_closed(void *self)
{
    *(bool *)self = true;
}

static uint64_t run_host(uint64_t size)
{
    char backend[64];
    (void)snprintf(backend, sizeof(backend), "unix:/tmp/rh-bench-%ld.sock", (long)getpid());
    const char *const arguments[] = {"child", NULL};
    const struct rh_command command = {.program = program, .arguments = arguments};
    const struct rh_proc_program kind = {.name = "p", .command = &command};
    const struct rh_host config = {
        .name = "h", .programs = &kind, .program_count = 1, .backend = backend};
    const struct rh_behaviour behaviour = rh_host_behaviour(&config);
    struct rh_node_options options = {.node = 1};
    struct stage stage;
    bool closed = false;
    uint64_t spent = 0;
    measure_require(uv_loop_init(&stage.loop) == 0, "no loop");
    measure_require(rh_node_create(&options, &stage.node) == RH_OK, "no node");
    measure_require(rh_uv_create(&stage.loop, stage.node, NULL, &stage.uv) == RH_OK, "no driver");
    rh_instant now = rh_uv_now(stage.uv);
    measure_require(rh_node_spawn(stage.node, now, &behaviour, NULL, &host) == RH_OK, "no host");
    measure_require(rh_node_spawn(stage.node, now, &client_behaviour, NULL, &stage.client) == RH_OK,
                    "no actor");
    (void)rh_node_run(stage.node, now, 100);
    for (uint64_t i = 0; i < size; i++) {
        uint64_t before = measure_now_ns();
        ask(&stage, RH_ARRAY(rh_allocator_default(), "spawn", "p", "name"));
        spent += measure_now_ns() - before;
        ask(&stage, RH_ARRAY(rh_allocator_default(), "kill", "name"));
    }
    rh_uv_close(stage.uv, on_closed, &closed);
    (void)uv_run(&stage.loop, UV_RUN_DEFAULT);
    measure_require(closed && uv_loop_close(&stage.loop) == 0, "something is left");
    rh_node_destroy(stage.node);
    (void)unlink(backend + strlen("unix:"));
    return spent;
}

/* ---- the rows ---- */

static const struct measure_entry bare_entries[] = {{"process_start", run_bare, 1},
                                                    {NULL, NULL, 0}};
static const struct measure_entry host_entries[] = {{"process_start", run_host, 1},
                                                    {NULL, NULL, 0}};

int main(int argc, char **argv)
{
    program = argv[0];
    if (argc == 2 && strcmp(argv[1], "child") == 0) {
        return getenv("REHEARSE_HOST_PROC_ID") == NULL ? be_floor() : be_proc();
    }
    if (argc != 4) {
        (void)fprintf(stderr, "usage: process_bench uv_spawn|host process_start SIZE\n");
        return 2;
    }
    bool is_bare = strcmp(argv[1], "uv_spawn") == 0;
    return measure_main(is_bare ? "floor" : "rehearse", argv[1],
                        is_bare ? bare_entries : host_entries, argv[2], argv[3]);
}
