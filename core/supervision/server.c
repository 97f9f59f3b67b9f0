/* SPDX-License-Identifier: MIT */
/*
 * A server is a behaviour whose `receive` sorts deliveries into calls, casts and the rest, and carries out what they
 * lead to. It keeps no state of its own: the actor's state is the server's, and its parent is known to the node. The
 * order at an end is reply, terminate, exit, so that a client of the last request gets its answer before the DOWN: both
 * travel on the same channel.
 */
#include <rehearse/server.h>

static const char call_verb[] = "$call";
static const char cast_verb[] = "$cast";
static const char start_verb[] = "$start";

bool rh_is_call(const struct rh_delivery *in, struct rh_ref *ret_call, struct rh_item *ret_request)
{
    return in->kind == RH_DELIVERY_MESSAGE &&
           RH_MATCH(&in->message, call_verb, ret_call, ret_request);
}

bool rh_is_cast(const struct rh_delivery *in, struct rh_item *ret_request)
{
    return in->kind == RH_DELIVERY_MESSAGE && RH_MATCH(&in->message, cast_verb, ret_request);
}

bool rh_is_start_question(const struct rh_delivery *in, struct rh_ref *ret_call)
{
    return in->kind == RH_DELIVERY_MESSAGE && RH_MATCH(&in->message, start_verb, ret_call);
}

enum rh_status rh_reply(struct rh_context *ctx, struct rh_ref call, struct rh_message reply)
{
    return rh_send_alias(ctx, call, reply);
}

const void *rh_server_config(const struct rh_context *ctx)
{
    const struct rh_server *server = rh_config(ctx);
    return server->config;
}

/* A handle with an item, or one whose building failed: that failure must not be mistaken for "nothing". */
static bool is_given(struct rh_message message)
{
    return rh_message_size(&message) > 0 || rh_message_status(message) != RH_OK;
}

static enum rh_status server_stop(struct rh_context *ctx, void *state, struct rh_message reason)
{
    const struct rh_server *server = rh_config(ctx);
    if (server->terminate != NULL) {
        server->terminate(ctx, state, &reason);
    }
    return rh_exit(ctx, reason);
}

/* End as `status` says; RH_EXITED is the callback's own rh_exit, which needs nothing more. */
static enum rh_status server_conclude(struct rh_context *ctx, void *state, enum rh_status status)
{
    if (status == RH_OK || status == RH_EXITED) {
        return status;
    }
    if (status == RH_DONE) {
        return server_stop(ctx, state, rh_reason(RH_REASON_NORMAL));
    }
    return server_stop(ctx, state, RH_ITEM(rh_allocator_of(ctx), rh_status_word(status)));
}

/* Carry out an answer: reply, then end or go on. */
static enum rh_status server_answer(struct rh_context *ctx, void *state, enum rh_status status,
                                    const struct rh_ref *call, struct rh_answer answer)
{
    if (call == NULL) {
        rh_message_unref(answer.reply);
    } else if (is_given(answer.reply)) {
        enum rh_status sent = rh_reply(ctx, *call, answer.reply);
        if (sent != RH_OK && sent != RH_FULL && status == RH_OK) {
            status = sent; /* a client that takes no more is no reason to end, all else is */
        }
    }
    if (is_given(answer.stop) && (status == RH_OK || status == RH_DONE)) {
        return server_stop(ctx, state, answer.stop);
    }
    rh_message_unref(answer.stop);
    return server_conclude(ctx, state, status);
}

static enum rh_status server_call(struct rh_context *ctx, void *state, struct rh_ref call,
                                  struct rh_item item)
{
    const struct rh_server *server = rh_config(ctx);
    struct rh_message request;
    enum rh_status status = rh_message_copy(rh_allocator_of(ctx), item.bytes, item.size, &request);
    struct rh_answer answer = {.reply = rh_message_none(), .stop = rh_message_none()};
    if (status == RH_OK) {
        status = server->handle_call(ctx, state, call, &request, &answer);
        rh_message_unref(request);
    }
    return server_answer(ctx, state, status, &call, answer);
}

static enum rh_status server_cast(struct rh_context *ctx, void *state, struct rh_item item)
{
    const struct rh_server *server = rh_config(ctx);
    struct rh_message request;
    enum rh_status status = rh_message_copy(rh_allocator_of(ctx), item.bytes, item.size, &request);
    struct rh_answer answer = {.reply = rh_message_none(), .stop = rh_message_none()};
    if (status == RH_OK) {
        status = server->handle_cast(ctx, state, &request, &answer);
        rh_message_unref(request);
    }
    return server_answer(ctx, state, status, NULL, answer);
}

/* Only an actor that traps is ever handed an EXIT. */
static bool is_parents_exit(const struct rh_context *ctx, const struct rh_delivery *in)
{
    struct rh_pid parent = rh_linked_parent(ctx);
    return in->kind == RH_DELIVERY_EXIT && !rh_pid_is_none(parent) &&
           rh_pid_equal(in->from, parent);
}

static enum rh_status server_receive(struct rh_context *ctx, void *state,
                                     const struct rh_delivery *in)
{
    const struct rh_server *server = rh_config(ctx);
    struct rh_ref call;
    struct rh_item request;
    if (is_parents_exit(ctx, in)) {
        return server_stop(ctx, state, rh_message_ref(in->message));
    }
    if (rh_is_start_question(in, &call)) {
        enum rh_status sent = rh_reply(ctx, call, RH_ITEM(rh_allocator_of(ctx), "ok"));
        return sent == RH_FULL ? RH_OK : server_conclude(ctx, state, sent);
    }
    if (server->handle_call != NULL && rh_is_call(in, &call, &request)) {
        return server_call(ctx, state, call, request);
    }
    if (server->handle_cast != NULL && rh_is_cast(in, &request)) {
        return server_cast(ctx, state, request);
    }
    if (server->handle_info != NULL) {
        return server_conclude(ctx, state, server->handle_info(ctx, state, in));
    }
    return RH_OK;
}

static enum rh_status server_init(struct rh_context *ctx, void *state,
                                  const struct rh_delivery *start)
{
    const struct rh_server *server = rh_config(ctx);
    return server->init == NULL ? RH_OK : server->init(ctx, state, start);
}

static void server_deinit(void *state, const void *config)
{
    const struct rh_server *server = config;
    if (server->deinit != NULL) {
        server->deinit(state, server->config);
    }
}

struct rh_behaviour rh_server_behaviour(const struct rh_server *server)
{
    return (struct rh_behaviour){
        .name = server->name,
        .state_bytes = server->state_bytes,
        .init = server_init,
        .receive = server_receive,
        .deinit = server_deinit,
        .config = server,
    };
}
