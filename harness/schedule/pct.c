/* SPDX-License-Identifier: MIT */
/*
 * Probabilistic concurrency testing (Burckhardt and others, 2010), with channels for threads.
 *
 * Every channel draws a priority when it is first seen, all different, and the highest goes first. d - 1 steps are drawn out of
 * 1..K without replacement, K being the number of events of the run that was measured. At such a step whoever is highest among
 * those that could go is put below everybody: to priority i for the i-th step that was drawn.
 *
 * A bug of depth d, one that needs d events in a certain order, is found by a run with probability 1 / (n K^(d-1)) or more,
 * for n channels, in runs of at most K events. What was found is told with that number, or, where a run was longer than the one
 * that was measured, without.
 */
#include "harness/schedule/sampler.h"

#include <inttypes.h>
#include <stdio.h>

#define DRAWN_BIT (UINT64_C(1) << 63)

static bool is_drawn(const struct sampler *sampler, uint64_t step)
{
    for (uint32_t i = 0; i < sampler->change_count; i++) {
        if (sampler->changes[i] == step) {
            return true;
        }
    }
    return false;
}

static void pct_begin(struct sampler *sampler)
{
    uint32_t wanted = sampler_manner(sampler)->depth - 1;
    uint64_t length = sampler->measured < UINT32_MAX ? sampler->measured : UINT32_MAX;
    sampler->change_count = 0;
    while (sampler->change_count < wanted && sampler->change_count < length) {
        uint64_t step = 1 + (uint64_t)sampler_below(sampler, (uint32_t)length);
        if (!is_drawn(sampler, step)) {
            sampler->changes[sampler->change_count++] = step;
        }
    }
}

/* The highest among the candidates. Those of one channel are alternatives: one of them is drawn. */
static uint32_t highest(struct sampler *sampler, uint32_t count,
                        const struct rh_candidate *candidates, struct channel **ret_channel)
{
    uint32_t best = 0;
    uint64_t best_priority = 0;
    uint32_t alike = 0;
    *ret_channel = NULL;
    for (uint32_t i = 0; i < count; i++) {
        struct channel *channel = sampler_channel(sampler, &candidates[i]);
        if (channel == NULL) {
            return 0;
        }
        if (channel->priority == 0) {
            channel->priority = sampler_priority(sampler, &candidates[i]) / 2 + DRAWN_BIT;
        }
        alike = channel->priority == best_priority ? alike + 1 : 1;
        bool wins = channel->priority == best_priority ? sampler_below(sampler, alike) == 0
                                                       : channel->priority > best_priority;
        best = wins ? i : best;
        best_priority = channel->priority > best_priority ? channel->priority : best_priority;
    }
    *ret_channel = sampler_channel(sampler, &candidates[best]);
    return best;
}

static uint32_t pct_next(struct sampler *sampler, uint32_t count,
                         const struct rh_candidate *candidates)
{
    struct channel *channel = NULL;
    uint32_t best = highest(sampler, count, candidates, &channel);
    for (uint32_t i = 0; i < sampler->change_count && channel != NULL; i++) {
        if (sampler->changes[i] == sampler->step) {
            channel->priority = (uint64_t)i + 1;
            return highest(sampler, count, candidates, &channel);
        }
    }
    return best;
}

static double power(double base, uint64_t exponent)
{
    double product = 1.0;
    for (; exponent > 0; exponent /= 2) {
        product *= exponent % 2 != 0 ? base : 1.0;
        base *= base;
    }
    return product;
}

static void pct_tell(const struct sampler *sampler, char *text, size_t capacity)
{
    uint32_t depth = sampler->manners[0].depth;
    if (sampler->longest > sampler->measured + 1) {
        (void)snprintf(text, capacity,
                       "pct of depth %u without a guarantee: a run had %" PRIu64
                       " steps, the measured one %" PRIu64,
                       (unsigned)depth, sampler->longest, sampler->measured);
        return;
    }
    double odds = (double)sampler->widest * power((double)sampler->measured, depth - 1);
    uint64_t runs = sampler->head.runs > 0 ? sampler->head.runs - 1 : 0;
    double missed = odds < 1 ? 0 : power(1.0 - 1.0 / odds, runs);
    (void)snprintf(text, capacity,
                   "a bug of depth %u would have been missed with a probability of %.3f at most "
                   "(%u channels, %" PRIu64 " steps)",
                   (unsigned)depth, missed, (unsigned)sampler->widest, sampler->measured);
}

const struct sampler_manner sampler_pct = {
    .name = "pct", .depth = 3, .begin = pct_begin, .next = pct_next, .tell = pct_tell};

enum rh_status rh_strategy_pct(const struct rh_allocator *allocator, uint64_t seed, uint64_t runs,
                               uint32_t depth, struct rh_strategy **ret_strategy)
{
    struct sampler_manner manner = sampler_pct;
    manner.depth = depth;
    if (depth < 1 || depth > SAMPLER_DEPTH_MAX) {
        return RH_INVALID;
    }
    const struct sampler_options options = {seed, runs, &manner, 1, true};
    return sampler_create(allocator, &options, ret_strategy);
}
