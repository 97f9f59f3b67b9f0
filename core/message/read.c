/* SPDX-License-Identifier: MIT */
/* Messages are valid by construction, and yet every read here is bounds-checked: a view may be stale
 * through a bug elsewhere, and the checks cost less than the argument that they are not needed.
 *
 * Skipping needs no stack. An item is complete when as many items have been read as were announced,
 * so one counter walks any nesting; the counter cannot run away because an announced count is
 * refused if there are fewer bytes left than items. */
#include "core/message/head.h"

#include <rehearse/message_match.h>

struct rh_head rh_head_read_any(const uint8_t *at, size_t left)
{
    struct rh_head head = {RH_MAJOR_UINT, 0, 0};
    unsigned low = left == 0 ? 31 : at[0] & 31U;
    size_t more = low < 24 ? 0 : (size_t)1 << (low & 3U);
    if (low > 27 || left <= more) {
        return head;
    }
    head.major = (enum rh_major)(at[0] >> 5);
    head.size = 1 + (uint32_t)more;
    head.argument = more == 0 ? low : 0;
    for (size_t i = 1; i <= more; i++) {
        head.argument = head.argument << 8 | at[i];
    }
    return head;
}

static bool fail(struct rh_reader *reader)
{
    reader->failed = true;
    reader->left = 0;
    return false;
}

static void advance(struct rh_reader *reader, size_t size)
{
    reader->at += size;
    reader->left -= size;
}

/* Add what a head announces: bytes to skip and items still to come. False if it cannot be there. */
static bool announce(const struct rh_head *head, uint64_t left, uint64_t *skip, uint64_t *pending)
{
    uint64_t items = 0;
    switch (head->major) {
    case RH_MAJOR_BYTES:
    case RH_MAJOR_TEXT:
        *skip += head->argument;
        return head->argument <= left;
    case RH_MAJOR_ARRAY:
        items = head->argument;
        break;
    case RH_MAJOR_MAP:
        if (head->argument > left / 2) {
            return false;
        }
        items = 2 * head->argument;
        break;
    case RH_MAJOR_TAG:
        items = 1;
        break;
    case RH_MAJOR_SIMPLE:
        return head->size == 1 && head->argument >= RH_SIMPLE_FALSE &&
               head->argument <= RH_SIMPLE_NULL;
    default:
        break;
    }
    *pending += items;
    return items <= left && *pending <= left;
}

size_t rh_item_skip(const uint8_t *at, size_t left)
{
    size_t size = 0;
    uint64_t pending = 1;
    while (pending > 0) {
        struct rh_head head;
        if (!rh_head_read(at + size, left - size, &head)) {
            return 0;
        }
        uint64_t skip = head.size;
        pending--;
        if (!announce(&head, left - size - head.size, &skip, &pending)) {
            return 0;
        }
        size += (size_t)skip;
    }
    return size;
}

static enum rh_kind kind_of_tag(uint64_t tag)
{
    switch (tag) {
    case RH_TAG_PID:
        return RH_KIND_PID;
    case RH_TAG_REF:
        return RH_KIND_REF;
    case RH_TAG_ANY:
        return RH_KIND_ANY;
    case RH_TAG_VARIABLE:
        return RH_KIND_VARIABLE;
    case RH_TAG_ANY_OF:
        return RH_KIND_ANY_OF;
    default:
        return RH_KIND_NONE;
    }
}

static enum rh_kind kind_of_simple(uint64_t value)
{
    switch (value) {
    case RH_SIMPLE_FALSE:
    case RH_SIMPLE_TRUE:
        return RH_KIND_BOOL;
    case RH_SIMPLE_NULL:
        return RH_KIND_NULL;
    default:
        return RH_KIND_NONE;
    }
}

enum rh_kind rh_read_kind(const struct rh_reader *reader)
{
    struct rh_head head;
    if (!rh_head_read(reader->at, reader->left, &head)) {
        return RH_KIND_NONE;
    }
    switch (head.major) {
    case RH_MAJOR_UINT:
    case RH_MAJOR_NEGATIVE:
        return RH_KIND_INT;
    case RH_MAJOR_BYTES:
        return RH_KIND_BYTES;
    case RH_MAJOR_TEXT:
        return RH_KIND_TEXT;
    case RH_MAJOR_ARRAY:
        return RH_KIND_ARRAY;
    case RH_MAJOR_MAP:
        return RH_KIND_MAP;
    case RH_MAJOR_TAG:
        return kind_of_tag(head.argument);
    default:
        return head.size == 1 ? kind_of_simple(head.argument) : RH_KIND_NONE;
    }
}

/* Read a head of one major type; fails otherwise. */
static bool read_head(struct rh_reader *reader, enum rh_major major, uint64_t *ret_argument)
{
    struct rh_head head;
    if (!rh_head_read(reader->at, reader->left, &head) || head.major != major) {
        return fail(reader);
    }
    advance(reader, head.size);
    *ret_argument = head.argument;
    return true;
}

bool rh_read_int(struct rh_reader *reader, int64_t *ret_value)
{
    struct rh_head head;
    if (!rh_head_read(reader->at, reader->left, &head) || head.major > RH_MAJOR_NEGATIVE ||
        head.argument > INT64_MAX) {
        return fail(reader);
    }
    advance(reader, head.size);
    int64_t value = (int64_t)head.argument;
    *ret_value = head.major == RH_MAJOR_UINT ? value : -1 - value;
    return true;
}

bool rh_read_uint(struct rh_reader *reader, uint64_t *ret_value)
{
    return read_head(reader, RH_MAJOR_UINT, ret_value);
}

static bool read_simple(struct rh_reader *reader, uint64_t least, uint64_t most,
                        uint64_t *ret_value)
{
    struct rh_head head;
    if (!rh_head_read(reader->at, reader->left, &head) || head.major != RH_MAJOR_SIMPLE ||
        head.size != 1 || head.argument < least || head.argument > most) {
        return fail(reader);
    }
    advance(reader, head.size);
    *ret_value = head.argument;
    return true;
}

bool rh_read_bool(struct rh_reader *reader, bool *ret_value)
{
    uint64_t simple;
    if (!read_simple(reader, RH_SIMPLE_FALSE, RH_SIMPLE_TRUE, &simple)) {
        return false;
    }
    *ret_value = simple == RH_SIMPLE_TRUE;
    return true;
}

bool rh_read_null(struct rh_reader *reader)
{
    uint64_t simple;
    return read_simple(reader, RH_SIMPLE_NULL, RH_SIMPLE_NULL, &simple);
}

static bool read_string(struct rh_reader *reader, enum rh_major major, struct rh_bytes *ret_bytes)
{
    uint64_t size;
    if (!read_head(reader, major, &size)) {
        return false;
    }
    if (size > reader->left) {
        return fail(reader);
    }
    ret_bytes->bytes = reader->at;
    ret_bytes->size = (size_t)size;
    advance(reader, (size_t)size);
    return true;
}

bool rh_read_text(struct rh_reader *reader, struct rh_text *ret_text)
{
    struct rh_bytes bytes;
    if (!read_string(reader, RH_MAJOR_TEXT, &bytes)) {
        return false;
    }
    ret_text->bytes = (const char *)bytes.bytes;
    ret_text->size = bytes.size;
    return true;
}

bool rh_read_word(struct rh_reader *reader, const char *word)
{
    struct rh_bytes bytes;
    if (!read_string(reader, RH_MAJOR_TEXT, &bytes)) {
        return false;
    }
    if (bytes.size != strlen(word) || memcmp(bytes.bytes, word, bytes.size) != 0) {
        return fail(reader);
    }
    return true;
}

bool rh_read_bytes(struct rh_reader *reader, struct rh_bytes *ret_bytes)
{
    return read_string(reader, RH_MAJOR_BYTES, ret_bytes);
}

bool rh_read_array(struct rh_reader *reader, size_t *ret_count)
{
    uint64_t count;
    if (!read_head(reader, RH_MAJOR_ARRAY, &count)) {
        return false;
    }
    if (count > reader->left) {
        return fail(reader);
    }
    *ret_count = (size_t)count;
    return true;
}

bool rh_read_map(struct rh_reader *reader, size_t *ret_count)
{
    uint64_t count;
    if (!read_head(reader, RH_MAJOR_MAP, &count)) {
        return false;
    }
    if (count > reader->left / 2) {
        return fail(reader);
    }
    *ret_count = (size_t)count;
    return true;
}

bool rh_read_tag(struct rh_reader *reader, uint64_t *ret_tag)
{
    return read_head(reader, RH_MAJOR_TAG, ret_tag);
}

static bool read_tag(struct rh_reader *reader, uint64_t tag)
{
    uint64_t found;
    return read_head(reader, RH_MAJOR_TAG, &found) && (found == tag || fail(reader));
}

static bool read_u32(struct rh_reader *reader, uint32_t *ret_value)
{
    uint64_t value;
    if (!read_head(reader, RH_MAJOR_UINT, &value)) {
        return false;
    }
    if (value > UINT32_MAX) {
        return fail(reader);
    }
    *ret_value = (uint32_t)value;
    return true;
}

/* Read the tag of an identity, the head of its array and the four numbers of the pid. */
static bool read_identity(struct rh_reader *reader, uint64_t tag, uint64_t count,
                          struct rh_pid *ret_pid)
{
    uint64_t found;
    if (!read_tag(reader, tag) || !read_head(reader, RH_MAJOR_ARRAY, &found)) {
        return false;
    }
    if (found != count) {
        return fail(reader);
    }
    return read_u32(reader, &ret_pid->node) && read_u32(reader, &ret_pid->incarnation) &&
           read_u32(reader, &ret_pid->slot) && read_u32(reader, &ret_pid->generation);
}

bool rh_read_pid(struct rh_reader *reader, struct rh_pid *ret_pid)
{
    struct rh_pid pid;
    if (!read_identity(reader, RH_TAG_PID, 4, &pid)) {
        return false;
    }
    *ret_pid = pid;
    return true;
}

bool rh_read_ref(struct rh_reader *reader, struct rh_ref *ret_ref)
{
    struct rh_ref ref;
    if (!read_identity(reader, RH_TAG_REF, 5, &ref.owner) || !rh_read_uint(reader, &ref.ordinal)) {
        return false;
    }
    *ret_ref = ref;
    return true;
}

bool rh_read_any(struct rh_reader *reader)
{
    return read_tag(reader, RH_TAG_ANY) && rh_read_null(reader);
}

bool rh_read_variable(struct rh_reader *reader, uint32_t *ret_slot)
{
    uint32_t slot;
    if (!read_tag(reader, RH_TAG_VARIABLE) || !read_u32(reader, &slot)) {
        return false;
    }
    if (slot >= RH_VARIABLES) {
        return fail(reader);
    }
    *ret_slot = slot;
    return true;
}

bool rh_read_any_of(struct rh_reader *reader, enum rh_kind *ret_kind)
{
    struct rh_text word;
    if (!read_tag(reader, RH_TAG_ANY_OF) || !rh_read_text(reader, &word)) {
        return false;
    }
    enum rh_kind kind = rh_kind_find(word);
    if (kind == RH_KIND_NONE || kind > RH_KIND_REF) {
        return fail(reader);
    }
    *ret_kind = kind;
    return true;
}

bool rh_read_item(struct rh_reader *reader, struct rh_item *ret_item)
{
    size_t size = rh_item_skip(reader->at, reader->left);
    if (size == 0) {
        return fail(reader);
    }
    ret_item->bytes = reader->at;
    ret_item->size = size;
    advance(reader, size);
    return true;
}
