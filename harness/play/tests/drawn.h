/* SPDX-License-Identifier: MIT */
/** @file
 *  What is drawn at random is of a class that was visited, and ends as that one did. */
#ifndef HARNESS_PLAY_TESTS_DRAWN_H
#define HARNESS_PLAY_TESTS_DRAWN_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/scenario/scenario.h"

#define DRAWN_CLASSES_MAX 4000u

/** What is wrong with a scenario, counted in runs. */
struct drawn {
    uint32_t classes; /**< that were visited */
    uint32_t blocked; /**< runs that were begun though others cover them */
    uint32_t missing; /**< runs that were drawn of a class that was not */
    uint32_t unlike;  /**< that ended otherwise than another one of its class */
};

/** Visit all classes with so many runs at most, no more than DRAWN_CLASSES_MAX, and draw others. False: they were too many,
 *  or too long. */
bool drawn_compare(const struct rh_scenario *scenario, uint32_t runs_max, uint32_t draw,
                   struct drawn *ret_drawn);

#endif
