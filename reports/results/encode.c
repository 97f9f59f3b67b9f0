/* SPDX-License-Identifier: MIT */
/* Heads are the shortest there are, and nothing is left to choice: equal results are equal bytes. */
#include "reports/results/encode.h"

#include "harness/trace/digest.h"
#include "harness/trace/writer.h"

#include <rehearse/version.h>

void results_put_head(FILE *out, enum encode_major major, uint64_t argument)
{
    uint8_t head[ENCODE_HEAD_BYTES_MAX];
    const uint8_t *end = encode_head(head, major, argument);
    (void)fwrite(head, 1, (size_t)(end - head), out);
}

void results_put_uint(FILE *out, uint64_t value)
{
    results_put_head(out, ENCODE_UINT, value);
}

void results_put_bool(FILE *out, bool value)
{
    (void)fputc(value ? ENCODE_TRUE : ENCODE_FALSE, out);
}

static void put_string(FILE *out, enum encode_major major, const void *bytes, size_t size)
{
    results_put_head(out, major, size);
    if (size > 0) {
        (void)fwrite(bytes, 1, size, out);
    }
}

void results_put_bytes(FILE *out, const uint8_t *bytes, size_t size)
{
    if (size == 0) {
        (void)fputc(ENCODE_NULL, out);
    } else {
        put_string(out, ENCODE_BYTES, bytes, size);
    }
}

void results_put_text(FILE *out, const char *text)
{
    if (text == NULL) {
        (void)fputc(ENCODE_NULL, out);
    } else {
        size_t size = strlen(text);
        put_string(out, writer_is_text(text, size) ? ENCODE_TEXT : ENCODE_BYTES, text, size);
    }
}

static void put_play(FILE *out, const struct rh_results_play *play)
{
    results_put_head(out, ENCODE_ARRAY, 3);
    results_put_text(out, play->path);
    results_put_uint(out, play->number);
    results_put_uint(out, play->digest);
}

void results_put_key(FILE *out, const struct rh_results_run *run)
{
    results_put_head(out, ENCODE_ARRAY, 8);
    results_put_text(out, rh_version());
    results_put_text(out, run->program);
    results_put_text(out, run->settings == NULL ? "" : run->settings);
    results_put_text(out, run->options);
    results_put_bool(out, run->without_times);
    results_put_uint(out, run->shard_count);
    results_put_text(out, RESULTS_COLUMNS);
    results_put_head(out, ENCODE_ARRAY, run->play_count);
    for (size_t i = 0; i < run->play_count; i++) {
        put_play(out, &run->plays[i]);
    }
}

void results_put_header(FILE *out, const uint8_t *key, size_t key_bytes, const char *command,
                        size_t shard_count)
{
    uint8_t digest[RESULTS_DIGEST_BYTES];
    trace_digest(key, key_bytes, digest);
    results_put_head(out, ENCODE_ARRAY, 6);
    results_put_text(out, RESULTS_MAGIC);
    results_put_uint(out, RH_RESULTS_FORMAT);
    (void)fwrite(key, 1, key_bytes, out);
    results_put_bytes(out, digest, sizeof digest);
    results_put_text(out, command);
    results_put_head(out, ENCODE_ARRAY, shard_count);
}

void results_put_end(FILE *out, uint32_t shard, int signal, bool has_flaw, bool has_internal)
{
    results_put_head(out, ENCODE_ARRAY, 4);
    results_put_uint(out, shard);
    results_put_uint(out, (uint64_t)signal);
    results_put_bool(out, has_flaw);
    results_put_bool(out, has_internal);
}
