/* SPDX-License-Identifier: MIT */
/*
 * What the fields of an operation may say. The vocabulary is that of the Erlang functions behind the operations: options
 * of monitor/3, alias/1 and demonitor/2, items of process_info/2, child specifications. Words come as strings, tuples as
 * arrays; a property list may also be written as an object.
 */
#include "harness/conformance/case.h"
#include "harness/conformance/stage.h"

#include <rehearse/actor.h>

#include <string.h>

static bool is_tuple(const struct rh_beam_json *value, const char *word)
{
    return value->kind == RH_BEAM_JSON_ARRAY && value->count == 2 &&
           rh_beam_json_is_word(value->items[0], word);
}

static bool find_alias_mode(const struct rh_beam_json *word, int *ret_mode)
{
    static const struct {
        const char *word;
        int mode;
    } modes[] = {{"explicit_unalias", RH_ALIAS_EXPLICIT},
                 {"demonitor", RH_ALIAS_DEMONITOR},
                 {"reply_demonitor", RH_ALIAS_REPLY_DEMONITOR}};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        if (rh_beam_json_is_word(word, modes[i].word)) {
            *ret_mode = modes[i].mode;
            return true;
        }
    }
    return false;
}

static bool check_monitor_opts(struct rh_beam_op *op, const struct rh_beam_json *opts,
                               struct rh_beam_flaw *flaw)
{
    for (size_t i = 0; opts != NULL && i < opts->count; i++) {
        const struct rh_beam_json *option = opts->items[i];
        if (is_tuple(option, "tag")) {
            op->tag = option->items[1];
        } else if (!is_tuple(option, "alias") ||
                   !find_alias_mode(option->items[1], &op->alias_mode)) {
            return rh_beam_flaw_at(flaw, option, "unknown option of a monitor");
        }
    }
    return true;
}

static bool check_alias_opts(struct rh_beam_op *op, struct rh_beam_flaw *flaw)
{
    op->alias_mode = RH_ALIAS_EXPLICIT;
    for (size_t i = 0; op->opts != NULL && i < op->opts->count; i++) {
        if (rh_beam_json_is_word(op->opts->items[i], "reply")) {
            op->alias_mode = RH_ALIAS_REPLY;
        } else if (!rh_beam_json_is_word(op->opts->items[i], "explicit_unalias")) {
            return rh_beam_flaw_at(flaw, op->opts->items[i], "unknown option of an alias");
        }
    }
    return true;
}

static bool check_demonitor_opts(struct rh_beam_op *op, struct rh_beam_flaw *flaw)
{
    for (size_t i = 0; op->opts != NULL && i < op->opts->count; i++) {
        bool flush = rh_beam_json_is_word(op->opts->items[i], "flush");
        bool info = rh_beam_json_is_word(op->opts->items[i], "info");
        if (!flush && !info) {
            return rh_beam_flaw_at(flaw, op->opts->items[i], "unknown option of demonitor");
        }
        op->flush = op->flush || flush;
        op->info = op->info || info;
    }
    return true;
}

static bool check_word(const struct rh_beam_op *op, const char *what, const char *word,
                       const char *const *known, struct rh_beam_flaw *flaw)
{
    for (; *known != NULL; known++) {
        if (word == NULL || strcmp(word, *known) == 0) {
            return true;
        }
    }
    return rh_beam_flaw_at(flaw, op->at, "unknown %s '%s'", what, word);
}

static bool check_target(const struct rh_beam_op *op, bool names, bool refs,
                         struct rh_beam_flaw *flaw)
{
    bool bad =
        (op->to.kind == RH_BEAM_TO_NAME && !names) || (op->to.kind == RH_BEAM_TO_REF && !refs);
    return !bad || rh_beam_flaw_at(flaw, op->at, "'%s' needs an actor%s", rh_beam_op_word(op->code),
                                   names ? " or a name" : "");
}

static bool check_targets(const struct rh_beam_op *op, struct rh_beam_flaw *flaw)
{
    switch (op->code) {
    case RH_BEAM_OP_send:
    case RH_BEAM_OP_flood:
        return true;
    case RH_BEAM_OP_monitor:
    case RH_BEAM_OP_send_after:
    case RH_BEAM_OP_start_timer:
    case RH_BEAM_OP_call:
        return check_target(op, true, false, flaw);
    default:
        return check_target(op, false, false, flaw);
    }
}

/* ---- generic servers and supervisors ---- */

bool rh_beam_server_opts_read(const struct rh_beam_json *opts, struct rh_beam_server_opts *ret_opts,
                              struct rh_beam_flaw *ret_flaw)
{
    *ret_opts = (struct rh_beam_server_opts){0};
    for (size_t i = 0; opts != NULL && i < opts->count; i++) {
        const struct rh_beam_json *option = opts->items[i];
        bool tuple = option->kind == RH_BEAM_JSON_ARRAY && option->count == 2;
        const struct rh_beam_json *word = tuple ? option->items[0] : option;
        if (rh_beam_json_is_word(word, "trap") || rh_beam_json_is_word(word, "trap_exit")) {
            ret_opts->trap = !tuple || option->items[1]->boolean;
        } else if (rh_beam_json_is_word(option, "ignore") ||
                   (tuple &&
                    (rh_beam_json_is_word(word, "stop") || rh_beam_json_is_word(word, "exit") ||
                     rh_beam_json_is_word(word, "error") || rh_beam_json_is_word(word, "throw")))) {
            ret_opts->init = option;
        } else {
            return rh_beam_flaw_at(ret_flaw, option, "unknown option of a generic server");
        }
    }
    return true;
}

static bool read_shutdown(const struct rh_beam_json *value, struct rh_beam_child *child,
                          struct rh_beam_flaw *flaw)
{
    if (rh_beam_json_is_word(value, "infinity")) {
        child->shutdown_ms = RH_BEAM_INFINITY;
    } else if (rh_beam_json_is_word(value, "brutal_kill")) {
        child->shutdown_ms = RH_BEAM_ABSENT;
    } else if (value->kind == RH_BEAM_JSON_INT && value->integer >= 0 &&
               value->integer <= 1000000000) {
        child->shutdown_ms = value->integer;
    } else {
        return rh_beam_flaw_at(flaw, value,
                               "'shutdown' must be milliseconds, \"infinity\" or \"brutal_kill\"");
    }
    return true;
}

static bool read_child_field(const struct rh_beam_json *key, const struct rh_beam_json *value,
                             struct rh_beam_child *child, struct rh_beam_flaw *flaw)
{
    bool word = value->kind == RH_BEAM_JSON_STRING && !value->has_nul && value->size > 0;
    bool flag = value->kind == RH_BEAM_JSON_BOOL;
    if (rh_beam_json_is_word(key, "id") && word) {
        child->id = value->string;
    } else if (rh_beam_json_is_word(key, "restart") && (rh_beam_json_is_word(value, "permanent") ||
                                                        rh_beam_json_is_word(value, "transient") ||
                                                        rh_beam_json_is_word(value, "temporary"))) {
        child->restart = value->string;
    } else if (rh_beam_json_is_word(key, "shutdown")) {
        return read_shutdown(value, child, flaw);
    } else if (rh_beam_json_is_word(key, "trap") && flag) {
        child->trap = value->boolean;
    } else if (rh_beam_json_is_word(key, "graceful") && flag) {
        child->graceful = value->boolean;
    } else if (!rh_beam_json_is_word(key, "type") || (!rh_beam_json_is_word(value, "worker") &&
                                                      !rh_beam_json_is_word(value, "supervisor"))) {
        return rh_beam_flaw_at(flaw, value, "bad field '%s' of a child", key->string);
    }
    return true;
}

bool rh_beam_child_read(const struct rh_beam_json *spec, struct rh_beam_child *ret_child,
                        struct rh_beam_flaw *ret_flaw)
{
    *ret_child = (struct rh_beam_child){.restart = "permanent", .shutdown_ms = 5000};
    if (spec->kind != RH_BEAM_JSON_OBJECT) {
        return rh_beam_flaw_at(ret_flaw, spec, "a child must be an object");
    }
    for (size_t i = 0; i < spec->count; i++) {
        if (!read_child_field(spec->keys[i], spec->items[i], ret_child, ret_flaw)) {
            return false;
        }
    }
    return ret_child->id != NULL || rh_beam_flaw_at(ret_flaw, spec, "a child needs an 'id'");
}

static bool check_supervisor(const struct rh_beam_op *op, struct rh_beam_flaw *flaw)
{
    for (size_t i = 0; i < op->children->count; i++) {
        struct rh_beam_child child;
        if (!rh_beam_child_read(op->children->items[i], &child, flaw)) {
            return false;
        }
    }
    for (size_t i = 0; op->flags != NULL && i < op->flags->count; i++) {
        const struct rh_beam_json *key = op->flags->keys[i];
        const struct rh_beam_json *value = op->flags->items[i];
        bool strategy =
            rh_beam_json_is_word(key, "strategy") &&
            (rh_beam_json_is_word(value, "one_for_one") ||
             rh_beam_json_is_word(value, "one_for_all") ||
             rh_beam_json_is_word(value, "rest_for_one") ||
             (rh_beam_json_is_word(value, "simple_one_for_one") && op->children->count == 1));
        bool number =
            (rh_beam_json_is_word(key, "intensity") || rh_beam_json_is_word(key, "period")) &&
            value->kind == RH_BEAM_JSON_INT && value->integer >= 0 && value->integer <= 1000000000;
        if (!strategy && !number) {
            return rh_beam_flaw_at(flaw, value, "bad flag '%s' of a supervisor", key->string);
        }
    }
    return true;
}

/* ---- the operation ---- */

static bool check_entry(const struct rh_beam_op *op, struct rh_beam_flaw *flaw)
{
    const char *colon = op->entry == NULL ? "" : strchr(op->entry, ':');
    return op->entry == NULL || (colon != NULL && colon != op->entry && colon[1] != '\0') ||
           rh_beam_flaw_at(flaw, op->at, "'entry' must be module:function");
}

static bool check_monitor_field(const struct rh_beam_op *op, struct rh_beam_flaw *flaw)
{
    const struct rh_beam_json *monitor = op->monitor;
    bool flag = op->code == RH_BEAM_OP_spawn_request && monitor != NULL &&
                monitor->kind == RH_BEAM_JSON_BOOL;
    bool word = monitor != NULL && monitor->kind == RH_BEAM_JSON_STRING && !monitor->has_nul &&
                monitor->size > 0;
    return monitor == NULL || flag || word ||
           rh_beam_flaw_at(flaw, monitor, "'monitor' must name a reference");
}

static bool check_sup_op(const struct rh_beam_op *op, struct rh_beam_flaw *flaw)
{
    struct rh_beam_child child;
    if (!rh_beam_is_sup_function(op->function)) {
        return rh_beam_flaw_at(flaw, op->at, "unknown function '%s' of a supervisor", op->function);
    }
    if (strcmp(op->function, "start_child") != 0) {
        return true;
    }
    if (op->args == NULL || op->args->count != 1) {
        return rh_beam_flaw_at(flaw, op->at, "start_child needs one child");
    }
    /* A list of further arguments belongs to simple_one_for_one. */
    return op->args->items[0]->kind == RH_BEAM_JSON_ARRAY ||
           rh_beam_child_read(op->args->items[0], &child, flaw);
}

static bool check_request(const struct rh_beam_op *op, struct rh_beam_flaw *flaw)
{
    return rh_beam_is_request(op->request) ||
           rh_beam_flaw_at(flaw, op->request, "no generic server understands this request");
}

static bool check_function(const struct rh_beam_op *op, struct rh_beam_flaw *flaw)
{
    return rh_beam_is_function(op->module, op->function) ||
           rh_beam_flaw_at(flaw, op->at, "unknown function %s:%s",
                           op->module == NULL ? "erlang" : op->module, op->function);
}

bool rh_beam_op_check(struct rh_beam_op *op, struct rh_beam_flaw *ret_flaw)
{
    static const char *const items[] = {"links", "monitors", "monitored_by", "registered_name",
                                        NULL};
    static const char *const ways[] = {"start", "start_link", NULL};
    struct rh_beam_server_opts ignored;
    switch (op->code) {
    case RH_BEAM_OP_spawn:
    case RH_BEAM_OP_spawn_request:
        return check_monitor_opts(op, op->monitor_opts, ret_flaw) && check_entry(op, ret_flaw) &&
               check_monitor_field(op, ret_flaw);
    case RH_BEAM_OP_monitor:
        return check_monitor_opts(op, op->opts, ret_flaw) && check_targets(op, ret_flaw);
    case RH_BEAM_OP_alias:
        return check_alias_opts(op, ret_flaw);
    case RH_BEAM_OP_demonitor:
        return check_demonitor_opts(op, ret_flaw);
    case RH_BEAM_OP_info:
        return check_word(op, "item", op->item, items, ret_flaw) && check_targets(op, ret_flaw);
    case RH_BEAM_OP_gs_start:
        return check_word(op, "way to start", op->how, ways, ret_flaw) &&
               rh_beam_server_opts_read(op->opts, &ignored, ret_flaw);
    case RH_BEAM_OP_sup_start:
        return check_supervisor(op, ret_flaw);
    case RH_BEAM_OP_sup_op:
        return check_sup_op(op, ret_flaw);
    case RH_BEAM_OP_call:
        return check_request(op, ret_flaw) && check_targets(op, ret_flaw);
    case RH_BEAM_OP_bif:
    case RH_BEAM_OP_mfa:
        return check_function(op, ret_flaw);
    default:
        return check_targets(op, ret_flaw);
    }
}
