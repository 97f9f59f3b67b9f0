/* SPDX-License-Identifier: MIT */
/*
 * Blocks are cut from chunks, one behind the other, and go into a list of their size when they are released. What a mark
 * takes is what has been cut so far, chunk by chunk, and the lists' heads; the lists themselves run through the blocks, so
 * putting the bytes back puts the lists back. Chunks that came later stay, and are cut anew.
 */
#include "harness/play/store.h"

#include "core/base/assert.h"

#include <stdalign.h>
#include <string.h>

#define CHUNK_BYTES ((size_t)32 * 1024)

struct store_chunk {
    struct store_chunk *next;
    size_t capacity;
    size_t used; /* of one that is full */
    uint8_t *bytes;
    uint8_t *copy; /* of what was used at the mark; NULL: none yet */
};

/* Which list, and how large its blocks are. */
static unsigned class_of(size_t bytes, size_t *ret_size)
{
    if (bytes <= STORE_FINE) {
        unsigned grains = bytes == 0 ? 1 : (unsigned)((bytes + STORE_GRAIN - 1) / STORE_GRAIN);
        *ret_size = (size_t)grains * STORE_GRAIN;
        return grains;
    }
    unsigned class = STORE_FINE / STORE_GRAIN + 1;
    size_t size = STORE_FINE;
    while (size < bytes - size) {
        size *= 2;
        class += 4;
    }
    size_t quarter = size / 4;
    size_t quarters = (bytes - size + quarter - 1) / quarter; /* above `size`: 1 to 4 */
    *ret_size = size + quarters * quarter;
    return class + (unsigned)quarters - 1;
}

static void *take_free(struct store *store, unsigned class)
{
    void *block = store->front.free[class];
    if (block != NULL) {
        memcpy(&store->front.free[class], block, sizeof(void *));
    }
    return block;
}

static struct store_chunk *chunk_create(struct store *store, size_t capacity)
{
    const struct rh_allocator *base = store->base;
    struct store_chunk *chunk = base->allocate(base->self, sizeof *chunk);
    uint8_t *bytes = base->allocate(base->self, capacity);
    if (chunk == NULL || bytes == NULL) {
        base->release(base->self, chunk, sizeof *chunk);
        base->release(base->self, bytes, capacity);
        return NULL;
    }
    *chunk = (struct store_chunk){.capacity = capacity, .bytes = bytes};
    return chunk;
}

/* Go to a chunk that has room, the next one or a new one in front of it. */
static bool advance(struct store *store, size_t size)
{
    struct store_chunk *chunk = store->front.chunk;
    struct store_chunk *next = chunk == NULL ? store->chunks : chunk->next;
    if (next == NULL || next->capacity < size) {
        size_t capacity = chunk == NULL ? CHUNK_BYTES : chunk->capacity * 2;
        struct store_chunk *fresh = chunk_create(store, capacity < size ? size : capacity);
        if (fresh == NULL) {
            return false;
        }
        fresh->next = next;
        *(chunk == NULL ? &store->chunks : &chunk->next) = fresh;
        next = fresh;
    }
    if (chunk != NULL) {
        chunk->used = store->front.used;
    }
    store->front.chunk = next;
    store->front.used = 0;
    return true;
}

static void *allocate(void *self, size_t bytes)
{
    struct store *store = self;
    size_t size = 0;
    unsigned class = class_of(bytes, &size);
    void *block = take_free(store, class);
    if (block != NULL) {
        return block;
    }
    if (size < bytes) {
        return NULL;
    }
    const struct store_chunk *chunk = store->front.chunk;
    if ((chunk == NULL || chunk->capacity - store->front.used < size) && !advance(store, size)) {
        return NULL;
    }
    block = store->front.chunk->bytes + store->front.used;
    store->front.used += size;
    return block;
}

static void release(void *self, void *block, size_t bytes)
{
    struct store *store = self;
    size_t size = 0;
    if (block != NULL) {
        unsigned class = class_of(bytes, &size);
        memcpy(block, &store->front.free[class], sizeof(void *));
        store->front.free[class] = block;
    }
}

static void *resize(void *self, void *block, size_t before, size_t bytes)
{
    size_t sizes[2] = {0, 0};
    if (block != NULL && class_of(before, &sizes[0]) == class_of(bytes, &sizes[1])) {
        return block;
    }
    void *other = allocate(self, bytes);
    if (other != NULL && block != NULL) {
        memcpy(other, block, before < bytes ? before : bytes);
        release(self, block, before);
    }
    return other;
}

void store_init(struct store *store, const struct rh_allocator *base)
{
    _Static_assert(STORE_GRAIN >= sizeof(void *), "a list runs through its blocks");
    _Static_assert(STORE_GRAIN % alignof(max_align_t) == 0, "blocks are for any object");
    *store = (struct store){.base = base};
    store->allocator = (struct rh_allocator){allocate, resize, release, store};
}

void store_deinit(struct store *store)
{
    const struct rh_allocator *base = store->base;
    for (struct store_chunk *chunk = store->chunks; chunk != NULL;) {
        struct store_chunk *next = chunk->next;
        base->release(base->self, chunk->bytes, chunk->capacity);
        base->release(base->self, chunk->copy, chunk->copy == NULL ? 0 : chunk->capacity);
        base->release(base->self, chunk, sizeof *chunk);
        chunk = next;
    }
    store_init(store, base);
}

/* ---- marks ---- */

static size_t used_of(const struct store_front *front, const struct store_chunk *chunk)
{
    return chunk == front->chunk ? front->used : chunk->used;
}

/* The first chunk that has nothing in it. */
static const struct store_chunk *end_of(const struct store *store)
{
    return store->front.chunk == NULL ? store->chunks : store->front.chunk->next;
}

size_t store_size(const struct store *store)
{
    size_t size = 0;
    const struct store_chunk *end = end_of(store);
    for (const struct store_chunk *chunk = store->chunks; chunk != end; chunk = chunk->next) {
        size += used_of(&store->front, chunk);
    }
    return size;
}

bool store_mark(struct store *store)
{
    const struct rh_allocator *base = store->base;
    const struct store_chunk *end = end_of(store);
    store->is_marked = false;
    if (store->front.chunk == NULL) {
        end = store->chunks;
    }
    for (struct store_chunk *chunk = store->chunks; chunk != end; chunk = chunk->next) {
        if (chunk->copy == NULL) {
            chunk->copy = base->allocate(base->self, chunk->capacity);
        }
        if (chunk->copy == NULL) {
            return false;
        }
        memcpy(chunk->copy, chunk->bytes, used_of(&store->front, chunk));
    }
    store->marked = store->front;
    store->is_marked = true;
    return true;
}

void store_rewind(struct store *store)
{
    RH_ASSERT(store->is_marked);
    store->front = store->marked;
    const struct store_chunk *end = end_of(store);
    for (struct store_chunk *chunk = store->chunks; chunk != end; chunk = chunk->next) {
        memcpy(chunk->bytes, chunk->copy, used_of(&store->front, chunk));
    }
}
