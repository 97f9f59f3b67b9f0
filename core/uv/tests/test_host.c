/* SPDX-License-Identifier: MIT */
/* A host and real processes. Every case ends without a child, a zombie or a descriptor more than before, and with every
 * request answered once. `core.uv.host` takes how many children and how many rounds there are; as `core.uv.host parent` it
 * is a host that is going to be killed. */
#include <rehearse/host.h>
#include <rehearse/inspect.h>
#include <rehearse/server.h>
#include <rehearse/uv.h>

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

/* A sanitizer keeps what was freed for a while. */
#if defined(__SANITIZE_ADDRESS__)
#define KEEPS_FREED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer)
#define KEEPS_FREED 1
#endif
#endif
#if !defined(KEEPS_FREED)
#define KEEPS_FREED 0
#endif

#define CALLS_MAX 4096
#define CHILDREN_MAX 256
#define LATE_MS 60000

static unsigned children_wanted = 200;
static unsigned rounds_wanted = 4;

static uv_loop_t loop;
static struct rh_node *node;
static struct rh_uv *uv;
static struct rh_pid host;
static struct rh_pid client;
static size_t descriptors;
static char backend[128];
static uint64_t dice = 1;

static uint64_t draw(uint64_t bound)
{
    dice = dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (dice >> 33) % bound;
}

/* ---- the host ---- */

#define PROGRAM(word)                                                                              \
    {                                                                                              \
        .name = word, .ready_timeout = 30 * RH_SECOND, .command = &(const struct rh_command)       \
        {                                                                                          \
            .program = RH_HOST_CHILD, .arguments = (const char *const[])                           \
            {                                                                                      \
                word, NULL                                                                         \
            }                                                                                      \
        }                                                                                          \
    }

static const struct rh_command missing = {.program = "/nowhere/at/all"};
static const struct rh_command refused = {.program = "false"};
static const struct rh_proc_program programs[] = {
    PROGRAM("obeys"),
    PROGRAM("refuses"),
    PROGRAM("hangs"),
    PROGRAM("fails"),
    PROGRAM("late"),
    PROGRAM("crashes"),
    PROGRAM("floods"),
    PROGRAM("leaves"),
    PROGRAM("deaf"),
    PROGRAM("mortal"),
    {.name = "missing", .command = &missing},
    {.name = "false", .command = &refused},
    {.name = "silent",
     .command = &(const struct rh_command){.program = RH_HOST_CHILD,
                                           .arguments = (const char *const[]){"silent", NULL}},
     .ready_timeout = 300 * RH_MILLISECOND},
    {.name = "stranger", /* no peer at all: it neither reads nor writes */
     .command =
         &(const struct rh_command){
             .program = "sh",
             .arguments = (const char *const[]){"-c", "exec <&- >&-; exec sleep 100", NULL}},
     .ready_timeout = 300 * RH_MILLISECOND},
};
static struct rh_host config = {.name = "h",
                                .programs = programs,
                                .program_count = sizeof(programs) / sizeof(programs[0]),
                                .backend = backend,
                                .grace = 5 * RH_SECOND,
                                .kill_timeout = 20 * RH_SECOND};
static struct rh_behaviour host_behaviour;

/* ---- a client ---- */

static struct rh_call calls[CALLS_MAX];
static char replies[CALLS_MAX][512];
static unsigned answers[CALLS_MAX];
static unsigned call_count;
static unsigned open_count;
static unsigned echoes;

static enum rh_status client_receive(struct rh_context *ctx, void *state,
                                     const struct rh_delivery *in)
{
    struct rh_outcome outcome;
    struct rh_item item;
    (void)state;
    if (in->kind == RH_DELIVERY_MESSAGE && RH_MATCH(&in->message, "echo", &item)) {
        echoes++;
        return RH_OK;
    }
    for (unsigned i = 0; i < call_count; i++) {
        if (rh_call_result(ctx, in, &calls[i], &outcome)) {
            answers[i]++;
            open_count--;
            (void)snprintf(replies[i], sizeof(replies[i]), "down");
            if (outcome.kind == RH_OUTCOME_REPLY) {
                (void)rh_message_print(outcome.message, NULL, replies[i], sizeof(replies[i]));
            }
            return RH_OK;
        }
    }
    return RH_OK;
}

static const struct rh_behaviour client_behaviour = {.name = "client", .receive = client_receive};

/* ---- the stage ---- */

static size_t count_descriptors_of(long process)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%ld/fd", process);
    DIR *folder = opendir(path);
    assert_non_null(folder);
    size_t count = 0;
    while (readdir(folder) != NULL) {
        count++;
    }
    (void)closedir(folder);
    return count;
}

static size_t count_descriptors(void)
{
    return count_descriptors_of((long)getpid());
}

/* Read state and parent of a process; false: there is none. */
static bool look_at(long process, char *ret_state, long *ret_parent)
{
    char text[512] = "";
    (void)snprintf(text, sizeof(text), "/proc/%ld/stat", process);
    FILE *file = fopen(text, "r");
    bool there = file != NULL && fgets(text, sizeof(text), file) != NULL;
    if (file != NULL) {
        (void)fclose(file);
    }
    const char *behind = there ? strrchr(text, ')') : NULL;
    if (behind == NULL || strlen(behind) < 5) {
        return false;
    }
    *ret_state = behind[2];
    *ret_parent = strtol(behind + 4, NULL, 10);
    return true;
}

/* Count the children of a process, those included that it has not reaped. */
static unsigned children_of(long parent, long *pids, unsigned capacity)
{
    DIR *folder = opendir("/proc");
    assert_non_null(folder);
    unsigned count = 0;
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        long process = strtol(entry->d_name, NULL, 10);
        char state;
        long its;
        if (process > 0 && look_at(process, &state, &its) && its == parent) {
            if (count < capacity) {
                pids[count] = process;
            }
            count++;
        }
    }
    (void)closedir(folder);
    return count;
}

static unsigned own_children(void)
{
    return children_of((long)getpid(), NULL, 0);
}

/* Every request was answered once: begin to count anew. */
static void forget_calls(void)
{
    for (unsigned i = 0; i < call_count; i++) {
        assert_int_equal(answers[i], 1);
    }
    call_count = 0;
    open_count = 0;
    memset(calls, 0, sizeof(calls));
    memset(answers, 0, sizeof(answers));
}

static void open_stage(void)
{
    call_count = 0;
    forget_calls();
    echoes = 0;
    descriptors = count_descriptors();
    (void)snprintf(backend, sizeof(backend), "unix:/tmp/rh-test-host-%ld.sock", (long)getpid());
    struct rh_limits limits = rh_limits_default();
    limits.handles_max = 4096; /* the hostile build has fewer */
    limits.address_bytes_max = 255;
    limits.command_bytes_max = 4096;
    limits.procs_max = 512;
    limits.connections_max = 512;
    limits.waiters_max = 4096;
    limits.message_bytes_max = 32768;
    limits.frame_bytes_max = 32768;
    struct rh_node_options options = {.limits = &limits};
    host_behaviour = rh_host_behaviour(&config);
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(rh_node_create(&options, &node), RH_OK);
    assert_int_equal(rh_uv_create(&loop, node, NULL, &uv), RH_OK);
    assert_int_equal(rh_node_spawn(node, rh_uv_now(uv), &host_behaviour, NULL, &host), RH_OK);
    assert_int_equal(rh_node_spawn(node, rh_uv_now(uv), &client_behaviour, NULL, &client), RH_OK);
    (void)rh_node_run(node, rh_uv_now(uv), 100);
    rh_uv_wake(uv);
}

static void on_closed(void *self)
{
    *(bool *)self = true;
}

static void close_stage(void)
{
    bool closed = false;
    forget_calls();
    rh_uv_close(uv, on_closed, &closed);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_true(closed);
    assert_int_equal(uv_loop_close(&loop), 0);
    rh_node_destroy(node);
    (void)unlink(backend + strlen("unix:"));
    assert_int_equal(count_descriptors(), descriptors);
    assert_int_equal(own_children(), 0);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void on_late(uv_timer_t *timer)
{
    *(bool *)timer->data = true;
}

/* Run until a count is this low, or that high. */
static void run_until(const unsigned *count, unsigned wanted, bool falls, const char *what)
{
    bool late = false;
    uv_timer_t timer;
    assert_int_equal(uv_timer_init(&loop, &timer), 0);
    timer.data = &late;
    assert_int_equal(uv_timer_start(&timer, on_late, LATE_MS, 0), 0);
    while ((falls ? *count > wanted : *count < wanted) && !late) {
        (void)uv_run(&loop, UV_RUN_ONCE);
    }
    uv_close((uv_handle_t *)&timer, NULL);
    (void)uv_run(&loop, UV_RUN_NOWAIT);
    if (late) {
        for (unsigned i = 0; i < call_count; i++) {
            if (answers[i] == 0) {
                (void)fprintf(stderr, "call %u of %u was not answered\n", i, call_count);
            }
        }
        fail_msg("waited in vain for %s", what);
    }
}

static enum rh_status do_call(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    assert_true(call_count < CALLS_MAX);
    open_count++;
    return rh_call(ctx, host, *(struct rh_message *)argument, RH_NEVER, &calls[call_count++]);
}

static void act(enum rh_status (*body)(struct rh_context *, void *, void *), void *argument)
{
    assert_int_equal(rh_node_turn(node, rh_uv_now(uv), client, body, argument), RH_OK);
    rh_uv_wake(uv);
}

static unsigned ask(struct rh_message request)
{
    assert_int_equal(rh_message_status(request), RH_OK);
    act(do_call, &request);
    return call_count - 1;
}

static void await_all(void)
{
    run_until(&open_count, 0, true, "answers");
}

static const char *answer(struct rh_message request)
{
    unsigned call = ask(request);
    await_all();
    return replies[call];
}

#define ASK(...) ask(RH_ARRAY(rh_allocator_default(), __VA_ARGS__))
#define ANSWER(...) answer(RH_ARRAY(rh_allocator_default(), __VA_ARGS__))

static void assert_starts(const char *text, const char *beginning)
{
    if (strncmp(text, beginning, strlen(beginning)) != 0) {
        fail_msg("'%s' does not begin with '%s'", text, beginning);
    }
}

static const char *name_of(unsigned index)
{
    static char names[CHILDREN_MAX][16];
    (void)snprintf(names[index], sizeof(names[index]), "p%u", index);
    return names[index];
}

static enum rh_status do_route(struct rh_context *ctx, void *state, void *argument)
{
    char destination[32];
    (void)state;
    (void)snprintf(destination, sizeof(destination), "%s/w", (const char *)argument);
    return rh_route_send(ctx, host, destination, RH_ITEM(NULL, "hello"));
}

static void signal_from_outside(const char *name, int number)
{
    unsigned call = ASK("info", name);
    run_until(&answers[call], 1, false, "an answer");
    const char *process = strstr(replies[call], "process: ");
    if (process != NULL) {
        (void)kill((pid_t)strtol(process + 9, NULL, 10), number);
    }
}

/* Kill the process of a proc as anybody might. */
static void kill_from_outside(const char *name)
{
    signal_from_outside(name, SIGKILL);
}

/* ---- one child ---- */

static void a_process_lives_and_is_terminated(void **state)
{
    (void)state;
    open_stage();
    assert_starts(ANSWER("spawn", "obeys", "a"), "[ok, <");
    assert_int_equal(own_children(), 1);
    act(do_route, (void *)(uintptr_t) "a");
    run_until(&echoes, 1, false, "an echo");
    unsigned wait = ASK("wait", "a");
    assert_string_equal(ANSWER("terminate", "a", 20 * RH_SECOND, "enough"), "[ok, [stopped, 0]]");
    assert_string_equal(replies[wait], "[ok, [stopped, 0]]");
    assert_int_equal(own_children(), 0);
    assert_starts(ANSWER("spawn", "hangs", "a"), "[ok, <");
    assert_string_equal(ANSWER("terminate", "a", 100 * RH_MILLISECOND, "enough"),
                        "[ok, [killed, 9]]");
    assert_starts(ANSWER("spawn", "crashes", "a"), "[ok, <");
    assert_string_equal(ANSWER("terminate", "a", 20 * RH_SECOND, "enough"), "[ok, [killed, 11]]");
    assert_starts(ANSWER("spawn", "refuses", "a"), "[ok, <");
    assert_string_equal(ANSWER("kill", "a"), "[ok, [killed, 9]]");
    assert_non_null(strstr(ANSWER("info", "a"), "core: unknown"));
    close_stage();
}

static void a_spawn_that_fails_says_why_and_leaves_nothing(void **state)
{
    (void)state;
    open_stage();
    const char *reply = ANSWER("spawn", "missing", "a");
    assert_starts(reply, "[error, spawn_failed, ");
    assert_non_null(strstr(reply, "there is no such program or path"));
    reply = ANSWER("spawn", "false", "a");
    assert_starts(reply, "[error, configuration_failed, ");
    assert_non_null(strstr(reply, "Stopped(exit=1)"));
    reply = ANSWER("spawn", "silent", "a");
    assert_starts(reply, "[error, configuration_failed, ");
    assert_non_null(strstr(reply, "it was not ready in time"));
    assert_string_equal(ANSWER("list"), "[ok, []]");
    assert_int_equal(own_children(), 0);
    close_stage();
}

/* As one of this node would: see core/host/tests/test_host.c. */
static void an_agent_that_fails_ends_it_with_one(void **state)
{
    (void)state;
    open_stage();
    assert_starts(ANSWER("spawn", "late", "a"), "[ok, <");
    assert_string_equal(ANSWER("terminate", "a", 20 * RH_SECOND, "enough"), "[ok, [stopped, 1]]");
    assert_non_null(strstr(ANSWER("info", "a"), "reason: late"));
    const char *reply = ANSWER("spawn", "fails", "a");
    assert_starts(reply, "[error, configuration_failed, \"proc 'a' failed to configure: it ended "
                         "before it was ready: Stopped(exit=1)");
    close_stage();
}

static void what_it_said_last_is_known(void **state)
{
    (void)state;
    open_stage();
    assert_starts(ANSWER("spawn", "obeys", "a"), "[ok, <");
    char text[512];
    (void)snprintf(text, sizeof(text), "%s", ANSWER("info", "a"));
    const char *process = strstr(text, "process: ");
    assert_non_null(process);
    unsigned wait = ASK("wait", "a");
    assert_int_equal(kill((pid_t)strtol(process + 9, NULL, 10), SIGTERM), 0); /* which it obeys */
    await_all();
    assert_starts(replies[wait], "[ok, [stopped, ");
    assert_starts(ANSWER("spawn", "refuses", "b"), "[ok, <");
    (void)snprintf(text, sizeof(text), "%s", ANSWER("info", "b"));
    process = strstr(text, "process: ");
    assert_non_null(process);
    wait = ASK("wait", "b");
    assert_int_equal(kill((pid_t)strtol(process + 9, NULL, 10), SIGTERM), 0);
    uv_sleep(20); /* two signals at once are one */
    assert_int_equal(kill((pid_t)strtol(process + 9, NULL, 10), SIGTERM), 0);
    await_all();
    assert_string_equal(replies[wait], "[ok, [killed, 15]]");
    /* h'656e64733a205b...: "ends: [signal, 15]" */
    assert_non_null(strstr(ANSWER("info", "b"), "stderr: h'656e64733a205b7369676e616c2c2031355d"));
    close_stage();
}

/* ---- bad manners ---- */

/* In kilobytes. */
static long memory(void)
{
    char text[256] = "";
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof(text), file));
    (void)fclose(file);
    const char *resident = strchr(text, ' ');
    assert_non_null(resident);
    return strtol(resident, NULL, 10) * (sysconf(_SC_PAGESIZE) / 1024);
}

/* All sixteen megabytes are read, or it would not end; little is kept. */
static void a_flood_of_stderr_takes_no_memory(void **state)
{
    (void)state;
    open_stage();
    assert_starts(ANSWER("spawn", "floods", "a"), "[ok, <");
    long before = memory();
    assert_string_equal(ANSWER("terminate", "a", 60 * RH_SECOND, "enough"), "[ok, [stopped, 0]]");
    if (!KEEPS_FREED) {
        assert_true(memory() - before < 4096);
    }
    assert_non_null(strstr(ANSWER("info", "a"), "stderr: h'7878"));
    close_stage();
}

static void who_hangs_up_and_stays_is_killed(void **state)
{
    (void)state;
    open_stage();
    assert_starts(ANSWER("spawn", "leaves", "a"), "[ok, <");
    assert_string_equal(ANSWER("terminate", "a", 100 * RH_MILLISECOND, "enough"),
                        "[ok, [killed, 9]]");
    const char *reply = ANSWER("spawn", "stranger", "a");
    assert_starts(reply, "[error, configuration_failed, ");
    assert_int_equal(own_children(), 0);
    close_stage();
}

static void who_ignores_the_polite_signal_is_killed(void **state)
{
    (void)state;
    open_stage();
    assert_starts(ANSWER("spawn", "deaf", "a"), "[ok, <");
    for (unsigned i = 0; i < 4; i++) {
        signal_from_outside("a", SIGTERM);
    }
    assert_int_equal(own_children(), 1);
    assert_string_equal(ANSWER("terminate", "a", 100 * RH_MILLISECOND, "enough"),
                        "[ok, [killed, 9]]");
    close_stage();
}

/* One that stands still is alive: it goes on where it was, or is killed where it stands. */
static void who_is_stopped_can_go_on_or_be_killed(void **state)
{
    (void)state;
    open_stage();
    assert_starts(ANSWER("spawn", "obeys", "a"), "[ok, <");
    signal_from_outside("a", SIGSTOP);
    act(do_route, (void *)(uintptr_t) "a");
    uv_sleep(20);
    (void)uv_run(&loop, UV_RUN_NOWAIT);
    assert_int_equal(echoes, 0);
    signal_from_outside("a", SIGCONT);
    run_until(&echoes, 1, false, "an echo");
    signal_from_outside("a", SIGSTOP);
    assert_string_equal(ANSWER("terminate", "a", 100 * RH_MILLISECOND, "enough"),
                        "[ok, [killed, 9]]");
    close_stage();
}

static void who_dies_of_a_signal_died_of_that_one(void **state)
{
    static const int numbers[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGILL,  SIGTRAP, SIGABRT,
                                  SIGBUS,  SIGFPE,  SIGKILL, SIGUSR1, SIGSEGV, SIGUSR2,
                                  SIGPIPE, SIGALRM, SIGTERM, SIGXCPU, SIGSYS,  SIGVTALRM};
    (void)state;
    open_stage();
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        char text[32];
        assert_starts(ANSWER("spawn", "mortal", "a"), "[ok, <");
        unsigned wait = ASK("wait", "a");
        signal_from_outside("a", numbers[i]);
        await_all();
        (void)snprintf(text, sizeof(text), "[ok, [killed, %d]]", numbers[i]);
        assert_string_equal(replies[wait], text);
        assert_int_equal(own_children(), 0);
    }
    close_stage();
}

/* ---- many ---- */

static void spawn_some(unsigned first, unsigned count)
{
    unsigned call = call_count;
    for (unsigned i = 0; i < count; i++) {
        (void)ASK("spawn", "obeys", name_of((first + i) % children_wanted));
    }
    await_all();
    for (unsigned i = 0; i < count; i++) {
        assert_starts(replies[call + i], "[ok, <");
    }
}

/* End one in one of the ways there are. */
static void end_somehow(const char *name)
{
    switch (draw(4)) {
    case 0:
        (void)ASK("kill", name);
        break;
    case 1:
        (void)ASK("terminate", name, 20 * RH_SECOND, "enough");
        break;
    case 2:
        (void)ASK("request_stop", name);
        break;
    default:
        kill_from_outside(name);
        break;
    }
}

#define VICTIMS 16u

/* End a row of procs, in the middle of traffic, with waiters for each. */
static void end_at_random(unsigned first)
{
    for (unsigned i = 0; i < VICTIMS; i++) {
        const char *name = name_of((first + i) % children_wanted);
        (void)ASK("wait", name);
        (void)ASK("wait", name, "stopping", LATE_MS * RH_MILLISECOND);
    }
    for (unsigned i = 0; i < VICTIMS; i++) {
        const char *name = name_of((first + i) % children_wanted);
        act(do_route, (void *)(uintptr_t)name);
        end_somehow(name);
    }
    await_all();
    for (unsigned i = 0; i < call_count; i++) {
        assert_non_null(strstr(replies[i], "ok"));
    }
    for (unsigned i = 0; i < VICTIMS; i++) {
        const char *end = replies[2 * i]; /* of the first wait for it */
        if (strcmp(end, "[ok, [stopped, 0]]") != 0 && strcmp(end, "[ok, [killed, 9]]") != 0) {
            fail_msg("%s ended as '%s'", name_of((first + i) % children_wanted), end);
        }
    }
}

static void many_live_die_and_live_again(void **state)
{
    (void)state;
    open_stage();
    size_t idle = count_descriptors();
    spawn_some(0, children_wanted);
    assert_int_equal(own_children(), children_wanted);
    static long pids[CHILDREN_MAX];
    (void)children_of((long)getpid(), pids, CHILDREN_MAX);
    for (unsigned i = 0; i < children_wanted; i++) {
        assert_int_equal(count_descriptors_of(pids[i]), count_descriptors_of(pids[0]));
        act(do_route, (void *)(uintptr_t)name_of(i));
    }
    run_until(&echoes, children_wanted, false, "echoes");
    for (unsigned round = 0; round < rounds_wanted; round++) {
        unsigned first = (unsigned)draw(children_wanted);
        forget_calls();
        end_at_random(first);
        spawn_some(first, VICTIMS);
        assert_int_equal(own_children(), children_wanted);
    }
    forget_calls();
    char text[64];
    (void)snprintf(text, sizeof(text), "[ok, %u, %u, 0]", children_wanted, children_wanted);
    assert_string_equal(ANSWER("terminate_all", 16, 30 * RH_SECOND, "enough"), text);
    assert_int_equal(own_children(), 0);
    assert_true(count_descriptors() <= idle);
    close_stage();
}

/* Eight of four tempers, ended together: the sum is right, each ends as it has to. */
static void end_together(int most)
{
    static const char *const what[4] = {"obeys", "obeys", "refuses", "crashes"};
    static const char *const end[4] = {"[ok, [stopped, 0]]", "[ok, [killed, 9]]",
                                       "[ok, [killed, 9]]", "[ok, [killed, 11]]"};
    unsigned spawns[8];
    unsigned waits[8];
    for (unsigned i = 0; i < 8; i++) {
        spawns[i] = ASK("spawn", what[i % 4], name_of(i));
    }
    await_all();
    for (unsigned i = 0; i < 8; i++) {
        assert_starts(replies[spawns[i]], "[ok, <");
    }
    for (unsigned i = 1; i < 8; i += 4) { /* dead already, whether the host knows or not */
        kill_from_outside(name_of(i));
    }
    for (unsigned i = 0; i < 8; i++) {
        waits[i] = ASK("wait", name_of(i));
    }
    unsigned all = ASK("terminate_all", most, 60 * RH_MILLISECOND, "enough");
    await_all();
    assert_string_equal(replies[all], "[ok, 8, 8, 0]");
    for (unsigned i = 0; i < 8; i++) {
        bool is_slow = i % 4 == 0 && strstr(replies[waits[i]], "killed, 9") != NULL;
        if (!is_slow) { /* a loaded machine may not let it obey in time */
            assert_string_equal(replies[waits[i]], end[i % 4]);
        }
    }
    assert_int_equal(own_children(), 0);
}

static void all_tempers_end_together(void **state)
{
    (void)state;
    for (unsigned round = 0; round < rounds_wanted; round++) {
        open_stage();
        for (int most = 1; most <= 4; most *= 2) {
            end_together(most);
        }
        close_stage();
    }
}

/* ---- orphans ---- */

static bool is_gone(long process)
{
    char state;
    long parent;
    return !look_at(process, &state, &parent) || state == 'Z' || state == 'X';
}

static void no_child_outlives_a_killed_host(void **state)
{
    (void)state;
    int out[2];
    assert_int_equal(pipe(out), 0);
    pid_t parent = fork();
    assert_true(parent >= 0);
    if (parent == 0) {
        (void)dup2(out[1], STDOUT_FILENO);
        (void)close(out[0]);
        (void)close(out[1]);
        (void)execl("/proc/self/exe", "core.uv.host", "parent", (char *)NULL);
        _exit(99);
    }
    (void)close(out[1]);
    char byte;
    assert_int_equal(read(out[0], &byte, 1), 1); /* they are up */
    static long pids[CHILDREN_MAX];
    unsigned count = children_of((long)parent, pids, CHILDREN_MAX);
    assert_int_equal(count, 20);
    assert_int_equal(kill(parent, SIGKILL), 0);
    assert_int_equal(waitpid(parent, NULL, 0), parent);
    int late = 0;
    for (unsigned i = 0; i < count; i++) {
        while (!is_gone(pids[i]) && late++ < 10000) {
            uv_sleep(1);
        }
    }
    (void)close(out[0]);
    char path[128];
    (void)snprintf(path, sizeof(path), "/tmp/rh-test-host-%ld.sock", (long)parent);
    (void)unlink(path);
    assert_true(late < 10000);
}

static int be_parent(void)
{
    static const char *const what[] = {"obeys", "refuses", "hangs", "crashes"};
    open_stage();
    for (unsigned i = 0; i < 20; i++) {
        (void)ASK("spawn", what[i % 4], name_of(i));
    }
    await_all();
    (void)write(STDOUT_FILENO, "!", 1);
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
    if (count == 2 && strcmp(arguments[1], "parent") == 0) {
        return be_parent();
    }
    if (count == 3) {
        children_wanted = (unsigned)strtoul(arguments[1], NULL, 10);
        rounds_wanted = (unsigned)strtoul(arguments[2], NULL, 10);
    }
    if (children_wanted < 16 || children_wanted > CHILDREN_MAX) {
        return 2;
    }
    warm_up();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_process_lives_and_is_terminated),
        cmocka_unit_test(a_spawn_that_fails_says_why_and_leaves_nothing),
        cmocka_unit_test(an_agent_that_fails_ends_it_with_one),
        cmocka_unit_test(what_it_said_last_is_known),
        cmocka_unit_test(a_flood_of_stderr_takes_no_memory),
        cmocka_unit_test(who_hangs_up_and_stays_is_killed),
        cmocka_unit_test(who_ignores_the_polite_signal_is_killed),
        cmocka_unit_test(who_is_stopped_can_go_on_or_be_killed),
        cmocka_unit_test(who_dies_of_a_signal_died_of_that_one),
        cmocka_unit_test(many_live_die_and_live_again),
        cmocka_unit_test(all_tempers_end_together),
        cmocka_unit_test(no_child_outlives_a_killed_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
