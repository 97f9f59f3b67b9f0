/* SPDX-License-Identifier: MIT */
/* Reading the wire: frames of ["send", 7, 8, payload], cut out of a stream that comes in reads of 64 KiB and decoded, payload
 * validated. The frames do not divide the reads, so that one frame in each arrives in two pieces. A payload has 1 KiB. Rows:
 *
 *      memcpy      the floor: every byte of the stream is copied once
 *      bytes       the payload is one byte string
 *      text        the payload is one text, which has to be UTF-8
 *      values      the payload is an array of small integers, words and pids, which are looked at one by one */
#include "bench/measure.h"

#include "core/wire/frame.h"
#include "core/wire/wire.h"

#include <stdlib.h>
#include <string.h>

#define PAYLOAD_BYTES 1024u
#define READ_BYTES 65536u

static struct rh_limits limits;
static struct {
    uint8_t *bytes; /* of whole frames, and many more of them than a read has */
    size_t size;
    size_t frames;
} stream;

static struct rh_message values(void)
{
    const struct rh_pid pid = {1, 1, 500, 3};
    struct rh_builder builder;
    rh_builder_init(&builder, NULL, PAYLOAD_BYTES);
    rh_build_array(&builder, 168);
    for (int64_t i = 0; i < 56; i++) {
        rh_build_int(&builder, 300 * i);
        rh_build_text(&builder, "words", 5);
        rh_build_pid(&builder, pid);
    }
    return rh_build_finish(&builder);
}

static struct rh_message payload(const char *row)
{
    static char x[PAYLOAD_BYTES];
    memset(x, 'x', sizeof x);
    if (strcmp(row, "values") == 0) {
        return values();
    }
    struct rh_text text = {x, PAYLOAD_BYTES - 3};
    struct rh_bytes bytes = {(const uint8_t *)x, PAYLOAD_BYTES - 3};
    return strcmp(row, "text") == 0 ? RH_ITEM(NULL, text) : RH_ITEM(NULL, bytes);
}

static void stream_fill(const char *row)
{
    struct rh_message message = payload(row);
    measure_require(rh_message_status(message) == RH_OK, "no payload");
    struct wire_message frame = {
        .verb = WIRE_SEND, .from = 7, .to = 8, .item = rh_message_item(&message)};
    size_t size = wire_size(&frame);
    stream.frames = 1000;
    stream.size = stream.frames * size;
    stream.bytes = malloc(stream.size);
    measure_require(stream.bytes != NULL, "out of memory");
    for (size_t i = 0; i < stream.frames; i++) {
        (void)wire_encode(&frame, stream.bytes + i * size, size);
    }
    rh_message_unref(message);
}

static uint64_t decode_read(struct frame_cutter *cutter, const uint8_t *input, size_t left)
{
    uint64_t frames = 0;
    const uint8_t *bytes = NULL;
    size_t size = 0;
    struct wire_message message;
    while (frame_next(cutter, &input, &left, &bytes, &size) == FRAME_COMPLETE) {
        measure_require(wire_decode(bytes, size, &limits, false, &message) == WIRE_OK, "a flaw");
        frames++;
    }
    return frames;
}

static uint64_t frame_decode(uint64_t size)
{
    struct frame_cutter cutter;
    uint8_t *buffer = malloc((size_t)limits.frame_bytes_max + FRAME_HEADER_BYTES);
    measure_require(buffer != NULL, "out of memory");
    frame_cutter_init(&cutter, buffer, limits.frame_bytes_max);
    uint64_t frames = 0;
    uint64_t start_ns = measure_now_ns();
    while (frames < size) {
        for (size_t at = 0; at < stream.size; at += READ_BYTES) {
            size_t left = stream.size - at;
            frames +=
                decode_read(&cutter, stream.bytes + at, left < READ_BYTES ? left : READ_BYTES);
        }
    }
    uint64_t ns = measure_now_ns() - start_ns;
    measure_require(frames % stream.frames == 0 && !frame_is_open(&cutter), "a frame is lost");
    free(buffer);
    return ns * size / frames;
}

static uint64_t frame_copy(uint64_t size)
{
    uint8_t *to = malloc(READ_BYTES);
    measure_require(to != NULL, "out of memory");
    uint64_t frames = 0;
    uint64_t sum = 0;
    uint64_t start_ns = measure_now_ns();
    while (frames < size) {
        for (size_t at = 0; at < stream.size; at += READ_BYTES) {
            size_t left = stream.size - at;
            memcpy(to, stream.bytes + at, left < READ_BYTES ? left : READ_BYTES);
            sum += to[at % 1000];
        }
        frames += stream.frames;
    }
    uint64_t ns = measure_now_ns() - start_ns;
    measure_require(sum > 0, "nothing was copied");
    free(to);
    return ns * size / frames;
}

int main(int argc, char **argv)
{
    measure_require(argc == 4, "usage: wire_bench ROW WORKLOAD SIZE");
    bool copies = strcmp(argv[1], "memcpy") == 0;
    const struct measure_entry entries[] = {
        {"frame_decode", copies ? frame_copy : frame_decode, 1},
        {NULL, NULL, 0},
    };
    measure_require(copies || strcmp(argv[1], "bytes") == 0 || strcmp(argv[1], "text") == 0 ||
                        strcmp(argv[1], "values") == 0,
                    "the rows are memcpy, bytes, text, values");
    limits = rh_limits_default();
    stream_fill(argv[1]);
    int code = measure_main(copies ? "floor" : "rehearse", argv[1], entries, argv[2], argv[3]);
    free(stream.bytes);
    return code;
}
