/* SPDX-License-Identifier: MIT */
/** @file
 *  What makes two failures the same one: the invariant, whom it concerns by the names of the scenario, and, where the
 *  scenario says what is to hold, what it says. What was seen, when, and which accidents led there may differ. */
#ifndef HARNESS_TRACE_FINGERPRINT_H
#define HARNESS_TRACE_FINGERPRINT_H

#include <rehearse/verdict.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RH_FINGERPRINT_NAME_BYTES 128

struct rh_fingerprint {
    char invariant[RH_FINGERPRINT_NAME_BYTES]; /**< "": nothing has failed */
    char actors[2][RH_FINGERPRINT_NAME_BYTES]; /**< "": nobody */
    char named
        [2 *
         RH_FINGERPRINT_NAME_BYTES]; /**< built-in ones: whom else the text of what was seen names, sorted */
    char expected[RH_VIOLATION_TEXT_BYTES]; /**< of the scenario's own properties, else "" */
    char observed[RH_VIOLATION_TEXT_BYTES]; /**< not compared */
    uint64_t faults;                        /**< bit `1 << enum rh_fault_kind`; not compared */
    uint64_t step;                          /**< where it was noticed; not compared */
    uint32_t line;                          /**< of the scenario; not compared, as the column */
    uint32_t column;
};

/** Read the fingerprint off a trace. RH_OK also if nothing failed; otherwise what reading it said. */
RH_MUST_USE enum rh_status rh_fingerprint_read(struct rh_fingerprint *fingerprint,
                                               const struct rh_allocator *allocator,
                                               const uint8_t *trace, size_t size);

/** Return whether two failures are the same; nothing is no failure, and the same as none. */
bool rh_fingerprint_same(const struct rh_fingerprint *a, const struct rh_fingerprint *b);

/** Write it as one word for lists of failures: "links/one-notice a,b crash+kill"; as snprintf. */
size_t rh_fingerprint_print(const struct rh_fingerprint *fingerprint, char *buffer,
                            size_t capacity);

#ifdef __cplusplus
}
#endif
#endif
