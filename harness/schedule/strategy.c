/* SPDX-License-Identifier: MIT */
/*
 * What every strategy shares: a choice without an alternative is not a choice (it is neither asked nor counted, so that
 * a list of decisions holds what was decided and nothing else), and a strategy that has failed answers 0 for the rest
 * of the run, so that the run can still end in an orderly way before anybody looks at the status.
 */
#include "harness/schedule/strategy.h"

#include "core/base/assert.h"

#include <stddef.h>

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
