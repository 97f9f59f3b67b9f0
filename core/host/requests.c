/* SPDX-License-Identifier: MIT */
/* Requests: one row per verb, with the shape of its arguments, and one function per row. */
#include "core/host/internal.h"

/** One request that is being handled. What it does not name is empty or 0. */
struct request {
    struct rh_ref call;
    size_t items; /**< its verb included */
    struct rh_text texts[2];
    uint64_t numbers[2];
    struct rh_item item;
    struct rh_pid pid;
};

/* ---- procs ---- */

static void handle_spawn(struct rh_context *ctx, struct host *host, const struct request *request)
{
    spawn_request(ctx, host, request->call, request->texts[0], request->texts[1], request->item);
}

static void handle_local(struct rh_context *ctx, struct host *host, const struct request *request)
{
    struct proc *proc = NULL;
    enum rh_status status = spawn_reserved(ctx, host, text_of("local"), &proc);
    if (status == RH_OK) {
        struct waiting what = {.kind = WAITER_SPAWN, .serial = proc->serial, .call = request->call};
        status = host_waiter_add(ctx, host, &what, proc_name(proc), RH_NEVER);
    }
    if (status != RH_OK) {
        host_answer(ctx, host, request->call, reply_refused(ctx, status));
        return;
    }
    host_waiters_on_move(ctx, host, proc);
}

/* Wait for a proc, or for the next one of this name if there is none. */
static void handle_waiter(struct rh_context *ctx, struct host *host, struct rh_text name,
                          const struct waiting *what, rh_duration timeout)
{
    const struct proc *proc = proc_find(host, name);
    struct waiting own = *what;
    if (!proc_name_is_good(ctx, host, name)) { /* there will never be one */
        host_refuse(ctx, host, own.call, RH_HOST_ERROR_BAD_NAME, name);
        return;
    }
    own.serial = proc == NULL ? 0 : proc->serial;
    enum rh_status status = host_waiter_add(ctx, host, &own, name, timeout);
    if (status != RH_OK) {
        host_answer(ctx, host, own.call, reply_refused(ctx, status));
    } else if (proc != NULL) {
        host_waiters_on_move(ctx, host, proc);
    }
}

static void handle_ready(struct rh_context *ctx, struct host *host, const struct request *request)
{
    struct waiting what = {.kind = WAITER_READY, .call = request->call};
    handle_waiter(ctx, host, request->texts[0], &what, RH_NEVER);
}

static void handle_wait(struct rh_context *ctx, struct host *host, const struct request *request)
{
    struct waiting what = {.kind = WAITER_WAIT, .least = RH_PROC_STOPPED, .call = request->call};
    if (request->items > 2) {
        what.least = rh_proc_status_find(request->texts[1]);
        if (what.least == RH_PROC_STATUS_COUNT) {
            host_refuse(ctx, host, request->call, RH_HOST_ERROR_INVALID, request->texts[1]);
            return;
        }
    }
    handle_waiter(ctx, host, request->texts[0], &what,
                  request->items > 3 ? request->numbers[0] : RH_NEVER);
}

/* ---- queries ---- */

/* Find what a request is about; false: there is none, and the client knows it. */
static bool find(struct rh_context *ctx, struct host *host, const struct request *request,
                 struct proc **ret_proc)
{
    *ret_proc = proc_find(host, request->texts[0]);
    if (*ret_proc == NULL) {
        host_refuse(ctx, host, request->call, RH_HOST_ERROR_NOT_FOUND, request->texts[0]);
    }
    return *ret_proc != NULL;
}

static void handle_status(struct rh_context *ctx, struct host *host, const struct request *request)
{
    struct proc *proc;
    if (find(ctx, host, request, &proc)) {
        host_answer(ctx, host, request->call, reply_status(ctx, proc));
    }
}

/* Put a key and a text of it. */
static void put(struct rh_builder *builder, const char *key, const char *value)
{
    build_words(builder, key);
    build_words(builder, value);
}

static void build_info(struct rh_builder *builder, const struct proc *proc)
{
    bool has_address = rh_message_size(&proc->address) > 0;
    bool has_agent = !rh_pid_is_none(proc->agent);
    bool has_process = proc->process.id != 0;
    bool has_core = proc->program->command != NULL && proc->status == RH_PROC_KILLED;
    bool has_reason = proc->status == RH_PROC_STOPPED && proc->why.size > 0;
    size_t extra = (has_address ? 1U : 0U) + (has_agent ? 1U : 0U) + (has_process ? 1U : 0U) +
                   (has_core ? 1U : 0U) + (has_reason ? 1U : 0U) + (proc->tail_bytes > 0 ? 1U : 0U);
    rh_build_map(builder, 7 + extra);
    put(builder, "name", proc->name);
    put(builder, "id", proc->id);
    put(builder, "program", proc->program->name);
    put(builder, "manager", proc->manager->word);
    build_words(builder, "status");
    build_status(builder, proc);
    build_words(builder, "illegal");
    rh_build_uint(builder, proc->illegal);
    build_words(builder, "since");
    rh_build_uint(builder, proc->since);
    if (has_agent) {
        build_words(builder, "agent");
        rh_build_pid(builder, proc->agent);
    }
    if (has_address) {
        build_words(builder, "address");
        rh_build_message(builder, &proc->address);
    }
    if (has_process) {
        build_words(builder, "process");
        rh_build_int(builder, proc->process.id);
    }
    if (has_core) {
        put(builder, "core", "unknown"); /* drivers are not told whether there is a dump */
    }
    if (has_reason) {
        build_words(builder, "reason");
        rh_build_text(builder, proc->why.bytes, proc->why.size);
    }
    if (proc->tail_bytes > 0) {
        build_words(builder, "stderr");
        rh_build_bytes(builder, proc->tail, proc->tail_bytes);
    }
}

static void handle_info(struct rh_context *ctx, struct host *host, const struct request *request)
{
    struct proc *proc;
    if (find(ctx, host, request, &proc)) {
        struct rh_builder builder;
        build_begin(ctx, &builder, 2);
        build_words(&builder, "ok");
        build_info(&builder, proc);
        host_answer(ctx, host, request->call, rh_build_finish(&builder));
    }
}

static void handle_list(struct rh_context *ctx, struct host *host, const struct request *request)
{
    struct rh_builder builder;
    size_t count = 0;
    for (const struct proc *proc = host->procs; proc != NULL; proc = proc->next) {
        count += proc->is_reserved ? 0 : 1;
    }
    build_begin(ctx, &builder, 2);
    build_words(&builder, "ok");
    rh_build_array(&builder, count);
    for (const struct proc *proc = host->procs; proc != NULL; proc = proc->next) {
        if (!proc->is_reserved) {
            rh_build_array(&builder, 2);
            build_words(&builder, proc->name);
            build_status(&builder, proc);
        }
    }
    host_answer(ctx, host, request->call, rh_build_finish(&builder));
}

/* ---- stops ---- */

/* Find what is to be stopped; false: it cannot be, and the client knows it. */
static bool find_live(struct rh_context *ctx, struct host *host, const struct request *request,
                      struct proc **ret_proc)
{
    if (proc_name_is_reserved(request->texts[0])) {
        host_refuse(ctx, host, request->call, RH_HOST_ERROR_RESERVED, request->texts[0]);
        return false;
    }
    if (!find(ctx, host, request, ret_proc)) {
        return false;
    }
    if (!proc_status_is_terminal((*ret_proc)->status)) {
        return true;
    }
    struct proc_event event = {.proc = *ret_proc, .kind = PROC_EVENT_STOP};
    (void)proc_happen(ctx, host, &event); /* records it */
    host_answer(ctx, host, request->call,
                reply_ended(ctx, RH_HOST_ERROR_ALREADY_TERMINATED, *ret_proc));
    return false;
}

static void stop_and_wait(struct rh_context *ctx, struct host *host, const struct request *request,
                          enum proc_stage stage)
{
    struct proc *proc;
    if (!find_live(ctx, host, request, &proc)) {
        return;
    }
    struct waiting what = {.kind = WAITER_STOP, .serial = proc->serial, .call = request->call};
    struct stopping how = {.grace = request->numbers[0], .reason = request->item};
    enum rh_status status = host_waiter_add(ctx, host, &what, proc_name(proc), RH_NEVER);
    if (status == RH_OK) {
        status = stop_begin(ctx, host, proc, &how, stage);
        if (status != RH_OK) {
            host_waiter_take_back(ctx, host);
        }
    }
    if (status != RH_OK) {
        host_answer(ctx, host, request->call, reply_refused(ctx, status));
    }
}

static void handle_terminate(struct rh_context *ctx, struct host *host,
                             const struct request *request)
{
    stop_and_wait(ctx, host, request, PROC_STAGE_DRAIN);
}

static void handle_kill(struct rh_context *ctx, struct host *host, const struct request *request)
{
    stop_and_wait(ctx, host, request, PROC_STAGE_KILL);
}

static void handle_request_stop(struct rh_context *ctx, struct host *host,
                                const struct request *request)
{
    struct proc *proc;
    if (proc_name_is_reserved(request->texts[0])) {
        host_refuse(ctx, host, request->call, RH_HOST_ERROR_RESERVED, request->texts[0]);
        return;
    }
    if (!find(ctx, host, request, &proc)) {
        return;
    }
    enum rh_status status = RH_OK;
    if (!proc_status_is_terminal(proc->status)) {
        struct stopping how = {.grace = host_grace(host), .reason = request->item};
        if (request->items > 2) {
            how.grace = request->numbers[0];
        }
        status = stop_begin(ctx, host, proc, &how, PROC_STAGE_DRAIN);
    }
    host_answer(ctx, host, request->call,
                status == RH_OK ? reply_ok(ctx) : reply_refused(ctx, status));
}

static void handle_terminate_all(struct rh_context *ctx, struct host *host,
                                 const struct request *request)
{
    struct stopping how = {.grace = request->numbers[1], .reason = request->item};
    bulk_request(ctx, host, request->call, false, request->numbers[0], &how);
}

static void handle_shutdown(struct rh_context *ctx, struct host *host,
                            const struct request *request)
{
    struct stopping how = {.grace = request->numbers[1], .reason = request->item};
    bulk_request(ctx, host, request->call, true, request->numbers[0], &how);
}

/* ---- routes ---- */

static void handle_bind(struct rh_context *ctx, struct host *host, const struct request *request)
{
    route_bind_request(ctx, host, request->call, request->texts[0], false, request->pid);
}

static void handle_bind_exact(struct rh_context *ctx, struct host *host,
                              const struct request *request)
{
    route_bind_request(ctx, host, request->call, request->texts[0], true, request->pid);
}

static void handle_unbind(struct rh_context *ctx, struct host *host, const struct request *request)
{
    route_unbind_request(ctx, host, request->call, request->texts[0], false);
}

static void handle_unbind_exact(struct rh_context *ctx, struct host *host,
                                const struct request *request)
{
    route_unbind_request(ctx, host, request->call, request->texts[0], true);
}

/* ---- the table ---- */

/** One row per verb. Shape: t a text, u a number, i any item, p a pid; what follows | may be left out. */
static const struct verb {
    const char *word;
    const char *shape;
    void (*handle)(struct rh_context *ctx, struct host *host, const struct request *request);
} verbs[] = {
    {"spawn", "tt|i", handle_spawn},
    {"ready", "t", handle_ready},
    {"wait", "t|tu", handle_wait},
    {"status", "t", handle_status},
    {"info", "t", handle_info},
    {"list", "", handle_list},
    {"terminate", "tui", handle_terminate},
    {"kill", "t", handle_kill},
    {"request_stop", "t|ui", handle_request_stop},
    {"terminate_all", "uui", handle_terminate_all},
    {"shutdown", "uui", handle_shutdown},
    {"bind", "tp", handle_bind},
    {"bind_exact", "tp", handle_bind_exact},
    {"unbind", "t", handle_unbind},
    {"unbind_exact", "t", handle_unbind_exact},
    {"local", "", handle_local},
};

/* Read one argument to its place; the n-th text and number go to the n-th places. */
static bool argument_read(struct rh_reader *reader, char kind, struct request *request,
                          size_t *texts, size_t *numbers)
{
    switch (kind) {
    case 't':
        return rh_read_text(reader, &request->texts[(*texts)++]);
    case 'u':
        return rh_read_uint(reader, &request->numbers[(*numbers)++]);
    case 'p':
        return rh_read_pid(reader, &request->pid);
    default:
        return rh_read_item(reader, &request->item);
    }
}

/* Read `count` arguments as the shape demands. */
static bool arguments_read(struct rh_reader *reader, const char *shape, size_t count,
                           struct request *request)
{
    size_t texts = 0;
    size_t numbers = 0;
    bool may_end = false;
    for (; count > 0 && *shape != '\0'; shape++) {
        if (*shape == '|') {
            may_end = true;
            continue;
        }
        if (!argument_read(reader, *shape, request, &texts, &numbers)) {
            return false;
        }
        count--;
    }
    return count == 0 && (may_end || *shape == '\0' || *shape == '|');
}

/* Read a request into its parts; NULL if it is none. A bare text is an array of itself. */
static const struct verb *request_read(struct rh_item item, struct request *request)
{
    struct rh_reader reader;
    struct rh_text word = {NULL, 0};
    request->items = 1;
    rh_reader_item(&reader, item);
    if (rh_read_kind(&reader) == RH_KIND_ARRAY) {
        (void)rh_read_array(&reader, &request->items);
    }
    if (!rh_read_text(&reader, &word)) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        const struct verb *verb = &verbs[i];
        if (text_is(word, verb->word)) {
            bool is_good = arguments_read(&reader, verb->shape, request->items - 1, request);
            return is_good ? verb : NULL;
        }
    }
    return NULL;
}

void host_request(struct rh_context *ctx, struct host *host, struct rh_ref call,
                  struct rh_item item)
{
    struct request request = {.call = call, .item = {NULL, 0}, .pid = rh_pid_none()};
    const struct verb *verb = request_read(item, &request);
    if (verb == NULL) {
        host_refuse(ctx, host, call, RH_HOST_ERROR_INVALID, (struct rh_text){"", 0});
        return;
    }
    verb->handle(ctx, host, &request);
}
