/* SPDX-License-Identifier: MIT */
/** @file
 *  Storage that is released all at once: chunks from an allocator, up to a cap. `init -> allocate* -> deinit`. */
#ifndef HARNESS_DOCUMENT_ARENA_H
#define HARNESS_DOCUMENT_ARENA_H

#include <stddef.h>

#include <rehearse/allocator.h>
#include <rehearse/status.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rh_arena_chunk;

struct rh_arena {
    const struct rh_allocator *allocator;
    struct rh_arena_chunk *chunks; /**< newest first */
    size_t used;                   /**< bytes of the newest chunk that are taken */
    size_t total;                  /**< bytes of all chunks */
    size_t total_max;
    enum rh_status status; /**< RH_OK, RH_NO_MEMORY or RH_LIMIT: why the last allocation failed */
};

/** Begin without storage. A NULL allocator means the C library's. */
void rh_arena_init(struct rh_arena *arena, const struct rh_allocator *allocator, size_t total_max);

/** Release everything that came from it. Accepts NULL; afterwards the arena is as after init. */
void rh_arena_deinit(struct rh_arena *arena);

/** Return zeroed storage, aligned for any object, that lives as long as the arena; NULL: see `status`. */
void *rh_arena_allocate(struct rh_arena *arena, size_t bytes);

#ifdef __cplusplus
}
#endif
#endif
