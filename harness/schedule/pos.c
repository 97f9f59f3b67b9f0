/* SPDX-License-Identifier: MIT */
/*
 * Partial order sampling (Yuan and others, 2018): every pending event draws a priority when it is first seen, and the highest
 * goes first. Pending events that race with it, which are those of the same actor, then draw again; the others keep theirs.
 *
 * Races are judged by what can be seen of a candidate, its actor: two events of different actors that meet in a name, a group
 * or a pipe do not draw again for each other. With all messages for one receiver it is a plain random walk.
 */
#include "harness/schedule/sampler.h"

/* The end of the run, or of the phase, is one event that never races. */
#define END_KEY UINT64_C(1)

static uint64_t event_key(const struct rh_candidate *candidate)
{
    return candidate->source == UINT32_MAX
               ? END_KEY
               : draw_stir(sampler_channel_key(candidate), candidate->ordinal);
}

static uint32_t pos_next(struct sampler *sampler, uint32_t count,
                         const struct rh_candidate *candidates)
{
    uint32_t best = 0;
    uint64_t best_priority = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t *priority = sampler_mark(sampler, &sampler->pending, event_key(&candidates[i]));
        if (priority == NULL) {
            return 0;
        }
        *priority = *priority == 0 ? sampler_priority(sampler, &candidates[i]) : *priority;
        best = *priority > best_priority ? i : best;
        best_priority = *priority > best_priority ? *priority : best_priority;
    }
    for (uint32_t i = 0; i < count; i++) {
        bool races = candidates[i].source != UINT32_MAX &&
                     rh_pid_equal(candidates[i].actor, candidates[best].actor) &&
                     !rh_pid_is_none(candidates[i].actor);
        if (i == best || races) {
            *sampler_mark(sampler, &sampler->pending, event_key(&candidates[i])) = 0;
        }
    }
    return best;
}

const struct sampler_manner sampler_pos = {.name = "pos", .next = pos_next};

enum rh_status rh_strategy_pos(const struct rh_allocator *allocator, uint64_t seed, uint64_t runs,
                               struct rh_strategy **ret_strategy)
{
    const struct sampler_options options = {seed, runs, &sampler_pos, 1, false};
    return sampler_create(allocator, &options, ret_strategy);
}
