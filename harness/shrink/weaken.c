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

/*
 * What is lesser than what, from the worst: ended, ended in an orderly way, in one direction, late. Who is stalled does in
 * the end what it would have done, and what is held arrives.
 */
struct lesser {
    const char *fault;
    const char *instead;
};
static const struct lesser lessers[] = {
    {"kill", "stall"},
    {"kill", "crash"},
    {"crash", "stall"},
    {"partition", "part"},
    {"black_hole", "stall_pipe"},
    {"lose_bytes", "stall_pipe"},
    {"flip_bytes", "stall_pipe"},
    {"cut_pipe", "stall_pipe"},
    {"reset_pipe", "stall_pipe"},
    {"blip", "stall_pipe"},
    {"close_pipe", "stall_pipe"},
    {"half_close_pipe", "stall_pipe"},
    {"part", "stall_pipe"},
    {"black_hole", "half_close_pipe"},
    {"cut_pipe", "half_close_pipe"},
    {"reset_pipe", "half_close_pipe"},
    {"blip", "half_close_pipe"},
    {"close_pipe", "half_close_pipe"},
    {"cut_pipe", "close_pipe"},
    {"reset_pipe", "close_pipe"},
    {"blip", "close_pipe"},
    {"cut_pipe", "reset_pipe"},
    {"blip", "reset_pipe"},
    {"drop", "hold"},
    {"forge", "replay"},
    {"replace", "hold"},
    {"corrupt", "hold"},
    {"replace", "corrupt"},
    {"lose_callback", "delay_start"},
    {"refuse_start", "delay_start"},
    {"fail_launch", "delay_start"},
    {"kill_process", "delay_start"},
};

/* A deed that needs more than the nodes has them in `between`; a lesser one may do with just these. */
struct unwrapped {
    struct rh_draft_node *entry;
    struct rh_draft_node before;
    struct rh_draft_node *between;
};

static void unwrap(struct rh_draft_node *entry, struct unwrapped *ret)
{
    *ret = (struct unwrapped){entry, *entry, rh_draft_find(entry, "between")};
    if (ret->between == NULL || ret->between->kind != RH_NODE_SEQUENCE) {
        ret->between = NULL;
        return;
    }
    entry->kind = RH_NODE_SEQUENCE;
    entry->is_flow = ret->between->is_flow;
    entry->first = ret->between->first;
    for (struct rh_draft_node *node = entry->first; node != NULL; node = node->next) {
        node->parent = entry;
    }
}

static void wrap_again(const struct unwrapped *unwrapped)
{
    if (unwrapped->between == NULL) {
        return;
    }
    for (struct rh_draft_node *node = unwrapped->entry->first; node != NULL; node = node->next) {
        node->parent = unwrapped->between;
    }
    *unwrapped->entry = unwrapped->before;
}

/* With what else it says, or just with the nodes. */
static enum rh_status rename_key(struct rh_reduction *reduction, struct rh_draft_node *entry,
                                 const char *instead, bool *ret_fails)
{
    const char *before = entry->key->text;
    struct unwrapped unwrapped;
    entry->key->text = instead;
    enum rh_status status = rh_reduce_try(reduction, ret_fails);
    if (status == RH_OK && !*ret_fails && entry->kind == RH_NODE_MAPPING) {
        unwrap(entry, &unwrapped);
        status = unwrapped.between == NULL ? status : rh_reduce_try(reduction, ret_fails);
        if (!*ret_fails) {
            wrap_again(&unwrapped);
        }
    }
    entry->key->text = *ret_fails ? instead : before;
    return status;
}

static bool is_same_name(const struct rh_draft_node *node, const char *name)
{
    return node != NULL && node->text != NULL && strcmp(node->text, name) == 0;
}

/* A node that dies does more than one of its actors that crashes, */
static enum rh_status crash_instead(struct rh_reduction *reduction, struct rh_draft_node *entry,
                                    bool *ret_fails)
{
    const struct rh_draft_node *actors = rh_draft_find(reduction->draft->root, "actors");
    const char *node = entry->text;
    const char *key = entry->key->text;
    enum rh_status status = RH_OK;
    for (const struct rh_draft_node *actor = actors == NULL ? NULL : actors->first;
         actor != NULL && status == RH_OK && !*ret_fails; actor = actor->next) {
        if (actor->is_gone || !is_same_name(rh_draft_find(actor, "node"), node)) {
            continue;
        }
        entry->key->text = "crash";
        entry->text = actor->key->text;
        status = rh_reduce_try(reduction, ret_fails);
        entry->key->text = *ret_fails ? "crash" : key;
        entry->text = *ret_fails ? actor->key->text : node;
    }
    return status;
}

/* and than one of its connections that ends. */
static enum rh_status close_instead(struct rh_reduction *reduction, struct rh_draft_node *entry,
                                    bool *ret_fails)
{
    const struct rh_draft_node *nodes = rh_draft_find(reduction->draft->root, "nodes");
    const struct rh_draft_node before = *entry;
    const char *key = entry->key->text;
    struct rh_draft_node *pair = rh_arena_allocate(&reduction->draft->arena, 2 * sizeof *pair);
    enum rh_status status = pair == NULL ? RH_NO_MEMORY : RH_OK;
    for (const struct rh_draft_node *other = nodes == NULL ? NULL : nodes->first;
         other != NULL && status == RH_OK && !*ret_fails; other = other->next) {
        if (other->is_gone || other->text == NULL || strcmp(other->text, before.text) == 0) {
            continue;
        }
        pair[0] = (struct rh_draft_node){
            .kind = RH_NODE_SCALAR, .text = before.text, .parent = entry, .next = &pair[1]};
        pair[1] =
            (struct rh_draft_node){.kind = RH_NODE_SCALAR, .text = other->text, .parent = entry};
        entry->kind = RH_NODE_SEQUENCE;
        entry->is_flow = true;
        entry->text = NULL;
        entry->first = pair;
        entry->key->text = "close_pipe";
        status = rh_reduce_try(reduction, ret_fails);
        if (!*ret_fails) {
            *entry = before;
            entry->key->text = key;
        }
    }
    return status;
}

static enum rh_status weaken_node(struct rh_reduction *reduction, struct rh_draft_node *entry)
{
    bool fails = false;
    enum rh_status status = crash_instead(reduction, entry, &fails);
    return status == RH_OK && !fails ? close_instead(reduction, entry, &fails) : status;
}

static enum rh_status weaken_fault(struct rh_reduction *reduction, struct rh_draft_node *entry)
{
    if (strcmp(entry->key->text, "kill_node") == 0 && entry->kind == RH_NODE_SCALAR) {
        return weaken_node(reduction, entry);
    }
    enum rh_status status = RH_OK;
    bool fails = false;
    for (size_t i = 0; i < sizeof lessers / sizeof lessers[0] && status == RH_OK && !fails; i++) {
        if (strcmp(entry->key->text, lessers[i].fault) == 0) {
            status = rename_key(reduction, entry, lessers[i].instead, &fails);
        }
    }
    return status;
}

static enum rh_status weaken_section(struct rh_reduction *reduction, const char *name)
{
    struct rh_draft_node *section = rh_draft_find(reduction->draft->root, name);
    struct rh_draft_node *end = section == NULL ? NULL : section->next;
    enum rh_status status = RH_OK;
    for (struct rh_draft_node *entry = section; entry != end && entry != NULL && status == RH_OK;
         entry = rh_draft_next(entry)) {
        if (entry->key != NULL && !rh_draft_is_gone(entry)) {
            status = weaken_fault(reduction, entry);
        }
    }
    return status;
}

/* The driver does to nodes and pipes what faults do. */
static enum rh_status weaken_faults(struct rh_reduction *reduction)
{
    enum rh_status status = weaken_section(reduction, "faults");
    return status == RH_OK ? weaken_section(reduction, "steps") : status;
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
