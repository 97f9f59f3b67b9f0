/* SPDX-License-Identifier: MIT */
/* The world as the host of a fault menu: the menu's offers are a source of events like any other. */
#include "harness/world/internal.h"

#include <inttypes.h>
#include <stdio.h>

static bool find(void *self, const char *name, struct rh_pid *ret_actor)
{
    const struct rh_world *world = self;
    return rh_world_find(world, name, ret_actor) &&
           rh_inspect_is_alive(rh_world_node_of(world, *ret_actor), *ret_actor);
}

static bool recall(void *self, const char *name, struct rh_pid *ret_actor)
{
    return rh_world_find(self, name, ret_actor);
}

static struct rh_node *node_of(void *self, struct rh_pid actor)
{
    return rh_world_node_of(self, actor);
}

static rh_instant clock_of(void *self, struct rh_pid actor)
{
    return rh_world_clock(self, actor.node - 1);
}

static void stall(void *self, struct rh_pid actor, rh_instant until)
{
    enum rh_status status = rh_world_stall(self, actor, until);
    (void)status; /* the actor was found a moment ago */
}

static struct registered *row_of(struct rh_world *world, struct rh_pid actor)
{
    world->clocks_matter = true;
    return registry_find(&world->registry, actor);
}

static void slow(void *self, struct rh_pid actor, rh_duration each)
{
    row_of(self, actor)->slow = each;
}

static void late(void *self, struct rh_pid actor, rh_duration most)
{
    row_of(self, actor)->late = most;
}

static void starve(void *self, struct rh_pid actor, uint32_t nth)
{
    struct rh_world *world = self;
    world->clocks_matter = true; /* every step says whose it is */
    world->starved = actor;
    world->starves_in = nth;
}

static bool is_of_program(void *self, const char *program, struct rh_pid actor)
{
    return world_is_of_program(self, program, actor);
}

struct timer_search {
    struct rh_pid actor;
    bool found;
    struct rh_pending timer;
};

static bool look_at(void *self, const struct rh_pending *pending)
{
    struct timer_search *search = self;
    if (pending->kind == RH_PENDING_TIMER && rh_pid_equal(pending->actor, search->actor)) {
        search->found = true;
        search->timer = *pending;
    }
    return !search->found;
}

static struct timer_search earliest_timer(struct rh_world *world, struct rh_pid actor)
{
    struct timer_search search = {.actor = actor};
    rh_node_each_pending(rh_world_node_of(world, actor), RH_NEVER, look_at, &search);
    return search;
}

static bool has_timer(void *self, struct rh_pid actor)
{
    return earliest_timer(self, actor).found;
}

static void fire(void *self, struct rh_pid actor)
{
    struct rh_world *world = self;
    struct timer_search search = earliest_timer(world, actor);
    if (search.found) {
        world->clocks_matter = true;
        world_set_time(world, world_time_of(world, actor.node - 1, search.timer.due), actor, true);
        rh_node_execute(rh_world_node_of(world, actor), rh_world_clock(world, actor.node - 1),
                        &search.timer);
    }
}

static void tell(void *self, enum rh_fault_kind kind, struct rh_pid actor,
                 const struct rh_message *reason)
{
    struct rh_world *world = self;
    struct rh_event event = {.kind = RH_EVENT_INPUT,
                             .now = world->now,
                             .actor = actor,
                             .message = reason,
                             .name = rh_fault_kind_word(kind)};
    uint32_t node = actor.node == 0 ? 0 : actor.node - 1;
    struct rh_record record = {RH_RECORD_FAULT, world->steps, node, &event};
    world_tell(world, &record);
}

static bool can_network(void *self, const struct rh_fault_spec *spec)
{
    const struct rh_world *world = self;
    switch (spec->kind) {
    case RH_FAULT_KILL_NODE:
    case RH_FAULT_FREEZE_NODE:
        return rh_world_node_is_up(world, spec->node);
    case RH_FAULT_PART:
        return true;
    case RH_FAULT_CLOSE_PIPE:
    case RH_FAULT_RESET_PIPE:
    case RH_FAULT_HALF_CLOSE_PIPE:
    case RH_FAULT_BLACK_HOLE:
    case RH_FAULT_CUT_PIPE:
        return rh_world_pipes(world, spec->node, spec->other) > 0;
    default:
        return world_can_befall(world, spec);
    }
}

/* "n2", "n1>n2", or the name of a program. */
static void tell_where(struct rh_world *world, const struct rh_fault_spec *spec)
{
    char where[64];
    const char *node = rh_world_node_name(world, spec->node);
    bool is_node =
        rh_fault_kind_family(spec->kind) != RH_FAULT_FAMILY_PIPE && spec->kind != RH_FAULT_PART;
    if (is_node) {
        (void)snprintf(where, sizeof(where), "%.30s", spec->program != NULL ? spec->program : node);
    } else {
        size_t length = (size_t)snprintf(where, sizeof(where), "%.20s>%.20s", node,
                                         rh_world_node_name(world, spec->other));
        if (spec->bytes_most > 0) {
            (void)snprintf(where + length, sizeof(where) - length, " %" PRIu64, spec->bytes);
        }
    }
    struct rh_message text = RH_ITEM(world->allocator, (const char *)where);
    world->striking = spec;
    tell(world, spec->kind, rh_pid_none(), &text);
    world->striking = NULL;
    rh_message_unref(text);
}

/* When what begins now and lasts so long is over. */
static rh_instant end_of(const struct rh_world *world, rh_duration span)
{
    return span > RH_NEVER - world->now ? RH_NEVER : world->now + span;
}

static void part(struct rh_world *world, const struct rh_fault_spec *spec)
{
    rh_instant until = end_of(world, spec->span);
    if (rh_world_part(world, spec->node, spec->other, until) != RH_OK ||
        rh_world_part(world, spec->other, spec->node, until) != RH_OK) {
        world->no_memory = true;
    }
}

void rh_world_strike(struct rh_world *world, const struct rh_fault_spec *spec)
{
    static const enum rh_harm harms[RH_FAULT_COUNT] = {
        [RH_FAULT_CLOSE_PIPE] = RH_HARM_CLOSE,
        [RH_FAULT_RESET_PIPE] = RH_HARM_RESET,
        [RH_FAULT_HALF_CLOSE_PIPE] = RH_HARM_HALF_CLOSE,
        [RH_FAULT_BLACK_HOLE] = RH_HARM_BLACK_HOLE,
        [RH_FAULT_CUT_PIPE] = RH_HARM_CUT,
    };
    tell_where(world, spec);
    switch (spec->kind) {
    case RH_FAULT_KILL_NODE:
        rh_world_kill_node(world, spec->node, 9, 0);
        break;
    case RH_FAULT_FREEZE_NODE:
        rh_world_freeze_node(world, spec->node, end_of(world, spec->span));
        break;
    case RH_FAULT_PART:
        part(world, spec);
        break;
    case RH_FAULT_CLOSE_PIPE:
    case RH_FAULT_RESET_PIPE:
    case RH_FAULT_HALF_CLOSE_PIPE:
    case RH_FAULT_BLACK_HOLE:
    case RH_FAULT_CUT_PIPE:
        (void)rh_world_harm(world, spec->node, spec->other, harms[spec->kind], spec->bytes);
        break;
    default:
        world_befall(world, spec);
        break;
    }
}

static void network(void *self, const struct rh_fault_spec *spec, rh_instant at)
{
    (void)at;
    rh_world_strike(self, spec);
}

/* ---- messages ---- */

/* The nodes' events are listed before those of the menu. */
static void each_message(void *self, bool (*visit)(void *visitor, const struct rh_fault_prey *prey),
                         void *visitor)
{
    const struct rh_world *world = self;
    const uint32_t count = world->row_count;
    for (uint32_t i = 0; i < count; i++) {
        const struct rh_candidate candidate = world->candidates[i];
        const struct rh_pending pending = world->rows[i].pending;
        const struct rh_node *node = rh_world_node_of(world, candidate.actor);
        bool is_message = candidate.source < world->node_count && world->rows[i].pipe_event == 0 &&
                          pending.kind == RH_PENDING_SIGNAL &&
                          pending.signal == RH_SIGNAL_MESSAGE &&
                          candidate.actor.node == candidate.source + 1 && node != NULL &&
                          rh_inspect_is_alive(node, candidate.actor);
        const struct rh_fault_prey prey = {candidate.source, &pending, candidate.earliest,
                                           candidate.latest};
        if (is_message && !visit(visitor, &prey)) {
            return;
        }
    }
}

static void handle(void *self, const struct rh_fault_prey *prey)
{
    const struct rh_world *world = self;
    rh_node_execute(world->nodes[prey->node]->node, rh_world_clock(world, prey->node),
                    prey->pending);
}

static void hold(void *self, const struct rh_fault_prey *prey, rh_instant until)
{
    struct rh_world *world = self;
    world->clocks_matter = true;
    bool is_held = until == RH_NEVER;
    rh_node_hold(world->nodes[prey->node]->node, prey->pending,
                 is_held ? RH_NEVER : rh_world_clock_at(world, prey->node, until));
}

static rh_instant now(void *self)
{
    const struct rh_world *world = self;
    return world->horizon;
}

/* ---- the menu as a source ---- */

/* The events of one fault differ by whom of its group they are about. */
static uint64_t event_id(uint32_t spec, uint32_t target)
{
    return (uint64_t)target << 32 | spec;
}

struct offer_visit {
    struct rh_world *world;
    bool (*visit)(void *visitor, const struct rh_source_event *event);
    void *visitor;
};

/* What commutes by its touches alone. */
static bool is_plain(enum rh_fault_kind kind)
{
    return kind == RH_FAULT_CRASH || kind == RH_FAULT_KILL || kind == RH_FAULT_DROP ||
           kind == RH_FAULT_LOSE_CALLBACK || kind == RH_FAULT_DOUBLE_CALLBACK ||
           kind == RH_FAULT_IGNORE_STOP || kind == RH_FAULT_DUPLICATE || kind == RH_FAULT_REPLACE ||
           kind == RH_FAULT_CORRUPT;
}

static bool on_offer(void *self, const struct rh_fault_offer *offer)
{
    struct offer_visit *visit = self;
    const struct rh_fault_spec *spec = &visit->world->specs[offer->spec];
    uint32_t once = spec->every == 0 ? 1 : UINT32_MAX;
    uint64_t budget = offer->optional ? visit->world->fault_budget : 0; /* of what is drawn */
    struct rh_source_event event = {.id = event_id(offer->spec, offer->target),
                                    .earliest = offer->earliest,
                                    .latest = offer->optional ? RH_NEVER : offer->earliest,
                                    .optional = offer->optional,
                                    .weight = offer->weight,
                                    .prey = offer->prey,
                                    .is_turn = offer->prey != NULL,
                                    .is_odd = !is_plain(spec->kind) || spec->phase != NULL,
                                    .bound = {.line = offer->spec + 1,
                                              .line_max = spec->max == 0 ? once : spec->max,
                                              .all_max = budget},
                                    .actor = offer->actor};
    return visit->visit(visit->visitor, &event);
}

static void each(void *self, struct rh_world *world,
                 bool (*visit)(void *visitor, const struct rh_source_event *event), void *visitor)
{
    struct offer_visit offers = {world, visit, visitor};
    rh_fault_menu_each(self, on_offer, &offers);
}

static void execute(void *self, struct rh_world *world, uint64_t id, rh_instant at)
{
    rh_fault_menu_execute(self, (uint32_t)id, (uint32_t)(id >> 32), world->prey, at);
}

/* "crash hand", "part n1 -> n2"; of a message the world says which. */
static size_t line(void *self, struct rh_world *world, uint64_t id, char *buffer, size_t capacity)
{
    const struct rh_fault_spec *spec = &world->specs[(uint32_t)id];
    const char *word = rh_fault_kind_word(spec->kind);
    size_t target = (size_t)(id >> 32);
    bool is_grouped = spec->actor == NULL && target < spec->group.count;
    const char *actor = is_grouped ? spec->group.names[target] : spec->actor;
    (void)self;
    switch (rh_fault_kind_family(spec->kind)) {
    case RH_FAULT_FAMILY_MESSAGE:
        return (size_t)snprintf(buffer, capacity, "%s", word);
    case RH_FAULT_FAMILY_NODE:
    case RH_FAULT_FAMILY_PIPE:
        break;
    default:
        return (size_t)snprintf(buffer, capacity, "%s%s%s", word, actor == NULL ? "" : " ",
                                actor == NULL ? "" : actor);
    }
    const char *node = rh_world_node_name(world, spec->node);
    bool is_pair =
        rh_fault_kind_family(spec->kind) == RH_FAULT_FAMILY_PIPE || spec->kind == RH_FAULT_PART;
    size_t length =
        (size_t)snprintf(buffer, capacity, "%s %s%s%s", word, node, is_pair ? " -> " : "",
                         is_pair ? rh_world_node_name(world, spec->other) : "");
    if (spec->bytes_most > spec->bytes && length < capacity) {
        length +=
            (size_t)snprintf(buffer + length, capacity - length, " %" PRIu64, spec->bytes + target);
    }
    return length;
}

enum rh_status rh_world_arm(struct rh_world *world, const struct rh_fault_spec *specs, size_t count)
{
    if (world->menu != NULL) {
        return RH_ALREADY;
    }
    world->specs = specs;
    for (size_t i = 0; i < count; i++) {
        world->counts_effects |= specs[i].kind == RH_FAULT_REFUSE_IO;
        world->forges |= specs[i].kind == RH_FAULT_FORGE;
        world->faults_end |= specs[i].until > 0;
        world->minds_bytes |=
            specs[i].kind == RH_FAULT_FLIP_BYTES || specs[i].kind == RH_FAULT_LOSE_BYTES;
    }
    const struct rh_fault_host host = {.allocator = world->allocator,
                                       .find = find,
                                       .recall = recall,
                                       .node = node_of,
                                       .clock = clock_of,
                                       .stall = stall,
                                       .slow = slow,
                                       .late = late,
                                       .starve = starve,
                                       .is_of_program = is_of_program,
                                       .has_timer = has_timer,
                                       .fire = fire,
                                       .can_network = can_network,
                                       .network = network,
                                       .each_message = each_message,
                                       .handle = handle,
                                       .hold = hold,
                                       .now = now,
                                       .tell = tell,
                                       .self = world};
    enum rh_status status =
        rh_fault_menu_create(world->allocator, specs, count, &host, &world->menu);
    if (status != RH_OK) {
        return status;
    }
    world->clocks_matter |= rh_fault_menu_holds(world->menu); /* no short cut past a hold */
    for (uint32_t i = 0; i < world->node_count; i++) {
        rh_node_set_filter(world->nodes[i]->node, rh_fault_menu_filter(world->menu));
    }
    const struct rh_source source = {
        .each = each, .execute = execute, .self = world->menu, .line = line};
    return rh_world_add_source(world, &source);
}

void rh_world_bound_faults(struct rh_world *world, uint64_t budget)
{
    if (world->menu != NULL) {
        rh_fault_menu_bound(world->menu, budget);
        world->fault_budget = budget;
    }
}

static bool is_event_of(const struct rh_world *world, uint32_t row, uint32_t index)
{
    return world->candidates[row].source != UINT32_MAX &&
           world->candidates[row].source >= world->node_count &&
           (uint32_t)world->rows[row].source_event == index;
}

bool rh_world_strike_armed(struct rh_world *world, uint32_t index, uint64_t draw, rh_instant now,
                           void (*about)(void *self, const struct rh_strike *struck), void *self)
{
    uint32_t count = 0;
    world->now = now;
    world->horizon = now;
    world_gather(world);
    for (uint32_t i = 0; i < world->row_count; i++) {
        count += is_event_of(world, i, index);
    }
    uint32_t row = 0;
    for (uint64_t left = count == 0 ? 0 : draw % count; row < world->row_count; row++) {
        if (is_event_of(world, row, index) && left-- == 0) {
            break;
        }
    }
    if (count == 0) {
        return false;
    }
    const struct choice_row chosen = world->rows[row];
    const struct rh_fault_prey prey = {chosen.strikes_on, &chosen.pending, now, now};
    const struct rh_strike struck = {chosen.source_event, chosen.strikes ? &chosen.pending : NULL};
    about(self, &struck);
    rh_fault_menu_execute(world->menu, index, (uint32_t)(chosen.source_event >> 32),
                          chosen.strikes ? &prey : NULL, now);
    return true;
}

uint32_t rh_world_fault_fired(const struct rh_world *world, size_t index)
{
    return rh_fault_menu_fired(world->menu, index);
}
