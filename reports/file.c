/* SPDX-License-Identifier: MIT */
/*
 * What every format gets: a scenario in words, with the block that a terminal shows of a failure, in plain text. Formats
 * only arrange and escape.
 */
#include "reports/file.h"
#include "reports/internal.h"

#include <stdlib.h>
#include <string.h>

static const struct report_format_functions *const formats[RH_REPORT_FORMAT_COUNT] = {
    [RH_REPORT_FORMAT_JUNIT] = &report_junit,
    [RH_REPORT_FORMAT_JUNIT_STRICT] = &report_junit,
    [RH_REPORT_FORMAT_TAP] = &report_tap,
    [RH_REPORT_FORMAT_JSONL] = &report_jsonl,
    [RH_REPORT_FORMAT_ANNOTATIONS] = &report_annotations,
    [RH_REPORT_FORMAT_MARKDOWN] = &report_markdown,
    [RH_REPORT_FORMAT_HTML] = &report_html,
};

const char *rh_report_format_word(enum rh_report_format format)
{
#define X(identifier, word, sentence) word,
    static const char *const words[] = {RH_REPORT_FORMAT_MAP(X)};
#undef X
    return (unsigned)format < RH_REPORT_FORMAT_COUNT ? words[format] : NULL;
}

bool rh_report_format_find(const char *word, enum rh_report_format *ret_format)
{
    for (unsigned i = 0; i < RH_REPORT_FORMAT_COUNT; i++) {
        if (strcmp(rh_report_format_word((enum rh_report_format)i), word) == 0) {
            *ret_format = (enum rh_report_format)i;
            return true;
        }
    }
    return false;
}

void report_seconds(FILE *out, rh_duration elapsed)
{
    (void)fprintf(out, "%llu.%06llu", (unsigned long long)(elapsed / RH_SECOND),
                  (unsigned long long)(elapsed % RH_SECOND / RH_MICROSECOND));
}

void report_replay(const struct rh_report_file *file, FILE *out, const struct report_case *one)
{
    if (one->trace != NULL) {
        const char *command = file->options.command;
        rh_report_quoted(out, command == NULL ? "rehearse" : command);
        (void)fputs(" replay ", out);
        rh_report_quoted(out, one->trace);
    }
}

struct rh_report_file *rh_report_file_open(const struct rh_report_file_options *options)
{
    struct rh_report_file *file = calloc(1, sizeof *file);
    if (file == NULL) {
        return NULL;
    }
    file->options = *options;
    file->functions = formats[options->format];
    file->out = open_memstream(&file->body, &file->body_size);
    if (file->out == NULL) {
        free(file);
        return NULL;
    }
    file->functions->begin(file);
    return file;
}

static void count(struct rh_report_file *file, const char *tally, rh_duration elapsed)
{
    file->failed += strcmp(tally, "failed") == 0;
    file->passed += strcmp(tally, "passed") == 0;
    file->skipped += strcmp(tally, "skipped") == 0;
    file->elapsed += elapsed;
}

void rh_report_file_result(struct rh_report_file *file, const struct rh_report_entry *entry)
{
    const struct rh_result *result = entry->result;
    struct rh_report_entry shown = *entry;
    char *details = NULL;
    char *block = NULL;
    size_t sizes[2] = {0, 0};
    FILE *details_out = open_memstream(&details, &sizes[0]);
    FILE *block_out = open_memstream(&block, &sizes[1]);
    if (details_out == NULL || block_out == NULL) {
        file->is_out_of_memory = true;
    } else {
        report_details(details_out, result);
        struct rh_report plain = {
            .out = block_out, .command = file->options.command, .options = file->options.options};
        if (result->has_violation) {
            rh_report_failure(&plain, entry);
        }
    }
    file->is_out_of_memory =
        (details_out != NULL && fclose(details_out) != 0) || file->is_out_of_memory;
    file->is_out_of_memory =
        (block_out != NULL && fclose(block_out) != 0) || file->is_out_of_memory;
    if (!file->is_out_of_memory) {
        shown.elapsed = file->options.without_times ? 0 : entry->elapsed;
        struct report_case one = {
            .path = result->path != NULL ? result->path : "-",
            .title = result->title != NULL ? result->title : "",
            .tally = rh_verdict_tally(result->verdict),
            .verdict = rh_verdict_word(result->verdict),
            .details = details,
            .block = block,
            .trace = entry->trace_path,
            .entry = &shown,
        };
        count(file, one.tally, shown.elapsed);
        file->functions->each(file, &one);
    }
    free(details);
    free(block);
}

void rh_report_file_bad(struct rh_report_file *file, const char *path, const char *diagnostics)
{
    struct report_case one = {.path = path,
                              .title = "",
                              .tally = "failed",
                              .verdict = "bad",
                              .details = "not a scenario",
                              .block = diagnostics};
    count(file, one.tally, 0);
    file->functions->each(file, &one);
}

bool rh_report_file_close(struct rh_report_file *file)
{
    if (file == NULL) {
        return true;
    }
    file->functions->end(file);
    bool good = fclose(file->out) == 0 && !file->is_out_of_memory;
    if (good) {
        good = fwrite(file->body, 1, file->body_size, file->options.out) == file->body_size &&
               fflush(file->options.out) == 0;
    }
    free(file->body);
    free(file);
    return good;
}
