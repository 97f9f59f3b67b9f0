/* SPDX-License-Identifier: MIT */
/* Real pipes: adopted, half closed, paused, reset, full; and time. */
#include "core/uv/tests/player.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

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

/* ---- much ---- */

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

int main(void)
{
    warm_up();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_adopted_pair_of_pipes_is_one_handle),
        cmocka_unit_test(a_file_cannot_be_adopted),
        cmocka_unit_test(what_was_said_before_a_reset_is_heard),
        cmocka_unit_test(half_closed_pipes_go_on),
        cmocka_unit_test(a_paused_pipe_says_nothing),
        cmocka_unit_test(closing_with_a_write_under_way_ends_it),
        cmocka_unit_test(big_transfers_pass_through_a_child_that_is_slower),
        cmocka_unit_test(an_echo_writes_back_what_it_reads),
        cmocka_unit_test(timers_fire_and_never_early),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
