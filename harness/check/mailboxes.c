/* SPDX-License-Identifier: MIT */
/*
 * A mailbox is a list: what is taken is the earliest that is wanted, a cancelled or timed-out wait leaves it as it was,
 * nobody sleeps or gives up while something wanted is there, and a cap holds. The shared model keeps the lists and scans them
 * naively; this family compares.
 */
#include "harness/check/family.h"

#include <inttypes.h>

struct mailboxes {
    struct family family;
    bool over_cap; /**< accepted above the cap: the next event must drop it */
    struct rh_pid crowded;
    bool wait_fired; /**< a wait has just ended by its time-out or by a take */
    struct rh_pid waiter;
    rh_instant wait_due;
};

static const struct spared spared = {
    .kinds = RH_LISTEN(SEND) | RH_LISTEN(HANDLE) | RH_LISTEN(PUT) | RH_LISTEN(DROP) |
             RH_LISTEN(TURN_END) | RH_LISTEN_RECORD(STEP),
    .facts = FACT_CAPPED,
};

static const struct family_plan plan = {.bytes = sizeof(struct mailboxes), .spared = &spared};

static enum rh_status create(const struct rh_allocator *allocator, struct rh_judge *judge,
                             void **ret_self)
{
    return family_create(allocator, judge, &plan, ret_self);
}

static void begin(void *state)
{
    struct mailboxes *self = state;
    self->over_cap = false;
    self->wait_fired = false;
}

static void fail_cap(struct mailboxes *self)
{
    struct rh_judge *judge = self->family.judge;
    const struct part *part = model_part(self->family.model, self->crowded);
    struct rh_violation found = violation_of("mailboxes/cap", self->crowded, rh_pid_none());
    violation_expect(&found, "at most %" PRIu32 " messages wait for %s",
                     part == NULL ? 0 : part->cap, say_who(judge, self->crowded).text);
    violation_observe(&found, "%" PRIu32 " do", part == NULL ? 0 : part->counted);
    rh_judge_fail(judge, &found);
}

static void on_sent(struct mailboxes *self, const struct rh_event *event)
{
    const struct model *model = self->family.model;
    const struct part *part =
        model->capped && event->signal == RH_SIGNAL_MESSAGE && event->peer.node == model->told_on
            ? model_part(model, event->peer)
            : NULL;
    if (part == NULL || part->cap == 0 || part->life != LIFE_ALIVE) {
        return;
    }
    family_evaluated(&self->family);
    if (part->counted > part->cap) {
        self->over_cap = true;
        family_attend(&self->family, true);
        self->crowded = event->peer;
    }
}

static void fail_mail(struct mailboxes *self, const char *invariant, const struct rh_event *event,
                      const struct mail *wanted, const char *expected)
{
    struct rh_judge *judge = self->family.judge;
    struct rh_violation found = violation_of(invariant, event->actor, event->peer);
    if (wanted == NULL) {
        violation_expect(&found, "%s", expected);
    } else {
        violation_expect(
            &found, "%s: %s from %s", expected,
            say_signal(judge, (enum rh_signal_kind)wanted->signal, &wanted->message).text,
            say_who(judge, wanted->from).text);
    }
    violation_observe(&found, "%s: %s %s from %s", say_who(judge, event->actor).text,
                      rh_event_kind_word(event->kind),
                      say_signal(judge, event->signal, event->message).text,
                      say_who(judge, event->peer).text);
    rh_judge_fail(judge, &found);
}

static bool mails_same(const struct mail *a, const struct mail *b)
{
    return a->signal == b->signal && a->ordinal == b->ordinal && rh_pid_equal(a->from, b->from) &&
           messages_same(&a->message, &b->message);
}

static void on_left(struct mailboxes *self, const struct rh_event *event)
{
    const struct model *model = self->family.model;
    const struct part *part = model->actor;
    family_evaluated(&self->family);
    if (model->post.mail == 0) {
        fail_mail(self, "mailboxes/list", event, NULL,
                  "only what is in a mailbox is taken or discarded");
        return;
    }
    if (event->kind != RH_EVENT_TAKE) {
        return;
    }
    bool waited = self->wait_fired && rh_pid_equal(self->waiter, event->actor);
    self->wait_fired = false;
    if (!waited) {
        fail_mail(self, "mailboxes/waits", event, NULL, "only who waits takes");
        return;
    }
    if (part == NULL || !part->wants_known) {
        return;
    }
    if (model->post.wanted == 0) {
        fail_mail(self, "mailboxes/selective", event, NULL, "only what is wanted is taken");
        return;
    }
    const struct mail *taken = model_mail(model, model->post.mail);
    const struct mail *wanted = model_mail(model, model->post.wanted);
    if (model->post.mail != model->post.wanted && !mails_same(taken, wanted)) {
        fail_mail(self, "mailboxes/selective", event, wanted,
                  "the earliest that is wanted is taken");
    }
}

static void on_wait_end(struct mailboxes *self, const struct rh_event *event)
{
    const struct part *part = self->family.model->actor;
    self->wait_fired = event->why == RH_WHY_FIRED && part != NULL;
    if (self->wait_fired) {
        self->waiter = event->actor;
        self->wait_due = part->wait_due;
    }
}

/* `invariant` fails because something that the owner of `part` wants is in its mailbox; nothing is there: it holds. */
static bool fail_wanted(struct mailboxes *self, const struct part *part, const char *invariant,
                        const char *expected, const char *does)
{
    const struct model *model = self->family.model;
    struct rh_judge *judge = self->family.judge;
    uint32_t number = mail_first_wanted(model, part);
    family_evaluated(&self->family);
    if (number == 0) {
        return false;
    }
    const struct mail *mail = model_mail(model, number);
    struct rh_violation found = violation_of(invariant, part->pid, mail->from);
    violation_expect(&found, "%s", expected);
    violation_observe(&found, "%s %s, and has %s from %s", say_who(judge, part->pid).text, does,
                      say_signal(judge, (enum rh_signal_kind)mail->signal, &mail->message).text,
                      say_who(judge, mail->from).text);
    rh_judge_fail(judge, &found);
    return true;
}

static void on_time_out(struct mailboxes *self, const struct rh_event *event)
{
    struct rh_judge *judge = self->family.judge;
    const struct part *part = self->family.model->actor;
    bool its_own = self->wait_fired && rh_pid_equal(self->waiter, event->actor);
    if (its_own && part != NULL && part->wants_known &&
        fail_wanted(self, part, "mailboxes/gives-up",
                    "nobody gives up while what it wants is in its mailbox", "gives up")) {
        return;
    }
    family_evaluated(&self->family);
    if (its_own && event->now >= self->wait_due) {
        return;
    }
    struct rh_violation found = violation_of("mailboxes/time-out", event->actor, rh_pid_none());
    violation_expect(&found, "%s gives up waiting once, when its time is over",
                     say_who(judge, event->actor).text);
    if (its_own) {
        violation_observe(&found, "at %" PRIu64 " ns, and it would wait until %" PRIu64 " ns",
                          event->now, self->wait_due);
    } else {
        violation_observe(&found, "it gave up, and was not waiting");
    }
    rh_judge_fail(judge, &found);
}

static void record(void *state, const struct rh_record *told)
{
    struct mailboxes *self = state;
    const struct rh_event *event = told->event;
    if (self->over_cap) {
        self->over_cap = false;
        family_attend(&self->family, false);
        if (told->kind != RH_RECORD_EVENT || event->kind != RH_EVENT_DROP ||
            event->why != RH_WHY_OVERFLOW || !rh_pid_equal(event->actor, self->crowded)) {
            fail_cap(self);
            return;
        }
    }
    if (told->kind != RH_RECORD_EVENT) {
        return;
    }
    switch (event->kind) {
    case RH_EVENT_SEND:
        on_sent(self, event);
        break;
    case RH_EVENT_TAKE:
    case RH_EVENT_DISCARD:
        on_left(self, event);
        break;
    case RH_EVENT_WAIT_END:
        on_wait_end(self, event);
        break;
    case RH_EVENT_HANDLE:
        if (event->signal == RH_SIGNAL_RECEIVE_TIMER) {
            on_time_out(self, event);
            self->wait_fired = false;
        }
        break;
    default:
        break;
    }
}

static void find_sleeper(void *state, struct part *part)
{
    if (part->life == LIFE_ALIVE && part->waiting && part->wants_known) {
        (void)fail_wanted(state, part, "mailboxes/sleeper",
                          "nobody waits while what it wants is in its mailbox", "waits");
    }
}

static void finish(void *state, enum rh_end end)
{
    struct mailboxes *self = state;
    const struct rh_world *world = rh_judge_world(self->family.judge);
    if (end == RH_END_STOPPED || end == RH_END_NO_MEMORY) {
        return;
    }
    if (self->over_cap) {
        fail_cap(self);
    }
    /* A take that waits for a stalled actor is no sleeper. */
    if (end == RH_END_QUIESCENT && (world == NULL || rh_world_is_settled(world))) {
        model_each_part(self->family.model, find_sleeper, self);
    }
}

const struct rh_checker checker_mailboxes = {
    .name = "mailboxes",
    .covers = "O18 O20 LU-I7 LU-I8 LU-S11 LU-S12 LU-S13",
    .claim = "a mailbox behaves as a list that is scanned from its beginning, within its cap",
    .kinds = RH_LISTEN(SEND) | RH_LISTEN(HANDLE) | RH_LISTEN(PUT) | RH_LISTEN(DROP) |
             RH_LISTEN(TAKE) | RH_LISTEN(DISCARD) | RH_LISTEN(WAIT) | RH_LISTEN(WAIT_END) |
             RH_LISTEN(TURN_END) | RH_LISTEN_RECORD(STEP),
    .live = true,
    .create = create,
    .begin = begin,
    .record = record,
    .finish = finish,
    .destroy = family_destroy,
};
