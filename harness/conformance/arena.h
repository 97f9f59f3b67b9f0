/* SPDX-License-Identifier: MIT */
/** @file
 *  Storage that is given back all at once, and text that grows in it.
 *
 *      init -> take* -> (reset -> take*)* -> deinit */
#ifndef HARNESS_CONFORMANCE_ARENA_H
#define HARNESS_CONFORMANCE_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct rh_beam_chunk;

/** Zeroed is empty. */
struct rh_beam_arena {
    struct rh_beam_chunk *chunks; /**< newest first */
    size_t used;                  /**< of the newest */
};

/** Say what happens when there is no memory left; it must not return. Once, by the program, before anything else. */
void rh_beam_on_exhausted(void (*hook)(void));

/** Return zeroed storage for any object. Never NULL: see rh_beam_on_exhausted. */
void *rh_beam_take(struct rh_beam_arena *arena, size_t bytes);
/** Copy `size` bytes and terminate them. */
char *rh_beam_copy(struct rh_beam_arena *arena, const char *bytes, size_t size);
/** Give everything back but the oldest chunk. */
void rh_beam_arena_reset(struct rh_beam_arena *arena);
void rh_beam_arena_deinit(struct rh_beam_arena *arena);

/** Double an array that lies in an arena: returns storage for `*capacity` (changed) elements. */
void *rh_beam_grow(struct rh_beam_arena *arena, void *array, size_t *capacity,
                   size_t element_bytes);

/** Text under construction, always terminated once something was put. */
struct rh_beam_text {
    struct rh_beam_arena *arena;
    char *bytes;
    size_t length;
    size_t capacity;
};

void rh_beam_put(struct rh_beam_text *text, const char *bytes, size_t size);
void rh_beam_put_word(struct rh_beam_text *text, const char *word);
void rh_beam_put_int(struct rh_beam_text *text, int64_t value);
/** Put a JSON string with its quotes; UTF-8 passes, control characters are escaped. */
void rh_beam_put_string(struct rh_beam_text *text, const char *bytes, size_t size);
/** Return the text so far, "" if nothing was put. */
const char *rh_beam_text_end(struct rh_beam_text *text);
/** Return all words joined; the last argument is NULL. */
const char *rh_beam_join(struct rh_beam_arena *arena, ...);

#endif
