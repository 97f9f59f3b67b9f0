/* SPDX-License-Identifier: MIT */
/* Decoding follows the Unicode table of well-formed byte sequences: the range of the second byte depends on the first,
 * and that alone excludes overlong forms, surrogates and everything above U+10FFFF. The width table is coarse on
 * purpose (whole blocks): it places a caret, it does not typeset. */
#include "harness/document/utf8.h"

#include <stdbool.h>

struct range {
    uint32_t first, last;
};

static bool is_in(uint32_t value, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (value >= ranges[i].first && value <= ranges[i].last) {
            return true;
        }
    }
    return false;
}

#define IS_IN(value, table) is_in(value, table, sizeof(table) / sizeof(table)[0])

/* How many bytes follow a first byte; 0 for ASCII, -1 for a byte that begins nothing. */
static int continuation_count(unsigned char first)
{
    if (first < 0x80) {
        return 0;
    }
    if (first >= 0xc2 && first <= 0xdf) {
        return 1;
    }
    if (first >= 0xe0 && first <= 0xef) {
        return 2;
    }
    return first >= 0xf0 && first <= 0xf4 ? 3 : -1;
}

static bool is_second_byte(unsigned char first, unsigned char second)
{
    unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    return second >= low && second <= high;
}

struct rh_code_point rh_utf8_next(const char *text, size_t length)
{
    static const unsigned char payload_of_first[] = {0x7f, 0x1f, 0x0f, 0x07};
    const struct rh_code_point bad = {RH_UTF8_BAD, 1};
    const unsigned char *bytes = (const unsigned char *)text;
    int more = continuation_count(bytes[0]);
    if (more < 0 || (size_t)more >= length) {
        return bad;
    }
    if (more > 0 && !is_second_byte(bytes[0], bytes[1])) {
        return bad;
    }
    uint32_t value = bytes[0] & payload_of_first[more];
    for (int i = 1; i <= more; i++) {
        if ((bytes[i] & 0xc0) != 0x80) {
            return bad;
        }
        value = value << 6 | (bytes[i] & 0x3fu);
    }
    struct rh_code_point point = {value, (uint32_t)more + 1};
    return point;
}

unsigned rh_utf8_columns(uint32_t value)
{
    static const struct range wide[] = {
        {0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0x33ff},   {0x3400, 0x4dbf},
        {0x4e00, 0x9fff},   {0xa000, 0xa4cf},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},
        {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},   {0x1f300, 0x1f64f},
        {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
    };
    static const struct range narrow[] = {
        {0x0300, 0x036f}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff},
        {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f},
    };
    if (value < 0x300) {
        return 1;
    }
    return IS_IN(value, narrow) ? 0 : IS_IN(value, wide) ? 2 : 1;
}

int rh_utf8_is_unsafe(uint32_t value)
{
    static const struct range unsafe[] = {
        {0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},     {0x061c, 0x061c}, {0x200b, 0x200f},
        {0x2028, 0x202e}, {0x2060, 0x206f}, {0xfeff, 0xfeff}, {0xfff0, 0xfffb}, {0xfffe, 0xffff},
    };
    bool is_ascii = value >= 0x20 && value < 0x7f;
    return !is_ascii && IS_IN(value, unsafe);
}
