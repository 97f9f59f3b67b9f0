/* SPDX-License-Identifier: MIT */
/*
 * A strategy under which nobody starves: the channel that has waited longest since it was last served goes first. Channels that
 * were never served come before all others, in an order that is drawn; so every channel that stays ready is served once before
 * any other is served twice. Optional faults are channels like others: each strikes early.
 */
#include "harness/schedule/sampler.h"

static uint32_t fair_next(struct sampler *sampler, uint32_t count,
                          const struct rh_candidate *candidates)
{
    uint32_t best = 0;
    uint64_t best_served = UINT64_MAX;
    uint64_t best_priority = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (candidates[i].source == UINT32_MAX) {
            continue;
        }
        struct channel *channel = sampler_channel(sampler, &candidates[i]);
        if (channel == NULL) {
            return 0;
        }
        channel->priority =
            channel->priority == 0 ? sampler_priority(sampler, &candidates[i]) : channel->priority;
        if (channel->served < best_served ||
            (channel->served == best_served && channel->priority > best_priority)) {
            best = i;
            best_served = channel->served;
            best_priority = channel->priority;
        }
    }
    return best;
}

const struct sampler_manner sampler_fair = {.name = "fair", .next = fair_next};

enum rh_status rh_strategy_fair(const struct rh_allocator *allocator, uint64_t seed, uint64_t runs,
                                struct rh_strategy **ret_strategy)
{
    const struct sampler_options options = {seed, runs, &sampler_fair, 1, false};
    return sampler_create(allocator, &options, ret_strategy);
}
