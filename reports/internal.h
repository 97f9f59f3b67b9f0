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

/** Return how wide a line is: what was asked for, or the default. */
unsigned report_width(const struct rh_report *report);

/** Write text from outside, with a dot for each control character; a NULL is nothing. */
void report_text(FILE *out, const char *text);

/** Write what is known of a result, in one line: "proved, 24 runs, 2 outcomes". */
/* What a swarm has drawn is called by the seed that draws it again, as the first line of it says: "0x3". */
void report_plan(FILE *out, const char *plan);
void report_details(FILE *out, const struct rh_result *result);

/** Keep a failure for the end: of an entry, or of a file that is no scenario, with what is wrong in a word. */
void report_failures_add(struct rh_report_failures *failures, const struct rh_report_entry *entry);
void report_failures_add_bad(struct rh_report_failures *failures, const char *path,
                             const char *what);
void report_failures_write(const struct rh_report *report);
/** Return what a result is called. */
const char *report_name(const struct rh_result *result);

/** Count the characters of UTF-8 text. */
size_t report_characters(const char *text);

/** Write a line of a text (from 1), with its number, and a caret below a column (in characters, from 1; 0: none). Of a line
 *  that is too long the part around the column. Nothing if there is no such line. */
void report_excerpt(const struct rh_report *report, struct rh_text text, uint32_t line,
                    uint32_t column);

#endif
