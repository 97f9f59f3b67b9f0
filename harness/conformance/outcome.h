/* SPDX-License-Identifier: MIT */
/** @file
 *  What a run of a case came to, as a text that equal outcomes share. */
#ifndef HARNESS_CONFORMANCE_OUTCOME_H
#define HARNESS_CONFORMANCE_OUTCOME_H

#include "harness/conformance/stage.h"

/** Return the outcome of a run, in the arena given. Breaks the run if mailboxes are not what the event stream told. */
const char *rh_beam_outcome(struct rh_beam_stage *stage, const struct rh_beam_case *subject,
                            struct rh_beam_arena *arena);
/** Return an outcome of the file in the same form. */
const char *rh_beam_expected(struct rh_beam_arena *arena, const struct rh_beam_case *subject,
                             const struct rh_beam_json *outcome);

/** Compare the event stream's mailboxes with the node's. */
void rh_beam_check_mailboxes(struct rh_beam_stage *stage);

#endif
