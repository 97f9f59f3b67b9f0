/* SPDX-License-Identifier: MIT */
/*
 * Cases with several nodes. They live in a world, which is here only their driver: its pipes carry what they write. What
 * happens between nodes is no choice: as soon as a signal can depart it does, and its frame arrives at once; which signal
 * is delivered when, on every node, remains chosen as on one node. All nodes that a case names exist from the start, know
 * each other and are not connected; to start one is to let it be up.
 *
 * A node that freezes does so until the others have given it up, and is then gone, as a stopped emulator is to a BEAM.
 */
#include "harness/conformance/stage.h"

#include <rehearse/remote.h>

#include <string.h>

#define HEARTBEAT (2 * RH_SECOND)
#define DEADLINE (8 * RH_SECOND)
#define QUIET_EVENTS_MAX 1000000u

/* ---- nodes and their names ---- */

static void add_name(struct rh_beam_stage *stage, const char *name)
{
    for (uint32_t i = 0; name != NULL && i < stage->node_count; i++) {
        if (strcmp(stage->node_names[i], name) == 0) {
            return;
        }
    }
    if (name != NULL && stage->node_count == RH_BEAM_NODES_MAX) {
        rh_beam_stage_break(stage, "a case has at most eight nodes");
    } else if (name != NULL) {
        stage->node_names[stage->node_count++] = name;
    }
}

static void add_names(struct rh_beam_stage *stage, struct rh_beam_op *const *ops, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        add_name(stage, ops[i]->node);
        add_name(stage, ops[i]->to.kind == RH_BEAM_TO_NAME ? ops[i]->to.node : NULL);
        stage->ticks = stage->ticks || ops[i]->code == RH_BEAM_OP_node_freeze;
        add_names(stage, ops[i]->ops, ops[i]->op_count);
    }
}

static void on_record(void *self, const struct rh_record *record)
{
    if (record->kind == RH_RECORD_EVENT) {
        rh_beam_stage_observe(self, record->event);
    }
}

static const struct rh_behaviour *find_behaviour(void *self, const char *name)
{
    const struct rh_beam_stage *stage = self;
    return strcmp(name, stage->puppet.name) == 0      ? &stage->puppet
           : strcmp(name, stage->undefined.name) == 0 ? &stage->undefined
                                                      : NULL;
}

static enum rh_status join(struct rh_beam_stage *stage, uint32_t index)
{
    const struct rh_world_network network = {.heartbeat = stage->ticks ? HEARTBEAT : 0,
                                             .deadline = stage->ticks ? DEADLINE : 0};
    return rh_world_join(stage->world, index, stage->now, &network);
}

static enum rh_status create(struct rh_beam_stage *stage)
{
    const struct rh_world_options options = {
        .strategy = stage->strategy, .find_behaviour = find_behaviour, .boot_self = stage};
    const struct rh_listener listener = {RH_LISTEN_ALL, on_record, stage};
    enum rh_status status = rh_world_create(&options, &stage->world);
    if (status == RH_OK) {
        status = rh_world_listen(stage->world, &listener);
    }
    uint32_t unused = 0;
    for (uint32_t i = 0; i < stage->node_count && status == RH_OK; i++) {
        status = rh_world_add_node(stage->world, stage->node_names[i], &unused);
    }
    for (uint32_t i = 0; i < stage->node_count && status == RH_OK; i++) {
        status = join(stage, i);
    }
    return status;
}

void rh_beam_cluster_init(struct rh_beam_stage *stage, const struct rh_beam_case *subject)
{
    if (!subject->needs_nodes) {
        return;
    }
    add_name(stage, "n0");
    add_names(stage, subject->steps, subject->step_count);
    rh_node_destroy(stage->node);
    stage->node = NULL;
    stage->puppet.mailbox = true;
    if (create(stage) != RH_OK) {
        rh_beam_stage_break(stage, "the nodes could not be created");
        return;
    }
    stage->node = rh_world_node(stage->world, 0);
    rh_beam_cluster_settle(stage);
}

struct rh_node *rh_beam_node_of(const struct rh_beam_stage *stage, struct rh_pid pid)
{
    return stage->world == NULL ? stage->node : rh_world_node_of(stage->world, pid);
}

uint32_t rh_beam_node_number(struct rh_beam_stage *stage, const char *name)
{
    for (uint32_t i = 0; i < stage->node_count; i++) {
        if (strcmp(stage->node_names[i], name) == 0) {
            return i + 1;
        }
    }
    if (strcmp(name, "n0") == 0) {
        return 1;
    }
    rh_beam_stage_break(stage,
                        rh_beam_join(&stage->arena, "there is no node '", name, "'", (char *)NULL));
    return 0;
}

const char *rh_beam_node_name(const struct rh_beam_stage *stage, uint32_t number)
{
    return number == 0 || number > stage->node_count ? "n0" : stage->node_names[number - 1];
}

struct rh_node *rh_beam_running_node(const struct rh_beam_stage *stage, uint32_t index)
{
    if (stage->world == NULL) {
        return index == 0 ? stage->node : NULL;
    }
    bool runs = index < stage->node_count && !stage->is_frozen[index] &&
                rh_world_node_is_up(stage->world, index);
    return runs ? rh_world_node(stage->world, index) : NULL;
}

/* ---- what is no choice ---- */

struct quiet {
    struct rh_beam_stage *stage;
    uint32_t number;
    struct rh_pending found;
    bool is_found;
};

/* Turns of nobody whom the case knows, and signals that leave their node. */
static bool is_quiet(void *self, const struct rh_pending *pending)
{
    struct quiet *quiet = self;
    const struct rh_beam_actor *actor = rh_beam_actor_of(quiet->stage, pending->actor);
    bool is_ours = actor != NULL && pending->actor.node == quiet->number;
    bool is_birth = pending->signal == RH_SIGNAL_START;
    bool is_name = pending->name != NULL || pending->kind == RH_PENDING_TIMER;
    if (!is_ours &&
        (!is_name || rh_world_is_network(quiet->stage->world, pending->actor) || is_birth)) {
        quiet->found = *pending;
        quiet->is_found = true;
    }
    return !quiet->is_found;
}

static bool settle_one(struct rh_beam_stage *stage)
{
    if (rh_world_set_up_pipes(stage->world, stage->now)) {
        return true;
    }
    for (uint32_t i = 0; i < stage->node_count; i++) {
        struct rh_node *node = rh_beam_running_node(stage, i);
        struct quiet quiet = {.stage = stage, .number = i + 1};
        if (node != NULL) {
            rh_node_each_pending(node, stage->now, is_quiet, &quiet);
        }
        if (quiet.is_found) {
            rh_node_execute(node, stage->now, &quiet.found);
            return true;
        }
    }
    return false;
}

void rh_beam_cluster_settle(struct rh_beam_stage *stage)
{
    uint32_t events = 0;
    if (stage->world == NULL) {
        return;
    }
    if (stage->halting != 0) {
        rh_world_kill_node(stage->world, stage->halting - 1, 0, 0);
        stage->halting = 0;
    }
    while (stage->broken == NULL && settle_one(stage)) {
        if (++events > QUIET_EVENTS_MAX) {
            rh_beam_stage_break(stage, "what happens between nodes does not end");
        }
    }
}

/* ---- operations of the harness ---- */

static void restart(struct rh_beam_stage *stage, uint32_t index)
{
    enum rh_status status = rh_world_restart_node(stage->world, index);
    if (status == RH_OK) {
        status = join(stage, index);
    }
    if (status != RH_OK && status != RH_ALREADY) {
        rh_beam_stage_break(stage, "a node could not be started");
    }
    stage->node = rh_world_node(stage->world, 0);
}

/* A node that starts connects to all others, as BEAMs do. */
static void start(struct rh_beam_stage *stage, uint32_t index)
{
    restart(stage, index);
    rh_beam_cluster_settle(stage);
    stage->is_started[0] = true;
    stage->is_started[index] = true;
    for (uint32_t i = 0; i < stage->node_count; i++) {
        if (i != index && stage->is_started[i] && rh_beam_running_node(stage, i) != NULL &&
            rh_world_dial(stage->world, i, index) != RH_OK) {
            rh_beam_stage_break(stage, "a node could not be connected");
        }
        rh_beam_cluster_settle(stage);
    }
}

static rh_instant next_due(const struct rh_beam_stage *stage)
{
    rh_instant due = RH_NEVER;
    for (uint32_t i = 0; i < stage->node_count; i++) {
        struct rh_node *node = rh_beam_running_node(stage, i);
        rh_instant of_node = node == NULL ? RH_NEVER : rh_node_next_due(node);
        due = of_node < due ? of_node : due;
    }
    return due;
}

static void freeze(struct rh_beam_stage *stage, uint32_t index)
{
    rh_instant until = stage->now + DEADLINE + 2 * HEARTBEAT;
    rh_world_freeze_node(stage->world, index, RH_NEVER);
    stage->is_frozen[index] = true;
    while (stage->broken == NULL && next_due(stage) <= until) {
        rh_instant due = next_due(stage);
        stage->now = due > stage->now ? due : stage->now;
        rh_beam_cluster_settle(stage);
        if (next_due(stage) <= stage->now) {
            break; /* what is due now is a choice */
        }
    }
    rh_world_kill_node(stage->world, index, 9, 0);
    stage->is_frozen[index] = false;
}

static enum rh_status done(struct rh_beam_turn *turn, enum rh_status status)
{
    return status == RH_OK ? rh_beam_give(turn, NULL) : rh_beam_refused(turn, status);
}

static enum rh_status disconnect(struct rh_beam_turn *turn, uint32_t number)
{
    if (turn->ctx == NULL) {
        return done(turn, rh_world_hang_up(turn->stage->world, 0, number - 1));
    }
    return rh_beam_give_bool(turn, rh_disconnect(turn->ctx, number) == RH_OK);
}

/* ---- being told of nodes ---- */

static void watch_keep(struct rh_beam_turn *turn, uint32_t node, struct rh_ref ref)
{
    struct rh_beam_stage *stage = turn->stage;
    if (stage->watch_count == stage->watch_capacity) {
        stage->watches = rh_beam_grow(&stage->arena, stage->watches, &stage->watch_capacity,
                                      sizeof *stage->watches);
    }
    stage->watches[stage->watch_count++] = (struct rh_beam_node_watch){turn->self->name, node, ref};
}

static void watch_drop(struct rh_beam_turn *turn, uint32_t node)
{
    struct rh_beam_stage *stage = turn->stage;
    for (size_t i = stage->watch_count; i > 0; i--) {
        struct rh_beam_node_watch *watch = &stage->watches[i - 1];
        if (watch->node == node && strcmp(watch->actor, turn->self->name) == 0) {
            (void)rh_demonitor(turn->ctx, watch->ref, 0);
            *watch = stage->watches[--stage->watch_count];
            return;
        }
    }
}

static enum rh_status watch(struct rh_beam_turn *turn, const struct rh_beam_op *op, uint32_t node)
{
    struct rh_ref ref;
    bool is_all = node == 0;
    enum rh_status status = RH_OK;
    if (!op->value) {
        watch_drop(turn, node);
    } else if (is_all || node != turn->self->pid.node) {
        status =
            is_all ? rh_monitor_nodes(turn->ctx, &ref) : rh_monitor_node(turn->ctx, node, &ref);
        if (status != RH_OK) {
            return rh_beam_refused(turn, status);
        }
        watch_keep(turn, node, ref);
    }
    return is_all ? rh_beam_give_word(turn, "ok") : rh_beam_give_bool(turn, true);
}

static enum rh_status halt(struct rh_beam_turn *turn, uint32_t number)
{
    if (turn->ctx == NULL) {
        rh_world_kill_node(turn->stage->world, number - 1, 0, 0);
        return rh_beam_give(turn, NULL);
    }
    turn->stage->halting = number; /* not while one of its actors has its turn */
    return rh_beam_give_bool(turn, true);
}

enum rh_status rh_beam_do_node(struct rh_beam_turn *turn, const struct rh_beam_op *op)
{
    struct rh_beam_stage *stage = turn->stage;
    if (op->code < RH_BEAM_OP_node_start) {
        return RH_NOT_FOUND;
    }
    if (stage->world == NULL) {
        rh_beam_stage_break(stage, "this case has no second node");
        return rh_beam_give(turn, NULL);
    }
    bool is_all = op->code == RH_BEAM_OP_monitor_nodes;
    uint32_t number = is_all             ? 0
                      : op->node == NULL ? turn->self->pid.node
                                         : rh_beam_node_number(stage, op->node);
    if (number == 0 && !is_all) {
        return rh_beam_give(turn, NULL);
    }
    switch (op->code) {
    case RH_BEAM_OP_node_kill:
    case RH_BEAM_OP_node_halt:
        return halt(turn, number);
    case RH_BEAM_OP_node_freeze:
        freeze(stage, number - 1);
        break;
    case RH_BEAM_OP_node_restart:
        rh_world_kill_node(stage->world, number - 1, 9, 0);
        rh_beam_cluster_settle(stage);
        start(stage, number - 1);
        break;
    case RH_BEAM_OP_node_start:
        start(stage, number - 1);
        break;
    case RH_BEAM_OP_disconnect:
        return disconnect(turn, number);
    case RH_BEAM_OP_monitor_node:
    case RH_BEAM_OP_monitor_nodes:
        return watch(turn, op, number);
    default: /* node_mark: what goes is seen anyway */
        break;
    }
    return rh_beam_give(turn, NULL);
}

/* ---- spawning elsewhere ---- */

enum rh_status rh_beam_spawn_at(struct rh_beam_turn *turn, const struct rh_beam_op *op,
                                struct rh_beam_actor *child, const struct rh_spawn_options *options,
                                const char *behaviour)
{
    struct rh_beam_stage *stage = turn->stage;
    struct rh_spawn_options how = {
        .argument = RH_ITEM(NULL, child->name), .link = options->link, .monitor = options->monitor};
    struct rh_ref request;
    child->traps_at_birth = op->trap;
    enum rh_status status =
        rh_spawn_at(turn->ctx, rh_beam_node_number(stage, op->node), behaviour, &how, &request);
    if (status != RH_OK) {
        return rh_beam_refused(turn, status);
    }
    const char *monitor = options->monitor ? op->monitor->string : NULL;
    bool waits = op->code == RH_BEAM_OP_spawn;
    struct rh_beam_binding *binding =
        rh_beam_bind(stage, waits ? (monitor == NULL ? "" : monitor) : op->ref, request);
    binding->tag = op->tag;
    binding->monitor_name = waits ? NULL : monitor;
    if (!waits) {
        return rh_beam_give_word(turn, op->ref);
    }
    const struct rh_receive want = {.refs = &request, .ref_count = 1, .timeout = RH_NEVER};
    turn->self->wait = RH_BEAM_WAIT_SPAWN;
    return rh_receive(turn->ctx, &want);
}

/* A spawn that failed gives a pid all the same, of somebody who never lived; link and monitor then say why. */
static enum rh_status spawn_failed(struct rh_beam_turn *turn, const struct rh_beam_op *op)
{
    struct rh_beam_stage *stage = turn->stage;
    struct rh_beam_actor *child = rh_beam_actor_get(stage, op->actor);
    const struct rh_pid nobody = {rh_beam_node_number(stage, op->node), 1,
                                  (uint32_t)rh_beam_actor_index(stage, child) + 1000000u, 1};
    bool monitors = op->monitor != NULL && op->monitor->kind == RH_BEAM_JSON_STRING;
    rh_beam_actor_born(child, nobody, RH_BEAM_PUPPET);
    child->dead = true;
    child->reason = "\"node_down\"";
    enum rh_status status = rh_beam_give_word(turn, child->name);
    if (op->link) {
        status = rh_link(turn->ctx, nobody);
    }
    if (monitors && status == RH_OK) {
        struct rh_ref ref;
        status = rh_monitor(turn->ctx, nobody, RH_ALIAS_NONE, &ref);
        if (status == RH_OK) {
            rh_beam_bind(stage, op->monitor->string, ref)->tag = op->tag;
        }
    }
    return status == RH_OK || status == RH_EXITED ? status : rh_beam_refused(turn, status);
}

enum rh_status rh_beam_spawn_answered(struct rh_beam_turn *turn, const struct rh_delivery *in)
{
    const struct rh_beam_op *op = turn->self->op;
    enum rh_status status = rh_delivery_status(in);
    turn->self->wait = RH_BEAM_WAIT_NOTHING;
    return status == RH_OK ? rh_beam_give_word(turn, op->actor) : spawn_failed(turn, op);
}
