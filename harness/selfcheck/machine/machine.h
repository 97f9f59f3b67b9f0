/* SPDX-License-Identifier: MIT */
/** @file
 *  The other way to count: a machine that runs small programs in every order, by the rules of links, monitors, names and exits,
 *  and by its own idea of which runs are one. It shares no line with the runtime or the strategies, and may include neither:
 *  cmake/lint/layers.txt says so. */
#ifndef HARNESS_SELFCHECK_MACHINE_MACHINE_H
#define HARNESS_SELFCHECK_MACHINE_MACHINE_H

#include "harness/selfcheck/machine/program.h"

struct machine_count {
    uint64_t classes;
    uint64_t outcomes; /**< distinct: who got what in which order, and who ended how */
    uint64_t prefixes; /**< how much was looked at */
    bool is_complete;  /**< false: there was more than `prefixes_max`, or no memory for it */
    bool
        is_sound; /**< false: orders that should be one class led to different states: a bug here */
};

/** Count the classes of a program. False: no memory. */
bool machine_count(const struct program *program, uint64_t prefixes_max,
                   struct machine_count *ret_count);

#endif
