/* SPDX-License-Identifier: MIT */
/*
 * What a driver tells about handles. The record is brought up to date first, whoever listens; then the owner has its
 * turn, unless it has exited, has closed the handle, or a fault takes the turn away. The signal of that turn lives on the
 * stack: an input cannot be refused for want of memory, but for ACCEPTED, which makes a handle.
 */
#include "core/io/handle.h"

static bool is_open(const struct handle *handle)
{
    return handle->phase == HANDLE_OPEN || handle->phase == HANDLE_CLOSING;
}

/* Can this happen to a handle that is where this one is? */
static bool fits(const struct handle *handle, const struct rh_io *io)
{
    bool child = handle->kind == HANDLE_CHILD;
    bool pipe = handle->kind != HANDLE_LISTENER && is_open(handle);
    bool unanswered = handle->phase == HANDLE_OPENING || handle->phase == HANDLE_CLOSING;
    switch (io->kind) {
    case RH_IO_OPENED:
        return !child && unanswered;
    case RH_IO_STARTED:
        return child && unanswered && !handle->started;
    case RH_IO_ACCEPTED:
        return handle->kind == HANDLE_LISTENER && is_open(handle);
    case RH_IO_BYTES:
        return pipe && io->size > 0;
    case RH_IO_STDERR:
        return pipe && child && io->size > 0;
    case RH_IO_WRITTEN:
        return pipe && handle->writing && !handle->refused && !handle->effects[SLOT_WRITE].queued;
    case RH_IO_EOF:
        return pipe;
    case RH_IO_EXITED:
        return handle->started && !handle->exited;
    case RH_IO_CLOSED:
        return handle->phase != HANDLE_CLOSED && (unsigned)io->why < RH_CLOSE_COUNT;
    default:
        return false;
    }
}

/* Bring the record up to date; false when nobody is to hear of it. */
static bool take_in(struct rh_node *node, struct handle *handle, const struct rh_io *io)
{
    bool hears = handle->next != NULL && handle->phase != HANDLE_CLOSING;
    switch (io->kind) {
    case RH_IO_STARTED:
        handle->started = true;
        handle->phase = handle->phase == HANDLE_OPENING ? HANDLE_OPEN : handle->phase;
        break;
    case RH_IO_OPENED:
        handle->phase = handle->phase == HANDLE_OPENING ? HANDLE_OPEN : handle->phase;
        break;
    case RH_IO_WRITTEN:
        handle->writing = false;
        break;
    case RH_IO_EXITED:
        handle->exited = true;
        handle->signals = 0;
        handle_withdraw(node, handle, SLOT_KILL);
        hears = handle->next != NULL;
        break;
    case RH_IO_CLOSED:
        handle->phase = HANDLE_CLOSED;
        handle->writing = false;
        handle->refused = false;
        for (unsigned slot = 0; slot < SLOT_KILL; slot++) {
            handle_withdraw(node, handle, (enum handle_slot)slot);
        }
        hears = handle->next != NULL;
        break;
    default:
        break;
    }
    return hears;
}

uint64_t io_number(const struct rh_io *io)
{
    switch (io->kind) {
    case RH_IO_BYTES:
    case RH_IO_STDERR:
        return io->size;
    case RH_IO_ACCEPTED:
        return io->accepted.ordinal;
    case RH_IO_EXITED:
        return io->signal != 0 ? (uint64_t)io->signal : (uint64_t)io->number;
    case RH_IO_CLOSED:
        return (uint64_t)io->why;
    default:
        return (uint64_t)io->number;
    }
}

static bool tell(struct rh_node *node, struct actor *owner, const struct rh_io *io)
{
    struct signal signal = {
        .kind = RH_SIGNAL_IO, .to = actor_pid(node, owner), .body = {.flags = SIGNAL_BORROWED}};
    EMIT(node, .kind = RH_EVENT_INPUT, .signal = RH_SIGNAL_IO, .actor = signal.to,
         .name = rh_io_kind_word(io->kind), .peer = io->handle.owner, .ordinal = io->handle.ordinal,
         .number = io_number(io));
    node->io = io;
    if (!filter_passes(node, owner, &signal)) {
        node->io = NULL;
        return false;
    }
    actor_deliver(node, owner, &signal, RH_DELIVERY_IO);
    node->io = NULL;
    return true;
}

const struct rh_io *rh_delivery_io(const struct rh_context *ctx)
{
    return ctx->node->io;
}

static enum rh_status accept_pipe(struct rh_node *node, struct actor *owner,
                                  const struct rh_io *input, struct rh_ref *ret_accepted)
{
    struct handle *accepted;
    enum rh_status status = handle_create(node, owner, HANDLE_PIPE, 0, &accepted);
    if (status != RH_OK) {
        return status;
    }
    accepted->phase = HANDLE_OPEN;
    *ret_accepted = accepted->ref;
    struct rh_io io = *input;
    io.accepted = accepted->ref;
    if (tell(node, owner, &io)) {
        return RH_OK;
    }
    /* A pipe that nobody has heard of. */
    handle_free(node, handle_find(node, *ret_accepted));
    *ret_accepted = (struct rh_ref){rh_pid_none(), 0};
    return RH_NOPROC;
}

/* Whoever was spawned and given a handle at once has to start before it can hear of it. Its START goes first: it is
 * deliverable, being the first signal that there is for it. */
static void start_owner(struct rh_node *node, struct rh_pid owner)
{
    struct signal *signal = node->queue.head;
    while (signal->kind != RH_SIGNAL_START || !rh_pid_equal(signal->to, owner)) {
        signal = signal->next;
    }
    queue_remove(node, signal);
    signal_handle(node, signal);
}

static struct handle *find_started(struct rh_node *node, struct rh_ref ref)
{
    struct handle *handle = handle_find(node, ref);
    while (handle != NULL && handle->next != NULL &&
           actor_at(node, handle->owner.slot)->phase == PHASE_EMBRYO) {
        start_owner(node, handle->owner);
        handle = handle_find(node, ref); /* init may have done anything to it */
    }
    return handle;
}

static enum rh_status feed(struct rh_node *node, const struct rh_io *io,
                           struct rh_ref *ret_accepted)
{
    struct handle *handle = find_started(node, io->handle);
    if (handle == NULL) {
        return RH_NOPROC;
    }
    if (!fits(handle, io) || (io->kind == RH_IO_ACCEPTED && ret_accepted == NULL)) {
        return RH_INVALID;
    }
    node->stats.events++;
    bool hears = take_in(node, handle, io);
    struct actor *owner = hears ? actor_at(node, handle->owner.slot) : NULL;
    handle_free_when_done(node, handle);
    if (io->kind == RH_IO_ACCEPTED) {
        return owner == NULL ? RH_NOPROC : accept_pipe(node, owner, io, ret_accepted);
    }
    if (owner != NULL) {
        (void)tell(node, owner, io);
    }
    return RH_OK;
}

enum rh_status rh_node_feed(struct rh_node *node, rh_instant now, const struct rh_io *io,
                            struct rh_ref *ret_accepted)
{
    node->now = now;
    if (ret_accepted != NULL) {
        *ret_accepted = (struct rh_ref){rh_pid_none(), 0};
    }
    enum rh_status status = feed(node, io, ret_accepted);
    event_end(node);
    return status;
}

enum rh_status rh_node_adopt(struct rh_node *node, rh_instant now, struct rh_pid pid,
                             struct rh_ref *ret_handle)
{
    node->now = now;
    struct actor *owner = actor_find(node, pid);
    if (owner == NULL) {
        return RH_NOPROC;
    }
    struct handle *handle;
    enum rh_status status = handle_create(node, owner, HANDLE_PIPE, 0, &handle);
    if (status == RH_OK) {
        handle->phase = HANDLE_OPEN;
        *ret_handle = handle->ref;
    }
    return status;
}
