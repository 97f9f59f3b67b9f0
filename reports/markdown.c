/* SPDX-License-Identifier: MIT */
/* Markdown as GitHub shows it in the summary of a step: each failure with its block and a diagram of the events that led
 * there, and the sums. A summary may be 1 MiB; what does not fit is counted. */
#include "reports/escape.h"
#include "reports/file.h"

#include <rehearse/export.h>

#include <string.h>

#define DIAGRAM_MOMENTS_MAX 40U
#define BODY_BYTES_MAX ((size_t)900 << 10)
#define SHOWN_MAX 20U

static void begin(struct rh_report_file *file)
{
    (void)file;
}

/* The longest run of backquotes in a text decides how long a fence has to be. */
static void put_fence(FILE *out, const char *text, const char *language)
{
    size_t longest = 2;
    size_t length = 0;
    for (; *text != '\0'; text++) {
        length = *text == '`' ? length + 1 : 0;
        longest = length > longest ? length : longest;
    }
    for (size_t i = 0; i <= longest; i++) {
        (void)fputc('`', out);
    }
    (void)fprintf(out, "%s\n", language);
}

static void put_block(FILE *out, const char *text)
{
    put_fence(out, text, "text");
    const char *at = text;
    while (*at != '\0') {
        const char *from = at;
        uint32_t character = escape_next(&at);
        if (character == 0xFFFD || (character < 0x20 && character != '\n')) {
            (void)fputc('.', out);
        } else {
            (void)fwrite(from, 1, (size_t)(at - from), out);
        }
    }
    put_fence(out, text, "");
}

static void put_diagram(FILE *out, const struct rh_result *result)
{
    struct rh_export_options options = {
        .out = out, .format = RH_EXPORT_MERMAID, .only_causes = true, .last = DIAGRAM_MOMENTS_MAX};
    if (result->trace.size > 0 && !result->is_of_no_run) {
        (void)fputs("\n```mermaid\n", out);
        if (rh_export_trace(&options, result->trace.bytes, result->trace.size) != RH_OK) {
            (void)fputs("    %% the trace ends here\n", out);
        }
        (void)fputs("```\n", out);
    }
}

static void each(struct rh_report_file *file, const struct report_case *one)
{
    if (strcmp(one->tally, "failed") != 0) {
        return;
    }
    (void)fflush(file->out);
    if (file->failed > SHOWN_MAX || file->body_size > BODY_BYTES_MAX) {
        return;
    }
    FILE *out = file->out;
    (void)fputs("\n<details><summary>", out);
    escape_markdown(out, one->path);
    (void)fputs(": ", out);
    escape_markdown(out, one->details);
    (void)fputs("</summary>\n\n", out);
    if (*one->block != '\0') {
        put_block(out, one->block);
    }
    if (one->entry != NULL) {
        put_diagram(out, one->entry->result);
    }
    (void)fputs("\n</details>\n", out);
}

static void end(struct rh_report_file *file)
{
    if (file->failed > SHOWN_MAX) {
        (void)fprintf(file->out, "\nOf %llu failures the first %u are shown.\n",
                      (unsigned long long)file->failed, SHOWN_MAX);
    }
    (void)fprintf(file->out, "\n**%llu passed, %llu failed, %llu skipped**\n",
                  (unsigned long long)file->passed, (unsigned long long)file->failed,
                  (unsigned long long)file->skipped);
}

const struct report_format_functions report_markdown = {begin, each, end};
