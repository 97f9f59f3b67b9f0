/* SPDX-License-Identifier: MIT */
/* What is wanted: messages by a selective receive, values of variables by conditions. */
#include "harness/scenario/loader.h"

static const struct field receive_fields[] = {
    {.name = "patterns",
     .kind = FIELD_PATTERNS,
     .offset = offsetof(struct rh_plan_receive, patterns),
     .about = "messages that any of these match"},
    {.name = "tags",
     .kind = FIELD_CUSTOM,
     .read = NULL,
     .shape = "values",
     .about = "messages that are one of these, or a list that begins with it"},
    {.name = "timeout",
     .kind = FIELD_TIME,
     .offset = offsetof(struct rh_plan_receive, timeout),
     .about = "how long to wait; without it for ever"},
};
const struct form rh_form_receive = {receive_fields, FIELD_COUNT(receive_fields), 0, false};

static bool load_tag(struct loader *loader, const struct rh_document_node *node, void *row)
{
    return rh_load_value(loader, node, RH_VALUE, row);
}

bool rh_load_receive(struct loader *loader, const struct rh_document_node *node,
                     struct rh_plan_receive *receive)
{
    receive->at = node->span;
    receive->timeout = RH_NEVER;
    uint32_t bound = loader->bound; /* what these patterns bind is bound nowhere else */
    bool ok = rh_load_form(loader, node, &rh_form_receive, receive);
    loader->bound = bound;
    if (receive->patterns.count > RH_RECEIVE_MAX) {
        rh_load_error(loader, node->span, "more than %d patterns", RH_RECEIVE_MAX);
        ok = false;
    }
    const struct rh_document_node *tags = rh_node_find(node, "tags");
    if (tags == NULL) {
        return ok;
    }
    bool has_tags;
    receive->tags.at =
        rh_load_items(loader, tags, false, load_tag, sizeof *receive->tags.at, &has_tags);
    receive->tags.count = receive->tags.at == NULL ? 0 : tags->count;
    if (receive->tags.count > RH_RECEIVE_MAX) {
        rh_load_error(loader, tags->span, "more than %d tags", RH_RECEIVE_MAX);
        return false;
    }
    return ok && has_tags;
}

static bool load_comparison(struct loader *loader, const struct rh_document_node *node,
                            struct rh_plan_condition *condition)
{
    condition->compare = RH_COMPARE_EQ;
    if (node->kind == RH_NODE_MAPPING && node->count == 1) {
        for (uint32_t i = 0; i < RH_COMPARE_COUNT; i++) {
            if (rh_node_is_text(node->pairs[0].key, rh_compare_words[i])) {
                condition->compare = (enum rh_compare)i;
                return rh_load_value(loader, node->pairs[0].value, RH_VALUE_TEMPLATE,
                                     &condition->value);
            }
        }
    }
    return rh_load_value(loader, node, RH_VALUE_TEMPLATE, &condition->value);
}

static bool load_condition(struct loader *loader, const struct rh_pair *pair, void *row)
{
    struct rh_plan_condition *condition = row;
    bool ok = rh_load_slot(loader, pair->key, &condition->slot);
    ok = load_comparison(loader, pair->value, condition) && ok;
    if (ok) {
        loader->scope->variables[condition->slot].is_read = true;
    }
    return ok;
}

bool rh_load_conditions(struct loader *loader, const struct rh_document_node *node,
                        struct rh_plan_conditions *conditions)
{
    bool ok;
    conditions->at = rh_load_pairs(loader, node, load_condition, sizeof *conditions->at, &ok);
    conditions->count = conditions->at == NULL ? 0 : node->count;
    return ok;
}
