/* SPDX-License-Identifier: MIT */
/*
 * A channel (sender, receiver) is a list of what was sent and has not ended; whoever sends remembers its last channel, so
 * that the usual message costs no lookup. A channel that is empty says nothing: those of the dead go when the table is
 * full.
 */
#include "harness/check/model.h"

void channel_forget_ending(struct model *model)
{
    if (model->ending.flight != 0) {
        rh_message_unref(model_flight(model, model->ending.flight)->message);
        slab_give(&model->flights, model->ending.flight);
    }
    model->ending.flight = 0;
    model->ending.overtaken = 0;
}

static inline bool by_name(const struct rh_event *event)
{
    return event->name != NULL && event->signal == RH_SIGNAL_MESSAGE;
}

/* The channel on which the sender sent last, if it is this one. */
static inline struct channel *channel_hinted(const struct model *model,
                                             const struct rh_event *event,
                                             const struct part *sender, const struct rh_pid *from,
                                             const struct rh_pid *to)
{
    if (sender == NULL || sender->channel >= model->channels.count || by_name(event)) {
        return NULL;
    }
    struct channel *channel = (struct channel *)(void *)model->channels.rows + sender->channel;
    return same_pid(&channel->key.to, to) && same_pid(&channel->key.from, from) &&
                   channel->key.told_on == from->node
               ? channel
               : NULL;
}

/* The same by the table; the next event of its kind has the hint. False: no memory for a name. */
RH_COLD static bool channel_find(struct model *model, const struct rh_event *event,
                                 struct part *sender, struct channel_key *key,
                                 struct channel **ret_channel)
{
    if (by_name(event)) {
        uint32_t name = model_name(model, key->to.node, event->name);
        key->to = (struct rh_pid){key->to.node, 0, name, 0};
        if (name == 0) {
            return false;
        }
    }
    struct channel *channel = table_find(&model->channels, key);
    if (channel != NULL && sender != NULL) {
        sender->channel = (uint32_t)(channel - (struct channel *)(void *)model->channels.rows);
    }
    *ret_channel = channel;
    return true;
}

static void channels_sweep(struct model *model)
{
    for (uint32_t i = model->channels.count; i > 0; i--) {
        struct channel *channel = table_at(&model->channels, i - 1);
        if (channel->length == 0 && (model_life(model, channel->key.from) != LIFE_ALIVE ||
                                     model_life(model, channel->key.to) != LIFE_ALIVE)) {
            table_remove(&model->channels, channel);
        }
    }
}

RH_COLD static struct channel *channel_open(struct model *model, const struct rh_event *event)
{
    struct table *table = &model->channels;
    struct channel_key key = {event->actor, event->peer, model->told_on};
    struct channel *channel = NULL;
    if (!channel_find(model, event, model->actor, &key, &channel) || channel != NULL) {
        return channel;
    }
    if (table->count == table->capacity && table->count > 0) {
        channels_sweep(model);
        if (table->count > table->capacity / 4 * 3 && !table_grow(table)) {
            return NULL;
        }
    }
    return table_add(table, &key);
}

static bool counts(const struct part *target, const struct rh_event *event)
{
    return target != NULL && target->cap > 0 && target->life == LIFE_ALIVE &&
           event->signal == RH_SIGNAL_MESSAGE && event->name == NULL && event->why == RH_WHY_NONE;
}

/* Is it a copy of the first, whose handling is told next? A forgery is none, whatever it looks like. */
static bool is_copy_of(const struct flight *first, const struct rh_event *event)
{
    return event->number == 0 && event->message != NULL && first->signal == event->signal &&
           first->ordinal == event->ordinal && messages_same(&first->message, event->message);
}

/* What a fault has made waits before everything else, but for what it is a copy of. */
static void channel_push(struct model *model, struct channel *channel, uint32_t number,
                         const struct rh_event *event)
{
    struct flight *flight = model_flight(model, number);
    struct flight *first = channel->first == 0 ? NULL : model_flight(model, channel->first);
    if (first == NULL) {
        channel->first = number;
        channel->last = number;
    } else if (event->why != RH_WHY_FAULT ||
               (channel->first == channel->last && is_copy_of(first, event))) {
        model_flight(model, channel->last)->next = number;
        channel->last = number;
    } else if (is_copy_of(first, event)) {
        flight->next = first->next;
        first->next = number;
    } else {
        flight->next = channel->first;
        channel->first = number;
    }
    channel->length++;
    model->under_way++;
}

/* The message counts against the target's cap as long as it waits. */
RH_COLD static void flight_count(struct model *model, struct flight *flight,
                                 const struct rh_event *event)
{
    struct part *target =
        event->peer.node == model->told_on ? model_part(model, event->peer) : NULL;
    model->facts |= FACT_CAPPED;
    if (counts(target, event)) {
        flight->counted = true;
        target->counted++;
    }
}

enum rh_status channel_sent(struct model *model, const struct rh_event *event)
{
    struct channel *channel =
        channel_hinted(model, event, model->actor, &event->actor, &event->peer);
    if (channel == NULL) {
        channel = channel_open(model, event);
    }
    uint32_t number = channel == NULL ? 0 : slab_take(&model->flights);
    if (number == 0) {
        return RH_NO_MEMORY;
    }
    struct flight *flight = model_flight(model, number);
    flight->next = 0;
    flight->number = ++channel->sent;
    flight->signal = (uint8_t)event->signal;
    flight->counted = false;
    flight->of_fault = event->why == RH_WHY_FAULT;
    flight->ordinal = event->ordinal;
    flight->message = event->message == NULL ? rh_message_none() : *event->message;
    (void)rh_message_ref(
        flight->message); /* where it lies: a copy of the copy waits for the first */
    if (model->capped && event->signal == RH_SIGNAL_MESSAGE) {
        flight_count(model, flight, event);
    }
    channel_push(model, channel, number, event);
    return RH_OK;
}

/* What a fault has made takes no room, so a cap never drops it, only what looks like it. */
static inline bool may_be_dropped(const struct flight *flight, const struct rh_event *event)
{
    return event->why != RH_WHY_OVERFLOW || !flight->of_fault;
}

static inline bool is_that(const struct flight *flight, const struct rh_event *event)
{
    static const struct rh_message none;
    const struct rh_message *message = event->message == NULL ? &none : event->message;
    bool replaced = event->kind != RH_EVENT_DROP && event->why == RH_WHY_FAULT;
    return flight->signal == event->signal && flight->ordinal == event->ordinal &&
           (messages_same(&flight->message, message) || replaced) && may_be_dropped(flight, event);
}

/* Take out of the channel the first that is what the event speaks of, though it is not the oldest; 0: none is. */
RH_COLD static uint32_t overtaker_take(struct model *model, struct channel *channel,
                                       const struct rh_event *event)
{
    uint32_t previous = channel->first;
    uint32_t number = model_flight(model, previous)->next;
    while (number != 0 && !is_that(model_flight(model, number), event)) {
        previous = number;
        number = model_flight(model, number)->next;
    }
    if (number != 0) {
        model_flight(model, previous)->next = model_flight(model, number)->next;
        channel->last = channel->last == number ? previous : channel->last;
        model->ending.overtaken = channel->first;
        model->facts |= FACT_OVERTAKES;
    }
    return number;
}

static inline uint32_t flight_take(struct model *model, struct channel *channel,
                                   const struct rh_event *event)
{
    uint32_t number = channel->first;
    if (number == 0) {
        return 0;
    }
    const struct flight *flight = model_flight(model, number);
    if (!is_that(flight, event)) {
        return overtaker_take(model, channel, event);
    }
    channel->first = flight->next;
    return number;
}

static inline enum rh_status ended(struct model *model, const struct rh_event *event,
                                   const struct rh_pid *from, const struct rh_pid *to)
{
    channel_forget_ending(model);
    struct part *sender = from->node == model->told_on ? model_part(model, *from) : NULL;
    struct channel *channel = channel_hinted(model, event, sender, from, to);
    if (channel == NULL) {
        struct channel_key key = {*from, *to, model->told_on};
        if (!channel_find(model, event, sender, &key, &channel)) {
            return RH_NO_MEMORY;
        }
    }
    uint32_t number = channel == NULL ? 0 : flight_take(model, channel, event);
    if (number == 0) {
        model->facts |= FACT_UNSENT;
        return RH_OK;
    }
    channel->length--;
    model->under_way--;
    model->ending.flight = number;
    if (model_flight(model, number)->counted && event->kind != RH_EVENT_PUT &&
        model->actor != NULL && model->actor->counted > 0) {
        model->actor->counted--;
    }
    return RH_OK;
}

enum rh_status channel_ended(struct model *model, const struct rh_event *event)
{
    return ended(model, event, &event->peer, &event->actor);
}

void channel_newest_first(struct model *model, const struct rh_event *event)
{
    struct channel_key key = {event->peer, event->actor, model->told_on};
    struct channel *channel = table_find(&model->channels, &key);
    if (channel == NULL || channel->first == channel->last) {
        return;
    }
    uint32_t before = channel->first;
    while (model_flight(model, before)->next != channel->last) {
        before = model_flight(model, before)->next;
    }
    struct flight *newest = model_flight(model, channel->last);
    if (is_that(newest, event)) {
        newest->next = channel->first;
        channel->first = channel->last;
        channel->last = before;
        model_flight(model, before)->next = 0;
    }
}

enum rh_status channel_departed(struct model *model, const struct rh_event *event)
{
    return ended(model, event, &event->actor, &event->peer);
}

void channels_lose(struct model *model, uint32_t node)
{
    for (uint32_t i = 0; i < model->channels.count; i++) {
        struct channel *channel = table_at(&model->channels, i);
        while (channel->key.told_on == node && channel->first != 0) {
            uint32_t number = channel->first;
            channel->first = model_flight(model, number)->next;
            rh_message_unref(model_flight(model, number)->message);
            slab_give(&model->flights, number);
            channel->length--;
            model->under_way--;
        }
    }
}

uint32_t model_under_way(const struct model *model, uint32_t node, struct rh_pid from,
                         struct rh_pid to)
{
    struct channel_key key = {from, to, node};
    const struct channel *channel = table_find(&model->channels, &key);
    return channel == NULL ? 0 : channel->length;
}
