/* SPDX-License-Identifier: MIT */
/* A schedule names where a run leaves first in, first out. Every line of the run is struck out unless it is needed, in halves
 * first; what is needed are the deviations, and they are the fewest in the sense that none can go alone. */
#include "harness/shrink/lines.h"

#include <string.h>

bool rh_line_is_event(const char *line)
{
    for (int site = 0; site < RH_SITE_COUNT; site++) {
        const char *word = rh_site_word((enum rh_site)site);
        size_t length = strlen(word);
        if (strncmp(line, word, length) == 0 && strncmp(line + length, ": ", 2) == 0) {
            return false;
        }
    }
    return strcmp(line, "end") != 0;
}

bool rh_line_is_fault(const char *line)
{
    size_t length = strcspn(line, " ");
    for (unsigned kind = 0; kind < RH_FAULT_COUNT; kind++) {
        const char *word = rh_fault_kind_word((enum rh_fault_kind)kind);
        if (strlen(word) == length && memcmp(word, line, length) == 0 &&
            strncmp(line + length, " -> ", 4) != 0 && strncmp(line + length, " does", 5) != 0) {
            return true;
        }
    }
    return false;
}

uint64_t rh_lines_step(const struct rh_lines *lines, size_t index)
{
    uint64_t step = 0;
    for (size_t i = 0; i <= index && i < lines->count; i++) {
        step += rh_line_is_event(lines->at[i]);
    }
    return step;
}

enum {
    GONE = 1,
    GONE_NOW = 2
};

struct part {
    struct rh_trial *trial;
    struct rh_stage *stage;
    const char *const *at;
    unsigned char *gone; /* of each line: 0, GONE, or GONE_NOW while that is tried */
    const char **left;   /* room for what is not gone */
    size_t count;
    size_t kept;
};

static size_t gather(struct part *part)
{
    size_t count = 0;
    for (size_t i = 0; i < part->count; i++) {
        if (!part->gone[i]) {
            part->left[count++] = part->at[i];
        }
    }
    return count;
}

static enum rh_status try_part(struct part *part, bool *ret_fails)
{
    struct rh_outcome_of_run outcome;
    enum rh_status status =
        rh_stage_follow(part->stage, part->left, gather(part), false, &outcome, NULL);
    *ret_fails = status == RH_OK && rh_trial_is_wanted(part->trial, &outcome) &&
                 outcome.steps <= part->trial->steps;
    part->kept += *ret_fails;
    return status;
}

/* Strike out `size` lines at a time, from the end: what happens last follows from the rest most often. */
static enum rh_status strike(struct part *part, size_t size)
{
    enum rh_status status = RH_OK;
    size_t at = part->count;
    while (at > 0 && status == RH_OK) {
        size_t end = at;
        size_t struck = 0;
        bool fails = false;
        for (; at > 0 && struck < size; at--) {
            if (part->gone[at - 1] == 0) {
                part->gone[at - 1] = GONE_NOW;
                struck++;
            }
        }
        if (struck > 0) {
            status = try_part(part, &fails);
        }
        for (size_t i = at; i < end; i++) {
            bool is_now = part->gone[i] == GONE_NOW;
            part->gone[i] = is_now ? (fails ? GONE : 0) : part->gone[i];
        }
    }
    return status;
}

static enum rh_status minimise(struct part *part)
{
    bool fails = false;
    enum rh_status status = try_part(part, &fails);
    if (status == RH_OK && !fails) {
        return RH_DIVERGED;
    }
    for (size_t size = part->count; size > 1 && status == RH_OK; size = size / 2) {
        status = strike(part, size);
    }
    size_t before = 0;
    do {
        before = part->kept;
        status = status == RH_OK ? strike(part, 1) : status;
    } while (status == RH_OK && part->kept != before);
    return status;
}

/* The whole run that follows what is left is what there is to tell from now on. */
static enum rh_status take_run(struct part *part)
{
    struct rh_outcome_of_run outcome;
    struct rh_lines run = {.allocator = part->trial->stage.allocator};
    enum rh_status status =
        rh_stage_follow(part->stage, part->left, gather(part), false, &outcome, &run);
    if (status == RH_OK && rh_trial_is_wanted(part->trial, &outcome)) {
        rh_lines_deinit(&part->trial->run);
        part->trial->run = run;
        part->trial->steps = outcome.steps;
        part->trial->last = outcome.failure;
    } else {
        rh_lines_deinit(&run);
    }
    return status;
}

enum rh_status rh_lines_minimise(struct rh_trial *trial, struct rh_stage *stage,
                                 struct rh_lines *ret_schedule)
{
    const struct rh_allocator *with = trial->stage.allocator;
    size_t count = trial->run.count;
    struct part part = {.trial = trial,
                        .stage = stage,
                        .at = (const char *const *)trial->run.at,
                        .gone = with->allocate(with->self, count + 1),
                        .left = with->allocate(with->self, (count + 1) * sizeof *part.left),
                        .count = count};
    *ret_schedule = (struct rh_lines){.allocator = with};
    enum rh_status status = RH_NO_MEMORY;
    if (part.gone != NULL && part.left != NULL) {
        memset(part.gone, 0, count + 1);
        status = minimise(&part);
        enum rh_status copied = rh_lines_copy(with, part.left, gather(&part), ret_schedule);
        status = copied == RH_OK ? status : copied;
        if (status == RH_OK) {
            status = take_run(&part);
        }
    }
    with->release(with->self, part.gone, count + 1);
    with->release(with->self, part.left, (count + 1) * sizeof *part.left);
    return status;
}
