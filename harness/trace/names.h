/* SPDX-License-Identifier: MIT */
/** @file
 *  Which number of the trace an actor has: counted from 1 in the order of first mention. 0 is nobody. */
#ifndef HARNESS_TRACE_NAMES_H
#define HARNESS_TRACE_NAMES_H

#include <rehearse/allocator.h>
#include <rehearse/pid.h>
#include <rehearse/status.h>

#include <string.h>

struct name_entry {
    struct rh_pid pid;
    uint32_t index; /**< 0: the place is free */
};

struct names {
    const struct rh_allocator *allocator;
    struct name_entry *entries;
    uint32_t capacity; /**< a power of two, or 0 */
    uint32_t count;
};

void names_init(struct names *names, const struct rh_allocator *allocator);
void names_deinit(struct names *names);
/** Forget everybody, keep the room. */
void names_clear(struct names *names);
/** Give a pid that is not there the next number. RH_NO_MEMORY. */
enum rh_status names_add(struct names *names, struct rh_pid pid, uint32_t *ret_index);
/** Find who has a number; nobody if it is not given. Walks the table. */
struct rh_pid names_pid(const struct names *names, uint32_t index);

/* Two words hold a pid: this runs twice for every event. */
static inline uint32_t names_place(struct rh_pid pid, uint32_t capacity)
{
    uint64_t words[2];
    memcpy(words, &pid, sizeof words);
    uint64_t mixed = words[1] * UINT64_C(0x9e3779b97f4a7c15) + words[0];
    return (uint32_t)(mixed ^ mixed >> 32) & (capacity - 1);
}

static inline bool names_equal(struct rh_pid a, struct rh_pid b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

/** Return the number of a pid, 0 if it has none; nobody's is 0. */
static inline uint32_t names_find(const struct names *names, struct rh_pid pid)
{
    if (rh_pid_is_none(pid) || names->capacity == 0) {
        return 0;
    }
    uint32_t at = names_place(pid, names->capacity);
    while (names->entries[at].index != 0 && !names_equal(names->entries[at].pid, pid)) {
        at = (at + 1) & (names->capacity - 1);
    }
    return names->entries[at].index;
}

#endif
