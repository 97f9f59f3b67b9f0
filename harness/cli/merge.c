/* SPDX-License-Identifier: MIT */
/*
 * `merge`: what shards have found, told as `run` would have told it, in the order of the selection. What is missing makes the
 * whole inconclusive, unless something failed: no verdict stands on what nobody has seen.
 */
#include "harness/cli/shrink.h"
#include "harness/cli/tell.h"
#include "harness/trace/reader.h"

#include <stdlib.h>
#include <string.h>

#define FILE_BYTES_MAX ((size_t)4 << 30)
#define NAMED_MAX 5U

struct merge {
    struct cli *cli;
    struct rh_results *results;
    uint8_t **files;
    size_t file_count;
    struct cli_teller teller;
};

/* ---- reading ---- */

static bool add_file(struct merge *merge, const char *path)
{
    char complaint[512] = "";
    uint8_t *bytes;
    size_t size;
    if (!cli_read_file(merge->cli, path, FILE_BYTES_MAX, &bytes, &size)) {
        return false;
    }
    merge->files[merge->file_count++] = bytes;
    enum rh_status status =
        rh_results_add(merge->results, bytes, size, complaint, sizeof complaint);
    if (status != RH_OK) {
        (void)cli_complain(merge->cli, CLI_EXIT_USAGE, "%s: %s%s", path, complaint,
                           status == RH_TRUNCATED ? "; what is whole of it counts" : "");
    }
    return status == RH_OK || status == RH_TRUNCATED;
}

static bool add_files(struct merge *merge)
{
    const struct cli_arguments *arguments = &merge->cli->arguments;
    merge->files = calloc(arguments->operand_count + 1, sizeof *merge->files);
    bool ok = merge->files != NULL && merge->results != NULL;
    if (!ok) {
        (void)cli_complain(merge->cli, CLI_EXIT_INTERNAL, "out of memory");
    }
    for (size_t i = 0; ok && i < arguments->operand_count; i++) {
        ok = add_file(merge, arguments->operands[i]);
    }
    if (ok && rh_results_run(merge->results) == NULL) {
        (void)cli_complain(merge->cli, CLI_EXIT_USAGE, "there are no results in %s",
                           arguments->operand_count == 1 ? "it" : "them");
        ok = false;
    }
    return ok;
}

/* ---- what is missing ---- */

static void name_shards(struct merge *merge, enum rh_results_state state, const char *what)
{
    const struct rh_results_run *run = rh_results_run(merge->results);
    char text[256] = "";
    size_t at = 0;
    size_t count = 0;
    for (uint32_t i = 0; i < run->shard_count; i++) {
        bool is_one = rh_results_shard(merge->results, i) == state;
        if (is_one && count < NAMED_MAX) {
            at += (size_t)snprintf(text + at, sizeof text - at, "%s%u/%u", count == 0 ? "" : ", ",
                                   (unsigned)i, (unsigned)run->shard_count);
        }
        count += is_one;
    }
    if (count > NAMED_MAX) {
        (void)snprintf(text + at, sizeof text - at, " and %zu more", count - NAMED_MAX);
    }
    if (count > 0) {
        merge->teller.is_incomplete = true;
        (void)cli_complain(merge->cli, CLI_EXIT_INCONCLUSIVE, "shard%s %s %s %s",
                           count == 1 ? "" : "s", text, count == 1 ? "is" : "are", what);
    }
}

static void name_plays(struct merge *merge)
{
    const struct rh_results_run *run = rh_results_run(merge->results);
    size_t count = 0;
    for (size_t i = 0; i < run->play_count; i++) {
        count += rh_results_is_missing(merge->results, i);
    }
    if (count == 0) {
        return;
    }
    merge->teller.is_incomplete = true;
    (void)cli_complain(merge->cli, CLI_EXIT_INCONCLUSIVE,
                       "of %zu scenarios %zu %s not played:", run->play_count, count,
                       count == 1 ? "was" : "were");
    size_t named = 0;
    for (size_t i = 0; i < run->play_count && named < NAMED_MAX; i++) {
        if (rh_results_is_missing(merge->results, i)) {
            (void)fprintf(stderr, "    %s\n", run->plays[i].path);
            named++;
        }
    }
    if (count > NAMED_MAX) {
        (void)fprintf(stderr, "    and %zu more\n", count - NAMED_MAX);
    }
}

/* ---- telling ---- */

struct kept {
    char trace[CLI_PATH_BYTES];
    char plan[CLI_PATH_BYTES];
    char shrunk[CLI_PATH_BYTES];
};

/* Write the scenario with what a swarm has drawn, which the trace carries, beside the trace. */
static void keep_plan(struct merge *merge, size_t play, struct rh_results_entry *entry,
                      struct kept *kept)
{
    struct rh_trace_reader reader;
    const struct rh_result *result = &entry->result;
    const struct rh_results_run *run = rh_results_run(merge->results);
    entry->entry.plan_path = NULL;
    if (rh_trace_open(&reader, NULL, result->trace.bytes, result->trace.size) == RH_OK &&
        reader.info.has_scenario) {
        struct rh_text text = reader.info.scenario;
        cli_trace_path(merge->cli, run, &run->plays[play], result->seed, ".yaml", kept->plan);
        if (cli_write_file(merge->cli, kept->plan, (const uint8_t *)text.bytes, text.size)) {
            entry->entry.plan_path = kept->plan;
        } else {
            merge->teller.has_internal = true;
        }
    }
    rh_trace_close(&reader);
}

/* Write the trace that came with a failure, and what was shrunk of it, to where both can be replayed; the block is made anew,
 * with those names. */
static void keep_trace(struct merge *merge, size_t play, struct rh_results_entry *entry,
                       struct kept *kept)
{
    struct cli *cli = merge->cli;
    const struct rh_result *result = &entry->result;
    bool fails = strcmp(rh_verdict_tally(result->verdict), "failed") == 0;
    if (!cli_has(cli, CLI_OPTION_TRACE_DIR) || result->trace.size == 0 || !fails) {
        return;
    }
    const struct rh_results_run *run = rh_results_run(merge->results);
    cli_trace_path(cli, run, &run->plays[play], result->seed, ".trace", kept->trace);
    if (!cli_write_file(cli, kept->trace, result->trace.bytes, result->trace.size)) {
        merge->teller.has_internal = true;
        return;
    }
    entry->entry.trace_path = kept->trace;
    entry->entry.block = NULL;
    if (entry->entry.plan_path != NULL) {
        keep_plan(merge, play, entry, kept);
    }
    if (entry->entry.shrunk_text == NULL) {
        return;
    }
    if (cli_write_shrunk_entry(cli, &entry->entry, kept->trace, kept->shrunk,
                               sizeof kept->shrunk)) {
        entry->entry.shrunk_path = kept->shrunk;
    } else {
        merge->teller.has_internal = true;
    }
}

/* What comes from a file may hold anything. */
static void tame(char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte == 0xC2 && ((unsigned char)text[1] & 0xE0U) == 0x80) {
            *text++ = '.'; /* U+0080 to U+009F */
            *text = '.';
        } else if ((byte < 0x20 && byte != '\n') || byte == 0x7F) {
            *text = '.';
        }
    }
}

static void tell_bad(struct merge *merge, size_t play, const struct rh_results_entry *entry)
{
    char *shown = strdup(entry->diagnostics);
    if (shown == NULL) {
        merge->teller.has_internal = true;
        return;
    }
    tame(shown);
    cli_tell_bad(&merge->teller, play, &rh_results_run(merge->results)->plays[play],
                 entry->diagnostics, shown);
    free(shown);
}

static void tell(struct merge *merge, size_t play)
{
    struct rh_results_entry entry;
    struct kept kept;
    if (!rh_results_take(merge->results, play, &entry)) {
        (void)cli_complain(merge->cli, CLI_EXIT_INTERNAL, "out of memory");
        merge->teller.has_internal = true;
    } else if (entry.kind == RH_RESULTS_PLAYED) {
        keep_trace(merge, play, &entry, &kept);
        cli_tell_result(&merge->teller, play, &entry.entry);
    } else if (entry.kind == RH_RESULTS_BAD) {
        tell_bad(merge, play, &entry);
    } else if (entry.kind == RH_RESULTS_NOTHING) {
        cli_tell_nothing(&merge->teller, play);
    }
    rh_results_entry_deinit(&entry);
}

static int tell_all(struct merge *merge)
{
    struct rh_results_run run = *rh_results_run(merge->results);
    const char *output = cli_text(merge->cli, CLI_OPTION_OUTPUT);
    run.without_times = run.without_times || cli_has(merge->cli, CLI_OPTION_NO_TIMES);
    cli_teller_init(&merge->teller, merge->cli, &run);
    if ((output != NULL && !cli_write_merged(merge->cli, merge->results, output)) ||
        !cli_teller_open(&merge->teller, &run, merge->results)) {
        (void)cli_reports_close(&merge->teller.reports);
        return CLI_EXIT_USAGE;
    }
    for (size_t i = 0; i < run.play_count; i++) {
        tell(merge, i);
    }
    merge->teller.has_internal = merge->teller.has_internal || run.has_internal;
    merge->teller.has_bad_file = merge->teller.has_bad_file || run.has_flaw;
    (void)fflush(stdout);
    name_shards(merge, RH_RESULTS_ABSENT, "missing");
    name_shards(merge, RH_RESULTS_CUT, "cut off: it was killed, or is still at work");
    name_shards(merge, RH_RESULTS_INTERRUPTED, "incomplete: a signal ended it");
    name_plays(merge);
    return cli_teller_close(&merge->teller);
}

int cli_merge(struct cli *cli)
{
    struct merge merge = {.cli = cli, .results = rh_results_create()};
    if (cli->arguments.operand_count == 0) {
        rh_results_destroy(merge.results);
        return cli_complain(cli, CLI_EXIT_USAGE,
                            "'merge' needs result files, which 'run --report "
                            "results=FILE' writes");
    }
    cli_interrupt_watch_pipe();
    int code = add_files(&merge) ? tell_all(&merge) : CLI_EXIT_USAGE;
    rh_results_destroy(merge.results);
    for (size_t i = 0; i < merge.file_count; i++) {
        free(merge.files[i]);
    }
    free(merge.files);
    return code;
}
