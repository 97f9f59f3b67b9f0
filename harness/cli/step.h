/* SPDX-License-Identifier: MIT */
/** @file
 *  `replay --at STEP` and `replay --step`: a run that stands still to be looked at. */
#ifndef HARNESS_CLI_STEP_H
#define HARNESS_CLI_STEP_H

#include "harness/cli/cli.h"

#include <rehearse/world.h>

struct cli_stepper;

/** Make one for a recording (borrowed) if the command line asks for it; otherwise *ret_stepper is NULL. RH_NO_MEMORY, or how
 *  the recording cannot be read. */
RH_MUST_USE enum rh_status cli_step_open(const struct cli *cli, const uint8_t *bytes, size_t size,
                                         struct cli_stepper **ret_stepper);
/** Accepts NULL. */
void cli_step_close(struct cli_stepper *stepper);

/** Has somebody said that the rest of the run is not wanted? Accepts NULL. */
bool cli_step_has_left(const struct cli_stepper *stepper);

/** To be called before each event of the run. */
void cli_step_before(struct cli_stepper *stepper, struct rh_world *world);

#endif
