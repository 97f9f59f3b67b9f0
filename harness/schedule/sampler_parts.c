/* SPDX-License-Identifier: MIT */
/*
 * Drawn runs in parts. The run that is measured is a part by itself, and nothing else is given away before it is back: every
 * other part is a strategy that knows what was measured, and begins with a seed of its own.
 */
#include "harness/schedule/sampler.h"

#include "harness/schedule/strategy.h"

static uint64_t measuring_runs(const struct sampler *sampler)
{
    return sampler->measures ? 1 : 0;
}

static bool add_measured(struct sampler *sampler, uint64_t key, uint32_t measured)
{
    struct channel *channel = sampler_channel_at(sampler, key);
    if (channel != NULL) {
        channel->measured = measured;
    }
    return channel != NULL;
}

static enum rh_status take_measured(struct sampler *sampler, const struct sampler *from)
{
    sampler->measured = from->measured;
    for (uint32_t i = 0; i < from->channel_count; i++) {
        const struct channel *channel = &from->channels[i];
        if (channel->measured > 0 && !add_measured(sampler, channel->key, channel->measured)) {
            return RH_NO_MEMORY;
        }
    }
    return RH_OK;
}

enum rh_status sampler_split(struct rh_strategy *self, uint64_t runs, struct rh_strategy **ret_part)
{
    struct sampler *sampler = (struct sampler *)self;
    bool measures = sampler->measures && sampler->given == 0;
    uint64_t drawn = sampler->given - (sampler->given > 0 ? measuring_runs(sampler) : 0);
    uint64_t left = sampler->runs - drawn;
    bool waits = sampler->measures && sampler->given > 0 && self->runs == 0;
    if (waits || (left == 0 && !measures)) {
        return RH_OK;
    }
    runs = measures ? 0 : runs < left ? runs : left;
    const struct sampler_options options = {sampler->seed + drawn, runs, sampler->manners,
                                            sampler->manner_count, measures};
    enum rh_status status = sampler_create(&sampler->allocator, &options, ret_part);
    if (status == RH_OK && !measures) {
        status = take_measured((struct sampler *)*ret_part, sampler);
    }
    if (status != RH_OK) {
        rh_strategy_destroy(*ret_part);
        *ret_part = NULL;
        return status;
    }
    sampler->given += measures ? 1 : runs;
    return RH_OK;
}

enum rh_status sampler_join(struct rh_strategy *self, struct rh_strategy *part)
{
    struct sampler *sampler = (struct sampler *)self;
    const struct sampler *joined = (const struct sampler *)part;
    sampler->longest = joined->longest > sampler->longest ? joined->longest : sampler->longest;
    sampler->widest = joined->widest > sampler->widest ? joined->widest : sampler->widest;
    self->share = (double)self->runs / (double)(sampler->runs + measuring_runs(sampler));
    return joined->measures ? take_measured(sampler, joined) : RH_OK;
}

/* Parts that are away are those behind the last run that is back. */
enum rh_status sampler_save(const struct rh_strategy *self, struct rh_numbers *numbers)
{
    const struct sampler *sampler = (const struct sampler *)self;
    bool ok = rh_numbers_put(numbers, sampler->measured) &&
              rh_numbers_put(numbers, sampler->longest) && rh_numbers_put(numbers, sampler->widest);
    for (uint32_t i = 0; i < sampler->channel_count && ok; i++) {
        const struct channel *channel = &sampler->channels[i];
        ok = channel->measured == 0 ||
             (rh_numbers_put(numbers, channel->key) && rh_numbers_put(numbers, channel->measured));
    }
    return ok ? RH_OK : RH_NO_MEMORY;
}

enum rh_status sampler_load(struct rh_strategy *self, struct rh_numbers *numbers)
{
    struct sampler *sampler = (struct sampler *)self;
    uint64_t widest = 0;
    uint64_t key = 0;
    uint64_t measured = 0;
    bool ok = rh_numbers_take(numbers, &sampler->measured) &&
              rh_numbers_take(numbers, &sampler->longest) &&
              rh_numbers_take_most(numbers, UINT32_MAX, &widest) &&
              self->runs <= sampler->runs + measuring_runs(sampler);
    while (ok && rh_numbers_take(numbers, &key)) {
        ok = rh_numbers_take_most(numbers, UINT32_MAX, &measured);
        if (ok && !add_measured(sampler, key, (uint32_t)measured)) {
            return RH_NO_MEMORY;
        }
    }
    sampler->widest = (uint32_t)widest;
    sampler->given = self->runs;
    return ok ? RH_OK : RH_MALFORMED;
}
