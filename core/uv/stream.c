/* SPDX-License-Identifier: MIT */
/*
 * Reading and writing. A write goes to the kernel at once; only what it does not take waits in libuv, and never more than
 * one is under way. When writing fails, the other side may have said something before it went: what is in the pipe is
 * told before the handle is closed.
 */
#include "core/uv/internal.h"

#include <errno.h>
#include <unistd.h>

enum rh_close_why why_of(int error)
{
    switch (error) {
    case UV_EOF:
        return RH_CLOSE_EOF;
    case UV_ECONNRESET:
    case UV_EPIPE:
    case UV_ECONNABORTED:
    case UV_ETIMEDOUT:
    case UV_ENOTCONN:
        return RH_CLOSE_RESET;
    case UV_ENOMEM:
        return RH_CLOSE_NO_MEMORY;
    default:
        return RH_CLOSE_IO;
    }
}

static struct stream *writer_of(struct channel *channel)
{
    return channel->kind == CHANNEL_CHILD || channel->out.live ? &channel->out : &channel->in;
}

/* A channel of two streams whose writing one is closed has none left to write to. */
static bool can_write(struct channel *channel)
{
    return channel->is_open && !channel->closing && !channel->shut && writer_of(channel)->live;
}

void channel_end(struct channel *channel)
{
    bool over = channel->in.ended && (channel->shut || channel->kind == CHANNEL_CHILD);
    if (channel->kind == CHANNEL_CHILD) {
        over = over && channel->err.ended && (channel->shut || !channel->has_group);
    }
    if (over && !channel->writing && !channel->is_broken) {
        channel_close(channel, RH_CLOSE_EOF);
    }
}

/* ---- reading ---- */

static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct channel *channel = handle->data;
    (void)suggested;
    *buffer = uv_buf_init(channel->uv->buffer, READ_BYTES);
}

static void tell_bytes(struct channel *channel, enum rh_io_kind kind, size_t size)
{
    driver_feed(channel->uv, &(struct rh_io){.kind = kind,
                                             .handle = channel->ref,
                                             .bytes = (uint8_t *)channel->uv->buffer,
                                             .size = size});
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct channel *channel = stream->data;
    (void)buffer;
    channel_tell_opening(channel);
    if (channel->closing) {
        return;
    }
    bool is_stderr = stream == &channel->err.u.stream;
    if (size > 0) {
        tell_bytes(channel, is_stderr ? RH_IO_STDERR : RH_IO_BYTES, (size_t)size);
        return;
    }
    if (size == 0) {
        return;
    }
    (void)uv_read_stop(stream);
    if (is_stderr) {
        channel->err.ended = true;
    } else if (size == UV_EOF) {
        channel->in.ended = true;
        driver_feed(channel->uv, &(struct rh_io){.kind = RH_IO_EOF, .handle = channel->ref});
    } else {
        channel_close(channel, why_of((int)size));
    }
    if (!channel->closing) {
        channel_end(channel);
    }
}

static int read_from(struct stream *stream)
{
    int error = stream->ended ? 0 : uv_read_start(&stream->u.stream, on_allocate, on_read);
    return error == UV_EALREADY ? 0 : error;
}

void channel_read(struct channel *channel)
{
    int error = channel->paused ? 0 : read_from(&channel->in);
    if (error == 0 && channel->err.live) {
        error = read_from(&channel->err);
    }
    if (error != 0) {
        channel_close(channel, why_of(error));
    }
}

void channel_pause(struct channel *channel, bool pause)
{
    channel->paused = pause;
    if (!channel->is_open || channel->closing) {
        return;
    }
    if (pause) {
        (void)uv_read_stop(&channel->in.u.stream);
    } else {
        channel_read(channel);
    }
}

void channel_drain(struct channel *channel)
{
    uv_os_fd_t fd;
    bool can_read = channel->in.live && !channel->in.ended && !channel->paused &&
                    uv_fileno(&channel->in.u.handle, &fd) == 0;
    for (int round = 0; can_read && round < 16; round++) {
        ssize_t size = read(fd, channel->uv->buffer, READ_BYTES);
        if (size <= 0) {
            break;
        }
        tell_bytes(channel, RH_IO_BYTES, (size_t)size);
        can_read = !channel->closing && !channel->paused && !channel->uv->closing;
    }
    channel_close(channel, channel->why);
}

/* ---- writing ---- */

static void write_failed(struct channel *channel, int error)
{
    channel->is_broken = true;
    channel->why = why_of(error);
    channel_later(channel);
}

static void on_shutdown(uv_shutdown_t *request, int status)
{
    struct channel *channel = request->handle->data;
    channel->shutting = false;
    if (channel->closing) {
        return;
    }
    channel->shut = true;
    if (status != 0 && status != UV_ENOTCONN) {
        write_failed(channel, status);
    } else {
        channel_end(channel);
    }
}

static void shut_now(struct channel *channel)
{
    struct stream *writer = writer_of(channel);
    channel->shut_wanted = false;
    if (writer == &channel->out) {
        stream_close(writer);
        channel->shut = true;
        channel_end(channel);
        return;
    }
    channel->shutting = true;
    int error = uv_shutdown(&channel->request.shutdown, &writer->u.stream, on_shutdown);
    if (error != 0) {
        channel->shutting = false;
        channel->shut = true;
        write_failed(channel, error);
    }
}

static void on_written(uv_write_t *request, int status)
{
    struct channel *channel = request->handle->data;
    channel->writing = false;
    if (channel->closing) {
        return;
    }
    if (status != 0) {
        write_failed(channel, status);
        return;
    }
    bool shut = channel->shut_wanted;
    driver_feed(channel->uv, &(struct rh_io){.kind = RH_IO_WRITTEN, .handle = channel->ref});
    if (shut && !channel->closing && !channel->uv->closing) {
        shut_now(channel);
    }
}

void channel_write(struct channel *channel, const uint8_t *bytes, size_t size)
{
    if (!can_write(channel)) {
        if (!channel->closing) {
            write_failed(channel, UV_EPIPE);
        }
        return;
    }
    uv_stream_t *stream = &writer_of(channel)->u.stream;
    uv_buf_t buffer = {.base = (char *)(uintptr_t)bytes, .len = size};
    int written = uv_try_write(stream, &buffer, 1);
    if (written < 0 && written != UV_EAGAIN) {
        write_failed(channel, written);
        return;
    }
    size_t done = written < 0 ? 0 : (size_t)written;
    if (done == size) {
        channel->tell_written = true;
        channel_later(channel);
        return;
    }
    buffer.base += done;
    buffer.len -= done;
    int error = uv_write(&channel->write, stream, &buffer, 1, on_written);
    if (error != 0) {
        write_failed(channel, error);
        return;
    }
    channel->writing = true;
}

void channel_shutdown(struct channel *channel)
{
    if (!can_write(channel)) {
        return;
    }
    if (channel->writing) {
        channel->shut_wanted = true;
    } else {
        shut_now(channel);
    }
}
