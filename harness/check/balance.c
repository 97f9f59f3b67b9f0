/* SPDX-License-Identifier: MIT */
/*
 * The books: what the stream has added and not removed is what the nodes count, at the end of a run; and the nodes'
 * own validator has nothing to say, at the end and now and then between two events. The more a node holds the rarer:
 * the walk costs what is there. A hostile build walks before every event.
 */
#include "harness/check/family.h"

#include <inttypes.h>

#ifdef RH_HOSTILE
#define STEPS_BETWEEN_MIN 1u
#define STEPS_PER_ENTRY 0u
#else
#define STEPS_BETWEEN_MIN 1024u
#define STEPS_PER_ENTRY 8u
#endif

struct balance {
    struct family family;
    uint64_t next; /**< the step before which it looks */
};

static const struct spared spared = {.kinds = RH_LISTEN_RECORD(STEP), .facts = FACT_DUE};

static const struct family_plan plan = {.bytes = sizeof(struct balance), .spared = &spared};

static enum rh_status create(const struct rh_allocator *allocator, struct rh_judge *judge,
                             void **ret_self)
{
    return family_create(allocator, judge, &plan, ret_self);
}

static void begin(void *state)
{
    struct balance *self = state;
    self->next = STEPS_BETWEEN_MIN;
    rh_judge_wait(self->family.judge, self->next);
}

static void validate(struct balance *self)
{
    struct rh_judge *judge = self->family.judge;
    const struct rh_world *world = rh_judge_world(judge);
    family_evaluated(&self->family);
    for (uint32_t i = 0; i < rh_world_node_count(world); i++) {
        const char *flaw = NULL;
        const struct rh_node *node = rh_world_node(world, i);
        if (node != NULL && !rh_inspect_validate(node, &flaw)) {
            struct rh_violation found =
                violation_of("balance/tables", rh_pid_none(), rh_pid_none());
            violation_expect(&found, "the tables of a node agree with each other");
            violation_observe(&found, "node %" PRIu32 ": %s", i + 1, flaw);
            rh_judge_fail(judge, &found);
        }
    }
}

/* Told before the event: the nodes are between two. */
static void record(void *state, const struct rh_record *told)
{
    struct balance *self = state;
    if (told->step < self->next || rh_judge_world(self->family.judge) == NULL) {
        return;
    }
    validate(self);
    struct rh_node_stats stats;
    (void)rh_judge_stats(self->family.judge, &stats);
    uint64_t size = stats.actors + stats.entries + stats.signals_waiting;
    self->next = told->step + STEPS_BETWEEN_MIN + size * STEPS_PER_ENTRY;
    rh_judge_wait(self->family.judge, self->next);
}

static void compare(struct balance *self, const char *counter, uint64_t counted, int64_t told)
{
    family_evaluated(&self->family);
    if (told < 0 || counted != (uint64_t)told) {
        struct rh_violation found = violation_of("balance/books", rh_pid_none(), rh_pid_none());
        violation_expect(&found, "%s = %" PRId64 ", as the events say", counter, told);
        violation_observe(&found, "%s = %" PRIu64, counter, counted);
        rh_judge_fail(self->family.judge, &found);
    }
}

static void finish(void *state, enum rh_end end)
{
    struct balance *self = state;
    struct rh_node_stats stats;
    if (end == RH_END_STOPPED || end == RH_END_NO_MEMORY ||
        !rh_judge_stats(self->family.judge, &stats)) {
        return;
    }
    validate(self);
    if (self->family.model->node_lost) {
        return; /* its books are gone */
    }
    const struct model_totals *totals = &self->family.model->totals;
    compare(self, "spawned", stats.spawned, totals->spawned);
    compare(self, "exited", stats.exited, totals->exited);
    compare(self, "actors", stats.actors, totals->spawned - totals->exited);
    compare(self, "links", stats.links, totals->links);
    compare(self, "monitors", stats.monitors, totals->monitors);
    compare(self, "timers", stats.timers, totals->timers + totals->waits_timed);
    compare(self, "entries", stats.entries,
            totals->links + totals->monitors + totals->watches + totals->aliases + totals->timers +
                totals->waits_timed);
}

const struct rh_checker checker_balance = {
    .name = "balance",
    .covers = "O15 TH-I5 TH-S4",
    .claim = "the tables of a node balance with the events, and with each other",
    .kinds = RH_LISTEN_RECORD(STEP),
    .live = false,
    .create = create,
    .begin = begin,
    .record = record,
    .finish = finish,
    .destroy = family_destroy,
};
