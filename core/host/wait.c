/* SPDX-License-Identifier: MIT */
/*
 * Waiters: one list of all who are owed an answer about a proc. A waiter belongs to one incarnation, or, if it came before the
 * spawn, to the next one of its name. It leaves the list when it is answered, when its time is over, or when its client has
 * ended; nothing else takes it out, and no answer is made of anything but the proc's own status.
 */
#include "core/host/internal.h"

#define X(identifier, word) word,
static const char *const kind_words[] = {WAITER_KIND_MAP(X)};
#undef X

static struct rh_text waiter_name(const struct waiter *waiter)
{
    return text_of(waiter->name);
}

static void waiter_mark(struct rh_context *ctx, const char *word, const struct waiter *waiter)
{
    if (rh_is_observed(ctx)) {
        rh_mark(ctx, "host.waiter",
                RH_ARRAY(rh_mark_allocator(ctx), word, waiter->number,
                         kind_words[waiter->what.kind], waiter->name));
    }
}

static struct waiter **last_of(struct host *host)
{
    struct waiter **at = &host->waiters;
    while (*at != NULL) {
        at = &(*at)->next;
    }
    return at;
}

/* Take a waiter out of the list, with all that it holds. */
static void waiter_remove(struct rh_context *ctx, struct host *host, struct waiter **at)
{
    struct waiter *waiter = *at;
    if (!ref_is_none(waiter->watch)) {
        (void)rh_demonitor(ctx, waiter->watch, RH_FLUSH);
    }
    if (!ref_is_none(waiter->timer)) {
        (void)rh_timer_cancel(ctx, waiter->timer, NULL);
    }
    *at = waiter->next;
    host->waiter_count--;
    host->allocator->release(host->allocator->self, waiter, waiter->bytes);
}

enum rh_status host_waiter_add(struct rh_context *ctx, struct host *host,
                               const struct waiting *what, struct rh_text name, rh_duration timeout)
{
    if (host->waiter_count >= rh_limits_of(ctx)->waiters_max) {
        return RH_LIMIT;
    }
    size_t bytes = sizeof(struct waiter) + name.size + 1;
    struct waiter *waiter = host->allocator->allocate(host->allocator->self, bytes);
    if (waiter == NULL) {
        return RH_NO_MEMORY;
    }
    char *copy = (char *)(waiter + 1);
    *waiter = (struct waiter){
        .number = ++host->waiter_numbers, .what = *what, .bytes = bytes, .name = copy};
    memcpy(copy, name.bytes, name.size);
    copy[name.size] = '\0';
    struct waiter **at = last_of(host);
    *at = waiter;
    host->waiter_count++;
    enum rh_status status = rh_monitor(ctx, what->call.owner, RH_ALIAS_NONE, &waiter->watch);
    if (status == RH_OK && timeout != RH_NEVER) {
        status = rh_timer_start(ctx, timeout, rh_self(ctx), rh_message_none(), &waiter->timer);
    }
    if (status != RH_OK) {
        waiter_remove(ctx, host, at);
        return status;
    }
    waiter_mark(ctx, "asked", waiter);
    return RH_OK;
}

void host_waiter_take_back(struct rh_context *ctx, struct host *host)
{
    struct waiter **at = &host->waiters;
    while ((*at)->next != NULL) {
        at = &(*at)->next;
    }
    waiter_mark(ctx, "gone", *at);
    waiter_remove(ctx, host, at);
}

/* Answer a waiter (reply taken); the list goes on at *at. */
static void waiter_answer(struct rh_context *ctx, struct host *host, struct waiter **at,
                          struct rh_message reply)
{
    struct rh_ref call = (*at)->what.call;
    reply = reply_or_failure(reply);
    if (rh_is_observed(ctx)) {
        rh_mark(ctx, "host.waiter",
                RH_ARRAY(rh_mark_allocator(ctx), "answered", (*at)->number,
                         kind_words[(*at)->what.kind], (*at)->name, reply));
    }
    waiter_remove(ctx, host, at);
    host_answer(ctx, host, call, reply);
}

void host_waiters_adopt(struct host *host, const struct proc *proc)
{
    for (struct waiter *waiter = host->waiters; waiter != NULL; waiter = waiter->next) {
        if (waiter->what.serial == 0 && texts_equal(waiter_name(waiter), proc_name(proc))) {
            waiter->what.serial = proc->serial;
        }
    }
}

/* ---- what a status is to a waiter ---- */

static struct rh_message reply_ready(const struct rh_context *ctx, const struct proc *proc,
                                     bool with_address)
{
    if (with_address) {
        return RH_ARRAY(rh_allocator_of(ctx), "ok", proc->agent, proc->address);
    }
    return RH_ARRAY(rh_allocator_of(ctx), "ok", proc->agent);
}

/* Why a spawn has failed, now that its proc has ended. */
static struct rh_message reply_spawn_failed(const struct rh_context *ctx, const struct proc *proc)
{
    struct text why = {.size = 0};
    if (proc->status == RH_PROC_FAILED) {
        why = proc->why;
    } else {
        text_add(&why, "it ended before it was ready: ");
        text_add_status(&why, proc);
    }
    text_add_tail(&why, proc);
    bool has_run = proc->is_doomed || proc->status != RH_PROC_FAILED || proc->has_run;
    return reply_error(ctx, has_run ? RH_HOST_ERROR_CONFIGURATION : RH_HOST_ERROR_SPAWN,
                       proc_name(proc), &why);
}

static struct rh_message reply_at_end(const struct rh_context *ctx, const struct proc *proc,
                                      enum waiter_kind kind)
{
    switch (kind) {
    case WAITER_SPAWN:
        return reply_spawn_failed(ctx, proc);
    case WAITER_READY:
        return reply_ended(ctx, RH_HOST_ERROR_TERMINATED, proc);
    default:
        return reply_status(ctx, proc);
    }
}

/* Make the answer that the proc's status is; false: it is none yet. All ends rank alike. */
static bool reply_make(const struct rh_context *ctx, const struct proc *proc,
                       const struct waiting *what, struct rh_message *ret_reply)
{
    if (proc_status_is_terminal(proc->status)) {
        *ret_reply = reply_at_end(ctx, proc, what->kind);
        return true;
    }
    if (what->kind == WAITER_WAIT && proc->status >= what->least) {
        *ret_reply = reply_status(ctx, proc);
        return true;
    }
    bool wants_agent = what->kind == WAITER_SPAWN || what->kind == WAITER_READY;
    if (wants_agent && proc->status == RH_PROC_READY) {
        *ret_reply = reply_ready(ctx, proc, what->kind == WAITER_READY);
        return true;
    }
    return false;
}

void host_waiters_on_move(struct rh_context *ctx, struct host *host, const struct proc *proc)
{
    struct waiter **at = &host->waiters;
    while (*at != NULL) {
        struct rh_message reply;
        if ((*at)->what.serial == proc->serial && reply_make(ctx, proc, &(*at)->what, &reply)) {
            waiter_answer(ctx, host, at, reply);
        } else {
            at = &(*at)->next;
        }
    }
}

void host_waiters_on_refusal(struct rh_context *ctx, struct host *host, const struct proc *proc)
{
    struct waiter **at = &host->waiters;
    while (*at != NULL) {
        enum waiter_kind kind = (*at)->what.kind;
        if ((*at)->what.serial == proc->serial && (kind == WAITER_STOP || kind == WAITER_SPAWN)) {
            waiter_answer(
                ctx, host, at,
                reply_error(ctx, RH_HOST_ERROR_STILL_RUNNING, proc_name(proc), &proc->why));
        } else {
            at = &(*at)->next;
        }
    }
}

void host_waiters_on_end(struct rh_context *ctx, struct host *host)
{
    while (host->waiters != NULL) {
        struct rh_message reply =
            reply_error(ctx, RH_HOST_ERROR_SHUTTING_DOWN, waiter_name(host->waiters), NULL);
        waiter_answer(ctx, host, &host->waiters, reply);
    }
}

bool host_waiters_receive(struct rh_context *ctx, struct host *host, const struct rh_delivery *in)
{
    struct rh_ref ref = rh_delivery_ref(ctx, in);
    bool is_down = in->kind == RH_DELIVERY_DOWN;
    if (ref_is_none(ref) || (!is_down && in->kind != RH_DELIVERY_TIMEOUT)) {
        return false;
    }
    for (struct waiter **at = &host->waiters; *at != NULL; at = &(*at)->next) {
        if (!rh_ref_equal(is_down ? (*at)->watch : (*at)->timer, ref)) {
            continue;
        }
        if (is_down) {
            waiter_mark(ctx, "gone", *at);
            waiter_remove(ctx, host, at);
        } else {
            waiter_answer(ctx, host, at,
                          reply_error(ctx, RH_HOST_ERROR_TIMEOUT, waiter_name(*at), NULL));
        }
        return true;
    }
    return false;
}

void host_waiters_destroy(struct host *host)
{
    while (host->waiters != NULL) {
        struct waiter *waiter = host->waiters;
        host->waiters = waiter->next;
        host->allocator->release(host->allocator->self, waiter, waiter->bytes);
    }
}
