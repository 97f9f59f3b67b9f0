/* SPDX-License-Identifier: MIT */
/* A program with a turn that never ends, for the test of interruption. */
#include <rehearse/rehearse.h>

static enum rh_status endless_init(struct rh_context *ctx, void *state,
                                   const struct rh_delivery *start)
{
    static volatile bool done;
    (void)ctx;
    (void)state;
    (void)start;
    while (!done) {
    }
    return RH_OK;
}

static const struct rh_behaviour endless = {.name = "endless", .init = endless_init};
static const struct rh_program_behaviour behaviours[] = {
    {.behaviour = &endless, .about = "never comes to an end"}};
static const struct rh_program program = {
    .name = "endless", .version = "1", .behaviours = behaviours, .behaviour_count = 1};

int main(int argc, char **argv)
{
    return rh_main(argc, argv, &program);
}
