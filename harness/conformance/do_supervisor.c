/* SPDX-License-Identifier: MIT */
/* Supervisors: those of core/supervision, with puppets as children. */
#include "harness/conformance/stage.h"
#include "harness/conformance/value.h"

#include <stdlib.h>
#include <string.h>

/* ---- supervisors ---- */

/* A simple_one_for_one supervisor starts no child by itself: each start_child gives one more instance of its one template,
 * under an id that nobody sees. */
static const char simple_template[] = "simple";

struct child {
    struct rh_beam_stage *stage;
    struct rh_beam_child spec;
};

struct supervisor {
    struct rh_supervisor functions;
    struct rh_behaviour behaviour;
};

/** Incarnation k of child c is the actor c#k. */
static struct rh_beam_actor *next_incarnation(struct rh_beam_stage *stage, const char *id)
{
    for (int64_t k = 1;; k++) {
        struct rh_beam_text text = {.arena = &stage->arena};
        rh_beam_put_word(&text, id);
        rh_beam_put_word(&text, "#");
        rh_beam_put_int(&text, k);
        struct rh_beam_actor *actor = rh_beam_actor_get(stage, rh_beam_text_end(&text));
        if (!actor->spawned) {
            return actor;
        }
    }
}

static enum rh_status child_start(struct rh_context *ctx, const struct rh_child_start *wanted,
                                  struct rh_pid *ret_child)
{
    const struct child *child = wanted->config;
    struct rh_beam_actor *actor = next_incarnation(child->stage, child->spec.id);
    const struct rh_spawn_options options = {
        .mailbox = true, .link = true, .trap = child->spec.trap || child->spec.graceful};
    enum rh_status status = rh_spawn(ctx, &child->stage->puppet, &options, ret_child, NULL);
    if (status == RH_OK) {
        actor->graceful = child->spec.graceful;
        struct rh_reader reader;
        struct rh_text id = {wanted->id, strlen(wanted->id)};
        rh_reader_message(&reader, wanted->argument);
        (void)rh_read_text(&reader, &id); /* children of templates are told their id */
        actor->child_id = rh_beam_copy(&child->stage->arena, id.bytes, id.size);
        rh_beam_actor_born(actor, *ret_child, RH_BEAM_PUPPET);
    }
    return status;
}

static struct rh_child_spec child_spec(struct rh_beam_stage *stage, const char *id,
                                       const struct rh_beam_json *json)
{
    struct child *child = rh_beam_take(&stage->arena, sizeof *child);
    struct rh_beam_flaw flaw;
    child->stage = stage;
    (void)rh_beam_child_read(json, &child->spec, &flaw);
    const char *restart = child->spec.restart;
    int64_t ms = child->spec.shutdown_ms;
    return (struct rh_child_spec){
        .id = id == NULL ? child->spec.id : id,
        .start = child_start,
        .config = child,
        .readiness = RH_READY_AT_ONCE,
        .restart = strcmp(restart, "permanent") == 0   ? RH_PERMANENT
                   : strcmp(restart, "transient") == 0 ? RH_TRANSIENT
                                                       : RH_TEMPORARY,
        .shutdown = ms == RH_BEAM_INFINITY ? RH_NEVER
                    : ms == RH_BEAM_ABSENT ? RH_BRUTAL_KILL
                    : ms == 0              ? 1
                                           : (rh_duration)ms * RH_MILLISECOND,
    };
}

/** A child that is started later is an instance of a template of its own; templates are named by where they stand. */
static const char *template_name(struct rh_beam_arena *arena, const struct rh_beam_json *spec)
{
    struct rh_beam_text text = {.arena = arena};
    rh_beam_put_int(&text, spec->line);
    rh_beam_put_word(&text, ":");
    rh_beam_put_int(&text, spec->column);
    return rh_beam_text_end(&text);
}

static int64_t flag_number(const struct rh_beam_op *op, const char *key, int64_t otherwise)
{
    const struct rh_beam_json *value = rh_beam_json_get(op->flags, key);
    return value == NULL ? otherwise : value->integer;
}

static enum rh_restart_strategy flag_strategy(const struct rh_beam_op *op)
{
    const struct rh_beam_json *word = rh_beam_json_get(op->flags, "strategy");
    return rh_beam_json_is_word(word, "one_for_all")    ? RH_ONE_FOR_ALL
           : rh_beam_json_is_word(word, "rest_for_one") ? RH_REST_FOR_ONE
                                                        : RH_ONE_FOR_ONE;
}

enum rh_status rh_beam_sup_start(struct rh_beam_turn *turn, const struct rh_beam_op *op)
{
    struct rh_beam_stage *stage = turn->stage;
    struct supervisor *supervisor = rh_beam_take(&stage->arena, sizeof *supervisor);
    bool simple =
        rh_beam_json_is_word(rh_beam_json_get(op->flags, "strategy"), "simple_one_for_one");
    size_t count = op->children->count;
    size_t late = stage->late_child_count;
    struct rh_child_spec *children = rh_beam_take(&stage->arena, (count + 1) * sizeof *children);
    struct rh_child_spec *templates = rh_beam_take(&stage->arena, (late + 1) * sizeof *templates);
    for (size_t i = 0; i < count; i++) {
        children[i] = child_spec(stage, simple ? simple_template : NULL, op->children->items[i]);
    }
    for (size_t i = 0; i < late; i++) {
        templates[i] = child_spec(stage, template_name(&stage->arena, stage->late_children[i]),
                                  stage->late_children[i]);
    }
    rh_beam_actor_get(stage, op->actor)->simple = simple;
    int64_t period = flag_number(op, "period", 5);
    supervisor->functions = (struct rh_supervisor){
        .strategy = flag_strategy(op),
        .intensity = (uint32_t)flag_number(op, "intensity", 1),
        .period = period == 0 ? 1 : (rh_duration)period * RH_SECOND,
        .children = children,
        .child_count = simple ? 0 : count,
        .templates = simple ? children : templates,
        .template_count = simple ? count : late,
    };
    supervisor->behaviour = rh_supervisor_behaviour(&supervisor->functions);
    const struct rh_spawn_options options = {.link = true};
    return rh_beam_start(turn, op, &supervisor->behaviour, &options, RH_BEAM_SUPERVISOR);
}

/* ---- requests ---- */

static const char *const sup_functions[] = {"terminate_child", "restart_child",  "delete_child",
                                            "start_child",     "count_children", "which_children"};

bool rh_beam_is_sup_function(const char *function)
{
    for (size_t i = 0; i < sizeof sup_functions / sizeof *sup_functions; i++) {
        if (strcmp(function, sup_functions[i]) == 0) {
            return true;
        }
    }
    return false;
}

/** start_child: the template, an id, and the id again as the child's argument. */
static void put_start(struct rh_beam_turn *turn, struct rh_builder *builder,
                      const struct rh_beam_json *spec, bool simple)
{
    struct rh_beam_text fresh = {.arena = &turn->stage->arena};
    const struct rh_beam_json *id = rh_beam_json_get(spec, "id");
    const char *name = simple ? simple_template : template_name(&turn->stage->arena, spec);
    rh_build_text(builder, name, strlen(name));
    if (simple || id == NULL) {
        rh_beam_put_word(&fresh, "instance ");
        rh_beam_put_int(&fresh, turn->stage->instances++);
    } else {
        rh_beam_put(&fresh, id->string, id->size);
    }
    rh_build_text(builder, fresh.bytes, fresh.length);
    rh_build_text(builder, fresh.bytes, fresh.length);
}

/** Put an argument; an actor stands for the child that it is. */
static void put_argument(struct rh_beam_turn *turn, struct rh_builder *builder,
                         const struct rh_beam_json *argument)
{
    const struct rh_beam_json *name = rh_beam_json_get(argument, "actor");
    const struct rh_beam_actor *child = name == NULL || name->kind != RH_BEAM_JSON_STRING
                                            ? NULL
                                            : rh_beam_actor_find(turn->stage, name->string);
    if (child != NULL && child->child_id != NULL) {
        rh_build_text(builder, child->child_id, strlen(child->child_id));
    } else {
        rh_beam_build_json(builder, argument);
    }
}

enum rh_status rh_beam_sup_call(struct rh_beam_turn *turn, const struct rh_beam_op *op,
                                const char *function)
{
    struct rh_builder builder;
    const struct rh_beam_actor *supervisor = rh_beam_actor_find(turn->stage, op->sup);
    size_t count = op->args == NULL ? 0 : op->args->count;
    bool simple = supervisor != NULL && supervisor->simple;
    bool start_child = strcmp(function, "start_child") == 0;
    if (simple &&
        (strcmp(function, "restart_child") == 0 || strcmp(function, "delete_child") == 0)) {
        return rh_beam_give(turn, "[\"error\",\"simple_one_for_one\"]");
    }
    rh_builder_init(&builder, NULL, SIZE_MAX);
    rh_build_array(&builder, start_child ? 4 : 1 + count);
    rh_build_text(&builder, function, strlen(function));
    if (start_child) {
        put_start(turn, &builder, op->args->items[0], simple);
    }
    for (size_t i = 0; i < count && !start_child; i++) {
        put_argument(turn, &builder, op->args->items[i]);
    }
    return rh_beam_call_opened(turn,
                               rh_call(turn->ctx, rh_beam_pid(turn, op->sup),
                                       rh_build_finish(&builder), RH_NEVER, &turn->self->call));
}

/** which_children: [[id, actor], ...] sorted, since the order has no meaning. */
static int compare_words(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *rh_beam_which_json(struct rh_beam_turn *turn, const struct rh_message *reply)
{
    struct rh_reader reader;
    size_t count = 0;
    size_t shown = 0;
    const struct rh_beam_actor *supervisor = rh_beam_actor_find(turn->stage, turn->self->op->sup);
    bool simple = supervisor != NULL && supervisor->simple;
    rh_reader_message(&reader, reply);
    (void)rh_read_array(&reader, &count);
    const char **rows = rh_beam_take(&turn->stage->arena, (count + 1) * sizeof(const char *));
    for (size_t i = 0; i < count; i++) {
        struct rh_item parts[3] = {{NULL, 0}, {NULL, 0}, {NULL, 0}};
        size_t width = 0;
        (void)rh_read_array(&reader, &width);
        for (size_t part = 0; part < width && part < 3; part++) {
            (void)rh_read_item(&reader, &parts[part]);
        }
        const char *child = rh_beam_item_json(turn, parts[1]);
        if (!simple || strcmp(child, "\"undefined\"") != 0) {
            rows[shown++] =
                rh_beam_join(&turn->stage->arena, "[",
                             simple ? "\"undefined\"" : rh_beam_item_json(turn, parts[0]), ",",
                             child, "]", (char *)NULL);
        }
    }
    qsort(rows, shown, sizeof(const char *), compare_words);
    struct rh_beam_text text = {.arena = &turn->stage->arena};
    rh_beam_put_word(&text, "[");
    for (size_t i = 0; i < shown; i++) {
        rh_beam_put_word(&text, i == 0 ? "" : ",");
        rh_beam_put_word(&text, rows[i]);
    }
    rh_beam_put_word(&text, "]");
    return rh_beam_text_end(&text);
}

/** count_children: a property list in OTP's order. */
const char *rh_beam_counts_json(struct rh_beam_turn *turn, const struct rh_message *reply)
{
    static const char *const keys[] = {"specs", "active", "supervisors", "workers"};
    struct rh_beam_text text = {.arena = &turn->stage->arena};
    rh_beam_put_word(&text, "[");
    for (size_t key = 0; key < 4; key++) {
        struct rh_reader reader;
        size_t count = 0;
        rh_reader_message(&reader, reply);
        (void)rh_read_map(&reader, &count);
        for (size_t i = 0; i < count; i++) {
            struct rh_text word = {"", 0};
            int64_t number = 0;
            (void)rh_read_text(&reader, &word);
            (void)rh_read_int(&reader, &number);
            if (word.size == strlen(keys[key]) && memcmp(word.bytes, keys[key], word.size) == 0) {
                rh_beam_put_word(&text, key == 0 ? "[" : ",[");
                rh_beam_put_string(&text, keys[key], word.size);
                rh_beam_put_word(&text, ",");
                rh_beam_put_int(&text, number);
                rh_beam_put_word(&text, "]");
            }
        }
    }
    rh_beam_put_word(&text, "]");
    return rh_beam_text_end(&text);
}
