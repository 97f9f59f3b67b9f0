/* SPDX-License-Identifier: MIT */
/* The end of a long run, where nobody scrolls up: which scenarios failed, and in what. The plans of a swarm that fail in the
 * same way are one line with a number. If memory runs out the list is shorter; the blocks have been written. */
#include "reports/fingerprint.h"
#include "reports/internal.h"

#include <stdlib.h>
#include <string.h>

#define SHOWN_MAX 100U
#define WORDS_ROOM 30U

struct rh_report_failure_line {
    char *path;
    char *words;
    char key[REPORT_KEY_BYTES];
    uint64_t first; /**< number of the play */
    uint64_t times;
};

void rh_report_failures_deinit(struct rh_report_failures *failures)
{
    for (size_t i = 0; i < failures->count; i++) {
        free(failures->lines[i].path);
        free(failures->lines[i].words);
    }
    free(failures->lines);
    *failures = (struct rh_report_failures){0};
}

static struct rh_report_failure_line *find(const struct rh_report_failures *failures,
                                           const char *path, const char *words, const char *key)
{
    for (size_t i = failures->count; i > 0; i--) { /* the plans of a scenario are neighbours */
        struct rh_report_failure_line *line = &failures->lines[i - 1];
        if (strcmp(line->path, path) != 0) {
            return NULL;
        }
        if (strcmp(line->key, key) == 0 && (*key != '\0' || strcmp(line->words, words) == 0)) {
            return line;
        }
    }
    return NULL;
}

bool rh_report_failures_find(const struct rh_report_failures *failures,
                             const struct rh_report_entry *entry, uint64_t *ret_first)
{
    struct report_fingerprint fingerprint;
    bool fails = strcmp(rh_verdict_tally(entry->result->verdict), "failed") == 0;
    report_fingerprint(entry, &fingerprint);
    const struct rh_report_failure_line *line =
        !fails || fingerprint.key[0] == '\0'
            ? NULL
            : find(failures, report_name(entry->result), fingerprint.words, fingerprint.key);
    *ret_first = line == NULL ? 0 : line->first;
    return line != NULL;
}

static void add(struct rh_report_failures *failures, const char *path, uint64_t number,
                const char *words, const char *key)
{
    struct rh_report_failure_line *line = find(failures, path, words, key);
    if (line != NULL) {
        line->times++;
        return;
    }
    if (failures->count == failures->capacity) {
        size_t capacity = failures->capacity == 0 ? 16 : 2 * failures->capacity;
        struct rh_report_failure_line *grown = realloc(failures->lines, capacity * sizeof *grown);
        if (grown == NULL) {
            return;
        }
        failures->lines = grown;
        failures->capacity = capacity;
    }
    line = &failures->lines[failures->count];
    *line = (struct rh_report_failure_line){
        .path = strdup(path), .words = strdup(words), .first = number, .times = 1};
    if (line->path == NULL || line->words == NULL) {
        free(line->path);
        free(line->words);
        return;
    }
    (void)snprintf(line->key, sizeof line->key, "%s", key);
    failures->count++;
}

void report_failures_add(struct rh_report_failures *failures, const struct rh_report_entry *entry)
{
    struct report_fingerprint fingerprint;
    if (failures != NULL) {
        report_fingerprint(entry, &fingerprint);
        add(failures, report_name(entry->result), entry->number,
            fingerprint.words[0] != '\0' ? fingerprint.words
                                         : rh_verdict_word(entry->result->verdict),
            fingerprint.key);
    }
}

void report_failures_add_bad(struct rh_report_failures *failures, const char *path,
                             const char *what)
{
    if (failures != NULL) {
        add(failures, path, 0, what, "");
    }
}

void report_failures_write(const struct rh_report *report)
{
    const struct rh_report_failures *failures = report->failures;
    const struct report_paint *paint = report_paint(report);
    if (failures == NULL || failures->count == 0) {
        return;
    }
    (void)fprintf(report->out, "%s%sfailed:%s\n", report->is_after_block ? "" : "\n", paint->bad,
                  paint->off);
    for (size_t i = 0; i < failures->count && i < SHOWN_MAX; i++) {
        const struct rh_report_failure_line *line = &failures->lines[i];
        size_t took = report_characters(line->path);
        size_t width = report->fits_width && report_width(report) < report->path_width + WORDS_ROOM
                           ? report_width(report) - WORDS_ROOM
                           : report->path_width;
        (void)fputs("  ", report->out);
        report_text(report->out, line->path);
        (void)fprintf(report->out, "%*s  ", took < width ? (int)(width - took) : 0, "");
        report_text(report->out, line->words);
        if (line->times > 1) {
            (void)fprintf(report->out, ", %llu times", (unsigned long long)line->times);
        }
        (void)fputc('\n', report->out);
    }
    if (failures->count > SHOWN_MAX) {
        (void)fprintf(report->out, "  and %zu more\n", failures->count - SHOWN_MAX);
    }
    (void)fputc('\n', report->out);
}
