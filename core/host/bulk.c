/* SPDX-License-Identifier: MIT */
/*
 * Many procs at once. A bulk takes down in its first step which procs there are; each of these is counted once, however it
 * ends: by this bulk, by somebody else's stop, by itself, or before. Procs are stopped in the order in which they were spawned,
 * at most so many at a time; one that is being stopped already takes no place, it is only awaited. Bulks run one after the
 * other, so that two of them never exceed what either allows.
 */
#include "core/host/internal.h"

void bulk_request(struct rh_context *ctx, struct host *host, struct rh_ref call, bool is_shutdown,
                  uint64_t most, const struct stopping *how)
{
    struct rh_message reason;
    enum rh_status status =
        rh_message_copy(host->allocator, how->reason.bytes, how->reason.size, &reason);
    struct bulk *bulk = NULL;
    if (status == RH_OK) {
        status = host->bulk_count < rh_limits_of(ctx)->waiters_max ? RH_OK : RH_LIMIT;
    }
    if (status == RH_OK) {
        bulk = host->allocator->allocate(host->allocator->self, sizeof *bulk);
        status = bulk == NULL ? RH_NO_MEMORY : RH_OK;
    }
    if (status != RH_OK) {
        rh_message_unref(reason);
        host_answer(ctx, host, call, reply_refused(ctx, status));
        return;
    }
    *bulk = (struct bulk){.number = ++host->bulk_numbers,
                          .call = call,
                          .is_shutdown = is_shutdown,
                          .most = most < 1 ? 1 : most,
                          .grace = how->grace,
                          .reason = reason};
    struct bulk **at = &host->bulks;
    while (*at != NULL) {
        at = &(*at)->next;
    }
    *at = bulk;
    host->bulk_count++;
    if (is_shutdown) {
        host->shutdowns++;
    }
    bulks_run(ctx, host);
}

/* ---- its end ---- */

static void bulk_remove(struct host *host)
{
    struct bulk *bulk = host->bulks;
    host->bulks = bulk->next;
    host->bulk_count--;
    host->shutdowns -= bulk->is_shutdown ? 1 : 0;
    rh_message_unref(bulk->reason);
    host->allocator->release(host->allocator->self, bulk->targets,
                             bulk->attempted * sizeof *bulk->targets);
    host->allocator->release(host->allocator->self, bulk, sizeof *bulk);
}

void bulks_destroy(struct host *host)
{
    while (host->bulks != NULL) {
        bulk_remove(host);
    }
}

static struct rh_message summary(const struct rh_context *ctx, const struct bulk *bulk)
{
    const struct rh_allocator *allocator = rh_allocator_of(ctx);
    if (!bulk->is_shutdown || bulk->failed == 0) {
        return RH_ARRAY(allocator, "ok", bulk->attempted, bulk->ok, bulk->failed);
    }
    struct text text = {.size = 0};
    text_add_int(&text, (int64_t)bulk->failed);
    text_add(&text, " of ");
    text_add_int(&text, (int64_t)bulk->attempted);
    text_add(&text, " procs did not end");
    return RH_ARRAY(allocator, "error", rh_host_error_word(RH_HOST_ERROR_STILL_RUNNING),
                    text_view(&text), bulk->attempted, bulk->ok, bulk->failed);
}

static void mark_shutdown(struct rh_context *ctx, const char *word)
{
    if (rh_is_observed(ctx)) {
        rh_mark(ctx, "host.shutdown", RH_ARRAY(rh_mark_allocator(ctx), word));
    }
}

/* All its procs are done: say so. */
static void bulk_conclude(struct rh_context *ctx, struct host *host)
{
    struct bulk *bulk = host->bulks;
    if (rh_is_observed(ctx)) {
        rh_mark(ctx, "host.bulk",
                RH_ARRAY(rh_mark_allocator(ctx), "ended", bulk->number, bulk->attempted, bulk->ok,
                         bulk->failed));
    }
    host->ends = bulk->is_shutdown && bulk->failed == 0;
    if (host->ends) {
        host_waiters_on_end(ctx, host);
    }
    if (bulk->is_shutdown) {
        mark_shutdown(ctx, host->ends ? "acknowledged" : "failed");
    }
    host_answer(ctx, host, bulk->call, summary(ctx, bulk));
    bulk_remove(host);
}

/* ---- its work ---- */

static void target_done(struct rh_context *ctx, struct bulk *bulk, struct target *target, bool ok)
{
    target->state = TARGET_DONE;
    *(ok ? &bulk->ok : &bulk->failed) += 1;
    if (rh_is_observed(ctx)) {
        rh_mark(ctx, "host.bulk",
                RH_ARRAY(rh_mark_allocator(ctx), "done", bulk->number, target->serial, ok));
    }
}

/* Take down which procs there are. */
static enum rh_status bulk_begin(struct rh_context *ctx, struct host *host, struct bulk *bulk)
{
    size_t count = 0;
    for (const struct proc *proc = host->procs; proc != NULL; proc = proc->next) {
        count += proc->is_reserved ? 0 : 1;
    }
    if (count > 0) {
        bulk->targets =
            host->allocator->allocate(host->allocator->self, count * sizeof *bulk->targets);
        if (bulk->targets == NULL) {
            return RH_NO_MEMORY;
        }
    }
    for (const struct proc *proc = host->procs; proc != NULL; proc = proc->next) {
        if (!proc->is_reserved) {
            bulk->targets[bulk->attempted++] = (struct target){.serial = proc->serial};
        }
    }
    bulk->has_begun = true;
    if (bulk->is_shutdown) {
        mark_shutdown(ctx, "begun");
    }
    if (rh_is_observed(ctx)) {
        rh_mark(ctx, "host.bulk",
                RH_ARRAY(rh_mark_allocator(ctx), "begun", bulk->number, count, bulk->most));
    }
    return RH_OK;
}

static size_t count_in(const struct bulk *bulk, enum target_state state)
{
    size_t count = 0;
    for (size_t i = 0; i < bulk->attempted; i++) {
        count += bulk->targets[i].state == state ? 1 : 0;
    }
    return count;
}

/* Stop one proc that has not been looked at. */
static void target_stop(struct rh_context *ctx, struct host *host, struct bulk *bulk,
                        struct target *target, struct proc *proc)
{
    struct stopping how = {.grace = bulk->grace, .reason = rh_message_item(&bulk->reason)};
    target->state = TARGET_STOPPING;
    if (rh_is_observed(ctx)) {
        rh_mark(ctx, "host.bulk",
                RH_ARRAY(rh_mark_allocator(ctx), "stop", bulk->number, target->serial));
    }
    if (stop_begin(ctx, host, proc, &how, PROC_STAGE_DRAIN) != RH_OK) {
        target_done(ctx, bulk, target, false);
    }
}

static void bulk_step(struct rh_context *ctx, struct host *host, struct bulk *bulk)
{
    for (size_t i = 0; i < bulk->attempted; i++) {
        struct target *target = &bulk->targets[i];
        if (target->state != TARGET_WAITING) {
            continue;
        }
        struct proc *proc = proc_find_serial(host, target->serial);
        if (proc == NULL || proc_status_is_terminal(proc->status)) {
            target_done(ctx, bulk, target, true);
        } else if (proc->stage != PROC_STAGE_NONE) {
            target->state = TARGET_AWAITED;
        } else if (count_in(bulk, TARGET_STOPPING) < bulk->most) {
            target_stop(ctx, host, bulk, target, proc);
        }
    }
}

void bulk_on_end(struct rh_context *ctx, struct host *host, const struct proc *proc, bool ok)
{
    struct bulk *bulk = host->bulks;
    for (size_t i = 0; bulk != NULL && i < bulk->attempted; i++) {
        struct target *target = &bulk->targets[i];
        bool is_counted = target->state == TARGET_STOPPING || target->state == TARGET_AWAITED;
        if (target->serial == proc->serial && is_counted) {
            target_done(ctx, bulk, target, ok);
        }
    }
}

void bulks_run(struct rh_context *ctx, struct host *host)
{
    while (host->bulks != NULL && !host->ends) {
        struct bulk *bulk = host->bulks;
        enum rh_status status = bulk->has_begun ? RH_OK : bulk_begin(ctx, host, bulk);
        if (status != RH_OK) {
            host_answer(ctx, host, bulk->call, reply_refused(ctx, status));
            bulk_remove(host);
            continue;
        }
        bulk_step(ctx, host, bulk);
        if (count_in(bulk, TARGET_DONE) < bulk->attempted) {
            return;
        }
        bulk_conclude(ctx, host);
    }
}
