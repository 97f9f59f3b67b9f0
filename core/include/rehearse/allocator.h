/* SPDX-License-Identifier: MIT */
/** @file
 *  The allocator that a node and everything hanging from it uses. Production passes NULL and gets the C library's. */
#ifndef REHEARSE_ALLOCATOR_H
#define REHEARSE_ALLOCATOR_H

#include <rehearse/api.h>

#include <stddef.h>

RH_PUBLIC_BEGIN

/** Three functions over one context. Sizes are given back on release, so that an allocator need not remember them.
 *  `allocate` returns storage aligned for any object, or NULL. `resize` behaves as realloc: NULL leaves the old block
 *  as it was. `release` accepts NULL. None of them may call back into the runtime. */
struct rh_allocator {
    void *(*allocate)(void *self, size_t bytes);
    void *(*resize)(void *self, void *block, size_t bytes_before, size_t bytes);
    void (*release)(void *self, void *block, size_t bytes);
    void *self;
};

/** Return the C library's allocator. Static storage, stateless, safe from any thread. */
const struct rh_allocator *rh_allocator_default(void);

RH_PUBLIC_END
#endif
