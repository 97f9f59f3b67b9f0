/* SPDX-License-Identifier: MIT */
/* What is remembered of steps. Runs are forgotten in the reverse order, and so is all that hangs from them. */
#include "harness/schedule/dpor.h"

#include "harness/schedule/dependence.h"

#include <stdalign.h>
#include <stddef.h>
#include <string.h>

#define BLOCK_BYTES ((size_t)64 << 10)

static size_t head_bytes(void)
{
    size_t unit = alignof(max_align_t);
    return (sizeof(struct block) + unit - 1) / unit * unit;
}

static struct block *block_create(struct arena *arena, size_t bytes)
{
    size_t capacity = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;
    if (capacity > arena->max - arena->taken) {
        arena->is_exhausted = true;
        return NULL;
    }
    struct block *block = arena->allocator.allocate(arena->allocator.self, head_bytes() + capacity);
    if (block == NULL) {
        arena->no_memory = true;
        return NULL;
    }
    arena->taken += capacity;
    *block = (struct block){.capacity = capacity};
    return block;
}

static void block_free(struct arena *arena, struct block *block)
{
    arena->taken -= block->capacity;
    arena->allocator.release(arena->allocator.self, block, head_bytes() + block->capacity);
}

/* The next block that has room: an empty one that is too small goes. */
static struct block *next_block(struct arena *arena, size_t bytes)
{
    struct block **at = arena->current == NULL ? &arena->first : &arena->current->next;
    while (*at != NULL && (*at)->capacity < bytes) {
        struct block *small = *at;
        *at = small->next;
        block_free(arena, small);
    }
    if (*at == NULL) {
        *at = block_create(arena, bytes);
    }
    return *at;
}

void *arena_take(struct arena *arena, size_t bytes)
{
    size_t unit = alignof(max_align_t);
    bytes = (bytes + unit - 1) / unit * unit;
    struct block *block = arena->current;
    if (block == NULL || bytes > block->capacity - block->used) {
        block = next_block(arena, bytes);
        if (block == NULL) {
            return NULL;
        }
        block->used = 0;
        arena->current = block;
    }
    unsigned char *at = (unsigned char *)block + head_bytes() + block->used;
    block->used += bytes;
    return at;
}

struct mark arena_mark(const struct arena *arena)
{
    return (struct mark){arena->current, arena->current == NULL ? 0 : arena->current->used};
}

void arena_return(struct arena *arena, struct mark mark)
{
    arena->current = mark.block;
    if (mark.block != NULL) {
        mark.block->used = mark.used;
    }
}

void arena_deinit(struct arena *arena)
{
    while (arena->first != NULL) {
        struct block *block = arena->first;
        arena->first = block->next;
        block_free(arena, block);
    }
    arena->current = NULL;
}

/* ---- footprints ---- */

struct footprint footprint_create(struct arena *arena, const struct rh_touch *touches,
                                  uint32_t count)
{
    struct footprint footprint = {.count = count};
    struct rh_touch *copy = arena_take(arena, count * sizeof(*copy));
    if (copy == NULL) {
        return footprint;
    }
    if (count > 0) {
        memmove(copy, touches, count * sizeof(*copy));
    }
    for (uint32_t i = 0; i < count; i++) {
        footprint.summary |=
            copy[i].object == RH_OBJECT_OF_RUN ? UINT64_MAX : footprint_bit(copy[i].object);
    }
    footprint.touches = copy;
    footprint.is_known = true;
    return footprint;
}

bool footprints_depend(const struct footprint *a, const struct footprint *b)
{
    return ((a->summary & b->summary) != 0 || a->summary == UINT64_MAX ||
            b->summary == UINT64_MAX) &&
           rh_touches_depend(a->touches, a->count, b->touches, b->count);
}

unsigned footprint_waits(const struct footprint *footprint)
{
    unsigned waits = 0;
    for (uint32_t i = 0; i < footprint->count; i++) {
        enum rh_object_kind kind = footprint->touches[i].kind;
        waits |= kind == RH_OBJECT_BARRIER ? RH_HOLD_BARRIER : 0U;
        waits |= kind == RH_OBJECT_TIME ? RH_HOLD_TIME : 0U;
    }
    return waits;
}
