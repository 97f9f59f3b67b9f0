/* SPDX-License-Identifier: MIT */
/*
 * Delta debugging over the tree. The order is that of what a reader would like to see go first: properties that hold anyway,
 * faults, what the driver does, what scripts do, actors, then whatever else stands in the file. A list is halved and
 * quartered before its entries go one by one; an actor or a node goes together with everything that mentions it, because
 * nothing of that can stay without it. The last pass takes every entry by itself and ends only when none can go: the result
 * is minimal with regard to single entries, which is also how it is tested.
 *
 * What a fault is about goes last, when nothing else can: a fault that may strike more is no lesser one, and struck out
 * early it would take the place of another. Behind everything else, the last failing run still says whom it strikes.
 *
 * A version that is no scenario is no failure either, so nothing here knows what belongs together.
 */
#include "harness/shrink/reduce.h"

#include <string.h>

#define TEXT_BYTES_MAX ((size_t)4 << 20)
#define MENTIONS_MAX 256u

enum rh_status rh_reduce_try(struct rh_reduction *reduction, bool *ret_fails)
{
    struct rh_text_buffer text;
    enum rh_trial_answer answer = RH_TRIAL_HOLDS;
    rh_text_buffer_init(&text, reduction->trial->stage.allocator, TEXT_BYTES_MAX);
    rh_draft_write(reduction->draft, &text);
    enum rh_status status =
        text.status == RH_OK
            ? rh_trial_try(reduction->trial, rh_text_buffer_text(&text), text.length, &answer)
            : text.status;
    rh_text_buffer_deinit(&text);
    *ret_fails = status == RH_OK && answer == RH_TRIAL_FAILS;
    reduction->kept += *ret_fails;
    return status;
}

/* ---- what may go ---- */

static bool holds_frozen(const struct rh_draft_node *node)
{
    if (node->is_frozen) {
        return true;
    }
    for (const struct rh_draft_node *child = node->first; child != NULL; child = child->next) {
        if (holds_frozen(child)) {
            return true;
        }
    }
    return false;
}

static void freeze(struct rh_draft_node *node)
{
    node->is_frozen = true;
    for (struct rh_draft_node *child = node->first; child != NULL; child = child->next) {
        freeze(child);
    }
}

void rh_reduce_freeze(struct rh_draft *draft, uint32_t line, uint32_t column)
{
    struct rh_draft_node *node = line == 0 ? NULL : rh_draft_at(draft, line, column);
    if (node != NULL && node->parent != NULL) {
        freeze(node);
    }
}

/* Inside of a message nothing is struck out: a part of one is no smaller failure, only a stranger one. */
static bool is_of_message(const struct rh_draft_node *node)
{
    static const char *const keys[] = {"message", "output",   "reply", "request",      "answer",
                                       "reason",  "exit",     "call",  "timeout",      "down",
                                       "user",    "receives", "tags",  "undeliverable"};
    for (const struct rh_draft_node *at = node->parent; at != NULL; at = at->parent) {
        for (size_t i = 0; at->key != NULL && i < sizeof keys / sizeof keys[0]; i++) {
            bool is_plain = node->key == NULL && node->kind != RH_NODE_MAPPING;
            if (is_plain && (strcmp(at->key->text, keys[i]) == 0 || at->key->text[0] == '$')) {
                return true;
            }
        }
        if (at->key != NULL) {
            return false; /* the nearest key decides */
        }
    }
    return false;
}

/* What a fault is about: without it, it may strike more. */
static bool is_filter(const struct rh_draft_node *node)
{
    static const char *const keys[] = {"to", "from", "message", "on", "effect"};
    bool is_one = false;
    for (size_t i = 0; node->key != NULL && i < sizeof keys / sizeof keys[0]; i++) {
        is_one = is_one || strcmp(node->key->text, keys[i]) == 0;
    }
    const struct rh_draft_node *section = node;
    while (section->parent != NULL && section->parent->parent != NULL) {
        section = section->parent;
    }
    return is_one && section->key != NULL && strcmp(section->key->text, "faults") == 0;
}

bool rh_reduce_may(const struct rh_draft_node *node)
{
    bool is_title = node->key != NULL && node->parent != NULL && node->parent->parent == NULL &&
                    strcmp(node->key->text, "scenario") == 0;
    return node->parent != NULL && !is_title && !is_of_message(node) && !rh_draft_is_gone(node) &&
           !holds_frozen(node);
}

/* Does it stand by itself: a section, an actor, an operation, and not how one of them is? */
static bool is_by_itself(const struct rh_draft_node *node)
{
    const struct rh_draft_node *parent = node->parent;
    bool is_section = parent->parent == NULL;
    bool is_of_section = !is_section && parent->parent->parent == NULL;
    return is_section || is_of_section || (node->key == NULL && node->kind == RH_NODE_MAPPING);
}

static bool may(const struct rh_reduction *reduction, const struct rh_draft_node *node)
{
    return rh_reduce_may(node) && !is_filter(node) &&
           (!reduction->trial->keeps_details || is_by_itself(node));
}

/* ---- entries ---- */

static enum rh_status strike(struct rh_reduction *reduction, struct rh_draft_node *node)
{
    bool fails = false;
    node->is_gone = true;
    enum rh_status status = rh_reduce_try(reduction, &fails);
    node->is_gone = fails;
    return status;
}

/* Strike out `size` entries of a list at a time. */
static enum rh_status strike_chunks(struct rh_reduction *reduction, struct rh_draft_node *list,
                                    uint32_t size)
{
    struct rh_draft_node *at = list->first;
    enum rh_status status = RH_OK;
    while (at != NULL && status == RH_OK) {
        struct rh_draft_node *chunk[64];
        uint32_t count = 0;
        bool fails = false;
        for (; at != NULL && count < size; at = at->next) {
            if (may(reduction, at)) {
                at->is_gone = true;
                chunk[count++] = at;
            }
        }
        if (count > 1) {
            status = rh_reduce_try(reduction, &fails);
        }
        for (uint32_t i = 0; i < count; i++) {
            chunk[i]->is_gone = fails;
        }
    }
    return status;
}

static enum rh_status halve(struct rh_reduction *reduction, struct rh_draft_node *list)
{
    enum rh_status status = RH_OK;
    uint32_t size = rh_draft_count(list) / 2;
    for (size = size > 64 ? 64 : size; size > 1 && status == RH_OK; size /= 2) {
        status = strike_chunks(reduction, list, size);
    }
    return status;
}

static enum rh_status halve_all(struct rh_reduction *reduction, struct rh_draft_node *section)
{
    enum rh_status status = RH_OK;
    struct rh_draft_node *end = section;
    while (end != NULL && end->next == NULL) {
        end = end->parent;
    }
    end = end == NULL ? NULL : end->next;
    for (struct rh_draft_node *node = section; node != end && status == RH_OK;
         node = rh_draft_next(node)) {
        if (node->kind != RH_NODE_SCALAR && !node->is_frozen && !rh_draft_is_gone(node) &&
            rh_draft_count(node) > 3) {
            status = halve(reduction, node);
        }
    }
    return status;
}

/* The whole of it first, then what it holds. */
static enum rh_status strike_all(struct rh_reduction *reduction, struct rh_draft_node *node)
{
    enum rh_status status = may(reduction, node) ? strike(reduction, node) : RH_OK;
    for (struct rh_draft_node *child = node->first;
         child != NULL && status == RH_OK && !node->is_gone; child = child->next) {
        if (!child->is_gone && !child->is_frozen) {
            status = strike_all(reduction, child);
        }
    }
    return status;
}

/* ---- actors ---- */

/* "a", "<a>", "<a/1>" */
static bool speaks_of(const char *text, const char *name)
{
    size_t length = strlen(name);
    text += *text == '<';
    return strncmp(text, name, length) == 0 &&
           (text[length] == '\0' || strchr(">/@#", text[length]) != NULL);
}

static bool is_below(const struct rh_draft_node *node, const char *name)
{
    while (node->parent != NULL && node->parent->parent != NULL) {
        node = node->parent;
    }
    return node->key != NULL && strcmp(node->key->text, name) == 0;
}

/* What says how nodes are joined says nothing without one of them. */
static bool is_of_wires(const struct rh_draft_node *node)
{
    return is_below(node, "pipes") || is_below(node, "network");
}

/* An entry of a list that stands for something: an operation, a pipe, a pair of nodes. */
static bool is_whole(const struct rh_draft_node *entry, bool is_wire)
{
    return entry->key == NULL &&
           (entry->kind == RH_NODE_MAPPING || (is_wire && entry->kind == RH_NODE_SEQUENCE));
}

/* The entry that cannot stay without the name: the nearest entry of a list of mappings, or just the entry itself. */
static struct rh_draft_node *entry_of(struct rh_draft_node *node, bool is_near)
{
    struct rh_draft_node *entry = node;
    bool is_wire = is_of_wires(node);
    is_near = is_near && !is_wire;
    while (!is_near && entry->parent != NULL && entry->parent->parent != NULL &&
           !is_whole(entry, is_wire)) {
        entry = entry->parent;
    }
    return is_near || is_whole(entry, is_wire) ? entry : node;
}

struct mentions {
    struct rh_draft_node *at[MENTIONS_MAX];
    uint32_t count;
};

static void strike_mention(struct mentions *mentions, struct rh_draft_node *entry)
{
    if (rh_reduce_may(entry) && mentions->count < MENTIONS_MAX) {
        entry->is_gone = true;
        mentions->at[mentions->count++] = entry;
    }
}

/* An actor is a key, a node an item. */
static void strike_mentions(const struct rh_draft *draft, struct rh_draft_node *named, bool is_near,
                            struct mentions *mentions)
{
    const char *name = named->key != NULL ? named->key->text : named->text;
    strike_mention(mentions, named);
    for (struct rh_draft_node *node = draft->root; node != NULL; node = rh_draft_next(node)) {
        bool is_value = node->kind == RH_NODE_SCALAR && speaks_of(node->text, name);
        bool is_key = node->key != NULL && strcmp(node->key->text, name) == 0;
        if (node->parent == NULL || rh_draft_is_gone(node) || !(is_value || is_key)) {
            continue;
        }
        bool is_alone = (is_key || (is_near && node->key != NULL)) && node->parent->key == NULL &&
                        node->parent->parent != NULL && rh_draft_count(node->parent) == 1;
        strike_mention(mentions, is_alone ? node->parent : is_key ? node : entry_of(node, is_near));
    }
}

/* Try what was struck out, and put it back if it was needed. */
static enum rh_status try_mentions(struct rh_reduction *reduction, struct mentions *mentions)
{
    bool fails = false;
    enum rh_status status = rh_reduce_try(reduction, &fails);
    for (uint32_t i = 0; i < mentions->count; i++) {
        mentions->at[i]->is_gone = fails;
    }
    return status;
}

static enum rh_status strike_named(struct rh_reduction *reduction, struct rh_draft_node *named,
                                   bool is_near)
{
    struct mentions mentions = {.count = 0};
    strike_mentions(reduction->draft, named, is_near, &mentions);
    return try_mentions(reduction, &mentions);
}

enum rh_status rh_reduce_to_slice(struct rh_reduction *reduction, const struct rh_slice *slice)
{
    struct rh_draft_node *actors = rh_draft_find(reduction->draft->root, "actors");
    struct mentions mentions = {.count = 0};
    for (struct rh_draft_node *actor = actors == NULL ? NULL : actors->first; actor != NULL;
         actor = actor->next) {
        if (actor->key != NULL && rh_reduce_may(actor) && !rh_slice_has(slice, actor->key->text)) {
            strike_mentions(reduction->draft, actor, false, &mentions);
        }
    }
    return mentions.count == 0 ? RH_OK : try_mentions(reduction, &mentions);
}

static enum rh_status strike_all_named(struct rh_reduction *reduction, const char *section)
{
    struct rh_draft_node *list = rh_draft_find(reduction->draft->root, section);
    enum rh_status status = RH_OK;
    for (struct rh_draft_node *named = list == NULL ? NULL : list->first;
         named != NULL && status == RH_OK; named = named->next) {
        bool has_name = named->key != NULL || named->kind == RH_NODE_SCALAR;
        for (int is_near = 0; is_near < 2 && status == RH_OK && has_name && rh_reduce_may(named);
             is_near++) {
            status = strike_named(reduction, named, is_near != 0);
        }
    }
    return status;
}

/* ---- everything ---- */

static const char *const sections[] = {"expect",     "always", "never",   "eventually",
                                       "faults",     "given",  "steps",   "actors",
                                       "behaviours", "pipes",  "network", "nodes"};

static bool is_listed(const struct rh_draft_node *section)
{
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        if (strcmp(section->key->text, sections[i]) == 0) {
            return true;
        }
    }
    return false;
}

static enum rh_status strike_sections(struct rh_reduction *reduction)
{
    struct rh_draft_node *root = reduction->draft->root;
    enum rh_status status = RH_OK;
    for (size_t i = 0; i < sizeof sections / sizeof sections[0] && status == RH_OK; i++) {
        struct rh_draft_node *section = rh_draft_find(root, sections[i]);
        status = section == NULL ? RH_OK : strike_all(reduction, section);
    }
    for (struct rh_draft_node *section = root->first; section != NULL && status == RH_OK;
         section = section->next) {
        if (!section->is_gone && !is_listed(section)) {
            status = strike_all(reduction, section);
        }
    }
    return status;
}

static enum rh_status strike_filters(struct rh_reduction *reduction)
{
    struct rh_draft_node *section = rh_draft_find(reduction->draft->root, "faults");
    enum rh_status status = RH_OK;
    for (struct rh_draft_node *node = section; node != NULL && status == RH_OK;
         node = rh_draft_next(node)) {
        if (!reduction->trial->keeps_details && is_filter(node) && rh_reduce_may(node)) {
            status = strike(reduction, node);
        }
    }
    return status;
}

static enum rh_status pass(struct rh_reduction *reduction, bool is_first)
{
    struct rh_draft_node *root = reduction->draft->root;
    enum rh_status status = RH_OK;
    for (size_t i = 0; is_first && i < sizeof sections / sizeof sections[0] && status == RH_OK;
         i++) {
        struct rh_draft_node *section = rh_draft_find(root, sections[i]);
        status = section == NULL ? RH_OK : halve_all(reduction, section);
    }
    status = status == RH_OK ? strike_all_named(reduction, "actors") : status;
    status = status == RH_OK ? strike_all_named(reduction, "nodes") : status;
    return status == RH_OK ? strike_sections(reduction) : status;
}

enum rh_status rh_reduce(struct rh_reduction *reduction)
{
    enum rh_status status = RH_OK;
    uint64_t before = 0;
    bool is_first = true;
    do {
        before = reduction->kept;
        status = pass(reduction, is_first);
        is_first = false;
        if (status == RH_OK && reduction->kept == before && reduction->trial->is_thorough) {
            status = strike_filters(reduction);
        }
    } while (status == RH_OK && reduction->kept != before);
    return status;
}
