/* SPDX-License-Identifier: MIT */
/*
 * One life, one exit, and nothing afterwards.
 *
 * The exit step is one block of the stream, from EXIT to EXIT_END, in which only the leaver's own things end: its name and
 * the timers aimed at it first, before anybody hears; to each partner EXIT before DOWNs, and DOWNs in the order of their
 * monitors. When it is complete nothing of the actor is left in any table. Afterwards it speaks only as a dead letter
 * box: the answer to the LINK, MONITOR, question or message that has just met nobody.
 */
#include "harness/check/family.h"

#include <inttypes.h>
#include <stdio.h>

/* What the leaver has said to one partner in its exit step. */
struct farewell {
    struct rh_pid partner;
    uint64_t down; /**< ordinal of the last DOWN; 0: none yet */
};

/* The end of a connection may let another one begin, displace a third and so on: steps within steps. */
#define OUTER_MAX 8u

struct exits {
    struct family family;
    struct table farewells;
    bool leaving;
    bool spoke; /**< the step has sent something */
    uint32_t node;
    struct rh_pid leaver;
    bool is_endpoint;               /**< the leaver: a connection and its proxies end with it */
    struct rh_pid outer[OUTER_MAX]; /**< endpoints whose steps this one interrupts */
    uint32_t outer_count;
    bool may_answer;
    struct pair answer; /**< dead, asker */
    enum rh_signal_kind answer_kind;
};

static const struct spared spared = {
    .kinds = RH_LISTEN(SEND) | RH_LISTEN(HANDLE) | RH_LISTEN(PUT),
    .facts = FACT_LIFE,
    .counted = RH_LISTEN(HANDLE) | RH_LISTEN(PUT),
};

static const struct family_table tables[] = {
    {offsetof(struct exits, farewells), sizeof(struct rh_pid), sizeof(struct farewell)},
};
static const struct family_plan plan = {
    .bytes = sizeof(struct exits), .spared = &spared, FAMILY_TABLES(tables)};

static enum rh_status create(const struct rh_allocator *allocator, struct rh_judge *judge,
                             void **ret_self)
{
    return family_create(allocator, judge, &plan, ret_self);
}

static void begin(void *state)
{
    struct exits *self = state;
    family_begin(self);
    self->leaving = false;
    self->may_answer = false;
    self->outer_count = 0;
}

static void fail_exit(struct exits *self, const char *invariant, const struct rh_event *event,
                      const char *expected)
{
    static const char *const lives[] = {"never lived", "is alive", "is exiting", "is dead"};
    struct rh_judge *judge = self->family.judge;
    struct rh_violation found = violation_of(invariant, event->actor, event->peer);
    bool signal = model_travels(event->signal) &&
                  (event->kind == RH_EVENT_SEND || event->kind == RH_EVENT_HANDLE ||
                   event->kind == RH_EVENT_PUT || event->kind == RH_EVENT_TAKE);
    violation_expect(&found, "%s", expected);
    violation_observe(&found, "%s%s%s: %s, and %s %s", rh_event_kind_word(event->kind),
                      signal ? " " : "",
                      signal ? say_signal(judge, event->signal, event->message).text : "",
                      say_who(judge, event->peer).text, say_who(judge, event->actor).text,
                      lives[self->family.model->life]);
    rh_judge_fail(judge, &found);
}

/* ---- the step ---- */

/* May this event be part of the leaver's exit step? */
static bool belongs(const struct exits *self, const struct rh_event *event)
{
    bool own = rh_pid_equal(event->actor, self->leaver);
    switch (event->kind) {
    case RH_EVENT_SEND:
        return own && (event->signal == RH_SIGNAL_EXIT || event->signal == RH_SIGNAL_DOWN ||
                       event->signal == RH_SIGNAL_DEMONITOR ||
                       event->signal == RH_SIGNAL_GROUP_LEAVE || event->signal == RH_SIGNAL_GONE);
    case RH_EVENT_TIMER_CANCEL:
        return event->why == RH_WHY_EXIT && rh_pid_equal(event->peer, self->leaver);
    case RH_EVENT_NAME_REMOVE:
    case RH_EVENT_LINK_REMOVE:
    case RH_EVENT_WATCH_REMOVE:
    case RH_EVENT_MONITOR_REMOVE:
    case RH_EVENT_ALIAS_CLOSE:
    case RH_EVENT_GROUP_REMOVE:
    case RH_EVENT_WAIT_END:
    case RH_EVENT_DISCARD:
        return own && event->why == RH_WHY_EXIT;
    case RH_EVENT_EXIT_END:
    case RH_EVENT_EFFECT:
        return own;
    default:
        return false;
    }
}

/* Much ends with a connection, and what waited for it meets nobody; but no behaviour runs. */
static bool belongs_to_connection(const struct exits *self, const struct rh_event *event)
{
    switch (event->kind) {
    case RH_EVENT_HANDLE:
    case RH_EVENT_PUT:
        return model_is_abroad(self->family.model);
    case RH_EVENT_TAKE:
    case RH_EVENT_SPAWN:
    case RH_EVENT_TURN_END:
    case RH_EVENT_OUTPUT:
    case RH_EVENT_MARK:
        return false;
    default:
        return true;
    }
}

static void say_farewell(struct exits *self, const struct rh_event *event)
{
    if (event->signal != RH_SIGNAL_EXIT && event->signal != RH_SIGNAL_DOWN) {
        return;
    }
    struct farewell *farewell = table_find(&self->farewells, &event->peer);
    if (farewell == NULL) {
        farewell = table_add(&self->farewells, &event->peer);
        if (farewell == NULL) {
            rh_judge_error(self->family.judge, RH_NO_MEMORY);
            return;
        }
    }
    if (event->signal == RH_SIGNAL_EXIT) {
        if (farewell->down != 0) {
            fail_exit(self, "exits/order", event, "a partner gets its EXIT before its DOWNs");
        }
    } else if (event->ordinal <= farewell->down) {
        fail_exit(self, "exits/order", event, "DOWNs go out in the order of their monitors");
    } else {
        farewell->down = event->ordinal;
    }
}

static void fail_incomplete(struct exits *self, const struct part *part)
{
    const struct {
        uint32_t count;
        const char *noun;
    } left[] = {
        {part->names, "names"},
        {part->timers, "timers aimed at it"},
        {part->links, "links"},
        {part->watches, "watchers"},
        {part->monitors, "monitors"},
        {part->aliases, "aliases"},
        {part->groups, "memberships"},
        {part->mail_count, "deliveries in its mailbox"},
        {part->waiting, "armed receives"},
    };
    struct rh_violation found = violation_of("exits/complete", part->pid, rh_pid_none());
    violation_expect(&found, "nothing of %s is left after its exit step",
                     say_who(self->family.judge, part->pid).text);
    for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++) {
        if (left[i].count > 0) {
            violation_add(&found, "%s%" PRIu32 " %s", found.observed[0] == '\0' ? "" : ", ",
                          left[i].count, left[i].noun);
        }
    }
    rh_judge_fail(self->family.judge, &found);
}

static void complete(struct exits *self)
{
    const struct part *part = self->family.model->actor;
    if (self->outer_count > 0) {
        self->leaver = self->outer[--self->outer_count];
    } else {
        self->leaving = false;
        family_attend(&self->family, false);
    }
    family_evaluated(&self->family);
    if (part != NULL && (part->names | part->timers | part->links | part->watches | part->monitors |
                         part->aliases | part->groups | part->mail_count | part->waiting) != 0) {
        fail_incomplete(self, part);
    }
}

static void in_step(struct exits *self, const struct rh_event *event)
{
    bool own = rh_pid_equal(event->actor, self->leaver);
    if (self->is_endpoint && event->kind == RH_EVENT_EXIT && self->outer_count < OUTER_MAX) {
        table_clear(&self->farewells);
        self->outer[self->outer_count++] = self->leaver;
        self->leaver = event->actor;
        return;
    }
    if (self->is_endpoint ? !belongs_to_connection(self, event) : !belongs(self, event)) {
        fail_exit(self, "exits/atomic", event,
                  "an exit step is one block, and ends only what is the leaver's");
        return;
    }
    switch (event->kind) {
    case RH_EVENT_NAME_REMOVE:
    case RH_EVENT_TIMER_CANCEL:
        if (own && self->spoke) {
            fail_exit(self, "exits/order", event,
                      "name and timers are gone before anybody hears of an exit");
        }
        break;
    case RH_EVENT_SEND:
        self->spoke = self->spoke || own;
        if (own) {
            say_farewell(self, event);
        }
        break;
    case RH_EVENT_EXIT_END:
        if (own) {
            complete(self);
        }
        break;
    default:
        break;
    }
}

/* ---- life ---- */

static void on_exit(struct exits *self, const struct rh_record *told)
{
    const struct rh_event *event = told->event;
    family_evaluated(&self->family);
    if (self->family.model->life != LIFE_ALIVE || self->family.model->actor == NULL) {
        fail_exit(self, "exits/once", event, "an actor exits once, where it lives");
        return;
    }
    if (event->why == RH_WHY_NODE) {
        return; /* the node is going: nobody runs an exit step */
    }
    table_clear(&self->farewells);
    self->is_endpoint = self->family.model->actor->is_endpoint;
    self->outer_count = 0;
    self->leaving = true;
    family_attend(&self->family, true);
    self->spoke = false;
    self->node = told->node;
    self->leaver = event->actor;
}

static bool is_answer(const struct exits *self, const struct rh_event *event)
{
    bool gone = event->signal == RH_SIGNAL_GONE; /* for the node whence the question came */
    return self->may_answer && event->signal == self->answer_kind &&
           (gone ? rh_pid_equal(self->answer.a, event->actor)
                 : pair_is(&self->answer, event->actor, event->peer));
}

static void on_sent(struct exits *self, const struct rh_event *event)
{
    if (self->family.model->life == LIFE_ALIVE || rh_pid_is_none(event->actor) ||
        event->why == RH_WHY_FAULT || model_is_abroad(self->family.model)) {
        return;
    }
    family_evaluated(&self->family);
    if (!is_answer(self, event)) {
        fail_exit(self, "exits/silent", event,
                  "the dead say nothing but the answer to what has just met nobody");
    }
    self->may_answer = false;
}

static void on_nobody(struct exits *self, const struct rh_event *event)
{
    self->may_answer = true;
    self->answer = (struct pair){event->actor, event->peer};
    switch (event->signal) {
    case RH_SIGNAL_LINK:
        self->answer_kind = RH_SIGNAL_EXIT;
        break;
    case RH_SIGNAL_MONITOR:
        self->answer_kind = RH_SIGNAL_DOWN;
        break;
    case RH_SIGNAL_ASK_ALIVE:
        self->answer_kind = RH_SIGNAL_LIVENESS;
        break;
    case RH_SIGNAL_MESSAGE:
        self->answer_kind = RH_SIGNAL_UNDELIVERABLE;
        self->may_answer = event->kind == RH_EVENT_RETURN;
        break;
    default:
        self->may_answer = false;
        break;
    }
}

/* An event that only a live actor can have. */
static void on_deed(struct exits *self, const struct rh_event *event)
{
    family_evaluated(&self->family);
    if (self->family.model->life != LIFE_ALIVE) {
        fail_exit(self, "exits/after", event, "only a live actor does or handles anything");
        return;
    }
    const struct part *part = self->family.model->actor;
    if ((event->kind == RH_EVENT_HANDLE || event->kind == RH_EVENT_PUT) && !part->started) {
        fail_exit(self, "exits/start", event, "an actor handles START before anything else");
    }
}

static void on_spawn(struct exits *self, const struct rh_event *event)
{
    family_evaluated(&self->family);
    if (!self->family.model->birth_is_clean) {
        fail_exit(self, "exits/identity", event,
                  "an identity is given once, after its slot's last");
    }
}

static void outside_step(struct exits *self, const struct rh_record *told)
{
    const struct rh_event *event = told->event;
    switch (event->kind) {
    case RH_EVENT_SPAWN:
        on_spawn(self, event);
        break;
    case RH_EVENT_SEND:
        on_sent(self, event);
        break;
    case RH_EVENT_DROP:
    case RH_EVENT_RETURN:
        on_nobody(self, event);
        break;
    case RH_EVENT_EXIT:
        on_exit(self, told);
        break;
    case RH_EVENT_EXIT_END:
        fail_exit(self, "exits/once", event, "an exit step ends once, after its EXIT");
        break;
    case RH_EVENT_REFUSE:
    case RH_EVENT_TIMER_CANCEL:
    case RH_EVENT_TIMER_FIRE:
    case RH_EVENT_LIMIT:
    case RH_EVENT_ARRIVE:
        self->may_answer = event->signal == RH_SIGNAL_LINK;
        self->answer = (struct pair){event->peer, event->actor};
        self->answer_kind = RH_SIGNAL_GONE;
        break;
    case RH_EVENT_DEPART:
    case RH_EVENT_LOSE:
    case RH_EVENT_EXPORT_ADD:
    case RH_EVENT_EXPORT_REMOVE:
    case RH_EVENT_NODE_END:
        break; /* the actor may be dead, or nobody */
    default:
        if (!model_is_abroad(self->family.model)) { /* a proxy's tables are not its actor's deeds */
            on_deed(self, event);
        }
        break;
    }
}

static void record(void *state, const struct rh_record *told)
{
    struct exits *self = state;
    if (self->leaving && told->node == self->node) {
        in_step(self, told->event);
    } else {
        outside_step(self, told);
    }
}

static void finish(void *state, enum rh_end end)
{
    struct exits *self = state;
    if (!self->leaving || end == RH_END_STOPPED || end == RH_END_NO_MEMORY) {
        return;
    }
    struct rh_violation found = violation_of("exits/atomic", self->leaver, rh_pid_none());
    violation_expect(&found, "the exit step of %s is completed",
                     say_who(self->family.judge, self->leaver).text);
    violation_observe(&found, "the run ended in the middle of it");
    rh_judge_fail(self->family.judge, &found);
}

const struct rh_checker checker_exits = {
    .name = "exits",
    .covers = "O6 TH-I19 TH-I20 LU-I5 LU-I6 LU-I15 LU-S2 LU-S8 LU-S19",
    .claim = "an actor exits once, in one complete step, and is silent afterwards",
    .kinds = RH_LISTEN_ALL & ~(RH_LISTEN_RECORD(STEP) | RH_LISTEN_RECORD(FAULT) |
                               RH_LISTEN_RECORD(PHASE) | RH_LISTEN_RECORD(PIPE)),
    .live = true,
    .create = create,
    .begin = begin,
    .record = record,
    .finish = finish,
    .destroy = family_destroy,
};
