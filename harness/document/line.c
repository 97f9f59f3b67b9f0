/* SPDX-License-Identifier: MIT */
/* A rough reading on purpose: it serves lines that YAML already refused, so it must be useful on broken text and need
 * not be right about multi-line quotes. It never decides whether something is accepted. */
#include "harness/document/line.h"

#include <string.h>

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

static size_t skip_blanks(const char *bytes, size_t at, size_t end)
{
    while (at < end && is_blank(bytes[at])) {
        at++;
    }
    return at;
}

/* Where a quoted text that begins at `at` ends (behind its quote), or `end`. */
static size_t skip_quoted(const char *bytes, size_t at, size_t end)
{
    char quote = bytes[at++];
    while (at < end && bytes[at] != quote) {
        at += quote == '"' && bytes[at] == '\\' && at + 1 < end ? 2 : 1;
    }
    return at < end ? at + 1 : end;
}

/* Where the line's own text ends: before blanks and a comment. */
static size_t find_end(const char *bytes, size_t at, size_t end)
{
    size_t last = at;
    while (at < end) {
        bool begins_word = at == last || is_blank(bytes[at - 1]);
        if (bytes[at] == '#' && begins_word) {
            break;
        }
        bool begins_quote = (bytes[at] == '"' || bytes[at] == '\'') && begins_word;
        size_t next = begins_quote ? skip_quoted(bytes, at, end) : at + 1;
        last = is_blank(bytes[at]) ? last : next;
        at = next;
    }
    return last;
}

static void find_key(const char *bytes, struct rh_line *line)
{
    size_t at = line->entry;
    if (at < line->end && (bytes[at] == '"' || bytes[at] == '\'')) {
        at = skip_quoted(bytes, at, line->end);
    }
    for (; at < line->end; at++) {
        if (bytes[at] == ':' && (at + 1 == line->end || is_blank(bytes[at + 1]))) {
            line->key_end = at;
            line->value = skip_blanks(bytes, at + 1, line->end);
            return;
        }
    }
}

static struct rh_line look_at(const struct rh_document_source *source, uint32_t number)
{
    struct rh_line line;
    size_t length;
    const char *bytes = source->bytes;
    memset(&line, 0, sizeof line);
    line.number = number;
    line.begin = (size_t)(rh_source_line(source, number, &length) - bytes);
    line.content = skip_blanks(bytes, line.begin, line.begin + length);
    line.end = find_end(bytes, line.content, line.begin + length);
    line.entry = line.content;
    while (line.entry < line.end && bytes[line.entry] == '-' &&
           (line.entry + 1 == line.end || is_blank(bytes[line.entry + 1]))) {
        line.has_dash = true;
        line.entry = skip_blanks(bytes, line.entry + 1, line.end);
    }
    line.value = line.end;
    find_key(bytes, &line);
    return line;
}

struct rh_line rh_line_at(const struct rh_document_source *source, size_t offset)
{
    return look_at(source, rh_source_mark(source, offset).line);
}

struct rh_line rh_line_above(const struct rh_document_source *source, const struct rh_line *line)
{
    struct rh_line above;
    memset(&above, 0, sizeof above);
    for (uint32_t number = line->number; number > 1; number--) {
        above = look_at(source, number - 1);
        if (above.content < above.end) {
            return above;
        }
    }
    memset(&above, 0, sizeof above);
    return above;
}

size_t rh_line_indentation(const struct rh_line *line)
{
    return line->content - line->begin;
}
