/* SPDX-License-Identifier: MIT */
/*
 * What events are called.
 *
 * An event is named by what makes it the same in every run: a signal by its channel and its place in the channel, a timer by
 * its creator and ordinal, an operation of a script by its lane and place, a fault by its line and how often it struck; actors
 * by their place in the family tree. Pids, slots and serial numbers, which depend on the order of what is independent, are no
 * part of it. Some of it is counted: how much of a channel was handled, how often an event of a source has happened.
 */
#include "harness/world/follow_internal.h"

uint64_t follow_actor_key(const struct follow *follow, struct rh_pid pid)
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

uint64_t follow_object(enum rh_object_kind kind, uint64_t owner, uint64_t rest)
{
    return keys_mix(keys_mix((uint64_t)kind + 1, owner), rest);
}

/* `target` is what its target is called. What leaves by way of one node shares a connection, whoever it is for. */
static uint64_t channel_key(const struct follow *follow, uint32_t node, struct rh_pid from,
                            uint32_t hop, const char *name, uint64_t target)
{
    uint64_t sender = rh_pid_is_none(from) ? keys_mix(from.node, from.incarnation)
                                           : follow_actor_key(follow, from);
    if (hop != 0) {
        return keys_mix(keys_mix(keys_mix(sender, 2), hop),
                        node); /* what is passed on waits twice */
    }
    return name != NULL ? keys_mix(keys_mix(sender, 3), keys_of_text(name))
                        : keys_mix(keys_mix(sender, 4), target);
}

uint64_t follow_channel_key(const struct follow *follow, uint32_t node,
                            const struct rh_pending *pending)
{
    return channel_key(follow, node, pending->from, pending->hop, pending->name,
                       follow_actor_key(follow, pending->actor));
}

uint64_t follow_channel_of(const struct follow *follow, uint32_t node, const struct rh_event *event,
                           struct rh_pid from, struct rh_pid to)
{
    const char *name = event->signal == RH_SIGNAL_MESSAGE ? event->name : NULL;
    return channel_key(follow, node, from, event->hop, name, follow_actor_key(follow, to));
}

uint64_t follow_start_id(const struct follow *follow, struct rh_pid actor)
{
    return keys_mix(follow_actor_key(follow, actor), 5);
}

uint64_t follow_channel_id(uint64_t key, uint32_t n)
{
    return keys_mix(keys_mix(key, 8), n);
}

uint64_t follow_waits_of(uint64_t actor)
{
    return keys_mix(actor, 7);
}

/* ---- what is counted ---- */

struct channel *follow_channel(struct follow *follow, uint64_t key)
{
    uint32_t *index = follow_map(follow, &follow->channels, key, follow->channel_list.count);
    if (index == NULL) {
        return NULL;
    }
    if (*index == follow->channel_list.count) {
        struct channel *made = follow_grow(follow, &follow->channel_list, sizeof(struct channel));
        if (made == NULL) {
            return NULL;
        }
        *made = (struct channel){.first = FOLLOW_NO_DEED,
                                 .last = FOLLOW_NO_DEED,
                                 .handler = FOLLOW_NO_DEED,
                                 .own_handler = FOLLOW_NO_DEED,
                                 .forger = FOLLOW_NO_DEED};
    }
    return (struct channel *)follow->channel_list.at + *index;
}

static struct maker first_maker(const struct follow *follow, const struct channel *channel)
{
    const struct maker none = {.deed = FOLLOW_NO_DEED};
    return channel == NULL || channel->first == FOLLOW_NO_DEED
               ? none
               : ((const struct maker *)follow->makers_under_way.at)[channel->first];
}

struct maker follow_take(struct follow *follow, struct channel *channel)
{
    const struct maker maker = first_maker(follow, channel);
    if (channel->first != FOLLOW_NO_DEED) {
        channel->first = maker.next;
        channel->last = maker.next == FOLLOW_NO_DEED ? FOLLOW_NO_DEED : channel->last;
        channel->handled += maker.forgery == 0;
    }
    return maker;
}

void follow_count(struct follow *follow, uint64_t key)
{
    uint32_t *done = follow_map(follow, &follow->done, key, 0);
    if (done != NULL) {
        (*done)++;
    }
}

static uint64_t counted_id(struct follow *follow, uint64_t key)
{
    const uint32_t *done = follow_map(follow, &follow->done, key, 0);
    return keys_mix(key, done == NULL ? 0 : *done);
}

/* ---- candidates ---- */

/* `whose` is what its actor is called. */
static uint64_t signal_id(struct follow *follow, uint32_t node, const struct rh_pending *pending,
                          uint64_t whose)
{
    if (pending->signal == RH_SIGNAL_START) {
        return follow_start_id(follow, pending->actor);
    }
    if (pending->kind == RH_PENDING_TIMER) {
        uint64_t creator = follow_actor_key(follow, pending->from);
        uint64_t timer = follow_object(RH_OBJECT_TIMER, creator, pending->ordinal);
        return keys_mix(keys_mix(timer, (uint64_t)pending->signal), 6);
    }
    if (pending->kind == RH_PENDING_TAKE) {
        return counted_id(follow, follow_waits_of(whose));
    }
    uint64_t key = channel_key(follow, node, pending->from, pending->hop, pending->name, whose);
    const struct channel *channel = follow_channel(follow, key);
    const struct maker maker = first_maker(follow, channel);
    return maker.forgery != 0 ? maker.forgery
                              : follow_channel_id(key, channel == NULL ? 0 : channel->handled);
}

uint64_t follow_source_key(struct follow *follow, const struct rh_candidate *candidate,
                           const struct choice_row *row)
{
    uint64_t key = keys_mix(keys_mix(FOLLOW_SOURCE_OF(candidate), 9), row->source_event);
    return keys_mix(key, follow_actor_key(follow, candidate->actor));
}

uint64_t follow_pipe_key(struct follow *follow, uint64_t event)
{
    return keys_mix(world_pipe_key(follow->world, event), 10);
}

/* What was not there behind the step before has come to be by the last one, or has been let go by it;
 * and what can happen earlier now has been let go, too. */
static void note_there(struct follow *follow, uint64_t id, rh_instant since)
{
    const uint32_t *index = follow_map(follow, &follow->there, id, follow->births.count);
    if (index == NULL) {
        return;
    }
    bool is_new = *index == follow->births.count;
    if (is_new && follow_grow(follow, &follow->births, sizeof(struct birth)) == NULL) {
        return;
    }
    struct birth *birth = (struct birth *)follow->births.at + *index;
    if (is_new || birth->seen + 1 < follow->deeds || since < birth->since) {
        birth->deeds = follow->deeds;
    }
    birth->seen = follow->deeds;
    birth->since = since;
}

uint32_t follow_born(struct follow *follow, uint64_t id)
{
    const uint32_t *index = follow_map(follow, &follow->there, id, follow->births.count);
    bool is_known = index != NULL && *index < follow->births.count;
    uint32_t deeds = is_known ? ((const struct birth *)follow->births.at)[*index].deeds : 0;
    return deeds == 0 ? FOLLOW_NO_DEED : deeds - 1;
}

uint64_t follow_tick_id(struct follow *follow)
{
    return counted_id(follow, FOLLOW_TICKS);
}

void follow_identify(struct follow *follow)
{
    struct rh_world *world = follow->world;
    for (uint32_t i = 0; i < world->row_count; i++) {
        struct rh_candidate *candidate = &world->candidates[i];
        const struct choice_row *row = &world->rows[i];
        candidate->optional = row->optional;
        candidate->whose = follow_actor_key(follow, candidate->actor);
        candidate->signal = RH_SIGNAL_USER;
        candidate->strikes = 0;
        candidate->holds = follow_holds(world, candidate);
        candidate->held_by = 0;
        if (row->pipe_event != 0) {
            candidate->id = counted_id(follow, follow_pipe_key(follow, row->pipe_event));
        } else if (row->strikes) {
            candidate->signal = row->pending.signal;
            candidate->strikes =
                signal_id(follow, row->strikes_on, &row->pending, candidate->whose);
            candidate->id = keys_mix(keys_mix(candidate->strikes, 13), row->source_event);
        } else if (candidate->source >= world->node_count) {
            candidate->id = counted_id(follow, follow_source_key(follow, candidate, row));
            candidate->held_by =
                row->behind > 0 && row->behind == follow->deeds ? RH_HOLD_BARRIER : 0;
        } else {
            candidate->signal = row->pending.signal;
            candidate->id = signal_id(follow, candidate->source, &row->pending, candidate->whose);
        }
        note_there(follow, candidate->id, row->since);
    }
    follow_look_for_due(follow);
}
