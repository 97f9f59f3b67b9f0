/* SPDX-License-Identifier: MIT */
/*
 * Commands of conversations. Each that is accepted is answered once, whoever crashes or closes in between; what was answered
 * with delivery_failed has not been sent; and nobody is left waiting for a reply in a phase that brings none. Who waits for
 * ever while one may still come is reported as a deadlock.
 */
#include "harness/check/family.h"

#include <rehearse/conversation.h>

struct command_key {
    struct rh_pid keeper;
    struct rh_ref call;
};

struct command {
    struct command_key key;
    uint32_t copies; /* that were accepted as well */
    bool waits_for_reply;
    bool waits_for_end;
};

/* A conversation in a phase that brings no reply any more. */
struct over {
    struct rh_pid keeper;
    bool is_closed;
};

struct commands {
    struct family family;
    struct table open;
    struct table over;
    uint64_t sent_step; /* the last request that was sent, and by whom */
    struct rh_pid sent_by;
    uint64_t copies; /* that faults have made, of whatever, and nobody has accepted yet */
};

static const struct family_table tables[] = {
    {offsetof(struct commands, open), sizeof(struct command_key), sizeof(struct command)},
    {offsetof(struct commands, over), sizeof(struct rh_pid), sizeof(struct over)},
};
static const struct family_plan plan = {.bytes = sizeof(struct commands), FAMILY_TABLES(tables)};

static enum rh_status create(const struct rh_allocator *allocator, struct rh_judge *judge,
                             void **ret_self)
{
    return family_create(allocator, judge, &plan, ret_self);
}

static void begin(void *state)
{
    struct commands *self = state;
    family_begin(self);
    self->sent_step = UINT64_MAX;
    self->copies = 0;
}

static void fail_command(struct commands *self, const char *invariant, const char *expected,
                         const struct command_key *key, const char *observed)
{
    struct rh_judge *judge = self->family.judge;
    struct rh_violation found = violation_of(invariant, key->keeper, key->call.owner);
    violation_expect(&found, "%s", expected);
    violation_observe(&found, "the command of %s to %s: %s", say_who(judge, key->call.owner).text,
                      say_who(judge, key->keeper).text, observed);
    rh_judge_fail(judge, &found);
}

static bool is_word(struct rh_text text, const char *word)
{
    return text.size == strlen(word) && memcmp(text.bytes, word, text.size) == 0;
}

/* ---- accepted, answered ---- */

static void on_command(struct commands *self, const struct command_key *key, struct rh_text verb)
{
    struct command *command = table_find(&self->open, key);
    if (command != NULL && self->copies > 0) {
        self->copies--;
        command->copies++;
        return;
    }
    if (command != NULL) {
        fail_command(self, "commands/once", "a command is accepted once", key, "accepted twice");
        return;
    }
    command = table_add(&self->open, key);
    if (command == NULL) {
        rh_judge_error(self->family.judge, RH_NO_MEMORY);
        return;
    }
    command->waits_for_reply =
        is_word(verb, "ask") || is_word(verb, "receive") || is_word(verb, "receive_of");
    command->waits_for_end = is_word(verb, "await_exit");
}

static void on_answer(struct commands *self, const struct command_key *key, struct rh_text word)
{
    struct command *command = table_find(&self->open, key);
    family_evaluated(&self->family);
    if (command == NULL && self->copies > 0) { /* of what the keeper has handed on */
        self->copies--;
        return;
    }
    if (command == NULL) {
        fail_command(self, "commands/answered-once", "every command is answered once", key,
                     "answered, and it was not accepted, or answered before");
        return;
    }
    uint64_t step = self->family.model->step;
    bool has_sent = self->sent_step == step && rh_pid_equal(self->sent_by, key->keeper);
    if (is_word(word, "delivery_failed") && has_sent) {
        fail_command(self, "commands/delivery-failed", "what was not delivered was not sent", key,
                     "sent");
    }
    if (command->copies > 0) {
        command->copies--;
    } else {
        table_remove(&self->open, command);
    }
}

static void on_phase(struct commands *self, struct rh_pid keeper, struct rh_text phase)
{
    bool is_closed = is_word(phase, rh_conversation_phase_word(RH_CONVERSATION_CLOSED));
    if (!is_closed && !is_word(phase, rh_conversation_phase_word(RH_CONVERSATION_FAILED))) {
        return;
    }
    struct over *over = family_row(&self->family, &self->over, &keeper);
    if (over == NULL) {
        return;
    }
    over->is_closed = is_closed;
}

/* A call that comes twice is two commands, and each is answered. */
static void on_fault(struct commands *self, const char *kind)
{
    static const char *const copying[] = {"duplicate", "replay", "forge", "replace"};
    for (size_t i = 0; i < sizeof(copying) / sizeof(copying[0]); i++) {
        self->copies += strcmp(kind, copying[i]) == 0;
    }
}

static void record(void *state, const struct rh_record *told)
{
    struct commands *self = state;
    const struct rh_event *event = told->event;
    if (told->kind == RH_RECORD_FAULT) {
        on_fault(self, event->name == NULL ? "" : event->name);
        return;
    }
    struct command_key key;
    struct rh_text word;
    const char *topic = conversation_topic(event, &key.keeper);
    if (topic == NULL) {
        return;
    }
    if (strcmp(topic, "command") == 0 && RH_MATCH(event->message, RH_ANY, &key.call, &word)) {
        on_command(self, &key, word);
    } else if (strcmp(topic, "answer") == 0 && RH_MATCH(event->message, RH_ANY, &key.call, &word)) {
        on_answer(self, &key, word);
    } else if (strcmp(topic, "phase") == 0 &&
               RH_MATCH(event->message, RH_ANY, RH_ANY, &word, RH_ANY)) {
        on_phase(self, key.keeper, word);
    } else if (strcmp(topic, "request") == 0 &&
               RH_MATCH(event->message, RH_ANY, RH_ANY, &word, RH_ANY) && is_word(word, "sent")) {
        self->sent_step = self->family.model->step;
        self->sent_by = key.keeper;
    }
}

/* May it still wait? */
static bool may_wait(const struct commands *self, const struct command *command)
{
    const struct over *over = table_find(&self->over, &command->key.keeper);
    return (command->waits_for_reply && over == NULL) ||
           (command->waits_for_end && (over == NULL || !over->is_closed));
}

static void finish(void *state, enum rh_end end)
{
    struct commands *self = state;
    for (uint32_t i = 0; end == RH_END_QUIESCENT && i < self->open.count; i++) {
        const struct command *command = table_at(&self->open, i);
        bool is_kept = model_life(self->family.model, command->key.keeper) == LIFE_ALIVE;
        if (is_kept && !may_wait(self, command)) {
            fail_command(self, "commands/answered-once", "every command is answered once",
                         &command->key, "accepted, and never answered");
        }
    }
}

const struct rh_checker checker_commands = {
    .name = "commands",
    .covers = "LM-I1 LM-I7 LM-I13",
    .claim = "a conversation answers every command once, whoever crashes or closes",
    .kinds = RH_LISTEN(MARK) | RH_LISTEN_RECORD(FAULT),
    .live = true,
    .create = create,
    .begin = begin,
    .record = record,
    .finish = finish,
    .destroy = family_destroy,
};
