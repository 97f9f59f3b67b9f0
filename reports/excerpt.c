/* SPDX-License-Identifier: MIT */
/* A line of a scenario for a terminal. One that is wider than the terminal is shown around the place that matters, with two
 * dots where it goes on: the line of an expectation is often the longest of its file, and a caret below the wrong row of a
 * wrapped line explains nothing. */
#include "reports/internal.h"

#include "harness/trace/print.h"

#include <string.h>

#define GUTTER 8U /* "12345 | " */
#define ROOM_MIN 20U
#define DOTS ".."

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

/* Return how many bytes the first `characters` take. */
static size_t bytes_of(struct rh_text text, size_t characters)
{
    size_t at = 0;
    for (; at < text.size && characters > 0; characters--) {
        at++;
        while (at < text.size && is_inner(text.bytes[at])) {
            at++;
        }
    }
    return at;
}

static size_t characters_of(struct rh_text text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++) {
        count += !is_inner(text.bytes[i]);
    }
    return count;
}

/* Length of the word at a column (from 0), for the tildes. */
static size_t word_length(struct rh_text line, size_t column)
{
    size_t length = 0;
    for (size_t at = bytes_of(line, column);
         at < line.size && memchr(" \t\r,:]})", line.bytes[at], 9) == NULL; at++) {
        length += !is_inner(line.bytes[at]);
    }
    return length;
}

/* Return the first character that is shown of a line that has more than fit, such that the column is in the middle. */
static size_t first_shown(size_t characters, size_t room, size_t column)
{
    if (characters <= room || column < room / 2) {
        return 0;
    }
    size_t first = column - room / 2;
    return first < characters - room ? first : characters - room;
}

static void put_caret(const struct rh_report *report, size_t at, size_t length)
{
    const struct report_paint *paint = report_paint(report);
    (void)fprintf(report->out, "      | %*s%s^", (int)at, "", paint->good);
    for (size_t i = 1; i < length; i++) {
        (void)fputc('~', report->out);
    }
    (void)fprintf(report->out, "%s\n", paint->off);
}

void report_excerpt(const struct rh_report *report, struct rh_text text, uint32_t line,
                    uint32_t column)
{
    struct rh_text found = find_line(text, line);
    if (line == 0 || found.size == 0) {
        return;
    }
    size_t room = report_width(report) - GUTTER;
    room = room < ROOM_MIN || report_width(report) < GUTTER ? ROOM_MIN : room;
    size_t characters = characters_of(found);
    size_t at = column == 0 ? 0 : column - 1;
    size_t first = first_shown(characters, room, at);
    size_t last = first + room < characters ? first + room : characters;
    bool cut_left = first > 0;
    bool cut_right = last < characters;
    size_t from = bytes_of(found, first + (cut_left ? strlen(DOTS) : 0));
    size_t to = bytes_of(found, last - (cut_right ? strlen(DOTS) : 0));
    (void)fprintf(report->out, "%5lu | %s", (unsigned long)line, cut_left ? DOTS : "");
    rh_trace_put_text(report->out, (struct rh_text){found.bytes + from, to - from});
    (void)fprintf(report->out, "%s\n", cut_right ? DOTS : "");
    if (column != 0 && at <= characters) {
        size_t length = word_length(found, at);
        put_caret(report, at - first, length < last - at ? length : last - at);
    }
}
