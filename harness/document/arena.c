/* SPDX-License-Identifier: MIT */
/* A document is built once and dropped once, so nodes are cut from chunks in order. A request too large for a chunk
 * gets one of its own. The cap counts chunks, not requests: it is a promise about memory, not about use. */
#include "harness/document/arena.h"

#include <stdalign.h>
#include <string.h>

#define CHUNK_BYTES ((size_t)16 * 1024)

struct rh_arena_chunk {
    struct rh_arena_chunk *older;
    size_t bytes; /* of `storage` */
    max_align_t storage[];
};

void rh_arena_init(struct rh_arena *arena, const struct rh_allocator *allocator, size_t total_max)
{
    memset(arena, 0, sizeof *arena);
    arena->allocator = allocator != NULL ? allocator : rh_allocator_default();
    arena->total_max = total_max;
    arena->status = RH_OK;
}

void rh_arena_deinit(struct rh_arena *arena)
{
    if (arena == NULL || arena->allocator == NULL) {
        return;
    }
    struct rh_arena_chunk *chunk = arena->chunks;
    while (chunk != NULL) {
        struct rh_arena_chunk *older = chunk->older;
        arena->allocator->release(arena->allocator->self, chunk, sizeof *chunk + chunk->bytes);
        chunk = older;
    }
    rh_arena_init(arena, arena->allocator, arena->total_max);
}

static enum rh_status add_chunk(struct rh_arena *arena, size_t bytes)
{
    size_t chunk_bytes = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;
    if (chunk_bytes > arena->total_max - arena->total) {
        return RH_LIMIT;
    }
    struct rh_arena_chunk *chunk =
        arena->allocator->allocate(arena->allocator->self, sizeof *chunk + chunk_bytes);
    if (chunk == NULL) {
        return RH_NO_MEMORY;
    }
    chunk->older = arena->chunks;
    chunk->bytes = chunk_bytes;
    arena->chunks = chunk;
    arena->used = 0;
    arena->total += chunk_bytes;
    return RH_OK;
}

void *rh_arena_allocate(struct rh_arena *arena, size_t bytes)
{
    if (bytes > arena->total_max) {
        arena->status = RH_LIMIT;
        return NULL;
    }
    size_t rounded =
        (bytes + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
    if (arena->chunks == NULL || rounded > arena->chunks->bytes - arena->used) {
        arena->status = add_chunk(arena, rounded);
        if (arena->status != RH_OK) {
            return NULL;
        }
    }
    void *block = (char *)arena->chunks->storage + arena->used;
    arena->used += rounded;
    memset(block, 0, rounded);
    return block;
}
