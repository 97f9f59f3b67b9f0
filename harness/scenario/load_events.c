/* SPDX-License-Identifier: MIT */
/* Patterns of events, and the two properties that are made of them: never and eventually. */
#include "harness/scenario/loader.h"

#include <string.h>

#define EVENT(member) offsetof(struct rh_plan_event, member)
#define FORM(fields) fields, FIELD_COUNT(fields)

/* The keys of one kind, as a form that is filled for the purpose: five fields at most. */
static struct form form_of(enum rh_occurrence kind, struct field fields[5])
{
    const struct rh_occurrence_keys *keys = &rh_occurrence_keys[kind];
    const struct field all[5] = {
        {.name = keys->actor, .kind = FIELD_PATTERN_ACTOR, .offset = EVENT(actor)},
        {.name = keys->peer, .kind = FIELD_PATTERN_ACTOR, .offset = EVENT(peer)},
        {.name = keys->message, .kind = FIELD_PATTERN, .offset = EVENT(message)},
        {.name = keys->name, .kind = FIELD_PATTERN, .offset = EVENT(name)},
        {.name = keys->word, .kind = FIELD_PATTERN, .offset = EVENT(word)},
    };
    struct form form = {fields, 0, 0, false};
    for (size_t i = 0; i < 5; i++) {
        if (all[i].name != NULL) {
            fields[form.count++] = all[i];
        }
    }
    return form;
}

static bool load_keys(struct loader *loader, const struct rh_document_node *node,
                      struct rh_plan_event *event)
{
    struct field fields[5];
    struct form form = form_of(event->kind, fields);
    if (rh_node_is_text(node, "_")) {
        return true;
    }
    if (node->kind == RH_NODE_SCALAR) { /* exit: b */
        return rh_load_pattern_actor(loader, node, &event->actor);
    }
    return rh_load_form(loader, node, &form, event);
}

bool rh_load_event(struct loader *loader, const struct rh_document_node *node,
                   struct rh_plan_event *event)
{
    event->at = node->span;
    const struct rh_pair *pair = rh_load_single(loader, node, "an event");
    if (pair == NULL) {
        return false;
    }
    event->at = pair->key->span;
    struct rh_plan_scope scratch = {.count = 0};
    for (uint32_t i = 0; i < RH_OCCURRENCE_COUNT; i++) {
        if (rh_node_is_text(pair->key, rh_occurrence_words[i])) {
            event->kind = (enum rh_occurrence)i;
            struct rh_plan_scope *before = loader->scope;
            loader->scope = &scratch;
            loader->bound = 0;
            loader->place = PLACE_SCRIPT;
            bool ok = load_keys(loader, pair->value, event);
            loader->scope = before;
            return ok;
        }
    }
    return rh_cursor_unknown(&loader->cursor, pair->key, "event", rh_occurrence_words,
                             RH_OCCURRENCE_COUNT);
}

bool rh_load_never(struct loader *loader, const struct rh_document_node *node)
{
    bool is_list = node->kind == RH_NODE_SEQUENCE;
    uint32_t count = is_list ? node->count : 1;
    struct rh_plan_event *events = rh_loader_allocate(loader, count, sizeof *events);
    if (events == NULL) {
        return false;
    }
    bool ok = true;
    for (uint32_t i = 0; i < count; i++) {
        ok = rh_load_event(loader, is_list ? node->items[i] : node, &events[i]) && ok;
    }
    loader->plan->never = events;
    loader->plan->never_count = count;
    return ok;
}

/* ---- eventually ---- */

static bool read_event(struct loader *loader, const struct rh_document_node *node, void *target)
{
    return rh_load_event(loader, node, target);
}

static bool read_after(struct loader *loader, const struct rh_document_node *node, void *target)
{
    struct rh_plan_promise *promise = target;
    promise->has_after = true;
    return rh_load_event(loader, node, &promise->after);
}

#define PROMISE(member) offsetof(struct rh_plan_promise, member)
static const struct field promise_fields[] = {
    {.name = "event",
     .kind = FIELD_CUSTOM,
     .read = read_event,
     .offset = PROMISE(event),
     .is_required = true,
     .shape = "event",
     .about = "what must happen"},
    {.name = "within",
     .kind = FIELD_TIME,
     .offset = PROMISE(within),
     .about = "in this time; without it by the end of the run"},
    {.name = "after",
     .kind = FIELD_CUSTOM,
     .read = read_after,
     .shape = "event",
     .about = "behind every event of this kind; without it behind the beginning of the run"},
};
const struct form rh_form_promise = {FORM(promise_fields), 0, false};

bool rh_load_eventually(struct loader *loader, const struct rh_document_node *node)
{
    bool is_list = node->kind == RH_NODE_SEQUENCE;
    uint32_t count = is_list ? node->count : 1;
    struct rh_plan_promise *promises = rh_loader_allocate(loader, count, sizeof *promises);
    if (promises == NULL) {
        return false;
    }
    bool ok = true;
    for (uint32_t i = 0; i < count; i++) {
        const struct rh_document_node *entry = is_list ? node->items[i] : node;
        promises[i].at = entry->span;
        promises[i].within = RH_NEVER;
        ok = rh_load_form(loader, entry, &rh_form_promise, &promises[i]) && ok;
        if (promises[i].event.at.start.line != 0) {
            promises[i].at = promises[i].event.at;
        }
    }
    loader->plan->eventually = promises;
    loader->plan->eventually_count = count;
    return ok;
}
