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

/** How an item begins to speak of somebody: the head that is its number. */
struct name_head {
    uint64_t who;     /**< slot and generation, as they lie in a pid */
    uint8_t bytes[7]; /**< what lies behind the head is undefined */
    uint8_t size;     /**< 0: nobody is here */
};

struct names {
    const struct rh_allocator *allocator;
    struct name_entry *entries;
    uint32_t capacity; /**< a power of two, or 0 */
    uint32_t count;
    /** The latest tenants of low slots on the node of who was mentioned first, by slot: they are found without hashing. Whoever
     *  is missing is in `entries`, as everybody is. */
    struct name_head *heads;
    uint32_t head_capacity;
    uint32_t heads_used;
    uint64_t home; /**< node and incarnation, as they lie in a pid */
};

void names_init(struct names *names, const struct rh_allocator *allocator);
void names_deinit(struct names *names);
/** Forget everybody, keep the room. */
void names_clear(struct names *names);
/** Give a pid that is not there the next number. RH_NO_MEMORY. */
enum rh_status names_add(struct names *names, struct rh_pid pid, uint32_t *ret_index);
/** Find who has a number; nobody if it is not given. Walks the table. */
struct rh_pid names_pid(const struct names *names, uint32_t index);

/* Slots are dense: the actors of a node lie side by side, and this runs twice for every event. */
static inline uint32_t names_place(const struct rh_pid *pid, uint32_t capacity)
{
    uint32_t mixed = pid->slot + (pid->node + pid->incarnation + pid->generation) * 0x9e3779b1u;
    return mixed & (capacity - 1);
}

/* Two words hold a pid. */
static inline bool names_equal(const struct rh_pid *a, const struct rh_pid *b)
{
    uint64_t words[4];
    memcpy(words, a, sizeof *a);
    memcpy(words + 2, b, sizeof *b);
    return words[0] == words[2] && words[1] == words[3];
}

/** Return the head of a pid, or NULL: ask names_find. */
static inline const struct name_head *names_head(const struct names *names,
                                                 const struct rh_pid *pid)
{
    uint64_t words[2];
    memcpy(words, pid, sizeof words);
    if (words[0] != names->home || pid->slot >= names->heads_used) {
        return NULL;
    }
    const struct name_head *head = &names->heads[pid->slot];
    return head->who == words[1] && head->size != 0 ? head : NULL;
}

/** Return the number of a pid, 0 if it has none; nobody's is 0. */
static inline uint32_t names_find(const struct names *names, const struct rh_pid *pid)
{
    if (rh_pid_is_none(*pid) || names->capacity == 0) {
        return 0;
    }
    const struct name_entry *entry = &names->entries[names_place(pid, names->capacity)];
    while (!names_equal(&entry->pid, pid) && entry->index != 0) {
        entry = entry + 1 < names->entries + names->capacity ? entry + 1 : names->entries;
    }
    return entry->index;
}

#endif
