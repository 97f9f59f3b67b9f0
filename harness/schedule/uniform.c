/* SPDX-License-Identifier: MIT */
/*
 * A walk that is uniform over interleavings rather than over answers: each candidate weighs as many events as its channel still
 * has. Where all messages are under way from the start, every interleaving of the channels is equally likely, and so is every
 * class if each interleaving is a class of its own.
 *
 * How many events a channel has is known from the run that was measured. Where that differs from run to run, or where messages
 * become possible one by one, the walk is uniform over nothing in particular: it then favours channels in proportion to what
 * they had left when everything went in order. A channel that was not seen in the measured run (a fault, or what only another
 * order sends) has its weight, one if nothing is said.
 */
#include "harness/schedule/sampler.h"

#include <stdio.h>

static uint32_t left_of(struct sampler *sampler, const struct rh_candidate *candidate)
{
    if (candidate->source == UINT32_MAX) {
        return candidate->weight;
    }
    const struct channel *channel = sampler_channel(sampler, candidate);
    return channel == NULL || channel->measured <= channel->done
               ? candidate->weight
               : channel->measured - channel->done;
}

static uint32_t uniform_next(struct sampler *sampler, uint32_t count,
                             const struct rh_candidate *candidates)
{
    uint32_t total = 0;
    for (uint32_t i = 0; i < count; i++) {
        total += left_of(sampler, &candidates[i]);
    }
    uint32_t drawn = total == 0 ? 0 : sampler_below(sampler, total);
    uint32_t at = 0;
    for (uint32_t left = left_of(sampler, &candidates[0]); drawn >= left && at + 1 < count;
         left = left_of(sampler, &candidates[at])) {
        drawn -= left;
        at++;
    }
    return at;
}

static void uniform_tell(const struct sampler *sampler, char *text, size_t capacity)
{
    (void)snprintf(
        text, capacity,
        "uniform over interleavings of %u channels as far as each has what it had in the "
        "measured run",
        (unsigned)sampler->widest);
}

const struct sampler_manner sampler_uniform = {
    .name = "uniform", .next = uniform_next, .tell = uniform_tell};

static uint32_t walk_next(struct sampler *sampler, uint32_t count,
                          const struct rh_candidate *candidates)
{
    return count == 1 ? 0 : sampler_draw(sampler, count, candidates);
}

const struct sampler_manner sampler_walk = {.name = "random", .next = walk_next};

enum rh_status rh_strategy_uniform(const struct rh_allocator *allocator, uint64_t seed,
                                   uint64_t runs, struct rh_strategy **ret_strategy)
{
    const struct sampler_options options = {seed, runs, &sampler_uniform, 1, true};
    return sampler_create(allocator, &options, ret_strategy);
}
