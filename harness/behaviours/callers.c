/* SPDX-License-Identifier: MIT */
/* Behaviours that ask, answer and keep time. */
#include "harness/behaviours/builtin.h"

#include <rehearse/server.h>

struct pinger {
    struct rh_pid to;
    int64_t count;
};

static enum rh_status pinger_init(struct rh_context *ctx, void *state,
                                  const struct rh_delivery *start)
{
    struct pinger *pinger = state;
    pinger->count = 1;
    rh_parameter_actor(start, "to", &pinger->to);
    rh_parameter_number(start, "count", &pinger->count);
    return pinger->count > 0 ? RH_SEND(ctx, pinger->to, "ping", 1) : RH_OK;
}

static enum rh_status pinger_receive(struct rh_context *ctx, void *state,
                                     const struct rh_delivery *in)
{
    const struct pinger *pinger = state;
    int64_t number;
    if (in->kind != RH_DELIVERY_MESSAGE || !RH_MATCH(&in->message, "pong", &number)) {
        return RH_OK;
    }
    if (number >= pinger->count) {
        return rh_output(ctx, RH_ARRAY(rh_allocator_of(ctx), "done", number));
    }
    return RH_SEND(ctx, pinger->to, "ping", number + 1);
}

const struct rh_behaviour behaviour_pinger = {
    .name = "pinger",
    .state_bytes = sizeof(struct pinger),
    .init = pinger_init,
    .receive = pinger_receive,
};

static enum rh_status ponger_receive(struct rh_context *ctx, void *state,
                                     const struct rh_delivery *in)
{
    int64_t number;
    (void)state;
    if (in->kind != RH_DELIVERY_MESSAGE || !RH_MATCH(&in->message, "ping", &number)) {
        return RH_OK;
    }
    return RH_SEND(ctx, in->from, "pong", number);
}

const struct rh_behaviour behaviour_ponger = {.name = "ponger", .receive = ponger_receive};

/* ---- a client with a time-out and retries ---- */

struct client {
    struct rh_pid server;
    struct rh_message request;
    rh_duration timeout;
    int64_t retries;
    struct rh_call call;
};

static enum rh_status client_call(struct rh_context *ctx, struct client *client)
{
    return rh_call(ctx, client->server, rh_message_ref(client->request), client->timeout,
                   &client->call);
}

static enum rh_status client_init(struct rh_context *ctx, void *state,
                                  const struct rh_delivery *start)
{
    struct client *client = state;
    client->timeout = 5 * RH_SECOND;
    client->request = RH_ITEM(NULL, "request");
    rh_parameter_actor(start, "server", &client->server);
    rh_parameter_time(start, "timeout", &client->timeout);
    rh_parameter_number(start, "retries", &client->retries);
    enum rh_status status = rh_parameter_message(ctx, start, "request", &client->request);
    return status == RH_OK ? client_call(ctx, client) : status;
}

static enum rh_status client_receive(struct rh_context *ctx, void *state,
                                     const struct rh_delivery *in)
{
    struct client *client = state;
    struct rh_outcome outcome;
    if (!rh_call_result(ctx, in, &client->call, &outcome)) {
        return RH_OK;
    }
    const struct rh_allocator *allocator = rh_allocator_of(ctx);
    switch (outcome.kind) {
    case RH_OUTCOME_REPLY:
        return rh_output(ctx, RH_ARRAY(allocator, "reply", *outcome.message));
    case RH_OUTCOME_DOWN:
        return rh_output(ctx, RH_ARRAY(allocator, "down", *outcome.message));
    case RH_OUTCOME_TIMEOUT:
        break;
    }
    if (client->retries-- > 0) {
        return client_call(ctx, client);
    }
    return rh_output(ctx, RH_ITEM(allocator, "timeout"));
}

static void client_deinit(void *state, const void *config)
{
    struct client *client = state;
    (void)config;
    rh_message_unref(client->request);
}

const struct rh_behaviour behaviour_client = {
    .name = "client",
    .state_bytes = sizeof(struct client),
    .init = client_init,
    .receive = client_receive,
    .deinit = client_deinit,
};

/* ---- a server that answers with the request ---- */

struct server {
    rh_duration delay;
    bool silent;
};

static enum rh_status server_init(struct rh_context *ctx, void *state,
                                  const struct rh_delivery *start)
{
    struct server *server = state;
    (void)ctx;
    rh_parameter_time(start, "delay", &server->delay);
    rh_parameter_truth(start, "silent", &server->silent);
    return RH_OK;
}

static enum rh_status server_answer(struct rh_context *ctx, const struct server *server,
                                    struct rh_ref call, struct rh_item request)
{
    struct rh_message reply = RH_ARRAY(rh_allocator_of(ctx), "echo", request);
    if (server->delay == 0) {
        return rh_reply(ctx, call, reply);
    }
    struct rh_ref timer;
    struct rh_message later = RH_ARRAY(rh_allocator_of(ctx), call, reply);
    rh_message_unref(reply);
    return rh_timer_start(ctx, server->delay, rh_self(ctx), later, &timer);
}

static enum rh_status server_receive(struct rh_context *ctx, void *state,
                                     const struct rh_delivery *in)
{
    const struct server *server = state;
    struct rh_ref call;
    struct rh_item request;
    if (in->kind == RH_DELIVERY_EXIT && rh_pid_equal(in->from, rh_linked_parent(ctx))) {
        return rh_exit(ctx, rh_message_ref(in->message)); /* as every server that traps */
    }
    if (in->kind == RH_DELIVERY_TIMEOUT && RH_MATCH(&in->message, &call, &request)) {
        struct rh_message reply;
        enum rh_status status =
            rh_message_copy(rh_allocator_of(ctx), request.bytes, request.size, &reply);
        return status == RH_OK ? rh_reply(ctx, call, reply) : status;
    }
    if (!rh_is_call(in, &call, &request) || server->silent) {
        return RH_OK;
    }
    struct rh_reader reader;
    struct rh_item reason;
    rh_reader_item(&reader, request);
    size_t count = 0;
    if (rh_read_array(&reader, &count) && count == 2 && rh_read_word(&reader, "stop") &&
        rh_read_item(&reader, &reason)) {
        struct rh_message message;
        enum rh_status status =
            rh_message_copy(rh_allocator_of(ctx), reason.bytes, reason.size, &message);
        return status == RH_OK ? rh_exit(ctx, message) : status;
    }
    return server_answer(ctx, server, call, request);
}

const struct rh_behaviour behaviour_server = {
    .name = "server",
    .state_bytes = sizeof(struct server),
    .init = server_init,
    .receive = server_receive,
};

/* ---- a worker of a pool ---- */

static enum rh_status worker_init(struct rh_context *ctx, void *state,
                                  const struct rh_delivery *start)
{
    struct rh_pid pool = rh_pid_none();
    (void)state;
    rh_parameter_actor(start, "pool", &pool);
    return rh_pid_is_none(pool) ? RH_OK : RH_SEND(ctx, pool, "ready");
}

static enum rh_status worker_receive(struct rh_context *ctx, void *state,
                                     const struct rh_delivery *in)
{
    struct rh_item item;
    (void)state;
    if (in->kind != RH_DELIVERY_MESSAGE) {
        return RH_OK;
    }
    if (RH_MATCH(&in->message, "crash", &item)) {
        struct rh_message reason;
        enum rh_status status =
            rh_message_copy(rh_allocator_of(ctx), item.bytes, item.size, &reason);
        return status == RH_OK ? rh_exit(ctx, reason) : status;
    }
    return RH_MATCH(&in->message, "job", &item) ? RH_SEND(ctx, in->from, "result", item) : RH_OK;
}

const struct rh_behaviour behaviour_worker = {
    .name = "worker", .init = worker_init, .receive = worker_receive};

/* ---- a clock that speaks ---- */

struct ticker {
    struct rh_pid to;
    rh_duration every;
    int64_t count;
    int64_t ticks;
};

static enum rh_status ticker_wait(struct rh_context *ctx, const struct ticker *ticker)
{
    struct rh_ref timer;
    return rh_timer_start(ctx, ticker->every, rh_self(ctx), RH_ITEM(NULL, "tick"), &timer);
}

static enum rh_status ticker_init(struct rh_context *ctx, void *state,
                                  const struct rh_delivery *start)
{
    struct ticker *ticker = state;
    ticker->every = RH_MILLISECOND;
    ticker->count = 1;
    rh_parameter_actor(start, "to", &ticker->to);
    rh_parameter_time(start, "every", &ticker->every);
    rh_parameter_number(start, "count", &ticker->count);
    return ticker->count > 0 ? ticker_wait(ctx, ticker) : RH_OK;
}

static enum rh_status ticker_receive(struct rh_context *ctx, void *state,
                                     const struct rh_delivery *in)
{
    struct ticker *ticker = state;
    if (in->kind != RH_DELIVERY_TIMEOUT) {
        return RH_OK;
    }
    ticker->ticks++;
    enum rh_status status = RH_SEND(ctx, ticker->to, "tick", ticker->ticks);
    return status == RH_OK && ticker->ticks < ticker->count ? ticker_wait(ctx, ticker) : status;
}

const struct rh_behaviour behaviour_ticker = {
    .name = "ticker",
    .state_bytes = sizeof(struct ticker),
    .init = ticker_init,
    .receive = ticker_receive,
};
