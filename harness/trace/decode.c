/* SPDX-License-Identifier: MIT */
/* The entries of one item, in the order of format.h. Readers of messages stick after a failure, so entries are read in a
 * row and the question is asked once. Times are left as differences: what they add up to is the reader's. */
#include "harness/trace/decode.h"

#include "harness/trace/digest.h"

#include <string.h>

#define HEADER_ENTRIES 14
#define EVENT_ENTRIES_MAX 11

static bool read_below(struct rh_reader *reader, uint64_t limit, uint64_t *ret_value)
{
    return rh_read_uint(reader, ret_value) && *ret_value < limit;
}

static bool read_u32(struct rh_reader *reader, uint32_t *ret_value)
{
    uint64_t value;
    if (!read_below(reader, (uint64_t)UINT32_MAX + 1, &value)) {
        return false;
    }
    *ret_value = (uint32_t)value;
    return true;
}

/* A difference of two instants: any integer, kept modulo 2^64. */
static bool read_difference(struct rh_reader *reader, uint64_t *ret_value)
{
    int64_t value;
    struct rh_reader copy = *reader;
    if (rh_read_uint(&copy, ret_value)) {
        *reader = copy;
        return true;
    }
    if (!rh_read_int(reader, &value)) {
        return false;
    }
    *ret_value = (uint64_t)value;
    return true;
}

static bool read_digest(struct rh_reader *reader, uint8_t ret_digest[RH_TRACE_DIGEST_BYTES])
{
    struct rh_bytes bytes;
    if (!rh_read_bytes(reader, &bytes) || bytes.size != RH_TRACE_DIGEST_BYTES) {
        return false;
    }
    memcpy(ret_digest, bytes.bytes, RH_TRACE_DIGEST_BYTES);
    return true;
}

/* Text, or null for none. */
static bool read_optional(struct rh_reader *reader, struct rh_text *ret_text)
{
    *ret_text = (struct rh_text){NULL, 0};
    return rh_read_kind(reader) == RH_KIND_NULL ? rh_read_null(reader)
                                                : rh_read_text(reader, ret_text);
}

/* [payload], or null for none. */
static bool read_payload(struct rh_reader *reader, struct rh_item *ret_message)
{
    size_t count;
    *ret_message = (struct rh_item){NULL, 0};
    if (rh_read_kind(reader) == RH_KIND_NULL) {
        return rh_read_null(reader);
    }
    return rh_read_array(reader, &count) && count == 1 && rh_read_item(reader, ret_message);
}

/* ---- items ---- */

static bool read_step(struct rh_reader *reader, size_t count, struct rh_trace_item *item)
{
    if (count != 1 && count != 2 && count != 5) {
        return false;
    }
    bool ok = count == 1 || read_difference(reader, &item->now);
    if (count == 2 && item->now == 0) {
        return false;
    }
    if (count == 5) {
        ok = ok && read_u32(reader, &item->source) && item->source > 0 &&
             rh_read_uint(reader, &item->id) && read_u32(reader, &item->actor);
    }
    return ok;
}

static bool read_decision(struct rh_reader *reader, struct rh_decision *decision)
{
    uint64_t site;
    if (!read_below(reader, RH_SITE_COUNT, &site) || !read_u32(reader, &decision->count) ||
        !read_u32(reader, &decision->chosen)) {
        return false;
    }
    decision->site = (enum rh_site)site;
    return decision->count >= 2 && decision->chosen < decision->count;
}

static bool read_violation(struct rh_reader *reader, struct rh_trace_result *result)
{
    size_t count;
    if (rh_read_kind(reader) == RH_KIND_NULL) {
        return rh_read_null(reader);
    }
    result->has_violation = true;
    return rh_read_array(reader, &count) && count == 8 &&
           rh_read_text(reader, &result->invariant) && rh_read_uint(reader, &result->step) &&
           read_u32(reader, &result->actors[0]) && read_u32(reader, &result->actors[1]) &&
           rh_read_text(reader, &result->expected) && rh_read_text(reader, &result->observed) &&
           read_u32(reader, &result->line) && read_u32(reader, &result->column);
}

static bool read_footer(struct rh_reader *reader, struct rh_trace_result *result)
{
    uint64_t end;
    uint64_t verdict;
    if (!rh_read_uint(reader, &result->items) || !read_digest(reader, result->digest) ||
        !read_below(reader, RH_END_COUNT, &end) ||
        !read_below(reader, RH_VERDICT_COUNT, &verdict)) {
        return false;
    }
    result->end = (enum rh_end)end;
    result->verdict = (enum rh_verdict)verdict;
    return read_violation(reader, result);
}

static bool read_due(struct rh_reader *reader, rh_instant *ret_due)
{
    if (rh_read_kind(reader) == RH_KIND_NULL) {
        *ret_due = RH_NEVER;
        return rh_read_null(reader);
    }
    return read_difference(reader, ret_due) && *ret_due != 0;
}

/* The entries of an event behind its actor; `left` of them are there. */
static bool read_event(struct rh_reader *reader, size_t left, struct rh_trace_item *item)
{
    uint64_t signal = 0;
    uint64_t why = 0;
    uint64_t status = 0;
    bool ok = (left < 1 || read_u32(reader, &item->peer)) &&
              (left < 2 || read_below(reader, RH_SIGNAL_COUNT, &signal)) &&
              (left < 3 || read_payload(reader, &item->message)) &&
              (left < 4 || rh_read_uint(reader, &item->ordinal)) &&
              (left < 5 || read_optional(reader, &item->name)) &&
              (left < 6 || read_below(reader, RH_WHY_COUNT, &why)) &&
              (left < 7 || read_below(reader, RH_STATUS_WORDS, &status)) &&
              (left < 8 || rh_read_uint(reader, &item->number)) &&
              (left < 9 || read_due(reader, &item->due));
    item->signal = (enum rh_signal_kind)signal;
    item->why = (enum rh_why)why;
    item->status = (enum rh_status)status;
    /* What is zero at the end is left out. */
    bool last[] = {true,
                   item->peer != 0,
                   signal != 0,
                   item->message.size != 0,
                   item->ordinal != 0,
                   item->name.bytes != NULL,
                   why != 0,
                   status != 0,
                   item->number != 0,
                   item->due != 0};
    return ok && last[left];
}

static bool read_pipe(struct rh_reader *reader, struct rh_trace_item *item)
{
    bool ok = read_u32(reader, &item->actor) && rh_read_text(reader, &item->news) &&
              rh_read_text(reader, &item->name);
    return ok && (rh_read_kind(reader) == RH_KIND_TEXT ? rh_read_text(reader, &item->detail)
                                                       : rh_read_uint(reader, &item->number));
}

static bool read_entries(struct rh_reader *reader, size_t count, struct rh_trace_item *item)
{
    switch (item->code) {
    case RH_TRACE_STEP:
        return read_step(reader, count, item);
    case RH_TRACE_TIME:
        return count == 2 && read_difference(reader, &item->now) && item->now != 0;
    case RH_TRACE_NAME:
        return count == 3 && read_u32(reader, &item->actor) && rh_read_text(reader, &item->name);
    case RH_TRACE_DECISION:
        return count == 4 && read_decision(reader, &item->decision);
    case RH_TRACE_FAULT:
        return count == 4 && rh_read_text(reader, &item->name) && read_u32(reader, &item->actor) &&
               read_payload(reader, &item->message);
    case RH_TRACE_PHASE:
        return count == 2 && rh_read_text(reader, &item->name);
    case RH_TRACE_PIPE:
        return count == 5 && read_pipe(reader, item);
    case RH_TRACE_DIGEST:
        return count == 3 && rh_read_uint(reader, &item->items) &&
               read_digest(reader, item->digest);
    case RH_TRACE_FOOTER:
        return count == 6 && read_footer(reader, &item->result);
    default:
        return count >= 2 && count <= EVENT_ENTRIES_MAX && read_u32(reader, &item->actor) &&
               read_event(reader, count - 2, item);
    }
}

enum rh_status rh_trace_decode(struct rh_item bytes, struct rh_trace_item *ret_item)
{
    struct rh_reader reader;
    size_t count;
    uint64_t code;
    rh_reader_item(&reader, bytes);
    *ret_item = (struct rh_trace_item){.bytes = bytes};
    if (!rh_read_array(&reader, &count) ||
        !read_below(&reader, (uint64_t)RH_TRACE_EVENT + RH_EVENT_COUNT, &code)) {
        return RH_MALFORMED;
    }
    ret_item->code = (enum rh_trace_code)(code < RH_TRACE_EVENT ? code : RH_TRACE_EVENT);
    if (code >= RH_TRACE_EVENT) {
        ret_item->kind = (enum rh_event_kind)(code - RH_TRACE_EVENT);
    }
    return read_entries(&reader, count, ret_item) && rh_read_end(&reader) ? RH_OK : RH_MALFORMED;
}

/* ---- the header ---- */

static bool is_word(struct rh_text text, const char *word)
{
    return text.size == strlen(word) && memcmp(text.bytes, word, text.size) == 0;
}

/* Limits that this release does not know are skipped. */
static bool read_limits(struct rh_reader *reader, struct rh_limits *limits)
{
    size_t count;
    *limits = rh_limits_default();
    bool ok = rh_read_array(reader, &count);
    for (size_t i = 0; ok && i < count; i++) {
        size_t pair;
        struct rh_text field = {NULL, 0};
        uint32_t value = 0;
        ok = rh_read_array(reader, &pair) && pair == 2 && rh_read_text(reader, &field) &&
             read_u32(reader, &value);
#define X(name, production, hostile, sentence)                                                     \
    if (ok && is_word(field, #name)) {                                                             \
        limits->name = value;                                                                      \
    }
        RH_LIMITS_MAP(X)
#undef X
    }
    return ok;
}

static bool read_scenario(struct rh_reader *reader, struct rh_trace_info *info)
{
    bool ok = read_optional(reader, &info->scenario);
    info->has_scenario = info->scenario.bytes != NULL;
    return ok;
}

/* The digest at the end is of everything in front of it. */
static bool read_header_digest(struct rh_reader *reader, struct rh_item bytes,
                               struct rh_trace_info *info)
{
    uint8_t recorded[RH_TRACE_DIGEST_BYTES];
    uint8_t digest[RH_TRACE_DIGEST_BYTES];
    size_t covered = (size_t)(reader->at - bytes.bytes);
    if (!read_digest(reader, recorded)) {
        return false;
    }
    trace_digest(bytes.bytes, covered, digest);
    info->header_fits = memcmp(recorded, digest, sizeof digest) == 0;
    return true;
}

static bool read_world(struct rh_reader *reader, struct rh_trace_info *info)
{
    size_t bounds;
    return rh_read_text(reader, &info->strategy) && rh_read_uint(reader, &info->seed) &&
           rh_read_uint(reader, &info->run) && rh_read_bool(reader, &info->time_free) &&
           rh_read_uint(reader, &info->stall_max) && rh_read_array(reader, &bounds) &&
           bounds == 2 && rh_read_uint(reader, &info->events_max) &&
           rh_read_uint(reader, &info->instant_events_max) && read_limits(reader, &info->limits);
}

const char *trace_decode_header(struct rh_item bytes, struct rh_trace_info *ret_info)
{
    struct rh_reader reader;
    size_t count;
    uint64_t format;
    rh_reader_item(&reader, bytes);
    if (!rh_read_array(&reader, &count) || !rh_read_word(&reader, RH_TRACE_MAGIC)) {
        return "this is no trace of rehearse";
    }
    if (!rh_read_uint(&reader, &format)) {
        return "the header is not one of a trace";
    }
    if (format != RH_TRACE_FORMAT) {
        return "the trace has another format; only the release that wrote it can read it";
    }
    if (count != HEADER_ENTRIES || !rh_read_text(&reader, &ret_info->version) ||
        !read_optional(&reader, &ret_info->program) || !read_optional(&reader, &ret_info->path) ||
        !read_scenario(&reader, ret_info) || !read_world(&reader, ret_info) ||
        !read_header_digest(&reader, bytes, ret_info) || !rh_read_end(&reader)) {
        return "the header is not one of a trace";
    }
    return NULL;
}
