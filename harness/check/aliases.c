/* SPDX-License-Identifier: MIT */
/*
 * Aliases and ports. What comes through one arrives only while it is open; a reply alias lets one message through and is
 * closed before that message arrives; one that goes with its monitor lets nothing through after it.
 */
#include "harness/check/family.h"

#include <rehearse/actor.h>

#include <inttypes.h>

struct alias {
    struct rh_ref key;
    uint64_t mode; /**< enum rh_alias_mode */
    uint64_t monitor_ended;
};

struct aliases {
    struct family family;
    struct table open;
    bool passing; /**< a reply alias has just let a message through */
    struct rh_ref passed;
};

static const struct spared spared = {
    .kinds = RH_LISTEN(HANDLE) | RH_LISTEN(PUT) | RH_LISTEN(DROP),
    .facts = FACT_QUALIFIED,
};

static const struct family_table tables[] = {
    {offsetof(struct aliases, open), sizeof(struct rh_ref), sizeof(struct alias)},
};
static const struct family_plan plan = {
    .bytes = sizeof(struct aliases), .spared = &spared, FAMILY_TABLES(tables)};

static enum rh_status create(const struct rh_allocator *allocator, struct rh_judge *judge,
                             void **ret_self)
{
    return family_create(allocator, judge, &plan, ret_self);
}

static void begin(void *state)
{
    struct aliases *self = state;
    family_begin(self);
    self->passing = false;
}

static void fail_alias(struct aliases *self, const char *invariant, struct rh_ref ref,
                       const char *expected, const char *observed)
{
    struct rh_judge *judge = self->family.judge;
    struct rh_violation found = violation_of(invariant, ref.owner, rh_pid_none());
    violation_expect(&found, "%s", expected);
    violation_observe(&found, "alias %" PRIu64 " of %s: %s", ref.ordinal,
                      say_who(judge, ref.owner).text, observed);
    rh_judge_fail(judge, &found);
}

static bool goes_with_monitor(const struct alias *alias)
{
    return alias->mode == RH_ALIAS_DEMONITOR || alias->mode == RH_ALIAS_REPLY_DEMONITOR;
}

static bool is_once(const struct alias *alias)
{
    return alias->mode == RH_ALIAS_REPLY || alias->mode == RH_ALIAS_REPLY_DEMONITOR;
}

static void on_open(struct aliases *self, struct rh_ref ref, uint64_t mode)
{
    if (table_find(&self->open, &ref) != NULL) {
        fail_alias(self, "aliases/reference", ref, "every alias has a reference of its own",
                   "opened again");
        return;
    }
    struct alias *alias = table_add(&self->open, &ref);
    if (alias == NULL) {
        rh_judge_error(self->family.judge, RH_NO_MEMORY);
        return;
    }
    alias->mode = mode;
}

static void on_close(struct aliases *self, struct rh_ref ref, enum rh_why why)
{
    struct alias *alias = table_find(&self->open, &ref);
    if (alias == NULL) {
        fail_alias(self, "aliases/closed", ref, "an alias is closed once", "closed again");
        return;
    }
    if (why == RH_WHY_FIRED) {
        self->passing = true;
        self->passed = ref;
        if (!is_once(alias)) {
            fail_alias(self, "aliases/closed", ref,
                       "only a reply alias ends with its first message", "it ended, too");
        }
    }
    table_remove(&self->open, alias);
}

/* A message through an alias has arrived, or was refused. */
static void on_message(struct aliases *self, const struct rh_event *event, bool passing)
{
    struct rh_ref ref = {event->actor, event->ordinal};
    const struct alias *alias = table_find(&self->open, &ref);
    bool passed = passing && rh_ref_equal(self->passed, ref);
    family_evaluated(&self->family);
    if (event->kind == RH_EVENT_DROP) {
        if (event->why == RH_WHY_CLOSED && alias != NULL) {
            fail_alias(self, "aliases/open", ref, "what comes through an open alias arrives",
                       "open, and the message was dropped");
        }
    } else if (alias == NULL && !passed) {
        fail_alias(self, "aliases/closed", ref, "a closed alias delivers nothing",
                   "closed, and a message came through");
    } else if (alias != NULL && is_once(alias)) {
        fail_alias(self, "aliases/once", ref, "a reply alias delivers one message and is closed",
                   "still open after one");
    } else if (alias != NULL && alias->monitor_ended != 0 && goes_with_monitor(alias)) {
        fail_alias(self, "aliases/monitor", ref, "this alias ends when its monitor does",
                   "the monitor has ended, and a message came through");
    }
}

static void on_monitor_remove(struct aliases *self, struct rh_ref ref)
{
    bool abroad = model_is_abroad(self->family.model);
    struct alias *alias = abroad ? NULL : table_find(&self->open, &ref);
    if (alias != NULL) {
        alias->monitor_ended = 1;
    }
}

static void record(void *state, const struct rh_record *told)
{
    struct aliases *self = state;
    const struct rh_event *event = told->event;
    struct rh_ref ref = {event->actor, event->ordinal};
    switch (event->kind) {
    case RH_EVENT_ALIAS_OPEN:
        on_open(self, ref, event->number);
        break;
    case RH_EVENT_ALIAS_CLOSE:
        on_close(self, ref, event->why);
        break;
    case RH_EVENT_MONITOR_REMOVE:
        on_monitor_remove(self, ref);
        break;
    default:
        if (event->ordinal != 0) {
            bool passing = self->passing;
            self->passing = false;
            on_message(self, event, passing);
        }
        break;
    }
}

static void finish(void *state, enum rh_end end)
{
    (void)state;
    (void)end;
}

const struct rh_checker checker_aliases = {
    .name = "aliases",
    .covers = "U-8 LU-I12",
    .claim = "an alias delivers while it is open, a reply alias once",
    .kinds = RH_LISTEN(HANDLE) | RH_LISTEN(PUT) | RH_LISTEN(DROP) | RH_LISTEN(ALIAS_OPEN) |
             RH_LISTEN(ALIAS_CLOSE) | RH_LISTEN(MONITOR_REMOVE),
    .signals = RH_LISTEN_SIGNAL(MESSAGE),
    .live = true,
    .create = create,
    .begin = begin,
    .record = record,
    .finish = finish,
    .destroy = family_destroy,
};
