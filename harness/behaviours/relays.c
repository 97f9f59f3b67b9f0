/* SPDX-License-Identifier: MIT */
/* Behaviours that send on what they get. */
#include "harness/behaviours/builtin.h"

static enum rh_status echo_receive(struct rh_context *ctx, void *state,
                                   const struct rh_delivery *in)
{
    (void)state;
    if (in->kind != RH_DELIVERY_MESSAGE || rh_pid_is_none(in->from)) {
        return RH_OK;
    }
    return rh_send(ctx, in->from, rh_message_ref(in->message));
}

const struct rh_behaviour behaviour_echo = {.name = "echo", .receive = echo_receive};

struct forward {
    struct rh_pid to;
};

static enum rh_status forward_init(struct rh_context *ctx, void *state,
                                   const struct rh_delivery *start)
{
    struct forward *forward = state;
    (void)ctx;
    rh_parameter_actor(start, "to", &forward->to);
    return RH_OK;
}

static enum rh_status forward_receive(struct rh_context *ctx, void *state,
                                      const struct rh_delivery *in)
{
    const struct forward *forward = state;
    return in->kind == RH_DELIVERY_MESSAGE ? rh_forward(ctx, in, forward->to) : RH_OK;
}

const struct rh_behaviour behaviour_forward = {
    .name = "forward",
    .state_bytes = sizeof(struct forward),
    .init = forward_init,
    .receive = forward_receive,
};

static enum rh_status ring_receive(struct rh_context *ctx, void *state,
                                   const struct rh_delivery *in)
{
    const struct forward *next = state;
    int64_t hops;
    if (in->kind != RH_DELIVERY_MESSAGE || !RH_MATCH(&in->message, "token", &hops) || hops <= 0) {
        return RH_OK;
    }
    return RH_SEND(ctx, next->to, "token", hops - 1);
}

const struct rh_behaviour behaviour_ring = {
    .name = "ring",
    .state_bytes = sizeof(struct forward),
    .init = forward_init,
    .receive = ring_receive,
};

struct broadcaster {
    struct rh_message to; /**< an array of pids */
    struct rh_message message;
};

static enum rh_status broadcast(struct rh_context *ctx, const struct broadcaster *broadcaster)
{
    struct rh_reader reader;
    size_t count = 0;
    rh_reader_item(&reader, rh_message_item(&broadcaster->to));
    enum rh_status status = rh_read_array(&reader, &count) ? RH_OK : RH_INVALID;
    for (size_t i = 0; i < count && status == RH_OK; i++) {
        struct rh_pid to;
        status = rh_read_pid(&reader, &to) ? rh_send(ctx, to, rh_message_ref(broadcaster->message))
                                           : RH_INVALID;
    }
    return status;
}

static enum rh_status broadcaster_init(struct rh_context *ctx, void *state,
                                       const struct rh_delivery *start)
{
    struct broadcaster *broadcaster = state;
    bool at_start = true;
    rh_parameter_truth(start, "at_start", &at_start);
    enum rh_status status = rh_parameter_message(ctx, start, "to", &broadcaster->to);
    if (status == RH_OK) {
        status = rh_parameter_message(ctx, start, "message", &broadcaster->message);
    }
    return status == RH_OK && at_start ? broadcast(ctx, broadcaster) : status;
}

static enum rh_status broadcaster_receive(struct rh_context *ctx, void *state,
                                          const struct rh_delivery *in)
{
    return in->kind == RH_DELIVERY_MESSAGE ? broadcast(ctx, state) : RH_OK;
}

static void broadcaster_deinit(void *state, const void *config)
{
    struct broadcaster *broadcaster = state;
    (void)config;
    rh_message_unref(broadcaster->to);
    rh_message_unref(broadcaster->message);
}

const struct rh_behaviour behaviour_broadcaster = {
    .name = "broadcaster",
    .state_bytes = sizeof(struct broadcaster),
    .init = broadcaster_init,
    .receive = broadcaster_receive,
    .deinit = broadcaster_deinit,
};
