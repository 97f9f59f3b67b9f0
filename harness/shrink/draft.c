/* SPDX-License-Identifier: MIT */
/*
 * Writing keeps the form that the author chose: what stood in brackets stays in brackets as long as the line is not too long,
 * what stood in lines stays in lines. Comments and blank lines are not part of a document and are gone; a text in a block
 * becomes a quoted one.
 */
#include "harness/shrink/draft.h"

#include <string.h>

#define DRAFT_BYTES_MAX ((size_t)64 << 20)
#define WIDTH 100u

/* ---- copying ---- */

static struct rh_draft_node *copy(struct rh_draft *draft, const struct rh_document_node *node,
                                  struct rh_draft_node *parent);

static bool copy_children(struct rh_draft *draft, const struct rh_document_node *node,
                          struct rh_draft_node *draft_node)
{
    struct rh_draft_node **last = &draft_node->first;
    for (uint32_t i = 0; node->kind != RH_NODE_SCALAR && i < node->count; i++) {
        bool is_map = node->kind == RH_NODE_MAPPING;
        struct rh_draft_node *child =
            copy(draft, is_map ? node->pairs[i].value : node->items[i], draft_node);
        if (child == NULL) {
            return false;
        }
        child->key = is_map ? copy(draft, node->pairs[i].key, child) : NULL;
        if (is_map && child->key == NULL) {
            return false;
        }
        *last = child;
        last = &child->next;
    }
    return true;
}

static struct rh_draft_node *copy(struct rh_draft *draft, const struct rh_document_node *node,
                                  struct rh_draft_node *parent)
{
    struct rh_draft_node *draft_node = rh_arena_allocate(&draft->arena, sizeof *draft_node);
    if (draft_node == NULL) {
        return NULL;
    }
    *draft_node = (struct rh_draft_node){.kind = node->kind,
                                         .is_quoted = node->is_quoted,
                                         .is_flow = node->is_flow,
                                         .at = node->span.start,
                                         .parent = parent};
    if (node->kind == RH_NODE_SCALAR) {
        draft_node->text = rh_draft_text(draft, node->text);
        return draft_node->text == NULL ? NULL : draft_node;
    }
    return copy_children(draft, node, draft_node) ? draft_node : NULL;
}

enum rh_status rh_draft_init(struct rh_draft *draft, const struct rh_allocator *allocator,
                             const struct rh_document *document)
{
    rh_arena_init(&draft->arena, allocator, DRAFT_BYTES_MAX);
    draft->root = copy(draft, document->root, NULL);
    return draft->root == NULL ? RH_NO_MEMORY : RH_OK;
}

void rh_draft_deinit(struct rh_draft *draft)
{
    if (draft->arena.allocator != NULL) {
        rh_arena_deinit(&draft->arena);
    }
    draft->root = NULL;
}

const char *rh_draft_text(struct rh_draft *draft, const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *kept = rh_arena_allocate(&draft->arena, bytes);
    if (kept != NULL) {
        memcpy(kept, text, bytes);
    }
    return kept;
}

/* ---- looking around ---- */

struct rh_draft_node *rh_draft_find(const struct rh_draft_node *mapping, const char *key)
{
    struct rh_draft_node *child =
        mapping == NULL || mapping->kind != RH_NODE_MAPPING ? NULL : mapping->first;
    while (child != NULL && (child->is_gone || strcmp(child->key->text, key) != 0)) {
        child = child->next;
    }
    return child;
}

struct rh_draft_node *rh_draft_next(const struct rh_draft_node *node)
{
    if (node->first != NULL) {
        return node->first;
    }
    while (node != NULL && node->next == NULL) {
        node = node->parent;
    }
    return node == NULL ? NULL : node->next;
}

static bool is_at(struct rh_mark mark, uint32_t line, uint32_t column)
{
    return mark.line == line && mark.column == column;
}

struct rh_draft_node *rh_draft_at(const struct rh_draft *draft, uint32_t line, uint32_t column)
{
    struct rh_draft_node *found = NULL;
    for (struct rh_draft_node *node = draft->root; node != NULL; node = rh_draft_next(node)) {
        if (is_at(node->at, line, column) ||
            (node->key != NULL && is_at(node->key->at, line, column))) {
            found = node;
        }
    }
    return found;
}

uint32_t rh_draft_count(const struct rh_draft_node *node)
{
    uint32_t count = 0;
    for (const struct rh_draft_node *child = node->first; child != NULL; child = child->next) {
        count += !child->is_gone;
    }
    return count;
}

bool rh_draft_is_gone(const struct rh_draft_node *node)
{
    while (node != NULL && !node->is_gone) {
        node = node->parent;
    }
    return node != NULL;
}

/* ---- writing ---- */

static void put(struct rh_text_buffer *out, const char *text)
{
    (void)rh_text_buffer_append(out, text, strlen(text));
}

static void put_quoted(struct rh_text_buffer *out, const char *text)
{
    put(out, "\"");
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
        if (*at == '"' || *at == '\\') {
            (void)rh_text_buffer_print(out, "\\%c", *at);
        } else if (*at == '\n') {
            put(out, "\\n");
        } else if (*at == '\t') {
            put(out, "\\t");
        } else if (*at < 0x20 || *at == 0x7f) {
            (void)rh_text_buffer_print(out, "\\x%02x", *at);
        } else {
            (void)rh_text_buffer_append(out, (const char *)at, 1);
        }
    }
    put(out, "\"");
}

/* Would YAML read it as the same plain text, wherever it stands? */
static bool is_plain(const char *text)
{
    size_t length = strlen(text);
    if (length == 0 || strchr("-?:,[]{}#&*!|>'\"%@` ", text[0]) != NULL ||
        text[length - 1] == ' ' || text[length - 1] == ':') {
        return length > 1 && text[0] == '-' && strchr(" -", text[1]) == NULL &&
               strpbrk(text, ",[]{}\n\t\"") == NULL && strstr(text, ": ") == NULL;
    }
    return strpbrk(text, ",[]{}\n\t\"") == NULL && strstr(text, ": ") == NULL &&
           strstr(text, " #") == NULL;
}

void rh_draft_put_scalar(struct rh_text_buffer *out, const char *text, bool is_quoted)
{
    if (!is_quoted && is_plain(text)) {
        put(out, text);
    } else {
        put_quoted(out, text);
    }
}

/* A title may hold commas and brackets, which mean nothing outside of brackets. */
static void put_line_scalar(struct rh_text_buffer *out, const struct rh_draft_node *node)
{
    const char *text = node->text;
    bool is_simple = text[0] != '\0' && strchr("-?:,[]{}#&*!|>'\"%@` ", text[0]) == NULL &&
                     strpbrk(text, "\n\t") == NULL && strstr(text, ": ") == NULL &&
                     strstr(text, " #") == NULL && text[strlen(text) - 1] != ':' &&
                     text[strlen(text) - 1] != ' ';
    if (!node->is_quoted && is_simple) {
        put(out, text);
    } else {
        rh_draft_put_scalar(out, text, node->is_quoted);
    }
}

static void put_flow(struct rh_text_buffer *out, const struct rh_draft_node *node)
{
    if (node->kind == RH_NODE_SCALAR) {
        if (node->text[0] != '\0' || node->is_quoted) {
            rh_draft_put_scalar(out, node->text, node->is_quoted);
        }
        return;
    }
    bool is_map = node->kind == RH_NODE_MAPPING;
    bool is_first = true;
    put(out, is_map ? "{" : "[");
    for (const struct rh_draft_node *child = node->first; child != NULL; child = child->next) {
        if (child->is_gone) {
            continue;
        }
        put(out, is_first ? "" : ", ");
        is_first = false;
        if (is_map) {
            put_flow(out, child->key);
            put(out, ": ");
        }
        put_flow(out, child);
    }
    put(out, is_map ? "}" : "]");
}

static unsigned column_of(const struct rh_text_buffer *out)
{
    unsigned column = 0;
    const char *text = rh_text_buffer_text(out);
    for (size_t at = out->length; at > 0 && text[at - 1] != '\n'; at--) {
        column += ((unsigned char)text[at - 1] & 0xC0U) != 0x80;
    }
    return column;
}

/* Does it go into brackets behind what the line has already? */
static bool fits(const struct rh_text_buffer *out, const struct rh_draft_node *node)
{
    if (node->kind == RH_NODE_SCALAR || rh_draft_count(node) == 0) {
        return true;
    }
    if (!node->is_flow) {
        return false;
    }
    struct rh_text_buffer flow;
    rh_text_buffer_init(&flow, out->allocator, DRAFT_BYTES_MAX);
    put_flow(&flow, node);
    bool does = flow.length + column_of(out) <= WIDTH;
    rh_text_buffer_deinit(&flow);
    return does;
}

static void put_block(struct rh_text_buffer *out, const struct rh_draft_node *node, unsigned indent,
                      bool is_begun);

/* Behind "key:" or "-". */
static void put_value(struct rh_text_buffer *out, const struct rh_draft_node *node, unsigned indent,
                      bool is_item)
{
    if (node->kind == RH_NODE_SCALAR && node->text[0] == '\0' && !node->is_quoted) {
        put(out, "\n"); /* nothing was written there */
    } else if (node->kind == RH_NODE_SCALAR) {
        put(out, " ");
        put_line_scalar(out, node);
        put(out, "\n");
    } else if (fits(out, node)) {
        put(out, " ");
        put_flow(out, node);
        put(out, "\n");
    } else if (is_item) {
        put(out, " ");
        put_block(out, node, indent + 2, true);
    } else {
        put(out, "\n");
        put_block(out, node, indent + 2, false);
    }
}

static void put_block(struct rh_text_buffer *out, const struct rh_draft_node *node, unsigned indent,
                      bool is_begun)
{
    for (const struct rh_draft_node *child = node->first; child != NULL; child = child->next) {
        if (child->is_gone) {
            continue;
        }
        (void)rh_text_buffer_repeat(out, ' ', is_begun ? 0 : indent);
        is_begun = false;
        if (node->kind == RH_NODE_MAPPING) {
            put_line_scalar(out, child->key);
            put(out, ":");
            put_value(out, child, indent, false);
        } else {
            put(out, "-");
            put_value(out, child, indent, true);
        }
    }
}

void rh_draft_write(const struct rh_draft *draft, struct rh_text_buffer *out)
{
    put_block(out, draft->root, 0, false);
}
