/* SPDX-License-Identifier: MIT */
/*
 * Everything that may happen next, with its window.
 *
 * A signal may happen from when it was sent until stall_max later, and not before its actor's clock; a timer exactly when
 * it is due. Time goes on as long as nothing is too late for it, and never back. Where windows are wider than a point, or
 * a strategy follows the run, that time goes on to when the next thing can begin is a step of its own: what could have
 * happened before may still happen then. So every order that is played has its times. Elsewhere time is when the next thing
 * happens.
 *
 * With all windows open everything stays, but of the timers of one target only the earliest due.
 */
#include "harness/world/follow.h"
#include "harness/world/internal.h"

#include <string.h>

static bool reserve(struct rh_world *world)
{
    if (world->row_count < world->row_capacity) {
        return true;
    }
    uint32_t capacity = world->row_capacity == 0 ? 32 : world->row_capacity * 2;
    const struct rh_allocator *allocator = world->allocator;
    struct rh_candidate *candidates =
        allocator->allocate(allocator->self, capacity * sizeof(*candidates));
    struct choice_row *rows = allocator->allocate(allocator->self, capacity * sizeof(*rows));
    if (candidates == NULL || rows == NULL) {
        allocator->release(allocator->self, candidates, capacity * sizeof(*candidates));
        allocator->release(allocator->self, rows, capacity * sizeof(*rows));
        world->no_memory = true;
        return false;
    }
    if (world->row_count > 0) {
        memcpy(candidates, world->candidates, world->row_count * sizeof(*candidates));
        memcpy(rows, world->rows, world->row_count * sizeof(*rows));
    }
    allocator->release(allocator->self, world->candidates,
                       world->row_capacity * sizeof(*candidates));
    allocator->release(allocator->self, world->rows, world->row_capacity * sizeof(*rows));
    world->rows = rows;
    world->candidates = candidates;
    world->row_capacity = capacity;
    return true;
}

struct node_visit {
    struct rh_world *world;
    uint32_t node;
};

static rh_instant later(rh_instant a, rh_instant b)
{
    return a > b ? a : b;
}

/* Timers are told in due order: the first that is listed of a target is its earliest. */
static bool superseded(const struct rh_world *world, const struct rh_pending *timer, uint32_t node)
{
    const struct registered *target = registry_find(&world->registry, timer->actor);
    if (target != NULL && !world->timers_drift) {
        return target->timer_seen == world->visits && target->timer_due < timer->due;
    }
    for (uint32_t i = 0; i < world->row_count; i++) {
        const struct rh_candidate *other = &world->candidates[i];
        const struct rh_pending *before = &world->rows[i].pending;
        if (other->source == node && other->kind == RH_PENDING_TIMER && before->due < timer->due &&
            rh_pid_equal(other->actor, timer->actor) &&
            (!world->timers_drift || rh_node_set_before(world->nodes[node]->node, before, timer))) {
            return true;
        }
    }
    return false;
}

/* When an actor can act again, and until when it could not have acted even if it had done nothing; false: not before somebody
 * does something about it. */
static bool clock_of(const struct rh_world *world, uint32_t node, struct rh_pid pid,
                     rh_instant *ret_clock, rh_instant *ret_held)
{
    const struct registered *actor = registry_find(&world->registry, pid);
    rh_instant frozen = node < world->node_count ? world->nodes[node]->frozen_until : 0;
    *ret_clock = later(actor == NULL ? 0 : actor->clock, frozen);
    *ret_held = later(actor == NULL ? 0 : actor->held, frozen);
    return frozen != RH_NEVER && (actor == NULL || !actor->frozen);
}

/* A timer is exact, unless a fault makes its target's late. */
rh_instant world_latest_of(const struct rh_world *world, const struct rh_pending *timer)
{
    const struct registered *actor =
        world->clocks_matter ? registry_find(&world->registry, timer->actor) : NULL;
    rh_instant due = world_time_of(world, timer->actor.node - 1, timer->due);
    return due + (actor == NULL ? 0 : actor->late);
}

static bool add_pending(void *self, const struct rh_pending *pending)
{
    struct node_visit *visit = self;
    struct rh_world *world = visit->world;
    bool timer = pending->kind == RH_PENDING_TIMER;
    rh_instant clock = 0;
    rh_instant held = 0;
    if (!timer && pending->due == RH_NEVER) {
        return true; /* held until the run heals */
    }
    if (world->clocks_matter && !clock_of(world, visit->node, pending->actor, &clock, &held)) {
        return true;
    }
    bool together = world->time_free || world->clocks_matter; /* windows of several may overlap */
    if (timer && together && superseded(world, pending, visit->node)) {
        return true;
    }
    if (!reserve(world)) {
        return false;
    }
    struct registered *target =
        timer && together ? registry_find(&world->registry, pending->actor) : NULL;
    if (target != NULL && target->timer_seen != world->visits) {
        target->timer_seen = world->visits;
        target->timer_due = pending->due;
    }
    uint32_t at = world->row_count++;
    rh_instant due = world_time_of(world, visit->node, pending->due);
    rh_instant latest = timer ? world_latest_of(world, pending) : due + world->stall_max;
    world->candidates[at] = (struct rh_candidate){
        .kind = pending->kind,
        .source = visit->node,
        .actor = pending->actor,
        .from = pending->from,
        .ordinal = pending->ordinal,
        .earliest = later(due, clock),
        .latest = world->time_free ? RH_NEVER : later(latest, clock),
        .weight = 1,
    };
    world->rows[at].since = later(due, held);
    world->rows[at].optional = false;
    world->rows[at].strikes = false;
    world->rows[at].pipe_event = 0;
    world->rows[at].pending = *pending;
    return !world->strategy->functions->first_only || world->clocks_matter;
}

/* Until when it must have happened, if it must: what strikes at a message with the message. */
static rh_instant latest_of_source(const struct rh_world *world,
                                   const struct rh_source_event *event, rh_instant clock)
{
    if (world->time_free || (event->optional && event->prey == NULL)) {
        return RH_NEVER;
    }
    return later(event->optional ? event->prey->latest : event->latest, clock);
}

static bool add_source_event(void *self, const struct rh_source_event *event)
{
    struct node_visit *visit = self;
    struct rh_world *world = visit->world;
    rh_instant clock = 0;
    rh_instant held = 0;
    if (event->optional && (world->healing || world->strategy->functions->first_only)) {
        return true;
    }
    if (event->is_turn && world->clocks_matter &&
        !clock_of(world, event->actor.node - 1, event->actor, &clock, &held)) {
        return true;
    }
    if (!reserve(world)) {
        return false;
    }
    bool is_whenever = event->optional && event->prey == NULL;
    uint32_t at = world->row_count++;
    world->candidates[at] = (struct rh_candidate){
        .kind = RH_PENDING_SIGNAL,
        .source = visit->node,
        .actor = event->actor,
        .ordinal = event->id,
        .earliest =
            later(event->earliest, is_whenever && !world->time_free ? world->horizon : clock),
        .latest = latest_of_source(world, event, clock),
        .optional = event->optional,
        .bound = event->bound,
        .weight = event->weight == 0 ? 1 : event->weight,
    };
    world->rows[at].since = later(event->earliest, held);
    world->rows[at].optional = event->optional;
    world->rows[at].pipe_event = 0;
    world->rows[at].source_event = event->id;
    world->rows[at].group = event->group;
    world->rows[at].round = event->round;
    world->rows[at].behind = event->behind;
    world->rows[at].is_odd = event->is_odd;
    world->rows[at].is_turn = event->is_turn;
    world->rows[at].strikes = event->prey != NULL;
    if (event->prey != NULL) {
        world->rows[at].strikes_on = event->prey->node;
        world->rows[at].pending = *event->prey->pending;
    }
    return true;
}

void world_add_pipe_row(struct rh_world *world, uint64_t id, uint32_t node, struct rh_pid owner,
                        rh_instant earliest, rh_instant latest)
{
    rh_instant clock = 0;
    rh_instant held = 0;
    if (!rh_pid_is_none(owner) &&
        (world->nodes[node]->is_down ||
         (world->clocks_matter && !clock_of(world, node, owner, &clock, &held)))) {
        return;
    }
    if (!reserve(world)) {
        return;
    }
    uint32_t at = world->row_count++;
    world->candidates[at] = (struct rh_candidate){
        .kind = RH_PENDING_SIGNAL,
        .source = node,
        .actor = owner,
        .ordinal = id,
        .earliest = later(earliest, clock),
        .latest = world->time_free ? RH_NEVER : later(latest, clock),
        .weight = 1,
    };
    world->rows[at].since = later(earliest, held);
    world->rows[at].optional = false;
    world->rows[at].strikes = false;
    world->rows[at].pipe_event = id;
}

static rh_instant next_due(const struct rh_world *world)
{
    rh_instant due = RH_NEVER;
    for (uint32_t i = 0; i < world->node_count; i++) {
        rh_instant node_due = rh_node_next_due(world->nodes[i]->node);
        due = node_due < due ? node_due : due;
    }
    return due;
}

/* When something must have happened. What is late, since a fault has let it wait or it stood behind what waited, is in no
 * order with what is due now. */
static rh_instant first_deadline(const struct rh_world *world)
{
    rh_instant deadline = RH_NEVER;
    for (uint32_t i = 0; i < world->row_count; i++) {
        if (!world->rows[i].optional && world->candidates[i].latest < deadline) {
            deadline = world->candidates[i].latest;
        }
    }
    return later(deadline, world->horizon);
}

/* Keep a row, behind those that have been kept. */
static void keep_row(struct rh_world *world, uint32_t row, uint32_t *kept)
{
    world->candidates[*kept] = world->candidates[row];
    world->rows[(*kept)++] = world->rows[row];
}

/* Keep what may start before some other event must have happened, in order. */
static void close_windows(struct rh_world *world)
{
    rh_instant bound = first_deadline(world);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < world->row_count; i++) {
        if (world->candidates[i].earliest <= bound) {
            keep_row(world, i, &kept);
        }
    }
    world->row_count = kept;
}

/* When the next of what must happen can begin. */
static rh_instant find_next_instant(const struct rh_world *world)
{
    rh_instant next = RH_NEVER;
    for (uint32_t i = 0; i < world->row_count; i++) {
        const struct rh_candidate *candidate = &world->candidates[i];
        if (!world->rows[i].optional && candidate->earliest > world->horizon &&
            candidate->earliest < next) {
            next = candidate->earliest;
        }
    }
    return next;
}

/* May it happen before time goes on? What happens at one instant is in no order of time, and what happens at two always is. A
 * fault that is bound to a time between two instants is no alternative to anything, and ends the first. */
static bool is_of_instant(const struct rh_world *world, uint32_t row, rh_instant next,
                          rh_instant deadline)
{
    rh_instant earliest = world->candidates[row].earliest;
    bool is_between =
        world_strikes_between(&world->rows[row]) && earliest < next && earliest <= deadline;
    return earliest <= world->horizon || is_between;
}

/* When the next of the faults can strike that are bound to a time. */
static rh_instant find_next_fault(const struct rh_world *world)
{
    rh_instant next = RH_NEVER;
    for (uint32_t i = 0; i < world->row_count; i++) {
        rh_instant earliest = world->candidates[i].earliest;
        bool is_later = world_strikes_between(&world->rows[i]) && earliest > world->horizon;
        next = is_later && earliest < next ? earliest : next;
    }
    return next;
}

static void keep_instant(struct rh_world *world)
{
    rh_instant next = find_next_instant(world);
    rh_instant deadline = first_deadline(world);
    uint32_t kept = 0;
    world->next_instant = next;
    world->next_fault = find_next_fault(world);
    if (!reserve(world)) {
        return;
    }
    for (uint32_t i = 0; i < world->row_count; i++) {
        if (is_of_instant(world, i, next, deadline)) {
            keep_row(world, i, &kept);
            world->candidates[kept - 1].earliest =
                later(world->candidates[kept - 1].earliest, world->horizon);
        }
    }
    world->row_count = kept;
    if (next != RH_NEVER && next <= deadline) {
        world->candidates[kept] = (struct rh_candidate){
            .source = SOURCE_OF_TIME,
            .earliest = next,
            .latest = next,
            .weight = 1,
            .id = world->follow == NULL ? 0 : follow_tick_id(world->follow),
            .held_by = RH_HOLD_TIME,
        };
        world->rows[kept] = (struct choice_row){.optional = false};
        world->row_count++;
    }
}

/* Upkeep of connections is no life: where nothing else must happen the run may end. What is due by now comes before that, so
 * that the end is in no order with it. */
static bool is_upkeep(const struct rh_world *world, const struct rh_candidate *candidate)
{
    return world->node_count > 1 && candidate->kind == RH_PENDING_TIMER &&
           (world->time_free || candidate->earliest > world->horizon) &&
           rh_world_is_network(world, candidate->actor);
}

/* May the run end? Then of upkeep there is only what leads to something that may happen later. */
static bool leave_out_upkeep(struct rh_world *world)
{
    rh_instant until = 0;
    for (uint32_t i = 0; i < world->row_count; i++) {
        if (world->rows[i].optional) {
            until = later(until, world->candidates[i].earliest);
        } else if (!is_upkeep(world, &world->candidates[i])) {
            return false;
        }
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < world->row_count; i++) {
        if (world->rows[i].optional || world->candidates[i].earliest < until) {
            keep_row(world, i, &kept);
        }
    }
    world->row_count = kept;
    return true;
}

/* The run may also end here: the first row says so, or the last where upkeep leads on. */
static bool add_end(struct rh_world *world)
{
    if (!reserve(world)) {
        return false;
    }
    bool is_first = true;
    for (uint32_t i = 0; i < world->row_count && is_first; i++) {
        is_first = world->rows[i].optional;
    }
    uint32_t at = is_first ? 0 : world->row_count;
    uint32_t others = world->row_count - at;
    memmove(&world->candidates[at + 1], &world->candidates[at],
            others * sizeof(*world->candidates));
    memmove(&world->rows[at + 1], &world->rows[at], others * sizeof(*world->rows));
    world->row_count++;
    world->candidates[at] = (struct rh_candidate){
        .source = SOURCE_OF_END, .latest = RH_NEVER, .optional = true, .weight = 1};
    world->rows[at] = (struct choice_row){.optional = true};
    return true;
}

bool world_gather_stage(struct rh_world *world)
{
    world->row_count = 0;
    if (!reserve(world)) {
        return false;
    }
    world->candidates[0] =
        (struct rh_candidate){.source = SOURCE_OF_STAGE, .weight = 1, .id = FOLLOW_STAGE};
    world->rows[0] = (struct choice_row){.optional = false};
    world->row_count = 1;
    return true;
}

bool world_gather_end(struct rh_world *world)
{
    world->row_count = 0;
    return add_end(world);
}

void world_gather(struct rh_world *world)
{
    world->row_count = 0;
    world->acting = rh_pid_none(); /* what it takes to look is no allocation of any actor */
    bool first_only = world->strategy->functions->first_only && !world->clocks_matter;
    /* With clocks, the earliest timer may be one that cannot fire; with a network, one that alone is no life. */
    bool all = world->time_free || world->clocks_matter || world->node_count > 1 ||
               world->follow != NULL; /* who follows knows from where each has come */
    rh_instant due_max = all ? RH_NEVER : next_due(world);
    for (uint32_t i = 0; i < world->node_count; i++) {
        struct node_visit visit = {world, i};
        world->visits++;
        rh_node_each_pending(world->nodes[i]->node, due_max, add_pending, &visit);
    }
    if (first_only && !world->sources_turn && world->row_count == 1 &&
        world->candidates[0].kind != RH_PENDING_TIMER) {
        return; /* the oldest signal: nothing can come before it */
    }
    if (world->pipes.first != NULL || world->pipes.listening != NULL) {
        world_gather_pipes(world);
    }
    for (uint32_t i = 0; i < world->source_count && !world->no_memory; i++) {
        struct node_visit visit = {world, world->node_count + i};
        world->sources[i].each(world->sources[i].self, world, add_source_event, &visit);
    }
    bool may_end = leave_out_upkeep(world);
    if (world->row_count == 0) {
        return;
    }
    if (world->follow != NULL) {
        follow_identify(world->follow);
    }
    if (world_is_by_instants(world)) {
        keep_instant(world);
    } else if (!world->time_free) {
        close_windows(world);
    }
    if (may_end) {
        (void)add_end(world); /* without memory the run ends anyhow */
    }
}
