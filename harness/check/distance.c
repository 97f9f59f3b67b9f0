/* SPDX-License-Identifier: MIT */
/*
 * What a node is told of another's actors is what happened there: an end that is told at a distance has the reason that the
 * actor exited with, and the actor has exited; noproc is said of nobody alive, noconnection only where the connection is lost
 * or by who is in the middle: of an actor that one node has introduced for another, the way is that one's, even if both are
 * connected. And before a node says that another one is out of reach, none of that one's actors is in a group any more.
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

/* An actor that a node in the middle has introduced here. */
struct relayed {
    struct rh_pid actor;
    uint64_t told_on;
};

struct distance {
    struct family family;
    struct table ends;
    struct table members; /**< actors of other nodes in groups */
    struct table relayed;
    bool losing; /**< a connection has gone down, and its endpoint exits */
    struct rh_pid endpoint;
    uint32_t node; /**< whom it reached */
};

static const struct family_table tables[] = {
    {offsetof(struct distance, ends), sizeof(struct rh_pid), sizeof(struct end_of)},
    {offsetof(struct distance, members), sizeof(struct rh_pid) + sizeof(uint64_t),
     sizeof(struct member)},
    {offsetof(struct distance, relayed), sizeof(struct relayed), sizeof(struct relayed)},
};
static const struct family_plan plan = {.bytes = sizeof(struct distance), FAMILY_TABLES(tables)};

static enum rh_status create(const struct rh_allocator *allocator, struct rh_judge *judge,
                             void **ret_self)
{
    return family_create(allocator, judge, &plan, ret_self);
}

static void begin(void *state)
{
    struct distance *self = state;
    for (uint32_t i = 0; i < self->ends.count; i++) {
        struct end_of *ending = table_at(&self->ends, i);
        rh_message_unref(ending->reason);
    }
    family_begin(self);
    self->losing = false;
}

static void destroy(void *state)
{
    struct distance *self = state;
    begin(self);
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

/* The connection that an endpoint owns; NULL: it has lost it. */
static const struct tie *tie_of(const struct distance *self, struct rh_pid endpoint)
{
    const struct model *model = self->family.model;
    for (uint32_t i = 0; i < model->ties.count; i++) {
        const struct tie *tie = table_at(&model->ties, i);
        if (tie->up && rh_pid_equal(tie->endpoint, endpoint)) {
            return tie;
        }
    }
    return NULL;
}

static bool leads_to(const struct tie *tie, uint32_t node)
{
    return (uint32_t)tie->key == node;
}

static void on_introduced(struct distance *self, const struct rh_event *event)
{
    const struct tie *tie = tie_of(self, event->actor);
    struct relayed key = {.actor = event->peer, .told_on = self->family.model->told_on};
    if (tie != NULL && !leads_to(tie, event->peer.node) &&
        table_find(&self->relayed, &key) == NULL && table_add(&self->relayed, &key) == NULL) {
        rh_judge_error(self->family.judge, RH_NO_MEMORY);
    }
}

/* Was it ever? What was asked on that way is answered on it. */
static bool is_relayed(const struct distance *self, struct rh_pid actor)
{
    const struct model *model = self->family.model;
    struct relayed key = {.actor = actor, .told_on = model->told_on};
    return model_tie(model, (uint32_t)model->told_on, actor.node) == NULL ||
           table_find(&self->relayed, &key) != NULL;
}

/* A node is told that an actor of another one has exited. `excused`: the way to it may be lost, and it does not know more. */
static void on_news(struct distance *self, struct rh_pid actor, const struct rh_message *reason,
                    bool excused)
{
    static const struct rh_message none;
    struct rh_message noproc = rh_reason(RH_REASON_NOPROC);
    struct rh_message noconnection = rh_reason(RH_REASON_NOCONNECTION);
    const struct end_of *ending = table_find(&self->ends, &actor);
    enum life life = model_life(self->family.model, actor);
    reason = reason == NULL ? &none : reason;
    family_evaluated(&self->family);
    if ((excused && messages_same(reason, &noconnection)) || self->family.model->garbled) {
        return;
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

/* Its tables have gone: in its next life it has been told nothing yet. */
static void forget_node(struct distance *self)
{
    uint64_t node = self->family.model->told_on;
    table_remove_all(&self->members, offsetof(struct member, told_on), node);
    table_remove_all(&self->relayed, offsetof(struct relayed, told_on), node);
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

static void record(void *state, const struct rh_record *told)
{
    struct distance *self = state;
    const struct rh_event *event = told->event;
    const struct tie *tie;
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
    case RH_EVENT_PROXY_ADD:
        on_introduced(self, event);
        break;
    case RH_EVENT_PROXY_REMOVE:
        tie = tie_of(self, event->actor);
        on_news(self, event->peer, event->message, tie == NULL || !leads_to(tie, event->peer.node));
        break;
    case RH_EVENT_ARRIVE:
        if (event->signal == RH_SIGNAL_DOWN && event->actor.generation != 0) {
            on_news(self, event->actor, event->message, is_relayed(self, event->actor));
        }
        break;
    case RH_EVENT_GROUP_ADD:
    case RH_EVENT_GROUP_REMOVE:
        on_member(self, event);
        break;
    case RH_EVENT_NODE_END:
        forget_node(self);
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
             RH_LISTEN(PROXY_ADD) | RH_LISTEN(PROXY_REMOVE) | RH_LISTEN(ARRIVE) |
             RH_LISTEN(GROUP_ADD) | RH_LISTEN(GROUP_REMOVE) | RH_LISTEN(SEND) | RH_LISTEN(NODE_END),
    .signals = RH_LISTEN_SIGNAL(DOWN) | RH_LISTEN_SIGNAL(EXIT),
    .live = true,
    .create = create,
    .begin = begin,
    .record = record,
    .finish = finish,
    .destroy = destroy,
};
