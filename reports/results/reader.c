/* SPDX-License-Identifier: MIT */
/*
 * Strict where a writer leaves no choice: what passes here can be read again without a question, and no text holds a zero.
 * Framing and validity are those of messages, so the bytes of an item are checked once, before anything looks into them.
 */
#include "reports/results/reader.h"

#include "harness/trace/digest.h"

#include <rehearse/version.h>

#include <string.h>

static enum rh_status refuse(struct results_reader *reader, enum rh_status status, const char *flaw)
{
    reader->flaw = flaw;
    return status;
}

/* Find the item at `at`. */
static enum rh_status frame(struct results_reader *reader, struct rh_item *ret_bytes)
{
    size_t left = reader->size - reader->at;
    const uint8_t *begin = reader->bytes + reader->at;
    size_t length = 0;
    if (left == 0) {
        return refuse(reader, RH_TRUNCATED, "it ends too early");
    }
    size_t visible = left < RESULTS_ITEM_BYTES_MAX ? left : RESULTS_ITEM_BYTES_MAX;
    enum rh_status status = rh_item_length(begin, visible, &length);
    if (status == RH_TRUNCATED && visible < left) {
        return refuse(reader, RH_LIMIT, "an item is larger than any that is written");
    }
    if (status != RH_OK) {
        return refuse(reader, status,
                      status == RH_TRUNCATED ? "it ends too early" : "this is no result file");
    }
    *ret_bytes = (struct rh_item){begin, length};
    return RH_OK;
}

/* ---- entries ---- */

/* Text, or bytes that are none; never with a zero. */
static bool read_string(struct rh_reader *reader, struct rh_text *ret_text)
{
    struct rh_bytes bytes;
    if (rh_read_kind(reader) != RH_KIND_BYTES) {
        return rh_read_text(reader, ret_text) &&
               memchr(ret_text->bytes, '\0', ret_text->size) == NULL;
    }
    if (!rh_read_bytes(reader, &bytes)) {
        return false;
    }
    *ret_text = (struct rh_text){(const char *)bytes.bytes, bytes.size};
    return memchr(bytes.bytes, '\0', bytes.size) == NULL;
}

static bool read_optional(struct rh_reader *reader, struct rh_text *ret_text)
{
    *ret_text = (struct rh_text){NULL, 0};
    return rh_read_kind(reader) == RH_KIND_NULL ? rh_read_null(reader)
                                                : read_string(reader, ret_text);
}

static bool read_blob(struct rh_reader *reader, struct rh_bytes *ret_bytes)
{
    *ret_bytes = (struct rh_bytes){NULL, 0};
    return rh_read_kind(reader) == RH_KIND_NULL ? rh_read_null(reader)
                                                : rh_read_bytes(reader, ret_bytes);
}

static bool read_u32(struct rh_reader *reader, uint32_t *ret_value)
{
    uint64_t value;
    bool ok = rh_read_uint(reader, &value) && value <= UINT32_MAX;
    *ret_value = ok ? (uint32_t)value : 0;
    return ok;
}

static bool read_count(struct rh_reader *reader, size_t expected)
{
    size_t count;
    return rh_read_array(reader, &count) && count == expected;
}

static bool read_play(struct rh_reader *plays, struct rh_text *ret_path, uint64_t *ret_number,
                      uint64_t *ret_digest)
{
    return read_count(plays, 3) && read_string(plays, ret_path) &&
           rh_read_uint(plays, ret_number) && rh_read_uint(plays, ret_digest);
}

static bool read_end(struct rh_reader *ends, struct results_end *ret_end)
{
    return read_count(ends, 4) && read_u32(ends, &ret_end->shard) &&
           read_u32(ends, &ret_end->signal) && ret_end->signal < 128 &&
           rh_read_bool(ends, &ret_end->has_flaw) && rh_read_bool(ends, &ret_end->has_internal);
}

static bool read_tally(struct rh_reader *tallies, struct rh_text *ret_word,
                       struct rh_fault_tally *ret_tally)
{
    uint32_t pinned = 0;
    bool ok = read_count(tallies, 1 + RESULTS_TALLY_NUMBERS) && read_string(tallies, ret_word) &&
              read_u32(tallies, &ret_tally->line) && read_u32(tallies, &pinned) && pinned <= 1 &&
              rh_read_uint(tallies, &ret_tally->strikes) &&
              rh_read_uint(tallies, &ret_tally->fired_in) &&
              rh_read_uint(tallies, &ret_tally->spent_in);
    ret_tally->is_pinned = pinned == 1;
    return ok;
}

static bool read_result(struct rh_reader *reader, struct rh_result *ret_result)
{
#define X(field) +1
    bool ok = read_count(reader, 0 RESULTS_FLAG_MAP(X));
#undef X
#define X(field) ok = ok && rh_read_bool(reader, &ret_result->field);
    RESULTS_FLAG_MAP(X)
#undef X
#define X(field) +1
    ok = ok && read_count(reader, 0 RESULTS_NUMBER_MAP(X) RESULTS_SHORT_MAP(X));
#undef X
#define X(field) ok = ok && rh_read_uint(reader, &ret_result->field);
    RESULTS_NUMBER_MAP(X)
#undef X
#define X(field) ok = ok && read_u32(reader, &ret_result->field);
    RESULTS_SHORT_MAP(X)
#undef X
    return ok;
}

static bool is_key(struct rh_text text)
{
    bool ok = text.size > 0 && text.size <= RH_COVERAGE_KEY_BYTES_MAX;
    for (size_t i = 0; ok && i < text.size; i++) {
        ok = text.bytes[i] >= 0x20 && text.bytes[i] < 0x7F;
    }
    return ok;
}

static bool read_covered(struct rh_reader *reader, enum rh_coverage_family *ret_family,
                         struct rh_text *ret_key, uint64_t ret_counts[2])
{
    struct rh_text family;
    return read_count(reader, 4) && read_string(reader, &family) &&
           rh_coverage_family_find(family.bytes, family.size, ret_family) &&
           read_string(reader, ret_key) && is_key(*ret_key) &&
           rh_read_uint(reader, &ret_counts[0]) && rh_read_uint(reader, &ret_counts[1]) &&
           (ret_counts[1] == 0 || rh_coverage_count_word(*ret_family, 1) != NULL);
}

void results_read_coverage(struct rh_reader *coverage, enum rh_coverage_family *ret_family,
                           struct rh_text *ret_key, uint64_t ret_counts[2])
{
    (void)read_covered(coverage, ret_family, ret_key, ret_counts);
}

void results_read_play(struct rh_reader *plays, struct rh_text *ret_path, uint64_t *ret_number,
                       uint64_t *ret_digest)
{
    (void)read_play(plays, ret_path, ret_number, ret_digest);
}

void results_read_end(struct rh_reader *ends, struct results_end *ret_end)
{
    (void)read_end(ends, ret_end);
}

void results_read_tally(struct rh_reader *tallies, struct rh_text *ret_word,
                        struct rh_fault_tally *ret_tally)
{
    (void)read_tally(tallies, ret_word, ret_tally);
}

void results_read_result(struct rh_reader *reader, struct rh_result *ret_result)
{
    (void)read_result(reader, ret_result);
}

/* ---- the header ---- */

static bool read_plays(struct rh_reader *reader, struct results_header *header)
{
    bool ok = rh_read_array(reader, &header->play_count);
    header->plays = *reader;
    for (size_t i = 0; ok && i < header->play_count; i++) {
        struct rh_text path;
        uint64_t number;
        uint64_t digest;
        ok = read_play(reader, &path, &number, &digest);
    }
    return ok;
}

static bool read_key(struct rh_item key, struct results_header *header)
{
    struct rh_reader reader;
    rh_reader_item(&reader, key);
    return read_count(&reader, 8) && read_string(&reader, &header->version) &&
           read_optional(&reader, &header->program) && read_string(&reader, &header->settings) &&
           read_optional(&reader, &header->options) &&
           rh_read_bool(&reader, &header->without_times) &&
           read_u32(&reader, &header->shard_count) && header->shard_count > 0 &&
           header->shard_count <= RH_RESULTS_SHARDS_MAX && rh_read_word(&reader, RESULTS_COLUMNS) &&
           read_plays(&reader, header);
}

static bool read_shards(struct rh_reader *reader, struct results_header *header)
{
    bool ok = rh_read_array(reader, &header->header_shards) && header->header_shards > 0;
    uint32_t least = 0;
    header->shards = *reader;
    for (size_t i = 0; ok && i < header->header_shards; i++) {
        uint32_t shard;
        ok = read_u32(reader, &shard) && shard >= least && shard < header->shard_count;
        least = shard + 1;
    }
    return ok;
}

/* The release stands first in the key, so that one of another release is told so before its columns are called wrong. */
static bool is_of_this_release(struct rh_item key)
{
    struct rh_reader reader;
    size_t count;
    rh_reader_item(&reader, key);
    return rh_read_array(&reader, &count) && rh_read_word(&reader, rh_version());
}

static const char *read_header(struct rh_item bytes, struct results_header *header)
{
    static const char no_header[] = "its header is not one of a result file";
    struct rh_reader reader;
    struct rh_bytes recorded;
    uint64_t format;
    size_t count;
    uint8_t digest[RESULTS_DIGEST_BYTES];
    rh_reader_item(&reader, bytes);
    if (!rh_read_array(&reader, &count) || !rh_read_word(&reader, RESULTS_MAGIC)) {
        return "this is no result file";
    }
    if (!rh_read_uint(&reader, &format) || format != RH_RESULTS_FORMAT) {
        return "it has another format; only the release that wrote it can read it";
    }
    if (count != 6 || !rh_read_item(&reader, &header->key)) {
        return no_header;
    }
    if (!is_of_this_release(header->key)) {
        return "another release has written it, and only that one can read it";
    }
    if (!rh_read_bytes(&reader, &recorded) || recorded.size != sizeof digest) {
        return no_header;
    }
    trace_digest(header->key.bytes, header->key.size, digest);
    if (memcmp(digest, recorded.bytes, sizeof digest) != 0) {
        return "its header was changed: the digest is another";
    }
    return read_key(header->key, header) && read_optional(&reader, &header->command) &&
                   read_shards(&reader, header) && rh_read_end(&reader)
               ? NULL
               : no_header;
}

enum rh_status results_open(struct results_reader *reader, const uint8_t *bytes, size_t size)
{
    static const uint8_t magic[] = RESULTS_MAGIC;
    struct rh_item header;
    *reader = (struct results_reader){.bytes = bytes, .size = size};
    if (size >= 2 + sizeof magic - 1 && memcmp(bytes + 2, magic, sizeof magic - 1) != 0) {
        return refuse(reader, RH_MALFORMED, "this is no result file");
    }
    enum rh_status status = frame(reader, &header);
    if (status != RH_OK) {
        return status;
    }
    const char *flaw = read_header(header, &reader->header);
    if (flaw != NULL) {
        return refuse(reader, RH_MALFORMED, flaw);
    }
    reader->at = header.size;
    return RH_OK;
}

/* ---- items ---- */

static bool read_verdict(struct rh_reader *reader, enum rh_verdict *ret_verdict)
{
    for (unsigned i = 0; i < RH_VERDICT_COUNT; i++) {
        struct rh_reader copy = *reader;
        if (rh_read_word(&copy, rh_verdict_word((enum rh_verdict)i))) {
            *reader = copy;
            *ret_verdict = (enum rh_verdict)i;
            return true;
        }
    }
    return false;
}

static bool read_texts(struct rh_reader *reader, struct results_item *item)
{
    bool ok = read_count(reader, RESULTS_TEXT_COUNT);
    for (size_t i = 0; ok && i < RESULTS_TEXT_COUNT; i++) {
        ok = read_optional(reader, &item->texts[i]);
    }
    return ok;
}

static bool read_tallies(struct rh_reader *reader, struct results_item *item)
{
    bool ok =
        rh_read_array(reader, &item->tally_count) && item->tally_count <= RH_FAULT_TALLIES_MAX;
    item->tallies = *reader;
    for (size_t i = 0; ok && i < item->tally_count; i++) {
        struct rh_text word;
        struct rh_fault_tally tally;
        ok = read_tally(reader, &word, &tally);
    }
    return ok;
}

static bool read_coverage(struct rh_reader *reader, struct results_item *item)
{
    if (rh_read_kind(reader) == RH_KIND_NULL) {
        return rh_read_null(reader);
    }
    bool ok = read_count(reader, 3) && rh_read_bool(reader, &item->is_cut) &&
              rh_read_bool(reader, &item->is_partial) &&
              rh_read_array(reader, &item->coverage_count) &&
              item->coverage_count <= RH_COVERAGE_ITEMS_MAX;
    item->coverage = *reader;
    for (size_t i = 0; ok && i < item->coverage_count; i++) {
        enum rh_coverage_family family;
        struct rh_text key;
        uint64_t counts[2];
        ok = read_covered(reader, &family, &key, counts);
    }
    return ok;
}

static bool read_played(struct rh_reader *reader, struct results_item *item)
{
    struct rh_result result = {0};
    if (!rh_read_bool(reader, &item->is_interrupted) ||
        !rh_read_bool(reader, &item->has_diverged) || !read_verdict(reader, &item->verdict)) {
        return false;
    }
    item->result = *reader;
    bool ok = read_result(reader, &result) && read_texts(reader, item) &&
              read_tallies(reader, item) && rh_read_uint(reader, &item->elapsed) &&
              read_count(reader, RESULTS_TRACES);
    for (size_t i = 0; ok && i < RESULTS_TRACES; i++) {
        ok = read_blob(reader, &item->traces[i]);
    }
    ok = ok && read_coverage(reader, item);
    const struct rh_text *texts = item->texts;
    bool is_told = texts[RESULTS_TEXT_INVARIANT].bytes != NULL &&
                   texts[RESULTS_TEXT_EXPECTED].bytes != NULL &&
                   texts[RESULTS_TEXT_OBSERVED].bytes != NULL;
    return ok && texts[RESULTS_TEXT_WHY].bytes != NULL && is_told == result.has_violation;
}

static bool read_footer(struct rh_reader *reader, const struct results_header *header,
                        struct results_item *item)
{
    uint32_t least = 0;
    bool ok = rh_read_array(reader, &item->end_count);
    item->ends = *reader;
    for (size_t i = 0; ok && i < item->end_count; i++) {
        struct results_end one;
        ok = read_end(reader, &one) && one.shard >= least && one.shard < header->shard_count;
        least = ok ? one.shard + 1 : 0;
    }
    return ok;
}

static bool read_item(struct results_reader *reader, struct results_item *item)
{
    struct rh_reader at;
    size_t count;
    uint64_t code;
    uint64_t play = 0;
    rh_reader_item(&at, item->bytes);
    bool ok = rh_read_array(&at, &count) && rh_read_uint(&at, &code) && code <= RESULTS_FOOTER;
    if (!ok) {
        return false;
    }
    item->code = (enum results_code)code;
    if (item->code == RESULTS_FOOTER) {
        reader->is_ended = count == 2 && read_footer(&at, &reader->header, item);
        return reader->is_ended && rh_read_end(&at);
    }
    ok = rh_read_uint(&at, &play) && play >= reader->plays_read && play < reader->header.play_count;
    item->play = (size_t)play;
    reader->plays_read = item->play + 1;
    if (item->code == RESULTS_PLAYED) {
        ok = ok && count == 12 && read_played(&at, item);
    } else if (item->code == RESULTS_BAD) {
        ok = ok && count == 4 && read_string(&at, &item->path) &&
             read_string(&at, &item->diagnostics);
    } else {
        ok = ok && count == 2;
    }
    return ok && rh_read_end(&at);
}

enum rh_status results_next(struct results_reader *reader, struct results_item *item)
{
    *item = (struct results_item){.code = RESULTS_NOTHING};
    if (reader->is_ended) {
        return reader->at == reader->size
                   ? RH_DONE
                   : refuse(reader, RH_MALFORMED, "something follows the footer");
    }
    enum rh_status status = frame(reader, &item->bytes);
    if (status != RH_OK) {
        return status;
    }
    if (!read_item(reader, item)) {
        return refuse(reader, RH_MALFORMED, "this is no item of a result file");
    }
    reader->at += item->bytes.size;
    return RH_OK;
}
