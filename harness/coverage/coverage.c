/* SPDX-License-Identifier: MIT */
/* The set: a sorted array. Items come by the hundred, runs by the hundred thousand: an observer counts in arrays of its own
 * and adds here once in a while, so that looking for a place by halves is cheap enough. */
#include <rehearse/coverage.h>

#include <string.h>

static const struct family {
    const char *word;
    const char *counts[2];
    const char *sentence;
} families[RH_COVERAGE_FAMILY_COUNT] = {
#define X(identifier, word, first, second, sentence) {word, {first, second}, sentence},
    RH_COVERAGE_FAMILY_MAP(X)
#undef X
};

static bool is_family(enum rh_coverage_family family)
{
    return (unsigned)family < RH_COVERAGE_FAMILY_COUNT;
}

const char *rh_coverage_family_word(enum rh_coverage_family family)
{
    return is_family(family) ? families[family].word : NULL;
}

const char *rh_coverage_family_sentence(enum rh_coverage_family family)
{
    return is_family(family) ? families[family].sentence : NULL;
}

const char *rh_coverage_count_word(enum rh_coverage_family family, unsigned count)
{
    return is_family(family) && count < 2 ? families[family].counts[count] : NULL;
}

bool rh_coverage_family_find(const char *word, size_t length, enum rh_coverage_family *ret_family)
{
    for (unsigned i = 0; i < RH_COVERAGE_FAMILY_COUNT; i++) {
        if (strlen(families[i].word) == length && memcmp(families[i].word, word, length) == 0) {
            *ret_family = (enum rh_coverage_family)i;
            return true;
        }
    }
    return false;
}

/* ---- the set ---- */

static const struct rh_allocator *allocator_of(const struct rh_coverage *coverage)
{
    return coverage->allocator == NULL ? rh_allocator_default() : coverage->allocator;
}

void rh_coverage_init(struct rh_coverage *coverage, const struct rh_allocator *allocator)
{
    *coverage = (struct rh_coverage){.allocator = allocator};
}

void rh_coverage_deinit(struct rh_coverage *coverage)
{
    const struct rh_allocator *allocator = allocator_of(coverage);
    for (size_t i = 0; i < coverage->count; i++) {
        char *key = coverage->items[i].key;
        allocator->release(allocator->self, key, strlen(key) + 1);
    }
    allocator->release(allocator->self, coverage->items,
                       coverage->capacity * sizeof(*coverage->items));
    *coverage = (struct rh_coverage){.allocator = coverage->allocator};
}

static int compare(const struct rh_coverage_item *item, enum rh_coverage_family family,
                   const char *key)
{
    if (item->family != family) {
        return item->family < family ? -1 : 1;
    }
    return strcmp(item->key, key);
}

/* Return where an item is, or belongs. */
static size_t place_of(const struct rh_coverage *coverage, enum rh_coverage_family family,
                       const char *key)
{
    size_t first = 0;
    size_t end = coverage->count;
    while (first < end) {
        size_t middle = first + (end - first) / 2;
        if (compare(&coverage->items[middle], family, key) < 0) {
            first = middle + 1;
        } else {
            end = middle;
        }
    }
    return first;
}

static bool is_at(const struct rh_coverage *coverage, size_t at, enum rh_coverage_family family,
                  const char *key)
{
    return at < coverage->count && compare(&coverage->items[at], family, key) == 0;
}

static bool is_key(const char *key)
{
    size_t length = 0;
    while (key[length] >= ' ' && key[length] <= '~' && length <= RH_COVERAGE_KEY_BYTES_MAX) {
        length++;
    }
    return length > 0 && length <= RH_COVERAGE_KEY_BYTES_MAX && key[length] == '\0';
}

static bool reserve(struct rh_coverage *coverage)
{
    const struct rh_allocator *allocator = allocator_of(coverage);
    if (coverage->count < coverage->capacity) {
        return true;
    }
    size_t capacity = coverage->capacity == 0 ? 64 : coverage->capacity * 2;
    struct rh_coverage_item *items =
        allocator->resize(allocator->self, coverage->items, coverage->capacity * sizeof(*items),
                          capacity * sizeof(*items));
    if (items != NULL) {
        coverage->items = items;
        coverage->capacity = capacity;
    }
    return items != NULL;
}

static enum rh_status insert(struct rh_coverage *coverage, size_t at,
                             enum rh_coverage_family family, const char *key)
{
    const struct rh_allocator *allocator = allocator_of(coverage);
    size_t size = strlen(key) + 1;
    char *copy = reserve(coverage) ? allocator->allocate(allocator->self, size) : NULL;
    if (copy == NULL) {
        return RH_NO_MEMORY;
    }
    memcpy(copy, key, size);
    struct rh_coverage_item *item = &coverage->items[at];
    memmove(item + 1, item, (coverage->count - at) * sizeof(*item));
    *item = (struct rh_coverage_item){.key = copy, .family = family};
    coverage->count++;
    return RH_OK;
}

static void count(uint64_t *sum, uint64_t more)
{
    *sum = more > UINT64_MAX - *sum ? UINT64_MAX : *sum + more;
}

enum rh_status rh_coverage_add(struct rh_coverage *coverage, enum rh_coverage_family family,
                               const char *key, uint64_t first, uint64_t second)
{
    if (!is_family(family) || !is_key(key) || (families[family].counts[1] == NULL && second > 0)) {
        return RH_INVALID;
    }
    size_t at = place_of(coverage, family, key);
    if (!is_at(coverage, at, family, key)) {
        if (coverage->count >= RH_COVERAGE_ITEMS_MAX) {
            coverage->is_cut = true;
            return RH_OK;
        }
        enum rh_status status = insert(coverage, at, family, key);
        if (status != RH_OK) {
            return status;
        }
    }
    count(&coverage->items[at].counts[0], first);
    count(&coverage->items[at].counts[1], second);
    return RH_OK;
}

enum rh_status rh_coverage_merge(struct rh_coverage *coverage, const struct rh_coverage *other)
{
    enum rh_status status = RH_OK;
    coverage->is_cut = coverage->is_cut || other->is_cut;
    coverage->is_partial = coverage->is_partial || other->is_partial;
    for (size_t i = 0; i < other->count && status == RH_OK; i++) {
        const struct rh_coverage_item *item = &other->items[i];
        status =
            rh_coverage_add(coverage, item->family, item->key, item->counts[0], item->counts[1]);
    }
    return status;
}

const struct rh_coverage_item *rh_coverage_find(const struct rh_coverage *coverage,
                                                enum rh_coverage_family family, const char *key)
{
    size_t at = place_of(coverage, family, key);
    return is_at(coverage, at, family, key) ? &coverage->items[at] : NULL;
}

bool rh_coverage_is_covered(const struct rh_coverage_item *item)
{
    return item != NULL && item->counts[0] > 0 &&
           (families[item->family].counts[1] == NULL || item->counts[1] > 0);
}

/* ---- sums ---- */

struct summing {
    const struct rh_coverage *coverage;
    enum rh_coverage_family family;
    struct rh_coverage_sum sum;
    uint64_t told; /**< covered items of the universe, absurd ones too */
};

static bool sum_up(void *self, const char *key, const char *why)
{
    struct summing *it = self;
    const struct rh_coverage_item *item = rh_coverage_find(it->coverage, it->family, key);
    bool is_covered = rh_coverage_is_covered(item);
    it->told += is_covered;
    it->sum.possible += why == NULL;
    it->sum.covered += why == NULL && is_covered;
    it->sum.absurd += why != NULL && is_covered;
    return true;
}

struct rh_coverage_sum rh_coverage_sum(const struct rh_coverage *coverage,
                                       enum rh_coverage_family family)
{
    struct summing it = {.coverage = coverage, .family = family};
    uint64_t covered = 0;
    for (size_t i = 0; i < coverage->count; i++) {
        covered +=
            coverage->items[i].family == family && rh_coverage_is_covered(&coverage->items[i]);
    }
    rh_coverage_universe(family, sum_up, &it);
    it.sum.others = covered - it.told;
    return it.sum;
}
