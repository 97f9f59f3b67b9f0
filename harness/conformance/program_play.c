/* SPDX-License-Identifier: MIT */
/*
 * Playing a program. A step is skipped when its actor is not alive, when it names a process or reference that was never
 * made, or when it would spawn a name again. After each step the mailboxes of the living are kept, because the log of a
 * process that dies is its mailbox at the end of the step before.
 *
 * The outcome of a program is unique on the BEAM because a signal there arrives when it is sent, before anything that
 * happens because of a later one. The language promises less, and under free orders a few programs have other outcomes
 * (in g0052, step 22, a link can come after the death that a later exit signal of the same burst causes). What was
 * measured is the BEAM's order, so that is the order of arrival here; which process runs next is free.
 */
#include "harness/conformance/outcome.h"
#include "harness/conformance/program.h"
#include "harness/conformance/value.h"

#include <stdlib.h>
#include <string.h>

/** A mailbox as it was at the end of a step. */
struct snapshot {
    const struct rh_beam_actor *actor;
    struct rh_beam_mail *items;
    size_t count;
    size_t capacity;
};

struct play {
    struct rh_beam_stage *stage;
    const struct rh_beam_program *program;
    struct snapshot *snapshots; /**< by index of the actor */
    size_t snapshot_capacity;
    bool **alive; /**< by step and index of the actor: who lived at its end */
    struct rh_beam_text results;
};

static bool is_alive(const struct rh_beam_stage *stage, const char *name)
{
    const struct rh_beam_actor *actor = rh_beam_actor_find(stage, name);
    return actor != NULL && actor->spawned && !actor->dead;
}

static bool was_made(const struct rh_beam_stage *stage, const char *name)
{
    const struct rh_beam_actor *actor = rh_beam_actor_find(stage, name);
    return actor != NULL && actor->spawned;
}

static bool has_reference(const struct play *play, const struct rh_beam_step *step, size_t before,
                          const char *name)
{
    for (size_t i = 0; i < play->stage->binding_count; i++) {
        if (strcmp(play->stage->bindings[i].name, name) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < before; i++) {
        const struct rh_beam_op *op = &step->ops[i];
        if (op->code == RH_BEAM_OP_monitor && strcmp(op->ref, name) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_skipped(const struct play *play, const struct rh_beam_step *step)
{
    if (step->actor != NULL && !is_alive(play->stage, step->actor)) {
        return true;
    }
    for (size_t i = 0; i < step->count; i++) {
        const struct rh_beam_op *op = &step->ops[i];
        if ((op->code == RH_BEAM_OP_spawn && was_made(play->stage, op->actor)) ||
            (op->to.kind == RH_BEAM_TO_ACTOR && !was_made(play->stage, op->to.word)) ||
            (op->code == RH_BEAM_OP_demonitor && !has_reference(play, step, i, op->ref))) {
            return true;
        }
    }
    return false;
}

/* ---- results ---- */

static const char *result_word(struct play *play, const struct rh_beam_op *op)
{
    const char *json = rh_beam_result(play->stage, op);
    const char *raise = "raise:error:";
    if (json == NULL) {
        return "?";
    }
    const char *word = rh_beam_bare(&play->stage->arena, json);
    if (strncmp(word, raise, strlen(raise)) == 0) {
        return word + strlen(raise);
    }
    return op->code == RH_BEAM_OP_spawn || op->code == RH_BEAM_OP_monitor ? "ok" : word;
}

static const char *step_result(struct play *play, const struct rh_beam_step *step)
{
    struct rh_beam_text text = {.arena = &play->stage->arena};
    if (step->actor != NULL && !is_alive(play->stage, step->actor)) {
        return "died";
    }
    for (size_t i = 0; i < step->count; i++) {
        rh_beam_put_word(&text, i == 0 ? "" : ",");
        rh_beam_put_word(&text, result_word(play, &step->ops[i]));
    }
    return rh_beam_text_end(&text);
}

static void put_result(struct play *play, const char *word)
{
    rh_beam_put_word(&play->results, play->results.length == 0 ? "[" : ",");
    rh_beam_put_string(&play->results, word, strlen(word));
}

/* ---- steps ---- */

static void keep(struct play *play, size_t index)
{
    struct rh_beam_stage *stage = play->stage;
    const struct rh_beam_actor *actor = stage->actors[index];
    while (index >= play->snapshot_capacity) {
        play->snapshots = rh_beam_grow(&stage->arena, play->snapshots, &play->snapshot_capacity,
                                       sizeof *play->snapshots);
    }
    struct snapshot *snapshot = &play->snapshots[index];
    snapshot->actor = actor;
    while (snapshot->capacity < actor->mails.count) {
        snapshot->items = rh_beam_grow(&stage->arena, snapshot->items, &snapshot->capacity,
                                       sizeof *snapshot->items);
    }
    if (!actor->dead) {
        snapshot->count = actor->mails.count;
        if (snapshot->count > 0) {
            memcpy(snapshot->items, actor->mails.items, snapshot->count * sizeof *snapshot->items);
        }
    }
}

static void end_step(struct play *play, size_t index)
{
    struct rh_beam_stage *stage = play->stage;
    bool *alive = rh_beam_take(&stage->arena, stage->actor_count * sizeof *alive);
    for (size_t i = 1; i < stage->actor_count; i++) {
        alive[i] = stage->actors[i]->spawned && !stage->actors[i]->dead;
        keep(play, i);
    }
    play->alive[index] = alive;
}

static void play_step(struct play *play, const struct rh_beam_step *step)
{
    struct rh_beam_stage *stage = play->stage;
    stage->step++;
    if (is_skipped(play, step)) {
        put_result(play, "skip");
        return;
    }
    for (size_t i = 0; i < step->count; i++) {
        rh_beam_stage_load(stage, &step->ops[i]);
    }
    rh_beam_stage_settle(stage);
    put_result(play, step_result(play, step));
}

/* ---- the log ---- */

static struct rh_beam_entry entry_of(struct play *play, const struct rh_beam_mail *mail,
                                     size_t position)
{
    struct rh_beam_stage *stage = play->stage;
    struct rh_beam_flaw flaw;
    struct rh_beam_entry entry = {.position = position};
    entry.value = rh_beam_json_read(&stage->arena, "log", 1, mail->text, strlen(mail->text), &flaw);
    entry.is_message = mail->signal == RH_SIGNAL_MESSAGE;
    const struct rh_beam_actor *from = rh_beam_actor_of(stage, mail->from);
    const char *object = mail->signal == RH_SIGNAL_DOWN ? entry.value->items[2]->string : NULL;
    if (object != NULL && (from == NULL || strcmp(object, from->name) != 0)) {
        entry.origin = rh_beam_join(&stage->arena, "name:", object, (char *)NULL);
    } else {
        entry.origin = from == NULL ? "?" : from->name;
        entry.is_fixed =
            from != NULL && play->alive[mail->step - 1][rh_beam_actor_index(stage, from)];
    }
    return entry;
}

static const char *log_json(struct play *play, const struct snapshot *snapshot)
{
    struct rh_beam_stage *stage = play->stage;
    struct rh_beam_text text = {.arena = &stage->arena};
    struct rh_beam_entry *entries =
        rh_beam_take(&stage->arena, (snapshot->count + 1) * sizeof *entries);
    size_t first = 0;
    while (first < snapshot->count) {
        size_t end = first;
        unsigned step = snapshot->items[first].step;
        while (end < snapshot->count && snapshot->items[end].step == step) {
            entries[end] = entry_of(play, &snapshot->items[end], end);
            end++;
        }
        rh_beam_log_order(entries + first, end - first);
        for (size_t i = first; i < end; i++) {
            rh_beam_put_word(&text, i == 0 ? "[[" : ",[");
            rh_beam_put_int(&text, step);
            rh_beam_put_word(&text, ",");
            rh_beam_put_json(&text, entries[i].value);
            rh_beam_put_word(&text, "]");
        }
        first = end;
    }
    rh_beam_put_word(&text, "]");
    return rh_beam_text_end(&text);
}

/* ---- the outcome ---- */

static int compare_actors(const void *a, const void *b)
{
    return strcmp((*(struct rh_beam_actor *const *)a)->name,
                  (*(struct rh_beam_actor *const *)b)->name);
}

static void put_quoted(struct rh_beam_text *text, const char *word)
{
    rh_beam_put_string(text, word, strlen(word));
}

/** Start an entry of an object or array: a comma if something stands before. */
static void put_comma(struct rh_beam_text *text)
{
    char last = text->bytes[text->length - 1];
    rh_beam_put_word(text, last == '{' || last == '[' ? "" : ",");
}

static void put_dead(struct rh_beam_text *text, const struct rh_beam_actor *actor)
{
    put_comma(text);
    put_quoted(text, actor->name);
    rh_beam_put_word(text, ":[");
    rh_beam_put_word(text, actor->reason);
    rh_beam_put_word(text, ",");
    rh_beam_put_int(text, actor->dead_step);
    rh_beam_put_word(text, "]");
}

/** Put the links of one actor with those whose names come after its own, in order of names. */
static void put_links(struct rh_beam_text *text, struct rh_beam_stage *stage,
                      const struct rh_beam_actor *actor)
{
    struct rh_beam_flaw flaw;
    const char *info = rh_beam_info(stage, actor->pid, "links");
    const struct rh_beam_json *links =
        rh_beam_json_read(&stage->arena, "links", 1, info, strlen(info), &flaw);
    for (size_t i = 0; i < links->count; i++) {
        const char *partner = links->items[i]->string;
        if (strcmp(partner, actor->name) > 0 && is_alive(stage, partner)) {
            put_comma(text);
            rh_beam_put_word(text, "[");
            put_quoted(text, actor->name);
            rh_beam_put_word(text, ",");
            put_quoted(text, partner);
            rh_beam_put_word(text, "]");
        }
    }
}

static void put_monitors(struct rh_beam_text *text, struct rh_beam_stage *stage,
                         const struct rh_beam_actor *actor)
{
    const char *monitors = rh_beam_info(stage, actor->pid, "monitors");
    if (strcmp(monitors, "[]") != 0) {
        put_comma(text);
        put_quoted(text, actor->name);
        rh_beam_put_word(text, ":");
        rh_beam_put_word(text, monitors);
    }
}

static const char *outcome(struct play *play, struct rh_beam_actor **actors, size_t count,
                           struct rh_beam_arena *arena)
{
    struct rh_beam_stage *stage = play->stage;
    struct rh_beam_text alive = {.arena = arena};
    struct rh_beam_text dead = {.arena = arena};
    struct rh_beam_text links = {.arena = arena};
    struct rh_beam_text log = {.arena = arena};
    struct rh_beam_text mons = {.arena = arena};
    rh_beam_put_word(&alive, "{\"alive\":[");
    rh_beam_put_word(&dead, "],\"dead\":{");
    rh_beam_put_word(&links, "},\"id\":");
    put_quoted(&links, play->program->id);
    rh_beam_put_word(&links, ",\"links\":[");
    rh_beam_put_word(&log, "],\"log\":{");
    rh_beam_put_word(&mons, "},\"mons\":{");
    for (size_t i = 0; i < count; i++) {
        const struct rh_beam_actor *actor = actors[i];
        const struct snapshot *snapshot = &play->snapshots[rh_beam_actor_index(stage, actor)];
        if (actor->dead) {
            put_dead(&dead, actor);
        } else {
            put_comma(&alive);
            put_quoted(&alive, actor->name);
            put_links(&links, stage, actor);
            put_monitors(&mons, stage, actor);
        }
        if (snapshot->count > 0) {
            put_comma(&log);
            put_quoted(&log, actor->name);
            rh_beam_put_word(&log, ":");
            rh_beam_put_word(&log, log_json(play, snapshot));
        }
    }
    return rh_beam_join(arena, rh_beam_text_end(&alive), rh_beam_text_end(&dead),
                        rh_beam_text_end(&links), rh_beam_text_end(&log), rh_beam_text_end(&mons),
                        "},\"ret\":", rh_beam_text_end(&play->results),
                        play->results.length == 0 ? "[]}" : "]}", (char *)NULL);
}

const char *rh_beam_program_play(struct rh_beam_stage *stage, const struct rh_beam_program *program,
                                 struct rh_beam_arena *arena)
{
    struct play play = {.stage = stage, .program = program, .results = {.arena = arena}};
    stage->plain_name = true;
    stage->in_arrival_order = true;
    play.alive = rh_beam_take(&stage->arena, (program->count + 1) * sizeof *play.alive);
    for (size_t i = 0; i < program->count && stage->broken == NULL; i++) {
        play_step(&play, &program->steps[i]);
        end_step(&play, i);
    }
    rh_beam_check_mailboxes(stage);
    if (stage->broken != NULL) {
        return "";
    }
    struct rh_beam_actor **actors =
        rh_beam_take(&stage->arena, stage->actor_count * sizeof(struct rh_beam_actor *));
    size_t count = 0;
    for (size_t i = 1; i < stage->actor_count; i++) {
        if (stage->actors[i]->spawned) {
            actors[count++] = stage->actors[i];
        }
    }
    if (count > 1) {
        qsort(actors, count, sizeof(struct rh_beam_actor *), compare_actors);
    }
    return outcome(&play, actors, count, arena);
}
