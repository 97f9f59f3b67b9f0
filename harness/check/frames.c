/* SPDX-License-Identifier: MIT */
/*
 * What departs from one node arrives on the other as it was, in the order in which its sender sent it, at most once; the word
 * of the sender's exit comes behind all of it. What has not arrived is lost with its connection, or its target is dead.
 *
 * For each (sender, node) there is a list of what has departed and not arrived, each with the generation of the connection.
 * What arrives takes the first that is like it, of the same pipe where that is told; whatever was in front of it was lost, and
 * must have had a reason. Of bytes that a fault has changed nothing can be said.
 */
#include "harness/check/family.h"

#include <inttypes.h>

struct parcel {
    uint32_t next;
    uint8_t signal; /**< enum rh_signal_kind */
    bool doubtful;  /**< it may have arrived as one that is like it */
    uint64_t generation;
    uint64_t pipe; /**< 0: not known */
    struct rh_pid to;
    struct rh_message message; /**< referenced */
};

struct lane {
    struct rh_pid from;
    uint64_t nodes; /**< the one that it departed from << 32 | the one that it goes to */
    uint32_t first;
    uint32_t last;
};

/* The pipe of an endpoint, which both sides call by the same name. */
struct piped {
    struct rh_pid endpoint;
    uint64_t pipe; /**< hash of the name */
};

struct frames {
    struct family family;
    struct table pipes;
    struct table lanes;
    struct slab parcels;
    struct rh_pid reader;
    struct rh_pid said;    /**< whose exit has just been said */
    struct rh_pid said_by; /**< and on which connection */
};

static const struct family_table tables[] = {
    {offsetof(struct frames, lanes), sizeof(struct rh_pid) + sizeof(uint64_t), sizeof(struct lane)},
    {offsetof(struct frames, pipes), sizeof(struct rh_pid), sizeof(struct piped)},
};
static const struct family_plan plan = {.bytes = sizeof(struct frames), FAMILY_TABLES(tables)};

static enum rh_status create(const struct rh_allocator *allocator, struct rh_judge *judge,
                             void **ret_self)
{
    enum rh_status status = family_create(allocator, judge, &plan, ret_self);
    if (status == RH_OK) {
        struct frames *self = *ret_self;
        slab_init(&self->parcels, allocator, sizeof(struct parcel));
    }
    return status;
}

static struct parcel *parcel_at(const struct frames *self, uint32_t number)
{
    return slab_at(&self->parcels, number);
}

static void lane_pop(struct frames *self, struct lane *lane)
{
    uint32_t number = lane->first;
    lane->first = parcel_at(self, number)->next;
    lane->last = lane->first == 0 ? 0 : lane->last;
    rh_message_unref(parcel_at(self, number)->message);
    slab_give(&self->parcels, number);
}

static void begin(void *state)
{
    struct frames *self = state;
    for (uint32_t i = 0; i < self->lanes.count; i++) {
        struct lane *lane = table_at(&self->lanes, i);
        while (lane->first != 0) {
            lane_pop(self, lane);
        }
    }
    family_begin(self);
    slab_clear(&self->parcels);
    self->reader = rh_pid_none();
    self->said = rh_pid_none();
}

static void destroy(void *state)
{
    struct frames *self = state;
    begin(self);
    slab_deinit(&self->parcels);
    family_destroy(self);
}

static void fail_parcel(struct frames *self, const char *invariant, struct rh_pid from,
                        const struct parcel *parcel, const char *expected, const char *observed)
{
    struct rh_judge *judge = self->family.judge;
    struct rh_violation found = violation_of(invariant, from, parcel->to);
    violation_expect(&found, "%s", expected);
    violation_observe(&found, "%s from %s to %s: %s",
                      say_signal(judge, (enum rh_signal_kind)parcel->signal, &parcel->message).text,
                      say_who(judge, from).text, say_who(judge, parcel->to).text, observed);
    rh_judge_fail(judge, &found);
}

/* Links, monitors and answers are kept in step by their own families. */
static bool is_followed(enum rh_signal_kind signal)
{
    return signal == RH_SIGNAL_MESSAGE || signal == RH_SIGNAL_EXIT_SIGNAL ||
           signal == RH_SIGNAL_GONE;
}

static struct lane *lane_find(const struct frames *self, struct rh_pid from, uint32_t departure,
                              uint32_t arrival)
{
    struct {
        struct rh_pid from;
        uint64_t nodes;
    } key = {from, (uint64_t)departure << 32 | arrival};
    return table_find(&self->lanes, &key);
}

static uint64_t pipe_of(const struct frames *self, struct rh_pid endpoint)
{
    const struct piped *piped = table_find(&self->pipes, &endpoint);
    return piped == NULL ? 0 : piped->pipe;
}

/* "n1>n2#1" and "n1<n2#1" are the two directions of one. */
static void on_pipe(struct frames *self, const struct rh_event *event)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (const char *at = event->name; at != NULL && *at != '\0'; at++) {
        hash = (hash ^ (uint8_t)(*at == '<' ? '>' : *at)) * 1099511628211u;
    }
    struct piped *piped = family_row(&self->family, &self->pipes, &event->actor);
    if (piped == NULL) {
        return;
    }
    piped->pipe = hash;
}

static void on_depart(struct frames *self, const struct rh_event *event)
{
    uint32_t here = self->family.model->told_on;
    const struct tie *tie = model_tie(self->family.model, here, event->peer.node);
    if (!is_followed(event->signal) || tie == NULL || !tie->up ||
        (event->signal == RH_SIGNAL_GONE &&
         !(rh_pid_equal(self->said, event->actor) && rh_pid_equal(self->said_by, tie->endpoint)))) {
        return; /* to who does not know it, or by way of a third node */
    }
    struct lane *lane = lane_find(self, event->actor, here, event->peer.node);
    if (lane == NULL) {
        struct lane key = {event->actor, (uint64_t)here << 32 | event->peer.node, 0, 0};
        lane = table_add(&self->lanes, &key);
    }
    uint32_t number = lane == NULL ? 0 : slab_take(&self->parcels);
    if (number == 0) {
        rh_judge_error(self->family.judge, RH_NO_MEMORY);
        return;
    }
    *parcel_at(self, number) = (struct parcel){
        .signal = (uint8_t)event->signal,
        .generation = tie->generation,
        .pipe = pipe_of(self, tie->endpoint),
        .to = event->peer,
        .message = event->message == NULL ? rh_message_none() : rh_message_ref(*event->message),
    };
    if (lane->first == 0) {
        lane->first = number;
    } else {
        parcel_at(self, lane->last)->next = number;
    }
    lane->last = number;
}

static bool is_that(const struct parcel *parcel, uint64_t pipe, const struct rh_event *event)
{
    if (pipe != 0 && parcel->pipe != 0 && pipe != parcel->pipe) {
        return false;
    }
    static const struct rh_message none;
    const struct rh_message *message = event->message == NULL ? &none : event->message;
    bool there = event->signal == RH_SIGNAL_GONE || rh_pid_equal(parcel->to, event->peer);
    return parcel->signal == event->signal && there && messages_same(&parcel->message, message);
}

/* May a parcel have been lost though something behind it, of that generation and pipe, has arrived? */
static bool may_be_lost(const struct frames *self, const struct parcel *parcel, uint64_t generation,
                        uint64_t pipe)
{
    bool other_pipe = pipe != 0 && parcel->pipe != 0 && pipe != parcel->pipe;
    return parcel->doubtful || other_pipe || parcel->generation < generation ||
           (parcel->to.generation != 0 && model_life(self->family.model, parcel->to) != LIFE_ALIVE);
}

/* Who asks for an actor that is dead or never was hears of it as of an exit. */
static bool is_word_of_nobody(const struct rh_event *event)
{
    struct rh_message noproc = rh_reason(RH_REASON_NOPROC);
    return event->signal == RH_SIGNAL_GONE && event->message != NULL &&
           messages_same(event->message, &noproc);
}

static void on_arrive(struct frames *self, const struct rh_event *event, uint32_t peer)
{
    uint32_t here = self->family.model->told_on;
    struct lane *lane = lane_find(self, event->actor, peer, here);
    uint64_t pipe = pipe_of(self, self->reader);
    uint32_t number = lane == NULL ? 0 : lane->first;
    family_evaluated(&self->family);
    while (number != 0 && !is_that(parcel_at(self, number), pipe, event)) {
        number = parcel_at(self, number)->next;
    }
    if (number == 0 && is_word_of_nobody(event)) {
        return;
    }
    if (number == 0) {
        const struct parcel arrived = {
            .signal = (uint8_t)event->signal,
            .to = event->peer,
            .message = event->message == NULL ? rh_message_none() : *event->message,
        };
        fail_parcel(self, "frames/once", event->actor, &arrived,
                    "what arrives has departed, and arrives once",
                    "nothing like it is between the nodes");
        return;
    }
    uint64_t generation = parcel_at(self, number)->generation;
    bool is_doubtful = parcel_at(self, number)->doubtful; /* then it was perhaps a later one, too */
    for (uint32_t n = parcel_at(self, number)->next; n != 0; n = parcel_at(self, n)->next) {
        struct parcel *later = parcel_at(self, n);
        bool is_other = is_doubtful || later->generation > generation;
        later->doubtful = later->doubtful || (is_other && is_that(later, pipe, event));
    }
    while (lane->first != number) {
        const struct parcel *parcel = parcel_at(self, lane->first);
        if (!may_be_lost(self, parcel, generation, pipe)) {
            fail_parcel(self, "frames/order", event->actor, parcel,
                        event->signal == RH_SIGNAL_GONE
                            ? "the word of an exit arrives behind all that its actor has sent"
                            : "what one actor sends arrives in sending order",
                        "something that it has sent later is here");
            return;
        }
        lane_pop(self, lane);
    }
    lane_pop(self, lane);
}

/* The node at the other end of the connection that is being read; 0: none, or nobody follows it. */
static uint32_t peer_of(const struct frames *self)
{
    const struct model *model = self->family.model;
    for (uint32_t i = 0; i < model->ties.count; i++) {
        const struct tie *tie = table_at(&model->ties, i);
        if (tie->key >> 32 == model->told_on && rh_pid_equal(tie->endpoint, self->reader)) {
            return (uint32_t)(tie->key & UINT32_MAX);
        }
    }
    return 0;
}

static void record(void *state, const struct rh_record *told)
{
    struct frames *self = state;
    const struct rh_event *event = told->event;
    const struct model *model = self->family.model;
    if (told->kind == RH_RECORD_PIPE) {
        on_pipe(self, event);
        return;
    }
    if (event->kind == RH_EVENT_HANDLE) {
        self->reader = event->actor;
    } else if (event->kind == RH_EVENT_EXPORT_REMOVE) {
        self->said = event->actor;
        self->said_by = event->peer;
        return;
    } else if (event->kind == RH_EVENT_DEPART) {
        on_depart(self, event);
    } else if (is_followed(event->signal) && !rh_pid_is_none(event->actor)) {
        uint32_t peer = peer_of(self);
        bool told_of = peer < model->crew_count && model->crews[peer].used > 0;
        bool relayed = event->signal != RH_SIGNAL_GONE && event->peer.node != model->told_on;
        if (told_of && !relayed && !model->garbled) {
            on_arrive(self, event, peer);
        }
    }
    self->said = rh_pid_none();
}

static void finish(void *state, enum rh_end end)
{
    struct frames *self = state;
    const struct model *model = self->family.model;
    bool still = end == RH_END_QUIESCENT && rh_judge_is_still(self->family.judge);
    for (uint32_t i = 0; i < self->lanes.count && still; i++) {
        const struct lane *lane = table_at(&self->lanes, i);
        uint32_t from = (uint32_t)(lane->nodes >> 32);
        uint32_t to = (uint32_t)(lane->nodes & UINT32_MAX);
        const struct tie *tie = model_tie(model, from, to);
        for (uint32_t n = lane->first; n != 0; n = parcel_at(self, n)->next) {
            const struct parcel *parcel = parcel_at(self, n);
            family_evaluated(&self->family);
            if (model_connected(model, from, to) &&
                !may_be_lost(self, parcel, tie->generation, pipe_of(self, tie->endpoint))) {
                fail_parcel(self, "frames/lost", lane->from, parcel,
                            "what departs arrives, unless the connection is lost", "it has not");
                begin(self);
                return;
            }
        }
    }
    begin(self);
}

const struct rh_checker checker_frames = {
    .name = "frames",
    .covers = "TH-I10 TH-I11 TH-I13 TH-I16 BM-I11 TH-S1 TH-S14",
    .claim = "what departs from one node arrives on the other, in order, once, and unchanged",
    .kinds = RH_LISTEN(DEPART) | RH_LISTEN(ARRIVE) | RH_LISTEN(HANDLE) | RH_LISTEN(EXPORT_REMOVE) |
             RH_LISTEN_RECORD(PIPE),
    .signals = RH_LISTEN_SIGNAL(IO),
    .live = true,
    .create = create,
    .begin = begin,
    .record = record,
    .finish = finish,
    .destroy = destroy,
};
