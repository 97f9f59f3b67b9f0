/* SPDX-License-Identifier: MIT */
/** @file
 *  Shared by the files of this folder. */
#ifndef REPORTS_INTERNAL_H
#define REPORTS_INTERNAL_H

#include <rehearse/report.h>

/** Escape sequences, all empty without colour. */
struct report_paint {
    const char *strong;
    const char *good;
    const char *bad;
    const char *faint;
    const char *off;
};

const struct report_paint *report_paint(const struct rh_report *report);

/** Write a line of a text (from 1), with its number, and a caret below a column (in characters, from 1; 0: none). Nothing
 *  if there is no such line. */
void report_excerpt(FILE *out, struct rh_text text, uint32_t line, uint32_t column,
                    const struct report_paint *paint);

#endif
