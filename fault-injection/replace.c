/* SPDX-License-Identifier: MIT */
/*
 * Replace and corrupt: another payload, from the same sender, in the same place.
 *
 * Corrupting flips the last bit of the last scalar. Messages are encoded with heads of minimal length and keys in order, so
 * not every flipped bit leaves a message: the last bit of an integer or a truth does, and that of the last byte of a text
 * or of bytes. Pids and references are tagged, and null has no other value: what comes last before them is flipped instead.
 */
#include "fault-injection/menu.h"

#include <string.h>

static struct rh_filter_answer replace(const struct rh_fault_host *host,
                                       const struct rh_fault_spec *spec,
                                       const struct rh_message *message)
{
    (void)host;
    (void)message;
    return (struct rh_filter_answer){.action = RH_FILTER_REPLACE,
                                     .replacement = rh_message_ref(spec->payload)};
}

/* How many bytes the head of an item has. */
static size_t head_size(uint8_t first)
{
    unsigned low = first & 0x1fU;
    return low < 24 ? 1 : (size_t)1 + ((size_t)1 << (low - 24));
}

static uint64_t argument(const uint8_t *head)
{
    size_t size = head_size(*head);
    uint64_t value = size == 1 ? *head & 0x1fU : 0;
    for (size_t i = 1; i < size; i++) {
        value = value << 8 | head[i];
    }
    return value;
}

/* The place of the byte whose last bit may be flipped, after which it is a message still; `size` if there is none. A map
 * has keys, which are to stay as they are, and so is a tagged item: the rest of the message goes unread behind one. */
static size_t find_scalar(const uint8_t *bytes, size_t size)
{
    size_t found = size;
    for (size_t at = 0; at < size;) {
        const unsigned major = bytes[at] >> 5;
        const size_t head = head_size(bytes[at]);
        const uint64_t number = argument(&bytes[at]);
        if (major <= 1 || (major == 7 && (number == 20 || number == 21))) {
            found = at + head - 1;
        } else if ((major == 2 || major == 3) && number > 0) {
            found = at + head + (size_t)number - 1;
        } else if (major == 5 || major == 6) {
            break;
        }
        at += head + (major == 2 || major == 3 ? (size_t)number : 0);
    }
    return found;
}

struct rh_message fault_corrupted(const struct rh_allocator *allocator,
                                  const struct rh_message *message)
{
    size_t size;
    const uint8_t *bytes = rh_message_bytes(message, &size);
    size_t at = find_scalar(bytes, size);
    uint8_t *copy = at == size ? NULL : allocator->allocate(allocator->self, size);
    if (copy == NULL) {
        return rh_message_ref(*message);
    }
    memcpy(copy, bytes, size);
    copy[at] ^= 1;
    struct rh_message corrupted;
    enum rh_status status = rh_message_decode(allocator, NULL, copy, size, &corrupted);
    allocator->release(allocator->self, copy, size);
    return status == RH_OK ? corrupted : rh_message_ref(*message);
}

static struct rh_filter_answer corrupt(const struct rh_fault_host *host,
                                       const struct rh_fault_spec *spec,
                                       const struct rh_message *message)
{
    (void)spec;
    return (struct rh_filter_answer){.action = RH_FILTER_REPLACE,
                                     .replacement = fault_corrupted(host->allocator, message)};
}

const struct fault_family fault_replace = {.answer = replace};
const struct fault_family fault_corrupt = {.answer = corrupt};
