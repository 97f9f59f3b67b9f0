/* SPDX-License-Identifier: MIT */
/*
 * A uniform walk. Each answer is a function of (seed of the run, site, how often that site was asked in this run, how
 * often this answer had to be redrawn), and of nothing else: a site that is asked once more or once less leaves the
 * answers at all other sites as they were, and a run can be had alone by its own seed. The function is draw_stir, applied to
 * the four numbers one after the other.
 */
#include "harness/schedule/draw.h"
#include "harness/schedule/strategy.h"

struct random {
    struct rh_strategy head;
    struct rh_allocator allocator;
    uint64_t seed;
    uint64_t runs;
    uint64_t given; /**< runs in parts */
    uint64_t asked[RH_SITE_COUNT];
};

static void random_begin(struct rh_strategy *self)
{
    struct random *random = (struct random *)self;
    for (size_t i = 0; i < RH_SITE_COUNT; i++) {
        random->asked[i] = 0;
    }
}

static uint32_t random_below(struct rh_strategy *self, enum rh_site site, uint32_t count,
                             const struct rh_candidate *candidates)
{
    struct random *random = (struct random *)self;
    uint64_t key =
        draw_stir(draw_stir(random->seed + self->runs, (uint64_t)site), random->asked[site]++);
    return candidates == NULL ? draw_below(key, count) : draw_candidate(key, count, candidates);
}

static uint64_t random_seed(const struct rh_strategy *self)
{
    return ((const struct random *)self)->seed + self->runs;
}

static bool random_end(struct rh_strategy *self)
{
    return self->runs + 1 < ((struct random *)self)->runs;
}

static enum rh_status random_split(struct rh_strategy *self, uint64_t runs,
                                   struct rh_strategy **ret_part)
{
    struct random *random = (struct random *)self;
    uint64_t left = random->runs - random->given;
    if (left == 0) {
        return RH_OK;
    }
    runs = runs < left ? runs : left;
    enum rh_status status =
        rh_strategy_random(&random->allocator, random->seed + random->given, runs, ret_part);
    random->given += status == RH_OK ? runs : 0;
    return status;
}

/* It has nothing left: it was as long as it was to be. */
static enum rh_status random_join(struct rh_strategy *self, struct rh_strategy *part)
{
    (void)part;
    self->share = (double)self->runs / (double)((struct random *)self)->runs;
    return RH_OK;
}

/* Parts that are away are those behind the last run that is back. */
static enum rh_status random_save(const struct rh_strategy *self, struct rh_numbers *numbers)
{
    (void)self;
    (void)numbers;
    return RH_OK;
}

static enum rh_status random_load(struct rh_strategy *self, struct rh_numbers *numbers)
{
    struct random *random = (struct random *)self;
    (void)numbers;
    random->given = self->runs;
    return random->given <= random->runs ? RH_OK : RH_MALFORMED;
}

static void random_destroy(struct rh_strategy *self)
{
    struct random *random = (struct random *)self;
    struct rh_allocator allocator = random->allocator;
    allocator.release(allocator.self, random, sizeof *random);
}

static const struct rh_strategy_functions random_functions = {
    .name = "random",
    .begin = random_begin,
    .below = random_below,
    .seed = random_seed,
    .end = random_end,
    .split = random_split,
    .join = random_join,
    .save = random_save,
    .load = random_load,
    .destroy = random_destroy,
};

enum rh_status rh_strategy_random(const struct rh_allocator *allocator, uint64_t seed,
                                  uint64_t runs, struct rh_strategy **ret_strategy)
{
    const struct rh_allocator *with = allocator != NULL ? allocator : rh_allocator_default();
    struct random *random = with->allocate(with->self, sizeof *random);
    if (random == NULL) {
        return RH_NO_MEMORY;
    }
    *random = (struct random){
        .head = {.functions = &random_functions},
        .allocator = *with,
        .seed = seed,
        .runs = runs,
    };
    *ret_strategy = &random->head;
    return RH_OK;
}
