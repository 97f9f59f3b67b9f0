/* SPDX-License-Identifier: MIT */
/*
 * What the parent does to nodes and sockets, and when. Harm comes while everything stands still: what has been passed on
 * has been read, each node is between two of its events, and what is under way lies in the relay. So it is clear what
 * came before.
 */
#include "harness/live/work.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <uv.h>

#define EVENTS_TOLD 10u  /* what a node was told strikes among so many */
#define EVENTS_DRAWN 48u /* an optional fault strikes among so many events, or at rest */

rh_instant live_clock(void)
{
    return uv_hrtime(); /* the nodes' as well */
}

uint64_t live_draw(struct director *it, uint64_t below)
{
    uint64_t bits = (it->seed + ++it->work->draws * UINT64_C(0x9e3779b97f4a7c15));
    bits = (bits ^ bits >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    bits = (bits ^ bits >> 27) * UINT64_C(0x94d049bb133111eb);
    return below == 0 ? 0 : (bits ^ bits >> 31) % below;
}

/* ---- what is noted ---- */

struct live_deed *live_note(struct director *it, enum deed_kind kind)
{
    struct live_deed *grown = realloc(it->deeds, (it->deed_count + (size_t)1) * sizeof(*it->deeds));
    uint32_t *heard = calloc(it->company.count, sizeof(*heard));
    if (grown != NULL) {
        it->deeds = grown;
    }
    if (grown == NULL || heard == NULL) {
        free(heard);
        (void)snprintf(it->why, sizeof(it->why), "out of memory");
        return &it->work->spare;
    }
    for (uint32_t i = 0; i < it->company.count; i++) {
        heard[i] = it->company.nodes[i].stream.count;
    }
    struct live_deed *deed = &it->deeds[it->deed_count++];
    *deed = (struct live_deed){.kind = kind, .heard = heard};
    deed->time =
        it->company.count == 1 ? it->work->now : live_clock() - it->work->begun; /* as its nodes */
    it->company.activity++;
    return deed;
}

void live_say(struct director *it, uint32_t node, enum live_command command)
{
    struct pack *pack = company_say(&it->company, node);
    pack_begin(pack, (uint8_t)command);
    pack_end(pack);
}

void live_say_number(struct director *it, uint32_t node, enum live_command command, uint32_t number)
{
    struct pack *pack = company_say(&it->company, node);
    pack_begin(pack, (uint8_t)command);
    pack_u32(pack, number);
    pack_end(pack);
}

bool live_answers(const struct live_node *node)
{
    return node->is_up && node->fd >= 0 && !node->is_frozen && !node->is_killed;
}

uint32_t live_node_of(const struct director *it, uint32_t actor)
{
    return actor < it->plan->actor_count ? it->plan->actors[actor].node : 0;
}

/* ---- deeds ---- */

static void add_relief(struct director *it, rh_duration span, bool is_node, uint32_t node,
                       uint32_t other)
{
    struct work *work = it->work;
    if (span == RH_NEVER) {
        return;
    }
    struct relief *grown =
        realloc(work->reliefs, (work->relief_count + (size_t)1) * sizeof(*work->reliefs));
    if (grown == NULL) {
        (void)snprintf(it->why, sizeof(it->why), "out of memory");
        return;
    }
    work->reliefs = grown;
    work->reliefs[work->relief_count++] =
        (struct relief){live_clock() + span, is_node, node, other};
}

/* Stop a node between two of its events, with everything told and written. */
static void hold(struct director *it, uint32_t index)
{
    struct live_node *node = &it->company.nodes[index];
    rh_instant end = live_clock() + PATIENCE;
    node->is_held = false;
    live_say(it, index, LIVE_HOLD);
    while (!node->is_held && node->fd >= 0 && live_clock() < end) {
        company_turn(&it->company, TURN_MS);
    }
}

/* Nothing is under way but what the relay has, and nobody moves, until resume_all. */
static void hold_all(struct director *it)
{
    struct company *company = &it->company;
    rh_instant end = live_clock() + RH_SECOND;
    company->relay.is_held = true;
    while (!relay_is_read(&company->relay) && live_clock() < end) {
        company_turn(company, 1);
    }
    for (uint32_t i = 0; i < company->count; i++) {
        if (live_answers(&company->nodes[i])) {
            hold(it, i);
        }
    }
    it->work->is_asking = false; /* a round under way is forgotten */
    it->work->is_resting = false;
}

/* It was not asked in the round under way, which is forgotten, and would wait for its answer for ever. */
void live_thaw(struct director *it, uint32_t node)
{
    company_signal(&it->company, node, SIGCONT);
    it->work->is_asking = false;
}

static void resume_all(struct director *it)
{
    for (uint32_t i = 0; i < it->company.count; i++) {
        if (live_answers(&it->company.nodes[i]) && it->company.nodes[i].is_held) {
            live_say(it, i, LIVE_RESUME);
            it->company.nodes[i].is_held = false;
        }
    }
    it->company.relay.is_held = false;
}

static void kill_node(struct director *it, uint32_t index)
{
    struct live_node *node = &it->company.nodes[index];
    rh_instant end = live_clock() + PATIENCE;
    company_signal(&it->company, index, SIGCONT);
    hold(it, index);
    it->company.relay.is_held = true; /* nobody hears of it before it is noted */
    relay_forget(&it->company.relay, index);
    company_signal(&it->company, index, SIGKILL);
    while (node->fd >= 0 && live_clock() < end) {
        company_turn(&it->company, 0);
    }
}

/* Do to nodes and sockets what a step or fault says; noted by the caller's kind. */
static void strike(struct director *it, enum deed_kind kind, uint32_t id, enum rh_fault_kind what,
                   const struct rh_plan_deed *plan)
{
    static const enum rh_harm harms[RH_FAULT_COUNT] = {
        [RH_FAULT_CLOSE_PIPE] = RH_HARM_CLOSE,
        [RH_FAULT_RESET_PIPE] = RH_HARM_RESET,
        [RH_FAULT_HALF_CLOSE_PIPE] = RH_HARM_HALF_CLOSE,
        [RH_FAULT_BLACK_HOLE] = RH_HARM_BLACK_HOLE,
        [RH_FAULT_CUT_PIPE] = RH_HARM_CUT,
    };
    struct company *company = &it->company;
    switch (what) {
    case RH_FAULT_KILL_NODE:
        if (company->nodes[plan->node].is_up) {
            kill_node(it, plan->node);
        }
        break;
    case RH_FAULT_FREEZE_NODE:
        company_signal(company, plan->node, SIGSTOP);
        add_relief(it, plan->span, true, plan->node, 0);
        break;
    case RH_FAULT_PART:
        relay_part(&company->relay, plan->node, plan->other, true);
        add_relief(it, plan->span, false, plan->node, plan->other);
        break;
    default:
        hold_all(it);
        relay_harm(&company->relay, plan->node, plan->other, harms[what], plan->bytes);
        break;
    }
    struct live_deed *deed = live_note(it, kind);
    deed->id = id;
    deed->links = company->relay.pipe_count;
    deed->node = plan->node;
    deed->other = plan->other;
    deed->is_kill = what == RH_FAULT_KILL_NODE;
    deed->is_harm = what > RH_FAULT_FREEZE_NODE && what != RH_FAULT_PART;
    resume_all(it);
}

void live_do_step(struct director *it, uint32_t lane, const struct rh_plan_deed *plan)
{
    switch (plan->kind) {
    case RH_DEED_THAW_NODE:
        live_note(it, DEED_LANE)->id = lane;
        live_thaw(it, plan->node);
        break;
    case RH_DEED_REJOIN:
        live_note(it, DEED_LANE)->id = lane;
        relay_part(&it->company.relay, plan->node, plan->other, false);
        break;
    default:
        strike(it, DEED_LANE, lane,
               (enum rh_fault_kind)((unsigned)RH_FAULT_KILL_NODE + (unsigned)plan->kind), plan);
        break;
    }
}

void live_relieve(struct director *it, rh_instant now)
{
    struct work *work = it->work;
    for (uint32_t i = 0; i < work->relief_count; i++) {
        struct relief *relief = &work->reliefs[i];
        if (relief->due > now && !work->is_healing) {
            continue;
        }
        if (relief->is_node) {
            live_thaw(it, relief->node);
        } else {
            relay_part(&it->company.relay, relief->node, relief->other, false);
        }
        it->company.activity++;
        *relief = work->reliefs[--work->relief_count];
        i--;
    }
}

/* ---- faults ---- */

static bool is_of_messages(const struct rh_plan_fault *fault)
{
    return rh_fault_kind_family(fault->kind) == RH_FAULT_FAMILY_MESSAGE;
}

static void tell_strike(struct director *it, uint32_t node, uint32_t number, uint32_t index,
                        uint64_t patience)
{
    live_note(it, DEED_COMMAND)->number = number;
    struct pack *pack = company_say(&it->company, node);
    pack_begin(pack, LIVE_STRIKE);
    pack_u32(pack, number);
    pack_u32(pack, index);
    pack_u64(pack, patience);
    pack_u64(pack, live_draw(it, UINT64_MAX));
    pack_end(pack);
}

static uint64_t left_of_budget(const struct director *it)
{
    uint64_t budget = it->plan->fault_budget;
    return budget == 0 ? UINT64_MAX : budget > it->work->spent ? budget - it->work->spent : 0;
}

void live_tell_faults(struct director *it)
{
    for (uint32_t i = 0; i < it->plan->fault_count; i++) {
        const struct rh_plan_fault *fault = &it->plan->faults[i];
        bool is_told = !fault->is_pinned && !fault->has_at && it->plan->nodes.count == 1 &&
                       (is_of_messages(fault) || live_draw(it, 2) == 0);
        it->work->armed[i].is_told = is_told;
        if (!is_told) {
            continue;
        }
        uint64_t count = live_draw(it, (fault->max == 0 ? 1 : fault->max) + (uint64_t)1);
        for (; count > 0 && left_of_budget(it) > 0; count--) {
            it->work->spent++;
            tell_strike(it, 0, ++it->work->numbers, i, live_draw(it, EVENTS_TOLD));
        }
    }
}

void live_arm(struct director *it)
{
    for (uint32_t i = 0; i < it->plan->fault_count; i++) {
        const struct rh_plan_fault *fault = &it->plan->faults[i];
        struct armed *armed = &it->work->armed[i];
        uint64_t max = fault->max == 0 ? 3 : fault->max;
        bool by_filter = fault->when != 0 || (fault->is_pinned && !fault->has_at) ||
                         is_of_messages(fault) || armed->is_told;
        armed->is_pinned = fault->has_at;
        armed->due = fault->has_at ? it->work->begun + fault->time : 0;
        armed->left = by_filter ? 0 : fault->has_at ? 1 : (uint32_t)live_draw(it, max + 1);
        armed->after = it->company.activity + live_draw(it, EVENTS_DRAWN);
    }
}

/* Is there anything that it could be done to? */
static bool is_possible(const struct director *it, const struct rh_plan_fault *fault)
{
    const struct rh_plan_deed *deed = &fault->deed;
    if (fault->kind == RH_FAULT_KILL_NODE || fault->kind == RH_FAULT_FREEZE_NODE) {
        return it->company.nodes[deed->node].is_up;
    }
    return fault->kind < RH_FAULT_KILL_NODE || fault->kind == RH_FAULT_PART ||
           relay_connects(&it->company.relay, deed->node, deed->other);
}

static void strike_one(struct director *it, uint32_t index)
{
    const struct rh_plan_fault *fault = &it->plan->faults[index];
    struct armed *armed = &it->work->armed[index];
    bool is_drawn = !armed->is_pinned;
    if (is_drawn && left_of_budget(it) == 0) {
        armed->left = 0;
        return;
    }
    it->work->spent += is_drawn;
    if (fault->kind >= RH_FAULT_KILL_NODE) {
        armed->left--;
        if (is_possible(it, fault)) {
            strike(it, DEED_FAULT, index, fault->kind, &fault->deed);
        }
        return;
    }
    uint32_t count = fault->actors.count;
    uint32_t node = count == 0 ? 0 : live_node_of(it, fault->actors.at[live_draw(it, count)]);
    if (!live_answers(&it->company.nodes[node])) {
        armed->left = 0;
        return;
    }
    armed->number = ++it->work->numbers;
    armed->is_asked = true;
    tell_strike(it, node, armed->number, index, 0);
}

/* Returns whether any is still to come. What has its time waits behind it for something to strike, and for ever if there is
 * never any, as in the simulator. */
bool live_work_faults(struct director *it, bool at_rest)
{
    bool any = false;
    rh_instant now = live_clock();
    for (uint32_t i = 0; i < it->plan->fault_count && !it->work->is_healing; i++) {
        struct armed *armed = &it->work->armed[i];
        if (armed->left == 0 || armed->is_asked) {
            any = any || armed->is_asked;
            continue;
        }
        if (armed->is_pinned && armed->due <= now && !is_possible(it, &it->plan->faults[i])) {
            continue;
        }
        any = true;
        bool due =
            armed->is_pinned ? armed->due <= now : at_rest || it->company.activity >= armed->after;
        if (due) {
            armed->after = it->company.activity + live_draw(it, EVENTS_DRAWN);
            strike_one(it, i);
        }
    }
    return any;
}
