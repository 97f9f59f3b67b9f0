/* SPDX-License-Identifier: MIT */
/* A program with actors that misbehave in ways that none of ours does: one that panics, one that is not deterministic. */
#include "core/base/assert.h"

#include <rehearse/rehearse.h>

/* Ends the process when it hears anything. */
static enum rh_status bomb_receive(struct rh_context *ctx, void *state,
                                   const struct rh_delivery *in)
{
    (void)ctx;
    (void)state;
    RH_ASSERT(in == NULL);
    return RH_OK;
}

static const struct rh_behaviour bomb = {.name = "bomb", .receive = bomb_receive};

/* Remembers what it should forget: how often it has started, in all runs. */
static enum rh_status fickle_init(struct rh_context *ctx, void *state,
                                  const struct rh_delivery *start)
{
    static int64_t starts;
    (void)state;
    (void)start;
    starts++;
    return rh_output(ctx, RH_ARRAY(rh_allocator_of(ctx), "start", starts));
}

static enum rh_status fickle_receive(struct rh_context *ctx, void *state,
                                     const struct rh_delivery *in)
{
    (void)ctx;
    (void)state;
    (void)in;
    return RH_OK;
}

static const struct rh_behaviour fickle = {
    .name = "fickle", .init = fickle_init, .receive = fickle_receive};

static const struct rh_program_behaviour behaviours[] = {
    {.behaviour = &bomb, .about = "panics at the first delivery"},
    {.behaviour = &fickle, .about = "says something else in every run"},
};

static const struct rh_program program = {
    .name = "odd", .version = "2.0", .behaviours = behaviours, .behaviour_count = 2};

int main(int argc, char **argv)
{
    return rh_main(argc, argv, &program);
}
