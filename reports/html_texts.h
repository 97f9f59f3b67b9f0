/* SPDX-License-Identifier: MIT */
/** @file
 *  Texts that come often, each kept once. Private to reports.
 *
 *      zeroed -> add* -> put -> deinit */
#ifndef REPORTS_HTML_TEXTS_H
#define REPORTS_HTML_TEXTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct html_texts {
    char *bytes; /**< one behind the other, terminated */
    size_t size;
    size_t capacity;
    size_t *starts; /**< of each, by its number */
    uint32_t count;
    uint32_t starts_capacity;
    uint32_t *slots; /**< number + 1, by hash; 0: free */
    uint32_t slot_count;
    bool is_out_of_memory;
};

/** Return the number of a text, from 0; of one that is new the next. 0, and is_out_of_memory, if there is no room. */
uint32_t html_texts_add(struct html_texts *texts, const char *text);
/** Write all of them as an array of JSON. */
void html_texts_put(const struct html_texts *texts, FILE *out);
/** Accepts a zeroed one. */
void html_texts_deinit(struct html_texts *texts);

#endif
