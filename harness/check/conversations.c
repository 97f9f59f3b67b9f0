/* SPDX-License-Identifier: MIT */
/*
 * What becomes of conversations, by the marks that they leave. Phases go one way, and closed and failed are final; one actor
 * works at a time, and only it or the keeper speaks; the end of a participant is noted once, as what it was, and every
 * notifier and compensator ends once. When a conversation is closed nothing of it is left.
 */
#include "harness/check/family.h"

#include <rehearse/conversation.h>

#include <stdio.h>

struct conversation {
    struct rh_pid keeper;
    struct rh_pid actor; /* the last one */
    uint64_t incarnation;
    uint32_t phase; /* enum rh_conversation_phase */
    bool works;     /* the actor has not ended, as the keeper sees it */
    uint64_t compensators;
};

struct participant_key {
    struct rh_pid keeper;
    struct rh_pid pid;
};

struct participant {
    struct participant_key key;
    bool noted;  /* left or crashed */
    bool exited; /* as the stream tells */
    bool leaves; /* with normal or shutdown */
};

struct notifier_key {
    struct rh_pid keeper;
    struct rh_ref call;
};

struct notifier {
    struct notifier_key key;
    struct rh_pid participant;
};

/* The n-th compensator that is recorded and has not ended. */
struct compensator_key {
    struct rh_pid keeper;
    uint64_t n;
};

struct compensator {
    struct compensator_key key;
    struct rh_pid target;
};

struct conversations {
    struct family family;
    struct table conversations;
    struct table participants;
    struct table notifiers;
    struct table compensators;
};

static const struct family_table tables[] = {
    {offsetof(struct conversations, conversations), sizeof(struct rh_pid),
     sizeof(struct conversation)},
    {offsetof(struct conversations, participants), sizeof(struct participant_key),
     sizeof(struct participant)},
    {offsetof(struct conversations, notifiers), sizeof(struct notifier_key),
     sizeof(struct notifier)},
    {offsetof(struct conversations, compensators), sizeof(struct compensator_key),
     sizeof(struct compensator)},
};
static const struct family_plan plan = {.bytes = sizeof(struct conversations),
                                        FAMILY_TABLES(tables)};

static enum rh_status create(const struct rh_allocator *allocator, struct rh_judge *judge,
                             void **ret_self)
{
    return family_create(allocator, judge, &plan, ret_self);
}

/* ---- in words ---- */

static void fail_with(struct conversations *self, const char *invariant, const char *expected,
                      struct rh_pid keeper, struct rh_pid other, const char *observed)
{
    struct rh_judge *judge = self->family.judge;
    struct rh_violation found = violation_of(invariant, keeper, other);
    violation_expect(&found, "%s", expected);
    violation_observe(&found, "%s: %s", say_who(judge, keeper).text, observed);
    if (!rh_pid_is_none(other)) {
        violation_add(&found, " (%s)", say_who(judge, other).text);
    }
    rh_judge_fail(judge, &found);
}

static void *row_add(struct conversations *self, struct table *table, const void *key)
{
    void *row = table_add(table, key);
    if (row == NULL) {
        rh_judge_error(self->family.judge, RH_NO_MEMORY);
    }
    return row;
}

static bool is_alive(const struct conversations *self, struct rh_pid pid)
{
    return model_life(self->family.model, pid) == LIFE_ALIVE;
}

/* ---- phases ---- */

static const char *phase_word(uint32_t phase)
{
    return rh_conversation_phase_word((enum rh_conversation_phase)phase);
}

static uint32_t phase_find(struct rh_text word)
{
    uint32_t phase = 0;
    while (phase < RH_CONVERSATION_PHASE_COUNT &&
           !(strlen(phase_word(phase)) == word.size &&
             memcmp(phase_word(phase), word.bytes, word.size) == 0)) {
        phase++;
    }
    return phase;
}

static bool may_follow(uint32_t from, uint32_t to)
{
    static const uint32_t followers[RH_CONVERSATION_PHASE_COUNT] = {
        [RH_CONVERSATION_CREATED] = 1U << RH_CONVERSATION_ACTIVE |
                                    1U << RH_CONVERSATION_COMPLETING | 1U << RH_CONVERSATION_FAILED,
        [RH_CONVERSATION_ACTIVE] = 1U << RH_CONVERSATION_COMPLETING | 1U << RH_CONVERSATION_FAILED,
        [RH_CONVERSATION_COMPLETING] = 1U << RH_CONVERSATION_CLOSED,
        [RH_CONVERSATION_FAILED] = 1U << RH_CONVERSATION_CLOSED,
    };
    return (followers[from] >> to & 1) != 0;
}

static void on_phase(struct conversations *self, struct conversation *conversation,
                     const struct rh_message *mark)
{
    struct rh_text words[2];
    if (!RH_MATCH(mark, RH_ANY, &words[0], &words[1], RH_ANY)) {
        return;
    }
    uint32_t from = phase_find(words[0]);
    uint32_t to = phase_find(words[1]);
    char observed[80];
    (void)snprintf(observed, sizeof(observed), "from %s to %s; it was %s", phase_word(from),
                   phase_word(to), phase_word(conversation->phase));
    if (from != conversation->phase || to >= RH_CONVERSATION_PHASE_COUNT || !may_follow(from, to)) {
        fail_with(
            self, "conversations/phase",
            "a conversation goes from created over active and completing, or failed, to closed",
            conversation->keeper, rh_pid_none(), observed);
    }
    conversation->phase = to;
}

/* What happens is looked up in the phase that it is in. */
static void on_event(struct conversations *self, const struct conversation *conversation,
                     const struct rh_message *mark)
{
    struct rh_text phase;
    if (RH_MATCH(mark, RH_ANY, &phase, RH_ANY, RH_ANY) &&
        phase_find(phase) != conversation->phase) {
        fail_with(self, "conversations/phase", "whoever acts knows the phase", conversation->keeper,
                  rh_pid_none(), phase_word(phase_find(phase)));
    }
}

/* ---- incarnations ---- */

static void on_start(struct conversations *self, struct conversation *conversation, uint64_t number,
                     struct rh_pid actor)
{
    if (number != conversation->incarnation + 1) {
        fail_with(self, "conversations/incarnation", "incarnations are numbered from 1",
                  conversation->keeper, actor, "another number");
    } else if (conversation->works || is_alive(self, conversation->actor)) {
        fail_with(self, "conversations/one-actor", "a conversation has one actor at a time",
                  conversation->keeper, conversation->actor, "the last one has not ended");
    } else if (conversation->phase != RH_CONVERSATION_CREATED &&
               conversation->phase != RH_CONVERSATION_ACTIVE) {
        fail_with(self, "conversations/final", "what is over is not started again",
                  conversation->keeper, actor, phase_word(conversation->phase));
    }
    conversation->incarnation = number;
    conversation->actor = actor;
    conversation->works = true;
}

static void on_incarnation(struct conversations *self, struct conversation *conversation,
                           const struct rh_message *mark)
{
    struct rh_pid actor;
    uint64_t number;
    if (RH_MATCH(mark, RH_ANY, &number, &actor)) {
        on_start(self, conversation, number, actor);
        return;
    }
    if (is_alive(self, conversation->actor)) {
        fail_with(self, "conversations/one-actor", "an actor that is said to have ended has ended",
                  conversation->keeper, conversation->actor, "it is alive");
    }
    conversation->works = false;
}

/* ---- participants ---- */

/* Is it as the stream tells? Of another node's actor, only its own node can tell. */
static const char *doubt(const struct conversations *self, const struct participant *participant,
                         struct rh_text word, struct rh_item reason)
{
    struct rh_message copy = {0};
    bool local = participant->key.pid.node == participant->key.keeper.node;
    if (rh_message_copy(self->family.allocator, reason.bytes, reason.size, &copy) != RH_OK) {
        rh_judge_error(self->family.judge, RH_NO_MEMORY);
        return NULL;
    }
    enum rh_reason_class class = rh_reason_class(&copy);
    rh_message_unref(copy);
    bool left = word.size == 4;
    if (left != (class == RH_REASON_NORMAL || class == RH_REASON_SHUTDOWN)) {
        return "the reason says otherwise";
    }
    if (local && is_alive(self, participant->key.pid)) {
        return "it is alive";
    }
    bool knows = class != RH_REASON_NOPROC && class != RH_REASON_NOCONNECTION;
    return participant->exited && knows && left != participant->leaves ? "it ended otherwise"
                                                                       : NULL;
}

static void on_participant(struct conversations *self, const struct conversation *conversation,
                           const struct rh_message *mark)
{
    struct participant_key key = {.keeper = conversation->keeper};
    struct rh_text word;
    struct rh_item reason;
    if (!RH_MATCH(mark, RH_ANY, &key.pid, &word, &reason)) {
        return;
    }
    struct participant *participant = table_find(&self->participants, &key);
    if (word.size == 5) { /* alive */
        if (participant == NULL) {
            (void)row_add(self, &self->participants, &key);
        }
        return;
    }
    if (participant == NULL) {
        fail_with(self, "conversations/participant", "only the ends of participants are noted",
                  key.keeper, key.pid, "it is none");
        return;
    }
    if (participant->noted) {
        fail_with(self, "conversations/noted-once", "the end of a participant is noted once",
                  key.keeper, key.pid, "a second time");
        return;
    }
    participant->noted = true;
    const char *why = doubt(self, participant, word, reason);
    if (why != NULL) {
        fail_with(self, "conversations/participant",
                  "who ends with normal or shutdown has left, who ends otherwise has crashed",
                  key.keeper, key.pid, why);
    }
}

static void on_exit(struct conversations *self, const struct rh_event *event)
{
    for (uint32_t i = 0; i < self->participants.count; i++) {
        struct participant *participant = table_at(&self->participants, i);
        if (rh_pid_equal(participant->key.pid, event->actor)) {
            enum rh_reason_class class =
                event->message == NULL ? RH_REASON_ERROR : rh_reason_class(event->message);
            participant->exited = true;
            participant->leaves = class == RH_REASON_NORMAL || class == RH_REASON_SHUTDOWN;
        }
    }
}

/* ---- notifiers and compensators ---- */

static void on_notifier(struct conversations *self, const struct conversation *conversation,
                        const struct rh_message *mark)
{
    struct notifier_key key = {.keeper = conversation->keeper};
    struct rh_pid participant;
    struct rh_text word;
    if (!RH_MATCH(mark, RH_ANY, &key.call, &participant, &word)) {
        return;
    }
    struct notifier *notifier = table_find(&self->notifiers, &key);
    if (word.size == 3) { /* set */
        notifier = notifier == NULL ? row_add(self, &self->notifiers, &key) : notifier;
        if (notifier != NULL) {
            notifier->participant = participant;
        }
        return;
    }
    if (notifier == NULL || !rh_pid_equal(notifier->participant, participant)) {
        fail_with(self, "conversations/notifier",
                  "a notifier that was set fires or is cancelled, once", key.keeper, participant,
                  "it was not set, or has ended");
        return;
    }
    table_remove(&self->notifiers, notifier);
}

static void on_compensator(struct conversations *self, struct conversation *conversation,
                           const struct rh_message *mark)
{
    struct rh_pid target;
    struct rh_text word;
    if (!RH_MATCH(mark, RH_ANY, &target, &word)) {
        return;
    }
    if (word.size == 8) { /* recorded */
        struct compensator_key key = {conversation->keeper, ++conversation->compensators};
        struct compensator *compensator = row_add(self, &self->compensators, &key);
        if (compensator != NULL) {
            compensator->target = target;
        }
        return;
    }
    struct compensator_key key = {conversation->keeper, conversation->compensators};
    struct compensator *last = table_find(&self->compensators, &key);
    if (last == NULL || !rh_pid_equal(last->target, target)) {
        fail_with(self, "conversations/compensator",
                  "compensators run or are dropped once, the last one first", key.keeper, target,
                  last == NULL ? "none is recorded" : "another one was recorded later");
        return;
    }
    conversation->compensators--;
    table_remove(&self->compensators, last);
}

/* ---- marks ---- */

static struct conversation *conversation_of(struct conversations *self, struct rh_pid keeper)
{
    struct conversation *conversation = table_find(&self->conversations, &keeper);
    return conversation != NULL ? conversation : row_add(self, &self->conversations, &keeper);
}

static void on_mark(struct conversations *self, const struct rh_event *event)
{
    struct rh_pid keeper;
    const char *topic = conversation_topic(event, &keeper);
    struct conversation *conversation = topic == NULL ? NULL : conversation_of(self, keeper);
    if (conversation == NULL) {
        return;
    }
    family_evaluated(&self->family);
    if (!rh_pid_equal(event->actor, keeper) && !rh_pid_equal(event->actor, conversation->actor)) {
        fail_with(self, "conversations/speaker",
                  "only the keeper and the actor that works speak of a conversation", keeper,
                  event->actor, "somebody else does");
    } else if (strcmp(topic, "phase") == 0) {
        on_phase(self, conversation, event->message);
    } else if (strcmp(topic, "event") == 0) {
        on_event(self, conversation, event->message);
    } else if (strcmp(topic, "incarnation") == 0) {
        on_incarnation(self, conversation, event->message);
    } else if (strcmp(topic, "participant") == 0) {
        on_participant(self, conversation, event->message);
    } else if (strcmp(topic, "notifier") == 0) {
        on_notifier(self, conversation, event->message);
    } else if (strcmp(topic, "compensator") == 0) {
        on_compensator(self, conversation, event->message);
    }
}

static void record(void *state, const struct rh_record *told)
{
    struct conversations *self = state;
    if (told->event->kind == RH_EVENT_EXIT) {
        on_exit(self, told->event);
    } else {
        on_mark(self, told->event);
    }
}

/* ---- the end ---- */

static void finish_conversation(struct conversations *self, const struct conversation *conversation)
{
    bool closed = conversation->phase == RH_CONVERSATION_CLOSED;
    bool alive = is_alive(self, conversation->keeper);
    if (alive && closed) {
        fail_with(self, "conversations/gone", "a closed conversation ends", conversation->keeper,
                  rh_pid_none(), "its keeper is alive");
    } else if (!alive && is_alive(self, conversation->actor)) {
        fail_with(self, "conversations/gone", "the actor ends with its keeper",
                  conversation->keeper, conversation->actor, "its actor is alive");
    } else if (closed && conversation->compensators > 0) {
        fail_with(self, "conversations/compensator", "compensators run or are dropped",
                  conversation->keeper, rh_pid_none(), "one is left");
    } else if (alive && !conversation->works && conversation->incarnation > 0 &&
               conversation->phase <= RH_CONVERSATION_ACTIVE) {
        fail_with(self, "conversations/one-actor", "an actor that crashes is started again",
                  conversation->keeper, conversation->actor, "nobody works");
    }
}

static void finish_participant(struct conversations *self, const struct participant *participant)
{
    struct rh_pid keeper = participant->key.keeper;
    const struct conversation *conversation = table_find(&self->conversations, &keeper);
    bool sees = keeper.node == participant->key.pid.node || rh_judge_is_still(self->family.judge);
    if (participant->exited && !participant->noted && sees && is_alive(self, keeper) &&
        conversation != NULL && conversation->phase != RH_CONVERSATION_CLOSED) {
        fail_with(self, "conversations/noted-once", "the end of a participant is noted", keeper,
                  participant->key.pid, "it has ended unnoticed");
    }
}

static void finish_notifier(struct conversations *self, const struct notifier *notifier)
{
    struct participant_key key = {notifier->key.keeper, notifier->participant};
    const struct participant *participant = table_find(&self->participants, &key);
    const struct conversation *conversation = table_find(&self->conversations, &key.keeper);
    bool over = conversation != NULL && conversation->phase == RH_CONVERSATION_CLOSED;
    if (over || (is_alive(self, key.keeper) && participant != NULL && participant->noted)) {
        fail_with(self, "conversations/notifier", "a notifier fires or is cancelled", key.keeper,
                  notifier->participant, "it is still set");
    }
}

static void finish(void *state, enum rh_end end)
{
    struct conversations *self = state;
    if (end != RH_END_QUIESCENT) {
        return;
    }
    for (uint32_t i = 0; i < self->conversations.count; i++) {
        finish_conversation(self, table_at(&self->conversations, i));
    }
    for (uint32_t i = 0; i < self->participants.count; i++) {
        finish_participant(self, table_at(&self->participants, i));
    }
    for (uint32_t i = 0; i < self->notifiers.count; i++) {
        finish_notifier(self, table_at(&self->notifiers, i));
    }
}

const struct rh_checker checker_conversations = {
    .name = "conversations",
    .covers = "LM-I2 LM-I8 LM-I9 LM-I10 LM-I12 LM-I14",
    .claim = "a conversation goes one way, has one actor, notes every end once, and leaves nothing",
    .kinds = RH_LISTEN(MARK) | RH_LISTEN(EXIT),
    .live = true,
    .create = create,
    .begin = family_begin,
    .record = record,
    .finish = finish,
    .destroy = family_destroy,
};
