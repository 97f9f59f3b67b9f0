/* SPDX-License-Identifier: MIT */
/** @file
 *  Private to this folder: finding keys that a mapping has twice. */
#ifndef HARNESS_DOCUMENT_DUPLICATES_H
#define HARNESS_DOCUMENT_DUPLICATES_H

#include <stdint.h>

#include "harness/document/diagnostic.h"
#include "harness/document/document.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Report each key of a mapping that an earlier pair has already; *found is their number. Keys that are no texts are passed
 *  over. RH_OK, or RH_NO_MEMORY: the allocator, needed for large mappings only, refused. */
enum rh_status rh_duplicates_report(const struct rh_document_source *source,
                                    const struct rh_document_node *mapping,
                                    const struct rh_allocator *allocator,
                                    struct rh_diagnostics *diagnostics,
                                    uint32_t *found) RH_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
