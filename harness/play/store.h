/* SPDX-License-Identifier: MIT */
/** @file
 *  Memory that can be put back as it was: an allocator, and a mark to which everything in its blocks returns.
 *
 *      init -> (mark -> rewind*)* -> deinit
 *
 *  Behind a rewind every block that existed at the mark exists again, where it was and with what it held, and no other does.
 *  So a run that touches nothing but such blocks can go on from the same moment many times. One thread's. */
#ifndef HARNESS_PLAY_STORE_H
#define HARNESS_PLAY_STORE_H

#include <rehearse/allocator.h>

#include <stdbool.h>
#include <stdint.h>

/** Blocks of up to STORE_FINE bytes are rounded up to a multiple of STORE_GRAIN, larger ones by less than a quarter. */
#define STORE_GRAIN 16u
#define STORE_FINE 1024u
#define STORE_CLASSES (STORE_FINE / STORE_GRAIN + 1 + 4 * 64)

struct store_chunk;

/** Where blocks come from next. */
struct store_front {
    struct store_chunk *chunk;
    size_t used;               /**< bytes of it */
    void *free[STORE_CLASSES]; /**< blocks that were released, by size */
};

struct store {
    const struct rh_allocator *base;
    struct rh_allocator
        allocator; /**< blocks of this store; `self` is the store, which must not move */
    struct store_chunk *chunks; /**< the first of all */
    struct store_front front;
    struct store_front marked;
    bool is_marked;
};

/** Allocates nothing yet. `base` is borrowed. */
void store_init(struct store *store, const struct rh_allocator *base);
/** Every block goes, released or not. */
void store_deinit(struct store *store);

/** Return how many bytes a mark would copy. */
size_t store_size(const struct store *store);
/** Remember what all blocks hold; an older mark is forgotten. False: no memory, and no mark. */
bool store_mark(struct store *store);
/** Forget the mark. */
static inline void store_unmark(struct store *store)
{
    store->is_marked = false;
}
/** Return to the mark, which stays. Time is linear in what was in use then. */
void store_rewind(struct store *store);

#endif
