/* SPDX-License-Identifier: MIT */
/*
 * Every sequence of answers, depth first and in lexicographic order, by running again from the start. The stack holds
 * the decisions of the current run; `end` cuts it behind the last decision that has an answer left and takes that one.
 * Memory is the depth of one run, never the number of runs.
 *
 * The machine must be deterministic between decisions. A count that differs from the one seen at the same place in an
 * earlier run says that it is not, and that the enumeration would be worthless: the strategy fails with RH_DIVERGED.
 *
 * A part is a path and a floor: the answers above the floor stay, those from it on are enumerated. The first part is the
 * whole tree. One that comes back before its end becomes two: the highest level that has answers left, and what is below
 * its present answer. So the work divides where most of it is, and the open paths are as many as the levels of a run for each
 * part that is away.
 *
 * The share of the tree that has been explored is the sum, over the runs, of how probable each is when every answer is drawn
 * evenly; runs divided by that is what all of them are estimated to be (the weighted backtrack estimator of Kilby, Slaney,
 * Thiebaux and Walsh, 2006, after Knuth, 1975). It is exact at the end, and at any time where subtrees are alike.
 */
#include "harness/schedule/strategy.h"

#include <inttypes.h>
#include <stdio.h>

#define LEVELS_AT_FIRST 64u

struct level {
    enum rh_site site;
    uint32_t count;
    uint32_t chosen;
};

/* What is to be explored: the answers of a path, the last of which is one of several. */
struct path {
    struct path *next;
    uint32_t length;
    uint32_t floor;
    struct level levels[];
};

struct exhaustive {
    struct rh_strategy head;
    struct rh_allocator allocator;
    struct level *levels;
    uint32_t capacity;
    uint32_t depth_max;
    uint32_t length; /**< decisions of the current run, as far as they are known */
    uint32_t depth;  /**< decisions answered in the current run */
    uint32_t floor;  /**< of a part: the first level whose answers are enumerated */
    bool is_divided;
    struct path *open; /**< of the whole: what comes next first */
    struct path *away; /**< what the parts were given, the first first */
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

static bool has_more(const struct level *level)
{
    return level->chosen + 1 < level->count;
}

static double probability(const struct exhaustive *tree)
{
    double probability = 1.0;
    for (uint32_t i = 0; i < tree->length; i++) {
        probability /= (double)tree->levels[i].count;
    }
    return probability;
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
    self->share += probability(tree);
    while (tree->length > tree->floor && !has_more(&tree->levels[tree->length - 1])) {
        tree->length--;
    }
    if (tree->length == tree->floor) {
        self->complete = true;
        return false;
    }
    tree->levels[tree->length - 1].chosen++;
    return true;
}

/* ---- parts ---- */

static size_t path_bytes(uint32_t length)
{
    return sizeof(struct path) + length * sizeof(struct level);
}

static struct path *path_create(const struct exhaustive *tree, const struct level *levels,
                                uint32_t length, uint32_t floor)
{
    struct path *path = tree->allocator.allocate(tree->allocator.self, path_bytes(length));
    if (path != NULL) {
        *path = (struct path){.length = length, .floor = floor};
        for (uint32_t i = 0; i < length; i++) {
            path->levels[i] = levels[i];
        }
    }
    return path;
}

static void paths_destroy(const struct exhaustive *tree, struct path *path)
{
    while (path != NULL) {
        struct path *next = path->next;
        tree->allocator.release(tree->allocator.self, path, path_bytes(path->length));
        path = next;
    }
}

static enum rh_status open_path(struct exhaustive *tree, const struct level *levels,
                                uint32_t length, uint32_t floor)
{
    struct path *path = path_create(tree, levels, length, floor);
    if (path == NULL) {
        return RH_NO_MEMORY;
    }
    path->next = tree->open;
    tree->open = path;
    return RH_OK;
}

static enum rh_status part_create(const struct exhaustive *tree, const struct path *path,
                                  struct rh_strategy **ret_part)
{
    struct rh_strategy *part = NULL;
    enum rh_status status = rh_strategy_exhaustive(&tree->allocator, tree->depth_max, &part);
    if (status != RH_OK) {
        return status;
    }
    struct exhaustive *copy = (struct exhaustive *)part;
    for (uint32_t i = 0; i < path->length && status == RH_OK; i++) {
        status = exhaustive_reserve(copy);
        if (status == RH_OK) {
            copy->levels[copy->length++] = path->levels[i];
        }
    }
    copy->floor = path->floor;
    if (status != RH_OK) {
        rh_strategy_destroy(part);
        return status;
    }
    *ret_part = part;
    return RH_OK;
}

static enum rh_status exhaustive_split(struct rh_strategy *self, uint64_t runs,
                                       struct rh_strategy **ret_part)
{
    (void)runs;
    struct exhaustive *tree = (struct exhaustive *)self;
    enum rh_status status = tree->is_divided ? RH_OK : open_path(tree, NULL, 0, 0);
    tree->is_divided = tree->is_divided || status == RH_OK;
    if (status != RH_OK || tree->open == NULL) {
        return status;
    }
    status = part_create(tree, tree->open, ret_part);
    if (status == RH_OK) {
        struct path **last = &tree->away;
        while (*last != NULL) {
            last = &(*last)->next;
        }
        *last = tree->open;
        tree->open = tree->open->next;
        (*last)->next = NULL;
    }
    return status;
}

static enum rh_status exhaustive_join(struct rh_strategy *self, struct rh_strategy *part)
{
    struct exhaustive *tree = (struct exhaustive *)self;
    struct exhaustive *back = (struct exhaustive *)part;
    struct path *away = tree->away;
    tree->away = away->next;
    away->next = NULL;
    paths_destroy(tree, away);
    enum rh_status status = RH_OK;
    if (!part->complete) {
        uint32_t highest = back->floor;
        while (highest + 1 < back->length && !has_more(&back->levels[highest])) {
            highest++;
        }
        uint32_t floor = highest;
        if (highest + 1 < back->length) {
            floor = highest + 1;
            back->levels[highest].chosen++;
            status = open_path(tree, back->levels, highest + 1, highest);
            back->levels[highest].chosen--;
        }
        status = status == RH_OK ? open_path(tree, back->levels, back->length, floor) : status;
    }
    self->complete = tree->open == NULL && tree->away == NULL;
    return status;
}

static uint64_t count_paths(const struct path *path)
{
    uint64_t count = 0;
    for (; path != NULL; path = path->next) {
        count++;
    }
    return count;
}

static bool save_paths(const struct path *path, struct rh_numbers *numbers)
{
    bool ok = true;
    for (; path != NULL && ok; path = path->next) {
        ok = rh_numbers_put(numbers, path->length) && rh_numbers_put(numbers, path->floor);
        for (uint32_t i = 0; i < path->length && ok; i++) {
            ok = rh_numbers_put(numbers, path->levels[i].site) &&
                 rh_numbers_put(numbers, path->levels[i].count) &&
                 rh_numbers_put(numbers, path->levels[i].chosen);
        }
    }
    return ok;
}

static enum rh_status exhaustive_save(const struct rh_strategy *self, struct rh_numbers *numbers)
{
    const struct exhaustive *tree = (const struct exhaustive *)self;
    bool ok = rh_numbers_put(numbers, tree->is_divided ? 1 : 0) &&
              rh_numbers_put(numbers, count_paths(tree->away) + count_paths(tree->open)) &&
              save_paths(tree->away, numbers) && save_paths(tree->open, numbers);
    return ok ? RH_OK : RH_NO_MEMORY;
}

/* A path goes to `last`, behind all that there are. */
static enum rh_status load_path(struct exhaustive *tree, struct rh_numbers *numbers,
                                struct path ***last)
{
    uint64_t length = 0;
    uint64_t floor = 0;
    uint64_t most = tree->depth_max;
    most =
        most < (numbers->count - numbers->taken) / 3 ? most : (numbers->count - numbers->taken) / 3;
    if (!rh_numbers_take_most(numbers, most, &length) ||
        !rh_numbers_take_most(numbers, length, &floor)) {
        return RH_MALFORMED;
    }
    struct path *path =
        tree->allocator.allocate(tree->allocator.self, path_bytes((uint32_t)length));
    if (path == NULL) {
        return RH_NO_MEMORY;
    }
    *path = (struct path){.length = (uint32_t)length, .floor = (uint32_t)floor};
    bool ok = true;
    for (uint32_t i = 0; i < path->length && ok; i++) {
        uint64_t site = 0;
        uint64_t count = 0;
        uint64_t chosen = 0;
        ok = rh_numbers_take_most(numbers, RH_SITE_COUNT - 1, &site) &&
             rh_numbers_take_most(numbers, UINT32_MAX, &count) && count > 0 &&
             rh_numbers_take_most(numbers, count - 1, &chosen);
        path->levels[i] = (struct level){(enum rh_site)site, (uint32_t)count, (uint32_t)chosen};
    }
    **last = path;
    *last = &path->next;
    return ok ? RH_OK : RH_MALFORMED;
}

static enum rh_status exhaustive_load(struct rh_strategy *self, struct rh_numbers *numbers)
{
    struct exhaustive *tree = (struct exhaustive *)self;
    uint64_t is_divided = 0;
    uint64_t count = 0;
    if (!rh_numbers_take_most(numbers, 1, &is_divided) || !rh_numbers_take(numbers, &count) ||
        (is_divided == 0 && count > 0)) {
        return RH_MALFORMED;
    }
    tree->is_divided = is_divided == 1;
    struct path **last = &tree->open;
    enum rh_status status = RH_OK;
    for (uint64_t i = 0; i < count && status == RH_OK; i++) {
        status = load_path(tree, numbers, &last);
    }
    self->complete = tree->is_divided && count == 0;
    status = self->complete && self->runs == 0 ? RH_MALFORMED : status; /* nothing is no tree */
    return status;
}

/* The path of the next run, and the longest that is open. */
static void exhaustive_tell_open(const struct rh_strategy *self, char *buffer, size_t capacity)
{
    const struct exhaustive *tree = (const struct exhaustive *)self;
    const struct path *next = tree->away != NULL ? tree->away : tree->open;
    uint32_t deepest = 0;
    uint64_t count = 0;
    for (int i = 0; i < 2; i++) {
        for (const struct path *path = i == 0 ? tree->away : tree->open; path != NULL;
             path = path->next) {
            deepest = path->length > deepest ? path->length : deepest;
            count++;
        }
    }
    size_t at =
        (size_t)snprintf(buffer, capacity, "%" PRIu64 " prefix%s open, down to decision %u, next ",
                         count, count == 1 ? "" : "es", deepest);
    for (uint32_t i = 0; next != NULL && i < next->length && at + 16 < capacity; i++) {
        at += (size_t)snprintf(buffer + at, capacity - at, "%s%u", i == 0 ? "" : ".",
                               next->levels[i].chosen);
    }
    if (next != NULL && next->length == 0 && at < capacity) {
        (void)snprintf(buffer + at, capacity - at, "the first");
    }
}

static void exhaustive_destroy(struct rh_strategy *self)
{
    struct exhaustive *tree = (struct exhaustive *)self;
    struct rh_allocator allocator = tree->allocator;
    paths_destroy(tree, tree->open);
    paths_destroy(tree, tree->away);
    allocator.release(allocator.self, tree->levels, tree->capacity * sizeof *tree->levels);
    allocator.release(allocator.self, tree, sizeof *tree);
}

static const struct rh_strategy_functions exhaustive_functions = {
    .name = "exhaustive",
    .begin = exhaustive_begin,
    .below = exhaustive_below,
    .end = exhaustive_end,
    .split = exhaustive_split,
    .join = exhaustive_join,
    .tell_open = exhaustive_tell_open,
    .save = exhaustive_save,
    .load = exhaustive_load,
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
