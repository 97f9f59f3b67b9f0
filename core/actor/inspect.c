/* SPDX-License-Identifier: MIT */
/* Read-only views, and the validator that holds every table against every other. */
#include "core/actor/internal.h"
#include "core/actor/lanes.h"

bool rh_inspect_is_alive(const struct rh_node *node, struct rh_pid pid)
{
    return actor_find(node, pid) != NULL;
}

static size_t list_length(const struct signal *list)
{
    size_t length = 0;
    for (const struct signal *entry = list; entry != NULL;
         entry = entry->next == list ? NULL : entry->next) {
        length++;
    }
    return length;
}

static struct rh_actor_view view_of(const struct rh_node *node, const struct actor *actor)
{
    struct rh_actor_view view = {
        .pid = actor_pid(node, actor),
        .parent = actor->parent,
        .key = actor->key,
        .behaviour = actor->behaviour->name,
        .name = actor->name == NULL ? NULL : actor->name->text,
        .state = actor->state,
        .started = actor->phase == PHASE_ALIVE,
        .trapping = actor->trap,
        .link_count = list_length(actor->links),
        .monitor_count = list_length(actor->monitors),
        .watcher_count = list_length(actor->watchers),
        .timer_count = list_length(actor->timers),
        .alias_count = list_length(actor->aliases),
    };
    for (const struct signal *signal = node->queue.head; signal != NULL; signal = signal->next) {
        view.inbox_length += signal->kind != RH_SIGNAL_TAKE && rh_pid_equal(signal->to, view.pid);
    }
    mailbox_view(actor, &view);
    return view;
}

bool rh_inspect_actor(const struct rh_node *node, struct rh_pid pid, struct rh_actor_view *ret_view)
{
    const struct actor *actor = actor_find(node, pid);
    if (actor == NULL) {
        return false;
    }
    *ret_view = view_of(node, actor);
    return true;
}

static bool is_live(const struct actor *actor)
{
    return actor->phase == PHASE_ALIVE || actor->phase == PHASE_EMBRYO;
}

void rh_inspect_each_actor(const struct rh_node *node,
                           bool (*visit)(void *self, const struct rh_actor_view *view), void *self)
{
    for (uint32_t slot = 0; slot < node->slot_count; slot++) {
        const struct actor *actor = actor_at(node, slot);
        if (is_live(actor)) {
            struct rh_actor_view view = view_of(node, actor);
            if (!visit(self, &view)) {
                return;
            }
        }
    }
}

void rh_inspect_each_mail(const struct rh_node *node, struct rh_pid pid,
                          bool (*visit)(void *self, const struct rh_delivery *mail), void *self)
{
    const struct actor *actor = actor_find(node, pid);
    const struct signal *first = actor == NULL ? NULL : mailbox_first(actor);
    for (const struct signal *mail = first; mail != NULL;
         mail = mail->next == first ? NULL : mail->next) {
        if (!visit(self, &mail->body)) {
            return;
        }
    }
}

const char *rh_inspect_mail_name(const struct rh_node *node, const struct rh_delivery *mail)
{
    bool named = (mail->flags & SIGNAL_BY_NAME) != 0;
    return named ? name_of_detail(node, mail->detail)->text : NULL;
}

static const char *entry_name(const struct rh_node *node, const struct signal *entry)
{
    bool named = (entry->body.flags & SIGNAL_BY_NAME) != 0;
    return named ? name_of_detail(node, entry->body.detail)->text : NULL;
}

void rh_inspect_each_relation(
    const struct rh_node *node, struct rh_pid pid, enum rh_relation relation,
    bool (*visit)(void *self, struct rh_pid other, uint64_t ordinal, const char *name), void *self)
{
    const struct actor *actor = actor_find(node, pid);
    if (actor == NULL) {
        return;
    }
    const struct signal *first = relation == RH_RELATION_LINK      ? actor->links
                                 : relation == RH_RELATION_MONITOR ? actor->monitors
                                                                   : actor->watchers;
    for (const struct signal *entry = first; entry != NULL;
         entry = entry->next == first ? NULL : entry->next) {
        uint64_t ordinal = relation == RH_RELATION_LINK ? 0 : entry->body.id.ordinal;
        if (!visit(self, entry->body.from, ordinal, entry_name(node, entry))) {
            return;
        }
    }
}

bool rh_inspect_whereis(const struct rh_node *node, const char *text, struct rh_pid *ret_pid)
{
    const struct name *name = name_find(node, text);
    if (name == NULL || rh_pid_is_none(name->owner)) {
        return false;
    }
    *ret_pid = name->owner;
    return true;
}

/* ---- the validator ---- */

static bool list_is(const struct rh_node *node, const struct actor *actor,
                    const struct signal *list, enum role role, size_t *ret_count)
{
    struct rh_pid self = actor_pid(node, actor);
    for (const struct signal *entry = list; entry != NULL;
         entry = entry->next == list ? NULL : entry->next) {
        if (entry->role != role || !rh_pid_equal(entry->to, self) || entry->next->prev != entry) {
            return false;
        }
        (*ret_count)++;
    }
    return true;
}

static size_t index_count(const struct index *index)
{
    size_t count = 0;
    for (size_t i = 0; i < index->bucket_count; i++) {
        for (const struct signal *entry = index->buckets[i]; entry != NULL;
             entry = entry->hash_next) {
            count++;
        }
    }
    return count;
}

const char *actor_validate(const struct rh_node *node, const struct actor *actor, size_t *entries)
{
    size_t links = 0;
    size_t monitors = 0;
    size_t watchers = 0;
    size_t aliases = 0;
    size_t timers = 0;
    if (!list_is(node, actor, actor->links, ROLE_LINK, &links)) {
        return "a list of links holds something else";
    }
    if (!list_is(node, actor, actor->monitors, ROLE_MONITOR, &monitors)) {
        return "a list of monitors holds something else";
    }
    if (!list_is(node, actor, actor->watchers, ROLE_WATCH, &watchers)) {
        return "a list of watchers holds something else";
    }
    if (!list_is(node, actor, actor->aliases, ROLE_ALIAS, &aliases)) {
        return "a list of aliases holds something else";
    }
    if (!list_is(node, actor, actor->timers, ROLE_TIMER, &timers)) {
        return "a list of timers holds something else";
    }
    if (actor->name != NULL && !rh_pid_equal(actor->name->owner, actor_pid(node, actor))) {
        return "an actor and its name disagree";
    }
    size_t count = links + monitors + watchers + aliases;
    *entries += count;
    if (count != actor->entry_count) {
        return "an actor has lost count of its entries";
    }
    return actor->index.buckets == NULL || index_count(&actor->index) == count
               ? NULL
               : "an actor's index and its lists disagree";
}

static const char *check_tables(const struct rh_node *node, size_t in_lists)
{
    size_t timers = index_count(&node->timers);
    if (timers != node->heap_count || timers != node->stats.timers) {
        return "the heap and the index disagree about timers";
    }
    if (in_lists != node->entry_count) {
        return "the entries have lost count";
    }
    for (uint32_t i = 0; i < node->heap_count; i++) {
        if (node->heap[i].timer->heap_index != i ||
            (i > 0 && timer_before(&node->heap[i], &node->heap[(i - 1) / 2]))) {
            return "the heap of timers is out of order";
        }
    }
    return NULL;
}

static const char *check_queue(const struct rh_node *node)
{
    size_t length = 0;
    const struct signal *previous = NULL;
    for (const struct signal *signal = node->queue.head; signal != NULL; signal = signal->next) {
        if (signal->prev != previous || signal->role != ROLE_QUEUED) {
            return "the queue is torn";
        }
        previous = signal;
        length++;
    }
    if (length != node->queue.length || previous != node->queue.tail) {
        return "the queue has lost count";
    }
    return lanes_validate(node);
}

bool rh_inspect_validate(const struct rh_node *node, const char **ret_what)
{
    size_t live = 0;
    size_t entries = 0;
    const char *what = NULL;
    for (uint32_t slot = 0; slot < node->slot_count && what == NULL; slot++) {
        const struct actor *actor = actor_at(node, slot);
        if (is_live(actor)) {
            live++;
            what = actor_validate(node, actor, &entries);
        }
    }
    if (what == NULL && live != node->stats.actors) {
        what = "the table of actors has lost count";
    }
    if (what == NULL && node->foreign != NULL) {
        what = node->foreign->validate(node, &entries);
    }
    if (what == NULL) {
        what = check_tables(node, entries);
    }
    if (what == NULL) {
        what = check_queue(node);
    }
    if (what == NULL) {
        what = handles_check(node);
    }
    *ret_what = what;
    return what == NULL;
}
