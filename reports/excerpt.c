/* SPDX-License-Identifier: MIT */
/* A line of a scenario for a terminal: control characters are shown as dots, so that a trace from anywhere can be printed. */
#include "reports/internal.h"

#include <string.h>

#define COLUMNS_MAX 100U

static struct rh_text find_line(struct rh_text text, uint32_t line)
{
    size_t begin = 0;
    for (uint32_t at = 1; at < line && begin < text.size; at++) {
        const char *end = memchr(text.bytes + begin, '\n', text.size - begin);
        begin = end == NULL ? text.size : (size_t)(end - text.bytes) + 1;
    }
    const char *end =
        begin < text.size ? memchr(text.bytes + begin, '\n', text.size - begin) : NULL;
    size_t stop = end == NULL ? text.size : (size_t)(end - text.bytes);
    return (struct rh_text){text.bytes + begin, stop - begin};
}

static bool is_inner(char byte)
{
    return ((unsigned char)byte & 0xC0U) == 0x80;
}

static void put_clean(FILE *out, struct rh_text line)
{
    unsigned columns = 0;
    for (size_t i = 0; i < line.size && columns < COLUMNS_MAX; i++) {
        unsigned char byte = (unsigned char)line.bytes[i];
        (void)fputc(byte < 0x20 || byte == 0x7f ? '.' : byte, out);
        columns += !is_inner(line.bytes[i]);
    }
}

/* Length of the word at a column, for the tildes. */
static size_t word_length(struct rh_text line, uint32_t column)
{
    size_t at = 0;
    for (uint32_t i = 1; i < column && at < line.size; i++) {
        at++;
        while (at < line.size && is_inner(line.bytes[at])) {
            at++;
        }
    }
    size_t length = 0;
    while (at < line.size && memchr(" \t\r,:]})", line.bytes[at], 9) == NULL) {
        length += !is_inner(line.bytes[at]);
        at++;
    }
    return length;
}

void report_excerpt(FILE *out, struct rh_text text, uint32_t line, uint32_t column,
                    const struct report_paint *paint)
{
    struct rh_text found = find_line(text, line);
    if (line == 0 || found.size == 0) {
        return;
    }
    (void)fprintf(out, "%5lu | ", (unsigned long)line);
    put_clean(out, found);
    (void)fputc('\n', out);
    if (column != 0 && column <= COLUMNS_MAX) {
        (void)fprintf(out, "      | %*s%s^", (int)column - 1, "", paint->good);
        for (size_t i = 1; i < word_length(found, column) && column + i <= COLUMNS_MAX; i++) {
            (void)fputc('~', out);
        }
        (void)fprintf(out, "%s\n", paint->off);
    }
}
