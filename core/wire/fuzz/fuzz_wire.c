/* SPDX-License-Identifier: MIT */
/* Bytes of a peer, up to the frames that they mean. The first byte says how they come: bit 0 from a plain peer; bit 1 as one
 * frame, so that decoding is reached without a header; the rest draws where the stream is cut.
 *
 * Cut anywhere, a stream gives the frames and the end that it gives byte by byte, and never more is kept than one frame.
 * What the decoder takes is one item to libcbor, is of the subset to core/message, and comes out of the encoder as it went
 * in; what is no array to the one is none to the other. Frames are decoded in blocks of their exact size. */
#include "core/base/assert.h"
#include "core/base/random.h"
#include "core/message/head.h"
#include "core/wire/frame.h"
#include "core/wire/wire.h"

#include <cbor.h>
#include <stdlib.h>
#include <string.h>

#define FRAME_BYTES_MAX 200u

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* From 0.9 on the callbacks take counts as uint64_t. */
#if CBOR_MAJOR_VERSION > 0 || CBOR_MINOR_VERSION >= 9
typedef uint64_t cbor_count;
#else
typedef size_t cbor_count;
#endif

/* ---- libcbor's opinion ---- */

struct pending {
    uint64_t items;
    uint64_t most;
    bool undefined;
    bool array; /* the first head is one of definite length */
    bool first;
    bool open; /* an item of indefinite length: nothing of ours */
};

static void more(struct pending *pending, uint64_t items)
{
    uint64_t room = pending->most - pending->items;
    pending->items += items < room ? items : room;
}

static void on_array(void *context, cbor_count count)
{
    struct pending *pending = context;
    pending->array = pending->array || pending->first;
    more(pending, count);
}

static void on_map(void *context, cbor_count count)
{
    more(context, count > UINT32_MAX ? UINT32_MAX : 2 * (uint64_t)count);
}

static void on_tag(void *context, uint64_t tag)
{
    (void)tag;
    more(context, 1);
}

static void on_undefined(void *context)
{
    ((struct pending *)context)->undefined = true;
}

static void on_open(void *context)
{
    ((struct pending *)context)->open = true;
}

/* Read one item; whether it is there, closed at every level, and all of the bytes. */
static bool libcbor_reads(const uint8_t *bytes, size_t size, struct pending *ret_pending)
{
    struct cbor_callbacks callbacks = cbor_empty_callbacks;
    struct pending pending = {.items = 1, .most = UINT32_MAX, .first = true};
    size_t at = 0;
    bool reads = true;
    callbacks.array_start = on_array;
    callbacks.map_start = on_map;
    callbacks.tag = on_tag;
    callbacks.undefined = on_undefined;
    callbacks.byte_string_start = on_open;
    callbacks.string_start = on_open;
    callbacks.indef_array_start = on_open;
    callbacks.indef_map_start = on_open;
    callbacks.indef_break = on_open;
    while (pending.items > 0 && reads) {
        struct cbor_decoder_result result =
            cbor_stream_decode(bytes + at, size - at, &callbacks, &pending);
        reads = result.status == CBOR_DECODER_FINISHED && !pending.open;
        at += reads ? result.read : 0;
        pending.items -= reads ? 1 : 0;
        pending.first = false;
    }
    *ret_pending = pending;
    return reads && at == size;
}

/* ---- One frame ---- */

static bool item_equal(struct rh_item a, struct rh_item b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.bytes, b.bytes, a.size) == 0);
}

static void check_equal(const struct wire_message *a, const struct wire_message *b)
{
    RH_ASSERT(a->verb == b->verb);
    RH_ASSERT(a->from == b->from);
    RH_ASSERT(a->to == b->to);
    RH_ASSERT(a->reference == b->reference);
    RH_ASSERT(memcmp(a->numbers, b->numbers, sizeof(a->numbers)) == 0);
    RH_ASSERT(item_equal(a->name, b->name));
    RH_ASSERT(item_equal(a->item, b->item));
    RH_ASSERT(item_equal(a->reason, b->reason));
}

static void check_good(const uint8_t *frame, size_t size, const struct rh_limits *limits,
                       bool plain, const struct wire_message *message,
                       const struct pending *pending)
{
    size_t needed = wire_size(message);
    uint8_t *again = malloc(needed);
    RH_ASSERT(again != NULL);
    RH_ASSERT(needed == FRAME_HEADER_BYTES + size);
    RH_ASSERT(wire_encode(message, again, needed) == needed);
    RH_ASSERT(memcmp(again + FRAME_HEADER_BYTES, frame, size) == 0);
    free(again);
    RH_ASSERT(pending->undefined || rh_item_validate(NULL, frame, size, NULL) == RH_OK);
    RH_ASSERT(message->item.size == 0 ||
              rh_item_validate(limits, message->item.bytes, message->item.size, NULL) == RH_OK);
    RH_ASSERT(message->reason.size <= limits->reason_bytes_max);
    RH_ASSERT(message->name.size <= limits->name_bytes_max);
    if (plain) {
        struct wire_message freely;
        RH_ASSERT(wire_decode(frame, size, limits, false, &freely) == WIRE_OK);
        RH_ASSERT(wire_verb_is_plain(message->verb));
        check_equal(message, &freely);
    }
}

static void check_frame(const uint8_t *bytes, size_t size, bool plain)
{
    struct rh_limits limits = rh_limits_hostile();
    struct wire_message message;
    struct pending pending;
    uint8_t *frame = malloc(size > 0 ? size : 1);
    RH_ASSERT(frame != NULL);
    memcpy(frame, bytes, size);
    enum wire_result result = wire_decode(frame, size, &limits, plain, &message);
    bool reads = libcbor_reads(frame, size, &pending);
    RH_ASSERT((result == WIRE_NOT_AN_ARRAY) == !pending.array);
    if (result == WIRE_OK) {
        RH_ASSERT(reads);
        check_good(frame, size, &limits, plain, &message, &pending);
    } else {
        RH_ASSERT(message.item.size == 0);
    }
    free(frame);
}

/* ---- The stream ---- */

struct outcome {
    uint64_t frames; /* all that was cut, mixed */
    size_t count;
    enum frame_result last;
    uint32_t kept;
};

static void feed(struct frame_cutter *cutter, const uint8_t *input, size_t size,
                 struct outcome *outcome)
{
    const uint8_t *frame = NULL;
    size_t frame_size = 0;
    while ((outcome->last = frame_next(cutter, &input, &size, &frame, &frame_size)) ==
           FRAME_COMPLETE) {
        RH_ASSERT(frame_size <= FRAME_BYTES_MAX);
        outcome->count++;
        outcome->frames = random_mix(outcome->frames + frame_size);
        for (size_t i = 0; i < frame_size; i++) {
            outcome->frames = (outcome->frames ^ frame[i]) * RANDOM_STRIDE;
        }
    }
    RH_ASSERT(cutter->kept <= FRAME_BYTES_MAX + FRAME_HEADER_BYTES);
    RH_ASSERT(outcome->last == FRAME_MORE || cutter->kept == 0);
    RH_ASSERT(outcome->last != FRAME_MORE || size == 0);
    outcome->kept = cutter->kept;
}

/* Cut the stream into pieces of up to `piece_max` bytes. */
static struct outcome play(const uint8_t *bytes, size_t size, uint64_t piece_max, uint64_t stream)
{
    struct outcome outcome = {.frames = 0};
    struct frame_cutter cutter;
    uint64_t draws = 0;
    uint8_t buffer[FRAME_BYTES_MAX + FRAME_HEADER_BYTES];
    frame_cutter_init(&cutter, buffer, FRAME_BYTES_MAX);
    for (size_t at = 0; at < size;) {
        size_t piece = (size_t)(1 + random_below(stream, &draws, piece_max));
        piece = piece < size - at ? piece : size - at;
        feed(&cutter, bytes + at, piece, &outcome);
        at += piece;
    }
    return outcome;
}

static void check_frames(const uint8_t *input, size_t size, bool plain)
{
    struct frame_cutter cutter;
    uint8_t buffer[FRAME_BYTES_MAX + FRAME_HEADER_BYTES];
    const uint8_t *frame = NULL;
    size_t frame_size = 0;
    frame_cutter_init(&cutter, buffer, FRAME_BYTES_MAX);
    while (frame_next(&cutter, &input, &size, &frame, &frame_size) == FRAME_COMPLETE) {
        check_frame(frame, frame_size, plain);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size < 2) {
        return 0;
    }
    bool plain = (bytes[0] & 1U) != 0;
    bytes++;
    size--;
    if ((bytes[-1] & 2U) != 0) {
        check_frame(bytes, size, plain);
        return 0;
    }
    uint64_t stream = random_stream(bytes[-1] >> 2, size);
    struct outcome whole = play(bytes, size, 1, stream);
    for (uint64_t piece_max = 8; piece_max <= 4096; piece_max *= 8) {
        struct outcome cut = play(bytes, size, piece_max, stream);
        RH_ASSERT(cut.frames == whole.frames);
        RH_ASSERT(cut.count == whole.count);
        RH_ASSERT(cut.last == whole.last);
        RH_ASSERT(cut.kept == whole.kept);
    }
    check_frames(bytes, size, plain);
    return 0;
}
