/* SPDX-License-Identifier: MIT */
/* Reading by tables. One function per kind of field would be longer than the switch that calls the readers of
 * harness/document and of the sections; what a field becomes is written through its offset. */
#include "harness/scenario/loader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/assert.h"

#define FORM_FIELDS_MAX 64

void *rh_loader_allocate(struct loader *loader, size_t count, size_t bytes)
{
    size_t total = count * bytes; /* counts come from a document: far from overflow */
    void *storage = rh_arena_allocate(&loader->plan->arena, total > 0 ? total : 1);
    if (storage == NULL) {
        loader->is_out_of_memory = true;
    }
    return storage;
}

bool rh_loader_out_of_memory(struct loader *loader)
{
    loader->is_out_of_memory = true;
    return false;
}

static void add_text(struct loader *loader, struct rh_span at, bool is_error, const char *format,
                     va_list arguments)
{
    char text[400];
    (void)vsnprintf(text, sizeof text, format, arguments);
    struct rh_diagnostics *diagnostics = loader->cursor.diagnostics;
    if (is_error) {
        rh_diagnostics_error(diagnostics, loader->cursor.source, at, "%s", text);
    } else {
        rh_diagnostics_warning(diagnostics, loader->cursor.source, at, "%s", text);
    }
}

void rh_load_error(struct loader *loader, struct rh_span at, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add_text(loader, at, true, format, arguments);
    va_end(arguments);
}

void rh_load_warning(struct loader *loader, struct rh_span at, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add_text(loader, at, false, format, arguments);
    va_end(arguments);
}

void rh_load_hint(struct loader *loader, const char *format, ...)
{
    char text[400];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    rh_diagnostics_hint(loader->cursor.diagnostics, "%s", text);
}

bool rh_load_refuse(struct loader *loader, const struct rh_document_node *node,
                    const char *expected)
{
    return node == NULL ? false : rh_cursor_refuse(&loader->cursor, node, expected);
}

const struct rh_pair *rh_load_single(struct loader *loader, const struct rh_document_node *node,
                                     const char *what)
{
    if (node->kind == RH_NODE_MAPPING && node->count == 1) {
        return &node->pairs[0];
    }
    if (node->kind == RH_NODE_MAPPING && node->count > 1) {
        rh_load_error(loader, node->pairs[1].key->span, "%s has one key, this one has %u", what,
                      node->count);
        rh_load_hint(loader, "begin another entry of the list with '- '");
        return NULL;
    }
    char expected[120];
    (void)snprintf(expected, sizeof expected, "%s, a mapping with one key", what);
    (void)rh_load_refuse(loader, node, expected);
    return NULL;
}

/* ---- lists ---- */

void *rh_load_items(struct loader *loader, const struct rh_document_node *node, bool may_be_empty,
                    rh_load_item load, size_t row_bytes, bool *ret_ok)
{
    *ret_ok = false;
    if (!rh_cursor_sequence(&loader->cursor, node, may_be_empty)) {
        return NULL;
    }
    unsigned char *rows = rh_loader_allocate(loader, node->count, row_bytes);
    *ret_ok = rows != NULL;
    for (uint32_t i = 0; rows != NULL && i < node->count; i++) {
        *ret_ok = load(loader, node->items[i], rows + i * row_bytes) && *ret_ok;
    }
    return rows;
}

void *rh_load_pairs(struct loader *loader, const struct rh_document_node *node, rh_load_pair load,
                    size_t row_bytes, bool *ret_ok)
{
    *ret_ok = false;
    if (!rh_cursor_mapping(&loader->cursor, node)) {
        return NULL;
    }
    unsigned char *rows = rh_loader_allocate(loader, node->count, row_bytes);
    *ret_ok = rows != NULL;
    for (uint32_t i = 0; rows != NULL && i < node->count; i++) {
        *ret_ok = load(loader, &node->pairs[i], rows + i * row_bytes) && *ret_ok;
    }
    return rows;
}

static const char *name_at(const void *rows, size_t row_bytes, size_t offset, uint32_t i)
{
    const char *name = NULL;
    memcpy(&name, (const unsigned char *)rows + i * row_bytes + offset, sizeof name);
    return name;
}

bool rh_load_distinct(struct loader *loader, const struct rh_document_node *node, const void *rows,
                      size_t row_bytes, size_t offset, const char *what)
{
    bool ok = true;
    for (uint32_t i = 0; i < node->count; i++) {
        const char *name = name_at(rows, row_bytes, offset, i);
        for (uint32_t j = 0; j < i && name != NULL; j++) {
            const char *other = name_at(rows, row_bytes, offset, j);
            if (other != NULL && strcmp(name, other) == 0) {
                rh_load_error(loader, node->items[i]->span, "two %s are called '%s'", what, name);
                ok = false;
            }
        }
    }
    return ok;
}

/* ---- by tables ---- */

static bool load_word(struct loader *loader, const struct rh_document_node *node,
                      const struct field *field, void *target)
{
    size_t count = 0;
    while (count < field->most && field->words[count] != NULL) {
        count++;
    }
    size_t index = 0;
    if (!rh_cursor_word(&loader->cursor, node, field->words, count, &index)) {
        return false;
    }
    *(uint32_t *)target = (uint32_t)(index + field->least);
    return true;
}

static bool load_texts(struct loader *loader, const struct rh_document_node *node,
                       struct rh_plan_texts *list)
{
    struct rh_texts texts;
    if (!rh_cursor_texts(&loader->cursor, node, &texts)) {
        return false;
    }
    const char **at = rh_loader_allocate(loader, texts.count, sizeof *at);
    if (at == NULL) {
        return false;
    }
    bool ok = true;
    for (uint32_t i = 0; i < texts.count; i++) {
        ok = rh_cursor_text(&loader->cursor, rh_texts_at(&texts, i), &at[i]) && ok;
    }
    list->at = at;
    list->count = texts.count;
    return ok;
}

static bool load_pattern(struct loader *loader, const struct rh_document_node *node, void *row)
{
    return rh_load_value(loader, node, RH_VALUE_PATTERN, row);
}

static bool load_patterns(struct loader *loader, const struct rh_document_node *node,
                          struct rh_plan_ids *list)
{
    bool ok;
    list->at = rh_load_items(loader, node, false, load_pattern, sizeof *list->at, &ok);
    list->count = list->at == NULL ? 0 : node->count;
    return ok;
}

bool rh_load_node_name(struct loader *loader, const struct rh_document_node *node, uint32_t *index)
{
    const char *text = NULL;
    if (!rh_cursor_text(&loader->cursor, node, &text)) {
        return false;
    }
    const struct rh_plan *plan = loader->plan;
    for (uint32_t i = 0; i < plan->nodes.count; i++) {
        if (strcmp(plan->nodes.at[i], text) == 0) {
            *index = i;
            return true;
        }
    }
    return rh_cursor_unknown(&loader->cursor, node, "node", plan->nodes.at, plan->nodes.count);
}

static bool load_number(struct loader *loader, const struct rh_document_node *node,
                        const struct field *field, void *target)
{
    const struct rh_cursor *cursor = &loader->cursor;
    if (field->kind == FIELD_U64) {
        return rh_cursor_unsigned(cursor, node, field->least, field->most, target);
    }
    if (field->kind == FIELD_I64) {
        return rh_cursor_integer(cursor, node, INT64_MIN, INT64_MAX, target);
    }
    uint64_t number = 0;
    if (!rh_cursor_unsigned(cursor, node, field->least, field->most, &number)) {
        return false;
    }
    *(uint32_t *)target = (uint32_t)number;
    return true;
}

static bool load_truth(struct loader *loader, const struct rh_document_node *node,
                       const struct field *field, void *target)
{
    bool truth = false;
    if (!rh_cursor_boolean(&loader->cursor, node, &truth)) {
        return false;
    }
    if (field->kind == FIELD_TRUTH) {
        *(bool *)target = truth;
    } else if (truth) {
        *(uint32_t *)target |= (uint32_t)field->most;
    }
    return true;
}

static bool load_message_field(struct loader *loader, const struct rh_document_node *node,
                               enum field_kind kind, uint32_t *target)
{
    switch (kind) {
    case FIELD_TEMPLATE:
        return rh_load_value(loader, node, RH_VALUE_TEMPLATE, target);
    case FIELD_PATTERN:
        return rh_load_value(loader, node, RH_VALUE_PATTERN, target);
    case FIELD_PATTERN_ACTOR:
        return rh_load_pattern_actor(loader, node, target);
    case FIELD_TARGET:
        return rh_load_target(loader, node, target);
    case FIELD_REFERENCE:
        if (node->kind != RH_NODE_SCALAR || node->text[0] != '$') {
            return rh_load_refuse(loader, node, "a variable that holds a reference, such as $m");
        }
        return rh_load_value(loader, node, RH_VALUE_TEMPLATE, target);
    default:
        return rh_load_value(loader, node, RH_VALUE, target);
    }
}

static bool load_field(struct loader *loader, const struct rh_document_node *node,
                       const struct field *field, void *base)
{
    void *target = (char *)base + field->offset;
    switch (field->kind) {
    case FIELD_TEXT:
        return rh_cursor_text(&loader->cursor, node, target);
    case FIELD_TEXTS:
        return load_texts(loader, node, target);
    case FIELD_TRUTH:
    case FIELD_FLAG:
        return load_truth(loader, node, field, target);
    case FIELD_U32:
    case FIELD_U64:
    case FIELD_I64:
        return load_number(loader, node, field, target);
    case FIELD_TIME:
        return rh_cursor_duration(&loader->cursor, node, target);
    case FIELD_WORD:
        return load_word(loader, node, field, target);
    case FIELD_VALUE:
    case FIELD_TEMPLATE:
    case FIELD_PATTERN:
    case FIELD_PATTERN_ACTOR:
    case FIELD_TARGET:
    case FIELD_REFERENCE:
        return load_message_field(loader, node, field->kind, target);
    case FIELD_PATTERNS:
        return load_patterns(loader, node, target);
    case FIELD_ACTOR:
        return rh_load_actor(loader, node, target);
    case FIELD_ACTORS:
        return rh_load_actors(loader, node, target);
    case FIELD_NODE:
        return rh_load_node_name(loader, node, target);
    case FIELD_SLOT:
        return rh_load_slot(loader, node, target);
    case FIELD_OPS:
        return rh_load_ops(loader, node, target);
    case FIELD_CONDITIONS:
        return rh_load_conditions(loader, node, target);
    case FIELD_KEPT:
        *(const struct rh_document_node **)target = node;
        return true;
    case FIELD_CUSTOM:
        return field->read == NULL || field->read(loader, node, target);
    }
    return false;
}

bool rh_load_form(struct loader *loader, const struct rh_document_node *node,
                  const struct form *form, void *target)
{
    if (node == NULL) {
        return false;
    }
    if (form->whole != 0 && (node->kind != RH_NODE_MAPPING || form->is_only_whole)) {
        return load_field(loader, node, &form->fields[form->whole - 1], target);
    }
    struct rh_key keys[FORM_FIELDS_MAX];
    const struct rh_document_node *values[FORM_FIELDS_MAX];
    RH_ASSERT(form->count <= FORM_FIELDS_MAX);
    for (uint32_t i = 0; i < form->count; i++) {
        keys[i].name = form->fields[i].name;
        keys[i].presence = form->fields[i].is_required ? RH_KEY_REQUIRED : RH_KEY_OPTIONAL;
    }
    bool ok = rh_cursor_keys(&loader->cursor, node, keys, form->count, values);
    for (uint32_t i = 0; i < form->count; i++) {
        if (values[i] != NULL) {
            ok = load_field(loader, values[i], &form->fields[i], target) && ok;
        }
    }
    return ok;
}
