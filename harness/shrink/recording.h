/* SPDX-License-Identifier: MIT */
/** @file
 *  The failing run that shrinking starts from, taken off a trace. */
#ifndef HARNESS_SHRINK_RECORDING_H
#define HARNESS_SHRINK_RECORDING_H

#include "harness/shrink/trial.h"
#include "harness/trace/reader.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rh_recording {
    const struct rh_allocator *allocator;
    struct rh_trace_reader reader;
    struct rh_fingerprint failure;
    char *path; /**< of the scenario */
    uint64_t seed;
    uint64_t steps;
    struct rh_decision *decisions;
    size_t decision_count;
};

/** Read a trace (borrowed). RH_NOT_FOUND: nothing failed in it; RH_INVALID: it carries no scenario; RH_NO_MEMORY; what
 *  rh_trace_open says. To be closed in every case. */
RH_MUST_USE enum rh_status rh_recording_open(struct rh_recording *recording,
                                             const struct rh_allocator *allocator,
                                             const uint8_t *trace, size_t size);
/** Accepts a zeroed one. */
void rh_recording_close(struct rh_recording *recording);

/** Have the trial play it again: as it was recorded, or, if that does not do it, in whatever run fails in the same way.
 *  RH_DIVERGED: none does. */
RH_MUST_USE enum rh_status rh_recording_begin(const struct rh_recording *recording,
                                              struct rh_trial *trial);

#ifdef __cplusplus
}
#endif
#endif
