/* SPDX-License-Identifier: MIT */
/*
 * Who is killed removes nothing. So each folder is locked as long as its run lives, and a later run removes those that nobody
 * has locked. One that was just made is not locked for a moment, and may be removed in it: whoever has made one locks it, and
 * looks whether it is still there.
 */
#include "harness/live/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define HOME "/tmp"
#define PREFIX "rehearse-live-"
#define DRAWN "XXXXXX"
#define TRIES 100

static bool is_still_there(const struct live_folder *folder)
{
    struct stat named;
    struct stat locked;
    return stat(folder->path, &named) == 0 && fstat(folder->lock, &locked) == 0 &&
           named.st_dev == locked.st_dev && named.st_ino == locked.st_ino;
}

static bool try_to_make(struct live_folder *folder)
{
    (void)snprintf(folder->path, sizeof(folder->path), "%s/%s%s", HOME, PREFIX, DRAWN);
    if (mkdtemp(folder->path) == NULL) {
        return false;
    }
    folder->lock = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder->lock >= 0 && flock(folder->lock, LOCK_EX) == 0 && is_still_there(folder)) {
        return true;
    }
    if (folder->lock >= 0) {
        (void)close(folder->lock);
    }
    return false;
}

enum rh_status folder_make(struct live_folder *folder)
{
    for (int i = 0; i < TRIES; i++) {
        if (try_to_make(folder)) {
            return RH_OK;
        }
    }
    folder->path[0] = '\0';
    return RH_IO;
}

/* There are sockets in it, and nothing else of ours. */
static void remove_all(const char *path)
{
    char name[FOLDER_BYTES + 256];
    DIR *folder = opendir(path);
    const struct dirent *entry;
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        struct stat status;
        (void)snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
        if (lstat(name, &status) == 0 && S_ISSOCK(status.st_mode)) {
            (void)unlink(name);
        }
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    (void)rmdir(path);
}

void folder_remove(struct live_folder *folder)
{
    if (folder->path[0] != '\0') {
        remove_all(folder->path);
        (void)close(folder->lock);
        folder->path[0] = '\0';
    }
}

static void clean(const char *name)
{
    struct live_folder left = {.lock = -1};
    struct stat status;
    (void)snprintf(left.path, sizeof(left.path), "%s/%.40s", HOME, name);
    if (lstat(left.path, &status) != 0 || !S_ISDIR(status.st_mode) || status.st_uid != geteuid()) {
        return;
    }
    left.lock = open(left.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (left.lock < 0) {
        return;
    }
    if (flock(left.lock, LOCK_EX | LOCK_NB) == 0 && is_still_there(&left)) {
        remove_all(left.path);
    }
    (void)close(left.lock);
}

void folders_clean(void)
{
    DIR *home = opendir(HOME);
    const struct dirent *entry;
    while (home != NULL && (entry = readdir(home)) != NULL) {
        if (strncmp(entry->d_name, PREFIX, sizeof(PREFIX) - 1) == 0 &&
            strlen(entry->d_name) == sizeof(PREFIX DRAWN) - 1) {
            clean(entry->d_name);
        }
    }
    if (home != NULL) {
        (void)closedir(home);
    }
}
