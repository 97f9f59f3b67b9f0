/* SPDX-License-Identifier: MIT */
/*
 * Links. The family keeps every half, and three things that the very next event must settle:
 *
 *      notice   a half went because its owner exits: an EXIT to the partner follows. So does one after a LINK that met
 *               nobody. Any other EXIT is a stray.
 *      effect   a half went because of its partner: an EXIT may take effect now, and only now. One that takes effect
 *               without its half comes from a stranger, or after unlink.
 *
 * At quiescence a half with a dead partner is a notice that got lost, and a half without its counterpart a table that
 * is not symmetric. What a fault has dropped excuses its pair.
 */
#include "harness/check/family.h"

struct half_key {
    struct pair pair; /**< owner, partner */
    uint64_t told_on; /**< a half of a proxy is another one than that of its actor */
};

struct half {
    struct half_key key;
    uint64_t order;
    uint64_t excused;
};

struct links {
    struct family family;
    struct table halves;
    uint64_t order;
    bool owes_notice;
    struct pair notice; /**< from, to */
    bool may_take_effect;
    struct pair effect;   /**< owner, partner */
    uint64_t unlinked_at; /**< step of the last UNLINK that was handled: it need not end a half */
    struct pair unlinked; /**< owner, partner */
};

static const struct family_table tables[] = {
    {offsetof(struct links, halves), sizeof(struct half_key), sizeof(struct half)},
};
static const struct family_plan plan = {.bytes = sizeof(struct links), FAMILY_TABLES(tables)};

static enum rh_status create(const struct rh_allocator *allocator, struct rh_judge *judge,
                             void **ret_self)
{
    return family_create(allocator, judge, &plan, ret_self);
}

static void begin(void *state)
{
    struct links *self = state;
    family_begin(self);
    self->order = 0;
    self->owes_notice = false;
    self->may_take_effect = false;
    self->unlinked_at = 0;
    self->unlinked = (struct pair){0};
}

static struct half *half_find(const struct links *self, uint64_t told_on, struct rh_pid owner,
                              struct rh_pid partner)
{
    struct half_key key = {{owner, partner}, told_on};
    return table_find(&self->halves, &key);
}

/* On the node that tells this event. */
static struct half *half_here(const struct links *self, struct rh_pid owner, struct rh_pid partner)
{
    return half_find(self, self->family.model->told_on, owner, partner);
}

static void fail_pair(struct links *self, const char *invariant, const char *expected,
                      const char *observed, const struct pair *pair)
{
    struct rh_judge *judge = self->family.judge;
    struct rh_violation found = violation_of(invariant, pair->a, pair->b);
    struct words a = say_who(judge, pair->a);
    struct words b = say_who(judge, pair->b);
    violation_expect(&found, "%s", expected);
    violation_observe(&found, "%s and %s: %s", a.text, b.text, observed);
    rh_judge_fail(judge, &found);
}

static void on_add(struct links *self, const struct rh_event *event)
{
    struct half_key key = {{event->actor, event->peer}, self->family.model->told_on};
    if (table_find(&self->halves, &key) != NULL || rh_pid_equal(key.pair.a, key.pair.b)) {
        fail_pair(self, "links/set", "two actors are linked once, and nobody with itself",
                  "linked again", &key.pair);
        return;
    }
    struct half *half = table_add(&self->halves, &key);
    if (half == NULL) {
        rh_judge_error(self->family.judge, RH_NO_MEMORY);
        return;
    }
    half->order = ++self->order;
}

static void on_remove(struct links *self, const struct rh_event *event, bool unlinking)
{
    struct half *half = half_here(self, event->actor, event->peer);
    struct pair key = {event->actor, event->peer};
    if (half == NULL) {
        fail_pair(self, "links/set", "only a link that is there is removed",
                  "no such half is there", &key);
        return;
    }
    table_remove(&self->halves, half);
    if (event->why == RH_WHY_EXIT) {
        self->owes_notice = true;
        self->notice = key;
    } else if (event->why == RH_WHY_PARTNER && !unlinking && !model_is_abroad(self->family.model)) {
        self->may_take_effect = true;
        self->effect = key;
    }
}

static void on_exit_sent(struct links *self, const struct rh_event *event)
{
    struct pair pair = {event->actor, event->peer};
    family_evaluated(&self->family);
    if (!self->owes_notice || !pair_is(&self->notice, pair.a, pair.b)) {
        fail_pair(self, "links/one-notice",
                  "an EXIT is sent once for each link, when its sender exits or was never there",
                  "an EXIT without a link that ended", &pair);
    }
    self->owes_notice = false;
}

static void excuse(struct links *self, const struct rh_event *event)
{
    struct half *half = half_here(self, event->actor, event->peer);
    struct half *other = half_here(self, event->peer, event->actor);
    if (half != NULL) {
        half->excused = 1;
    }
    if (other != NULL) {
        other->excused = 1;
    }
}

static void on_effect(struct links *self, const struct rh_event *event, bool allowed)
{
    struct pair pair = {event->actor, event->peer};
    family_evaluated(&self->family);
    if (!allowed || !pair_is(&self->effect, pair.a, pair.b)) {
        fail_pair(self, "links/barrier",
                  "an EXIT has an effect only through a link that is still there",
                  "the EXIT took effect, and they are not linked (any more)", &pair);
    }
}

static void on_drop(struct links *self, const struct rh_event *event, bool allowed)
{
    if (event->why == RH_WHY_FAULT) {
        excuse(self, event);
    } else if (event->signal == RH_SIGNAL_LINK && !rh_pid_is_none(event->peer)) {
        self->owes_notice = true;
        self->notice = (struct pair){event->actor, event->peer};
    } else if (event->signal == RH_SIGNAL_EXIT && event->why == RH_WHY_IGNORED) {
        on_effect(self, event, allowed);
    }
}

static void on_signal(struct links *self, const struct rh_record *told, bool allowed)
{
    const struct rh_event *event = told->event;
    switch (event->kind) {
    case RH_EVENT_SEND:
        if (event->signal == RH_SIGNAL_EXIT && event->why != RH_WHY_FAULT) {
            on_exit_sent(self, event);
        }
        break;
    case RH_EVENT_DROP:
        on_drop(self, event, allowed);
        break;
    case RH_EVENT_HANDLE:
    case RH_EVENT_PUT:
        if (event->signal == RH_SIGNAL_UNLINK) {
            self->unlinked_at = told->step;
            self->unlinked = (struct pair){event->actor, event->peer};
        }
        if (event->signal == RH_SIGNAL_EXIT && !model_is_abroad(self->family.model)) {
            on_effect(self, event, allowed); /* with a proxy the half goes afterwards */
        }
        break;
    default:
        break;
    }
}

/* Its tables have gone, and nobody is told. */
static void forget_node(struct links *self)
{
    table_remove_all(&self->halves, offsetof(struct half, key.told_on),
                     self->family.model->told_on);
}

static void on_flush(struct links *self, const struct rh_event *event)
{
    struct pair pair = {event->actor, event->peer};
    const struct model *model = self->family.model;
    if (event->signal != RH_SIGNAL_EXIT || model->actor == NULL) {
        return;
    }
    family_evaluated(&self->family);
    if (event->number == 0 && mail_find_notice(model, model->actor, event) != 0) {
        fail_pair(self, "links/flush", "unlink with flush removes an EXIT that is in the mailbox",
                  "it is still there", &pair);
    }
}

static void record(void *state, const struct rh_record *told)
{
    struct links *self = state;
    const struct rh_event *event = told->event;
    bool sends_exit = event->kind == RH_EVENT_SEND && event->signal == RH_SIGNAL_EXIT;
    bool voids = event->kind == RH_EVENT_SEND && event->signal == RH_SIGNAL_UNLINK &&
                 pair_is(&self->effect, event->actor, event->peer);
    if (self->may_take_effect && voids) {
        return; /* what the owner had sent to a partner that is out of reach is taken back first */
    }
    bool allowed = self->may_take_effect;
    bool unlinking =
        self->unlinked_at == told->step && pair_is(&self->unlinked, event->actor, event->peer);
    self->may_take_effect = false;
    if (self->owes_notice && !sends_exit) {
        fail_pair(self, "links/one-notice", "the end of a link is told to the partner at once",
                  "no EXIT was sent", &self->notice);
        return;
    }
    switch (event->kind) {
    case RH_EVENT_LINK_ADD:
        on_add(self, event);
        break;
    case RH_EVENT_EXIT:
        if (event->why == RH_WHY_NODE) {
            forget_node(self);
        }
        break;
    case RH_EVENT_LINK_REMOVE:
        on_remove(self, event, unlinking);
        break;
    case RH_EVENT_FLUSH:
        on_flush(self, event);
        break;
    case RH_EVENT_EXIT_END:
        break;
    default:
        on_signal(self, told, allowed);
        break;
    }
}

/* What is wrong with a half at quiescence, or NULL. */
static const char *flaw_of(const struct links *self, const struct half *half)
{
    const struct model *model = self->family.model;
    struct rh_pid owner = half->key.pair.a;
    struct rh_pid partner = half->key.pair.b;
    uint32_t node = (uint32_t)half->key.told_on;
    if (half->excused || model_under_way(model, node, owner, partner) > 0 ||
        model_under_way(model, node, partner, owner) > 0) {
        return NULL;
    }
    if (partner.node == node && model_life(model, partner) != LIFE_ALIVE) {
        return "the second is dead, and the first was never told";
    }
    const struct half *other = half_find(self, node, partner, owner);
    return other == NULL ? "only the first has the link" : NULL;
}

/* Does no node that could have brought the partner know the link? A connection of which one side alone has seen the end may
 * be the way: nothing is said then. */
static bool is_unknown_beyond(const struct links *self, const struct half *half)
{
    const struct model *model = self->family.model;
    uint32_t node = (uint32_t)half->key.told_on;
    for (uint32_t i = 0; i < model->ties.count; i++) {
        const struct tie *tie = table_at(&model->ties, i);
        uint32_t peer = (uint32_t)(tie->key & UINT32_MAX);
        if (tie->key >> 32 == node && tie->up &&
            (!model_connected(model, node, peer) ||
             half_find(self, peer, half->key.pair.b, half->key.pair.a) != NULL)) {
            return false;
        }
    }
    return true;
}

/* Is it known on the next node, too: the partner's, or the one in the middle that passes it on? */
static bool is_one_sided(const struct links *self, const struct half *half)
{
    uint32_t node = (uint32_t)half->key.told_on;
    uint32_t beyond = half->key.pair.b.node;
    if (half->excused || beyond == node) {
        return false;
    }
    const struct tie *tie = model_tie(self->family.model, node, beyond);
    if (tie == NULL) { /* the two have never been connected themselves */
        return is_unknown_beyond(self, half);
    }
    return model_connected(self->family.model, node, beyond) &&
           half_find(self, beyond, half->key.pair.b, half->key.pair.a) == NULL;
}

/* Two nodes that are connected, with nothing under way, know the same links. */
static void compare_nodes(struct links *self)
{
    const struct half *worst = NULL;
    for (uint32_t i = 0; i < self->halves.count; i++) {
        const struct half *half = table_at(&self->halves, i);
        if (is_one_sided(self, half) && (worst == NULL || half->order < worst->order)) {
            worst = half;
        }
    }
    if (worst != NULL) {
        bool dead = model_life(self->family.model, worst->key.pair.b) != LIFE_ALIVE;
        fail_pair(self, dead ? "links/one-notice" : "links/both-nodes",
                  "nodes that are connected, over others or not, know the same links",
                  dead ? "the second is dead, and the first's node has not heard"
                       : "the next node on the way to the second knows nothing of it",
                  &worst->key.pair);
    }
}

static void finish(void *state, enum rh_end end)
{
    struct links *self = state;
    const struct half *worst = NULL;
    if (end != RH_END_QUIESCENT) {
        return;
    }
    if (self->owes_notice) {
        fail_pair(self, "links/one-notice", "the end of a link is told to the partner at once",
                  "no EXIT was sent", &self->notice);
        return;
    }
    for (uint32_t i = 0; i < self->halves.count; i++) {
        const struct half *half = table_at(&self->halves, i);
        family_evaluated(&self->family);
        if (flaw_of(self, half) != NULL && (worst == NULL || half->order < worst->order)) {
            worst = half;
        }
    }
    if (worst != NULL) {
        const char *flaw = flaw_of(self, worst);
        bool lost = worst->key.pair.b.node == worst->key.told_on &&
                    model_life(self->family.model, worst->key.pair.b) != LIFE_ALIVE;
        fail_pair(self, lost ? "links/one-notice" : "links/symmetric",
                  lost ? "whoever is linked to an actor that exits hears of it once"
                       : "a link is known on both sides once nothing is under way",
                  flaw, &worst->key.pair);
    } else if (rh_judge_is_still(self->family.judge)) {
        compare_nodes(self);
    }
}

const struct rh_checker checker_links = {
    .name = "links",
    .covers =
        "O3 O4 O5 TH-I1 TH-I2 LU-I1 LU-I3 LU-I4 LU-I15 TH-S10 TH-S12 LU-S1 LU-S4 LU-S5 LU-S20 "
        "LU-S21",
    .claim = "a link is symmetric, and each of its sides hears of the other's end exactly once",
    .kinds = RH_LISTEN(SEND) | RH_LISTEN(HANDLE) | RH_LISTEN(PUT) | RH_LISTEN(DROP) |
             RH_LISTEN(LINK_ADD) | RH_LISTEN(LINK_REMOVE) | RH_LISTEN(FLUSH) | RH_LISTEN(EXIT_END) |
             RH_LISTEN(EXIT),
    .signals = RH_LISTEN_SIGNAL(LINK) | RH_LISTEN_SIGNAL(UNLINK) | RH_LISTEN_SIGNAL(EXIT),
    .live = true,
    .create = create,
    .begin = begin,
    .record = record,
    .finish = finish,
    .destroy = family_destroy,
};
