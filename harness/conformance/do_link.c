/* SPDX-License-Identifier: MIT */
/* Links, monitors and aliases. */
#include "harness/conformance/stage.h"

#include <rehearse/remote.h>

static enum rh_status link_with(struct rh_beam_turn *turn, const struct rh_beam_op *op)
{
    enum rh_status status = rh_link(turn->ctx, rh_beam_pid(turn, op->to.word));
    if (status == RH_NOPROC) {
        return rh_beam_raise(turn, "error", "noproc");
    }
    return status == RH_OK ? rh_beam_give_bool(turn, true) : rh_beam_refused(turn, status);
}

static enum rh_status unlink_from(struct rh_beam_turn *turn, const struct rh_beam_op *op)
{
    enum rh_status status = rh_unlink(turn->ctx, rh_beam_pid(turn, op->to.word), 0);
    return status == RH_OK || status == RH_NOT_FOUND ? rh_beam_give_bool(turn, true)
                                                     : rh_beam_refused(turn, status);
}

static enum rh_status monitor(struct rh_beam_turn *turn, const struct rh_beam_op *op)
{
    enum rh_alias_mode mode = (enum rh_alias_mode)op->alias_mode;
    bool by_name = op->to.kind == RH_BEAM_TO_NAME;
    struct rh_ref ref;
    uint32_t node =
        by_name && op->to.node != NULL ? rh_beam_node_number(turn->stage, op->to.node) : 0;
    enum rh_status status = node != 0 && node != turn->self->pid.node
                                ? rh_monitor_name_at(turn->ctx, op->to.word, node, mode, &ref)
                            : by_name
                                ? rh_monitor_name(turn->ctx, op->to.word, mode, &ref)
                                : rh_monitor(turn->ctx, rh_beam_pid(turn, op->to.word), mode, &ref);
    if (status != RH_OK) {
        return rh_beam_refused(turn, status);
    }
    const char *name = op->ref == NULL ? "ref" : op->ref;
    struct rh_beam_binding *binding = rh_beam_bind(turn->stage, name, ref);
    binding->by_name = by_name ? op->to.word : NULL;
    binding->by_node = by_name ? op->to.node : NULL;
    binding->tag = op->tag;
    return rh_beam_give_word(turn, name);
}

/** As demonitor/2: with info it says whether the monitor was there, without it is always true. */
static enum rh_status demonitor(struct rh_beam_turn *turn, const struct rh_beam_op *op)
{
    struct rh_ref ref = rh_beam_ref(turn->stage, op->ref);
    enum rh_status status = rh_demonitor(turn->ctx, ref, op->flush ? RH_FLUSH : 0);
    if (status != RH_OK && status != RH_NOT_FOUND) {
        return rh_beam_refused(turn, status);
    }
    return rh_beam_give_bool(turn, !op->info || status == RH_OK);
}

static enum rh_status alias(struct rh_beam_turn *turn, const struct rh_beam_op *op)
{
    struct rh_ref ref;
    enum rh_status status = rh_alias_open(turn->ctx, (enum rh_alias_mode)op->alias_mode, &ref);
    if (status != RH_OK) {
        return rh_beam_refused(turn, status);
    }
    const char *name = op->ref == NULL ? "ref" : op->ref;
    (void)rh_beam_bind(turn->stage, name, ref);
    return rh_beam_give_word(turn, name);
}

enum rh_status rh_beam_do_link(struct rh_beam_turn *turn, const struct rh_beam_op *op)
{
    switch (op->code) {
    case RH_BEAM_OP_link:
        return link_with(turn, op);
    case RH_BEAM_OP_unlink:
        return unlink_from(turn, op);
    case RH_BEAM_OP_monitor:
        return monitor(turn, op);
    case RH_BEAM_OP_demonitor:
        return demonitor(turn, op);
    case RH_BEAM_OP_alias:
        return alias(turn, op);
    case RH_BEAM_OP_unalias:
        return rh_beam_give_bool(
            turn, rh_alias_close(turn->ctx, rh_beam_ref(turn->stage, op->ref)) == RH_OK);
    default:
        return RH_NOT_FOUND;
    }
}
