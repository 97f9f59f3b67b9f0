/* SPDX-License-Identifier: MIT */
/* Chaining one-shot hashes keeps no state but the last digest, which stands in the trace itself: a reader can verify any
 * piece between two digests alone, and a writer needs nothing besides the piece that it has in memory anyway. */
#include "harness/trace/digest.h"

#include "harness/trace/trace.h"

#include <string.h>

#include <xxhash.h>

void trace_digest(const uint8_t *bytes, size_t size, uint8_t ret_digest[RH_TRACE_DIGEST_BYTES])
{
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes, size));
    memcpy(ret_digest, canonical.digest, RH_TRACE_DIGEST_BYTES);
}

void trace_digest_words(const uint8_t digest[RH_TRACE_DIGEST_BYTES], uint64_t ret_words[2])
{
    ret_words[0] = 0;
    ret_words[1] = 0;
    for (size_t i = 0; i < RH_TRACE_DIGEST_BYTES; i++) {
        ret_words[i / 8] = ret_words[i / 8] << 8 | digest[i];
    }
}

static void put_word(uint8_t *at, uint64_t word)
{
    for (size_t i = 8; i > 0; i--) {
        at[i - 1] = (uint8_t)word;
        word >>= 8;
    }
}

void rh_trace_digest_add(uint64_t digest[2], const uint64_t run[2])
{
    uint8_t bytes[2 * RH_TRACE_DIGEST_BYTES];
    put_word(bytes, digest[0]);
    put_word(bytes + 8, digest[1]);
    put_word(bytes + 16, run[0]);
    put_word(bytes + 24, run[1]);
    uint8_t combined[RH_TRACE_DIGEST_BYTES];
    trace_digest(bytes, sizeof bytes, combined);
    trace_digest_words(combined, digest);
}
