/* SPDX-License-Identifier: MIT */
/** @file
 *  A scenario from the inside: its text, its tree, its plan, and what was wrong with it. */
#ifndef HARNESS_SCENARIO_SCENARIO_H
#define HARNESS_SCENARIO_SCENARIO_H

#include <rehearse/scenario.h>

#include "harness/document/diagnostic.h"
#include "harness/document/document.h"
#include "harness/scenario/plan.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rh_scenario {
    const struct rh_allocator *allocator;
    const struct rh_program *program; /**< or NULL */
    enum rh_status status;            /**< of loading */
    struct rh_document_source source;
    struct rh_document document; /**< the plan borrows its texts */
    struct rh_diagnostics diagnostics;
    struct rh_plan plan;
    struct rh_scenario
        *undrawn; /**< of faults that were drawn: the scenario that says `swarm`; or NULL */
};

/** Draw what its `swarm` asks for. RH_INVALID: there is nothing to draw. Else as rh_scenario_swarm. */
enum rh_status rh_scenario_draw(const struct rh_scenario *scenario, uint64_t seed,
                                struct rh_scenario **ret_drawn);

#ifdef __cplusplus
}
#endif
#endif
