/* SPDX-License-Identifier: MIT */
/*
 * A step of a program is an array of words. Each verb is a row here: the operation that it is, and what each word means.
 * Words become the fields of the same operations that cases have, so that both forms are played by the same hands.
 */
#include "harness/conformance/program.h"

#include <rehearse/actor.h>

#include <string.h>

/** What a word means: a actor, t other process, n name to act on, N name as target, r reference made, u reference used,
 *  m payload, x reason, o on or off. The first word after the verb is always the actor. */
#define VERB_MAP(X)                                                                                \
    X("link", link, "at")                                                                          \
    X("unlink", unlink, "at")                                                                      \
    X("mon", monitor, "atr")                                                                       \
    X("monn", monitor, "aNr")                                                                      \
    X("demon", demonitor, "au")                                                                    \
    X("demonf", demonitor, "au")                                                                   \
    X("demoni", demonitor, "au")                                                                   \
    X("trap", trap, "ao")                                                                          \
    X("exit", exit, "ax")                                                                          \
    X("sig", exit2, "atx")                                                                         \
    X("send", send, "atm")                                                                         \
    X("sendn", send, "aNm")                                                                        \
    X("reg", register, "ant")                                                                      \
    X("unreg", unregister, "an")                                                                   \
    X("whereis", whereis, "an")                                                                    \
    X("alive", alive, "at")

static const struct verb {
    const char *word;
    enum rh_beam_op_code code;
    const char *meanings;
} verbs[] = {
#define X(word, code, meanings) {word, RH_BEAM_OP_##code, meanings},
    VERB_MAP(X)
#undef X
};
#define VERBS (sizeof verbs / sizeof *verbs)

static bool is_word(const struct rh_beam_json *value)
{
    return value->kind == RH_BEAM_JSON_STRING && !value->has_nul && value->size > 0;
}

static bool read_switch(const struct rh_beam_json *word, struct rh_beam_op *op,
                        struct rh_beam_flaw *flaw)
{
    op->value = rh_beam_json_is_word(word, "on");
    return op->value || rh_beam_json_is_word(word, "off") ||
           rh_beam_flaw_at(flaw, word, "'trap' is on or off");
}

static bool read_meaning(char meaning, const struct rh_beam_json *word, struct rh_beam_op *op,
                         struct rh_beam_flaw *flaw)
{
    switch (meaning) {
    case 'a':
        op->by = word->string;
        return true;
    case 't':
        op->to = (struct rh_beam_target){RH_BEAM_TO_ACTOR, word->string, NULL};
        return true;
    case 'N':
        op->to = (struct rh_beam_target){RH_BEAM_TO_NAME, word->string, NULL};
        return true;
    case 'n':
        op->name = word->string;
        return true;
    case 'm':
        op->msg = word;
        return true;
    case 'x':
        op->reason = word;
        return true;
    case 'o':
        return read_switch(word, op, flaw);
    default:
        op->ref = word->string;
        return true;
    }
}

/** spawn P [by=Q] [link] [mon=M] [trap] */
static bool read_spawn(struct rh_beam_arena *arena, const struct rh_beam_json *step,
                       struct rh_beam_op *op, struct rh_beam_flaw *flaw)
{
    op->code = RH_BEAM_OP_spawn;
    op->actor = step->items[1]->string;
    for (size_t i = 2; i < step->count; i++) {
        const char *word = step->items[i]->string;
        if (strncmp(word, "by=", 3) == 0 && word[3] != '\0' && op->by == NULL) {
            op->by = word + 3;
        } else if (strncmp(word, "mon=", 4) == 0 && word[4] != '\0' && op->monitor == NULL) {
            struct rh_beam_json *name = rh_beam_take(arena, sizeof *name);
            *name = *step->items[i];
            name->string = word + 4;
            name->size -= 4;
            op->monitor = name;
        } else if (strcmp(word, "link") == 0 && !op->link) {
            op->link = true;
        } else if (strcmp(word, "trap") == 0 && !op->trap) {
            op->trap = true;
        } else {
            return rh_beam_flaw_at(flaw, step->items[i], "unknown option '%s' of spawn", word);
        }
    }
    if (op->by == NULL && (op->link || op->monitor != NULL)) {
        return rh_beam_flaw_at(flaw, step, "the harness neither links nor monitors");
    }
    return true;
}

static bool read_words(const struct verb *verb, const struct rh_beam_json *step,
                       struct rh_beam_op *op, struct rh_beam_flaw *flaw)
{
    op->code = verb->code;
    op->flush = strcmp(verb->word, "demonf") == 0;
    op->info = strcmp(verb->word, "demoni") == 0;
    if (step->count != strlen(verb->meanings) + 1) {
        return rh_beam_flaw_at(flaw, step, "'%s' has %zu words, not %zu", verb->word,
                               strlen(verb->meanings), step->count - 1);
    }
    for (size_t i = 1; i < step->count; i++) {
        if (!read_meaning(verb->meanings[i - 1], step->items[i], op, flaw)) {
            return false;
        }
    }
    return true;
}

static bool read_op(struct rh_beam_arena *arena, const struct rh_beam_json *step,
                    struct rh_beam_op *op, struct rh_beam_flaw *flaw)
{
    op->at = step;
    op->ms = op->count = op->timeout_ms = RH_BEAM_ABSENT;
    if (step->kind != RH_BEAM_JSON_ARRAY || step->count < 2) {
        return rh_beam_flaw_at(flaw, step, "a step must be an array of words");
    }
    for (size_t i = 0; i < step->count; i++) {
        if (!is_word(step->items[i])) {
            return rh_beam_flaw_at(flaw, step->items[i], "a step must be an array of words");
        }
    }
    if (rh_beam_json_is_word(step->items[0], "spawn")) {
        return read_spawn(arena, step, op, flaw);
    }
    for (size_t i = 0; i < VERBS; i++) {
        if (rh_beam_json_is_word(step->items[0], verbs[i].word)) {
            return read_words(&verbs[i], step, op, flaw);
        }
    }
    return rh_beam_flaw_at(flaw, step->items[0], "unknown step '%s'", step->items[0]->string);
}

static bool read_burst(struct rh_beam_arena *arena, const struct rh_beam_json *json,
                       struct rh_beam_step *step, struct rh_beam_flaw *flaw)
{
    if (json->count != 3 || !is_word(json->items[1]) ||
        json->items[2]->kind != RH_BEAM_JSON_ARRAY || json->items[2]->count == 0) {
        return rh_beam_flaw_at(flaw, json, "a burst is an actor and a list of steps");
    }
    const struct rh_beam_json *list = json->items[2];
    step->is_burst = true;
    step->actor = json->items[1]->string;
    step->count = list->count;
    step->ops = rh_beam_take(arena, list->count * sizeof *step->ops);
    for (size_t i = 0; i < list->count; i++) {
        if (!read_op(arena, list->items[i], &step->ops[i], flaw)) {
            return false;
        }
        if (step->ops[i].by == NULL || strcmp(step->ops[i].by, step->actor) != 0) {
            return rh_beam_flaw_at(flaw, list->items[i], "a burst is one actor's");
        }
    }
    return true;
}

static bool read_step(struct rh_beam_arena *arena, const struct rh_beam_json *json,
                      struct rh_beam_step *step, struct rh_beam_flaw *flaw)
{
    if (json->kind == RH_BEAM_JSON_ARRAY && json->count > 0 &&
        rh_beam_json_is_word(json->items[0], "burst")) {
        return read_burst(arena, json, step, flaw);
    }
    step->count = 1;
    step->ops = rh_beam_take(arena, sizeof *step->ops);
    if (!read_op(arena, json, step->ops, flaw)) {
        return false;
    }
    step->actor = step->ops->by;
    return true;
}

bool rh_beam_program_read(struct rh_beam_arena *arena, const struct rh_beam_json *line,
                          struct rh_beam_program *ret_program, struct rh_beam_flaw *ret_flaw)
{
    const struct rh_beam_json *id = rh_beam_json_get(line, "id");
    const struct rh_beam_json *level = rh_beam_json_get(line, "level");
    const struct rh_beam_json *steps = rh_beam_json_get(line, "steps");
    *ret_program = (struct rh_beam_program){0};
    bool good = id != NULL && is_word(id) && steps != NULL && steps->kind == RH_BEAM_JSON_ARRAY &&
                line->count == (level == NULL ? 2u : 3u) &&
                (level == NULL ||
                 (level->kind == RH_BEAM_JSON_INT && level->integer >= 1 && level->integer <= 3));
    if (!good) {
        return rh_beam_flaw_at(ret_flaw, line, "a program is {id, level 1 to 3, steps}");
    }
    ret_program->id = id->string;
    ret_program->count = steps->count;
    ret_program->steps = rh_beam_take(arena, (steps->count + 1) * sizeof(struct rh_beam_step));
    for (size_t i = 0; i < steps->count; i++) {
        if (!read_step(arena, steps->items[i], &ret_program->steps[i], ret_flaw)) {
            return false;
        }
    }
    return true;
}

const char *rh_beam_program_outcome_id(const struct rh_beam_json *line,
                                       struct rh_beam_flaw *ret_flaw)
{
    static const struct {
        const char *key;
        enum rh_beam_json_kind kind;
    } keys[] = {{"id", RH_BEAM_JSON_STRING},   {"alive", RH_BEAM_JSON_ARRAY},
                {"dead", RH_BEAM_JSON_OBJECT}, {"log", RH_BEAM_JSON_OBJECT},
                {"ret", RH_BEAM_JSON_ARRAY},   {"links", RH_BEAM_JSON_ARRAY},
                {"mons", RH_BEAM_JSON_OBJECT}};
    const size_t count = sizeof keys / sizeof *keys;
    for (size_t i = 0; i < count; i++) {
        const struct rh_beam_json *value = rh_beam_json_get(line, keys[i].key);
        if (value == NULL || value->kind != keys[i].kind || line->count != count) {
            (void)rh_beam_flaw_at(ret_flaw, line,
                                  "an outcome is {id, alive, dead, log, ret, links, mons}");
            return NULL;
        }
    }
    return rh_beam_json_get(line, "id")->string;
}
