/* SPDX-License-Identifier: MIT */
/* Everything that a hostile or mistaken file can be is settled here, before a parser sees it: too large, not a regular
 * file (a FIFO would block for ever, hence O_NONBLOCK), UTF-16, Latin-1, binary. The characters refused are those that
 * YAML 1.1 excludes, and the three exotic line breaks: libyaml would count lines at them, no editor does, and every
 * position after one would be wrong for somebody. Only the first offence is reported; a binary file has thousands. */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include "harness/document/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/document/diagnostic.h"
#include "harness/document/utf8.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define BYTE_ORDER_MARK_BYTES ((size_t)3)

static const char size_hint[] = "a scenario file may have at most 1 MiB";

static void *allocate(struct rh_document_source *source, size_t bytes)
{
    return source->allocator->allocate(source->allocator->self, bytes);
}

static enum rh_status begin(struct rh_document_source *source, const struct rh_allocator *allocator,
                            const char *name)
{
    memset(source, 0, sizeof *source);
    source->allocator = allocator != NULL ? allocator : rh_allocator_default();
    size_t bytes = strlen(name) + 1;
    source->name = allocate(source, bytes);
    if (source->name == NULL) {
        return RH_NO_MEMORY;
    }
    memcpy(source->name, name, bytes);
    return RH_OK;
}

/* Makes room for a number of bytes and the NUL. */
static enum rh_status reserve(struct rh_document_source *source, size_t length)
{
    source->bytes = allocate(source, length + 1);
    if (source->bytes == NULL) {
        return RH_NO_MEMORY;
    }
    source->capacity = length + 1;
    return RH_OK;
}

/* The number of bytes of the line end at an offset, 0 if there is none. */
static size_t line_end_bytes(const struct rh_document_source *source, size_t offset)
{
    if (source->bytes[offset] == '\n') {
        return 1;
    }
    if (source->bytes[offset] != '\r') {
        return 0;
    }
    return source->bytes[offset + 1] == '\n' ? 2 : 1;
}

static enum rh_status index_lines(struct rh_document_source *source)
{
    uint32_t lines = 1;
    size_t step;
    for (size_t i = 0; i < source->length; i += step != 0 ? step : 1) {
        step = line_end_bytes(source, i);
        lines += step != 0;
    }
    source->line_starts = allocate(source, lines * sizeof *source->line_starts);
    if (source->line_starts == NULL) {
        return RH_NO_MEMORY;
    }
    source->line_capacity = lines;
    source->line_starts[0] = 0;
    source->line_count = 1;
    for (size_t i = 0; i < source->length; i += step != 0 ? step : 1) {
        step = line_end_bytes(source, i);
        if (step != 0) {
            source->line_starts[source->line_count++] = (uint32_t)(i + step);
        }
    }
    return RH_OK;
}

static void report_character(const struct rh_document_source *source, size_t offset,
                             struct rh_code_point point, struct rh_diagnostics *diagnostics)
{
    struct rh_span span = rh_source_span(source, offset, offset + point.bytes);
    unsigned byte = (unsigned char)source->bytes[offset];
    if (point.value == RH_UTF8_BAD) {
        rh_diagnostics_error(diagnostics, source, span, "the byte 0x%02x is not UTF-8", byte);
        rh_diagnostics_hint(diagnostics, "save the file with the encoding UTF-8");
    } else if (point.value == 0) {
        rh_diagnostics_error(diagnostics, source, span, "a NUL byte; this is not a text file");
        rh_diagnostics_hint(diagnostics, "if the text needs one, write \"\\0\" in double quotes");
    } else if (point.value == 0xfeff) {
        rh_diagnostics_error(diagnostics, source, span,
                             "a byte order mark in the middle of the file");
        rh_diagnostics_hint(diagnostics, "files joined together leave one behind: delete it");
    } else if (point.value == 0x85 || point.value == 0x2028 || point.value == 0x2029) {
        rh_diagnostics_error(diagnostics, source, span,
                             "the invisible line break U+%04X is not accepted",
                             (unsigned)point.value);
        rh_diagnostics_hint(diagnostics, "in a text write \"\\u%04x\" in double quotes",
                            (unsigned)point.value);
    } else {
        rh_diagnostics_error(diagnostics, source, span,
                             "the control character U+%04X is not accepted", (unsigned)point.value);
        rh_diagnostics_hint(diagnostics, "in a text write \"\\u%04x\" in double quotes",
                            (unsigned)point.value);
    }
}

static bool is_acceptable(uint32_t value)
{
    if (value < 0x20) {
        return value == '\t' || value == '\n' || value == '\r';
    }
    if (value < 0x7f) {
        return true;
    }
    return value >= 0xa0 && value != 0x2028 && value != 0x2029 && value != 0xfeff &&
           value != 0xfffe && value != 0xffff && value != RH_UTF8_BAD;
}

static bool is_utf16(const char *bytes, size_t length)
{
    return length >= 2 && (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0);
}

static enum rh_status check_characters(struct rh_document_source *source,
                                       struct rh_diagnostics *diagnostics)
{
    if (is_utf16(source->bytes, source->length)) {
        rh_diagnostics_file_error(diagnostics, source->name, "the file is UTF-16");
        rh_diagnostics_hint(diagnostics, "save it with the encoding UTF-8");
        return RH_MALFORMED;
    }
    struct rh_code_point point;
    for (size_t i = 0; i < source->length; i += point.bytes) {
        point = rh_utf8_next(source->bytes + i, source->length - i);
        if (!is_acceptable(point.value)) {
            report_character(source, i, point, diagnostics);
            return RH_MALFORMED;
        }
    }
    return RH_OK;
}

/* Takes the byte order mark away, indexes and checks. */
static enum rh_status settle(struct rh_document_source *source, struct rh_diagnostics *diagnostics)
{
    if (source->length >= BYTE_ORDER_MARK_BYTES &&
        memcmp(source->bytes, BYTE_ORDER_MARK, BYTE_ORDER_MARK_BYTES) == 0) {
        source->length -= BYTE_ORDER_MARK_BYTES;
        memmove(source->bytes, source->bytes + BYTE_ORDER_MARK_BYTES, source->length + 1);
    }
    enum rh_status status = index_lines(source);
    return status == RH_OK ? check_characters(source, diagnostics) : status;
}

enum rh_status rh_source_copy(struct rh_document_source *source,
                              const struct rh_allocator *allocator, const char *name,
                              const char *bytes, size_t length, struct rh_diagnostics *diagnostics)
{
    enum rh_status status = begin(source, allocator, name);
    if (status != RH_OK) {
        return status;
    }
    if (length > RH_SOURCE_BYTES_MAX) {
        rh_diagnostics_file_error(diagnostics, name, "the text is too large (%zu bytes)", length);
        rh_diagnostics_hint(diagnostics, "%s", size_hint);
        return RH_LIMIT;
    }
    status = reserve(source, length);
    if (status != RH_OK) {
        return status;
    }
    if (length != 0) {
        memcpy(source->bytes, bytes, length);
    }
    source->bytes[length] = '\0';
    source->length = length;
    return settle(source, diagnostics);
}

static enum rh_status refuse_file(struct rh_document_source *source,
                                  struct rh_diagnostics *diagnostics, const char *doing)
{
    source->os_error = errno;
    rh_diagnostics_file_error(diagnostics, source->name, "cannot %s: %s", doing,
                              strerror(source->os_error));
    return RH_IO;
}

static enum rh_status refuse_kind(struct rh_document_source *source,
                                  struct rh_diagnostics *diagnostics, mode_t mode)
{
    source->os_error = S_ISDIR(mode) ? EISDIR : EINVAL;
    const char *kind = S_ISDIR(mode)    ? "a directory"
                       : S_ISFIFO(mode) ? "a pipe"
                       : S_ISCHR(mode)  ? "a device"
                                        : "not a regular file";
    rh_diagnostics_file_error(diagnostics, source->name, "cannot read: it is %s", kind);
    if (S_ISDIR(mode)) {
        rh_diagnostics_hint(diagnostics, "name a file in it");
    }
    return RH_IO;
}

/* Reads until the end or one byte more than is allowed. */
static enum rh_status read_all(struct rh_document_source *source, int file,
                               struct rh_diagnostics *diagnostics)
{
    while (source->length <= RH_SOURCE_BYTES_MAX) {
        ssize_t got =
            read(file, source->bytes + source->length, RH_SOURCE_BYTES_MAX + 1 - source->length);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return refuse_file(source, diagnostics, "read");
        }
        if (got == 0) {
            source->bytes[source->length] = '\0';
            return settle(source, diagnostics);
        }
        source->length += (size_t)got;
    }
    source->length = 0;
    rh_diagnostics_file_error(diagnostics, source->name, "the file is too large");
    rh_diagnostics_hint(diagnostics, "%s", size_hint);
    return RH_LIMIT;
}

enum rh_status rh_source_load(struct rh_document_source *source,
                              const struct rh_allocator *allocator, const char *path,
                              struct rh_diagnostics *diagnostics)
{
    enum rh_status status = begin(source, allocator, path);
    if (status != RH_OK) {
        return status;
    }
    status = reserve(source, RH_SOURCE_BYTES_MAX + 1);
    if (status != RH_OK) {
        return status;
    }
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0) {
        return refuse_file(source, diagnostics, "open");
    }
    struct stat about;
    if (fstat(file, &about) != 0) {
        status = refuse_file(source, diagnostics, "examine");
    } else if (!S_ISREG(about.st_mode)) {
        status = refuse_kind(source, diagnostics, about.st_mode);
    } else {
        status = read_all(source, file, diagnostics);
    }
    (void)close(file);
    return status;
}

void rh_source_deinit(struct rh_document_source *source)
{
    if (source == NULL || source->allocator == NULL) {
        return;
    }
    const struct rh_allocator *allocator = source->allocator;
    allocator->release(allocator->self, source->line_starts,
                       source->line_capacity * sizeof *source->line_starts);
    allocator->release(allocator->self, source->bytes, source->capacity);
    if (source->name != NULL) {
        allocator->release(allocator->self, source->name, strlen(source->name) + 1);
    }
    memset(source, 0, sizeof *source);
}

struct rh_mark rh_source_mark(const struct rh_document_source *source, size_t offset)
{
    struct rh_mark mark = {0, 0, 0};
    if (source->line_count == 0) {
        return mark;
    }
    mark.offset = (uint32_t)(offset < source->length ? offset : source->length);
    uint32_t low = 0, high = source->line_count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (source->line_starts[middle] <= mark.offset) {
            low = middle;
        } else {
            high = middle;
        }
    }
    mark.line = low + 1;
    mark.column = 1;
    for (uint32_t i = source->line_starts[low]; i < mark.offset; mark.column++) {
        i += rh_utf8_next(source->bytes + i, source->length - i).bytes;
    }
    return mark;
}

struct rh_span rh_source_span(const struct rh_document_source *source, size_t begin, size_t end)
{
    struct rh_span span = {rh_source_mark(source, begin), rh_source_mark(source, end)};
    return span;
}

const char *rh_source_line(const struct rh_document_source *source, uint32_t line, size_t *length)
{
    *length = 0;
    if (line == 0 || line > source->line_count) {
        return "";
    }
    size_t begin = source->line_starts[line - 1];
    size_t end = line < source->line_count ? source->line_starts[line] : source->length;
    while (end > begin && (source->bytes[end - 1] == '\n' || source->bytes[end - 1] == '\r')) {
        end--;
    }
    *length = end - begin;
    return source->bytes + begin;
}
