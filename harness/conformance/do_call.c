/* SPDX-License-Identifier: MIT */
/*
 * The client's side of servers and supervisors: starting them, calling them. A puppet that calls waits for exactly the
 * answer; its mailbox is left alone meanwhile.
 */
#include "harness/conformance/stage.h"
#include "harness/conformance/value.h"

#include <string.h>

enum rh_status rh_beam_start(struct rh_beam_turn *turn, const struct rh_beam_op *op,
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

/* ---- the client's side ---- */

enum rh_status rh_beam_call_opened(struct rh_beam_turn *turn, enum rh_status status)
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
        return rh_beam_call_opened(turn,
                                   rh_call_name(turn->ctx, op->to.word, request, timeout, open));
    }
    return rh_beam_call_opened(
        turn, rh_call(turn->ctx, rh_beam_pid(turn, op->to.word), request, timeout, open));
}

/* ---- outcomes ---- */

const char *rh_beam_item_json(struct rh_beam_turn *turn, struct rh_item item)
{
    struct rh_beam_text text = {.arena = &turn->stage->arena};
    if (item.size == 0) {
        return "null";
    }
    rh_beam_put_item(&text, item, rh_beam_stage_name, turn->stage);
    return rh_beam_text_end(&text);
}

static enum rh_status call_ended(struct rh_beam_turn *turn, const struct rh_outcome *outcome)
{
    const struct rh_beam_op *op = turn->self->op;
    struct rh_beam_arena *arena = &turn->stage->arena;
    if (outcome->kind == RH_OUTCOME_TIMEOUT) {
        return rh_beam_raise(turn, "exit", "call:timeout");
    }
    const char *json = rh_beam_item_json(turn, rh_message_item(outcome->message));
    if (outcome->kind == RH_OUTCOME_DOWN && strcmp(json, "\"noconnection\"") == 0) {
        uint32_t node = op->to.kind == RH_BEAM_TO_NAME && op->to.node != NULL
                            ? rh_beam_node_number(turn->stage, op->to.node)
                            : rh_beam_pid(turn, op->to.word).node;
        return rh_beam_raise(turn, "exit",
                             rh_beam_join(arena, "call:[\"nodedown\",\"",
                                          rh_beam_node_name(turn->stage, node), "\"]",
                                          (char *)NULL));
    }
    if (outcome->kind == RH_OUTCOME_DOWN) {
        return rh_beam_raise(turn, "exit",
                             rh_beam_join(arena, "call:", rh_beam_bare(arena, json), (char *)NULL));
    }
    bool counts = op->function != NULL && strcmp(op->function, "count_children") == 0;
    bool which = op->code == RH_BEAM_OP_which ||
                 (op->function != NULL && strcmp(op->function, "which_children") == 0);
    return rh_beam_give(turn, which    ? rh_beam_which_json(turn, outcome->message)
                              : counts ? rh_beam_counts_json(turn, outcome->message)
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
    /* Nobody was told the pid of what did not start. */
    rh_beam_actor_get(turn->stage, op->actor)->ghost = true;
    if (opts.init != NULL && opts.init->kind != RH_BEAM_JSON_ARRAY) {
        return rh_beam_give_word(turn, "ignore");
    }
    return rh_beam_give(turn,
                        rh_beam_join(arena, "[\"error\",",
                                     rh_beam_item_json(turn, rh_message_item(outcome->message)),
                                     "]", (char *)NULL));
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
        return rh_beam_gs_start(turn, op);
    case RH_BEAM_OP_sup_start:
        return rh_beam_sup_start(turn, op);
    case RH_BEAM_OP_call:
        return call(turn, op);
    case RH_BEAM_OP_sup_op:
        return rh_beam_sup_call(turn, op, op->function);
    case RH_BEAM_OP_which:
        return rh_beam_sup_call(turn, op, "which_children");
    default:
        return RH_NOT_FOUND;
    }
}
