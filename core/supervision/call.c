/* SPDX-License-Identifier: MIT */
/*
 * The client's side of a request: a monitor whose alias is the reply address, a timer, and the request. The alias is
 * open for one reply and takes the monitor with it, so of reply and DOWN only one can ever arrive; the time-out closes
 * both, so that a late reply meets a closed alias. All of it is installed before the request goes out: what fails
 * leaves nothing behind.
 */
#include <rehearse/server.h>

static bool ref_is_none(struct rh_ref ref)
{
    return rh_pid_is_none(ref.owner);
}

/* Give up what is still there of monitor (its alias goes with it) and timer; what is gone already answers NOT_FOUND. */
static void call_close(struct rh_context *ctx, struct rh_call *call)
{
    if (!ref_is_none(call->reply)) {
        (void)rh_demonitor(ctx, call->reply, RH_FLUSH);
    }
    if (!ref_is_none(call->timer)) {
        (void)rh_timer_cancel(ctx, call->timer, NULL);
    }
    call->open = false;
}

void rh_call_cancel(struct rh_context *ctx, struct rh_call *call)
{
    if (call->open) {
        call_close(ctx, call);
    }
}

static enum rh_status call_timer(struct rh_context *ctx, rh_duration timeout, struct rh_call *call)
{
    if (timeout == RH_NEVER) {
        return RH_OK;
    }
    return rh_timer_start(ctx, timeout, rh_self(ctx), rh_message_none(), &call->timer);
}

/* End the making of a call: open, or as if it had never been. */
static enum rh_status call_opened(struct rh_context *ctx, enum rh_status status,
                                  struct rh_call *call)
{
    if (status == RH_OK) {
        call->open = true;
    } else {
        call_close(ctx, call);
    }
    return status;
}

static struct rh_message call_message(struct rh_context *ctx, struct rh_ref reply,
                                      struct rh_message request)
{
    struct rh_message message = RH_ARRAY(rh_allocator_of(ctx), "$call", reply, request);
    rh_message_unref(request);
    return message;
}

enum rh_status rh_call(struct rh_context *ctx, struct rh_pid to, struct rh_message request,
                       rh_duration timeout, struct rh_call *ret_call)
{
    *ret_call = (struct rh_call){0};
    enum rh_status status = RH_INVALID;
    if (!rh_pid_equal(to, rh_self(ctx))) {
        status = rh_monitor(ctx, to, RH_ALIAS_REPLY_DEMONITOR, &ret_call->reply);
    }
    if (status == RH_OK) {
        status = call_timer(ctx, timeout, ret_call);
    }
    if (status != RH_OK) {
        rh_message_unref(request);
    } else {
        status = rh_send(ctx, to, call_message(ctx, ret_call->reply, request));
    }
    return call_opened(ctx, status, ret_call);
}

enum rh_status rh_call_name(struct rh_context *ctx, const char *name, struct rh_message request,
                            rh_duration timeout, struct rh_call *ret_call)
{
    *ret_call = (struct rh_call){0};
    struct rh_pid owner = rh_pid_none();
    (void)rh_whereis(ctx, name, &owner);
    enum rh_status status = RH_INVALID;
    if (!rh_pid_equal(owner, rh_self(ctx))) {
        status = rh_monitor_name(ctx, name, RH_ALIAS_REPLY_DEMONITOR, &ret_call->reply);
    }
    if (status == RH_OK) {
        status = call_timer(ctx, timeout, ret_call);
    }
    if (status != RH_OK || rh_pid_is_none(owner)) {
        rh_message_unref(request); /* of a free name the DOWN is on its way */
    } else {
        status = rh_send(ctx, owner, call_message(ctx, ret_call->reply, request));
    }
    return call_opened(ctx, status, ret_call);
}

static bool outcome_of(const struct rh_context *ctx, const struct rh_delivery *in,
                       const struct rh_call *call, struct rh_outcome *outcome)
{
    struct rh_ref ref = rh_delivery_ref(ctx, in);
    outcome->message = &in->message;
    if (in->kind == RH_DELIVERY_MESSAGE && rh_ref_equal(ref, call->reply)) {
        outcome->kind = RH_OUTCOME_REPLY;
        return true;
    }
    if (in->kind == RH_DELIVERY_DOWN && rh_ref_equal(ref, call->reply)) {
        outcome->kind = RH_OUTCOME_DOWN;
        return true;
    }
    if (in->kind == RH_DELIVERY_TIMEOUT && rh_ref_equal(ref, call->timer)) {
        outcome->kind = RH_OUTCOME_TIMEOUT;
        outcome->message = NULL;
        return true;
    }
    return false;
}

/* A server that did not come up. When even the kill is refused, the link is left to end it with the caller. */
static enum rh_status started_kill(struct rh_context *ctx, struct rh_pid server)
{
    enum rh_status status = rh_exit_signal(ctx, server, rh_reason(RH_REASON_KILL));
    if (status == RH_OK) {
        status = rh_unlink(ctx, server, RH_FLUSH);
    }
    return status;
}

bool rh_call_result(struct rh_context *ctx, const struct rh_delivery *in, struct rh_call *call,
                    struct rh_outcome *ret_outcome)
{
    struct rh_outcome outcome;
    if (!call->open || !outcome_of(ctx, in, call, &outcome)) {
        return false;
    }
    call_close(ctx, call);
    if (outcome.kind == RH_OUTCOME_TIMEOUT && !rh_pid_is_none(call->started)) {
        (void)started_kill(ctx, call->started);
    }
    *ret_outcome = outcome;
    return true;
}

enum rh_status rh_cast(struct rh_context *ctx, struct rh_pid to, struct rh_message request)
{
    struct rh_message message = RH_ARRAY(rh_allocator_of(ctx), "$cast", request);
    rh_message_unref(request);
    return rh_send(ctx, to, message);
}

enum rh_status rh_server_start(struct rh_context *ctx, const struct rh_behaviour *behaviour,
                               const struct rh_spawn_options *options, rh_duration timeout,
                               struct rh_pid *ret_server, struct rh_call *ret_call)
{
    struct rh_spawn_options own = {.argument = rh_message_none()};
    if (options != NULL) {
        own = *options;
    }
    own.monitor = true;
    own.alias = RH_ALIAS_REPLY_DEMONITOR;
    *ret_call = (struct rh_call){0};
    enum rh_status status = call_timer(ctx, timeout, ret_call);
    if (status != RH_OK) {
        rh_message_unref(own.argument);
        return call_opened(ctx, status, ret_call);
    }
    status = rh_spawn(ctx, behaviour, &own, ret_server, &ret_call->reply);
    if (status != RH_OK) {
        ret_call->reply = (struct rh_ref){0};
        return call_opened(ctx, status, ret_call);
    }
    ret_call->started = *ret_server;
    status = rh_send(ctx, *ret_server, RH_ARRAY(rh_allocator_of(ctx), "$start", ret_call->reply));
    if (status != RH_OK) {
        (void)started_kill(ctx, *ret_server);
    }
    return call_opened(ctx, status, ret_call);
}
