/* SPDX-License-Identifier: MIT */
/** @file
 *  A source text: its name, its bytes, and where its lines begin.
 *
 *  `(load | copy) -> (mark_at | line)* -> deinit`. After a successful load the bytes are known to be UTF-8 without a
 *  byte order mark and without characters that YAML excludes, so that nothing behind it has to look again.
 *  A line ends with LF, CRLF or CR. Lines and columns count from 1, columns in code points. */
#ifndef HARNESS_DOCUMENT_SOURCE_H
#define HARNESS_DOCUMENT_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include <rehearse/allocator.h>
#include <rehearse/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes that a source may have. */
#define RH_SOURCE_BYTES_MAX ((size_t)1 << 20)

struct rh_diagnostics;

/** A place in a source. The zeroed mark is no place. */
struct rh_mark {
    uint32_t line;   /**< from 1; 0: no place */
    uint32_t column; /**< from 1, in code points */
    uint32_t offset; /**< bytes from the beginning, a byte order mark not counted */
};

/** A stretch of a source: from `start` up to, not including, `end`. */
struct rh_span {
    struct rh_mark start;
    struct rh_mark end;
};

struct rh_document_source {
    const struct rh_allocator *allocator;
    char *name;            /**< as messages print it; owned */
    char *bytes;           /**< NUL-terminated for convenience; owned */
    size_t length;         /**< bytes, without the NUL */
    size_t capacity;       /**< bytes allocated */
    uint32_t *line_starts; /**< offsets, ascending; the first is 0 */
    uint32_t line_count;   /**< at least 1 after a load */
    uint32_t line_capacity;
    int os_error; /**< errno of a load that answered RH_IO, else 0 */
};

/** Read a regular file of at most RH_SOURCE_BYTES_MAX bytes. A NULL allocator means the C library's.
 *  RH_OK; RH_IO (not there, not readable, not a regular file), RH_LIMIT (too large), RH_MALFORMED (not UTF-8, or with
 *  characters that YAML excludes), RH_NO_MEMORY; all but the last are also reported. `source` is to be deinit'ed in every
 *  case, and not before the diagnostics were printed, because they show its lines. */
enum rh_status rh_source_load(struct rh_document_source *source,
                              const struct rh_allocator *allocator, const char *path,
                              struct rh_diagnostics *diagnostics) RH_MUST_USE;

/** As rh_source_load, from memory: both name and bytes are copied. */
enum rh_status rh_source_copy(struct rh_document_source *source,
                              const struct rh_allocator *allocator, const char *name,
                              const char *bytes, size_t length,
                              struct rh_diagnostics *diagnostics) RH_MUST_USE;

/** Release everything. Accepts NULL and a zeroed source. */
void rh_source_deinit(struct rh_document_source *source);

/** Return the place of a byte; an offset beyond the end means the end. */
struct rh_mark rh_source_mark(const struct rh_document_source *source, size_t offset);

/** Return the stretch between two byte offsets. */
struct rh_span rh_source_span(const struct rh_document_source *source, size_t begin, size_t end);

/** Borrow a line (from 1) without its end; its length goes to *length. A line that is not there is empty. */
const char *rh_source_line(const struct rh_document_source *source, uint32_t line, size_t *length);

#ifdef __cplusplus
}
#endif
#endif
