/* SPDX-License-Identifier: MIT */
/*
 * One order per (sender, receiver), messages and signals together: what ends is the oldest of its channel. Only an
 * overflow may take something out of the middle: a mailbox at its cap, a connection that holds its fill. The shared model
 * keeps the channels.
 */
#include "harness/check/family.h"

#include <inttypes.h>

static const struct spared spared = {
    .kinds = RH_LISTEN(HANDLE) | RH_LISTEN(PUT),
    .facts = FACT_OVERTAKES,
    .counted = RH_LISTEN(HANDLE) | RH_LISTEN(PUT),
};

static const struct family_plan plan = {.bytes = sizeof(struct family), .spared = &spared};

static enum rh_status create(const struct rh_allocator *allocator, struct rh_judge *judge,
                             void **ret_self)
{
    return family_create(allocator, judge, &plan, ret_self);
}

static void record(void *state, const struct rh_record *told)
{
    struct family *self = state;
    const struct rh_event *event = told->event;
    const struct model *model = self->model;
    if (!model_travels(event->signal)) {
        return;
    }
    family_evaluated(self);
    if (model->ending.overtaken == 0 ||
        (event->why == RH_WHY_OVERFLOW &&
         (event->kind == RH_EVENT_DROP || event->kind == RH_EVENT_RETURN))) {
        return;
    }
    const struct flight *early = model_flight(model, model->ending.overtaken);
    const struct flight *late = model_flight(model, model->ending.flight);
    struct rh_violation found = violation_of("order/channel", event->actor, event->peer);
    violation_expect(
        &found, "%s meets what %s sent it in sending order: next the %s, %s",
        say_who(self->judge, event->actor).text, say_who(self->judge, event->peer).text,
        say_ordinal(early->number).text,
        say_signal(self->judge, (enum rh_signal_kind)early->signal, &early->message).text);
    violation_observe(&found, "%s the %s, %s", rh_event_kind_word(event->kind),
                      say_ordinal(late->number).text,
                      say_signal(self->judge, event->signal, event->message).text);
    rh_judge_fail(self->judge, &found);
}

static void finish(void *state, enum rh_end end)
{
    (void)state;
    (void)end;
}

const struct rh_checker checker_order = {
    .name = "order",
    .covers = "O2 TH-I16 LU-I7 LU-S35",
    .claim = "messages and signals from one actor to another keep their order",
    .kinds = RH_LISTEN(HANDLE) | RH_LISTEN(PUT) | RH_LISTEN(DROP) | RH_LISTEN(RETURN) |
             RH_LISTEN(DEPART),
    .live = true,
    .create = create,
    .begin = family_begin,
    .record = record,
    .finish = finish,
    .destroy = family_destroy,
};
