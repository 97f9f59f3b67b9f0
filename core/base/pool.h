/* SPDX-License-Identifier: MIT */
/* A pool of objects of one size, in pages that know how many of their objects are out. Memory lives as long as the pool;
 * with one object per chunk each object is its own block and goes back at once, so that tools see a use after free. */
#ifndef CORE_BASE_POOL_H
#define CORE_BASE_POOL_H

#include <rehearse/allocator.h>

#include <stdbool.h>
#include <stdint.h>

#define POOL_PAGE_BYTES ((uintptr_t)4096)

struct pool_region;

struct pool_page {
    struct pool_page *next; /**< of the pages with room */
    void *free_list;
    uint32_t used;
    uint32_t unused; /**< keeps the objects aligned */
};

struct pool {
    const struct rh_allocator *allocator;
    size_t object_bytes;
    uint32_t objects_per_chunk;
    uint32_t objects_per_page;
    struct pool_page *page;   /**< where objects come from at the moment */
    struct pool_page *oldest; /**< pages with room, in the order in which they stopped being full */
    struct pool_page *newest;
    struct pool_region *regions;
    size_t used; /**< objects handed out */
};

void pool_init(struct pool *pool, const struct rh_allocator *allocator, size_t object_bytes,
               uint32_t objects_per_chunk);
/** Free all memory. Objects that are still out are gone with it. */
void pool_deinit(struct pool *pool);

void *pool_take_slowly(struct pool *pool);
/** Return an object with undefined content, or NULL. */
static inline void *pool_take(struct pool *pool)
{
    struct pool_page *page = pool->page;
    if (page == NULL || page->free_list == NULL) {
        return pool_take_slowly(pool);
    }
    void **object = (void **)page->free_list;
    page->free_list = *object;
    page->used++;
    pool->used++;
    return (void *)object;
}

void pool_release(struct pool *pool, void *object);
void pool_page_has_room(struct pool *pool, struct pool_page *page);
static inline void pool_give(struct pool *pool, void *object)
{
    pool->used--;
    if (pool->objects_per_chunk == 1) {
        pool_release(pool, object);
        return;
    }
    struct pool_page *page = (struct pool_page *)((uintptr_t)object & ~(POOL_PAGE_BYTES - 1));
    void **link = (void **)object;
    *link = page->free_list;
    page->free_list = object;
    if (page->used-- == pool->objects_per_page && page != pool->page) {
        pool_page_has_room(pool, page);
    }
}

#endif
