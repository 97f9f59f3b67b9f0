/* SPDX-License-Identifier: MIT */
/* Children. Each leads a session and so a process group of its own: what it starts in turn gets its signals, too, and is
 * killed when it has ended. The number of a group is nobody else's while it has members; of one without, it could be from the
 * moment that its leader is reaped, so that the last signal is sent right then, and none later. */
#include "core/uv/internal.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

extern char **environ;

static size_t length_of(const char *const *list)
{
    size_t length = 0;
    while (list != NULL && list[length] != NULL) {
        length++;
    }
    return length;
}

/* Does the list set the variable that `entry` sets? */
static bool sets(const char *const *list, const char *entry)
{
    size_t name = strcspn(entry, "=") + 1;
    for (size_t i = 0; list != NULL && list[i] != NULL; i++) {
        if (strncmp(list[i], entry, name) == 0) {
            return true;
        }
    }
    return false;
}

/** Two lists in one block; libuv changes none of the strings. */
struct lists {
    char **arguments;
    char **environment; /**< the parent's but for what is set anew */
    size_t bytes;
};

static bool lists_make(struct rh_uv *uv, const struct rh_command *command, struct lists *lists)
{
    size_t given = length_of(command->arguments);
    size_t added = length_of(command->environment);
    size_t inherited = length_of((const char *const *)environ);
    lists->bytes = (given + added + inherited + 3) * sizeof(char *);
    char **at = driver_allocate(uv, lists->bytes);
    if (at == NULL) {
        return false;
    }
    lists->arguments = at;
    *at++ = (char *)(uintptr_t)command->program;
    for (size_t i = 0; i < given; i++) {
        *at++ = (char *)(uintptr_t)command->arguments[i];
    }
    *at++ = NULL;
    lists->environment = at;
    for (size_t i = 0; i < inherited; i++) {
        if (!sets(command->environment, environ[i])) {
            *at++ = environ[i];
        }
    }
    for (size_t i = 0; i < added; i++) {
        *at++ = (char *)(uintptr_t)command->environment[i];
    }
    *at = NULL;
    return true;
}

static void on_process_closed(uv_handle_t *handle)
{
    struct channel *channel = handle->data;
    channel->process_is_live = false;
    channel_settle(channel);
}

static void on_exit(uv_process_t *process, int64_t code, int signal)
{
    struct channel *channel = process->data;
    channel_kill(channel, SIGKILL); /* what it has left behind */
    channel->has_group = false;
    channel_tell_opening(channel);
    if (!channel->uv->closing) {
        driver_feed(channel->uv, &(struct rh_io){.kind = RH_IO_EXITED,
                                                 .handle = channel->ref,
                                                 .number = code,
                                                 .signal = signal});
    }
    uv_close((uv_handle_t *)process, on_process_closed);
    if (!channel->closing) {
        channel_end(channel);
    }
}

static int spawn(struct channel *channel, const struct rh_command *command,
                 const struct lists *lists)
{
    uv_stdio_container_t stdio[3] = {
        {.flags = UV_CREATE_PIPE | UV_READABLE_PIPE, .data.stream = &channel->out.u.stream},
        {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = &channel->in.u.stream},
        {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = &channel->err.u.stream},
    };
    uv_process_options_t options = {
        .exit_cb = on_exit,
        .file = command->program,
        .args = lists->arguments,
        .env = lists->environment,
        .cwd = command->directory,
        .flags = UV_PROCESS_DETACHED,
        .stdio_count = 3,
        .stdio = stdio,
    };
    struct stream *streams[] = {&channel->in, &channel->out, &channel->err};
    for (int i = 0; i < 3; i++) {
        int error = stream_init_pipe(channel, streams[i]);
        if (error != 0) {
            return error;
        }
    }
    channel->process_is_live = true;
    channel->process.data = channel;
    return uv_spawn(channel->uv->loop, &channel->process, &options);
}

static enum rh_close_why why_not(int error)
{
    if (error == -ENOEXEC) {
        return RH_CLOSE_NOT_FOUND;
    }
    switch (error) {
    case UV_ENOENT:
    case UV_EACCES:
    case UV_ENOTDIR:
        return RH_CLOSE_NOT_FOUND;
    case UV_ENOMEM:
        return RH_CLOSE_NO_MEMORY;
    default:
        return RH_CLOSE_IO;
    }
}

void channel_start(struct channel *channel, const struct rh_command *command)
{
    struct lists lists;
    int error = UV_ENOMEM;
    if (lists_make(channel->uv, command, &lists)) {
        error = spawn(channel, command, &lists);
        driver_release(channel->uv, lists.arguments, lists.bytes);
    }
    if (error != 0) {
        if (channel->process_is_live) {
            uv_close((uv_handle_t *)&channel->process, on_process_closed);
        }
        channel_close(channel, why_not(error));
        return;
    }
    channel->has_group = true;
    channel->is_open = true;
    channel->number = channel->process.pid;
    channel->tell_started = true;
    channel_later(channel);
    channel_read(channel);
}

void channel_kill(struct channel *channel, int number)
{
    if (channel->has_group) {
        (void)uv_kill(-channel->process.pid, number);
    }
}
