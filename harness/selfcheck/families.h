/* SPDX-License-Identifier: MIT */
/** @file
 *  Families of programs whose classes arithmetic counts. */
#ifndef HARNESS_SELFCHECK_FAMILIES_H
#define HARNESS_SELFCHECK_FAMILIES_H

#include "harness/selfcheck/text.h"

/** One program of a family. */
struct family_row {
    char name[48];
    uint64_t expected; /**< classes, or outcomes */
    bool of_outcomes;
};

/** Write the index-th program; false behind the last. */
bool family_at(size_t index, struct family_row *ret_row, struct text *text);

#endif
