/* SPDX-License-Identifier: MIT */
/* Fields into bytes and back. Nothing here is read from outside: a child that was killed leaves at most a frame cut short. */
#include "harness/live/pack.h"

#include <rehearse/message_build.h>
#include <rehearse/message_value.h>

#include <stdlib.h>
#include <string.h>

#define HEAD_BYTES 5u

void pack_free(struct pack *pack)
{
    free(pack->bytes);
    *pack = (struct pack){0};
}

void pack_drop(struct pack *pack, size_t count)
{
    if (count > 0) {
        memmove(pack->bytes, pack->bytes + count, pack->size - count);
        pack->size -= count;
    }
}

void pack_append(struct pack *pack, const void *bytes, size_t size)
{
    if (pack->capacity - pack->size < size) {
        size_t capacity = (pack->size + size) * 2 + 256;
        uint8_t *grown = realloc(pack->bytes, capacity);
        if (grown == NULL) {
            pack->failed = true;
            return;
        }
        pack->bytes = grown;
        pack->capacity = capacity;
    }
    if (size > 0) {
        memcpy(pack->bytes + pack->size, bytes, size);
        pack->size += size;
    }
}

void pack_begin(struct pack *pack, uint8_t what)
{
    pack->frame = pack->size;
    pack_u32(pack, 0);
    pack_u8(pack, what);
}

void pack_end(struct pack *pack)
{
    uint32_t size = (uint32_t)(pack->size - pack->frame);
    if (!pack->failed) {
        memcpy(pack->bytes + pack->frame, &size, sizeof(size));
    }
}

void pack_u8(struct pack *pack, uint8_t value)
{
    pack_append(pack, &value, sizeof(value));
}

void pack_u32(struct pack *pack, uint32_t value)
{
    pack_append(pack, &value, sizeof(value));
}

void pack_u64(struct pack *pack, uint64_t value)
{
    pack_append(pack, &value, sizeof(value));
}

void pack_pid(struct pack *pack, struct rh_pid pid)
{
    pack_append(pack, &pid, sizeof(pid));
}

void pack_bytes(struct pack *pack, const void *bytes, size_t size)
{
    pack_u32(pack, (uint32_t)size);
    pack_append(pack, bytes, size);
}

void pack_text(struct pack *pack, const char *text)
{
    pack_u8(pack, text != NULL);
    if (text != NULL) {
        pack_bytes(pack, text, strlen(text));
    }
}

void pack_message(struct pack *pack, const struct rh_message *message)
{
    struct rh_item item = {NULL, 0};
    if (message != NULL) {
        item = rh_message_item(message);
    }
    pack_u8(pack, message != NULL);
    pack_bytes(pack, item.bytes, item.size);
}

/* ---- reading ---- */

static const uint8_t *take(struct unpack *unpack, size_t size)
{
    if (unpack->failed || unpack->left < size) {
        unpack->failed = true;
        return NULL;
    }
    const uint8_t *at = unpack->at;
    unpack->at += size;
    unpack->left -= size;
    return at;
}

size_t unpack_frame(const uint8_t *bytes, size_t size, uint8_t *ret_what, struct unpack *ret_frame,
                    bool *ret_failed)
{
    uint32_t length = 0;
    if (size < HEAD_BYTES) {
        return 0;
    }
    memcpy(&length, bytes, sizeof(length));
    if (length < HEAD_BYTES || length > PACK_BYTES_MAX) {
        *ret_failed = true;
        return 0;
    }
    if (size < length) {
        return 0;
    }
    *ret_what = bytes[4];
    *ret_frame = (struct unpack){.at = bytes + HEAD_BYTES, .left = length - HEAD_BYTES};
    return length;
}

uint8_t unpack_u8(struct unpack *unpack)
{
    const uint8_t *at = take(unpack, 1);
    return at == NULL ? 0 : *at;
}

uint32_t unpack_u32(struct unpack *unpack)
{
    uint32_t value = 0;
    const uint8_t *at = take(unpack, sizeof(value));
    if (at != NULL) {
        memcpy(&value, at, sizeof(value));
    }
    return value;
}

uint64_t unpack_u64(struct unpack *unpack)
{
    uint64_t value = 0;
    const uint8_t *at = take(unpack, sizeof(value));
    if (at != NULL) {
        memcpy(&value, at, sizeof(value));
    }
    return value;
}

struct rh_pid unpack_pid(struct unpack *unpack)
{
    struct rh_pid pid = rh_pid_none();
    const uint8_t *at = take(unpack, sizeof(pid));
    if (at != NULL) {
        memcpy(&pid, at, sizeof(pid));
    }
    return pid;
}

struct rh_item unpack_bytes(struct unpack *unpack)
{
    size_t size = unpack_u32(unpack);
    return (struct rh_item){.bytes = take(unpack, size), .size = unpack->failed ? 0 : size};
}

char *unpack_text(struct unpack *unpack)
{
    if (unpack_u8(unpack) == 0) {
        return NULL;
    }
    struct rh_item bytes = unpack_bytes(unpack);
    char *text = malloc(bytes.size + 1);
    if (text == NULL || unpack->failed) {
        unpack->failed = true;
        free(text);
        return NULL;
    }
    memcpy(text, bytes.bytes, bytes.size);
    text[bytes.size] = '\0';
    return text;
}

struct rh_message unpack_message(struct unpack *unpack)
{
    bool is_there = unpack_u8(unpack) != 0;
    struct rh_item item = unpack_bytes(unpack);
    if (!is_there || item.size == 0) {
        return rh_message_none();
    }
    struct rh_message message = RH_ITEM(rh_allocator_default(), item);
    if (rh_message_status(message) != RH_OK) {
        unpack->failed = true;
        return rh_message_none();
    }
    return message;
}
