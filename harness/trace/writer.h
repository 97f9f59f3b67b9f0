/* SPDX-License-Identifier: MIT */
/** @file
 *  What hangs from a writer. Private to harness/trace. */
#ifndef HARNESS_TRACE_WRITER_H
#define HARNESS_TRACE_WRITER_H

#include "harness/trace/format.h"
#include "harness/trace/names.h"
#include "harness/trace/trace.h"

/** A strategy that passes every question on and writes the answer down. */
struct recorder {
    struct rh_strategy head;
    struct rh_strategy_functions functions;
    struct rh_strategy *inner;
    struct rh_trace_writer *writer;
};

/** What is in memory of a trace: the last digest, then whole items. */
struct segment {
    uint8_t *bytes;
    size_t used;
    size_t capacity;
};

struct rh_trace_writer {
    const struct rh_allocator *allocator;
    struct rh_trace_sink sink;
    struct rh_world *world;
    struct recorder recorder;
    enum rh_status status; /**< what went wrong first in this run */
    struct names names;
    struct segment segment;
    struct segment previous; /**< complete; kept for rh_trace_print_last */
    struct segment scratch;  /**< a payload whose actors were rewritten */
    uint64_t items;          /**< since the header, those of the segment apart */
    uint32_t segment_items;
    size_t quick_bytes; /**< up to where the segment takes events without any more questions */
    size_t flushed;     /**< of the segment: what the sink has already */
    struct rh_trace_header header;   /**< of the run under way */
    struct rh_world_options options; /**< of the header, for all but its strategy */
    const char *strategy;            /**< its name */
    bool has_begun;                  /**< the sink has the header */
    uint64_t step;
    rh_instant now;
    bool is_stopping; /**< the sink wants no more */
};

uint8_t *segment_grow(struct rh_trace_writer *writer, struct segment *segment, size_t bytes);
/** Make room for `bytes` more; NULL after a failure. Otherwise where they go. */
static inline uint8_t *segment_reserve(struct rh_trace_writer *writer, struct segment *segment,
                                       size_t bytes)
{
    return segment->capacity - segment->used >= bytes ? segment->bytes + segment->used
                                                      : segment_grow(writer, segment, bytes);
}

/** Return the number of an actor, told to the trace if this is its first mention. */
uint32_t writer_actor(struct rh_trace_writer *writer, const struct rh_pid *pid);

/** The byte that begins a pid or a reference in a payload, and every other tag. */
#define WRITER_TAG_BYTE 0xd8

/** Does the word hold the byte that begins a tag? */
static inline uint64_t writer_tag_in(uint64_t word)
{
    uint64_t zero = word ^ WRITER_TAG_BYTE * UINT64_C(0x0101010101010101);
    return (zero - UINT64_C(0x0101010101010101)) & ~zero & UINT64_C(0x8080808080808080);
}

/** Return whether the payload lies in its handle and stands in a trace as it is: no byte of the handle begins a tag. Bytes
 *  behind the item may say no in vain. */
static inline bool writer_is_plain(const struct rh_message *message)
{
    const unsigned char *at = (const unsigned char *)&message->small;
    uint64_t
        first; /* three names, of which each is one load; an array of them goes through memory */
    uint64_t second;
    uint64_t third;
    _Static_assert(sizeof message->small == 3 * sizeof first, "a small message is three words");
    memcpy(&first, at, sizeof first);
    memcpy(&second, at + 8, sizeof second);
    memcpy(&third, at + 16, sizeof third);
    uint64_t tags = writer_tag_in(first) | writer_tag_in(second) | writer_tag_in(third);
    return message->small.size - 1U < RH_MESSAGE_INLINE_BYTES && tags == 0;
}

/** Return the payload as the trace carries it: actors are numbers of the trace. The bytes are the message's own or the
 *  scratch's; size 0 without a payload. */
struct rh_item writer_payload(struct rh_trace_writer *writer, const struct rh_message *message);

/** Return whether text may stand in a trace as it is. */
bool writer_is_text(const char *text, size_t size);
/** Write text; what is no UTF-8 becomes question marks. Room: the size and a head. */
uint8_t *writer_text(uint8_t *at, const char *text, size_t size);

/** Write the header of the run to the sink. */
enum rh_status writer_header(const struct rh_trace_writer *writer);

#endif
