/* SPDX-License-Identifier: MIT */
/*
 * Following a run.
 *
 * An event is named by what makes it the same in every run: a signal by its channel and its place in the channel, a timer by
 * its creator and ordinal, an operation of a script by its lane and place, a fault by its line and how often it struck; actors
 * by their place in the family tree. Pids, slots and serial numbers, which depend on the order of what is independent, are no
 * part of it.
 *
 * What a step touches is collected from the nodes' events and looks by the table of dependence.c. What it came from, its
 * makers, is a matter of what it needs in order to exist at all: the step that sent it, the one before it in its channel or
 * lane, the timers of its actor that were due before it. Makers are never reversed.
 */
#include "harness/world/follow.h"

#include "harness/schedule/dependence.h"
#include "harness/world/internal.h"
#include "harness/world/keys.h"

#include <string.h>

#define NONE UINT32_MAX

/* What is under way on a channel. */
struct channel {
    uint32_t sent;
    uint32_t handled;
    uint32_t first; /* of the makers of what was sent, oldest first; NONE */
    uint32_t last;
    uint32_t handler; /* deed that handled the last one, NONE */
};
struct maker {
    uint32_t deed;
    uint32_t next;
};

/* A timer that was taken away from the timers of an actor. */
struct expiry {
    uint32_t deed;
    uint64_t whose;
    rh_instant due;
};

/* An event of a source that has happened. */
struct lane_event {
    uint32_t deed;
    uint64_t lane;
    uint64_t group;
    bool joins;
};

struct follow {
    struct rh_world *world;
    const struct rh_allocator *allocator;
    uint32_t deeds; /* told so far */
    uint32_t barrier;
    uint32_t tick;        /* deed with which this instant began; NONE */
    struct keys channels; /* channel -> index into channel_list */
    struct keys born;     /* event -> deed behind which it was first seen, + 1 */
    struct keys done;     /* source event -> how often */
    struct keys
        set; /* timer -> deed that set it, + 1; actor -> deed in which it last waited, + 1 */
    struct keys started; /* actor -> deed in which it handled its START, + 1 */
    struct keys capped;  /* actors with a cap of their own */
    struct array channel_list;
    struct array makers_under_way;
    struct array expiries;
    struct array lane_events;
    struct array instant; /* deeds that this instant cannot do without, its beginning included */
    struct array
        due; /* ids of what had to happen at this instant when a fault came that could have waited */
    struct array times;   /* of the deeds */
    struct array touches; /* of the step */
    struct array makers;
    struct array sent;
    bool is_running; /* of the step, as all that follows */
    bool spawns;
    bool is_node_event;
    uint32_t node;
    uint64_t id;
    uint64_t whose;
    struct rh_pending pending;
    uint64_t last_sent; /* channel of the last SEND */
    uint32_t behind;
    uint32_t base;
    rh_duration window_begin;
    rh_duration window_end;
};

static void *grow(struct follow *follow, struct array *array, size_t bytes)
{
    void *element = array_add(array, follow->allocator, bytes);
    follow->world->no_memory = follow->world->no_memory || element == NULL;
    return element;
}

/* Find a number, or put `value` there; NULL without memory, noted. */
static uint32_t *map_get(struct follow *follow, struct keys *keys, uint64_t key, uint32_t value)
{
    uint32_t *found = keys_get(keys, follow->allocator, key, value);
    follow->world->no_memory = follow->world->no_memory || found == NULL;
    return found;
}

/* ---- names ---- */

/* The same in every run for the same actor of the same life of its node. */
static uint64_t actor_key(const struct follow *follow, struct rh_pid pid)
{
    if (rh_pid_is_none(pid)) {
        return 0;
    }
    const struct registered *actor = registry_find(&follow->world->registry, pid);
    uint64_t key = actor == NULL || actor->key == 0
                       ? keys_mix((uint64_t)pid.slot << 32 | pid.generation, pid.node)
                       : actor->key;
    return keys_mix(key, (uint64_t)pid.incarnation << 32 | pid.node);
}

static uint64_t object_of(enum rh_object_kind kind, uint64_t owner, uint64_t rest)
{
    return keys_mix(keys_mix((uint64_t)kind + 1, owner), rest);
}

/* The way of a signal: what is sent to other nodes shares a connection, a name is a target of its own. */
static uint64_t channel_key(const struct follow *follow, uint32_t node, struct rh_pid from,
                            struct rh_pid to, const char *name)
{
    uint64_t sender = actor_key(follow, from);
    if (to.node != node + 1 && to.node != 0) {
        return keys_mix(keys_mix(sender, 2), to.node);
    }
    return name != NULL ? keys_mix(keys_mix(sender, 3), keys_of_text(name))
                        : keys_mix(keys_mix(sender, 4), actor_key(follow, to));
}

/* Where an event says that a signal went, or came from: the name of a notice is that of the group that it is about. */
static uint64_t channel_of(const struct follow *follow, uint32_t node, const struct rh_event *event,
                           struct rh_pid from, struct rh_pid to)
{
    return channel_key(follow, node, from, to,
                       event->signal == RH_SIGNAL_MESSAGE ? event->name : NULL);
}

/* ---- touches ---- */

static void touch(struct follow *follow, enum rh_object_kind kind, uint64_t owner, uint64_t rest,
                  enum rh_mode mode)
{
    uint64_t object = kind == RH_OBJECT_RUN ? RH_OBJECT_OF_RUN : object_of(kind, owner, rest);
    struct rh_touch *touches = follow->touches.at;
    uint32_t at = follow->touches.count;
    while (at > 0 && touches[at - 1].object >= object) {
        at--;
        if (touches[at].object == object) {
            touches[at].mode = rh_mode_join(touches[at].mode, mode);
            return;
        }
    }
    if (grow(follow, &follow->touches, sizeof(struct rh_touch)) == NULL) {
        return;
    }
    touches = follow->touches.at;
    memmove(&touches[at + 1], &touches[at],
            (follow->touches.count - 1 - at) * sizeof(struct rh_touch));
    touches[at] = (struct rh_touch){object, owner, kind, mode};
}

static void touch_handling(struct follow *follow, struct rh_pid actor, struct rh_handling how)
{
    uint64_t owner = actor_key(follow, actor);
    if (how.state >= 0) {
        touch(follow, RH_OBJECT_STATE, owner, 0, (enum rh_mode)how.state);
    }
    if (how.life >= 0) {
        touch(follow, RH_OBJECT_LIFE, owner, 0, (enum rh_mode)how.life);
    }
    if (how.links >= 0) {
        touch(follow, RH_OBJECT_LINKS, owner, 0, (enum rh_mode)how.links);
    }
}

static void touch_as(struct follow *follow, struct rh_telling telling, uint32_t node,
                     const struct rh_event *event)
{
    uint64_t owner = 0;
    uint64_t rest = 0;
    switch (telling.of) {
    case RH_OF_NOTHING:
        return;
    case RH_OF_ACTOR:
        owner = actor_key(follow, event->actor);
        break;
    case RH_OF_PEER:
        owner = actor_key(follow, event->peer);
        break;
    case RH_OF_NAME:
        rest = keys_mix(keys_of_text(event->name), node);
        break;
    case RH_OF_REF:
        owner = actor_key(follow, event->actor);
        rest = event->ordinal;
        break;
    case RH_OF_CHANNEL:
        owner = actor_key(follow, event->actor);
        rest = channel_of(follow, node, event, event->actor, event->peer);
        break;
    case RH_OF_NODE:
        rest = node + (uint64_t)1;
        break;
    }
    touch(follow, telling.object, owner, rest, telling.mode);
}

static void on_touch(void *self, enum rh_touch_kind kind, struct rh_pid actor, uint64_t ordinal,
                     const char *name)
{
    struct follow *follow = self;
    if (!follow->is_running) {
        return;
    }
    if (kind == RH_TOUCH_MAILBOX && ordinal >= follow->world->limits.mailbox_messages_max) {
        return; /* the cap that every mailbox has: far away */
    }
    uint32_t node = actor.node == 0 ? follow->node : actor.node - 1;
    const struct rh_event event = {.actor = actor, .ordinal = ordinal, .name = name};
    const struct rh_telling telling = rh_touching_of((unsigned)kind);
    touch_as(follow, telling, node, &event);
    if (telling.of == RH_OF_NAME && !rh_pid_is_none(actor)) {
        touch(follow, telling.object, actor_key(follow, actor), 0, RH_MODE_READ);
    }
}

/* ---- what events tell ---- */

static struct channel *channel_at(struct follow *follow, uint64_t key)
{
    uint32_t *index = map_get(follow, &follow->channels, key, follow->channel_list.count);
    if (index == NULL) {
        return NULL;
    }
    if (*index == follow->channel_list.count) {
        struct channel *made = grow(follow, &follow->channel_list, sizeof(struct channel));
        if (made == NULL) {
            return NULL;
        }
        *made = (struct channel){.first = NONE, .last = NONE, .handler = NONE};
    }
    return (struct channel *)follow->channel_list.at + *index;
}

static uint64_t start_id(const struct follow *follow, struct rh_pid actor)
{
    return keys_mix(actor_key(follow, actor), 5);
}

/* The n-th signal of a channel. */
static uint64_t channel_id(uint64_t key, uint32_t n)
{
    return keys_mix(keys_mix(key, 8), n);
}

static void note_sent(struct follow *follow, uint64_t id)
{
    uint64_t *sent = follow->is_running ? grow(follow, &follow->sent, sizeof(*sent)) : NULL;
    if (sent != NULL) {
        *sent = id;
    }
}

static void on_send(struct follow *follow, uint32_t node, const struct rh_event *event)
{
    if (event->signal == RH_SIGNAL_START) {
        note_sent(follow, start_id(follow, event->peer)); /* in no channel */
        follow->spawns = true;
        return;
    }
    uint64_t key = channel_of(follow, node, event, event->actor, event->peer);
    struct channel *channel = channel_at(follow, key);
    struct maker *maker = grow(follow, &follow->makers_under_way, sizeof(struct maker));
    if (channel == NULL || maker == NULL) {
        return;
    }
    uint32_t index = follow->makers_under_way.count - 1;
    *maker = (struct maker){follow->is_running ? follow->deeds : NONE, NONE};
    note_sent(follow, channel_id(key, channel->sent++));
    if (event->why == RH_WHY_FAULT) { /* next in its channel, and no word of its sender's */
        maker->next = channel->first;
        channel->first = index;
        channel->last = channel->last == NONE ? index : channel->last;
        return;
    }
    if (channel->last == NONE) {
        channel->first = index;
    } else {
        ((struct maker *)follow->makers_under_way.at)[channel->last].next = index;
    }
    channel->last = index;
    follow->last_sent = key;
}

/* The oldest of a channel leaves it; its maker, or NONE. */
static uint32_t channel_take(struct follow *follow, struct channel *channel)
{
    if (channel->first == NONE) {
        return NONE;
    }
    const struct maker maker = ((struct maker *)follow->makers_under_way.at)[channel->first];
    channel->first = maker.next;
    channel->last = maker.next == NONE ? NONE : channel->last;
    channel->handled++;
    return maker.deed;
}

static void log_expiry(struct follow *follow, struct rh_pid target, rh_instant due)
{
    struct expiry *expiry = grow(follow, &follow->expiries, sizeof(struct expiry));
    if (expiry != NULL) {
        *expiry = (struct expiry){follow->deeds, actor_key(follow, target), due};
    }
}

static void on_timer(struct follow *follow, const struct rh_event *event)
{
    uint64_t creator = actor_key(follow, event->actor);
    uint64_t target = actor_key(follow, event->peer);
    bool set = event->kind == RH_EVENT_TIMER_SET;
    if (set) {
        uint64_t timer = object_of(RH_OBJECT_TIMER, creator, event->ordinal);
        uint32_t *deed = map_get(follow, &follow->set, timer, 0);
        if (deed != NULL) {
            *deed = follow->deeds + 1;
        }
    } else {
        log_expiry(follow, event->peer, event->due);
    }
    if (!follow->world->by_instants && (event->kind == RH_EVENT_TIMER_FIRE || creator != target)) {
        touch(follow, RH_OBJECT_DUE, target, 0, RH_MODE_WRITE);
    }
}

static bool is_own_signal(const struct follow *follow, const struct rh_event *event)
{
    return follow->is_node_event && event->signal == follow->pending.signal &&
           rh_pid_equal(event->peer, follow->pending.from);
}

static void on_drop(struct follow *follow, uint32_t node, const struct rh_event *event)
{
    if (event->why == RH_WHY_OVERFLOW && !is_own_signal(follow, event)) {
        /* Not the one that is being handled: the oldest of a channel, or what was sent a moment ago. */
        uint64_t key = channel_of(follow, node, event, event->peer, event->actor);
        struct channel *channel = channel_at(follow, key);
        if (channel != NULL) {
            (void)channel_take(follow, channel);
        }
        follow_touch_run(follow);
    }
    if (event->why == RH_WHY_NONAME) {
        touch_as(follow, (struct rh_telling){RH_OBJECT_NAME, RH_MODE_READ, RH_OF_NAME}, node,
                 event);
    } else if (event->why == RH_WHY_NOPROC || event->why == RH_WHY_NOCONNECTION) {
        touch(follow, RH_OBJECT_LIFE, actor_key(follow, event->actor), 0, RH_MODE_READ);
    } else {
        touch_handling(follow, event->actor, rh_dropping_of(event->signal, event->why));
    }
}

static bool commutes(const struct rh_world *world, const struct rh_event *event)
{
    return world->commutes != NULL && event->signal == RH_SIGNAL_MESSAGE &&
           event->message != NULL &&
           world->commutes(world->boot_self, event->actor, event->message);
}

static void on_handle(struct follow *follow, uint32_t node, const struct rh_event *event)
{
    if (event->signal == RH_SIGNAL_START) {
        uint32_t *deed = map_get(follow, &follow->started, actor_key(follow, event->actor), 0);
        if (deed != NULL) {
            *deed = follow->deeds + 1;
        }
    }
    struct rh_handling how = rh_handling_of(event->signal);
    if (event->kind == RH_EVENT_HANDLE && commutes(follow->world, event)) {
        how.state = RH_MODE_ADD;
    }
    touch_handling(follow, event->actor, how);
    if (event->name != NULL && event->signal == RH_SIGNAL_MESSAGE) {
        touch_as(follow, (struct rh_telling){RH_OBJECT_NAME, RH_MODE_READ, RH_OF_NAME}, node,
                 event);
    }
}

/* The other half of a link goes with the partner's signal, and commutes with those of other partners. */
static bool is_partners(const struct follow *follow, const struct rh_event *event)
{
    bool signal = follow->is_node_event && (follow->pending.signal == RH_SIGNAL_LINK ||
                                            follow->pending.signal == RH_SIGNAL_UNLINK ||
                                            follow->pending.signal == RH_SIGNAL_EXIT);
    bool link = event->kind == RH_EVENT_LINK_ADD || event->kind == RH_EVENT_LINK_REMOVE;
    return link && signal && rh_pid_equal(event->actor, follow->pending.actor) &&
           rh_pid_equal(event->peer, follow->pending.from) && event->why != RH_WHY_EXIT;
}

/* ---- what is counted ---- */

/* What all ticks are called before they are counted. */
#define TICKS UINT64_C(14)

/* What an actor's waits are called, each of which ends in at most one taking. */
static uint64_t waits_of(uint64_t actor)
{
    return keys_mix(actor, 7);
}

static void count_done(struct follow *follow, uint64_t key)
{
    uint32_t *done = map_get(follow, &follow->done, key, 0);
    if (done != NULL) {
        (*done)++;
    }
}

static uint64_t counted_id(struct follow *follow, uint64_t key)
{
    const uint32_t *done = map_get(follow, &follow->done, key, 0);
    return keys_mix(key, done == NULL ? 0 : *done);
}

/* An actor waits once at a time: its time-out counts from here. */
static void note_wait(struct follow *follow, const struct rh_event *event)
{
    uint64_t actor = actor_key(follow, event->actor);
    uint32_t *deed = map_get(follow, &follow->set, actor, 0);
    if (deed != NULL) {
        *deed = follow->deeds + 1;
    }
    count_done(follow, waits_of(actor));
}

/* What leaves an actor with a cap makes room. */
static void make_room(struct follow *follow, struct rh_pid actor)
{
    uint64_t key = actor_key(follow, actor);
    if (keys_has(&follow->capped, key)) {
        touch(follow, RH_OBJECT_MAILBOX, key, 0, RH_MODE_WRITE);
    }
}

/* Before the first step signals come and go as well: what is left of a channel is what the steps find. */
static void on_end_in_setup(struct follow *follow, uint32_t node, const struct rh_event *event)
{
    bool ends = event->kind == RH_EVENT_HANDLE || event->kind == RH_EVENT_PUT ||
                event->kind == RH_EVENT_DROP || event->kind == RH_EVENT_RETURN;
    if (!ends || event->signal == RH_SIGNAL_START) {
        return;
    }
    uint64_t key = channel_of(follow, node, event, event->peer, event->actor);
    struct channel *channel = channel_at(follow, key);
    if (channel != NULL) {
        (void)channel_take(follow, channel);
    }
}

static void on_record(void *self, const struct rh_record *record)
{
    struct follow *follow = self;
    const struct rh_event *event = record->event;
    if (record->kind != RH_RECORD_EVENT) {
        return;
    }
    if (event->kind == RH_EVENT_SEND) {
        on_send(follow, record->node, event);
    }
    if (event->kind == RH_EVENT_CAP && event->number < follow->world->limits.mailbox_messages_max) {
        (void)map_get(follow, &follow->capped, actor_key(follow, event->actor), 1);
    }
    if (!follow->is_running) {
        on_end_in_setup(follow, record->node, event);
        return;
    }
    switch (event->kind) {
    case RH_EVENT_HANDLE:
    case RH_EVENT_PUT:
    case RH_EVENT_TAKE:
        on_handle(follow, record->node, event);
        make_room(follow, event->actor);
        break;
    case RH_EVENT_DISCARD:
        make_room(follow, event->actor);
        break;
    case RH_EVENT_INPUT:
        touch(follow, RH_OBJECT_STATE, actor_key(follow, event->actor), 0, RH_MODE_WRITE);
        break;
    case RH_EVENT_DROP:
    case RH_EVENT_RETURN:
        on_drop(follow, record->node, event);
        make_room(follow, event->actor);
        break;
    case RH_EVENT_WAIT:
        note_wait(follow, event);
        break;
    case RH_EVENT_TIMER_SET:
    case RH_EVENT_TIMER_CANCEL:
    case RH_EVENT_TIMER_FIRE:
        on_timer(follow, event);
        break;
    default:
        break;
    }
    if (event->kind == RH_EVENT_SEND && event->why == RH_WHY_FAULT) {
        return;
    }
    const struct rh_telling *telling = rh_tellings_of(event->kind);
    for (unsigned i = 0; i < RH_TELLINGS_MAX && telling[i].of != RH_OF_NOTHING; i++) {
        if (is_partners(follow, event)) {
            touch(follow, RH_OBJECT_LINKS, actor_key(follow, event->actor), 0, RH_MODE_ADD);
        } else {
            touch_as(follow, telling[i], record->node, event);
        }
    }
}

/* ---- naming candidates ---- */

static uint64_t signal_id(struct follow *follow, uint32_t node, const struct rh_pending *pending)
{
    if (pending->signal == RH_SIGNAL_START) {
        return start_id(follow, pending->actor);
    }
    if (pending->kind == RH_PENDING_TIMER) {
        uint64_t creator = actor_key(follow, pending->from);
        uint64_t timer = object_of(RH_OBJECT_TIMER, creator, pending->ordinal);
        return keys_mix(keys_mix(timer, (uint64_t)pending->signal), 6);
    }
    if (pending->kind == RH_PENDING_TAKE) {
        return counted_id(follow, waits_of(actor_key(follow, pending->actor)));
    }
    uint64_t key = channel_key(follow, node, pending->from, pending->actor, pending->name);
    const struct channel *channel = channel_at(follow, key);
    return channel_id(key, channel == NULL ? 0 : channel->handled);
}

/* Children are nodes too: how many there are is no part of a name. */
#define SOURCE_OF(candidate) ((candidate)->source - follow->world->node_count)

static uint64_t source_key(struct follow *follow, const struct rh_candidate *candidate,
                           const struct choice_row *row)
{
    uint64_t key = keys_mix(keys_mix(SOURCE_OF(candidate), 9), row->source_event);
    return keys_mix(key, actor_key(follow, candidate->actor));
}

static uint64_t pipe_key(struct follow *follow, uint64_t event)
{
    return keys_mix(world_pipe_key(follow->world, event), 10);
}

static bool minds_windows(const struct rh_world *world)
{
    return world->is_timed && !world->by_instants;
}

/* Until when a timer must have happened or been taken away. */
static void bound_timer(struct follow *follow, struct rh_candidate *candidate,
                        const struct rh_pending *pending)
{
    bool receives = pending->signal == RH_SIGNAL_RECEIVE_TIMER;
    uint64_t timer =
        receives ? candidate->whose
                 : object_of(RH_OBJECT_TIMER, actor_key(follow, pending->from), pending->ordinal);
    const uint32_t *set = map_get(follow, &follow->set, timer, 0);
    bool counts = set != NULL && *set > 0 && *set <= follow->times.count;
    rh_instant since = counts ? ((const rh_instant *)follow->times.at)[*set - 1] : 0;
    candidate->base = counts ? *set - 1 : RH_FOLLOWED_NONE;
    const rh_instant latest = world_latest_of(follow->world, pending);
    candidate->window_end = latest > since ? latest - since : 0;
}

static void note_in_instant(struct follow *follow, uint32_t deed)
{
    uint32_t *noted = grow(follow, &follow->instant, sizeof(*noted));
    if (noted != NULL) {
        *noted = deed;
    }
}

/* An instant in which a fault has taken away what had to happen cannot do without the fault. */
static void look_for_due(struct follow *follow)
{
    const struct rh_world *world = follow->world;
    const uint64_t *due = follow->due.at;
    bool is_whole = true;
    for (uint32_t i = 0; i < follow->due.count && is_whole; i++) {
        is_whole = false;
        for (uint32_t j = 0; j < world->row_count && !is_whole; j++) {
            is_whole = world->candidates[j].id == due[i];
        }
    }
    follow->due.count = 0;
    if (!is_whole) {
        note_in_instant(follow, follow->deeds - 1);
    }
}

void follow_identify(struct follow *follow)
{
    struct rh_world *world = follow->world;
    for (uint32_t i = 0; i < world->row_count; i++) {
        struct rh_candidate *candidate = &world->candidates[i];
        const struct choice_row *row = &world->rows[i];
        candidate->optional = row->optional;
        candidate->whose = actor_key(follow, candidate->actor);
        candidate->signal = RH_SIGNAL_USER;
        candidate->base = RH_FOLLOWED_NONE;
        candidate->window_end = RH_NEVER;
        candidate->strikes = 0;
        if (candidate->source == SOURCE_OF_END) {
            candidate->id = 0;
            continue;
        }
        if (candidate->source == SOURCE_OF_TIME) {
            candidate->id = counted_id(follow, TICKS);
        } else if (row->pipe_event != 0) {
            candidate->id = counted_id(follow, pipe_key(follow, row->pipe_event));
        } else if (row->strikes) {
            candidate->signal = row->pending.signal;
            candidate->strikes = signal_id(follow, row->strikes_on, &row->pending);
            candidate->id = keys_mix(keys_mix(candidate->strikes, 13), row->source_event);
        } else if (candidate->source >= world->node_count) {
            candidate->id = counted_id(follow, source_key(follow, candidate, row));
        } else {
            candidate->signal = row->pending.signal;
            candidate->id = signal_id(follow, candidate->source, &row->pending);
            if (minds_windows(world) && row->pending.kind == RH_PENDING_TIMER) {
                bound_timer(follow, candidate, &row->pending);
            }
        }
        (void)map_get(follow, &follow->born, candidate->id, follow->deeds);
    }
    look_for_due(follow);
}

/* ---- one step ---- */

static void add_maker(struct follow *follow, uint32_t deed)
{
    const struct rh_world *world = follow->world;
    (void)world;
    if (deed == NONE || deed >= follow->deeds) {
        return;
    }
    uint32_t *makers = follow->makers.at;
    for (uint32_t i = 0; i < follow->makers.count; i++) {
        if (makers[i] == deed) {
            return;
        }
    }
    uint32_t *made = grow(follow, &follow->makers, sizeof(uint32_t));
    if (made != NULL) {
        *made = deed;
    }
}

/* Nothing happens at an actor before its first turn. */
static void add_start(struct follow *follow, uint64_t whose)
{
    const uint32_t *started = map_get(follow, &follow->started, whose, 0);
    if (whose != 0 && started != NULL && *started > 0) {
        add_maker(follow, *started - 1);
    }
}

static void begin_timer(struct follow *follow, const struct rh_pending *pending)
{
    uint64_t creator = actor_key(follow, pending->from);
    uint64_t timer = object_of(RH_OBJECT_TIMER, creator, pending->ordinal);
    const uint32_t *set = map_get(follow, &follow->set, timer, 0);
    uint64_t whose = actor_key(follow, pending->actor);
    if (set != NULL && *set > 0) {
        add_maker(follow, *set - 1);
        follow->base = *set - 1;
    }
    const struct expiry *expiries = follow->expiries.at;
    for (uint32_t i = 0; i < follow->expiries.count; i++) {
        if (expiries[i].whose == whose && expiries[i].due < pending->due) {
            add_maker(follow, expiries[i].deed);
        }
    }
    if (pending->signal == RH_SIGNAL_RECEIVE_TIMER) {
        const uint32_t *waits = map_get(follow, &follow->set, whose, 0);
        follow->base = waits != NULL && *waits > 0 ? *waits - 1 : follow->base;
        touch(follow, RH_OBJECT_STATE, whose, 0, RH_MODE_WRITE);
        if (!follow->world->by_instants) {
            touch(follow, RH_OBJECT_DUE, whose, 0, RH_MODE_WRITE);
        }
        log_expiry(follow, pending->actor, pending->due);
    }
}

static void begin_signal(struct follow *follow, const struct rh_pending *pending)
{
    if (pending->signal != RH_SIGNAL_START) {
        add_start(follow, follow->whose);
    }
    if (pending->kind == RH_PENDING_TIMER) {
        begin_timer(follow, pending);
        return;
    }
    if (pending->kind == RH_PENDING_TAKE) {
        touch(follow, RH_OBJECT_STATE, follow->whose, 0, RH_MODE_WRITE);
        return;
    }
    if (pending->signal == RH_SIGNAL_START) {
        return;
    }
    uint64_t key = channel_key(follow, follow->node, pending->from, pending->actor, pending->name);
    struct channel *channel = channel_at(follow, key);
    if (channel == NULL) {
        return;
    }
    add_maker(follow, channel->handler);
    uint32_t maker = channel_take(follow, channel);
    add_maker(follow, maker);
    follow->base = maker;
    channel->handler = follow->deeds;
    if (pending->actor.node != 0 && pending->actor.node != follow->node + 1) {
        touch(follow, RH_OBJECT_NET, 0, follow->node + (uint64_t)1, RH_MODE_WRITE);
    }
}

/* An operation of a lane comes behind what its source says. */
static void begin_source(struct follow *follow, const struct rh_candidate *candidate,
                         const struct choice_row *row)
{
    count_done(follow, source_key(follow, candidate, row));
    if (!row->optional) {
        add_start(follow, follow->whose);
    }
    uint64_t lane = keys_mix(SOURCE_OF(candidate), row->source_event);
    uint64_t group =
        row->group == 0 ? lane : keys_mix(keys_mix(SOURCE_OF(candidate), 11), row->group);
    const struct lane_event *events = follow->lane_events.at;
    for (uint32_t i = 0; i < follow->lane_events.count; i++) {
        if (events[i].group == group && (events[i].joins || row->joins || events[i].lane == lane)) {
            add_maker(follow, events[i].deed);
            follow->base = events[i].deed;
        }
    }
    uint32_t behind = row->behind < follow->deeds ? (uint32_t)row->behind : follow->deeds;
    follow->behind = behind > follow->behind ? behind : follow->behind;
    struct lane_event *event = grow(follow, &follow->lane_events, sizeof(struct lane_event));
    if (event != NULL) {
        *event = (struct lane_event){follow->deeds, lane, group, row->joins};
    }
    if (row->is_odd) {
        follow_touch_run(follow);
    }
    if (follow->whose != 0) {
        touch(follow, RH_OBJECT_LIFE, follow->whose, 0, RH_MODE_READ);
    }
}

/* A fault that is an alternative to handling a signal: it takes the signal from its channel, unless it is odd and leaves it. */
static void begin_struck(struct follow *follow, const struct choice_row *row)
{
    follow->is_node_event = true;
    follow->pending = row->pending;
    if (row->is_odd) {
        add_start(follow, follow->whose);
        follow_touch_run(follow);
    } else {
        begin_signal(follow, &row->pending);
    }
}

/* The window of the step, relative to the deed that it counts from. */
static void set_window(struct follow *follow, const struct rh_candidate *candidate,
                       const struct choice_row *row)
{
    follow->window_begin = 0;
    follow->window_end = RH_NEVER;
    if (!minds_windows(follow->world) || candidate->source == SOURCE_OF_END) {
        return;
    }
    bool counts = follow->base != RH_FOLLOWED_NONE && follow->base < follow->times.count;
    rh_instant since = counts ? ((const rh_instant *)follow->times.at)[follow->base] : 0;
    if (row->optional) {
        return; /* a fault: at any time */
    }
    follow->window_begin = candidate->earliest > since ? candidate->earliest - since : 0;
    follow->window_end = row->latest == RH_NEVER ? RH_NEVER
                         : row->latest > since   ? row->latest - since
                                                 : 0;
}

/* An instant is over when all that must happen at it has happened; that is never reversed. A fault may come before that or
 * behind it, and strikes at the next instant then. One that is bound to a time between two instants ends the first. */
static void begin_in_time(struct follow *follow, const struct rh_candidate *candidate,
                          const struct choice_row *row)
{
    bool ends = candidate->earliest > follow->world->horizon;
    bool may_wait = row->optional && !row->strikes;
    const uint32_t *deeds = follow->instant.at;
    for (uint32_t i = 0; i < follow->instant.count && ends; i++) {
        add_maker(follow, deeds[i]);
    }
    if (!ends && !may_wait && follow->tick != NONE) {
        add_maker(follow, follow->tick); /* it may have been put off until now */
    }
    if (ends) {
        follow->instant.count = 0;
        follow->tick = follow->deeds;
    }
    if (ends || may_wait) {
        touch(follow, RH_OBJECT_TIME, 0, 0, ends ? RH_MODE_WRITE : RH_MODE_READ);
    }
    if (ends || !may_wait) {
        note_in_instant(follow, follow->deeds);
        return;
    }
    for (uint32_t i = 0; i < follow->world->row_count; i++) {
        const struct rh_candidate *other = &follow->world->candidates[i];
        bool must = !other->optional && other->source != SOURCE_OF_TIME;
        uint64_t *id = must ? grow(follow, &follow->due, sizeof(*id)) : NULL;
        if (id != NULL) {
            *id = other->id;
        }
    }
}

void follow_begin(struct follow *follow, uint32_t chosen)
{
    struct rh_world *world = follow->world;
    const struct rh_candidate candidate = world->candidates[chosen];
    const struct choice_row row = world->rows[chosen];
    follow->touches.count = 0;
    follow->makers.count = 0;
    follow->sent.count = 0;
    follow->spawns = false;
    follow->id = candidate.id;
    follow->whose = candidate.whose;
    follow->node = candidate.source < world->node_count ? candidate.source
                   : candidate.actor.node != 0          ? candidate.actor.node - 1
                                                        : 0;
    follow->is_node_event = false;
    follow->behind = follow->barrier;
    follow->base = RH_FOLLOWED_NONE;
    follow->window_begin = 0;
    follow->window_end = RH_NEVER;
    follow->is_running = true;
    if (candidate.source == SOURCE_OF_END) {
        follow->behind = follow->deeds;
        follow_touch_run(follow);
        return;
    }
    if (world->by_instants) {
        begin_in_time(follow, &candidate, &row);
    }
    if (candidate.source == SOURCE_OF_TIME) {
        count_done(follow, TICKS);
        return;
    }
    const uint32_t *born = map_get(follow, &follow->born, candidate.id, 0);
    if (born != NULL && *born > 0) {
        add_maker(follow, *born - 1);
        follow->base = *born - 1;
    }
    if (row.pipe_event != 0) {
        count_done(follow, pipe_key(follow, row.pipe_event));
        touch(follow, RH_OBJECT_NET, 0, follow->node + (uint64_t)1, RH_MODE_WRITE);
    } else if (row.strikes) {
        begin_struck(follow, &row);
    } else if (candidate.source >= world->node_count) {
        begin_source(follow, &candidate, &row);
    } else {
        follow->is_node_event = true;
        follow->pending = row.pending;
        const struct registered *actor = registry_find(&world->registry, candidate.actor);
        if (world->node_count > 1 && actor != NULL && actor->is_network) {
            touch(follow, RH_OBJECT_NET, 0, follow->node + (uint64_t)1, RH_MODE_WRITE);
        }
        begin_signal(follow, &row.pending);
    }
    set_window(follow, &candidate, &row);
}

void follow_end(struct follow *follow)
{
    rh_instant *time = grow(follow, &follow->times, sizeof(rh_instant));
    if (time != NULL) {
        *time = follow->world->now;
    }
    const struct rh_followed deed = {
        .id = follow->id,
        .touches = follow->touches.at,
        .touch_count = follow->touches.count,
        .makers = follow->makers.at,
        .maker_count = follow->makers.count,
        .sent = follow->sent.at,
        .sent_count = follow->sent.count,
        .spawns = follow->spawns,
        .behind = follow->behind,
        .base = follow->base,
        .window_begin = follow->window_begin,
        .window_end = follow->window_end,
    };
    follow->is_running = false;
    follow->deeds++;
    struct rh_strategy *strategy = follow->world->strategy;
    strategy->functions->did(strategy, &deed);
}

void follow_barrier(struct follow *follow)
{
    follow->barrier = follow->deeds;
}

void follow_touch_pipe(struct follow *follow, const char *pipe_name)
{
    if (follow != NULL && follow->is_running) {
        touch(follow, RH_OBJECT_PIPE, 0, keys_of_text(pipe_name), RH_MODE_WRITE);
    }
}

void follow_touch_run(struct follow *follow)
{
    if (follow != NULL && follow->is_running) {
        touch(follow, RH_OBJECT_RUN, 0, 0, RH_MODE_WRITE);
    }
}

/* ---- life ---- */

enum rh_status follow_create(struct rh_world *world, struct follow **ret_follow)
{
    const struct rh_allocator *allocator = world->allocator;
    struct follow *follow = allocator->allocate(allocator->self, sizeof(*follow));
    if (follow == NULL) {
        return RH_NO_MEMORY;
    }
    *follow = (struct follow){.world = world, .allocator = allocator, .tick = NONE};
    const struct rh_listener listener = {~RH_LISTEN_RECORD(STEP), on_record, follow};
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
    keys_free(&follow->born, follow->allocator);
    keys_free(&follow->done, follow->allocator);
    keys_free(&follow->set, follow->allocator);
    keys_free(&follow->started, follow->allocator);
    keys_free(&follow->capped, follow->allocator);
    array_free(&follow->channel_list, follow->allocator, sizeof(struct channel));
    array_free(&follow->makers_under_way, follow->allocator, sizeof(struct maker));
    array_free(&follow->expiries, follow->allocator, sizeof(struct expiry));
    array_free(&follow->lane_events, follow->allocator, sizeof(struct lane_event));
    array_free(&follow->instant, follow->allocator, sizeof(uint32_t));
    array_free(&follow->due, follow->allocator, sizeof(uint64_t));
    array_free(&follow->touches, follow->allocator, sizeof(struct rh_touch));
    array_free(&follow->makers, follow->allocator, sizeof(uint32_t));
    array_free(&follow->sent, follow->allocator, sizeof(uint64_t));
    array_free(&follow->times, follow->allocator, sizeof(rh_instant));
    follow->allocator->release(follow->allocator->self, follow, sizeof(*follow));
}

void follow_node(struct follow *follow, struct rh_node *node)
{
    const struct rh_witness witness = {on_touch, follow};
    rh_node_set_witness(node, &witness);
}
