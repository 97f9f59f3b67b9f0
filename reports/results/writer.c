/* SPDX-License-Identifier: MIT */
/*
 * A result file as one more format. An item is written, whole, as soon as a scenario is done, so that of a run that is killed
 * everything is left but what it was at.
 */
#include "reports/file.h"
#include "reports/fingerprint.h"
#include "reports/results/encode.h"

#include <stdlib.h>

static void begin(struct rh_report_file *file)
{
    static const struct rh_results_run nothing = {.shard_count = 1};
    const struct rh_results_run *run = file->options.run != NULL ? file->options.run : &nothing;
    char *key = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&key, &size);
    file->options.run = run;
    if (out == NULL) {
        file->is_out_of_memory = true;
        return;
    }
    results_put_key(out, run);
    if (fclose(out) != 0) {
        file->is_out_of_memory = true;
    } else {
        results_put_header(file->out, (const uint8_t *)key, size, file->options.command, 1);
        results_put_uint(file->out, run->shard);
        (void)fflush(file->out);
    }
    free(key);
}

static void put_result(FILE *out, const struct rh_result *result)
{
#define X(field) +1
    results_put_head(out, ENCODE_ARRAY, 0 RESULTS_FLAG_MAP(X));
#undef X
#define X(field) results_put_bool(out, result->field);
    RESULTS_FLAG_MAP(X)
#undef X
#define X(field) +1
    results_put_head(out, ENCODE_ARRAY, 0 RESULTS_NUMBER_MAP(X) RESULTS_SHORT_MAP(X));
#undef X
#define X(field) results_put_uint(out, result->field);
    RESULTS_NUMBER_MAP(X)
    RESULTS_SHORT_MAP(X)
#undef X
}

static void put_texts(FILE *out, const struct report_case *one)
{
    const struct rh_report_entry *entry = one->entry;
    const struct rh_result *result = entry->result;
    const bool fails = result->has_violation;
    struct report_fingerprint fingerprint;
    report_fingerprint(entry, &fingerprint);
    const char *const texts[RESULTS_TEXT_COUNT] = {
        [RESULTS_TEXT_PATH] = result->path,
        [RESULTS_TEXT_TITLE] = result->title,
        [RESULTS_TEXT_STRATEGY] = result->strategy,
        [RESULTS_TEXT_WHY] = result->why,
        [RESULTS_TEXT_INVARIANT] = fails ? result->violation.invariant : NULL,
        [RESULTS_TEXT_EXPECTED] = fails ? result->violation.expected : NULL,
        [RESULTS_TEXT_OBSERVED] = fails ? result->violation.observed : NULL,
        [RESULTS_TEXT_FINGERPRINT] = fails ? fingerprint.words : NULL,
        [RESULTS_TEXT_FINGERPRINT_KEY] = fails ? fingerprint.key : NULL,
        [RESULTS_TEXT_TRACE_PATH] = entry->trace_path,
        [RESULTS_TEXT_SHRUNK_PATH] = entry->shrunk_path,
        [RESULTS_TEXT_SHRUNK_TEXT] = entry->shrunk_text,
        [RESULTS_TEXT_SHRUNK_SIZE] = entry->shrunk_size,
        [RESULTS_TEXT_NEAREST] = entry->nearest,
        [RESULTS_TEXT_PLAN] = entry->plan,
        [RESULTS_TEXT_PLAN_PATH] = entry->plan_path,
        [RESULTS_TEXT_BLOCK] = *one->block == '\0' ? NULL : one->block,
        [RESULTS_TEXT_DIAGRAM] = *one->diagram == '\0' ? NULL : one->diagram,
    };
    results_put_head(out, ENCODE_ARRAY, RESULTS_TEXT_COUNT);
    for (size_t i = 0; i < RESULTS_TEXT_COUNT; i++) {
        results_put_text(out, texts[i]);
    }
}

static void put_tallies(FILE *out, const struct rh_result *result)
{
    results_put_head(out, ENCODE_ARRAY, result->tally_count);
    for (uint32_t i = 0; i < result->tally_count; i++) {
        const struct rh_fault_tally *tally = &result->tallies[i];
        results_put_head(out, ENCODE_ARRAY, 1 + RESULTS_TALLY_NUMBERS);
        results_put_text(out, tally->word);
        results_put_uint(out, tally->line);
        results_put_uint(out, tally->is_pinned);
        results_put_uint(out, tally->strikes);
        results_put_uint(out, tally->fired_in);
        results_put_uint(out, tally->spent_in);
    }
}

static void put_traces(FILE *out, const struct rh_report_entry *entry)
{
    const struct rh_result *result = entry->result;
    const struct rh_report_trace traces[RESULTS_TRACES] = {
        {result->trace.bytes, result->trace.size},
        entry->shrunk_trace,
        entry->nearest_trace,
        entry->replay_trace};
    results_put_head(out, ENCODE_ARRAY, RESULTS_TRACES);
    for (size_t i = 0; i < RESULTS_TRACES; i++) {
        bool fits = traces[i].size <= RH_RESULTS_TRACE_BYTES_MAX;
        results_put_bytes(out, traces[i].bytes, fits ? traces[i].size : 0);
    }
}

static void put_coverage(FILE *out, const struct rh_coverage *coverage)
{
    if (coverage->count == 0 && !coverage->is_cut && !coverage->is_partial) {
        results_put_bytes(out, NULL, 0);
        return;
    }
    results_put_head(out, ENCODE_ARRAY, 3);
    results_put_bool(out, coverage->is_cut);
    results_put_bool(out, coverage->is_partial);
    results_put_head(out, ENCODE_ARRAY, coverage->count);
    for (size_t i = 0; i < coverage->count; i++) {
        const struct rh_coverage_item *item = &coverage->items[i];
        results_put_head(out, ENCODE_ARRAY, 4);
        results_put_text(out, rh_coverage_family_word(item->family));
        results_put_text(out, item->key);
        results_put_uint(out, item->counts[0]);
        results_put_uint(out, item->counts[1]);
    }
}

static void put_played(FILE *out, size_t play, const struct report_case *one)
{
    const struct rh_report_entry *entry = one->entry;
    const struct rh_result *result = entry->result;
    results_put_head(out, ENCODE_ARRAY, 12);
    results_put_uint(out, RESULTS_PLAYED);
    results_put_uint(out, play);
    results_put_bool(out, entry->is_interrupted);
    results_put_bool(out, entry->has_diverged);
    results_put_text(out, one->verdict);
    put_result(out, result);
    put_texts(out, one);
    put_tallies(out, result);
    results_put_uint(out, entry->elapsed);
    put_traces(out, entry);
    put_coverage(out, &result->coverage);
}

static void put_bad(FILE *out, size_t play, const struct report_case *one)
{
    results_put_head(out, ENCODE_ARRAY, 4);
    results_put_uint(out, RESULTS_BAD);
    results_put_uint(out, play);
    results_put_text(out, one->path);
    results_put_text(out, one->block);
}

static void each(struct rh_report_file *file, const struct report_case *one)
{
    if (one->entry == NULL) {
        put_bad(file->out, file->play, one);
    } else {
        put_played(file->out, file->play, one);
    }
    (void)fflush(file->out);
}

static void nothing(struct rh_report_file *file)
{
    results_put_head(file->out, ENCODE_ARRAY, 2);
    results_put_uint(file->out, RESULTS_NOTHING);
    results_put_uint(file->out, file->play);
}

static void end(struct rh_report_file *file)
{
    const struct rh_results_run *run = file->options.run;
    results_put_head(file->out, ENCODE_ARRAY, 2);
    results_put_uint(file->out, RESULTS_FOOTER);
    results_put_head(file->out, ENCODE_ARRAY, 1);
    results_put_end(file->out, run->shard, run->signal, run->has_flaw, run->has_internal);
}

const struct report_format_functions report_results = {
    .begin = begin, .each = each, .end = end, .nothing = nothing, .is_streamed = true};
