/* SPDX-License-Identifier: MIT */
/* The header: everything that it takes to have the run again, with the whole text of its scenario. */
#include "harness/trace/digest.h"
#include "harness/trace/encode.h"
#include "harness/trace/writer.h"

#include <rehearse/version.h>

#define HEADER_ENTRIES 14
/* Everything in a header but the texts that come from outside. */
#define HEADER_BYTES 2048

static uint8_t *put_word(uint8_t *at, const char *word)
{
    return encode_bytes(at, ENCODE_TEXT, word, strlen(word));
}

static uint8_t *put_optional(uint8_t *at, const char *text, size_t size)
{
    if (text == NULL) {
        *at = ENCODE_NULL;
        return at + 1;
    }
    return writer_text(at, text, size);
}

static uint8_t *put_limits(uint8_t *at, const struct rh_limits *limits)
{
    struct rh_limits used = limits == NULL ? rh_limits_default() : *limits;
#define X(field, production, hostile, sentence) +1
    at = encode_head(at, ENCODE_ARRAY, 0 RH_LIMITS_MAP(X));
#undef X
#define X(field, production, hostile, sentence)                                                    \
    at = encode_head(at, ENCODE_ARRAY, 2);                                                         \
    at = put_word(at, #field);                                                                     \
    at = encode_uint(at, used.field);
    RH_LIMITS_MAP(X)
#undef X
    return at;
}

static uint8_t *put_world(uint8_t *at, const struct rh_world_options *world, const char *strategy,
                          uint64_t run)
{
    at = put_word(at, strategy);
    at = encode_uint(at, world->seed);
    at = encode_uint(at, run);
    *at++ = world->time_free ? ENCODE_TRUE : ENCODE_FALSE;
    at = encode_uint(at, world->stall_max);
    at = encode_head(at, ENCODE_ARRAY, 2);
    at = encode_uint(at, world->events_max);
    at = encode_uint(at, world->instant_events_max);
    return put_limits(at, world->limits);
}

enum rh_status writer_header(const struct rh_trace_writer *writer)
{
    const struct rh_allocator *allocator = writer->allocator;
    const struct rh_trace_header *header = &writer->header;
    size_t program_bytes = header->program == NULL ? 0 : strlen(header->program);
    size_t path_bytes = header->path == NULL ? 0 : strlen(header->path);
    size_t size = HEADER_BYTES + program_bytes + path_bytes + header->text_bytes;
    uint8_t *bytes = allocator->allocate(allocator->self, size);
    if (bytes == NULL) {
        return RH_NO_MEMORY;
    }
    uint8_t *at = encode_head(bytes, ENCODE_ARRAY, HEADER_ENTRIES);
    at = put_word(at, RH_TRACE_MAGIC);
    at = encode_uint(at, RH_TRACE_FORMAT);
    at = put_word(at, rh_version());
    at = put_optional(at, header->program, program_bytes);
    at = put_optional(at, header->path, path_bytes);
    at = put_optional(at, header->text, header->text_bytes);
    at = put_world(at, &writer->options, writer->strategy, header->run);
    uint8_t digest[RH_TRACE_DIGEST_BYTES];
    trace_digest(bytes, (size_t)(at - bytes), digest); /* of everything in front of it */
    at = encode_bytes(at, ENCODE_BYTES, digest, sizeof digest);
    enum rh_status status = writer->sink.write(writer->sink.self, bytes, (size_t)(at - bytes));
    allocator->release(allocator->self, bytes, size);
    return status;
}
