/* SPDX-License-Identifier: MIT */
/** @file
 *  Scenarios that are written by a program: a growing text, and programs of the machine as scenarios. */
#ifndef HARNESS_SELFCHECK_TEXT_H
#define HARNESS_SELFCHECK_TEXT_H

#include "harness/selfcheck/machine/program.h"

#include <stddef.h>

#define TEXT_BYTES_MAX 16384u

struct text {
    size_t length;
    char at[TEXT_BYTES_MAX]; /**< terminated; what does not fit is left out, and is_cut says so */
    bool is_cut;
};

void text_put(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Write a program as a scenario that claims to have so many classes and outcomes. */
void text_put_program(struct text *text, const struct program *program, uint64_t seed,
                      uint64_t classes, uint64_t outcomes);

#endif
