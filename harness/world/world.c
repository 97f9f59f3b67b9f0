/* SPDX-License-Identifier: MIT */
/*
 * One event at a time: gather what may happen, let the strategy choose, do it, tell the listeners. Nothing here knows a
 * scenario; steps and faults come from sources that look like nodes.
 */
#include "harness/world/internal.h"

#include "core/base/assert.h"

#include <string.h>

/* After so many events at one instant a first_only strategy looks at the sources. */
#define PATIENCE 64u

RH_COLD static void register_actor(struct rh_world *world, const struct rh_event *spawn)
{
    const char *root = world->node_count > 1 ? world->nodes[spawn->actor.node - 1]->name : "root";
    enum rh_status status = RH_OK;
    if (world->naming != NULL) {
        status = registry_call(&world->registry, spawn->actor, world->naming);
        world->naming = NULL;
    }
    if (status == RH_OK) {
        status = registry_add(&world->registry, spawn->actor, spawn->peer, spawn->ordinal,
                              spawn->number, root);
    }
    world->no_memory = world->no_memory || status != RH_OK;
}

/* Tell those who want one of these kinds; nobody comes or goes meanwhile. */
static inline void tell(const struct rh_world *world, const struct rh_record *record,
                        uint64_t kinds)
{
    const struct rh_listener *listener = world->listeners;
    for (uint32_t left = world->listener_count; left > 0; left--, listener++) {
        if ((listener->kinds & kinds) != 0) {
            listener->record(listener->self, record);
        }
    }
}

/* Without a bound of the scenario's, so many events at one instant, and so many more for each actor. */
#define INSTANT_EVENTS 100000u
#define INSTANT_EVENTS_AN_ACTOR 16u

/* After so many events the caller is asked whether to go on. */
#define ASK_EVERY 64u

RH_APART static void count_actor(struct rh_world *world, const struct rh_event *event)
{
    if (event->kind == RH_EVENT_EXIT_END) {
        world->alive--;
        return;
    }
    register_actor(world, event);
    world->alive++;
    if (world->alive > world->alive_max) {
        world->alive_max = world->alive;
        world->instant_events_max += world->instant_events_an_actor;
    }
}

void world_on_event(void *self, const struct rh_event *event)
{
    const struct world_node *node = self;
    const uint64_t kind = UINT64_C(1) << event->kind;
    if ((kind & (RH_LISTEN(SPAWN) | RH_LISTEN(EXIT_END))) != 0) {
        count_actor(node->world, event);
    }
    if ((node->world->kinds & kind) != 0) {
        const struct rh_record record = {RH_RECORD_EVENT, node->world->steps, node->index, event};
        tell(node->world, &record, kind);
    }
}

void world_tell(struct rh_world *world, const struct rh_record *record)
{
    const struct rh_listener *listener = world->listeners;
    for (uint32_t left = world->listener_count; left > 0; left--, listener++) {
        listener->record(listener->self, record);
    }
}

/* ---- memory of nodes that may run out ---- */

static bool is_starving(const struct rh_world *world)
{
    return world->starves_in > 0 && rh_pid_equal(world->acting, world->starved);
}

static bool is_refused(struct rh_world *world)
{
    bool refused = is_starving(world) && --world->starves_in == 0;
    world->refusals += refused;
    return refused;
}

uint64_t rh_world_refusals(const struct rh_world *world)
{
    return world->refusals;
}

static void *allocate(void *self, size_t bytes)
{
    struct rh_world *world = self;
    return is_refused(world) ? NULL : world->allocator->allocate(world->allocator->self, bytes);
}

static void *resize(void *self, void *block, size_t before, size_t bytes)
{
    struct rh_world *world = self;
    if (bytes > before && is_refused(world)) {
        return NULL;
    }
    return world->allocator->resize(world->allocator->self, block, before, bytes);
}

static void release(void *self, void *block, size_t bytes)
{
    const struct rh_world *world = self;
    world->allocator->release(world->allocator->self, block, bytes);
}

enum rh_status rh_world_relate(struct rh_world *world, uint32_t node, const struct rh_event *event)
{
    world->now = event->now;
    world_on_event(world->nodes[node], event);
    return world->no_memory ? RH_NO_MEMORY : RH_OK;
}

void rh_world_set_now(struct rh_world *world, rh_instant now)
{
    world->now = now;
}

enum rh_status rh_world_create(const struct rh_world_options *options, struct rh_world **ret_world)
{
    const struct rh_allocator *allocator =
        options->allocator == NULL ? rh_allocator_default() : options->allocator;
    struct rh_world *world = allocator->allocate(allocator->self, sizeof(*world));
    if (world == NULL) {
        return RH_NO_MEMORY;
    }
    *world = (struct rh_world){
        .allocator = allocator,
        .limits = options->limits == NULL ? rh_limits_default() : *options->limits,
        .strategy = options->strategy,
        .seed = options->seed,
        .time_free = options->time_free,
        .clock_is_told = options->clock_is_told,
        .timers_drift = options->timers_drift,
        .connects_early = options->connects_early,
        .has_windows = options->has_windows,
        .by_instants = options->by_instants,
        .stall_max = options->stall_max,
        .clocks_matter = options->stall_max > 0,
        .boot = options->boot,
        .find_behaviour = options->find_behaviour,
        .commutes = options->commutes,
        .boot_self = options->boot_self,
        .events_max = options->events_max == 0 ? 1000000 : options->events_max,
        .instant_events_max =
            options->instant_events_max == 0 ? INSTANT_EVENTS : options->instant_events_max,
        .instant_events_an_actor = options->instant_events_max == 0 ? INSTANT_EVENTS_AN_ACTOR : 0,
        .is_scarce = options->is_scarce,
        .go_on = options->go_on,
        .go_on_self = options->go_on_self,
        .before_event = options->before_event,
        .before_event_self = options->before_event_self,
    };
    world->scarce = (struct rh_allocator){allocate, resize, release, world};
    if (registry_init(&world->registry, allocator) != RH_OK) {
        allocator->release(allocator->self, world, sizeof(*world));
        return RH_NO_MEMORY;
    }
    if (rh_strategy_follows(options->strategy) && follow_create(world, &world->follow) != RH_OK) {
        rh_world_destroy(world);
        return RH_NO_MEMORY;
    }
    if (world->strategy != NULL) {
        rh_world_set_strategy(world, world->strategy);
    }
    *ret_world = world;
    return RH_OK;
}

bool rh_world_has_drawn(const struct rh_world *world)
{
    bool found = false;
    for (uint32_t i = 0; i < world->node_count && !found; i++) {
        found = rh_node_has_drawn(world->nodes[i]->node);
    }
    return found;
}

void rh_world_reseed(struct rh_world *world, uint64_t seed)
{
    world->seed = seed;
    for (uint32_t i = 0; i < world->node_count; i++) {
        rh_node_reseed(world->nodes[i]->node, seed);
    }
}

void rh_world_set_strategy(struct rh_world *world, struct rh_strategy *strategy)
{
    RH_ASSERT(rh_strategy_follows(strategy) == (world->follow != NULL));
    world->strategy = strategy;
    strategy->line = world_line;
    strategy->line_self = world;
}

void rh_world_destroy(struct rh_world *world)
{
    if (world == NULL) {
        return;
    }
    const struct rh_allocator *allocator = world->allocator;
    world->kinds = 0; /* nobody listens to a world that goes */
    rh_fault_menu_destroy(world->menu);
    pipes_deinit(world);
    while (world->buried != NULL) {
        struct buried *buried = world->buried;
        world->buried = buried->next;
        rh_node_destroy(buried->node);
        allocator->release(allocator->self, buried, sizeof(*buried));
    }
    for (uint32_t i = 0; i < world->node_count; i++) {
        rh_node_destroy(world->nodes[i]->node);
        allocator->release(allocator->self, world->nodes[i], sizeof(struct world_node));
    }
    allocator->release(allocator->self, world->nodes, world->node_count * sizeof(*world->nodes));
    world_free_procs(world);
    allocator->release(allocator->self, world->listeners,
                       world->listener_count * sizeof(*world->listeners));
    allocator->release(allocator->self, world->sources,
                       world->source_count * sizeof(*world->sources));
    allocator->release(allocator->self, world->rows, world->row_capacity * sizeof(*world->rows));
    allocator->release(allocator->self, world->candidates,
                       world->row_capacity * sizeof(*world->candidates));
    registry_deinit(&world->registry);
    follow_destroy(world->follow);
    allocator->release(allocator->self, world, sizeof(*world));
}

/* Append one element to an array that is exactly as long as its count. */
static bool append(struct rh_world *world, void **array, uint32_t *count, const void *element,
                   size_t bytes)
{
    unsigned char *grown = world->allocator->resize(world->allocator->self, *array, *count * bytes,
                                                    (*count + (size_t)1) * bytes);
    if (grown == NULL) {
        return false;
    }
    memcpy(grown + *count * bytes, element, bytes);
    *array = grown;
    (*count)++;
    return true;
}

enum rh_status world_node_create(struct rh_world *world, struct world_node *node)
{
    struct rh_observer observer = {world_on_event, node};
    struct rh_node_options options = {
        .node = node->index + 1,
        .incarnation = node->incarnation,
        .seed = world->seed,
        .limits = &world->limits,
        .allocator = world->is_scarce ? &world->scarce : world->allocator,
        .marks = world->allocator,
        .observer = &observer,
        .filter = world->menu == NULL ? NULL : rh_fault_menu_filter(world->menu),
        .name = node->name,
        .find_behaviour = world->find_behaviour,
        .behaviours = world->boot_self,
    };
    enum rh_status status = rh_node_create(&options, &node->node);
    if (status == RH_OK && world->follow != NULL) {
        follow_node(world->follow, node->node);
    }
    return status;
}

enum rh_status rh_world_add_node(struct rh_world *world, const char *name, uint32_t *ret_index)
{
    const struct rh_allocator *allocator = world->allocator;
    struct world_node *node = allocator->allocate(allocator->self, sizeof(*node));
    if (node == NULL) {
        return RH_NO_MEMORY;
    }
    *node = (struct world_node){
        .world = world, .name = name, .index = world->node_count, .incarnation = 1};
    enum rh_status status = world_node_create(world, node);
    void *nodes = world->nodes;
    if (status == RH_OK &&
        !append(world, &nodes, &world->node_count, &node, sizeof(struct world_node *))) {
        rh_node_destroy(node->node);
        status = RH_NO_MEMORY;
    }
    if (status != RH_OK) {
        allocator->release(allocator->self, node, sizeof(*node));
        return status;
    }
    world->nodes = nodes;
    world->turn = (uint32_t)(world->steps % world->node_count);
    *ret_index = node->index;
    return RH_OK;
}

uint32_t rh_world_node_count(const struct rh_world *world)
{
    return world->node_count;
}

struct rh_node *rh_world_node(const struct rh_world *world, uint32_t index)
{
    return world->nodes[index]->node;
}

void rh_world_set_up(struct rh_world *world, uint32_t index, rh_instant now,
                     const struct rh_pending *pending)
{
    if (world->follow != NULL) {
        follow_set_up(world->follow, index, pending);
    }
    rh_node_execute(world->nodes[index]->node, now, pending);
}

struct rh_node *rh_world_node_of(const struct rh_world *world, struct rh_pid pid)
{
    return pid.node == 0 || pid.node > world->node_count ? NULL : world->nodes[pid.node - 1]->node;
}

enum rh_status rh_world_spawn(struct rh_world *world, uint32_t node, const char *name,
                              const struct rh_behaviour *behaviour,
                              const struct rh_spawn_options *options, struct rh_pid *ret_actor)
{
    world->naming = name; /* before anybody hears of it */
    enum rh_status status = rh_node_spawn(world->nodes[node]->node, rh_world_clock(world, node),
                                          behaviour, options, ret_actor);
    world->naming = NULL;
    if (status == RH_OK && world->no_memory) {
        status = RH_NO_MEMORY;
    }
    return status;
}

enum rh_status rh_world_name_actor(struct rh_world *world, struct rh_pid pid, const char *name)
{
    return registry_call(&world->registry, pid, name);
}

enum rh_status rh_world_listen(struct rh_world *world, const struct rh_listener *listener)
{
    void *listeners = world->listeners;
    if (!append(world, &listeners, &world->listener_count, listener, sizeof(*listener))) {
        return RH_NO_MEMORY;
    }
    world->listeners = listeners;
    world->kinds |= listener->kinds;
    return RH_OK;
}

void rh_world_listen_steps(struct rh_world *world, const void *self, bool wants)
{
    const uint64_t steps = RH_LISTEN_RECORD(STEP);
    world->kinds &= ~steps;
    for (uint32_t i = 0; i < world->listener_count; i++) {
        struct rh_listener *listener = &world->listeners[i];
        if (listener->self == self) {
            listener->kinds = wants ? listener->kinds | steps : listener->kinds & ~steps;
        }
        world->kinds |= listener->kinds & steps;
    }
}

enum rh_status rh_world_add_source(struct rh_world *world, const struct rh_source *source)
{
    void *sources = world->sources;
    if (!append(world, &sources, &world->source_count, source, sizeof(*source))) {
        return RH_NO_MEMORY;
    }
    world->sources = sources;
    return RH_OK;
}

/* ---- clocks ---- */

rh_instant rh_world_clock_at(const struct rh_world *world, uint32_t node, rh_instant now)
{
    rh_duration ahead = node < world->node_count ? world->nodes[node]->ahead : 0;
    return now > RH_NEVER - 1 - ahead ? RH_NEVER - 1 : now + ahead;
}

rh_instant rh_world_clock(const struct rh_world *world, uint32_t node)
{
    return rh_world_clock_at(world, node, world->now);
}

/* What was due before the clock jumped is due from then on. */
rh_instant world_time_of(const struct rh_world *world, uint32_t node, rh_instant shown)
{
    const struct world_node *of = node < world->node_count ? world->nodes[node] : NULL;
    if (of == NULL || of->ahead == 0 || shown == RH_NEVER) {
        return shown;
    }
    rh_instant time = shown > of->ahead ? shown - of->ahead : 0;
    return time > of->ahead_since ? time : of->ahead_since;
}

/* ---- one step ---- */

static void tell_step(struct rh_world *world, uint32_t node, const struct rh_pending *pending)
{
    const struct rh_event event = {
        /* each field: it is not to be cleared as a block first */
        .kind = pending->signal == RH_SIGNAL_USER ? RH_EVENT_INPUT : RH_EVENT_HANDLE,
        .signal = pending->signal,
        .why = RH_WHY_NONE,
        .status = RH_OK,
        .now = rh_world_clock(world, pending->actor.node - 1),
        .actor = pending->actor,
        .peer = pending->from,
        .ordinal = pending->ordinal,
        .number = 0,
        .due = 0,
        .message = pending->message,
        .name = pending->name,
        .want = NULL,
    };
    const struct rh_record record = {RH_RECORD_STEP, world->steps, node, &event};
    if (event.kind == RH_EVENT_INPUT) {
        world_tell(world, &record);
    } else {
        tell(world, &record, RH_LISTEN_RECORD(STEP));
    }
}

static inline void set_time(struct rh_world *world, rh_instant now)
{
    world->now = now;
    if (world->now > world->horizon) {
        world->horizon = world->now;
        world->instant_events = 0;
    }
    world->instant_events++;
}

void world_set_time(struct rh_world *world, rh_instant earliest, struct rh_pid pid, bool is_turn)
{
    world->acting = pid;
    if (is_starving(world)) {
        follow_touch_run(world->follow); /* what it has to allocate depends on what all have left */
    }
    if (earliest < world->horizon && !world->time_free) {
        earliest = world->horizon; /* it was put off */
    }
    struct registered *actor =
        is_turn && world->clocks_matter ? registry_find(&world->registry, pid) : NULL;
    if (actor != NULL) {
        actor->clock = actor->clock > earliest ? actor->clock : earliest;
        earliest = actor->clock;
        actor->clock += actor->slow;
        actor->held = actor->slow > 0 ? actor->clock : actor->held;
        actor->slowed_by = actor->slow > 0 ? follow_deed(world->follow) + 1 : 0;
    }
    set_time(world, earliest);
}

/* An event that was chosen happens at its earliest, unless it is known from elsewhere when it did: not before `least`. */
static void begin_event(struct rh_world *world, rh_instant earliest, rh_instant least,
                        struct rh_pid pid, bool is_turn)
{
    if (!world->clock_is_told) {
        world_set_time(world, earliest, pid, is_turn);
        return;
    }
    struct rh_strategy *strategy = world->strategy;
    rh_instant now = RH_SECOND * rh_choice_below(strategy, RH_SITE_CLOCK, UINT32_MAX, NULL);
    now += rh_choice_below(strategy, RH_SITE_CLOCK, (uint32_t)RH_SECOND, NULL);
    world->acting = pid;
    set_time(world, now > least ? now : least);
}

/* The nodes take turns: the first is looked at first in every step whose number their count divides. */
static inline void count_step(struct rh_world *world)
{
    world->steps++;
    world->turn = world->turn + 1 < world->node_count ? world->turn + 1 : 0;
}

static inline void execute_pending(struct rh_world *world, uint32_t node, rh_instant earliest,
                                   const struct rh_pending *pending)
{
    bool is_timer = pending->kind == RH_PENDING_TIMER;
    begin_event(world, earliest, is_timer ? earliest : 0, pending->actor, true);
    count_step(world);
    if ((world->kinds & RH_LISTEN_RECORD(STEP)) != 0) {
        tell_step(world, node, pending);
    }
    const struct rh_fault_prey prey = {node, pending, earliest, earliest};
    if (world->menu != NULL && rh_fault_menu_holds(world->menu) &&
        rh_fault_menu_hold(world->menu, &prey, world->now)) {
        return;
    }
    rh_node_execute(world->nodes[node]->node, rh_world_clock(world, node), pending);
}

void world_begin_pipe_step(struct rh_world *world, rh_instant earliest, struct rh_pid actor,
                           bool is_turn)
{
    const struct rh_pending pending = {.signal = RH_SIGNAL_IO, .actor = actor};
    if (world->is_being_set_up) {
        return;
    }
    begin_event(world, earliest, 0, actor, is_turn);
    count_step(world);
    tell_step(world, actor.node == 0 ? 0 : actor.node - 1, &pending);
}

/* No event, and nobody hears of it: what was behind it in time is there from now on. */
static void execute_tick(struct rh_world *world, rh_instant next)
{
    world_set_time(world, next, rh_pid_none(), false);
    world->ticks++;
}

static void execute(struct rh_world *world, uint32_t chosen)
{
    const struct rh_candidate *candidate = &world->candidates[chosen];
    if (candidate->source == SOURCE_OF_TIME) {
        execute_tick(world, candidate->earliest);
        return;
    }
    if (world->rows[chosen].pipe_event != 0) {
        world_execute_pipe(world, world->rows[chosen].pipe_event, candidate->earliest);
        return;
    }
    if (candidate->source < world->node_count) {
        const struct rh_pending pending = world->rows[chosen].pending;
        execute_pending(world, candidate->source, candidate->earliest, &pending);
        return;
    }
    uint32_t index = candidate->source - world->node_count;
    const struct choice_row row = world->rows[chosen];
    const struct rh_fault_prey prey = {row.strikes_on, &row.pending, candidate->earliest,
                                       candidate->latest};
    struct rh_pending pending = {.signal = RH_SIGNAL_USER,
                                 .actor = candidate->actor,
                                 .from = candidate->from,
                                 .ordinal = candidate->ordinal};
    begin_event(world, candidate->earliest, 0, candidate->actor, row.is_turn);
    count_step(world);
    tell_step(world, index, &pending);
    world->prey = row.strikes ? &prey : NULL;
    world->sources[index].execute(world->sources[index].self, world, row.source_event, world->now);
    world->prey = NULL;
}

/* A strategy that takes the first candidate always needs no list: the oldest signal is it. */
RH_APART static bool execute_oldest(struct rh_world *world)
{
    if (!world->strategy->functions->first_only || world->clocks_matter || world->time_free) {
        return false;
    }
    struct rh_pending pending;
    for (uint32_t i = 0; i < world->node_count; i++) {
        uint32_t node = world->turn + i < world->node_count ? world->turn + i
                                                            : world->turn + i - world->node_count;
        if (rh_node_oldest(world->nodes[node]->node, &pending)) {
            execute_pending(world, node, pending.due, &pending);
            return true;
        }
    }
    return false;
}

/* What a first_only strategy takes: the first row, or in a source's turn the first of a source that must happen. What
 * travels may take its time, and would be overtaken by everything that cannot: with pipes the earliest goes first. */
static uint32_t first_row(const struct rh_world *world)
{
    uint32_t first = 0;
    for (uint32_t i = 1; world->pipes.first != NULL && i < world->row_count; i++) {
        if (world->candidates[i].earliest < world->candidates[first].earliest) {
            first = i;
        }
    }
    for (uint32_t i = 0; world->sources_turn && i < world->row_count; i++) {
        if (world->candidates[i].source >= world->node_count && !world->rows[i].optional) {
            return i;
        }
    }
    return first;
}

static bool ask_sources(struct rh_world *world)
{
    bool released = false;
    for (uint32_t i = 0; i < world->source_count; i++) {
        const struct rh_source *source = &world->sources[i];
        released =
            (source->quiescent != NULL && source->quiescent(source->self, world)) || released;
    }
    return released;
}

static bool is_over(struct rh_world *world, enum rh_end *ret_end)
{
    *ret_end = RH_END_STOPPED;
    if (world->stopped) {
        return true;
    }
    *ret_end = RH_END_NO_MEMORY;
    if (world->no_memory) {
        return true;
    }
    *ret_end = RH_END_EVENTS;
    if (world->steps >= world->events_max) {
        return true;
    }
    *ret_end = RH_END_LIVELOCK;
    return world->instant_events >= world->instant_events_max && !world->time_free;
}

/* The same for a strategy that follows: it is told what everything is called, and what came of its choice. */
RH_APART static bool execute_followed(struct rh_world *world, enum rh_end *ret_end)
{
    uint32_t chosen =
        rh_choice_below(world->strategy, RH_SITE_NEXT, world->row_count, world->candidates);
    *ret_end = RH_END_STOPPED;
    if (rh_strategy_cuts(world->strategy)) {
        return false;
    }
    bool ends = world->candidates[chosen].source == SOURCE_OF_END;
    *ret_end = RH_END_QUIESCENT;
    follow_begin(world->follow, chosen);
    if (!ends) {
        execute(world, chosen);
        world_apply_effects(world); /* of this step, whose touches they are */
    }
    follow_end(world->follow);
    return !ends;
}

/* Look at everything that may happen, and do what the strategy chooses. */
RH_APART static bool execute_chosen(struct rh_world *world, enum rh_end *ret_end)
{
    if (world->follow != NULL) {
        follow_end_stage(world->follow);
    }
    world_gather(world);
    while (world->row_count == 0 && !world->no_memory) {
        if (!ask_sources(world)) {
            *ret_end = RH_END_QUIESCENT;
            return world->follow != NULL && !world->healing && world_gather_end(world) &&
                   execute_followed(world, ret_end);
        }
        if (world->follow != NULL) {
            follow_barrier(world->follow);
        }
        world_gather(world);
    }
    if (is_over(world, ret_end)) {
        return false;
    }
    if (world->follow != NULL) {
        return execute_followed(world, ret_end);
    }
    uint32_t chosen =
        world->strategy->functions->first_only
            ? first_row(world)
            : rh_choice_below(world->strategy, RH_SITE_NEXT, world->row_count, world->candidates);
    if (world->candidates[chosen].source == SOURCE_OF_END) {
        *ret_end = RH_END_QUIESCENT;
        return false;
    }
    execute(world, chosen);
    return true;
}

/* Most steps of most runs: one node, nobody who wants to hear of steps, nothing in the way of the oldest signal. What is done
 * is what execute_oldest would do, and so is the choice. */
static inline bool execute_plain(struct rh_world *world)
{
    rh_instant sent;
    bool odd = world->stopped || world->no_memory || world->clocks_matter || world->time_free;
    if (odd || world->node_count != 1 || (world->kinds & RH_LISTEN_RECORD(STEP)) != 0 ||
        world->instant_events % PATIENCE == PATIENCE - 1 || world->steps >= world->events_max ||
        world->instant_events >= world->instant_events_max ||
        !world->strategy->functions->first_only ||
        !rh_node_is_plain(world->nodes[0]->node, &sent)) {
        return false;
    }
    set_time(world, sent);
    world->steps++;
    rh_node_execute_oldest(world->nodes[0]->node, sent);
    return true;
}

bool rh_world_step(struct rh_world *world, enum rh_end *ret_end)
{
    *ret_end = RH_END_STOPPED;
    if (world->before_event != NULL) {
        world->before_event(world->before_event_self, world);
    }
    if (execute_plain(world)) {
        return true;
    }
    if (world->stopped) {
        return false;
    }
    world_apply_effects(world);
    /* Steps and scripts are not to starve behind an actor that never rests. */
    world->sources_turn =
        world->source_count > 0 && world->instant_events % PATIENCE == PATIENCE - 1;
    if (world->steps < world->events_max && world->instant_events < world->instant_events_max &&
        !world->no_memory && !world->sources_turn && execute_oldest(world)) {
        return true;
    }
    return execute_chosen(world, ret_end);
}

enum rh_end rh_world_run(struct rh_world *world)
{
    enum rh_end end = RH_END_QUIESCENT;
    while (rh_world_step(world, &end)) {
        if (world->go_on != NULL && world->steps % ASK_EVERY == 0 &&
            !world->go_on(world->go_on_self)) {
            rh_world_stop(world);
        }
    }
    return world->no_memory ? RH_END_NO_MEMORY : end;
}

void rh_world_stop(struct rh_world *world)
{
    world->stopped = true;
}

bool rh_world_is_settled(const struct rh_world *world)
{
    for (uint32_t i = 0; i < world->node_count; i++) {
        struct rh_node_stats stats;
        rh_node_stats(world->nodes[i]->node, &stats);
        if (stats.signals_waiting > 0) {
            return false;
        }
    }
    return pipes_are_settled(world);
}

uint64_t rh_world_steps(const struct rh_world *world)
{
    return world->steps;
}

uint64_t rh_world_moves(const struct rh_world *world)
{
    return world->steps + world->ticks;
}

rh_instant rh_world_now(const struct rh_world *world)
{
    return world->now;
}

enum rh_status rh_world_stall(struct rh_world *world, struct rh_pid pid, rh_instant until)
{
    struct registered *actor = registry_find(&world->registry, pid);
    if (actor == NULL) {
        return RH_NOPROC;
    }
    world->clocks_matter = true;
    if (until == RH_NEVER) {
        actor->frozen = true;
    } else {
        actor->clock = until > actor->clock ? until : actor->clock;
        actor->held = until > actor->held ? until : actor->held;
    }
    return RH_OK;
}

size_t rh_world_actor_name(const struct rh_world *world, struct rh_pid pid, char *buffer,
                           size_t capacity)
{
    return registry_name(&world->registry, pid, buffer, capacity);
}

bool rh_world_find(const struct rh_world *world, const char *name, struct rh_pid *ret_pid)
{
    return registry_find_name(&world->registry, name, ret_pid);
}

size_t rh_world_print_name(void *world, struct rh_pid pid, char *buffer, size_t capacity)
{
    return rh_world_actor_name(world, pid, buffer, capacity);
}
