/* SPDX-License-Identifier: MIT */
/* Faults: what strikes whom, and when. The key that names the kind holds the actor; the rest says how. */
#include "harness/scenario/loader.h"

#include <string.h>

#define FAULT(member) offsetof(struct rh_plan_fault, member)
#define FORM(fields) fields, FIELD_COUNT(fields)

static const struct field when_fields[] = {
    {.name = "receives",
     .kind = FIELD_PATTERN,
     .offset = FAULT(when),
     .is_required = true,
     .about = "the actor handles a message of this pattern"},
    {.name = "times",
     .kind = FIELD_U64,
     .offset = FAULT(times),
     .least = 1,
     .most = UINT32_MAX,
     .about = "for the n-th time; 1 without it"},
    {.name = "after_operations",
     .kind = FIELD_U64,
     .offset = FAULT(after_operations),
     .least = 1,
     .most = UINT32_MAX,
     .about = "inside that turn, behind so many operations; 1 without it"},
};
const struct form rh_form_fault_when = {FORM(when_fields), 0, false};

static bool read_when(struct loader *loader, const struct rh_document_node *node, void *target)
{
    return rh_load_form(loader, node, &rh_form_fault_when, target);
}

static bool read_at(struct loader *loader, const struct rh_document_node *node, void *target)
{
    struct rh_plan_fault *fault = target;
    fault->has_at = true;
    return rh_cursor_duration(&loader->cursor, node, &fault->time);
}

#define KIND(word, text)                                                                           \
    {                                                                                              \
        .name = (word), .kind = FIELD_ACTOR, .offset = FAULT(actor), .about = (text)               \
    }
#define DEED(word, shape_, text)                                                                   \
    {                                                                                              \
        .name = (word), .kind = FIELD_CUSTOM, .shape = (shape_), .about = (text)                   \
    }
static const struct field fault_fields[] = {
    KIND("crash", "actor that ends"),
    KIND("kill", "actor that gets the exit signal kill from outside"),
    KIND("fire", "actor whose next time-out happens before everything else"),
    KIND("stall", "actor that does not run for a while"),
    DEED("kill_node", "deed_node", "node that ends at once"),
    DEED("freeze_node", "deed_freeze", "node of which nothing happens for a while"),
    DEED("close_pipe", "deed_pair", "pipes between two nodes that end"),
    DEED("reset_pipe", "deed_pair", "pipes between two nodes that are dropped"),
    DEED("half_close_pipe", "deed_pair", "pipes between two nodes of which one direction ends"),
    DEED("black_hole", "deed_pair", "pipes between two nodes that swallow one direction"),
    DEED("cut_pipe", "deed_cut", "pipe between two nodes that is reset after so many bytes"),
    DEED("part", "deed_part", "nodes between which nothing passes for a while"),
    {.name = "reason", .kind = FIELD_VALUE, .offset = FAULT(reason), .about = "why it crashes"},
    {.name = "when",
     .kind = FIELD_CUSTOM,
     .read = read_when,
     .shape = "fault_when",
     .about = "strikes at this event; without 'when' and 'at' it may strike at any time or never"},
    {.name = "at",
     .kind = FIELD_CUSTOM,
     .read = read_at,
     .shape = "duration",
     .about = "strikes at this time"},
    {.name = "from",
     .kind = FIELD_CUSTOM,
     .read = read_at,
     .shape = "duration",
     .about = "a stall begins at this time"},
    {.name = "for",
     .kind = FIELD_TIME,
     .offset = FAULT(span),
     .about = "how long a stall lasts; without it until the run heals"},
    {.name = "max",
     .kind = FIELD_U64,
     .offset = FAULT(max),
     .least = 1,
     .most = UINT32_MAX,
     .about = "how often it may strike; 1 without it"},
};
const struct form rh_form_fault = {FORM(fault_fields), 0, false};

/* Which kinds a key means something for. */
#define OF(kind) (1U << RH_FAULT_##kind)
static const struct {
    const char *key;
    unsigned kinds;
} meanings[] = {{"reason", OF(CRASH)},
                {"when", OF(CRASH) | OF(KILL)},
                {"at", ~OF(STALL)},
                {"from", OF(STALL)},
                {"for", OF(STALL)}};

static bool check_keys(struct loader *loader, const struct rh_document_node *node,
                       enum rh_fault_kind kind)
{
    const char *word = rh_fault_kind_word(kind);
    bool ok = true;
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
        const struct rh_document_node *value = rh_node_find(node, meanings[i].key);
        if (value != NULL && (meanings[i].kinds >> kind & 1U) == 0) {
            rh_load_error(loader, value->key->span, "'%s' means nothing for a %s", meanings[i].key,
                          word);
            ok = false;
        }
    }
    return ok;
}

static bool check_fault(struct loader *loader, const struct rh_document_node *node,
                        const struct rh_plan_fault *fault)
{
    const char *word = rh_fault_kind_word(fault->kind);
    if (!check_keys(loader, node, fault->kind)) {
        return false;
    }
    if (fault->when != 0 && fault->has_at) {
        rh_load_error(loader, fault->at, "a fault strikes either 'when' or 'at'");
        return false;
    }
    const struct rh_document_node *operations =
        rh_node_find(rh_node_find(node, "when"), "after_operations");
    if (operations != NULL && fault->kind != RH_FAULT_CRASH) {
        rh_load_error(loader, operations->key->span, "'after_operations' means nothing for a %s",
                      word);
        return false;
    }
    return true;
}

static bool load_fault(struct loader *loader, const struct rh_document_node *node,
                       struct rh_plan_fault *fault)
{
    uint32_t found = 0;
    fault->at = node->span;
    fault->times = 1;
    fault->after_operations = 1;
    fault->max = 1;
    fault->span = RH_NEVER;
    bool deeds = true;
    for (uint32_t i = 0; i < RH_FAULT_COUNT; i++) {
        const struct rh_document_node *value = rh_node_find(node, fault_fields[i].name);
        enum rh_deed deed;
        if (value != NULL && rh_find_deed(value->key, &deed)) {
            deeds = rh_load_deed(loader, deed, value, &fault->deed) && deeds;
        }
        if (value != NULL) {
            fault->kind = (enum rh_fault_kind)i;
            fault->at = value->key->span;
            found++;
        }
    }
    bool ok = rh_load_form(loader, node, &rh_form_fault, fault) && deeds;
    if (found != 1 && ok) {
        rh_load_error(loader, fault->at,
                      found == 0 ? "this does not say which fault it is"
                                 : "an entry of 'faults' is one fault");
        rh_load_hint(loader,
                     "an entry begins with one of crash, kill, fire, stall and an actor, or with "
                     "what befalls nodes or pipes, such as kill_node");
        return false;
    }
    return ok && check_fault(loader, node, fault);
}

bool rh_load_faults(struct loader *loader, const struct rh_document_node *node)
{
    if (!rh_cursor_sequence(&loader->cursor, node, true)) {
        return false;
    }
    struct rh_plan_fault *faults = rh_loader_allocate(loader, node->count, sizeof *faults);
    if (faults == NULL) {
        return false;
    }
    bool ok = true;
    for (uint32_t i = 0; i < node->count; i++) {
        ok = load_fault(loader, node->items[i], &faults[i]) && ok;
    }
    loader->plan->faults = faults;
    loader->plan->fault_count = node->count;
    return ok;
}
