/* SPDX-License-Identifier: MIT */
/*
 * What steps have to do with time.
 *
 * That time goes on is a step. It needs all that had to happen before: what was late then, or what took that away. What
 * could have waited may come before or behind it; so may a fault, which can always wait. A step needs that time went on if it
 * could not begin before.
 *
 * What could have waited may bring about what cannot, take away what time would have gone on to, or be the last thing that
 * happens. That time could have gone on instead is not seen in the run then, so that the strategy is told: it explores that,
 * or one of those that had to happen before, which no order in which time goes on first can do without.
 *
 * So it is with a barrier that waits until nothing is under way: a timer that fires before could have fired behind it. What
 * comes of a fault that strikes before is waited for as well, so that it is another one behind.
 */
#include "harness/world/follow_internal.h"

static void note_in_instant(struct follow *follow, rh_instant latest)
{
    struct instant_deed *noted = follow_grow(follow, &follow->instant, sizeof(*noted));
    if (noted != NULL) {
        *noted = (struct instant_deed){follow->deeds, latest, RH_NEVER};
    }
}

void follow_look_for_due(struct follow *follow)
{
    const struct rh_world *world = follow->world;
    const struct due *dues = follow->dues.at;
    struct instant_deed *deeds = follow->instant.at;
    for (uint32_t i = 0; i < follow->dues.count; i++) {
        struct instant_deed *last = &deeds[follow->instant.count - 1];
        bool is_there = false;
        for (uint32_t j = 0; j < world->row_count && !is_there; j++) {
            is_there = world->candidates[j].id == dues[i].id;
        }
        if (!is_there && dues[i].latest < last->frees) {
            last->frees = dues[i].latest;
        }
    }
    follow->dues.count = 0;
}

/* What must happen besides the step, which may take it away. */
static void note_dues(struct follow *follow)
{
    const struct rh_world *world = follow->world;
    for (uint32_t i = 0; i < world->row_count; i++) {
        const struct rh_candidate *it = &world->candidates[i];
        bool must = !it->optional && it->source != SOURCE_OF_TIME && it->latest != RH_NEVER &&
                    it->id != follow->id;
        struct due *due = must ? follow_grow(follow, &follow->dues, sizeof(*due)) : NULL;
        if (due != NULL) {
            *due = (struct due){it->id, it->latest};
        }
    }
}

/* What could have happened instead of a step that could have waited: that time goes on, or a fault strikes before it does. */
static uint64_t instead_of(const struct follow *follow, const struct rh_candidate *step)
{
    const struct rh_world *world = follow->world;
    bool is_fault = world->next_instant == RH_NEVER || step->latest < world->next_instant;
    rh_instant next = is_fault ? world->next_fault : world->next_instant;
    if (next == RH_NEVER || step->latest < next) {
        return 0;
    }
    for (uint32_t i = 0; i < world->row_count; i++) {
        const struct rh_candidate *it = &world->candidates[i];
        bool is_next =
            is_fault ? it->optional && it->earliest == next : it->source == SOURCE_OF_TIME;
        if (is_next || (!it->optional && it->latest < next)) {
            return it->id;
        }
    }
    return 0;
}

static bool will_settle(const struct rh_world *world)
{
    bool found = false;
    for (uint32_t i = 0; i < world->source_count && !found; i++) {
        found =
            world->sources[i].settles != NULL && world->sources[i].settles(world->sources[i].self);
    }
    return found;
}

unsigned follow_holds(const struct rh_world *world, const struct rh_candidate *candidate)
{
    if (candidate->optional || candidate->source == SOURCE_OF_TIME) {
        return 0;
    }
    return (candidate->kind == RH_PENDING_SIGNAL ? RH_HOLD_BARRIER : 0U) |
           (candidate->latest <= world->horizon ? RH_HOLD_TIME : 0U);
}

void follow_mind_barrier(struct follow *follow, uint32_t chosen)
{
    const struct rh_world *world = follow->world;
    const struct rh_candidate *step = &world->candidates[chosen];
    bool is_bystander = step->source == SOURCE_OF_TIME || step->kind == RH_PENDING_TIMER;
    if ((!is_bystander && !step->optional) || !will_settle(world)) {
        return;
    }
    follow_touch(follow, RH_OBJECT_BARRIER, 0, 0, RH_MODE_READ);
    for (uint32_t i = 0; i < world->row_count && follow->instead == 0 && !step->optional; i++) {
        bool holds = (follow_holds(world, &world->candidates[i]) & RH_HOLD_BARRIER) != 0;
        follow->instead = holds ? world->candidates[i].id : 0;
    }
}

/* Time goes on to `next`; a fault that is bound to a time between two instants ends the first as well. */
static void begin_instant(struct follow *follow, rh_instant next)
{
    const struct instant_deed *deeds = follow->instant.at;
    for (uint32_t i = 0; i < follow->instant.count; i++) {
        if (deeds[i].latest < next || deeds[i].frees < next) {
            follow_add_maker(follow, deeds[i].deed);
        }
    }
    follow->instant.count = 0;
    follow->ends_instant = true;
    follow->tick = follow->deeds;
    follow->before = follow->world->horizon;
    follow_touch(follow, RH_OBJECT_TIME, 0, 0, RH_MODE_WRITE);
    note_in_instant(follow, next);
}

/* Where faults strike until a time, what moves the time on may take them away. */
void follow_begin_whenever(struct follow *follow, const struct rh_candidate *candidate)
{
    bool moves = candidate->earliest > follow->world->horizon;
    if (follow->world->faults_end && (moves || candidate->optional)) {
        follow_touch(follow, RH_OBJECT_TIME, 0, 0, moves ? RH_MODE_WRITE : RH_MODE_READ);
    }
}

static const struct registered *actor_of(const struct follow *follow,
                                         const struct rh_candidate *candidate)
{
    return follow->world->clocks_matter ? registry_find(&follow->world->registry, candidate->actor)
                                        : NULL;
}

/* What comes to be behind a turn that takes time is not seen as long as that takes. */
static bool takes_time(const struct follow *follow, const struct rh_candidate *candidate)
{
    const struct registered *actor = actor_of(follow, candidate);
    return actor != NULL && actor->slow > 0;
}

/* A turn that takes time puts off the next one of its actor, which could have come instead. */
static void note_slow(struct follow *follow, const struct rh_candidate *candidate,
                      const struct choice_row *row)
{
    const struct registered *actor = actor_of(follow, candidate);
    if (actor != NULL && actor->slowed_by != 0 && actor->clock == row->since) {
        follow->hindrance = (struct rh_hindrance){actor->slowed_by, follow->tick + 1};
    }
}

void follow_begin_in_time(struct follow *follow, const struct rh_candidate *candidate,
                          const struct choice_row *row)
{
    rh_instant now = follow->world->horizon;
    if (candidate->earliest > now) {
        begin_instant(follow, candidate->earliest);
        return;
    }
    bool may_wait = candidate->latest > now;
    bool is_put_off =
        follow->tick != FOLLOW_NO_DEED &&
        (row->since <= follow->before || (world_strikes_between(row) && row->since < now));
    if (follow->tick != FOLLOW_NO_DEED && !is_put_off) {
        follow_add_maker(follow, follow->tick);
        note_slow(follow, candidate, row);
    }
    bool waits = !row->optional && (may_wait || is_put_off);
    follow->instead = waits ? instead_of(follow, candidate) : 0;
    follow->takes_time = takes_time(follow, candidate);
    if (may_wait || is_put_off) {
        follow_touch(follow, RH_OBJECT_TIME, 0, 0, RH_MODE_READ);
    }
    if (may_wait) {
        note_dues(follow);
    }
    note_in_instant(follow, candidate->latest);
}
