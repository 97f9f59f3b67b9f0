/* SPDX-License-Identifier: MIT */
/** @file
 *  The shared block behind a message that does not fit into its handle. */
#ifndef REHEARSE_MESSAGE_BLOB_H
#define REHEARSE_MESSAGE_BLOB_H

#include <rehearse/message_value.h>

/** Allocate a block with room for `capacity` bytes, one reference, size 0; NULL if refused.
 *  `allocator` NULL is the C library's. `capacity` is at most RH_MESSAGE_BYTES_CEILING. */
struct rh_blob *rh_blob_create(const struct rh_allocator *allocator, uint32_t capacity);

/** Change the capacity; NULL if refused, and then the block is as it was. */
struct rh_blob *rh_blob_resize(struct rh_blob *blob, uint32_t capacity);

static inline uint8_t *rh_blob_bytes(struct rh_blob *blob)
{
    return (uint8_t *)(blob + 1);
}

/** Return the handle that owns a block's one reference. */
static inline struct rh_message rh_blob_message(struct rh_blob *blob)
{
    struct rh_message message = rh_message_none();
    message.large.marker = RH_MESSAGE_LARGE;
    message.large.blob = blob;
    return message;
}

#endif
