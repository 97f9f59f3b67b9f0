/* SPDX-License-Identifier: MIT */
/*
 * Reading a case: its keys, its steps, and what only the whole of it can say: that everybody who is named is started
 * somewhere, that every reference that is used is made somewhere, that a `seq` is one actor's.
 */
#include "harness/conformance/case.h"

#include <string.h>

/* ---- every operation of a case, nested ones included ---- */

typedef bool (*visit_op)(void *self, struct rh_beam_op *op);

static bool each_op(struct rh_beam_op **ops, size_t count, visit_op visit, void *self)
{
    for (size_t i = 0; i < count; i++) {
        if (!visit(self, ops[i]) || !each_op(ops[i]->ops, ops[i]->op_count, visit, self)) {
            return false;
        }
    }
    return true;
}

struct search {
    struct rh_beam_case *subject;
    const char *word;
    struct rh_beam_flaw *flaw;
};

/* ---- who acts ---- */

/** Give the operations of a `run` or `seq` the actor that it belongs to. */
static bool inherit_actor(struct rh_beam_op *op, struct rh_beam_flaw *flaw)
{
    bool is_run = op->code == RH_BEAM_OP_spawn || op->code == RH_BEAM_OP_spawn_request;
    const char *owner = is_run ? op->actor : op->by;
    for (size_t i = 0; i < op->op_count && op->code != RH_BEAM_OP_race; i++) {
        struct rh_beam_op *inner = op->ops[i];
        if (inner->code == RH_BEAM_OP_race || inner->code == RH_BEAM_OP_seq) {
            return rh_beam_flaw_at(flaw, inner->at, "'%s' cannot stand here",
                                   rh_beam_op_word(inner->code));
        }
        if (inner->by == NULL) {
            inner->by = owner;
        } else if (strcmp(inner->by, owner) != 0) {
            return rh_beam_flaw_at(flaw, inner->at, "'%s' acts inside what '%s' does", inner->by,
                                   owner);
        }
    }
    return true;
}

static bool check_actor(void *self, struct rh_beam_op *op)
{
    struct rh_beam_flaw *flaw = ((struct search *)self)->flaw;
    bool alone = op->code == RH_BEAM_OP_race || op->code == RH_BEAM_OP_wait ||
                 op->code == RH_BEAM_OP_settle || op->code == RH_BEAM_OP_spawn ||
                 rh_beam_op_needs_nodes(op);
    if (op->by == NULL && !alone) {
        return rh_beam_flaw_at(flaw, op->at, "'%s' needs the field 'by'",
                               rh_beam_op_word(op->code));
    }
    bool by_nobody = op->code == RH_BEAM_OP_spawn && op->by == NULL;
    if (by_nobody && (op->link || op->monitor != NULL || op->uncaught)) {
        return rh_beam_flaw_at(flaw, op->at, "the harness neither links nor monitors");
    }
    if (op->code == RH_BEAM_OP_race) {
        for (size_t i = 0; i < op->op_count; i++) {
            if (op->ops[i]->code == RH_BEAM_OP_race) {
                return rh_beam_flaw_at(flaw, op->ops[i]->at, "a race inside a race");
            }
        }
    }
    return inherit_actor(op, flaw);
}

/* ---- names of actors ---- */

static bool list_has_child(const struct rh_beam_json *list, const char *id, size_t length)
{
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        const struct rh_beam_json *found = rh_beam_json_get(list->items[i], "id");
        if (found != NULL && found->kind == RH_BEAM_JSON_STRING && found->size == length &&
            memcmp(found->string, id, length) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_not_starter(void *self, struct rh_beam_op *op)
{
    const char *word = ((struct search *)self)->word;
    const char *hash = strrchr(word, '#');
    if (op->actor != NULL && strcmp(op->actor, word) == 0) {
        return false;
    }
    size_t length = hash == NULL ? 0 : (size_t)(hash - word);
    return hash == NULL || hash[1] < '1' || hash[1] > '9' ||
           (!list_has_child(op->children, word, length) && !list_has_child(op->args, word, length));
}

static bool check_known(struct search *search, const struct rh_beam_json *at, const char *word)
{
    search->word = word;
    return word == NULL ||
           !each_op(search->subject->steps, search->subject->step_count, is_not_starter, search) ||
           rh_beam_flaw_at(search->flaw, at, "nobody starts the actor '%s'", word);
}

/* ---- references ---- */

static bool is_not_maker(void *self, struct rh_beam_op *op)
{
    const char *word = ((struct search *)self)->word;
    bool makes = op->code == RH_BEAM_OP_monitor || op->code == RH_BEAM_OP_alias ||
                 op->code == RH_BEAM_OP_send_after || op->code == RH_BEAM_OP_start_timer ||
                 op->code == RH_BEAM_OP_spawn_request;
    return !(makes && op->ref != NULL && strcmp(op->ref, word) == 0) &&
           !rh_beam_json_is_word(op->monitor, word);
}

static bool check_made(struct search *search, const struct rh_beam_json *at, const char *word)
{
    search->word = word;
    return word == NULL ||
           !each_op(search->subject->steps, search->subject->step_count, is_not_maker, search) ||
           rh_beam_flaw_at(search->flaw, at, "nothing makes the reference '%s'", word);
}

static bool check_args(struct search *search, const struct rh_beam_json *args)
{
    for (size_t i = 0; args != NULL && i < args->count; i++) {
        const struct rh_beam_json *item = args->items[i];
        const struct rh_beam_json *actor = rh_beam_json_get(item, "actor");
        const struct rh_beam_json *ref = rh_beam_json_get(item, "ref");
        if (item->kind == RH_BEAM_JSON_ARRAY && !check_args(search, item)) {
            return false;
        }
        if (actor != NULL && actor->kind == RH_BEAM_JSON_STRING &&
            !check_known(search, actor, actor->string)) {
            return false;
        }
        if (ref != NULL && ref->kind == RH_BEAM_JSON_STRING &&
            !check_made(search, ref, ref->string)) {
            return false;
        }
    }
    return true;
}

static bool check_names(void *self, struct rh_beam_op *op)
{
    struct search *search = self;
    const char *target = op->to.kind == RH_BEAM_TO_ACTOR ? op->to.word : NULL;
    const char *through = op->to.kind == RH_BEAM_TO_REF ? op->to.word : NULL;
    return check_known(search, op->at, op->by) && check_known(search, op->at, target) &&
           check_known(search, op->at, op->from) && check_known(search, op->at, op->sup) &&
           check_known(search, op->at, op->cleanup_msg_to) && check_made(search, op->at, op->ref) &&
           check_made(search, op->at, through) && check_args(search, op->args);
}

/* ---- children that are started later ---- */

struct late {
    struct rh_beam_arena *arena;
    struct rh_beam_case *subject;
    size_t capacity;
};

static bool collect_late(void *self, struct rh_beam_op *op)
{
    struct late *late = self;
    struct rh_beam_case *subject = late->subject;
    if (op->code != RH_BEAM_OP_sup_op || strcmp(op->function, "start_child") != 0 ||
        op->args->items[0]->kind != RH_BEAM_JSON_OBJECT) {
        return true;
    }
    if (subject->late_child_count == late->capacity) {
        subject->late_children = rh_beam_grow(late->arena, subject->late_children, &late->capacity,
                                              sizeof(const struct rh_beam_json *));
    }
    subject->late_children[subject->late_child_count++] = op->args->items[0];
    return true;
}

/* ---- the line ---- */

static bool check_keys(const struct rh_beam_json *line, struct rh_beam_flaw *flaw)
{
    static const struct {
        const char *key;
        enum rh_beam_json_kind kind;
        bool required;
    } keys[] = {{"id", RH_BEAM_JSON_STRING, true},      {"title", RH_BEAM_JSON_STRING, false},
                {"class", RH_BEAM_JSON_STRING, true},   {"race_free", RH_BEAM_JSON_BOOL, false},
                {"source", RH_BEAM_JSON_STRING, false}, {"note", RH_BEAM_JSON_STRING, false},
                {"actors", RH_BEAM_JSON_ARRAY, false},  {"steps", RH_BEAM_JSON_ARRAY, true},
                {"expected", RH_BEAM_JSON_ARRAY, true}, {"observed", RH_BEAM_JSON_ARRAY, true},
                {"outside", RH_BEAM_JSON_ARRAY, false}};
    const size_t count = sizeof keys / sizeof *keys;
    if (line->kind != RH_BEAM_JSON_OBJECT) {
        return rh_beam_flaw_at(flaw, line, "a case must be an object");
    }
    for (size_t i = 0; i < line->count; i++) {
        size_t row = 0;
        while (row < count && !rh_beam_json_is_word(line->keys[i], keys[row].key)) {
            row++;
        }
        if (row == count) {
            return rh_beam_flaw_at(flaw, line->keys[i], "a case has no key '%s'",
                                   line->keys[i]->string);
        }
        if (line->items[i]->kind != keys[row].kind) {
            return rh_beam_flaw_at(flaw, line->items[i], "'%s' must be %s", keys[row].key,
                                   rh_beam_json_kind_word(keys[row].kind));
        }
    }
    for (size_t row = 0; row < count; row++) {
        if (keys[row].required && rh_beam_json_get(line, keys[row].key) == NULL) {
            return rh_beam_flaw_at(flaw, line, "a case needs the key '%s'", keys[row].key);
        }
    }
    return true;
}

static bool check_class(const struct rh_beam_json *word, struct rh_beam_flaw *flaw)
{
    static const char *const classes[] = {"core", "names", "alias", "timer", "otp", "dist"};
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        if (rh_beam_json_is_word(word, classes[i])) {
            return true;
        }
    }
    return rh_beam_flaw_at(flaw, word, "unknown class '%s'", word->string);
}

static bool check_outcome(const struct rh_beam_json *outcome, struct rh_beam_flaw *flaw)
{
    static const char *const keys[] = {"alive", "dead", "mbox", "ret"};
    for (size_t i = 0; i < 4; i++) {
        const struct rh_beam_json *part = rh_beam_json_get(outcome, keys[i]);
        if (part == NULL || part->kind != (i == 0 ? RH_BEAM_JSON_ARRAY : RH_BEAM_JSON_OBJECT)) {
            return rh_beam_flaw_at(flaw, outcome, "an outcome needs '%s' as %s", keys[i],
                                   i == 0 ? "an array" : "an object");
        }
    }
    return outcome->count == 4 ||
           rh_beam_flaw_at(flaw, outcome, "an outcome has only alive, dead, mbox and ret");
}

static bool read_outcomes(struct rh_beam_arena *arena, const struct rh_beam_json *line,
                          struct rh_beam_case *subject, struct rh_beam_flaw *flaw)
{
    const struct rh_beam_json *expected = rh_beam_json_get(line, "expected");
    const struct rh_beam_json *observed = rh_beam_json_get(line, "observed");
    if (expected->count == 0 || expected->count != observed->count) {
        return rh_beam_flaw_at(flaw, observed,
                               "'observed' needs one number for each outcome of 'expected'");
    }
    subject->expected_count = expected->count;
    subject->expected = rh_beam_take(arena, expected->count * sizeof(*subject->expected));
    subject->observed = rh_beam_take(arena, expected->count * sizeof(*subject->observed));
    for (size_t i = 0; i < expected->count; i++) {
        if (!check_outcome(expected->items[i], flaw)) {
            return false;
        }
        if (observed->items[i]->kind != RH_BEAM_JSON_INT || observed->items[i]->integer < 0) {
            return rh_beam_flaw_at(flaw, observed->items[i], "'observed' holds numbers");
        }
        subject->expected[i] = expected->items[i];
        subject->observed[i] = observed->items[i]->integer;
    }
    return true;
}

static bool read_steps(struct rh_beam_arena *arena, const struct rh_beam_json *steps,
                       struct rh_beam_case *subject, struct rh_beam_flaw *flaw)
{
    subject->steps = rh_beam_take(arena, (steps->count + 1) * sizeof(*subject->steps));
    subject->step_count = steps->count;
    for (size_t i = 0; i < steps->count; i++) {
        subject->steps[i] = rh_beam_op_read(arena, steps->items[i], flaw);
        if (subject->steps[i] == NULL) {
            return false;
        }
        subject->needs_nodes = subject->needs_nodes || rh_beam_op_needs_nodes(subject->steps[i]);
    }
    struct search search = {.subject = subject, .flaw = flaw};
    struct late late = {.arena = arena, .subject = subject};
    return each_op(subject->steps, subject->step_count, collect_late, &late) &&
           each_op(subject->steps, subject->step_count, check_actor, &search) &&
           each_op(subject->steps, subject->step_count, check_names, &search);
}

bool rh_beam_case_read(struct rh_beam_arena *arena, const struct rh_beam_json *line,
                       struct rh_beam_case *ret_case, struct rh_beam_flaw *ret_flaw)
{
    *ret_case = (struct rh_beam_case){0};
    if (!check_keys(line, ret_flaw) || !check_class(rh_beam_json_get(line, "class"), ret_flaw)) {
        return false;
    }
    const struct rh_beam_json *title = rh_beam_json_get(line, "title");
    ret_case->id = rh_beam_json_get(line, "id")->string;
    ret_case->title = title == NULL ? "" : title->string;
    ret_case->class_word = rh_beam_json_get(line, "class")->string;
    return read_outcomes(arena, line, ret_case, ret_flaw) &&
           read_steps(arena, rh_beam_json_get(line, "steps"), ret_case, ret_flaw);
}
