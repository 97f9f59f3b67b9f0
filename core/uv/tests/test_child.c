/* SPDX-License-Identifier: MIT */
/* Real children: what they say, how they end, and what ends with them. */
#include "core/uv/tests/player.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* Nobody waits for it: others go on, and it can be ended. Covers: TH-S23 */
static void a_child_that_closes_its_stdout_can_be_killed(void **state)
{
    (void)state;
    open_stage();
    shut_on_eof = false;
    struct rh_ref silent = start_shell("exec >&-; exec sleep 1000");
    await("eof");
    (void)start_shell("echo here; exit 5");
    size_t size = 5;
    run_until(has_received, &size);
    await("exited 5 0");
    tell((struct order){.ref = silent, .number = SIGTERM}, do_kill);
    await("exited 0 15");
    close_stage();
}

/* Descriptors of our own take every number that a child's pipes give back. */
#define OWN_MAX 64
static int own[OWN_MAX];
static struct stat own_files[OWN_MAX];
static size_t own_count;

static void take_numbers(void)
{
    int fds[2];
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pipe(fds), 0);
        for (int k = 0; k < 2; k++) {
            own[own_count] = fds[k];
            assert_int_equal(fstat(fds[k], &own_files[own_count]), 0);
            own_count++;
        }
    }
}

/* Covers: TH-S21 TH-I21 */
static void a_number_that_was_given_back_is_not_closed_again(void **state)
{
    (void)state;
    open_stage();
    shut_on_eof = false;
    own_count = 0;
    struct rh_ref child = start_shell("exec >&- 2>&-; read line; exit 3");
    await("eof");
    take_numbers();
    tell((struct order){.ref = child}, do_shutdown);
    await("exited 3 0");
    take_numbers();
    await("closed eof");
    take_numbers();
    struct rh_ref other = start_shell("read line; exit 4");
    await("started; ");
    tell((struct order){.ref = other}, do_close);
    take_numbers();
    await("exited 4 0");
    take_numbers();
    for (size_t i = 0; i < own_count; i++) {
        struct stat now;
        assert_int_equal(fstat(own[i], &now), 0);
        assert_int_equal(now.st_ino, own_files[i].st_ino);
        assert_int_equal(close(own[i]), 0);
    }
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

/* The child has long been reaped when anybody could ask for a signal. */
static void what_a_child_leaves_behind_is_killed(void **state)
{
    (void)state;
    for (int by_signal = 0; by_signal < 2; by_signal++) {
        open_stage();
        (void)start_shell(by_signal ? "trap '' TERM HUP; sleep 1000 >&- 2>&- & echo $!; kill -9 $$"
                                    : "trap '' TERM HUP; sleep 1000 >&- 2>&- & echo $!; exit 3");
        size_t size = 2;
        run_until(has_received, &size);
        await(by_signal ? "exited 0 9" : "exited 3 0");
        long grandchild = strtol(received, NULL, 10);
        assert_true(grandchild > 1);
        int rounds = 0;
        while (is_running(grandchild) && rounds++ < 5000) {
            uv_sleep(1);
        }
        assert_true(rounds < 5000);
        close_stage();
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
        cmocka_unit_test(a_child_that_closes_its_stdout_can_be_killed),
        cmocka_unit_test(a_number_that_was_given_back_is_not_closed_again),
        cmocka_unit_test(closing_a_childs_pipes_does_not_end_it),
        cmocka_unit_test(what_is_left_is_killed_and_reaped),
        cmocka_unit_test(an_exit_kills_the_group),
        cmocka_unit_test(what_a_child_leaves_behind_is_killed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
