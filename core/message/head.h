/* SPDX-License-Identifier: MIT */
/** @file
 *  The head of a CBOR item: major type and argument, as this folder writes and reads it. */
#ifndef REHEARSE_MESSAGE_HEAD_H
#define REHEARSE_MESSAGE_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rh_major {
    RH_MAJOR_UINT,
    RH_MAJOR_NEGATIVE,
    RH_MAJOR_BYTES,
    RH_MAJOR_TEXT,
    RH_MAJOR_ARRAY,
    RH_MAJOR_MAP,
    RH_MAJOR_TAG,
    RH_MAJOR_SIMPLE
};

enum {
    RH_SIMPLE_FALSE = 20,
    RH_SIMPLE_TRUE = 21,
    RH_SIMPLE_NULL = 22
};

#define RH_HEAD_BYTES_MAX 9

struct rh_head {
    enum rh_major major;
    uint32_t size; /**< of the head itself, 1 to 9 */
    uint64_t argument;
};

/** Return the size of the shortest head with this argument. */
static inline size_t rh_head_size(uint64_t argument)
{
    if (argument < 24) {
        return 1;
    }
    if (argument <= UINT8_MAX) {
        return 2;
    }
    if (argument <= UINT16_MAX) {
        return 3;
    }
    return argument <= UINT32_MAX ? 5 : 9;
}

/** Write a head of `size` bytes, which is rh_head_size(argument). */
static inline void rh_head_write(uint8_t *at, size_t size, enum rh_major major, uint64_t argument)
{
    unsigned first = (unsigned)major << 5;
    if (size == 1) {
        at[0] = (uint8_t)(first | (unsigned)argument);
        return;
    }
    at[0] = (uint8_t)(first | (size == 2 ? 24U : size == 3 ? 25U : size == 5 ? 26U : 27U));
    for (size_t i = size - 1; i > 0; i--) {
        at[i] = (uint8_t)argument;
        argument >>= 8;
    }
}

/** Read any head; its size is 0 if there are not enough bytes or its length is indefinite or reserved. */
struct rh_head rh_head_read_any(const uint8_t *at, size_t left);

/** Read a head; false if there is none. */
static inline bool rh_head_read(const uint8_t *at, size_t left, struct rh_head *ret_head)
{
    if (left < 3 || (at[0] & 31U) > 25) {
        *ret_head = rh_head_read_any(at, left);
        return ret_head->size > 0;
    }
    uint32_t low = at[0] & 31U;
    ret_head->major = (enum rh_major)(at[0] >> 5);
    ret_head->size = 1;
    ret_head->argument = low;
    if (low >= 24) {
        ret_head->size = low - 22;
        ret_head->argument = low == 24 ? at[1] : (uint64_t)at[1] << 8 | at[2];
    }
    return true;
}

/** Ask whether a head has no byte more than its argument needs. */
static inline bool rh_head_is_shortest(const struct rh_head *head)
{
    static const uint64_t least[RH_HEAD_BYTES_MAX + 1] = {
        [2] = 24,
        [3] = UINT8_MAX + 1,
        [5] = UINT16_MAX + 1,
        [9] = (uint64_t)UINT32_MAX + 1,
    };
    return head->size == 1 || head->argument >= least[head->size];
}

/** Return the size of the item at `at`, content included; 0 if it is not complete and of the
 *  subset's shape. Neither recurses nor allocates; time is linear in the bytes skipped. */
size_t rh_item_skip(const uint8_t *at, size_t left);

#endif
