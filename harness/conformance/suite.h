/* SPDX-License-Identifier: MIT */
/** @file
 *  Playing whole files. */
#ifndef HARNESS_CONFORMANCE_SUITE_H
#define HARNESS_CONFORMANCE_SUITE_H

#include "harness/conformance/judge.h"

/** What to play. */
struct rh_beam_suite {
    const char *cases;    /**< file name or NULL */
    const char *programs; /**< file name or NULL; together with outcomes */
    const char *outcomes;
    const char *only; /**< id of the one case or program to play, or NULL */
    struct rh_beam_budget budget;
};

/** Read and play; everything is told to the report. A file that cannot be read is a flaw. */
void rh_beam_suite_play(const struct rh_beam_suite *suite, struct rh_beam_report *report);

/** Take a file apart into lines; empty lines are left out. Bytes may be anything. Stops when visit returns false. */
void rh_beam_each_line(const char *bytes, size_t size,
                       bool (*visit)(void *self, unsigned line, const char *bytes, size_t size),
                       void *self);

#endif
