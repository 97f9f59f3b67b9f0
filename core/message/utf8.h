/* SPDX-License-Identifier: MIT */
/** @file
 *  UTF-8 as RFC 3629 has it: shortest forms, no surrogates, nothing above U+10FFFF. */
#ifndef REHEARSE_MESSAGE_UTF8_H
#define REHEARSE_MESSAGE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Return the size of the character at `at`, 1 to 4, or 0 if the bytes are none. */
size_t rh_utf8_step(const uint8_t *at, size_t left);

/** Ask whether all `size` bytes are UTF-8. */
bool rh_utf8_valid(const uint8_t *bytes, size_t size);

#endif
