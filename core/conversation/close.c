/* SPDX-License-Identifier: MIT */
/* Winding down: the owned participants are told to end, and killed when their grace is over; then it is closed. Only the
 * keeper does this, with the record its own. */
#include "core/conversation/internal.h"

enum rh_status owned_tell(struct rh_context *ctx, const struct conversation *conv,
                          enum rh_reason_class how)
{
    enum rh_status status = RH_OK;
    for (size_t i = 0; i < conv->participant_count && status == RH_OK; i++) {
        const struct participant *participant = &conv->participants[i];
        if (participant->is_owned && participant->health == HEALTH_ALIVE) {
            status = rh_exit_signal(ctx, participant->pid, rh_reason(how));
        }
    }
    return status;
}

bool conversation_is_wound_down(const struct conversation *conv)
{
    for (size_t i = 0; i < conv->participant_count; i++) {
        if (conv->participants[i].is_owned && conv->participants[i].health == HEALTH_ALIVE) {
            return false;
        }
    }
    return true;
}

/* Whoever is waited for is watched, too: links can be cut. */
static enum rh_status owned_watch(struct rh_context *ctx, const struct conversation *conv)
{
    enum rh_status status = RH_OK;
    for (size_t i = 0; i < conv->participant_count && status == RH_OK; i++) {
        const struct participant *participant = &conv->participants[i];
        struct rh_ref unused;
        if (participant->is_owned && participant->health == HEALTH_ALIVE) {
            status = rh_monitor(ctx, participant->pid, RH_ALIAS_NONE, &unused);
        }
    }
    return status;
}

static void timer_end(struct rh_context *ctx, struct rh_ref *timer)
{
    if (rh_pid_equal(timer->owner, rh_self(ctx))) {
        (void)rh_timer_cancel(ctx, *timer, NULL);
    }
    *timer = (struct rh_ref){0};
}

static enum rh_status closers_answer(struct rh_context *ctx, struct conversation *conv)
{
    struct waiter *waiter = conv->waiters;
    while (waiter != NULL) {
        struct waiter *next = waiter->next;
        if (waiter->verb == VERB_CLOSE) {
            enum rh_status status =
                command_answer(ctx, conv, waiter->call, "ok", RH_ITEM(conv->allocator, "ok"));
            if (status != RH_OK) {
                return status;
            }
            waiter_remove(conv, waiter);
        }
        waiter = next;
    }
    return RH_OK;
}

enum rh_status become_closed(struct rh_context *ctx, struct conversation *conv)
{
    become_phase(ctx, conv, RH_CONVERSATION_CLOSED, rh_message_none());
    timer_end(ctx, &conv->grace_timer);
    timer_end(ctx, &conv->deadline_timer);
    compensators_drop(ctx, conv);
    enum rh_status status = notifiers_cancel(ctx, conv);
    return status == RH_OK ? closers_answer(ctx, conv) : status;
}

static enum rh_status own_timer(struct rh_context *ctx, rh_duration delay, struct rh_ref *timer)
{
    return rh_timer_start(ctx, delay, rh_self(ctx), rh_message_none(), timer);
}

enum rh_status conversation_wind_down(struct rh_context *ctx, struct conversation *conv)
{
    if (conv->is_winding_down) {
        return RH_OK;
    }
    conv->is_winding_down = true;
    if (conversation_is_wound_down(conv)) {
        return become_closed(ctx, conv);
    }
    enum rh_status status = owned_watch(ctx, conv);
    if (status == RH_OK) {
        status = owned_tell(ctx, conv, conv->grace == 0 ? RH_REASON_KILL : RH_REASON_SHUTDOWN);
    }
    if (status == RH_OK && conv->grace != 0 && conv->grace != RH_NEVER) {
        status = own_timer(ctx, conv->grace, &conv->grace_timer);
    }
    if (status == RH_OK && conv->deadline != RH_NEVER &&
        conv->phase == RH_CONVERSATION_COMPLETING) {
        rh_instant now = rh_now(ctx);
        status =
            own_timer(ctx, conv->deadline > now ? conv->deadline - now : 0, &conv->deadline_timer);
    }
    return status;
}
