/* SPDX-License-Identifier: MIT */
/** @file
 *  Frames: how a stream of bytes is cut into messages. A frame is 0x5a, a u32 big-endian length, that many bytes: one CBOR
 *  byte string with a 32-bit length, so a connection is a CBOR sequence. See core/wire.md. */
#ifndef CORE_WIRE_FRAME_H
#define CORE_WIRE_FRAME_H

#include <stddef.h>
#include <stdint.h>

#define FRAME_MARK 0x5aU
#define FRAME_HEADER_BYTES 5U

/** What frame_next found. */
enum frame_result {
    FRAME_COMPLETE,   /**< one frame */
    FRAME_MORE,       /**< the input is used up; what is incomplete is kept */
    FRAME_BAD_HEADER, /**< the stream does not go on with 0x5a: fatal, "bad_frame_header" */
    FRAME_TOO_LARGE, /**< it announces more than the limit: fatal, "frame_too_large"; nothing of it is kept */
    FRAME_CUT_SHORT, /**< never frame_next's: the stream has ended while frame_is_open, "closed_in_mid_frame" */
};

/** Return the word of a fatal result, as reasons carry it; "" for the first two. */
const char *frame_result_word(enum frame_result result);

/** Cuts one direction of one connection. `buffer` is the caller's, frame_bytes_max + FRAME_HEADER_BYTES long, and holds only
 *  a frame that arrives in pieces; a frame that is complete within the input is not copied. Never allocates. What was fed
 *  may be cut anywhere: the frames and the failure are the same. */
struct frame_cutter {
    uint8_t *buffer;
    uint32_t frame_bytes_max; /**< at most RH_MESSAGE_BYTES_CEILING */
    uint32_t kept;            /**< bytes in the buffer, never more than its length */
    enum frame_result
        failed; /**< FRAME_BAD_HEADER or FRAME_TOO_LARGE for ever after; else FRAME_MORE */
};

void frame_cutter_init(struct frame_cutter *cutter, uint8_t *buffer, uint32_t frame_bytes_max);

/** Cut the next frame from what is kept and *input, which is advanced. FRAME_COMPLETE sets the frame's bytes, header not
 *  included, valid until the next call or until the input goes away. Call it until it says something else. A failure is
 *  told again by every later call, and no input is taken any more. */
enum frame_result frame_next(struct frame_cutter *cutter, const uint8_t **input, size_t *left,
                             const uint8_t **ret_bytes, size_t *ret_size);

/** Return whether a frame has begun and is not complete: the peer closed in mid-frame. */
static inline int frame_is_open(const struct frame_cutter *cutter)
{
    return cutter->kept > 0;
}

/** Write a header for `size` bytes. */
static inline void frame_header_write(uint8_t at[FRAME_HEADER_BYTES], uint32_t size)
{
    at[0] = FRAME_MARK;
    at[1] = (uint8_t)(size >> 24);
    at[2] = (uint8_t)(size >> 16);
    at[3] = (uint8_t)(size >> 8);
    at[4] = (uint8_t)size;
}

#endif
