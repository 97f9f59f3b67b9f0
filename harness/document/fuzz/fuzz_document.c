/* SPDX-License-Identifier: MIT */
/* Any bytes as a file: they are read, every reader is tried on every node, and whatever was reported is printed. Besides
 * not crashing, an error and a missing tree must go together, each place must be inside the source, what is printed must
 * be UTF-8 without control characters, and a second reading must say the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/assert.h"
#include "harness/document/cursor.h"
#include "harness/document/document.h"
#include "harness/document/utf8.h"
#include "harness/document/value.h"

#define OUT_BYTES_MAX ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool any_variable(void *self, const struct rh_cursor *cursor,
                         const struct rh_document_node *node, const char *name,
                         enum rh_value_use use, uint32_t *slot)
{
    static const char *const names[] = {"sequence", "sender"};
    (void)self;
    (void)use;
    *slot = 1;
    return strcmp(name, "sender") == 0 || rh_cursor_unknown(cursor, node, "variable", names, 2);
}

static bool any_actor(void *self, const struct rh_cursor *cursor,
                      const struct rh_document_node *node, const char *name, enum rh_value_use use,
                      struct rh_builder *builder)
{
    (void)self;
    (void)cursor;
    (void)node;
    (void)use;
    rh_build_text(builder, name, strlen(name));
    return true;
}

static void try_scalars(const struct rh_cursor *cursor, const struct rh_document_node *node)
{
    static const char *const words[] = {"fifo", "random", "pct", "dpor"};
    struct rh_texts texts;
    const char *text;
    uint64_t number, most;
    int64_t integer;
    bool truth;
    size_t index;
    if (rh_cursor_text(cursor, node, &text)) {
        RH_ASSERT(strlen(text) == node->count);
    }
    if (rh_cursor_unsigned(cursor, node, 3, 1000, &number)) {
        RH_ASSERT(number >= 3 && number <= 1000);
    }
    if (rh_cursor_integer(cursor, node, -7, 7, &integer)) {
        RH_ASSERT(integer >= -7 && integer <= 7);
    }
    if (rh_cursor_durations(cursor, node, &number, &most)) {
        RH_ASSERT(number <= most && most < RH_NEVER);
    }
    (void)rh_cursor_texts(cursor, node, &texts);
    (void)rh_cursor_duration(cursor, node, &number);
    (void)rh_cursor_boolean(cursor, node, &truth);
    (void)rh_cursor_word(cursor, node, words, 4, &index);
    (void)rh_cursor_sequence(cursor, node, false);
}

static void try_node(const struct rh_value_context *context, const struct rh_document_node *node)
{
    static const struct rh_key keys[] = {
        {"name", RH_KEY_REQUIRED}, {"actors", RH_KEY_OPTIONAL}, {"behaviour", RH_KEY_OPTIONAL}};
    const struct rh_document_node *values[3];
    RH_ASSERT(node->span.start.offset <= node->span.end.offset);
    RH_ASSERT(node->span.end.offset <= context->cursor->source->length);
    struct rh_mark mark = rh_source_mark(context->cursor->source, node->span.start.offset);
    RH_ASSERT(memcmp(&mark, &node->span.start, sizeof mark) == 0);
    (void)rh_cursor_keys(context->cursor, node, keys, 3, values);
    try_scalars(context->cursor, node);
    for (uint32_t i = 0; node->kind == RH_NODE_SEQUENCE && i < node->count; i++) {
        try_node(context, node->items[i]);
    }
    for (uint32_t i = 0; node->kind == RH_NODE_MAPPING && i < node->count; i++) {
        try_node(context, node->pairs[i].key);
        try_node(context, node->pairs[i].value);
    }
}

static void try_value(const struct rh_value_context *context, const struct rh_document_node *node,
                      enum rh_value_use use)
{
    struct rh_message message;
    uint32_t errors = context->cursor->diagnostics->error_count;
    bool is_good = rh_value_read(context, node, use, &message);
    RH_ASSERT(is_good == (errors == context->cursor->diagnostics->error_count));
    RH_ASSERT(is_good == (rh_message_size(&message) != 0));
    RH_ASSERT(!is_good || rh_message_check(&message, NULL) == RH_OK);
    rh_message_unref(message);
}

static void check_printable(const struct rh_text_buffer *out)
{
    struct rh_code_point point;
    for (size_t i = 0; i < out->length; i += point.bytes) {
        point = rh_utf8_next(out->text + i, out->length - i);
        RH_ASSERT(point.value != RH_UTF8_BAD);
        RH_ASSERT(point.value == '\n' || !rh_utf8_is_unsafe(point.value));
    }
}

static void read_once(const uint8_t *data, size_t size, struct rh_text_buffer *out)
{
    static const struct rh_value_names names = {any_variable, any_actor, NULL};
    struct rh_document_source source;
    struct rh_document document = {0};
    struct rh_diagnostics diagnostics;
    rh_diagnostics_init(&diagnostics, NULL);
    enum rh_status status =
        rh_source_copy(&source, NULL, "fuzz.yaml", (const char *)data, size, &diagnostics);
    if (status == RH_OK) {
        status = rh_document_parse(&document, &source, NULL, &diagnostics);
    }
    RH_ASSERT((status == RH_OK) == (diagnostics.error_count == 0));
    RH_ASSERT((status == RH_OK) == (document.root != NULL));
    if (status == RH_OK) {
        struct rh_cursor cursor = {&source, &diagnostics};
        struct rh_value_context context = {&cursor, &names, NULL, NULL};
        /* The first byte decides what is kept, because only the first twenty reports are. */
        if (data[0] % 2 == 0) {
            try_node(&context, document.root);
        }
        try_value(&context, document.root, RH_VALUE);
        try_value(&context, document.root, RH_VALUE_PATTERN);
        try_value(&context, document.root, RH_VALUE_TEMPLATE);
    }
    RH_ASSERT(rh_diagnostics_render(&diagnostics, false, out) == RH_OK);
    rh_document_deinit(&document);
    rh_diagnostics_deinit(&diagnostics);
    rh_source_deinit(&source);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rh_text_buffer first, second;
    rh_text_buffer_init(&first, NULL, OUT_BYTES_MAX);
    rh_text_buffer_init(&second, NULL, OUT_BYTES_MAX);
    read_once(data, size, &first);
    read_once(data, size, &second);
    check_printable(&first);
    RH_ASSERT(strcmp(rh_text_buffer_text(&first), rh_text_buffer_text(&second)) == 0);
    rh_text_buffer_deinit(&first);
    rh_text_buffer_deinit(&second);
    return 0;
}
