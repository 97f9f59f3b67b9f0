/* SPDX-License-Identifier: MIT */
/*
 * What cannot go may still be less. A fault becomes a lesser one of the same victim; a number, of a setting and not of a
 * message, becomes 0 or 1, half of itself, or one less; a time becomes nothing, or a round tenth. What a message says stays:
 * smaller numbers there are no simpler to read.
 */
#include "harness/shrink/reduce.h"

#include "harness/document/number.h"

#include <stdio.h>
#include <string.h>

/* ---- faults ---- */

struct lesser {
    const char *fault;
    const char *instead;
};
static const struct lesser lessers[] = {
    {"kill", "crash"},
    {"reset_pipe", "close_pipe"},
    {"cut_pipe", "close_pipe"},
    {"black_hole", "close_pipe"},
    {"half_close_pipe", "close_pipe"},
    {"part", "close_pipe"},
    {"replace", "corrupt"},
};

static enum rh_status rename_key(struct rh_reduction *reduction, struct rh_draft_node *entry,
                                 const char *instead)
{
    const char *before = entry->key->text;
    bool fails = false;
    entry->key->text = instead;
    enum rh_status status = rh_reduce_try(reduction, &fails);
    entry->key->text = fails ? instead : before;
    return status;
}

/* A node that dies does more than one of its actors that crashes. */
static enum rh_status weaken_node(struct rh_reduction *reduction, struct rh_draft_node *entry)
{
    const struct rh_draft_node *actors = rh_draft_find(reduction->draft->root, "actors");
    const char *node = entry->text;
    const char *key = entry->key->text;
    enum rh_status status = RH_OK;
    bool fails = false;
    for (const struct rh_draft_node *actor = actors == NULL ? NULL : actors->first;
         actor != NULL && status == RH_OK && !fails; actor = actor->next) {
        const struct rh_draft_node *where = rh_draft_find(actor, "node");
        if (actor->is_gone || where == NULL || where->text == NULL ||
            strcmp(where->text, node) != 0) {
            continue;
        }
        entry->key->text = "crash";
        entry->text = actor->key->text;
        status = rh_reduce_try(reduction, &fails);
        entry->key->text = fails ? "crash" : key;
        entry->text = fails ? actor->key->text : node;
    }
    return status;
}

static enum rh_status weaken_fault(struct rh_reduction *reduction, struct rh_draft_node *entry)
{
    if (strcmp(entry->key->text, "kill_node") == 0 && entry->kind == RH_NODE_SCALAR) {
        return weaken_node(reduction, entry);
    }
    for (size_t i = 0; i < sizeof lessers / sizeof lessers[0]; i++) {
        if (strcmp(entry->key->text, lessers[i].fault) == 0) {
            return rename_key(reduction, entry, lessers[i].instead);
        }
    }
    return RH_OK;
}

static enum rh_status weaken_faults(struct rh_reduction *reduction)
{
    struct rh_draft_node *faults = rh_draft_find(reduction->draft->root, "faults");
    struct rh_draft_node *end = faults == NULL ? NULL : faults->next;
    enum rh_status status = RH_OK;
    for (struct rh_draft_node *entry = faults; entry != end && entry != NULL && status == RH_OK;
         entry = rh_draft_next(entry)) {
        if (entry->key != NULL && !rh_draft_is_gone(entry)) {
            status = weaken_fault(reduction, entry);
        }
    }
    return status;
}

/* ---- numbers and times ---- */

static enum rh_status replace(struct rh_reduction *reduction, struct rh_draft_node *node,
                              const char *text, bool *ret_fails)
{
    const char *before = node->text;
    *ret_fails = false;
    node->text = rh_draft_text(reduction->draft, text);
    if (node->text == NULL) {
        node->text = before;
        return RH_NO_MEMORY;
    }
    enum rh_status status = rh_reduce_try(reduction, ret_fails);
    node->text = *ret_fails ? node->text : before;
    return status;
}

static enum rh_status weaken_number(struct rh_reduction *reduction, struct rh_draft_node *node,
                                    uint64_t number)
{
    enum rh_status status = RH_OK;
    bool fails = true;
    while (fails && status == RH_OK && number > 0) {
        const uint64_t tries[] = {0, 1, number / 2, number - 1};
        fails = false;
        for (size_t i = 0; i < 4 && !fails && status == RH_OK; i++) {
            char text[24];
            if (tries[i] >= number || (i > 1 && tries[i] < 2)) {
                continue;
            }
            (void)snprintf(text, sizeof text, "%llu", (unsigned long long)tries[i]);
            status = replace(reduction, node, text, &fails);
            number = fails ? tries[i] : number;
        }
    }
    return status;
}

static enum rh_status weaken_time(struct rh_reduction *reduction, struct rh_draft_node *node,
                                  rh_duration time)
{
    static const rh_duration tries[] = {
        0, RH_MILLISECOND, 10 * RH_MILLISECOND, 100 * RH_MILLISECOND, RH_SECOND, 10 * RH_SECOND};
    enum rh_status status = RH_OK;
    bool fails = false;
    for (size_t i = 0; i < sizeof tries / sizeof tries[0] && !fails && status == RH_OK; i++) {
        if (tries[i] < time) {
            struct rh_duration_text text = rh_duration_print(tries[i]);
            status = replace(reduction, node, text.text, &fails);
        }
    }
    return status;
}

/* A setting: the value of a key that says how much. What stands in messages, variables and bounds is none. */
static bool is_setting(const struct rh_draft_node *node)
{
    static const char *const not_below[] = {"message", "state",  "bounds", "limits",    "explore",
                                            "expect",  "always", "never",  "eventually"};
    if (node->kind != RH_NODE_SCALAR || node->is_quoted || node->key == NULL) {
        return false;
    }
    for (const struct rh_draft_node *at = node; at->parent != NULL; at = at->parent) {
        if (at->key != NULL && at->key->text[0] == '$') {
            return false;
        }
        for (size_t i = 0; at->key != NULL && i < sizeof not_below / sizeof not_below[0]; i++) {
            if (strcmp(at->key->text, not_below[i]) == 0) {
                return false;
            }
        }
    }
    return true;
}

static enum rh_status weaken_values(struct rh_reduction *reduction)
{
    enum rh_status status = RH_OK;
    for (struct rh_draft_node *node = reduction->draft->root; node != NULL && status == RH_OK;
         node = rh_draft_next(node)) {
        if (node->is_frozen || !is_setting(node) || rh_draft_is_gone(node)) {
            continue;
        }
        struct rh_number number = rh_number_parse(node->text, strlen(node->text));
        struct rh_duration_reading time = rh_duration_parse(node->text, strlen(node->text));
        if (number.form == RH_NUMBER_WHOLE && !number.is_negative) {
            status = weaken_number(reduction, node, number.magnitude);
        } else if (time.form == RH_DURATION_OK) {
            status = weaken_time(reduction, node, time.value);
        }
    }
    return status;
}

enum rh_status rh_weaken(struct rh_reduction *reduction)
{
    if (reduction->trial->keeps_details) {
        return RH_OK;
    }
    enum rh_status status = weaken_faults(reduction);
    return status == RH_OK ? weaken_values(reduction) : status;
}
