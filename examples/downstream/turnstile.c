/* SPDX-License-Identifier: MIT */
#include "turnstile.h"

struct turnstile {
    int64_t passed;
};

static enum rh_status turnstile_receive(struct rh_context *ctx, void *state,
                                        const struct rh_delivery *in)
{
    struct turnstile *turnstile = state;
    if (RH_MATCH(&in->message, "coin")) {
        turnstile->passed++;
        return RH_SEND(ctx, in->from, "open", turnstile->passed);
    }
    if (RH_MATCH(&in->message, "count")) {
        return RH_SEND(ctx, in->from, "passed", turnstile->passed);
    }
    return RH_OK;
}

const struct rh_behaviour turnstile_behaviour = {
    .name = "turnstile",
    .state_bytes = sizeof(struct turnstile),
    .receive = turnstile_receive,
};
