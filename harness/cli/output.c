/* SPDX-License-Identifier: MIT */
/*
 * Files that appear under their name when they are whole, so that who reads one never sees half of it, and what stood there
 * before stays until then.
 *
 * A file is written beside its place, under a name that no other process has, and moved there: two that write the same file
 * at the same time leave one or the other. What is no file, a device or a pipe, must not be moved over, and is written where
 * it is. So is a file in a folder that takes no other.
 */
#define _XOPEN_SOURCE 700 /* realpath */
#include "harness/cli/output.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PART_NAME_MAX 200 /* of the name itself: what stands behind it has to fit as well */
#define PART_TRIES 1000U

/* Where a file is or will be, links followed; NULL: it cannot be said. To be freed. */
static char *place_of(const char *path)
{
    char *place = realpath(path, NULL);
    struct stat status;
    if (place != NULL || lstat(path, &status) == 0) {
        return place;
    }
    const char *slash = strrchr(path, '/');
    char *folder = slash == NULL ? strdup(".") : strndup(path, (size_t)(slash - path) + 1);
    char *above = folder == NULL ? NULL : realpath(folder, NULL);
    const char *name = slash == NULL ? path : slash + 1;
    if (above != NULL) {
        size_t size = strlen(above) + strlen(name) + 2;
        place = malloc(size);
        if (place != NULL) {
            (void)snprintf(place, size, "%s/%s", above, name);
        }
    }
    free(above);
    free(folder);
    return place;
}

static bool is_no_file(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

bool cli_is_same_file(const char *one, const char *other)
{
    char *a = place_of(one);
    char *b = place_of(other);
    bool is_same = a != NULL && b != NULL && strcmp(a, b) == 0 && !is_no_file(one);
    free(a);
    free(b);
    return is_same;
}

FILE *cli_stream_of(const char *path)
{
    FILE *const streams[] = {stdout, stderr};
    struct stat one;
    struct stat other;
    if (strcmp(path, "-") == 0) {
        return stdout;
    }
    for (size_t i = 0; i < 2 && stat(path, &one) == 0 && !S_ISCHR(one.st_mode); i++) {
        if (fstat(fileno(streams[i]), &other) == 0 && one.st_dev == other.st_dev &&
            one.st_ino == other.st_ino) {
            return streams[i];
        }
    }
    return NULL;
}

/* Open a file beside the place. False: there can be none. */
static bool open_part(struct cli_output *output)
{
    static atomic_uint last;
    const char *slash = strrchr(output->place, '/');
    size_t folder = slash == NULL ? 0 : (size_t)(slash - output->place) + 1;
    size_t size = folder + PART_NAME_MAX + 64;
    output->part = malloc(size);
    for (unsigned i = 0; output->part != NULL && i < PART_TRIES; i++) {
        (void)snprintf(output->part, size, "%.*s%.*s.%ld-%u.part", (int)folder, output->place,
                       PART_NAME_MAX, output->place + folder, (long)getpid(),
                       atomic_fetch_add(&last, 1));
        output->file = fopen(output->part, "wbx");
        if (output->file != NULL || errno != EEXIST) {
            break;
        }
    }
    return output->file != NULL;
}

static void deinit(struct cli_output *output)
{
    free(output->place);
    free(output->part);
    *output = (struct cli_output){0};
}

static bool fail(const struct cli *cli, struct cli_output *output, int why)
{
    (void)cli_complain(cli, CLI_EXIT_INTERNAL, "%s: %s", output->path,
                       why == 0 ? "cannot be written" : strerror(why));
    deinit(output);
    return false;
}

bool cli_output_open(const struct cli *cli, const char *path, struct cli_output *output)
{
    cli_make_folders(path);
    *output = (struct cli_output){.path = path, .place = place_of(path)};
    if (output->place == NULL || is_no_file(path) || !open_part(output)) {
        free(output->part);
        output->part = NULL;
        output->file = fopen(path, "wb");
    }
    return output->file != NULL || fail(cli, output, errno);
}

void cli_output_drop(struct cli_output *output)
{
    (void)fclose(output->file);
    if (output->part != NULL) {
        (void)remove(output->part);
    }
    deinit(output);
}

bool cli_output_close(const struct cli *cli, struct cli_output *output, bool is_good)
{
    errno = is_good ? 0 : errno;
    bool ok = ferror(output->file) == 0 && fflush(output->file) == 0 && is_good;
    int why = errno;
    if (fclose(output->file) != 0 && ok) {
        ok = false;
        why = errno;
    }
    if (ok && output->part != NULL && rename(output->part, output->place) != 0) {
        ok = false;
        why = errno;
    }
    if (!ok && output->part != NULL) {
        (void)remove(output->part);
    }
    if (!ok) {
        return fail(cli, output, why);
    }
    deinit(output);
    return true;
}
