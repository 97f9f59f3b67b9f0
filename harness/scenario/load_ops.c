/* SPDX-License-Identifier: MIT */
/* Operations: one table of fields per operation, one reader for all of them. An operation is a mapping with one key; what
 * stands behind it is a mapping of its fields or, where one field says it all, just that field. Two are written with
 * several keys, because they contain operations: if/then/else and repeat/do. */
#include "harness/scenario/loader.h"

#include <string.h>

#include "core/base/assert.h"

/* A turn cannot be interrupted. */
#define REPEATS_MAX 1000000

#define OP(member) offsetof(struct rh_plan_op, member)
#define TARGET(key, required, text)                                                                \
    {                                                                                              \
        .name = (key), .kind = FIELD_TARGET, .offset = OP(target), .is_required = (required),      \
        .about = (text)                                                                            \
    }
#define MESSAGE(key, required, text)                                                               \
    {                                                                                              \
        .name = (key), .kind = FIELD_TEMPLATE, .offset = OP(message), .is_required = (required),   \
        .about = (text)                                                                            \
    }
#define NAME(key, required, text)                                                                  \
    {                                                                                              \
        .name = (key), .kind = FIELD_TEXT, .offset = OP(name), .is_required = (required),          \
        .about = (text)                                                                            \
    }
#define REFERENCE(key, text)                                                                       \
    {                                                                                              \
        .name = (key), .kind = FIELD_REFERENCE, .offset = OP(target), .is_required = true,         \
        .about = (text)                                                                            \
    }
#define FLAG(key, bit, text)                                                                       \
    {                                                                                              \
        .name = (key), .kind = FIELD_FLAG, .offset = OP(flags), .most = (bit), .about = (text)     \
    }
#define AS(required, text)                                                                         \
    {                                                                                              \
        .name = "as", .kind = FIELD_SLOT, .offset = OP(as), .is_required = (required),             \
        .about = (text)                                                                            \
    }
#define STATUS                                                                                     \
    {                                                                                              \
        .name = "status", .kind = FIELD_SLOT, .offset = OP(status),                                \
        .about = "variable for the status's word; without it a failure ends the actor"             \
    }
#define TIME(key, text)                                                                            \
    {                                                                                              \
        .name = (key), .kind = FIELD_TIME, .offset = OP(time), .is_required = true,                \
        .about = (text)                                                                            \
    }
#define ALIAS_MODE(key, text)                                                                      \
    {                                                                                              \
        .name = (key), .kind = FIELD_WORD, .offset = OP(alias), .words = rh_alias_words,           \
        .least = RH_ALIAS_EXPLICIT, .most = RH_ALIAS_WORDS, .about = (text)                        \
    }

static bool read_tag(struct loader *loader, const struct rh_document_node *node, void *target)
{
    struct rh_plan_op *op = target;
    op->flags |= RH_OP_HAS_TAG;
    return rh_cursor_integer(&loader->cursor, node, INT64_MIN, INT64_MAX, &op->tag);
}

static bool read_node(struct loader *loader, const struct rh_document_node *node, void *target)
{
    struct rh_plan_op *op = target;
    const char *text = NULL;
    if (!rh_cursor_text(&loader->cursor, node, &text)) {
        return false;
    }
    for (uint32_t i = 0; i < loader->plan->nodes.count; i++) {
        if (strcmp(loader->plan->nodes.at[i], text) == 0) {
            op->node = i + 1;
            return true;
        }
    }
    return rh_cursor_unknown(&loader->cursor, node, "node", loader->plan->nodes.at,
                             loader->plan->nodes.count);
}

static bool read_status_word(struct loader *loader, const struct rh_document_node *node,
                             void *target)
{
    const char *words[RH_STATUS_COUNT];
    for (size_t i = 0; i < RH_STATUS_COUNT; i++) {
        words[i] = rh_status_word((enum rh_status)i);
    }
    struct rh_plan_op *op = target;
    size_t index = 0;
    if (!rh_cursor_word(&loader->cursor, node, words, RH_STATUS_COUNT, &index)) {
        return false;
    }
    op->fail_with = (enum rh_status)index;
    return true;
}

static bool load_assignment(struct loader *loader, const struct rh_pair *pair, void *row)
{
    struct rh_plan_assignment *assignment = row;
    bool ok = rh_load_slot(loader, pair->key, &assignment->slot);
    return rh_load_value(loader, pair->value, RH_VALUE_TEMPLATE, &assignment->value) && ok;
}

static bool read_assignments(struct loader *loader, const struct rh_document_node *node,
                             void *target)
{
    struct rh_plan_op *op = target;
    bool ok;
    op->assignments = rh_load_pairs(loader, node, load_assignment, sizeof *op->assignments, &ok);
    op->assignment_count = op->assignments == NULL ? 0 : node->count;
    return ok;
}

/* Before the operations that it repeats: it stands before them in the table. */
static bool read_times(struct loader *loader, const struct rh_document_node *node, void *target)
{
    struct rh_plan_op *op = target;
    if (!rh_cursor_unsigned(&loader->cursor, node, 1, REPEATS_MAX, &op->number)) {
        return false;
    }
    loader->repeats = (loader->repeats == 0 ? 1 : loader->repeats) * op->number;
    if (loader->repeats > REPEATS_MAX) {
        rh_load_error(loader, node->span, "this is repeated more than %d times in one turn",
                      REPEATS_MAX);
        return false;
    }
    return true;
}

static bool read_receive(struct loader *loader, const struct rh_document_node *node, void *target)
{
    struct rh_plan_op *op = target;
    struct rh_plan_receive *receive = rh_loader_allocate(loader, 1, sizeof *receive);
    op->receive = receive;
    return receive != NULL && rh_load_receive(loader, node, receive);
}

/* ---- the tables ---- */

static const struct field send_fields[] = {
    TARGET("to", true, "the receiver"),
    MESSAGE("message", true, "what to send"),
    FLAG("return", RH_OP_RETURN, "whether it comes back as undeliverable if nobody is there"),
    STATUS,
};
static const struct field reply_fields[] = {MESSAGE("message", true, "what to send")};
static const struct field forward_fields[] = {TARGET("to", true, "the receiver"), STATUS};
static const struct field send_name_fields[] = {
    NAME("name", true, "the registered name"),
    MESSAGE("message", true, "what to send"),
    {.name = "node",
     .kind = FIELD_CUSTOM,
     .read = read_node,
     .shape = "name",
     .about = "the node whose name is meant: then the name is resolved on arrival"},
    STATUS,
};
static const struct field send_alias_fields[] = {
    REFERENCE("alias", "variable with the alias"),
    MESSAGE("message", true, "what to send"),
    STATUS,
};
static const struct field broadcast_fields[] = {
    NAME("group", true, "the group"),
    MESSAGE("message", true, "what to send to each member"),
};
static const struct field ask_fields[] = {
    TARGET("to", false, "the server"),
    NAME("name", false, "whose owner to ask instead"),
    MESSAGE("request", true, "what to ask"),
    {.name = "timeout",
     .kind = FIELD_TIME,
     .offset = OP(time),
     .about = "how long to wait; without it for ever"},
    AS(false, "variable for the reference of the ask"),
    STATUS,
};
static const struct field unask_fields[] = {REFERENCE("ask", "variable with the ask's reference")};
static const struct field answer_fields[] = {
    REFERENCE("call", "variable with the call's reference"),
    MESSAGE("message", true, "the answer"),
    STATUS,
};
static const struct field output_fields[] = {MESSAGE("message", true, "what to say")};
static const struct field exit_fields[] = {MESSAGE("reason", true, "the reason")};
static const struct field fail_with_fields[] = {{.name = "status",
                                                 .kind = FIELD_CUSTOM,
                                                 .read = read_status_word,
                                                 .is_required = true,
                                                 .shape = "status",
                                                 .about = "word of the status, such as no_memory"}};
static const struct field trap_fields[] = {
    FLAG("on", RH_OP_TRUE, "whether exit signals arrive as deliveries")};
static const struct field link_fields[] = {
    TARGET("to", true, "the partner"),
    {.name = "tag",
     .kind = FIELD_CUSTOM,
     .read = read_tag,
     .shape = "integer",
     .about = "number that comes back in the exit notice"},
    STATUS,
};
static const struct field unlink_fields[] = {
    TARGET("to", true, "the partner"),
    FLAG("flush", RH_OP_FLUSH, "whether an exit notice in the mailbox goes, too"),
};
#define AT_NODE(required, text)                                                                    \
    {                                                                                              \
        .name = "node", .kind = FIELD_CUSTOM, .read = read_node, .is_required = (required),        \
        .shape = "name", .about = (text)                                                           \
    }
static const struct field monitor_fields[] = {
    TARGET("target", false, "whom to watch"),
    NAME("name", false, "whose owner to watch instead"),
    AT_NODE(false, "the node whose name is meant: then the name is resolved there"),
    AS(false, "variable for the reference"),
    ALIAS_MODE("alias", "also open an alias under the same reference, with this way to end"),
    STATUS,
};
static const struct field demonitor_fields[] = {
    REFERENCE("ref", "variable with the monitor's reference"),
    FLAG("flush", RH_OP_FLUSH, "whether a down notice in the mailbox goes, too"),
    STATUS,
};
static const struct field exit_signal_fields[] = {
    TARGET("to", true, "the receiver"),
    MESSAGE("reason", true, "the reason"),
    STATUS,
};
static const struct field kill_fields[] = {TARGET("to", true, "the receiver")};
static const struct field ask_alive_fields[] = {TARGET("target", true, "who"),
                                                AS(false, "variable for the reference")};
static const struct field spawn_fields[] = {
    {.name = "behaviour",
     .kind = FIELD_CUSTOM,
     .read = rh_load_spawn_op,
     .shape = "spawn",
     .is_required = true,
     .about = "what to spawn"},
};
static const struct field register_fields[] = {
    NAME("name", true, "the name"),
    TARGET("actor", false, "its owner; without it the actor itself"),
    STATUS,
};
static const struct field unregister_fields[] = {NAME("name", true, "the name"), STATUS};
static const struct field whereis_fields[] = {NAME("name", true, "the name"),
                                              AS(true, "variable for the owner")};
static const struct field timer_fields[] = {
    TIME("after", "the delay"),
    MESSAGE("message", true, "what arrives"),
    TARGET("to", false, "where it arrives; without it at the actor itself"),
    AS(false, "variable for the reference"),
    STATUS,
};
static const struct field send_after_fields[] = {
    TIME("after", "the delay"),
    MESSAGE("message", true, "what arrives"),
    TARGET("to", false, "where it arrives; without it at the actor itself"),
    NAME("name", false, "a name instead, resolved when the time has come"),
    AS(false, "variable for the reference"),
    STATUS,
};
static const struct field cancel_fields[] = {
    REFERENCE("timer", "variable with the timer's reference"),
    AS(false, "variable for the nanoseconds that were left; null if it had fired"),
    STATUS,
};
static const struct field read_timer_fields[] = {
    REFERENCE("timer", "variable with the timer's reference"),
    AS(true, "variable for the nanoseconds that are left; null if it has fired"),
};
static const struct field alias_fields[] = {
    AS(true, "variable for the alias"),
    ALIAS_MODE("mode", "how it ends; explicit without it"),
    STATUS,
};
static const struct field unalias_fields[] = {REFERENCE("alias", "variable with the alias"),
                                              STATUS};
static const struct field group_fields[] = {
    NAME("group", true, "the group"),
    TARGET("member", false, "who; without it the actor itself"),
    STATUS,
};
static const struct field members_fields[] = {NAME("group", true, "the group"),
                                              AS(true, "variable for the list")};
static const struct field watch_group_fields[] = {NAME("group", true, "the group"),
                                                  AS(false, "variable for the reference")};
static const struct field unwatch_group_fields[] = {
    REFERENCE("ref", "variable with the reference"),
    FLAG("flush", RH_OP_FLUSH, "whether notices in the mailbox go, too"),
    STATUS,
};
static const struct field monitor_node_fields[] = {
    AT_NODE(true, "the node"),
    AS(false, "variable for the reference"),
    STATUS,
};
static const struct field monitor_nodes_fields[] = {AS(false, "variable for the reference")};
static const struct field disconnect_fields[] = {AT_NODE(true, "the node"), STATUS};
static const struct field spawn_at_fields[] = {
    AT_NODE(true, "where"),
    NAME("behaviour", true, "what it plays: a behaviour of the file"),
    MESSAGE("with", false, "its argument"),
    FLAG("link", RH_OP_FLUSH, "whether it is linked with the actor from the start"),
    FLAG("monitor", RH_OP_RETURN, "whether the actor watches it from the start"),
    AS(false, "variable for the reference of the request, and of the monitor"),
    STATUS,
};
static const struct field list_fields[] = {AS(true, "variable for the list")};
static const struct field receive_op_fields[] = {{.name = "receive",
                                                  .kind = FIELD_CUSTOM,
                                                  .read = read_receive,
                                                  .shape = "receive",
                                                  .about = "what to wait for"}};
static const struct field assignment_fields[] = {{.name = "variables",
                                                  .kind = FIELD_CUSTOM,
                                                  .read = read_assignments,
                                                  .shape = "assignments",
                                                  .about = "variables and their values"}};
static const struct field random_fields[] = {
    {.name = "below",
     .kind = FIELD_U64,
     .offset = OP(number),
     .least = 1,
     .most = UINT32_MAX,
     .is_required = true,
     .about = "the number is from 0 up to, not including, this one"},
    AS(true, "variable for the number"),
};
static const struct field if_fields[] = {
    {.name = "if",
     .kind = FIELD_CONDITIONS,
     .offset = OP(conditions),
     .is_required = true,
     .about = "variables and the values that they must have"},
    {.name = "then", .kind = FIELD_OPS, .offset = OP(body), .about = "what to do if so"},
    {.name = "else", .kind = FIELD_OPS, .offset = OP(otherwise), .about = "what to do if not"},
};
static const struct field repeat_fields[] = {
    {.name = "repeat",
     .kind = FIELD_CUSTOM,
     .read = read_times,
     .shape = "times",
     .is_required = true,
     .about = "how often"},
    AS(false, "variable for the number of the turn, from 0"),
    {.name = "do",
     .kind = FIELD_OPS,
     .offset = OP(body),
     .is_required = true,
     .about = "what to do each time"},
};

#define FORM(fields) fields, FIELD_COUNT(fields)
static const struct form forms[RH_OP_COUNT] = {
    [RH_OP_SEND] = {FORM(send_fields), 0, false},
    [RH_OP_REPLY] = {FORM(reply_fields), 1, true},
    [RH_OP_FORWARD] = {FORM(forward_fields), 1, false},
    [RH_OP_SEND_NAME] = {FORM(send_name_fields), 0, false},
    [RH_OP_SEND_ALIAS] = {FORM(send_alias_fields), 0, false},
    [RH_OP_BROADCAST] = {FORM(broadcast_fields), 0, false},
    [RH_OP_ASK] = {FORM(ask_fields), 0, false},
    [RH_OP_UNASK] = {FORM(unask_fields), 1, false},
    [RH_OP_ANSWER] = {FORM(answer_fields), 0, false},
    [RH_OP_OUTPUT] = {FORM(output_fields), 1, true},
    [RH_OP_EXIT] = {FORM(exit_fields), 1, true},
    [RH_OP_DONE] = {NULL, 0, 0, false},
    [RH_OP_FAIL_WITH] = {FORM(fail_with_fields), 1, true},
    [RH_OP_TRAP] = {FORM(trap_fields), 1, true},
    [RH_OP_LINK] = {FORM(link_fields), 1, false},
    [RH_OP_UNLINK] = {FORM(unlink_fields), 1, false},
    [RH_OP_MONITOR] = {FORM(monitor_fields), 1, false},
    [RH_OP_DEMONITOR] = {FORM(demonitor_fields), 1, false},
    [RH_OP_EXIT_SIGNAL] = {FORM(exit_signal_fields), 0, false},
    [RH_OP_KILL] = {FORM(kill_fields), 1, false},
    [RH_OP_ASK_ALIVE] = {FORM(ask_alive_fields), 1, false},
    [RH_OP_SPAWN] = {FORM(spawn_fields), 1, true},
    [RH_OP_SPAWN_REQUEST] = {FORM(spawn_fields), 1, true},
    [RH_OP_REGISTER] = {FORM(register_fields), 1, false},
    [RH_OP_UNREGISTER] = {FORM(unregister_fields), 1, false},
    [RH_OP_WHEREIS] = {FORM(whereis_fields), 0, false},
    [RH_OP_TIMER] = {FORM(timer_fields), 0, false},
    [RH_OP_SEND_AFTER] = {FORM(send_after_fields), 0, false},
    [RH_OP_CANCEL] = {FORM(cancel_fields), 1, false},
    [RH_OP_READ_TIMER] = {FORM(read_timer_fields), 0, false},
    [RH_OP_ALIAS] = {FORM(alias_fields), 1, false},
    [RH_OP_UNALIAS] = {FORM(unalias_fields), 1, false},
    [RH_OP_JOIN] = {FORM(group_fields), 1, false},
    [RH_OP_LEAVE] = {FORM(group_fields), 1, false},
    [RH_OP_MEMBERS] = {FORM(members_fields), 0, false},
    [RH_OP_WATCH_GROUP] = {FORM(watch_group_fields), 1, false},
    [RH_OP_UNWATCH_GROUP] = {FORM(unwatch_group_fields), 1, false},
    [RH_OP_MONITOR_NODE] = {FORM(monitor_node_fields), 1, false},
    [RH_OP_MONITOR_NODES] = {FORM(monitor_nodes_fields), 1, false},
    [RH_OP_CONNECT] = {FORM(disconnect_fields), 1, false},
    [RH_OP_DISCONNECT] = {FORM(disconnect_fields), 1, false},
    [RH_OP_SPAWN_AT] = {FORM(spawn_at_fields), 0, false},
    [RH_OP_LINKS] = {FORM(list_fields), 1, false},
    [RH_OP_MONITORS] = {FORM(list_fields), 1, false},
    [RH_OP_RECEIVE] = {FORM(receive_op_fields), 1, true},
    [RH_OP_RECEIVE_CANCEL] = {NULL, 0, 0, false},
    [RH_OP_SET] = {FORM(assignment_fields), 1, true},
    [RH_OP_ADD] = {FORM(assignment_fields), 1, true},
    [RH_OP_RANDOM] = {FORM(random_fields), 0, false},
    [RH_OP_DRAW] = {FORM(random_fields), 0, false},
    [RH_OP_IF] = {FORM(if_fields), 0, false},
    [RH_OP_REPEAT] = {FORM(repeat_fields), 0, false},
};
const struct form *const rh_form_ops = forms;

/* ---- one operation, and lists of them ---- */

/* What is spawned elsewhere is a behaviour of the file: its node finds it by name. */
static bool check_behaviour(struct loader *loader, const struct rh_document_node *verb,
                            const char *name)
{
    for (uint32_t i = 0; i < loader->plan->behaviour_count; i++) {
        if (strcmp(loader->plan->behaviours[i].name, name) == 0) {
            uint32_t unused = 0;
            loader->plan->behaviours[i].is_used = true;
            return rh_load_role_add(
                loader, (struct rh_plan_role){.scripted = &loader->plan->behaviours[i]}, &unused);
        }
    }
    rh_load_error(loader, verb->span, "no behaviour of this file is called '%s'", name);
    return false;
}

static bool check_op(struct loader *loader, const struct rh_document_node *verb,
                     const struct rh_plan_op *op)
{
    if ((op->kind == RH_OP_REPLY || op->kind == RH_OP_FORWARD) && loader->place != PLACE_ROW) {
        rh_load_error(loader, verb->span, "there is nothing to %s here", rh_op_words[op->kind]);
        rh_load_hint(loader, "'%s' is for rows of 'on'", rh_op_words[op->kind]);
        return false;
    }
    bool two = op->target != 0 && op->name != NULL;
    bool none = op->target == 0 && op->name == NULL;
    if (op->kind == RH_OP_MONITOR && (two || none)) {
        rh_load_error(loader, verb->span, "a monitor needs either 'target' or 'name'");
        return false;
    }
    if (op->kind == RH_OP_MONITOR && op->node != 0 && op->name == NULL) {
        rh_load_error(loader, verb->span, "'node' belongs to a 'name'");
        return false;
    }
    if (op->kind == RH_OP_ASK) {
        loader->plan->asks = true;
        if (two || none) {
            rh_load_error(loader, verb->span, "an ask needs either 'to' or 'name'");
            return false;
        }
    }
    if (op->kind == RH_OP_SPAWN_AT) {
        return check_behaviour(loader, verb, op->name);
    }
    if (op->kind == RH_OP_SEND_AFTER && two) {
        rh_load_error(loader, verb->span, "it goes either 'to' an actor or to a 'name'");
        return false;
    }
    return true;
}

static bool is_complete(const struct form *form, const struct rh_document_node *node)
{
    for (uint32_t i = 0; i < form->count; i++) {
        if (form->fields[i].is_required && rh_node_find(node, form->fields[i].name) == NULL) {
            return false;
        }
    }
    return true;
}

static bool knows_keys(const struct form *form, const struct rh_document_node *node)
{
    for (uint32_t k = 0; k < node->count; k++) {
        uint32_t i = 0;
        while (i < form->count && !rh_node_is_text(node->pairs[k].key, form->fields[i].name)) {
            i++;
        }
        if (i == form->count) {
            return false;
        }
    }
    return true;
}

/* One of a family, such as 'send' and 'send_name', whose keys are those of another: that one is meant. */
static bool is_of_sibling(struct loader *loader, const struct rh_document_node *verb,
                          const struct rh_document_node *node, enum rh_op kind)
{
    size_t length = strcspn(rh_op_words[kind], "_");
    if (node->kind != RH_NODE_MAPPING || forms[kind].is_only_whole ||
        knows_keys(&forms[kind], node)) {
        return false;
    }
    for (uint32_t i = 0; i < RH_OP_COUNT; i++) {
        if (strcspn(rh_op_words[i], "_") == length &&
            strncmp(rh_op_words[i], rh_op_words[kind], length) == 0 &&
            knows_keys(&forms[i], node) && is_complete(&forms[i], node)) {
            rh_load_error(loader, verb->span, "these are no keys of '%s'", rh_op_words[kind]);
            rh_load_hint(loader, "did you mean '%s'?", rh_op_words[i]);
            return true;
        }
    }
    return false;
}

static bool load_op_argument(struct loader *loader, const struct rh_document_node *verb,
                             const struct rh_document_node *node, struct rh_plan_op *op)
{
    const struct form *form = &forms[op->kind];
    if (form->count == 0) {
        if (node == NULL || rh_node_is_empty(node) || rh_node_is_text(node, "true")) {
            return true;
        }
        rh_load_error(loader, node->span, "'%s' takes no argument", rh_op_words[op->kind]);
        return false;
    }
    if (node == NULL) {
        rh_load_error(loader, verb->span, "'%s' needs an argument", rh_op_words[op->kind]);
        return false;
    }
    return !is_of_sibling(loader, verb, node, op->kind) && rh_load_form(loader, node, form, op) &&
           check_op(loader, verb, op);
}

/* if/then/else and repeat/do: the operations that are written with more than one key. */
static bool load_compound(struct loader *loader, const struct rh_document_node *node,
                          enum rh_op kind, struct rh_plan_op *op)
{
    op->kind = kind;
    op->at = node->pairs[0].key->span;
    uint64_t before = loader->repeats;
    bool ok = rh_load_form(loader, node, &forms[kind], op);
    loader->repeats = before;
    return ok;
}

static bool load_op(struct loader *loader, const struct rh_document_node *node,
                    struct rh_plan_op *op)
{
    *op = (struct rh_plan_op){
        .as = RH_NO_SLOT, .as_also = RH_NO_SLOT, .status = RH_NO_SLOT, .time = RH_NEVER};
    for (enum rh_op kind = RH_OP_IF; kind <= RH_OP_REPEAT; kind++) {
        if (rh_node_find(node, rh_op_words[kind]) != NULL) {
            return load_compound(loader, node, kind, op);
        }
    }
    const struct rh_document_node *verb = node;
    const struct rh_document_node *argument = NULL;
    if (node->kind != RH_NODE_SCALAR) {
        const struct rh_pair *pair = rh_load_single(loader, node, "an operation");
        if (pair == NULL) {
            return false;
        }
        verb = pair->key;
        argument = pair->value;
    }
    op->at = verb->span;
    for (uint32_t i = 0; i < RH_OP_COUNT; i++) {
        if (rh_node_is_text(verb, rh_op_words[i])) {
            op->kind = (enum rh_op)i;
            return load_op_argument(loader, verb, argument, op);
        }
    }
    if (rh_load_is_step(verb)) {
        rh_load_error(loader, verb->span, "'%s' is no operation of an actor", verb->text);
        rh_load_hint(loader, "it is a step, which stands under 'steps' by itself");
        return false;
    }
    return rh_cursor_unknown(&loader->cursor, verb, "operation", rh_op_words, RH_OP_COUNT);
}

bool rh_load_ops(struct loader *loader, const struct rh_document_node *node,
                 struct rh_plan_ops *ops)
{
    bool is_list = node->kind == RH_NODE_SEQUENCE;
    if (!is_list && rh_node_is_empty(node)) {
        return rh_load_refuse(loader, node, "an operation or a list of operations");
    }
    uint32_t count = is_list ? node->count : 1;
    struct rh_plan_op *at = rh_loader_allocate(loader, count, sizeof *at);
    if (at == NULL) {
        return false;
    }
    bool ok = true;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t reads = loader->reads;
        const uint32_t sets = loader->sets;
        loader->reads = 0;
        loader->sets = 0;
        ok = load_op(loader, is_list ? node->items[i] : node, &at[i]) && ok;
        at[i].reads = loader->reads;
        at[i].sets = loader->sets;
        loader->reads |= reads;
        loader->sets |= sets;
    }
    ops->at = at;
    ops->count = count;
    return ok;
}
