/* SPDX-License-Identifier: MIT */
/*
 * This process as a proc of a host. Its end is the root's last word; a root that ends without one is noticed behind the same
 * turn of the loop. Everything that this process has started is killed and reaped before it exits.
 *
 * The parent may end between our birth and the call that asks for its death: who knows its process id compares, and whoever
 * has its pipe as stdin finds that closed.
 */
#include "core/uv/internal.h"

#include <rehearse/inspect.h>
#include <rehearse/uv_proc.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/prctl.h>
#endif

struct running {
    const struct rh_uv_proc_options *options;
    uv_loop_t loop;
    uv_signal_t signals[2];
    unsigned signal_count;
    uv_check_t check;
    struct rh_node *node;
    struct rh_uv *uv;
    struct rh_pid root;
    int64_t code;
    int signal;
    bool has_ended;
    bool is_closed;
};

/* ---- the parent ---- */

enum rh_status rh_uv_die_with_parent(int64_t parent)
{
#if defined(__linux__)
    int64_t before = parent == 0 ? (int64_t)getppid() : parent;
    if (prctl(PR_SET_PDEATHSIG, (unsigned long)SIGKILL, 0UL, 0UL, 0UL) != 0) {
        return RH_IO;
    }
    return (int64_t)getppid() == before ? RH_OK : RH_NOPROC;
#else
    (void)parent;
    return RH_NOT_FOUND;
#endif
}

bool rh_uv_can_wait(int fd)
{
    uv_handle_type type = uv_guess_handle(fd);
    return type == UV_NAMED_PIPE || type == UV_TCP;
}

enum rh_status rh_uv_take_stdio(int *ret_in, int *ret_out)
{
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int in = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    int out = ret_out == NULL ? -1 : fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    bool taken = null >= 0 && in >= 0 && (ret_out == NULL || out >= 0) &&
                 dup2(null, STDIN_FILENO) >= 0 && dup2(STDERR_FILENO, STDOUT_FILENO) >= 0;
    if (null >= 0) {
        (void)close(null);
    }
    if (!taken) {
        (void)(in < 0 ? 0 : close(in));
        (void)(out < 0 ? 0 : close(out));
        return RH_IO;
    }
    *ret_in = in;
    if (ret_out != NULL) {
        *ret_out = out;
    }
    return RH_OK;
}

/* ---- lines for people ---- */

static void complain(void *self, const char *text)
{
    const struct rh_uv_proc_options *options = self;
    if (options->complain != NULL) {
        options->complain(options->self, text);
    } else {
        (void)fprintf(stderr, "%s\n", text);
    }
}

static void complain_about(const struct running *running, const char *what, struct rh_item item)
{
    char text[512];
    int used = snprintf(text, sizeof(text), "%s", what);
    (void)rh_item_print(item, NULL, text + used, sizeof(text) - (size_t)used);
    complain((struct rh_uv_proc_options *)(uintptr_t)running->options, text);
}

/* ---- the end ---- */

static void end(struct running *running, int64_t code, int number)
{
    if (!running->has_ended) {
        running->has_ended = true;
        running->code = code;
        running->signal = number;
    }
    uv_stop(&running->loop);
}

static void on_output(void *self, struct rh_pid actor, const struct rh_message *message)
{
    struct running *running = self;
    struct rh_proc_exit last;
    if (rh_pid_equal(actor, running->root) && rh_proc_is_exit(message, &last)) {
        if (last.code != RH_PROC_CODE_ENDED || last.signal != 0) {
            complain_about(running, "ends: ", last.reason);
        }
        end(running, last.code, last.signal);
        return;
    }
    complain_about(running, "output ", rh_message_item(message));
}

static void on_check(uv_check_t *check)
{
    struct running *running = check->data;
    if (!running->has_ended && !rh_inspect_is_alive(running->node, running->root)) {
        complain((struct rh_uv_proc_options *)(uintptr_t)running->options,
                 "ends: its first actor was killed");
        end(running, RH_PROC_CODE_FAILED, 0);
    }
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct running *running = handle->data;
    enum rh_status status =
        rh_node_input(running->node, rh_uv_now(running->uv), running->root, rh_proc_signal(number));
    if (status != RH_OK) {
        end(running, RH_PROC_CODE_FAILED, number);
    }
    rh_uv_wake(running->uv);
}

static void on_closed(void *self)
{
    ((struct running *)self)->is_closed = true;
}

/* ---- the beginning ---- */

static enum rh_status watch_signals(struct running *running)
{
    static const int numbers[2] = {SIGTERM, SIGINT};
    for (unsigned i = 0; i < 2; i++) {
        if (uv_signal_init(&running->loop, &running->signals[i]) != 0) {
            return RH_IO;
        }
        running->signals[i].data = running;
        running->signal_count++;
        if (uv_signal_start(&running->signals[i], on_signal, numbers[i]) != 0) {
            return RH_IO;
        }
    }
    return RH_OK;
}

static enum rh_status start(struct running *running, struct rh_proc *proc, int in)
{
    struct rh_uv_options driving = {.output = on_output, .self = running};
    struct rh_ref stdio;
    enum rh_status status = rh_uv_create(&running->loop, running->node, &driving, &running->uv);
    if (status == RH_OK) {
        status = rh_proc_start(proc, running->node, rh_uv_now(running->uv), &running->root, &stdio);
    }
    if (status != RH_OK) {
        (void)close(in);
        return status;
    }
    status = rh_uv_adopt(running->uv, stdio, in, in);
    if (status == RH_OK) {
        status = watch_signals(running);
    }
    (void)uv_check_init(&running->loop, &running->check); /* cannot fail */
    running->check.data = running;
    (void)uv_check_start(&running->check, on_check);
    rh_uv_wake(running->uv);
    return status;
}

static void close_all(struct running *running)
{
    for (unsigned i = 0; i < running->signal_count; i++) {
        uv_close((uv_handle_t *)&running->signals[i], NULL);
    }
    if (running->check.data != NULL) {
        uv_close((uv_handle_t *)&running->check, NULL);
    }
    if (running->uv != NULL) {
        rh_uv_close(running->uv, on_closed, running);
    }
    while ((running->uv != NULL && !running->is_closed) || uv_loop_alive(&running->loop) != 0) {
        (void)uv_run(&running->loop, UV_RUN_DEFAULT);
    }
    (void)uv_loop_close(&running->loop);
}

static void handle_by(int number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(number, &action, NULL);
}

/* How the process ends is settled: a signal that comes while it does changes nothing. */
static void end_undisturbed(struct running *running)
{
    sigset_t both;
    sigset_t before;
    (void)sigemptyset(&both);
    (void)sigaddset(&both, SIGTERM);
    (void)sigaddset(&both, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &both, &before);
    close_all(running); /* which gives back libuv's handlers */
    handle_by(SIGTERM, SIG_IGN);
    handle_by(SIGINT, SIG_IGN);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
}

/* So that whoever waits for this process sees the signal. */
static void die_by(int number)
{
    handle_by(number, SIG_DFL);
    (void)raise(number);
}

static int run(const struct rh_uv_proc_options *options, struct rh_proc *proc, int in)
{
    struct running running = {.options = options, .code = RH_PROC_CODE_FAILED};
    struct rh_node_options how = {.node = proc->identity.node,
                                  .incarnation = proc->identity.incarnation,
                                  .seed = options->seed,
                                  .limits = options->limits,
                                  .name = proc->identity.id,
                                  .find_behaviour = options->find_behaviour,
                                  .behaviours = options->self};
    if (uv_loop_init(&running.loop) != 0) {
        (void)close(in);
        return RH_PROC_CODE_NO_MEMORY;
    }
    if (rh_node_create(&how, &running.node) != RH_OK) {
        (void)uv_loop_close(&running.loop);
        (void)close(in);
        return RH_PROC_CODE_NO_MEMORY;
    }
    enum rh_status status = start(&running, proc, in);
    if (status == RH_OK) {
        (void)uv_run(&running.loop, UV_RUN_DEFAULT);
    } else {
        running.code = status == RH_NO_MEMORY ? RH_PROC_CODE_NO_MEMORY : RH_PROC_CODE_FAILED;
    }
    end_undisturbed(&running);
    rh_node_destroy(running.node);
    if (running.signal != 0) {
        die_by(running.signal);
    }
    return (int)(running.code & 0xff);
}

/* ---- from the environment ---- */

static const char *look_up(void *self, const char *name)
{
    (void)self;
    return getenv(name);
}

static bool has_hung_up(int fd)
{
    struct pollfd look = {.fd = fd, .events = POLLIN};
    return poll(&look, 1, 0) == 1 && (look.revents & POLLHUP) != 0;
}

static int prepare(void *self, int *ret_in)
{
    if (!rh_uv_can_wait(STDIN_FILENO)) {
        complain(self, "stdin has to be a pipe or socket of the host: its end is the host's");
        return RH_PROC_CODE_USAGE;
    }
    if (rh_uv_die_with_parent(0) == RH_NOPROC || has_hung_up(STDIN_FILENO)) {
        complain(self, "the host has ended");
        return RH_PROC_CODE_HOST_LOST;
    }
    if (rh_uv_take_stdio(ret_in, NULL) != RH_OK) {
        complain(self, "stdin cannot be had");
        return RH_PROC_CODE_FAILED;
    }
    return RH_PROC_CODE_ENDED;
}

int rh_uv_proc_main(const struct rh_uv_proc_options *options)
{
    void *self = (struct rh_uv_proc_options *)(uintptr_t)options;
    struct rh_proc_environment environment = {
        .look_up = look_up, .complain = complain, .self = self, .limits = options->limits};
    struct rh_proc_identity identity;
    struct rh_proc proc;
    enum rh_status status = rh_proc_read(&environment, &identity);
    if (status != RH_OK) {
        return status == RH_NO_MEMORY ? RH_PROC_CODE_NO_MEMORY : RH_PROC_CODE_USAGE;
    }
    int in = -1;
    int code = prepare(self, &in);
    if (code != RH_PROC_CODE_ENDED) {
        rh_proc_identity_deinit(&identity);
        return code;
    }
    rh_proc_init(&proc, &identity, &options->proc);
    code = run(options, &proc, in);
    rh_proc_deinit(&proc);
    return code;
}
