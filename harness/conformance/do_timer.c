/* SPDX-License-Identifier: MIT */
/* Timers. A number of milliseconds in a result is shown as "int": no outcome depends on how many. */
#include "harness/conformance/stage.h"

static enum rh_status start(struct rh_beam_turn *turn, const struct rh_beam_op *op)
{
    bool as_message = op->code == RH_BEAM_OP_send_after;
    bool by_name = op->to.kind == RH_BEAM_TO_NAME;
    rh_duration delay = (rh_duration)op->ms * RH_MILLISECOND;
    struct rh_message letter = rh_beam_letter(turn->self, op->msg);
    struct rh_ref ref;
    enum rh_status status;
    if (by_name) {
        status = (as_message ? rh_send_after_name : rh_timer_start_name)(turn->ctx, delay,
                                                                         op->to.word, letter, &ref);
    } else {
        struct rh_pid to = rh_beam_pid(turn, op->to.word);
        status = (as_message ? rh_send_after : rh_timer_start)(turn->ctx, delay, to, letter, &ref);
    }
    if (status != RH_OK) {
        return rh_beam_refused(turn, status);
    }
    const char *name = op->ref == NULL ? "ref" : op->ref;
    (void)rh_beam_bind(turn->stage, name, ref);
    return rh_beam_give_word(turn, name);
}

static enum rh_status give_left(struct rh_beam_turn *turn, enum rh_status status)
{
    if (status == RH_NOT_FOUND) {
        return rh_beam_give_bool(turn, false);
    }
    return status == RH_OK ? rh_beam_give_word(turn, "int") : rh_beam_refused(turn, status);
}

enum rh_status rh_beam_do_timer(struct rh_beam_turn *turn, const struct rh_beam_op *op)
{
    rh_duration left = 0;
    switch (op->code) {
    case RH_BEAM_OP_send_after:
    case RH_BEAM_OP_start_timer:
        return start(turn, op);
    case RH_BEAM_OP_cancel_timer:
        return give_left(turn,
                         rh_timer_cancel(turn->ctx, rh_beam_ref(turn->stage, op->ref), &left));
    case RH_BEAM_OP_read_timer:
        return give_left(turn, rh_timer_read(turn->ctx, rh_beam_ref(turn->stage, op->ref), &left));
    default:
        return RH_NOT_FOUND;
    }
}
