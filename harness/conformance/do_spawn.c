/* SPDX-License-Identifier: MIT */
/*
 * Spawning puppets. What a child shall do at once (`run`) is put into its script before it exists to the node, so that
 * it begins as soon as its first turn is over, while its parent goes on.
 */
#include "harness/conformance/stage.h"

#include <string.h>

static struct rh_beam_actor *child_of(struct rh_beam_turn *turn, const struct rh_beam_op *op)
{
    struct rh_beam_actor *child = rh_beam_actor_get(turn->stage, op->actor);
    if (child->spawned) {
        rh_beam_stage_break(turn->stage, rh_beam_join(&turn->stage->arena, "the actor '", op->actor,
                                                      "' is spawned twice", (char *)NULL));
    }
    child->ghost = op->ghost;
    return child;
}

static struct rh_spawn_options options_of(const struct rh_beam_op *op)
{
    struct rh_spawn_options options = {.mailbox = true, .trap = op->trap, .link = op->link};
    bool wanted =
        op->monitor != NULL && (op->monitor->kind == RH_BEAM_JSON_STRING || op->monitor->boolean);
    options.monitor = wanted;
    options.alias = wanted ? (uint8_t)op->alias_mode : (uint8_t)RH_ALIAS_NONE;
    return options;
}

static const struct rh_behaviour *behaviour_of(struct rh_beam_turn *turn,
                                               const struct rh_beam_op *op)
{
    return op->entry != NULL ? &turn->stage->undefined : &turn->stage->puppet;
}

static void load_run(struct rh_beam_turn *turn, const struct rh_beam_op *op)
{
    for (size_t i = 0; i < op->op_count; i++) {
        rh_beam_stage_load(turn->stage, op->ops[i]);
    }
}

static bool is_elsewhere(struct rh_beam_turn *turn, const struct rh_beam_op *op)
{
    return op->node != NULL && rh_beam_node_number(turn->stage, op->node) != turn->self->pid.node;
}

static enum rh_status spawn_by_harness(struct rh_beam_turn *turn, const struct rh_beam_op *op)
{
    struct rh_beam_actor *child = child_of(turn, op);
    struct rh_spawn_options options = options_of(op);
    struct rh_pid pid;
    uint32_t number = op->node == NULL ? 1 : rh_beam_node_number(turn->stage, op->node);
    struct rh_node *node = number == 0 ? NULL : rh_beam_running_node(turn->stage, number - 1);
    if (node == NULL) {
        rh_beam_stage_break(turn->stage, "an actor is spawned on a node that is down");
        return RH_OK;
    }
    enum rh_status status =
        rh_node_spawn(node, turn->stage->now, behaviour_of(turn, op), &options, &pid);
    if (status != RH_OK) {
        return rh_beam_refused(turn, status);
    }
    rh_beam_actor_born(child, pid, RH_BEAM_PUPPET);
    load_run(turn, op);
    return rh_beam_give_word(turn, child->name);
}

static enum rh_status spawn(struct rh_beam_turn *turn, const struct rh_beam_op *op)
{
    struct rh_beam_actor *child = child_of(turn, op);
    struct rh_spawn_options options = options_of(op);
    struct rh_pid pid;
    struct rh_ref monitor;
    if (is_elsewhere(turn, op)) {
        load_run(turn, op);
        return rh_beam_spawn_at(turn, op, child, &options, behaviour_of(turn, op)->name);
    }
    enum rh_status status = rh_spawn(turn->ctx, behaviour_of(turn, op), &options, &pid, &monitor);
    if (status != RH_OK) {
        return rh_beam_refused(turn, status);
    }
    rh_beam_actor_born(child, pid, RH_BEAM_PUPPET);
    if (options.monitor) {
        rh_beam_bind(turn->stage, op->monitor->string, monitor)->tag = op->tag;
    }
    load_run(turn, op);
    return rh_beam_give_word(turn, child->name);
}

/** The child of a request has no pid that its parent knows yet: it is the youngest actor that is not ours. */
struct search {
    struct rh_beam_stage *stage;
    struct rh_pid found;
};

static bool find_stranger(void *self, const struct rh_actor_view *view)
{
    struct search *search = self;
    if (rh_beam_actor_of(search->stage, view->pid) == NULL) {
        search->found = view->pid;
    }
    return true;
}

static enum rh_status spawn_request(struct rh_beam_turn *turn, const struct rh_beam_op *op)
{
    struct rh_beam_actor *child = child_of(turn, op);
    struct rh_spawn_options options = options_of(op);
    struct rh_ref request;
    if (is_elsewhere(turn, op)) {
        load_run(turn, op);
        return rh_beam_spawn_at(turn, op, child, &options, behaviour_of(turn, op)->name);
    }
    enum rh_status status = rh_spawn_request(turn->ctx, behaviour_of(turn, op), &options, &request);
    if (status != RH_OK) {
        return rh_beam_refused(turn, status);
    }
    struct search search = {.stage = turn->stage, .found = rh_pid_none()};
    rh_inspect_each_actor(rh_beam_node_of(turn->stage, turn->self->pid), find_stranger, &search);
    rh_beam_actor_born(child, search.found, RH_BEAM_PUPPET);
    struct rh_beam_binding *binding = rh_beam_bind(turn->stage, op->ref, request);
    binding->tag = op->tag;
    binding->monitor_name = options.monitor ? op->monitor->string : NULL;
    load_run(turn, op);
    return rh_beam_give_word(turn, op->ref);
}

enum rh_status rh_beam_do_spawn(struct rh_beam_turn *turn, const struct rh_beam_op *op)
{
    if (op->code == RH_BEAM_OP_spawn_request) {
        return spawn_request(turn, op);
    }
    if (op->code != RH_BEAM_OP_spawn) {
        return RH_NOT_FOUND;
    }
    return turn->ctx == NULL ? spawn_by_harness(turn, op) : spawn(turn, op);
}
