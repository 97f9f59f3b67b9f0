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
};

#ifdef __cplusplus
}
#endif
#endif
