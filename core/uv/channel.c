/* SPDX-License-Identifier: MIT */
/*
 * The life of a channel. libuv's memory belongs to the loop until the callback of uv_close, so a channel is freed when its
 * last handle is closed, its child is reaped, and the node was told. What is known at once (a write that the kernel took
 * whole, a program that does not exist) is told in a later slice: an effect is never answered while effects are applied.
 */
#include "core/uv/internal.h"

#include <string.h>

static size_t bucket_of(struct rh_ref ref)
{
    uint64_t mixed =
        (ref.ordinal ^ ((uint64_t)ref.owner.slot << 20)) * UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(mixed >> 40) & (CHANNEL_BUCKETS - 1);
}

void channel_name(struct channel *channel, struct rh_ref ref)
{
    struct channel **bucket = &channel->uv->buckets[bucket_of(ref)];
    channel->ref = ref;
    channel->hash_next = *bucket;
    *bucket = channel;
}

static void forget_name(struct channel *channel)
{
    struct channel **link = &channel->uv->buckets[bucket_of(channel->ref)];
    while (*link != NULL && *link != channel) {
        link = &(*link)->hash_next;
    }
    if (*link != NULL) {
        *link = channel->hash_next;
    }
}

struct channel *channel_create(struct rh_uv *uv, struct rh_ref ref, enum channel_kind kind,
                               const char *address)
{
    size_t bytes = address == NULL ? 0 : strlen(address) + 1;
    struct channel *channel = driver_allocate(uv, sizeof(*channel) + bytes);
    if (channel == NULL) {
        return NULL;
    }
    memset(channel, 0, sizeof(*channel));
    channel->block_bytes = sizeof(*channel) + bytes;
    channel->uv = uv;
    channel->kind = kind;
    if (bytes > 0) {
        memcpy(channel->address, address, bytes);
    }
    channel->next = uv->channels;
    if (uv->channels != NULL) {
        uv->channels->prev = channel;
    }
    uv->channels = channel;
    if (ref.ordinal != 0) {
        channel_name(channel, ref);
    }
    return channel;
}

struct channel *channel_find(const struct rh_uv *uv, struct rh_ref ref)
{
    struct channel *channel = uv->buckets[bucket_of(ref)];
    while (channel != NULL && !rh_ref_equal(channel->ref, ref)) {
        channel = channel->hash_next;
    }
    return channel;
}

void channel_settle(struct channel *channel)
{
    struct rh_uv *uv = channel->uv;
    if (!channel->closing || channel->open_handles > 0 || channel->process_is_live ||
        channel->resolving || channel->is_todo || !(channel->told || uv->closing)) {
        return;
    }
    forget_name(channel);
    if (channel->prev == NULL) {
        uv->channels = channel->next;
    } else {
        channel->prev->next = channel->next;
    }
    if (channel->next != NULL) {
        channel->next->prev = channel->prev;
    }
    channel_forget_addresses(channel);
    driver_release(uv, channel, channel->block_bytes);
    driver_finish(uv);
}

/* ---- closing ---- */

/* The last stream is closed, or there was none. */
static void tell_closed(struct channel *channel)
{
    channel->tell_closed = false;
    if (!channel->told && !channel->uv->closing) {
        channel->told = true;
        if (channel->ref.ordinal != 0) {
            driver_feed(
                channel->uv,
                &(struct rh_io){.kind = RH_IO_CLOSED, .handle = channel->ref, .why = channel->why});
        }
    }
}

static void handle_closed(struct channel *channel)
{
    RH_ASSERT(channel->open_handles > 0);
    channel->open_handles--;
    if (channel->tries_next && !channel->closing) {
        channel_try_next(channel);
        return;
    }
    if (channel->open_handles == 0 && channel->closing && !channel->resolving) {
        channel_tell(channel);
        tell_closed(channel);
    }
    channel_settle(channel);
}

static void on_stream_closed(uv_handle_t *handle)
{
    handle_closed(handle->data);
}

void stream_close(struct stream *stream)
{
    if (stream->live) {
        stream->live = false;
        uv_close(&stream->u.handle, on_stream_closed);
    }
}

static void close_retry(struct channel *channel)
{
    if (channel->retry_is_live) {
        channel->retry_is_live = false;
        uv_close((uv_handle_t *)&channel->retry, on_stream_closed);
    }
}

void channel_close(struct channel *channel, enum rh_close_why why)
{
    if (channel->closing) {
        return;
    }
    channel->closing = true;
    channel->why = why;
    stream_close(&channel->in);
    stream_close(&channel->out);
    stream_close(&channel->err);
    close_retry(channel);
    if (channel->resolving) {
        (void)uv_cancel((uv_req_t *)&channel->request.resolve);
    } else if (channel->open_handles == 0) {
        channel->tell_closed = true;
        channel_later(channel);
    }
}

/* ---- streams ---- */

int stream_init_pipe(struct channel *channel, struct stream *stream)
{
    int error = uv_pipe_init(channel->uv->loop, &stream->u.pipe, 0);
    if (error == 0) {
        stream->live = true;
        stream->u.handle.data = channel;
        channel->open_handles++;
    }
    return error;
}

int stream_init_tcp(struct channel *channel, struct stream *stream)
{
    int error = uv_tcp_init(channel->uv->loop, &stream->u.tcp);
    if (error == 0) {
        stream->live = true;
        stream->u.handle.data = channel;
        channel->open_handles++;
        channel->is_tcp = true;
    }
    return error;
}

void retry_start(struct channel *channel, uint64_t milliseconds, uv_timer_cb callback)
{
    if (!channel->retry_is_live) {
        (void)uv_timer_init(channel->uv->loop, &channel->retry); /* cannot fail */
        channel->retry.data = channel;
        channel->retry_is_live = true;
        channel->open_handles++;
    }
    (void)uv_timer_start(&channel->retry, callback, milliseconds, 0);
}

/* ---- later ---- */

void channel_later(struct channel *channel)
{
    struct rh_uv *uv = channel->uv;
    if (!channel->is_todo && !uv->closing) {
        channel->is_todo = true;
        channel->todo_next = NULL;
        if (uv->todo_tail == NULL) {
            uv->todo_head = channel;
        } else {
            uv->todo_tail->todo_next = channel;
        }
        uv->todo_tail = channel;
        uv->todo_count++;
    }
    driver_schedule(uv);
}

static void tell(struct channel *channel, bool *flag, enum rh_io_kind kind)
{
    if (*flag) {
        *flag = false;
        driver_feed(
            channel->uv,
            &(struct rh_io){.kind = kind, .handle = channel->ref, .number = channel->number});
    }
}

void channel_tell_opening(struct channel *channel)
{
    tell(channel, &channel->tell_started, RH_IO_STARTED); /* even while closing: EXITED follows */
    if (!channel->closing) {
        tell(channel, &channel->tell_opened, RH_IO_OPENED);
    }
}

void channel_tell(struct channel *channel)
{
    if (channel->uv->closing) {
        return;
    }
    channel_tell_opening(channel);
    if (!channel->closing) {
        tell(channel, &channel->tell_written, RH_IO_WRITTEN);
    }
    if (!channel->closing && channel->is_broken) {
        channel_drain(channel);
    }
    if (channel->tell_closed) {
        tell_closed(channel);
    }
}
