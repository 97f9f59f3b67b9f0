/* SPDX-License-Identifier: MIT */
/** @file
 *  What is left of a run's lines when it follows the oldest event wherever it can: its schedule. */
#ifndef HARNESS_SHRINK_LINES_H
#define HARNESS_SHRINK_LINES_H

#include "harness/shrink/trial.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Return whether a line is an event, a step of the world; otherwise it is an answer, or the end. */
bool rh_line_is_event(const char *line);
/** Return whether it is a fault that strikes. */
bool rh_line_is_fault(const char *line);
/** Return the number of the step that a line of a whole run is; of an answer, the step that it belongs to. */
uint64_t rh_lines_step(const struct rh_lines *lines, size_t index);

/** Find a part of the trial's last run that, followed strictly, fails as wanted, and of which no single line can be left out.
 *  The trial's run becomes the whole run that follows it. RH_LIMIT: the purse was empty first; RH_DIVERGED: not even the
 *  whole run can be followed. `*ret_schedule` is valid in every case. */
RH_MUST_USE enum rh_status rh_lines_minimise(struct rh_trial *trial, struct rh_stage *stage,
                                             struct rh_lines *ret_schedule);

#ifdef __cplusplus
}
#endif
#endif
