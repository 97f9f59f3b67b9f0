/* SPDX-License-Identifier: MIT */
/** @file
 *  Scenario files for the tests of this folder. Paths are relative to the project. */
#ifndef HARNESS_SHRINK_TESTS_FILES_H
#define HARNESS_SHRINK_TESTS_FILES_H

#include <stddef.h>

#define FILES_MAX 512
#define FILE_NAME_BYTES 256

struct files {
    char names[FILES_MAX][FILE_NAME_BYTES];
    size_t count;
};

/** Collect every *.yaml below a folder, in bytewise order. */
void files_collect(struct files *files, const char *folder);
/** Read a whole file, which must fit; returns its length. */
size_t files_read(const char *path, char *text, size_t capacity);

#endif
