/* SPDX-License-Identifier: MIT */
/*
 * What a step touches.
 *
 * It is collected from what the nodes tell while the step runs, events and looks, by the table of dependence.c. What a table
 * by kinds cannot say is said here: whose signal it is that is dropped, the other half of a link, mailboxes with a cap.
 */
#include "harness/world/follow_internal.h"

#include "harness/schedule/dependence.h"

#include <rehearse/io.h>

#include <string.h>

#define FRONT 1 /* of a channel, besides its order */

void follow_touch(struct follow *follow, enum rh_object_kind kind, uint64_t owner, uint64_t rest,
                  enum rh_mode mode)
{
    uint64_t object = kind == RH_OBJECT_RUN ? RH_OBJECT_OF_RUN : follow_object(kind, owner, rest);
    struct rh_touch *touches = follow->touches.at;
    uint32_t at = follow->touches.count;
    while (at > 0 && touches[at - 1].object >= object) {
        at--;
        if (touches[at].object == object) {
            touches[at].mode = rh_mode_join(touches[at].mode, mode);
            return;
        }
    }
    if (follow_grow(follow, &follow->touches, sizeof(struct rh_touch)) == NULL) {
        return;
    }
    touches = follow->touches.at;
    memmove(&touches[at + 1], &touches[at],
            (follow->touches.count - 1 - at) * sizeof(struct rh_touch));
    touches[at] = (struct rh_touch){object, owner, kind, mode};
}

void follow_touch_pipe(struct follow *follow, const char *name, uint64_t part, enum rh_mode mode)
{
    if (follow != NULL && follow->is_running) {
        follow_touch(follow, RH_OBJECT_PIPE, 0, keys_mix(keys_of_text(name), part), mode);
    }
}

void follow_touch_life(struct follow *follow, struct rh_pid pid)
{
    if (follow != NULL && follow->is_running) {
        follow_touch(follow, RH_OBJECT_LIFE, follow_actor_key(follow, pid), 0, RH_MODE_READ);
    }
}

void rh_world_touch_shared(struct rh_world *world, uint64_t number, bool sets)
{
    if (world->follow != NULL && world->follow->is_running) {
        follow_touch(world->follow, RH_OBJECT_STATE, 0, number,
                     sets ? RH_MODE_WRITE : RH_MODE_READ);
    }
}

void rh_world_touch_life(struct rh_world *world, struct rh_pid pid)
{
    follow_touch_life(world->follow, pid);
}

/* All that opens it is one, and all that keeps it; which of the two came last is another matter. */
void rh_world_touch_promise(struct rh_world *world, uint32_t number, bool opens)
{
    if (world->follow != NULL && world->follow->is_running) {
        follow_touch(world->follow, RH_OBJECT_PROMISE, 0, number,
                     opens ? RH_MODE_READ : RH_MODE_ADD);
    }
}

void rh_world_pass_over(struct rh_world *world, struct rh_pid pid)
{
    struct follow *follow = world->follow;
    bool is_followed = follow != NULL && follow->is_running;
    uint64_t *passed = is_followed ? follow_grow(follow, &follow->passed, sizeof(*passed)) : NULL;
    if (passed != NULL) {
        *passed = follow_object(RH_OBJECT_LIFE, follow_actor_key(follow, pid), 0);
    }
}

void follow_touch_run(struct follow *follow)
{
    if (follow != NULL && follow->is_running) {
        follow_touch(follow, RH_OBJECT_RUN, 0, 0, RH_MODE_WRITE);
    }
}

void follow_touch_front(struct follow *follow, uint64_t channel)
{
    if (follow->is_running && follow->world->forges) {
        follow_touch(follow, RH_OBJECT_CHANNEL, channel, FRONT, RH_MODE_WRITE);
    }
}

static void touch_handling(struct follow *follow, struct rh_pid actor, struct rh_handling how)
{
    uint64_t owner = follow_actor_key(follow, actor);
    if (how.state >= 0) {
        follow_touch(follow, RH_OBJECT_STATE, owner, 0, (enum rh_mode)how.state);
    }
    if (how.life >= 0) {
        follow_touch(follow, RH_OBJECT_LIFE, owner, 0, (enum rh_mode)how.life);
    }
    if (how.links >= 0) {
        follow_touch(follow, RH_OBJECT_LINKS, owner, 0, (enum rh_mode)how.links);
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
        owner = follow_actor_key(follow, event->actor);
        break;
    case RH_OF_PEER:
        owner = follow_actor_key(follow, event->peer);
        break;
    case RH_OF_NAME:
        rest = keys_mix(keys_of_text(event->name), node);
        break;
    case RH_OF_REF:
        owner = follow_actor_key(follow, event->actor);
        rest = event->ordinal;
        break;
    case RH_OF_CHANNEL:
        owner = follow_actor_key(follow, event->actor);
        rest = follow_channel_of(follow, node, event, event->actor, event->peer);
        break;
    case RH_OF_NODE:
        rest = node + (uint64_t)1;
        break;
    }
    follow_touch(follow, telling.object, owner, rest, telling.mode);
}

/* What was to leave by way of a node is gone, and not by a step of its own. */
static void take_unheard(struct follow *follow, struct rh_pid from, uint32_t hop)
{
    const struct rh_pending gone = {.from = from, .hop = hop};
    uint64_t key = follow_channel_key(follow, follow->node, &gone);
    struct channel *channel = follow_channel(follow, key);
    if (channel != NULL) {
        (void)follow_take(follow, channel);
    }
}

void follow_on_touch(void *self, enum rh_touch_kind kind, struct rh_pid actor, uint64_t ordinal,
                     const char *name)
{
    struct follow *follow = self;
    if (kind == RH_TOUCH_CONNECTION || kind == RH_TOUCH_PUT || kind == RH_TOUCH_WRITTEN) {
        follow_lane(follow, kind, actor, ordinal);
    }
    if (!follow->is_running) {
        return;
    }
    if (kind == RH_TOUCH_TAKEN) {
        take_unheard(follow, actor, (uint32_t)ordinal);
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
        follow_touch(follow, telling.object, follow_actor_key(follow, actor), 0, RH_MODE_READ);
    }
}

/* ---- what events tell ---- */

static void note_sent(struct follow *follow, uint64_t id)
{
    uint64_t *sent = follow->is_running ? follow_grow(follow, &follow->sent, sizeof(*sent)) : NULL;
    if (sent != NULL) {
        *sent = id;
    }
}

static void on_send(struct follow *follow, uint32_t node, const struct rh_event *event)
{
    if (event->signal == RH_SIGNAL_START) {
        note_sent(follow, follow_start_id(follow, event->peer)); /* in no channel */
        follow->spawns = true;
        return;
    }
    uint64_t key = follow_channel_of(follow, node, event, event->actor, event->peer);
    struct channel *channel = follow_channel(follow, key);
    struct maker *maker = follow_grow(follow, &follow->makers_under_way, sizeof(struct maker));
    if (channel == NULL || maker == NULL) {
        return;
    }
    uint32_t index = follow->makers_under_way.count - 1;
    bool is_forged = event->why == RH_WHY_FAULT && event->number == 1;
    *maker = (struct maker){.deed = follow->is_running ? follow->deeds : FOLLOW_NO_DEED,
                            .next = FOLLOW_NO_DEED,
                            .forgery = is_forged ? keys_mix(follow->id, 8) : 0};
    note_sent(follow, is_forged ? maker->forgery : follow_channel_id(key, channel->sent++));
    if (is_forged) {
        follow_touch_front(follow, key);
    }
    if (event->why == RH_WHY_FAULT) { /* next in its channel, and no word of its sender's */
        maker->next = channel->first;
        channel->first = index;
        channel->last = channel->last == FOLLOW_NO_DEED ? index : channel->last;
        return;
    }
    if (channel->last == FOLLOW_NO_DEED) {
        channel->first = index;
    } else {
        ((struct maker *)follow->makers_under_way.at)[channel->last].next = index;
    }
    channel->last = index;
    follow->last_sent = key;
}

void follow_log_expiry(struct follow *follow, struct rh_pid target, rh_instant due, uint32_t set)
{
    struct expiry *expiry = follow_grow(follow, &follow->expiries, sizeof(struct expiry));
    if (expiry != NULL) {
        *expiry = (struct expiry){.deed = follow->deeds,
                                  .set = set,
                                  .whose = follow_actor_key(follow, target),
                                  .due = due};
    }
}

/* It came of this deed. */
static void note_deed(struct follow *follow, struct keys *deeds, uint64_t what)
{
    uint32_t *deed = follow_map(follow, deeds, what, 0);
    if (deed != NULL) {
        *deed = follow->deeds + 1;
    }
}

static void on_timer(struct follow *follow, const struct rh_event *event)
{
    uint64_t creator = follow_actor_key(follow, event->actor);
    uint64_t target = follow_actor_key(follow, event->peer);
    uint64_t timer = follow_object(RH_OBJECT_TIMER, creator, event->ordinal);
    if (event->kind == RH_EVENT_TIMER_SET) {
        note_deed(follow, &follow->set, timer);
    } else {
        const uint32_t *set = follow_map(follow, &follow->set, timer, 0);
        follow_log_expiry(follow, event->peer, event->due, set == NULL ? 0 : *set);
    }
    if (follow->world->time_free && (event->kind == RH_EVENT_TIMER_FIRE || creator != target)) {
        follow_touch(follow, RH_OBJECT_DUE, target, 0, RH_MODE_WRITE);
    }
}

static bool is_own_signal(const struct follow *follow, const struct rh_event *event)
{
    return follow->is_node_event && event->signal == follow->pending.signal &&
           rh_pid_equal(event->peer, follow->pending.from);
}

/* Not the one that is being handled: the oldest of a channel, or what was sent a moment ago. */
static void on_overflow(struct follow *follow, uint32_t node, const struct rh_event *event)
{
    if (is_own_signal(follow, event)) {
        return;
    }
    uint64_t key = follow_channel_of(follow, node, event, event->peer, event->actor);
    struct channel *channel = follow_channel(follow, key);
    if (channel != NULL) {
        (void)follow_take(follow, channel);
    }
    follow_touch_run(follow);
}

static void on_drop(struct follow *follow, uint32_t node, const struct rh_event *event)
{
    if (event->why == RH_WHY_NONAME) {
        touch_as(follow, (struct rh_telling){RH_OBJECT_NAME, RH_MODE_READ, RH_OF_NAME}, node,
                 event);
    } else if (event->why == RH_WHY_NOPROC || event->why == RH_WHY_NOCONNECTION) {
        follow_touch(follow, RH_OBJECT_LIFE, follow_actor_key(follow, event->actor), 0,
                     RH_MODE_READ);
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
        note_deed(follow, &follow->started, follow_actor_key(follow, event->actor));
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

/* An actor waits once at a time: its time-out counts from here. */
static void note_wait(struct follow *follow, const struct rh_event *event)
{
    uint64_t actor = follow_actor_key(follow, event->actor);
    note_deed(follow, &follow->set, actor);
    follow_count(follow, follow_waits_of(actor));
}

/* What leaves an actor with a cap makes room. */
static void make_room(struct follow *follow, struct rh_pid actor)
{
    uint64_t key = follow_actor_key(follow, actor);
    if (keys_has(&follow->capped, key)) {
        follow_touch(follow, RH_OBJECT_MAILBOX, key, 0, RH_MODE_WRITE);
    }
}

/* The dead have room for all. */
static void ask_for_room(struct follow *follow, const struct rh_event *event)
{
    bool asks = event->kind == RH_EVENT_SEND || event->kind == RH_EVENT_REFUSE;
    if (!asks || event->signal != RH_SIGNAL_MESSAGE) {
        return;
    }
    uint64_t key = follow_actor_key(follow, event->peer);
    if (keys_has(&follow->capped, key)) {
        follow_touch(follow, RH_OBJECT_LIFE, key, 0, RH_MODE_READ);
    }
}

/* An endpoint that hears that it has written thinks of what it has to write only, which it tells. */
static void on_input(struct follow *follow, const struct rh_event *event)
{
    uint64_t actor = follow_actor_key(follow, event->actor);
    bool is_written =
        event->name != NULL && strcmp(event->name, rh_io_kind_word(RH_IO_WRITTEN)) == 0;
    if (!rh_pid_is_none(event->peer)) {
        follow_touch(follow, RH_OBJECT_PIPE, follow_actor_key(follow, event->peer), event->ordinal,
                     RH_MODE_READ);
    }
    if (!is_written || !follow_is_endpoint(follow, event->actor)) {
        follow_touch(follow, RH_OBJECT_STATE, actor, 0, RH_MODE_WRITE);
    }
}

/* Where a fault counts them, what actors of a node ask of the world is in an order. */
static void on_effect(struct follow *follow, uint32_t node)
{
    if (follow->world->counts_effects) {
        follow_touch(follow, RH_OBJECT_PIPE, 0, node, RH_MODE_WRITE);
    }
}

void follow_on_record(void *self, const struct rh_record *record)
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
        (void)follow_map(follow, &follow->capped, follow_actor_key(follow, event->actor), 1);
    }
    bool ends = event->kind == RH_EVENT_DROP || event->kind == RH_EVENT_RETURN;
    if (ends && event->why == RH_WHY_OVERFLOW) {
        on_overflow(follow, record->node, event);
    }
    if (!follow->is_running) {
        return;
    }
    ask_for_room(follow, event);
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
        on_input(follow, event);
        break;
    case RH_EVENT_DROP:
    case RH_EVENT_RETURN:
        on_drop(follow, record->node, event);
        make_room(follow, event->actor);
        break;
    case RH_EVENT_EFFECT:
        on_effect(follow, record->node);
        break;
    case RH_EVENT_NAME_ADD:
        note_deed(follow, &follow->named, keys_mix(keys_of_text(event->name), record->node));
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
            follow_touch(follow, RH_OBJECT_LINKS, follow_actor_key(follow, event->actor), 0,
                         RH_MODE_ADD);
        } else {
            touch_as(follow, telling[i], record->node, event);
        }
    }
}
