/* SPDX-License-Identifier: MIT */
/* The second byte of a character decides everything that the lead byte leaves open: the overlong
 * forms after E0 and F0, the surrogates after ED, the end of Unicode after F4. Its range is narrowed
 * for those four; the bytes behind it are plain continuations. */
#include "core/message/utf8.h"

#include <string.h>

static bool is_continuation(uint8_t byte)
{
    return (byte & 0xc0U) == 0x80U;
}

size_t rh_utf8_step(const uint8_t *at, size_t left)
{
    if (left == 0) {
        return 0;
    }
    uint8_t lead = at[0];
    if (lead < 0x80) {
        return 1;
    }
    if (lead < 0xc2 || lead > 0xf4) {
        return 0;
    }
    size_t size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (left < size) {
        return 0;
    }
    uint8_t low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    uint8_t high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (at[1] < low || at[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < size; i++) {
        if (!is_continuation(at[i])) {
            return 0;
        }
    }
    return size;
}

/* Whether up to eight bytes are ASCII, of which most texts have no more. */
static bool is_short_ascii(const uint8_t *bytes, size_t size)
{
    uint32_t first = 0;
    uint32_t last = 0;
    if (size >= sizeof first) {
        memcpy(&first, bytes, sizeof first);
        memcpy(&last, bytes + size - sizeof last, sizeof last);
    } else if (size > 0) {
        first = (uint32_t)bytes[0] | bytes[size / 2] | bytes[size - 1];
    }
    return ((first | last) & UINT32_C(0x80808080)) == 0;
}

bool rh_utf8_valid(const uint8_t *bytes, size_t size)
{
    size_t at = 0;
    while (size - at > sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, bytes + at, sizeof word);
        if ((word & UINT64_C(0x8080808080808080)) == 0) {
            at += sizeof word;
            continue;
        }
        size_t step = rh_utf8_step(bytes + at, size - at);
        if (step == 0) {
            return false;
        }
        at += step;
    }
    if (is_short_ascii(bytes + at, size - at)) {
        return true;
    }
    while (at < size) {
        size_t step = rh_utf8_step(bytes + at, size - at);
        if (step == 0) {
            return false;
        }
        at += step;
    }
    return true;
}
