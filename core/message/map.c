/* SPDX-License-Identifier: MIT */
/* Entries have different sizes and sit in one buffer, and a message is built without scratch memory;
 * so this is an insertion sort whose moves are rotations. Maps are small and mostly arrive in order,
 * in which case each entry costs one comparison with its predecessor.
 *
 * Keys are scalars, so sorting an outer map moves the inner ones whole, and a single forward walk
 * that sorts each map where it meets it settles all of them, without a stack. */
#include "core/message/map.h"

#include "core/message/head.h"

#include <rehearse/message_match.h>

#include <string.h>

static void reverse(uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size / 2; i++) {
        uint8_t byte = bytes[i];
        bytes[i] = bytes[size - 1 - i];
        bytes[size - 1 - i] = byte;
    }
}

/* Exchange the first `left` bytes with the `right` bytes behind them. */
static void rotate(uint8_t *bytes, size_t left, size_t right)
{
    reverse(bytes, left);
    reverse(bytes + left, right);
    reverse(bytes, left + right);
}

static bool is_key(uint8_t head)
{
    return head >> 5 <= RH_MAJOR_TEXT;
}

/* No encoding of an item is a prefix of another's, so the shorter size always decides in time. */
static int compare_keys(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
    return memcmp(a, b, a_size < b_size ? a_size : b_size);
}

/* Move the entry of `size` bytes at `entry` to its place among the sorted ones from `first` on. */
static bool insert(uint8_t *first, uint8_t *entry, size_t size)
{
    size_t key_size = rh_item_skip(entry, size);
    uint8_t *at = first;
    while (at < entry) {
        size_t left = (size_t)(entry - at);
        size_t other_key = rh_item_skip(at, left);
        int order = compare_keys(at, other_key, entry, key_size);
        if (order == 0) {
            return false;
        }
        if (order > 0) {
            rotate(at, left, size);
            return true;
        }
        at += other_key + rh_item_skip(at + other_key, left - other_key);
    }
    return true;
}

/* Return the size of the entry at `entry`, 0 if it is none that a map may have. */
static size_t measure(const uint8_t *entry, size_t left, size_t *ret_key_size)
{
    size_t key_size = rh_item_skip(entry, left);
    if (key_size == 0 || !is_key(entry[0])) {
        return 0;
    }
    size_t value_size = rh_item_skip(entry + key_size, left - key_size);
    *ret_key_size = key_size;
    return value_size == 0 ? 0 : key_size + value_size;
}

bool rh_map_settle(uint8_t *map, size_t size)
{
    struct rh_head head;
    if (!rh_head_read(map, size, &head) || head.major != RH_MAJOR_MAP) {
        return false;
    }
    uint8_t *first = map + head.size;
    uint8_t *end = map + size;
    uint8_t *entry = first;
    const uint8_t *greatest = NULL;
    size_t greatest_size = 0;
    for (uint64_t i = 0; i < head.argument; i++) {
        size_t key_size = 0;
        size_t entry_size = measure(entry, (size_t)(end - entry), &key_size);
        if (entry_size == 0) {
            return false;
        }
        if (greatest == NULL || compare_keys(greatest, greatest_size, entry, key_size) < 0) {
            greatest = entry;
            greatest_size = key_size;
        } else if (insert(first, entry, entry_size)) {
            greatest += entry_size;
        } else {
            return false;
        }
        entry += entry_size;
    }
    return true;
}

/* Return the size of a tagged item, 0 if its content is not the tag's. */
static size_t measure_tagged(const uint8_t *at, size_t left)
{
    struct rh_reader reader;
    struct rh_pid pid;
    struct rh_ref ref;
    uint32_t slot;
    enum rh_kind kind;
    bool found = false;
    rh_reader_init(&reader, at, left);
    switch (rh_read_kind(&reader)) {
    case RH_KIND_PID:
        found = rh_read_pid(&reader, &pid);
        break;
    case RH_KIND_REF:
        found = rh_read_ref(&reader, &ref);
        break;
    case RH_KIND_ANY:
        found = rh_read_any(&reader);
        break;
    case RH_KIND_VARIABLE:
        found = rh_read_variable(&reader, &slot);
        break;
    case RH_KIND_ANY_OF:
        found = rh_read_any_of(&reader, &kind);
        break;
    default:
        break;
    }
    return found ? left - reader.left : 0;
}

bool rh_map_settle_all(uint8_t *item, size_t size)
{
    size_t at = 0;
    while (at < size) {
        struct rh_head head;
        if (!rh_head_read(item + at, size - at, &head)) {
            return false;
        }
        if (head.major == RH_MAJOR_MAP && !rh_map_settle(item + at, size - at)) {
            return false;
        }
        size_t step = head.size;
        if (head.major == RH_MAJOR_TAG) {
            step = measure_tagged(item + at, size - at);
        } else if (head.major == RH_MAJOR_BYTES || head.major == RH_MAJOR_TEXT) {
            step = rh_item_skip(item + at, size - at);
        }
        if (step == 0) {
            return false;
        }
        at += step;
    }
    return true;
}
