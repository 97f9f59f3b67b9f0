/* SPDX-License-Identifier: MIT */
/* A handle is 24 bytes because that is what it costs to hold, in place, the messages that actors
 * really exchange: a verb with a few integers, or a tagged pid of the largest possible numbers,
 * which is exactly 23 bytes. The first byte is the discriminant: an inline size, or one of two
 * markers that no size reaches.
 *
 * What is larger lives in one block: allocator, count, size, capacity, bytes. The block remembers
 * its capacity, and not only its size, because allocators are told how much they get back, and
 * because shrinking a finished message would be one more call that can fail. The count is a plain
 * integer: a message stays on its node, and what crosses to another thread is copied. */
#include "core/message/blob.h"

#include <rehearse/message_value.h>

static const char *const kind_words[] = {"none",
#define X(identifier, word) word,
                                         RH_KIND_MAP(X)
#undef X
};

const char *rh_kind_word(enum rh_kind kind)
{
    return kind < RH_KIND_COUNT ? kind_words[kind] : kind_words[RH_KIND_NONE];
}

enum rh_kind rh_kind_find(struct rh_text word)
{
    for (enum rh_kind kind = RH_KIND_NONE + 1; kind < RH_KIND_COUNT; kind++) {
        if (strlen(kind_words[kind]) == word.size &&
            memcmp(kind_words[kind], word.bytes, word.size) == 0) {
            return kind;
        }
    }
    return RH_KIND_NONE;
}

struct rh_blob *rh_blob_create(const struct rh_allocator *allocator, uint32_t capacity)
{
    if (allocator == NULL) {
        allocator = rh_allocator_default();
    }
    struct rh_blob *blob = allocator->allocate(allocator->self, sizeof *blob + capacity);
    if (blob != NULL) {
        blob->allocator = allocator;
        blob->references = 1;
        blob->size = 0;
        blob->capacity = capacity;
    }
    return blob;
}

struct rh_blob *rh_blob_resize(struct rh_blob *blob, uint32_t capacity)
{
    const struct rh_allocator *allocator = blob->allocator;
    struct rh_blob *resized = allocator->resize(
        allocator->self, blob, sizeof *blob + blob->capacity, sizeof *blob + capacity);
    if (resized != NULL) {
        resized->capacity = capacity;
    }
    return resized;
}

void rh_blob_release(struct rh_blob *blob)
{
    const struct rh_allocator *allocator = blob->allocator;
    allocator->release(allocator->self, blob, sizeof *blob + blob->capacity);
}

enum rh_status rh_message_copy(const struct rh_allocator *allocator, const uint8_t *bytes,
                               size_t size, struct rh_message *ret_message)
{
    *ret_message = rh_message_none();
    if (size > RH_MESSAGE_BYTES_CEILING) {
        return RH_LIMIT;
    }
    if (size <= RH_MESSAGE_INLINE_BYTES) {
        if (size > 0) {
            memcpy(ret_message->small.bytes, bytes, size);
        }
        ret_message->small.size = (uint8_t)size;
        return RH_OK;
    }
    struct rh_blob *blob = rh_blob_create(allocator, (uint32_t)size);
    if (blob == NULL) {
        return RH_NO_MEMORY;
    }
    memcpy(rh_blob_bytes(blob), bytes, size);
    blob->size = (uint32_t)size;
    *ret_message = rh_blob_message(blob);
    return RH_OK;
}
