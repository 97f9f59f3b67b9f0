/* SPDX-License-Identifier: MIT */
/*
 * Plain calls of Erlang's built-in functions. What they test is mostly the checking of arguments, which the typed C API
 * cannot get wrong; so the check is made here, by a table of what each argument must be, and a call that passes it is the
 * operation of the same meaning.
 */
#include "harness/conformance/stage.h"

#include <rehearse/actor.h>

#include <string.h>

/** What an argument must be:
 *  p pid, a atom, A atom but not undefined, r reference, t anything, n number of milliseconds, b boolean,
 *  d destination (pid, atom, {name,node}, reference), w pid or name (pid, atom, {name,node}), P the word process,
 *  T the word trap_exit, D list of demonitor's options, L list of alias' options, M list of monitor's options,
 *  N name of a node, i item of process_info, ! something that no file can write (a fun, a module): always a bad argument. */
#define BIF_MAP(X)                                                                                 \
    X("exit", "t", exit)                                                                           \
    X("exit", "pt", exit2)                                                                         \
    X("error", "t", error)                                                                         \
    X("throw", "t", throw)                                                                         \
    X("link", "p", link)                                                                           \
    X("unlink", "p", unlink)                                                                       \
    X("monitor", "Pw", monitor)                                                                    \
    X("monitor", "PwM", monitor)                                                                   \
    X("demonitor", "r", demonitor)                                                                 \
    X("demonitor", "rD", demonitor)                                                                \
    X("alias", "", alias)                                                                          \
    X("alias", "L", alias)                                                                         \
    X("unalias", "r", unalias)                                                                     \
    X("register", "Ap", register)                                                                  \
    X("unregister", "a", unregister)                                                               \
    X("whereis", "a", whereis)                                                                     \
    X("send", "dt", send)                                                                          \
    X("process_flag", "Tb", trap)                                                                  \
    X("is_process_alive", "p", alive)                                                              \
    X("process_info", "pi", info)                                                                  \
    X("send_after", "nwt", send_after)                                                             \
    X("start_timer", "nwt", start_timer)                                                           \
    X("cancel_timer", "r", cancel_timer)                                                           \
    X("read_timer", "r", read_timer)                                                               \
    X("spawn", "!", spawn)                                                                         \
    X("spawn", "!!!", spawn)                                                                       \
    X("spawn_link", "!", spawn)                                                                    \
    X("spawn_link", "!!!", spawn)                                                                  \
    X("spawn_monitor", "!", spawn)                                                                 \
    X("spawn_monitor", "!!!", spawn)                                                               \
    X("spawn_opt", "!!", spawn)                                                                    \
    X("spawn_opt", "!!!!", spawn)                                                                  \
    X("spawn_request", "!", spawn_request)                                                         \
    X("monitor_node", "Nb", monitor_node)                                                          \
    X("disconnect_node", "N", disconnect)                                                          \
    X("halt", "", node_halt)

static const struct bif {
    const char *name;
    const char *types;
    enum rh_beam_op_code code;
} bifs[] = {
#define X(name, types, code) {name, types, RH_BEAM_OP_##code},
    BIF_MAP(X)
#undef X
};
#define BIFS (sizeof bifs / sizeof *bifs)

static const char *const pg_functions[] = {"start",        "start_link",        "join",
                                           "leave",        "get_members",       "get_local_members",
                                           "which_groups", "which_local_groups"};

static bool is_pg_function(const char *function)
{
    for (size_t i = 0; i < sizeof pg_functions / sizeof *pg_functions; i++) {
        if (strcmp(function, pg_functions[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_bif(const char *function)
{
    for (size_t i = 0; i < BIFS; i++) {
        if (strcmp(function, bifs[i].name) == 0) {
            return true;
        }
    }
    return false;
}

bool rh_beam_is_function(const char *module, const char *function)
{
    if (module == NULL || strcmp(module, "erlang") == 0) {
        return is_bif(function);
    }
    return strcmp(module, "pg") == 0 && is_pg_function(function);
}

/* ---- arguments ---- */

static const struct rh_beam_json *member(const struct rh_beam_json *value, const char *key)
{
    const struct rh_beam_json *found = value->count == 1 ? rh_beam_json_get(value, key) : NULL;
    return found != NULL && found->kind == RH_BEAM_JSON_STRING ? found : NULL;
}

/** Return the atom that a value is, NULL if it is none. */
static const char *atom_of(const struct rh_beam_json *value)
{
    const struct rh_beam_json *name = member(value, "name");
    const struct rh_beam_json *found = name != NULL ? name : value;
    return found->kind == RH_BEAM_JSON_STRING && !found->has_nul ? found->string : NULL;
}

/** Read a destination: 'p' a pid, 'a' an atom, 'r' a reference, 't' {name,node}; 0 for anything else. */
static char target_of(const struct rh_beam_json *value, struct rh_beam_target *target)
{
    const struct rh_beam_json *actor = member(value, "actor");
    const struct rh_beam_json *ref = member(value, "ref");
    if (actor != NULL) {
        *target = (struct rh_beam_target){RH_BEAM_TO_ACTOR, actor->string, NULL};
        return 'p';
    }
    if (ref != NULL) {
        *target = (struct rh_beam_target){RH_BEAM_TO_REF, ref->string, NULL};
        return 'r';
    }
    if (rh_beam_json_get(value, "new_ref") != NULL) {
        *target = (struct rh_beam_target){RH_BEAM_TO_NEW_REF, NULL, NULL};
        return 'r';
    }
    const struct rh_beam_json *name = rh_beam_json_get(value, "name");
    const struct rh_beam_json *node = rh_beam_json_get(value, "node");
    if (name != NULL && node != NULL) {
        *target = (struct rh_beam_target){RH_BEAM_TO_NAME, name->string, node->string};
        return 't';
    }
    if (value->kind == RH_BEAM_JSON_ARRAY && value->count == 2 && atom_of(value->items[0]) &&
        atom_of(value->items[1])) {
        *target = (struct rh_beam_target){RH_BEAM_TO_NAME, atom_of(value->items[0]),
                                          atom_of(value->items[1])};
        return 't';
    }
    const char *atom = atom_of(value);
    *target = (struct rh_beam_target){RH_BEAM_TO_NAME, atom, NULL};
    return atom != NULL ? 'a' : 0;
}

static bool read_target(char type, const struct rh_beam_json *value, struct rh_beam_op *op)
{
    char found = target_of(value, &op->to);
    if (type == 'p') {
        return found == 'p';
    }
    return found != 0 && (type == 'd' || found != 'r');
}

static bool read_reference(const struct rh_beam_json *value, struct rh_beam_op *op)
{
    struct rh_beam_target target;
    if (target_of(value, &target) != 'r') {
        return false;
    }
    op->ref = target.kind == RH_BEAM_TO_NEW_REF ? "" : target.word;
    return true;
}

static bool read_atom(char type, const struct rh_beam_json *value, struct rh_beam_op *op)
{
    op->name = atom_of(value);
    return op->name != NULL && (type == 'a' || strcmp(op->name, "undefined") != 0);
}

/** Read options by the checks that the operation's own field has. */
static bool read_options(const struct rh_beam_json *value, struct rh_beam_op *op)
{
    struct rh_beam_flaw flaw;
    op->opts = value;
    return value->kind == RH_BEAM_JSON_ARRAY && rh_beam_op_check(op, &flaw);
}

static bool read_item(const struct rh_beam_json *value, struct rh_beam_op *op)
{
    struct rh_beam_flaw flaw;
    op->item = atom_of(value);
    return op->item != NULL && rh_beam_op_check(op, &flaw);
}

static bool read_argument(char type, const struct rh_beam_json *value, struct rh_beam_op *op)
{
    switch (type) {
    case 'p':
    case 'd':
    case 'w':
        return read_target(type, value, op);
    case 'a':
    case 'A':
        return read_atom(type, value, op);
    case 'r':
        return read_reference(value, op);
    case 't':
        op->reason = op->msg = value;
        return true;
    case 'n':
        op->ms = value->integer;
        return value->kind == RH_BEAM_JSON_INT && value->integer >= 0 &&
               value->integer <= 1000000000;
    case 'b':
        op->value = value->boolean || rh_beam_json_is_word(value, "true");
        return value->kind == RH_BEAM_JSON_BOOL || rh_beam_json_is_word(value, "true") ||
               rh_beam_json_is_word(value, "false");
    case 'P':
        return rh_beam_json_is_word(value, "process");
    case 'T':
        return rh_beam_json_is_word(value, "trap_exit");
    case 'N':
        op->node = atom_of(value);
        return op->node != NULL;
    case 'i':
        return read_item(value, op);
    case '!':
        return false;
    default:
        return read_options(value, op);
    }
}

static bool read_arguments(const struct bif *bif, const struct rh_beam_json *args,
                           struct rh_beam_op *op)
{
    for (size_t i = 0; i < args->count; i++) {
        if (!read_argument(bif->types[i], args->items[i], op)) {
            return false;
        }
    }
    return true;
}

/* ---- calls ---- */

static enum rh_status call(struct rh_beam_turn *turn, const struct rh_beam_op *op)
{
    bool arity = false;
    for (size_t i = 0; i < BIFS; i++) {
        if (strcmp(op->function, bifs[i].name) != 0 || strlen(bifs[i].types) != op->args->count) {
            continue;
        }
        struct rh_beam_op *meant = rh_beam_take(&turn->stage->arena, sizeof *meant);
        *meant = (struct rh_beam_op){.code = bifs[i].code, .at = op->at, .by = op->by};
        meant->alias_mode = bifs[i].code == RH_BEAM_OP_alias ? RH_ALIAS_EXPLICIT : RH_ALIAS_NONE;
        meant->count = meant->timeout_ms = RH_BEAM_ABSENT;
        arity = true;
        if (read_arguments(&bifs[i], op->args, meant)) {
            return rh_beam_do(turn, meant);
        }
    }
    return rh_beam_raise(turn, "error", arity ? "badarg" : "undef");
}

enum rh_status rh_beam_do_bif(struct rh_beam_turn *turn, const struct rh_beam_op *op)
{
    bool erlang = op->module == NULL || strcmp(op->module, "erlang") == 0;
    if ((op->code != RH_BEAM_OP_bif && op->code != RH_BEAM_OP_mfa) || !erlang) {
        return RH_NOT_FOUND;
    }
    return call(turn, op);
}
