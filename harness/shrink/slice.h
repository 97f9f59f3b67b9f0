/* SPDX-License-Identifier: MIT */
/** @file
 *  Who has anything to do with a failure: the causal slice of its run, backward from where it was noticed. */
#ifndef HARNESS_SHRINK_SLICE_H
#define HARNESS_SHRINK_SLICE_H

#include <rehearse/allocator.h>
#include <rehearse/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rh_slice {
    const struct rh_allocator *allocator;
    char (*names)[128]; /**< of the actors of the scenario that are in it, or whose children are */
    size_t count;
    size_t capacity;
};

/** Find who was in the causal past of the failure that a trace ends with, and whom faults struck. RH_NO_MEMORY, or what reading
 *  it said. To be deinit'ed in every case. */
RH_MUST_USE enum rh_status rh_slice_init(struct rh_slice *slice,
                                         const struct rh_allocator *allocator, const uint8_t *trace,
                                         size_t size);
/** Accepts a zeroed one. */
void rh_slice_deinit(struct rh_slice *slice);
bool rh_slice_has(const struct rh_slice *slice, const char *name);

#ifdef __cplusplus
}
#endif
#endif
