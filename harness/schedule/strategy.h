/* SPDX-License-Identifier: MIT */
/** @file
 *  What the strategies of this folder need from each other. */
#ifndef HARNESS_SCHEDULE_STRATEGY_H
#define HARNESS_SCHEDULE_STRATEGY_H

#include <rehearse/choice.h>

/** Give up: every later answer is 0 and no further run is wanted. */
void rh_strategy_fail(struct rh_strategy *strategy, enum rh_status status);

#endif
