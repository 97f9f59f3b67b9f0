/* SPDX-License-Identifier: MIT */
/*
 * Process groups as OTP's module pg, on the runtime's groups: group G of scope S is the group "S/G". A scope that nobody
 * has started has no groups, and joining one of its groups is a call of a process that is not there.
 */
#include "harness/conformance/stage.h"

#include <stdlib.h>
#include <string.h>

#define MEMBERS_MAX 256

static const char *word_of(const struct rh_beam_json *value)
{
    const struct rh_beam_json *name = rh_beam_json_get(value, "name");
    const struct rh_beam_json *found = name != NULL ? name : value;
    return found->kind == RH_BEAM_JSON_STRING && !found->has_nul ? found->string : NULL;
}

static bool is_scope_up(const struct rh_beam_stage *stage, const char *scope)
{
    for (size_t i = 0; i < stage->scope_count; i++) {
        if (strcmp(stage->scopes[i], scope) == 0) {
            return true;
        }
    }
    return false;
}

static enum rh_status start(struct rh_beam_turn *turn, const char *scope)
{
    struct rh_beam_stage *stage = turn->stage;
    bool was_up = is_scope_up(stage, scope);
    if (!was_up) {
        if (stage->scope_count == stage->scope_capacity) {
            stage->scopes = rh_beam_grow(&stage->arena, stage->scopes, &stage->scope_capacity,
                                         sizeof(const char *));
        }
        stage->scopes[stage->scope_count++] = scope;
    }
    return rh_beam_give(turn, was_up ? "[\"error\",\"already_started\"]" : "[\"ok\",\"pg\"]");
}

/** Let one actor, or each of a list, join or leave. Leaving is an error if any of them is not in the group. */
static enum rh_status change(struct rh_beam_turn *turn, const char *group,
                             const struct rh_beam_json *who, bool join)
{
    const struct rh_beam_json *actor = rh_beam_json_get(who, "actor");
    bool list = who->kind == RH_BEAM_JSON_ARRAY;
    bool left = true;
    if (actor == NULL && !list) {
        return rh_beam_raise(turn, "error", "function_clause");
    }
    for (size_t i = 0; i < (list ? who->count : 1); i++) {
        const struct rh_beam_json *one = list ? rh_beam_json_get(who->items[i], "actor") : actor;
        if (one == NULL) {
            return rh_beam_raise(turn, "error", "function_clause");
        }
        struct rh_pid member = rh_beam_pid(turn, one->string);
        enum rh_status status = join ? rh_group_join(turn->ctx, group, member)
                                     : rh_group_leave(turn->ctx, group, member);
        bool absent = status == RH_NOPROC || status == RH_NOT_FOUND;
        if (status != RH_OK && !absent) {
            return rh_beam_refused(turn, status);
        }
        left = left && !absent;
    }
    return rh_beam_give_word(turn, join || left ? "ok" : "not_joined");
}

static int compare_words(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum rh_status give_names(struct rh_beam_turn *turn, const char **names, size_t count)
{
    struct rh_beam_text text = {.arena = &turn->stage->arena};
    qsort(names, count, sizeof(const char *), compare_words);
    rh_beam_put_word(&text, "[");
    for (size_t i = 0; i < count; i++) {
        rh_beam_put_word(&text, i == 0 ? "" : ",");
        rh_beam_put_string(&text, names[i], strlen(names[i]));
    }
    rh_beam_put_word(&text, "]");
    return rh_beam_give(turn, rh_beam_text_end(&text));
}

static enum rh_status members(struct rh_beam_turn *turn, const char *group)
{
    struct rh_pid pids[MEMBERS_MAX];
    const char *names[MEMBERS_MAX];
    size_t count = rh_group_members(turn->ctx, group, pids, MEMBERS_MAX);
    count = count < MEMBERS_MAX ? count : MEMBERS_MAX;
    for (size_t i = 0; i < count; i++) {
        names[i] = rh_beam_stage_name(turn->stage, pids[i]);
    }
    return give_names(turn, names, count);
}

/** The groups of a scope that have members. */
static enum rh_status groups(struct rh_beam_turn *turn, const char *scope)
{
    const struct rh_beam_stage *stage = turn->stage;
    const char **names =
        rh_beam_take(&turn->stage->arena, (stage->group_count + 1) * sizeof(const char *));
    size_t count = 0;
    size_t length = strlen(scope);
    for (size_t i = 0; i < stage->group_count; i++) {
        const char *group = stage->group_names[i];
        struct rh_pid ignored;
        if (strncmp(group, scope, length) == 0 && group[length] == '/' &&
            rh_group_members(turn->ctx, group, &ignored, 1) > 0) {
            names[count++] = group + length + 1;
        }
    }
    return give_names(turn, names, count);
}

static void remember(struct rh_beam_stage *stage, const char *group)
{
    for (size_t i = 0; i < stage->group_count; i++) {
        if (strcmp(stage->group_names[i], group) == 0) {
            return;
        }
    }
    if (stage->group_count == stage->group_capacity) {
        stage->group_names = rh_beam_grow(&stage->arena, stage->group_names, &stage->group_capacity,
                                          sizeof(const char *));
    }
    stage->group_names[stage->group_count++] = group;
}

/** pg's functions of arity n - 1 are those of the default scope. */
static const char *scope_of(const struct rh_beam_op *op, size_t full_arity, size_t *ret_first)
{
    bool given = op->args->count == full_arity;
    *ret_first = given ? 1 : 0;
    return given ? word_of(op->args->items[0]) : "pg";
}

enum rh_status rh_beam_do_pg(struct rh_beam_turn *turn, const struct rh_beam_op *op)
{
    if (op->code != RH_BEAM_OP_mfa && op->code != RH_BEAM_OP_bif) {
        return RH_NOT_FOUND;
    }
    bool changes = strcmp(op->function, "join") == 0 || strcmp(op->function, "leave") == 0;
    bool reads =
        strcmp(op->function, "get_members") == 0 || strcmp(op->function, "get_local_members") == 0;
    size_t arity = changes ? 3 : reads ? 2 : 1;
    size_t first;
    const char *scope = scope_of(op, arity, &first);
    const char *group = op->args->count > first ? word_of(op->args->items[first]) : "";
    if (scope == NULL || group == NULL || op->args->count - first != arity - 1) {
        return rh_beam_raise(turn, "error", scope == NULL || group == NULL ? "badarg" : "undef");
    }
    const char *full = rh_beam_join(&turn->stage->arena, scope, "/", group, (char *)NULL);
    if (changes) {
        if (!is_scope_up(turn->stage, scope)) {
            return rh_beam_raise(turn, "exit", "call:noproc");
        }
        remember(turn->stage, full);
        return change(turn, full, op->args->items[first + 1], op->function[0] == 'j');
    }
    if (reads) {
        return members(turn, full);
    }
    return op->function[0] == 's' ? start(turn, scope) : groups(turn, scope);
}
