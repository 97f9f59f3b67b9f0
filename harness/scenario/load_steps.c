/* SPDX-License-Identifier: MIT */
/* The driver's steps: one sequence, in which races run side by side. */
#include "harness/scenario/loader.h"

#include <string.h>

static bool load_wait(struct loader *loader, const struct rh_document_node *value,
                      struct rh_plan_step *step)
{
    step->kind = RH_STEP_WAIT;
    return rh_cursor_duration(&loader->cursor, value, &step->time);
}

#define STEP(member) offsetof(struct rh_plan_step, member)
static const struct field input_fields[] = {
    {.name = "to",
     .kind = FIELD_ACTOR,
     .offset = STEP(actor),
     .is_required = true,
     .about = "who hears it"},
    {.name = "message",
     .kind = FIELD_VALUE,
     .offset = STEP(message),
     .is_required = true,
     .about = "what the outside says"},
};
const struct form rh_form_input = {input_fields, FIELD_COUNT(input_fields), 0, false};

static bool load_input(struct loader *loader, const struct rh_document_node *value,
                       struct rh_plan_step *step)
{
    step->kind = RH_STEP_INPUT;
    return rh_load_form(loader, value, &rh_form_input, step);
}

#define KEYWORDS (5 + RH_DEED_COUNT)

/* The words that a step begins with, but for the names of actors. */
static void list_keywords(const char *keywords[KEYWORDS])
{
    static const char *const own[] = {"settle", "wait", "input", "race", "phase"};
    memcpy(keywords, own, sizeof own);
    for (size_t i = 0; i < RH_DEED_COUNT; i++) {
        keywords[5 + i] = rh_deed_words[i];
    }
}

bool rh_load_is_step(const struct rh_document_node *word)
{
    const char *keywords[KEYWORDS];
    bool is_step = false;
    list_keywords(keywords);
    for (size_t i = 0; i < KEYWORDS; i++) {
        is_step = is_step || rh_node_is_text(word, keywords[i]);
    }
    return is_step;
}

static bool load_act(struct loader *loader, const struct rh_pair *pair, struct rh_plan_step *step)
{
    uint32_t actor = 0;
    const char *keywords[KEYWORDS];
    list_keywords(keywords);
    const struct rh_plan *plan = loader->plan;
    step->kind = RH_STEP_ACT;
    bool known = false;
    for (uint32_t i = 0; i < plan->actor_count && !known; i++) {
        known = rh_node_is_text(pair->key, plan->names[i]);
    }
    if (!known && pair->key->text[0] != '<') {
        const char *near = rh_suggest(pair->key->text, keywords, KEYWORDS);
        if (near != NULL) {
            rh_load_error(loader, pair->key->span, "unknown step '%s'", pair->key->text);
            rh_load_hint(loader, "did you mean '%s'?", near);
            return false;
        }
    }
    if (!rh_load_actor(loader, pair->key, &actor)) {
        return false;
    }
    step->actor = actor;
    return rh_load_ops(loader, pair->value, &step->ops);
}

static bool load_entry(struct loader *loader, const struct rh_document_node *node, bool in_race,
                       struct rh_plan_step *step);

static bool load_race(struct loader *loader, const struct rh_document_node *value,
                      struct rh_plan_step *step)
{
    step->kind = RH_STEP_RACE;
    if (!rh_cursor_sequence(&loader->cursor, value, false)) {
        return false;
    }
    struct rh_plan_step *entries = rh_loader_allocate(loader, value->count, sizeof *entries);
    if (entries == NULL) {
        return false;
    }
    bool ok = true;
    for (uint32_t i = 0; i < value->count; i++) {
        ok = load_entry(loader, value->items[i], true, &entries[i]) && ok;
    }
    step->entries = entries;
    step->entry_count = value->count;
    return ok;
}

/* What a step does is no choice. */
static bool is_certain(struct loader *loader, const struct rh_document_node *node,
                       const struct rh_plan_deed *deed)
{
    if (deed->up_to > 0) {
        rh_load_error(loader, rh_node_find(node, "up_to")->span,
                      "'up_to' means nothing for a step: put it under 'faults'");
    }
    return deed->up_to == 0;
}

static bool load_phase(struct loader *loader, const struct rh_document_node *value,
                       struct rh_plan_step *step)
{
    step->kind = RH_STEP_PHASE;
    if (!rh_cursor_text(&loader->cursor, value, &step->phase)) {
        return false;
    }
    if (strcmp(step->phase, RH_PHASE_CONVERGE) == 0) {
        rh_load_error(loader, value->span, "a run enters the phase 'converge' when it heals");
        return false;
    }
    return true;
}

static bool load_entry(struct loader *loader, const struct rh_document_node *node, bool in_race,
                       struct rh_plan_step *step)
{
    step->at = node->span;
    if (rh_node_is_text(node, "settle") && !in_race) {
        step->kind = RH_STEP_SETTLE;
        return true;
    }
    const struct rh_pair *pair = rh_load_single(loader, node, "a step");
    if (pair == NULL) {
        static const char *const barrier[] = {"settle"};
        if (rh_node_is_text(node, "settle")) {
            rh_load_hint(loader, "a race has no barriers inside");
        } else if (node->kind == RH_NODE_SCALAR && rh_suggest(node->text, barrier, 1) != NULL) {
            rh_load_hint(loader, "did you mean 'settle'?");
        }
        return false;
    }
    step->at = pair->key->span;
    if (rh_node_is_text(pair->key, "input")) {
        return load_input(loader, pair->value, step);
    }
    if (!in_race && rh_node_is_text(pair->key, "wait")) {
        return load_wait(loader, pair->value, step);
    }
    if (!in_race && rh_node_is_text(pair->key, "race")) {
        return load_race(loader, pair->value, step);
    }
    if (!in_race && rh_node_is_text(pair->key, "phase")) {
        return load_phase(loader, pair->value, step);
    }
    if (in_race && (rh_node_is_text(pair->key, "wait") || rh_node_is_text(pair->key, "race") ||
                    rh_node_is_text(pair->key, "phase"))) {
        rh_load_error(loader, pair->key->span, "there is no '%s' inside a race", pair->key->text);
        return false;
    }
    if (rh_find_deed(pair->key, &step->deed.kind)) {
        step->kind = RH_STEP_DEED;
        return rh_load_deed(loader, step->deed.kind, pair->value, &step->deed) &&
               is_certain(loader, pair->value, &step->deed);
    }
    return load_act(loader, pair, step);
}

static bool load_list(struct loader *loader, const struct rh_document_node *node,
                      const struct rh_plan_step **ret_steps, uint32_t *ret_count)
{
    if (!rh_cursor_sequence(&loader->cursor, node, true)) {
        return false;
    }
    struct rh_plan_step *steps = rh_loader_allocate(loader, node->count, sizeof *steps);
    if (steps == NULL) {
        return false;
    }
    loader->scope = &loader->plan->step_scope;
    loader->bound = 0;
    loader->place = PLACE_SCRIPT;
    rh_scope_declare_results(loader, node);
    bool ok = true;
    for (uint32_t i = 0; i < node->count; i++) {
        ok = load_entry(loader, node->items[i], false, &steps[i]) && ok;
    }
    loader->scope = NULL;
    *ret_steps = steps;
    *ret_count = node->count;
    return ok;
}

bool rh_load_given(struct loader *loader, const struct rh_document_node *node)
{
    struct rh_plan *plan = loader->plan;
    bool ok = load_list(loader, node, &plan->given, &plan->given_count);
    plan->has_given = true;
    for (uint32_t i = 0; ok && i < plan->given_count; i++) {
        enum rh_step_kind kind = plan->given[i].kind;
        if (kind != RH_STEP_ACT && kind != RH_STEP_INPUT) {
            rh_load_error(loader, plan->given[i].at, "before the run only actors act");
            rh_load_hint(loader, "move it, and what follows, to 'steps'");
            ok = false;
        }
    }
    return ok;
}

bool rh_load_steps(struct loader *loader, const struct rh_document_node *node)
{
    return load_list(loader, node, &loader->plan->steps, &loader->plan->step_count);
}
