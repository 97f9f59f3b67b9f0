/* SPDX-License-Identifier: MIT */
/** @file
 *  What is wrong with a source, collected first and printed afterwards.
 *
 *  `init -> (error [hint] [note])* -> render -> deinit`. The first RH_DIAGNOSTICS_MAX are kept, the rest is counted.
 *  Printed, one reads
 *
 *      links.yaml:9:1: error: unknown key 'fault'
 *         9 | fault:
 *           | ^~~~~
 *           hint: did you mean 'faults'?
 */
#ifndef HARNESS_DOCUMENT_DIAGNOSTIC_H
#define HARNESS_DOCUMENT_DIAGNOSTIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rehearse/allocator.h>
#include <rehearse/status.h>

#include "harness/document/source.h"
#include "harness/document/text_buffer.h"

#ifdef __cplusplus
extern "C" {
#endif

#define RH_DIAGNOSTICS_MAX 20

enum rh_severity {
    RH_SEVERITY_ERROR,
    RH_SEVERITY_WARNING
};

struct rh_diagnostic {
    enum rh_severity severity;
    const struct rh_document_source
        *source;         /**< borrowed; NULL: nothing of the file can be shown */
    char *name;          /**< what to call the file if `source` is NULL; owned */
    struct rh_span span; /**< zeroed: about the file as a whole */
    char *text;          /**< one sentence, no full stop; owned, as the next three */
    char *hint;          /**< what to do about it; NULL: none */
    char *note;          /**< what to look at besides; NULL: none */
    struct rh_span note_span;
};

struct rh_diagnostics {
    const struct rh_allocator *allocator;
    struct rh_diagnostic kept[RH_DIAGNOSTICS_MAX];
    uint32_t kept_count;
    uint32_t error_count;   /**< all, also those not kept */
    uint32_t warning_count; /**< all, also those not kept */
    bool is_last_kept;      /**< whether a hint or note has something to join */
    enum rh_status
        status; /**< RH_NO_MEMORY once a text could not be kept; it is counted nevertheless */
};

/** Begin an empty collection. A NULL allocator means the C library's. */
void rh_diagnostics_init(struct rh_diagnostics *diagnostics, const struct rh_allocator *allocator);

/** Release all texts. Accepts NULL; afterwards the collection is as after init. */
void rh_diagnostics_deinit(struct rh_diagnostics *diagnostics);

/** Add an error about a stretch of a source; the text is formatted as printf does. */
void rh_diagnostics_error(struct rh_diagnostics *diagnostics,
                          const struct rh_document_source *source, struct rh_span span,
                          const char *format, ...) RH_PRINTF_LIKE(4, 5);

/** Add a warning. A warning never makes a document unusable. */
void rh_diagnostics_warning(struct rh_diagnostics *diagnostics,
                            const struct rh_document_source *source, struct rh_span span,
                            const char *format, ...) RH_PRINTF_LIKE(4, 5);

/** Add an error about a file that could not be read at all. */
void rh_diagnostics_file_error(struct rh_diagnostics *diagnostics, const char *name,
                               const char *format, ...) RH_PRINTF_LIKE(3, 4);

/** Give the diagnostic added last its hint: what to write instead. A second one replaces the first. */
void rh_diagnostics_hint(struct rh_diagnostics *diagnostics, const char *format, ...)
    RH_PRINTF_LIKE(2, 3);

/** Give the diagnostic added last its note: another place of the same source, and what it has to do with it. */
void rh_diagnostics_note(struct rh_diagnostics *diagnostics, struct rh_span span,
                         const char *format, ...) RH_PRINTF_LIKE(3, 4);

/** Write everything in the order of the source, with lines, carets, hints, notes, and how many were left out.
 *  Returns the buffer's status. */
enum rh_status rh_diagnostics_render(const struct rh_diagnostics *diagnostics, bool with_colour,
                                     struct rh_text_buffer *buffer);

/** A piece of user text made fit for a message: in single quotes, control characters as escapes, cut after about 60
 *  columns. By value, so that it can be an argument: rh_quote(text, length).text. */
struct rh_quoted {
    char text[112];
};

struct rh_quoted rh_quote(const char *text, size_t length);

/** Find what the user may have meant: the candidate nearest to the word, letter case, '-' and '_' aside. One edit (insert,
 *  delete, replace, swap neighbours) is near; then the only candidate that the word begins; then two edits in a word of
 *  up to eight letters, a third of its letters in a longer one. The earlier candidate wins a tie. NULL: none is near. */
const char *rh_suggest(const char *word, const char *const *candidates, size_t count);

#ifdef __cplusplus
}
#endif
#endif
