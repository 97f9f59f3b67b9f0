/* SPDX-License-Identifier: MIT */
/* A run says the same few hundred things thousands of times; a page that names them by number is a tenth as large. */
#include "reports/html_texts.h"

#include "reports/escape.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS_AT_FIRST 256U
#define TEXTS_MAX (UINT32_MAX / 4)

static uint64_t hash_of(const char *text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *text != '\0'; text++) {
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    }
    return hash ^ hash >> 29;
}

static uint32_t *slot_of(const struct html_texts *texts, const char *text)
{
    uint32_t at = (uint32_t)hash_of(text) & (texts->slot_count - 1);
    while (texts->slots[at] != 0 &&
           strcmp(texts->bytes + texts->starts[texts->slots[at] - 1], text) != 0) {
        at = (at + 1) & (texts->slot_count - 1);
    }
    return &texts->slots[at];
}

/* At most half of the slots are taken. */
static bool grow_slots(struct html_texts *texts)
{
    uint32_t count = texts->slot_count == 0 ? SLOTS_AT_FIRST : 2 * texts->slot_count;
    uint32_t *slots = calloc(count, sizeof *slots);
    if (slots == NULL) {
        return false;
    }
    free(texts->slots);
    texts->slots = slots;
    texts->slot_count = count;
    for (uint32_t i = 0; i < texts->count; i++) {
        *slot_of(texts, texts->bytes + texts->starts[i]) = i + 1;
    }
    return true;
}

static bool reserve(struct html_texts *texts, size_t bytes)
{
    if (texts->count == texts->starts_capacity) {
        uint32_t capacity = texts->count == 0 ? SLOTS_AT_FIRST / 2 : 2 * texts->count;
        size_t *starts = realloc(texts->starts, capacity * sizeof *starts);
        if (starts == NULL) {
            return false;
        }
        texts->starts = starts;
        texts->starts_capacity = capacity;
    }
    if (texts->capacity - texts->size < bytes) {
        size_t capacity = 2 * texts->capacity + bytes + 4096;
        char *grown = realloc(texts->bytes, capacity);
        if (grown == NULL) {
            return false;
        }
        texts->bytes = grown;
        texts->capacity = capacity;
    }
    return true;
}

uint32_t html_texts_add(struct html_texts *texts, const char *text)
{
    size_t bytes = strlen(text) + 1;
    if (2 * texts->count >= texts->slot_count && (texts->count > TEXTS_MAX || !grow_slots(texts))) {
        texts->is_out_of_memory = true;
        return 0;
    }
    uint32_t *slot = slot_of(texts, text);
    if (*slot == 0) {
        if (!reserve(texts, bytes)) {
            texts->is_out_of_memory = true;
            return 0;
        }
        memcpy(texts->bytes + texts->size, text, bytes);
        texts->starts[texts->count++] = texts->size;
        texts->size += bytes;
        *slot = texts->count;
    }
    return *slot - 1;
}

void html_texts_put(const struct html_texts *texts, FILE *out)
{
    (void)fputc('[', out);
    for (uint32_t i = 0; i < texts->count; i++) {
        (void)fputs(i == 0 ? "" : ",\n", out);
        escape_script(out, texts->bytes + texts->starts[i]);
    }
    (void)fputc(']', out);
}

void html_texts_deinit(struct html_texts *texts)
{
    free(texts->bytes);
    free(texts->starts);
    free(texts->slots);
    *texts = (struct html_texts){0};
}
