/* SPDX-License-Identifier: MIT */
/* Every file of golden/ is read, and what its reader says or makes of it is compared with the .expected beside it, to the
 * byte. The prefix of the name decides how far it is read: cursor-* by a loader that uses each reader once, value-* as
 * messages, everything else as a tree. With the argument "write" the expectations are written instead: review the diff. */
#include <dirent.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness/document/cursor.h"
#include "harness/document/document.h"
#include "harness/document/number.h"
#include "harness/document/value.h"

#define FILES_MAX 256
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

struct reading {
    struct rh_text_buffer out;
    struct rh_cursor cursor;
    struct rh_value_context context;
};

static bool is_writing;

static void print_tree(struct rh_text_buffer *out, const struct rh_document_node *node,
                       size_t depth)
{
    struct rh_span span = node->span;
    rh_text_buffer_repeat(out, ' ', 2 * depth);
    rh_text_buffer_print(out, "%u:%u-%u:%u ", span.start.line, span.start.column, span.end.line,
                         span.end.column);
    if (node->kind == RH_NODE_SCALAR) {
        rh_text_buffer_print(out, "%s %s\n", node->is_quoted ? "quoted" : "plain",
                             rh_quote(node->text, node->count).text);
        return;
    }
    rh_text_buffer_print(out, "%s of %u\n", node->kind == RH_NODE_MAPPING ? "mapping" : "list",
                         node->count);
    for (uint32_t i = 0; i < node->count; i++) {
        if (node->kind == RH_NODE_SEQUENCE) {
            print_tree(out, node->items[i], depth + 1);
        } else {
            print_tree(out, node->pairs[i].key, depth + 1);
            print_tree(out, node->pairs[i].value, depth + 2);
        }
    }
}

/* A loader as the real ones are, with one key for each reader. */
#define KEYS(X)                                                                                    \
    X(NAME, "name", RH_KEY_REQUIRED)                                                               \
    X(SEED, "seed", RH_KEY_OPTIONAL)                                                               \
    X(DEPTH, "depth", RH_KEY_OPTIONAL)                                                             \
    X(RUNS, "runs", RH_KEY_OPTIONAL)                                                               \
    X(OFFSET, "offset", RH_KEY_OPTIONAL)                                                           \
    X(SHIFT, "shift", RH_KEY_OPTIONAL)                                                             \
    X(FAIR, "fair", RH_KEY_OPTIONAL)                                                               \
    X(WAIT, "wait", RH_KEY_OPTIONAL)                                                               \
    X(LATENCY, "latency", RH_KEY_OPTIONAL)                                                         \
    X(STRATEGY, "strategy", RH_KEY_OPTIONAL)                                                       \
    X(TAGS, "tags", RH_KEY_OPTIONAL)                                                               \
    X(ACTORS, "actors", RH_KEY_OPTIONAL)                                                           \
    X(LINKS, "links", RH_KEY_OPTIONAL)

enum {
#define X(identifier, name, presence) KEY_##identifier,
    KEYS(X)
#undef X
    KEY_COUNT
};

static const struct rh_key keys[] = {
#define X(identifier, name, presence) {name, presence},
    KEYS(X)
#undef X
};

static const char *const strategies[] = {"fifo", "random", "pct", "dpor", "replay"};
static const char *const actor_names[] = {"worker", "supervisor", "client"};

static void read_numbers(struct reading *r, const struct rh_document_node *const *values)
{
    uint64_t number;
    int64_t integer;
    bool fair;
    if (rh_cursor_unsigned(&r->cursor, values[KEY_SEED], 0, UINT64_MAX, &number)) {
        rh_text_buffer_print(&r->out, "seed %" PRIu64 "\n", number);
    }
    if (rh_cursor_unsigned(&r->cursor, values[KEY_DEPTH], 1, 100, &number)) {
        rh_text_buffer_print(&r->out, "depth %" PRIu64 "\n", number);
    }
    if (rh_cursor_unsigned(&r->cursor, values[KEY_RUNS], 1, UINT64_MAX, &number)) {
        rh_text_buffer_print(&r->out, "runs %" PRIu64 "\n", number);
    }
    if (rh_cursor_integer(&r->cursor, values[KEY_OFFSET], INT64_MIN, INT64_MAX, &integer)) {
        rh_text_buffer_print(&r->out, "offset %" PRId64 "\n", integer);
    }
    if (rh_cursor_integer(&r->cursor, values[KEY_SHIFT], -5, 5, &integer)) {
        rh_text_buffer_print(&r->out, "shift %" PRId64 "\n", integer);
    }
    if (rh_cursor_boolean(&r->cursor, values[KEY_FAIR], &fair)) {
        rh_text_buffer_print(&r->out, "fair %s\n", fair ? "true" : "false");
    }
}

static void read_times(struct reading *r, const struct rh_document_node *const *values)
{
    rh_duration least, most;
    if (rh_cursor_duration(&r->cursor, values[KEY_WAIT], &least)) {
        rh_text_buffer_print(&r->out, "wait %s = %" PRIu64 "ns\n", rh_duration_print(least).text,
                             least);
    }
    if (rh_cursor_durations(&r->cursor, values[KEY_LATENCY], &least, &most)) {
        rh_text_buffer_print(&r->out, "latency %s to %s\n", rh_duration_print(least).text,
                             rh_duration_print(most).text);
    }
}

static void read_actor(struct reading *r, const struct rh_document_node *node)
{
    static const struct rh_key actor_keys[] = {
        {"name", RH_KEY_REQUIRED}, {"behaviour", RH_KEY_REQUIRED}, {"trap_exit", RH_KEY_OPTIONAL}};
    const struct rh_document_node *values[COUNT(actor_keys)];
    const char *name, *behaviour;
    if (rh_cursor_keys(&r->cursor, node, actor_keys, COUNT(actor_keys), values) &&
        rh_cursor_text(&r->cursor, values[0], &name) &&
        rh_cursor_text(&r->cursor, values[1], &behaviour)) {
        rh_text_buffer_print(&r->out, "actor %s is %s\n", name, behaviour);
    }
}

static void read_lists(struct reading *r, const struct rh_document_node *const *values)
{
    struct rh_texts texts;
    if (rh_cursor_texts(&r->cursor, values[KEY_TAGS], &texts)) {
        for (uint32_t i = 0; i < texts.count; i++) {
            rh_text_buffer_print(&r->out, "tag %s\n", rh_texts_at(&texts, i)->text);
        }
    }
    if (rh_cursor_sequence(&r->cursor, values[KEY_ACTORS], false)) {
        for (uint32_t i = 0; i < values[KEY_ACTORS]->count; i++) {
            read_actor(r, values[KEY_ACTORS]->items[i]);
        }
    }
    const struct rh_document_node *links = values[KEY_LINKS];
    if (rh_cursor_sequence(&r->cursor, links, false)) {
        for (uint32_t i = 0; i < links->count; i++) {
            const struct rh_document_node *node = links->items[i];
            size_t at = 0;
            while (at < COUNT(actor_names) && !rh_node_is_text(node, actor_names[at])) {
                at++;
            }
            if (at == COUNT(actor_names)) {
                rh_cursor_unknown(&r->cursor, node, "actor", actor_names, COUNT(actor_names));
            }
        }
    }
}

static void read_with_cursor(struct reading *r, const struct rh_document_node *root)
{
    const struct rh_document_node *values[KEY_COUNT];
    const char *name;
    size_t strategy;
    rh_cursor_keys(&r->cursor, root, keys, KEY_COUNT, values);
    if (rh_cursor_text(&r->cursor, values[KEY_NAME], &name)) {
        rh_text_buffer_print(&r->out, "name %s\n", name);
    }
    read_numbers(r, values);
    read_times(r, values);
    if (rh_cursor_word(&r->cursor, values[KEY_STRATEGY], strategies, COUNT(strategies),
                       &strategy)) {
        rh_text_buffer_print(&r->out, "strategy %zu\n", strategy);
    }
    read_lists(r, values);
}

static bool find_variable(void *self, const struct rh_cursor *cursor,
                          const struct rh_document_node *node, const char *name,
                          enum rh_value_use use, uint32_t *slot)
{
    static const char *const names[] = {"sequence", "sender", "reason"};
    (void)self;
    (void)use;
    for (uint32_t i = 0; i < COUNT(names); i++) {
        if (strcmp(names[i], name) == 0) {
            *slot = i;
            return true;
        }
    }
    return rh_cursor_unknown(cursor, node, "variable", names, COUNT(names));
}

static bool find_actor(void *self, const struct rh_cursor *cursor,
                       const struct rh_document_node *node, const char *name, enum rh_value_use use,
                       struct rh_builder *builder)
{
    (void)self;
    (void)use;
    for (uint32_t i = 0; i < COUNT(actor_names); i++) {
        if (strcmp(actor_names[i], name) == 0) {
            struct rh_pid pid = {1, 1, i, 1};
            rh_build_pid(builder, pid);
            return true;
        }
    }
    return rh_cursor_unknown(cursor, node, "actor", actor_names, COUNT(actor_names));
}

static size_t print_actor(void *self, struct rh_pid pid, char *buffer, size_t capacity)
{
    (void)self;
    return (size_t)snprintf(buffer, capacity, "%s", actor_names[pid.slot]);
}

static void read_values(struct reading *r, const struct rh_document_node *list,
                        enum rh_value_use use)
{
    const struct rh_print_names names = {print_actor, NULL};
    for (uint32_t i = 0; list != NULL && i < list->count; i++) {
        struct rh_message message;
        if (!rh_value_read(&r->context, list->items[i], use, &message)) {
            assert_int_equal(rh_message_size(&message), 0);
            continue;
        }
        char text[2048];
        assert_int_equal(rh_message_check(&message, NULL), RH_OK);
        assert_true(rh_message_print(&message, &names, text, sizeof text) < sizeof text);
        rh_text_buffer_print(&r->out, "%s\n", text);
        rh_message_unref(message);
    }
}

static void read_source(struct reading *r, const char *name,
                        const struct rh_document_source *source, struct rh_diagnostics *diagnostics)
{
    static const struct rh_value_names names = {find_variable, find_actor, NULL};
    struct rh_document document;
    struct rh_limits limits = rh_limits_default();
    limits.message_bytes_max = 1024;
    limits.nesting_max = 8;
    r->cursor.source = source;
    r->cursor.diagnostics = diagnostics;
    r->context.cursor = &r->cursor;
    r->context.names = &names;
    r->context.limits = &limits;
    enum rh_status status = rh_document_parse(&document, source, NULL, diagnostics);
    assert_int_equal(status == RH_OK, diagnostics->error_count == 0);
    assert_int_equal(status == RH_OK, document.root != NULL);
    if (status == RH_OK && strncmp(name, "cursor-", 7) == 0) {
        read_with_cursor(r, document.root);
    } else if (status == RH_OK && strncmp(name, "value-", 6) == 0) {
        read_values(r, rh_node_find(document.root, "values"), RH_VALUE);
        read_values(r, rh_node_find(document.root, "patterns"), RH_VALUE_PATTERN);
        read_values(r, rh_node_find(document.root, "templates"), RH_VALUE_TEMPLATE);
    } else if (status == RH_OK) {
        print_tree(&r->out, document.root, 0);
    }
    rh_document_deinit(&document);
}

static void write_expected(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

static void compare_expected(const char *path, const char *text)
{
    static char expected[1 << 16];
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t length = fread(expected, 1, sizeof expected - 1, file);
    assert_int_equal(fclose(file), 0);
    expected[length] = '\0';
    assert_string_equal(text, expected);
}

static void says_exactly_what_is_expected(void **state)
{
    const char *name = *state;
    char expected[256];
    struct reading r;
    struct rh_document_source source;
    struct rh_diagnostics diagnostics;
    memset(&r, 0, sizeof r);
    rh_text_buffer_init(&r.out, NULL, 1 << 16);
    rh_diagnostics_init(&diagnostics, NULL);
    if (rh_source_load(&source, NULL, name, &diagnostics) == RH_OK) {
        read_source(&r, name, &source, &diagnostics);
    }
    assert_int_equal(rh_diagnostics_render(&diagnostics, false, &r.out), RH_OK);
    (void)snprintf(expected, sizeof expected, "%.*s.expected", (int)(strlen(name) - 5), name);
    if (is_writing) {
        write_expected(expected, rh_text_buffer_text(&r.out));
    } else {
        compare_expected(expected, rh_text_buffer_text(&r.out));
    }
    rh_source_deinit(&source);
    rh_diagnostics_deinit(&diagnostics);
    rh_text_buffer_deinit(&r.out);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static size_t find_files(char *names[FILES_MAX])
{
    size_t count = 0;
    DIR *folder = opendir(".");
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        size_t length = strlen(entry->d_name);
        if (length > 5 && strcmp(entry->d_name + length - 5, ".yaml") == 0 && count < FILES_MAX) {
            names[count] = malloc(length + 1);
            memcpy(names[count++], entry->d_name, length + 1);
        }
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    qsort(names, count, sizeof *names, compare_names);
    return count;
}

int main(int argc, char **argv)
{
    static char *names[FILES_MAX];
    static struct CMUnitTest tests[FILES_MAX];
    is_writing = argc > 1 && strcmp(argv[1], "write") == 0;
    if (chdir(RH_SOURCE_DIR "/harness/document/tests/golden") != 0) {
        return 1;
    }
    size_t count = find_files(names);
    for (size_t i = 0; i < count; i++) {
        struct CMUnitTest test = {names[i], says_exactly_what_is_expected, NULL, NULL, names[i]};
        tests[i] = test;
    }
    int failures = count == 0 ? 1 : _cmocka_run_group_tests("golden", tests, count, NULL, NULL);
    for (size_t i = 0; i < count; i++) {
        free(names[i]);
    }
    return failures != 0 ? 1 : 0;
}
