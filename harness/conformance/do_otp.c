/* SPDX-License-Identifier: MIT */
/*
 * Generic servers and supervisors, built on core/supervision: servers that understand a handful of requests, supervisors
 * whose children are puppets, and the client's side of both. A puppet that calls waits for exactly the answer; its
 * mailbox is left alone meanwhile.
 */
#include "harness/conformance/stage.h"
#include "harness/conformance/value.h"

#include <stdlib.h>
#include <string.h>

/* ---- requests of generic servers ---- */

/** One row per request: word, number of arguments. */
#define REQUEST_MAP(X)                                                                             \
    X(echo, 1)       /* replies with its argument */                                               \
    X(stop, 1)       /* stops with that reason, without a reply */                                 \
    X(stop_reply, 1) /* replies ok, then stops with that reason */                                 \
    X(noreply, 0)    /* never replies */                                                           \
    X(sleep, 1)      /* replies ok after so many milliseconds */                                   \
    X(delay, 1)      /* the same */                                                                \
    X(exit, 1)       /* exit/1 in the callback */                                                  \
    X(error, 1)      /* error/1 in the callback */                                                 \
    X(crash, 1)      /* the same */                                                                \
    X(throw, 1)      /* throw/1: a callback's bad return value */

enum request {
#define X(word, arguments) REQUEST_##word,
    REQUEST_MAP(X)
#undef X
    REQUESTS
};

static const struct {
    const char *word;
    size_t arguments;
} requests[REQUESTS] = {
#define X(word, arguments) {#word, arguments},
    REQUEST_MAP(X)
#undef X
};

bool rh_beam_is_request(const struct rh_beam_json *request)
{
    bool array = request->kind == RH_BEAM_JSON_ARRAY && request->count > 0;
    for (size_t i = 0; i < REQUESTS; i++) {
        if (rh_beam_json_is_word(array ? request->items[0] : request, requests[i].word)) {
            return (array ? request->count : 1) == requests[i].arguments + 1;
        }
    }
    return false;
}

static enum request find_request(const struct rh_message *message, struct rh_item *ret_argument)
{
    struct rh_reader reader;
    struct rh_text word = {"", 0};
    size_t count = 0;
    rh_reader_message(&reader, message);
    if (rh_read_kind(&reader) == RH_KIND_ARRAY) {
        (void)rh_read_array(&reader, &count);
    }
    (void)rh_read_text(&reader, &word);
    *ret_argument = (struct rh_item){NULL, 0};
    if (count > 1) {
        (void)rh_read_item(&reader, ret_argument);
    }
    for (int i = 0; i < REQUESTS; i++) {
        if (strlen(requests[i].word) == word.size &&
            memcmp(requests[i].word, word.bytes, word.size) == 0) {
            return (enum request)i;
        }
    }
    return REQUEST_noreply;
}

/* ---- the server ---- */

struct server {
    struct rh_server functions;
    struct rh_behaviour behaviour;
    struct rh_beam_stage *stage;
    struct rh_beam_server_opts opts;
};

/** A call that is answered later. */
struct server_state {
    struct rh_ref timer;
    struct rh_ref call;
};

static struct rh_message word_message(struct rh_beam_arena *arena, const char *prefix,
                                      struct rh_item item)
{
    struct rh_beam_text text = {.arena = arena};
    rh_beam_put_item(&text, item, rh_beam_stage_name, NULL);
    const char *bare = rh_beam_bare(arena, rh_beam_text_end(&text));
    return RH_ITEM(NULL, rh_beam_join(arena, prefix, bare, (char *)NULL));
}

static enum rh_status answer_later(struct rh_context *ctx, struct server_state *state,
                                   struct rh_ref call, struct rh_item milliseconds)
{
    struct rh_reader reader;
    int64_t ms = 0;
    rh_reader_item(&reader, milliseconds);
    (void)rh_read_int(&reader, &ms);
    state->call = call;
    return rh_timer_start(ctx, (rh_duration)ms * RH_MILLISECOND, rh_self(ctx), rh_message_none(),
                          &state->timer);
}

static enum rh_status server_call(struct rh_context *ctx, void *state, struct rh_ref call,
                                  const struct rh_message *request, struct rh_answer *answer)
{
    const struct server *server = rh_server_config(ctx);
    struct rh_beam_arena *arena = &server->stage->arena;
    struct rh_item argument;
    switch (find_request(request, &argument)) {
    case REQUEST_echo:
        answer->reply = RH_ITEM(NULL, argument);
        return RH_OK;
    case REQUEST_stop:
        answer->stop = RH_ITEM(NULL, argument);
        return RH_OK;
    case REQUEST_stop_reply:
        answer->reply = RH_ITEM(NULL, "ok");
        answer->stop = RH_ITEM(NULL, argument);
        return RH_OK;
    case REQUEST_sleep:
    case REQUEST_delay:
        return answer_later(ctx, state, call, argument);
    case REQUEST_exit:
        return rh_exit(ctx, RH_ITEM(NULL, argument));
    case REQUEST_error:
    case REQUEST_crash:
        return rh_exit(ctx, word_message(arena, "error:", argument));
    case REQUEST_throw:
        return rh_exit(ctx, RH_ARRAY(NULL, "bad_return_value", argument));
    default:
        return RH_OK;
    }
}

static enum rh_status server_info(struct rh_context *ctx, void *state, const struct rh_delivery *in)
{
    struct server_state *own = state;
    if (in->kind == RH_DELIVERY_TIMEOUT && rh_ref_equal(rh_delivery_ref(ctx, in), own->timer)) {
        return rh_reply(ctx, own->call, RH_ITEM(NULL, "ok"));
    }
    return RH_OK;
}

static enum rh_status server_init(struct rh_context *ctx, void *state,
                                  const struct rh_delivery *start)
{
    (void)state;
    (void)start;
    const struct server *server = rh_server_config(ctx);
    const struct rh_beam_json *init = server->opts.init;
    if (init == NULL) {
        return RH_OK;
    }
    if (init->kind != RH_BEAM_JSON_ARRAY) {
        return rh_exit(ctx, RH_ITEM(NULL, "normal")); /* ignore */
    }
    struct rh_message reason = rh_beam_message(init->items[1]);
    if (rh_beam_json_is_word(init->items[0], "stop") ||
        rh_beam_json_is_word(init->items[0], "exit")) {
        return rh_exit(ctx, reason);
    }
    struct rh_message told =
        rh_beam_json_is_word(init->items[0], "error")
            ? word_message(&server->stage->arena, "error:", rh_message_item(&reason))
            : RH_ARRAY(NULL, "bad_return_value", reason);
    rh_message_unref(reason);
    return rh_exit(ctx, told);
}

static enum rh_status start(struct rh_beam_turn *turn, const struct rh_beam_op *op,
                            const struct rh_behaviour *behaviour,
                            const struct rh_spawn_options *options, enum rh_beam_role role)
{
    struct rh_beam_actor *self = turn->self;
    struct rh_beam_actor *started = rh_beam_actor_get(turn->stage, op->actor);
    struct rh_pid pid;
    enum rh_status status =
        rh_server_start(turn->ctx, behaviour, options, RH_NEVER, &pid, &self->call);
    if (status != RH_OK) {
        return rh_beam_refused(turn, status);
    }
    started->ghost = op->ghost;
    rh_beam_actor_born(started, pid, role);
    self->wait = RH_BEAM_WAIT_START;
    const struct rh_receive want = {.refs = &self->call.reply, .ref_count = 1, .timeout = RH_NEVER};
    return rh_receive(turn->ctx, &want);
}

static enum rh_status gs_start(struct rh_beam_turn *turn, const struct rh_beam_op *op)
{
    struct server *server = rh_beam_take(&turn->stage->arena, sizeof *server);
    struct rh_beam_flaw flaw;
    (void)rh_beam_server_opts_read(op->opts, &server->opts, &flaw);
    server->stage = turn->stage;
    server->functions = (struct rh_server){.name = "server",
                                           .state_bytes = sizeof(struct server_state),
                                           .init = server_init,
                                           .handle_call = server_call,
                                           .handle_info = server_info,
                                           .config = server};
    server->behaviour = rh_server_behaviour(&server->functions);
    const struct rh_spawn_options options = {
        .trap = server->opts.trap, .link = op->how != NULL && strcmp(op->how, "start_link") == 0};
    return start(turn, op, &server->behaviour, &options, RH_BEAM_SERVER);
}

/* ---- supervisors ---- */

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

static enum rh_status sup_start(struct rh_beam_turn *turn, const struct rh_beam_op *op)
{
    struct rh_beam_stage *stage = turn->stage;
    struct supervisor *supervisor = rh_beam_take(&stage->arena, sizeof *supervisor);
    struct rh_child_spec *children =
        rh_beam_take(&stage->arena, (op->children->count + 1) * sizeof *children);
    for (size_t i = 0; i < op->children->count; i++) {
        children[i] = child_spec(stage, NULL, op->children->items[i]);
    }
    size_t count = stage->late_child_count;
    struct rh_child_spec *templates = rh_beam_take(&stage->arena, (count + 1) * sizeof *templates);
    for (size_t i = 0; i < count; i++) {
        templates[i] = child_spec(stage, template_name(&stage->arena, stage->late_children[i]),
                                  stage->late_children[i]);
    }
    int64_t period = flag_number(op, "period", 5);
    supervisor->functions = (struct rh_supervisor){
        .strategy = flag_strategy(op),
        .intensity = (uint32_t)flag_number(op, "intensity", 1),
        .period = period == 0 ? 1 : (rh_duration)period * RH_SECOND,
        .children = children,
        .child_count = op->children->count,
        .templates = templates,
        .template_count = count,
    };
    supervisor->behaviour = rh_supervisor_behaviour(&supervisor->functions);
    const struct rh_spawn_options options = {.link = true};
    return start(turn, op, &supervisor->behaviour, &options, RH_BEAM_SUPERVISOR);
}

/* ---- the client's side ---- */

static enum rh_status call_opened(struct rh_beam_turn *turn, enum rh_status status)
{
    struct rh_beam_actor *self = turn->self;
    if (status == RH_INVALID) {
        return rh_beam_raise(turn, "exit", "call:calling_self");
    }
    if (status != RH_OK) {
        return rh_beam_refused(turn, status);
    }
    struct rh_ref refs[2] = {self->call.reply, self->call.timer};
    const struct rh_receive want = {
        .refs = refs, .ref_count = rh_pid_is_none(refs[1].owner) ? 1 : 2, .timeout = RH_NEVER};
    self->wait = RH_BEAM_WAIT_CALL;
    return rh_receive(turn->ctx, &want);
}

static enum rh_status call(struct rh_beam_turn *turn, const struct rh_beam_op *op)
{
    struct rh_call *open = &turn->self->call;
    int64_t ms = op->timeout_ms == RH_BEAM_ABSENT ? 5000 : op->timeout_ms;
    rh_duration timeout = ms < 0 ? RH_NEVER : (rh_duration)ms * RH_MILLISECOND;
    struct rh_message request = rh_beam_message(op->request);
    if (op->to.kind == RH_BEAM_TO_NAME) {
        return call_opened(turn, rh_call_name(turn->ctx, op->to.word, request, timeout, open));
    }
    return call_opened(turn,
                       rh_call(turn->ctx, rh_beam_pid(turn, op->to.word), request, timeout, open));
}

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

static enum rh_status sup_call(struct rh_beam_turn *turn, const struct rh_beam_op *op,
                               const char *function)
{
    struct rh_builder builder;
    size_t count = op->args == NULL ? 0 : op->args->count;
    bool start_child = strcmp(function, "start_child") == 0;
    rh_builder_init(&builder, NULL, SIZE_MAX);
    rh_build_array(&builder, start_child ? 3 : 1 + count);
    rh_build_text(&builder, function, strlen(function));
    if (start_child) {
        const struct rh_beam_json *spec = op->args->items[0];
        const struct rh_beam_json *id = rh_beam_json_get(spec, "id");
        const char *name = template_name(&turn->stage->arena, spec);
        rh_build_text(&builder, name, strlen(name));
        rh_build_text(&builder, id->string, id->size);
    }
    for (size_t i = 0; i < count && !start_child; i++) {
        rh_beam_build_json(&builder, op->args->items[i]);
    }
    struct rh_pid supervisor = rh_beam_pid(turn, op->sup);
    return call_opened(turn, rh_call(turn->ctx, supervisor, rh_build_finish(&builder), RH_NEVER,
                                     &turn->self->call));
}

/* ---- outcomes ---- */

static const char *item_json(struct rh_beam_turn *turn, struct rh_item item)
{
    struct rh_beam_text text = {.arena = &turn->stage->arena};
    if (item.size == 0) {
        return "null";
    }
    rh_beam_put_item(&text, item, rh_beam_stage_name, turn->stage);
    return rh_beam_text_end(&text);
}

/** which_children: [[id, actor], ...] sorted, since the order has no meaning. */
static int compare_words(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *which_json(struct rh_beam_turn *turn, const struct rh_message *reply)
{
    struct rh_reader reader;
    size_t count = 0;
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
        rows[i] = rh_beam_join(&turn->stage->arena, "[", item_json(turn, parts[0]), ",",
                               item_json(turn, parts[1]), "]", (char *)NULL);
    }
    qsort(rows, count, sizeof(const char *), compare_words);
    struct rh_beam_text text = {.arena = &turn->stage->arena};
    rh_beam_put_word(&text, "[");
    for (size_t i = 0; i < count; i++) {
        rh_beam_put_word(&text, i == 0 ? "" : ",");
        rh_beam_put_word(&text, rows[i]);
    }
    rh_beam_put_word(&text, "]");
    return rh_beam_text_end(&text);
}

/** count_children: a property list in OTP's order. */
static const char *counts_json(struct rh_beam_turn *turn, const struct rh_message *reply)
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

static enum rh_status call_ended(struct rh_beam_turn *turn, const struct rh_outcome *outcome)
{
    const struct rh_beam_op *op = turn->self->op;
    struct rh_beam_arena *arena = &turn->stage->arena;
    if (outcome->kind == RH_OUTCOME_TIMEOUT) {
        return rh_beam_raise(turn, "exit", "call:timeout");
    }
    const char *json = item_json(turn, rh_message_item(outcome->message));
    if (outcome->kind == RH_OUTCOME_DOWN) {
        return rh_beam_raise(turn, "exit",
                             rh_beam_join(arena, "call:", rh_beam_bare(arena, json), (char *)NULL));
    }
    bool counts = op->function != NULL && strcmp(op->function, "count_children") == 0;
    bool which = op->code == RH_BEAM_OP_which ||
                 (op->function != NULL && strcmp(op->function, "which_children") == 0);
    return rh_beam_give(turn, which    ? which_json(turn, outcome->message)
                              : counts ? counts_json(turn, outcome->message)
                                       : json);
}

static enum rh_status start_ended(struct rh_beam_turn *turn, const struct rh_outcome *outcome)
{
    const struct rh_beam_op *op = turn->self->op;
    struct rh_beam_arena *arena = &turn->stage->arena;
    struct rh_beam_server_opts opts = {0};
    struct rh_beam_flaw flaw;
    if (op->code == RH_BEAM_OP_gs_start) {
        (void)rh_beam_server_opts_read(op->opts, &opts, &flaw);
    }
    if (outcome->kind == RH_OUTCOME_REPLY) {
        return rh_beam_give(turn,
                            rh_beam_join(arena, "[\"ok\",\"", op->actor, "\"]", (char *)NULL));
    }
    if (opts.init != NULL && opts.init->kind != RH_BEAM_JSON_ARRAY) {
        return rh_beam_give_word(turn, "ignore");
    }
    return rh_beam_give(turn, rh_beam_join(arena, "[\"error\",",
                                           item_json(turn, rh_message_item(outcome->message)), "]",
                                           (char *)NULL));
}

enum rh_status rh_beam_otp_receive(struct rh_beam_turn *turn, const struct rh_delivery *in)
{
    struct rh_outcome outcome;
    if (!rh_call_result(turn->ctx, in, &turn->self->call, &outcome)) {
        rh_beam_stage_break(turn->stage, "a call took what is not its outcome");
        return RH_OK;
    }
    return turn->self->wait == RH_BEAM_WAIT_START ? start_ended(turn, &outcome)
                                                  : call_ended(turn, &outcome);
}

enum rh_status rh_beam_do_otp(struct rh_beam_turn *turn, const struct rh_beam_op *op)
{
    switch (op->code) {
    case RH_BEAM_OP_gs_start:
        return gs_start(turn, op);
    case RH_BEAM_OP_sup_start:
        return sup_start(turn, op);
    case RH_BEAM_OP_call:
        return call(turn, op);
    case RH_BEAM_OP_sup_op:
        return sup_call(turn, op, op->function);
    case RH_BEAM_OP_which:
        return sup_call(turn, op, "which_children");
    default:
        return RH_NOT_FOUND;
    }
}
