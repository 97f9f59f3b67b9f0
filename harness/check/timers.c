/* SPDX-License-Identifier: MIT */
/*
 * Timers fire at most once, never early, never after a cancel that succeeded, never for the dead or for a later actor,
 * and those of one target in due order. The last rule speaks of timers that were set when the other fired: the family
 * numbers what it hears, and remembers for each target the latest due time that has fired, with its number. A timer for a name
 * is its owner's only since somebody was last given a name.
 */
#include "harness/check/family.h"

#include <inttypes.h>

struct timer {
    struct rh_ref key; /**< creator, ordinal */
    struct rh_pid target;
    rh_instant due;
    uint64_t set_at; /**< number of the event */
    bool by_name;
};

struct last_fire {
    struct rh_pid target;
    rh_instant due;
    uint64_t fired_at; /**< number of the event */
};

/* Fired, and not yet handled: usually none or one, more while targets have not started. */
struct fired {
    uint32_t next;
    struct rh_ref ref;
    struct rh_pid target;
};

struct timers {
    struct family family;
    struct table timers;
    struct table last;
    struct slab fired;
    uint32_t fired_first;
    uint64_t number;
    uint64_t named_at; /**< number of the last event that gave a name */
};

static const struct family_table tables[] = {
    {offsetof(struct timers, timers), sizeof(struct rh_ref), sizeof(struct timer)},
    {offsetof(struct timers, last), sizeof(struct rh_pid), sizeof(struct last_fire)},
};
static const struct family_plan plan = {.bytes = sizeof(struct timers), FAMILY_TABLES(tables)};

static enum rh_status create(const struct rh_allocator *allocator, struct rh_judge *judge,
                             void **ret_self)
{
    enum rh_status status = family_create(allocator, judge, &plan, ret_self);
    if (status == RH_OK) {
        struct timers *self = *ret_self;
        slab_init(&self->fired, allocator, sizeof(struct fired));
    }
    return status;
}

static void destroy(void *state)
{
    struct timers *self = state;
    slab_deinit(&self->fired);
    family_destroy(self);
}

static void begin(void *state)
{
    struct timers *self = state;
    family_begin(self);
    slab_clear(&self->fired);
    self->fired_first = 0;
    self->number = 0;
    self->named_at = 0;
}

static void fail_timer(struct timers *self, const char *invariant, const struct rh_event *event,
                       const char *expected, const char *observed)
{
    struct rh_judge *judge = self->family.judge;
    struct rh_violation found = violation_of(invariant, event->actor, event->peer);
    violation_expect(&found, "%s", expected);
    violation_observe(&found, "timer %" PRIu64 " of %s for %s, due at %" PRIu64 " ns: %s",
                      event->ordinal, say_who(judge, event->actor).text,
                      event->name != NULL ? event->name : say_who(judge, event->peer).text,
                      event->due, observed);
    rh_judge_fail(judge, &found);
}

static void on_set(struct timers *self, const struct rh_event *event)
{
    struct rh_ref key = {event->actor, event->ordinal};
    family_evaluated(&self->family);
    if (table_find(&self->timers, &key) != NULL) {
        fail_timer(self, "timers/reference", event, "every timer has a reference of its own",
                   "set again");
        return;
    }
    struct timer *timer = table_add(&self->timers, &key);
    if (timer == NULL) {
        rh_judge_error(self->family.judge, RH_NO_MEMORY);
        return;
    }
    timer->target = event->peer;
    timer->by_name = event->name != NULL;
    timer->due = event->due;
    timer->set_at = self->number;
}

static void on_cancel(struct timers *self, const struct rh_event *event)
{
    struct rh_ref key = {event->actor, event->ordinal};
    struct timer *timer = table_find(&self->timers, &key);
    family_evaluated(&self->family);
    if (timer == NULL) {
        fail_timer(self, "timers/once", event, "only a timer that is running is cancelled",
                   "cancelled, and it is not running");
        return;
    }
    table_remove(&self->timers, timer);
}

static void check_order(struct timers *self, const struct rh_event *event,
                        const struct timer *timer)
{
    struct last_fire *last = table_find(&self->last, &event->peer);
    uint64_t aimed_at =
        timer->by_name && self->named_at > timer->set_at ? self->named_at : timer->set_at;
    if (last == NULL) {
        last = table_add(&self->last, &event->peer);
        if (last == NULL) {
            rh_judge_error(self->family.judge, RH_NO_MEMORY);
            return;
        }
    } else if (timer->due < last->due && aimed_at < last->fired_at) {
        fail_timer(self, "timers/order", event, "timers of one target fire in due order",
                   "one that is due later has fired before");
        return;
    }
    if (timer->due >= last->due) {
        last->due = timer->due;
        last->fired_at = self->number;
    }
}

static void fired_push(struct timers *self, const struct rh_event *event)
{
    uint32_t number = slab_take(&self->fired);
    if (number == 0) {
        rh_judge_error(self->family.judge, RH_NO_MEMORY);
        return;
    }
    struct fired *fired = slab_at(&self->fired, number);
    *fired = (struct fired){self->fired_first, {event->actor, event->ordinal}, event->peer};
    self->fired_first = number;
}

static void on_fire(struct timers *self, const struct rh_event *event)
{
    struct rh_ref key = {event->actor, event->ordinal};
    struct timer *timer = table_find(&self->timers, &key);
    const struct model *model = self->family.model;
    bool nobody = rh_pid_is_none(event->peer) || event->peer.node != model->told_on;
    family_evaluated(&self->family);
    if (timer == NULL) {
        fail_timer(self, "timers/once", event,
                   "a timer fires at most once, and not after it was cancelled",
                   "it fired, and it is not running (any more)");
    } else if (event->now < timer->due) {
        struct rh_violation found = violation_of("timers/early", event->actor, event->peer);
        violation_expect(&found, "timer %" PRIu64 " of %s fires at %" PRIu64 " ns or later",
                         event->ordinal, say_who(self->family.judge, event->actor).text,
                         timer->due);
        violation_observe(&found, "it fired at %" PRIu64 " ns", event->now);
        rh_judge_fail(self->family.judge, &found);
    } else if (!timer->by_name && !rh_pid_equal(timer->target, event->peer)) {
        fail_timer(self, "timers/target", event, "a timer fires for the actor it was set for",
                   "it fired for another one");
    } else if (!nobody && model_life(model, event->peer) != LIFE_ALIVE) {
        fail_timer(self, "timers/target", event, "a timer ends with its target",
                   "it fired for a dead one");
    } else {
        if (!nobody) {
            check_order(self, event, timer);
        }
        table_remove(&self->timers, timer);
        if (event->peer.node == model->told_on || rh_pid_is_none(event->peer)) {
            fired_push(self, event);
        }
    }
}

/* A timer has met its target: it must have fired. */
static void on_met(struct timers *self, const struct rh_event *event)
{
    if (model_is_abroad(self->family.model)) {
        return; /* it goes on as a message */
    }
    uint32_t previous = 0;
    uint32_t number = self->fired_first;
    while (number != 0) {
        const struct fired *fired = slab_at(&self->fired, number);
        if ((event->ordinal == 0 || event->ordinal == fired->ref.ordinal) &&
            rh_pid_equal(fired->ref.owner, event->peer) &&
            rh_pid_equal(fired->target, event->actor)) {
            break;
        }
        previous = number;
        number = fired->next;
    }
    family_evaluated(&self->family);
    if (number == 0) {
        struct rh_violation found = violation_of("timers/once", event->actor, event->peer);
        violation_expect(&found, "a time-out comes once, from a timer that has fired");
        violation_observe(&found, "%s of a timer of %s by %s, and none has fired",
                          rh_event_kind_word(event->kind),
                          say_who(self->family.judge, event->peer).text,
                          say_who(self->family.judge, event->actor).text);
        rh_judge_fail(self->family.judge, &found);
        return;
    }
    uint32_t next = ((const struct fired *)slab_at(&self->fired, number))->next;
    if (previous == 0) {
        self->fired_first = next;
    } else {
        ((struct fired *)slab_at(&self->fired, previous))->next = next;
    }
    slab_give(&self->fired, number);
}

static void on_exit_end(struct timers *self, const struct rh_event *event)
{
    const struct part *part = self->family.model->actor;
    if (part == NULL || part->timers == 0) {
        return;
    }
    struct rh_violation found = violation_of("timers/target", event->actor, rh_pid_none());
    violation_expect(&found, "timers aimed at an actor end in its exit step");
    violation_observe(&found, "%" PRIu32 " still aimed at %s", part->timers,
                      say_who(self->family.judge, event->actor).text);
    rh_judge_fail(self->family.judge, &found);
}

static void record(void *state, const struct rh_record *told)
{
    struct timers *self = state;
    const struct rh_event *event = told->event;
    self->number++;
    switch (event->kind) {
    case RH_EVENT_TIMER_SET:
        on_set(self, event);
        break;
    case RH_EVENT_TIMER_CANCEL:
        on_cancel(self, event);
        break;
    case RH_EVENT_TIMER_FIRE:
        on_fire(self, event);
        break;
    case RH_EVENT_EXIT_END:
        on_exit_end(self, event);
        break;
    case RH_EVENT_NAME_ADD:
        self->named_at = self->number;
        break;
    default:
        on_met(self, event);
        break;
    }
}

/* A timer without an end is a timer that a driver forgot. */
static void finish(void *state, enum rh_end end)
{
    struct timers *self = state;
    if (end != RH_END_QUIESCENT || self->fired_first == 0) {
        return;
    }
    const struct fired *fired = slab_at(&self->fired, self->fired_first);
    struct rh_node_stats stats;
    if (rh_judge_stats(self->family.judge, &stats) && stats.signals_waiting > 0) {
        return; /* its target never started */
    }
    struct rh_violation found = violation_of("timers/delivered", fired->target, fired->ref.owner);
    violation_expect(&found, "a timer that fires reaches its target");
    violation_observe(&found, "timer %" PRIu64 " of %s fired for %s and did not",
                      fired->ref.ordinal, say_who(self->family.judge, fired->ref.owner).text,
                      say_who(self->family.judge, fired->target).text);
    rh_judge_fail(self->family.judge, &found);
}

const struct rh_checker checker_timers = {
    .name = "timers",
    .covers = "LU-I16 LU-S17",
    .claim = "a timer fires once, in time, for a live target, or not at all",
    .kinds = RH_LISTEN(TIMER_SET) | RH_LISTEN(TIMER_CANCEL) | RH_LISTEN(TIMER_FIRE) |
             RH_LISTEN(HANDLE) | RH_LISTEN(PUT) | RH_LISTEN(DROP) | RH_LISTEN(EXIT_END) |
             RH_LISTEN(NAME_ADD),
    .signals = RH_LISTEN_SIGNAL(TIMER),
    .live = true,
    .create = create,
    .begin = begin,
    .record = record,
    .finish = finish,
    .destroy = destroy,
};
