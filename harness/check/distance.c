/* SPDX-License-Identifier: MIT */
/*
 * What a node is told of another's actors is what happened there: an end that is told at a distance has the reason that the
 * actor exited with, and the actor has exited; noproc is said of nobody alive, noconnection only where the connection is lost.
 * And before a node says that another one is out of reach, none of that one's actors is in a group any more.
 */
#include "harness/check/family.h"

#include <inttypes.h>

struct end_of {
    struct rh_pid actor;
    struct rh_message reason; /**< referenced */
};

struct member {
    struct rh_pid actor;
    uint64_t told_on;
    uint64_t count; /**< how often it has joined */
};

struct distance {
    struct family family;
    struct table ends;
    struct table members; /**< actors of other nodes in groups */
    bool losing;          /**< a connection has gone down, and its endpoint exits */
    struct rh_pid endpoint;
    uint32_t node; /**< whom it reached */
};

static enum rh_status create(const struct rh_allocator *allocator, struct rh_judge *judge,
                             void **ret_self)
{
    enum rh_status status =
        family_create(allocator, judge, sizeof(struct distance), NULL, ret_self);
    if (status == RH_OK) {
        struct distance *self = *ret_self;
        table_init(&self->ends, allocator, sizeof(struct rh_pid), sizeof(struct end_of));
        table_init(&self->members, allocator, sizeof(struct rh_pid) + sizeof(uint64_t),
                   sizeof(struct member));
    }
    return status;
}

static void begin(void *state)
{
    struct distance *self = state;
    for (uint32_t i = 0; i < self->ends.count; i++) {
        struct end_of *ending = table_at(&self->ends, i);
        rh_message_unref(ending->reason);
    }
    table_clear(&self->ends);
    table_clear(&self->members);
    self->losing = false;
}

static void destroy(void *state)
{
    struct distance *self = state;
    begin(self);
    table_deinit(&self->ends);
    table_deinit(&self->members);
    family_destroy(self);
}

/* A world with one node has no distances. */
static bool is_spread(const struct distance *self)
{
    const struct rh_world *world = rh_judge_world(self->family.judge);
    return world == NULL || rh_world_node_count(world) > 1;
}

static void on_exit(struct distance *self, const struct rh_event *event)
{
    if (!is_spread(self) || event->why == RH_WHY_NODE ||
        table_find(&self->ends, &event->actor) != NULL) {
        return;
    }
    struct end_of *ending = table_add(&self->ends, &event->actor);
    if (ending == NULL) {
        rh_judge_error(self->family.judge, RH_NO_MEMORY);
        return;
    }
    ending->reason = event->message == NULL ? rh_message_none() : rh_message_ref(*event->message);
}

static void fail_reason(struct distance *self, const char *invariant, struct rh_pid actor,
                        const struct rh_message *reason, const char *expected,
                        const struct rh_message *own)
{
    struct rh_judge *judge = self->family.judge;
    struct rh_violation found = violation_of(invariant, actor, rh_pid_none());
    violation_expect(&found, "%s%s%s", expected, own == NULL ? "" : ": ",
                     own == NULL ? "" : say_what(judge, own).text);
    violation_observe(&found, "node %" PRIu32 " is told that %s has exited with %s",
                      self->family.model->told_on, say_who(judge, actor).text,
                      say_what(judge, reason).text);
    rh_judge_fail(judge, &found);
}

/* A node is told that an actor of another one has exited. `lost`: the connection is. */
static void on_news(struct distance *self, struct rh_pid actor, const struct rh_message *reason,
                    bool lost)
{
    static const struct rh_message none;
    struct rh_message noproc = rh_reason(RH_REASON_NOPROC);
    struct rh_message noconnection = rh_reason(RH_REASON_NOCONNECTION);
    const struct end_of *ending = table_find(&self->ends, &actor);
    enum life life = model_life(self->family.model, actor);
    reason = reason == NULL ? &none : reason;
    family_evaluated(&self->family);
    if (lost && messages_same(reason, &noconnection)) {
        return;
    }
    bool relayed = model_tie(self->family.model, self->family.model->told_on, actor.node) == NULL;
    if (relayed && messages_same(reason, &noconnection)) {
        return; /* somewhere on the way */
    }
    if (life == LIFE_ALIVE) {
        fail_reason(self, "distance/alive", actor, reason, "who is told to have exited has exited",
                    NULL);
    } else if (ending != NULL && !messages_same(reason, &noproc) &&
               !messages_same(reason, &ending->reason)) {
        fail_reason(self, "distance/reason", actor, reason,
                    "a reason is the same at every distance", &ending->reason);
    }
}

static void on_member(struct distance *self, const struct rh_event *event)
{
    if (!model_is_abroad(self->family.model)) {
        return;
    }
    struct member key = {.actor = event->actor, .told_on = self->family.model->told_on};
    struct member *member = table_find(&self->members, &key);
    if (event->kind == RH_EVENT_GROUP_ADD) {
        member = member == NULL ? table_add(&self->members, &key) : member;
        if (member == NULL) {
            rh_judge_error(self->family.judge, RH_NO_MEMORY);
            return;
        }
        member->count++;
    } else if (member != NULL && member->count > 0) {
        member->count--;
    }
}

/* The first word of the loss: is nobody of that node a member any more? */
static void on_loss(struct distance *self)
{
    struct rh_judge *judge = self->family.judge;
    uint64_t told_on = self->family.model->told_on;
    self->losing = false;
    family_evaluated(&self->family);
    for (uint32_t i = 0; i < self->members.count; i++) {
        const struct member *member = table_at(&self->members, i);
        if (member->told_on == told_on && member->actor.node == self->node && member->count > 0) {
            struct rh_violation found =
                violation_of("distance/groups", member->actor, self->endpoint);
            violation_expect(&found,
                             "a node that is out of reach has no members here, before anybody "
                             "hears noconnection");
            violation_observe(&found, "%s is in %" PRIu64 " groups of node %" PRIu64,
                              say_who(judge, member->actor).text, member->count, told_on);
            rh_judge_fail(judge, &found);
            return;
        }
    }
}

static bool is_loss(const struct distance *self, const struct rh_event *event)
{
    struct rh_message noconnection = rh_reason(RH_REASON_NOCONNECTION);
    switch (event->kind) {
    case RH_EVENT_PROXY_REMOVE:
        return rh_pid_equal(event->actor, self->endpoint);
    case RH_EVENT_SEND:
        return event->actor.node == self->node && event->message != NULL &&
               messages_same(event->message, &noconnection);
    default:
        return event->kind == RH_EVENT_EXIT_END && rh_pid_equal(event->actor, self->endpoint);
    }
}

static bool is_lost(const struct distance *self, const struct rh_event *event)
{
    const struct model *model = self->family.model;
    for (uint32_t i = 0; i < model->ties.count; i++) {
        const struct tie *tie = table_at(&model->ties, i);
        if (tie->up && rh_pid_equal(tie->endpoint, event->actor)) {
            return false;
        }
    }
    return true;
}

static void record(void *state, const struct rh_record *told)
{
    struct distance *self = state;
    const struct rh_event *event = told->event;
    if (self->losing && self->endpoint.node == self->family.model->told_on &&
        is_loss(self, event)) {
        on_loss(self);
    }
    switch (event->kind) {
    case RH_EVENT_EXIT:
        on_exit(self, event);
        break;
    case RH_EVENT_CONNECTION_DOWN:
        self->losing = true;
        self->endpoint = event->actor;
        self->node = event->peer.node;
        break;
    case RH_EVENT_PROXY_REMOVE:
        on_news(self, event->peer, event->message, is_lost(self, event));
        break;
    case RH_EVENT_ARRIVE:
        if (event->signal == RH_SIGNAL_DOWN && event->actor.generation != 0) {
            on_news(self, event->actor, event->message, false);
        }
        break;
    case RH_EVENT_GROUP_ADD:
    case RH_EVENT_GROUP_REMOVE:
        on_member(self, event);
        break;
    default:
        break;
    }
}

static void finish(void *state, enum rh_end end)
{
    (void)end;
    begin(state);
}

const struct rh_checker checker_distance = {
    .name = "distance",
    .covers = "TH-I17 BM-I3 BM-I16 TH-S30",
    .claim = "what is told of an actor on another node has happened there, for that reason",
    .kinds = RH_LISTEN(EXIT) | RH_LISTEN(EXIT_END) | RH_LISTEN(CONNECTION_DOWN) |
             RH_LISTEN(PROXY_REMOVE) | RH_LISTEN(ARRIVE) | RH_LISTEN(GROUP_ADD) |
             RH_LISTEN(GROUP_REMOVE) | RH_LISTEN(SEND),
    .signals = RH_LISTEN_SIGNAL(DOWN) | RH_LISTEN_SIGNAL(EXIT),
    .live = true,
    .create = create,
    .begin = begin,
    .record = record,
    .finish = finish,
    .destroy = destroy,
};
