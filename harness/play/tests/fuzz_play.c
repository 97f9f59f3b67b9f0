/* SPDX-License-Identifier: MIT */
/* Any bytes as a scenario file: it is loaded, what is wrong with it is printed, and what is not wrong is played for a
 * while. An error and a scenario that cannot be played must go together, and a second loading must say the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/assert.h"
#include "harness/scenario/scenario.h"

#define TEXT_BYTES ((size_t)1 << 16)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct rh_scenario *load(const uint8_t *data, size_t size, char *text)
{
    struct rh_scenario *scenario = NULL;
    enum rh_status status =
        rh_scenario_parse(NULL, "fuzz.yaml", (const char *)data, size, NULL, &scenario);
    RH_ASSERT(scenario != NULL);
    RH_ASSERT((status == RH_OK) == (rh_scenario_error_count(scenario) == 0));
    (void)rh_scenario_diagnostics(scenario, false, text, TEXT_BYTES);
    return scenario;
}

/* Small bounds, whatever the file says. */
static void play(struct rh_scenario *scenario)
{
    struct rh_plan *plan = &scenario->plan;
    struct rh_result result;
    const struct rh_scenario_strategy strategies[] = {
        {.name = "fifo"}, {.name = "random", .has_runs = true, .runs = 2}};
    const struct rh_explore_options options = {.strategies = strategies, .strategy_count = 2};
    plan->skip = NULL;
    plan->events_max = 200;
    plan->instant_events_max = 200;
    plan->limits.actors_max = plan->limits.actors_max < 200 ? plan->limits.actors_max : 200;
    plan->limits.signals_max = plan->limits.signals_max < 2000 ? plan->limits.signals_max : 2000;
    enum rh_status status = rh_scenario_explore(scenario, &options, &result);
    RH_ASSERT(status != RH_INVALID);
    rh_result_deinit(&result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char first[TEXT_BYTES];
    static char second[TEXT_BYTES];
    struct rh_scenario *scenario = load(data, size, first);
    struct rh_scenario *again = load(data, size, second);
    RH_ASSERT(strcmp(first, second) == 0);
    rh_scenario_destroy(again);
    if (rh_scenario_error_count(scenario) == 0) {
        play(scenario);
    }
    rh_scenario_destroy(scenario);
    return 0;
}
