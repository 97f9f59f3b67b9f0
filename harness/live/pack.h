/* SPDX-License-Identifier: MIT */
/** @file
 *  Frames of the control connection: four bytes of length, one of what it is, then fields one after the other. Both ends are
 *  the same program on the same machine, so numbers are as they lie in memory. Private to harness/live. */
#ifndef HARNESS_LIVE_PACK_H
#define HARNESS_LIVE_PACK_H

#include <rehearse/message.h>
#include <rehearse/pid.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Larger frames are refused: the other side is not what it should be. */
#define PACK_BYTES_MAX ((size_t)16 << 20)

/** Bytes that grow; zeroed: empty. `failed` sticks: out of memory. */
struct pack {
    uint8_t *bytes;
    size_t size;
    size_t capacity;
    size_t frame; /**< where the frame begins that is being written */
    bool failed;
};
void pack_free(struct pack *pack);
/** Forget the first `count` bytes. */
void pack_drop(struct pack *pack, size_t count);
void pack_append(struct pack *pack, const void *bytes, size_t size);

void pack_begin(struct pack *pack, uint8_t what);
void pack_end(struct pack *pack);
void pack_u8(struct pack *pack, uint8_t value);
void pack_u32(struct pack *pack, uint32_t value);
void pack_u64(struct pack *pack, uint64_t value);
void pack_pid(struct pack *pack, struct rh_pid pid);
void pack_bytes(struct pack *pack, const void *bytes, size_t size);
/** NULL is told from an empty one. */
void pack_text(struct pack *pack, const char *text);
void pack_message(struct pack *pack, const struct rh_message *message);

/** Reads a frame; `failed` sticks, what is read then is zero. */
struct unpack {
    const uint8_t *at;
    size_t left;
    bool failed;
};
/** Find the first frame of `size` bytes; returns how many bytes it takes with its head, 0: it is not all there.
 *  `*ret_failed`: what is there is no frame. */
size_t unpack_frame(const uint8_t *bytes, size_t size, uint8_t *ret_what, struct unpack *ret_frame,
                    bool *ret_failed);
uint8_t unpack_u8(struct unpack *unpack);
uint32_t unpack_u32(struct unpack *unpack);
uint64_t unpack_u64(struct unpack *unpack);
struct rh_pid unpack_pid(struct unpack *unpack);
/** Borrowed from the frame. */
struct rh_item unpack_bytes(struct unpack *unpack);
/** A copy, to be freed; NULL where there was none. */
char *unpack_text(struct unpack *unpack);
/** The caller's; empty where there was none. */
struct rh_message unpack_message(struct unpack *unpack);

#endif
