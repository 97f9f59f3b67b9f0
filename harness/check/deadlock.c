/* SPDX-License-Identifier: MIT */
/*
 * Nothing can happen any more, and somebody still waits: a selective receive without a time-out that nothing will end.
 * An idle event-driven actor waits for nobody. The report names the blocked, what lies in their mailboxes unwanted, and
 * the timers that are left.
 */
#include "harness/check/family.h"

#include <inttypes.h>

#define BLOCKED_MAX 4u
#define MAIL_MAX 3u

struct deadlock {
    struct family family;
    uint32_t blocked;
    struct rh_violation found;
};

static enum rh_status create(const struct rh_allocator *allocator, struct rh_judge *judge,
                             void **ret_self)
{
    return family_create(allocator, judge, sizeof(struct deadlock), NULL, ret_self);
}

static void begin(void *state)
{
    struct deadlock *self = state;
    self->blocked = 0;
}

static void record(void *state, const struct rh_record *told)
{
    struct deadlock *self = state;
    (void)told;
    family_evaluated(&self->family);
}

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
    .claim = "nobody waits for ever in a receive without a time-out",
    .kinds = RH_LISTEN(WAIT),
    .live = true,
    .create = create,
    .begin = begin,
    .record = record,
    .finish = finish,
    .destroy = family_destroy,
};
