/* SPDX-License-Identifier: MIT */
/** @file
 *  From a document to a plan. */
#ifndef HARNESS_SCENARIO_LOAD_H
#define HARNESS_SCENARIO_LOAD_H

#include "harness/document/document.h"
#include "harness/scenario/plan.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Fill an initialised plan. Texts are borrowed from the document, which must outlive the plan. RH_OK, perhaps with
 *  warnings; RH_MALFORMED: reported, all that could be found in one pass; RH_NO_MEMORY. `program` may be NULL. */
enum rh_status rh_plan_load(struct rh_plan *plan, const struct rh_document *document,
                            const struct rh_program *program,
                            struct rh_diagnostics *diagnostics) RH_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
