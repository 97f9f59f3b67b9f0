/* SPDX-License-Identifier: MIT */
/* The set of distinct outcomes of an exploration: digests in a table that grows up to a bound. */
#ifndef HARNESS_PLAY_OUTCOMES_H
#define HARNESS_PLAY_OUTCOMES_H

#include <rehearse/allocator.h>
#include <rehearse/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Distinct outcomes that are told apart: 32 MiB of them. What is new behind that is only noted. */
#define OUTCOMES_MAX ((size_t)1 << 20)

struct outcomes {
    const struct rh_allocator *allocator;
    uint64_t (*slots)[2]; /**< {0, 0}: free */
    size_t slot_count;    /**< a power of two, or 0 */
    size_t count;
    bool has_more; /**< there was one too many */
};

void outcomes_init(struct outcomes *outcomes, const struct rh_allocator *allocator);
void outcomes_deinit(struct outcomes *outcomes);
RH_MUST_USE enum rh_status outcomes_add(struct outcomes *outcomes, const uint64_t digest[2]);
/** Visit the next one, from *at on, which begins with 0; false: there is none. */
bool outcomes_next(const struct outcomes *outcomes, size_t *at, uint64_t ret_digest[2]);
bool outcomes_has(const struct outcomes *outcomes, const uint64_t digest[2]);

#endif
