/* SPDX-License-Identifier: MIT */
/*
 * Open addressing with linear probing over small slots; the rows lie dense beside them, so that walking and clearing cost
 * what is used. A slot is in use if it carries the table's epoch: clearing is one addition.
 */
#include "harness/check/table.h"

#include "core/base/assert.h"

#define CAPACITY_FIRST 16u

void table_init(struct table *table, const struct rh_allocator *allocator, size_t key_bytes,
                size_t row_bytes)
{
    RH_ASSERT(key_bytes % sizeof(uint64_t) == 0);
    *table = (struct table){.allocator = allocator,
                            .key_bytes = (uint32_t)key_bytes,
                            .row_bytes = (uint32_t)row_bytes,
                            .epoch = 1};
}

void table_deinit(struct table *table)
{
    const struct rh_allocator *allocator = table->allocator;
    allocator->release(allocator->self, table->slots, table->slot_count * sizeof(*table->slots));
    allocator->release(allocator->self, table->rows, (size_t)table->capacity * table->row_bytes);
    *table = (struct table){0};
}

void table_clear(struct table *table)
{
    table->count = 0;
    table->epoch++;
    if (table->epoch == 0) {
        if (table->slot_count > 0) {
            memset(table->slots, 0, table->slot_count * sizeof(*table->slots));
        }
        table->epoch = 1;
    }
}

static uint32_t hash_of(const void *key, uint32_t bytes)
{
    const unsigned char *at = key;
    uint64_t hash = 0x9e3779b97f4a7c15u;
    for (uint32_t i = 0; i < bytes; i += (uint32_t)sizeof(uint64_t)) {
        uint64_t part;
        memcpy(&part, at + i, sizeof(part));
        hash = (hash ^ part) * 0xbf58476d1ce4e5b9u;
        hash ^= hash >> 32;
    }
    return (uint32_t)hash;
}

static bool keys_equal(const void *a, const void *b, uint32_t bytes)
{
    const unsigned char *left = a;
    const unsigned char *right = b;
    for (uint32_t i = 0; i < bytes; i += (uint32_t)sizeof(uint64_t)) {
        uint64_t x;
        uint64_t y;
        memcpy(&x, left + i, sizeof(x));
        memcpy(&y, right + i, sizeof(y));
        if (x != y) {
            return false;
        }
    }
    return true;
}

static bool in_use(const struct table *table, uint32_t slot)
{
    return table->slots[slot].epoch == table->epoch;
}

void *table_find(const struct table *table, const void *key)
{
    if (table->count == 0) {
        return NULL;
    }
    uint32_t hash = hash_of(key, table->key_bytes);
    uint32_t mask = table->slot_count - 1;
    for (uint32_t at = hash & mask; in_use(table, at); at = (at + 1) & mask) {
        if (table->slots[at].hash == hash) {
            void *row = table_at(table, table->slots[at].row);
            if (keys_equal(row, key, table->key_bytes)) {
                return row;
            }
        }
    }
    return NULL;
}

static void enter(struct table *table, uint32_t hash, uint32_t row)
{
    uint32_t mask = table->slot_count - 1;
    uint32_t at = hash & mask;
    while (in_use(table, at)) {
        at = (at + 1) & mask;
    }
    table->slots[at] = (struct table_slot){table->epoch, hash, row};
}

bool table_grow(struct table *table)
{
    const struct rh_allocator *allocator = table->allocator;
    uint32_t capacity = table->capacity == 0 ? CAPACITY_FIRST : table->capacity * 2;
    uint32_t slot_count = capacity * 2;
    if (slot_count < capacity) {
        return false;
    }
    struct table_slot *slots = allocator->allocate(allocator->self, slot_count * sizeof(*slots));
    if (slots == NULL) {
        return false;
    }
    unsigned char *rows =
        allocator->resize(allocator->self, table->rows, (size_t)table->capacity * table->row_bytes,
                          (size_t)capacity * table->row_bytes);
    if (rows == NULL) {
        allocator->release(allocator->self, slots, slot_count * sizeof(*slots));
        return false;
    }
    allocator->release(allocator->self, table->slots, table->slot_count * sizeof(*slots));
    memset(slots, 0, slot_count * sizeof(*slots));
    table->slots = slots;
    table->slot_count = slot_count;
    table->rows = rows;
    table->capacity = capacity;
    for (uint32_t i = 0; i < table->count; i++) {
        enter(table, hash_of(table_at(table, i), table->key_bytes), i);
    }
    return true;
}

void *table_add(struct table *table, const void *key)
{
    if (table->count == table->capacity && !table_grow(table)) {
        return NULL;
    }
    uint32_t index = table->count++;
    unsigned char *row = table_at(table, index);
    memset(row, 0, table->row_bytes);
    memcpy(row, key, table->key_bytes);
    enter(table, hash_of(key, table->key_bytes), index);
    return row;
}

static uint32_t slot_of(const struct table *table, uint32_t row)
{
    uint32_t mask = table->slot_count - 1;
    uint32_t at = hash_of(table_at(table, row), table->key_bytes) & mask;
    while (table->slots[at].row != row) {
        RH_ASSERT(in_use(table, at));
        at = (at + 1) & mask;
    }
    return at;
}

/* Close the gap: what probed past this slot moves back. */
static void vacate(struct table *table, uint32_t gap)
{
    uint32_t mask = table->slot_count - 1;
    for (uint32_t at = (gap + 1) & mask; in_use(table, at); at = (at + 1) & mask) {
        uint32_t home = table->slots[at].hash & mask;
        if (((at - home) & mask) >= ((at - gap) & mask)) {
            table->slots[gap] = table->slots[at];
            gap = at;
        }
    }
    table->slots[gap].epoch = table->epoch - 1;
}

void table_remove(struct table *table, void *row)
{
    size_t offset = (size_t)((unsigned char *)row - table->rows);
    uint32_t index = (uint32_t)(offset / table->row_bytes);
    RH_ASSERT(index < table->count);
    uint32_t last = table->count - 1;
    vacate(table, slot_of(table, index));
    if (index != last) {
        uint32_t slot = slot_of(table, last);
        memcpy(row, table_at(table, last), table->row_bytes);
        table->slots[slot].row = index;
    }
    table->count--;
}

void table_remove_all(struct table *table, size_t offset, uint64_t number)
{
    for (uint32_t i = table->count; i > 0; i--) {
        unsigned char *row = table_at(table, i - 1);
        uint64_t found;
        memcpy(&found, row + offset, sizeof(found));
        if (found == number) {
            table_remove(table, row);
        }
    }
}

/* ---- slabs ---- */

void slab_init(struct slab *slab, const struct rh_allocator *allocator, size_t item_bytes)
{
    RH_ASSERT(item_bytes >= sizeof(uint32_t));
    *slab = (struct slab){.allocator = allocator, .item_bytes = (uint32_t)item_bytes};
}

void slab_deinit(struct slab *slab)
{
    const struct rh_allocator *allocator = slab->allocator;
    allocator->release(allocator->self, slab->items, (size_t)slab->capacity * slab->item_bytes);
    *slab = (struct slab){0};
}

void slab_clear(struct slab *slab)
{
    slab->used = 0;
    slab->first_free = 0;
}

uint32_t slab_grow(struct slab *slab)
{
    uint32_t capacity = slab->capacity == 0 ? CAPACITY_FIRST : slab->capacity * 2;
    if (capacity <= slab->capacity) {
        return 0;
    }
    unsigned char *items = slab->allocator->resize(slab->allocator->self, slab->items,
                                                   (size_t)slab->capacity * slab->item_bytes,
                                                   (size_t)capacity * slab->item_bytes);
    if (items == NULL) {
        return 0;
    }
    slab->items = items;
    slab->capacity = capacity;
    return ++slab->used;
}
