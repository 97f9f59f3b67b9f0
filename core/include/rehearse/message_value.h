/* SPDX-License-Identifier: MIT */
/** @file
 *  The message handle, views on items, and their kinds. Included by rehearse/message.h. */
#ifndef REHEARSE_MESSAGE_VALUE_H
#define REHEARSE_MESSAGE_VALUE_H

#include <rehearse/allocator.h>
#include <rehearse/pid.h>
#include <rehearse/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

RH_PUBLIC_BEGIN

/* ---- Views and kinds ---- */

/** A view on text: UTF-8, not terminated. It owns nothing. */
struct rh_text {
    const char *bytes;
    size_t size;
};

/** A view on the content of a byte string. It owns nothing. */
struct rh_bytes {
    const uint8_t *bytes;
    size_t size;
};

/** A view on one encoded item that is known to be valid, head included. It owns nothing.
 *  Size 0 is no item. */
struct rh_item {
    const uint8_t *bytes;
    size_t size;
};

/** One row per kind of item: identifier, the word that RH_TAG_ANY_OF carries. */
#define RH_KIND_MAP(X)                                                                             \
    X(INT, "int")                                                                                  \
    X(TEXT, "text")                                                                                \
    X(BYTES, "bytes")                                                                              \
    X(BOOL, "bool")                                                                                \
    X(NULL, "null")                                                                                \
    X(ARRAY, "array")                                                                              \
    X(MAP, "map")                                                                                  \
    X(PID, "pid")                                                                                  \
    X(REF, "ref")                                                                                  \
    X(ANY, "any")                                                                                  \
    X(VARIABLE, "variable")                                                                        \
    X(ANY_OF, "any_of")

/** RH_KIND_NONE is "no item here": the end, or bytes that are not an item. */
enum rh_kind {
    RH_KIND_NONE,
#define X(identifier, word) RH_KIND_##identifier,
    RH_KIND_MAP(X)
#undef X
    RH_KIND_COUNT
};

/** Return the word of a kind, such as "text"; "none" for RH_KIND_NONE. Static storage. */
const char *rh_kind_word(enum rh_kind kind);

/** Return the kind that a word names, RH_KIND_NONE if there is none. */
enum rh_kind rh_kind_find(struct rh_text word);

/** Tag of a pid: an array [node, incarnation, slot, generation]. */
#define RH_TAG_PID 90
/** Tag of a reference: an array [node, incarnation, slot, generation, ordinal]. */
#define RH_TAG_REF 91
/** Tag of the pattern that matches any item; the content is null. */
#define RH_TAG_ANY 92
/** Tag of a pattern variable; the content is its slot, below RH_VARIABLES. */
#define RH_TAG_VARIABLE 93
/** Tag of the pattern that matches any item of one kind; the content is the kind's word, one of the
 *  nine from "int" to "ref". */
#define RH_TAG_ANY_OF 94

/** Number of variables that a pattern may use. */
#define RH_VARIABLES 16

/** Depth of arrays and maps beyond which no message is accepted, whatever the limits say, and beyond
 *  which the printer shows `...`. A tagged value (pid, reference, mark) counts as a scalar. */
#define RH_NESTING_CEILING 128

/** Size in bytes that no message can exceed, whatever the limits say. */
#define RH_MESSAGE_BYTES_CEILING ((uint32_t)1 << 30)

/* ---- The handle ---- */

/** Items of at most this many bytes live in the handle and cost no allocation. */
#define RH_MESSAGE_INLINE_BYTES 23
/** Value of the first byte of a handle whose item lives in a block of its own. */
#define RH_MESSAGE_LARGE 0xff
/** Value of the first byte of a handle whose building failed; the next byte is the status. */
#define RH_MESSAGE_FAILED 0xfe

/** Head of a shared block; the bytes follow it. Private: it is here for the inline functions.
 *  The count is plain: a message never leaves the thread of its node. */
struct rh_blob {
    const struct rh_allocator *allocator;
    size_t references;
    uint32_t size;
    uint32_t capacity;
};

struct rh_message_small {
    uint8_t size;
    uint8_t bytes[RH_MESSAGE_INLINE_BYTES];
};

struct rh_message_large {
    uint8_t marker;
    struct rh_blob *blob;
};

/** A handle on one immutable item, passed by value; it counts as one reference while it is in use.
 *  The zeroed handle is empty, the legal "no payload". A handle whose building failed carries the
 *  status instead of an item and behaves as an empty one; whoever sends it gets the status.
 *  Life: build | copy | decode -> (ref)* -> unref for each.
 *  The allocator of a message must outlive its last reference. */
struct rh_message {
    union {
        struct rh_message_small small;
        struct rh_message_large large;
    };
};

/** Release the block of a message whose last reference is gone. Called by rh_message_unref. */
void rh_blob_release(struct rh_blob *blob);

/** Return the message without an item. */
static inline struct rh_message rh_message_none(void)
{
    struct rh_message none;
    memset(&none, 0, sizeof none);
    return none;
}

/** Return a handle that carries a status instead of an item. The status is not RH_OK. */
static inline struct rh_message rh_message_failed(enum rh_status status)
{
    struct rh_message failed = rh_message_none();
    failed.small.size = RH_MESSAGE_FAILED;
    failed.small.bytes[0] = (uint8_t)status;
    return failed;
}

/** Take one more reference; both handles are to be given back. Never fails, never allocates. */
static inline struct rh_message rh_message_ref(struct rh_message message)
{
    if (message.small.size == RH_MESSAGE_LARGE) {
        message.large.blob->references++;
    }
    return message;
}

/** Give one reference back. Accepts empty and failed handles. */
static inline void rh_message_unref(struct rh_message message)
{
    if (message.small.size == RH_MESSAGE_LARGE && --message.large.blob->references == 0) {
        rh_blob_release(message.large.blob);
    }
}

/** Return why building failed: RH_INVALID (a bad argument: text that is not UTF-8, NULL, an empty or
 *  duplicate item), RH_NO_MEMORY or RH_LIMIT. RH_OK for every other handle, the empty one included. */
static inline enum rh_status rh_message_status(struct rh_message message)
{
    return message.small.size == RH_MESSAGE_FAILED ? (enum rh_status)message.small.bytes[0] : RH_OK;
}

/** Return the encoded item and its size; size 0 for empty and failed handles. The bytes belong to
 *  the message and may lie inside *message*: they are valid while that very object is alive,
 *  unmoved and unchanged. */
static inline const uint8_t *rh_message_bytes(const struct rh_message *message, size_t *ret_size)
{
    if (message->small.size <= RH_MESSAGE_INLINE_BYTES) {
        *ret_size = message->small.size;
        return message->small.bytes;
    }
    if (message->small.size == RH_MESSAGE_LARGE) {
        *ret_size = message->large.blob->size;
        return (const uint8_t *)(message->large.blob + 1);
    }
    *ret_size = 0;
    return message->small.bytes;
}

/** Return the size in bytes of the encoded item, 0 for empty and failed handles. */
static inline size_t rh_message_size(const struct rh_message *message)
{
    size_t size;
    (void)rh_message_bytes(message, &size);
    return size;
}

/** Return a view on the message's item, as long-lived as rh_message_bytes. */
static inline struct rh_item rh_message_item(const struct rh_message *message)
{
    struct rh_item item;
    item.bytes = rh_message_bytes(message, &item.size);
    return item;
}

/** Compare the encoded bytes, which is equality of values. Empty and failed handles are equal. */
static inline bool rh_message_equal(const struct rh_message *a, const struct rh_message *b)
{
    size_t a_size;
    size_t b_size;
    const uint8_t *a_bytes = rh_message_bytes(a, &a_size);
    const uint8_t *b_bytes = rh_message_bytes(b, &b_size);
    return a_size == b_size && memcmp(a_bytes, b_bytes, a_size) == 0;
}

/** Compare two items by their bytes. */
static inline bool rh_item_equal(struct rh_item a, struct rh_item b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.bytes, b.bytes, a.size) == 0);
}

/** Make a message of bytes that are already known to be one valid item (an rh_item, a message's own
 *  bytes); nothing is checked but the size. `allocator` NULL is the C library's. On success
 *  `*ret_message` is owned by the caller; size 0 gives the empty message. RH_NO_MEMORY, or RH_LIMIT
 *  above RH_MESSAGE_BYTES_CEILING, leave it empty. */
RH_MUST_USE enum rh_status rh_message_copy(const struct rh_allocator *allocator,
                                           const uint8_t *bytes, size_t size,
                                           struct rh_message *ret_message);

RH_PUBLIC_END
#endif
