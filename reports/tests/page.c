/* SPDX-License-Identifier: MIT */
#include "reports/tests/page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

void page_open(struct page *page)
{
    *page = (struct page){0};
    page->report.out = open_memstream(&page->text, &page->size);
    assert_non_null(page->report.out);
}

const char *page_close(struct page *page)
{
    assert_int_equal(fclose(page->report.out), 0);
    return page->text;
}

void page_free(struct page *page)
{
    free(page->text);
}
