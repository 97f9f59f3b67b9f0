/* SPDX-License-Identifier: MIT */
/* What the golden files cannot hold: files of a megabyte, positions of every node, and memory that runs out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/document/cursor.h"
#include "harness/document/document.h"
#include "harness/document/tests/failing_allocator.h"
#include "harness/document/value.h"

struct run {
    struct failing_allocator failing;
    struct rh_document_source source;
    struct rh_diagnostics diagnostics;
    struct rh_document document;
    enum rh_status status;
};

static void run_begin(struct run *run, const char *text, size_t length, uint64_t refused_at)
{
    memset(run, 0, sizeof *run);
    failing_allocator_init(&run->failing, refused_at);
    rh_diagnostics_init(&run->diagnostics, &run->failing.allocator);
    run->status = rh_source_copy(&run->source, &run->failing.allocator, "t.yaml", text, length,
                                 &run->diagnostics);
    if (run->status == RH_OK) {
        run->status = rh_document_parse(&run->document, &run->source, &run->failing.allocator,
                                        &run->diagnostics);
    }
}

static void run_end(struct run *run)
{
    rh_document_deinit(&run->document);
    rh_diagnostics_deinit(&run->diagnostics);
    rh_source_deinit(&run->source);
    assert_int_equal(run->failing.bytes, 0);
    assert_false(run->failing.has_lost_size);
}

/* A text of `head`, then `part` again and again up to a size, then `tail`. */
static char *repeat(const char *head, const char *part, size_t size, const char *tail,
                    size_t *length)
{
    char *text = malloc(size + 1);
    size_t used = strlen(head), part_length = strlen(part), tail_length = strlen(tail);
    assert_non_null(text);
    memcpy(text, head, used);
    while (used + part_length + tail_length <= size) {
        memcpy(text + used, part, part_length);
        used += part_length;
    }
    memcpy(text + used, tail, tail_length);
    *length = used + tail_length;
    return text;
}

static void refuses_hostile_files_quickly(void **state)
{
    static const struct {
        const char *head, *part;
        size_t size;
        const char *tail;
        enum rh_status status;
    } rows[] = {
        {"", "[", 50000, "", RH_LIMIT},
        {"", "[", RH_SOURCE_BYTES_MAX, "", RH_LIMIT},
        {"", "{", RH_SOURCE_BYTES_MAX, "", RH_LIMIT},
        {"", "{a: ", RH_SOURCE_BYTES_MAX, "", RH_LIMIT},
        {"", "- ", RH_SOURCE_BYTES_MAX, "", RH_LIMIT},
        {"", "? ", RH_SOURCE_BYTES_MAX, "", RH_LIMIT},
        {"[", "a,", RH_SOURCE_BYTES_MAX, "]", RH_LIMIT},
        {"{", "a,", RH_SOURCE_BYTES_MAX, "}", RH_LIMIT},
        {"", "- a\n", RH_SOURCE_BYTES_MAX, "", RH_LIMIT},
        {"", "a: b\n", 150000, "", RH_MALFORMED},
        {"[", "[],", RH_SOURCE_BYTES_MAX, "]", RH_LIMIT},
        {"", "a", RH_SOURCE_BYTES_MAX, "", RH_OK},
        {"", "a ", RH_SOURCE_BYTES_MAX, "b", RH_OK},
        {"", "a\n", RH_SOURCE_BYTES_MAX, "", RH_OK},
        {"", "a: ", RH_SOURCE_BYTES_MAX, "", RH_MALFORMED},
        {"", "a:\n ", RH_SOURCE_BYTES_MAX, "", RH_LIMIT},
        {"a: x\n", "-b\n", RH_SOURCE_BYTES_MAX, "", RH_MALFORMED},
        {"a:\n - x\n", "  -b\n", RH_SOURCE_BYTES_MAX, "", RH_MALFORMED},
        {"\"", "\\u00e9", RH_SOURCE_BYTES_MAX, "\"", RH_OK},
        {"\"", "\\L", RH_SOURCE_BYTES_MAX, "\"", RH_OK},
        {"'", "''", RH_SOURCE_BYTES_MAX, "", RH_MALFORMED},
        {"\"", "\n\n", RH_SOURCE_BYTES_MAX, "\"", RH_OK},
        {"|\n", " a\n", RH_SOURCE_BYTES_MAX, "", RH_OK},
        {"", "# a\n", RH_SOURCE_BYTES_MAX, "", RH_MALFORMED},
        {"", " ", RH_SOURCE_BYTES_MAX, "", RH_MALFORMED},
        {"", "\n", RH_SOURCE_BYTES_MAX, "", RH_MALFORMED},
        {"", "\t", RH_SOURCE_BYTES_MAX, "", RH_MALFORMED},
        {"", "&a ", RH_SOURCE_BYTES_MAX, "", RH_MALFORMED},
        {"", "!a ", RH_SOURCE_BYTES_MAX, "", RH_MALFORMED},
        {"", "*a ", RH_SOURCE_BYTES_MAX, "", RH_MALFORMED},
        {"", "%a\n", RH_SOURCE_BYTES_MAX, "", RH_MALFORMED},
        {"", "---\n", RH_SOURCE_BYTES_MAX, "", RH_MALFORMED},
        {"", "\xf0\x9f\x8e\xad", RH_SOURCE_BYTES_MAX, "", RH_OK},
        {"x: [", "\xf0\x9f\x8e\xad,", 200000, "", RH_MALFORMED},
        {"[", "a: b,", RH_SOURCE_BYTES_MAX, "]", RH_LIMIT},
        {"[", "!a b,", RH_SOURCE_BYTES_MAX, "]", RH_LIMIT},
        {"[", "&a b,", RH_SOURCE_BYTES_MAX, "]", RH_LIMIT},
        {"{", "a:b,", RH_SOURCE_BYTES_MAX, "}", RH_LIMIT},
        {"[", "a\n-b,", RH_SOURCE_BYTES_MAX, "]", RH_LIMIT},
        {"a: &a [x]\nb: [", "*a,", 100000, "*a]\n", RH_MALFORMED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t length;
        struct run run;
        struct rh_text_buffer out;
        char *text = repeat(rows[i].head, rows[i].part, rows[i].size, rows[i].tail, &length);
        run_begin(&run, text, length, 0);
        if (run.status != rows[i].status) {
            fail_msg("many '%s' give %s", rows[i].part, rh_status_word(run.status));
        }
        assert_int_equal(run.status == RH_OK, run.diagnostics.error_count == 0);
        rh_text_buffer_init(&out, NULL, 1 << 16);
        assert_int_equal(rh_diagnostics_render(&run.diagnostics, true, &out), RH_OK);
        rh_text_buffer_deinit(&out);
        run_end(&run);
        free(text);
    }
}

static void finds_duplicates_among_many_keys(void **state)
{
    struct run run;
    struct rh_text_buffer text;
    (void)state;
    rh_text_buffer_init(&text, NULL, RH_SOURCE_BYTES_MAX);
    for (unsigned i = 0; i < 30000; i++) {
        rh_text_buffer_print(&text, "key%u: 1\n", i);
    }
    run_begin(&run, rh_text_buffer_text(&text), text.length, 0);
    assert_int_equal(run.status, RH_OK);
    assert_int_equal(run.document.root->count, 30000);
    assert_true(rh_node_is_text(rh_node_find(run.document.root, "key29999"), "1"));
    run_end(&run);
    for (unsigned i = 0; i < 2000; i++) {
        rh_text_buffer_print(&text, "key%u: 1\n", i * 7);
    }
    assert_int_equal(text.status, RH_OK);
    run_begin(&run, rh_text_buffer_text(&text), text.length, 0);
    assert_int_equal(run.status, RH_MALFORMED);
    assert_int_equal(run.diagnostics.error_count, 2000);
    run_end(&run);
    rh_text_buffer_deinit(&text);
}

static void counts_nodes_to_the_limit_exactly(void **state)
{
    struct run run;
    size_t length;
    char *text = repeat("[", "a,", 1 + 2 * (RH_DOCUMENT_NODES_MAX - 1) + 1, "]", &length);
    (void)state;
    run_begin(&run, text, length, 0);
    assert_int_equal(run.status, RH_OK);
    assert_int_equal(run.document.node_count, RH_DOCUMENT_NODES_MAX);
    assert_int_equal(run.document.root->count, RH_DOCUMENT_NODES_MAX - 1);
    run_end(&run);
    text[length - 1] = 'a';
    text[length++] = ']';
    run_begin(&run, text, length, 0);
    assert_int_equal(run.status, RH_LIMIT);
    assert_null(run.document.root);
    run_end(&run);
    free(text);
}

static void check_marks(const struct rh_document_source *source,
                        const struct rh_document_node *node, const struct rh_document_node *parent)
{
    struct rh_mark start = rh_source_mark(source, node->span.start.offset);
    struct rh_mark end = rh_source_mark(source, node->span.end.offset);
    assert_memory_equal(&start, &node->span.start, sizeof start);
    assert_memory_equal(&end, &node->span.end, sizeof end);
    assert_true(start.offset <= end.offset);
    assert_ptr_equal(node->parent, parent);
    assert_null(node->next);
    if (parent != NULL) {
        assert_true(start.offset >= parent->span.start.offset);
        assert_true(end.offset <= parent->span.end.offset);
    }
    for (uint32_t i = 0; node->kind == RH_NODE_SEQUENCE && i < node->count; i++) {
        assert_null(node->items[i]->key);
        check_marks(source, node->items[i], node);
    }
    for (uint32_t i = 0; node->kind == RH_NODE_MAPPING && i < node->count; i++) {
        assert_ptr_equal(node->pairs[i].value->key, node->pairs[i].key);
        check_marks(source, node->pairs[i].key, node);
        check_marks(source, node->pairs[i].value, node);
    }
}

static const char varied[] = "\xef\xbb\xbf# \xc3\xa9\r\n"
                             "n\xc3\xa4me: \"\xe6\xbc\xa2\\n\" # x\r\n"
                             "list:\r"
                             "- [a, {b: c, \xf0\x9f\x8e\xad: ''}, \"\n\n d\"]\n"
                             "-\n"
                             "- e: |\n"
                             "    block\n"
                             "    text\n"
                             "\n"
                             "  f: >-\n"
                             "    folded\n"
                             "  g:\n"
                             "  h: plain\n"
                             "    goes on\n"
                             "\n"
                             "last: {}\n"
                             "\n";

static void gives_every_node_its_place(void **state)
{
    struct run run;
    (void)state;
    run_begin(&run, varied, sizeof varied - 1, 0);
    assert_int_equal(run.status, RH_OK);
    check_marks(&run.source, run.document.root, NULL);
    run_end(&run);
}

static void gives_places_inside_a_file_whose_last_line_does_not_end(void **state)
{
    static const char *const texts[] = {"a: b\n? c", "a:", "- ", "a: |\n  b", "[a, {b: }]", "a"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct run run;
        run_begin(&run, texts[i], strlen(texts[i]), 0);
        assert_int_equal(run.status, RH_OK);
        check_marks(&run.source, run.document.root, NULL);
        run_end(&run);
    }
}

static bool any_variable(void *self, const struct rh_cursor *cursor,
                         const struct rh_document_node *node, const char *name,
                         enum rh_value_use use, uint32_t *slot)
{
    (void)self;
    (void)cursor;
    (void)node;
    (void)name;
    (void)use;
    *slot = 3;
    return true;
}

static const char loaded[] = "name: x\n"
                             "wait: 5\n"
                             "nmae: y\n"
                             "name: z\n";

static const char messages[] = "- [ping, {key: [1, 2, 3], other: \"some longer text\"}, $x]\n"
                               "- {1: a, 0x1: b}\n"
                               "- [$x, <nobody>]\n"
                               "- {a0: 1, a1: 1, a2: 1, a3: 1, a4: 1, a5: 1, a6: 1, a7: 1, a8: 1,\n"
                               "   a9: 1, b0: 1, b1: 1, b2: 1, b3: 1, b4: 1, b5: 1, b6: 1}\n";

/* Does all there is to do with a text; returns whether something said that it has no memory. */
static bool exercise(const char *text, size_t length, uint64_t refused_at, bool *was_refused)
{
    static const struct rh_key keys[] = {{"name", RH_KEY_REQUIRED}, {"wait", RH_KEY_REQUIRED}};
    static const struct rh_value_names names = {any_variable, NULL, NULL};
    const struct rh_document_node *values[2];
    struct run run;
    struct rh_text_buffer out;
    rh_duration wait;
    run_begin(&run, text, length, refused_at);
    struct rh_cursor cursor = {&run.source, &run.diagnostics};
    struct rh_value_context context = {&cursor, &names, &run.failing.allocator, NULL};
    const struct rh_document_node *root = run.document.root;
    if (root != NULL && root->kind == RH_NODE_MAPPING) {
        (void)rh_cursor_keys(&cursor, root, keys, 2, values);
        (void)rh_cursor_duration(&cursor, values[1], &wait);
    }
    for (uint32_t i = 0; root != NULL && root->kind == RH_NODE_SEQUENCE && i < root->count; i++) {
        struct rh_message message;
        uint32_t errors = run.diagnostics.error_count;
        bool is_good = rh_value_read(&context, root->items[i], RH_VALUE_PATTERN, &message);
        assert_int_equal(is_good, rh_message_size(&message) != 0);
        assert_int_equal(is_good, errors == run.diagnostics.error_count);
        rh_message_unref(message);
    }
    rh_text_buffer_init(&out, &run.failing.allocator, 1 << 16);
    (void)rh_diagnostics_render(&run.diagnostics, false, &out);
    bool has_said = run.status == RH_NO_MEMORY || run.diagnostics.status == RH_NO_MEMORY ||
                    out.status == RH_NO_MEMORY;
    if (run.status == RH_NO_MEMORY) {
        assert_null(run.document.root);
    }
    rh_text_buffer_deinit(&out);
    *was_refused = refused_at != 0 && run.failing.requests >= refused_at;
    run_end(&run);
    return has_said;
}

static void survives_every_refused_allocation(void **state)
{
    static const struct {
        const char *text;
        size_t length;
    } rows[] = {
        {varied, sizeof varied - 1},     {loaded, sizeof loaded - 1},
        {messages, sizeof messages - 1}, {"a: [\xff", 5},
        {"wait: 5\nnmae: 1\n", 16},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool was_refused;
        uint64_t n = 1;
        assert_false(exercise(rows[i].text, rows[i].length, 0, &was_refused));
        for (;; n++) {
            bool has_said = exercise(rows[i].text, rows[i].length, n, &was_refused);
            assert_int_equal(has_said, was_refused);
            if (!was_refused) {
                break;
            }
        }
        assert_true(n > 5);
    }
}

static void stays_silent_about_what_was_reported_already(void **state)
{
    struct rh_diagnostics diagnostics;
    struct rh_cursor cursor = {NULL, &diagnostics};
    struct rh_value_context context = {&cursor, NULL, NULL, NULL};
    struct rh_texts texts = {NULL, 77};
    struct rh_message message;
    const char *text = "untouched";
    uint64_t number = 77, other = 78;
    int64_t integer = 77;
    bool truth = true;
    size_t index = 77;
    static const char *const words[] = {"a"};
    (void)state;
    rh_diagnostics_init(&diagnostics, NULL);
    assert_false(rh_cursor_mapping(&cursor, NULL));
    assert_false(rh_cursor_sequence(&cursor, NULL, true));
    assert_false(rh_cursor_text(&cursor, NULL, &text));
    assert_false(rh_cursor_texts(&cursor, NULL, &texts));
    assert_false(rh_cursor_unsigned(&cursor, NULL, 0, 1, &number));
    assert_false(rh_cursor_integer(&cursor, NULL, 0, 1, &integer));
    assert_false(rh_cursor_boolean(&cursor, NULL, &truth));
    assert_false(rh_cursor_duration(&cursor, NULL, &number));
    assert_false(rh_cursor_durations(&cursor, NULL, &number, &other));
    assert_false(rh_cursor_word(&cursor, NULL, words, 1, &index));
    assert_false(rh_value_read(&context, NULL, RH_VALUE, &message));
    assert_null(rh_node_find(NULL, "a"));
    assert_false(rh_node_is_text(NULL, "a"));
    assert_int_equal(diagnostics.error_count, 0);
    assert_string_equal(text, "untouched");
    assert_true(number == 77 && other == 78 && integer == 77 && truth && index == 77);
    assert_int_equal(texts.count, 77);
    rh_diagnostics_deinit(&diagnostics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_hostile_files_quickly),
        cmocka_unit_test(finds_duplicates_among_many_keys),
        cmocka_unit_test(counts_nodes_to_the_limit_exactly),
        cmocka_unit_test(gives_every_node_its_place),
        cmocka_unit_test(gives_places_inside_a_file_whose_last_line_does_not_end),
        cmocka_unit_test(survives_every_refused_allocation),
        cmocka_unit_test(stays_silent_about_what_was_reported_already),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
