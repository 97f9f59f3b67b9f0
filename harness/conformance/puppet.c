/* SPDX-License-Identifier: MIT */
/*
 * A puppet is an actor with a mailbox that does what its script says and leaves everything else where it is. Each
 * operation is one turn, begun by the driver; an operation that waits ends in a later turn, when the node hands over what
 * was taken. Between operations only a forwarder waits for anything.
 */
#include "harness/conformance/stage.h"
#include "harness/conformance/value.h"

#include "core/base/assert.h"

#include <string.h>

/* ---- ends of operations ---- */

enum rh_status rh_beam_give(struct rh_beam_turn *turn, const char *json)
{
    rh_beam_finish(turn->stage, turn->self, json);
    return RH_OK;
}

enum rh_status rh_beam_give_bool(struct rh_beam_turn *turn, bool value)
{
    return rh_beam_give(turn, value ? "true" : "false");
}

enum rh_status rh_beam_give_word(struct rh_beam_turn *turn, const char *word)
{
    struct rh_beam_text text = {.arena = &turn->stage->arena};
    rh_beam_put_string(&text, word, strlen(word));
    return rh_beam_give(turn, rh_beam_text_end(&text));
}

enum rh_status rh_beam_raise(struct rh_beam_turn *turn, const char *class_word, const char *what)
{
    struct rh_beam_arena *arena = &turn->stage->arena;
    if (turn->self->op == NULL || !turn->self->op->uncaught) {
        return rh_beam_give_word(
            turn, rh_beam_join(arena, "raise:", class_word, ":", what, (char *)NULL));
    }
    const char *prefix = strcmp(class_word, "error") == 0   ? "error:"
                         : strcmp(class_word, "throw") == 0 ? "error:nocatch:"
                                                            : "";
    rh_beam_finish(turn->stage, turn->self, NULL);
    return rh_exit(turn->ctx, RH_ITEM(NULL, rh_beam_join(arena, prefix, what, (char *)NULL)));
}

enum rh_status rh_beam_refused(struct rh_beam_turn *turn, enum rh_status status)
{
    rh_beam_stage_break(turn->stage,
                        rh_beam_join(&turn->stage->arena, "the runtime refused an operation: ",
                                     rh_status_sentence(status), (char *)NULL));
    rh_beam_finish(turn->stage, turn->self, NULL);
    return RH_OK;
}

struct rh_pid rh_beam_pid(struct rh_beam_turn *turn, const char *name)
{
    const struct rh_beam_actor *actor = rh_beam_actor_find(turn->stage, name);
    if (actor == NULL || !actor->spawned) {
        rh_beam_stage_break(turn->stage,
                            rh_beam_join(&turn->stage->arena, "the actor '", name,
                                         "' is named before it is spawned", (char *)NULL));
        return rh_pid_none();
    }
    return actor->pid;
}

struct rh_message rh_beam_letter(const struct rh_beam_actor *sender,
                                 const struct rh_beam_json *payload)
{
    struct rh_builder builder;
    rh_builder_init(&builder, NULL, SIZE_MAX);
    rh_build_array(&builder, 2);
    rh_build_text(&builder, sender->name, strlen(sender->name));
    rh_beam_build_json(&builder, payload);
    return rh_build_finish(&builder);
}

/* ---- operations ---- */

enum rh_status rh_beam_do(struct rh_beam_turn *turn, const struct rh_beam_op *op)
{
    static enum rh_status (*const handlers[])(struct rh_beam_turn *, const struct rh_beam_op *) = {
        rh_beam_do_life,  rh_beam_do_spawn, rh_beam_do_link, rh_beam_do_message, rh_beam_do_name,
        rh_beam_do_timer, rh_beam_do_otp,   rh_beam_do_bif,  rh_beam_do_pg,      rh_beam_do_node};
    for (size_t i = 0; i < sizeof handlers / sizeof *handlers; i++) {
        enum rh_status status = handlers[i](turn, op);
        if (status != RH_NOT_FOUND) {
            return status;
        }
    }
    bool has_handler = false;
    RH_ASSERT(has_handler);
    return RH_INVALID;
}

/* ---- forwarding ---- */

static enum rh_status forward_arm(struct rh_beam_turn *turn)
{
    struct rh_beam_actor *self = turn->self;
    if (self->forward_to == NULL || self->forwarding || self->wait != RH_BEAM_WAIT_NOTHING) {
        return RH_OK;
    }
    struct rh_message any = RH_ITEM(NULL, RH_ANY);
    const struct rh_receive want = {.patterns = &any, .pattern_count = 1, .timeout = RH_NEVER};
    self->forwarding = true;
    return rh_receive(turn->ctx, &want);
}

static void forward_disarm(struct rh_beam_turn *turn)
{
    if (turn->self->forwarding) {
        turn->self->forwarding = false;
        rh_receive_cancel(turn->ctx);
    }
}

static enum rh_status forward(struct rh_beam_turn *turn, const struct rh_delivery *in)
{
    struct rh_beam_actor *self = turn->self;
    struct rh_text sender;
    struct rh_item payload = rh_message_item(&in->message);
    self->forwarding = false;
    (void)RH_MATCH(&in->message, &sender, &payload);
    struct rh_message wrapped = RH_ARRAY(NULL, "fwd", payload);
    enum rh_status status = rh_send(turn->ctx, rh_beam_pid(turn, self->forward_to),
                                    RH_ARRAY(NULL, self->name, wrapped));
    rh_message_unref(wrapped);
    return status == RH_OK ? forward_arm(turn) : rh_beam_refused(turn, status);
}

/* ---- what was taken ---- */

/** recv_fifo: the numbers 1 to count, in order. */
static enum rh_status next_number(struct rh_beam_turn *turn, const struct rh_delivery *in)
{
    struct rh_beam_actor *self = turn->self;
    int64_t number = 0;
    struct rh_text sender;
    if (in->kind == RH_DELIVERY_RECEIVE_TIMEOUT) {
        return rh_beam_give_word(turn, "timeout");
    }
    if (!RH_MATCH(&in->message, &sender, &number) || number != self->progress + 1) {
        return rh_beam_give_bool(turn, false);
    }
    self->progress = number;
    const struct rh_beam_op *op = self->op;
    return number == op->count ? rh_beam_give_bool(turn, true) : rh_beam_do_message(turn, op);
}

static enum rh_status receive_for_op(struct rh_beam_turn *turn, const struct rh_delivery *in)
{
    struct rh_beam_actor *self = turn->self;
    switch (self->wait) {
    case RH_BEAM_WAIT_MAIL:
        return in->kind == RH_DELIVERY_RECEIVE_TIMEOUT ? rh_beam_give_word(turn, "timeout")
                                                       : rh_beam_give(turn, self->taken);
    case RH_BEAM_WAIT_NUMBERS:
        return next_number(turn, in);
    case RH_BEAM_WAIT_LIVENESS: {
        bool alive = rh_delivery_is_alive(in);
        const char *answer = alive ? self->answer : "\"undefined\"";
        bool is_info = self->item != NULL;
        self->item = NULL;
        return is_info ? rh_beam_give(turn, answer) : rh_beam_give_bool(turn, alive);
    }
    case RH_BEAM_WAIT_CALL:
    case RH_BEAM_WAIT_START:
        return rh_beam_otp_receive(turn, in);
    case RH_BEAM_WAIT_SPAWN:
        return rh_beam_spawn_answered(turn, in);
    default:
        return self->forwarding ? forward(turn, in) : RH_OK;
    }
}

enum rh_status rh_beam_puppet_receive(struct rh_context *ctx, void *state,
                                      const struct rh_delivery *in)
{
    (void)state;
    struct rh_beam_stage *stage = *(struct rh_beam_stage *const *)rh_config(ctx);
    struct rh_beam_turn turn = {stage, ctx, rh_beam_actor_of(stage, rh_self(ctx))};
    enum rh_status status = receive_for_op(&turn, in);
    return status == RH_OK ? forward_arm(&turn) : status;
}

/* ---- turns ---- */

enum rh_status rh_beam_puppet_init(struct rh_context *ctx, void *state,
                                   const struct rh_delivery *start)
{
    (void)state;
    struct rh_beam_stage *stage = *(struct rh_beam_stage *const *)rh_config(ctx);
    struct rh_beam_actor *self = rh_beam_actor_of(stage, rh_self(ctx));
    struct rh_text name;
    struct rh_reader reader;
    rh_reader_message(&reader, &start->message);
    if (self == NULL && rh_read_text(&reader, &name)) { /* spawned by another node */
        self = rh_beam_actor_get(stage, rh_beam_copy(&stage->arena, name.bytes, name.size));
        rh_beam_actor_born(self, rh_self(ctx), RH_BEAM_PUPPET);
        (void)rh_trap(ctx, self->traps_at_birth);
    }
    self->started = true;
    return RH_OK;
}

enum rh_status rh_beam_undefined_init(struct rh_context *ctx, void *state,
                                      const struct rh_delivery *start)
{
    (void)state;
    (void)start;
    return rh_exit(ctx, RH_ITEM(NULL, "error:undef"));
}

static enum rh_status act(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct rh_beam_turn *turn = argument;
    struct rh_beam_actor *self = turn->self;
    turn->ctx = ctx;
    if (self->must_stop) {
        struct rh_message reason = self->graceful_reason;
        self->graceful_reason = rh_message_none();
        self->must_stop = false;
        return rh_exit(ctx, reason);
    }
    const struct rh_beam_op *op = self->script[self->script_at++];
    if (rh_beam_op_waits(op->code)) {
        forward_disarm(turn);
    }
    self->op = op;
    enum rh_status status = rh_beam_do(turn, op);
    return status == RH_OK ? forward_arm(turn) : status;
}

/** The harness has no actor: its operations need no turn. */
static void harness_act(struct rh_beam_stage *stage)
{
    struct rh_beam_actor *harness = stage->actors[0];
    struct rh_beam_turn turn = {stage, NULL, harness};
    harness->op = harness->script[harness->script_at++];
    (void)rh_beam_do(&turn, harness->op);
}

void rh_beam_puppet_act(struct rh_beam_stage *stage, struct rh_beam_actor *actor)
{
    if (actor == stage->actors[0]) {
        harness_act(stage);
        return;
    }
    if (actor->role != RH_BEAM_PUPPET) {
        rh_beam_stage_break(stage,
                            rh_beam_join(&stage->arena, "'", actor->name,
                                         "' is no puppet and cannot be told to act", (char *)NULL));
        return;
    }
    struct rh_beam_turn turn = {stage, NULL, actor};
    enum rh_status status =
        rh_node_turn(rh_beam_node_of(stage, actor->pid), stage->now, actor->pid, act, &turn);
    RH_ASSERT(status == RH_OK);
}

static enum rh_status wake(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct rh_beam_turn *turn = argument;
    turn->ctx = ctx;
    (void)rh_beam_give_word(turn, "ok");
    return forward_arm(turn);
}

void rh_beam_puppet_wake(struct rh_beam_stage *stage, struct rh_beam_actor *actor)
{
    struct rh_beam_turn turn = {stage, NULL, actor};
    if (actor == stage->actors[0]) {
        rh_beam_finish(stage, actor, NULL);
        return;
    }
    enum rh_status status =
        rh_node_turn(rh_beam_node_of(stage, actor->pid), stage->now, actor->pid, wake, &turn);
    RH_ASSERT(status == RH_OK);
}
