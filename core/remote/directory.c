/* SPDX-License-Identifier: MIT */
/*
 * Numbers and the actors behind them. One record hangs in two tables and one list, so the two directions cannot disagree.
 * The list is in order of numbers, which come in increasing order but for those of a plain peer that we knew before it spoke;
 * records that wait for theirs are last.
 */
#include "core/base/random.h"
#include "core/remote/internal.h"

#define BUCKETS_MIN 16u

static size_t number_bucket(const struct directory *directory, uint64_t number)
{
    return (size_t)(number & (directory->bucket_count - 1));
}

static size_t pid_bucket(const struct directory *directory, struct rh_pid pid)
{
    uint64_t bits = ((uint64_t)pid.slot << 32 | pid.generation) ^ (uint64_t)pid.node << 40;
    return (size_t)(random_mix(bits) & (directory->bucket_count - 1));
}

static void chain(struct directory *directory, struct numbered *record)
{
    struct numbered **at = &directory->by_pid[pid_bucket(directory, record->pid)];
    record->pid_next = *at;
    *at = record;
    if (record->number != 0) {
        at = &directory->by_number[number_bucket(directory, record->number)];
        record->number_next = *at;
        *at = record;
    }
}

bool directory_reserve(struct rh_node *node, struct directory *directory)
{
    if (directory->count < directory->bucket_count) {
        return true;
    }
    size_t wanted = directory->bucket_count == 0 ? BUCKETS_MIN : directory->bucket_count * 2;
    struct numbered **buckets = node_allocate(node, 2 * wanted * sizeof(struct numbered *));
    if (buckets == NULL) {
        return false;
    }
    for (size_t i = 0; i < 2 * wanted; i++) {
        buckets[i] = NULL;
    }
    node_release(node, directory->by_number,
                 2 * directory->bucket_count * sizeof(struct numbered *));
    directory->by_number = buckets;
    directory->by_pid = buckets + wanted;
    directory->bucket_count = wanted;
    for (struct numbered *record = directory->first; record != NULL; record = record->next) {
        chain(directory, record);
    }
    return true;
}

/* Behind `before`; NULL: in front. */
static void list_insert(struct directory *directory, struct numbered *record,
                        struct numbered *before)
{
    if (record->number != 0 && before == directory->last_number) {
        directory->last_number = record;
    }
    record->prev = before;
    record->next = before == NULL ? directory->first : before->next;
    *(before == NULL ? &directory->first : &before->next) = record;
    *(record->next == NULL ? &directory->last : &record->next->prev) = record;
}

static void list_take(struct directory *directory, struct numbered *record)
{
    if (record == directory->last_number) {
        directory->last_number = record->prev;
    }
    *(record->prev == NULL ? &directory->first : &record->prev->next) = record->next;
    *(record->next == NULL ? &directory->last : &record->next->prev) = record->prev;
}

/* The record behind which a number belongs: mostly the last one that has any. */
static struct numbered *place_of(const struct directory *directory, uint64_t number)
{
    struct numbered *at = directory->last_number;
    while (at != NULL && at->number > number) {
        at = at->prev;
    }
    return at;
}

void directory_add(struct directory *directory, struct numbered *record)
{
    RH_ASSERT(directory->count < directory->bucket_count);
    chain(directory, record);
    list_insert(directory, record,
                record->number == 0 ? directory->last : place_of(directory, record->number));
    directory->count++;
}

static void unchain(struct numbered **at, struct numbered *record, bool by_pid)
{
    while (*at != record) {
        at = by_pid ? &(*at)->pid_next : &(*at)->number_next;
    }
    *at = by_pid ? record->pid_next : record->number_next;
}

void directory_remove(struct directory *directory, struct numbered *record)
{
    unchain(&directory->by_pid[pid_bucket(directory, record->pid)], record, true);
    if (record->number != 0) {
        unchain(&directory->by_number[number_bucket(directory, record->number)], record, false);
    }
    list_take(directory, record);
    directory->count--;
    if (directory->recent == record) {
        directory->recent = NULL;
    }
}

void directory_number(struct directory *directory, struct numbered *record, uint64_t number)
{
    RH_ASSERT(record->number == 0);
    list_take(directory, record);
    record->number = number;
    struct numbered **at = &directory->by_number[number_bucket(directory, number)];
    record->number_next = *at;
    *at = record;
    list_insert(directory, record, place_of(directory, number));
}

struct numbered *directory_seek(const struct directory *directory, uint64_t number)
{
    if (directory->count == 0 || number == 0) {
        return NULL;
    }
    struct numbered *record = directory->by_number[number_bucket(directory, number)];
    while (record != NULL && record->number != number) {
        record = record->number_next;
    }
    return record;
}

struct numbered *directory_seek_pid(const struct directory *directory, struct rh_pid pid)
{
    if (directory->count == 0) {
        return NULL;
    }
    struct numbered *record = directory->by_pid[pid_bucket(directory, pid)];
    while (record != NULL && !rh_pid_equal(record->pid, pid)) {
        record = record->pid_next;
    }
    return record;
}

void directory_free(struct rh_node *node, struct directory *directory)
{
    node_release(node, directory->by_number,
                 2 * directory->bucket_count * sizeof(struct numbered *));
    *directory = (struct directory){0};
}

const char *directory_validate(const struct directory *directory)
{
    size_t count = 0;
    uint64_t number = 0;
    const struct numbered *last_number = NULL;
    for (struct numbered *record = directory->first; record != NULL; record = record->next) {
        bool last = record->number == 0;
        if (directory_seek_pid(directory, record->pid) != record ||
            (!last && directory_seek(directory, record->number) != record)) {
            return "numbers and actors of a connection are not inverse";
        }
        if (!last && record->number <= number) {
            return "numbers of a connection are out of order";
        }
        number = last ? UINT64_MAX : record->number;
        last_number = last ? last_number : record;
        count++;
    }
    if (last_number != directory->last_number) {
        return "a connection has lost its last number";
    }
    return count == directory->count ? NULL : "a connection has lost count of its numbers";
}
