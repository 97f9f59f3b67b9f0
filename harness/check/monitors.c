/* SPDX-License-Identifier: MIT */
/*
 * Monitors. A reference lives at its watcher until exactly one of DOWN, demonitor, the watcher's exit; the target's half
 * is the storage of the DOWN. As with links, some events must follow others at once:
 *
 *      notice    the target's half went because it exits, or MONITOR met nobody: DOWN is sent
 *      withdraw  the watcher's half went by demonitor or exit: DEMONITOR is sent, for that reference and no other
 *      install   MONITOR was handled: the target's half is there
 *      uproot    DEMONITOR was handled: just that half goes
 *      effect    the watcher's half has fired: DOWN may take effect now, and only now
 *
 * A target of another node is asked by MONITOR when it departs; its DOWN, from there or because the connection is lost, is
 * the answer to that and comes once. There the watcher's proxy has the monitor, under a reference of the wire: so what two
 * nodes agree on is, for each watcher, how many.
 */
#include "harness/check/family.h"

#include <inttypes.h>

struct ref_key {
    struct rh_pid watcher;
    uint64_t ordinal;
    uint64_t told_on; /**< a proxy has monitors of its own, under the references of the wire */
};

struct monitor {
    struct ref_key key;
    struct rh_pid target;
    uint64_t step; /**< in which it was made */
    uint64_t order;
    uint64_t excused;
};

struct watch {
    struct rh_pid target;
    struct ref_key key;
    uint64_t order;
    uint64_t excused;
};

/* A target on another node that has been asked. */
struct asked {
    struct ref_key key;
    struct rh_pid target; /**< asked by name: {node, 0, 0, 0} */
};

/* How many more monitors a watcher has on a node than that node's actors know of. */
struct surplus {
    struct rh_pid watcher;
    uint64_t node;
    int64_t count;
};

enum due {
    DUE_NOTHING,
    DUE_NOTICE,
    DUE_WITHDRAW,
    DUE_INSTALL,
    DUE_UPROOT
};

struct monitors {
    struct family family;
    struct table monitors;
    struct table watches;
    struct table asked;
    struct table surplus; /**< for the end */
    uint64_t order;
    enum due due;
    struct ref_key due_key;
    struct rh_pid due_target;
    bool may_take_effect;
    struct monitor effect; /**< as it was */
};

static const struct family_table tables[] = {
    {offsetof(struct monitors, monitors), sizeof(struct ref_key), sizeof(struct monitor)},
    {offsetof(struct monitors, watches), sizeof(struct rh_pid) + sizeof(struct ref_key),
     sizeof(struct watch)},
    {offsetof(struct monitors, asked), sizeof(struct ref_key), sizeof(struct asked)},
    {offsetof(struct monitors, surplus), sizeof(struct rh_pid) + sizeof(uint64_t),
     sizeof(struct surplus)},
};
static const struct family_plan plan = {.bytes = sizeof(struct monitors), FAMILY_TABLES(tables)};

static enum rh_status create(const struct rh_allocator *allocator, struct rh_judge *judge,
                             void **ret_self)
{
    return family_create(allocator, judge, &plan, ret_self);
}

static void begin(void *state)
{
    struct monitors *self = state;
    family_begin(self);
    self->order = 0;
    self->due = DUE_NOTHING;
    self->may_take_effect = false;
}

/* A reference as the node that tells this event knows it. */
static struct ref_key ref_here(const struct monitors *self, struct rh_pid watcher, uint64_t ordinal)
{
    return (struct ref_key){watcher, ordinal, self->family.model->told_on};
}

static struct monitor *monitor_find(const struct monitors *self, struct ref_key key)
{
    return table_find(&self->monitors, &key);
}

static struct watch *watch_find(const struct monitors *self, struct rh_pid target,
                                struct ref_key ref)
{
    struct {
        struct rh_pid target;
        struct ref_key ref;
    } key = {target, ref};
    return table_find(&self->watches, &key);
}

static void fail_ref(struct monitors *self, const char *invariant, struct ref_key ref,
                     struct rh_pid target, const char *expected, const char *observed)
{
    struct rh_judge *judge = self->family.judge;
    struct rh_violation found = violation_of(invariant, ref.watcher, target);
    violation_expect(&found, "%s", expected);
    violation_observe(&found, "monitor %" PRIu64 " of %s on %s: %s", ref.ordinal,
                      say_who(judge, ref.watcher).text, say_who(judge, target).text, observed);
    rh_judge_fail(judge, &found);
}

static void owe(struct monitors *self, enum due due, struct ref_key key, struct rh_pid target)
{
    self->due = due;
    self->due_key = key;
    self->due_target = target;
}

static void fail_due(struct monitors *self)
{
    static const char *const texts[][3] = {
        [DUE_NOTICE] = {"monitors/one-notice", "the end of a target is told to its watcher at once",
                        "no DOWN was sent"},
        [DUE_WITHDRAW] = {"monitors/withdraw", "the target hears when a monitor is withdrawn",
                          "no DEMONITOR was sent"},
        [DUE_INSTALL] = {"monitors/one-notice", "a live target remembers who watches it",
                         "it handled MONITOR and does not"},
        [DUE_UPROOT] = {"monitors/one-reference",
                        "removing a monitor removes the target's half of that reference only",
                        "DEMONITOR was handled, and that half was not removed"},
    };
    const char *const *text = texts[self->due];
    fail_ref(self, text[0], self->due_key, self->due_target, text[1], text[2]);
    self->due = DUE_NOTHING;
}

/* Does this event settle what is due? */
static bool settles(const struct monitors *self, const struct rh_event *event)
{
    bool out = false; /* from the watcher to the target */
    bool kind = false;
    switch (self->due) {
    case DUE_NOTICE:
        kind = event->kind == RH_EVENT_SEND && event->signal == RH_SIGNAL_DOWN;
        break;
    case DUE_WITHDRAW:
        out = true;
        kind = event->kind == RH_EVENT_SEND && event->signal == RH_SIGNAL_DEMONITOR;
        break;
    case DUE_INSTALL:
        kind = event->kind == RH_EVENT_WATCH_ADD;
        break;
    case DUE_UPROOT:
        kind = event->kind == RH_EVENT_WATCH_REMOVE;
        break;
    case DUE_NOTHING:
        break;
    }
    struct rh_pid watcher = out ? event->actor : event->peer;
    struct rh_pid target = out ? event->peer : event->actor;
    return kind && event->ordinal == self->due_key.ordinal &&
           rh_pid_equal(watcher, self->due_key.watcher) && rh_pid_equal(target, self->due_target);
}

static void on_monitor_add(struct monitors *self, const struct rh_event *event)
{
    struct ref_key key = ref_here(self, event->actor, event->ordinal);
    struct part *part = self->family.model->actor;
    family_evaluated(&self->family);
    bool remote =
        event->peer.node != self->family.model->told_on; /* of a spawn there: it may be late */
    bool used = !remote && part != NULL && event->ordinal <= part->last_monitor;
    if ((part == NULL && !model_is_abroad(self->family.model)) || used ||
        monitor_find(self, key) != NULL) {
        fail_ref(self, "monitors/reference", key, event->peer,
                 "every monitor of an actor has a reference of its own", "used before");
        return;
    }
    if (part != NULL && event->ordinal > part->last_monitor) {
        part->last_monitor = event->ordinal;
    }
    struct monitor *monitor = table_add(&self->monitors, &key);
    if (monitor == NULL) {
        rh_judge_error(self->family.judge, RH_NO_MEMORY);
        return;
    }
    monitor->target = event->peer;
    monitor->step = self->family.model->step;
    monitor->order = ++self->order;
}

static void on_monitor_remove(struct monitors *self, const struct rh_event *event)
{
    struct ref_key key = ref_here(self, event->actor, event->ordinal);
    struct monitor *monitor = monitor_find(self, key);
    if (monitor == NULL || !rh_pid_equal(monitor->target, event->peer)) {
        fail_ref(self, "monitors/one-reference", key, event->peer,
                 "a reference ends once: by DOWN, demonitor or the watcher's exit",
                 "it ended again, or was never made");
        return;
    }
    if (event->why == RH_WHY_FIRED) { /* by DOWN, or by a reply alias, which withdraws */
        self->may_take_effect = true;
        self->effect = *monitor;
    } else {
        owe(self, DUE_WITHDRAW, key, event->peer);
    }
    table_remove(&self->monitors, monitor);
}

static void on_watch_add(struct monitors *self, const struct rh_event *event)
{
    struct watch key = {.target = event->actor, .key = ref_here(self, event->peer, event->ordinal)};
    if (watch_find(self, event->actor, ref_here(self, event->peer, event->ordinal)) != NULL) {
        fail_ref(self, "monitors/reference", key.key, event->actor,
                 "a target has one half for each reference", "a second one");
        return;
    }
    struct watch *watch = table_add(&self->watches, &key);
    if (watch == NULL) {
        rh_judge_error(self->family.judge, RH_NO_MEMORY);
        return;
    }
    watch->order = ++self->order;
}

static void on_watch_remove(struct monitors *self, const struct rh_event *event, bool settled)
{
    struct ref_key key = ref_here(self, event->peer, event->ordinal);
    struct watch *watch =
        watch_find(self, event->actor, ref_here(self, event->peer, event->ordinal));
    if (watch == NULL || (event->why == RH_WHY_PARTNER && !settled)) {
        fail_ref(self, "monitors/one-reference", key, event->actor,
                 "removing a monitor removes the target's half of that reference only",
                 "this half went, and nobody asked for it");
        return;
    }
    if (event->why == RH_WHY_EXIT) {
        owe(self, DUE_NOTICE, key, event->actor);
    }
    table_remove(&self->watches, watch);
}

static void on_effect(struct monitors *self, const struct rh_event *event, bool allowed)
{
    struct ref_key key = ref_here(self, event->actor, event->ordinal);
    family_evaluated(&self->family);
    if (!allowed || self->effect.key.ordinal != key.ordinal ||
        !rh_pid_equal(self->effect.key.watcher, key.watcher)) {
        fail_ref(self, "monitors/after-demonitor", key, event->peer,
                 "a DOWN has an effect only while its reference is active",
                 "the DOWN took effect, and the reference is not active (any more)");
    } else if (!rh_pid_equal(self->effect.target, event->peer)) {
        fail_ref(self, "monitors/one-reference", key, event->peer,
                 "the DOWN of a reference speaks of its own target", "another one's");
    } else if (self->effect.step > 0 && self->family.model->step == self->effect.step) {
        /* what is set up before the run is one step, 0 */
        fail_ref(self, "monitors/reference", key, event->peer,
                 "the DOWN comes when the reference is in its watcher's hands",
                 "it came in the step that made the reference");
    }
}

static void ask(struct monitors *self, struct ref_key key, struct rh_pid target)
{
    struct asked *asked = family_row(&self->family, &self->asked, &key);
    if (asked == NULL) {
        return;
    }
    asked->target = target;
}

/* Take the question back that this answers; false: nobody has asked, or it was answered. */
static bool answered(struct monitors *self, struct ref_key key, struct rh_pid target)
{
    struct asked *asked = table_find(&self->asked, &key);
    bool found = asked != NULL && rh_pid_equal(asked->target, target);
    if (found) {
        table_remove(&self->asked, asked);
    }
    return found;
}

static void on_depart(struct monitors *self, const struct rh_event *event)
{
    struct ref_key key = ref_here(self, event->actor, event->ordinal);
    if (event->signal == RH_SIGNAL_MONITOR) {
        ask(self, key, event->peer);
    } else if (event->signal == RH_SIGNAL_DEMONITOR) {
        (void)answered(self, key, event->peer);
    }
}

static void on_sent(struct monitors *self, const struct rh_event *event, bool settled)
{
    struct ref_key key = ref_here(self, event->peer, event->ordinal);
    if (event->signal == RH_SIGNAL_SPAWN_REPLY) {
        const struct monitor *monitor = monitor_find(self, key);
        if (monitor != NULL && monitor->target.node != self->family.model->told_on) {
            ask(self, key, monitor->target);
        }
    } else if (event->signal == RH_SIGNAL_DOWN && event->why != RH_WHY_FAULT) {
        family_evaluated(&self->family);
        if (!settled && !answered(self, key, event->actor)) {
            fail_ref(self, "monitors/one-notice", key, event->actor,
                     "a DOWN is sent once for each reference, when its sender exits or was never "
                     "there",
                     "a DOWN without a monitor that ended");
        }
    }
}

static void on_drop(struct monitors *self, const struct rh_event *event)
{
    bool to_target = event->signal != RH_SIGNAL_DOWN;
    struct ref_key key = ref_here(self, to_target ? event->peer : event->actor, event->ordinal);
    if (event->why == RH_WHY_FAULT) {
        struct monitor *monitor = monitor_find(self, key);
        struct watch *watch = watch_find(self, to_target ? event->actor : event->peer, key);
        if (monitor != NULL) {
            monitor->excused = 1;
        }
        if (watch != NULL) {
            watch->excused = 1;
        }
    } else if (event->signal == RH_SIGNAL_MONITOR && !rh_pid_is_none(event->peer)) {
        owe(self, DUE_NOTICE, key, event->actor);
    }
}

static void on_handled(struct monitors *self, const struct rh_event *event, bool allowed)
{
    struct ref_key key = ref_here(self, event->peer, event->ordinal);
    switch (event->signal) {
    case RH_SIGNAL_DOWN:
        on_effect(self, event, allowed);
        break;
    case RH_SIGNAL_MONITOR:
        owe(self, DUE_INSTALL, key, event->actor);
        break;
    case RH_SIGNAL_DEMONITOR:
        owe(self, DUE_UPROOT, key, event->actor);
        break;
    default:
        break;
    }
}

/* Its tables have gone, and nobody is told. */
static void forget_node(struct monitors *self)
{
    uint64_t node = self->family.model->told_on;
    table_remove_all(&self->monitors, offsetof(struct monitor, key.told_on), node);
    table_remove_all(&self->asked, offsetof(struct asked, key.told_on), node);
    table_remove_all(&self->watches, offsetof(struct watch, key.told_on), node);
}

static void on_flush(struct monitors *self, const struct rh_event *event)
{
    const struct model *model = self->family.model;
    if (event->signal != RH_SIGNAL_DOWN || model->actor == NULL) {
        return;
    }
    family_evaluated(&self->family);
    if (mail_find_notice(model, model->actor, event) != 0) {
        fail_ref(self, "monitors/flush", ref_here(self, event->actor, event->ordinal),
                 rh_pid_none(), "after demonitor with flush no DOWN of it is in the mailbox",
                 "it is still there");
    }
}

static void record(void *state, const struct rh_record *told)
{
    struct monitors *self = state;
    const struct rh_event *event = told->event;
    bool allowed = self->may_take_effect;
    bool settled = settles(self, event);
    self->may_take_effect = false;
    if (self->due != DUE_NOTHING && !settled) {
        fail_due(self);
        return;
    }
    self->due = DUE_NOTHING;
    switch (event->kind) {
    case RH_EVENT_MONITOR_ADD:
        on_monitor_add(self, event);
        break;
    case RH_EVENT_EXIT:
        if (event->why == RH_WHY_NODE) {
            forget_node(self);
        }
        break;
    case RH_EVENT_MONITOR_REMOVE:
        on_monitor_remove(self, event);
        break;
    case RH_EVENT_WATCH_ADD:
        on_watch_add(self, event);
        break;
    case RH_EVENT_WATCH_REMOVE:
        on_watch_remove(self, event, settled);
        break;
    case RH_EVENT_SEND:
        on_sent(self, event, settled);
        break;
    case RH_EVENT_DEPART:
        on_depart(self, event);
        break;
    case RH_EVENT_DROP:
        on_drop(self, event);
        break;
    case RH_EVENT_HANDLE:
    case RH_EVENT_PUT:
        on_handled(self, event, allowed);
        break;
    case RH_EVENT_FLUSH:
        on_flush(self, event);
        break;
    default:
        break;
    }
}

static bool quiet(const struct monitors *self, uint64_t told_on, struct rh_pid a, struct rh_pid b)
{
    const struct model *model = self->family.model;
    uint32_t node = (uint32_t)told_on;
    return model_under_way(model, node, a, b) == 0 && model_under_way(model, node, b, a) == 0;
}

static bool is_lost(const struct monitors *self, const struct monitor *monitor)
{
    struct ref_key key = monitor->key;
    if (monitor->excused || !quiet(self, key.told_on, key.watcher, monitor->target)) {
        return false;
    }
    if (monitor->target.node != key.told_on) { /* asked, and owed an answer */
        return table_find(&self->asked, &key) == NULL &&
               watch_find(self, monitor->target, key) == NULL;
    }
    return (model_life(self->family.model, monitor->target) != LIFE_ALIVE ||
            watch_find(self, monitor->target, key) == NULL);
}

static bool is_left_behind(const struct monitors *self, const struct watch *watch)
{
    return !watch->excused && quiet(self, watch->key.told_on, watch->key.watcher, watch->target) &&
           monitor_find(self, watch->key) == NULL;
}

static bool count_surplus(struct monitors *self, struct rh_pid watcher, uint64_t node, int64_t by)
{
    if (!model_connected(self->family.model, watcher.node, (uint32_t)node)) {
        return true;
    }
    struct {
        struct rh_pid watcher;
        uint64_t node;
    } key = {watcher, node};
    struct surplus *surplus = family_row(&self->family, &self->surplus, &key);
    if (surplus == NULL) {
        return false;
    }
    surplus->count += by;
    return true;
}

/* Two nodes that are connected, with nothing under way, know the same monitors. */
static void compare_nodes(struct monitors *self)
{
    const struct surplus *worst = NULL;
    table_clear(&self->surplus);
    for (uint32_t i = 0; i < self->asked.count; i++) {
        const struct asked *asked = table_at(&self->asked, i);
        if (!count_surplus(self, asked->key.watcher, asked->target.node, 1)) {
            return;
        }
    }
    for (uint32_t i = 0; i < self->watches.count; i++) {
        const struct watch *watch = table_at(&self->watches, i);
        if (watch->key.watcher.node != watch->key.told_on &&
            !count_surplus(self, watch->key.watcher, watch->key.told_on, -1)) {
            return;
        }
    }
    for (uint32_t i = 0; i < self->surplus.count && worst == NULL; i++) {
        const struct surplus *surplus = table_at(&self->surplus, i);
        family_evaluated(&self->family);
        worst = surplus->count != 0 ? surplus : NULL;
    }
    if (worst != NULL) {
        struct rh_judge *judge = self->family.judge;
        struct rh_violation found =
            violation_of("monitors/both-nodes", worst->watcher, rh_pid_none());
        violation_expect(&found, "two connected nodes know the same monitors of %s",
                         say_who(judge, worst->watcher).text);
        violation_observe(&found, "its own node knows %" PRId64 " %s than node %" PRIu64,
                          worst->count < 0 ? -worst->count : worst->count,
                          worst->count < 0 ? "fewer" : "more", worst->node);
        rh_judge_fail(judge, &found);
    }
}

static void finish(void *state, enum rh_end end)
{
    struct monitors *self = state;
    const struct monitor *lost = NULL;
    const struct watch *left = NULL;
    if (end != RH_END_QUIESCENT) {
        return;
    }
    if (self->due != DUE_NOTHING) {
        fail_due(self);
        return;
    }
    for (uint32_t i = 0; i < self->monitors.count; i++) {
        const struct monitor *monitor = table_at(&self->monitors, i);
        family_evaluated(&self->family);
        if (is_lost(self, monitor) && (lost == NULL || monitor->order < lost->order)) {
            lost = monitor;
        }
    }
    for (uint32_t i = 0; i < self->watches.count; i++) {
        const struct watch *watch = table_at(&self->watches, i);
        if (is_left_behind(self, watch) && (left == NULL || watch->order < left->order)) {
            left = watch;
        }
    }
    if (lost != NULL) {
        bool dead = lost->target.node == lost->key.told_on &&
                    model_life(self->family.model, lost->target) != LIFE_ALIVE;
        fail_ref(self, "monitors/one-notice", lost->key, lost->target,
                 "a reference is active only while its target lives and knows its watcher",
                 dead ? "the target is dead, and no DOWN came" : "the target has forgotten it");
    } else if (left != NULL) {
        fail_ref(self, "monitors/left-behind", left->key, left->target,
                 "a reference that has ended leaves nothing at its target",
                 "the target still has its half");
    } else if (rh_judge_is_still(self->family.judge)) {
        compare_nodes(self);
    }
}

const struct rh_checker checker_monitors = {
    .name = "monitors",
    .covers = "O4 O5 LU-I1 LU-I2 LU-S1 LU-S3 LU-S7 BM-I4 BM-I5 BM-I6 BM-S1 BM-S7",
    .claim = "each monitor ends by exactly one of DOWN, demonitor and its watcher's exit",
    .kinds = RH_LISTEN(SEND) | RH_LISTEN(HANDLE) | RH_LISTEN(PUT) | RH_LISTEN(DROP) |
             RH_LISTEN(MONITOR_ADD) | RH_LISTEN(MONITOR_REMOVE) | RH_LISTEN(WATCH_ADD) |
             RH_LISTEN(WATCH_REMOVE) | RH_LISTEN(FLUSH) | RH_LISTEN(EXIT_END) | RH_LISTEN(DEPART) |
             RH_LISTEN(EXIT),
    .signals = RH_LISTEN_SIGNAL(MONITOR) | RH_LISTEN_SIGNAL(DEMONITOR) | RH_LISTEN_SIGNAL(DOWN) |
               RH_LISTEN_SIGNAL(SPAWN_REPLY),
    .live = true,
    .create = create,
    .begin = begin,
    .record = record,
    .finish = finish,
    .destroy = family_destroy,
};
