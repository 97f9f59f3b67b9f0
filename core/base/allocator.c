/* SPDX-License-Identifier: MIT */
/* The C library's allocator behind the three functions. A request for nothing is answered with one byte, so that NULL
 * always means refused and never "empty". */
#include <rehearse/allocator.h>

#include <stdlib.h>

static void *libc_allocate(void *self, size_t bytes)
{
    (void)self;
    return malloc(bytes > 0 ? bytes : 1);
}

static void *libc_resize(void *self, void *block, size_t bytes_before, size_t bytes)
{
    (void)self;
    (void)bytes_before;
    return realloc(block, bytes > 0 ? bytes : 1);
}

static void libc_release(void *self, void *block, size_t bytes)
{
    (void)self;
    (void)bytes;
    free(block);
}

const struct rh_allocator *rh_allocator_default(void)
{
    static const struct rh_allocator libc = {libc_allocate, libc_resize, libc_release, NULL};
    return &libc;
}
