/* SPDX-License-Identifier: MIT */
/*
 * The manager of procs that are processes. A child is told who it is by its environment (see <rehearse/proc.h>), connects to
 * the host's node as a node of its own, and is from there on what its agent says and what becomes of its handle: STARTED,
 * EXITED, CLOSED. Its stdin is open as long as the host lives; what it writes to stdout is dropped, what it writes to
 * stderr kept.
 *
 * A process has ended when EXITED was heard and its pipes are closed, so that what it said last is known before its status is;
 * who has handed its pipes on to others does not hold that up for longer than TAIL_WAIT.
 *
 * Nodes of children have numbers from a range of procs_max; a number is used again, by a higher incarnation: what the host's
 * node remembers of its peers does not grow with the number of spawns.
 */
#include "core/host/internal.h"

#include <rehearse/proc.h>
#include <rehearse/remote.h>

#define TAIL_WAIT (100 * RH_MILLISECOND)
#define NUMBERS_EACH 65536U
#define SIGNAL_KILL 9
#define SIGNAL_TERMINATE 15

#define X(identifier, word, sentence) sentence,
static const char *const close_sentences[] = {RH_CLOSE_MAP(X)};
#undef X

/* ---- numbers ---- */

static uint32_t number_first(const struct rh_context *ctx, const struct host *host)
{
    uint32_t own = rh_self(ctx).node;
    if (host->config->first_node != 0 && host->config->first_node != RH_HOST_ANY_NODE) {
        return host->config->first_node;
    }
    return own < NUMBERS_EACH - 1 ? own * NUMBERS_EACH + 1 : 0;
}

static bool numbers_are_good(const struct rh_context *ctx, const struct host *host)
{
    uint32_t first = number_first(ctx, host);
    uint32_t count = rh_limits_of(ctx)->procs_max;
    uint32_t own = rh_self(ctx).node;
    return first != 0 && count <= UINT32_MAX - first && (own < first || own - first >= count);
}

static bool number_is_used(const struct host *host, uint32_t number)
{
    const struct proc *proc = host->procs;
    while (proc != NULL && proc->process.node != number) {
        proc = proc->next;
    }
    return proc != NULL;
}

/* There are as many numbers as procs, and this one has none yet. */
static uint32_t number_choose(const struct rh_context *ctx, const struct host *host,
                              const struct proc *proc)
{
    uint32_t count = rh_limits_of(ctx)->procs_max;
    uint32_t offset = (uint32_t)((proc->serial - 1) % count);
    while (number_is_used(host, number_first(ctx, host) + offset)) {
        offset = (offset + 1) % count;
    }
    return number_first(ctx, host) + offset;
}

/* ---- starting ---- */

static enum rh_status process_open(struct rh_context *ctx, struct host *host)
{
    const struct rh_host *config = host->config;
    bool is_good = config->backend != NULL && numbers_are_good(ctx, host) &&
                   strlen(config->backend) + RH_PROC_VALUE_BYTES(0) < RH_PROC_TEXT_MAX;
    if (!is_good) {
        return RH_INVALID;
    }
    struct rh_endpoint_options each = {.heartbeat = config->heartbeat,
                                       .deadline = config->deadline};
    return config->backend_is_served
               ? RH_OK
               : rh_listener_spawn(ctx, config->backend, &each, &host->process.listener);
}

/** What is needed for the length of a start: the list, and behind it the texts. */
struct block {
    const char **list;
    size_t bytes;
};

static size_t list_length(const char *const *list)
{
    size_t length = 0;
    while (list != NULL && list[length] != NULL) {
        length++;
    }
    return length;
}

/* Write "NAME=", return where the value goes. */
static char *name_variable(char *at, enum rh_proc_variable variable)
{
    const char *name = rh_proc_variable_name(variable);
    size_t size = strlen(name);
    memcpy(at, name, size);
    at[size] = '=';
    return at + size + 1;
}

static size_t room_for(enum rh_proc_variable variable, size_t value)
{
    return strlen(rh_proc_variable_name(variable)) + 1 + RH_PROC_VALUE_BYTES(value);
}

/* The environment of a child: the program's own, and what makes it this proc. */
static enum rh_status block_make(struct rh_context *ctx, const struct host *host,
                                 const struct proc *proc, struct block *block)
{
    struct rh_message null = RH_ITEM(NULL, RH_NULL);
    const struct rh_message *argument =
        rh_message_size(&proc->argument) > 0 ? &proc->argument : &null;
    const char *const *given = proc->program->command->environment;
    const size_t rooms[RH_PROC_VARIABLE_COUNT] = {
        [RH_PROC_VARIABLE_ID] = room_for(RH_PROC_VARIABLE_ID, strlen(proc->id)),
        [RH_PROC_VARIABLE_BACKEND] =
            room_for(RH_PROC_VARIABLE_BACKEND, strlen(host->config->backend)),
        [RH_PROC_VARIABLE_CALLBACK] =
            room_for(RH_PROC_VARIABLE_CALLBACK, strlen(host->config->name)),
        [RH_PROC_VARIABLE_ARGUMENT] =
            room_for(RH_PROC_VARIABLE_ARGUMENT, rh_message_size(argument)),
    };
    size_t count = list_length(given);
    block->bytes = (count + RH_PROC_VARIABLE_COUNT + 1) * sizeof(char *);
    for (int i = 0; i < RH_PROC_VARIABLE_COUNT; i++) {
        block->bytes += rooms[i];
    }
    block->list = host->allocator->allocate(host->allocator->self, block->bytes);
    if (block->list == NULL) {
        return RH_NO_MEMORY;
    }
    char *at = (char *)(block->list + count + RH_PROC_VARIABLE_COUNT + 1);
    for (size_t i = 0; i < count; i++) {
        block->list[i] = given[i];
    }
    char *slots[RH_PROC_VARIABLE_COUNT];
    for (int i = 0; i < RH_PROC_VARIABLE_COUNT; i++) {
        block->list[count + (size_t)i] = at;
        slots[i] = name_variable(at, (enum rh_proc_variable)i);
        at += rooms[i];
    }
    block->list[count + RH_PROC_VARIABLE_COUNT] = NULL;
    enum rh_status id = rh_proc_write_id(proc->process.node, (uint32_t)proc->serial, proc->id,
                                         slots[RH_PROC_VARIABLE_ID]);
    enum rh_status backend = rh_proc_write_backend(rh_self(ctx).node, host->config->backend,
                                                   slots[RH_PROC_VARIABLE_BACKEND]);
    memcpy(slots[RH_PROC_VARIABLE_CALLBACK], host->config->name, strlen(host->config->name) + 1);
    rh_proc_write_argument(argument, slots[RH_PROC_VARIABLE_ARGUMENT]);
    return id == RH_OK ? backend : id;
}

static enum rh_status process_start(struct rh_context *ctx, struct host *host, struct proc *proc)
{
    struct block block;
    if (proc->serial > UINT32_MAX) {
        return RH_EXHAUSTED;
    }
    proc->process.node = number_choose(ctx, host, proc);
    enum rh_status status = block_make(ctx, host, proc, &block);
    if (status == RH_OK) {
        struct rh_command command = *proc->program->command;
        command.environment = block.list;
        status = rh_start(ctx, &command, &proc->process.handle);
    }
    if (block.list != NULL) {
        host->allocator->release(host->allocator->self, block.list, block.bytes);
    }
    return status;
}

static enum rh_status process_attach(struct rh_context *ctx, struct host *host, struct proc *proc,
                                     struct rh_pid from, struct rh_pid agent)
{
    bool is_child =
        host->config->first_node == RH_HOST_ANY_NODE
            ? from.node != rh_self(ctx).node
            : from.node == proc->process.node && from.incarnation == (uint32_t)proc->serial;
    if (!is_child) {
        return RH_INVALID;
    }
    if (rh_pid_is_none(agent)) {
        return RH_OK; /* which the host finds out by itself */
    }
    if (agent.node != from.node || agent.incarnation != from.incarnation) {
        return RH_INVALID;
    }
    return rh_monitor(ctx, agent, RH_ALIAS_NONE, &proc->process.watch);
}

/* ---- ending ---- */

static enum rh_status process_stop(struct rh_context *ctx, struct host *host, struct proc *proc,
                                   enum proc_stage stage)
{
    (void)host;
    if (stage == PROC_STAGE_DRAIN && !rh_pid_is_none(proc->agent)) {
        return proc_tell(ctx, proc, proc->agent, "drain");
    }
    return rh_kill(ctx, proc->process.handle,
                   stage == PROC_STAGE_KILL ? SIGNAL_KILL : SIGNAL_TERMINATE);
}

static void process_release(struct rh_context *ctx, struct host *host, struct proc *proc)
{
    struct proc_process *process = &proc->process;
    (void)host;
    if (!ref_is_none(process->watch)) {
        (void)rh_demonitor(ctx, process->watch, RH_FLUSH);
    }
    if (!ref_is_none(process->timer)) {
        (void)rh_timer_cancel(ctx, process->timer, NULL);
    }
    if (!ref_is_none(process->handle)) {
        (void)rh_close(
            ctx, process->handle); /* unless it is closed: who still has its pipes keeps them */
    }
    rh_message_unref(process->reason);
    *process = (struct proc_process){.node = 0};
}

/* ---- what is heard ---- */

/* Keep the end of what it says. */
static void tail_add(const struct rh_context *ctx, const struct host *host, struct proc *proc,
                     const uint8_t *bytes, size_t size)
{
    size_t most = rh_limits_of(ctx)->stderr_bytes_max;
    if (proc->tail == NULL && most > 0) {
        proc->tail = host->allocator->allocate(host->allocator->self, most);
        proc->tail_capacity = proc->tail == NULL ? 0 : most;
    }
    if (size >= proc->tail_capacity) {
        bytes += size - proc->tail_capacity;
        size = proc->tail_capacity;
    }
    size_t kept = proc->tail_capacity - size;
    kept = kept < proc->tail_bytes ? kept : proc->tail_bytes;
    if (size > 0) {
        memmove(proc->tail, proc->tail + (proc->tail_bytes - kept), kept);
        memcpy(proc->tail + kept, bytes, size);
        proc->tail_bytes = kept + size;
    }
}

static void say_end(struct proc *proc, struct proc_event *event)
{
    bool by_signal = proc->process.signal != 0;
    *event = (struct proc_event){.proc = proc,
                                 .kind = by_signal ? PROC_EVENT_SIGNALLED : PROC_EVENT_EXITED,
                                 .number = by_signal ? proc->process.signal : proc->process.code,
                                 .reason = by_signal ? rh_message_none() : proc->process.reason};
}

static void exited(struct rh_context *ctx, struct proc *proc, const struct rh_io *io,
                   struct proc_event *event)
{
    struct proc_process *process = &proc->process;
    process->has_exited = true;
    process->code = io->number;
    process->signal = io->signal;
    if (process->is_closed ||
        rh_timer_start(ctx, TAIL_WAIT, rh_self(ctx), rh_message_none(), &process->timer) != RH_OK) {
        say_end(proc, event);
    }
}

static void closed(struct proc *proc, const struct rh_io *io, struct proc_event *event)
{
    struct proc_process *process = &proc->process;
    process->is_closed = true;
    if (process->has_exited) {
        say_end(proc, event);
    } else if (!process->has_started) {
        *event = (struct proc_event){
            .proc = proc, .kind = PROC_EVENT_BROKEN, .why = close_sentences[io->why]};
    }
}

static void hear_io(struct rh_context *ctx, struct host *host, const struct rh_io *io,
                    struct proc_event *event)
{
    struct proc *proc = host->procs;
    while (proc != NULL && !rh_ref_equal(proc->process.handle, io->handle)) {
        proc = proc->next;
    }
    if (proc == NULL) {
        return; /* of one that was released */
    }
    switch (io->kind) {
    case RH_IO_STARTED:
        proc->process.has_started = true;
        proc->process.id = io->number;
        *event = (struct proc_event){.proc = proc, .kind = PROC_EVENT_LAUNCHED};
        break;
    case RH_IO_STDERR:
        tail_add(ctx, host, proc, io->bytes, io->size);
        break;
    case RH_IO_EXITED:
        exited(ctx, proc, io, event);
        break;
    case RH_IO_CLOSED:
        closed(proc, io, event);
        break;
    default:
        break;
    }
}

static struct proc *proc_of_watch(const struct host *host, struct rh_ref watch)
{
    struct proc *proc = host->procs;
    while (proc != NULL && !rh_ref_equal(proc->process.watch, watch)) {
        proc = proc->next;
    }
    return ref_is_none(watch) ? NULL : proc;
}

static struct proc *proc_of_wait(const struct host *host, struct rh_ref timer)
{
    struct proc *proc = host->procs;
    while (proc != NULL && !rh_ref_equal(proc->process.timer, timer)) {
        proc = proc->next;
    }
    return ref_is_none(timer) ? NULL : proc;
}

/* Its exit code will say that the agent has failed, but not how. */
static void keep_reason(struct proc *proc, const struct rh_message *reason)
{
    int64_t code = 0;
    switch (rh_reason_class(reason)) {
    case RH_REASON_NORMAL:
    case RH_REASON_SHUTDOWN:
    case RH_REASON_KILLED:
    case RH_REASON_NOCONNECTION:
        return;
    default:
        if (!RH_MATCH(reason, "exit", &code)) {
            proc->process.reason = rh_message_ref(*reason);
        }
    }
}

static bool hear_down(struct rh_context *ctx, struct host *host, const struct rh_delivery *in,
                      struct proc_event *event)
{
    struct proc *proc = proc_of_watch(host, rh_delivery_ref(ctx, in));
    if (proc == NULL) {
        return false;
    }
    proc->process.watch = (struct rh_ref){.ordinal = 0};
    keep_reason(proc, &in->message);
    *event = (struct proc_event){.proc = proc,
                                 .kind = PROC_EVENT_LOST,
                                 .why = rh_reason_class(&in->message) == RH_REASON_NOCONNECTION
                                            ? "the connection to it is lost"
                                            : NULL};
    return true;
}

static bool hear_timeout(struct rh_context *ctx, struct host *host, const struct rh_delivery *in,
                         struct proc_event *event)
{
    struct proc *proc = proc_of_wait(host, rh_delivery_ref(ctx, in));
    if (proc == NULL) {
        return false;
    }
    proc->process.timer = (struct rh_ref){.ordinal = 0};
    say_end(proc, event);
    return true;
}

/* Without it no child can ever call back. */
static bool hear_exit(struct rh_context *ctx, const struct host *host, const struct rh_delivery *in)
{
    if (rh_pid_is_none(in->from) || !rh_pid_equal(in->from, host->process.listener)) {
        return false;
    }
    (void)rh_exit(ctx, RH_ARRAY(rh_allocator_of(ctx), "backend", in->message));
    return true;
}

static bool process_receive(struct rh_context *ctx, struct host *host, const struct rh_delivery *in,
                            struct proc_event *ret_event)
{
    switch ((enum rh_delivery_kind)in->kind) {
    case RH_DELIVERY_IO:
        hear_io(ctx, host, rh_delivery_io(ctx), ret_event);
        return true;
    case RH_DELIVERY_DOWN:
        return hear_down(ctx, host, in, ret_event);
    case RH_DELIVERY_TIMEOUT:
        return hear_timeout(ctx, host, in, ret_event);
    case RH_DELIVERY_EXIT:
        return hear_exit(ctx, host, in);
    default:
        return false;
    }
}

const struct rh_manager manager_process = {
    .word = "process",
    .open = process_open,
    .start = process_start,
    .attach = process_attach,
    .stop = process_stop,
    .release = process_release,
    .receive = process_receive,
};
