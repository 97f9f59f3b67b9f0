/* SPDX-License-Identifier: MIT */
/*
 * Happened-before has two sources: an actor's own order, and a signal's way from where it was sent to where it was handled.
 * Sends of a channel are handled in order, so a handling belongs to the oldest send of the same kind on its channel that
 * has none yet; a send by name has no channel before it is handled and is found by its sender. With both links the causal
 * past of a moment is what can be reached backwards, in one pass.
 *
 * From node to node a signal departs, arrives and is sent once more on its sender's behalf, while the sender does other things:
 * none of that stands in the sender's order. It is the endpoint whom the bytes reach that acts when something arrives; who acts
 * when it departs no trace says. The send itself goes along, and is what the handling on the other node belongs to. Of what was
 * lost with a connection nothing is told, so that of several sends under way the first that carries the same is the one.
 */
#include "harness/trace/history.h"

#include "harness/trace/print.h"

#include <string.h>

#define MOMENTS_AT_FIRST 256U
#define CHANNELS_AT_FIRST 64U
#define ALIKE_MAX 64U
#define KIND_FAULT UINT8_MAX
#define KIND_PIPE (UINT8_MAX - 1)

enum lane {
    LANE_SIGNALS,
    LANE_TIMERS,
    LANE_UNDER_WAY /* between nodes */
};

/* The moments that wait for their handling, oldest first. */
struct channel {
    uint32_t from;
    uint32_t to;
    enum lane lane;
    bool is_used;
    uint32_t head;
    uint32_t tail;
};

struct loading {
    struct rh_history *history;
    struct channel *channels;
    uint32_t capacity;
    uint32_t count;
    uint32_t *next; /**< of a moment in its channel */
    uint32_t *last; /**< moment of each actor, by number */
    uint32_t last_capacity;
    uint32_t next_capacity;
    uint32_t endpoint; /**< whom bytes have reached last, and in which step */
    uint64_t endpoint_step;
    uint32_t arrived; /**< the moment of what has arrived and is sent next; RH_HISTORY_NONE */
    uint32_t sent;    /**< and where it was sent first */
};

static void *resize(const struct rh_allocator *allocator, void *block, size_t before, size_t bytes)
{
    return allocator->resize(allocator->self, block, before, bytes);
}

/* ---- channels ---- */

static struct channel *place_of(struct channel *channels, uint32_t capacity, uint32_t from,
                                uint32_t to, enum lane lane)
{
    uint64_t mixed =
        ((uint64_t)from << 34 | (uint64_t)to << 2 | lane) * UINT64_C(0x9e3779b97f4a7c15);
    uint32_t at = (uint32_t)(mixed >> 40) & (capacity - 1);
    while (channels[at].is_used &&
           (channels[at].from != from || channels[at].to != to || channels[at].lane != lane)) {
        at = (at + 1) & (capacity - 1);
    }
    return &channels[at];
}

static bool grow_channels(struct loading *loading)
{
    const struct rh_allocator *allocator = loading->history->allocator;
    uint32_t capacity = loading->capacity == 0 ? CHANNELS_AT_FIRST : 2 * loading->capacity;
    struct channel *grown = allocator->allocate(allocator->self, capacity * sizeof *grown);
    if (grown == NULL) {
        return false;
    }
    memset(grown, 0, capacity * sizeof *grown);
    for (uint32_t i = 0; i < loading->capacity; i++) {
        struct channel *old = &loading->channels[i];
        if (old->is_used) {
            *place_of(grown, capacity, old->from, old->to, old->lane) = *old;
        }
    }
    allocator->release(allocator->self, loading->channels,
                       loading->capacity * sizeof *loading->channels);
    loading->channels = grown;
    loading->capacity = capacity;
    return true;
}

static bool push(struct loading *loading, uint32_t from, uint32_t to, enum lane lane,
                 uint32_t moment)
{
    if (2 * loading->count >= loading->capacity && !grow_channels(loading)) {
        return false;
    }
    struct channel *channel = place_of(loading->channels, loading->capacity, from, to, lane);
    if (!channel->is_used) {
        *channel = (struct channel){from, to, lane, true, RH_HISTORY_NONE, RH_HISTORY_NONE};
        loading->count++;
    }
    loading->next[moment] = RH_HISTORY_NONE;
    if (channel->head == RH_HISTORY_NONE) {
        channel->head = moment;
    } else {
        loading->next[channel->tail] = moment;
    }
    channel->tail = moment;
    return true;
}

/* Take the oldest that waits and is of the same kind of signal. */
static uint32_t take(struct loading *loading, uint32_t from, uint32_t to, enum lane lane,
                     uint8_t signal)
{
    struct channel *channel = loading->capacity == 0
                                  ? NULL
                                  : place_of(loading->channels, loading->capacity, from, to, lane);
    if (channel == NULL || !channel->is_used) {
        return RH_HISTORY_NONE;
    }
    uint32_t previous = RH_HISTORY_NONE;
    uint32_t at = channel->head;
    while (at != RH_HISTORY_NONE && lane != LANE_TIMERS &&
           loading->history->moments[at].signal != signal) {
        previous = at;
        at = loading->next[at];
    }
    if (at == RH_HISTORY_NONE) {
        return at;
    }
    if (previous == RH_HISTORY_NONE) {
        channel->head = loading->next[at];
    } else {
        loading->next[previous] = loading->next[at];
    }
    if (channel->tail == at) {
        channel->tail = previous;
    }
    return at;
}

/* ---- moments ---- */

static bool reserve(struct loading *loading)
{
    struct rh_history *history = loading->history;
    if (history->count < history->capacity) {
        return true;
    }
    uint32_t capacity = history->capacity == 0 ? MOMENTS_AT_FIRST : 2 * history->capacity;
    if (capacity < history->capacity) {
        return false;
    }
    uint32_t *next = resize(history->allocator, loading->next,
                            loading->next_capacity * sizeof *next, capacity * sizeof *next);
    if (next == NULL) {
        return false;
    }
    loading->next = next;
    loading->next_capacity = capacity;
    struct rh_moment *moments =
        resize(history->allocator, history->moments, history->capacity * sizeof *moments,
               capacity * sizeof *moments);
    if (moments == NULL) {
        return false;
    }
    history->moments = moments;
    history->capacity = capacity;
    return true;
}

static bool reserve_actor(struct loading *loading, uint32_t actor)
{
    if (actor < loading->last_capacity) {
        return true;
    }
    uint32_t capacity = loading->last_capacity == 0 ? 64 : loading->last_capacity;
    while (capacity <= actor) {
        if (capacity > UINT32_MAX / 2) {
            return false;
        }
        capacity *= 2;
    }
    uint32_t *last = resize(loading->history->allocator, loading->last,
                            loading->last_capacity * sizeof *last, capacity * sizeof *last);
    if (last == NULL) {
        return false;
    }
    for (uint32_t i = loading->last_capacity; i < capacity; i++) {
        last[i] = RH_HISTORY_NONE;
    }
    loading->last = last;
    loading->last_capacity = capacity;
    return true;
}

static bool is_received(enum rh_event_kind kind)
{
    return kind == RH_EVENT_HANDLE || kind == RH_EVENT_PUT || kind == RH_EVENT_DROP ||
           kind == RH_EVENT_RETURN;
}

static uint32_t find_cause(struct loading *loading, const struct rh_trace_item *item)
{
    uint8_t signal = (uint8_t)item->signal;
    if (item->code != RH_TRACE_EVENT) {
        return RH_HISTORY_NONE;
    }
    if (item->kind == RH_EVENT_TIMER_FIRE || item->kind == RH_EVENT_TIMER_CANCEL) {
        /* Of one creator a timer is known by its ordinal. */
        return take(loading, item->actor, (uint32_t)item->ordinal, LANE_TIMERS, 0);
    }
    if (item->kind == RH_EVENT_SPAWN) {
        return item->peer < loading->last_capacity ? loading->last[item->peer] : RH_HISTORY_NONE;
    }
    if (!is_received(item->kind)) {
        return RH_HISTORY_NONE;
    }
    uint32_t cause = take(loading, item->peer, item->actor, LANE_SIGNALS, signal);
    /* Sent by name: the channel had no end then. */
    return cause != RH_HISTORY_NONE ? cause : take(loading, item->peer, 0, LANE_SIGNALS, signal);
}

static bool opens(struct loading *loading, const struct rh_trace_item *item, uint32_t moment)
{
    if (item->code != RH_TRACE_EVENT) {
        return true;
    }
    if (item->kind == RH_EVENT_SEND) {
        return push(loading, item->actor, item->peer, LANE_SIGNALS, moment);
    }
    return item->kind != RH_EVENT_TIMER_SET ||
           push(loading, item->actor, (uint32_t)item->ordinal, LANE_TIMERS, moment);
}

/* ---- from node to node ---- */

static bool is_alike(const struct rh_history *history, uint32_t moment,
                     const struct rh_trace_item *item)
{
    struct rh_trace_item sent;
    if (history->moments[moment].signal != (uint8_t)item->signal) {
        return false;
    }
    rh_history_item(history, moment, &sent);
    return sent.message.size == item->message.size &&
           (item->message.size == 0 ||
            memcmp(sent.message.bytes, item->message.bytes, item->message.size) == 0);
}

/* Take what has arrived: the first that carries the same, and what is before it was lost. What was changed on its way is the
 * oldest of its kind. */
static uint32_t take_under_way(struct loading *loading, const struct rh_trace_item *item)
{
    struct channel *channel = loading->capacity == 0
                                  ? NULL
                                  : place_of(loading->channels, loading->capacity, item->actor,
                                             item->peer, LANE_UNDER_WAY);
    uint32_t at = channel == NULL || !channel->is_used ? RH_HISTORY_NONE : channel->head;
    for (unsigned i = 0; at != RH_HISTORY_NONE && i < ALIKE_MAX; i++) {
        if (is_alike(loading->history, at, item)) {
            channel->head = loading->next[at];
            channel->tail = channel->head == RH_HISTORY_NONE ? RH_HISTORY_NONE : channel->tail;
            return at;
        }
        at = loading->next[at];
    }
    return take(loading, item->actor, item->peer, LANE_UNDER_WAY, (uint8_t)item->signal);
}

static bool departs(struct loading *loading, const struct rh_trace_item *item,
                    struct rh_moment *moment)
{
    moment->cause = take(loading, item->actor, item->peer, LANE_SIGNALS, (uint8_t)item->signal);
    moment->line = moment->before = RH_HISTORY_NONE;
    return moment->cause == RH_HISTORY_NONE ||
           push(loading, item->actor, item->peer, LANE_UNDER_WAY, moment->cause);
}

/* What a proxy has taken did not depart: all that is known is that its sender had come as far as this. */
static void arrives(struct loading *loading, const struct rh_trace_item *item, uint32_t index)
{
    struct rh_moment *moment = &loading->history->moments[index];
    uint32_t sent = take_under_way(loading, item);
    moment->cause = sent != RH_HISTORY_NONE ? sent : loading->last[item->actor];
    moment->line = loading->endpoint_step == item->step ? loading->endpoint : RH_HISTORY_NONE;
    loading->arrived = item->kind == RH_EVENT_ARRIVE ? index : RH_HISTORY_NONE;
    loading->sent = sent;
}

static bool is_sent_once_more(const struct loading *loading, const struct rh_trace_item *item)
{
    if (loading->arrived == RH_HISTORY_NONE) {
        return false;
    }
    const struct rh_moment *arrived = &loading->history->moments[loading->arrived];
    return arrived->step == item->step && arrived->actor == item->actor &&
           arrived->peer == item->peer && arrived->signal == (uint8_t)item->signal;
}

static bool send_once_more(struct loading *loading, const struct rh_trace_item *item,
                           uint32_t index)
{
    struct rh_moment *moment = &loading->history->moments[index];
    const struct rh_moment *arrived = &loading->history->moments[loading->arrived];
    uint32_t sent = loading->sent != RH_HISTORY_NONE ? loading->sent : index;
    moment->line = arrived->line;
    moment->cause = arrived->cause;
    loading->arrived = RH_HISTORY_NONE;
    return push(loading, item->actor, item->peer, LANE_SIGNALS, sent);
}

/* Find out in whose order a moment stands and what it comes from, and keep what will come from it. */
static bool place(struct loading *loading, const struct rh_trace_item *item, uint32_t index)
{
    struct rh_moment *moment = &loading->history->moments[index];
    bool is_event = item->code == RH_TRACE_EVENT;
    if (item->code == RH_TRACE_PIPE) {
        loading->endpoint = item->actor;
        loading->endpoint_step = item->step;
    }
    if (is_event && item->kind == RH_EVENT_DEPART) {
        return departs(loading, item, moment);
    }
    if (is_event && (item->kind == RH_EVENT_ARRIVE || item->kind == RH_EVENT_LOSE)) {
        arrives(loading, item, index);
        return true;
    }
    if (is_event && item->kind == RH_EVENT_SEND && is_sent_once_more(loading, item)) {
        return send_once_more(loading, item, index);
    }
    if (is_event && (item->kind == RH_EVENT_EXPORT_ADD || item->kind == RH_EVENT_EXPORT_REMOVE)) {
        moment->line = item->peer;
    }
    moment->cause = find_cause(loading, item);
    return opens(loading, item, index);
}

static enum rh_status add(struct loading *loading, const struct rh_trace_item *item)
{
    struct rh_history *history = loading->history;
    if (!reserve(loading) || !reserve_actor(loading, item->actor) ||
        !reserve_actor(loading, item->peer)) {
        return RH_NO_MEMORY;
    }
    uint32_t index = history->count;
    struct rh_moment *moment = &history->moments[index];
    *moment = (struct rh_moment){
        .offset = item->offset,
        .step = item->step,
        .now = item->now,
        .actor = item->actor,
        .peer = item->peer,
        .line = item->actor,
        .before = RH_HISTORY_NONE,
        .kind = item->code == RH_TRACE_EVENT   ? (uint8_t)item->kind
                : item->code == RH_TRACE_FAULT ? KIND_FAULT
                                               : KIND_PIPE,
        .signal = (uint8_t)item->signal,
        .matters = rh_trace_matters(item),
    };
    bool ok = place(loading, item, index);
    if (moment->line != RH_HISTORY_NONE) {
        moment->before = moment->line == 0 ? RH_HISTORY_NONE : loading->last[moment->line];
        loading->last[moment->line] = index;
    }
    history->count++;
    return ok ? RH_OK : RH_NO_MEMORY;
}

static enum rh_status read_all(struct loading *loading)
{
    struct rh_history *history = loading->history;
    struct rh_trace_item item;
    while ((history->status = rh_trace_next(&history->reader, &item)) == RH_OK) {
        enum rh_status status = RH_OK;
        if (item.code == RH_TRACE_FOOTER) {
            history->has_footer = true;
            history->result = item.result;
        } else if (item.code == RH_TRACE_EVENT || item.code == RH_TRACE_FAULT ||
                   item.code == RH_TRACE_PIPE) {
            status = add(loading, &item);
        }
        if (status != RH_OK) {
            return status;
        }
    }
    return history->status == RH_NO_MEMORY ? RH_NO_MEMORY : RH_OK;
}

enum rh_status rh_history_load(struct rh_history *history, const struct rh_allocator *allocator,
                               const uint8_t *bytes, size_t size)
{
    *history =
        (struct rh_history){.allocator = allocator != NULL ? allocator : rh_allocator_default()};
    enum rh_status status = rh_trace_open(&history->reader, allocator, bytes, size);
    if (status != RH_OK) {
        return status;
    }
    struct loading loading = {.history = history,
                              .endpoint_step = UINT64_MAX,
                              .arrived = RH_HISTORY_NONE,
                              .sent = RH_HISTORY_NONE};
    const struct rh_allocator *with = history->allocator;
    status = read_all(&loading);
    with->release(with->self, loading.channels, loading.capacity * sizeof *loading.channels);
    with->release(with->self, loading.next, loading.next_capacity * sizeof *loading.next);
    with->release(with->self, loading.last, loading.last_capacity * sizeof *loading.last);
    return status;
}

void rh_history_deinit(struct rh_history *history)
{
    if (history->allocator == NULL) {
        return;
    }
    rh_trace_close(&history->reader);
    history->allocator->release(history->allocator->self, history->moments,
                                history->capacity * sizeof *history->moments);
    *history = (struct rh_history){0};
}

void rh_history_item(const struct rh_history *history, uint32_t index,
                     struct rh_trace_item *ret_item)
{
    const struct rh_moment *moment = &history->moments[index];
    size_t length = 0;
    const uint8_t *begin = history->reader.bytes + moment->offset;
    enum rh_status status = rh_item_length(begin, history->reader.size - moment->offset, &length);
    if (status == RH_OK) {
        status = rh_trace_decode((struct rh_item){begin, length}, ret_item);
    }
    if (status != RH_OK) { /* it was read before, from the same bytes */
        *ret_item = (struct rh_trace_item){.code = RH_TRACE_TIME};
    }
    ret_item->offset = moment->offset;
    ret_item->step = moment->step;
    ret_item->now = moment->now;
    ret_item->due = ret_item->due == RH_NEVER ? RH_NEVER : ret_item->due + moment->now;
}

/* ---- slices ---- */

static bool concerns(const struct rh_moment *moment, const uint32_t actors[2])
{
    for (size_t i = 0; i < 2; i++) {
        if (actors[i] != 0 && (moment->actor == actors[i] || moment->peer == actors[i])) {
            return true;
        }
    }
    return false;
}

/* The last moment up to `step` of an actor; of anybody for 0. */
static uint32_t last_moment(const struct rh_history *history, uint64_t step, uint32_t actor)
{
    for (uint32_t i = history->count; i > 0; i--) {
        const struct rh_moment *moment = &history->moments[i - 1];
        if (moment->step <= step && (actor == 0 || moment->line == actor) && moment->matters) {
            return i - 1;
        }
    }
    return RH_HISTORY_NONE;
}

static void mark(struct rh_history *history, uint32_t index)
{
    if (index != RH_HISTORY_NONE) {
        history->moments[index].is_past = true;
    }
}

static uint32_t mark_past(struct rh_history *history, uint64_t step, const uint32_t actors[2])
{
    uint32_t past = 0;
    for (uint32_t i = 0; i < history->count; i++) {
        history->moments[i].is_past = false;
        history->moments[i].is_aside = false;
    }
    if (actors[0] == 0 && actors[1] == 0) {
        mark(history, last_moment(history, step, 0));
    }
    for (size_t i = 0; i < 2; i++) {
        if (actors[i] != 0) {
            mark(history, last_moment(history, step, actors[i]));
        }
    }
    for (uint32_t i = history->count; i > 0; i--) {
        struct rh_moment *moment = &history->moments[i - 1];
        if (moment->is_past) {
            mark(history, moment->before);
            mark(history, moment->cause);
            past += moment->matters;
        }
    }
    return past;
}

static void mark_aside(struct rh_history *history, uint32_t index)
{
    if (index != RH_HISTORY_NONE && !history->moments[index].is_past) {
        history->moments[index].is_aside = true;
    }
}

/* Why something that was expected may be missing: behind this somebody did nothing more, or heard nothing. */
static bool ends_something(const struct rh_moment *moment)
{
    return moment->kind == KIND_FAULT || moment->kind == RH_EVENT_EXIT ||
           (moment->kind == RH_EVENT_DROP && moment->signal == RH_SIGNAL_MESSAGE);
}

static uint32_t mark_elsewhere(struct rh_history *history, uint64_t step)
{
    uint32_t aside = 0;
    for (uint32_t i = history->count; i > 0; i--) {
        const struct rh_moment *moment = &history->moments[i - 1];
        if (moment->step <= step && ends_something(moment)) {
            mark_aside(history, i - 1);
        }
        if (moment->is_aside) {
            mark_aside(history, moment->before);
            mark_aside(history, moment->cause);
            aside += moment->matters;
        }
    }
    return aside;
}

/* How much a moment explains: 3 faults and exits, 2 the actors themselves, 1 anything that matters; the past before what is
 * aside. */
static unsigned weight(const struct rh_moment *moment, const uint32_t actors[2])
{
    unsigned more = moment->is_past ? 3 : 0;
    if ((!moment->is_past && !moment->is_aside) || !moment->matters) {
        return 0;
    }
    if (moment->kind == KIND_FAULT || moment->kind == RH_EVENT_EXIT) {
        return more + 3;
    }
    return more + (concerns(moment, actors) ? 2 : 1);
}

uint32_t rh_history_slice(struct rh_history *history, uint64_t step, const uint32_t actors[2],
                          uint32_t *chosen, uint32_t max, uint32_t *ret_past)
{
    uint32_t left = max;
    *ret_past = mark_past(history, step, actors);
    *ret_past += *ret_past < max ? mark_elsewhere(history, step) : 0;
    /* Take by weight and from the end, and unmark what is not taken. */
    for (unsigned wanted = 6; wanted > 0; wanted--) {
        for (uint32_t i = history->count; i > 0; i--) {
            struct rh_moment *moment = &history->moments[i - 1];
            if (weight(moment, actors) == wanted) {
                moment->is_past = left > 0;
                moment->is_aside = false;
                left -= left > 0;
            }
        }
    }
    uint32_t count = 0;
    for (uint32_t i = 0; i < history->count && count < max; i++) {
        if (history->moments[i].is_past && history->moments[i].matters) {
            chosen[count++] = i;
        }
    }
    return count;
}
