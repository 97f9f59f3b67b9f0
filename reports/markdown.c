/* SPDX-License-Identifier: MIT */
/* Markdown as GitHub shows it in the summary of a step: each failure with its block and a diagram of the events that led
 * there, and the sums. A summary may be 1 MiB; what does not fit is counted. */
#include "reports/escape.h"
#include "reports/file.h"

#include <string.h>

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

static void put_block(FILE *out, const char *text, const char *language)
{
    put_fence(out, text, language);
    const char *at = text;
    uint32_t character = '\n';
    while (*at != '\0') {
        const char *from = at;
        character = escape_next(&at);
        if (character == 0xFFFD || (character < 0x20 && character != '\n')) {
            (void)fputc('.', out);
        } else {
            (void)fwrite(from, 1, (size_t)(at - from), out);
        }
    }
    if (character != '\n') {
        (void)fputc('\n', out);
    }
    put_fence(out, text, "");
}

static void each(struct rh_report_file *file, const struct report_case *one)
{
    if (strcmp(one->tally, "failed") != 0 || (one->entry != NULL && one->entry->is_again)) {
        return;
    }
    (void)fflush(file->out);
    if (file->failed - file->again > SHOWN_MAX || file->body_size > BODY_BYTES_MAX) {
        return;
    }
    FILE *out = file->out;
    (void)fputs("\n<details><summary>", out);
    escape_markdown(out, one->path);
    (void)fputs(": ", out);
    escape_markdown(out, one->details);
    (void)fputs("</summary>\n\n", out);
    if (*one->block != '\0') {
        put_block(out, one->block, "text");
    }
    if (*one->diagram != '\0') {
        (void)fputc('\n', out);
        put_block(out, one->diagram, "mermaid");
    }
    (void)fputs("\n</details>\n", out);
}

static void end(struct rh_report_file *file)
{
    if (file->failed - file->again > SHOWN_MAX) {
        (void)fprintf(file->out, "\nOf %llu failures the first %u are shown.\n",
                      (unsigned long long)(file->failed - file->again), SHOWN_MAX);
    }
    if (file->again > 0) {
        (void)fprintf(file->out, "\n%llu more fail%s in the same way as one of these.\n",
                      (unsigned long long)file->again, file->again == 1 ? "s" : "");
    }
    (void)fprintf(file->out, "\n**%llu passed, %llu failed, %llu skipped**\n",
                  (unsigned long long)file->passed, (unsigned long long)file->failed,
                  (unsigned long long)file->skipped);
}

const struct report_format_functions report_markdown = {.begin = begin, .each = each, .end = end};
