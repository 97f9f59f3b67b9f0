/* SPDX-License-Identifier: MIT */
/** @file
 *  Text from anywhere, written so that a format stays well-formed. Bytes that are no UTF-8 become U+FFFD. Private to
 *  reports. */
#ifndef REPORTS_ESCAPE_H
#define REPORTS_ESCAPE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/** Take one character of UTF-8 text that is not at its end; U+FFFD for a byte that begins none. */
uint32_t escape_next(const char **at);
/** Write one character. */
void escape_utf8(FILE *out, uint32_t character);

/** Between tags or in an attribute. What XML 1.0 has no place for becomes U+FFFD. */
void escape_xml(FILE *out, const char *text);
/** As a JSON string with its quotes. Also a YAML double-quoted scalar. */
void escape_json(FILE *out, const char *text);
/** As a JSON string with its quotes, inside a script element of HTML. */
void escape_script(FILE *out, const char *text);
/** On one line of TAP: `#` and `\` are escaped, what controls is a dot. */
void escape_tap(FILE *out, const char *text);
/** In a command of GitHub's: of a property also `:` and `,`. */
void escape_command(FILE *out, const char *text, int is_property);
/** In a cell of a Markdown table. */
void escape_markdown(FILE *out, const char *text);

#endif
