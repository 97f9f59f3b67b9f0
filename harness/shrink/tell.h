/* SPDX-License-Identifier: MIT */
/** @file
 *  A failure in sentences: what was expected, what happened, how it came to that, and what would have helped. */
#ifndef HARNESS_SHRINK_TELL_H
#define HARNESS_SHRINK_TELL_H

#include "harness/shrink/shrink.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rh_tell {
    FILE *out;
    unsigned width; /**< of a line */
    bool with_colour;
};

/** Write what was expected and what was seen. */
void rh_tell_failure(const struct rh_tell *tell, const struct rh_shrunk *shrunk);
/** Write the run, a sentence a step: all of a short one, of a long one the steps that the failure depends on. */
void rh_tell_steps(const struct rh_tell *tell, const struct rh_shrunk *shrunk);
/** Write the run as a diagram, one column an actor. */
void rh_tell_diagram(const struct rh_tell *tell, const struct rh_shrunk *shrunk);
/** Say in what the nearest run that holds differs, in a sentence; as snprintf. `is_apart`: the reader has another run before
 *  them, of which the steps are not, so it says of which they are. */
size_t rh_tell_nearest(const struct rh_shrunk *shrunk, bool is_apart, char *buffer,
                       size_t capacity);
/** Write in what the nearest passing run differs, and after which step it was too late. */
void rh_tell_neighbour(const struct rh_tell *tell, const struct rh_shrunk *shrunk);

#ifdef __cplusplus
}
#endif
#endif
