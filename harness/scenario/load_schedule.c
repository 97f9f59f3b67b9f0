/* SPDX-License-Identifier: MIT */
/*
 * A schedule: the lines that a run follows, in the words of "harness/schedule/line.h". A line is one entry of a mapping,
 * "a -> b: [ping, 1]", or a text, "a does"; it is kept as the text that the world writes for the same event.
 */
#include "harness/scenario/loader.h"

#include "harness/document/number.h"
#include "harness/document/text_buffer.h"

#include <rehearse/event.h>
#include <rehearse/fault.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_BYTES_MAX 4096u

/* ---- values, as rh_message_print writes them ---- */

static void put_text(struct rh_text_buffer *out, const struct rh_document_node *node)
{
    struct rh_message text = RH_ITEM(NULL, (const char *)node->text);
    size_t length = rh_message_print(&text, NULL, NULL, 0);
    char *printed = malloc(length + 1);
    if (printed == NULL) {
        out->status = RH_NO_MEMORY;
    } else {
        rh_message_print(&text, NULL, printed, length + 1);
        (void)rh_text_buffer_append(out, printed, length);
        free(printed);
    }
    rh_message_unref(text);
}

static bool is_word(const char *text)
{
    return strcmp(text, "_") == 0 || strcmp(text, "true") == 0 || strcmp(text, "false") == 0 ||
           strcmp(text, "null") == 0 || text[0] == '<' || strncmp(text, "h'", 2) == 0;
}

static void put_scalar(struct rh_text_buffer *out, const struct rh_document_node *node)
{
    struct rh_number number = rh_number_parse(node->text, node->count);
    if (node->is_quoted) {
        put_text(out, node);
    } else if (number.form == RH_NUMBER_WHOLE) {
        (void)rh_text_buffer_print(out, "%s%llu", number.is_negative ? "-" : "",
                                   (unsigned long long)number.magnitude);
    } else if (is_word(node->text)) {
        (void)rh_text_buffer_append(out, node->text, node->count);
    } else {
        put_text(out, node);
    }
}

static void put_value(struct rh_text_buffer *out, const struct rh_document_node *node)
{
    if (node->kind == RH_NODE_SCALAR) {
        put_scalar(out, node);
        return;
    }
    bool is_map = node->kind == RH_NODE_MAPPING;
    (void)rh_text_buffer_append(out, is_map ? "{" : "[", 1);
    for (uint32_t i = 0; i < node->count; i++) {
        (void)rh_text_buffer_append(out, ", ", i == 0 ? 0 : 2);
        if (is_map) {
            put_scalar(out, node->pairs[i].key);
            (void)rh_text_buffer_append(out, ": ", 2);
        }
        put_value(out, is_map ? node->pairs[i].value : node->items[i]);
    }
    (void)rh_text_buffer_append(out, is_map ? "}" : "]", 1);
}

/* ---- what a line is about ---- */

static const char *const words[] = {
    "end",         "step",    "input",   "wait",   "draw",   "cut",    "fault",   "event",
    "exit_signal", "arrives", "written", "closed", "struck", "exited", "listens", "time",
};
enum {
    WORDS = sizeof words / sizeof words[0],
    ALL_WORDS = WORDS + RH_FAULT_COUNT
};

/* Those, and the kinds of faults. */
static const char *word_at(size_t index)
{
    return index < WORDS ? words[index] : rh_fault_kind_word((enum rh_fault_kind)(index - WORDS));
}

static bool is_signal(const char *word, size_t length)
{
    for (int kind = 0; kind < RH_SIGNAL_COUNT; kind++) {
        const char *of = rh_signal_kind_word((enum rh_signal_kind)kind);
        size_t at = 0;
        while (at < length && (char)tolower((unsigned char)of[at]) == word[at]) {
            at++;
        }
        if (at == length && of[at] == '\0') {
            return true;
        }
    }
    return false;
}

static bool is_known(const struct loader *loader, const char *word, size_t length)
{
    const struct rh_plan *plan = loader->plan;
    size_t root = 0; /* of a/1, or a@2/1: a */
    while (root < length && strchr("/@#", word[root]) == NULL) {
        root++;
    }
    for (size_t i = 0; i < ALL_WORDS; i++) {
        if (strlen(word_at(i)) == length && memcmp(word_at(i), word, length) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < RH_DEED_COUNT; i++) {
        if (strlen(rh_deed_words[i]) == length && memcmp(rh_deed_words[i], word, length) == 0) {
            return true;
        }
    }
    for (uint32_t i = 0; i < plan->actor_count; i++) {
        if (strlen(plan->names[i]) == root && memcmp(plan->names[i], word, root) == 0) {
            return true;
        }
    }
    for (uint32_t i = 0; i < plan->nodes.count; i++) {
        if (strlen(plan->nodes.at[i]) == root && memcmp(plan->nodes.at[i], word, root) == 0) {
            return true;
        }
    }
    return is_signal(word, length) || root != length || (length == 1 && *word == '-');
}

/* Only the first word can be judged: behind it may stand whatever a run brings forth. */
static bool check_head(struct loader *loader, const struct rh_document_node *node)
{
    const struct rh_plan *plan = loader->plan;
    size_t length = strcspn(node->text, " ");
    if (is_known(loader, node->text, length)) {
        return true;
    }
    rh_load_error(loader, node->span, "a line of 'schedule' cannot begin with '%.*s'", (int)length,
                  node->text);
    char first[64];
    (void)snprintf(first, sizeof first, "%.*s", (int)length, node->text);
    const char *near = rh_suggest(first, plan->names, plan->actor_count);
    const char *all[ALL_WORDS];
    for (size_t i = 0; i < ALL_WORDS; i++) {
        all[i] = word_at(i);
    }
    near = near == NULL ? rh_suggest(first, all, ALL_WORDS) : near;
    if (near != NULL) {
        rh_load_hint(loader, "did you mean '%s'?", near);
    } else {
        rh_load_hint(loader, "write 'a -> b: message', 'a does: send', or the word of a signal or "
                             "fault, as 'down a -> b' and 'crash a'");
    }
    return false;
}

static const char *keep(struct loader *loader, const struct rh_text_buffer *text)
{
    if (text->status == RH_NO_MEMORY) {
        (void)rh_loader_out_of_memory(loader);
        return NULL;
    }
    char *line = rh_loader_allocate(loader, text->length + 1, 1);
    if (line != NULL) {
        memcpy(line, rh_text_buffer_text(text), text->length + 1);
    }
    return line;
}

static bool load_line(struct loader *loader, const struct rh_document_node *node,
                      const char **ret_line)
{
    const struct rh_document_node *head = node;
    const struct rh_document_node *value = NULL;
    struct rh_text_buffer text;
    if (node->kind != RH_NODE_SCALAR) {
        const struct rh_pair *pair = rh_load_single(loader, node, "a line of 'schedule'");
        if (pair == NULL) {
            return false;
        }
        head = pair->key;
        value = pair->value;
    }
    if (!check_head(loader, head)) {
        return false;
    }
    rh_text_buffer_init(&text, NULL, LINE_BYTES_MAX);
    (void)rh_text_buffer_append(&text, head->text, head->count);
    if (value != NULL) {
        (void)rh_text_buffer_append(&text, ": ", 2);
        put_value(&text, value);
    }
    bool is_long = text.status == RH_LIMIT;
    *ret_line = is_long ? NULL : keep(loader, &text);
    rh_text_buffer_deinit(&text);
    if (is_long) {
        rh_load_error(loader, node->span, "this line is longer than any event is called");
    }
    return *ret_line != NULL;
}

bool rh_load_schedule(struct loader *loader, const struct rh_document_node *node)
{
    struct rh_plan *plan = loader->plan;
    if (!rh_cursor_sequence(&loader->cursor, node, true)) {
        return false;
    }
    const char **lines = rh_loader_allocate(loader, node->count, sizeof *lines);
    struct rh_span *spans = rh_loader_allocate(loader, node->count, sizeof *spans);
    if (lines == NULL || spans == NULL) {
        return false;
    }
    bool ok = true;
    for (uint32_t i = 0; i < node->count; i++) {
        spans[i] = node->items[i]->span;
        ok = load_line(loader, node->items[i], &lines[i]) && ok;
    }
    plan->has_schedule = true;
    plan->schedule = (struct rh_plan_texts){lines, node->count};
    plan->schedule_at = spans;
    return ok;
}
