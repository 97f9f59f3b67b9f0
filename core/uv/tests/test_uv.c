/* SPDX-License-Identifier: MIT */
/* Real pipes, sockets and children. Every case counts the descriptors of this process before and after. */
#include <rehearse/inspect.h>
#include <rehearse/uv.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <uv.h>

static uv_loop_t loop;
static struct rh_node *node;
static struct rh_uv *uv;
static struct rh_pid actor;
static size_t descriptors;

/* ---- what the actors of these cases do ---- */

static char script[4096];   /* what was heard but bytes, in order */
static char received[4096]; /* the first bytes */
static size_t received_total;
static uint64_t received_sum;
static struct rh_ref last;  /* the last handle that was opened, started or accepted */
static int64_t last_number; /* of it */
static size_t accepted_count;
static size_t closed_count;
static bool echoing; /* write back what comes in */
static bool shut_on_eof = true;
static char echo_bytes[70000];
static struct {
    const char *bytes;
    size_t size;
    size_t piece;
    size_t done;
} sending; /* a long text, piece by piece */

static void note(const char *what)
{
    size_t used = strlen(script);
    (void)snprintf(script + used, sizeof(script) - used, "%s; ", what);
}

static void send_piece(struct rh_context *ctx, struct rh_ref handle)
{
    size_t left = sending.size - sending.done;
    size_t piece = left < sending.piece ? left : sending.piece;
    if (piece > 0) {
        assert_int_equal(rh_write(ctx, handle, sending.bytes + sending.done, piece), RH_OK);
        sending.done += piece;
    } else if (sending.size > 0) {
        sending.size = 0;
        assert_int_equal(rh_shutdown(ctx, handle), RH_OK);
    }
}

static void hear_bytes(struct rh_context *ctx, const struct rh_io *io)
{
    for (size_t i = 0; i < io->size; i++) {
        received_sum = received_sum * 31 + io->bytes[i];
        if (received_total + i < sizeof(received) - 1) {
            received[received_total + i] = (char)io->bytes[i];
        }
    }
    received_total += io->size;
    if (echoing) {
        assert_true(io->size <= sizeof(echo_bytes));
        memcpy(echo_bytes, io->bytes, io->size);
        assert_int_equal(rh_write(ctx, io->handle, echo_bytes, io->size), RH_OK);
        assert_int_equal(rh_pause(ctx, io->handle), RH_OK);
    }
}

static enum rh_status hear(struct rh_context *ctx, void *state, const struct rh_delivery *in)
{
    (void)state;
    const struct rh_io *io = rh_delivery_io(ctx);
    if (in->kind != RH_DELIVERY_IO) {
        note(rh_delivery_kind_word((enum rh_delivery_kind)in->kind));
        return RH_OK;
    }
    char line[128];
    switch (io->kind) {
    case RH_IO_BYTES:
        hear_bytes(ctx, io);
        return RH_OK;
    case RH_IO_WRITTEN:
        if (echoing) {
            assert_int_equal(rh_resume(ctx, io->handle), RH_OK);
        }
        send_piece(ctx, io->handle);
        return RH_OK;
    case RH_IO_STDERR:
        (void)snprintf(line, sizeof(line), "stderr %.*s", (int)io->size, (const char *)io->bytes);
        break;
    case RH_IO_EXITED:
        (void)snprintf(line, sizeof(line), "exited %d %d", (int)io->number, io->signal);
        break;
    case RH_IO_CLOSED:
        (void)snprintf(line, sizeof(line), "closed %s", rh_close_word(io->why));
        closed_count++;
        break;
    case RH_IO_ACCEPTED:
        last = io->accepted;
        accepted_count++;
        (void)snprintf(line, sizeof(line), "accepted");
        break;
    case RH_IO_EOF:
        if (shut_on_eof) {
            (void)rh_shutdown(ctx, io->handle);
        }
        (void)snprintf(line, sizeof(line), "eof");
        break;
    default:
        last = io->handle;
        last_number = io->number;
        (void)snprintf(line, sizeof(line), "%s", rh_io_kind_word(io->kind));
        send_piece(ctx, io->handle);
        break;
    }
    note(line);
    return RH_OK;
}

static const struct rh_behaviour behaviour = {.name = "player", .receive = hear};

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
    memset(received, 0, sizeof(received));
    received_total = 0;
    received_sum = 0;
    accepted_count = 0;
    closed_count = 0;
    echoing = false;
    shut_on_eof = true;
    memset(&sending, 0, sizeof(sending));
    descriptors = count_descriptors();
    struct rh_limits limits = rh_limits_default();
    limits.handles_max = 4096; /* the hostile build has fewer */
    limits.address_bytes_max = 255;
    limits.command_bytes_max = 4096;
    struct rh_node_options options = {.limits = &limits};
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(rh_node_create(&options, &node), RH_OK);
    assert_int_equal(rh_uv_create(&loop, node, NULL, &uv), RH_OK);
    assert_int_equal(rh_node_spawn(node, rh_uv_now(uv), &behaviour, NULL, &actor), RH_OK);
    (void)rh_node_run(node, rh_uv_now(uv), 10);
    rh_uv_wake(uv);
}

static void on_closed(void *self)
{
    *(bool *)self = true;
}

/* Closes whatever is left; no child, no descriptor and no libuv handle remains. */
static void close_stage(void)
{
    bool closed = false;
    rh_uv_close(uv, on_closed, &closed);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_true(closed);
    assert_int_equal(uv_loop_close(&loop), 0);
    rh_node_destroy(node);
    assert_int_equal(count_descriptors(), descriptors);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void on_late(uv_timer_t *timer)
{
    *(bool *)timer->data = true;
}

/* Run the loop until something is so; half a minute is too long. */
static void run_until(bool (*is_so)(const void *argument), const void *argument)
{
    bool late = false;
    uv_timer_t timer;
    assert_int_equal(uv_timer_init(&loop, &timer), 0);
    timer.data = &late;
    assert_int_equal(uv_timer_start(&timer, on_late, 30000, 0), 0);
    while (!is_so(argument) && !late) {
        (void)uv_run(&loop, UV_RUN_ONCE);
    }
    uv_close((uv_handle_t *)&timer, NULL);
    (void)uv_run(&loop, UV_RUN_NOWAIT);
    if (late) {
        fail_msg("heard only: %s (%zu bytes)", script, received_total);
    }
}

static bool script_has(const void *text)
{
    return strstr(script, text) != NULL;
}

static bool has_received(const void *size)
{
    return received_total >= *(const size_t *)size;
}

static bool has_accepted(const void *count)
{
    return accepted_count >= *(const size_t *)count;
}

static bool has_closed(const void *count)
{
    return closed_count >= *(const size_t *)count;
}

static void await(const char *text)
{
    run_until(script_has, text);
}

struct order {
    const char *text;
    struct rh_ref ref;
    struct rh_command command;
    int number;
    enum rh_status status;
};

static struct rh_ref tell(struct order order,
                          enum rh_status (*body)(struct rh_context *, void *, void *))
{
    assert_int_equal(rh_node_turn(node, rh_uv_now(uv), actor, body, &order), RH_OK);
    rh_uv_wake(uv);
    assert_int_equal(order.status, RH_OK);
    return order.ref;
}

#define ORDER(name, expression)                                                                    \
    static enum rh_status name(struct rh_context *ctx, void *state, void *argument)                \
    {                                                                                              \
        struct order *order = argument;                                                            \
        (void)state;                                                                               \
        order->status = (expression);                                                              \
        return RH_OK;                                                                              \
    }

ORDER(do_connect, rh_connect(ctx, order->text, &order->ref))
ORDER(do_listen, rh_listen(ctx, order->text, &order->ref))
ORDER(do_start, rh_start(ctx, &order->command, &order->ref))
ORDER(do_write, rh_write(ctx, order->ref, order->text, strlen(order->text)))
ORDER(do_shutdown, rh_shutdown(ctx, order->ref))
ORDER(do_close, rh_close(ctx, order->ref))
ORDER(do_pause, rh_pause(ctx, order->ref))
ORDER(do_resume, rh_resume(ctx, order->ref))
ORDER(do_kill, rh_kill(ctx, order->ref, order->number))

static enum rh_status do_exit(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    (void)argument;
    return rh_exit(ctx, rh_reason(RH_REASON_NORMAL));
}

static struct rh_ref start_shell(const char *text)
{
    const char *arguments[] = {"-c", text, NULL};
    struct order order = {.command = {.program = "sh", .arguments = arguments}};
    return tell(order, do_start);
}

/* ---- children ---- */

static void a_child_answers_and_ends(void **state)
{
    (void)state;
    open_stage();
    struct rh_ref child = tell((struct order){.command = {.program = "cat"}}, do_start);
    await("started");
    assert_true(last_number > 0);
    tell((struct order){.ref = child, .text = "there and back"}, do_write);
    size_t size = 14;
    run_until(has_received, &size);
    assert_string_equal(received, "there and back");
    tell((struct order){.ref = child}, do_shutdown);
    await("closed eof");
    await("exited 0 0");
    close_stage();
}

static void a_childs_code_signal_and_stderr_are_told(void **state)
{
    (void)state;
    open_stage();
    (void)start_shell("echo oh >&2; exit 7");
    await("stderr oh");
    await("exited 7 0");
    await("closed eof");
    script[0] = '\0';
    struct rh_ref child = start_shell("echo ready; sleep 100; echo never");
    size_t size = 6;
    run_until(has_received, &size);
    tell((struct order){.ref = child, .number = SIGTERM}, do_kill);
    await("exited 0 15"); /* the sleep has been killed with its shell, or the pipes stayed open */
    await("closed eof");
    close_stage();
}

static void a_child_sees_its_environment_and_folder(void **state)
{
    (void)state;
    open_stage();
    const char *arguments[] = {"-c", "echo $RH_A:$HOME:$(pwd)", NULL};
    const char *environment[] = {"RH_A=b", "HOME=/nowhere", NULL};
    struct rh_command command = {"sh", arguments, environment, "/"};
    (void)tell((struct order){.command = command}, do_start);
    await("closed eof");
    assert_string_equal(received, "b:/nowhere:/\n");
    close_stage();
}

static void a_missing_program_is_not_found(void **state)
{
    (void)state;
    open_stage();
    (void)tell((struct order){.command = {.program = "no-such-program"}}, do_start);
    await("closed not_found");
    assert_string_equal(script, "closed not_found; ");
    close_stage();
}

static void a_child_that_closes_its_stdout_runs_on(void **state)
{
    (void)state;
    open_stage();
    shut_on_eof = false;
    struct rh_ref child = start_shell("exec >&-; read line; echo $line >&2; exit 3");
    await("eof");
    assert_null(strstr(script, "closed"));
    tell((struct order){.ref = child, .text = "on\n"}, do_write);
    await("stderr on");
    await("exited 3 0");
    await("closed eof");
    close_stage();
}

static void closing_a_childs_pipes_does_not_end_it(void **state)
{
    (void)state;
    open_stage();
    struct rh_ref child = start_shell("trap '' PIPE; read line; sleep 0.1; exit 4");
    await("started");
    tell((struct order){.ref = child}, do_close);
    await("closed requested");
    await("exited 4 0");
    close_stage();
}

static void what_is_left_is_killed_and_reaped(void **state)
{
    (void)state;
    open_stage();
    for (int i = 0; i < 5; i++) {
        (void)start_shell("trap '' TERM HUP; sleep 1000 & wait");
    }
    await("started; started; started; started; started");
    close_stage();
}

/* A zombie is not: whoever has become its parent may be slow. */
static bool is_running(long process)
{
    char text[256] = "";
    (void)snprintf(text, sizeof(text), "/proc/%ld/stat", process);
    FILE *file = fopen(text, "r");
    bool is =
        file != NULL && fgets(text, sizeof(text), file) != NULL && strstr(text, ") Z") == NULL;
    if (file != NULL) {
        (void)fclose(file);
    }
    return is;
}

static void an_exit_kills_the_group(void **state)
{
    (void)state;
    open_stage();
    (void)start_shell("sleep 1000 & echo $!; wait");
    size_t size = 2;
    run_until(has_received, &size);
    long grandchild = strtol(received, NULL, 10);
    struct order order = {.status = RH_OK};
    (void)tell(order, do_exit);
    int rounds = 0;
    while (is_running(grandchild) && rounds++ < 5000) {
        (void)uv_run(&loop, UV_RUN_NOWAIT);
        uv_sleep(1);
    }
    assert_true(rounds < 5000);
    close_stage();
}

/* ---- sockets ---- */

static const char *socket_path(void)
{
    static char address[128];
    (void)snprintf(address, sizeof(address), "unix:/tmp/rh-test-uv-%ld.sock", (long)getpid());
    return address;
}

static void both_ends_talk_over(const char *listening)
{
    open_stage();
    struct rh_ref listener = tell((struct order){.text = listening}, do_listen);
    await("opened");
    char address[128];
    (void)snprintf(address, sizeof(address), "tcp:127.0.0.1:%d", (int)last_number);
    bool is_tcp = strncmp(listening, "tcp:", 4) == 0;
    assert_int_equal(last_number > 0, is_tcp);
    script[0] = '\0';
    struct rh_ref client = tell((struct order){.text = is_tcp ? address : listening}, do_connect);
    size_t one = 1;
    run_until(has_accepted, &one);
    await("opened");
    tell((struct order){.ref = client, .text = "hello"}, do_write);
    size_t size = 5;
    run_until(has_received, &size);
    assert_string_equal(received, "hello");
    tell((struct order){.ref = client}, do_shutdown); /* the other side answers with its own */
    size_t two = 2;
    run_until(has_closed, &two);
    assert_non_null(strstr(script, "eof"));
    assert_non_null(strstr(script, "closed eof"));
    assert_null(strstr(script, "closed reset"));
    tell((struct order){.ref = listener}, do_close);
    await("closed requested");
    close_stage();
}

static void unix_sockets_connect(void **state)
{
    (void)state;
    both_ends_talk_over(socket_path());
    assert_int_not_equal(access(socket_path() + 5, F_OK), 0);
}

static void tcp_sockets_connect(void **state)
{
    (void)state;
    both_ends_talk_over("tcp:127.0.0.1:0");
}

static void names_are_resolved(void **state)
{
    (void)state;
    both_ends_talk_over("tcp:localhost:0");
}

static void a_path_of_the_dead_is_taken_over(void **state)
{
    (void)state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = socket_path() + 5;
    assert_true(strlen(path) < sizeof(address.sun_path));
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    (void)close(fd); /* as kill -9 leaves it */
    open_stage();
    (void)tell((struct order){.text = socket_path()}, do_listen);
    await("opened");
    (void)tell((struct order){.text = socket_path()}, do_listen); /* whose owner lives */
    await("closed refused");
    close_stage();
}

static void what_cannot_be_reached_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *address;
        const char *heard;
    } cases[] = {
        {"tcp:127.0.0.1:1", "closed refused"}, {"unix:/nowhere/at/all", "closed not_found"},
        {"tcp:127.0.0.1", "closed refused"},   {"tcp:127.0.0.1:99999", "closed refused"},
        {"tcp::7", "closed refused"},          {"unix:", "closed refused"},
        {"ether:x", "closed refused"},         {"tcp:no.such.name.invalid:7", "closed refused"},
    };
    open_stage();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        script[0] = '\0';
        (void)tell((struct order){.text = cases[i].address}, do_connect);
        await(cases[i].heard);
    }
    (void)tell((struct order){.text = "tcp:no.such.name.invalid:7"},
               do_connect); /* still under way */
    close_stage();
}

/* ---- what goes wrong with pipes ---- */

static struct rh_ref adopt_one_of(int sockets[2])
{
    struct rh_ref ref;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
    assert_int_equal(rh_node_adopt(node, rh_uv_now(uv), actor, &ref), RH_OK);
    assert_int_equal(rh_uv_adopt(uv, ref, sockets[0], sockets[0]), RH_OK);
    return ref;
}

static void an_adopted_pair_of_pipes_is_one_handle(void **state)
{
    (void)state;
    open_stage();
    int in[2];
    int out[2];
    char text[8] = "";
    struct rh_ref ref;
    assert_int_equal(pipe(in), 0);
    assert_int_equal(pipe(out), 0);
    assert_int_equal(rh_node_adopt(node, rh_uv_now(uv), actor, &ref), RH_OK);
    assert_int_equal(rh_uv_adopt(uv, ref, in[0], out[1]), RH_OK);
    assert_int_equal(write(in[1], "in", 2), 2);
    size_t size = 2;
    run_until(has_received, &size);
    tell((struct order){.ref = ref, .text = "out"}, do_write);
    assert_int_equal(read(out[0], text, sizeof(text)), 3);
    (void)close(in[1]);
    await("closed eof"); /* it shut its own side when ours was */
    assert_int_equal(read(out[0], text, sizeof(text)), 0);
    (void)close(out[0]);
    close_stage();
}

static void a_file_cannot_be_adopted(void **state)
{
    (void)state;
    open_stage();
    struct rh_ref ref;
    assert_int_equal(rh_node_adopt(node, rh_uv_now(uv), actor, &ref), RH_OK);
    assert_int_equal(
        rh_uv_adopt(uv, ref, open("/dev/null", O_RDONLY), open("/proc/self/stat", O_RDONLY)),
        RH_IO);
    await("closed io");
    close_stage();
}

static void what_was_said_before_a_reset_is_heard(void **state)
{
    (void)state;
    open_stage();
    int sockets[2];
    struct rh_ref ref = adopt_one_of(sockets);
    assert_int_equal(write(sockets[1], "last words", 10), 10);
    (void)close(sockets[1]);
    tell((struct order){.ref = ref, .text = "too late"}, do_write);
    await("closed reset");
    assert_string_equal(received, "last words");
    close_stage();
}

static void half_closed_pipes_go_on(void **state)
{
    (void)state;
    open_stage();
    shut_on_eof = false;
    int sockets[2];
    char text[8] = "";
    struct rh_ref ref = adopt_one_of(sockets);
    assert_int_equal(shutdown(sockets[1], SHUT_WR), 0);
    await("eof");
    tell((struct order){.ref = ref, .text = "still"}, do_write);
    assert_int_equal(read(sockets[1], text, sizeof(text)), 5);
    tell((struct order){.ref = ref}, do_shutdown);
    await("closed eof");
    (void)close(sockets[1]);
    close_stage();
}

static void a_paused_pipe_says_nothing(void **state)
{
    (void)state;
    open_stage();
    int sockets[2];
    struct rh_ref ref = adopt_one_of(sockets);
    tell((struct order){.ref = ref}, do_pause);
    assert_int_equal(write(sockets[1], "wait", 4), 4);
    for (int i = 0; i < 20; i++) {
        (void)uv_run(&loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(received_total, 0);
    tell((struct order){.ref = ref}, do_resume);
    size_t size = 4;
    run_until(has_received, &size);
    (void)close(sockets[1]);
    close_stage();
}

static void closing_with_a_write_under_way_ends_it(void **state)
{
    (void)state;
    open_stage();
    static char much[8 << 20];
    memset(much, 'x', sizeof(much) - 1);
    int sockets[2];
    struct rh_ref ref = adopt_one_of(sockets);
    tell((struct order){.ref = ref, .text = much}, do_write);
    tell((struct order){.ref = ref}, do_close);
    await("closed requested");
    (void)close(sockets[1]);
    ref = adopt_one_of(sockets);
    tell((struct order){.ref = ref, .text = much}, do_write);
    struct order order = {.status = RH_OK};
    (void)tell(order, do_exit);
    memset(much, 'y', sizeof(much) - 1); /* it is ours again */
    while (uv_run(&loop, UV_RUN_NOWAIT) != 0 && received_total == 0) {
        struct rh_node_stats now;
        rh_node_stats(node, &now);
        if (now.handles == 0) {
            break;
        }
    }
    (void)close(sockets[1]);
    close_stage();
}

/* ---- much and many ---- */

static void big_transfers_pass_through_a_child_that_is_slower(void **state)
{
    (void)state;
    open_stage();
    size_t size = (size_t)64 << 20;
    char *bytes = malloc(size);
    assert_non_null(bytes);
    uint64_t sum = 0;
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (char)(i * 2654435761U >> 13);
        sum = sum * 31 + (uint8_t)bytes[i];
    }
    sending.bytes = bytes;
    sending.size = size;
    sending.piece = 1000003;
    (void)tell((struct order){.command = {.program = "cat"}}, do_start);
    run_until(has_received, &size);
    await("closed eof");
    assert_int_equal(received_total, size);
    assert_int_equal(received_sum, sum);
    free(bytes);
    close_stage();
}

static void an_echo_writes_back_what_it_reads(void **state)
{
    (void)state;
    open_stage();
    echoing = true;
    int sockets[2];
    (void)adopt_one_of(sockets);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        static uint8_t block[100000];
        for (int i = 0; i < 50; i++) {
            memset(block, i, sizeof(block));
            size_t wrote = 0;
            size_t got = 0;
            while (got < sizeof(block)) {
                static uint8_t back[100000];
                wrote += wrote < sizeof(block)
                             ? (size_t)send(
                                   sockets[1], block + wrote,
                                   sizeof(block) - wrote < 10000 ? sizeof(block) - wrote : 10000, 0)
                             : 0;
                ssize_t size = recv(sockets[1], back, sizeof(back), 0);
                for (ssize_t k = 0; k < size; k++) {
                    if (back[k] != i) {
                        _exit(2);
                    }
                }
                if (size <= 0) {
                    _exit(3);
                }
                got += (size_t)size;
            }
        }
        _exit(0);
    }
    (void)close(sockets[1]);
    await("eof");
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(received_total, 5000000);
    close_stage();
}

static void a_thousand_connections(void **state)
{
    (void)state;
    open_stage();
    (void)tell((struct order){.text = socket_path()}, do_listen);
    await("opened");
    for (size_t i = 0; i < 1000; i++) {
        (void)tell((struct order){.text = socket_path()}, do_connect);
        script[0] = '\0';
    }
    size_t all = 1000;
    while (accepted_count < all) {
        size_t next = accepted_count + 1;
        run_until(has_accepted, &next);
        script[0] = '\0';
    }
    struct rh_node_stats now;
    rh_node_stats(node, &now);
    assert_int_equal(now.handles, 2001);
    close_stage();
}

/* ---- time ---- */

static enum rh_status do_timer(struct rh_context *ctx, void *state, void *argument)
{
    struct order *order = argument;
    (void)state;
    order->status =
        rh_timer_start(ctx, 20 * RH_MILLISECOND, rh_self(ctx), RH_ITEM(NULL, 1), &order->ref);
    return RH_OK;
}

static void timers_fire_and_never_early(void **state)
{
    (void)state;
    open_stage();
    rh_instant before = rh_uv_now(uv);
    (void)tell((struct order){0}, do_timer);
    await("timeout");
    assert_true(rh_uv_now(uv) - before >= 20 * RH_MILLISECOND);
    /* Nothing is left to do: the loop ends by itself. */
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    close_stage();
}

/* What libuv keeps for the process and never gives back. */
static void warm_up(void)
{
    uv_loop_t first;
    if (uv_loop_init(&first) != 0 || uv_loop_close(&first) != 0) {
        abort();
    }
}

int main(void)
{
    warm_up();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_answers_and_ends),
        cmocka_unit_test(a_childs_code_signal_and_stderr_are_told),
        cmocka_unit_test(a_child_sees_its_environment_and_folder),
        cmocka_unit_test(a_missing_program_is_not_found),
        cmocka_unit_test(a_child_that_closes_its_stdout_runs_on),
        cmocka_unit_test(closing_a_childs_pipes_does_not_end_it),
        cmocka_unit_test(what_is_left_is_killed_and_reaped),
        cmocka_unit_test(an_exit_kills_the_group),
        cmocka_unit_test(unix_sockets_connect),
        cmocka_unit_test(tcp_sockets_connect),
        cmocka_unit_test(names_are_resolved),
        cmocka_unit_test(a_path_of_the_dead_is_taken_over),
        cmocka_unit_test(what_cannot_be_reached_is_refused),
        cmocka_unit_test(an_adopted_pair_of_pipes_is_one_handle),
        cmocka_unit_test(a_file_cannot_be_adopted),
        cmocka_unit_test(what_was_said_before_a_reset_is_heard),
        cmocka_unit_test(half_closed_pipes_go_on),
        cmocka_unit_test(a_paused_pipe_says_nothing),
        cmocka_unit_test(closing_with_a_write_under_way_ends_it),
        cmocka_unit_test(big_transfers_pass_through_a_child_that_is_slower),
        cmocka_unit_test(an_echo_writes_back_what_it_reads),
        cmocka_unit_test(a_thousand_connections),
        cmocka_unit_test(timers_fire_and_never_early),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
