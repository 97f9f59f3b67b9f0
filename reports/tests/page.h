/* SPDX-License-Identifier: MIT */
/** @file
 *  What a report writes, as text.
 *
 *      open -> [write to out] -> close -> free */
#ifndef REPORTS_TESTS_PAGE_H
#define REPORTS_TESTS_PAGE_H

#include <rehearse/report.h>

/** A report whose stream is memory. */
struct page {
    struct rh_report report;
    char *text; /**< valid from page_close to page_free */
    size_t size;
};

void page_open(struct page *page);
/** Returns what was written. */
const char *page_close(struct page *page);
void page_free(struct page *page);

#endif
