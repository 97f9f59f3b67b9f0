/* SPDX-License-Identifier: MIT */
/* Counting goes the way of every exploration, verdict included: what is counted is what a user would be told. */
#include "harness/selfcheck/count.h"

#include <stdio.h>
#include <string.h>

static enum rh_status explore(const struct rh_scenario *scenario, uint64_t runs_max,
                              const struct count_watch *watch, struct counted *ret_counted)
{
    const struct rh_scenario_strategy dpor = {.name = "dpor"};
    struct rh_explore_options options = {.strategies = &dpor,
                                         .strategy_count = 1,
                                         .runs_max = runs_max,
                                         .part_runs = UINT64_MAX, /* blocked: of the algorithm */
                                         .without_checks = true,
                                         .without_digest = true};
    struct rh_result result;
    if (watch != NULL) {
        options.go_on = watch->go_on;
        options.self = watch->self;
    }
    enum rh_status status = rh_scenario_explore(scenario, &options, &result);
    *ret_counted =
        (struct counted){.runs = result.runs,
                         .classes = result.classes,
                         .outcomes = result.outcomes,
                         .blocked = result.blocked,
                         .events = result.events,
                         .is_complete = result.complete,
                         .has_failed = result.has_violation &&
                                       strncmp(result.violation.invariant, "expect", 6) != 0};
    (void)snprintf(ret_counted->why, sizeof ret_counted->why, "%s",
                   ret_counted->has_failed ? result.violation.invariant : result.why);
    rh_result_deinit(&result);
    return status;
}

enum rh_status count_classes(const struct rh_allocator *allocator, const char *text,
                             uint64_t runs_max, const struct count_watch *watch,
                             struct counted *ret_counted)
{
    struct rh_scenario *scenario = NULL;
    *ret_counted = (struct counted){0};
    enum rh_status status =
        rh_scenario_parse(allocator, "selfcheck.yaml", text, strlen(text), NULL, &scenario);
    if (status == RH_OK) {
        status = explore(scenario, runs_max, watch, ret_counted);
    } else if (scenario != NULL) {
        (void)rh_scenario_diagnostics(scenario, false, ret_counted->why, sizeof ret_counted->why);
    }
    rh_scenario_destroy(scenario);
    return status;
}
