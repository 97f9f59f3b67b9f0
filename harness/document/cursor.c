/* SPDX-License-Identifier: MIT */
/* The readers differ in what they accept and agree in how they refuse: subject, expectation, what stands there instead.
 * All of that is said here once, so that a loader never formats a message of its own for the common cases; the readers
 * of numbers and times have their hints in cursor_number.c. */
#include "harness/document/cursor.h"

#include <stdio.h>
#include <string.h>

#include "core/base/assert.h"

#define KEYS_MAX 64
#define NAME_BYTES_MAX 255
#define LIST_BYTES 400
#define SUBJECT_BYTES 160

/* Words for a message: "a, b, c" or "a, b or c". */
struct word_list {
    char text[LIST_BYTES];
};

struct subject {
    char text[SUBJECT_BYTES];
};

static struct word_list list_words(const char *const *words, size_t count, const char *last)
{
    struct word_list list = {""};
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(words[i]);
        if (used + length + 24 > sizeof list.text) {
            (void)snprintf(list.text + used, sizeof list.text - used, " and %zu more", count - i);
            break;
        }
        used += (size_t)snprintf(list.text + used, sizeof list.text - used, "%s%s",
                                 i == 0           ? ""
                                 : i + 1 == count ? last
                                                  : ", ",
                                 words[i]);
    }
    return list;
}

/* What the node is to a reader of the file: 'seed', an entry of 'actors', the document. */
static struct subject subject_of(const struct rh_document_node *node)
{
    struct subject subject = {"the document"};
    if (node->key != NULL) {
        (void)snprintf(subject.text, sizeof subject.text, "%s",
                       rh_quote(node->key->text, node->key->count).text);
    } else if (node->parent != NULL && node->parent->kind == RH_NODE_SEQUENCE) {
        const struct rh_document_node *key = node->parent->key;
        (void)snprintf(subject.text, sizeof subject.text, "an entry of %s",
                       key != NULL ? rh_quote(key->text, key->count).text : "this list");
    } else if (node->parent != NULL) {
        (void)snprintf(subject.text, sizeof subject.text, "the key %s",
                       rh_quote(node->text, node->count).text);
    }
    return subject;
}

/* Where to point for a node: the node, or the beginning of a large one. */
static struct rh_span place_of(const struct rh_document_node *node)
{
    struct rh_span span = node->span;
    if (rh_node_is_empty(node) && node->key != NULL) {
        return node->key->span;
    }
    if (node->kind == RH_NODE_MAPPING && !node->is_flow && node->count > 0) {
        return node->pairs[0].key->span;
    }
    return span;
}

/* Whether a '#' made a comment of what was meant as the value. */
static bool is_commented_away(const struct rh_cursor *cursor, const struct rh_document_node *node)
{
    const char *bytes = cursor->source->bytes;
    size_t at = node->span.start.offset;
    while (at < cursor->source->length && bytes[at] == ' ') {
        at++;
    }
    return bytes[at] == '#' && bytes[at + 1] != ' ' && bytes[at + 1] != '\n';
}

bool rh_cursor_refuse(const struct rh_cursor *cursor, const struct rh_document_node *node,
                      const char *expected)
{
    struct subject subject = subject_of(node);
    struct rh_span place = place_of(node);
    if (rh_node_is_empty(node)) {
        rh_diagnostics_error(cursor->diagnostics, cursor->source, place,
                             "%s has no value; it must be %s", subject.text, expected);
        if (is_commented_away(cursor, node)) {
            rh_diagnostics_hint(
                cursor->diagnostics,
                "what follows '#' is a comment; a text that contains it needs quotes");
        }
    } else if (node->kind == RH_NODE_SCALAR) {
        rh_diagnostics_error(cursor->diagnostics, cursor->source, place, "%s must be %s, not %s",
                             subject.text, expected, rh_quote(node->text, node->count).text);
    } else {
        rh_diagnostics_error(cursor->diagnostics, cursor->source, place, "%s must be %s, not %s",
                             subject.text, expected,
                             node->kind == RH_NODE_SEQUENCE ? "a list" : "a mapping");
    }
    return false;
}

bool rh_cursor_unknown(const struct rh_cursor *cursor, const struct rh_document_node *node,
                       const char *kind, const char *const *candidates, size_t count)
{
    if (node->kind != RH_NODE_SCALAR || rh_node_is_empty(node)) {
        return rh_cursor_refuse(cursor, node, "a text");
    }
    char name[NAME_BYTES_MAX + 1] = "";
    bool is_marked = !node->is_quoted && (node->text[0] == '<' || node->text[0] == '$');
    const char *begin = is_marked ? node->text + 1 : node->text;
    size_t length = node->count - is_marked;
    if (is_marked && node->text[0] == '<' && length > 0 && begin[length - 1] == '>') {
        length--;
    }
    memcpy(name, begin, length <= NAME_BYTES_MAX ? length : 0);
    rh_diagnostics_error(cursor->diagnostics, cursor->source, place_of(node), "unknown %s %s", kind,
                         rh_quote(begin, length).text);
    const char *near = rh_suggest(name, candidates, count);
    if (near != NULL) {
        rh_diagnostics_hint(cursor->diagnostics, "did you mean '%s'?", near);
    } else if (count != 0) {
        rh_diagnostics_hint(cursor->diagnostics, "known: %s",
                            list_words(candidates, count, ", ").text);
    }
    return false;
}

const struct rh_document_node *rh_node_find(const struct rh_document_node *mapping, const char *key)
{
    if (mapping == NULL || mapping->kind != RH_NODE_MAPPING) {
        return NULL;
    }
    for (uint32_t i = 0; i < mapping->count; i++) {
        if (rh_node_is_text(mapping->pairs[i].key, key)) {
            return mapping->pairs[i].value;
        }
    }
    return NULL;
}

bool rh_node_is_text(const struct rh_document_node *node, const char *text)
{
    return node != NULL && node->kind == RH_NODE_SCALAR && node->count == strlen(text) &&
           memcmp(node->text, text, node->count) == 0;
}

/* "seed:42" where a mapping is due was meant as one. */
static void hint_at_space(const struct rh_cursor *cursor, const struct rh_document_node *node)
{
    const char *colon =
        node->kind == RH_NODE_SCALAR && !node->is_quoted ? strchr(node->text, ':') : NULL;
    size_t before = colon != NULL ? (size_t)(colon - node->text) : 0;
    if (before == 0 || before > 40 || node->count > 80 || colon[1] == '\0') {
        return;
    }
    rh_diagnostics_hint(cursor->diagnostics, "a space is missing after the ':'; write %.*s: %s",
                        (int)before, node->text, colon + 1);
}

bool rh_cursor_mapping(const struct rh_cursor *cursor, const struct rh_document_node *node)
{
    if (node == NULL) {
        return false;
    }
    if (node->kind != RH_NODE_MAPPING) {
        rh_cursor_refuse(cursor, node, "a mapping");
        hint_at_space(cursor, node);
        if (node->kind == RH_NODE_SEQUENCE && !node->is_flow) {
            rh_diagnostics_hint(cursor->diagnostics, "write its keys without '- '");
        }
        return false;
    }
    return true;
}

bool rh_cursor_sequence(const struct rh_cursor *cursor, const struct rh_document_node *node,
                        bool may_be_empty)
{
    if (node == NULL) {
        return false;
    }
    if (node->kind != RH_NODE_SEQUENCE) {
        rh_cursor_refuse(cursor, node, "a list");
        if (node->kind == RH_NODE_MAPPING && !node->is_flow) {
            rh_diagnostics_hint(cursor->diagnostics, "begin each entry with '- '");
        } else if (node->kind == RH_NODE_SCALAR && node->count > 0 && node->count <= 60) {
            rh_diagnostics_hint(cursor->diagnostics, "a list of one is written [%s]", node->text);
        }
        return false;
    }
    if (node->count == 0 && !may_be_empty) {
        rh_diagnostics_error(cursor->diagnostics, cursor->source, node->span,
                             "%s must have at least one entry", subject_of(node).text);
        return false;
    }
    return true;
}

/* The index of a key in a table, or the count. */
static size_t find_key(const struct rh_document_node *key, const struct rh_key *keys, size_t count)
{
    size_t i = 0;
    while (i < count && !rh_node_is_text(key, keys[i].name)) {
        i++;
    }
    return i;
}

/* Reports an unknown key; returns the index of the known key it resembles, or the count. */
static size_t report_unknown_key(const struct rh_cursor *cursor,
                                 const struct rh_document_node *mapping,
                                 const struct rh_document_node *key, const struct rh_key *keys,
                                 size_t count)
{
    const char *names[KEYS_MAX];
    for (size_t i = 0; i < count; i++) {
        names[i] = keys[i].name;
    }
    struct rh_quoted quoted = rh_quote(key->text, key->count);
    if (mapping->parent == NULL) {
        rh_diagnostics_error(cursor->diagnostics, cursor->source, key->span, "unknown key %s",
                             quoted.text);
    } else {
        rh_diagnostics_error(cursor->diagnostics, cursor->source, key->span, "unknown key %s in %s",
                             quoted.text, subject_of(mapping).text);
    }
    const char *near = rh_suggest(key->text, names, count);
    if (near == NULL) {
        rh_diagnostics_hint(cursor->diagnostics, "known keys here: %s",
                            list_words(names, count, ", ").text);
        return count;
    }
    rh_diagnostics_hint(cursor->diagnostics, "did you mean '%s'?", near);
    size_t i = 0;
    while (names[i] != near) {
        i++;
    }
    return i;
}

static void report_missing_key(const struct rh_cursor *cursor,
                               const struct rh_document_node *mapping, const char *name)
{
    struct rh_span place = mapping->key != NULL ? mapping->key->span : place_of(mapping);
    if (mapping->parent == NULL) {
        struct rh_span nowhere = {{0, 0, 0}, {0, 0, 0}};
        place = nowhere;
    }
    rh_diagnostics_error(cursor->diagnostics, cursor->source, place, "%s needs the key '%s'",
                         subject_of(mapping).text, name);
}

bool rh_cursor_keys(const struct rh_cursor *cursor, const struct rh_document_node *node,
                    const struct rh_key *keys, size_t count, const struct rh_document_node **values)
{
    bool is_resembled[KEYS_MAX] = {false};
    RH_ASSERT(count > 0);
    RH_ASSERT(count < KEYS_MAX);
    for (size_t i = 0; i < count; i++) {
        values[i] = NULL;
    }
    if (!rh_cursor_mapping(cursor, node)) {
        return false;
    }
    bool is_good = true;
    for (uint32_t i = 0; i < node->count; i++) {
        size_t known = find_key(node->pairs[i].key, keys, count);
        if (known < count) {
            values[known] = node->pairs[i].value;
            continue;
        }
        is_good = false;
        is_resembled[report_unknown_key(cursor, node, node->pairs[i].key, keys, count)] = true;
    }
    for (size_t i = 0; i < count; i++) {
        if (keys[i].presence == RH_KEY_REQUIRED && values[i] == NULL) {
            is_good = false;
            if (!is_resembled[i]) {
                report_missing_key(cursor, node, keys[i].name);
            }
        }
    }
    return is_good;
}

bool rh_cursor_text(const struct rh_cursor *cursor, const struct rh_document_node *node,
                    const char **text)
{
    if (node == NULL) {
        return false;
    }
    if (node->kind != RH_NODE_SCALAR || rh_node_is_empty(node)) {
        return rh_cursor_refuse(cursor, node, "a text");
    }
    if (node->count == 0 || memchr(node->text, '\0', node->count) != NULL) {
        rh_diagnostics_error(cursor->diagnostics, cursor->source, node->span, "%s must not %s",
                             subject_of(node).text,
                             node->count == 0 ? "be empty" : "contain a NUL character");
        return false;
    }
    *text = node->text;
    return true;
}

bool rh_cursor_texts(const struct rh_cursor *cursor, const struct rh_document_node *node,
                     struct rh_texts *texts)
{
    if (node == NULL) {
        return false;
    }
    if (node->kind == RH_NODE_MAPPING || rh_node_is_empty(node)) {
        return rh_cursor_refuse(cursor, node, "a text or a list of texts");
    }
    struct rh_texts read = {node, node->kind == RH_NODE_SEQUENCE ? node->count : 1};
    bool is_good = true;
    for (uint32_t i = 0; i < read.count; i++) {
        const char *text;
        is_good = rh_cursor_text(cursor, rh_texts_at(&read, i), &text) && is_good;
    }
    if (is_good) {
        *texts = read;
    }
    return is_good;
}

const struct rh_document_node *rh_texts_at(const struct rh_texts *texts, uint32_t index)
{
    RH_ASSERT(index < texts->count);
    return texts->node->kind == RH_NODE_SEQUENCE ? texts->node->items[index] : texts->node;
}

bool rh_cursor_boolean(const struct rh_cursor *cursor, const struct rh_document_node *node,
                       bool *truth)
{
    static const char *const truths[] = {"true", "false"};
    static const char *const yes[] = {"yes", "Yes", "YES",  "on",   "On", "ON",
                                      "y",   "Y",   "True", "TRUE", "1"};
    static const char *const no[] = {"no", "No", "NO",    "off",   "Off", "OFF",
                                     "n",  "N",  "False", "FALSE", "0"};
    if (node == NULL) {
        return false;
    }
    if (rh_node_is_text(node, "true") || rh_node_is_text(node, "false")) {
        *truth = rh_node_is_text(node, "true");
        return true;
    }
    rh_cursor_refuse(cursor, node, "true or false");
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        if (rh_node_is_text(node, yes[i])) {
            rh_diagnostics_hint(cursor->diagnostics, "write true");
        } else if (rh_node_is_text(node, no[i])) {
            rh_diagnostics_hint(cursor->diagnostics, "write false");
        }
    }
    const char *near = node->kind == RH_NODE_SCALAR ? rh_suggest(node->text, truths, 2) : NULL;
    if (near != NULL) {
        rh_diagnostics_hint(cursor->diagnostics, "did you mean '%s'?", near);
    }
    return false;
}

bool rh_cursor_word(const struct rh_cursor *cursor, const struct rh_document_node *node,
                    const char *const *words, size_t count, size_t *index)
{
    if (node == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (rh_node_is_text(node, words[i])) {
            *index = i;
            return true;
        }
    }
    struct word_list expected = list_words(words, count, " or ");
    if (node->kind != RH_NODE_SCALAR || rh_node_is_empty(node)) {
        return rh_cursor_refuse(cursor, node, expected.text);
    }
    rh_diagnostics_error(cursor->diagnostics, cursor->source, node->span, "%s cannot be %s",
                         subject_of(node).text, rh_quote(node->text, node->count).text);
    const char *near = rh_suggest(node->text, words, count);
    if (near != NULL) {
        rh_diagnostics_hint(cursor->diagnostics, "did you mean '%s'?", near);
    } else {
        rh_diagnostics_hint(cursor->diagnostics, "write %s", expected.text);
    }
    return false;
}
