/* SPDX-License-Identifier: MIT */
/* Claims about runs. `expect` and `always` are lists of mappings, or one mapping; each key is one claim. */
#include "harness/scenario/loader.h"

#include <string.h>

#define FORM(fields) fields, FIELD_COUNT(fields)

/* ---- actors ---- */

/* What is true of everything is no claim. */
static bool says_something(struct loader *loader, const struct rh_pair *pair)
{
    const struct rh_document_node *value = pair->value;
    bool is_empty = value->kind != RH_NODE_SCALAR && value->count == 0;
    if (is_empty) {
        rh_load_error(loader, pair->key->span, "'%s' claims nothing", pair->key->text);
        rh_load_hint(loader, "name an actor, or leave it out");
    }
    return !is_empty;
}

static bool load_actor_list(struct loader *loader, const struct rh_document_node *node,
                            struct rh_plan_claim *claim)
{
    struct rh_plan_ids names;
    if (!rh_load_actors(loader, node, &names)) {
        return false;
    }
    struct rh_plan_property *properties =
        rh_loader_allocate(loader, names.count, sizeof *properties);
    if (properties == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < names.count; i++) {
        properties[i].at = node->kind == RH_NODE_SEQUENCE ? node->items[i]->span : node->span;
        properties[i].actor = names.at[i];
    }
    claim->properties = properties;
    claim->property_count = names.count;
    return true;
}

/* The scope of the behaviour that an actor plays, NULL and an error if it is not scripted. */
static struct rh_plan_scope *scope_of(struct loader *loader, const struct rh_document_node *key,
                                      uint32_t actor)
{
    struct rh_plan *plan = loader->plan;
    const struct rh_plan_behaviour *scripted =
        actor < plan->actor_count && plan->actors != NULL && plan->role_count > 0
            ? plan->roles[plan->actors[actor].spawn.role].scripted
            : NULL;
    for (uint32_t i = 0; i < plan->behaviour_count; i++) {
        if (scripted == &plan->behaviours[i]) {
            return &plan->behaviours[i].scope;
        }
    }
    rh_load_error(loader, key->span, "'%s' plays no behaviour of this file and has no variables",
                  key->text);
    return NULL;
}

static bool load_state(struct loader *loader, const struct rh_pair *pair,
                       struct rh_plan_property *property)
{
    struct rh_plan_scope *scope = scope_of(loader, pair->key, property->actor);
    if (scope == NULL) {
        return false;
    }
    if (!says_something(loader, pair)) {
        return false;
    }
    loader->scope = scope;
    loader->bound = 0;
    bool ok = rh_load_conditions(loader, pair->value, &property->conditions);
    loader->scope = NULL;
    return ok;
}

static bool load_property(struct loader *loader, const struct rh_pair *pair, enum rh_claim kind,
                          struct rh_plan_property *property)
{
    property->at = pair->key->span;
    property->actor = UINT32_MAX;
    if (kind == RH_CLAIM_NAMES) {
        property->name = pair->key->text;
        return rh_node_is_text(pair->value, "null") ||
               rh_load_actor(loader, pair->value, &property->actor);
    }
    if (!rh_load_actor(loader, pair->key, &property->actor)) {
        return false;
    }
    switch (kind) {
    case RH_CLAIM_DEAD:
        return rh_load_value(loader, pair->value, RH_VALUE_PATTERN, &property->pattern);
    case RH_CLAIM_STATE:
        return load_state(loader, pair, property);
    default:
        return rh_load_actors(loader, pair->value, &property->others);
    }
}

static bool load_properties(struct loader *loader, const struct rh_document_node *node,
                            struct rh_plan_claim *claim)
{
    if (!rh_cursor_mapping(&loader->cursor, node)) {
        return false;
    }
    struct rh_plan_property *properties =
        rh_loader_allocate(loader, node->count, sizeof *properties);
    if (properties == NULL) {
        return false;
    }
    bool ok = true;
    for (uint32_t i = 0; i < node->count; i++) {
        ok = load_property(loader, &node->pairs[i], claim->kind, &properties[i]) && ok;
    }
    claim->properties = properties;
    claim->property_count = node->count;
    return ok;
}

/* ---- deliveries and outputs ---- */

/* How a delivery is written: [word, actor, payload]; some have less to say. */
static const struct {
    enum rh_delivery_kind kind;
    uint32_t length;
    const char *written;
} deliveries[] = {
    {RH_DELIVERY_MESSAGE, 3, "[message, <from>, message]"},
    {RH_DELIVERY_EXIT, 3, "[exit, <from>, reason]"},
    {RH_DELIVERY_DOWN, 3, "[down, <of>, reason]"},
    {RH_DELIVERY_TIMEOUT, 3, "[timeout, <from>, message]"},
    {RH_DELIVERY_RECEIVE_TIMEOUT, 1, "[receive_timeout]"},
    {RH_DELIVERY_UNDELIVERABLE, 3, "[undeliverable, <to>, message]"},
    {RH_DELIVERY_LIVENESS, 3, "[liveness, <of>, true]"},
    {RH_DELIVERY_SPAWN_REPLY, 3, "[spawn_reply, <child>, ok]"},
    {RH_DELIVERY_GROUP_JOIN, 3, "[group_join, <member>, group]"},
    {RH_DELIVERY_GROUP_LEAVE, 3, "[group_leave, <member>, group]"},
    {RH_DELIVERY_NODE_UP, 2, "[node_up, node]"},
    {RH_DELIVERY_NODE_DOWN, 3, "[node_down, node, reason]"},
    {RH_DELIVERY_USER, 2, "[user, message]"},
};
#define DELIVERIES (sizeof deliveries / sizeof deliveries[0])

static bool check_delivery(struct loader *loader, const struct rh_document_node *node)
{
    const char *words[DELIVERIES];
    for (size_t i = 0; i < DELIVERIES; i++) {
        words[i] = rh_delivery_kind_word(deliveries[i].kind);
    }
    if (rh_node_is_text(node, "_")) {
        return true;
    }
    if (node->kind != RH_NODE_SEQUENCE || node->count == 0 ||
        node->items[0]->kind != RH_NODE_SCALAR) {
        (void)rh_load_refuse(loader, node, "a delivery");
        rh_load_hint(loader, "a delivery is written %s or the like", deliveries[0].written);
        return false;
    }
    for (size_t i = 0; i < DELIVERIES; i++) {
        if (rh_node_is_text(node->items[0], words[i])) {
            if (node->count == deliveries[i].length) {
                return true;
            }
            rh_load_error(loader, node->span, "this is no '%s'", words[i]);
            rh_load_hint(loader, "it is written %s", deliveries[i].written);
            return false;
        }
    }
    return rh_cursor_unknown(&loader->cursor, node->items[0], "delivery", words, DELIVERIES);
}

static bool load_sequence(struct loader *loader, const struct rh_document_node *node,
                          bool deliveries_only, struct rh_plan_sequence *sequence)
{
    sequence->at = node->span;
    if (!rh_cursor_sequence(&loader->cursor, node, true)) {
        return false;
    }
    uint32_t *patterns = rh_loader_allocate(loader, node->count, sizeof *patterns);
    if (patterns == NULL) {
        return false;
    }
    struct rh_plan_scope scratch = {.count = 0};
    loader->scope = &scratch;
    loader->bound = 0;
    bool ok = true;
    for (uint32_t i = 0; i < node->count; i++) {
        ok = (!deliveries_only || check_delivery(loader, node->items[i])) &&
             rh_load_value(loader, node->items[i], RH_VALUE_PATTERN, &patterns[i]) && ok;
    }
    loader->scope = NULL;
    sequence->patterns.at = patterns;
    sequence->patterns.count = node->count;
    return ok;
}

static bool load_alternatives(struct loader *loader, const struct rh_document_node *node,
                              bool deliveries_only, struct rh_plan_observation *observation)
{
    const struct rh_document_node *any_of = rh_node_find(node, "any_of");
    const struct rh_document_node *unordered = rh_node_find(node, "in_any_order");
    observation->in_any_order = unordered != NULL;
    if (node->kind == RH_NODE_MAPPING &&
        (node->count != 1 || (any_of == NULL && unordered == NULL))) {
        (void)rh_load_refuse(loader, node, "a list, {any_of: [lists]} or {in_any_order: list}");
        return false;
    }
    if (any_of != NULL && !rh_cursor_sequence(&loader->cursor, any_of, false)) {
        return false;
    }
    uint32_t count = any_of != NULL ? any_of->count : 1;
    struct rh_plan_sequence *at = rh_loader_allocate(loader, count, sizeof *at);
    if (at == NULL) {
        return false;
    }
    bool ok = true;
    for (uint32_t i = 0; i < count; i++) {
        const struct rh_document_node *list = any_of != NULL      ? any_of->items[i]
                                              : unordered != NULL ? unordered
                                                                  : node;
        ok = load_sequence(loader, list, deliveries_only, &at[i]) && ok;
    }
    observation->alternatives = at;
    observation->alternative_count = count;
    return ok;
}

static bool load_observations(struct loader *loader, const struct rh_document_node *node,
                              struct rh_plan_claim *claim)
{
    if (!rh_cursor_mapping(&loader->cursor, node)) {
        return false;
    }
    struct rh_plan_observation *at = rh_loader_allocate(loader, node->count, sizeof *at);
    if (at == NULL) {
        return false;
    }
    bool ok = true;
    for (uint32_t i = 0; i < node->count; i++) {
        at[i].at = node->pairs[i].key->span;
        ok = rh_load_actor(loader, node->pairs[i].key, &at[i].actor) && ok;
        ok = load_alternatives(loader, node->pairs[i].value, claim->kind != RH_CLAIM_OUTPUT,
                               &at[i]) &&
             ok;
    }
    claim->observations = at;
    claim->observation_count = node->count;
    return ok;
}

/* ---- numbers ---- */

struct count_read {
    struct rh_plan_event event;
    uint64_t is;
    uint64_t least;
    uint64_t most;
};

static bool read_event(struct loader *loader, const struct rh_document_node *node, void *target)
{
    return rh_load_event(loader, node, target);
}

#define COUNT(member) offsetof(struct count_read, member)
#define NUMBER(key, member_, text)                                                                 \
    {                                                                                              \
        .name = (key), .kind = FIELD_U64, .offset = COUNT(member_), .most = UINT64_MAX - 1,        \
        .about = (text)                                                                            \
    }
static const struct field count_fields[] = {
    {.name = "of",
     .kind = FIELD_CUSTOM,
     .read = read_event,
     .offset = COUNT(event),
     .is_required = true,
     .shape = "event",
     .about = "what to count"},
    NUMBER("is", is, "exactly so many"),
    NUMBER("at_least", least, "so many or more"),
    NUMBER("at_most", most, "so many or fewer"),
};
const struct form rh_form_count = {FORM(count_fields), 0, false};

static bool load_count(struct loader *loader, const struct rh_document_node *node,
                       struct rh_plan_claim *claim)
{
    struct count_read read = {.is = UINT64_MAX, .most = UINT64_MAX};
    if (!rh_load_form(loader, node, &rh_form_count, &read)) {
        return false;
    }
    bool exact = read.is != UINT64_MAX;
    bool bounded = read.least != 0 || read.most != UINT64_MAX;
    if (exact == bounded || read.least > read.most) {
        rh_load_error(loader, claim->at, "a count needs 'is', or 'at_least' and 'at_most'");
        return false;
    }
    claim->event = read.event;
    claim->least = exact ? read.is : read.least;
    claim->most = exact ? read.is : read.most;
    return true;
}

static bool load_total(struct loader *loader, const struct rh_document_node *node,
                       struct rh_plan_claim *claim)
{
    uint64_t number = 0;
    if (!rh_cursor_unsigned(&loader->cursor, node, 1, UINT64_MAX - 1, &number)) {
        return false;
    }
    claim->least = number;
    claim->most = number;
    return true;
}

/* ---- claims ---- */

static bool load_claim(struct loader *loader, const struct rh_pair *pair, bool always,
                       struct rh_plan_claim *claim)
{
    static const bool is_for_always[RH_CLAIM_COUNT] = {
#define X(identifier, word, always_, sentence) always_,
        RH_CLAIM_MAP(X)
#undef X
    };
    claim->at = pair->key->span;
    uint32_t kind = 0;
    while (kind < RH_CLAIM_COUNT && !rh_node_is_text(pair->key, rh_claim_words[kind])) {
        kind++;
    }
    if (kind == RH_CLAIM_COUNT) {
        return rh_cursor_unknown(&loader->cursor, pair->key, "claim", rh_claim_words,
                                 RH_CLAIM_COUNT);
    }
    claim->kind = (enum rh_claim)kind;
    if (always && !is_for_always[kind]) {
        rh_load_error(loader, pair->key->span, "'%s' is judged at the end of a run",
                      pair->key->text);
        rh_load_hint(loader, "write it under 'expect'");
        return false;
    }
    if (!says_something(loader, pair)) {
        return false;
    }
    switch (claim->kind) {
    case RH_CLAIM_ALIVE:
        return load_actor_list(loader, pair->value, claim);
    case RH_CLAIM_DEAD:
        return pair->value->kind == RH_NODE_MAPPING ? load_properties(loader, pair->value, claim)
                                                    : load_actor_list(loader, pair->value, claim);
    case RH_CLAIM_RECEIVED:
    case RH_CLAIM_OUTPUT:
    case RH_CLAIM_MAILBOX:
        return load_observations(loader, pair->value, claim);
    case RH_CLAIM_STATE:
    case RH_CLAIM_NAMES:
    case RH_CLAIM_LINKS:
    case RH_CLAIM_MONITORS:
        return load_properties(loader, pair->value, claim);
    case RH_CLAIM_TALLY:
        return load_count(loader, pair->value, claim);
    default:
        return load_total(loader, pair->value, claim);
    }
}

static bool load_mapping_of_claims(struct loader *loader, const struct rh_document_node *node,
                                   bool always, struct rh_plan_claim *claims, uint32_t *count)
{
    if (!rh_cursor_mapping(&loader->cursor, node)) {
        return false;
    }
    bool ok = true;
    for (uint32_t i = 0; i < node->count; i++) {
        ok = load_claim(loader, &node->pairs[i], always, &claims[(*count)++]) && ok;
    }
    return ok;
}

static bool load_claims(struct loader *loader, const struct rh_document_node *node, bool always,
                        const struct rh_plan_claim **ret_claims, uint32_t *ret_count)
{
    bool is_list = node->kind == RH_NODE_SEQUENCE;
    uint32_t total = is_list ? 0 : node->count;
    for (uint32_t i = 0; is_list && i < node->count; i++) {
        total += node->items[i]->kind == RH_NODE_MAPPING ? node->items[i]->count : 0;
    }
    struct rh_plan_claim *claims = rh_loader_allocate(loader, total, sizeof *claims);
    if (claims == NULL) {
        return false;
    }
    bool ok = true;
    uint32_t count = 0;
    for (uint32_t i = 0; i < (is_list ? node->count : 1); i++) {
        const struct rh_document_node *entry = is_list ? node->items[i] : node;
        ok = load_mapping_of_claims(loader, entry, always, claims, &count) && ok;
    }
    *ret_claims = claims;
    *ret_count = count;
    return ok;
}

bool rh_load_expect(struct loader *loader, const struct rh_document_node *node)
{
    return load_claims(loader, node, false, &loader->plan->expect, &loader->plan->expect_count);
}

bool rh_load_always(struct loader *loader, const struct rh_document_node *node)
{
    return load_claims(loader, node, true, &loader->plan->always, &loader->plan->always_count);
}
