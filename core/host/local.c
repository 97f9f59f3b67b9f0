/* SPDX-License-Identifier: MIT */
/*
 * The manager of in-process procs. A proc is the actors in the group of its id, and their agent, which is linked with the host.
 * It has ended when the agent has and the group is empty: an actor that outlives its agent is killed first, so that "stopped"
 * is never said of something of which a part still runs. The group's notices are subscribed to before anything starts, so
 * that noticing the end needs no memory.
 */
#include "core/host/internal.h"

#include <rehearse/proc.h>

#define MEMBERS_AT_A_TIME 32

static enum rh_status spawn_agent(struct rh_context *ctx, struct host *host, struct proc *proc)
{
    struct rh_spawn_options options = {.link = true, .monitor = true};
    struct rh_message nothing = RH_ITEM(host->allocator, RH_NULL);
    const struct rh_message *argument =
        rh_message_size(&proc->argument) > 0 ? &proc->argument : &nothing;
    options.argument =
        RH_ARRAY(host->allocator, "$proc", proc->id, "local", rh_self(ctx), *argument);
    return rh_spawn(ctx, proc->program->agent, &options, &proc->local.agent, &proc->local.watch);
}

static enum rh_status local_start(struct rh_context *ctx, struct host *host, struct proc *proc)
{
    enum rh_status status = rh_group_monitor(ctx, proc->id, &proc->local.group);
    if (status == RH_OK) {
        status = spawn_agent(ctx, host, proc);
    }
    return status;
}

static enum rh_status local_attach(struct rh_context *ctx, struct host *host, struct proc *proc,
                                   struct rh_pid from, struct rh_pid agent)
{
    (void)ctx;
    (void)host;
    bool is_agents = rh_pid_equal(from, proc->local.agent) &&
                     (rh_pid_is_none(agent) || rh_pid_equal(agent, from));
    return is_agents ? RH_OK : RH_INVALID;
}

/* Kill the actors of a proc that are left, a few at a time; returns how many there were. */
static size_t kill_members(struct rh_context *ctx, const struct proc *proc)
{
    struct rh_pid members[MEMBERS_AT_A_TIME];
    size_t own = 0;
    size_t count = rh_group_members(ctx, proc->id, members, MEMBERS_AT_A_TIME);
    for (size_t i = 0; i < count && i < MEMBERS_AT_A_TIME; i++) {
        if (members[i].node == rh_self(ctx).node) { /* groups reach over nodes, procs do not */
            may_fail(rh_exit_signal(ctx, members[i], rh_reason(RH_REASON_KILL)));
            own++;
        }
    }
    return own;
}

static enum rh_status local_stop(struct rh_context *ctx, struct host *host, struct proc *proc,
                                 enum proc_stage stage)
{
    (void)host;
    struct rh_pid agent = proc->local.agent;
    if (stage != PROC_STAGE_KILL) {
        return proc_tell(ctx, proc, agent, stage == PROC_STAGE_DRAIN ? "drain" : "stop");
    }
    (void)kill_members(ctx, proc);
    return rh_pid_is_none(agent) ? RH_OK : rh_exit_signal(ctx, agent, rh_reason(RH_REASON_KILL));
}

static void local_release(struct rh_context *ctx, struct host *host, struct proc *proc)
{
    (void)host;
    if (!ref_is_none(proc->local.group)) {
        (void)rh_group_demonitor(ctx, proc->local.group, RH_FLUSH);
    }
    proc->local.group = (struct rh_ref){.ordinal = 0};
    proc->local.watch = (struct rh_ref){.ordinal = 0};
}

/* ---- its end ---- */

/* Note what the agent's exit is to the proc: what the root of a process makes of it (boot.c). */
static void note_end(struct proc *proc, const struct rh_message *reason)
{
    int64_t code = 0;
    enum rh_reason_class kind = rh_reason_class(reason);
    proc->local.end = PROC_EVENT_EXITED;
    if (RH_MATCH(reason, "exit", &code)) {
        proc->local.number = code & 0xff;
    } else if (kind == RH_REASON_NORMAL || kind == RH_REASON_SHUTDOWN) {
        proc->local.number = 0;
    } else if (kind == RH_REASON_KILLED) {
        proc->local.end = PROC_EVENT_SIGNALLED;
        proc->local.number = 9;
    } else {
        proc->local.number = RH_PROC_CODE_FAILED;
        proc->local.reason = rh_message_ref(*reason);
    }
}

/* Say that the proc has ended if nothing of it is left; otherwise end that. */
static bool end_if_empty(struct rh_context *ctx, struct proc *proc, struct proc_event *event)
{
    if (kill_members(ctx, proc) > 0) {
        return false;
    }
    *event = (struct proc_event){.proc = proc,
                                 .kind = proc->local.end,
                                 .number = proc->local.number,
                                 .reason = proc->local.reason};
    return true;
}

/* The link is there to take the agent along; its end is what the monitor says, which nobody can send by hand. */
static bool agent_ended(struct rh_context *ctx, struct host *host, const struct rh_delivery *in,
                        struct proc_event *event)
{
    struct rh_ref watch = rh_delivery_ref(ctx, in);
    struct proc *proc = host->procs;
    while (proc != NULL && !rh_ref_equal(proc->local.watch, watch)) {
        proc = proc->next;
    }
    if (proc == NULL || ref_is_none(watch)) {
        return false;
    }
    proc->local.agent = rh_pid_none();
    proc->local.has_ended = true;
    note_end(proc, &in->message);
    if (!end_if_empty(ctx, proc, event)) {
        *event = (struct proc_event){
            .proc = proc, .kind = PROC_EVENT_LOST, .why = "its agent ended before its actors"};
    }
    return true;
}

static bool member_left(struct rh_context *ctx, struct host *host, const struct rh_delivery *in,
                        struct proc_event *event)
{
    struct rh_ref group = rh_delivery_ref(ctx, in);
    struct proc *proc = host->procs;
    while (proc != NULL && !rh_ref_equal(proc->local.group, group)) {
        proc = proc->next;
    }
    if (proc == NULL || ref_is_none(group)) {
        return false;
    }
    if (proc->local.has_ended) {
        (void)end_if_empty(ctx, proc, event);
    }
    return true;
}

static bool local_receive(struct rh_context *ctx, struct host *host, const struct rh_delivery *in,
                          struct proc_event *ret_event)
{
    switch ((enum rh_delivery_kind)in->kind) {
    case RH_DELIVERY_DOWN:
        return agent_ended(ctx, host, in, ret_event);
    case RH_DELIVERY_GROUP_LEAVE:
        return member_left(ctx, host, in, ret_event);
    default:
        return false;
    }
}

const struct rh_manager manager_local = {
    .word = "local",
    .start = local_start,
    .attach = local_attach,
    .stop = local_stop,
    .release = local_release,
    .receive = local_receive,
};
