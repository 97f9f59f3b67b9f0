/* SPDX-License-Identifier: MIT */
/*
 * Every sequence of answers, depth first and in lexicographic order, by running again from the start. The stack holds
 * the decisions of the current run; `end` cuts it behind the last decision that has an answer left and takes that one.
 * Memory is the depth of one run, never the number of runs.
 *
 * The machine must be deterministic between decisions. A count that differs from the one seen at the same place in an
 * earlier run says that it is not, and that the enumeration would be worthless: the strategy fails with RH_DIVERGED.
 */
#include "harness/schedule/strategy.h"

#define LEVELS_AT_FIRST 64u

struct level {
    enum rh_site site;
    uint32_t count;
    uint32_t chosen;
};

struct exhaustive {
    struct rh_strategy head;
    struct rh_allocator allocator;
    struct level *levels;
    uint32_t capacity;
    uint32_t depth_max;
    uint32_t length; /**< decisions of the current run, as far as they are known */
    uint32_t depth;  /**< decisions answered in the current run */
};

static void exhaustive_begin(struct rh_strategy *self)
{
    ((struct exhaustive *)self)->depth = 0;
}

static enum rh_status exhaustive_reserve(struct exhaustive *tree)
{
    if (tree->length < tree->capacity) {
        return RH_OK;
    }
    uint32_t capacity = tree->capacity == 0 ? LEVELS_AT_FIRST : tree->capacity * 2;
    if (capacity < tree->capacity) {
        return RH_LIMIT;
    }
    struct level *levels =
        tree->allocator.resize(tree->allocator.self, tree->levels, tree->capacity * sizeof *levels,
                               capacity * sizeof *levels);
    if (levels == NULL) {
        return RH_NO_MEMORY;
    }
    tree->levels = levels;
    tree->capacity = capacity;
    return RH_OK;
}

static uint32_t exhaustive_descend(struct exhaustive *tree, enum rh_site site, uint32_t count)
{
    enum rh_status status = tree->length == tree->depth_max ? RH_LIMIT : exhaustive_reserve(tree);
    if (status != RH_OK) {
        rh_strategy_fail(&tree->head, status);
        return 0;
    }
    tree->levels[tree->length++] = (struct level){.site = site, .count = count};
    tree->depth++;
    return 0;
}

static uint32_t exhaustive_below(struct rh_strategy *self, enum rh_site site, uint32_t count,
                                 const struct rh_candidate *candidates)
{
    (void)candidates;
    struct exhaustive *tree = (struct exhaustive *)self;
    if (tree->depth == tree->length) {
        return exhaustive_descend(tree, site, count);
    }
    const struct level *level = &tree->levels[tree->depth];
    if (level->site != site || level->count != count) {
        self->diverged_at = tree->depth;
        rh_strategy_fail(self, RH_DIVERGED);
        return 0;
    }
    tree->depth++;
    return level->chosen;
}

static bool exhaustive_end(struct rh_strategy *self)
{
    struct exhaustive *tree = (struct exhaustive *)self;
    if (!self->failed && tree->depth < tree->length) {
        self->diverged_at = tree->depth;
        rh_strategy_fail(self, RH_DIVERGED);
    }
    if (self->failed) {
        return false;
    }
    while (tree->length > 0 &&
           tree->levels[tree->length - 1].chosen + 1 == tree->levels[tree->length - 1].count) {
        tree->length--;
    }
    if (tree->length == 0) {
        self->complete = true;
        return false;
    }
    tree->levels[tree->length - 1].chosen++;
    return true;
}

static void exhaustive_destroy(struct rh_strategy *self)
{
    struct exhaustive *tree = (struct exhaustive *)self;
    struct rh_allocator allocator = tree->allocator;
    allocator.release(allocator.self, tree->levels, tree->capacity * sizeof *tree->levels);
    allocator.release(allocator.self, tree, sizeof *tree);
}

static const struct rh_strategy_functions exhaustive_functions = {
    .name = "exhaustive",
    .begin = exhaustive_begin,
    .below = exhaustive_below,
    .end = exhaustive_end,
    .destroy = exhaustive_destroy,
};

enum rh_status rh_strategy_exhaustive(const struct rh_allocator *allocator, uint32_t depth_max,
                                      struct rh_strategy **ret_strategy)
{
    const struct rh_allocator *with = allocator != NULL ? allocator : rh_allocator_default();
    struct exhaustive *tree = with->allocate(with->self, sizeof *tree);
    if (tree == NULL) {
        return RH_NO_MEMORY;
    }
    *tree = (struct exhaustive){
        .head = {.functions = &exhaustive_functions},
        .allocator = *with,
        .depth_max = depth_max,
    };
    *ret_strategy = &tree->head;
    return RH_OK;
}
