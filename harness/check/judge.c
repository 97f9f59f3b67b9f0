/* SPDX-License-Identifier: MIT */
/*
 * One listener for all checkers. For every (kind, signal) there is a list of who wants it, made once; an event first moves
 * the shared model, then goes down its list, unless everybody on it can be spared the event: the model has seen nothing
 * unusual about it, which is all that they would look at. So a message that goes well costs one comparison for all
 * families together; what they count about such events is how many there were. After the first violation, or when memory
 * is gone, nobody is told anything: what follows a broken promise proves nothing.
 */
#include "harness/check/judge.h"

#include "harness/check/family.h"

#include <rehearse/cluster.h>
#include <rehearse/remote.h>

#include <stdarg.h>
#include <stdio.h>

struct seat {
    const struct rh_checker *checker;
    void *self;
    bool owned;
    bool is_family; /**< `self` is a struct family, which counts by itself */
    uint64_t evaluated;
};

/* What telling somebody takes, side by side for all who want the same. */
struct call {
    void (*record)(void *self, const struct rh_record *record);
    void *self;
    uint32_t seat;
};

/* Facts of the judge's own: every event has the first, and the second while a family attends. */
#define FACT_EVERY 0x4000u
#define FACT_ATTENDED 0x8000u

/* Who is told: calls from `first` to before `end`, when an event has one of the facts. */
struct list {
    uint32_t first;
    uint32_t end;
    unsigned facts;
};

/* Who wants what. Made anew whenever somebody is added, and changed by no run. */
struct lists {
    struct list events[RH_EVENT_COUNT][RH_SIGNAL_COUNT];
    struct list records[RH_RECORD_COUNT];
};

struct rh_judge {
    struct rh_allocator allocator;
    struct rh_allocator fixed;
    struct model model;
    struct seat *seats;
    uint32_t seat_count;
    uint32_t seat_capacity;
    struct lists *lists;
    struct call *calls; /**< of the lists */
    size_t call_count;

    struct rh_world *world;
    uint64_t due; /**< the step that a family waits for */
    bool hears_steps;
    uint32_t running;                /**< whose turn it is to speak */
    uint32_t attended;               /**< how many families attend */
    uint64_t spared[RH_EVENT_COUNT]; /**< events of this run that nobody was told */
    enum rh_status status;
    bool failed;
    bool over; /**< failed or without memory */
    struct rh_violation violation;
};

static const struct rh_checker *const built_in[] = {
    &checker_conservation,
    &checker_order,
    &checker_links,
    &checker_monitors,
    &checker_reasons,
    &checker_names,
    &checker_timers,
    &checker_aliases,
    &checker_mailboxes,
    &checker_exits,
    &checker_balance,
    &checker_connections,
    &checker_proxies,
    &checker_frames,
    &checker_distance,
    &checker_conversations,
    &checker_commands,
    &checker_requests,
    &checker_procs,
    &checker_waiters,
    &checker_bulks,
    &checker_envelopes,
    &checker_effects,
    &checker_deadlock,
    NULL,
};

const struct rh_checker *const *rh_checkers(void)
{
    return built_in;
}

/* ---- the seats ---- */

static bool is_among(const char *name, const char *const *names)
{
    while (*names != NULL && strcmp(*names, name) != 0) {
        names++;
    }
    return *names != NULL;
}

static bool is_wanted(const struct rh_judge_options *options, const char *name)
{
    return (options->only == NULL || is_among(name, options->only)) &&
           (options->except == NULL || !is_among(name, options->except));
}

static bool is_known(const struct rh_judge_options *options, const char *name)
{
    const struct rh_checker *const *lists[] = {built_in, options->checkers};
    for (size_t i = 0; i < 2; i++) {
        for (const struct rh_checker *const *at = lists[i]; at != NULL && *at != NULL; at++) {
            if (strcmp((*at)->name, name) == 0) {
                return true;
            }
        }
    }
    return false;
}

static bool all_known(const struct rh_judge_options *options, const char *const *names)
{
    for (; names != NULL && *names != NULL; names++) {
        if (!is_known(options, *names)) {
            return false;
        }
    }
    return true;
}

/* A checker that names signals means what happens to them within a node; what crosses over is told to whoever listens to it. */
static bool carries_signal(uint32_t kind)
{
    return rh_event_kind_signal((enum rh_event_kind)kind) == RH_EVENT_SIGNAL_LOCAL;
}

static bool wants(const struct rh_checker *checker, uint32_t kind, uint32_t signal)
{
    return (checker->kinds >> kind & 1) != 0 && (checker->signals == 0 || !carries_signal(kind) ||
                                                 (checker->signals >> signal & 1) != 0);
}

/* With which facts of an event this seat is to be told it. */
static unsigned facts_for(const struct seat *seat, uint32_t bit, uint32_t signal)
{
    const struct spared *spared =
        seat->is_family ? ((const struct family *)seat->self)->plan->spared : NULL;
    bool spares = spared != NULL && (spared->kinds >> bit & 1) != 0 &&
                  (!carries_signal(bit) || signal == RH_SIGNAL_MESSAGE);
    return spares ? spared->facts | FACT_ATTENDED : FACT_EVERY;
}

static void calls_release(struct rh_judge *judge)
{
    const struct rh_allocator *fixed = &judge->fixed;
    fixed->release(fixed->self, judge->calls, judge->call_count * sizeof(*judge->calls));
}

/* Behind `at` calls; without room for them they are only counted. */
static size_t list_make(const struct rh_judge *judge, struct list *list, struct call *calls,
                        size_t at, uint32_t bit, uint32_t signal)
{
    list->first = (uint32_t)at;
    list->facts = 0;
    for (uint32_t i = 0; i < judge->seat_count; i++) {
        const struct seat *seat = &judge->seats[i];
        if (wants(seat->checker, bit, signal)) {
            if (calls != NULL) {
                calls[at] = (struct call){seat->checker->record, seat->self, i};
            }
            at++;
            list->facts |= facts_for(seat, bit, signal);
        }
    }
    list->end = (uint32_t)at;
    list->facts |= list->first == list->end ? FACT_EVERY : 0; /* nobody is spared anything */
    return at;
}

static size_t lists_fill(const struct rh_judge *judge, struct lists *lists, struct call *calls)
{
    size_t at = 0;
    for (uint32_t kind = 0; kind < RH_EVENT_COUNT; kind++) {
        for (uint32_t signal = 0; signal < RH_SIGNAL_COUNT; signal++) {
            at = list_make(judge, &lists->events[kind][signal], calls, at, kind, signal);
        }
    }
    for (uint32_t kind = 1; kind < RH_RECORD_COUNT; kind++) {
        at = list_make(judge, &lists->records[kind], calls, at, 59 + kind, 0);
    }
    return at;
}

static enum rh_status lists_make(struct rh_judge *judge)
{
    const struct rh_allocator *fixed = &judge->fixed;
    size_t count = lists_fill(judge, judge->lists, NULL);
    struct call *calls = fixed->allocate(fixed->self, count * sizeof(*calls));
    if (calls == NULL) {
        return RH_NO_MEMORY;
    }
    (void)lists_fill(judge, judge->lists, calls);
    calls_release(judge);
    judge->calls = calls;
    judge->call_count = count;
    return RH_OK;
}

static bool is_family(const struct rh_checker *checker)
{
    const struct rh_checker *const *at = built_in;
    while (*at != NULL && *at != checker) {
        at++;
    }
    return *at != NULL;
}

static enum rh_status seat_add(struct rh_judge *judge, const struct rh_checker *checker, void *self,
                               bool owned)
{
    for (uint32_t i = 0; i < judge->seat_count; i++) {
        if (strcmp(judge->seats[i].checker->name, checker->name) == 0) {
            return RH_TAKEN;
        }
    }
    if (judge->seat_count == UINT16_MAX) {
        return RH_LIMIT;
    }
    const struct rh_allocator *allocator = &judge->allocator;
    if (judge->seat_count == judge->seat_capacity) {
        uint32_t capacity = judge->seat_capacity == 0 ? 16 : judge->seat_capacity * 2;
        struct seat *seats =
            allocator->resize(allocator->self, judge->seats, judge->seat_capacity * sizeof(*seats),
                              capacity * sizeof(*seats));
        if (seats == NULL) {
            return RH_NO_MEMORY;
        }
        judge->seats = seats;
        judge->seat_capacity = capacity;
    }
    if (owned) {
        enum rh_status status = checker->create(allocator, judge, &self);
        if (status != RH_OK) {
            return status;
        }
    }
    judge->seats[judge->seat_count++] = (struct seat){checker, self, owned, is_family(checker), 0};
    return RH_OK;
}

static enum rh_status seats_fill(struct rh_judge *judge, const struct rh_judge_options *options)
{
    const struct rh_checker *const *lists[] = {built_in, options->checkers};
    enum rh_status status = RH_OK;
    if (!all_known(options, options->only) || !all_known(options, options->except)) {
        return RH_NOT_FOUND;
    }
    for (size_t i = 0; i < 2; i++) {
        for (const struct rh_checker *const *at = lists[i]; at != NULL && *at != NULL; at++) {
            if (status == RH_OK && is_wanted(options, (*at)->name)) {
                status = seat_add(judge, *at, NULL, true);
            }
        }
    }
    return status == RH_OK ? lists_make(judge) : status;
}

enum rh_status rh_judge_create(const struct rh_judge_options *options, struct rh_judge **ret_judge)
{
    const struct rh_allocator *allocator =
        options->allocator == NULL ? rh_allocator_default() : options->allocator;
    struct rh_judge *judge = allocator->allocate(allocator->self, sizeof(*judge));
    if (judge == NULL) {
        return RH_NO_MEMORY;
    }
    memset(judge, 0, sizeof(*judge));
    judge->allocator = *allocator;
    judge->fixed = options->fixed == NULL ? *allocator : *options->fixed;
    judge->lists = judge->fixed.allocate(judge->fixed.self, sizeof(*judge->lists));
    model_init(&judge->model, &judge->allocator, judge);
    enum rh_status status = judge->lists == NULL ? RH_NO_MEMORY : seats_fill(judge, options);
    if (status != RH_OK) {
        rh_judge_destroy(judge);
        return status;
    }
    *ret_judge = judge;
    return RH_OK;
}

enum rh_status rh_judge_add(struct rh_judge *judge, const struct rh_checker *checker, void *self)
{
    enum rh_status status = seat_add(judge, checker, self, false);
    if (status == RH_OK) {
        status = lists_make(judge);
        judge->seat_count -= status != RH_OK;
    }
    return status;
}

void rh_judge_destroy(struct rh_judge *judge)
{
    if (judge == NULL) {
        return;
    }
    for (uint32_t i = judge->seat_count; i > 0; i--) {
        if (judge->seats[i - 1].owned) {
            judge->seats[i - 1].checker->destroy(judge->seats[i - 1].self);
        }
    }
    struct rh_allocator allocator = judge->allocator;
    model_deinit(&judge->model);
    allocator.release(allocator.self, judge->seats, judge->seat_capacity * sizeof(*judge->seats));
    calls_release(judge);
    judge->fixed.release(judge->fixed.self, judge->lists, sizeof(*judge->lists));
    allocator.release(allocator.self, judge, sizeof(*judge));
}

/* ---- a run ---- */

static void listen(void *self, const struct rh_record *record)
{
    rh_judge_record(self, record);
}

/* The events that a family was spared in this run and has evaluated none the less. */
static uint64_t spared_evaluations(const struct rh_judge *judge, const struct seat *seat)
{
    const struct spared *spared =
        seat->is_family ? ((const struct family *)seat->self)->plan->spared : NULL;
    uint64_t count = 0;
    for (uint32_t kind = 0; spared != NULL && kind < RH_EVENT_COUNT; kind++) {
        count += (spared->counted >> kind & 1) != 0 ? judge->spared[kind] : 0;
    }
    return count;
}

static void seat_reset(struct rh_judge *judge, const struct seat *seat)
{
    if (seat->is_family) {
        struct family *family = seat->self;
        family->evaluated += spared_evaluations(judge, seat);
        family_attend(family, false);
    }
    seat->checker->begin(seat->self);
}

/* Steps are told by the thousand, and matter when somebody waits for the end of one. */
static void hear_steps(struct rh_judge *judge, bool is_due)
{
    bool wants = is_due || judge->attended != 0 ||
                 (judge->lists->records[RH_RECORD_STEP].facts & FACT_EVERY) != 0;
    if (wants != judge->hears_steps) {
        judge->hears_steps = wants;
        if (judge->world != NULL) {
            rh_world_listen_steps(judge->world, judge, wants);
        }
    }
}

void rh_judge_reset(struct rh_judge *judge, struct rh_world *world)
{
    judge->world = world;
    judge->model.step = 0;
    judge->due = UINT64_MAX;
    judge->status = RH_OK;
    judge->failed = false;
    judge->over = false;
    model_reset(&judge->model);
    for (uint32_t i = 0; i < judge->seat_count; i++) {
        judge->running = i;
        seat_reset(judge, &judge->seats[i]);
    }
    memset(judge->spared, 0, sizeof(judge->spared));
    hear_steps(judge, false);
}

enum rh_status rh_judge_begin(struct rh_judge *judge, struct rh_world *world)
{
    rh_judge_reset(judge, world);
    const uint64_t steps = judge->hears_steps ? 0 : RH_LISTEN_RECORD(STEP);
    const struct rh_listener listener = {RH_LISTEN_ALL & ~steps, listen, judge};
    return rh_world_listen(world, &listener);
}

static void tell(struct rh_judge *judge, const struct list *list, const struct rh_record *record)
{
    const struct call *end = judge->calls + list->end;
    for (const struct call *call = judge->calls + list->first; call < end && !judge->over; call++) {
        judge->running = call->seat;
        call->record(call->self, record);
    }
}

void rh_judge_record(struct rh_judge *judge, const struct rh_record *record)
{
    if (judge->over) {
        return;
    }
    judge->model.step = record->step;
    unsigned common = FACT_EVERY | (judge->attended != 0 ? FACT_ATTENDED : 0);
    if (record->kind != RH_RECORD_EVENT) {
        if (record->kind == RH_RECORD_FAULT) {
            model_fault(&judge->model, record->event);
        }
        const struct list *listed = &judge->lists->records[record->kind];
        unsigned due = record->step >= judge->due ? FACT_DUE : 0;
        if (((common | due) & listed->facts) != 0) {
            tell(judge, listed, record);
        }
        return;
    }
    if (record->step >= judge->due) {
        hear_steps(judge, true);
    }
    const struct rh_event *event = record->event;
    enum rh_status status = model_follow(&judge->model, record);
    if (status != RH_OK) {
        rh_judge_error(judge, status);
        return;
    }
    const struct list *list = &judge->lists->events[event->kind][event->signal];
    if (((common | judge->model.facts) & list->facts) == 0) {
        judge->spared[event->kind]++;
        return;
    }
    tell(judge, list, record);
    if (event->kind == RH_EVENT_EXIT_END) {
        model_settle(&judge->model, event);
    }
}

void rh_judge_finish(struct rh_judge *judge, enum rh_end end)
{
    for (uint32_t i = 0; i < judge->seat_count; i++) {
        judge->running = i;
        judge->seats[i].checker->finish(judge->seats[i].self, judge->over ? RH_END_STOPPED : end);
    }
    model_release(&judge->model);
    judge->world = NULL;
}

/* ---- what checkers say ---- */

void rh_judge_fail(struct rh_judge *judge, const struct rh_violation *found)
{
    if (judge->over) {
        return;
    }
    judge->over = true;
    judge->failed = true;
    judge->violation = *found;
    judge->violation.step = judge->model.step;
    if (judge->world != NULL) {
        rh_world_stop(judge->world);
    }
}

void rh_judge_failf(struct rh_judge *judge, const char *invariant, struct rh_pid actor,
                    const char *format, ...)
{
    struct rh_violation found = violation_of(invariant, actor, rh_pid_none());
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(found.observed, sizeof(found.observed), format, arguments);
    va_end(arguments);
    violation_expect(&found, "%s", judge->seats[judge->running].checker->claim);
    rh_judge_fail(judge, &found);
}

void rh_judge_error(struct rh_judge *judge, enum rh_status status)
{
    if (judge->over) {
        return;
    }
    judge->over = true;
    judge->status = status;
    if (judge->world != NULL) {
        rh_world_stop(judge->world);
    }
}

void rh_judge_evaluated(struct rh_judge *judge)
{
    judge->seats[judge->running].evaluated++;
}

void rh_judge_attend(struct rh_judge *judge, bool attends)
{
    judge->attended += attends ? 1U : UINT32_MAX;
    hear_steps(judge, false);
}

void rh_judge_wait(struct rh_judge *judge, uint64_t step)
{
    judge->due = step;
    hear_steps(judge, false);
}

uint64_t rh_judge_spared(const struct rh_judge *judge, enum rh_event_kind kind)
{
    return judge->spared[kind];
}

const struct rh_world *rh_judge_world(const struct rh_judge *judge)
{
    return judge->world;
}

bool rh_judge_has_failed(const struct rh_judge *judge)
{
    return judge->failed;
}

struct model *rh_judge_model(struct rh_judge *judge)
{
    return &judge->model;
}

bool rh_judge_stats(const struct rh_judge *judge, struct rh_node_stats *ret_stats)
{
    if (judge->world == NULL) {
        return false;
    }
    *ret_stats = (struct rh_node_stats){0};
    for (uint32_t i = 0; i < rh_world_node_count(judge->world); i++) {
        struct rh_node_stats stats;
        const struct rh_node *node = rh_world_node(judge->world, i);
        if (node == NULL) {
            continue; /* it is down */
        }
        rh_node_stats(node, &stats);
#define X(field, sentence) ret_stats->field += stats.field;
        RH_STATS_MAP(X)
#undef X
    }
    return true;
}

static bool count_held(void *held, const struct rh_connection_view *view)
{
    *(uint64_t *)held += view->held_count;
    return true;
}

uint64_t rh_judge_held(const struct rh_judge *judge)
{
    uint64_t held = 0;
    for (uint32_t i = 0; judge->world != NULL && i < rh_world_node_count(judge->world); i++) {
        const struct rh_node *node = rh_world_node(judge->world, i);
        if (node != NULL) {
            rh_inspect_each_connection(node, count_held, &held);
        }
    }
    return held;
}

bool rh_judge_is_still(const struct rh_judge *judge)
{
    struct rh_node_stats stats;
    if (judge->world == NULL) {
        return !judge->model.lossy;
    }
    return !judge->model.lossy && rh_world_bytes(judge->world) == 0 &&
           rh_judge_stats(judge, &stats) && stats.signals_waiting == 0 && rh_judge_held(judge) == 0;
}

/* ---- what the caller asks ---- */

const struct rh_violation *rh_judge_violation(const struct rh_judge *judge)
{
    return judge->failed ? &judge->violation : NULL;
}

enum rh_status rh_judge_status(const struct rh_judge *judge)
{
    return judge->status;
}

size_t rh_judge_count(const struct rh_judge *judge)
{
    return judge->seat_count;
}

const struct rh_checker *rh_judge_checker(const struct rh_judge *judge, size_t index)
{
    return judge->seats[index].checker;
}

uint64_t rh_judge_evaluations(const struct rh_judge *judge, size_t index)
{
    const struct seat *seat = &judge->seats[index];
    return seat->evaluated +
           (seat->is_family ? ((const struct family *)seat->self)->evaluated : 0) +
           spared_evaluations(judge, seat);
}
