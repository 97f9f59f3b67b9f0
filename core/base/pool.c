/* SPDX-License-Identifier: MIT */
#include "core/base/pool.h"

#include "core/base/assert.h"

struct pool_chunk {
    struct pool_chunk *next;
    /* Objects follow; the header is one pointer and they are aligned as it is. */
};

void pool_init(struct pool *pool, const struct rh_allocator *allocator, size_t object_bytes,
               uint32_t objects_per_chunk)
{
    RH_ASSERT(object_bytes >= sizeof(void *));
    RH_ASSERT(object_bytes % sizeof(void *) == 0);
    RH_ASSERT(objects_per_chunk >= 1);
    *pool = (struct pool){
        .allocator = allocator,
        .object_bytes = object_bytes,
        .objects_per_chunk = objects_per_chunk,
    };
}

static size_t chunk_bytes(const struct pool *pool)
{
    return sizeof(struct pool_chunk) + pool->object_bytes * pool->objects_per_chunk;
}

void pool_deinit(struct pool *pool)
{
    while (pool->chunks != NULL) {
        struct pool_chunk *chunk = pool->chunks;
        pool->chunks = chunk->next;
        pool->allocator->release(pool->allocator->self, chunk, chunk_bytes(pool));
    }
    pool->free_list = NULL;
}

static bool refill(struct pool *pool)
{
    struct pool_chunk *chunk = pool->allocator->allocate(pool->allocator->self, chunk_bytes(pool));
    if (chunk == NULL) {
        return false;
    }
    chunk->next = pool->chunks;
    pool->chunks = chunk;
    unsigned char *objects = (unsigned char *)(chunk + 1);
    for (uint32_t i = pool->objects_per_chunk; i > 0; i--) {
        void **object = (void **)(void *)(objects + (size_t)(i - 1) * pool->object_bytes);
        *object = pool->free_list;
        pool->free_list = (void *)object;
    }
    return true;
}

void *pool_take_slowly(struct pool *pool)
{
    if (pool->objects_per_chunk == 1) {
        void *object = pool->allocator->allocate(pool->allocator->self, pool->object_bytes);
        pool->used += object != NULL;
        return object;
    }
    return refill(pool) ? pool_take(pool) : NULL;
}

void pool_release(struct pool *pool, void *object)
{
    pool->allocator->release(pool->allocator->self, object, pool->object_bytes);
}
