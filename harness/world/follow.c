/* SPDX-License-Identifier: MIT */
/*
 * Following a run, step by step.
 *
 * A step is told to the strategy with its name (follow_names.c), what it touched (follow_touches.c), when it may happen
 * (follow_instant.c), and its makers: what it needs in order to exist at all, which is the step that sent it, the one before
 * it in its channel or lane, the timers of its actor that were due before it. Makers are never reversed.
 */
#include "harness/world/follow_internal.h"

void *follow_grow(struct follow *follow, struct array *array, size_t bytes)
{
    void *element = array_add(array, follow->allocator, bytes);
    follow->world->no_memory = follow->world->no_memory || element == NULL;
    return element;
}

uint32_t *follow_map(struct follow *follow, struct keys *keys, uint64_t key, uint32_t value)
{
    uint32_t *found = keys_get(keys, follow->allocator, key, value);
    follow->world->no_memory = follow->world->no_memory || found == NULL;
    return found;
}

/* ---- makers ---- */

void follow_add_maker(struct follow *follow, uint32_t deed)
{
    if (deed == FOLLOW_NO_DEED || deed >= follow->deeds) {
        return;
    }
    uint32_t *makers = follow->makers.at;
    for (uint32_t i = 0; i < follow->makers.count; i++) {
        if (makers[i] == deed) {
            return;
        }
    }
    uint32_t *made = follow_grow(follow, &follow->makers, sizeof(uint32_t));
    if (made != NULL) {
        *made = deed;
    }
}

/* Nothing happens at an actor before its first turn; what is on its way to one of another node does not happen at it. */
static void add_start(struct follow *follow, struct rh_pid actor)
{
    if (rh_pid_is_none(actor) || (actor.node != 0 && actor.node != follow->node + 1)) {
        return;
    }
    const uint32_t *started =
        follow_map(follow, &follow->started, follow_actor_key(follow, actor), 0);
    if (started != NULL && *started > 0) {
        follow_add_maker(follow, *started - 1);
    }
}

/* Whoever has taken a name in its first turn, or behind it, had nothing to do with what was sent to the name before. */
static bool had_name_at_start(struct follow *follow, const struct rh_pending *pending)
{
    uint64_t name = keys_mix(keys_of_text(pending->name), follow->node);
    uint64_t actor = follow_actor_key(follow, pending->actor);
    const uint32_t *named = follow_map(follow, &follow->named, name, 0);
    uint32_t since = named == NULL ? 0 : *named;
    const uint32_t *started = follow_map(follow, &follow->started, actor, 0);
    return started != NULL && since < *started;
}

static void begin_timer(struct follow *follow, const struct rh_pending *pending)
{
    uint64_t creator = follow_actor_key(follow, pending->from);
    uint64_t timer = follow_object(RH_OBJECT_TIMER, creator, pending->ordinal);
    const uint32_t *set = follow_map(follow, &follow->set, timer, 0);
    uint64_t whose = follow_actor_key(follow, pending->actor);
    if (set != NULL && *set > 0) {
        follow_add_maker(follow, *set - 1);
    }
    bool receives = pending->signal == RH_SIGNAL_RECEIVE_TIMER;
    const uint32_t *waits = receives ? follow_map(follow, &follow->set, whose, 0) : set;
    uint32_t since = waits == NULL ? 0 : *waits;
    const struct expiry *expiries = follow->expiries.at;
    for (uint32_t i = 0; i < follow->expiries.count; i++) {
        bool drifts = follow->world->timers_drift && expiries[i].set > since;
        if (expiries[i].whose == whose && expiries[i].due < pending->due && !drifts) {
            follow_add_maker(follow, expiries[i].deed);
        }
    }
    if (receives) {
        follow_touch(follow, RH_OBJECT_STATE, whose, 0, RH_MODE_WRITE);
        if (follow->world->time_free) {
            follow_touch(follow, RH_OBJECT_DUE, whose, 0, RH_MODE_WRITE);
        }
        follow_log_expiry(follow, pending->actor, pending->due, since);
    }
}

/* A signal comes behind what its channel has brought before. Behind a forgery it would not be, had it come before that was
 * forged; it is behind what is no forgery in any order. */
static void take(struct follow *follow, struct channel *channel)
{
    const struct maker maker = follow_take(follow, channel);
    follow_add_maker(follow, maker.deed);
    follow_add_maker(follow, channel->handler);
    if (maker.forgery == 0) {
        follow_add_maker(follow, channel->own_handler);
        channel->own_handler = follow->deeds;
    }
    if (channel->forger != FOLLOW_NO_DEED) {
        follow->hindrance = (struct rh_hindrance){channel->forger + 1, channel->handler + 1};
    }
    channel->handler = follow->deeds;
    channel->forger = maker.forgery == 0 ? FOLLOW_NO_DEED : maker.deed;
}

static void begin_signal(struct follow *follow, const struct rh_pending *pending)
{
    bool is_start = pending->signal == RH_SIGNAL_START;
    if (!is_start && (pending->name == NULL || had_name_at_start(follow, pending))) {
        add_start(follow, pending->actor);
    }
    if (pending->kind == RH_PENDING_TIMER) {
        begin_timer(follow, pending);
        return;
    }
    if (pending->kind == RH_PENDING_TAKE) {
        follow_touch(follow, RH_OBJECT_STATE, follow->whose, 0, RH_MODE_WRITE);
        return;
    }
    if (is_start) {
        return;
    }
    uint64_t key = follow_channel_key(follow, follow->node, pending);
    struct channel *channel = follow_channel(follow, key);
    if (channel == NULL) {
        return;
    }
    take(follow, channel);
    follow_touch_front(follow, key);
}

/* An operation of a lane comes behind what its source says. */
static void begin_source(struct follow *follow, const struct rh_candidate *candidate,
                         const struct choice_row *row)
{
    follow_count(follow, follow_source_key(follow, candidate, row));
    if (!row->optional) {
        add_start(follow, candidate->actor);
    }
    uint64_t lane = keys_mix(FOLLOW_SOURCE_OF(candidate), row->source_event);
    uint64_t group =
        row->group == 0 ? lane : keys_mix(keys_mix(FOLLOW_SOURCE_OF(candidate), 11), row->group);
    const struct lane_event *events = follow->lane_events.at;
    for (uint32_t i = 0; i < follow->lane_events.count; i++) {
        if (events[i].group == group && (events[i].round != row->round || events[i].lane == lane)) {
            follow_add_maker(follow, events[i].deed);
        }
    }
    uint32_t behind = row->behind < follow->deeds ? (uint32_t)row->behind : follow->deeds;
    follow->behind = behind > follow->behind ? behind : follow->behind;
    if (row->behind > 0) {
        follow_touch(follow, RH_OBJECT_BARRIER, 0, 0, RH_MODE_ADD);
    }
    struct lane_event *event = follow_grow(follow, &follow->lane_events, sizeof(struct lane_event));
    if (event != NULL) {
        *event = (struct lane_event){follow->deeds, lane, group, row->round};
    }
    if (row->is_odd) {
        follow_touch_run(follow);
    }
    if (follow->whose != 0) {
        follow_touch(follow, RH_OBJECT_LIFE, follow->whose, 0, RH_MODE_READ);
    }
}

/* A fault that is an alternative to handling a signal: it takes the signal from its channel, unless it is odd and leaves it. */
static void begin_struck(struct follow *follow, const struct choice_row *row)
{
    follow->is_node_event = true;
    follow->pending = row->pending;
    if (row->is_odd) {
        add_start(follow, row->pending.actor);
        follow_touch_run(follow);
    } else {
        begin_signal(follow, &row->pending);
    }
}

void follow_set_up(struct follow *follow, uint32_t node, const struct rh_pending *pending)
{
    follow->node = node;
    follow->is_node_event = true;
    follow->pending = *pending;
    if (pending->kind == RH_PENDING_SIGNAL && pending->signal != RH_SIGNAL_START) {
        uint64_t key = follow_channel_key(follow, node, pending);
        struct channel *channel = follow_channel(follow, key);
        if (channel != NULL) {
            (void)follow_take(follow, channel);
        }
    }
}

/* ---- one step ---- */

void follow_begin(struct follow *follow, uint32_t chosen)
{
    struct rh_world *world = follow->world;
    const struct rh_candidate candidate = world->candidates[chosen];
    const struct choice_row row = world->rows[chosen];
    follow->touches.count = 0;
    follow->makers.count = 0;
    follow->sent.count = 0;
    follow->passed.count = 0;
    follow->spawns = false;
    follow->hindrance = (struct rh_hindrance){0};
    follow->takes_time = false;
    follow->id = candidate.id;
    follow->whose = candidate.whose;
    follow->node = candidate.source < world->node_count ? candidate.source
                   : candidate.actor.node != 0          ? candidate.actor.node - 1
                                                        : 0;
    follow->is_node_event = false;
    follow->behind = follow->barrier;
    follow->ends_instant = false;
    follow->instead = 0;
    follow->is_running = true;
    if (candidate.source == SOURCE_OF_END || candidate.source == SOURCE_OF_STAGE) {
        follow->behind = follow->deeds;
        follow_touch_run(follow);
        return;
    }
    if (world->time_free) {
        follow_begin_whenever(follow, &candidate);
    } else {
        follow_begin_in_time(follow, &candidate, &row);
    }
    follow_mind_barrier(follow, chosen);
    if (candidate.source == SOURCE_OF_TIME) {
        follow_count(follow, FOLLOW_TICKS);
        return;
    }
    follow_add_maker(follow, follow_born(follow, candidate.id));
    if (row.pipe_event != 0) {
        uint32_t makers[WORLD_PIPE_MAKERS_MAX];
        uint32_t count = world_pipe_makers(world, row.pipe_event, makers);
        for (uint32_t i = 0; i < count; i++) {
            follow_add_maker(follow, makers[i]);
        }
        follow_count(follow, follow_pipe_key(follow, row.pipe_event));
    } else if (row.strikes) {
        begin_struck(follow, &row);
    } else if (candidate.source >= world->node_count) {
        begin_source(follow, &candidate, &row);
    } else {
        follow->is_node_event = true;
        follow->pending = row.pending;
        begin_signal(follow, &row.pending);
    }
}

static void tell_sources(struct rh_world *world)
{
    for (uint32_t i = 0; i < world->source_count; i++) {
        if (world->sources[i].done != NULL) {
            world->sources[i].done(world->sources[i].self, world);
        }
    }
}

void follow_end(struct follow *follow)
{
    if (follow->id != 0) {
        tell_sources(follow->world);
    }
    const struct rh_followed deed = {
        .id = follow->id,
        .touches = follow->touches.at,
        .touch_count = follow->touches.count,
        .makers = follow->makers.at,
        .maker_count = follow->makers.count,
        .sent = follow->sent.at,
        .sent_count = follow->sent.count,
        .passed = follow->passed.at,
        .passed_count = follow->passed.count,
        .spawns = follow->spawns,
        .hindrance = follow->hindrance,
        .takes_time = follow->takes_time,
        .behind = follow->behind,
        .ends_instant = follow->ends_instant,
        .instead = follow->instead,
    };
    follow->is_running = false;
    follow->deeds++;
    struct rh_strategy *strategy = follow->world->strategy;
    strategy->functions->did(strategy, &deed);
}

/* Before the first step setting the stage becomes one, as soon as something is drawn. */
static void begin_stage(struct follow *follow)
{
    struct rh_world *world = follow->world;
    const struct rh_pending pending = follow->pending;
    bool is_node_event = follow->is_node_event;
    uint32_t node = follow->node;
    if (!world_gather_stage(world)) {
        return;
    }
    (void)rh_choice_below(world->strategy, RH_SITE_NEXT, 1, world->candidates);
    follow_begin(follow, 0);
    follow->pending = pending; /* which is being handled */
    follow->is_node_event = is_node_event;
    follow->node = node;
}

uint32_t rh_world_draw(struct rh_world *world, uint32_t below)
{
    struct follow *follow = world->follow;
    if (follow != NULL && below > 1 && !follow->is_running && follow->deeds == 0) {
        begin_stage(follow);
    }
    return rh_choice_below(world->strategy, RH_SITE_DRAW, below, NULL);
}

void follow_end_stage(struct follow *follow)
{
    if (follow->is_running) {
        follow_end(follow);
        follow_barrier(follow);
    }
}

uint32_t follow_deed(const struct follow *follow)
{
    return follow != NULL && follow->is_running ? follow->deeds : FOLLOW_NO_DEED;
}

void follow_barrier(struct follow *follow)
{
    follow->barrier = follow->deeds;
}

/* ---- life ---- */

enum rh_status follow_create(struct rh_world *world, struct follow **ret_follow)
{
    const struct rh_allocator *allocator = world->allocator;
    struct follow *follow = allocator->allocate(allocator->self, sizeof(*follow));
    if (follow == NULL) {
        return RH_NO_MEMORY;
    }
    *follow = (struct follow){.world = world, .allocator = allocator, .tick = FOLLOW_NO_DEED};
    const struct rh_listener listener = {~RH_LISTEN_RECORD(STEP), follow_on_record, follow};
    enum rh_status status = rh_world_listen(world, &listener);
    if (status != RH_OK) {
        follow_destroy(follow);
        return status;
    }
    *ret_follow = follow;
    return RH_OK;
}

void follow_destroy(struct follow *follow)
{
    if (follow == NULL) {
        return;
    }
    keys_free(&follow->channels, follow->allocator);
    keys_free(&follow->there, follow->allocator);
    array_free(&follow->births, follow->allocator, sizeof(struct birth));
    keys_free(&follow->done, follow->allocator);
    keys_free(&follow->set, follow->allocator);
    keys_free(&follow->started, follow->allocator);
    keys_free(&follow->named, follow->allocator);
    keys_free(&follow->capped, follow->allocator);
    keys_free(&follow->endpoints, follow->allocator);
    array_free(&follow->lanes, follow->allocator, sizeof(struct lane_of));
    array_free(&follow->channel_list, follow->allocator, sizeof(struct channel));
    array_free(&follow->makers_under_way, follow->allocator, sizeof(struct maker));
    array_free(&follow->expiries, follow->allocator, sizeof(struct expiry));
    array_free(&follow->lane_events, follow->allocator, sizeof(struct lane_event));
    array_free(&follow->instant, follow->allocator, sizeof(struct instant_deed));
    array_free(&follow->dues, follow->allocator, sizeof(struct due));
    array_free(&follow->touches, follow->allocator, sizeof(struct rh_touch));
    array_free(&follow->makers, follow->allocator, sizeof(uint32_t));
    array_free(&follow->sent, follow->allocator, sizeof(uint64_t));
    array_free(&follow->passed, follow->allocator, sizeof(uint64_t));
    follow->allocator->release(follow->allocator->self, follow, sizeof(*follow));
}

void follow_node(struct follow *follow, struct rh_node *node)
{
    const struct rh_witness witness = {follow_on_touch, follow};
    rh_node_set_witness(node, &witness);
}
