/* SPDX-License-Identifier: MIT */
/*
 * Nothing can happen any more, and somebody still waits: a selective receive without a time-out that nothing will end, or an
 * ask that nobody answers. An idle event-driven actor waits for nobody. The report names the blocked, what lies in their
 * mailboxes unwanted, and the timers that are left.
 *
 * An ask is what rh_call does: a reply alias that goes with a monitor, and a request that carries it. It is open until the
 * alias closes. Between nodes it is judged only where they must agree: what a black hole has swallowed is not the server's
 * fault.
 */
#include "harness/check/family.h"

#include <rehearse/actor.h>

#include <inttypes.h>

#define BLOCKED_MAX 4u
#define MAIL_MAX 3u

struct deadlock {
    struct family family;
    struct table asks;
    uint32_t unasked; /* rows of `asks` without a request yet */
    uint32_t blocked;
    struct rh_violation found;
};

struct ask {
    struct rh_ref key;
    struct rh_pid server; /* none: the alias is open, no request has gone out */
};

/* Sends matter only between the opening of a reply alias and the request that carries it. */
static const struct spared spared = {.kinds = RH_LISTEN(SEND)};

static const struct family_table tables[] = {
    {offsetof(struct deadlock, asks), sizeof(struct rh_ref), sizeof(struct ask)},
};
static const struct family_plan plan = {
    .bytes = sizeof(struct deadlock), .spared = &spared, FAMILY_TABLES(tables)};

static enum rh_status create(const struct rh_allocator *allocator, struct rh_judge *judge,
                             void **ret_self)
{
    return family_create(allocator, judge, &plan, ret_self);
}

static void begin(void *state)
{
    struct deadlock *self = state;
    self->blocked = 0;
    self->unasked = 0;
    family_begin(self);
}

/* ---- asks ---- */

static void count_unasked(struct deadlock *self, uint32_t unasked)
{
    self->unasked = unasked;
    family_attend(&self->family, unasked > 0);
}

static void on_open(struct deadlock *self, const struct rh_event *event)
{
    struct rh_ref ref = {event->actor, event->ordinal};
    if (event->number != RH_ALIAS_REPLY_DEMONITOR || table_find(&self->asks, &ref) != NULL) {
        return;
    }
    if (table_add(&self->asks, &ref) == NULL) {
        rh_judge_error(self->family.judge, RH_NO_MEMORY);
        return;
    }
    count_unasked(self, self->unasked + 1);
}

static void on_close(struct deadlock *self, const struct rh_event *event)
{
    struct rh_ref ref = {event->actor, event->ordinal};
    struct ask *ask = table_find(&self->asks, &ref);
    if (ask != NULL) {
        count_unasked(self, self->unasked - (rh_pid_is_none(ask->server) ? 1 : 0));
        table_remove(&self->asks, ask);
    }
}

static void on_send(struct deadlock *self, const struct rh_event *event)
{
    struct rh_ref ref;
    struct rh_item request;
    if (event->message == NULL || model_is_abroad(self->family.model) ||
        !RH_MATCH(event->message, "$call", &ref, &request)) {
        return;
    }
    struct ask *ask = table_find(&self->asks, &ref);
    if (ask != NULL && rh_pid_equal(ref.owner, event->actor) && rh_pid_is_none(ask->server)) {
        family_evaluated(&self->family);
        ask->server = event->peer;
        count_unasked(self, self->unasked - 1);
    }
}

static void record(void *state, const struct rh_record *told)
{
    struct deadlock *self = state;
    switch (told->event->kind) {
    case RH_EVENT_ALIAS_OPEN:
        on_open(self, told->event);
        break;
    case RH_EVENT_ALIAS_CLOSE:
        on_close(self, told->event);
        break;
    case RH_EVENT_SEND:
        on_send(self, told->event);
        break;
    default:
        family_evaluated(&self->family);
        break;
    }
}

/* Is this one open for ever? */
static bool is_unanswered(const struct deadlock *self, const struct ask *ask)
{
    return !rh_pid_is_none(ask->server) &&
           model_life(self->family.model, ask->key.owner) == LIFE_ALIVE &&
           (ask->server.node == ask->key.owner.node || rh_judge_is_still(self->family.judge));
}

static void find_unanswered(struct deadlock *self)
{
    struct rh_judge *judge = self->family.judge;
    for (uint32_t i = 0; i < self->asks.count; i++) {
        const struct ask *ask = table_at(&self->asks, i);
        if (!is_unanswered(self, ask)) {
            continue;
        }
        if (self->blocked == 0) {
            self->found = violation_of("deadlock/ask", ask->key.owner, ask->server);
            violation_expect(&self->found,
                             "when nothing can happen any more, every ask has been answered");
        }
        if (self->blocked < BLOCKED_MAX) {
            violation_add(&self->found, "%s%s waits for the answer of %s",
                          self->blocked == 0 ? "" : "; ", say_who(judge, ask->key.owner).text,
                          say_who(judge, ask->server).text);
        }
        self->blocked++;
    }
}

/* ---- receives ---- */

static void tell_mail(struct deadlock *self, const struct part *part)
{
    const struct model *model = self->family.model;
    struct rh_judge *judge = self->family.judge;
    uint32_t number = part->mail_first;
    for (uint32_t i = 0; i < MAIL_MAX && number != 0; i++) {
        const struct mail *mail = model_mail(model, number);
        violation_add(&self->found, "%s%s from %s", i == 0 ? "" : ", ",
                      say_signal(judge, (enum rh_signal_kind)mail->signal, &mail->message).text,
                      say_who(judge, mail->from).text);
        number = mail->next;
    }
    if (part->mail_count > MAIL_MAX) {
        violation_add(&self->found, ", %" PRIu32 " more", part->mail_count - MAIL_MAX);
    }
}

static void find_blocked(void *state, struct part *part)
{
    struct deadlock *self = state;
    struct rh_judge *judge = self->family.judge;
    if (part->life != LIFE_ALIVE || !part->waiting || part->wait_due != RH_NEVER) {
        return;
    }
    if (self->blocked == 0) {
        self->found = violation_of("deadlock/receive", part->pid, rh_pid_none());
        violation_expect(&self->found,
                         "when nothing can happen any more, nobody waits in a receive");
    } else if (self->blocked == 1) {
        self->found.actors[1] = part->pid;
    }
    if (self->blocked < BLOCKED_MAX) {
        violation_add(&self->found, "%s%s waits, its mailbox holds [",
                      self->blocked == 0 ? "" : "; ", say_who(judge, part->pid).text);
        tell_mail(self, part);
        violation_add(&self->found, "]");
    }
    self->blocked++;
}

static void finish(void *state, enum rh_end end)
{
    struct deadlock *self = state;
    const struct model *model = self->family.model;
    const struct rh_world *world = rh_judge_world(self->family.judge);
    if (end != RH_END_QUIESCENT || (world != NULL && !rh_world_is_settled(world))) {
        return;
    }
    model_each_part(model, find_blocked, self);
    if (self->blocked == 0) {
        find_unanswered(self);
    }
    if (self->blocked == 0) {
        return;
    }
    if (self->blocked > BLOCKED_MAX) {
        violation_add(&self->found, "; and %" PRIu32 " more", self->blocked - BLOCKED_MAX);
    }
    violation_add(&self->found, "; pending timers: %" PRId64,
                  model->totals.timers + model->totals.waits_timed);
    rh_judge_fail(self->family.judge, &self->found);
}

const struct rh_checker checker_deadlock = {
    .name = "deadlock",
    .covers = "O14 LU-S13",
    .claim = "nobody waits for ever in a receive without a time-out or for an answer",
    .kinds = RH_LISTEN(WAIT) | RH_LISTEN(ALIAS_OPEN) | RH_LISTEN(ALIAS_CLOSE) | RH_LISTEN(SEND),
    .signals = RH_LISTEN_SIGNAL(MESSAGE),
    .live = true,
    .create = create,
    .begin = begin,
    .record = record,
    .finish = finish,
    .destroy = family_destroy,
};
