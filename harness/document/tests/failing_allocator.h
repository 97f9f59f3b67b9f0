/* SPDX-License-Identifier: MIT */
/* An allocator for tests: checks that every block is given back with its size, and refuses the n-th request. */
#ifndef HARNESS_DOCUMENT_TESTS_FAILING_ALLOCATOR_H
#define HARNESS_DOCUMENT_TESTS_FAILING_ALLOCATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <rehearse/allocator.h>

struct failing_allocator {
    struct rh_allocator allocator;
    uint64_t requests;
    uint64_t refused_at; /**< counted from 1; 0: never */
    size_t bytes;        /**< given out and not given back */
    bool has_lost_size;  /**< a block came back with a size that it did not have */
};

union failing_block {
    size_t bytes;
    max_align_t alignment;
};

static inline bool failing_refuses(struct failing_allocator *failing)
{
    failing->requests++;
    return failing->requests == failing->refused_at;
}

static inline void *failing_allocate(void *self, size_t bytes)
{
    struct failing_allocator *failing = self;
    if (failing_refuses(failing)) {
        return NULL;
    }
    union failing_block *block = malloc(sizeof *block + bytes);
    if (block == NULL) {
        return NULL;
    }
    block->bytes = bytes;
    failing->bytes += bytes;
    memset(block + 1, 0xa5, bytes);
    return block + 1;
}

static inline void failing_release(void *self, void *memory, size_t bytes)
{
    struct failing_allocator *failing = self;
    if (memory == NULL) {
        return;
    }
    union failing_block *block = (union failing_block *)memory - 1;
    failing->has_lost_size = failing->has_lost_size || block->bytes != bytes;
    failing->bytes -= block->bytes;
    memset(memory, 0x5a, block->bytes);
    free(block);
}

static inline void *failing_resize(void *self, void *memory, size_t bytes_before, size_t bytes)
{
    void *grown = failing_allocate(self, bytes);
    if (grown != NULL && memory != NULL) {
        memcpy(grown, memory, bytes_before < bytes ? bytes_before : bytes);
        failing_release(self, memory, bytes_before);
    }
    return grown;
}

static inline void failing_allocator_init(struct failing_allocator *failing, uint64_t refused_at)
{
    memset(failing, 0, sizeof *failing);
    failing->refused_at = refused_at;
    failing->allocator.allocate = failing_allocate;
    failing->allocator.resize = failing_resize;
    failing->allocator.release = failing_release;
    failing->allocator.self = failing;
}

#endif
