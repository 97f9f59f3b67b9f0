/* SPDX-License-Identifier: MIT */
/* Sender: messages in flight, as many as wanted, from the first moment on or on demand. */
#include "harness/behaviours/builtin.h"

struct sender {
    struct rh_pid to;
    int64_t count;
    struct rh_message message; /* empty: the numbers from 1 */
};

static enum rh_status send_all(struct rh_context *ctx, const struct sender *sender)
{
    enum rh_status status = RH_OK;
    for (int64_t i = 1; status == RH_OK && i <= sender->count; i++) {
        struct rh_message message = rh_message_size(&sender->message) == 0
                                        ? RH_ITEM(rh_allocator_of(ctx), i)
                                        : rh_message_ref(sender->message);
        status = rh_send(ctx, sender->to, message);
        status = status == RH_FULL ? RH_OK : status; /* the event stream tells of it */
    }
    return status;
}

static enum rh_status sender_init(struct rh_context *ctx, void *state,
                                  const struct rh_delivery *start)
{
    struct sender *sender = state;
    bool waits = false;
    sender->count = 1;
    rh_parameter_actor(start, "to", &sender->to);
    rh_parameter_number(start, "count", &sender->count);
    rh_parameter_truth(start, "waits", &waits);
    enum rh_status status = rh_parameter_message(ctx, start, "message", &sender->message);
    return status != RH_OK || waits ? status : send_all(ctx, sender);
}

static enum rh_status sender_receive(struct rh_context *ctx, void *state,
                                     const struct rh_delivery *in)
{
    struct rh_reader reader;
    rh_reader_message(&reader, &in->message);
    bool starts = in->kind == RH_DELIVERY_MESSAGE || in->kind == RH_DELIVERY_USER;
    return starts && rh_read_word(&reader, "start") ? send_all(ctx, state) : RH_OK;
}

static void sender_deinit(void *state, const void *config)
{
    (void)config;
    rh_message_unref(((struct sender *)state)->message);
}

const struct rh_behaviour behaviour_sender = {
    .name = "sender",
    .state_bytes = sizeof(struct sender),
    .init = sender_init,
    .receive = sender_receive,
    .deinit = sender_deinit,
};
