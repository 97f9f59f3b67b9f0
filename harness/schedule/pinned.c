/* SPDX-License-Identifier: MIT */
/*
 * Following lines. At each question the names of all candidates are compared with the line that comes next; if it means none
 * of them, it waits, and what is oldest happens: of what must happen the earliest, and of those the first. Optional faults
 * happen in lines only.
 *
 * Leniently, the nearest line that means a candidate is taken, and those before it are passed over: what they mean was
 * taken away from the program, or happened when nobody asked.
 */
#include "harness/schedule/pinned.h"

#include "harness/schedule/line.h"
#include "harness/schedule/strategy.h"

#include <stdlib.h>
#include <string.h>

struct pinned {
    struct rh_strategy head;
    struct rh_allocator allocator;
    struct rh_pinned_options options;
    size_t next;
    char (*names)[RH_LINE_BYTES]; /* of the candidates */
    uint32_t name_capacity;
};

static const struct rh_strategy_functions pinned_functions;

static void pinned_begin(struct rh_strategy *self)
{
    struct pinned *pinned = (struct pinned *)self;
    pinned->next = 0;
    if (pinned->options.then != NULL) {
        rh_strategy_begin(pinned->options.then);
    }
}

static bool name_all(struct pinned *pinned, uint32_t count)
{
    const struct rh_strategy *head = &pinned->head;
    if (count > pinned->name_capacity) {
        const struct rh_allocator *with = &pinned->allocator;
        uint32_t capacity = count < 16 ? 16 : 2 * count;
        void *names =
            with->resize(with->self, pinned->names, pinned->name_capacity * sizeof(*pinned->names),
                         capacity * sizeof(*pinned->names));
        if (names == NULL) {
            rh_strategy_fail(&pinned->head, RH_NO_MEMORY);
            return false;
        }
        pinned->names = names;
        pinned->name_capacity = capacity;
    }
    for (uint32_t i = 0; i < count; i++) {
        pinned->names[i][0] = '\0';
        if (head->line != NULL) {
            head->line(head->line_self, i, pinned->names[i], sizeof(pinned->names[i]));
        }
    }
    return true;
}

/* Find the candidate that a line means; `count` if it means none. */
static uint32_t find(const struct pinned *pinned, const char *line, uint32_t count)
{
    uint32_t left = rh_line_place(line);
    for (uint32_t i = 0; i < count; i++) {
        if (rh_line_means(line, pinned->names[i]) && --left == 0) {
            return i;
        }
    }
    return count;
}

static uint32_t oldest(uint32_t count, const struct rh_candidate *candidates)
{
    uint32_t found = count;
    for (uint32_t i = 0; candidates != NULL && i < count; i++) {
        if (!candidates[i].optional &&
            (found == count || candidates[i].earliest < candidates[found].earliest)) {
            found = i;
        }
    }
    return found == count ? 0 : found;
}

/* "draw: 3" */
static uint32_t answer(struct pinned *pinned, enum rh_site site, uint32_t count)
{
    const char *word = rh_site_word(site);
    size_t length = strlen(word);
    if (pinned->next == pinned->options.count) {
        return 0;
    }
    const char *line = pinned->options.lines[pinned->next];
    if (strncmp(line, word, length) != 0 || strncmp(line + length, ": ", 2) != 0) {
        return 0;
    }
    unsigned long long chosen = strtoull(line + length + 2, NULL, 10);
    if (chosen >= count) {
        return 0;
    }
    pinned->next++;
    return (uint32_t)chosen;
}

static uint32_t pinned_below(struct rh_strategy *self, enum rh_site site, uint32_t count,
                             const struct rh_candidate *candidates)
{
    struct pinned *pinned = (struct pinned *)self;
    const struct rh_pinned_options *options = &pinned->options;
    if (pinned->next == options->count && options->then != NULL) {
        options->then->line = self->line;
        options->then->line_self = self->line_self;
        return rh_choice_below(options->then, site, count, candidates);
    }
    if (site != RH_SITE_NEXT) {
        return answer(pinned, site, count);
    }
    if (pinned->next == options->count) {
        return oldest(count, candidates);
    }
    if (!name_all(pinned, count)) {
        return 0;
    }
    size_t last = options->is_lenient ? options->count : pinned->next + 1;
    for (size_t i = pinned->next; i < last; i++) {
        uint32_t chosen = find(pinned, options->lines[i], count);
        if (chosen < count) {
            pinned->next = i + 1;
            return chosen;
        }
    }
    return oldest(count, candidates);
}

static bool pinned_end(struct rh_strategy *self)
{
    struct pinned *pinned = (struct pinned *)self;
    return pinned->options.then != NULL && rh_strategy_end(pinned->options.then);
}

static void pinned_destroy(struct rh_strategy *self)
{
    struct pinned *pinned = (struct pinned *)self;
    struct rh_allocator allocator = pinned->allocator;
    allocator.release(allocator.self, pinned->names,
                      pinned->name_capacity * sizeof(*pinned->names));
    allocator.release(allocator.self, pinned, sizeof(*pinned));
}

static const struct rh_strategy_functions pinned_functions = {
    .name = "pinned",
    .sees_forced = true,
    .begin = pinned_begin,
    .below = pinned_below,
    .end = pinned_end,
    .destroy = pinned_destroy,
};

enum rh_status rh_strategy_pinned(const struct rh_allocator *allocator,
                                  const struct rh_pinned_options *options,
                                  struct rh_strategy **ret_strategy)
{
    const struct rh_allocator *with = allocator != NULL ? allocator : rh_allocator_default();
    struct pinned *pinned = with->allocate(with->self, sizeof(*pinned));
    if (pinned == NULL) {
        return RH_NO_MEMORY;
    }
    *pinned = (struct pinned){
        .head = {.functions = &pinned_functions}, .allocator = *with, .options = *options};
    *ret_strategy = &pinned->head;
    return RH_OK;
}

size_t rh_strategy_pinned_next(const struct rh_strategy *strategy)
{
    return strategy->functions == &pinned_functions ? ((const struct pinned *)strategy)->next
                                                    : SIZE_MAX;
}
