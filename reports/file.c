/* SPDX-License-Identifier: MIT */
/*
 * What every format gets: a scenario in words, with the block that a terminal shows of a failure, in plain text. Formats
 * only arrange and escape.
 */
#include "reports/file.h"
#include "reports/internal.h"

#include <rehearse/export.h>

#include <stdlib.h>
#include <string.h>

#define DIAGRAM_MOMENTS_MAX 40U

static const struct report_format_functions *const formats[RH_REPORT_FORMAT_COUNT] = {
    [RH_REPORT_FORMAT_JUNIT] = &report_junit,
    [RH_REPORT_FORMAT_JUNIT_STRICT] = &report_junit,
    [RH_REPORT_FORMAT_TAP] = &report_tap,
    [RH_REPORT_FORMAT_JSONL] = &report_jsonl,
    [RH_REPORT_FORMAT_ANNOTATIONS] = &report_annotations,
    [RH_REPORT_FORMAT_MARKDOWN] = &report_markdown,
    [RH_REPORT_FORMAT_HTML] = &report_html,
    [RH_REPORT_FORMAT_RESULTS] = &report_results,
    [RH_REPORT_FORMAT_COVERAGE] = &report_coverage,
    [RH_REPORT_FORMAT_COVERAGE_JSON] = &report_coverage_json,
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

bool rh_report_format_is_streamed(enum rh_report_format format)
{
    return formats[format]->is_streamed;
}

bool rh_report_format_wants_coverage(enum rh_report_format format)
{
    return format == RH_REPORT_FORMAT_COVERAGE || format == RH_REPORT_FORMAT_COVERAGE_JSON ||
           format == RH_REPORT_FORMAT_HTML || format == RH_REPORT_FORMAT_RESULTS;
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
    file->out =
        file->functions->is_streamed ? options->out : open_memstream(&file->body, &file->body_size);
    if (file->out == NULL) {
        free(file);
        return NULL;
    }
    file->functions->begin(file);
    return file;
}

static void count(struct rh_report_file *file, const char *tally, bool is_again,
                  rh_duration elapsed)
{
    file->failed += strcmp(tally, "failed") == 0;
    file->again += is_again;
    file->passed += strcmp(tally, "passed") == 0;
    file->skipped += strcmp(tally, "skipped") == 0;
    file->elapsed += elapsed;
}

/* What is said of a failure, as text that is to be freed; NULL: out of memory. */
static char *tell(const struct rh_report_file *file, const struct rh_report_entry *entry,
                  void (*put)(const struct rh_report_file *, FILE *,
                              const struct rh_report_entry *))
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) {
        return NULL;
    }
    put(file, out, entry);
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

static void put_details(const struct rh_report_file *file, FILE *out,
                        const struct rh_report_entry *entry)
{
    (void)file;
    report_details(out, entry->result);
}

static void put_block(const struct rh_report_file *file, FILE *out,
                      const struct rh_report_entry *entry)
{
    const struct rh_report plain = {
        .out = out, .command = file->options.command, .options = file->options.options};
    if (entry->block != NULL && !entry->is_again) {
        (void)fputs(entry->block, out);
    } else if (entry->result->has_violation) {
        rh_report_failure(&plain, entry);
    }
}

static void put_diagram(const struct rh_report_file *file, FILE *out,
                        const struct rh_report_entry *entry)
{
    const struct rh_result *result = entry->result;
    const struct rh_export_options options = {
        .out = out, .format = RH_EXPORT_MERMAID, .only_causes = true, .last = DIAGRAM_MOMENTS_MAX};
    (void)file;
    if (entry->is_again) {
        return;
    }
    if (entry->diagram != NULL) {
        (void)fputs(entry->diagram, out);
    } else if (strcmp(rh_verdict_tally(result->verdict), "failed") == 0 && result->trace.size > 0 &&
               !result->is_of_no_run &&
               rh_export_trace(&options, result->trace.bytes, result->trace.size) != RH_OK) {
        (void)fputs("    %% the trace ends here\n", out);
    }
}

void rh_report_file_at(struct rh_report_file *file, size_t play)
{
    file->play = play;
}

void rh_report_file_nothing(struct rh_report_file *file)
{
    if (file->functions->nothing != NULL) {
        file->functions->nothing(file);
    }
    file->play++;
}

/* Results keep everything: who joins them decides anew which failure is the first of its kind. Elsewhere one that is not is
 * shown in short, whether or not whoever played it had made it small. */
static struct rh_report_entry shown_of(const struct rh_report_file *file,
                                       const struct rh_report_entry *entry)
{
    struct rh_report_entry shown = *entry;
    shown.elapsed = file->options.without_times ? 0 : entry->elapsed;
    shown.is_again = entry->is_again && file->options.format != RH_REPORT_FORMAT_RESULTS;
    if (shown.is_again) {
        shown.shrunk_path = shown.shrunk_size = shown.nearest = shown.shrunk_text = NULL;
        shown.shrunk_trace = shown.nearest_trace = shown.replay_trace =
            (struct rh_report_trace){NULL, 0};
    }
    return shown;
}

void rh_report_file_result(struct rh_report_file *file, const struct rh_report_entry *entry)
{
    const struct rh_result *result = entry->result;
    struct rh_report_entry shown = shown_of(file, entry);
    char *details = tell(file, &shown, put_details);
    char *block = tell(file, &shown, put_block);
    char *diagram = tell(file, &shown, put_diagram);
    if (details == NULL || block == NULL || diagram == NULL) {
        file->is_out_of_memory = true;
    } else {
        struct report_case one = {
            .path = result->path != NULL ? result->path : "-",
            .title = result->title != NULL ? result->title : "",
            .tally = rh_verdict_tally(result->verdict),
            .verdict = rh_verdict_word(result->verdict),
            .details = details,
            .block = block,
            .diagram = diagram,
            .trace = entry->trace_path,
            .entry = &shown,
            .number = entry->number,
        };
        count(file, one.tally, shown.is_again, shown.elapsed);
        file->functions->each(file, &one);
    }
    file->play++;
    free(details);
    free(block);
    free(diagram);
}

void rh_report_file_bad(struct rh_report_file *file, const char *path, uint64_t number,
                        const char *diagnostics)
{
    struct report_case one = {.path = path,
                              .title = "",
                              .tally = "failed",
                              .verdict = "bad",
                              .details = "not a scenario",
                              .block = diagnostics,
                              .diagram = "",
                              .number = number};
    count(file, one.tally, false, 0);
    file->functions->each(file, &one);
    file->play++;
}

bool rh_report_file_close(struct rh_report_file *file)
{
    if (file == NULL) {
        return true;
    }
    file->functions->end(file);
    bool good = true;
    if (!file->functions->is_streamed) {
        good = fclose(file->out) == 0;
        good = good && fwrite(file->body, 1, file->body_size, file->options.out) == file->body_size;
    }
    good = good && !file->is_out_of_memory && fflush(file->options.out) == 0 &&
           ferror(file->options.out) == 0;
    free(file->body);
    free(file);
    return good;
}
