/* SPDX-License-Identifier: MIT */
/** @file
 *  Private to this folder: the lines of a source as a person reads them, for explaining what a parser cannot. */
#ifndef HARNESS_DOCUMENT_LINE_H
#define HARNESS_DOCUMENT_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/document/source.h"

#ifdef __cplusplus
extern "C" {
#endif

/** One line. Offsets are bytes of the source; all of a blank line's point at its end. */
struct rh_line {
    uint32_t number; /**< from 1; 0: there is no such line */
    size_t begin;    /**< of the line */
    size_t content;  /**< of what follows the indentation (blanks and tabs) */
    size_t entry;    /**< of what follows the dashes of list entries, if there are any */
    size_t end;      /**< of the line, without blanks, comment and line end */
    bool has_dash;   /**< whether it begins with "- " */
    size_t key_end;  /**< end of a key that begins at `entry`, 0 if there is none */
    size_t value;    /**< of what follows "key: ", `end` if nothing does */
};

/** Look at the line that holds an offset. */
struct rh_line rh_line_at(const struct rh_document_source *source, size_t offset);

/** Look at the nearest line above with something other than blanks and comments; number 0 if there is none. */
struct rh_line rh_line_above(const struct rh_document_source *source, const struct rh_line *line);

/** Return the indentation in characters. */
size_t rh_line_indentation(const struct rh_line *line);

#ifdef __cplusplus
}
#endif
#endif
