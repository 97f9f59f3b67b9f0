/* SPDX-License-Identifier: MIT */
/*
 * What hosts route. A message that cannot be delivered is told to its sender and to nobody else, once: so no sender is told of
 * more than he has sent to that destination. What is sent is listened to from the first mark of a host on.
 */
#include "harness/check/family.h"

#include <inttypes.h>

struct way_key {
    struct rh_pid sender;
    uint64_t destination; /* number of the model */
};

struct way {
    struct way_key key;
    uint64_t sent;
    uint64_t returned;
};

struct envelopes {
    struct family family;
    struct table ways;
};

static const struct spared spared = {.kinds = RH_LISTEN(SEND)};

static const struct family_table tables[] = {
    {offsetof(struct envelopes, ways), sizeof(struct way_key), sizeof(struct way)},
};
static const struct family_plan plan = {
    .bytes = sizeof(struct envelopes), .spared = &spared, FAMILY_TABLES(tables)};

static enum rh_status create(const struct rh_allocator *allocator, struct rh_judge *judge,
                             void **ret_self)
{
    return family_create(allocator, judge, &plan, ret_self);
}

/* Destinations are the same on all nodes. */
static struct way *way_of(struct envelopes *self, struct rh_pid sender, struct rh_text destination)
{
    const struct way_key key = {sender, check_name(self->family.model, 0, destination)};
    struct way *way = table_find(&self->ways, &key);
    way = way != NULL ? way : table_add(&self->ways, &key);
    if (way == NULL || key.destination == 0) {
        rh_judge_error(self->family.judge, RH_NO_MEMORY);
        return NULL;
    }
    return way;
}

static void on_send(struct envelopes *self, const struct rh_event *event)
{
    struct rh_text destination;
    if (model_is_abroad(self->family.model) || event->message == NULL ||
        !RH_MATCH(event->message, "$route", &destination, RH_ANY)) {
        return;
    }
    struct way *way = way_of(self, event->actor, destination);
    if (way != NULL) {
        way->sent++;
    }
}

static void on_return(struct envelopes *self, const struct rh_event *event)
{
    struct rh_text destination;
    struct rh_pid sender;
    if (!RH_MATCH(event->message, &destination, RH_ANY, &sender)) {
        return;
    }
    struct way *way = way_of(self, sender, destination);
    family_evaluated(&self->family);
    if (way != NULL && ++way->returned > way->sent) {
        struct rh_violation found = violation_of(
            way->sent == 0 ? "envelopes/sender" : "envelopes/once", event->actor, sender);
        violation_expect(&found, "%s",
                         way->sent == 0 ? "what cannot be delivered is told to its sender alone"
                                        : "what cannot be delivered is told once");
        violation_observe(&found,
                          "%s has sent %" PRIu64 " to \"%s\", and is told of %" PRIu64 " by %s",
                          say_who(self->family.judge, sender).text, way->sent,
                          model_name_text(self->family.model, (uint32_t)way->key.destination),
                          way->returned, say_who(self->family.judge, event->actor).text);
        rh_judge_fail(self->family.judge, &found);
    }
}

static void record(void *state, const struct rh_record *told)
{
    struct envelopes *self = state;
    const struct rh_event *event = told->event;
    if (event->kind == RH_EVENT_SEND) {
        on_send(self, event);
    } else if (event->name != NULL && strncmp(event->name, "host.", 5) == 0) {
        family_attend(&self->family, true);
        if (event->message != NULL && strcmp(event->name, "host.undeliverable") == 0) {
            on_return(self, event);
        }
    }
}

static void finish(void *state, enum rh_end end)
{
    (void)state;
    (void)end;
}

const struct rh_checker checker_envelopes = {
    .name = "envelopes",
    .covers = "HY-I21 HY-I22 HY-I23",
    .claim = "what a host cannot deliver is told to its sender, once",
    .kinds = RH_LISTEN(MARK) | RH_LISTEN(SEND),
    .signals = RH_LISTEN_SIGNAL(MESSAGE),
    .create = create,
    .begin = family_begin,
    .record = record,
    .finish = finish,
    .destroy = family_destroy,
};
