/* SPDX-License-Identifier: MIT */
/* A play as reports take it: texts end with a zero, so they are copied, into one block with the trace. */
#include "reports/results/entry.h"

#include <stdlib.h>
#include <string.h>

struct arena {
    char *at;
};

static char *keep(struct arena *arena, struct rh_text text)
{
    if (text.bytes == NULL) {
        return NULL;
    }
    char *kept = arena->at;
    memcpy(kept, text.bytes, text.size);
    kept[text.size] = '\0';
    arena->at += text.size + 1;
    return kept;
}

static uint8_t *keep_bytes(struct arena *arena, struct rh_bytes bytes)
{
    uint8_t *kept = (uint8_t *)arena->at;
    if (bytes.size == 0) {
        return NULL;
    }
    memcpy(kept, bytes.bytes, bytes.size);
    arena->at += bytes.size;
    return kept;
}

static void put(char *buffer, size_t capacity, struct rh_text text)
{
    size_t size = text.size < capacity ? text.size : capacity - 1;
    if (size > 0) {
        memcpy(buffer, text.bytes, size);
    }
    buffer[size] = '\0';
}

static void take_tallies(const struct results_item *item, struct arena *arena,
                         struct rh_result *result)
{
    struct rh_reader tallies = item->tallies;
    result->tally_count = (uint32_t)item->tally_count;
    for (size_t i = 0; i < item->tally_count; i++) {
        struct rh_text word = {NULL, 0};
        results_read_tally(&tallies, &word, &result->tallies[i]);
        result->tallies[i].word = keep(arena, word);
    }
}

static void take_result(const struct results_item *item, struct arena *arena,
                        struct rh_result *result)
{
    const struct rh_text *texts = item->texts;
    struct rh_reader reader = item->result;
    results_read_result(&reader, result);
    result->verdict = item->verdict;
    result->path = keep(arena, texts[RESULTS_TEXT_PATH]);
    result->title = keep(arena, texts[RESULTS_TEXT_TITLE]);
    result->strategy = keep(arena, texts[RESULTS_TEXT_STRATEGY]);
    put(result->why, sizeof result->why, texts[RESULTS_TEXT_WHY]);
    result->violation.invariant = keep(arena, texts[RESULTS_TEXT_INVARIANT]);
    put(result->violation.expected, sizeof result->violation.expected,
        texts[RESULTS_TEXT_EXPECTED]);
    put(result->violation.observed, sizeof result->violation.observed,
        texts[RESULTS_TEXT_OBSERVED]);
    take_tallies(item, arena, result);
    result->trace.bytes = keep_bytes(arena, item->traces[0]);
    result->trace.size = item->traces[0].size;
}

static bool take_coverage(const struct results_item *item, struct rh_coverage *coverage)
{
    struct rh_reader reader = item->coverage;
    bool ok = true;
    coverage->is_cut = item->is_cut;
    coverage->is_partial = item->is_partial;
    for (size_t i = 0; ok && i < item->coverage_count; i++) {
        char text[RH_COVERAGE_KEY_BYTES_MAX + 1];
        enum rh_coverage_family family = RH_COVERAGE_MESSAGE;
        struct rh_text key = {NULL, 0};
        uint64_t counts[2] = {0, 0};
        results_read_coverage(&reader, &family, &key, counts);
        put(text, sizeof text, key);
        ok = rh_coverage_add(coverage, family, text, counts[0], counts[1]) == RH_OK;
    }
    return ok;
}

static void take_played(const struct results_item *item, struct arena *arena,
                        struct rh_results_entry *entry)
{
    const struct rh_text *texts = item->texts;
    take_result(item, arena, &entry->result);
    entry->entry = (struct rh_report_entry){
        .result = &entry->result,
        .trace_path = keep(arena, texts[RESULTS_TEXT_TRACE_PATH]),
        .shrunk_path = keep(arena, texts[RESULTS_TEXT_SHRUNK_PATH]),
        .shrunk_text = keep(arena, texts[RESULTS_TEXT_SHRUNK_TEXT]),
        .shrunk_size = keep(arena, texts[RESULTS_TEXT_SHRUNK_SIZE]),
        .nearest = keep(arena, texts[RESULTS_TEXT_NEAREST]),
        .plan = keep(arena, texts[RESULTS_TEXT_PLAN]),
        .plan_path = keep(arena, texts[RESULTS_TEXT_PLAN_PATH]),
        .shrunk_trace = {keep_bytes(arena, item->traces[1]), item->traces[1].size},
        .nearest_trace = {keep_bytes(arena, item->traces[2]), item->traces[2].size},
        .replay_trace = {keep_bytes(arena, item->traces[3]), item->traces[3].size},
        .elapsed = item->elapsed,
        .is_interrupted = item->is_interrupted,
        .has_diverged = item->has_diverged,
        .block = keep(arena, texts[RESULTS_TEXT_BLOCK]),
        .diagram = keep(arena, texts[RESULTS_TEXT_DIAGRAM]),
        .fingerprint = keep(arena, texts[RESULTS_TEXT_FINGERPRINT]),
        .fingerprint_key = keep(arena, texts[RESULTS_TEXT_FINGERPRINT_KEY]),
    };
    if (entry->entry.shrunk_path != NULL ||
        entry->entry.shrunk_text != NULL) { /* a file from outside may leave them out */
        entry->entry.shrunk_size = entry->entry.shrunk_size == NULL ? "" : entry->entry.shrunk_size;
        entry->entry.nearest = entry->entry.nearest == NULL ? "" : entry->entry.nearest;
    }
}

bool results_entry(const struct results_item *item, struct rh_results_entry *entry)
{
    /* Every text has a head of its own in the item, which makes room for its zero. */
    struct arena arena = {malloc(item->bytes.size + 1)};
    entry->memory = arena.at;
    if (arena.at == NULL) {
        return false;
    }
    if (item->code == RESULTS_PLAYED) {
        entry->kind = RH_RESULTS_PLAYED;
        take_played(item, &arena, entry);
        return take_coverage(item, &entry->result.coverage);
    } else if (item->code == RESULTS_BAD) {
        entry->kind = RH_RESULTS_BAD;
        entry->path = keep(&arena, item->path);
        entry->diagnostics = keep(&arena, item->diagnostics);
    } else {
        entry->kind = RH_RESULTS_NOTHING;
    }
    return true;
}

void rh_results_entry_deinit(struct rh_results_entry *entry)
{
    rh_coverage_deinit(&entry->result.coverage);
    free(entry->memory);
    entry->memory = NULL;
}
