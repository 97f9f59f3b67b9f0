/* SPDX-License-Identifier: MIT */
/*
 * A host's turns. What arrives is a request, a message on its way, a word of a proc, the end of a time, or something that one
 * of the managers understands; everything else means nothing and is dropped, so that nobody can hurt a host by what they send.
 *
 * The host traps exits. It ends when a shutdown has been acknowledged (normal), with its parent's reason when that exits, and
 * when it cannot keep a promise for want of memory. It kills what runs in any case: its links and handles would, but not the
 * actors of an in-process proc whose agent does not look after them.
 */
#include "core/host/internal.h"

/* ---- deliveries ---- */

static struct proc *proc_of_timer(const struct host *host, struct rh_ref timer)
{
    struct proc *proc = host->procs;
    while (proc != NULL && !rh_ref_equal(proc->timer, timer)) {
        proc = proc->next;
    }
    return ref_is_none(timer) ? NULL : proc;
}

static void managers_receive(struct rh_context *ctx, struct host *host,
                             const struct rh_delivery *in)
{
    bool is_known = false;
    struct proc_event event = {.proc = NULL};
    for (size_t i = 0; !is_known && i < host->manager_count; i++) {
        is_known = host->managers[i]->receive(ctx, host, in, &event);
    }
    if (event.proc == NULL) {
        return;
    }
    if (event.kind == PROC_EVENT_LOST) {
        stop_lost(ctx, host, &event);
        return;
    }
    event.proc->has_run = event.proc->has_run || event.kind == PROC_EVENT_LAUNCHED;
    (void)proc_happen(ctx, host, &event);
}

static bool message_arrived(struct rh_context *ctx, struct host *host, const struct rh_delivery *in)
{
    struct rh_ref call;
    struct rh_item request;
    if (rh_is_call(in, &call, &request)) {
        host_request(ctx, host, call, request);
        return true;
    }
    if (rh_is_start_question(in, &call)) {
        host_answer(ctx, host, call, reply_ok(ctx));
        return true;
    }
    return spawn_on_callback(ctx, host, in);
}

/* Kill what runs, as far as that can be done. */
static void kill_all(struct rh_context *ctx, struct host *host)
{
    for (struct proc *proc = host->procs; proc != NULL; proc = proc->next) {
        if (!proc_status_is_terminal(proc->status)) {
            may_fail(proc->manager->stop(ctx, host, proc, PROC_STAGE_KILL));
        }
    }
}

static bool is_parents_exit(const struct rh_context *ctx, const struct rh_delivery *in)
{
    struct rh_pid parent = rh_linked_parent(ctx);
    return in->kind == RH_DELIVERY_EXIT && !rh_pid_is_none(parent) &&
           rh_pid_equal(in->from, parent);
}

static enum rh_status host_receive(struct rh_context *ctx, void *state,
                                   const struct rh_delivery *in)
{
    struct host *host = state;
    if (is_parents_exit(ctx, in)) {
        kill_all(ctx, host);
        return rh_exit(ctx, rh_message_ref(in->message));
    }
    struct proc *proc = NULL;
    if (in->kind == RH_DELIVERY_TIMEOUT) {
        proc = proc_of_timer(host, rh_delivery_ref(ctx, in));
    }
    if (proc != NULL) {
        stop_on_timeout(ctx, host, proc);
    } else if (!message_arrived(ctx, host, in) && !route_receive(ctx, host, in) &&
               !host_waiters_receive(ctx, host, in)) {
        managers_receive(ctx, host, in);
    }
    if (!host->ends && host->broken == RH_OK) {
        return RH_OK;
    }
    kill_all(ctx, host);
    return host->ends ? RH_DONE : host->broken;
}

/* ---- its beginning and end ---- */

static bool program_is_good(const struct rh_host *config, size_t index)
{
    const struct rh_proc_program *program = &config->programs[index];
    if (program->name == NULL) {
        return false;
    }
    for (size_t i = 0; i < index; i++) {
        if (strcmp(config->programs[i].name, program->name) == 0) {
            return false;
        }
    }
    return program->manager != NULL || (program->agent == NULL) != (program->command == NULL);
}

/* Note a manager, once. */
static bool manager_add(struct host *host, const struct rh_manager *manager)
{
    for (size_t i = 0; i < host->manager_count; i++) {
        if (host->managers[i] == manager) {
            return true;
        }
    }
    if (manager == NULL || host->manager_count == HOST_MANAGERS_MAX) {
        return false;
    }
    host->managers[host->manager_count++] = manager;
    return true;
}

static bool config_is_good(struct host *host)
{
    const struct rh_host *config = host->config;
    bool is_good = config->name != NULL && manager_add(host, &manager_local);
    for (size_t i = 0; is_good && i < config->program_count; i++) {
        is_good = program_is_good(config, i) && manager_add(host, manager_of(&config->programs[i]));
    }
    return is_good;
}

static enum rh_status host_init(struct rh_context *ctx, void *state,
                                const struct rh_delivery *start)
{
    (void)start;
    struct host *host = state;
    host->allocator = rh_allocator_of(ctx);
    host->router.allocator = host->allocator;
    host->config = rh_config(ctx);
    (void)rh_trap(ctx, true);
    if (!config_is_good(host)) {
        return RH_INVALID;
    }
    const struct rh_host *config = host->config;
    host->service = (struct rh_proc_program){
        .name = "service", .agent = config->service == NULL ? &agent_idle : config->service};
    host->local = (struct rh_proc_program){
        .name = "local", .agent = config->local == NULL ? &agent_idle : config->local};
    enum rh_status status = rh_register(ctx, config->name, rh_self(ctx));
    for (size_t i = 0; status == RH_OK && i < host->manager_count; i++) {
        if (host->managers[i]->open != NULL) {
            status = host->managers[i]->open(ctx, host);
        }
    }
    struct proc *service = NULL;
    return status == RH_OK ? spawn_reserved(ctx, host, text_of("service"), &service) : status;
}

static void host_deinit(void *state, const void *config)
{
    (void)config;
    struct host *host = state;
    if (host->allocator != NULL) {
        host_waiters_destroy(host);
        bulks_destroy(host);
        procs_destroy(host);
        routes_destroy(host);
    }
}

struct rh_behaviour rh_host_behaviour(const struct rh_host *host)
{
    return (struct rh_behaviour){
        .name = "host",
        .state_bytes = sizeof(struct host),
        .init = host_init,
        .receive = host_receive,
        .deinit = host_deinit,
        .config = host,
    };
}
