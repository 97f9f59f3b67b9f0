/* SPDX-License-Identifier: MIT */
/*
 * The loop of a run. At every moment it gathers what can happen: events that the node has pending, alarms that are due,
 * and actors with something left to do in their script. The strategy picks one. When nothing can happen, time goes on to
 * the next due moment, but only while an operation is under way: a barrier of the BEAM's harness does not wait for
 * timers, it waits until nobody can run.
 *
 * Signals to oneself are the exception of the BEAM that this loop has to know: a process handles them when it waits or
 * has nothing to do, not between two calls (O21). So they are not offered while their actor is in the middle of its
 * script, and they go before an operation that waits.
 */
#include "harness/conformance/stage.h"

#include "core/base/assert.h"

#include <string.h>

#define EVENTS_MAX UINT64_C(1000000)

/* ---- the tables of a run ---- */

#define APPEND(stage, array, count, capacity)                                                      \
    ((stage)->count == (stage)->capacity                                                           \
         ? (void)((stage)->array = rh_beam_grow(&(stage)->arena, (stage)->array,                   \
                                                &(stage)->capacity, sizeof *(stage)->array))       \
         : (void)0,                                                                                \
     &(stage)->array[(stage)->count++])

struct rh_beam_actor *rh_beam_actor_find(const struct rh_beam_stage *stage, const char *name)
{
    for (size_t i = 0; i < stage->actor_count; i++) {
        if (strcmp(stage->actors[i]->name, name) == 0) {
            return stage->actors[i];
        }
    }
    return NULL;
}

struct rh_beam_actor *rh_beam_actor_get(struct rh_beam_stage *stage, const char *name)
{
    struct rh_beam_actor *actor = rh_beam_actor_find(stage, name);
    if (actor == NULL) {
        actor = rh_beam_take(&stage->arena, sizeof *actor);
        actor->name = rh_beam_copy(&stage->arena, name, strlen(name));
        *APPEND(stage, actors, actor_count, actor_capacity) = actor;
    }
    return actor;
}

struct rh_beam_actor *rh_beam_actor_of(const struct rh_beam_stage *stage, struct rh_pid pid)
{
    for (size_t i = 0; i < stage->actor_count && !rh_pid_is_none(pid); i++) {
        if (rh_pid_equal(stage->actors[i]->pid, pid)) {
            return stage->actors[i];
        }
    }
    return NULL;
}

size_t rh_beam_actor_index(const struct rh_beam_stage *stage, const struct rh_beam_actor *actor)
{
    size_t index = 0;
    while (stage->actors[index] != actor) {
        index++;
    }
    return index;
}

const char *rh_beam_stage_name(const void *stage, struct rh_pid pid)
{
    const struct rh_beam_actor *actor = rh_beam_actor_of(stage, pid);
    return actor == NULL ? "?" : actor->name;
}

void rh_beam_actor_born(struct rh_beam_actor *actor, struct rh_pid pid, enum rh_beam_role role)
{
    actor->pid = pid;
    actor->role = role;
    actor->spawned = true;
    actor->started = role != RH_BEAM_PUPPET;
}

struct rh_beam_binding *rh_beam_bind(struct rh_beam_stage *stage, const char *name,
                                     struct rh_ref ref)
{
    struct rh_beam_binding *binding = APPEND(stage, bindings, binding_count, binding_capacity);
    *binding = (struct rh_beam_binding){.name = name, .ref = ref};
    return binding;
}

const struct rh_beam_binding *rh_beam_binding_of(const struct rh_beam_stage *stage,
                                                 struct rh_ref ref)
{
    for (size_t i = stage->binding_count; i > 0; i--) {
        if (rh_ref_equal(stage->bindings[i - 1].ref, ref)) {
            return &stage->bindings[i - 1];
        }
    }
    return NULL;
}

struct rh_ref rh_beam_ref(const struct rh_beam_stage *stage, const char *name)
{
    for (size_t i = stage->binding_count; i > 0; i--) {
        const struct rh_beam_binding *binding = &stage->bindings[i - 1];
        if (strcmp(binding->name, name) == 0 ||
            (binding->monitor_name != NULL && strcmp(binding->monitor_name, name) == 0)) {
            return binding->ref;
        }
    }
    return (struct rh_ref){stage->actors[0]->pid, UINT64_MAX};
}

void rh_beam_finish(struct rh_beam_stage *stage, struct rh_beam_actor *actor, const char *json)
{
    actor->wait = RH_BEAM_WAIT_NOTHING;
    actor->alarm = RH_NEVER;
    if (json != NULL && actor->op != NULL) {
        *APPEND(stage, results, result_count, result_capacity) =
            (struct rh_beam_result){.op = actor->op, .text = json};
    }
    actor->op = NULL;
}

const char *rh_beam_result(const struct rh_beam_stage *stage, const struct rh_beam_op *op)
{
    for (size_t i = stage->result_count; i > 0; i--) {
        if (stage->results[i - 1].op == op) {
            return stage->results[i - 1].text;
        }
    }
    return NULL;
}

void rh_beam_stage_break(struct rh_beam_stage *stage, const char *why)
{
    if (stage->broken == NULL) {
        stage->broken = why;
    }
}

/* ---- life of a run ---- */

void rh_beam_stage_init(struct rh_beam_stage *stage, struct rh_strategy *strategy)
{
    struct rh_beam_arena arena = stage->arena;
    rh_beam_arena_reset(&arena);
    *stage = (struct rh_beam_stage){.arena = arena, .strategy = strategy, .ways = 1, .self = stage};
    struct rh_beam_actor *harness = rh_beam_actor_get(stage, "");
    harness->started = true;
    harness->alarm = RH_NEVER;
    stage->observer = (struct rh_observer){.event = rh_beam_stage_observe, .self = stage};
    stage->puppet = (struct rh_behaviour){.name = "puppet",
                                          .init = rh_beam_puppet_init,
                                          .receive = rh_beam_puppet_receive,
                                          .config = &stage->self};
    stage->undefined = (struct rh_behaviour){
        .name = "undefined", .init = rh_beam_undefined_init, .config = &stage->self};
    const struct rh_node_options options = {.node = 1, .observer = &stage->observer};
    if (rh_node_create(&options, &stage->node) != RH_OK) {
        rh_beam_stage_break(stage, "the node could not be created");
    }
}

void rh_beam_stage_end(struct rh_beam_stage *stage)
{
    const char *what = NULL;
    for (uint32_t i = 0; i < stage->node_count || i == 0; i++) {
        const struct rh_node *node =
            stage->world != NULL ? rh_world_node(stage->world, i) : stage->node;
        if (node != NULL && stage->broken == NULL && !rh_inspect_validate(node, &what)) {
            rh_beam_stage_break(stage, what);
        }
    }
    for (size_t i = 0; i < stage->actor_count; i++) {
        rh_message_unref(stage->actors[i]->graceful_reason);
        stage->actors[i]->graceful_reason = rh_message_none();
    }
    if (stage->world != NULL) {
        rh_world_destroy(stage->world);
        stage->world = NULL;
        stage->node = NULL;
    }
    if (stage->node != NULL) {
        rh_node_observe(stage->node, NULL); /* what is still alive ends with the run, not in it */
    }
    rh_node_destroy(stage->node);
    stage->node = NULL;
}

void rh_beam_stage_deinit(struct rh_beam_stage *stage)
{
    rh_beam_arena_deinit(&stage->arena);
}

/* ---- scripts ---- */

static void script_append(struct rh_beam_stage *stage, const char *by, const struct rh_beam_op *op)
{
    struct rh_beam_actor *actor = rh_beam_actor_get(stage, by == NULL ? "" : by);
    if (actor->script_length == actor->script_capacity) {
        actor->script = rh_beam_grow(&stage->arena, actor->script, &actor->script_capacity,
                                     sizeof(const struct rh_beam_op *));
    }
    actor->script[actor->script_length++] = op;
}

void rh_beam_stage_load(struct rh_beam_stage *stage, const struct rh_beam_op *op)
{
    if (op->code != RH_BEAM_OP_seq && op->code != RH_BEAM_OP_race) {
        script_append(stage, op->by, op);
        return;
    }
    for (size_t i = 0; i < op->op_count; i++) {
        rh_beam_stage_load(stage, op->ops[i]);
    }
}

static bool is_harness(const struct rh_beam_stage *stage, const struct rh_beam_actor *actor)
{
    return actor == stage->actors[0];
}

static bool is_present(const struct rh_beam_stage *stage, const struct rh_beam_actor *actor)
{
    return is_harness(stage, actor) || (actor->spawned && actor->started && !actor->dead);
}

static const struct rh_beam_op *script_next(const struct rh_beam_actor *actor)
{
    return actor->script_at < actor->script_length ? actor->script[actor->script_at] : NULL;
}

static bool is_busy(const struct rh_beam_stage *stage, const struct rh_beam_actor *actor)
{
    return is_present(stage, actor) &&
           (actor->wait != RH_BEAM_WAIT_NOTHING || script_next(actor) != NULL || actor->must_stop);
}

/* ---- what can happen ---- */

/** A signal of an actor to itself that has to wait for the end of the script, or for an operation that waits. */
static bool is_held(const struct rh_beam_stage *stage, const struct rh_pending *pending)
{
    if (pending->kind != RH_PENDING_SIGNAL || pending->signal == RH_SIGNAL_START ||
        !rh_pid_equal(pending->actor, pending->from)) {
        return false;
    }
    const struct rh_beam_actor *actor = rh_beam_actor_of(stage, pending->actor);
    return actor != NULL && actor->role == RH_BEAM_PUPPET && !actor->dead &&
           actor->wait == RH_BEAM_WAIT_NOTHING && script_next(actor) != NULL &&
           !rh_beam_op_waits(script_next(actor)->code);
}

static bool comes_after(const struct rh_beam_stage *stage, const struct rh_pending *earlier,
                        const struct rh_pending *pending)
{
    if (earlier->kind != pending->kind || !rh_pid_equal(earlier->actor, pending->actor)) {
        return false;
    }
    return pending->kind == RH_PENDING_TIMER
               ? earlier->signal == RH_SIGNAL_TIMER && pending->signal == RH_SIGNAL_TIMER
               : pending->kind == RH_PENDING_SIGNAL && stage->in_arrival_order;
}

/** Timers with one target fire in due order. Signals of different senders have no order, unless a run wants that of the
 *  BEAM on one node, where a signal is in the receiver's queue as soon as it is sent. */
static bool is_behind_another(const struct rh_beam_stage *stage, const struct rh_pending *pending)
{
    for (size_t i = 0; i < stage->choice_count; i++) {
        if (comes_after(stage, &stage->choices[i].pending, pending)) {
            return true;
        }
    }
    return false;
}

static bool gather_event(void *self, const struct rh_pending *pending)
{
    struct rh_beam_stage *stage = self;
    if (!is_held(stage, pending) && !is_behind_another(stage, pending)) {
        *APPEND(stage, choices, choice_count, choice_capacity) = (struct rh_beam_choice){
            .kind = RH_BEAM_CHOOSE_EVENT, .pending = *pending, .node = stage->gathered};
    }
    return true;
}

static bool owes_itself(const struct rh_beam_stage *stage, const struct rh_beam_actor *actor)
{
    for (size_t i = 0; i < stage->choice_count; i++) {
        const struct rh_pending *pending = &stage->choices[i].pending;
        if (stage->choices[i].kind == RH_BEAM_CHOOSE_EVENT && pending->kind == RH_PENDING_SIGNAL &&
            rh_pid_equal(pending->actor, actor->pid) && rh_pid_equal(pending->from, actor->pid)) {
            return true;
        }
    }
    return false;
}

static bool can_act(const struct rh_beam_stage *stage, const struct rh_beam_actor *actor)
{
    if (!is_present(stage, actor) || actor->wait != RH_BEAM_WAIT_NOTHING) {
        return false;
    }
    const struct rh_beam_op *next = script_next(actor);
    return actor->must_stop ||
           (next != NULL && !(rh_beam_op_waits(next->code) && owes_itself(stage, actor)));
}

static void gather(struct rh_beam_stage *stage)
{
    stage->choice_count = 0;
    for (uint32_t i = 0; i < stage->node_count || i == 0; i++) {
        stage->gathered = rh_beam_running_node(stage, i);
        if (stage->gathered != NULL) {
            rh_node_each_pending(stage->gathered, stage->now, gather_event, stage);
        }
    }
    for (size_t i = 0; i < stage->actor_count; i++) {
        struct rh_beam_actor *actor = stage->actors[i];
        if (is_present(stage, actor) && actor->wait == RH_BEAM_WAIT_TIME &&
            actor->alarm <= stage->now) {
            *APPEND(stage, choices, choice_count, choice_capacity) =
                (struct rh_beam_choice){.kind = RH_BEAM_CHOOSE_ALARM, .actor = i};
        } else if (can_act(stage, actor)) {
            *APPEND(stage, choices, choice_count, choice_capacity) =
                (struct rh_beam_choice){.kind = RH_BEAM_CHOOSE_SCRIPT, .actor = i};
        }
    }
}

/* ---- choosing ---- */

static void describe(struct rh_beam_stage *stage)
{
    while (stage->candidate_capacity < stage->choice_count) {
        stage->candidates = rh_beam_grow(&stage->arena, stage->candidates,
                                         &stage->candidate_capacity, sizeof *stage->candidates);
    }
    for (size_t i = 0; i < stage->choice_count; i++) {
        const struct rh_beam_choice *choice = &stage->choices[i];
        bool event = choice->kind == RH_BEAM_CHOOSE_EVENT;
        stage->candidates[i] = (struct rh_candidate){
            .kind = event ? choice->pending.kind : RH_PENDING_SIGNAL,
            .source = (uint32_t)choice->kind,
            .actor = event ? choice->pending.actor : stage->actors[choice->actor]->pid,
            .from = event ? choice->pending.from : rh_pid_none(),
            .ordinal = event ? choice->pending.ordinal : 0,
            .earliest = stage->now,
            .latest = stage->now,
        };
    }
}

static void execute(struct rh_beam_stage *stage)
{
    describe(stage);
    stage->ways *= (double)stage->choice_count;
    uint32_t chosen = rh_choice_below(stage->strategy, RH_SITE_NEXT, (uint32_t)stage->choice_count,
                                      stage->candidates);
    struct rh_beam_choice choice = stage->choices[chosen];
    switch (choice.kind) {
    case RH_BEAM_CHOOSE_EVENT:
        rh_node_execute(choice.node, stage->now, &choice.pending);
        return;
    case RH_BEAM_CHOOSE_ALARM:
        rh_beam_puppet_wake(stage, stage->actors[choice.actor]);
        return;
    case RH_BEAM_CHOOSE_SCRIPT:
        rh_beam_puppet_act(stage, stage->actors[choice.actor]);
        return;
    }
}

/** Do all that can be done at this moment. */
static void drain(struct rh_beam_stage *stage)
{
    rh_beam_cluster_settle(stage);
    gather(stage);
    while (stage->choice_count > 0 && stage->broken == NULL) {
        if (++stage->events > EVENTS_MAX) {
            rh_beam_stage_break(stage, "more than a million events: this run does not end");
            return;
        }
        execute(stage);
        rh_beam_cluster_settle(stage);
        gather(stage);
    }
}

/* ---- time ---- */

static rh_instant next_due(const struct rh_beam_stage *stage)
{
    rh_instant due = RH_NEVER;
    for (uint32_t i = 0; i < stage->node_count || i == 0; i++) {
        struct rh_node *node = rh_beam_running_node(stage, i);
        rh_instant of_node = node == NULL ? RH_NEVER : rh_node_next_due(node);
        due = of_node < due ? of_node : due;
    }
    for (size_t i = 0; i < stage->actor_count; i++) {
        const struct rh_beam_actor *actor = stage->actors[i];
        if (is_present(stage, actor) && actor->wait == RH_BEAM_WAIT_TIME && actor->alarm < due) {
            due = actor->alarm;
        }
    }
    return due;
}

static bool somebody_waits(const struct rh_beam_stage *stage)
{
    for (size_t i = 0; i < stage->actor_count; i++) {
        if (is_busy(stage, stage->actors[i]) && stage->actors[i]->wait != RH_BEAM_WAIT_FOR_EVER) {
            return true;
        }
    }
    return false;
}

void rh_beam_stage_settle(struct rh_beam_stage *stage)
{
    if (stage->broken != NULL) {
        return;
    }
    drain(stage);
    while (stage->broken == NULL && somebody_waits(stage) && next_due(stage) != RH_NEVER) {
        rh_instant due = next_due(stage);
        stage->now = due > stage->now ? due : stage->now;
        drain(stage);
    }
}

void rh_beam_stage_step(struct rh_beam_stage *stage, const struct rh_beam_op *op)
{
    stage->step++;
    rh_beam_stage_load(stage, op);
    rh_beam_stage_settle(stage);
}
