/* SPDX-License-Identifier: MIT */
/*
 * The order inside a log. What the language promises is one order per pair of processes; so entries of one step are
 * grouped by origin. The notices of one death have no order among themselves: they are sorted, behind everything that
 * the dead had sent. A living origin's entries are its signals, in order.
 */
#include "harness/conformance/program.h"

#include <stdlib.h>
#include <string.h>

static int compare_origins(const void *a, const void *b)
{
    const struct rh_beam_entry *left = a;
    const struct rh_beam_entry *right = b;
    int order = strcmp(left->origin, right->origin);
    return order != 0 ? order
                      : (left->position > right->position) - (left->position < right->position);
}

static int compare_values(const void *a, const void *b)
{
    const struct rh_beam_entry *left = a;
    const struct rh_beam_entry *right = b;
    int order = rh_beam_json_compare(left->value, right->value);
    return order != 0 ? order
                      : (left->position > right->position) - (left->position < right->position);
}

static void sort_notices(struct rh_beam_entry *entries, size_t count)
{
    size_t behind = 0;
    for (size_t i = 0; i < count; i++) {
        if (entries[i].is_message) {
            behind = i + 1;
        }
    }
    if (count - behind > 1) {
        qsort(entries + behind, count - behind, sizeof *entries, compare_values);
    }
}

void rh_beam_log_order(struct rh_beam_entry *entries, size_t count)
{
    if (count > 1) {
        qsort(entries, count, sizeof *entries, compare_origins);
    }
    size_t first = 0;
    while (first < count) {
        size_t end = first + 1;
        while (end < count && strcmp(entries[end].origin, entries[first].origin) == 0) {
            end++;
        }
        if (!entries[first].is_fixed) {
            sort_notices(entries + first, end - first);
        }
        first = end;
    }
}
