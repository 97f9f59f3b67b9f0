/* SPDX-License-Identifier: MIT */
/*
 * The ledger and the checkers listen to a world of the same nodes on which nobody lives. They are told what the children
 * told, in the merged order, and of a node that was killed what nobody could tell: that its actors have gone with it.
 */
#include "harness/live/shadow.h"

#include <rehearse/cluster.h>

#include "harness/check/judge.h"
#include "harness/play/ledger.h"

#include <stdlib.h>

#define CHECKERS_MAX 64

struct shadow {
    const struct director *run;
    struct rh_world *world;
    struct rh_judge *judge;
    struct ledger ledger;
    uint64_t step;
    struct rh_pid *alive; /* on any node */
    uint32_t alive_count;
    uint32_t alive_capacity;
    bool no_memory;
};

static void keep_alive(struct shadow *it, struct rh_pid pid)
{
    if (it->alive_count == it->alive_capacity) {
        uint32_t capacity = it->alive_capacity * 2 + 32;
        struct rh_pid *grown = realloc(it->alive, capacity * sizeof(*grown));
        if (grown == NULL) {
            it->no_memory = true;
            return;
        }
        it->alive = grown;
        it->alive_capacity = capacity;
    }
    it->alive[it->alive_count++] = pid;
}

static void forget_alive(struct shadow *it, struct rh_pid pid)
{
    for (uint32_t i = 0; i < it->alive_count; i++) {
        if (rh_pid_equal(it->alive[i], pid)) {
            it->alive[i] = it->alive[--it->alive_count];
            return;
        }
    }
}

static void tell(struct shadow *it, enum rh_record_kind kind, uint32_t node,
                 const struct rh_event *event)
{
    const struct rh_record record = {kind, it->step, node, event};
    rh_judge_record(it->judge, &record);
    if (kind != RH_RECORD_EVENT) {
        return;
    }
    if (event->kind == RH_EVENT_SPAWN) {
        keep_alive(it, event->actor);
    } else if (event->kind == RH_EVENT_EXIT_END) {
        forget_alive(it, event->actor);
    }
    if (rh_world_relate(it->world, node, event) != RH_OK) {
        it->no_memory = true;
    }
}

static void tell_record(struct shadow *it, uint32_t node, const struct live_record *record)
{
    if (record->word == LIVE_SAYS_EVENT) {
        bool is_input = record->event.kind == RH_EVENT_INPUT;
        it->step += is_input && record->event.signal == RH_SIGNAL_IO;
        tell(it, record->kind, node, &record->event);
    } else if (record->word == LIVE_SAYS_STEP) {
        struct rh_event event = record->event;
        event.kind = RH_EVENT_HANDLE;
        it->step++;
        tell(it, RH_RECORD_STEP, node, &event);
    } else if (record->word == LIVE_SAYS_PART || record->word == LIVE_SAYS_STRUCK) {
        it->step++;
    }
}

/* As rh_node_destroy: no exit steps, but everybody is accounted for. */
static void bury(struct shadow *it, uint32_t node)
{
    for (uint32_t i = 0; i < it->alive_count;) {
        struct rh_pid pid = it->alive[i];
        if (pid.node != node + 1) {
            i++;
            continue;
        }
        const struct rh_event event = {.kind = RH_EVENT_EXIT, .actor = pid, .why = RH_WHY_NODE};
        tell(it, RH_RECORD_EVENT, node, &event);
        forget_alive(it, pid);
    }
}

static void tell_deed(struct shadow *it, const struct live_deed *deed)
{
    if (deed->kind == DEED_COMMAND) {
        return;
    }
    it->step++;
    if (deed->kind == DEED_HEAL) {
        const struct rh_event event = {.kind = RH_EVENT_INPUT, .name = "converge"};
        tell(it, RH_RECORD_PHASE, 0, &event);
    } else if (deed->kind == DEED_FAULT || deed->is_kill || deed->is_harm) {
        const struct rh_event event = {.kind = RH_EVENT_INPUT,
                                       .name = deed->is_kill ? "kill_node" : "reset_pipe"};
        tell(it, RH_RECORD_FAULT, deed->node, &event);
    }
    if (deed->is_kill) {
        bury(it, deed->node);
    }
}

static enum rh_status make_judge(struct shadow *it)
{
    const char *only[CHECKERS_MAX + 1] = {NULL};
    const struct rh_checker *const *all = rh_checkers();
    size_t count = 0;
    for (size_t i = 0; all[i] != NULL && count < CHECKERS_MAX; i++) {
        if (all[i]->live) {
            only[count++] = all[i]->name;
        }
    }
    const struct rh_judge_options options = {.only = only,
                                             .except = rh_live_unasked(it->run->scenario)};
    return rh_judge_create(&options, &it->judge);
}

static enum rh_status set_up(struct shadow *it)
{
    const struct rh_plan *plan = it->run->plan;
    const struct rh_world_options options = {.limits = &plan->limits};
    enum rh_status status = make_judge(it);
    status = status == RH_OK ? rh_world_create(&options, &it->world) : status;
    status = status == RH_OK ? ledger_begin(&it->ledger, it->world) : status;
    for (uint32_t i = 0; i < plan->nodes.count && status == RH_OK; i++) {
        uint32_t index = 0;
        status = rh_world_add_node(it->world, plan->nodes.at[i], &index);
    }
    for (uint32_t i = 0; i < plan->actor_count && status == RH_OK; i++) {
        status =
            rh_world_name_actor(it->world, rh_play_pid(it->run->play, i), plan->actors[i].name);
    }
    return status;
}

static void tell_all(struct shadow *it, const struct live_order *order)
{
    for (size_t i = 0; i < order->count && !it->no_memory; i++) {
        const struct live_place *place = &order->places[i];
        if (place->stream == it->run->company.count) {
            tell_deed(it, &it->run->deeds[place->index]);
        } else {
            tell_record(it, place->stream,
                        &it->run->company.nodes[place->stream].stream.records[place->index]);
        }
    }
}

enum rh_status live_shadow(const struct director *run, const struct live_order *order,
                           struct live_shadow *ret_shadow)
{
    struct shadow it = {.run = run};
    *ret_shadow = (struct live_shadow){.events = 0};
    ledger_init(&it.ledger, rh_allocator_default());
    enum rh_status status = set_up(&it);
    if (status == RH_OK) {
        rh_judge_reset(it.judge, NULL);
        tell_all(&it, order);
        rh_judge_finish(it.judge, order->was_forced ? RH_END_STOPPED : RH_END_QUIESCENT);
        ledger_outcome(&it.ledger, ret_shadow->outcome);
        const struct rh_violation *violation = rh_judge_violation(it.judge);
        ret_shadow->has_violation = violation != NULL;
        ret_shadow->violation = violation == NULL ? (struct rh_violation){0} : *violation;
        ret_shadow->events = it.step;
        bool failed =
            it.no_memory || it.ledger.is_out_of_memory || rh_judge_status(it.judge) != RH_OK;
        status = failed ? RH_NO_MEMORY : RH_OK;
    }
    free(it.alive);
    ledger_end(&it.ledger);
    ledger_deinit(&it.ledger);
    rh_world_destroy(it.world);
    rh_judge_destroy(it.judge);
    return status;
}
