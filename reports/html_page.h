/* SPDX-License-Identifier: MIT */
/** @file
 *  The page's script and style, made of reports/html when the library is built. Private to reports. */
#ifndef REPORTS_HTML_PAGE_H
#define REPORTS_HTML_PAGE_H

#include <stddef.h>

/** Of each the bytes as they stand in the page, a 0 behind them, and what its policy says of them: "sha256-...". */
extern const unsigned char html_style[];
extern const size_t html_style_size;
extern const char html_style_hash[];
extern const unsigned char html_script[];
extern const size_t html_script_size;
extern const char html_script_hash[];

#endif
