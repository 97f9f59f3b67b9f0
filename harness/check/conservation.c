/* SPDX-License-Identifier: MIT */
/*
 * Every accepted message ends exactly once: handled, put (then taken, discarded, or still there), dropped with a why, or
 * returned; and whoever is owed an answer (a returned message, a question) gets it in the same step. A second ending
 * finds nothing under way, a missing one is still under way at the end.
 */
#include "harness/check/family.h"

#include <inttypes.h>

struct conservation {
    struct family family;
    uint64_t sent;    /**< messages accepted, without those that it was spared */
    uint64_t reached; /**< the same */
    uint64_t dropped;
    uint64_t discarded; /**< also counted in dropped */
    uint64_t returned;
    uint64_t refused;
    bool arrives; /**< the last event was the ARRIVE of this kind */
    enum rh_signal_kind arriving;
    bool owes; /**< the next event must be this answer */
    enum rh_signal_kind owed;
    struct pair owed_from_to;
    bool owed_alive;
    struct rh_message owed_message; /**< referenced */
};

static const struct spared spared = {
    .kinds = RH_LISTEN(SEND) | RH_LISTEN(HANDLE) | RH_LISTEN(PUT),
    .facts = FACT_QUALIFIED | FACT_UNSENT,
    .counted = RH_LISTEN(HANDLE) | RH_LISTEN(PUT),
};

static const struct family_plan plan = {.bytes = sizeof(struct conservation), .spared = &spared};

static enum rh_status create(const struct rh_allocator *allocator, struct rh_judge *judge,
                             void **ret_self)
{
    return family_create(allocator, judge, &plan, ret_self);
}

static void owe_nothing(struct conservation *self)
{
    if (self->owes) {
        rh_message_unref(self->owed_message);
        self->owes = false;
        family_attend(&self->family, false);
    }
}

static void begin(void *state)
{
    struct conservation *self = state;
    owe_nothing(self);
    *self = (struct conservation){.family = self->family};
}

static void fail_unsent(struct conservation *self, const struct rh_event *event)
{
    struct rh_judge *judge = self->family.judge;
    struct rh_violation found = violation_of("conservation/once", event->actor, event->peer);
    bool departs = event->kind == RH_EVENT_DEPART;
    violation_expect(&found, "every signal ends once, and only after it was sent");
    violation_observe(&found, "%s from %s to %s: %s, but none like it is under way",
                      say_signal(judge, event->signal, event->message).text,
                      say_who(judge, departs ? event->actor : event->peer).text,
                      say_who(judge, departs ? event->peer : event->actor).text,
                      rh_event_kind_word(event->kind));
    rh_judge_fail(judge, &found);
}

static void fail_owed(struct conservation *self, const struct rh_event *event)
{
    struct rh_judge *judge = self->family.judge;
    struct rh_violation found =
        violation_of("conservation/answer", self->owed_from_to.a, self->owed_from_to.b);
    violation_expect(
        &found, "%s from %s to %s%s", say_signal(judge, self->owed, &self->owed_message).text,
        say_who(judge, self->owed_from_to.a).text, say_who(judge, self->owed_from_to.b).text,
        self->owed != RH_SIGNAL_LIVENESS ? ""
        : self->owed_alive               ? ", saying alive"
                                         : ", saying dead");
    if (event == NULL) {
        violation_observe(&found, "the run ended without it");
    } else {
        violation_observe(&found, "%s %s by %s", rh_event_kind_word(event->kind),
                          say_signal(judge, event->signal, event->message).text,
                          say_who(judge, event->actor).text);
    }
    rh_judge_fail(judge, &found);
}

static void owe(struct conservation *self, const struct rh_event *event, enum rh_signal_kind kind,
                bool alive)
{
    bool payload = kind == RH_SIGNAL_UNDELIVERABLE && event->message != NULL;
    self->owes = true;
    family_attend(&self->family, true);
    self->owed = kind;
    self->owed_from_to = (struct pair){event->actor, event->peer};
    self->owed_alive = alive;
    self->owed_message = payload ? rh_message_ref(*event->message) : rh_message_none();
}

static bool is_owed(const struct conservation *self, const struct rh_event *event)
{
    if (event->kind != RH_EVENT_SEND || event->signal != self->owed ||
        !pair_is(&self->owed_from_to, event->actor, event->peer)) {
        return false;
    }
    return self->owed == RH_SIGNAL_LIVENESS
               ? (event->number != 0) == self->owed_alive
               : event->message != NULL && messages_same(&self->owed_message, event->message);
}

/* An answer of another node's has arrived, or never will: then it says that nobody is alive. */
static bool is_from_abroad(const struct conservation *self, const struct rh_event *event,
                           bool arrives)
{
    return model_is_abroad(self->family.model) &&
           ((arrives && self->arriving == event->signal) ||
            (event->signal == RH_SIGNAL_LIVENESS && event->number == 0));
}

/* True: the event was an answer, or must not have been. */
static bool answers(struct conservation *self, const struct rh_event *event, bool arrives)
{
    bool answer = event->kind == RH_EVENT_SEND &&
                  (event->signal == RH_SIGNAL_UNDELIVERABLE || event->signal == RH_SIGNAL_LIVENESS);
    if (self->owes) {
        family_evaluated(&self->family);
        if (!is_owed(self, event)) {
            fail_owed(self, event);
        }
        owe_nothing(self);
        return true;
    }
    if (answer && event->why == RH_WHY_NONE && !is_from_abroad(self, event, arrives)) {
        struct rh_judge *judge = self->family.judge;
        struct rh_violation found = violation_of("conservation/answer", event->actor, event->peer);
        violation_expect(&found, "an answer follows what it answers, in the same step");
        violation_observe(&found, "%s from %s to %s, which asked nothing",
                          say_signal(judge, event->signal, event->message).text,
                          say_who(judge, event->actor).text, say_who(judge, event->peer).text);
        rh_judge_fail(judge, &found);
    }
    return answer;
}

static void on_ending(struct conservation *self, const struct rh_event *event)
{
    family_evaluated(&self->family);
    if (self->family.model->ending.flight == 0) {
        fail_unsent(self, event);
        return;
    }
    if (event->signal == RH_SIGNAL_MESSAGE) {
        self->reached += event->kind == RH_EVENT_HANDLE || event->kind == RH_EVENT_PUT;
        self->dropped += event->kind == RH_EVENT_DROP;
        self->returned += event->kind == RH_EVENT_RETURN;
        if (event->kind == RH_EVENT_RETURN) {
            owe(self, event, RH_SIGNAL_UNDELIVERABLE, false);
        }
    } else if (event->signal == RH_SIGNAL_ASK_ALIVE && event->why != RH_WHY_FAULT &&
               event->kind != RH_EVENT_DEPART) {
        owe(self, event, RH_SIGNAL_LIVENESS, event->kind == RH_EVENT_HANDLE);
    } else if (event->kind == RH_EVENT_RETURN) {
        rh_judge_failf(self->family.judge, "conservation/return", event->peer,
                       "%s came back to %s; only messages do", rh_signal_kind_word(event->signal),
                       say_who(self->family.judge, event->peer).text);
    }
}

static void record(void *state, const struct rh_record *told)
{
    struct conservation *self = state;
    const struct rh_event *event = told->event;
    bool arrives = self->arrives;
    self->arrives = false;
    if ((self->owes || event->signal == RH_SIGNAL_UNDELIVERABLE ||
         event->signal == RH_SIGNAL_LIVENESS) &&
        answers(self, event, arrives)) {
        return;
    }
    switch (event->kind) {
    case RH_EVENT_SEND:
        self->sent += event->signal == RH_SIGNAL_MESSAGE && event->why == RH_WHY_NONE;
        break;
    case RH_EVENT_ARRIVE:
        self->arrives = true;
        self->arriving = event->signal;
        break;
    case RH_EVENT_REFUSE:
        self->refused++;
        break;
    case RH_EVENT_DISCARD:
        if (event->signal == RH_SIGNAL_MESSAGE) {
            self->dropped++;
            self->discarded++;
        }
        break;
    default:
        if (model_travels(event->signal)) {
            on_ending(self, event);
        }
        break;
    }
}

static void compare(struct conservation *self, const char *counter, uint64_t counted, uint64_t told)
{
    if (counted != told) {
        struct rh_violation found = violation_of("conservation/sums", rh_pid_none(), rh_pid_none());
        violation_expect(&found, "%s = %" PRIu64 ", as many as were told", counter, told);
        violation_observe(&found, "%s = %" PRIu64, counter, counted);
        rh_judge_fail(self->family.judge, &found);
    }
}

/* The oldest thing that is still under way, for the report. */
static void fail_under_way(struct conservation *self)
{
    struct model *model = self->family.model;
    struct rh_judge *judge = self->family.judge;
    for (uint32_t i = 0; i < model->channels.count; i++) {
        const struct channel *channel = table_at(&model->channels, i);
        if (channel->length > 0) {
            const struct flight *flight = model_flight(model, channel->first);
            bool named = channel->key.to.slot != 0 && rh_pid_is_none(channel->key.to);
            struct rh_violation found =
                violation_of("conservation/once", channel->key.from, channel->key.to);
            violation_expect(&found, "when nothing can happen any more, every signal has ended");
            violation_observe(
                &found, "%" PRIu64 " have not, such as %s from %s to %s", model->under_way,
                say_signal(judge, (enum rh_signal_kind)flight->signal, &flight->message).text,
                say_who(judge, channel->key.from).text,
                named ? model_name_text(model, channel->key.to.slot)
                      : say_who(judge, channel->key.to).text);
            rh_judge_fail(judge, &found);
            return;
        }
    }
}

static void finish(void *state, enum rh_end end)
{
    struct conservation *self = state;
    struct rh_node_stats stats;
    if (end == RH_END_STOPPED || end == RH_END_NO_MEMORY ||
        rh_judge_has_failed(self->family.judge)) {
        owe_nothing(self);
        return;
    }
    if (self->owes) {
        fail_owed(self, NULL);
        owe_nothing(self);
        return;
    }
    bool known = rh_judge_stats(self->family.judge, &stats);
    if (end == RH_END_QUIESCENT && self->family.model->under_way > 0 &&
        (!known || stats.signals_waiting + rh_judge_held(self->family.judge) == 0)) {
        fail_under_way(self);
    }
    if (known && !self->family.model->node_lost) {
        const struct rh_judge *judge = self->family.judge;
        compare(self, "messages_sent", stats.messages_sent,
                self->sent + rh_judge_spared(judge, RH_EVENT_SEND));
        compare(self, "messages_handled", stats.messages_handled,
                self->reached + rh_judge_spared(judge, RH_EVENT_HANDLE) +
                    rh_judge_spared(judge, RH_EVENT_PUT));
        compare(self, "messages_dropped", stats.messages_dropped, self->dropped);
        compare(self, "messages_returned", stats.messages_returned, self->returned);
        compare(self, "messages_refused", stats.messages_refused, self->refused);
        uint64_t waiting = stats.signals_waiting + rh_judge_held(judge);
        if (self->family.model->under_way > waiting) {
            compare(self, "signals_waiting", waiting, self->family.model->under_way);
        }
    }
}

static void destroy(void *state)
{
    owe_nothing(state);
    family_destroy(state);
}

const struct rh_checker checker_conservation = {
    .name = "conservation",
    .covers = "O1 O22 TH-I10 TH-I13 LU-I11",
    .claim = "every accepted message ends exactly once, and the counters know",
    .kinds = RH_LISTEN(SEND) | RH_LISTEN(REFUSE) | RH_LISTEN(HANDLE) | RH_LISTEN(PUT) |
             RH_LISTEN(DROP) | RH_LISTEN(RETURN) | RH_LISTEN(DISCARD) | RH_LISTEN(DEPART) |
             RH_LISTEN(ARRIVE),
    .live = true,
    .create = create,
    .begin = begin,
    .record = record,
    .finish = finish,
    .destroy = destroy,
};
