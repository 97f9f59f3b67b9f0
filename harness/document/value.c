/* SPDX-License-Identifier: MIT */
/* A node is walked once and every scalar decides by its first character what it is; only plain scalars can be marks or
 * numbers, so quotes always mean "this very text". A text that begins like a mark and is none is refused: somebody
 * who writes <wroker or $5 must not find out in a trace that it was sent as text.
 *
 * Mistakes do not stop the walk; they are all reported, and the half-built message is dropped at the end. */
#include "harness/document/value.h"

#include <inttypes.h>
#include <string.h>

#include "harness/document/number.h"

struct conversion {
    const struct rh_cursor *cursor;
    enum rh_value_use use;
    const struct rh_value_names *names;
    const struct rh_allocator *allocator;
    struct rh_limits limits;
    struct rh_builder builder;
    bool has_failed;
};

#define NAME_BYTES_MAX 255

static void convert(struct conversion *c, const struct rh_document_node *node, uint32_t depth);

static void fail(struct conversion *c, const struct rh_document_node *node, const char *sentence)
{
    c->has_failed = true;
    rh_diagnostics_error(c->cursor->diagnostics, c->cursor->source, node->span, "%s %s",
                         rh_quote(node->text, node->count).text, sentence);
}

static void hint_at_quotes(struct conversion *c, const struct rh_document_node *node)
{
    if (node->count <= 60 && strchr(node->text, '\'') == NULL) {
        rh_diagnostics_hint(c->cursor->diagnostics, "if it is a text, write '%s'", node->text);
    } else {
        rh_diagnostics_hint(c->cursor->diagnostics, "if it is a text, put it in quotes");
    }
}

static bool is_name_start(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
}

static bool is_name(const char *text, size_t length)
{
    if (length == 0 || length > NAME_BYTES_MAX || !is_name_start(text[0])) {
        return false;
    }
    for (size_t i = 1; i < length; i++) {
        bool is_digit = text[i] >= '0' && text[i] <= '9';
        if (!is_name_start(text[i]) && !is_digit &&
            (text[i] == '\0' || strchr("-./:#", text[i]) == NULL)) {
            return false;
        }
    }
    return true;
}

/* "$int": any item of a kind. True if the word is a kind. */
static bool convert_kind(struct conversion *c, const struct rh_document_node *node)
{
    struct rh_text word = {node->text + 1, node->count - 1};
    enum rh_kind kind = rh_kind_find(word);
    if (kind < RH_KIND_INT || kind > RH_KIND_REF) {
        return false;
    }
    if (c->use == RH_VALUE_PATTERN) {
        rh_build_any_of(&c->builder, kind);
        return true;
    }
    fail(c, node, "stands for any item of a kind, which only a pattern can say");
    hint_at_quotes(c, node);
    return true;
}

static void convert_variable(struct conversion *c, const struct rh_document_node *node)
{
    const char *name = node->text + 1;
    if (convert_kind(c, node)) {
        return;
    }
    if (!is_name(name, node->count - 1)) {
        fail(c, node, "begins like a variable but is none");
        hint_at_quotes(c, node);
        return;
    }
    if (c->use == RH_VALUE || c->names == NULL || c->names->variable == NULL) {
        fail(c, node, "is a variable, and there are none here");
        hint_at_quotes(c, node);
        return;
    }
    uint32_t slot = 0;
    if (!c->names->variable(c->names->self, c->cursor, node, name, c->use, &slot)) {
        c->has_failed = true;
        return;
    }
    rh_build_variable(&c->builder, slot);
}

static void convert_actor(struct conversion *c, const struct rh_document_node *node)
{
    char name[NAME_BYTES_MAX + 1];
    bool is_closed = node->text[node->count - 1] == '>';
    if (!is_closed || !is_name(node->text + 1, node->count - 2)) {
        fail(c, node,
             is_closed ? "begins like an actor's name but is none"
                       : "begins like an actor's name but has no '>'");
        hint_at_quotes(c, node);
        return;
    }
    if (c->names == NULL || c->names->actor == NULL) {
        fail(c, node, "names an actor, and there are none here");
        hint_at_quotes(c, node);
        return;
    }
    memcpy(name, node->text + 1, node->count - 2);
    name[node->count - 2] = '\0';
    if (!c->names->actor(c->names->self, c->cursor, node, name, c->use, &c->builder)) {
        c->has_failed = true;
    }
}

/* Puts a whole number; false if the text is no number at all. */
static bool convert_number(struct conversion *c, const struct rh_document_node *node)
{
    struct rh_number number = rh_number_parse(node->text, node->count);
    int64_t value;
    switch (number.form) {
    case RH_NUMBER_WHOLE:
        if (!number.is_negative) {
            rh_build_uint(&c->builder, number.magnitude);
        } else if (rh_number_signed(&number, &value)) {
            rh_build_int(&c->builder, value);
        } else {
            fail(c, node, "is too small for an integer of 64 bits");
            hint_at_quotes(c, node);
        }
        return true;
    case RH_NUMBER_HUGE:
        fail(c, node, "is too large for an integer of 64 bits");
        hint_at_quotes(c, node);
        return true;
    case RH_NUMBER_LEADING_ZERO:
        fail(c, node, "is a number to some readers and a text to others");
        rh_diagnostics_hint(c->cursor->diagnostics, "write %s%" PRIu64 " or '%s'",
                            number.is_negative ? "-" : "", number.magnitude, node->text);
        return true;
    case RH_NUMBER_NONE:
    case RH_NUMBER_PLUS:
    case RH_NUMBER_SEPARATED:
    case RH_NUMBER_FRACTION:
        break;
    }
    return false;
}

static void convert_word(struct conversion *c, const struct rh_document_node *node)
{
    if (rh_node_is_text(node, "true") || rh_node_is_text(node, "false")) {
        rh_build_bool(&c->builder, node->text[0] == 't');
    } else if (rh_node_is_text(node, "null")) {
        rh_build_null(&c->builder);
    } else {
        rh_build_text(&c->builder, node->text, node->count);
    }
}

static void convert_any(struct conversion *c, const struct rh_document_node *node)
{
    if (c->use == RH_VALUE_PATTERN) {
        rh_build_any(&c->builder);
        return;
    }
    fail(c, node, "stands for any item, which only a pattern can say");
    hint_at_quotes(c, node);
}

static void convert_scalar(struct conversion *c, const struct rh_document_node *node)
{
    if (node->is_quoted) {
        rh_build_text(&c->builder, node->text, node->count);
    } else if (node->count == 0) {
        c->has_failed = true;
        rh_cursor_refuse(c->cursor, node, "a message");
        rh_diagnostics_hint(c->cursor->diagnostics, "write null, or '' for the empty text");
    } else if (rh_node_is_text(node, "_")) {
        convert_any(c, node);
    } else if (node->text[0] == '$') {
        convert_variable(c, node);
    } else if (node->text[0] == '<') {
        convert_actor(c, node);
    } else if (!convert_number(c, node)) {
        convert_word(c, node);
    }
}

/* Keys are texts and integers; marks and the three words of YAML need quotes to be texts. */
static void convert_key(struct conversion *c, const struct rh_document_node *key)
{
    bool is_mark = key->text[0] == '$' || key->text[0] == '<' || rh_node_is_text(key, "_");
    bool is_word = rh_node_is_text(key, "true") || rh_node_is_text(key, "false") ||
                   rh_node_is_text(key, "null");
    if (!key->is_quoted && (is_mark || is_word)) {
        fail(c, key,
             is_mark ? "cannot be a key: keys of a message are texts or integers"
                     : "is no text, and keys of a message are texts or integers");
        hint_at_quotes(c, key);
    } else {
        convert_scalar(c, key);
    }
}

/* 1 and 0x1 are different texts and the same key. */
static void check_integer_keys(struct conversion *c, const struct rh_document_node *mapping)
{
    const struct rh_allocator *allocator = c->allocator;
    size_t bytes = mapping->count * sizeof(struct rh_number);
    struct rh_number *numbers = allocator->allocate(allocator->self, bytes);
    if (numbers == NULL) {
        c->cursor->diagnostics->status = RH_NO_MEMORY;
        return;
    }
    for (uint32_t i = 0; i < mapping->count; i++) {
        const struct rh_document_node *key = mapping->pairs[i].key;
        numbers[i] = rh_number_parse(key->text, key->is_quoted ? 0 : key->count);
        for (uint32_t j = 0; numbers[i].form == RH_NUMBER_WHOLE && j < i; j++) {
            if (numbers[j].form == RH_NUMBER_WHOLE &&
                numbers[j].magnitude == numbers[i].magnitude &&
                (numbers[j].is_negative == numbers[i].is_negative || numbers[i].magnitude == 0)) {
                fail(c, key, "is a key that the message has already");
                rh_diagnostics_note(c->cursor->diagnostics, mapping->pairs[j].key->span,
                                    "it is the same number as this");
                break;
            }
        }
    }
    allocator->release(allocator->self, numbers, bytes);
}

static void find_equal_keys(struct conversion *c, const struct rh_document_node *node)
{
    for (uint32_t i = 0; node->kind == RH_NODE_SEQUENCE && i < node->count; i++) {
        find_equal_keys(c, node->items[i]);
    }
    if (node->kind == RH_NODE_MAPPING) {
        check_integer_keys(c, node);
        for (uint32_t i = 0; i < node->count; i++) {
            find_equal_keys(c, node->pairs[i].value);
        }
    }
}

static void convert(struct conversion *c, const struct rh_document_node *node, uint32_t depth)
{
    if (node->kind == RH_NODE_SCALAR) {
        convert_scalar(c, node);
        return;
    }
    if (depth == c->limits.nesting_max) {
        c->has_failed = true;
        rh_diagnostics_error(c->cursor->diagnostics, c->cursor->source, node->span,
                             "a message may be nested %u deep", (unsigned)c->limits.nesting_max);
        return;
    }
    if (node->kind == RH_NODE_SEQUENCE) {
        rh_build_array(&c->builder, node->count);
        for (uint32_t i = 0; i < node->count; i++) {
            convert(c, node->items[i], depth + 1);
        }
        return;
    }
    rh_build_map(&c->builder, node->count);
    for (uint32_t i = 0; i < node->count; i++) {
        convert_key(c, node->pairs[i].key);
        convert(c, node->pairs[i].value, depth + 1);
    }
}

/* Says why a message could not be finished although every node of it is good. */
static void report_status(struct conversion *c, const struct rh_document_node *node,
                          enum rh_status status)
{
    struct rh_diagnostics *diagnostics = c->cursor->diagnostics;
    if (status == RH_INVALID) {
        find_equal_keys(c, node);
        if (c->has_failed) {
            return;
        }
    }
    if (status == RH_NO_MEMORY) {
        diagnostics->status = RH_NO_MEMORY;
        rh_diagnostics_error(diagnostics, c->cursor->source, node->span, "out of memory");
    } else if (status == RH_LIMIT) {
        rh_diagnostics_error(diagnostics, c->cursor->source, node->span,
                             "this message has more than %u bytes",
                             (unsigned)c->limits.message_bytes_max);
    } else {
        rh_diagnostics_error(diagnostics, c->cursor->source, node->span,
                             "this cannot be a message: %s", rh_status_sentence(status));
    }
}

bool rh_value_read(const struct rh_value_context *context, const struct rh_document_node *node,
                   enum rh_value_use use, struct rh_message *message)
{
    *message = rh_message_none();
    if (node == NULL) {
        return false;
    }
    struct conversion c;
    memset(&c, 0, sizeof c);
    c.cursor = context->cursor;
    c.use = use;
    c.names = context->names;
    c.allocator = context->allocator != NULL ? context->allocator : rh_allocator_default();
    c.limits = context->limits != NULL ? *context->limits : rh_limits_default();
    rh_builder_init(&c.builder, c.allocator, c.limits.message_bytes_max);
    convert(&c, node, 0);
    if (c.has_failed) {
        rh_builder_deinit(&c.builder);
        return false;
    }
    struct rh_message built = rh_build_finish(&c.builder);
    enum rh_status status = rh_message_status(built);
    if (status != RH_OK) {
        report_status(&c, node, status);
        return false;
    }
    *message = built;
    return true;
}
