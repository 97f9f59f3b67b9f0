/* SPDX-License-Identifier: MIT */
/** @file
 *  A strict reader of JSON lines: exactly one value a line, integers only (64 bits, as themselves), no duplicate keys,
 *  UTF-8, and a position for everything, so that whoever looks at a value later can say where it stands. */
#ifndef HARNESS_CONFORMANCE_JSON_H
#define HARNESS_CONFORMANCE_JSON_H

#include "harness/conformance/arena.h"

#include <stdbool.h>

/** Depth of arrays and objects beyond which a line is refused. */
#define RH_BEAM_JSON_DEPTH_MAX 64
/** Bytes of one line. */
#define RH_BEAM_JSON_BYTES_MAX ((size_t)4 * 1024 * 1024)

enum rh_beam_json_kind {
    RH_BEAM_JSON_NULL,
    RH_BEAM_JSON_BOOL,
    RH_BEAM_JSON_INT,
    RH_BEAM_JSON_STRING,
    RH_BEAM_JSON_ARRAY,
    RH_BEAM_JSON_OBJECT,
    RH_BEAM_JSON_KINDS
};

/** One value. Of an object, item i belongs to key i, in the order of the line. Strings are terminated; `has_nul` says that
 *  one also holds a terminator of its own and is no word. */
struct rh_beam_json {
    enum rh_beam_json_kind kind;
    unsigned line;
    unsigned column; /**< in bytes, from 1 */
    bool boolean;
    bool has_nul;
    int64_t integer;
    const char *string;
    size_t size;                 /**< of the string */
    struct rh_beam_json **items; /**< of arrays and objects */
    struct rh_beam_json **keys;  /**< of objects: strings */
    size_t count;
};

/** What is wrong with an input, and where. */
struct rh_beam_flaw {
    const char *file;
    unsigned line;
    unsigned column;
    char text[200];
};

/** Read one line (without its newline) as number `line` of `file`. Returns NULL and fills *ret_flaw if it is not JSON of
 *  this form. The value lies in the arena. */
struct rh_beam_json *rh_beam_json_read(struct rh_beam_arena *arena, const char *file, unsigned line,
                                       const char *bytes, size_t size,
                                       struct rh_beam_flaw *ret_flaw);

/** Say what is wrong at the place of a value; returns false, for `return rh_beam_flaw_at(...)`. */
bool rh_beam_flaw_at(struct rh_beam_flaw *flaw, const struct rh_beam_json *at, const char *format,
                     ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 3, 4)))
#endif
    ;

/** Return the item of a key, NULL if there is none or `object` is no object. */
struct rh_beam_json *rh_beam_json_get(const struct rh_beam_json *object, const char *key);
bool rh_beam_json_is_word(const struct rh_beam_json *value, const char *word);
const char *rh_beam_json_kind_word(enum rh_beam_json_kind kind);

/** Put a value as compact JSON with the keys of every object sorted: equal values give equal texts. */
void rh_beam_put_json(struct rh_beam_text *text, const struct rh_beam_json *value);
const char *rh_beam_json_text(struct rh_beam_arena *arena, const struct rh_beam_json *value);

/** Order values: null, booleans, integers, strings bytewise, arrays element by element, objects by their text. */
int rh_beam_json_compare(const struct rh_beam_json *a, const struct rh_beam_json *b);

#endif
