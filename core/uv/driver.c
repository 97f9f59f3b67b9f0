/* SPDX-License-Identifier: MIT */
/*
 * The node on a loop. Files are looked at, and what they say is fed at once, each time with all effects applied before
 * anything else happens; then, behind the look, one slice: what was put off, and up to `budget` events of the node. If
 * that was not all, an idle handle keeps the loop from sleeping, and it looks at files again before the next slice.
 * Otherwise a timer wakes it for the node's earliest one.
 */
#include "core/uv/internal.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#define BUDGET 1024u
#define NANOSECONDS UINT64_C(1000000) /* of a millisecond */

rh_instant rh_uv_now(const struct rh_uv *uv)
{
    return uv->options.clock == NULL ? uv_hrtime() : uv->options.clock(uv->options.self);
}

/* ---- effects ---- */

static void feed(struct rh_uv *uv, const struct rh_io *io)
{
    /* RH_NOPROC: the node has lost interest. */
    enum rh_status status = rh_node_feed(uv->node, rh_uv_now(uv), io, NULL);
    RH_ASSERT(status == RH_OK || status == RH_NOPROC);
}

/* Without memory there is nothing to remember it by: this one answer comes while effects are applied. What the node makes of
 * it may be behind the slice's work. */
static void answer_no_memory(struct rh_uv *uv, struct rh_ref handle)
{
    feed(uv, &(struct rh_io){.kind = RH_IO_CLOSED, .handle = handle, .why = RH_CLOSE_NO_MEMORY});
    uv->was_fed = true;
}

static void apply_opening(struct rh_uv *uv, const struct rh_effect *effect)
{
    enum channel_kind kind = effect->kind == RH_EFFECT_CONNECT  ? CHANNEL_PIPE
                             : effect->kind == RH_EFFECT_LISTEN ? CHANNEL_LISTENER
                                                                : CHANNEL_CHILD;
    const char *address = effect->address;
    if (kind != CHANNEL_CHILD && uv->options.locate != NULL) {
        address = uv->options.locate(uv->options.self, address);
    }
    struct channel *channel = channel_create(uv, effect->handle, kind, address);
    if (channel == NULL) {
        answer_no_memory(uv, effect->handle);
    } else if (kind == CHANNEL_PIPE) {
        channel_connect(channel);
    } else if (kind == CHANNEL_LISTENER) {
        channel_listen(channel);
    } else {
        channel_start(channel, effect->command);
    }
}

static void refuse(struct rh_uv *uv, const struct rh_effect *effect)
{
    struct channel *channel = effect->size > 0
                                  ? channel_find(uv, effect->handle)
                                  : channel_create(uv, effect->handle, CHANNEL_PIPE, NULL);
    if (channel == NULL && effect->size > 0) {
        return; /* CLOSED is under way */
    }
    if (channel == NULL) {
        answer_no_memory(uv, effect->handle);
    } else {
        channel_close(channel, RH_CLOSE_FAULT);
    }
}

static void say(struct rh_uv *uv, const struct rh_effect *effect)
{
    if (uv->options.output != NULL) {
        uv->options.output(uv->options.self, effect->actor, &effect->message);
    }
    rh_message_unref(effect->message);
}

static void apply_to(struct channel *channel, const struct rh_effect *effect)
{
    switch (effect->kind) {
    case RH_EFFECT_WRITE:
        channel_write(channel, effect->bytes, effect->size);
        break;
    case RH_EFFECT_PAUSE:
        channel_pause(channel, true);
        break;
    case RH_EFFECT_RESUME:
        channel_pause(channel, false);
        break;
    case RH_EFFECT_SHUTDOWN:
        channel_shutdown(channel);
        break;
    case RH_EFFECT_CLOSE:
        channel_close(channel, RH_CLOSE_REQUESTED);
        break;
    case RH_EFFECT_KILL:
        channel_kill(channel, effect->number);
        break;
    default:
        break;
    }
}

void driver_apply(struct rh_uv *uv)
{
    struct rh_effect effect;
    RH_ASSERT(!uv->is_applying);
    uv->is_applying = true;
    while (!uv->closing && rh_node_take_effect(uv->node, &effect)) {
        struct channel *channel = NULL;
        switch (effect.kind) {
        case RH_EFFECT_USER:
            say(uv, &effect);
            break;
        case RH_EFFECT_CONNECT:
        case RH_EFFECT_LISTEN:
        case RH_EFFECT_START:
            apply_opening(uv, &effect);
            break;
        case RH_EFFECT_REFUSE:
            refuse(uv, &effect);
            break;
        default:
            channel = channel_find(uv, effect.handle);
            if (channel != NULL && !channel->uv->closing) {
                apply_to(channel, &effect);
            }
            break;
        }
    }
    roots_tell(uv);
    uv->is_applying = false;
}

void driver_feed(struct rh_uv *uv, const struct rh_io *io)
{
    if (uv->closing) {
        return;
    }
    if (io->kind == RH_IO_STDERR && uv->options.child_said != NULL) {
        uv->options.child_said(uv->options.self, io->handle, io->bytes, io->size);
    }
    feed(uv, io);
    driver_apply(uv);
    driver_schedule(uv);
}

/* ---- the loop ---- */

static void on_idle(uv_idle_t *idle)
{
    (void)idle; /* it is there to keep the loop awake */
}

void driver_schedule(struct rh_uv *uv)
{
    if (!uv->closing) {
        (void)uv_idle_start(&uv->idle, on_idle);
    }
}

static void on_timer(uv_timer_t *timer)
{
    driver_schedule(timer->data);
}

/* In the loop's milliseconds, rounded up: never early. */
static void set_timer(struct rh_uv *uv)
{
    rh_instant due = rh_node_next_due(uv->node);
    if (due == RH_NEVER) {
        (void)uv_timer_stop(&uv->timer);
        return;
    }
    uint64_t due_ms = due / NANOSECONDS + (due % NANOSECONDS != 0);
    uint64_t now_ms = uv->options.clock == NULL ? uv_now(uv->loop) : rh_uv_now(uv) / NANOSECONDS;
    (void)uv_timer_start(&uv->timer, on_timer, due_ms > now_ms ? due_ms - now_ms : 1, 0);
}

/* Those that are there now; what they put off again waits for the next slice. */
static void tell_later(struct rh_uv *uv)
{
    for (size_t left = uv->todo_count; left > 0 && !uv->closing; left--) {
        struct channel *channel = uv->todo_head;
        uv->todo_head = channel->todo_next;
        if (uv->todo_head == NULL) {
            uv->todo_tail = NULL;
        }
        uv->todo_count--;
        channel->is_todo = false;
        channel_tell(channel);
        channel_settle(channel);
    }
}

static void on_check(uv_check_t *check)
{
    struct rh_uv *uv = check->data;
    if (uv->closing || !uv_is_active((uv_handle_t *)&uv->idle)) {
        return;
    }
    tell_later(uv);
    uv->was_fed = false;
    size_t (*run)(void *self, struct rh_node *node, rh_instant now, size_t budget) =
        uv->options.run;
    size_t handled = run == NULL
                         ? rh_node_run(uv->node, rh_uv_now(uv), uv->options.budget)
                         : run(uv->options.self, uv->node, rh_uv_now(uv), uv->options.budget);
    driver_apply(uv);
    if (handled < uv->options.budget && uv->todo_count == 0 && !uv->was_fed) {
        (void)uv_idle_stop(&uv->idle);
        set_timer(uv);
    }
}

/* ---- life ---- */

static void ignore_sigpipe(void)
{
    struct sigaction action = {.sa_handler = SIG_IGN};
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGPIPE, &action, NULL);
}

enum rh_status rh_uv_create(struct uv_loop_s *loop, struct rh_node *node,
                            const struct rh_uv_options *options, struct rh_uv **ret_uv)
{
    bool chosen = options != NULL && options->allocator != NULL;
    struct rh_allocator allocator = chosen ? *options->allocator : *rh_allocator_default();
    struct rh_uv *uv = allocator.allocate(allocator.self, sizeof(*uv));
    if (uv == NULL) {
        return RH_NO_MEMORY;
    }
    memset(uv, 0, sizeof(*uv));
    uv->allocator = allocator;
    ignore_sigpipe();
    uv->loop = loop;
    uv->node = node;
    uv->watcher = rh_pid_none();
    uv->options = options == NULL ? (struct rh_uv_options){0} : *options;
    if (uv->options.budget == 0) {
        uv->options.budget = BUDGET;
    }
    (void)uv_check_init(loop, &uv->check); /* none of the three can fail */
    (void)uv_idle_init(loop, &uv->idle);
    (void)uv_timer_init(loop, &uv->timer);
    uv->own_handles = 3;
    uv->check.data = uv;
    uv->idle.data = uv;
    uv->timer.data = uv;
    (void)uv_check_start(&uv->check, on_check);
    uv_unref((uv_handle_t *)&uv->check);
    driver_apply(uv);
    driver_schedule(uv);
    *ret_uv = uv;
    return RH_OK;
}

void rh_uv_wake(struct rh_uv *uv)
{
    driver_apply(uv);
    driver_schedule(uv);
}

/* libuv aborts on what cannot be waited for. */
static bool open_stream(struct channel *channel, struct stream *stream, int fd)
{
    uv_handle_type type = uv_guess_handle(fd);
    return (type == UV_NAMED_PIPE || type == UV_TCP) && stream_init_pipe(channel, stream) == 0 &&
           uv_pipe_open(&stream->u.pipe, fd) == 0;
}

enum rh_status rh_uv_adopt(struct rh_uv *uv, struct rh_ref handle, int in, int out)
{
    struct channel *channel = channel_create(uv, handle, CHANNEL_PIPE, NULL);
    int fds[2] = {in, out};
    int count = in == out ? 1 : 2;
    if (channel == NULL) {
        answer_no_memory(uv, handle);
        driver_apply(uv);
    }
    enum rh_status status = channel == NULL ? RH_NO_MEMORY : RH_OK;
    struct stream *streams[2] = {channel == NULL ? NULL : &channel->in,
                                 channel == NULL ? NULL : &channel->out};
    for (int i = 0; i < count; i++) {
        if (status == RH_OK && !open_stream(channel, streams[i], fds[i])) {
            status = RH_IO;
        }
        if (status != RH_OK) {
            (void)close(fds[i]);
        }
    }
    if (status == RH_OK) {
        channel->is_open = true;
        channel_read(channel);
    } else if (channel != NULL) {
        channel_close(channel, RH_CLOSE_IO);
    }
    driver_schedule(uv);
    return status;
}

static void on_own_closed(uv_handle_t *handle)
{
    struct rh_uv *uv = handle->data;
    uv->own_handles--;
    driver_finish(uv);
}

void driver_finish(struct rh_uv *uv)
{
    if (uv->closing && uv->own_handles == 0 && uv->channels == NULL) {
        void (*closed)(void *self) = uv->closed;
        void *self = uv->closed_self;
        struct rh_allocator allocator = uv->allocator;
        allocator.release(allocator.self, uv, sizeof(*uv));
        if (closed != NULL) {
            closed(self);
        }
    }
}

void rh_uv_close(struct rh_uv *uv, void (*closed)(void *self), void *self)
{
    RH_ASSERT(!uv->closing && !uv->is_applying);
    uv->closing = true;
    uv->closed = closed;
    uv->closed_self = self;
    uv->todo_head = NULL;
    uv->todo_tail = NULL;
    uv->todo_count = 0;
    roots_forget(uv);
    uv_close((uv_handle_t *)&uv->check, on_own_closed);
    uv_close((uv_handle_t *)&uv->idle, on_own_closed);
    uv_close((uv_handle_t *)&uv->timer, on_own_closed);
    struct channel *next = NULL;
    for (struct channel *channel = uv->channels; channel != NULL; channel = next) {
        next = channel->next;
        channel->is_todo = false;
        channel_kill(channel, SIGKILL);
        channel_close(channel, RH_CLOSE_REQUESTED);
        channel->is_todo = false;
        channel_settle(channel);
    }
    uv->todo_head = NULL;
    uv->todo_tail = NULL;
}
