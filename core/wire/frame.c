/* SPDX-License-Identifier: MIT */
/* A read of many frames costs no copy but for the one that the read cuts through: what is complete within the input is
 * handed out where it lies, and only a frame whose beginning came earlier is put together in the buffer.
 *
 * A header is judged as early as its bytes allow: the mark at once, the length with its last byte, before anything of the
 * frame is kept. So nobody can make us keep more than one frame, or wait for a frame that would be refused. */
#include "core/wire/frame.h"

#include "core/base/assert.h"

#include <rehearse/message_value.h>

#include <string.h>

const char *frame_result_word(enum frame_result result)
{
    switch (result) {
    case FRAME_BAD_HEADER:
        return "bad_frame_header";
    case FRAME_TOO_LARGE:
        return "frame_too_large";
    case FRAME_CUT_SHORT:
        return "closed_in_mid_frame";
    case FRAME_COMPLETE:
    case FRAME_MORE:
        break;
    }
    return "";
}

void frame_cutter_init(struct frame_cutter *cutter, uint8_t *buffer, uint32_t frame_bytes_max)
{
    RH_ASSERT(buffer != NULL);
    RH_ASSERT(frame_bytes_max <= RH_MESSAGE_BYTES_CEILING);
    cutter->buffer = buffer;
    cutter->frame_bytes_max = frame_bytes_max;
    cutter->kept = 0;
    cutter->failed = FRAME_MORE;
}

static uint32_t announced(const uint8_t header[FRAME_HEADER_BYTES])
{
    return (uint32_t)header[1] << 24 | (uint32_t)header[2] << 16 | (uint32_t)header[3] << 8 |
           (uint32_t)header[4];
}

static enum frame_result fail(struct frame_cutter *cutter, enum frame_result result)
{
    cutter->kept = 0;
    cutter->failed = result;
    return result;
}

/* Judge the first `size` bytes of a frame: FRAME_MORE is what may go on. */
static enum frame_result judge(const struct frame_cutter *cutter, const uint8_t *header,
                               size_t size)
{
    if (size > 0 && header[0] != FRAME_MARK) {
        return FRAME_BAD_HEADER;
    }
    if (size >= FRAME_HEADER_BYTES && announced(header) > cutter->frame_bytes_max) {
        return FRAME_TOO_LARGE;
    }
    return FRAME_MORE;
}

/* Take as much of the input as brings the buffer to `size` bytes; whether it has them now. */
static bool fill(struct frame_cutter *cutter, size_t size, const uint8_t **input, size_t *left)
{
    size_t missing = size - cutter->kept;
    size_t taken = missing < *left ? missing : *left;
    if (taken > 0) {
        memcpy(cutter->buffer + cutter->kept, *input, taken);
        cutter->kept += (uint32_t)taken;
        *input += taken;
        *left -= taken;
    }
    return taken == missing;
}

/* Go on with a frame that has begun in the buffer, or begins with too little for a frame. */
static enum frame_result resume(struct frame_cutter *cutter, const uint8_t **input, size_t *left,
                                const uint8_t **ret_bytes, size_t *ret_size)
{
    bool has_header =
        cutter->kept >= FRAME_HEADER_BYTES || fill(cutter, FRAME_HEADER_BYTES, input, left);
    enum frame_result result = judge(cutter, cutter->buffer, cutter->kept);
    if (result != FRAME_MORE) {
        return fail(cutter, result);
    }
    if (!has_header) {
        return FRAME_MORE;
    }
    uint32_t size = announced(cutter->buffer);
    if (!fill(cutter, (size_t)FRAME_HEADER_BYTES + size, input, left)) {
        return FRAME_MORE;
    }
    *ret_bytes = cutter->buffer + FRAME_HEADER_BYTES;
    *ret_size = size;
    cutter->kept = 0;
    return FRAME_COMPLETE;
}

enum frame_result frame_next(struct frame_cutter *cutter, const uint8_t **input, size_t *left,
                             const uint8_t **ret_bytes, size_t *ret_size)
{
    if (cutter->failed != FRAME_MORE) {
        return cutter->failed;
    }
    if (cutter->kept > 0) {
        return resume(cutter, input, left, ret_bytes, ret_size);
    }
    if (*left == 0) {
        return FRAME_MORE;
    }
    enum frame_result result = judge(cutter, *input, *left);
    if (result != FRAME_MORE) {
        return fail(cutter, result);
    }
    if (*left < FRAME_HEADER_BYTES || *left - FRAME_HEADER_BYTES < announced(*input)) {
        return resume(cutter, input, left, ret_bytes, ret_size);
    }
    *ret_bytes = *input + FRAME_HEADER_BYTES;
    *ret_size = announced(*input);
    *input += FRAME_HEADER_BYTES + *ret_size;
    *left -= FRAME_HEADER_BYTES + *ret_size;
    return FRAME_COMPLETE;
}
