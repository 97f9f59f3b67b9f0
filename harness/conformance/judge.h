/* SPDX-License-Identifier: MIT */
/** @file
 *  Playing a case or a program and judging what came of it. */
#ifndef HARNESS_CONFORMANCE_JUDGE_H
#define HARNESS_CONFORMANCE_JUDGE_H

#include "harness/conformance/program.h"
#include "harness/conformance/report.h"

/** Play a case in all its orders: every outcome must be allowed; each that the BEAM gave must be reached, if the
 *  exploration is complete. A case that needs a second node is skipped. */
void rh_beam_judge_case(struct rh_beam_report *report, struct rh_beam_arena *arena,
                        const struct rh_beam_budget *budget, const struct rh_beam_case *subject);

/** Play a program: every order must give the one outcome of the BEAM. */
void rh_beam_judge_program(struct rh_beam_report *report, struct rh_beam_arena *arena,
                           const struct rh_beam_budget *budget,
                           const struct rh_beam_program *program,
                           const struct rh_beam_json *outcome);

#endif
