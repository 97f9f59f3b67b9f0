/* SPDX-License-Identifier: MIT */
/*
 * Everything that an outcome says is read off the event stream: who died of what, and what lies in which mailbox since
 * which step. That puts the stream itself to the test: a mailbox that differs from what the stream told is a failure of
 * the run (see rh_beam_outcome). Two things are seen here because they happen inside somebody else's event: the answer to
 * a question about an actor is formed when the question reaches it, and a graceful child learns of an EXIT.
 */
#include "harness/conformance/stage.h"
#include "harness/conformance/value.h"

#include <stdlib.h>
#include <string.h>

/* ---- entries of mailboxes ---- */

static void put_quoted(struct rh_beam_text *text, const char *word)
{
    rh_beam_put_string(text, word, strlen(word));
}

static void put_payload(struct rh_beam_stage *stage, struct rh_beam_text *text,
                        const struct rh_message *message)
{
    struct rh_item item = rh_message_item(message);
    if (item.size == 0) {
        rh_beam_put_word(text, "null");
    } else {
        rh_beam_put_item(text, item, rh_beam_stage_name, stage);
    }
}

/** A message between puppets is [sender, payload]: the sender stands there for selective receive, and is checked here.
 *  Through an alias come replies of servers, too, which are not in that form. */
static void put_message(struct rh_beam_stage *stage, struct rh_beam_text *text,
                        const struct rh_event *event)
{
    struct rh_text sender;
    struct rh_item payload;
    const char *from = rh_beam_stage_name(stage, event->peer);
    bool letter = RH_MATCH(event->message, &sender, &payload);
    bool signed_well =
        letter && sender.size == strlen(from) && memcmp(sender.bytes, from, sender.size) == 0;
    if (letter && !signed_well && event->ordinal == 0) {
        rh_beam_stage_break(stage, "a message arrived under another sender's name");
    }
    rh_beam_put_word(text, "[\"msg\",");
    put_quoted(text, from);
    rh_beam_put_word(text, ",");
    if (signed_well) {
        rh_beam_put_item(text, payload, rh_beam_stage_name, stage);
    } else {
        put_payload(stage, text, event->message);
    }
    rh_beam_put_word(text, "]");
}

static void put_timer(struct rh_beam_stage *stage, struct rh_beam_text *text,
                      const struct rh_event *event)
{
    const struct rh_beam_binding *binding =
        rh_beam_binding_of(stage, (struct rh_ref){event->peer, event->ordinal});
    struct rh_text sender;
    struct rh_item payload;
    if (event->ordinal == 0 || binding == NULL || !RH_MATCH(event->message, &sender, &payload)) {
        put_message(stage, text, event);
        return;
    }
    rh_beam_put_word(text, "[\"timeout\",");
    put_quoted(text, binding->name);
    rh_beam_put_word(text, ",");
    rh_beam_put_item(text, payload, rh_beam_stage_name, stage);
    rh_beam_put_word(text, "]");
}

static const char *reference_name(const struct rh_beam_binding *binding, bool monitor)
{
    if (binding == NULL) {
        return "?";
    }
    return monitor && binding->monitor_name != NULL ? binding->monitor_name : binding->name;
}

static void put_down(struct rh_beam_stage *stage, struct rh_beam_text *text,
                     const struct rh_event *event)
{
    const struct rh_beam_binding *binding =
        rh_beam_binding_of(stage, (struct rh_ref){event->actor, event->ordinal});
    rh_beam_put_word(text, "[");
    if (binding != NULL && binding->tag != NULL) {
        rh_beam_put_json(text, binding->tag);
    } else {
        rh_beam_put_word(text, "\"DOWN\"");
    }
    rh_beam_put_word(text, ",");
    put_quoted(text, reference_name(binding, true));
    rh_beam_put_word(text, ",");
    if (binding != NULL && binding->by_name != NULL) {
        const char *node = binding->by_node != NULL ? binding->by_node
                                                    : rh_beam_node_name(stage, event->actor.node);
        put_quoted(text, rh_beam_join(&stage->arena, binding->by_name, stage->plain_name ? "" : "@",
                                      stage->plain_name ? "" : node, (char *)NULL));
    } else {
        put_quoted(text, rh_beam_stage_name(stage, event->peer));
    }
    rh_beam_put_word(text, ",");
    put_payload(stage, text, event->message);
    rh_beam_put_word(text, "]");
}

static void put_exit(struct rh_beam_stage *stage, struct rh_beam_text *text,
                     const struct rh_event *event)
{
    rh_beam_put_word(text, "[\"EXIT\",");
    put_quoted(text, rh_beam_stage_name(stage, event->peer));
    rh_beam_put_word(text, ",");
    put_payload(stage, text, event->message);
    rh_beam_put_word(text, "]");
}

static void put_spawn_reply(struct rh_beam_stage *stage, struct rh_beam_text *text,
                            const struct rh_event *event)
{
    const struct rh_beam_binding *binding =
        rh_beam_binding_of(stage, (struct rh_ref){event->actor, event->ordinal});
    bool ok = event->number == RH_OK;
    rh_beam_put_word(text, "[\"spawn_reply\",");
    put_quoted(text, reference_name(binding, false));
    rh_beam_put_word(text, ok ? ",\"ok\"," : ",\"error\",");
    put_quoted(text, ok ? rh_beam_stage_name(stage, event->peer)
                        : rh_status_word((enum rh_status)event->number));
    rh_beam_put_word(text, "]");
}

static const char *entry_text(struct rh_beam_stage *stage, const struct rh_event *event)
{
    struct rh_beam_text text = {.arena = &stage->arena};
    switch (event->signal) {
    case RH_SIGNAL_EXIT:
    case RH_SIGNAL_EXIT_SIGNAL:
        put_exit(stage, &text, event);
        break;
    case RH_SIGNAL_DOWN:
        put_down(stage, &text, event);
        break;
    case RH_SIGNAL_SPAWN_REPLY:
        put_spawn_reply(stage, &text, event);
        break;
    case RH_SIGNAL_TIMER:
        put_timer(stage, &text, event);
        break;
    case RH_SIGNAL_NODE_UP:
    case RH_SIGNAL_NODE_DOWN:
        rh_beam_put_word(&text,
                         event->signal == RH_SIGNAL_NODE_UP ? "[\"nodeup\"," : "[\"nodedown\",");
        put_quoted(&text, rh_beam_node_name(stage, event->peer.node));
        rh_beam_put_word(&text, "]");
        break;
    default:
        put_message(stage, &text, event);
        break;
    }
    return rh_beam_text_end(&text);
}

static void mail_put(struct rh_beam_stage *stage, struct rh_beam_actor *actor,
                     const struct rh_event *event)
{
    struct rh_beam_mails *mails = &actor->mails;
    if (mails->count == mails->capacity) {
        mails->items =
            rh_beam_grow(&stage->arena, mails->items, &mails->capacity, sizeof *mails->items);
    }
    mails->items[mails->count++] = (struct rh_beam_mail){
        .text = entry_text(stage, event),
        .from = event->peer,
        .ordinal = event->ordinal,
        .signal = event->signal,
        .step = stage->step,
    };
}

/** Taking is in order of arrival, so of equal entries the first is meant. */
static void mail_remove(struct rh_beam_stage *stage, struct rh_beam_actor *actor,
                        const struct rh_event *event)
{
    const char *text = entry_text(stage, event);
    for (size_t i = 0; i < actor->mails.count; i++) {
        struct rh_beam_mail *mail = &actor->mails.items[i];
        if (mail->signal == event->signal && mail->ordinal == event->ordinal &&
            rh_pid_equal(mail->from, event->peer) && strcmp(mail->text, text) == 0) {
            actor->taken = mail->text;
            actor->mails.count--;
            memmove(mail, mail + 1, (actor->mails.count - i) * sizeof *mail);
            return;
        }
    }
    rh_beam_stage_break(stage, "something left a mailbox that had never been put there");
}

/* ---- information about an actor ---- */

struct names {
    struct rh_beam_stage *stage;
    const char **items;
    size_t count;
    size_t capacity;
};

static bool collect_name(void *self, struct rh_pid other, uint64_t ordinal, const char *name)
{
    struct names *names = self;
    (void)ordinal;
    const struct rh_beam_actor *actor = rh_beam_actor_of(names->stage, other);
    if (actor == NULL && name == NULL) {
        return true;
    }
    if (names->count == names->capacity) {
        names->items = rh_beam_grow(&names->stage->arena, names->items, &names->capacity,
                                    sizeof(const char *));
    }
    names->items[names->count++] =
        name != NULL ? rh_beam_join(&names->stage->arena, name,
                                    names->stage->plain_name ? "" : "@n0", (char *)NULL)
                     : actor->name;
    return true;
}

static int compare_words(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *rh_beam_info(struct rh_beam_stage *stage, struct rh_pid pid, const char *item)
{
    struct rh_beam_text text = {.arena = &stage->arena};
    struct rh_actor_view view;
    if (!rh_inspect_actor(rh_beam_node_of(stage, pid), pid, &view)) {
        return "\"undefined\"";
    }
    if (strcmp(item, "registered_name") == 0 && view.name != NULL) {
        put_quoted(&text, view.name);
        return rh_beam_text_end(&text);
    }
    struct names names = {.stage = stage};
    if (strcmp(item, "registered_name") != 0) {
        enum rh_relation relation = strcmp(item, "links") == 0      ? RH_RELATION_LINK
                                    : strcmp(item, "monitors") == 0 ? RH_RELATION_MONITOR
                                                                    : RH_RELATION_WATCHER;
        rh_inspect_each_relation(rh_beam_node_of(stage, pid), pid, relation, collect_name, &names);
        if (names.count > 1) {
            qsort(names.items, names.count, sizeof(const char *), compare_words);
        }
    }
    rh_beam_put_word(&text, "[");
    for (size_t i = 0; i < names.count; i++) {
        rh_beam_put_word(&text, i == 0 ? "" : ",");
        put_quoted(&text, names.items[i]);
    }
    rh_beam_put_word(&text, "]");
    return rh_beam_text_end(&text);
}

/* ---- events ---- */

static void on_exit_event(struct rh_beam_stage *stage, struct rh_beam_actor *actor,
                          const struct rh_event *event)
{
    struct rh_beam_text text = {.arena = &stage->arena};
    if (actor->dead) {
        rh_beam_stage_break(stage, "an actor died twice");
    }
    if (event->why == RH_WHY_NODE) {
        rh_beam_put_word(&text, "\"node_down\"");
    } else {
        put_payload(stage, &text, event->message);
    }
    actor->reason = rh_beam_text_end(&text);
    actor->dead = true;
    actor->dead_step = stage->step;
    actor->script_at = actor->script_length;
    actor->wait = RH_BEAM_WAIT_NOTHING;
}

static void on_question(struct rh_beam_stage *stage, const struct rh_event *event)
{
    struct rh_beam_actor *asker = rh_beam_actor_of(stage, event->peer);
    if (asker != NULL && asker->item != NULL) {
        asker->answer = rh_beam_info(stage, event->actor, asker->item);
    }
}

static void on_put(struct rh_beam_stage *stage, struct rh_beam_actor *actor,
                   const struct rh_event *event)
{
    bool is_exit = event->signal == RH_SIGNAL_EXIT || event->signal == RH_SIGNAL_EXIT_SIGNAL;
    if (actor->graceful && is_exit && !actor->must_stop) {
        actor->must_stop = true;
        actor->graceful_reason = rh_message_ref(*event->message);
    }
    mail_put(stage, actor, event);
}

void rh_beam_stage_observe(void *self, const struct rh_event *event)
{
    struct rh_beam_stage *stage = self;
    if (event->kind == RH_EVENT_HANDLE && event->signal == RH_SIGNAL_ASK_ALIVE) {
        on_question(stage, event);
        return;
    }
    struct rh_beam_actor *actor = rh_beam_actor_of(stage, event->actor);
    if (actor == NULL) {
        return;
    }
    switch (event->kind) {
    case RH_EVENT_EXIT:
        on_exit_event(stage, actor, event);
        return;
    case RH_EVENT_PUT:
        on_put(stage, actor, event);
        return;
    case RH_EVENT_TAKE:
        mail_remove(stage, actor, event);
        return;
    case RH_EVENT_DISCARD:
        if (event->why == RH_WHY_FLUSHED) {
            mail_remove(stage, actor, event);
        }
        return;
    default:
        return;
    }
}
