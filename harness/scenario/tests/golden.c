/* SPDX-License-Identifier: MIT */
#include "harness/scenario/tests/golden.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILES_MAX 256
#define NAME_BYTES 128
#define TEXT_BYTES ((size_t)1 << 18)

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

static size_t list(const char *folder, char names[FILES_MAX][NAME_BYTES])
{
    DIR *directory = opendir(folder);
    size_t count = 0;
    struct dirent *entry;
    while (directory != NULL && (entry = readdir(directory)) != NULL && count < FILES_MAX) {
        size_t length = strlen(entry->d_name);
        if (length > 5 && length < NAME_BYTES && strcmp(entry->d_name + length - 5, ".yaml") == 0) {
            memcpy(names[count++], entry->d_name, length + 1);
        }
    }
    if (directory != NULL) {
        (void)closedir(directory);
    }
    qsort(names, count, NAME_BYTES, by_name);
    return count;
}

static size_t read_file(const char *path, char *text, size_t capacity)
{
    FILE *file = fopen(path, "rb");
    size_t length = 0;
    if (file != NULL) {
        length = fread(text, 1, capacity - 1, file);
        (void)fclose(file);
    }
    text[length] = '\0';
    return length;
}

static bool write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");
    bool good = file != NULL && fputs(text, file) >= 0;
    return file != NULL && fclose(file) == 0 && good;
}

static bool compare(const char *folder, const char *name, bool is_writing,
                    size_t (*say)(const char *path, char *text, size_t capacity))
{
    static char said[TEXT_BYTES];
    static char expected[TEXT_BYTES];
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    if (say(path, said, sizeof said) >= sizeof said) {
        return false;
    }
    (void)snprintf(path, sizeof path, "%s/%.*s.expected", folder, (int)(strlen(name) - 5), name);
    if (is_writing) {
        return write_file(path, said);
    }
    (void)read_file(path, expected, sizeof expected);
    if (strcmp(said, expected) == 0) {
        return true;
    }
    (void)fprintf(stderr, "%s/%s: expected:\n%s\nsaid:\n%s\n", folder, name, expected, said);
    return false;
}

size_t golden_folder(const char *folder, bool is_writing,
                     size_t (*say)(const char *path, char *text, size_t capacity))
{
    static char names[FILES_MAX][NAME_BYTES];
    size_t count = list(folder, names);
    size_t different = count == 0 ? 1 : 0;
    for (size_t i = 0; i < count; i++) {
        different += compare(folder, names[i], is_writing, say) ? 0 : 1;
    }
    return different;
}
