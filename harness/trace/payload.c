/* SPDX-License-Identifier: MIT */
/*
 * Payloads as a trace carries them. A pid in a message holds a slot, and slots never leave the process: it is rewritten
 * to [0, 0, number of the actor in this trace, 1], which is still a pid for every reader of messages.
 *
 * Most payloads hold none, and most of those can be told by one memchr: without the byte that begins a tag nothing is to
 * do. The others are walked head by head; nesting does not matter, since a pid is as long as its heads say.
 */
#include "harness/trace/encode.h"
#include "harness/trace/writer.h"

/* Depth of the arrays around a payload. */
#define WRAPPING 2U

bool writer_is_text(const char *text, size_t size)
{
    bool plain = true;
    for (size_t i = 0; i < size && plain; i++) {
        plain = (unsigned char)text[i] < 0x80;
    }
    if (plain) {
        return true;
    }
    while (size > 0) { /* in pieces that end between characters: a scenario may be long */
        uint8_t item[5 + RH_VIOLATION_TEXT_BYTES];
        size_t piece = size < RH_VIOLATION_TEXT_BYTES ? size : RH_VIOLATION_TEXT_BYTES;
        while (piece > 0 && piece < size && ((unsigned char)text[piece] & 0xc0U) == 0x80U) {
            piece--;
        }
        uint8_t *end = encode_bytes(item, ENCODE_TEXT, text, piece);
        if (piece == 0 || rh_item_validate(NULL, item, (size_t)(end - item), NULL) != RH_OK) {
            return false;
        }
        text += piece;
        size -= piece;
    }
    return true;
}

uint8_t *writer_text(uint8_t *at, const char *text, size_t size)
{
    bool is_text = writer_is_text(text, size);
    at = encode_head(at, ENCODE_TEXT, size);
    for (size_t i = 0; i < size; i++) {
        at[i] = is_text || (unsigned char)text[i] < 0x80 ? (uint8_t)text[i] : (uint8_t)'?';
    }
    return at + size;
}

/* Size of the head at `bytes`, with the content of a string. The item is valid. */
static size_t flat_size(const uint8_t *bytes)
{
    unsigned low = bytes[0] & 31U;
    unsigned more = low < 24 ? 0 : 1U << (low - 24);
    uint64_t argument = low < 24 ? low : 0;
    for (unsigned i = 1; i <= more; i++) {
        argument = argument << 8 | bytes[i];
    }
    unsigned major = bytes[0] >> 5;
    bool is_string = major == ENCODE_BYTES || major == ENCODE_TEXT;
    return 1 + more + (is_string ? (size_t)argument : 0);
}

static uint8_t *put_actor(uint8_t *at, uint32_t index)
{
    at = encode_uint(at, 0);
    at = encode_uint(at, 0);
    at = encode_uint(at, index);
    return encode_uint(at, index == 0 ? 0 : 1);
}

/* Rewrite the pid or reference that begins at `item`; returns its size there, 0 if there is none. */
static size_t rewrite(struct rh_trace_writer *writer, struct rh_item item, uint8_t **at)
{
    struct rh_reader reader;
    rh_reader_item(&reader, item);
    struct rh_ref ref;
    struct rh_pid pid;
    enum rh_kind kind = rh_read_kind(&reader);
    if (kind == RH_KIND_PID && rh_read_pid(&reader, &pid)) {
        *at = encode_head(*at, ENCODE_TAG, RH_TAG_PID);
        *at = encode_head(*at, ENCODE_ARRAY, 4);
        *at = put_actor(*at, writer_actor(writer, &pid));
    } else if (kind == RH_KIND_REF && rh_read_ref(&reader, &ref)) {
        *at = encode_head(*at, ENCODE_TAG, RH_TAG_REF);
        *at = encode_head(*at, ENCODE_ARRAY, 5);
        *at = put_actor(*at, writer_actor(writer, &ref.owner));
        *at = encode_uint(*at, ref.ordinal);
    } else {
        return 0;
    }
    return item.size - reader.left;
}

static struct rh_item rewrite_all(struct rh_trace_writer *writer, struct rh_item item)
{
    struct rh_item none = {NULL, 0};
    writer->scratch.used = 0;
    uint8_t *begin = segment_reserve(writer, &writer->scratch, 2 * item.size + 16);
    if (begin == NULL) {
        return none;
    }
    uint8_t *at = begin;
    for (size_t from = 0; from < item.size;) {
        struct rh_item rest = {item.bytes + from, item.size - from};
        size_t size = rest.bytes[0] == WRITER_TAG_BYTE ? rewrite(writer, rest, &at) : 0;
        if (size == 0) {
            size = flat_size(rest.bytes);
            memcpy(at, rest.bytes, size);
            at += size;
        }
        from += size;
    }
    return (struct rh_item){begin, (size_t)(at - begin)};
}

/* A reader refuses what is nested deeper than any message; so may be what wraps one that is just as deep. */
static bool is_too_deep(struct rh_item item)
{
    struct rh_limits limits = {.message_bytes_max = UINT32_MAX,
                               .nesting_max = RH_NESTING_CEILING - WRAPPING};
    return item.size > RH_NESTING_CEILING - WRAPPING &&
           rh_item_validate(&limits, item.bytes, item.size, NULL) != RH_OK;
}

struct rh_item writer_payload(struct rh_trace_writer *writer, const struct rh_message *message)
{
    static const uint8_t deep[] = {0x81, 0x65, '!', 'd', 'e', 'e', 'p'};
    struct rh_item item = {NULL, 0};
    if (message == NULL) {
        return item;
    }
    item = rh_message_item(message);
    if (item.size == 0 || writer_is_plain(message)) {
        return item;
    }
    if (is_too_deep(item)) {
        return (struct rh_item){deep, sizeof deep};
    }
    return memchr(item.bytes, WRITER_TAG_BYTE, item.size) == NULL ? item
                                                                  : rewrite_all(writer, item);
}
