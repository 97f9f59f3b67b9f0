/* SPDX-License-Identifier: MIT */
/** @file
 *  Tests that compare what the program says about files with what it said when somebody looked at it. */
#ifndef HARNESS_SCENARIO_TESTS_GOLDEN_H
#define HARNESS_SCENARIO_TESTS_GOLDEN_H

#include <stdbool.h>
#include <stddef.h>

/** Visit the .yaml files of a folder (below the project's root) in the order of their names. `say` writes what is to be
 *  said about the file at `path` into `text` (as snprintf). What it says is compared with the file beside it that ends
 *  with .expected; in writing mode it becomes that file. Returns how many files differ, and fails if there are none. */
size_t golden_folder(const char *folder, bool is_writing,
                     size_t (*say)(const char *path, char *text, size_t capacity));

#endif
