/* SPDX-License-Identifier: MIT */
/*
 * What every strategy shares: a choice without an alternative is not a choice (it is neither asked nor counted, so that
 * a list of decisions holds what was decided and nothing else), and a strategy that has failed answers 0 for the rest
 * of the run, so that the run can still end in an orderly way before anybody looks at the status.
 */
#include "harness/schedule/strategy.h"

#include "core/base/assert.h"

#include <stddef.h>

/* A share is written down in so many parts. */
#define SHARE_UNIT 9007199254740992.0

static const char *const site_words[RH_SITE_COUNT] = {
#define X(identifier, word, sentence) word,
    RH_SITE_MAP(X)
#undef X
};

const char *rh_site_word(enum rh_site site)
{
    RH_ASSERT((unsigned)site < RH_SITE_COUNT);
    return site_words[site];
}

uint32_t rh_choice_below(struct rh_strategy *strategy, enum rh_site site, uint32_t count,
                         const struct rh_candidate *candidates)
{
    bool asks_all = rh_strategy_follows(strategy) || strategy->functions->sees_forced;
    bool forced = count <= 1 && (site != RH_SITE_NEXT || !asks_all);
    if (forced || count == 0 || strategy->failed) {
        return 0;
    }
    strategy->asked++;
    uint32_t chosen = strategy->functions->below(strategy, site, count, candidates);
    RH_ASSERT(chosen < count);
    return chosen;
}

void rh_strategy_begin(struct rh_strategy *strategy)
{
    if (strategy->functions->begin != NULL) {
        strategy->functions->begin(strategy);
    }
}

bool rh_strategy_end(struct rh_strategy *strategy)
{
    bool more = strategy->functions->end(strategy);
    strategy->runs++;
    return more && !strategy->failed;
}

void rh_strategy_fail(struct rh_strategy *strategy, enum rh_status status)
{
    strategy->failed = true;
    strategy->status = status;
}

void rh_strategy_destroy(struct rh_strategy *strategy)
{
    if (strategy != NULL) {
        strategy->functions->destroy(strategy);
    }
}

enum rh_status rh_strategy_split(struct rh_strategy *strategy, uint64_t runs,
                                 struct rh_strategy **ret_part)
{
    RH_ASSERT(runs > 0);
    *ret_part = NULL;
    return strategy->failed ? RH_OK : strategy->functions->split(strategy, runs, ret_part);
}

enum rh_status rh_strategy_join(struct rh_strategy *strategy, struct rh_strategy *part)
{
    enum rh_status status = RH_OK;
    strategy->runs += part->runs;
    strategy->classes += part->classes;
    strategy->blocked += part->blocked;
    strategy->share += part->share;
    if (part->failed && !strategy->failed) {
        strategy->diverged_at = part->diverged_at;
        rh_strategy_fail(strategy, part->status);
    }
    if (!strategy->failed) {
        status = strategy->functions->join(strategy, part);
    }
    rh_strategy_destroy(part);
    return status;
}

enum rh_status rh_strategy_save(const struct rh_strategy *strategy, struct rh_numbers *numbers)
{
    bool ok = rh_numbers_put(numbers, strategy->runs) &&
              rh_numbers_put(numbers, strategy->classes) &&
              rh_numbers_put(numbers, strategy->blocked) &&
              rh_numbers_put(numbers, (uint64_t)(strategy->share * SHARE_UNIT));
    return ok ? strategy->functions->save(strategy, numbers) : RH_NO_MEMORY;
}

enum rh_status rh_strategy_load(struct rh_strategy *strategy, struct rh_numbers *numbers)
{
    uint64_t share = 0;
    bool ok = rh_numbers_take(numbers, &strategy->runs) &&
              rh_numbers_take(numbers, &strategy->classes) &&
              rh_numbers_take(numbers, &strategy->blocked) &&
              rh_numbers_take_most(numbers, (uint64_t)(2.0 * SHARE_UNIT), &share);
    strategy->share = (double)share / SHARE_UNIT;
    enum rh_status status = ok ? strategy->functions->load(strategy, numbers) : RH_MALFORMED;
    return status == RH_OK && numbers->taken < numbers->count ? RH_MALFORMED : status;
}
