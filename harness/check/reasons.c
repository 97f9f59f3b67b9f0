/* SPDX-License-Identifier: MIT */
/*
 * Reasons travel unchanged. What an EXIT or DOWN carries is what its sender exited with, noproc or noconnection for those
 * who ask too late. An exit signal that reaches an actor which does not trap ends it at once with that reason, "normal"
 * excepted; "kill" as a signal ends anybody and becomes "killed", while one's own "kill" stays what it is. Whether
 * somebody traps is judged when the signal is handled.
 */
#include "harness/check/family.h"

struct reasons {
    struct family family;
    bool exiting;
    struct rh_pid leaver;
    struct rh_message reason; /**< of the exit step that runs; referenced */
    struct rh_pid proxy;      /**< it has ended last, for this reason */
    struct rh_message proxy_reason;
    bool dying; /**< the next event must be this exit */
    struct rh_pid victim;
    struct rh_pid cause;
    struct rh_message sentence; /**< the reason it must have; referenced */
    bool answering;             /**< somebody asked too late */
    enum rh_why late;
};

static const struct spared spared = {
    .kinds = RH_LISTEN(TURN_END) | RH_LISTEN_RECORD(STEP),
};

static const struct family_plan plan = {.bytes = sizeof(struct reasons), .spared = &spared};

static enum rh_status create(const struct rh_allocator *allocator, struct rh_judge *judge,
                             void **ret_self)
{
    return family_create(allocator, judge, &plan, ret_self);
}

static void begin(void *state)
{
    struct reasons *self = state;
    rh_message_unref(self->reason);
    rh_message_unref(self->sentence);
    rh_message_unref(self->proxy_reason);
    *self = (struct reasons){.family = self->family};
}

static void destroy(void *state)
{
    begin(state);
    family_destroy(state);
}

static void keep(struct rh_message *kept, const struct rh_message *message)
{
    rh_message_unref(*kept);
    *kept = message == NULL ? rh_message_none() : rh_message_ref(*message);
}

static void fail_event(struct reasons *self, const char *invariant, const struct rh_event *event,
                       const char *expected, const char *observed)
{
    struct rh_judge *judge = self->family.judge;
    struct rh_violation found = violation_of(invariant, event->actor, event->peer);
    violation_expect(&found, "%s", expected);
    violation_observe(&found, "%s %s, %s and %s: %s", rh_event_kind_word(event->kind),
                      say_signal(judge, event->signal, event->message).text,
                      say_who(judge, event->actor).text, say_who(judge, event->peer).text,
                      observed);
    rh_judge_fail(judge, &found);
}

static void fail_reason(struct reasons *self, const char *invariant, struct rh_pid actor,
                        const struct rh_message *wanted, const struct rh_message *found_reason,
                        const char *where)
{
    struct rh_judge *judge = self->family.judge;
    struct rh_violation found = violation_of(invariant, actor, rh_pid_none());
    violation_expect(&found, "%s: %s %s", say_who(judge, actor).text, where,
                     say_what(judge, wanted).text);
    violation_observe(&found, "%s", say_what(judge, found_reason).text);
    rh_judge_fail(judge, &found);
}

static bool equals(const struct rh_message *kept, const struct rh_message *message)
{
    struct rh_message none = rh_message_none();
    return messages_same(kept, message == NULL ? &none : message);
}

static void on_sent(struct reasons *self, const struct rh_event *event)
{
    if ((event->signal != RH_SIGNAL_EXIT && event->signal != RH_SIGNAL_DOWN) ||
        event->why == RH_WHY_FAULT) {
        return; /* what is forged says what it likes */
    }
    family_evaluated(&self->family);
    if (self->exiting && rh_pid_equal(self->leaver, event->actor)) {
        if (!equals(&self->reason, event->message)) {
            fail_reason(self, "reasons/intact", event->actor, &self->reason, event->message,
                        "links and monitors hear the reason of its exit,");
        }
    } else if (!self->answering && event->signal == RH_SIGNAL_EXIT &&
               rh_pid_equal(self->proxy, event->actor)) {
        if (!equals(&self->proxy_reason, event->message)) {
            fail_reason(self, "reasons/intact", event->actor, &self->proxy_reason, event->message,
                        "links hear the reason that came from its node,");
        }
    } else if (self->answering) {
        struct rh_message wanted = rh_reason(
            self->late == RH_WHY_NOCONNECTION ? RH_REASON_NOCONNECTION : RH_REASON_NOPROC);
        if (!equals(&wanted, event->message)) {
            fail_reason(self, "reasons/late", event->actor, &wanted, event->message,
                        "who asks too late hears");
        }
    }
}

/* An exit signal has reached a live actor and is no message in its mailbox. */
static void on_handled(struct reasons *self, const struct rh_event *event)
{
    const struct part *part = self->family.model->actor;
    bool kills = event->signal == RH_SIGNAL_EXIT_SIGNAL && event->message != NULL &&
                 rh_reason_class(event->message) == RH_REASON_KILL;
    if (part == NULL || (part->trap && !kills)) {
        return;
    }
    family_evaluated(&self->family);
    if (!kills && event->message != NULL && rh_reason_class(event->message) == RH_REASON_NORMAL &&
        !rh_pid_equal(event->actor, event->peer)) {
        fail_event(self, "reasons/normal", event,
                   "the normal end of another never touches an actor that does not trap",
                   "it took effect");
        return;
    }
    struct rh_message killed = rh_reason(RH_REASON_KILLED);
    self->dying = true;
    family_attend(&self->family, true);
    self->victim = event->actor;
    self->cause = event->peer;
    keep(&self->sentence, kills ? &killed : event->message);
}

static void on_put(struct reasons *self, const struct rh_event *event)
{
    const struct part *part = self->family.model->actor;
    bool kills = event->signal == RH_SIGNAL_EXIT_SIGNAL && event->message != NULL &&
                 rh_reason_class(event->message) == RH_REASON_KILL;
    if (event->signal == RH_SIGNAL_DOWN || part == NULL) {
        return;
    }
    family_evaluated(&self->family);
    if (kills) {
        fail_event(self, "reasons/kill", event, "an exit signal kill cannot be trapped",
                   "it became a message");
    } else if (!part->trap) {
        fail_event(self, "reasons/trap", event,
                   "only an actor that traps sees exit signals as messages", "it does not trap");
    }
}

static void on_drop(struct reasons *self, const struct rh_event *event)
{
    const struct part *part = self->family.model->actor;
    if (event->signal == RH_SIGNAL_LINK || event->signal == RH_SIGNAL_MONITOR) {
        self->answering = event->why != RH_WHY_FAULT;
        self->late = event->why;
        return;
    }
    if (event->why != RH_WHY_IGNORED) {
        return;
    }
    family_evaluated(&self->family);
    if (event->message == NULL || rh_reason_class(event->message) != RH_REASON_NORMAL) {
        fail_event(self, "reasons/ignored", event, "only the reason normal is ignored",
                   "it was ignored");
    } else if (part != NULL && part->trap) {
        fail_event(self, "reasons/trap", event, "an actor that traps hears of every exit",
                   "it was ignored");
    } else if (rh_pid_equal(event->actor, event->peer)) {
        fail_event(self, "reasons/ignored", event, "normal from oneself is not ignored",
                   "it was ignored");
    }
}

static void fail_survivor(struct reasons *self)
{
    struct rh_judge *judge = self->family.judge;
    struct rh_violation found = violation_of("reasons/effect", self->victim, self->cause);
    violation_expect(&found, "%s exits with %s, because of %s", say_who(judge, self->victim).text,
                     say_what(judge, &self->sentence).text, say_who(judge, self->cause).text);
    violation_observe(&found, "it handled the exit signal without trapping, and goes on");
    rh_judge_fail(judge, &found);
}

static void on_exit(struct reasons *self, const struct rh_event *event, bool dying)
{
    bool caused = !rh_pid_is_none(event->peer) && !rh_pid_equal(event->peer, event->actor);
    family_evaluated(&self->family);
    if (dying) {
        if (!rh_pid_equal(self->cause, event->peer)) {
            fail_event(self, "reasons/cause", event, "an exit names who caused it", "it does not");
        } else if (!equals(&self->sentence, event->message)) {
            fail_reason(self, "reasons/intact", event->actor, &self->sentence, event->message,
                        "it exits with");
        }
    } else if (event->why != RH_WHY_NODE && (caused || event->why == RH_WHY_PARTNER)) {
        fail_event(self, "reasons/cause", event,
                   "another's exit signal is handled in the step that ends an actor by it",
                   "no such signal was");
    }
    self->exiting = true;
    self->leaver = event->actor;
    keep(&self->reason, event->message);
}

static void record(void *state, const struct rh_record *told)
{
    struct reasons *self = state;
    const struct rh_event *event = told->event;
    bool dying = self->dying;
    self->dying = false;
    family_attend(&self->family, false);
    bool exits = told->kind == RH_RECORD_EVENT && event->kind == RH_EVENT_EXIT;
    if (dying && (!exits || !rh_pid_equal(self->victim, event->actor))) {
        fail_survivor(self);
        return;
    }
    if (told->kind != RH_RECORD_EVENT) {
        return;
    }
    switch (event->kind) {
    case RH_EVENT_SEND:
        on_sent(self, event);
        self->answering = false;
        break;
    case RH_EVENT_HANDLE:
        if (event->signal == RH_SIGNAL_EXIT || event->signal == RH_SIGNAL_EXIT_SIGNAL) {
            on_handled(self, event);
        }
        break;
    case RH_EVENT_PUT:
        on_put(self, event);
        break;
    case RH_EVENT_DROP:
        on_drop(self, event);
        break;
    case RH_EVENT_EXIT:
        on_exit(self, event, dying);
        break;
    case RH_EVENT_PROXY_REMOVE:
        self->proxy = event->peer;
        keep(&self->proxy_reason, event->message);
        break;
    case RH_EVENT_EXIT_END:
        self->exiting = false;
        break;
    default:
        break;
    }
}

static void finish(void *state, enum rh_end end)
{
    struct reasons *self = state;
    if (self->dying && end != RH_END_STOPPED && end != RH_END_NO_MEMORY) {
        fail_survivor(self);
    }
    begin(self);
}

const struct rh_checker checker_reasons = {
    .name = "reasons",
    .covers = "O7 TH-I17 TH-I18 LU-I14 LU-S10",
    .claim = "an exit reason arrives as it was, and decides who dies of it",
    .kinds = RH_LISTEN(SEND) | RH_LISTEN(HANDLE) | RH_LISTEN(PUT) | RH_LISTEN(DROP) |
             RH_LISTEN(EXIT) | RH_LISTEN(EXIT_END) | RH_LISTEN(TURN_END) | RH_LISTEN(PROXY_REMOVE) |
             RH_LISTEN_RECORD(STEP),
    .signals = RH_LISTEN_SIGNAL(EXIT) | RH_LISTEN_SIGNAL(EXIT_SIGNAL) | RH_LISTEN_SIGNAL(DOWN) |
               RH_LISTEN_SIGNAL(LINK) | RH_LISTEN_SIGNAL(MONITOR),
    .live = true,
    .create = create,
    .begin = begin,
    .record = record,
    .finish = finish,
    .destroy = destroy,
};
