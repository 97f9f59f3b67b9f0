/* SPDX-License-Identifier: MIT */
/* Open addressing, at most half full, and never iterated but to print: the hash decides nothing that is seen. */
#include "harness/trace/names.h"

#include "harness/trace/encode.h"

#include <string.h>

/* Actors of higher slots are found by their hash alone. */
#define HEADS_MAX UINT32_C(65536)

#define CAPACITY_AT_FIRST 64U
#define CAPACITY_MAX (UINT32_C(1) << 30)

void names_init(struct names *names, const struct rh_allocator *allocator)
{
    *names = (struct names){.allocator = allocator};
}

void names_deinit(struct names *names)
{
    names->allocator->release(names->allocator->self, names->entries,
                              names->capacity * sizeof(*names->entries));
    names->allocator->release(names->allocator->self, names->heads,
                              names->head_capacity * sizeof(*names->heads));
    *names = (struct names){.allocator = names->allocator};
}

void names_clear(struct names *names)
{
    if (names->count > 0) {
        memset(names->entries, 0, names->capacity * sizeof(*names->entries));
        names->count = 0;
    }
    names->heads_used = 0;
}

static void put(struct name_entry *entries, uint32_t capacity, struct name_entry entry)
{
    uint32_t at = names_place(&entry.pid, capacity);
    while (entries[at].index != 0) {
        at = (at + 1) & (capacity - 1);
    }
    entries[at] = entry;
}

static enum rh_status grow(struct names *names)
{
    uint32_t capacity = names->capacity == 0 ? CAPACITY_AT_FIRST : names->capacity * 2;
    size_t bytes = capacity * sizeof(*names->entries);
    struct name_entry *entries =
        capacity > CAPACITY_MAX ? NULL : names->allocator->allocate(names->allocator->self, bytes);
    if (entries == NULL) {
        return RH_NO_MEMORY;
    }
    memset(entries, 0, bytes);
    for (uint32_t i = 0; i < names->capacity; i++) {
        if (names->entries[i].index != 0) {
            put(entries, capacity, names->entries[i]);
        }
    }
    names->allocator->release(names->allocator->self, names->entries,
                              names->capacity * sizeof(*names->entries));
    names->entries = entries;
    names->capacity = capacity;
    return RH_OK;
}

/* Make room for a slot; without memory there is none. */
static bool heads_reserve(struct names *names, uint32_t slot)
{
    uint32_t capacity = names->head_capacity == 0 ? CAPACITY_AT_FIRST : names->head_capacity;
    while (capacity <= slot) {
        capacity *= 2;
    }
    if (capacity != names->head_capacity) {
        size_t bytes = sizeof(*names->heads);
        struct name_head *heads = names->allocator->resize(
            names->allocator->self, names->heads, names->head_capacity * bytes, capacity * bytes);
        if (heads == NULL) {
            return false;
        }
        names->heads = heads;
        names->head_capacity = capacity;
    }
    while (names->heads_used <= slot) {
        names->heads[names->heads_used++] = (struct name_head){0};
    }
    return true;
}

static void head_put(struct names *names, const struct rh_pid *pid, uint32_t index)
{
    uint64_t words[2];
    memcpy(words, pid, sizeof words);
    if (names->heads_used == 0) {
        names->home = words[0];
    }
    if (words[0] == names->home && pid->slot < HEADS_MAX && heads_reserve(names, pid->slot)) {
        struct name_head *head = &names->heads[pid->slot];
        head->who = words[1];
        head->size = (uint8_t)(encode_uint(head->bytes, index) - head->bytes);
    }
}

enum rh_status names_add(struct names *names, struct rh_pid pid, uint32_t *ret_index)
{
    if (names->count >= names->capacity / 2) {
        enum rh_status status = grow(names);
        if (status != RH_OK) {
            return status;
        }
    }
    *ret_index = ++names->count;
    put(names->entries, names->capacity, (struct name_entry){pid, *ret_index});
    head_put(names, &pid, *ret_index);
    return RH_OK;
}

struct rh_pid names_pid(const struct names *names, uint32_t index)
{
    for (uint32_t i = 0; i < names->capacity && index != 0; i++) {
        if (names->entries[i].index == index) {
            return names->entries[i].pid;
        }
    }
    return rh_pid_none();
}
