/* SPDX-License-Identifier: MIT */
/* Most mappings have a handful of keys and are compared pair by pair; a large one, which only a generated or hostile file
 * has, goes through a hash table, so that 30,000 keys take no longer than reading them did. */
#include "harness/document/duplicates.h"

#include <stdbool.h>
#include <string.h>

#define HASHED_PAIRS_MIN 16u

struct search {
    const struct rh_document_source *source;
    const struct rh_allocator *allocator;
    struct rh_diagnostics *diagnostics;
    uint32_t found;
};

/* The first key of a mapping decides where a second one with its text is reported. */
static void report_duplicate(struct search *search, const struct rh_document_node *first,
                             const struct rh_document_node *second)
{
    search->found++;
    rh_diagnostics_error(search->diagnostics, search->source, second->span, "duplicate key %s",
                         rh_quote(second->text, second->count).text);
    rh_diagnostics_hint(search->diagnostics, "a mapping has each key once: keep one of them");
    rh_diagnostics_note(search->diagnostics, first->span, "it was first given here");
}

static bool is_same_text(const struct rh_document_node *a, const struct rh_document_node *b)
{
    return a->count == b->count && memcmp(a->text, b->text, a->count) == 0;
}

static void check_by_pairs(struct search *search, const struct rh_document_node *mapping)
{
    for (uint32_t i = 1; i < mapping->count; i++) {
        const struct rh_document_node *key = mapping->pairs[i].key;
        for (uint32_t j = 0; key->text != NULL && j < i; j++) {
            const struct rh_document_node *earlier = mapping->pairs[j].key;
            if (earlier->text != NULL && is_same_text(earlier, key)) {
                report_duplicate(search, earlier, key);
                break;
            }
        }
    }
}

static uint32_t hash_of(const struct rh_document_node *key)
{
    uint32_t hash = 2166136261u;
    for (uint32_t i = 0; i < key->count; i++) {
        hash = (hash ^ (unsigned char)key->text[i]) * 16777619u;
    }
    return hash ^ hash >> 15;
}

/* Open addressing; the table only finds, its order is never seen. */
static enum rh_status check_by_hash(struct search *search, const struct rh_document_node *mapping)
{
    uint32_t slots = 4 * HASHED_PAIRS_MIN;
    while (slots < 2 * mapping->count) {
        slots *= 2;
    }
    const struct rh_allocator *allocator = search->allocator;
    const struct rh_document_node **table =
        allocator->allocate(allocator->self, slots * sizeof *table);
    if (table == NULL) {
        return RH_NO_MEMORY;
    }
    for (uint32_t i = 0; i < slots; i++) {
        table[i] = NULL;
    }
    for (uint32_t i = 0; i < mapping->count; i++) {
        const struct rh_document_node *key = mapping->pairs[i].key;
        if (key->text == NULL) {
            continue;
        }
        uint32_t slot = hash_of(key) & (slots - 1);
        while (table[slot] != NULL && !is_same_text(table[slot], key)) {
            slot = (slot + 1) & (slots - 1);
        }
        if (table[slot] != NULL) {
            report_duplicate(search, table[slot], key);
        } else {
            table[slot] = key;
        }
    }
    allocator->release(allocator->self, table, slots * sizeof *table);
    return RH_OK;
}

enum rh_status rh_duplicates_report(const struct rh_document_source *source,
                                    const struct rh_document_node *mapping,
                                    const struct rh_allocator *allocator,
                                    struct rh_diagnostics *diagnostics, uint32_t *found)
{
    struct search search = {source, allocator, diagnostics, 0};
    enum rh_status status = RH_OK;
    if (mapping->count < HASHED_PAIRS_MIN) {
        check_by_pairs(&search, mapping);
    } else {
        status = check_by_hash(&search, mapping);
    }
    *found = search.found;
    return status;
}
