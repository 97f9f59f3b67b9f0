/* SPDX-License-Identifier: MIT */
/*
 * Every prefix of every run, each class of prefixes once: what has been seen of a class is its digest, and prefixes of one
 * class must have led to one state, which is checked every time. The number of classes is that of prefixes at which a run may
 * end; a run may end where only the crash is left, whether it comes or not.
 */
#include "harness/selfcheck/machine/machine.h"

#include "harness/selfcheck/machine/state.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS_AT_FIRST 1024u

/* Digests by digest; 0 is free. */
struct seen {
    uint64_t *keys;
    uint64_t *values;
    uint64_t capacity;
    uint64_t count;
};

static uint64_t slot_of(const struct seen *seen, uint64_t key)
{
    uint64_t at = (key >> 20) & (seen->capacity - 1);
    while (seen->keys[at] != 0 && seen->keys[at] != key) {
        at = (at + 1) & (seen->capacity - 1);
    }
    return at;
}

static bool seen_grow(struct seen *seen)
{
    struct seen larger = {.capacity = seen->capacity == 0 ? SLOTS_AT_FIRST : seen->capacity * 2};
    larger.keys = calloc(larger.capacity, sizeof(uint64_t));
    larger.values = calloc(larger.capacity, sizeof(uint64_t));
    if (larger.keys == NULL || larger.values == NULL) {
        free(larger.keys);
        free(larger.values);
        return false;
    }
    for (uint64_t i = 0; i < seen->capacity; i++) {
        if (seen->keys[i] != 0) {
            uint64_t at = slot_of(&larger, seen->keys[i]);
            larger.keys[at] = seen->keys[i];
            larger.values[at] = seen->values[i];
        }
    }
    larger.count = seen->count;
    free(seen->keys);
    free(seen->values);
    *seen = larger;
    return true;
}

/* Put a value there unless there is one; returns where it is, NULL without memory. */
static uint64_t *seen_get(struct seen *seen, uint64_t key, uint64_t value, bool *ret_is_new)
{
    if (seen->count * 2 >= seen->capacity && !seen_grow(seen)) {
        return NULL;
    }
    key = key == 0 ? 1 : key;
    uint64_t at = slot_of(seen, key);
    *ret_is_new = seen->keys[at] == 0;
    if (*ret_is_new) {
        seen->keys[at] = key;
        seen->values[at] = value;
        seen->count++;
    }
    return &seen->values[at];
}

struct search {
    struct seen prefixes;
    struct seen outcomes;
    uint64_t prefixes_max;
    struct machine_count *count;
    struct state *stack; /* one for each step of a run */
    uint32_t depth_max;
    bool has_memory;
};

/* Returns whether anything may come of it. */
static bool enter(struct search *search, const struct state *state)
{
    bool is_new = false;
    uint64_t digest = state_digest(state);
    const uint64_t *found = seen_get(&search->prefixes, state_class(state), digest, &is_new);
    if (found == NULL) {
        search->has_memory = false;
        return false;
    }
    search->count->is_sound = search->count->is_sound && *found == digest;
    if (search->prefixes.count > search->prefixes_max || state->is_too_large) {
        search->count->is_complete = false;
        return false;
    }
    return is_new;
}

static void leave(struct search *search, const struct state *state)
{
    bool is_new = false;
    search->count->classes++;
    if (seen_get(&search->outcomes, state_outcome(state), 0, &is_new) == NULL) {
        search->has_memory = false;
    }
}

static void explore(struct search *search, uint32_t depth)
{
    struct event events[EVENTS_MAX];
    uint32_t must = 0;
    const struct state *state = &search->stack[depth];
    if (!enter(search, state)) {
        return;
    }
    uint32_t count = state_events(state, events, &must);
    if (must == 0) {
        leave(search, state);
    }
    if (depth + 1 == search->depth_max) {
        search->count->is_complete = search->count->is_complete && count == 0;
        return;
    }
    for (uint32_t i = 0; i < count && search->count->is_complete && search->has_memory; i++) {
        search->stack[depth + 1] = *state;
        state_step(&search->stack[depth + 1], &events[i]);
        explore(search, depth + 1);
    }
}

bool machine_count(const struct program *program, uint64_t prefixes_max,
                   struct machine_count *ret_count)
{
    struct search search = {
        .prefixes_max = prefixes_max, .count = ret_count, .depth_max = 128, .has_memory = true};
    *ret_count = (struct machine_count){.is_complete = true, .is_sound = true};
    search.stack = malloc(search.depth_max * sizeof *search.stack);
    if (search.stack != NULL) {
        state_begin(&search.stack[0], program);
        explore(&search, 0);
    }
    ret_count->outcomes = search.outcomes.count;
    ret_count->prefixes = search.prefixes.count;
    free(search.prefixes.keys);
    free(search.prefixes.values);
    free(search.outcomes.keys);
    free(search.outcomes.values);
    bool has_memory = search.stack != NULL && search.has_memory;
    free(search.stack);
    return has_memory;
}
