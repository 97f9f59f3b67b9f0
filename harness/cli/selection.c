/* SPDX-License-Identifier: MIT */
/* The selection is the same on every machine that has the same files: what depends on which shard this is comes after it. */
#include "harness/cli/selection.h"

#include "harness/trace/digest.h"

#include <stdlib.h>
#include <string.h>

#define FILE_BYTES_MAX ((size_t)2 << 20)

static bool lets_pass(const struct cli *cli, const char *path)
{
    if (!cli_has(cli, CLI_OPTION_FILTER)) {
        return true;
    }
    struct rh_scenario *scenario = cli_load(cli, path);
    bool passes = scenario == NULL || cli_is_selected(cli, scenario);
    rh_scenario_destroy(scenario);
    return passes;
}

struct place {
    const char *path;
    size_t index;
};

static int compare(const void *a, const void *b)
{
    const struct place *one = a;
    const struct place *other = b;
    int order = strcmp(one->path, other->path);
    return order != 0 ? order : (one->index > other->index) - (one->index < other->index);
}

/* Number those of the same path, so that each has a name of its own. */
static bool number(struct cli_selection *selection)
{
    struct place *places = calloc(selection->count + 1, sizeof *places);
    if (places == NULL) {
        return false;
    }
    for (size_t i = 0; i < selection->count; i++) {
        places[i] = (struct place){selection->plays[i].path, i};
    }
    qsort(places, selection->count, sizeof *places, compare);
    for (size_t i = 1; i < selection->count; i++) {
        bool is_same = strcmp(places[i].path, places[i - 1].path) == 0;
        selection->plays[places[i].index].number =
            is_same ? selection->plays[places[i - 1].index].number + 1 : 0;
    }
    free(places);
    return true;
}

bool cli_selection_make(const struct cli *cli, const struct cli_files *files, size_t plans,
                        struct cli_selection *ret_selection)
{
    struct cli_selection *selection = ret_selection;
    bool fits = plans < SIZE_MAX / (files->count + 1);
    size_t count = fits ? files->count * plans + 1 : SIZE_MAX;
    *selection = (struct cli_selection){.plays = calloc(count, sizeof *selection->plays),
                                        .plans = calloc(count, sizeof *selection->plans)};
    bool ok = selection->plays != NULL && selection->plans != NULL;
    for (size_t i = 0; ok && i < files->count; i++) {
        const size_t wanted = lets_pass(cli, files->paths[i]) ? plans : 0;
        for (size_t plan = 0; plan < wanted; plan++) {
            selection->plays[selection->count].path = files->paths[i];
            selection->plans[selection->count++] = plan;
        }
    }
    ok = ok && number(selection);
    if (!ok) {
        (void)cli_complain(cli, CLI_EXIT_INTERNAL, "out of memory");
    }
    return ok;
}

static uint64_t digest_of(const char *path)
{
    uint8_t digest[RH_TRACE_DIGEST_BYTES];
    uint64_t words[2] = {0, 0};
    uint8_t *bytes = malloc(FILE_BYTES_MAX);
    FILE *file = bytes == NULL ? NULL : fopen(path, "rb");
    if (file != NULL) {
        size_t size = fread(bytes, 1, FILE_BYTES_MAX, file);
        if (ferror(file) == 0) {
            trace_digest(bytes, size, digest);
            trace_digest_words(digest, words);
        }
        (void)fclose(file);
    }
    free(bytes);
    return words[0];
}

void cli_selection_digest(struct cli_selection *selection)
{
    for (size_t i = 0; i < selection->count; i++) {
        bool is_same = i > 0 && selection->plays[i].path == selection->plays[i - 1].path;
        selection->plays[i].digest =
            is_same ? selection->plays[i - 1].digest : digest_of(selection->plays[i].path);
    }
}

void cli_selection_deinit(struct cli_selection *selection)
{
    free(selection->plays);
    free(selection->plans);
    *selection = (struct cli_selection){0};
}
