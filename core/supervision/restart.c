/* SPDX-License-Identifier: MIT */
/*
 * What a child's end leads to. Every attempt to restart counts against the intensity, failed ones too; since a failed
 * attempt is tried again at once, a child that cannot be started at all exhausts the intensity in no time, and one that
 * can be started the second time does no harm. Between two attempts the supervisor handles what has arrived: that is
 * what the message to oneself is for.
 */
#include "core/supervision/internal.h"

static const char again_verb[] = "$restart";

/* Forget restarts that are older than the period. */
static void restarts_expire(struct supervisor *sup, rh_instant now)
{
    rh_duration period = sup->config->period == 0 ? 5 * RH_SECOND : sup->config->period;
    size_t old = 0;
    while (old < sup->restart_count && now - sup->restarts[old] > period) {
        old++;
    }
    if (old > 0) {
        sup->restart_count -= old;
        memmove(sup->restarts, sup->restarts + old, sup->restart_count * sizeof(*sup->restarts));
    }
}

/* Count a restart; `*ret_within` tells whether the intensity allows it. */
static enum rh_status restarts_count(struct supervisor *sup, rh_instant now, bool *ret_within)
{
    restarts_expire(sup, now);
    *ret_within = sup->restart_count < sup->config->intensity;
    if (!*ret_within) {
        return RH_OK;
    }
    void *array = sup->restarts;
    if (!array_grow(sup->allocator, &array, &sup->restart_capacity, sup->restart_count,
                    sizeof(*sup->restarts))) {
        return RH_NO_MEMORY;
    }
    sup->restarts = array;
    sup->restarts[sup->restart_count++] = now;
    return RH_OK;
}

/* Restart `child`, and whom the strategy says with it. */
static enum rh_status restart(struct rh_context *ctx, struct supervisor *sup, struct child *child)
{
    bool within = false;
    enum rh_status status = restarts_count(sup, rh_now(ctx), &within);
    if (status != RH_OK) {
        return status;
    }
    if (!within) {
        return work_end(ctx, sup, rh_reason(RH_REASON_SHUTDOWN));
    }
    child->state = CHILD_ABSENT;
    sup->work = (struct work){.kind = WORK_RESTART};
    size_t index = child_index(sup, child);
    switch (sup->config->strategy) {
    case RH_ONE_FOR_ALL:
        return work_stop(ctx, sup, 0, sup->count);
    case RH_REST_FOR_ONE:
        return work_stop(ctx, sup, index, sup->count);
    default:
        return work_start(ctx, sup, index, index + 1);
    }
}

static bool is_failure(enum rh_restart type, enum rh_reason_class reason)
{
    switch (type) {
    case RH_PERMANENT:
        return true;
    case RH_TRANSIENT:
        return reason != RH_REASON_NORMAL && reason != RH_REASON_SHUTDOWN;
    default:
        return false;
    }
}

enum rh_status restart_on_exit(struct rh_context *ctx, struct supervisor *sup, struct child *child,
                               enum rh_reason_class reason)
{
    child_forget_actor(sup, child, CHILD_ABSENT);
    if (is_failure(child->spec->restart, reason)) {
        return restart(ctx, sup, child);
    }
    if (child->spec->restart == RH_TEMPORARY) {
        child_remove(sup, child_index(sup, child));
    }
    return RH_OK;
}

enum rh_status restart_again_later(struct rh_context *ctx, struct child *child)
{
    return rh_send(ctx, rh_self(ctx), RH_ARRAY(rh_allocator_of(ctx), again_verb, child->id));
}

bool restart_on_message(struct rh_context *ctx, struct supervisor *sup, const struct event *event,
                        enum rh_status *ret_status)
{
    struct rh_text id;
    if (!rh_pid_equal(event->from, rh_self(ctx)) || !RH_MATCH(&event->message, again_verb, &id)) {
        return false;
    }
    struct child *child = child_find_id(sup, id, NULL);
    *ret_status = RH_OK;
    if (child != NULL && child->state == CHILD_RESTARTING) {
        *ret_status = restart(ctx, sup, child);
    }
    return true;
}
