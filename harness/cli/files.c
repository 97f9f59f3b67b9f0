/* SPDX-License-Identifier: MIT */
/* Finding files in an order that depends on nothing but their names. */
#include "harness/cli/cli.h"

#include "harness/trace/trace.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEPTH_MAX 32U
#define PATH_BYTES 4096

static bool add(const struct cli *cli, struct cli_files *files, const char *path)
{
    if (files->count == files->capacity) {
        size_t capacity = files->capacity == 0 ? 64 : 2 * files->capacity;
        char **grown = realloc(files->paths, capacity * sizeof *grown);
        if (grown == NULL) {
            (void)cli_complain(cli, CLI_EXIT_INTERNAL, "out of memory");
            return false;
        }
        files->paths = grown;
        files->capacity = capacity;
    }
    files->paths[files->count] = strdup(path);
    if (files->paths[files->count] == NULL) {
        (void)cli_complain(cli, CLI_EXIT_INTERNAL, "out of memory");
        return false;
    }
    files->count++;
    return true;
}

static bool is_scenario(const char *name)
{
    size_t length = strlen(name);
    return (length > 5 && strcmp(name + length - 5, ".yaml") == 0) ||
           (length > 4 && strcmp(name + length - 4, ".yml") == 0);
}

/* A folder and those that it was found in. */
struct folder {
    const struct folder *above;
    const char *path;
    dev_t device;
    ino_t inode;
    unsigned depth;
};

static bool add_folder(const struct cli *cli, struct cli_files *files, const struct folder *folder);

/* What is wrong with one entry keeps nobody from the others. */
static bool complain_of_entry(const struct cli *cli, struct cli_files *files, const char *path,
                              const char *text, const char *other)
{
    (void)cli_complain(cli, CLI_EXIT_USAGE, "%s: error: %s%s", path, text, other);
    files->has_flaw = true;
    return true;
}

static bool add_subfolder(const struct cli *cli, struct cli_files *files,
                          const struct folder *above, const char *path, const struct stat *status)
{
    struct folder folder = {above, path, status->st_dev, status->st_ino, above->depth + 1};
    for (const struct folder *at = above; at != NULL; at = at->above) {
        if (at->device == folder.device && at->inode == folder.inode) {
            return complain_of_entry(cli, files, path, "leads back to ", at->path);
        }
    }
    return add_folder(cli, files, &folder);
}

static bool add_entry(const struct cli *cli, struct cli_files *files, const struct folder *folder,
                      const char *name)
{
    char path[PATH_BYTES];
    size_t end = strlen(folder->path);
    const char *slash = end > 0 && folder->path[end - 1] == '/' ? "" : "/";
    int length = snprintf(path, sizeof path, "%s%s%s", folder->path, slash, name);
    struct stat status;
    if (length < 0 || (size_t)length >= sizeof path) {
        return complain_of_entry(cli, files, folder->path, "a path in it is too long", "");
    }
    if (stat(path, &status) != 0) {
        return !is_scenario(name) || complain_of_entry(cli, files, path, strerror(errno), "");
    }
    if (S_ISDIR(status.st_mode)) {
        return add_subfolder(cli, files, folder, path, &status);
    }
    return !is_scenario(name) || add(cli, files, path);
}

static bool add_folder(const struct cli *cli, struct cli_files *files, const struct folder *folder)
{
    DIR *directory = folder->depth > DEPTH_MAX ? NULL : opendir(folder->path);
    if (directory == NULL) {
        return complain_of_entry(
            cli, files, folder->path,
            folder->depth > DEPTH_MAX ? "folders are nested too deep" : strerror(errno), "");
    }
    bool ok = true;
    const struct dirent *entry;
    while (ok && (entry = readdir(directory)) != NULL) {
        ok = entry->d_name[0] == '.' || add_entry(cli, files, folder, entry->d_name);
    }
    (void)closedir(directory);
    return ok;
}

static int compare(const void *a, const void *b)
{
    const char *const *a_path = a;
    const char *const *b_path = b;
    return strcmp(*a_path, *b_path);
}

static bool add_operand(const struct cli *cli, struct cli_files *files, const char *operand)
{
    struct stat status;
    if (stat(operand, &status) != 0) {
        (void)cli_complain(cli, CLI_EXIT_USAGE, "%s: %s", operand, strerror(errno));
        return false;
    }
    if (!S_ISDIR(status.st_mode)) {
        return add(cli, files, operand);
    }
    size_t first = files->count;
    struct folder folder = {NULL, operand, status.st_dev, status.st_ino, 0};
    if (!add_folder(cli, files, &folder)) {
        return false;
    }
    if (files->count > first) {
        qsort(files->paths + first, files->count - first, sizeof *files->paths, compare);
    }
    return true;
}

bool cli_files_find(const struct cli *cli, const char *fallback, struct cli_files *files)
{
    *files = (struct cli_files){0};
    const struct cli_arguments *arguments = &cli->arguments;
    if (arguments->operand_count == 0) {
        struct stat is_there;
        if (stat(fallback, &is_there) != 0 && errno == ENOENT) {
            (void)cli_complain(cli, CLI_EXIT_USAGE,
                               "there is no folder '%s' here; name a file or a folder", fallback);
            return false;
        }
        return add_operand(cli, files, fallback);
    }
    bool ok = true;
    for (size_t i = 0; ok && i < arguments->operand_count; i++) {
        ok = add_operand(cli, files, arguments->operands[i]);
    }
    return ok;
}

void cli_files_deinit(struct cli_files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        free(files->paths[i]);
    }
    free(files->paths);
    *files = (struct cli_files){0};
}

bool cli_read_file(const struct cli *cli, const char *path, size_t size_max, uint8_t **ret_bytes,
                   size_t *ret_size)
{
    FILE *file = fopen(path, "rb");
    struct stat status;
    *ret_bytes = NULL;
    if (file == NULL || fstat(fileno(file), &status) != 0 || S_ISDIR(status.st_mode)) {
        (void)cli_complain(cli, CLI_EXIT_USAGE, "%s: %s", path,
                           file == NULL ? strerror(errno) : "is no file");
        if (file != NULL) {
            (void)fclose(file);
        }
        return false;
    }
    size_t capacity = 0;
    size_t size = 0;
    const char *flaw = NULL;
    while (flaw == NULL) {
        if (size == capacity) {
            capacity = capacity == 0 ? (size_t)1 << 16 : 2 * capacity;
            uint8_t *grown = size >= size_max ? NULL : realloc(*ret_bytes, capacity);
            if (grown == NULL) {
                flaw = "is too large";
                break;
            }
            *ret_bytes = grown;
        }
        size_t took = fread(*ret_bytes + size, 1, capacity - size, file);
        if (took == 0) {
            flaw = ferror(file) != 0 ? "cannot be read" : NULL;
            break;
        }
        size += took;
    }
    (void)fclose(file);
    *ret_size = size;
    if (flaw != NULL) {
        (void)cli_complain(cli, CLI_EXIT_USAGE, "%s: %s", path, flaw);
        free(*ret_bytes);
        *ret_bytes = NULL;
    }
    return flaw == NULL;
}

/* Make the folders above a file. What cannot be made shows when the file is opened. */
static void make_folders(const char *path)
{
    char folder[PATH_BYTES];
    size_t length = strlen(path);
    for (size_t i = 1; i < length && i < sizeof folder; i++) {
        if (path[i] == '/') {
            memcpy(folder, path, i);
            folder[i] = '\0';
            (void)mkdir(folder, 0777);
        }
    }
}

bool cli_open_trace(const struct cli *cli, const char *path, struct rh_trace_file *file)
{
    make_folders(path);
    bool ok = rh_trace_file_open(file, path) == RH_OK;
    if (!ok) {
        (void)cli_complain(cli, CLI_EXIT_INTERNAL, "%s: %s", path, strerror(file->os_error));
    }
    return ok;
}

FILE *cli_create_file(const struct cli *cli, const char *path)
{
    make_folders(path);
    FILE *file = fopen(path, "wb");
    if (file == NULL) {
        (void)cli_complain(cli, CLI_EXIT_INTERNAL, "%s: %s", path, strerror(errno));
    }
    return file;
}

bool cli_write_file(const struct cli *cli, const char *path, const uint8_t *bytes, size_t size)
{
    make_folders(path);
    FILE *file = fopen(path, "wb");
    bool ok = file != NULL && fwrite(bytes, 1, size, file) == size;
    int why = errno;
    if (file != NULL && fclose(file) != 0) {
        ok = false;
        why = errno;
    }
    if (!ok) {
        (void)cli_complain(cli, CLI_EXIT_INTERNAL, "%s: %s", path, strerror(why));
    }
    return ok;
}

/* scenarios/links/exit.yaml with seed 42 -> FOLDER/links.exit.0x2a.trace */
void cli_trace_path(const struct cli *cli, const char *scenario, uint64_t seed, char *path,
                    size_t capacity)
{
    const char *folder = cli_text(cli, CLI_OPTION_TRACE_DIR);
    const char *name = scenario == NULL ? "run" : scenario;
    name += strspn(name, "./"); /* no hidden file, no other folder */
    name += strncmp(name, "scenarios/", 10) == 0 ? 10 : 0;
    size_t length = strlen(name);
    if (length > 5 && strcmp(name + length - 5, ".yaml") == 0) {
        length -= 5;
    }
    size_t at =
        (size_t)snprintf(path, capacity, "%s/", folder == NULL ? ".rehearse/traces" : folder);
    for (size_t i = 0; i < length && at + 32 < capacity; i++) {
        path[at++] = name[i] == '/' ? '.' : name[i];
    }
    (void)snprintf(path + at, capacity - at, ".0x%llx.trace", (unsigned long long)seed);
}
