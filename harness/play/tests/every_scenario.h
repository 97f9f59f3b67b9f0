/* SPDX-License-Identifier: MIT */
/* Every scenario of the suite, for tests that hold of all of them. The test runs in the project's folder. */
#ifndef HARNESS_PLAY_TESTS_EVERY_SCENARIO_H
#define HARNESS_PLAY_TESTS_EVERY_SCENARIO_H

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static inline bool ends_in(const char *name, const char *end)
{
    size_t length = strlen(name);
    return length > strlen(end) && strcmp(name + length - strlen(end), end) == 0;
}

/** Visit the files of a folder and of all folders in it, in the order of the file system. */
static inline void every_scenario(const char *folder, void (*visit)(const char *path, void *self),
                                  void *self)
{
    DIR *directory = opendir(folder);
    if (directory == NULL) {
        return;
    }
    for (const struct dirent *entry = readdir(directory); entry != NULL;
         entry = readdir(directory)) {
        char path[512];
        int length = snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        assert_true(length > 0 && (size_t)length < sizeof(path));
        if (ends_in(path, ".yaml")) {
            visit(path, self);
        } else if (entry->d_name[0] != '.' && strchr(entry->d_name, '.') == NULL) {
            every_scenario(path, visit, self);
        }
    }
    assert_int_equal(closedir(directory), 0);
}

#endif
