/* SPDX-License-Identifier: MIT */
/* Any pending event of a node, drawn: for tests that go through thousands of orders. */
#ifndef CORE_ACTOR_TESTS_DRAW_H
#define CORE_ACTOR_TESTS_DRAW_H

#include <rehearse/node.h>

/** One step of a 64-bit linear congruential generator; the tests' own, so that a seed means the same everywhere. */
static inline size_t draw_below(uint64_t *seed, size_t bound)
{
    *seed = *seed * 6364136223846793005U + 1442695040888963407U;
    return (size_t)(*seed >> 33) % bound;
}

struct draw_pick {
    rh_instant now;
    size_t left;
    size_t count;
    struct rh_pending found;
};

static inline bool draw_count(void *self, const struct rh_pending *pending)
{
    struct draw_pick *pick = self;
    if (pending->kind == RH_PENDING_TIMER && pending->due > pick->now) {
        return false;
    }
    pick->count++;
    return true;
}

static inline bool draw_find(void *self, const struct rh_pending *pending)
{
    struct draw_pick *pick = self;
    pick->found = *pending;
    return pick->left-- > 0;
}

/** Execute any event that may happen now; false when there is none. */
static inline bool draw_step(uint64_t *seed, struct rh_node *node, rh_instant now)
{
    struct draw_pick pick = {.now = now};
    rh_node_each_pending(node, now, draw_count, &pick);
    if (pick.count == 0) {
        return false;
    }
    pick.left = draw_below(seed, pick.count);
    rh_node_each_pending(node, now, draw_find, &pick);
    rh_node_execute(node, now, &pick.found);
    return true;
}

#endif
