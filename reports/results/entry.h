/* SPDX-License-Identifier: MIT */
/** @file
 *  From an item to what reports take. Private to reports/results. */
#ifndef REPORTS_RESULTS_ENTRY_H
#define REPORTS_RESULTS_ENTRY_H

#include "reports/results/reader.h"

/** Take an item that results_next has returned; `entry` is zeroed. False: out of memory. */
bool results_entry(const struct results_item *item, struct rh_results_entry *entry);

#endif
