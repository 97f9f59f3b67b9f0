/* SPDX-License-Identifier: MIT */
/* Registered names. */
#include "harness/conformance/stage.h"

static enum rh_status give_or_badarg(struct rh_beam_turn *turn, enum rh_status status)
{
    switch (status) {
    case RH_OK:
        return rh_beam_give_bool(turn, true);
    case RH_TAKEN:
    case RH_ALREADY:
    case RH_NOPROC:
    case RH_INVALID:
    case RH_NOT_FOUND:
        return rh_beam_raise(turn, "error", "badarg");
    default:
        return rh_beam_refused(turn, status);
    }
}

enum rh_status rh_beam_do_name(struct rh_beam_turn *turn, const struct rh_beam_op *op)
{
    struct rh_pid owner = rh_pid_none();
    switch (op->code) {
    case RH_BEAM_OP_register:
        return give_or_badarg(turn,
                              rh_register(turn->ctx, op->name, rh_beam_pid(turn, op->to.word)));
    case RH_BEAM_OP_unregister:
        return give_or_badarg(turn, rh_unregister(turn->ctx, op->name));
    case RH_BEAM_OP_whereis:
        if (op->node != NULL) { /* a call of the harness to that node */
            uint32_t node = rh_beam_node_number(turn->stage, op->node);
            struct rh_node *there = node == 0 ? NULL : rh_beam_running_node(turn->stage, node - 1);
            bool found = there != NULL && rh_inspect_whereis(there, op->name, &owner);
            return rh_beam_give_word(turn,
                                     found ? rh_beam_stage_name(turn->stage, owner) : "undefined");
        }
        return rh_beam_give_word(turn, rh_whereis(turn->ctx, op->name, &owner) == RH_OK
                                           ? rh_beam_stage_name(turn->stage, owner)
                                           : "undefined");
    default:
        return RH_NOT_FOUND;
    }
}
