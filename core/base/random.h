/* SPDX-License-Identifier: MIT */
/* Counter-based randomness: a draw is a function of (seed, stream, count) and of nothing else, so that removing one draw
 * shifts no other. The mixing function is SplitMix64's finaliser (Steele, Lea, Flood 2014). */
#ifndef CORE_BASE_RANDOM_H
#define CORE_BASE_RANDOM_H

#include <stdint.h>

#define RANDOM_STRIDE UINT64_C(0x9e3779b97f4a7c15)

static inline uint64_t random_mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/** Derive a stream from a parent stream and a label. */
static inline uint64_t random_stream(uint64_t parent, uint64_t label)
{
    return random_mix(random_mix(parent + RANDOM_STRIDE) ^ (label * RANDOM_STRIDE));
}

/** Return the `count`-th draw of a stream. */
static inline uint64_t random_draw(uint64_t stream, uint64_t count)
{
    return random_mix(stream + (count + 1) * RANDOM_STRIDE);
}

/** Draw uniformly below `bound` (0 gives 0); *count advances by as many draws as rejection needs. */
static inline uint64_t random_below(uint64_t stream, uint64_t *count, uint64_t bound)
{
    if (bound == 0) {
        return 0;
    }
    uint64_t threshold = (UINT64_MAX - bound + 1) % bound;
    for (;;) {
        uint64_t x = random_draw(stream, (*count)++);
        if (x >= threshold) {
            return x % bound;
        }
    }
}

#endif
