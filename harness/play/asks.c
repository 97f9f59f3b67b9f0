/* SPDX-License-Identifier: MIT */
/* The calls that actors of the file have open. Steps and scripts ask on behalf of actors that have no storage for a call of
 * their own, so all of them are the play's, each under the pid of its owner. What the dead had open is closed, and
 * forgotten with the run. */
#include "harness/play/internal.h"

static enum rh_status make_room(struct rh_play *play)
{
    if (play->ask_count < play->ask_capacity) {
        return RH_OK;
    }
    uint32_t capacity = play->ask_capacity == 0 ? 8 : play->ask_capacity * 2;
    struct ask *asks =
        play->allocator->resize(play->allocator->self, play->asks,
                                play->ask_capacity * sizeof *asks, capacity * sizeof *asks);
    if (asks == NULL) {
        return RH_NO_MEMORY;
    }
    play->asks = asks;
    play->ask_capacity = capacity;
    return RH_OK;
}

enum rh_status asks_open(struct rh_play *play, struct rh_context *ctx, const struct rh_plan_op *op,
                         struct rh_pid to, struct rh_message request, struct rh_ref *ret_ask)
{
    enum rh_status status = make_room(play);
    if (status != RH_OK) {
        rh_message_unref(request);
        return status;
    }
    struct ask *ask = &play->asks[play->ask_count];
    ask->owner = rh_self(ctx);
    status = op->name != NULL ? rh_call_name(ctx, op->name, request, op->time, &ask->call)
                              : rh_call(ctx, to, request, op->time, &ask->call);
    if (status == RH_OK) {
        *ret_ask = ask->call.reply;
        play->ask_count++;
    }
    return status;
}

static void remove_ask(struct rh_play *play, uint32_t index)
{
    play->asks[index] = play->asks[--play->ask_count];
}

bool asks_result(struct rh_play *play, struct rh_context *ctx, const struct rh_delivery *in,
                 struct rh_outcome *ret_outcome, struct rh_ref *ret_ask)
{
    for (uint32_t i = 0; i < play->ask_count; i++) {
        struct ask *ask = &play->asks[i];
        if (rh_pid_equal(ask->owner, rh_self(ctx)) &&
            rh_call_result(ctx, in, &ask->call, ret_outcome)) {
            *ret_ask = ask->call.reply;
            remove_ask(play, i);
            return true;
        }
    }
    return false;
}

void asks_cancel(struct rh_play *play, struct rh_context *ctx, struct rh_ref reference)
{
    for (uint32_t i = 0; i < play->ask_count; i++) {
        struct ask *ask = &play->asks[i];
        if (rh_pid_equal(ask->owner, rh_self(ctx)) && rh_ref_equal(ask->call.reply, reference)) {
            rh_call_cancel(ctx, &ask->call);
            remove_ask(play, i);
            return;
        }
    }
}

void asks_forget(struct rh_play *play)
{
    play->ask_count = 0;
}

void asks_destroy(struct rh_play *play)
{
    play->allocator->release(play->allocator->self, play->asks,
                             play->ask_capacity * sizeof *play->asks);
}
