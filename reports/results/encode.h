/* SPDX-License-Identifier: MIT */
/** @file
 *  Writing the items of a result file to a stream. Private to reports/results. */
#ifndef REPORTS_RESULTS_ENCODE_H
#define REPORTS_RESULTS_ENCODE_H

#include "harness/trace/encode.h"
#include "reports/results/format.h"

void results_put_head(FILE *out, enum encode_major major, uint64_t argument);
void results_put_uint(FILE *out, uint64_t value);
void results_put_bool(FILE *out, bool value);
/** As bytes; null if there are none. */
void results_put_bytes(FILE *out, const uint8_t *bytes, size_t size);
/** As text, or as bytes if it is no UTF-8; null for NULL. */
void results_put_text(FILE *out, const char *text);

/** Write the item that files must agree in. */
void results_put_key(FILE *out, const struct rh_results_run *run);
/** Write a header up to its list of shards, whose head is written. */
void results_put_header(FILE *out, const uint8_t *key, size_t key_bytes, const char *command,
                        size_t shard_count);
/** Write one shard of a footer. */
void results_put_end(FILE *out, uint32_t shard, int signal, bool has_flaw, bool has_internal);

#endif
