/* SPDX-License-Identifier: MIT */
/* Operations about life, death and time: exits of all sorts, trapping, waiting, asking who is alive. */
#include "harness/conformance/stage.h"
#include "harness/conformance/value.h"

#include <string.h>

static const char *bare_reason(struct rh_beam_turn *turn, const struct rh_beam_op *op,
                               const char *otherwise)
{
    struct rh_beam_arena *arena = &turn->stage->arena;
    return op->reason == NULL ? otherwise
                              : rh_beam_bare(arena, rh_beam_json_text(arena, op->reason));
}

/** End with a reason that is a word with a prefix, such as error:X. */
static enum rh_status exit_word(struct rh_beam_turn *turn, const char *prefix, const char *what)
{
    const char *word = rh_beam_join(&turn->stage->arena, prefix, what, (char *)NULL);
    return rh_exit(turn->ctx, RH_ITEM(NULL, word));
}

static enum rh_status exit_after(struct rh_beam_turn *turn, const struct rh_beam_op *op)
{
    struct rh_pid to = rh_beam_pid(turn, op->cleanup_msg_to);
    enum rh_status status = rh_send(turn->ctx, to, RH_ARRAY(NULL, turn->self->name, "cleanup"));
    return status == RH_OK ? rh_exit(turn->ctx, rh_beam_message(op->reason))
                           : rh_beam_refused(turn, status);
}

static enum rh_status exit_signal(struct rh_beam_turn *turn, const struct rh_beam_op *op)
{
    enum rh_status status =
        rh_exit_signal(turn->ctx, rh_beam_pid(turn, op->to.word), rh_beam_message(op->reason));
    if (status == RH_EXITED) {
        return status;
    }
    return status == RH_OK ? rh_beam_give_bool(turn, true) : rh_beam_refused(turn, status);
}

static enum rh_status wait_until(struct rh_beam_turn *turn, enum rh_beam_wait wait, int64_t ms)
{
    turn->self->wait = wait;
    turn->self->alarm = turn->stage->now + (rh_duration)ms * RH_MILLISECOND;
    return RH_OK;
}

static enum rh_status catch_exit(struct rh_beam_turn *turn, const struct rh_beam_op *op)
{
    return rh_beam_give_word(turn, rh_beam_join(&turn->stage->arena, "caught:",
                                                bare_reason(turn, op, "undefined"), (char *)NULL));
}

/** alive and info: the answer is formed where the question arrives, behind everything sent before it. */
static enum rh_status ask(struct rh_beam_turn *turn, const struct rh_beam_op *op)
{
    struct rh_beam_actor *self = turn->self;
    struct rh_pid target = rh_beam_pid(turn, op->to.word);
    if (op->code == RH_BEAM_OP_info && rh_pid_equal(target, self->pid)) {
        return rh_beam_give(turn, rh_beam_info(turn->stage, target, op->item));
    }
    enum rh_status status = rh_ask_alive(turn->ctx, target, &self->question);
    if (status != RH_OK) {
        return rh_beam_refused(turn, status);
    }
    const struct rh_receive want = {.refs = &self->question, .ref_count = 1, .timeout = RH_NEVER};
    self->wait = RH_BEAM_WAIT_LIVENESS;
    self->item = op->code == RH_BEAM_OP_info ? op->item : NULL;
    return rh_receive(turn->ctx, &want);
}

enum rh_status rh_beam_do_life(struct rh_beam_turn *turn, const struct rh_beam_op *op)
{
    switch (op->code) {
    case RH_BEAM_OP_trap:
        return rh_beam_give_bool(turn, rh_trap(turn->ctx, op->value));
    case RH_BEAM_OP_exit:
        return rh_exit(turn->ctx, rh_beam_message(op->reason));
    case RH_BEAM_OP_return:
        return RH_DONE;
    case RH_BEAM_OP_error:
        return exit_word(turn, "error:", bare_reason(turn, op, "error"));
    case RH_BEAM_OP_throw:
        return exit_word(turn, "error:nocatch:", bare_reason(turn, op, "throw"));
    case RH_BEAM_OP_exit2:
        return exit_signal(turn, op);
    case RH_BEAM_OP_catch_exit:
        return catch_exit(turn, op);
    case RH_BEAM_OP_exit_after:
        return exit_after(turn, op);
    case RH_BEAM_OP_try_forever:
    case RH_BEAM_OP_after_forever:
        turn->self->wait = RH_BEAM_WAIT_FOR_EVER;
        return RH_OK;
    case RH_BEAM_OP_sleep:
    case RH_BEAM_OP_busy:
    case RH_BEAM_OP_recv_after:
    case RH_BEAM_OP_wait:
        return wait_until(turn, RH_BEAM_WAIT_TIME, op->ms);
    case RH_BEAM_OP_settle:
        return rh_beam_give(turn, NULL);
    case RH_BEAM_OP_alive:
    case RH_BEAM_OP_info:
        return ask(turn, op);
    default:
        return RH_NOT_FOUND;
    }
}
