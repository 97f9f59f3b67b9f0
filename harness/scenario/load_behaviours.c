/* SPDX-License-Identifier: MIT */
/* Scripted behaviours: state, first turn, rows. Names are read first, because a behaviour may spawn any other. */
#include "harness/scenario/loader.h"

#include <string.h>

#define FORM(fields) fields, FIELD_COUNT(fields)

/* ---- rows ---- */

#define ROW(member) offsetof(struct rh_plan_row, member)

static bool read_text_pattern(struct loader *loader, const struct rh_document_node *node,
                              void *target)
{
    return rh_load_value(loader, node, RH_VALUE_PATTERN, target);
}

static const struct field row_exit_fields[] = {
    {.name = "from", .kind = FIELD_PATTERN_ACTOR, .offset = ROW(from), .about = "who ended"},
    {.name = "reason", .kind = FIELD_PATTERN, .offset = ROW(message), .about = "why"},
    {.name = "tag", .kind = FIELD_PATTERN, .offset = ROW(tag), .about = "tag of the link"},
};
const struct form rh_form_row_exit = {FORM(row_exit_fields), 2, false};

static const struct field row_down_fields[] = {
    {.name = "of", .kind = FIELD_PATTERN_ACTOR, .offset = ROW(from), .about = "who ended"},
    {.name = "reason", .kind = FIELD_PATTERN, .offset = ROW(message), .about = "why"},
    {.name = "ref", .kind = FIELD_PATTERN, .offset = ROW(reference), .about = "which monitor"},
    {.name = "name",
     .kind = FIELD_PATTERN,
     .offset = ROW(name),
     .about = "the name that the monitor was set up by"},
};
const struct form rh_form_row_down = {FORM(row_down_fields), 2, false};

static const struct field row_spawn_reply_fields[] = {
    {.name = "child", .kind = FIELD_PATTERN_ACTOR, .offset = ROW(from), .about = "the child"},
    {.name = "ref", .kind = FIELD_PATTERN, .offset = ROW(reference), .about = "which request"},
    {.name = "status", .kind = FIELD_PATTERN, .offset = ROW(status), .about = "ok, or why not"},
};
const struct form rh_form_row_spawn_reply = {FORM(row_spawn_reply_fields), 3, false};

static const struct field row_group_fields[] = {
    {.name = "group", .kind = FIELD_PATTERN, .offset = ROW(name), .about = "the group"},
    {.name = "member", .kind = FIELD_PATTERN_ACTOR, .offset = ROW(from), .about = "who"},
};
const struct form rh_form_row_group = {FORM(row_group_fields), 1, false};

static const struct field row_node_fields[] = {
    {.name = "node", .kind = FIELD_PATTERN, .offset = ROW(name), .about = "which node"},
    {.name = "reason", .kind = FIELD_PATTERN, .offset = ROW(message), .about = "why it is down"},
    {.name = "ref", .kind = FIELD_PATTERN, .offset = ROW(reference), .about = "which monitor"},
};
const struct form rh_form_row_node = {FORM(row_node_fields), 1, false};

/* What the value of a trigger means: the field that a plain value is, and the form of a mapping. */
struct trigger {
    uint32_t kind;
    size_t plain;            /* offset of the pattern; 0 with `form` */
    const struct form *form; /* NULL: the value is a pattern, mappings included */
    bool is_bare;            /* takes no value */
};

static const struct trigger triggers[] = {
    {RH_DELIVERY_MESSAGE, ROW(message), NULL, false},
    {RH_OCCASION_CALL, ROW(message), NULL, false},
    {RH_OCCASION_ANSWER, ROW(message), NULL, false},
    {RH_OCCASION_ASK_DOWN, ROW(message), NULL, false},
    {RH_OCCASION_ASK_TIMEOUT, 0, NULL, true},
    {RH_DELIVERY_EXIT, 0, &rh_form_row_exit, false},
    {RH_DELIVERY_DOWN, 0, &rh_form_row_down, false},
    {RH_DELIVERY_TIMEOUT, ROW(message), NULL, false},
    {RH_DELIVERY_RECEIVE_TIMEOUT, 0, NULL, true},
    {RH_DELIVERY_UNDELIVERABLE, ROW(message), NULL, false},
    {RH_DELIVERY_LIVENESS, ROW(truth), NULL, false},
    {RH_DELIVERY_SPAWN_REPLY, 0, &rh_form_row_spawn_reply, false},
    {RH_DELIVERY_GROUP_JOIN, 0, &rh_form_row_group, false},
    {RH_DELIVERY_GROUP_LEAVE, 0, &rh_form_row_group, false},
    {RH_DELIVERY_NODE_UP, 0, &rh_form_row_node, false},
    {RH_DELIVERY_NODE_DOWN, 0, &rh_form_row_node, false},
    {RH_DELIVERY_USER, ROW(message), NULL, false},
};
#define TRIGGERS (sizeof triggers / sizeof triggers[0])

#define TRIGGER(word, shape_, text)                                                                \
    {                                                                                              \
        .name = (word), .kind = FIELD_CUSTOM, .read = NULL, .shape = (shape_), .about = (text)     \
    }
static const struct field row_fields[] = {
    TRIGGER("message", "any", "a message of this pattern"),
    TRIGGER("call", "any", "somebody asks, with a request of this pattern"),
    TRIGGER("answer", "any", "an own ask is answered with a message of this pattern"),
    TRIGGER("ask_down", "any", "an own ask is not answered: the server ended for this reason"),
    TRIGGER("ask_timeout", "any", "an own ask was not answered in time"),
    TRIGGER("exit", "row_exit", "an exit notice: {from, reason, tag}, or just the reason"),
    TRIGGER("down", "row_down",
            "the notice of a monitor: {of, reason, ref, name}, or just the reason"),
    TRIGGER("timeout", "any", "a time-out with a message of this pattern"),
    TRIGGER("receive_timeout", "any", "a selective receive gave up"),
    TRIGGER("undeliverable", "any", "an own message of this pattern that came back"),
    TRIGGER("liveness", "any", "the answer to ask_alive: true or false"),
    TRIGGER("spawn_reply", "row_spawn_reply",
            "the answer to a spawn request: {child, ref, status}"),
    TRIGGER("group_join", "row_group", "somebody joined a watched group: {group, member}"),
    TRIGGER("group_leave", "row_group", "somebody left a watched group: {group, member}"),
    TRIGGER("node_up", "row_node", "a node can be reached: {node, ref}, or just its name"),
    TRIGGER("node_down", "row_node",
            "a node cannot be reached any more: {node, reason, ref}, or just its name"),
    TRIGGER("user", "any", "an input of this pattern"),
    {.name = "from", .kind = FIELD_PATTERN_ACTOR, .offset = ROW(from), .about = "from whom"},
    {.name = "ref",
     .kind = FIELD_CUSTOM,
     .read = read_text_pattern,
     .offset = ROW(reference),
     .shape = "pattern",
     .about =
         "the reference: of the timer, the call or the ask, or the alias that the message came "
         "through"},
    {.name = "if",
     .kind = FIELD_CONDITIONS,
     .offset = ROW(conditions),
     .about = "variables and the values that they must have, too"},
    {.name = "do",
     .kind = FIELD_OPS,
     .offset = ROW(ops),
     .is_required = true,
     .about = "what to do"},
};
const struct form rh_form_row = {FORM(row_fields), 0, false};

static bool load_trigger(struct loader *loader, const struct rh_pair *pair,
                         const struct trigger *trigger, struct rh_plan_row *row)
{
    const struct rh_document_node *value = pair->value;
    row->kind = trigger->kind;
    row->at = pair->key->span;
    if (trigger->is_bare) {
        if (rh_node_is_empty(value) || rh_node_is_text(value, "_") ||
            rh_node_is_text(value, "true")) {
            return true;
        }
        return rh_load_refuse(loader, value, "left empty");
    }
    if (trigger->form != NULL) {
        return rh_load_form(loader, value, trigger->form, row);
    }
    return rh_load_value(loader, value, RH_VALUE_PATTERN,
                         (uint32_t *)((char *)row + trigger->plain));
}

static const char *trigger_word(const struct trigger *trigger)
{
    static const char *const words[] = {"call", "answer", "ask_down", "ask_timeout"};
    return trigger->kind >= RH_OCCASION_CALL
               ? words[trigger->kind - RH_OCCASION_CALL]
               : rh_delivery_kind_word((enum rh_delivery_kind)trigger->kind);
}

static const struct trigger *find_trigger(const struct rh_document_node *key)
{
    for (size_t i = 0; i < TRIGGERS; i++) {
        if (rh_node_is_text(key, trigger_word(&triggers[i]))) {
            return &triggers[i];
        }
    }
    return NULL;
}

/* The trigger first: what it binds is known in `if` and `do`, wherever they stand. */
static bool load_row(struct loader *loader, const struct rh_document_node *node, void *target)
{
    struct rh_plan_row *row = target;
    const struct rh_pair *first = NULL;
    bool ok = rh_cursor_mapping(&loader->cursor, node);
    loader->bound = 0;
    rh_scope_forget_locals(loader->scope);
    row->at = node->span;
    for (uint32_t i = 0; ok && i < node->count; i++) {
        const struct trigger *trigger = find_trigger(node->pairs[i].key);
        if (trigger != NULL && first != NULL) {
            rh_load_error(loader, node->pairs[i].key->span,
                          "a row is about one thing; this one is about '%s' already",
                          first->key->text);
            rh_load_hint(loader, "begin another row with '- '");
            return false;
        }
        if (trigger != NULL) {
            first = &node->pairs[i];
        }
    }
    if (!ok) {
        return false;
    }
    if (first != NULL) {
        ok = load_trigger(loader, first, find_trigger(first->key), row);
    }
    /* `from` and `ref` bind, too: they stand before `if` and `do` in the table. */
    ok = rh_load_form(loader, node, &rh_form_row, row) && ok;
    if (ok && first == NULL) {
        rh_load_error(loader, node->pairs[0].key->span, "this row does not say what it is about");
        rh_load_hint(loader,
                     "add 'message: pattern', 'exit: reason', 'timeout: pattern' or the like");
        return false;
    }
    return ok;
}

static bool load_rows(struct loader *loader, const struct rh_document_node *node,
                      struct rh_plan_behaviour *behaviour)
{
    bool ok;
    loader->place = PLACE_ROW;
    behaviour->rows = rh_load_items(loader, node, true, load_row, sizeof *behaviour->rows, &ok);
    behaviour->row_count = behaviour->rows == NULL ? 0 : node->count;
    return ok;
}

/* ---- behaviours ---- */

struct behaviour_read {
    const struct rh_document_node *init;
    const struct rh_document_node *on;
    const struct rh_document_node *receive;
};

static const struct field behaviour_fields[] = {
    {.name = "state",
     .kind = FIELD_CUSTOM,
     .read = NULL, /* by load_states */
     .shape = "state",
     .about = "variables with their first values"},
    {.name = "init",
     .kind = FIELD_KEPT,
     .offset = offsetof(struct behaviour_read, init),
     .shape = "ops",
     .about = "operations of the first turn"},
    {.name = "on",
     .kind = FIELD_KEPT,
     .offset = offsetof(struct behaviour_read, on),
     .shape = "rows",
     .about = "what to do when something arrives: the first row that fits runs"},
    {.name = "receive",
     .kind = FIELD_KEPT,
     .offset = offsetof(struct behaviour_read, receive),
     .shape = "receive",
     .about = "what to take from the mailbox, armed anew after each turn"},
};
const struct form rh_form_behaviour = {FORM(behaviour_fields), 0, false};

bool rh_load_behaviour_names(struct loader *loader, const struct rh_document_node *node)
{
    if (!rh_cursor_mapping(&loader->cursor, node)) {
        return false;
    }
    struct rh_plan_behaviour *behaviours =
        rh_loader_allocate(loader, node->count, sizeof *behaviours);
    if (behaviours == NULL) {
        return false;
    }
    bool ok = true;
    const struct rh_program *builtin = rh_program_builtin();
    for (uint32_t i = 0; i < node->count; i++) {
        const struct rh_document_node *key = node->pairs[i].key;
        ok = rh_load_name(loader, key, "a behaviour") && ok;
        behaviours[i].name = key->text;
        behaviours[i].at = key->span;
        bool taken = rh_node_is_text(key, "supervisor") || rh_node_is_text(key, "host");
        for (size_t b = 0; b < builtin->behaviour_count; b++) {
            taken = taken || rh_node_is_text(key, builtin->behaviours[b].behaviour->name);
        }
        if (taken) {
            rh_load_error(loader, key->span, "there is a built-in behaviour '%s' already",
                          key->text);
            ok = false;
        }
    }
    loader->plan->behaviours = behaviours;
    loader->plan->behaviour_count = node->count;
    return ok;
}

static bool load_state(struct loader *loader, const struct rh_document_node *node,
                       struct rh_plan_scope *scope)
{
    if (!rh_cursor_mapping(&loader->cursor, node)) {
        return false;
    }
    bool ok = true;
    for (uint32_t i = 0; i < node->count; i++) {
        const struct rh_document_node *key = node->pairs[i].key;
        const char *name = key->text[0] == '$' ? key->text + 1 : key->text;
        if (rh_scope_find(scope, name) != UINT32_MAX) {
            rh_load_error(loader, key->span, "'$%s' is declared twice", name);
            ok = false;
            continue;
        }
        if (key->text[0] != '$' && !rh_load_name(loader, key, "a variable")) {
            ok = false;
            continue;
        }
        uint32_t initial = 0;
        loader->scope = NULL; /* no variables in first values */
        ok = rh_load_value(loader, node->pairs[i].value, RH_VALUE, &initial) && ok;
        loader->scope = scope;
        uint8_t slot = rh_scope_declare(loader, key, name, RH_VARIABLE_STATE);
        if (slot == RH_NO_SLOT) {
            return false;
        }
        scope->variables[slot].initial = initial;
    }
    return ok;
}

static bool load_behaviour(struct loader *loader, const struct rh_document_node *node,
                           struct rh_plan_behaviour *behaviour)
{
    struct behaviour_read read = {NULL, NULL, NULL};
    loader->scope = &behaviour->scope;
    loader->bound = 0;
    bool ok = rh_load_form(loader, node, &rh_form_behaviour, &read);
    rh_scope_declare_results(loader, read.init);
    rh_scope_declare_results(loader, read.on);
    if (read.init != NULL) {
        loader->place = PLACE_INIT;
        ok = rh_load_ops(loader, read.init, &behaviour->init) && ok;
    }
    if (read.on != NULL) {
        ok = load_rows(loader, read.on, behaviour) && ok;
    }
    if (read.receive != NULL) {
        ok = rh_load_receive(loader, read.receive, &behaviour->receive) && ok;
    }
    loader->scope = NULL;
    return ok;
}

/* State first, everywhere: whoever spawns a behaviour gives values to its state. */
static bool load_states(struct loader *loader, const struct rh_document_node *node)
{
    bool ok = true;
    for (uint32_t i = 0; i < node->count && i < loader->plan->behaviour_count; i++) {
        const struct rh_document_node *state = rh_node_find(node->pairs[i].value, "state");
        struct rh_plan_scope *scope = &loader->plan->behaviours[i].scope;
        if (state != NULL) {
            loader->scope = scope;
            ok = load_state(loader, state, scope) && ok;
            loader->scope = NULL;
        }
    }
    return ok;
}

bool rh_load_behaviours(struct loader *loader, const struct rh_document_node *node)
{
    bool ok = load_states(loader, node);
    for (uint32_t i = 0; i < node->count && i < loader->plan->behaviour_count; i++) {
        ok = load_behaviour(loader, node->pairs[i].value, &loader->plan->behaviours[i]) && ok;
    }
    return ok;
}
