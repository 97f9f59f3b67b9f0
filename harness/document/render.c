/* SPDX-License-Identifier: MIT */
/* Showing a line is where message writers go wrong: the caret has to stand below its character whatever stands before
 * it. So a line is walked in cells (a code point, how it is shown, how many columns that takes), once to measure and
 * once to print; a tab is an arrow and blanks, what cannot be shown safely is its number in angle brackets, and a line
 * wider than a terminal is a window around the place that matters. */
#include <stdio.h>
#include <string.h>

#include "harness/document/diagnostic.h"
#include "harness/document/utf8.h"

#define COLUMNS_MAX 100u
#define COLUMNS_BEFORE 50u
#define TAB_SHOWN "\xe2\x86\x92   "
#define TAB_COLUMNS 4u
#define ELLIPSIS "\xe2\x80\xa6"

struct cell {
    char shown[16];
    unsigned columns;
    uint32_t bytes; /* of the source */
};

/* Columns of a line, from 0: of the stretch to underline, and of the part that is printed. */
struct layout {
    size_t begin, end;
    size_t left, right;
    bool is_cut_right;
};

struct paint {
    const char *strong, *error, *warning, *note, *caret, *off;
};

static const struct paint plain = {"", "", "", "", "", ""};
static const struct paint coloured = {
    "\x1b[1m", "\x1b[1;31m", "\x1b[1;35m", "\x1b[1;36m", "\x1b[1;32m", "\x1b[0m",
};

static struct cell cell_at(const char *text, size_t length)
{
    struct cell cell = {"", 0, 0};
    struct rh_code_point point = rh_utf8_next(text, length);
    cell.bytes = point.bytes;
    if (*text == '\t') {
        memcpy(cell.shown, TAB_SHOWN, sizeof TAB_SHOWN);
        cell.columns = TAB_COLUMNS;
    } else if (point.value == RH_UTF8_BAD) {
        cell.columns = (unsigned)snprintf(cell.shown, sizeof cell.shown, "<%02x>",
                                          (unsigned)(unsigned char)*text);
    } else if (rh_utf8_is_unsafe(point.value)) {
        cell.columns =
            (unsigned)snprintf(cell.shown, sizeof cell.shown, "<U+%04X>", (unsigned)point.value);
    } else {
        memcpy(cell.shown, text, point.bytes);
        cell.columns = rh_utf8_columns(point.value);
    }
    return cell;
}

/* Offsets are bytes of the line. */
static struct layout lay_out(const char *line, size_t length, size_t begin, size_t end)
{
    struct layout layout = {0, 0, 0, 0, false};
    size_t column = 0;
    struct cell cell;
    for (size_t i = 0; i < length; i += cell.bytes) {
        cell = cell_at(line + i, length - i);
        layout.begin = i < begin ? column + cell.columns : layout.begin;
        layout.end = i < end ? column + cell.columns : layout.end;
        column += cell.columns;
    }
    if (layout.end <= layout.begin) {
        layout.end = layout.begin + 1;
    }
    layout.right = column;
    if (column > COLUMNS_MAX) {
        bool is_late = layout.end > COLUMNS_MAX && layout.begin > COLUMNS_BEFORE;
        layout.left = is_late ? layout.begin - COLUMNS_BEFORE : 0;
        layout.right = layout.left + COLUMNS_MAX;
        layout.is_cut_right = layout.right < column;
        layout.right = layout.is_cut_right ? layout.right : column;
    }
    return layout;
}

static void print_line(struct rh_text_buffer *buffer, uint32_t number, const char *line,
                       size_t length, const struct layout *layout)
{
    rh_text_buffer_print(buffer, "%5u |%s", (unsigned)number, length != 0 ? " " : "");
    rh_text_buffer_print(buffer, "%s", layout->left != 0 ? ELLIPSIS : "");
    size_t column = 0;
    struct cell cell;
    for (size_t i = 0; i < length && column < layout->right; i += cell.bytes) {
        cell = cell_at(line + i, length - i);
        if (column >= layout->left) {
            rh_text_buffer_append(buffer, cell.shown, strlen(cell.shown));
        } else if (column + cell.columns > layout->left) {
            rh_text_buffer_repeat(buffer, ' ', column + cell.columns - layout->left);
        }
        column += cell.columns;
    }
    rh_text_buffer_print(buffer, "%s\n", layout->is_cut_right ? ELLIPSIS : "");
}

static void print_caret(struct rh_text_buffer *buffer, const struct layout *layout,
                        const struct paint *paint)
{
    size_t end = layout->is_cut_right && layout->end > layout->right ? layout->right : layout->end;
    rh_text_buffer_print(buffer, "      | %s", layout->left != 0 ? " " : "");
    rh_text_buffer_repeat(buffer, ' ', layout->begin - layout->left);
    rh_text_buffer_print(buffer, "%s^", paint->caret);
    rh_text_buffer_repeat(buffer, '~', end > layout->begin + 1 ? end - layout->begin - 1 : 0);
    rh_text_buffer_print(buffer, "%s\n", paint->off);
}

static void print_excerpt(struct rh_text_buffer *buffer, const struct rh_document_source *source,
                          struct rh_span span, const struct paint *paint)
{
    size_t length;
    const char *line = rh_source_line(source, span.start.line, &length);
    size_t line_start = source->line_starts[span.start.line - 1];
    size_t end = span.end.line == span.start.line ? span.end.offset - line_start : length;
    struct layout layout = lay_out(line, length, span.start.offset - line_start, end);
    print_line(buffer, span.start.line, line, length, &layout);
    print_caret(buffer, &layout, paint);
}

/* Names come from a command line or a trace, and texts hold pieces of the source: either may hold anything. */
static void print_safely(struct rh_text_buffer *buffer, const char *text)
{
    size_t length = strlen(text);
    struct cell cell;
    for (size_t i = 0; i < length; i += cell.bytes) {
        cell = cell_at(text + i, length - i);
        rh_text_buffer_append(buffer, cell.shown, strlen(cell.shown));
    }
}

static void print_head(struct rh_text_buffer *buffer, const char *name, struct rh_mark mark,
                       const char *severity_paint, const char *severity, const struct paint *paint)
{
    rh_text_buffer_print(buffer, "%s", paint->strong);
    print_safely(buffer, name);
    if (mark.line != 0) {
        rh_text_buffer_print(buffer, ":%u:%u", (unsigned)mark.line, (unsigned)mark.column);
    }
    rh_text_buffer_print(buffer, ":%s %s%s:%s ", paint->off, severity_paint, severity, paint->off);
}

static void print_diagnostic(struct rh_text_buffer *buffer, const struct rh_diagnostic *diagnostic,
                             const struct paint *paint)
{
    bool is_error = diagnostic->severity == RH_SEVERITY_ERROR;
    const struct rh_document_source *source = diagnostic->source;
    const char *name = source != NULL ? source->name : diagnostic->name;
    struct rh_mark mark = diagnostic->span.start;
    print_head(buffer, name != NULL ? name : "?", mark, is_error ? paint->error : paint->warning,
               is_error ? "error" : "warning", paint);
    rh_text_buffer_print(buffer, "%s", paint->strong);
    print_safely(buffer, diagnostic->text);
    rh_text_buffer_print(buffer, "%s\n", paint->off);
    bool has_place = source != NULL && mark.line != 0;
    if (has_place) {
        print_excerpt(buffer, source, diagnostic->span, paint);
    }
    if (diagnostic->hint != NULL) {
        rh_text_buffer_print(buffer, "      %shint:%s ", paint->note, paint->off);
        print_safely(buffer, diagnostic->hint);
        rh_text_buffer_print(buffer, "\n");
    }
    if (diagnostic->note != NULL && has_place) {
        print_head(buffer, name, diagnostic->note_span.start, paint->note, "note", paint);
        print_safely(buffer, diagnostic->note);
        rh_text_buffer_print(buffer, "\n");
        print_excerpt(buffer, source, diagnostic->note_span, paint);
    }
}

/* Whether b, added later, is to be printed before a: only ever inside one source. */
static bool comes_before(const struct rh_diagnostic *b, const struct rh_diagnostic *a)
{
    return a->source != NULL && a->source == b->source &&
           b->span.start.offset < a->span.start.offset;
}

enum rh_status rh_diagnostics_render(const struct rh_diagnostics *diagnostics, bool with_colour,
                                     struct rh_text_buffer *buffer)
{
    const struct rh_diagnostic *order[RH_DIAGNOSTICS_MAX];
    const struct paint *paint = with_colour ? &coloured : &plain;
    for (uint32_t i = 0; i < diagnostics->kept_count; i++) {
        uint32_t at = i;
        for (; at > 0 && comes_before(&diagnostics->kept[i], order[at - 1]); at--) {
            order[at] = order[at - 1];
        }
        order[at] = &diagnostics->kept[i];
    }
    for (uint32_t i = 0; i < diagnostics->kept_count; i++) {
        print_diagnostic(buffer, order[i], paint);
    }
    uint32_t total = diagnostics->error_count + diagnostics->warning_count;
    if (total > diagnostics->kept_count) {
        rh_text_buffer_print(buffer, "and %u more\n", (unsigned)(total - diagnostics->kept_count));
    }
    return buffer->status;
}
