/* SPDX-License-Identifier: MIT */
/* libyaml notices a mistake where its grammar stops, in the grammar's words ("did not find expected key"). A person made
 * it elsewhere: the bracket that was never closed, the line above that lacks its colon. So each of libyaml's sentences
 * has a function that looks at the lines around and says what was probably meant; what none of them recognises is
 * reported in libyaml's own words, which are true at least. */
#include "harness/document/syntax.h"

#include <string.h>

#include "harness/document/line.h"
#include "harness/document/utf8.h"

/* YAML's limit for a key without a '?' before it. */
#define KEY_CHARACTERS_MAX 1024u

struct explanation {
    const struct rh_document_source *source;
    const struct rh_syntax_error *error;
    struct rh_diagnostics *diagnostics;
    size_t at;
    char found; /* the byte at `at`; NUL at the end */
    struct rh_line line;
    struct rh_line above;
};

static struct rh_span span_of(const struct explanation *e, size_t begin, size_t end)
{
    return rh_source_span(e->source, begin, end);
}

static struct rh_quoted quote_of(const struct explanation *e, size_t begin, size_t end)
{
    return rh_quote(e->source->bytes + begin, end > begin ? end - begin : 0);
}

/* For hints that show what to write: a piece of the source, unless it is long. */
static int shown(size_t begin, size_t end)
{
    return end > begin && end - begin <= 60 ? (int)(end - begin) : 0;
}

static bool is_first_of_line(const struct explanation *e)
{
    return e->at <= e->line.content;
}

static bool is_closer(char byte)
{
    return byte == ']' || byte == '}';
}

static unsigned column_of(const struct explanation *e, size_t offset)
{
    return rh_source_mark(e->source, offset).column;
}

/* The name of a line: its key, or what it holds. */
static struct rh_quoted name_of(const struct explanation *e, const struct rh_line *line)
{
    return quote_of(e, line->entry, line->key_end != 0 ? line->key_end : line->end);
}

static struct rh_span name_span(const struct explanation *e, const struct rh_line *line)
{
    return span_of(e, line->entry, line->key_end != 0 ? line->key_end : line->end);
}

static void explain_in_own_words(const struct explanation *e)
{
    rh_diagnostics_error(e->diagnostics, e->source, span_of(e, e->at, e->at + 1), "%s",
                         e->error->problem);
    if (e->error->context != NULL && e->error->context_at != e->at) {
        size_t at = e->error->context_at;
        rh_diagnostics_note(e->diagnostics, span_of(e, at, at + 1), "%s that begins here",
                            e->error->context);
    }
}

static void explain_tab(const struct explanation *e)
{
    size_t begin = e->line.begin;
    while (begin < e->line.content && e->source->bytes[begin] != '\t') {
        begin++;
    }
    size_t end = begin;
    while (e->source->bytes[end] == '\t') {
        end++;
    }
    rh_diagnostics_error(e->diagnostics, e->source, span_of(e, begin, end),
                         "a tab is used for indentation");
    rh_diagnostics_hint(e->diagnostics, "YAML indents with spaces only; replace %s",
                        end - begin > 1 ? "the tabs" : "the tab");
}

static bool has_tab_indentation(const struct explanation *e)
{
    return memchr(e->source->bytes + e->line.begin, '\t', e->line.content - e->line.begin) != NULL;
}

static void explain_closer(const struct explanation *e)
{
    rh_diagnostics_error(e->diagnostics, e->source, span_of(e, e->at, e->at + 1),
                         "this '%c' closes nothing", e->found);
    rh_diagnostics_hint(e->diagnostics, "delete it, or write the '%c' that it closes",
                        e->found == ']' ? '[' : '{');
}

static void explain_unclosed(const struct explanation *e, size_t opening)
{
    char bracket = e->source->bytes[opening];
    rh_diagnostics_error(e->diagnostics, e->source, span_of(e, opening, opening + 1),
                         "this '%c' is never closed", bracket);
    rh_diagnostics_hint(e->diagnostics, "add a '%c'", bracket == '[' ? ']' : '}');
}

/* "a: b: c", "text: hello: world". */
static void explain_second_colon(const struct explanation *e)
{
    const char *bytes = e->source->bytes;
    size_t value = e->line.value, end = e->line.end;
    rh_diagnostics_error(e->diagnostics, e->source, span_of(e, e->at, e->at + 1),
                         "a second ': ' in one line");
    bool can_quote = strchr("\"'[{&*!|>@`%", bytes[value]) == NULL &&
                     memchr(bytes + value, '"', end - value) == NULL &&
                     memchr(bytes + value, '\\', end - value) == NULL;
    if (can_quote && shown(value, end) != 0) {
        rh_diagnostics_hint(e->diagnostics, "a text that contains ': ' needs quotes: \"%.*s\"",
                            shown(value, end), bytes + value);
    } else {
        rh_diagnostics_hint(e->diagnostics, "a text that contains ': ' needs quotes");
    }
}

/* The text of a line has a ':' glued to what follows: "a:1". Returns its offset, 0 if it has none. */
static size_t glued_colon(const struct explanation *e, size_t begin, size_t end)
{
    const char *bytes = e->source->bytes;
    const char *colon = end > begin + 2 ? memchr(bytes + begin + 1, ':', end - begin - 2) : NULL;
    bool is_plain = strchr("\"'[{<", bytes[begin]) == NULL;
    return colon != NULL && is_plain && colon[1] != '/' ? (size_t)(colon - bytes) : 0;
}

/* A text between two offsets stands where "key: value" should. */
static void explain_lone_text(const struct explanation *e, size_t begin, size_t end)
{
    const char *bytes = e->source->bytes;
    size_t colon = glued_colon(e, begin, end);
    struct rh_quoted text = quote_of(e, begin, end);
    if (colon != 0) {
        rh_diagnostics_error(e->diagnostics, e->source, span_of(e, colon, colon + 1),
                             "a space is missing after the ':' in %s", text.text);
        rh_diagnostics_hint(e->diagnostics, "write %.*s: %.*s", shown(begin, colon), bytes + begin,
                            shown(colon + 1, end), bytes + colon + 1);
        return;
    }
    rh_diagnostics_error(e->diagnostics, e->source, span_of(e, begin, end),
                         "%s has no ':' after it", text.text);
    if (bytes[begin] == '-' && end - begin > 1) {
        rh_diagnostics_hint(e->diagnostics,
                            "for an entry of a list write a space after the '-': - %.*s",
                            shown(begin + 1, end), bytes + begin + 1);
    } else {
        rh_diagnostics_hint(e->diagnostics,
                            "write %.*s: and its value, or '- ' before it for an entry of a list",
                            shown(begin, end), bytes + begin);
    }
}

/* The line with the colon is indented more than the complete line above. */
static void explain_deeper_line(const struct explanation *e)
{
    const struct rh_line *above = &e->above;
    rh_diagnostics_error(e->diagnostics, e->source, name_span(e, &e->line),
                         "%s is indented more than %s above it, which %s",
                         name_of(e, &e->line).text, name_of(e, above).text,
                         above->key_end != 0 ? "already has a value" : "is a text, not a key");
    if (above->key_end != 0) {
        rh_diagnostics_hint(e->diagnostics, "begin it in column %u, below %s",
                            column_of(e, above->entry), name_of(e, above).text);
        rh_diagnostics_note(e->diagnostics, span_of(e, above->value, above->end),
                            "this is the value of %s", name_of(e, above).text);
    } else {
        rh_diagnostics_hint(e->diagnostics, "if %s is a key, write a ':' after it",
                            name_of(e, above).text);
        rh_diagnostics_note(e->diagnostics, name_span(e, above), "this is the text");
    }
}

static void explain_long_key(const struct explanation *e, size_t end)
{
    rh_diagnostics_error(e->diagnostics, e->source, span_of(e, e->line.entry, end),
                         "a key may have at most %u characters", KEY_CHARACTERS_MAX);
}

/* "mapping values are not allowed in this context" */
static void explain_colon(const struct explanation *e)
{
    const struct rh_line *line = &e->line, *above = &e->above;
    if (has_tab_indentation(e)) {
        explain_tab(e);
    } else if (line->key_end != 0 && line->key_end < e->at) {
        explain_second_colon(e);
    } else if (e->at > line->entry + KEY_CHARACTERS_MAX) {
        explain_long_key(e, e->at);
    } else if (above->number != 0 && line->content - line->begin > above->content - above->begin) {
        explain_deeper_line(e);
    } else if (above->number != 0 && above->key_end == 0 &&
               rh_line_indentation(line) == rh_line_indentation(above)) {
        explain_lone_text(e, above->entry, above->end);
    } else {
        rh_diagnostics_error(e->diagnostics, e->source, span_of(e, e->at, e->at + 1),
                             "a ':' is not expected here");
        rh_diagnostics_hint(e->diagnostics, "a text that contains ': ' needs quotes");
    }
}

/* "could not find expected ':'": the context is where the key would be. */
static void explain_missing_colon(struct explanation *e)
{
    e->at = e->error->context_at;
    e->line = rh_line_at(e->source, e->at);
    e->above = rh_line_above(e->source, &e->line);
    bool is_in_list = e->above.has_dash && !e->line.has_dash &&
                      e->above.content - e->above.begin == e->line.content - e->line.begin;
    if (has_tab_indentation(e)) {
        explain_tab(e);
    } else if (e->line.key_end > e->at + KEY_CHARACTERS_MAX) {
        explain_long_key(e, e->line.key_end);
    } else if (is_in_list && is_first_of_line(e) && e->source->bytes[e->at] != '-') {
        struct rh_quoted text = quote_of(e, e->at, e->line.end);
        rh_diagnostics_error(e->diagnostics, e->source, span_of(e, e->at, e->line.end),
                             "%s stands in a list but has no '- ' before it", text.text);
        rh_diagnostics_hint(e->diagnostics, "write - %.*s", shown(e->at, e->line.end),
                            e->source->bytes + e->at);
        rh_diagnostics_note(e->diagnostics, span_of(e, e->above.content, e->above.end),
                            "this is the entry before it");
    } else {
        explain_lone_text(e, e->at, e->line.end > e->at ? e->line.end : e->at + 1);
    }
}

/* Something follows a value that is complete: "a: "b" c", "a: [1]]". */
static void explain_trailing_text(const struct explanation *e)
{
    const char *bytes = e->source->bytes;
    size_t before = e->at;
    while (before > e->line.begin && bytes[before - 1] == ' ') {
        before--;
    }
    char last = before > e->line.begin ? bytes[before - 1] : '\0';
    const struct rh_document_node *value = e->error->value;
    size_t end = e->line.end > e->at ? e->line.end : e->at + 1;
    if (last != '"' && last != '\'') {
        rh_diagnostics_error(e->diagnostics, e->source, span_of(e, e->at, end),
                             "unexpected text after the value: %s", quote_of(e, e->at, end).text);
        rh_diagnostics_hint(e->diagnostics, "to make all of it one text, put it in quotes");
        return;
    }
    rh_diagnostics_error(e->diagnostics, e->source, span_of(e, e->at, end),
                         "unexpected text after the closing quote: %s",
                         quote_of(e, e->at, end).text);
    rh_diagnostics_hint(e->diagnostics, last == '\''
                                            ? "inside '...' an apostrophe is written twice: ''"
                                            : "inside \"...\" a quote is written \\\"");
    if (value != NULL && value->is_quoted && value->span.end.line != value->span.start.line) {
        size_t opening = value->span.start.offset;
        rh_diagnostics_hint(e->diagnostics, "is the closing quote of an earlier text missing?");
        rh_diagnostics_note(e->diagnostics, span_of(e, opening, opening + 1),
                            "the text that ends here began with this quote");
    }
}

/* The nearest line above whose content begins further right than a column (from 0), or number 0. */
static struct rh_line deeper_line_above(const struct explanation *e, size_t indentation)
{
    struct rh_line line = e->above;
    while (line.number != 0 && rh_line_indentation(&line) <= indentation) {
        line = rh_line_above(e->source, &line);
    }
    return line;
}

/* A line begins between the columns of the lines above. */
static void explain_stray_line(const struct explanation *e, const char *outer_is)
{
    struct rh_mark outer = rh_source_mark(e->source, e->error->context_at);
    struct rh_line deeper = deeper_line_above(e, rh_line_indentation(&e->line));
    unsigned column = column_of(e, e->line.content);
    struct rh_quoted name = e->line.has_dash ? rh_quote("-", 1) : name_of(e, &e->line);
    rh_diagnostics_error(e->diagnostics, e->source, span_of(e, e->line.content, e->line.end),
                         "%s lines up with nothing above it", name.text);
    if (deeper.number != 0 && outer.column != 0) {
        rh_diagnostics_hint(e->diagnostics,
                            "it begins in column %u; column %u would continue %s, column %u the %s",
                            column, column_of(e, deeper.content),
                            deeper.has_dash ? "the list above" : name_of(e, &deeper).text,
                            (unsigned)outer.column, outer_is);
    }
    if (outer.line != e->line.number) {
        struct rh_line first = rh_line_at(e->source, e->error->context_at);
        rh_diagnostics_note(e->diagnostics, span_of(e, first.content, first.end),
                            "the %s begins here", outer_is);
    }
}

static void explain_missing_key(const struct explanation *e)
{
    rh_diagnostics_error(e->diagnostics, e->source, span_of(e, e->at, e->at + 1),
                         "the key before ':' is missing");
    rh_diagnostics_hint(e->diagnostics, "a text that begins with ':' needs quotes");
}

/* "did not find expected key": inside a mapping whose first key is at the context. */
static void explain_expected_key(const struct explanation *e)
{
    unsigned outer = column_of(e, e->error->context_at);
    if (is_closer(e->found)) {
        explain_closer(e);
    } else if (!is_first_of_line(e)) {
        explain_trailing_text(e);
    } else if (has_tab_indentation(e)) {
        explain_tab(e);
    } else if (e->found == ':') {
        explain_missing_key(e);
    } else if (column_of(e, e->at) != outer) {
        explain_stray_line(e, "outer mapping");
    } else if (e->line.has_dash) {
        struct rh_line first = rh_line_at(e->source, e->error->context_at);
        rh_diagnostics_error(e->diagnostics, e->source, span_of(e, e->at, e->line.end),
                             "an entry of a list stands where a key is expected");
        rh_diagnostics_hint(e->diagnostics, "write the key of the list above it, or indent it");
        rh_diagnostics_note(e->diagnostics, name_span(e, &first), "the mapping begins here");
    } else {
        explain_lone_text(e, e->at, e->line.end > e->at ? e->line.end : e->at + 1);
    }
}

/* "did not find expected '-' indicator": inside a list whose first '-' is at the context. */
static void explain_expected_dash(const struct explanation *e)
{
    if (is_closer(e->found)) {
        explain_closer(e);
    } else if (!is_first_of_line(e)) {
        explain_trailing_text(e);
    } else if (has_tab_indentation(e)) {
        explain_tab(e);
    } else if (column_of(e, e->at) != column_of(e, e->error->context_at)) {
        explain_stray_line(e, "outer list");
    } else {
        struct rh_line first = rh_line_at(e->source, e->error->context_at);
        rh_diagnostics_error(e->diagnostics, e->source, name_span(e, &e->line),
                             "%s stands in a list but has no '- ' before it",
                             name_of(e, &e->line).text);
        rh_diagnostics_hint(e->diagnostics, "write '- ' before it, or move it out of the list");
        rh_diagnostics_note(e->diagnostics, span_of(e, first.content, first.end),
                            "the list begins here");
    }
}

static void explain_wrong_closer(const struct explanation *e, size_t opening)
{
    char bracket = e->source->bytes[opening];
    rh_diagnostics_error(e->diagnostics, e->source, span_of(e, e->at, e->at + 1),
                         "this '%c' does not close the '%c'", e->found, bracket);
    rh_diagnostics_hint(e->diagnostics, "write '%c'", bracket == '[' ? ']' : '}');
    rh_diagnostics_note(e->diagnostics, span_of(e, opening, opening + 1), "it was opened here");
}

/* "did not find expected node content" */
static void explain_missing_value(const struct explanation *e)
{
    const struct rh_document_node *open = e->error->open;
    bool is_flow = open != NULL && open->is_flow;
    size_t opening = is_flow ? open->span.start.offset : 0;
    if (is_flow && e->at >= e->source->length) {
        explain_unclosed(e, opening);
    } else if (is_closer(e->found) && is_flow) {
        explain_wrong_closer(e, opening);
    } else if (is_closer(e->found)) {
        explain_closer(e);
    } else if (e->found == ',') {
        rh_diagnostics_error(e->diagnostics, e->source, span_of(e, e->at, e->at + 1),
                             "a value is missing before this ','");
        rh_diagnostics_hint(e->diagnostics,
                            is_flow ? "delete the ',' or write the value; '' is the empty text"
                                    : "a text that begins with ',' needs quotes");
    } else if (e->found == '-' && is_flow) {
        rh_diagnostics_error(e->diagnostics, e->source, span_of(e, e->at, e->line.end),
                             "'- ' has no meaning inside brackets");
        rh_diagnostics_hint(e->diagnostics, "entries in brackets are separated by ','");
        rh_diagnostics_note(e->diagnostics, span_of(e, opening, opening + 1),
                            "the bracket was opened here");
    } else if (e->found == ':') {
        explain_missing_key(e);
    } else {
        rh_diagnostics_error(e->diagnostics, e->source, span_of(e, e->at, e->at + 1),
                             "a value is missing here");
    }
}

/* Whether the line looks like one that follows the brackets, rather than one inside them. */
static bool is_outside_brackets(const struct explanation *e, const struct rh_line *first)
{
    return e->line.number != first->number && e->line.key_end != 0 &&
           rh_line_indentation(&e->line) <= rh_line_indentation(first);
}

/* Two entries in brackets with nothing between them; the line of the opening bracket is `first`. */
static void explain_missing_comma(const struct explanation *e, size_t opening,
                                  const struct rh_line *first)
{
    const char *bytes = e->source->bytes;
    size_t word = e->at;
    while (e->found == ':' && word > first->begin && strchr(" {[,", bytes[word - 1]) == NULL) {
        word--;
    }
    if (e->found == ':' && e->line.number != first->number) {
        rh_diagnostics_error(e->diagnostics, e->source, span_of(e, e->above.end, e->above.end + 1),
                             "a ',' is missing at the end of this line");
    } else if (e->found == ':' && (bytes[opening] == '[' || word == e->at)) {
        rh_diagnostics_error(e->diagnostics, e->source, span_of(e, e->at, e->at + 1),
                             "a second ':' in one entry");
    } else {
        size_t end = e->found == ':' ? e->at : e->at + 1;
        rh_diagnostics_error(e->diagnostics, e->source, span_of(e, word, end),
                             "a ',' is missing before this");
    }
    rh_diagnostics_hint(e->diagnostics, "entries in %s are separated by ','",
                        bytes[opening] == '[' ? "[ ]" : "{ }");
    if (e->line.number != first->number) {
        rh_diagnostics_note(e->diagnostics, span_of(e, opening, opening + 1),
                            "the '%c' was opened here", bytes[opening]);
    }
}

/* "did not find expected ',' or ']'": the context is the opening bracket. */
static void explain_brackets(const struct explanation *e)
{
    size_t opening = e->error->context_at;
    struct rh_line first = rh_line_at(e->source, opening);
    if (e->at >= e->source->length) {
        explain_unclosed(e, opening);
    } else if (is_outside_brackets(e, &first)) {
        explain_unclosed(e, opening);
        rh_diagnostics_note(e->diagnostics, name_span(e, &e->line), "%s was taken for a part of it",
                            name_of(e, &e->line).text);
    } else if (is_closer(e->found)) {
        explain_wrong_closer(e, opening);
    } else {
        explain_missing_comma(e, opening, &first);
    }
}

static void explain_open_quote(const struct explanation *e)
{
    size_t at = e->error->context_at;
    char quote = e->source->bytes[at];
    rh_diagnostics_error(e->diagnostics, e->source, span_of(e, at, at + 1),
                         "this quote is never closed");
    rh_diagnostics_hint(e->diagnostics,
                        quote == '\''
                            ? "add a \"'\"; inside '...' an apostrophe is written twice: ''"
                            : "add a '\"'; inside \"...\" a quote is written \\\"");
}

static void explain_escape(const struct explanation *e)
{
    struct rh_code_point next = rh_utf8_next(e->source->bytes + e->at + 1, 4);
    size_t end = e->at + 1 + next.bytes;
    rh_diagnostics_error(e->diagnostics, e->source, span_of(e, e->at, end),
                         "%s is not an escape sequence", quote_of(e, e->at, end).text);
    rh_diagnostics_hint(e->diagnostics,
                        "write \\\\ for a backslash, or use '...', where it has no meaning");
}

static void explain_hexadecimal(const struct explanation *e)
{
    size_t begin = e->at >= 2 ? e->at - 2 : 0;
    char letter = e->source->bytes[begin + 1];
    int digits = letter == 'x' ? 2 : letter == 'u' ? 4 : 8;
    rh_diagnostics_error(e->diagnostics, e->source, span_of(e, begin, e->at + 1),
                         "'\\%c' needs %d hexadecimal digits", letter, digits);
    rh_diagnostics_hint(e->diagnostics,
                        "write \\\\ for a backslash, or use '...', where it has no meaning");
}

static void explain_bad_code_point(const struct explanation *e)
{
    size_t begin = e->at >= 2 ? e->at - 2 : 0;
    size_t end = e->at + (e->source->bytes[begin + 1] == 'u' ? 4 : 8);
    rh_diagnostics_error(e->diagnostics, e->source, span_of(e, begin, end),
                         "%s is not a Unicode character", quote_of(e, begin, end).text);
    rh_diagnostics_hint(e->diagnostics,
                        "characters above U+FFFF are written \\U and 8 digits, not as two halves");
}

/* "found character that cannot start any token" */
static void explain_reserved(const struct explanation *e)
{
    if (e->found == '\t' || has_tab_indentation(e)) {
        explain_tab(e);
        return;
    }
    rh_diagnostics_error(e->diagnostics, e->source, span_of(e, e->at, e->at + 1),
                         "a text cannot begin with '%c'", e->found);
    size_t end = e->line.end;
    if (shown(e->at, end) != 0 && memchr(e->source->bytes + e->at, '\'', end - e->at) == NULL) {
        rh_diagnostics_hint(e->diagnostics, "put it in quotes: '%.*s'", shown(e->at, end),
                            e->source->bytes + e->at);
    } else {
        rh_diagnostics_hint(e->diagnostics, "put it in quotes");
    }
}

static void explain_dash(const struct explanation *e)
{
    const char *bytes = e->source->bytes;
    size_t entry = e->at + 1;
    while (entry < e->line.end && bytes[entry] == ' ') {
        entry++;
    }
    size_t end = e->line.end > e->at ? e->line.end : e->at + 1;
    rh_diagnostics_error(e->diagnostics, e->source, span_of(e, e->at, end),
                         "a list cannot begin in the line of its key");
    rh_diagnostics_hint(e->diagnostics, "begin it in the next line, or write [%.*s]",
                        shown(entry, end), bytes + entry);
}

static void explain_question(const struct explanation *e)
{
    rh_diagnostics_error(e->diagnostics, e->source, span_of(e, e->at, e->at + 1),
                         "a '?' followed by a space marks a key, and none is expected here");
    rh_diagnostics_hint(e->diagnostics, "a text that begins with '? ' needs quotes");
}

static void explain_block_header(const struct explanation *e)
{
    rh_diagnostics_error(e->diagnostics, e->source, span_of(e, e->at, e->line.end),
                         "unexpected text after '%c'", e->source->bytes[e->error->context_at]);
    rh_diagnostics_hint(e->diagnostics, "the text of a '%c' block begins in the next line",
                        e->source->bytes[e->error->context_at]);
}

/* "did not find expected <document start>": the root is complete, and something follows. */
static void explain_after_end(const struct explanation *e)
{
    const struct rh_document_node *root = e->error->root;
    size_t end = e->line.end > e->at ? e->line.end : e->at + 1;
    if (is_closer(e->found)) {
        explain_closer(e);
    } else if (!is_first_of_line(e)) {
        explain_trailing_text(e);
    } else if (root != NULL && column_of(e, e->at) < root->span.start.column && !root->is_flow) {
        rh_diagnostics_error(e->diagnostics, e->source, span_of(e, e->at, end),
                             "%s is indented less than the first line of the document",
                             name_of(e, &e->line).text);
        rh_diagnostics_hint(e->diagnostics, "begin both in the same column");
        struct rh_line first = rh_line_at(e->source, root->span.start.offset);
        rh_diagnostics_note(e->diagnostics, span_of(e, first.content, first.end),
                            "the document begins here");
    } else {
        rh_diagnostics_error(e->diagnostics, e->source, span_of(e, e->at, end),
                             "unexpected text after the end of the document: %s",
                             quote_of(e, e->at, end).text);
        rh_diagnostics_hint(e->diagnostics, "a file holds one document: a mapping or a list");
    }
}

static void explain_unsupported(const struct explanation *e, char mark, const char *what)
{
    size_t at = e->error->context_at;
    size_t end = at;
    while (end < e->source->length && strchr(" \t\r\n", e->source->bytes[end]) == NULL) {
        end++;
    }
    rh_diagnostics_error(e->diagnostics, e->source, span_of(e, at, end),
                         "%s ('%c') are not supported", what, mark);
    if (mark == '%') {
        rh_diagnostics_hint(e->diagnostics, "delete this line");
    } else {
        rh_diagnostics_hint(e->diagnostics, "a text that begins with '%c' needs quotes", mark);
    }
}

static bool explain_by_context(const struct explanation *e)
{
    static const struct {
        const char *part;
        char mark;
        const char *what;
    } rows[] = {
        {"directive", '%', "directives"},
        {"anchor", '&', "anchors"},
        {"alias", '*', "aliases"},
        {"a tag", '!', "tags"},
    };
    const char *context = e->error->context != NULL ? e->error->context : "";
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strstr(context, rows[i].part) != NULL) {
            explain_unsupported(e, rows[i].mark, rows[i].what);
            return true;
        }
    }
    return false;
}

static void explain_document_tag(const struct explanation *e)
{
    explain_unsupported(e, '!', "tags");
}

static void explain_document_directive(const struct explanation *e)
{
    explain_unsupported(e, '%', "directives");
}

static const struct {
    const char *problem;
    void (*explain)(const struct explanation *e);
} explanations[] = {
    {"mapping values are not allowed in this context", explain_colon},
    {"did not find expected key", explain_expected_key},
    {"did not find expected '-' indicator", explain_expected_dash},
    {"did not find expected node content", explain_missing_value},
    {"did not find expected ',' or ']'", explain_brackets},
    {"did not find expected ',' or '}'", explain_brackets},
    {"found unexpected end of stream", explain_open_quote},
    {"found unexpected document indicator", explain_open_quote},
    {"found unknown escape character", explain_escape},
    {"did not find expected hexdecimal number", explain_hexadecimal},
    {"found invalid Unicode character escape code", explain_bad_code_point},
    {"found character that cannot start any token", explain_reserved},
    {"found a tab character that violates indentation", explain_tab},
    {"found a tab character where an indentation space is expected", explain_tab},
    {"block sequence entries are not allowed in this context", explain_dash},
    {"mapping keys are not allowed in this context", explain_question},
    {"did not find expected comment or line break", explain_block_header},
    {"found an indentation indicator equal to 0", explain_block_header},
    {"did not find expected <document start>", explain_after_end},
    {"found undefined tag handle", explain_document_tag},
    {"found incompatible YAML document", explain_document_directive},
    {"found duplicate %YAML directive", explain_document_directive},
    {"found duplicate %TAG directive", explain_document_directive},
};

void rh_syntax_explain(const struct rh_document_source *source, const struct rh_syntax_error *error,
                       struct rh_diagnostics *diagnostics)
{
    struct explanation e = {.source = source, .error = error, .diagnostics = diagnostics};
    e.at = error->at;
    e.found = source->bytes[error->at];
    e.line = rh_line_at(source, e.at);
    e.above = rh_line_above(source, &e.line);
    if (explain_by_context(&e)) {
        return;
    }
    if (strcmp(error->problem, "could not find expected ':'") == 0) {
        explain_missing_colon(&e);
        return;
    }
    for (size_t i = 0; i < sizeof explanations / sizeof explanations[0]; i++) {
        if (strcmp(error->problem, explanations[i].problem) == 0) {
            explanations[i].explain(&e);
            return;
        }
    }
    explain_in_own_words(&e);
}
