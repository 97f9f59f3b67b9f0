/* SPDX-License-Identifier: MIT */
/*
 * The encoder. It runs on every event of every run, also where only the digest is wanted, and so does as little as it can:
 * one check for room, straight-line code for the ten entries that all events share (those that are zero at the end are
 * left out, by moving the end back), no table of fields, no allocation once the buffers have grown.
 *
 * Items gather in a segment behind the last digest. A full segment is digested in one go, closed by its digest, and
 * handed to the sink; the one before it stays in memory, because a panic wants to show the last events.
 *
 * What carries nothing is not written: a step of a node is the event that it begins with, so a step is written as the time
 * that has passed.
 *
 * The writer of the run under way is known to its thread and to nobody else: a panic hook has no argument.
 */
#include "harness/trace/writer.h"

#include "core/base/assert.h"

#include "harness/trace/digest.h"
#include "harness/trace/encode.h"

#define SEGMENT_ITEMS 1024U
#define SEGMENT_BYTES ((size_t)32768)
#define SEGMENT_BYTES_AT_FIRST ((size_t)2048) /* most runs are short */
/* No more than a step and a quick event, with what is copied along. */
#define QUICK_BYTES 64U
/* An event without its payload and its name. */
#define EVENT_BYTES 128U
/* Twelve heads, a digest, and the texts of a violation. */
#define FOOTER_BYTES (256U + 3U * RH_VIOLATION_TEXT_BYTES)
/* No name of an actor is longer; of a longer one the beginning is kept. */
#define NAME_BYTES 256U

static _Thread_local struct rh_trace_writer *current;

static void fail(struct rh_trace_writer *writer, enum rh_status status)
{
    if (writer->status == RH_OK) {
        writer->status = status;
        writer->quick_bytes = 0;
    }
}

/* Events are written quickly where there is room for one, and nobody looks at items. */
static void set_quick(struct rh_trace_writer *writer)
{
    size_t capacity = writer->segment.capacity;
    size_t most = capacity < SEGMENT_BYTES ? capacity : SEGMENT_BYTES;
    bool is_quick = most > QUICK_BYTES && writer->sink.item == NULL && writer->status == RH_OK;
    writer->quick_bytes = is_quick ? most - QUICK_BYTES : 0;
}

uint8_t *segment_grow(struct rh_trace_writer *writer, struct segment *segment, size_t bytes)
{
    size_t capacity = segment->capacity == 0 ? SEGMENT_BYTES_AT_FIRST : segment->capacity * 2;
    while (capacity - segment->used < bytes) {
        capacity *= 2;
    }
    uint8_t *grown = writer->allocator->resize(writer->allocator->self, segment->bytes,
                                               segment->capacity, capacity);
    if (grown == NULL) {
        fail(writer, RH_NO_MEMORY);
        return NULL;
    }
    segment->bytes = grown;
    segment->capacity = capacity;
    set_quick(writer);
    return segment->bytes + segment->used;
}

static void segment_release(struct rh_trace_writer *writer, struct segment *segment)
{
    writer->allocator->release(writer->allocator->self, segment->bytes, segment->capacity);
    *segment = (struct segment){0};
}

/* ---- items and segments ---- */

static void begin_sink(struct rh_trace_writer *writer)
{
    if (writer->sink.write != NULL && writer->status == RH_OK && !writer->has_begun) {
        writer->has_begun = true;
        enum rh_status status = writer_header(writer);
        if (status != RH_OK) {
            fail(writer, status);
        }
    }
}

static void hand_over(struct rh_trace_writer *writer)
{
    const struct segment *segment = &writer->segment;
    begin_sink(writer);
    if (writer->sink.write != NULL && writer->status == RH_OK && segment->used > writer->flushed) {
        enum rh_status status = writer->sink.write(
            writer->sink.self, segment->bytes + writer->flushed, segment->used - writer->flushed);
        if (status != RH_OK) {
            fail(writer, status);
        }
    }
    writer->flushed = segment->used;
}

RH_COLD static void show(struct rh_trace_writer *writer, const uint8_t *begin, const uint8_t *end)
{
    if (writer->sink.item != NULL && !writer->is_stopping &&
        !writer->sink.item(writer->sink.self, begin, (size_t)(end - begin))) {
        writer->is_stopping = true;
        if (writer->world != NULL) {
            rh_world_stop(writer->world);
        }
    }
}

/* Close the segment with its digest and start the next one, which begins with it. */
RH_COLD static void close_segment(struct rh_trace_writer *writer)
{
    uint8_t digest[RH_TRACE_DIGEST_BYTES];
    trace_digest(writer->segment.bytes, writer->segment.used, digest);
    uint8_t *begin = segment_reserve(writer, &writer->segment, 64);
    if (begin == NULL) {
        return;
    }
    uint8_t *at = encode_head(begin, ENCODE_ARRAY, 3);
    at = encode_uint(at, RH_TRACE_DIGEST);
    writer->items += writer->segment_items;
    writer->segment_items = 0;
    at = encode_uint(at, writer->items);
    at = encode_bytes(at, ENCODE_BYTES, digest, sizeof digest);
    writer->segment.used += (size_t)(at - begin);
    show(writer, begin, at);
    hand_over(writer);
    struct segment full = writer->segment;
    writer->segment = writer->previous;
    writer->previous = full;
    writer->segment.used = 0;
    set_quick(writer);
    uint8_t *start = segment_reserve(writer, &writer->segment, sizeof digest);
    if (start != NULL) {
        memcpy(start, digest, sizeof digest);
        writer->segment.used = sizeof digest;
        writer->flushed = sizeof digest;
    }
}

static inline void end_item(struct rh_trace_writer *writer, const uint8_t *begin,
                            const uint8_t *end)
{
    writer->segment.used += (size_t)(end - begin);
    writer->segment_items++;
    if (writer->sink.item != NULL) {
        show(writer, begin, end);
    }
    if (writer->segment.used >= SEGMENT_BYTES || writer->segment_items == SEGMENT_ITEMS) {
        close_segment(writer);
    }
}

RH_COLD static uint32_t introduce(struct rh_trace_writer *writer, struct rh_pid pid)
{
    char name[NAME_BYTES];
    size_t length = 0;
    uint32_t index = 0;
    if (writer->status != RH_OK) {
        return 0;
    }
    enum rh_status status = names_add(&writer->names, pid, &index);
    uint8_t *begin = segment_reserve(writer, &writer->segment, EVENT_BYTES + NAME_BYTES);
    if (status != RH_OK || begin == NULL) {
        fail(writer, RH_NO_MEMORY);
        return 0;
    }
    length = rh_world_actor_name(writer->world, pid, name, sizeof name);
    length = length < sizeof name ? length : sizeof name - 1;
    uint8_t *at = encode_head(begin, ENCODE_ARRAY, 3);
    at = encode_uint(at, RH_TRACE_NAME);
    at = encode_uint(at, index);
    at = writer_text(at, name, length);
    end_item(writer, begin, at);
    return index;
}

static inline uint32_t actor_of(struct rh_trace_writer *writer, const struct rh_pid *pid)
{
    uint32_t index = names_find(&writer->names, pid);
    return index != 0 || rh_pid_is_none(*pid) ? index : introduce(writer, *pid);
}

uint32_t writer_actor(struct rh_trace_writer *writer, const struct rh_pid *pid)
{
    return actor_of(writer, pid);
}

/* ---- records ---- */

/* Steps of nodes are not told, but seen by the first event of them; those without any come with the next that has one. */
RH_APART static void write_steps(struct rh_trace_writer *writer, uint64_t step, rh_instant now)
{
    while (writer->step < step) {
        uint8_t *begin = segment_reserve(writer, &writer->segment, EVENT_BYTES);
        if (begin == NULL) {
            return;
        }
        writer->step++;
        bool passed = writer->step == step && now != writer->now;
        uint8_t *at = encode_head(begin, ENCODE_ARRAY, passed ? 2 : 1);
        at = encode_uint(at, RH_TRACE_STEP);
        if (passed) {
            at = encode_difference(at, now, writer->now);
            writer->now = now;
        }
        end_item(writer, begin, at);
    }
}

RH_COLD static void write_source(struct rh_trace_writer *writer, const struct rh_record *record)
{
    const struct rh_event *event = record->event;
    write_steps(writer, record->step - 1, writer->now);
    uint32_t actor = writer_actor(writer, &event->actor);
    uint8_t *begin = segment_reserve(writer, &writer->segment, EVENT_BYTES);
    if (begin == NULL) {
        return;
    }
    uint8_t *at = encode_head(begin, ENCODE_ARRAY, 5);
    at = encode_uint(at, RH_TRACE_STEP);
    at = encode_difference(at, event->now, writer->now);
    at = encode_uint(at, record->node + (uint64_t)1);
    at = encode_uint(at, event->ordinal);
    at = encode_uint(at, actor);
    writer->now = event->now;
    writer->step++;
    end_item(writer, begin, at);
}

RH_COLD static void write_time(struct rh_trace_writer *writer, rh_instant now)
{
    uint8_t *begin = segment_reserve(writer, &writer->segment, EVENT_BYTES);
    if (begin == NULL) {
        return;
    }
    uint8_t *at = encode_head(begin, ENCODE_ARRAY, 2);
    at = encode_uint(at, RH_TRACE_TIME);
    at = encode_difference(at, now, writer->now);
    writer->now = now;
    end_item(writer, begin, at);
}

static uint8_t *put_payload(uint8_t *at, struct rh_item payload)
{
    if (payload.size == 0) {
        *at = ENCODE_NULL;
        return at + 1;
    }
    *at++ = 0x81; /* an array of one: null is a payload too */
    memcpy(at, payload.bytes, payload.size);
    return at + payload.size;
}

static uint8_t *put_due(uint8_t *at, const struct rh_event *event)
{
    if (event->due == RH_NEVER) {
        *at = ENCODE_NULL;
        return at + 1;
    }
    return encode_difference(at, event->due, event->now);
}

/* The entries behind the payload, in order. `used` counts the entries up to the last that is not zero. */
static uint8_t *put_rest(uint8_t *at, const struct rh_event *event, size_t name_bytes,
                         unsigned *used)
{
    bool numbered = (RH_TRACE_NUMBERED >> event->kind & 1) != 0 && event->number != 0;
    bool timed = (RH_TRACE_DUE >> event->kind & 1) != 0 && event->due != event->now;
    unsigned last = timed                       ? 11
                    : numbered                  ? 10
                    : event->status != RH_OK    ? 9
                    : event->why != RH_WHY_NONE ? 8
                    : event->name != NULL       ? 7
                    : event->ordinal != 0       ? 6
                                                : *used;
    *used = last > *used ? last : *used;
    if (last >= 6) {
        at = encode_uint(at, event->ordinal);
    }
    if (last >= 7 && event->name != NULL) {
        at = writer_text(at, event->name, name_bytes);
    } else if (last >= 7) {
        *at++ = ENCODE_NULL;
    }
    if (last >= 8) {
        at = encode_uint(at, (uint64_t)event->why);
    }
    if (last >= 9) {
        at = encode_uint(at, (uint64_t)event->status);
    }
    if (last >= 10) {
        at = encode_uint(at, numbered ? event->number : 0);
    }
    return timed ? put_due(at, event) : at;
}

/* Most events: a signal between two who are known, with a small payload that stands in the trace as it is, and nothing
 * behind it that is not zero; perhaps the first of its step, and no time has passed. Straight-line code, with the question
 * whether this is one; false: it is not, and nothing is written. The segment is not full behind it. */
static inline bool write_quickly(struct rh_trace_writer *writer, const struct rh_record *record)
{
    const struct rh_event *event = record->event;
    const uint64_t kinds = ~(uint64_t)(RH_TRACE_NUMBERED | RH_TRACE_DUE);
    uint64_t steps = record->step - writer->step;
    if (writer->segment.used >= writer->quick_bytes || writer->segment_items > SEGMENT_ITEMS - 3 ||
        record->kind != RH_RECORD_EVENT || steps > 1 || event->now != writer->now ||
        event->name != NULL ||
        (event->ordinal | (uint64_t)event->why | (uint64_t)event->status) != 0 ||
        (kinds >> event->kind & 1) == 0 || event->message == NULL ||
        !writer_is_plain(event->message)) {
        return false;
    }
    const struct name_head *actor = names_head(&writer->names, &event->actor);
    const struct name_head *peer = names_head(&writer->names, &event->peer);
    if (actor == NULL || peer == NULL) {
        return false;
    }
    /* Copies are of constant size; what they are for is the beginning of them. */
    uint8_t *at = writer->segment.bytes + writer->segment.used;
    at[0] = 0x81;
    at[1] = RH_TRACE_STEP;
    at += 2 * steps;
    *at = 0x85;
    at = encode_uint(at + 1, (uint64_t)RH_TRACE_EVENT + (uint64_t)event->kind);
    memcpy(at, actor->bytes, sizeof actor->bytes);
    at += actor->size;
    memcpy(at, peer->bytes, sizeof peer->bytes);
    at = encode_uint(at + peer->size, (uint64_t)event->signal);
    *at++ = 0x81;
    memcpy(at, event->message->small.bytes, RH_MESSAGE_INLINE_BYTES);
    at += event->message->small.size;
    writer->segment.used = (size_t)(at - writer->segment.bytes);
    writer->segment_items += 1 + (uint32_t)steps;
    writer->step = record->step;
    return true;
}

RH_COLD static void write_event(struct rh_trace_writer *writer, const struct rh_event *event)
{
    uint32_t actor = writer_actor(writer, &event->actor);
    uint32_t peer = writer_actor(writer, &event->peer);
    struct rh_item payload = writer_payload(writer, event->message);
    size_t name_bytes = event->name == NULL ? 0 : strlen(event->name);
    uint8_t *begin =
        segment_reserve(writer, &writer->segment, EVENT_BYTES + payload.size + name_bytes);
    if (begin == NULL) {
        return;
    }
    uint8_t *at = encode_uint(begin + 1, (uint64_t)RH_TRACE_EVENT + (uint64_t)event->kind);
    at = encode_uint(at, actor);
    uint8_t *ends[3] = {at, NULL, NULL};
    at = ends[1] = encode_uint(at, peer);
    at = ends[2] = encode_uint(at, (uint64_t)event->signal);
    at = put_payload(at, payload);
    unsigned used = payload.size != 0 ? 5 : event->signal != 0 ? 4 : peer != 0 ? 3 : 2;
    unsigned before = used;
    uint8_t *end = put_rest(at, event, name_bytes, &used);
    if (used == before && used < 5) {
        end = ends[used - 2];
    }
    *begin = (uint8_t)(0x80 + used);
    end_item(writer, begin, end);
}

RH_COLD static void write_fault(struct rh_trace_writer *writer, const struct rh_event *event)
{
    uint32_t actor = writer_actor(writer, &event->actor);
    struct rh_item payload = writer_payload(writer, event->message);
    uint8_t *begin =
        segment_reserve(writer, &writer->segment, EVENT_BYTES + payload.size + strlen(event->name));
    if (begin == NULL) {
        return;
    }
    uint8_t *at = encode_head(begin, ENCODE_ARRAY, 4);
    at = encode_uint(at, RH_TRACE_FAULT);
    at = writer_text(at, event->name, strlen(event->name));
    at = encode_uint(at, actor);
    end_item(writer, begin, put_payload(at, payload));
}

RH_COLD static void write_phase(struct rh_trace_writer *writer, const struct rh_event *event)
{
    uint8_t *begin = segment_reserve(writer, &writer->segment, EVENT_BYTES + strlen(event->name));
    if (begin == NULL) {
        return;
    }
    uint8_t *at = encode_head(begin, ENCODE_ARRAY, 2);
    at = encode_uint(at, RH_TRACE_PHASE);
    end_item(writer, begin, writer_text(at, event->name, strlen(event->name)));
}

static void write_pipe(struct rh_trace_writer *writer, const struct rh_event *event)
{
    uint32_t actor = writer_actor(writer, &event->actor);
    uint8_t *begin = segment_reserve(writer, &writer->segment, EVENT_BYTES + strlen(event->name));
    if (begin == NULL) {
        return;
    }
    enum rh_io_kind news = (enum rh_io_kind)event->ordinal;
    const char *word = rh_io_kind_word(news);
    uint8_t *at = encode_head(begin, ENCODE_ARRAY, 5);
    at = encode_uint(at, RH_TRACE_PIPE);
    at = encode_uint(at, actor);
    at = writer_text(at, word, strlen(word));
    at = writer_text(at, event->name, strlen(event->name));
    if (news == RH_IO_CLOSED) {
        const char *why = rh_close_word((enum rh_close_why)event->number);
        at = writer_text(at, why, strlen(why));
    } else {
        at = encode_uint(at, event->number);
    }
    end_item(writer, begin, at);
}

RH_COLD static void write_other(struct rh_trace_writer *writer, const struct rh_record *record)
{
    if (record->event->now != writer->now) {
        write_time(writer, record->event->now);
    }
    switch (record->kind) {
    case RH_RECORD_FAULT:
        write_fault(writer, record->event);
        break;
    case RH_RECORD_PHASE:
        write_phase(writer, record->event);
        break;
    case RH_RECORD_PIPE:
        write_pipe(writer, record->event);
        break;
    default:
        write_event(writer, record->event);
        break;
    }
}

RH_APART static void write_slowly(struct rh_trace_writer *writer, const struct rh_record *record)
{
    if (writer->status != RH_OK) {
        return;
    }
    if (record->kind == RH_RECORD_STEP) {
        write_source(writer, record);
        return;
    }
    if (record->step != writer->step) {
        write_steps(writer, record->step, record->event->now);
    }
    write_other(writer, record);
}

static void on_record(void *self, const struct rh_record *record)
{
    if (!write_quickly(self, record)) {
        write_slowly(self, record);
    }
}

/* ---- decisions ---- */

static void write_decision(struct rh_trace_writer *writer, struct rh_decision decision)
{
    uint8_t *begin = segment_reserve(writer, &writer->segment, EVENT_BYTES);
    if (begin == NULL) {
        return;
    }
    uint8_t *at = encode_head(begin, ENCODE_ARRAY, 4);
    at = encode_uint(at, RH_TRACE_DECISION);
    at = encode_uint(at, (uint64_t)decision.site);
    at = encode_uint(at, decision.count);
    at = encode_uint(at, decision.chosen);
    end_item(writer, begin, at);
}

static uint32_t recorder_below(struct rh_strategy *self, enum rh_site site, uint32_t count,
                               const struct rh_candidate *candidates)
{
    struct recorder *recorder = (struct recorder *)self;
    recorder->inner->line = self->line;
    recorder->inner->line_self = self->line_self;
    uint32_t chosen = rh_choice_below(recorder->inner, site, count, candidates);
    if (count > 1 && recorder->writer->status == RH_OK) {
        write_decision(recorder->writer, (struct rh_decision){site, count, chosen});
    }
    return chosen;
}

static void recorder_begin(struct rh_strategy *self)
{
    rh_strategy_begin(((struct recorder *)self)->inner);
}

static void recorder_did(struct rh_strategy *self, const struct rh_followed *deed)
{
    struct rh_strategy *inner = ((struct recorder *)self)->inner;
    inner->functions->did(inner, deed);
}

static bool recorder_cuts(const struct rh_strategy *self)
{
    return rh_strategy_cuts(((const struct recorder *)self)->inner);
}

static bool recorder_end(struct rh_strategy *self)
{
    return rh_strategy_end(((struct recorder *)self)->inner);
}

static void recorder_destroy(struct rh_strategy *self)
{
    (void)self; /* part of the writer */
}

struct rh_strategy *rh_trace_strategy(struct rh_trace_writer *writer, struct rh_strategy *inner)
{
    struct recorder *recorder = &writer->recorder;
    recorder->functions = (struct rh_strategy_functions){
        .name = inner->functions->name,
        .first_only = inner->functions->first_only,
        .sees_forced = inner->functions->sees_forced,
        .begin = recorder_begin,
        .below = recorder_below,
        .did = rh_strategy_follows(inner) ? recorder_did : NULL,
        .cuts = recorder_cuts,
        .end = recorder_end,
        .destroy = recorder_destroy,
    };
    recorder->head = (struct rh_strategy){.functions = &recorder->functions};
    recorder->inner = inner;
    recorder->writer = writer;
    return &recorder->head;
}

/* ---- the life of a writer ---- */

enum rh_status rh_trace_writer_create(const struct rh_allocator *allocator,
                                      struct rh_trace_writer **ret_writer)
{
    const struct rh_allocator *with = allocator != NULL ? allocator : rh_allocator_default();
    struct rh_trace_writer *writer = with->allocate(with->self, sizeof *writer);
    if (writer == NULL) {
        return RH_NO_MEMORY;
    }
    *writer = (struct rh_trace_writer){.allocator = with};
    names_init(&writer->names, with);
    *ret_writer = writer;
    return RH_OK;
}

void rh_trace_writer_destroy(struct rh_trace_writer *writer)
{
    if (writer == NULL) {
        return;
    }
    if (current == writer) {
        current = NULL;
    }
    names_deinit(&writer->names);
    segment_release(writer, &writer->segment);
    segment_release(writer, &writer->previous);
    segment_release(writer, &writer->scratch);
    writer->allocator->release(writer->allocator->self, writer, sizeof *writer);
}

enum rh_status rh_trace_begin(struct rh_trace_writer *writer, const struct rh_trace_header *header,
                              const struct rh_trace_sink *sink)
{
    static const struct rh_trace_sink nowhere = {0};
    writer->sink = sink == NULL ? nowhere : *sink;
    writer->world = NULL;
    writer->status = RH_OK;
    writer->items = 0;
    writer->segment_items = 0;
    writer->header = *header;
    writer->options = *header->world;
    writer->strategy =
        header->world->strategy == NULL ? "-" : header->world->strategy->functions->name;
    writer->has_begun = false;
    writer->step = 0;
    writer->now = 0;
    writer->is_stopping = false;
    writer->previous.used = 0;
    writer->segment.used = 0;
    names_clear(&writer->names);
    set_quick(writer);
    uint8_t *start = segment_reserve(writer, &writer->segment, RH_TRACE_DIGEST_BYTES);
    if (start == NULL) {
        return RH_NO_MEMORY;
    }
    memset(start, 0, RH_TRACE_DIGEST_BYTES);
    writer->segment.used = RH_TRACE_DIGEST_BYTES;
    writer->flushed = RH_TRACE_DIGEST_BYTES;
    current = writer;
    if (!writer->sink.is_patient) {
        begin_sink(writer);
    }
    return writer->status;
}

bool rh_trace_has_begun(const struct rh_trace_writer *writer)
{
    return writer->has_begun;
}

void rh_trace_go_on(struct rh_trace_writer *writer, uint64_t run, uint64_t seed,
                    const struct rh_strategy *strategy, const struct rh_trace_sink *sink)
{
    RH_ASSERT(!writer->has_begun && sink->item == NULL && writer->sink.item == NULL);
    writer->header.run = run;
    writer->options.seed = seed;
    writer->strategy = strategy->functions->name;
    writer->sink = *sink;
    current = writer;
}

enum rh_status rh_trace_attach(struct rh_trace_writer *writer, struct rh_world *world)
{
    struct rh_listener listener = {RH_LISTEN_ALL & ~RH_LISTEN_RECORD(STEP), on_record, writer};
    writer->world = world;
    return rh_world_listen(world, &listener);
}

static uint8_t *put_violation(uint8_t *at, const struct rh_violation *violation,
                              const uint32_t actors[2])
{
    if (violation == NULL) {
        *at = ENCODE_NULL;
        return at + 1;
    }
    at = encode_head(at, ENCODE_ARRAY, 8);
    at = writer_text(at, violation->invariant, strnlen(violation->invariant, NAME_BYTES));
    at = encode_uint(at, violation->step);
    at = encode_uint(at, actors[0]);
    at = encode_uint(at, actors[1]);
    at =
        writer_text(at, violation->expected, strnlen(violation->expected, RH_VIOLATION_TEXT_BYTES));
    at =
        writer_text(at, violation->observed, strnlen(violation->observed, RH_VIOLATION_TEXT_BYTES));
    at = encode_uint(at, violation->line);
    return encode_uint(at, violation->column);
}

static void write_footer(struct rh_trace_writer *writer, const struct rh_trace_footer *footer,
                         const uint8_t digest[RH_TRACE_DIGEST_BYTES], const uint32_t actors[2])
{
    uint8_t *begin = segment_reserve(writer, &writer->segment, FOOTER_BYTES);
    if (begin == NULL) {
        return;
    }
    uint8_t *at = encode_head(begin, ENCODE_ARRAY, 6);
    at = encode_uint(at, RH_TRACE_FOOTER);
    at = encode_uint(at, writer->items + writer->segment_items);
    at = encode_bytes(at, ENCODE_BYTES, digest, RH_TRACE_DIGEST_BYTES);
    at = encode_uint(at, (uint64_t)footer->end);
    at = encode_uint(at, (uint64_t)footer->verdict);
    at = put_violation(at, footer->violation, actors);
    writer->segment.used += (size_t)(at - begin);
    show(writer, begin, at);
}

enum rh_status rh_trace_end(struct rh_trace_writer *writer, const struct rh_trace_footer *footer,
                            uint64_t ret_digest[2])
{
    uint8_t digest[RH_TRACE_DIGEST_BYTES] = {0};
    current = NULL;
    uint32_t actors[2] = {0, 0};
    if (writer->world != NULL && writer->status == RH_OK) {
        write_steps(writer, rh_world_steps(writer->world), writer->now);
    }
    for (size_t i = 0; i < 2 && footer->violation != NULL && writer->status == RH_OK; i++) {
        actors[i] = writer_actor(writer, &footer->violation->actors[i]);
    }
    if (writer->status == RH_OK) {
        trace_digest(writer->segment.bytes, writer->segment.used, digest);
        write_footer(writer, footer, digest, actors);
    }
    if (writer->has_begun || !footer->is_unwanted) {
        hand_over(writer);
    }
    if (ret_digest != NULL) {
        trace_digest_words(digest, ret_digest);
    }
    writer->world = NULL;
    writer->header.path = NULL;
    return writer->status;
}

void rh_trace_flush(struct rh_trace_writer *writer)
{
    hand_over(writer);
}

struct rh_trace_writer *rh_trace_current(void)
{
    return current;
}

const char *rh_trace_path(const struct rh_trace_writer *writer)
{
    return writer->header.path;
}

uint64_t rh_trace_seed(const struct rh_trace_writer *writer)
{
    return writer->options.seed;
}

uint64_t rh_trace_step(const struct rh_trace_writer *writer)
{
    return writer->world != NULL ? rh_world_steps(writer->world) : writer->step;
}

rh_instant rh_trace_now(const struct rh_trace_writer *writer)
{
    return writer->now;
}
