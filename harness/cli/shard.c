/* SPDX-License-Identifier: MIT */
/*
 * --shard auto asks the environment, which engines fill in each in its own way. Of a pair of which only one half is there
 * nobody can tell what was meant, and playing everything on every machine is the one answer that looks good and is wrong; so
 * that is an error, as is an environment in which there is none of them.
 *
 * The innermost engine comes first: a test under Bazel may run in a job of Slurm's, and that on a machine of a CI.
 */
#include "harness/cli/selection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct engine {
    const char *name;
    const char *index;
    const char *count;
    const char *least; /* variable that says from where the index counts; NULL: `from` */
    uint64_t from;
    bool is_whole_without_index; /* a count of 1 without an index means that nothing is split */
};

static const struct engine engines[] = {
    {"Bazel", "TEST_SHARD_INDEX", "TEST_TOTAL_SHARDS", NULL, 0, false},
    {"Slurm", "SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN", 0, false},
    {"Kubernetes", "JOB_COMPLETION_INDEX", "REHEARSE_SHARDS", NULL, 0, false},
    {"GitLab", "CI_NODE_INDEX", "CI_NODE_TOTAL", NULL, 1, true},
    {"Buildkite", "BUILDKITE_PARALLEL_JOB", "BUILDKITE_PARALLEL_JOB_COUNT", NULL, 0, false},
    {"CircleCI", "CIRCLE_NODE_INDEX", "CIRCLE_NODE_TOTAL", NULL, 0, false},
};
#define ENGINES (sizeof engines / sizeof engines[0])

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value == NULL || *value == '\0' ? NULL : value;
}

static bool read_number(const struct cli *cli, const char *name, uint64_t *ret_number)
{
    const char *value = variable(name);
    if (value != NULL && cli_number(value, ret_number)) {
        return true;
    }
    (void)cli_complain(cli, CLI_EXIT_USAGE, "'--shard auto': %s is no whole number: '%s'", name,
                       value == NULL ? "" : value);
    return false;
}

static bool complain_of_half(const struct cli *cli, const struct engine *engine)
{
    bool has_index = variable(engine->index) != NULL;
    (void)cli_complain(cli, CLI_EXIT_USAGE,
                       "'--shard auto': %s says %s, but %s is not set; without it nobody knows "
                       "which part is wanted",
                       engine->name, has_index ? engine->index : engine->count,
                       has_index ? engine->count : engine->index);
    return false;
}

/* An array of Slurm's may have gaps or go in strides; only one that has a task for each shard is a split. */
static bool check_array(const struct cli *cli, uint64_t least, uint64_t count)
{
    const char *most = variable("SLURM_ARRAY_TASK_MAX");
    uint64_t last = 0;
    if (most == NULL || (cli_number(most, &last) && last - least + 1 == count)) {
        return true;
    }
    (void)cli_complain(
        cli, CLI_EXIT_USAGE,
        "'--shard auto': the array of Slurm has %llu tasks from %llu to %s; it needs "
        "all numbers in between, or '--shard i/n'",
        (unsigned long long)count, (unsigned long long)least, most);
    return false;
}

static bool make(const struct cli *cli, const char *what, uint64_t index, uint64_t count,
                 struct cli_shard *ret_shard)
{
    if (count == 0 || count > RH_RESULTS_SHARDS_MAX) {
        (void)cli_complain(cli, CLI_EXIT_USAGE, "%s: there can be 1 to %d shards, not %llu", what,
                           RH_RESULTS_SHARDS_MAX, (unsigned long long)count);
        return false;
    }
    if (index >= count) {
        (void)cli_complain(cli, CLI_EXIT_USAGE,
                           "%s: of %llu shards the first is 0/%llu and the last is %llu/%llu", what,
                           (unsigned long long)count, (unsigned long long)count,
                           (unsigned long long)(count - 1), (unsigned long long)count);
        return false;
    }
    *ret_shard = (struct cli_shard){true, (uint32_t)index, (uint32_t)count};
    return true;
}

/* Bazel wants to see that its shards are heeded. */
static bool acknowledge(const struct cli *cli)
{
    const char *path = variable("TEST_SHARD_STATUS_FILE");
    FILE *file = path == NULL ? NULL : fopen(path, "ab");
    if (path != NULL && (file == NULL || fclose(file) != 0)) {
        (void)cli_complain(cli, CLI_EXIT_USAGE, "TEST_SHARD_STATUS_FILE: %s: %s", path,
                           strerror(errno));
        return false;
    }
    return true;
}

static bool read_engine(const struct cli *cli, const struct engine *engine,
                        struct cli_shard *ret_shard)
{
    char what[64];
    uint64_t index = 0;
    uint64_t count = 0;
    uint64_t least = engine->from;
    const char *total = variable(engine->count);
    if (variable(engine->index) == NULL && engine->is_whole_without_index &&
        strcmp(total, "1") == 0) {
        *ret_shard = (struct cli_shard){true, 0, 1};
        return true;
    }
    if (variable(engine->index) == NULL || total == NULL) {
        return complain_of_half(cli, engine);
    }
    if (!read_number(cli, engine->index, &index) || !read_number(cli, engine->count, &count) ||
        (engine->least != NULL && variable(engine->least) != NULL &&
         !read_number(cli, engine->least, &least))) {
        return false;
    }
    if (engine->least != NULL && !check_array(cli, least, count)) {
        return false;
    }
    (void)snprintf(what, sizeof what, "'--shard auto': %s of %s", engine->index, engine->name);
    return make(cli, what, index >= least ? index - least : UINT64_MAX, count, ret_shard) &&
           (engine != &engines[0] || acknowledge(cli));
}

static bool read_environment(const struct cli *cli, struct cli_shard *ret_shard)
{
    char all[256] = "";
    size_t at = 0;
    for (size_t i = 0; i < ENGINES; i++) {
        if (variable(engines[i].index) != NULL || variable(engines[i].count) != NULL) {
            bool good = read_engine(cli, &engines[i], ret_shard);
            if (good) {
                (void)fprintf(stderr, "%s: shard %u/%u, says %s\n", cli->name,
                              (unsigned)ret_shard->index, (unsigned)ret_shard->count,
                              engines[i].name);
            }
            return good;
        }
        at += (size_t)snprintf(all + at, sizeof all - at, "%s%s", i == 0 ? "" : ", ",
                               engines[i].index);
    }
    (void)cli_complain(cli, CLI_EXIT_USAGE,
                       "'--shard auto': the environment names no shard; looked for %s", all);
    return false;
}

bool cli_shard_read(const struct cli *cli, struct cli_shard *ret_shard)
{
    const char *text = cli_text(cli, CLI_OPTION_SHARD);
    const char *slash = text == NULL ? NULL : strchr(text, '/');
    char first[24] = "";
    uint64_t index;
    uint64_t count;
    *ret_shard = (struct cli_shard){.count = 1};
    if (text == NULL) {
        return true;
    }
    if (strcmp(text, "auto") == 0) {
        return read_environment(cli, ret_shard);
    }
    if (slash != NULL && (size_t)(slash - text) < sizeof first) {
        memcpy(first, text, (size_t)(slash - text));
    }
    if (slash == NULL || !cli_number(first, &index) || !cli_number(slash + 1, &count)) {
        (void)cli_complain(cli, CLI_EXIT_USAGE,
                           "'--shard' takes i/n, such as 0/4 for the first of four, or auto, "
                           "not '%s'",
                           text);
        return false;
    }
    return make(cli, "'--shard'", index, count, ret_shard);
}
