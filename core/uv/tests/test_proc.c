/* SPDX-License-Identifier: MIT */
/* Real children that are procs, and a parent that does by hand what a host does. No case leaves a child, a zombie or a
 * descriptor behind. Started as `core.uv.proc parent MODE` it is a parent that is going to be killed. */
#include <rehearse/inspect.h>
#include <rehearse/remote.h>
#include <rehearse/server.h>
#include <rehearse/uv_proc.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <uv.h>

static uv_loop_t loop;
static struct rh_node *node;
static struct rh_uv *uv;
static struct rh_pid host;
static struct rh_pid listener;
static size_t descriptors;
static char address[128];
static char script[8192];   /* what was heard but numbers and stderr, in order */
static char said[4096];     /* on stderr */
static int64_t next_number; /* numbers come in order */
static struct rh_ref child;
static int64_t process;
static struct rh_pid agent;
static bool is_parent; /* tell the process that started this one */

static void note(const char *what)
{
    size_t used = strlen(script);
    (void)snprintf(script + used, sizeof(script) - used, "%s; ", what);
    if (is_parent) {
        (void)printf("%s\n", what);
        (void)fflush(stdout);
    }
}

/* ---- the host ---- */

static void hear_io(const struct rh_io *io)
{
    char line[1024];
    switch (io->kind) {
    case RH_IO_STARTED:
        process = io->number;
        (void)snprintf(line, sizeof(line), "started %d", (int)process);
        break;
    case RH_IO_STDERR:
        (void)snprintf(said + strlen(said), sizeof(said) - strlen(said), "%.*s", (int)io->size,
                       (const char *)io->bytes);
        return;
    case RH_IO_BYTES:
        (void)snprintf(line, sizeof(line), "stdout %.*s", (int)io->size, (const char *)io->bytes);
        break;
    case RH_IO_EXITED:
        (void)snprintf(line, sizeof(line), "exited %d %d", (int)io->number, io->signal);
        break;
    default:
        (void)snprintf(line, sizeof(line), "%s", rh_io_kind_word(io->kind));
        break;
    }
    note(line);
}

static enum rh_status host_init(struct rh_context *ctx, void *state,
                                const struct rh_delivery *start)
{
    (void)state;
    (void)start;
    (void)rh_trap(ctx, true);
    assert_int_equal(rh_register(ctx, "host", rh_self(ctx)), RH_OK);
    assert_int_equal(rh_listener_spawn(ctx, address, NULL, &listener), RH_OK);
    return RH_OK;
}

static enum rh_status host_receive(struct rh_context *ctx, void *state,
                                   const struct rh_delivery *in)
{
    (void)state;
    struct rh_text id;
    struct rh_text where;
    char line[512];
    if (in->kind == RH_DELIVERY_IO) {
        hear_io(rh_delivery_io(ctx));
        return RH_OK;
    }
    if (in->kind == RH_DELIVERY_MESSAGE &&
        RH_MATCH(&in->message, "$callback", &id, &where, &agent)) {
        (void)snprintf(line, sizeof(line), "callback %.*s %.*s", (int)id.size, id.bytes,
                       (int)where.size, where.bytes);
        assert_int_equal(in->from.node, agent.node);
        note(line);
        return RH_OK;
    }
    struct rh_message expected = RH_ITEM(NULL, next_number);
    if (in->kind == RH_DELIVERY_MESSAGE && rh_message_equal(&in->message, &expected)) {
        next_number++;
        return RH_OK;
    }
    int used =
        snprintf(line, sizeof(line), "%s ", rh_delivery_kind_word((enum rh_delivery_kind)in->kind));
    (void)rh_message_print(&in->message, NULL, line + used, sizeof(line) - (size_t)used);
    note(line);
    return RH_OK;
}

static const struct rh_behaviour host_behaviour = {
    .name = "host", .init = host_init, .receive = host_receive};

/* ---- the stage ---- */

static size_t count_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    assert_non_null(folder);
    size_t count = 0;
    while (readdir(folder) != NULL) {
        count++;
    }
    (void)closedir(folder);
    return count;
}

static void open_stage(void)
{
    script[0] = '\0';
    said[0] = '\0';
    next_number = 0;
    process = 0;
    agent = rh_pid_none();
    descriptors = count_descriptors();
    (void)snprintf(address, sizeof(address), "unix:/tmp/rh-test-proc-%ld.sock", (long)getpid());
    struct rh_limits limits = rh_limits_default();
    limits.address_bytes_max = 255; /* the hostile build has fewer */
    limits.command_bytes_max = 4096;
    struct rh_node_options options = {.limits = &limits};
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(rh_node_create(&options, &node), RH_OK);
    assert_int_equal(rh_uv_create(&loop, node, NULL, &uv), RH_OK);
    assert_int_equal(rh_node_spawn(node, rh_uv_now(uv), &host_behaviour, NULL, &host), RH_OK);
    (void)rh_node_run(node, rh_uv_now(uv), 10);
    rh_uv_wake(uv);
}

static void on_closed(void *self)
{
    *(bool *)self = true;
}

static void close_stage(void)
{
    bool closed = false;
    rh_uv_close(uv, on_closed, &closed);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_true(closed);
    assert_int_equal(uv_loop_close(&loop), 0);
    rh_node_destroy(node);
    (void)unlink(address + strlen("unix:"));
    assert_int_equal(count_descriptors(), descriptors);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void on_late(uv_timer_t *timer)
{
    *(bool *)timer->data = true;
}

static void await_in(const char *heard, const char *text)
{
    bool late = false;
    uv_timer_t timer;
    assert_int_equal(uv_timer_init(&loop, &timer), 0);
    timer.data = &late;
    assert_int_equal(uv_timer_start(&timer, on_late, 30000, 0), 0);
    while (strstr(heard, text) == NULL && !late) {
        (void)uv_run(&loop, UV_RUN_ONCE);
    }
    uv_close((uv_handle_t *)&timer, NULL);
    (void)uv_run(&loop, UV_RUN_NOWAIT);
    if (late) {
        fail_msg("waited for '%s', heard only: %s%s", text, script, said);
    }
}

static void await(const char *text)
{
    await_in(script, text);
}

struct order {
    const char *mode;
    const char *backend;
    bool without_callback;
    int number;
};

static enum rh_status do_start(struct rh_context *ctx, void *state, void *argument)
{
    const struct order *order = argument;
    (void)state;
    char backend[160];
    (void)snprintf(backend, sizeof(backend), "REHEARSE_HOST_BACKEND_ADDR=%s",
                   order->backend == NULL ? "" : order->backend);
    if (order->backend == NULL) {
        (void)snprintf(backend, sizeof(backend), "REHEARSE_HOST_BACKEND_ADDR=1=%s", address);
    }
    const char *arguments[] = {order->mode, NULL};
    const char *callback = order->without_callback ? NULL : "REHEARSE_HOST_CALLBACK_ADDR=host";
    const char *environment[] = {"REHEARSE_HOST_PROC_ARGUMENT=656669727374", /* "first" */
                                 "REHEARSE_HOST_PROC_ID=7.2/host/worker#5", backend, callback,
                                 NULL};
    struct rh_command command = {RH_PROC_CHILD, arguments, environment, NULL};
    assert_int_equal(rh_start(ctx, &command, &child), RH_OK);
    return RH_OK;
}

static enum rh_status do_kill(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    assert_int_equal(rh_kill(ctx, child, *(int *)argument), RH_OK);
    return RH_OK;
}

static enum rh_status do_stop(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    (void)argument;
    return rh_cast(ctx, agent, RH_ARRAY(NULL, "stop"));
}

static enum rh_status do_tell(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    return rh_send(ctx, agent, RH_ARRAY(NULL, (const char *)argument));
}

static enum rh_status do_hang_up(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    (void)argument;
    return rh_disconnect(ctx, 7);
}

static enum rh_status do_close(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    (void)argument;
    return rh_close(ctx, child);
}

static void act(enum rh_status (*body)(struct rh_context *, void *, void *), void *argument)
{
    assert_int_equal(rh_node_turn(node, rh_uv_now(uv), host, body, argument), RH_OK);
    rh_uv_wake(uv);
}

static void start(const char *mode)
{
    act(do_start, &(struct order){.mode = mode});
}

static void send_signal(int number)
{
    act(do_kill, &number);
}

static void start_and_await(const char *mode)
{
    start(mode);
    await("callback host/worker#5 node:7");
}

/* ---- a good life ---- */

static void calls_back_and_ends_with_its_agent(void **state)
{
    (void)state;
    open_stage();
    start_and_await("obeys");
    act(do_stop, NULL);
    await("exited 0 0");
    await("closed");
    assert_string_equal(said, "");
    script[0] = '\0';
    start_and_await("fortytwo");
    act(do_stop, NULL);
    await("exited 42 0");
    close_stage();
}

static void what_the_agent_says_first_precedes_the_callback(void **state)
{
    (void)state;
    open_stage();
    start_and_await("greets");
    assert_non_null(strstr(script, "message first; callback"));
    close_stage();
}

static void last_words_arrive(void **state)
{
    (void)state;
    open_stage();
    start_and_await("chatters");
    act(do_stop, NULL);
    await("exited 0 0");
    assert_int_equal(next_number, 1000);
    close_stage();
}

static void stray_lines_are_stderr(void **state)
{
    (void)state;
    open_stage();
    start("prints");
    await_in(said, "a stray line");
    assert_null(strstr(script, "stdout"));
    close_stage();
}

/* ---- ends ---- */

static void a_failing_agent_ends_it_with_one(void **state)
{
    (void)state;
    open_stage();
    start_and_await("obeys");
    act(do_tell, "crash");
    await("exited 1 0");
    await_in(said, "output crashing\nends: no_memory\n");
    script[0] = '\0';
    start("fails");
    await("exited 1 0");
    assert_null(strstr(script, "callback"));
    close_stage();
}

static void an_agent_that_was_killed_takes_it_along(void **state)
{
    (void)state;
    open_stage();
    start_and_await("obeys");
    act(do_tell, "die");
    await("exited 0 9");
    await_in(said, "ends: killed");
    close_stage();
}

static void a_signal_asks_and_a_second_insists(void **state)
{
    (void)state;
    open_stage();
    start_and_await("obeys");
    send_signal(SIGTERM);
    await("exited 0 0");
    script[0] = '\0';
    start_and_await("refuses");
    send_signal(SIGTERM);
    send_signal(SIGINT);
    await("exited 0 "); /* by the second: they may arrive in any order */
    assert_null(strstr(script, "exited 0 0"));
    close_stage();
}

static void a_child_that_ignores_everything_is_killed(void **state)
{
    (void)state;
    open_stage();
    start("hangs");
    await("started");
    send_signal(SIGTERM);
    send_signal(SIGKILL);
    await("exited 0 ");
    assert_null(strstr(script, "callback"));
    close_stage();
}

static void an_exit_before_the_callback_is_heard(void **state)
{
    (void)state;
    open_stage();
    start("exits");
    await("exited 7 0");
    assert_null(strstr(script, "callback"));
    close_stage();
}

static void a_lost_connection_ends_it(void **state)
{
    (void)state;
    open_stage();
    start_and_await("obeys");
    act(do_hang_up, NULL);
    await("exited 3 0");
    await_in(said, "ends: transport_closed");
    close_stage();
}

static void a_host_that_cannot_be_reached_ends_it(void **state)
{
    (void)state;
    open_stage();
    act(do_start, &(struct order){.mode = "obeys", .backend = "1=unix:/nowhere/at/all"});
    await("exited 3 0");
    await_in(said, "ends: not_found");
    script[0] = '\0';
    char other[160]; /* the number of another node */
    (void)snprintf(other, sizeof(other), "2=%s", address);
    act(do_start, &(struct order){.mode = "obeys", .backend = other});
    await("exited 3 0");
    assert_null(strstr(script, "callback"));
    close_stage();
}

static void closing_its_stdin_ends_it(void **state)
{
    (void)state;
    open_stage();
    start_and_await("obeys");
    act(do_close, NULL);
    await("exited 3 0");
    close_stage();
}

static void a_bad_environment_is_two(void **state)
{
    (void)state;
    open_stage();
    act(do_start, &(struct order){.mode = "obeys", .backend = "x", .without_callback = true});
    await("exited 2 0");
    await_in(said, "parameter 'REHEARSE_HOST_BACKEND_ADDR' invalid: it is not NODE=ADDRESS\n"
                   "parameter 'REHEARSE_HOST_CALLBACK_ADDR' missing\n");
    close_stage();
    /* And without pipes. */
    pid_t by_hand = fork();
    assert_true(by_hand >= 0);
    if (by_hand == 0) {
        char *arguments[] = {(char *)(uintptr_t)RH_PROC_CHILD, NULL};
        char *environment[] = {(char *)(uintptr_t) "REHEARSE_HOST_PROC_ID=7.2/host/worker#5",
                               (char *)(uintptr_t) "REHEARSE_HOST_BACKEND_ADDR=1=unix:/x",
                               (char *)(uintptr_t) "REHEARSE_HOST_CALLBACK_ADDR=host", NULL};
        if (freopen("/dev/null", "r", stdin) != NULL && freopen("/dev/null", "w", stderr) != NULL) {
            (void)execve(RH_PROC_CHILD, arguments, environment);
        }
        _exit(99);
    }
    int status = 0;
    assert_int_equal(waitpid(by_hand, &status, 0), by_hand);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 2);
}

/* ---- orphans ---- */

/* A zombie is not: whoever has become its parent may be slow. */
static bool is_running(long pid)
{
    char text[256] = "";
    (void)snprintf(text, sizeof(text), "/proc/%ld/stat", pid);
    FILE *file = fopen(text, "r");
    bool is =
        file != NULL && fgets(text, sizeof(text), file) != NULL && strstr(text, ") Z") == NULL;
    if (file != NULL) {
        (void)fclose(file);
    }
    return is;
}

static void ends_when_its_parent_is_killed(const char *mode, const char *awaited)
{
    int out[2];
    assert_int_equal(pipe(out), 0);
    pid_t parent = fork();
    assert_true(parent >= 0);
    if (parent == 0) {
        (void)dup2(out[1], STDOUT_FILENO);
        (void)close(out[0]);
        (void)close(out[1]);
        (void)execl("/proc/self/exe", "core.uv.proc", "parent", mode, (char *)NULL);
        _exit(99);
    }
    (void)close(out[1]);
    FILE *lines = fdopen(out[0], "r");
    assert_non_null(lines);
    char line[256] = "";
    long pid = 0;
    while (strncmp(line, awaited, strlen(awaited)) != 0) {
        assert_non_null(fgets(line, sizeof(line), lines));
        if (strncmp(line, "started ", 8) == 0) {
            pid = strtol(line + 8, NULL, 10);
        }
    }
    assert_true(pid > 0);
    assert_true(is_running(pid));
    assert_int_equal(kill(parent, SIGKILL), 0);
    assert_int_equal(waitpid(parent, NULL, 0), parent);
    int rounds = 0;
    while (is_running(pid) && rounds++ < 5000) {
        uv_sleep(1);
    }
    (void)fclose(lines);
    (void)snprintf(line, sizeof(line), "/tmp/rh-test-proc-%ld.sock", (long)parent);
    (void)unlink(line);
    if (rounds >= 5000) {
        (void)kill((pid_t)pid, SIGKILL);
        fail_msg("a child that %s has outlived its parent", mode);
    }
}

static void no_child_outlives_its_parent(void **state)
{
    (void)state;
    ends_when_its_parent_is_killed("obeys", "callback");
    ends_when_its_parent_is_killed("outlives", "callback");
    ends_when_its_parent_is_killed("obeys", "started"); /* wherever it is by then */
#if defined(__linux__)
    ends_when_its_parent_is_killed("hangs", "started");
#endif
}

static void a_parent_that_has_ended_before_is_noticed(void **state)
{
    (void)state;
    pid_t process_id = fork();
    assert_true(process_id >= 0);
    if (process_id == 0) {
        bool is_noticed = rh_uv_die_with_parent(1) == RH_NOPROC; /* it is not init's child */
        bool is_told = rh_uv_die_with_parent((int64_t)getppid()) == RH_OK;
        _exit(is_noticed && is_told ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(process_id, &status, 0), process_id);
    assert_int_equal(status, 0);
}

static int be_parent(const char *mode)
{
    is_parent = true;
    open_stage();
    start(mode);
    return uv_run(&loop, UV_RUN_DEFAULT);
}

/* What libuv keeps for the process and never gives back. */
static void warm_up(void)
{
    uv_loop_t first;
    if (uv_loop_init(&first) != 0 || uv_loop_close(&first) != 0) {
        abort();
    }
}

int main(int count, char **arguments)
{
    if (count == 3 && strcmp(arguments[1], "parent") == 0) {
        return be_parent(arguments[2]);
    }
    warm_up();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_back_and_ends_with_its_agent),
        cmocka_unit_test(what_the_agent_says_first_precedes_the_callback),
        cmocka_unit_test(last_words_arrive),
        cmocka_unit_test(stray_lines_are_stderr),
        cmocka_unit_test(a_failing_agent_ends_it_with_one),
        cmocka_unit_test(an_agent_that_was_killed_takes_it_along),
        cmocka_unit_test(a_signal_asks_and_a_second_insists),
        cmocka_unit_test(a_child_that_ignores_everything_is_killed),
        cmocka_unit_test(an_exit_before_the_callback_is_heard),
        cmocka_unit_test(a_lost_connection_ends_it),
        cmocka_unit_test(a_host_that_cannot_be_reached_ends_it),
        cmocka_unit_test(closing_its_stdin_ends_it),
        cmocka_unit_test(a_bad_environment_is_two),
        cmocka_unit_test(no_child_outlives_its_parent),
        cmocka_unit_test(a_parent_that_has_ended_before_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
