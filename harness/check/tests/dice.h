/* SPDX-License-Identifier: MIT */
/* Random programs: actors that use everything a core offers, as the dice fall. */
#ifndef HARNESS_CHECK_TESTS_DICE_H
#define HARNESS_CHECK_TESTS_DICE_H

#include <rehearse/world.h>

#define DICE_CAST 64u
#define DICE_REFS 32u

struct dice {
    struct rh_pid cast[DICE_CAST]; /* everybody who was ever spawned, the last ones */
    uint32_t count;
    struct rh_ref refs[DICE_REFS];
    uint32_t ref_count;
    uint32_t nodes;
    uint32_t fuel; /* operations left */
};

/* Populate a world; `fuel` bounds what happens. */
enum rh_status dice_cast(struct dice *dice, struct rh_world *world, uint32_t actors, uint32_t fuel);

/* Let a node listen, and know all others; there are four at most. */
enum rh_status dice_join(struct rh_world *world, uint32_t node);
/* For rh_world_options: what may be spawned from another node. */
const struct rh_behaviour *dice_find_behaviour(void *self, const char *name);

#endif
