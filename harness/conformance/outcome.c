/* SPDX-License-Identifier: MIT */
/*
 * Outcomes are compared as texts: keys sorted, actors sorted, mailboxes in order. Two results have no order of their own,
 * the children of a supervisor and the members of a group; they are sorted on both sides.
 */
#include "harness/conformance/outcome.h"

#include <stdlib.h>
#include <string.h>

struct row {
    const char *key;
    const char *value; /**< JSON; NULL in lists */
};

struct rows {
    struct rh_beam_arena *arena;
    struct row *items;
    size_t count;
    size_t capacity;
};

static void row_add(struct rows *rows, const char *key, const char *value)
{
    if (rows->count == rows->capacity) {
        rows->items = rh_beam_grow(rows->arena, rows->items, &rows->capacity, sizeof *rows->items);
    }
    rows->items[rows->count++] = (struct row){key, value};
}

static int compare_rows(const void *a, const void *b)
{
    return strcmp(((const struct row *)a)->key, ((const struct row *)b)->key);
}

static void put_rows(struct rh_beam_text *text, struct rows *rows, bool is_object)
{
    if (rows->count > 1) {
        qsort(rows->items, rows->count, sizeof *rows->items, compare_rows);
    }
    rh_beam_put_word(text, is_object ? "{" : "[");
    for (size_t i = 0; i < rows->count; i++) {
        rh_beam_put_word(text, i == 0 ? "" : ",");
        rh_beam_put_string(text, rows->items[i].key, strlen(rows->items[i].key));
        if (is_object) {
            rh_beam_put_word(text, ":");
            rh_beam_put_word(text, rows->items[i].value);
        }
    }
    rh_beam_put_word(text, is_object ? "}" : "]");
}

/* ---- of a run ---- */

static bool count_mail(void *self, const struct rh_delivery *mail)
{
    (void)mail;
    ++*(size_t *)self;
    return true;
}

void rh_beam_check_mailboxes(struct rh_beam_stage *stage)
{
    for (size_t i = 1; i < stage->actor_count; i++) {
        const struct rh_beam_actor *actor = stage->actors[i];
        size_t count = 0;
        if (!actor->spawned || actor->dead) {
            continue;
        }
        rh_inspect_each_mail(rh_beam_node_of(stage, actor->pid), actor->pid, count_mail, &count);
        if (count != actor->mails.count) {
            rh_beam_stage_break(stage, "a mailbox is not what the event stream told");
        }
        if (!rh_inspect_is_alive(rh_beam_node_of(stage, actor->pid), actor->pid)) {
            rh_beam_stage_break(stage, "an actor is dead without an exit in the event stream");
        }
    }
}

static const char *mailbox_json(struct rh_beam_stage *stage, const struct rh_beam_actor *actor)
{
    struct rh_beam_text text = {.arena = &stage->arena};
    for (size_t i = 0; i < actor->mails.count; i++) {
        rh_beam_put_word(&text, i == 0 ? "[" : ",");
        rh_beam_put_word(&text, actor->mails.items[i].text);
    }
    rh_beam_put_word(&text, "]");
    return rh_beam_text_end(&text);
}

static void collect_results(struct rh_beam_stage *stage, struct rh_beam_op *const *ops,
                            size_t count, struct rows *rows)
{
    for (size_t i = 0; i < count; i++) {
        const char *result = ops[i]->ret == NULL ? NULL : rh_beam_result(stage, ops[i]);
        if (result != NULL) {
            row_add(rows, ops[i]->ret, result);
        }
        collect_results(stage, ops[i]->ops, ops[i]->op_count, rows);
    }
}

const char *rh_beam_outcome(struct rh_beam_stage *stage, const struct rh_beam_case *subject,
                            struct rh_beam_arena *arena)
{
    struct rows alive = {.arena = &stage->arena};
    struct rows dead = {.arena = &stage->arena};
    struct rows mails = {.arena = &stage->arena};
    struct rows results = {.arena = &stage->arena};
    rh_beam_check_mailboxes(stage);
    for (size_t i = 1; i < stage->actor_count; i++) {
        const struct rh_beam_actor *actor = stage->actors[i];
        if (!actor->spawned || actor->ghost) {
            continue;
        }
        row_add(actor->dead ? &dead : &alive, actor->name, actor->reason);
        if (!actor->dead && actor->mails.count > 0) {
            row_add(&mails, actor->name, mailbox_json(stage, actor));
        }
    }
    collect_results(stage, subject->steps, subject->step_count, &results);
    struct rh_beam_text text = {.arena = arena};
    rh_beam_put_word(&text, "{\"alive\":");
    put_rows(&text, &alive, false);
    rh_beam_put_word(&text, ",\"dead\":");
    put_rows(&text, &dead, true);
    rh_beam_put_word(&text, ",\"mbox\":");
    put_rows(&text, &mails, true);
    rh_beam_put_word(&text, ",\"ret\":");
    put_rows(&text, &results, true);
    rh_beam_put_word(&text, "}");
    return rh_beam_text_end(&text);
}

/* ---- of the file ---- */

static bool is_unordered(const struct rh_beam_op *op)
{
    return op->code == RH_BEAM_OP_which ||
           (op->function != NULL &&
            (strcmp(op->function, "which_children") == 0 || strncmp(op->function, "get_", 4) == 0 ||
             strncmp(op->function, "which_", 6) == 0));
}

static int compare_values(const void *a, const void *b)
{
    return rh_beam_json_compare(*(struct rh_beam_json *const *)a, *(struct rh_beam_json *const *)b);
}

static void sort_array(const struct rh_beam_json *array)
{
    if (array != NULL && array->kind == RH_BEAM_JSON_ARRAY && array->count > 1) {
        qsort(array->items, array->count, sizeof *array->items, compare_values);
    }
}

static void sort_results(struct rh_beam_op *const *ops, size_t count,
                         const struct rh_beam_json *results)
{
    for (size_t i = 0; i < count; i++) {
        if (ops[i]->ret != NULL && is_unordered(ops[i])) {
            sort_array(rh_beam_json_get(results, ops[i]->ret));
        }
        sort_results(ops[i]->ops, ops[i]->op_count, results);
    }
}

const char *rh_beam_expected(struct rh_beam_arena *arena, const struct rh_beam_case *subject,
                             const struct rh_beam_json *outcome)
{
    sort_array(rh_beam_json_get(outcome, "alive"));
    sort_results(subject->steps, subject->step_count, rh_beam_json_get(outcome, "ret"));
    return rh_beam_json_text(arena, outcome);
}
