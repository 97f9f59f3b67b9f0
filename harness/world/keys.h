/* SPDX-License-Identifier: MIT */
/** @file
 *  Small numbers by 64-bit keys, the keys, and arrays that grow. Private to harness/world. */
#ifndef HARNESS_WORLD_KEYS_H
#define HARNESS_WORLD_KEYS_H

#include <rehearse/allocator.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The finaliser of splitmix64. */
static inline uint64_t keys_stir(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/** Mix two numbers into a key; never 0. */
static inline uint64_t keys_mix(uint64_t a, uint64_t b)
{
    uint64_t stride = UINT64_C(0x9e3779b97f4a7c15);
    uint64_t mixed = keys_stir(keys_stir(a + stride) ^ (b * stride));
    return mixed == 0 ? 1 : mixed;
}
/** The key of a text; NULL is an empty one. */
uint64_t keys_of_text(const char *text);

struct key_slot {
    uint64_t key; /**< 0: free */
    uint32_t value;
};
/** Zeroed: empty. */
struct keys {
    struct key_slot *slots;
    uint32_t capacity; /**< a power of two, or 0 */
    uint32_t count;
};
/** Find the number of a key, or put `value` there; NULL without memory. Valid until the next call. */
uint32_t *keys_get(struct keys *keys, const struct rh_allocator *allocator, uint64_t key,
                   uint32_t value);
bool keys_has(const struct keys *keys, uint64_t key);
void keys_free(struct keys *keys, const struct rh_allocator *allocator);

/** An array; zeroed: empty. */
struct array {
    void *at;
    uint32_t count;
    uint32_t capacity;
};
/** Add an element of so many bytes, not set; NULL without memory. */
void *array_add(struct array *array, const struct rh_allocator *allocator, size_t bytes);
void array_free(struct array *array, const struct rh_allocator *allocator, size_t bytes);

#endif
