/* SPDX-License-Identifier: MIT */
/* Claims about the state of a run, each judged by looking: at the ledger for what has happened, at the nodes for what is. */
#include <inttypes.h>

#include "harness/play/properties.h"
#include "harness/play/script.h"

/* A claim that is being judged. */
struct inquiry {
    struct rh_play *play;
    struct rh_violation *violation;
    struct words expected;
    struct words observed;
};

static bool refute(struct inquiry *inquiry, const struct rh_plan_property *property)
{
    inquiry->violation->line = property->at.start.line;
    inquiry->violation->column = property->at.start.column;
    if (property->actor != UINT32_MAX) {
        inquiry->violation->actors[0] = play_pid(inquiry->play, property->actor);
    }
    return false;
}

static const struct ledger_actor *actor_of(struct inquiry *inquiry, uint32_t name)
{
    return ledger_find(&inquiry->play->ledger, play_pid(inquiry->play, name));
}

/* "a is alive", "a has ended: boom", "a does not exist". */
static void tell_life(struct inquiry *inquiry, struct words *words, uint32_t name)
{
    const struct ledger_actor *actor = actor_of(inquiry, name);
    const char *text = inquiry->play->plan->names[name];
    if (actor == NULL) {
        words_print(words, "%s does not exist", text);
    } else if (!actor->is_dead) {
        words_print(words, "%s is alive", text);
    } else {
        words_print(words, "%s has ended: ", text);
        words_message(words, inquiry->play, &actor->reason);
    }
}

static bool is_alive(struct inquiry *inquiry, const struct rh_plan_property *property)
{
    const struct ledger_actor *actor = actor_of(inquiry, property->actor);
    if (actor != NULL && !actor->is_dead) {
        return true;
    }
    words_print(&inquiry->expected, "%s is alive", inquiry->play->plan->names[property->actor]);
    tell_life(inquiry, &inquiry->observed, property->actor);
    return refute(inquiry, property);
}

static bool is_dead(struct inquiry *inquiry, const struct rh_plan_property *property)
{
    const struct ledger_actor *actor = actor_of(inquiry, property->actor);
    const struct rh_message *pattern = play_message(inquiry->play, property->pattern);
    if (actor != NULL && actor->is_dead &&
        (property->pattern == 0 || rh_pattern_match(pattern, &actor->reason, NULL))) {
        return true;
    }
    words_print(&inquiry->expected, "%s has ended", inquiry->play->plan->names[property->actor]);
    if (property->pattern != 0) {
        words_print(&inquiry->expected, ": ");
        words_message(&inquiry->expected, inquiry->play, pattern);
    }
    tell_life(inquiry, &inquiry->observed, property->actor);
    return refute(inquiry, property);
}

/* ---- variables ---- */

static void tell_variables(struct inquiry *inquiry, const struct rh_plan_property *property,
                           const struct rh_plan_scope *scope, const struct rh_bindings *bindings)
{
    for (uint32_t i = 0; i < property->conditions.count; i++) {
        const struct rh_plan_condition *condition = &property->conditions.at[i];
        const char *name = scope->variables[condition->slot].name;
        const char *separator = i == 0 ? "" : ", ";
        words_print(&inquiry->expected, "%s$%s %s ", separator, name,
                    rh_compare_words[condition->compare]);
        words_message(&inquiry->expected, inquiry->play,
                      play_message(inquiry->play, condition->value));
        struct rh_item item = rh_bindings_get(bindings, condition->slot);
        struct rh_message value = rh_message_none();
        if (rh_message_copy(inquiry->play->allocator, item.bytes, item.size, &value) == RH_OK) {
            words_print(&inquiry->observed, "%s$%s %s", separator, name,
                        item.size == 0 ? "has no value" : "is ");
            words_message(&inquiry->observed, inquiry->play, &value);
            rh_message_unref(value);
        }
    }
}

static bool has_state(struct inquiry *inquiry, const struct rh_plan_property *property)
{
    struct rh_play *play = inquiry->play;
    struct rh_pid pid = play_pid(play, property->actor);
    const struct rh_plan_role *role =
        &play->plan->roles[play->plan->actors[property->actor].spawn.role];
    const struct rh_plan_scope *scope = &role->scripted->scope;
    struct rh_bindings bindings;
    struct rh_actor_view view;
    rh_bindings_init(&bindings);
    struct rh_node *node = rh_world_node_of(play->world, pid);
    if (node == NULL || !rh_inspect_actor(node, pid, &view)) {
        words_print(&inquiry->expected, "%s is alive", play->plan->names[property->actor]);
        tell_life(inquiry, &inquiry->observed, property->actor);
        return refute(inquiry, property);
    }
    const struct rh_message *values = view.state;
    for (uint32_t slot = 0; slot < scope->count; slot++) {
        rh_bindings_set(&bindings, slot, rh_message_item(&values[slot]));
    }
    if (conditions_hold(play, &property->conditions, &bindings)) {
        return true;
    }
    tell_variables(inquiry, property, scope, &bindings);
    return refute(inquiry, property);
}

/* ---- names ---- */

static bool has_owner(struct inquiry *inquiry, const struct rh_plan_property *property)
{
    struct rh_play *play = inquiry->play;
    struct rh_pid wanted =
        property->actor == UINT32_MAX ? rh_pid_none() : play_pid(play, property->actor);
    struct rh_pid owner = rh_pid_none();
    bool found = false;
    for (uint32_t i = 0; i < rh_world_node_count(play->world) && !found; i++) {
        bool asked = rh_pid_is_none(wanted) || wanted.node == i + 1;
        found = asked && rh_inspect_whereis(rh_world_node(play->world, i), property->name, &owner);
    }
    if (property->actor == UINT32_MAX ? !found : found && rh_pid_equal(owner, wanted)) {
        return true;
    }
    words_print(&inquiry->expected, "name %s: %s", property->name,
                property->actor == UINT32_MAX ? "free" : play->plan->names[property->actor]);
    words_print(&inquiry->observed, "name %s: ", property->name);
    if (found) {
        words_actor(&inquiry->observed, play, owner);
    } else {
        words_print(&inquiry->observed, "free");
    }
    return refute(inquiry, property);
}

/* ---- links, monitors ---- */

struct relations {
    struct inquiry *inquiry;
    const struct rh_plan_property *property;
    bool *is_met; /* of each expected one */
    bool is_good;
    uint32_t count;
};

static bool meet(void *self, struct rh_pid other, uint64_t ordinal, const char *name)
{
    struct relations *relations = self;
    struct rh_play *play = relations->inquiry->play;
    (void)ordinal;
    (void)name;
    bool found = false;
    for (uint32_t i = 0; i < relations->property->others.count && !found; i++) {
        if (!relations->is_met[i] &&
            rh_pid_equal(play_pid(play, relations->property->others.at[i]), other)) {
            relations->is_met[i] = true;
            found = true;
        }
    }
    relations->is_good = relations->is_good && found;
    words_print(&relations->inquiry->observed, relations->count == 0 ? "" : ", ");
    words_actor(&relations->inquiry->observed, play, other);
    relations->count++;
    return true;
}

static bool has_relations(struct inquiry *inquiry, const struct rh_plan_property *property,
                          enum rh_relation relation, const char *word)
{
    struct rh_play *play = inquiry->play;
    uint32_t count = property->others.count;
    struct relations relations = {inquiry, property, play_allocate(play, count, sizeof(bool)), true,
                                  0};
    if (relations.is_met == NULL) {
        play_fail(play, RH_NO_MEMORY);
        return true;
    }
    struct rh_pid pid = play_pid(play, property->actor);
    struct rh_node *node = rh_world_node_of(play->world, pid);
    words_print(&inquiry->observed, "%s of %s: [", word, play->plan->names[property->actor]);
    if (node != NULL) {
        rh_inspect_each_relation(node, pid, relation, meet, &relations);
    }
    words_print(&inquiry->observed, "]");
    bool good = relations.is_good && relations.count == count;
    play_release(play, relations.is_met, count, sizeof(bool));
    if (good) {
        return true;
    }
    words_print(&inquiry->expected, "%s of %s: [", word, play->plan->names[property->actor]);
    for (uint32_t i = 0; i < count; i++) {
        words_print(&inquiry->expected, "%s%s", i == 0 ? "" : ", ",
                    play->plan->names[property->others.at[i]]);
    }
    words_print(&inquiry->expected, "]");
    return refute(inquiry, property);
}

static bool property_holds(struct inquiry *inquiry, enum rh_claim kind,
                           const struct rh_plan_property *property)
{
    inquiry->expected.length = 0;
    inquiry->observed.length = 0;
    switch (kind) {
    case RH_CLAIM_ALIVE:
        return is_alive(inquiry, property);
    case RH_CLAIM_DEAD:
        return is_dead(inquiry, property);
    case RH_CLAIM_STATE:
        return has_state(inquiry, property);
    case RH_CLAIM_NAMES:
        return has_owner(inquiry, property);
    case RH_CLAIM_LINKS:
        return has_relations(inquiry, property, RH_RELATION_LINK, "links");
    default:
        return has_relations(inquiry, property, RH_RELATION_MONITOR, "monitors");
    }
}

/* ---- mailboxes ---- */

struct mailbox {
    struct rh_play *play;
    const struct rh_node *node;
    struct mail_list list;
    bool is_full;
};

static struct rh_message written(const struct mailbox *mailbox, const struct rh_delivery *mail)
{
    struct rh_event event = {.number = rh_delivery_is_alive(mail),
                             .name = rh_inspect_mail_name(mailbox->node, mail)};
    if (mail->kind == RH_DELIVERY_SPAWN_REPLY) {
        event.number = (uint64_t)rh_delivery_status(mail);
    }
    const struct delivered delivered = {(enum rh_delivery_kind)mail->kind, rh_pid_none(),
                                        mail->from, &mail->message};
    return delivered_message(mailbox->play->world, mailbox->play->allocator, &event, &delivered);
}

static bool keep(void *self, const struct rh_delivery *mail)
{
    struct mailbox *mailbox = self;
    struct mail_list *list = &mailbox->list;
    if (list->count < list->capacity) {
        list->at[list->count++] = written(mailbox, mail);
        return true;
    }
    mailbox->is_full = true;
    return false;
}

static bool mailbox_holds(struct rh_play *play, const struct rh_plan_observation *observation,
                          struct rh_violation *violation)
{
    struct rh_pid pid = play_pid(play, observation->actor);
    struct rh_node *node = rh_world_node_of(play->world, pid);
    struct rh_actor_view view = {.mailbox_length = 0};
    if (node != NULL) {
        (void)rh_inspect_actor(node, pid, &view);
    }
    uint32_t capacity = (uint32_t)view.mailbox_length;
    struct mailbox mailbox = {
        .play = play,
        .node = node,
        .list = {play_allocate(play, capacity, sizeof(struct rh_message)), 0, capacity}};
    if (mailbox.list.at == NULL) {
        play_fail(play, RH_NO_MEMORY);
        return true;
    }
    if (node != NULL && capacity > 0) {
        rh_inspect_each_mail(node, pid, keep, &mailbox);
    }
    bool good = observation_holds(play, observation, &mailbox.list, violation);
    for (uint32_t i = 0; i < mailbox.list.count; i++) {
        rh_message_unref(mailbox.list.at[i]);
    }
    play_release(play, mailbox.list.at, capacity, sizeof(struct rh_message));
    return good;
}

static bool observed_holds(struct rh_play *play, enum rh_claim kind,
                           const struct rh_plan_observation *observation,
                           struct rh_violation *violation)
{
    static const struct mail_list nothing = {NULL, 0, 0};
    const struct ledger_actor *actor =
        ledger_find(&play->ledger, play_pid(play, observation->actor));
    const struct mail_list *list = actor == NULL               ? &nothing
                                   : kind == RH_CLAIM_RECEIVED ? &actor->received
                                                               : &actor->said;
    return kind == RH_CLAIM_MAILBOX ? mailbox_holds(play, observation, violation)
                                    : observation_holds(play, observation, list, violation);
}

/* ---- counts ---- */

static bool count_holds(struct rh_play *play, const struct rh_plan_claim *claim, uint64_t count,
                        struct rh_violation *violation)
{
    if (count >= claim->least && count <= claim->most) {
        return true;
    }
    struct words expected = {violation->expected, sizeof violation->expected, 0};
    struct words observed = {violation->observed, sizeof violation->observed, 0};
    if (claim->least == claim->most) {
        words_print(&expected, "%" PRIu64 " of: ", claim->least);
    } else if (claim->most == UINT64_MAX) {
        words_print(&expected, "at least %" PRIu64 " of: ", claim->least);
    } else {
        words_print(&expected, "%" PRIu64 " to %" PRIu64 " of: ", claim->least, claim->most);
    }
    words_pattern(&expected, play, &claim->event);
    words_print(&observed, "%" PRIu64, count);
    return false;
}

/* ---- claims ---- */

bool claim_holds(struct rh_play *play, const struct rh_plan_claim *claim, uint64_t count,
                 struct rh_violation *violation)
{
    violation->line = claim->at.start.line;
    violation->column = claim->at.start.column;
    if (claim->kind == RH_CLAIM_TALLY) {
        return count_holds(play, claim, count, violation);
    }
    for (uint32_t i = 0; i < claim->observation_count; i++) {
        if (!observed_holds(play, claim->kind, &claim->observations[i], violation)) {
            return false;
        }
    }
    struct inquiry inquiry = {play,
                              violation,
                              {violation->expected, sizeof violation->expected, 0},
                              {violation->observed, sizeof violation->observed, 0}};
    for (uint32_t i = 0; i < claim->property_count; i++) {
        if (!property_holds(&inquiry, claim->kind, &claim->properties[i])) {
            return false;
        }
    }
    return true;
}
