/* SPDX-License-Identifier: MIT */
/*
 * Strategies that draw their runs.
 *
 * Each has a manner of its own to pick the next event; this file does what they share. Every number is a function of (seed of
 * the run, site, how often that site was asked), as in random.c, so that run i alone is the run of seed + i. What a manner has
 * to know beforehand (how long a run is, how many events a channel has) is measured in a run of its own before all others: it
 * always takes the oldest, lets no fault strike, and is the same whatever the seed. Nothing is learned from later runs, or run
 * i would be another one when it is wanted alone.
 */
#include "harness/schedule/sampler.h"

#include "harness/schedule/strategy.h"

#include <stdio.h>
#include <string.h>

#define CHANNELS_AT_FIRST 16u
#define MARKS_AT_FIRST 32u

/* ---- numbers by key ---- */

static uint32_t slot_of(const struct marks *marks, uint64_t key)
{
    uint32_t at = (uint32_t)(key >> 32) & (marks->capacity - 1);
    while (marks->keys[at] != 0 && marks->keys[at] != key) {
        at = (at + 1) & (marks->capacity - 1);
    }
    return at;
}

static void marks_free(struct marks *marks, const struct rh_allocator *allocator)
{
    size_t bytes = marks->capacity * sizeof(uint64_t);
    allocator->release(allocator->self, marks->keys, bytes);
    allocator->release(allocator->self, marks->values, bytes);
    *marks = (struct marks){0};
}

static bool marks_grow(struct marks *marks, const struct rh_allocator *allocator)
{
    struct marks larger = {.capacity = marks->capacity == 0 ? MARKS_AT_FIRST : marks->capacity * 2};
    size_t bytes = larger.capacity * sizeof(uint64_t);
    larger.keys = allocator->allocate(allocator->self, bytes);
    larger.values = allocator->allocate(allocator->self, bytes);
    if (larger.keys == NULL || larger.values == NULL) {
        marks_free(&larger, allocator);
        return false;
    }
    memset(larger.keys, 0, bytes);
    memset(larger.values, 0, bytes);
    for (uint32_t i = 0; i < marks->capacity; i++) {
        if (marks->keys[i] != 0) {
            uint32_t at = slot_of(&larger, marks->keys[i]);
            larger.keys[at] = marks->keys[i];
            larger.values[at] = marks->values[i];
        }
    }
    larger.count = marks->count;
    marks_free(marks, allocator);
    *marks = larger;
    return true;
}

uint64_t *sampler_mark(struct sampler *sampler, struct marks *marks, uint64_t key)
{
    if (marks->count * 2 >= marks->capacity && !marks_grow(marks, &sampler->allocator)) {
        rh_strategy_fail(&sampler->head, RH_NO_MEMORY);
        return NULL;
    }
    key = key == 0 ? 1 : key;
    uint32_t at = slot_of(marks, key);
    marks->count += marks->keys[at] == 0 ? 1 : 0;
    marks->keys[at] = key;
    return &marks->values[at];
}

void sampler_forget(struct marks *marks)
{
    if (marks->count > 0) {
        memset(marks->keys, 0, marks->capacity * sizeof(uint64_t));
        memset(marks->values, 0, marks->capacity * sizeof(uint64_t));
        marks->count = 0;
    }
}

/* ---- channels ---- */

static uint64_t stir_pid(uint64_t key, struct rh_pid pid)
{
    key = draw_stir(key, (uint64_t)pid.node << 32 | pid.incarnation);
    return draw_stir(key, (uint64_t)pid.slot << 32 | pid.generation);
}

uint64_t sampler_channel_key(const struct rh_candidate *candidate)
{
    uint64_t key = draw_stir((uint64_t)candidate->kind + 1, candidate->source);
    key = stir_pid(stir_pid(key, candidate->actor), candidate->from);
    return rh_pid_is_none(candidate->from) ? draw_stir(key, candidate->ordinal) : key;
}

static bool reserve_channel(struct sampler *sampler)
{
    if (sampler->channel_count < sampler->channel_capacity) {
        return true;
    }
    const struct rh_allocator *allocator = &sampler->allocator;
    uint32_t before = sampler->channel_capacity;
    uint32_t capacity = before == 0 ? CHANNELS_AT_FIRST : before * 2;
    struct channel *channels = allocator->resize(
        allocator->self, sampler->channels, before * sizeof *channels, capacity * sizeof *channels);
    if (channels == NULL) {
        rh_strategy_fail(&sampler->head, RH_NO_MEMORY);
        return false;
    }
    sampler->channels = channels;
    sampler->channel_capacity = capacity;
    return true;
}

struct channel *sampler_channel_at(struct sampler *sampler, uint64_t key)
{
    uint64_t *place = sampler_mark(sampler, &sampler->places, key);
    if (place == NULL || (*place == 0 && !reserve_channel(sampler))) {
        return NULL;
    }
    if (*place == 0) {
        sampler->channels[sampler->channel_count++] = (struct channel){.key = key};
        *place = sampler->channel_count;
    }
    return &sampler->channels[*place - 1];
}

struct channel *sampler_channel(struct sampler *sampler, const struct rh_candidate *candidate)
{
    return sampler_channel_at(sampler, sampler_channel_key(candidate));
}

/* ---- numbers ---- */

static bool is_measuring(const struct sampler *sampler)
{
    return sampler->measures && sampler->head.runs == 0;
}

/* The number of the run under way among those that are drawn. */
static uint64_t run_of(const struct sampler *sampler)
{
    return sampler->head.runs - (sampler->measures && sampler->head.runs > 0 ? 1 : 0);
}

static uint64_t seed_of_run(const struct sampler *sampler)
{
    return sampler->seed + run_of(sampler);
}

const struct sampler_manner *sampler_manner(const struct sampler *sampler)
{
    return &sampler->manners[seed_of_run(sampler) % sampler->manner_count];
}

static uint64_t next_key(struct sampler *sampler, enum rh_site site)
{
    uint64_t key = draw_stir(seed_of_run(sampler), (uint64_t)site);
    return draw_stir(key, sampler->asked[site]++);
}

uint32_t sampler_below(struct sampler *sampler, uint32_t count)
{
    return draw_below(next_key(sampler, RH_SITE_NEXT), count);
}

uint32_t sampler_draw(struct sampler *sampler, uint32_t count,
                      const struct rh_candidate *candidates)
{
    return draw_candidate(next_key(sampler, RH_SITE_NEXT), count, candidates);
}

uint64_t sampler_priority(struct sampler *sampler, const struct rh_candidate *candidate)
{
    return draw_priority(next_key(sampler, RH_SITE_NEXT), candidate->weight);
}

/* ---- a run ---- */

/* Channels that only other runs had are forgotten, or memory would grow with the number of runs. */
static void keep_measured(struct sampler *sampler)
{
    sampler_forget(&sampler->places);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < sampler->channel_count; i++) {
        const struct channel channel = sampler->channels[i];
        if (channel.measured == 0) {
            continue;
        }
        sampler->channels[kept++] =
            (struct channel){.key = channel.key, .measured = channel.measured};
        uint64_t *place = sampler_mark(sampler, &sampler->places, channel.key);
        if (place != NULL) {
            *place = kept;
        }
    }
    sampler->channel_count = kept;
}

static void sampler_begin(struct rh_strategy *self)
{
    struct sampler *sampler = (struct sampler *)self;
    memset(sampler->asked, 0, sizeof sampler->asked);
    keep_measured(sampler);
    sampler_forget(&sampler->pending);
    sampler->step = 0;
    sampler->channels_used = 0;
    const struct sampler_manner *manner = sampler_manner(sampler);
    if (!is_measuring(sampler) && manner->begin != NULL) {
        manner->begin(sampler);
    }
}

/* What fifo takes. */
static uint32_t oldest(uint32_t count, const struct rh_candidate *candidates)
{
    for (uint32_t i = 0; i < count; i++) {
        if (candidates[i].source == UINT32_MAX || !candidates[i].optional) {
            return i;
        }
    }
    return 0;
}

static uint32_t sampler_next(struct sampler *sampler, uint32_t count,
                             const struct rh_candidate *candidates)
{
    bool measuring = is_measuring(sampler);
    sampler->step++;
    uint32_t chosen = measuring ? oldest(count, candidates)
                                : sampler_manner(sampler)->next(sampler, count, candidates);
    if (candidates[chosen].source == UINT32_MAX) {
        return chosen;
    }
    struct channel *channel = sampler_channel(sampler, &candidates[chosen]);
    if (channel == NULL) {
        return 0;
    }
    sampler->channels_used += channel->done == 0 ? 1 : 0;
    channel->done++;
    channel->measured += measuring ? 1 : 0;
    channel->served = sampler->step;
    sampler->measured += measuring ? 1 : 0;
    return chosen;
}

static uint32_t sampler_answer(struct rh_strategy *self, enum rh_site site, uint32_t count,
                               const struct rh_candidate *candidates)
{
    struct sampler *sampler = (struct sampler *)self;
    if (site == RH_SITE_NEXT && candidates != NULL) {
        return sampler_next(sampler, count, candidates);
    }
    return is_measuring(sampler) ? 0 : draw_below(next_key(sampler, site), count);
}

static bool sampler_end(struct rh_strategy *self)
{
    struct sampler *sampler = (struct sampler *)self;
    if (sampler->step > sampler->longest) {
        sampler->longest = sampler->step;
    }
    if (sampler->channels_used > sampler->widest) {
        sampler->widest = sampler->channels_used;
    }
    return is_measuring(sampler) ? sampler->runs > 0 : run_of(sampler) + 1 < sampler->runs;
}

static uint64_t sampler_seed(const struct rh_strategy *self)
{
    return seed_of_run((const struct sampler *)self);
}

static void sampler_tell(const struct rh_strategy *self, char *text, size_t capacity)
{
    const struct sampler *sampler = (const struct sampler *)self;
    text[0] = '\0';
    if (sampler->manner_count > 1) {
        size_t at = (size_t)snprintf(text, capacity, "in turn");
        for (uint32_t i = 0; i < sampler->manner_count && at < capacity; i++) {
            const struct sampler_manner *manner = &sampler->manners[i];
            at +=
                (size_t)snprintf(text + at, capacity - at, "%s %s", i > 0 ? "," : "", manner->name);
            if (manner->depth > 0 && at < capacity) {
                at += (size_t)snprintf(text + at, capacity - at, " of depth %u",
                                       (unsigned)manner->depth);
            }
        }
    } else if (sampler->manners[0].tell != NULL) {
        sampler->manners[0].tell(sampler, text, capacity);
    }
}

static void sampler_destroy(struct rh_strategy *self)
{
    struct sampler *sampler = (struct sampler *)self;
    struct rh_allocator allocator = sampler->allocator;
    marks_free(&sampler->places, &allocator);
    marks_free(&sampler->pending, &allocator);
    allocator.release(allocator.self, sampler->channels,
                      sampler->channel_capacity * sizeof *sampler->channels);
    allocator.release(allocator.self, sampler, sizeof *sampler);
}

enum rh_status sampler_create(const struct rh_allocator *allocator,
                              const struct sampler_options *options,
                              struct rh_strategy **ret_strategy)
{
    const struct rh_allocator *with = allocator != NULL ? allocator : rh_allocator_default();
    const struct sampler_manner *manners = options->manners;
    uint32_t manner_count = options->manner_count;
    if (manner_count == 0 || manner_count > SAMPLER_MANNERS_MAX) {
        return RH_INVALID;
    }
    struct sampler *sampler = with->allocate(with->self, sizeof *sampler);
    if (sampler == NULL) {
        return RH_NO_MEMORY;
    }
    *sampler = (struct sampler){
        .functions = {.name = manner_count > 1 ? "portfolio" : manners[0].name,
                      .sees_forced = true,
                      .begin = sampler_begin,
                      .below = sampler_answer,
                      .end = sampler_end,
                      .seed = sampler_seed,
                      .split = sampler_split,
                      .join = sampler_join,
                      .save = sampler_save,
                      .load = sampler_load,
                      .tell = sampler_tell,
                      .destroy = sampler_destroy},
        .allocator = *with,
        .seed = options->seed,
        .runs = options->runs,
        .manner_count = manner_count,
        .measures = options->measures,
    };
    memcpy(sampler->manners, manners, manner_count * sizeof *manners);
    sampler->head.functions = &sampler->functions;
    *ret_strategy = &sampler->head;
    return RH_OK;
}
