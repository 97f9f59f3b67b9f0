/* SPDX-License-Identifier: MIT */
/*
 * Who waits for a proc, by the marks that hosts leave. Whoever was told that a host owes an answer gets one, or is
 * gone himself. An answer that names a status is the one that the proc has then, and far enough; of an end all hear the
 * same. Nobody waits on for a proc that has ended, nor for one to be ready that is: that is judged when the step is over.
 */
#include "harness/check/family.h"

#include <rehearse/host.h>

#include <inttypes.h>

struct waiter_key {
    struct rh_pid host;
    uint64_t number;
};

struct waiter {
    struct waiter_key key;
    uint64_t name;
    uint64_t changes; /* of the last proc of that name, until he came */
    bool wants_ready; /* spawn, ready: neither goes on when the proc is ready */
};

struct name_key {
    struct rh_pid host;
    uint64_t name;
};

/* The last proc of a name. */
struct named {
    struct name_key key;
    uint64_t changes; /* of the status of all of this name */
    uint64_t end;     /* digest of the status that was told of its end; 0: none */
    uint32_t status;  /* enum rh_proc_status */
};

struct waiters {
    struct family family;
    struct table waiters; /* those that wait */
    struct table names;
    struct table last;     /* of a host: the number of its last waiter */
    struct name_key moved; /* whose proc has changed in this step; name 0: none */
    uint64_t step;
};

struct last {
    struct rh_pid host;
    uint64_t number;
};

static const struct family_table tables[] = {
    {offsetof(struct waiters, waiters), sizeof(struct waiter_key), sizeof(struct waiter)},
    {offsetof(struct waiters, names), sizeof(struct name_key), sizeof(struct named)},
    {offsetof(struct waiters, last), sizeof(struct rh_pid), sizeof(struct last)},
};
static const struct family_plan plan = {.bytes = sizeof(struct waiters), FAMILY_TABLES(tables)};

static enum rh_status create(const struct rh_allocator *allocator, struct rh_judge *judge,
                             void **ret_self)
{
    return family_create(allocator, judge, &plan, ret_self);
}

static void begin(void *state)
{
    struct waiters *self = state;
    family_begin(self);
    self->moved.name = 0;
    self->step = 0;
}

static void fail_waiter(struct waiters *self, const char *invariant, const char *expected,
                        const struct waiter_key *key, const char *observed)
{
    struct rh_judge *judge = self->family.judge;
    struct rh_violation found = violation_of(invariant, key->host, rh_pid_none());
    violation_expect(&found, "%s", expected);
    violation_observe(&found, "the %s who waits at %s: %s", say_ordinal(key->number).text,
                      say_who(judge, key->host).text, observed);
    rh_judge_fail(judge, &found);
}

static bool is_ended(const struct named *named)
{
    return named->status >= RH_PROC_STOPPED;
}

/* ---- between two steps ---- */

static void judge_moved(struct waiters *self)
{
    const struct named *named = table_find(&self->names, &self->moved);
    bool is_due = self->moved.name != 0 && named != NULL &&
                  model_life(self->family.model, named->key.host) == LIFE_ALIVE &&
                  !rh_judge_has_failed(self->family.judge);
    self->moved.name = 0;
    if (!is_due || named->status < RH_PROC_READY) {
        return;
    }
    family_evaluated(&self->family);
    for (uint32_t i = 0; i < self->waiters.count; i++) {
        const struct waiter *waiter = table_at(&self->waiters, i);
        bool is_due_now =
            is_ended(named) || (waiter->wants_ready && named->status == RH_PROC_READY);
        if (is_due_now && waiter->name == named->key.name && waiter->changes < named->changes &&
            rh_pid_equal(waiter->key.host, named->key.host)) {
            fail_waiter(self, "waiters/answered",
                        "who waits is answered in the step in which it has come", &waiter->key,
                        rh_proc_status_word((enum rh_proc_status)named->status));
            return;
        }
    }
}

/* ---- marks ---- */

static void on_status(struct waiters *self, const struct rh_event *event)
{
    struct rh_text name;
    struct rh_text from;
    struct rh_text to;
    if (!RH_MATCH(event->message, &name, RH_ANY, &from, RH_ANY, &to)) {
        return;
    }
    struct name_key key = {event->actor, check_name(self->family.model, event->actor.node, name)};
    struct named *named = family_row(&self->family, &self->names, &key);
    if (named == NULL) {
        return;
    }
    named->end = is_ended(named) ? 0 : named->end; /* the next one of this name */
    named->status = rh_proc_status_find(to);
    named->changes++;
    self->moved = key;
}

static void on_name(struct waiters *self, const struct rh_event *event)
{
    struct rh_text word;
    struct rh_text name;
    if (!RH_MATCH(event->message, &word, &name, RH_ANY) || !check_is_word(word, "taken")) {
        return;
    }
    struct name_key key = {event->actor, check_name(self->family.model, event->actor.node, name)};
    struct named *named = family_row(&self->family, &self->names, &key);
    if (named != NULL) {
        named->status = RH_PROC_STARTING;
        named->end = 0;
    }
}

static uint64_t digest_of(struct rh_item item)
{
    uint64_t digest = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < item.size; i++) {
        digest = (digest ^ item.bytes[i]) * UINT64_C(0x100000001b3);
    }
    return digest == 0 ? 1 : digest;
}

/* The status's word: of ["stopped", 0] it is "stopped". */
static enum rh_proc_status status_of(struct rh_item item)
{
    struct rh_reader reader;
    struct rh_text word = {NULL, 0};
    size_t items = 0;
    rh_reader_item(&reader, item);
    if (rh_read_kind(&reader) == RH_KIND_ARRAY) {
        (void)rh_read_array(&reader, &items);
    }
    (void)rh_read_text(&reader, &word);
    return rh_proc_status_find(word);
}

/* A status that is told is the one that the proc has; one of an end is the one that others were told. */
static void judge_told(struct waiters *self, const struct waiter_key *key, struct named *named,
                       struct rh_item told)
{
    uint32_t status = status_of(told);
    family_evaluated(&self->family);
    if (status != named->status) {
        fail_waiter(self, "waiters/status", "an answer is the status that the proc has", key,
                    rh_proc_status_word((enum rh_proc_status)status));
        return;
    }
    if (!is_ended(named)) {
        return;
    }
    uint64_t digest = digest_of(told);
    if (named->end != 0 && named->end != digest) {
        fail_waiter(self, "waiters/same-end", "all hear the same of the end of a proc", key,
                    "another one was told");
    }
    named->end = digest;
}

static void judge_reply(struct waiters *self, const struct waiter_key *key, struct named *named,
                        struct rh_text kind, struct rh_item reply)
{
    struct rh_reader reader;
    struct rh_text word;
    struct rh_item second;
    struct rh_item status;
    size_t items = 0;
    rh_reader_item(&reader, reply);
    if (!rh_read_array(&reader, &items) || items < 2 || !rh_read_text(&reader, &word) ||
        !rh_read_item(&reader, &second)) {
        fail_waiter(self, "waiters/status", "an answer is [ok, ...] or [error, kind, text]", key,
                    "neither");
        return;
    }
    bool is_status = check_is_word(kind, "wait") || check_is_word(kind, "stop");
    bool is_ok = check_is_word(word, "ok");
    bool has_end =
        !is_ok && items == 4 && rh_read_item(&reader, &status) && rh_read_item(&reader, &status);
    if (is_ok && is_status) {
        judge_told(self, key, named, second);
    } else if (has_end) {
        judge_told(self, key, named, status);
    } else if (is_ok && named->status != RH_PROC_READY) {
        fail_waiter(self, "waiters/status", "who waits for a proc to be ready hears of one that is",
                    key, rh_proc_status_word((enum rh_proc_status)named->status));
    }
    if (is_ok && check_is_word(kind, "stop") && !is_ended(named)) {
        fail_waiter(self, "waiters/status", "a stop is answered when the proc has ended", key,
                    rh_proc_status_word((enum rh_proc_status)named->status));
    }
}

static void on_asked(struct waiters *self, const struct waiter_key *key, struct rh_text kind,
                     const struct name_key *of)
{
    struct last *last = family_row(&self->family, &self->last, &key->host);
    if (last == NULL) {
        return;
    }
    if (key->number <= last->number) {
        fail_waiter(self, "waiters/answered", "each who waits has a number", key, "it is taken");
        return;
    }
    last->number = key->number;
    struct waiter *waiter = family_row(&self->family, &self->waiters, key);
    const struct named *named = table_find(&self->names, of);
    if (waiter != NULL) {
        waiter->name = of->name;
        waiter->changes = named == NULL ? 0 : named->changes;
        waiter->wants_ready = check_is_word(kind, "spawn") || check_is_word(kind, "ready");
    }
}

static void on_waiter(struct waiters *self, const struct rh_event *event)
{
    struct waiter_key key = {.host = event->actor};
    struct rh_text word;
    struct rh_text kind;
    struct rh_text name;
    struct rh_item reply = {NULL, 0};
    if (!RH_MATCH(event->message, &word, &key.number, &kind, &name) &&
        !RH_MATCH(event->message, &word, &key.number, &kind, &name, &reply)) {
        return;
    }
    struct name_key of = {event->actor, check_name(self->family.model, event->actor.node, name)};
    family_evaluated(&self->family);
    if (check_is_word(word, "asked")) {
        on_asked(self, &key, kind, &of);
        return;
    }
    struct waiter *waiter = table_find(&self->waiters, &key);
    if (waiter == NULL) {
        fail_waiter(self, "waiters/answered", "who waits is answered once", &key,
                    "he does not wait");
        return;
    }
    struct named *named = family_row(&self->family, &self->names, &of);
    if (named != NULL && check_is_word(word, "answered")) {
        judge_reply(self, &key, named, kind, reply);
    }
    table_remove(&self->waiters, waiter);
}

static void record(void *state, const struct rh_record *told)
{
    struct waiters *self = state;
    const struct rh_event *event = told->event;
    if (event->name == NULL || event->message == NULL || strncmp(event->name, "host.", 5) != 0) {
        return;
    }
    if (self->step != self->family.model->step) {
        judge_moved(self);
        self->step = self->family.model->step;
    }
    if (strcmp(event->name, "host.status") == 0) {
        on_status(self, event);
    } else if (strcmp(event->name, "host.name") == 0) {
        on_name(self, event);
    } else if (strcmp(event->name, "host.waiter") == 0) {
        on_waiter(self, event);
    }
}

/* Nothing can happen any more: who waits for an end, waits for a proc that lives. */
static void finish(void *state, enum rh_end end)
{
    struct waiters *self = state;
    if (end == RH_END_QUIESCENT) {
        judge_moved(self);
    }
}

const struct rh_checker checker_waiters = {
    .name = "waiters",
    .covers = "HY-I7 HY-I10 HY-I11 HY-I14 HY-I15",
    .claim = "who waits for a proc is answered once, with a status that it has",
    .kinds = RH_LISTEN(MARK),
    .live = true,
    .create = create,
    .begin = begin,
    .record = record,
    .finish = finish,
    .destroy = family_destroy,
};
