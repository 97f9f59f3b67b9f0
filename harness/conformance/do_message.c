/* SPDX-License-Identifier: MIT */
/*
 * Sending and receiving. A flood is many sends, and each is an event of its own: the operation puts itself back into the
 * script until it has sent all its numbers.
 */
#include "harness/conformance/stage.h"
#include "harness/conformance/value.h"

static enum rh_status send_letter(struct rh_beam_turn *turn, const struct rh_beam_target *to,
                                  struct rh_message letter)
{
    switch (to->kind) {
    case RH_BEAM_TO_NAME:
        return to->node == NULL
                   ? rh_send_name(turn->ctx, to->word, letter)
                   : rh_send_name_at(turn->ctx, to->word,
                                     rh_beam_node_number(turn->stage, to->node), letter);
    case RH_BEAM_TO_REF:
        return rh_send_alias(turn->ctx, rh_beam_ref(turn->stage, to->word), letter);
    case RH_BEAM_TO_NEW_REF:
        return rh_send_alias(turn->ctx, (struct rh_ref){turn->self->pid, UINT64_MAX}, letter);
    default:
        return rh_send(turn->ctx, rh_beam_pid(turn, to->word), letter);
    }
}

static enum rh_status send(struct rh_beam_turn *turn, const struct rh_beam_op *op)
{
    enum rh_status status = send_letter(turn, &op->to, rh_beam_letter(turn->self, op->msg));
    if (status == RH_NOT_FOUND && op->to.kind == RH_BEAM_TO_NAME) {
        return rh_beam_raise(turn, "error", "badarg");
    }
    return status == RH_OK ? rh_beam_give_word(turn, "ok") : rh_beam_refused(turn, status);
}

static enum rh_status flood(struct rh_beam_turn *turn, const struct rh_beam_op *op)
{
    struct rh_beam_actor *self = turn->self;
    if (self->progress == op->count) {
        self->progress = 0;
        return rh_beam_give_word(turn, "ok");
    }
    struct rh_message letter = RH_ARRAY(NULL, self->name, self->progress + 1);
    enum rh_status status = send_letter(turn, &op->to, letter);
    if (status != RH_OK) {
        return rh_beam_refused(turn, status);
    }
    self->progress++;
    if (self->progress < op->count) {
        self->script_at--;
        return RH_OK;
    }
    self->progress = 0;
    return rh_beam_give_word(turn, "ok");
}

static rh_duration timeout_of(const struct rh_beam_op *op)
{
    return op->timeout_ms < 0 ? RH_NEVER : (rh_duration)op->timeout_ms * RH_MILLISECOND;
}

static enum rh_status recv(struct rh_beam_turn *turn, const struct rh_beam_op *op)
{
    const struct rh_receive want = {.timeout = timeout_of(op)};
    turn->self->wait = RH_BEAM_WAIT_MAIL;
    return rh_receive(turn->ctx, &want);
}

/** Wait for the next number of one sender; called again after each. */
static enum rh_status recv_fifo(struct rh_beam_turn *turn, const struct rh_beam_op *op)
{
    struct rh_beam_actor *self = turn->self;
    if (self->wait != RH_BEAM_WAIT_NUMBERS) {
        self->progress = 0;
    }
    if (op->count == 0) {
        return rh_beam_give_bool(turn, true);
    }
    struct rh_message pattern = RH_ARRAY(NULL, op->from, RH_ANY);
    const struct rh_receive want = {
        .patterns = &pattern, .pattern_count = 1, .timeout = timeout_of(op)};
    self->wait = RH_BEAM_WAIT_NUMBERS;
    enum rh_status status = rh_receive(turn->ctx, &want);
    rh_message_unref(pattern);
    return status;
}

static enum rh_status forward(struct rh_beam_turn *turn, const struct rh_beam_op *op)
{
    turn->self->forward_to = op->to.word;
    return rh_beam_give_word(turn, "ok");
}

enum rh_status rh_beam_do_message(struct rh_beam_turn *turn, const struct rh_beam_op *op)
{
    switch (op->code) {
    case RH_BEAM_OP_send:
        return send(turn, op);
    case RH_BEAM_OP_flood:
        return flood(turn, op);
    case RH_BEAM_OP_recv:
        return recv(turn, op);
    case RH_BEAM_OP_recv_fifo:
        return recv_fifo(turn, op);
    case RH_BEAM_OP_forward:
        return forward(turn, op);
    default:
        return RH_NOT_FOUND;
    }
}
