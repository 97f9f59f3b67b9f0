/* SPDX-License-Identifier: MIT */
#include "harness/coverage/tally.h"

#include <stdlib.h>
#include <string.h>

#define ROWS_AT_FIRST 256u

void tally_init(struct tally *tally, const struct rh_allocator *allocator)
{
    *tally = (struct tally){.allocator = allocator, .count = 1};
}

void tally_deinit(struct tally *tally)
{
    const struct rh_allocator *allocator = tally->allocator;
    allocator->release(allocator->self, tally->rows, tally->capacity * sizeof(*tally->rows));
    allocator->release(allocator->self, tally->touched, tally->touched_capacity * sizeof(uint32_t));
    allocator->release(allocator->self, tally->slots, tally->slot_count * sizeof(uint32_t));
}

/* ---- rows ---- */

static uint32_t hash_of(enum rh_coverage_family family, const char *key)
{
    uint32_t hash = 2166136261u ^ (uint32_t)family;
    for (const char *at = key; *at != '\0'; at++) {
        hash = (hash ^ (unsigned char)*at) * 16777619u;
    }
    return hash ^ hash >> 15;
}

/* Return where the number of a row stands, or the free slot where it belongs. */
static uint32_t *slot_of(const struct tally *tally, enum rh_coverage_family family, const char *key)
{
    uint32_t mask = tally->slot_count - 1;
    uint32_t at = hash_of(family, key) & mask;
    while (tally->slots[at] != 0) {
        const struct tally_row *row = &tally->rows[tally->slots[at]];
        if (row->family == family && strcmp(row->key, key) == 0) {
            break;
        }
        at = (at + 1) & mask;
    }
    return &tally->slots[at];
}

static bool grow_rows(struct tally *tally, uint32_t capacity)
{
    const struct rh_allocator *allocator = tally->allocator;
    struct tally_row *rows = allocator->resize(
        allocator->self, tally->rows, tally->capacity * sizeof(*rows), capacity * sizeof(*rows));
    if (rows != NULL) {
        tally->rows = rows;
        tally->capacity = capacity;
    }
    return rows != NULL;
}

static bool grow_touched(struct tally *tally, uint32_t capacity)
{
    const struct rh_allocator *allocator = tally->allocator;
    uint32_t *touched =
        allocator->resize(allocator->self, tally->touched,
                          tally->touched_capacity * sizeof(*touched), capacity * sizeof(*touched));
    if (touched != NULL) {
        tally->touched = touched;
        tally->touched_capacity = capacity;
    }
    return touched != NULL;
}

static bool grow_slots(struct tally *tally, uint32_t slot_count)
{
    const struct rh_allocator *allocator = tally->allocator;
    uint32_t *slots = allocator->allocate(allocator->self, slot_count * sizeof(*slots));
    if (slots == NULL) {
        return false;
    }
    memset(slots, 0, slot_count * sizeof(*slots));
    allocator->release(allocator->self, tally->slots, tally->slot_count * sizeof(*slots));
    tally->slots = slots;
    tally->slot_count = slot_count;
    for (uint32_t i = 1; i < tally->count; i++) {
        *slot_of(tally, tally->rows[i].family, tally->rows[i].key) = i;
    }
    return true;
}

/* Room for one more, the table no more than half full. */
static bool reserve(struct tally *tally)
{
    uint32_t capacity = tally->capacity == 0 ? ROWS_AT_FIRST : tally->capacity * 2;
    return tally->count < tally->capacity ||
           (grow_slots(tally, capacity * 2) && grow_touched(tally, capacity) &&
            grow_rows(tally, capacity));
}

static void clean(char ret_key[RH_COVERAGE_KEY_BYTES_MAX + 1], const char *key)
{
    size_t at = 0;
    for (; key[at] != '\0' && at < RH_COVERAGE_KEY_BYTES_MAX; at++) {
        ret_key[at] = key[at] >= ' ' && key[at] <= '~' ? key[at] : '?';
    }
    ret_key[at] = '\0';
}

uint32_t tally_row(struct tally *tally, enum rh_coverage_family family, const char *key)
{
    char cleaned[RH_COVERAGE_KEY_BYTES_MAX + 1];
    clean(cleaned, key);
    uint32_t found = tally->slot_count == 0 ? 0 : *slot_of(tally, family, cleaned);
    if (found != 0) {
        return found;
    }
    if (!reserve(tally)) {
        tally->is_out_of_memory = true;
        return 0;
    }
    uint32_t number = tally->count++;
    struct tally_row *row = &tally->rows[number];
    *row = (struct tally_row){.family = family};
    memcpy(row->key, cleaned, sizeof row->key);
    *slot_of(tally, family, cleaned) = number;
    return number;
}

/* ---- runs ---- */

void tally_keep(struct tally *tally)
{
    for (uint32_t i = 0; i < tally->touched_count; i++) {
        struct tally_row *row = &tally->rows[tally->touched[i]];
        row->kept[0] += row->run[0];
        row->kept[1] += row->run[1];
    }
    tally_drop(tally);
}

void tally_drop(struct tally *tally)
{
    for (uint32_t i = 0; i < tally->touched_count; i++) {
        struct tally_row *row = &tally->rows[tally->touched[i]];
        row->run[0] = 0;
        row->run[1] = 0;
    }
    tally->touched_count = 0;
}

static int compare(const void *one, const void *other)
{
    const struct tally_row *const *a = one;
    const struct tally_row *const *b = other;
    return (*a)->family != (*b)->family ? ((*a)->family < (*b)->family ? -1 : 1)
                                        : strcmp((*a)->key, (*b)->key);
}

static bool is_kept(const struct tally_row *row)
{
    return row->kept[0] > 0 || row->kept[1] > 0;
}

/* A coverage that is full leaves out what comes last: the order must not depend on who has counted before. */
static enum rh_status give(struct tally *tally, struct tally_row **sorted,
                           struct rh_coverage *coverage)
{
    size_t count = 0;
    enum rh_status status = RH_OK;
    for (uint32_t i = 1; i < tally->count; i++) {
        sorted[count] = &tally->rows[i];
        count += is_kept(sorted[count]);
    }
    qsort(sorted, count, sizeof(struct tally_row *), compare);
    for (size_t i = 0; i < count && status == RH_OK; i++) {
        struct tally_row *row = sorted[i];
        status = rh_coverage_add(coverage, row->family, row->key, row->kept[0], row->kept[1]);
        row->kept[0] = 0;
        row->kept[1] = 0;
    }
    return status;
}

enum rh_status tally_take(struct tally *tally, struct rh_coverage *coverage)
{
    const struct rh_allocator *allocator = tally->allocator;
    if (tally->is_out_of_memory) {
        return RH_NO_MEMORY;
    }
    size_t bytes = tally->count * sizeof(struct tally_row *);
    struct tally_row **sorted = allocator->allocate(allocator->self, bytes);
    if (sorted == NULL) {
        return RH_NO_MEMORY;
    }
    enum rh_status status = give(tally, sorted, coverage);
    allocator->release(allocator->self, (void *)sorted, bytes);
    return status;
}
