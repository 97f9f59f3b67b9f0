/* SPDX-License-Identifier: MIT */
/* Patterns of events: which records of the event stream an occurrence of the plan speaks of, and whether one fits. */

#include "harness/play/properties.h"

/* One occurrence as it happened: the parts that patterns look at. */
struct occurrence {
    struct rh_pid actor;
    struct rh_pid peer;
    const struct rh_message *message;
    const char *name;
    const char *word;
};

static bool is_delivery(struct rh_play *play, const struct rh_event *event,
                        enum rh_delivery_kind kind, struct occurrence *occurrence)
{
    struct delivered delivered;
    if (!ledger_delivered(&play->ledger, event, &delivered) || delivered.kind != kind) {
        return false;
    }
    *occurrence =
        (struct occurrence){delivered.to, delivered.from, delivered.message, event->name, NULL};
    return true;
}

static bool is_message(const struct rh_event *event)
{
    return event->signal == RH_SIGNAL_MESSAGE;
}

/* Is it of this kind at all? */
static bool take_apart(struct rh_play *play, enum rh_occurrence kind,
                       const struct rh_record *record, struct occurrence *occurrence)
{
    const struct rh_event *event = record->event;
    enum rh_event_kind what = event->kind;
    if (record->kind != RH_RECORD_EVENT) {
        *occurrence = (struct occurrence){event->actor, rh_pid_none(), NULL, NULL, event->name};
        return record->kind == RH_RECORD_FAULT && kind == RH_OCCURRENCE_FAULT;
    }
    *occurrence = (struct occurrence){event->actor, event->peer, event->message, event->name,
                                      rh_why_word(event->why)};
    switch (kind) {
    case RH_OCCURRENCE_DELIVER:
        return is_delivery(play, event, RH_DELIVERY_MESSAGE, occurrence);
    case RH_OCCURRENCE_NOTICE:
        return is_delivery(play, event, RH_DELIVERY_EXIT, occurrence);
    case RH_OCCURRENCE_DOWN:
        return is_delivery(play, event, RH_DELIVERY_DOWN, occurrence);
    case RH_OCCURRENCE_TIMEOUT:
        return is_delivery(play, event, RH_DELIVERY_TIMEOUT, occurrence);
    case RH_OCCURRENCE_UNDELIVERABLE:
        return is_delivery(play, event, RH_DELIVERY_UNDELIVERABLE, occurrence);
    case RH_OCCURRENCE_SEND:
        return what == RH_EVENT_SEND && is_message(event) && event->why != RH_WHY_FAULT;
    case RH_OCCURRENCE_REFUSE:
        occurrence->word = rh_status_word(event->status);
        return what == RH_EVENT_REFUSE && is_message(event);
    case RH_OCCURRENCE_DROP:
        return (what == RH_EVENT_DROP || what == RH_EVENT_DISCARD) && is_message(event);
    case RH_OCCURRENCE_RETURN:
        occurrence->actor = event->peer;
        occurrence->peer = event->actor;
        return what == RH_EVENT_RETURN;
    case RH_OCCURRENCE_EXIT:
        return what == RH_EVENT_EXIT;
    case RH_OCCURRENCE_SPAWN:
        return what == RH_EVENT_SPAWN;
    case RH_OCCURRENCE_OUTPUT:
        return what == RH_EVENT_OUTPUT;
    case RH_OCCURRENCE_INPUT:
        return what == RH_EVENT_INPUT && event->message != NULL;
    case RH_OCCURRENCE_REGISTER:
        return what == RH_EVENT_NAME_ADD;
    case RH_OCCURRENCE_UNREGISTER:
        return what == RH_EVENT_NAME_REMOVE;
    case RH_OCCURRENCE_JOIN:
        return what == RH_EVENT_GROUP_ADD;
    case RH_OCCURRENCE_LEAVE:
        return what == RH_EVENT_GROUP_REMOVE;
    case RH_OCCURRENCE_LINK:
        return what == RH_EVENT_LINK_ADD;
    case RH_OCCURRENCE_UNLINK:
        return what == RH_EVENT_LINK_REMOVE;
    case RH_OCCURRENCE_TIMER:
        return what == RH_EVENT_TIMER_SET;
    case RH_OCCURRENCE_CANCEL:
        return what == RH_EVENT_TIMER_CANCEL;
    case RH_OCCURRENCE_FAULT:
    case RH_OCCURRENCE_COUNT:
        break;
    }
    return false;
}

uint64_t event_kinds(const struct rh_plan_event *pattern)
{
    static const uint64_t kinds[RH_OCCURRENCE_COUNT] = {
        [RH_OCCURRENCE_DELIVER] = RH_LISTEN(HANDLE) | RH_LISTEN(TAKE),
        [RH_OCCURRENCE_NOTICE] = RH_LISTEN(HANDLE) | RH_LISTEN(TAKE),
        [RH_OCCURRENCE_DOWN] = RH_LISTEN(HANDLE) | RH_LISTEN(TAKE),
        [RH_OCCURRENCE_TIMEOUT] = RH_LISTEN(HANDLE) | RH_LISTEN(TAKE),
        [RH_OCCURRENCE_UNDELIVERABLE] = RH_LISTEN(HANDLE) | RH_LISTEN(TAKE),
        [RH_OCCURRENCE_SEND] = RH_LISTEN(SEND),
        [RH_OCCURRENCE_REFUSE] = RH_LISTEN(REFUSE),
        [RH_OCCURRENCE_DROP] = RH_LISTEN(DROP) | RH_LISTEN(DISCARD),
        [RH_OCCURRENCE_RETURN] = RH_LISTEN(RETURN),
        [RH_OCCURRENCE_EXIT] = RH_LISTEN(EXIT),
        [RH_OCCURRENCE_SPAWN] = RH_LISTEN(SPAWN),
        [RH_OCCURRENCE_OUTPUT] = RH_LISTEN(OUTPUT),
        [RH_OCCURRENCE_INPUT] = RH_LISTEN(INPUT),
        [RH_OCCURRENCE_REGISTER] = RH_LISTEN(NAME_ADD),
        [RH_OCCURRENCE_UNREGISTER] = RH_LISTEN(NAME_REMOVE),
        [RH_OCCURRENCE_JOIN] = RH_LISTEN(GROUP_ADD),
        [RH_OCCURRENCE_LEAVE] = RH_LISTEN(GROUP_REMOVE),
        [RH_OCCURRENCE_LINK] = RH_LISTEN(LINK_ADD),
        [RH_OCCURRENCE_UNLINK] = RH_LISTEN(LINK_REMOVE),
        [RH_OCCURRENCE_TIMER] = RH_LISTEN(TIMER_SET),
        [RH_OCCURRENCE_CANCEL] = RH_LISTEN(TIMER_CANCEL),
        [RH_OCCURRENCE_FAULT] = RH_LISTEN_RECORD(FAULT),
    };
    return kinds[pattern->kind];
}

static bool fits(struct rh_play *play, uint32_t pattern, struct rh_message value,
                 struct rh_bindings *bindings)
{
    return pattern == 0 || rh_pattern_match(play_message(play, pattern), &value, bindings);
}

static bool text_fits(struct rh_play *play, uint32_t pattern, const char *text,
                      struct rh_message *keep, struct rh_bindings *bindings)
{
    if (pattern == 0) {
        return true;
    }
    if (text == NULL) {
        return false;
    }
    *keep = RH_ITEM(play->allocator, text);
    return rh_pattern_match(play_message(play, pattern), keep, bindings);
}

bool event_fits(struct rh_play *play, const struct rh_plan_event *pattern,
                const struct rh_record *record)
{
    struct occurrence occurrence;
    if (record->kind == RH_RECORD_EVENT && ledger_is_abroad(record)) {
        return false;
    }
    if (!take_apart(play, pattern->kind, record, &occurrence)) {
        return false;
    }
    struct rh_bindings bindings;
    rh_bindings_init(&bindings);
    struct rh_message actor = RH_ITEM(NULL, occurrence.actor);
    struct rh_message peer = RH_ITEM(NULL, occurrence.peer);
    struct rh_message name = rh_message_none();
    struct rh_message word = rh_message_none();
    struct rh_message payload =
        occurrence.message == NULL ? rh_message_none() : *occurrence.message;
    bool good = fits(play, pattern->actor, actor, &bindings) &&
                fits(play, pattern->peer, peer, &bindings) &&
                fits(play, pattern->message, payload, &bindings) &&
                text_fits(play, pattern->name, occurrence.name, &name, &bindings) &&
                text_fits(play, pattern->word, occurrence.word, &word, &bindings);
    rh_message_unref(name);
    rh_message_unref(word);
    return good;
}

/* ---- in words ---- */

/* What `peer` is to an event: who gets it, who it is from, or who did it. */
static const char *preposition(enum rh_event_kind kind)
{
    switch (kind) {
    case RH_EVENT_SEND:
    case RH_EVENT_REFUSE:
    case RH_EVENT_RETURN:
    case RH_EVENT_TIMER_SET:
        return "to";
    case RH_EVENT_HANDLE:
    case RH_EVENT_PUT:
    case RH_EVENT_TAKE:
    case RH_EVENT_DISCARD:
    case RH_EVENT_DROP:
        return "from";
    default:
        return "by";
    }
}

void words_event(struct words *words, struct rh_play *play, const struct rh_record *record)
{
    const struct rh_event *event = record->event;
    words_actor(words, play, event->actor);
    if (record->kind == RH_RECORD_FAULT) {
        words_print(words, ": fault %s", event->name == NULL ? "" : event->name);
    } else {
        words_print(words, ": %s", rh_event_kind_word(event->kind));
    }
    if (event->message != NULL && rh_message_size(event->message) > 0) {
        words_print(words, " ");
        words_message(words, play, event->message);
    }
    if (!rh_pid_is_none(event->peer)) {
        words_print(words, " %s ", preposition(event->kind));
        words_actor(words, play, event->peer);
    }
    if (event->why != RH_WHY_NONE) {
        words_print(words, " (%s)", rh_why_word(event->why));
    }
}

static void print_key(struct words *words, struct rh_play *play, const char *key, uint32_t pattern)
{
    if (pattern != 0) {
        words_print(words, " %s ", key);
        words_message(words, play, play_message(play, pattern));
    }
}

void words_pattern(struct words *words, struct rh_play *play, const struct rh_plan_event *pattern)
{
    const struct rh_occurrence_keys *keys = &rh_occurrence_keys[pattern->kind];
    words_print(words, "%s", rh_occurrence_words[pattern->kind]);
    print_key(words, play, keys->actor, pattern->actor);
    print_key(words, play, keys->peer, pattern->peer);
    print_key(words, play, keys->message, pattern->message);
    print_key(words, play, keys->name, pattern->name);
    print_key(words, play, keys->word, pattern->word);
}
