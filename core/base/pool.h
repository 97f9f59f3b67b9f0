/* SPDX-License-Identifier: MIT */
/* A pool of objects of one size: chunks from an allocator, a free list in front. Chunks live as long as the pool; with one
 * object per chunk each object is its own block and goes back at once, so that tools see a use after free. */
#ifndef CORE_BASE_POOL_H
#define CORE_BASE_POOL_H

#include <rehearse/allocator.h>

#include <stdbool.h>
#include <stdint.h>

struct pool_chunk;

struct pool {
    const struct rh_allocator *allocator;
    size_t object_bytes;
    uint32_t objects_per_chunk;
    void *free_list;
    struct pool_chunk *chunks;
    size_t used; /**< objects handed out */
};

void pool_init(struct pool *pool, const struct rh_allocator *allocator, size_t object_bytes,
               uint32_t objects_per_chunk);
/** Free every chunk. Objects that are still out are gone with them. */
void pool_deinit(struct pool *pool);
void *pool_take_slowly(struct pool *pool);
/** Return an object with undefined content, or NULL. */
static inline void *pool_take(struct pool *pool)
{
    void **object = (void **)pool->free_list;
    if (object == NULL) {
        return pool_take_slowly(pool);
    }
    pool->free_list = *object;
    pool->used++;
    return (void *)object;
}
void pool_release(struct pool *pool, void *object);
static inline void pool_give(struct pool *pool, void *object)
{
    pool->used--;
    if (pool->objects_per_chunk == 1) {
        pool_release(pool, object);
        return;
    }
    void **link = (void **)object;
    *link = pool->free_list;
    pool->free_list = object;
}

#endif
