/* SPDX-License-Identifier: MIT */
/*
 * How procs are stopped, by the marks that hosts leave: one series of stages at a time, each later than the last; many together
 * with a summary that adds up, each counted once, never more at a time than was asked for; and a shutdown that is acknowledged
 * when nothing lives any more.
 */
#include "harness/check/family.h"

#include <rehearse/host.h>

#include <inttypes.h>

/* A proc (serial), or a bulk (number), of a host. */
struct item_key {
    struct rh_pid host;
    uint64_t number;
};

struct stopped {
    struct item_key key;
    uint32_t status; /* enum rh_proc_status */
    uint32_t stage;  /* 0: none in this series */
    bool is_reserved;
};

struct bulk {
    struct item_key key;
    uint64_t attempted;
    uint64_t most;
    uint64_t under_way; /* stopped by it, and not done */
    uint64_t ok;
    uint64_t failed;
};

struct target_key {
    struct rh_pid host;
    uint64_t bulk;
    uint64_t serial;
};

struct target {
    struct target_key key;
    bool is_stopped; /* by this bulk */
    bool is_done;
};

struct bulks {
    struct family family;
    struct table procs;
    struct table bulks; /* those at work */
    struct table targets;
};

static const struct family_table tables[] = {
    {offsetof(struct bulks, procs), sizeof(struct item_key), sizeof(struct stopped)},
    {offsetof(struct bulks, bulks), sizeof(struct item_key), sizeof(struct bulk)},
    {offsetof(struct bulks, targets), sizeof(struct target_key), sizeof(struct target)},
};
static const struct family_plan plan = {.bytes = sizeof(struct bulks), FAMILY_TABLES(tables)};

static enum rh_status create(const struct rh_allocator *allocator, struct rh_judge *judge,
                             void **ret_self)
{
    return family_create(allocator, judge, &plan, ret_self);
}

static void fail_item(struct bulks *self, const char *invariant, const char *expected,
                      const char *what, const struct item_key *key, const char *observed)
{
    struct rh_judge *judge = self->family.judge;
    struct rh_violation found = violation_of(invariant, key->host, rh_pid_none());
    violation_expect(&found, "%s", expected);
    violation_observe(&found, "the %s %s of %s: %s", say_ordinal(key->number).text, what,
                      say_who(judge, key->host).text, observed);
    rh_judge_fail(judge, &found);
}

static bool is_live(const struct stopped *proc)
{
    return proc->status < RH_PROC_STOPPED;
}

/* How many procs of a host live, the reserved ones apart. */
static uint64_t count_live(const struct bulks *self, struct rh_pid host)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < self->procs.count; i++) {
        const struct stopped *proc = table_at(&self->procs, i);
        count += rh_pid_equal(proc->key.host, host) && is_live(proc) && !proc->is_reserved ? 1 : 0;
    }
    return count;
}

/* ---- one proc ---- */

static struct stopped *proc_of(struct bulks *self, const struct rh_event *event, uint64_t serial)
{
    const struct item_key key = {event->actor, serial};
    return family_row(&self->family, &self->procs, &key);
}

static void on_status(struct bulks *self, const struct rh_event *event)
{
    uint64_t serial = 0;
    struct rh_text to;
    if (RH_MATCH(event->message, RH_ANY, &serial, RH_ANY, RH_ANY, &to)) {
        struct stopped *proc = proc_of(self, event, serial);
        if (proc != NULL) {
            proc->status = rh_proc_status_find(to);
        }
    }
}

static void on_name(struct bulks *self, const struct rh_event *event)
{
    uint64_t serial = 0;
    struct rh_text word;
    struct rh_text name;
    if (RH_MATCH(event->message, &word, &name, &serial) && check_is_word(word, "taken")) {
        struct stopped *proc = proc_of(self, event, serial);
        if (proc != NULL) {
            proc->is_reserved = check_is_word(name, "service") || check_is_word(name, "local");
        }
    }
}

static uint32_t stage_of(struct rh_text word)
{
    static const char *const words[] = {"drain", "stop", "kill"};
    uint32_t stage = 0;
    while (stage < 3 && !check_is_word(word, words[stage])) {
        stage++;
    }
    return stage + 1;
}

static void on_stage(struct bulks *self, const struct rh_event *event)
{
    uint64_t serial = 0;
    struct rh_text word;
    if (!RH_MATCH(event->message, RH_ANY, &serial, &word)) {
        return;
    }
    struct stopped *proc = proc_of(self, event, serial);
    if (proc == NULL) {
        return;
    }
    uint32_t stage = stage_of(word);
    family_evaluated(&self->family);
    if (stage <= proc->stage) {
        fail_item(self, "bulks/one-series",
                  "one series of stages ends a proc, each later than the last", "proc", &proc->key,
                  "a stage comes once more");
    } else if (proc->status != RH_PROC_STOPPING) {
        fail_item(self, "bulks/one-series", "a stage is carried out on what is to end", "proc",
                  &proc->key, rh_proc_status_word((enum rh_proc_status)proc->status));
    }
    proc->stage = stage;
}

static void on_refused(struct bulks *self, const struct rh_event *event)
{
    uint64_t serial = 0;
    if (!RH_MATCH(event->message, RH_ANY, &serial)) {
        return;
    }
    struct stopped *proc = proc_of(self, event, serial);
    if (proc == NULL) {
        return;
    }
    family_evaluated(&self->family);
    if (proc->stage != 3 || proc->status != RH_PROC_STOPPING) {
        fail_item(self, "bulks/one-series", "only what was killed and lives refuses", "proc",
                  &proc->key, rh_proc_status_word((enum rh_proc_status)proc->status));
    }
    proc->stage = 0;
}

/* ---- many ---- */

static void on_begun(struct bulks *self, const struct item_key *key, uint64_t attempted,
                     uint64_t most)
{
    family_evaluated(&self->family);
    for (uint32_t i = 0; i < self->bulks.count; i++) {
        const struct bulk *other = table_at(&self->bulks, i);
        if (rh_pid_equal(other->key.host, key->host)) {
            fail_item(self, "bulks/one-at-a-time", "one bulk is at work", "bulk", key,
                      "another one is");
            return;
        }
    }
    if (attempted < count_live(self, key->host)) {
        fail_item(self, "bulks/summary", "every proc that lives is attempted", "bulk", key,
                  "some are left out");
    }
    struct bulk *bulk = family_row(&self->family, &self->bulks, key);
    if (bulk != NULL) {
        bulk->attempted = attempted;
        bulk->most = most < 1 ? 1 : most;
    }
}

static void on_stop(struct bulks *self, struct bulk *bulk, struct target *target)
{
    family_evaluated(&self->family);
    if (target->is_stopped || target->is_done) {
        fail_item(self, "bulks/summary", "each proc is counted once", "bulk", &bulk->key,
                  "it stops one that it has stopped");
    } else if (++bulk->under_way > bulk->most) {
        fail_item(self, "bulks/at-most", "no more at a time than was asked for", "bulk", &bulk->key,
                  "one more is under way");
    }
    target->is_stopped = true;
}

static void on_done(struct bulks *self, struct bulk *bulk, struct target *target, bool ok)
{
    const struct item_key key = {target->key.host, target->key.serial};
    const struct stopped *proc = table_find(&self->procs, &key);
    family_evaluated(&self->family);
    if (target->is_done) {
        fail_item(self, "bulks/summary", "each proc is counted once", "bulk", &bulk->key,
                  "one is done again");
    } else if (proc != NULL && is_live(proc) == ok) {
        fail_item(self, "bulks/summary", "ok is what has ended, failed what lives", "proc", &key,
                  rh_proc_status_word((enum rh_proc_status)proc->status));
    }
    target->is_done = true;
    bulk->under_way -= target->is_stopped && bulk->under_way > 0 ? 1 : 0;
    *(ok ? &bulk->ok : &bulk->failed) += 1;
}

static void on_ended(struct bulks *self, struct bulk *bulk, const uint64_t counts[3])
{
    family_evaluated(&self->family);
    if (counts[0] != counts[1] + counts[2]) {
        fail_item(self, "bulks/summary", "attempted is ok and failed", "bulk", &bulk->key,
                  "it is not");
    } else if (counts[0] != bulk->attempted || counts[1] != bulk->ok || counts[2] != bulk->failed) {
        fail_item(self, "bulks/summary", "the summary is what has become of each", "bulk",
                  &bulk->key, "it is not");
    }
    table_remove(&self->bulks, bulk);
}

static struct target *target_of(struct bulks *self, const struct item_key *bulk, uint64_t serial)
{
    const struct target_key key = {bulk->host, bulk->number, serial};
    return family_row(&self->family, &self->targets, &key);
}

static void on_bulk(struct bulks *self, const struct rh_event *event)
{
    struct rh_text word;
    struct item_key key = {.host = event->actor};
    uint64_t counts[3] = {0, 0, 0};
    struct rh_reader reader;
    size_t items = 0;
    bool ok = false;
    rh_reader_message(&reader, event->message);
    if (!rh_read_array(&reader, &items) || !rh_read_text(&reader, &word) ||
        !rh_read_uint(&reader, &key.number)) {
        return;
    }
    size_t count = 0;
    while (count < 3 && rh_read_kind(&reader) == RH_KIND_INT &&
           rh_read_uint(&reader, &counts[count])) {
        count++;
    }
    if (rh_read_kind(&reader) == RH_KIND_BOOL) {
        (void)rh_read_bool(&reader, &ok);
    }
    if (check_is_word(word, "begun")) {
        on_begun(self, &key, counts[0], counts[1]);
        return;
    }
    struct bulk *bulk = table_find(&self->bulks, &key);
    if (bulk == NULL) {
        fail_item(self, "bulks/one-at-a-time", "a bulk begins, works and ends", "bulk", &key,
                  "it has not begun");
        return;
    }
    if (check_is_word(word, "ended")) {
        on_ended(self, bulk, counts);
        return;
    }
    struct target *target = target_of(self, &key, counts[0]);
    if (target != NULL && check_is_word(word, "stop")) {
        on_stop(self, bulk, target);
    } else if (target != NULL) {
        on_done(self, bulk, target, ok);
    }
}

static void on_shutdown(struct bulks *self, const struct rh_event *event)
{
    if (!RH_MATCH(event->message, "acknowledged")) {
        return;
    }
    const struct item_key key = {event->actor, 1};
    family_evaluated(&self->family);
    if (count_live(self, event->actor) > 0) {
        fail_item(self, "bulks/acknowledged", "a shutdown is acknowledged when nothing lives",
                  "shutdown", &key, "a proc lives");
    }
}

static const struct {
    const char *topic;
    void (*handle)(struct bulks *self, const struct rh_event *event);
} topics[] = {
    {"host.status", on_status},   {"host.name", on_name}, {"host.stage", on_stage},
    {"host.refused", on_refused}, {"host.bulk", on_bulk}, {"host.shutdown", on_shutdown},
};

static void record(void *state, const struct rh_record *told)
{
    struct bulks *self = state;
    const struct rh_event *event = told->event;
    for (size_t i = 0; i < sizeof topics / sizeof topics[0] && event->message != NULL; i++) {
        if (event->name != NULL && strcmp(event->name, topics[i].topic) == 0) {
            topics[i].handle(self, event);
            return;
        }
    }
}

/* A bulk that is at work when nothing can happen any more will never end. */
static void finish(void *state, enum rh_end end)
{
    struct bulks *self = state;
    for (uint32_t i = 0; end == RH_END_QUIESCENT && i < self->bulks.count; i++) {
        const struct bulk *bulk = table_at(&self->bulks, i);
        if (model_life(self->family.model, bulk->key.host) == LIFE_ALIVE) {
            fail_item(self, "bulks/ends", "every bulk comes to an end", "bulk", &bulk->key,
                      "it does not");
            return;
        }
    }
}

const struct rh_checker checker_bulks = {
    .name = "bulks",
    .covers = "HY-I7 HY-I9 HY-I13 HY-I17 HY-I36",
    .claim = "procs are stopped once, so many at a time, and the summary adds up",
    .kinds = RH_LISTEN(MARK),
    .live = true,
    .create = create,
    .begin = family_begin,
    .record = record,
    .finish = finish,
    .destroy = family_destroy,
};
