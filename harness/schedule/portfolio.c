/* SPDX-License-Identifier: MIT */
/*
 * Several manners in turn, for whoever does not know which one the bug needs: no other strategy finds everything that one of
 * them finds soon in more than five times as many runs. Whose turn it is follows from the seed of the run, so that a run can
 * still be had alone.
 */
#include "harness/schedule/sampler.h"

enum rh_status rh_strategy_portfolio(const struct rh_allocator *allocator, uint64_t seed,
                                     uint64_t runs, struct rh_strategy **ret_strategy)
{
    struct sampler_manner manners[] = {sampler_walk, sampler_uniform, sampler_pct, sampler_pct,
                                       sampler_pos};
    manners[2].depth = 2;
    const struct sampler_options options = {seed, runs, manners, sizeof manners / sizeof manners[0],
                                            true};
    return sampler_create(allocator, &options, ret_strategy);
}
