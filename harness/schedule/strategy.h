/* SPDX-License-Identifier: MIT */
/** @file
 *  What the strategies of this folder need from each other. */
#ifndef HARNESS_SCHEDULE_STRATEGY_H
#define HARNESS_SCHEDULE_STRATEGY_H

#include <rehearse/choice.h>

/** Give up: every later answer is 0 and no further run is wanted. */
void rh_strategy_fail(struct rh_strategy *strategy, enum rh_status status);

/** Write a touch as four numbers: object, owner, kind, mode. False without memory. */
bool touch_put(struct rh_numbers *numbers, const struct rh_touch *touch);
/** Read one behind `before`, or the first if that is NULL; false: it is malformed, or not in order. */
bool touch_take(struct rh_numbers *numbers, const struct rh_touch *before,
                struct rh_touch *ret_touch);

#endif
