/* SPDX-License-Identifier: MIT */
/** @file
 *  What checkers keep things in: a hash table of rows, and a slab of numbered items. Both are cleared at no cost, keep
 *  their memory, and depend on no address. */
#ifndef HARNESS_CHECK_TABLE_H
#define HARNESS_CHECK_TABLE_H

#include <rehearse/allocator.h>

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct table_slot {
    uint32_t epoch;
    uint32_t hash;
    uint32_t row;
};

/** Rows that begin with a key of `key_bytes` (a multiple of 8, without padding). Rows move when others come and go, so a
 *  pointer to one lasts until the next add or remove. */
struct table {
    const struct rh_allocator *allocator;
    uint32_t key_bytes;
    uint32_t row_bytes;
    uint32_t count;
    uint32_t capacity;
    uint32_t slot_count; /**< a power of two, twice the capacity */
    uint32_t epoch;
    struct table_slot *slots;
    unsigned char *rows;
};

void table_init(struct table *table, const struct rh_allocator *allocator, size_t key_bytes,
                size_t row_bytes);
void table_deinit(struct table *table);
void table_clear(struct table *table);
/** Find a row, or NULL. */
void *table_find(const struct table *table, const void *key);
/** Add a row, zeroed but for its key, which must not be there yet. NULL: no memory, nothing has changed. */
void *table_add(struct table *table, const void *key);
/** Double the room; false: no memory, nothing has changed. */
bool table_grow(struct table *table);
/** Remove a row of this table. */
void table_remove(struct table *table, void *row);
/** Remove the rows that have this number, a uint64_t, at this offset. */
void table_remove_all(struct table *table, size_t offset, uint64_t number);
/** Return the i-th row, i < count. Removing the i-th puts the last one in its place. */
static inline void *table_at(const struct table *table, uint32_t i)
{
    return table->rows + (size_t)i * table->row_bytes;
}

/** Numbered items: the number stays, from 1; 0 is none. */
struct slab {
    const struct rh_allocator *allocator;
    uint32_t item_bytes;
    uint32_t used;
    uint32_t capacity;
    uint32_t first_free;
    unsigned char *items; /**< a free one begins with the number of the next */
};

void slab_init(struct slab *slab, const struct rh_allocator *allocator, size_t item_bytes);
void slab_deinit(struct slab *slab);
void slab_clear(struct slab *slab);
uint32_t slab_grow(struct slab *slab);

static inline void *slab_at(const struct slab *slab, uint32_t number)
{
    return slab->items + (size_t)(number - 1) * slab->item_bytes;
}

/** Take an item of undefined content; 0: no memory. */
static inline uint32_t slab_take(struct slab *slab)
{
    uint32_t number = slab->first_free;
    if (number == 0) {
        return slab->used < slab->capacity ? ++slab->used : slab_grow(slab);
    }
    memcpy(&slab->first_free, slab_at(slab, number), sizeof(uint32_t));
    return number;
}

static inline void slab_give(struct slab *slab, uint32_t number)
{
    memcpy(slab_at(slab, number), &slab->first_free, sizeof(uint32_t));
    slab->first_free = number;
}

#endif
