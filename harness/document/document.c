/* SPDX-License-Identifier: MIT */
/* One pass over libyaml's events, never its document loader: that one is quadratic in nesting (50,000 '[' take it many
 * seconds) and accepts duplicate keys. Each event becomes a node in the arena; while a list or mapping is open its
 * children are a chain, and closing it turns the chain into an array.
 *
 * Mistakes that leave the structure intact (a duplicate key, an alias) are reported and the pass goes on, so that one
 * run shows them all; a syntax error, a limit or a second document ends it. A tree with any mistake is never handed out.
 *
 * libyaml counts characters, the source counts bytes: `seek` walks from the last position to the next, and because
 * events come nearly in order, the walks of a whole document add up to about its length. */
#include "harness/document/document.h"

#include <string.h>

#include <yaml.h>

#include "harness/document/duplicates.h"
#include "harness/document/line.h"
#include "harness/document/syntax.h"
#include "harness/document/utf8.h"

#define ARENA_BYTES_MAX ((size_t)32 << 20)

/* One open list or mapping. */
struct frame {
    struct rh_document_node *node;
    struct rh_document_node *first,
        *last;                          /* children so far, a mapping's keys and values in turn */
    const struct rh_document_node *key; /* of a mapping, waiting for its value */
    uint32_t count;                     /* children so far */
};

struct builder {
    struct rh_document *document;
    const struct rh_document_source *source;
    struct rh_diagnostics *diagnostics;
    yaml_parser_t parser;
    struct frame frames[RH_DOCUMENT_DEPTH_MAX];
    uint32_t depth;
    uint32_t documents;
    struct rh_document_node *root;
    const struct rh_document_node *last_scalar;
    size_t character, offset; /* where `seek` stands */
    enum rh_status status;    /* anything but RH_OK ends the pass */
    bool has_mistakes;
};

static size_t seek(struct builder *builder, size_t character)
{
    const struct rh_document_source *source = builder->source;
    while (builder->character < character && builder->offset < source->length) {
        builder->offset +=
            rh_utf8_next(source->bytes + builder->offset, source->length - builder->offset).bytes;
        builder->character++;
    }
    while (builder->character > character && builder->offset > 0) {
        do {
            builder->offset--;
        } while (((unsigned char)source->bytes[builder->offset] & 0xc0) == 0x80);
        builder->character--;
    }
    return builder->offset;
}

/* At the end libyaml pretends that the last line ends properly and may point to one that is not there. */
static struct rh_mark mark_of(struct builder *builder, const yaml_mark_t *mark)
{
    size_t offset = seek(builder, mark->index);
    struct rh_mark converted = {(uint32_t)mark->line + 1, (uint32_t)mark->column + 1,
                                (uint32_t)offset};
    bool is_at_end = offset == builder->source->length;
    return is_at_end ? rh_source_mark(builder->source, offset) : converted;
}

static void mistake(struct builder *builder)
{
    builder->has_mistakes = true;
}

static bool allocation_failed(struct builder *builder, const struct rh_document_node *node)
{
    builder->status = builder->document->arena.status;
    if (builder->status == RH_LIMIT) {
        rh_diagnostics_error(builder->diagnostics, builder->source, node->span,
                             "the document is too large");
    }
    return false;
}

/* "{x:1}" is the key "x:1" without a value, which nobody means. */
static void check_flow_value(struct builder *builder, const struct rh_document_node *key,
                             const struct rh_document_node *value)
{
    const char *between = builder->source->bytes + key->span.end.offset;
    size_t length = value->span.start.offset - key->span.end.offset;
    if (value->span.start.offset < key->span.end.offset || memchr(between, ':', length) != NULL) {
        return;
    }
    mistake(builder);
    const char *colon = key->is_quoted ? NULL : memchr(key->text, ':', key->count);
    if (colon != NULL && colon != key->text && colon[1] != '\0') {
        struct rh_quoted entry = rh_quote(key->text, key->count);
        rh_diagnostics_error(builder->diagnostics, builder->source, key->span,
                             "a space is missing after the ':' in %s", entry.text);
        bool is_short = key->count <= 60;
        rh_diagnostics_hint(builder->diagnostics, "write %.*s: %s",
                            is_short ? (int)(colon - key->text) : 3, is_short ? key->text : "key",
                            is_short ? colon + 1 : "value");
    } else {
        rh_diagnostics_error(builder->diagnostics, builder->source, key->span, "%s has no value",
                             rh_quote(key->text, key->count).text);
        rh_diagnostics_hint(builder->diagnostics,
                            "inside { } each entry is key: value; a list is written [ ]");
    }
}

static void check_key(struct builder *builder, const struct rh_document_node *key)
{
    struct rh_diagnostics *diagnostics = builder->diagnostics;
    if (key->kind != RH_NODE_SCALAR) {
        mistake(builder);
        rh_diagnostics_error(diagnostics, builder->source, key->span,
                             "a key must be a text, this is a %s",
                             key->kind == RH_NODE_SEQUENCE ? "list" : "mapping");
        rh_diagnostics_hint(diagnostics, "a text that begins with '%c' needs quotes",
                            builder->source->bytes[key->span.start.offset]);
    } else if (rh_node_is_empty(key)) {
        mistake(builder);
        bool is_colon = builder->source->bytes[key->span.start.offset] == ':';
        rh_diagnostics_error(diagnostics, builder->source, key->span, "the key %s is missing",
                             is_colon ? "before ':'" : "after '?'");
        rh_diagnostics_hint(diagnostics, "a text that begins with '%c' needs quotes",
                            is_colon ? ':' : '?');
    } else if (!key->is_quoted && strcmp(key->text, "<<") == 0) {
        mistake(builder);
        rh_diagnostics_error(diagnostics, builder->source, key->span,
                             "merge keys ('<<') are not supported");
        rh_diagnostics_hint(diagnostics, "write the entries out where they are needed");
    }
}

/* Puts a node where it belongs: the root, the next item, the next key or the value of the last key. */
static void attach(struct builder *builder, struct rh_document_node *node)
{
    if (builder->depth == 0) {
        builder->root = node;
        return;
    }
    struct frame *frame = &builder->frames[builder->depth - 1];
    node->parent = frame->node;
    if (frame->last != NULL) {
        frame->last->next = node;
    } else {
        frame->first = node;
    }
    frame->last = node;
    frame->count++;
    if (frame->node->kind != RH_NODE_MAPPING) {
        return;
    }
    if (frame->key == NULL) {
        frame->key = node;
        if (node->kind == RH_NODE_SCALAR) {
            check_key(builder, node);
        }
        return;
    }
    node->key = frame->key->kind == RH_NODE_SCALAR ? frame->key : NULL;
    if (frame->node->is_flow && node->key != NULL && rh_node_is_empty(node)) {
        check_flow_value(builder, frame->key, node);
    }
    frame->key = NULL;
}

static struct rh_document_node *add_node(struct builder *builder, enum rh_node_kind kind,
                                         const yaml_event_t *event)
{
    struct rh_span span = {mark_of(builder, &event->start_mark),
                           mark_of(builder, &event->end_mark)};
    if (builder->document->node_count == RH_DOCUMENT_NODES_MAX) {
        rh_diagnostics_error(builder->diagnostics, builder->source, span,
                             "the document has more than %u entries", RH_DOCUMENT_NODES_MAX);
        rh_diagnostics_hint(builder->diagnostics, "split it into several files");
        builder->status = RH_LIMIT;
        return NULL;
    }
    struct rh_document_node *node = rh_arena_allocate(&builder->document->arena, sizeof *node);
    if (node == NULL) {
        builder->status = builder->document->arena.status;
        return NULL;
    }
    builder->document->node_count++;
    node->kind = kind;
    node->span = span;
    return node;
}

/* The stretch from a mark to an offset in the same line. Does not walk the line from its beginning, which for every entry
 * of a line of a megabyte would take minutes. */
static struct rh_span span_to(const struct builder *builder, struct rh_mark start, size_t end)
{
    struct rh_span span = {start, start};
    while (span.end.offset < end) {
        size_t at = span.end.offset;
        span.end.offset +=
            rh_utf8_next(builder->source->bytes + at, builder->source->length - at).bytes;
        span.end.column++;
    }
    return span;
}

/* Where the first of some bytes stands at or after an offset, or the end of the source. */
static size_t find_any(const struct builder *builder, size_t at, const char *any)
{
    size_t count = strlen(any);
    while (at < builder->source->length && memchr(any, builder->source->bytes[at], count) == NULL) {
        at++;
    }
    return at;
}

static void check_properties(struct builder *builder, const struct rh_document_node *node,
                             const yaml_char_t *anchor, const yaml_char_t *tag)
{
    if (anchor == NULL && tag == NULL) {
        return;
    }
    struct rh_mark start = node->span.start;
    struct rh_span span = span_to(builder, start, find_any(builder, start.offset, " \t\r\n,]}"));
    mistake(builder);
    if (anchor != NULL) {
        rh_diagnostics_error(builder->diagnostics, builder->source, span,
                             "anchors ('&') are not supported");
        rh_diagnostics_hint(builder->diagnostics,
                            "write the value out; a text that begins with '&' needs quotes");
    } else {
        rh_diagnostics_error(builder->diagnostics, builder->source, span,
                             "tags ('!') are not supported");
        rh_diagnostics_hint(builder->diagnostics,
                            "leave it out; a text that begins with '!' needs quotes");
    }
}

/* A plain text may go on in the next line, but a '-' there is an entry of a list that lacks its space. */
static void check_continuation(struct builder *builder, const struct rh_document_node *node)
{
    if (node->is_quoted || node->span.end.line == node->span.start.line) {
        return;
    }
    size_t at = node->span.start.offset;
    for (struct rh_line line = rh_line_at(builder->source, at);
         line.number < node->span.end.line;) {
        size_t length;
        const char *next = rh_source_line(builder->source, line.number + 1, &length);
        line = rh_line_at(builder->source, (size_t)(next - builder->source->bytes));
        if (line.content == line.end || builder->source->bytes[line.content] != '-') {
            continue;
        }
        mistake(builder);
        struct rh_span span = rh_source_span(builder->source, line.content, line.end);
        rh_diagnostics_error(builder->diagnostics, builder->source, span,
                             line.has_dash
                                 ? "this '- ' begins no entry: it continues the text above"
                                 : "a space is missing after the '-'");
        rh_diagnostics_hint(builder->diagnostics,
                            line.has_dash
                                ? "begin the '-' in the same column as the others of its list"
                                : "without it this line continues the text above");
        rh_diagnostics_note(
            builder->diagnostics,
            rh_source_span(builder->source, at, rh_line_at(builder->source, at).end),
            "this is the text");
        return;
    }
}

static void add_scalar(struct builder *builder, const yaml_event_t *event)
{
    struct rh_document_node *node = add_node(builder, RH_NODE_SCALAR, event);
    if (node == NULL) {
        return;
    }
    size_t length = event->data.scalar.length;
    char *text = rh_arena_allocate(&builder->document->arena, length + 1);
    if (text == NULL) {
        allocation_failed(builder, node);
        return;
    }
    memcpy(text, event->data.scalar.value, length);
    node->text = text;
    node->count = (uint32_t)length;
    node->is_quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    check_properties(builder, node, event->data.scalar.anchor, event->data.scalar.tag);
    check_continuation(builder, node);
    attach(builder, node);
    builder->last_scalar = node;
}

static void add_alias(struct builder *builder, const yaml_event_t *event)
{
    struct rh_document_node *node = add_node(builder, RH_NODE_SCALAR, event);
    if (node == NULL) {
        return;
    }
    mistake(builder);
    rh_diagnostics_error(builder->diagnostics, builder->source, node->span,
                         "aliases ('*') are not supported");
    rh_diagnostics_hint(builder->diagnostics,
                        "write the value out; a text that begins with '*' needs quotes");
    node->text = "*";
    node->count = 1;
    attach(builder, node);
}

/* "[a: 1]" holds a mapping that nobody wrote braces around. */
static void check_braces(struct builder *builder, const struct rh_document_node *node)
{
    size_t at = node->span.start.offset;
    char first = builder->source->bytes[at];
    bool has_properties = first == '&' || first == '!';
    if (node->kind != RH_NODE_MAPPING || !node->is_flow || first == '{' || has_properties) {
        return;
    }
    mistake(builder);
    size_t end = find_any(builder, at, ",]}\r\n");
    struct rh_span span = span_to(builder, node->span.start, end);
    rh_diagnostics_error(builder->diagnostics, builder->source, span,
                         "an entry of a list is written as 'key: value'");
    rh_diagnostics_hint(builder->diagnostics,
                        "for a mapping write {%.*s}; for a text put it in quotes",
                        end - at > 60 ? 0 : (int)(end - at), builder->source->bytes + at);
}

static void open_collection(struct builder *builder, enum rh_node_kind kind,
                            const yaml_event_t *event)
{
    bool is_mapping = kind == RH_NODE_MAPPING;
    struct rh_document_node *node = add_node(builder, kind, event);
    if (node == NULL) {
        return;
    }
    node->is_flow = is_mapping ? event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE
                               : event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
    check_properties(builder, node,
                     is_mapping ? event->data.mapping_start.anchor
                                : event->data.sequence_start.anchor,
                     is_mapping ? event->data.mapping_start.tag : event->data.sequence_start.tag);
    check_braces(builder, node);
    if (builder->depth == RH_DOCUMENT_DEPTH_MAX) {
        rh_diagnostics_error(builder->diagnostics, builder->source, node->span,
                             "lists and mappings are nested more than %u deep",
                             RH_DOCUMENT_DEPTH_MAX);
        builder->status = RH_LIMIT;
        return;
    }
    attach(builder, node);
    struct frame *frame = &builder->frames[builder->depth++];
    memset(frame, 0, sizeof *frame);
    frame->node = node;
}

static bool collect_items(struct builder *builder, const struct frame *frame)
{
    struct rh_document_node *node = frame->node;
    const struct rh_document_node **items =
        rh_arena_allocate(&builder->document->arena, (frame->count + 1) * sizeof *items);
    if (items == NULL) {
        return allocation_failed(builder, node);
    }
    struct rh_document_node *next;
    for (struct rh_document_node *child = frame->first; child != NULL; child = next) {
        next = child->next;
        child->next = NULL;
        items[node->count++] = child;
    }
    node->items = items;
    return true;
}

static bool collect_pairs(struct builder *builder, const struct frame *frame)
{
    struct rh_document_node *node = frame->node;
    struct rh_pair *pairs =
        rh_arena_allocate(&builder->document->arena, (frame->count / 2 + 1) * sizeof *pairs);
    if (pairs == NULL) {
        return allocation_failed(builder, node);
    }
    struct rh_document_node *next;
    for (struct rh_document_node *key = frame->first; key != NULL && key->next != NULL;
         key = next) {
        struct rh_document_node *value = key->next;
        next = value->next;
        key->next = NULL;
        value->next = NULL;
        pairs[node->count].key = key;
        pairs[node->count++].value = value;
    }
    node->pairs = pairs;
    return true;
}

static void close_collection(struct builder *builder, const yaml_event_t *event)
{
    struct frame *frame = &builder->frames[--builder->depth];
    struct rh_document_node *node = frame->node;
    if (node->is_flow) {
        node->span.end = mark_of(builder, &event->end_mark);
    } else if (frame->last != NULL) {
        node->span.end = frame->last->span.end;
    }
    if (node->kind == RH_NODE_SEQUENCE) {
        collect_items(builder, frame);
    } else if (collect_pairs(builder, frame)) {
        uint32_t duplicates = 0;
        enum rh_status status =
            rh_duplicates_report(builder->source, node, builder->document->arena.allocator,
                                 builder->diagnostics, &duplicates);
        builder->status = status == RH_OK ? builder->status : status;
        builder->has_mistakes = builder->has_mistakes || duplicates != 0;
    }
    struct frame *outer = builder->depth > 0 ? &builder->frames[builder->depth - 1] : NULL;
    if (outer != NULL && outer->key == node) {
        check_key(builder, node);
    }
}

static void begin_document(struct builder *builder, const yaml_event_t *event)
{
    struct rh_mark start = mark_of(builder, &event->start_mark);
    size_t length;
    (void)rh_source_line(builder->source, start.line, &length);
    size_t line_end = builder->source->line_starts[start.line - 1] + length;
    struct rh_span span = rh_source_span(builder->source, start.offset, line_end);
    if (builder->documents++ > 0) {
        rh_diagnostics_error(builder->diagnostics, builder->source, span,
                             "a second document begins here");
        rh_diagnostics_hint(builder->diagnostics,
                            "a file holds one document: put the rest into a file of its own");
        builder->status = RH_MALFORMED;
    } else if (event->data.document_start.version_directive != NULL ||
               event->data.document_start.tag_directives.start !=
                   event->data.document_start.tag_directives.end) {
        mistake(builder);
        rh_diagnostics_error(builder->diagnostics, builder->source, span,
                             "directives ('%%') are not supported");
        rh_diagnostics_hint(builder->diagnostics, "delete this line");
    }
}

static void take_event(struct builder *builder, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        begin_document(builder, event);
        break;
    case YAML_ALIAS_EVENT:
        add_alias(builder, event);
        break;
    case YAML_SCALAR_EVENT:
        add_scalar(builder, event);
        break;
    case YAML_SEQUENCE_START_EVENT:
        open_collection(builder, RH_NODE_SEQUENCE, event);
        break;
    case YAML_MAPPING_START_EVENT:
        open_collection(builder, RH_NODE_MAPPING, event);
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        close_collection(builder, event);
        break;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        break;
    }
}

static void explain(struct builder *builder)
{
    const yaml_parser_t *parser = &builder->parser;
    if (parser->error == YAML_MEMORY_ERROR) {
        builder->status = RH_NO_MEMORY;
        return;
    }
    struct rh_syntax_error error = {
        .problem = parser->problem != NULL ? parser->problem : "this is not YAML",
        .context = parser->context,
        .at = seek(builder, parser->problem_mark.index),
        .open = builder->depth > 0 ? builder->frames[builder->depth - 1].node : NULL,
        .root = builder->root,
        .value = builder->last_scalar,
    };
    error.context_at =
        parser->context != NULL ? seek(builder, parser->context_mark.index) : error.at;
    rh_syntax_explain(builder->source, &error, builder->diagnostics);
    builder->status = RH_MALFORMED;
}

static void read_events(struct builder *builder)
{
    bool has_ended = false;
    while (builder->status == RH_OK && !has_ended) {
        yaml_event_t event;
        if (yaml_parser_parse(&builder->parser, &event) == 0) {
            explain(builder);
            return;
        }
        take_event(builder, &event);
        has_ended = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
}

static void check_not_empty(struct builder *builder)
{
    if (builder->root != NULL && !rh_node_is_empty(builder->root)) {
        return;
    }
    bool has_text = builder->source->length != 0;
    struct rh_span nowhere = {{0, 0, 0}, {0, 0, 0}};
    rh_diagnostics_error(builder->diagnostics, builder->source, nowhere,
                         has_text ? "the file holds nothing but blank lines and comments"
                                  : "the file is empty");
    mistake(builder);
}

enum rh_status rh_document_parse(struct rh_document *document,
                                 const struct rh_document_source *source,
                                 const struct rh_allocator *allocator,
                                 struct rh_diagnostics *diagnostics)
{
    memset(document, 0, sizeof *document);
    document->source = source;
    rh_arena_init(&document->arena, allocator, ARENA_BYTES_MAX);
    struct builder builder;
    memset(&builder, 0, sizeof builder);
    builder.document = document;
    builder.source = source;
    builder.diagnostics = diagnostics;
    builder.status = RH_OK;
    if (yaml_parser_initialize(&builder.parser) == 0) {
        return RH_NO_MEMORY;
    }
    yaml_parser_set_encoding(&builder.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&builder.parser, (const unsigned char *)source->bytes,
                                 source->length);
    read_events(&builder);
    yaml_parser_delete(&builder.parser);
    if (builder.status == RH_OK) {
        check_not_empty(&builder);
    }
    if (builder.status == RH_OK && builder.has_mistakes) {
        builder.status = RH_MALFORMED;
    }
    document->root = builder.status == RH_OK ? builder.root : NULL;
    return builder.status;
}

void rh_document_deinit(struct rh_document *document)
{
    if (document == NULL) {
        return;
    }
    rh_arena_deinit(&document->arena);
    memset(document, 0, sizeof *document);
}

bool rh_node_is_empty(const struct rh_document_node *node)
{
    return node->kind == RH_NODE_SCALAR && node->count == 0 && !node->is_quoted;
}
