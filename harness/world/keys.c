/* SPDX-License-Identifier: MIT */
/* Open addressing; nothing is ever taken out. The order of slots decides nothing. */
#include "harness/world/keys.h"

#include <string.h>

uint64_t keys_of_text(const char *text)
{
    uint64_t key = UINT64_C(14695981039346656037); /* FNV-1a */
    for (; text != NULL && *text != '\0'; text++) {
        key = (key ^ (unsigned char)*text) * UINT64_C(1099511628211);
    }
    return keys_mix(key, 1);
}

static struct key_slot *slot_of(const struct keys *keys, uint64_t key)
{
    uint32_t at = (uint32_t)keys_stir(key) & (keys->capacity - 1);
    while (keys->slots[at].key != 0 && keys->slots[at].key != key) {
        at = (at + 1) & (keys->capacity - 1);
    }
    return &keys->slots[at];
}

static bool grow(struct keys *keys, const struct rh_allocator *allocator)
{
    uint32_t capacity = keys->capacity == 0 ? 64 : keys->capacity * 2;
    struct keys larger = {.capacity = capacity, .count = keys->count};
    larger.slots = allocator->allocate(allocator->self, capacity * sizeof(struct key_slot));
    if (larger.slots == NULL) {
        return false;
    }
    memset(larger.slots, 0, capacity * sizeof(struct key_slot));
    for (uint32_t i = 0; i < keys->capacity; i++) {
        if (keys->slots[i].key != 0) {
            *slot_of(&larger, keys->slots[i].key) = keys->slots[i];
        }
    }
    keys_free(keys, allocator);
    *keys = larger;
    return true;
}

uint32_t *keys_get(struct keys *keys, const struct rh_allocator *allocator, uint64_t key,
                   uint32_t value)
{
    if (keys->count * 2 >= keys->capacity && !grow(keys, allocator)) {
        return NULL;
    }
    struct key_slot *slot = slot_of(keys, key);
    if (slot->key == 0) {
        *slot = (struct key_slot){key, value};
        keys->count++;
    }
    return &slot->value;
}

bool keys_has(const struct keys *keys, uint64_t key)
{
    return keys->count > 0 && slot_of(keys, key)->key != 0;
}

void keys_free(struct keys *keys, const struct rh_allocator *allocator)
{
    allocator->release(allocator->self, keys->slots, keys->capacity * sizeof(struct key_slot));
    *keys = (struct keys){0};
}

void *array_add(struct array *array, const struct rh_allocator *allocator, size_t bytes)
{
    if (array->count == array->capacity) {
        uint32_t capacity = array->capacity == 0 ? 32 : array->capacity * 2;
        void *at = allocator->resize(allocator->self, array->at, array->capacity * bytes,
                                     capacity * bytes);
        if (at == NULL) {
            return NULL;
        }
        array->at = at;
        array->capacity = capacity;
    }
    return (unsigned char *)array->at + array->count++ * bytes;
}

void array_free(struct array *array, const struct rh_allocator *allocator, size_t bytes)
{
    allocator->release(allocator->self, array->at, array->capacity * bytes);
    *array = (struct array){0};
}
