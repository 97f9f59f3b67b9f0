/* SPDX-License-Identifier: MIT */
/** @file
 *  Code points: decoding them, and how many columns a terminal gives them. */
#ifndef HARNESS_DOCUMENT_UTF8_H
#define HARNESS_DOCUMENT_UTF8_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One step over a text: what stands there, and how many bytes it takes. */
struct rh_code_point {
    uint32_t value; /**< the code point, or RH_UTF8_BAD for a byte that begins none */
    uint32_t bytes; /**< 1 to 4, never beyond the end of the text */
};

/** Not a code point: an overlong form, a surrogate, a stray or missing continuation byte, a value above U+10FFFF. */
#define RH_UTF8_BAD UINT32_MAX

/** Decode what stands at the beginning of a text that is not empty. A bad byte is a step of one byte. */
struct rh_code_point rh_utf8_next(const char *text, size_t length);

/** Return how many columns a terminal gives a printable code point: 0 for combining marks, 2 for wide ones. */
unsigned rh_utf8_columns(uint32_t value);

/** Return whether showing this code point would show nothing or disturb the line: control characters, directional
 *  overrides, invisible separators. The message writers show its number in its place. */
int rh_utf8_is_unsafe(uint32_t value);

#ifdef __cplusplus
}
#endif
#endif
