/* SPDX-License-Identifier: MIT */
/** @file
 *  Writing CBOR where the room is known to be there. Each function returns where the next byte goes. */
#ifndef HARNESS_TRACE_ENCODE_H
#define HARNESS_TRACE_ENCODE_H

#include <stdint.h>
#include <string.h>

#define ENCODE_HEAD_BYTES_MAX 9

enum encode_major {
    ENCODE_UINT,
    ENCODE_NEGATIVE,
    ENCODE_BYTES,
    ENCODE_TEXT,
    ENCODE_ARRAY,
    ENCODE_MAP,
    ENCODE_TAG
};

#define ENCODE_FALSE 0xf4
#define ENCODE_TRUE 0xf5
#define ENCODE_NULL 0xf6

/** Write a head of more than one byte. */
static inline uint8_t *encode_long_head(uint8_t *at, enum encode_major major, uint64_t argument)
{
    unsigned bytes = argument <= UINT8_MAX ? 1 : argument <= UINT16_MAX ? 2 : 4;
    unsigned low = argument <= UINT8_MAX ? 24 : argument <= UINT16_MAX ? 25 : 26;
    if (argument > UINT32_MAX) {
        bytes = 8;
        low = 27;
    }
    *at++ = (uint8_t)((unsigned)major << 5 | low);
    for (unsigned i = bytes; i > 0; i--) {
        at[i - 1] = (uint8_t)argument;
        argument >>= 8;
    }
    return at + bytes;
}

/** Write the shortest head. */
static inline uint8_t *encode_head(uint8_t *at, enum encode_major major, uint64_t argument)
{
    if (argument < 24) {
        *at = (uint8_t)((unsigned)major << 5 | (unsigned)argument);
        return at + 1;
    }
    return encode_long_head(at, major, argument);
}

static inline uint8_t *encode_uint(uint8_t *at, uint64_t value)
{
    return encode_head(at, ENCODE_UINT, value);
}

/** Write `later - earlier`, which may be negative. */
static inline uint8_t *encode_difference(uint8_t *at, uint64_t later, uint64_t earlier)
{
    return later >= earlier ? encode_head(at, ENCODE_UINT, later - earlier)
                            : encode_head(at, ENCODE_NEGATIVE, earlier - later - 1);
}

static inline uint8_t *encode_bytes(uint8_t *at, enum encode_major major, const void *bytes,
                                    size_t size)
{
    at = encode_head(at, major, size);
    if (size > 0) {
        memcpy(at, bytes, size);
    }
    return at + size;
}

#endif
