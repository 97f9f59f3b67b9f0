/* SPDX-License-Identifier: MIT */
/*
 * Spawn is a transaction. What it needs (record, room in the router, waiter, timer) is made before anything starts, so that
 * what follows can only fail from outside. Once the manager has started something, a failure ends that first: the proc is
 * doomed, is killed, and its end, whatever it looks like, is what answers the spawn and removes the record. So a name is never
 * free while something runs under it, and "failed" never means "may still be there".
 */
#include "core/host/internal.h"

static void mark(struct rh_context *ctx, const char *topic, const char *word,
                 const struct proc *proc)
{
    if (rh_is_observed(ctx)) {
        rh_mark(ctx, topic, RH_ARRAY(rh_mark_allocator(ctx), word, proc->name, proc->serial));
    }
}

void spawn_mark_end(struct rh_context *ctx, const struct proc *proc)
{
    mark(ctx, "host.name", "free", proc);
    if (!proc->was_ready) {
        mark(ctx, "host.spawn", "failed", proc);
    }
}

const struct rh_proc_program *program_find(const struct host *host, struct rh_text name)
{
    for (size_t i = 0; i < host->config->program_count; i++) {
        if (text_is(name, host->config->programs[i].name)) {
            return &host->config->programs[i];
        }
    }
    return NULL;
}

/* Start what is made; on failure nothing was started, and the record is the caller's to remove. */
static enum rh_status spawn_start(struct rh_context *ctx, struct host *host, struct proc *proc)
{
    mark(ctx, "host.name", "taken", proc);
    mark(ctx, "host.spawn", "begun", proc);
    host_waiters_adopt(host, proc);
    host_waiters_on_move(ctx, host, proc);
    enum rh_status status = RH_OK;
    if (proc->program->ready_timeout > 0) {
        status = proc_arm(ctx, proc, proc->program->ready_timeout);
    }
    return status == RH_OK ? proc->manager->start(ctx, host, proc) : status;
}

/* A spawn of which nothing runs: it ends as one that failed. */
static void spawn_broken(struct rh_context *ctx, struct host *host, struct proc *proc,
                         enum rh_status why)
{
    struct proc_event event = {
        .proc = proc, .kind = PROC_EVENT_BROKEN, .why = rh_status_sentence(why)};
    (void)proc_happen(ctx, host, &event);
}

/* Return what is against a spawn, RH_HOST_ERROR_COUNT if nothing is. */
static enum rh_host_error objection(const struct rh_context *ctx, const struct host *host,
                                    struct rh_text name)
{
    const struct proc *proc = proc_find(host, name);
    if (proc_name_is_reserved(name)) {
        return RH_HOST_ERROR_RESERVED;
    }
    if (host->shutdowns > 0) {
        return RH_HOST_ERROR_SHUTTING_DOWN;
    }
    if (!proc_name_is_good(ctx, host, name)) {
        return RH_HOST_ERROR_BAD_NAME;
    }
    bool is_taken = proc != NULL && !proc_status_is_terminal(proc->status);
    bool is_routed = router_get(&host->router, name, false) != NULL;
    return is_taken || is_routed ? RH_HOST_ERROR_EXISTS : RH_HOST_ERROR_COUNT;
}

void spawn_request(struct rh_context *ctx, struct host *host, struct rh_ref call,
                   struct rh_text program_name, struct rh_text name, struct rh_item argument)
{
    const struct rh_proc_program *program = program_find(host, program_name);
    enum rh_host_error against = objection(ctx, host, name);
    if (against != RH_HOST_ERROR_COUNT) {
        host_refuse(ctx, host, call, against, name);
        return;
    }
    if (program == NULL) {
        host_refuse(ctx, host, call, RH_HOST_ERROR_UNKNOWN_PROGRAM, program_name);
        return;
    }
    struct proc *proc = NULL;
    enum rh_status status = proc_create(ctx, host, program, name, argument, &proc);
    if (status == RH_OK) {
        struct waiting what = {.kind = WAITER_SPAWN, .serial = proc->serial, .call = call};
        status = host_waiter_add(ctx, host, &what, name, RH_NEVER);
        if (status != RH_OK) {
            proc_remove(host, proc);
        }
    }
    if (status != RH_OK) {
        host_answer(ctx, host, call, reply_refused(ctx, status));
        return;
    }
    status = spawn_start(ctx, host, proc);
    if (status != RH_OK) {
        spawn_broken(ctx, host, proc, status);
    }
}

enum rh_status spawn_reserved(struct rh_context *ctx, struct host *host, struct rh_text name,
                              struct proc **ret_proc)
{
    *ret_proc = proc_find(host, name);
    if (*ret_proc != NULL) {
        return RH_OK;
    }
    const struct rh_proc_program *program = text_is(name, "local") ? &host->local : &host->service;
    struct proc *proc = NULL;
    enum rh_status status = proc_create(ctx, host, program, name, (struct rh_item){NULL, 0}, &proc);
    if (status != RH_OK) {
        return status;
    }
    proc->is_reserved = true;
    status = spawn_start(ctx, host, proc);
    if (status == RH_OK) {
        *ret_proc = proc;
    } else {
        spawn_broken(ctx, host, proc, status);
    }
    return status;
}

/* ---- callbacks ---- */

void spawn_doom(struct proc *proc, const char *why)
{
    proc->is_doomed = true;
    proc->why.size = 0;
    text_add(&proc->why, why);
}

void spawn_fail(struct rh_context *ctx, struct host *host, struct proc *proc, const char *why)
{
    spawn_doom(proc, why);
    stop_force(ctx, host, proc);
}

struct callback {
    struct rh_text id;
    struct rh_text address;
    struct rh_pid agent;
    bool has_address;
    bool has_agent;
};

/* Read as much of a callback as there is. */
static bool callback_read(const struct rh_delivery *in, struct callback *callback)
{
    struct rh_reader reader;
    size_t items = 0;
    *callback = (struct callback){.has_agent = false};
    rh_reader_message(&reader, &in->message);
    if (!rh_read_array(&reader, &items) || !rh_read_word(&reader, "$callback")) {
        return false;
    }
    if (items < 2 || !rh_read_text(&reader, &callback->id)) {
        callback->id.size = 0;
        return true;
    }
    struct rh_item skipped;
    if (rh_read_kind(&reader) == RH_KIND_TEXT) {
        callback->has_address = rh_read_text(&reader, &callback->address);
    } else {
        (void)rh_read_item(&reader, &skipped);
    }
    callback->has_agent =
        rh_read_kind(&reader) == RH_KIND_PID && rh_read_pid(&reader, &callback->agent);
    return true;
}

/* The proc is ready: the route was reserved, so that nothing can fail any more. */
static void become_ready(struct rh_context *ctx, struct host *host, struct proc *proc,
                         const struct callback *callback)
{
    proc->address = RH_ITEM(rh_allocator_of(ctx), callback->address);
    if (rh_message_status(proc->address) != RH_OK) {
        spawn_fail(ctx, host, proc, "no memory for its address");
        return;
    }
    proc_disarm(ctx, proc);
    proc->was_ready = true;
    proc->has_run = true;
    proc->agent = callback->agent;
    proc->route.target = callback->agent;
    if (!proc->is_reserved) {
        router_bind(&host->router, &proc->route);
        route_mark(ctx, "bind", &proc->route);
    }
    mark(ctx, "host.spawn", "ok", proc);
    struct proc_event event = {.proc = proc, .kind = PROC_EVENT_CALLBACK};
    (void)proc_happen(ctx, host, &event);
    /* The agent learns where to send what is not for its own proc. */
    may_fail(rh_send(ctx, callback->agent, RH_ARRAY(rh_allocator_of(ctx), "$accepted", proc->id)));
}

static void called_back(struct rh_context *ctx, struct host *host, struct proc *proc,
                        const struct rh_delivery *in, const struct callback *callback)
{
    if (proc_move(proc->status, PROC_EVENT_CALLBACK) != PROC_MOVE_READY) {
        struct proc_event event = {.proc = proc, .kind = PROC_EVENT_CALLBACK};
        (void)proc_happen(ctx, host, &event); /* records it */
        return;
    }
    enum rh_status status = RH_OK;
    if (proc->manager->attach != NULL) {
        status = proc->manager->attach(ctx, host, proc, in->from, callback->agent);
    }
    if (status == RH_INVALID) {
        return; /* somebody else's words */
    }
    if (!callback->has_address) {
        spawn_fail(ctx, host, proc, "it called back without an address");
    } else if (!callback->has_agent) {
        spawn_fail(ctx, host, proc, "it called back without an agent");
    } else if (status != RH_OK) {
        spawn_fail(ctx, host, proc, rh_status_sentence(status));
    } else {
        become_ready(ctx, host, proc, callback);
    }
}

bool spawn_on_callback(struct rh_context *ctx, struct host *host, const struct rh_delivery *in)
{
    struct callback callback;
    if (in->kind != RH_DELIVERY_MESSAGE || !callback_read(in, &callback)) {
        return false;
    }
    struct proc *proc = proc_find_id(host, callback.id);
    if (proc != NULL) {
        called_back(ctx, host, proc, in, &callback);
    }
    return true;
}
