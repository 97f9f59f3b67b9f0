/* SPDX-License-Identifier: MIT */
/* Two ways in, one way of growing. The macros know their shape while compiling, so what they expand
 * to keeps no count of missing items and writes short values into the handle without a call; the
 * functions of this file are where they land when a value is long, or late, or not a constant. Data-
 * driven code calls rh_build_*, which also counts: a CBOR item is complete exactly when the number
 * of items still announced is zero, so one counter checks every shape, without a stack.
 *
 * `room` is what makes the fast path one comparison: the bytes of the handle that may be used, and 0
 * as soon as there is a block or a failure, after which every put comes here.
 *
 * A map's keys are sorted at the end, in place. Only a builder that was given a map pays for that. */
#include "core/message/blob.h"
#include "core/message/head.h"
#include "core/message/map.h"
#include "core/message/utf8.h"

#include <rehearse/message_build.h>
#include <rehearse/message_match.h>

#define BLOCK_BYTES_MIN 64

static void fail(struct rh_builder *builder, enum rh_status status)
{
    if (builder->status == RH_OK) {
        rh_message_unref(*builder->message);
        *builder->message = rh_message_none();
        builder->status = (uint8_t)status;
        builder->room = 0;
    }
}

static bool has_block(const struct rh_builder *builder)
{
    return builder->message->small.size == RH_MESSAGE_LARGE;
}

static uint32_t bytes_max(const struct rh_builder *builder)
{
    return builder->bytes_max != 0 ? builder->bytes_max : RH_MESSAGE_BYTES_CEILING;
}

static uint8_t *bytes_of(struct rh_builder *builder)
{
    return has_block(builder) ? rh_blob_bytes(builder->message->large.blob)
                              : builder->message->small.bytes;
}

static uint32_t capacity_for(uint32_t needed, uint32_t most)
{
    uint32_t capacity = BLOCK_BYTES_MIN;
    while (capacity < needed) {
        capacity *= 2;
    }
    return capacity < most ? capacity : most;
}

/* Make the block hold `needed` bytes, which is more than it does and not more than bytes_max. */
static bool grow(struct rh_builder *builder, uint32_t needed)
{
    uint32_t capacity = capacity_for(needed, bytes_max(builder));
    struct rh_blob *blob;
    if (has_block(builder)) {
        blob = rh_blob_resize(builder->message->large.blob, capacity);
        if (blob != NULL) {
            builder->message->large.blob = blob;
        }
    } else {
        blob = rh_blob_create(builder->allocator, capacity);
        if (blob != NULL) {
            memcpy(rh_blob_bytes(blob), builder->message->small.bytes, builder->used);
            *builder->message = rh_blob_message(blob);
            builder->room = 0;
        }
    }
    if (blob == NULL) {
        fail(builder, RH_NO_MEMORY);
    }
    return blob != NULL;
}

/* Return where the next `size` bytes go, or NULL after a failure. */
static uint8_t *claim(struct rh_builder *builder, size_t size)
{
    if (builder->status != RH_OK) {
        return NULL;
    }
    if (size > bytes_max(builder) - builder->used) {
        fail(builder, RH_LIMIT);
        return NULL;
    }
    uint32_t used = builder->used;
    uint32_t needed = used + (uint32_t)size;
    uint32_t capacity =
        has_block(builder) ? builder->message->large.blob->capacity : RH_MESSAGE_INLINE_BYTES;
    if (needed > capacity && !grow(builder, needed)) {
        return NULL;
    }
    builder->used = needed;
    return bytes_of(builder) + used;
}

static void append_head(struct rh_builder *builder, enum rh_major major, uint64_t argument)
{
    size_t size = rh_head_size(argument);
    uint8_t *at = claim(builder, size);
    if (at != NULL) {
        rh_head_write(at, size, major, argument);
    }
}

static void append_string(struct rh_builder *builder, enum rh_major major, const void *bytes,
                          size_t size)
{
    if (bytes == NULL && size > 0) {
        fail(builder, RH_INVALID);
        return;
    }
    if (size > RH_MESSAGE_BYTES_CEILING) {
        fail(builder, RH_LIMIT);
        return;
    }
    if (major == RH_MAJOR_TEXT && !rh_utf8_valid(bytes, size)) {
        fail(builder, RH_INVALID);
        return;
    }
    size_t head = rh_head_size(size);
    uint8_t *at = claim(builder, head + size);
    if (at != NULL) {
        rh_head_write(at, head, major, size);
        if (size > 0) {
            memcpy(at + head, bytes, size);
        }
    }
}

static void append_item(struct rh_builder *builder, struct rh_item item)
{
    if (item.size == 0) {
        fail(builder, RH_INVALID);
        return;
    }
    uint8_t *at = claim(builder, item.size);
    if (at != NULL) {
        memcpy(at, item.bytes, item.size);
    }
}

static void append_message(struct rh_builder *builder, const struct rh_message *message)
{
    if (rh_message_status(*message) != RH_OK) {
        fail(builder, rh_message_status(*message));
        return;
    }
    append_item(builder, rh_message_item(message));
}

/* Tag 90 or 91, an array, and the four numbers of a pid. */
static void append_identity(struct rh_builder *builder, uint64_t tag, uint64_t count,
                            struct rh_pid pid)
{
    append_head(builder, RH_MAJOR_TAG, tag);
    append_head(builder, RH_MAJOR_ARRAY, count);
    append_head(builder, RH_MAJOR_UINT, pid.node);
    append_head(builder, RH_MAJOR_UINT, pid.incarnation);
    append_head(builder, RH_MAJOR_UINT, pid.slot);
    append_head(builder, RH_MAJOR_UINT, pid.generation);
}

static void append_pid(struct rh_builder *builder, struct rh_pid pid)
{
    append_identity(builder, RH_TAG_PID, 4, pid);
}

static void append_ref(struct rh_builder *builder, struct rh_ref ref)
{
    append_identity(builder, RH_TAG_REF, 5, ref.owner);
    append_head(builder, RH_MAJOR_UINT, ref.ordinal);
}

static void append_any(struct rh_builder *builder)
{
    append_head(builder, RH_MAJOR_TAG, RH_TAG_ANY);
    append_head(builder, RH_MAJOR_SIMPLE, RH_SIMPLE_NULL);
}

static void append_variable(struct rh_builder *builder, uint32_t slot)
{
    if (slot >= RH_VARIABLES) {
        fail(builder, RH_INVALID);
        return;
    }
    append_head(builder, RH_MAJOR_TAG, RH_TAG_VARIABLE);
    append_head(builder, RH_MAJOR_UINT, slot);
}

static void append_any_of(struct rh_builder *builder, enum rh_kind kind)
{
    if (kind <= RH_KIND_NONE || kind > RH_KIND_REF) {
        fail(builder, RH_INVALID);
        return;
    }
    const char *word = rh_kind_word(kind);
    append_head(builder, RH_MAJOR_TAG, RH_TAG_ANY_OF);
    append_string(builder, RH_MAJOR_TEXT, word, strlen(word));
}

static void append_int(struct rh_builder *builder, int64_t value)
{
    uint64_t bits = (uint64_t)value;
    append_head(builder, value < 0 ? RH_MAJOR_NEGATIVE : RH_MAJOR_UINT, value < 0 ? ~bits : bits);
}

/* Hand the message over as it is. */
static struct rh_message release(struct rh_builder *builder)
{
    struct rh_message message = *builder->message;
    if (builder->status != RH_OK) {
        message = rh_message_failed((enum rh_status)builder->status);
    } else if (has_block(builder)) {
        message.large.blob->size = builder->used;
    } else {
        message.small.size = (uint8_t)builder->used;
    }
    *builder->message = rh_message_none();
    builder->status = RH_INVALID;
    builder->room = 0;
    return message;
}

void rh_builder_init(struct rh_builder *builder, const struct rh_allocator *allocator, size_t most)
{
    builder->allocator = allocator;
    builder->message = &builder->own;
    builder->own = rh_message_none();
    builder->used = 0;
    builder->bytes_max =
        most < RH_MESSAGE_BYTES_CEILING ? (uint32_t)most : RH_MESSAGE_BYTES_CEILING;
    builder->room = RH_MESSAGE_INLINE_BYTES;
    builder->status = RH_OK;
    builder->has_maps = false;
    builder->has_tags = false;
    builder->missing = 1;
    if (most == 0) {
        fail(builder, RH_LIMIT);
    }
}

void rh_builder_deinit(struct rh_builder *builder)
{
    if (builder != NULL) {
        fail(builder, RH_INVALID);
    }
}

enum rh_status rh_builder_status(const struct rh_builder *builder)
{
    return (enum rh_status)builder->status;
}

/* Account for one item that announces `content` more; false if none was to come. */
static bool expect(struct rh_builder *builder, uint64_t content)
{
    if (builder->missing == 0) {
        fail(builder, RH_INVALID);
    }
    if (builder->status != RH_OK) {
        return false;
    }
    builder->missing += content - 1;
    return true;
}

void rh_build_int(struct rh_builder *builder, int64_t value)
{
    if (expect(builder, 0)) {
        append_int(builder, value);
    }
}

void rh_build_uint(struct rh_builder *builder, uint64_t value)
{
    if (expect(builder, 0)) {
        append_head(builder, RH_MAJOR_UINT, value);
    }
}

void rh_build_bool(struct rh_builder *builder, bool value)
{
    if (expect(builder, 0)) {
        append_head(builder, RH_MAJOR_SIMPLE, value ? RH_SIMPLE_TRUE : RH_SIMPLE_FALSE);
    }
}

void rh_build_null(struct rh_builder *builder)
{
    if (expect(builder, 0)) {
        append_head(builder, RH_MAJOR_SIMPLE, RH_SIMPLE_NULL);
    }
}

void rh_build_text(struct rh_builder *builder, const char *text, size_t size)
{
    if (expect(builder, 0)) {
        append_string(builder, RH_MAJOR_TEXT, text, size);
    }
}

void rh_build_bytes(struct rh_builder *builder, const uint8_t *bytes, size_t size)
{
    if (expect(builder, 0)) {
        append_string(builder, RH_MAJOR_BYTES, bytes, size);
    }
}

void rh_build_pid(struct rh_builder *builder, struct rh_pid pid)
{
    if (expect(builder, 0)) {
        append_pid(builder, pid);
    }
}

void rh_build_ref(struct rh_builder *builder, struct rh_ref ref)
{
    if (expect(builder, 0)) {
        append_ref(builder, ref);
    }
}

void rh_build_item(struct rh_builder *builder, struct rh_item item)
{
    if (expect(builder, 0)) {
        append_item(builder, item);
    }
}

void rh_build_message(struct rh_builder *builder, const struct rh_message *message)
{
    if (expect(builder, 0)) {
        append_message(builder, message);
    }
}

void rh_build_array(struct rh_builder *builder, size_t count)
{
    if (count > bytes_max(builder)) {
        fail(builder, RH_LIMIT);
    } else if (expect(builder, count)) {
        append_head(builder, RH_MAJOR_ARRAY, count);
    }
}

void rh_build_map(struct rh_builder *builder, size_t count)
{
    if (count > bytes_max(builder)) {
        fail(builder, RH_LIMIT);
    } else if (expect(builder, 2 * (uint64_t)count)) {
        builder->has_maps = true;
        append_head(builder, RH_MAJOR_MAP, count);
    }
}

void rh_build_tag(struct rh_builder *builder, uint64_t tag)
{
    if (expect(builder, 1)) {
        builder->has_tags = true;
        append_head(builder, RH_MAJOR_TAG, tag);
    }
}

void rh_build_any(struct rh_builder *builder)
{
    if (expect(builder, 0)) {
        append_any(builder);
    }
}

void rh_build_variable(struct rh_builder *builder, uint32_t slot)
{
    if (expect(builder, 0)) {
        append_variable(builder, slot);
    }
}

void rh_build_any_of(struct rh_builder *builder, enum rh_kind kind)
{
    if (expect(builder, 0)) {
        append_any_of(builder, kind);
    }
}

struct rh_message rh_build_finish(struct rh_builder *builder)
{
    if (builder->missing != 0) {
        fail(builder, RH_INVALID);
    }
    if (builder->status == RH_OK && (builder->has_maps || builder->has_tags) &&
        !rh_map_settle_all(bytes_of(builder), builder->used)) {
        fail(builder, RH_INVALID);
    }
    return release(builder);
}

struct rh_message rh_put_finish_slow(struct rh_builder *builder)
{
    return release(builder);
}

struct rh_message rh_put_finish_map(struct rh_builder *builder)
{
    if (builder->status == RH_OK && !rh_map_settle(bytes_of(builder), builder->used)) {
        fail(builder, RH_INVALID);
    }
    return release(builder);
}

void rh_put_head_slow(struct rh_builder *builder, unsigned major, uint64_t argument)
{
    append_head(builder, (enum rh_major)major, argument);
}

void rh_put_text_slow(struct rh_builder *builder, const char *text)
{
    if (text == NULL) {
        fail(builder, RH_INVALID);
    } else {
        append_string(builder, RH_MAJOR_TEXT, text, strlen(text));
    }
}

struct rh_builder *rh_put_text_view(struct rh_builder *builder, struct rh_text text)
{
    append_string(builder, RH_MAJOR_TEXT, text.bytes, text.size);
    return builder;
}

struct rh_builder *rh_put_bytes(struct rh_builder *builder, struct rh_bytes bytes)
{
    append_string(builder, RH_MAJOR_BYTES, bytes.bytes, bytes.size);
    return builder;
}

struct rh_builder *rh_put_pid(struct rh_builder *builder, struct rh_pid pid)
{
    append_pid(builder, pid);
    return builder;
}

struct rh_builder *rh_put_ref(struct rh_builder *builder, struct rh_ref ref)
{
    append_ref(builder, ref);
    return builder;
}

struct rh_builder *rh_put_item(struct rh_builder *builder, struct rh_item item)
{
    append_item(builder, item);
    return builder;
}

struct rh_builder *rh_put_message(struct rh_builder *builder, struct rh_message message)
{
    append_message(builder, &message);
    return builder;
}

struct rh_builder *rh_put_any(struct rh_builder *builder, struct rh_any mark)
{
    (void)mark;
    append_any(builder);
    return builder;
}

struct rh_builder *rh_put_variable(struct rh_builder *builder, struct rh_variable mark)
{
    append_variable(builder, mark.slot);
    return builder;
}

struct rh_builder *rh_put_any_of(struct rh_builder *builder, struct rh_any_of mark)
{
    append_any_of(builder, mark.kind);
    return builder;
}
