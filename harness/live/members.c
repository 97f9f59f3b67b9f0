/* SPDX-License-Identifier: MIT */
/* Nothing is judged here: a run that violates something has an outcome, too. */
#include "harness/live/members.h"

#include <inttypes.h>
#include <stdio.h>

#define RUNS_MAX UINT64_C(100000)
#define DEPTH_MAX 400u
#define EXHAUSTIVE_DEPTH_MAX 100000u
#define BYTES_MAX ((size_t)512 << 20)

struct exploration {
    struct live_members *members;
    struct rh_play *play;
    struct rh_judge *judge;
    const struct rh_live_options *options;
    uint64_t seed; /* of the actors' streams */
    uint64_t runs_max;
    uint64_t runs;
    bool is_interrupted;
};

static bool goes_on(void *self)
{
    const struct rh_live_options *options = ((struct exploration *)self)->options;
    return options->go_on == NULL || options->go_on(options->self, 0);
}

static enum rh_status explore_once(struct exploration *it, struct rh_strategy *strategy)
{
    const struct rh_play_run run = {
        .strategy = strategy,
        .judge = it->judge,
        .seed = it->seed,
        .time_free = true,
        .as_processes = true,
        .go_on = goes_on,
        .self = it,
    };
    struct rh_play_report report;
    rh_strategy_begin(strategy);
    enum rh_status status = rh_play_run(it->play, &run, &report);
    it->runs++;
    it->is_interrupted = it->is_interrupted || report.is_interrupted;
    bool counts = status == RH_OK && !report.is_interrupted && !rh_strategy_cuts(strategy);
    if (counts && report.end == RH_END_EVENTS) {
        it->is_interrupted = true;
        (void)snprintf(it->members->why, sizeof(it->members->why),
                       "a simulated run was cut at %" PRIu64 " events", report.events);
    }
    return counts ? outcomes_add(&it->members->all, report.outcome) : status;
}

static enum rh_status explore(struct exploration *it, struct rh_strategy *strategy)
{
    enum rh_status status = RH_OK;
    bool more = true;
    it->runs = 0;
    while (more && status == RH_OK && it->runs < it->runs_max && !it->is_interrupted) {
        status = explore_once(it, strategy);
        it->is_interrupted = it->is_interrupted || !goes_on(it);
        more = rh_strategy_end(strategy);
    }
    it->members->runs += it->runs;
    it->members->is_complete = !more && strategy->complete && !it->is_interrupted;
    rh_strategy_destroy(strategy);
    return status;
}

static enum rh_status explore_both(struct exploration *it, bool all_orders)
{
    struct live_members *members = it->members;
    struct rh_strategy *strategy = NULL;
    enum rh_status status =
        all_orders ? RH_OK : rh_strategy_dpor(NULL, DEPTH_MAX, BYTES_MAX, &strategy);
    if (status == RH_OK && !all_orders) {
        status = explore(it, strategy);
    }
    bool is_spent = it->runs >= it->runs_max; /* there are more orders than classes */
    if (status != RH_OK || members->is_complete || it->is_interrupted || is_spent) {
        return status;
    }
    status = rh_strategy_exhaustive(NULL, EXHAUSTIVE_DEPTH_MAX, &strategy);
    if (status == RH_OK) {
        status = explore(it, strategy);
    }
    return status;
}

enum rh_status live_members_find(struct live_members *members, struct rh_play *play, uint64_t seed,
                                 bool all_orders, const struct rh_live_options *options)
{
    static const char *const none[] = {NULL};
    const struct rh_judge_options judge = {.only = none};
    struct exploration it = {
        .members = members,
        .play = play,
        .options = options,
        .seed = seed,
        .runs_max = options->members_max > 0 ? options->members_max : RUNS_MAX,
    };
    *members = (struct live_members){.is_complete = false};
    outcomes_init(&members->all, rh_allocator_default());
    outcomes_init(&members->seen, rh_allocator_default());
    enum rh_status status = rh_judge_create(&judge, &it.judge);
    status = status == RH_OK ? explore_both(&it, all_orders) : status;
    if (status == RH_OK && !members->is_complete && members->why[0] == '\0') {
        (void)snprintf(members->why, sizeof(members->why),
                       "%" PRIu64 " simulated runs have not shown every outcome", members->runs);
    }
    rh_judge_destroy(it.judge);
    return status;
}

void live_members_free(struct live_members *members)
{
    outcomes_deinit(&members->all);
    outcomes_deinit(&members->seen);
}

enum rh_status live_members_look_up(struct live_members *members, const uint64_t outcome[2],
                                    bool *ret_is_member)
{
    *ret_is_member = outcomes_has(&members->all, outcome);
    return *ret_is_member ? outcomes_add(&members->seen, outcome) : RH_OK;
}
