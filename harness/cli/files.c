/* SPDX-License-Identifier: MIT */
/* Finding files in an order that depends on nothing but their names. */
#include "harness/cli/cli.h"
#include "harness/cli/output.h"

#include "harness/trace/digest.h"
#include "harness/trace/trace.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEPTH_MAX 32U
#define PATH_BYTES 4096
#define STEM_BYTES 161 /* what stands behind it fits into 255 as well */

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

void cli_make_folders(const char *path)
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
    cli_make_folders(path);
    bool ok = rh_trace_file_open(file, path) == RH_OK;
    if (!ok) {
        (void)cli_complain(cli, CLI_EXIT_INTERNAL, "%s: %s", path, strerror(file->os_error));
    }
    return ok;
}

bool cli_write_file(const struct cli *cli, const char *path, const uint8_t *bytes, size_t size)
{
    struct cli_output output;
    return cli_output_open(cli, path, &output) &&
           cli_output_close(cli, &output, fwrite(bytes, 1, size, output.file) == size);
}

/* scenarios/links/exit.yaml -> links.exit; what is longer than a name may be is cut. */
static void stem_of(const char *scenario, char *stem)
{
    const char *name = scenario + strspn(scenario, "./"); /* no hidden file, no other folder */
    name += strncmp(name, "scenarios/", 10) == 0 ? 10 : 0;
    size_t length = strlen(name);
    if (length > 5 && strcmp(name + length - 5, ".yaml") == 0) {
        length -= 5;
    }
    length = length < STEM_BYTES ? length : STEM_BYTES - 1;
    for (size_t i = 0; i < length; i++) {
        stem[i] = name[i] == '/' ? '.' : name[i];
    }
    stem[length] = '\0';
}

/* Return whether a stem is also that of something else that is played. */
static bool is_ambiguous(const struct rh_results_run *run, const char *path, const char *stem)
{
    bool is = strlen(stem) == STEM_BYTES - 1;
    for (size_t i = 0; run != NULL && i < run->play_count && !is; i++) {
        char other[STEM_BYTES];
        stem_of(run->plays[i].path, other);
        is = strcmp(stem, other) == 0 && strcmp(run->plays[i].path, path) != 0;
    }
    return is;
}

void cli_trace_path(const struct cli *cli, const struct rh_results_run *run,
                    const struct rh_results_play *play, uint64_t seed, const char *ending,
                    char *path)
{
    const char *folder = cli_text(cli, CLI_OPTION_TRACE_DIR);
    char stem[STEM_BYTES];
    char digest[24] = "";
    char number[24] = "";
    stem_of(play->path == NULL ? "run" : play->path, stem);
    if (play->path != NULL && is_ambiguous(run, play->path, stem)) {
        uint8_t bytes[RH_TRACE_DIGEST_BYTES];
        uint64_t words[2];
        trace_digest((const uint8_t *)play->path, strlen(play->path), bytes);
        trace_digest_words(bytes, words);
        (void)snprintf(digest, sizeof digest, ".%016llx", (unsigned long long)words[0]);
    }
    if (play->number > 0) {
        (void)snprintf(number, sizeof number, ".%llu", (unsigned long long)play->number + 1);
    }
    (void)snprintf(path, CLI_PATH_BYTES, "%s/%s%s%s.0x%llx%s",
                   folder == NULL ? ".rehearse/traces" : folder, stem, digest, number,
                   (unsigned long long)seed, ending);
}
