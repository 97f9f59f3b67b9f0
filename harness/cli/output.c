/* SPDX-License-Identifier: MIT */
/*
 * Files that appear under their name when they are whole, so that who reads one never sees half of it, and what stood there
 * before stays until then.
 *
 * A file is written beside its place, under a name that no other process has, and moved there: two that write the same file
 * at the same time leave one or the other. Who is killed leaves what it has written; it is locked as long as somebody
 * writes it, and who comes upon one that nobody has locked takes it over. What is no file, a device or a pipe, must not be
 * moved over, and is written where it is. So is a file in a folder that takes no other.
 */
#define _XOPEN_SOURCE 700 /* realpath */
#include "harness/cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
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

/* A file that was just made is not locked for a moment, and somebody may have moved it away in it. */
static bool is_still_there(const struct cli_output *output)
{
    struct stat named;
    struct stat opened;
    return lstat(output->part, &named) == 0 && fstat(output->lock, &opened) == 0 &&
           named.st_dev == opened.st_dev && named.st_ino == opened.st_ino &&
           S_ISREG(opened.st_mode) && opened.st_nlink == 1 && opened.st_uid == geteuid();
}

/* Take the file beside the place: a new one, or one that nobody writes any more. False: *ret_is_taken, or there can be none. */
static bool take_part(struct cli_output *output, bool *ret_is_taken)
{
    const int flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC;
    output->lock = open(output->part, flags | O_CREAT | O_EXCL, 0666);
    bool is_new = output->lock >= 0;
    *ret_is_taken = !is_new && errno == EEXIST;
    if (*ret_is_taken) {
        output->lock = open(output->part, flags);
    }
    if (output->lock < 0) {
        return false;
    }
    bool is_locked = flock(output->lock, LOCK_EX | LOCK_NB) == 0;
    bool is_mine = is_locked || (is_new && errno != EWOULDBLOCK); /* not every place has locks */
    *ret_is_taken = !is_mine || !is_still_there(output);
    if (!*ret_is_taken && ftruncate(output->lock, 0) == 0) {
        int copy = fcntl(output->lock, F_DUPFD_CLOEXEC, 0);
        output->file = copy < 0 ? NULL : fdopen(copy, "wb");
        if (output->file == NULL && copy >= 0) {
            (void)close(copy);
        }
    }
    if (output->file == NULL) {
        if (!*ret_is_taken) {
            (void)remove(output->part);
        }
        (void)close(output->lock);
        output->lock = -1;
    }
    return output->file != NULL;
}

/* Open a file beside the place. False: there can be none. */
static bool open_part(struct cli_output *output)
{
    const char *slash = strrchr(output->place, '/');
    size_t folder = slash == NULL ? 0 : (size_t)(slash - output->place) + 1;
    size_t size = folder + PART_NAME_MAX + 64;
    bool is_taken = true;
    output->part = malloc(size);
    for (unsigned i = 0; output->part != NULL && is_taken && i < PART_TRIES; i++) {
        (void)snprintf(output->part, size, "%.*s%.*s.rehearse-%u.part", (int)folder, output->place,
                       PART_NAME_MAX, output->place + folder, i);
        if (take_part(output, &is_taken)) {
            return true;
        }
    }
    return false;
}

static void deinit(struct cli_output *output)
{
    if (output->lock >= 0) {
        (void)close(output->lock); /* not before its file is moved or removed */
    }
    free(output->place);
    free(output->part);
    *output = (struct cli_output){.lock = -1};
}

static bool fail(const struct cli *cli, struct cli_output *output, int why)
{
    (void)cli_complain(cli, CLI_EXIT_INTERNAL, "%s: %s", output->path,
                       why == 0 ? "cannot be written" : strerror(why));
    deinit(output);
    return false;
}

/* What cannot be written beside its place is opened there. */
static bool open_output(const struct cli *cli, const char *path, const char *mode,
                        struct cli_output *output)
{
    cli_make_folders(path);
    *output = (struct cli_output){.path = path, .place = place_of(path), .lock = -1};
    if (output->place == NULL || is_no_file(path) || !open_part(output)) {
        free(output->part);
        output->part = NULL;
        output->file = fopen(path, mode);
    }
    return output->file != NULL || fail(cli, output, errno);
}

bool cli_output_open(const struct cli *cli, const char *path, struct cli_output *output)
{
    return open_output(cli, path, "wb", output);
}

bool cli_output_can(const struct cli *cli, const char *path)
{
    struct cli_output output;
    struct stat status;
    bool is_there = stat(path, &status) == 0;
    if (is_there && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) {
        return true;
    }
    bool can = open_output(cli, path, "ab", &output); /* what is there stays */
    if (can) {
        cli_output_drop(&output);
    }
    return can;
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
