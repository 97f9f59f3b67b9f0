/* SPDX-License-Identifier: MIT */
/** @file
 *  What the tests of messages share: an allocator that counts and refuses, and comparisons in hex. */
#ifndef REHEARSE_MESSAGE_TESTS_SUPPORT_H
#define REHEARSE_MESSAGE_TESTS_SUPPORT_H

#include <rehearse/message.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/** Counts what is outstanding, checks that sizes given back are those asked for, and refuses one
 *  call: the `refuse_at`-th, counted from 1; 0 refuses none. */
struct strict_allocator {
    struct rh_allocator allocator;
    size_t calls;
    size_t refuse_at;
    size_t blocks;
};

struct strict_block {
    size_t bytes;
    size_t padding;
};

static inline void *strict_allocate(void *self, size_t bytes)
{
    struct strict_allocator *strict = self;
    if (++strict->calls == strict->refuse_at) {
        return NULL;
    }
    struct strict_block *block = malloc(sizeof *block + bytes);
    assert_non_null(block);
    block->bytes = bytes;
    strict->blocks++;
    return block + 1;
}

static inline void strict_release(void *self, void *bytes, size_t size)
{
    struct strict_allocator *strict = self;
    if (bytes != NULL) {
        struct strict_block *block = (struct strict_block *)bytes - 1;
        assert_int_equal(block->bytes, size);
        strict->blocks--;
        free(block);
    }
}

static inline void *strict_resize(void *self, void *bytes, size_t before, size_t size)
{
    void *resized = strict_allocate(self, size);
    if (resized != NULL) {
        memcpy(resized, bytes, before < size ? before : size);
        strict_release(self, bytes, before);
    }
    return resized;
}

static inline void strict_init(struct strict_allocator *strict)
{
    memset(strict, 0, sizeof *strict);
    strict->allocator.allocate = strict_allocate;
    strict->allocator.resize = strict_resize;
    strict->allocator.release = strict_release;
    strict->allocator.self = strict;
}

/** xorshift64*, so that random tests are the same everywhere. */
static inline uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(0x2545f4914f6cdd1d);
}

static inline unsigned hex_digit(char c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a') + 10;
}

/** Turn "82 01 02" into bytes; return how many. */
static inline size_t from_hex(const char *hex, uint8_t *bytes, size_t capacity)
{
    size_t size = 0;
    for (const char *at = hex; *at != '\0'; at += 2) {
        while (*at == ' ') {
            at++;
        }
        assert_true(size < capacity);
        bytes[size++] = (uint8_t)(hex_digit(at[0]) << 4 | hex_digit(at[1]));
    }
    return size;
}

static inline void expect_hex(const struct rh_message *message, const char *hex)
{
    uint8_t expected[512];
    size_t expected_size = from_hex(hex, expected, sizeof expected);
    size_t size;
    const uint8_t *bytes = rh_message_bytes(message, &size);
    assert_int_equal(rh_message_status(*message), RH_OK);
    assert_int_equal(size, expected_size);
    assert_memory_equal(bytes, expected, size);
}

/** Compare with hex, validate, and give the message back. */
static inline void expect_item(struct rh_message message, const char *hex)
{
    struct rh_flaw flaw = {0, NULL};
    size_t size;
    const uint8_t *bytes = rh_message_bytes(&message, &size);
    expect_hex(&message, hex);
    if (rh_item_validate(NULL, bytes, size, &flaw) != RH_OK) {
        fail_msg("%s at %zu", flaw.sentence, flaw.offset);
    }
    rh_message_unref(message);
}

static inline void expect_print(struct rh_message message, const char *text)
{
    char buffer[1024];
    assert_int_equal(rh_message_print(&message, NULL, buffer, sizeof buffer), strlen(text));
    assert_string_equal(buffer, text);
    rh_message_unref(message);
}

static inline struct rh_message from_bytes(const char *hex)
{
    uint8_t bytes[512];
    struct rh_message message;
    size_t size = from_hex(hex, bytes, sizeof bytes);
    assert_int_equal(rh_message_decode(NULL, NULL, bytes, size, &message), RH_OK);
    return message;
}

#endif
