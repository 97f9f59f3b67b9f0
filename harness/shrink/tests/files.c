/* SPDX-License-Identifier: MIT */
#include "harness/shrink/tests/files.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void collect(struct files *files, const char *folder)
{
    DIR *directory = opendir(folder);
    struct dirent *entry;
    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        char path[FILE_NAME_BYTES];
        size_t length = strlen(entry->d_name);
        if (entry->d_name[0] == '.' ||
            snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) >= (int)sizeof path) {
            continue;
        }
        if (length > 5 && strcmp(entry->d_name + length - 5, ".yaml") == 0) {
            if (files->count < FILES_MAX) {
                memcpy(files->names[files->count++], path, sizeof path);
            }
        } else if (strchr(entry->d_name, '.') == NULL) {
            collect(files, path);
        }
    }
    if (directory != NULL) {
        (void)closedir(directory);
    }
}

void files_collect(struct files *files, const char *folder)
{
    files->count = 0;
    collect(files, folder);
    qsort(files->names, files->count, FILE_NAME_BYTES, by_name);
}

size_t files_read(const char *path, char *text, size_t capacity)
{
    FILE *file = fopen(path, "rb");
    size_t length = file == NULL ? 0 : fread(text, 1, capacity - 1, file);
    if (file != NULL) {
        (void)fclose(file);
    }
    text[length] = '\0';
    return length;
}
