/* SPDX-License-Identifier: MIT */
/*
 * The table of procs, and the one place where a status changes. A proc that was ready is remembered after its end, so that
 * whoever asks later hears how it ended; its name is free all the same. One that never was ready leaves nothing.
 */
#include "core/host/internal.h"

/* ---- finding ---- */

struct rh_text proc_name(const struct proc *proc)
{
    return text_of(proc->name);
}

struct proc *proc_find(const struct host *host, struct rh_text name)
{
    struct proc *proc = host->procs;
    while (proc != NULL && !text_is(name, proc->name)) {
        proc = proc->next;
    }
    return proc;
}

struct proc *proc_find_serial(const struct host *host, uint64_t serial)
{
    struct proc *proc = host->procs;
    while (proc != NULL && proc->serial != serial) {
        proc = proc->next;
    }
    return proc;
}

struct proc *proc_find_id(const struct host *host, struct rh_text id)
{
    struct proc *proc = host->procs;
    while (proc != NULL && !text_is(id, proc->id)) {
        proc = proc->next;
    }
    return proc;
}

bool proc_name_is_reserved(struct rh_text name)
{
    return text_is(name, "service") || text_is(name, "local");
}

bool proc_name_is_good(const struct rh_context *ctx, const struct host *host, struct rh_text name)
{
    for (size_t i = 0; i < name.size; i++) {
        unsigned char byte = (unsigned char)name.bytes[i];
        if (byte < 0x20 || byte == 0x7f || byte == '/') {
            return false;
        }
    }
    size_t id_bytes = strlen(host->config->name) + 1 + name.size + 1 + 20;
    return name.size > 0 && id_bytes <= rh_limits_of(ctx)->name_bytes_max;
}

/* ---- making and forgetting ---- */

const struct rh_manager *manager_of(const struct rh_proc_program *program)
{
    if (program->manager != NULL) {
        return program->manager;
    }
    if (program->agent != NULL) {
        return &manager_local;
    }
    return program->command != NULL ? &manager_process : NULL;
}

void proc_remove(struct host *host, struct proc *proc)
{
    struct proc **at = &host->procs;
    while (*at != proc) {
        at = &(*at)->next;
    }
    *at = proc->next;
    host->proc_count--;
    router_unbind(&host->router, &proc->route);
    rh_message_unref(proc->address);
    rh_message_unref(proc->argument);
    rh_message_unref(proc->reason);
    rh_message_unref(proc->local.reason);
    rh_message_unref(proc->process.reason);
    host->allocator->release(host->allocator->self, proc->tail, proc->tail_capacity);
    host->allocator->release(host->allocator->self, proc, proc->bytes);
}

void procs_destroy(struct host *host)
{
    while (host->procs != NULL) {
        proc_remove(host, host->procs);
    }
}

/* Forget what ended under this name, and, if there is no room, what ended first. */
static bool make_room(const struct rh_context *ctx, struct host *host, struct rh_text name)
{
    struct proc *before = proc_find(host, name);
    if (before != NULL) {
        proc_remove(host, before);
    }
    struct proc *ended = host->procs;
    while (ended != NULL && !proc_status_is_terminal(ended->status)) {
        ended = ended->next;
    }
    if (host->proc_count < rh_limits_of(ctx)->procs_max) {
        return true;
    }
    if (ended != NULL) {
        proc_remove(host, ended);
    }
    return ended != NULL;
}

/* Write name and id behind the struct. */
static void name_proc(struct host *host, struct proc *proc, struct rh_text name)
{
    struct text serial = {.size = 0};
    text_add_int(&serial, (int64_t)proc->serial);
    char *at = (char *)(proc + 1);
    proc->name = at;
    memcpy(at, name.bytes, name.size);
    at[name.size] = '\0';
    at += name.size + 1;
    proc->id = at;
    size_t size = strlen(host->config->name);
    memcpy(at, host->config->name, size);
    at[size] = '/';
    memcpy(at + size + 1, name.bytes, name.size);
    at += size + 1 + name.size;
    *at = '#';
    memcpy(at + 1, serial.bytes, serial.size);
    at[1 + serial.size] = '\0';
}

static void append(struct host *host, struct proc *proc)
{
    struct proc **at = &host->procs;
    while (*at != NULL) {
        at = &(*at)->next;
    }
    *at = proc;
    host->proc_count++;
}

enum rh_status proc_create(struct rh_context *ctx, struct host *host,
                           const struct rh_proc_program *program, struct rh_text name,
                           struct rh_item argument, struct proc **ret_proc)
{
    if (!make_room(ctx, host, name)) {
        return RH_LIMIT;
    }
    size_t bytes = sizeof(struct proc) + 2 * name.size + strlen(host->config->name) + 25;
    struct rh_message copy;
    enum rh_status status = rh_message_copy(host->allocator, argument.bytes, argument.size, &copy);
    if (status == RH_OK) {
        status = router_reserve(&host->router, host->proc_count + 1 + host->custom_count);
    }
    struct proc *proc =
        status == RH_OK ? host->allocator->allocate(host->allocator->self, bytes) : NULL;
    if (proc == NULL) {
        rh_message_unref(copy);
        return RH_NO_MEMORY;
    }
    *proc = (struct proc){.program = program,
                          .manager = manager_of(program),
                          .serial = ++host->serials,
                          .since = rh_now(ctx),
                          .argument = copy,
                          .bytes = bytes};
    name_proc(host, proc, name);
    proc->route = (struct route){.destination = proc_name(proc)};
    append(host, proc);
    *ret_proc = proc;
    return RH_OK;
}

/* ---- its timer ---- */

void proc_disarm(struct rh_context *ctx, struct proc *proc)
{
    if (!ref_is_none(proc->timer)) {
        (void)rh_timer_cancel(ctx, proc->timer, NULL);
        proc->timer = (struct rh_ref){.ordinal = 0};
    }
}

enum rh_status proc_arm(struct rh_context *ctx, struct proc *proc, rh_duration delay)
{
    struct rh_ref timer;
    enum rh_status status = rh_timer_start(ctx, delay, rh_self(ctx), rh_message_none(), &timer);
    if (status == RH_OK) {
        proc_disarm(ctx, proc);
        proc->timer = timer;
    }
    return status;
}

enum rh_status proc_tell(struct rh_context *ctx, const struct proc *proc, struct rh_pid agent,
                         const char *word)
{
    if (rh_pid_is_none(agent)) {
        return RH_NOPROC;
    }
    const struct rh_allocator *allocator = rh_allocator_of(ctx);
    bool has_reason = rh_message_size(&proc->reason) > 0;
    return rh_cast(ctx, agent,
                   has_reason ? RH_ARRAY(allocator, word, proc->reason)
                              : RH_ARRAY(allocator, word));
}

/* ---- what happens to it ---- */

static void mark_move(struct rh_context *ctx, const struct proc *proc, enum rh_proc_status before,
                      enum proc_event_kind kind)
{
    if (rh_is_observed(ctx)) {
        rh_mark(ctx, "host.status",
                RH_ARRAY(rh_mark_allocator(ctx), proc->name, proc->serial,
                         rh_proc_status_word(before), proc_event_word(kind),
                         rh_proc_status_word(proc->status)));
    }
}

static void mark_illegal(struct rh_context *ctx, const struct proc *proc, enum proc_event_kind kind)
{
    if (rh_is_observed(ctx)) {
        rh_mark(ctx, "host.illegal",
                RH_ARRAY(rh_mark_allocator(ctx), proc->name, proc->serial,
                         rh_proc_status_word(proc->status), proc_event_word(kind)));
    }
}

/* Keep how it ended. */
static void proc_note_end(struct proc *proc, const struct proc_event *event)
{
    proc->number = event->number;
    if (proc->is_doomed) {
        return;
    }
    proc->why.size = 0;
    if (rh_message_size(&event->reason) > 0) {
        text_add_item(&proc->why, rh_message_item(&event->reason));
    } else if (event->kind == PROC_EVENT_BROKEN) {
        text_add(&proc->why, event->why == NULL ? "unknown" : event->why);
    }
}

/* It has ended: free what it had, tell who waits. */
static void proc_ended(struct rh_context *ctx, struct host *host, struct proc *proc)
{
    proc_disarm(ctx, proc);
    proc->stage = PROC_STAGE_NONE;
    proc->agent = rh_pid_none();
    if (proc->route.is_bound) {
        router_unbind(&host->router, &proc->route);
        route_mark(ctx, "unbind", &proc->route);
    }
    if (proc->manager->release != NULL) {
        proc->manager->release(ctx, host, proc);
    }
    host_waiters_on_move(ctx, host, proc);
    bulk_on_end(ctx, host, proc, true);
    spawn_mark_end(ctx, proc);
    if (!proc->was_ready || proc->is_reserved) {
        proc_remove(host, proc);
    }
    bulks_run(ctx, host);
}

bool proc_happen(struct rh_context *ctx, struct host *host, const struct proc_event *event)
{
    struct proc *proc = event->proc;
    struct proc_event own = *event;
    bool is_end = own.kind == PROC_EVENT_EXITED || own.kind == PROC_EVENT_SIGNALLED;
    if (proc->is_doomed && is_end) {
        own.kind = PROC_EVENT_BROKEN; /* its spawn has failed, however it was ended */
    }
    enum proc_move move = proc_move(proc->status, own.kind);
    bool has_moved = move != PROC_MOVE_KEPT && move != PROC_MOVE_ILLEGAL;
    if (!has_moved) {
        if (move == PROC_MOVE_ILLEGAL) {
            proc->illegal++;
            mark_illegal(ctx, proc, own.kind);
        }
        return false;
    }
    enum rh_proc_status before = proc->status;
    proc->status = (enum rh_proc_status)move;
    proc->since = rh_now(ctx);
    if (proc_status_is_terminal(proc->status)) {
        proc_note_end(proc, &own);
    }
    mark_move(ctx, proc, before, own.kind);
    if (proc_status_is_terminal(proc->status)) {
        proc_ended(ctx, host, proc);
    } else {
        host_waiters_on_move(ctx, host, proc);
    }
    return true;
}
