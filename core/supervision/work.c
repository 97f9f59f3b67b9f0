/* SPDX-License-Identifier: MIT */
/*
 * One piece of work: stop a range of children from its last to its first, then start it from its first to its last.
 *
 * Stopping one child is: monitor it, send it the exit signal "shutdown" (or "kill"), start a timer; at the time-out kill
 * it; at the DOWN unlink it, go on with the next. It is the DOWN that counts and not the EXIT, because a child may have
 * unlinked itself; a child that is dead already answers the monitor with noproc, whatever it died of. The link stays
 * until the DOWN: if the supervisor is killed meanwhile, its children hear of it.
 *
 * Starting one child is: spawn it linked, then wait until it counts as started. The question that waits travels on the
 * same channel as START, behind it, so that it is answered after the child's init or not at all; an EXIT of the child
 * comes on the channel of the answer, in front of it.
 */
#include "core/supervision/internal.h"

bool is_busy(const struct supervisor *sup)
{
    return sup->work.kind != WORK_NONE;
}

static struct rh_ref no_ref(void)
{
    return (struct rh_ref){rh_pid_none(), 0};
}

static bool is_ref(struct rh_ref expected, struct rh_ref found)
{
    return !rh_pid_is_none(expected.owner) && rh_ref_equal(expected, found);
}

static struct child *stopping_child(const struct supervisor *sup)
{
    const struct work *work = &sup->work;
    return is_busy(sup) && !work->starting && work->cursor > work->first
               ? sup->children[work->cursor - 1]
               : NULL;
}

static struct child *starting_child(const struct supervisor *sup)
{
    const struct work *work = &sup->work;
    return is_busy(sup) && work->starting && work->cursor < work->end ? sup->children[work->cursor]
                                                                      : NULL;
}

/* ---- stopping ---- */

static rh_duration shutdown_of(const struct child *child)
{
    if (child->spec->shutdown != 0) {
        return child->spec->shutdown;
    }
    return child->spec->type == RH_SUPERVISOR ? RH_NEVER : 5 * RH_SECOND;
}

static enum rh_status child_stop(struct rh_context *ctx, struct supervisor *sup,
                                 struct child *child)
{
    rh_duration shutdown = shutdown_of(child);
    bool kill = shutdown == RH_BRUTAL_KILL;
    enum rh_status status = rh_monitor(ctx, child->pid, RH_ALIAS_NONE, &child->wait);
    if (status == RH_OK) {
        status =
            rh_exit_signal(ctx, child->pid, rh_reason(kill ? RH_REASON_KILL : RH_REASON_SHUTDOWN));
    }
    if (status == RH_OK && !kill && shutdown != RH_NEVER) {
        status = rh_timer_start(ctx, shutdown, rh_self(ctx), rh_message_none(), &sup->stop_timer);
    }
    child->state = CHILD_STOPPING;
    return status;
}

/* The child before the cursor has no actor any more. */
static void child_stopped(struct supervisor *sup)
{
    struct work *work = &sup->work;
    struct child *child = sup->children[work->cursor - 1];
    work->cursor--;
    if (child->spec->restart == RH_TEMPORARY) {
        child_remove(sup, work->cursor);
        work->end--;
    } else {
        child_forget_actor(sup, child, CHILD_ABSENT);
    }
}

static enum rh_status stop_concluded(struct rh_context *ctx, struct supervisor *sup)
{
    struct work work = sup->work;
    switch (work.kind) {
    case WORK_END:
        sup->work.reason = rh_message_none();
        return rh_exit(ctx, work.reason);
    case WORK_REQUEST_STOP:
        sup->work.kind = WORK_NONE;
        return request_reply(ctx, work.call, RH_ITEM(sup->allocator, "ok"));
    default:
        return work_start(ctx, sup, work.first, work.end);
    }
}

static enum rh_status stop_next(struct rh_context *ctx, struct supervisor *sup)
{
    struct child *child;
    while ((child = stopping_child(sup)) != NULL) {
        if (!rh_pid_is_none(child->pid)) {
            return child_stop(ctx, sup, child);
        }
        child_stopped(sup);
    }
    return stop_concluded(ctx, sup);
}

enum rh_status work_stop(struct rh_context *ctx, struct supervisor *sup, size_t first, size_t end)
{
    sup->work.starting = false;
    sup->work.first = first;
    sup->work.end = end;
    sup->work.cursor = end;
    return stop_next(ctx, sup);
}

enum rh_status work_end(struct rh_context *ctx, struct supervisor *sup, struct rh_message reason)
{
    sup->work = (struct work){.kind = WORK_END, .reason = reason};
    return work_stop(ctx, sup, 0, sup->count);
}

/* ---- starting ---- */

static enum rh_readiness readiness_of(const struct child *child)
{
    if (child->spec->readiness != RH_READY_DEFAULT) {
        return child->spec->readiness;
    }
    return child->spec->type == RH_SUPERVISOR ? RH_READY_ANSWER : RH_READY_INIT;
}

static enum rh_status child_spawn(struct rh_context *ctx, struct child *child)
{
    const struct rh_child_spec *spec = child->spec;
    if (spec->start != NULL) {
        struct rh_child_start start = {
            .id = spec->id,
            .incarnation = child->incarnation + 1,
            .argument = &child->argument,
            .config = spec->config,
        };
        return spec->start(ctx, &start, &child->pid);
    }
    struct rh_spawn_options options = {.argument = rh_message_none()};
    if (spec->options != NULL) {
        options = *spec->options;
    }
    bool has_own = rh_message_size(&child->argument) > 0;
    options.argument = rh_message_ref(has_own ? child->argument : options.argument);
    options.link = true;
    options.monitor = false;
    options.alias = RH_ALIAS_NONE;
    return rh_spawn(ctx, spec->behaviour, &options, &child->pid, NULL);
}

/* What a start function made is not linked yet. Without a link it must not live: the supervisor is about to end. */
static enum rh_status child_link(struct rh_context *ctx, const struct child *child)
{
    if (child->spec->start == NULL) {
        return RH_OK;
    }
    enum rh_status status = rh_link(ctx, child->pid);
    if (status == RH_OK || status == RH_EXITED) {
        return status;
    }
    enum rh_status killed = rh_exit_signal(ctx, child->pid, rh_reason(RH_REASON_KILL));
    return killed == RH_EXITED ? killed : status;
}

/* Ask the question whose answer makes the child ready. */
static enum rh_status child_ask(struct rh_context *ctx, struct supervisor *sup, struct child *child)
{
    if (readiness_of(child) == RH_READY_INIT) {
        return rh_ask_alive(ctx, child->pid, &child->wait);
    }
    enum rh_status status = rh_monitor(ctx, child->pid, RH_ALIAS_REPLY_DEMONITOR, &child->wait);
    if (status == RH_OK) {
        status = rh_send(ctx, child->pid, RH_ARRAY(sup->allocator, "$start", child->wait));
    }
    return status;
}

static enum rh_status start_concluded(struct rh_context *ctx, struct supervisor *sup)
{
    struct work work = sup->work;
    sup->work.kind = WORK_NONE;
    if (work.kind != WORK_REQUEST_START) {
        return RH_OK;
    }
    struct rh_pid pid = sup->children[work.first]->pid;
    return request_reply(ctx, work.call, RH_ARRAY(sup->allocator, "ok", pid));
}

static enum rh_status boot_failed(struct rh_context *ctx, struct supervisor *sup,
                                  const struct child *child, const struct rh_message *why)
{
    struct rh_message inner = RH_ARRAY(sup->allocator, "failed_to_start_child", child->id, *why);
    struct rh_message reason = RH_ARRAY(sup->allocator, "shutdown", inner);
    rh_message_unref(inner);
    if (rh_message_status(reason) != RH_OK) {
        reason = rh_reason(RH_REASON_SHUTDOWN);
    }
    return work_end(ctx, sup, reason);
}

/* The child at the cursor, which has no actor now, could not be started. */
static enum rh_status start_failed(struct rh_context *ctx, struct supervisor *sup,
                                   const struct rh_message *why)
{
    struct work work = sup->work;
    struct child *child = sup->children[work.cursor];
    child_forget_actor(sup, child, CHILD_ABSENT);
    switch (work.kind) {
    case WORK_BOOT:
        return boot_failed(ctx, sup, child, why);
    case WORK_RESTART:
        sup->work.kind = WORK_NONE;
        child->state = CHILD_RESTARTING;
        return restart_again_later(ctx, child);
    default:
        sup->work.kind = WORK_NONE;
        if (work.created) {
            child_remove(sup, work.cursor);
        }
        return request_refuse(ctx, work.call, why);
    }
}

static enum rh_status start_refused(struct rh_context *ctx, struct supervisor *sup,
                                    enum rh_status status)
{
    if (status == RH_EXITED) {
        return status;
    }
    struct rh_message why = RH_ITEM(sup->allocator, rh_status_word(status));
    return start_failed(ctx, sup, &why);
}

static enum rh_status start_next(struct rh_context *ctx, struct supervisor *sup)
{
    struct child *child;
    while ((child = starting_child(sup)) != NULL) {
        child->pid = rh_pid_none();
        enum rh_status status = child_spawn(ctx, child);
        if (status != RH_OK || rh_pid_is_none(child->pid)) {
            return start_refused(ctx, sup, status == RH_OK ? RH_NOPROC : status);
        }
        child->incarnation++;
        child->state = CHILD_STARTING;
        status = child_link(ctx, child);
        if (status != RH_OK) {
            return status;
        }
        if (readiness_of(child) != RH_READY_AT_ONCE) {
            return child_ask(ctx, sup, child);
        }
        child->state = CHILD_RUNNING;
        sup->work.cursor++;
    }
    return start_concluded(ctx, sup);
}

enum rh_status work_start(struct rh_context *ctx, struct supervisor *sup, size_t first, size_t end)
{
    sup->work.starting = true;
    sup->work.first = first;
    sup->work.end = end;
    sup->work.cursor = first;
    return start_next(ctx, sup);
}

static enum rh_status child_started(struct rh_context *ctx, struct supervisor *sup,
                                    struct child *child)
{
    child->wait = no_ref();
    child->state = CHILD_RUNNING;
    sup->work.cursor++;
    return start_next(ctx, sup);
}

/* What may still come of the question (its answer, a DOWN) carries a reference that nobody waits for any more. */
static enum rh_status child_died_starting(struct rh_context *ctx, struct supervisor *sup,
                                          struct child *child, const struct rh_message *why)
{
    (void)rh_unlink(ctx, child->pid, RH_FLUSH);
    return start_failed(ctx, sup, why);
}

/* ---- what is being waited for ---- */

bool work_on_exit(struct rh_context *ctx, struct supervisor *sup, const struct rh_delivery *in,
                  enum rh_status *ret_status)
{
    struct child *stopping = stopping_child(sup);
    if (stopping != NULL && rh_pid_equal(stopping->pid, in->from)) {
        *ret_status = RH_OK; /* the DOWN will tell */
        return true;
    }
    struct child *starting = starting_child(sup);
    if (starting != NULL && rh_pid_equal(starting->pid, in->from)) {
        *ret_status = child_died_starting(ctx, sup, starting, &in->message);
        return true;
    }
    return false;
}

enum rh_status work_on_down(struct rh_context *ctx, struct supervisor *sup,
                            const struct rh_delivery *in)
{
    struct rh_ref ref = rh_delivery_ref(ctx, in);
    struct child *starting = starting_child(sup);
    if (starting != NULL && is_ref(starting->wait, ref)) {
        return child_died_starting(ctx, sup, starting, &in->message);
    }
    struct child *stopping = stopping_child(sup);
    if (stopping == NULL || !is_ref(stopping->wait, ref)) {
        return RH_OK;
    }
    if (!rh_pid_is_none(sup->stop_timer.owner)) {
        (void)rh_timer_cancel(ctx, sup->stop_timer, NULL);
        sup->stop_timer = no_ref();
    }
    (void)rh_unlink(ctx, stopping->pid, RH_FLUSH);
    child_stopped(sup);
    return stop_next(ctx, sup);
}

enum rh_status work_on_liveness(struct rh_context *ctx, struct supervisor *sup,
                                const struct rh_delivery *in)
{
    struct child *child = starting_child(sup);
    if (child == NULL || !is_ref(child->wait, rh_delivery_ref(ctx, in))) {
        return RH_OK;
    }
    if (rh_delivery_is_alive(in)) {
        return child_started(ctx, sup, child);
    }
    struct rh_message why = rh_reason(RH_REASON_NOPROC); /* it had unlinked itself */
    return child_died_starting(ctx, sup, child, &why);
}

bool work_on_message(struct rh_context *ctx, struct supervisor *sup, const struct rh_delivery *in,
                     enum rh_status *ret_status)
{
    struct child *child = starting_child(sup);
    if (child == NULL || !is_ref(child->wait, rh_delivery_ref(ctx, in))) {
        return false;
    }
    *ret_status = child_started(ctx, sup, child);
    return true;
}

enum rh_status work_on_timeout(struct rh_context *ctx, struct supervisor *sup,
                               const struct rh_delivery *in)
{
    struct child *child = stopping_child(sup);
    if (child == NULL || !is_ref(sup->stop_timer, rh_delivery_ref(ctx, in))) {
        return RH_OK;
    }
    sup->stop_timer = no_ref();
    return rh_exit_signal(ctx, child->pid, rh_reason(RH_REASON_KILL));
}
