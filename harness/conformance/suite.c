/* SPDX-License-Identifier: MIT */
/*
 * A line that cannot be read is reported and counted, and the lines behind it are played all the same: a suite that is
 * one letter ahead of this program should still say everything else that it has to say.
 */
#include "harness/conformance/suite.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FILE_BYTES_MAX ((size_t)256 * 1024 * 1024)

/* ---- files and lines ---- */

/** Read all of a stream into the arena; false if it is too large or the read failed. */
static bool read_all(FILE *file, struct rh_beam_text *text)
{
    char block[16384];
    size_t size = fread(block, 1, sizeof block, file);
    while (size > 0 && text->length <= FILE_BYTES_MAX) {
        rh_beam_put(text, block, size);
        size = fread(block, 1, sizeof block, file);
    }
    return ferror(file) == 0 && text->length <= FILE_BYTES_MAX;
}

static bool read_file(struct rh_beam_report *report, const char *name, struct rh_beam_text *text)
{
    struct rh_beam_flaw flaw = {.file = name, .line = 1, .column = 1};
    FILE *file = fopen(name, "rb");
    if (file == NULL) {
        snprintf(flaw.text, sizeof flaw.text, "cannot be opened: %s", strerror(errno));
        rh_beam_report_flaw(report, &flaw);
        return false;
    }
    bool good = read_all(file, text);
    if (!good) {
        snprintf(flaw.text, sizeof flaw.text, "cannot be read, or is larger than 256 MiB");
        rh_beam_report_flaw(report, &flaw);
    }
    (void)fclose(file);
    return good;
}

static bool is_blank(const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != ' ' && bytes[i] != '\t' && bytes[i] != '\r') {
            return false;
        }
    }
    return true;
}

void rh_beam_each_line(const char *bytes, size_t size,
                       bool (*visit)(void *self, unsigned line, const char *bytes, size_t size),
                       void *self)
{
    size_t start = 0;
    for (unsigned line = 1; start < size; line++) {
        const char *newline = memchr(bytes + start, '\n', size - start);
        size_t length = newline == NULL ? size - start : (size_t)(newline - bytes) - start;
        if (!is_blank(bytes + start, length) && !visit(self, line, bytes + start, length)) {
            return;
        }
        start += length + 1;
    }
}

struct play {
    const struct rh_beam_suite *suite;
    struct rh_beam_report *report;
    const char *file;
    struct rh_beam_arena arena; /**< of one line */
    struct rh_beam_arena kept;  /**< of all outcomes */
    struct rh_beam_json **outcomes;
    size_t outcome_count;
    size_t outcome_capacity;
};

static bool is_wanted(const struct play *play, const char *id)
{
    return play->suite->only == NULL || strcmp(play->suite->only, id) == 0;
}

/* ---- cases ---- */

static bool play_case(void *self, unsigned line, const char *bytes, size_t size)
{
    struct play *play = self;
    struct rh_beam_flaw flaw;
    struct rh_beam_case subject;
    rh_beam_arena_reset(&play->arena);
    struct rh_beam_json *json =
        rh_beam_json_read(&play->arena, play->file, line, bytes, size, &flaw);
    if (json == NULL || !rh_beam_case_read(&play->arena, json, &subject, &flaw)) {
        rh_beam_report_flaw(play->report, &flaw);
    } else if (is_wanted(play, subject.id)) {
        rh_beam_judge_case(play->report, &play->arena, &play->suite->budget, &subject);
    }
    return true;
}

/* ---- programs ---- */

static bool keep_outcome(void *self, unsigned line, const char *bytes, size_t size)
{
    struct play *play = self;
    struct rh_beam_flaw flaw;
    struct rh_beam_json *json =
        rh_beam_json_read(&play->kept, play->file, line, bytes, size, &flaw);
    if (json == NULL || rh_beam_program_outcome_id(json, &flaw) == NULL) {
        rh_beam_report_flaw(play->report, &flaw);
        return true;
    }
    if (play->outcome_count == play->outcome_capacity) {
        play->outcomes = rh_beam_grow(&play->kept, play->outcomes, &play->outcome_capacity,
                                      sizeof *play->outcomes);
    }
    play->outcomes[play->outcome_count++] = json;
    return true;
}

static const struct rh_beam_json *find_outcome(const struct play *play, const char *id)
{
    for (size_t i = 0; i < play->outcome_count; i++) {
        if (rh_beam_json_is_word(rh_beam_json_get(play->outcomes[i], "id"), id)) {
            return play->outcomes[i];
        }
    }
    return NULL;
}

static bool play_program(void *self, unsigned line, const char *bytes, size_t size)
{
    struct play *play = self;
    struct rh_beam_flaw flaw;
    struct rh_beam_program program;
    rh_beam_arena_reset(&play->arena);
    struct rh_beam_json *json =
        rh_beam_json_read(&play->arena, play->file, line, bytes, size, &flaw);
    if (json == NULL || !rh_beam_program_read(&play->arena, json, &program, &flaw)) {
        rh_beam_report_flaw(play->report, &flaw);
        return true;
    }
    const struct rh_beam_json *outcome = find_outcome(play, program.id);
    if (!is_wanted(play, program.id)) {
        return true;
    }
    if (outcome == NULL) {
        (void)rh_beam_flaw_at(&flaw, json, "no outcome belongs to the program '%s'", program.id);
        rh_beam_report_flaw(play->report, &flaw);
        return true;
    }
    rh_beam_judge_program(play->report, &play->arena, &play->suite->budget, &program, outcome);
    return true;
}

static void play_lines(struct play *play, const char *name,
                       bool (*visit)(void *, unsigned, const char *, size_t))
{
    struct rh_beam_arena arena = {0};
    struct rh_beam_text text = {.arena = &arena};
    play->file = name;
    if (read_file(play->report, name, &text)) {
        rh_beam_each_line(rh_beam_text_end(&text), text.length, visit, play);
    }
    rh_beam_arena_deinit(&arena);
}

void rh_beam_suite_play(const struct rh_beam_suite *suite, struct rh_beam_report *report)
{
    struct play play = {.suite = suite, .report = report};
    if (suite->cases != NULL) {
        play_lines(&play, suite->cases, play_case);
    }
    if (suite->programs != NULL) {
        play_lines(&play, suite->outcomes, keep_outcome);
        play_lines(&play, suite->programs, play_program);
    }
    rh_beam_arena_deinit(&play.arena);
    rh_beam_arena_deinit(&play.kept);
}
