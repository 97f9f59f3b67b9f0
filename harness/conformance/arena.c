/* SPDX-License-Identifier: MIT */
/*
 * A case, a program and a run each live in an arena, because everything in them dies at the same moment. The oldest
 * chunk survives a reset, so that a hundred thousand runs of one case do not allocate at all.
 */
#include "harness/conformance/arena.h"

#include "core/base/assert.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES ((size_t)64 * 1024)

struct rh_beam_chunk {
    struct rh_beam_chunk *older;
    size_t capacity;
    max_align_t content[];
};

static void (*exhausted_hook)(void);

void rh_beam_on_exhausted(void (*hook)(void))
{
    exhausted_hook = hook;
}

static void out_of_memory(void)
{
    if (exhausted_hook != NULL) {
        exhausted_hook();
    }
    bool has_memory = false;
    RH_ASSERT(has_memory);
}

static void chunk_add(struct rh_beam_arena *arena, size_t bytes)
{
    size_t capacity = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;
    if (capacity > SIZE_MAX - sizeof(struct rh_beam_chunk)) {
        out_of_memory();
    }
    struct rh_beam_chunk *chunk = malloc(sizeof *chunk + capacity);
    if (chunk == NULL) {
        out_of_memory();
    }
    chunk->older = arena->chunks;
    chunk->capacity = capacity;
    arena->chunks = chunk;
    arena->used = 0;
}

void *rh_beam_take(struct rh_beam_arena *arena, size_t bytes)
{
    if (bytes > SIZE_MAX / 2) {
        out_of_memory();
    }
    size_t rounded = (bytes + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
    if (arena->chunks == NULL || arena->chunks->capacity - arena->used < rounded) {
        chunk_add(arena, rounded);
    }
    char *block = (char *)arena->chunks->content + arena->used;
    arena->used += rounded;
    memset(block, 0, rounded);
    return block;
}

char *rh_beam_copy(struct rh_beam_arena *arena, const char *bytes, size_t size)
{
    char *copy = rh_beam_take(arena, size + 1);
    if (size > 0) {
        memcpy(copy, bytes, size);
    }
    return copy;
}

static void chunks_free(struct rh_beam_arena *arena, const struct rh_beam_chunk *keep)
{
    while (arena->chunks != keep) {
        struct rh_beam_chunk *older = arena->chunks->older;
        free(arena->chunks);
        arena->chunks = older;
    }
    arena->used = 0;
}

void rh_beam_arena_reset(struct rh_beam_arena *arena)
{
    const struct rh_beam_chunk *oldest = arena->chunks;
    while (oldest != NULL && oldest->older != NULL) {
        oldest = oldest->older;
    }
    chunks_free(arena, oldest);
}

void rh_beam_arena_deinit(struct rh_beam_arena *arena)
{
    chunks_free(arena, NULL);
}

void *rh_beam_grow(struct rh_beam_arena *arena, void *array, size_t *capacity, size_t element_bytes)
{
    size_t before = *capacity;
    size_t after = before == 0 ? 8 : before * 2;
    if (after > SIZE_MAX / element_bytes) {
        out_of_memory();
    }
    void *grown = rh_beam_take(arena, after * element_bytes);
    if (before > 0) {
        memcpy(grown, array, before * element_bytes);
    }
    *capacity = after;
    return grown;
}

void rh_beam_put(struct rh_beam_text *text, const char *bytes, size_t size)
{
    if (text->capacity < text->length + size + 1) {
        size_t capacity = (text->length + size + 1) * 2;
        char *grown = rh_beam_take(text->arena, capacity);
        if (text->length > 0) {
            memcpy(grown, text->bytes, text->length);
        }
        text->bytes = grown;
        text->capacity = capacity;
    }
    if (size > 0) {
        memcpy(text->bytes + text->length, bytes, size);
    }
    text->length += size;
    text->bytes[text->length] = '\0';
}

void rh_beam_put_word(struct rh_beam_text *text, const char *word)
{
    rh_beam_put(text, word, strlen(word));
}

void rh_beam_put_int(struct rh_beam_text *text, int64_t value)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRId64, value);
    rh_beam_put(text, digits, (size_t)length);
}

static void put_escaped(struct rh_beam_text *text, unsigned char byte)
{
    static const char letters[] = "btnvfr"; /* from 8 on; v has no short form in JSON */
    char escape[8];
    if (byte == '"' || byte == '\\') {
        snprintf(escape, sizeof escape, "\\%c", byte);
    } else if (byte >= 8 && byte <= 13 && byte != 11) {
        snprintf(escape, sizeof escape, "\\%c", letters[byte - 8]);
    } else {
        snprintf(escape, sizeof escape, "\\u%04x", byte);
    }
    rh_beam_put_word(text, escape);
}

void rh_beam_put_string(struct rh_beam_text *text, const char *bytes, size_t size)
{
    rh_beam_put_word(text, "\"");
    size_t plain = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if (byte < 0x20 || byte == '"' || byte == '\\' || byte == 0x7f) {
            rh_beam_put(text, bytes + plain, i - plain);
            put_escaped(text, byte);
            plain = i + 1;
        }
    }
    rh_beam_put(text, bytes + plain, size - plain);
    rh_beam_put_word(text, "\"");
}

const char *rh_beam_text_end(struct rh_beam_text *text)
{
    return text->length == 0 ? "" : text->bytes;
}

const char *rh_beam_join(struct rh_beam_arena *arena, ...)
{
    struct rh_beam_text text = {.arena = arena};
    va_list words;
    va_start(words, arena);
    for (const char *word = va_arg(words, const char *); word != NULL;
         word = va_arg(words, const char *)) {
        rh_beam_put_word(&text, word);
    }
    va_end(words);
    return rh_beam_text_end(&text);
}
