/* SPDX-License-Identifier: MIT */
/*
 * The answers of a recording. A decision fits if it is asked at the recorded site with the recorded number of
 * alternatives; the first that does not fit, that is not in the recording, or that the run never asked for, is where
 * the replay has left its recording, and diverged_at is its index.
 */
#include "harness/schedule/strategy.h"

struct replay {
    struct rh_strategy head;
    struct rh_allocator allocator;
    const struct rh_decision *decisions;
    size_t count;
    size_t position;
};

static void replay_begin(struct rh_strategy *self)
{
    ((struct replay *)self)->position = 0;
}

static void replay_diverge(struct replay *replay)
{
    replay->head.diverged_at = replay->position;
    rh_strategy_fail(&replay->head, RH_DIVERGED);
}

static uint32_t replay_below(struct rh_strategy *self, enum rh_site site, uint32_t count,
                             const struct rh_candidate *candidates)
{
    (void)candidates;
    struct replay *replay = (struct replay *)self;
    if (replay->position == replay->count) {
        replay_diverge(replay);
        return 0;
    }
    const struct rh_decision *decision = &replay->decisions[replay->position];
    if (decision->site != site || decision->count != count || decision->chosen >= count) {
        replay_diverge(replay);
        return 0;
    }
    replay->position++;
    return decision->chosen;
}

static bool replay_end(struct rh_strategy *self)
{
    struct replay *replay = (struct replay *)self;
    if (!self->failed && replay->position < replay->count) {
        replay_diverge(replay);
    }
    return false;
}

static void replay_destroy(struct rh_strategy *self)
{
    struct replay *replay = (struct replay *)self;
    struct rh_allocator allocator = replay->allocator;
    allocator.release(allocator.self, replay, sizeof *replay);
}

static const struct rh_strategy_functions replay_functions = {
    .name = "replay",
    .begin = replay_begin,
    .below = replay_below,
    .end = replay_end,
    .destroy = replay_destroy,
};

enum rh_status rh_strategy_replay(const struct rh_allocator *allocator,
                                  const struct rh_decision *decisions, size_t count,
                                  struct rh_strategy **ret_strategy)
{
    const struct rh_allocator *with = allocator != NULL ? allocator : rh_allocator_default();
    struct replay *replay = with->allocate(with->self, sizeof *replay);
    if (replay == NULL) {
        return RH_NO_MEMORY;
    }
    *replay = (struct replay){
        .head = {.functions = &replay_functions},
        .allocator = *with,
        .decisions = decisions,
        .count = count,
    };
    *ret_strategy = &replay->head;
    return RH_OK;
}
