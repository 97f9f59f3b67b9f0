/* SPDX-License-Identifier: MIT */
/* A test of one behaviour on a node of its own, without the harness: one coin, one answer. */
#include "turnstile.h"

#include <rehearse/node.h>

#include <stdio.h>

static int64_t answer;

static enum rh_status payer_receive(struct rh_context *ctx, void *state,
                                    const struct rh_delivery *in)
{
    (void)ctx;
    (void)state;
    return RH_MATCH(&in->message, "open", &answer) ? RH_DONE : RH_OK;
}

static enum rh_status payer_init(struct rh_context *ctx, void *state,
                                 const struct rh_delivery *start)
{
    struct rh_pid turnstile;
    (void)state;
    (void)start;
    enum rh_status status = rh_spawn(ctx, &turnstile_behaviour, NULL, &turnstile, NULL);
    return status == RH_OK ? RH_SEND(ctx, turnstile, "coin") : status;
}

static const struct rh_behaviour payer = {
    .name = "payer",
    .init = payer_init,
    .receive = payer_receive,
};

int main(void)
{
    struct rh_node *node;
    struct rh_pid pid;
    const struct rh_node_options options = {.name = "street"};
    if (rh_node_create(&options, &node) != RH_OK) {
        return 1;
    }
    enum rh_status status = rh_node_spawn(node, 0, &payer, NULL, &pid);
    while (status == RH_OK && rh_node_run(node, 0, 100) == 100) {
    }
    rh_node_destroy(node);
    (void)printf("the turnstile says %d\n", (int)answer);
    return answer == 1 ? 0 : 1;
}
