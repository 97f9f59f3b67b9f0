/* SPDX-License-Identifier: MIT */
/* A pool that stays in order. One free list for everything would be shorter, and after a storm of a hundred thousand
 * signals it would visit memory at random for ever: the same storm was four times slower the third time. Here a free list
 * belongs to a page. A page that is full is forgotten; when it gets room it queues behind the others, and if all its
 * objects have come back by the time it is its turn, they are handed out in the order of their addresses again.
 *
 *      region: [header | up to one page of waste | page | page | ...]     page: [header | object | object | ...]
 *
 * Regions double up to a limit, so that a small node is small. */
#include "core/base/pool.h"

#include "core/base/assert.h"

#define REGION_PAGES_MAX 256u

struct pool_region {
    struct pool_region *next;
    size_t bytes;
    struct pool_page *pages;
    uint32_t page_count;
    uint32_t pages_taken;
};

void pool_init(struct pool *pool, const struct rh_allocator *allocator, size_t object_bytes,
               uint32_t objects_per_chunk)
{
    RH_ASSERT(object_bytes >= sizeof(void *));
    RH_ASSERT(object_bytes % sizeof(void *) == 0);
    RH_ASSERT(object_bytes <= POOL_PAGE_BYTES - sizeof(struct pool_page));
    RH_ASSERT(objects_per_chunk >= 1);
    *pool = (struct pool){
        .allocator = allocator,
        .object_bytes = object_bytes,
        .objects_per_chunk = objects_per_chunk,
        .objects_per_page = (uint32_t)((POOL_PAGE_BYTES - sizeof(struct pool_page)) / object_bytes),
    };
}

void pool_deinit(struct pool *pool)
{
    while (pool->regions != NULL) {
        struct pool_region *region = pool->regions;
        pool->regions = region->next;
        pool->allocator->release(pool->allocator->self, region, region->bytes);
    }
    pool->page = NULL;
    pool->oldest = NULL;
    pool->newest = NULL;
}

static bool add_region(struct pool *pool)
{
    uint32_t pages = 1 + (pool->objects_per_chunk - 1) / pool->objects_per_page;
    if (pool->regions != NULL) {
        pages = 2 * pool->regions->page_count;
    }
    pages = pages > REGION_PAGES_MAX ? REGION_PAGES_MAX : pages;
    size_t bytes = sizeof(struct pool_region) + (pages + 1) * POOL_PAGE_BYTES;
    struct pool_region *region = pool->allocator->allocate(pool->allocator->self, bytes);
    if (region == NULL) {
        return false;
    }
    uintptr_t first = ((uintptr_t)(region + 1) + POOL_PAGE_BYTES - 1) & ~(POOL_PAGE_BYTES - 1);
    *region = (struct pool_region){
        .next = pool->regions,
        .bytes = bytes,
        .pages = (struct pool_page *)first,
        .page_count = pages,
    };
    pool->regions = region;
    return true;
}

static struct pool_page *new_page(struct pool *pool)
{
    struct pool_region *region = pool->regions;
    if (region == NULL || region->pages_taken == region->page_count) {
        if (!add_region(pool)) {
            return NULL;
        }
        region = pool->regions;
    }
    unsigned char *pages = (unsigned char *)region->pages;
    struct pool_page *page =
        (struct pool_page *)(void *)(pages + region->pages_taken * POOL_PAGE_BYTES);
    region->pages_taken++;
    page->used = 0;
    return page;
}

/* All objects are in: put them in order. */
static void thread(const struct pool *pool, struct pool_page *page)
{
    unsigned char *objects = (unsigned char *)(page + 1);
    page->free_list = NULL;
    for (uint32_t i = pool->objects_per_page; i > 0; i--) {
        void **object = (void **)(void *)(objects + (i - 1) * pool->object_bytes);
        *object = page->free_list;
        page->free_list = (void *)object;
    }
}

void pool_page_has_room(struct pool *pool, struct pool_page *page)
{
    page->next = NULL;
    if (pool->oldest == NULL) {
        pool->oldest = page;
    } else {
        pool->newest->next = page;
    }
    pool->newest = page;
}

void *pool_take_slowly(struct pool *pool)
{
    if (pool->objects_per_chunk == 1) {
        void *object = pool->allocator->allocate(pool->allocator->self, pool->object_bytes);
        pool->used += object != NULL;
        return object;
    }
    struct pool_page *page = pool->oldest;
    if (page != NULL) {
        pool->oldest = page->next;
    } else {
        page = new_page(pool);
        if (page == NULL) {
            return NULL;
        }
    }
    if (page->used == 0) {
        thread(pool, page);
    }
    pool->page = page;
    return pool_take(pool);
}

void pool_release(struct pool *pool, void *object)
{
    pool->allocator->release(pool->allocator->self, object, pool->object_bytes);
}
