/* SPDX-License-Identifier: MIT */
/* Writing a run down as lines, whoever answers: each event, and each answer to anything else that was asked. */
#include "harness/schedule/line.h"
#include "harness/schedule/pinned.h"
#include "harness/schedule/strategy.h"

#include <stdio.h>
#include <string.h>

struct transcript {
    struct rh_strategy head;
    struct rh_strategy_functions functions;
    struct rh_allocator allocator;
    struct rh_strategy *inner;
    char **lines; /* each with its terminator, by itself */
    size_t count;
    size_t capacity;
};

static void forget(struct transcript *transcript)
{
    const struct rh_allocator *with = &transcript->allocator;
    for (size_t i = 0; i < transcript->count; i++) {
        with->release(with->self, transcript->lines[i], strlen(transcript->lines[i]) + 1);
    }
    transcript->count = 0;
}

static bool add(struct transcript *transcript, const char *line)
{
    const struct rh_allocator *with = &transcript->allocator;
    if (transcript->count == transcript->capacity) {
        size_t capacity = transcript->capacity == 0 ? 32 : 2 * transcript->capacity;
        char **lines =
            with->resize(with->self, transcript->lines, transcript->capacity * sizeof(*lines),
                         capacity * sizeof(*lines));
        if (lines == NULL) {
            return false;
        }
        transcript->lines = lines;
        transcript->capacity = capacity;
    }
    size_t bytes = strlen(line) + 1;
    char *copy = with->allocate(with->self, bytes);
    if (copy == NULL) {
        return false;
    }
    memcpy(copy, line, bytes);
    transcript->lines[transcript->count++] = copy;
    return true;
}

/* A candidate's name, and which of those of that name it is. */
static bool add_event(struct transcript *transcript, uint32_t chosen)
{
    const struct rh_strategy *head = &transcript->head;
    char name[RH_LINE_BYTES] = "";
    char other[RH_LINE_BYTES];
    char line[RH_LINE_BYTES + 16];
    uint32_t place = 1;
    if (head->line == NULL) {
        return true;
    }
    if (head->line(head->line_self, chosen, name, sizeof(name)) == 0) {
        return true; /* that time goes on is understood */
    }
    for (uint32_t i = 0; i < chosen; i++) {
        head->line(head->line_self, i, other, sizeof(other));
        place += strcmp(name, other) == 0;
    }
    rh_line_placed(name, place, line, sizeof(line));
    return add(transcript, line);
}

static void transcript_begin(struct rh_strategy *self)
{
    struct transcript *transcript = (struct transcript *)self;
    forget(transcript);
    rh_strategy_begin(transcript->inner);
}

static uint32_t transcript_below(struct rh_strategy *self, enum rh_site site, uint32_t count,
                                 const struct rh_candidate *candidates)
{
    struct transcript *transcript = (struct transcript *)self;
    char line[64];
    transcript->inner->line = self->line;
    transcript->inner->line_self = self->line_self;
    uint32_t chosen = rh_choice_below(transcript->inner, site, count, candidates);
    (void)snprintf(line, sizeof(line), "%s: %lu", rh_site_word(site), (unsigned long)chosen);
    if (!(site == RH_SITE_NEXT ? add_event(transcript, chosen) : add(transcript, line))) {
        rh_strategy_fail(self, RH_NO_MEMORY);
    }
    return chosen;
}

static void transcript_did(struct rh_strategy *self, const struct rh_followed *deed)
{
    struct rh_strategy *inner = ((struct transcript *)self)->inner;
    inner->functions->did(inner, deed);
}

static bool transcript_cuts(const struct rh_strategy *self)
{
    return rh_strategy_cuts(((const struct transcript *)self)->inner);
}

static bool transcript_end(struct rh_strategy *self)
{
    return rh_strategy_end(((struct transcript *)self)->inner);
}

static void transcript_destroy(struct rh_strategy *self)
{
    struct transcript *transcript = (struct transcript *)self;
    struct rh_allocator allocator = transcript->allocator;
    forget(transcript);
    allocator.release(allocator.self, transcript->lines,
                      transcript->capacity * sizeof(*transcript->lines));
    allocator.release(allocator.self, transcript, sizeof(*transcript));
}

enum rh_status rh_strategy_transcript(const struct rh_allocator *allocator,
                                      struct rh_strategy *inner, struct rh_strategy **ret_strategy)
{
    const struct rh_allocator *with = allocator != NULL ? allocator : rh_allocator_default();
    struct transcript *transcript = with->allocate(with->self, sizeof(*transcript));
    if (transcript == NULL) {
        return RH_NO_MEMORY;
    }
    *transcript = (struct transcript){
        .allocator = *with,
        .inner = inner,
        .functions = {.name = inner->functions->name,
                      .sees_forced = true,
                      .begin = transcript_begin,
                      .below = transcript_below,
                      .did = rh_strategy_follows(inner) ? transcript_did : NULL,
                      .cuts = transcript_cuts,
                      .end = transcript_end,
                      .destroy = transcript_destroy},
    };
    transcript->head.functions = &transcript->functions;
    *ret_strategy = &transcript->head;
    return RH_OK;
}

const char *const *rh_strategy_transcript_lines(struct rh_strategy *self, size_t *ret_count)
{
    struct transcript *transcript = (struct transcript *)self;
    *ret_count = transcript->count;
    return (const char *const *)transcript->lines;
}
