/* SPDX-License-Identifier: MIT */
/*
 * Strict where a writer leaves no choice: lengths, order, numbers of actors, entries that would have been left out. What it
 * does not refuse is a digest that does not fit. Somebody who edited a trace wants to hear what it changes, and that is
 * said by the replay that goes on from there, so a wrong digest is noted and reading goes on.
 *
 * Framing and validity are those of messages (rh_item_length), so the bytes of an item are checked once, before anything
 * looks into them.
 */
#include "harness/trace/reader.h"

#include "harness/trace/decode.h"
#include "harness/trace/digest.h"

#include <rehearse/allocator.h>

#include <string.h>

#define NAMES_AT_FIRST 16U

static enum rh_status refuse(struct rh_trace_reader *reader, enum rh_status status,
                             const char *flaw, size_t offset)
{
    reader->flaw = flaw;
    reader->flaw_offset = offset;
    return status;
}

/* Find the item at `at`: its bytes, or why there is none. */
static enum rh_status frame(struct rh_trace_reader *reader, struct rh_item *ret_bytes)
{
    size_t left = reader->size - reader->at;
    const uint8_t *begin = reader->bytes + reader->at;
    size_t length = 0;
    if (left == 0) {
        return refuse(reader, RH_TRUNCATED, "the trace ends here, without a footer", reader->at);
    }
    size_t visible = left < RH_TRACE_ITEM_BYTES_MAX ? left : RH_TRACE_ITEM_BYTES_MAX;
    enum rh_status status = rh_item_length(begin, visible, &length);
    if (status == RH_TRUNCATED && visible < left) {
        return refuse(reader, RH_LIMIT, "an item is larger than any that is written", reader->at);
    }
    if (status == RH_TRUNCATED) {
        return refuse(reader, status, "the trace was cut within an item", reader->at);
    }
    if (status != RH_OK) {
        return refuse(reader, status, "this is no item of a trace", reader->at);
    }
    *ret_bytes = (struct rh_item){begin, length};
    return RH_OK;
}

enum rh_status rh_trace_open(struct rh_trace_reader *reader, const struct rh_allocator *allocator,
                             const uint8_t *bytes, size_t size)
{
    *reader = (struct rh_trace_reader){
        .allocator = allocator != NULL ? allocator : rh_allocator_default(),
        .bytes = bytes,
        .size = size,
    };
    static const uint8_t magic[] = RH_TRACE_MAGIC;
    size_t magic_bytes = sizeof magic - 1;
    /* Anything else is told so before its bytes are called malformed. */
    if (size >= 2 + magic_bytes && memcmp(bytes + 2, magic, magic_bytes) != 0) {
        return refuse(reader, RH_MALFORMED, "this is no trace of rehearse", 0);
    }
    struct rh_item header;
    enum rh_status status = frame(reader, &header);
    if (status != RH_OK) {
        return status;
    }
    const char *flaw = trace_decode_header(header, &reader->info);
    if (flaw != NULL) {
        return refuse(reader, RH_MALFORMED, flaw, 0);
    }
    reader->body = header.size;
    rh_trace_rewind(reader);
    return RH_OK;
}

void rh_trace_close(struct rh_trace_reader *reader)
{
    if (reader->names != NULL) {
        reader->allocator->release(reader->allocator->self, reader->names,
                                   reader->name_capacity * sizeof *reader->names);
    }
    reader->names = NULL;
    reader->name_count = 0;
    reader->name_capacity = 0;
}

void rh_trace_rewind(struct rh_trace_reader *reader)
{
    reader->at = reader->body;
    reader->segment = reader->body;
    reader->name_count = 0;
    reader->items = 0;
    reader->step = 0;
    reader->now = 0;
    reader->is_ended = false;
    reader->is_edited = false;
    reader->edited_step = 0;
    reader->flaw = NULL;
    memset(reader->digest, 0, sizeof reader->digest);
}

static enum rh_status add_name(struct rh_trace_reader *reader, const struct rh_trace_item *item)
{
    if (item->actor != reader->name_count + 1) {
        return refuse(reader, RH_MALFORMED, "actors are numbered in order", item->offset);
    }
    if (reader->name_count == reader->name_capacity) {
        uint32_t capacity = reader->name_capacity == 0 ? NAMES_AT_FIRST : 2 * reader->name_capacity;
        struct rh_text *grown = reader->allocator->resize(reader->allocator->self, reader->names,
                                                          reader->name_capacity * sizeof *grown,
                                                          capacity * sizeof *grown);
        if (grown == NULL) {
            return refuse(reader, RH_NO_MEMORY, "there is not enough memory", item->offset);
        }
        reader->names = grown;
        reader->name_capacity = capacity;
    }
    reader->names[reader->name_count++] = item->name;
    return RH_OK;
}

/* Digest what has been read since the last digest, and compare. */
static enum rh_status check_digest(struct rh_trace_reader *reader, size_t end,
                                   const uint8_t recorded[RH_TRACE_DIGEST_BYTES])
{
    size_t covered = end - reader->segment;
    size_t size = RH_TRACE_DIGEST_BYTES + covered;
    uint8_t *bytes = reader->allocator->allocate(reader->allocator->self, size);
    if (bytes == NULL) {
        return refuse(reader, RH_NO_MEMORY, "there is not enough memory", end);
    }
    memcpy(bytes, reader->digest, RH_TRACE_DIGEST_BYTES);
    memcpy(bytes + RH_TRACE_DIGEST_BYTES, reader->bytes + reader->segment, covered);
    uint8_t digest[RH_TRACE_DIGEST_BYTES];
    trace_digest(bytes, size, digest);
    reader->allocator->release(reader->allocator->self, bytes, size);
    if (memcmp(digest, recorded, sizeof digest) != 0 && !reader->is_edited) {
        reader->is_edited = true;
        reader->edited_step = reader->step;
    }
    /* Go on from the recorded one: later pieces are judged by themselves. */
    memcpy(reader->digest, recorded, sizeof reader->digest);
    return RH_OK;
}

static bool knows(const struct rh_trace_reader *reader, uint32_t index)
{
    return index <= reader->name_count;
}

static enum rh_status check_actors(struct rh_trace_reader *reader, const struct rh_trace_item *item)
{
    bool ok =
        knows(reader, item->peer) && (item->code == RH_TRACE_NAME || knows(reader, item->actor));
    ok = ok && knows(reader, item->result.actors[0]) && knows(reader, item->result.actors[1]);
    return ok ? RH_OK
              : refuse(reader, RH_MALFORMED, "an actor that was never mentioned", item->offset);
}

static enum rh_status apply(struct rh_trace_reader *reader, struct rh_trace_item *item)
{
    item->offset = reader->at;
    enum rh_status status = check_actors(reader, item);
    if (status != RH_OK) {
        return status;
    }
    reader->now += item->now; /* decoded as a difference; wraps as it was made */
    item->now = reader->now;
    item->due = item->due == RH_NEVER ? RH_NEVER : item->due + reader->now;
    reader->step += item->code == RH_TRACE_STEP;
    item->step = reader->step;
    if (item->code == RH_TRACE_NAME) {
        status = add_name(reader, item);
    }
    if (item->code == RH_TRACE_DIGEST || item->code == RH_TRACE_FOOTER) {
        bool is_footer = item->code == RH_TRACE_FOOTER;
        uint64_t items = is_footer ? item->result.items : item->items;
        if (items != reader->items) {
            return refuse(reader, RH_MALFORMED, "the number of items is another", item->offset);
        }
        status = check_digest(reader, reader->at, is_footer ? item->result.digest : item->digest);
        reader->is_ended = is_footer;
        reader->segment = reader->at + item->bytes.size;
    } else {
        reader->items++;
    }
    return status;
}

enum rh_status rh_trace_next(struct rh_trace_reader *reader, struct rh_trace_item *ret_item)
{
    struct rh_item bytes;
    if (reader->is_ended && reader->at == reader->size) {
        return RH_DONE;
    }
    if (reader->is_ended) {
        return refuse(reader, RH_MALFORMED, "something follows the footer", reader->at);
    }
    enum rh_status status = frame(reader, &bytes);
    if (status != RH_OK) {
        return status;
    }
    status = rh_trace_decode(bytes, ret_item);
    if (status != RH_OK) {
        return refuse(reader, status, "this is no item of a trace", reader->at);
    }
    status = apply(reader, ret_item);
    if (status == RH_OK) {
        reader->at += bytes.size;
    }
    return status;
}

struct rh_text rh_trace_name(const struct rh_trace_reader *reader, uint32_t index)
{
    if (index == 0) {
        return (struct rh_text){"-", 1};
    }
    return index <= reader->name_count ? reader->names[index - 1] : (struct rh_text){"?", 1};
}
