/* SPDX-License-Identifier: MIT */
/*
 * What becomes of procs, by the marks that hosts leave. A proc's status goes one way, and its end is final. From the moment at
 * which it is asked for until it has ended it has its name, alone; from ready on, and no longer than it lives, its route. What
 * has ended has left nothing: no name, no route, and of an in-process proc no actor.
 *
 * A turn of a host is one step, in which these things change one after the other; they are judged when the step is over.
 */
#include "harness/check/family.h"

#include <rehearse/host.h>

#include <inttypes.h>

struct proc_key {
    struct rh_pid host;
    uint64_t serial;
};

struct proc {
    struct proc_key key;
    struct rh_pid
        agent;       /* in-process: whom the host has spawned for it; or whom its route leads to */
    uint32_t name;   /* number of the model */
    uint32_t status; /* enum rh_proc_status */
    bool has_name;
    bool has_route;
    bool is_ok;     /* its spawn has succeeded */
    bool is_failed; /* its spawn has failed, and all is said to be undone */
    bool is_reserved;
};

struct name_key {
    struct rh_pid host;
    uint64_t name;
};

/* Who has a name of a host. */
struct holder {
    struct name_key key;
    uint64_t serial;
};

/* An actor that an agent has started. */
struct member {
    struct pair key; /* agent, actor */
};

struct procs {
    struct family family;
    struct table procs;
    struct table holders;
    struct table members;
    struct table touched; /* procs of which the last step with marks spoke */
    uint64_t step;
    struct proc_key born; /* the proc whose agent the host is about to spawn; serial 0: none */
};

static const struct spared spared = {.kinds = RH_LISTEN(SPAWN)};

static const struct family_table tables[] = {
    {offsetof(struct procs, procs), sizeof(struct proc_key), sizeof(struct proc)},
    {offsetof(struct procs, holders), sizeof(struct name_key), sizeof(struct holder)},
    {offsetof(struct procs, members), sizeof(struct pair), sizeof(struct member)},
    {offsetof(struct procs, touched), sizeof(struct proc_key), sizeof(struct proc_key)},
};
static const struct family_plan plan = {
    .bytes = sizeof(struct procs), .spared = &spared, FAMILY_TABLES(tables)};

static enum rh_status create(const struct rh_allocator *allocator, struct rh_judge *judge,
                             void **ret_self)
{
    return family_create(allocator, judge, &plan, ret_self);
}

static void begin(void *state)
{
    struct procs *self = state;
    family_begin(self);
    self->step = 0;
    self->born.serial = 0;
}

static void fail_proc(struct procs *self, const char *invariant, const char *expected,
                      const struct proc *proc, const char *observed)
{
    struct rh_judge *judge = self->family.judge;
    struct rh_violation found = violation_of(invariant, proc->key.host, proc->agent);
    violation_expect(&found, "%s", expected);
    violation_observe(&found, "'%s' of %s, its %s proc, %s: %s",
                      proc->name == 0 ? "" : model_name_text(self->family.model, proc->name),
                      say_who(judge, proc->key.host).text, say_ordinal(proc->key.serial).text,
                      rh_proc_status_word((enum rh_proc_status)proc->status), observed);
    rh_judge_fail(judge, &found);
}

static bool is_ended(const struct proc *proc)
{
    return proc->status >= RH_PROC_STOPPED;
}

/* ---- between two steps ---- */

/* The first actor of a proc that is alive; none: there is none. */
static struct rh_pid survivor_of(const struct procs *self, const struct proc *proc)
{
    const struct model *model = self->family.model;
    if (proc->agent.node != proc->key.host.node) {
        return rh_pid_none();
    }
    if (model_life(model, proc->agent) == LIFE_ALIVE) {
        return proc->agent;
    }
    for (uint32_t i = 0; i < self->members.count; i++) {
        const struct member *member = table_at(&self->members, i);
        if (rh_pid_equal(member->key.a, proc->agent) &&
            model_life(model, member->key.b) == LIFE_ALIVE) {
            return member->key.b;
        }
    }
    return rh_pid_none();
}

static void judge_ended(struct procs *self, const struct proc *proc)
{
    if (proc->has_name) {
        fail_proc(self, "procs/name", "the end of a proc frees its name in the same step", proc,
                  "it has its name");
    } else if (proc->has_route) {
        fail_proc(self, "procs/route", "the end of a proc unbinds its route in the same step", proc,
                  "it has its route");
    } else if (!proc->is_ok && !proc->is_failed) {
        fail_proc(self, "procs/spawn", "what ends before it was ready has failed to spawn", proc,
                  "nobody was told");
    }
}

static void judge_live(struct procs *self, const struct proc *proc)
{
    bool needs_route = proc->status == RH_PROC_READY && !proc->is_reserved;
    if (!proc->has_name) {
        fail_proc(self, "procs/name", "a proc has its name until it has ended", proc,
                  "it has none");
    } else if (proc->is_failed) {
        fail_proc(self, "procs/spawn", "a spawn has failed when nothing of it runs", proc,
                  "it has failed to spawn, and has not ended");
    } else if (proc->status == RH_PROC_READY && !proc->is_ok) {
        fail_proc(self, "procs/spawn", "a proc that is ready has been spawned", proc,
                  "nobody was told");
    } else if (needs_route && !proc->has_route) {
        fail_proc(self, "procs/route", "a proc that is ready has a route", proc, "it has none");
    } else if (proc->has_route && proc->status < RH_PROC_READY) {
        fail_proc(self, "procs/route", "a proc has no route before it is ready", proc,
                  "it has one");
    }
}

/* A step is over. A host that has ended in it owes nothing. */
static void judge_touched(struct procs *self)
{
    for (uint32_t i = 0; i < self->touched.count && !rh_judge_has_failed(self->family.judge); i++) {
        const struct proc *proc = table_find(&self->procs, table_at(&self->touched, i));
        if (proc == NULL || model_life(self->family.model, proc->key.host) != LIFE_ALIVE) {
            continue;
        }
        family_evaluated(&self->family);
        if (is_ended(proc)) {
            judge_ended(self, proc);
        } else {
            judge_live(self, proc);
        }
    }
    table_clear(&self->touched);
}

/* ---- marks ---- */

static struct proc *proc_of(struct procs *self, struct rh_pid host, uint64_t serial)
{
    const struct proc_key key = {host, serial};
    if (family_row(&self->family, &self->touched, &key) == NULL) {
        return NULL;
    }
    return family_row(&self->family, &self->procs, &key);
}

static bool leads_to(struct rh_text event, uint32_t status)
{
    static const struct {
        const char *event;
        uint32_t status;
    } moves[] = {
        {"launched", RH_PROC_RUNNING}, {"callback", RH_PROC_READY}, {"stop", RH_PROC_STOPPING},
        {"lost", RH_PROC_STOPPING},    {"exited", RH_PROC_STOPPED}, {"signalled", RH_PROC_KILLED},
        {"broken", RH_PROC_FAILED},
    };
    for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++) {
        if (check_is_word(event, moves[i].event)) {
            return moves[i].status == status;
        }
    }
    return false;
}

static void on_status(struct procs *self, const struct rh_event *event)
{
    uint64_t serial = 0;
    struct rh_text from;
    struct rh_text what;
    struct rh_text to;
    if (!RH_MATCH(event->message, RH_ANY, &serial, &from, &what, &to)) {
        return;
    }
    struct proc *proc = proc_of(self, event->actor, serial);
    if (proc == NULL) {
        return;
    }
    uint32_t before = rh_proc_status_find(from);
    uint32_t after = rh_proc_status_find(to);
    family_evaluated(&self->family);
    if (before != proc->status) {
        fail_proc(self, "procs/status", "a host knows what status a proc has", proc,
                  rh_proc_status_word((enum rh_proc_status)before));
    } else if (is_ended(proc)) {
        fail_proc(self, "procs/status", "the end of a proc is final", proc, "it goes on");
    } else if (after == RH_PROC_STATUS_COUNT || after <= before) {
        fail_proc(self, "procs/status", "a proc's status goes one way", proc, "it goes back");
    } else if (!leads_to(what, after)) {
        fail_proc(self, "procs/status", "a status is what has happened to the proc", proc,
                  rh_proc_status_word((enum rh_proc_status)after));
    }
    proc->status = after;
    struct rh_pid survivor = is_ended(proc) ? survivor_of(self, proc) : rh_pid_none();
    if (!rh_pid_is_none(survivor)) {
        fail_proc(self, "procs/nothing-left", "what has ended has no actor that is alive", proc,
                  say_who(self->family.judge, survivor).text);
    }
}

/* Nobody moves by what is illegal: the status that it names is the one that the proc has. */
static void on_illegal(struct procs *self, const struct rh_event *event)
{
    uint64_t serial = 0;
    struct rh_text status;
    if (!RH_MATCH(event->message, RH_ANY, &serial, &status, RH_ANY)) {
        return;
    }
    struct proc *proc = proc_of(self, event->actor, serial);
    family_evaluated(&self->family);
    if (proc != NULL && rh_proc_status_find(status) != (enum rh_proc_status)proc->status) {
        fail_proc(self, "procs/status", "what is illegal changes nothing", proc, "it has changed");
    }
}

static void on_name(struct procs *self, const struct rh_event *event)
{
    uint64_t serial = 0;
    struct rh_text word;
    struct rh_text name;
    if (!RH_MATCH(event->message, &word, &name, &serial)) {
        return;
    }
    struct proc *proc = proc_of(self, event->actor, serial);
    uint32_t number = check_name(self->family.model, event->actor.node, name);
    struct name_key key = {event->actor, number};
    struct holder *holder = table_find(&self->holders, &key);
    bool takes = check_is_word(word, "taken");
    if (proc == NULL || number == 0) {
        rh_judge_error(self->family.judge, RH_NO_MEMORY);
        return;
    }
    family_evaluated(&self->family);
    proc->name = number;
    if (takes && holder != NULL) {
        fail_proc(self, "procs/one-name", "at most one proc of a name lives", proc,
                  "another one has the name");
    } else if (!takes && (holder == NULL || holder->serial != serial)) {
        fail_proc(self, "procs/one-name", "a name is taken from who has it", proc, "it has none");
    } else if (takes) {
        holder = family_row(&self->family, &self->holders, &key);
        if (holder != NULL) {
            holder->serial = serial;
        }
    } else {
        table_remove(&self->holders, holder);
    }
    proc->is_reserved = check_is_word(name, "service") || check_is_word(name, "local");
    proc->has_name = takes;
}

static void on_spawn(struct procs *self, const struct rh_event *event)
{
    uint64_t serial = 0;
    struct rh_text word;
    if (!RH_MATCH(event->message, &word, RH_ANY, &serial)) {
        return;
    }
    struct proc *proc = proc_of(self, event->actor, serial);
    if (proc == NULL) {
        return;
    }
    if (check_is_word(word, "begun")) {
        self->born = proc->key;
        family_attend(&self->family, true);
        return;
    }
    family_evaluated(&self->family);
    if (proc->is_ok || proc->is_failed) {
        fail_proc(self, "procs/spawn", "a spawn succeeds or fails once", proc, "it is over");
    }
    proc->is_ok = check_is_word(word, "ok");
    proc->is_failed = !proc->is_ok;
}

static bool is_reserved(struct rh_text destination)
{
    const char *slash = memchr(destination.bytes, '/', destination.size);
    size_t size = slash == NULL ? destination.size : (size_t)(slash - destination.bytes);
    struct rh_text first = {destination.bytes, size};
    return check_is_word(first, "service") || check_is_word(first, "local");
}

/* A route whose destination is the name of a proc is that proc's; others are somebody's who asked for them. */
static void on_route(struct procs *self, const struct rh_event *event)
{
    struct rh_text word;
    struct rh_text destination;
    bool is_exact = false;
    struct rh_pid target;
    if (!RH_MATCH(event->message, &word, &destination, &is_exact, &target)) {
        return;
    }
    struct name_key key = {event->actor,
                           check_name(self->family.model, event->actor.node, destination)};
    const struct holder *holder = table_find(&self->holders, &key);
    struct proc *proc =
        holder == NULL || is_exact ? NULL : proc_of(self, event->actor, holder->serial);
    bool binds = check_is_word(word, "bind");
    family_evaluated(&self->family);
    if (destination.size > 0 && is_reserved(destination)) {
        struct rh_violation found = violation_of("procs/reserved", event->actor, target);
        violation_expect(&found, "nobody binds service and local");
        violation_observe(&found, "a route to %s", say_who(self->family.judge, target).text);
        rh_judge_fail(self->family.judge, &found);
        return;
    }
    if (proc == NULL) {
        return;
    }
    if (proc->has_route == binds) {
        fail_proc(self, "procs/route", "a proc has one route", proc, binds ? "another" : "none");
    }
    proc->has_route = binds;
    proc->agent = binds ? target : proc->agent;
}

/* What an agent starts belongs to its proc. */
static void on_actor(struct procs *self, const struct rh_event *event)
{
    struct rh_text word;
    struct pair key = {event->actor, rh_pid_none()};
    if (RH_MATCH(event->message, &word, RH_ANY, &key.b) && check_is_word(word, "started")) {
        (void)family_row(&self->family, &self->members, &key);
    }
}

static void on_born(struct procs *self, const struct rh_event *event)
{
    struct proc *proc = self->born.serial == 0 ? NULL : table_find(&self->procs, &self->born);
    if (proc != NULL && rh_pid_equal(event->peer, proc->key.host) &&
        self->family.model->step == self->step) {
        proc->agent = event->actor;
    }
    self->born.serial = 0;
    family_attend(&self->family, false);
}

static const struct {
    const char *topic;
    void (*handle)(struct procs *self, const struct rh_event *event);
} topics[] = {
    {"host.status", on_status}, {"host.illegal", on_illegal}, {"host.name", on_name},
    {"host.spawn", on_spawn},   {"host.route", on_route},     {"agent.actor", on_actor},
};

static void record(void *state, const struct rh_record *told)
{
    struct procs *self = state;
    const struct rh_event *event = told->event;
    if (event->kind == RH_EVENT_SPAWN) {
        on_born(self, event);
        return;
    }
    if (event->name == NULL || event->message == NULL) {
        return;
    }
    for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++) {
        if (strcmp(event->name, topics[i].topic) == 0) {
            if (self->step != self->family.model->step) {
                judge_touched(self);
                self->step = self->family.model->step;
            }
            topics[i].handle(self, event);
            return;
        }
    }
}

static void finish(void *state, enum rh_end end)
{
    struct procs *self = state;
    if (end == RH_END_QUIESCENT) {
        judge_touched(self);
    }
}

const struct rh_checker checker_procs = {
    .name = "procs",
    .covers = "HY-I1 HY-I2 HY-I3 HY-I4 HY-I5 HY-I6 HY-I8 HY-I35",
    .claim = "a proc goes one way, has its name and route while it lives, and leaves nothing",
    .kinds = RH_LISTEN(MARK) | RH_LISTEN(SPAWN),
    .live = true,
    .create = create,
    .begin = begin,
    .record = record,
    .finish = finish,
    .destroy = family_destroy,
};
