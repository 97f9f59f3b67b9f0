/* SPDX-License-Identifier: MIT */
/** @file
 *  What was covered as JSON, for the page. Private to reports; reports/html/coverage.js reads it. */
#ifndef REPORTS_HTML_COVERAGE_H
#define REPORTS_HTML_COVERAGE_H

#include <rehearse/coverage.h>

#include <stdio.h>

/** Write an array, one entry a family: its items, those that could be there too; `[]` for a coverage that was never
 *  collected. */
void html_coverage_put(FILE *out, const struct rh_coverage *coverage);

#endif
