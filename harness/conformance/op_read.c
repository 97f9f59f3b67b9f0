/* SPDX-License-Identifier: MIT */
/*
 * Reading an operation is a walk over the keys of its object: each key is a row of the fields, the operation's row says
 * whether it may be there, the field's type says what it may be. Nothing is looked up twice, and nothing that the tables
 * do not know gets through: a file from a newer form must fail loudly, not run as something else.
 */
#include "harness/conformance/case.h"

#include <stdint.h>
#include <string.h>

enum who {
    WHO_ACTOR,
    WHO_WAITS,
    WHO_SPAWN,
    WHO_HARNESS,
    WHO_GROUP,
    WHO_NODE
};

static const struct op_row {
    const char *word;
    enum who who;
    uint64_t required;
    uint64_t optional;
} op_rows[RH_BEAM_OPS] = {
#define X(word, who, required, optional) {#word, WHO_##who, required, optional},
    RH_BEAM_OP_MAP(X)
#undef X
};

enum type {
    TYPE_ACTOR,
    TYPE_TARGET,
    TYPE_WORD,
    TYPE_COUNT,
    TYPE_TIMEOUT,
    TYPE_FLAG,
    TYPE_ANY,
    TYPE_LIST,
    TYPE_OBJECT,
    TYPE_OPS
};

static const struct field_row {
    const char *key;
    enum type type;
} field_rows[RH_BEAM_FIELDS] = {
#define X(key, type) {#key, TYPE_##type},
    RH_BEAM_FIELD_MAP(X)
#undef X
};

const char *rh_beam_op_word(enum rh_beam_op_code code)
{
    return op_rows[code].word;
}

bool rh_beam_op_has(const struct rh_beam_op *op, enum rh_beam_field field)
{
    return (op->fields >> field & 1) != 0;
}

bool rh_beam_op_waits(enum rh_beam_op_code code)
{
    return op_rows[code].who == WHO_WAITS;
}

static bool is_other_node(const char *node)
{
    return node != NULL && strcmp(node, "n0") != 0;
}

bool rh_beam_op_needs_nodes(const struct rh_beam_op *op)
{
    if (op_rows[op->code].who == WHO_NODE || is_other_node(op->node) ||
        (op->to.kind == RH_BEAM_TO_NAME && is_other_node(op->to.node))) {
        return true;
    }
    for (size_t i = 0; i < op->op_count; i++) {
        if (rh_beam_op_needs_nodes(op->ops[i])) {
            return true;
        }
    }
    return false;
}

/* ---- values of fields ---- */

static bool read_word(const struct rh_beam_json *value, const char *key, const char **ret_word,
                      struct rh_beam_flaw *flaw)
{
    if (value->kind != RH_BEAM_JSON_STRING || value->has_nul || value->size == 0) {
        return rh_beam_flaw_at(flaw, value, "'%s' must be a name, not %s", key,
                               rh_beam_json_kind_word(value->kind));
    }
    *ret_word = value->string;
    return true;
}

static bool read_target(const struct rh_beam_json *value, struct rh_beam_target *ret_target,
                        struct rh_beam_flaw *flaw)
{
    if (value->kind == RH_BEAM_JSON_STRING) {
        ret_target->kind = RH_BEAM_TO_ACTOR;
        return read_word(value, "to", &ret_target->word, flaw);
    }
    const struct rh_beam_json *name = rh_beam_json_get(value, "name");
    const struct rh_beam_json *node = rh_beam_json_get(value, "node");
    const struct rh_beam_json *ref = rh_beam_json_get(value, "ref");
    if (ref != NULL && value->count == 1) {
        ret_target->kind = RH_BEAM_TO_REF;
        return read_word(ref, "ref", &ret_target->word, flaw);
    }
    if (name == NULL || value->count != (node == NULL ? 1u : 2u)) {
        return rh_beam_flaw_at(flaw, value, "'to' must be an actor, {name}, {name,node} or {ref}");
    }
    ret_target->kind = RH_BEAM_TO_NAME;
    return read_word(name, "name", &ret_target->word, flaw) &&
           (node == NULL || read_word(node, "node", &ret_target->node, flaw));
}

static bool read_count(const struct rh_beam_json *value, const char *key, bool timeout,
                       int64_t *ret_count, struct rh_beam_flaw *flaw)
{
    if (timeout && rh_beam_json_is_word(value, "infinity")) {
        *ret_count = RH_BEAM_INFINITY;
        return true;
    }
    if (value->kind != RH_BEAM_JSON_INT || value->integer < 0 || value->integer > 1000000000) {
        return rh_beam_flaw_at(flaw, value, "'%s' must be a number from 0 to 1000000000%s", key,
                               timeout ? " or \"infinity\"" : "");
    }
    *ret_count = value->integer;
    return true;
}

static bool read_kind(const struct rh_beam_json *value, const char *key,
                      enum rh_beam_json_kind kind, struct rh_beam_flaw *flaw)
{
    return value->kind == kind ||
           rh_beam_flaw_at(flaw, value, "'%s' must be %s, not %s", key,
                           rh_beam_json_kind_word(kind), rh_beam_json_kind_word(value->kind));
}

static bool read_ops(struct rh_beam_arena *arena, const struct rh_beam_json *list, const char *key,
                     struct rh_beam_op *op, struct rh_beam_flaw *flaw)
{
    if (!read_kind(list, key, RH_BEAM_JSON_ARRAY, flaw)) {
        return false;
    }
    op->ops = rh_beam_take(arena, (list->count + 1) * sizeof(*op->ops));
    for (size_t i = 0; i < list->count; i++) {
        op->ops[i] = rh_beam_op_read(arena, list->items[i], flaw);
        if (op->ops[i] == NULL) {
            return false;
        }
    }
    op->op_count = list->count;
    return true;
}

/* ---- members ---- */

static const char **word_member(struct rh_beam_op *op, enum rh_beam_field field)
{
    switch (field) {
    case RH_BEAM_FIELD_by:
        return &op->by;
    case RH_BEAM_FIELD_actor:
        return &op->actor;
    case RH_BEAM_FIELD_from:
        return &op->from;
    case RH_BEAM_FIELD_sup:
        return &op->sup;
    case RH_BEAM_FIELD_cleanup_msg_to:
        return &op->cleanup_msg_to;
    case RH_BEAM_FIELD_name:
        return &op->name;
    case RH_BEAM_FIELD_node:
        return &op->node;
    case RH_BEAM_FIELD_ref:
        return &op->ref;
    case RH_BEAM_FIELD_ret:
        return &op->ret;
    case RH_BEAM_FIELD_item:
        return &op->item;
    case RH_BEAM_FIELD_how:
        return &op->how;
    case RH_BEAM_FIELD_entry:
        return &op->entry;
    case RH_BEAM_FIELD_module:
        return &op->module;
    default:
        return &op->function;
    }
}

static int64_t *count_member(struct rh_beam_op *op, enum rh_beam_field field)
{
    return field == RH_BEAM_FIELD_ms      ? &op->ms
           : field == RH_BEAM_FIELD_count ? &op->count
                                          : &op->timeout_ms;
}

static bool *flag_member(struct rh_beam_op *op, enum rh_beam_field field)
{
    switch (field) {
    case RH_BEAM_FIELD_value:
        return &op->value;
    case RH_BEAM_FIELD_trap:
        return &op->trap;
    case RH_BEAM_FIELD_link:
        return &op->link;
    case RH_BEAM_FIELD_ghost:
        return &op->ghost;
    default:
        return &op->uncaught;
    }
}

static const struct rh_beam_json **json_member(struct rh_beam_op *op, enum rh_beam_field field)
{
    switch (field) {
    case RH_BEAM_FIELD_monitor:
        return &op->monitor;
    case RH_BEAM_FIELD_reason:
        return &op->reason;
    case RH_BEAM_FIELD_msg:
        return &op->msg;
    case RH_BEAM_FIELD_request:
        return &op->request;
    case RH_BEAM_FIELD_opts:
        return &op->opts;
    case RH_BEAM_FIELD_monitor_opts:
        return &op->monitor_opts;
    case RH_BEAM_FIELD_args:
        return &op->args;
    case RH_BEAM_FIELD_children:
        return &op->children;
    default:
        return &op->flags;
    }
}

static bool read_field(struct rh_beam_arena *arena, struct rh_beam_op *op, enum rh_beam_field field,
                       const struct rh_beam_json *value, struct rh_beam_flaw *flaw)
{
    const char *key = field_rows[field].key;
    switch (field_rows[field].type) {
    case TYPE_ACTOR:
    case TYPE_WORD:
        return read_word(value, key, word_member(op, field), flaw);
    case TYPE_TARGET:
        return read_target(value, &op->to, flaw);
    case TYPE_COUNT:
        return read_count(value, key, false, count_member(op, field), flaw);
    case TYPE_TIMEOUT:
        return read_count(value, key, true, count_member(op, field), flaw);
    case TYPE_FLAG:
        *flag_member(op, field) = value->boolean;
        return read_kind(value, key, RH_BEAM_JSON_BOOL, flaw);
    case TYPE_LIST:
        *json_member(op, field) = value;
        return read_kind(value, key, RH_BEAM_JSON_ARRAY, flaw);
    case TYPE_OBJECT:
        *json_member(op, field) = value;
        return read_kind(value, key, RH_BEAM_JSON_OBJECT, flaw);
    case TYPE_OPS:
        return read_ops(arena, value, key, op, flaw);
    default:
        *json_member(op, field) = value;
        return true;
    }
}

/* ---- the operation ---- */

static bool find_op(const struct rh_beam_json *object, enum rh_beam_op_code *ret_code,
                    struct rh_beam_flaw *flaw)
{
    const struct rh_beam_json *word = rh_beam_json_get(object, "op");
    if (word == NULL) {
        return rh_beam_flaw_at(flaw, object, "an operation must be an object with the key 'op'");
    }
    for (int code = 0; code < RH_BEAM_OPS; code++) {
        if (rh_beam_json_is_word(word, op_rows[code].word)) {
            *ret_code = (enum rh_beam_op_code)code;
            return true;
        }
    }
    return rh_beam_flaw_at(flaw, word, "unknown operation '%s'",
                           word->kind == RH_BEAM_JSON_STRING ? word->string : "?");
}

static uint64_t allowed_fields(const struct op_row *row)
{
    uint64_t allowed = row->required | row->optional;
    bool acts = row->who == WHO_ACTOR || row->who == WHO_WAITS || row->who == WHO_SPAWN ||
                (row->who == WHO_NODE && (allowed & F(by)) != 0);
    return acts ? allowed | F(by) | F(ret) | F(uncaught) : allowed;
}

static bool find_field(const struct rh_beam_json *key, const struct op_row *row,
                       enum rh_beam_field *ret_field, struct rh_beam_flaw *flaw)
{
    for (int field = 0; field < RH_BEAM_FIELDS; field++) {
        if (rh_beam_json_is_word(key, field_rows[field].key)) {
            *ret_field = (enum rh_beam_field)field;
            return (allowed_fields(row) >> field & 1) != 0 ||
                   rh_beam_flaw_at(flaw, key, "'%s' has no field '%s'", row->word, key->string);
        }
    }
    return rh_beam_flaw_at(flaw, key, "unknown field '%s'", key->string);
}

static bool read_fields(struct rh_beam_arena *arena, struct rh_beam_op *op,
                        const struct rh_beam_json *object, struct rh_beam_flaw *flaw)
{
    const struct op_row *row = &op_rows[op->code];
    for (size_t i = 0; i < object->count; i++) {
        enum rh_beam_field field = RH_BEAM_FIELD_by;
        if (rh_beam_json_is_word(object->keys[i], "op")) {
            continue;
        }
        if (!find_field(object->keys[i], row, &field, flaw) ||
            !read_field(arena, op, field, object->items[i], flaw)) {
            return false;
        }
        op->fields |= (uint64_t)1 << field;
    }
    uint64_t missing = row->required & ~op->fields;
    for (int field = 0; field < RH_BEAM_FIELDS; field++) {
        if ((missing >> field & 1) != 0) {
            return rh_beam_flaw_at(flaw, object, "'%s' needs the field '%s'", row->word,
                                   field_rows[field].key);
        }
    }
    return true;
}

struct rh_beam_op *rh_beam_op_read(struct rh_beam_arena *arena, const struct rh_beam_json *object,
                                   struct rh_beam_flaw *ret_flaw)
{
    struct rh_beam_op *op = rh_beam_take(arena, sizeof *op);
    op->at = object;
    op->ms = op->count = op->timeout_ms = RH_BEAM_ABSENT;
    bool good = find_op(object, &op->code, ret_flaw) && read_fields(arena, op, object, ret_flaw) &&
                rh_beam_op_check(op, ret_flaw);
    return good ? op : NULL;
}
