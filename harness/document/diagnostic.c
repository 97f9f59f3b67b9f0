/* SPDX-License-Identifier: MIT */
/* Diagnostics must survive what they report: the collection is a fixed array, only the texts are allocated, and a text
 * that could not be is still counted, so that "no errors" is never the answer to running out of memory. Counting after
 * the cap costs nothing, which matters for a file with 65,000 of them. */
#include "harness/document/diagnostic.h"

#include <stdio.h>
#include <string.h>

#include "harness/document/utf8.h"

#define TEXT_BYTES_MAX ((size_t)1024)
#define QUOTED_COLUMNS_MAX 60u

void rh_diagnostics_init(struct rh_diagnostics *diagnostics, const struct rh_allocator *allocator)
{
    memset(diagnostics, 0, sizeof *diagnostics);
    diagnostics->allocator = allocator != NULL ? allocator : rh_allocator_default();
    diagnostics->status = RH_OK;
}

static void release_text(struct rh_diagnostics *diagnostics, char *text)
{
    if (text != NULL) {
        diagnostics->allocator->release(diagnostics->allocator->self, text, strlen(text) + 1);
    }
}

void rh_diagnostics_deinit(struct rh_diagnostics *diagnostics)
{
    if (diagnostics == NULL || diagnostics->allocator == NULL) {
        return;
    }
    for (uint32_t i = 0; i < diagnostics->kept_count; i++) {
        struct rh_diagnostic *diagnostic = &diagnostics->kept[i];
        release_text(diagnostics, diagnostic->name);
        release_text(diagnostics, diagnostic->text);
        release_text(diagnostics, diagnostic->hint);
        release_text(diagnostics, diagnostic->note);
    }
    rh_diagnostics_init(diagnostics, diagnostics->allocator);
}

static char *keep_text(struct rh_diagnostics *diagnostics, const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *kept = diagnostics->allocator->allocate(diagnostics->allocator->self, bytes);
    if (kept == NULL) {
        diagnostics->status = RH_NO_MEMORY;
        return NULL;
    }
    memcpy(kept, text, bytes);
    return kept;
}

static char *keep_formatted(struct rh_diagnostics *diagnostics, const char *format, va_list values)
    RH_PRINTF_LIKE(2, 0);

static char *keep_formatted(struct rh_diagnostics *diagnostics, const char *format, va_list values)
{
    char text[TEXT_BYTES_MAX];
    if (vsnprintf(text, sizeof text, format, values) < 0) {
        text[0] = '\0';
    }
    return keep_text(diagnostics, text);
}

/* Adds one more; NULL if it is only counted, since there is no room or no memory. */
static struct rh_diagnostic *add(struct rh_diagnostics *diagnostics, enum rh_severity severity,
                                 const char *format, va_list values)
{
    diagnostics->error_count += severity == RH_SEVERITY_ERROR;
    diagnostics->warning_count += severity == RH_SEVERITY_WARNING;
    bool has_room = diagnostics->kept_count < RH_DIAGNOSTICS_MAX;
    char *text = has_room ? keep_formatted(diagnostics, format, values) : NULL;
    diagnostics->is_last_kept = text != NULL;
    if (text == NULL) {
        return NULL;
    }
    struct rh_diagnostic *diagnostic = &diagnostics->kept[diagnostics->kept_count++];
    *diagnostic = (struct rh_diagnostic){.severity = severity, .text = text};
    return diagnostic;
}

static void place(struct rh_diagnostic *diagnostic, const struct rh_document_source *source,
                  struct rh_span span)
{
    if (diagnostic != NULL) {
        diagnostic->source = source;
        diagnostic->span = span;
    }
}

void rh_diagnostics_error(struct rh_diagnostics *diagnostics,
                          const struct rh_document_source *source, struct rh_span span,
                          const char *format, ...)
{
    va_list values;
    va_start(values, format);
    place(add(diagnostics, RH_SEVERITY_ERROR, format, values), source, span);
    va_end(values);
}

void rh_diagnostics_warning(struct rh_diagnostics *diagnostics,
                            const struct rh_document_source *source, struct rh_span span,
                            const char *format, ...)
{
    va_list values;
    va_start(values, format);
    place(add(diagnostics, RH_SEVERITY_WARNING, format, values), source, span);
    va_end(values);
}

void rh_diagnostics_file_error(struct rh_diagnostics *diagnostics, const char *name,
                               const char *format, ...)
{
    va_list values;
    va_start(values, format);
    struct rh_diagnostic *added = add(diagnostics, RH_SEVERITY_ERROR, format, values);
    va_end(values);
    if (added != NULL) {
        added->name = keep_text(diagnostics, name);
    }
}

static struct rh_diagnostic *last(struct rh_diagnostics *diagnostics)
{
    return diagnostics->is_last_kept ? &diagnostics->kept[diagnostics->kept_count - 1] : NULL;
}

void rh_diagnostics_hint(struct rh_diagnostics *diagnostics, const char *format, ...)
{
    struct rh_diagnostic *diagnostic = last(diagnostics);
    if (diagnostic != NULL) {
        va_list values;
        va_start(values, format);
        release_text(diagnostics, diagnostic->hint);
        diagnostic->hint = keep_formatted(diagnostics, format, values);
        va_end(values);
    }
}

void rh_diagnostics_note(struct rh_diagnostics *diagnostics, struct rh_span span,
                         const char *format, ...)
{
    struct rh_diagnostic *diagnostic = last(diagnostics);
    if (diagnostic != NULL) {
        va_list values;
        va_start(values, format);
        release_text(diagnostics, diagnostic->note);
        diagnostic->note = keep_formatted(diagnostics, format, values);
        diagnostic->note_span = span;
        va_end(values);
    }
}

/* Writes one code point as a message shows it; returns its columns. */
static unsigned show(char out[16], const char *at, struct rh_code_point point)
{
    unsigned byte = (unsigned char)*at;
    if (point.value == '\n' || point.value == '\t' || point.value == '\r') {
        char letter = point.value == '\n' ? 'n' : point.value == '\t' ? 't' : 'r';
        return (unsigned)snprintf(out, 16, "\\%c", letter);
    }
    if (point.value == RH_UTF8_BAD || point.value < 0x20 || point.value == 0x7f) {
        return (unsigned)snprintf(out, 16, "\\x%02x", byte);
    }
    if (rh_utf8_is_unsafe(point.value)) {
        return (unsigned)snprintf(out, 16, "\\u%04x", (unsigned)point.value);
    }
    memcpy(out, at, point.bytes);
    out[point.bytes] = '\0';
    return rh_utf8_columns(point.value);
}

struct rh_quoted rh_quote(const char *text, size_t length)
{
    static const char ellipsis[] = "\xe2\x80\xa6'";
    struct rh_quoted quoted = {"'"};
    size_t used = 1, columns = 0, i = 0;
    while (i < length) {
        char shown[16];
        struct rh_code_point point = rh_utf8_next(text + i, length - i);
        columns += show(shown, text + i, point);
        size_t bytes = strlen(shown);
        if (columns > QUOTED_COLUMNS_MAX || used + bytes + sizeof ellipsis > sizeof quoted.text) {
            break;
        }
        memcpy(quoted.text + used, shown, bytes);
        used += bytes;
        i += point.bytes;
    }
    memcpy(quoted.text + used, i < length ? ellipsis : "'", i < length ? sizeof ellipsis : 2);
    return quoted;
}
