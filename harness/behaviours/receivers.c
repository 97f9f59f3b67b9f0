/* SPDX-License-Identifier: MIT */
/* Behaviours at which messages end. */
#include "harness/behaviours/builtin.h"

static enum rh_status sink_receive(struct rh_context *ctx, void *state,
                                   const struct rh_delivery *in)
{
    (void)ctx;
    (void)state;
    (void)in;
    return RH_OK;
}

const struct rh_behaviour behaviour_sink = {.name = "sink", .receive = sink_receive};

struct collect {
    int64_t left;
    int64_t count;
    struct rh_pid report_to;
};

static enum rh_status collect_init(struct rh_context *ctx, void *state,
                                   const struct rh_delivery *start)
{
    struct collect *collect = state;
    (void)ctx;
    rh_parameter_number(start, "count", &collect->count);
    rh_parameter_actor(start, "report_to", &collect->report_to);
    collect->left = collect->count;
    return RH_OK;
}

static enum rh_status collect_receive(struct rh_context *ctx, void *state,
                                      const struct rh_delivery *in)
{
    struct collect *collect = state;
    if (in->kind != RH_DELIVERY_MESSAGE || collect->left <= 0) {
        return RH_OK;
    }
    collect->left--;
    if (collect->left > 0) {
        return RH_OK;
    }
    if (rh_pid_is_none(collect->report_to)) {
        return RH_DONE;
    }
    return RH_SEND(ctx, collect->report_to, "collected", collect->count);
}

const struct rh_behaviour behaviour_collect = {
    .name = "collect",
    .state_bytes = sizeof(struct collect),
    .init = collect_init,
    .receive = collect_receive,
};

static enum rh_status counter_receive(struct rh_context *ctx, void *state,
                                      const struct rh_delivery *in)
{
    int64_t *count = state;
    int64_t number;
    if (in->kind != RH_DELIVERY_MESSAGE) {
        return RH_OK;
    }
    if (RH_MATCH(&in->message, "add", &number)) {
        *count += number;
        return RH_OK;
    }
    return RH_MATCH(&in->message, "get") ? RH_SEND(ctx, in->from, "count", *count) : RH_OK;
}

const struct rh_behaviour behaviour_counter = {
    .name = "counter", .state_bytes = sizeof(int64_t), .receive = counter_receive};

struct crasher {
    int64_t left;
    struct rh_message reason;
};

static enum rh_status crasher_init(struct rh_context *ctx, void *state,
                                   const struct rh_delivery *start)
{
    struct crasher *crasher = state;
    crasher->left = 1;
    crasher->reason = RH_ITEM(NULL, "crash");
    rh_parameter_number(start, "after", &crasher->left);
    enum rh_status status = rh_parameter_message(ctx, start, "reason", &crasher->reason);
    if (status == RH_OK && crasher->left <= 0) {
        return rh_exit(ctx, rh_message_ref(crasher->reason));
    }
    return status;
}

static enum rh_status crasher_receive(struct rh_context *ctx, void *state,
                                      const struct rh_delivery *in)
{
    struct crasher *crasher = state;
    if (in->kind != RH_DELIVERY_MESSAGE || --crasher->left > 0) {
        return RH_OK;
    }
    return rh_exit(ctx, rh_message_ref(crasher->reason));
}

static void crasher_deinit(void *state, const void *config)
{
    struct crasher *crasher = state;
    (void)config;
    rh_message_unref(crasher->reason);
}

const struct rh_behaviour behaviour_crasher = {
    .name = "crasher",
    .state_bytes = sizeof(struct crasher),
    .init = crasher_init,
    .receive = crasher_receive,
    .deinit = crasher_deinit,
};
