/* SPDX-License-Identifier: MIT */
/** @file
 *  The rolling digest: each is XXH3-128 over the one before it, as 16 bytes, and what was written since. */
#ifndef HARNESS_TRACE_DIGEST_H
#define HARNESS_TRACE_DIGEST_H

#include "harness/trace/format.h"

/** Digest `size` bytes into 16, most significant first. */
void trace_digest(const uint8_t *bytes, size_t size, uint8_t ret_digest[RH_TRACE_DIGEST_BYTES]);

/** As two numbers, the higher first. */
void trace_digest_words(const uint8_t digest[RH_TRACE_DIGEST_BYTES], uint64_t ret_words[2]);

#endif
