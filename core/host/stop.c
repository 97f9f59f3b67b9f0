/* SPDX-License-Identifier: MIT */
/*
 * Making one proc end. A stop is a series of stages, each of which the manager carries out once: drain at once, stop after half
 * of the grace, kill after all of it. Whoever else wants the proc to end joins the series (a kill makes it jump). What has
 * survived the kill for the kill time-out has no stage any more but stays STOPPING and listed: the next request begins a
 * new series.
 *
 * A stage that the manager cannot carry out is not an error: the next one comes anyway.
 */
#include "core/host/internal.h"

#define X(identifier, word) word,
static const char *const stage_words[] = {PROC_STAGE_MAP(X)};
#undef X

rh_duration host_grace(const struct host *host)
{
    return host->config->grace > 0 ? host->config->grace : 10 * RH_SECOND;
}

static rh_duration stage_duration(const struct host *host, const struct proc *proc,
                                  enum proc_stage stage)
{
    if (stage == PROC_STAGE_KILL) {
        return host->config->kill_timeout > 0 ? host->config->kill_timeout : 5 * RH_SECOND;
    }
    rh_duration half = proc->grace / 2;
    return stage == PROC_STAGE_DRAIN ? half : proc->grace - half;
}

static void stage_carry_out(struct rh_context *ctx, struct host *host, struct proc *proc,
                            enum proc_stage stage)
{
    proc->stage = stage;
    if (rh_is_observed(ctx)) {
        rh_mark(ctx, "host.stage",
                RH_ARRAY(rh_mark_allocator(ctx), proc->name, proc->serial, stage_words[stage]));
    }
    may_fail(proc->manager->stop(ctx, host, proc, stage));
}

static void become_stopping(struct rh_context *ctx, struct host *host, struct proc *proc)
{
    struct proc_event event = {.proc = proc, .kind = PROC_EVENT_STOP};
    (void)proc_happen(ctx, host, &event);
}

/* Begin the first stage, or go on to a later one. */
static enum rh_status stage_enter(struct rh_context *ctx, struct host *host, struct proc *proc,
                                  enum proc_stage stage)
{
    enum rh_status status = proc_arm(ctx, proc, stage_duration(host, proc, stage));
    if (status == RH_OK) {
        become_stopping(ctx, host, proc);
        stage_carry_out(ctx, host, proc, stage);
    }
    return status;
}

enum rh_status stop_begin(struct rh_context *ctx, struct host *host, struct proc *proc,
                          const struct stopping *how, enum proc_stage stage)
{
    if (how->grace == 0) {
        stage = PROC_STAGE_KILL;
    }
    if (proc->stage != PROC_STAGE_NONE) {
        bool jumps = stage == PROC_STAGE_KILL && proc->stage < PROC_STAGE_KILL;
        return jumps ? stage_enter(ctx, host, proc, stage) : RH_OK;
    }
    struct rh_message reason;
    enum rh_status status =
        rh_message_copy(host->allocator, how->reason.bytes, how->reason.size, &reason);
    if (status != RH_OK) {
        return status;
    }
    rh_message_unref(proc->reason);
    proc->reason = reason;
    proc->grace = how->grace;
    return stage_enter(ctx, host, proc, stage);
}

void stop_force(struct rh_context *ctx, struct host *host, struct proc *proc)
{
    proc_disarm(ctx, proc);
    may_fail(proc_arm(ctx, proc, stage_duration(host, proc, PROC_STAGE_KILL)));
    become_stopping(ctx, host, proc);
    stage_carry_out(ctx, host, proc, PROC_STAGE_KILL);
}

void stop_lost(struct rh_context *ctx, struct host *host, const struct proc_event *event)
{
    struct proc *proc = event->proc;
    bool is_spawning = proc->status < RH_PROC_READY;
    if (is_spawning) {
        spawn_doom(proc, event->why == NULL ? "its agent is gone" : event->why);
    }
    proc->agent = rh_pid_none();
    if (!proc_happen(ctx, host, event)) {
        return; /* it is being stopped anyway */
    }
    if (is_spawning) {
        stop_force(ctx, host, proc);
        return;
    }
    proc->grace = host_grace(host);
    proc->stage = PROC_STAGE_DRAIN; /* there is nobody to ask */
    if (proc_arm(ctx, proc, stage_duration(host, proc, PROC_STAGE_DRAIN)) != RH_OK) {
        stop_force(ctx, host, proc);
    }
}

/* It has survived everything. */
static void stop_refused(struct rh_context *ctx, struct host *host, struct proc *proc)
{
    proc->stage = PROC_STAGE_NONE;
    if (rh_is_observed(ctx)) {
        rh_mark(ctx, "host.refused", RH_ARRAY(rh_mark_allocator(ctx), proc->name, proc->serial));
    }
    host_waiters_on_refusal(ctx, host, proc);
    bulk_on_end(ctx, host, proc, false);
    bulks_run(ctx, host);
}

void stop_on_timeout(struct rh_context *ctx, struct host *host, struct proc *proc)
{
    proc->timer = (struct rh_ref){.ordinal = 0};
    if (proc->status < RH_PROC_STOPPING) {
        spawn_fail(ctx, host, proc, "it was not ready in time");
    } else if (proc->stage == PROC_STAGE_KILL) {
        stop_refused(ctx, host, proc);
    } else if (stage_enter(ctx, host, proc, proc->stage + 1U) != RH_OK) {
        stop_force(ctx, host, proc);
    }
}
