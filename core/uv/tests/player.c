/* SPDX-License-Identifier: MIT */
#include "core/uv/tests/player.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

uv_loop_t loop;
struct rh_node *node;
struct rh_uv *uv;
struct rh_pid actor;
static size_t descriptors;

/* ---- what the actors of these cases do ---- */

char script[4096];
char received[4096];
size_t received_total;
uint64_t received_sum;
struct rh_ref last;
int64_t last_number;
size_t accepted_count;
static size_t closed_count;
bool echoing;
bool shut_on_eof = true;
static char echo_bytes[70000];
struct sending sending;

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

void warm_up(void)
{
    uv_loop_t first;
    if (uv_loop_init(&first) != 0 || uv_loop_close(&first) != 0) {
        abort();
    }
}

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

void open_stage(void)
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

void close_stage(void)
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

void run_once(void)
{
    (void)uv_run(&loop, UV_RUN_NOWAIT);
}

void run_until(bool (*is_so)(const void *argument), const void *argument)
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

bool has_received(const void *size)
{
    return received_total >= *(const size_t *)size;
}

bool has_accepted(const void *count)
{
    return accepted_count >= *(const size_t *)count;
}

bool has_closed(const void *count)
{
    return closed_count >= *(const size_t *)count;
}

void await(const char *text)
{
    run_until(script_has, text);
}

struct rh_ref tell(struct order order, enum rh_status (*body)(struct rh_context *, void *, void *))
{
    assert_int_equal(rh_node_turn(node, rh_uv_now(uv), actor, body, &order), RH_OK);
    rh_uv_wake(uv);
    assert_int_equal(order.status, RH_OK);
    return order.ref;
}

#define ORDER(name, expression)                                                                    \
    enum rh_status name(struct rh_context *ctx, void *state, void *argument)                       \
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

enum rh_status do_exit(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    (void)argument;
    return rh_exit(ctx, rh_reason(RH_REASON_NORMAL));
}

struct rh_ref start_shell(const char *text)
{
    const char *arguments[] = {"-c", text, NULL};
    struct order order = {.command = {.program = "sh", .arguments = arguments}};
    return tell(order, do_start);
}
