/* SPDX-License-Identifier: MIT */
/** @file
 *  Messages: immutable values that actors send each other, encoded in a deterministic subset of CBOR.
 *
 *  The subset: integers from -2^63 to 2^64-1, text (UTF-8), byte strings, booleans, null, arrays, and
 *  maps whose keys are integers, texts or byte strings in strictly increasing bytewise order; five
 *  tags of our own for pids, references and the marks of patterns; heads of minimal length, definite
 *  lengths, no floating point. Equal values therefore have equal bytes.
 *
 *  Building and matching read like the data:
 *
 *      struct rh_message ping = RH_ARRAY(allocator, "ping", sequence);
 *      if (RH_MATCH(&ping, "ping", &sequence)) ...
 *      rh_message_unref(ping);
 *
 *  This file holds validation, patterns and the printer, and includes the rest: the handle
 *  (rehearse/message_value.h), the builder (message_build.h) and the reader (message_match.h). */
#ifndef REHEARSE_MESSAGE_H
#define REHEARSE_MESSAGE_H

#include <rehearse/allocator.h>
#include <rehearse/limits.h>
#include <rehearse/message_build.h>
#include <rehearse/message_match.h>
#include <rehearse/message_value.h>
#include <rehearse/status.h>

RH_PUBLIC_BEGIN

/* ---- Bytes from outside ---- */

/** Where and why bytes were refused. */
struct rh_flaw {
    size_t offset;        /**< of the head that was refused, from the first byte */
    const char *sentence; /**< static, lower case, no full stop; "" when nothing is wrong */
};

/** Check that bytes from outside are exactly one item of the subset. `limits` NULL checks against
 *  the ceilings only; `ret_flaw` may be NULL. Never allocates or recurses; time is linear in `size`
 *  whatever the bytes announce. RH_OK; RH_LIMIT: larger than message_bytes_max or deeper than
 *  nesting_max; RH_TRUNCATED: the bytes end before the item (an announced length or count that
 *  cannot fit included); RH_MALFORMED: anything else, bytes after the item included. */
RH_MUST_USE enum rh_status rh_item_validate(const struct rh_limits *limits, const uint8_t *bytes,
                                            size_t size, struct rh_flaw *ret_flaw);

/** Find where the first item of a CBOR sequence ends, under the rules of rh_item_validate and the
 *  ceilings. RH_OK sets `*ret_length`, at least 1. RH_TRUNCATED: more bytes may complete it.
 *  RH_MALFORMED or RH_LIMIT: they cannot. */
RH_MUST_USE enum rh_status rh_item_length(const uint8_t *bytes, size_t size, size_t *ret_length);

/** Validate bytes from outside and make a message of them. As rh_item_validate, then as
 *  rh_message_copy; `*ret_message` is empty unless RH_OK. */
RH_MUST_USE enum rh_status rh_message_decode(const struct rh_allocator *allocator,
                                             const struct rh_limits *limits, const uint8_t *bytes,
                                             size_t size, struct rh_message *ret_message);

/** Check a message against limits before it leaves the node: messages that wrap messages can grow
 *  deeper than a peer accepts. RH_OK for empty; a failed handle gives its status. */
RH_MUST_USE enum rh_status rh_message_check(const struct rh_message *message,
                                            const struct rh_limits *limits);

/* ---- Patterns and templates ---- */

/** What variables are bound to. The items are views into the message that was matched (or into
 *  whatever the caller bound). `rh_bindings_init -> (rh_bindings_set | rh_pattern_match)* -> get`;
 *  there is nothing to release. */
struct rh_bindings {
    uint32_t bound; /**< bit n is set when slot n is bound */
    struct rh_item slots[RH_VARIABLES];
};

/** Make every variable unbound. */
static inline void rh_bindings_init(struct rh_bindings *bindings)
{
    bindings->bound = 0;
}

/** Return what a variable is bound to, an item of size 0 if it is unbound or no variable. */
static inline struct rh_item rh_bindings_get(const struct rh_bindings *bindings, uint32_t slot)
{
    struct rh_item none = {NULL, 0};
    return slot < RH_VARIABLES && (bindings->bound >> slot & 1U) != 0 ? bindings->slots[slot]
                                                                      : none;
}

/** Bind a variable, or bind it anew; slots from RH_VARIABLES up and empty items are ignored. */
static inline void rh_bindings_set(struct rh_bindings *bindings, uint32_t slot, struct rh_item item)
{
    if (slot < RH_VARIABLES && item.size > 0) {
        bindings->slots[slot] = item;
        bindings->bound |= (uint32_t)1 << slot;
    }
}

/** Ask whether a message matches a pattern, itself a message: RH_TAG_ANY matches any item,
 *  RH_TAG_ANY_OF any of its kind, RH_TAG_VARIABLE binds any item or, if the variable is bound already
 *  (on entry or further left), matches an equal one; everything else matches its equal, arrays and
 *  maps entry by entry. `bindings` may be NULL; it is changed only by a match. The empty message is
 *  matched by the empty pattern and by RH_TAG_ANY alone; failed handles count as empty. Neither allocates nor
 *  recurses. */
bool rh_pattern_match(const struct rh_message *pattern, const struct rh_message *message,
                      struct rh_bindings *bindings);

/** As rh_pattern_match, between two items. */
bool rh_item_match(struct rh_item pattern, struct rh_item item, struct rh_bindings *bindings);

/** Build a message from one that contains variables, each replaced by what it is bound to; the other
 *  marks of patterns are copied. `bindings` may be NULL. `*ret_message` is owned by the caller. RH_INVALID: a variable is
 *  unbound; RH_LIMIT: the result exceeds `limits` (NULL: the ceilings); RH_NO_MEMORY. Then it is
 *  empty. An empty template gives an empty message, a failed one its status. */
RH_MUST_USE enum rh_status rh_template_fill(const struct rh_allocator *allocator,
                                            const struct rh_limits *limits,
                                            const struct rh_message *template_message,
                                            const struct rh_bindings *bindings,
                                            struct rh_message *ret_message);

/* ---- Text ---- */

/** How a printer learns what to call an actor. `pid` writes a name under snprintf's contract
 *  (at most `capacity` bytes with the terminator, returns the length needed); 0 means that it knows
 *  none. */
struct rh_print_names {
    size_t (*pid)(void *self, struct rh_pid pid, char *buffer, size_t capacity);
    void *self;
};

/** Write a value for people:
 *
 *      [ping, 1]   {key: value}   "two words"   h'00ff'
 *      <worker>     a pid; <pid> with `names` NULL or unknown there, <none> for nobody
 *      <worker#3>   its third reference
 *      _ $int $0    any item, any integer, a variable
 *      !no_memory   a failed message; nothing for the empty one
 *
 *  Text is bare when it is an identifier that may contain .:#- and is none of true, false, null, _;
 *  otherwise quoted, with control characters and bytes that are not UTF-8 in hexadecimal behind a
 *  backslash and x.
 *  Returns the length without terminator that the whole needs; writes at most `capacity` bytes, the
 *  terminator always among them unless `capacity` is 0 (`buffer` may then be NULL). The same value
 *  gives the same text everywhere. */
size_t rh_message_print(const struct rh_message *message, const struct rh_print_names *names,
                        char *buffer, size_t capacity);

/** As rh_message_print, for one item. Bytes that are no valid item print as `!malformed` from where
 *  they stop being one. */
size_t rh_item_print(struct rh_item item, const struct rh_print_names *names, char *buffer,
                     size_t capacity);

RH_PUBLIC_END
#endif
