/* SPDX-License-Identifier: MIT */
/* A document that is written again is the same document, and what is struck out of it is not there any more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <rehearse/scenario.h>

#include "harness/scenario/scenario.h"
#include "harness/shrink/draft.h"
#include "harness/shrink/reduce.h"
#include "harness/shrink/tests/files.h"

#define TEXT_BYTES ((size_t)1 << 20)

static char text[TEXT_BYTES];
static char again[TEXT_BYTES];

/* Parse a text, change it, write it; the scenario must be one if it has to. */
static void rewrite(const char *from, char *to, void (*change)(struct rh_draft *draft))
{
    struct rh_scenario *scenario = NULL;
    struct rh_draft draft;
    struct rh_text_buffer out;
    assert_int_equal(rh_scenario_parse(NULL, "draft.yaml", from, strlen(from), NULL, &scenario),
                     RH_OK);
    assert_int_equal(rh_draft_init(&draft, NULL, &scenario->document), RH_OK);
    if (change != NULL) {
        change(&draft);
    }
    rh_text_buffer_init(&out, NULL, TEXT_BYTES);
    rh_draft_write(&draft, &out);
    assert_int_equal(out.status, RH_OK);
    (void)snprintf(to, TEXT_BYTES, "%s", rh_text_buffer_text(&out));
    rh_text_buffer_deinit(&out);
    rh_draft_deinit(&draft);
    rh_scenario_destroy(scenario);
}

/* Two documents hold the same. */
static void assert_same(const struct rh_document_node *a, const struct rh_document_node *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->count, b->count);
    if (a->kind == RH_NODE_SCALAR) {
        assert_string_equal(a->text, b->text);
    }
    for (uint32_t i = 0; a->kind == RH_NODE_SEQUENCE && i < a->count; i++) {
        assert_same(a->items[i], b->items[i]);
    }
    for (uint32_t i = 0; a->kind == RH_NODE_MAPPING && i < a->count; i++) {
        assert_string_equal(a->pairs[i].key->text, b->pairs[i].key->text);
        assert_same(a->pairs[i].value, b->pairs[i].value);
    }
}

static void every_scenario_of_the_project_can_be_written_again(void **state)
{
    static struct files files;
    (void)state;
    files_collect(&files, "scenarios");
    assert_true(files.count > 100);
    for (size_t i = 0; i < files.count; i++) {
        struct rh_scenario *before = NULL;
        struct rh_scenario *after = NULL;
        size_t length = files_read(files.names[i], text, sizeof text);
        rewrite(text, again, NULL);
        assert_int_equal(rh_scenario_parse(NULL, "before", text, length, NULL, &before), RH_OK);
        assert_int_equal(rh_scenario_parse(NULL, "after", again, strlen(again), NULL, &after),
                         RH_OK);
        assert_same(before->document.root, after->document.root);
        rh_scenario_destroy(before);
        rh_scenario_destroy(after);
        (void)snprintf(text, sizeof text, "%s", again);
        rewrite(text, again, NULL);
        assert_string_equal(again, text);
    }
}

static const char original[] = "# a comment\n"
                               "scenario: a title, with \"quotes\" and [brackets]\n"
                               "about: |\n"
                               "  two lines\n"
                               "  of text\n"
                               "actors:\n"
                               "  a: {behaviour: sink, link: [b, c]}\n"
                               "  b: sink\n"
                               "  c:\n"
                               "    behaviour: sink\n"
                               "    script:\n"
                               "      - send: {to: a, message: 'two words'}\n"
                               "      - send: {to: b, message: \"42\"}\n"
                               "expect: {alive: [a]}\n";

static void keeps_the_form_that_the_author_chose(void **state)
{
    (void)state;
    rewrite(original, text, NULL);
    assert_string_equal(text, "scenario: a title, with \"quotes\" and [brackets]\n"
                              "about: \"two lines\\nof text\\n\"\n"
                              "actors:\n"
                              "  a: {behaviour: sink, link: [b, c]}\n"
                              "  b: sink\n"
                              "  c:\n"
                              "    behaviour: sink\n"
                              "    script:\n"
                              "      - send: {to: a, message: \"two words\"}\n"
                              "      - send: {to: b, message: \"42\"}\n"
                              "expect: {alive: [a]}\n");
}

static void strike(struct rh_draft *draft)
{
    struct rh_draft_node *actors = rh_draft_find(draft->root, "actors");
    struct rh_draft_node *links = rh_draft_find(rh_draft_find(actors, "a"), "link");
    rh_draft_find(draft->root, "about")->is_gone = true;
    links->first->is_gone = true;
    rh_draft_find(rh_draft_find(actors, "c"), "script")->first->is_gone = true;
    rh_draft_find(actors, "b")->text = rh_draft_text(draft, "echo");
    assert_null(rh_draft_find(draft->root, "about"));
    assert_int_equal(rh_draft_count(links), 1);
    assert_true(rh_draft_is_gone(links->first));
}

static void leaves_out_what_is_struck_out(void **state)
{
    (void)state;
    rewrite(original, text, strike);
    assert_string_equal(text, "scenario: a title, with \"quotes\" and [brackets]\n"
                              "actors:\n"
                              "  a: {behaviour: sink, link: [c]}\n"
                              "  b: echo\n"
                              "  c:\n"
                              "    behaviour: sink\n"
                              "    script:\n"
                              "      - send: {to: b, message: \"42\"}\n"
                              "expect: {alive: [a]}\n");
}

static void freeze(struct rh_draft *draft)
{
    struct rh_draft_node *expect = rh_draft_find(draft->root, "expect");
    struct rh_draft_node *alive = rh_draft_find(expect, "alive");
    rh_reduce_freeze(draft, alive->key->at.line, alive->key->at.column);
    assert_false(rh_reduce_may(alive));
    assert_false(rh_reduce_may(alive->first));
    assert_false(rh_reduce_may(expect));
    assert_false(rh_reduce_may(draft->root));
    assert_false(rh_reduce_may(rh_draft_find(draft->root, "scenario")));
    assert_true(rh_reduce_may(rh_draft_find(draft->root, "actors")));
    struct rh_draft_node *script =
        rh_draft_find(rh_draft_find(rh_draft_find(draft->root, "actors"), "c"), "script");
    assert_true(rh_reduce_may(script->first));
    script->is_gone = true;
    assert_false(rh_reduce_may(script->first));
}

static void what_fails_is_never_struck_out(void **state)
{
    (void)state;
    rewrite(original, text, freeze);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_scenario_of_the_project_can_be_written_again),
        cmocka_unit_test(keeps_the_form_that_the_author_chose),
        cmocka_unit_test(leaves_out_what_is_struck_out),
        cmocka_unit_test(what_fails_is_never_struck_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
